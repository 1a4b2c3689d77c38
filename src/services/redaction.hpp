// The redactor as a policy pack and the values that a host has registered set it up.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/policy.hpp"
#include "connex/redaction.hpp"
#include "connex/result.hpp"

namespace connex::services {

// Registered values: at most kMostKnown of a kind, each of 1 to kLongestKnown bytes of UTF-8.
struct KnownLists {
  std::vector<std::string> phones;
  std::vector<std::string> emails;
  std::vector<std::string> addresses;
  std::vector<std::string> names;
  std::vector<std::string> organisations;
  // Of people who are registered the ids, which tell of them like their names do, where these are long enough.
  struct Person {
    std::string id;
    std::optional<std::size_t> name;  // place in `names`
    std::string speciality = {};      // with the city it tells who they are
    std::string city = {};
  };
  std::vector<Person> people = {};
};
inline constexpr std::size_t kShortestId = 4;  // shorter ones are words, and tell nobody outside
inline constexpr std::size_t kMostKnown = 256;
inline constexpr std::size_t kLongestKnown = 512;

// Refuses what would protect nothing: a value in which there is nothing to look for, such as a number of few digits.
Result<void> check_known(const KnownLists& known);

// An object of lists of strings, each list optional. Errors name the JSON pointer and never repeat a value.
Result<KnownLists> read_known(const boost::json::value& value);

// Keeps what the options point to. Immutable; safe from any thread. The pack must outlive it.
class Redactor {
 public:
  // `channel` is one of the pack's ("message", "note", ...): its threshold comes on top of the redactor's
  // own.
  static Result<std::unique_ptr<const Redactor>> make(const PolicyPack& pack, std::string_view channel,
                                                      KnownLists known);
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  RedactionOptions options() const noexcept;
  // For what a person's account tells, where a registration number stands in its own right.
  RedactionOptions profile_options() const noexcept;
  // Registered people and organisations become placeholders, numbered as they are listed; with a key, placeholders that
  // are the same in every text under that key and say nothing without it (X19). A person's name and id have one, which
  // with a key is made of the id: it stays when the name changes.
  DeidentifyOptions deidentify_options(std::string_view key = {}) const;

 private:
  using Views = std::vector<std::string_view>;

  Redactor(const PolicyPack& pack, const RedactionChannel& channel, KnownLists known);

  KnownLists known_;
  Views hosts_, phones_, emails_, addresses_, names_, organisations_, ids_;
  std::vector<std::string> persons_;  // who they are, by the index of their entities
  std::vector<VisitEntity> entities_;
  std::vector<Practice> practices_;
  RedactionPolicy policy_;
};

// Whether an id or a locator, which goes about as it was given, tells how to reach somebody: by a registered value, an
// e-mail address or a mobile number. Digits that are no such number whole are its own.
Result<bool> tells_contact(std::string_view name, const RedactionOptions& options);

// Refuses an id that tells how to reach somebody, or is the number of a payment card (C1-b, C2.1-e).
Result<void> check_id(const RedactionOptions& options, std::string_view id, std::string_view argument);

// "PHONE": a span type as the command contract spells it.
std::string_view span_name(SpanType type) noexcept;

// The word for one bit of Finding::evidence; empty for what is none.
std::string_view evidence_word(std::uint32_t bit);
// The words for all that are set.
std::vector<std::string_view> evidence_words(std::uint32_t evidence);

}  // namespace connex::services
