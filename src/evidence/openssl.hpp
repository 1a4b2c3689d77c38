// Ownership of the cryptographic library's objects, without its headers.
#pragma once

#include <memory>

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;
struct evp_md_ctx_st;
struct evp_pkey_st;
struct ossl_lib_ctx_st;

namespace connex::evidence::openssl {

// At exit() the cryptographic library frees what the process shares of it, while threads may still be at work in engines.
// So all here is made in a part of it that is our own and never freed,
ossl_lib_ctx_st* library();

// and what needs the shared part too (keys, which look for engines that might know them) is done within one of these:
// exit() waits for those that there are, and to make one later throws.
class SharedPart {
 public:
  SharedPart();
  ~SharedPart();
  SharedPart(const SharedPart&) = delete;
  SharedPart& operator=(const SharedPart&) = delete;
};

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
