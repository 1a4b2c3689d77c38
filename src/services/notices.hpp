// The outbox of notices: who must be told of what. The host tells them and confirms it. A notice shown or
// sent is never anybody's consent, and neither is going on using the service (C12-d, X26).
#pragma once

#include <optional>
#include <string_view>

#include "services/command.hpp"

namespace connex::services {

struct Notice {
  std::string_view recipient;  // a principal, an organisation or a processor
  std::string_view kind;       // "source_of_data", "erase", ...
  std::string_view about;      // id of what it is about, which may be the recipient
  std::string_view clause;
  std::optional<Instant> due_at = {};
  std::optional<Instant> until = {};  // how long what it tells of is expected to last
  std::string_view request = {};      // the request for which it is owed
};

// Puts a notice into the outbox.
Result<void> owe_notice(Context& context, const Notice& notice);

// Files a notice that was owed since `owed_at` and is told already.
Result<void> file_notice(Context& context, const Notice& notice, Instant owed_at, Instant told_at);
// When somebody was told so; none when they were not.
Result<std::optional<Instant>> find_told(ReadTransaction& tx, const Notice& notice);

// Ends those that are owed to a person whom nobody can reach any more: they stay as what was not told, for the time of a
// proof.
Result<void> lapse_notices(Context& context, std::string_view person);

}  // namespace connex::services
