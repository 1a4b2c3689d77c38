// Holds as the ledger of erasures tells of them.
#pragma once

#include "services/command.hpp"

namespace connex::services {

// Puts back a hold that an older copy of the store has lost, or brings one to what it has come to since. What it covers
// is looked at again.
struct ErasureLine;
Result<void> play_hold(Context& context, const ErasureLine& line);

}  // namespace connex::services
