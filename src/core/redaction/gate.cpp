#include "core/redaction/gate.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/redaction/fold.hpp"
#include "core/redaction/lexicon.hpp"
#include "core/redaction/plain.hpp"
#include "core/redaction/tokens.hpp"
#include "core/redaction/utf8.hpp"

namespace connex::redaction {
namespace {

constexpr std::uint64_t kAddressWords = kHouse | kStreet | kLocality | kBuilding | kLandmark | kCity | kAnnounces;
constexpr std::size_t kBlock = 64;

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (static_cast<unsigned char>(c) | 0x20U) - 'a' < 26U; }

// Room for the letters of a word, and for the eight bytes at a time that it is read by.
using Letters = std::array<char, 32>;

// The letters from i on in lower case, kLongestWord + 1 at most; returns how many.
std::size_t lower_letters(std::string_view text, std::size_t i, Letters& out) {
  constexpr std::size_t kMost = kLongestWord + 1;
  std::size_t n = 0;
  if (i + out.size() <= text.size()) {
    while (n < kMost) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, text.data() + i + n, 8);
      bytes |= 0x2020202020202020U;
      std::memcpy(out.data() + n, &bytes, 8);
      const std::uint64_t other = no_letters(bytes);
      if (other != 0) return std::min(kMost, n + static_cast<std::size_t>(std::countr_zero(other)) / 8);
      n += 8;
    }
    return kMost;
  }
  while (n < kMost && i + n < text.size() && letter(text[i + n])) {
    out[n] = static_cast<char>(text[i + n] | 0x20);
    ++n;
  }
  return n;
}

// How many bits are set, without the call that std::popcount is on the oldest machines.
constexpr int bits_of(std::uint64_t mask) {
  mask -= mask >> 1 & 0x5555555555555555U;
  mask = (mask & 0x3333333333333333U) + (mask >> 2 & 0x3333333333333333U);
  return static_cast<int>(((mask + (mask >> 4)) & 0x0F0F0F0F0F0F0F0FU) * 0x0101010101010101U >> 56);
}

// The bits of [from, to) in the block at `base`.
constexpr std::uint64_t within(std::size_t from, std::size_t to, std::size_t base) {
  if (to <= base || from >= base + kBlock) return 0;
  const std::size_t first = from > base ? from - base : 0;
  const std::size_t size = std::min(to - base, kBlock) - first;
  return (size == kBlock ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1) << first;
}

}  // namespace

// The next blocks, as many as there is room for.
void Gate::read_on() {
  const std::string_view left = text_.substr(at_);
  std::size_t count = left.size() < 7 ? 0 : std::min((left.size() - 7) / kBlock, blocks_.size());
  if (count != 0) {
    reader_.read(left.data(), count, carry_ != 0, filter_, blocks_.data());
  } else {
    char rest[kBlock + 8] = {};
    std::memcpy(rest, left.data(), std::min(left.size(), sizeof rest));
    reader_.read(rest, count = 1, carry_ != 0, filter_, blocks_.data());
  }
  read_ = at_ + count * kBlock;
  next_ = 0;
}

bool Gate::next(Trigger& trigger) {
  while (at_ < text_.size()) {
    if (at_ == read_) read_on();
    const std::size_t base = at_;
    at_ += kBlock;
    block(blocks_[next_++], base);
    if (from_ != kNowhere) {
      trigger = {from_, std::min(to_, text_.size())};
      from_ = kNowhere;
      return true;
    }
  }
  return false;
}

