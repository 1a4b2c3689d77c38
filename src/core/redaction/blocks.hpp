// Classes of 64 bytes at a time, by the widest instructions the machine has.
#pragma once

#include <cstdint>

namespace connex::redaction {

// One bit per byte, the first byte lowest.
struct Block {
  std::uint64_t letters;  // ASCII
  std::uint64_t digits;
  std::uint64_t high;    // not ASCII
  std::uint64_t marks;   // @ % & | . /
  std::uint64_t dashes;  // - and .
};

using BlockReader = Block (*)(const char* bytes);

// AVX2, SSE2, NEON or plain C++; the same answer from each.
BlockReader block_reader() noexcept;
Block read_block_plain(const char* bytes) noexcept;

}  // namespace connex::redaction
