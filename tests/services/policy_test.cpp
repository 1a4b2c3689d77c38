// The life of the policy: publication, notice, consent, and which version binds whom.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "policy/pack.hpp"
#include "support/engine_driver.hpp"
#include "connex/stores.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::EngineDriver;
using connex::testing::TempDir;
using connex::testing::World;

namespace {

constexpr std::int64_t kDay = 24 * 60;

boost::json::value draft(std::string_view version) {
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = version;
  return pack;
}
boost::json::value& at(boost::json::value& pack, std::string_view pointer) {
  boost::json::error_code error;
  boost::json::value* found = pack.find_pointer(pointer, error);
  REQUIRE(found != nullptr);
  return *found;
}

struct Life : World {
  using World::World;
  const std::string first = policy::default_pack()->version;

  Answer publish(const boost::json::value& pack, std::int64_t effective, bool material = true) {
    return (*this)("policy.publish", "dpo",
                   {{"pack", pack}, {"effective_at", time(effective)}, {"material", material}});
  }
  Answer notify(std::string_view who, std::string_view version) {
    return (*this)("policy.notify", "system",
                   {{"version", version}, {"principal", who}, {"channel", "email"}, {"at", now()}});
  }
  Answer accept_version(std::string_view who, const boost::json::value& pack) {
    const auto loaded = policy::load(boost::json::serialize(pack)).value();
    return (*this)("policy.accept", who, {{"version", loaded->version}, {"digest", loaded->digest}});
  }
  std::string binds(std::string_view who) {
    return (*this)("policy.effective", "system", {{"principal", who}}).text("version");
  }
};

// Calls that open earlier loosen; those that open later tighten.
boost::json::value looser(std::string_view version = "2") {
  boost::json::value pack = draft(version);
  at(pack, "/visit/opens_minutes_before") = 45;
  return pack;
}
boost::json::value tighter(std::string_view version = "2") {
  boost::json::value pack = draft(version);
  at(pack, "/visit/opens_minutes_before") = 20;
  return pack;
}

}  // namespace

TEST_CASE_FIXTURE(Life, "policy: what loosens cannot be called immaterial (C12-b)") {
  const Answer refused = publish(looser(), 30 * kDay, false);
  CHECK(refused.denied());
  CHECK(refused.reasons() == "loosening_called_immaterial C12-b");
  CHECK(binds("dr") == first);
  CHECK(publish(tighter(), 30 * kDay, false).permitted());
  CHECK(publish(tighter(), 30 * kDay, false).error() == "conflict /args/pack");
  CHECK((*this)("policy.publish", "dr", {{"pack", looser("3")}, {"effective_at", time(0)}, {"material", true}})
            .denied());
  CHECK(publish(looser("3"), -1).error() == "invalid_argument /args/effective_at");
  CHECK(publish(looser("3"), 10 * kDay).error() == "invalid_argument /args/effective_at");
  boost::json::value broken = looser("4");
  at(broken, "/visit").as_object()["9812300000 unheard"] = 1;
  CHECK(publish(broken, 40 * kDay).error() == "invalid_argument /args/pack/visit/?");
  broken = looser("4");
  at(broken, "/processors/2/fields/1/guard") = "unheard";
  CHECK(publish(broken, 40 * kDay).error() == "invalid_argument /args/pack/processors/2/fields/1/guard");
}

TEST_CASE_FIXTURE(Life, "X26: what tightens acts at once, on everybody") {
  const auto pack = tighter();
  REQUIRE(publish(pack, 30 * kDay, false).permitted());
  CHECK(binds("dr") == "2");
  const Answer answer = (*this)("report.summary", "dpo");
  CHECK(answer.decision().at("policy").at("version").as_string() == "2");
  CHECK(engine().policy().version == "2");
}

