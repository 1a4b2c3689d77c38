// Decisions, errors and whole answers as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "connex/gate.hpp"
#include "connex/policy.hpp"
#include "connex/result.hpp"
#include "services/command.hpp"

namespace connex::services {

boost::json::object to_json(const Decision& decision, const PolicyPack& policy,
                            std::span<const DueObligation> further = {});
boost::json::object to_json(const Error& error);

// {"ok": false, "error": ...}
boost::json::object failure(const Error& error);

// Decides a rule on facts given as a JSON object of true, false and null. An unknown rule or fact, a repeated
// fact and any other value are errors.
Result<boost::json::object> decide_rule(std::string_view rule, std::string_view facts,
                                        const PolicyPack& policy);

}  // namespace connex::services
