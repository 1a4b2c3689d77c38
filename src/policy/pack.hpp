// Reads policy packs.
#pragma once

#include <memory>
#include <string_view>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::policy {

// The pack that `json` describes. Refused with invalid_argument and the JSON pointer of the culprit: text
// that is not strict JSON, a value that the schema does not allow, and whatever makes a pack incomplete or at
// odds with itself or with the clause catalogue.
Result<std::shared_ptr<const PolicyPack>> load(std::string_view json);

// The same of what was filed under an earlier schema: a pack from before there were dependencies has none, and one that
// gave less than 15 days of notice before a change of a processor gives 15.
Result<std::shared_ptr<const PolicyPack>> load_filed(std::string_view json);

// The pack that is compiled in. The first call loads it.
std::shared_ptr<const PolicyPack> default_pack();

// The JSON Schema of packs, and the default pack as it was written.
std::string_view pack_schema_json() noexcept;
std::string_view default_pack_json() noexcept;

}  // namespace connex::policy
