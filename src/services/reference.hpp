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

}  // namespace connex::services
