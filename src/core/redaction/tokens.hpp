// The event stream: what the detectors read. Words, digits, number words, punctuation, hidden spans.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "core/redaction/canonical.hpp"
#include "core/redaction/lexicon.hpp"

namespace connex::redaction {

enum class TokenKind : std::uint8_t {
  word,    // letters
  digits,  // literal digits, or letters that stand for them (leet)
  number,  // a number word
  punct,   // one or more of the same ASCII punctuation mark
  symbol,  // emoji and other signs
  hidden,  // a marker, or a span found before
};

struct Token {
  std::uint32_t begin = 0;  // canonical characters
  std::uint32_t end = 0;
  TokenKind kind = TokenKind::word;
  std::uint8_t spaces = 0;  // before it: 0 none, 1 blank, 2 line break
  bool glued = false;       // continues the letters or digits before it
  bool leet = false;
  bool row = false;            // a number word only in a row of them
  char mark = 0;               // of a punct
  const Word* word = nullptr;  // what the lexicon knows of it
  std::uint64_t classes = 0;   // of the word

  std::uint32_t size() const noexcept { return end - begin; }
  bool has(std::uint64_t wanted) const noexcept { return (classes & wanted) != 0; }
  bool is(char c) const noexcept { return kind == TokenKind::punct && mark == c; }
  bool letters() const noexcept { return kind == TokenKind::word || kind == TokenKind::number; }
  bool counts() const noexcept { return kind == TokenKind::digits || kind == TokenKind::number; }
};

// A hidden span of the text, in bytes.
struct HiddenSpan {
  std::uint32_t start;
  std::uint32_t end;
};

// `hidden` is in order. Literal markers ("[phone hidden]") become hidden tokens too, so that redacted text
// reads like the text it came from.
void make_tokens(const Canonical& text, std::span<const HiddenSpan> hidden, std::pmr::vector<Token>& out);

// What stands in `to` at the place of each character in `from`, which is as long; 0 for all others.
consteval std::array<char, 256> replacements(std::string_view from, std::string_view to) {
  if (from.size() != to.size()) throw "one has no other";
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < from.size(); ++i) table[static_cast<unsigned char>(from[i])] = to[i];
  return table;
}

// The digit that `c` stands for in a token written in leet ("8I697"), or 0.
inline constexpr std::array<char, 256> kLeetDigits = replacements("0123456789oil|zeasgtb", "012345678901112345678");
constexpr char leet_digit(char c) noexcept { return kLeetDigits[static_cast<unsigned char>(c)]; }

// The number word that `run`, itself in no list, is under long vowels and doubled letters ("threee"), or
// nullptr. `weak`: also a word that counts in a row only.
const Word* plain_number(std::string_view run, bool weak = false) noexcept;

// A word of those that tell of contacts, written with digits for some letters ("whats4pp", "gm4il", "d0t"), or
// nullptr.
const Word* leet_word(std::string_view run) noexcept;

// Whether `word` is `known`, or one slip of the keyboard away from it.
bool nearly(std::string_view word, std::string_view known) noexcept;

}  // namespace connex::redaction
