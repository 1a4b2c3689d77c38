#include "core/redaction/blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace connex::redaction {

namespace {

Block read_plain(const char* bytes) {
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
    if (c == ' ') block.blanks |= bit;
  }
  return block;
}

// The letters that the word at `bytes` begins with, in lower case, eight at most: the first lowest.
struct Beginning {
  std::uint32_t head;
  std::uint32_t more;
};
inline Beginning beginning_of(const char* bytes) {
  std::uint64_t letters = 0;
  std::memcpy(&letters, bytes, 8);
  letters |= 0x2020202020202020U;
  const std::uint64_t other = no_letters(letters);
  letters &= other == 0 ? ~std::uint64_t{0} : ((other & (0 - other)) >> 7) - 1U;
  return {static_cast<std::uint32_t>(letters), static_cast<std::uint32_t>(letters >> 32)};
}

// A letter stands twice ("siiiix", "ffive").
inline bool doubled(std::uint32_t head) {
  const std::uint32_t unlike =
      (head ^ (head >> 8)) | (~(head << 1) & 0x808080U);  // letters have the bit below
  return ((unlike - 0x010101U) & ~unlike & 0x808080U) != 0;
}

void look_plain(const char* bytes, const WordFilter& filter, Block& block) {
  std::uint64_t nth = 1;
  for (std::uint64_t words = block.words; words != 0; words &= words - 1, nth <<= 1) {
    const auto [head, more] = beginning_of(bytes + std::countr_zero(words));
    std::uint32_t hit = filter.hit(head, more);
    if (doubled(head)) hit |= kHitWeakNumber;
    const std::uint64_t bit = words & (0 - words);
    if ((hit & kHitAlways) != 0) block.always |= bit;
    if ((hit & kHitWeakNumber) != 0) {
      block.weak |= bit;
      block.order |= nth;
    }
  }
}

// Where words begin: at letters after what is no letter, digits included.
std::uint64_t words_of(const Block& block, std::uint64_t& carry) {
  const std::uint64_t alnum = block.letters | block.digits;
  const std::uint64_t words = block.letters & (~(alnum << 1 | carry) | block.digits << 1);
  carry = alnum >> 63;
  return words;
}

template <Block (*classes)(const char* bytes)>
void read(const char* bytes, std::size_t count, bool carry, const WordFilter& filter, Block* blocks) {
  std::uint64_t before = carry ? 1 : 0;
  for (std::size_t i = 0; i < count; ++i) {
    Block& block = blocks[i] = classes(bytes + 64 * i);
    block.words = words_of(block, before);
    look_plain(bytes + 64 * i, filter, block);
  }
}

}  // namespace

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
    put(block.blanks, is(' '));
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
    const __m256i blanks = _mm256_cmpeq_epi8(v, lower_bit);
    block.blanks |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(blanks))) << at;
  }
  return block;
}

// g++ 12 calls what its own intrinsics leave undefined on purpose uninitialised.
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define CONNEX_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2,popcnt")))

CONNEX_AVX512 std::uint64_t equal_avx512(__m512i bytes, char c) {
  return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(c));
}

// Of four lower-case letters in each lane, or 0 for what is none: the high bits of those that are letters.
CONNEX_AVX512 __m512i are_letters_avx512(__m512i letters) {
  return _mm512_and_si512(_mm512_add_epi32(letters, _mm512_set1_epi32(0x7F7F7F7F)),
                          _mm512_set1_epi32(static_cast<int>(0x80808080U)));
}

// In each lane, the bytes before the first that is no letter.
CONNEX_AVX512 __m512i letters_first_avx512(__m512i are_letters) {
  const __m512i other = _mm512_xor_si512(are_letters, _mm512_set1_epi32(static_cast<int>(0x80808080U)));
  return _mm512_andnot_si512(other, _mm512_add_epi32(other, _mm512_set1_epi32(-1)));
}

