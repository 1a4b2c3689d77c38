// Records from their registration to their disposal: by class and clause, through holds and erasures, with
// the instants before and after each limit.
#include "services/records.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "policy/pack.hpp"
#include "services/audit_log.hpp"
#include "services/dispositions.hpp"
#include "services/policy_versions.hpp"
#include "services/schema.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"
#include "support/faulty_store.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

struct Records : World {
  Answer enter(std::string_view id, std::string_view record_class, std::string_view trigger, Args more = {}) {
    Args args{{"id", id},
              {"class", record_class},
              {"subjects", {"dr"}},
              {"locator", std::string("objects/").append(id)}};
    if (!trigger.empty()) args["trigger_at"] = trigger;
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("record.register", "system", args);
  }
  Answer sweep(std::int64_t limit = 1'000) {
    return (*this)("retention.sweep", "system", {{"limit", limit}});
  }
  std::int64_t swept(const Answer& answer, std::string_view what) {
    return answer.result().at(what).as_int64();
  }
  std::string state(std::string_view record) {
    return (*this)("retention.evaluate", "system", {{"record", record}}).text("state");
  }
  std::size_t pending() {
    return (*this)("disposition.pending", "system").result().at("orders").as_array().size();
  }
  std::string order() {
    return std::string((*this)("disposition.pending", "system")
                           .result()
                           .at("orders")
                           .as_array()
                           .at(0)
                           .at("order")
                           .as_string());
  }
  Answer place(std::string_view basis, Args scope, std::string_view id = "h") {
    return (*this)("hold.place", "st",
                   {{"id", id},
                    {"basis", basis},
                    {"authority", "High Court"},
                    {"citation", "case 1/2026"},
                    {"scope", scope},
                    {"review_at", text_of(micros() + 80 * kMicrosPerDay)},
                    {"approved_by", "dpo"}});
  }
  Answer release(std::string_view id = "h") {
    return (*this)("hold.release", "st", {{"id", id}, {"reason", "case closed"}});
  }
  // Sweeps until nothing remains, on each of three days.
  void sweep_days(std::int64_t limit = 1'000) {
    for (int day = 0; day < 3; ++day, advance(86'400))
      for (int i = 0; i < 100 && swept(sweep(limit), "remaining") > 0; ++i) {
      }
  }
  // How many entries of the log name the person; of one visit, where it is given.
  std::size_t entries_naming(std::string_view person, std::string_view visit = {}) {
    auto tx = std::move(vault().begin_read().value());
    const std::vector<Number> named = list_numbers(*tx, EntriesOf::person, person, 0, 1'000).value();
    return static_cast<std::size_t>(std::ranges::count_if(named, [&](Number seq) {
      return visit.empty() || find_entry(*tx, seq).value().value().content.visit == visit;
    }));
  }
  static std::string text_of(std::int64_t micros) { return format_instant({micros}, UtcOffset{330}); }
};

// Commands of handlers that are not commands yet: what rights do with an accepted erasure.
ErasureItem erase_now(Records& w, std::string_view id) {
  const auto keys_beside = store::make_memory_store();  // nothing that the engine has sealed is opened here
  REQUIRE(keys_beside->prepare(kSchema));
  const auto vault =
      std::move(Vault::open(*keys_beside, nullptr, keys::make_ephemeral_key_provider()).value());
  auto tx = std::move(w.store().begin_write().value());
  const Actor actor{"system", std::nullopt};
  const auto pack = policy::default_pack();
  const Surroundings surroundings;
  PolicyLibrary library(pack);
  Context context(*tx, tx.get(), *vault, library.current(), {1}, *pack, actor, {w.micros()},
                  1'000'000 + w.audit_size(), surroundings);
  const RetentionRules rules(context);
  Record record = find_record(*tx, id).value().value();
  Sweep done;
  ErasureItem item = accept_erasure(context, rules, record, done).value();
  REQUIRE(tx->commit());
  return item;
}

}  // namespace

TEST_CASE_FIXTURE(Records, "record.register: what is missing or makes no sense is named, and nothing is kept") {
  CHECK(enter("r", "diary", time(-10)).error() == "invalid_argument /args/class");
  for (const char* record_class : {"communication", "billing", "audit", "recording", "analytics_aggregate"})
    CHECK(enter("r", record_class, "").error() == "invalid_argument /args/trigger_at");
  CHECK(enter("r", "billing", time(1)).error() == "invalid_argument /args/trigger_at");
  CHECK(enter("r", "billing", time(-1), {{"subjects", {"dr", "nobody"}}}).error() ==
        "not_found /args/subjects");
  CHECK(enter("r", "billing", time(-1), {{"subjects", {"dr", "dr"}}}).error() ==
        "invalid_argument /args/subjects");
  CHECK(enter("r", "billing", time(-1), {{"subjects", boost::json::array()}}).error() ==
        "invalid_argument /args/subjects");
  boost::json::array many;
  for (int i = 0; i < 101; ++i) many.emplace_back(std::string("p").append(std::to_string(i)));
  CHECK(enter("r", "billing", time(-1), {{"subjects", many}}).error() == "invalid_argument /args/subjects");
  CHECK(enter("r", "billing", time(-1), {{"visit", "nobody"}}).error() == "not_found /args/visit");
  CHECK(enter("r", "billing", time(-1)).text("state") == "active");
  CHECK(enter("r", "billing", time(-1)).error() == "conflict /args/id");
}

TEST_CASE_FIXTURE(Records, "C9-i: only an aggregate that passes the test for anonymity is kept without end") {
  const auto counts = [](std::initializer_list<int> cells) {
    boost::json::array listed;
    for (const int cell : cells) listed.emplace_back(cell);
    return Args{{"counts", {{"cells", listed}}}, {"columns", 2}};
  };
  const auto enter = [&](std::string_view id, std::string_view record_class, std::string_view trigger, Args more = {}) {
    Args args{{"id", id}, {"class", record_class}, {"locator", "objects/1"}, {"trigger_at", trigger}};
    if (!more.contains("counts")) args["subjects"] = {"dr"};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("record.register", "system", args);
  };
  const Answer kept = enter("safe", "analytics_aggregate", time(-1), counts({10, 11, 12, 13}));
  REQUIRE(kept.permitted());
  CHECK(kept.text("class") == "analytics_aggregate");
  CHECK(kept.result().at("dispose_at").is_null());
  // It names nobody, not by a visit or a thread either: it would do so without end.
  for (const char* naming : {"subjects", "visit", "thread"}) {
    Args named = counts({10, 11, 12, 13});
    named[naming] = naming == std::string_view("subjects") ? boost::json::value({"dr"}) : boost::json::value("v");
    CHECK(enter("named", "analytics_aggregate", time(-1), named).error() ==
          std::string("invalid_argument /args/").append(naming));
  }
  for (const char* record_class : {"analytics_aggregate", "usage"})
    CHECK((*this)("record.register", "system", {{"id", "x"}, {"class", record_class}, {"locator", "o/1"}, {"trigger_at", time(-1)}})
              .error() == "invalid_argument /args/subjects");
  // What is kept is the table as it is: one small cell, though the check could hide it, and it is not.
  CHECK(enter("hidden", "analytics_aggregate", time(-1), counts({9, 30, 30, 30, 30, 30})).reasons() ==
        "cells_too_small C9-i");
  CHECK(enter("hidden", "analytics_aggregate", time(-1), counts({3, 20})).denied());
  const Answer small = enter("small", "analytics_aggregate", time(-1), counts({4, 5}));
  CHECK(small.denied());
  CHECK(small.rule() == "aggregate.check");
  CHECK((*this)("retention.evaluate", "system", {{"record", "small"}}).error() == "not_found /args/record");
  // What was not put to the test is about people, and goes with their accounts (X19).
  const Answer untested = enter("untested", "analytics_aggregate", time(-1));
  REQUIRE(untested.permitted());
  CHECK(untested.text("class") == "usage");
  CHECK(enter("x", "usage", time(-1), counts({10, 11})).error() == "invalid_argument /args/counts");
  CHECK(enter("x", "analytics_aggregate", time(-1), {{"columns", 2}}).error() == "invalid_argument /args/counts");
  CHECK(enter("x", "analytics_aggregate", time(-1), {{"counts", {{"cells", boost::json::array{1, 2, 3}}}}, {"columns", 2}}).error() ==
        "invalid_argument /args/columns");
  // One of an older version does not go on doing it, once somebody whom it names has asked.
  {
    auto tx = std::move(store().begin_write().value());
    const store::Cell subject[] = {"safe", "dr", store::Cell(), store::Cell()};
    REQUIRE(tx->insert(record_subject::kTable, subject));
    REQUIRE(tx->commit());
  }
  const Answer erased = answered("e", "erasure", "dr");
  CHECK(erased.line().find(R"("item":"safe","class":"analytics_aggregate","action":"retain","until":null,"basis":"rule",)"
                           R"("clause":"C9-i","unlinked":true)") != std::string::npos);
  CHECK(dump(record_subject::kTable).find("safe") == std::string::npos);
}

TEST_CASE_FIXTURE(Records, "retention.evaluate: its own people and the operator, and every date with its reason") {
  REQUIRE(enter("bill", "billing", "2025-04-15T10:00:00+05:30").permitted());
  const Answer answer = (*this)("retention.evaluate", "dr", {{"record", "bill"}});
  CHECK(answer.text("retain_until") == "2034-03-31");  // X31
  CHECK(answer.text("dispose_at") == "2034-04-01T00:00:00+05:30");
  CHECK(answer.text("clause") == "C9-d");
  CHECK(answer.text("source") == "Companies Act 2013, section 128(5)");
  CHECK((*this)("retention.evaluate", "mr", {{"record", "bill"}}).denied());
  CHECK((*this)("retention.evaluate", "mr", {{"record", "nobody"}}).denied());
  CHECK((*this)("retention.evaluate", "dpo", {{"record", "nobody"}}).error() == "not_found /args/record");
}

TEST_CASE_FIXTURE(Records, "C9-f, X34: a message is due two years after the last interaction in its thread") {
  REQUIRE(enter("m1", "communication", time(-10), {{"thread", "th"}}).permitted());
  go("2027-11-23T09:00:00+05:30");
  REQUIRE((*this)("record.touch", "system", {{"id", "m1"}, {"at", now()}}).permitted());
  CHECK((*this)("record.touch", "system", {{"id", "m1"}, {"at", "2028-01-01T00:00:00+05:30"}}).error() ==
        "invalid_argument /args/at");
  REQUIRE(enter("m2", "communication", "2027-11-23T08:00:00+05:30", {{"thread", "th"}}).permitted());
  for (const char* record : {"m1", "m2"})
    CHECK((*this)("retention.evaluate", "system", {{"record", record}}).text("dispose_at") ==
          "2029-11-23T00:00:00+05:30");
  go("2029-11-22T23:59:59+05:30");
  CHECK(swept(sweep(), "ordered") == 0);
  go("2029-11-23T00:00:00+05:30");
  CHECK(swept(sweep(), "ordered") == 2);
}

TEST_CASE_FIXTURE(Records, "C9-f, X33, X34: messages, tickets and notes go two years after their thread's last") {
  book();
  const auto rows = [&](const store::Table& table) {
    const std::string all = dump(table);
    return std::count(all.begin(), all.end(), '\n');
  };
  const auto post = [&](std::string_view id, std::string_view from, std::string_view to) {
    return (*this)("message.post", from, {{"id", id}, {"thread", "th"}, {"to", to}, {"text", "Batch 4417"}});
  };
  REQUIRE(post("m1", "dr", "mr").permitted());
  REQUIRE(post("m2", "mr", "dr").permitted());
  REQUIRE((*this)("ticket.post", "dr", {{"id", "k1"}, {"thread", "th"}, {"text", "Help"}}).permitted());
  REQUIRE((*this)("note.complete", "dr", {{"visit", "v"}, {"text", "Asked for samples"}}).permitted());
  go("2026-12-31T23:30:00+05:30");
  REQUIRE(post("m3", "dr", "mr").permitted());
  CHECK((*this)("retention.evaluate", "dr", {{"record", "messages:message:th:1"}}).text("dispose_at") ==
        "2028-12-31T00:00:00+05:30");
  CHECK((*this)("retention.evaluate", "dr", {{"record", "messages:ticket:th:1"}}).text("dispose_at") ==
        "2028-11-23T00:00:00+05:30");  // a ticket of the same id is another thread
  go("2028-11-22T23:59:59+05:30");
  CHECK(swept(sweep(), "erased") == 0);
  go("2028-11-23T00:00:00+05:30");
  CHECK(swept(sweep(), "erased") == 2);
  CHECK(rows(message::kTable) == 3);
  CHECK(rows(thread::kTable) == 1);
  CHECK(rows(conversation_tail::kTable) == 2);
  CHECK(rows(key_erasure::kTable) == 0);
  const Answer hold = place("court_order", {{"principals", {"mr"}}});
  REQUIRE(hold.permitted());
  go("2028-12-30T23:59:59+05:30");
  const auto listed = [&](std::string_view who) {
    return (*this)("message.list", who, {{"thread", "th"}}).result().at("messages").as_array().size();
  };
  CHECK(listed("dr") == 3);
  go("2028-12-31T00:00:00+05:30");
  CHECK(swept(sweep(), "erased") == 0);  // it covers what was written to mr as well (C6.4-h)
  CHECK(rows(message::kTable) == 3);
  CHECK(listed("dr") == 0);  // held past its period: kept, and not shown
  REQUIRE(release().permitted());
  CHECK(swept(sweep(), "erased") == 3);
  CHECK(dump(key_erasure::kTable).find("dr") != std::string::npos);
  for (const store::Table* table : {&message::kTable, &thread::kTable, &conversation_tail::kTable,
                                    &interaction::kTable})
    CHECK(rows(*table) == 0);
  CHECK(dump(key_erasure::kTable).find("mr") != std::string::npos);
  CHECK(post("m4", "mr", "dr").permitted());  // a new thread, under a new key
  CHECK(listed("dr") == 1);
}

TEST_CASE_FIXTURE(Records, "C8-c: what a person wrote goes with an accepted erasure, what others wrote stays") {
  const auto post = [&](std::string_view id, std::string_view from, std::string_view to) {
    REQUIRE((*this)("message.post", from, {{"id", id}, {"thread", "th"}, {"to", to}, {"text", "Batch 4417"}})
                .permitted());
  };
  post("m1", "dr", "mr");
  post("m2", "mr", "dr");
  REQUIRE((*this)("rights.submit", "dr",
                  {{"id", "e"}, {"kind", "erasure"}, {"principal", "dr"}, {"channel", "in_app"}})
              .permitted());
  REQUIRE((*this)("rights.verify_identity", "st", {{"id", "e"}, {"evidence", "id-1"}}).permitted());
  const Answer answer = (*this)("rights.resolve", "dpo", {{"id", "e"}});
  REQUIRE(answer.permitted());
  CHECK(answer.line().find(R"("item":"messages:message:th:1","class":"communication","action":"erase")") !=
        std::string::npos);
  const auto planned = [&](const Answer& from, std::string_view item) {
    for (const auto& one : from.result().at("plan").as_array())
      if (one.at("item").as_string() == item) return boost::json::serialize(one);
    return std::string();
  };
  CHECK(planned(answer, "messages:message:th:2") ==
        R"({"item":"messages:message:th:2","class":"communication","action":"retain","until":"2028-11-23T00:00:00+05:30",)"
        R"("basis":"rule","clause":"C9-f","unlinked":true})");
  CHECK(dump(message::kTable).find("mr") != std::string::npos);
  CHECK(state("messages:message:th:1") == "disposed");
  CHECK(state("messages:message:th:2") == "active");
  // What stays no longer tells to whom it went.
  CHECK(dump(thread::kTable).find("|dr|") == std::string::npos);
  CHECK(dump(record_subject::kTable).find("message:th:2|dr|") == std::string::npos);
  CHECK(dump(record_subject::kTable).find("message:th:2|mr|") != std::string::npos);
  CHECK((*this)("message.list", "mr", {{"thread", "th"}}).result().at("messages").as_array().size() == 1);
}

TEST_CASE_FIXTURE(Records, "C8-c: of two who go on writing, an erasure of what the other wrote changes nothing") {
  for (const char* from : {"dr", "mr"})
    REQUIRE((*this)("message.post", from, {{"id", from}, {"thread", "th"}, {"to", from == std::string_view("dr") ? "mr" : "dr"}, {"text", "x"}})
                .permitted());
  REQUIRE((*this)("rights.submit", "dr", {{"id", "e"}, {"kind", "erasure"}, {"principal", "dr"}, {"channel", "in_app"},
                                          {"details", {{"records", {"messages:message:th:2"}}}}})
              .permitted());
  REQUIRE((*this)("rights.verify_identity", "st", {{"id", "e"}, {"evidence", "id-1"}}).permitted());
  const Answer answer = (*this)("rights.resolve", "dpo", {{"id", "e"}});
  REQUIRE(answer.permitted());
  CHECK(answer.line().find(R"("action":"retain")") != std::string::npos);
  CHECK((*this)("message.post", "mr", {{"id", "m3"}, {"thread", "th"}, {"to", "dr"}, {"text", "x"}}).permitted());
  CHECK((*this)("message.list", "dr", {{"thread", "th"}}).result().at("messages").as_array().size() == 3);
}

TEST_CASE_FIXTURE(Records, "C6.4-h: a hold on one of two keeps what the other wrote to them, whoever asks for its erasure") {
  const auto post = [&](const char* command, const char* from, Args args) {
    args["text"] = "Batch 4417";
    REQUIRE((*this)(command, from, args).permitted());
  };
  post("message.post", "mr", {{"id", "m1"}, {"thread", "th"}, {"to", "dr"}});
  post("message.post", "dr", {{"id", "m2"}, {"thread", "th"}, {"to", "mr"}});
  post("ticket.post", "dr", {{"id", "t1"}, {"thread", "tk"}});
  post("ticket.post", "st", {{"id", "t2"}, {"thread", "tk"}});
  REQUIRE(place("court_order", {{"principals", {"dr"}}}).permitted());
  const char* kAll[] = {"messages:message:th:1", "messages:message:th:2", "messages:ticket:tk:1", "messages:ticket:tk:2"};
  for (const char* id : kAll) CHECK(state(id) == "held");
  for (const char* who : {"mr", "st"}) {
    const std::string id = std::string("e-") + who;
    REQUIRE(submit(id, "erasure", who).permitted());
    REQUIRE((*this)("rights.verify_identity", "dpo", {{"id", id}, {"evidence", "id-1"}}).permitted());
    const Answer answer = (*this)("rights.resolve", "dpo", {{"id", id}});
    REQUIRE(answer.permitted());
    CHECK(answer.line().find(R"("class":"communication","action":"erase")") == std::string::npos);
  }
  REQUIRE(sweep().permitted());
  for (const char* id : kAll) CHECK(state(id) == "held");
  REQUIRE((*this)("hold.release", "system", {{"id", "h"}, {"reason", "over"}}).permitted());
  REQUIRE(sweep().permitted());
  CHECK(state(kAll[0]) == "disposed");  // of mr
  CHECK(state(kAll[1]) == "active");    // of dr, who asked nothing
  CHECK(state(kAll[2]) == "active");
  CHECK(state(kAll[3]) == "disposed");  // of st
}

TEST_CASE_FIXTURE(Records, "C8-c, C10-c: a ticket goes with who opened it, a child's messages whoever wrote them") {
  const auto post = [&](const char* command, const char* from, Args args) {
    args["text"] = "Your leave is noted";
    REQUIRE((*this)(command, from, args).permitted());
  };
  post("ticket.post", "dr", {{"id", "t1"}, {"thread", "tk"}});
  post("ticket.post", "st", {{"id", "t2"}, {"thread", "tk"}});
  post("message.post", "mr", {{"id", "m1"}, {"thread", "th"}, {"to", "dr"}});
  SUBCASE("asked for") {
    const Answer answer = answered("e", "erasure", "dr");
    CHECK(answer.line().find(R"("item":"messages:ticket:tk:2","class":"communication","action":"erase")") !=
          std::string::npos);
    CHECK(dump(thread::kTable).find("ticket") == std::string::npos);
    CHECK(state("messages:message:th:1") == "active");
  }
  SUBCASE("a child's") {
    REQUIRE((*this)("principal.report_minor", "st", {{"id", "dr"}}).permitted());
    CHECK((*this)("ticket.list", "st", {{"thread", "tk"}}).result().at("messages").as_array().empty());
    CHECK((*this)("message.list", "mr", {{"thread", "th"}}).result().at("messages").as_array().empty());
    REQUIRE(sweep().permitted());
    CHECK(dump(message::kTable).empty());
    CHECK(dump(thread::kTable).empty());
  }
}

TEST_CASE_FIXTURE(Records, "C8-a: an access shows what others wrote to the person, how to reach these hidden") {
  const auto post = [&](const char* command, const char* from, Args args) {
    REQUIRE((*this)(command, from, args).permitted());
  };
  post("message.post", "mr", {{"id", "m1"}, {"thread", "th"}, {"to", "dr"}, {"text", "The batch is 4417"}});
  post("ticket.post", "dr", {{"id", "t1"}, {"thread", "tk"}, {"text", "A refund please"}});
  post("ticket.post", "st", {{"id", "t2"}, {"thread", "tk"}, {"text", "The refund of 77 is on its way"}});
  const Answer answer = answered("a", "access", "dr");
  REQUIRE(answer.permitted());
  std::string told;
  for (const auto& row : answer.result().at("summary").as_object().at("content").as_array())
    told.append(row.at("from").as_string()).append(": ").append(row.at("text").as_string()).append("\n");
  CHECK(told == "dr: A refund please\nmr: The batch is 4417\nst: The refund of 77 is on its way\n");
  CHECK(answer.line().find(R"("class":"communication","count":3)") != std::string::npos);
  // A page at a time, whoever wrote it.
  std::string paged;
  std::string after;
  do {
    Args args{{"request", "a"}, {"limit", 1}};
    if (!after.empty()) args["after"] = after;
    const Answer page = (*this)("account.export", "dr", args);
    REQUIRE(page.permitted());
    for (const auto& row : page.result().at("content").as_array())
      paged.append(row.at("from").as_string()).append(": ").append(row.at("text").as_string()).append("\n");
    after = page.result().at("next").is_null() ? "" : page.text("/next");
  } while (!after.empty());
  CHECK(paged == told);
  CHECK((*this)("account.export", "dr", {{"request", "a"}, {"after", "received/ "}}).error() ==
        "invalid_argument /args/after");
}

TEST_CASE_FIXTURE(Records, "X54: a sweep looks at no more entries of the log than its limit, says how many go, and goes on") {
  for (int i = 0; i < 25; ++i) {
    const std::string id = std::to_string(i);
    REQUIRE((*this)("ticket.post", "dr", {{"id", id}, {"thread", "t" + id}, {"text", "x"}}).permitted());
    REQUIRE((*this)("principal.view", "st", {{"subject", "dr"}}).permitted());
  }
  REQUIRE(answered("e", "erasure", "dr").permitted());
  go("2027-11-25T10:00:00+05:30");  // a law keeps the log for a year
  REQUIRE(entries_naming("dr") > 50);
  std::int64_t gone = 0;
  int sweeps = 0;
  for (; entries_naming("dr") > 0 && sweeps < 100; ++sweeps) {
    const Answer done = sweep(7);
    REQUIRE(done.permitted());
    CHECK(swept(done, "audit_entries") <= 7);
    gone += swept(done, "audit_entries");
    if (swept(done, "remaining") == 0) advance(2 * 86'400);
  }
  CHECK(gone >= 25);  // who looked; from the others the name alone goes
  CHECK((sweeps >= 50 / 7 && sweeps < 100));
}

TEST_CASE_FIXTURE(Records, "C6.4-h, X54: a hold that comes between two sweeps keeps the names that the first would have let go") {
  book();
  for (int i = 0; i < 25; ++i) {
    const std::string id = std::to_string(i);
    REQUIRE((*this)("ticket.post", "dr", {{"id", id}, {"thread", "t" + id}, {"text", "x"}}).permitted());
  }
  REQUIRE(answered("e", "erasure", "dr").permitted());
  go("2027-11-25T10:00:00+05:30");
  const auto under_way = [&] { return dump(sweep_state::kTable).find("dr\n") != std::string::npos; };
  for (int i = 0; i < 100 && !under_way(); ++i) REQUIRE(sweep(7).permitted());
  REQUIRE(under_way());
  REQUIRE(place("court_order", {{"principals", {"mr"}}}).permitted());
  sweep_days(7);
  CHECK(!under_way());
  CHECK(entries_naming("dr", "v") > 0);
  REQUIRE(release().permitted());
  sweep_days(7);
  CHECK(entries_naming("dr") == 0);
}

TEST_CASE_FIXTURE(Records, "C9-e: a sweep looks at no more proofs than its limit, and past those that are held with the next") {
  for (int i = 0; i < 12; ++i) {
    const std::string id = "h" + std::to_string(i);
    REQUIRE(place("court_order", {{"principals", {i == 11 ? "dr2" : "dr"}}}, id).permitted());
    REQUIRE(release(id).permitted());
  }
  const auto told = [&] {
    const Answer owed = (*this)("notice.pending", "dpo", {{"limit", 100}});
    for (const auto& row : owed.result().at("notices").as_array())
      REQUIRE((*this)("notice.confirm", "dpo", {{"notice", row.at("notice")}, {"channel", "email"}, {"evidence", "m"}}).permitted());
  };
  told();
  go("2029-11-30T10:00:00+05:30");
  REQUIRE(place("court_order", {{"principals", {"dr"}}}).permitted());
  const auto notices = [&](const char* about) { return dump(notice::kTable).find(std::string("confirmed|") + about + "|") != std::string::npos; };
  int sweeps = 1;
  for (; sweeps < 100 && swept(sweep(5), "remaining") > 0; ++sweeps) {
  }
  CHECK((sweeps >= 22 / 5 && sweeps < 100));
  CHECK(notices("dr"));
  CHECK(!notices("dr2"));
  REQUIRE(release().permitted());
  for (sweeps = 0; sweeps < 100 && swept(sweep(5), "remaining") > 0; ++sweeps) {
  }
  CHECK(!notices("dr"));
}

TEST_CASE_FIXTURE(Records, "C10-c, X39, X54: a reported child's name goes from the log like that of whoever asks, unless the report is taken back") {
  book();
  REQUIRE((*this)("ticket.post", "dr", {{"id", "t"}, {"thread", "tk"}, {"text", "x"}}).permitted());
  REQUIRE((*this)("principal.view", "st", {{"subject", "dr"}}).permitted());
  bool goes = true;
  SUBCASE("the operator knows") { REQUIRE((*this)("principal.report_minor", "dpo", {{"id", "dr"}}).permitted()); }
  SUBCASE("they say so themselves, and nobody says otherwise") {
    REQUIRE((*this)("principal.report_minor", "dr", {{"id", "dr"}}).permitted());
  }
  SUBCASE("what keeps data for the company does not keep a child's") {
    REQUIRE(place("ucpmp", {{"principals", {"dr"}}}).permitted());
    REQUIRE((*this)("principal.report_minor", "dpo", {{"id", "dr"}}).permitted());
  }
  SUBCASE("mistaken") {
    REQUIRE((*this)("principal.report_minor", "dr", {{"id", "dr"}}).permitted());
    REQUIRE((*this)("principal.clear_minor_report", "dpo", {{"id", "dr"}, {"evidence", "passport"}}).permitted());
    goes = false;
  }
  sweep_days();
  go("2027-11-25T10:00:00+05:30");  // a law keeps the log for a year
  REQUIRE(entries_naming("dr") > 0);
  sweep_days();
  CHECK((entries_naming("dr") == 0) == goes);
  CHECK((*this)("audit.verify", "system").result().at("valid").as_bool());
}

TEST_CASE_FIXTURE(Records, "X54: whoever is named again after their erasure goes from these entries as well") {
  REQUIRE((*this)("principal.report_minor", "dpo", {{"id", "dr2"}}).permitted());
  REQUIRE(answered("e", "erasure", "dr").permitted());
  sweep_days();
  go("2027-11-30T10:00:00+05:30");
  sweep_days();
  for (const std::string who : {"dr", "dr2"}) {
    CAPTURE(who);
    REQUIRE(entries_naming(who) == 0);
    CHECK((*this)("message.post", "mr", {{"id", "m-" + who}, {"thread", "th"}, {"to", who}, {"text", "x"}}).error() ==
          "conflict /args/to");
    REQUIRE((*this)("principal.view", "st", {{"subject", who}}).permitted());
    CHECK(entries_naming(who) == 2);
  }
  go("2028-12-10T10:00:00+05:30");
  sweep_days();
  CHECK(entries_naming("dr") == 0);
  CHECK(entries_naming("dr2") == 0);
  CHECK((*this)("audit.verify", "system").result().at("valid").as_bool());
}

TEST_CASE_FIXTURE(Records, "C6.4-h, X54: a thread names who was erased until the last of its messages does not any more") {
  const auto post = [&](const char* id, const char* from, const char* to) {
    REQUIRE((*this)("message.post", from, {{"id", id}, {"thread", "th"}, {"to", to}, {"text", "x"}}).permitted());
  };
  const auto named = [&] { return dump(thread::kTable).find("|dr") != std::string::npos; };
  post("m1", "mr", "dr");
  post("m2", "mr", "dr");
  post("m3", "dr", "mr");
  REQUIRE(named());
  SUBCASE("some are held") {
    REQUIRE(place("court_order", {{"records", {"messages:message:th:1", "messages:message:th:3"}}}).permitted());
    REQUIRE(answered("e", "erasure", "dr").permitted());
    CHECK(dump(record_subject::kTable).find("message:th:2|dr|") == std::string::npos);
    CHECK(named());  // to whom the first was written is held with it
    REQUIRE(release().permitted());
    sweep_days();
  }
  SUBCASE("the last is their own") { REQUIRE(answered("e", "erasure", "dr").permitted()); }
  CHECK(!named());
  CHECK(state("messages:message:th:3") == "disposed");
  CHECK(state("messages:message:th:1") == "active");
}

TEST_CASE_FIXTURE(Records, "C9-a, X54: what is owed to somebody by the command that erases them lapses where nobody can tell them") {
  REQUIRE(enter("r", "document", "", {{"subjects", {"mr"}}}).permitted());
  REQUIRE(place("court_order", {{"records", {"r"}}}).permitted());
  REQUIRE(answered("e", "erasure", "mr").permitted());
  REQUIRE(dump(notice::kTable).find("pending|mr|erasure_held") != std::string::npos);
  sweep_days();
  CHECK(dump(notice::kTable).find("pending|mr|erasure_held") != std::string::npos);
  advance(100 * 86'400);
  sweep_days();
  CHECK(dump(notice::kTable).find("lapsed|mr|erasure_held") != std::string::npos);
}

TEST_CASE_FIXTURE(Records, "retention.sweep: records of messages that an older version made learn whom else they are about") {
  REQUIRE((*this)("message.post", "mr", {{"id", "m"}, {"thread", "th"}, {"to", "dr"}, {"text", "x"}}).permitted());
  REQUIRE((*this)("ticket.post", "dr", {{"id", "t1"}, {"thread", "tk"}, {"text", "x"}}).permitted());
  REQUIRE((*this)("ticket.post", "st", {{"id", "t2"}, {"thread", "tk"}, {"text", "x"}}).permitted());
  bool erased_before = false;
  SUBCASE("held after") {}
  SUBCASE("erased before") { erased_before = true; }
  {
    auto tx = std::move(store().begin_write().value());
    for (const char* id : {"messages:message:th:1", "messages:ticket:tk:2"}) {
      const store::Cell subject[] = {id, "dr"};
      REQUIRE(tx->erase(record_subject::kTable, subject).value());
    }
    REQUIRE(tx->commit());
  }
  if (erased_before) REQUIRE(answered("e", "erasure", "dr").permitted());
  for (int i = 0; i < 2; ++i) {
    REQUIRE(sweep().permitted());
    advance(60);
  }
  if (!erased_before) REQUIRE(place("court_order", {{"principals", {"dr"}}}).permitted());
  CHECK(state("messages:message:th:1") == (erased_before ? "active" : "held"));
  CHECK(state("messages:ticket:tk:2") == (erased_before ? "disposed" : "held"));
  CHECK((dump(record_subject::kTable).find("message:th:1|dr|") == std::string::npos) == erased_before);
}

TEST_CASE_FIXTURE(Records, "C9-e: a request for rights stays while it is open, and three years from its end") {
  REQUIRE((*this)("rights.submit", "dr",
                  {{"id", "g"},
                   {"kind", "grievance"},
                   {"principal", "dr"},
                   {"channel", "in_app"},
                   {"details", {{"text", "too slow"}}}})
              .permitted());
  CHECK((*this)("retention.evaluate", "dr", {{"record", "rights_requests:g"}}).result().at("dispose_at").is_null());
  go("2026-12-01T09:00:00+05:30");
  REQUIRE((*this)("rights.resolve", "dpo", {{"id", "g"}, {"outcome", "upheld"}}).permitted());
  CHECK((*this)("retention.evaluate", "dr", {{"record", "rights_requests:g"}}).text("dispose_at") ==
        "2029-12-01T00:00:00+05:30");
  go("2029-11-30T23:59:59+05:30");
  CHECK(swept(sweep(), "erased") == 0);
  go("2029-12-01T00:00:00+05:30");
  CHECK(swept(sweep(), "erased") == 1);
  CHECK((*this)("rights.escalate", "dr", {{"id", "g"}}).error() == "not_found /args/id");
}

TEST_CASE_FIXTURE(Records, "retention.sweep: what an older version kept without a record gets one") {
  REQUIRE((*this)("message.post", "dr", {{"id", "m"}, {"thread", "th"}, {"to", "mr"}, {"text", "x"}}).permitted());
  {
    auto tx = std::move(store().begin_write().value());
    const store::Cell key[] = {"messages:message:th:1"};
    const store::Cell subject[] = {"messages:message:th:1", "dr"};
    const store::Cell other[] = {"messages:message:th:1", "mr"};
    REQUIRE(tx->erase(record_subject::kTable, other).value());
    const store::Cell clock[] = {"message:th"};
    REQUIRE(tx->erase(retained::kTable, key).value());
    REQUIRE(tx->erase(record_subject::kTable, subject).value());
    REQUIRE(tx->erase(interaction::kTable, clock).value());
    REQUIRE(tx->commit());
  }
  REQUIRE(sweep().permitted());
  CHECK(state("messages:message:th:1") == "active");
  go("2028-11-23T00:00:00+05:30");
  CHECK(swept(sweep(), "erased") == 1);
}

TEST_CASE_FIXTURE(Records, "disposition: ordered, listed, retried with growing patience, confirmed with evidence") {
  REQUIRE(enter("m", "communication", time(-10)).permitted());
  go("2028-11-23T00:00:00+05:30");
  const Answer first = sweep();
  CHECK(swept(first, "evaluated") == 1);
  CHECK(swept(first, "ordered") == 1);
  CHECK(swept(first, "remaining") == 0);
  const Answer listed = (*this)("disposition.pending", "dpo");
  const auto& entry = listed.result().at("orders").as_array().at(0);
  CHECK(entry.at("record").as_string() == "m");
  CHECK(entry.at("locator").as_string() == "objects/m");
  CHECK(entry.at("reason").as_string() == "rule");
  CHECK(entry.at("clause").as_string() == "C9-f");
  CHECK(entry.at("attempts").as_int64() == 1);
  const std::string kept = World::state();
  CHECK(swept(sweep(), "evaluated") == 0);
  CHECK(World::state() == kept);  // twice changes nothing
  for (const int days : {1, 2, 4, 8, 8}) {
    advance(days * 86'400 - 1);
    CHECK(swept(sweep(), "retried") == 0);
    advance(1);
    CHECK(swept(sweep(), "retried") == 1);
  }
  CHECK((*this)("record.touch", "system", {{"id", "m"}, {"at", now()}}).error() == "conflict /args/id");
  const std::string id = order();
  CHECK((*this)("disposition.confirm", "st", {{"order", id}}).error() == "invalid_argument /args/evidence");
  CHECK((*this)("disposition.confirm", "mr", {{"order", id}, {"evidence", "log 7"}}).denied());
  REQUIRE((*this)("disposition.confirm", "st", {{"order", id}, {"evidence", "log 7"}}).permitted());
  CHECK((*this)("disposition.confirm", "st", {{"order", id}, {"evidence", "log 7"}}).error() ==
        "conflict /args/order");
  CHECK(pending() == 0);
  CHECK(state("m") == "disposed");
  CHECK(enter("m", "communication", now()).error() == "conflict /args/id");
}

TEST_CASE_FIXTURE(Records, "disposition.pending: a page after the other, whatever of it is held") {
  for (const char* id : {"a", "b", "c", "d"}) REQUIRE(enter(id, "communication", time(-10)).permitted());
  go("2028-11-23T00:00:00+05:30");
  sweep();
  REQUIRE((*this)("hold.place", "st", {{"id", "h"}, {"basis", "court_order"}, {"authority", "HC"}, {"citation", "c"},
                                       {"scope", {{"records", {"a", "b"}}}}, {"review_at", "2028-12-23T00:00:00+05:30"},
                                       {"approved_by", "dpo"}})
              .permitted());
  std::string seen;
  Args page{{"limit", 1}};
  for (int pages = 0; pages < 9; ++pages) {
    const Answer answer = (*this)("disposition.pending", "dpo", page);
    for (const auto& order : answer.result().at("orders").as_array()) seen.append(order.at("record").as_string());
    if (answer.result().at("next").is_null()) break;
    page["after"] = answer.result().at("next");
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == "cd");
  CHECK((*this)("disposition.pending", "dpo", {{"after", "none"}}).error() == "not_found /args/after");
}

TEST_CASE_FIXTURE(Records, "C6.4-h: what was destroyed against a hold is noted as that") {
  REQUIRE(enter("m", "communication", time(-10)).permitted());
  go("2028-11-23T00:00:00+05:30");
  sweep();
  const std::string id = order();
  std::string hold;
  SUBCASE("without one") {}
  SUBCASE("with one") {
    hold = "h";
    REQUIRE((*this)("hold.place", "st", {{"id", "h"}, {"basis", "court_order"}, {"authority", "HC"}, {"citation", "c"},
                                         {"scope", {{"records", {"m"}}}}, {"review_at", "2028-12-23T00:00:00+05:30"},
                                         {"approved_by", "dpo"}})
                .permitted());
  }
  const Answer confirmed = (*this)("disposition.confirm", "st", {{"order", id}, {"evidence", "log 7"}});
  CHECK(confirmed.text("state") == "disposed");
  CHECK(confirmed.result().at("against_hold") == (hold.empty() ? boost::json::value() : boost::json::value(hold)));
  CHECK(confirmed.obliges("tell_who_asked_for_the_hold") == !hold.empty());
}

TEST_CASE_FIXTURE(Records, "retention.sweep: goes on where it stopped, and says how much is left") {
  for (int i = 0; i < 5; ++i)
    REQUIRE(enter("m" + std::to_string(i), "communication", time(-10)).permitted());
  go("2028-11-23T00:00:00+05:30");
  CHECK(sweep(0).error() == "invalid_argument /args/limit");
  CHECK(swept(sweep(2), "remaining") == 3);
  CHECK(swept(sweep(2), "remaining") == 1);
  CHECK(swept(sweep(2), "remaining") == 0);
  CHECK(pending() == 5);
}

TEST_CASE_FIXTURE(Records, "C9-c, X13: what goes with an account waits for its end, then for the law") {
  REQUIRE(enter("doc", "document", "").permitted());
  CHECK((*this)("retention.evaluate", "system", {{"record", "doc"}}).result().at("dispose_at").is_null());
  REQUIRE((*this)("principal.terminate", "dr", {{"id", "dr"}}).permitted());
  CHECK((*this)("retention.evaluate", "system", {{"record", "doc"}}).text("dispose_at") ==
        "2027-02-21T08:00:00+05:30");
}

TEST_CASE_FIXTURE(Records, "C6.2-c, C6.4-a, C9-e: each of a visit's traces goes in its own time") {
  started();
  REQUIRE(decide().permitted());
  set_time(130);
  REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
  set_time(140);
  REQUIRE((*this)("recording.register", "system",
                  {{"id", "rec"},
                   {"visit", "v"},
                   {"locator", "SECRETLOCATOR"},
                   {"sha256", std::string(64, 'a')},
                   {"size", 5},
                   {"started_at", time(120)},
                   {"ended_at", time(130)}})
              .permitted());
  go("2029-11-22T23:59:59+05:30");
  CHECK(swept(sweep(), "erased") == 0);
  go("2029-11-23T00:00:00+05:30");
  CHECK(swept(sweep(), "erased") == 1);  // call metadata, three years
  CHECK(dump(permit::kTable).empty());
  CHECK(!dump(visit::kTable).empty());  // who took part stays as long as the recording does
  go("2033-11-22T23:59:59+05:30");
  CHECK(swept(sweep(), "evaluated") == 0);
  go("2033-11-23T00:00:00+05:30");
  const Answer last = sweep();
  CHECK(swept(last, "erased") == 2);  // two attestations
  CHECK(swept(last, "ordered") == 1);
  CHECK(dump(attestation::kTable).empty());
  CHECK(!dump(recording::kTable).empty());
  REQUIRE((*this)("disposition.confirm", "system", {{"order", order()}, {"evidence", "log"}}).permitted());
  CHECK(dump(recording::kTable).empty());
  CHECK(dump(visit::kTable).empty());
  CHECK(dump(retained::kTable).empty());
  CHECK(dump(record_subject::kTable).empty());
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
}

TEST_CASE_FIXTURE(Records, "hold.place: who, on what grounds, for how long; what is missing is named") {
  REQUIRE(enter("r", "recording", time(-10)).permitted());
  const auto with = [&](std::string_view field, boost::json::value value) {
    Args args{{"id", "h"},
              {"basis", "court_order"},
              {"authority", "High Court"},
              {"citation", "case 1/2026"},
              {"scope", {{"records", {"r"}}}},
              {"review_at", text_of(micros() + 90 * kMicrosPerDay)},
              {"approved_by", "dpo"}};
    if (value.is_null()) {
      args.erase(field);
    } else if (!field.empty()) {
      args[field] = std::move(value);
    }
    return args;
  };
  for (const char* field : {"basis", "authority", "citation", "scope", "review_at", "approved_by"})
    CHECK((*this)("hold.place", "st", with(field, nullptr)).error() ==
          std::string("invalid_argument /args/") + field);
  CHECK((*this)("hold.place", "st", with("scope", boost::json::object())).error() ==
        "invalid_argument /args/scope");
  for (const char* kind : {"records", "principals", "visits"})
    CHECK((*this)("hold.place", "st", with("scope", {{kind, {"nobody"}}})).error() ==
          std::string("not_found /args/scope/") + kind);
  CHECK((*this)("hold.place", "st", with("review_at", boost::json::value(text_of(micros() + 90 * kMicrosPerDay + kMicrosPerSecond))))
            .error() == "invalid_argument /args/review_at");
  CHECK((*this)("hold.place", "st", with("review_at", boost::json::value(now()))).error() == "invalid_argument /args/review_at");
  CHECK((*this)("hold.place", "st", with("expected_end", boost::json::value(now()))).error() ==
        "invalid_argument /args/expected_end");
  CHECK((*this)("hold.place", "st", with("approved_by", "st")).error() == "invalid_argument /args/approved_by");
  CHECK((*this)("hold.place", "st", with("approved_by", "nobody")).error() == "not_found /args/approved_by");
  CHECK((*this)("hold.place", "st", with("approved_by", "co")).error() == "invalid_argument /args/approved_by");
  for (const char* who : {"pa", "co", "mr", "dr"})  // a bare request of the pharma side holds nothing (X17)
    CHECK((*this)("hold.place", who, with("", 0)).denied());
  const Answer placed = (*this)("hold.place", "st", with("", 0));
  REQUIRE(placed.permitted());
  CHECK(placed.obliges("notify_doctor_of_hold"));  // C6.4-i; open-ended: the date of its review
  CHECK(placed.text("/notify/0/is") == "review");
  CHECK((*this)("hold.place", "st", with("", 0)).error() == "conflict /args/id");
  CHECK((*this)("hold.list", "dpo").text("/holds/0/scope/records/0") == "r");
  REQUIRE(release().permitted());
  CHECK(release().error() == "conflict /args/id");
  CHECK((*this)("hold.list", "dpo").result().at("holds").as_array().empty());
  CHECK((*this)("hold.list", "dpo", {{"released", true}}).result().at("holds").as_array().size() == 1);
}

TEST_CASE_FIXTURE(Records, "C6.4-h: holds are listed page by page, none of them left out") {
  REQUIRE(enter("r", "recording", time(-10)).permitted());
  std::string placed;
  std::string released;
  for (int i = 0; i < 5; ++i) {
    const std::string id = "h" + std::to_string(i);
    REQUIRE((*this)("hold.place", "st",
                    {{"id", id}, {"basis", "court_order"}, {"authority", "Court"}, {"citation", "1"},
                     {"scope", {{"records", {"r"}}}}, {"review_at", text_of(micros() + (i / 2 + 1) * kMicrosPerDay)},
                     {"approved_by", "dpo"}})
                .permitted());
    placed += id + " ";
  }
  for (const char* id : {"h1", "h3"}) {
    REQUIRE((*this)("hold.release", "st", {{"id", id}, {"reason", "over"}}).permitted());
    released += std::string(id) + " ";
    placed.erase(placed.find(id), 3);
  }
  const auto listed = [&](bool all, std::int64_t limit) {
    std::string ids;
    Args args{{"released", all}, {"limit", limit}};
    for (int pages = 0; pages < 10; ++pages) {
      const Answer page = (*this)("hold.list", "dpo", args);
      REQUIRE(page.ok());
      CHECK(page.result().at("holds").as_array().size() <= static_cast<std::size_t>(limit));
      for (const auto& hold : page.result().at("holds").as_array()) ids.append(hold.at("id").as_string()).append(" ");
      if (page.result().at("next").is_null()) return ids;
      args["after"] = page.result().at("next");
    }
    return ids;
  };
  for (const std::int64_t limit : {1, 2, 3, 4, 5, 6, 100}) {
    CAPTURE(limit);
    CHECK(listed(false, limit) == placed);
    CHECK(listed(true, limit) == placed + released);
  }
  CHECK((*this)("hold.list", "dpo", {{"after", "nobody"}}).error() == "not_found /args/after");
  CHECK((*this)("hold.list", "dpo", {{"after", "h1"}}).error() == "conflict /args/after");
}

TEST_CASE_FIXTURE(Records, "C6.4-h, X16: a hold by law outlasts the period, the code of the trade does not") {
  REQUIRE(enter("a", "recording", time(-10)).permitted());
  REQUIRE(enter("b", "recording", time(-10)).permitted());
  REQUIRE(place("court_order", {{"records", {"a"}}}, "law").permitted());
  REQUIRE(place("ucpmp", {{"records", {"b"}}}, "code").permitted());
  sweep();
  CHECK(state("a") == "held");
  CHECK(state("b") == "held");
  CHECK(erase_now(*this, "a").step == ErasureStep::retain);
  const ErasureItem delayed = erase_now(*this, "b");
  CHECK(delayed.step == ErasureStep::retain);
  CHECK(delayed.clause == "C6.4-h");
  CHECK(delayed.until == parse_instant("2033-11-23T00:00:00+05:30"));
  go("2033-11-23T00:00:00+05:30");
  CHECK(swept(sweep(), "ordered") == 1);
  CHECK(state("a") == "held");
  REQUIRE(release("law").permitted());
  CHECK(swept(sweep(), "ordered") == 1);  // what was suspended goes on
}

TEST_CASE_FIXTURE(Records, "hold: over a person or a visit it reaches all records, and takes back what was ordered") {
  REQUIRE(book().permitted());
  REQUIRE(enter("m", "communication", time(-10)).permitted());
  REQUIRE(enter("w", "communication", time(-10), {{"visit", "v"}, {"subjects", {"mr"}}}).permitted());
  go("2028-11-23T00:00:00+05:30");
  CHECK(swept(sweep(), "ordered") == 2);
  REQUIRE(place("statute", {{"principals", {"dr"}}, {"visits", {"v"}}}).permitted());
  CHECK(pending() == 0);  // at once, before any sweep
  const Answer after = sweep();
  CHECK(swept(after, "withdrawn") == 2);
  CHECK(state("m") == "held");
  CHECK(state("w") == "held");
  REQUIRE(release().permitted());
  CHECK(swept(sweep(), "ordered") == 2);
}

TEST_CASE_FIXTURE(Records, "C8-c, X14: an erasure erases, restricts or retains, record by record") {
  REQUIRE(enter("m", "communication", time(-10)).permitted());
  REQUIRE(enter("bill", "billing", time(-10)).permitted());
  const ErasureItem gone = erase_now(*this, "m");
  CHECK(gone.step == ErasureStep::erase);
  CHECK(pending() == 1);
  const ErasureItem kept = erase_now(*this, "bill");
  CHECK(kept.step == ErasureStep::retain);
  CHECK(kept.clause == "C9-d");
  CHECK(kept.until == parse_instant("2035-04-01T00:00:00+05:30"));
  go("2027-06-01T09:00:00+05:30");
  REQUIRE(enter("late", "communication", "2027-05-20T09:00:00+05:30").permitted());
  const ErasureItem locked = erase_now(*this, "late");
  CHECK(locked.step == ErasureStep::restrict);  // X13
  CHECK(locked.source == "Digital Personal Data Protection Rules 2025, rule 8(3)");
  CHECK(state("late") == "restricted");
  go("2028-05-20T23:59:59+05:30");
  CHECK(swept(sweep(), "ordered") == 0);
  go("2028-05-21T00:00:00+05:30");
  CHECK(swept(sweep(), "ordered") == 1);
}

TEST_CASE_FIXTURE(Records, "retention.forecast: by month and class") {
  REQUIRE(enter("a", "access_log", time(-10)).permitted());
  REQUIRE(enter("b", "access_log", time(-10)).permitted());
  REQUIRE(enter("m", "communication", time(-10)).permitted());
  const Answer answer = (*this)("retention.forecast", "dpo", {{"months", 25}});
  CHECK(answer.text("/forecast/0/month") == "2027-11");
  CHECK(answer.text("/forecast/0/class") == "access_log");
  CHECK(answer.result().at("forecast").as_array().at(0).at("count").as_int64() == 2);
  CHECK(answer.text("/forecast/1/month") == "2028-11");
  CHECK(answer.result().at("complete").as_bool());
}

TEST_CASE_FIXTURE(Records, "retention.forecast: is not complete before a sweep has looked at what has changed") {
  const auto complete = [&](std::int64_t months = 12) {
    return (*this)("retention.forecast", "dpo", {{"months", months}}).result().at("complete").as_bool();
  };
  REQUIRE(enter("d", "document", {}).permitted());
  sweep();
  CHECK(complete());
  SUBCASE("an account") {
    REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
    CHECK(!complete());
  }
  SUBCASE("the policy") {
    auto pack = boost::json::parse(policy::default_pack_json());
    pack.as_object()["version"] = "next";
    REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", true}}).permitted());
    CHECK(!complete());
  }
  sweep();
  CHECK(complete());
}

TEST_CASE_FIXTURE(Records, "retention.forecast X54: entries of the log that an erasure takes are told with their day, and once") {
  const auto told = [&](std::int64_t months) {
    std::map<std::string, std::int64_t> counts;
    const Answer answer = (*this)("retention.forecast", "dpo", {{"months", months}, {"limit", 10'000}});
    CHECK(answer.result().at("complete").as_bool());
    for (const auto& row : answer.result().at("audit_entries").as_array())
      counts[std::string(row.at("month").as_string())] += row.at("count").as_int64();
    return counts;
  };
  REQUIRE((*this)("principal.view", "mr", {{"subject", "mr"}}).permitted());  // of the class whose entries go whole
  REQUIRE(answered("e", "erasure", "mr").permitted());
  sweep();
  auto counts = told(13);
  CHECK(counts["2027-11"] > 0);
  std::int64_t all = 0;
  for (const auto& [month, count] : told(60)) all += count;
  go("2027-11-24T00:00:00+05:30");
  sweep();
  CHECK(told(12)["2027-11"] == 0);
  std::int64_t left = 0;
  for (const auto& [month, count] : told(60)) left += count;
  CHECK(all + 1 - left == counts["2027-11"]);  // and that of the sweep
}

TEST_CASE_FIXTURE(Records, "retention.forecast C9-e: as many audit entries of a month and class as then go") {
  for (const char* day : {"2026-12-05", "2026-12-31", "2027-01-15", "2027-04-20"}) {
    go(std::string(day) + "T23:59:59+05:30");
    for (const char* who : {"dr", "mr"}) {
      REQUIRE((*this)("principal.view", "st", {{"subject", who}, {"purpose", "service_delivery"}}).permitted());
      REQUIRE((*this)("principal.update", "system", {{"id", who}, {"city", day}}).permitted());
    }
  }
  go("2027-05-01T10:00:00+05:30");
  int known = 8 + 4 * 2;  // of the fixture's people and of those above
  SUBCASE("nothing held") {}
  SUBCASE("what a hold keeps has no date") {
    REQUIRE(place("court_order", {{"principals", {"mr"}}}).permitted());
    REQUIRE(sweep().permitted());
    known = 4;
  }
  const auto said = [&](std::int64_t limit) {
    return (*this)("retention.forecast", "dpo", {{"months", 36}, {"limit", limit}});
  };
  const Answer forecast = said(10'000);
  CHECK(forecast.result().at("complete").as_bool());
  std::map<std::string, std::int64_t> told;
  std::int64_t all = 0;
  for (const auto& row : forecast.result().at("audit_entries").as_array()) {
    const std::string key = std::string(row.at("month").as_string()) + ' ' + std::string(row.at("class").as_string());
    CHECK(told.emplace(key, row.at("count").as_int64()).second);
    all += row.at("count").as_int64();
  }
  CHECK(all > known);

  const Answer first = said(1);
  CHECK(!first.result().at("complete").as_bool());
  CHECK(first.result().at("audit_entries").as_array().size() == 2);  // one of each class

  const auto left = [&](RecordClass c) {
    auto tx = std::move(store().begin_read().value());
    return static_cast<std::int64_t>(list_numbers(*tx, c, 0, store::kMaxScan).value().size());
  };
  std::map<std::string, std::int64_t> gone;
  for (int month = 12 * 2027 + 4; month < 12 * 2030 + 4; ++month) {
    const auto text = [](int m) {
      return std::to_string(m / 12) + (m % 12 < 9 ? "-0" : "-") + std::to_string(m % 12 + 1);
    };
    go(text(month + 1) + "-01T00:00:00+05:30");
    advance(-1);
    std::map<RecordClass, std::int64_t> before;
    for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
      before[static_cast<RecordClass>(c)] = left(static_cast<RecordClass>(c));
    const Answer swept_month = sweep(10'000);
    REQUIRE(swept(swept_month, "remaining") == 0);
    for (const auto& [c, number] : before) {
      const std::int64_t went = number - left(c) + (c == RecordClass::audit ? 1 : 0);  // the sweep's own entry
      if (went > 0) gone[text(month) + ' ' + std::string(name(c))] = went;
    }
  }
  CHECK(told == gone);
}

TEST_CASE_FIXTURE(Records, "disposals: traced by the entry that made them, receipted, and missed when their line is") {
  REQUIRE(enter("a", "communication", time(-10)).permitted());
  REQUIRE((*this)("message.post", "dr", {{"id", "m"}, {"thread", "th"}, {"to", "mr"}, {"text", "x"}}).permitted());
  go("2028-11-23T00:00:00+05:30");
  const Answer swept_both = sweep();
  CHECK(swept(swept_both, "erased") == 1);
  CHECK(swept(swept_both, "ordered") == 1);
  CHECK(std::ranges::count(swept_both.text("receipt"), '.') == 2);
  CHECK(!sweep().result().contains("receipt"));
  const Answer confirmed = (*this)("disposition.confirm", "st", {{"order", order()}, {"evidence", "log 7"}});
  CHECK(std::ranges::count(confirmed.text("receipt"), '.') == 2);
  const Answer receipt = (*this)("disposition.receipt", "dpo", {{"record", "messages:message:th:1"}});
  CHECK(receipt.text("what") == "erased");
  CHECK(receipt.text("clause") == "C9-f");
  CHECK(receipt.result().at("entry").as_int64() == swept_both.seq());
  CHECK(std::ranges::count(receipt.text("receipt"), '.') == 2);
  CHECK((*this)("disposition.receipt", "dpo", {{"record", "b"}}).error() == "not_found /args/record");
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
  auto tx = std::move(store().begin_write().value());
  const store::Cell key[] = {swept_both.seq(), std::int64_t{0}};
  REQUIRE(tx->erase(erasure::kTable, key).value());
  REQUIRE(tx->commit());
  CHECK(!(*this)("audit.verify", "dpo").result().at("valid").as_bool());
}

TEST_CASE_FIXTURE(Records, "C9-e, X9: audit entries go after three years, by class, and not under a hold") {
  started();
  const std::int64_t before = audit_size();
  const auto removed = [&] { return (*this)("audit.verify", "dpo").result().at("removed").as_int64(); };
  go("2029-11-22T23:59:59+05:30");
  CHECK(swept(sweep(), "audit_entries") == 0);
  REQUIRE(place("court_order", {{"principals", {"dr"}}}).permitted());
  go("2029-11-23T00:00:00+05:30");
  std::int64_t gone = 0;
  for (int i = 0; i < 50; ++i) gone += swept(sweep(3), "audit_entries");
  CHECK(gone > 5);
  CHECK(removed() == gone);
  CHECK(swept(sweep(), "audit_entries") == 0);
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
  REQUIRE(release().permitted());
  const std::int64_t held = swept(sweep(), "audit_entries");
  CHECK(held > 5);
  CHECK(gone + held < before);  // what was accepted stays seven years (C9-g)
  go("2033-11-23T00:00:00+05:30");
  CHECK(swept(sweep(), "audit_entries") >= before - gone - held);
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
}

TEST_CASE("C9-e, C6.4-h: entries under a hold are read once, however often there is a sweep") {
  const auto ground = store::make_memory_store();
  auto counting = std::make_unique<store::testing::FaultyStore>(*ground);
  const store::testing::FaultyStore& counts = *counting;
  World world(false, std::move(counting));
  for (int i = 0; i < 100; ++i)
    REQUIRE(world("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", i % 2 == 0}}).permitted());
  const auto steps_of_a_sweep = [&] {
    const std::uint64_t before = counts.steps();
    REQUIRE(world("retention.sweep", "system", {{"limit", 1'000}}).permitted());
    return counts.steps() - before;
  };
  world.set_time(3 * 366 * 1440);
  REQUIRE(world("hold.place", "st",
                {{"id", "h"},
                 {"basis", "court_order"},
                 {"authority", "High Court"},
                 {"citation", "case 1/2026"},
                 {"scope", {{"principals", {"dr"}}}},
                 {"review_at", world.time(3 * 366 * 1440 + 1440)},
                 {"approved_by", "dpo"}})
              .permitted());
  const std::uint64_t first = steps_of_a_sweep();
  CHECK(first > 300);
  CHECK(steps_of_a_sweep() < first / 3);
  REQUIRE(world("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
  const Answer swept = world("retention.sweep", "system", {{"limit", 1'000}});
  CHECK(swept.result().at("audit_entries").as_int64() >= 100);
}

TEST_CASE_FIXTURE(Records, "X13: an order that a law overtakes is withdrawn when the law begins") {
  REQUIRE(enter("m", "communication", time(-10)).permitted());
  go("2027-05-01T10:00:00+05:30");
  REQUIRE((*this)("record.touch", "system", {{"id", "m"}, {"at", now()}}).permitted());
  CHECK(erase_now(*this, "m").step == ErasureStep::erase);
  CHECK(pending() == 1);
  go("2027-05-12T23:59:59+05:30");
  CHECK(swept(sweep(), "withdrawn") == 0);
  go("2027-05-13T00:00:00+05:30");
  CHECK(swept(sweep(), "withdrawn") == 1);
  CHECK(state("m") == "restricted");
  go("2028-05-01T23:59:59+05:30");
  CHECK(swept(sweep(), "ordered") == 0);
  go("2028-05-02T00:00:00+05:30");
  CHECK(swept(sweep(), "ordered") == 1);
}
