// The digit lattice. All that counts digits (literals, number words, leet) becomes one row of digits in
// groups, with a price for whatever stands between two of them; a phone is a stretch of groups whose shape,
// layout and cues outweigh its price. Where groups end is one bit a digit, so that what stretches begin at a
// digit is read off one word of bits.
#include <algorithm>
#include <array>
#include <bit>

#include "core/redaction/checksums.hpp"
#include "core/redaction/detect.hpp"
#include "core/redaction/mobile.hpp"

namespace connex::redaction {
namespace {

constexpr float kBarrier = 4.0F;      // a measure, a date, a price between two digits
constexpr float kFar = 60.0F;         // a hidden span, or too much text: nothing reaches across
constexpr float kPartGap = 1.0F;      // between pieces that are announced as such
constexpr std::uint8_t kSingles = 1;  // rows of measure_regular
constexpr std::uint8_t kAlternating = 2;
constexpr std::uint8_t kPattern = 3;  // of measure_patterns
constexpr std::uint8_t kMisspelt = 4;  // of measure_misspelt
constexpr std::uint8_t kMisspeltPair = 5;
constexpr float kTrivial = -6.0F;     // of one digit over and over
constexpr float kDisguise = 0.8F;     // of the digits
constexpr float kHolds = 2.4F;        // of the check digit of an Aadhaar
constexpr float kCardHolds = 2.2F;    // of a card
constexpr float kCardFails = -1.0F;
constexpr float kCardAnnounced = 3.2F;
constexpr float kAbroad = 2.6F;   // behind 00, a country's code and its length; more where it is grouped
constexpr float kUnasked = 1.5F;  // off letters for digits that no word announces
constexpr float kEvenGap = 0.2F;  // and one gap, for digits with the same between every two of them
constexpr float kInParts = 0.9F;  // words announce the first piece, and the last
constexpr float kFives = 0.25F;    // two groups of five digits, neither of them round
constexpr float kRounding = 0.01F;
constexpr float kHopeless = 1.0F;     // below every sensible threshold, leniency included
constexpr std::size_t kShortest = 7;  // digits of a phone
constexpr std::size_t kLongestPhone = 16;
constexpr std::size_t kLongest = 19;  // of a card

// The digits that one token writes, with its "double".
struct Group {
  std::uint32_t begin;  // digits
  std::uint32_t last;
  std::uint32_t first_token;
  std::uint32_t last_token;
  double price;  // of all gaps up to here
  bool spelled;
  bool leet;
};

// The lowest `n` bits.
constexpr std::uint32_t low(std::size_t n) { return (std::uint32_t{1} << n) - 1; }

// A bit for each digit.
class Bits {
 public:
  explicit Bits(std::pmr::memory_resource* memory) : words_(memory) {}
  // All clear, for `n` digits and a window after them.
  void reset(std::size_t n) { words_.assign(n / 64 + 2, 0); }
  void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << (i % 64); }
  // Those of the kLongest digits from i on, the first lowest.
  std::uint32_t from(std::size_t i) const {
    const std::uint64_t* const word = words_.data() + i / 64;
    const std::uint64_t bits = i % 64 == 0 ? word[0] : word[0] >> (i % 64) | word[1] << (64 - i % 64);
    return static_cast<std::uint32_t>(bits) & low(kLongest);
  }

 private:
  std::pmr::vector<std::uint64_t> words_;
};

// Every so many digits a bit.
constexpr std::array<std::uint32_t, kLongest + 1> kEvery = [] {
  std::array<std::uint32_t, kLongest + 1> every{};
  for (std::size_t size = 1; size <= kLongest; ++size) {
    for (std::size_t k = size; k <= kLongest; k += size) every[size] |= std::uint32_t{1} << (k - 1);
  }
  return every;
}();

// The lengths of what can win without a cue, by its first digit: bit n - 1 for n digits.
constexpr std::array<std::uint32_t, 10> kLikely = [] {
  std::array<std::uint32_t, 10> likely{};
  constexpr auto length = [](std::size_t n) { return std::uint32_t{1} << (n - 1); };
  constexpr std::uint32_t kLong = low(kLongest) & ~low(12);  // 13 and more
  for (std::size_t digit = 0; digit < likely.size(); ++digit) {
    if (digit >= 1) likely[digit] |= length(10);
    if (digit <= 1) likely[digit] |= length(11);
    if (digit >= 2 || digit == 0) likely[digit] |= length(12);
    if ((digit >= 2 && digit <= 6) || digit == 0) likely[digit] |= kLong;
  }
  return likely;
}();
// With a plus before them, or behind 91, more.
constexpr std::uint32_t kLikelyAbroad = low(kLongest);
constexpr std::uint32_t kLikelyIndian = low(kLongest) & ~low(11);

// The best that varied_phone_shape says of digits with no plus before them, by the first of them.
constexpr float best_shape(std::size_t digit, std::size_t n) {
  if (n == 10) return digit >= 6 ? 3.0F : digit == 1 ? 2.6F : 1.0F;
  if (n == 11) return digit == 0 ? 3.2F : 2.6F;
  if (n == 12 && digit == 9) return 3.5F;
  if (n >= 12 && n <= 14 && digit == 0) return 3.5F;
  return n <= kLongestPhone && digit == 0 ? 3.2F : 0.0F;
}

// What words near a token say of it.
struct Cue {
  float score = 0;
  bool negative = false;
  bool labelled = false;  // "sample id": speaks against digits in one piece
  bool reverse = false;
  bool aadhaar = false;
  bool card = false;
};
constexpr Cue kNoCue{};


bool landline(std::string_view d) {  // area code and subscriber, ten digits
  const std::size_t code = std_code_length(d);
  return d.size() == 10 && code != 0 && d[code] >= '2' && d[code] <= '7';
}

bool trivial(std::string_view d) {  // a filler, not a number
  for (const char c : d) {
    if (c != d[0]) return false;
  }
  return true;
}

template <std::size_t n>
bool begins(std::string_view d, const char (&literal)[n]) {
  return d.size() >= n - 1 && __builtin_memcmp(d.data(), literal, n - 1) == 0;
}

// Country codes and how many digits follow them: where Indian doctors work and their colleagues live.
struct CountryCode {
  std::string_view code;
  std::size_t least;
  std::size_t most;
};
constexpr CountryCode kCountryCodes[] = {
    {"971", 8, 9},  {"968", 8, 8},  {"974", 8, 8}, {"965", 8, 8},  {"973", 8, 8},  {"966", 8, 9}, {"967", 8, 9},
    {"964", 9, 10}, {"962", 8, 9},  {"961", 7, 8}, {"972", 8, 9},  {"977", 8, 10}, {"975", 8, 8}, {"960", 7, 7},
    {"880", 9, 10}, {"852", 8, 8},  {"853", 8, 8}, {"886", 8, 9},  {"855", 8, 9},  {"856", 9, 10}, {"673", 7, 7},
    {"94", 9, 9},   {"92", 9, 10},  {"93", 9, 9},  {"95", 8, 10},  {"98", 10, 10}, {"90", 10, 10}, {"60", 8, 10},
    {"61", 9, 9},   {"62", 9, 12},  {"63", 9, 10}, {"64", 8, 10},  {"65", 8, 8},   {"66", 8, 9},  {"81", 9, 10},
    {"82", 9, 10},  {"84", 9, 10},  {"86", 10, 11}, {"44", 10, 10}, {"353", 8, 9}, {"49", 9, 11}, {"33", 9, 9},
    {"31", 9, 9},   {"32", 8, 9},   {"34", 9, 9},  {"39", 9, 11},  {"41", 9, 9},   {"43", 9, 11}, {"45", 8, 8},
    {"46", 8, 9},   {"47", 8, 8},   {"48", 9, 9},  {"351", 9, 9},  {"358", 8, 10}, {"27", 9, 9},  {"20", 9, 10},
    {"234", 10, 10}, {"254", 9, 9}, {"255", 9, 9}, {"256", 9, 9},  {"230", 7, 8},  {"248", 7, 7}, {"7", 10, 10},
    {"55", 10, 11}, {"52", 10, 10}, {"1", 10, 10}};

// Digits behind 00 are of a country of the list, and as many as it has.
bool abroad(std::string_view d) {
  for (const CountryCode& country : kCountryCodes) {
    if (d.starts_with(country.code))
      return d.size() >= country.code.size() + country.least && d.size() <= country.code.size() + country.most &&
             d[country.code.size()] != '0';
  }
  return false;
}

// How likely digits that are not trivial are, alone, a phone number. `plus` stands before them.
float varied_phone_shape(std::string_view d, bool plus) {
  const std::size_t n = d.size();
  float shape = -2.4F;
  if (n == 10) {
    if (mobile(d)) return 3.0F;
    shape = landline(d) ? 1.0F : 0.3F;
    if (begins(d, "1800") || begins(d, "1860")) shape = 2.6F;
  } else if (n == 11) {
    shape = -0.6F;
    if (d[0] == '0' && mobile(d.substr(1))) return 3.2F;
    if (d[0] == '0' && landline(d.substr(1))) shape = 2.6F;
    if (begins(d, "1800") || begins(d, "1860")) shape = 2.6F;
  } else if (n == 12) {
    shape = -0.6F;
    if (begins(d, "91") && mobile(d.substr(2))) return 3.5F;
    if (begins(d, "91") && landline(d.substr(2))) shape = plus ? 3.5F : 2.0F;
  } else if (n == 13) {
    shape = -0.6F;
    if ((begins(d, "910") || begins(d, "091")) && mobile(d.substr(3))) return 3.4F;
    if (begins(d, "910") && landline(d.substr(3))) shape = plus ? 3.5F : 2.2F;
  } else if (n == 14) {
    shape = -1.4F;
    if (begins(d, "0091") && mobile(d.substr(4))) return 3.5F;
    if (begins(d, "0091") && landline(d.substr(4))) shape = 3.2F;
  } else if (n == 9) {
    shape = -0.6F;
  } else if (n == 8) {
    shape = d[0] >= '2' ? -0.3F : -1.0F;
  } else if (n == 7) {
    shape = -1.0F;
  }
  if (plus && n >= 8 && n <= 15 && d[0] != '0') return std::max(shape, abroad(d) ? 3.4F : 3.0F);
  if (n >= 11 && n <= 16 && d[0] == '0' && d[1] == '0' && d[2] != '0')
    return std::max(shape, abroad(d.substr(2)) ? kAbroad : 1.5F);
  return shape;
}

float phone_shape(std::string_view d, bool plus) {
  return trivial(d) ? kTrivial : varied_phone_shape(d, plus);
}

class Lattice {
 public:
  explicit Lattice(Scan& scan)
      : scan_(scan),
        tokens_(scan.tokens),
        thresholds_(scan.policy().thresholds),
        digits_(scan.memory),
        groups_(scan.memory),
        group_of_(scan.memory),
        closes_(scan.memory),
        spelled_(scan.memory),
        told_after_(scan.memory),
        rows_(scan.memory),
        runs_(scan.memory),
        regular_(scan.memory),
        cues_before_(scan.memory),
        cues_after_(scan.memory),
        trends_(scan.memory) {}

  void run() {
    survey();
    regular_.assign(tokens_.size(), 0);
    if (lettered_) {
      measure_runs();
      measure_regular();
      measure_patterns();
      if (number_words_ >= 4) measure_misspelt();
    }
    lay_cells();
    if (digits_.size() < 2 && rows_.empty()) return;
    if (lettered_ || marked_) masked_numbers();
    if (told_) disguised_rows();
    if (digits_.size() < kShortest && rows_.empty()) return;
    place_cues();
    judge_rows();
    choose();
  }

 private:
  // ---- cells
  // ----------------------------------------------------------------------------------------------------

  const Token* at(std::size_t i) const { return i < tokens_.size() ? &tokens_[i] : nullptr; }

  // A weak number word ("to", "for", "ate") counts only beside something that counts for sure.
  bool counts(std::size_t i) const {
    const Token& token = tokens_[i];
    if (token.kind == TokenKind::digits) return true;
    if (token.kind == TokenKind::word) {
      if (regular_[i] >= kMisspelt) return true;
      if (token.size() > 5) return false;
      // "A = 98201, B = 33447", "{"a": 98201, "b": 33447}"
      if (token.size() == 1 && i + 1 < tokens_.size() &&
          (tokens_[i + 1].is('=') || tokens_[i + 1].is(':') || (i > 0 && tokens_[i + 1].is('"') && tokens_[i - 1].is('"'))))
        return false;
      if (token.size() == 1 && regular_[i] == kSingles && leet_digit(scan_.view(token)[0]) != 0) return true;
      if (token.size() == 1 && leet_digit(scan_.view(token)[0]) != 0 && beside_single(i)) return true;
      if (!lone_leet(token)) return false;
      return beside_digits(i);
    }
    if (token.kind != TokenKind::number || token.word->role >= NumberRole::hundred) return false;
    // "the last four", "next three": how many, not which.
    if (i > 0 && token.word->role == NumberRole::digit && tokens_[i - 1].letters() &&
        tokens_[i - 1].spaces + token.spaces > 0) {
      const Chars v = scan_.view(tokens_[i - 1]);
      if (v == "first" || v == "last" || v == "next" || v == "middle" || v == "final" || v == "remaining" ||
          v == "other")
        return false;
    }
    if (token.row || token.has(kRowNumber)) return runs_[i] >= 6;
    // "... four seven ok": an ordinary word at the edge of a row that is long enough without it.
    if (token.has(kWeakNumber) && token.has(kCommon) && runs_[i] >= 11 && at_edge(i) && !whole_without_cue(i))
      return false;
    if (!token.has(kWeakNumber) || runs_[i] >= 6) return true;
    return beside_numbers(i);
  }

  // Letters alone that read as digits between digits ("98 lO 76").
  bool lone_leet(const Token& token) const {
    if (token.size() > 5 || token.has(kCommon)) return false;
    const std::string_view letters = scan_.view(token);
    return std::all_of(letters.begin(), letters.end(), [](char c) {
      return c == 'o' || c == 'i' || c == 'l' || c == 's' || c == 'b' || c == 'z' || c == 'e' || c == 'g';
    });
  }

  // What the tokens leave to be looked at. Where there are but digits and marks, rows of words and patterns
  // of them need no measuring; where no word speaks of numbers, there are no cues.
  void survey() {
    constexpr std::uint64_t kCues =
        kPhoneCue | kWeakCue | kPhoneNeg | kReverse | kEdgeWord | kAadhaarCue | kCardCue;
    for (const Token& token : tokens_) {
      lettered_ = lettered_ || token.letters() || token.leet || token.is('$');
      marked_ = marked_ || marked_digit(token) != 0 || token.is('(');
      parted_ = parted_ || token.has(kPartWord);
      number_words_ += token.kind == TokenKind::number ? 1U : 0U;
      told_ = told_ || token.has(kCues) || (token.has(kHandleCue) && token.size() == 2) ||  // "id"
              (token.letters() && (token.size() == 7 || token.size() == 11));  // "subject", "participant"
    }
  }

