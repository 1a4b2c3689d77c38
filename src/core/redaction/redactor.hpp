// The pipeline behind the public functions.
#pragma once

#include <string_view>
#include <vector>

#include "connex/redaction.hpp"

namespace connex::redaction {

// UTF-8 and size checks of the border.
Result<void> check_text(std::string_view text);

// Finds in a checked text; clears `findings`. `leniency` lowers every threshold.
void analyse(std::string_view text, const RedactionOptions& options, float leniency,
             std::vector<Finding>& findings);

}  // namespace connex::redaction
