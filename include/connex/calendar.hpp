// Instants and days as text, and the calendar of the policy's time zone (a fixed offset: Asia/Kolkata has had
// no other since 1945). Pure; instants in the years 1970 to 9999, days in the years 1900 to 9999.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connex/instant.hpp"

namespace connex {

// Minutes east of UTC.
struct UtcOffset {
  std::int32_t minutes = 330;
};

// Parses an RFC 3339 date-time with an offset ("2026-11-23T10:00:00+05:30", "...T04:30:00.25Z"). Fractions
// beyond microseconds are cut. A leap second, an unknown local offset (-00:00) and a date outside 1970..9999
// are refused.
std::optional<Instant> parse_instant(std::string_view text) noexcept;

// RFC 3339 at `offset`; a fraction only where there is one. What is written can be read back: an instant whose
// year at `offset` would be 1969 or 10000 is written at UTC.
std::string format_instant(Instant instant, UtcOffset offset);

// Parses "YYYY-MM-DD", a day of the years 1900 to 9999.
std::optional<Day> parse_day(std::string_view text) noexcept;
std::string format_day(Day day);

// The calendar day on which `instant` falls at `offset`.
Day day_of(Instant instant, UtcOffset offset) noexcept;

// The first instant of `day` at `offset`.
Instant start_of(Day day, UtcOffset offset) noexcept;

// The age, in completed years, on `today` of somebody born on `birth`; who is born on 29 February completes a
// year on 1 March of a common year. Negative when `birth` lies after `today`.
std::int32_t age_on(Day birth, Day today) noexcept;

}  // namespace connex
