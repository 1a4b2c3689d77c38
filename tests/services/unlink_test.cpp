// After an erasure: every table and column of the store is walked for the id of the person.
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "services/entities.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

// Whether `id` stands in `text` as a whole: not as a part of a longer one.
bool names(std::string_view text, std::string_view id) {
  const auto inside = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  for (std::size_t at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
    const std::size_t end = at + id.size();
    if ((at == 0 || !inside(text[at - 1])) && (end == text.size() || !inside(text[end]))) return true;
  }
  return false;
}

constexpr const char* kOfAccount[] = {"person_details", "lookups",         "sharings",
                                      "preferences",    "bridge_settings", "policy_notices"};

struct Left : World {
  // The tables in which a text names the person, and how many do. Blobs are sealed, hashes or random, where two letters
  // stand by chance.
  std::map<std::string, int> named(std::string_view id) {
    std::map<std::string, int> found;
    auto tx = std::move(store().begin_read().value());
    for (const store::Table* table : kTables) {
      std::vector<store::Row> rows;
      REQUIRE(tx->scan(*table, {.limit = store::kMaxScan}, rows));
      REQUIRE(rows.size() < store::kMaxScan);
      for (const store::Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
          if (row[i].type() == store::CellType::text && names(row.bytes(i), id))
            ++found[std::string(table->name)];
    }
    return found;
  }

  // The tables that an answer admits to name the person still.
  static std::set<std::string> admitted(const Answer& answer) {
    std::set<std::string> found;
    for (const auto& named : answer.result().at("still_named").as_array()) found.emplace(named.at("table").as_string());
    for (const auto& item : answer.result().at("plan").as_array()) {
      if (item.at("action").as_string() == "erase" || item.as_object().contains("unlinked")) continue;
      found.insert({"records", "record_subjects"});
      const std::string id(item.at("item").as_string());
      if (item.at("class").as_string() == "account") found.insert(std::begin(kOfAccount), std::end(kOfAccount));
      found.insert(id.substr(0, id.find(':')));
      if (id.starts_with("visits:")) found.insert("visit_parties");
    }
    return found;
  }
  static bool unlinked(const Answer& answer, std::string_view id) {
    for (const auto& item : answer.result().at("plan").as_array())
      if (item.at("item").as_string() == id) return item.as_object().contains("unlinked");
    FAIL("no such item: ", id);
    return false;
  }
  Answer enter(std::string_view id, std::string_view record_class) {
    return (*this)("record.register", "system",
                   {{"id", id}, {"class", record_class}, {"subjects", {"dr", "mr"}}, {"locator", "o/1"},
                    {"trigger_at", now()}});
  }
  void sweep() { REQUIRE((*this)("retention.sweep", "system", {{"limit", 1'000}}).permitted()); }
  bool in(const store::Table& table, std::string_view word) { return names(dump(table), word); }

  // Two people leave something wherever two can: a call that was accepted, a call that was cancelled, messages, a
  // complaint, records of the host's, an invoice.
  void live() {
    share_billing("mr");
    accepted();
    REQUIRE(book("w", 1000, 1015).permitted());
    REQUIRE((*this)("visit.cancel", "dr", {{"visit", "w"}}).permitted());
    for (const auto& [from, to] : {std::pair{"mr", "dr"}, {"dr", "mr"}})
      REQUIRE((*this)("message.post", from, {{"id", from}, {"thread", "t"}, {"to", to}, {"text", "x"}}).permitted());
    REQUIRE(submit("g", "grievance", "mr", {{"text", "zq7x"}}).permitted());
    REQUIRE((*this)("rights.resolve", "dpo", {{"id", "g"}, {"outcome", "upheld"}}).permitted());
    REQUIRE(enter("bill", "billing").permitted());
    REQUIRE(enter("log", "audit").permitted());
    REQUIRE(enter("call", "call_metadata").permitted());
  }
};

}  // namespace

TEST_CASE_FIXTURE(Left, "X54: after an erasure no table names the person but those that the answer admits") {
  live();
  for (const bool late : {false, true}) {
    CAPTURE(late);
    const char* who = late ? "dr" : "mr";
    set_time(late ? 1'440 * 500 : 200);
    REQUIRE(named(who).size() > 10);
    const Answer answer = answered(std::string("e-") + who, "erasure", who);
    REQUIRE(answer.permitted());
    std::set<std::string> expected = admitted(answer);
    for (const auto& [table, count] : named(who)) CHECK_MESSAGE(expected.contains(table), table);
    if (late) {  // a law keeps the account's data for a year (rule 8(3)), and the answer says so
      CHECK(answer.result().at("plan").at(0).at("action").as_string() == "restrict");
      set_time(1'440 * 900);
      sweep();
    }
    for (const char* gone : kOfAccount) {
      expected.erase(gone);
      CHECK_FALSE(named(who).contains(gone));
    }
    CHECK_FALSE(named(who).contains("messages"));
    for (const auto& [table, count] : named(who)) CHECK_MESSAGE(expected.contains(table), table);
    CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
  }
}

TEST_CASE_FIXTURE(Left, "X54: a call is unlinked from who is erased, and stays the other party's") {
  live();
  set_time(200);
  const Answer answer = answered("e", "erasure", "mr");
  CHECK(unlinked(answer, "visits:w"));
  CHECK(unlinked(answer, "call"));
  CHECK_FALSE(unlinked(answer, "visits:v"));  // the acceptance of its disclosure names both, and stays (C9-g)
  CHECK_FALSE(unlinked(answer, "log"));       // a floor keeps the log as it is
  CHECK_FALSE(unlinked(answer, "bill"));
  auto tx = std::move(store().begin_read().value());
  const Visit w = find_visit(*tx, "w").value().value();
  CHECK(w.doctor == "dr");
  CHECK(is_pseudonym(w.representative));
  CHECK(find_party(*tx, "w", w.representative).value());
  CHECK_FALSE(find_party(*tx, "w", "mr").value());
  CHECK(find_visit(*tx, "v").value()->representative == "mr");
  tx.reset();
  for (const char* command : {"visit.start", "visit.join", "visit.disclosure", "recording.decide", "visit.end"}) {
    CAPTURE(command);
    const Answer late = (*this)(command, command == std::string_view("visit.join") ? "dr" : "system", {{"visit", "w"}});
    CHECK_FALSE(late.permitted());
    CHECK(late.line().find("corrupt") == std::string::npos);
  }
  const Answer seen = answered("a", "access", "dr");
  REQUIRE(seen.permitted());
  CHECK(seen.line().find("visits:w") != std::string::npos);
  CHECK(seen.line().find("\"mr\"") == std::string::npos);
  const Answer next = answered("f", "erasure", "dr");
  CHECK(unlinked(next, "visits:w"));
  CHECK_FALSE(in(visit::kTable, "w|dr"));
  sweep();
  const std::string before = state();
  sweep();
  CHECK(state() == before);  // what waits for its neighbours is not looked at again and again
}

TEST_CASE_FIXTURE(Left, "X54: a call that may still take place names both of its people until it is over") {
  REQUIRE(book("v", 1'000, 1'015).permitted());
  REQUIRE(book("w", 2'000, 2'015).permitted());
  set_time(200);
  CHECK_FALSE(unlinked(answered("e", "erasure", "dr", {{"records", {"visits:v"}}}), "visits:v"));
  CHECK((*this)("visit.disclosure", "mr", {{"visit", "v"}}).line().find('~') == std::string::npos);
  CHECK_FALSE(unlinked(answered("f", "erasure", "mr"), "visits:w"));
  CHECK((*this)("visit.cancel", "dr", {{"visit", "w"}}).permitted());
  CHECK(in(visit::kTable, "v|dr|mr"));
  set_time(1'000);
  sweep();
  CHECK(in(visit::kTable, "v|dr|mr"));
  set_time(3'000);
  sweep();
  CHECK_FALSE(in(visit::kTable, "dr|mr"));
  auto tx = std::move(store().begin_read().value());
  CHECK(is_pseudonym(find_visit(*tx, "v").value()->doctor));
  CHECK(is_pseudonym(find_visit(*tx, "w").value()->representative));
  CHECK(find_visit(*tx, "w").value()->doctor == "dr");
}

TEST_CASE_FIXTURE(Left, "X54: requests and records of the log are unlinked once the floors have ended") {
  live();
  set_time(200);
  REQUIRE(answered("e", "erasure", "mr").permitted());
  CHECK(in(rights_request::kTable, "mr"));
  set_time(1'440 * 400);
  sweep();
  sweep();
  auto tx = std::move(store().begin_read().value());
  store::Row row;
  const store::Cell key[] = {std::string_view("g")};
  REQUIRE(tx->get(rights_request::kTable, key, row).value());
  CHECK(is_pseudonym(row.bytes(rights_request::principal)));
  CHECK(is_pseudonym(row.bytes(rights_request::submitted_by)));
  tx.reset();
  const Answer list = (*this)("rights.list", "dpo");
  CHECK(list.line().find("\"g\"") != std::string::npos);
  CHECK(list.line().find('~') == std::string::npos);  // nobody
  CHECK((*this)("rights.escalate", "system", {{"id", "g"}}).error() == "conflict /args/id");
  CHECK(in(record_subject::kTable, "bill|mr"));  // eight financial years (C9-d)
  CHECK_FALSE(in(record_subject::kTable, "log|mr"));
  CHECK(in(record_subject::kTable, "log|dr"));
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
}

