#include "core/redaction/tokens.hpp"

#include <algorithm>
#include <array>

#include "core/redaction/fold.hpp"

namespace connex::redaction {
namespace {

constexpr std::uint8_t kDigitClass = 1;
constexpr std::uint8_t kLetterClass = 2;
constexpr std::array<std::uint8_t, 256> kClassOf = [] {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = '0'; c <= '9'; ++c) classes[c] = kDigitClass;
  for (std::size_t c = 'a'; c <= 'z'; ++c) classes[c] = kLetterClass;
  classes[kLetter] = kLetterClass;
  return classes;
}();
constexpr std::uint8_t class_of(char c) { return kClassOf[static_cast<unsigned char>(c)]; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return class_of(c) == kLetterClass; }
constexpr bool is_alnum(char c) { return class_of(c) != 0; }

// Letters that leet writes for a letter's place in a number word ("s3v3n").
constexpr char unleet(char c) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
      return 'i';
    case '3':
      return 'e';
    case '4':
      return 'a';
    case '5':
      return 's';
    case '7':
      return 't';
    case '9':
      return 'g';
    default:
      return c;
  }
}

bool strong_number(const Word* word) {
  return word != nullptr && word->role != NumberRole::none && (word->classes & kWeakNumber) == 0;
}

class Tokenizer {
 public:
  Tokenizer(const Canonical& text, std::span<const HiddenSpan> hidden, std::pmr::vector<Token>& out)
      : text_(text),
        chars_(text.view()),
        hidden_(hidden),
        out_(out),
        barred_(holds([](char c) { return c == '|'; })),
        signed_(holds([](char c) { return c == '$' || c == '!' || c == '@' || c == '|'; })),
        starred_(holds([](char c) { return c == '*'; })) {}

  void run() {
    const auto n = static_cast<std::uint32_t>(chars_.size());
    std::uint32_t i = 0;
    while (i < n) {
      const char c = chars_[i];
      if (c == ' ') {
        spaces_ = std::max<std::uint8_t>(spaces_, 1);
        ++i;
        continue;
      }
      if (c == '\n') {
        spaces_ = 2;
        ++i;
        continue;
      }
      if (const std::uint32_t end = hidden_at(i); end != 0) {
        push(TokenKind::hidden, i, end);
        i = end;
        continue;
      }
      if (barred_ && (is_alnum(c) || c == '|')) {
        const std::uint32_t limit = next_hidden(n);
        if (const std::uint32_t barred = barred_run(i, limit); barred != 0) {
          push(TokenKind::digits, i, barred).leet = true;
          i = barred;
          continue;
        }
      }
      if (signed_ && (is_alnum(c) || c == '$' || c == '!' || c == '@' || c == '|')) {
        if (const std::uint32_t end = signed_word(i, next_hidden(n)); end != 0) {
          i = end;
          continue;
        }
      }
      if (starred_ && (is_letter(c) || c == '*')) {
        if (const std::uint32_t end = starred_word(i, next_hidden(n)); end != 0) {
          i = end;
          continue;
        }
      }
      if (is_alnum(c)) {
        std::uint32_t end = i + 1;
        const std::uint32_t limit = next_hidden(n);
        unsigned classes = class_of(c);
        while (end < limit) {
          const unsigned next = class_of(chars_[end]);
          if (next == 0) break;
          classes |= next;
          ++end;
        }
        if (end - i == 1) {
          if (const std::uint32_t spread = spread_word(i, limit); spread != 0) {
            i = spread;
            continue;
          }
        }
        if (classes == kLetterClass && end - i <= kLongestPart) {
          if (const std::uint32_t parted = parted_word(i, end, limit); parted != 0) {
            i = parted;
            continue;
          }
        }
        if (classes == kDigitClass) {
          push(TokenKind::digits, i, end);
        } else if (classes == kLetterClass) {
          letters(i, end);
        } else {
          mixed(i, end);
        }
        i = end;
        continue;
      }
      if (static_cast<unsigned char>(c) >= 0x80) {
        push(TokenKind::symbol, i, i + 1);
        ++i;
        continue;
      }
      std::uint32_t end = i + 1;
      while (end < n && chars_[end] == c && c != '[') ++end;  // a marker may follow a bracket
      push(TokenKind::punct, i, end);
      out_.back().mark = c;
      i = end;
    }
  }

