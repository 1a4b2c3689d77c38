#include "services/messages.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <functional>
#include <iterator>
#include <set>

#include "services/command_groups.hpp"
#include "services/known_people.hpp"
#include "services/records.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"
#include "services/viewing.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

constexpr std::int64_t kMaxMessage = std::int64_t{1} << 16;
constexpr std::int64_t kMaxPage = 100;

// The sender's tail in the thread; it lives and goes with the thread.
Result<ConversationTail> load_tail(ReadTransaction& tx, const Thread& thread, std::string_view sender) {
  Row row;
  const Cell key[] = {name(thread.kind), std::string_view(thread.id), sender};
  CONNEX_TRY(found, tx.get(conversation_tail::kTable, key, row));
  if (!found) return ConversationTail{};
  return ConversationTail::from_bytes(row.bytes(conversation_tail::tail));
}

Result<void> save_tail(WriteTransaction& tx, const Thread& thread, std::string_view sender,
                       const ConversationTail& tail) {
  Row row;
  const Cell key[] = {name(thread.kind), std::string_view(thread.id), sender};
  CONNEX_TRY(found, tx.get(conversation_tail::kTable, key, row));
  const std::string bytes = tail.bytes();
  const Cell cells[] = {name(thread.kind), std::string_view(thread.id), sender, Cell::blob(bytes)};
  return found ? tx.update(conversation_tail::kTable, cells) : tx.insert(conversation_tail::kTable, cells);
}

// The other threads between the two, the latest of them: halves of a number may go one to each.
Result<std::vector<Thread>> threads_beside(ReadTransaction& tx, const Thread& thread, std::string_view sender) {
  constexpr std::uint32_t kMost = 8;
  std::vector<Thread> out;
  if (thread.kind != ThreadKind::message || !thread.other) return out;
  const std::string_view people[] = {sender, sender == *thread.other ? std::string_view(thread.opened_by)
                                                                     : std::string_view(*thread.other)};
  for (const bool answered : {false, true}) {
    const Cell equal[] = {name(thread.kind), people[answered ? 1 : 0], people[answered ? 0 : 1]};
    std::vector<Row> rows;
    CONNEX_CHECK(tx.scan(thread::kTable,
                         {.index = &thread::kByPeople, .equal = equal, .limit = kMost + 1, .descending = true}, rows));
    for (const Row& row : rows)
      if (row.bytes(thread::id) != thread.id) {
        Thread& other = out.emplace_back();
        other.kind = thread.kind;
        other.id = row.bytes(thread::id);
        other.last_at = {row.integer(thread::last_at)};
      }
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, [](const Thread& t) { return t.last_at.micros; });
  if (out.size() > kMost) out.resize(kMost);
  return out;
}

// A message that told a piece of what a later one completes tells it no more.
Result<void> hide_piece(Context& context, const Thread& thread, std::string_view sender, const EarlierPiece& piece) {
  namespace t = services::message;
  WriteTransaction& tx = context.write();
  Row row;
  const Cell key[] = {name(thread.kind), std::string_view(thread.id), static_cast<Number>(piece.number)};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  if (!found || row.is_null(t::text) || row.bytes(t::sender) != sender) return {};
  std::string text(row.bytes(t::text));
  const std::size_t from = text.ends_with(piece.delivered) ? text.size() - piece.delivered.size() : 0;
  text.replace(from, std::string::npos, piece.hidden);
  const Cell cells[] = {key[0],         key[1], key[2], row[t::id], row[t::sender], std::string_view(text),
                        row[t::posted_at]};
  return tx.update(t::kTable, cells);
}

Result<void> save(WriteTransaction& tx, Save how, const Thread& thread) {
  const Cell cells[] = {name(thread.kind),
                        std::string_view(thread.id),
                        std::string_view(thread.opened_by),
                        thread.other ? Cell(std::string_view(*thread.other)) : Cell(),
                        thread.opened_at.micros,
                        thread.last_at.micros,
                        thread.count};
  return how == Save::insert ? tx.insert(thread::kTable, cells) : tx.update(thread::kTable, cells);
}

