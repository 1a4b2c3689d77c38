#include "connex/retention.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "connex/calendar.hpp"
#include "connex/deadline.hpp"
#include "policy/pack.hpp"

using namespace connex;

namespace {

constexpr UtcOffset kIndia{330};

Day day(std::string_view text) { return parse_day(text).value(); }
Instant at(std::string_view text) { return parse_instant(text).value(); }
Instant after(Instant instant) { return {instant.micros + 1}; }
Instant before(Instant instant) { return {instant.micros - 1}; }

std::string text(std::optional<Instant> instant) {
  return instant ? format_instant(*instant, kIndia) : "none";
}
std::string text(std::optional<Day> day) { return day ? format_day(*day) : "none"; }

const PolicyPack& pack() {
  static const auto pack = policy::default_pack();
  return *pack;
}

const RetentionTable& table() {
  static const RetentionTable table(pack());
  return table;
}

RetentionFacts record(RecordClass c, std::string_view trigger) {
  RetentionFacts facts;
  facts.record_class = c;
  facts.collected_at = at(trigger);
  facts.trigger_at = facts.collected_at;
  return facts;
}

HoldFacts hold(HoldBasis basis, std::string_view placed) {
  HoldFacts hold;
  hold.basis = basis;
  hold.placed_at = at(placed);
  return hold;
}

RetentionState state(const RetentionFacts& facts, Instant now) { return table().evaluate(facts, now).state; }

bool cites(const RetentionReason& reason, std::string_view id) {
  return std::ranges::find(reason.resolutions, id) != reason.resolutions.end();
}

using enum RecordClass;
using enum RetentionState;

}  // namespace

TEST_CASE("retention: C6.4-a, X38: a recording is due seven calendar years after the day of the call") {
  RetentionFacts facts = record(recording, "2018-11-23T23:59:59.999999+05:30");
  const Instant due_at = at("2025-11-23T00:00:00+05:30");
  CHECK(table().evaluate(facts, at("2020-01-01T00:00:00Z")).dispose_at == due_at);
  CHECK(state(facts, before(due_at)) == active);
  CHECK(state(facts, due_at) == due);
  CHECK(table().evaluate(facts, before(due_at)).usable);
  CHECK(!table().evaluate(facts, due_at).usable);

  // One microsecond on it is the next day in India, while the day in UTC has been the same since 05:30.
  facts.trigger_at = after(*facts.trigger_at);
  CHECK(text(table().evaluate(facts, due_at).dispose_at) == "2025-11-24T00:00:00+05:30");
  facts.trigger_at = at("2018-11-23T23:59:59.999999Z");
  CHECK(text(table().evaluate(facts, due_at).dispose_at) == "2025-11-24T00:00:00+05:30");
  facts.trigger_at = at("2018-11-24T00:00:00Z");
  CHECK(text(table().evaluate(facts, due_at).dispose_at) == "2025-11-24T00:00:00+05:30");

  const RetentionDecision decision = table().evaluate(facts, due_at);
  CHECK(decision.basis == RetentionBasis::rule);
  CHECK(!decision.depended_on_rounding);
  const RetentionReason reason = table().explain(facts, decision);
  CHECK(reason.clause == "C9-h");
  CHECK(cites(reason, "X11"));
  CHECK(std::ranges::count(reason.resolutions, "X38") == 1);  // of the rule
}

TEST_CASE("retention: X38: a call on 29 February is kept until 28 February, and the answer says so") {
  const RetentionFacts facts = record(recording, "2016-02-29T12:00:00+05:30");
  const RetentionDecision decision = table().evaluate(facts, at("2020-01-01T00:00:00Z"));
  CHECK(text(decision.ceiling) == "2023-02-28T00:00:00+05:30");
  CHECK(decision.depended_on_rounding);
  CHECK(cites(table().explain(facts, decision), "X38"));
  CHECK(!table()
             .evaluate(record(audit, "2017-02-28T12:00:00+05:30"), at("2020-01-01T00:00:00Z"))
             .depended_on_rounding);
}

