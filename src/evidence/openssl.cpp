#include "evidence/openssl.hpp"

#include <openssl/evp.h>

#include <stdexcept>

namespace connex::evidence::openssl {

void Free::operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
void Free::operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
void Free::operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
void Free::operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }

void fail() { throw std::runtime_error("the cryptographic library failed"); }

}  // namespace connex::evidence::openssl
