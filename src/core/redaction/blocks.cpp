#include "core/redaction/blocks.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace connex::redaction {

Block read_block_plain(const char* bytes) noexcept {
  Block block{};
  for (unsigned i = 0; i < 64; ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    const std::uint64_t bit = std::uint64_t{1} << i;
    const unsigned lower = c | 0x20U;
    if (lower - 'a' < 26 && c < 0x80) block.letters |= bit;
    if (c - unsigned{'0'} < 10) block.digits |= bit;
    if (c >= 0x80) block.high |= bit;
    if (c == '@' || c == '%' || c == '&' || c == '|' || c == '.' || c == '/') block.marks |= bit;
    if (c == '-' || c == '.') block.dashes |= bit;
  }
  return block;
}

#if defined(__x86_64__)
namespace {

Block read_block_sse2(const char* bytes) {
  Block block{};
  for (unsigned i = 0; i < 4; ++i) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + 16 * i));
    const auto is = [&](char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); };
    const auto within = [](__m128i x, char low, char span) {
      const __m128i shifted = _mm_sub_epi8(x, _mm_set1_epi8(low));
      return _mm_cmpeq_epi8(_mm_min_epu8(shifted, _mm_set1_epi8(span)), shifted);
    };
    const auto put = [&](std::uint64_t& mask, __m128i hits) {
      mask |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(hits))) << (16 * i);
    };
    put(block.letters, within(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 25));
    put(block.digits, within(v, '0', 9));
    put(block.high, v);
    const __m128i dot = is('.');
    put(block.marks,
        _mm_or_si128(_mm_or_si128(_mm_or_si128(is('@'), is('%')), _mm_or_si128(is('&'), is('|'))),
                     _mm_or_si128(dot, is('/'))));
    put(block.dashes, _mm_or_si128(dot, is('-')));
  }
  return block;
}

__attribute__((target("avx2"))) Block read_block_avx2(const char* bytes) {
  Block block{};
  const __m256i lower_bit = _mm256_set1_epi8(0x20);
  for (unsigned i = 0; i < 2; ++i) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32 * i));
    const __m256i letter = _mm256_sub_epi8(_mm256_or_si256(v, lower_bit), _mm256_set1_epi8('a'));
    const __m256i digit = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));
    const __m256i letters = _mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(25)), letter);
    const __m256i digits = _mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit);
    const __m256i dot = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('.'));
    const __m256i first = _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('@')),
                                          _mm256_cmpeq_epi8(v, _mm256_set1_epi8('%')));
    const __m256i second = _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('&')),
                                           _mm256_cmpeq_epi8(v, _mm256_set1_epi8('|')));
    const __m256i third = _mm256_or_si256(dot, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('/')));
    const __m256i marks = _mm256_or_si256(_mm256_or_si256(first, second), third);
    const __m256i dashes = _mm256_or_si256(dot, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('-')));
    const unsigned at = 32 * i;
    block.letters |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(letters))) << at;
    block.digits |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(digits))) << at;
    block.high |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(v))) << at;
    block.marks |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(marks))) << at;
    block.dashes |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(dashes))) << at;
  }
  return block;
}

}  // namespace

BlockReader block_reader() noexcept {
  return __builtin_cpu_supports("avx2") ? read_block_avx2 : read_block_sse2;
}

#elif defined(__aarch64__)
namespace {

Block read_block_neon(const char* bytes) {
  Block block{};
  const auto bits = [](uint8x16_t hits) {
    const uint8x16_t weights = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t weighed = vandq_u8(hits, weights);
    return static_cast<std::uint64_t>(vaddv_u8(vget_low_u8(weighed))) |
           static_cast<std::uint64_t>(vaddv_u8(vget_high_u8(weighed))) << 8;
  };
  for (unsigned i = 0; i < 4; ++i) {
    const uint8x16_t v = vld1q_u8(reinterpret_cast<const std::uint8_t*>(bytes + 16 * i));
    const auto is = [&](char c) { return vceqq_u8(v, vdupq_n_u8(static_cast<std::uint8_t>(c))); };
    const auto put = [&](std::uint64_t& mask, uint8x16_t hits) { mask |= bits(hits) << (16 * i); };
    put(block.letters, vcltq_u8(vsubq_u8(vorrq_u8(v, vdupq_n_u8(0x20)), vdupq_n_u8('a')), vdupq_n_u8(26)));
    put(block.digits, vcltq_u8(vsubq_u8(v, vdupq_n_u8('0')), vdupq_n_u8(10)));
    put(block.high, vcgeq_u8(v, vdupq_n_u8(0x80)));
    put(block.marks, vorrq_u8(vorrq_u8(vorrq_u8(is('@'), is('%')), vorrq_u8(is('&'), is('|'))),
                              vorrq_u8(is('.'), is('/'))));
    put(block.dashes, vorrq_u8(is('.'), is('-')));
  }
  return block;
}

}  // namespace

BlockReader block_reader() noexcept { return read_block_neon; }

#else

BlockReader block_reader() noexcept { return read_block_plain; }

#endif

}  // namespace connex::redaction
