#include "connex/retention.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/civil.hpp"

namespace connex {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();
constexpr std::int32_t kNoLastDay = std::numeric_limits<std::int32_t>::max();

// Where the calendar is one product in every step: before 2049, and fifty years on from there.
constexpr std::int32_t kMostPlainYears = 50;
constexpr std::uint64_t kPlainEnd = std::uint64_t{28'855} * std::uint64_t{kMicrosPerDay};  // 1 January 2049
constexpr std::size_t kAhead = 16;  // records that a batch fetches in advance

// By state, where nothing holds the record, and whether an erasure set its ceiling.
constexpr RetentionBasis kBasisOf[3][2] = {
    {RetentionBasis::rule, RetentionBasis::rule},
    {RetentionBasis::floor, RetentionBasis::floor},
    {RetentionBasis::rule, RetentionBasis::erasure},
};
static_assert(static_cast<int>(RetentionState::restricted) == 1 &&
              static_cast<int>(RetentionState::due) == 2);

constexpr std::int64_t micros_or_never(std::optional<Instant> instant) noexcept {
  return instant ? instant->micros : kNever;
}

constexpr std::optional<Instant> known(std::int64_t micros) noexcept {
  if (micros == kNever) return std::nullopt;
  return Instant{micros};
}

}  // namespace

// When the record's period ends by itself, and what an accepted erasure makes of it.
struct RetentionTable::Ceilings {
  std::int64_t policy = kNever;
  std::int64_t erased = kNever;
  std::int64_t unlinked = kNever;  // of its person's identity alone
  std::uint16_t version = 0;
  bool rounded = false;
};

// What holds and suspensions do to the record now.
struct RetentionTable::Keepers {
  std::int64_t until = kAlways;     // end of those in force
  std::int64_t last_end = kAlways;  // of those that have ended
  std::int32_t hold = -1;           // the one to name
  std::int32_t suspension = -1;

  // Returns whether [from, to) is in force.
  bool add(std::int64_t from, std::int64_t to, std::int64_t now) noexcept {
    if (from > now || from >= to) return false;
    if (to <= now) {
      last_end = std::max(last_end, to);
      return false;
    }
    until = std::max(until, to);
    return true;
  }
};

// The first instant from a ceiling on at which nothing keeps the record.
struct RetentionTable::Clearance {
  std::int64_t at = kNever;
  bool due = false;
  std::int32_t last_day = -1;  // of the floor that lasts longest
  std::int16_t floor = -1;
  bool rounded = false;
};

void RetentionTable::adopt(const PolicyPack& pack, Instant effective_at) {
  const auto version = static_cast<std::uint16_t>(packs_.size());
  packs_.push_back(&pack);
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
    const RetentionRule& rule = pack.retention[c];
    const Period period = civil::within(rule.period);
    auto& rules = rows_[c].rules;
    std::int64_t from = kAlways;
    if (!rules.empty()) {
      Rule& last = rules.back();
      // A version that repeats the rule changes nothing.
      if (last.period == period && last.rounding == rule.rounding && last.on_erasure == rule.on_erasure)
        continue;
      from = std::max(effective_at.micros, last.effective_at);
      last.superseded_at = from;
    }
    rules.push_back({period, rule.rounding, rule.on_erasure, version, from, kNever});
  }
  offset_micros_ = pack.offset.minutes * kMicrosPerMinute;
  outlasting_ = pack.holds.outlasting_ceiling;
  set_floors(pack);
  for (std::size_t c = 0; c < plain_.size(); ++c) plain_[c] = make_plain(rows_[c]);
}

