// The retention algebra (C9-a to C9-i, C6.4-a): how long a record stays, and why.
//
//   ceiling   the policy's period from the trigger, the shortest of the versions that bind the record (X27);
//             an accepted erasure lowers it (C8-c)
//   floors    legal minima; each keeps the record on the days on which it is in force and its period runs
//   holds     those that outlast the ceiling keep it until they are released; the others only delay an
//   erasure,
//             up to the policy's own period (X16)
//
// A record is due from the first instant at or after its ceiling at which no floor, hold or suspension keeps
// it. All of them are half-open stretches of time: at the instant at which one ends it keeps nothing any
// more.
//
// Pure and total; a RetentionTable may be read from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "connex/instant.hpp"
#include "connex/policy.hpp"

namespace connex {

namespace civil {
struct Start;
}

enum class RetentionState : std::uint8_t {
  active,      // within its period
  restricted,  // past its ceiling, under a floor: kept, neither used nor shown (X13)
  due,         // to be disposed of
  held,        // under a hold or a suspension, whatever its period
};
template <>
struct Names<RetentionState> {
  static constexpr std::string_view list[] = {"active", "restricted", "due", "held"};
};

// What put a record into its state.
enum class RetentionBasis : std::uint8_t { rule, erasure, floor, hold, suspension };
template <>
struct Names<RetentionBasis> {
  static constexpr std::string_view list[] = {"rule", "erasure", "floor", "hold", "suspension"};
};

struct HoldFacts {
  HoldBasis basis = HoldBasis::contract;
  Instant placed_at;
  std::optional<Instant> released_at;
  std::optional<Instant> expected_end;  // an expectation: it ends nothing (C6.4-i)
};

// Disposal waits, whatever the ceiling.
enum class SuspensionCause : std::uint8_t {
  nominee,       // death or incapacity: until the nominee decides; spares what an erasure would erase (X49)
  open_request,  // needed to answer a request (X55)
};
template <>
struct Names<SuspensionCause> {
  static constexpr std::string_view list[] = {"nominee", "open_request"};
};

struct SuspensionFacts {
  SuspensionCause cause = SuspensionCause::open_request;
  Instant from;
  std::optional<Instant> until;
};

struct RetentionFacts {
  RecordClass record_class = RecordClass::account;
  Instant collected_at;                        // or fresh consent, where that is later (X27)
  std::optional<Instant> trigger_at;           // none: the clock has not started (C9-b)
  std::optional<Instant> processed_at;         // the latest processing, where later than collected_at
  std::optional<Instant> erasure_accepted_at;  // accepted for this record; its class decides what that means
  std::span<const HoldFacts> holds;
  std::span<const SuspensionFacts> suspensions;
};

// The zero value disposes of nothing and permits no use.
struct RetentionDecision {
  RetentionState state = RetentionState::active;
  RetentionBasis basis = RetentionBasis::rule;
  bool usable = false;                // before its ceiling: purposes and views may be considered at all
  bool depended_on_rounding = false;  // a date that `ceiling` or `retain_until` rests on does not exist (X38)
  std::uint16_t version = 0;          // the adopted pack that first stated the rule which sets the ceiling
  std::int16_t floor = -1;   // of the latest pack's legal_floors: the one that lasts longest; -1: none
  std::int32_t keeper = -1;  // held: the strongest and longest of the facts' holds or suspensions, by `basis`

  std::optional<Day> retain_until;    // last day on which a floor keeps it
  std::optional<Instant> ceiling;     // none: no end yet
  std::optional<Instant> dispose_at;  // from when on it is due, as far as that is known now
  std::optional<Instant> unlink_at;   // where an erasure makes its person unidentifiable instead (X54)

  friend constexpr bool operator==(const RetentionDecision&, const RetentionDecision&) = default;
};

// Why, in the terms of the policy. Borrows the packs.
struct RetentionReason {
  std::string_view clause;
  std::vector<std::string_view> resolutions;  // each once
};

// The retention rules and floors of policy packs, made ready so that a decision touches neither text nor
// calendar objects. Borrows the packs.
class RetentionTable {
 public:
  explicit RetentionTable(const PolicyPack& pack) { adopt(pack, Instant{}); }

