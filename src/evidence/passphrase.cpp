#include "evidence/passphrase.hpp"

#include <openssl/evp.h>

#include "evidence/openssl.hpp"

namespace connex::evidence {

SecretBytes key_of_passphrase(std::string_view passphrase, ByteView salt) {
  constexpr std::uint64_t kCost = 1U << 15, kBlock = 8, kLanes = 1, kMemory = std::uint64_t{64} << 20;
  SecretBytes key(32);
  openssl::require(EVP_PBE_scrypt_ex(passphrase.data(), passphrase.size(), salt.data(), salt.size(), kCost, kBlock,
                                     kLanes, kMemory, key.span().data(), key.size(), openssl::library(), nullptr));
  return key;
}

}  // namespace connex::evidence
