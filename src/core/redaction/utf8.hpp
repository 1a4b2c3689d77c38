// UTF-8 at the border: validation, and decoding of text that is already valid.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace connex::redaction {

// True iff `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool valid_utf8(std::string_view text) noexcept;

struct CodePoint {
  std::uint32_t value;
  std::uint32_t size;  // bytes
};

// Requires valid UTF-8 and i < text.size() at a boundary.
inline CodePoint decode(std::string_view text, std::size_t i) noexcept {
  const auto byte = [&](std::size_t k) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + k]));
  };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (lead < 0xF0) return {(lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F), 3};
  return {(lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F), 4};
}

}  // namespace connex::redaction