 private:
  // Every character is looked at, which takes less than to stop at the first.
  template <class Is>
  bool holds(Is is) const {
    bool any = false;
    for (const char c : chars_) any |= is(c);
    return any;
  }

  Token& push(TokenKind kind, std::uint32_t begin, std::uint32_t end, const Word* word = nullptr) {
    Token& token = out_.emplace_back();
    token.begin = begin;
    token.end = end;
    token.kind = kind;
    token.spaces = spaces_;
    token.word = word;
    token.classes = word != nullptr ? word->classes : 0;
    spaces_ = 0;
    return token;
  }

  // End of the hidden span or marker that starts at i, or 0.
  std::uint32_t hidden_at(std::uint32_t i) {
    while (next_ < hidden_.size() && hidden_[next_].end <= text_.first(i)) ++next_;
    if (next_ < hidden_.size() && hidden_[next_].start <= text_.first(i)) {
      std::uint32_t end = i + 1;
      while (end < chars_.size() && text_.first(end) < hidden_[next_].end) ++end;
      return end;
    }
    if (chars_[i] != '[') return 0;
    for (std::size_t type = 0; type < kSpanTypes; ++type) {
      const std::string_view mark = marker(static_cast<SpanType>(type));
      if (chars_.substr(i, mark.size()) == mark) return i + static_cast<std::uint32_t>(mark.size());
    }
    return 0;
  }

  // Letters never run on into a hidden span.
  std::uint32_t next_hidden(std::uint32_t n) {
    if (next_ >= hidden_.size()) return n;
    if (limit_of_ != next_ + 1) {
      const auto at = std::lower_bound(text_.starts.begin(), text_.starts.end(), hidden_[next_].start);
      limit_ = std::min(n, static_cast<std::uint32_t>(at - text_.starts.begin()));
      limit_of_ = next_ + 1;
    }
    return limit_;
  }

  // Leet that writes 1 as a bar ("lS|ll", "|44"). Bars between digits alone may be separators: left alone.
  std::uint32_t barred_run(std::uint32_t i, std::uint32_t limit) const {
    bool bar = false;
    bool letter = false;
    std::uint32_t end = i;
    while (end < limit && end - i <= 20 && (chars_[end] == '|' || is_alnum(chars_[end])) &&
           leet_digit(chars_[end]) != 0) {
      bar = bar || chars_[end] == '|';
      letter = letter || is_letter(chars_[end]);
      ++end;
    }
    if (!bar || end - i < 2 || end - i > 20 || (end < limit && is_alnum(chars_[end]))) return 0;
    return letter || (chars_[i] == '|' && end - i <= 5) ? end : 0;
  }

  // A digit's word with asterisks for some of its letters ("n*ne"). Returns where it ends, or 0.
  std::uint32_t starred_word(std::uint32_t i, std::uint32_t limit) {
    std::uint32_t end = i;
    std::size_t stars = 0;
    while (end < limit && end - i <= 5 && (is_letter(chars_[end]) || chars_[end] == '*')) {
      stars += chars_[end] == '*' ? 1 : 0;
      ++end;
    }
    const std::uint32_t size = end - i;
    if (stars == 0 || stars == size || size < 3 || size > 5 || (end < limit && is_alnum(chars_[end]))) return 0;
    for (const std::string_view word : kDigitNames) {
      if (word.size() != size) continue;
      bool fits = true;
      for (std::uint32_t k = 0; k < size; ++k) fits = fits && (chars_[i + k] == '*' || chars_[i + k] == word[k]);
      if (!fits) continue;
      Token& token = push(TokenKind::number, i, end, find_word(word));
      token.leet = token.row = true;
      return end;
    }
    return 0;
  }

  // A digit's word with one mark inside ("ze-ro", "ni.ne"), of which the first part ends at `part`. Returns
  // where it ends, or 0.
  std::uint32_t parted_word(std::uint32_t i, std::uint32_t part, std::uint32_t limit) {
    if (part + 1 >= limit) return 0;
    const char mark = chars_[part];
    if ((mark != '-' && mark != '.' && mark != '_') || !is_letter(chars_[part + 1])) return 0;
    std::uint32_t end = part + 1;
    while (end < limit && end - part <= kLongestPart + 1 && is_letter(chars_[end])) ++end;
    if (end < limit && (is_alnum(chars_[end]) || (chars_[end] == mark && end + 1 < limit && is_alnum(chars_[end + 1]))))
      return 0;
    if (i > 0 && chars_[i - 1] == mark) return 0;
    std::array<char, 2 * kLongestPart + 1> joined;
    const auto tail = std::copy(chars_.begin() + i, chars_.begin() + part, joined.begin());
    const auto last = std::copy(chars_.begin() + part + 1, chars_.begin() + end, tail);
    const std::string_view run(joined.data(), static_cast<std::size_t>(last - joined.begin()));
    const Word* const word = find_word(run);
    if (!strong_number(word) || word->role != NumberRole::digit) return 0;
    Token& token = push(TokenKind::number, i, end, word);
    token.leet = token.row = true;
    return end;
  }

