// What people write to each other, redacted before it is kept or delivered (C1-b, X44).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/redaction.hpp"
#include "services/command.hpp"
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

// Up to `limit` messages after number `after`, in order; or the last ones first.
Result<std::vector<Message>> list_messages(ReadTransaction& tx, ThreadKind kind, std::string_view thread,
                                           Number after, std::uint32_t limit, bool last_first = false);

// Hides what `text` tells of how to reach anybody, with what the sender wrote before in this thread, and
// keeps the rest as the next message of `thread`, which is opened if it is new. Fills in result and record
// class of the outcome: {"delivered_text", "redactions"}.
Result<void> post(Context& context, Thread thread, std::optional<std::string_view> id, std::string_view text,
                  std::string_view channel, KnownLists known, Outcome& outcome);

}  // namespace connex::services

template <>
struct connex::Names<connex::services::ThreadKind> {
  static constexpr std::string_view list[] = {"message", "ticket", "note"};
};
