#include "evidence/sigv4.hpp"

#include <string>

#include <doctest/doctest.h>

#include "connex/calendar.hpp"

namespace connex::evidence {
namespace {

// The published example of a pre-signed address.
const S3Credentials kCredentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const S3Object kObject{"examplebucket.s3.amazonaws.com", "/test.txt", "us-east-1"};
const Instant kNow = *parse_instant("2013-05-24T00:00:00Z");

bool signs(S3Object object, S3Credentials credentials = kCredentials, std::uint32_t seconds = 900,
           Instant now = kNow) {
  return presign_get(object, credentials, seconds, now).has_value();
}

std::string signature(const std::string& address) {
  return address.substr(address.find("&X-Amz-Signature="));
}

}  // namespace

TEST_CASE("sigv4: the published example") {
  CHECK(detail::presign(kObject, kCredentials, 86'400, kNow) ==
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_CASE("sigv4: an address is good for 1 to 900 seconds") {
  CHECK(signs(kObject, kCredentials, 1));
  CHECK(signs(kObject, kCredentials, 900));
  CHECK_FALSE(signs(kObject, kCredentials, 0));
  CHECK_FALSE(signs(kObject, kCredentials, 901));
  CHECK_FALSE(signs(kObject, kCredentials, 86'400));
}

TEST_CASE("sigv4: everything is signed") {
  const std::string one = signature(*presign_get(kObject, kCredentials, 900, kNow));
  const auto differs = [&](S3Object object, S3Credentials credentials, std::uint32_t seconds, Instant now) {
    return signature(*presign_get(object, credentials, seconds, now)) != one;
  };
  CHECK_FALSE(differs(kObject, kCredentials, 900, Instant{kNow.micros + 999'999}));
  CHECK(differs({"other.example", kObject.path, kObject.region}, kCredentials, 900, kNow));
  CHECK(differs({kObject.host, "/other.txt", kObject.region}, kCredentials, 900, kNow));
  CHECK(differs({kObject.host, kObject.path, "auto"}, kCredentials, 900, kNow));
  CHECK(differs(kObject, {"other", kCredentials.secret_key, ""}, 900, kNow));
  CHECK(differs(kObject, {kCredentials.access_key, "other", ""}, 900, kNow));
  CHECK(differs(kObject, {kCredentials.access_key, kCredentials.secret_key, "token"}, 900, kNow));
  CHECK(differs({kObject.host, kObject.path, kObject.region, true}, kCredentials, 900, kNow));
  CHECK(differs(kObject, kCredentials, 899, kNow));
  CHECK(differs(kObject, kCredentials, 900, Instant{kNow.micros + kMicrosPerSecond}));
}

TEST_CASE("sigv4: paths and tokens are encoded") {
  const std::string address = *presign_get({"s3.example:9000", "/bucket/a b/\u00e9+&=?#%.txt", "auto"},
                                           {"id", "secret", "a/b+c="}, 60, kNow);
  CHECK(address.starts_with(
      "https://s3.example:9000/bucket/a%20b/%C3%A9%2B%26%3D%3F%23%25.txt?X-Amz-Algorithm="));
  CHECK(address.find("&X-Amz-Expires=60&X-Amz-Security-Token=a%2Fb%2Bc%3D&X-Amz-SignedHeaders=host") !=
        std::string::npos);
}

TEST_CASE("sigv4: malformed input is refused") {
  for (const char* host : {"", "a/b", "a@b", "a b", "a?b", "a\nb", "a#b"})
    CHECK_FALSE(signs({host, "/k", "auto"}));
  for (const char* path : {"", "/", "key", "/a/../b", "/..", "/.", "/a/.", "/./a"}) {
    CAPTURE(std::string(path));
    CHECK_FALSE(signs({"h", path, "auto"}));
  }
  CHECK(signs({"h", "/a..b/...", "auto"}));
  CHECK_FALSE(signs({"h", "/" + std::string(2000, 'a'), "auto"}));
  CHECK_FALSE(signs({"h", "/k", ""}));
  CHECK_FALSE(signs({"h", "/k", "a/b"}));
  CHECK_FALSE(signs(kObject, {"", "s", ""}));
  CHECK_FALSE(signs(kObject, {"a/b", "s", ""}));
  CHECK_FALSE(signs(kObject, {"a", "", ""}));
  CHECK_FALSE(signs(kObject, kCredentials, 900, Instant{-1}));
  CHECK_FALSE(signs(kObject, kCredentials, 900, kEndOfTime));
}

}  // namespace connex::evidence
