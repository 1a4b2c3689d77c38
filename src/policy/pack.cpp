#include "policy/pack.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "evidence/sha256.hpp"
#include "json/canonical.hpp"
#include "json/plain_text.hpp"
#include "json/pointer.hpp"
#include "json/schema.hpp"
#include "json/strict.hpp"
#include "policy/reader.hpp"

namespace connex::policy {
namespace {

const json::Schema& pack_schema() {
  static const json::Schema& schema =
      *new json::Schema(json::Schema::compile(json::parse(pack_schema_json()).value()).value());
  return schema;
}

// Where a value stands: the members and places that lead to it.
struct Place {
  const Place* in = nullptr;
  std::string_view token = {};
};
std::string pointer_to(const Place& place) {
  if (place.in == nullptr) return {};
  std::string pointer = pointer_to(*place.in);
  json::append_token(pointer, place.token);
  return pointer;
}

// What people are shown, and what officers read, hides nothing.
Result<void> check_texts(const boost::json::value& value, const Place& at) {
  if (const boost::json::string* text = value.if_string(); text && !json::is_printable(*text))
    return Error{ErrorCode::invalid_argument, "holds control characters, or such as turn the direction of the text",
                 pointer_to(at)};
  if (const boost::json::object* object = value.if_object())
    for (const auto& [key, member] : *object)
      if (auto checked = check_texts(member, {&at, key}); !checked) return checked;
  if (const boost::json::array* list = value.if_array())
    for (std::size_t i = 0; i < list->size(); ++i)
      if (auto checked = check_texts((*list)[i], {&at, std::to_string(i)}); !checked) return checked;
  return {};
}

// Of what the schema is known to describe.
Result<std::shared_ptr<const PolicyPack>> make_pack(const boost::json::value& value) {
  auto pack = read_pack(value);
  if (!pack) return pack.error();
  pack->canonical = json::canonical(value);
  pack->digest = "sha256:" + evidence::to_hex(evidence::sha256(evidence::bytes_of(pack->canonical)));
  return std::make_shared<const PolicyPack>(std::move(*pack));
}

}  // namespace

Result<std::shared_ptr<const PolicyPack>> load(std::string_view json) {
  const auto value = json::parse(json);
  if (!value) return value.error();
  if (auto checked = pack_schema().validate(*value); !checked) return checked.error();
  if (auto checked = check_texts(*value, {}); !checked) return checked.error();
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
  static const auto& pack =
      *new std::shared_ptr<const PolicyPack>(make_pack(json::parse(default_pack_json()).value()).value());
  return pack;
}

}  // namespace connex::policy