// The doctors of the latest visits of a reader on the pharma side in each state: of a representative their own, of
// everybody else there the company's.
Result<std::set<std::string>> doctors_met(ReadTransaction& tx, const Principal& reader) {
  constexpr std::uint32_t kMostVisits = 256;
  constexpr std::size_t kMostDoctors = kMostKnown / 2;  // beside whom a text names
  const bool own = reader.role == Role::medical_representative;
  std::set<std::string> out;
  if (!own && !reader.organisation) return out;
  constexpr std::size_t kMostOfState = kMostDoctors / std::size(Names<VisitState>::list);
  for (const std::string_view state : Names<VisitState>::list) {
    const std::size_t most = out.size() + kMostOfState;
    const Cell equal[] = {own ? std::string_view(reader.id) : std::string_view(*reader.organisation), state};
    std::vector<Row> rows;
    CONNEX_CHECK(tx.scan(visit::kTable,
                         {.index = own ? &visit::kByRepresentative : &visit::kByCompany,
                          .equal = equal,
                          .limit = kMostVisits,
                          .descending = true},
                         rows));
    for (const Row& row : rows) {
      if (out.size() == most) break;
      out.emplace(row.bytes(visit::doctor));
    }
  }
  return out;
}

}  // namespace

Result<KnownLists> known_between(Context& context, std::string_view writer, const Principal* reader, std::string_view text) {
  KnownLists known;
  // Of who acts, the account alone was read; what is registered of them is not in it.
  CONNEX_TRY(registered, find_principal(context.read(), writer));
  if (registered) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, reader, *registered, known));
  if (reader == nullptr || reader->id == writer) return known;
  CONNEX_CHECK(add_hidden_values(context.read(), context.policy, reader, *reader, known));
  if (context.policy.rule(reader->role).side != Side::pharma) return known;
  KnownLists others;
  CONNEX_TRY(all, add_mentioned(context.read(), context.vault(), text, others));
  static_cast<void>(all);  // too many to be told apart: the doctors below are looked for all the same
  std::ranges::move(others.phones, std::back_inserter(known.phones));
  std::ranges::move(others.emails, std::back_inserter(known.emails));
  std::ranges::move(others.addresses, std::back_inserter(known.addresses));
  CONNEX_TRY(doctors, doctors_met(context.read(), *reader));
  for (const std::string& doctor : doctors) {
    if (doctor == writer) continue;
    CONNEX_TRY(person, find_principal(context.read(), doctor));
    if (person) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, nullptr, *person, known));
  }
  return known;
}

