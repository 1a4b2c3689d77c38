#include "connex/deadline.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "connex/calendar.hpp"

using namespace connex;

namespace {

constexpr UtcOffset kIndia{330};

Day day(std::string_view text) { return parse_day(text).value(); }
Instant at(std::string_view text) { return parse_instant(text).value(); }

ResponseLimit limit(Period period, std::initializer_list<Right> rights) {
  ResponseLimit limit;
  limit.enabled = true;
  limit.period = period;
  for (const Right right : rights) limit.rights.insert(right);
  return limit;
}

// Thirty days of the policy; one month for grievances and erasures until 14 May 2027, then ninety days.
RightsRules sample_rules() {
  RightsRules rules;
  rules.response_days = 30;
  rules.nominee_decision_days = 90;
  rules.limits = {limit({1, Unit::months}, {Right::grievance, Right::erasure}),
                  limit({90, Unit::days}, {Right::grievance})};
  rules.limits[0].until = day("2027-05-14");
  rules.limits[1].from = day("2027-05-13");
  return rules;
}

std::string due(Right right, std::string_view received) {
  return format_instant(response_deadline(sample_rules(), kIndia, right, at(received)).due_at, kIndia);
}

}  // namespace

TEST_CASE("deadline: X23: thirty days, or a month where the law says so and that is shorter") {
  CHECK(due(Right::access, "2027-01-31T10:00:00+05:30") == "2027-03-02T10:00:00+05:30");
  CHECK(due(Right::grievance, "2027-01-31T10:00:00+05:30") == "2027-02-28T10:00:00+05:30");
  CHECK(due(Right::erasure, "2024-01-31T10:00:00+05:30") == "2024-02-29T10:00:00+05:30");
  CHECK(due(Right::grievance, "2027-02-10T10:00:00+05:30") == "2027-03-10T10:00:00+05:30");
  CHECK(due(Right::grievance, "2026-11-23T10:00:00+05:30") == "2026-12-23T10:00:00+05:30");
  CHECK(due(Right::grievance, "2026-12-23T10:00:00+05:30") == "2027-01-22T10:00:00+05:30");
  // 31 January begins in India while it is the 30th in UTC.
  CHECK(due(Right::grievance, "2027-01-30T18:30:00Z") == "2027-02-28T00:00:00+05:30");
  CHECK(due(Right::grievance, "2027-01-30T18:29:59.999999Z") == "2027-02-28T23:59:59.999999+05:30");
}

TEST_CASE("deadline: X23: a limit counts while it is in force, and never lengthens") {
  CHECK(due(Right::grievance, "2028-01-31T10:00:00+05:30") == "2028-03-01T10:00:00+05:30");
  CHECK(due(Right::grievance, "2027-06-01T10:00:00+05:30") == "2027-07-01T10:00:00+05:30");
  RightsRules rules = sample_rules();
  const Instant received = at("2027-01-31T10:00:00+05:30");
  CHECK(response_deadline(rules, kIndia, Right::grievance, received).limit == 0);
  CHECK(response_deadline(rules, kIndia, Right::access, received).limit == -1);
  rules.limits[0].enabled = false;
  CHECK(response_deadline(rules, kIndia, Right::grievance, received).limit == -1);
  rules.limits[0] = limit({1, Unit::unlimited}, {Right::grievance});
  CHECK(response_deadline(rules, kIndia, Right::grievance, received).limit == -1);
  rules.limits[0] = limit({0, Unit::fiscal_years}, {Right::grievance});
  rules.response_days = 100;
  CHECK(response_deadline(rules, kIndia, Right::grievance, received) ==
        ResponseDeadline{at("2027-04-01T00:00:00+05:30"), 0});
}

TEST_CASE("deadline: C8-g: on time, at risk, overdue") {
  const Instant due = at("2027-02-28T10:00:00+05:30");
  const std::int64_t warning = 5 * kMicrosPerDay;
  CHECK(deadline_state(due, warning, at("2027-02-23T09:59:59.999999+05:30")) == DeadlineState::on_time);
  CHECK(deadline_state(due, warning, at("2027-02-23T10:00:00+05:30")) == DeadlineState::at_risk);
  CHECK(deadline_state(due, warning, due) == DeadlineState::at_risk);
  CHECK(deadline_state(due, warning, Instant{due.micros + 1}) == DeadlineState::overdue);
  CHECK(name(DeadlineState::overdue) == "overdue");
}

TEST_CASE("deadline: X12: an erasure is done by the end of the period or of the time to answer") {
  const Instant period_end = at("2027-02-01T00:00:00+05:30");
  CHECK(erasure_deadline(period_end, at("2027-01-10T10:00:00+05:30")) == at("2027-01-10T10:00:00+05:30"));
  CHECK(erasure_deadline(period_end, at("2027-02-10T10:00:00+05:30")) == period_end);
  CHECK(erasure_deadline(std::nullopt, period_end) == period_end);
}

TEST_CASE("deadline: X49: a nominee has until the decision, or ninety days from being verified") {
  const RightsRules rules = sample_rules();
  const Instant notified = at("2026-11-23T10:00:00+05:30");
  const Instant verified = at("2026-12-01T12:00:00+05:30");
  CHECK(nominee_suspension(rules, notified, std::nullopt, std::nullopt).until == at("2027-05-22T10:00:00+05:30"));
  CHECK(nominee_suspension(rules, notified, verified, std::nullopt).until == at("2027-03-01T12:00:00+05:30"));
  const Instant decided = at("2026-12-24T00:00:00+05:30");
  CHECK(nominee_suspension(rules, notified, verified, decided).until == decided);
  CHECK(nominee_suspension(rules, notified, verified, at("2028-01-01T00:00:00+05:30")).until ==
        at("2027-03-01T12:00:00+05:30"));
  CHECK(nominee_suspension(rules, notified, verified, decided).from == notified);
  CHECK(nominee_suspension(rules, notified, verified, decided).cause == SuspensionCause::nominee);
}

TEST_CASE("deadline: whatever comes in, an answer comes out") {
  RightsRules rules = sample_rules();
  rules.response_days = 2'147'483'647;
  CHECK(response_deadline(rules, kIndia, Right::access, Instant{1}).due_at == kEndOfTime);
  rules.response_days = -5;
  CHECK(response_deadline(rules, kIndia, Right::access, Instant{1}).due_at == Instant{1});
  CHECK(response_deadline(rules, kIndia, Right::access, Instant{-9}).due_at == Instant{0});
}
