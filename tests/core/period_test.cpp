#include "connex/period.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include "core/civil.hpp"

using namespace connex;

namespace {

constexpr UtcOffset kIndia{330};
constexpr UtcOffset kUtc{0};

Day day(std::string_view text) { return parse_day(text).value(); }
Instant at(std::string_view text) { return parse_instant(text).value(); }

std::string end(std::string_view from, std::int32_t count, Unit unit, Rounding rounding) {
  const auto end = add(day(from), {count, unit}, rounding).value();
  return format_day(end.day) + (end.rounded ? " rounded" : "");
}

std::string over(std::string_view from, std::int32_t count, Unit unit, Rounding rounding,
                 UtcOffset offset = kIndia) {
  return format_instant(over_at(at(from), {count, unit}, rounding, offset).value(), kIndia);
}

// A calendar that knows nothing but how one day follows another.
struct Walker {
  int year = 1970, month = 1, day = 1;

  bool leap() const { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }
  int length() const {
    if (month == 2) return leap() ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }
  void step() {
    if (++day <= length()) return;
    day = 1;
    if (++month <= 12) return;
    month = 1;
    ++year;
  }
  int month_number() const { return year * 12 + month; }
};

// Walks on until the month is reached and in it the day, or past it.
PeriodEnd walk_months(Walker from, Day number, int count, Rounding rounding) {
  const int month = from.month_number() + count;
  const int wanted = from.day;
  while (from.month_number() < month || (from.month_number() == month && from.day < wanted)) {
    from.step();
    ++number.number;
  }
  const bool rounded = from.day != wanted;
  return {Day{number.number - (rounded && rounding == Rounding::early ? 1 : 0)}, rounded};
}

PeriodEnd walk_fiscal_years(Walker from, Day number, int count) {
  for (int ends = 0;;) {
    if (from.month == 3 && from.day == 31 && ends++ == count) return {number, false};
    from.step();
    ++number.number;
  }
}

}  // namespace

TEST_CASE("period: the day that years and months end on") {
  using enum Unit;
  using enum Rounding;
  CHECK(end("2026-11-23", 7, years, early) == "2033-11-23");
  CHECK(end("2026-11-23", 7, years, late) == "2033-11-23");
  CHECK(end("2026-12-31", 2, months, late) == "2027-03-01 rounded");
  CHECK(end("2026-01-01", 90, days, early) == "2026-04-01");
  CHECK(end("2027-12-02", 90, days, late) == "2028-03-01");
  CHECK(end("2027-01-31", 1, months, early) == "2027-02-28 rounded");
  CHECK(end("2027-01-31", 1, months, late) == "2027-03-01 rounded");
  CHECK(end("2028-01-31", 1, months, early) == "2028-02-29 rounded");
  CHECK(end("2028-01-29", 1, months, early) == "2028-02-29");
  CHECK(end("2027-01-29", 1, months, late) == "2027-03-01 rounded");
  CHECK(end("2027-03-31", 6, months, early) == "2027-09-30 rounded");
  CHECK(end("2027-03-31", 6, months, late) == "2027-10-01 rounded");
  CHECK(end("2027-10-31", 5, months, late) == "2028-03-31");
  CHECK(end("2027-11-30", 15, months, early) == "2029-02-28 rounded");
}

TEST_CASE("period: X38: 29 February goes to 28 February for maxima and to 1 March for minima") {
  using enum Rounding;
  CHECK(end("2028-02-29", 1, Unit::years, early) == "2029-02-28 rounded");
  CHECK(end("2028-02-29", 1, Unit::years, late) == "2029-03-01 rounded");
  CHECK(end("2028-02-29", 4, Unit::years, early) == "2032-02-29");
  CHECK(end("2028-02-29", 4, Unit::years, late) == "2032-02-29");
  CHECK(end("2096-02-29", 4, Unit::years, early) == "2100-02-28 rounded");
  CHECK(end("1996-02-29", 4, Unit::years, late) == "2000-02-29");
  CHECK(end("2028-02-29", 12, Unit::months, early) == "2029-02-28 rounded");
  CHECK(end("2028-02-29", 12, Unit::months, late) == "2029-03-01 rounded");
  // The last of February stays the 28th: it does not grow with the month.
  CHECK(end("2027-02-28", 1, Unit::years, early) == "2028-02-28");
  CHECK(end("2027-02-28", 1, Unit::years, late) == "2028-02-28");
  CHECK(end("2027-02-28", 1, Unit::months, late) == "2027-03-28");
  CHECK(end("2028-03-01", 1, Unit::years, early) == "2029-03-01");
}

