#include "core/redaction/known.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "core/ascii.hpp"

namespace connex::redaction {
namespace {

constexpr std::uint32_t kReach =
    160;  // canonical characters that one known value may be spread over and hidden whole

// The sound of a word: what survives transliteration and careless spelling.
std::string sound_of(std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    char c = word[i];
    const char next = i + 1 < word.size() ? word[i + 1] : '\0';
    if (c == 'p' && next == 'h') c = 'f';
    if (c == 'w') c = 'v';
    if (c == 'z') c = 'j';
    if (c == 'q' || (c == 'c' && next != 'h')) c = 'k';
    if (c == 'y' || (c == 'e' && next == 'e')) c = 'i';
    if (c == 'e') c = 'i';
    if (c == 'o') c = 'u';
    if ((c == 'h' || c == 'a') && i > 0) continue;
    if (c < '0' || (c > '9' && c < 'a')) continue;
    if (!out.empty() && out.back() == c) continue;
    out.push_back(c);
  }
  return out;
}

std::string canonical_of(std::string_view value, std::pmr::memory_resource* memory) {
  Canonical text(memory);
  make_canonical(value, text);
  return std::string(text.view());
}

template <class Visit>
void each_part(std::string_view canonical, Visit visit) {
  const auto part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x81;
  };
  std::size_t i = 0;
  while (i < canonical.size()) {
    std::size_t j = i;
    while (j < canonical.size() && part(canonical[j])) ++j;
    if (j > i) visit(canonical.substr(i, j - i));
    i = j + 1;
  }
}

// A row of characters, each with the token it came from.
struct Row {
  explicit Row(std::pmr::memory_resource* memory) : chars(memory), tokens(memory) {}
  std::pmr::vector<char> chars;
  std::pmr::vector<std::uint32_t> tokens;

  void add(char c, std::size_t token) {
    chars.push_back(c);
    tokens.push_back(static_cast<std::uint32_t>(token));
  }
  std::string_view view() const { return {chars.data(), chars.size()}; }
};

// "the last five are": how many, not which.
bool counts_digits(const Scan& scan, std::size_t i) {
  const Token& t = scan.tokens[i];
  const bool one = t.kind == TokenKind::digits
                       ? t.size() == 1
                       : t.kind == TokenKind::number && t.word->role == NumberRole::digit;
  if (!one || i == 0) return false;
  const Chars before = scan.view(scan.tokens[i - 1]);
  return before == "last" || before == "first" || before == "next" || before == "final";
}

// All that counts, read without judging; `weak` also takes "to", "for", "ate", `parts` leaves out how many digits a
// part has. Whether the last made a difference.
bool digit_row(const Scan& scan, bool weak, bool parts, Row& row) {
  bool left_out = false;
  const auto& tokens = scan.tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    if (parts && counts_digits(scan, i)) {
      left_out = true;
      continue;
    }
    if (t.kind == TokenKind::digits) {
      for (const char c : scan.view(t)) row.add(leet_digit(c), i);
    } else if (t.is('|')) {
      if (weak) row.add('1', i);
    } else if (t.kind == TokenKind::number && (weak || !(t.row || t.has(kWeakNumber)))) {
      const Word& word = *t.word;
      switch (word.role) {
        case NumberRole::digit:
          if (i > 0 && tokens[i - 1].kind == TokenKind::number &&
              tokens[i - 1].word->role == NumberRole::tens && word.value != 0 && !row.chars.empty() &&
              row.chars.back() == '0') {
            row.chars.back() = static_cast<char>('0' + word.value);
            row.tokens.back() = static_cast<std::uint32_t>(i);
          } else {
            row.add(static_cast<char>('0' + word.value), i);
          }
          break;
        case NumberRole::plural:
          row.add(static_cast<char>('0' + word.value), i);
          break;
        case NumberRole::teen:
        case NumberRole::tens:
          row.add(static_cast<char>('0' + word.value / 10), i);
          row.add(static_cast<char>('0' + word.value % 10), i);
          break;
        case NumberRole::repeat: {
          if (i + 1 >= tokens.size()) break;
          const Token& next = tokens[i + 1];
          char digit = 0;
          if (next.kind == TokenKind::digits) digit = leet_digit(scan.view(next)[0]);
          if (next.kind == TokenKind::number && next.word->role == NumberRole::digit)
            digit = static_cast<char>('0' + next.word->value);
          for (int k = 1; digit != 0 && k < word.value; ++k) row.add(digit, i);
          break;
        }
        default:
          break;
      }
    } else if (t.kind == TokenKind::word && !t.has(kCommon) && t.size() <= 4 && weak) {
      const Chars v = scan.view(t);
      if (std::ranges::all_of(v, [](char c) { return leet_digit(c) != 0; })) {
        for (const char c : v) row.add(leet_digit(c), i);
      }
    }
  }
  return left_out;
}

