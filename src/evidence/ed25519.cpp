#include "evidence/ed25519.hpp"

#include <openssl/evp.h>

namespace connex::evidence {

SigningKey::SigningKey(KeyView seed) {
  const openssl::SharedPart within;
  key_.reset(EVP_PKEY_new_raw_private_key_ex(openssl::library(), "ED25519", nullptr, seed.data(), seed.size()));
  openssl::require(key_ != nullptr);
  std::size_t size = public_key_.size();
  openssl::require(EVP_PKEY_get_raw_public_key(key_.get(), public_key_.data(), &size));
}

Signature SigningKey::sign(ByteView message) const {
  const openssl::SharedPart within;
  const openssl::DigestContext context(EVP_MD_CTX_new());
  openssl::require(context != nullptr);
  openssl::require(
      EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, openssl::library(), nullptr, key_.get(), nullptr));
  Signature signature{};
  std::size_t size = signature.size();
  openssl::require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()));
  return signature;
}

bool verify_signature(const PublicKey& key, ByteView message, ByteView signature) {
  if (signature.size() != sizeof(Signature)) return false;
  const openssl::SharedPart within;
  const openssl::Key parsed(
      EVP_PKEY_new_raw_public_key_ex(openssl::library(), "ED25519", nullptr, key.data(), key.size()));
  const openssl::DigestContext context(EVP_MD_CTX_new());
  if (!parsed || !context) return false;
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, openssl::library(), nullptr, parsed.get(),
                                 nullptr) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace connex::evidence
