// Hashes read from lower-case hexadecimal text.
#pragma once

#include <optional>
#include <string_view>

#include "evidence/sha256.hpp"

namespace connex::services {

std::optional<evidence::Hash> parse_hash(std::string_view text) noexcept;

}  // namespace connex::services
