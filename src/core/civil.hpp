// Calendar arithmetic on day numbers, fast enough to be done for every record of a sweep. Inside the core;
// see period.hpp for what it means.
#pragma once

#include <algorithm>
#include <cstdint>

#include "connex/calendar.hpp"
#include "connex/instant.hpp"
#include "connex/policy.hpp"

namespace connex::civil {

inline constexpr std::int32_t kLastDay = 2'932'896;     // 31 December 9999
inline constexpr std::int32_t kFromYearZero = 719'468;  // days from 1 March 0000 to 1 January 1970
inline constexpr std::int32_t kMostCount = 4'000'000;   // reaches past kLastDay in any unit
inline constexpr std::int32_t kLastOfFiscalYear = 30;   // 31 March, as day of a year that begins on 1 March
inline constexpr std::int32_t kLeapDay = 365;           // 29 February, likewise

// The nearest day within 1970..9999.
constexpr std::int32_t within(Day day) noexcept { return std::clamp(day.number, 0, kLastDay); }

// Years that begin on 1 March put the leap day last.
struct MarchDate {
  std::int32_t year;
  std::int32_t day;  // from 0
};

// Every fourth year from March 1900 to February 2100 has a leap day, so there the calendar is one product.
inline constexpr std::int32_t kFirstPlainYear = 1900;
inline constexpr std::int32_t kLastPlainYear = 2099;
inline constexpr std::int32_t kPlainFromYearZero = kFromYearZero + 15;
inline constexpr std::int32_t kLastPlainDay = 47'540;  // 28 February 2100

// Neri and Schneider, "Euclidean affine functions and their application to calendar algorithms" (2023).
constexpr MarchDate march_date(std::int32_t day_number) noexcept {
  if (day_number >= 0 && day_number <= kLastPlainDay) [[likely]] {
    const auto n = static_cast<std::uint32_t>(day_number + kPlainFromYearZero);
    const std::uint32_t year = (4U * n + 3U) / 1'461U;
    return {static_cast<std::int32_t>(year), static_cast<std::int32_t>(n - 1'461U * year / 4U)};
  }
  const auto n1 = 4U * static_cast<std::uint32_t>(day_number + kFromYearZero) + 3U;
  const std::uint32_t century = n1 / 146'097U;
  const std::uint32_t n2 = (n1 % 146'097U) | 3U;
  const std::uint64_t p2 = std::uint64_t{2'939'745} * n2;
  return {static_cast<std::int32_t>(100U * century + static_cast<std::uint32_t>(p2 >> 32U)),
          static_cast<std::int32_t>(static_cast<std::uint32_t>(p2) / 2'939'745U / 4U)};
}

// The day number of 1 March.
constexpr std::int32_t first_of(std::int32_t march_year) noexcept {
  const auto year = static_cast<std::uint32_t>(march_year);
  if (march_year >= kFirstPlainYear && march_year <= kLastPlainYear) [[likely]]
    return static_cast<std::int32_t>(1'461U * year / 4U) - kPlainFromYearZero;
  const std::uint32_t century = year / 100U;
  return static_cast<std::int32_t>(365U * year + year / 4U - century + century / 4U) - kFromYearZero;
}

constexpr bool has_leap_day(std::int32_t march_year) noexcept {
  return first_of(march_year + 1) - first_of(march_year) > kLeapDay;
}

// A day as number and as date, from which several periods may run.
struct Start {
  constexpr Start() = default;
  constexpr explicit Start(std::int32_t day_number) noexcept
      : day(day_number), date(march_date(day_number)) {}

  std::int32_t day = 0;
  MarchDate date = {};
};

struct End {
  std::int32_t day;
  bool rounded;
};

constexpr End add_years(MarchDate from, std::int32_t count, bool late) noexcept {
  const std::int32_t year = from.year + count;
  const bool rounded = from.day == kLeapDay && !has_leap_day(year);
  return {first_of(year) + from.day - (rounded && !late ? 1 : 0), rounded};
}

constexpr End add_months(MarchDate from, std::int32_t count, bool late) noexcept {
  const std::int32_t month = (5 * from.day + 2) / 153;  // March is 0
  const std::int32_t in_month = from.day - (153 * month + 2) / 5;
  const std::int32_t months = 12 * from.year + month + count;
  const std::int32_t year = months / 12;
  const std::int32_t to = months % 12;
  const std::int32_t begin = first_of(year) + (153 * to + 2) / 5;
  const std::int32_t next = to == 11 ? first_of(year + 1) : first_of(year) + (153 * (to + 1) + 2) / 5;
  const bool rounded = begin + in_month >= next;
  return {!rounded ? begin + in_month : late ? next : next - 1, rounded};
}

constexpr std::int32_t add_fiscal_years(MarchDate from, std::int32_t count) noexcept {
  const std::int32_t ends_in = from.year + (from.day > kLastOfFiscalYear ? 1 : 0);
  return first_of(ends_in + count) + kLastOfFiscalYear;
}

// The same period with a count that add() can take.
constexpr Period within(Period period) noexcept {
  return {std::clamp(period.count, 0, kMostCount), period.unit};
}

// `from` must lie in 0..kLastDay, `period` must not be unlimited and its count lie in 0..kMostCount.
constexpr End add(const Start& from, Period period, Rounding rounding) noexcept {
  const bool late = rounding == Rounding::late;
  End end{from.day + period.count, false};
  if (period.unit == Unit::years) {
    end = add_years(from.date, period.count, late);
  } else if (period.unit == Unit::fiscal_years) {
    end.day = add_fiscal_years(from.date, period.count);
  } else if (period.unit == Unit::months) {
    end = add_months(from.date, period.count, late);
  }
  return {std::min(end.day, kLastDay), end.rounded};
}

// Whether the end day itself belongs to the period.
constexpr bool includes_end(Unit unit, Rounding rounding) noexcept {
  return unit == Unit::fiscal_years || rounding == Rounding::late;
}

// The day on which `instant` falls; the nearest one where that lies outside 0..kLastDay.
constexpr std::int32_t day_at(Instant instant, std::int64_t offset_micros) noexcept {
  constexpr auto kEnd = static_cast<std::uint64_t>(kEndOfTime.micros);
  auto local = static_cast<std::uint64_t>(instant.micros) + static_cast<std::uint64_t>(offset_micros);
  if (local >= kEnd) local = instant < Instant{kEndOfTime.micros / 2} ? 0 : kEnd - 1;
  return static_cast<std::int32_t>(local / std::uint64_t{kMicrosPerDay});
}

constexpr std::int64_t start_of(std::int64_t day_number, std::int64_t offset_micros) noexcept {
  return day_number * kMicrosPerDay - offset_micros;
}

// The first instant after a period from `from`, which lies on the day `day_number`, whose end day is `end_day`.
constexpr std::int64_t over_at(Instant from, std::int32_t day_number, std::int32_t end_day, Unit unit,
                               Rounding rounding, std::int64_t offset_micros) noexcept {
  const std::int64_t day_over = start_of(end_day + (includes_end(unit, rounding) ? 1 : 0), offset_micros);
  if (unit != Unit::days || rounding == Rounding::late) return day_over;
  const std::int64_t began = start_of(day_number, offset_micros);
  return day_over + (from.micros > began ? std::min(from.micros - began, kMicrosPerDay - 1) : 0);
}

}  // namespace connex::civil
