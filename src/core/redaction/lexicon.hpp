// The words and lists that the detectors know; all of it data. Keys are canonical: lower case, folded, Indic
// scripts transliterated (canonical.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "connex/redaction.hpp"

namespace connex::redaction {

// What a word may mean; a word can mean several things.
enum WordClass : std::uint64_t {
  kPhoneCue = 1ULL << 0,  // announces a phone number
  kPhoneNeg = 1ULL << 1,  // names another kind of number
  kMailCue = 1ULL << 2,
  kPlatform = 1ULL << 3,  // social networks and messengers
  kProvider = 1ULL << 4,  // mail services
  kTld = 1ULL << 5,
  kAtWord = 1ULL << 6,
  kDotWord = 1ULL << 7,
  kGlue = 1ULL << 8,  // stands between the pieces of a number
  kUnit = 1ULL << 9,  // measures what stands before it
  kCurrency = 1ULL << 10,
  kHouse = 1ULL << 11,  // "flat", "plot": a number follows
  kStreet = 1ULL << 12,
  kLocality = 1ULL << 13,
  kBuilding = 1ULL << 14,
  kLandmark = 1ULL << 15,  // "near", "opposite", "ke paas"
  kCity = 1ULL << 16,
  kAddressCue = 1ULL << 17,
  kCommon = 1ULL << 18,  // ordinary words: never a user name
  kReverse = 1ULL << 19,
  kHonorific = 1ULL << 20,
  kPayCue = 1ULL << 21,
  kPinCue = 1ULL << 22,
  kPanCue = 1ULL << 23,
  kAadhaarCue = 1ULL << 24,
  kGstCue = 1ULL << 25,
  kCardCue = 1ULL << 26,
  kRegCue = 1ULL << 27,
  kFloor = 1ULL << 28,
  kHandleCue = 1ULL << 29,      // "id", "username", "handle"
  kVenue = 1ULL << 30,          // public places: speak against an address
  kSeparatorWord = 1ULL << 31,  // "dash", "space", "underscore"
  kPsp = 1ULL << 32,            // after the @ of a UPI address
  kContactVerb = 1ULL << 33,    // "ping", "add", "search"
  kPlusWord = 1ULL << 34,
  kWeakNumber = 1ULL << 35,  // number words that are ordinary words too
  kCountry = 1ULL << 36,
  kIntroduces = 1ULL << 37,  // "named", "called": a name follows
  kMonth = 1ULL << 38,
  kPlace = 1ULL << 40,      // what landmarks are: "temple", "petrol pump"
  kRowNumber = 1ULL << 41,  // a number word only in a row of them: "IV", "third"
  kPartWord = 1ULL << 43,   // announces a piece of something: "first half", "ends"
  kGateWord = 1ULL << 42,   // worth a closer look wherever it stands
  kLineWord = 1ULL << 46,   // before the number of a line: "row", "part"
  kRemove = 1ULL << 45,     // takes something away: "drop the mg"
  kEdgeWord = 1ULL << 44,   // ends what says in which direction to read: "to left", "from the end"
  kCodeCue = 1ULL << 47,   // the security code of a card: "cvv"
  kThing = 1ULL << 48,      // has a number that nobody can call: "certificate"
  kAnnounces = 1ULL << 49,  // says that an address follows: "address"
  kFirm = 1ULL << 50,       // whose address may be told: "manufactured", "registered office"
  kScriptWord = 1ULL << 51,  // met in scripts alone that are always read
  kTally = 1ULL << 52,      // values follow, one after the other: "pain", "scale"
  kWeakCue = 1ULL << 39,    // often stands before a phone number, and before much else
};

// A number word. `digits` is what it writes ("9", "90", "13"); a tens word may take a following unit;
// `repeat` is set for "double" and "triple"; `scale` for "hundred" and above.
enum class NumberRole : std::uint8_t {
  none,
  digit,
  teen,
  tens,
  repeat,
  plural,
  hundred,
  thousand,
  lakh,
  crore
};

struct Word {
  std::string_view text;
  std::uint64_t classes = 0;
  NumberRole role = NumberRole::none;
  std::uint8_t value = 0;  // 0-99, or the count of a repeat
};

// The entry of a canonical word, or nullptr.
const Word* find_word(std::string_view canonical) noexcept;

inline constexpr std::size_t kLongestWord = 24;
inline constexpr std::string_view kDigitNames[] = {"zero", "one", "two",   "three", "four",
                                                   "five", "six", "seven", "eight", "nine"};

// Whether a number word may begin with these letters.
bool opens_number(char first, char second) noexcept;
using ThirdLetters = std::array<std::uint32_t, 32 * 32>;
inline bool holds_third(const ThirdLetters& thirds, char first, char second, char third) noexcept {
  const std::size_t pair =
      (static_cast<unsigned char>(first) & 31U) * 32U + (static_cast<unsigned char>(second) & 31U);
  return (thirds[pair] >> (static_cast<unsigned char>(third) & 31U) & 1U) != 0;
}
extern const ThirdLetters kThirdLetters;  // of number words, by the first two
inline bool opens_number(char first, char second, char third) noexcept {
  return holds_third(kThirdLetters, first, second, third);
}
// Or they begin with one of two letters.
extern const ThirdLetters kNextLetters;
inline bool opens_any_number(char first, char second, char third) noexcept {
  return holds_third(kNextLetters, first, second, third);
}

// The number word that an unlisted word sounds like (sound.hpp), or nullptr. Counts only in a row.
const Word* sound_number(std::string_view canonical) noexcept;

// The gate's first look at a word: whether a weak number word begins with its first four letters, the first
// lowest (`head`), another number word with its first five, or any other word of interest with its first
// eight (`more` are the second four). One row a head; its low half is for what is worth looking up, its high
// half for weak number words. `loose` is for the gate of that name.
struct WordFilter {
  static constexpr unsigned kRowBits = 13;
  std::array<std::uint32_t, 1U << kRowBits> rows{};

