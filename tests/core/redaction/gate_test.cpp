#include "core/redaction/gate.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "core/redaction/blocks.hpp"
#include "core/redaction/corpus.hpp"

using namespace connex;
using namespace connex::redaction;

TEST_CASE("every instruction set reads a block alike") {
  std::mt19937 random(7);
  const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ019 .-@\xC3";
  char bytes[72];
  for (int round = 0; round < 4000; ++round) {
    for (char& c : bytes)
      c = round % 3 == 0 ? letters[random() % letters.size()]
                         : static_cast<char>(random() % (round % 3 == 1 ? 256U : 128U));
    const Block a = block_reader().read(bytes);
    const Block b = kPlainBlockReader.read(bytes);
    CHECK(a.letters == b.letters);
    CHECK(a.digits == b.digits);
    CHECK(a.high == b.high);
    CHECK(a.marks == b.marks);
    CHECK(a.dashes == b.dashes);
    CHECK(a.blanks == b.blanks);
    const std::uint64_t words = a.letters & ~(a.letters << 1);
    const WordHits c = block_reader().look(bytes, words, word_filter(round % 2 == 0));
    const WordHits d = kPlainBlockReader.look(bytes, words, word_filter(round % 2 == 0));
    CHECK(c.always == d.always);
    CHECK(c.weak == d.weak);
  }
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