TEST_CASE("retention: X38: a legal minimum from 29 February goes to 1 March") {
  RetentionFacts facts = record(access_log, "2028-02-29T12:00:00+05:30");
  const RetentionDecision decision = table().evaluate(facts, at("2028-06-01T00:00:00Z"));
  CHECK(text(decision.ceiling) == "2029-02-28T00:00:00+05:30");
  CHECK(text(decision.retain_until) == "2029-03-01");
  CHECK(text(decision.dispose_at) == "2029-03-02T00:00:00+05:30");
  CHECK(decision.depended_on_rounding);
  CHECK(state(facts, before(at("2029-02-28T00:00:00+05:30"))) == active);
  CHECK(state(facts, at("2029-02-28T00:00:00+05:30")) == restricted);
  CHECK(state(facts, before(at("2029-03-02T00:00:00+05:30"))) == restricted);
  CHECK(state(facts, at("2029-03-02T00:00:00+05:30")) == due);
}

TEST_CASE("retention: C9-d, X31: an invoice is kept to the end of its eighth financial year") {
  const RetentionFacts facts = record(billing, "2025-04-15T12:00:00+05:30");
  const RetentionDecision decision = table().evaluate(facts, at("2026-11-23T10:00:00+05:30"));
  CHECK(decision.state == active);
  CHECK(text(decision.retain_until) == "2034-03-31");
  CHECK(text(decision.dispose_at) == "2034-04-01T00:00:00+05:30");
  CHECK(pack().legal_floors[static_cast<std::size_t>(decision.floor)].id == "companies_act_128_5");
  CHECK(cites(table().explain(facts, decision), "X31"));
  CHECK(state(facts, before(at("2034-04-01T00:00:00+05:30"))) == active);
  CHECK(state(facts, at("2034-04-01T00:00:00+05:30")) == due);
  CHECK(text(table().evaluate(record(billing, "2026-03-31T23:59:59+05:30"), Instant{}).retain_until) ==
        "2034-03-31");
  CHECK(text(table().evaluate(record(billing, "2026-03-31T18:30:00Z"), Instant{}).retain_until) ==
        "2035-03-31");
}

TEST_CASE("retention: C9-b: an active account has no end") {
  RetentionFacts facts = record(account, "2020-01-01T00:00:00Z");
  facts.trigger_at.reset();
  const RetentionDecision decision = table().evaluate(facts, at("2026-11-23T10:00:00+05:30"));
  CHECK(decision.state == active);
  CHECK(decision.usable);
  CHECK(!decision.ceiling);
  CHECK(!decision.dispose_at);
}

TEST_CASE("retention: C9-c: a terminated account is due after ninety days") {
  const RetentionFacts facts = record(account, "2026-11-23T10:00:00+05:30");
  const Instant due_at = at("2027-02-21T10:00:00+05:30");  // to the second (X12)
  CHECK(table().evaluate(facts, *facts.trigger_at).dispose_at == due_at);
  CHECK(state(facts, before(due_at)) == active);
  CHECK(state(facts, due_at) == due);
}

TEST_CASE("retention: C9-e, C9-f, C9-g, X9, X10: classes have periods of their own") {
  const auto disposed = [](RecordClass c) {
    return text(table().evaluate(record(c, "2015-06-15T10:00:00+05:30"), Instant{}).ceiling);
  };
  CHECK(disposed(audit) == "2018-06-15T00:00:00+05:30");
  CHECK(disposed(call_metadata) == "2018-06-15T00:00:00+05:30");
  CHECK(disposed(communication) == "2017-06-15T00:00:00+05:30");
  CHECK(disposed(consent_attestation) == "2022-06-15T00:00:00+05:30");
}

TEST_CASE("retention: C9-i: aggregates have no end, and an erasure has nothing to do with them") {
  RetentionFacts facts = record(analytics_aggregate, "2015-06-15T10:00:00+05:30");
  facts.erasure_accepted_at = at("2020-01-01T00:00:00Z");
  const RetentionDecision decision = table().evaluate(facts, kEndOfTime);
  CHECK(decision.state == active);
  CHECK(!decision.dispose_at);
}

