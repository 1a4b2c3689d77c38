// What is answered to the people behind the data, and what follows from it: the dates of a summary, the steps of an
// erasure, who is told of what, who may still ask, and what is watched until it is carried out.
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

struct Asked : World {
  void go(std::string_view text) {
    const auto micros = parse_instant(text)->micros - kStart.micros;
    set_time(0);
    advance(micros / kMicrosPerSecond);
  }
  Answer submit(std::string_view id, std::string_view kind, std::string_view who, Args details = {}) {
    return (*this)(
        "rights.submit", who,
        {{"id", id}, {"kind", kind}, {"principal", who}, {"channel", "in_app"}, {"details", std::move(details)}});
  }
  Answer verify(std::string_view id) {
    return (*this)("rights.verify_identity", "st", {{"id", id}, {"evidence", "id-1"}});
  }
  Answer resolve(std::string_view id, Args more = {}) {
    more["id"] = id;
    return (*this)("rights.resolve", "dpo", more);
  }
  Answer answered(std::string_view id, std::string_view kind, std::string_view who, Args details = {}) {
    REQUIRE(submit(id, kind, who, std::move(details)).permitted());
    REQUIRE(verify(id).permitted());
    return resolve(id);
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
        "mr recording_erasure_waits 2026-11-23 2027-06-01; ");
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

TEST_CASE_FIXTURE(Asked, "C6.4-g, X22: an erasure is watched until it is carried out, not until it is decided") {
  for (const char* claim : {"agreement:razorpay", "pci_dss"})
    REQUIRE((*this)("attestation.put", "system",
                    {{"claim", claim}, {"value", true}, {"evidence_ref", "doc-1"},
                     {"valid_until", "2027-11-23T10:00:00+05:30"}})
                .permitted());
  REQUIRE((*this)("egress.check", "system",
                  {{"processor", "razorpay"},
                   {"fields", {{"organisation_name", "Acme"}, {"billing_email", "zq7x@zq7x.example"}}},
                   {"purpose", "billing"},
                   {"context", {{"principals", {"mr"}}}},
                   {"country", "IN"}})
              .permitted());
  REQUIRE(enter("file", "usage", now()).permitted());
  const Answer done = answered("e", "erasure", "mr");
  REQUIRE(done.text("/plan/1/action") == "erase");
  const auto watched = [&](const char* list) {
    std::string found;
    const Answer report = (*this)("report.deadlines", "dpo");
    for (const auto& row : report.result().at("steps").at(list).as_array())
      found.append(row.at("what").as_string()).append(" ").append(row.at("request").as_string()).append("; ");
    for (const auto& row : report.result().at(list).as_array())
      found.append(row.at("id").as_string()).append(row.at("executed").as_bool() ? " done" : " not done");
    return found;
  };
  const auto executed = [&] {
    return (*this)("rights.list", "dpo").result().at("requests").at(0).at("executed").as_bool();
  };
  const std::string order = (*this)("disposition.pending", "dpo").text("/orders/0/order");
  CHECK((*this)("disposition.pending", "dpo").text("/orders/0/due_at") == "2026-12-23T08:00:00+05:30");
  CHECK(watched("at_risk").empty());
  CHECK(!executed());
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