  // A number word with signs for some of its letters ("f!ve", "$even"). Returns where it ends, or 0.
  std::uint32_t signed_word(std::uint32_t i, std::uint32_t limit) {
    if (i + kLongestNumber < long_until_) return 0;
    std::array<char, kLongestNumber> plain;
    std::size_t n = 0;
    bool sign = false;
    std::uint32_t end = i;
    for (; end < limit; ++end) {
      char c = chars_[end];
      if (c == '$' || c == '!' || c == '@' || c == '|') {
        sign = true;
        c = c == '$' ? 's' : c == '@' ? 'a' : 'i';
      } else if (!is_alnum(c)) {
        break;
      }
      if (n == plain.size()) {
        const auto more = [](char next) {
          return is_alnum(next) || next == '$' || next == '!' || next == '@' || next == '|';
        };
        while (end < limit && more(chars_[end])) ++end;
        long_until_ = end;
        return 0;
      }
      plain[n++] = unleet(c);
    }
    if (!sign || n < 3 ||
        std::none_of(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(n), is_letter))
      return 0;
    const std::string_view run(plain.data(), n);
    const Word* word = find_word(run);
    if (!strong_number(word)) word = sound_number(run);
    if (word == nullptr) {  // "gm@il", "hotma!l"
      word = leet_word(run);
      if (word == nullptr && std::ranges::find(run, 'i') != run.end()) {
        std::replace(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(n), 'i', 'l');
        word = leet_word(run);
      }
      if (word == nullptr || n < 5) return 0;
      push(TokenKind::word, i, end, word).leet = true;
      return end;
    }
    Token& token = push(TokenKind::number, i, end, word);
    token.leet = token.row = true;
    return end;
  }

  // A word written with the same mark between all its letters ("n i n e", "s.e.v.e.n"), read as one run.
  // Returns where it ends, or 0. Digits alone are left to the digit lattice.
  std::uint32_t spread_word(std::uint32_t i, std::uint32_t limit) {
    if (i + 6 >= limit || is_digit(chars_[i]) || !opens_number(chars_[i], chars_[i + 2])) return 0;
    const char gap = chars_[i + 1];
    if (gap == '\n' || static_cast<unsigned char>(gap) >= 0x80) return 0;
    std::uint32_t end = i;
    joined_.clear();
    while (end < limit && is_letter(chars_[end]) && joined_.size() < 256) {
      joined_.push_back(chars_[end]);
      ++end;
      if (joined_.size() == kLongestJoined && !starts_number({joined_.data(), joined_.size()}, 0)) return 0;
      if (end + 1 < limit && chars_[end] == gap && is_letter(chars_[end + 1]) &&
          (end + 2 >= limit || !is_alnum(chars_[end + 2]))) {
        ++end;
      } else {
        break;
      }
    }
    if (joined_.size() < 3) return 0;
    const std::string_view run(joined_.data(), joined_.size());
    if (!parse_numbers(run)) return 0;
    for (const Piece& piece : pieces_) {
      Token& token = push(TokenKind::number, i + 2 * piece.begin, i + 2 * piece.end - 1, piece.word);
      token.glued = false;
    }
    return end;
  }

  struct Piece {
    std::uint32_t begin;
    std::uint32_t end;
    const Word* word;  // nullptr: literal digits
  };

