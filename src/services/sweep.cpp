// record.* and retention.*: what the host registers, and the sweep over all that is due.
#include <algorithm>
#include <boost/json/array.hpp>
#include <map>
#include <set>

#include "services/accounts.hpp"
#include "services/audit_erasure.hpp"
#include "services/audit_log.hpp"
#include "services/command_groups.hpp"
#include "services/dispositions.hpp"
#include "services/former_erasures.hpp"
#include "services/kept_answers.hpp"
#include "services/messages.hpp"
#include "services/policy_versions.hpp"
#include "services/posture.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

namespace t = retained;
using store::Cell;
using store::Row;

constexpr std::uint32_t kDefaultLimit = 1'000;
constexpr std::uint32_t kMostCounted = 1'000;  // of what remains

constexpr std::int64_t kFirstProof = 10;    // rows of `sweep_state`: see there
constexpr std::int64_t kFirstCursor = 100;

// Whether the event that starts the clock of the class may lie ahead of a record.
bool starts_later(const PolicyPack& policy, RecordClass c) noexcept {
  const Trigger trigger = policy.rule(c).trigger;
  return trigger == Trigger::account_terminated || trigger == Trigger::verified;
}

Result<Outcome> record_register(Context& context, const Arguments& args) {
  const std::optional<RecordClass> record_class = from_name<RecordClass>(args.text("class"));
  const bool triggered = args.has("trigger_at");
  if (!triggered && !starts_later(context.policy, *record_class))
    return invalid("argument is missing: the period of this class runs from it", "trigger_at");
  if (triggered && args.instant("trigger_at") > context.now)
    return invalid("the trigger lies in the future", "trigger_at");
  if (args.has("collected_at") && args.instant("collected_at") > context.now)
    return invalid("the collection lies in the future", "collected_at");

  const bool aggregate = record_class == RecordClass::analytics_aggregate;
  for (const char* of_aggregate : {"counts", "columns"})
    if (args.has(of_aggregate) && !aggregate) return invalid("only an aggregate has it", of_aggregate);
  const bool counted = args.has("counts");
  if (counted != args.has("columns")) return invalid("argument is missing", counted ? "columns" : "counts");
  if (counted) {
    CONNEX_TRY(anonymous, check_counts(context, args, Told::as_it_is));
    if (!anonymous.decision.permitted()) return std::move(anonymous);
  }

  Record record;
  record.id = args.text("id");
  // Only what passed the test for anonymity is kept without end (C9-i); what has not is about people (X19).
  record.record_class = aggregate && !counted ? RecordClass::usage : *record_class;
  record.locator = args.text("locator");
  if (triggered) record.trigger_at = args.instant("trigger_at");
  record.collected_at = args.has("collected_at") ? args.instant("collected_at")
                                                 : record.trigger_at.value_or(context.now);
  record.processed_at = record.collected_at;
  if (args.has("thread")) record.thread = args.text("thread");
  if (args.has("visit")) record.visit = args.text("visit");

  // What passed the test is about nobody, and so says of nobody that it was.
  for (const char* naming : {"subjects", "thread", "visit"})
    if (counted && args.has(naming)) return invalid("an aggregate names nobody", naming);
  if (!counted && !args.has("subjects")) return invalid("argument is missing", "subjects");
  std::vector<std::string> subjects;
  if (!counted) subjects = args.ids("subjects");
  std::sort(subjects.begin(), subjects.end());
  if (std::adjacent_find(subjects.begin(), subjects.end()) != subjects.end())
    return invalid("a principal is listed twice", "subjects");
  CONNEX_TRY(existing, find_record(context.read(), record.id));
  const Cell equal[] = {std::string_view(record.id)};
  std::vector<Row> gone;
  CONNEX_CHECK(context.read().scan(
      erasure::kTable, {.index = &erasure::kByRecord, .equal = equal, .limit = 1}, gone));
  if (existing || !gone.empty()) return conflict("a record of this id exists or was disposed of", "id");
  for (const std::string& subject : subjects) {
    CONNEX_TRY(person, find_principal(context.read(), subject));
    if (!person) return not_found("principal", "subjects");
  }
  if (record.visit) {
    CONNEX_TRY(visit, find_visit(context.read(), *record.visit));
    if (!visit) return not_found("visit", "visit");
  }

  Outcome outcome;
  outcome.object = record.id;
  outcome.visit = record.visit.value_or("");
  outcome.subjects = subjects;
  outcome.details = {{"class", std::string(name(record.record_class))}};
  CONNEX_CHECK(insert_record(context, record, subjects));
  const RetentionRules rules(context);
  CONNEX_TRY(evaluation, evaluate_record(context, rules, record));
  outcome.result = std::move(evaluation.answer);
  outcome.result.erase("rule");
  outcome.result["id"] = record.id;
  return outcome;
}