__attribute__((always_inline)) inline void Gate::words(const Block& b, std::uint64_t rest, std::size_t base) {
  const std::uint64_t words = b.words & rest;
  if (words == 0) return;
  const std::uint64_t always = b.always & rest;
  const std::uint64_t weak = b.weak & rest;
  const std::uint64_t two = b.letters & b.letters >> 1;
  const std::uint64_t four = two & two >> 2;
  const std::uint64_t seven = four & four >> 3;
  // Number words run together are seven letters or more, and begin like one of them. What reaches the end of
  // the block may go on.
  const auto last = static_cast<unsigned>(std::countl_one(b.letters)) & 63U;
  std::uint64_t joined = words & (seven | ~(~std::uint64_t{0} >> last));
  // A host without its dots: twelve letters, or seven after a hyphen. What reaches the end of the block is
  // looked at in the next.
  const std::uint64_t longs = words & seven & (seven >> 5 | b.dashes << 1 | dash_);
  if (longs != 0) glued_hosts(longs, base);
  for (; joined != 0; joined &= joined - 1) {
    const auto k = static_cast<std::size_t>(std::countr_zero(joined));
    const std::string_view first = text_.substr(base + k, 3);
    if (first.size() < 3 || !opens_number(first[0], first[1], first[2])) continue;
    Letters plain;
    const std::size_t n = lower_letters(text_, base + k, plain);
    if (!joined_numbers({plain.data(), n})) continue;
    fire(base + k, base + k + n);
    joined_ = true;
  }
  // Weak words alone matter when three stand in a row.
  if (always == 0 && run_ == 0 && words == b.words) {
    const int count = bits_of(words);
    const int before = std::min(std::countr_one(b.order), count);
    if (weak_ + before < 3 && (b.order & b.order >> 1 & b.order >> 2) == 0) {
      const int after = before == count ? before : std::countl_one(b.order << (64 - count));
      if (before != count) weak_ = 0;
      if (weak_ == 0) run_from_ = base;
      weak_ += after;
      return;
    }
  }
  // Words that are nothing end a row.
  std::uint64_t nothing = words & ~(always | weak);
  for (std::uint64_t hit = always | weak; hit != 0; hit &= hit - 1) {
    const std::uint64_t bit = hit & (0 - hit);
    if ((nothing & (bit - 1)) != 0) {
      run_ = weak_ = 0;
      nothing &= ~(bit - 1);
    }
    const std::size_t at = base + static_cast<std::size_t>(std::countr_zero(bit));
    if (at < plain_from_ || at >= plain_to_) word(at, (always & bit) != 0);
  }
  if (nothing != 0) run_ = weak_ = 0;
}