// Letters and digits without anything between; words that spell a mark are left out.
void letter_row(const Scan& scan, Row& row) {
  for (std::size_t i = 0; i < scan.tokens.size(); ++i) {
    const Token& t = scan.tokens[i];
    if (!t.letters() && t.kind != TokenKind::digits) continue;
    if (t.has(kDotWord | kAtWord) || (t.has(kSeparatorWord) && t.size() > 3)) continue;
    const Chars v = scan.view(t);
    if (v == "full" && i + 1 < scan.tokens.size() && scan.view(scan.tokens[i + 1]) == "stop") continue;
    if (v == "the" || v == "rate" || v == "of") continue;
    for (const char c : v) row.add(c, i);
  }
}

void hide(Scan& scan, const Row& row, std::size_t first, std::size_t last, SpanType type) {
  const std::uint32_t begin = scan.tokens[row.tokens[first]].begin;
  const std::uint32_t end = scan.tokens[row.tokens[last]].end;
  if (end - begin <= kReach) {
    scan.report(begin, end, type, kKnownScore, kEvidenceKnownValue);
    return;
  }
  for (std::size_t k = first; k <= last; ++k) {
    const Token& t = scan.tokens[row.tokens[k]];
    scan.report(t.begin, t.end, type, kKnownScore, kEvidenceKnownValue | kEvidenceSeparated);
  }
}

// All places of `pattern` in the row (Knuth, Morris, Pratt: linear whatever the text).
template <class Visit>
void each_match(std::string_view row, std::string_view pattern, Visit visit) {
  std::array<std::uint8_t, 128> back{};
  const std::size_t m = std::min(pattern.size(), back.size());
  if (m == 0) return;
  for (std::size_t i = 1, k = 0; i < m; ++i) {
    while (k > 0 && pattern[i] != pattern[k]) k = back[k - 1];
    if (pattern[i] == pattern[k]) ++k;
    back[i] = static_cast<std::uint8_t>(k);
  }
  for (std::size_t i = 0, k = 0; i < row.size(); ++i) {
    while (k > 0 && row[i] != pattern[k]) k = back[k - 1];
    if (row[i] == pattern[k]) ++k;
    if (k == m) {
      visit(i + 1 - m, i);
      k = back[k - 1];
    }
  }
}

constexpr std::size_t kSignificant = 10;  // last digits of a number, without the code of the country
constexpr std::size_t kWindow = 7;        // in a row tell a number: the rest are few guesses

// All rows of kWindow digits that stand in the registered numbers, forwards, backwards and with the halves changed.
// Rows of one or two digits alone stand in too many other numbers.
class KnownWindows {
 public:
  explicit KnownWindows(std::pmr::memory_resource* memory) : values_(memory) {}

  // Whether all of `digits` is looked for by its windows.
  bool add(std::string_view digits) {
    bool all = digits.size() >= kWindow;
    for (std::size_t i = 0; i + kWindow <= digits.size(); ++i) {
      std::uint32_t value = 0;
      std::uint32_t seen = 0;
      for (const char c : digits.substr(i, kWindow)) {
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
        seen |= 1U << (c - '0');
      }
      all = all && std::popcount(seen) >= 3;
      if (std::popcount(seen) < 3) continue;
      values_.push_back(value);
      filter_[value % kFilterBits / 64] |= std::uint64_t{1} << (value % 64);
    }
    return all;
  }
  void close() { std::ranges::sort(values_); }
  bool has(std::uint32_t value) const {
    return (filter_[value % kFilterBits / 64] >> (value % 64) & 1U) != 0 &&
           std::ranges::binary_search(values_, value);
  }

 private:
  static constexpr std::size_t kFilterBits = 16384;
  std::array<std::uint64_t, kFilterBits / 64> filter_{};
  std::pmr::vector<std::uint32_t> values_;
};

