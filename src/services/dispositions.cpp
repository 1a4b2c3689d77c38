#include "services/dispositions.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <map>

#include "services/answers.hpp"
#include "services/cells.hpp"
#include "services/command_groups.hpp"
#include "services/messages.hpp"
#include "services/notices.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/signing.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

namespace o = disposition_order;
using store::Cell;
using store::Row;

constexpr std::string_view kPending = "pending";
constexpr std::string_view kAgain = "destroyed_before";  // why: the host said that it was, and an older copy of the store has it
constexpr std::string_view kUnlink = "unlink";  // kinds of orders; none: the record is to go
constexpr std::string_view kRestrict = "restrict";
constexpr std::string_view kLift = "lift";
constexpr std::string_view kRecordingErased = "recording_erased";
constexpr std::int64_t kMostDaysBetween = 8;

// The first is waited for a day, then twice as long each time, up to eight days.
std::int64_t wait_after(std::int64_t attempts) noexcept {
  return std::min(kMostDaysBetween, std::int64_t{1} << std::min<std::int64_t>(attempts - 1, 3)) *
         kMicrosPerDay;
}

RecordState state_of(RetentionState state) noexcept {
  switch (state) {
    case RetentionState::restricted:
      return RecordState::restricted;
    case RetentionState::held:
      return RecordState::held;
    case RetentionState::active:
    case RetentionState::due:
      break;
  }
  return RecordState::active;
}

std::optional<Instant> next_change(const RetentionDecision& d, const RetentionFacts& facts,
                                   Instant now, const std::optional<Instant>& unlinking) noexcept {
  std::optional<Instant> next;
  const auto consider = [&](const std::optional<Instant>& at) {
    if (at && *at > now && (!next || *at < *next)) next = at;
  };
  if (d.state == RetentionState::due) return now;
  consider(d.ceiling);
  consider(d.dispose_at);
  for (const SuspensionFacts& suspension : facts.suspensions) consider(suspension.until);
  consider(unlinking);
  return next;
}

// When a law next begins that may keep what is ordered and not yet destroyed (X13).
std::optional<Instant> next_law(const PolicyPack& policy, RecordClass c, Instant now) noexcept {
  std::optional<Instant> next;
  for (const LegalFloor& floor : policy.legal_floors) {
    if (!floor.enabled || !floor.from || !floor.classes.contains(c)) continue;
    const Instant from = start_of(*floor.from, policy.offset);
    if (from > now && (!next || from < *next)) next = from;
  }
  return next;
}

const store::Table* find_table(std::string_view name) noexcept {
  for (const store::Table* table : kTables)
    if (table->name == name) return table;
  return nullptr;
}

Result<void> erase_visit(Context& context, std::string_view id) {
  WriteTransaction& tx = context.write();
  const Cell key[] = {id};
  CONNEX_CHECK(erase_rows(tx, permit::kTable, key));
  CONNEX_CHECK(erase_rows(tx, party::kTable, key));
  return erase_rows(tx, visit::kTable, key);
}

// Of a call whose recording is kept, who took part stays with the recording: it decides who may see it.
Result<void> erase_call_metadata(Context& context, std::string_view id) {
  CONNEX_TRY(recorded, find_recording_of(context.read(), id));
  if (!recorded) return erase_visit(context, id);
  const Cell key[] = {id};
  CONNEX_CHECK(erase_rows(context.write(), permit::kTable, key));
  CONNEX_TRY(visit, find_visit(context.read(), id));
  if (!visit) return {};
  for (const std::string& who : {visit->doctor, visit->representative}) {
    CONNEX_TRY(party, find_party(context.read(), id, who));
    if (!party) continue;
    party->left_at.reset();
    CONNEX_CHECK(save(context.write(), Save::update, *party));
  }
  return {};
}

// Erases what the engine keeps of a record.
Result<void> erase_source(Context& context, const Record& record) {
  if (!record.source) return {};
  const store::Table* table = find_table(*record.source);
  if (table == nullptr) return Error{ErrorCode::corrupt, "a record names a table that does not exist", ""};
  if (table == &visit::kTable) return erase_call_metadata(context, *record.source_key);
  const std::vector<Cell> key = parse_key(*table, *record.source_key);
  if (table == &message::kTable) return erase_message(context, key);
  CONNEX_CHECK(erase_rows(context.write(), *table, key));
  if (table != &recording::kTable || !record.visit) return {};
  const Cell visit_key[] = {std::string_view(*record.visit)};
  CONNEX_TRY(metadata_gone, was_disposed(context.read(), visit::kTable, visit_key));
  return metadata_gone ? erase_visit(context, *record.visit) : Result<void>();
}

Result<std::int64_t> next_line(Context& context) {
  namespace e = erasure;
  const Cell equal[] = {context.seq};
  std::vector<Row> last;
  CONNEX_CHECK(context.read().scan(e::kTable, {.equal = equal, .limit = 1, .descending = true}, last));
  return last.empty() ? 0 : last.front().integer(e::number) + 1;
}

Result<void> enter(Context& context, const Record& record, std::string_view what, std::string_view clause,
                   std::string_view evidence, Sweep& done) {
  namespace e = erasure;
  if (!done.next_line) {
    CONNEX_TRY(line, next_line(context));
    done.next_line = line;
  }
  const Cell cells[] = {context.seq,
                        (*done.next_line)++,
                        std::string_view(record.id),
                        name(record.record_class),
                        cell(record.source),
                        cell(record.source_key),
                        what,
                        clause,
                        context.now.micros,
                        cell_unless_empty(evidence)};
  return context.write().insert(e::kTable, cells);
}

Result<void> erase_subjects(WriteTransaction& tx, std::string_view record,
                            const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) {
    const Cell key[] = {record, std::string_view(subject)};
    CONNEX_CHECK(tx.erase(record_subject::kTable, key));
  }
  return {};
}

// The clock of a thread goes with the last record in it.
Result<void> forget_thread(Context& context, const Record& record) {
  if (!record.thread) return {};
  const Cell thread[] = {std::string_view(*record.thread)};
  std::vector<Row> others;
  CONNEX_CHECK(context.read().scan(
      retained::kTable, {.index = &retained::kByThread, .equal = thread, .limit = 1}, others));
  if (others.empty()) CONNEX_CHECK(context.write().erase(interaction::kTable, thread));
  return {};
}

