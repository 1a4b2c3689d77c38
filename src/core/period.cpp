#include "connex/period.hpp"

#include "core/civil.hpp"

namespace connex {

std::optional<PeriodEnd> add(Day from, Period period, Rounding rounding) noexcept {
  if (period.unit == Unit::unlimited) return std::nullopt;
  const civil::End end = civil::add(civil::Start(civil::within(from)), civil::within(period), rounding);
  return PeriodEnd{Day{end.day}, end.rounded};
}

std::optional<Day> last_day(Day from, Period period, Rounding rounding) noexcept {
  const auto end = add(from, period, rounding);
  if (!end) return std::nullopt;
  return Day{end->day.number - (civil::includes_end(period.unit, rounding) ? 0 : 1)};
}

std::optional<Instant> over_at(Instant from, Period period, Rounding rounding, UtcOffset offset) noexcept {
  const std::int64_t offset_micros = offset.minutes * kMicrosPerMinute;
  const std::int32_t day = civil::day_at(from, offset_micros);
  const auto end = add(Day{day}, period, rounding);
  if (!end) return std::nullopt;
  return std::max(from, Instant{civil::over_at(from, day, end->day.number, period.unit, rounding, offset_micros)});
}

}  // namespace connex
