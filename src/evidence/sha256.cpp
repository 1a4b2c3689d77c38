#include "evidence/sha256.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace connex::evidence {
namespace {

// Fetched once: an implicit fetch on every hash costs more than the hash. Never freed, like the library's own
// tables.
const EVP_MD* algorithm() {
  static const EVP_MD* const kFetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kFetched;
}

void require(int outcome) {
  if (outcome != 1) throw std::runtime_error("the cryptographic library refused SHA-256");
}

EVP_MD_CTX* raw(const auto& context) noexcept { return static_cast<EVP_MD_CTX*>(context.get()); }

}  // namespace

void Sha256::Free::operator()(void* context) const noexcept {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ && algorithm() ? EVP_DigestInit_ex2(raw(context_), algorithm(), nullptr) : 0);
}

Sha256& Sha256::update(ByteView bytes) {
  require(EVP_DigestUpdate(raw(context_), bytes.data(), bytes.size()));
  return *this;
}

Hash Sha256::finish() {
  Hash hash;
  require(EVP_DigestFinal_ex(raw(context_), hash.data(), nullptr));
  require(EVP_DigestInit_ex2(raw(context_), nullptr, nullptr));
  return hash;
}

Hash sha256(ByteView bytes) {
  thread_local Sha256 hasher;  // allocating a context costs as much as a short hash
  return hasher.update(bytes).finish();
}

}  // namespace connex::evidence