void known_phones(Scan& scan) {
  if (scan.options.known.phones.empty()) return;
  std::pmr::vector<std::string> numbers(scan.memory);  // that no windows tell
  KnownWindows windows(scan.memory);
  for (const std::string_view phone : scan.options.known.phones) {
    std::string digits;
    for (const char c : canonical_of(phone, scan.memory)) {
      if (c >= '0' && c <= '9') digits.push_back(c);
    }
    if (digits.size() > kSignificant) digits.erase(0, digits.size() - kSignificant);
    if (digits.size() < kLeastPhoneDigits) continue;
    for (const bool back : {false, true}) {
      if (back) std::ranges::reverse(digits);
      if (!windows.add(digits)) numbers.push_back(digits);
      if (digits.size() != kSignificant) continue;
      // The last digits, then the first ones: of what stands across the joint, a window has two of each half.
      for (std::size_t half = 3; half + 3 <= kSignificant; ++half) {
        const std::string turned = digits.substr(half) + digits.substr(0, half);
        const std::size_t joint = kSignificant - half;
        const std::size_t from = joint + 2 > kWindow ? joint + 2 - kWindow : 0;
        windows.add(std::string_view(turned).substr(from, std::min(joint - 2, kSignificant - kWindow) + kWindow - from));
      }
    }
  }
  windows.close();
  std::pmr::string plain(scan.memory);  // the first reading
  for (int reading = 0; reading < 3; ++reading) {
    Row row(scan.memory);
    if (!digit_row(scan, reading == 1, reading == 2, row) && reading == 2) continue;
    if (reading == 0) plain = row.view();
    if (reading == 1 && row.view() == plain) continue;
    for (const std::string& digits : numbers) {
      each_match(row.view(), digits,
                 [&](std::size_t first, std::size_t last) { hide(scan, row, first, last, SpanType::phone); });
    }
    std::uint32_t value = 0;
    std::size_t in_row = 0;
    std::size_t begin = 0;  // of the windows that overlap
    std::size_t end = 0;
    const auto flush = [&] {
      if (end > begin) hide(scan, row, begin, end - 1, SpanType::phone);
    };
    for (std::size_t i = 0; i < row.chars.size(); ++i) {
      const char c = row.chars[i];
      in_row = c >= '0' && c <= '9' ? in_row + 1 : 0;
      value = value % 1000000 * 10 + static_cast<std::uint32_t>(c - '0') % 10;
      if (in_row < kWindow || !windows.has(value)) continue;
      if (i + 1 - kWindow >= end) {
        flush();
        begin = i + 1 - kWindow;
      }
      end = i + 1;
    }
    flush();
  }
}

// Neither blanks nor line breaks between the tokens, nor letters that go on before or after them.
bool written_as_one(const Scan& scan, std::size_t first, std::size_t last) {
  for (std::size_t i = first + 1; i <= last; ++i)
    if (scan.tokens[i].spaces != 0) return false;
  const auto goes_on = [&](std::size_t i) {
    return i < scan.tokens.size() && scan.tokens[i].spaces == 0 &&
           (scan.tokens[i].letters() || scan.tokens[i].kind == TokenKind::digits);
  };
  return !goes_on(last + 1) && !(first > 0 && scan.tokens[first].spaces == 0 && goes_on(first - 1));
}

void known_mails(Scan& scan) {
  if (scan.options.known.emails.empty()) return;
  Row row(scan.memory);
  letter_row(scan, row);
  for (const std::string_view email : scan.options.known.emails) {
    const std::string canonical = canonical_of(email, scan.memory);
    const std::string_view whole(canonical);
    const std::size_t at = whole.find('@');
    std::string local;
    bool digit = false;
    each_part(whole.substr(0, at), [&](std::string_view part) {
      local += part;
      digit = digit || part.find_first_of("0123456789") != std::string_view::npos;
    });
    if (local.size() < 2) continue;
    if (local.size() >= 8 || (digit && local.size() >= 6)) {
      each_match(row.view(), local,
                 [&](std::size_t first, std::size_t last) { hide(scan, row, first, last, SpanType::email); });
    }
    if (local.size() >= 6 && find_word(local) == nullptr) {  // written as one, "asha.rao": no name in a sentence
      each_match(row.view(), local, [&](std::size_t first, std::size_t last) {
        if (written_as_one(scan, row.tokens[first], row.tokens[last]))
          hide(scan, row, first, last, SpanType::email);
      });
    }
    if (at == std::string_view::npos) continue;
    std::string with_host = local;
    const std::string_view host = whole.substr(at + 1);
    each_part(host.substr(0, host.find('.')), [&](std::string_view part) { with_host += part; });
    each_match(row.view(), with_host,
               [&](std::size_t first, std::size_t last) { hide(scan, row, first, last, SpanType::email); });
  }
}

// A registered address written whole, however its words are parted.
void whole_addresses(Scan& scan) {
  if (scan.options.known.addresses.empty()) return;
  Row row(scan.memory);
  letter_row(scan, row);
  for (const std::string_view address : scan.options.known.addresses) {
    Scan value(address, scan.options, scan.memory);
    make_canonical(address, value.text);
    make_tokens(value.text, {}, value.tokens);
    Row pattern(scan.memory);
    letter_row(value, pattern);
    if (pattern.chars.size() < 6) continue;
    each_match(row.view(), pattern.view(), [&](std::size_t first, std::size_t last) {
      const bool starts = first == 0 || row.tokens[first - 1] != row.tokens[first];
      if (starts) hide(scan, row, first, last, SpanType::address);
    });
  }
}

