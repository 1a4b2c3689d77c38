#include "services/records.hpp"

#include <algorithm>
#include <charconv>

#include "connex/period.hpp"
#include "services/cells.hpp"
#include "services/dispositions.hpp"
#include "services/policy_versions.hpp"
#include "services/retention_answer.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

namespace t = retained;
using store::Cell;
using store::Row;

constexpr std::uint32_t kPageOfHolds = 500;

Result<void> ask_review(Context& context, std::string_view kind, std::string_view target) {
  namespace r = review;
  const Cell key[] = {kind, target};
  Row row;
  CONNEX_TRY(known, context.read().get(r::kTable, key, row));
  const Cell cells[] = {kind, target, std::string_view()};
  return known ? context.write().update(r::kTable, cells) : context.write().insert(r::kTable, cells);
}

// What was ordered in a thread must wait after all when somebody has come back to it. Periods end with days, so
// another interaction on the same day changes nothing.
Result<void> set_interaction(Context& context, std::string_view thread, Instant at) {
  namespace i = interaction;
  Row row;
  const Cell key[] = {thread};
  CONNEX_TRY(known, context.read().get(i::kTable, key, row));
  const Cell cells[] = {thread, at.micros};
  if (!known) return context.write().insert(i::kTable, cells);
  const Instant before{row.integer(i::at)};
  if (before >= at) return {};
  CONNEX_CHECK(context.write().update(i::kTable, cells));
  if (day_of(before, context.offset()) == day_of(at, context.offset())) return {};
  const Cell pending[] = {"pending"};
  std::vector<Row> orders;
  CONNEX_CHECK(context.read().scan(
      disposition_order::kTable, {.index = &disposition_order::kByState, .equal = pending, .limit = 1}, orders));
  return orders.empty() ? Result<void>() : ask_review(context, "thread", thread);
}

// When the last of these people closed their account; none while one of them has theirs open.
Result<std::optional<Instant>> accounts_closed(ReadTransaction& tx,
                                               const std::vector<std::string>& subjects) {
  std::optional<Instant> last;
  for (const std::string& subject : subjects) {
    CONNEX_TRY(person, find_account(tx, subject));
    if (!person) continue;
    if (person->goes_on()) return std::optional<Instant>();
    last = std::max(last.value_or(person->out_of_use_since()), person->out_of_use_since());
  }
  return last;
}

// From when the period of a record runs, whatever keeps it beyond.
Result<RetentionFacts> load_clock(ReadTransaction& tx, const PolicyPack& policy, const Record& record,
                                  const std::vector<std::string>& subjects) {
  const Trigger trigger = policy.rule(record.record_class).trigger;
  RetentionFacts facts;
  facts.record_class = record.record_class;
  facts.trigger_at = record.trigger_at;
  facts.collected_at = record.collected_at;
  facts.processed_at = record.processed_at;
  facts.erasure_accepted_at = record.erasure_accepted_at;
  // What goes with an account goes by that alone, whatever was said of the record (C9-b). Another clock that has
  // not started when the account's data go will not start any more, and runs from then on (X36); but that of a request
  // starts with its answer, also to who has no account any more.
  const bool with_account = trigger == Trigger::account_terminated;
  const bool of_request = record.source == rights_request::kTable.name;
  if (!subjects.empty() && (with_account || (!record.trigger_at && !of_request))) {
    CONNEX_TRY(closed, accounts_closed(tx, subjects));
    const RetentionRule& account = policy.rule(RecordClass::account);
    facts.trigger_at = with_account || !closed
                           ? closed
                           : over_at(*closed, account.period, account.rounding, policy.offset);
  }
  if (trigger == Trigger::last_interaction && record.thread && record.trigger_at) {
    Row row;
    const Cell key[] = {std::string_view(*record.thread)};
    CONNEX_TRY(found, tx.get(interaction::kTable, key, row));
    if (found) facts.trigger_at = std::max(*record.trigger_at, Instant{row.integer(interaction::at)});
  }
  return facts;
}

}  // namespace