Result<Outcome> record_touch(Context& context, const Arguments& args) {
  const Instant at = args.instant("at");
  CONNEX_TRY(record, find_record(context.read(), args.text("id")));
  if (!record) return not_found("record", "id");
  if (at > context.now) return invalid("the interaction lies in the future", "at");
  if (record->state == RecordState::ordered)
    return conflict("the disposal of the record was ordered already", "id");
  const RetentionRules rules(context);
  CONNEX_TRY(usable, is_usable(context, rules, *record));
  if (!usable) return conflict("the record is out of use: its period is over, or it is to be erased", "id");
  Outcome outcome;
  outcome.object = record->id;
  CONNEX_TRY(subjects, list_subjects(context.read(), record->id));
  outcome.subjects = std::move(subjects);
  CONNEX_CHECK(touch_record(context, *record, at));
  CONNEX_TRY(evaluation, evaluate_record(context, rules, *record));
  outcome.result = std::move(evaluation.answer);
  outcome.result.erase("rule");
  outcome.result["id"] = record->id;
  return outcome;
}

Result<Outcome> retention_evaluate(Context& context, const Arguments& args) {
  namespace e = erasure;
  CONNEX_TRY(record, find_record(context.read(), args.text("record")));
  if (!is_auditor(context.actor)) {
    std::vector<std::string> subjects;
    if (record) {
      CONNEX_TRY(listed, list_subjects(context.read(), record->id));
      subjects = std::move(listed);
    }
    if (std::find(subjects.begin(), subjects.end(), context.actor.id) == subjects.end())
      return outside_scope();
  }
  Outcome outcome;
  if (!record) {
    const Cell equal[] = {args.text("record")};
    std::vector<Row> gone;
    CONNEX_CHECK(context.read().scan(
        e::kTable, {.index = &e::kByRecord, .equal = equal, .limit = 1, .descending = true}, gone));
    if (gone.empty()) return not_found("record", "record");
    const Row& row = gone.front();
    outcome.result = {{"record", args.text("record")},
                      {"class", row.bytes(e::record_class)},
                      {"state", "disposed"},
                      {"disposed_at", format_instant({row.integer(e::at)}, context.offset())},
                      {"clause", row.bytes(e::clause)}};
    return outcome;
  }
  const RetentionRules rules(context);
  CONNEX_TRY(evaluation, evaluate_record(context, rules, *record));
  outcome.result = std::move(evaluation.answer);
  outcome.result["ordered"] = record->state == RecordState::ordered;
  return outcome;
}

Result<void> settle_row(Context& context, const RetentionRules& rules, std::string_view id, Sweep& done) {
  CONNEX_TRY(record, find_record(context.read(), id));
  return record ? settle(context, rules, *record, done) : Result<void>();
}

constexpr std::int64_t kNoticed = 0;

std::string state_of(const PolicyVersions& policies) {
  return policies.latest().filed.pack->digest + '/' + std::to_string(policies.latest().number) + '/' +
         std::to_string(policies.settled());
}

// The versions of the policy that a sweep last noticed; none before the first.
Result<std::optional<std::string>> noticed_policy(Context& context) {
  Row row;
  const Cell key[] = {kNoticed};
  CONNEX_TRY(known, context.read().get(sweep_state::kTable, key, row));
  return known ? std::optional(std::string(row.bytes(sweep_state::policy))) : std::optional<std::string>();
}

// Whether the dates of all records are those of the versions in force and of all that has changed, so that nothing waits
// for a sweep to make them anew.
Result<bool> dates_are_made(Context& context) {
  std::vector<Row> waiting;
  CONNEX_CHECK(context.read().scan(review::kTable, {.limit = 1}, waiting));
  if (!waiting.empty()) return false;
  CONNEX_TRY(noticed, noticed_policy(context));
  return noticed ? *noticed == state_of(context.policies) : context.policies.list().size() == 1;
}

// A new policy may end periods earlier than the dates say: all records are looked at again, in the order of
// their ids, over as many sweeps as it takes.
Result<void> notice_policy(Context& context) {
  namespace s = sweep_state;
  CONNEX_TRY(noticed, noticed_policy(context));
  const std::string state = state_of(context.policies);
  if (noticed == state) return {};
  const Cell cells[] = {kNoticed, std::string_view(state)};
  CONNEX_CHECK(noticed ? context.write().update(s::kTable, cells) : context.write().insert(s::kTable, cells));
  if (!noticed && context.policies.list().size() == 1) return {};
  CONNEX_CHECK(review_entries(context));
  const Cell all[] = {std::string_view("all"), std::string_view()};
  CONNEX_CHECK(context.write().erase(review::kTable, all));
  const Cell fresh[] = {std::string_view("all"), std::string_view(), std::string_view()};
  return context.write().insert(review::kTable, fresh);
}

// What the engine kept before it registered it: each row once gets the record that it lacks, a message whom its record
// lacks.
struct Adoption {
  const store::Table& table;
  Result<void> (*keep)(Context&, const Row&);
};
constexpr Adoption kAdoptions[] = {{message::kTable, keep_message}, {rights_request::kTable, keep_request}};

