// The security posture of a deployment, as far as its values can be seen (section 4 of the policy), held
// against the minima of the policy pack. Pure; no value is repeated in a decision.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "connex/gates.hpp"
#include "connex/policy.hpp"

namespace connex {

// What the host sees of itself. What is absent is unknown.
struct SecurityPosture {
  std::optional<std::string_view> tls_version;     // "1.2", "TLSv1.3"
  std::optional<std::string_view> at_rest_cipher;  // "AES-256-GCM"
  std::optional<std::int64_t> at_rest_key_bits;    // where the name of the cipher does not tell
  std::optional<std::string_view> password_hash;   // "$2b$12$..."
  std::optional<std::string_view> sslmode;         // of the database connection, in libpq's words
  std::optional<Instant> last_backup_at;
  std::optional<std::string_view> storage_country;  // ISO 3166-1 alpha-2, of the bucket
  std::optional<std::int64_t> url_ttl_seconds;      // of signed links
};

FactsOf<kSecurityCheck> posture_facts(const SecurityRules& minima, const SecurityPosture& posture,
                                      Instant now) noexcept;

// The cost of a bcrypt hash, or of its prefix "$2b$12$"; none for what is no such hash (C4-h, C4-i).
std::optional<int> bcrypt_cost(std::string_view hash) noexcept;

}  // namespace connex
