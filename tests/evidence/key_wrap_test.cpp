#include "evidence/key_wrap.hpp"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

namespace connex::evidence {
namespace {

KeyRef ref(std::uint8_t id, std::uint32_t version = 1) {
  KeyRef ref;
  ref.id.fill(id);
  ref.version = version;
  return ref;
}

const Bytes kOuter(32, 1), kOther(32, 2), kData(32, 3);

KeyView view(const Bytes& key) { return ByteView(key).first<32>(); }

WrappedKey wrapped() {
  RandomPool pool;
  return wrap_key(ref(1), view(kOuter), ref(9), view(kData), std::ref(pool));
}

}  // namespace

TEST_CASE("key wrap: unwraps to the key that was wrapped") {
  const WrappedKey bytes = wrapped();
  CHECK(*wrapping_key_of(bytes) == ref(1));
  const auto key = unwrap_key(ref(1), view(kOuter), ref(9), bytes);
  REQUIRE(key);
  CHECK(std::ranges::equal(key->view(), kData));
  CHECK(wrapped() != bytes);
  CHECK(std::ranges::search(bytes, kData).empty());
}

TEST_CASE("key wrap: another key, owner or name is refused") {
  const WrappedKey bytes = wrapped();
  CHECK_FALSE(unwrap_key(ref(1), view(kOther), ref(9), bytes));
  CHECK_FALSE(unwrap_key(ref(2), view(kOuter), ref(9), bytes));
  CHECK_FALSE(unwrap_key(ref(1, 2), view(kOuter), ref(9), bytes));
  CHECK_FALSE(unwrap_key(ref(1), view(kOuter), ref(8), bytes));
  CHECK_FALSE(unwrap_key(ref(1), view(kOuter), ref(9, 2), bytes));
}

TEST_CASE("key wrap: every flipped bit, cut and addition is refused") {
  const WrappedKey bytes = wrapped();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    WrappedKey other = bytes;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    CAPTURE(bit);
    CHECK_FALSE(unwrap_key(ref(1), view(kOuter), ref(9), other));
    if (const auto named = wrapping_key_of(other))
      CHECK_FALSE(unwrap_key(*named, view(kOuter), ref(9), other));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(unwrap_key(ref(1), view(kOuter), ref(9), ByteView(bytes).first(size)));
  }
  Bytes longer(bytes.begin(), bytes.end());
  longer.push_back(0);
  CHECK_FALSE(unwrap_key(ref(1), view(kOuter), ref(9), longer));
}

}  // namespace connex::evidence
