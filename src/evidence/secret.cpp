#include "evidence/secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace connex::evidence {

void cleanse(std::span<std::uint8_t> bytes) noexcept { OPENSSL_cleanse(bytes.data(), bytes.size()); }

bool equal_in_constant_time(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretBytes::SecretBytes(ByteView bytes) : SecretBytes(bytes.size()) {
  std::ranges::copy(bytes, bytes_.get());
}

}  // namespace connex::evidence