  // How many tokens of the row that token i is in count, weak ones included.
  void measure_runs() {
    runs_.resize(tokens_.size());
    std::size_t start = 0;
    std::size_t length = 0;
    for (std::size_t i = 0; i <= tokens_.size(); ++i) {
      const bool end = i == tokens_.size();
      if (!end && (tokens_[i].kind == TokenKind::punct || tokens_[i].kind == TokenKind::symbol)) continue;
      if (!end && tokens_[i].counts()) {
        if (length++ == 0) start = i;
        continue;
      }
      if (length != 0)
        std::fill(runs_.begin() + static_cast<std::ptrdiff_t>(start),
                  runs_.begin() + static_cast<std::ptrdiff_t>(i), static_cast<std::uint32_t>(length));
      length = 0;
    }
  }

  // "nine ate foor noine zeero ...": among number words as many as a phone has, what is in no list is one in a
  // spelling that nobody foresaw.
  void measure_misspelt() {
    const auto number = [&](std::size_t i) {
      const Token& t = tokens_[i];
      return t.kind == TokenKind::number ? t.size() > 1 : t.kind == TokenKind::digits && t.size() == 1;
    };
    const auto unknown = [&](std::size_t i) {
      const Token& t = tokens_[i];
      return t.kind == TokenKind::word && t.size() >= 2 && t.size() <= 10 && !t.glued &&
             (t.word == nullptr || scan_.view(t) == "on");
    };
    const auto mark = [&](std::size_t i) {
      return tokens_[i].kind == TokenKind::punct || tokens_[i].kind == TokenKind::symbol;
    };
    for (std::size_t i = 0; i < tokens_.size();) {
      std::size_t end = i;
      std::size_t words = 0;
      std::size_t all = 0;
      std::size_t odd = 0;
      std::size_t last = i;  // one past the last that is known
      std::size_t digits = 0;
      for (; end < tokens_.size() && (end == i || tokens_[end].spaces != 2); ++end) {
        if (mark(end)) continue;
        if (!number(end) && !unknown(end)) break;
        words += tokens_[end].kind == TokenKind::number ? 1 : 0;
        digits += number(end) ? 1 : 0;
        if (tokens_[end].kind == TokenKind::number && tokens_[end].word->role != NumberRole::digit) ++digits;
        odd += number(end) ? 0 : 1;
        ++all;
        if (number(end)) last = end + 1;
      }
      const std::size_t next = std::max(end, i + 1);
      std::size_t first = i;
      while (first < last && !number(first)) ++first;
      // At the edges, only as many as a whole number wants.
      for (std::size_t k = end; all > 10 && k-- > last;) {
        if (mark(k)) continue;
        --all, --odd;
        end = k;
      }
      for (; all > 10 && i < first; ++i) {
        if (!mark(i)) --all, --odd;
      }
      const bool singly = words >= 5 && all - odd >= 6 && odd <= 4 && all >= 9 && all <= 13;
      const bool pairs = words >= 4 && odd <= 2 && digits + 2 * odd == 10;  // "aththanve unnchas shunya ..."
      if (odd != 0 && (singly || pairs)) {
        for (std::size_t k = i; k < end; ++k) {
          runs_[k] = static_cast<std::uint32_t>(std::max<std::size_t>(all, 6));
          if (unknown(k)) regular_[k] = singly ? kMisspelt : kMisspeltPair;
        }
      }
      i = next;
    }
  }

  // Rows of single characters, most of them digits, with a mark between ("7.Z.6.4.S"), and single digits with
  // one word between ("6 kiwi 2 apple 9").
  void measure_regular() {
    if (std::ranges::count_if(tokens_, [](const Token& token) { return token.size() == 1; }) < 8) return;
    for (const std::uint8_t kind : {kSingles, kAlternating}) {
      std::size_t i = 0;
      while (i < tokens_.size()) {
        std::size_t end = i;  // the last single
        std::size_t digits = 0;
        std::size_t singles = 0;
        std::size_t k = i;
        while (k < tokens_.size() && regular_single(k, kind)) {
          digits += tokens_[k].kind == TokenKind::digits ? 1 : 0;
          ++singles;
          end = k;
          if (kind == kSingles && k + 1 < tokens_.size() && tokens_[k + 1].spaces == 1 &&
              regular_single(k + 1, kind)) {
            ++k;
            continue;
          }
          if (k + 2 >= tokens_.size() || !regular_gap(k + 1, kind)) break;
          k += 2;
        }
        if (singles >= 8 && digits >= (kind == kSingles ? 3 : singles))
          std::fill(regular_.begin() + static_cast<std::ptrdiff_t>(i),
                    regular_.begin() + static_cast<std::ptrdiff_t>(end) + 1, kind);
        i = end + 1;
      }
    }
  }

  bool regular_single(std::size_t i, std::uint8_t kind) const {
    const Token& token = tokens_[i];
    if (token.size() != 1) return false;
    if (token.kind == TokenKind::digits) return true;
    if (token.is('$')) return kind == kSingles && token.spaces != 0;
    return kind == kSingles && token.letters() && leet_digit(scan_.view(token)[0]) != 0;
  }

  bool regular_gap(std::size_t i, std::uint8_t kind) const {
    const Token& token = tokens_[i];
    if (kind == kSingles) return token.kind == TokenKind::punct && token.size() <= 2;
    return token.kind == TokenKind::word && token.spaces == 1 && !token.has(kUnit | kCurrency | kPhoneNeg);
  }