// Every check goes on from where the blocks before left it, so that it hardly matters where blocks begin.
void Gate::block(const Block& read, std::size_t base) {
  const Block b = read;  // which no call can change
  const std::uint64_t alnum = b.letters | b.digits;
  const std::uint64_t before = alnum << 1 | carry_;
  const std::uint64_t starts = alnum & ~before;
  // Number words run together go on.
  if (joined_ && carry_ != 0 && (alnum & 1) != 0) fire(base, base + kBlock);
  joined_ = joined_ && carry_ != 0 && alnum == ~std::uint64_t{0};
  const auto each = [base](std::uint64_t mask, auto visit) {
    for (; mask != 0; mask &= mask - 1) visit(base + static_cast<std::size_t>(std::countr_zero(mask)));
  };
  // The first and the last that have to be read.
  const auto lowest = [base](std::uint64_t mask) {
    return base + static_cast<std::size_t>(std::countr_zero(mask));
  };
  const auto highest = [base](std::uint64_t mask) {
    return base + kBlock - 1 - static_cast<std::size_t>(std::countl_zero(mask));
  };
  std::uint64_t high = b.high;
  while (high != 0 && !high_byte(lowest(high))) high &= high - 1;
  if (high != 0) {
    const std::size_t first = lowest(high);
    while (!high_byte(highest(high))) high &= ~(std::uint64_t{1} << (highest(high) - base));
    fire(first, highest(high) + 1);
  }
  // A dot after something and before a blank ends a sentence, one between two others says nothing.
  const std::uint64_t dots = b.marks & b.dashes;
  const std::uint64_t idle = (dots & b.blanks >> 1 & ~(b.blanks << 1 | 1)) | (dots & dots << 1 & dots >> 1);
  // What belongs to a plain address says nothing.
  std::uint64_t rest = ~within(plain_from_, plain_to_, base);
  each(b.marks & ~idle, [this, base, &rest](std::size_t i) {
    if (i < plain_to_) return;
    if (plain_ != nullptr && at(i) == '@' && i > 2 && at(i - 1) != '@' && take_mail(i)) {
      rest &= ~within(plain_from_, plain_to_, base);
      return;
    }
    if (mark(i)) fire(i, i + 1);
  });
  if (b.digits != 0) {
    // Digits in the name of an address whose @ is in the next block.
    if (const int name = std::countl_one(alnum | b.dashes);
        plain_ != nullptr && name != 0 && b.digits >> (kBlock - static_cast<unsigned>(name)) != 0) {
      std::size_t k = base + kBlock;
      while (k < base + kBlock + kLongestWord &&
             (digit(at(k)) || letter(at(k)) || at(k) == '.' || at(k) == '-' || at(k) == '_'))
        ++k;
      if (at(k) == '@' && take_mail(k)) rest &= ~within(plain_from_, plain_to_, base);
    }
    if (loose_) fire(base + static_cast<std::size_t>(std::countr_zero(b.digits)), base + kBlock);
    each(((b.digits & (b.letters << 1)) | (b.letters & (b.digits << 1))) & rest, [this](std::size_t i) {
      std::size_t from = i;
      if (letter(at(i)) && glued_host(i)) fire(i, i + kLongestWord);
      if (coded(i)) fire(i, i + kBlock);
      if (leet_name(i)) fire(i, i + 1);
      const bool look_alike = leet_digit(static_cast<char>((letter(at(i)) ? at(i) : at(i - 1)) | 0x20)) != 0;
      if (leet(i) || changes_.add(i, from) || (look_alike && look_alikes_.add(i, from))) fire(from, i + 1);
    });
  }
  // Dots and dashes in groups, as Morse code has them.
  const bool few = (b.dashes & (b.dashes - 1)) == 0;  // none, or a full stop
  const int dashes = few ? b.dashes != 0 : bits_of(b.dashes);
  if (dashes + dashes_ >= 20) {
    const std::uint64_t groups = b.dashes & ~(b.dashes << 1);
    if ((groups & (groups - 1)) != 0) fire(base - std::min(base, kBlock), base + kBlock);
  }
  // Marks inside of words, six close together ("ze-ro ni-ne").
  int parted = 0;
  if (!few) {
    parted = bits_of(b.dashes & b.letters << 1 & b.letters >> 1 & rest);
    if (parted != 0 && parted + parted_ >= 6) fire(base - std::min(base, kBlock), base + kBlock);
  }
  parted_ = parted;
  dashes_ = dashes;
  // Letters or digits one by one. Whether the last byte stands alone, the next block would have to say: it
  // counts as if it did.
  each(starts & ~(alnum >> 1) & rest, [this](std::size_t i) {
    std::size_t from = i;
    if (singles_.add(i, from)) fire(from, i + 1);
  });
  words(b, rest, base);
  // A word that goes on from the block before, or ends where the text does.
  if (carry_ != 0) {
    const std::size_t end = base + static_cast<std::size_t>(std::countr_one(b.letters));
    if (glued_end(end)) fire(base - 1, end);
  }
  if (b.letters >> 63 != 0 && base + kBlock == text_.size() && glued_end(text_.size())) fire(base, text_.size());
  carry_ = alnum >> 63;
  dash_ = b.dashes >> 63;
  if ((b.digits & rest) != 0) digits(b.digits & rest, base);
}

// Letters for digits ("7SI", "84SO") in a run that changes between them at i.
bool Gate::leet(std::size_t i) const noexcept {
  std::size_t first = i;
  while (first > 0 && i - first < 20 && (digit(text_[first - 1]) || letter(text_[first - 1]))) --first;
  std::size_t k = first;
  for (; k < first + 24 && (digit(at(k)) || letter(at(k))); ++k) {
    if (leet_digit(letter(at(k)) ? static_cast<char>(at(k) | 0x20) : at(k)) == 0) return false;
  }
  const bool ordinal = k - first <= 4 && at(k - 1) == 't' && at(k - 2) == 's';
  return k - first >= 3 && !ordinal;
}