  // Splits a run of letters and digits into number words and digits, whole or not at all. Greedy, longest
  // first. With `look_alikes`, a letter that is in no word may stand for a digit.
  bool parse_numbers(std::string_view run, bool look_alikes = false) {
    pieces_.clear();
    std::uint32_t i = 0;
    const auto n = static_cast<std::uint32_t>(run.size());
    while (i < n) {
      if (is_digit(run[i])) {
        std::uint32_t j = i + 1;
        while (j < n && is_digit(run[j])) ++j;
        pieces_.push_back({i, j, nullptr});
        i = j;
        continue;
      }
      const bool opens = i + 2 <= n && opens_number(run[i], run[i + 1]);
      if (!opens && !look_alikes) return false;
      std::uint32_t length = opens ? std::min<std::uint32_t>(n - i, kLongestJoined) : 0;
      const Word* found = nullptr;
      for (; length >= 2; --length) {
        const Word* word = find_word(run.substr(i, length));
        if (word == nullptr || word->role == NumberRole::none || (word->classes & kRowNumber) != 0) continue;
        // Letters that two words share ("seventhree", "eightwo") stay with the second as well.
        found = word;
        break;
      }
      if (found == nullptr) {
        if (!look_alikes || leet_digit(run[i]) == 0) return false;
        pieces_.push_back({i, i + 1, nullptr});
        ++i;
        continue;
      }
      pieces_.push_back({i, i + length, found});
      i += length;
      if (i < n && !is_digit(run[i]) && !starts_number(run, i) && starts_number(run, i - 1)) --i;
    }
    bool strong = false;
    for (const Piece& piece : pieces_) strong = strong || piece.word == nullptr || strong_number(piece.word);
    return strong && !pieces_.empty();
  }

  static bool starts_number(std::string_view run, std::uint32_t i) {
    if (i + 2 > run.size() || !opens_number(run[i], run[i + 1])) return false;
    std::size_t length = std::min<std::size_t>(run.size() - i, kLongestJoined);
    if (length > 2 && !opens_number(run[i], run[i + 1], run[i + 2])) length = 2;
    for (; length >= 2; --length) {
      const Word* word = find_word(run.substr(i, length));
      if (word != nullptr && word->role != NumberRole::none && (word->classes & kRowNumber) == 0) return true;
    }
    return false;
  }

  void letters(std::uint32_t begin, std::uint32_t end) {
    std::string_view run = chars_.substr(begin, end - begin);
    if (run == "on" && text_.first(begin + 1) - text_.first(begin) >= 3) run = "one";  // in letters of India
    const Word* word = find_word(run);
    if (word != nullptr) {
      push(word->role == NumberRole::none ? TokenKind::word : TokenKind::number, begin, end, word);
      return;
    }
    if (run.size() >= 5 && starts_number(run, 0) && parse_numbers(run)) {
      push_pieces(begin);
      return;
    }
    if (const Word* number = plain_number(run); number != nullptr) {
      push(TokenKind::number, begin, end, number);
      return;
    }
    const Word* number = sound_number(run);
    if (number == nullptr) number = plain_number(run, true);
    if (number != nullptr) {
      push(TokenKind::number, begin, end, number).row = true;
      return;
    }
    push(TokenKind::word, begin, end);
  }

  // A digit before the rest of its word ("7even", "8ight").
  static const Word* headed_number(std::string_view run) {
    if (run.size() < 2 || !is_digit(run[0])) return nullptr;
    const std::string_view word = kDigitNames[run[0] - '0'];
    const std::string_view rest = run.substr(1);
    return rest == word.substr(1) || (rest.size() >= 2 && rest == word.substr(2)) ? find_word(word) : nullptr;
  }

  // Five letters, four digits and a letter, as a PAN is, alone or in a GSTIN: "bachh5372z" names no six.
  static bool tax_shaped(std::string_view run) {
    if (run.size() == 15) run = run.substr(2, 10);
    if (run.size() != 10) return false;
    for (std::size_t i = 0; i < 10; ++i)
      if (is_letter(run[i]) != (i < 5 || i == 9)) return false;
    return true;
  }
  bool names_digits() const {
    return std::ranges::any_of(pieces_, [](const Piece& piece) { return strong_number(piece.word); });
  }
  // How many digits there are, at least.
  std::size_t count_pieces() const {
    std::size_t digits = 0;
    for (const Piece& piece : pieces_) digits += piece.word != nullptr ? 1 : piece.end - piece.begin;
    return digits;
  }

  void push_pieces(std::uint32_t begin) {
    bool first = true;
    for (const Piece& piece : pieces_) {
      Token& token = push(piece.word != nullptr ? TokenKind::number : TokenKind::digits, begin + piece.begin,
                          begin + piece.end, piece.word);
      token.glued = !first;
      token.leet = piece.word == nullptr && is_letter(chars_[token.begin]);
      first = false;
    }
  }