std::string key_text(std::span<const Cell> key) {
  std::string out;
  for (const Cell& part : key) {
    if (!out.empty()) out += '/';
    if (part.type() == store::CellType::integer) {
      out += std::to_string(part.integer());
    } else {
      out += part.bytes();
    }
  }
  return out;
}

std::vector<Cell> parse_key(const store::Table& table, std::string_view text) {
  std::vector<Cell> key;
  for (std::size_t i = 0; i < table.key_size; ++i) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::int64_t number = 0;
    if (table.columns[i].type == store::CellType::integer) {
      std::from_chars(part.data(), part.data() + part.size(), number);
      key.emplace_back(number);
    } else {
      key.emplace_back(part);
    }
  }
  return key;
}

std::string record_id(const store::Table& table, std::span<const Cell> key) {
  std::string id = std::string(table.name) + ':' + key_text(key);
  std::replace(id.begin(), id.end(), '/', ':');
  if (is_id(id)) return id;
  return std::string(table.name) + ':' +
         evidence::to_hex(evidence::sha256(evidence::bytes_of(id))).substr(0, 32);
}

Record read_record(store::RowView row) {
  Record r;
  r.id = row.bytes(t::id);
  r.record_class = from_name<RecordClass>(row.bytes(t::record_class)).value_or(RecordClass::account);
  r.trigger_at = optional_instant(row, t::trigger_at);
  r.collected_at = {row.integer(t::collected_at)};
  r.processed_at = {row.integer(t::processed_at)};
  r.registered_at = {row.integer(t::registered_at)};
  r.locator = optional_text(row, t::locator);
  r.source = optional_text(row, t::source);
  r.source_key = optional_text(row, t::source_key);
  r.thread = optional_text(row, t::thread);
  r.visit = optional_text(row, t::visit);
  r.state = from_name<RecordState>(row.bytes(t::state)).value_or(RecordState::active);
  r.next_at = optional_instant(row, t::next_at);
  r.erasure_accepted_at = optional_instant(row, t::erasure_accepted_at);
  r.unlinked_at = optional_instant(row, t::unlinked_at);
  r.erasure_request = optional_text(row, t::erasure_request);
  return r;
}

Result<void> save(WriteTransaction& tx, Save how, const Record& r) {
  const Cell cells[] = {std::string_view(r.id),
                        name(r.record_class),
                        cell(r.trigger_at),
                        r.collected_at.micros,
                        r.processed_at.micros,
                        r.registered_at.micros,
                        cell(r.locator),
                        cell(r.source),
                        cell(r.source_key),
                        cell(r.thread),
                        cell(r.visit),
                        name(r.state),
                        cell(r.next_at),
                        cell(r.erasure_accepted_at),
                        cell(r.unlinked_at),
                        cell(r.erasure_request)};
  return how == Save::insert ? tx.insert(t::kTable, cells) : tx.update(t::kTable, cells);
}

Result<void> insert_record(Context& context, Record record, const std::vector<std::string>& subjects) {
  WriteTransaction& tx = context.write();
  record.registered_at = context.now;
  const bool by_interaction = context.policy.rule(record.record_class).trigger == Trigger::last_interaction;
  if (by_interaction && record.thread && record.trigger_at)
    CONNEX_CHECK(set_interaction(context, *record.thread, *record.trigger_at));
  for (const std::string& subject : subjects) {
    const Cell cells[] = {std::string_view(record.id), std::string_view(subject), Cell(), Cell()};
    CONNEX_CHECK(tx.insert(record_subject::kTable, cells));
  }
  CONNEX_CHECK(heed_erasures(context, record, subjects));
  // What keeps it beyond its date is asked when that date has come.
  CONNEX_TRY(clock, load_clock(tx, context.policy, record, subjects));
  const RetentionRules rules(context);
  CONNEX_CHECK(set_next(context, rules, clock, record));
  return save(tx, Save::insert, record);
}

