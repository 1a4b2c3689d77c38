#include "services/policy_impact.hpp"

#include <algorithm>
#include <bit>
#include <bitset>
#include <boost/json/array.hpp>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connex/egress.hpp"
#include "connex/gates.hpp"
#include "connex/purpose.hpp"
#include "connex/retention.hpp"
#include "services/accounts.hpp"
#include "services/audit_log.hpp"
#include "services/dispositions.hpp"
#include "services/policy_versions.hpp"
#include "services/processors.hpp"
#include "services/records.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/visit_facts.hpp"

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
  void examined() { ++examined_; }
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

// The retention rules of somebody, and the same with the draft adopted.
struct Pair {
  const RetentionTable* now = nullptr;
  RetentionTable then;
  std::bitset<kCountOf<RecordClass>> changed;  // classes of which a record's dates may move

  Pair(const RetentionTable& present, const PolicyPack& draft, Instant effective_at)
      : now(&present), then(present) {
    const PolicyPack& last = present.pack();
    then.adopt(draft, effective_at);
    const bool all = last.offset.minutes != draft.offset.minutes ||
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

// What was on file of a sharing.
struct Sent {
  std::string_view processor;
  std::string_view purpose;
  std::string_view country;
  std::vector<std::string_view> fields;
  std::size_t sent = 0;  // how many of the fields went, in front
  Fact engaged = Fact::yes;
  Fact agreement = Fact::yes;
  Fact condition = Fact::yes;  // of the processor
};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string_view detail(const AuditContent& content, std::string_view wanted) {
  for (const Detail& d : content.details)
    if (d.name == wanted) return d.value;
  return {};
}

// Facts of a gate whose inputs the entry does not tell, and which rest on the pack.
constexpr std::string_view kNotTold[] = {"security.check", "aggregate.check", "processor.engage",
                                         "policy.publish"};

// Facts that need the visit to be on: `exact` ones mean nothing else.
struct OnTime {
  std::string_view rule;
  std::string_view fact;
  bool exact;
  bool (*on)(const Visit&, const PolicyPack&, Instant) noexcept;
};
constexpr OnTime kOnTime[] = {{"visit.join", "visit_is_current", true, is_current},
                              {"visit.accept", "visit_is_current", true, is_to_come},
                              {"media.engage", "visit_is_current", true, is_current},
                              {"visit.start", "acceptances_match_disclosure", false, is_current},
                              {"recording.start", "visit_started", false, is_current}};

class Impact {
 public:
  Impact(Context& context, const PolicyPack& draft, Instant effective_at)
      : context_(context),
        draft_(draft),
        effective_at_(effective_at),
        day_(day_of(effective_at, context.policy.offset)),
        present_countries_(context.policy.countries),
        draft_countries_(draft.countries) {
    const VisitRules& a = context.policy.visit;
    const VisitRules& b = draft.visit;
    visits_differ_ =
        a.opens_minutes_before != b.opens_minutes_before || a.overrun_minutes != b.overrun_minutes;
  }

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
    result["decisions"] =
        decisions_.describe({"decided_again", "not_decided_again", "to_denied", "to_permitted"}, "by_rule");
  }

 private:
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
    std::vector<Row> rows;
    CONNEX_CHECK(context_.read().scan(table, range, rows));
    for (const Row& row : rows) {
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
    }
    if (!rows.empty()) {
      const Row& last = rows.back();
      at.after = at.part == Part::sharings
                     ? std::to_string(last.integer(sharing::seq)) + ':' + std::string(last.bytes(sharing::principal))
                     : std::string(last.bytes(0));
    }
    left -= static_cast<std::int64_t>(rows.size());
    return rows.size() == limit;
  }

  const Pair& pair_of(const RetentionTable& table) {
    const auto found = tables_.find(&table);
    if (found != tables_.end()) return found->second;
    return tables_.try_emplace(&table, table, draft_, effective_at_).first->second;
  }

  Result<void> record(const Record& r) {
    records_.examined();
    CONNEX_TRY(table, rules_.of(r));
    const Pair& pair = pair_of(*table);
    if (r.state == RecordState::ordered || !pair.changed[static_cast<std::size_t>(r.record_class)]) return {};
    RecordFacts now;
    RecordFacts then;
    CONNEX_CHECK(load_facts(context_.read(), pair.now->pack(), r, now));
    CONNEX_CHECK(load_facts(context_.read(), draft_, r, then));
    compare(pair, now.facts, then.facts, "record", r.id);
    return {};
  }