// The name of the building in a registered address, by its tokens. It tells the address alone, which the
// road, the quarter and the city do not; and where somebody works is no secret.
struct BuildingName {
  static constexpr std::size_t kMost = 6;
  std::array<const Token*, kMost> words;
  std::size_t size = 0;

  void add(const Token& token) {
    if (size < kMost) words[size++] = &token;
  }
};

bool place_of_care(Chars word) {
  return word == "clinic" || word == "hospital" || word == "nursing" || word == "home" || word == "centre";
}

// "12 Rose Villa", "Flat 3, Silver Oaks": words up to one for a building, or all that follow a number, in
// each part between commas.
template <class Visit>
void each_building(const Scan& address, Visit visit) {
  BuildingName name;
  bool named = false;     // by a word that is not one for any building
  bool numbered = false;  // with the number of a house or a flat
  bool closed = false;    // a road, or what else ends a name
  const auto finish = [&](bool whole) {
    if (whole && named) visit(name);
    name.size = 0;
    named = false;
  };
  for (const Token& t : address.tokens) {
    if (t.is(',') || t.is(';') || t.spaces == 2) {
      const bool alone = numbered && name.size == 0 && !closed;  // "Flat 3,"
      finish(numbered && !closed);
      numbered = alone;
      closed = false;
    }
    if (t.kind == TokenKind::digits && t.size() <= 4 && name.size == 0) numbered = true;
    if (t.has(kHonorific)) closed = true;
    if (closed || !t.letters() || t.size() < 3) continue;
    if (t.has(kBuilding) && !place_of_care(address.view(t)) && named) {
      name.add(t);
      finish(true);
      closed = true;
    } else if (t.has(kHouse | kFloor | kBuilding) && !place_of_care(address.view(t))) {
      numbered = true;
    } else if (t.has(kStreet | kLandmark | kPinCue | kCountry) || place_of_care(address.view(t))) {
      closed = true;
    } else {
      name.add(t);
      named = named || !t.has(kCommon | kLocality | kCity);
      if (t.has(kLocality | kCity)) numbered = false;
    }
  }
  finish(numbered && !closed);
}

// Letters as digits that look like them write them: "L0tus C0urt".
char looks_like(char c) noexcept {
  switch (c) {
    case '0': return 'o';
    case '1': return 'l';
    case 'i': return 'l';
    case '3': return 'e';
    case '4': return 'a';
    case '5': return 's';
    default: return c;
  }
}

// What is left of a sound without its vowels.
std::string bones_of(std::string_view word) {
  std::string out = sound_of(word);
  std::erase_if(out, [](char c) { return c == 'a' || c == 'i' || c == 'u'; });
  return out;
}

// "lotuscourt", "L-o-t-u-s C-0-u-r-t": the letters of the name in a row, which is all that whole tokens say.
void joined_building(Scan& scan, const Row& row, std::string_view looks, std::string_view name) {
  each_match(looks, name, [&](std::size_t first, std::size_t last) {
    const bool starts = first == 0 || row.tokens[first - 1] != row.tokens[first];
    const bool ends = last + 1 == looks.size() || row.tokens[last + 1] != row.tokens[last];
    if (!starts || !ends) return;
    for (std::size_t i = row.tokens[first] + 1; i < row.tokens[last]; ++i) {  // "They rose. Villa sales fell"
      const Token& t = scan.tokens[i];
      if (t.kind == TokenKind::punct && !t.is('-') && !t.is('_') && scan.tokens[i + 1].spaces != 0) return;
    }
    hide(scan, row, first, last, SpanType::address);
  });
}

