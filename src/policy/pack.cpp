#include "policy/pack.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "json/canonical.hpp"
#include "json/schema.hpp"
#include "json/strict.hpp"
#include "policy/reader.hpp"

namespace connex::policy {
namespace {

const json::Schema& pack_schema() {
  static const json::Schema schema = json::Schema::compile(json::parse(pack_schema_json()).value()).value();
  return schema;
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, 32> hash{};
  if (EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  std::string hex;
  for (const unsigned char byte : hash) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

// Of what the schema is known to describe.
Result<std::shared_ptr<const PolicyPack>> make_pack(const boost::json::value& value) {
  auto pack = read_pack(value);
  if (!pack) return pack.error();
  pack->canonical = json::canonical(value);
  pack->digest = "sha256:" + sha256_hex(pack->canonical);
  return std::make_shared<const PolicyPack>(std::move(*pack));
}

}  // namespace

Result<std::shared_ptr<const PolicyPack>> load(std::string_view json) {
  const auto value = json::parse(json);
  if (!value) return value.error();
  if (auto checked = pack_schema().validate(*value); !checked) return checked.error();
  auto pack = make_pack(*value);
  if (!pack) return pack;
  for (const auto check : {check_conditions, check_countries})
    if (auto checked = check(**pack); !checked) return checked.error();
  return pack;
}

Result<std::shared_ptr<const PolicyPack>> load_filed(std::string_view json) {
  const auto value = json::parse(json);
  if (!value) return value.error();
  boost::json::value completed = *value;
  if (boost::json::object* root = completed.if_object()) root->emplace("dependencies", boost::json::array());
  boost::json::error_code none;
  if (boost::json::value* days = completed.find_pointer("/notices/processor_days", none); days && days->is_int64())
    *days = std::max<std::int64_t>(days->get_int64(), kLeastProcessorDays);
  if (boost::json::value* seconds = completed.find_pointer("/recording/permit_ttl_seconds", none);
      seconds && seconds->is_int64())
    *seconds = std::min<std::int64_t>(seconds->get_int64(), kLongestPermitSeconds);
  if (auto checked = pack_schema().validate(completed); !checked) return checked.error();
  return make_pack(*value);
}

std::shared_ptr<const PolicyPack> default_pack() {
  static const std::shared_ptr<const PolicyPack> pack =
      make_pack(json::parse(default_pack_json()).value()).value();
  return pack;
}

}  // namespace connex::policy
