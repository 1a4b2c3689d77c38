// What a draft of the policy would change for what is in the store, before it takes effect.
#pragma once

#include "services/command.hpp"

namespace connex::services {

// `policy.impact`: the dates of records and accounts that would move, the sharings of the past that would be
// denied or tell less, and the decisions on file that would turn out otherwise. One bounded part of the store
// a call, in a fixed order; the answer says how to go on. Reads only.
Result<Outcome> policy_impact(Context& context, const Arguments& args, std::shared_ptr<const PolicyPack> draft);

}  // namespace connex::services