void known_buildings(Scan& scan) {
  if (scan.options.known.addresses.empty()) return;
  Row row(scan.memory);
  letter_row(scan, row);
  std::string looks(row.view());
  std::ranges::transform(looks, looks.begin(), looks_like);
  for (const std::string_view address : scan.options.known.addresses) {
    Scan value(address, scan.options, scan.memory);
    make_canonical(address, value.text);
    make_tokens(value.text, {}, value.tokens);
    each_building(value, [&](const BuildingName& name) {
      std::array<std::string, BuildingName::kMost> sounds;
      std::array<std::string, BuildingName::kMost> bones;
      std::string letters;
      std::size_t told = 0;  // consonants
      for (std::size_t k = 0; k < name.size; ++k) {
        const Chars word = value.view(*name.words[k]);
        sounds[k] = sound_of(word);
        bones[k] = bones_of(word);
        told += bones[k].size();
        letters += word;
      }
      if (name.size > 1 && letters.size() >= 8) {
        std::ranges::transform(letters, letters.begin(), looks_like);
        joined_building(scan, row, looks, letters);
      }
      // A short sound is shared by many words: then it must be written alike, or like a name.
      const auto same = [&](const Token& t, std::size_t k) {
        if (!t.letters() || t.size() > 40) return false;
        if (scan.view(t) == value.view(*name.words[k])) return true;
        if (k > 0 && k + 1 == name.size && t.has(kBuilding) && name.words[k]->has(kBuilding)) return true;
        if (sounds[k] == sound_of(scan.view(t)) && (sounds[k].size() >= 4 || scan.capital(t))) return true;
        // Other vowels, in a word that is none otherwise: "lotas kort".
        return name.size > 1 && told >= 5 && bones[k].size() >= 2 && t.word == nullptr && bones[k] == bones_of(scan.view(t));
      };
      const auto joins = [](const Token& t) { return t.is('-') || t.is('_') || t.is('/'); };
      // One word is a name where it is written as one, or where something is to be found.
      const auto placed = [&](std::size_t i) {
        if (scan.capital(scan.tokens[i])) return true;
        if (i == 0) return false;
        const Chars before = scan.view(scan.tokens[i - 1]);
        return scan.tokens[i - 1].has(kLandmark) || before == "at" || before == "in" || before == "to";
      };
      if (name.size == 1 && (name.words[0]->word != nullptr || name.words[0]->size() < 5)) return;
      for (std::size_t i = 0; i < scan.tokens.size(); ++i) {
        std::size_t last = i;
        std::size_t k = 0;
        for (std::size_t at = i; k < name.size && at < scan.tokens.size() && at <= last + 2; ++at) {
          if (k > 0 && joins(scan.tokens[at])) continue;
          // "Lotus, Court", but not "he rose, villa or not"
          if (k > 0 && scan.tokens[at].is(',') && at + 1 < scan.tokens.size() && scan.capital(scan.tokens[at - 1]) &&
              scan.capital(scan.tokens[at + 1]))
            continue;
          if (!same(scan.tokens[at], k)) break;
          last = at;
          ++k;
        }
        if (k == name.size && (name.size > 1 || placed(i)))
          scan.report(scan.tokens[i].begin, scan.tokens[last].end, SpanType::address, kKnownScore,
                      kEvidenceKnownValue);
      }
    });
  }
}

// A registered address stands where half of its words, three at least, stand close together.
void known_addresses(Scan& scan) {
  for (const std::string_view address : scan.options.known.addresses) {
    const std::string canonical = canonical_of(address, scan.memory);
    std::array<std::string, 24> parts;
    std::size_t n = 0;
    each_part(canonical, [&](std::string_view part) {
      if (n < parts.size() && (part.size() >= 3 || (part[0] >= '0' && part[0] <= '9')))
        parts[n++] = sound_of(part);
    });
    if (n < 2) continue;
    const std::size_t enough = std::max<std::size_t>(n < 4 ? n : 3, (n + 1) / 2);
    std::array<bool, 24> seen{};
    std::size_t hits = 0;
    std::size_t first = 0, last = 0, idle = 0;
    const auto flush = [&] {
      if (hits >= enough)
        scan.report(scan.tokens[first].begin, scan.tokens[last].end, SpanType::address, kKnownScore,
                    kEvidenceKnownValue);
      hits = 0;
      seen.fill(false);
    };
    for (std::size_t i = 0; i < scan.tokens.size(); ++i) {
      const Token& t = scan.tokens[i];
      if (t.kind == TokenKind::punct || t.kind == TokenKind::symbol) continue;
      std::size_t part = n;
      if (t.size() <= 40 && t.kind != TokenKind::hidden) {
        const std::string sound = sound_of(scan.view(t));
        part = static_cast<std::size_t>(
            std::find(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(n), sound) - parts.begin());
      }
      if (part == n || sound_of(scan.view(t)).empty()) {
        if (hits > 0 && ++idle > 6) flush();
        continue;
      }
      if (hits == 0) first = i;
      if (!seen[part]) ++hits;
      seen[part] = true;
      last = i;
      idle = 0;
    }
    flush();
  }
}

// The token that a name begins with of which token `i` is a part: initials, then the honorific, before it.
std::size_t name_begin(const Scan& scan, std::size_t i, std::string_view initials) {
  const auto& tokens = scan.tokens;
  std::size_t first = i;
  while (first > 0 && i - first < 8) {
    const Token& before = tokens[first - 1];
    const bool dot = before.is('.') && first >= 2 && tokens[first - 2].letters() && tokens[first - 2].size() <= 4;
    const Token& head = dot ? tokens[first - 2] : before;
    const bool initial = head.letters() && head.size() == 1 && scan.capital(head) &&
                         initials.find(scan.view(head)[0]) != std::string_view::npos;
    if (tokens[first].spaces == 2 || !(initial || head.has(kHonorific))) break;
    first -= dot ? 2 : 1;
  }
  return first;
}