// A network, a mail service or a dot with digits for some letters ("gma1l", "1nsta", "d0t").
bool Gate::leet_name(std::size_t i) const noexcept {
  std::size_t first = i;
  while (first > 0 && i - first < 12 && (digit(text_[first - 1]) || letter(text_[first - 1]))) --first;
  std::array<char, 12> plain;
  std::size_t n = 0;
  std::size_t letters = 0;
  for (; digit(at(first + n)) || letter(at(first + n)); ++n) {
    if (n == plain.size()) return false;
    plain[n] = letter(at(first + n)) ? static_cast<char>(at(first + n) | 0x20) : at(first + n);
    letters += letter(plain[n]) ? 1 : 0;
  }
  if (letters < 3 && !(n == 3 && letters == 2 && plain[0] == 'd')) return false;
  const Word* const word = leet_word({plain.data(), n});
  return word != nullptr && (word->classes & (kPlatform | kProvider | kDotWord)) != 0;
}

// A run of letters of both cases and digits, as long as base64 of a contact is.
bool Gate::coded(std::size_t i) const noexcept {
  const auto run = [this](std::size_t k) { return digit(at(k)) || letter(at(k)); };
  if (!run(i + 5) && !(i >= 6 && run(i - 6))) return false;
  std::size_t first = i;
  while (first > 0 && i - first < 24 && (digit(text_[first - 1]) || letter(text_[first - 1]))) --first;
  bool small = false;
  bool capital = false;
  std::size_t k = first;
  for (; k < first + 24 && (digit(at(k)) || letter(at(k))); ++k) {
    small = small || at(k) >= 'a';
    capital = capital || (at(k) >= 'A' && at(k) <= 'Z');
  }
  return k - first >= 12 && small && capital;
}

void Gate::word(std::size_t i, bool always) {
  // Words like "to" and "for" matter only in a row, or after a number word.
  if (!always && run_ == 0) {
    if (weak_ == 0) run_from_ = i;
    if (++weak_ < 3) return;
    --weak_;
  }
  look_up(i);
}

// The word at i is probably of interest.
void Gate::look_up(std::size_t i) {
  if (run_ + weak_ == 0) run_from_ = i;
  Letters letters;
  const std::size_t n = lower_letters(text_, i, letters);
  const std::string_view plain(letters.data(), n);
  const Word* word = n <= kLongestWord ? find_word(plain) : nullptr;
  if (word == nullptr) {
    if (n <= kLongestWord && plain_number(plain) != nullptr) {
      ++run_;
      if (loose_ || run_ >= 5) fire(run_from_, i + n);
      if (count(i, 1)) fire(first_, i + n);
      return;
    }
    if (n <= kLongestWord && (sound_number(plain) != nullptr || plain_number(plain, true) != nullptr)) {
      run_ += weak_ + 1;
      weak_ = 0;
      if (loose_ || run_ >= 5) fire(run_from_, i + n);
      return;
    }
    run_ = weak_ = 0;
    return;
  }
  if (word->role != NumberRole::none) {
    const bool strong = (word->classes & kWeakNumber) == 0;
    run_ += weak_ + 1;  // weak ones just before count after all
    weak_ = 0;
    if (run_ >= 5) {
      if (take_words(i)) return;
      fire(run_from_, i + n);
    }
    if (run_ >= 3 && reg_at_ != 0 && i < reg_at_ + 60) fire(reg_at_ - 1, i + n);  // "PAN ABCPK four one ..."
    if (strong && (loose_ || digit(at(i + n)) || (i > 0 && digit(text_[i - 1])))) fire(i, i + n);
    const bool two =
        word->role == NumberRole::tens || word->role == NumberRole::teen || word->role == NumberRole::repeat;
    if (strong && count(i, two ? 2 : 1)) fire(first_, i + n);
  } else {
    run_ = weak_ = 0;
  }
  const std::string_view text = word->text;
  const std::uint64_t classes = word->classes;
  if ((classes & (kPlatform | kProvider)) != 0 && text.size() >= 2 && text != "session" && text != "live" &&
      text != "proton" && text != "pm" && text != "hey")
    fire(i, i + n);
  if ((classes & kGateWord) != 0) fire(i, i + n);
  if ((classes & kDotWord) != 0 && next_is(i + n, kTld)) fire(i, i + n);
  if (loose_ && (classes & (kHandleCue | kPayCue | kPhoneCue | kMailCue | kAddressCue)) != 0) fire(i, i + n);
  if (text == "id" && (at(i + n) == ':' || at(i + n + 1) == ':')) fire(i, i + n);
  // "LINE id arun79", "my handle is arunortho", "g mail"
  if (text == "id" && at(i + n) == ' ' && letter(at(i + n + 1)) && figured(i + n + 1)) fire(i, i + n);
  if (text == "handle" && (at(i + n) == ':' || text_.substr(i + n, 4) == " is ")) fire(i, i + n);
  if (text == "mail" && i >= 2 && (at(i - 1) == ' ' || at(i - 1) == '-') && (at(i - 2) | 0x20) == 'g' &&
      (i == 2 || !letter(at(i - 3))))
    fire(i, i + n);
  if ((classes & kRemove) != 0) {
    remove_at_ = i + 1;
    unmask(i + n);
  }
  if ((classes & (kRegCue | kPanCue | kGstCue)) != 0) reg_at_ = i + 1;
  if ((classes & (kAddressWords | kPinCue)) != 0) {
    const bool weighs = (classes & (kHouse | kStreet | kLocality | kBuilding | kCity | kPinCue | kAnnounces)) != 0;
    if (address_ == 0 || i > address_at_ + 160) {
      address_ = 0;
      address_from_ = i;
    }
    address_at_ = i;
    address_ += weighs ? 2 : 1;
    if (address_ >= 4) fire(std::max(address_from_, i - std::min<std::size_t>(i, 512)), i + n);
  }
}

