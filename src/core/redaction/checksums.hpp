// Check digits of identity, tax and card numbers. Arguments hold ASCII digits, or digits and capitals.
#pragma once

#include <string_view>

namespace connex::redaction {

bool verhoeff_holds(std::string_view digits) noexcept;  // Aadhaar
bool luhn_holds(std::string_view digits) noexcept;      // payment cards
bool gstin_holds(std::string_view gstin) noexcept;      // 15 characters, mod 36

}  // namespace connex::redaction
