#include "connex/posture.hpp"

#include <algorithm>

#include "core/ascii.hpp"

namespace connex {
namespace {

using ascii::is_digit;

// "1.2" as 12; "TLSv1.3", "TLS 1.3" and "TLSv1" too. None for what is no version of TLS.
constexpr std::optional<int> tls_number(std::string_view text) noexcept {
  for (const std::string_view prefix : {"TLS", "v", " ", "_"})
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  if (text.size() == 1 && is_digit(text[0])) return (text[0] - '0') * 10;
  if (text.size() != 3 || !is_digit(text[0]) || text[1] != '.' || !is_digit(text[2])) return std::nullopt;
  return (text[0] - '0') * 10 + (text[2] - '0');
}

constexpr int sslmode_rank(std::string_view mode) noexcept {
  constexpr std::string_view kModes[] = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
  int rank = 0;
  for (const std::string_view known : kModes) {
    if (known == mode) return rank;
    ++rank;
  }
  return -1;
}

// Blocks that are encrypted one by one show which of them are alike.
bool is_codebook(std::string_view cipher) noexcept {
  constexpr std::string_view kMode = "ecb";
  const auto found = std::search(cipher.begin(), cipher.end(), kMode.begin(), kMode.end(),
                                 [](char c, char mode) { return ascii::lower(c) == mode; });
  return found != cipher.end();
}

// What may stand in the name of a cipher beside AES and its bits.
bool is_of_cipher(std::string_view word) noexcept {
  constexpr std::string_view kWords[] = {"GCM", "CBC", "CTR", "XTS",     "CCM",   "SIV",    "OCB",       "CFB",
                                         "OFB", "EAX", "BIT", "BITS",    "PLAIN", "PLAIN64", "ESSIV",    "SHA256",
                                         "HMAC", "SSE", "KMS", "PKCS7", "PKCS5PADDING", "PKCS7PADDING", "NOPADDING"};
  return std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view known) { return ascii::same(word, known); });
}

// AES under 256 bits, however it is written: "AES-256-GCM", "aes256"; in any mode but ECB. With words that are of no
// cipher's name ("AES-256 disabled") it is not known what is meant.
Fact is_aes_256(std::string_view cipher, std::optional<std::int64_t> bits) noexcept {
  constexpr std::string_view kAes = "AES";
  if (is_codebook(cipher)) return Fact::no;
  if (!ascii::same(cipher.substr(0, kAes.size()), kAes)) return Fact::no;
  std::size_t at = kAes.size();
  while (at < cipher.size() && (cipher[at] == '-' || cipher[at] == '_' || cipher[at] == ' ')) ++at;
  std::optional<bool> wide;
  if (at < cipher.size() && is_digit(cipher[at])) {
    const std::string_view number = cipher.substr(at, 3);
    wide = number == "256" && !(at + 3 < cipher.size() && is_digit(cipher[at + 3]));
    at = std::min(at + 3, cipher.size());
  }
  if (wide == false || (bits && *bits != 256)) return Fact::no;
  while (at < cipher.size()) {
    std::size_t end = at;
    while (end < cipher.size() && ascii::is_alnum(cipher[end])) ++end;
    if (end > at && !is_of_cipher(cipher.substr(at, end - at))) return Fact::unknown;
    at = end + 1;
  }
  return wide || bits ? Fact::yes : Fact::unknown;
}

template <class T, class Holds>
Fact known(const std::optional<T>& value, Holds holds) noexcept {
  return value ? fact(holds(*value)) : Fact::unknown;
}

}  // namespace

std::optional<int> bcrypt_cost(std::string_view hash) noexcept {
  constexpr std::size_t kPrefix = 7;  // "$2b$12$"
  constexpr std::size_t kWhole = 60;
  if (hash.size() < kPrefix || hash.size() > kWhole || !hash.starts_with("$2")) return std::nullopt;
  const bool known_variant = hash[2] == 'a' || hash[2] == 'b' || hash[2] == 'y';
  if (!known_variant || hash[3] != '$' || !is_digit(hash[4]) || !is_digit(hash[5]) || hash[6] != '$')
    return std::nullopt;
  const auto in_alphabet = [](char c) {
    return ascii::is_alnum(c) || c == '.' || c == '/';
  };
  if (!std::all_of(hash.begin() + kPrefix, hash.end(), in_alphabet)) return std::nullopt;
  return (hash[4] - '0') * 10 + (hash[5] - '0');
}

FactsOf<kSecurityCheck> posture_facts(const SecurityRules& minima, const SecurityPosture& posture,
                                      Instant now) noexcept {
  FactsOf<kSecurityCheck> facts;
  facts.set("tls_sufficient", known(posture.tls_version, [&](std::string_view version) {
              return tls_number(version).value_or(0) >= tls_number(minima.tls_minimum).value_or(99);
            }));
  if (posture.at_rest_cipher)
    facts.set("at_rest_encrypted", is_aes_256(*posture.at_rest_cipher, posture.at_rest_key_bits));
  facts.set("password_is_hashed", known(posture.password_hash,
                                        [](std::string_view hash) { return bcrypt_cost(hash).has_value(); }));
  facts.set("bcrypt_cost_sufficient", known(posture.password_hash, [&](std::string_view hash) {
              return bcrypt_cost(hash).value_or(0) >= minima.bcrypt_cost;
            }));
  facts.set("database_tls_sufficient", known(posture.sslmode, [&](std::string_view mode) {
              return sslmode_rank(mode) >= std::max(sslmode_rank(minima.sslmode), 0);
            }));
  facts.set("backup_recent", known(posture.last_backup_at, [&](Instant at) {
              return at <= now && now.micros - at.micros <= minima.backup_max_age_hours * kMicrosPerHour;
            }));
  facts.set("storage_in_country", known(posture.storage_country, [&](std::string_view country) {
              return country == minima.storage_country;
            }));
  facts.set("url_short_lived", known(posture.url_ttl_seconds, [&](std::int64_t seconds) {
              return seconds > 0 && seconds <= minima.url_ttl_seconds;
            }));
  return facts;
}

}  // namespace connex
