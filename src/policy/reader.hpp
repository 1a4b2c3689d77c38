// From a pack's JSON, already of the right shape, to its typed form.
#pragma once

#include <boost/json/fwd.hpp>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::policy {

// Requires a value that the pack schema accepts. Checks what the schema cannot say and leaves `canonical` and
// `digest` empty.
Result<PolicyPack> read_pack(const boost::json::value& json);

}  // namespace connex::policy
