#include "core/redaction/canonical.hpp"

#include <array>

#include "core/redaction/fold.hpp"
#include "core/redaction/utf8.hpp"

namespace connex::redaction {
namespace {

// The Brahmic blocks (Devanagari to Malayalam) share one layout; offsets are within a block of 128.
constexpr std::array<std::string_view, 128> kSounds = [] {
  std::array<std::string_view, 128> sounds{};
  constexpr std::string_view vowels[] = {"a", "aa", "i", "i",  "u", "u", "ri", "l",
                                         "e", "e",  "e", "ai", "o", "o", "o",  "au"};
  constexpr std::string_view consonants[] = {"k", "kh", "g",  "gh", "n",  "ch", "chh", "j", "jh", "n",
                                             "t", "th", "d",  "dh", "n",  "t",  "th",  "d", "dh", "n",
                                             "n", "p",  "ph", "b",  "bh", "m",  "y",   "r", "r",  "l",
                                             "l", "zh", "v",  "sh", "s",  "s",  "h"};
  constexpr std::string_view signs[] = {"aa", "i", "i",  "u", "u", "ri", "ri", "e",
                                        "e",  "e", "ai", "o", "o", "o",  "au"};
  constexpr std::string_view extra[] = {"k", "kh", "g", "z", "d", "dh", "f", "y"};
  sounds[0x01] = sounds[0x02] = sounds[0x70] = "n";
  for (std::size_t i = 0; i < std::size(vowels); ++i) sounds[0x05 + i] = vowels[i];
  for (std::size_t i = 0; i < std::size(consonants); ++i) sounds[0x15 + i] = consonants[i];
  sounds[0x35 + 2] = "sh";  // the second sibilant
  for (std::size_t i = 0; i < std::size(signs); ++i) sounds[0x3E + i] = signs[i];
  for (std::size_t i = 0; i < std::size(extra); ++i) sounds[0x58 + i] = extra[i];
  constexpr std::string_view chillus[] = {"n", "n", "r", "l", "l", "k"};  // of Malayalam
  for (std::size_t i = 0; i < std::size(chillus); ++i) sounds[0x7A + i] = chillus[i];
  sounds[0x72] = "a";
  sounds[0x56] = "ai";
  sounds[0x57] = "au";
  return sounds;
}();

constexpr bool is_consonant(std::uint32_t offset) {
  return (offset >= 0x15 && offset < 0x3A) || (offset >= 0x58 && offset < 0x60);
}
constexpr bool is_vowel_sign(std::uint32_t offset) {
  return (offset >= 0x3E && offset <= 0x4D) || offset == 0x56 || offset == 0x57;
}

// ASCII that needs no thought, folded; 0 for the rest.
constexpr std::array<char, 256> kPlain = [] {
  std::array<char, 256> plain{};
  for (int c = ' '; c < 0x7F; ++c)
    plain[static_cast<std::size_t>(c)] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  plain['&'] = plain['%'] = 0;
  plain['\n'] = '\n';
  plain['\t'] = plain['\r'] = ' ';
  return plain;
}();

// Whether a row of bytes is ASCII that needs no thought, line breaks aside.
constexpr std::size_t kRow = 16;
bool plain_row(const char* bytes) {
  bool other = false;
  for (std::size_t k = 0; k < kRow; ++k) {
    const auto c = static_cast<unsigned char>(bytes[k]);
    other |= (c < ' ') | (c >= 0x7F) | (c == '&') | (c == '%');
  }
  return !other;
}

// The digit that a letter without a Latin look-alike resembles beside digits, or 0.
char digit_like(std::uint32_t letter) {
  switch (letter) {
    case 0x431:  // Cyrillic be
      return '6';
    case 0x394:  // Greek delta and lambda, Cyrillic el
    case 0x39B:
    case 0x41B:
    case 0x427:  // Cyrillic che
    case 0x447:
      return '4';
    case 0x42D:  // Cyrillic e
    case 0x44D:
      return '3';
    default:
      return 0;
  }
}

// Between what has been read and what follows at `next`: a letter that looks like a digit stands among
// digits, or apart from all letters.
bool beside_digit(std::string_view text, std::size_t next, std::string_view read) {
  const auto alone = [](std::uint8_t c) { return c < 'a' || (c > 'z' && c < 0x80) || c == kSymbol; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!read.empty() && digit(read.back())) return true;
  if (next >= text.size()) return read.empty() || alone(static_cast<std::uint8_t>(read.back()));
  if (digit(text[next])) return true;
  const std::uint32_t after = static_cast<unsigned char>(text[next]) < 0x80
                                  ? static_cast<unsigned char>(text[next])
                                  : decode(text, next).value;
  const bool more = alone(fold(after)) || digit_like(after) != 0;
  return more && (read.empty() || alone(static_cast<std::uint8_t>(read.back())));
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What nobody sees, or what separates, by its name.
struct Named {
  std::string_view name;
  std::uint32_t value;
};
constexpr Named kNamed[] = {{"&nbsp;", ' '},   {"&ensp;", ' '},   {"&emsp;", ' '},    {"&thinsp;", ' '}, {"&shy;", 0xAD},
                            {"&zwnj;", 0x200C}, {"&zwj;", 0x200D}, {"&ndash;", '-'},   {"&mdash;", '-'},  {"&middot;", 0xB7},
                            {"&bull;", 0x2022}, {"&comma;", ','},  {"&hyphen;", '-'}};

// A character reference ("&#64;") or a per cent escape ("%40") at i, as the character it stands for.
CodePoint decode_escape(std::string_view text, std::size_t i) {
  constexpr CodePoint kNone{0, 0};
  if (text[i] == '%' && i + 2 < text.size() + 0 && hex_value(text[i + 1]) >= 2 &&
      hex_value(text[i + 2]) >= 0) {
    const int value = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
    const bool chained = (i + 3 < text.size() && text[i + 3] == '%') || (i >= 3 && text[i - 3] == '%');
    const bool inside = i > 0 && (text[i - 1] | 0x20) >= 'a' && (text[i - 1] | 0x20) <= 'z';
    if (value < 0x7F && (value == '@' || value == '+' || (inside && (value == '.' || value == '_')) || chained))
      return {static_cast<std::uint32_t>(value), 3};
    return kNone;
  }
  if (text[i] != '&' || i + 3 >= text.size()) return kNone;
  if (text.substr(i, 8) == "&commat;") return {'@', 8};
  if (text.substr(i, 8) == "&period;") return {'.', 8};
  for (const auto& [name, value] : kNamed) {
    if (text.substr(i, name.size()) == name) return {value, static_cast<std::uint32_t>(name.size())};
  }
  if (text[i + 1] != '#') return kNone;
  const bool hex = text[i + 2] == 'x' || text[i + 2] == 'X';
  const std::size_t digits = i + (hex ? 3 : 2);
  std::uint32_t value = 0;
  std::size_t k = digits;
  for (; k < text.size() && k < digits + 6; ++k) {
    const int digit = hex_value(text[k]);
    if (digit < 0 || (!hex && digit > 9)) break;
    value = value * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
  }
  if (k == digits || value < 0x20) return kNone;
  if (k < text.size() && text[k] == ';') ++k;
  return {value, static_cast<std::uint32_t>(k - i)};
}

}  // namespace

void make_canonical(std::string_view text, Canonical& out) {
  // No character becomes more than five for its three bytes.
  out.chars.resize(text.size() * 2 + 8);
  out.starts.resize(text.size() * 2 + 9);
  char* const chars = out.chars.data();
  std::uint32_t* const starts = out.starts.data();
  std::size_t n = 0;
  const auto put = [&](char c, std::size_t start) {
    chars[n] = c;
    starts[n++] = static_cast<std::uint32_t>(start);
  };
  bool open_syllable = false;  // an Indic consonant that may still carry its own vowel
  std::size_t i = 0;
  std::size_t row_at = 0;  // where to look for a whole row of plain bytes
  while (i < text.size()) {
    if (i >= row_at && i + kRow <= text.size()) {
      row_at = i + kRow;
      if (plain_row(text.data() + i)) {
        for (std::size_t k = 0; k < kRow; ++k) {
          const auto c = static_cast<unsigned char>(text[i + k]);
          chars[n + k] = static_cast<char>(c | (c - unsigned{'A'} < 26U ? 0x20U : 0U));
          starts[n + k] = static_cast<std::uint32_t>(i + k);
        }
        open_syllable = false;
        n += kRow;
        i += kRow;
        continue;
      }
    }
    const auto lead = static_cast<unsigned char>(text[i]);
    if (const char plain = kPlain[lead]; plain != 0) {
      open_syllable = false;
      put(plain, i++);
      continue;
    }
    CodePoint at{lead, 1};
    if (lead < 0x80) {
      if (lead == '&' || lead == '%') {
        if (const CodePoint escaped = decode_escape(text, i); escaped.size != 0) {
          at = escaped;
          out.disguised = true;
        }
      }
      if (at.value < 0x80) {
        open_syllable = false;
        char c = static_cast<char>(at.value);
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        if (c == '\t' || c == '\r' || c == '\v' || c == '\f') c = ' ';
        if ((c < ' ' && c != '\n') || c == 0x7F) {
          out.disguised = true;
        } else {
          put(c, i);
        }
        i += at.size;
        continue;
      }
    } else {
      at = decode(text, i);
    }
    const std::uint8_t folded = fold(at.value);
    if (folded == kBrahmic) {
      const std::uint32_t offset = at.value & 0x7F;
      const bool extends = is_vowel_sign(offset);
      if (open_syllable && !extends && !kSounds[offset].empty()) put('a', i);
      for (const char c : kSounds[offset]) put(c, i);
      // A nukta changes a consonant without closing its syllable.
      open_syllable = is_consonant(offset) || (open_syllable && offset == 0x3C);
    } else if (const char digit = folded == kLetter ? digit_like(at.value) : '\0';
               digit != 0 && beside_digit(text, i + at.size, {chars, n})) {
      open_syllable = false;
      out.disguised = true;
      put(digit, i);
    } else if (folded != kDropped) {
      open_syllable = false;
      if (folded < 0x80 && folded != ' ' && folded != '-' && folded != '$' && folded != '\'' && folded != '"')
        out.disguised = true;
      put(static_cast<char>(folded), i);
    } else {
      if (at.value == 0x202E || at.value == 0x2067) out.overridden = true;
      // Emoji are written with joiners; only inside plain text do invisible characters disguise.
      if (n > 0 && static_cast<unsigned char>(chars[n - 1]) < 0x80) out.disguised = true;
    }
    i += at.size;
  }
  starts[n] = static_cast<std::uint32_t>(text.size());
  out.chars.resize(n);
  out.starts.resize(n + 1);
}

}  // namespace connex::redaction
