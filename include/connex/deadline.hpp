// The time for an answer to a rights request (C8-g), and the suspension that a nominee's event brings (X49).
// Pure and total.
#pragma once

#include <cstdint>
#include <optional>

#include "connex/instant.hpp"
#include "connex/names.hpp"
#include "connex/policy.hpp"
#include "connex/retention.hpp"

namespace connex {

struct ResponseDeadline {
  Instant due_at;
  std::int32_t limit = -1;  // of the rules' limits: the one that is shorter than the policy's own; -1: none
  friend constexpr bool operator==(const ResponseDeadline&, const ResponseDeadline&) = default;
};

// The policy's own days count 24 hours each from the receipt. A legal limit in force on the day of receipt
// cuts that short; one in months or years ends at the same time of day, on an earlier day where the date does
// not exist (X23). Of equal ends the policy's own is named.
ResponseDeadline response_deadline(const RightsRules& rules, UtcOffset offset, Right right,
                                   Instant received_at) noexcept;

enum class DeadlineState : std::uint8_t { on_time, at_risk, overdue };
template <>
struct Names<DeadlineState> {
  static constexpr std::string_view list[] = {"on_time", "at_risk", "overdue"};
};

// An answer at `due_at` itself is in time. At risk: no more than `warning_micros` are left.
constexpr DeadlineState deadline_state(Instant due_at, std::int64_t warning_micros, Instant now) noexcept {
  if (now > due_at) return DeadlineState::overdue;
  return due_at.micros - now.micros <= warning_micros ? DeadlineState::at_risk : DeadlineState::on_time;
}

// The latest instant by which an erasure must have been carried out where nothing keeps the record: the end
// of its period, or of the time for the answer to the request, whichever is earlier (X12, X39).
constexpr Instant erasure_deadline(std::optional<Instant> ceiling, Instant response_due) noexcept {
  return ceiling && *ceiling < response_due ? *ceiling : response_due;
}

// From the notice of death or incapacity until the nominee decides, or has been verified for the time that
// the rules give. A nominee has as long to be verified: of one who never is, nothing is kept for ever.
SuspensionFacts nominee_suspension(const RightsRules& rules, Instant notified_at,
                                   std::optional<Instant> verified_at,
                                   std::optional<Instant> decided_at) noexcept;

// What an open request for access is answered from stays until the time for the answer is over (X55), or as long
// as a nominee has to decide once it is known who asks: nothing waits for ever for an answer that does not come.
SuspensionFacts request_suspension(const RightsRules& rules, Instant received_at, Instant due_at,
                                   std::optional<Instant> verified_at) noexcept;

}  // namespace connex
