// Sealing: how a personal field is stored. A sealed value opens in its own place and under its own key alone.
//
//   version u8 | algorithm u8 | key id [16] | key version u32 | nonce [12] | ciphertext | tag [16]
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include "connex/result.hpp"
#include "evidence/aes_gcm.hpp"
#include "evidence/bytes.hpp"
#include "evidence/random.hpp"
#include "evidence/secret.hpp"

namespace connex::evidence {

inline constexpr std::uint8_t kSealVersion = 1;
inline constexpr std::uint8_t kSealAes256Gcm = 1;
inline constexpr std::size_t kSealHeader = 1 + 1 + 16 + 4 + 12;
inline constexpr std::size_t kSealOverhead = kSealHeader + 16;
inline constexpr std::size_t kMaxSealable = std::size_t{1} << 26;

// With random nonces a key must rest long before 2^32 messages (SP 800-38D 8.3).
inline constexpr std::uint64_t kMaxSealsPerKey = std::uint64_t{1} << 31;

// Names a key without telling anything about whose it is.
struct KeyRef {
  std::array<std::uint8_t, 16> id{};
  std::uint32_t version = 0;

  friend auto operator<=>(const KeyRef&, const KeyRef&) = default;
};

// Where a sealed value lies. All of it is authenticated, so that a value moved elsewhere does not open.
struct SealPlace {
  std::string_view domain;
  std::string_view table;
  ByteView row;
  std::string_view column;
  std::uint32_t schema = 0;
};

// A key ready for use. One object, one thread at a time.
class SealingKey {
 public:
  // `seals`: how many values were already sealed under this key.
  SealingKey(const KeyRef& ref, KeyView key, std::uint64_t seals = 0)
      : ref_(ref), cipher_(key), seals_(seals) {}

  const KeyRef& ref() const noexcept { return ref_; }
  std::uint64_t seals() const noexcept { return seals_; }

  // Appends the sealed value to `out`. Refused when the key is used up or the plaintext larger than
  // kMaxSealable.
  Result<void> seal(const SealPlace& place, ByteView plaintext, const RandomSource& random, Bytes& out);

  // Corrupt unless this very value was sealed under this key for this place.
  Result<SecretBytes> open(const SealPlace& place, ByteView sealed);

  // The same into `plaintext`, whose memory is used again; on failure it is empty.
  Result<void> open(const SealPlace& place, ByteView sealed, SecretBytes& plaintext);

 private:
  ByteView associated_data(const SealPlace& place);

  KeyRef ref_;
  Aes256Gcm cipher_;
  std::uint64_t seals_;
  Bytes associated_;  // kept for its capacity
};

// The key that a sealed value names.
Result<KeyRef> sealing_key_of(ByteView sealed);

}  // namespace connex::evidence
