// The retention algebra again, by other means: dates are found by walking day by day, and the first free
// instant by trying every instant at which anything changes. Slow, and without a line in common with the real
// one.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "connex/calendar.hpp"
#include "connex/retention.hpp"

using namespace connex;

namespace {

constexpr UtcOffset kIndia{330};
constexpr int kFirstYear = 1990, kLastYear = 2080;

struct Date {
  int year, month, day;
  friend auto operator<=>(const Date&, const Date&) = default;
};

// The dates from 1 January 1990 on, each made from the one before.
const std::vector<Date>& calendar() {
  static const std::vector<Date> dates = [] {
    std::vector<Date> all;
    for (Date d{kFirstYear, 1, 1}; d.year < kLastYear;) {
      all.push_back(d);
      const bool leap = d.year % 4 == 0;  // no century year that is none lies within
      const std::array<int, 12> lengths = {31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
      if (++d.day <= lengths[static_cast<std::size_t>(d.month - 1)]) continue;
      d.day = 1;
      if (++d.month <= 12) continue;
      d.month = 1;
      ++d.year;
    }
    return all;
  }();
  return dates;
}

constexpr int kFirstNumber = 7305;  // 1 January 1990
Date date_of(Day d) { return calendar()[static_cast<std::size_t>(d.number - kFirstNumber)]; }

struct Reached {
  Day last;  // that belongs to the period
  bool rounded;
};

Reached walk(Day from, Period period, bool late) {
  const Date start = date_of(from);
  Day d = from;
  if (period.unit == Unit::days) {
    for (int i = 0; i < period.count; ++i) ++d.number;
    return {Day{late ? d.number : d.number - 1}, false};
  }
  if (period.unit == Unit::fiscal_years) {
    for (int seen = 0;; ++d.number) {
      if (date_of(d).month == 3 && date_of(d).day == 31 && seen++ == period.count) return {d, false};
    }
  }
  Date wanted = start;
  for (int i = 0; i < period.count; ++i) {
    if (period.unit == Unit::years) ++wanted.year;
    if (period.unit == Unit::months && ++wanted.month > 12) {
      wanted.month = 1;
      ++wanted.year;
    }
  }
  while (date_of(d) < wanted) ++d.number;
  const bool rounded = date_of(d) != wanted;
  if (late) return {d, rounded};
  return {Day{d.number - (rounded ? 2 : 1)}, rounded};
}

struct Version {
  PolicyPack pack;
  Instant effective_at;
};

class Model {
 public:
  Model(const std::vector<Version>& versions, const RetentionFacts& facts, Instant now)
      : versions_(versions), current_(versions.back().pack), facts_(facts), now_(now) {
    find_ceilings();
    find_instants();
  }

  RetentionDecision decide() {
    RetentionDecision decision;
    const std::optional<Instant> ceiling = least(policy_, erased_);
    const bool by_erasure = erased_ && (!policy_ || *erased_ < *policy_);
    const bool past = ceiling && *ceiling <= now_;
    const auto [named, is_hold] = keeper();
    decision.state = RetentionState::active;
    if (named >= 0) {
      decision.state = RetentionState::held;
      decision.basis = is_hold ? RetentionBasis::hold : RetentionBasis::suspension;
      decision.keeper = named;
    } else if (past && floor_at(now_)) {
      decision.state = RetentionState::restricted;
      decision.basis = RetentionBasis::floor;
    } else if (past) {
      decision.state = RetentionState::due;
      decision.basis = by_erasure ? RetentionBasis::erasure : RetentionBasis::rule;
    }
    decision.usable = !past;
    decision.ceiling = ceiling;
    decision.version = first_stated(version_);
    decision.dispose_at = free_from(ceiling);
    if (unlinked_ && (!ceiling || *unlinked_ < *ceiling)) decision.unlink_at = free_from(unlinked_);
    const bool due = decision.state == RetentionState::due;
    bool floor_rounded = false;
    find_floor(decision, due ? std::optional(now_) : decision.dispose_at, floor_rounded);
    decision.depended_on_rounding = (rounded_ && !by_erasure) || floor_rounded;
    return decision;
  }

 private:
  static std::optional<Instant> least(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
  }

  const RetentionRule& rule(const Version& version) const { return version.pack.rule(facts_.record_class); }
  std::uint16_t first_stated(std::uint16_t version) const {
    const auto same = [](const RetentionRule& a, const RetentionRule& b) {
      return a.period == b.period && a.rounding == b.rounding && a.on_erasure == b.on_erasure;
    };
    while (version > 0 && same(rule(versions_[version]), rule(versions_[version - 1U]))) --version;
    return version;
  }
  Day local(Instant instant) const { return day_of(instant, kIndia); }

  void find_ceilings() {
    std::size_t at_collection = 0;
    for (std::size_t i = 1; i < versions_.size(); ++i)
      if (versions_[i].effective_at <= facts_.collected_at) at_collection = i;
    version_ = static_cast<std::uint16_t>(at_collection);
    for (std::size_t i = at_collection; i < versions_.size(); ++i) {
      const auto bound = [&](Instant instant) {
        return i == at_collection ? instant : std::max(instant, versions_[i].effective_at);
      };
      const RetentionRule& r = rule(versions_[i]);
      const auto end_from = [&](Instant start, const Reached& reached) {
        Instant over = start_of(Day{reached.last.number + 1}, kIndia);
        if (r.period.unit == Unit::days && r.rounding == Rounding::early)
          over.micros += start.micros - start_of(local(start), kIndia).micros;
        return bound(std::max(over, start));
      };
      // X16: a hold that may delay a request delays it by the period of the class at most, also where that has not begun
      // or begins anew.
      if (facts_.erasure_accepted_at && r.period.unit != Unit::unlimited) {
        const Instant asked = *facts_.erasure_accepted_at;
        delay_ = least(delay_, end_from(asked, walk(local(asked), r.period, r.rounding == Rounding::late)));
      }
      if (facts_.trigger_at && r.period.unit != Unit::unlimited) {
        const Reached reached = walk(local(*facts_.trigger_at), r.period, r.rounding == Rounding::late);
        const Instant end = end_from(*facts_.trigger_at, reached);
        if (!policy_ || end < *policy_) {
          policy_ = end;
          rounded_ = reached.rounded;
          version_ = static_cast<std::uint16_t>(i);
        }
      }
      if (r.on_erasure == ErasureAnswer::erase && bound(Instant{}) <= now_) erasable_ = true;
      if (!facts_.erasure_accepted_at) continue;
      const Instant accepted = bound(*facts_.erasure_accepted_at);
      if (r.on_erasure == ErasureAnswer::erase) erased_ = least(erased_, accepted);
      if (r.on_erasure == ErasureAnswer::unlink) unlinked_ = least(unlinked_, accepted);
    }
  }

  // The last day on which a floor can keep the record, law and period taken together; none: no end.
  std::optional<Day> end_of(const LegalFloor& floor, bool& rounded) const {
    std::optional<Day> last;
    rounded = false;
    if (floor.until) last = Day{floor.until->number - 1};
    std::optional<Instant> start = facts_.trigger_at;
    if (floor.start == FloorStart::processing) {
      start = facts_.collected_at;
      if (facts_.processed_at && *facts_.processed_at > *start) start = facts_.processed_at;
    }
    if (!start || floor.period.unit == Unit::unlimited) return last;
    const Reached reached = walk(local(*start), floor.period, true);
    if (last && *last <= reached.last) return last;
    rounded = reached.rounded;
    return reached.last;
  }

  bool applies(const LegalFloor& floor) const {
    return floor.enabled && floor.classes.contains(facts_.record_class);
  }

  bool floor_at(Instant instant) const {
    const Day day = local(instant);
    bool rounded = false;
    return std::ranges::any_of(current_.legal_floors, [&](const LegalFloor& floor) {
      const auto last = end_of(floor, rounded);
      return applies(floor) && floor.in_force(day) && (!last || day <= *last);
    });
  }

  bool hold_at(const HoldFacts& hold, Instant instant) const {
    const bool outlasts = current_.holds.outlasting_ceiling.contains(hold.basis);
    return hold.placed_at <= now_ && hold.placed_at <= instant &&
           !(hold.released_at && *hold.released_at <= instant) &&
           (outlasts || ((!policy_ || instant < *policy_) && (!delay_ || instant < *delay_)));
  }

  bool suspension_at(const SuspensionFacts& s, Instant instant) const {
    return (s.cause != SuspensionCause::nominee || erasable_) && s.from <= now_ && s.from <= instant &&
           !(s.until && *s.until <= instant);
  }

  bool kept_at(Instant instant) const {
    return floor_at(instant) ||
           std::ranges::any_of(facts_.holds, [&](const auto& hold) { return hold_at(hold, instant); }) ||
           std::ranges::any_of(facts_.suspensions, [&](const auto& s) { return suspension_at(s, instant); });
  }

  std::pair<std::int32_t, bool> keeper() const {
    std::int32_t best = -1;
    const auto longer = [](std::optional<Instant> a, std::optional<Instant> b) {
      return b && (!a || *a > *b);
    };
    for (std::size_t i = 0; i < facts_.holds.size(); ++i) {
      if (!hold_at(facts_.holds[i], now_)) continue;
      const auto strong = [&](std::size_t of) {
        return current_.holds.outlasting_ceiling.contains(facts_.holds[of].basis);
      };
      const auto b = static_cast<std::size_t>(best);
      const bool better =
          best < 0 || (strong(i) && !strong(b)) ||
          (strong(i) == strong(b) && longer(facts_.holds[i].expected_end, facts_.holds[b].expected_end));
      if (better) best = static_cast<std::int32_t>(i);
    }
    if (best >= 0) return {best, true};
    for (std::size_t i = 0; i < facts_.suspensions.size(); ++i) {
      if (!suspension_at(facts_.suspensions[i], now_)) continue;
      const auto b = static_cast<std::size_t>(best);
      if (best < 0 || longer(facts_.suspensions[i].until, facts_.suspensions[b].until))
        best = static_cast<std::int32_t>(i);
    }
    return {best, false};
  }

  void find_instants() {
    instants_.insert(now_);
    for (const auto& instant : {policy_, erased_, unlinked_, delay_})
      if (instant) instants_.insert(*instant);
    for (const HoldFacts& hold : facts_.holds) {
      instants_.insert(hold.placed_at);
      if (hold.released_at) instants_.insert(*hold.released_at);
    }
    for (const SuspensionFacts& s : facts_.suspensions) {
      instants_.insert(s.from);
      if (s.until) instants_.insert(*s.until);
    }
    for (const LegalFloor& floor : current_.legal_floors) {
      bool rounded = false;
      if (floor.from) instants_.insert(start_of(*floor.from, kIndia));
      if (const auto last = end_of(floor, rounded)) instants_.insert(start_of(Day{last->number + 1}, kIndia));
    }
  }

  // The first free instant from `ceiling` and now on; where now is free itself, since when it has been.
  std::optional<Instant> free_from(std::optional<Instant> ceiling) const {
    if (!ceiling) return std::nullopt;
    if (*ceiling <= now_ && !kept_at(now_)) {
      Instant since = now_;
      for (auto it = std::make_reverse_iterator(instants_.upper_bound(now_)); it != instants_.rend(); ++it) {
        if (*it < *ceiling || kept_at(*it)) break;
        since = *it;
      }
      return since;
    }
    for (auto it = instants_.lower_bound(std::max(*ceiling, now_)); it != instants_.end(); ++it)
      if (!kept_at(*it)) return *it;
    return std::nullopt;
  }

  // The longest floor of those that bind at some time from now until the record is gone.
  void find_floor(RetentionDecision& decision, std::optional<Instant> horizon, bool& rounded) const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < current_.legal_floors.size(); ++i) order.push_back(i);
    const auto from = [&](std::size_t i) { return current_.legal_floors[i].from.value_or(Day{-1}); };
    std::ranges::stable_sort(order, {}, from);
    std::optional<Day> longest;
    for (const std::size_t i : order) {
      const LegalFloor& floor = current_.legal_floors[i];
      bool is_rounded = false;
      const auto last = end_of(floor, is_rounded);
      if (!applies(floor) || (floor.until && *floor.until <= local(now_))) continue;
      if (floor.from &&
          ((horizon && start_of(*floor.from, kIndia) > *horizon) || (last && *last < *floor.from)))
        continue;
      if (decision.floor >= 0 && (!longest || (last && *last <= *longest))) continue;
      decision.floor = static_cast<std::int16_t>(i);
      longest = last;
      rounded = is_rounded;
    }
    decision.retain_until = longest;
  }