TEST_CASE_FIXTURE(Life, "C4-d: where the policy asks staff for a ticket, one that the person opened") {
  auto pack = draft("2");
  for (auto& row : at(pack, "/roles").as_array())
    if (row.at("role") == "staff") row.as_object()["needs_ticket"] = true;
  Args looks{{"subject", "dr"}, {"purpose", "service_delivery"}};
  const auto seen = [&] { return (*this)("principal.view", "st", looks).result().at("fields").as_object().size(); };
  const std::size_t before = seen();
  CHECK(before > 0);
  REQUIRE(publish(pack, 30 * kDay, false).permitted());  // it tightens
  CHECK(seen() == 0);
  (*this)("ticket.post", "dr", {{"id", "m1"}, {"thread", "t1"}, {"text", "the picture froze"}});
  looks.emplace("ticket", "t1");
  CHECK(seen() == before);
  looks["subject"] = "mr";
  CHECK((*this)("principal.view", "st", looks).error() == "conflict /args/ticket");
  CHECK((*this)("principal.view", "mr", looks).error().empty());  // nobody else states any
}

TEST_CASE_FIXTURE(Life, "X26: what loosens binds 15 days after the notice and with consent, never by use") {
  const auto pack = looser();
  REQUIRE(publish(pack, 10 * kDay).permitted());
  CHECK(accept_version("dr", pack).reasons() == "notice_missing C12-b");
  set_time(kDay);
  REQUIRE(notify("dr", "2").permitted());
  REQUIRE(notify("mr", "2").permitted());
  CHECK(notify("dr", "2").error() == "conflict /args/principal");
  set_time(2 * kDay);
  CHECK((*this)("policy.accept", "dr", {{"version", "2"}, {"digest", "sha256:other"}}).reasons() ==
        "words_differ C12-b");
  REQUIRE(accept_version("dr", pack).permitted());
  CHECK(accept_version("dr", pack).error() == "conflict /args/version");
  set_time(16 * kDay - 1);
  CHECK(binds("dr") == first);
  set_time(16 * kDay);
  CHECK(binds("dr") == "2");
  set_time(400 * kDay);
  CHECK(binds("mr") == first);  // went on using the service
  CHECK((*this)("principal.view", "mr", {{"subject", "mr"}}).decision().at("policy").at("version").as_string() ==
        first);
  CHECK((*this)("principal.view", "dr", {{"subject", "dr"}}).decision().at("policy").at("version").as_string() ==
        "2");
  // Both are concerned: the stricter one counts.
  CHECK(book("w", 400 * kDay + 60, 400 * kDay + 90).decision().at("policy").at("version").as_string() == first);
  REQUIRE((*this)("policy.withdraw", "dr", {{"version", "2"}}).permitted());
  CHECK(binds("dr") == first);
  CHECK((*this)("policy.withdraw", "dr", {{"version", "2"}}).error() == "not_found /args/version");
  REQUIRE(accept_version("dr", pack).permitted());
  CHECK(binds("dr") == "2");
}

TEST_CASE_FIXTURE(Life, "C12-b: whoever joins later joins under what is in effect then") {
  REQUIRE(publish(looser(), 10 * kDay).permitted());
  set_time(10 * kDay - 1);
  REQUIRE(person("early", "doctor", "", 150).permitted());
  set_time(10 * kDay);
  REQUIRE(person("late", "doctor", "", 151).permitted());
  CHECK(binds("early") == first);
  CHECK(binds("late") == "2");
  CHECK(accept_version("late", looser()).error() == "conflict /args/version");
}

TEST_CASE_FIXTURE(Life, "C12-b: a notice that bounced is none") {
  const auto pack = looser();
  REQUIRE(publish(pack, kDay).permitted());
  REQUIRE(notify("dr", "2").permitted());
  set_time(10);
  const Args bounce{{"version", "2"}, {"principal", "dr"}, {"at", now()}};
  const Answer answer = (*this)("policy.bounce", "system", bounce);
  CHECK(answer.permitted());
  CHECK(answer.obliges("notify_again"));
  CHECK((*this)("policy.bounce", "system", bounce).error() == "not_found /args/principal");
  CHECK(accept_version("dr", pack).reasons() == "notice_missing C12-b");
  set_time(5 * kDay);
  REQUIRE(notify("dr", "2").permitted());
  REQUIRE(accept_version("dr", pack).permitted());
  CHECK((*this)("policy.bounce", "system", {{"version", "2"}, {"principal", "dr"}, {"at", now()}}).error() ==
        "conflict /args/principal");
  set_time(20 * kDay - 1);
  CHECK(binds("dr") == first);
  set_time(20 * kDay);
  CHECK(binds("dr") == "2");
}

