// What is registered of people and of the parties to a visit, as values to look for in a text about them.
#pragma once

#include <string_view>

#include "services/entities.hpp"
#include "services/redaction.hpp"

namespace connex::services {

// Adds what is registered of a person, and of the organisation they belong to; nothing when there is no such person.
Result<void> add_person(ReadTransaction& tx, std::string_view id, KnownLists& known);

// Adds what is registered of the visit's parties. False when there is no such visit.
Result<bool> add_parties(ReadTransaction& tx, std::string_view visit, KnownLists& known);

}  // namespace connex::services