// Number words run together ("sevensevensix").
bool Gate::joined_numbers(std::string_view letters) const noexcept {
  const std::size_t n = letters.size();
  const auto number = [&](std::size_t from, std::size_t length) {
    const Word* const word = find_word(letters.substr(from, length));
    return word != nullptr && word->role != NumberRole::none;
  };
  for (std::size_t k = 3; k <= 11 && k + 2 < n; ++k) {
    const auto opens = [&](std::size_t i) { return opens_any_number(letters[i], letters[i + 1], letters[i + 2]); };
    if (!opens(k) && !opens(k - 1)) continue;
    if (!number(0, k)) continue;
    for (std::size_t m = 2; m <= 6 && k + m <= n; ++m) {
      if (number(k, m) || number(k - 1, m)) return true;
    }
  }
  return false;
}

// Of words of some length, those that end like a host.
[[gnu::noinline]] void Gate::glued_hosts(std::uint64_t longs, std::size_t base) noexcept {
  for (; longs != 0; longs &= longs - 1) {
    const std::size_t i = base + static_cast<std::size_t>(std::countr_zero(longs));
    if (glued_host(i)) fire(i, i + kLongestWord);
  }
}

// Whether the letters from i on end like a host without its dots ("raviATgmailDOTcom").
[[gnu::noinline]] bool Gate::glued_host(std::size_t i) const noexcept {
  constexpr std::size_t kLongest = 2 * kLongestWord;
  std::size_t end = i;
  while (end < i + kLongest && letter(at(end))) ++end;
  return end >= i + 6 && glued_end(end);
}

// Whether a word that ends before `end` does so.
bool Gate::glued_end(std::size_t end) const noexcept {
  const char* const p = text_.data();
  const auto dot = [p](std::size_t k) {
    return (p[k] | 0x20) == 'd' && (p[k + 1] | 0x20) == 'o' && (p[k + 2] | 0x20) == 't';
  };
  return end > 6 && (dot(end - 5) || dot(end - 6));
}

// Whether the next word, past brackets and blanks, is of these classes.
bool Gate::next_is(std::size_t i, std::uint64_t classes) const noexcept {
  std::size_t k = i;
  while (k < i + 5 && k < text_.size() && !letter(at(k))) ++k;
  Letters plain;
  const Word* word = find_word({plain.data(), lower_letters(text_, k, plain)});
  return word != nullptr && (word->classes & classes) != 0;
}