// WordFilter::place.
CONNEX_AVX512 __m512i place_avx512(__m512i mixed) {
  return _mm512_and_si512(_mm512_srli_epi32(mixed, WordFilter::kPlaceShift), _mm512_set1_epi32(15));
}

// The letters of a block and of the seven bytes after it, in lower case, and 0 for what is no letter.
struct Letters512 {
  __m512i block;
  __m512i after;
};

// The first `count` of sixteen rows, and some more: a gather takes as long as it has lanes.
CONNEX_AVX512 __m512i rows_avx512(__m512i places, unsigned count, const std::uint32_t* rows) {
  if (count > 12) return _mm512_i32gather_epi32(places, rows, 4);
  const auto* const from = reinterpret_cast<const int*>(rows);
  const __m512i eight =
      _mm512_castsi256_si512(_mm256_i32gather_epi32(from, _mm512_castsi512_si256(places), 4));
  if (count <= 8) return eight;
  return _mm512_inserti32x4(eight, _mm_i32gather_epi32(from, _mm512_extracti32x4_epi32(places, 2), 4), 2);
}

// What the filter says of words, a bit for each.
struct Hits512 {
  std::uint64_t always;
  std::uint64_t weak;
};

// The first `count` of sixteen words, given by their places.
__attribute__((always_inline)) CONNEX_AVX512 inline Hits512 look_at_sixteen(const Letters512& text,
                                                                            __m128i places, unsigned count,
                                                                            const WordFilter& filter) {
  // Each place four times, and the places of the three letters after it.
  const __m512i at =
      _mm512_add_epi8(_mm512_shuffle_epi8(_mm512_cvtepu8_epi32(places),
                                          _mm512_set4_epi32(0x0C0C0C0C, 0x08080808, 0x04040404, 0x00000000)),
                      _mm512_set1_epi32(0x03020100));
  const __m512i letters = _mm512_permutex2var_epi8(text.block, at, text.after);
  const __m512i later =
      _mm512_permutex2var_epi8(text.block, _mm512_add_epi8(at, _mm512_set1_epi8(4)), text.after);
  const __m512i keep = letters_first_avx512(are_letters_avx512(letters));
  const __m512i head = _mm512_and_si512(letters, keep);
  const __m512i more = _mm512_maskz_and_epi32(_mm512_cmpeq_epi32_mask(keep, _mm512_set1_epi32(-1)), later,
                                              letters_first_avx512(are_letters_avx512(later)));
  const __m512i mixed = _mm512_mullo_epi32(head, _mm512_set1_epi32(static_cast<int>(WordFilter::kFactor)));
  const __m512i whole =
      _mm512_add_epi32(_mm512_add_epi32(mixed, _mm512_set1_epi32(static_cast<int>(WordFilter::kApart))),
                       _mm512_mullo_epi32(more, _mm512_set1_epi32(static_cast<int>(WordFilter::kSecond))));
  const auto lanes = static_cast<__mmask16>((1U << count) - 1);
  const __m512i row =
      rows_avx512(_mm512_srli_epi32(mixed, 32 - WordFilter::kRowBits), count, filter.rows.data());
  const __m512i weak_hit = _mm512_srlv_epi32(row, place_avx512(mixed));
  const __m512i number_hit = _mm512_srlv_epi32(
      row, place_avx512(_mm512_add_epi32(mixed, _mm512_slli_epi32(more, WordFilter::kPlaceShift))));
  const __m512i word_hit = _mm512_srlv_epi32(row, place_avx512(whole));
  // Letters that are unlike the next.
  const __m512i unlike = are_letters_avx512(_mm512_xor_si512(head, _mm512_srli_epi32(head, 8)));
  const unsigned drawn =
      _mm512_test_epi32_mask(_mm512_andnot_si512(unlike, keep), _mm512_set1_epi32(0x808080));
  const unsigned always = _mm512_test_epi32_mask(_mm512_or_si512(number_hit, word_hit), _mm512_set1_epi32(1));
  const unsigned weak = _mm512_test_epi32_mask(weak_hit, _mm512_set1_epi32(1 << 16));
  return {always & lanes, (weak | drawn) & lanes};
}