TEST_CASE_FIXTURE(Life, "X26: of a version that does both, what tightens acts at once and the rest waits") {
  auto pack = looser();
  at(pack, "/recording/permit_ttl_seconds") = 600;  // was 900
  REQUIRE(publish(pack, kDay).permitted());
  const std::string both = binds("dr");
  CHECK(both == first + "_2");
  CHECK(engine().policy().recording.permit_ttl_seconds == 600);
  CHECK(engine().policy().visit.opens_minutes_before == 30);
  REQUIRE(notify("dr", "2").permitted());
  REQUIRE(accept_version("dr", pack).permitted());
  set_time(15 * kDay);
  CHECK(binds("dr") == "2");
  CHECK(binds("mr") == both);
}

TEST_CASE_FIXTURE(Life, "policy: a version settles once everybody stands on it") {
  const auto pack = looser();
  REQUIRE(publish(pack, kDay).permitted());
  CHECK((*this)("policy.settle", "system", {{"version", "2"}}).result().at("settled") == false);
  for (const char* who : {"dr", "dr2", "mr", "mr2", "pa", "pa2", "co", "ca", "ha", "st", "dpo"}) {
    REQUIRE(notify(who, "2").permitted());
    REQUIRE(accept_version(who, pack).permitted());
  }
  set_time(15 * kDay);
  CHECK(engine().policy().version == first);
  CHECK((*this)("policy.settle", "system", {{"version", "2"}, {"limit", 5}}).result().at("settled") == false);
  CHECK((*this)("policy.settle", "system", {{"version", "2"}, {"limit", 100}}).result().at("settled") == true);
  CHECK((*this)("policy.list", "dr").text("settled") == "2");
  CHECK(engine().policy().version == "2");
  REQUIRE((*this)("policy.withdraw", "ha", {{"version", "2"}}).permitted());
  CHECK((*this)("policy.list", "dr").text("settled") == first);
  const Answer again = (*this)("policy.settle", "system", {{"version", "2"}});
  CHECK(again.text("waits_for") == "ha");
}

TEST_CASE_FIXTURE(Life, "C13-a: whoever asks is told of the officer there is, whichever version binds them") {
  auto pack = looser();
  at(pack, "/contacts/data_protection_officer/email") = "new.officer@medismo.example";
  REQUIRE(publish(pack, kDay).permitted());
  const auto told = [&] {
    return (*this)("rights.list", "dr").text("/contacts/data_protection_officer/email") == "new.officer@medismo.example";
  };
  CHECK(binds("dr") == first);
  set_time(kDay - 1);
  CHECK_FALSE(told());
  set_time(kDay);
  CHECK(told());
}

TEST_CASE_FIXTURE(Life, "policy: whoever was erased keeps no version from settling once nothing of them is left") {
  const auto keep = [&](std::string_view id) {
    REQUIRE((*this)("record.register", "system", {{"id", id}, {"class", "billing"}, {"subjects", {"dr2"}},
                                                  {"locator", "o/1"}, {"trigger_at", now()}}).permitted());
  };
  bool left = false;
  SUBCASE("") {}
  SUBCASE("and of whom something is, does") { left = true; }
  if (left) keep("bill");
  REQUIRE((*this)("principal.terminate", "dr2", {{"id", "dr2"}}).permitted());
  set_time(91 * kDay);
  REQUIRE((*this)("retention.sweep", "system").result().at("erased") == 1);
  const auto pack = looser();
  REQUIRE(publish(pack, 92 * kDay).permitted());
  for (const char* who : {"dr", "mr", "mr2", "pa", "pa2", "co", "ca", "ha", "st", "dpo"}) {
    REQUIRE(notify(who, "2").permitted());
    REQUIRE(accept_version(who, pack).permitted());
  }
  set_time(107 * kDay);
  const Answer settled = (*this)("policy.settle", "system", {{"version", "2"}, {"limit", 100}});
  CHECK(settled.result().at("settled") == !left);
  if (left) CHECK(settled.text("waits_for") == "dr2");
}