Result<void> ask_adoption(Context& context) {
  namespace s = sweep_state;
  constexpr std::int64_t kAsked = 3;  // 1 where an older version did, whose records of messages name their senders alone
  Row row;
  const Cell key[] = {kAsked};
  CONNEX_TRY(asked, context.read().get(s::kTable, key, row));
  if (asked) return {};
  const Cell cells[] = {kAsked, std::string_view()};
  CONNEX_CHECK(context.write().insert(s::kTable, cells));
  for (const Adoption& adoption : kAdoptions) {
    const Cell fresh[] = {std::string_view("adopt"), adoption.table.name, std::string_view()};
    CONNEX_CHECK(context.write().erase(review::kTable, std::span(fresh, 2)));
    CONNEX_CHECK(context.write().insert(review::kTable, fresh));
  }
  return {};
}

// The rows that follow `after`, as the ids of their records.
Result<std::vector<std::string>> adopt(Context& context, std::string_view target, std::string_view after,
                                       std::uint32_t limit) {
  const auto* adoption = std::ranges::find(kAdoptions, target, [](const Adoption& a) { return a.table.name; });
  std::vector<std::string> keys;
  if (adoption == std::end(kAdoptions)) return keys;
  const store::Table& table = adoption->table;
  const std::vector<Cell> position = after.empty() ? std::vector<Cell>() : parse_key(table, after);
  std::vector<Row> rows;
  ReadTransaction& stored = Vault::stored(context.read());  // no sealed column is asked for
  CONNEX_CHECK(stored.scan(table, {.after = position, .limit = limit}, rows));
  for (const Row& row : rows) {
    std::vector<Cell> key;
    for (std::size_t i = 0; i < table.key_size; ++i) key.push_back(row[i]);
    keys.push_back(key_text(key));
    const bool completes = &table == &message::kTable;
    CONNEX_TRY(known, find_record(context.read(), record_id(table, key)));
    if (!known || completes) CONNEX_CHECK(adoption->keep(context, row));
  }
  return keys;
}

// Once for each record, a page with every sweep: whose erasure it was that an older version accepted. Returns whether there
// are more.
Result<bool> note_former_erasures(Context& context) {
  namespace s = sweep_state;
  constexpr std::int64_t kNoted = 2;
  constexpr std::uint32_t kPage = 1'000;
  Row state;
  const Cell key[] = {kNoted};
  CONNEX_TRY(begun, context.read().get(s::kTable, key, state));
  if (begun && state.bytes(s::policy).empty()) return false;
  std::vector<Cell> position;
  if (begun) position.push_back(state[s::policy]);
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(t::kTable, {.after = position, .limit = kPage}, rows));
  for (const Row& row : rows) CONNEX_CHECK(note_former_erasures(context, read_record(row)));
  const bool more = rows.size() == kPage;
  const Cell cells[] = {kNoted, more ? rows.back()[t::id] : Cell(std::string_view())};
  CONNEX_CHECK(begun ? context.write().update(s::kTable, cells) : context.write().insert(s::kTable, cells));
  return more;
}

// The ids that a review comes to next.
Result<std::vector<std::string>> next_of(ReadTransaction& tx, const Row& asked, std::uint32_t limit) {
  namespace r = review;
  const std::string_view after = asked.bytes(r::after);
  if (asked.bytes(r::kind) == "principal") return list_records_of(tx, asked.bytes(r::target), after, limit);
  const Cell equal[] = {asked.bytes(r::target)};
  const Cell position[] = {after};
  store::Range range{.limit = limit};
  if (asked.bytes(r::kind) != "all") {
    range.index = asked.bytes(r::kind) == "thread" ? &t::kByThread : &t::kByVisit;
    range.equal = equal;
  }
  if (!after.empty()) range.after = position;
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(t::kTable, range, rows));
  std::vector<std::string> ids;
  for (const Row& row : rows) ids.emplace_back(row.bytes(t::id));
  return ids;
}

// All records of the person were looked at.
Result<void> end_review_of(Context& context, std::string_view principal) {
  CONNEX_TRY(person, find_account(context.read(), principal));
  if (!person || !person->minor_due) return {};
  CONNEX_CHECK(note_minor_gone(context, *person));
  return save(context.write(), Save::update, *person);
}

// Those of a person, a thread and a visit come before those of everything, which take long.
Result<std::optional<Row>> next_review(ReadTransaction& tx) {
  namespace r = review;
  std::vector<Row> asked;
  for (const std::string_view kind : {"principal", "thread", "visit"}) {
    const Cell equal[] = {kind};
    CONNEX_CHECK(tx.scan(r::kTable, {.equal = equal, .limit = 1}, asked));
    if (!asked.empty()) return std::optional(std::move(asked.front()));
  }
  CONNEX_CHECK(tx.scan(r::kTable, {.limit = 1}, asked));
  return asked.empty() ? std::optional<Row>() : std::optional(std::move(asked.front()));
}