// The orders on a record that nobody has confirmed: that it goes, or one for each of those to be taken out of it.
Result<std::vector<Row>> pending_orders(ReadTransaction& tx, std::string_view record) {
  const Cell equal[] = {record, kPending};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(o::kTable, {.index = &o::kByRecord, .equal = equal, .limit = store::kMaxScan}, rows));
  return rows;
}

Result<bool> is_ordered(ReadTransaction& tx, std::string_view record, std::string_view person) {
  const Cell equal[] = {person, record};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(o::kTable, {.index = &o::kByPrincipal, .equal = equal, .limit = 1}, rows));
  return !rows.empty();
}

// Takes back what is pending of a record: it must wait after all, or goes whole.
Result<void> withdraw_orders(Context& context, const Record& record, std::string_view kind = {}) {
  CONNEX_TRY(pending, pending_orders(context.read(), record.id));
  for (const Row& row : pending) {
    if (!kind.empty() && row.bytes(o::kind) != kind) continue;
    const Cell key[] = {row[o::id]};
    CONNEX_CHECK(context.write().erase(o::kTable, key));
  }
  return {};
}

bool is_message(const Record& record) noexcept { return record.source == message::kTable.name; }

// Those of a record's people whose erasure was accepted, in answer to a request or because they are children; and when the
// next of them is taken for a child, whom their own side reported.
struct Leaving {
  std::vector<std::string> people = {};
  std::optional<Instant> next = {};
};
Result<Leaving> leaving(ReadTransaction& tx, const Record& record, Instant now) {
  CONNEX_TRY(rows, scan_subjects(tx, record.id));
  Leaving found;
  for (const Row& row : rows) {
    std::string subject(row.bytes(record_subject::principal));
    bool leaves = !row.is_null(record_subject::erasure_request);
    if (!leaves && !is_message(record)) {  // a child's messages go, whoever wrote them
      CONNEX_TRY(person, find_account(tx, subject));
      const std::optional<Instant> child = person ? person->child_from() : std::nullopt;
      leaves = child && *child <= now;
      if (child && !leaves) found.next = std::min(found.next.value_or(*child), *child);
    }
    if (leaves) found.people.push_back(std::move(subject));
  }
  return found;
}

// Whether another record of the visit names the person: while an acceptance or a recording does, a visit without
// the name would hide nobody.
Result<bool> named_beside(ReadTransaction& tx, const Record& record, std::string_view visit, std::string_view person) {
  constexpr std::uint32_t kPage = 500;
  const Cell equal[] = {visit};
  std::vector<Row> rows;
  std::vector<Cell> position;
  do {
    std::vector<Row> next;
    CONNEX_CHECK(tx.scan(retained::kTable,
                         {.index = &retained::kByVisit, .equal = equal, .after = position, .limit = kPage}, next));
    rows = std::move(next);
    for (const Row& row : rows) {
      if (row.bytes(retained::id) == record.id) continue;
      const Cell key[] = {row[retained::id], person};
      Row subject;
      CONNEX_TRY(named, tx.get(record_subject::kTable, key, subject));
      if (named) return true;
    }
    if (!rows.empty()) position = {rows.back()[retained::id]};
  } while (rows.size() == kPage);
  return false;
}

// From when on the row that a record stands for can do without the person; none where that hangs on other rows, which
// bring the record up again. Rows whose key or seal is the person's never can.
Result<std::optional<Instant>> dispensable_from(Context& context, const Record& record, std::string_view person) {
  ReadTransaction& tx = context.read();
  std::optional<Instant> from = context.now;
  if (!record.source) return from;  // the host's own: the engine keeps that it is about them, and no more
  if (*record.source == visit::kTable.name) {
    CONNEX_TRY(named, named_beside(tx, record, *record.source_key, person));
    if (named) return std::optional<Instant>();
    CONNEX_TRY(visit, find_visit(tx, *record.source_key));
    if (visit && (visit->state == VisitState::booked || visit->state == VisitState::started))  // it may take place still
      from = std::max(context.now, Instant{visit->ends_at.micros + context.policy.visit.overrun_minutes * kMicrosPerMinute});
    return from;
  }
  if (is_message(record)) {
    CONNEX_TRY(leaves, leaves_message(tx, record, person));
    return leaves ? from : std::optional<Instant>();
  }
  if (*record.source != rights_request::kTable.name) return std::optional<Instant>();
  CONNEX_TRY(request, look_at_request(tx, *record.source_key));
  if (request && request->open()) return std::optional<Instant>();
  return from;
}

// Puts a pseudonym in the place of the person in the row that a record stands for.
Result<void> replace_in_source(Context& context, const Record& record, std::string_view person) {
  WriteTransaction& tx = context.write();
  if (!record.source) return {};
  const std::string pseudonym = draw_pseudonym();
  if (is_message(record)) return leave_thread(tx, record, person, pseudonym);
  if (*record.source == rights_request::kTable.name) {
    CONNEX_TRY(request, look_at_request(tx, *record.source_key));
    if (!request) return {};
    if (request->submitted_by == person) request->submitted_by = pseudonym;
    request->principal = pseudonym;
    request->details.reset();
    return save(tx, Save::update, *request);
  }
  CONNEX_TRY(visit, find_visit(tx, *record.source_key));
  if (!visit) return {};
  CONNEX_TRY(party, find_party(tx, visit->id, person));
  if (party) {
    const Cell key[] = {std::string_view(visit->id), person};
    CONNEX_CHECK(tx.erase(party::kTable, key));
    party->principal = pseudonym;
    party->accepted = 0;
    CONNEX_CHECK(save(tx, Save::insert, *party));
  }
  for (std::string* of : {&visit->doctor, &visit->representative})
    if (*of == person) *of = pseudonym;
  return save(tx, Save::update, *visit);
}

// When somebody is next to be unlinked from the record by itself.
Result<std::optional<Instant>> next_unlinking(Context& context, const Record& record, const RetentionDecision& d) {
  if (is_message(record) ? d.state == RetentionState::held : !d.unlink_at) return std::optional<Instant>();
  CONNEX_TRY(going, leaving(context.read(), record, context.now));
  std::optional<Instant> next = going.next;
  if (going.people.empty()) return next;
  if (!is_message(record) && *d.unlink_at > context.now) return d.unlink_at;
  for (const std::string& person : going.people) {
    CONNEX_TRY(ordered, is_ordered(context.read(), record.id, person));
    if (ordered) continue;  // the host's answer brings the record up again
    CONNEX_TRY(from, dispensable_from(context, record, person));
    if (from && (!next || *from < *next)) next = from;
  }
  if (next) next = std::max(*next, Instant{context.now.micros + 1});
  return next;
}