namespace {

// An id that whoever sends it has chosen is delivered as it is: so it may tell nothing.
Result<void> check_ids(Context& context, const KnownLists& known, const Arguments& args, bool opens) {
  CONNEX_TRY(redactor, Redactor::make(context.policy, "message", known));
  CONNEX_CHECK(check_id(redactor->options(), args.text("id"), "id"));
  if (opens) CONNEX_CHECK(check_id(redactor->options(), args.text("thread"), "thread"));
  return {};
}

bool answers_tickets(const Actor& actor) {
  return actor.is(Role::staff) || actor.is(Role::data_protection_officer);
}

Result<Outcome> message_post(Context& context, const Arguments& args) {
  const std::string_view to = args.text("to");
  if (context.actor.id == to) return invalid("a message goes to somebody else", "to");
  CONNEX_TRY(recipient, find_principal(context.read(), to));
  if (!recipient) return not_found("principal", "to");
  CONNEX_TRY(thread, find_thread(context.read(), ThreadKind::message, args.text("thread")));
  if (thread && !(thread->has(context.actor.id) && thread->has(to))) return outside_scope();
  if (!recipient->active()) return conflict("the account is not active", "to");
  CONNEX_TRY(taken, message_exists(context.read(), ThreadKind::message, args.text("id")));
  if (taken) return conflict("a message of this id exists", "id");
  if (!thread) {
    thread.emplace();
    thread->id = args.text("thread");
    thread->other = to;
  }
  CONNEX_TRY(known, known_between(context, context.actor.id, &*recipient, args.text("text")));
  CONNEX_CHECK(check_ids(context, known, args, thread->count == 0));
  Outcome outcome;
  outcome.object = args.text("id");
  outcome.subjects = {context.actor.id, recipient->id};
  CONNEX_CHECK(post(context, std::move(*thread), args.text("id"), args.text("text"), "message",
                    std::move(known), outcome));
  return outcome;
}

Result<Outcome> ticket_post(Context& context, const Arguments& args) {
  CONNEX_TRY(thread, find_thread(context.read(), ThreadKind::ticket, args.text("thread")));
  if (thread && !thread->has(context.actor.id) && !answers_tickets(context.actor)) return outside_scope();
  CONNEX_TRY(taken, message_exists(context.read(), ThreadKind::ticket, args.text("id")));
  if (taken) return conflict("a ticket message of this id exists", "id");
  Outcome outcome;
  outcome.object = args.text("id");
  outcome.subjects = {context.actor.id};
  std::optional<Principal> opener;
  if (thread && thread->opened_by != context.actor.id) {
    CONNEX_TRY(found, find_principal(context.read(), thread->opened_by));
    opener = std::move(found);
    outcome.subjects.push_back(thread->opened_by);
  }
  if (!thread) {
    thread.emplace();
    thread->kind = ThreadKind::ticket;
    thread->id = args.text("thread");
  }
  CONNEX_TRY(known,
             known_between(context, context.actor.id, opener ? &*opener : nullptr, args.text("text")));
  CONNEX_CHECK(check_ids(context, known, args, thread->count == 0));
  CONNEX_CHECK(post(context, std::move(*thread), args.text("id"), args.text("text"), "ticket",
                    std::move(known), outcome));
  return outcome;
}

// A page of a thread, read again with what is registered now: a number that was put on file after it was sent
// does not come out either.
Result<Outcome> list(Context& context, const Arguments& args, ThreadKind kind, std::string_view channel) {
  CONNEX_TRY(thread, find_thread(context.read(), kind, args.text("thread")));
  if (!thread) return not_found("thread", "thread");
  const bool may =
      thread->has(context.actor.id) || (kind == ThreadKind::ticket && answers_tickets(context.actor));
  if (!may) return outside_scope();
  const auto limit = args.has("limit") ? args.integer("limit") : kMaxPage;
  const Number after = args.has("after") ? args.integer("after") : 0;
  CONNEX_TRY(page, list_messages(context, kind, thread->id, after, static_cast<std::uint32_t>(limit)));
  KnownLists known;
  Outcome outcome;
  outcome.object = thread->id;
  for (const std::string& person : {thread->opened_by, thread->other.value_or(thread->opened_by)}) {
    if (std::find(outcome.subjects.begin(), outcome.subjects.end(), person) != outcome.subjects.end())
      continue;
    outcome.subjects.push_back(person);
    CONNEX_TRY(found, find_principal(context.read(), person));
    if (!found) continue;
    CONNEX_CHECK(add_hidden_values(context.read(), context.policy, &*context.actor.principal, *found, known));
  }
  CONNEX_TRY(redactor, Redactor::make(context.policy, channel, std::move(known)));
  boost::json::array rows;
  std::vector<Finding> findings;
  for (const Message& message : page.messages) {
    std::string text;
    CONNEX_CHECK(redact(message.text, redactor->options(), text, findings));
    boost::json::object row{{"number", message.number},
                            {"from", message.sender},
                            {"text", text},
                            {"posted_at", format_instant(message.posted_at, context.offset())}};
    if (message.id) row["id"] = *message.id;
    rows.push_back(std::move(row));
  }
  outcome.record_class = RecordClass::access_log;
  const bool more = page.last > after && page.last < thread->count;  // the last of all may have gone
  outcome.result = {
      {"thread", thread->id}, {"messages", std::move(rows)}, {"next", more ? page.last : 0}};
  return outcome;
}

Result<Outcome> message_list(Context& context, const Arguments& args) {
  return list(context, args, ThreadKind::message, "message");
}
Result<Outcome> ticket_list(Context& context, const Arguments& args) {
  return list(context, args, ThreadKind::ticket, "ticket");
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kMessagePost[] = {
    {"id", id, true, "id of the message"},
    {"thread", id, true, "id of the thread, which the first message opens"},
    {"to", id, true, "id of the other person in the thread"},
    {"text", text, true, "what to say", kMaxMessage, {}, {}, true},
};
constexpr Argument kTicketPost[] = {
    {"id", id, true, "id of the message"},
    {"thread", id, true, "id of the ticket, which the first message opens"},
    {"text", text, true, "what to say", kMaxMessage, {}, {}, true},
};
constexpr Argument kList[] = {
    {"thread", id, true, "id of the thread"},
    {"after", integer, false, "number of the last message that is known; 0 when not given", kMaxNumber},
    how_many("limit", "how many at most; 100 when not given", kMaxPage),
};
constexpr std::string_view kPostClauses[] = {"C1-b", "C1-c", "C2.1-c", "C2.1-e", "C4-i", "C9-f"};
constexpr std::string_view kListClauses[] = {"C1-b", "C1-c", "C4-d"};

constexpr Command kCommands[] = {
    {"message.post", "Sends a message, without what would tell how to reach somebody", changes, kAnyRole,
     false, kMessagePost, kPostClauses, message_post},
    {"message.list", "Lists the messages of a thread to one who takes part in it", discloses, kAnyRole, false,
     kList, kListClauses, message_list},
    {"ticket.post", "Writes to a support ticket, without what would tell how to reach somebody", changes,
     kAnyRole, false, kTicketPost, kPostClauses, ticket_post},
    {"ticket.list", "Lists the messages of a support ticket to who opened it and to staff", discloses,
     kAnyRole, false, kList, kListClauses, ticket_list},
};

}  // namespace

Result<std::optional<Thread>> find_thread(ReadTransaction& tx, ThreadKind kind, std::string_view id) {
  namespace t = services::thread;
  Row row;
  const Cell key[] = {name(kind), id};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  if (!found) return std::optional<Thread>();
  Thread thread{.kind = kind,
                .id = std::string(id),
                .opened_by = std::string(row.bytes(t::opened_by)),
                .other = std::nullopt,
                .opened_at = {row.integer(t::opened_at)},
                .last_at = {row.integer(t::last_at)},
                .count = row.integer(t::count)};
  if (!row.is_null(t::other)) thread.other = std::string(row.bytes(t::other));
  return std::optional(std::move(thread));
}

Result<bool> message_exists(ReadTransaction& tx, ThreadKind kind, std::string_view id) {
  std::vector<Row> rows;
  const Cell equal[] = {name(kind), id};
  CONNEX_CHECK(tx.scan(message::kTable, {.index = &message::kById, .equal = equal, .limit = 1}, rows));
  return !rows.empty();
}

Result<MessagePage> list_messages(Context& context, ThreadKind kind, std::string_view thread, Number after,
                                  std::uint32_t limit, bool last_first) {
  namespace t = services::message;
  std::vector<Row> rows;
  const Cell equal[] = {name(kind), thread};
  store::Range range{.equal = equal, .limit = limit, .descending = last_first};
  if (after > 0) range.from = after + 1;
  CONNEX_CHECK(context.read().scan(t::kTable, range, rows));
  const RetentionRules rules(context);
  MessagePage out;
  for (const Row& row : rows) {
    out.last = row.integer(t::number);
    const Cell key[] = {row[t::kind], row[t::thread], row[t::number]};
    CONNEX_TRY(record, find_record(context.read(), record_id(t::kTable, key)));
    if (record) {  // one of an older version waits for the sweep that gives it its record
      CONNEX_TRY(usable, is_usable(context, rules, *record));
      if (!usable) continue;
    }
    Message message{row.integer(t::number),
                    std::nullopt,
                    std::string(row.bytes(t::sender)),
                    std::string(row.bytes(t::text)),
                    {row.integer(t::posted_at)}};
    if (!row.is_null(t::id)) message.id = std::string(row.bytes(t::id));
    out.messages.push_back(std::move(message));
  }
  return out;
}

namespace {

// Before the id of a record: a page ended among what others wrote.
constexpr std::string_view kReceived = "received/";

// "message/th-1/3", with which a page ends.
Result<std::vector<Cell>> parse_position(std::string_view text) {
  std::vector<Cell> key = parse_key(message::kTable, text);
  const bool known = from_name<ThreadKind>(key[message::kind].bytes()) && is_id(key[message::thread].bytes()) &&
                     key[message::number].integer() > 0 && key_text(key) == text;
  if (!known) return invalid("no position that a page ended with", "after");
  return key;
}

// Whoever a thread is between: of a note, the parties to its visit.
Result<std::vector<std::string>> people_of(ReadTransaction& tx, ThreadKind kind, std::string_view id) {
  if (kind == ThreadKind::note) {
    CONNEX_TRY(visit, find_visit(tx, id));
    if (!visit) return std::vector<std::string>();
    return std::vector<std::string>{visit->doctor, visit->representative};
  }
  CONNEX_TRY(thread, find_thread(tx, kind, id));
  if (!thread) return std::vector<std::string>();
  return std::vector<std::string>{thread->opened_by, thread->other.value_or(thread->opened_by)};
}

// With what reaches the others in the thread hidden, by what is registered of them now; for the pharma side, what
// reaches the person too.
Result<std::unique_ptr<const Redactor>> redactor_for(Context& context, const Principal& person, bool for_pharma,
                                                     ThreadKind kind, std::string_view id, std::string_view sender) {
  CONNEX_TRY(people, people_of(context.read(), kind, id));
  if (std::ranges::find(people, sender) == people.end()) people.emplace_back(sender);  // who answers a ticket
  KnownLists known;
  if (for_pharma) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, nullptr, person, known));
  for (const std::string& other : people) {
    if (other == person.id) continue;
    CONNEX_TRY(found, find_principal(context.read(), other));
    if (found) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, &person, *found, known));
  }
  return Redactor::make(context.policy, name(kind), std::move(known));
}

