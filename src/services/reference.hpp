// The command table and the clause catalogue as data, for tools, bindings and documentation.
#pragma once

#include <boost/json/array.hpp>

namespace connex::services {

// [{"name", "text", "kind", "actors", "arguments": [{"name", "type", "required", "text", ...}], "clauses"}]
boost::json::array describe_commands();

// [{"id", "text", "kind", "enforcement", "coverage", "rules"}]
boost::json::array describe_clauses();

// [{"rule", "text", "facts": [{"name", "clause", "reason", "text"}]}]
boost::json::array describe_gates();

// The gates, and the rules whose answer is richer: [{"rule", "text", "facts": as of a gate}], these with "arguments", as
// of a command, and "result".
boost::json::array describe_rules();

// [{"name", "text"}]: the types of arguments, and the codes of errors.
boost::json::array describe_types();
boost::json::array describe_error_codes();

}  // namespace connex::services