// Notes for each whose erasure was accepted, by `waits` of the row, until when it must have happened.
template <class Waits>
Result<void> note_due(Context& context, const Record& record, Waits waits) {
  namespace s = record_subject;
  CONNEX_TRY(rows, scan_subjects(context.read(), record.id));
  for (const Row& row : rows) {
    if (row.is_null(s::erasure_request)) continue;
    CONNEX_TRY(wait, waits(row));
    std::vector<Cell> cells = cells_of(row);
    cells[s::due_at] = Cell();
    if (wait) {
      CONNEX_TRY(request, look_at_request(context.read(), row.bytes(s::erasure_request)));
      cells[s::due_at] = request ? request->due_at.micros : context.now.micros;
      if (!row.is_null(s::due_at) && (!request || cells[s::due_at].integer() == row.integer(s::due_at))) continue;
    } else if (row.is_null(s::due_at)) {
      continue;
    }
    CONNEX_CHECK(context.write().update(s::kTable, cells));
  }
  return {};
}

// What was accepted waits for its time alone, where nothing that keeps the record was told: for the copy that a doctor may
// fetch of a recording (X18), or for the end of a call.
Result<void> note_waiting(Context& context, const RetentionTable& table, const RetentionFacts& facts,
                          const RetentionDecision& d, const Record& record) {
  if (!record.erasure_accepted_at) return {};
  const Instant accepted = *record.erasure_accepted_at;
  const bool goes = accepted > context.now && table.evaluate(facts, accepted).state == RetentionState::due;
  const bool unlinks = d.unlink_at && *d.unlink_at <= context.now && d.state != RetentionState::held;
  return note_due(context, record, [&](const Row& row) -> Result<bool> {
    if (goes || !unlinks) return goes;
    const std::string_view person = row.bytes(record_subject::principal);
    CONNEX_TRY(ordered, is_ordered(context.read(), record.id, person));
    if (ordered) return false;  // that order is watched
    CONNEX_TRY(from, dispensable_from(context, record, person));
    return from.has_value();
  });
}

// What is ordered for somebody else's request is not done for theirs before the order is.
Result<void> note_ordered(Context& context, const Record& record) {
  if (!record.erasure_accepted_at) return {};
  CONNEX_TRY(orders, pending_orders(context.read(), record.id));
  const auto order = std::ranges::find_if(orders, [](const Row& row) { return row.is_null(o::kind); });
  if (order == orders.end()) return {};
  return note_due(context, record, [&](const Row& row) -> Result<bool> {
    return row.bytes(record_subject::erasure_request) != order->bytes(o::request);
  });
}

// A visit that has to go on naming somebody for the sake of this record is looked at again once that has gone.
Result<void> review_visit_beside(Context& context, const Record& record) {
  if (!record.visit || record.source == visit::kTable.name) return {};
  return look_at_visit(context, *record.visit);
}

}  // namespace

bool is_shared(const Record& record) noexcept {
  return record.record_class == RecordClass::recording || !record.source;
}

Result<bool> leaves_message(ReadTransaction& tx, const Record& record, std::string_view person) {
  CONNEX_TRY(theirs, goes_with(tx, record, person));
  if (theirs) return false;
  CONNEX_TRY(account, find_account(tx, person));
  return !account || (account->erasure_accepted_at && !account->reported_child());
}

Result<void> look_at_visit(Context& context, std::string_view id) {
  const Cell key[] = {id};
  CONNEX_TRY(visit, find_record(context.read(), record_id(visit::kTable, key)));
  if (!visit || visit->state == RecordState::ordered) return {};
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, *visit, loaded));
  if (!loaded.facts.erasure_accepted_at) return {};
  visit->next_at = context.now;
  return save(context.write(), Save::update, *visit);
}

