// Purpose limitation: the matrix of the pack, the words that are refused for ever, and the narrow door for
// lawful demands.
#include "connex/purpose.hpp"

#include <doctest/doctest.h>

#include <string>

#include "policy/pack.hpp"

using namespace connex;

namespace {

GuardFacts every_guard(Fact value) {
  GuardFacts guards;
  for (std::size_t g = 0; g < kCountOf<Guard>; ++g) guards.set(static_cast<Guard>(g), value);
  return guards;
}

Effect effect(RecordClass c, std::string_view purpose, std::string_view operation,
              const GuardFacts& guards = {}) {
  return evaluate(purpose_facts(*policy::default_pack(), c, purpose, operation, guards)).effect;
}

}  // namespace

TEST_CASE("purposes: every class, purpose and operation as the matrix has it, and only with its guard") {
  const auto pack = policy::default_pack();
  std::size_t permits = 0;
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    for (std::size_t p = 0; p < kCountOf<Purpose>; ++p)
      for (std::size_t o = 0; o < kCountOf<Operation>; ++o) {
        const auto record_class = static_cast<RecordClass>(c);
        const PurposeRule& rule = pack->purposes[p][c];
        const bool covered = rule.operations.contains(static_cast<Operation>(o));
        const auto under = [&](const GuardFacts& guards) {
          return effect(record_class, Names<Purpose>::list[p], Names<Operation>::list[o], guards);
        };
        permits += under(every_guard(Fact::yes)) == Effect::permit ? 1 : 0;
        CHECK((under(every_guard(Fact::yes)) == Effect::permit) == covered);
        const bool open = rule.guard == Guard::none;
        CHECK((under({}) == Effect::permit) == (covered && open));
        CHECK((under(every_guard(Fact::no)) == Effect::permit) == (covered && open));
      }
  CHECK(permits == 156);
}

TEST_CASE(
    "purposes: nothing of a class may ever be sold, marketed with, trained on, transcribed or used to "
    "treat") {
  const auto pack = policy::default_pack();
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    for (const Never& never : pack->nevers) {
      const auto record_class = static_cast<RecordClass>(c);
      const GuardFacts all = every_guard(Fact::yes);
      for (const std::string_view purpose : Names<Purpose>::list)
        CHECK(effect(record_class, purpose, never.word, all) == Effect::deny);
      for (const std::string_view operation : Names<Operation>::list)
        CHECK(effect(record_class, never.word, operation, all) == Effect::deny);
      CHECK(purpose_clause(*pack, record_class, never.word, "use") == never.clause);
    }
  CHECK(effect(RecordClass::recording, "train", "use") == Effect::deny);
  CHECK(effect(RecordClass::recording, "service_delivery", "transcribe") == Effect::deny);
}

TEST_CASE("purposes: a word of neither list is covered by nothing") {
  const GuardFacts all = every_guard(Fact::yes);
  CHECK(effect(RecordClass::account, "curiosity", "use", all) == Effect::deny);
  CHECK(effect(RecordClass::account, "service_delivery", "ponder", all) == Effect::deny);
  CHECK(effect(RecordClass::account, "", "", all) == Effect::deny);
  CHECK(effect(static_cast<RecordClass>(99), "service_delivery", "use", all) == Effect::deny);
  CHECK(effect(RecordClass::account, "service_delivery", "use") == Effect::permit);
}

TEST_CASE("purposes: call content never serves analytics") {
  const GuardFacts all = every_guard(Fact::yes);
  for (const RecordClass c : {RecordClass::recording, RecordClass::communication})
    for (const std::string_view operation : Names<Operation>::list)
      CHECK(effect(c, "analytics", operation, all) == Effect::deny);
}
