#include "core/redaction/gate.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "core/redaction/blocks.hpp"
#include "core/redaction/fold.hpp"
#include "core/redaction/lexicon.hpp"
#include "core/redaction/tokens.hpp"
#include "core/redaction/utf8.hpp"

namespace connex::redaction {
namespace {

constexpr std::uint64_t kAddressWords = kHouse | kStreet | kLocality | kBuilding | kLandmark | kCity;

class Gate {
 public:
  Gate(std::string_view text, bool loose) : text_(text), loose_(loose), hits_(word_fingerprints()) {}

  bool run() {
    const BlockReader read = block_reader();
    std::size_t at = 0;
    for (; at + 64 <= text_.size(); at += 64) {
      if (block(read(text_.data() + at), at)) return true;
    }
    if (at < text_.size()) {
      char rest[64] = {};
      std::memcpy(rest, text_.data() + at, text_.size() - at);
      if (block(read(rest), at)) return true;
    }
    return false;
  }

 private:
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : ' '; }
  static bool digit(char c) { return c >= '0' && c <= '9'; }
  static bool letter(char c) { return (static_cast<unsigned char>(c) | 0x20U) - 'a' < 26U; }

  bool block(const Block& b, std::size_t base) {
    const std::uint64_t alnum = b.letters | b.digits;
    if (b.high != 0 && high_bytes(b.high, base)) return true;
    if (b.marks != 0 && marks(b.marks, base)) return true;
    if (b.digits != 0) {
      if (loose_) return true;
      const std::uint64_t mixed = (b.digits & (b.letters << 1)) | (b.letters & (b.digits << 1));
      if (mixed != 0 && (std::popcount(mixed) >= 3 || leet(mixed, base))) return true;
    }
    if (b.dashes != 0 && std::popcount(b.dashes) >= 20) return true;
    const std::uint64_t starts = alnum & ~((alnum << 1) | carry_);
    const std::uint64_t ends = alnum & ~(alnum >> 1);
    carry_ = alnum >> 63;
    // Letters or digits one by one: four or more.
    std::uint64_t single = starts & ends;
    for (int k = 0; k < 3 && single != 0; ++k) single &= single - 1;
    if (single != 0) return true;
    std::uint64_t words = b.letters & (starts | (b.digits << 1));
    while (words != 0) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(words));
      words &= words - 1;
      if (word(base + bit)) return true;
    }
    return b.digits != 0 && digits(b.digits, base);
  }

  // Letters for digits ("7SI", "84SO") in a run that changes between them at these places.
  bool leet(std::uint64_t mixed, std::size_t base) const {
    while (mixed != 0) {
      const std::size_t i = base + static_cast<std::size_t>(std::countr_zero(mixed));
      mixed &= mixed - 1;
      std::size_t first = i;
      while (first > 0 && i - first < 20 && (digit(text_[first - 1]) || letter(text_[first - 1]))) --first;
      std::size_t k = first;
      bool all = true;
      for (; k < first + 24 && (digit(at(k)) || letter(at(k))); ++k)
        all = all && leet_digit(letter(at(k)) ? static_cast<char>(at(k) | 0x20) : at(k)) != 0;
      const bool ordinal = k - first <= 4 && at(k - 1) == 't' && at(k - 2) == 's';
      if (all && k - first >= 3 && !ordinal) return true;
    }
    return false;
  }

  bool word(std::size_t i) {
    std::uint32_t letters = 0;
    if (i + 4 <= text_.size()) {
      std::memcpy(&letters, text_.data() + i, 4);
    } else {
      std::memcpy(&letters, text_.data() + i, text_.size() - i);
    }
    letters |= 0x20202020U;
    // The bytes before the first that is no letter.
    const std::uint32_t below = (letters | 0x80808080U) - 0x61616161U;  // high bit clear: below 'a'
    const std::uint32_t above = (letters & 0x7F7F7F7FU) + 0x05050505U;  // high bit set: above 'z'
    const std::uint32_t other = (~below | above | letters) & 0x80808080U;
    const std::uint32_t keep = other == 0 ? 0xFFFFFFFFU : ((other & (0U - other)) >> 7) - 1U;
    std::uint8_t hit = hits_[fingerprint(letters & keep)];
    // Letters drawn out ("siiiix", "ffive").
    const std::uint32_t same = (letters ^ (letters >> 8)) & keep;
    if (hit == 0 && ((same & 0xFFU) == 0 || (same & 0xFFFF00U) == 0)) hit = kHitWeakNumber;
    if (hit == 0) {
      run_ = weak_ = 0;
      return false;
    }
    if ((hit & kHitAlways) == 0 && !(loose_ && (hit & kHitLoose) != 0)) {
      // Words like "to" and "for" matter only in a row, or after a number word.
      if ((hit & kHitWeakNumber) == 0) {
        run_ = weak_ = 0;
        return false;
      }
      if (run_ == 0 && ++weak_ < 3) return false;
      if (run_ == 0) --weak_;
    }
    return look_up(i);
  }
  // The word at i is probably of interest.
  bool look_up(std::size_t i) {
    char plain[kLongestWord + 1];
    std::size_t n = 0;
    while (n < sizeof plain && letter(at(i + n))) {
      plain[n] = static_cast<char>(at(i + n) | 0x20);
      ++n;
    }
    const Word* word = n <= kLongestWord ? find_word({plain, n}) : nullptr;
    if (word == nullptr) {
      if (n <= kLongestWord && plain_number({plain, n}) != nullptr) {
        ++run_;
        return loose_ || run_ >= 5 || count(i, 1);
      }
      if (n <= kLongestWord && sound_number({plain, n}) != nullptr) {
        run_ += weak_ + 1;
        weak_ = 0;
        return loose_ || run_ >= 5;
      }
      // Number words run together ("sevensevensix").
      if (n >= 6) {
        for (std::size_t k = 3; k <= 6 && k + 2 < n; ++k) {
          const Word* head = find_word({plain, k});
          if (head == nullptr || head->role == NumberRole::none) continue;
          for (std::size_t m = 2; m <= 6 && k + m <= n; ++m) {
            const Word* next = find_word({plain + k, m});
            if (next != nullptr && next->role != NumberRole::none) return true;
            const Word* shared = find_word({plain + k - 1, m});
            if (shared != nullptr && shared->role != NumberRole::none) return true;
          }
        }
      }
      run_ = weak_ = 0;
      return false;
    }
    const std::string_view text = word->text;
    if (word->role != NumberRole::none) {
      if (loose_ && (word->classes & kWeakNumber) == 0) return true;
      run_ += weak_ + 1;  // weak ones just before count after all
      weak_ = 0;
      const bool strong = (word->classes & kWeakNumber) == 0;
      if (run_ >= 5 || (strong && (digit(at(i + n)) || (i > 0 && digit(text_[i - 1]))))) return true;
      if ((word->classes & kWeakNumber) == 0 &&
          count(i, word->role == NumberRole::tens || word->role == NumberRole::teen ||
                           word->role == NumberRole::repeat
                       ? 2
                       : 1))
        return true;
    } else {
      run_ = weak_ = 0;
    }
    if ((word->classes & (kPlatform | kProvider)) != 0 && text.size() >= 2 && text != "session" &&
        text != "live" && text != "proton" && text != "pm" && text != "hey")
      return true;
    if ((word->classes & kGateWord) != 0) return true;
    if ((word->classes & kDotWord) != 0 && next_is(i + n, kTld)) return true;
    if (loose_ && (word->classes & (kHandleCue | kPayCue | kPhoneCue | kMailCue | kAddressCue)) != 0)
      return true;
    if (text == "id" && (at(i + n) == ':' || at(i + n + 1) == ':')) return true;
    if ((word->classes & (kRegCue | kPanCue | kGstCue)) != 0) reg_at_ = i + 1;
    if ((word->classes & (kAddressWords | kPinCue)) != 0) {
      const int weight =
          (word->classes & (kHouse | kStreet | kLocality | kBuilding | kCity | kPinCue)) != 0 ? 2 : 1;
      if (i > address_at_ + 160) address_ = 0;
      address_at_ = i;
      address_ += weight;
      if (address_ >= 4) return true;
    }
    return false;
  }

  // Whether the next word, past brackets and blanks, is of these classes.
  bool next_is(std::size_t i, std::uint64_t classes) const {
    std::size_t k = i;
    while (k < i + 5 && k < text_.size() && !letter(at(k))) ++k;
    char plain[kLongestWord];
    std::size_t n = 0;
    while (n < sizeof plain && letter(at(k + n))) {
      plain[n] = static_cast<char>(at(k + n) | 0x20);
      ++n;
    }
    const Word* word = find_word({plain, n});
    return word != nullptr && (word->classes & classes) != 0;
  }

  // Adds digits, written or spelled, at i; true when enough stand close together for a number.
  bool count(std::size_t i, int n) {
    if (i > last_ + 48) sum_ = 0;
    last_ = i;
    sum_ += n;
    return sum_ >= 7;
  }

  bool digits(std::uint64_t mask, std::size_t base) {
    while (mask != 0) {
      const auto first = static_cast<std::size_t>(std::countr_zero(mask));
      const auto length = static_cast<std::size_t>(std::countr_one(mask >> first));
      mask = first + length >= 64 ? 0 : mask & ~((((std::uint64_t{1} << length) - 1)) << first);
      const std::size_t i = base + first;
      const std::size_t end = i + length;
      // The whole group, which may begin or end in another block.
      std::size_t from = i;
      while (from > 0 && i - from < 16 && digit(text_[from - 1])) --from;
      std::size_t to = end;
      while (to - end < 16 && digit(at(to))) ++to;
      if (to - from >= 4) {
        // A code between letters ("ABCDE1234F"), or a registration number.
        if (letter(at(to)) && from > 0 && letter(text_[from - 1])) return true;
        if (reg_at_ != 0 && i < reg_at_ + 60) return true;
      }
      if (length <= 4 && first + length < 64 && measured(end)) continue;
      // Marks in the places of digits ("98()4!5&2") count as such.
      const char after = at(to);
      const bool mark = after == '!' || after == '$' || after == '&' || (after == '(' && at(to + 1) == ')') ||
                        static_cast<unsigned char>(after) >= 0x80;
      if (count(i, static_cast<int>(length) + (mark ? 3 : 0))) return true;
    }
    return false;
  }

  // "500 mg", "14 days", "7.2 %": the digits before `end` are a measure.
  bool measured(std::size_t end) const {
    std::size_t k = end;
    if (at(k) == ' ') ++k;
    if (at(k) == '%') return k == end || !digit(at(k + 1));
    std::size_t n = 0;
    char plain[9];
    while (n < sizeof plain && letter(at(k + n))) {
      plain[n] = static_cast<char>(at(k + n) | 0x20);
      ++n;
    }
    if (n < 2 || n == sizeof plain || digit(at(k + n))) return false;
    const Word* word = find_word({plain, n});
    return word != nullptr && (word->classes & kUnit) != 0 && (word->classes & (kHouse | kStreet)) == 0;
  }

  bool marks(std::uint64_t mask, std::size_t base) const {
    while (mask != 0) {
      const std::size_t i = base + static_cast<std::size_t>(std::countr_zero(mask));
      mask &= mask - 1;
      if (i >= text_.size()) break;
      const char next = at(i + 1);
      switch (text_[i]) {
        case '@':
          return true;
        case '%':
          if (next >= '2' && next <= '7' && (digit(at(i + 2)) || letter(at(i + 2)))) return true;
          break;
        case '&':
          if (next == '#' || next == 'c' || next == 'p') return true;
          break;
        case '|':
          if (letter(next) || digit(next) || (i > 0 && letter(text_[i - 1]))) return true;
          break;
        case '/':
          if (next == '/') return true;
          break;
        default:  // a dot that may be inside a host
          if (i > 0 && (letter(text_[i - 1]) || digit(text_[i - 1])) && letter(next) && next_is(i + 1, kTld))
            return true;
          if (i > 1 && text_[i - 1] == ' ' && next == ' ' && next_is(i + 1, kTld)) return true;
          if ((next == ']' || next == ')' || next == '}') && next_is(i + 1, kTld)) return true;
          break;
      }
    }
    return false;
  }

  // Rupee signs, dashes, quotes, bullets and emoji are harmless; look-alikes, invisible characters and Indic
  // text are read.
  bool high_bytes(std::uint64_t mask, std::size_t base) const {
    while (mask != 0) {
      const std::size_t i = base + static_cast<std::size_t>(std::countr_zero(mask));
      mask &= mask - 1;
      if (i >= text_.size() || (static_cast<unsigned char>(text_[i]) & 0xC0) == 0x80) continue;
      const CodePoint c = decode(text_, i);
      const std::uint8_t folded = fold(c.value);
      switch (folded) {
        case kSymbol:
        case ' ':
        case '-':
        case '$':
        case '\'':
        case '"':
          continue;
        case '.':
          if (c.value == 0x2026 || c.value == 0x2022 || c.value == 0xB7) continue;
          return true;
        case kDropped:
          if (c.value == 0xFE0F || c.value == 0x200D) {
            // Joiners of emoji stand beside emoji.
            if (i > 0 && static_cast<unsigned char>(text_[i - 1]) >= 0x80) continue;
          }
          return true;
        default:
          return true;
      }
    }
    return false;
  }

  const std::string_view text_;
  const bool loose_;
  const Fingerprints& hits_;
  std::uint64_t carry_ = 0;
  std::size_t last_ = 0;
  std::size_t reg_at_ = 0;
  std::size_t address_at_ = 0;
  int address_ = 0;
  int sum_ = 0;
  int run_ = 0;   // number words in a row
  int weak_ = 0;  // of which not looked up yet
};

}  // namespace

bool may_hold_contact(std::string_view text, bool loose) noexcept { return Gate(text, loose).run(); }

}  // namespace connex::redaction
