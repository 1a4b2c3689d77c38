#include "connex/clauses.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace connex;

TEST_CASE("clauses: every statement of the policy, once, by how it is enforced") {
  CHECK(clauses().size() == 124);
  std::map<int, int> by_enforcement;
  std::set<std::string_view> ids, texts;
  for (const Clause& clause : clauses()) {
    CAPTURE(clause.id);
    ++by_enforcement[clause.enforcement];
    CHECK(ids.insert(clause.id).second);
    CHECK(texts.insert(clause.text).second);
    CHECK(!clause.text.empty());
    CHECK(clause.text.size() <= 160);
    CHECK(find_clause(clause.id) == &clause);
  }
  const std::map<int, int> expected = {
      {kFact, 21},     {kDecision, 59},   {kDecision | kWorkflow, 8}, {kDecision | kAttestation, 18},
      {kWorkflow, 12}, {kAttestation, 6},
  };
  CHECK(by_enforcement == expected);
}

TEST_CASE("clauses: look-up by id") {
  CHECK(find_clause("C6.3-a")->kind == ClauseKind::gate);
  CHECK(find_clause("C9-d")->kind == ClauseKind::retention);
  CHECK(find_clause("C5-c2")->enforcement == kAttestation);
  for (const std::string_view id :
       {"", "C", "C1", "C1-", "C1-i", "c1-a", "C7-a", "C6.3-a ", "C6.3-aa", "C99-z"}) {
    CAPTURE(id);
    CHECK(find_clause(id) == nullptr);
  }
}

TEST_CASE("clauses: in the order of the policy") {
  CHECK(clauses().front().id == "C1-a");
  CHECK(clauses()[8].id == "C2.1-a");
  CHECK(clauses().back().id == "C13-b");
}

TEST_CASE("clauses: kinds have names") {
  CHECK(name(ClauseKind::gate) == "gate");
  CHECK(name(ClauseKind::fact) == "fact");
  CHECK(name(ClauseKind{99}) == "fact");
}