TEST_CASE("period: X31: financial years run from 1 April to 31 March") {
  for (const Rounding r : {Rounding::early, Rounding::late}) {
    CHECK(end("2025-04-15", 8, Unit::fiscal_years, r) == "2034-03-31");
    CHECK(end("2025-04-01", 8, Unit::fiscal_years, r) == "2034-03-31");
    CHECK(end("2025-03-31", 8, Unit::fiscal_years, r) == "2033-03-31");
    CHECK(end("2026-03-31", 8, Unit::fiscal_years, r) == "2034-03-31");
    CHECK(end("2025-12-31", 0, Unit::fiscal_years, r) == "2026-03-31");
    CHECK(end("2028-02-29", 8, Unit::fiscal_years, r) == "2036-03-31");
    CHECK(end("2028-03-01", 1, Unit::fiscal_years, r) == "2029-03-31");
    CHECK(format_day(last_day(day("2025-04-15"), {8, Unit::fiscal_years}, r).value()) == "2034-03-31");
  }
}

TEST_CASE("period: a maximum leaves its end day out, a minimum keeps it") {
  CHECK(format_day(last_day(day("2026-11-23"), {7, Unit::years}, Rounding::early).value()) == "2033-11-22");
  CHECK(format_day(last_day(day("2026-11-23"), {7, Unit::years}, Rounding::late).value()) == "2033-11-23");
  CHECK(format_day(last_day(day("2028-02-29"), {1, Unit::years}, Rounding::early).value()) == "2029-02-27");
  CHECK(format_day(last_day(day("2028-02-29"), {1, Unit::years}, Rounding::late).value()) == "2029-03-01");
}

TEST_CASE("period: X38: the day is that of the policy's zone") {
  using enum Rounding;
  CHECK(over("2026-11-23T23:59:59.999999+05:30", 7, Unit::years, early) == "2033-11-23T00:00:00+05:30");
  CHECK(over("2026-11-24T00:00:00+05:30", 7, Unit::years, early) == "2033-11-24T00:00:00+05:30");
  // Midnight of UTC is in the middle of an Indian morning.
  CHECK(over("2026-11-23T23:59:59.999999Z", 7, Unit::years, early) == "2033-11-24T00:00:00+05:30");
  CHECK(over("2026-11-24T00:00:00Z", 7, Unit::years, early) == "2033-11-24T00:00:00+05:30");
  CHECK(over("2026-11-23T18:29:59.999999Z", 7, Unit::years, early) == "2033-11-23T00:00:00+05:30");
  CHECK(over("2026-11-23T18:30:00Z", 7, Unit::years, early) == "2033-11-24T00:00:00+05:30");
  CHECK(over("2026-11-23T10:00:00+05:30", 7, Unit::years, late) == "2033-11-24T00:00:00+05:30");
  CHECK(over("2026-03-31T23:59:59+05:30", 1, Unit::fiscal_years, early) == "2027-04-01T00:00:00+05:30");
  CHECK(over("2026-04-01T00:00:00+05:30", 1, Unit::fiscal_years, late) == "2028-04-01T00:00:00+05:30");
  CHECK(over("2026-11-23T20:00:00Z", 1, Unit::months, early, kUtc) == "2026-12-23T05:30:00+05:30");
}

TEST_CASE("period: X12: a maximum in days ends to the second, a minimum with the day") {
  using enum Rounding;
  CHECK(over("2026-11-23T10:00:00+05:30", 90, Unit::days, early) == "2027-02-21T10:00:00+05:30");
  CHECK(over("2026-11-23T23:59:59.999999+05:30", 90, Unit::days, early) == "2027-02-21T23:59:59.999999+05:30");
  CHECK(over("2026-11-23T20:00:00Z", 1, Unit::days, early, kUtc) == "2026-11-25T01:30:00+05:30");
  CHECK(over("2026-11-23T10:00:00+05:30", 90, Unit::days, late) == "2027-02-22T00:00:00+05:30");
}

