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

[[gnu::noinline]] RetentionTable::Keepers RetentionTable::keepers(const Row& row, const RetentionFacts& facts,
                                                                  std::int64_t policy_ceiling,
                                                                  Instant now) const noexcept {
  Keepers kept;
  // Ranks the holds in force by whether they outlast the ceiling, then by how long they are expected to last.
  std::pair<bool, std::int64_t> named{false, kAlways};
  for (std::size_t i = 0; i < facts.holds.size(); ++i) {
    const HoldFacts& hold = facts.holds[i];
    const bool outlasts = outlasting_.contains(hold.basis);
    const std::int64_t released = micros_or_never(hold.released_at);
    const std::int64_t to = outlasts ? released : std::min(released, policy_ceiling);  // X16
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
  decide(facts, std::min(now, kEndOfTime), decision);
  return decision;
}

void RetentionTable::evaluate(std::span<const RetentionFacts> facts, std::span<RetentionDecision> decisions,
                              Instant now) const noexcept {
  now = std::min(now, kEndOfTime);
  const std::size_t count = std::min(facts.size(), decisions.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      __builtin_prefetch(&facts[i + kAhead]);
      __builtin_prefetch(&decisions[i + kAhead], 1);
    }
    decide(facts[i], now, decisions[i]);
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
