// Gates: the rules that are a conjunction of facts. A gate is a constexpr table of conditions; one evaluator
// turns three-valued facts into a decision. Everything here is pure, total, free of allocation, and usable at
// compile time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace connex {

// What is known of a fact. Missing, stale or malformed is unknown, and unknown never permits (X53).
enum class Fact : std::uint8_t { unknown = 0, no = 1, yes = 2 };

constexpr Fact fact(bool value) noexcept { return value ? Fact::yes : Fact::no; }
constexpr Fact fact(std::optional<bool> value) noexcept { return value ? fact(*value) : Fact::unknown; }

// One line of a gate: the fact that must be `yes`, the clause that demands it, and what to say when it is
// not.
struct Condition {
  std::string_view fact;
  std::string_view clause;
  std::string_view reason;  // stable code
  std::string_view text;    // one line for people
};

// Something that must follow from a decision.
struct Obligation {
  std::string_view action;
  std::string_view who;
  std::string_view clause;
};

struct Gate {
  std::string_view rule;
  std::string_view text;
  std::span<const Condition> conditions;  // at most kMaxConditions
  std::span<const Obligation> on_permit;
  std::span<const Obligation> on_refusal;
};

inline constexpr std::size_t kMaxConditions = 16;

// Position of the condition on `fact`, or the number of conditions when the gate knows no such fact.
constexpr std::size_t condition_index(const Gate& gate, std::string_view fact) noexcept {
  std::size_t i = 0;
  while (i < gate.conditions.size() && gate.conditions[i].fact != fact) ++i;
  return i;
}

// What is known of a gate's facts, one bit per condition in each set. A fact in neither set, or in both, is
// unknown.
struct Facts {
  std::uint32_t yes = 0;
  std::uint32_t no = 0;

  constexpr void set(std::size_t condition, Fact value) noexcept {
    if (condition >= kMaxConditions) return;
    const std::uint32_t bit = 1U << condition;
    yes = (yes & ~bit) | (value == Fact::yes ? bit : 0U);
    no = (no & ~bit) | (value == Fact::no ? bit : 0U);
  }
  constexpr Fact operator[](std::size_t condition) const noexcept {
    if (condition >= kMaxConditions) return Fact::unknown;
    const bool is_yes = (yes >> condition & 1U) != 0;
    const bool is_no = (no >> condition & 1U) != 0;
    return is_yes == is_no ? Fact::unknown : fact(is_yes);
  }
  friend constexpr bool operator==(const Facts&, const Facts&) = default;
};

// Only `permit` permits. `indeterminate`: nothing forbids it, but something needed is unknown.
enum class Effect : std::uint8_t { deny = 0, indeterminate = 1, permit = 2 };

constexpr std::string_view name(Effect effect) noexcept {
  switch (effect) {
    case Effect::deny:
      return "deny";
    case Effect::indeterminate:
      return "indeterminate";
    case Effect::permit:
      return "permit";
  }
  return "deny";
}

// The outcome of a gate. The zero value denies. Borrows the gate.
struct Decision {
  const Gate* gate = nullptr;
  std::uint32_t unmet = 0;  // conditions not known to hold; together also the counterfactual of a conjunction
  std::uint32_t unknown = 0;  // those of them that are not known at all
  Effect effect = Effect::deny;

  constexpr bool permitted() const noexcept { return effect == Effect::permit; }
  constexpr std::span<const Obligation> obligations() const noexcept {
    if (gate == nullptr) return {};
    return permitted() ? gate->on_permit : gate->on_refusal;
  }
};

constexpr Decision evaluate(const Gate& gate, Facts facts) noexcept {
  const std::uint32_t all = (1U << gate.conditions.size()) - 1U;
  const std::uint32_t met = facts.yes & ~facts.no & all;
  const std::uint32_t failed = facts.no & ~facts.yes & all;
  const std::uint32_t unmet = all & ~met;
  const std::uint32_t unknown = unmet & ~failed;
  // A gate without conditions would permit by default of content, so it denies.
  const Effect effect = failed != 0 || all == 0 ? Effect::deny
                        : unmet != 0            ? Effect::indeterminate
                                                : Effect::permit;
  return {&gate, unmet, unknown, effect};
}

// Calls `visit(condition, is_unknown)` for every unmet condition, in the order of the gate.
template <class Visitor>
constexpr void for_each_unmet(const Decision& decision, Visitor&& visit) {
  for (std::uint32_t rest = decision.unmet; rest != 0; rest &= rest - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(rest));
    visit(decision.gate->conditions[i], (decision.unknown >> i & 1U) != 0);
  }
}

// The facts of one known gate, set by name. The name is looked up when the program is compiled, and one that
// the gate does not have does not compile:
//
//   FactsOf<kRecordingStart> facts;
//   facts.set("visit_started", Fact::yes);
//   if (evaluate(facts).permitted()) ...
template <const Gate& G>
struct FactsOf : Facts {
  struct Name {
    std::size_t index;
    consteval Name(const char* text) : index(condition_index(G, text)) {
      if (index == G.conditions.size()) throw "the gate has no such fact";
    }
  };

  constexpr FactsOf& set(Name name, Fact value) noexcept {
    Facts::set(name.index, value);
    return *this;
  }
  constexpr FactsOf& set(Name name, bool value) noexcept { return set(name, fact(value)); }
};

template <const Gate& G>
constexpr Decision evaluate(const FactsOf<G>& facts) noexcept {
  return evaluate(G, facts);
}

}  // namespace connex
