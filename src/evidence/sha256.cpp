#include "evidence/sha256.hpp"

#include <openssl/evp.h>

namespace connex::evidence {
namespace {

// Fetched once: an implicit fetch on every hash costs more than the hash. Never freed, like the library's own
// tables.
const EVP_MD* algorithm() {
  static const EVP_MD* const kFetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kFetched;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  openssl::require(context_ && algorithm());
  openssl::require(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr));
}

Sha256& Sha256::update(ByteView bytes) {
  openssl::require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  return *this;
}

Hash Sha256::finish() {
  Hash hash;
  openssl::require(EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr));
  openssl::require(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr));
  return hash;
}

Hash sha256(ByteView bytes) {
  thread_local Sha256 hasher;  // allocating a context costs as much as a short hash
  return hasher.update(bytes).finish();
}

}  // namespace connex::evidence
