#include "services/policy_impact.hpp"

#include <algorithm>
#include <bit>
#include <bitset>
#include <boost/json/array.hpp>
#include <charconv>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connex/gates.hpp"
#include "connex/policy_diff.hpp"
#include "connex/retention.hpp"
#include "services/accounts.hpp"
#include "services/again.hpp"
#include "services/audit_log.hpp"
#include "services/dependencies.hpp"
#include "services/dispositions.hpp"
#include "services/policy_versions.hpp"
#include "services/records.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using boost::json::object;
using store::Cell;
using store::Row;

constexpr std::uint32_t kPage = 500;
constexpr std::size_t kMostExamples = 20;

// The parts of the store, in the order in which they are looked at.
enum class Part : std::uint8_t { records, accounts, sharings, decisions };
constexpr std::string_view kParts[] = {"records", "accounts", "sharings", "decisions"};

struct Position {
  Part part = Part::records;
  std::string after;  // what was looked at last in it; empty: nothing
};

// Counts by name, and the first cases one by one.
class Counts {
 public:
  void add(std::string_view group, std::string_view what) {
    ++total_[what];
    ++groups_[std::string(group)][std::string(what)];
  }
  void show(object example) {
    if (examples_.size() < kMostExamples) examples_.push_back(std::move(example));
  }
  void examined(std::int64_t rows = 1) { examined_ += rows; }
  std::int64_t seen() const noexcept { return examined_; }

  object describe(std::initializer_list<std::string_view> names, std::string_view grouped) {
    object out{{"examined", examined_}};
    for (const std::string_view name : names) out[name] = total_[name];
    object groups;
    for (const auto& [group, counts] : groups_) {
      object row;
      for (const auto& [name, count] : counts) row[name] = count;
      groups[group] = std::move(row);
    }
    out[grouped] = std::move(groups);
    out["examples"] = std::move(examples_);
    return out;
  }

 private:
  std::int64_t examined_ = 0;
  std::map<std::string_view, std::int64_t> total_;
  std::map<std::string, std::map<std::string, std::int64_t>> groups_;
  array examples_;
};

bool same_floors(const PolicyPack& a, const PolicyPack& b, RecordClass c) {
  const auto of_class = [c](const PolicyPack& pack) {
    std::vector<const LegalFloor*> floors;
    for (const LegalFloor& floor : pack.legal_floors)
      if (floor.enabled && floor.classes.contains(c)) floors.push_back(&floor);
    return floors;
  };
  return std::ranges::equal(of_class(a), of_class(b), [](const LegalFloor* x, const LegalFloor* y) {
    return x->from == y->from && x->until == y->until && x->start == y->start && x->period == y->period;
  });
}

// What never got its trigger goes with the accounts of its people.
bool same_accounts(const PolicyPack& a, const PolicyPack& b) {
  const RetentionRule& x = a.rule(RecordClass::account);
  const RetentionRule& y = b.rule(RecordClass::account);
  return x.period == y.period && x.rounding == y.rounding;
}

// The retention rules of somebody, and the same with the draft adopted.
struct Pair {
  const RetentionTable* now = nullptr;
  RetentionTable then;
  Keeping keeping;  // as the present rules have it
  std::bitset<kCountOf<RecordClass>> changed;  // classes of which a record's dates may move

  // Whether what is known of a record of the class is the same under both.
  bool same_facts(RecordClass c) const noexcept {
    return now->pack().rule(c).trigger == then.pack().rule(c).trigger && same_accounts(now->pack(), then.pack()) &&
           now->pack().rights.nominee_decision_days == then.pack().rights.nominee_decision_days;
  }