namespace {

Result<void> forget(Context& context, const Record& record, const std::vector<std::string>& subjects,
                    std::string_view what, std::string_view clause, std::string_view evidence, Sweep& done) {
  if (record.erasure_accepted_at) {
    CONNEX_TRY(behind, request_behind(context.read(), record.id));
    CONNEX_CHECK(enter_erasure(context, record, what, behind ? behind->id : std::string()));
  }
  CONNEX_CHECK(erase_source(context, record));
  CONNEX_CHECK(withdraw_orders(context, record));
  CONNEX_CHECK(erase_subjects(context.write(), record.id, subjects));
  const Cell key[] = {std::string_view(record.id)};
  CONNEX_CHECK(context.write().erase(retained::kTable, key));
  if (is_message(record)) {  // which may have been the last in which somebody stood who was erased
    for (const std::string& subject : subjects) {
      CONNEX_TRY(person, find_account(context.read(), subject));
      if (!person || person->erasure_accepted_at)
        CONNEX_CHECK(leave_thread(context.write(), record, subject, draw_pseudonym()));
    }
  }
  CONNEX_CHECK(forget_thread(context, record));
  CONNEX_CHECK(review_visit_beside(context, record));
  return enter(context, record, what, clause, evidence, done);
}

// What is ordered of the host, for the erasure of a request, of its period, to take somebody out of a record, or to keep the
// record out of use.
struct Order {
  std::string_view reason;
  std::string_view clause;
  std::optional<RightsRequest> request = {};
  std::string_view kind = {};
  std::string_view person = {};
};
Result<void> put_order(Context& context, const Record& record, const Order& order) {
  // An erasure must be carried out within the time for its answer (X22), a child's, which nobody asks for, within its day;
  // what goes by its own period, before it is asked for less often than ever.
  const bool erased = order.reason == name(RetentionBasis::erasure) || order.reason == kAgain;
  const bool of_use = order.kind == kRestrict || order.kind == kLift;
  const Instant due = of_use          ? Instant{context.now.micros + kMicrosPerDay}
                      : order.request ? std::max(context.now, order.request->due_at)
                      : erased        ? Instant{context.now.micros + context.policy.accounts.minor_erasure_days * kMicrosPerDay}
                                    : Instant{context.now.micros + kMostDaysBetween * kMicrosPerDay};
  const evidence::Hash hash = evidence::sha256(evidence::bytes_of(record.id));
  std::string id = "d-" + evidence::to_hex(hash).substr(0, 16) + "-" + std::to_string(context.now.micros);
  if (!order.kind.empty()) {  // there may be several, and it says nothing of whom
    const Cell equal[] = {std::string_view(record.id)};
    std::vector<Row> before;
    CONNEX_CHECK(context.read().scan(o::kTable, {.index = &o::kByRecord, .equal = equal, .limit = store::kMaxScan}, before));
    id.append("-").append(std::to_string(before.size() + 1));
  }
  const Cell cells[] = {std::string_view(id),
                        std::string_view(record.id),
                        kPending,
                        order.reason,
                        order.clause,
                        context.now.micros,
                        std::int64_t{1},
                        context.now.micros + wait_after(1),
                        Cell(),
                        Cell(),
                        order.request ? Cell(std::string_view(order.request->id)) : Cell(),
                        due.micros,
                        cell_unless_empty(order.kind),
                        cell_unless_empty(order.person)};
  return context.write().insert(o::kTable, cells);
}

Result<void> order(Context& context, const Record& record, std::string_view reason, std::string_view clause) {
  CONNEX_CHECK(withdraw_orders(context, record));
  Order order{reason, clause};
  if (reason == name(RetentionBasis::erasure) || reason == kAgain) {
    CONNEX_TRY(behind, request_behind(context.read(), record.id));
    order.request = std::move(behind);
  }
  return put_order(context, record, order);
}

// The host is to take the person out of its own record (X54); until it has, the record is about them.
Result<void> order_unlinking(Context& context, const Record& record, std::string_view person, Sweep& done) {
  CONNEX_TRY(asked, is_ordered(context.read(), record.id, person));
  if (asked) return {};
  Order order{name(RetentionBasis::erasure), "C8-c", {}, kUnlink, person};
  const Cell key[] = {std::string_view(record.id), person};
  Row subject;
  CONNEX_TRY(listed, context.read().get(record_subject::kTable, key, subject));
  if (listed && !subject.bytes(record_subject::erasure_request).empty()) {
    CONNEX_TRY(request, look_at_request(context.read(), subject.bytes(record_subject::erasure_request)));
    order.request = std::move(request);
  }
  ++done.ordered;
  return put_order(context, record, order);
}

// What the host keeps is out of use there for as long as it is here (X13, X39): the host is told so, and of the end of that.
Result<void> order_use(Context& context, const Record& record, bool usable, std::string_view reason, std::string_view clause) {
  const Cell equal[] = {std::string_view(record.id)};
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(o::kTable, {.index = &o::kByRecord, .equal = equal, .limit = store::kMaxScan}, rows));
  const Row* last = nullptr;
  const auto age = [](const Row& row) { return std::pair(row.integer(o::ordered_at), row.bytes(o::id)); };
  for (const Row& row : rows)
    if ((row.bytes(o::kind) == kRestrict || row.bytes(o::kind) == kLift) && (last == nullptr || age(*last) < age(row)))
      last = &row;
  const bool out_of_use = last != nullptr && last->bytes(o::kind) == kRestrict;
  if (usable != out_of_use) return {};
  if (last != nullptr) CONNEX_CHECK(withdraw_orders(context, record, last->bytes(o::kind)));
  Order order{reason, clause, {}, usable ? kLift : kRestrict};
  if (!usable) {
    CONNEX_TRY(behind, request_behind(context.read(), record.id));
    order.request = std::move(behind);
  }
  return put_order(context, record, order);
}

// The record is not about these people any more.
Result<void> let_go(Context& context, Record& record, const std::vector<std::string>& gone, const RecordFacts& loaded,
                    std::string_view evidence, Sweep& done) {
  CONNEX_CHECK(erase_subjects(context.write(), record.id, gone));
  CONNEX_CHECK(review_visit_beside(context, record));
  CONNEX_CHECK(enter(context, record, "unlinked", "C8-c", evidence, done));
  for (const std::string& person : gone)
    if (done.unlinked_people.insert(person).second) CONNEX_CHECK(enter_person(context, person));
  record.unlinked_at = context.now;
  if (gone.size() == loaded.subjects.size())  // nobody's account tells any more
    record.trigger_at = loaded.facts.trigger_at.value_or(context.now);
  ++done.unlinked;
  return {};
}

// Takes from a record, and from the row that it stands for, who has asked to be forgotten there (X54). What the host keeps
// it is to take them out of.
Result<void> unlink(Context& context, Record& record, const RecordFacts& loaded, Sweep& done) {
  CONNEX_TRY(going, leaving(context.read(), record, context.now));
  std::vector<std::string> gone;
  for (const std::string& person : going.people) {
    CONNEX_TRY(from, dispensable_from(context, record, person));
    if (!from || *from > context.now) continue;
    if (!record.source) {
      CONNEX_CHECK(order_unlinking(context, record, person, done));
      continue;
    }
    CONNEX_CHECK(replace_in_source(context, record, person));
    gone.push_back(person);
  }
  return gone.empty() ? Result<void>() : let_go(context, record, gone, loaded, {}, done);
}

// The others of a child's recording, or of what the host keeps of several, learn that it is gone for them as well, or that a
// law keeps it out of sight until `restricted_until` (C10-c, X18, X39).
Result<void> tell_others(Context& context, const Record& record, const std::vector<std::string>& subjects, bool restricted,
                         const std::optional<Instant>& restricted_until) {
  const bool recording = record.record_class == RecordClass::recording;
  const std::string_view kind = restricted ? (recording ? "recording_restricted" : "record_restricted")
                                           : (recording ? "recording_erased" : "record_erased");
  for (const std::string& subject : subjects) {
    CONNEX_TRY(person, find_account(context.read(), subject));
    if (person && person->reported_child()) continue;
    CONNEX_CHECK(owe_notice(context, {.recipient = subject,
                                      .kind = kind,
                                      .about = record.id,
                                      .clause = "C10-c",
                                      .due_at = Instant{context.now.micros +
                                                        context.policy.accounts.minor_erasure_days * kMicrosPerDay},
                                      .until = restricted_until}));
  }
  return {};
}

// Once a hold has ended that kept a recording, the others learn when it goes (X18).
Result<void> tell_resumed(Context& context, const Record& record, const RetentionDecision& d) {
  const bool restricted = d.state == RetentionState::restricted;
  CONNEX_TRY(behind, request_behind(context.read(), record.id));
  CONNEX_TRY(rows, scan_subjects(context.read(), record.id));
  for (const Row& row : rows) {
    if (!row.is_null(record_subject::erasure_request)) continue;
    CONNEX_CHECK(owe_notice(context, {.recipient = row.bytes(record_subject::principal),
                                      .kind = restricted ? "recording_restricted" : kRecordingErased,
                                      .about = record.id,
                                      .clause = "C6.4-f",
                                      .due_at = std::max(context.now, *record.erasure_accepted_at),
                                      .until = restricted ? d.dispose_at : std::nullopt,
                                      .request = behind ? std::string_view(behind->id) : std::string_view()}));
  }
  return {};
}

