#include "evidence/password.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

namespace connex::evidence {
namespace {

constexpr int kCheap = 4;  // hashes for tests alone

void from_system(std::span<std::uint8_t> out) { random_secret(out); }

std::string hashed(std::string_view password) { return *hash_password(password, kCheap, from_system); }

// Public vectors of bcrypt, one for each variant.
const std::string kKnown = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";  // "U*U", cost 5

}  // namespace

TEST_CASE("password: public vectors") {
  for (const char* variant : {"$2a$05$", "$2b$05$", "$2y$05$"}) {
    CHECK(*verify_password("U*U", variant + kKnown));
    CHECK_FALSE(*verify_password("U*V", variant + kKnown));
    CHECK_FALSE(*verify_password("U*U*", variant + kKnown));
  }
}

TEST_CASE("password: what was hashed verifies, and nothing else") {
  const std::string hash = hashed("correct horse");
  CHECK(hash.starts_with("$2b$04$"));
  CHECK(is_password_hash(hash));
  CHECK(*verify_password("correct horse", hash));
  CHECK_FALSE(*verify_password("correct hors", hash));
  CHECK_FALSE(*verify_password("correct horse ", hash));
  CHECK_FALSE(*verify_password("", hash));
  CHECK(hashed("correct horse") != hash);
}

TEST_CASE("password: no part of a password is ignored") {
  const std::string longest(72, 'a');
  const std::string hash = hashed(longest);
  CHECK(*verify_password(longest, hash));
  CHECK_FALSE(*verify_password(longest + "a", hash));
  CHECK_FALSE(*verify_password(longest.substr(1), hash));
  CHECK_FALSE(hash_password(longest + "a", kCheap, from_system));
  using namespace std::string_literals;
  CHECK_FALSE(hash_password("abc\0def"s, kCheap, from_system));
  CHECK_FALSE(hash_password("abc\0"s, kCheap, from_system));
  CHECK_FALSE(*verify_password("abc\0"s, hashed("abc")));
  CHECK_FALSE(hash_password("", kCheap, from_system));
  CHECK(*verify_password("\xff\xa3", hashed("\xff\xa3")));
}

TEST_CASE("password: the cost is bounded") {
  for (const int cost : {-1, 0, 3, 17, 31, 100}) CHECK_FALSE(hash_password("abc", cost, from_system));
  CHECK(parse_password_hash(*hash_password("abc", 5, from_system))->cost == 5);
  const auto dear = verify_password("U*U", "$2b$31$" + kKnown);
  CHECK(dear.error().code == ErrorCode::unsupported);
}

TEST_CASE("password: what a hash looks like") {
  CHECK(is_password_hash("$2b$12$" + kKnown));
  CHECK(is_password_hash("$2b$12$" + kKnown, 12));
  CHECK_FALSE(is_password_hash("$2b$11$" + kKnown, 12));
  CHECK(parse_password_hash("$2a$31$" + kKnown)->variant == 'a');
  const std::string bad[] = {"",
                             "secret",
                             "$2b$12$",
                             "$2b$12$" + kKnown + "a",
                             "$2b$12$" + kKnown.substr(1),
                             "$2x$12$" + kKnown,
                             "$2c$12$" + kKnown,
                             "$1b$12$" + kKnown,
                             "$2b$03$" + kKnown,
                             "$2b$32$" + kKnown,
                             "$2b$1a$" + kKnown,
                             "$2b$ 9$" + kKnown,
                             "$2b-12$" + kKnown,
                             "$2b$12-" + kKnown,
                             "$2b$12$+" + kKnown.substr(1),
                             "$2b$12$CCCCCCCCCCCCCCCCCCCCCC" + kKnown.substr(22),  // stray bits in the salt
                             "$2b$12$" + kKnown.substr(0, 52) + "X",               // and in the hash
                             "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$c29tZWhhc2g",
                             std::string(60, 'a')};
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(is_password_hash(text));
    CHECK_FALSE(verify_password("U*U", text));
  }
}

TEST_CASE("password: the salt comes from the source") {
  const RandomSource fixed = [](std::span<std::uint8_t> out) { std::ranges::fill(out, std::uint8_t{0x10}); };
  const std::string hash = *hash_password("U*U", 5, fixed);
  CHECK(hash == *hash_password("U*U", 5, fixed));
  CHECK(hash.substr(7, 4) == "C/.O");
}

}  // namespace connex::evidence