  Result<void> account(std::string_view id) {
    records_.examined();
    CONNEX_TRY(found, find_account(context_.read(), id));
    if (!found || found->status == AccountStatus::erased) return {};
    CONNEX_TRY(table, rules_.of(*found));
    const Pair& pair = pair_of(*table);
    if (!pair.changed[static_cast<std::size_t>(RecordClass::account)]) return {};
    std::vector<HoldFacts> holds;
    std::vector<std::string> unused;
    CONNEX_CHECK(holds_over(context_.read(), "principal", id, holds, unused));
    CONNEX_TRY(now, suspensions_of(context_.read(), pair.now->pack(), id));
    CONNEX_TRY(then, suspensions_of(context_.read(), draft_, id));
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

  // The processor as it is in use; of those that come up, some are kept.
  Result<const Processor*> present(std::string_view id) {
    constexpr std::size_t kMost = 1'000;
    const auto known = processors_.find(id);
    if (known != processors_.end()) return known->second ? &*known->second : nullptr;
    if (processors_.size() == kMost) processors_.clear();
    CONNEX_TRY(found, find_processor(context_.read(), context_.policy, id));
    std::optional<Processor> kept;
    if (found && found->engaged) kept = std::move(found->processor);
    const auto& made = processors_.emplace(std::string(id), std::move(kept)).first->second;
    return made ? &*made : nullptr;
  }

  // How the sharing would be decided, its conditions as far as `was` asked for them.
  EgressDecision decide(const Sent& s, const Processor* was, const Processor* processor, const PolicyPack& pack,
                        const CountryTable& countries) const {
    EgressRequest request;
    request.processor = s.processor;
    request.fields = s.fields;
    request.purpose = s.purpose;
    request.country = s.country;
    if (processor == nullptr) return refuse_unlisted(request, pack);
    request.engaged = s.engaged;
    if (was != nullptr) {
      if (was->agreement_required) request.agreement = s.agreement;
      for (std::size_t i = 0; i < s.sent; ++i)
        if (const ProcessorField* field = was->find(s.fields[i])) request.guards.set(field->guard, Fact::yes);
      request.guards.set(was->guard, s.condition);
    }
    return EgressRule(*processor).decide(request, pack, countries, day_);
  }
  struct Both {
    EgressDecision now;
    EgressDecision then;
  };
  Result<Both> decide(const Sent& s) {
    CONNEX_TRY(was, present(s.processor));
    return Both{decide(s, was, was, context_.policy, present_countries_),
                decide(s, was, draft_.find_processor(s.processor), draft_, draft_countries_)};
  }

  Result<void> sharing_row(const Row& row) {
    namespace t = sharing;
    sharings_.examined();
    Sent sent{.processor = row.bytes(t::processor),
              .purpose = row.bytes(t::purpose),
              .country = row.bytes(t::country),
              .fields = split(row.bytes(t::fields))};
    sent.sent = sent.fields.size();
    CONNEX_TRY(both, decide(sent));
    if (!both.now.decision.permitted()) return {};
    const bool denied = !both.then.decision.permitted();
    if (!denied && std::popcount(both.then.send) >= std::popcount(both.now.send)) return {};
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
    const Number end = std::min<Number>(next + limit, context_.seq);
    CONNEX_TRY(entries, list_entries(context_.read(), next, limit));
    for (const AuditEntry& entry : entries) {
      decisions_.examined();
      CONNEX_CHECK(entry_row(entry));
    }
    left -= std::max<Number>(end - next, 0);
    if (end > next) at.after = std::to_string(end - 1);
    return end < context_.seq;
  }

  Result<void> entry_row(const AuditEntry& entry) {
    const AuditContent& content = entry.content;
    const Gate* gate = find_gate(content.rule);
    const bool told = gate != nullptr && entry.record_class && content.facts.size() == gate->conditions.size();
    if (!told) return {};  // a deletion, or what an older build decided
    Facts recorded;
    for (std::size_t i = 0; i < content.facts.size(); ++i) recorded.set(i, content.facts[i]);
    std::optional<std::pair<Facts, Facts>> again = std::pair(recorded, recorded);
    const auto decided_by_pack = [&](std::string_view rule) { return content.rule == rule; };
    if (decided_by_pack(kEgressCheck.rule)) {
      CONNEX_TRY(made, egress(content, recorded));
      again = made;
    } else if (decided_by_pack(kTransferCheck.rule)) {
      CONNEX_TRY(made, transfer(content, recorded));
      again = made;
    } else if (decided_by_pack(kPurposeCheck.rule)) {
      again = purpose(content, recorded);
    } else if (std::ranges::any_of(kNotTold, decided_by_pack)) {
      again.reset();
    } else if (visits_differ_) {
      CONNEX_TRY(made, on_time(entry, *gate, recorded));
      again = made;
    }
    decisions_.add(content.rule, again ? "decided_again" : "not_decided_again");
    if (!again) return {};
    const Decision now = evaluate(*gate, again->first);
    const Decision then = evaluate(*gate, again->second);
    if (now.permitted() == then.permitted()) return {};
    const std::string_view what = then.permitted() ? "to_permitted" : "to_denied";
    decisions_.add(content.rule, what);
    decisions_.show({{"audit", entry.seq}, {"rule", gate->rule}, {"from", name(now.effect)}, {"to", name(then.effect)}});
    return {};
  }

  using Again = std::optional<std::pair<Facts, Facts>>;

  Result<Again> egress(const AuditContent& content, const Facts& recorded) {
    if (detail(content, "purpose").empty()) return Again();
    Sent sent{.processor = content.object,
              .purpose = detail(content, "purpose"),
              .country = detail(content, "country"),
              .fields = split(detail(content, "send"))};
    sent.sent = sent.fields.size();
    for (const std::string_view field : split(detail(content, "strip"))) sent.fields.push_back(field);
    const auto of = [&](std::string_view fact) { return recorded[condition_index(kEgressCheck, fact)]; };
    sent.engaged = of("processor_engaged");
    sent.agreement = of("agreement_in_force");
    sent.condition = of("processor_condition_met");
    CONNEX_TRY(both, decide(sent));
    return Again(std::pair<Facts, Facts>(both.now.facts, both.then.facts));
  }

  Result<Again> transfer(const AuditContent& content, const Facts& recorded) {
    const std::string_view country = detail(content, "country");
    if (country.empty()) return Again();
    CONNEX_TRY(was, present(content.object));
    const Fact agreement = recorded[condition_index(kTransferCheck, "agreement_in_force")];
    const auto facts = [&](const Processor* processor, const CountryTable& countries) -> Facts {
      std::optional<EgressRule> rule;
      if (processor != nullptr) rule.emplace(*processor);
      return transfer_facts(rule ? &*rule : nullptr, countries, country, agreement, day_);
    };
    return Again(std::pair(facts(was, present_countries_),
                           facts(draft_.find_processor(content.object), draft_countries_)));
  }

  Again purpose(const AuditContent& content, const Facts& recorded) const {
    const auto c = from_name<RecordClass>(detail(content, "class"));
    const std::string_view purpose = detail(content, "purpose");
    const std::string_view operation = detail(content, "operation");
    if (!c || purpose.empty() || operation.empty()) return std::nullopt;
    GuardFacts guards;
    const auto of = [&](std::string_view fact) { return recorded[condition_index(kPurposeCheck, fact)]; };
    if (const auto stated = from_name<Purpose>(purpose)) {
      const Guard guard = context_.policy.rule(*stated, *c).guard;
      guards.set(guard, of(guard == Guard::aggregated_or_consented ? "analytics_is_anonymous"
                           : guard == Guard::written_demand        ? "demand_is_complete"
                                                                   : "condition_of_class_met"));
    }
    return std::pair<Facts, Facts>(purpose_facts(context_.policy, *c, purpose, operation, guards),
                                   purpose_facts(draft_, *c, purpose, operation, guards));
  }

  Result<Again> on_time(const AuditEntry& entry, const Gate& gate, const Facts& recorded) {
    const auto row =
        std::ranges::find_if(kOnTime, [&](const OnTime& r) { return r.rule == entry.content.rule; });
    if (row == std::end(kOnTime)) return Again(std::pair(recorded, recorded));
    CONNEX_TRY(visit, find_visit(context_.read(), entry.content.visit));
    if (!visit) return Again();
    const std::size_t index = condition_index(gate, row->fact);
    const auto facts = [&](const PolicyPack& pack) {
      Facts made = recorded;
      const bool on = row->on(*visit, pack, entry.at);
      if (row->exact || !on) made.set(index, on ? Fact::yes : Fact::no);
      return made;
    };
    return Again(std::pair(facts(context_.policy), facts(draft_)));
  }

  Context& context_;
  const PolicyPack& draft_;
  const Instant effective_at_;
  const Day day_;
  const RetentionRules rules_{context_};
  const CountryTable present_countries_;
  const CountryTable draft_countries_;
  bool visits_differ_ = false;
  std::map<const RetentionTable*, Pair> tables_;
  std::map<std::string, std::optional<Processor>, std::less<>> processors_;
  Counts records_;
  Counts sharings_;
  Counts decisions_;
};

object describe(const PolicyPack& pack) { return {{"version", pack.version}, {"digest", pack.digest}}; }

}  // namespace