Result<void> keep_record(Context& context, const Kept& kept) {
  Record record;
  record.id = record_id(kept.table, kept.key);
  record.record_class = kept.record_class;
  record.trigger_at = kept.trigger_at;
  record.collected_at = record.processed_at = kept.trigger_at.value_or(context.now);
  record.locator = kept.locator;
  record.source = kept.table.name;
  record.source_key = key_text(kept.key);
  record.thread = kept.thread;
  record.visit = kept.visit;
  std::vector<std::string> subjects = kept.subjects;
  std::sort(subjects.begin(), subjects.end());
  subjects.erase(std::unique(subjects.begin(), subjects.end()), subjects.end());
  return insert_record(context, std::move(record), subjects);
}

Result<void> add_subjects(Context& context, Record& record, const std::vector<std::string>& people) {
  CONNEX_TRY(listed, list_subjects(context.read(), record.id));
  std::vector<std::string> added;
  for (const std::string& person : people) {
    if (std::ranges::find(listed, person) != listed.end()) continue;
    CONNEX_TRY(account, find_account(context.read(), person));
    if (!account) continue;
    const Cell cells[] = {std::string_view(record.id), std::string_view(person), Cell(), Cell()};
    CONNEX_CHECK(context.write().insert(record_subject::kTable, cells));
    added.push_back(person);
  }
  if (added.empty()) return {};
  CONNEX_CHECK(heed_erasures(context, record, added));
  const RetentionRules rules(context);
  CONNEX_CHECK(set_next(context, rules, record));
  return save(context.write(), Save::update, record);
}

Result<std::optional<Record>> find_record(ReadTransaction& tx, std::string_view id) {
  Row row;
  const Cell key[] = {id};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  return found ? std::optional(read_record(row)) : std::optional<Record>();
}

Result<std::vector<Row>> scan_subjects(ReadTransaction& tx, std::string_view record) {
  const Cell equal[] = {record};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(record_subject::kTable, {.equal = equal, .limit = kMaxSubjects}, rows));
  return rows;
}

Result<std::vector<std::string>> list_subjects(ReadTransaction& tx, std::string_view record) {
  CONNEX_TRY(rows, scan_subjects(tx, record));
  std::vector<std::string> subjects;
  for (const Row& row : rows) subjects.emplace_back(row.bytes(record_subject::principal));
  return subjects;
}

Result<bool> note_erasure(WriteTransaction& tx, std::string_view record, std::string_view person,
                          std::string_view request) {
  namespace s = record_subject;
  const Cell key[] = {record, person};
  Row row;
  CONNEX_TRY(found, tx.get(s::kTable, key, row));
  if (!found) return false;
  if (!row.bytes(s::erasure_request).empty()) return true;
  const Cell cells[] = {record, person, request, row[s::due_at]};
  CONNEX_CHECK(tx.update(s::kTable, cells));
  return true;
}

Result<std::vector<std::string>> list_records_of(ReadTransaction& tx, std::string_view principal,
                                                 std::string_view after, std::uint32_t limit) {
  namespace s = record_subject;
  const Cell equal[] = {principal};
  const Cell position[] = {after};
  store::Range range{.index = &s::kByPrincipal, .equal = equal, .limit = limit};
  if (!after.empty()) range.after = position;
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(s::kTable, range, rows));
  std::vector<std::string> ids;
  for (const Row& row : rows) ids.emplace_back(row.bytes(s::record));
  return ids;
}

Result<void> touch_thread(Context& context, std::string_view thread, Instant at) {
  return set_interaction(context, thread, at);
}

Result<void> touch_record(Context& context, Record& record, Instant at) {
  record.processed_at = std::max(record.processed_at, at);
  const Trigger trigger = context.policy.rule(record.record_class).trigger;
  const bool by_interaction = trigger == Trigger::last_interaction;
  if (by_interaction || (trigger == Trigger::verified && !record.trigger_at))
    record.trigger_at = std::max(record.trigger_at.value_or(at), at);
  if (by_interaction && record.thread) CONNEX_CHECK(set_interaction(context, *record.thread, at));
  const RetentionRules rules(context);
  if (record.state != RecordState::ordered) CONNEX_CHECK(set_next(context, rules, record));
  return save(context.write(), Save::update, record);
}

