#include "evidence/secret.hpp"

#include <algorithm>
#include <type_traits>

#include <doctest/doctest.h>

namespace connex::evidence {

TEST_CASE("secret: moves and is not copied") {
  static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
  SecretBytes a(bytes_of("secret"));
  SecretBytes b(std::move(a));
  CHECK(b.text() == "secret");
  CHECK(a.size() == 0);
  a = std::move(b);
  CHECK(a.text() == "secret");
  CHECK(b.view().empty());
  CHECK(SecretBytes(ByteView{}).view().empty());
}

TEST_CASE("secret: cleansing leaves zeros") {
  Bytes bytes(100, 1);
  cleanse(std::span(bytes).first(99));
  CHECK(std::ranges::count(bytes, 0) == 99);
}

TEST_CASE("secret: equality") {
  CHECK(equal_in_constant_time({}, {}));
  CHECK(equal_in_constant_time(bytes_of("ab"), bytes_of("ab")));
  CHECK_FALSE(equal_in_constant_time(bytes_of("ab"), bytes_of("ac")));
  CHECK_FALSE(equal_in_constant_time(bytes_of("ab"), bytes_of("abc")));
}

}  // namespace connex::evidence
