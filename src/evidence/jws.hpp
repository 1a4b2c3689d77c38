// Compact JSON Web Signatures (RFC 7515) with EdDSA over Ed25519 (RFC 8037), for short-lived permits.
//
// Only one header is ever written or accepted: {"alg":"EdDSA"} with "kid" and "typ" behind it, in this order,
// where they are used. With nothing in the header to choose from, nothing can be confused.
#pragma once

#include <string>
#include <string_view>

#include "connex/result.hpp"
#include "evidence/bytes.hpp"
#include "evidence/ed25519.hpp"

namespace connex::evidence {

inline constexpr std::size_t kMaxJwsSize = 64 * 1024;

// Either may be empty: then it is not in the header. Letters, digits and - . _ : ~ + / only, at most 200.
struct JwsHeader {
  std::string key_id;
  std::string type;

  friend bool operator==(const JwsHeader&, const JwsHeader&) = default;
};

// Invalid when the header holds other characters or the outcome would exceed kMaxJwsSize.
Result<std::string> sign_jws(const JwsHeader& header, ByteView payload, const SigningKey& key);

// What a token says of itself, unverified: only for finding its key.
Result<JwsHeader> peek_jws_header(std::string_view token);

// The payload when the token has exactly this header and this key signed it.
Result<Bytes> verify_jws(std::string_view token, const JwsHeader& expected, const PublicKey& key);

}  // namespace connex::evidence