char undisguised(char c) noexcept {
  switch (c) {
    case '7': return 't';
    case '8': return 'b';
    case '@': return 'a';
    case '$': return 's';
    default: return looks_like(c);
  }
}

// Where `name` ends that begins at `at`, with its letters apart or in disguise; npos where it does not.
std::size_t disguised_end(std::string_view text, std::size_t at, std::string_view name) {
  std::size_t i = at;
  std::size_t pieces = 1;
  std::size_t longest = 0;
  std::size_t piece = 0;
  std::size_t replaced = 0;
  bool blanks = false;  // alone between two letters
  for (std::size_t k = 0; k < name.size(); ++k) {
    std::size_t next = i;
    bool mark = false;
    while (k > 0 && next < text.size() && next < i + 3) {
      const char c = text[next];
      const bool is_mark = c == '-' || c == '_' || c == '*' || c == '~' || c == '/' || c == '.';
      if (!is_mark && c != ' ' && c != '\n') break;
      mark = mark || is_mark;
      ++next;
    }
    if (next > i) {
      blanks = blanks || !mark || (text[i] == '.' && next > i + 1);
      longest = std::max(longest, std::exchange(piece, 0));
      ++pieces;
      i = next;
    }
    if (i == text.size() || undisguised(text[i]) != undisguised(name[k])) return std::string_view::npos;
    if (text[i] != name[k]) ++replaced;
    ++i;
    ++piece;
  }
  longest = std::max(longest, piece);
  const auto counts = [](char c) { return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80; };
  if (i < text.size() && counts(text[i])) return std::string_view::npos;
  if (replaced * 2 >= name.size()) return std::string_view::npos;  // a number
  const std::size_t least = pieces == 1 ? (replaced > 0 ? 4 : std::string_view::npos)
                            : longest == 1                ? 4
                            : !blanks                     ? 5
                            : longest == 2                ? 6
                                                          : 7;
  return name.size() >= least ? i : std::string_view::npos;
}

// The sound of a word whose vowels count, as it is the same in another script: "\u0906\u0936\u093E", "asha".
std::string close_sound(std::string_view word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    char c = word[i];
    if (c == 'p' && i + 1 < word.size() && word[i + 1] == 'h') c = 'f';
    if (c == 'h' && i > 0) continue;
    if (c == 'w' || c == 'v' || c == 'o') c = 'u';
    if (c == 'y' || c == 'e') c = 'i';
    if (c == 'z') c = 'j';
    if (c == 'c' || c == 'q') c = 'k';
    if (out.empty() || out.back() != c) out.push_back(c);
  }
  if (out.size() > 1 && out.back() == 'a') out.pop_back();
  return out;
}

}  // namespace

