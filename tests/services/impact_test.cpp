// What a draft would change, held against what it did change once it was published, and against sums made by
// hand.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <random>

#include "policy/pack.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

constexpr std::int64_t kDay = 24 * 60;
constexpr std::string_view kClasses[] = {"communication", "recording", "document", "call_metadata"};

// A year as the policy counts it, where no date needs rounding.
std::int64_t years_later(std::int64_t micros, int years) {
  const Day day = day_of({micros}, UtcOffset{330});
  std::string text = format_day(day);
  if (text.ends_with("02-29")) text.replace(8, 2, "28");
  const std::string then = std::to_string(std::stoi(text.substr(0, 4)) + years) + text.substr(4);
  return start_of(*parse_day(then), UtcOffset{330}).micros + kMicrosPerDay;
}

struct Generated : World {
  struct Kept {
    std::string id;
    std::string_view record_class;
    std::int64_t trigger = 0;
    bool held = false;
  };
  std::vector<Kept> records;
  std::map<std::string, std::int64_t> sharings;   // rows, by processor
  std::map<std::string, std::int64_t> permitted;  // decisions, by processor
  std::int64_t with_email = 0;                    // sharings with Google whose only other field is the name
  std::mt19937 random{20261125};

  explicit Generated(int count) : World(false) {
    set_time(3'000 * kDay);  // of more than eight years
    for (const char* claim : {"agreement:razorpay", "agreement:google_workspace", "pci_dss"})
      REQUIRE((*this)("attestation.put", "system",
                      {{"claim", claim},
                       {"value", true},
                       {"evidence_ref", "doc"},
                       {"valid_until", time(9'000 * kDay)}})
                  .permitted());
    for (int i = 0; i < count; ++i) add_record(i);
    for (int i = 0; i < count / 10; ++i) add_sharing();
  }
  std::int64_t pick(std::int64_t below) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(below));
  }
  void add_record(int i) {
    Kept kept{"r" + std::to_string(i), kClasses[pick(4)], 0, false};
    kept.trigger = kStart.micros + pick(3'000 * kDay) * kMicrosPerMinute;
    const char* whom = pick(2) == 0 ? "dr" : "mr";
    REQUIRE((*this)("record.register", "system",
                    {{"id", kept.id},
                     {"class", kept.record_class},
                     {"subjects", boost::json::array{whom}},
                     {"locator", "shelf"},
                     {"trigger_at", format_instant({kept.trigger}, UtcOffset{330})}})
                .permitted());
    if (pick(20) == 0) {
      kept.held = true;
      REQUIRE((*this)("hold.place", "st",
                      {{"id", "h" + std::to_string(i)},
                       {"basis", "court_order"},
                       {"authority", "High Court"},
                       {"citation", "case"},
                       {"scope", {{"records", boost::json::array{kept.id}}}},
                       {"review_at", time(3'060 * kDay)},
                       {"approved_by", "dpo"}})
                  .permitted());
    }
    records.push_back(std::move(kept));
  }
  void add_sharing() {
    const bool bill = pick(2) == 0;
    Args fields;
    const bool small = pick(3) == 0;
    if (bill) {
      fields = {{"organisation_name", "Acme"}, {"phone", "x"}};
    } else if (small) {
      fields = {{"name", "N"}};
    } else {
      fields = {{"email", "a@b.example"}, {"name", "N"}};
    }
    const std::string processor = bill ? "razorpay" : "google_workspace";
    const boost::json::array whom = pick(2) == 0 ? boost::json::array{"dr"} : boost::json::array{"dr", "mr"};
    const bool refused = pick(5) == 0;
    const Answer answer = (*this)("egress.check", "system",
                                  {{"processor", processor},
                                   {"fields", fields},
                                   {"purpose", refused ? "analytics" : bill ? "billing" : "communication"},
                                   {"context", {{"principals", whom}}}});
    REQUIRE(answer.permitted() == !refused);
    if (refused) return;
    const auto rows = static_cast<std::int64_t>(whom.size());
    sharings[processor] += rows;
    permitted[processor] += 1;
    if (!bill && !small) with_email += rows;
  }
  Answer impact(const boost::json::value& pack, Args more = {}) {
    more["pack"] = pack;
    return (*this)("policy.impact", "dpo", more);
  }
};

boost::json::value& at(boost::json::value& pack, std::string_view pointer) {
  boost::json::error_code error;
  boost::json::value* found = pack.find_pointer(pointer, error);
  REQUIRE(found != nullptr);
  return *found;
}
boost::json::value& of_class(boost::json::value& pack, std::string_view name) {
  for (boost::json::value& rule : at(pack, "/retention").as_array())
    if (rule.at("class").as_string() == name) return rule;
  FAIL("no such class");
  return pack;
}
// Shorter periods, and a processor and a field less.
boost::json::value stricter() {
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  of_class(pack, "communication").at("period").at("count") = 1;
  of_class(pack, "recording").at("period").at("count") = 5;
  boost::json::array kept;
  for (boost::json::value& processor : at(pack, "/processors").as_array()) {
    if (processor.at("id").as_string() == "razorpay") continue;
    if (processor.at("id").as_string() == "google_workspace")
      processor.at("fields").as_array().erase(processor.at("fields").as_array().begin());  // email
    kept.push_back(processor);
  }
  at(pack, "/processors") = std::move(kept);
  return pack;
}

std::int64_t number(const Answer& answer, std::string_view pointer) {
  const boost::json::value result = answer.result();
  boost::json::error_code error;
  const boost::json::value* found = result.find_pointer(pointer, error);
  return found ? found->to_number<std::int64_t>() : 0;
}

}  // namespace

TEST_CASE("policy.impact: a shorter retention and a removed processor, against what they do once published") {
  Generated w(3'000);
  std::map<std::string, std::string> before;
  const auto dates = [&] {
    std::map<std::string, std::string> all;
    for (const auto& kept : w.records) {
      const Answer answer = w("retention.evaluate", "system", {{"record", kept.id}});
      const boost::json::value& when = answer.result().at("dispose_at");
      all[kept.id] = when.is_null() ? "never" : std::string(when.as_string());
    }
    return all;
  };
  before = dates();
  // What is due already goes first; what is ordered moves no more.
  const Answer answer = w.impact(stricter(), {{"limit", 1'000'000}});
  REQUIRE_MESSAGE(answer.permitted(), answer.line());
  CHECK(answer.result().at("complete") == true);

  // By hand: the end moves where the old one still lies ahead, and nothing outlasts both.
  std::map<std::string_view, std::int64_t> moved;
  std::int64_t at_once = 0;
  for (const auto& kept : w.records) {
    const int now = kept.record_class == "communication" ? 2 : kept.record_class == "recording" ? 7 : 0;
    const int then = kept.record_class == "communication" ? 1 : 5;
    if (now == 0 || kept.held || years_later(kept.trigger, now) <= w.micros()) continue;
    ++moved[kept.record_class];
    at_once += years_later(kept.trigger, then) <= w.micros() ? 1 : 0;
  }
  CHECK(moved["communication"] > 100);
  CHECK(moved["recording"] > 100);
  CHECK(number(answer, "/records/moved_earlier") == moved["communication"] + moved["recording"]);
  CHECK(number(answer, "/records/by_class/communication/moved_earlier") == moved["communication"]);
  CHECK(number(answer, "/records/by_class/recording/moved_earlier") == moved["recording"]);
  CHECK(number(answer, "/records/moved_later") == 0);
  CHECK(number(answer, "/records/due_when_effective") == at_once);
  CHECK(number(answer, "/records/examined") >= 3'000);

  CHECK(number(answer, "/sharings/examined") == w.sharings["razorpay"] + w.sharings["google_workspace"]);
  CHECK(number(answer, "/sharings/newly_denied") == w.sharings["razorpay"]);
  CHECK(number(answer, "/sharings/by_processor/razorpay/newly_denied") == w.sharings["razorpay"]);
  CHECK(number(answer, "/sharings/fewer_fields") == w.with_email);
  CHECK(number(answer, "/decisions/to_denied") == w.permitted["razorpay"]);
  CHECK(number(answer, "/decisions/to_permitted") == 0);
  CHECK(number(answer, "/decisions/not_decided_again") == 0);
  CHECK(number(answer, "/decisions/examined") == w.audit_size());

  // And so it comes.
  REQUIRE(w("policy.publish", "dpo", {{"pack", stricter()}, {"effective_at", w.now()}, {"material", false}})
              .permitted());
  std::int64_t changed = 0;
  for (const auto& [id, when] : dates()) changed += when != before.at(id) ? 1 : 0;
  CHECK(changed == number(answer, "/records/moved_earlier"));
  CHECK(w("egress.check", "system",
          {{"processor", "razorpay"}, {"fields", {{"organisation_name", "A"}}}, {"purpose", "billing"}})
            .denied());
}

TEST_CASE("policy.impact: pages add up to the whole, whatever their size") {
  Generated w(300);
  const Answer whole = w.impact(stricter());
  REQUIRE(whole.result().at("complete") == true);
  constexpr std::string_view kSums[] = {"/records/examined",       "/records/moved_earlier",
                                        "/records/due_when_effective", "/sharings/examined",
                                        "/sharings/newly_denied",  "/sharings/fewer_fields",
                                        "/decisions/examined",     "/decisions/decided_again",
                                        "/decisions/to_denied"};
  for (const std::int64_t limit : {1, 7, 137}) {
    CAPTURE(limit);
    std::map<std::string_view, std::int64_t> sums;
    Args more{{"limit", limit}};
    int pages = 0;
    for (;; ++pages) {
      REQUIRE(pages < 2'000);
      const Answer page = w.impact(stricter(), more);
      REQUIRE_MESSAGE(page.permitted(), page.line());
      for (const auto sum : kSums) sums[sum] += number(page, sum);
      if (page.result().at("complete") == true) break;
      more["after"] = page.result().at("next");
    }
    for (const auto sum : kSums) CHECK_MESSAGE(sums[sum] == number(whole, sum), sum);
  }
}

TEST_CASE("policy.impact: what loosens moves no date of what is there (X27); times of visits flip decisions") {
  Generated w(200);
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  of_class(pack, "communication").at("period").at("count") = 9;
  Answer answer = w.impact(pack);
  CHECK(number(answer, "/records/moved_earlier") + number(answer, "/records/moved_later") == 0);

  const std::int64_t start = 3'001 * kDay;
  REQUIRE(w.book("v", start, start + 30).permitted());
  w.set_time(start - 25);
  REQUIRE(w.accept("dr").permitted());
  REQUIRE(w.accept("mr").permitted());
  REQUIRE(w("visit.join", "dr", {{"visit", "v"}}).permitted());
  at(pack, "/visit/opens_minutes_before") = 10;
  answer = w.impact(pack);
  CHECK(number(answer, "/decisions/by_rule/visit.join/to_denied") == 1);
  CHECK(number(answer, "/decisions/by_rule/visit.accept/to_denied") == 0);  // it may come at any time before
  CHECK(w.impact(pack, {{"after", {{"part", "diary"}}}}).error() == "invalid_argument /args/after/part");
  CHECK(w.impact(pack, {{"limit", 0}}).error() == "invalid_argument /args/limit");
  CHECK(w("policy.impact", "dr", {{"pack", pack}}).denied());
  pack.as_object().erase("visit");
  CHECK(w.impact(pack).error().starts_with("invalid_argument /args/pack"));
}

TEST_CASE("policy.impact: each is reckoned with what binds them, and what loosens waits for their consent (X26)") {
  World w;
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  at(pack, "/visit/opens_minutes_before") = 45;
  REQUIRE(w("policy.publish", "dpo", {{"pack", pack}, {"effective_at", w.time(kDay)}, {"material", true}}).permitted());
  const std::string digest = policy::load(boost::json::serialize(pack)).value()->digest;
  for (const char* who : {"dr", "mr"}) {
    REQUIRE(w("policy.notify", "system",
              {{"version", "2"}, {"principal", who}, {"channel", "email"}, {"at", w.now()}})
                .permitted());
    REQUIRE(w("policy.accept", who, {{"version", "2"}, {"digest", digest}}).permitted());
  }
  w.set_time(16 * kDay);
  const std::int64_t start = 17 * kDay;
  REQUIRE(w("preference.set", "dr2", {{"doctor", "dr2"}, {"virtual_visits", true}}).permitted());
  REQUIRE(w.book("v", start, start + 30).permitted());
  REQUIRE(w("visit.book", "mr2",
            {{"id", "w"},
             {"doctor", "dr2"},
             {"representative", "mr2"},
             {"starts_at", w.time(start)},
             {"ends_at", w.time(start + 30)}})
              .permitted());
  w.set_time(start - 40);
  for (const char* who : {"dr", "mr"}) REQUIRE(w.accept(who, true, "v").permitted());
  for (const char* who : {"dr2", "mr2"}) REQUIRE(w.accept(who, true, "w").permitted());
  REQUIRE(w("visit.join", "dr", {{"visit", "v"}}).permitted());  // who accepted version 2
  w.set_time(start - 32);
  CHECK(w("visit.join", "dr2", {{"visit", "w"}}).reasons() == "visit_not_current C2.4-a");
  at(pack, "/visit/opens_minutes_before") = 35;
  pack.as_object()["version"] = "3";
  const Answer answer = w("policy.impact", "dpo", {{"pack", pack}});
  CHECK(number(answer, "/decisions/by_rule/visit.join/to_denied") == 1);
  CHECK(number(answer, "/decisions/by_rule/visit.join/awaiting_acceptance") == 1);
  CHECK(number(answer, "/decisions/awaiting_acceptance") == 1);
  CHECK(number(answer, "/decisions/to_permitted") == 0);
  // Counting looks at nothing and counts the same rows.
  const Answer counted = w("policy.impact", "dpo", {{"pack", pack}, {"count", true}});
  for (const char* part : {"/records/examined", "/sharings/examined", "/decisions/examined"})
    CHECK(number(counted, part) == number(answer, part));
  CHECK(number(counted, "/decisions/decided_again") == 0);
}

TEST_CASE("policy.impact: a sharing that concerned several is decided again under the rules of all of them (X26)") {
  World w;
  const auto attest = [&](const char* claim, boost::json::value value) {
    REQUIRE(w("attestation.put", "system",
              {{"claim", claim}, {"value", std::move(value)}, {"evidence_ref", "doc"}, {"valid_until", w.time(90 * kDay)}})
                .permitted());
  };
  for (const char* claim : {"agreement:contabo", "hosting_certificate", "at_rest_encryption", "tls"}) attest(claim, true);
  attest("region:contabo", "IN");
  const auto host = [&](boost::json::array people) {
    return w("egress.check", "system", {{"processor", "contabo"}, {"fields", {{"hosted_data", "x"}}},
                                        {"purpose", "compliance"}, {"country", "IN"},
                                        {"context", {{"principals", std::move(people)}}}});
  };
  REQUIRE(host({"dr", "mr"}).permitted());
  REQUIRE(host({"mr"}).permitted());
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  at(pack, "/security/storage_country") = "SG";
  REQUIRE(w("policy.publish", "dpo", {{"pack", pack}, {"effective_at", w.time(kDay)}, {"material", true}}).permitted());
  REQUIRE(w("policy.notify", "system", {{"version", "2"}, {"principal", "dr"}, {"channel", "email"}, {"at", w.now()}})
              .permitted());
  REQUIRE(w("policy.accept", "dr", {{"version", "2"}, {"digest", policy::load(boost::json::serialize(pack)).value()->digest}})
              .permitted());
  w.set_time(16 * kDay);
  REQUIRE_FALSE(host({"dr", "mr"}).permitted());  // refused already by what the doctor accepted
  pack.as_object()["version"] = "3";
  at(pack, "/countries/deny") =
      boost::json::array{{{"country", "IN"}, {"from", "2020-01-01"}, {"until", nullptr}, {"source", "order"}}};
  const Answer answer = w("policy.impact", "dpo", {{"pack", pack}});
  // What is attested is no part of a sharing on file; of the decisions, that which concerned both is refused already.
  CHECK(number(answer, "/sharings/examined") == 3);
  CHECK(number(answer, "/sharings/newly_denied") == 3);
  CHECK(number(answer, "/decisions/to_denied") == 1);
  CHECK(number(answer, "/decisions/examples/0/audit") == number(answer, "/sharings/examples/2/audit"));
  REQUIRE(w("policy.publish", "dpo", {{"pack", pack}, {"effective_at", w.now()}, {"material", true}}).permitted());
  CHECK_FALSE(host({"mr"}).permitted());
}

TEST_CASE("policy.impact: a list of permitted countries refuses what went elsewhere, whoever stands on whatever version") {
  World w;
  REQUIRE(w("attestation.put", "system", {{"claim", "agreement:google_workspace"}, {"value", true}, {"evidence_ref", "doc"},
                                          {"valid_until", w.time(90 * kDay)}})
              .permitted());
  const auto mail = [&](const char* country) {
    return w("egress.check", "system", {{"processor", "google_workspace"}, {"fields", {{"name", "N"}}},
                                        {"purpose", "communication"}, {"country", country},
                                        {"context", {{"principals", {"mr"}}}}});
  };
  for (const char* country : {"US", "IN", "SG"}) REQUIRE(mail(country).permitted());
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  at(pack, "/countries/allow") =
      boost::json::array{{{"country", "IN"}, {"from", "2020-01-01"}, {"until", nullptr}, {"source", "order"}}};
  CHECK(number(w("policy.impact", "dpo", {{"pack", pack}}), "/sharings/newly_denied") == 2);
  REQUIRE(w("policy.publish", "dpo", {{"pack", pack}, {"effective_at", w.now()}, {"material", false}}).permitted());
  CHECK(mail("US").reasons() == "country_not_permitted C11-h");
  CHECK(mail("IN").permitted());
}
