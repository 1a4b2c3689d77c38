#include "connex/purpose.hpp"

namespace connex {
namespace {

struct Refused {
  std::string_view clause;  // of the pack's word
  FactsOf<kPurposeCheck>::Name fact;
};

// Which of the rule's conditions a word breaks that is refused for ever.
constexpr Refused kRefused[] = {
    {"C1-d", "purpose_is_not_sale"},
    {"C1-e", "purpose_is_not_marketing"},
    {"C5-p", "purpose_is_not_marketing"},
    {"C6.5-c", "purpose_is_not_training"},
    {"C6.5-b", "purpose_is_not_transcription"},
    {"C6.6-c", "purpose_is_not_clinical"},
};

Fact guard_fact(const PurposeRule* rule, const GuardFacts& guards, Guard guard) noexcept {
  return rule == nullptr || rule->guard != guard ? Fact::yes : guards[guard];
}

const PurposeRule* row_of(const PolicyPack& policy, RecordClass record_class,
                          std::string_view purpose) noexcept {
  const auto stated = from_name<Purpose>(purpose);
  if (!stated || static_cast<std::size_t>(record_class) >= kCountOf<RecordClass>) return nullptr;
  return &policy.rule(*stated, record_class);
}

}  // namespace

FactsOf<kPurposeCheck> purpose_facts(const PolicyPack& policy, RecordClass record_class,
                                     std::string_view purpose, std::string_view operation,
                                     const GuardFacts& guards) noexcept {
  const PurposeRule* rule = row_of(policy, record_class, purpose);
  const auto done = from_name<Operation>(operation);
  FactsOf<kPurposeCheck> facts;
  for (const Refused& refused : kRefused) facts.set(refused.fact, Fact::yes);
  for (const std::string_view word : {purpose, operation}) {
    const Never* never = policy.find_never(word);
    for (const Refused& refused : kRefused)
      if (never != nullptr && never->clause == refused.clause) facts.set(refused.fact, Fact::no);
  }
  facts.set("purpose_covers_operation", rule != nullptr && done && rule->operations.contains(*done));
  facts.set("analytics_is_anonymous", guard_fact(rule, guards, Guard::aggregated_or_consented));
  facts.set("demand_is_complete", guard_fact(rule, guards, Guard::written_demand));
  Fact door = Fact::yes;  // of a recording
  if (rule != nullptr && rule->guard != Guard::aggregated_or_consented &&
      rule->guard != Guard::written_demand)
    door = guards[rule->guard];
  facts.set("condition_of_class_met", door);
  return facts;
}

std::string_view purpose_clause(const PolicyPack& policy, RecordClass record_class, std::string_view purpose,
                                std::string_view operation) noexcept {
  for (const std::string_view word : {purpose, operation})
    if (const Never* never = policy.find_never(word)) return never->clause;
  const PurposeRule* rule = row_of(policy, record_class, purpose);
  if (rule != nullptr && !rule->clause.empty()) return rule->clause;
  const auto stated = from_name<Purpose>(purpose);
  constexpr std::string_view kClauses[kCountOf<Purpose>] = {"C3-a", "C3-b", "C3-c", "C3-d", "C3-e", "C3-f"};
  return stated ? kClauses[static_cast<std::size_t>(*stated)] : std::string_view("C3-a");
}

}  // namespace connex