Result<void> restart_record(Context& context, Record& record, Instant trigger_at) {
  record.trigger_at = trigger_at;
  record.processed_at = std::max(record.processed_at, trigger_at);
  const RetentionRules rules(context);
  CONNEX_CHECK(set_next(context, rules, record));
  return save(context.write(), Save::update, record);
}

Result<const RetentionTable*> RetentionRules::of(const Record& record) const {
  const PolicyVersions& policies = context_.policies;
  if (policies.one_retention() || policies.settled() == policies.latest().number)
    return &policies.retention(policies.latest().number);
  CONNEX_TRY(subjects, list_subjects(context_.read(), record.id));
  Number standing = policies.latest().number;
  bool known = false;
  for (const std::string& subject : subjects) {
    CONNEX_TRY(person, find_account(context_.read(), subject));
    if (!person) continue;
    CONNEX_TRY(theirs, standing_of(context_.read(), policies, *person, context_.now));
    standing = std::min(standing, theirs);
    known = true;
  }
  return &policies.retention(known ? standing : policies.settled());
}

Result<const RetentionTable*> RetentionRules::of(const Principal& person) const {
  CONNEX_TRY(standing, standing_of(context_.read(), context_.policies, person, context_.now));
  return &context_.policies.retention(standing);
}

Result<const RetentionTable*> RetentionRules::of(std::string_view principal) const {
  CONNEX_TRY(person, find_account(context_.read(), principal));
  if (person) return of(*person);
  return &context_.policies.retention(context_.policies.settled());
}

Result<void> holds_over(ReadTransaction& tx, std::string_view kind, std::string_view target,
                        std::vector<HoldFacts>& holds, std::vector<std::string>& ids) {
  namespace s = hold_scope;
  namespace h = hold;
  const Cell equal[] = {kind, target};
  std::vector<Row> scopes;
  std::vector<Row> page;
  do {
    std::vector<Cell> position;
    if (!scopes.empty()) position.push_back(scopes.back()[s::hold]);
    page.clear();
    CONNEX_CHECK(tx.scan(s::kTable, {.equal = equal, .after = position, .limit = kPageOfHolds}, page));
    scopes.insert(scopes.end(), page.begin(), page.end());
  } while (page.size() == kPageOfHolds);
  for (const Row& scope : scopes) {
    const std::string_view id = scope.bytes(s::hold);
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
    Row row;
    const Cell key[] = {id};
    CONNEX_TRY(found, tx.get(h::kTable, key, row));
    const auto basis = found ? from_name<HoldBasis>(row.bytes(h::basis)) : std::nullopt;
    if (!basis) return Error{ErrorCode::corrupt, "a row of table `holds` cannot be read", ""};
    holds.push_back({*basis,
                     {row.integer(h::placed_at)},
                     optional_instant(row, h::released_at),
                     optional_instant(row, h::expected_end)});
    ids.emplace_back(id);
  }
  return {};
}

Result<void> holds_over(ReadTransaction& tx, const AuditContent& entry, std::vector<HoldFacts>& holds) {
  std::vector<std::string> ids;
  for (const std::string& subject : entry.subjects)
    CONNEX_CHECK(holds_over(tx, "principal", subject, holds, ids));
  return entry.visit.empty() ? Result<void>() : holds_over(tx, "visit", entry.visit, holds, ids);
}

Result<const PersonFacts*> Keeping::person(ReadTransaction& tx, const PolicyPack& policy,
                                           std::string_view principal) {
  constexpr std::size_t kMost = 10'000;
  const auto known = people_.find(principal);
  if (known != people_.end()) return &known->second;
  PersonFacts facts;
  CONNEX_TRY(account, find_account(tx, principal));
  if (account) facts.child_since = account->child_from();
  facts.reported_child = account && account->reported_child();
  CONNEX_TRY(suspended, suspensions_of(tx, policy, principal, Suspended::records));
  facts.suspensions = std::move(suspended);
  if (people_.size() == kMost) people_.clear();
  return &people_.emplace(principal, std::move(facts)).first->second;
}

