// Deciding again: whether each decision in the log follows from the facts that were kept with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/audit_log.hpp"

namespace connex::services {

struct ReplayDifference {
  Number seq = 0;
  std::string what;
};

struct Replay {
  Number decided = 0;  // again, whatever came of it
  Number gone = 0;     // entries whose content went lawfully
  std::vector<ReplayDifference> differences;
  std::optional<Number> next;  // where to go on
};

// Decides entries `first` to `last` again, at most `limit` of them, each under the policy pack that decided it.
Result<Replay> replay_decisions(ReadTransaction& tx, Number first, Number last, std::uint32_t limit);

}  // namespace connex::services
