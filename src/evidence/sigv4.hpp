// Pre-signed GET addresses for object stores that speak S3 (AWS Signature Version 4, query form). Pure text:
// no network.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connex/instant.hpp"
#include "connex/result.hpp"

namespace connex::evidence {

// How long a pre-signed address may be good for: it is a bearer token.
inline constexpr std::uint32_t kMaxPresignSeconds = 900;

struct S3Credentials {
  std::string_view access_key;
  std::string_view secret_key;
  std::string_view session_token;  // empty: none
};

struct S3Object {
  std::string_view host;    // "bucket.s3.example" or "s3.example:9000"
  std::string_view path;    // "/key" or "/bucket/key", not percent-encoded
  std::string_view region;  // "auto" where the store knows none
  bool inline_only = false;  // the store answers with `content-disposition: inline`: to be shown, not saved
};

// An https address that serves the object until `now` + `seconds` (1 to kMaxPresignSeconds). Invalid for a
// host, region or access key of other characters than such have, a path without its leading slash or with .
// or .. in it.
Result<std::string> presign_get(const S3Object& object, const S3Credentials& credentials,
                                std::uint32_t seconds, Instant now);

namespace detail {

// The same for any duration and any input: the published examples are good for a day.
std::string presign(const S3Object& object, const S3Credentials& credentials, std::uint32_t seconds,
                    Instant now);

}  // namespace detail

}  // namespace connex::evidence
