#include "evidence/sha256.hpp"

#include <openssl/evp.h>

#include "evidence/of_thread.hpp"

namespace connex::evidence {
namespace {

// Fetched once: an implicit fetch on every hash costs more than the hash. Never freed, like the library's own
// tables.
const EVP_MD* algorithm() {
  static const EVP_MD* const kFetched = openssl::fetched(EVP_MD_fetch(openssl::library(), "SHA256", nullptr));
  return kFetched;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) { openssl::require(context_ != nullptr); }

void Sha256::start() {
  if (started_) return;
  openssl::require(EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr));
  started_ = true;
}

Sha256& Sha256::update(ByteView bytes) {
  start();
  started_ = EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  openssl::require(started_);
  return *this;
}

Hash Sha256::finish() {
  start();
  started_ = false;
  Hash hash;
  openssl::require(EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr));
  return hash;
}

Hash sha256(ByteView bytes) {
  // Allocating a context costs as much as a short hash.
  return of_thread<Sha256, struct OfSha256>().update(bytes).finish();
}

}  // namespace connex::evidence