// Adds digits, written or spelled, at i; true when enough stand close together for a number.
bool Gate::count(std::size_t i, int n) noexcept {
  if (sum_ == 0 || i > last_ + 48) {
    sum_ = 0;
    first_ = last_ = i;
  }
  last_ = std::max(last_, i);  // the words of a block are counted before its digits
  sum_ += n;
  return sum_ >= 7;
}

void Gate::digits(std::uint64_t mask, std::size_t base) {
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
    // A code between letters ("ABCDE1234F"), or a registration number.
    if (to - from >= 4 && letter(at(to)) && from > 0 && letter(text_[from - 1])) fire(from, to);
    if (to - from >= 3 && reg_at_ != 0 && i < reg_at_ + 60) fire(reg_at_ - 1, to);
    // The PIN of a place, the number of a house in Telangana or Andhra, or a number behind "H.No".
    if ((to - from == 6 && text_[from] <= '8' && address_ != 0 && i < address_at_ + 48) || house_number(from, to))
      fire(address_ != 0 ? std::max(address_from_, from - std::min<std::size_t>(from, 512)) : from, to);
    if (to - from <= 4 && first + length < 64 && measured(end)) {
      if (measured_ == 0 || i > measures_to_ + 48) {
        measured_ = 0;
        measures_from_ = i;
      }
      measures_to_ = end;
      measured_ += static_cast<int>(length);
      unmask(end);
      continue;
    }
    // Marks in the places of digits ("98()4!5&2") count as such.
    const auto stands = [&](char c) { return c == '!' || c == '$' || c == '&' || c == '|'; };
    const char after = at(to);
    const bool preceded = from > 0 && (stands(text_[from - 1]) || text_[from - 1] == ')');
    const bool marked = after == '!' || after == '$' || after == '&' || (after == '(' && at(to + 1) == ')') ||
                        static_cast<unsigned char>(after) >= 0x80;
    if (count(i, static_cast<int>(length) + (marked ? 3 : 0) + (preceded ? 3 : 0))) {
      if (take_phone(from, to)) {
        half_ = 0;
        continue;
      }
      fire(std::min(first_, from), to);
    }
    // Halves of a mobile number, with more between than numbers have.
    if (to - from == 5 && i == from) {
      if (half_ != 0 && i < half_ + 200) fire(half_ - 1, to);
      half_ = text_[from] >= '6' ? from + 1 : 0;
    }
  }
}

bool Gate::take_mail(std::size_t i) {
  Finding found;
  if (!plain_mail(text_, i, found)) return false;
  plain_->push_back(found);
  plain_from_ = found.start;
  plain_to_ = found.end;
  return true;
}

bool Gate::take_phone(std::size_t from, std::size_t to) {
  Finding found;
  const bool sized = to - from == 5 || to - from == 10;
  if (plain_ == nullptr || !sized || !plain_phone(text_, from, to, found)) return false;
  if (plain_->empty() || plain_->back().start != found.start) plain_->push_back(found);
  sum_ = std::max(0, sum_ - 10);  // number words of this block are counted already
  return true;
}

// "6-3-1090" up to `to`, which is no date; or "H.No 12", "D No. 4".
bool Gate::house_number(std::size_t from, std::size_t to) const noexcept {
  if (from < 3 || to - from > 5) return false;
  std::size_t k = from;
  while (k > 0 && from - k < 3 && (at(k - 1) == ' ' || at(k - 1) == '.' || at(k - 1) == ':' || at(k - 1) == '-')) --k;
  if (k >= 3 && k < from && (at(k - 1) | 0x20) == 'o' && (at(k - 2) | 0x20) == 'n' && !letter(at(k - 3))) {
    const std::size_t mark = k - 3;
    const char head = mark > 0 ? static_cast<char>(at(mark - 1) | 0x20) : ' ';
    return (at(mark) == '.' || at(mark) == ' ') && (head == 'h' || head == 'd') && (mark < 2 || !letter(at(mark - 2)));
  }
  if (at(from - 1) != '-' || !digit(at(from - 2)) || at(to) == '-') return false;
  std::size_t middle = from - 1;
  while (middle > 0 && from - middle < 5 && digit(at(middle - 1))) --middle;
  if (middle < 2 || at(middle - 1) != '-' || !digit(at(middle - 2)) || from - 1 - middle > 3) return false;
  return to - from == 3 || from - 1 - middle == 3 || (to - from == 4 && at(from) != '1' && at(from) != '2') ||
         (to - from == 4 && at(from) == '1' && at(from + 1) != '9');
}

