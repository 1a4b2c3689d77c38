// Ownership of the cryptographic library's objects, without its headers.
#pragma once

#include <memory>

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;
struct evp_md_ctx_st;
struct evp_pkey_st;

namespace connex::evidence::openssl {

struct Free {
  void operator()(evp_cipher_ctx_st* context) const noexcept;
  void operator()(evp_mac_ctx_st* context) const noexcept;
  void operator()(evp_md_ctx_st* context) const noexcept;
  void operator()(evp_pkey_st* key) const noexcept;
};

using CipherContext = std::unique_ptr<evp_cipher_ctx_st, Free>;
using MacContext = std::unique_ptr<evp_mac_ctx_st, Free>;
using DigestContext = std::unique_ptr<evp_md_ctx_st, Free>;
using Key = std::unique_ptr<evp_pkey_st, Free>;

[[noreturn]] void fail();

// For calls that fail only when memory or the algorithm itself is missing: throws std::runtime_error.
inline void require(bool done) {
  if (!done) fail();
}
inline void require(int outcome) { require(outcome == 1); }

// An algorithm as it was fetched. Throws, so that a static one is fetched again rather than missing for ever.
template <class Algorithm>
Algorithm* fetched(Algorithm* algorithm) {
  require(algorithm != nullptr);
  return algorithm;
}

}  // namespace connex::evidence::openssl
