#include "evidence/canonical.hpp"

#include <array>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
namespace {

using vectors::hex;

Bytes encoded_u64(std::uint64_t value) {
  Bytes out;
  CanonicalWriter(out, 1).u64(value);
  return out;
}

Result<std::uint64_t> decoded_u64(ByteView in) {
  CanonicalReader reader(in);
  const std::uint64_t value = reader.u64();
  if (auto done = reader.finish(); !done) return done.error();
  return value;
}

struct Entry {
  std::uint64_t number = 0;
  std::string text;
  std::vector<std::string> texts;
  std::vector<Fact> facts;

  friend bool operator==(const Entry&, const Entry&) = default;
};

Bytes encode(const Entry& entry) {
  Bytes out;
  CanonicalWriter(out, 9).u64(entry.number).text(entry.text).texts(entry.texts).facts(entry.facts);
  return out;
}

Result<Entry> decode(ByteView in) {
  CanonicalReader reader(in);
  Entry entry;
  entry.number = reader.u64();
  entry.text = reader.text();
  reader.texts(entry.texts);
  reader.facts(entry.facts);
  if (auto done = reader.finish(); !done) return done.error();
  return entry;
}

Entry example() {
  return {300, "request", {"a", "", "bcd"}, {Fact::yes, Fact::no, Fact::unknown, Fact::yes, Fact::no}};
}

}  // namespace

TEST_CASE("canonical: its bytes are fixed") {
  CHECK(encode(example()) == hex("09"
                                 "ac02"
                                 "0772657175657374"
                                 "03"
                                 "0161"
                                 "00"
                                 "03626364"
                                 "05"
                                 "86"
                                 "01"));
}

TEST_CASE("canonical: integers keep to the shortest form") {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value :
         {std::uint64_t{1} << bit, (std::uint64_t{1} << bit) - 1, ~std::uint64_t{0} >> bit}) {
      const auto read = decoded_u64(encoded_u64(value));
      REQUIRE(read);
      CHECK(*read == value);
    }
  }
  CHECK(encoded_u64(~std::uint64_t{0}) == hex("01ffffffffffffffffff01"));
  for (const char* bad : {"01", "018000", "01ff00", "0180808000", "01ffffffffffffffffff02",
                          "01ffffffffffffffffff81", "01ffffffffffffffffff8100", "0180", "010000"}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(decoded_u64(hex(bad)));
  }
}

TEST_CASE("canonical: a value comes back as it went in") {
  CHECK(*decode(encode(example())) == example());
  CHECK(*decode(encode(Entry{})) == Entry{});
  CHECK(CanonicalReader(encode(example())).version() == 9);
}

TEST_CASE("canonical: whatever decodes is exactly what would be encoded") {
  const Bytes good = encode(example());
  std::mt19937 random(1);
  int decodable = 0;
  const auto check = [&](const Bytes& bytes) {
    const auto entry = decode(bytes);
    if (!entry) return;
    ++decodable;
    Bytes again = encode(*entry);
    again[0] = bytes[0];
    CHECK(again == bytes);
  };
  for (std::size_t i = 0; i < good.size(); ++i) {  // every single byte changed in every way
    for (int value = 0; value < 256; ++value) {
      Bytes bytes = good;
      bytes[i] = static_cast<std::uint8_t>(value);
      check(bytes);
    }
  }
  for (int round = 0; round < 100'000; ++round) {
    Bytes bytes(random() % 12);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % (round % 2 ? 256 : 4));
    check(bytes);
  }
  CHECK(decodable > 1000);
}

TEST_CASE("canonical: cut short or with more behind, it is refused") {
  const Bytes good = encode(example());
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(decode(ByteView(good).first(size)));
  Bytes longer = good;
  longer.push_back(0);
  CHECK(decode(longer).error().code == ErrorCode::corrupt);
}

TEST_CASE("canonical: lengths beyond the input are refused before anything is allocated") {
  for (const char* huge : {"01ffffffffffffffffff01", "01ffffffffffffff7f", "01ffffffff0f00"}) {
    const Bytes in = hex(huge);
    CanonicalReader bytes(in);
    CHECK(bytes.bytes().empty());
    CHECK_FALSE(bytes.finish());
    CanonicalReader texts(in);
    std::vector<std::string> no_texts{"old"};
    texts.texts(no_texts);
    CHECK(no_texts.empty());
    CHECK_FALSE(texts.finish());
    CanonicalReader facts(in);
    std::vector<Fact> no_facts{Fact::yes};
    facts.facts(no_facts);
    CHECK(no_facts.empty());
    CHECK_FALSE(facts.finish());
  }
}

TEST_CASE("canonical: facts are one of three values, and spare bits are zero") {
  const auto facts = [](std::string_view text) {
    const Bytes in = hex(text);
    CanonicalReader reader(in);
    std::vector<Fact> read;
    reader.facts(read);
    return reader.finish().has_value();
  };
  CHECK(facts("010102"));
  CHECK_FALSE(facts("010103"));  // no fourth value
  CHECK_FALSE(facts("010106"));  // a bit beyond the count
  CHECK_FALSE(facts("0104ff"));
  CHECK(facts("0104aa"));
  CHECK_FALSE(facts("0105aa"));
}

}  // namespace connex::evidence