Result<void> carry_on_reviews(Context& context, const RetentionRules& rules, std::uint32_t& left,
                              Sweep& done) {
  namespace r = review;
  while (left > 0) {
    CONNEX_TRY(asked, next_review(context.read()));
    if (!asked) return {};
    const Row& first = *asked;
    const bool adopts = first.bytes(r::kind) == "adopt";
    CONNEX_TRY(ids, adopts ? adopt(context, first.bytes(r::target), first.bytes(r::after), left)
                           : next_of(context.read(), first, left));
    if (!adopts)
      for (const std::string& id : ids) CONNEX_CHECK(settle_row(context, rules, id, done));
    const Cell key[] = {first[r::kind], first[r::target]};
    if (ids.size() < left) {
      CONNEX_CHECK(context.write().erase(r::kTable, key));
      if (first.bytes(r::kind) == "principal") CONNEX_CHECK(end_review_of(context, first.bytes(r::target)));
    } else {
      const Cell cells[] = {key[0], key[1], std::string_view(ids.back())};
      CONNEX_CHECK(context.write().update(r::kTable, cells));
    }
    left -= static_cast<std::uint32_t>(ids.size());
  }
  return {};
}

// The entry with which the sweep of a class goes on.
Result<Number> next_entry(ReadTransaction& tx, RecordClass c) {
  namespace s = sweep_state;
  Row cursor;
  const Cell key[] = {kFirstCursor + static_cast<std::int64_t>(c)};
  CONNEX_TRY(passed, tx.get(s::kTable, key, cursor));
  return passed ? std::stoll(std::string(cursor.bytes(s::policy))) : 0;
}

// Whether anything at all is held.
Result<bool> any_hold(ReadTransaction& tx) {
  std::vector<Row> held;
  const Cell placed[] = {"placed"};
  CONNEX_CHECK(tx.scan(hold::kTable, {.index = &hold::kByState, .equal = placed, .limit = 1}, held));
  return !held.empty();
}

// What the rules say of an entry, by its time and, if anything is held, the holds over those it names.
Result<RetentionDecision> evaluate_entry(Context& context, RecordClass c, const AuditEntry& entry, bool held) {
  std::vector<HoldFacts> holds;
  if (held) CONNEX_CHECK(holds_over(context.read(), entry.content, holds));
  RetentionFacts facts;
  facts.record_class = c;
  facts.collected_at = entry.at;
  facts.trigger_at = entry.at;
  facts.holds = holds;
  return context.policies.retention(context.standing).evaluate(facts, context.now);
}

// Audit entries go by their class like all else (C9-e, X9), the oldest first. Those under a hold, and those that cannot
// be read, are passed over for good: only the end of a hold, or another policy, brings the sweep back to them. Returns
// whether there are more.
Result<bool> sweep_entries(Context& context, std::uint32_t& left, Outcome& outcome) {
  CONNEX_TRY(held, any_hold(context.read()));
  bool more = false;
  boost::json::array damaged;  // at most as many as the sweep looks at
  for (std::size_t c = 0; c < kCountOf<RecordClass> && left > 0; ++c) {
    const auto record_class = static_cast<RecordClass>(c);
    if (starts_later(context.policy, record_class)) continue;
    CONNEX_TRY(from, next_entry(context.read(), record_class));
    CONNEX_TRY(numbers, list_numbers(context.read(), record_class, from, left));
    AuditDeletion deletion;
    deletion.rule = context.policy.rule(record_class).clause;
    deletion.holds = held ? "none over these" : "none";
    bool waiting = numbers.size() < left;
    bool kept = false;
    Number next = from;
    for (const Number seq : numbers) {
      CONNEX_TRY(entry, look_at_entry(context.read(), seq));
      if (!entry) continue;
      --left;
      CONNEX_TRY(d, evaluate_entry(context, record_class, *entry, held));
      if (d.state == RetentionState::due && entry->reading == Reading::damaged) {
        damaged.emplace_back(seq);
        kept = true;
      } else if (d.state == RetentionState::due) {
        deletion.entries.push_back(seq);
      } else if (d.state == RetentionState::held) {
        kept = true;
      } else {
        ++left;  // and so are all that follow
        waiting = true;
        break;
      }
      next = seq + 1;
    }
    more = more || !waiting;
    if (kept) {
      const std::string text = std::to_string(next);
      const Cell cells[] = {kFirstCursor + static_cast<std::int64_t>(c), std::string_view(text)};
      CONNEX_CHECK(from > 0 ? context.write().update(sweep_state::kTable, cells)
                            : context.write().insert(sweep_state::kTable, cells));
    }
    if (from == 0 && !kept && !deletion.entries.empty()) {
      // Before the first that stays tokens stand for nobody any more.
      const bool all = deletion.entries.size() == numbers.size() && waiting;
      CONNEX_TRY(first, look_at_entry(context.read(), deletion.entries.size() < numbers.size()
                                                          ? numbers[deletion.entries.size()]
                                                          : deletion.entries.back()));
      const Number stays = all || !first ? stretch_of(context.now) : stretch_of(first->at);
      CONNEX_CHECK(context.vault().forget_tokens(context.write(), record_class, stays, context.now));
    }
    if (!deletion.entries.empty()) outcome.deletions.push_back(std::move(deletion));
  }
  if (!damaged.empty()) outcome.details.push_back({"damaged", std::to_string(damaged.size())});
  outcome.result["damaged"] = std::move(damaged);
  return more;
}