  const std::vector<Version>& versions_;
  const PolicyPack& current_;
  const RetentionFacts& facts_;
  Instant now_;
  std::optional<Instant> policy_, erased_, unlinked_, delay_;
  std::uint16_t version_ = 0;
  bool rounded_ = false;
  bool erasable_ = false;
  std::set<Instant> instants_;
};

// Random policies and records whose dates crowd together, so that ends meet.
class Maker {
 public:
  explicit Maker(std::uint32_t seed) : random_(seed) {}

  int below(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  bool chance(int one_in) { return below(one_in) == 0; }

  // Between 2010 and 2034; often a midnight, the last of February or of March, or a microsecond beside one.
  Instant instant() {
    Day day{14'610 + below(8'766)};
    if (chance(4))
      day = parse_day(std::to_string(2010 + below(24)) + (chance(2) ? "-03-01" : "-04-01")).value();
    if (chance(4)) --day.number;
    const Instant midnight = start_of(day, kIndia);
    if (chance(2)) return {midnight.micros + below(3) - 1};
    return {midnight.micros + below(24) * kMicrosPerHour};
  }
  std::optional<Instant> maybe_instant() { return chance(2) ? std::optional(instant()) : std::nullopt; }

  Period period() {
    switch (below(6)) {
      case 0:
        return {below(400), Unit::days};
      case 1:
        return {below(30), Unit::months};
      case 2:
        return {below(9), Unit::fiscal_years};
      case 3:
        return {1, chance(8) ? Unit::unlimited : Unit::years};
      default:
        return {below(9), Unit::years};
    }
  }

