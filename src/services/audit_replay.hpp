// Deciding again: whether each decision in the log follows from the facts that were kept with it, and how it would turn
// out under another policy pack.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connex/policy.hpp"
#include "services/audit_log.hpp"

namespace connex::services {

class PolicyVersions;

struct ReplayDifference {
  Number seq = 0;
  std::string what;
};

// A decision that turns out otherwise under the other pack.
struct ReplayFlip {
  Number seq = 0;
  std::string_view rule;
  Effect from = Effect::deny;
  Effect to = Effect::deny;
};

struct Replay {
  Number decided = 0;  // again, whatever came of it
  Number gone = 0;     // entries whose content went lawfully
  std::vector<Number> damaged = {};  // entries that cannot be read, the first of them
  std::vector<ReplayDifference> differences;
  Number not_told = 0;  // under the other pack: entries that do not tell what their facts rest on
  Number to_denied = 0;
  Number to_permitted = 0;
  std::vector<ReplayFlip> flips;  // the first of them
  std::optional<Number> next;  // where to go on
};

// Decides entries `first` to `last` again, at most `limit` of them, each under the policy pack that decided it and, where
// it follows, under `other`, if there is one, at the time of the entry. `other` comes with the published versions.
Result<Replay> replay_decisions(ReadTransaction& tx, Number first, Number last, std::uint32_t limit,
                                std::shared_ptr<const PolicyPack> other = nullptr,
                                const PolicyVersions* versions = nullptr);

// The pack that an entry was decided under; none where it is not on file as its digest says.
Result<std::shared_ptr<const PolicyPack>> find_filed_pack(ReadTransaction& tx, Number ordinal);

}  // namespace connex::services
