// An older copy of the main store, put back beside its key store, forgets again: what the ledger of erasures tells of
// is done once more before anything else, in an entry of the log of its own (C4-g).
#pragma once

#include <string_view>

#include "services/command.hpp"

namespace connex::services {

inline constexpr std::string_view kErasuresPlayed = "erasures.play";

// How a request that was answered says how much of the person's data it was for.
inline constexpr std::string_view kEverything = "everything";
inline constexpr std::string_view kSomeRecords = "records";

// Before the id of a request that the ledger does not name: followed by the number of the line that tells of its keys.
inline constexpr std::string_view kByKeys = "erasures:";
// In place of a request, of somebody reported as a child: followed by the number of the line that tells of the account.
inline constexpr std::string_view kOfChild = "accounts:";

// What the engine runs on opening for as long as Vault::to_play() gives anything; nobody can ask for it. Plays the
// lines of a few people. `busy` where there are none left.
const Command& play_command() noexcept;

}  // namespace connex::services
