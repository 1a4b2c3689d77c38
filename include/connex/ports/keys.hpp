// The port through which the engine has its data keys wrapped. What a provider keeps, the outer keys, never
// leaves it; the engine keeps what it wrapped, and forgets that to erase.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "connex/result.hpp"

namespace connex::keys {

// Names an outer key. The id has 1 to 64 characters of `A-Z a-z 0-9 . _ : -`.
struct OuterKey {
  std::string id;
  std::uint32_t version = 0;

  friend bool operator==(const OuterKey&, const OuterKey&) = default;
};

inline constexpr std::size_t kSecretSize = 32;
inline constexpr std::size_t kMaxWrapped = 4096;
using SecretView = std::span<const std::uint8_t, kSecretSize>;
using SecretSpan = std::span<std::uint8_t, kSecretSize>;

// Safe to use from several threads. An error's message names the key or its place, never its bytes.
class KeyProvider {
 public:
  virtual ~KeyProvider() = default;
  KeyProvider() = default;
  KeyProvider(const KeyProvider&) = delete;
  KeyProvider& operator=(const KeyProvider&) = delete;

  // The key that wraps from now on; made on first use where the provider makes its own.
  virtual Result<OuterKey> current() = 0;

  // Wraps a secret under a key that current() named. `label` says what the secret is: unwrapping under
  // another must fail. At most kMaxWrapped bytes.
  virtual Result<std::string> wrap(const OuterKey& key, std::string_view label, SecretView secret) = 0;

  // Errors: not_found (the provider has no such key), corrupt (not what was wrapped under it). The engine keeps a hash
  // by which it knows another secret, and one of zeros: it then does not open (corrupt), and changes nothing.
  virtual Result<void> unwrap(const OuterKey& key, std::string_view label, std::string_view wrapped,
                              SecretSpan secret) = 0;

  // Begins to wrap under a new key, and names it. A provider whose keys are changed elsewhere names the one
  // in use.
  virtual Result<OuterKey> rotate() { return current(); }

  // Nothing that is wrapped under this key is needed any more. Asked again, also after the key has gone, until it went
  // well.
  virtual Result<void> retire(const OuterKey&) { return {}; }

  // A store, of this id, is opened whose secrets are wrapped here. A provider of several keeps by it what one needs no
  // more and another may. That it fails hinders nothing.
  virtual Result<void> serve(std::string_view store) {
    (void)store;
    return {};
  }
};

}  // namespace connex::keys