void RetentionTable::set_floors(const PolicyPack& pack) {
  for (Row& row : rows_) row.floors.clear();
  for (std::size_t i = 0; i < pack.legal_floors.size(); ++i) {
    const LegalFloor& floor = pack.legal_floors[i];
    if (!floor.enabled) continue;
    const Floor made{
        .period = civil::within(floor.period),
        .start = floor.start,
        .index = static_cast<std::int16_t>(i),
        .last_in_force = floor.until ? civil::within(*floor.until) - 1 : kNoLastDay,
        .from = floor.from ? civil::start_of(civil::within(*floor.from), offset_micros_) : kAlways,
        .until = floor.until ? civil::start_of(civil::within(*floor.until), offset_micros_) : kNever,
    };
    for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
      if (floor.classes.contains(static_cast<RecordClass>(c))) rows_[c].floors.push_back(made);
    }
  }
  for (Row& row : rows_) std::ranges::stable_sort(row.floors, {}, &Floor::from);
}

RetentionTable::Plain RetentionTable::make_plain(const Row& row) const noexcept {
  const auto to_stride = [](Period period, Stride& stride) {
    const bool whole = period.unit == Unit::months && period.count % 12 == 0;
    if (period.unit == Unit::unlimited || (period.unit == Unit::months && !whole)) return false;
    stride.fiscal = period.unit == Unit::fiscal_years ? ~0U : 0U;
    (period.unit == Unit::days ? stride.days : stride.years) = whole ? period.count / 12 : period.count;
    return stride.years <= kMostPlainYears && stride.days <= kMostPlainYears * 365;
  };
  const auto day_of = [this](std::int64_t micros) {
    if (micros == kAlways) return std::numeric_limits<std::int32_t>::min();
    return micros == kNever ? kNoLastDay : civil::day_at({micros}, offset_micros_);
  };
  if (row.rules.size() != 1) return {};
  const Rule& rule = row.rules.front();
  const bool unlimited = rule.period.unit == Unit::unlimited;
  const bool early = rule.rounding == Rounding::early;
  Plain plain;
  if (!unlimited && !to_stride(rule.period, plain.stride)) return {};
  plain.early = early ? 1 : 0;
  plain.days_over = civil::includes_end(rule.period.unit, rule.rounding) ? 1 : 0;
  plain.time = rule.period.unit == Unit::days && early ? ~std::uint64_t{0} : 0;
  plain.least_day = unlimited ? kNoLastDay - 1 : 0;
  plain.least = unlimited ? kNever : kAlways;
  plain.version = rule.version;
  plain.floors.fill({kNoLastDay, 0, {}, -1});  // one that reaches nothing
  std::size_t count = 0;
  for (const Floor& floor : row.floors) {
    PlainFloor made{day_of(floor.from), day_of(floor.until), {}, floor.index};
    if (!to_stride(floor.period, made.stride)) return {};
    const auto same = [&](const PlainFloor& other) {
      return other.from == made.from && other.until == made.until && other.stride == made.stride;
    };
    if (std::ranges::any_of(plain.floors, same)) continue;  // the first of them is the one to name
    if (count == plain.floors.size()) return {};
    plain.floors[count++] = made;
  }
  plain.applies = true;
  return plain;
}

