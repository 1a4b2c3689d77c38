#include "evidence/aes_gcm.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <limits>

namespace connex::evidence {
namespace {

const EVP_CIPHER* algorithm() {
  static const EVP_CIPHER* const kFetched =
      openssl::fetched(EVP_CIPHER_fetch(openssl::library(), "AES-256-GCM", nullptr));
  return kFetched;
}

int int_size(ByteView bytes) {
  openssl::require(bytes.size() <= std::numeric_limits<int>::max());
  return static_cast<int>(bytes.size());
}

}  // namespace

Aes256Gcm::Aes256Gcm(KeyView key) : context_(EVP_CIPHER_CTX_new()) {
  openssl::require(context_ != nullptr);
  openssl::require(EVP_EncryptInit_ex2(context_.get(), algorithm(), key.data(), nullptr, nullptr));
}

void Aes256Gcm::encrypt(const Nonce& nonce, ByteView associated, ByteView plaintext,
                        std::span<std::uint8_t> out, Tag& tag) {
  openssl::require(out.size() == plaintext.size());
  int size = 0;
  EVP_CIPHER_CTX* const context = context_.get();
  openssl::require(EVP_EncryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr));
  if (!associated.empty()) {
    openssl::require(EVP_EncryptUpdate(context, nullptr, &size, associated.data(), int_size(associated)));
  }
  if (!plaintext.empty()) {
    openssl::require(EVP_EncryptUpdate(context, out.data(), &size, plaintext.data(), int_size(plaintext)));
  }
  openssl::require(EVP_EncryptFinal_ex(context, out.data() + out.size(), &size));
  openssl::require(
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()), tag.data()));
}

bool Aes256Gcm::decrypt(const Nonce& nonce, ByteView associated, ByteView ciphertext, const Tag& tag,
                        std::span<std::uint8_t> out) {
  openssl::require(out.size() == ciphertext.size());
  int size = 0;
  EVP_CIPHER_CTX* const context = context_.get();
  openssl::require(EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr));
  if (!associated.empty()) {
    openssl::require(EVP_DecryptUpdate(context, nullptr, &size, associated.data(), int_size(associated)));
  }
  if (!ciphertext.empty()) {
    openssl::require(EVP_DecryptUpdate(context, out.data(), &size, ciphertext.data(), int_size(ciphertext)));
  }
  Tag expected = tag;  // the interface takes it as writable
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, expected.data(), expected.size()),
      OSSL_PARAM_construct_end()};
  openssl::require(EVP_CIPHER_CTX_set_params(context, params));
  if (EVP_DecryptFinal_ex(context, out.data() + out.size(), &size) == 1) return true;
  cleanse(out);
  return false;
}

}  // namespace connex::evidence
