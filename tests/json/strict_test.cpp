#include "json/strict.hpp"

#include <doctest/doctest.h>

#include <string>

using connex::ErrorCode;
using connex::json::Limits;
using connex::json::parse;

namespace {

connex::Error error_of(std::string_view text, const Limits& limits = {}) {
  const auto result = parse(text, limits);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::invalid_argument);
  return result.error();
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("strict JSON: values are read exactly") {
  CHECK(parse("null")->is_null());
  CHECK(parse(" [true, false] ")->get_array().size() == 2);
  CHECK(parse("\"\\u20ac \\ud83d\\ude00\"")->get_string() == "\xE2\x82\xAC \xF0\x9F\x98\x80");
  CHECK(parse("{\"a\\u0062\": 1}")->at("ab").get_int64() == 1);
  CHECK(parse("9007199254740991")->get_int64() == 9007199254740991);
  CHECK(parse("-9007199254740991")->get_int64() == -9007199254740991);
  CHECK(parse("1.0")->get_double() == 1.0);
  CHECK(parse("333333333.33333329")->get_double() == 333333333.33333329);
  CHECK(parse("1.7976931348623157e308")->get_double() == 1.7976931348623157e308);
  CHECK(parse("-1e-78")->get_double() == -1e-78);
  CHECK(parse("9.5367431640625e-7")->get_double() == 9.5367431640625e-7);
  CHECK(parse("5e-324")->get_double() == 5e-324);
}

TEST_CASE("strict JSON: what RFC 8259 does not allow is refused") {
  for (const std::string_view text : {"",
                                      " ",
                                      "nul",
                                      "True",
                                      "NaN",
                                      "Infinity",
                                      "-Infinity",
                                      "+1",
                                      "01",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "0x10",
                                      "'a'",
                                      "\"a",
                                      "\"\t\"",
                                      "\"\\x\"",
                                      "\"\\ud800\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\\udc00\"",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "[",
                                      "{\"a\":}",
                                      "{\"a\"}",
                                      "{a:1}",
                                      "{\"a\":1,}",
                                      "{1:2}",
                                      "// c\n1",
                                      "/* c */1",
                                      "1 // c",
                                      "1 1",
                                      "[] x",
                                      "nullnull",
                                      "\xEF\xBB\xBF{}",
                                      "\xA0",
                                      "{\"a\":1}}"}) {
    CAPTURE(text);
    error_of(text);
  }
  error_of(std::string_view("\0", 1));
  error_of(std::string_view("[]\0", 3));
}

TEST_CASE("strict JSON: text is valid UTF-8") {
  for (const std::string_view bytes : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80",
                                       "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"}) {
    const std::string quoted = '"' + std::string(bytes) + '"';
    error_of(quoted);
    error_of('{' + quoted + ": 1}");
  }
  CHECK(parse("\"\xF4\x8F\xBF\xBF\"").has_value());
}

TEST_CASE("strict JSON: a string that is no Unicode is named by its pointer") {
  for (const std::string_view half : {R"(\ud800)", R"(\uDBFF!)", R"(\ud800\u0041)", R"(\ud83d\n)", R"(\udc00)", "\xFF",
                                      "\xED\xA0\x80", "\xC0\xAF", "\xF4\x90\x80\x80", "\xE0\x80\x80", "\xC3("}) {
    CAPTURE(half);
    const std::string bad = "\"a" + std::string(half) + '"';
    const auto refused_at = [&](const std::string& text, std::string_view path) {
      const connex::Error error = error_of(text);
      CHECK(error.message.starts_with("text is not valid UTF-8 at byte "));
      CHECK(error.path == path);
    };
    refused_at(bad, "");
    refused_at('[' + bad + ']', "/0");
    refused_at(R"({"a": [0, {"b": 1}, )" + bad + "]}", "/a/2");
    refused_at(R"({"a": [], "b": {"c": [{}, {"d": )" + bad + "}]}}", "/b/c/1/d");
    refused_at(R"({"a": {"b": 1, )" + bad + ": 1}}", "/a");  // a key has no name then
    refused_at('{' + bad + ": 1}", "");
  }
  CHECK(error_of(R"({"a": \ud800})").message == "not valid JSON at byte 6");
  CHECK(error_of("{\"a\": x, \"b\": \"\xFF\"}").message == "not valid JSON at byte 6");
}

TEST_CASE("strict JSON: a repeated key is named by its pointer") {
  CHECK(error_of(R"({"a": 1, "a": 1})").path == "/a");
  CHECK(error_of(R"({"a": [0, {"b": 1}, {"x": [], "c": {}, "c": 2}]})").path == "/a/2/c");
  CHECK(error_of(R"({"a/b~c": {"": 1, "": 2}})").path == "/a~1b~0c/");
  CHECK(error_of("{\"ab\": 1, \"\\u0061b\": 2}").path == "/ab");
  CHECK(parse(R"([{"a": {"a": 1}}, {"a": 1}])").has_value());
  CHECK(error_of(R"({")" + std::string(600, 'k').append(R"(": {"a": 1, "a": 2}})")).path == "/a");
  std::string many = "{";
  for (int n = 0; n < 40; ++n) many += "\"k" + std::to_string(n) + "\": 0, ";
  CHECK(parse(many + R"("last": 0})").has_value());
  for (int n = 0; n < 40; ++n)
    CHECK(error_of(many + "\"k" + std::to_string(n) + R"(": 0})").path == "/k" + std::to_string(n));
}

TEST_CASE("strict JSON: numbers that would lose their value are refused") {
  for (const std::string_view text : {"9007199254740992", "-9007199254740992", "18446744073709551615",
                                      "18446744073709551616", "1e309", "-1e400", "1e-400"}) {
    CAPTURE(text);
    CHECK(error_of(text).message.find("out of range") != std::string::npos);
  }
  CHECK(error_of(R"({"n": [1, 9007199254740992]})").path == "/n/1");
}

TEST_CASE("strict JSON: limits") {
  CHECK(parse(nested(32)).has_value());
  CHECK(error_of(nested(33)).message == "JSON is nested deeper than 32 levels at byte 32");
  CHECK(parse("[[]]", {.depth = 2}).has_value());
  error_of("[[[]]]", {.depth = 2});
  CHECK(parse("1234", {.bytes = 4}).has_value());
  CHECK(error_of("12345", {.bytes = 4}).message == "JSON is longer than 4 bytes");
  error_of(std::string(1 << 20, '['));
}

TEST_CASE("strict JSON: messages say where and never what") {
  CHECK(error_of("{\"phone\": 98450x}").message == "not valid JSON at byte 15");
  CHECK(error_of("{\"phone\": 9").message == "JSON ends before its value is complete at byte 11");
  CHECK(error_of("{} {}").message == "more text follows the JSON value at byte 3");
}