// Proofs that something was done: somebody was told, or could not be any more, an order carried out, a hold released, a demand met. Like the
// log they stay for its period from then on (C9-e), and go in the order of their index.
struct Proof {
  const store::Table& table;
  const store::Index* index;
  std::string_view state;  // of what is done
  std::uint8_t done_at;
  std::uint8_t about = kNoColumn;  // the column of the person
};
constexpr Proof kProofs[] = {
    {notice::kTable, &notice::kByState, "confirmed", notice::told_at, notice::recipient},
    {notice::kTable, &notice::kByState, "lapsed", notice::told_at, notice::recipient},
    {disposition_order::kTable, &disposition_order::kByAge, "confirmed", disposition_order::confirmed_at},
    {hold::kTable, &hold::kByState, "released", hold::released_at},
    {lawful_demand::kTable, nullptr, {}, lawful_demand::decided_at},
};

// The proofs that come first, and of the notices the last, which stays: the next one counts on from it.
struct Proofs {
  std::vector<Row> rows;
  std::optional<std::string> stays;
};
Result<Proofs> list_proofs(ReadTransaction& tx, const Proof& proof, std::uint32_t limit, const Row* after = nullptr) {
  Proofs proofs;
  const Cell equal[] = {proof.state};
  store::Range range{.index = proof.index, .limit = std::min(limit, store::kMaxScan)};
  if (proof.index != nullptr) range.equal = equal;
  std::vector<Cell> position;
  if (after != nullptr) {
    if (proof.index != nullptr)
      for (const std::uint8_t column : proof.index->columns.subspan(1)) position.push_back((*after)[column]);
    position.push_back((*after)[0]);
    range.after = position;
  }
  CONNEX_CHECK(tx.scan(proof.table, range, proofs.rows));
  if (&proof.table != &notice::kTable) return proofs;
  std::vector<Row> newest;
  CONNEX_CHECK(tx.scan(notice::kTable, {.limit = 1, .descending = true}, newest));
  if (!newest.empty()) proofs.stays = newest.front().bytes(0);
  return proofs;
}

struct ProofDecision {
  RetentionDecision decision;
  std::string_view clause;
};
Result<ProofDecision> evaluate_proof(Context& context, const Proof& proof, const Row& row) {
  std::vector<HoldFacts> holds;
  std::vector<std::string> unused;
  if (proof.about != kNoColumn)
    CONNEX_CHECK(holds_over(context.read(), "principal", row.bytes(proof.about), holds, unused));
  RetentionFacts facts;
  facts.record_class = RecordClass::audit;
  facts.collected_at = {row.integer(proof.done_at)};
  facts.trigger_at = facts.collected_at;
  facts.holds = holds;
  const RetentionTable& table = context.policies.retention(context.standing);
  const RetentionDecision d = table.evaluate(facts, context.now);
  return ProofDecision{d, table.explain(facts, d).clause};
}

Result<void> erase_proof(Context& context, const Proof& proof, const Row& row, std::string_view clause, Sweep& done) {
  const Cell key[] = {row[0]};
  if (&proof.table == &hold::kTable) {
    std::vector<Row> scopes;
    CONNEX_CHECK(context.read().scan(
        hold_scope::kTable, {.index = &hold_scope::kByHold, .equal = key, .limit = store::kMaxScan}, scopes));
    for (const Row& scope : scopes) {
      const Cell whole[] = {scope[0], scope[1], scope[2]};
      CONNEX_CHECK(context.write().erase(hold_scope::kTable, whole));
    }
  }
  Record record;
  record.id = record_id(proof.table, key);
  record.record_class = RecordClass::audit;
  record.source = proof.table.name;
  record.source_key = key_text(key);
  CONNEX_CHECK(enter_disposal(context, record, "erased", clause, done));
  CONNEX_CHECK(context.write().erase(proof.table, key));
  ++done.evaluated;
  ++done.erased;
  return {};
}

// The proof after which the next sweep goes on, where those before it are held.
Result<std::optional<Row>> last_proof(ReadTransaction& tx, const Proof& proof, std::int64_t cursor) {
  Row row;
  const Cell key[] = {cursor};
  CONNEX_TRY(passed, tx.get(sweep_state::kTable, key, row));
  if (!passed) return std::optional<Row>();
  Row last;
  const Cell id[] = {row[sweep_state::policy]};
  CONNEX_TRY(there, tx.get(proof.table, id, last));
  return there ? std::optional(std::move(last)) : std::optional<Row>();
}

Result<void> keep_last_proof(WriteTransaction& tx, const Row* last, std::int64_t cursor) {
  const Cell cells[] = {cursor, last != nullptr ? last->bytes(0) : std::string_view()};
  CONNEX_CHECK(tx.erase(sweep_state::kTable, std::span(cells, 1)));
  return last != nullptr ? tx.insert(sweep_state::kTable, cells) : Result<void>();
}

