#include "json/strict.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "json/pointer.hpp"

namespace connex::json {
namespace {

using boost::json::error_code;

// Integers beyond this lose digits in the many readers that hold numbers as doubles (RFC 8259 section 6).
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

// The keys of one object so far. Most have few, which are compared one by one.
class Keys {
 public:
  // False when it is there already.
  bool insert(const std::string& key) {
    constexpr std::size_t kFew = 16;
    if (few_.size() == kFew) return std::find(few_.begin(), few_.end(), key) == few_.end() && more_.insert(key).second;
    if (std::find(few_.begin(), few_.end(), key) != few_.end()) return false;
    if (few_.empty()) few_.reserve(kFew / 2);
    few_.push_back(key);
    return true;
  }

 private:
  std::vector<std::string> few_;
  std::set<std::string> more_;
};

// Builds the value and keeps, for every object still open, the keys seen so far.
class Handler {
 public:
  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();

  bool on_document_begin(error_code&) {
    stack_.reset();
    return true;
  }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return open(false); }
  bool on_object_end(std::size_t count, error_code&) {
    open_.pop_back();
    stack_.push_object(count);
    return true;
  }
  bool on_array_begin(error_code&) { return open(true); }
  bool on_array_end(std::size_t count, error_code&) {
    open_.pop_back();
    stack_.push_array(count);
    return true;
  }

  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(boost::json::string_view part, std::size_t, error_code& ec) {
    key_.append(part.data(), part.size());
    Container& object = open_.back();
    const bool is_new = object.keys.insert(key_);
    object.key = std::exchange(key_, {});
    object.has_key = true;
    if (!is_new) return fail("key is repeated in its object", ec);
    stack_.push_key(object.key);
    return true;
  }

  bool on_string_part(boost::json::string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(boost::json::string_view part, std::size_t, error_code&) {
    begin_value();
    stack_.push_string(part);
    return true;
  }

  bool on_number_part(boost::json::string_view part, error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, boost::json::string_view, error_code& ec) {
    begin_value();
    number_.clear();
    if (value > kLargestInteger || value < -kLargestInteger) return fail("integer is out of range", ec);
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t, boost::json::string_view, error_code& ec) {
    begin_value();
    return fail("integer is out of range", ec);  // only reported for values beyond std::int64_t
  }
  // The double that Boost computes may be off by one unit in the last place; from_chars is exact.
  bool on_double(double, boost::json::string_view part, error_code& ec) {
    begin_value();
    number_.append(part.data(), part.size());
    const std::string text = std::exchange(number_, {});
    if (text.find_first_of(".eE") == std::string::npos) return fail("integer is out of range", ec);
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) return fail("number is out of range", ec);
    stack_.push_double(value);
    return true;
  }
  bool on_bool(bool value, error_code&) {
    begin_value();
    stack_.push_bool(value);
    return true;
  }
  bool on_null(error_code&) {
    begin_value();
    stack_.push_null();
    return true;
  }

  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }

  boost::json::value release() { return stack_.release(); }
  std::optional<Error> take_failure() { return std::exchange(failure_, {}); }

  // Where the value is that was being read; the object, while a key of it was.
  std::string reading() const {
    std::string pointer;
    for (const Container& container : open_) {
      const bool last = &container == &open_.back();
      if (!container.is_array && last && !container.has_key) break;
      append_token(pointer,
                   container.is_array ? std::to_string(container.elements - (last ? 0 : 1)) : container.key);
    }
    return pointer;
  }

 private:
  struct Container {
    bool is_array = false;
    std::size_t elements = 0;
    Keys keys = {};
    std::string key = {};
    bool has_key = false;  // whose value is still to come
  };

  void begin_value() {
    if (open_.empty()) return;
    ++open_.back().elements;
    open_.back().has_key = false;
  }

  bool open(bool is_array) {
    begin_value();
    open_.push_back({.is_array = is_array});
    return true;
  }

  bool fail(const char* message, error_code& ec) {
    ec = boost::json::error::syntax;  // any error stops the parser; what is reported stands in failure_
    failure_ = Error{ErrorCode::invalid_argument, message, pointer()};
    return false;
  }

  std::string pointer() const {
    std::string pointer;
    for (const Container& container : open_) {
      append_token(pointer, container.is_array ? std::to_string(container.elements - 1) : container.key);
    }
    return pointer;
  }

  boost::json::value_stack stack_;
  std::vector<Container> open_;
  std::string key_;
  std::string number_;
  std::optional<Error> failure_;
};

Error invalid(std::string message) { return {ErrorCode::invalid_argument, std::move(message), {}}; }

// Where `text` is UTF-8 no more; its size when all of it is.
std::size_t utf8_until(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned lead = byte(i);
    const std::size_t more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (more > 0 && (lead < 0xC2 || lead > 0xF4)) return i;
    for (std::size_t k = 1; k <= more; ++k) {
      const bool first = k == 1;  // which also tells overlong forms, surrogates and what lies beyond Unicode
      const unsigned least = first && lead == 0xE0 ? 0xA0 : first && lead == 0xF0 ? 0x90 : 0x80;
      const unsigned most = first && lead == 0xED ? 0x9F : first && lead == 0xF4 ? 0x8F : 0xBF;
      if (byte(i + k) < least || byte(i + k) > most) return i;
    }
    i += more + 1;
  }
  return i;
}

// Whether the first half of a surrogate pair ends here, as in "\ud83d".
bool half_pair_before(std::string_view text, std::size_t end) {
  constexpr std::size_t kEscape = 6;
  if (end < kEscape || text.substr(end - kEscape, 2) != "\\u") return false;
  const auto lower = [&](std::size_t i) { return static_cast<char>(text[end - i] | 0x20); };
  return lower(4) == 'd' && std::string_view("89ab").find(lower(3)) != std::string_view::npos;
}

// Whether the parser stopped for a string that is no Unicode.
bool no_unicode(std::string_view text, std::size_t read, error_code ec) {
  using boost::json::error;
  if (ec == error::illegal_leading_surrogate || ec == error::illegal_trailing_surrogate) return true;
  if (half_pair_before(text, read)) return true;  // and no second half follows, or another escape:
  if (read > 0 && text[read - 1] == '\\' && half_pair_before(text, read - 1)) return true;
  constexpr std::size_t kLongest = 4;  // bytes of a character, of which any may be what the parser stopped at
  return utf8_until(text.substr(0, read + kLongest)) <= read;
}

}  // namespace

Result<boost::json::value> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes)
    return invalid("JSON is longer than " + std::to_string(limits.bytes) + " bytes");

  boost::json::parse_options options;
  options.max_depth = limits.depth;
  boost::json::basic_parser<Handler> parser(options);
  error_code ec;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && read == text.size()) return parser.handler().release();

  const std::string at = " at byte " + std::to_string(read);
  if (auto failure = parser.handler().take_failure()) {
    failure->message += at;
    return std::move(*failure);
  }
  if (ec == boost::json::error::too_deep) {
    return invalid("JSON is nested deeper than " + std::to_string(limits.depth) + " levels" + at);
  }
  if (ec == boost::json::error::incomplete) return invalid("JSON ends before its value is complete" + at);
  if (ec && no_unicode(text, read, ec))
    return Error{ErrorCode::invalid_argument, "text is not valid UTF-8" + at, parser.handler().reading()};
  if (ec) return invalid("not valid JSON" + at);
  return invalid("more text follows the JSON value" + at);
}

}  // namespace connex::json
