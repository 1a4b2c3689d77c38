// Decisions, errors and whole answers as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

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

// Text with nothing in it that HTML would take for markup.
std::string escape_html(std::string_view text);

}  // namespace connex::services
