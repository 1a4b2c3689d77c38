#include "core/redaction/plain.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/redaction/lexicon.hpp"

namespace connex::redaction {
namespace {

constexpr std::uint8_t kDigit = 1;
constexpr std::uint8_t kLetter = 2;
constexpr std::uint8_t kNameMark = 4;   // inside the name of an address
constexpr std::uint8_t kCloses = 8;     // ends a part of a sentence
constexpr std::uint8_t kOrdinary = 16;  // stands between words, and nobody minds
constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = kDigit;
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 32] = kLetter;
  for (const char c : {'.', '_', '-', '+'}) classes[static_cast<unsigned char>(c)] = kNameMark;
  for (const char c : {',', ';', '!'}) classes[static_cast<unsigned char>(c)] = kCloses | kOrdinary;
  for (const char c : {' ', '\n', ':', '?', '\'', '@'}) classes[static_cast<unsigned char>(c)] = kOrdinary;
  for (const char c : {'.', '_'}) classes[static_cast<unsigned char>(c)] |= kOrdinary;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] |= kOrdinary;
  return classes;
}();

class Place {
 public:
  explicit Place(std::string_view text) : text_(text) {}

  std::size_t size() const { return text_.size(); }
  // Beyond the text are line breaks.
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\n'; }
  bool is(std::size_t i, unsigned classes) const {
    return (kClasses[static_cast<unsigned char>(at(i))] & classes) != 0;
  }
  bool blank(std::size_t i) const { return at(i) == ' ' || at(i) == '\n'; }

  // The word that begins at i, in lower case.
  const Word* word(std::size_t i, std::size_t end) const {
    std::array<char, kLongestWord> lower;
    if (end - i > lower.size()) return nullptr;
    for (std::size_t k = i; k < end; ++k) lower[k - i] = static_cast<char>(text_[k] | 0x20);
    return find_word({lower.data(), end - i});
  }

  // "ext", "extension", "x": more of a number follows.
  bool extends(std::size_t i, std::size_t end) const {
    return end - i == 1 ? (at(i) | 0x20) == 'x' : (at(i) | 0x20) == 'e' && (at(i + 1) | 0x20) == 'x';
  }

  // Digits, or anything that is not ASCII, in [from, to).
  bool strange(std::size_t from, std::size_t to) const {
    to = std::min(to, text_.size());
    for (; from + 8 <= to; from += 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, text_.data() + from, 8);
      if (((~(((bytes ^ 0x3030303030303030U) & 0x7F7F7F7F7F7F7F7FU) + 0x7676767676767676U) | bytes) &
           0x8080808080808080U) != 0)
        return true;
    }
    for (; from < to; ++from) {
      if (is(from, kDigit) || static_cast<unsigned char>(text_[from]) >= 0x80) return true;
    }
    return false;
  }

 private:
  std::string_view text_;
};

constexpr std::size_t kApart = 16;  // from other digits, which it might be one number with
constexpr std::size_t kReach = 64;  // of words before and after
constexpr std::uint64_t kSpeaks = kPhoneNeg | kUnit | kCurrency | kPlusWord | kRemove | kAadhaarCue |
                                  kCardCue | kPanCue | kGstCue | kRegCue | kPinCue | kHouse;

// Whether a word may change what is made of a number; it is the `nth` away from it.
bool speaks(const Word* word, int nth) {
  if (word == nullptr) return false;
  if ((word->classes & kSpeaks) != 0 || word->text == "subject" || word->text == "participant") return true;
  if (word->role == NumberRole::none) return false;
  // "to" and "for" are no prefix of a number; nought and ninety-one are.
  return (word->classes & kWeakNumber) == 0 || (nth == 0 && word->value == 0) ||
         (nth == 1 && word->value == 9);
}

// "no", "id": the word before it says of what.
bool numbers(const Word* word) {
  return word != nullptr && (word->text == "no" || word->text == "number" || word->text == "id" ||
                             word->text == "num" || word->text == "nbr" || word->text == "nambar" ||
                             word->text == "nanbar" || word->text == "code");
}

// The digit that an English word writes, or -1.
int english_digit(const Word* word) {
  if (word == nullptr || word->role != NumberRole::digit || word->text != kDigitNames[word->value]) return -1;
  return word->value;
}