// Until when the erasure of a recording waits for a doctor to be told of it (X18); none where it does not.
Result<std::optional<Instant>> waits_for_word(Context& context, const Record& record) {
  namespace n = notice;
  std::optional<Instant> until;
  if (record.record_class != RecordClass::recording || !record.erasure_accepted_at) return until;
  CONNEX_TRY(behind, request_behind(context.read(), record.id));
  if (!behind || context.now >= last_word(behind->due_at)) return until;
  CONNEX_TRY(subjects, scan_subjects(context.read(), record.id));
  for (const Row& subject : subjects) {
    if (!subject.is_null(record_subject::erasure_request)) continue;
    CONNEX_TRY(person, find_account(context.read(), subject.bytes(record_subject::principal)));
    if (!person || person->role != Role::doctor) continue;
    const Cell equal[] = {std::string_view(person->id), kPending};
    CONNEX_CHECK(context.read().visit(
        n::kTable, {.index = &n::kByRecipient, .equal = equal, .limit = store::kNoLimit},
        [&](store::RowView row) -> Result<bool> {
          if (row.bytes(n::kind) == kRecordingErased && row.bytes(n::about) == record.id)
            until = last_word(behind->due_at);
          return !until;
        }));
  }
  return until;
}

}  // namespace

Result<void> heard_of_erasure(Context& context, std::string_view id, std::string_view who, std::optional<Instant> told_at) {
  CONNEX_TRY(record, find_record(context.read(), id));
  if (!record || record->state == RecordState::ordered || !record->erasure_accepted_at) return {};
  if (!told_at) {
    record->next_at = context.now;
    return save(context.write(), Save::update, *record);
  }
  CONNEX_TRY(person, find_account(context.read(), who));
  CONNEX_TRY(behind, request_behind(context.read(), record->id));
  const Cell key[] = {id, who};
  Row subject;
  CONNEX_TRY(about, context.read().get(record_subject::kTable, key, subject));
  if (!person || person->role != Role::doctor || !behind || !about || !subject.is_null(record_subject::erasure_request))
    return {};
  record->erasure_accepted_at = std::max(*record->erasure_accepted_at, copy_until(*told_at, behind->due_at));
  record->next_at = context.now;
  return save(context.write(), Save::update, *record);
}

Result<void> withdraw_unlinkings(Context& context, std::string_view person) {
  const Cell equal[] = {person};
  std::vector<Row> rows;
  CONNEX_CHECK(
      context.read().scan(o::kTable, {.index = &o::kByPrincipal, .equal = equal, .limit = store::kMaxScan}, rows));
  for (const Row& row : rows) {
    const Cell about[] = {row[o::record], person};
    Row subject;
    CONNEX_TRY(found, context.read().get(record_subject::kTable, about, subject));
    if (row.bytes(o::state) != kPending || (found && !subject.is_null(record_subject::erasure_request))) continue;
    const Cell key[] = {row[o::id]};
    CONNEX_CHECK(context.write().erase(o::kTable, key));
  }
  return {};
}

Result<std::optional<Instant>> unlinked_from(Context& context, const Record& record, std::string_view person) {
  namespace s = record_subject;
  const Cell key[] = {std::string_view(record.id), person};
  Row row;
  CONNEX_TRY(found, context.read().get(s::kTable, key, row));
  if (!found || row.is_null(s::due_at)) return std::optional<Instant>();
  return dispensable_from(context, record, person);
}

Result<void> erase_rows(WriteTransaction& tx, const store::Table& table, std::span<const Cell> key) {
  if (key.size() == table.key_size) {
    CONNEX_CHECK(tx.erase(table, key));
    return {};
  }
  for (;;) {
    std::vector<Row> rows;
    CONNEX_CHECK(Vault::stored(tx).scan(table, {.equal = key, .limit = 500}, rows));  // what goes need not be read
    if (rows.empty()) return {};
    for (const Row& row : rows) {
      std::vector<Cell> whole;
      for (std::size_t i = 0; i < table.key_size; ++i) whole.push_back(row[i]);
      CONNEX_CHECK(tx.erase(table, whole));
    }
  }
}

Result<void> enter_disposal(Context& context, const Record& record, std::string_view what, std::string_view clause,
                            Sweep& done) {
  return enter(context, record, what, clause, {}, done);
}

Result<void> set_next(Context& context, const RetentionRules& rules, const RetentionFacts& facts, Record& record) {
  CONNEX_TRY(table, rules.of(record));
  const RetentionDecision d = table->evaluate(facts, context.now);
  CONNEX_TRY(unlinking, next_unlinking(context, record, d));
  record.state = state_of(d.state);
  record.next_at = next_change(d, facts, context.now, unlinking);
  if (record.locator && !d.usable) record.next_at = context.now;  // for the next sweep to tell the host
  return {};
}

Result<void> set_next(Context& context, const RetentionRules& rules, Record& record) {
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, loaded));
  return set_next(context, rules, loaded.facts, record);
}

// Whether it would go now though nobody had asked for its erasure.
bool ended_anyway(const RetentionTable& table, RetentionFacts facts, Instant now) {
  facts.erasure_accepted_at.reset();
  return table.evaluate(facts, now).state == RetentionState::due;
}

