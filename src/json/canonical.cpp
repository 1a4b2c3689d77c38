#include "json/canonical.hpp"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace connex::json {
namespace {

using boost::json::kind;
using Member = boost::json::key_value_pair;

// Orders UTF-8 as its UTF-16 code units would be: bytes compare like code points, except that the code points
// U+E000..U+FFFF (lead bytes EE, EF) come after all the planes above them (F0..F4), which are written as
// surrogates.
bool utf16_less(std::string_view a, std::string_view b) {
  const auto rank = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0xEE || byte == 0xEF ? byte + 0x10 : int{byte};
  };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

void write_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (const auto byte = static_cast<unsigned char>(c); byte < 0x20) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// ECMAScript's Number::toString: the shortest digits that read back as the same double, written out as long
// as the decimal point lies within 21 digits, and with an exponent otherwise.
void write_number(double value, std::string& out) {
  if (!std::isfinite(value)) throw std::invalid_argument("canonical JSON has no infinity and no NaN");
  if (value == 0) {
    out += '0';  // -0 too
    return;
  }
  if (value < 0) out += '-';
  std::array<char, 32> buffer;  // d.ddde+dd
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                     std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::size_t sign = text[e + 1] == '+' ? 1 : 0;  // from_chars takes no plus
  std::from_chars(text.data() + e + 1 + sign, text.data() + text.size(), exponent);
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);

  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // where the decimal point stands, counted from the first digit
  if (count <= point && point <= 21) {
    out += digits;
    out.append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out += digits.insert(static_cast<std::size_t>(point), 1, '.');
  } else if (-6 < point && point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-point), '0');
    out += digits;
  } else {
    if (count > 1) digits.insert(1, 1, '.');
    out += digits;
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::abs(exponent));
  }
}

void write(const boost::json::value& value, std::string& out) {
  switch (value.kind()) {
    case kind::null:
      out += "null";
      return;
    case kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case kind::int64:
      write_number(static_cast<double>(value.get_int64()), out);
      return;
    case kind::uint64:
      write_number(static_cast<double>(value.get_uint64()), out);
      return;
    case kind::double_:
      write_number(value.get_double(), out);
      return;
    case kind::string:
      write_string(value.get_string(), out);
      return;
    case kind::array: {
      char separator = '[';
      for (const auto& element : value.get_array()) {
        out += separator;
        write(element, out);
        separator = ',';
      }
      if (separator == '[') out += '[';
      out += ']';
      return;
    }
    case kind::object: {
      std::vector<const Member*> members;
      members.reserve(value.get_object().size());
      for (const Member& member : value.get_object()) members.push_back(&member);
      std::sort(members.begin(), members.end(),
                [](const Member* a, const Member* b) { return utf16_less(a->key(), b->key()); });
      out += '{';
      for (const Member* member : members) {
        if (member != members.front()) out += ',';
        write_string(member->key(), out);
        out += ':';
        write(member->value(), out);
      }
      out += '}';
      return;
    }
  }
}

}  // namespace

std::string canonical(const boost::json::value& value) {
  std::string out;
  write(value, out);
  return out;
}

}  // namespace connex::json