// Whether what stands round [from, to) leaves it to be a number: of four words before and two after, none
// `speaks`. `cued`: one of them announces a phone.
template <class Speaks>
bool quiet(const Place& place, std::size_t from, std::size_t to, Speaks speaks, bool& cued) {
  std::size_t next = to;
  if (place.is(next, kCloses) || place.at(next) == '.') ++next;
  if (!place.blank(next)) return false;
  if (place.strange(from - std::min(from, kApart), from) || place.strange(to, to + kApart)) return false;
  std::size_t k = from;
  bool numbered = false;  // the word after this one was "no"
  for (int words = 0; words < 4 && k > 0;) {
    if (!place.is(k - 1, kLetter)) {
      if (!place.is(k - 1, kOrdinary)) return false;
      if (from - k > kReach) break;
      --k;
      continue;
    }
    const std::size_t end = k;
    while (k > 0 && place.is(k - 1, kLetter)) --k;
    const Word* const word = end - k <= kLongestWord ? place.word(k, end) : nullptr;
    // "my no": nothing else is called that is not a telephone.
    if (speaks(word, words) || (numbered && (word == nullptr || (word->classes & (kPhoneCue | kWeakCue)) == 0))) return false;
    cued = cued || (word != nullptr && (word->classes & kPhoneCue) != 0);
    numbered = words <= 1 && numbers(word);
    ++words;
  }
  k = place.at(to) == '.' ? place.size() : to;  // the next sentence speaks of something else
  for (int words = 0; words < 2 && k < place.size() && k < to + kReach;) {
    if (!place.is(k, kLetter)) {
      if (!place.is(k, kOrdinary)) return false;
      ++k;
      continue;
    }
    const std::size_t begin = k;
    while (place.is(k, kLetter)) ++k;
    const Word* const word = k - begin <= kLongestWord ? place.word(begin, k) : nullptr;
    if (speaks(word, words)) return false;
    cued = cued || (word != nullptr && (word->classes & kPhoneCue) != 0);
    if (words == 0 && place.extends(begin, k)) return false;
    ++words;
  }
  return true;
}

}  // namespace

bool plain_mail(std::string_view text, std::size_t at, Finding& found) noexcept {
  const Place place(text);
  std::size_t first = at;
  const std::size_t lowest = at - std::min<std::size_t>(at, 48);
  while (first > lowest && place.is(first - 1, kDigit | kLetter | kNameMark)) --first;
  if (at - first < 3 || !place.is(first, kLetter) || !place.is(at - 1, kDigit | kLetter)) return false;
  for (std::size_t k = first; k + 1 < at; ++k) {
    if (place.is(k, kNameMark) && (place.at(k) == '+' || place.is(k + 1, kNameMark))) return false;
  }
  // One word with a blank before it, no mark of a name and no "dot" before that.
  if (first > 0 && !place.blank(first - 1)) return false;
  std::uint32_t evidence = kEvidenceShape;
  float score = 4.0F;
  if (first > 1) {
    if (place.at(first - 2) == ':' || place.at(first - 2) == ',') {
    } else if (!place.is(first - 2, kLetter)) {
      return false;
    } else {
      std::size_t begin = first - 1;
      while (begin > 0 && first - begin < 26 && place.is(begin - 1, kLetter)) --begin;
      if (first - 1 - begin < 2 || (begin > 0 && !place.blank(begin - 1) && place.at(begin - 1) != ','))
        return false;
      const Word* const before = place.word(begin, first - 1);
      if (before != nullptr && (before->classes & (kDotWord | kSeparatorWord | kAtWord)) != 0) return false;
      if (before != nullptr && (before->classes & (kMailCue | kHandleCue)) != 0) {
        evidence |= kEvidenceCue;
        score += 1.0F;
      }
    }
  }
  // The host: labels of letters, the last a known one.
  std::size_t end = at + 1;
  std::size_t label = end;
  std::size_t labels = 0;
  const Word* last = nullptr;
  for (;;) {
    label = end;
    while (place.is(end, kLetter)) ++end;
    if (end == label || end - label > kLongestWord) return false;
    last = place.word(label, end);
    if (labels == 0 && last != nullptr && (last->classes & kProvider) != 0) {
      evidence |= kEvidenceProvider;
      score += 2.5F;
    }
    ++labels;
    if (place.at(end) != '.' || !place.is(end + 1, kLetter)) break;
    ++end;
  }
  if (labels < 2 || labels > 4 || last == nullptr || (last->classes & kTld) == 0) return false;
  // Nothing that a host could go on with.
  std::size_t next = end;
  if (place.is(next, kCloses) || place.at(next) == '.') ++next;
  if (!place.blank(next)) return false;
  if (place.at(next) == ' ') {
    ++next;
    if (place.is(next, kLetter)) {
      std::size_t stop = next;
      while (place.is(stop, kLetter)) ++stop;
      const Word* const after = stop - next <= kLongestWord ? place.word(next, stop) : nullptr;
      if (after != nullptr && (after->classes & (kTld | kDotWord | kSeparatorWord)) != 0) return false;
      if (stop - next > 3 && place.at(next) == 'd' && place.at(next + 1) == 'o') return false;  // "dotcom"
    } else if (next < text.size()) {
      return false;
    }
  }
  found = {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end), SpanType::email, score,
           evidence};
  return true;
}

