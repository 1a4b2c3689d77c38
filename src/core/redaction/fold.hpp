// What a code point looks like to a reader, as one canonical byte.
#pragma once

#include <cstdint>

namespace connex::redaction {

inline constexpr std::uint8_t kDropped = 0x00;  // draws nothing
inline constexpr std::uint8_t kSymbol = 0x80;   // emoji and other signs
inline constexpr std::uint8_t kLetter = 0x81;   // a letter that looks like no Latin one
inline constexpr std::uint8_t kBrahmic =
    0x82;  // an Indic letter or vowel sign, transliterated by canonical.cpp

// Lower-case ASCII for whatever looks or reads like it; else one of the above. Total over all 32-bit values.
std::uint8_t fold(std::uint32_t code_point) noexcept;

}  // namespace connex::redaction
