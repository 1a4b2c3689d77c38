// What is registered of people and of the parties to a visit, as values to look for in a text about them.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/entities.hpp"
#include "services/redaction.hpp"

namespace connex::services {

class Vault;

// Adds what is registered of a person, and of the organisation they belong to; nothing when there is no such person.
Result<void> add_person(ReadTransaction& tx, std::string_view id, KnownLists& known);

// Adds what is registered of everybody whose name, or the beginning of whose address, stands in a text. False when these
// are too many to be looked for, or the text is too long: then somebody may be left out.
Result<bool> add_mentioned(ReadTransaction& tx, Vault& vault, std::string_view text, KnownLists& known);

// Whether the name of everybody is registered, so that it can be looked for: of who is erased it is gone.
Result<bool> knows_names(ReadTransaction& tx, std::span<const std::string> people);

// Adds what is registered of the visit's parties. False when there is no such visit.
Result<bool> add_parties(ReadTransaction& tx, std::string_view visit, KnownLists& known);

// For whom the telephone number or e-mail address is registered that is sent as a field of this name; nothing where it
// is none.
Result<std::optional<std::vector<std::string>>> owners_of(ReadTransaction& tx, Vault& vault, std::string_view field,
                                                          const boost::json::value& value);

}  // namespace connex::services