TEST_CASE("retention: C9-a: what is no class is neither used nor disposed of") {
  RetentionFacts facts = record(static_cast<RecordClass>(200), "1990-01-01T00:00:00Z");
  facts.erasure_accepted_at = Instant{};
  const RetentionDecision decision = table().evaluate(facts, kEndOfTime);
  CHECK(decision == RetentionDecision{});
  CHECK(table().explain(facts, decision).clause.empty());
}

TEST_CASE("retention: X36: a verified document is due at once, not before it was verified") {
  const RetentionFacts facts = record(verification_document, "2026-11-23T10:00:00+05:30");
  CHECK(state(facts, before(*facts.trigger_at)) == active);
  CHECK(state(facts, *facts.trigger_at) == due);
}

TEST_CASE("retention: C6.4-f, X11: a promised period defeats no erasure") {
  RetentionFacts facts = record(recording, "2024-11-23T10:00:00+05:30");
  facts.erasure_accepted_at = at("2026-11-23T10:00:00+05:30");
  const Instant accepted = *facts.erasure_accepted_at;
  CHECK(state(facts, before(accepted)) == active);
  CHECK(state(facts, accepted) == due);
  const RetentionDecision decision = table().evaluate(facts, accepted);
  CHECK(decision.basis == RetentionBasis::erasure);
  CHECK(decision.dispose_at == accepted);
  CHECK(table().explain(facts, decision).clause == "C6.4-f");
  // The period of a message of that day has ended first (X12).
  facts.record_class = communication;
  CHECK(table().evaluate(facts, accepted).basis == RetentionBasis::rule);
  facts.trigger_at = at("2024-11-24T10:00:00+05:30");
  CHECK(table().explain(facts, table().evaluate(facts, accepted)).clause == "C8-c");
}

TEST_CASE("retention: C9-g: attestations answer an erasure by staying") {
  RetentionFacts facts = record(consent_attestation, "2024-11-23T10:00:00+05:30");
  const RetentionDecision plain = table().evaluate(facts, at("2026-11-23T10:00:00+05:30"));
  facts.erasure_accepted_at = at("2026-01-01T00:00:00Z");
  CHECK(table().evaluate(facts, at("2026-11-23T10:00:00+05:30")) == plain);
}

TEST_CASE("retention: X54: audit entries lose their person, under the same floors and holds") {
  RetentionFacts facts = record(audit, "2026-11-01T10:00:00+05:30");
  facts.erasure_accepted_at = at("2026-11-23T10:00:00+05:30");
  RetentionDecision decision = table().evaluate(facts, at("2026-11-23T10:00:00+05:30"));
  CHECK(decision.state == active);
  CHECK(text(decision.ceiling) == "2029-11-01T00:00:00+05:30");
  // Kept by the floors on logs: 180 days, and from 13 May 2027 a year.
  CHECK(text(decision.unlink_at) == "2027-05-01T00:00:00+05:30");
  CHECK(cites(table().explain(facts, decision), "X54"));
  facts.trigger_at = facts.collected_at = at("2026-11-20T10:00:00+05:30");
  CHECK(text(table().evaluate(facts, at("2026-11-23T10:00:00+05:30")).unlink_at) ==
        "2027-11-21T00:00:00+05:30");
  facts.erasure_accepted_at.reset();
  CHECK(!table().evaluate(facts, at("2026-11-23T10:00:00+05:30")).unlink_at);
}