  PolicyPack pack() {
    PolicyPack pack;
    pack.offset = kIndia;
    for (RetentionRule& rule : pack.retention) {
      rule.period = period();
      rule.rounding = chance(3) ? Rounding::late : Rounding::early;
      rule.on_erasure = static_cast<ErasureAnswer>(below(static_cast<int>(kCountOf<ErasureAnswer>)));
    }
    pack.legal_floors.resize(static_cast<std::size_t>(below(5)));
    for (LegalFloor& floor : pack.legal_floors) {
      floor.enabled = !chance(8);
      floor.period = period();
      floor.start = chance(2) ? FloorStart::trigger : FloorStart::processing;
      if (chance(2)) floor.from = day_of(instant(), kIndia);
      if (chance(4)) floor.until = day_of(instant(), kIndia);
      for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
        if (!chance(3)) floor.classes.insert(static_cast<RecordClass>(c));
    }
    for (std::size_t b = 0; b < kCountOf<HoldBasis>; ++b)
      if (chance(2)) pack.holds.outlasting_ceiling.insert(static_cast<HoldBasis>(b));
    return pack;
  }

  std::vector<Version> versions() {
    std::vector<Version> versions(static_cast<std::size_t>(1 + (chance(2) ? below(3) : 0)));
    std::vector<Instant> effective;
    for (std::size_t i = 0; i < versions.size(); ++i) effective.push_back(instant());
    std::ranges::sort(effective);
    for (std::size_t i = 0; i < versions.size(); ++i) versions[i] = {pack(), effective[i]};
    return versions;
  }