// Past those that are held, of which there may be more than the limit: the next sweep goes on after them, and begins again
// once it has come to the end. Those that follow the first that is not due wait for it. Returns whether there are more.
Result<bool> sweep_proofs(Context& context, std::uint32_t& left, Sweep& done) {
  constexpr std::uint32_t kPage = 500;
  for (std::size_t kind = 0; kind < std::size(kProofs); ++kind) {
    const Proof& proof = kProofs[kind];
    const std::int64_t cursor = kFirstProof + static_cast<std::int64_t>(kind);
    CONNEX_TRY(last, last_proof(context.read(), proof, cursor));
    for (bool goes_on = true; goes_on;) {
      CONNEX_TRY(proofs, list_proofs(context.read(), proof, kPage, last ? &*last : nullptr));
      goes_on = proofs.rows.size() == kPage;
      for (Row& row : proofs.rows) {
        if (row.bytes(0) == proofs.stays) continue;
        CONNEX_TRY(d, evaluate_proof(context, proof, row));
        const bool held = d.decision.state == RetentionState::held;
        if (!held && d.decision.state != RetentionState::due) {
          goes_on = false;
          break;
        }
        if (left == 0) {
          CONNEX_CHECK(keep_last_proof(context.write(), last ? &*last : nullptr, cursor));
          return true;
        }
        --left;
        if (held)
          last = std::move(row);
        else
          CONNEX_CHECK(erase_proof(context, proof, row, d.clause, done));
      }
    }
    CONNEX_CHECK(keep_last_proof(context.write(), nullptr, cursor));
  }
  return false;
}

// Records whose date has come, and reviews that wait; at most kMostCounted.
Result<std::int64_t> count_remaining(Context& context) {
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(
      t::kTable, {.index = &t::kByNext, .from = 0, .below = context.now.micros + 1, .limit = kMostCounted},
      rows));
  std::vector<Row> asked;
  CONNEX_CHECK(context.read().scan(review::kTable, {.limit = kMostCounted}, asked));
  CONNEX_TRY(accounts, accounts_due(context, kMostCounted));
  return static_cast<std::int64_t>(rows.size() + asked.size()) + accounts;
}

// An entry may go for its age, and for two who asked.
std::int64_t count_entries(const std::vector<AuditDeletion>& deletions) {
  std::set<Number> entries;
  for (const AuditDeletion& deletion : deletions) entries.insert(deletion.entries.begin(), deletion.entries.end());
  return static_cast<std::int64_t>(entries.size());
}

// One bounded batch, in the order of the dates. What it did is committed with it, so that another process, or
// this one after a crash, goes on with the rest.
Result<Outcome> retention_sweep(Context& context, const Arguments& args) {
  std::uint32_t left = args.has("limit") ? static_cast<std::uint32_t>(args.integer("limit")) : kDefaultLimit;
  const RetentionRules rules(context);
  Sweep done;
  CONNEX_CHECK(notice_policy(context));
  CONNEX_CHECK(ask_adoption(context));
  CONNEX_TRY(former, note_former_erasures(context));
  CONNEX_CHECK(retry_orders(context, left, done));
  CONNEX_CHECK(carry_on_reviews(context, rules, left, done));
  if (left > 0) {
    std::vector<Row> rows;
    CONNEX_CHECK(context.read().scan(
        t::kTable, {.index = &t::kByNext, .from = 0, .below = context.now.micros + 1, .limit = left}, rows));
    for (const Row& row : rows) {
      Record record = read_record(row);
      CONNEX_CHECK(settle(context, rules, record, done));
    }
    left -= static_cast<std::uint32_t>(rows.size());
  }
  AccountSweep accounts;
  if (left > 0) {
    CONNEX_TRY(swept, sweep_accounts(context, left, done));
    accounts = std::move(swept);
  }
  CONNEX_TRY(remaining, count_remaining(context));
  Outcome outcome;
  CONNEX_TRY(more, sweep_entries(context, left, outcome));
  boost::json::value damaged = outcome.result.at("damaged");
  outcome.subjects = std::move(accounts.subjects);
  for (Detail& detail : accounts.details) outcome.details.push_back(std::move(detail));
  CONNEX_TRY(more_named, resume_entry_erasures(context, rules, left, outcome));
  CONNEX_TRY(proofs, sweep_proofs(context, left, done));
  CONNEX_TRY(answers, forget_answers(context.write(), context.now, left));
  const bool full = left > 0 && answers == left;
  outcome.details.insert(outcome.details.begin(), {{"evaluated", std::to_string(done.evaluated)},
                                                   {"erased", std::to_string(done.erased)},
                                                   {"ordered", std::to_string(done.ordered)}});
  done.evaluated += accounts.evaluated;
  done.erased += accounts.erased;
  done.restricted += accounts.restricted;
  done.held += accounts.held;
  if (more || more_named || proofs || former || full) ++remaining;
  outcome.result = {{"evaluated", done.evaluated},   {"erased", done.erased},
                    {"ordered", done.ordered},       {"restricted", done.restricted},
                    {"held", done.held},             {"remaining", remaining},
                    {"unlinked", done.unlinked},     {"withdrawn", done.withdrawn},
                    {"retried", done.retried},       {"audit_entries", count_entries(outcome.deletions)},
                    {"damaged", std::move(damaged)}};
  CONNEX_CHECK(state_disposals(context, outcome));
  return outcome;
}

