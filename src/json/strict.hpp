// Reading JSON from outside: RFC 8259 to the letter, bounded, and without the ambiguities it leaves open.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>

#include "connex/result.hpp"

namespace connex::json {

struct Limits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t depth = 32;  // nested arrays and objects
};

// The value that `text` holds. Refused with invalid_argument: anything but one RFC 8259 value in valid UTF-8,
// a string that is not valid UTF-8 or holds half a surrogate pair (`path` points to it), a repeated key (likewise), an integer beyond 2^53 - 1 or a number that no double can hold, and
// whatever exceeds the limits. Numbers are read exactly: an integer as std::int64_t, any other as the nearest
// double. The message gives the byte where reading stopped and never repeats the text.
Result<boost::json::value> parse(std::string_view text, const Limits& limits = {});

}  // namespace connex::json