TEST_CASE("retention: X13, X39: from 13 May 2027 the law keeps what the policy would delete") {
  RetentionFacts facts = record(account, "2027-01-10T10:00:00+05:30");
  // Its ninety days end before the provision begins.
  CHECK(text(table().evaluate(facts, Instant{}).dispose_at) == "2027-04-10T10:00:00+05:30");
  // The provision begins before they end: restricted for a year from the processing.
  facts = record(account, "2027-02-20T10:00:00+05:30");
  const RetentionDecision forecast = table().evaluate(facts, at("2027-03-01T00:00:00Z"));
  CHECK(forecast.state == active);
  CHECK(text(forecast.ceiling) == "2027-05-21T10:00:00+05:30");
  CHECK(text(forecast.retain_until) == "2028-02-20");
  CHECK(text(forecast.dispose_at) == "2028-02-21T00:00:00+05:30");
  CHECK(state(facts, at("2027-05-21T10:00:00+05:30")) == restricted);
  CHECK(state(facts, before(at("2028-02-21T00:00:00+05:30"))) == restricted);
  CHECK(state(facts, at("2028-02-21T00:00:00+05:30")) == due);
  CHECK(table().evaluate(facts, at("2028-02-21T00:00:00+05:30")).dispose_at ==
        at("2028-02-21T00:00:00+05:30"));
  const RetentionDecision kept = table().evaluate(facts, at("2027-06-01T00:00:00Z"));
  CHECK(kept.basis == RetentionBasis::floor);
  CHECK(!kept.usable);
  CHECK(cites(table().explain(facts, kept), "X13"));
  // It counts from the latest processing.
  facts.processed_at = at("2027-04-01T00:00:00+05:30");
  CHECK(text(table().evaluate(facts, at("2027-06-01T00:00:00Z")).retain_until) == "2028-04-01");
}

TEST_CASE("retention: X13: what was not deleted in time falls under the provision when it begins") {
  RetentionFacts facts = record(account, "2027-01-10T10:00:00+05:30");
  const Instant begins = at("2027-05-13T00:00:00+05:30");
  CHECK(state(facts, before(begins)) == due);
  CHECK(state(facts, begins) == restricted);
  CHECK(text(table().evaluate(facts, begins).dispose_at) == "2028-01-11T00:00:00+05:30");
}

TEST_CASE("retention: X39: a child's record goes at once, or is locked away while the law keeps it") {
  RetentionFacts facts = record(account, "2026-11-01T10:00:00+05:30");
  facts.trigger_at.reset();
  facts.erasure_accepted_at = at("2026-11-23T10:00:00+05:30");
  CHECK(state(facts, *facts.erasure_accepted_at) == due);
  facts.collected_at = at("2027-05-20T10:00:00+05:30");
  facts.erasure_accepted_at = at("2027-05-23T10:00:00+05:30");
  CHECK(state(facts, *facts.erasure_accepted_at) == restricted);
  CHECK(state(facts, at("2028-05-21T00:00:00+05:30")) == due);
}

TEST_CASE("retention: C6.4-h, X16: a hold by law outlasts the ceiling, another only delays an erasure") {
  RetentionFacts facts = record(recording, "2018-11-23T10:00:00+05:30");
  const Instant ceiling = at("2025-11-23T00:00:00+05:30");
  for (std::size_t b = 0; b < kCountOf<HoldBasis>; ++b) {
    const auto basis = static_cast<HoldBasis>(b);
    CAPTURE(name(basis));
    const bool outlasts = basis != HoldBasis::ucpmp && basis != HoldBasis::contract;
    const HoldFacts holds[] = {hold(basis, "2024-01-01T00:00:00Z")};
    facts.holds = holds;
    facts.erasure_accepted_at.reset();
    CHECK(state(facts, before(holds[0].placed_at)) == active);
    CHECK(state(facts, holds[0].placed_at) == held);
    CHECK(state(facts, before(ceiling)) == held);
    CHECK(state(facts, ceiling) == (outlasts ? held : due));
    CHECK(table().evaluate(facts, before(ceiling)).usable);
    CHECK(!table().evaluate(facts, ceiling).usable);

    facts.erasure_accepted_at = at("2024-06-01T00:00:00Z");
    const RetentionDecision decision = table().evaluate(facts, *facts.erasure_accepted_at);
    CHECK(decision.state == held);
    CHECK(decision.basis == RetentionBasis::hold);
    CHECK(decision.keeper == 0);
    CHECK(!decision.usable);
    CHECK(text(decision.dispose_at) == (outlasts ? "none" : "2025-11-23T00:00:00+05:30"));
    CHECK(table().explain(facts, decision).clause == "C6.4-h");
    CHECK(cites(table().explain(facts, decision), "X16"));
    CHECK(state(facts, ceiling) == (outlasts ? held : due));
  }
}