// Fills in what may still be used of these rows of `messages`, in their order, as the person may be told it.
class Teller {
 public:
  Teller(Context& context, const Principal& person, bool for_pharma)
      : context_(context), person_(person), for_pharma_(for_pharma), rules_(context) {}

  Result<void> tell(const Row& row, boost::json::array& out) {
    namespace t = services::message;
    const Cell key[] = {row[t::kind], row[t::thread], row[t::number]};
    CONNEX_TRY(record, find_record(context_.read(), record_id(t::kTable, key)));
    if (record) {
      CONNEX_TRY(usable, is_usable(context_, rules_, *record));
      if (!usable) return {};
    }
    if (row.is_null(t::text)) return {};  // its key is gone
    const std::string_view sender = row.bytes(t::sender);
    if (std::string of = key_text(std::span(key, 2)).append("/").append(sender); !redactor_ || of != of_) {
      const auto kind = from_name<ThreadKind>(row.bytes(t::kind)).value_or(ThreadKind::message);
      CONNEX_TRY(made, redactor_for(context_, person_, for_pharma_, kind, row.bytes(t::thread), sender));
      redactor_ = std::move(made);
      of_ = std::move(of);
    }
    std::string text;
    CONNEX_CHECK(redact(row.bytes(t::text), redactor_->options(), text, findings_));
    out.push_back({{"kind", row.bytes(t::kind)},
                   {"thread", row.bytes(t::thread)},
                   {"number", row.integer(t::number)},
                   {"from", sender},
                   {"text", text},
                   {"posted_at", format_instant({row.integer(t::posted_at)}, context_.offset())}});
    return {};
  }

