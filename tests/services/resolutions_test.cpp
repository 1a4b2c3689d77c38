// The golden cases of retention and rights, each by the resolution or clause that decides it, with the instants
// before and after each limit.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "policy/pack.hpp"
#include "services/pure_rules.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

constexpr std::int64_t kDay = 1440;  // in minutes

struct Cases : World {
  Answer sweep() { return (*this)("retention.sweep", "system", {{"limit", 1'000}}); }
  Answer enter(std::string_view id, std::string_view record_class, std::string_view trigger = {}) {
    Args args{{"id", id}, {"class", record_class}, {"subjects", {"mr"}}, {"locator", "o/1"}};
    if (!trigger.empty()) args["trigger_at"] = trigger;
    return (*this)("record.register", "system", args);
  }
  Answer evaluate(std::string_view record) {
    return (*this)("retention.evaluate", "system", {{"record", record}});
  }
  // A call of minutes 120 to 130, whose recording is `rec`.
  void recorded() {
    started();
    for (const char* who : {"dr", "mr"}) REQUIRE((*this)("visit.join", who, {{"visit", "v"}}).permitted());
    REQUIRE(decide().permitted());
    set_time(130);
    REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
    REQUIRE((*this)("recording.register", "system",
                    {{"id", "rec"},
                     {"visit", "v"},
                     {"locator", "SECRETLOCATOR"},
                     {"sha256", std::string(64, 'a')},
                     {"size", 5},
                     {"started_at", time(120)},
                     {"ended_at", time(130)}})
                .permitted());
  }
  // Confirms the notices of a kind: there are some.
  void tell(std::string_view kind) {
    const Answer pending = (*this)("notice.pending", "dpo", {{"limit", 100}});
    int told = 0;
    for (const auto& row : pending.result().at("notices").as_array()) {
      if (row.at("kind").as_string() != kind) continue;
      REQUIRE((*this)("notice.confirm", "dpo", {{"notice", row.at("notice")}, {"channel", "email"}, {"evidence", "m"}})
                  .permitted());
      ++told;
    }
    CHECK(told > 0);
  }
  std::string notices(std::string_view kind) {
    std::string found;
    const Answer pending = (*this)("notice.pending", "dpo", {{"limit", 100}});
    for (const auto& row : pending.result().at("notices").as_array())
      if (row.at("kind").as_string() == kind) {
        const auto& due = row.at("due_at");
        found.append(row.at("recipient").as_string()).append(" ");
        found.append(due.is_string() ? due.as_string() : "never").append("; ");
      }
    return found;
  }
};

// dispose_at of the pure rule.
std::string goes(std::string_view record_class, std::string_view trigger,
                 std::string_view now = "2026-11-23T10:00:00+05:30") {
  const boost::json::object facts{{"class", record_class}, {"trigger_at", trigger}, {"now", now}};
  const auto answer =
      decide_rule("retention.evaluate", boost::json::serialize(facts), *policy::default_pack());
  REQUIRE(answer);
  const auto& at = answer->at("dispose_at");
  return at.is_string() ? std::string(at.as_string()) : "never";
}

}  // namespace

TEST_CASE("C6.4-a, X38: the day of a call is India's, whatever the zone it is told in") {
  CHECK(goes("recording", "2025-11-22T18:29:59Z") == "2032-11-22T00:00:00+05:30");
  CHECK(goes("recording", "2025-11-22T18:30:00Z") == "2032-11-23T00:00:00+05:30");
  CHECK(goes("recording", "2025-11-23T23:59:59+05:30") == "2032-11-23T00:00:00+05:30");
  CHECK(goes("recording", "2025-11-24T00:00:00+05:30") == "2032-11-24T00:00:00+05:30");
  CHECK(goes("recording", "2024-02-29T10:00:00+05:30") == "2031-02-28T00:00:00+05:30");
  CHECK(goes("recording", "2024-02-28T18:29:59Z") == "2031-02-28T00:00:00+05:30");
  CHECK(goes("recording", "2024-02-29T18:30:00Z") == "2031-03-01T00:00:00+05:30");
}

TEST_CASE("C9-d, X31: the financial year changes at midnight in India") {
  CHECK(goes("billing", "2025-04-15T10:00:00+05:30") == "2034-04-01T00:00:00+05:30");
  CHECK(goes("billing", "2026-03-31T18:29:59Z") == "2034-04-01T00:00:00+05:30");
  CHECK(goes("billing", "2026-03-31T18:30:00Z") == "2035-04-01T00:00:00+05:30");
}

TEST_CASE("C9-a, X10, X35: logs by their class: a year and what the law adds, three for the audit's") {
  CHECK(goes("access_log", "2024-11-23T10:00:00+05:30") == "2025-11-23T00:00:00+05:30");
  CHECK(goes("access_log", "2026-11-23T10:00:00+05:30") == "2027-11-24T00:00:00+05:30");  // rule 6(1)(e)
  CHECK(goes("audit", "2026-11-23T10:00:00+05:30") == "2029-11-23T00:00:00+05:30");
  CHECK(goes("call_metadata", "2026-11-23T10:00:00+05:30") == "2029-11-23T00:00:00+05:30");
  CHECK(goes("consent_attestation", "2026-11-23T10:00:00+05:30") == "2033-11-23T00:00:00+05:30");  // X9
}

TEST_CASE_FIXTURE(Cases, "C9-c, X32, X35: billing details, usage and devices go with the account, invoices do not") {
  for (const char* what : {"account", "usage", "device", "location", "document"})
    REQUIRE(enter(what, what).permitted());
  REQUIRE(enter("invoice", "billing", time(-10)).permitted());
  CHECK(evaluate("account").result().at("dispose_at").is_null());  // C9-b
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  for (const char* what : {"account", "usage", "device", "location", "document"})
    CHECK(evaluate(what).text("dispose_at") == "2027-02-21T08:00:00+05:30");
  CHECK(evaluate("invoice").text("dispose_at") == "2035-04-01T00:00:00+05:30");
}

TEST_CASE_FIXTURE(Cases, "C6.4-f, X18: either participant may ask; the doctor has three days for a copy") {
  recorded();
  const Answer answer = answered("e", "erasure", "mr", {{"records", {"recordings:rec"}}});
  CHECK(answer.text("/plan/0/action") == "erase");
  CHECK(notices("recording_erased") == "dr 2026-11-26T10:10:00+05:30; ");
  CHECK(evaluate("recordings:rec").text("dispose_at") == "2026-11-26T10:10:00+05:30");
  tell("recording_erased");
  go("2026-11-26T10:09:59+05:30");
  CHECK(sweep().result().at("ordered").as_int64() == 0);
  go("2026-11-26T10:10:00+05:30");
  CHECK(sweep().result().at("ordered").as_int64() == 1);
}

TEST_CASE_FIXTURE(Cases, "C6.4-f, X18, X22: the three days begin when the doctor is told, and end a day before the answer is due") {
  recorded();
  const auto fetches = [&] {
    return (*this)("recording.access", "dr", {{"recording", "rec"}, {"mode", "download"}}).permitted();
  };
  SUBCASE("nothing is destroyed before the doctor was told") {
    REQUIRE(answered("e", "erasure", "mr", {{"records", {"recordings:rec"}}}).permitted());
    go("2026-12-10T10:00:00+05:30");
    CHECK(!fetches());
    CHECK(sweep().result().at("ordered").as_int64() == 0);
    SUBCASE("who then has the days for a copy") {
      tell("recording_erased");
      REQUIRE(sweep().permitted());
      CHECK(fetches());
      CHECK(evaluate("recordings:rec").text("dispose_at") == "2026-12-13T10:00:00+05:30");
      go("2026-12-13T10:00:00+05:30");
      CHECK(!fetches());
      CHECK(sweep().result().at("ordered").as_int64() == 1);
    }
    SUBCASE("but for the last day of the time for the answer, in which it can still be carried out") {
      go("2026-12-22T10:09:59+05:30");
      CHECK(sweep().result().at("ordered").as_int64() == 0);
      go("2026-12-22T10:10:00+05:30");
      CHECK(sweep().result().at("ordered").as_int64() == 1);
      CHECK((*this)("disposition.pending", "dpo").text("/orders/0/due_at") == "2026-12-23T10:10:00+05:30");
    }
  }
  SUBCASE("an answer that comes late leaves as much of them as there is") {
    REQUIRE(submit("e", "erasure", "mr", {{"records", {"recordings:rec"}}}).permitted());
    REQUIRE((*this)("rights.verify_identity", "st", {{"id", "e"}, {"evidence", "id-1"}}).permitted());
    go("2026-12-21T10:00:00+05:30");
    const Answer plan = (*this)("rights.resolve", "dpo", {{"id", "e"}});
    CHECK(plan.text("/plan/0/until") == "2026-12-22T10:10:00+05:30");
    tell("recording_erased");
    go("2026-12-22T10:10:00+05:30");
    CHECK(sweep().result().at("ordered").as_int64() == 1);
  }
}

TEST_CASE_FIXTURE(Cases, "C6.4-h, X16, X18: what a hold kept goes after its release no earlier than the doctor had the days for a copy") {
  recorded();
  REQUIRE((*this)("hold.place", "st",
                  {{"id", "h"},
                   {"basis", "contract"},
                   {"authority", "acme"},
                   {"citation", "case 1/2026"},
                   {"scope", {{"visits", {"v"}}}},
                   {"review_at", "2027-01-10T10:00:00+05:30"},
                   {"approved_by", "dpo"}})
              .permitted());
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"recordings:rec"}}}).permitted());
  const auto fetches = [&] {
    return (*this)("recording.access", "dr", {{"recording", "rec"}, {"mode", "download"}}).permitted();
  };
  const auto release = [&](std::string_view at) {
    go(at);
    REQUIRE(sweep().permitted());
    CHECK(!fetches());
    REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
    CHECK(fetches());
    CHECK(notices("recording_erased").empty());
    CHECK(sweep().result().at("ordered").as_int64() == 0);
    CHECK(sweep().result().at("evaluated").as_int64() == 0);
  };
  SUBCASE("within the time for the answer") {
    release("2026-12-02T10:00:00+05:30");
    CHECK(notices("recording_erased") == "dr 2026-12-05T10:00:00+05:30; ");
    SUBCASE("once the doctor was told") {
      tell("recording_erased");
      go("2026-12-05T09:59:59+05:30");
      CHECK(sweep().result().at("ordered").as_int64() == 0);
      go("2026-12-05T10:00:00+05:30");
      CHECK(sweep().result().at("ordered").as_int64() == 1);
    }
    SUBCASE("and not before") {
      go("2026-12-05T10:00:00+05:30");
      CHECK(sweep().result().at("ordered").as_int64() == 0);
    }
  }
  SUBCASE("in full where the hold has outlasted that") {
    release("2027-03-02T10:00:00+05:30");
    CHECK(notices("recording_erased") == "dr 2027-03-05T10:00:00+05:30; ");
    go("2027-03-05T10:00:00+05:30");
    CHECK(!fetches());
    CHECK(sweep().result().at("ordered").as_int64() == 1);
  }
  SUBCASE("but not where the doctor has asked as well") {
    REQUIRE(answered("own", "erasure", "dr", {{"records", {"recordings:rec"}}}).permitted());
    go("2026-12-02T10:00:00+05:30");
    REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
    CHECK(!fetches());
    CHECK(sweep().result().at("ordered").as_int64() == 1);
  }
}

