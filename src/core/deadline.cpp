#include "connex/deadline.hpp"

#include <algorithm>

#include "connex/period.hpp"

namespace connex {
namespace {

constexpr std::int32_t kMostDays = 4'000'000;  // from any day past the end of time

Instant plus_days(Instant from, std::int32_t count) noexcept {
  return std::min(Instant{from.micros + std::clamp(count, 0, kMostDays) * kMicrosPerDay}, kEndOfTime);
}

// None for an unlimited period.
std::optional<Instant> limit_end(Instant from, Period period, UtcOffset offset) noexcept {
  if (period.unit == Unit::days) return plus_days(from, period.count);
  if (period.unit == Unit::fiscal_years) return over_at(from, period, Rounding::early, offset);
  const Day day = day_of(from, offset);
  const auto end = add(day, period, Rounding::early);
  if (!end) return std::nullopt;
  return plus_days(from, end->day.number - day.number);
}

}  // namespace

ResponseDeadline response_deadline(const RightsRules& rules, UtcOffset offset, Right right,
                                   Instant received_at) noexcept {
  const Instant received = std::clamp(received_at, Instant{}, kEndOfTime);
  const Day day = day_of(received, offset);
  ResponseDeadline deadline{plus_days(received, rules.response_days)};
  for (std::size_t i = 0; i < rules.limits.size(); ++i) {
    const ResponseLimit& limit = rules.limits[i];
    if (!limit.in_force(day) || !limit.rights.contains(right)) continue;
    const auto end = limit_end(received, limit.period, offset);
    if (end && *end < deadline.due_at) deadline = {*end, static_cast<std::int32_t>(i)};
  }
  return deadline;
}

SuspensionFacts nominee_suspension(const RightsRules& rules, Instant notified_at,
                                   std::optional<Instant> verified_at,
                                   std::optional<Instant> decided_at) noexcept {
  const auto decision_time_after = [&](Instant from) {
    return plus_days(std::clamp(from, Instant{}, kEndOfTime), rules.nominee_decision_days);
  };
  const Instant known_from = verified_at.value_or(decision_time_after(notified_at));
  const Instant end = decision_time_after(known_from);
  return {SuspensionCause::nominee, notified_at, decided_at ? std::min(*decided_at, end) : end};
}

SuspensionFacts request_suspension(const RightsRules& rules, Instant received_at, Instant due_at,
                                   std::optional<Instant> verified_at) noexcept {
  Instant end = due_at;
  if (verified_at)
    end = std::max(end, plus_days(std::clamp(*verified_at, Instant{}, kEndOfTime), rules.nominee_decision_days));
  return {SuspensionCause::open_request, received_at, end};
}

}  // namespace connex