  static constexpr unsigned kPlaceShift = 16;
  // From a random search, on licences and on messages without a contact: few of their words are taken for
  // others.
  static constexpr std::uint32_t kFactor = 915024911U;
  static constexpr std::uint32_t kSecond = 1078594857U;
  static constexpr std::uint32_t kApart = 8U << kPlaceShift;  // words of four letters from number words
  static constexpr std::uint32_t place(std::uint32_t mixed) { return mixed >> kPlaceShift & 15U; }
  // What of the fifth letter a place has room for.
  static constexpr std::uint32_t fifth(std::uint32_t more) { return more << kPlaceShift; }

  constexpr std::uint32_t hit(std::uint32_t head, std::uint32_t more) const {
    const std::uint32_t mixed = head * kFactor;
    const std::uint32_t row = rows[mixed >> (32 - kRowBits)];
    const std::uint32_t always = row >> place(mixed + fifth(more)) | row >> place(mixed + kApart + more * kSecond);
    return (always & 1U) | (row >> 15 >> place(mixed) & 2U);
  }
  constexpr void mark_weak(std::uint32_t head) { mark(head, 0, 16); }
  constexpr void mark_number(std::uint32_t head, std::uint32_t more) { mark(head, fifth(more), 0); }
  constexpr void mark_word(std::uint32_t head, std::uint32_t more) { mark(head, kApart + more * kSecond, 0); }

 private:
  constexpr void mark(std::uint32_t head, std::uint32_t further, unsigned half) {
    const std::uint32_t mixed = head * kFactor;
    rows[mixed >> (32 - kRowBits)] |= 1U << (place(mixed + further) + half);
  }
};
inline constexpr std::uint32_t kHitAlways = 1;      // worth looking up
inline constexpr std::uint32_t kHitWeakNumber = 2;  // only beside a number word
const WordFilter& word_filter(bool loose) noexcept;

// Whether `label`, before `number` ("no", "number", "id", "code"), names something that is reached by no
// telephone: "sample id", "certificate no". `word` is its entry, if it has one.
// `acronym`: it is in capitals, and `number` is not.
bool names_thing(const Word* word, std::string_view label, std::string_view number, bool acronym) noexcept;

// Whether an unlisted word is what doctors call themselves on networks: "drravi", "arunortho", "heartdoc".
bool calls_doctor(std::string_view word) noexcept;

// Standard trunk dialling codes of India without the leading 0: length of the code that `digits` starts with,
// or 0.
std::size_t std_code_length(std::string_view digits) noexcept;

}  // namespace connex::redaction
