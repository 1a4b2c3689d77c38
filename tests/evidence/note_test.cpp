#include "evidence/note.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "evidence/base64.hpp"

namespace connex::evidence {
namespace {

// The published example of the format.
const std::string kVerifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kPrivateKey = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";  // a type byte and the seed
const std::string kText =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const std::string kNote =
    kText + "\n\u2014 PeterNeumann " +
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

NoteSigner signer(std::string name, std::uint8_t fill) {
  const Bytes seed(32, fill);
  return {std::move(name), std::make_shared<const SigningKey>(ByteView(seed).first<32>())};
}

NoteVerifier verifier(const NoteSigner& of) { return {of.name, of.key->public_key()}; }

}  // namespace

TEST_CASE("note: the published example opens") {
  const auto neumann = NoteVerifier::parse(kVerifier);
  REQUIRE(neumann);
  CHECK(neumann->name == "PeterNeumann");
  CHECK(neumann->key_hash() == 0xc74f20a3);
  CHECK(neumann->text() == kVerifier);
  const auto note = open_note(kNote, std::span(&*neumann, 1));
  REQUIRE(note);
  CHECK(note->text == kText);
  CHECK(note->signatures.size() == 1);
}

TEST_CASE("note: the published example is signed alike") {
  const Bytes typed = from_base64(kPrivateKey).value();
  const NoteSigner neumann{"PeterNeumann",
                           std::make_shared<const SigningKey>(ByteView(typed).subspan<1, 32>())};
  CHECK(*sign_note(kText, std::span(&neumann, 1)) == kNote);
}

TEST_CASE("note: what is signed opens, with one signer or several") {
  const NoteSigner signers[] = {signer("log.example/connex", 1), signer("साक्षी", 2)};
  const auto note = sign_note("one\n\ntwo\n", signers);
  REQUIRE(note);
  const NoteVerifier both[] = {verifier(signers[0]), verifier(signers[1])};
  for (const auto& known : both) CHECK(open_note(*note, std::span(&known, 1))->text == "one\n\ntwo\n");
  CHECK(open_note(*note, both)->signatures.size() == 2);
  for (const auto& known : both) CHECK(*NoteVerifier::parse(known.text()) == known);
}

TEST_CASE("note: believed only with a right signature of a known name and key") {
  const NoteSigner known = signer("log", 1);
  const std::string note = *sign_note("text\n", std::span(&known, 1));
  const NoteVerifier others[] = {verifier(signer("log", 2)), verifier(signer("gol", 1))};
  CHECK_FALSE(open_note(note, others));
  CHECK_FALSE(open_note(note, {}));
  const NoteVerifier right = verifier(known);
  for (std::size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string other = note;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
    CHECK_FALSE(open_note(other, std::span(&right, 1)));
  }
  // A second, wrong signature under the known name and key spoils the note.
  const std::string line = note.substr(6);
  std::string wrong = *sign_note("other\n", std::span(&known, 1));
  CHECK_FALSE(open_note(note + wrong.substr(7), std::span(&right, 1)));
  CHECK(open_note(note + line, std::span(&right, 1)));
}

TEST_CASE("note: malformed notes are refused") {
  const std::string line = kNote.substr(kText.size() + 1);
  CHECK(parse_note(kNote));
  CHECK(parse_note("x\n\n" + line + "\u2014 other AAAAAAA=\n"));
  const std::string bad[] = {
      "",
      "\n",
      "\n\n",
      kText,
      kText + "\n",
      kNote.substr(0, kNote.size() - 1),
      kNote + "\n",
      kText + line,                            // no empty line
      kText + "\n- PeterNeumann AAAAAAAA\n",   // a hyphen
      kText + "\n\u2014 PeterNeumann\n",       // no signature
      kText + "\n\u2014 AAAAAAA=\n",           // no name
      kText + "\n\u2014 a+b AAAAAAA=\n",       // a plus
      kText + "\n\u2014 a\u00a0b AAAAAAA=\n",  // a blank that is not a space
      kText + "\n\u2014 a b AAAAAAA=\n",
      kText + "\n\u2014  AAAAAAA=\n",
      kText + "\n\u2014 a AAAAAA==\n",  // no more than a key hash
      kText + "\n\u2014 a AAAAAAA\n",
      kText + "\n\u2014 a AAAAAAB=\n",
      kText + "\n\u2014 a AAAAAAA= \n",
      "tab\t\n\n" + line,
      "nul" + std::string(1, '\0') + "\n\n" + line,
      "cr\r\n\n" + line,
      "\xff\n\n" + line,
      "\xc0\x80\n\n" + line,          // longer than need be
      "\xed\xa0\x80\n\n" + line,      // half a pair
      "\xf4\x90\x80\x80\n\n" + line,  // beyond Unicode
      "\xe2\x80\n\n" + line,          // cut short
  };
  for (const auto& note : bad) {
    CAPTURE(note);
    CHECK_FALSE(parse_note(note));
  }
  std::string many = "x\n\n";
  for (std::size_t i = 0; i < kMaxNoteSignatures; ++i) many += line;
  CHECK(parse_note(many));
  CHECK_FALSE(parse_note(many + line));
  CHECK_FALSE(parse_note(std::string(kMaxNoteSize, 'x') + kNote));
}

TEST_CASE("note: what cannot be signed is refused") {
  const NoteSigner good = signer("log", 1);
  const auto one = std::span(&good, 1);
  for (const char* text : {"", "x", "x\r\n", "\x01\n", "\xff\n"}) CHECK_FALSE(sign_note(text, one));
  CHECK_FALSE(sign_note("x\n", {}));
  for (const char* name : {"", "a b", "a+b", "a\nb", "\u2003", "\xff"}) {
    const NoteSigner bad = signer(name, 1);
    CHECK_FALSE(sign_note("x\n", std::span(&bad, 1)));
  }
}

TEST_CASE("note: malformed verifiers are refused") {
  const std::string bad[] = {"",
                             "PeterNeumann",
                             "PeterNeumann+c74f20a3",
                             "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                             "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                             "PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                             "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                             kVerifier + "A",
                             kVerifier + " "};
  for (const auto& text : bad) CHECK_FALSE(NoteVerifier::parse(text));
}

}  // namespace connex::evidence