  void mixed(std::uint32_t begin, std::uint32_t end) {
    const std::string_view run = chars_.substr(begin, end - begin);
    if (run.size() <= kLongestWord) {  // "s3v3n"
      char plain[kLongestWord];
      std::transform(run.begin(), run.end(), plain, unleet);
      const Word* word = find_word({plain, run.size()});
      if (is_letter(run[0]) || run.size() > 3) {
        if (strong_number(word)) {
          push(TokenKind::number, begin, end, word).leet = true;
          return;
        }
      }
      const bool letter = std::any_of(run.begin(), run.end(), is_letter);
      if (!strong_number(word) && letter && !foreign(begin, end)) word = sound_number({plain, run.size()});
      const bool all_leet = std::ranges::all_of(run, [](char c) { return leet_digit(c) != 0; });
      if (strong_number(word) && letter && run.size() >= 3 && !all_leet) {  // "51x", "e19th"
        Token& token = push(TokenKind::number, begin, end, word);
        token.leet = token.row = true;
        return;
      }
    }
    if (const Word* word = leet_word(run); word != nullptr) {
      push(TokenKind::word, begin, end, word).leet = true;
      return;
    }
    if (const Word* word = headed_number(run); word != nullptr) {
      push(TokenKind::number, begin, end, word).leet = true;
      return;
    }
    if (parse_numbers(run)) {  // "705three888"
      push_pieces(begin);
      return;
    }
    if (run.size() >= 7 && run.size() <= 40 && !tax_shaped(run) && parse_numbers(run, true) && names_digits() &&
        count_pieces() >= 7) {
      push_pieces(begin);  // "9849Othree34fourS"
      return;
    }
    std::size_t digits = 0;
    bool leet = true;
    for (const char c : run) {
      digits += is_digit(c) ? 1 : 0;
      leet = leet && leet_digit(c) != 0;
    }
    if (leet && run.size() <= 20 && !iso_time(run, digits) && !clean_digits(begin, end)) {
      push(TokenKind::digits, begin, end).leet = true;
      return;
    }
    std::uint32_t i = begin;
    while (i < end) {
      std::uint32_t j = i + 1;
      while (j < end && is_digit(chars_[j]) == is_digit(chars_[i])) ++j;
      if (is_digit(chars_[i])) {
        push(TokenKind::digits, i, j).glued = i > begin;
      } else {
        const Word* word = find_word(chars_.substr(i, j - i));
        const bool number = strong_number(word);
        push(number ? TokenKind::number : TokenKind::word, i, j, word).glued = i > begin;
      }
      i = j;
    }
  }

  // "02T06", "20260312T093000Z"
  static bool iso_time(std::string_view run, std::size_t digits) {
    if (run.size() == 5 && run[2] == 't' && digits == 4) return true;
    return run.size() >= 13 && run[8] == 't' && run[0] <= '2' && digits + 1 + (run.back() == 'z' ? 1 : 0) == run.size();
  }

  // Letters of an Indian script: "4ನೇ".
  bool foreign(std::uint32_t begin, std::uint32_t end) const {
    for (std::uint32_t k = begin; k < end; ++k) {
      if (is_letter(chars_[k]) && text_.first(k + 1) - text_.first(k) >= 3) return true;
    }
    return false;
  }

  // A whole number, or its second half, with letters right behind it that are no part of it: a case ending, the
  // next word ("9820133447is", "98201 33447ல").
  bool clean_digits(std::uint32_t begin, std::uint32_t end) const {
    std::uint32_t n = begin;
    while (n < end && is_digit(chars_[n])) ++n;
    if (n == begin) {  // "s9820133447"
      while (n < end && !is_digit(chars_[n])) ++n;
      return end - n == 10 && chars_[n] >= '6' && std::all_of(chars_.begin() + n, chars_.begin() + end, is_digit);
    }
    if (std::any_of(chars_.begin() + n, chars_.begin() + end, is_digit)) return false;
    const std::string_view number = chars_.substr(begin, n - begin);
    if (number.size() == 10 || (number.size() == 12 && number.starts_with("91"))) return true;
    if (number.size() == 5 && !out_.empty()) {
      const Token& before = out_.back();
      if (before.kind == TokenKind::digits && !before.leet && before.size() == 5 && chars_[before.begin] >= '6') return true;
    }
    const bool foreign = text_.first(n + 1) - text_.first(n) >= 3 || (n + 1 < end && text_.first(n) == text_.first(n + 1));
    return foreign && number.size() >= 3;
  }

