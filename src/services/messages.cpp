#include "services/messages.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "services/command_groups.hpp"
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

Result<bool> save_tail(WriteTransaction& tx, const Thread& thread, std::string_view sender,
                       const ConversationTail& tail) {
  Row row;
  const Cell key[] = {name(thread.kind), std::string_view(thread.id), sender};
  CONNEX_TRY(found, tx.get(conversation_tail::kTable, key, row));
  const std::string bytes = tail.bytes();
  const Cell cells[] = {name(thread.kind), std::string_view(thread.id), sender, Cell::blob(bytes)};
  CONNEX_CHECK(found ? tx.update(conversation_tail::kTable, cells)
                     : tx.insert(conversation_tail::kTable, cells));
  return !found;
}

Result<void> save(WriteTransaction& tx, const Thread& thread) {
  const Cell cells[] = {name(thread.kind),
                        std::string_view(thread.id),
                        std::string_view(thread.opened_by),
                        thread.other ? Cell(std::string_view(*thread.other)) : Cell(),
                        thread.opened_at.micros,
                        thread.last_at.micros,
                        thread.count};
  return thread.count == 1 ? tx.insert(thread::kTable, cells) : tx.update(thread::kTable, cells);
}

// What may not stand in a text between these people, whoever of them reads it.
Result<KnownLists> known_between(Context& context, const Principal& writer, const Principal* reader) {
  KnownLists known;
  CONNEX_CHECK(add_hidden_values(context.read(), context.policy, reader, writer, known));
  if (reader != nullptr && reader->id != writer.id)
    CONNEX_CHECK(add_hidden_values(context.read(), context.policy, reader, *reader, known));
  return known;
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
  CONNEX_TRY(known, known_between(context, *context.actor.principal, &*recipient));
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
  CONNEX_TRY(known, known_between(context, *context.actor.principal, opener ? &*opener : nullptr));
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
  const auto limit = args.has("limit") ? std::max<std::int64_t>(args.integer("limit"), 1) : kMaxPage;
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
  const Number last = std::max(after, page.last);
  outcome.result = {
      {"thread", thread->id}, {"messages", std::move(rows)}, {"next", last < thread->count ? last : 0}};
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
    {"limit", integer, false, "how many at most; 100 when not given", kMaxPage},
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
                                                     ThreadKind kind, std::string_view id) {
  CONNEX_TRY(people, people_of(context.read(), kind, id));
  KnownLists known;
  if (for_pharma) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, nullptr, person, known));
  for (const std::string& other : people) {
    if (other == person.id) continue;
    CONNEX_TRY(found, find_principal(context.read(), other));
    if (found) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, &person, *found, known));
  }
  return Redactor::make(context.policy, name(kind), std::move(known));
}

}  // namespace

Result<OwnContent> list_own_content(Context& context, const Principal& person, bool for_pharma,
                                    std::string_view after, std::uint32_t limit) {
  namespace t = services::message;
  const Cell equal[] = {std::string_view(person.id)};
  store::Range range{.index = &t::kBySender, .equal = equal, .limit = limit};
  std::vector<Cell> position;
  if (!after.empty()) {
    CONNEX_TRY(parsed, parse_position(after));
    position = std::move(parsed);
    range.after = position;
  }
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(t::kTable, range, rows));
  const RetentionRules rules(context);
  OwnContent out;
  std::unique_ptr<const Redactor> redactor;
  std::string of_thread;
  std::vector<Finding> findings;
  for (const Row& row : rows) {
    const Cell key[] = {row[t::kind], row[t::thread], row[t::number]};
    out.next = key_text(key);
    CONNEX_TRY(record, find_record(context.read(), record_id(t::kTable, key)));
    if (record) {
      CONNEX_TRY(usable, is_usable(context, rules, *record));
      if (!usable) continue;
    }
    if (row.is_null(t::text)) continue;  // its key is gone
    if (std::string thread = key_text(std::span(key, 2)); !redactor || thread != of_thread) {
      const auto kind = from_name<ThreadKind>(row.bytes(t::kind)).value_or(ThreadKind::message);
      CONNEX_TRY(made, redactor_for(context, person, for_pharma, kind, row.bytes(t::thread)));
      redactor = std::move(made);
      of_thread = std::move(thread);
    }
    std::string text;
    CONNEX_CHECK(redact(row.bytes(t::text), redactor->options(), text, findings));
    out.messages.push_back({{"kind", row.bytes(t::kind)},
                            {"thread", row.bytes(t::thread)},
                            {"number", row.integer(t::number)},
                            {"text", text},
                            {"posted_at", format_instant({row.integer(t::posted_at)}, context.offset())}});
  }
  if (rows.size() < limit) out.next.clear();
  return out;
}

Result<void> keep_message(Context& context, const Row& row) {
  namespace t = services::message;
  const Cell key[] = {row[t::kind], row[t::thread], row[t::number]};
  std::optional<std::string> visit;
  if (row.bytes(t::kind) == name(ThreadKind::note)) visit = row.bytes(t::thread);
  return keep_record(context, {.table = t::kTable,
                               .key = key,
                               .record_class = RecordClass::communication,
                               .trigger_at = Instant{row.integer(t::posted_at)},
                               .subjects = {std::string(row.bytes(t::sender))},
                               .thread = std::string(row.bytes(t::kind)) + ':' + std::string(row.bytes(t::thread)),
                               .visit = std::move(visit),
                               .locator = {}});
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
  left.clear();
  CONNEX_CHECK(stored.scan(t::kTable, {.index = &t::kBySender, .equal = std::span(&sender, 1), .limit = 1}, left));
  if (!left.empty()) return {};
  CONNEX_CHECK(context.vault().destroy(tx, sender.bytes(), RecordClasses({RecordClass::communication}),
                                       context.now));
  return {};
}

Result<void> post(Context& context, Thread thread, std::optional<std::string_view> id, std::string_view text,
                  std::string_view channel, KnownLists known, Outcome& outcome) {
  const std::string_view sender = context.actor.id;
  CONNEX_TRY(tail, load_tail(context.read(), thread, sender));
  CONNEX_TRY(redactor, Redactor::make(context.policy, channel, std::move(known)));
  std::string delivered;
  std::vector<Finding> findings;
  if (auto done = redact(text, redactor->options(), tail, delivered, findings); !done) {
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
  CONNEX_CHECK(save(context.write(), thread));
  const Cell cells[] = {
      name(thread.kind),           std::string_view(thread.id), thread.count, id ? Cell(*id) : Cell(), sender,
      std::string_view(delivered), Cell(context.now.micros)};
  CONNEX_CHECK(context.write().insert(message::kTable, cells));
  Row posted;
  for (const Cell& cell : cells) posted.push(cell);
  CONNEX_CHECK(keep_message(context, posted));
  CONNEX_TRY(new_tail, save_tail(context.write(), thread, sender, tail));
  static_cast<void>(new_tail);

  boost::json::array redactions;
  for (const Finding& finding : findings)
    redactions.push_back({{"type", span_name(finding.type)}, {"start", finding.start}, {"end", finding.end}});
  outcome.details = {{"thread", thread.id}, {"hidden", std::to_string(findings.size())}};
  outcome.private_to = sender;
  outcome.result = {{"delivered_text", std::move(delivered)}, {"redactions", std::move(redactions)}};
  return {};
}

std::span<const Command> message_commands() noexcept { return kCommands; }

}  // namespace connex::services
