// Whether digits are an Indian mobile number.
#pragma once

#include <string_view>

namespace connex::redaction {

constexpr bool mobile(std::string_view digits) noexcept { return digits.size() == 10 && digits[0] >= '6'; }

// The same with the country's or the trunk prefix, too.
constexpr bool whole_mobile(std::string_view digits) noexcept {
  for (const std::string_view prefix : {"91", "0"})
    if (digits.size() == 10 + prefix.size() && digits.starts_with(prefix)) return mobile(digits.substr(prefix.size()));
  return mobile(digits);
}

}  // namespace connex::redaction