TEST_CASE("retention: X16: a hold that only delays an erasure ends where no clock runs, or one starts anew, as well") {
  RetentionFacts facts = record(RecordClass::document, "2026-11-23T10:00:00+05:30");
  facts.trigger_at.reset();  // the account is open
  facts.erasure_accepted_at = at("2026-11-25T12:00:00+05:30");
  HoldFacts holds[] = {hold(HoldBasis::ucpmp, "2026-11-24T00:00:00Z")};
  facts.holds = holds;
  const Instant end = at("2027-02-23T12:00:00+05:30");  // 90 days from then on
  CHECK(table().evaluate(facts, *facts.erasure_accepted_at).dispose_at >= end);
  CHECK(state(facts, before(end)) == held);
  CHECK(state(facts, at("2040-01-01T00:00:00Z")) == due);
  holds[0].basis = HoldBasis::court_order;
  CHECK(state(facts, at("2040-01-01T00:00:00Z")) == held);

  facts = record(RecordClass::communication, "2031-11-01T10:00:00+05:30");  // somebody wrote on in the thread
  facts.collected_at = at("2026-11-24T10:00:00+05:30");
  facts.erasure_accepted_at = at("2026-11-25T12:00:00+05:30");
  holds[0].basis = HoldBasis::contract;
  facts.holds = holds;
  CHECK(state(facts, at("2028-11-24T23:59:59+05:30")) == held);
  CHECK(state(facts, at("2032-12-01T00:00:00+05:30")) == due);
}

TEST_CASE("retention: X17: releasing a hold resumes the erasure that it had suspended") {
  RetentionFacts facts = record(recording, "2024-11-23T10:00:00+05:30");
  facts.erasure_accepted_at = at("2026-01-01T00:00:00Z");
  HoldFacts holds[] = {hold(HoldBasis::contract, "2025-12-01T00:00:00Z")};
  facts.holds = holds;
  const Instant released = at("2026-03-01T00:00:00Z");
  CHECK(state(facts, released) == held);
  holds[0].released_at = released;
  CHECK(state(facts, before(released)) == held);
  CHECK(table().evaluate(facts, before(released)).dispose_at == released);
  const RetentionDecision decision = table().evaluate(facts, released);
  CHECK(decision.state == due);
  CHECK(decision.basis == RetentionBasis::erasure);
  CHECK(decision.dispose_at == released);
  // An expected end releases nothing.
  holds[0].released_at.reset();
  holds[0].expected_end = released;
  CHECK(state(facts, after(released)) == held);
}

TEST_CASE(
    "retention: C6.4-i: the hold that is named is the strongest, then the one expected to last longest") {
  RetentionFacts facts = record(recording, "2024-11-23T10:00:00+05:30");
  HoldFacts holds[] = {
      hold(HoldBasis::contract, "2025-01-01T00:00:00Z"), hold(HoldBasis::statute, "2025-01-01T00:00:00Z"),
      hold(HoldBasis::court_order, "2025-01-01T00:00:00Z"), hold(HoldBasis::statute, "2026-01-01T00:00:00Z")};
  holds[1].expected_end = at("2026-06-01T00:00:00Z");
  holds[2].expected_end = at("2026-09-01T00:00:00Z");
  facts.holds = holds;
  CHECK(table().evaluate(facts, at("2025-06-01T00:00:00Z")).keeper == 2);
  CHECK(table().evaluate(facts, at("2026-02-01T00:00:00Z")).keeper == 3);
  facts.holds = std::span(holds, 1);
  CHECK(table().evaluate(facts, at("2026-02-01T00:00:00Z")).keeper == 0);
}

TEST_CASE("retention: X49: a nominee's event suspends what an erasure would erase") {
  RetentionFacts facts = record(account, "2026-09-01T10:00:00+05:30");
  const SuspensionFacts suspension =
      nominee_suspension(pack().rights, at("2026-11-20T10:00:00+05:30"), at("2026-12-01T10:00:00+05:30"), {});
  facts.suspensions = {&suspension, 1};
  const Instant now = at("2026-12-10T00:00:00+05:30");
  const RetentionDecision decision = table().evaluate(facts, now);
  CHECK(decision.state == held);
  CHECK(decision.basis == RetentionBasis::suspension);
  CHECK(text(decision.dispose_at) == "2027-03-01T10:00:00+05:30");
  CHECK(table().explain(facts, decision).clause == "C8-e");
  CHECK(cites(table().explain(facts, decision), "X49"));
  CHECK(state(facts, before(*suspension.until)) == held);
  CHECK(state(facts, *suspension.until) == due);
  facts.record_class = consent_attestation;
  CHECK(state(facts, now) == active);
}

