#include "services/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "connex/redaction.hpp"
#include "core/credentials.hpp"
#include "evidence/password.hpp"
#include "json/plain_text.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

constexpr std::int64_t kMaxId = 128;
constexpr std::int64_t kMaxEmail = 254;

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Whether `text`, which is UTF-8, is something to see: not blanks alone, and nothing hidden in it.
bool is_plain_text(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\n\r") != std::string_view::npos && json::is_printable(text);
}

bool is_email(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > kMaxEmail) return false;
  const std::string_view domain = text.substr(at + 1);
  if (domain.find('@') != std::string_view::npos || domain.find('.') == std::string_view::npos) return false;
  if (domain.front() == '.' || domain.back() == '.' || domain.front() == '-') return false;
  if (text.find_first_of(" \t\r\n") != std::string_view::npos) return false;
  return is_plain_text(text);
}

bool is_phone(std::string_view text) noexcept {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (!(c == ' ' || c == '-' || c == '(' || c == ')' || (c == '+' && i == 0))) {
      return false;
    }
  }
  return digits >= kLeastPhoneDigits && digits <= 15 && text.size() <= 32;
}

bool is_hex(std::string_view text, std::size_t size) noexcept {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

template <class IsEntry>
bool is_list(const boost::json::value& value, std::int64_t limit, IsEntry&& is_entry) {
  const boost::json::array* list = value.if_array();
  return list && !list->empty() && static_cast<std::int64_t>(list->size()) <= limit &&
         std::all_of(list->begin(), list->end(), is_entry);
}

// Calls `check` with the object, or with each of the list, and where it stands.
template <class Check>
Result<void> each_object(const boost::json::value& value, const std::string& pointer, Check&& check) {
  if (const boost::json::object* object = value.if_object()) return check(*object, pointer);
  std::size_t index = 0;
  for (const boost::json::value& entry : value.get_array())
    CONNEX_CHECK(check(entry.get_object(), fmt::format("{}/{}", pointer, index++)));
  return {};
}

}  // namespace

std::string range_of(const Argument& argument) {
  switch (argument.type) {
    case ArgumentType::line:
    case ArgumentType::text:
      return fmt::format("1 to {} bytes", argument.limit);
    case ArgumentType::integer:
      return fmt::format("{} to {}", argument.least, argument.limit);
    case ArgumentType::ids:
      return fmt::format("1 to {} ids", argument.limit);
    case ArgumentType::objects:
      return fmt::format("1 to {} objects", argument.limit);
    default:
      return {};
  }
}

namespace {

// What a value of the type must be, or empty when `value` is one.
std::string expectation(const Argument& argument, const boost::json::value& value) {
  const boost::json::string* string = value.if_string();
  const std::string_view text = string ? std::string_view(*string) : std::string_view();
  switch (argument.type) {
    case ArgumentType::id:
      return string && is_id(text) ? "" : "an id: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`";
    case ArgumentType::line:
      if (string && static_cast<std::int64_t>(text.size()) <= argument.limit && is_plain_text(text) &&
          text.find_first_of("\r\n\t") == std::string_view::npos)
        return "";
      return fmt::format("text of {}, not blank, on one line and without control characters", range_of(argument));
    case ArgumentType::text:
      if (string && static_cast<std::int64_t>(text.size()) <= argument.limit && is_plain_text(text))
        return "";
      return fmt::format("text of {}, not blank and without control characters", range_of(argument));
    case ArgumentType::boolean:
      return value.is_bool() ? "" : "true or false";
    case ArgumentType::integer: {
      const bool fits =
          value.is_int64() && value.get_int64() >= argument.least && value.get_int64() <= argument.limit;
      return fits ? "" : "an integer from " + range_of(argument);
    }
    case ArgumentType::instant:
      if (string) {
        const auto at = parse_instant(text);
        if (at && *at < kLatestMoment) return "";
      }
      return "an RFC 3339 date and time with an offset (not `-00:00`), from 1970 on and before the year 9000, in UTC";
    case ArgumentType::day:
      return string && parse_day(text) ? "" : "a date from 1900 on, `YYYY-MM-DD`";
    case ArgumentType::sha256:
      return string && is_hex(text, 64) ? "" : "64 lower-case hexadecimal digits";
    case ArgumentType::email:
      return string && is_email(text) ? "" : "an e-mail address";
    case ArgumentType::phone:
      return string && is_phone(text) ? "" : fmt::format("a telephone number of {} to 15 digits", kLeastPhoneDigits);
    case ArgumentType::choice:
      if (string &&
          std::find(argument.choices.begin(), argument.choices.end(), text) != argument.choices.end())
        return "";
      return fmt::format("one of `{}`", fmt::join(argument.choices, "`, `"));
    case ArgumentType::ids:
      return is_list(value, argument.limit,
                     [](const boost::json::value& entry) {
                       return entry.is_string() && is_id(entry.get_string());
                     })
                 ? ""
                 : "a list of " + range_of(argument);
    case ArgumentType::object:
      return value.is_object() ? "" : "an object";
    case ArgumentType::objects:
      return is_list(value, argument.limit, [](const boost::json::value& entry) { return entry.is_object(); })
                 ? ""
                 : "a list of " + range_of(argument);
    case ArgumentType::scalar:
      if (value.is_bool() || value.is_number()) return "";
      if (string && static_cast<std::int64_t>(text.size()) <= argument.limit && is_plain_text(text) &&
          text.find_first_of("\r\n\t") == std::string_view::npos)
        return "";
      return fmt::format("true, false, a number, or text of 1 to {} bytes on one line", argument.limit);
  }
  return "of a known type";
}

}  // namespace

