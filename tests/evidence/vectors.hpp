// Public test vectors, read where they lie beside the project; they are no part of it.
#pragma once

#include <boost/json/fwd.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/bytes.hpp"

namespace connex::evidence::vectors {

// All .json files below this folder of the vectors, sorted. Empty, with a visible message, where there are
// none.
std::vector<std::filesystem::path> files(std::string_view folder);

boost::json::value load(const std::filesystem::path& file);

// The bytes of a member that holds hexadecimal or base64 text.
Bytes hex(std::string_view text);
Bytes hex(const char* text);
Bytes hex(const boost::json::value& text);
Bytes base64(const boost::json::value& text);

}  // namespace connex::evidence::vectors
