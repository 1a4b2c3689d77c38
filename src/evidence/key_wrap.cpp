#include "evidence/key_wrap.hpp"

#include <algorithm>

#include "evidence/aes_gcm.hpp"
#include "evidence/canonical.hpp"
#include "evidence/hmac.hpp"

namespace connex::evidence {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSalt = 21, kCommitment = 53, kCiphertext = 85, kTag = 117;

// What HKDF gives for one wrap: a key, a nonce and the commitment.
struct Derived {
  Derived(KeyView wrapping_key, ByteView salt) : bytes(32 + 12 + 32) {
    (void)hkdf_sha256(wrapping_key, salt, bytes_of("connex/key-wrap/v1"), bytes.span());  // never too long
  }
  KeyView key() const { return bytes.view().first<32>(); }
  Nonce nonce() const {
    Nonce nonce;
    std::ranges::copy(bytes.view().subspan(32, 12), nonce.begin());
    return nonce;
  }
  ByteView commitment() const { return bytes.view().subspan(44, 32); }

  SecretBytes bytes;
};

Bytes associated_data(const KeyRef& wrapping, const KeyRef& data) {
  Bytes out;
  CanonicalWriter(out, kVersion)
      .text("connex/key-wrap")
      .bytes(wrapping.id)
      .u64(wrapping.version)
      .bytes(data.id)
      .u64(data.version);
  return out;
}

}  // namespace

WrappedKey wrap_key(const KeyRef& wrapping_ref, KeyView wrapping_key, const KeyRef& data_ref,
                    KeyView data_key, const RandomSource& random) {
  WrappedKey out;
  out[0] = kVersion;
  std::ranges::copy(wrapping_ref.id, &out[1]);
  store_be(&out[17], wrapping_ref.version);
  const auto salt = std::span(out).subspan<kSalt, 32>();
  random(salt);
  const Derived derived(wrapping_key, salt);
  std::ranges::copy(derived.commitment(), &out[kCommitment]);
  Tag tag;
  Aes256Gcm(derived.key())
      .encrypt(derived.nonce(), associated_data(wrapping_ref, data_ref), data_key,
               std::span(out).subspan<kCiphertext, 32>(), tag);
  std::ranges::copy(tag, &out[kTag]);
  return out;
}

Result<SecretBytes> unwrap_key(const KeyRef& wrapping_ref, KeyView wrapping_key, const KeyRef& data_ref,
                               ByteView wrapped) {
  auto named = wrapping_key_of(wrapped);
  if (!named) return std::move(named).error();
  if (*named != wrapping_ref) return Error{ErrorCode::corrupt, "the key is wrapped under another key", {}};
  const Derived derived(wrapping_key, wrapped.subspan(kSalt, 32));
  Tag tag;
  std::ranges::copy(wrapped.last(tag.size()), tag.begin());
  SecretBytes key(32);
  if (!equal_in_constant_time(derived.commitment(), wrapped.subspan(kCommitment, 32)) ||
      !Aes256Gcm(derived.key())
           .decrypt(derived.nonce(), associated_data(wrapping_ref, data_ref),
                    wrapped.subspan(kCiphertext, 32), tag, key.span())) {
    return Error{ErrorCode::corrupt, "the wrapped key is not authentic", {}};
  }
  return key;
}

Result<KeyRef> wrapping_key_of(ByteView wrapped) {
  if (wrapped.size() != kWrappedKeySize)
    return Error{ErrorCode::corrupt, "the wrapped key has the wrong length", {}};
  if (wrapped[0] != kVersion)
    return Error{ErrorCode::unsupported, "the wrapped key has an unknown version", {}};
  KeyRef ref;
  std::ranges::copy(wrapped.subspan(1, ref.id.size()), ref.id.begin());
  ref.version = load_be<std::uint32_t>(&wrapped[17]);
  return ref;
}

}  // namespace connex::evidence
