// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags.
#pragma once

#include <array>
#include <cstdint>

#include "evidence/openssl.hpp"
#include "evidence/secret.hpp"

namespace connex::evidence {

using Nonce = std::array<std::uint8_t, 12>;
using Tag = std::array<std::uint8_t, 16>;

// Keeps the expanded key, so that a message costs no key schedule. One object, one thread at a time.
class Aes256Gcm {
 public:
  explicit Aes256Gcm(KeyView key);

  // `out` has the length of the input and may be the input itself. A nonce must never come twice under one
  // key.
  void encrypt(const Nonce& nonce, ByteView associated, ByteView plaintext, std::span<std::uint8_t> out,
               Tag& tag);

  // Whether the message is authentic. If not, `out` is overwritten with zeros.
  [[nodiscard]] bool decrypt(const Nonce& nonce, ByteView associated, ByteView ciphertext, const Tag& tag,
                             std::span<std::uint8_t> out);

 private:
  openssl::CipherContext context_;
};

}  // namespace connex::evidence
