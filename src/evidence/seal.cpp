#include "evidence/seal.hpp"

#include <algorithm>

#include "evidence/canonical.hpp"

namespace connex::evidence {
namespace {

constexpr std::uint8_t kAssociatedDataVersion = 1;

}  // namespace

ByteView SealingKey::associated_data(const SealPlace& place) {
  associated_.clear();
  CanonicalWriter(associated_, kAssociatedDataVersion)
      .u64(kSealVersion)
      .u64(kSealAes256Gcm)
      .text(place.domain)
      .text(place.table)
      .bytes(place.row)
      .text(place.column)
      .bytes(ref_.id)
      .u64(ref_.version)
      .u64(place.schema);
  return associated_;
}

Result<void> SealingKey::seal(const SealPlace& place, ByteView plaintext, const RandomSource& random,
                              Bytes& out) {
  if (plaintext.size() > kMaxSealable) return Error{ErrorCode::invalid_argument, "too large to seal", {}};
  if (seals_ >= kMaxSealsPerKey) return Error{ErrorCode::conflict, "the key has sealed all it may", {}};
  ++seals_;
  Nonce nonce;
  random(nonce);

  const std::size_t start = out.size();
  out.resize(start + kSealOverhead + plaintext.size());
  std::uint8_t* const at = out.data() + start;
  at[0] = kSealVersion;
  at[1] = kSealAes256Gcm;
  std::ranges::copy(ref_.id, at + 2);
  store_be(at + 18, ref_.version);
  std::ranges::copy(nonce, at + 22);
  Tag tag;
  cipher_.encrypt(nonce, associated_data(place), plaintext, {at + kSealHeader, plaintext.size()}, tag);
  std::ranges::copy(tag, at + kSealHeader + plaintext.size());
  return {};
}

Result<SecretBytes> SealingKey::open(const SealPlace& place, ByteView sealed) {
  SecretBytes plaintext;
  if (auto opened = open(place, sealed, plaintext); !opened) return std::move(opened).error();
  return plaintext;
}

Result<void> SealingKey::open(const SealPlace& place, ByteView sealed, SecretBytes& plaintext) {
  plaintext.resize(0);
  auto ref = sealing_key_of(sealed);
  if (!ref) return std::move(ref).error();
  if (*ref != ref_) return Error{ErrorCode::corrupt, "the value is sealed under another key", {}};
  Nonce nonce;
  std::ranges::copy(sealed.subspan(22, nonce.size()), nonce.begin());
  Tag tag;
  std::ranges::copy(sealed.last(tag.size()), tag.begin());
  const ByteView ciphertext = sealed.subspan(kSealHeader, sealed.size() - kSealOverhead);
  plaintext.resize(ciphertext.size());
  if (!cipher_.decrypt(nonce, associated_data(place), ciphertext, tag, plaintext.span())) {
    plaintext.resize(0);
    return Error{ErrorCode::corrupt, "the sealed value is not authentic", {}};
  }
  return {};
}

Result<KeyRef> sealing_key_of(ByteView sealed) {
  if (sealed.size() < kSealOverhead || sealed.size() - kSealOverhead > kMaxSealable) {
    return Error{ErrorCode::corrupt, "the sealed value has an impossible length", {}};
  }
  if (sealed[0] != kSealVersion || sealed[1] != kSealAes256Gcm) {
    return Error{ErrorCode::unsupported, "the sealed value has an unknown format", {}};
  }
  KeyRef ref;
  std::ranges::copy(sealed.subspan(2, ref.id.size()), ref.id.begin());
  ref.version = load_be<std::uint32_t>(&sealed[18]);
  return ref;
}

}  // namespace connex::evidence