void find_disguised_name(const Scan& scan, std::string_view name, bool person, std::pmr::vector<TokenRange>& out) {
  const std::string canonical = canonical_of(name, scan.memory);
  std::pmr::vector<std::string_view> parts(scan.memory);
  std::string initials;
  each_part(canonical, [&](std::string_view part) {
    const Word* word = find_word(part);
    if (parts.size() == 8 || (word != nullptr && (word->classes & kHonorific) != 0)) return;
    parts.push_back(part);
    initials.push_back(part[0]);
  });
  std::pmr::vector<std::string> joined(scan.memory);
  std::pmr::vector<std::string> whole(scan.memory);  // what stands apart or in disguise
  for (std::size_t k = 0; k < parts.size(); ++k) {
    if (parts[k].size() < 4) continue;
    whole.emplace_back(parts[k]);
    for (std::size_t other = 0; person && other < parts.size(); ++other) {
      if (other == k) continue;
      joined.push_back(std::string(parts[k]) + parts[other][0]);
      joined.push_back(parts[other][0] + std::string(parts[k]));
    }
  }
  const auto& tokens = scan.tokens;
  const auto add = [&](std::size_t first, std::uint32_t end) {
    out.push_back({tokens[name_begin(scan, first, initials)].begin, end});
  };
  const auto foreign = [&](const Token& t) { return (static_cast<unsigned char>(scan.raw[scan.text.first(t.begin)]) & 0x80) != 0; };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    if (!t.letters() || t.size() > 40) continue;
    const Chars word = scan.view(t);
    const auto sounds_like = [&](std::string_view part) {
      return part.size() >= 3 && close_sound(part) == close_sound(word);
    };
    if ((t.word == nullptr && std::find(joined.begin(), joined.end(), std::string_view(word)) != joined.end()) ||
        (word.size() >= 3 && foreign(t) && std::ranges::any_of(parts, sounds_like)))
      add(i, t.end);
  }
  // Marks and abbreviations in small letters are none of these.
  constexpr std::string_view kOthers[] = {"am", "pm", "eg", "ie", "bd", "od", "td", "tds", "iv", "im", "sc", "po", "hs", "qd", "nb",
                                          "ps", "cc", "ac", "pc", "md", "ms", "mg", "ml", "kg", "km", "cm", "mm", "bp", "pr", "rs"};
  const auto find_initials = [&](std::string_view letters) {
    if (std::ranges::find(kOthers, letters) != std::end(kOthers)) return;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& t = tokens[i];
      if (!t.letters() || (i > 0 && t.spaces == 0 && (tokens[i - 1].letters() || tokens[i - 1].is('.')))) continue;
      if (scan.view(t) == letters && t.word == nullptr && scan.capital(t) &&
          !(i + 1 < tokens.size() && tokens[i + 1].kind == TokenKind::digits)) {
        add(i, t.end);
        continue;
      }
      std::size_t k = i;
      std::size_t matched = 0;
      while (matched < letters.size() && k < tokens.size() && tokens[k].letters() && scan.view(tokens[k]) == letters.substr(matched, 1)) {
        ++k;
        ++matched;
        if (matched == letters.size()) break;
        if (k == tokens.size() || !tokens[k].is('.')) break;
        ++k;
      }
      if (matched < letters.size() || (k < tokens.size() && tokens[k].letters() && tokens[k].spaces == 0)) continue;
      add(i, tokens[k < tokens.size() && tokens[k].is('.') && tokens[k].spaces == 0 ? k : k - 1].end);
    }
  };
  if (initials.size() >= 2) find_initials(initials);
  if (initials.size() >= 3) find_initials(std::string{initials.front(), initials.back()});

  const std::string_view text = scan.text.view();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!ascii::is_alnum(text[at]) && text[at] != '@' && text[at] != '$') continue;
    if (at > 0 && ascii::is_alnum(text[at - 1])) continue;
    for (const std::string& part : whole) {
      const std::size_t end = disguised_end(text, at, part);
      if (end == std::string_view::npos) continue;
      const auto token = std::ranges::lower_bound(tokens, static_cast<std::uint32_t>(at), {}, &Token::begin);
      const std::uint32_t last = static_cast<std::uint32_t>(end);
      if (token != tokens.end() && token->begin == at)
        add(static_cast<std::size_t>(token - tokens.begin()), last);
      else
        out.push_back({static_cast<std::uint32_t>(at), last});
    }
  }
}

