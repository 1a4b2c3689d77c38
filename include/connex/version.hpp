// The library's version, as in CMakeLists.txt.
#pragma once

#include <string_view>

namespace connex {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace connex