 private:
  Context& context_;
  const Principal& person_;
  bool for_pharma_;
  RetentionRules rules_;
  std::unique_ptr<const Redactor> redactor_;
  std::string of_;  // which thread, and which sender in it
  std::vector<Finding> findings_;
};

// What the person wrote, after this position.
Result<void> list_written(Context& context, std::string_view person, std::string_view after, std::uint32_t limit,
                          Teller& teller, OwnContent& out) {
  namespace t = services::message;
  const Cell equal[] = {person};
  store::Range range{.index = &t::kBySender, .equal = equal, .limit = limit};
  std::vector<Cell> position;
  if (!after.empty()) {
    CONNEX_TRY(parsed, parse_position(after));
    position = std::move(parsed);
    range.after = position;
  }
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(t::kTable, range, rows));
  for (const Row& row : rows) CONNEX_CHECK(teller.tell(row, out.messages));
  if (rows.size() < limit) {
    out.next = kReceived;
    return {};
  }
  const Cell last[] = {rows.back()[t::kind], rows.back()[t::thread], rows.back()[t::number]};
  out.next = key_text(last);
  return {};
}

// What others wrote to the person, after the record of this id. A note is its writer's own.
Result<void> list_received(Context& context, std::string_view person, std::string_view after, std::uint32_t limit,
                           Teller& teller, OwnContent& out) {
  namespace s = record_subject;
  namespace t = services::message;
  const std::string from = std::string(t::kTable.name) + ':';  // records are named after their tables
  const std::string below = std::string(t::kTable.name) + ';';
  const Cell equal[] = {person};
  const Cell position[] = {after};
  store::Range range{.index = &s::kByPrincipal, .equal = equal, .from = std::string_view(from),
                     .below = std::string_view(below), .limit = limit};
  if (!after.empty()) range.after = position;
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(s::kTable, range, rows));
  for (const Row& subject : rows) {
    CONNEX_TRY(record, find_record(context.read(), subject.bytes(s::record)));
    if (!record || record->source != t::kTable.name) continue;
    const std::vector<Cell> key = parse_key(t::kTable, *record->source_key);
    Row row;
    CONNEX_TRY(found, context.read().get(t::kTable, key, row));
    if (!found || row.bytes(t::sender) == person || row.bytes(t::kind) == name(ThreadKind::note)) continue;
    CONNEX_CHECK(teller.tell(row, out.messages));
  }
  out.next.clear();
  if (rows.size() == limit) out.next.append(kReceived).append(rows.back().bytes(s::record));
  return {};
}

}  // namespace