Result<void> settle(Context& context, const RetentionRules& rules, Record& record, Sweep& done) {
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, done.keeping, loaded));
  CONNEX_TRY(table, rules.of(record));
  const RetentionDecision d = table->evaluate(loaded.facts, context.now);
  ++done.evaluated;
  if (record.record_class == RecordClass::recording && record.erasure_accepted_at && !loaded.child_leaves) {
    const bool was_held = loaded.resumed || record.state == RecordState::held;
    record.erasure_accepted_at = loaded.facts.erasure_accepted_at;
    if (was_held && d.state != RetentionState::held && !ended_anyway(*table, loaded.facts, context.now))
      CONNEX_CHECK(tell_resumed(context, record, d));
  }
  const bool in_use = record.state == RecordState::active || record.state == RecordState::held;
  if (loaded.child_leaves && in_use && is_shared(record) &&
      (d.state == RetentionState::due || d.state == RetentionState::restricted))
    CONNEX_CHECK(tell_others(context, record, loaded.subjects, d.state == RetentionState::restricted,
                             d.state == RetentionState::restricted ? d.dispose_at : std::nullopt));
  if (d.state == RetentionState::due) {
    const std::optional<Instant> law = next_law(context.policy, record.record_class, context.now);
    if (record.state == RecordState::ordered) {  // looked at again for what does not keep it
      CONNEX_CHECK(note_ordered(context, record));
      if (record.next_at == law) return {};
      record.next_at = law;
      return save(context.write(), Save::update, record);
    }
    CONNEX_TRY(untold, waits_for_word(context, record));
    if (untold && !ended_anyway(*table, loaded.facts, context.now)) {
      record.state = RecordState::active;  // what kept it is told of once
      record.next_at = untold;
      return save(context.write(), Save::update, record);
    }
    const std::string_view clause = table->explain(loaded.facts, d).clause;
    if (record.erasure_accepted_at) CONNEX_CHECK(tell_kept_over(context, record, done));
    if (!record.locator) {
      ++done.erased;
      return forget(context, record, loaded.subjects, "erased", clause, {}, done);
    }
    ++done.ordered;
    CONNEX_CHECK(order(context, record, name(d.basis), clause));
    CONNEX_CHECK(note_ordered(context, record));
    record.state = RecordState::ordered;
    record.next_at = law;
    return save(context.write(), Save::update, record);
  }
  if (record.state == RecordState::ordered) {
    CONNEX_TRY(pending, pending_orders(context.read(), record.id));
    if (!pending.empty() && pending.front().bytes(o::reason) == kAgain) {  // it is gone: no law that began since brings it back
      record.next_at.reset();
      return save(context.write(), Save::update, record);
    }
    CONNEX_CHECK(withdraw_orders(context, record));
    ++done.withdrawn;
  }
  if (!record.source && d.state == RetentionState::held) CONNEX_CHECK(withdraw_orders(context, record, kUnlink));
  if (record.record_class == RecordClass::analytics_aggregate)  // an older version had it name people (C9-i)
    CONNEX_CHECK(erase_subjects(context.write(), record.id, loaded.subjects));
  if (d.state != RetentionState::held && (is_message(record) || (d.unlink_at && *d.unlink_at <= context.now)))
    CONNEX_CHECK(unlink(context, record, loaded, done));
  if (record.locator) {
    const bool child = loaded.of_child && d.state == RetentionState::active;
    CONNEX_CHECK(order_use(context, record, d.usable && !loaded.of_child, name(d.basis),
                           child ? std::string_view("C10-c") : table->explain(loaded.facts, d).clause));
  }
  CONNEX_CHECK(note_waiting(context, *table, loaded.facts, d, record));
  CONNEX_TRY(unlinking, next_unlinking(context, record, d));
  record.state = state_of(d.state);
  record.next_at = next_change(d, loaded.facts, context.now, unlinking);
  if (record.state == RecordState::held) ++done.held;
  if (record.state == RecordState::restricted) ++done.restricted;
  return save(context.write(), Save::update, record);
}

Result<void> enter_erasure(Context& context, const Record& record, std::string_view state,
                           std::string_view request) {
  ErasureLine line;
  line.at = context.now;
  line.deed = ErasureDeed::record;
  line.object = record.id;
  line.state = state;
  line.request = request;
  line.accepted_at = record.erasure_accepted_at;
  CONNEX_CHECK(context.vault().enter(context.write(), line));
  return {};
}

Result<void> enter_person(Context& context, std::string_view person) {
  ErasureLine line;
  line.principal = person;
  line.at = context.now;
  line.deed = ErasureDeed::person;
  CONNEX_CHECK(context.vault().enter(context.write(), line));
  return {};
}

Result<void> play_disposal(Context& context, Record& record, const ErasureLine& told, Sweep& done) {
  if (!record.erasure_accepted_at) record.erasure_accepted_at = told.accepted_at;
  if (!told.request.empty()) {
    CONNEX_TRY(request, look_at_request(context.read(), told.request));
    if (request) CONNEX_CHECK(note_erasure(context.write(), record.id, request->principal, request->id));
  }
  if (!record.locator) {
    CONNEX_TRY(subjects, list_subjects(context.read(), record.id));
    ++done.erased;
    return forget(context, record, subjects, "erased", "C8-c", {}, done);
  }
  CONNEX_CHECK(order(context, record, kAgain, "C8-c"));
  ++done.ordered;
  record.state = RecordState::ordered;
  record.next_at.reset();
  return save(context.write(), Save::update, record);
}

Result<void> unlink_again(Context& context, const RetentionRules& rules, Record& record, Sweep& done) {
  if (!record.erasure_accepted_at || record.state == RecordState::ordered) return {};
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, loaded));
  CONNEX_TRY(table, rules.of(record));
  const RetentionDecision d = table->evaluate(loaded.facts, context.now);
  if (d.state == RetentionState::due || d.state == RetentionState::held || !d.unlink_at || *d.unlink_at > context.now)
    return {};
  CONNEX_CHECK(unlink(context, record, loaded, done));
  record.next_at = context.now;
  return save(context.write(), Save::update, record);
}

Result<void> confirm_disposal(Context& context, const Record& record, std::string_view clause,
                              std::string_view evidence) {
  CONNEX_TRY(subjects, list_subjects(context.read(), record.id));
  Sweep done;
  return forget(context, record, subjects, "confirmed", clause, evidence, done);
}

namespace {

constexpr std::string_view kDisposed = "disposed";  // the detail of an entry

struct Disposals {
  std::int64_t count = 0;
  evidence::Hash digest{};  // of each line and the digest before it
  std::map<std::array<std::string, 3>, std::int64_t> totals;  // by class, what was done and clause
};

Result<Disposals> disposals_of(ReadTransaction& tx, Number seq) {
  namespace e = erasure;
  constexpr std::uint32_t kPage = 500;
  Disposals all;
  const Cell equal[] = {seq};
  std::vector<Row> rows;
  do {
    std::vector<Row> next;
    std::vector<Cell> position;
    if (!rows.empty()) position.push_back(rows.back()[e::number]);
    CONNEX_CHECK(tx.scan(e::kTable, {.equal = equal, .after = position, .limit = kPage}, next));
    rows = std::move(next);
    for (const Row& row : rows) {
      std::string line(reinterpret_cast<const char*>(all.digest.data()), all.digest.size());
      for (const auto column : {e::record, e::record_class, e::source, e::source_key, e::what, e::clause, e::evidence})
        line.append(row.bytes(column)).push_back('\n');
      all.digest = evidence::sha256(evidence::bytes_of(line));
      ++all.count;
      ++all.totals[{std::string(row.bytes(e::record_class)), std::string(row.bytes(e::what)),
                    std::string(row.bytes(e::clause))}];
    }
  } while (rows.size() == kPage);
  return all;
}

std::string text_of(const Disposals& d) { return std::to_string(d.count) + ' ' + evidence::to_hex(d.digest); }

}  // namespace

