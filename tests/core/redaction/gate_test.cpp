#include "core/redaction/gate.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/redaction/blocks.hpp"
#include "core/redaction/corpus.hpp"
#include "core/redaction/utf8.hpp"

using namespace connex;
using namespace connex::redaction;

namespace {

// Bytes of every kind: any at all, ASCII, or what contacts and words of interest are made of.
class Bytes {
 public:
  char next(int kind) {
    static const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ019 .-@\xC3";
    static const std::string narrow = "etonsivfAEw 9.-@|&%/\n";
    if (kind == 0) return static_cast<char>(random_() % 256U);
    if (kind == 1) return static_cast<char>(random_() % 128U);
    return kind == 2 ? letters[random_() % letters.size()] : narrow[random_() % narrow.size()];
  }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  std::mt19937 random_{7};
};

std::vector<std::size_t> triggers(std::string_view text, bool loose, const BlockReader& reader,
                                  std::vector<Finding>& plain) {
  std::vector<std::size_t> places;
  Gate gate(text, loose, loose ? nullptr : &plain, reader);
  for (Trigger trigger; gate.next(trigger);) {
    places.push_back(trigger.begin);
    places.push_back(trigger.end);
  }
  return places;
}

}  // namespace

TEST_CASE("every instruction set that the machine has reads blocks alike") {
  const BlockReader& plain = block_readers().front();
  REQUIRE(std::string_view(plain.name) == "plain");
  Bytes random;
  for (const BlockReader& reader : block_readers()) {
    CAPTURE(reader.name);
    constexpr std::size_t kCount = 3;
    alignas(64) char bytes[kCount * 64 + 72];
    for (int round = 0; round < 4000; ++round) {
      for (char& c : bytes) c = random.next(round % 4);
      const char* const at = bytes + round % 64;  // every alignment
      const WordFilter& filter = word_filter(round % 2 == 0);
      std::array<Block, kCount> a{};
      std::array<Block, kCount> b{};
      reader.read(at, kCount, round % 3 == 0, filter, a.data());
      plain.read(at, kCount, round % 3 == 0, filter, b.data());
      for (std::size_t i = 0; i < kCount; ++i) {
        REQUIRE(a[i].letters == b[i].letters);
        REQUIRE(a[i].digits == b[i].digits);
        REQUIRE(a[i].high == b[i].high);
        REQUIRE(a[i].marks == b[i].marks);
        REQUIRE(a[i].dashes == b[i].dashes);
        REQUIRE(a[i].blanks == b[i].blanks);
        REQUIRE(a[i].words == b[i].words);
        REQUIRE(a[i].always == b[i].always);
        REQUIRE(a[i].weak == b[i].weak);
        REQUIRE(a[i].order == b[i].order);
      }
    }
  }
}

TEST_CASE("words begin at letters after what is none, in the block before too") {
  const std::string text = std::string(62, ' ') + "on 2mg A" + std::string(64, ' ');
  for (const BlockReader& reader : block_readers()) {
    CAPTURE(reader.name);
    std::array<Block, 2> blocks{};
    reader.read(text.data(), 2, false, word_filter(false), blocks.data());
    CHECK(blocks[0].words == std::uint64_t{1} << 62);
    CHECK(blocks[1].words == 0b100100U);  // "mg" after its number, "A"
    reader.read(text.data() + 63, 1, true, word_filter(false), blocks.data());
    CHECK(blocks[0].words == 0b1001000U);  // "n" goes on
  }
}

TEST_CASE("with every instruction set the gate stops at the same places, whatever the length and alignment") {
  std::vector<std::string> texts;
  for (const testing::Sample& sample : testing::contacts()) texts.emplace_back(sample.text);
  for (const char* const text : testing::clean_texts()) texts.emplace_back(text);
  Bytes random;
  std::size_t stopped = 0;
  for (const BlockReader& reader : block_readers()) {
    CAPTURE(reader.name);
    for (std::size_t round = 0; round < 3000; ++round) {
      const std::size_t size = round % 300;  // every length up to five blocks
      const std::size_t shift = random.below(64);
      std::string text(shift, '9');
      while (text.size() < shift + size) {
        if (round % 3 == 0)
          text += texts[random.below(texts.size())] + "\n";
        else if (const char c = random.next(round % 3 == 1 ? 2 : 3); static_cast<unsigned char>(c) < 0x80)
          text += c;
      }
      text.resize(shift + size);
      while (!valid_utf8(text)) text.pop_back();
      // What lies before and after the text is not read.
      const std::string_view view = std::string_view(text).substr(std::min(shift, text.size()));
      if (!valid_utf8(view)) continue;
      CAPTURE(view);
      std::vector<Finding> plain;
      std::vector<Finding> plain_of_plain;
      const std::vector<std::size_t> places = triggers(view, round % 2 == 0, reader, plain);
      REQUIRE(places == triggers(std::string(view), round % 2 == 0, block_readers().front(), plain_of_plain));
      REQUIRE(plain == plain_of_plain);
      stopped += places.size();
    }
  }
  CHECK(stopped > 3000);
}

TEST_CASE("the gate stops every contact, wherever blocks end") {
  for (const testing::Sample& sample : testing::contacts()) {
    for (std::size_t shift = 0; shift < 70; ++shift) {
      const std::string text = std::string(shift, ' ') + sample.text;
      CAPTURE(text);
      CHECK(may_hold_contact(text, false));
    }
  }
}

TEST_CASE("the gate clears ordinary talk") {
  CHECK(!may_hold_contact("Thank you doctor, that was a very useful discussion.", false));
  CHECK(!may_hold_contact("Start 500 mg BD for 14 days, then 40 mg OD \xE2\x80\x93 budget \xE2\x82\xB9 40",
                          false));
  CHECK(!may_hold_contact("", false));
}
