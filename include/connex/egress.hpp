// What may be sent to a processor (C5-a): a decision per processor, field, purpose, country and condition,
// from tables that a policy pack is compiled into. Pure and total; decisions allocate nothing and may be
// taken from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/gates.hpp"
#include "connex/policy.hpp"

namespace connex {

// What is known of each guard, one bit per guard in each set; in neither, or in both, is unknown. `none` is
// always met.
class GuardFacts {
 public:
  constexpr GuardFacts& set(Guard guard, Fact value) noexcept {
    const std::uint32_t bit = bit_of(guard);
    yes_ = (yes_ & ~bit) | (value == Fact::yes ? bit : 0U);
    no_ = (no_ & ~bit) | (value == Fact::no ? bit : 0U);
    return *this;
  }
  constexpr Fact operator[](Guard guard) const noexcept {
    if (guard == Guard::none) return Fact::yes;
    const bool yes = (yes_ & bit_of(guard)) != 0;
    const bool no = (no_ & bit_of(guard)) != 0;
    return yes == no ? Fact::unknown : fact(yes);
  }

 private:
  static constexpr std::uint32_t bit_of(Guard guard) noexcept {
    const auto index = static_cast<std::size_t>(guard);
    return index < kCountOf<Guard> ? 1U << index : 0U;
  }

  std::uint32_t yes_ = 0;
  std::uint32_t no_ = 0;
};

// The country lists of a pack, ready to be asked (C11-h, X28).
class CountryTable {
 public:
  explicit CountryTable(const CountryRules& rules);

  // Unknown for what is no country code ([A-Z][A-Z]).
  Fact permits(std::string_view country, Day today) const noexcept;
  // Whether any list is in force, so that "somewhere in the world" is no answer.
  bool restricts(Day today) const noexcept;

 private:
  struct Entry {
    std::uint16_t country;
    std::int32_t from;
    std::int32_t until;  // first day on which it no longer counts
    bool in_force(std::int32_t day) const noexcept { return from <= day && day < until; }
  };
  static std::vector<Entry> compile(const std::vector<CountryEntry>& entries);

  std::vector<Entry> deny_;
  std::vector<Entry> allow_;
};

inline constexpr std::size_t kMaxEgressFields = 64;

struct EgressRequest {
  std::string_view processor;
  std::span<const std::string_view> fields;  // names; more than kMaxEgressFields are refused together
  std::string_view purpose;
  std::string_view country;  // empty: wherever the processor works, which is no answer where lists are in force
  Fact engaged = Fact::unknown;
  Fact agreement = Fact::unknown;
  GuardFacts guards;
};

// Bits are positions in the request's fields. Nothing is sent unless the decision permits; what is not sent
// is stripped.
struct EgressDecision {
  Decision decision;
  FactsOf<kEgressCheck> facts;
  std::uint64_t send = 0;
  std::uint64_t strip = 0;
};

// One processor, compiled. Borrows the processor.
class EgressRule {
 public:
  explicit EgressRule(const Processor& processor);

  const Processor& processor() const noexcept { return *processor_; }
  // The field's guard; none for a field that the processor may not have.
  std::optional<Guard> guard_of(std::string_view field) const noexcept;
  // Whether data may go to every country in which the processor works.
  Fact everywhere(const CountryTable& countries, Day today) const noexcept;
  // Whether data may go to `country`. Which one is to be said where lists are in force: none said is unknown, or no
  // where the processor works in one that they bar, so that a processor that leaves a country opens nothing.
  Fact country(const CountryTable& countries, std::string_view country, Day today) const noexcept;

  // The processor named in the request is this one, whatever its name.
  EgressDecision decide(const EgressRequest& request, const PolicyPack& pack, const CountryTable& countries,
                        Day today) const noexcept;

 private:
  struct NamedField {
    std::string_view name;
    Guard guard;
  };
  const Processor* processor_;
  std::vector<NamedField> fields_;  // by name
  std::uint32_t purposes_ = 0;
};

// Every processor of a pack. Borrows the pack.
class EgressTable {
 public:
  explicit EgressTable(const PolicyPack& pack);

  const EgressRule* find(std::string_view processor) const noexcept;
  const CountryTable& countries() const noexcept { return countries_; }
  const PolicyPack& pack() const noexcept { return *pack_; }

  // A processor that the pack does not list gets nothing.
  EgressDecision decide(const EgressRequest& request, Day today) const noexcept;

 private:
  const PolicyPack* pack_;
  CountryTable countries_;
  std::vector<EgressRule> rules_;  // by id
};

// The decision on a processor that is on no list: nothing is sent.
EgressDecision refuse_unlisted(const EgressRequest& request, const PolicyPack& pack) noexcept;

// What the pack asks of a field of this name, wherever it is sent: the first condition under which it lists it.
Guard condition_of(const PolicyPack& pack, std::string_view field) noexcept;

// What a guard asks for, for people and programs: reason code and clause.
struct GuardReason {
  std::string_view reason;
  std::string_view clause;
  std::string_view text;
};
GuardReason reason_of(Guard guard) noexcept;

// Whether data may be sent to a processor in a country (C11-b, C11-g, C11-h).
FactsOf<kTransferCheck> transfer_facts(const EgressRule* rule, const CountryTable& countries,
                                       std::string_view country, Fact agreement, Day today) noexcept;

// Whether a field is to tell neither who somebody is nor how to reach them (C1-b, C5-f): one that stands under no guard
// of its own, and is neither personal data nor content by what it is.
bool is_opaque(const ProcessorField& field) noexcept;

// Whether a field is for one name or one address, so that nothing else is to be sent in it that tells how to reach
// somebody (C1-b, C5-a).
bool is_of_one(const ProcessorField& field) noexcept;

// The condition that asks all that both ask: of a field, and before a processor. None where an entry cannot state it:
// where two conditions differ; where one is none, but the field's value is looked at because of that; where the other
// makes an AI provider of the processor, which opens extraction to it.
std::optional<Guard> both_ask(std::string_view field, Guard a, Guard b) noexcept;
std::optional<Guard> both_ask(Guard a, Guard b) noexcept;

// What becomes different for the people concerned when a processor is changed or first put to use (X29). What
// narrows or stays is no change: it lets nothing leave that could not have left, by itself or with more of the same
// request. A condition that does not ask all that was asked is one, though it asks something else.
struct ProcessorChange {
  enum class Kind : std::uint8_t { processor, country, field, purpose, condition, name, service, own_fiduciary };
  Kind kind = Kind::processor;
  std::string what;  // the id, code or name; "worldwide"; the field whose condition changes; else the processor
};
std::vector<ProcessorChange> material_changes(const Processor* before, const Processor& after);

// What of `after` may be used while customers know only of `before` (C5-o): what both allow, under the conditions of
// either, with the company and the service that they know. None where no country or no condition meets both.
std::optional<Processor> held_to(const Processor& before, const Processor& after);

// What both permit, country by country and day by day (C11-h, X26).
CountryRules held_to(const CountryRules& before, const CountryRules& after);

}  // namespace connex

template <>
struct connex::Names<connex::ProcessorChange::Kind> {
  static constexpr std::string_view list[] = {"processor", "country", "field",   "purpose",
                                              "condition", "name",    "service", "own_fiduciary"};
};