Result<OwnContent> list_own_content(Context& context, const Principal& person, bool for_pharma,
                                    std::string_view after, std::uint32_t limit) {
  Teller teller(context, person, for_pharma);
  OwnContent out;
  std::string_view received;
  if (after.starts_with(kReceived)) {
    received = after.substr(kReceived.size());
    if (!is_id(received)) return invalid("no position that a page ended with", "after");
  } else {
    CONNEX_CHECK(list_written(context, person.id, after, limit, teller, out));
    const auto told = static_cast<std::uint32_t>(out.messages.size());
    if (out.next != kReceived || told >= limit) return out;
    limit -= told;
  }
  CONNEX_CHECK(list_received(context, person.id, received, limit, teller, out));
  return out;
}

namespace {

// Whom a message is about, its sender first.
Result<std::vector<std::string>> people_in(ReadTransaction& tx, const Row& row) {
  namespace t = services::message;
  const auto kind = from_name<ThreadKind>(row.bytes(t::kind)).value_or(ThreadKind::message);
  CONNEX_TRY(others, people_of(tx, kind, row.bytes(t::thread)));
  std::vector<std::string> people{std::string(row.bytes(t::sender))};
  for (std::string& other : others)
    if (!is_pseudonym(other) && std::ranges::find(people, other) == people.end()) people.push_back(std::move(other));
  return people;
}

}  // namespace