bool plain_phone(std::string_view text, std::size_t from, std::size_t to, Finding& found) noexcept {
  const Place place(text);
  if (to - from == 5) {  // "98201 33447"
    if (from < 6 || (place.at(from - 1) != ' ' && place.at(from - 1) != '-')) return false;
    for (std::size_t k = from - 6; k < from - 1; ++k) {
      if (!place.is(k, kDigit)) return false;
    }
    from -= 6;
  } else if (to - from != 10) {
    return false;
  }
  if (place.at(from) < '6' || (from > 0 && !place.blank(from - 1))) return false;
  bool same = true;
  for (std::size_t k = from; k < to; ++k)
    same = same && (place.at(k) == place.at(from) || !place.is(k, kDigit));
  if (same) return false;
  std::uint32_t evidence = kEvidenceShape;
  const auto round = [&](std::size_t end) { return place.at(end - 1) == '0' && place.at(end - 2) == '0'; };
  const float shape = to - from == 10 ? 4.0F : round(to) || round(from + 5) ? 3.8F : 4.05F;
  float score = shape;
  bool cued = false;
  if (!quiet(place, from, to, speaks, cued)) return false;
  if (cued) {
    score = shape + 3.2F;
    evidence |= kEvidenceCue;
  }
  found = {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), SpanType::phone, score,
           evidence};
  return true;
}

bool plain_words(std::string_view text, std::size_t at, Finding& found) noexcept {
  const Place place(text);
  const auto word_at = [&](std::size_t i, std::size_t& end) {
    end = i;
    while (end - i <= kLongestWord && place.is(end, kLetter)) ++end;
    return english_digit(place.word(i, end));
  };
  constexpr std::size_t kDigits = 10;
  // The first word of the row.
  std::size_t from = at;
  std::size_t end = 0;
  for (std::size_t words = 1; words < kDigits && from >= 4 && place.at(from - 1) == ' '; ++words) {
    std::size_t begin = from - 1;
    while (begin > 0 && from - begin <= kLongestWord && place.is(begin - 1, kLetter)) --begin;
    if (word_at(begin, end) < 0) break;
    from = begin;
  }
  if (from > 0 && !place.blank(from - 1)) return false;
  std::size_t to = from;
  int first = -1;
  bool same = true;
  for (std::size_t words = 0; words < kDigits; ++words) {
    if (words != 0 && place.at(to++) != ' ') return false;
    const int digit = word_at(to, end);
    if (digit < 0) return false;
    if (words == 0) first = digit;
    same = same && digit == first;
    to = end;
  }
  if (first < 6 || same) return false;
  const auto matters = [](const Word* word, int nth) {
    return word != nullptr && (speaks(word, nth) || word->role != NumberRole::none ||
                               (word->classes & (kAtWord | kDotWord | kSeparatorWord)) != 0);
  };
  bool cued = false;
  if (!quiet(place, from, to, matters, cued)) return false;
  found = {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), SpanType::phone,
           cued ? 9.2F : 6.0F,
           kEvidenceShape | kEvidenceSpelled | (cued ? static_cast<std::uint32_t>(kEvidenceCue) : 0U)};
  return true;
}

}  // namespace connex::redaction
