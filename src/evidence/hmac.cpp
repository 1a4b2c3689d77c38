#include "evidence/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>

namespace connex::evidence {
namespace {

EVP_MAC* algorithm() {
  static EVP_MAC* const kFetched = openssl::fetched(EVP_MAC_fetch(openssl::library(), "HMAC", nullptr));
  return kFetched;
}

}  // namespace

HmacSha256::HmacSha256(ByteView key) {
  context_.reset(EVP_MAC_CTX_new(algorithm()));
  openssl::require(context_ != nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  static const std::uint8_t kNothing = 0;  // an empty key is a key; a null pointer would mean none was given
  openssl::require(EVP_MAC_init(context_.get(), key.empty() ? &kNothing : key.data(), key.size(), params));
}

void HmacSha256::start() {
  if (started_) return;
  openssl::require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr));
  started_ = true;
}

HmacSha256& HmacSha256::update(ByteView bytes) {
  start();
  started_ = EVP_MAC_update(context_.get(), bytes.data(), bytes.size()) == 1;
  openssl::require(started_);
  return *this;
}

Hash HmacSha256::finish() {
  start();
  started_ = false;
  Hash hash;
  std::size_t size = 0;
  openssl::require(EVP_MAC_final(context_.get(), hash.data(), &size, hash.size()));
  return hash;
}

Hash hmac_sha256(ByteView key, ByteView message) { return HmacSha256(key).update(message).finish(); }

Result<void> hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::span<std::uint8_t> out) {
  if (out.size() > 255 * sizeof(Hash))
    return Error{ErrorCode::invalid_argument, "too many bytes to derive", {}};
  const Hash no_salt{};
  Hash extracted = hmac_sha256(salt.empty() ? ByteView(no_salt) : salt, key);
  HmacSha256 expand(extracted);
  cleanse(extracted);
  Hash block{};
  for (std::uint8_t count = 1; !out.empty(); ++count) {
    if (count > 1) expand.update(block);
    block = expand.update(info).update({&count, 1}).finish();
    const std::size_t size = std::min(out.size(), block.size());
    std::copy_n(block.begin(), size, out.begin());
    out = out.subspan(size);
  }
  cleanse(block);
  return {};
}

}  // namespace connex::evidence