  // Groups of digits that make one mobile number, with the same kinds of tokens between every two of them
  // ("a) 98 b) 20 ...", "9_x_8-y-2...", "9 cats 8 dogs"): what stands between is then no more than a mark.
  void measure_patterns() {
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_[i].has(kRemove)) {  // "remove the rupees"
        for (std::size_t k = i + 1; k < tokens_.size() && k <= i + 4; ++k)
          unmasked_ = unmasked_ || tokens_[k].has(kUnit | kCurrency);
      }
    }
    std::size_t i = 0;
    while (i < tokens_.size()) {
      if (!plain_group(i) || (i + 1 < tokens_.size() && plain_group(i + 1))) {
        ++i;
        continue;
      }
      std::array<char, 13> digits{};
      std::size_t n = 0;
      std::size_t groups = 0;
      std::size_t last = i;
      std::uint32_t kinds = 0;
      std::size_t words = 0;
      std::size_t letters = 0;
      bool even = true;
      bool fits = true;
      for (std::size_t k = i;;) {
        for (const char c : scan_.view(tokens_[k])) {
          if (n == digits.size()) fits = false;
          if (fits) digits[n++] = c;
        }
        ++groups;
        last = k;
        even = even && tokens_[k].size() == tokens_[i].size();
        if (!fits) break;
        std::uint32_t between = 0;
        const std::size_t next = pattern_gap(k, between, words, letters);
        if (next == 0 || (groups > 1 && between != kinds)) break;
        kinds = between;
        k = next;
      }
      const std::string_view d(digits.data(), n);
      if (fits && groups >= 4 && words != 0 && whole_mobile(d) && (even || letters == words)) {
        for (std::size_t k = i; k <= last; ++k) {
          if (!plain_group(k)) regular_[k] = kPattern;
        }
      }
      i = std::max(last, i + 1);
    }
  }

  bool plain_group(std::size_t i) const {
    return tokens_[i].kind == TokenKind::digits && !tokens_[i].leet && tokens_[i].size() <= 5;
  }

  // From the group at i to the next: its token, and what kinds of tokens stand between; or 0.
  std::size_t pattern_gap(std::size_t i, std::uint32_t& kinds, std::size_t& words,
                          std::size_t& letters) const {
    kinds = 1;
    for (std::size_t k = i + 1; k < tokens_.size() && k <= i + 4; ++k) {
      const Token& t = tokens_[k];
      if (plain_group(k)) return k > i + 1 ? k : 0;
      if (t.kind == TokenKind::hidden || t.kind == TokenKind::digits || t.size() > 12) return 0;
      if (t.has(kCurrency | kUnit | kPhoneNeg) && t.size() > 1 && !unmasked_) return 0;
      words += t.letters() ? 1 : 0;
      letters += t.letters() ? t.size() : 0;
      kinds = kinds * 4 + (t.letters() ? 1U : t.kind == TokenKind::punct ? 2U : 3U);
    }
    return 0;
  }

  // "no nine eight ...": ten after a word that announces them and might be one itself.
  bool whole_without_cue(std::size_t i) const {
    if (runs_[i] != 11) return false;
    std::size_t first = i;
    while (first > 0 && i - first < 24 && runs_[first - 1] == runs_[i]) --first;
    return first != i && tokens_[first].has(kPhoneCue);
  }

  bool at_edge(std::size_t i) const {
    return i == 0 || i + 1 >= tokens_.size() || runs_[i - 1] != runs_[i] || runs_[i + 1] != runs_[i];
  }

  bool digit_like(std::size_t i) const {
    return i < tokens_.size() && (tokens_[i].kind == TokenKind::digits ||
                                  (tokens_[i].kind == TokenKind::number && !tokens_[i].has(kWeakNumber) &&
                                   tokens_[i].word->role < NumberRole::hundred));
  }

  std::size_t skip_marks(std::size_t i, bool forward) const {
    for (int step = 0; step < 3; ++step) {
      i = forward ? i + 1 : i - 1;
      if (i >= tokens_.size()) return tokens_.size();
      if (tokens_[i].kind != TokenKind::punct && tokens_[i].kind != TokenKind::symbol) return i;
    }
    return tokens_.size();
  }

  bool beside_digits(std::size_t i) const {
    const std::size_t before = skip_marks(i, false);
    const std::size_t after = skip_marks(i, true);
    const auto literal = [&](std::size_t k) {
      return k < tokens_.size() && tokens_[k].kind == TokenKind::digits;
    };
    if (literal(before) && literal(after)) return true;
    return (literal(before) && tokens_[before].leet) || (literal(after) && tokens_[after].leet);
  }

  // A letter in a row of single characters, a digit among its neighbours ("3 3 A A 7").
  bool beside_single(std::size_t i) const {
    const auto single = [&](std::size_t k) {
      return k < tokens_.size() && tokens_[k].size() == 1 && tokens_[k].spaces <= 1;
    };
    if (!single(i - 1) || !single(i + 1) || tokens_[i].spaces == 0) return false;
    for (std::size_t k = i < 2 ? 0 : i - 2; k <= i + 2; ++k) {
      if (!single(k) || !(tokens_[k].kind == TokenKind::digits || leet_digit(scan_.view(tokens_[k])[0]) != 0))
        return false;
    }
    return tokens_[i - 1].kind == TokenKind::digits || tokens_[i + 1].kind == TokenKind::digits;
  }

  bool beside_numbers(std::size_t i) const {
    const std::size_t before = skip_marks(i, false);
    const std::size_t after = skip_marks(i, true);
    const auto number = [&](std::size_t k) { return k < tokens_.size() && tokens_[k].counts(); };
    if (digit_like(before) || digit_like(after)) {
      // "for 98..." and "98... to": a preposition at the edge of literal digits is one.
      const bool preposition = tokens_[i].has(kCommon);
      if (!preposition) return true;
      if (number(before) && number(after)) return true;
      const std::size_t side = digit_like(before) ? before : after;
      return tokens_[side].kind == TokenKind::number;
    }
    return number(before) && number(after);
  }

  // A word that announces a piece ("the rest", "part B:") stands right before token i.
  bool part_before(std::size_t i) const {
    for (std::size_t k = i, steps = 0; k-- > 0 && steps < 4; ++steps) {
      if (tokens_[k].kind == TokenKind::hidden || tokens_[k].kind == TokenKind::digits) return false;
      if (tokens_[k].has(kPartWord)) return true;
    }
    return false;
  }

  // "11223 is the end"
  bool part_after(std::size_t i) const {
    for (std::size_t k = i + 1; k < tokens_.size() && k <= i + 4; ++k) {
      if (tokens_[k].kind == TokenKind::hidden || tokens_[k].kind == TokenKind::digits) return false;
      if (tokens_[k].has(kPartWord)) return true;
    }
    return false;
  }

  // The rest of a mobile number whose beginning stands alone on its line, as this does, or right behind a word
  // that announces a phone, whatever was said between.
  bool halves_apart(std::size_t second) const {
    const Group& group = groups_.back();
    const std::size_t first = group.first_token;
    if (group.last_token != first || !plain_group(first) || !plain_group(second) ||
        tokens_[first].size() + tokens_[second].size() != 10 || tokens_[first].size() < 4 ||
        tokens_[second].size() < 4 || scan_.view(tokens_[first])[0] < '6')
      return false;
    const auto ends = [&](std::size_t k) { return k + 1 >= tokens_.size() || tokens_[k + 1].spaces == 2; };
    if ((first == 0 || tokens_[first].spaces == 2) && tokens_[second].spaces == 2 && ends(first) && ends(second)) return true;
    const std::size_t cue = first > 1 && tokens_[first - 1].is(':') ? first - 2 : first - 1;
    return first > 0 && cue < first && tokens_[cue].kind == TokenKind::word && tokens_[cue].has(kPhoneCue) &&
           !generic_number(scan_.view(tokens_[cue])) && tokens_[cue].size() >= 3 && tokens_[first].size() == 5 &&
           tokens_[second].spaces == 1 && !is_unit_after(second) && !is_unit_after(first);
  }

  void add(std::string_view digits, std::size_t first, std::size_t last, bool spelled, bool leet, float gap) {
    if (gap > kPartGap && gap < kFar && !groups_.empty() && part_before(first) &&
        (part_before(groups_.back().first_token) || first - groups_.back().last_token <= 12))
      gap = kPartGap;
    if (gap > 0.75F && gap < kFar && first == last && !groups_.empty() && halves_apart(first)) gap = 0.75F;
    if (position_) gap = std::min(gap, 0.2F);
    if (sized_) gap = std::min(gap, 0.5F);  // "... next five 12345"
    position_ = sized_ = false;
    price_ += groups_.empty() ? 0.0 : static_cast<double>(gap);
    const auto at = static_cast<std::uint32_t>(digits_.size());
    const auto group = static_cast<std::uint32_t>(groups_.size());
    groups_.push_back({at, at + static_cast<std::uint32_t>(digits.size()) - 1,
                       static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last), price_, spelled,
                       leet});
    // A letter that stands for a digit may come as it was written.
    for (const char c : digits) digits_.push_back(c >= '0' && c <= '9' ? c : leet_digit(c) != 0 ? leet_digit(c) : '0');
    group_of_.insert(group_of_.end(), digits.size(), group);
  }

  // What token i adds to the price of the gap it stands in.
  float gap_price(std::size_t i) {
    const Token& token = tokens_[i];
    float price = token.spaces == 2 ? 0.15F : 0.0F;
    switch (token.kind) {
      case TokenKind::hidden:
        return kFar;
      case TokenKind::symbol:
        return price + 0.12F;
      case TokenKind::punct: {
        const Token* next = at(i + 1);
        const bool spaced = next == nullptr || next->spaces != 0;
        switch (token.mark) {
          case ',':
            return price + (spaced ? 0.3F : 0.08F);
          case ';':  // the end of a clause, unless it stands between digits like any other mark
            return price + (spaced == (token.spaces != 0) ? 0.3F : 0.5F);
          case '.':
            return price + (spaced && token.spaces == 0 && token.size() == 1 ? 0.45F : 0.03F);
          case '?':
            return price + (spaced == (token.spaces != 0) ? 0.3F : 0.6F);
          case '=':
            return price + 0.3F;
          case '#':  // "#99721, #99752"
            return price + (token.spaces != 0 && !spaced ? 1.2F : 0.05F);
          case '$':
            return price + (token.spaces == 0 && !spaced ? 0.1F : 1.0F);
          case '%':
            return price + (token.spaces == 0 && spaced ? kBarrier : 0.1F);
          default:
            return price + 0.05F;
        }
      }
      default:
        break;
    }
    if (regular_[i] == kPattern) return price + (token.letters() && token.size() > 1 ? 0.1F : 0.05F);
    if (token.glued && token.size() <= 2 && token.kind == TokenKind::word) return price + 0.3F;
    if (regular_[i] == kAlternating) return price + 0.2F;
    // "98 of 450", "two to three of nine"
    if (token.size() == 2 && i > 0 && at(i + 1) != nullptr && tokens_[i - 1].counts() && at(i + 1)->counts()) {
      const Chars v = scan_.view(token);
      if (v == "of") return price + 1.2F;
      if (v == "to") return price + 0.6F;
    }
    if (token.has(kGlue) && token.has(kPartWord)) return price + 0.1F;
    if (token.has(kGlue)) return price + 0.2F;
    if (token.size() == 3 && scan_.view(token) == "men" && scan_.text.first(token.end) - scan_.text.first(token.begin) > 3)
      return price + 0.2F;  // "in" in Hindi
    if (token.has(kUnit | kCurrency)) return price + (unmasked_ ? 0.2F : kBarrier);
    if (token.has(kPhoneCue | kWeakCue | kSeparatorWord)) return price + 0.3F;
    if (token.has(kPhoneNeg)) return price + 2.0F;
    if (token.word != nullptr) return price + 0.7F;
    return price + 1.0F;
  }

  bool is_unit_after(std::size_t i) const {  // what follows measures token i
    const Token* next = at(i + 1);
    if (next == nullptr || next->spaces == 2) return false;
    if (next->is('%'))
      return next->spaces == 0 && !(at(i + 2) && at(i + 2)->counts() && at(i + 2)->spaces == 0);
    if (next->kind != TokenKind::word || !next->has(kUnit)) return false;
    return next->size() > 1 || next->glued == false;
  }

  // "3) 7", "row 2: 98": the number of a line, or of an item, in its turn. Returns tokens taken.
  std::size_t list_marker(std::size_t i) {
    std::size_t k = i;
    const bool named = tokens_[i].has(kLineWord);
    const bool opens = tokens_[i].spaces == 2 || i == 0 || named;
    if (named) ++k;
    if (k + 2 >= tokens_.size() || tokens_[k].kind != TokenKind::digits || tokens_[k].size() > 2) return 0;
    const Token& mark = tokens_[k + 1];
    const bool closes = mark.is(')') || (opens && (mark.is('.') || mark.is(':') || mark.is('-')));
    if (!closes || mark.size() != 1 || mark.spaces == 2 || !tokens_[k + 2].counts() ||
        tokens_[k + 2].spaces != 1)
      return 0;
    const int number = value(k);
    if (number != 1 && number != marker_ + 1) return opens && mark.is(')') && k == i ? 2 : 0;
    marker_ = number;
    return k + 2 - i;
  }

  // "a) 98450 b) 11223": the letter of an item, in its turn.
  bool letter_marker(std::size_t i) {
    if (tokens_[i].size() != 1 || !tokens_[i].letters() || i + 2 >= tokens_.size() || !tokens_[i + 1].is(')') ||
        tokens_[i + 1].spaces != 0 || !plain_group(i + 2))
      return false;
    const char letter = scan_.view(tokens_[i])[0];
    if (letter != 'a' && letter != letter_ + 1) return false;
    letter_ = letter;
    return true;
  }

  // Dates, times, prices and measures: how many tokens from i they take, or 0.
  std::size_t quantity(std::size_t i) {
    const Token& token = tokens_[i];
    if (token.kind != TokenKind::digits || token.leet) return 0;
    if (i > 0 && money_before(i) && token.size() < 10) {
      std::size_t k = i + 1;  // thousands groups and paise
      while (k + 1 < tokens_.size() && (tokens_[k].is(',') || tokens_[k].is('.')) && tokens_[k].spaces == 0 &&
             tokens_[k + 1].kind == TokenKind::digits && tokens_[k + 1].spaces == 0 &&
             tokens_[k + 1].size() <= 3)
        k += 2;
      return k - i;
    }
    const bool marked = i + 1 < tokens_.size() && tokens_[i + 1].kind == TokenKind::punct;
    if (const std::size_t n = marked ? doi(i) : 0; n != 0) return n;
    if (token.size() <= 5 && is_unit_after(i) && (token.size() <= 4 || (tokens_[i + 1].size() > 3 && !second_half(i))))
      return 1;
    if (i > 0 && token.size() == 4 && value(i) >= 1900 && value(i) < 2100 && tokens_[i - 1].letters() &&
        token.spaces == 1) {
      const Chars v = scan_.view(tokens_[i - 1]);
      if (v == "in" || v == "since" || v == "from" || v == "until" || v == "year") return 1;
    }
    if (const std::size_t n = token.size() <= 4 ? citation(i) : 0; n != 0) return n;
    if (!marked) return 0;
    if (const std::size_t n = amount(i); n != 0) return n;
    if (const std::size_t n = grouped_amount(i); n != 0) return n;
    if (const std::size_t n = pressure(i); n != 0) return n;
    return date_or_time(i);
  }

  // "98201 33447": the other five digits of a mobile number.
  bool second_half(std::size_t i) const {
    return i > 0 && tokens_[i].size() == 5 && tokens_[i].spaces == 1 && plain_group(i - 1) &&
           tokens_[i - 1].size() == 5 && scan_.view(tokens_[i - 1])[0] >= '6';
  }

  // "130/80", "128/78 mmHg", alone or one of several: nothing else is written on either side.
  std::size_t pressure(std::size_t i) const {
    if (tokens_[i].size() != 3 || tokens_[i].spaces == 0 || !mark_between(i + 1, '/')) return 0;
    if (i + 3 < tokens_.size() && tokens_[i + 3].spaces == 0 && tokens_[i + 3].is('/')) return 0;
    const int high = value(i);
    const int low = value(i + 2);
    return high >= 80 && high <= 260 && low >= 40 && low <= 150 && low + 10 < high ? 3 : 0;
  }

  // "2010;376(9753):1670-81", "2018 85 5628-5644", "376(9753):1670-81": a year, a volume with its issue, and
  // pages. Where the year, the issue or the colon is missing, the pages must go up. Returns tokens taken.
  std::size_t citation(std::size_t i) const {
    std::size_t k = i;
    const bool year = tokens_[i].size() == 4 && value(i) >= 1900 && value(i) < 2100;
    if (year) {
      ++k;
      if (k < tokens_.size() && (tokens_[k].is(';') || tokens_[k].is(',')) && tokens_[k].size() == 1) ++k;
    }
    if (value(k) < 1 || (year && tokens_[k].spaces == 2)) return 0;
    ++k;
    bool issue = false;
    if (k + 3 < tokens_.size() && tokens_[k].is('(')) {
      std::size_t close = k + 1;
      while (close < tokens_.size() && close < k + 6 && !tokens_[close].is(')')) ++close;
      if (close == k + 1 || close >= tokens_.size() || !tokens_[close].is(')')) return 0;
      issue = true;
      k = close + 1;
    }
    const bool colon = k < tokens_.size() && tokens_[k].is(':') && tokens_[k].size() == 1;
    if (colon) ++k;
    if (!year && !(issue && colon)) return 0;
    if (k >= tokens_.size() || tokens_[k].kind != TokenKind::digits || tokens_[k].leet ||
        tokens_[k].size() > 5 || tokens_[k].spaces == 2)
      return 0;
    const bool sure = year && (issue || colon);
    if (!mark_between(k + 1, '-')) return sure ? k + 1 - i : 0;
    const int first = value(k);
    const int last = value(k + 2);
    // The last page may leave out what it shares with the first one.
    int whole = last;
    for (int unit = 10; last >= 0 && whole < first && unit <= 1000; unit *= 10) {
      if (unit > last) whole = first - first % unit + last;
    }
    return (sure && tokens_[k + 2].size() <= 5) || (first > 0 && last >= 0 && whole >= first) ? k + 3 - i : 0;
  }

  // "3219.37" between blanks, and no number before or after it that is none: an amount, unless words announce
  // a phone. Returns tokens taken.
  std::size_t amount(std::size_t i) {
    const auto written = [&](std::size_t k) {
      return k + 2 < tokens_.size() && tokens_[k].kind == TokenKind::digits && tokens_[k].size() >= 3 &&
             mark_between(k + 1, '.') && tokens_[k + 2].size() == 2 &&
             (k + 3 >= tokens_.size() || tokens_[k + 3].spaces != 0 ||
              (tokens_[k + 3].kind == TokenKind::punct && !tokens_[k + 3].is('-') &&
               (k + 4 >= tokens_.size() || tokens_[k + 4].spaces != 0)));
    };
    if (tokens_[i].spaces == 0 || !written(i)) return 0;
    if (i + 3 < tokens_.size() && tokens_[i + 3].counts() && !written(i + 3)) return 0;
    place_cues();
    return cue_before(i).score >= 3.0F ? 0 : 3;
  }

  // "10.1016/S0140-6736(25)07835-8": a registrant, a slash, a suffix that begins with a letter.
  std::size_t doi(std::size_t i) const {
    if (scan_.view(tokens_[i]) != "10" || i + 4 >= tokens_.size() || !tokens_[i + 1].is('.') ||
        tokens_[i + 2].kind != TokenKind::digits || tokens_[i + 2].size() > 5 || !tokens_[i + 3].is('/') ||
        tokens_[i + 4].spaces != 0 || !(tokens_[i + 4].letters() || tokens_[i + 4].leet))
      return 0;
    std::size_t k = i + 4;
    while (k < tokens_.size() && k < i + 24 && tokens_[k].spaces == 0 && tokens_[k].kind != TokenKind::hidden)
      ++k;
    return k - i;
  }

  bool money_before(std::size_t i) const {
    const Token& before = tokens_[i - 1];
    if (before.is('$'))  // "7$3": only a mark between digits
      return !(before.spaces == 0 && tokens_[i].spaces == 0 && i >= 2 && tokens_[i - 2].counts());
    if (before.has(kCurrency) && before.kind == TokenKind::word) return true;
    return before.is('.') && i >= 2 && tokens_[i - 2].has(kCurrency) && before.spaces == 0;
  }

  // Tokens [i, end) write ten digits of a mobile number where words announce a phone.
  bool announced_mobile(std::size_t i, std::size_t end) {
    std::size_t digits = 0;
    for (std::size_t k = i; k < end; ++k) digits += tokens_[k].kind == TokenKind::digits ? tokens_[k].size() : 0;
    if (digits != 10 || scan_.view(tokens_[i])[0] < '6') return false;
    if (end < tokens_.size() && tokens_[end].letters() && tokens_[end].has(kUnit | kCurrency)) return false;
    place_cues();
    return std::max(cue_before(i).score, cue_after(end - 1).score) >= 3.0F && !cue_before(i).negative;
  }

  // Tokens [i, end) write ten digits of a mobile number to the last, and nothing is counted.
  bool exact_mobile(std::size_t i, std::size_t end) const {
    std::size_t digits = 0;
    for (std::size_t k = i; k < end; ++k) digits += tokens_[k].kind == TokenKind::digits ? tokens_[k].size() : 0;
    return digits == 10 && scan_.view(tokens_[i])[0] >= '6' && !scan_.view(tokens_[end - 1]).ends_with("00") &&
           (end >= tokens_.size() || tokens_[end].spaces == 2 || !tokens_[end].letters());
  }

  // "1,50,000": Indian or Western grouping of thousands, complete.
  std::size_t grouped_amount(std::size_t i) {
    if (tokens_[i].size() > 3 || tokens_[i].spaces == 0) return 0;
    std::size_t k = i + 1;
    std::size_t groups = 0;
    std::size_t last = 0;
    while (k + 1 < tokens_.size() && tokens_[k].is(',') && tokens_[k].size() == 1 && tokens_[k].spaces == 0 &&
           tokens_[k + 1].kind == TokenKind::digits && tokens_[k + 1].spaces == 0) {
      last = tokens_[k + 1].size();
      if (last != 2 && last != 3) return 0;
      k += 2;
      ++groups;
    }
    // "9,845,012,345", where words announce a phone and nothing is counted, or where the number is not round.
    if (tokens_[i].size() + groups * 2 < 10 && (announced_mobile(i, k) || exact_mobile(i, k))) return 0;
    // A phone grouped 3,3,4 or 5,5 does not end in three; 2,2,2,2,2 neither.
    return groups >= 1 && last == 3 && tokens_[i].size() + groups * 2 + 1 < 10 ? k - i : 0;
  }

  int value(std::size_t i) const {
    if (i >= tokens_.size() || tokens_[i].kind != TokenKind::digits || tokens_[i].leet ||
        tokens_[i].size() > 4)
      return -1;
    int v = 0;
    for (const char c : scan_.view(tokens_[i])) v = v * 10 + (c - '0');
    return v;
  }

  bool mark_between(std::size_t i, char mark) const {
    return i + 1 < tokens_.size() && tokens_[i].is(mark) && tokens_[i].size() == 1 &&
           tokens_[i].spaces == 0 && tokens_[i + 1].spaces == 0 && tokens_[i + 1].kind == TokenKind::digits;
  }

  std::size_t date_or_time(std::size_t i) const {
    if (i > 0 && tokens_[i].spaces == 0 && tokens_[i - 1].kind == TokenKind::punct && i > 1 &&
        tokens_[i - 1].spaces == 0 && tokens_[i - 2].kind == TokenKind::digits)
      return 0;  // inside a longer series
    const int a = value(i);
    if (a < 0) return 0;
    for (const char mark : {'/', '-', '.'}) {
      if (!mark_between(i + 1, mark)) continue;
      const int b = value(i + 2);
      if (mark_between(i + 3, mark)) {
        const int c = value(i + 4);
        if (mark_between(i + 5, mark)) return 0;
        const auto day_month_year = [&](std::size_t d, std::size_t m, std::size_t y) {
          return value(d) >= 1 && value(d) <= 31 && value(m) >= 1 && value(m) <= 12 &&
                 tokens_[d].size() <= 2 && tokens_[m].size() <= 2 &&
                 ((tokens_[y].size() == 4 && value(y) >= 1900 && value(y) < 2100) || tokens_[y].size() == 2);
        };
        if (b >= 0 && c >= 0 &&
            (day_month_year(i, i + 2, i + 4) || day_month_year(i + 2, i, i + 4) ||
             day_month_year(i + 4, i + 2, i)))
          return 5;
        return 0;
      }
      if (mark == '/' && a >= 1 && a <= 31 && b >= 1 && b <= 12 && tokens_[i + 2].size() == 2) return 3;
      if (mark == '/' && a >= 1 && a <= 12 && b >= 1900 && b < 2100) return 3;
      if (mark == '-' && a >= 1900 && a < 2100 && b > a && b < 2100) return 3;
    }
    if (mark_between(i + 1, ':')) {
      const int b = value(i + 2);
      std::size_t taken = 3;
      if (mark_between(i + 3, ':')) {
        taken = 5;
        if (mark_between(i + 5, ':')) return 0;
      }
      if (a < 24 && b >= 0 && b < 60 && tokens_[i + 2].size() == 2) return taken;
    }
    return 0;
  }

  // "three hundred", "nine hundred eighty seven": a numeral read out whole, as its digits. Returns tokens
  // taken.
  std::size_t hundreds(std::size_t i, std::string& out) const {
    const Token* scale = at(i + 1);
    if (scale == nullptr || scale->kind != TokenKind::number || scale->word->role != NumberRole::hundred)
      return 0;
    const Token& unit = tokens_[i];
    char digit = 0;
    if (unit.kind == TokenKind::digits && unit.size() == 1) digit = scan_.view(unit)[0];
    if (unit.kind == TokenKind::number && unit.word->role == NumberRole::digit)
      digit = static_cast<char>('0' + unit.word->value);
    if (digit == 0) return 0;
    out.push_back(digit);
    std::size_t k = i + 2;
    if (k + 1 < tokens_.size() && scan_.view(tokens_[k]) == "and") ++k;
    const Token* rest = at(k);
    if (rest != nullptr && rest->kind == TokenKind::number && rest->spaces != 2) {
      if (rest->word->role == NumberRole::tens || rest->word->role == NumberRole::teen) {
        std::string tail;
        const std::size_t taken = two_digits(k, tail);
        out += tail;
        return k + taken - i;
      }
    }
    if (k == i + 3 && rest != nullptr && rest->kind == TokenKind::number &&
        rest->word->role == NumberRole::digit) {
      out.push_back('0');
      out.push_back(static_cast<char>('0' + rest->word->value));
      return 4;
    }
    out += "00";
    return 2;
  }

  // Less than a thousand from token i on ("984", "eighty four", "8 hundred 49"); returns tokens taken.
  std::size_t below_thousand(std::size_t i, int& out) const {
    const auto below_hundred = [&](std::size_t k, int& number) -> std::size_t {
      if (k >= tokens_.size() || tokens_[k].leet || (k != i && tokens_[k].spaces == 2)) return 0;
      if (tokens_[k].kind == TokenKind::digits && tokens_[k].size() <= 3) {
        number = value(k);
        return 1;
      }
      if (tokens_[k].kind != TokenKind::number || tokens_[k].word->role < NumberRole::digit ||
          tokens_[k].word->role > NumberRole::tens)
        return 0;
      number = tokens_[k].word->value;
      std::string tail;
      const std::size_t taken = tokens_[k].word->role == NumberRole::digit ? 1 : two_digits(k, tail);
      if (!tail.empty()) number = (tail[0] - '0') * 10 + (tail[1] - '0');
      return taken;
    };
    std::size_t taken = below_hundred(i, out);
    if (taken == 0) return 0;
    if (const Token* scale = at(i + taken); out <= 9 && scale != nullptr && scale->kind == TokenKind::number &&
                                            scale->word->role == NumberRole::hundred) {
      out *= 100;
      std::size_t rest = i + taken + 1;
      if (at(rest) != nullptr && scan_.view(tokens_[rest]) == "and") ++rest;
      int tail = 0;
      const std::size_t more = below_hundred(rest, tail);
      const Token* const next = more != 0 ? at(rest + more) : nullptr;
      const bool other = next != nullptr && next->kind == TokenKind::number && next->word->role == NumberRole::hundred;
      if (more != 0 && tail < 100 && !other) {
        out += tail;
        return rest + more - i;
      }
      return taken + 1;
    }
    return taken;
  }

  // "984 crore 90 lakh 11 thousand 223", "nine thousand eight hundred forty nine": a numeral that says all of its
  // digits, down to the last. Returns tokens taken.
  std::size_t numeral(std::size_t i, std::string& out) const {
    constexpr std::uint64_t kScales[] = {1000, 100'000, 10'000'000};  // thousand, lakh, crore
    std::uint64_t sum = 0;
    std::uint64_t above = 100'000'000'000;
    std::size_t k = i;
    while (true) {
      int part = 0;
      const std::size_t taken = below_thousand(k, part);
      if (taken == 0 || part <= 0) return 0;
      k += taken;
      const Token* const scale = at(k);
      if (scale == nullptr || scale->kind != TokenKind::number || scale->word->role < NumberRole::thousand) {
        if (sum == 0) return 0;
        sum += static_cast<std::uint64_t>(part);
        break;
      }
      const std::uint64_t times = kScales[static_cast<std::size_t>(scale->word->role) -
                                          static_cast<std::size_t>(NumberRole::thousand)];
      if (times >= above) return 0;
      above = times;
      sum += static_cast<std::uint64_t>(part) * times;
      ++k;
    }
    out = std::to_string(sum);
    return k - i;
  }

  // "first 6 765074", "pehle paanch 98450", "first five digits 98450": how many digits follow.
  bool says_how_many(std::size_t i) const {
    if (i == 0 || i + 1 >= tokens_.size() || !tokens_[i - 1].has(kPartWord)) return false;
    const std::size_t next = tokens_[i + 1].letters() && tokens_[i + 1].has(kPhoneCue) ? i + 2 : i + 1;
    if (next >= tokens_.size() || tokens_[next].kind != TokenKind::digits || tokens_[next].size() <= 2) return false;
    const Token& said = tokens_[i];
    const bool spelled = said.kind == TokenKind::number && said.word->role == NumberRole::digit;
    const int size = spelled ? said.word->value : said.size() <= 2 ? value(i) : -1;
    return static_cast<int>(tokens_[next].size()) == size;
  }

  // "piece 1 98450", "1/2: 98450", "98450 (2/2)", "part 2 of 3: 450": which piece it is, in its turn. Returns
  // tokens taken.
  std::size_t piece_marker(std::size_t i) {
    std::size_t k = i;
    const bool named = tokens_[k].has(kLineWord);
    if (named) ++k;
    const bool bracket = k < tokens_.size() && tokens_[k].is('(') && tokens_[k].size() == 1;
    if (bracket) ++k;
    const int number = k < tokens_.size() && tokens_[k].size() == 1 ? value(k) : -1;
    if (number < 1 || (number != 1 && number != piece_ + 1)) return 0;
    ++k;
    bool of = false;
    if (k + 1 < tokens_.size() && (tokens_[k].is('/') || scan_.view(tokens_[k]) == "of")) {
      if (tokens_[k + 1].size() != 1 || value(k + 1) < std::max(number, 2)) return 0;
      of = true;
      k += 2;
    }
    if (!(named || of)) return 0;
    if (bracket) {
      if (k >= tokens_.size() || !tokens_[k].is(')')) return 0;
      ++k;
    }
    const bool ends = k >= tokens_.size() || tokens_[k].spaces == 2;
    const bool after = bracket && ends && i > 0 && tokens_[i - 1].kind == TokenKind::digits && tokens_[i].spaces == 1;
    if (!after) {
      if (k < tokens_.size() && (tokens_[k].is(':') || tokens_[k].is('-')) && tokens_[k].size() == 1) ++k;
      if (k >= tokens_.size() || tokens_[k].kind != TokenKind::digits || tokens_[k].size() < 3 || tokens_[k].glued)
        return 0;
    }
    piece_ = number;
    return k - i;
  }

  bool ordinal(std::size_t i) const {
    if (i + 1 >= tokens_.size() || tokens_[i].kind != TokenKind::digits || tokens_[i].size() > 2) return false;
    const Token& next = tokens_[i + 1];
    if (!next.glued || next.size() != 2) return false;
    const Chars v = scan_.view(next);
    return v == "st" || v == "nd" || v == "rd" || v == "th";
  }

  bool named_place(std::size_t i) const {
    if (i >= tokens_.size() || !tokens_[i].letters()) return false;
    const Chars v = scan_.view(tokens_[i]);
    return v == "digit" || v == "number" || v == "one" || v == "place" || v == "position" || v == "ank";
  }

  // "third", "fifth"
  bool says_which(const Token& token) const {
    const Chars v = token.word->text;
    return v.ends_with("th") || v == "first" || v == "second" || v == "third";
  }

  bool follows_pattern(std::size_t i) const {
    return (i > 0 && regular_[i - 1] == kPattern) || (i + 1 < tokens_.size() && regular_[i + 1] == kPattern);
  }

  // "saat do baar", "7 three times": one digit and how often. Returns tokens taken.
  std::size_t repeated(std::size_t i, std::string& out) const {
    if (i + 1 >= tokens_.size()) return 0;
    const auto single = [&](std::size_t k) -> int {
      const Token& token = tokens_[k];
      if (token.kind == TokenKind::digits && token.size() == 1 && !token.leet)
        return scan_.view(token)[0] - '0';
      return token.kind == TokenKind::number && token.word->role == NumberRole::digit ? token.word->value
                                                                                      : -1;
    };
    // "one twice, three once"
    if (const Token& often = tokens_[i + 1]; often.letters() && often.spaces == 1 && single(i) >= 0 &&
                                             (i + 2 >= tokens_.size() || !tokens_[i + 2].counts())) {
      const Chars v = scan_.view(often);
      const std::size_t count = v == "once" ? 1 : v == "twice" ? 2 : v == "thrice" ? 3 : 0;
      if (count != 0) {
        out.append(count, static_cast<char>('0' + single(i)));
        return 2;
      }
    }
    if (i + 2 >= tokens_.size()) return 0;
    const auto times_word = [&](std::size_t k) {
      const Chars v = scan_.view(tokens_[k]);
      return tokens_[k].letters() && (v == "baar" || v == "bar" || v == "baari" || v == "vaar" || v == "times" || v == "dafa");
    };
    const bool before = times_word(i + 1);  // "do baar 7"
    if (!before && !times_word(i + 2)) return 0;
    const int digit = single(before ? i + 2 : i);
    const int times = single(before ? i : i + 1);
    if (digit < 0 || times < 2 || times > 5) return 0;
    out.append(static_cast<std::size_t>(times), static_cast<char>('0' + digit));
    return 3;
  }

  // One digit as a sum or difference ("3+4", "(9-2)"). Returns tokens taken.
  std::size_t sum(std::size_t i, char& digit) const {
    const auto single = [&](std::size_t k) {
      return k < tokens_.size() && tokens_[k].kind == TokenKind::digits && tokens_[k].size() <= 2 &&
             !tokens_[k].leet;
    };
    if (!single(i) || !single(i + 2) || tokens_[i + 1].size() != 1) return 0;
    const bool minus = tokens_[i + 1].is('-');
    if (!minus && !tokens_[i + 1].is('+')) return 0;
    if (tokens_[i + 1].spaces != tokens_[i + 2].spaces || tokens_[i + 2].spaces == 2) return 0;
    const int a = value(i);
    const int b = value(i + 2);
    const int result = minus ? a - b : a + b;
    if (result < 0 || result > 9) return 0;
    digit = static_cast<char>('0' + result);
    return 3;
  }

  // Seven sums or more in a row, each but for marks right after the other: lays a cell for each. Returns
  // tokens taken.
  std::size_t sums(std::size_t i, float gap) {
    char digit = 0;
    if (i < sums_checked_ || sum(i, digit) == 0) return 0;
    std::size_t found = 0;
    std::size_t end = i;
    for (std::size_t k = i; k < tokens_.size();) {
      const std::size_t taken = sum(k, digit);
      if (taken == 0) break;
      ++found;
      end = k + taken;
      k = end;
      while (k < tokens_.size() && k < end + 3 && tokens_[k].kind == TokenKind::punct) ++k;
    }
    sums_checked_ = end;
    if (found < kShortest) return 0;
    for (std::size_t k = i; k < end;) {
      const std::size_t taken = sum(k, digit);
      if (taken == 0) {
        ++k;
        continue;
      }
      add({&digit, 1}, k, k + taken - 1, true, true, k == i ? gap : 0.1F);
      k += taken;
    }
    return end - i;
  }

  // A tens or teen word, with the unit that follows a tens word. Returns tokens taken.
  std::size_t two_digits(std::size_t i, std::string& out) const {
    const Word& word = *tokens_[i].word;
    int value = word.value;
    std::size_t taken = 1;
    if (word.role == NumberRole::tens) {
      std::size_t k = i + 1;
      if (k + 1 < tokens_.size() && tokens_[k].is('-') && tokens_[k].size() == 1 && tokens_[k].spaces == 0)
        ++k;
      const Token* unit = at(k);
      if (unit != nullptr && unit->kind == TokenKind::digits && unit->glued && unit->size() == 1 && !unit->leet) {
        value += scan_.view(*unit)[0] - '0';  // "ninety8"
        taken = k + 1 - i;
      } else if (unit != nullptr && unit->kind == TokenKind::number && unit->word->role == NumberRole::digit &&
          unit->word->value != 0 && unit->spaces != 2) {
        value += unit->word->value;
        taken = k + 1 - i;
      }
    }
    out.push_back(static_cast<char>('0' + value / 10));
    out.push_back(static_cast<char>('0' + value % 10));
    return taken;
  }

  // "</td>", "<br>": written for a machine, read by nobody. Returns tokens taken.
  std::size_t markup(std::size_t i) const {
    if (tokens_[i].size() != 1) return 0;
    bool name = false;
    for (std::size_t k = i + 1; k < tokens_.size() && k < i + 5 && tokens_[k].spaces == 0; ++k) {
      if (tokens_[k].is('>') && tokens_[k].size() == 1) return name ? k + 1 - i : 0;
      if (!tokens_[k].letters() && !tokens_[k].is('/') && !tokens_[k].leet) return 0;
      name = true;
    }
    return 0;
  }

  static bool morse_mark(const Token& token) { return token.is('.') || token.is('-') || token.is('_'); }

  // Five dots and dashes write a digit in Morse code. Returns tokens taken.
  std::size_t morse(std::size_t i, std::string& out) const {
    std::array<bool, 5> dash{};
    std::size_t n = 0;
    std::size_t k = i;
    while (k < tokens_.size() && morse_mark(tokens_[k]) && (k == i || tokens_[k].spaces == 0)) {
      for (std::uint32_t c = 0; c < tokens_[k].size(); ++c, ++n) {
        if (n == 5) return 0;
        dash[n] = !tokens_[k].is('.');
      }
      ++k;
    }
    if (n != 5 || (i > 0 && tokens_[i].spaces == 0 && tokens_[i - 1].kind != TokenKind::punct)) return 0;
    std::size_t lead = 1;
    while (lead < 5 && dash[lead] == dash[0]) ++lead;
    for (std::size_t c = lead; c < 5; ++c) {
      if (dash[c] == dash[0]) return 0;
    }
    out.push_back(static_cast<char>('0' + (dash[0] ? (lead == 5 ? 0 : 5 + lead) : lead)));
    return k - i;
  }

  // "98450 (new line) 11223": a word or three in brackets between two groups of digits, or a few more and a time
  // between the halves of a mobile number. Returns tokens taken.
  std::size_t aside(std::size_t i) const {
    if (i == 0 || tokens_[i].spaces == 0 || !plain_group(i - 1) || tokens_[i - 1].size() < 3) return 0;
    bool few = true;
    for (std::size_t k = i + 1; k + 1 < tokens_.size() && k <= i + 9; ++k) {
      const Token& t = tokens_[k];
      if (t.is(')')) {
        const bool halves = plain_group(k + 1) && tokens_[i - 1].size() == 5 && tokens_[k + 1].size() == 5 &&
                            scan_.view(tokens_[i - 1])[0] >= '6';
        return k > i + 1 && (halves || (few && plain_group(k + 1) && tokens_[k + 1].size() >= 3)) ? k + 1 - i : 0;
      }
      few = few && k <= i + 3 && t.letters() && !t.has(kUnit | kCurrency | kPhoneNeg);
      if (t.kind == TokenKind::hidden || (t.kind == TokenKind::digits && t.size() > 2)) return 0;
    }
    return 0;
  }

  // Digits between two groups of digits: whatever the rest of lay_cells looks for has other neighbours.
  bool amid_digits(std::size_t i) const {
    const auto plain = [&](const Token& t) { return t.kind == TokenKind::digits && !t.leet && !t.glued; };
    return i > 0 && i + 1 < tokens_.size() && plain(tokens_[i]) && plain(tokens_[i - 1]) &&
           plain(tokens_[i + 1]) && tokens_[i].size() <= kLongest &&
           !(i + 2 < tokens_.size() && tokens_[i + 2].letters());  // "7 3 times"
  }

  // One of three bars and more between groups of one size ("98|45|01|23|45"): no digit.
  bool bar_separates(std::size_t i) const {
    const auto plain = [&](std::size_t k) {
      return k < tokens_.size() && tokens_[k].kind == TokenKind::digits && !tokens_[k].leet;
    };
    const auto bar = [&](std::size_t k) { return k < tokens_.size() && tokens_[k].is('|') && tokens_[k].size() == 1; };
    if (i == 0 || !plain(i - 1)) return false;
    const std::size_t size = tokens_[i - 1].size();
    std::size_t bars = 0;
    constexpr std::size_t kMost = 10;
    for (std::size_t k = i; bars < kMost && bar(k) && plain(k + 1) && tokens_[k + 1].size() == size; k += 2) ++bars;
    for (std::size_t k = i; bars < kMost && k >= 3 && bar(k - 2) && plain(k - 3) && tokens_[k - 3].size() == size;
         k -= 2)
      ++bars;
    return bars >= 3;
  }

  void lay_cells() {
    std::size_t expected = 0;
    for (const Token& token : tokens_)
      expected += token.kind == TokenKind::digits ? token.size() : token.kind == TokenKind::number ? 2U : 0U;
    digits_.reserve(expected);
    group_of_.reserve(expected);
    groups_.reserve(std::min(expected, tokens_.size()));
    float gap = 0;
    std::size_t i = 0;
    std::string digits;
    while (i < tokens_.size()) {
      const Token& token = tokens_[i];
      if (amid_digits(i)) {
        add(scan_.view(token), i, i, false, false, token.spaces == 2 ? gap + 0.15F : gap);
        gap = 0;
        ++i;
        continue;
      }
      if (token.kind == TokenKind::punct && morse_mark(token)) {
        digits.clear();
        if (const std::size_t taken = morse(i, digits); taken != 0) {
          add(digits, i, i + taken - 1, true, true, gap + 0.05F);
          gap = 0;
          i += taken;
          continue;
        }
      }
      if (token.is('|') && token.size() == 1 && i > 0 && !bar_separates(i) &&
          !(tokens_[i - 1].size() >= 4 && at(i + 1) != nullptr && at(i + 1)->size() >= 4 &&
            !tokens_[i - 1].leet) &&
          tokens_[i - 1].counts() && at(i + 1) != nullptr && at(i + 1)->counts() &&
          ((token.spaces == 0) != (at(i + 1)->spaces == 0) || tokens_[i - 1].leet || at(i + 1)->leet ||
           (token.spaces == 0 && at(i + 1)->spaces == 0))) {
        add("1", i, i, false, true, gap);
        gap = 0;
        ++i;
        continue;
      }
      if (token.is('$') && regular_[i] == kSingles) {
        add("5", i, i, false, true, gap);
        gap = 0;
        ++i;
        continue;
      }
      if (token.is('<')) {
        if (const std::size_t taken = markup(i); taken != 0) {
          gap += 0.05F;
          i += taken;
          continue;
        }
      }
      if (token.is('(')) {
        if (const std::size_t taken = aside(i); taken != 0) {
          gap += 0.45F;
          i += taken;
          continue;
        }
        if (const std::size_t taken = piece_marker(i); taken != 0) {
          gap += 0.1F;
          i += taken;
          continue;
        }
      }
      if (!token.counts() && token.kind != TokenKind::word) {
        gap += gap_price(i);
        ++i;
        continue;
      }
      if (letter_marker(i)) {
        gap += 0.1F;
        i += 2;
        continue;
      }
      if ((token.kind == TokenKind::word && !token.has(kLineWord) && !counts(i)) || regular_[i] == kPattern) {
        gap += gap_price(i);
        ++i;
        continue;
      }
      if (const std::size_t taken = list_marker(i); taken != 0) {
        gap += taken == 2 ? 0.0F : 0.1F;
        i += taken;
        continue;
      }
      if (const std::size_t taken = piece_marker(i); taken != 0) {
        gap += 0.1F;
        i += taken;
        continue;
      }
      if (says_how_many(i)) {
        sized_ = true;
        gap += 0.1F;
        ++i;
        continue;
      }
      const auto one_digit = [&](std::size_t k) { return ordinal(k) && tokens_[k].size() == 1; };
      if (one_digit(i) && (one_digit(i + 2) || (i > 1 && one_digit(i - 2)))) {  // "9th 8th 4th"
        add(scan_.view(token), i, i + 1, true, false, gap);
        gap = 0.05F;
        i += 2;
        continue;
      }
      if (ordinal(i)) {  // "1st is 9, 2nd is 8": says which, counts nothing
        position_ = true;
        gap += 0.1F;
        i += 2;
        continue;
      }
      if (token.has(kRowNumber) && says_which(token) && named_place(i + 1)) {  // "first digit 9, second digit 8"
        position_ = true;
        gap += 0.1F;
        ++i;
        continue;
      }
      if (const std::size_t taken = sums(i, gap); taken != 0) {
        gap = 0;
        i += taken;
        continue;
      }
      digits.clear();
      if (lettered_) {
        std::size_t taken = token.counts() ? repeated(i, digits) : 0;
        if (taken == 0 && token.counts()) taken = numeral(i, digits);
        if (taken != 0) {
          add(digits, i, i + taken - 1, true, token.leet, token.spaces == 2 ? gap + 0.15F : gap);
          gap = 0;
          i += taken;
          continue;
        }
      }
      if (const std::size_t taken = unmasked_ || follows_pattern(i) ? 0 : quantity(i); taken != 0) {
        gap += kBarrier;
        i += taken;
        continue;
      }
      if (!counts(i)) {
        gap += gap_price(i);
        ++i;
        continue;
      }
      if (token.spaces == 2) gap += 0.15F;
      if (token.kind == TokenKind::digits &&
          token.size() > kLongest) {  // longer than any number: looked at alone
        rows_.push_back(static_cast<std::uint32_t>(i));
        gap += kFar;
        ++i;
        continue;
      }
      std::size_t taken = 0;
      if (regular_[i] >= kMisspelt) {  // which one is anybody's guess
        digits.push_back(digits_.size() % 10 == 0 ? '9' : '5');
        if (regular_[i] == kMisspeltPair) digits.push_back('8');
        taken = 1;
      }
      if (taken == 0) taken = hundreds(i, digits);
      if (taken == 0 && token.kind == TokenKind::number) taken = spelled(i, digits);
      if (taken == 0 && token.kind == TokenKind::number) {  // "double" of nothing
        gap += gap_price(i);
        ++i;
        continue;
      }
      if (taken != 0) {
        add(digits, i, i + taken - 1, true, token.leet, gap);
      } else {
        literal(i, gap);
        taken = 1;
      }
      gap = 0;
      i += taken;
    }
  }

  void literal(std::size_t i, float gap) {
    const Token& token = tokens_[i];
    const std::string_view run = scan_.view(token);
    const bool leet = token.leet || token.kind == TokenKind::word;
    // Digits tied to letters before them are a code ("NCT0837"), unless the letters announce a phone.
    if (token.glued && i > 0 && tokens_[i - 1].kind == TokenKind::word &&
        !tokens_[i - 1].has(kPhoneCue | kWeakCue | kPlusWord)) {
      const bool noise =
          (tokens_[i - 1].size() <= 2 || tokens_[i - 1].has(kGlue)) && i > 1 && tokens_[i - 2].counts();
      if (!noise) gap += 2.5F;
    }
    float inner = gap;
    // "T4", "B12": more often a name of something than leet.
    const bool regular = regular_[i] == kSingles;
    if (leet && !regular && !token.glued && run.size() <= 3 && (run[0] < '0' || run[0] > '9') &&
        std::ranges::count_if(run, [](char c) { return c < '0' || c > '9'; }) == 1)
      inner += 0.8F;
    // A decimal.
    if (i >= 2 && run.size() <= 2 && token.spaces == 0 && tokens_[i - 1].is('.') &&
        tokens_[i - 1].spaces == 0 && tokens_[i - 2].kind == TokenKind::digits &&
        tokens_[i - 2].size() <= 3 && !(i >= 3 && tokens_[i - 2].spaces == 0 && tokens_[i - 3].is('.')) &&
        !(at(i + 1) != nullptr && at(i + 1)->is('.') && at(i + 1)->spaces == 0 && at(i + 2) != nullptr &&
          at(i + 2)->spaces == 0))
      inner += 0.6F;
    // An all-letter run inside literal digits is a guess.
    if (token.kind == TokenKind::word && !regular) inner += 0.4F;
    char plain[32];
    std::transform(run.begin(), run.end(), plain, [](char c) { return leet_digit(c); });
    add({plain, run.size()}, i, i, false, leet, inner);
  }

  std::size_t spelled(std::size_t i, std::string& out) const {
    const Word& word = *tokens_[i].word;
    switch (word.role) {
      case NumberRole::digit: {
        const Token* next = at(i + 1);
        if (next != nullptr && next->kind == TokenKind::number && next->word->role == NumberRole::plural &&
            word.value >= 2 && word.value <= 5) {
          out.append(word.value, static_cast<char>('0' + next->word->value));
          return 2;
        }
        out.push_back(static_cast<char>('0' + word.value));
        return 1;
      }
      case NumberRole::plural:
        out.push_back(static_cast<char>('0' + word.value));
        return 1;
      case NumberRole::teen:
      case NumberRole::tens:
        return two_digits(i, out);
      case NumberRole::repeat: {
        const Token* next = at(i + 1);
        if (next == nullptr) return 0;
        if (next->kind == TokenKind::digits && next->size() <= 2) {
          for (int k = 0; k < word.value; ++k) {
            for (const char c : scan_.view(*next)) out.push_back(leet_digit(c));
          }
          return 2;
        }
        if (next->kind == TokenKind::number && next->word->role == NumberRole::digit) {
          out.append(word.value, static_cast<char>('0' + next->word->value));
          return 2;
        }
        return 0;
      }
      default:
        return 0;
    }
  }

  // ---- cues
  // -----------------------------------------------------------------------------------------------------

  static bool generic_number(Chars word) {
    return word == "number" || word == "no" || word == "num" || word == "nbr" || word == "id" ||
           word == "digits" || word == "nambar" || word == "nanbar";
  }

  // "sample id", "licence no", "access code": what the number belongs to is said, and it is no telephone.
  bool labels_thing(std::size_t i) const {
    const Chars v = scan_.view(tokens_[i]);
    if (!(generic_number(v) || v == "code") || v == "digits" || tokens_[i].spaces != 1) return false;
    const bool shortened = i > 1 && tokens_[i - 1].is('.') && tokens_[i - 1].spaces == 0;  // "Sr. No."
    const Token& label = tokens_[shortened ? i - 2 : i - 1];
    if (!label.letters() || dialling(scan_.view(label))) return false;
    return names_thing(label.word, scan_.view(label), v, all_capitals(label) && !all_capitals(tokens_[i]));
  }

  bool all_capitals(const Token& token) const {
    if (token.size() < 2) return false;
    for (std::uint32_t k = token.begin; k < token.end; ++k) {
      const char c = scan_.raw[scan_.text.first(k)];
      if (c < 'A' || c > 'Z') return false;
    }
    return true;
  }

  static bool dialling(Chars word) {
    return word == "operator" || word == "area" || word == "country" || word == "std" || word == "city" ||
           word == "dialling" || word == "dialing";
  }

  // "right to left", "from the end", "last to first", "peeche se".
  bool says_reverse(std::size_t i) const {
    const Chars v = scan_.view(tokens_[i]);
    // "last digit first", "start with the last digit", "R to L"
    if (v == "first" && i >= 2 && scan_.view(tokens_[i - 2]) == "last") return true;
    if (v == "last" && i >= 3 && scan_.view(tokens_[i - 2]) == "with" && scan_.view(tokens_[i - 3]) == "start") return true;
    if (v == "l") return i >= 2 && scan_.view(tokens_[i - 1]) == "to" && scan_.view(tokens_[i - 2]) == "r";
    // What stands before must be one of these.
    const Chars before = scan_.view(tokens_[i - 1]);
    if (before != "to" && before != "from" && before != "the" && before[0] != 'p' && before[0] != 'a')
      return false;
    const auto back = [&](std::size_t k) { return i >= k ? scan_.view(tokens_[i - k]) : Chars{}; };
    if (v == "left" || v == "first" || v == "start" || v == "beginning" || v == "front")
      return back(1) == "to" &&
             (back(2) == "right" || back(2) == "last" || back(2) == "end" || back(2) == "back");
    if (v == "end" || v == "last" || v == "back" || v == "rear" || v == "right")
      return back(1) == "from" || (back(1) == "the" && back(2) == "from");
    if (v == "se")
      return back(1) == "peeche" || back(1) == "pichhe" || back(1) == "piche" || back(1) == "aakhir";
    return false;
  }

  // "CPT 99213, 93000": the next code of a list follows.
  bool listed(std::size_t i) const {
    return i + 2 < tokens_.size() && plain_group(i) && tokens_[i].size() >= 3 &&
           (tokens_[i + 1].is(',') || scan_.view(tokens_[i + 1]) == "and") && tokens_[i + 1].size() <= 3 &&
           plain_group(i + 2) && tokens_[i + 2].size() == tokens_[i].size();
  }

  // Whether a word may stand between another that names a number and the number: "order no is".
  bool leads_on(std::size_t i) const {
    const Token& token = tokens_[i];
    const Chars v = scan_.view(token);
    if (generic_number(v) || v == "nos" || v == "numbers" || token.has(kPhoneNeg | kThing)) return true;
    // "AX/9849/033445"
    if (token.size() <= 5 && i + 1 < tokens_.size() && tokens_[i + 1].spaces == 0 &&
        (tokens_[i + 1].is('/') || tokens_[i + 1].is('-')) && all_capitals(token))
      return true;
    return v == "is" || v == "was" || v == "are" || v == "of" || v == "for" || v == "the" || v == "code" ||
           v == "this" || v == "your" || v == "our" || v == "hai" || v == "ka" || v == "ki" || v == "and" || v == "to";
  }

  // For each token, what the nearest words before it say.
  void place_cues() {
    if (!told_ || !cues_before_.empty()) return;
    cues_before_.resize(tokens_.size());
    cues_after_.resize(tokens_.size());
    sweep(cues_before_, true);
    sweep(cues_after_, false);
  }
  const Cue& cue_before(std::size_t token) const { return told_ ? cues_before_[token] : kNoCue; }
  const Cue& cue_after(std::size_t token) const { return told_ ? cues_after_[token] : kNoCue; }

  void sweep(std::pmr::vector<Cue>& out, bool forward) {
    // How many words ago each was said; `words` are counted once for all of them.
    int words = 0;
    struct Said {
      int& words;
      int at = -1000;
      int ago() const { return words - at; }
      void now() { at = words; }
      void never() { at = words - 1000; }
    };
    Said strong{words}, weak{words}, negative{words}, reverse{words}, aadhaar{words}, card{words}, label{words};
    const std::size_t n = tokens_.size();
    for (std::size_t step = 0; step < n; ++step) {
      const std::size_t i = forward ? step : n - 1 - step;
      const Token& token = tokens_[i];
      Cue& cue = out[i];
      if (forward && token.spaces == 2 && !(i > 0 && tokens_[i - 1].is(':'))) negative.never();
      const int strong_reach = forward ? 7 : 5;
      if (strong.ago() <= strong_reach)
        cue.score = 3.2F;
      else if (strong.ago() <= strong_reach + 4)
        cue.score = 2.0F;
      if (weak.ago() <= 3) cue.score = std::max(cue.score, 1.2F);
      cue.negative = forward && negative.ago() <= 4 && negative.ago() < strong.ago();
      cue.labelled = label.ago() <= 1;
      cue.reverse = reverse.ago() <= 8;
      cue.aadhaar = aadhaar.ago() <= 5;
      cue.card = card.ago() <= 5;
      if (token.kind != TokenKind::word && token.kind != TokenKind::number) {
        if (token.kind == TokenKind::hidden) {
          strong.never();
          weak.never();
          negative.never();
        }
        if (token.kind == TokenKind::digits) {  // what was said before spoke of this one
          const bool joined =
              forward && ((i + 2 < n && tokens_[i + 1].kind == TokenKind::punct && tokens_[i + 1].spaces == 0 &&
                           tokens_[i + 2].spaces == 0) ||                                       // "978-93-360"
                          (i > 0 && tokens_[i - 1].is('-') && token.spaces == 0 && token.size() == 1));  // "SHA-1"
          if (!joined && !(forward && listed(i))) negative.never();
          label.never();
          strong.at -= 2;
          weak.at -= 1;
          if (!forward) weak.never();
        }
        // The end of a clause.
        if (token.kind == TokenKind::punct && forward && token.spaces == 0 && i > 0 && i + 1 < n &&
            tokens_[i + 1].spaces != 0 &&
            ((token.is(',') && !listed(i - 1)) || token.is('?') || token.is('!') || token.is(';') || token.is(')') ||
             (token.is('.') && (tokens_[i - 1].size() > 3 || !tokens_[i - 1].letters()))))
          negative.never();
        if (!forward && token.is('.') && token.size() == 1 && i + 1 < n && tokens_[i + 1].spaces != 0) {
          negative.never();
          strong.at -= 4;
          weak.never();
        }
        continue;
      }
      ++words;
      // What names another kind of number speaks of the one that it stands before.
      if (forward && !leads_on(i)) negative.never();
      if (forward && i + 1 < n && tokens_[i + 1].kind == TokenKind::digits && token.size() >= 7 &&
          (scan_.view(token) == "subject" || scan_.view(token) == "participant"))
        label.now();
      const bool labels = i > 0 && token.has(kPhoneCue | kPhoneNeg | kHandleCue) && labels_thing(i);
      if (labels) {
        if (forward) label.now();
        continue;
      }
      if (!token.has(kPhoneCue | kWeakCue | kPhoneNeg | kReverse | kEdgeWord | kAadhaarCue | kCardCue) &&
          token.size() != 7 && token.size() != 11)  // "subject", "participant"
        continue;
      const bool follows_negative = forward && negative.ago() == 1;
      // "the number of patients", "number needed to treat"
      if (token.has(kPhoneCue) && generic_number(scan_.view(token)) && i + 1 < n &&
          tokens_[i + 1].letters() &&
          (scan_.view(tokens_[i + 1]) == "of" || scan_.view(tokens_[i + 1]) == "needed"))
        continue;
      if (token.has(kPhoneCue) && !(follows_negative && generic_number(scan_.view(token)))) {
        // "no" is nine, nothing, and a number's name.
        const bool named =
            i + 1 < n && token.has(kWeakNumber) &&
            (tokens_[i + 1].is('.') || tokens_[i + 1].is(':') ||
             (tokens_[i + 1].kind == TokenKind::digits && tokens_[i + 1].size() >= 10));
        // "B.No.", "S. No.": of a batch, a licence, a row.
        const bool lettered = i >= 2 && generic_number(scan_.view(token)) && tokens_[i - 1].is('.') &&
                              tokens_[i - 2].size() == 1 && tokens_[i - 2].letters() &&
                              std::string_view("bdfhlrs").find(scan_.view(tokens_[i - 2])[0]) != std::string_view::npos;
        if (lettered) {
          negative.now();
        } else if (token.kind == TokenKind::word || named) {
          strong.now();
        }
      } else if (token.has(kPhoneCue)) {
        negative.now();  // "batch number"
      }
      if (scan_.view(token) == "code" && i > 0 && dialling(scan_.view(tokens_[i - 1]))) {
        strong.now();
        continue;
      }
      // "at" and "on" announce what follows them, never what stands before.
      if (token.has(kWeakCue) && token.kind == TokenKind::word) {
        const Chars v = scan_.view(token);
        if (forward || (v != "at" && v != "on")) weak.now();
        if ((v == "line" && i > 0 && scan_.view(tokens_[i - 1]) == "direct") ||
            (v == "direct" && i + 1 < n && tokens_[i + 1].is(':')))
          strong.now();
      }
      const bool study = i > 0 && token.size() >= 7 &&
                         (scan_.view(token) == "subject" || scan_.view(token) == "participant") &&
                         (scan_.view(tokens_[i - 1]) == "study" || scan_.view(tokens_[i - 1]) == "trial");
      if (token.has(kPhoneNeg) || study) negative.now();
      if (token.has(kReverse) || (i > 0 && token.has(kEdgeWord) && says_reverse(i))) reverse.now();
      if (token.has(kAadhaarCue)) aadhaar.now();
      if (token.has(kCardCue)) card.now();
    }
  }

  // ---- choice
  // ---------------------------------------------------------------------------------------------------

  bool plus_before(std::uint32_t token) const {
    for (std::uint32_t k = 1; k <= 2 && k <= token; ++k) {
      const Token& before = tokens_[token - k];
      if (before.is('+'))
        return before.spaces != 0 || token < k + 1 ||
               !(tokens_[token - k - 1].letters() || tokens_[token - k - 1].kind == TokenKind::digits);
      if (before.has(kPlusWord)) return true;
      if (!before.is('(')) return false;
    }
    return false;
  }

  // A stretch of groups, and how its digits are laid out: one row, even groups, or one digit at a time.
  struct Stretch {
    std::size_t first;  // groups
    std::size_t last;
    std::size_t begin;  // digits
    std::size_t size;
    std::uint32_t closes;   // the digits that end a group
    std::uint32_t spelled;  // and those that are written as words

    std::size_t groups() const { return last - first + 1; }

    float layout() const {
      const float score =
          spelled == 0 ? 0.0F : std::min(2.0F, 0.2F * static_cast<float>(std::popcount(spelled)));
      const std::size_t count = groups();
      if (count == 1) return score + 1.0F;
      if (count == size) return score + 1.0F;
      if (count <= 3) return score + 0.8F;
      if (even()) return score + 0.8F;
      if (count <= 4 || spelled != 0) return count <= 5 ? score + 0.3F : score;
      return score - 0.2F;
    }

    // The first six groups are of one size.
    bool even() const {
      const auto head = static_cast<std::size_t>(std::countr_zero(closes)) + 1;
      return ((closes ^ kEvery[head]) & low(std::min(size, 6 * head))) == 0;
    }
  };

  struct Choice {
    float score = 0;
    std::uint32_t evidence = 0;
    SpanType type = SpanType::phone;
  };

  // What the places before a stretch say, whatever its length.
  struct Start {
    bool told;  // words before announce it, or turn it round
    bool plus;
  };
  Start start_of(const Group& head) const {
    const Cue& before = cue_before(head.first_token);
    return {before.score > 0 || before.reverse || scan_.text.overridden, plus_before(head.first_token)};
  }

  // Where nothing is said of numbers, what can win of kLikely in digits at these thresholds. To find that
  // takes longer than to judge the stretches of a few numbers.
  void find_likely() {
    likely_ = kLikely;
    if (digits_.size() < 8 * kLongest) return;
    for (std::size_t digit = 0; digit < likely_.size(); ++digit) {
      for (std::size_t n = kShortest; n <= kLongest; ++n) {
        constexpr float kMost = 0.8F + kFives + kRounding;  // of a layout
        const bool phone = best_shape(digit, n) + kMost + kDisguise >= threshold(SpanType::phone);
        const bool aadhaar = n == 12 && digit >= 2 && kHolds + kMost >= threshold(SpanType::aadhaar);
        const bool card = n >= 13 && digit >= 2 && digit <= 6 &&
                          kCardHolds + card_length(n) + kMost >= threshold(SpanType::card);
        if (!phone && !aadhaar && !card) likely_[digit] &= ~(std::uint32_t{1} << (n - 1));
      }
    }
  }

  // The lengths of stretches from digit i on that are worth a look: bit n - 1 for n digits.
  std::uint32_t likely(const Start& start, std::size_t i, std::uint32_t spelled) const {
    if (start.told) return low(kLongest);
    const auto digit = static_cast<std::size_t>(digits_[i] - '0');
    const bool plain = !told_ && !parted_ && !start.plus && spelled == 0;
    std::uint32_t lengths = plain ? likely_[digit] : kLikely[digit] | told_after_.from(i);
    if (start.plus) lengths |= kLikelyAbroad;
    if (digits_[i] == '9' && i + 1 < digits_.size() && digits_[i + 1] == '1') lengths |= kLikelyIndian;
    return lengths;
  }

  float threshold(SpanType type) const {
    return thresholds_[static_cast<std::size_t>(type)] - scan_.leniency;
  }

  // Whether digits with the length and the head of an Aadhaar or a card may be one. `worth` is that of their
  // layout and price.
  bool may_identify(std::string_view d, float worth, const Cue& before, const Cue& after) const {
    if (d.size() == 12) {
      const float least = threshold(SpanType::aadhaar);
      return before.aadhaar || after.aadhaar || worth >= least ||
             (worth + kHolds >= least && verhoeff_holds(d));
    }
    const float least = threshold(SpanType::card);
    worth += card_length(d.size()) + (before.card || after.card ? kCardAnnounced : 0.0F);
    return worth + kCardFails >= least || (worth + kCardHolds >= least && luhn_holds(d));
  }

  static float card_length(std::size_t n) { return n == 16 || n == 15 ? 0.4F : -0.6F; }

  // Whether a stretch can be anything, and what. Requires digits of which not all are the same, where there
  // are no more than a phone has.
  bool judge(const Stretch& stretch, const Start& begins_with, Choice& choice) const {
    const std::string_view d(digits_.data() + stretch.begin, stretch.size);
    const Group& head = groups_[stretch.first];
    const Group& tail = groups_[stretch.last];
    const float paid = static_cast<float>(tail.price - head.price);
    const float price = paid > 0.6F && stretch.groups() == stretch.size && evenly_spaced(stretch)
                            ? std::min(paid, kEvenGap + paid / static_cast<float>(stretch.groups() - 1))
                            : paid;
    const Cue& before = cue_before(head.first_token);
    const Cue& after = cue_after(tail.last_token);
    choice = {};
    float shape = d.size() <= kLongestPhone ? varied_phone_shape(d, begins_with.plus) : -20.0F;
    if (shape >= 2.5F) choice.evidence |= kEvidenceShape;
    if (shape == kAbroad && stretch.groups() > 1) shape = 3.2F;
    if (before.reverse || after.reverse || scan_.text.overridden) {
      std::array<char, kLongest> turned{};
      std::reverse_copy(d.begin(), d.end(), turned.begin());
      const float other = phone_shape({turned.data(), d.size()}, false);
      if (other > shape) {
        shape = other + (other >= 3.0F ? 1.0F : 0.0F);  // the word for it speaks of a number
        choice.evidence |= kEvidenceReversed;
      }
    }
    if (shape < 2.5F && price > 0.05F && d.size() == 10 && stretch.last != stretch.first &&
        ((part_before(tail.first_token) && part_before(head.first_token)) ||
         (part_after(tail.last_token) && part_after(head.last_token)))) {  // "last five ..., before that ..."
      std::array<char, 10> turned{};
      std::rotate_copy(d.begin(), d.begin() + static_cast<std::ptrdiff_t>(tail.begin - stretch.begin),
                       d.end(), turned.begin());
      shape = std::max(shape, phone_shape({turned.data(), d.size()}, false));
    }
    if (shape == kTrivial) return false;  // long ones, turned round
    float cue = std::max(before.score, after.score);
    // No layout can make up for this much.
    const bool long_id = d[0] >= '2' && ((d.size() == 12) || (d.size() >= 13 && d[0] <= '6'));
    if (!long_id && shape + cue + 3.0F - price < kHopeless) return false;
    if (shape < -1.5F) cue = std::min(cue, 2.0F);
    // What comes now speaks against, a disguise aside; identifiers have a worth of their own.
    const float laid = stretch.layout() + (shape == 3.0F && fives(stretch) && !heads_measures(head.first_token) ? kFives : 0.0F);
    const bool leet = (head.leet || tail.leet) && !only_look_alikes(head, tail);
    const float most = kDisguise + (parted_ ? kInParts : 0.0F) - (leet && cue <= 0 ? kUnasked : 0.0F);
    if (shape + laid + cue - price + most + kRounding < threshold(SpanType::phone) &&
        !(long_id && may_identify(d, laid - price + kRounding, before, after)))
      return false;
    if (cue > 0) choice.evidence |= kEvidenceCue;
    float against = 0;
    bool asked = false;
    const bool labelled = before.labelled && !head.spelled && unbroken(stretch);
    if ((before.negative || labelled) && !before.reverse && !after.reverse &&
        !(unmasked_ && money_before_first(head.first_token))) {
      // A country code says what it is, whatever the words call it.
      const bool abroad = shape >= 3.0F && begins_with.plus;
      asked = after.score >= 2.0F && shape >= 3.0F && asked_for(tail.last_token);
      // "for order 98201 33447": written as nothing else is, after a word that is no label.
      const bool paired = !labelled && tokens_[head.first_token].spaces == 1 &&
                          !generic_number(scan_.view(tokens_[head.first_token - 1])) &&
                          tokens_[head.first_token - 1].letters() && halves(stretch);
      against = abroad || paired ? 0.5F : asked ? 1.5F : 5.0F;
      choice.evidence |= kEvidenceNegativeCue;
      cue = after.score;
    }
    // Tied to letters before it: part of a code, but for a whole mobile number behind a name.
    const Token& start = tokens_[head.first_token];
    if (start.glued && head.first_token > 0 && tokens_[head.first_token - 1].kind == TokenKind::word &&
        !tokens_[head.first_token - 1].has(kPhoneCue | kWeakCue | kPlusWord) &&
        !tokens_[head.first_token - 1].counts())
      against += mobile(d) && price < 0.4F && name_like(head.first_token - 1) ? 0.5F : 2.5F;
    if (start.spaces == 0 && head.first_token > 0) {
      const Token& joint = tokens_[head.first_token - 1];
      if (joint.is('#') && cue < 3.0F) against += mobile(d) && stretch.groups() == 1 ? 0.5F : 1.5F;
      // "CVE-2016-6304"
      if (joint.is('-') && joint.spaces == 0 && head.first_token > 1 &&
          tokens_[head.first_token - 2].kind == TokenKind::word &&
          !tokens_[head.first_token - 2].has(kPhoneCue | kWeakCue))
        against += 2.0F;
    }
    // "10.98.45.12:8443": the rest of a longer row
    if (start.spaces == 0 && head.first_token > 1 && cue < 3.0F && tokens_[head.first_token - 1].is('.') &&
        tokens_[head.first_token - 1].spaces == 0 && plain_group(head.first_token - 2) && stretch.groups() > 2 &&
        tokens_[head.first_token + 1].is('.') && tokens_[tail.last_token - 1].is(':'))
      against += 3.0F;
    if (!unmasked_ && !asked && money_before_first(head.first_token)) against += 3.0F;
    if (d.size() < 10 && shape < 0 && head.first_token == tail.last_token && cue < 3) against += 1.0F;
    if (shape == 1.0F && (laid < 0.8F || price > 0.9F))
      shape = -0.6F;  // area codes are no pattern among scattered numbers
    if (cue <= 0 && stretch.groups() == 2 && heads_measures(head.first_token)) against += 1.0F;
    const bool series = cue < 3.0F && in_series(stretch, paid);
    if (series) against += cue < 2.0F ? 1.5F + cue : 1.5F;  // "on days 73 60 69 97 66"
    if (cue < 3.0F && (counts_evenly(stretch) || tallied(stretch))) against += 5.0F;
    choice.score = shape + laid + cue - price - against;
    // "pehle 73 phir 064 ... aakhir me 627": told piece by piece.
    if (parted_ && shape >= 3.0F && price > 0.15F && stretch.groups() > 1 && part_before(head.first_token) && part_before(tail.first_token))
      choice.score += kInParts;
    if (head.spelled || tail.spelled) choice.evidence |= kEvidenceSpelled;
    if (price > 0.3F) choice.evidence |= kEvidenceSeparated;
    if (disguised(head, tail)) choice.score += kDisguise;
    if (head.leet || tail.leet) choice.evidence |= kEvidenceDisguised;
    if (leet && cue <= 0) choice.score -= kUnasked;

    if (d.size() == 12 && d[0] >= '2' && scan_.wants(SpanType::aadhaar)) {
      const Token& end = tokens_[tail.first_token];
      const bool code = end.glued && tokens_[tail.first_token - 1].kind == TokenKind::word;  // "VID-20260312-WA0012"
      const bool announced = (before.aadhaar || after.aadhaar) && !code;
      const auto worth = [&](bool holds) {
        return (holds ? kHolds : 0.0F) + laid + (announced ? 3.2F : 0.0F) - price -
               (announced ? 0.0F : against + (thirds(stretch) ? 0.5F : in_pairs(stretch) ? 1.0F : 0.0F));
      };
      const bool holds = (announced || worth(true) > choice.score) && verhoeff_holds(d);
      const float score = worth(holds);
      if (score > choice.score || announced) {
        choice = {score,
                  (holds ? kEvidenceShape | kEvidenceChecksum : 0U) |
                      (announced ? static_cast<std::uint32_t>(kEvidenceCue) : 0U),
                  SpanType::aadhaar};
      }
    }
    if (d.size() >= 13 && d[0] >= '2' && d[0] <= '6' && scan_.wants(SpanType::card)) {
      const bool holds = luhn_holds(d);
      const bool announced = before.card || after.card;
      const float score = (holds ? kCardHolds : kCardFails) + card_length(d.size()) + laid +
                          (announced ? kCardAnnounced : in_pairs(stretch) ? -1.0F : 0.0F) - price - against;
      if (score > choice.score) {
        choice = {score, (holds ? static_cast<std::uint32_t>(kEvidenceChecksum) : 0U), SpanType::card};
      }
    }
    return true;
  }

  // Digits one by one with the same between every two of them, which go both up and down.
  bool evenly_spaced(const Stretch& stretch) const {
    double least = kFar;
    double most = 0;
    for (std::size_t g = stretch.first + 1; g <= stretch.last; ++g) {
      const double gap = groups_[g].price - groups_[g - 1].price;
      least = std::min(least, gap);
      most = std::max(most, gap);
    }
    if (most > 1.1 || most - least > 0.06) return false;
    const Trend steps = trends_[stretch.last + 1] - trends_[stretch.first + 1];
    return steps.up != 0 && steps.down != 0;
  }

  // Without a blank inside.
  bool unbroken(const Stretch& stretch) const {
    const std::uint32_t last = groups_[stretch.last].last_token;
    for (std::uint32_t k = groups_[stretch.first].first_token + 1; k <= last; ++k) {
      if (tokens_[k].spaces != 0) return false;
    }
    return true;
  }

  // "pain scores 8 8 7 6 5 4 3 2 2 1", "Counts per field: 9 8 4 9 ...": one value after the other.
  bool tallied(const Stretch& stretch) const {
    if (stretch.groups() != stretch.size || stretch.spelled != 0) return false;
    const std::uint32_t first = groups_[stretch.first].first_token;
    for (std::uint32_t k = first, steps = 0; k-- > 0 && steps < 5; ++steps) {
      if (tokens_[k].spaces == 2 || tokens_[k].has(kPhoneCue)) return false;
      if (tokens_[k].letters() && tokens_[k].has(kPhoneNeg | kTally)) return true;
    }
    return false;
  }

  // Five digits, a blank or a hyphen, five digits: how a mobile number is written.
  bool halves(const Stretch& stretch) const {
    return stretch.size == 10 && groups_[stretch.last].price - groups_[stretch.first].price < 0.1F && stretch.groups() == 2 && group_size(stretch.first) == 5 && mobile_from(stretch.begin);
  }
  bool fives(const Stretch& stretch) const {
    const auto round = [&](std::size_t last) { return digits_[last] == '0' && digits_[last - 1] == '0'; };
    return stretch.size == 10 && stretch.groups() == 2 && group_size(stretch.first) == 5 && !round(stretch.begin + 4) &&
           !round(stretch.begin + 9);
  }
  bool mobile_from(std::size_t digit) const { return digits_[digit] >= '6'; }

  // Letters that are no code's: not all capitals, and no word for another kind of number.
  bool name_like(std::size_t i) const {
    const Token& token = tokens_[i];
    if (token.has(kPhoneNeg | kUnit) || (token.size() > 1 && all_capitals(token))) return false;
    const char c = scan_.raw[scan_.text.first(token.begin)];
    return !(token.size() == 1 && c >= 'A' && c <= 'Z') && (i == 0 || !tokens_[i - 1].counts() || !token.glued);
  }

  // "9752272O82": a letter O or l among digits, which it is typed for.
  bool only_look_alikes(const Group& head, const Group& tail) const {
    if (tail.last_token > head.first_token + 4) return false;
    std::size_t digits = 0;
    bool others = false;  // than O and l
    for (std::uint32_t k = head.first_token; k <= tail.last_token; ++k) {
      if (tokens_[k].kind == TokenKind::punct && k > head.first_token && k < tail.last_token) continue;
      if (tokens_[k].kind != TokenKind::digits) return false;
      for (const char c : scan_.view(tokens_[k])) {
        if (c >= '0' && c <= '9')
          ++digits;
        else if (c == 's' || c == 'b' || c == 'z')
          others = true;
        else if (c != 'o' && c != 'l' && c != 'i')
          return false;
      }
    }
    return others ? digits >= 6 && tail.first_token <= head.first_token + 2 : digits >= 7;
  }

  // Whether words after token `last` ask to call the number, whatever it was called before: "call me on this",
  // "is my mobile", "ring it".
  bool asked_for(std::uint32_t last) const {
    for (std::uint32_t k = last + 1; k + 1 < tokens_.size() && k <= last + 6; ++k) {
      const Token& t = tokens_[k];
      if (t.kind == TokenKind::digits || t.kind == TokenKind::hidden || t.is('.')) return false;
      if (!t.letters() || !tokens_[k + 1].letters()) continue;
      const Chars v = scan_.view(t);
      const Chars next = scan_.view(tokens_[k + 1]);
      const bool mine = v == "my" || v == "mera" || v == "meri";
      if (mine && tokens_[k + 1].has(kPhoneCue)) return true;
      const bool verb = v == "call" || v == "ring" || v == "dial" || v == "phone" || v == "whatsapp" || v == "text";
      if (verb && (next == "me" || next == "it" || next == "on")) return true;
    }
    return false;
  }

  // "40 40 30 30 20 20": neither cards nor Aadhaars are written so.
  static bool in_pairs(const Stretch& stretch) {
    return stretch.groups() > 4 && stretch.groups() < stretch.size;
  }

  // "220 349 347 356": nobody writes an Aadhaar like that, and many values are written so.
  bool thirds(const Stretch& stretch) const {
    return stretch.groups() == 4 && group_size(stretch.first) == 3 && stretch.even();
  }

  // Digits of another kind than one types: somebody took pains.
  bool disguised(const Group& head, const Group& tail) const {
    const auto odd = [&](std::uint32_t i) {
      const Token& token = tokens_[i];
      return token.kind == TokenKind::digits && !token.leet && scan_.text.disguised &&
             scan_.text.last(token.end) - scan_.text.first(token.begin) > 2 * token.size();
    };
    return odd(head.first_token) && odd(tail.last_token);
  }

  bool literal_group(std::size_t g) const {
    return tokens_[groups_[g].first_token].kind == TokenKind::digits && !groups_[g].leet;
  }
  std::size_t group_size(std::size_t g) const { return groups_[g].last - groups_[g].begin + 1; }

  // One of several values in a row: what stands before or after it is no further away than its own parts are,
  // and of their size, or they go up or down evenly.
  bool in_series(const Stretch& stretch, float price) const {
    const std::size_t first = stretch.first;
    const std::size_t last = stretch.last;
    if (stretch.groups() < 3) return false;
    const float step = 1.3F * price / static_cast<float>(stretch.groups() - 1) + kRounding;
    const auto near = [&](std::size_t from, std::size_t to) {
      return groups_[to].price - groups_[from].price <= step;
    };
    const bool before = first > 0 && literal_group(first - 1) && near(first - 1, first);
    const bool after = last + 1 < groups_.size() && literal_group(last + 1) && near(last, last + 1);
    return price >= 0.5F ? before || after : values(stretch, before, after);
  }

  // Numbers of a few digits with no more than blanks between, as measured values are: `before` and `after`
  // say whether the row goes on.
  bool values(const Stretch& stretch, bool before, bool after) const {
    const Group& head = groups_[stretch.first];
    const std::uint32_t next = groups_[stretch.last].last_token + 1;
    const std::size_t from = stretch.first - (before ? 1 : 0);
    const std::size_t to = stretch.last + (after ? 1 : 0);
    const std::size_t size = group_size(stretch.first);
    const Trend of = trends_[to + 1] - trends_[from];
    if (of.spelled != 0) return false;
    const Trend steps_of = trends_[to + 1] - trends_[from + 1];
    const bool even = steps_of.uneven == 0;  // one size
    const bool few = of.other == 0;          // two or three digits
    const auto steps = static_cast<std::uint32_t>(to - from);
    const std::uint32_t rising = steps_of.up;
    const std::uint32_t falling = steps_of.down;
    const std::uint32_t by_one = steps_of.by_one;
    const bool one_way = rising == steps || falling == steps;
    // "9 84 760 2310 1980"
    if ((before || after) && stretch.groups() >= 4 && size < group_size(stretch.last) &&
        (trends_[stretch.last + 1] - trends_[stretch.first + 1]).up + 1 == stretch.groups())
      return true;
    if (one_way && by_one == steps) return true;
    if (size < 2 && group_size(stretch.last) < 2) return false;
    if (one_way && steps >= (before || after ? 3U : 4U)) return true;
    if ((before || after) && (few || even)) return true;
    const std::uint32_t at_head = head.first_token;
    if (at_head > 0) {
      const Token& before_head = tokens_[at_head - 1];
      // A row of a table.
      if (before_head.is('|') && tokens_[at_head].spaces != 0 && next < tokens_.size() && tokens_[next].is('|') &&
          tokens_[next].spaces != 0)
        return true;
      if (heads_measures(at_head)) return true;
    }
    // "12 14 18 22 26 mg"
    return even && next < tokens_.size() && tokens_[next].kind == TokenKind::digits &&
           tokens_[next].spaces == 1 && tokens_[next].size() <= size && is_unit_after(next);
  }

  // "ten nine eight seven six ...", "ninety three eighty six seventy nine": every number is as far from the one
  // before it.
  bool counts_evenly(const Stretch& stretch) const {
    if (stretch.groups() < 5) return false;
    const int step = group_value(stretch.first + 1) - group_value(stretch.first);
    if (step == 0) return false;
    for (std::size_t g = stretch.first + 1; g <= stretch.last; ++g) {
      if (group_value(g) - group_value(g - 1) != step) return false;
    }
    // Of digits, all there are: "9 8 7 6 ..." may be somebody's example of a number.
    return group_size(stretch.first) > 1 || stretch.groups() < 10 || (stretch.first > 0 && group_value(stretch.first - 1) == 10);
  }

  // "days 73 60 69 97 66", "units 86484 81382": what the numbers from token i on measure stands before them.
  bool heads_measures(std::uint32_t i) const {
    if (i == 0) return false;
    const Token& before = tokens_[i - 1];
    return before.has(kUnit) && before.letters() && before.size() > 2 && !(i > 1 && digit_like(i - 2));
  }

  int group_value(std::size_t g) const {
    int value = 0;
    for (std::size_t k = groups_[g].begin; k <= groups_[g].last && value < 100'000; ++k)
      value = value * 10 + (digits_[k] - '0');
    return value;
  }

  bool money_before_first(std::uint32_t token) const {
    return token > 0 && tokens_[token].spaces != 2 && money_before(token);
  }

  // Of the groups up to one: how many are not in digits, have other than two or three of them, go up or down
  // from the one before, by one, or have another size.
  struct Trend {
    std::uint32_t spelled = 0;
    std::uint32_t other = 0;
    std::uint32_t up = 0;
    std::uint32_t down = 0;
    std::uint32_t by_one = 0;
    std::uint32_t uneven = 0;
    Trend operator-(const Trend& before) const {
      return {spelled - before.spelled, other - before.other,   up - before.up,
              down - before.down,       by_one - before.by_one, uneven - before.uneven};
    }
  };

  void measure_trends() {
    trends_.resize(groups_.size() + 1);
    int before = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const std::size_t size = group_size(g);
      const int value = group_value(g);
      const int step = g == 0 ? 0 : value - before;
      Trend trend = trends_[g];
      trend.spelled += literal_group(g) ? 0 : 1;
      trend.other += size == 2 || size == 3 ? 0 : 1;
      trend.up += step > 0 ? 1 : 0;
      trend.down += step < 0 ? 1 : 0;
      trend.by_one += step == 1 || step == -1 ? 1 : 0;
      trend.uneven += g != 0 && group_size(g - 1) != size ? 1 : 0;
      trends_[g + 1] = trend;
      before = value;
    }
  }

  // Where groups end, which are spelled, and after which of them words announce what was before.
  void lay_bits() {
    closes_.reset(digits_.size());
    spelled_.reset(digits_.size());
    told_after_.reset(digits_.size());
    for (const Group& group : groups_) {
      closes_.set(group.last);
      const Cue& after = cue_after(group.last_token);
      if (after.score > 0 || after.reverse) told_after_.set(group.last);
      if (!group.spelled) continue;
      for (std::size_t i = group.begin; i <= group.last; ++i) spelled_.set(i);
    }
  }

  // Weighted choice of disjoint stretches; a stretch begins and ends where tokens do.
  void choose() {
    lay_bits();
    measure_trends();
    find_likely();
    const std::size_t n = digits_.size();
    struct Best {
      float total = 0;
      std::uint32_t length = 0;  // in groups, of the stretch that ends here
      Choice choice;
    };
    std::pmr::vector<Best> best(groups_.size() + 1, scan_.memory);
    std::size_t same_end = 0;  // of the digits that are all alike
    Choice choice;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      if ((best[g].total > best[g + 1].total || best[g + 1].length == 0) &&
          best[g].total >= best[g + 1].total)
        best[g + 1] = {best[g].total, 0, {}};
      const Group& head = groups_[g];
      const std::size_t i = head.begin;
      if (i >= same_end) {
        same_end = i + 1;
        while (same_end < n && digits_[same_end] == digits_[i]) ++same_end;
      }
      const std::uint32_t closes = closes_.from(i);
      std::uint32_t ends = closes & ~low(kShortest - 1);
      // One digit over and over is no phone; a card may be longer than those are.
      const bool card = digits_[i] >= '2' && digits_[i] <= '6';
      ends &= ~low(std::min(same_end - i, card ? kLongestPhone : kLongest));
      if (ends == 0) continue;
      const Start start = start_of(head);
      const std::uint32_t spelled = spelled_.from(i);
      for (ends &= likely(start, i, spelled); ends != 0; ends &= ends - 1) {
        const auto size = static_cast<std::size_t>(std::countr_zero(ends)) + 1;
        const std::size_t h = group_of_[i + size - 1];
        if (groups_[h].price - head.price > 6.5F) break;
        const std::uint32_t inside = low(size);
        if (!judge({g, h, i, size, closes & inside, spelled & inside}, start, choice) ||
            choice.score < threshold(choice.type))
          continue;
        // Longer stretches win ties: hiding a digit too many beats leaving one.
        const float total = best[g].total + choice.score + 0.02F * static_cast<float>(size - 1);
        if (total > best[h + 1].total) best[h + 1] = {total, static_cast<std::uint32_t>(h - g + 1), choice};
      }
    }
    const auto known = static_cast<std::ptrdiff_t>(scan_.found.size());
    for (std::size_t end = groups_.size(); end > 0;) {
      if (best[end].length == 0) {
        --end;
        continue;
      }
      const std::size_t last = end - 1;
      const std::size_t first = with_prefix(end - best[end].length, last);
      report(groups_[first], groups_[last], best[end].choice);
      end = first;
    }
    std::reverse(scan_.found.begin() + known, scan_.found.end());
  }

  // The group from which on a country or trunk prefix belongs to the stretch of groups [first, last].
  std::size_t with_prefix(std::size_t first, std::size_t last) const {
    const std::size_t start = groups_[first].begin;
    if (groups_[last].last + 1 - start != 10) return first;
    for (const std::string_view prefix : {"0091", "910", "091", "91", "0"}) {
      if (start < prefix.size() ||
          std::string_view(digits_.data() + start - prefix.size(), prefix.size()) != prefix)
        continue;
      const std::size_t g = group_of_[start - prefix.size()];
      if (groups_[g].begin == start - prefix.size() && groups_[first].price - groups_[g].price <= 0.4F)
        return g;
    }
    return first;
  }

  // Marks in the places of digits ("98()4!5&212"), where words announce a phone.
  void masked_numbers() {
    const auto masks = [](const Token& t) {
      return t.kind == TokenKind::punct ? t.is('(') || marked_digit(t) != 0 : t.glued && t.letters();
    };
    if (std::ranges::none_of(tokens_, masks)) return;
    for (std::size_t i = 0; i < tokens_.size();) {
      hexadecimal(i);
      std::size_t end = i;
      std::size_t digits = 0;
      std::size_t marks = 0;
      std::array<char, 16> row{};
      std::size_t n = 0;
      while (end < tokens_.size() && (end == i || tokens_[end].spaces == 0) && n < row.size()) {
        const Token& token = tokens_[end];
        if (token.kind == TokenKind::digits) {
          digits += token.size();
          for (const char c : scan_.view(token)) {
            if (n < row.size()) row[n++] = leet_digit(c);
          }
          ++end;
        } else if (token.is('(') && end + 1 < tokens_.size() && tokens_[end + 1].is(')') &&
                   tokens_[end + 1].spaces == 0) {
          row[n++] = '0';
          ++marks;
          end += 2;
        } else if (const char digit = marked_digit(token); digit != 0) {
          for (std::uint32_t k = 0; k < token.size() && n < row.size(); ++k) row[n++] = digit;
          ++marks;
          ++end;
        } else {
          break;
        }
      }
      if (end == i) {
        ++i;
        continue;
      }
      if (marks == 0 || digits < 2 || n < 10 || n > 13) {
        i = end;
        continue;
      }
      place_cues();
      const float cue = std::max(cue_before(i).score, cue_after(end - 1).score);
      if (digits >= (cue >= 3.0F ? 2 : 4) && cue >= 2.0F && !cue_before(i).negative) {
        const float shape = phone_shape({row.data(), n}, false);
        if (shape > 0)
          scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::phone, shape + cue - 0.5F,
                       kEvidenceDisguised | kEvidenceCue);
      }
      i = end;
    }
  }

  // ---- disguise

  // A character that stands for a digit, in the widest reading; or 0.
  static char like_digit(char c) {
    static constexpr std::array<char, 256> kLike =
        replacements("0123456789oil|zeasgtbqdpch!@#$%^&*()?", "0123456789011123456789090412345678907");
    return kLike[static_cast<unsigned char>(c)];
  }

  // A piece of a row: nothing but what may stand for digits.
  bool like_digits(const Token& token) const {
    if (token.kind == TokenKind::hidden || token.kind == TokenKind::symbol || token.size() > 12) return false;
    if (token.letters() && token.size() > 1 && token.has(kCommon | kPhoneCue)) return false;
    return std::ranges::all_of(scan_.view(token), [](char c) { return like_digit(c) != 0; });
  }

  // "BZ 44-S9 ZI-3B", "6&2#1()447": pieces that make exactly one mobile number, some of it disguised, where
  // words announce a phone. Also ten letters and digits in one row ("672640F1DN").
  void disguised_rows() {
    const auto plain = [&](const Token& t) {
      return t.kind == TokenKind::digits ? !t.leet : !(t.size() <= 5 && like_digits(t));
    };
    if (std::ranges::all_of(tokens_, plain) &&
        std::ranges::none_of(tokens_, [](const Token& t) { return t.glued && t.letters(); }))
      return;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& head = tokens_[i];
      if (head.glued || (i > 0 && head.spaces == 0 && tokens_[i - 1].kind != TokenKind::punct)) continue;
      if (!like_digits(head) && head.kind != TokenKind::digits) continue;
      std::array<char, 12> row{};
      std::size_t n = 0;
      std::size_t digits = 0;
      std::size_t other = 0;
      float gaps = 0;
      bool keypad = false;
      std::size_t end = i;
      bool fits = true;
      while (end < tokens_.size() && fits) {
        const Token& token = tokens_[end];
        const bool apart = end > i && token.spaces != 0;
        if (token.spaces == 2 && end > i) break;
        if (end > i && (token.is('-') || token.is('.') || token.is('/')) && token.size() == 1 &&
            token.spaces == 0) {
          gaps += 0.05F;
          ++end;
          continue;
        }
        const bool like = like_digits(token);
        // On a keypad every letter is a digit; only in the row that a digit begins.
        const bool keys = !like && token.glued && token.letters() && (n >= 5 || (n != 0 && row[0] >= '6')) && gaps == 0;
        if (!like && !keys) break;
        if (apart && n >= 10) break;
        if (apart) gaps += 0.1F;
        keypad = keypad || keys;
        for (const char c : scan_.view(token)) {
          if (n == row.size()) {
            fits = false;
            break;
          }
          const char digit = keys ? '2' : like_digit(c);
          const bool real = c >= '0' && c <= '9';
          digits += real ? 1 : 0;
          other += real ? 0 : 1;
          row[n++] = digit;
        }
        // "()" is one nought.
        if (token.is(')') && n >= 2 && end > i && tokens_[end - 1].is('(')) --n;
        ++end;
      }
      while (end > i && tokens_[end - 1].kind == TokenKind::punct && n > 10) {
        n -= std::min<std::size_t>(n, tokens_[end - 1].size());
        --end;
      }
      // All in one, or one by one, is a layout of numbers; other rows need more digits.
      const bool regular = !keypad && (gaps == 0 || end - i >= n);
      if (!fits || other == 0 || n < 10 || digits < (keypad ? 5U : regular ? 2U : 3U)) continue;
      const std::string_view d(row.data(), n);
      if (!whole_mobile(d)) continue;
      place_cues();
      const Cue& before = cue_before(i);
      const float cue = std::max(before.score, cue_after(end - 1).score);
      if (cue < (keypad ? 3.0F : 2.0F) || before.negative) continue;
      scan_.report(head.begin, tokens_[end - 1].end, SpanType::phone, 1.5F + cue - gaps,
                   kEvidenceDisguised | kEvidenceCue);
      i = end - 1;
    }
  }

  // "0x24F8A31B0": a mobile number in base sixteen, where words announce it.
  void hexadecimal(std::size_t i) {
    const Token& zero = tokens_[i];
    if (zero.size() != 1 || zero.kind != TokenKind::digits || scan_.view(zero) != "0" ||
        at(i + 1) == nullptr || !at(i + 1)->glued || scan_.view(tokens_[i + 1])[0] != 'x')
      return;
    std::size_t last = i + 1;
    while (last + 1 < tokens_.size() && tokens_[last + 1].glued) ++last;
    const std::string_view run = scan_.text.view(zero.begin, tokens_[last].end);
    if (run.size() < 10 || run.size() > 11) return;
    std::uint64_t value = 0;
    for (const char c : run.substr(2)) {
      const bool digit = c >= '0' && c <= '9';
      if (!digit && !(c >= 'a' && c <= 'f')) return;
      value = value * 16 + static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
    }
    if (value < 6'000'000'000 || value > 9'999'999'999) return;
    place_cues();
    const float cue = std::max(cue_before(i).score, cue_after(last).score);
    scan_.report(zero.begin, tokens_[last].end, SpanType::phone, 2.0F + cue,
                 kEvidenceDisguised | kEvidenceCue);
  }

  static char marked_digit(const Token& token) {
    if (token.is('!') || token.is('|')) return '1';
    if (token.is('$')) return '5';
    if (token.is('&')) return '8';
    if (token.is('?')) return '7';
    return token.is('@') ? '0' : '\0';
  }

  // Rows of digits longer than any number: hidden when announced, or too long to be a code.
  void judge_rows() {
    for (const std::uint32_t i : rows_) {
      const Token& token = tokens_[i];
      const std::string_view run = scan_.view(token);
      if (trivial(run)) continue;
      const Cue& before = cue_before(i);
      const Cue& after = cue_after(i);
      const float score = 1.0F + std::max(before.score, after.score) - (before.negative ? 5.0F : 0.0F) +
                          (run.size() > 20 ? 2.5F : 0.0F);
      scan_.report(token.begin, token.end, SpanType::phone, score, kEvidenceDisguised);
    }
  }

  void report(const Group& first, const Group& last, const Choice& choice) {
    std::uint32_t begin = tokens_[first.first_token].begin;
    std::uint32_t token = first.first_token;
    // "+", "plus" and an opening bracket belong to the number.
    const auto opens = [](const Token& t) { return t.is('(') || t.is('[') || t.is('{'); };
    while (token > 0 &&
           (tokens_[token - 1].is('+') || opens(tokens_[token - 1]) || tokens_[token - 1].has(kPlusWord))) {
      if (tokens_[token].spaces != 0 && opens(tokens_[token - 1])) break;
      --token;
      begin = tokens_[token].begin;
    }
    std::uint32_t end = tokens_[last.last_token].end;
    std::size_t next = last.last_token + 1;
    if (choice.type == SpanType::phone) {
      const auto extension = [&](const Token& t) {
        return t.kind == TokenKind::word && (scan_.view(t) == "ext" || scan_.view(t) == "extn" ||
                                             scan_.view(t) == "extension" || scan_.view(t) == "x");
      };
      std::size_t k = next;
      while (k < tokens_.size() && k < next + 2 && tokens_[k].kind == TokenKind::punct) ++k;
      if (k < tokens_.size() && extension(tokens_[k])) {
        ++k;
        while (k < tokens_.size() && tokens_[k].kind == TokenKind::punct && k < next + 5) ++k;
        if (k < tokens_.size() && tokens_[k].kind == TokenKind::digits && tokens_[k].size() <= 6) {
          end = tokens_[k].end;
          next = k + 1;
        }
      }
    }
    if (next < tokens_.size() && begin != tokens_[first.first_token].begin &&
        (tokens_[next].is(')') || tokens_[next].is(']') || tokens_[next].is('}')) &&
        tokens_[next].spaces == 0)
      end = tokens_[next].end;
    scan_.report(begin, end, choice.type, choice.score, choice.evidence);
  }

  Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
  const std::array<float, kSpanTypes>& thresholds_;
  std::pmr::vector<char> digits_;
  std::pmr::vector<Group> groups_;
  std::pmr::vector<std::uint32_t> group_of_;  // each digit
  Bits closes_;                               // the last digit of each group
  Bits spelled_;
  Bits told_after_;  // the last digits of groups after which words announce a number
  std::array<std::uint32_t, 10> likely_{};
  std::pmr::vector<std::uint32_t> rows_;  // tokens with more digits than a number has
  std::pmr::vector<std::uint32_t> runs_;
  std::pmr::vector<std::uint8_t> regular_;
  std::pmr::vector<Cue> cues_before_;
  std::pmr::vector<Cue> cues_after_;
  std::pmr::vector<Trend> trends_;  // one more than there are groups
  double price_ = 0;
  std::size_t sums_checked_ = 0;
  std::size_t number_words_ = 0;
  bool lettered_ = false;  // there are words, or letters for digits
  bool marked_ = false;    // marks that may stand for digits
  bool told_ = false;      // words that may say what a number is
  bool parted_ = false;    // words that announce a piece of one
  bool unmasked_ = false;  // words say to take units or currencies away
  int marker_ = 0;         // the last number of a line
  int piece_ = 0;          // and of a piece
  char letter_ = 0;        // the last letter of an item
  bool position_ = false;  // an ordinal stands before the next digit
  bool sized_ = false;     // how many digits there are, before them
};

}  // namespace

void find_numbers(Scan& scan) { Lattice(scan).run(); }

}  // namespace connex::redaction
