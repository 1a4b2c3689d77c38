// A point in time, supplied by the caller: nothing in the core reads a clock.
#pragma once

#include <compare>
#include <cstdint>

namespace connex {

// Microseconds since 1970-01-01T00:00:00Z. Valid instants lie in the years 1970 to 9999 (0 <= micros <
// kEndOfTime).
struct Instant {
  std::int64_t micros = 0;

  friend constexpr auto operator<=>(Instant, Instant) = default;
};

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr std::int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr std::int64_t kMicrosPerDay = 24 * kMicrosPerHour;
inline constexpr Instant kEndOfTime{253'402'300'800 * kMicrosPerSecond};  // 10000-01-01T00:00:00Z

// A calendar day in the policy's time zone, as days since 1970-01-01; negative before it.
struct Day {
  std::int32_t number = 0;

  friend constexpr auto operator<=>(Day, Day) = default;
};

}  // namespace connex