TEST_CASE("retention: X55: an open request keeps what it needs to be answered") {
  RetentionFacts facts = record(consent_attestation, "2019-12-01T10:00:00+05:30");
  SuspensionFacts suspension{SuspensionCause::open_request, at("2026-11-23T10:00:00+05:30"), {}};
  facts.suspensions = {&suspension, 1};
  const Instant now = at("2026-12-05T00:00:00+05:30");
  const RetentionDecision decision = table().evaluate(facts, now);
  CHECK(decision.state == held);
  CHECK(!decision.usable);
  CHECK(cites(table().explain(facts, decision), "X55"));
  suspension.until = now;
  CHECK(state(facts, now) == due);
}

TEST_CASE("retention: X27: a shorter period binds at once, a longer one what is collected later") {
  PolicyPack five = pack(), ten = pack();
  const auto c = static_cast<std::size_t>(recording);
  five.retention[c].period = {5, Unit::years};
  ten.retention[c].period = {10, Unit::years};
  RetentionTable versions(pack());
  versions.adopt(five, at("2024-06-01T00:00:00+05:30"));
  versions.adopt(ten, at("2025-06-01T00:00:00+05:30"));
  const Instant now = at("2026-11-23T10:00:00+05:30");
  const auto ceiling = [&](std::string_view trigger) {
    const RetentionDecision decision = versions.evaluate(record(recording, trigger), now);
    return std::to_string(decision.version) + " " + text(decision.ceiling);
  };
  CHECK(ceiling("2022-01-15T10:00:00+05:30") == "1 2027-01-15T00:00:00+05:30");
  CHECK(ceiling("2024-12-15T10:00:00+05:30") == "1 2029-12-15T00:00:00+05:30");
  CHECK(ceiling("2025-05-31T23:59:59.999999+05:30") == "1 2030-05-31T00:00:00+05:30");
  CHECK(ceiling("2025-06-01T00:00:00+05:30") == "2 2035-06-01T00:00:00+05:30");
  // What the shorter period finds overdue becomes due when it takes effect, not before.
  CHECK(ceiling("2018-01-15T10:00:00+05:30") == "1 2024-06-01T00:00:00+05:30");
  CHECK(ceiling("2017-05-15T10:00:00+05:30") == "0 2024-05-15T00:00:00+05:30");
  // Fresh consent counts as collection.
  RetentionFacts facts = record(recording, "2022-01-15T10:00:00+05:30");
  CHECK(cites(versions.explain(facts, versions.evaluate(facts, now)), "X27"));
  facts.collected_at = at("2025-07-01T00:00:00+05:30");
  CHECK(text(versions.evaluate(facts, now).ceiling) == "2032-01-15T00:00:00+05:30");
  CHECK(!cites(versions.explain(facts, versions.evaluate(facts, now)), "X27"));
}

TEST_CASE("retention: a version cannot take effect before the one that it follows") {
  PolicyPack five = pack(), ten = pack();
  const auto c = static_cast<std::size_t>(recording);
  five.retention[c].period = {5, Unit::years};
  ten.retention[c].period = {10, Unit::years};
  RetentionTable versions(pack());
  versions.adopt(five, at("2025-06-01T00:00:00+05:30"));
  versions.adopt(ten, at("2024-06-01T00:00:00+05:30"));
  const RetentionDecision decision =
      versions.evaluate(record(recording, "2024-07-01T10:00:00+05:30"), at("2026-11-23T10:00:00+05:30"));
  CHECK(decision.version == 1);
  CHECK(text(decision.ceiling) == "2029-07-01T00:00:00+05:30");
}