Result<bool> Keeping::any_hold(ReadTransaction& tx) {
  if (any_hold_) return *any_hold_;
  std::vector<Row> any;
  CONNEX_CHECK(tx.scan(hold::kTable, {.limit = 1}, any));
  any_hold_ = !any.empty();
  return *any_hold_;
}

void release_child(const PolicyPack& policy, Instant child_since, std::vector<HoldFacts>& holds,
                   std::vector<SuspensionFacts>& suspensions) {
  for (HoldFacts& hold : holds)
    if (!policy.holds.outlasting_ceiling.contains(hold.basis))
      hold.released_at = std::min(hold.released_at.value_or(child_since), child_since);
  for (SuspensionFacts& s : suspensions)
    if (s.cause == SuspensionCause::open_request) s.until = std::min(s.until.value_or(child_since), child_since);
}

namespace {

constexpr std::int64_t kDownloadWindow = 3 * kMicrosPerDay;
constexpr std::int64_t kExecution = kMicrosPerDay;

// Whether a doctor is among the people of a recording who did not ask for its erasure.
Result<bool> has_other_doctor(ReadTransaction& tx, std::string_view record) {
  CONNEX_TRY(rows, scan_subjects(tx, record));
  for (const Row& row : rows) {
    if (!row.is_null(record_subject::erasure_request)) continue;
    CONNEX_TRY(person, find_account(tx, row.bytes(record_subject::principal)));
    if (person && person->role == Role::doctor) return true;
  }
  return false;
}

// When a recording goes that holds kept over the time for which it was accepted: a doctor has the days for a copy from the
// release on, within the time for the answer, and in full where the hold has outlasted that (X16, X18).
Result<Instant> after_holds(ReadTransaction& tx, const Record& record, std::span<const HoldFacts> holds) {
  Instant goes = *record.erasure_accepted_at;
  const auto kept = [&](const HoldFacts& h) { return h.placed_at <= goes && h.released_at && *h.released_at > goes; };
  if (std::ranges::none_of(holds, kept)) return goes;
  CONNEX_TRY(behind, request_behind(tx, record.id));
  CONNEX_TRY(doctor, has_other_doctor(tx, record.id));
  if (!doctor) return goes;
  // In the order of their release, so that it does not matter when sweeps come.
  const auto first = [&] {
    const HoldFacts* found = nullptr;
    for (const HoldFacts& h : holds)
      if (kept(h) && (found == nullptr || *h.released_at < *found->released_at)) found = &h;
    return found;
  };
  for (const HoldFacts* hold = first(); hold != nullptr; hold = first()) {
    const Instant from = *hold->released_at;
    const bool in_time = behind && from < behind->due_at;  // of a request of long ago nobody knows any more
    goes = in_time ? copy_until(from, behind->due_at) : Instant{from.micros + kDownloadWindow};
  }
  return goes;
}

}  // namespace

Instant copy_until(Instant from, Instant due) noexcept {
  return std::max(from, std::min(Instant{from.micros + kDownloadWindow}, last_word(due)));
}

Instant last_word(Instant due) noexcept { return {due.micros - kExecution}; }

