// The names and organisations of the parties to a visit, as values to look for in a text about it.
#pragma once

#include <string_view>

#include "services/entities.hpp"
#include "services/redaction.hpp"

namespace connex::services {

// Adds what is registered of the visit's parties. False when there is no such visit.
Result<bool> add_parties(ReadTransaction& tx, std::string_view visit, KnownLists& known);

}  // namespace connex::services
