// What people write to each other, redacted before it is kept or delivered (C1-b, X44).
#pragma once

#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/redaction.hpp"
#include "services/command.hpp"
#include "services/records.hpp"
#include "services/redaction.hpp"

namespace connex::services {

enum class ThreadKind : std::uint8_t { message, ticket, note };

struct Thread {
  ThreadKind kind = ThreadKind::message;
  std::string id;
  std::string opened_by;
  std::optional<std::string> other;
  Instant opened_at;
  Instant last_at;
  Number count = 0;

  bool has(std::string_view person) const noexcept { return person == opened_by || other == person; }
};

struct Message {
  Number number = 0;
  std::optional<std::string> id;
  std::string sender;
  std::string text;
  Instant posted_at;
};

Result<std::optional<Thread>> find_thread(ReadTransaction& tx, ThreadKind kind, std::string_view id);
Result<bool> message_exists(ReadTransaction& tx, ThreadKind kind, std::string_view id);

// Up to `limit` messages after number `after`, in order; or the last ones first. What may no longer be used
// is left out.
struct MessagePage {
  std::vector<Message> messages;
  Number last = 0;  // the number that was come to, of what was left out too; 0 when there was nothing
};
Result<MessagePage> list_messages(Context& context, ThreadKind kind, std::string_view thread, Number after,
                                  std::uint32_t limit, bool last_first = false);

// What one person wrote, in messages, tickets and notes, and then what others wrote to them in messages and tickets: up to
// `limit` of them after the position `after`, in a fixed order. What reaches anybody else stays hidden, for the pharma side
// what reaches the person as well (C1-b); what may no longer be used is left out.
struct OwnContent {
  boost::json::array messages;
  std::string next;  // the position of the last, to go on from; empty at the end
};
Result<OwnContent> list_own_content(Context& context, const Principal& person, bool for_pharma,
                                    std::string_view after, std::uint32_t limit);
inline constexpr std::int64_t kMostContent = 100;
inline constexpr std::int64_t kLongestPosition = 200;

// Registers a row of `messages` as a record (C9-f): it is about its sender, under whose key it is sealed, and about the
// other one: to whom it goes, who opened the ticket, whom the visit of a note was with. Where an older version did so, whom
// the record lacks is added.
Result<void> keep_message(Context& context, const store::Row& row);

// Whether a record goes with the erasure of this person of it: a message with that of its sender or, of a ticket, of who
// opened it; all else with anybody's.
Result<bool> goes_with(ReadTransaction& tx, const Record& record, std::string_view person);

// Puts the pseudonym in the place of the person in the thread of a message, once no other message of it is about them.
Result<void> leave_thread(WriteTransaction& tx, const Record& record, std::string_view person,
                          std::string_view pseudonym);

// Whether anything is kept that the person wrote.
Result<bool> has_written(ReadTransaction& tx, std::string_view person);

// Erases a message and what its sender's next one would have been read with; with the last of the thread the
// thread, with the sender's last the key under which all of them were sealed.
Result<void> erase_message(Context& context, std::span<const store::Cell> key);

// What may not stand in a text between these people, whoever of them reads it: how to reach them and, on its way to the
// pharma side, whomever else the text names and the doctors whom the reader, or the reader's company, meets. The writer
// may be nobody who is registered; a null reader is nobody yet.
Result<KnownLists> known_between(Context& context, std::string_view writer, const Principal* reader,
                                 std::string_view text);

// Hides what `text` tells of how to reach anybody, with what the sender wrote before to the same person, and
// keeps the rest as the next message of `thread`, which is opened if it is new. What earlier messages told of what this
// one completes, they tell no more. Fills in result and record class of the outcome: {"delivered_text", "redactions"}
// and, where earlier ones were changed, {"earlier"}.
Result<void> post(Context& context, Thread thread, std::optional<std::string_view> id, std::string_view text,
                  std::string_view channel, KnownLists known, Outcome& outcome);

}  // namespace connex::services

template <>
struct connex::Names<connex::services::ThreadKind> {
  static constexpr std::string_view list[] = {"message", "ticket", "note"};
};
