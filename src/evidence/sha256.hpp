// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstdint>

#include "evidence/bytes.hpp"
#include "evidence/openssl.hpp"

namespace connex::evidence {

using Hash = std::array<std::uint8_t, 32>;

// An incremental hash. Reusable: after finish(), and after a failure, it starts anew. One object, one thread
// at a time.
class Sha256 {
 public:
  Sha256();

  Sha256& update(ByteView bytes);
  Hash finish();

 private:
  void start();

  openssl::DigestContext context_;
  bool started_ = false;
};

// The hash of one run of bytes. Safe from any thread.
Hash sha256(ByteView bytes);

}  // namespace connex::evidence