// How much goes, by month and class.
class MonthCounts {
 public:
  void add(Instant at, RecordClass c, UtcOffset offset) {
    ++counts_[{format_day(day_of(at, offset)).substr(0, 7), c}];
  }
  boost::json::array list() const {
    boost::json::array listed;
    for (const auto& [key, count] : counts_)
      listed.push_back({{"month", key.first}, {"class", name(key.second)}, {"count", count}});
    return listed;
  }

 private:
  std::map<std::pair<std::string, RecordClass>, std::int64_t> counts_;
};

// The audit entries that go before `below`, of each class in the order of time and by its index, at most `limit` of
// them. Those that a hold keeps have no date. Returns whether these are all.
Result<bool> forecast_entries(Context& context, Instant below, std::uint32_t limit, MonthCounts& counts) {
  CONNEX_TRY(held, any_hold(context.read()));
  std::vector<GoingEntry> going;
  CONNEX_TRY(all_going, list_going_entries(context, RetentionRules(context), below, limit, going));
  std::map<Number, Instant> erased;  // an entry may be about two who are
  for (const GoingEntry& entry : going) {
    const auto [at, first] = erased.emplace(entry.seq, entry.at);
    at->second = std::min(at->second, entry.at);
  }
  bool complete = all_going;
  std::set<Number> counted;
  for (const GoingEntry& entry : going) {
    const Instant at = erased.at(entry.seq);
    if (at >= below || !counted.insert(entry.seq).second) continue;
    counts.add(at, entry.record_class, context.offset());
  }
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
    const auto record_class = static_cast<RecordClass>(c);
    if (starts_later(context.policy, record_class)) continue;
    CONNEX_TRY(from, next_entry(context.read(), record_class));
    CONNEX_TRY(numbers, list_numbers(context.read(), record_class, from, limit));
    bool all = numbers.size() < limit;
    for (const Number seq : numbers) {
      CONNEX_TRY(entry, look_at_entry(context.read(), seq));
      if (!entry || entry->reading == Reading::damaged) continue;
      CONNEX_TRY(d, evaluate_entry(context, record_class, *entry, held));
      if (d.state == RetentionState::held || !d.dispose_at) continue;
      if (counted.contains(seq)) continue;
      if (*d.dispose_at >= below) {  // and so do all that follow
        all = true;
        break;
      }
      counts.add(std::max(*d.dispose_at, context.now), record_class, context.offset());
    }
    complete = complete && all;
  }
  return complete;
}

// The proofs that go before `below`, at most `limit` of each kind: none before those that come ahead of it. Returns
// whether these are all.
Result<bool> forecast_proofs(Context& context, Instant below, std::uint32_t limit, MonthCounts& counts) {
  bool complete = true;
  for (const Proof& proof : kProofs) {
    CONNEX_TRY(proofs, list_proofs(context.read(), proof, limit));
    bool all = proofs.rows.size() < limit;
    Instant goes = context.now;
    for (const Row& row : proofs.rows) {
      CONNEX_TRY(d, evaluate_proof(context, proof, row));
      if (d.decision.state == RetentionState::held || !d.decision.dispose_at) continue;
      goes = std::max(goes, *d.decision.dispose_at);
      if (goes >= below) {
        all = true;
        break;
      }
      if (row.bytes(0) != proofs.stays) counts.add(goes, RecordClass::audit, context.offset());
    }
    complete = complete && all;
  }
  return complete;
}

