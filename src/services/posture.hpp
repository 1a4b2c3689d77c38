// The security posture as a pure rule: values in, findings out, none of the values repeated; and the test of aggregates.
#pragma once

#include <boost/json/object.hpp>

#include "connex/policy.hpp"
#include "connex/result.hpp"
#include "services/command.hpp"

namespace connex::services {

// Takes the members of kPostureArguments and `now`, without which the age of a backup is unknown. Gives the
// decision of `security.check`, its `findings` (what falls short) and in `unknown` what was not told.
Result<boost::json::object> decide_posture(boost::json::object given, const PolicyPack& policy);

// The test for anonymity of `counts` in rows of `columns`: hides what tells of too few people, and permits where that
// leaves a table to show (C9-i).
Result<Outcome> aggregate_check(Context& context, const Arguments& args);

}  // namespace connex::services
