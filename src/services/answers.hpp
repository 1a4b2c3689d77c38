// Decisions, errors and whole answers as JSON.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
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

// A day, an instant (RFC 3339 at the offset) or a text; null where there is none.
boost::json::value day_or_null(const std::optional<Day>& day);
boost::json::value instant_or_null(const std::optional<Instant>& at, UtcOffset offset);
boost::json::value instant_or_null(const store::Row& row, std::size_t column, UtcOffset offset);
boost::json::value text_or_null(std::string_view text);  // none: an empty one

// Text with nothing in it that HTML would take for markup.
std::string escape_html(std::string_view text);

}  // namespace connex::services
