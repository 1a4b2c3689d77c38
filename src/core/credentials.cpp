#include "core/credentials.hpp"

#include <algorithm>
#include <cstddef>

#include "core/ascii.hpp"

namespace connex {
namespace {

using ascii::is_digit;
using ascii::lower;

constexpr std::string_view kPasswordCues[] = {"password", "passwd", "passcode", "passphrase", "pwd"};
constexpr std::string_view kCodeCues[] = {"cvv", "cvv2", "cvc"};
constexpr std::string_view kFieldCues[] = {"otp", "passkey"};
constexpr std::string_view kHashes[] = {"hash", "digest"};
constexpr std::size_t kLongestPassword = 128;

constexpr bool is_capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_word(char c) noexcept {
  return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_cue(std::string_view word, const auto& cues) noexcept {
  return std::any_of(std::begin(cues), std::end(cues), [&](std::string_view cue) { return ascii::same(word, cue); });
}

std::string_view skip_blanks(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && n < 8 && is_blank(text[n])) ++n;
  return text.substr(n);
}

// Steps over what stands between the cue and the value: ":", "=", "-", "is", quotes.
std::string_view skip_link(std::string_view text, bool& linked) noexcept {
  for (int steps = 0; steps < 4; ++steps) {
    text = skip_blanks(text);
    if (text.empty()) break;
    if (text.front() == ':' || text.front() == '=' || text.front() == '-') {
      linked = true;
      text.remove_prefix(1);
    } else if (text.size() > 2 && lower(text[0]) == 'i' && lower(text[1]) == 's' && is_blank(text[2])) {
      linked = true;
      text.remove_prefix(2);
    } else if (text.front() == '"' || text.front() == '\'' || text.front() == '`') {
      text.remove_prefix(1);
    } else {
      break;
    }
  }
  return text;
}

// At least four characters, with a digit or a mark that does not merely end a sentence.
bool is_password(std::string_view value) noexcept {
  while (!value.empty() && (value.back() == '.' || value.back() == ',' || value.back() == ';' ||
                            value.back() == '?' || value.back() == '!' || value.back() == ')'))
    value.remove_suffix(1);
  return value.size() >= 4 && std::any_of(value.begin(), value.end(), [](char c) {
           return is_digit(c) || (!is_word(c) && c != '-' && c != '\'');
         });
}

// Six characters or more, letters and digits: what follows "password" without a link.
bool is_mixed(std::string_view value) noexcept {
  return value.size() >= 6 && std::any_of(value.begin(), value.end(), is_digit) &&
         std::any_of(value.begin(), value.end(), [](char c) { return is_word(c) && !is_digit(c); });
}

bool is_code(std::string_view value) noexcept {
  std::size_t digits = 0;
  while (digits < value.size() && is_digit(value[digits])) ++digits;
  return (digits == 3 || digits == 4) && (digits == value.size() || !is_word(value[digits]));
}

}  // namespace

bool states_password(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view word = text.substr(i, end - i);
    const bool password = is_cue(word, kPasswordCues);
    const bool code = !password && is_cue(word, kCodeCues);
    i = end;
    if (!password && !code) continue;
    bool linked = false;
    std::string_view value = skip_link(text.substr(end), linked);
    value = value.substr(0, kLongestPassword);
    if (const auto stop = std::find_if(value.begin(), value.end(), is_blank); stop != value.end())
      value = value.substr(0, static_cast<std::size_t>(stop - value.begin()));
    if (password ? is_password(value) && (linked || is_mixed(value)) : is_code(value)) return true;
  }
  return false;
}

bool states_password(std::string_view field, std::string_view value) noexcept {
  if (value.empty()) return false;
  // The last word but "hash": parted by a mark, or begun by a capital after a small letter.
  const auto take_last = [&field] {
    while (!field.empty() && !is_word(field.back())) field.remove_suffix(1);
    std::size_t begin = field.size();
    while (begin > 0 && is_word(field[begin - 1]) &&
           (begin == field.size() || !(is_capital(field[begin]) && !is_capital(field[begin - 1]))))
      --begin;
    const std::string_view word = field.substr(begin);
    field = field.substr(0, begin);
    return word;
  };
  std::string_view word = take_last();
  if (is_cue(word, kHashes)) {
    if (std::all_of(value.begin(), value.end(), ascii::is_letter)) return false;
    word = take_last();
  }
  return is_cue(word, kPasswordCues) || is_cue(word, kFieldCues) || is_cue(word, kCodeCues);
}

}  // namespace connex
