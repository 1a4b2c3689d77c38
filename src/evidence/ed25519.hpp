// Ed25519 signatures (RFC 8032).
#pragma once

#include <array>
#include <cstdint>

#include "evidence/bytes.hpp"
#include "evidence/openssl.hpp"
#include "evidence/secret.hpp"

namespace connex::evidence {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// A private key, made from its 32-byte seed. Safe to use from several threads.
class SigningKey {
 public:
  explicit SigningKey(KeyView seed);

  const PublicKey& public_key() const noexcept { return public_key_; }
  Signature sign(ByteView message) const;

 private:
  openssl::Key key_;
  PublicKey public_key_{};
};

// Total: a key or signature of any form has an answer.
bool verify_signature(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace connex::evidence