Result<void> state_disposals(Context& context, Outcome& outcome) {
  CONNEX_TRY(disposals, disposals_of(context.read(), context.seq));
  if (disposals.count == 0) return {};
  outcome.details.push_back({std::string(kDisposed), text_of(disposals)});
  boost::json::array totals;
  for (const auto& [key, count] : disposals.totals)
    totals.push_back({{"class", key[0]}, {"what", key[1]}, {"clause", key[2]}, {"count", count}});
  outcome.result["disposed"] = std::move(totals);
  outcome.result["receipt"] = nullptr;
  CONNEX_TRY(at_hand, signer_at_hand(context, outcome));
  if (!at_hand) return {};  // a disposal does not wait for a signature: disposition.receipt gives it later
  const Signer& signer = *at_hand;
  const boost::json::object claims{{"iss", signer.origin},
                                   {"jti", "disposals:" + std::to_string(context.seq)},
                                   {"iat", context.now.micros / kMicrosPerSecond},
                                   {"count", disposals.count},
                                   {"digest", "sha256:" + evidence::to_hex(disposals.digest)},
                                   {"policy", context.policy.digest},
                                   {"entry", context.seq}};
  CONNEX_TRY(receipt, sign_token(signer, "connex-receipt+jwt", claims));
  outcome.result["receipt"] = receipt;
  return {};
}

Result<bool> disposals_kept(ReadTransaction& tx, Number seq, const Details& details) {
  const auto said = std::ranges::find(details, kDisposed, &Detail::name);
  if (said == details.end()) return true;
  CONNEX_TRY(disposals, disposals_of(tx, seq));
  return said->value == text_of(disposals);
}

Result<void> retry_orders(Context& context, std::uint32_t limit, Sweep& done) {
  const Cell equal[] = {kPending};
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(
      o::kTable,
      {.index = &o::kByState, .equal = equal, .below = context.now.micros + 1, .limit = limit}, rows));
  for (const Row& row : rows) {
    std::vector<Cell> cells = cells_of(row);
    const std::int64_t attempts = row.integer(o::attempts) + 1;
    cells[o::attempts] = attempts;
    cells[o::next_attempt_at] = context.now.micros + wait_after(attempts);
    CONNEX_CHECK(context.write().update(o::kTable, cells));
    ++done.retried;
  }
  return {};
}

namespace {

using Object = boost::json::object;

// The host has taken the person out of its record.
Result<void> confirm_unlinking(Context& context, Record& record, const std::string& person, std::string_view evidence) {
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, loaded));
  if (std::ranges::find(loaded.subjects, person) == loaded.subjects.end()) return {};
  Sweep done;
  CONNEX_CHECK(let_go(context, record, {person}, loaded, evidence, done));
  record.next_at = context.now;
  return save(context.write(), Save::update, record);
}

// Orders of records that must wait after all are left out: the next sweep withdraws them.
Result<Outcome> disposition_pending(Context& context, const Arguments& args) {
  const Cell equal[] = {kPending};
  store::Range range{.index = &o::kByAge, .equal = equal, .limit = 100};
  if (args.has("limit")) range.limit = static_cast<std::uint32_t>(args.integer("limit"));
  std::array<Cell, 2> position;
  Row last;
  if (args.has("after")) {
    const Cell key[] = {args.text("after")};
    CONNEX_TRY(found, context.read().get(o::kTable, key, last));
    if (!found) return not_found("disposition order", "after");
    position = {last[o::ordered_at], last[o::id]};
    range.after = position;
  }
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(o::kTable, range, rows));
  const RetentionRules rules(context);
  boost::json::array orders;
  for (const Row& row : rows) {
    CONNEX_TRY(record, find_record(context.read(), row.bytes(o::record)));
    if (!record) continue;
    RecordFacts loaded;
    CONNEX_CHECK(load_facts(context.read(), context.policy, *record, loaded));
    CONNEX_TRY(table, rules.of(*record));
    const RetentionDecision decided = table->evaluate(loaded.facts, context.now);
    const RetentionState now = decided.state;
    const bool usable = decided.usable && !loaded.of_child;
    const std::string_view kind = row.bytes(o::kind);
    const bool unlinks = kind == kUnlink;
    if (kind == kRestrict || kind == kLift) {
      if (usable != (kind == kLift) || now == RetentionState::due) continue;
    } else if (unlinks || row.bytes(o::reason) == kAgain ? now == RetentionState::held : now != RetentionState::due) continue;
    orders.push_back({{"order", row.bytes(o::id)},
                      {"kind", kind.empty() ? std::string_view("dispose") : kind},
                      {"principal", unlinks ? boost::json::value(row.bytes(o::principal)) : boost::json::value()},
                      {"record", record->id},
                      {"class", name(record->record_class)},
                      {"locator", record->locator.value_or("")},
                      {"reason", row.bytes(o::reason)},
                      {"clause", row.bytes(o::clause)},
                      {"ordered_at", format_instant({row.integer(o::ordered_at)}, context.offset())},
                      {"due_at", instant_or_null(row, o::due_at, context.offset())},
                      {"attempts", row.integer(o::attempts)}});
  }
  Outcome outcome;
  outcome.result = {{"orders", std::move(orders)}, {"next", nullptr}};
  if (rows.size() == range.limit) outcome.result["next"] = rows.back().bytes(o::id);
  return outcome;
}

// The hold that keeps a record, if one does.
Result<std::string> hold_over(Context& context, const Record& record) {
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), context.policy, record, loaded));
  CONNEX_TRY(table, RetentionRules(context).of(record));
  return hold_behind(table->evaluate(loaded.facts, context.now), loaded.hold_ids);
}

