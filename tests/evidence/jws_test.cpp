#include "evidence/jws.hpp"

#include <string>

#include <doctest/doctest.h>

#include "evidence/base64.hpp"

namespace connex::evidence {
namespace {

SigningKey signing_key(std::uint8_t fill = 1) {
  const Bytes seed(32, fill);
  return SigningKey(ByteView(seed).first<32>());
}

std::string with_header(std::string_view header, const SigningKey& key) {
  std::string token = to_base64url(bytes_of(header)) + "." + to_base64url(bytes_of("{}"));
  return token + "." + to_base64url(key.sign(bytes_of(token)));
}

}  // namespace

TEST_CASE("jws: the example of RFC 8037") {
  const Bytes seed = *from_base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
  const SigningKey key(ByteView(seed).first<32>());
  CHECK(to_base64url(key.public_key()) == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  const auto token = sign_jws({}, bytes_of("Example of Ed25519 signing"), key);
  REQUIRE(token);
  CHECK(*token ==
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-"
        "09PGcvMg3AIbQR6dWbhijcNR4ki"
        "4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  CHECK(text_of(*verify_jws(*token, {}, key.public_key())) == "Example of Ed25519 signing");
}

TEST_CASE("jws: a token is good with its own header and key alone") {
  const SigningKey key = signing_key();
  const JwsHeader header{"key-2026", "permit+jws"};
  const std::string token = *sign_jws(header, bytes_of("{}"), key);
  CHECK(text_of(*from_base64url(token.substr(0, token.find('.')))) ==
        R"({"alg":"EdDSA","kid":"key-2026","typ":"permit+jws"})");
  CHECK(*peek_jws_header(token) == header);
  CHECK(verify_jws(token, header, key.public_key()));
  CHECK_FALSE(verify_jws(token, header, signing_key(2).public_key()));
  CHECK_FALSE(verify_jws(token, {"key-2025", "permit+jws"}, key.public_key()));
  CHECK_FALSE(verify_jws(token, {"key-2026", ""}, key.public_key()));
  CHECK_FALSE(verify_jws(token, {}, key.public_key()));
}

TEST_CASE("jws: every flipped bit, cut and addition is refused") {
  const SigningKey key = signing_key();
  const std::string token = *sign_jws({"k", ""}, bytes_of("payload"), key);
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    std::string other = token;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
    CHECK_FALSE(verify_jws(other, {"k", ""}, key.public_key()));
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    CHECK_FALSE(verify_jws(token.substr(0, size), {"k", ""}, key.public_key()));
  }
  for (const char* more : {"=", ".", "A", "AAAA", "\n", " "}) {
    CHECK_FALSE(verify_jws(token + more, {"k", ""}, key.public_key()));
  }
}

TEST_CASE("jws: no header but our own is accepted") {
  const SigningKey key = signing_key();
  CHECK(peek_jws_header(with_header(R"({"alg":"EdDSA"})", key)));
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"typ":"JWT","alg":"EdDSA"})", R"({ "alg":"EdDSA"})",
        R"({"alg":"EdDSA","crit":["exp"],"exp":1})", R"({"alg":"EdDSA","jwk":{}})",
        R"({"alg":"EdDSA","kid":""})", R"({"alg":"EdDSA","typ":"a","kid":"b"})",
        R"({"alg":"EdDSA","kid":"a","kid":"b"})", R"({"alg":"EdDSA","kid":"a\u0062"})", R"({"alg":"EdDSA"}x)",
        R"({"alg":"EdDSA","kid":"a)", "", "{}"}) {
    CAPTURE(std::string(header));
    const std::string token = with_header(header, key);
    CHECK_FALSE(peek_jws_header(token));
    CHECK_FALSE(verify_jws(token, {}, key.public_key()));
  }
}

TEST_CASE("jws: what cannot be signed is refused") {
  const SigningKey key = signing_key();
  CHECK_FALSE(sign_jws({"a\"b", ""}, {}, key));
  CHECK_FALSE(sign_jws({"", "a\nb"}, {}, key));
  CHECK_FALSE(sign_jws({std::string(201, 'a'), ""}, {}, key));
  CHECK_FALSE(sign_jws({}, Bytes(kMaxJwsSize), key));
  const Bytes largest(kMaxJwsSize / 2, 1);
  CHECK(verify_jws(*sign_jws({}, largest, key), {}, key.public_key()));
  CHECK_FALSE(verify_jws(std::string(kMaxJwsSize + 1, '.'), {}, key.public_key()));
}

}  // namespace connex::evidence