bool is_id(std::string_view text) noexcept {
  return !text.empty() && static_cast<std::int64_t>(text.size()) <= kMaxId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '_' || c == ':' || c == '-';
         });
}

Result<void> validate(const boost::json::object& value, std::span<const Argument> declared,
                      std::string_view pointer) {
  for (const auto& member : value) {
    const std::string_view key = member.key();
    const bool known =
        std::any_of(declared.begin(), declared.end(), [&](const Argument& a) { return a.name == key; });
    if (!known)
      return Error{ErrorCode::invalid_argument, "unknown argument",
                   fmt::format("{}/{}", pointer, safe_name(key))};
  }
  for (const Argument& argument : declared) {
    const boost::json::value* given = value.if_contains(argument.name);
    const auto bad = [&](std::string message) {
      return Error{ErrorCode::invalid_argument, std::move(message),
                   fmt::format("{}/{}", pointer, argument.name)};
    };
    if (given == nullptr) {
      if (argument.required) return bad("argument is missing");
      continue;
    }
    if (std::string expected = expectation(argument, *given); !expected.empty())
      return bad("argument must be " + expected);
    if (argument.members.empty()) continue;
    CONNEX_CHECK(each_object(*given, fmt::format("{}/{}", pointer, argument.name),
                             [&](const boost::json::object& object, const std::string& at) {
                               return validate(object, argument.members, at);
                             }));
  }
  return {};
}

namespace {

// A name of the host's storage, with runs of digits where it likes; a card's are told by their blanks alone.
bool is_locator(const Argument& argument) noexcept { return argument.limit == kMaxLocator; }

bool has_card(std::string_view text, bool spaced_only) {
  RedactionOptions options;
  options.types = span_bit(SpanType::card);
  std::vector<Finding> findings;
  if (!find_contact_details(text, options, findings)) return false;
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    const std::string_view card = text.substr(finding.start, finding.end - finding.start);
    return !spaced_only || (card.find(' ') != std::string_view::npos &&
                            card.find_first_not_of("0123456789 ") == std::string_view::npos);
  });
}

Result<void> refuse_secrets(const boost::json::value& value, const Argument& argument,
                            const std::string& pointer) {
  const auto refuse = [](const std::string& where) {
    return Error{ErrorCode::invalid_argument, "a password or security code may not be given in clear", where};
  };
  if (const boost::json::string* written = value.if_string()) {
    if (states_password(*written)) return refuse(pointer);
    if (!argument.redacted && has_card(*written, is_locator(argument)))
      return Error{ErrorCode::invalid_argument, "a card number may not be given", pointer};
  } else if (const boost::json::array* list = value.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i)
      CONNEX_CHECK(refuse_secrets((*list)[i], argument, fmt::format("{}/{}", pointer, i)));
  } else if (const boost::json::object* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      const std::string at = fmt::format("{}/{}", pointer, safe_name(std::string_view(key)));
      const boost::json::string* text = member.if_string();
      const std::string_view given = text ? std::string_view(*text) : member.is_number() ? "0" : "";
      if (states_password(key, given) && !evidence::is_password_hash(given)) return refuse(at);
      CONNEX_CHECK(refuse_secrets(member, argument, at));
    }
  }
  return {};
}

bool is_free_text(const Argument& argument) noexcept {
  return argument.type == ArgumentType::line || argument.type == ArgumentType::text ||
         argument.type == ArgumentType::scalar ||
         (argument.type == ArgumentType::object && argument.members.empty());
}

}  // namespace

Result<void> refuse_secrets(const boost::json::object& value, std::span<const Argument> declared,
                            std::string_view pointer) {
  for (const Argument& argument : declared) {
    const boost::json::value* given = value.if_contains(argument.name);
    const bool has_members = !argument.members.empty();
    if (given == nullptr || !(has_members || is_free_text(argument))) continue;
    const std::string at = fmt::format("{}/{}", pointer, argument.name);
    if (has_members) {
      CONNEX_CHECK(each_object(*given, at, [&](const boost::json::object& object, const std::string& where) {
        return refuse_secrets(object, argument.members, where);
      }));
    } else {
      CONNEX_CHECK(refuse_secrets(*given, argument, at));
    }
  }
  return {};
}

std::string_view Arguments::text(std::string_view name) const {
  const boost::json::value* value = object_.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::optional<bool> Arguments::boolean(std::string_view name) const {
  const boost::json::value* value = object_.if_contains(name);
  return value && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

std::int64_t Arguments::integer(std::string_view name) const {
  const boost::json::value* value = object_.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

std::vector<std::string> Arguments::ids(std::string_view name) const {
  std::vector<std::string> list;
  if (const boost::json::value* value = object_.if_contains(name); value && value->is_array())
    for (const boost::json::value& entry : value->get_array()) list.emplace_back(entry.get_string());
  return list;
}

const boost::json::object* Arguments::object(std::string_view name) const {
  const boost::json::value* value = object_.if_contains(name);
  return value ? value->if_object() : nullptr;
}

Instant Arguments::instant(std::string_view name) const {
  return parse_instant(text(name)).value_or(Instant{});
}

Day Arguments::day(std::string_view name) const { return parse_day(text(name)).value_or(Day{}); }

}  // namespace connex::services
