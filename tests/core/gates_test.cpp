#include "connex/gates.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "connex/clauses.hpp"
#include "core/naive_gates.hpp"
#include "support/project_file.hpp"

using namespace connex;

namespace {

// What a host may say of one fact: the two bits of Facts, one of the four combinations a contradiction.
enum class Said { nothing, no, yes, both };

using Row = std::vector<Said>;

naive::State state_of(Said said) {
  switch (said) {
    case Said::yes:
      return naive::State::holds;
    case Said::no:
      return naive::State::fails;
    default:
      return naive::State::silent;
  }
}

Facts facts_of(const Row& row) {
  Facts facts;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == Said::yes || row[i] == Said::both) facts.yes |= 1U << i;
    if (row[i] == Said::no || row[i] == Said::both) facts.no |= 1U << i;
  }
  return facts;
}

// Calls `visit` for every row over `width` facts, each one of the first `values` of Said; the last fact turns
// fastest.
template <class Visit>
void for_each_row(std::size_t width, unsigned values, Visit&& visit) {
  Row row(width, Said::nothing);
  for (;;) {
    visit(row);
    std::size_t i = width;
    for (; i > 0; --i) {
      const unsigned next = static_cast<unsigned>(row[i - 1]) + 1;
      row[i - 1] = static_cast<Said>(next % values);
      if (next < values) break;
    }
    if (i == 0) return;
  }
}

// FNV-1a, 64 bits.
class Digest {
 public:
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    add_byte(0);
  }
  void add(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) add_byte(static_cast<unsigned char>(value >> shift));
  }
  std::string text() const {
    char out[17];
    std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(hash_));
    return out;
  }

 private:
  void add_byte(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3ULL; }
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

// One line for each gate: its rule, how many rows its table has, how many of them permit, and a digest over
// its conditions, its obligations and every decision.
std::string describe(const Gate& gate) {
  Digest digest;
  for (const Condition& c : gate.conditions) {
    digest.add(c.fact);
    digest.add(c.clause);
    digest.add(c.reason);
  }
  for (const auto& obligations : {gate.on_permit, gate.on_refusal}) {
    digest.add(static_cast<std::uint32_t>(obligations.size()));
    for (const Obligation& o : obligations) {
      digest.add(o.action);
      digest.add(o.who);
      digest.add(o.clause);
    }
  }
  std::size_t rows = 0;
  std::size_t permits = 0;
  for_each_row(gate.conditions.size(), 3, [&](const Row& row) {
    const Decision d = evaluate(gate, facts_of(row));
    digest.add(static_cast<std::uint32_t>(d.effect));
    digest.add(d.unmet);
    digest.add(d.unknown);
    ++rows;
    permits += d.permitted() ? 1 : 0;
  });
  return std::string(gate.rule) + " " + std::to_string(rows) + " " + std::to_string(permits) + " " +
         digest.text();
}

void check_row(const Gate& gate, const naive::Rule& rule, const Row& row) {
  const Facts facts = facts_of(row);
  const Decision decision = evaluate(gate, facts);
  std::vector<naive::State> states;
  for (const Said said : row) states.push_back(state_of(said));
  const naive::Verdict expected = rule.decide(states);

  bool same = decision.permitted() == expected.permits;
  same = same && decision.effect == (expected.permits     ? Effect::permit
                                     : expected.forbidden ? Effect::deny
                                                          : Effect::indeterminate);
  std::size_t i = 0;
  for_each_unmet(decision, [&](const Condition& condition, bool unknown) {
    same = same && i < expected.lacks.size() && expected.lacks[i].fact == condition.fact &&
           expected.lacks[i].clause == condition.clause && expected.lacks[i].known == !unknown;
    ++i;
  });
  same = same && i == expected.lacks.size();

  // Unknown never permits, and the counterfactual is exact: all of it permits, and nothing less does.
  bool all_yes = true;
  for (const Said said : row) all_yes = all_yes && said == Said::yes;
  same = same && decision.permitted() == all_yes;
  const std::uint32_t yes = (facts.yes & ~decision.unmet) | decision.unmet;
  same = same && evaluate(gate, Facts{yes, facts.no & ~decision.unmet}).permitted();
  for (std::uint32_t rest = decision.unmet; rest != 0; rest &= rest - 1) {
    const std::uint32_t flipped = decision.unmet & ~(rest & -rest);
    const Facts less{(facts.yes & ~decision.unmet) | flipped, facts.no & ~flipped};
    same = same && !evaluate(gate, less).permitted();
  }
  const auto obligations = decision.permitted() ? gate.on_permit : gate.on_refusal;
  same = same && decision.obligations().data() == obligations.data();
  if (!same) {
    CAPTURE(facts.yes);
    CAPTURE(facts.no);
    CHECK(same);
  }
}

}  // namespace