  const Canonical& text_;
  const std::string_view chars_;
  const std::span<const HiddenSpan> hidden_;
  std::pmr::vector<Token>& out_;
  std::pmr::vector<Piece> pieces_{out_.get_allocator().resource()};
  std::pmr::vector<char> joined_{out_.get_allocator().resource()};
  static constexpr std::size_t kLongestNumber = 12;
  static constexpr std::uint32_t kLongestPart = 5;  // of a digit's word with a mark inside
  static constexpr std::uint32_t kLongestJoined = 11;  // of number words without a blank between
  const bool barred_;                                  // there is a bar at all
  const bool signed_;                                  // or a sign that looks like a letter
  const bool starred_;                                 // or an asterisk
  std::uint32_t long_until_ = 0;  // letters, digits and signs go on to here, too many for a word
  std::size_t next_ = 0;
  std::size_t limit_of_ = 0;  // one past the hidden span that limit_ is for
  std::uint32_t limit_ = 0;
  std::uint8_t spaces_ = 2;
};

}  // namespace

void make_tokens(const Canonical& text, std::span<const HiddenSpan> hidden, std::pmr::vector<Token>& out) {
  // One where the kind of character changes, and at each mark.
  std::size_t most = 8;
  std::uint8_t before = 0;
  for (const char c : text.view()) {
    const std::uint8_t here = class_of(c);
    most += (here != before) | ((here == 0) & (c != ' '));
    before = here;
  }
  out.reserve(most);
  Tokenizer(text, hidden, out).run();
}

const Word* plain_number(std::string_view run, bool weak) noexcept {
  if (run.size() < 4 || run.size() > kLongestWord || std::ranges::adjacent_find(run) == run.end())
    return nullptr;
  char plain[kLongestWord];
  for (const bool vowels : {false, true}) {
    std::size_t n = 0;
    for (const char c : run) {
      const bool doubled = n > 0 && plain[n - 1] == c;
      if (doubled && (c == 'a' || vowels)) continue;
      if (doubled && n > 1 && plain[n - 2] == c) continue;  // never three
      plain[n++] = c;
    }
    const Word* word = find_word({plain, n});
    if (strong_number(word) || (weak && word != nullptr && word->role != NumberRole::none)) return word;
  }
  return nullptr;
}

const Word* leet_word(std::string_view run) noexcept {
  if (run.size() < (is_letter(run[0]) ? 3 : 5) || run.size() > kLongestWord) return nullptr;
  constexpr std::uint64_t kTells = kPhoneCue | kMailCue | kPlatform | kProvider | kTld | kAtWord | kDotWord |
                                   kHandleCue | kPayCue | kPsp;
  for (const std::string_view ones : {"ii", "ll", "il"}) {  // what the first 1 stands for, and the others
    char plain[kLongestWord];
    std::size_t one = 0;
    std::ranges::transform(run, plain, [&](char c) {
      return c == '1' ? ones[one == 0 ? one++ : 1] : c == '8' ? 'b' : c == '2' ? 'z' : c == '6' ? 'g' : unleet(c);
    });
    const Word* const word = find_word({plain, run.size()});
    const bool last = one == 0 || (ones == "ll" && std::ranges::count(run, '1') == 1);
    if (word != nullptr && (word->classes & kTells) != 0 &&
        (run.size() >= 4 || (word->classes & (kTld | kDotWord | kPsp)) != 0))
      return word;
    if (last) break;
  }
  return nullptr;
}

bool nearly(std::string_view word, std::string_view known) noexcept {
  if (word.size() > known.size()) std::swap(word, known);
  if (known.size() - word.size() > 1 || known.size() < 5) return word == known;
  std::size_t i = 0;
  while (i < word.size() && word[i] == known[i]) ++i;
  if (word.size() < known.size()) return word.substr(i) == known.substr(i + 1);
  if (i == word.size()) return true;
  if (word.substr(i + 1) == known.substr(i + 1)) return true;
  return i + 1 < word.size() && word[i] == known[i + 1] && word[i + 1] == known[i] &&
         word.substr(i + 2) == known.substr(i + 2);
}

}  // namespace connex::redaction
