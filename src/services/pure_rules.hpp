// The rules that need no store, on facts given as JSON: the gates, and those whose answer is richer than a
// gate's.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::services {

// Whether decide_rule() knows the rule.
bool is_pure_rule(std::string_view rule) noexcept;

// Whether the answer depends on the time, which such a rule takes as `now`.
bool takes_time(std::string_view rule) noexcept;

// Decides a rule on a JSON object. A gate takes true, false and null for each of its facts and gives a
// decision; `retention.evaluate` and `view` take and give what their tables in the source say. An unknown
// rule or member, a repeated member and a value of another kind are errors that name the member.
Result<boost::json::object> decide_rule(std::string_view rule, std::string_view facts,
                                        const PolicyPack& policy);

}  // namespace connex::services
