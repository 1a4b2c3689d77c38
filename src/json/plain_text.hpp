// What a text from outside may not hold where people are shown it.
#pragma once

#include <string_view>

namespace connex::json {

// Whether `text`, which is UTF-8, holds no control character but tabs and line breaks (LF, CR LF or CR), no other
// separator of lines, and nothing that turns the direction of what follows.
inline bool is_printable(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto u = static_cast<unsigned char>(text[i]);
    if ((u < 0x20 && u != '\n' && u != '\r' && u != '\t') || u == 0x7f) return false;
    const std::string_view rest = text.substr(i, 3);
    if (rest.starts_with("\xc2") && static_cast<unsigned char>(rest[1]) < 0xa0) return false;  // U+0080..9F
    if (rest >= "\xe2\x80\xa8" && rest <= "\xe2\x80\xae") return false;                        // U+2028..202E
    if (rest >= "\xe2\x81\xa6" && rest <= "\xe2\x81\xa9") return false;                        // U+2066..2069
  }
  return true;
}

}  // namespace connex::json