Result<void> load_facts(ReadTransaction& tx, const PolicyPack& policy, const Record& record,
                        Keeping& keeping, RecordFacts& out) {
  CONNEX_TRY(listed, list_subjects(tx, record.id));
  out.subjects = std::move(listed);
  const std::vector<std::string>& subjects = out.subjects;
  CONNEX_TRY(clock, load_clock(tx, policy, record, subjects));
  out.facts = clock;
  // A request keeps what it is answered from, not itself: while it is open its clock has not started.
  const bool of_request = record.source == rights_request::kTable.name;
  std::optional<Instant> child_since;
  for (const std::string& subject : subjects) {
    CONNEX_TRY(person, keeping.person(tx, policy, subject));
    out.of_child = out.of_child || person->reported_child;
    if (person->child_since) child_since = std::min(child_since.value_or(kEndOfTime), *person->child_since);
    std::vector<SuspensionFacts> keeps = person->suspensions;
    if (record.erasure_accepted_at && !keeps.empty()) {
      const Cell key[] = {std::string_view(record.id), std::string_view(subject)};
      Row row;
      CONNEX_TRY(about, tx.get(record_subject::kTable, key, row));
      if (about && !row.is_null(record_subject::erasure_request)) {
        CONNEX_TRY(less, suspensions_of(tx, policy, subject, Suspended::asked_to_go));
        keeps = std::move(less);
      }
    }
    if (!of_request) out.suspensions.insert(out.suspensions.end(), keeps.begin(), keeps.end());
  }
  CONNEX_TRY(any_hold, keeping.any_hold(tx));
  if (any_hold) {
    CONNEX_CHECK(holds_over(tx, "record", record.id, out.holds, out.hold_ids));
    if (record.visit) CONNEX_CHECK(holds_over(tx, "visit", *record.visit, out.holds, out.hold_ids));
    for (const std::string& subject : subjects)
      CONNEX_CHECK(holds_over(tx, "principal", subject, out.holds, out.hold_ids));
  }
  if (record.record_class == RecordClass::recording && record.erasure_accepted_at && !out.holds.empty() &&
      record.state != RecordState::ordered) {
    CONNEX_TRY(goes, after_holds(tx, record, out.holds));
    out.resumed = goes != *record.erasure_accepted_at;
    out.facts.erasure_accepted_at = goes;
  }
  if (child_since) {
    out.child_leaves = true;
    out.resumed = false;
    out.facts.erasure_accepted_at = std::min(out.facts.erasure_accepted_at.value_or(kEndOfTime), *child_since);
    release_child(policy, *child_since, out.holds, out.suspensions);
  }
  out.facts.holds = out.holds;
  out.facts.suspensions = out.suspensions;
  return {};
}

Result<void> load_facts(ReadTransaction& tx, const PolicyPack& policy, const Record& record,
                        RecordFacts& out) {
  Keeping keeping;
  return load_facts(tx, policy, record, keeping, out);
}

std::string hold_behind(const RetentionDecision& decision, std::span<const std::string> hold_ids) {
  if (decision.basis != RetentionBasis::hold || decision.keeper < 0) return {};
  return hold_ids[static_cast<std::size_t>(decision.keeper)];
}

Result<Evaluation> evaluate_record(Context& context, const RetentionRules& rules, const Record& record) {
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, loaded));
  Evaluation e;
  CONNEX_TRY(table, rules.of(record));
  e.decision = table->evaluate(loaded.facts, context.now);
  e.decision.usable = e.decision.usable && !loaded.of_child;
  e.clause = table->explain(loaded.facts, e.decision).clause;
  e.answer = retention_answer(*table, loaded.facts, e.decision, table->pack());
  e.answer["record"] = record.id;
  e.answer["class"] = name(record.record_class);
  if (std::string hold = hold_behind(e.decision, loaded.hold_ids); !hold.empty()) e.answer["hold"] = hold;
  return e;
}

namespace {

// What becomes of a record from `when` on; `unlinks` says from when whom it is about can be taken out of it.
template <class Unlinks>
Result<ErasureItem> plan_item(Context& context, const RetentionRules& rules, const Record& record, Instant when,
                              Unlinks unlinks) {
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, loaded));
  CONNEX_TRY(table, rules.of(record));
  const RetentionDecision d = table->evaluate(loaded.facts, when);
  ErasureItem item;
  item.record = record.id;
  item.record_class = record.record_class;
  item.basis = d.basis;
  item.clause = table->explain(loaded.facts, d).clause;
  if (d.state == RetentionState::due) {
    item.step = ErasureStep::erase;
  } else if (d.state == RetentionState::restricted) {
    item.step = ErasureStep::restrict;
  } else if (d.state != RetentionState::held && unlinks(d)) {
    item.step = ErasureStep::unlink;
  }
  if (item.step != ErasureStep::erase || when > context.now) item.until = d.dispose_at;
  item.hold = hold_behind(d, loaded.hold_ids);
  if (d.floor >= 0 && d.basis == RetentionBasis::floor)
    item.source = table->pack().legal_floors[static_cast<std::size_t>(d.floor)].source;
  return item;
}

}  // namespace

