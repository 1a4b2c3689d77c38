// One spelling for each JSON value, so that its hash means something (RFC 8785, JCS).
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace connex::json {

// The canonical text: no white space, members in the order of their keys' UTF-16 code units, numbers as
// ECMAScript writes them (all as doubles, as the RFC demands). Requires strings of valid UTF-8 and finite
// numbers, which parse() guarantees; throws std::invalid_argument for a NaN or an infinity.
std::string canonical(const boost::json::value& value);

}  // namespace connex::json
