// Classes of 64 bytes at a time, by the widest instructions the machine has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/redaction/lexicon.hpp"

namespace connex::redaction {

// Of eight bytes in lower case, the high bit of each that is no letter.
inline std::uint64_t no_letters(std::uint64_t bytes) noexcept {
  const std::uint64_t below = (bytes | 0x8080808080808080U) - 0x6161616161616161U;  // high bit clear
  const std::uint64_t above = (bytes & 0x7F7F7F7F7F7F7F7FU) + 0x0505050505050505U;  // high bit set
  return (~below | above | bytes) & 0x8080808080808080U;
}

// Of what does not depend on the blocks before, all that the gate wants to know of 64 bytes. One bit per
// byte, the first lowest.
struct Block {
  std::uint64_t letters;  // ASCII
  std::uint64_t digits;
  std::uint64_t high;    // not ASCII
  std::uint64_t marks;   // @ % & | . /
  std::uint64_t dashes;  // - and .
  std::uint64_t blanks;  // the space alone
  // Where words begin, and what the filter says of them.
  std::uint64_t words;
  std::uint64_t always;
  std::uint64_t weak;
  std::uint64_t order;  // the weak ones, a bit for each word in turn
};

// The same answers from each set of instructions.
struct BlockReader {
  const char* name;
  // Reads `count` blocks; seven bytes after them must be readable. `carry`: the byte before is a letter or a
  // digit.
  void (*read)(const char* bytes, std::size_t count, bool carry, const WordFilter& filter, Block* blocks);
};

// Those that this machine can run, the slowest first: plain C++, then NEON, or SSE2, AVX2 and AVX-512.
std::span<const BlockReader> block_readers() noexcept;
inline const BlockReader& block_reader() noexcept { return block_readers().back(); }

}  // namespace connex::redaction
