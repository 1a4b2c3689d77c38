// Calendar periods, counted in days of the policy's time zone.
//
// A period's end is a day: 23 November 2026 + 7 years is 23 November 2033. Where that date does not exist the
// rounding says which neighbour stands in, and the answer says that it did (X38). Rounding also settles the
// first day, of which only a part may belong to the period:
//   early, for maxima: it counts whole, so the period is over when its end day begins; one in days ends at the
//   time of day at which it began, 24 hours for each (X12);
//   late, for minima: it does not count, so the end day itself still belongs to the period.
// Financial years run from 1 April to 31 March and are whole either way (X31).
//
// Pure and total: a day outside 1970..9999 is taken as the nearest inside, a later end as 31 December 9999,
// and a negative count as 0.
#pragma once

#include <optional>

#include "connex/calendar.hpp"
#include "connex/instant.hpp"
#include "connex/policy.hpp"

namespace connex {

struct PeriodEnd {
  Day day;
  bool rounded = false;  // the date does not exist: early and late give different days
  friend constexpr bool operator==(PeriodEnd, PeriodEnd) = default;
};

// The end day of `period` from `from`; none for an unlimited one.
std::optional<PeriodEnd> add(Day from, Period period, Rounding rounding) noexcept;

// The last day that belongs to a period from `from`; none for an unlimited one.
std::optional<Day> last_day(Day from, Period period, Rounding rounding) noexcept;

// The first instant after a period that began at `from`, never before `from` itself; none for an unlimited
// one.
std::optional<Instant> over_at(Instant from, Period period, Rounding rounding, UtcOffset offset) noexcept;

}  // namespace connex