  Pair(const RetentionTable& present, const PolicyPack& draft, Instant effective_at)
      : now(&present), then(present) {
    const PolicyPack& last = present.pack();
    then.adopt(draft, effective_at);
    const bool all = last.offset.minutes != draft.offset.minutes || !same_accounts(last, draft) ||
                     last.holds.outlasting_ceiling != draft.holds.outlasting_ceiling ||
                     last.rights.nominee_decision_days != draft.rights.nominee_decision_days;
    for (std::size_t i = 0; i < kCountOf<RecordClass>; ++i) {
      const RetentionRule& a = last.retention[i];
      const RetentionRule& b = draft.retention[i];
      changed[i] = all || a.trigger != b.trigger || a.period != b.period || a.rounding != b.rounding ||
                   a.on_erasure != b.on_erasure || !same_floors(last, draft, static_cast<RecordClass>(i));
    }
  }
};

class Impact {
 public:
  Impact(Context& context, std::shared_ptr<const PolicyPack> draft, std::unique_ptr<const PolicyVersions> published,
         Instant effective_at, bool counting)
      : context_(context),
        draft_(std::move(draft)),
        published_(std::move(published)),
        effective_at_(effective_at),
        day_(day_of(effective_at, context.policy.offset)),
        counting_(counting) {}

  // Looks at up to `limit` rows from `from` on. Empty where the end was reached.
  Result<std::optional<Position>> run(Position from, std::int64_t limit) {
    std::int64_t left = limit;
    for (;;) {
      CONNEX_TRY(more, step(from, left));
      if (!more) {
        if (from.part == Part::decisions) return std::optional<Position>();
        from = {static_cast<Part>(static_cast<int>(from.part) + 1), {}};
      }
      if (left == 0) return std::optional(std::move(from));
    }
  }

  void describe(object& result) {
    result["records"] = records_.describe({"moved_earlier", "moved_later", "due_when_effective"}, "by_class");
    result["sharings"] = sharings_.describe({"newly_denied", "fewer_fields"}, "by_processor");
    result["decisions"] = decisions_.describe(
        {"decided_again", "not_decided_again", "to_denied", "to_permitted", "awaiting_acceptance"}, "by_rule");
  }

 private:
  // Those who stand on one version: what binds them now; what would without their consent, which is all in which
  // the draft is stricter (X26); and what would once they accept the draft.
  struct Side {
    Rules now;
    Rules bound;
    Rules accepted;
    bool waits = false;  // whether anything waits for acceptance
    bool posture_differs = false;
    std::map<std::string, bool, std::less<>> kept_back;  // by the host's posture, of a processor and fields
  };

  Result<Side*> side_of(Number standing) {
    const auto known = sides_.find(standing);
    if (known != sides_.end()) return &known->second;
    const std::shared_ptr<const PolicyPack>& now = context_.policies.pack(standing, context_.now).pack;
    const PolicyVersion& next = published_->latest();
    const std::shared_ptr<const PolicyPack>& bound = next.lines[static_cast<std::size_t>(standing - 1)].pack;
    Side side{Rules(now, &context_.policies, context_.now, standing),
              Rules(bound, published_.get(), context_.now, standing),
              Rules(draft_, published_.get(), context_.now, next.number),
              bound->digest != draft_->digest,
              false,
              {}};
    for (const PolicyChange& change : policy_changes(*now, *bound))
      side.posture_differs = side.posture_differs || change.where.starts_with("dependencies/");
    return &sides_.emplace(standing, std::move(side)).first->second;
  }

  // The version on which a person stands; of some that come up it is remembered.
  Result<std::optional<Number>> standing_of_person(std::string_view id) {
    constexpr std::size_t kMost = 10'000;
    const auto known = standings_.find(id);
    if (known != standings_.end()) return known->second;
    if (standings_.size() == kMost) standings_.clear();
    CONNEX_TRY(person, find_account(context_.read(), id));
    std::optional<Number> standing;
    if (person) {
      CONNEX_TRY(theirs, standing_of(context_.read(), context_.policies, *person, context_.now));
      standing = theirs;
    }
    standings_.emplace(std::string(id), standing);
    return standing;
  }
  // Of all concerned, the oldest first; of nobody, that on which everybody stands.
  template <class People>
  Result<std::vector<Side*>> sides_of_people(const People& people) {
    std::set<Number> standings;
    if (context_.policies.uniform()) {
      standings.insert(context_.policies.latest().number);
    } else {
      for (const auto& id : people) {
        CONNEX_TRY(standing, standing_of_person(id));
        if (standing) standings.insert(*standing);
      }
      if (standings.empty()) standings.insert(context_.policies.settled());
    }
    std::vector<Side*> sides;
    for (const Number standing : standings) {
      CONNEX_TRY(side, side_of(standing));
      sides.push_back(side);
    }
    return sides;
  }