// What falls due in the coming months, as far as it is known now. Reads in the order of the dates up to a
// limit, and says how far it came.
Result<Outcome> retention_forecast(Context& context, const Arguments& args) {
  const std::int64_t months = args.has("months") ? args.integer("months") : 12;
  const std::uint32_t limit = args.has("limit") ? static_cast<std::uint32_t>(args.integer("limit")) : kDefaultLimit;
  const std::string today = format_day(day_of(context.now, context.offset()));
  const std::int64_t first = 12 * std::stoll(today.substr(0, 4)) + std::stoll(today.substr(5, 2)) - 1;
  const std::int64_t end = first + months;
  std::string end_day = std::to_string(end / 12) + "-" + (end % 12 < 9 ? "0" : "") +
                        std::to_string(end % 12 + 1) + "-01";
  const std::optional<Day> day = parse_day(end_day);
  const Instant below = day ? start_of(*day, context.offset()) : kEndOfTime;
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(
      t::kTable, {.index = &t::kByNext, .from = 0, .below = below.micros, .limit = limit}, rows));
  const RetentionRules rules(context);
  Keeping keeping;
  MonthCounts counts;
  for (const Row& row : rows) {
    const Record record = read_record(row);
    if (record.state == RecordState::ordered) continue;
    RecordFacts loaded;
    CONNEX_CHECK(load_facts(context.read(), context.policy, record, keeping, loaded));
    CONNEX_TRY(table, rules.of(record));
    const RetentionDecision d = table->evaluate(loaded.facts, context.now);
    if (!d.dispose_at || *d.dispose_at >= below) continue;
    counts.add(std::max(*d.dispose_at, context.now), record.record_class, context.offset());
  }
  std::vector<Row> accounts;
  CONNEX_CHECK(context.read().scan(
      principal::kTable, {.index = &principal::kByLookAt, .from = 0, .below = below.micros, .limit = limit}, accounts));
  for (const Row& row : accounts) {
    CONNEX_TRY(person, find_account(context.read(), row.bytes(principal::id)));
    if (!person || person->status == AccountStatus::erased) continue;
    CONNEX_TRY(d, evaluate_account(context, *person));
    if (!d.dispose_at || *d.dispose_at >= below) continue;
    counts.add(std::max(*d.dispose_at, context.now), RecordClass::account, context.offset());
  }
  MonthCounts entries;
  CONNEX_TRY(all_entries, forecast_entries(context, below, limit, entries));
  CONNEX_TRY(all_proofs, forecast_proofs(context, below, limit, counts));
  CONNEX_TRY(made, dates_are_made(context));
  Outcome outcome;
  outcome.result = {{"forecast", counts.list()},
                    {"audit_entries", entries.list()},
                    {"until", format_instant(below, context.offset())},
                    {"complete", rows.size() < limit && accounts.size() < limit && all_entries && all_proofs && made}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kRegister[] = {
    {"id", id, true, "id of the record"},
    {"class", choice, true, "class of the record", 0, Names<RecordClass>::list},
    {"subjects", ids, false, "ids of the people it is about; required, but for an aggregate with its counts, which names nobody",
     kMaxSubjects},
    {"locator", line, true, "where the host keeps it", kMaxLocator},
    {"trigger_at", instant, false,
     "when the event that starts the clock happened; may be left out while it lies ahead, and tells nothing where "
     "it is the end of an account, which is known"},
    {"collected_at", instant, false, "when the data came; the trigger when not given"},
    {"thread", id, false, "thread or ticket that it belongs to"},
    {"visit", id, false, "id of the visit that it belongs to"},
    {"counts", object, false,
     "of an aggregate: people in each cell, row by row: {\"cells\": [...]}; without, it is kept as usage data"},
    how_many("columns", "cells in a row", 4'096),
};
constexpr Argument kTouch[] = {
    {"id", id, true, "id of the record"},
    {"at", instant, true, "when somebody last interacted with it"},
};
constexpr Argument kEvaluate[] = {{"record", id, true, "id of the record"}};
constexpr Argument kSweep[] = {
    how_many("limit", "how many records at most; 1,000 when not given", store::kMaxScan)};
constexpr Argument kForecast[] = {
    how_many("months", "how many months, this one included; 12 when not given", 120),
    how_many("limit", "how many to read at most, of records, accounts, each kind of proofs and each class of audit entries; 1,000 when not "
     "given", store::kMaxScan),
};
constexpr std::string_view kRecordClauses[] = {"C9-a", "C9-b", "C9-d", "C9-e", "C9-f", "C9-g", "C9-h"};
constexpr std::string_view kTouchClauses[] = {"C9-f"};
constexpr std::string_view kSweepClauses[] = {"C6.2-c", "C6.4-a", "C6.4-b", "C9-a", "C9-c", "C9-d",
                                              "C9-e",   "C9-f",   "C9-g",   "C9-h"};

constexpr Command kCommands[] = {
    {"record.register",
     "Registers what the host keeps of people, so that it goes when its time has come: at once where it was collected before "
     "the erasure of all of a person's data was accepted, or nothing says when, and no law keeps it",
     changes, kOperator, false, kRegister, kRecordClauses, record_register},
    {"record.touch", "Records the last interaction with a record that is in use, and with its thread", changes, kOperator,
     false, kTouch, kTouchClauses, record_touch},
    {"retention.evaluate", "Tells how long a record stays, and why", reports, kEverybody, false, kEvaluate,
     kRecordClauses, retention_evaluate},
    {"retention.sweep", "Disposes of what is due, a bounded batch at a time", changes, kAuditors, false,
     kSweep, kSweepClauses, retention_sweep},
    {"retention.forecast",
     "Tells what falls due, records, accounts, proofs and audit entries, by month and class; not complete while something waits "
     "for a sweep to make its dates anew", reports, kAuditors, false, kForecast,
     kRecordClauses, retention_forecast},
};

}  // namespace

Result<void> review_entries(Context& context) {
  CONNEX_CHECK(forget_pass(context.write()));
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
    const Cell key[] = {kFirstCursor + static_cast<std::int64_t>(c)};
    CONNEX_CHECK(context.write().erase(sweep_state::kTable, key));
  }
  return {};
}

std::span<const Command> record_commands() noexcept { return kCommands; }

}  // namespace connex::services
