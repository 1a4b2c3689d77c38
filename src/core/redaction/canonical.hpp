// The text as a reader sees it: folded, invisible characters dropped, Indic scripts in Latin letters, each
// canonical character tied to the bytes it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

namespace connex::redaction {

// Canonical characters. To compare them with a literal takes no call.
struct Chars : std::string_view {
  using std::string_view::string_view;
  constexpr Chars(std::string_view chars) noexcept : std::string_view(chars) {}
  template <std::size_t n>
  friend constexpr bool operator==(Chars chars, const char (&literal)[n]) noexcept {
    return chars.size() == n - 1 && __builtin_memcmp(chars.data(), literal, n - 1) == 0;
  }
};

struct Canonical {
  explicit Canonical(std::pmr::memory_resource* memory) : chars(memory), starts(memory) {}

  std::pmr::vector<char> chars;
  std::pmr::vector<std::uint32_t>
      starts;               // starts[i]: first byte of chars[i] in the text; one more for the end
  bool overridden = false;  // something is written to be displayed from right to left
  bool disguised = false;   // something was dropped or looked like something else

  std::string_view view() const noexcept { return {chars.data(), chars.size()}; }
  Chars view(std::uint32_t b, std::uint32_t e) const noexcept { return {chars.data() + b, e - b}; }
  // Bytes [first, last) of the text behind canonical characters [b, e), b < e.
  std::uint32_t first(std::uint32_t b) const noexcept { return starts[b]; }
  std::uint32_t last(std::uint32_t e) const noexcept {
    while (e < chars.size() && starts[e] == starts[e - 1]) ++e;
    return starts[e];
  }
};

// Requires valid UTF-8. Canonical characters: lower-case ASCII, '\n', ' ', and kSymbol, kLetter of fold.hpp.
void make_canonical(std::string_view text, Canonical& out);

}  // namespace connex::redaction
