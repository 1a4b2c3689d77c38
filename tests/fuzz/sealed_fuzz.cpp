// Arbitrary bytes as a sealed value, as an edit of one, and as the place where it lies: nothing opens but what was
// sealed, as it was sealed, where it was sealed.
#include <algorithm>
#include <array>
#include <string>

#include "evidence/seal.hpp"
#include "fuzz/fuzz.hpp"

using namespace connex;
using namespace connex::evidence;
using connex::testing::require;

namespace {

constexpr std::string_view kPlaintext = "what somebody wrote";

SealingKey key_of(std::uint8_t byte) {
  Bytes key(32, byte);
  return SealingKey(KeyRef{{byte}, byte}, KeyView(key.data(), 32));
}

Bytes seal_at(SealingKey& key, const SealPlace& place) {
  const auto nonce = [](std::span<std::uint8_t> out) { std::ranges::fill(out, std::uint8_t{9}); };
  Bytes sealed;
  require(key.seal(place, bytes_of(kPlaintext), nonce, sealed).has_value());
  return sealed;
}

bool opens(SealingKey& key, const SealPlace& place, ByteView sealed) {
  const auto opened = key.open(place, sealed);
  require(!opened || opened->text() == kPlaintext);
  return opened.has_value();
}

// The bytes after the first replace as many at the place that it says; beyond the end they lengthen the value.
Bytes edit(const Bytes& sealed, ByteView in) {
  Bytes edited = sealed;
  const std::size_t at = in[0] % (sealed.size() + 1);
  edited.resize(std::max(edited.size(), at + in.size() - 1));
  std::copy(in.begin() + 1, in.end(), edited.begin() + static_cast<std::ptrdiff_t>(at));
  return edited;
}

// Four names cut from the input at the places that its first bytes say.
struct Place {
  std::array<std::string_view, 4> names;

  Place(std::string_view text, ByteView cuts) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      names[i] = i + 1 < names.size() ? text.substr(0, cuts[i] % (text.size() + 1)) : text;
      text.remove_prefix(names[i].size());
    }
  }
  SealPlace place(std::uint32_t schema) const { return {names[0], names[1], bytes_of(names[2]), names[3], schema}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static SealingKey key = key_of(7), other = key_of(8);
  static const SealPlace here{"fuzz", "table", {}, "column", 1};
  static const Bytes sealed = seal_at(key, here);
  const ByteView in(data, size);
  require(opens(key, here, in) == std::ranges::equal(in, sealed));
  require(!opens(other, here, in));
  if (in.empty()) return 0;
  const Bytes edited = edit(sealed, in);
  require(opens(key, here, edited) == (edited == sealed));

  constexpr std::size_t kCuts = 3;
  if (in.size() < 2 * kCuts + 1) return 0;
  // The same text divided in two ways, or of two schemas, is two places unless they are one.
  const std::string_view text = text_of(in.subspan(2 * kCuts + 1));
  const Place one(text, in.first(kCuts)), two(text, in.subspan(kCuts, kCuts));
  const std::uint32_t schema = in[2 * kCuts];
  const Bytes there = seal_at(key, one.place(1));
  require(opens(key, two.place(schema), there) == (one.names == two.names && schema == 1));
  return 0;
}
