// English number words by sound: whatever spelling a reader would say aloud as one ("fyve", "sevn",
// "zeeroh"). Far too generous for a word alone; its hits count only in a row of number words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace connex::redaction {

// Spellings of each part of a digit's word, separated by blanks; "_" is none.
struct SoundOf {
  std::uint8_t value;
  std::array<std::string_view, 4> parts;
};

inline constexpr SoundOf kSoundsOf[] = {
    {0, {"z zz x j jh s c", "e ee i ie ea ii y", "r rr", "o oo oh ow u oe"}},
    {1, {"w v wh oy y _", "o a u aa oa", "n nn", "_ e"}},
    {2, {"t tt th", "o oo u uu ou ew ow oow oou uw wo woo", "_ h", "_"}},
    {3, {"th t tth", "r rr rh hr", "i ee e ie ea y ey eey iy ii", "_ h"}},
    {4, {"f ph ff p", "o oo ou au oa oh oua oe owe aw", "r rr", "_ e"}},
    {5, {"f ph ff p", "i ai ie y ii ay iy aai ei", "v w f b bh vv", "_ e ee"}},
    {6, {"s ss c ch z", "i ii e y ee", "x xx cs cks ks kz xs ksh cz kas ck", "_ e"}},
    {7, {"s z c ss ch", "e a i ee ea ai", "v w vv b bh", "en an in un n enn eyn"}},
    {8, {"e a ei ai ey ay eyi aai", "t tt ght gth gt th ht it yt rr", "_ e h", "_"}},
    {9, {"n nn kn", "i ai y ay ie aiy ey ii aai aye ia", "n nn", "_ e"}},
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

constexpr bool sounds_like(std::string_view word, const SoundOf& sound, std::size_t part = 0) {
  if (part == sound.parts.size()) return word.empty();
  return any_spelling(sound.parts[part], [&](std::string_view spelling) {
    return word.starts_with(spelling) && sounds_like(word.substr(spelling.size()), sound, part + 1);
  });
}

// The digit that `word` sounds like, or -1.
constexpr int sound_digit(std::string_view word) {
  if (word.size() < 2 || word.size() > 16) return -1;
  for (const std::size_t most : {2U, 1U}) {  // of one letter running
    char plain[16] = {};
    std::size_t n = 0;
    for (const char c : word) {
      if (n >= most && plain[n - 1] == c && plain[n - most] == c) continue;
      plain[n++] = c;
    }
    if (n > 9) continue;
    for (const SoundOf& sound : kSoundsOf) {
      if (sounds_like({plain, n}, sound)) return sound.value;
    }
  }
  return -1;
}

}  // namespace connex::redaction