  HoldFacts hold() {
    HoldFacts hold;
    hold.basis = static_cast<HoldBasis>(below(static_cast<int>(kCountOf<HoldBasis>)));
    hold.placed_at = instant();
    hold.released_at = maybe_instant();
    hold.expected_end = maybe_instant();
    return hold;
  }

  SuspensionFacts suspension() {
    return {chance(2) ? SuspensionCause::nominee : SuspensionCause::open_request, instant(), maybe_instant()};
  }

  RetentionFacts facts(std::vector<HoldFacts>& holds, std::vector<SuspensionFacts>& suspensions) {
    RetentionFacts facts;
    facts.record_class = static_cast<RecordClass>(below(static_cast<int>(kCountOf<RecordClass>)));
    facts.collected_at = instant();
    facts.trigger_at = chance(6) ? std::nullopt : std::optional(chance(3) ? facts.collected_at : instant());
    if (chance(3)) facts.processed_at = instant();
    if (chance(2)) facts.erasure_accepted_at = instant();
    holds.clear();
    suspensions.clear();
    for (int i = chance(2) ? below(4) : 0; i > 0; --i) holds.push_back(hold());
    for (int i = chance(4) ? below(3) : 0; i > 0; --i) suspensions.push_back(suspension());
    facts.holds = holds;
    facts.suspensions = suspensions;
    return facts;
  }

 private:
  std::mt19937 random_;
};

