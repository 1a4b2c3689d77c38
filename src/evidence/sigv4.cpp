#include "evidence/sigv4.hpp"

#include <algorithm>

#include "connex/calendar.hpp"
#include "evidence/hmac.hpp"

namespace connex::evidence {
namespace {

constexpr std::size_t kMaxPath = 1024 + 64;  // an S3 key and its bucket

Error malformed(const char* message) { return {ErrorCode::invalid_argument, message, {}}; }

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool consists_of(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [&](char c) {
    return is_unreserved(c) || more.find(c) != std::string_view::npos;
  });
}

// Percent-encoding with upper-case digits; a path keeps its slashes.
std::string encoded(std::string_view text, bool keep_slash = false) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c) || (keep_slash && c == '/')) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

// "20130524T000000Z"
std::string basic_time(Instant now) {
  std::string text = format_instant(now, UtcOffset{0}).substr(0, 19);  // down to the second
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text += 'Z';
}

bool has_dot_segment(std::string_view path) {
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    start = end + 1;
  }
  return false;
}

Hash signing_key(std::string_view secret, std::string_view date, std::string_view region) {
  SecretBytes start(4 + secret.size());
  std::ranges::copy(std::string_view("AWS4"), start.span().begin());
  std::ranges::copy(secret, start.span().begin() + 4);
  Hash key = hmac_sha256(start.view(), bytes_of(date));
  for (const std::string_view part : {region, std::string_view("s3"), std::string_view("aws4_request")}) {
    key = hmac_sha256(key, bytes_of(part));
  }
  return key;
}

}  // namespace

namespace detail {

std::string presign(const S3Object& object, const S3Credentials& credentials, std::uint32_t seconds,
                    Instant now) {
  const std::string time = basic_time(now);
  const std::string date = time.substr(0, 8);
  const std::string scope = date + "/" + std::string(object.region) + "/s3/aws4_request";
  const std::string path = encoded(object.path, true);

  // In the order of the names, as the canonical form demands.
  std::string query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=";
  query.append(encoded(std::string(credentials.access_key) + "/" + scope));
  query.append("&X-Amz-Date=").append(time).append("&X-Amz-Expires=").append(std::to_string(seconds));
  if (!credentials.session_token.empty()) {
    query.append("&X-Amz-Security-Token=").append(encoded(credentials.session_token));
  }
  query.append("&X-Amz-SignedHeaders=host");
  if (object.inline_only) query.append("&response-content-disposition=inline");

  std::string request = "GET\n" + path + "\n" + query + "\nhost:";
  request.append(object.host).append("\n\nhost\nUNSIGNED-PAYLOAD");
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + to_hex(sha256(bytes_of(request)));
  Hash key = signing_key(credentials.secret_key, date, object.region);
  const Hash signature = hmac_sha256(key, bytes_of(to_sign));
  cleanse(key);

  std::string address = "https://";
  return address.append(object.host)
      .append(path)
      .append("?")
      .append(query)
      .append("&X-Amz-Signature=")
      .append(to_hex(signature));
}

}  // namespace detail

Result<std::string> presign_get(const S3Object& object, const S3Credentials& credentials,
                                std::uint32_t seconds, Instant now) {
  if (seconds == 0 || seconds > kMaxPresignSeconds)
    return malformed("the address must expire within 1 to 900 seconds");
  if (now.micros < 0 || now >= kEndOfTime) return malformed("the time is out of range");
  if (!consists_of(object.host, ":")) return malformed("the bucket's host is malformed: it is a name without a scheme or path");
  if (!consists_of(object.region, {})) return malformed("the bucket's region is malformed");
  if (!consists_of(credentials.access_key, {})) return malformed("the bucket's access key is malformed");
  if (credentials.secret_key.empty()) return malformed("the bucket's secret key is missing");
  if (!object.path.starts_with('/') || object.path.size() < 2 || object.path.size() > kMaxPath ||
      has_dot_segment(object.path)) {
    return malformed("the object's path is malformed");
  }
  return detail::presign(object, credentials, seconds, now);
}

}  // namespace connex::evidence