Result<ErasureItem> plan_erasure(Context& context, const RetentionRules& rules, const Record& record) {
  Record asked = record;
  if (!asked.erasure_accepted_at) asked.erasure_accepted_at = context.now;
  return plan_item(context, rules, asked, std::max(context.now, *asked.erasure_accepted_at),
                   [&](const RetentionDecision& d) {
                     const bool aggregate = record.record_class == RecordClass::analytics_aggregate;
                     return aggregate || (d.unlink_at && *d.unlink_at <= context.now);
                   });
}

Result<ErasureItem> plan_leaving(Context& context, const RetentionRules& rules, const Record& record, bool leaves) {
  return plan_item(context, rules, record, context.now, [&](const RetentionDecision&) { return leaves; });
}

Result<ErasureItem> accept_erasure(Context& context, const RetentionRules& rules, Record& record, Sweep& done) {
  CONNEX_TRY(item, plan_erasure(context, rules, record));
  if (!record.erasure_accepted_at) record.erasure_accepted_at = context.now;
  if (record.state == RecordState::held) record.state = RecordState::active;  // the answer tells what has become of it
  // Of what was ordered already it is all that changes: nothing withdraws that order any more.
  if (record.state == RecordState::ordered) CONNEX_CHECK(save(context.write(), Save::update, record));
  CONNEX_CHECK(settle(context, rules, record, done));
  return item;
}

Result<ErasureItem> note_acceptance(Context& context, const RetentionRules& rules, Record& record,
                                    Instant accepted_at) {
  if (!record.erasure_accepted_at) record.erasure_accepted_at = accepted_at;
  CONNEX_TRY(item, plan_erasure(context, rules, record));
  if (record.state == RecordState::held) record.state = RecordState::active;
  if (record.state != RecordState::ordered) record.next_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, record));
  return item;
}

Result<void> review_records_of(Context& context, std::string_view principal) {
  CONNEX_TRY(account, find_account(context.read(), principal));
  if (account && !account->active() && account->status != AccountStatus::erased) {
    account->look_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, *account));
  }
  return ask_review(context, "principal", principal);
}
Result<bool> records_in_review(ReadTransaction& tx, std::string_view principal) {
  const Cell key[] = {std::string_view("principal"), principal};
  Row row;
  return tx.get(review::kTable, key, row);
}
Result<void> review_records_of_visit(Context& context, std::string_view visit) {
  return ask_review(context, "visit", visit);
}

Result<bool> was_disposed(ReadTransaction& tx, const store::Table& table, std::span<const Cell> key) {
  namespace e = erasure;
  const std::string text = key_text(key);
  const Cell equal[] = {table.name, std::string_view(text)};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(e::kTable, {.index = &e::kBySource, .equal = equal, .limit = 2}, rows));
  return std::any_of(rows.begin(), rows.end(),
                     [](const Row& row) { return row.bytes(e::what) != "unlinked"; });
}

Result<bool> is_usable(Context& context, const RetentionRules& rules, const Record& record) {
  if (record.state == RecordState::ordered) return false;
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, loaded));
  CONNEX_TRY(table, rules.of(record));
  return !loaded.of_child && table->evaluate(loaded.facts, context.now).usable;
}

Result<bool> is_usable(Context& context, const store::Table& table, std::span<const Cell> key) {
  CONNEX_TRY(record, find_record(context.read(), record_id(table, key)));
  if (!record) return false;
  return is_usable(context, RetentionRules(context), *record);
}

}  // namespace connex::services