void find_name(const Scan& scan, std::string_view name, bool initials, std::pmr::vector<TokenRange>& out) {
  const std::string canonical = canonical_of(name, scan.memory);
  std::array<std::string, 8> sounds;
  std::array<std::string_view, 8> exact;
  std::string first_letters;
  std::size_t n = 0;
  each_part(canonical, [&](std::string_view part) {
    const Word* word = find_word(part);
    if (n == sounds.size() || (word != nullptr && (word->classes & kHonorific) != 0)) return;
    first_letters.push_back(part[0]);
    exact[n] = part;
    sounds[n++] = part.size() >= 3 && !(word != nullptr && (word->classes & kCommon) != 0) ? sound_of(part)
                                                                                           : std::string();
  });
  // "AshaRao", "raoasha": two parts in one word, which no other word sounds like.
  std::array<std::string, 16> joined;
  std::size_t pairs = 0;
  std::string_view former;
  for (std::size_t k = 0; k < n; ++k) {
    if (exact[k].size() < 3) continue;
    if (!former.empty()) {
      joined[pairs++] = sound_of(std::string(former).append(exact[k]));
      joined[pairs++] = sound_of(std::string(exact[k]).append(former));
    }
    former = exact[k];
  }
  const auto& tokens = scan.tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    if (!t.letters() || t.size() > 40) continue;
    Chars word = scan.view(t);
    const std::string whole = word.size() >= 6 && t.word == nullptr ? sound_of(word) : std::string();
    if (whole.size() >= 4 && std::find(joined.begin(), joined.begin() + static_cast<std::ptrdiff_t>(pairs), whole) !=
                                 joined.begin() + static_cast<std::ptrdiff_t>(pairs)) {
      out.push_back({t.begin, t.end});
      continue;
    }
    // "Sureshji", "Sureshbhai"
    for (const std::string_view end : {"ji", "bhai", "saab", "sahab", "sir"}) {
      const std::string_view stem = word.substr(0, word.size() - std::min(word.size(), end.size()));
      if (t.word == nullptr && stem.size() >= 4 && word.ends_with(end) &&
          std::find(exact.begin(), exact.begin() + static_cast<std::ptrdiff_t>(n), stem) !=
              exact.begin() + static_cast<std::ptrdiff_t>(n)) {
        word = stem;
        break;
      }
    }
    const std::string sound = word.size() >= 3 ? sound_of(word) : std::string();
    const auto place = static_cast<std::size_t>(
        std::find(sounds.begin(), sounds.begin() + static_cast<std::ptrdiff_t>(n), sound) - sounds.begin());
    // A short sound is shared by many words ("Mehta", "met"): then it must be written like a name, or alike.
    const bool part = sound.size() >= 2 && place < n &&
                      (sound.size() >= 4 || scan.capital(t) || word == exact[place]) &&
                      !(t.has(kCommon) && word != exact[place]);
    const bool titled = i > 0 && (tokens[i - 1].has(kHonorific) ||
                                  (i > 1 && tokens[i - 1].is('.') && tokens[i - 2].has(kHonorific)));
    const bool letters = initials && n >= 2 && titled && scan.view(t) == first_letters;
    if (part || letters) out.push_back({tokens[name_begin(scan, i, first_letters)].begin, t.end});
  }
  // The initials alone, in capitals and in order: "A. K. S.", "A K S", "AKS"; of three or more, "A. S." too.
  const auto find_initials = [&](std::string_view letters) {
    const auto single = [&](std::size_t k, char letter) {
      return k < tokens.size() && tokens[k].letters() && tokens[k].size() == 1 && scan.capital(tokens[k]) &&
             scan.view(tokens[k])[0] == letter;
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::size_t k = i;
      std::size_t matched = 0;
      for (; matched < letters.size() && single(k, letters[matched]) && (k == i || tokens[k].spaces != 2); ++matched) {
        ++k;
        if (k < tokens.size() && tokens[k].is('.')) ++k;
      }
      if (matched == letters.size()) out.push_back({tokens[i].begin, tokens[k - 1].end});
      // A known word is that word, and what stands before a number a measure ("BP 120/80").
      const Token& t = tokens[i];
      if (t.word != nullptr || !t.letters() || scan.view(t) != letters) continue;
      const bool measured = i + 1 < tokens.size() && tokens[i + 1].kind == TokenKind::digits;
      bool capitals = true;
      for (std::uint32_t c = t.begin; c < t.end; ++c) {
        const char written = scan.raw[scan.text.first(c)];
        capitals = capitals && written >= 'A' && written <= 'Z';
      }
      if (capitals && !measured) out.push_back({t.begin, t.end});
    }
  };
  if (initials && n >= 2) {
    find_initials(first_letters);
    if (n >= 3) find_initials(std::string{first_letters.front(), first_letters.back()});
  }
  if (n >= 2) {
    std::string in_one;
    for (std::size_t i = 0; i < n; ++i) in_one += exact[i];
    constexpr std::size_t kShortest = 5;  // shorter ones are words
    if (in_one.size() >= kShortest) find_in_one(scan, in_one, out);
  }
  std::ranges::sort(out, {}, &TokenRange::begin);
}

void find_in_one(const Scan& scan, std::string_view value, std::pmr::vector<TokenRange>& out) {
  const auto& tokens = scan.tokens;
  std::string wanted;
  each_part(canonical_of(value, scan.memory), [&](std::string_view part) { wanted += part; });
  if (wanted.empty()) return;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::string_view rest = wanted;
    std::size_t k = i;
    for (; k < tokens.size() && !rest.empty(); ++k) {
      const Token& t = tokens[k];
      if (k > i && t.begin != tokens[k - 1].end) break;
      const bool counts = t.letters() || t.kind == TokenKind::digits;
      if (!counts && k == i) break;
      if (!counts) continue;
      const std::string_view word = scan.view(t);
      if (!rest.starts_with(word)) break;
      rest.remove_prefix(word.size());
    }
    if (rest.empty()) out.push_back({tokens[i].begin, tokens[k - 1].end});
  }
}

std::string said_digits(const Scan& scan) {
  Row row(scan.memory);
  digit_row(scan, false, false, row);
  std::string digits(row.view());
  std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
  return digits;
}

void find_known(Scan& scan) {
  const KnownValues& known = scan.options.known;
  if (known.empty()) return;
  known_phones(scan);
  known_mails(scan);
  whole_addresses(scan);
  known_addresses(scan);
  known_buildings(scan);
  std::pmr::vector<TokenRange> ranges(scan.memory);
  const auto names = [&](std::span<const std::string_view> values, SpanType type) {
    for (const std::string_view value : values) {
      ranges.clear();
      find_name(scan, value, false, ranges);
      for (const TokenRange& range : ranges)
        scan.report(range.begin, range.end, type, kKnownScore, kEvidenceKnownValue);
    }
  };
  names(known.names, SpanType::name);
  names(known.organisations, SpanType::organisation);
}

}  // namespace connex::redaction
