// The countries that ISO 3166-1 knows.
#pragma once

#include <string_view>

namespace connex::policy {

// Whether ISO 3166-1 assigns the code, of two capital letters, to a country.
bool is_country(std::string_view text) noexcept;

}  // namespace connex::policy
