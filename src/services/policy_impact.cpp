#include "services/policy_impact.hpp"

#include <algorithm>
#include <bit>
#include <bitset>
#include <boost/json/array.hpp>
#include <charconv>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connex/egress.hpp"
#include "connex/gates.hpp"
#include "connex/policy_diff.hpp"
#include "connex/purpose.hpp"
#include "connex/retention.hpp"
#include "policy/tighten.hpp"
#include "services/accounts.hpp"
#include "services/audit_log.hpp"
#include "services/dependencies.hpp"
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
  Impact(Context& context, std::shared_ptr<const PolicyPack> draft, Instant effective_at, bool counting)
      : context_(context),
        draft_(std::move(draft)),
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
  // A pack, ready to be asked.
  struct Rules {
    std::shared_ptr<const PolicyPack> pack;
    CountryTable countries;
    std::map<std::string, std::optional<Processor>, std::less<>> processors;  // as they are in use

    explicit Rules(std::shared_ptr<const PolicyPack> given) : pack(std::move(given)), countries(pack->countries) {}
  };
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
    CONNEX_TRY(bound, policy::tighten(now, draft_));
    Side side{Rules(now), Rules(bound), Rules(draft_), bound->digest != draft_->digest, false, {}};
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
  // Of all concerned the oldest counts; of nobody, that on which everybody stands.
  template <class People>
  Result<Side*> side_of_people(const People& people) {
    if (context_.policies.uniform()) return side_of(context_.policies.latest().number);
    std::optional<Number> lowest;
    for (const auto& id : people) {
      CONNEX_TRY(standing, standing_of_person(id));
      if (standing) lowest = std::min(lowest.value_or(*standing), *standing);
    }
    return side_of(lowest.value_or(context_.policies.settled()));
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
    std::vector<Row> rows;
    CONNEX_CHECK(context_.read().scan(table, range, rows));
    for (const Row& row : rows) {
      if (counting_) {
        (at.part == Part::sharings ? sharings_ : records_).examined();
        continue;
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

  Result<const Pair*> pair_of(const RetentionTable& table) {
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
    const Pair& pair = *found;
    if (r.state == RecordState::ordered || !pair.changed[static_cast<std::size_t>(r.record_class)]) return {};
    RecordFacts now;
    RecordFacts then;
    CONNEX_CHECK(load_facts(context_.read(), pair.now->pack(), r, now));
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
    CONNEX_TRY(now, suspensions_of(context_.read(), pair.now->pack(), id));
    CONNEX_TRY(then, suspensions_of(context_.read(), pair.then.pack(), id));
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
  Result<const Processor*> in_use(Rules& rules, std::string_view id) {
    constexpr std::size_t kMost = 1'000;
    const auto known = rules.processors.find(id);
    if (known != rules.processors.end()) return known->second ? &*known->second : nullptr;
    if (rules.processors.size() == kMost) rules.processors.clear();
    CONNEX_TRY(found, find_processor(context_.read(), *rules.pack, id));
    std::optional<Processor> kept;
    if (found && found->engaged) kept = std::move(found->processor);
    const auto& made = rules.processors.emplace(std::string(id), std::move(kept)).first->second;
    return made ? &*made : nullptr;
  }

  // How the sharing would be decided, its conditions as far as `was` asked for them.
  Result<EgressDecision> decide(const Sent& s, const Processor* was, Rules& rules) {
    EgressRequest request;
    request.processor = s.processor;
    request.fields = s.fields;
    request.purpose = s.purpose;
    request.country = s.country;
    CONNEX_TRY(processor, in_use(rules, s.processor));
    if (processor == nullptr) return refuse_unlisted(request, *rules.pack);
    request.engaged = s.engaged;
    if (was != nullptr) {
      if (was->agreement_required) request.agreement = s.agreement;
      for (std::size_t i = 0; i < s.sent; ++i)
        if (const ProcessorField* field = was->find(s.fields[i])) request.guards.set(field->guard, Fact::yes);
      request.guards.set(was->guard, s.condition);
    }
    return EgressRule(*processor).decide(request, *rules.pack, rules.countries, day_);
  }
  // Now, as bound without acceptance, and accepted.
  template <class T>
  struct Three {
    T now;
    T bound;
    T accepted;
  };
  Result<Three<EgressDecision>> decide(const Sent& s, Side& side) {
    CONNEX_TRY(was, in_use(side.now, s.processor));
    const std::optional<Processor> kept = was ? std::optional(*was) : std::nullopt;
    const Processor* before = kept ? &*kept : nullptr;
    CONNEX_TRY(now, decide(s, before, side.now));
    CONNEX_TRY(bound, decide(s, before, side.bound));
    CONNEX_TRY(accepted, decide(s, before, side.accepted));
    return Three<EgressDecision>{now, bound, accepted};
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

  Result<void> sharing_row(const Row& row) {
    namespace t = sharing;
    sharings_.examined();
    Sent sent{.processor = row.bytes(t::processor),
              .purpose = row.bytes(t::purpose),
              .country = row.bytes(t::country),
              .fields = split(row.bytes(t::fields))};
    sent.sent = sent.fields.size();
    const std::string_view people[] = {row.bytes(t::principal)};
    CONNEX_TRY(side, side_of_people(people));
    CONNEX_TRY(made, decide(sent, *side));
    if (!made.now.decision.permitted()) return {};
    CONNEX_TRY(kept_back, newly_kept_back(*side, sent));
    const bool denied = kept_back || !made.bound.decision.permitted();
    if (!denied && std::popcount(made.bound.send) >= std::popcount(made.now.send)) return {};
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
    if (counting_) {  // the log tells how long it is
      decisions_.examined(std::max<Number>(context_.seq - next, 0));
      return false;
    }
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
    std::vector<std::string_view> people(content.subjects.begin(), content.subjects.end());
    people.push_back(content.actor);
    CONNEX_TRY(side, side_of_people(people));
    Again again = Three<Facts>{recorded, recorded, recorded};
    const auto decided_by_pack = [&](std::string_view rule) { return content.rule == rule; };
    if (decided_by_pack(kEgressCheck.rule)) {
      CONNEX_TRY(made, egress(content, recorded, *side));
      again = made;
    } else if (decided_by_pack(kTransferCheck.rule)) {
      CONNEX_TRY(made, transfer(content, recorded, *side));
      again = made;
    } else if (decided_by_pack(kPurposeCheck.rule)) {
      again = purpose(content, recorded, *side);
    } else if (std::ranges::any_of(kNotTold, decided_by_pack)) {
      again.reset();
    } else {
      CONNEX_TRY(made, on_time(entry, *gate, recorded, *side));
      again = made;
    }
    decisions_.add(content.rule, again ? "decided_again" : "not_decided_again");
    if (!again) return {};
    const Decision now = evaluate(*gate, again->now);
    const Decision then = evaluate(*gate, again->bound);
    const Decision accepted = evaluate(*gate, again->accepted);
    if (side->waits && !then.permitted() && !now.permitted() && accepted.permitted())
      decisions_.add(content.rule, "awaiting_acceptance");
    if (now.permitted() == then.permitted()) return {};
    const std::string_view what = then.permitted() ? "to_permitted" : "to_denied";
    decisions_.add(content.rule, what);
    decisions_.show({{"audit", entry.seq}, {"rule", gate->rule}, {"from", name(now.effect)}, {"to", name(then.effect)}});
    return {};
  }

  using Again = std::optional<Three<Facts>>;

  // The same question to each of the three.
  template <class Ask>
  static Three<Facts> ask(Side& side, Ask&& facts) {
    return {facts(side.now), facts(side.bound), facts(side.accepted)};
  }

  Result<Again> egress(const AuditContent& content, const Facts& recorded, Side& side) {
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
    CONNEX_TRY(made, decide(sent, side));
    return Again(Three<Facts>{made.now.facts, made.bound.facts, made.accepted.facts});
  }

  Result<Again> transfer(const AuditContent& content, const Facts& recorded, Side& side) {
    const std::string_view country = detail(content, "country");
    if (country.empty()) return Again();
    const Fact agreement = recorded[condition_index(kTransferCheck, "agreement_in_force")];
    Three<Facts> made;
    for (const auto& [rules, facts] :
         {std::pair(&side.now, &made.now), std::pair(&side.bound, &made.bound), std::pair(&side.accepted, &made.accepted)}) {
      CONNEX_TRY(processor, in_use(*rules, content.object));
      std::optional<EgressRule> rule;
      if (processor != nullptr) rule.emplace(*processor);
      *facts = transfer_facts(rule ? &*rule : nullptr, rules->countries, country, agreement, day_);
    }
    return Again(made);
  }

  Again purpose(const AuditContent& content, const Facts& recorded, Side& side) const {
    const auto c = from_name<RecordClass>(detail(content, "class"));
    const std::string_view purpose = detail(content, "purpose");
    const std::string_view operation = detail(content, "operation");
    if (!c || purpose.empty() || operation.empty()) return std::nullopt;
    GuardFacts guards;
    const auto of = [&](std::string_view fact) { return recorded[condition_index(kPurposeCheck, fact)]; };
    if (const auto stated = from_name<Purpose>(purpose)) {
      const Guard guard = side.now.pack->rule(*stated, *c).guard;
      guards.set(guard, of(guard == Guard::aggregated_or_consented ? "analytics_is_anonymous"
                           : guard == Guard::written_demand        ? "demand_is_complete"
                                                                   : "condition_of_class_met"));
    }
    return ask(side, [&](const Rules& rules) -> Facts {
      return purpose_facts(*rules.pack, *c, purpose, operation, guards);
    });
  }

  Result<Again> on_time(const AuditEntry& entry, const Gate& gate, const Facts& recorded, Side& side) {
    const auto row =
        std::ranges::find_if(kOnTime, [&](const OnTime& r) { return r.rule == entry.content.rule; });
    const bool differ = !same_times(*side.now.pack, *side.bound.pack) || !same_times(*side.now.pack, *draft_);
    if (row == std::end(kOnTime) || !differ) return Again(Three<Facts>{recorded, recorded, recorded});
    CONNEX_TRY(visit, find_visit(context_.read(), entry.content.visit));
    if (!visit) return Again();
    const std::size_t index = condition_index(gate, row->fact);
    return Again(ask(side, [&](const Rules& rules) {
      Facts made = recorded;
      const bool on = row->on(*visit, *rules.pack, entry.at);
      if (row->exact || !on) made.set(index, on ? Fact::yes : Fact::no);
      return made;
    }));
  }

  static bool same_times(const PolicyPack& a, const PolicyPack& b) noexcept {
    return a.visit.opens_minutes_before == b.visit.opens_minutes_before &&
           a.visit.overrun_minutes == b.visit.overrun_minutes;
  }

  Context& context_;
  const std::shared_ptr<const PolicyPack> draft_;
  const Instant effective_at_;
  const Day day_;
  const bool counting_;
  const RetentionRules rules_{context_};
  std::map<Number, Side> sides_;
  std::map<std::string, std::optional<Number>, std::less<>> standings_;
  std::map<const RetentionTable*, Pair> tables_;
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
  const bool counting = args.boolean("count").value_or(false);
  Impact impact(context, draft, effective_at, counting);
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
