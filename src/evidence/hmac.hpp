// HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869).
#pragma once

#include <span>

#include "connex/result.hpp"
#include "evidence/openssl.hpp"
#include "evidence/secret.hpp"
#include "evidence/sha256.hpp"

namespace connex::evidence {

// Keeps the keyed state. One object, one thread at a time.
class HmacSha256 {
 public:
  explicit HmacSha256(ByteView key);

  HmacSha256& update(ByteView bytes);
  Hash finish();  // after which, and after a failure, it starts anew under the same key

 private:
  void start();

  openssl::MacContext context_;
  bool started_ = true;
};

Hash hmac_sha256(ByteView key, ByteView message);

// Derives out.size() bytes. Invalid beyond 255 hash lengths, all that HKDF can give.
Result<void> hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::span<std::uint8_t> out);

}  // namespace connex::evidence