TEST_CASE("period: a period of nothing is over at once, never earlier") {
  CHECK(over("2026-11-23T10:00:00+05:30", 0, Unit::days, Rounding::early) == "2026-11-23T10:00:00+05:30");
  CHECK(over("2026-11-23T10:00:00+05:30", 0, Unit::days, Rounding::late) == "2026-11-24T00:00:00+05:30");
  CHECK(over("2026-11-23T10:00:00+05:30", -3, Unit::years, Rounding::early) == "2026-11-23T10:00:00+05:30");
}

TEST_CASE("period: an unlimited one has no end") {
  CHECK(!add(day("2026-11-23"), {1, Unit::unlimited}, Rounding::early));
  CHECK(!last_day(day("2026-11-23"), {1, Unit::unlimited}, Rounding::late));
  CHECK(!over_at(at("2026-11-23T10:00:00Z"), {1, Unit::unlimited}, Rounding::late, kIndia));
}

TEST_CASE("period: whatever comes in, an answer comes out") {
  constexpr std::int32_t kMost = 2'147'483'647;
  for (const Unit unit : {Unit::days, Unit::months, Unit::years, Unit::fiscal_years}) {
    for (const Rounding r : {Rounding::early, Rounding::late}) {
      CHECK(format_day(add(day("2026-11-23"), {kMost, unit}, r)->day) == "9999-12-31");
      CHECK(format_day(add(Day{kMost}, {kMost, unit}, r)->day) == "9999-12-31");
      CHECK(add(Day{-kMost}, {0, unit}, r)->day >= Day{0});
      CHECK(over_at(Instant{-1}, {-kMost, unit}, r, kIndia).has_value());
      CHECK(over_at(Instant{std::numeric_limits<std::int64_t>::min()}, {kMost, unit}, r, kIndia) <
            kEndOfTime);
    }
  }
}

TEST_CASE("period: every day of the calendar, against one that only knows the next day") {
  Walker walker;
  for (std::int32_t number = 0; number <= civil::kLastDay; ++number, walker.step()) {
    const civil::MarchDate date = civil::march_date(number);
    const bool march_on = walker.month >= 3;
    const bool same = date.year == walker.year - (march_on ? 0 : 1) &&
                      civil::first_of(date.year) + date.day == number &&
                      (date.day == 0) == (walker.month == 3 && walker.day == 1) &&
                      (date.day == civil::kLeapDay) == (walker.month == 2 && walker.day == 29) &&
                      (date.day == civil::kLastOfFiscalYear) == (walker.month == 3 && walker.day == 31);
    if (!same) FAIL(number);
  }
  CHECK((walker.year == 10000 && walker.month == 1 && walker.day == 1));
}

TEST_CASE("period: ends agree with walking there") {
  constexpr std::uint32_t kSeed = 20261123;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  Walker walker;
  int ends = 0, rounded = 0;
  for (Day number{0}; number.number < 50'000; ++number.number, walker.step()) {
    const bool edge = walker.day >= 28 || walker.day == 1;
    if (!edge && random() % 8 != 0) continue;
    const int count = static_cast<int>(random() % 9);
    for (const Rounding r : {Rounding::early, Rounding::late}) {
      const PeriodEnd years = walk_months(walker, number, 12 * count, r);
      const PeriodEnd months = walk_months(walker, number, count, r);
      const PeriodEnd fiscal = walk_fiscal_years(walker, number, count);
      if (add(number, {count, Unit::years}, r) != years) FAIL(format_day(number) << " years " << count);
      if (add(number, {count, Unit::months}, r) != months) FAIL(format_day(number) << " months " << count);
      if (add(number, {count, Unit::fiscal_years}, r) != fiscal)
        FAIL(format_day(number) << " fiscal " << count);
      ends += 3;
      rounded += years.rounded + months.rounded;
    }
  }
  CHECK(ends > 50'000);
  CHECK(rounded > 1000);
}
