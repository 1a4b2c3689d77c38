// The arguments of a command: declared in a table, validated whole before a handler sees them.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "connex/calendar.hpp"
#include "connex/names.hpp"
#include "connex/result.hpp"

namespace connex::services {

enum class ArgumentType : std::uint8_t {
  id,    // 1-128 characters of A-Z a-z 0-9 . _ : -
  line,  // text on one line
  text,  // not blank, no control characters but line breaks and tabs, at most `limit` bytes
  boolean,
  integer,  // 0..limit
  instant,  // RFC 3339 with an offset
  day,      // YYYY-MM-DD
  sha256,   // 64 hexadecimal digits
  email,
  phone,
  choice,  // one of `choices`
};

struct Argument {
  std::string_view name;
  ArgumentType type = ArgumentType::id;
  bool required = false;
  std::string_view text;  // one line of documentation
  std::int64_t limit = 256;
  std::span<const std::string_view> choices = {};
};

// Whether `text` is an id as the contract defines it.
bool is_id(std::string_view text) noexcept;

// Checks `value`, which stands at `pointer`, against `declared`; an error names the argument by its JSON
// pointer and never repeats its value.
Result<void> validate(const boost::json::object& value, std::span<const Argument> declared,
                      std::string_view pointer = "/args");

// Validated arguments. A getter returns nothing (or empty) for an argument that was not given.
class Arguments {
 public:
  explicit Arguments(const boost::json::object& object) : object_(object) {}

  bool has(std::string_view name) const { return object_.if_contains(name) != nullptr; }
  std::string_view text(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  Instant instant(std::string_view name) const;
  Day day(std::string_view name) const;

 private:
  const boost::json::object& object_;
};

}  // namespace connex::services

template <>
struct connex::Names<connex::services::ArgumentType> {
  static constexpr std::string_view list[] = {"id",  "line",   "text",  "boolean", "integer", "instant",
                                              "day", "sha256", "email", "phone",   "choice"};
};