Result<void> keep_message(Context& context, const Row& row) {
  namespace t = services::message;
  const Cell key[] = {row[t::kind], row[t::thread], row[t::number]};
  CONNEX_TRY(people, people_in(context.read(), row));
  CONNEX_TRY(known, find_record(context.read(), record_id(t::kTable, key)));
  if (known) return add_subjects(context, *known, people);
  std::optional<std::string> visit;
  if (row.bytes(t::kind) == name(ThreadKind::note)) visit = row.bytes(t::thread);
  return keep_record(context, {.table = t::kTable,
                               .key = key,
                               .record_class = RecordClass::communication,
                               .trigger_at = Instant{row.integer(t::posted_at)},
                               .subjects = std::move(people),
                               .thread = std::string(row.bytes(t::kind)) + ':' + std::string(row.bytes(t::thread)),
                               .visit = std::move(visit),
                               .locator = {}});
}

Result<bool> goes_with(ReadTransaction& tx, const Record& record, std::string_view person) {
  namespace t = services::message;
  if (record.source != t::kTable.name) return true;
  const std::vector<Cell> key = parse_key(t::kTable, *record.source_key);
  Row row;
  CONNEX_TRY(found, Vault::stored(tx).get(t::kTable, key, row));
  if (!found || row.bytes(t::sender) == person) return true;
  if (row.bytes(t::kind) != name(ThreadKind::ticket)) return false;
  CONNEX_TRY(thread, find_thread(tx, ThreadKind::ticket, row.bytes(t::thread)));
  return !thread || thread->opened_by == person;
}

namespace {

// Whether another message of the thread is about the person still; those that go, go in the order of their ids.
Result<bool> named_beside(ReadTransaction& tx, const Record& record, std::string_view person) {
  bool named = false;
  if (!record.thread) return named;
  const Cell equal[] = {std::string_view(*record.thread)};
  CONNEX_CHECK(tx.visit(
      retained::kTable,
      {.index = &retained::kByThread, .equal = equal, .limit = store::kNoLimit, .descending = true},
      [&](store::RowView row) -> Result<bool> {
        if (row.bytes(retained::id) == record.id) return true;
        const Cell key[] = {row[retained::id], person};
        Row subject;
        CONNEX_TRY(about, tx.get(record_subject::kTable, key, subject));
        named = about;
        return !named;
      }));
  return named;
}

}  // namespace

Result<void> leave_thread(WriteTransaction& tx, const Record& record, std::string_view person,
                          std::string_view pseudonym) {
  namespace t = services::message;
  CONNEX_TRY(named, named_beside(tx, record, person));
  if (named) return {};
  const std::vector<Cell> key = parse_key(t::kTable, *record.source_key);
  const auto kind = from_name<ThreadKind>(key[t::kind].bytes()).value_or(ThreadKind::message);
  CONNEX_TRY(thread, find_thread(tx, kind, key[t::thread].bytes()));
  if (!thread || !thread->has(person)) return {};
  if (kind == ThreadKind::ticket && thread->opened_by == person) return {};  // with whom all of it goes
  if (thread->opened_by == person) thread->opened_by = pseudonym;
  if (thread->other == person) thread->other = pseudonym;
  return save(tx, Save::update, *thread);
}

Result<bool> has_written(ReadTransaction& tx, std::string_view person) {
  namespace t = services::message;
  const Cell equal[] = {person};
  std::vector<Row> rows;
  CONNEX_CHECK(Vault::stored(tx).scan(t::kTable, {.index = &t::kBySender, .equal = equal, .limit = 1}, rows));
  return !rows.empty();
}

