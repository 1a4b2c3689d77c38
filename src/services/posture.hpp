// The security posture as a pure rule: values in, findings out, none of the values repeated; and the test of aggregates.
#pragma once

#include <boost/json/object.hpp>
#include <span>

#include "connex/policy.hpp"
#include "connex/result.hpp"
#include "services/command.hpp"

namespace connex::services {

// Takes the members of kPostureArguments and `now`, without which the age of a backup is unknown. Gives the
// decision of `security.check`, its `findings` (what falls short) and in `unknown` what was not told.
Result<boost::json::object> decide_posture(boost::json::object given, const PolicyPack& policy);
std::span<const Argument> posture_arguments() noexcept;

// The test for anonymity of `counts` in rows of `columns`: hides what tells of too few people (C9-i). Where the rest is
// told, some cell must be left; a table that stays as it is passes only when nothing of it is to be hidden.
enum class Told { the_rest, as_it_is };
Result<Outcome> check_counts(Context& context, const Arguments& args, Told told);

}  // namespace connex::services
