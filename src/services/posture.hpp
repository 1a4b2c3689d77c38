// The security posture as a pure rule: values in, findings out, none of the values repeated.
#pragma once

#include <boost/json/object.hpp>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::services {

// Takes the members of kPostureArguments and `now`, without which the age of a backup is unknown. Gives the
// decision of `security.check`, its `findings` (what falls short) and in `unknown` what was not told.
Result<boost::json::object> decide_posture(boost::json::object given, const PolicyPack& policy);

}  // namespace connex::services