TEST_CASE("gates: every gate agrees with the naive rules on every assignment, contradictions included") {
  REQUIRE(std::size(kGates) == std::size(naive::kRules));
  for (const naive::Rule& rule : naive::kRules) {
    CAPTURE(rule.name);
    const Gate* gate = find_gate(rule.name);
    REQUIRE(gate != nullptr);
    REQUIRE(gate->conditions.size() == rule.facts);
    std::size_t rows = 0;
    for_each_row(rule.facts, 4, [&](const Row& row) {
      check_row(*gate, rule, row);
      ++rows;
    });
    CHECK(rows == std::size_t{1} << (2 * rule.facts));
  }
}

TEST_CASE("gates: the decision table of each is the one on file") {
  std::ifstream file(connex::testing::project_file("tests/core/decision_table.txt"));
  REQUIRE(file);
  for (const Gate* gate : kGates) {
    std::string line;
    std::getline(file, line);
    CHECK(line == describe(*gate));
  }
  std::string rest;
  CHECK(!std::getline(file, rest));
}

TEST_CASE("gates: the zero decision, the empty gate and stray bits deny") {
  CHECK(Decision{}.permitted() == false);
  CHECK(Decision{}.effect == Effect::deny);
  CHECK(Decision{}.obligations().empty());
  constexpr Gate kEmpty{"none", "", {}, {}, {}};
  CHECK(evaluate(kEmpty, Facts{0xffffffff, 0}).effect == Effect::deny);
  const Decision stray = evaluate(kVisitBook, Facts{0xfffffff8, 0});
  CHECK(stray.effect == Effect::indeterminate);
  CHECK(stray.unmet == 7);
  CHECK(evaluate(kVisitBook, Facts{0xffffffff, 0xfffffff8}).permitted());
  Facts facts{7, 0};
  facts.set(kMaxConditions, Fact::no);
  facts.set(1000, Fact::no);
  CHECK(facts == Facts{7, 0});
  CHECK(facts[1000] == Fact::unknown);
  CHECK(name(Effect{7}) == "deny");
}

TEST_CASE("gates: facts that are set again, and back to unknown") {
  FactsOf<kVisitBook> facts;
  for (const Fact value : {Fact::yes, Fact::no, Fact::unknown, Fact::yes}) {
    facts.set("opt_in_set_by_doctor", value);
    CHECK(facts[2] == value);
  }
  CHECK(fact(std::optional<bool>()) == Fact::unknown);
  CHECK(fact(std::optional(false)) == Fact::no);
  CHECK(fact(std::optional(true)) == Fact::yes);
}

TEST_CASE("gates: names, texts and reasons are usable as they stand") {
  std::set<std::string_view> rules;
  for (const Gate* gate : kGates) {
    CAPTURE(gate->rule);
    CHECK(rules.insert(gate->rule).second);
    CHECK(!gate->text.empty());
    CHECK(gate->conditions.size() >= 1);
    CHECK(gate->conditions.size() <= kMaxConditions);
    std::set<std::string_view> facts, reasons;
    for (const Condition& c : gate->conditions) {
      CAPTURE(c.fact);
      CHECK(facts.insert(c.fact).second);
      CHECK(reasons.insert(c.reason).second);
      CHECK(!c.text.empty());
      CHECK(c.text.back() != '.');
      CHECK(find_clause(c.clause) != nullptr);
      CHECK(condition_index(*gate, c.fact) < gate->conditions.size());
    }
    CHECK(condition_index(*gate, "no_such_fact") == gate->conditions.size());
    for (const auto& obligations : {gate->on_permit, gate->on_refusal})
      for (const Obligation& o : obligations) {
        CAPTURE(o.action);
        CHECK(find_clause(o.clause) != nullptr);
        CHECK((o.who == "host" || o.who == "engine"));
      }
  }
  CHECK(find_gate("visit.book") == &kVisitBook);
  CHECK(find_gate("visit.boo") == nullptr);
  CHECK(find_gate("") == nullptr);
}

// Gates are constants that a compiler can decide.
namespace {

constexpr FactsOf<kVisitBook> book(Fact enabled, Fact booker, Fact opt_in) {
  FactsOf<kVisitBook> facts;
  facts.set("doctor_virtual_visits_enabled", enabled);
  facts.set("booker_is_medical_representative", booker);
  facts.set("opt_in_set_by_doctor", opt_in);
  return facts;
}

static_assert(evaluate(book(Fact::yes, Fact::yes, Fact::yes)).permitted());
static_assert(evaluate(book(Fact::yes, Fact::yes, Fact::unknown)).effect == Effect::indeterminate);
static_assert(evaluate(book(Fact::unknown, Fact::no, Fact::unknown)).effect == Effect::deny);
static_assert(!evaluate(FactsOf<kRecordingStart>{}).permitted());
static_assert(!evaluate(kRecordingStart, Facts{0xff, 0x01}).permitted());
#ifndef __SANITIZE_ADDRESS__  // under which g++ compares no addresses in a constant
static_assert(evaluate(kRecordingStart, Facts{0xff, 0}).obligations().size() == 4);
#endif
static_assert(!Decision{}.permitted());
static_assert(find_gate("recording.start") == &kRecordingStart);

}  // namespace