// The word at i has figures behind its letters.
bool Gate::figured(std::size_t i) const noexcept {
  std::size_t k = i;
  while (k < i + kLongestWord && (letter(at(k)) || at(k) == '.' || at(k) == '_')) ++k;
  return k > i + 2 && digit(at(k));
}

// Once for each row.
bool Gate::take_words(std::size_t i) {
  Finding found;
  if (plain_ == nullptr || run_ != 5 || !plain_words(text_, i, found)) return false;
  plain_->push_back(found);
  plain_from_ = found.start;
  plain_to_ = found.end;
  run_ = weak_ = sum_ = 0;
  return true;
}

// "500 mg", "14 days", "7.2 %": the digits before `end` are a measure.
bool Gate::measured(std::size_t end) const noexcept {
  std::size_t k = end;
  if (at(k) == ' ') ++k;
  if (at(k) == '%') return k == end || !digit(at(k + 1));
  if (!letter(at(k))) return false;
  Letters plain;
  const std::size_t n = lower_letters(text_, k, plain);
  if (n < 2 || n > 8 || digit(at(k + n))) return false;
  const Word* word = find_word({plain.data(), n});
  return word != nullptr && (word->classes & kUnit) != 0 && (word->classes & (kHouse | kStreet)) == 0 &&
         word->role == NumberRole::none;
}

// "98 mg, 20 mg, ... (drop the mg)": measures enough for a number, and a word that takes away.
void Gate::unmask(std::size_t to) noexcept {
  if (measured_ < 7 || remove_at_ == 0) return;
  const std::size_t near = std::min(remove_at_, measures_to_);
  if (std::max(remove_at_, measures_to_) - near <= 160) fire(std::min(measures_from_, remove_at_ - 1), to);
}

bool Gate::mark(std::size_t i) const noexcept {
  if (i >= text_.size()) return false;
  const char next = at(i + 1);
  const char before = i > 0 ? text_[i - 1] : ' ';
  if (next == text_[i] && before == next) return false;  // inside a row of one mark
  switch (text_[i]) {
    case '@':
      return true;
    case '%':
      return next >= '2' && next <= '7' && (digit(at(i + 2)) || letter(at(i + 2)));
    case '&':
      return next == '#' || next == 'c' || next == 'p';
    case '|':
      return letter(next) || digit(next) || letter(before);
    case '/':
      return next == '/';
    default:  // a dot that may be inside a host
      if (next == ' ' && before != ' ') return false;
      if ((letter(before) || digit(before)) && letter(next)) {
        const std::string_view www =
            text_.substr(i - std::min<std::size_t>(i, 3), std::min<std::size_t>(i, 3));
        return next_is(i + 1, kTld) || www == "www" || www == "WWW" || www == "Www";
      }
      if (i > 1 && before == ' ' && next == ' ') return next_is(i + 1, kTld);
      return (next == ']' || next == ')' || next == '}') && next_is(i + 1, kTld);
  }
}

// Rupee signs, dashes, quotes, bullets and emoji are harmless; look-alikes, invisible characters and Indic
// text are read.
bool Gate::high_byte(std::size_t i) const noexcept {
  if (i >= text_.size() || (static_cast<unsigned char>(text_[i]) & 0xC0) == 0x80) return false;
  const CodePoint c = decode(text_, i);
  switch (fold(c.value)) {
    case kSymbol:
    case ' ':
    case '-':
    case '$':
    case '\'':
    case '"':
      return false;
    case '.':
      return c.value != 0x2026 && c.value != 0x2022 && c.value != 0xB7;
    case kDropped:
      // Joiners of emoji stand beside emoji.
      return !((c.value == 0xFE0F || c.value == 0x200D) && i > 0 &&
               static_cast<unsigned char>(text_[i - 1]) >= 0x80);
    default:
      return true;
  }
}

}  // namespace connex::redaction
