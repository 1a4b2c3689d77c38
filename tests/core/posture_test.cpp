// What a host sees of itself, against the minima of the pack.
#include "connex/posture.hpp"

#include <doctest/doctest.h>

#include <string>

#include "policy/pack.hpp"

using namespace connex;

namespace {

constexpr Instant kNow{std::int64_t{1'800'000'000} * kMicrosPerSecond};

SecurityPosture good() {
  SecurityPosture p;
  p.tls_version = "1.2";
  p.at_rest_cipher = "AES-256-GCM";
  p.password_hash = "$2b$12$";
  p.sslmode = "verify-full";
  p.last_backup_at = Instant{kNow.micros - kMicrosPerHour};
  p.storage_country = "IN";
  p.url_ttl_seconds = 900;
  return p;
}

std::string unmet(const SecurityPosture& posture) {
  std::string out;
  const auto facts = posture_facts(policy::default_pack()->security, posture, kNow);
  for_each_unmet(evaluate(facts), [&](const Condition& c, bool unknown) {
    out.append(out.empty() ? "" : " ").append(unknown ? "?" : "").append(c.clause);
  });
  return out;
}

template <class Change>
std::string with(Change&& change) {
  SecurityPosture p = good();
  change(p);
  return unmet(p);
}

}  // namespace

TEST_CASE("posture: what meets every minimum passes, and nothing known is nothing met") {
  CHECK(unmet(good()) == "");
  CHECK(unmet({}) == "?C4-b ?C4-c ?C4-i ?C4-h ?C4-e ?C4-g ?C11-a ?C5-i");
}

TEST_CASE("posture: each value at its limit and beyond") {
  for (const char* ok : {"1.2", "1.3", "TLSv1.2", "TLS 1.3", "TLSv1.3"})
    CHECK(with([&](auto& p) { p.tls_version = ok; }) == "");
  for (const char* bad : {"1.1", "1.0", "TLSv1", "SSLv3", "", "1.2.1", "latest", "12"})
    CHECK(with([&](auto& p) { p.tls_version = bad; }) == "C4-b");
  for (const char* ok : {"AES-256", "aes256", "AES_256_CBC", "AES-256-XTS", "AES 256 bit", "aes-256-xts-plain64",
                         "AES-256 (GCM)"})
    CHECK(with([&](auto& p) { p.at_rest_cipher = ok; }) == "");
  for (const char* bad : {"AES-256-ECB", "aes256_ecb", "AES-128-GCM", "ChaCha20", "none", "", "AES-2560", "AE"})
    CHECK(with([&](auto& p) { p.at_rest_cipher = bad; }) == "C4-c");
  for (const char* unclear : {"AES", "AES-256 disabled", "AES-256 failed audit", "aes256 planned", "AES-256-GCM off", "AES-256x"})
    CHECK(with([&](auto& p) { p.at_rest_cipher = unclear; }) == "?C4-c");
  CHECK(with([](auto& p) { p.at_rest_key_bits = 128; }) == "C4-c");
  CHECK(with([](auto& p) {
          p.at_rest_cipher = "AES";
          p.at_rest_key_bits = 256;
        }) == "");
  for (const char* ok : {"$2a$12$", "$2y$31$", "$2b$14$abcdefghijklmnopqrstuv"})
    CHECK(with([&](auto& p) { p.password_hash = ok; }) == "");
  CHECK(with([](auto& p) { p.password_hash = "$2b$11$abcdefghijklmnopqrstuv"; }) == "C4-h");
  for (const char* bad :
       {"hunter2", "", "$2x$12$", "$1$abc", "$2b$1$", "$2b$12$with space", "$argon2id$v=19"})
    CHECK(with([&](auto& p) { p.password_hash = bad; }) == "C4-i C4-h");
  for (const char* bad : {"disable", "allow", "prefer", "require", "verify-ca", "", "verify"})
    CHECK(with([&](auto& p) { p.sslmode = bad; }) == "C4-e");
  const auto backup = [](std::int64_t age) {
    return with([&](auto& p) { p.last_backup_at = Instant{kNow.micros - age}; });
  };
  CHECK(backup(24 * kMicrosPerHour) == "");
  CHECK(backup(24 * kMicrosPerHour + 1) == "C4-g");
  CHECK(backup(-1) == "C4-g");
  CHECK(with([](auto& p) { p.storage_country = "SG"; }) == "C11-a");
  CHECK(with([](auto& p) { p.url_ttl_seconds = 901; }) == "C5-i");
  CHECK(with([](auto& p) { p.url_ttl_seconds = 0; }) == "C5-i");
}