Result<void> erase_message(Context& context, std::span<const Cell> key) {
  namespace t = services::message;
  namespace c = conversation_tail;
  WriteTransaction& tx = context.write();
  ReadTransaction& stored = Vault::stored(tx);  // also where its text is damaged
  Row row;
  CONNEX_TRY(found, stored.get(t::kTable, key, row));
  if (!found) return {};
  CONNEX_CHECK(tx.erase(t::kTable, key));
  const Cell sender = row[t::sender];
  const Cell tail[] = {row[t::kind], row[t::thread], sender};
  CONNEX_CHECK(tx.erase(c::kTable, tail));
  std::vector<Row> left;
  CONNEX_CHECK(stored.scan(t::kTable, {.equal = std::span(tail, 2), .limit = 1}, left));
  if (left.empty()) CONNEX_CHECK(tx.erase(thread::kTable, std::span(tail, 2)));
  CONNEX_TRY(writes, has_written(tx, sender.bytes()));
  if (writes) return {};
  CONNEX_CHECK(context.vault().destroy(tx, sender.bytes(), RecordClasses({RecordClass::communication}),
                                       context.now));
  return {};
}

Result<void> post(Context& context, Thread thread, std::optional<std::string_view> id, std::string_view text,
                  std::string_view channel, KnownLists known, Outcome& outcome) {
  const std::string_view sender = context.actor.id;
  std::vector<Thread> threads = {thread};
  if (thread.count == 0) threads.front().opened_by = sender;
  CONNEX_TRY(beside, threads_beside(context.read(), threads.front(), sender));
  std::ranges::move(beside, std::back_inserter(threads));
  std::vector<ConversationTail> tails;
  for (const Thread& one : threads) {
    CONNEX_TRY(tail, load_tail(context.read(), one, sender));
    tails.push_back(std::move(tail));
  }
  CONNEX_TRY(redactor, Redactor::make(context.policy, channel, std::move(known)));
  std::string delivered;
  std::vector<Finding> findings;
  std::vector<EarlierPiece> earlier;
  const MessagePlace place{static_cast<std::uint64_t>(thread.count) + 1, static_cast<std::uint64_t>(context.seq)};
  if (auto done = redact(text, redactor->options(), place, tails, delivered, findings, earlier); !done) {
    Error error = std::move(done).error();
    error.path = "/args/text";
    return error;
  }
  if (thread.count == 0) {
    thread.opened_by = sender;
    thread.opened_at = context.now;
  }
  thread.last_at = context.now;
  ++thread.count;
  CONNEX_CHECK(save(context.write(), thread.count == 1 ? Save::insert : Save::update, thread));
  const Cell cells[] = {
      name(thread.kind),           std::string_view(thread.id), thread.count, id ? Cell(*id) : Cell(), sender,
      std::string_view(delivered), Cell(context.now.micros)};
  CONNEX_CHECK(context.write().insert(message::kTable, cells));
  Row posted;
  for (const Cell& cell : cells) posted.push(cell);
  CONNEX_CHECK(keep_message(context, posted));
  std::vector<bool> changed(tails.size());
  changed.front() = true;
  for (const EarlierPiece& piece : earlier) {
    CONNEX_CHECK(hide_piece(context, threads[piece.tail], sender, piece));
    changed[piece.tail] = true;
  }
  for (std::size_t i = 0; i < tails.size(); ++i)
    if (changed[i]) CONNEX_CHECK(save_tail(context.write(), threads[i], sender, tails[i]));

  boost::json::array redactions;
  for (const Finding& finding : findings)
    redactions.push_back({{"type", span_name(finding.type)}, {"start", finding.start}, {"end", finding.end}});
  outcome.details = {{"thread", thread.id}, {"hidden", std::to_string(findings.size())}};
  outcome.private_to = sender;
  outcome.result = {{"delivered_text", std::move(delivered)}, {"redactions", std::move(redactions)}};
  if (earlier.empty()) return {};
  boost::json::array pieces;
  for (const EarlierPiece& piece : earlier)
    pieces.push_back({{"thread", threads[piece.tail].id}, {"number", piece.number}, {"text", piece.hidden}});
  outcome.result["earlier"] = std::move(pieces);
  return {};
}

std::span<const Command> message_commands() noexcept { return kCommands; }

}  // namespace connex::services