TEST_CASE("retention: instants outside the calendar are taken as its nearest") {
  constexpr Instant kFirst{std::numeric_limits<std::int64_t>::min()};
  constexpr Instant kLast{std::numeric_limits<std::int64_t>::max()};
  RetentionFacts facts = record(account, "2027-06-01T00:00:00Z");
  facts.processed_at = kLast;
  CHECK(text(table().evaluate(facts, at("2028-01-01T00:00:00Z")).retain_until) == "9999-12-31");
  facts.processed_at = kFirst;
  CHECK(text(table().evaluate(facts, at("2028-01-01T00:00:00Z")).retain_until) == "2028-06-01");
  facts.trigger_at = kFirst;
  CHECK(text(table().evaluate(facts, at("2028-01-01T00:00:00Z")).ceiling) == "1970-04-01T00:00:00+05:30");
  facts.trigger_at.reset();
  CHECK(state(facts, kFirst) == active);
  CHECK(state(facts, kLast) == active);
}

TEST_CASE("retention: a floor whose clock has not started is not over") {
  PolicyPack made = pack();
  for (LegalFloor& floor : made.legal_floors) floor.start = FloorStart::trigger;
  RetentionFacts facts = record(account, "2027-06-01T00:00:00Z");
  facts.trigger_at.reset();
  facts.erasure_accepted_at = at("2027-07-01T00:00:00Z");
  const RetentionDecision decision = RetentionTable(made).evaluate(facts, at("2040-01-01T00:00:00Z"));
  CHECK(decision.state == restricted);
  CHECK(decision.floor >= 0);
  CHECK(!decision.retain_until);
  CHECK(!decision.dispose_at);
}

TEST_CASE("retention: a floor binds on the days of its law") {
  PolicyPack made = pack();
  made.legal_floors.resize(1);
  made.legal_floors[0].until = day("2027-09-01");
  RetentionFacts facts = record(account, "2027-05-20T10:00:00+05:30");
  facts.erasure_accepted_at = at("2027-05-21T00:00:00+05:30");
  const RetentionTable with(made);
  const Instant now = at("2027-06-01T00:00:00Z");
  CHECK(with.evaluate(facts, now).state == restricted);
  CHECK(text(with.evaluate(facts, now).retain_until) == "2027-08-31");
  CHECK(text(with.evaluate(facts, now).dispose_at) == "2027-09-01T00:00:00+05:30");
  CHECK(with.evaluate(facts, at("2027-09-01T00:00:00+05:30")).state == due);
  made.legal_floors[0].enabled = false;
  CHECK(RetentionTable(made).evaluate(facts, now).state == due);
}

TEST_CASE("retention: a date that does not exist settles nothing where the law ends with it") {
  PolicyPack made = pack();
  made.legal_floors.resize(1);
  const RetentionFacts facts = record(account, "2028-02-29T12:00:00+05:30");
  for (const auto& [until, last_day, rounded] : {std::tuple{"2029-03-01", "2029-02-28", false},
                                                 {"2029-03-02", "2029-03-01", false},
                                                 {"2029-03-03", "2029-03-01", true}}) {
    CAPTURE(until);
    made.legal_floors[0].until = day(until);
    const RetentionDecision decision = RetentionTable(made).evaluate(facts, at("2028-06-01T00:00:00Z"));
    CHECK(text(decision.retain_until) == last_day);
    CHECK(decision.depended_on_rounding == rounded);
  }
}

TEST_CASE("retention: a batch is the same as one by one, and stops at the shorter span") {
  std::vector<RetentionFacts> facts;
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    facts.push_back(record(static_cast<RecordClass>(c), "2023-11-23T10:00:00+05:30"));
  const Instant now = at("2026-11-23T10:00:00+05:30");
  std::vector<RetentionDecision> decisions(facts.size() - 1);
  table().evaluate(facts, decisions, now);
  for (std::size_t i = 0; i < decisions.size(); ++i) CHECK(decisions[i] == table().evaluate(facts[i], now));
  table().evaluate(std::span(facts).first(1), decisions, now);
  table().evaluate({}, {}, now);
}

TEST_CASE("retention: names") {
  CHECK(name(RetentionState::held) == "held");
  CHECK(name(RetentionState::due) == "due");
  CHECK(name(RetentionBasis::suspension) == "suspension");
  CHECK(name(SuspensionCause::open_request) == "open_request");
}