  // One page of a part. False at its end.
  Result<bool> step(Position& at, std::int64_t& left) {
    const auto limit = static_cast<std::uint32_t>(std::min<std::int64_t>(left, kPage));
    if (at.part == Part::decisions) return decisions_page(at, limit, left);
    const store::Table& table = at.part == Part::records    ? retained::kTable
                                : at.part == Part::accounts ? principal::kTable
                                                            : sharing::kTable;
    std::vector<Cell> position;
    Number seq = 0;
    if (!at.after.empty() && at.part == Part::sharings) {
      const std::size_t colon = std::min(at.after.find(':'), at.after.size());
      std::from_chars(at.after.data(), at.after.data() + colon, seq);
      position = {std::string_view(at.after).substr(std::min(colon + 1, at.after.size())), seq};
    } else if (!at.after.empty()) {
      position = {std::string_view(at.after)};
    }
    store::Range range{.limit = limit};
    if (!position.empty()) range.after = position;
    std::uint32_t read = 0;
    std::string last;
    const auto examine = [&](store::RowView row) -> Result<bool> {
      if (++read == limit)
        last = at.part == Part::sharings
                   ? std::to_string(row.integer(sharing::seq)) + ':' + std::string(row.bytes(sharing::principal))
                   : std::string(row.bytes(0));
      if (counting_) {
        (at.part == Part::sharings ? sharings_ : records_).examined();
        return true;
      }
      switch (at.part) {
        case Part::records:
          CONNEX_CHECK(record(read_record(row)));
          break;
        case Part::accounts:
          CONNEX_CHECK(account(row.bytes(principal::id)));
          break;
        default:
          CONNEX_CHECK(sharing_row(row));
      }
      return true;
    };
    CONNEX_CHECK(context_.read().visit(table, range, examine));
    if (read == limit) at.after = std::move(last);
    left -= read;
    return read == limit;
  }

  Result<Pair*> pair_of(const RetentionTable& table) {
    const auto found = tables_.find(&table);
    if (found != tables_.end()) return &found->second;
    Number standing = context_.policies.settled();
    for (const PolicyVersion& version : context_.policies.list())
      if (&context_.policies.retention(version.number) == &table) standing = version.number;
    CONNEX_TRY(side, side_of(standing));
    return &tables_.try_emplace(&table, table, *side->bound.pack, effective_at_).first->second;
  }

  Result<void> record(const Record& r) {
    records_.examined();
    CONNEX_TRY(table, rules_.of(r));
    CONNEX_TRY(found, pair_of(*table));
    Pair& pair = *found;
    if (r.state == RecordState::ordered || !pair.changed[static_cast<std::size_t>(r.record_class)]) return {};
    RecordFacts now;
    CONNEX_CHECK(load_facts(context_.read(), pair.now->pack(), r, pair.keeping, now));
    if (pair.same_facts(r.record_class)) {
      compare(pair, now.facts, now.facts, "record", r.id);
      return {};
    }
    RecordFacts then;
    CONNEX_CHECK(load_facts(context_.read(), pair.then.pack(), r, then));
    compare(pair, now.facts, then.facts, "record", r.id);
    return {};
  }

