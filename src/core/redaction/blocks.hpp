// Classes of 64 bytes at a time, by the widest instructions the machine has.
#pragma once

#include <cstdint>
#include <span>

#include "core/redaction/lexicon.hpp"

namespace connex::redaction {

// One bit per byte, the first byte lowest.
struct Block {
  std::uint64_t letters;  // ASCII
  std::uint64_t digits;
  std::uint64_t high;    // not ASCII
  std::uint64_t marks;   // @ % & | . /
  std::uint64_t dashes;  // - and .
  std::uint64_t blanks;  // the space alone
};

// Of eight bytes in lower case, the high bit of each that is no letter.
inline std::uint64_t no_letters(std::uint64_t bytes) noexcept {
  const std::uint64_t below = (bytes | 0x8080808080808080U) - 0x6161616161616161U;  // high bit clear
  const std::uint64_t above = (bytes & 0x7F7F7F7F7F7F7F7FU) + 0x0505050505050505U;  // high bit set
  return (~below | above | bytes) & 0x8080808080808080U;
}

// What the filter says of words.
struct WordHits {
  std::uint64_t always;  // a bit where each begins
  std::uint64_t weak;
  std::uint64_t order;  // the weak ones, a bit for each word in turn
};

// The same answers from each set of instructions.
struct BlockReader {
  const char* name;
  Block (*read)(const char* bytes);
  // Words begin at the bits of `words`; seven bytes after the block must be readable.
  WordHits (*look)(const char* bytes, std::uint64_t words, const WordFilter& filter);
};

// Those that this machine can run, the slowest first: plain C++, then NEON, or SSE2, AVX2 and AVX-512.
std::span<const BlockReader> block_readers() noexcept;
inline const BlockReader& block_reader() noexcept { return block_readers().back(); }

}  // namespace connex::redaction
