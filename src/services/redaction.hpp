// The redactor as a policy pack and the values that a host has registered set it up.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
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
  std::vector<std::string> ids = {};  // of people, for whom they tell: no contact details
};
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
  // Registered names and organisations become placeholders, numbered as they are listed; with a key,
  // placeholders that are the same in every text under that key and say nothing without it (X19).
  DeidentifyOptions deidentify_options(std::string_view key = {}) const;

 private:
  using Views = std::vector<std::string_view>;

  Redactor(const PolicyPack& pack, const RedactionChannel& channel, KnownLists known);

  KnownLists known_;
  Views hosts_, phones_, emails_, addresses_, names_, organisations_, ids_;
  std::vector<VisitEntity> entities_;
  RedactionPolicy policy_;
};

// "PHONE": a span type as the command contract spells it.
std::string_view span_name(SpanType type) noexcept;

// The words for the bits of Finding::evidence.
std::vector<std::string_view> evidence_words(std::uint32_t evidence);

}  // namespace connex::services