  Result<void> account(std::string_view id) {
    records_.examined();
    CONNEX_TRY(found, find_account(context_.read(), id));
    if (!found || found->status == AccountStatus::erased) return {};
    CONNEX_TRY(table, rules_.of(*found));
    CONNEX_TRY(made, pair_of(*table));
    const Pair& pair = *made;
    if (!pair.changed[static_cast<std::size_t>(RecordClass::account)]) return {};
    std::vector<HoldFacts> holds;
    std::vector<std::string> unused;
    CONNEX_CHECK(holds_over(context_.read(), "principal", id, holds, unused));
    const Suspended what = found->erasure_accepted_at ? Suspended::asked_to_go : Suspended::account;
    CONNEX_TRY(now, suspensions_of(context_.read(), pair.now->pack(), id, what));
    CONNEX_TRY(then, suspensions_of(context_.read(), pair.then.pack(), id, what));
    compare(pair, retention_facts(*found, holds, now), retention_facts(*found, holds, then), "principal", id);
    return {};
  }

  void compare(const Pair& pair, const RetentionFacts& now, const RetentionFacts& then, std::string_view kind,
               std::string_view id) {
    const auto at = [&](const RetentionTable& table, const RetentionFacts& facts) {
      return table.evaluate(facts, context_.now).dispose_at;
    };
    const std::optional<Instant> before = at(*pair.now, now);
    const std::optional<Instant> after = at(pair.then, then);
    if (before == after) return;
    const std::string_view c = name(now.record_class);
    const bool earlier = after && (!before || *after < *before);
    records_.add(c, earlier ? "moved_earlier" : "moved_later");
    if (earlier && *after <= effective_at_) records_.add(c, "due_when_effective");
    const UtcOffset offset = context_.offset();
    const auto text = [offset](const std::optional<Instant>& when) {
      return when ? boost::json::value(format_instant(*when, offset)) : boost::json::value(nullptr);
    };
    records_.show({{kind, id}, {"class", c}, {"from", text(before)}, {"to", text(after)}});
  }

  // Now, as bound without acceptance, and accepted.
  template <class T>
  struct Three {
    T now;
    T bound;
    T accepted;
  };
  // The same question to each of the three, as of what was decided under the first.
  template <class T, class Ask>
  static Result<Three<T>> ask(Side& side, Ask&& ask_one) {
    CONNEX_TRY(now, ask_one(side.now));
    CONNEX_TRY(bound, ask_one(side.bound));
    CONNEX_TRY(accepted, ask_one(side.accepted));
    return Three<T>{now, bound, accepted};
  }

  // Whether the draft makes the sharing wait for an attestation that it does not wait for now.
  Result<bool> newly_kept_back(Side& side, const Sent& s) {
    if (!side.posture_differs) return false;
    std::string key(s.processor);
    for (std::size_t i = 0; i < s.sent; ++i) key.append(" ").append(s.fields[i]);
    const auto known = side.kept_back.find(key);
    if (known != side.kept_back.end()) return known->second;
    constexpr std::size_t kMost = 10'000;
    if (side.kept_back.size() == kMost) side.kept_back.clear();
    const std::span fields(s.fields.data(), s.sent);
    CONNEX_TRY(now, dependence_of(context_.read(), *side.now.pack, context_.now, s.processor, fields));
    CONNEX_TRY(then, dependence_of(context_.read(), *side.bound.pack, context_.now, s.processor, fields));
    return side.kept_back.emplace(std::move(key), now.decision().permitted() && !then.decision().permitted())
        .first->second;
  }

  // Everybody whom a sharing concerned, by the entry that tells of it; where that has gone, or all stand on one version,
  // the person whose row it is.
  Result<std::vector<std::string>> people_of_sharing(store::RowView row) {
    std::vector<std::string> people{std::string(row.bytes(sharing::principal))};
    if (context_.policies.uniform()) return people;
    CONNEX_TRY(entry, find_entry(context_.read(), row.integer(sharing::seq)));
    if (entry && entry->reading == Reading::whole) std::ranges::copy(entry->content.subjects, std::back_inserter(people));
    return people;
  }

