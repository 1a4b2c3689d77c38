#include "evidence/seal.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
namespace {

// Counts up: a nonce that never repeats and can be foretold.
RandomSource counting() {
  return [next = std::uint8_t{0}](std::span<std::uint8_t> out) mutable {
    std::ranges::fill(out, std::uint8_t{0});
    out[0] = ++next;
  };
}

KeyRef ref(std::uint8_t id, std::uint32_t version = 1) {
  KeyRef ref;
  ref.id.fill(id);
  ref.version = version;
  return ref;
}

SealingKey sealing_key(const KeyRef& name, std::uint8_t fill = 5, std::uint64_t seals = 0) {
  const Bytes key(32, fill);
  return {name, ByteView(key).first<32>(), seals};
}

const std::string kRow = "row-1";

SealPlace place() { return {"connex", "person", bytes_of(kRow), "email", 3}; }

Bytes sealed(SealingKey& key, const SealPlace& at, std::string_view text) {
  Bytes out;
  static const RandomSource kRandom = counting();
  REQUIRE(key.seal(at, bytes_of(text), kRandom, out));
  return out;
}

}  // namespace

TEST_CASE("seal: opens to what was sealed") {
  SealingKey key = sealing_key(ref(1));
  for (const std::size_t size : {0, 1, 15, 16, 17, 256, 100'000}) {
    const std::string text(size, 'x');
    const Bytes value = sealed(key, place(), text);
    CHECK(value.size() == size + kSealOverhead);
    CHECK(*sealing_key_of(value) == ref(1));
    const auto opened = key.open(place(), value);
    REQUIRE(opened);
    CHECK(opened->text() == text);
  }
  CHECK(key.seals() == 7);
}

TEST_CASE("seal: its bytes are fixed") {
  SealingKey key = sealing_key(ref(0x11, 0x01020304));
  Bytes out = vectors::hex("ff");
  REQUIRE(key.seal(place(), bytes_of("a@b.example"), counting(), out));
  CHECK(to_hex(ByteView(out).first(1 + kSealHeader)) ==
        "ff"
        "01"
        "01"
        "11111111111111111111111111111111"
        "01020304"
        "010000000000000000000000");
  // The associated data, spelt out: the format is kept by this test.
  Bytes associated = vectors::hex(
      "01"
      "01"
      "01"
      "06");
  append(associated, bytes_of("connex\x06person\x05row-1\x05"
                              "email\x10"));
  append(associated, vectors::hex("11111111111111111111111111111111"
                                  "8486880803"));
  const Bytes raw_key(32, 5);
  Nonce nonce{1};
  Tag tag;
  Bytes ciphertext(11);
  Aes256Gcm(ByteView(raw_key).first<32>())
      .encrypt(nonce, associated, bytes_of("a@b.example"), ciphertext, tag);
  append(ciphertext, tag);
  CHECK(std::ranges::equal(ByteView(out).subspan(1 + kSealHeader), ciphertext));
}

TEST_CASE("seal: every flipped bit, every cut and every addition is refused") {
  SealingKey key = sealing_key(ref(1));
  const Bytes value = sealed(key, place(), "priya@example.com");
  for (std::size_t bit = 0; bit < value.size() * 8; ++bit) {
    Bytes other = value;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    CAPTURE(bit);
    CHECK_FALSE(key.open(place(), other));
  }
  for (std::size_t size = 0; size < value.size(); ++size)
    CHECK_FALSE(key.open(place(), ByteView(value).first(size)));
  Bytes longer = value;
  longer.push_back(0);
  CHECK_FALSE(key.open(place(), longer));
  CHECK(key.open(place(), value));
}

TEST_CASE("seal: a value opens in its own place alone") {
  SealingKey key = sealing_key(ref(1));
  const Bytes value = sealed(key, place(), "priya@example.com");
  const auto refuses = [&](auto change) {
    SealPlace other = place();
    change(other);
    return key.open(other, value).error().code == ErrorCode::corrupt;
  };
  CHECK(refuses([](SealPlace& at) { at.domain = "other"; }));
  CHECK(refuses([](SealPlace& at) { at.table = "company"; }));
  CHECK(refuses([](SealPlace& at) { at.row = bytes_of("row-2"); }));
  CHECK(refuses([](SealPlace& at) { at.column = "phone"; }));
  CHECK(refuses([](SealPlace& at) { at.schema = 4; }));
  CHECK(refuses([](SealPlace& at) {
    at.table = "person\x05row-1";
    at.row = {};
  }));
  CHECK(refuses([](SealPlace& at) {
    at.domain = "connexp";
    at.table = "erson";
  }));
}

TEST_CASE("seal: swapping any two of many sealed values is refused") {
  const char* const kTables[] = {"person", "company"};
  const char* const kColumns[] = {"email", "phone"};
  const std::string rows[] = {"1", "2"};
  struct Cell {
    SealPlace at;
    std::size_t key;
    Bytes value;
  };
  std::vector<SealingKey> keys;
  keys.push_back(sealing_key(ref(1, 1), 5));
  keys.push_back(sealing_key(ref(1, 2), 5));  // the same secret under another version
  keys.push_back(sealing_key(ref(2, 1), 5));  // and under another id
  keys.push_back(sealing_key(ref(3, 1), 6));
  std::vector<Cell> cells;
  for (const char* table : kTables) {
    for (const char* column : kColumns) {
      for (const auto& row : rows) {
        for (std::size_t k = 0; k < keys.size(); ++k) {
          const SealPlace at{"connex", table, bytes_of(row), column, 1};
          cells.push_back({at, k, sealed(keys[k], at, "the same text")});
        }
      }
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t j = 0; j < cells.size(); ++j) {
      CHECK(keys[cells[i].key].open(cells[i].at, cells[j].value).has_value() == (i == j));
      Bytes renamed = cells[j].value;  // the value claims the key of the place it was brought to
      std::copy_n(cells[i].value.begin() + 2, 20, renamed.begin() + 2);
      CHECK(keys[cells[i].key].open(cells[i].at, renamed).has_value() == (i == j));
    }
  }
}

TEST_CASE("seal: unknown formats and impossible lengths have their own answers") {
  SealingKey key = sealing_key(ref(1));
  Bytes value = sealed(key, place(), "x");
  CHECK(sealing_key_of(ByteView(value).first(kSealOverhead - 1)).error().code == ErrorCode::corrupt);
  for (const std::size_t at : {0, 1}) {
    Bytes other = value;
    other[at] = 2;
    CHECK(key.open(place(), other).error().code == ErrorCode::unsupported);
  }
}

TEST_CASE("seal: a key that has sealed all it may seals no more") {
  SealingKey key = sealing_key(ref(1), 5, kMaxSealsPerKey - 1);
  Bytes out;
  CHECK(key.seal(place(), {}, counting(), out));
  const Bytes before = out;
  CHECK(key.seal(place(), {}, counting(), out).error().code == ErrorCode::conflict);
  CHECK(out == before);
  CHECK(key.open(place(), out));
}

TEST_CASE("seal: the same text twice shows as two different values") {
  SealingKey key = sealing_key(ref(1));
  CHECK(sealed(key, place(), "x") != sealed(key, place(), "x"));
}

}  // namespace connex::evidence
