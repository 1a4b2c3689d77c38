#include "json/schema.hpp"

#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "json/pointer.hpp"

#if !VALIJSON_USE_EXCEPTIONS
#error "valijson would abort the process on a bad schema"
#endif

namespace connex::json {
namespace {

using Adapter = valijson::adapters::BoostJsonAdapter;
using boost::json::object;
using boost::json::value;

constexpr std::int64_t kLongestMatched =
    1024;  // characters that a pattern may meet: std::regex recurses per character
constexpr std::int64_t kMostCompared = 256;  // items that uniqueItems may compare, each with each

std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

std::string below(std::string pointer, std::string_view token) {
  append_token(pointer, token);
  return pointer;
}

Error unsupported(std::string message, std::string pointer) {
  return {ErrorCode::unsupported, std::move(message), std::move(pointer)};
}

bool is_at_most(const object& schema, std::string_view keyword, std::int64_t limit) {
  const value* found = schema.if_contains(keyword);
  return found && found->is_int64() && found->get_int64() <= limit;
}

// Walks a schema before valijson sees it: known keywords only, and nothing that could run away on a hostile
// value.
class Inspector {
 public:
  explicit Inspector(const value& root) : root_(root) {}

  Result<void> inspect(const value& schema, const std::string& pointer, bool in_choice, int depth) {
    if (schema.is_bool()) return {};
    if (!schema.is_object()) return unsupported("schema is neither an object nor a boolean", pointer);
    if (depth == 0) return unsupported("schema is nested too deeply or refers to itself", pointer);
    const object& members = schema.get_object();
    for (const auto& member : members) {
      const std::string_view keyword = view(member.key());
      const value& argument = member.value();
      const std::string at = below(pointer, keyword);
      Result<void> inspected;
      if (keyword == "properties" || keyword == "definitions") {
        inspected = inspect_members(argument, at, in_choice, depth);
      } else if (keyword == "items" || keyword == "additionalProperties") {
        inspected = inspect(argument, at, in_choice, depth - 1);
      } else if (keyword == "allOf") {
        inspected = inspect_list(argument, at, in_choice, depth);
      } else if (keyword == "anyOf" || keyword == "oneOf") {
        inspected = inspect_list(argument, at, true, depth);
      } else if (keyword == "not") {
        inspected = inspect(argument, at, true, depth - 1);
      } else if (keyword == "$ref") {
        inspected = inspect_reference(argument, at, in_choice, depth);
      } else if (keyword == "pattern") {
        if (in_choice) return unsupported("a pattern may not stand under anyOf, oneOf or not", at);
        if (!is_at_most(members, "maxLength", kLongestMatched)) {
          return unsupported("a pattern needs a maxLength of at most 1024 beside it", at);
        }
      } else if (keyword == "uniqueItems") {
        if (!is_at_most(members, "maxItems", kMostCompared)) {
          return unsupported("uniqueItems needs a maxItems of at most 256 beside it", at);
        }
      } else if (!is_plain(keyword)) {
        return unsupported("the keyword is not supported", at);
      }
      if (!inspected) return inspected;
    }
    return {};
  }

 private:
  static bool is_plain(std::string_view keyword) {
    for (const std::string_view plain :
         {"$id", "$schema", "title", "description", "type", "enum", "const", "required", "minimum", "maximum",
          "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems",
          "minProperties", "maxProperties"}) {
      if (keyword == plain) return true;
    }
    return false;
  }

  Result<void> inspect_members(const value& schemas, const std::string& pointer, bool in_choice, int depth) {
    if (!schemas.is_object()) return unsupported("schemas by name are expected", pointer);
    for (const auto& member : schemas.get_object()) {
      auto inspected = inspect(member.value(), below(pointer, view(member.key())), in_choice, depth - 1);
      if (!inspected) return inspected;
    }
    return {};
  }

  Result<void> inspect_list(const value& schemas, const std::string& pointer, bool in_choice, int depth) {
    if (!schemas.is_array()) return unsupported("a list of schemas is expected", pointer);
    std::size_t index = 0;
    for (const value& schema : schemas.get_array()) {
      auto inspected = inspect(schema, below(pointer, std::to_string(index++)), in_choice, depth - 1);
      if (!inspected) return inspected;
    }
    return {};
  }

  // The definition is inspected again in the place of its use: it may be fit for one place and not for
  // another.
  Result<void> inspect_reference(const value& reference, const std::string& pointer, bool in_choice,
                                 int depth) {
    constexpr std::string_view kPrefix = "#/definitions/";
    const std::string_view target = reference.is_string() ? view(reference.get_string()) : std::string_view{};
    const value* definitions = root_.is_object() ? root_.get_object().if_contains("definitions") : nullptr;
    const value* found = nullptr;
    if (target.starts_with(kPrefix) && definitions && definitions->is_object()) {
      found = definitions->get_object().if_contains(target.substr(kPrefix.size()));
    }
    if (!found) return unsupported("the reference names no definition of this schema", pointer);
    return inspect(*found, pointer, in_choice, depth - 1);
  }

