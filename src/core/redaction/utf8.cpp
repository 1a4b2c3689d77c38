#include "core/redaction/utf8.hpp"

#include <bit>
#include <cstring>

namespace connex::redaction {

namespace {

// Whether `n` bytes are all ASCII.
template <std::size_t n>
bool ascii(const unsigned char* p) noexcept {
  std::uint64_t blocks[n / 8];
  std::memcpy(blocks, p, n);
  std::uint64_t any = 0;
  for (const std::uint64_t block : blocks) any |= block;
  return (any & 0x8080808080808080U) == 0;
}

}  // namespace

bool valid_utf8(std::string_view text) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p < end) {
    if (end - p >= 8) {
      std::uint64_t block;
      std::memcpy(&block, p, 8);
      const std::uint64_t other = block & 0x8080808080808080U;
      if (other == 0) {
        p += 8;
        while (end - p >= 128 && ascii<128>(p)) p += 128;
        while (end - p >= 32 && ascii<32>(p)) p += 32;
        // The last bytes, with some of those before them.
        if (end - p < 32 && text.size() >= 32 && ascii<32>(end - 32)) return true;
        continue;
      }
      p += std::countr_zero(other) / 8;
    } else if (*p < 0x80) {
      ++p;
      continue;
    }
    // Characters that are not ASCII, one after the other.
    do {
      const unsigned lead = *p;
      const auto tail = [&](int k) { return p + k < end && (p[k] & 0xC0) == 0x80; };
      if (lead >= 0xC2 && lead < 0xE0) {
        if (!tail(1)) return false;
        p += 2;
      } else if (lead >= 0xE0 && lead < 0xF0) {
        if (!tail(1) || !tail(2)) return false;
        if (lead == 0xE0 && p[1] < 0xA0) return false;
        if (lead == 0xED && p[1] >= 0xA0) return false;
        p += 3;
      } else if (lead >= 0xF0 && lead < 0xF5) {
        if (!tail(1) || !tail(2) || !tail(3)) return false;
        if (lead == 0xF0 && p[1] < 0x90) return false;
        if (lead == 0xF4 && p[1] >= 0x90) return false;
        p += 4;
      } else {
        return false;
      }
    } while (p < end && *p >= 0x80);
  }
  return true;
}

}  // namespace connex::redaction