CONNEX_AVX512 void read_avx512(const char* bytes, std::size_t count, bool carry, const WordFilter& filter,
                               Block* blocks) {
  alignas(64) static constexpr std::array<std::uint8_t, 64> kPlaces = [] {
    std::array<std::uint8_t, 64> places{};
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<std::uint8_t>(i);
    return places;
  }();
  const __m512i all_places = _mm512_load_si512(kPlaces.data());
  const __m512i lower_bit = _mm512_set1_epi8(0x20);
  const __m512i first = _mm512_set1_epi8('a');
  const __m512i letter_count = _mm512_set1_epi8(26);
  std::uint64_t before = carry ? 1 : 0;
  for (std::size_t i = 0; i < count; ++i, bytes += 64) {
    const __m512i v = _mm512_loadu_si512(bytes);
    const __m512i lower = _mm512_or_si512(v, lower_bit);
    const std::uint64_t dot = equal_avx512(v, '.');
    Block& block = blocks[i];
    block.letters = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(lower, first), letter_count);
    block.digits = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
    block.high = _mm512_movepi8_mask(v);
    block.marks = equal_avx512(v, '@') | equal_avx512(v, '%') | equal_avx512(v, '&') | equal_avx512(v, '|') |
                  equal_avx512(v, '/') | dot;
    block.dashes = equal_avx512(v, '-') | dot;
    block.blanks = equal_avx512(v, ' ');
    block.words = words_of(block, before);
    block.always = block.weak = block.order = 0;
    if (block.words == 0) continue;
    const __m512i next = _mm512_or_si512(_mm512_maskz_loadu_epi8(0x7F, bytes + 64), lower_bit);
    const Letters512 text{
        _mm512_maskz_mov_epi8(block.letters, lower),
        _mm512_maskz_mov_epi8(_mm512_cmplt_epu8_mask(_mm512_sub_epi8(next, first), letter_count), next)};
    const __m512i places = _mm512_maskz_compress_epi8(block.words, all_places);
    const auto words = static_cast<unsigned>(_mm_popcnt_u64(block.words));
    Hits512 hits = look_at_sixteen(text, _mm512_castsi512_si128(places), std::min(words, 16U), filter);
    if (words > 16) {
      const Hits512 more = look_at_sixteen(text, _mm256_extracti128_si256(_mm512_castsi512_si256(places), 1),
                                           words - 16, filter);
      hits.always |= more.always << 16;
      hits.weak |= more.weak << 16;
    }
    block.always = _pdep_u64(hits.always, block.words);
    block.weak = _pdep_u64(hits.weak, block.words);
    block.order = hits.weak;
  }
}

bool has_avx512() noexcept {
  return __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}

constexpr BlockReader kReaders[] = {{"plain", read<read_plain>},
                                    {"SSE2", read<read_block_sse2>},
                                    {"AVX2", read<read_block_avx2>},
                                    {"AVX-512", read_avx512}};

}  // namespace

std::span<const BlockReader> block_readers() noexcept {
  const std::size_t count = has_avx512() ? 4 : __builtin_cpu_supports("avx2") ? 3 : 2;
  return {kReaders, count};
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
    put(block.blanks, is(' '));
  }
  return block;
}

constexpr BlockReader kReaders[] = {{"plain", read<read_plain>}, {"NEON", read<read_block_neon>}};

}  // namespace

std::span<const BlockReader> block_readers() noexcept { return kReaders; }

#else

namespace {
constexpr BlockReader kReaders[] = {{"plain", read<read_plain>}};
}  // namespace

std::span<const BlockReader> block_readers() noexcept { return kReaders; }

#endif

}  // namespace connex::redaction
