#include "evidence/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

#include <new>
#include <shared_mutex>
#include <stdexcept>

namespace connex::evidence::openssl {
namespace {

// Of what the process shares; held alone once it goes. Never destroyed, for it is asked after that.
std::shared_mutex& shared_part() {
  static std::shared_mutex& mutex = *new std::shared_mutex;
  return mutex;
}

}  // namespace

OSSL_LIB_CTX* library() {
  static OSSL_LIB_CTX* const kOwn = [] {
    OSSL_LIB_CTX* const made = OSSL_LIB_CTX_new();
    // One that gets no memory for its algorithms does without them for ever.
    EVP_MD* const one = made != nullptr ? EVP_MD_fetch(made, "SHA256", nullptr) : nullptr;
    EVP_MD_free(one);
    // A forked process has none of the threads that were within.
    if (one != nullptr && pthread_atfork(nullptr, nullptr, [] { new (&shared_part()) std::shared_mutex; }) == 0 &&
        OPENSSL_atexit([] { shared_part().lock(); }) == 1)
      return made;
    OSSL_LIB_CTX_free(made);
    fail();
  }();
  return kOwn;
}

SharedPart::SharedPart() {
  library();
  require(shared_part().try_lock_shared());
}
SharedPart::~SharedPart() { shared_part().unlock_shared(); }

void Free::operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
void Free::operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
void Free::operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
void Free::operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }

void fail() { throw std::runtime_error("the cryptographic library failed"); }

}  // namespace connex::evidence::openssl