RetentionTable table_of(const std::vector<Version>& versions) {
  RetentionTable table(versions.front().pack);
  for (std::size_t i = 1; i < versions.size(); ++i) table.adopt(versions[i].pack, versions[i].effective_at);
  return table;
}

std::string shown(const RetentionDecision& d) {
  const auto instant = [](std::optional<Instant> i) { return i ? format_instant(*i, kIndia) : "none"; };
  return std::string(name(d.state)) + " by " + std::string(name(d.basis)) + (d.usable ? " usable" : "") +
         (d.depended_on_rounding ? " rounded" : "") + " version " + std::to_string(d.version) + " floor " +
         std::to_string(d.floor) + " keeper " + std::to_string(d.keeper) + " until " +
         (d.retain_until ? format_day(*d.retain_until) : "none") + " ceiling " + instant(d.ceiling) +
         " dispose " + instant(d.dispose_at) + " unlink " + instant(d.unlink_at);
}

// Whether the one disposes of a record before the other.
bool earlier(const RetentionDecision& a, const RetentionDecision& b) {
  return a.dispose_at && (!b.dispose_at || *a.dispose_at < *b.dispose_at);
}

constexpr std::uint32_t kSeed = 20'261'123;

}  // namespace

TEST_CASE("retention model: the calendar walks from the right day") {
  CHECK(Day{kFirstNumber} == parse_day("1990-01-01"));
}

TEST_CASE("retention model: agrees on random policies and records") {
  CAPTURE(kSeed);
  Maker make(kSeed);
  std::vector<HoldFacts> holds;
  std::vector<SuspensionFacts> suspensions;
  std::array<int, kCountOf<RetentionState>> states = {};
  int rounded = 0, unlinked = 0, later_versions = 0;
  for (int p = 0; p < 400; ++p) {
    const auto versions = make.versions();
    const RetentionTable table = table_of(versions);
    for (int r = 0; r < 100; ++r) {
      const RetentionFacts facts = make.facts(holds, suspensions);
      Instant now = make.instant();
      const RetentionDecision first = table.evaluate(facts, now);
      // Once more on the very instant at which something is to happen, or beside it.
      if (first.dispose_at && make.chance(2)) now = {first.dispose_at->micros + make.below(3) - 1};
      const RetentionDecision real = table.evaluate(facts, now);
      const RetentionDecision model = Model(versions, facts, now).decide();
      if (real != model) FAIL(p << "/" << r << "\n real  " << shown(real) << "\n model " << shown(model));
      ++states[static_cast<std::size_t>(real.state)];
      rounded += real.depended_on_rounding;
      unlinked += real.unlink_at.has_value();
      later_versions += real.version > 0;
    }
  }
  for (const int count : states) CHECK(count > 500);
  CHECK(rounded > 100);
  CHECK(unlinked > 1000);
  CHECK(later_versions > 1000);
}

