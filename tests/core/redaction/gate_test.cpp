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
  char bytes[64];
  for (int round = 0; round < 2000; ++round) {
    for (char& c : bytes) c = static_cast<char>(random() % (round % 2 == 0 ? 256U : 128U));
    const Block a = block_reader()(bytes);
    const Block b = read_block_plain(bytes);
    CHECK(a.letters == b.letters);
    CHECK(a.digits == b.digits);
    CHECK(a.high == b.high);
    CHECK(a.marks == b.marks);
    CHECK(a.dashes == b.dashes);
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