  // Adds a later version of the policy. It binds what was collected from `effective_at` on, and older records
  // from then on where its period is shorter. Floors, hold rules and time zone are those of the latest pack.
  void adopt(const PolicyPack& pack, Instant effective_at);

  // The latest version: whose floors count.
  const PolicyPack& pack() const noexcept { return *packs_.back(); }

  RetentionDecision evaluate(const RetentionFacts& facts, Instant now) const noexcept;

  // The same for many records: `decisions` gets as many as the shorter span holds.
  void evaluate(std::span<const RetentionFacts> facts, std::span<RetentionDecision> decisions,
                Instant now) const noexcept;

  // The clause and the resolutions behind a decision on these facts.
  RetentionReason explain(const RetentionFacts& facts, const RetentionDecision& decision) const;

 private:
  struct Rule {
    Period period;
    Rounding rounding;
    ErasureAnswer on_erasure;
    std::uint16_t version;
    std::int64_t effective_at;  // microseconds, as below
    std::int64_t superseded_at;

    bool binds(Instant collected_at) const noexcept { return superseded_at > collected_at.micros; }
  };
  struct Floor {
    Period period;
    FloorStart start;
    std::int16_t index;  // in the pack
    std::int32_t last_in_force;
    std::int64_t from;
    std::int64_t until;
  };
  // The rules and floors of one class; floors in the order of their commencement.
  struct Row {
    std::vector<Rule> rules;
    std::vector<Floor> floors;
  };
  // A period as one formula, whatever its unit: so many years on, to 31 March where they are financial, and
  // so many days.
  struct Stride {
    std::int32_t years = 0;
    std::int32_t days = 0;
    std::uint32_t fiscal = 0;  // all bits where it is

    friend constexpr bool operator==(const Stride&, const Stride&) = default;
  };
  struct PlainFloor {
    std::int32_t from;  // days
    std::int32_t until;
    Stride stride;
    std::int16_t index;
  };
  // A class whose rule and floors the formula can say. Its records that nothing holds or erases, and that
  // were processed when their clock began, are most: they are decided without asking what unit, how many
  // rules and how many floors.
  struct Plain {
    bool applies = false;
    Stride stride;
    std::int32_t early = 0;      // 1: the day before a date that does not exist
    std::int32_t days_over = 0;  // from the last day to the first on which it is over
    std::uint64_t time = 0;      // all bits: over at the time of the day at which it began
    std::int32_t least_day = 0;  // with `least`, the end of an unlimited period
    std::int64_t least = 0;
    std::uint16_t version = 0;
    std::array<PlainFloor, 2> floors = {};
  };
  struct Ceilings;
  struct Keepers;
  struct Clearance;

  void set_floors(const PolicyPack& pack);
  Plain make_plain(const Row& row) const noexcept;
  const Row& row(RecordClass c) const noexcept {
    return rows_[static_cast<std::size_t>(c) < kCountOf<RecordClass> ? static_cast<std::size_t>(c)
                                                                     : kCountOf<RecordClass>];
  }
  Ceilings ceilings(const Row& row, const RetentionFacts& facts, const civil::Start& trigger) const noexcept;
  std::int64_t longest_delay(const Row& row, const RetentionFacts& facts, std::int64_t policy_ceiling) const noexcept;
  Keepers keepers(const Row& row, const RetentionFacts& facts, std::int64_t policy_ceiling,
                  Instant now) const noexcept;
  Clearance clearance(const Row& row, const RetentionFacts& facts, const civil::Start& trigger,
                      const Keepers& kept, std::int64_t ceiling, Instant now) const noexcept;
  void decide(const RetentionFacts& facts, Instant now, std::int32_t today,
              RetentionDecision& decision) const noexcept;
  void decide_plain(const Plain& plain, std::uint64_t local, Instant now, std::int32_t today,
                    RetentionDecision& decision) const noexcept;
  void decide_any(const RetentionFacts& facts, Instant now, RetentionDecision& decision) const noexcept;

  std::array<Row, kCountOf<RecordClass> + 1> rows_;  // the last one, without rules, for what is no class
  std::array<Plain, kCountOf<RecordClass>> plain_;
  std::vector<const PolicyPack*> packs_;
  std::int64_t offset_micros_ = 0;
  EnumSet<HoldBasis> outlasting_;
};

}  // namespace connex