// INVARIANT: everything but the ceiling begins and ends with a day, so days are compared, and the last end
// becomes an instant once. Nothing keeps the record after the ceiling and the end of each floor that reaches
// it.
[[gnu::always_inline]] inline void RetentionTable::decide_plain(const Plain& plain, std::uint64_t local,
                                                                Instant now, std::int32_t today,
                                                                RetentionDecision& decision) const noexcept {
  const auto day = static_cast<std::uint32_t>(local / std::uint64_t{kMicrosPerDay});
  const std::uint64_t time = local - std::uint64_t{day} * std::uint64_t{kMicrosPerDay};
  const std::uint32_t n = day + civil::kPlainFromYearZero;
  const std::uint32_t year = (4U * n + 3U) / 1'461U;
  const std::uint32_t in_year = n - 1'461U * year / 4U;
  const std::uint32_t after_march = in_year > civil::kLastOfFiscalYear ? 1U : 0U;
  const bool leap = in_year == civil::kLeapDay;
  const auto add = [&](const Stride& stride) {
    const std::uint32_t to = year + static_cast<std::uint32_t>(stride.years) + (stride.fiscal & after_march);
    const std::uint32_t on = (stride.fiscal & civil::kLastOfFiscalYear) | (~stride.fiscal & in_year);
    const bool rounded = leap & (stride.fiscal == 0) & ((to & 3U) != 3U);
    return civil::End{
        static_cast<std::int32_t>(1'461U * to / 4U + on) - civil::kPlainFromYearZero + stride.days, rounded};
  };
  const civil::End last = add(plain.stride);
  const std::int32_t over = last.day - (last.rounded ? plain.early : 0) + plain.days_over;
  const std::int64_t trigger = static_cast<std::int64_t>(local) - offset_micros_;
  const std::int64_t ceiling =
      std::max({civil::start_of(over, offset_micros_) + static_cast<std::int64_t>(plain.time & time), trigger,
                plain.least});
  std::int32_t at = std::max({over, static_cast<std::int32_t>(day), plain.least_day, today});
  std::int32_t end = 0;
  std::int64_t longest = 0;  // its end, whether it is the first in the list, whether it was rounded
  for (std::size_t i = 0; i < plain.floors.size(); ++i) {
    const PlainFloor& floor = plain.floors[i];
    const civil::End until = add(floor.stride);
    const std::int32_t ends = std::min(floor.until, until.day + 1);
    const bool whole = until.day + 1 < floor.until;
    const bool rounded = until.rounded & whole;
    const bool begun = floor.from <= at;
    const bool some = floor.from < ends;
    const bool reached = begun & some;
    const std::int32_t kept = reached ? ends : 0;
    at = std::max(at, kept);
    end = std::max(end, kept);
    const std::int64_t rank = (std::int64_t{kept} << 2) | (i == 0 ? 2 : 0) | (rounded ? 1 : 0);
    const bool binds = kept > 0;
    const bool stands = floor.until > today;
    const bool in_force = binds & stands;
    longest = std::max(longest, in_force ? rank : 0);
  }
  const std::int64_t gone = std::max(ceiling, civil::start_of(end, offset_micros_));
  const bool past = ceiling <= now.micros;
  const bool due = gone <= now.micros;
  decision = {};
  decision.state = static_cast<RetentionState>(past + due);
  decision.basis = kBasisOf[past + due][0];
  decision.usable = !past;
  decision.depended_on_rounding = last.rounded | (longest & 1);
  decision.version = plain.version;
  decision.floor = longest == 0 ? std::int16_t{-1} : plain.floors[(longest & 2) != 0 ? 0 : 1].index;
  decision.retain_until = Day{static_cast<std::int32_t>(longest >> 2) - 1};
  if (longest == 0) decision.retain_until.reset();
  decision.ceiling = Instant{ceiling};
  if (ceiling == kNever) decision.ceiling.reset();
  decision.dispose_at = Instant{gone};
  if (gone == kNever) decision.dispose_at.reset();
}

[[gnu::always_inline]] inline RetentionTable::Ceilings RetentionTable::ceilings(
    const Row& row, const RetentionFacts& facts, const civil::Start& trigger) const noexcept {
  Ceilings ends;
  auto rule = row.rules.begin();
  while (rule != row.rules.end() && !rule->binds(facts.collected_at)) ++rule;
  if (rule != row.rules.end()) ends.version = rule->version;
  for (; rule != row.rules.end(); ++rule) {
    // What was collected before the rule is bound from the rule's first instant on (X27).
    const bool collected_before = rule->effective_at > facts.collected_at.micros;
    const std::int64_t binds_from = collected_before ? rule->effective_at : kAlways;
    if (facts.trigger_at && rule->period.unit != Unit::unlimited) {
      const civil::End last = civil::add(trigger, rule->period, rule->rounding);
      const std::int64_t over = civil::over_at(*facts.trigger_at, trigger.day, last.day, rule->period.unit,
                                               rule->rounding, offset_micros_);
      const std::int64_t end = std::max({over, facts.trigger_at->micros, binds_from});
      if (end < ends.policy) {
        ends.policy = end;
        ends.version = rule->version;
        ends.rounded = last.rounded;
      }
    }
    if (!facts.erasure_accepted_at) continue;
    const std::int64_t erased = std::max(facts.erasure_accepted_at->micros, binds_from);
    if (rule->on_erasure == ErasureAnswer::erase) ends.erased = std::min(ends.erased, erased);
    if (rule->on_erasure == ErasureAnswer::unlink) ends.unlinked = std::min(ends.unlinked, erased);
  }
  return ends;
}

// What is to be erased gets no more time than its period gives from then on, whenever its own clock starts or starts
// anew: a hold that only delays the request ends with that (X16).
std::int64_t RetentionTable::longest_delay(const Row& row, const RetentionFacts& facts,
                                           std::int64_t policy_ceiling) const noexcept {
  if (!facts.erasure_accepted_at) return policy_ceiling;
  const Instant asked = *facts.erasure_accepted_at;
  const civil::Start start(civil::day_at(asked, offset_micros_));
  std::int64_t end = policy_ceiling;
  for (const Rule& rule : row.rules) {
    if (!rule.binds(facts.collected_at) || rule.period.unit == Unit::unlimited) continue;
    const civil::End last = civil::add(start, rule.period, rule.rounding);
    const std::int64_t over =
        civil::over_at(asked, start.day, last.day, rule.period.unit, rule.rounding, offset_micros_);
    const bool collected_before = rule.effective_at > facts.collected_at.micros;
    end = std::min(end, std::max({over, asked.micros, collected_before ? rule.effective_at : kAlways}));
  }
  return end;
}

[[gnu::noinline]] RetentionTable::Keepers RetentionTable::keepers(const Row& row, const RetentionFacts& facts,
                                                                  std::int64_t policy_ceiling,
                                                                  Instant now) const noexcept {
  Keepers kept;
  const std::int64_t delayed = longest_delay(row, facts, policy_ceiling);
  // Ranks the holds in force by whether they outlast the ceiling, then by how long they are expected to last.
  std::pair<bool, std::int64_t> named{false, kAlways};
  for (std::size_t i = 0; i < facts.holds.size(); ++i) {
    const HoldFacts& hold = facts.holds[i];
    const bool outlasts = outlasting_.contains(hold.basis);
    const std::int64_t released = micros_or_never(hold.released_at);
    const std::int64_t to = outlasts ? released : std::min(released, delayed);  // X16
    if (!kept.add(hold.placed_at.micros, to, now.micros)) continue;
    const std::pair rank{outlasts, micros_or_never(hold.expected_end)};
    if (kept.hold >= 0 && rank <= named) continue;
    kept.hold = static_cast<std::int32_t>(i);
    named = rank;
  }
  const auto erases = [&](const Rule& rule) {
    return rule.on_erasure == ErasureAnswer::erase && rule.binds(facts.collected_at) &&
           rule.effective_at <= std::max(facts.collected_at, now).micros;
  };
  const bool erasable = std::ranges::any_of(row.rules, erases);
  std::int64_t longest = kAlways;
  for (std::size_t i = 0; i < facts.suspensions.size(); ++i) {
    const SuspensionFacts& suspension = facts.suspensions[i];
    if (suspension.cause == SuspensionCause::nominee && !erasable) continue;
    const std::int64_t to = micros_or_never(suspension.until);
    if (!kept.add(suspension.from.micros, to, now.micros) || to <= longest) continue;
    kept.suspension = static_cast<std::int32_t>(i);
    longest = to;
  }
  return kept;
}

[[gnu::always_inline]] inline RetentionTable::Clearance RetentionTable::clearance(
    const Row& row, const RetentionFacts& facts, const civil::Start& trigger, const Keepers& kept,
    std::int64_t ceiling, Instant now) const noexcept {
  Clearance clear;
  clear.at = std::max({ceiling, kept.until, now.micros});
  std::int64_t last_end = kept.last_end;
  // INVARIANT: floors come in the order of their commencement, so one that begins after `clear.at` is never
  // reached, and no floor before it moves `clear.at` again.
  for (const Floor& floor : row.floors) {
    if (floor.from > clear.at) break;
    const bool by_processing = floor.start == FloorStart::processing;
    // A minimum whose clock has not started is not over: it lasts as long as the law.
    std::int32_t last_day = floor.last_in_force;
    std::int64_t end = floor.until;
    bool rounded = false;
    if ((by_processing || facts.trigger_at) && floor.period.unit != Unit::unlimited) {
      // What was processed when the trigger happened, as most was, has its date already.
      const Instant processed = std::max(facts.collected_at, facts.processed_at.value_or(facts.collected_at));
      const bool own_date = by_processing && processed != facts.trigger_at;
      const civil::Start start = own_date ? civil::Start(civil::day_at(processed, offset_micros_)) : trigger;
      const civil::End last = civil::add(start, floor.period, Rounding::late);
      rounded = last.rounded & (last.day < last_day);
      last_day = std::min(last_day, last.day);
      end = std::min(end, civil::start_of(last.day + 1, offset_micros_));
    }
    // Selected rather than branched on: which of them hold is different from record to record.
    const bool reached = floor.from < end;  // else it was over before it became law
    const bool is_longest = reached & (floor.until > now.micros) & (last_day > clear.last_day);
    last_end = std::max(last_end, (reached & (end <= now.micros)) ? end : kAlways);
    clear.at = std::max(clear.at, reached ? end : kAlways);
    clear.last_day = is_longest ? last_day : clear.last_day;
    clear.floor = is_longest ? floor.index : clear.floor;
    clear.rounded = is_longest ? rounded : clear.rounded;
  }
  clear.due = clear.at == now.micros;
  clear.at = clear.due ? std::max(ceiling, last_end) : clear.at;
  return clear;
}

[[gnu::always_inline]] inline void RetentionTable::decide(const RetentionFacts& facts, Instant now,
                                                          std::int32_t today,
                                                          RetentionDecision& decision) const noexcept {
  const auto c = static_cast<std::size_t>(facts.record_class);
  if (c < plain_.size() && facts.trigger_at) [[likely]] {
    const Plain& plain = plain_[c];
    const std::uint64_t local =
        static_cast<std::uint64_t>(facts.trigger_at->micros) + static_cast<std::uint64_t>(offset_micros_);
    const Instant processed = std::max(facts.collected_at, facts.processed_at.value_or(facts.collected_at));
    const bool in_range = local < kPlainEnd;
    const bool asked = facts.erasure_accepted_at.has_value();
    const bool held = !facts.holds.empty();
    const bool suspended = !facts.suspensions.empty();
    const bool untouched = processed == *facts.trigger_at;
    const bool as_filed = !asked & !held & !suspended & untouched;
    if (plain.applies & in_range & as_filed) [[likely]] {
      decide_plain(plain, local, now, today, decision);
      return;
    }
  }
  decide_any(facts, now, decision);
}

[[gnu::noinline]] void RetentionTable::decide_any(const RetentionFacts& facts, Instant now,
                                                  RetentionDecision& decision) const noexcept {
  const Row& row = this->row(facts.record_class);
  const civil::Start trigger =
      facts.trigger_at ? civil::Start(civil::day_at(*facts.trigger_at, offset_micros_)) : civil::Start{};
  const Ceilings ends = ceilings(row, facts, trigger);
  Keepers kept;
  if (!facts.holds.empty() || !facts.suspensions.empty()) kept = keepers(row, facts, ends.policy, now);
  const bool erased = ends.erased < ends.policy;
  const std::int64_t ceiling = erased ? ends.erased : ends.policy;
  const Clearance clear = clearance(row, facts, trigger, kept, ceiling, now);

  const bool past = ceiling <= now.micros;
  decision = {};
  decision.state = static_cast<RetentionState>(past + clear.due);
  decision.basis = kBasisOf[past + clear.due][erased];
  if (kept.until > now.micros) {
    decision.state = RetentionState::held;
    decision.basis = kept.hold >= 0 ? RetentionBasis::hold : RetentionBasis::suspension;
    decision.keeper = kept.hold >= 0 ? kept.hold : kept.suspension;
  }
  decision.usable = !past && !row.rules.empty();
  decision.depended_on_rounding = (ends.rounded && !erased) || clear.rounded;
  decision.version = ends.version;
  decision.floor = clear.floor;
  if (clear.floor >= 0 && clear.last_day != kNoLastDay) decision.retain_until = Day{clear.last_day};
  decision.ceiling = known(ceiling);
  decision.dispose_at = known(clear.at);
  if (ends.unlinked < ceiling)
    decision.unlink_at = known(clearance(row, facts, trigger, kept, ends.unlinked, now).at);
}

RetentionDecision RetentionTable::evaluate(const RetentionFacts& facts, Instant now) const noexcept {
  RetentionDecision decision;
  now = std::min(now, kEndOfTime);
  decide(facts, now, civil::day_at(now, offset_micros_), decision);
  return decision;
}

void RetentionTable::evaluate(std::span<const RetentionFacts> facts, std::span<RetentionDecision> decisions,
                              Instant now) const noexcept {
  now = std::min(now, kEndOfTime);
  const std::int32_t today = civil::day_at(now, offset_micros_);
  const std::size_t count = std::min(facts.size(), decisions.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      __builtin_prefetch(&facts[i + kAhead]);
      __builtin_prefetch(&decisions[i + kAhead], 1);
    }
    decide(facts[i], now, today, decisions[i]);
  }
}

RetentionReason RetentionTable::explain(const RetentionFacts& facts,
                                        const RetentionDecision& decision) const {
  RetentionReason reason;
  const auto cite = [&reason](std::string_view id) {
    if (std::ranges::find(reason.resolutions, id) == reason.resolutions.end())
      reason.resolutions.push_back(id);
  };
  const auto cite_all = [&cite](const std::vector<std::string>& ids) { std::ranges::for_each(ids, cite); };
  const auto& rules = row(facts.record_class).rules;
  if (rules.empty() || decision.version >= packs_.size()) return reason;
  const RetentionRule& rule = packs_[decision.version]->rule(facts.record_class);
  const auto keeper = static_cast<std::size_t>(decision.keeper);

  switch (decision.basis) {
    case RetentionBasis::rule:
      reason.clause = rule.clause;
      break;
    case RetentionBasis::erasure:
      reason.clause = facts.record_class == RecordClass::recording ? "C6.4-f" : "C8-c";
      cite("X14");
      break;
    case RetentionBasis::floor:
      reason.clause = "C8-c";
      break;
    case RetentionBasis::hold:
      reason.clause = "C6.4-h";
      cite("X16");
      cite("X17");
      break;
    case RetentionBasis::suspension: {
      const bool nominee =
          keeper < facts.suspensions.size() && facts.suspensions[keeper].cause == SuspensionCause::nominee;
      reason.clause = nominee ? "C8-e" : "C8-a";
      cite(nominee ? "X49" : "X55");
      break;
    }
  }
  const auto& floors = packs_.back()->legal_floors;
  const auto floor = static_cast<std::size_t>(decision.floor);
  if (decision.floor >= 0 && floor < floors.size()) cite_all(floors[floor].resolutions);
  cite_all(rule.resolutions);
  const auto earlier = [&](const Rule& r) {
    return r.version == decision.version && r.effective_at > facts.collected_at.micros;
  };
  if (std::ranges::any_of(rules, earlier)) cite("X27");
  if (decision.unlink_at) cite("X54");
  if (decision.depended_on_rounding) cite("X38");
  return reason;
}

}  // namespace connex
