// Counts of decisions and commands, kept as they happen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/command.hpp"

namespace connex::services {

struct Tally {
  std::string kind;  // "command", "use_denied", "decision" (rule/effect) or "refusal" (rule/reason/clause)
  std::string key;
  std::int64_t count = 0;
};

// What a transaction did, added up until it is stored: each count is written once, however many commands there were.
class Tallies {
 public:
  // Counts one command: by its gate's effect and, when refused, by each unmet condition; or, without a gate of
  // its own, as done.
  void count(const Command& command, const Decision& decision);

  Result<void> store(store::WriteTransaction& tx) const;

 private:
  void add(std::string_view kind, std::string_view key);

  std::vector<Tally> fresh_;
};

// Adds to a count of any kind.
Result<void> add_to(store::WriteTransaction& tx, std::string_view kind, std::string_view key, std::int64_t more = 1);

Result<std::vector<Tally>> list_tallies(store::ReadTransaction& tx);

}  // namespace connex::services