// What the host says it has done is noted as it is, even where a hold came in between: then it is told of (C6.4-h).
Result<Outcome> disposition_confirm(Context& context, const Arguments& args) {
  Row row;
  const Cell key[] = {args.text("order")};
  CONNEX_TRY(found, context.read().get(o::kTable, key, row));
  if (!found) return not_found("disposition order", "order");
  if (row.bytes(o::state) != kPending) return conflict("the order was confirmed already", "order");
  CONNEX_TRY(record, find_record(context.read(), row.bytes(o::record)));
  if (!record) return Error{ErrorCode::corrupt, "the record of a disposition order is missing", ""};
  const bool unlinks = row.bytes(o::kind) == kUnlink;
  const bool of_use = row.bytes(o::kind) == kRestrict || row.bytes(o::kind) == kLift;
  std::string hold;
  if (!of_use) {
    CONNEX_TRY(keeps, hold_over(context, *record));
    hold = std::move(keeps);
  }
  std::vector<Cell> cells = cells_of(row);
  cells[o::state] = std::string_view("confirmed");
  cells[o::confirmed_at] = context.now.micros;
  cells[o::evidence] = args.text("evidence");
  if (unlinks) cells[o::principal] = cells[o::request] = Cell();  // nothing is to lead to them
  CONNEX_CHECK(context.write().update(o::kTable, cells));
  Outcome outcome;
  outcome.object = record->id;
  CONNEX_TRY(subjects, list_subjects(context.read(), record->id));
  if (unlinks) std::erase(subjects, row.bytes(o::principal));  // whom nothing is to lead to
  outcome.subjects = std::move(subjects);
  outcome.visit = record->visit.value_or("");
  outcome.details = {{"order", std::string(args.text("order"))}};
  if (!hold.empty()) {
    outcome.details.push_back({"against_hold", hold});
    outcome.obligations.push_back({{"tell_who_asked_for_the_hold", "data_protection_officer", "C6.4-h"}, context.now, ""});
  }
  if (of_use) {
    outcome.result = {{"order", args.text("order")},
                      {"record", record->id},
                      {"state", row.bytes(o::kind) == kLift ? "lifted" : "restricted"},
                      {"confirmed_at", format_instant(context.now, context.offset())},
                      {"against_hold", nullptr},
                      {"receipt", nullptr}};
    return outcome;
  }
  if (unlinks) {
    CONNEX_CHECK(confirm_unlinking(context, *record, std::string(row.bytes(o::principal)), args.text("evidence")));
  } else {
    CONNEX_CHECK(confirm_disposal(context, *record, row.bytes(o::clause), args.text("evidence")));
  }
  CONNEX_CHECK(state_disposals(context, outcome));
  outcome.result = {{"order", args.text("order")},
                    {"record", record->id},
                    {"state", unlinks ? "unlinked" : "disposed"},
                    {"confirmed_at", format_instant(context.now, context.offset())},
                    {"against_hold", hold.empty() ? boost::json::value() : boost::json::value(hold)},
                    {"receipt", nullptr}};
  CONNEX_TRY(signer, signer_at_hand(context, outcome));
  if (!signer) return outcome;
  CONNEX_TRY(receipt, sign_receipt(context, *signer,
                                   {.record = record->id,
                                    .record_class = record->record_class,
                                    .what = unlinks ? "unlinked" : "confirmed",
                                    .clause = row.bytes(o::clause),
                                    .order = args.text("order"),
                                    .evidence = args.text("evidence")}));
  outcome.result["receipt"] = receipt;
  return outcome;
}

// A receipt at any later time, from the line of the ledger that the entry of the disposal commits to.
Result<Outcome> disposition_receipt(Context& context, const Arguments& args) {
  namespace e = erasure;
  const Cell equal[] = {args.text("record")};
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(
      e::kTable, {.index = &e::kByRecord, .equal = equal, .limit = 1, .descending = true}, rows));
  if (rows.empty()) return not_found("disposal", "record");
  const Row& row = rows.front();
  Outcome outcome;
  outcome.object = args.text("record");
  CONNEX_TRY(signer, current_signer(context, outcome));
  boost::json::object claims{
      {"iss", signer.origin},
      {"sub", row.bytes(e::record)},
      {"jti", std::string(row.bytes(e::record)).append(":").append(std::to_string(row.integer(e::seq)))},
      {"iat", row.integer(e::at) / kMicrosPerSecond},
      {"class", row.bytes(e::record_class)},
      {"what", row.bytes(e::what)},
      {"clause", row.bytes(e::clause)},
      {"entry", row.integer(e::seq)}};
  if (!row.is_null(e::evidence)) claims["evidence"] = row.bytes(e::evidence);
  CONNEX_TRY(receipt, sign_token(signer, "connex-receipt+jwt", claims));
  outcome.result = {{"record", args.text("record")},
                    {"what", row.bytes(e::what)},
                    {"clause", row.bytes(e::clause)},
                    {"disposed_at", format_instant({row.integer(e::at)}, context.offset())},
                    {"entry", row.integer(e::seq)},
                    {"receipt", receipt}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kPendingArguments[] = {
    how_many("limit", "how many to look at, at most; 100 when not given", 1'000),
    {"after", id, false, "the last order of the page before, `next` of its answer"},
};
constexpr Argument kConfirmArguments[] = {
    {"order", id, true, "id of the disposition order"},
    {"evidence", line, true, "reference to the proof that it was carried out", kMaxLocator},
};
constexpr Argument kReceiptArguments[] = {{"record", id, true, "id of the record that went"}};
constexpr std::string_view kDispositionClauses[] = {"C6.4-b", "C9-a"};

constexpr Command kCommands[] = {
    {"disposition.pending", "Lists what the host is to destroy (kind `dispose`), whom it is to take out of what it keeps on (`unlink`), what it is to keep out "
     "of use as long as nothing else is said (`restrict`), and what it may use again (`lift`), the oldest order first", reports, kAuditors,
     false, kPendingArguments, kDispositionClauses, disposition_pending},
    {"disposition.confirm", "The host has carried out a disposition order", changes, kAuditors, false,
     kConfirmArguments, kDispositionClauses, disposition_confirm},
    {"disposition.receipt", "Gives a signed receipt for a disposal, which names no person", changes,
     kAuditors, false, kReceiptArguments, kDispositionClauses, disposition_receipt},
};

}  // namespace

std::span<const Command> disposition_commands() noexcept { return kCommands; }

}  // namespace connex::services