Result<Outcome> policy_impact(Context& context, const Arguments& args, std::shared_ptr<const PolicyPack> draft) {
  constexpr std::int64_t kDefaultLimit = 10'000;
  const Instant effective_at =
      args.has("effective_at") ? std::max(args.instant("effective_at"), context.now) : context.now;
  const std::int64_t limit = args.has("limit") ? args.integer("limit") : kDefaultLimit;
  if (limit == 0) return invalid("one row or more is looked at", "limit");
  Position from;
  if (const object* given = args.object("after")) {
    const Arguments after(*given);
    from.part = static_cast<Part>(std::ranges::find(kParts, after.text("part")) - std::begin(kParts));
    from.after = after.text("after");
  }
  Impact impact(context, *draft, effective_at);
  CONNEX_TRY(next, impact.run(std::move(from), limit));
  Outcome outcome;
  outcome.result = {{"draft", describe(*draft)},
                    {"against", describe(context.policy)},
                    {"effective_at", format_instant(effective_at, context.offset())},
                    {"complete", !next}};
  impact.describe(outcome.result);
  outcome.result["log"] = context.seq;
  if (next)
    outcome.result["next"] = {{"part", kParts[static_cast<std::size_t>(next->part)]}, {"after", next->after}};
  return outcome;
}

}  // namespace connex::services
