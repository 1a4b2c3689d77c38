#include "connex/calendar.hpp"

#include <chrono>

namespace connex {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

// Reads exactly `count` decimal digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t count) noexcept {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char expected) noexcept {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Day> take_day(std::string_view& text) noexcept {
  const auto y = take_number(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, '-')) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (*y < 1900 || !date.ok()) return std::nullopt;
  return Day{static_cast<std::int32_t>(sys_days(date).time_since_epoch().count())};
}

year_month_day civil(Day d) noexcept { return year_month_day{sys_days{days{d.number}}}; }

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Microseconds of the fraction that follows the seconds, if there is one.
std::optional<std::int64_t> take_fraction(std::string_view& text) noexcept {
  if (!take(text, '.')) return 0;
  std::int64_t micros = 0;
  std::size_t digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

// Minutes east of UTC.
std::optional<int> take_offset(std::string_view& text) noexcept {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const bool west = take(text, '-');
  if (!west && !take(text, '+')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const int offset = *hours * 60 + *minutes;
  if (west && offset == 0) return std::nullopt;  // RFC 3339: the local offset is not known
  return west ? -offset : offset;
}

// Appends the last `width` decimal digits of a number that is not negative.
void append_number(std::string& text, std::int64_t value, std::size_t width) {
  text.append(width, '0');
  for (std::size_t i = 1; i <= width; ++i, value /= 10)
    text[text.size() - i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<Instant> parse_instant(std::string_view text) noexcept {
  const auto date = take_day(text);
  if (!date || date->number < 0 || (!take(text, 'T') && !take(text, 't'))) return std::nullopt;
  const auto h = take_number(text, 2);
  if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || *m > 59 || !take(text, ':')) return std::nullopt;
  const auto s = take_number(text, 2);
  if (!s || *s > 59) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const Instant instant{date->number * kMicrosPerDay + *h * kMicrosPerHour +
                        (*m - *offset) * kMicrosPerMinute + *s * kMicrosPerSecond + *fraction};
  if (instant.micros < 0 || instant >= kEndOfTime) return std::nullopt;
  return instant;
}

std::string format_instant(Instant instant, UtcOffset offset) {
  // At the ends of time the day at an offset may fall outside the years that can be read back.
  if (const Instant local{instant.micros + offset.minutes * kMicrosPerMinute};
      local.micros < 0 || local >= kEndOfTime)
    offset.minutes = 0;
  const Day date = day_of(instant, offset);
  const std::int64_t in_day = instant.micros - start_of(date, offset).micros;
  std::string text = format_day(date);
  text += 'T';
  append_number(text, in_day / kMicrosPerHour, 2);
  text += ':';
  append_number(text, in_day / kMicrosPerMinute % 60, 2);
  text += ':';
  append_number(text, in_day / kMicrosPerSecond % 60, 2);
  if (const std::int64_t fraction = in_day % kMicrosPerSecond; fraction != 0) {
    text += '.';
    append_number(text, fraction, 6);
    text.erase(text.find_last_not_of('0') + 1);
  }
  const std::int32_t minutes = offset.minutes < 0 ? -offset.minutes : offset.minutes;
  text += offset.minutes < 0 ? '-' : '+';
  append_number(text, minutes / 60, 2);
  text += ':';
  append_number(text, minutes % 60, 2);
  return text;
}

std::optional<Day> parse_day(std::string_view text) noexcept {
  const auto date = take_day(text);
  return text.empty() ? date : std::nullopt;
}

std::string format_day(Day d) {
  const year_month_day date = civil(d);
  std::string text;
  append_number(text, static_cast<int>(date.year()), 4);
  text += '-';
  append_number(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_number(text, static_cast<unsigned>(date.day()), 2);
  return text;
}

Day day_of(Instant instant, UtcOffset offset) noexcept {
  return {static_cast<std::int32_t>(
      floor_div(instant.micros + offset.minutes * kMicrosPerMinute, kMicrosPerDay))};
}

Instant start_of(Day d, UtcOffset offset) noexcept {
  return {d.number * kMicrosPerDay - offset.minutes * kMicrosPerMinute};
}

std::int32_t age_on(Day birth, Day today) noexcept {
  const year_month_day from = civil(birth);
  const year_month_day to = civil(today);
  const bool before_birthday =
      to.month() < from.month() || (to.month() == from.month() && to.day() < from.day());
  return static_cast<int>(to.year()) - static_cast<int>(from.year()) - (before_birthday ? 1 : 0);
}

}  // namespace connex
