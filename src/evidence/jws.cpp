#include "evidence/jws.hpp"

#include <algorithm>
#include <optional>

#include "evidence/base64.hpp"

namespace connex::evidence {
namespace {

constexpr std::string_view kStart = R"({"alg":"EdDSA")";
constexpr std::string_view kKeyId = R"(,"kid":")";
constexpr std::string_view kType = R"(,"typ":")";

Error malformed(const char* message) { return {ErrorCode::invalid_argument, message, {}}; }

bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._:~+/").find(c) != std::string_view::npos;
}

bool is_plain_text(std::string_view text) {
  return text.size() <= 200 && std::ranges::all_of(text, is_plain);
}

std::string header_text(const JwsHeader& header) {
  std::string text(kStart);
  if (!header.key_id.empty()) text.append(kKeyId).append(header.key_id).append("\"");
  if (!header.type.empty()) text.append(kType).append(header.type).append("\"");
  return text += '}';
}

// Cuts `name` and the plain text behind it off `text`; empty when `text` does not start so.
std::string take_member(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name)) return {};
  const std::size_t end = text.find('"', name.size());
  if (end == std::string_view::npos) return {};
  std::string value(text.substr(name.size(), end - name.size()));
  text.remove_prefix(end + 1);
  return value;
}

struct Parts {
  std::string_view header, payload, signature;
};

std::optional<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (token.size() > kMaxJwsSize || second == std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1)};
}

}  // namespace

Result<std::string> sign_jws(const JwsHeader& header, ByteView payload, const SigningKey& key) {
  if (!is_plain_text(header.key_id) || !is_plain_text(header.type))
    return malformed("the token's header is malformed");
  if (payload.size() > kMaxJwsSize / 2) return malformed("the token's payload is too large");
  std::string token = to_base64url(bytes_of(header_text(header))) + "." + to_base64url(payload);
  const Signature signature = key.sign(bytes_of(token));
  return token.append(".").append(to_base64url(signature));
}

Result<JwsHeader> peek_jws_header(std::string_view token) {
  const auto parts = split(token);
  const auto bytes = parts ? from_base64url(parts->header) : std::nullopt;
  if (!bytes) return malformed("not a signed token");
  const std::string_view text = text_of(*bytes);
  JwsHeader header;
  if (text.starts_with(kStart)) {
    std::string_view rest = text.substr(kStart.size());
    header.key_id = take_member(rest, kKeyId);
    header.type = take_member(rest, kType);
  }
  if (!is_plain_text(header.key_id) || !is_plain_text(header.type) || header_text(header) != text) {
    return Error{ErrorCode::unsupported, "the token has an unknown header", {}};
  }
  return header;
}

Result<Bytes> verify_jws(std::string_view token, const JwsHeader& expected, const PublicKey& key) {
  const auto parts = split(token);
  if (!parts) return malformed("not a signed token");
  if (parts->header != to_base64url(bytes_of(header_text(expected)))) {
    return Error{ErrorCode::unauthenticated, "the token has another header than expected", {}};
  }
  auto payload = from_base64url(parts->payload);
  const auto signature = from_base64url(parts->signature);
  if (!payload || !signature) return malformed("not a signed token");
  const std::string_view signed_text = token.substr(0, parts->header.size() + 1 + parts->payload.size());
  if (!verify_signature(key, bytes_of(signed_text), *signature)) {
    return Error{ErrorCode::unauthenticated, "the token's signature is wrong", {}};
  }
  return std::move(*payload);
}

}  // namespace connex::evidence