  Result<void> sharing_row(store::RowView row) {
    namespace t = sharing;
    sharings_.examined();
    Sent sent{.processor = row.bytes(t::processor),
              .purpose = row.bytes(t::purpose),
              .country = row.bytes(t::country),
              .fields = split(row.bytes(t::fields))};
    sent.sent = sent.fields.size();
    CONNEX_TRY(people, people_of_sharing(row));
    CONNEX_TRY(sides, sides_of_people(people));
    // Only what goes under the rules of everybody concerned does.
    bool denied = false;
    std::uint64_t now = ~std::uint64_t{0};
    std::uint64_t then = now;
    for (Side* const side : sides) {
      CONNEX_TRY(made, ask<EgressDecision>(*side, [&](Rules& asked) {
                   return decide_again(context_.read(), sent, side->now, asked, day_);
                 }));
      if (!made.now.decision.permitted()) return {};
      CONNEX_TRY(kept_back, newly_kept_back(*side, sent));
      denied = denied || kept_back || !made.bound.decision.permitted();
      now &= made.now.send;
      then &= made.bound.send;
    }
    if (now == 0) return {};
    denied = denied || then == 0;
    if (!denied && std::popcount(then) >= std::popcount(now)) return {};
    const std::string_view what = denied ? "newly_denied" : "fewer_fields";
    sharings_.add(sent.processor, what);
    sharings_.show({{"principal", row.bytes(t::principal)},
                    {"audit", row.integer(t::seq)},
                    {"processor", sent.processor},
                    {"what", what}});
    return {};
  }

  Result<bool> decisions_page(Position& at, std::uint32_t limit, std::int64_t& left) {
    Number next = 0;
    if (!at.after.empty()) {
      std::from_chars(at.after.data(), at.after.data() + at.after.size(), next);
      ++next;
    }
    // Entries that have gone leave gaps, so a page ends with its last entry.
    std::optional<Number> last;
    std::size_t read = 0;
    if (counting_) {
      const store::Range range{.from = next, .limit = limit};
      CONNEX_CHECK(context_.read().visit(audit_entry::kTable, range, [&](store::RowView row) -> Result<bool> {
        ++read;
        last = row.integer(audit_entry::seq);
        return true;
      }));
      decisions_.examined(static_cast<std::int64_t>(read));
    } else {
      const auto examine = [&](const AuditEntry& entry) -> Result<bool> {
        ++read;
        last = entry.seq;
        decisions_.examined();
        if (entry.reading == Reading::whole) CONNEX_CHECK(entry_row(entry));
        return true;
      };
      CONNEX_CHECK(visit_entries(context_.read(), next, limit, examine));
    }
    left -= static_cast<std::int64_t>(read);
    if (last) at.after = std::to_string(*last);
    return read == limit;
  }

  Result<void> entry_row(const AuditEntry& entry) {
    const AuditContent& content = entry.content;
    CONNEX_CHECK(entry_dates(entry));
    const Gate* gate = gate_of(entry);
    if (gate == nullptr) return {};
    std::vector<std::string_view> people(content.subjects.begin(), content.subjects.end());
    const auto role = from_name<Role>(content.role);
    if (role && (actors({*role}) & kAuditors) == 0) people.push_back(content.actor);
    CONNEX_TRY(sides, sides_of_people(people));
    CONNEX_TRY(was, filed_.find(entry.policy, entry.at));
    // Only what is permitted under the rules of everybody concerned is.
    Three<Effect> made{Effect::permit, Effect::permit, Effect::permit};
    bool again = was != nullptr;
    bool waits = false;
    for (Side* const side : sides) {
      if (!again) break;
      CONNEX_TRY(theirs, ask<std::optional<Again>>(*side, [&](Rules& asked) {
                   return decided_again(context_.read(), entry, *was, asked, day_, entry.at);
                 }));
      again = theirs.now && theirs.bound && theirs.accepted;
      if (!again) break;
      waits = waits || side->waits;
      for (const auto& [all, one] : {std::pair(&made.now, &theirs.now), std::pair(&made.bound, &theirs.bound),
                                     std::pair(&made.accepted, &theirs.accepted)})
        if (*all == Effect::permit) *all = (*one)->decision().effect;
    }
    decisions_.add(content.rule, again ? "decided_again" : "not_decided_again");
    if (!again) return {};
    const bool now = made.now == Effect::permit;
    const bool then = made.bound == Effect::permit;
    if (waits && !then && !now && made.accepted == Effect::permit) decisions_.add(content.rule, "awaiting_acceptance");
    if (now == then) return {};
    const std::string_view what = then ? "to_permitted" : "to_denied";
    decisions_.add(content.rule, what);
    decisions_.show({{"audit", entry.seq}, {"rule", gate->rule}, {"from", name(made.now)}, {"to", name(made.bound)}});
    return {};
  }

