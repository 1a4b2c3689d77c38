#include "json/schema.hpp"

#include <doctest/doctest.h>

#include <boost/json/value.hpp>
#include <string>

#include "json/strict.hpp"

using connex::ErrorCode;
using connex::json::parse;
using connex::json::Schema;

namespace {

Schema compile(std::string_view text) { return Schema::compile(parse(text).value()).value(); }

std::string refusal(std::string_view schema) {
  const auto compiled = Schema::compile(parse(schema).value());
  REQUIRE_FALSE(compiled.has_value());
  CHECK(compiled.error().code == ErrorCode::unsupported);
  return compiled.error().path;
}

constexpr std::string_view kSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "additionalProperties": false,
  "required": ["id"],
  "definitions": {"id": {"type": "string", "minLength": 1, "maxLength": 8, "pattern": "^[a-z]+$"}},
  "properties": {
    "id": {"$ref": "#/definitions/id"},
    "text": {"type": "string", "maxLength": 100000},
    "kind": {"enum": ["a", "b"]},
    "one": {"const": 1},
    "count": {"type": "integer", "minimum": 1, "maximum": 5},
    "list": {"type": "array", "minItems": 1, "maxItems": 3, "uniqueItems": true, "items": {"$ref": "#/definitions/id"}},
    "inner": {"type": ["object", "null"], "additionalProperties": false, "properties": {"pattern": {"type": "boolean"}}},
    "either": {"anyOf": [{"type": "boolean"}, {"type": "string", "maxLength": 3}]}
  }
})";

// "path: message", or "" where the value is valid.
std::string verdict(const Schema& schema, std::string_view text) {
  const auto checked = schema.validate(parse(text).value());
  if (checked) return "";
  CHECK(checked.error().code == ErrorCode::invalid_argument);
  return checked.error().path + ": " + checked.error().message;
}

}  // namespace

TEST_CASE("JSON schema: the first violation and where it is") {
  const Schema schema = compile(kSchema);
  CHECK(verdict(schema, R"({"id": "abc", "text": "t", "kind": "b", "one": 1, "count": 5, "list": ["a", "b"],
                            "inner": {"pattern": true}, "either": "abc"})") == "");
  CHECK(verdict(schema, R"({"id": "abc", "inner": null, "either": true})") == "");
  CHECK(verdict(schema, "[]") == ": is of the wrong type");
  CHECK(verdict(schema, "{}") == "/id: is missing");
  CHECK(verdict(schema, R"({"id": 1})") == "/id: is of the wrong type");
  CHECK(verdict(schema, R"({"id": ""})") == "/id: text is too short");
  CHECK(verdict(schema, R"({"id": "abcdefghi"})") == "/id: text is too long");
  CHECK(verdict(schema, R"({"id": "AB"})") == "/id: is not of the expected form");
  CHECK(verdict(schema, R"({"id": "a", "x/y": 1})") == "/x~1y: is not known here");
  CHECK(verdict(schema, R"({"id": "a", "it's": 1})") == "/it's: is not known here");
  CHECK(verdict(schema, R"({"id": "a", "kind": "c"})") == "/kind: is none of the permitted values");
  CHECK(verdict(schema, R"({"id": "a", "one": 2})") == "/one: is not the permitted value");
  CHECK(verdict(schema, R"({"id": "a", "count": 0})") == "/count: number is too small");
  CHECK(verdict(schema, R"({"id": "a", "count": 6})") == "/count: number is too large");
  CHECK(verdict(schema, R"({"id": "a", "count": 1.5})") == "/count: is of the wrong type");
  CHECK(verdict(schema, R"({"id": "a", "list": []})") == "/list: has too few items");
  CHECK(verdict(schema, R"({"id": "a", "list": ["a", "b", "c", "d"]})") == "/list: has too many items");
  CHECK(verdict(schema, R"({"id": "a", "list": ["a", "a"]})") == "/list: has equal items");
  CHECK(verdict(schema, R"({"id": "a", "list": ["a", "1"]})") == "/list/1: is not of the expected form");
  CHECK(verdict(schema, R"({"id": "a", "inner": {"pattern": 1}})") == "/inner/pattern: is of the wrong type");
  CHECK(verdict(schema, R"({"id": "a", "either": "abcd"})").starts_with("/either: "));
}

TEST_CASE("JSON schema: length counts characters, not bytes") {
  const Schema schema = compile(R"({"type": "string", "maxLength": 2})");
  CHECK(verdict(schema, "\"\xE0\xA4\x95\xE0\xA4\x96\"") == "");
  CHECK(verdict(schema, "\"abc\"") == ": text is too long");
}

TEST_CASE("JSON schema: a hostile length never reaches a pattern") {
  const Schema schema = compile(kSchema);
  const std::string megabyte(1'000'000, 'a');
  CHECK(verdict(schema, "{\"id\": \"" + megabyte + "\"}") == "/id: text is too long");
  CHECK(verdict(schema, "{\"id\": \"" + megabyte + "\", \"text\": \"short\"}") == "/id: text is too long");
  CHECK(verdict(schema, "{\"id\": \"a\", \"either\": \"" + megabyte + "\"}").starts_with("/either: "));
  CHECK(verdict(schema, "{\"id\": \"a\", \"text\": \"" + std::string(100'000, 'a') + "\"}") == "");
  CHECK(verdict(schema, "{\"id\": \"A\", \"text\": \"" + std::string(100'000, 'a') + "\"}") ==
        "/id: is not of the expected form");
  CHECK(verdict(schema, "{\"id\": \"a\", \"text\": \"" + megabyte + "\"}") == "/text: text is too long");
}

TEST_CASE("JSON schema: text after a NUL is not overlooked") {
  const Schema schema = compile(kSchema);
  CHECK(verdict(schema, R"({"id": "abc\u0000;'"})") == "/id: text holds a NUL character");
  CHECK(verdict(schema, R"({"id": "a", "list": ["a", "b\u0000"]})") == "/list/1: text holds a NUL character");
  CHECK(verdict(schema, R"({"id": "a", "id\u0000x": 1})") == ": key holds a NUL character");
}

TEST_CASE("JSON schema: what a schema may not say") {
  CHECK(refusal(R"({"properties": {"a": {"tpye": "string"}}})") == "/properties/a/tpye");
  CHECK(refusal(R"({"pattern": "^a$"})") == "/pattern");
  CHECK(refusal(R"({"pattern": "^a$", "maxLength": 1025})") == "/pattern");
  CHECK(refusal(R"({"anyOf": [{"pattern": "^a$", "maxLength": 5}]})") == "/anyOf/0/pattern");
  CHECK(
      refusal(
          R"({"definitions": {"a": {"pattern": "^a$", "maxLength": 5}}, "not": {"$ref": "#/definitions/a"}})") ==
      "/not/$ref/pattern");
  CHECK(refusal(R"({"uniqueItems": true})") == "/uniqueItems");
  CHECK(refusal(R"({"$ref": "http://example.org/schema"})") == "/$ref");
  CHECK(refusal(R"({"definitions": {"a": {"items": {"$ref": "#/definitions/a"}}}})")
            .starts_with("/definitions/a/items"));
  CHECK(refusal(R"({"type": "nonsense"})") == "");
  CHECK(refusal("1") == "");
}