// Most records are held by nothing and were processed when their clock began: these have a way of their own,
// which a suspension that never was in force keeps them from.
TEST_CASE("retention model: agrees on records that nothing holds, by either way") {
  CAPTURE(kSeed);
  Maker make(kSeed + 2);
  const SuspensionFacts never{SuspensionCause::open_request, {}, Instant{}};
  std::array<int, kCountOf<RetentionState>> states = {};
  int rounded = 0, floors = 0;
  for (int p = 0; p < 400; ++p) {
    std::vector<Version> versions{{make.pack(), make.instant()}};
    for (LegalFloor& floor :
         versions.front().pack.legal_floors)  // over just when what began on 29 February is
      if (floor.until && make.chance(2))
        floor.until = parse_day(std::to_string(2010 + make.below(24)) + "-03-02");
    const RetentionTable table = table_of(versions);
    for (int r = 0; r < 300; ++r) {
      RetentionFacts facts;
      facts.record_class = static_cast<RecordClass>(make.below(static_cast<int>(kCountOf<RecordClass>)));
      facts.collected_at = make.instant();
      facts.trigger_at = facts.collected_at;
      if (make.chance(2)) facts.processed_at = facts.collected_at;
      Instant now = make.instant();
      const RetentionDecision first = table.evaluate(facts, now);
      if (first.dispose_at && make.chance(2)) now = {first.dispose_at->micros + make.below(3) - 1};
      const RetentionDecision real = table.evaluate(facts, now);
      const RetentionDecision model = Model(versions, facts, now).decide();
      if (real != model) FAIL(p << "/" << r << "\n real  " << shown(real) << "\n model " << shown(model));
      ++states[static_cast<std::size_t>(real.state)];
      rounded += real.depended_on_rounding;
      floors += real.floor >= 0;

      // And far from the years of the model, in which they part.
      const std::int64_t on =
          make.chance(2) ? 1'000'000 * kMicrosPerDay : (make.below(200) - 45) * 365 * kMicrosPerDay;
      facts.collected_at = {make.chance(8) ? make.below(3) - 1 - 330 * kMicrosPerMinute
                                           : facts.collected_at.micros + on};
      if (make.chance(8))
        facts.collected_at = {start_of(parse_day("2049-01-01").value(), kIndia).micros + make.below(3) - 1};
      facts.trigger_at = facts.collected_at;
      facts.processed_at = std::nullopt;
      if (make.chance(2)) now = {now.micros + on};
      const RetentionDecision one = table.evaluate(facts, now);
      facts.suspensions = std::span(&never, 1);
      const RetentionDecision other = table.evaluate(facts, now);
      if (one != other) FAIL(p << "/" << r << "\n one   " << shown(one) << "\n other " << shown(other));
    }
  }
  for (const RetentionState state : {RetentionState::active, RetentionState::restricted, RetentionState::due})
    CHECK(states[static_cast<std::size_t>(state)] > 500);
  CHECK(rounded > 100);
  CHECK(floors > 1'000);
}

TEST_CASE(
    "retention: more holds never dispose earlier, an erasure never later, a shorter period never keeps "
    "longer") {
  CAPTURE(kSeed);
  Maker make(kSeed + 1);
  std::vector<HoldFacts> holds;
  std::vector<SuspensionFacts> suspensions;
  int holds_that_kept = 0, erasures_that_hurried = 0, periods_that_hurried = 0;
  for (int p = 0; p < 500; ++p) {
    const PolicyPack pack = make.pack();
    PolicyPack shorter = pack;
    for (RetentionRule& rule : shorter.retention) {
      if (rule.period.unit == Unit::unlimited) rule.period = {100, Unit::years};
      rule.period.count -= rule.period.count > 0 ? 1 : 0;
    }
    const RetentionTable table(pack), tighter(shorter);
    for (int r = 0; r < 200; ++r) {
      const Instant now = make.instant();
      RetentionFacts facts = make.facts(holds, suspensions);
      const RetentionDecision plain = table.evaluate(facts, now);
      if (earlier(plain, tighter.evaluate(facts, now))) FAIL("kept longer: " << shown(plain));
      periods_that_hurried += earlier(tighter.evaluate(facts, now), plain);
      if (tighter.evaluate(facts, now).usable && !plain.usable) FAIL("used longer: " << shown(plain));

      std::vector<HoldFacts> more = holds;
      more.push_back(make.hold());
      facts.holds = more;
      const RetentionDecision with_hold = table.evaluate(facts, now);
      if (earlier(with_hold, plain)) FAIL("disposed earlier: " << shown(plain) << " / " << shown(with_hold));
      if (with_hold.state == RetentionState::due && plain.state != RetentionState::due) FAIL("due by a hold");
      holds_that_kept += earlier(plain, with_hold);
      facts.holds = holds;

      facts.erasure_accepted_at.reset();
      const RetentionDecision before = table.evaluate(facts, now);
      facts.erasure_accepted_at = make.instant();
      const RetentionDecision erased = table.evaluate(facts, now);
      if (earlier(before, erased)) FAIL("disposed later: " << shown(before) << " / " << shown(erased));
      if (before.state == RetentionState::due && erased.state != RetentionState::due)
        FAIL("kept by an erasure");
      if (erased.usable && !before.usable) FAIL("used by an erasure");
      erasures_that_hurried += earlier(erased, before);
    }
  }
  CHECK(holds_that_kept > 1000);
  CHECK(erasures_that_hurried > 1000);
  CHECK(periods_that_hurried > 1000);
}

// Every combination of class, clock, holds, floors, requests and moments, as one number: it changes with any
// decision.
TEST_CASE("retention: the digest of all combinations") {
  const auto at = [](std::string_view text) { return parse_instant(text).value(); };
  PolicyPack pack;
  pack.offset = kIndia;
  const Period periods[] = {
      {90, Unit::days}, {18, Unit::months}, {7, Unit::years}, {8, Unit::fiscal_years}, {0, Unit::unlimited}};
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
    pack.retention[c].period = periods[c % 5];
    pack.retention[c].on_erasure = static_cast<ErasureAnswer>(c % 3);
    pack.retention[c].rounding = c % 2 == 0 ? Rounding::early : Rounding::late;
  }
  pack.holds.outlasting_ceiling.insert(HoldBasis::court_order);

  // No floor, one from the trigger, one from the processing that begins later and ends.
  std::array<PolicyPack, 3> packs = {pack, pack, pack};
  for (std::size_t i = 1; i < packs.size(); ++i) {
    LegalFloor floor;
    floor.enabled = true;
    floor.period = {i == 1 ? 5 : 9, Unit::years};
    floor.start = i == 1 ? FloorStart::trigger : FloorStart::processing;
    if (i == 2) floor.from = parse_day("2026-05-13");
    if (i == 2) floor.until = parse_day("2031-01-01");
    for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) floor.classes.insert(static_cast<RecordClass>(c));
    packs[i].legal_floors.push_back(floor);
  }

  const std::optional<Instant> triggers[] = {std::nullopt, at("2020-02-29T23:59:59.999999+05:30"),
                                             at("2024-02-29T18:30:00Z"), at("2026-11-23T10:00:00+05:30")};
  const std::optional<Instant> erasures[] = {std::nullopt, at("2025-06-01T00:00:00Z"),
                                             at("2030-01-01T00:00:00Z")};
  const std::optional<Instant> decided = at("2027-06-01T00:00:00Z");
  const HoldFacts weak{HoldBasis::contract, at("2024-06-01T00:00:00Z"), {}, {}};
  const HoldFacts strong{HoldBasis::court_order, at("2025-06-01T00:00:00Z"), {}, {}};
  HoldFacts released = strong;
  released.released_at = at("2028-06-01T00:00:00Z");
  const std::vector<HoldFacts> holds[] = {{}, {weak}, {strong}, {released}, {weak, released}};
  const std::vector<SuspensionFacts> suspensions[] = {
      {},
      {{SuspensionCause::nominee, at("2026-06-01T00:00:00Z"), decided}},
      {{SuspensionCause::open_request, at("2026-06-01T00:00:00Z"), decided}}};

  std::uint64_t digest = 0xcbf29ce484222325U;  // FNV-1a
  std::size_t combinations = 0;
  const auto add = [&digest](std::int64_t value) {
    for (int byte = 0; byte < 8; ++byte) {
      digest ^= static_cast<std::uint64_t>(value) >> (8 * byte) & 0xffU;
      digest *= 0x100000001b3U;
    }
  };
  const auto add_instant = [&add](std::optional<Instant> instant) { add(instant ? instant->micros : -1); };
  for (const PolicyPack& floors : packs) {
    const RetentionTable table(floors);
    for (std::size_t c = 0; c <= kCountOf<RecordClass>; ++c) {
      for (const auto& trigger : triggers) {
        for (const auto& erasure : erasures) {
          for (const auto& held : holds) {
            for (const auto& suspended : suspensions) {
              for (int year = 2019; year < 2040; ++year) {
                RetentionFacts facts;
                facts.record_class = static_cast<RecordClass>(c);
                facts.collected_at = at("2020-02-29T18:29:59Z");
                facts.trigger_at = trigger;
                facts.erasure_accepted_at = erasure;
                facts.holds = held;
                facts.suspensions = suspended;
                const RetentionDecision d =
                    table.evaluate(facts, at(std::to_string(year) + "-02-28T18:30:00Z"));
                for (const std::int64_t value :
                     {static_cast<std::int64_t>(d.state), static_cast<std::int64_t>(d.basis),
                      std::int64_t{d.usable}, std::int64_t{d.depended_on_rounding}, std::int64_t{d.version},
                      std::int64_t{d.floor}, std::int64_t{d.keeper},
                      std::int64_t{d.retain_until ? d.retain_until->number : -1}})
                  add(value);
                add_instant(d.ceiling);
                add_instant(d.dispose_at);
                add_instant(d.unlink_at);
                ++combinations;
              }
            }
          }
        }
      }
    }
  }
  CHECK(combinations == 170'100);
  CHECK(digest == 10'798'065'034'332'500'486U);
}