  // Entries go by their class like all else (X9).
  Result<void> entry_dates(const AuditEntry& entry) {
    if (!entry.record_class) return {};
    CONNEX_TRY(found, pair_of(context_.policies.retention(context_.policies.settled())));
    Pair& pair = *found;
    if (!pair.changed[static_cast<std::size_t>(*entry.record_class)]) return {};
    std::vector<HoldFacts> holds;
    CONNEX_TRY(any_hold, pair.keeping.any_hold(context_.read()));
    if (any_hold) CONNEX_CHECK(holds_over(context_.read(), entry.content, holds));
    RetentionFacts facts;
    facts.record_class = *entry.record_class;
    facts.collected_at = entry.at;
    facts.trigger_at = entry.at;
    facts.holds = holds;
    compare(pair, facts, facts, "audit", std::to_string(entry.seq));
    return {};
  }

  Context& context_;
  const std::shared_ptr<const PolicyPack> draft_;
  const std::unique_ptr<const PolicyVersions> published_;  // as they are once the draft is published, and in effect
  const Instant effective_at_;
  const Day day_;
  const bool counting_;
  const RetentionRules rules_{context_};
  FiledPacks filed_{context_.read(), &context_.policies};
  std::map<Number, Side> sides_;
  std::map<std::string, std::optional<Number>, std::less<>> standings_;
  std::map<const RetentionTable*, Pair> tables_;
  Counts records_;
  Counts sharings_;
  Counts decisions_;
};

object describe_pack(const PolicyPack& pack) { return {{"version", pack.version}, {"digest", pack.digest}}; }

}  // namespace

Result<Outcome> policy_impact(Context& context, const Arguments& args, std::shared_ptr<const PolicyPack> draft) {
  constexpr std::int64_t kDefaultLimit = 10'000;
  const Instant effective_at =
      args.has("effective_at") ? std::max(args.instant("effective_at"), context.now) : context.now;
  const std::int64_t limit = args.has("limit") ? args.integer("limit") : kDefaultLimit;
  Position from;
  if (const object* given = args.object("after")) {
    const Arguments after(*given);
    from.part = static_cast<Part>(std::ranges::find(kParts, after.text("part")) - std::begin(kParts));
    from.after = after.text("after");
  }
  const bool counting = args.boolean("count").value_or(false);
  CONNEX_TRY(undone, find_undone(context.read(), context.policies, *draft, "pack"));
  CONNEX_TRY(lines, draw_lines(context.read(), context.policies, draft));
  Impact impact(context, draft, context.policies.with_next(lines, context.now), effective_at, counting);
  CONNEX_TRY(next, impact.run(std::move(from), limit));
  CONNEX_TRY(waiting, changes_of(context.read(), context.policies, *draft));
  Outcome outcome;
  outcome.result = {{"draft", describe_pack(*draft)},
                    {"against", describe_pack(context.policy)},
                    {"effective_at", format_instant(effective_at, context.offset())},
                    {"complete", !next}};
  impact.describe(outcome.result);
  outcome.result["waiting"] = describe(waiting);
  outcome.result["refused"] = describe_refusal(undone);
  outcome.result["log"] = context.seq;
  if (next)
    outcome.result["next"] = {{"part", kParts[static_cast<std::size_t>(next->part)]}, {"after", next->after}};
  return outcome;
}

}  // namespace connex::services
