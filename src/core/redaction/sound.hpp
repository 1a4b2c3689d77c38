// English number words by sound: whatever spelling a reader would say aloud as one ("fyve", "sevn",
// "zeeroh"). Far too generous for a word alone; its hits count only in a row of number words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/redaction/lexicon.hpp"

namespace connex::redaction {

// Spellings of each part of a digit's word, separated by blanks; "_" is none.
struct SoundOf {
  std::uint8_t value;
  std::array<std::string_view, 4> parts;
};

inline constexpr SoundOf kSoundsOf[] = {
    {0, {"z zz x j jh s c th", "e ee i ie ea ii y a o u", "r rr", "o oo oh ow u oe a e i"}},
    {1, {"w v wh oy y b _", "o a u aa oa e i", "n nn", "_ e a o"}},
    {2, {"t tt th", "o oo u uu ou ew ow oow oou uw wo woo wa we wi wu", "_ h", "_"}},
    {3, {"th t tth", "r rr rh hr w ir", "i ee e ie ea y ey eey iy ii a o u ai ae oe ei", "_ h"}},
    {4, {"f ph ff p", "o oo ou au oa oh oua oe owe aw", "r rr _ wah ah uh", "_ e"}},
    {4, {"f ph ff", "a e i u ow eu iu ao ai ie io", "r rr ah wah", "_"}},
    {5, {"f ph ff p", "i ai ie y ii ay iy aai ei a e o u", "v w f b bh vv", "_ e ee a i o u"}},
    {6, {"s ss c ch chh z th", "i ii e y ee a o u", "xth ks kth x xx cs cks ks kz xs ksh cz kas ck", "_ e"}},
    {7, {"s z c ss ch th", "e a i ee ea ai o u", "v w vv b bh", "en an in un on n enn eyn"}},
    {8, {"e a o u ei ai ey ay eyi aai ie ea ae oi ou eo eu", "t tt ght gth gt th ht it yt rr", "_ e h", "_"}},
    {8, {"i", "ght gt", "_ e h", "_"}},
    {9, {"n nn kn", "i ai y ay ie aiy ey ii aai aye ia ayi ah a e o u", "n nn", "_ e a i o u"}},
};

// Calls visit(spelling) for each in a list; stops and returns true when visit does.
template <class Visit>
constexpr bool any_spelling(std::string_view list, Visit visit) {
  std::size_t i = 0;
  while (i < list.size()) {
    std::size_t j = i;
    while (j < list.size() && list[j] != ' ') ++j;
    const std::string_view spelling = list.substr(i, j - i);
    if (visit(spelling == "_" ? std::string_view{} : spelling)) return true;
    i = j + 1;
  }
  return false;
}

// Spellings as numbers, five bits a letter, in a table of open addressing; the digit is above them.
inline constexpr std::size_t kLongestSound = 9;
inline constexpr std::size_t kSoundSlots = 16384;
inline constexpr int kSoundDigitBit = 5 * kLongestSound;

constexpr std::uint64_t pack_letter(std::uint64_t packed, char c) {
  return packed << 5 | static_cast<std::uint64_t>(c - 'a' + 1);
}
constexpr std::size_t sound_slot(std::uint64_t packed) {
  return static_cast<std::size_t>((packed * 0x9E3779B97F4A7C15U) >> 50);
}

// Digits with one slip of the keyboard: two letters changed round, or one of the inner ones left out; and with
// an l that looks like a capital I.
template <class Visit>
constexpr void each_slip(std::string_view word, Visit visit) {
  for (const bool left_out : {false, true}) {
    for (std::size_t at = left_out ? 1 : 0; at + 1 < word.size(); ++at) {
      if (left_out && word.size() == 3) continue;
      std::array<char, 8> slip{};
      std::size_t n = 0;
      for (std::size_t i = 0; i < word.size(); ++i) {
        if (left_out && i == at) continue;
        slip[n++] = left_out ? word[i] : i == at ? word[i + 1] : i == at + 1 ? word[i - 1] : word[i];
      }
      visit(std::string_view(slip.data(), n));
    }
  }
  const std::size_t i = word.find('i');
  if (i == word.npos) return;
  std::array<char, 8> like{};
  for (std::size_t k = 0; k < word.size(); ++k) like[k] = k == i ? 'l' : word[k];
  visit(std::string_view(like.data(), word.size()));
}

struct SoundTable {
  std::array<std::uint64_t, kSoundSlots> slots{};

  // The first meaning stands.
  constexpr void put(std::uint64_t packed, std::size_t value) {
    if (packed >> kSoundDigitBit != 0) return;
    std::size_t i = sound_slot(packed);
    constexpr std::uint64_t kLetters = (std::uint64_t{1} << kSoundDigitBit) - 1;
    while (slots[i] != 0 && (slots[i] & kLetters) != packed) i = (i + 1) % kSoundSlots;
    if (slots[i] == 0) slots[i] = packed | static_cast<std::uint64_t>(value + 1) << kSoundDigitBit;
  }
  constexpr void add(const SoundOf& sound, std::size_t part, std::uint64_t packed) {
    if (part == sound.parts.size()) {
      put(packed, sound.value);
      return;
    }
    any_spelling(sound.parts[part], [&](std::string_view spelling) {
      std::uint64_t next = packed;
      for (const char c : spelling) next = pack_letter(next, c);
      add(sound, part + 1, next);
      return false;
    });
  }
};

inline constexpr SoundTable kSoundTable = [] {
  SoundTable table;
  for (const SoundOf& sound : kSoundsOf) table.add(sound, 0, 0);
  for (std::size_t digit = 0; digit < 10; ++digit) {
    each_slip(kDigitNames[digit], [&](std::string_view slip) {
      std::uint64_t packed = 0;
      for (const char c : slip) packed = pack_letter(packed, c);
      table.put(packed, digit);
    });
  }
  return table;
}();

// The digit that `word` sounds like, or -1.
constexpr int sound_digit(std::string_view word) {
  if (word.size() < 2 || word.size() > 16) return -1;
  for (const std::size_t most : {2U, 1U}) {  // of one letter running
    std::uint64_t packed = 0;
    std::size_t n = 0;
    bool doubled = false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      const char c = word[i];
      if (c < 'a' || c > 'z') return -1;
      const bool again = i > 0 && word[i - 1] == c;
      doubled = doubled || again;
      if (again && (most == 1 || (i > 1 && word[i - 2] == c))) continue;
      packed = pack_letter(packed, c);
      ++n;
    }
    if (n <= kLongestSound) {
      constexpr std::uint64_t kLetters = (std::uint64_t{1} << kSoundDigitBit) - 1;
      for (std::size_t i = sound_slot(packed); kSoundTable.slots[i] != 0; i = (i + 1) % kSoundSlots) {
        if ((kSoundTable.slots[i] & kLetters) == packed)
          return static_cast<int>(kSoundTable.slots[i] >> kSoundDigitBit) - 1;
      }
    }
    if (!doubled) return -1;
  }
  return -1;
}

}  // namespace connex::redaction
