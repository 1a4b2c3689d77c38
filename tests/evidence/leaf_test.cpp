#include "evidence/leaf.hpp"

#include <string>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
namespace {

Leaf example() {
  Leaf leaf{0x0102030405060708, 0x1112131415, 0x21, 0x31323334, {}};
  leaf.commit.fill(0x41);
  return leaf;
}

}  // namespace

TEST_CASE("leaf: its bytes are fixed") {
  std::string expected =
      "01"
      "0102030405060708"
      "0000001112131415"
      "21"
      "31323334";
  for (int i = 0; i < 32; ++i) expected += "41";
  CHECK(to_hex(encode(example())) == expected);
  CHECK(kLeafSize == 54);
}

TEST_CASE("leaf: decodes what it encodes, and nothing of another shape") {
  const LeafBytes bytes = encode(example());
  REQUIRE(decode_leaf(bytes));
  CHECK(*decode_leaf(bytes) == example());

  for (std::size_t size = 0; size < kLeafSize; ++size) CHECK_FALSE(decode_leaf(ByteView(bytes).first(size)));
  Bytes longer(bytes.begin(), bytes.end());
  longer.push_back(0);
  CHECK_FALSE(decode_leaf(longer));
  for (const int version : {0, 2, 255}) {
    LeafBytes other = bytes;
    other[0] = static_cast<std::uint8_t>(version);
    CHECK(decode_leaf(other).error().code == ErrorCode::unsupported);
  }
  LeafBytes late = bytes;
  late[9] = 0x80;
  CHECK(decode_leaf(late).error().code == ErrorCode::corrupt);
}

TEST_CASE("leaf: every bit counts") {
  const LeafBytes bytes = encode(example());
  for (std::size_t bit = 0; bit < kLeafSize * 8; ++bit) {
    LeafBytes other = bytes;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    const auto decoded = decode_leaf(other);
    if (decoded) CHECK_FALSE(*decoded == example());
  }
}

TEST_CASE("commit: what it hashes") {
  Salt salt;
  salt.fill(7);
  Bytes input(bytes_of("connex/commit/v1").begin(), bytes_of("connex/commit/v1").end());
  append(input, salt);
  append(input, vectors::hex("0000000000000002"));
  append(input, bytes_of("hd"));
  append(input, vectors::hex("0000000000000004"));
  append(input, bytes_of("body"));
  CHECK(commit(salt, bytes_of("hd"), bytes_of("body")) == sha256(input));
}

TEST_CASE("commit: header and body do not run into one another, and the salt counts") {
  Salt salt{};
  CHECK(commit(salt, bytes_of("ab"), bytes_of("c")) != commit(salt, bytes_of("a"), bytes_of("bc")));
  CHECK(commit(salt, bytes_of(""), bytes_of("abc")) != commit(salt, bytes_of("abc"), bytes_of("")));
  Salt other{};
  other[31] = 1;
  CHECK(commit(salt, {}, {}) != commit(other, {}, {}));
}

}  // namespace connex::evidence
