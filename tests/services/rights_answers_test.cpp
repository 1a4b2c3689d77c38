// What is answered to the people behind the data, and what follows from it: the dates of a summary, the steps of an
// erasure, who is told of what, who may still ask, and what is watched until it is carried out.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "policy/pack.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

struct Asked : World {
  Answer verify(std::string_view id) {
    return (*this)("rights.verify_identity", "st", {{"id", id}, {"evidence", "id-1"}});
  }
  Answer resolve(std::string_view id, Args more = {}) {
    more["id"] = id;
    return (*this)("rights.resolve", "dpo", more);
  }
  Answer enter(std::string_view id, std::string_view record_class, std::string_view trigger,
               std::string_view who = "mr") {
    return (*this)("record.register", "system",
                   {{"id", id}, {"class", record_class}, {"subjects", {who}}, {"locator", "o/1"},
                    {"trigger_at", trigger}});
  }
  Answer evaluate(std::string_view record) {
    return (*this)("retention.evaluate", "system", {{"record", record}});
  }
  Answer sweep() { return (*this)("retention.sweep", "system", {{"limit", 1'000}}); }
  Answer hold(std::string_view id, Args scope, std::string_view review, std::string_view end = {}) {
    Args args{{"id", id},           {"basis", "court_order"},    {"authority", "Court"}, {"citation", "case 1"},
              {"review_at", review}, {"scope", std::move(scope)}, {"approved_by", "dpo"}};
    if (!end.empty()) args["expected_end"] = end;
    return (*this)("hold.place", "st", args);
  }
  // "what request; " of the steps of a list of report.deadlines, and its requests.
  std::string watched(const char* list) {
    std::string found;
    const Answer report = (*this)("report.deadlines", "dpo");
    for (const auto& row : report.result().at("steps").at(list).as_array())
      found.append(row.at("what").as_string()).append(" ").append(row.at("request").as_string()).append("; ");
    for (const auto& row : report.result().at(list).as_array())
      found.append(row.at("id").as_string()).append(row.at("executed").as_bool() ? " done" : " not done");
    return found;
  }
  bool executed(std::size_t n = 0) {
    return (*this)("rights.list", "dpo").result().at("requests").at(n).at("executed").as_bool();
  }
  // A call of minutes 120 to 130 of the present day, whose recording is `rec`.
  void recorded() {
    started();
    REQUIRE(decide().permitted());
    set_time(130);
    REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
    register_recording(120, 130);
  }
  void register_recording(std::int64_t from, std::int64_t to) {
    REQUIRE((*this)("recording.register", "system",
                    {{"id", "rec"},
                     {"visit", "v"},
                     {"locator", "SECRETLOCATOR"},
                     {"sha256", std::string(64, 'a')},
                     {"size", 5},
                     {"started_at", time(from)},
                     {"ended_at", time(to)}})
                .permitted());
  }
  // "recipient kind due until; " of each notice that is owed.
  std::string notices() {
    std::string found;
    const auto text = [](const boost::json::value* at) {
      return at != nullptr && at->is_string() ? std::string(at->as_string().subview(0, 10)) : std::string("-");
    };
    const Answer pending = (*this)("notice.pending", "dpo", {{"limit", 100}});
    for (const auto& row : pending.result().at("notices").as_array()) {
      const auto& n = row.as_object();
      found.append(n.at("recipient").as_string()).append(" ").append(n.at("kind").as_string());
      found.append(" ").append(text(n.if_contains("due_at"))).append(" ").append(text(n.if_contains("until")));
      found.append("; ");
    }
    return found;
  }
  static boost::json::value item(const Answer& answer, std::string_view id) {
    for (const auto& row : answer.result().at("summary").at("items").as_array())
      if (row.at("item").as_string() == id) return row;
    return nullptr;
  }
};

}  // namespace

TEST_CASE_FIXTURE(Asked, "C8-a, X13: a summary gives the dates that the rules give, floors and holds included") {
  go("2027-06-01T10:00:00+05:30");
  REQUIRE(enter("log", "access_log", now()).permitted());
  REQUIRE(enter("seen", "communication", now()).permitted());
  REQUIRE(enter("kept", "communication", now()).permitted());
  REQUIRE(hold("h", {{"records", {"kept"}}}, "2027-08-01T10:00:00+05:30").permitted());
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  const Answer answer = answered("q", "access", "mr");
  REQUIRE(answer.permitted());
  const std::string account(answer.result().at("summary").at("data").at(0).at("last_goes").as_string());
  for (const char* id : {"log", "seen"})
    CHECK(item(answer, id).at("goes").as_string() == evaluate(id).text("dispose_at"));
  CHECK(item(answer, "log").at("goes").as_string() == "2028-06-02T00:00:00+05:30");
  CHECK(item(answer, "kept").at("goes").is_null());
  CHECK(item(answer, "kept").at("state").as_string() == "held");
  for (const auto& row : answer.result().at("summary").at("data").as_array())
    if (row.at("class").as_string() == "communication") {
      CHECK(row.at("count").as_int64() == 2);
      CHECK(row.at("held").as_int64() == 1);
      CHECK(row.at("first_goes").as_string() == evaluate("seen").text("dispose_at"));
      CHECK(row.at("last_goes").is_null());
    }
  // The law keeps the account's data for a year (rule 8(3)); erasing them is not what the summary may promise.
  CHECK(account == "2028-06-02T00:00:00+05:30");
}

TEST_CASE_FIXTURE(Asked, "C8-d, C13-b: whatever became of the account, its owner may ask, complain and look") {
  REQUIRE(answered("e", "erasure", "mr").permitted());
  REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr2"}}).permitted());
  set_time(200 * 1'440);
  REQUIRE(answered("r", "erasure", "dr").text("/plan/0/action") == "restrict");
  for (const char* who : {"mr", "mr2", "dr"}) {
    CAPTURE(who);
    const std::string id = std::string("g-") + who;
    CHECK(submit(id, "grievance", who, {{"text", "zq7x unhappy"}}).permitted());
    CHECK((*this)("rights.escalate", who, {{"id", id}}).reasons() == "own_remedy_not_exhausted C13-b");
    REQUIRE(resolve(id, {{"outcome", "not_upheld"}}).permitted());
    CHECK((*this)("rights.escalate", who, {{"id", id}}).text("status") == "escalated");
    const Answer own = (*this)("rights.list", who);
    CHECK(boost::json::serialize(own.result().at("requests")).find(id) != std::string::npos);
    for (const auto& row : own.result().at("requests").as_array()) CHECK(row.at("principal").as_string() == who);
    CHECK((*this)("message.post", who, {{"id", "m"}, {"thread", "t"}, {"to", "st"}, {"text", "x"}}).denied());
  }
  CHECK(submit("a", "access", "mr2").permitted());
  CHECK(resolve("a").reasons() == "identity_not_verified C8-a");
}

TEST_CASE_FIXTURE(Asked, "C8-f: who handles requests lists all, anybody else the own ones, by due date") {
  REQUIRE(submit("a", "access", "dr").permitted());
  REQUIRE(submit("b", "access", "mr").permitted());
  advance(60);
  REQUIRE(submit("0", "erasure", "dr").permitted());
  const auto ids = [](const Answer& answer) {
    std::string found;
    for (const auto& row : answer.result().at("requests").as_array()) found.append(row.at("id").as_string()).append(" ");
    return found;
  };
  CHECK(ids((*this)("rights.list", "dr")) == "a 0 ");
  CHECK(ids((*this)("rights.list", "dr", {{"after", "a"}})) == "0 ");
  CHECK((*this)("rights.list", "dr", {{"after", "b"}}).error() == "not_found /args/after");
  CHECK((*this)("rights.list", "dr", {{"principal", "mr"}}).reasons() == "outside_own_scope C4-d");
  CHECK(ids((*this)("rights.list", "dpo")) == "a b 0 ");
  CHECK(ids((*this)("rights.list", "dpo", {{"principal", "mr"}})) == "b ");
  CHECK(ids((*this)("rights.list", "dpo", {{"principal", "dr"}, {"status", "verified"}})).empty());
  CHECK((*this)("rights.list", "dr").text("/contacts/data_protection_officer/email") == "privacy@medismo.in");
}

TEST_CASE_FIXTURE(Asked, "C6.4-f, X18: before the law the plan says the erasure that comes after the doctor's three days") {
  recorded();
  const Answer plan = answered("e", "erasure", "mr", {{"records", {"recordings:rec"}}});
  CHECK(plan.text("/plan/0/action") == "erase");
  CHECK(plan.text("/plan/0/basis") == "erasure");
  CHECK(plan.text("/plan/0/clause") == "C6.4-f");
  CHECK(plan.text("/plan/0/until") == "2026-11-26T10:10:00+05:30");
  CHECK(notices() == "dr recording_erased 2026-11-26 -; ");
  // The doctor asks as well: nothing is left to wait for.
  REQUIRE(answered("own", "erasure", "dr", {{"records", {"recordings:rec"}}}).permitted());
  CHECK((*this)("disposition.pending", "dpo").result().at("orders").as_array().size() == 1);
}

TEST_CASE_FIXTURE(Asked, "C6.4-i, X17: who asks for an erasure that a hold keeps back learns of the hold and its end") {
  recorded();
  const Answer placed = hold("h", {{"principals", {"mr"}}}, "2027-01-10T10:00:00+05:30", "2027-06-01T10:00:00+05:30");
  CHECK(placed.text("/notify/0/principal") == "dr");
  CHECK(notices() == "dr hold_placed 2026-11-23 2027-06-01; ");
  const Answer plan = answered("e", "erasure", "dr", {{"records", {"recordings:rec"}}});
  CHECK(plan.text("/plan/0/action") == "retain");
  CHECK(plan.text("/plan/0/basis") == "hold");
  CHECK(plan.text("/plan/0/hold/id") == "h");
  CHECK(plan.text("/plan/0/hold/expected_end") == "2027-06-01T10:00:00+05:30");
  CHECK(plan.obliges("notify_doctor_of_hold"));
  // The other party is not told that it goes while it stays.
  CHECK(notices() ==
        "dr hold_placed 2026-11-23 2027-06-01; dr erasure_held 2026-12-23 2027-06-01; "
        "mr recording_erasure_waits 2026-12-23 2027-06-01; ");
}

TEST_CASE_FIXTURE(Asked, "C6.4-i, X17: a hold on the account is named like one on a record, and told of once") {
  REQUIRE(enter("file", "usage", now(), "dr").permitted());
  REQUIRE(hold("h", {{"principals", {"dr"}}}, "2027-01-10T10:00:00+05:30", "2027-06-01T10:00:00+05:30").permitted());
  const Answer plan = answered("e", "erasure", "dr");
  REQUIRE(plan.permitted());
  CHECK(plan.text("/plan/0/class") == "account");
  for (const char* item : {"/plan/0", "/plan/1"}) {
    CAPTURE(item);
    const auto of = [&](const char* field) { return plan.text(item + std::string(field)); };
    CHECK(of("/action") == "retain");
    CHECK(of("/basis") == "hold");
    CHECK(of("/hold/id") == "h");
    CHECK(of("/hold/expected_end") == "2027-06-01T10:00:00+05:30");
    CHECK(of("/hold/review_at") == "2027-01-10T10:00:00+05:30");
  }
  CHECK(plan.obliges("notify_doctor_of_hold"));
  CHECK(notices() == "dr hold_placed 2026-11-23 2027-06-01; dr erasure_held 2026-12-23 2027-06-01; ");
}

TEST_CASE_FIXTURE(Asked, "C6.4-i: a hold on an account without records is told of as well") {
  REQUIRE(hold("h", {{"principals", {"mr"}}}, "2027-01-10T10:00:00+05:30").permitted());
  const Answer plan = answered("e", "erasure", "mr");
  CHECK(plan.text("/plan/0/hold/id") == "h");
  CHECK(plan.obliges("notify_doctor_of_hold"));
  CHECK(notices() == "mr erasure_held 2026-12-23 2027-01-10; ");
}

TEST_CASE_FIXTURE(Asked, "C8-c, X13, X18: under the law the plan says restrict, and nobody is told of an erasure") {
  recorded();
  go("2027-06-02T10:00:00+05:30");
  REQUIRE((*this)("record.touch", "system", {{"id", "recordings:rec"}, {"at", now()}}).permitted());
  const Answer plan = answered("e", "erasure", "mr", {{"records", {"recordings:rec"}}});
  CHECK(plan.text("/plan/0/action") == "restrict");
  CHECK(plan.text("/plan/0/basis") == "floor");
  CHECK(plan.text("/plan/0/clause") == "C8-c");
  CHECK(plan.text("/plan/0/source").find("8(3)") != std::string::npos);
  CHECK(plan.text("/plan/0/until") == "2028-06-03T00:00:00+05:30");
  CHECK(notices() == "dr recording_restricted 2027-06-05 2028-06-03; ");
  go("2027-06-05T10:00:00+05:30");
  REQUIRE(sweep().permitted());
  CHECK(evaluate("recordings:rec").text("state") == "restricted");
}

TEST_CASE_FIXTURE(Asked, "C6.4-h, X16, X22: who keeps data for us keeps what a hold keeps here, and lets go of it after that") {
  share_billing();
  REQUIRE(enter("file", "usage", now()).permitted());
  const auto told = [&] {
    std::string found;
    const Answer pending = (*this)("notice.pending", "dpo", {{"limit", 100}});
    for (const auto& row : pending.result().at("notices").as_array())
      if (row.at("recipient").as_string() == "razorpay")
        found.append(row.at("kind").as_string()).append(" ").append(row.at("about").as_string()).append("; ");
    return found;
  };
  SUBCASE("all of the person") {
    REQUIRE(hold("h", {{"principals", {"mr"}}}, "2027-01-10T10:00:00+05:30").permitted());
    CHECK(answered("e", "erasure", "mr").result().at("processors_told").as_int64() == 1);
    CHECK(told() == "hold mr; ");
    go("2027-01-05T10:00:00+05:30");
    REQUIRE(sweep().permitted());
    CHECK(told() == "hold mr; ");
    REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(told() == "hold mr; erase mr; ");
    CHECK(notices().find("razorpay erase 2027-02-04 -") != std::string::npos);
    REQUIRE(sweep().permitted());
    CHECK(told() == "hold mr; erase mr; ");
  }
  SUBCASE("one record, and the rest goes") {
    REQUIRE(hold("h", {{"records", {"file"}}}, "2027-01-10T10:00:00+05:30").permitted());
    REQUIRE(answered("e", "erasure", "mr").permitted());
    CHECK(told() == "hold file; erase_rest mr; ");
    REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(told() == "hold file; erase_rest mr; erase file; ");
  }
  SUBCASE("one record of a narrower request") {
    REQUIRE(enter("other", "usage", now()).permitted());
    REQUIRE(hold("h", {{"records", {"file"}}}, "2027-01-10T10:00:00+05:30").permitted());
    REQUIRE(answered("e", "erasure", "mr", {{"records", {"file", "other"}}}).permitted());
    CHECK(told() == "hold file; erase other; ");
    REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(told() == "hold file; erase other; erase file; ");
  }
}

TEST_CASE_FIXTURE(Asked, "C8-c, X14: beyond a thousand items what stays is told first, and a page at a time after that") {
  for (int i = 0; i < 1'003; ++i)
    REQUIRE(enter("u" + std::to_string(10'000 + i), "usage", now()).permitted());
  for (int i = 0; i < 3; ++i) REQUIRE(enter("z" + std::to_string(i), "billing", time(-10)).permitted());
  REQUIRE(enter("zz-held", "document", now()).permitted());
  REQUIRE(hold("h", {{"records", {"zz-held"}}}, "2027-01-10T10:00:00+05:30").permitted());
  SUBCASE("of an access") {
    const Answer given = answered("q", "access", "mr");
    const auto& items = given.result().at("summary").at("items").as_array();
    CHECK(items.size() == 1'000);
    CHECK(given.text("/summary/items_next") == std::string(items.back().at("item").as_string()));
    const Answer rest = (*this)("rights.items", "mr", {{"request", "q"}, {"after", given.text("/summary/items_next")}});
    CHECK(rest.result().at("items").as_array().size() == 7);
    CHECK(rest.text("/items/6/item") == "zz-held");
    CHECK(rest.text("/items/6/basis") == "hold");
    CHECK(rest.text("/items/6/hold/id") == "h");
    CHECK(rest.result().at("next").is_null());
    CHECK((*this)("rights.items", "dr", {{"request", "q"}}).reasons() == "outside_own_scope C4-d");
  }
  SUBCASE("of an erasure") {
    const Answer given = answered("e", "erasure", "mr");
    const auto& plan = given.result().at("plan").as_array();
    CHECK(plan.size() == 1'000);
    CHECK(given.result().at("plan_count").as_int64() == 1'008);
    CHECK(given.result().at("plan_next").is_null());  // all that stays is in it
    CHECK(given.text("/plan/0/item") == "z0");
    CHECK(given.text("/plan/3/item") == "zz-held");
    CHECK(given.text("/plan/4/action") == "erase");
    std::string totals;
    for (const auto& row : given.result().at("totals").as_array())
      totals.append(row.at("class").as_string()).append(" ").append(row.at("action").as_string()).append(" ")
          .append(std::to_string(row.at("count").as_int64())).append(" ")
          .append(row.at("until").is_null() ? "-" : row.at("until").as_string().subview(0, 10)).append(" ")
          .append(row.at("basis").as_string()).append(" ").append(row.at("clause").as_string()).append("; ");
    CHECK(totals == "account erase 1 - erasure C9-c; billing retain 3 2035-04-01 rule C9-d; "
                    "document retain 1 - hold C6.4-h; usage erase 1003 - erasure C8-c; ");
    const Answer left = (*this)("rights.items", "dpo", {{"request", "e"}, {"after", "u99999"}});
    CHECK(left.result().at("items").as_array().size() == 4);
  }
}

TEST_CASE_FIXTURE(Asked, "C8-c, X13: nor do they erase what a law keeps out of use here before that is over") {
  share_billing();
  go("2027-06-01T10:00:00+05:30");
  REQUIRE(enter("file", "usage", now()).permitted());
  const std::string restricts = "razorpay restrict 2027-07-01 2028-06-02; ";
  SUBCASE("of a request") {
    SUBCASE("for all") { REQUIRE(answered("e", "erasure", "mr").permitted()); }
    SUBCASE("for one record") { REQUIRE(answered("e", "erasure", "mr", {{"records", {"file"}}}).permitted()); }
    CHECK(notices() == restricts);
    go("2028-06-03T10:00:00+05:30");
    REQUIRE(sweep().permitted());
    REQUIRE(sweep().permitted());
    CHECK(notices() == restricts + "razorpay erase 2028-07-03 -; ");
  }
  SUBCASE("of a child") {
    REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(notices().find("razorpay restrict 2027-06-02 2028-") != std::string::npos);
    CHECK(notices().find("razorpay erase") == std::string::npos);
    go("2028-06-03T10:00:00+05:30");
    REQUIRE(sweep().permitted());
    CHECK(notices().find("razorpay erase 2028-06-04 -") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(Asked, "C10-c, X39: of a child's recording that a law keeps out of sight nobody hears that it is gone") {
  recorded();
  go("2027-05-14T10:00:00+05:30");
  REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr"}}).permitted());
  REQUIRE(sweep().permitted());
  CHECK(evaluate("recordings:rec").text("state") == "restricted");
  CHECK(notices().find("recording_erased") == std::string::npos);
  CHECK(notices().find("dr recording_restricted 2027-05-15 2027-11-24; ") != std::string::npos);
}

TEST_CASE_FIXTURE(Asked, "C6.4-g, X22: an erasure is watched until it is carried out, not until it is decided") {
  share_billing();
  REQUIRE(enter("file", "usage", now()).permitted());
  const Answer done = answered("e", "erasure", "mr");
  REQUIRE(done.text("/plan/1/action") == "erase");
  const std::string order = (*this)("disposition.pending", "dpo").text("/orders/0/order");
  CHECK((*this)("disposition.pending", "dpo").text("/orders/0/due_at") == "2026-12-23T08:00:00+05:30");
  CHECK(watched("at_risk").empty());
  CHECK(!executed());
  go("2026-11-24T08:00:00+05:30");
  REQUIRE(sweep().permitted());  // the last entries of the log go
  go("2026-12-16T08:00:00+05:30");
  CHECK(watched("at_risk") == "disposition_order e; notice e; e not done");
  go("2026-12-23T08:00:00+05:30");
  CHECK(watched("overdue").empty());
  advance(1);
  CHECK(watched("overdue") == "disposition_order e; notice e; e not done");
  REQUIRE((*this)("disposition.confirm", "system", {{"order", order}, {"evidence", "log-1"}}).permitted());
  CHECK(watched("overdue") == "notice e; e not done");
  CHECK(!executed());
  REQUIRE((*this)("notice.confirm", "dpo",
                  {{"notice", "n-000000000001"}, {"channel", "email"}, {"evidence", "mail-1"}})
              .permitted());
  CHECK(watched("overdue").empty());
  CHECK(executed());
}

TEST_CASE_FIXTURE(Asked, "C6.4-g, X18, X22: what waits for the doctor's copy is not done before it is gone, swept or not") {
  recorded();
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"recordings:rec"}}}).permitted());
  REQUIRE((*this)("notice.confirm", "dpo",
                  {{"notice", "n-000000000001"}, {"channel", "email"}, {"evidence", "mail-1"}})
              .permitted());
  CHECK(!executed());
  go("2026-12-22T10:00:00+05:30");  // and no sweep has run
  CHECK(!executed());
  CHECK(watched("at_risk") == "record_erasure e; e not done");
  go("2026-12-24T10:00:00+05:30");
  CHECK(watched("overdue") == "record_erasure e; e not done");
  REQUIRE(sweep().permitted());
  advance(1);
  CHECK(watched("overdue") == "disposition_order e; e not done");
  const std::string order = (*this)("disposition.pending", "dpo").text("/orders/0/order");
  REQUIRE((*this)("disposition.confirm", "system", {{"order", order}, {"evidence", "log-1"}}).permitted());
  CHECK(watched("overdue").empty());
  CHECK(executed());
}

TEST_CASE_FIXTURE(Asked, "C6.4-g, X22, X54: a call that is still to come is not done with, and the plan says when it is") {
  REQUIRE((*this)("visit.book", "mr",
                  {{"id", "later"}, {"doctor", "dr"}, {"representative", "mr"}, {"starts_at", time(60 * 1'440)},
                   {"ends_at", time(60 * 1'440 + 30)}})
              .permitted());
  const Answer plan = answered("e", "erasure", "dr", {{"records", {"visits:later"}}});
  CHECK(plan.text("/plan/0/action") == "retain");
  const std::string goes = plan.text("/plan/0/unlink_at");
  CHECK(goes.substr(0, 10) == "2027-01-22");
  CHECK(!executed());
  CHECK(watched("at_risk").empty());
  go("2026-12-24T10:00:00+05:30");
  CHECK(watched("overdue") == "record_erasure e; e not done");
  SUBCASE("until it has taken place") {
    go(goes);
    REQUIRE(sweep().permitted());
  }
  SUBCASE("or was cancelled") {
    REQUIRE((*this)("visit.cancel", "mr", {{"visit", "later"}}).permitted());
    REQUIRE(sweep().permitted());
  }
  CHECK(dump(visit::kTable).find("later|dr") == std::string::npos);
  CHECK(watched("overdue").empty());
  CHECK(executed());
}

TEST_CASE_FIXTURE(Asked, "C6.4-g, X22: what two have asked for is done for neither before the one order is carried out") {
  recorded();
  REQUIRE(answered("e", "erasure", "dr", {{"records", {"recordings:rec"}}}).permitted());
  REQUIRE(answered("f", "erasure", "mr", {{"records", {"recordings:rec"}}}).permitted());
  const Answer owed = (*this)("notice.pending", "dpo", {{"limit", 100}});
  for (const auto& row : owed.result().at("notices").as_array())
    REQUIRE((*this)("notice.confirm", "dpo", {{"notice", row.at("notice")}, {"channel", "email"}, {"evidence", "m"}})
                .permitted());
  CHECK((!executed(0) && !executed(1)));
  const std::string order = (*this)("disposition.pending", "dpo").text("/orders/0/order");
  REQUIRE((*this)("disposition.confirm", "system", {{"order", order}, {"evidence", "log-1"}}).permitted());
  CHECK((executed(0) && executed(1)));
}

TEST_CASE_FIXTURE(Asked, "C6.4-g, X22, X54: nor is an erasure done while entries of the log are there that had to go") {
  REQUIRE(answered("e", "erasure", "mr").permitted());
  CHECK(executed());  // as far as it goes today: the entries that tell of it go tomorrow
  go("2026-12-22T10:00:00+05:30");
  CHECK(!executed());
  CHECK(watched("at_risk") == "entry_erasure e; e not done");
  go("2026-12-24T10:00:00+05:30");
  CHECK(watched("overdue") == "entry_erasure e; e not done");
  REQUIRE(sweep().permitted());
  CHECK(watched("overdue").empty());
  CHECK(executed());
}

TEST_CASE_FIXTURE(Asked, "C6.4-h, X22: nor is it between the end of a hold and the next sweep") {
  REQUIRE((*this)("ticket.post", "dr", {{"id", "t"}, {"thread", "tk"}, {"text", "x"}}).permitted());
  REQUIRE((*this)("hold.place", "st",
                  {{"id", "h"}, {"basis", "court_order"}, {"authority", "HC"}, {"citation", "c"},
                   {"scope", {{"records", {"messages:ticket:tk:1"}}}}, {"review_at", time(60'000)}, {"approved_by", "dpo"}})
              .permitted());
  REQUIRE(answered("e", "erasure", "dr").permitted());
  const Answer owed = (*this)("notice.pending", "dpo", {{"limit", 100}});
  for (const auto& row : owed.result().at("notices").as_array())
    REQUIRE((*this)("notice.confirm", "dpo", {{"notice", row.at("notice")}, {"channel", "email"}, {"evidence", "m"}})
                .permitted());
  CHECK(executed());  // as far as it goes today
  REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
  CHECK(!executed());
  REQUIRE(sweep().permitted());
  CHECK(executed());
}

TEST_CASE_FIXTURE(Asked, "C6.4-g, X22: a list looks at a thousand records, and says of no more that all is done") {
  for (int i = 0; i < 1'000; ++i) REQUIRE(enter("b" + std::to_string(i), "billing", now()).permitted());
  const auto done = [&] { return (*this)("rights.list", "dpo").result().at("requests").at(0).at("executed"); };
  SUBCASE("of as many") {
    REQUIRE(answered("e", "erasure", "mr").permitted());
    CHECK(done() == true);
  }
  SUBCASE("of more") {
    REQUIRE(enter("b", "billing", now()).permitted());
    REQUIRE(answered("e", "erasure", "mr").permitted());
    CHECK(done().is_null());
  }
}

TEST_CASE_FIXTURE(Asked, "C8-e, X49: a nominee from outside the platform asks through whoever takes it in") {
  const Args spouse{{"nominee", {{"id", "spouse"}, {"name", "zq7x Spouse"}}}};
  const auto asks = [&](std::string_view id, const char* kind, const char* actor, Args more = {}) {
    Args args{{"id", id}, {"kind", kind}, {"principal", "mr"}, {"channel", "email"}, {"details", Args{}}};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("rights.submit", actor, args);
  };
  const Args named{{"nominee", "spouse"}, {"evidence", "mail-7"}};
  CHECK(asks("q", "erasure", "st", named).error() == "not_found /args/nominee");
  REQUIRE(answered("n", "nomination", "mr", spouse).permitted());
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  CHECK(asks("q", "erasure", "st", named).error() == "conflict /args/nominee");
  const Args event{{"principal", "mr"}, {"nominee", "spouse"}, {"event", "death"}, {"evidence", "c-1"}};
  REQUIRE((*this)("nominee.invoke", "dpo", event).permitted());
  CHECK(notices().find("mr nominee_invoked") != std::string::npos);
  CHECK(asks("q", "erasure", "st", {{"nominee", "spouse"}}).error() == "invalid_argument /args/evidence");
  CHECK(asks("q", "erasure", "dr", named).reasons() == "outside_own_scope C4-d");
  CHECK(asks("q", "nomination", "st", {{"nominee", "spouse"}, {"evidence", "m"}, {"details", spouse}}).error() ==
        "invalid_argument /args/kind");
  CHECK(asks("q", "erasure", "st", named).text("nominee") == "spouse");
  go("2027-02-25T10:00:00+05:30");
  CHECK(sweep().result().at("held").as_int64() == 1);
  REQUIRE(verify("q").permitted());
  // Decided by the nominee: nothing waits any more.
  CHECK(resolve("q").text("/plan/0/action") == "erase");
  CHECK(dump(services::nomination::kTable).find("decided") != std::string::npos);
}

TEST_CASE_FIXTURE(Asked, "C8-e: who asks to be erased while a nominee acts for them is there, which is settled first") {
  REQUIRE(answered("n", "nomination", "mr", {{"nominee", {{"id", "spouse"}, {"name", "zq7x Spouse"}}}}).permitted());
  REQUIRE((*this)("nominee.invoke", "dpo",
                  {{"principal", "mr"}, {"nominee", "spouse"}, {"event", "incapacity"}, {"evidence", "c-1"}})
              .permitted());
  advance(60);
  REQUIRE(submit("e", "erasure", "mr").permitted());
  REQUIRE(verify("e").permitted());
  CHECK(resolve("e").error() == "conflict /args/id");
  REQUIRE((*this)("nominee.clear_event", "dpo", {{"principal", "mr"}, {"nominee", "spouse"}, {"evidence", "alive-1"}})
              .permitted());
  CHECK(resolve("e").text("/plan/0/action") == "erase");
}

TEST_CASE_FIXTURE(Asked, "C8-c, C10-c, X18: who shares what the host keeps learns that it goes, and nobody of what stays") {
  const auto keep = [&](const char* id, const char* record_class) {
    REQUIRE((*this)("record.register", "system",
                    {{"id", id}, {"class", record_class}, {"subjects", {"dr", "mr"}}, {"locator", "o/1"}, {"trigger_at", now()}})
                .permitted());
  };
  keep("letter", "communication");
  keep("bill", "billing");
  SUBCASE("one asks") {
    REQUIRE(answered("e", "erasure", "mr", {{"records", {"letter", "bill"}}}).permitted());
    CHECK(notices().find("dr record_erased") != std::string::npos);
    CHECK(notices().find("mr record_erased") == std::string::npos);
  }
  SUBCASE("one is a child") {
    REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr"}}).permitted());
    CHECK(notices().find("record_erased") == std::string::npos);
    sweep();
    CHECK(notices().find("dr record_erased") != std::string::npos);
    CHECK(notices().find("mr record_erased") == std::string::npos);
  }
  CHECK(dump(services::notice::kTable).find("record_erased|bill|") == std::string::npos);  // which a law keeps
}

TEST_CASE_FIXTURE(Asked, "C8-a: a summary tells of settings, nominees and how much the log says of the person") {
  REQUIRE((*this)("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", true}, {"recording", false}}).permitted());
  REQUIRE(answered("n", "nomination", "dr", {{"nominee", {{"id", "spouse"}, {"name", "zq7x Spouse"}}}}).permitted());
  const Answer first = answered("a1", "access", "dr");
  REQUIRE(first.permitted());
  CHECK(first.text("/summary/nominees/0/nominee") == "spouse");
  CHECK(first.result().at("summary").at("settings").at("virtual_visits").as_bool());
  CHECK_FALSE(first.result().at("summary").at("settings").at("recording").as_bool());
  const auto told = [](const Answer& answer) { return answer.result().at("summary").at("log_entries").as_int64(); };
  // Each answer is entered after it was made: the first of these, and of the second the request and the proof of identity.
  CHECK(told(answered("a2", "access", "dr")) == told(first) + 3);
}

TEST_CASE_FIXTURE(Asked, "C13-a: whom to ask is in every answer about rights, the denials too") {
  REQUIRE(submit("a", "access", "mr").permitted());
  const Answer denials[] = {
      (*this)("rights.submit", "dr", {{"id", "x"}, {"kind", "access"}, {"principal", "mr"}, {"channel", "in_app"}}),
      (*this)("rights.resolve", "mr", {{"id", "a"}}), (*this)("rights.escalate", "dr", {{"id", "a"}}),
      (*this)("account.export", "dr", {{"request", "a"}}), (*this)("nominee.revoke", "dr", {{"principal", "mr"}, {"nominee", "x"}})};
  for (const Answer& denied : denials) {
    CAPTURE(denied.line());
    CHECK(denied.denied());
    CHECK(denied.result().contains("contacts"));
  }
}

TEST_CASE_FIXTURE(Asked, "C8-e, X49: knowing the nominee starts the ninety days, whoever took the request in") {
  REQUIRE(answered("n", "nomination", "mr", {{"nominee", {{"id", "spouse"}, {"name", "zq7x Spouse"}}}}).permitted());
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  const Args event{{"principal", "mr"}, {"nominee", "spouse"}, {"event", "death"}, {"evidence", "c-1"}};
  REQUIRE((*this)("nominee.invoke", "dpo", event).permitted());
  go("2026-12-03T08:00:00+05:30");
  REQUIRE((*this)("rights.submit", "st",
                  {{"id", "q"}, {"kind", "grievance"}, {"principal", "mr"}, {"channel", "post"},
                   {"nominee", "spouse"}, {"evidence", "letter-1"}, {"details", {{"text", "zq7x"}}}})
              .permitted());
  REQUIRE((*this)("rights.verify_identity", "dpo", {{"id", "q"}, {"evidence", "id-2"}}).permitted());
  go("2027-03-03T07:59:59+05:30");
  CHECK(sweep().result().at("erased").as_int64() == 0);
  go("2027-03-04T08:00:00+05:30");
  CHECK(sweep().result().at("erased").as_int64() == 1);
}

TEST_CASE_FIXTURE(Asked, "C8-e: a nomination is revoked, one more adds, and a mistaken event is taken back") {
  const auto nominate = [&](const char* request, const char* nominee) {
    return answered(request, "nomination", "mr", {{"nominee", {{"id", nominee}, {"name", "zq7x N"}}}});
  };
  const Args first{{"principal", "mr"}, {"nominee", "mr2"}};
  const auto with = [&](const char* key, const char* value) {
    Args args = first;
    args[key] = value;
    return args;
  };
  REQUIRE(nominate("n1", "mr2").permitted());
  CHECK(boost::json::serialize(nominate("n2", "dr2").result().at("nominees")) == R"(["dr2","mr2"])");

  CHECK((*this)("nominee.revoke", "mr2", first).reasons() == "outside_own_scope C4-d");
  CHECK((*this)("nominee.revoke", "st", first).error() == "invalid_argument /args/evidence");
  CHECK((*this)("nominee.revoke", "mr", with("nominee", "nobody")).error() == "not_found /args/nominee");
  CHECK((*this)("nominee.revoke", "mr", first).text("status") == "revoked");
  CHECK((*this)("nominee.revoke", "mr", first).error() == "conflict /args/nominee");
  Args event = with("event", "death");
  event["evidence"] = "c-1";
  CHECK((*this)("nominee.invoke", "dpo", event).error() == "conflict /args/nominee");
  CHECK(boost::json::serialize(nominate("n3", "mr2").result().at("nominees")) == R"(["mr2","dr2"])");

  CHECK((*this)("nominee.clear_event", "dpo", with("evidence", "e")).error() == "conflict /args/nominee");
  REQUIRE((*this)("nominee.invoke", "dpo", event).permitted());
  CHECK((*this)("nominee.revoke", "mr", first).error() == "conflict /args/nominee");
  REQUIRE((*this)("rights.submit", "mr2",
                  {{"id", "q"}, {"kind", "access"}, {"principal", "mr"}, {"channel", "in_app"}, {"details", Args{}}})
              .text("nominee") == "mr2");
  const Answer cleared = (*this)("nominee.clear_event", "dpo", with("evidence", "alive-1"));
  CHECK(boost::json::serialize(cleared.result().at("refused")) == R"(["q"])");
  CHECK(verify("q").error() == "conflict /args/id");
  CHECK((*this)("rights.list", "mr2", {{"principal", "mr"}}).reasons() == "outside_own_scope C4-d");
  // Nothing is suspended any more.
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  go("2027-02-25T10:00:00+05:30");
  CHECK(sweep().result().at("erased").as_int64() >= 1);
}

TEST_CASE_FIXTURE(Asked, "C1-b, C8-e: a nominee of the pharma side learns all but how to reach the doctor") {
  REQUIRE((*this)("principal.update", "system",
                  {{"id", "dr"}, {"phone", "+91 98123 00077"}, {"address", "Lotus Tower"}, {"email", "dr@zq7x.example"},
                   {"facility", "Lotus Tower wing B"}})
              .permitted());
  REQUIRE((*this)("ticket.post", "dr", {{"id", "k"}, {"thread", "help"}, {"text", "I am at the Lotus Tower now"}})
              .permitted());
  REQUIRE((*this)("principal.update", "system", {{"id", "mr"}, {"phone", "+91 98123 00088"}}).permitted());
  const auto invoked = [&](const char* id, Args nominee) {
    nominee["id"] = id;
    nominee["name"] = "zq7x N";
    REQUIRE(answered(std::string("n-") + id, "nomination", "dr", {{"nominee", nominee}}).permitted());
    REQUIRE((*this)("nominee.invoke", "dpo",
                    {{"principal", "dr"}, {"nominee", id}, {"event", "incapacity"}, {"evidence", "c-1"}})
                .permitted());
  };
  const auto asks = [&](const char* id, const char* nominee) {
    REQUIRE((*this)("rights.submit", "st",
                    {{"id", id}, {"kind", "access"}, {"principal", "dr"}, {"channel", "post"}, {"nominee", nominee},
                     {"evidence", "letter-1"}, {"details", Args{}}})
                .permitted());
    REQUIRE(verify(id).permitted());
  };
  constexpr const char* kReaches[] = {"98123", "dr@zq7x", "Lotus Tower"};
  std::string nominee;
  SUBCASE("known by id") {
    nominee = "mr";
    invoked("mr", {});
  }
  SUBCASE("known by the e-mail address") {
    nominee = "spouse";
    invoked("spouse", {{"email", "ZQ7X.mr@zq7x.example"}});
  }
  SUBCASE("known by the telephone number") {
    nominee = "spouse";
    invoked("spouse", {{"phone", "09812300088"}});
  }
  SUBCASE("who takes a post there once the event is on record") {
    nominee = "later";
    invoked("later", {});
    REQUIRE(person("later", "medical_representative", "acme", 91).permitted());
  }
  SUBCASE("all else is nobody of the pharma side") {
    invoked("spouse", {{"email", "somebody@zq7x.example"}, {"phone", "09812300099"}});
    invoked("dr2", {});
    for (const char* who : {"spouse", "dr2"}) {
      asks(who, who);
      const std::string all = resolve(who).line();
      for (const char* reaches : kReaches) CHECK(all.find(reaches) != std::string::npos);
      CHECK(all.find("withheld") == std::string::npos);
    }
  }
  if (nominee.empty()) {  // and the doctor, and whoever takes in the doctor's own request
    REQUIRE((*this)("rights.submit", "st",
                    {{"id", "own"}, {"kind", "access"}, {"principal", "dr"}, {"channel", "post"}, {"details", Args{}}})
                .permitted());
    REQUIRE(verify("own").permitted());
    CHECK(resolve("own").line().find("dr@zq7x") != std::string::npos);
    return;
  }
  asks("q", nominee.c_str());
  const Answer exported = (*this)("account.export", "dpo", {{"request", "q"}});
  const Answer summary = resolve("q", {{"format", "html"}});
  for (const Answer* answer : {&exported, &summary}) {
    REQUIRE(answer->permitted());
    for (const char* reaches : kReaches) CHECK(answer->line().find(reaches) == std::string::npos);
    CHECK(answer->line().find("zq7x Medicine") != std::string::npos);
    CHECK(answer->line().find("I am at the ") != std::string::npos);
  }
  constexpr const char* kWithheld = R"({"fields":["email","phone","address"],"clause":"C1-b"})";
  CHECK(boost::json::serialize(exported.result().at("account").at("withheld")) == kWithheld);
  CHECK(boost::json::serialize(summary.result().at("summary").at("person").at("withheld")) == kWithheld);
}

TEST_CASE_FIXTURE(Asked, "C8-e: an organisation is no nominee") {
  const auto named = [&](const char* id) {
    return submit(id, "nomination", "dr", {{"nominee", {{"id", id}, {"name", "zq7x N"}}}});
  };
  CHECK(named("acme").error() == "invalid_argument /args/details/nominee");
  REQUIRE(named("newco").permitted());
  REQUIRE(verify("newco").permitted());
  REQUIRE(resolve("newco").permitted());
  REQUIRE((*this)("organisation.put", "system", {{"id", "newco"}, {"kind", "pharma_company"}, {"name", "zq7x New"}})
              .permitted());
  CHECK((*this)("nominee.invoke", "dpo",
                {{"principal", "dr"}, {"nominee", "newco"}, {"event", "death"}, {"evidence", "c-1"}})
            .error() == "conflict /args/nominee");
}

TEST_CASE_FIXTURE(Asked, "C8-e: a person has ten nominees at most") {
  for (int n = 0; n < 10; ++n) {
    const std::string id = std::to_string(n);
    REQUIRE(answered("q" + id, "nomination", "mr", {{"nominee", {{"id", "n" + id}, {"name", "zq7x"}}}}).permitted());
  }
  REQUIRE(submit("q", "nomination", "mr", {{"nominee", {{"id", "more"}, {"name", "zq7x"}}}}).permitted());
  REQUIRE(verify("q").permitted());
  CHECK(resolve("q").error() == "conflict /args/nominee");
  REQUIRE((*this)("nominee.revoke", "mr", {{"principal", "mr"}, {"nominee", "n4"}}).permitted());
  CHECK(resolve("q").permitted());
}

TEST_CASE_FIXTURE(Asked, "C8-e: the person under another spelling is no nominee") {
  const auto named = [&](const char* how, const char* value) {
    return submit("n", "nomination", "mr", {{"nominee", {{"id", "other"}, {"name", "zq7x"}, {how, value}}}});
  };
  REQUIRE((*this)("principal.update", "system", {{"id", "mr"}, {"phone", "+91 98123 00077"}}).permitted());
  CHECK(named("email", "ZQ7X.MR@zq7x.Example").error() == "invalid_argument /args/details/nominee");
  for (const char* phone : {"+919812300077", "09812300077", "98123-00077"})
    CHECK(named("phone", phone).error() == "invalid_argument /args/details/nominee");
  CHECK(named("phone", "+919812300078").permitted());
}

TEST_CASE_FIXTURE(Asked, "C6.4-h, X17: the review of a hold is recorded, and one that is overdue is reported") {
  recorded();
  REQUIRE(hold("h", {{"visits", {"v"}}}, "2027-01-10T10:00:00+05:30").permitted());
  const auto late = [&] {
    return boost::json::serialize((*this)("report.deadlines", "dpo").result().at("steps").at("overdue"))
        .find("hold_review");
  };
  go("2027-01-10T10:00:00+05:30");
  CHECK(late() == std::string::npos);
  advance(1);
  CHECK(late() != std::string::npos);
  Args args{{"id", "h"}, {"review_at", "2027-04-10T10:00:02+05:30"}, {"approved_by", "dpo"}, {"reason", "case goes on"}};
  CHECK((*this)("hold.review", "st", args).error() == "invalid_argument /args/review_at");
  args["review_at"] = "2027-04-10T10:00:01+05:30";
  CHECK((*this)("hold.review", "dpo", args).error() == "invalid_argument /args/approved_by");
  args["id"] = "none";
  CHECK((*this)("hold.review", "st", args).error() == "not_found /args/id");
  args["id"] = "h";
  const Answer reviewed = (*this)("hold.review", "st", args);
  CHECK(reviewed.text("review_at") == "2027-04-10T10:00:01+05:30");
  CHECK(reviewed.text("reviewed_at") == now());
  CHECK(reviewed.result().at("review_overdue") == false);
  CHECK(reviewed.text("/notify/0/principal") == "dr");
  CHECK(notices().find("dr hold_reviewed 2027-01-10 2027-04-10; ") != std::string::npos);
  CHECK(late() == std::string::npos);
  REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
  CHECK((*this)("hold.review", "st", args).error() == "conflict /args/id");
}

TEST_CASE_FIXTURE(Asked, "C6.4-h: the hold that counts is found behind more than a thousand that are over") {
  REQUIRE(enter("file", "usage", now()).permitted());
  auto tx = std::move(store().begin_write().value());
  const auto place = [&](std::string_view id, bool over) {
    const store::Cell none;
    const store::Cell end = over ? store::Cell(micros()) : none;
    const store::Cell cells[] = {id,   "court_order", "Court", "case", micros() - 1, "st", "dpo", micros() + 1,
                                 none, end,           none,    none,   over ? "released" : "placed",
                                 none, none,          none};
    REQUIRE(tx->insert(services::hold::kTable, cells));
    const store::Cell scope[] = {"record", "file", id};
    REQUIRE(tx->insert(services::hold_scope::kTable, scope));
  };
  std::vector<std::string> ids;
  for (int n = 0; n < 1'001; ++n) ids.push_back("a" + std::to_string(1'000 + n));
  for (const std::string& id : ids) place(id, true);
  place("z", false);
  REQUIRE(tx->commit());
  advance(60);
  CHECK(evaluate("file").text("state") == "held");
  CHECK(evaluate("file").text("hold") == "z");
}

TEST_CASE_FIXTURE(Asked, "C13-a: every answer says whom to turn to, a refusal why as well") {
  REQUIRE(submit("q", "access", "dr").permitted());
  const Answer denied = resolve("q");
  CHECK(denied.denied());
  CHECK(denied.text("/contacts/data_protection_officer/email") == "privacy@medismo.in");
  const Answer refused =
      (*this)("rights.refuse", "dpo", {{"id", "q"}, {"reason", "zq7x no proof"}, {"clause", "C8-a"}});
  CHECK(refused.text("reason") == "zq7x no proof");
  // Nobody is left whose answer it would be: it is given, and not kept.
  REQUIRE(answered("e", "erasure", "mr").permitted());
  REQUIRE(submit("g", "grievance", "mr", {{"text", "zq7x"}}).permitted());
  const Args refusal{{"id", "g"}, {"reason", "zq7x"}, {"clause", "C8-d"}};
  CHECK(repeat("r1", "rights.refuse", "dpo", refusal).text("reason") == "zq7x");
}

TEST_CASE_FIXTURE(Asked, "C8-a, X48: a pharma company is named with what it has, to the doctor and to its own representative") {
  recorded();
  const auto company = [](const Answer& answer) {
    for (const auto& r : answer.result().at("summary").at("recipients").as_array())
      if (r.at("recipient").as_string() == "acme") return r;
    return boost::json::value();
  };
  const auto doctor = company(answered("q", "access", "dr"));
  CHECK(doctor.at("kind").as_string() == "fiduciary");
  CHECK(doctor.at("visits").as_int64() == 1);
  CHECK(doctor.at("recordings").as_int64() == 1);
  CHECK(doctor.at("first").as_string() == "2026-11-23T08:00:00+05:30");
  const std::string fields = boost::json::serialize(doctor.at("fields"));
  CHECK(fields.find(R"("name")") != std::string::npos);
  for (const char* never : {"email", "phone", "address"}) CHECK(fields.find(never) == std::string::npos);
  const auto own = company(answered("r", "access", "mr"));
  REQUIRE(own.is_object());
  CHECK(own.at("recordings").as_int64() == 1);
}

TEST_CASE_FIXTURE(Asked, "C8-a, X48: of what went out in a call each is told what was theirs") {
  REQUIRE(book().permitted());
  REQUIRE(attest("agreement:google_workspace").permitted());
  REQUIRE((*this)("egress.check", "system",
                  {{"processor", "google_workspace"}, {"fields", {{"email", "zq7x.dr@zq7x.example"}}},
                   {"purpose", "communication"}, {"context", {{"visit", "v"}}}})
              .permitted());
  const auto fields = [](const Answer& answer) {
    for (const auto& r : answer.result().at("summary").at("recipients").as_array())
      if (r.at("recipient").as_string() == "google_workspace") return boost::json::serialize(r.at("fields"));
    return std::string();
  };
  CHECK(fields(answered("q", "access", "dr")) == R"(["email"])");
  CHECK(fields(answered("r", "access", "mr")).empty());
}

TEST_CASE_FIXTURE(Asked, "C8-a, X48: who reads what the person writes is a recipient, and the person's own organisation") {
  REQUIRE((*this)("message.post", "dr", {{"id", "m"}, {"thread", "th"}, {"to", "mr"}, {"text", "good morning"}}).permitted());
  REQUIRE((*this)("organisation.put", "system", {{"id", "hosp"}, {"kind", "hospital"}, {"name", "zq7x H"}}).permitted());
  REQUIRE((*this)("principal.register", "system",
                  {{"id", "dr9"}, {"role", "doctor"}, {"name", "zq7x"}, {"email", "dr9@zq7x.example"}, {"organisation", "hosp"},
                   {"adult_attested", true}})
              .permitted());
  const auto of = [](const Answer& answer, std::string_view id) {
    for (const auto& r : answer.result().at("summary").at("recipients").as_array())
      if (r.at("recipient").as_string() == id) return boost::json::serialize(r);
    return std::string();
  };
  const Answer doctor = answered("q", "access", "dr");
  CHECK(of(doctor, "acme").find(R"("visits":0,"recordings":0,"messages":1,)") != std::string::npos);
  CHECK(of(doctor, "acme").find(R"("email")") == std::string::npos);
  const Answer staffed = answered("r", "access", "dr9");
  CHECK(of(staffed, "hosp").find(R"("kind":"fiduciary")") != std::string::npos);
  CHECK(of(staffed, "hosp").find(R"("email")") != std::string::npos);
}

TEST_CASE_FIXTURE(Asked, "C9-c2, X57: an export and a summary hold what the person wrote and was written, without how to reach others") {
  for (int n = 1; n <= 3; ++n)
    REQUIRE((*this)("message.post", "mr",
                    {{"id", "m" + std::to_string(n)}, {"thread", "t"}, {"to", "dr"}, {"text", "word " + std::to_string(n)}})
                .permitted());
  REQUIRE((*this)("message.post", "dr", {{"id", "a"}, {"thread", "t"}, {"to", "mr"}, {"text", "an answer"}}).permitted());
  REQUIRE((*this)("ticket.post", "mr", {{"id", "k"}, {"thread", "help"}, {"text", "please help"}}).permitted());
  book();
  REQUIRE((*this)("note.complete", "mr", {{"visit", "v"}, {"text", "we met at the Lotus Tower"}}).permitted());
  // What was no contact when it was written is one now.
  REQUIRE((*this)("principal.update", "system", {{"id", "dr"}, {"address", "Lotus Tower"}}).permitted());
  REQUIRE(submit("q", "access", "mr").permitted());
  REQUIRE(verify("q").permitted());

  std::string all;
  Args args{{"request", "q"}, {"limit", 2}};
  int pages = 0;
  for (;; ++pages) {
    const Answer page = (*this)("account.export", "mr", args);
    REQUIRE(page.permitted());
    CHECK(page.result().at("content").as_array().size() <= 2);
    for (const auto& row : page.result().at("content").as_array())
      all.append(row.at("kind").as_string()).append(":").append(row.at("text").as_string()).append("; ");
    if (page.result().at("next").is_null()) break;
    args["after"] = page.result().at("next");
  }
  CHECK(pages >= 2);
  CHECK(all.starts_with("message:word 1; message:word 2; message:word 3; note:we met at the "));
  CHECK(all.ends_with("ticket:please help; message:an answer; "));  // what others wrote comes last
  CHECK(all.find("Lotus") == std::string::npos);
  for (const char* wrong : {"message/t", "message/t/0", "message/t/x", "call/t/1", "message/t/1/2", "x"}) {
    args["after"] = wrong;
    CHECK((*this)("account.export", "mr", args).error() == "invalid_argument /args/after");
  }
  const Answer summary = resolve("q");
  CHECK(summary.result().at("summary").at("content").as_array().size() == 6);
  CHECK(summary.result().at("summary").at("content_next").is_null());
  CHECK(summary.line().find("Lotus") == std::string::npos);
}

TEST_CASE_FIXTURE(Asked, "C9-f, X57: what is past its period stands in no export") {
  REQUIRE((*this)("message.post", "mr", {{"id", "m"}, {"thread", "t"}, {"to", "dr"}, {"text", "old word"}}).permitted());
  go("2028-11-23T00:00:00+05:30");
  REQUIRE(submit("q", "access", "mr").permitted());
  REQUIRE(verify("q").permitted());
  CHECK((*this)("account.export", "mr", {{"request", "q"}}).result().at("content").as_array().empty());
}

TEST_CASE_FIXTURE(Asked, "C12-b, C5-o: who must still be told of a change of the policy or of a processor") {
  const auto pending = [&](Args args) { return (*this)("notice.pending", "dpo", args); };
  const auto people = [&](Args args) {
    std::string found;
    for (;;) {
      const Answer page = pending(args);
      if (args.contains("limit"))
        CHECK(static_cast<std::int64_t>(page.result().at("notices").as_array().size()) <= args.at("limit").as_int64());
      for (const auto& row : page.result().at("notices").as_array())
        found.append(row.at("recipient").as_string()).append(" ");
      if (page.result().at("next").is_null()) return found;
      args["after"] = page.result().at("next");
    }
  };
  CHECK(pending({}).result().at("changes").as_array().empty());
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  pack.at("visit").as_object()["opens_minutes_before"] = 45;
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", time(20 * 1'440)}, {"material", true}})
              .permitted());
  CHECK(pending({}).text("/changes/0/version") == "2");
  CHECK(pending({}).text("/changes/0/due_at") == time(5 * 1'440));
  const Args version{{"version", "2"}, {"limit", 3}};
  CHECK(people(version) == "ca co dpo dr dr2 ha mr mr2 pa pa2 st ");
  CHECK(pending(version).text("/notices/0/kind") == "policy_change");
  CHECK(pending(version).text("/notices/0/clause") == "C12-b");
  REQUIRE((*this)("policy.notify", "st", {{"version", "2"}, {"principal", "dr"}, {"channel", "email"}, {"at", now()}})
              .permitted());
  REQUIRE((*this)("policy.notify", "st", {{"version", "2"}, {"principal", "mr"}, {"channel", "email"}, {"at", now()}})
              .permitted());
  CHECK(people(version) == "ca co dpo dr2 ha mr2 pa pa2 st ");
  REQUIRE((*this)("policy.bounce", "st", {{"version", "2"}, {"principal", "mr"}, {"at", now()}}).permitted());
  CHECK(people(version) == "ca co dpo dr2 ha mr mr2 pa pa2 st ");
  CHECK(pending({{"version", "3"}}).error() == "not_found /args/version");

  CHECK(pending({{"processor", "mailer"}}).error() == "not_found /args/processor");
  for (const char* id : {"acmf", "acmg"}) REQUIRE(person(id, "doctor", "", 61).permitted());
  REQUIRE((*this)("processor.propose", "st",
                  {{"processor", "mailer"}, {"name", "Mailer"}, {"service", "mail"}, {"fields", {"email"}},
                   {"purposes", {"communication"}}, {"countries", {"IN"}}})
              .permitted());
  const Args processor{{"processor", "mailer"}, {"limit", 2}};
  CHECK(people(processor) == "acme acmf acmg clinic dr2 rival ");  // the doctors without an organisation
  CHECK(pending({}).text("/changes/1/processor") == "mailer");
  for (const char* customer : {"acme", "acmg", "clinic", "rival", "dr2", "acmf"}) {
    CHECK(pending({}).text("/changes/1/processor") == "mailer");
    REQUIRE((*this)("processor.notify", "st", {{"processor", "mailer"}, {"customer", customer}, {"at", now()}})
                .permitted());
  }
  CHECK(people(processor).empty());
  CHECK(pending({}).result().at("changes").as_array().size() == 1);
  CHECK(pending({{"processor", "mailer"}, {"version", "2"}}).error() == "invalid_argument /args/version");
}