TEST_CASE_FIXTURE(Cases, "C9-a, X13, X39: the host is told what of its own is out of use, and when that ends") {
  const auto orders = [&] {
    std::string found;
    const Answer pending = (*this)("disposition.pending", "dpo");
    for (const auto& row : pending.result().at("orders").as_array())
      found.append(row.at("kind").as_string()).append(" ").append(row.at("record").as_string()).append("; ");
    return found;
  };
  const auto confirm = [&] {
    const Answer pending = (*this)("disposition.pending", "dpo");
    return (*this)("disposition.confirm", "system",
                   {{"order", pending.result().at("orders").at(0).at("order")}, {"evidence", "log-1"}});
  };
  SUBCASE("under a law") {
    go("2027-06-01T10:00:00+05:30");
    REQUIRE(enter("doc", "document").permitted());
    REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(orders().empty());
    go("2027-08-30T10:00:00+05:30");
    REQUIRE(sweep().permitted());
    CHECK(orders() == "restrict doc; ");
    CHECK(sweep().result().at("evaluated").as_int64() == 0);
    advance(86'401);
    CHECK((*this)("report.deadlines", "dpo").text("/steps/overdue/0/kind") == "restrict");
    const Answer done = confirm();
    CHECK(done.text("state") == "restricted");
    CHECK(orders().empty());
    CHECK(evaluate("doc").text("state") == "restricted");
    go("2028-06-02T00:00:00+05:30");
    REQUIRE(sweep().permitted());
    CHECK(orders() == "dispose doc; ");
    CHECK(confirm().text("state") == "disposed");
  }
  SUBCASE("at once of a child, until the report is taken back") {
    REQUIRE(enter("doc", "document").permitted());
    REQUIRE((*this)("principal.report_minor", "pa", {{"id", "mr"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(orders() == "restrict doc; ");
    bool confirmed = false;
    SUBCASE("as soon as the host has done so") { confirmed = true; }
    SUBCASE("or before") {}
    if (confirmed) REQUIRE(confirm().permitted());
    REQUIRE((*this)("principal.clear_minor_report", "dpo", {{"id", "mr"}, {"evidence", "p"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(orders() == "lift doc; ");
    CHECK(confirm().text("state") == "lifted");
    REQUIRE(sweep().permitted());
    CHECK(orders().empty());
  }
  SUBCASE("of what was to be erased and a hold keeps, until it goes") {
    REQUIRE(enter("doc", "document").permitted());
    REQUIRE((*this)("hold.place", "st",
                    {{"id", "h"},
                     {"basis", "court_order"},
                     {"authority", "High Court"},
                     {"citation", "case 1/2026"},
                     {"scope", {{"records", {"doc"}}}},
                     {"review_at", "2027-01-10T10:00:00+05:30"},
                     {"approved_by", "dpo"}})
                .permitted());
    REQUIRE(sweep().permitted());
    CHECK(orders().empty());
    REQUIRE(answered("e", "erasure", "mr", {{"records", {"doc"}}}).permitted());
    CHECK(orders() == "restrict doc; ");
    REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(orders() == "dispose doc; ");
  }
}

TEST_CASE_FIXTURE(Cases, "C6.4-d, X58: no link lives longer than the recording") {
  recorded();
  go("2033-11-22T23:59:30+05:30");
  const Answer given = (*this)("recording.access", "dr", {{"recording", "rec"}, {"mode", "view"}});
  CHECK(given.text("expires_at") == "2033-11-23T00:00:00+05:30");
}

TEST_CASE_FIXTURE(Cases, "C6.4-d, X42: a recording is of those who joined, and goes at the word of none of the others") {
  started();
  REQUIRE((*this)("visit.join", "dr", {{"visit", "v"}}).permitted());
  REQUIRE(decide().permitted());
  set_time(130);
  REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
  REQUIRE((*this)("recording.register", "system",
                  {{"id", "rec"}, {"visit", "v"}, {"locator", "SECRETLOCATOR"}, {"sha256", std::string(64, 'a')}, {"size", 5},
                   {"started_at", time(120)}, {"ended_at", time(130)}})
              .permitted());
  CHECK(submit("e", "erasure", "mr", {{"records", {"recordings:rec"}}}).reasons() == "outside_own_scope C4-d");
  CHECK(submit("e", "erasure", "dr", {{"records", {"recordings:rec"}}}).permitted());
}

TEST_CASE_FIXTURE(Cases, "C6.4-f, X18: the doctor's own request takes effect at once") {
  recorded();
  REQUIRE(answered("e", "erasure", "dr", {{"records", {"recordings:rec"}}}).permitted());
  CHECK(notices("recording_erased") == "mr 2026-12-23T10:10:00+05:30; ");
  CHECK((*this)("disposition.pending", "dpo").result().at("orders").as_array().size() == 1);
}

TEST_CASE_FIXTURE(Cases, "C8-g, X22: processors are told within the time for the answer, which is executed in it") {
  share_billing();
  set_time(10);
  const Answer answer = answered("e", "erasure", "mr");
  CHECK(notices("erase") == "razorpay " + answer.text("due_at") + "; ");
  CHECK(answer.text("/plan/0/action") == "erase");
  CHECK(dump(person_detail::kTable).find("mr|") == std::string::npos);
}

TEST_CASE_FIXTURE(Cases, "C8-g, X23: thirty days, or the month where that is shorter, to the second") {
  go("2027-01-31T10:00:00+05:30");
  CHECK(submit("a", "access", "mr").text("due_at") == "2027-02-28T10:00:00+05:30");
  go("2027-03-01T10:00:00+05:30");
  CHECK(submit("b", "access", "dr").text("due_at") == "2027-03-31T10:00:00+05:30");
  go("2027-03-31T10:00:00+05:30");
  const auto overdue = [&] {
    const Answer report = (*this)("report.deadlines", "dpo");
    return boost::json::serialize(report.result().at("overdue")).find(R"("id":"b")") != std::string::npos;
  };
  CHECK(!overdue());
  advance(1);
  CHECK(overdue());
}

TEST_CASE_FIXTURE(Cases, "C8-g, X46: who was entered by an organisation is referred to it, and the clock runs") {
  REQUIRE((*this)("principal.register", "pa",
                  {{"id", "new"},
                   {"role", "medical_representative"},
                   {"name", "zq7x"},
                   {"organisation", "acme"},
                   {"adult_attested", true}})
              .permitted());
  const Answer routed = submit("q", "access", "new");
  CHECK(routed.text("routed_to") == "acme");
  CHECK(routed.text("due_at") == "2026-12-23T08:00:00+05:30");
  CHECK(notices("rights_request") == "acme 2026-12-23T08:00:00+05:30; ");
  CHECK(!submit("own", "access", "mr2").result().contains("routed_to"));  // entered by nobody's organisation
  CHECK(notices("rights_request") == "acme 2026-12-23T08:00:00+05:30; ");
}

TEST_CASE_FIXTURE(Cases, "C8-g, X47: the clock starts on any channel, at receipt") {
  int number = 0;
  for (const char* channel : {"in_app", "email", "post", "telephone", "in_person", "other"}) {
    const Answer answer = (*this)("rights.submit", "st",
                                  {{"id", "q" + std::to_string(number)},
                                   {"kind", "grievance"},
                                   {"principal", number++ % 2 == 0 ? "dr" : "mr"},
                                   {"channel", channel},
                                   {"received_at", time(-3 * kDay)},
                                   {"details", {{"text", "slow"}}}});
    REQUIRE(answer.permitted());
    CHECK(answer.text("due_at") == "2026-12-20T08:00:00+05:30");
    REQUIRE((*this)("rights.resolve", "dpo", {{"id", answer.text("id")}, {"outcome", "upheld"}}).permitted());
  }
}

TEST_CASE_FIXTURE(Cases, "C9-c, X12, X35: ninety days after the end of an account, to the second") {
  REQUIRE(enter("u", "usage").permitted());
  const Answer ended = (*this)("principal.terminate", "mr", {{"id", "mr"}});
  CHECK(ended.text("reactivate_before") == "2027-02-21T08:00:00+05:30");
  CHECK(evaluate("u").text("dispose_at") == ended.text("reactivate_before"));
  go("2027-02-21T07:59:59+05:30");
  CHECK(sweep().result().at("erased").as_int64() == 0);
  CHECK((*this)("principal.reactivate", "mr2", {{"id", "mr"}}).denied());
  SUBCASE("the person comes back in the last second") {
    CHECK((*this)("principal.reactivate", "mr", {{"id", "mr"}}).permitted());
    go("2037-02-21T08:00:00+05:30");
    const Answer swept = sweep();
    CHECK(swept.result().at("erased").as_int64() + swept.result().at("ordered").as_int64() == 0);
  }
  SUBCASE("or a second later, in vain") {
    go("2027-02-21T08:00:00+05:30");
    CHECK((*this)("principal.reactivate", "mr", {{"id", "mr"}}).denied());
    const Answer swept = sweep();
    CHECK(swept.result().at("erased").as_int64() == 1);
    CHECK(swept.result().at("ordered").as_int64() == 1);
    CHECK(sweep().result().at("erased").as_int64() == 0);
  }
}

TEST_CASE_FIXTURE(Cases, "C9-a, C9-b: what goes with an account goes by its end alone, not by a touch or what was said") {
  REQUIRE(enter("doc", "document").permitted());
  REQUIRE(enter("use", "usage", time(-200 * kDay)).permitted());
  advance(3'600);
  CHECK((*this)("record.touch", "system", {{"id", "doc"}, {"at", now()}}).result().at("dispose_at").is_null());
  CHECK(evaluate("use").result().at("dispose_at").is_null());
  go("2027-03-05T10:00:00+05:30");
  CHECK(sweep().result().at("ordered").as_int64() == 0);
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  for (const char* what : {"doc", "use"}) CHECK(evaluate(what).text("ceiling") == "2027-06-03T10:00:00+05:30");
}

TEST_CASE_FIXTURE(Cases, "C9-a, X36: a verification file that never served goes with the account") {
  REQUIRE(enter("file", "verification_document").permitted());
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  CHECK(evaluate("file").text("dispose_at") == "2027-02-21T08:00:00+05:30");
  SUBCASE("or once it has, though that was after the end") {
    advance(3'600);
    REQUIRE((*this)("record.touch", "system", {{"id", "file"}, {"at", now()}}).permitted());
    CHECK(evaluate("file").text("state") == "due");
  }
  SUBCASE("and is forecast to") {
    CHECK(sweep().permitted());
    CHECK((*this)("retention.forecast", "dpo").line().find("verification_document") != std::string::npos);
    go("2027-02-21T07:59:59+05:30");
    CHECK(sweep().result().at("ordered").as_int64() == 0);
    go("2027-02-21T08:00:00+05:30");
    CHECK(sweep().result().at("ordered").as_int64() == 1);
  }
}

TEST_CASE_FIXTURE(Cases, "X55: a request for access that nobody ever answers keeps the data for a time, not for ever") {
  REQUIRE(enter("u", "usage").permitted());
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  go("2027-02-10T10:00:00+05:30");
  const Answer asked = submit("q", "access", "mr");
  CHECK(asked.text("due_at") == "2027-03-10T10:00:00+05:30");
  std::string until = asked.text("due_at");
  SUBCASE("of whom it is not known who asks, until the time for the answer is over") {}
  SUBCASE("of whom it is, for ninety days") {
    REQUIRE((*this)("rights.verify_identity", "st", {{"id", "q"}, {"evidence", "id-1"}}).permitted());
    until = "2027-05-11T10:00:00+05:30";
  }
  CHECK(evaluate("u").text("dispose_at") == until);
  go(until);
  advance(-1);
  CHECK(evaluate("u").text("state") == "held");
  CHECK(sweep().result().at("ordered").as_int64() == 0);
  go(until);
  const Answer swept = sweep();
  CHECK(swept.result().at("ordered").as_int64() == 1);
  CHECK(swept.result().at("erased").as_int64() >= 1);
  CHECK(dump(person_detail::kTable).find("mr|") == std::string::npos);
}

TEST_CASE_FIXTURE(Cases, "C10-c, X39: a child's data go at the next sweep, so that one a day is in time") {
  const Answer reported = (*this)("principal.report_minor", "st", {{"id", "mr"}});
  CHECK(reported.line().find("2026-11-24T08:00:00+05:30") != std::string::npos);  // the obligation
  CHECK(dump(person_detail::kTable).find("mr|") != std::string::npos);
  CHECK(sweep().result().at("erased").as_int64() >= 1);
  CHECK(dump(person_detail::kTable).find("mr|") == std::string::npos);
}

TEST_CASE_FIXTURE(Cases, "C10-c, X39: what there is of a child is hidden at once, and comes back after a mistake") {
  recorded();
  REQUIRE(enter("use", "usage").permitted());
  REQUIRE(enter("invoice", "billing", time(-10)).permitted());
  REQUIRE((*this)("message.post", "mr", {{"id", "m"}, {"thread", "th"}, {"to", "dr"}, {"text", "good morning"}}).permitted());
  const auto posted = [&] { return (*this)("message.list", "dr", {{"thread", "th"}}).result().at("messages").as_array().size(); };
  const auto watched = [&] { return (*this)("recording.access", "dr", {{"recording", "rec"}, {"mode", "download"}}).permitted(); };
  CHECK(posted() == 1);
  CHECK(watched());
  REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr"}}).permitted());
  CHECK(posted() == 0);
  CHECK(!watched());
  for (const char* what : {"use", "invoice", "recordings:rec"}) CHECK(!evaluate(what).result().at("usable").as_bool());
  SUBCASE("the report was a mistake") {
    REQUIRE((*this)("principal.clear_minor_report", "dpo", {{"id", "mr"}, {"evidence", "passport"}}).permitted());
    REQUIRE(sweep().permitted());
    CHECK(posted() == 1);
    CHECK(watched());
    CHECK(evaluate("use").result().at("usable").as_bool());
  }
  SUBCASE("it was not: all goes, and the other of the recording is told") {
    const Answer swept = sweep();
    CHECK(swept.result().at("ordered").as_int64() == 2);  // the usage data and the recording
    CHECK(dump(message::kTable).empty());
    CHECK(notices("recording_erased") == "dr 2026-11-24T10:10:00+05:30; ");
    sweep();
    CHECK(sweep().result().at("evaluated").as_int64() == 0);
    CHECK(notices("recording_erased") == "dr 2026-11-24T10:10:00+05:30; ");
    CHECK(!evaluate("invoice").result().at("usable").as_bool());  // kept by the law alone
  }
}

TEST_CASE_FIXTURE(Cases, "C8-c, X22: processors are told of the end of an account, of a child and of a single record") {
  share_billing();
  CHECK(notices("erase").empty());
  SUBCASE("whose ninety days are over") {
    REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
    go("2027-02-21T08:00:00+05:30");
    REQUIRE(sweep().permitted());
    CHECK(notices("erase") == "razorpay 2027-03-23T08:00:00+05:30; ");
  }
  SUBCASE("of a child, within the day") {
    REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr"}}).permitted());
    REQUIRE(sweep().permitted());
    REQUIRE(sweep().permitted());
    CHECK(notices("erase") == "razorpay 2026-11-24T08:00:00+05:30; ");
  }
  SUBCASE("of one record that the person wants erased") {
    REQUIRE(enter("use", "usage").permitted());
    REQUIRE(enter("invoice", "billing", time(-10)).permitted());
    const Answer answer = answered("e", "erasure", "mr", {{"records", {"use", "invoice"}}});
    CHECK(answer.result().at("processors_told").as_int64() == 1);
    CHECK(notices("erase") == "razorpay " + answer.text("due_at") + "; ");
  }
}

TEST_CASE_FIXTURE(Cases, "C8-c, X12: what is registered of a person after their erasure goes as what was there did") {
  REQUIRE(enter("there", "communication", time(-10)).permitted());
  set_time(60);
  const std::string accepted = now();
  REQUIRE(answered("e", "erasure", "mr").permitted());
  set_time(120);
  for (const char* what : {"communication", "billing", "call_metadata"})
    REQUIRE(enter(what, what, time(-10)).permitted());
  REQUIRE(enter("document", "document").permitted());
  REQUIRE(enter("of_now", "communication", now()).permitted());  // collected since, for a purpose of its own
  for (const char* what : {"communication", "document"}) {
    CAPTURE(what);
    CHECK(evaluate(what).text("state") == "due");
    CHECK(evaluate(what).text("basis") == "erasure");
    CHECK(evaluate(what).text("ceiling") == accepted);
  }
  CHECK(evaluate("billing").text("state") == "active");
  CHECK(evaluate("of_now").text("state") == "active");
  advance(1);
  CHECK(sweep().result().at("ordered").as_int64() == 3);
  const Answer pending = (*this)("disposition.pending", "dpo");
  for (const auto& order : pending.result().at("orders").as_array()) {
    CHECK(order.at("due_at").as_string() == "2026-12-23T09:00:00+05:30");  // the day of the answer
    if (order.at("record").as_string() != "call_metadata") continue;
    CHECK(order.at("kind").as_string() == "unlink");
    REQUIRE((*this)("disposition.confirm", "system", {{"order", order.at("order")}, {"evidence", "out"}}).permitted());
  }
  CHECK(dump(record_subject::kTable).find("call_metadata|mr") == std::string::npos);  // unlinked
}

TEST_CASE_FIXTURE(Cases, "C8-c, X18: of a recording that is registered after it the doctor is told, and may have a copy") {
  started();
  for (const char* who : {"dr", "mr"}) REQUIRE((*this)("visit.join", who, {{"visit", "v"}}).permitted());
  REQUIRE(decide().permitted());
  set_time(130);
  REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
  REQUIRE(answered("e", "erasure", "mr").permitted());
  REQUIRE((*this)("recording.register", "system",
                  {{"id", "rec"}, {"visit", "v"}, {"locator", "l"}, {"sha256", std::string(64, 'a')}, {"size", 5},
                   {"started_at", time(120)}, {"ended_at", time(130)}})
              .permitted());
  CHECK(notices("recording_erased") == "dr 2026-11-26T10:10:00+05:30; ");
  CHECK(evaluate("recordings:rec").text("dispose_at") == "2026-11-26T10:10:00+05:30");
  tell("recording_erased");
  go("2026-11-26T10:10:00+05:30");
  CHECK(sweep().result().at("ordered").as_int64() == 1);
}

TEST_CASE_FIXTURE(Cases, "C9-f, X34: only what people say to each other moves the clock of a thread") {
  const auto in_thread = [&](std::string_view id, std::string_view record_class, std::string_view at) {
    return (*this)("record.register", "system",
                   {{"id", id}, {"class", record_class}, {"subjects", {"mr"}}, {"locator", "o/1"}, {"thread", "th"},
                    {"trigger_at", at}});
  };
  REQUIRE(in_thread("c", "communication", time(-100 * kDay)).permitted());
  const std::string goes = evaluate("c").text("dispose_at");
  for (const char* what : {"access_log", "billing", "call_metadata"}) REQUIRE(in_thread(what, what, time(-10)).permitted());
  CHECK(evaluate("c").text("dispose_at") == goes);
  REQUIRE(in_thread("d", "communication", time(-10)).permitted());
  CHECK(evaluate("c").text("dispose_at") == evaluate("d").text("dispose_at"));
}

TEST_CASE_FIXTURE(Cases, "X13: what is out of use is not touched, and so its floor ends") {
  go("2027-06-02T10:00:00+05:30");
  REQUIRE(enter("c", "communication", now()).permitted());
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"c"}}}).permitted());
  CHECK(evaluate("c").text("state") == "restricted");
  const std::string kept = state();
  const Answer touched = (*this)("record.touch", "system", {{"id", "c"}, {"at", now()}});
  CHECK(touched.error() == "conflict /args/id");
  CHECK(touched.message() == "the record is out of use: its period is over, or it is to be erased");
  CHECK(state() == kept);
  CHECK(evaluate("c").text("dispose_at") == "2028-06-03T00:00:00+05:30");
  REQUIRE(enter("u", "usage").permitted());
  REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr"}}).permitted());
  CHECK((*this)("record.touch", "system", {{"id", "u"}, {"at", now()}}).error() == "conflict /args/id");
}

TEST_CASE_FIXTURE(Cases, "C8-c: nothing takes back an erasure of what was ordered to go already") {
  Args old{{"id", "old"}, {"class", "communication"}, {"subjects", {"mr"}}, {"locator", "o/1"}, {"thread", "th"},
           {"trigger_at", time(-800 * kDay)}};
  REQUIRE((*this)("record.register", "system", old).permitted());
  CHECK(sweep().result().at("ordered").as_int64() == 1);
  CHECK(answered("e", "erasure", "mr", {{"records", {"old"}}}).text("/plan/0/action") == "erase");
  old["id"] = "new";
  old["trigger_at"] = now();
  REQUIRE((*this)("record.register", "system", old).permitted());  // somebody comes back to the thread
  CHECK(sweep().result().at("withdrawn").as_int64() == 0);
  CHECK((*this)("disposition.pending", "dpo").result().at("orders").as_array().size() == 1);
}

TEST_CASE_FIXTURE(Cases, "C9-e: proofs of what was done are forecast for when a sweep lets them go") {
  const auto proofs = [&](const char* months) {
    const Answer forecast = (*this)("retention.forecast", "dpo", {{"months", std::stoi(months)}});
    std::string found;
    for (const auto& row : forecast.result().at("forecast").as_array())
      if (row.at("class").as_string() == "audit")
        found += std::string(row.at("month").as_string()) + ' ' + std::to_string(row.at("count").as_int64()) + ';';
    return found;
  };
  REQUIRE(enter("bill", "billing", time(-10)).permitted());
  REQUIRE((*this)("hold.place", "st",
                  {{"id", "h"}, {"basis", "court_order"}, {"authority", "HC"}, {"citation", "c"},
                   {"scope", {{"records", {"bill"}}}}, {"review_at", time(60'000)}, {"approved_by", "dpo"}})
              .permitted());
  REQUIRE((*this)("purpose.check", "dpo",
                  {{"class", "account"}, {"purpose", "legal_obligation"}, {"operation", "share"},
                   {"demand", {{"authority", "Court"}, {"section", "s.94"}, {"date", "2026-11-20"}, {"scope", boost::json::array{"mr"}}}}})
              .permitted());
  for (const char* id : {"nw1", "nw2", "nw3"}) {
    const Args args{{"id", id}, {"role", "medical_representative"}, {"name", "zq7x"}, {"organisation", "acme"},
                    {"adult_attested", true}};
    REQUIRE((*this)("principal.register", "pa", args).permitted());
  }
  CHECK(proofs("120") == "2029-11 1;");  // the demand: of the rest nothing is done
  go("2026-12-24T10:00:00+05:30");
  REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
  for (const char* id : {"n-000000000001", "n-000000000002", "n-000000000003"})
    REQUIRE((*this)("notice.confirm", "dpo", {{"notice", id}, {"channel", "email"}, {"evidence", "m"}}).permitted());
  CHECK(proofs("37") == "2029-11 1;2029-12 3;");  // the hold, two notices; the last stays, so that the next one counts on
  CHECK(proofs("36") == "2029-11 1;");
  go("2029-12-25T00:00:00+05:30");
  const Answer swept = sweep();
  std::int64_t gone = 0;
  for (const auto& total : swept.result().at("disposed").as_array())
    if (total.at("class").as_string() == "audit") gone += total.at("count").as_int64();
  CHECK(gone == 4);
  CHECK(proofs("120").empty());
}

TEST_CASE_FIXTURE(Cases, "C9-c, C6.4-b: the end of an account is forecast, receipted and stated like any other") {
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  CHECK(boost::json::serialize((*this)("retention.forecast", "dpo").result().at("forecast")) ==
        R"([{"month":"2027-02","class":"account","count":1}])");
  go("2027-02-21T08:00:00+05:30");
  const Answer swept = sweep();
  CHECK(swept.text("/disposed/0/class") == "account");
  CHECK(swept.text("/disposed/0/clause") == "C9-c");
  CHECK(!swept.text("receipt").empty());
  const Answer receipt = (*this)("disposition.receipt", "dpo", {{"record", "principals:mr"}});
  CHECK(receipt.text("clause") == "C9-c");
  CHECK(receipt.text("disposed_at") == "2027-02-21T08:00:00+05:30");
}

TEST_CASE_FIXTURE(Cases, "C9-a: twenty years on nothing names the person but what says why it does") {
  REQUIRE((*this)("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", true}}).permitted());
  share_billing("dr");
  REQUIRE(answered("n", "nomination", "dr", {{"nominee", {{"id", "dr2"}, {"name", "zq7x"}}}}).permitted());
  REQUIRE((*this)("hold.place", "st",
                  {{"id", "h"},
                   {"basis", "court_order"},
                   {"authority", "High Court"},
                   {"citation", "case 1/2026"},
                   {"scope", {{"principals", {"dr"}}}},
                   {"review_at", "2027-01-10T10:00:00+05:30"},
                   {"approved_by", "dpo"}})
              .permitted());
  REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
  REQUIRE(answered("e", "erasure", "dr").permitted());
  for (const auto& table : {&preference::kTable, &nomination::kTable, &sharing::kTable})
    CHECK(dump(*table).find("dr") == std::string::npos);
  const Answer pending = (*this)("notice.pending", "dpo", {{"limit", 100}});
  for (const auto& row : pending.result().at("notices").as_array())
    REQUIRE((*this)("notice.confirm", "dpo", {{"notice", row.at("notice")}, {"channel", "post"}, {"evidence", "p-1"}})
                .permitted());
  REQUIRE(dump(notice::kTable).find("dr") != std::string::npos);
  REQUIRE((*this)("principal.register", "pa",
                  {{"id", "new"}, {"role", "medical_representative"}, {"name", "zq7x"}, {"organisation", "acme"},
                   {"adult_attested", true}})
              .permitted());  // the last notice stays, so that its number is not given again
  for (const char* at : {"2027-11-24T10:00:00+05:30", "2029-11-22T23:59:59+05:30", "2046-11-23T10:00:00+05:30"}) {
    go(at);
    if (std::string_view(at).starts_with("2029")) CHECK(dump(services::hold::kTable).find("High Court") != std::string::npos);
    for (int i = 0; i < 10; ++i) sweep();
  }
  CHECK(sweep().result().at("evaluated").as_int64() == 0);
  CHECK(dump(services::hold::kTable).empty());
  for (const store::Table* table : kTables) {
    const bool said = table == &principal::kTable || table == &key_erasure::kTable || table == &erasure::kTable;
    CAPTURE(table->name);
    std::string left = '|' + dump(*table);
    std::ranges::replace(left, '\n', '|');
    if (!said) CHECK(left.find("|dr|") == std::string::npos);
  }
}

TEST_CASE_FIXTURE(Cases, "C8-c, X13: the plan says of the account on what it rests") {
  go("2027-06-01T10:00:00+05:30");
  SUBCASE("a law") {
    const Answer answer = answered("e", "erasure", "mr");
    CHECK(answer.text("/plan/0/action") == "restrict");
    CHECK(answer.text("/plan/0/clause") == "C8-c");
    CHECK(answer.text("/plan/0/source").find("8(3)") != std::string::npos);
  }
  SUBCASE("a hold") {
    REQUIRE((*this)("hold.place", "st",
                    {{"id", "h"},
                     {"basis", "court_order"},
                     {"authority", "High Court"},
                     {"citation", "case 1/2027"},
                     {"scope", {{"principals", {"mr"}}}},
                     {"review_at", "2027-08-01T10:00:00+05:30"},
                     {"approved_by", "dpo"}})
                .permitted());
    const Answer answer = answered("e", "erasure", "mr");
    CHECK(answer.text("/plan/0/basis") == "hold");
    CHECK(answer.text("/plan/0/clause") == "C6.4-h");
  }
}

TEST_CASE_FIXTURE(Cases, "C9-a, X36: a verification file is due the moment it has served, and not before") {
  REQUIRE(enter("file", "verification_document").permitted());
  CHECK(evaluate("file").result().at("dispose_at").is_null());
  advance(3'600);
  REQUIRE((*this)("record.touch", "system", {{"id", "file"}, {"at", now()}}).permitted());
  CHECK(evaluate("file").text("state") == "due");
  CHECK(sweep().result().at("ordered").as_int64() == 1);
}

TEST_CASE("C8-c, X38: a legal minimum from 29 February lasts through 1 March") {
  constexpr std::string_view kLater = "2028-03-05T10:00:00+05:30";
  CHECK(goes("access_log", "2028-02-28T10:00:00+05:30", kLater) == "2029-03-01T00:00:00+05:30");
  CHECK(goes("access_log", "2028-02-29T10:00:00+05:30", kLater) == "2029-03-02T00:00:00+05:30");
  CHECK(goes("access_log", "2028-02-29T18:29:59Z", kLater) == "2029-03-02T00:00:00+05:30");
  CHECK(goes("access_log", "2028-02-29T18:30:00Z", kLater) == "2029-03-02T00:00:00+05:30");
  CHECK(goes("access_log", "2028-03-01T18:30:00Z", kLater) == "2029-03-03T00:00:00+05:30");
}

TEST_CASE_FIXTURE(Cases, "C8-e, X49: word of a death keeps the data, of a nominee who never comes not for ever") {
  REQUIRE(enter("u", "usage").permitted());
  REQUIRE(answered("n", "nomination", "mr", {{"nominee", {{"id", "dr2"}, {"name", "zq7x"}}}}).permitted());
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  REQUIRE((*this)("nominee.invoke", "dpo",
                  {{"principal", "mr"}, {"nominee", "dr2"}, {"event", "death"}, {"evidence", "c-1"}})
              .permitted());
  go("2027-05-22T07:59:59+05:30");  // twice ninety days: to be verified, and to decide
  CHECK(evaluate("u").text("state") == "held");
  CHECK(sweep().result().at("held").as_int64() >= 1);
  SUBCASE("nobody came") {
    go("2027-05-22T08:00:00+05:30");
    CHECK(evaluate("u").text("state") == "restricted");  // and since then under rule 8(3)
    CHECK(sweep().result().at("restricted").as_int64() >= 1);
    go("2027-11-24T00:00:00+05:30");
    CHECK(sweep().result().at("ordered").as_int64() == 1);
    CHECK(dump(person_detail::kTable).find("mr|") == std::string::npos);
  }
  SUBCASE("verified in the last second, the nominee has ninety days to decide") {
    REQUIRE((*this)("rights.submit", "dr2",
                    {{"id", "g"},
                     {"kind", "grievance"},
                     {"principal", "mr"},
                     {"channel", "email"},
                     {"details", {{"text", "zq7x"}}}})
                .permitted());
    REQUIRE((*this)("rights.verify_identity", "dpo", {{"id", "g"}, {"evidence", "id-1"}}).permitted());
    go("2027-08-20T07:59:58+05:30");
    CHECK(evaluate("u").text("state") == "held");
    go("2027-08-20T07:59:59+05:30");
    CHECK(evaluate("u").text("state") == "restricted");
  }
}

TEST_CASE_FIXTURE(Cases, "C2.4-b, X15: no text that is shown claims more than encryption in transit") {
  book();
  const Answer shown = (*this)("visit.disclosure", "dr", {{"visit", "v"}});
  REQUIRE(shown.permitted());
  for (const char* claim : {"end-to-end", "end to end", "e2ee"})
    CHECK(shown.line().find(claim) == std::string::npos);
}

TEST_CASE_FIXTURE(Cases, "C9-c2, X57: one's own data can be had as long as they are held, and nobody else's") {
  REQUIRE(submit("q", "access", "mr").permitted());
  CHECK((*this)("account.export", "mr", {{"request", "q"}}).denied());  // before it is known who asks
  REQUIRE((*this)("rights.verify_identity", "st", {{"id", "q"}, {"evidence", "id-1"}}).permitted());
  CHECK((*this)("account.export", "mr2", {{"request", "q"}}).denied());
  const Answer open = (*this)("account.export", "mr", {{"request", "q"}});
  CHECK(open.text("/account/email") == "zq7x.mr@zq7x.example");
  CHECK(open.line().find("zq7x.dr@") == std::string::npos);
  REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
  CHECK((*this)("account.export", "mr", {{"request", "q"}}).permitted());
  REQUIRE((*this)("rights.resolve", "dpo", {{"id", "q"}}).permitted());
  go("2027-02-21T09:00:00+05:30");
  REQUIRE(sweep().permitted());
  CHECK((*this)("account.export", "system", {{"request", "q"}}).error() == "conflict /args/request");
}

TEST_CASE_FIXTURE(Cases, "C6.4-i, X17: doctors are told of a hold and its expected end, and of its release") {
  recorded();
  const auto place = [&](std::string_view id, std::optional<std::string> end) {
    Args args{{"id", id},
              {"basis", "court_order"},
              {"authority", "High Court"},
              {"citation", "case 1/2026"},
              {"scope", {{"visits", {"v"}}}},
              {"review_at", "2027-01-10T10:00:00+05:30"},
              {"approved_by", "dpo"}};
    if (end) args["expected_end"] = *end;
    return (*this)("hold.place", "st", args);
  };
  REQUIRE(place("h1", "2027-06-01T10:00:00+05:30").permitted());
  const Answer pending = (*this)("notice.pending", "dpo");
  CHECK(pending.text("/notices/0/kind") == "hold_placed");
  CHECK(pending.text("/notices/0/recipient") == "dr");
  CHECK(pending.text("/notices/0/about") == "h1");
  CHECK(pending.text("/notices/0/until") == "2027-06-01T10:00:00+05:30");
  REQUIRE(place("h2", std::nullopt).permitted());
  CHECK((*this)("notice.pending", "dpo").text("/notices/1/until") == "2027-01-10T10:00:00+05:30");
  REQUIRE((*this)("hold.release", "st", {{"id", "h1"}, {"reason", "over"}}).permitted());
  CHECK(notices("hold_released") == "dr " + now() + "; ");
}

TEST_CASE_FIXTURE(Cases, "what is missing or makes no sense is refused by name, and nothing is kept for ever") {
  const Args record{{"id", "r"}, {"class", "billing"}, {"subjects", {"dr"}}, {"locator", "o/1"},
                    {"trigger_at", time(-10)}};
  const Args hold{{"id", "h"},
                  {"basis", "court_order"},
                  {"authority", "High Court"},
                  {"citation", "case 1/2026"},
                  {"scope", {{"principals", {"dr"}}}},
                  {"review_at", time(80 * kDay)},
                  {"approved_by", "dpo"}};
  const auto refusal = [&](std::string_view command, std::string_view actor, Args args, std::string_view field,
                           const boost::json::value& value) {
    if (value.is_null()) {
      args.erase(field);
    } else {
      args[field] = value;
    }
    const Answer answer = (*this)(command, actor, args);
    return answer.ok() ? "permitted" : answer.error();
  };
  CHECK(refusal("record.register", "system", record, "class", "diary") == "invalid_argument /args/class");
  CHECK(refusal("record.register", "system", record, "class", nullptr) == "invalid_argument /args/class");
  CHECK(refusal("record.register", "system", record, "trigger_at", nullptr) == "invalid_argument /args/trigger_at");
  CHECK(refusal("record.register", "system", record, "trigger_at", boost::json::value(time(1))) == "invalid_argument /args/trigger_at");
  CHECK(refusal("record.register", "system", record, "subjects", nullptr) == "invalid_argument /args/subjects");
  CHECK(refusal("record.register", "system", record, "locator", nullptr) == "invalid_argument /args/locator");
  CHECK(refusal("hold.place", "st", hold, "authority", nullptr) == "invalid_argument /args/authority");
  CHECK(refusal("hold.place", "st", hold, "approved_by", nullptr) == "invalid_argument /args/approved_by");
  CHECK(refusal("hold.place", "st", hold, "approved_by", "st") == "invalid_argument /args/approved_by");
  CHECK(refusal("hold.place", "st", hold, "scope", nullptr) == "invalid_argument /args/scope");
  CHECK(refusal("hold.place", "st", hold, "scope", Args{}) == "invalid_argument /args/scope");
  CHECK(refusal("hold.place", "st", hold, "review_at", boost::json::value(time(91 * kDay))) == "invalid_argument /args/review_at");
  CHECK((*this)("hold.place", "pa", hold).denied());  // a bare request from the pharma side (X17)
  REQUIRE(submit("q", "erasure", "dr").permitted());
  CHECK(submit("q2", "erasure", "dr").error() == "conflict /args/kind");
  CHECK(submit("n", "nomination", "dr", {{"nominee", {{"id", "dr"}, {"name", "zq7x"}}}}).error() ==
        "invalid_argument /args/details/nominee");
  CHECK((*this)("rights.submit", "mr",
                {{"id", "x"}, {"kind", "access"}, {"principal", "dr"}, {"channel", "in_app"}})
            .reasons() == "outside_own_scope C4-d");
  CHECK(dump(retained::kTable).find("billing") == std::string::npos);
  CHECK(dump(services::hold::kTable).empty());
}
