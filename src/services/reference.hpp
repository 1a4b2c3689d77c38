// The command table and the clause catalogue as data, for tools, bindings and documentation.
#pragma once

#include <boost/json/array.hpp>
#include <string_view>

namespace connex::services {

// [{"name", "text", "kind", "actors", "arguments": [{"name", "type", "required", "text", ...}], "clauses", "result"}]
boost::json::array describe_commands();

// The members of a command's result: `{a, b: {c}, d: [{e}], f: [...], g: {...}, h: {RULE: {i}}}`, where `...` may be
// anything and a name in capitals any name. Empty for what is no command.
std::string_view result_of(std::string_view command) noexcept;

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
