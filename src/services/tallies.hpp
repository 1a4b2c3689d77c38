// Counts of decisions and commands, kept as they happen.
#pragma once

#include <string>
#include <vector>

#include "services/command.hpp"

namespace connex::services {

// Counts one command: by its gate's effect and, when refused, by each unmet condition; or, without a gate of
// its own, as done.
Result<void> count(store::WriteTransaction& tx, const Command& command, const Decision& decision);

struct Tally {
  std::string kind;  // "command", "decision" (rule/effect) or "refusal" (rule/reason/clause)
  std::string key;
  std::int64_t count = 0;
};
// Adds one to a count of another kind.
Result<void> add_one(store::WriteTransaction& tx, std::string_view kind, std::string_view key);

Result<std::vector<Tally>> list_tallies(store::ReadTransaction& tx);

}  // namespace connex::services
