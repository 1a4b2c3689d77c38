#include "evidence/checkpoint.hpp"

#include <string>

#include <doctest/doctest.h>

#include "evidence/merkle.hpp"

namespace connex::evidence {
namespace {

Checkpoint example() { return {"log.example/connex", 20852163, empty_root(), {}}; }
const std::string kRoot = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

NoteSigner signer() {
  const Bytes seed(32, 1);
  return {"log.example/connex", std::make_shared<const SigningKey>(ByteView(seed).first<32>())};
}

}  // namespace

TEST_CASE("checkpoint: its text") {
  CHECK(*format_checkpoint(example()) == "log.example/connex\n20852163\n" + kRoot + "\n");
  Checkpoint more = example();
  more.extensions = {"epoch 4", "note"};
  const std::string text = *format_checkpoint(more);
  CHECK(text == "log.example/connex\n20852163\n" + kRoot + "\nepoch 4\nnote\n");
  CHECK(*parse_checkpoint(text) == more);
  CHECK(*parse_checkpoint(*format_checkpoint(example())) == example());
  CHECK(parse_checkpoint("log\n0\n" + kRoot + "\n"));
}

TEST_CASE("checkpoint: malformed texts are refused") {
  const std::string bad[] = {"",
                             "log",
                             "log\n",
                             "log\n1\n",
                             "log\n1\n" + kRoot,
                             "\n1\n" + kRoot + "\n",
                             "log\n\n" + kRoot + "\n",
                             "log\n01\n" + kRoot + "\n",
                             "log\n00\n" + kRoot + "\n",
                             "log\n+1\n" + kRoot + "\n",
                             "log\n-1\n" + kRoot + "\n",
                             "log\n1 \n" + kRoot + "\n",
                             "log\n0x1\n" + kRoot + "\n",
                             "log\n4611686018427387905\n" + kRoot + "\n",
                             "log\n99999999999999999999\n" + kRoot + "\n",
                             "log\n1\n" + kRoot.substr(1) + "\n",
                             "log\n1\n" + kRoot.substr(0, 40) + "\n",
                             "log\n1\n" + kRoot + "AAAA\n",
                             "log\n1\n" + kRoot + "\n\n",
                             "log\n1\n" + kRoot + "\nmore",
                             "log\n1\n" + kRoot + "\nmore\n\n"};
  for (const auto& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(parse_checkpoint(text));
  }
  Checkpoint two_lines = example();
  two_lines.origin = "a\nb";
  CHECK_FALSE(format_checkpoint(two_lines));
  Checkpoint empty_line = example();
  empty_line.extensions = {""};
  CHECK_FALSE(format_checkpoint(empty_line));
  Checkpoint too_large = example();
  too_large.size = kMaxTreeSize + 1;
  CHECK_FALSE(format_checkpoint(too_large));
}

TEST_CASE("checkpoint: opens under its own origin and key alone") {
  const NoteSigner log = signer();
  const std::string note = *sign_checkpoint(example(), std::span(&log, 1));
  const NoteVerifier known{log.name, log.key->public_key()};
  const auto opened = open_checkpoint(note, "log.example/connex", std::span(&known, 1));
  REQUIRE(opened);
  CHECK(*opened == example());
  CHECK_FALSE(open_checkpoint(note, "log.example/other", std::span(&known, 1)));
  CHECK_FALSE(open_checkpoint(note, "log.example/connex", {}));
  const std::string not_a_checkpoint = *sign_note("log.example/connex\n", std::span(&log, 1));
  CHECK_FALSE(open_checkpoint(not_a_checkpoint, "log.example/connex", std::span(&known, 1)));
}

}  // namespace connex::evidence
