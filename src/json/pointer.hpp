// JSON pointers (RFC 6901) as text.
#pragma once

#include <string>
#include <string_view>

namespace connex::json {

// Appends "/token" with `~` and `/` escaped. A pointer that would pass 512 bytes stays as it is: it then
// names an ancestor, so that an error stays short whatever the input's keys are.
inline void append_token(std::string& pointer, std::string_view token) {
  constexpr std::size_t kLongest = 512;
  if (pointer.size() + 1 + token.size() > kLongest) return;
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace connex::json
