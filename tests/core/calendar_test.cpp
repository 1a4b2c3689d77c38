#include "connex/calendar.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <random>
#include <string>

using namespace connex;

namespace {

constexpr UtcOffset kIndia{330};
constexpr UtcOffset kUtc{0};

Instant at(std::string_view text) {
  const auto parsed = parse_instant(text);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  return *parsed;
}
Day on(std::string_view text) {
  const auto parsed = parse_day(text);
  REQUIRE_MESSAGE(parsed.has_value(), text);
  return *parsed;
}

// Days since 1970-01-01, counted year by year.
std::int32_t count_days(int year, int month, int day) {
  const auto leap = [](int y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int32_t days = 0;
  for (int y = 1970; y < year; ++y) days += leap(y) ? 366 : 365;
  for (int m = 1; m < month; ++m) days += lengths[m - 1] + (m == 2 && leap(year) ? 1 : 0);
  return days + day - 1;
}

}  // namespace

TEST_CASE("calendar: instants as text") {
  CHECK(at("1970-01-01T00:00:00Z").micros == 0);
  CHECK(at("1970-01-01T05:30:00+05:30").micros == 0);
  CHECK(at("2026-11-23T10:00:00+05:30") == at("2026-11-23T04:30:00Z"));
  CHECK(at("2026-11-23t04:30:00z") == at("2026-11-23T04:30:00Z"));
  CHECK(at("2026-11-23T00:00:00-23:59") == at("2026-11-23T23:59:00Z"));
  CHECK(at("2026-11-24T00:00:00+23:59") == at("2026-11-23T00:01:00+00:00"));
  CHECK(at("2000-02-29T00:00:00Z").micros == 951'782'400'000'000);
  CHECK(at("9999-12-31T23:59:59.999999Z").micros == kEndOfTime.micros - 1);
}

TEST_CASE("calendar: fractions are read to the microsecond and written as short as they are") {
  CHECK(at("1970-01-01T00:00:00.1Z").micros == 100'000);
  CHECK(at("1970-01-01T00:00:00.000001Z").micros == 1);
  CHECK(at("1970-01-01T00:00:00.0000019Z").micros == 1);
  CHECK(at("1970-01-01T00:00:00.99999999999999999999999999Z").micros == 999'999);
  CHECK(format_instant({1}, kUtc) == "1970-01-01T00:00:00.000001+00:00");
  CHECK(format_instant({100'000}, kUtc) == "1970-01-01T00:00:00.1+00:00");
  CHECK(format_instant({120'300}, kIndia) == "1970-01-01T05:30:00.1203+05:30");
  CHECK(format_instant({kMicrosPerSecond}, kIndia) == "1970-01-01T05:30:01+05:30");
}

TEST_CASE("calendar: what is no instant") {
  for (const char* text : {"",
                           "T",
                           "2026-11-23",
                           "2026-11-23T10:00:00",
                           "2026-11-23T10:00Z",
                           "2026-11-23 10:00:00Z",
                           "2026-11-23T10:00:00+0530",
                           "2026-11-23T10:00:00+05",
                           "2026-11-23T10:00:00+5:30",
                           "2026-11-23T10:00:00 +05:30",
                           "2026-11-23T10:00:00Zx",
                           "2026-11-23T10:00:00Z ",
                           " 2026-11-23T10:00:00Z",
                           "2026-11-23T10:00:00.Z",
                           "2026-11-23T10:00:00,5Z",
                           "2026-11-23T10:00:00.5",
                           "2026-11-23T24:00:00Z",
                           "2026-11-23T23:60:00Z",
                           "2026-11-23T23:59:61Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-11-00T00:00:00Z",
                           "2026-11-31T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2100-02-29T00:00:00Z",
                           "+2026-11-23T10:00:00Z",
                           "-2026-11-23T10:00:00Z",
                           "26-11-23T10:00:00Z",
                           "02026-11-23T10:00:00Z",
                           "2026-11-23T1:00:00Z",
                           "2026-11-23T10:00:00+24:00",
                           "2026-11-23T10:00:00+05:60",
                           "2026/11/23T10:00:00Z",
                           "2026-W48-1T10:00:00Z",
                           "2026-327T10:00:00Z",
                           "1795408200",
                           "now"}) {
    CAPTURE(text);
    CHECK(!parse_instant(text));
  }
  CHECK(!parse_instant(std::string_view("2026-11-23T10:00:00Z\0", 21)));
  CHECK_MESSAGE(!parse_instant("2016-12-31T23:59:60Z"), "a leap second");
  CHECK_MESSAGE(!parse_instant("2026-11-23T10:00:00-00:00"), "the local offset is not known");
}

TEST_CASE("calendar: instants in the years 1970 to 9999, days in the years 1900 to 9999") {
  CHECK(!parse_instant("1969-12-31T23:59:59.999999Z"));
  CHECK(
      !parse_instant("1969-12-31T23:59:59-05:00"));  // an instant of 1970, written in a year that is refused
  CHECK(!parse_instant("1970-01-01T05:29:59+05:30"));
  CHECK(!parse_instant("0000-01-01T00:00:00Z"));
  CHECK(!parse_instant("9999-12-31T23:59:59-00:01"));
  CHECK(!parse_instant("10000-01-01T00:00:00Z"));
  CHECK(parse_day("1970-01-01") == Day{0});
  CHECK(format_day(on("9999-12-31")) == "9999-12-31");
  CHECK(parse_day("1969-12-31") == Day{-1});
  CHECK(parse_day("1900-01-01") == Day{-25'567});
  for (const char* text : {"1969-12-31", "1960-02-29", "1900-01-01"}) CHECK(format_day(on(text)) == text);
  CHECK(!parse_day("1900-02-29"));
  CHECK(!parse_day("1899-12-31"));
  CHECK(!parse_day("0000-01-01"));
  CHECK(!parse_day("10000-01-01"));
}

TEST_CASE("calendar: days, counted one by one") {
  for (const int year : {1970, 1972, 1999, 2000, 2023, 2024, 2100, 2400, 9999}) {
    for (const auto& [month, day] :
         std::initializer_list<std::pair<int, int>>{{1, 1}, {2, 28}, {3, 1}, {6, 30}, {12, 31}}) {
      char text[16];
      std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
      CAPTURE(text);
      CHECK(on(text).number == count_days(year, month, day));
      CHECK(format_day(on(text)) == text);
    }
  }
  CHECK(on("2024-03-01").number - on("2024-02-28").number == 2);
  CHECK(on("2000-03-01").number - on("2000-02-29").number == 1);
  CHECK(!parse_day("2026-02-29"));
  CHECK(!parse_day("2026-2-28"));
  CHECK(!parse_day("2026-02-28T"));
  CHECK(!parse_day(""));
}

TEST_CASE("calendar: what is written is read back, at any offset") {
  std::mt19937_64 random(20261123);
  std::uniform_int_distribution<std::int64_t> any(0, kEndOfTime.micros - 1);
  for (int i = 0; i < 20'000; ++i) {
    Instant instant{any(random)};
    if (i % 3 == 0) instant.micros -= instant.micros % kMicrosPerSecond;
    for (const int minutes : {330, 0, -570, 840}) {
      const std::string text = format_instant(instant, {minutes});
      const auto back = parse_instant(text);
      if (back != instant) {
        CAPTURE(text);
        CHECK(back == instant);
      }
    }
  }
  // At the ends of time the day at an offset may lie outside 1970..9999: the text is then that of UTC.
  for (const Instant instant : {Instant{0}, Instant{kEndOfTime.micros - 1}})
    for (const int minutes : {330, 0, -570, 1439, -1439}) {
      CAPTURE(minutes);
      CHECK(parse_instant(format_instant(instant, {minutes})) == instant);
    }
}

TEST_CASE("calendar: a day in India begins at 18:30 UTC of the day before") {
  const Instant midnight = at("2026-11-24T00:00:00+05:30");
  CHECK(midnight == at("2026-11-23T18:30:00Z"));
  CHECK(day_of(midnight, kIndia) == on("2026-11-24"));
  CHECK(day_of({midnight.micros - 1}, kIndia) == on("2026-11-23"));
  CHECK(day_of(midnight, kUtc) == on("2026-11-23"));
  CHECK(start_of(on("2026-11-24"), kIndia) == midnight);
  CHECK(format_instant({midnight.micros - 1}, kIndia) == "2026-11-23T23:59:59.999999+05:30");
  for (std::int32_t day = 0; day < 20'000; day += 7) {
    const Instant start = start_of({day}, kIndia);
    CHECK(day_of(start, kIndia) == Day{day});
    CHECK(day_of({start.micros - 1}, kIndia) == Day{day - 1});
    CHECK(day_of({start.micros + kMicrosPerDay - 1}, kIndia) == Day{day});
  }
  CHECK(day_of({0}, UtcOffset{-60}) == Day{-1});
  CHECK(format_instant(at("2026-11-23T00:30:00Z"), {-90}) == "2026-11-22T23:00:00-01:30");
}

TEST_CASE("calendar: age in completed years") {
  CHECK(age_on(on("2008-11-23"), on("2026-11-22")) == 17);
  CHECK(age_on(on("2008-11-23"), on("2026-11-23")) == 18);
  CHECK(age_on(on("2008-12-01"), on("2026-11-30")) == 17);
  CHECK(age_on(on("2026-11-23"), on("2026-11-23")) == 0);
  CHECK(age_on(on("2026-11-24"), on("2026-11-23")) == -1);
  // Born on 29 February: a year is complete on 1 March, or on 29 February itself.
  CHECK(age_on(on("2008-02-29"), on("2026-02-28")) == 17);
  CHECK(age_on(on("2008-02-29"), on("2026-03-01")) == 18);
  CHECK(age_on(on("2008-02-29"), on("2028-02-28")) == 19);
  CHECK(age_on(on("2008-02-29"), on("2028-02-29")) == 20);
  CHECK(age_on(on("2008-02-28"), on("2026-02-28")) == 18);
  // Born before the day that is number 0.
  CHECK(age_on(on("1960-02-29"), on("2026-02-28")) == 65);
  CHECK(age_on(on("1960-02-29"), on("2026-03-01")) == 66);
  CHECK(age_on(on("1900-01-01"), on("2026-01-01")) == 126);
}