TEST_CASE_FIXTURE(Life, "C12-b: whose account is out of use is not among those to be told") {
  REQUIRE((*this)("principal.report_minor", "st", {{"id", "mr2"}}).permitted());
  REQUIRE(publish(looser(), kDay).permitted());
  std::string told;
  const Answer pending = (*this)("notice.pending", "dpo", {{"version", "2"}});
  for (const auto& notice : pending.result().at("notices").as_array())
    told.append(notice.at("recipient").as_string()).append(" ");
  CHECK(told.find("mr ") != std::string::npos);
  CHECK(told.find("mr2 ") == std::string::npos);
}

TEST_CASE_FIXTURE(Life, "policy: a notice that came before its reader is none") {
  REQUIRE(publish(looser(), kDay).permitted());
  set_time(60);
  REQUIRE((*this)("principal.register", "st", {{"id", "late"}, {"role", "doctor"}, {"name", "zq7x"}, {"adult_attested", true}})
              .permitted());
  const auto told = [&](int minute) {
    return (*this)("policy.notify", "system",
                   {{"version", "2"}, {"principal", "late"}, {"channel", "email"}, {"at", time(minute)}});
  };
  CHECK(told(59).error() == "invalid_argument /args/at");
  CHECK(told(60).permitted());
}

TEST_CASE_FIXTURE(Life, "X27: shorter periods bind old records at once, longer ones only new data of those who accepted") {
  const auto years = [&](std::string_view version, int count) {
    boost::json::value pack = draft(version);
    at(pack, "/retention/1/period") = {{"count", count}, {"unit", "years"}};
    return pack;
  };
  const auto enter = [&](std::string_view id, std::initializer_list<boost::json::value_ref> about) {
    REQUIRE((*this)("record.register", "system",
                    {{"id", id}, {"class", "communication"}, {"subjects", about}, {"locator", "box"}, {"trigger_at", now()}})
                .permitted());
  };
  const auto ends = [&](std::string_view id) {
    return (*this)("retention.evaluate", "system", {{"record", id}}).text("ceiling").substr(0, 10);
  };
  const std::string one_year = "2027-11-23";
  enter("old", {"dr"});
  CHECK(ends("old") == "2028-11-23");
  REQUIRE(publish(years("2", 1), 30 * kDay, false).permitted());
  CHECK(ends("old") == one_year);  // at once
  const auto longer = years("3", 3);
  REQUIRE(publish(longer, 30 * kDay).permitted());
  CHECK(ends("old") == one_year);
  set_time(15 * kDay);
  for (const char* who : {"dr", "mr"}) REQUIRE(notify(who, "3").permitted());
  REQUIRE(accept_version("dr", longer).permitted());
  set_time(30 * kDay);
  REQUIRE(binds("dr") == "3");
  enter("hers", {"dr"});
  enter("his", {"mr"});
  enter("both", {"dr", "mr"});
  CHECK(ends("old") == one_year);
  CHECK(ends("hers") == "2029-12-23");
  CHECK(ends("his") == "2027-12-23");
  CHECK(ends("both") == "2027-12-23");
  set_time(500 * kDay);  // a sweep heeds whose record it is, too
  REQUIRE((*this)("retention.sweep", "system").permitted());
  const std::string pending = boost::json::serialize((*this)("disposition.pending", "system").result());
  INFO(pending);
  for (const char* gone : {"old", "his", "both"})
    CHECK(pending.find("\"record\":\"" + std::string(gone) + '"') != std::string::npos);
  CHECK(pending.find("\"hers\"") == std::string::npos);
  REQUIRE((*this)("policy.withdraw", "dr", {{"version", "3"}}).permitted());
  CHECK(ends("hers") == "2027-12-23");
  REQUIRE((*this)("retention.sweep", "system").permitted());
  CHECK(boost::json::serialize((*this)("disposition.pending", "system").result()).find("\"hers\"") !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Life, "policy.decide: any version at any time, on file or in effect then") {
  boost::json::value pack = draft("2");
  at(pack, "/retention/1/period") = {{"count", 1}, {"unit", "years"}};
  set_time(kDay);
  REQUIRE(publish(pack, 30 * kDay, false).permitted());
  const Args facts{{"class", "communication"}, {"trigger_at", time(0)}};
  const auto until = [&](const Args& more) {
    Args args{{"rule", "retention.evaluate"}, {"facts", facts}};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("policy.decide", "dr", args).text("/decision/ceiling").substr(0, 4);
  };
  CHECK(until({{"version", first}}) == "2028");
  CHECK(until({{"version", "2"}}) == "2027");
  CHECK(until({}) == "2027");
  CHECK(until({{"at", time(0)}}) == "2028");
  CHECK(until({{"principal", "dr"}}) == "2027");
  CHECK((*this)("policy.decide", "dr", {{"rule", "nothing"}, {"facts", Args{}}}).error() ==
        "not_found /args/rule");
  CHECK((*this)("policy.decide", "dr", {{"rule", "visit.book"}, {"facts", Args{{"x", 1}}}}).error() ==
        "invalid_argument /args/facts/x");
  CHECK((*this)("policy.decide", "dr", {{"rule", "visit.book"}, {"facts", Args{}}, {"version", "9"}}).error() ==
        "not_found /args/version");
  const Answer diff = (*this)("policy.diff", "dr", {{"from", first}, {"to_pack", pack}});
  CHECK(diff.result().at("only_tightens") == true);
}

TEST_CASE_FIXTURE(Life, "time travel: a decision on file under any version, at its time and at any other") {
  for (const char* claim : {"agreement:razorpay", "agreement:google_workspace", "pci_dss"})
    REQUIRE((*this)("attestation.put", "system",
                    {{"claim", claim}, {"value", true}, {"evidence_ref", "doc"}, {"valid_until", time(90 * kDay)}})
                .permitted());
  const auto share = [&](const char* processor, const char* field, const char* purpose) {
    return (*this)("egress.check", "system",
                   {{"processor", processor},
                    {"fields", {{field, "x"}, {"surplus", "y"}}},
                    {"purpose", purpose},
                    {"context", {{"principals", boost::json::array{"dr"}}}}});
  };
  const Answer billed = share("razorpay", "payment_amount", "billing");
  REQUIRE(billed.permitted());
  REQUIRE(share("google_workspace", "email", "communication").permitted());
  REQUIRE(share("google_workspace", "email", "billing").denied());
  REQUIRE((*this)("transfer.check", "dpo", {{"processor", "razorpay"}, {"country", "IN"}}).permitted());
  REQUIRE(book().permitted());
  set_time(95);
  REQUIRE(accept("dr").permitted());
  const Answer joined = (*this)("visit.join", "dr", {{"visit", "v"}});
  REQUIRE(joined.permitted());
  REQUIRE((*this)("purpose.check", "dpo", {{"class", "usage"}, {"purpose", "analytics"}, {"operation", "use"}, {"cell_size", 12}})
              .permitted());

  boost::json::value pack = tighter();
  auto& processors = at(pack, "/processors").as_array();
  processors.erase(processors.begin());
  auto& dependencies = at(pack, "/dependencies").as_array();
  dependencies.erase(dependencies.begin());
  at(pack, "/aggregation_k") = 13;
  REQUIRE(publish(pack, kDay).permitted());

  const auto replay = [&](std::string_view version) {
    const Answer answer = (*this)("audit.replay", "dpo", {{"version", version}});
    CHECK(answer.result().at("differences").as_array().empty());
    std::string flips;
    for (const auto& flip : answer.result().at("flips").as_array())
      flips.append(flip.at("rule").as_string()).append(" ").append(flip.at("to").as_string()).append("; ");
    return flips;
  };
  CHECK(replay(first) == "");
  CHECK(replay("2") == "egress.check deny; transfer.check deny; visit.join deny; ");
  CHECK((*this)("audit.replay", "dpo", {{"version", "2"}}).result().at("to_denied") == 3);
  CHECK((*this)("audit.replay", "dpo", {{"version", "3"}}).error() == "not_found /args/version");

  const auto again = [&](const Answer& made, Args args) {
    args["audit"] = made.seq();
    const Answer answer = (*this)("policy.decide", "dpo", args);
    if (!answer.error().empty()) return answer.error();
    const auto& decision = answer.result().at("decision");
    std::string told(decision.at("effect").as_string());
    for (const auto& reason : decision.at("reasons").as_array()) told.append(" ").append(reason.at("code").as_string());
    return told;
  };
  CHECK(again(billed, {{"version", first}}) == "permit");
  CHECK(again(billed, {{"version", "2"}}).starts_with("deny processor_not_listed"));
  CHECK(again(billed, {}) == "permit");  // under what was in effect at the time
  CHECK(again(billed, {{"at", time(2 * kDay)}}).starts_with("deny processor_not_listed"));
  CHECK(again(joined, {{"version", "2"}}) == "deny visit_not_current");
  CHECK(again(joined, {{"version", "2"}, {"at", time(105)}}) == "permit");
  CHECK(again(joined, {{"version", first}, {"at", time(80)}}) == "deny visit_not_current");
  CHECK(again(billed, {{"facts", Args{}}}) == "invalid_argument /args/audit");
  CHECK(again(billed, {{"rule", "egress"}}) == "invalid_argument /args/rule");
  CHECK(again(billed, {{"version", "9"}}) == "not_found /args/version");
  CHECK((*this)("policy.decide", "dpo", {{"audit", 100'000}}).error() == "not_found /args/audit");
  CHECK((*this)("policy.decide", "dr", {{"audit", billed.seq()}}).denied());  // the log is the auditors'
  CHECK((*this)("policy.decide", "dpo", Args{}).error() == "invalid_argument /args/rule");
}

TEST_CASE_FIXTURE(Life, "time travel: what a draft changes is told before, and comes to pass") {
  for (const char* claim : {"ai_enabled", "agreement:google_gemini", "no_training:google_gemini", "agreement:razorpay", "pci_dss"})
    REQUIRE(attest(claim).permitted());
  const Answer booked = book();
  REQUIRE(booked.permitted());
  set_time(100);
  REQUIRE(accept("dr").permitted());
  const Answer joined = (*this)("visit.join", "dr", {{"visit", "v"}});
  REQUIRE(joined.permitted());
  REQUIRE((*this)("note.complete", "mr", {{"visit", "v"}, {"text", "We discussed the trial data"}}).permitted());
  const Args extraction{{"visit", "v"}, {"provider", "google_gemini"}};
  const Answer extracted = (*this)("ai.extract", "system", extraction);
  REQUIRE_MESSAGE(extracted.permitted(), extracted.line());
  const Args billing{{"processor", "razorpay"}, {"fields", {{"payment_amount", "x"}}}, {"purpose", "billing"}};
  const Answer billed = (*this)("egress.check", "system", billing);
  REQUIRE(billed.permitted());

  boost::json::value pack = draft("2");
  const auto row = [&](std::string_view section, const char* key, std::string_view id) -> boost::json::object& {
    for (boost::json::value& entry : at(pack, section).as_array())
      if (entry.at(key).as_string() == id) return entry.as_object();
    FAIL("no such entry");
    return pack.as_object();
  };
  std::string_view denied;  // the rules whose decision the draft turns
  std::string_view untold;
  SUBCASE("the provider is no longer listed") {
    boost::json::array& all = at(pack, "/processors").as_array();
    all.erase(std::ranges::find(all, "google_gemini", [](const auto& p) { return p.at("id").as_string(); }));
    for (boost::json::value& dependency : at(pack, "/dependencies").as_array()) {
      boost::json::array& named = dependency.at("processors").as_array();
      if (const auto* found = std::find(named.begin(), named.end(), boost::json::value("google_gemini")); found != named.end())
        named.erase(found);
    }
    denied = "ai.extract";
  }
  SUBCASE("the provider no longer gets the text") {
    boost::json::array& fields = row("/processors", "id", "google_gemini")["fields"].as_array();
    fields.erase(fields.begin());
    denied = "ai.extract";
  }
  SUBCASE("a sharing waits for one more attestation") {
    row("/dependencies", "id", "payments")["claims"] = boost::json::array{"pci_dss", "disk_encryption"};
    denied = "egress.check";
  }
  SUBCASE("a command waits for an attestation that was only looked at once stated") {
    row("/dependencies", "id", "streams")["asked"] = "always";
    denied = "visit.join";
  }
  SUBCASE("visits are shorter") {
    at(pack, "/visit/max_duration_minutes") = 10;
    untold = "visit.book";
  }
  SUBCASE("a role no longer joins") {
    row("/roles", "role", "doctor")["joins_visits"] = false;
    denied = "visit.join visit.book";
  }
  const auto turns = [&](std::string_view rule) { return denied.find(rule) != std::string_view::npos; };
  const Answer reckoned = (*this)("policy.impact", "dpo", {{"pack", pack}});
  const boost::json::value by_rule = reckoned.result().at("decisions").at("by_rule");
  const auto count = [&](const std::string& rule, const char* what) {
    const auto* counts = by_rule.as_object().if_contains(rule);
    const auto* found = counts ? counts->as_object().if_contains(what) : nullptr;
    return found ? found->to_number<int>() : 0;
  };
  int flips = 0;
  for (const char* rule : {"visit.book", "visit.join", "ai.extract", "egress.check"}) {
    CAPTURE(rule);
    CHECK(count(rule, "decided_again") == (untold == rule ? 0 : 1));
    CHECK(count(rule, "not_decided_again") == (untold == rule ? 1 : 0));
    CHECK(count(rule, "to_denied") == (turns(rule) ? 1 : 0));
    flips += turns(rule) ? 1 : 0;
  }
  const Answer published = publish(pack, 101, false);
  REQUIRE_MESSAGE(published.permitted(), published.line());
  CHECK((*this)("audit.replay", "dpo", {{"version", "2"}}).result().at("to_denied") == flips);
  for (const Answer* made : {&booked, &joined, &extracted, &billed}) {
    const Answer again = (*this)("policy.decide", "dpo", {{"audit", made->seq()}, {"version", "2"}});
    CAPTURE(made->rule());
    if (made->rule() == untold)
      CHECK(again.error() == "conflict /args/audit");
    else
      CHECK((again.result().at("decision").at("effect") == "permit") == !turns(made->rule()));
  }
  CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).permitted() == !turns("visit.join"));
  CHECK((*this)("ai.extract", "system", extraction).permitted() == !turns("ai.extract"));
  CHECK((*this)("egress.check", "system", billing).permitted() == !turns("egress.check"));
  CHECK(book("v-2").permitted() == (!turns("visit.book") && untold != "visit.book"));
}

TEST_CASE_FIXTURE(Life, "time travel: a record on file and the processors in use, as they were or would be") {
  REQUIRE((*this)("record.register", "system",
                  {{"id", "r"},
                   {"class", "communication"},
                   {"subjects", boost::json::array{"dr"}},
                   {"locator", "shelf"},
                   {"trigger_at", time(0)}})
              .permitted());
  for (const char* claim : {"agreement:razorpay", "pci_dss"})
    REQUIRE((*this)("attestation.put", "system",
                    {{"claim", claim}, {"value", true}, {"evidence_ref", "doc"}, {"valid_until", time(90 * kDay)}})
                .permitted());
  const auto pays = [&](const Args& more) {
    Args args{{"rule", "egress"},
              {"facts", {{"processor", "razorpay"}, {"fields", boost::json::array{"billing_email"}}, {"purpose", "billing"}, {"agreement_in_force", true}, {"payment_processor_certified", true}}}};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("policy.decide", "dr", args).result().at("decision").at("permitted").as_bool();
  };
  set_time(kDay);
  REQUIRE((*this)("processor.propose", "st", {{"processor", "razorpay"}, {"fields", boost::json::array{"payment_amount"}}}).permitted());
  CHECK(pays({}));
  REQUIRE((*this)("processor.engage", "st", {{"processor", "razorpay"}}).permitted());
  CHECK_FALSE(pays({}));
  CHECK(pays({{"at", time(kDay - 1)}}));
  CHECK_FALSE(pays({{"version", first}}));

  boost::json::value pack = draft("2");
  at(pack, "/retention/1/period") = {{"count", 1}, {"unit", "years"}};
  at(pack, "/processors/0/fields") = boost::json::array{{{"name", "payment_amount"}, {"guard", "none"}}};
  set_time(2 * kDay);
  REQUIRE(publish(pack, 30 * kDay, true).permitted());  // says itself what was engaged
  CHECK_FALSE(pays({{"version", "2"}}));
  CHECK_FALSE(pays({{"version", first}, {"at", time(2 * kDay - 1)}}));
  CHECK_FALSE(pays({{"version", first}}));  // what was narrowed stays so under every version

  const auto goes = [&](const Args& more) {
    Args args{{"rule", "retention.evaluate"}, {"record", "r"}};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("policy.decide", "dpo", args).text("/decision/ceiling").substr(0, 10);
  };
  CHECK(goes({{"version", first}}) == "2028-11-23");
  CHECK(goes({{"version", "2"}}) == "2027-11-23");
  CHECK(goes({}) == "2027-11-23");
  CHECK((*this)("policy.decide", "dr", {{"rule", "retention.evaluate"}, {"record", "r"}}).denied());
  CHECK((*this)("policy.decide", "dpo", {{"rule", "view"}, {"record", "r"}}).error() == "invalid_argument /args/rule");
  CHECK((*this)("policy.decide", "dpo", {{"rule", "retention.evaluate"}, {"record", "x"}}).error() == "not_found /args/record");
  CHECK((*this)("policy.decide", "dpo", {{"rule", "retention.evaluate"}, {"record", "r"}, {"at", time(-1)}}).error() ==
        "invalid_argument /args/at");
  CHECK((*this)("policy.decide", "dpo",
                {{"rule", "retention.evaluate"}, {"record", "r"}, {"at", "2031-01-01T00:00:00+05:30"}, {"version", first}})
            .text("/decision/state") == "due");
}

TEST_CASE("policy: engines on one file agree, whatever pack they were opened with") {
  const TempDir directory;
  const std::string path = directory.file("engine.db");
  const auto open = [&](const std::string& pack) {
    EngineOptions options;
    store::SqliteOptions file;
    file.path = path;
    options.store = std::move(store::open_sqlite_store(file).value());
    options.caller_clock = true;
    options.policy = pack;
    auto engine = Engine::open(std::move(options));
    if (!engine) FAIL(engine.error().message);
    return std::move(engine.value());
  };
  const std::string other = boost::json::serialize(looser("other"));
  const auto one = open({});
  const auto two = open(other);
  const auto version = [](Engine& engine, std::string_view minute) {
    const std::string answer = engine.execute(R"({"command":"report.summary","actor":"system","at":"2026-11-23T10:)" +
                                              std::string(minute) + R"(:00+05:30","args":{}})");
    return std::string(boost::json::parse(answer).at("decision").at("policy").at("version").as_string());
  };
  const std::string put =
      R"({"command":"organisation.put","actor":"system","at":"2026-11-23T10:00:00+05:30","args":{"id":"o","kind":"clinic","name":"O"}})";
  REQUIRE(one->execute(put).starts_with(R"({"ok":true)"));
  CHECK(version(*two, "01") == policy::default_pack()->version);
  boost::json::object publish{{"command", "policy.publish"},
                              {"actor", "system"},
                              {"at", "2026-11-23T10:02:00+05:30"},
                              {"args", {{"pack", tighter("2")},
                                        {"effective_at", "2026-12-23T10:00:00+05:30"},
                                        {"material", false}}}};
  REQUIRE(two->execute(boost::json::serialize(publish)).starts_with(R"({"ok":true)"));
  CHECK(version(*one, "03") == "2");
  CHECK(version(*two, "03") == "2");
  const auto three = open(other);
  CHECK(three->policy().version == "2");
}
