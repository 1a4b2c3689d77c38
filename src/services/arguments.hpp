// The arguments of a command: declared in a table, validated whole before a handler sees them.
#pragma once

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/calendar.hpp"
#include "connex/names.hpp"
#include "connex/result.hpp"

namespace connex::services {

enum class ArgumentType : std::uint8_t {
  id,    // 1-128 characters of A-Z a-z 0-9 . _ : -
  line,  // text on one line
  text,  // not blank, no control characters but line breaks and tabs, at most `limit` bytes
  boolean,
  integer,  // least..limit
  instant,  // RFC 3339 with an offset
  day,      // YYYY-MM-DD, from 1900 on
  sha256,   // 64 hexadecimal digits
  email,
  phone,
  choice,  // one of `choices`
  ids,      // a list of 1..limit ids
  object,   // of `members`; of anything where none are declared
  objects,  // a list of 1..limit objects of `members`
  scalar,   // text on one line, a number, true or false
};

struct Argument {
  std::string_view name;
  ArgumentType type = ArgumentType::id;
  bool required = false;
  std::string_view text;  // one line of documentation
  std::int64_t limit = 256;
  std::span<const std::string_view> choices = {};
  std::span<const Argument> members = {};
  bool redacted =
      false;  // the command hides contact details in it, card numbers too, before it keeps the text
  std::int64_t least = 0;  // of an integer
};

// How many of something: an integer of 1..limit.
constexpr Argument how_many(std::string_view name, std::string_view text, std::int64_t limit, bool required = false) {
  Argument count{name, ArgumentType::integer, required, text, limit};
  count.least = 1;
  return count;
}

// Two lists of arguments as one.
template <std::size_t A, std::size_t B>
constexpr std::array<Argument, A + B> join(const std::array<Argument, A>& a,
                                           const std::array<Argument, B>& b) {
  std::array<Argument, A + B> all;
  std::copy(b.begin(), b.end(), std::copy(a.begin(), a.end(), all.begin()));
  return all;
}

// Moments that a request names lie before this: dates that follow from them must be writable. 9000-01-01, UTC.
inline constexpr Instant kLatestMoment{std::int64_t{221'845'392'000} * kMicrosPerSecond};

// Limits of arguments that many commands take.
inline constexpr std::int64_t kMaxName = 200;
inline constexpr std::int64_t kMaxLocator = 1024;
inline constexpr std::int64_t kMaxNumber = (std::int64_t{1} << 53) - 1;  // beyond it JSON is not read

// Whether `text` is an id as the contract defines it.
bool is_id(std::string_view text) noexcept;

// A member's name as an error may repeat it: written like those of the contract, in small letters and `_`, it
// names a field; `?` for any other, which may hold anything.
std::string_view safe_name(std::string_view name) noexcept;
// The same for each name in a JSON pointer; numbers of a few digits are places in a list.
std::string safe_pointer(std::string_view pointer);

// How large a value may be, with the unit; empty where the type says it.
std::string range_of(const Argument& argument);

// Checks `value`, which stands at `pointer`, against `declared`; an error names the argument by its JSON
// pointer and never repeats its value.
Result<void> validate(const boost::json::object& value, std::span<const Argument> declared,
                      std::string_view pointer = "/args");

// Refuses card numbers (C2.1-e) and passwords (C4-i) in every free text of valid arguments, whatever the
// command is: nothing may keep them. Card numbers pass in texts that the command redacts.
Result<void> refuse_secrets(const boost::json::object& value, std::span<const Argument> declared,
                            std::string_view pointer = "/args");

// A member that is null says nothing, as one that is absent.
inline void drop_nulls(boost::json::object& given) {
  for (auto member = given.begin(); member != given.end();)
    member = member->value().is_null() ? given.erase(member) : member + 1;
}

// Validated arguments. A getter returns nothing (or empty) for an argument that was not given.
class Arguments {
 public:
  explicit Arguments(const boost::json::object& object) : object_(object) {}

  bool has(std::string_view name) const { return object_.if_contains(name) != nullptr; }
  const boost::json::value* value(std::string_view name) const { return object_.if_contains(name); }
  std::string_view text(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::vector<std::string> ids(std::string_view name) const;
  const boost::json::object* object(std::string_view name) const;
  Instant instant(std::string_view name) const;
  Day day(std::string_view name) const;

 private:
  const boost::json::object& object_;
};

}  // namespace connex::services

template <>
struct connex::Names<connex::services::ArgumentType> {
  static constexpr std::string_view list[] = {"id",      "line", "text",   "boolean", "integer",
                                              "instant", "day",  "sha256", "email",   "phone",
                                              "choice",  "ids",  "object", "objects", "scalar"};
};