  const value& root_;
};

// A copy without patterns. Only ever used on a schema that was inspected, in which the key `pattern` is
// either the keyword or the name of a property, told apart by what it holds.
value without_patterns(const value& schema) {
  if (const auto* list = schema.if_array()) {
    boost::json::array copy;
    for (const value& element : *list) copy.push_back(without_patterns(element));
    return copy;
  }
  if (const auto* members = schema.if_object()) {
    object copy;
    for (const auto& member : *members) {
      if (member.key() == "pattern" && member.value().is_string()) continue;
      copy.emplace(member.key(), without_patterns(member.value()));
    }
    return copy;
  }
  return schema;
}

// What valijson's adapter would misread: it cuts text at a NUL and takes integers beyond std::int64_t for
// none at all. Also finds out whether any text is longer than a pattern may meet.
Result<void> scan(const value& v, const std::string& pointer, bool& has_long_text) {
  const auto is_fit = [](std::string_view text) { return text.find('\0') == std::string_view::npos; };
  switch (v.kind()) {
    case boost::json::kind::string:
      has_long_text |= v.get_string().size() > static_cast<std::size_t>(kLongestMatched);
      if (!is_fit(view(v.get_string()))) {
        return Error{ErrorCode::invalid_argument, "text holds a NUL character", pointer};
      }
      return {};
    case boost::json::kind::uint64:
      if (v.get_uint64() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return Error{ErrorCode::invalid_argument, "integer is out of range", pointer};
      }
      return {};
    case boost::json::kind::array: {
      std::size_t index = 0;
      for (const value& element : v.get_array()) {
        auto scanned = scan(element, below(pointer, std::to_string(index++)), has_long_text);
        if (!scanned) return scanned;
      }
      return {};
    }
    case boost::json::kind::object:
      for (const auto& member : v.get_object()) {
        if (!is_fit(view(member.key()))) {
          return Error{ErrorCode::invalid_argument, "key holds a NUL character", pointer};
        }
        auto scanned = scan(member.value(), below(pointer, view(member.key())), has_long_text);
        if (!scanned) return scanned;
      }
      return {};
    default:
      return {};
  }
}

// valijson's words, which may repeat the input, in ours, which do not. Its first error is the deepest one.
Error explain(valijson::ValidationResults& results) {
  valijson::ValidationResults::Error found;
  Error error{ErrorCode::invalid_argument, "does not match the schema", {}};
  if (!results.popError(found)) return error;
  for (std::size_t i = 1; i < found.context.size(); ++i) {  // "<root>", "[name]", "[0]", ...
    append_token(error.path, std::string_view(found.context[i]).substr(1, found.context[i].size() - 2));
  }

  const std::string_view description = found.description;
  const auto names_member = [&](std::string_view prefix) {  // prefix + "'name'."
    if (!description.starts_with(prefix) || !description.ends_with("'.")) return false;
    append_token(error.path, description.substr(prefix.size(), description.size() - prefix.size() - 2));
    return true;
  };
  struct Wording {
    std::string_view theirs, ours;
  };
  constexpr Wording kWordings[] = {
      {"Value type not permitted", "is of the wrong type"},
      {"Failed to match regex", "is not of the expected form"},
      {"Failed to match against any enum", "is none of the permitted values"},
      {"Failed to match expected value", "is not the permitted value"},
      {"String should be no more", "text is too long"},
      {"String should be no fewer", "text is too short"},
      {"Array should contain no more", "has too many items"},
      {"Array should contain no fewer", "has too few items"},
      {"Elements at indexes", "has equal items"},
      {"Object should have no more", "has too many members"},
      {"Object should have no fewer", "has too few members"},
      {"Expected number less", "number is too large"},
      {"Expected number greater", "number is too small"},
  };
  if (names_member("Missing required property '")) {
    error.message = "is missing";
  } else if (names_member("Object contains a property that could not be validated using 'properties' or "
                          "'additionalProperties' constraints: '")) {
    error.message = "is not known here";
  } else {
    for (const Wording& wording : kWordings) {
      if (description.starts_with(wording.theirs)) error.message = wording.ours;
    }
  }
  return error;
}

void populate(const value& source, valijson::Schema& schema) {
  valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(Adapter(source), schema);
}

}  // namespace

struct Schema::Compiled {
  valijson::Schema shape;  // everything but the patterns
  valijson::Schema whole;
  std::mutex mutex;  // guards the validator, which caches the patterns it has compiled
  valijson::Validator validator;

  Result<void> check(const valijson::Schema& schema, const value& v) {
    valijson::ValidationResults results;
    if (validator.validate(schema, Adapter(v), &results)) return {};
    return explain(results);
  }
};

Schema::Schema(std::unique_ptr<Compiled> compiled) noexcept : compiled_(std::move(compiled)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

Result<Schema> Schema::compile(const value& schema) {
  if (auto inspected = Inspector(schema).inspect(schema, "", false, 32); !inspected) return inspected.error();
  auto compiled = std::make_unique<Compiled>();
  try {
    populate(without_patterns(schema), compiled->shape);
    populate(schema, compiled->whole);
  } catch (const std::exception&) {
    return unsupported("not a JSON Schema of draft 7", "");
  }
  return Schema(std::move(compiled));
}

Result<void> Schema::validate(const value& v) const {
  bool has_long_text = false;
  if (auto scanned = scan(v, "", has_long_text); !scanned) return scanned;
  const std::lock_guard lock(compiled_->mutex);
  if (has_long_text) {  // refused by its length before a pattern meets it
    if (auto checked = compiled_->check(compiled_->shape, v); !checked) return checked;
  }
  return compiled_->check(compiled_->whole, v);
}

}  // namespace connex::json
