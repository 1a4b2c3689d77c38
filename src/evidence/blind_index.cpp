#include "evidence/blind_index.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "evidence/canonical.hpp"

namespace connex::evidence {
namespace {

Error malformed(const char* message) { return {ErrorCode::invalid_argument, message, {}}; }

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

SecretBytes index_key(KeyView root, std::string_view table, std::string_view column, std::string_view purpose,
                      IndexForm form) {
  Bytes info;
  CanonicalWriter(info, kIndexFormVersion)
      .text("connex/blind-index")
      .text(table)
      .text(column)
      .text(purpose)
      .u64(static_cast<std::uint64_t>(form));
  SecretBytes key(32);
  (void)hkdf_sha256(root, {}, info, key.span());  // never too long
  return key;
}

}  // namespace

Result<std::string> normalise_email(std::string_view text) {
  constexpr std::size_t kLongest = 254;  // RFC 5321
  text = trimmed(text);
  if (text.ends_with('.')) text.remove_suffix(1);
  const std::size_t at = text.find('@');
  if (text.size() > kLongest || at == 0 || at == std::string_view::npos || at + 1 == text.size() ||
      text.find('@', at + 1) != std::string_view::npos ||
      std::ranges::any_of(text, [](char c) { return c == ' ' || is_control(c); })) {
    return malformed("not an e-mail address");
  }
  std::string normal(text);
  for (char& c : normal) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return normal;
}

Result<std::string> normalise_phone(std::string_view text) {
  constexpr std::size_t kLongest = 32;  // as written
  text = trimmed(text);
  if (text.size() > kLongest) return malformed("not a phone number");
  bool international = text.starts_with('+');
  if (international) text.remove_prefix(1);
  std::string digits;
  for (const char c : text) {
    if (is_digit(c)) {
      digits += c;
    } else if (std::string_view(" .-()").find(c) == std::string_view::npos) {
      return malformed("not a phone number");
    }
  }
  if (!international && digits.starts_with("00")) {
    international = true;
    digits.erase(0, 2);
  }
  if (!international) {
    if (digits.size() == 11 && digits.starts_with('0')) digits.erase(0, 1);
    if (digits.size() == 12 && digits.starts_with("91")) digits.erase(0, 2);
    if (digits.size() != 10 || digits.starts_with('0')) return malformed("not a phone number");
    digits.insert(0, "91");
  }
  if (digits.size() == 13 && digits.starts_with("910")) digits.erase(2, 1);  // "+91 (0) ..."
  if (digits.size() < 8 || digits.size() > 15 || digits.starts_with('0'))
    return malformed("not a phone number");
  digits.insert(digits.begin(), '+');
  return digits;
}

std::vector<std::string> index_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool of_word = is_digit(c) || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    if (of_word && !inside) words.emplace_back();
    if (of_word) words.back() += c;
    inside = of_word;
  }
  return words;
}

namespace {

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

}  // namespace

Result<std::string> normalise_name(std::string_view text) {
  constexpr std::string_view kTitles[] = {"dr",   "doctor", "mr",    "mrs", "ms", "miss",
                                          "prof", "professor", "shri", "sri", "smt"};
  std::vector<std::string> words = index_words(text);
  std::erase_if(words, [&](const std::string& word) {
    return word.size() == 1 || std::ranges::find(kTitles, word) != std::end(kTitles);
  });
  if (words.empty() || (words.size() == 1 && words.front().size() < 3)) return malformed("not a name");
  if (words.size() > kNameWords) words.resize(kNameWords);
  std::ranges::sort(words);  // in whatever order they are written
  return joined(words);
}

Result<std::string> normalise_address(std::string_view text) {
  std::vector<std::string> words = index_words(text);
  if (words.size() < 2) return malformed("not an address");
  if (words.size() > kAddressWords) words.resize(kAddressWords);
  return joined(words);
}

BlindIndex::BlindIndex(KeyView root, std::string_view table, std::string_view column,
                       std::string_view purpose, IndexForm form, std::size_t width)
    : mac_(index_key(root, table, column, purpose, form).view()),
      form_(form),
      width_(std::clamp<std::size_t>(width, 1, sizeof(Hash))) {}

Result<Bytes> BlindIndex::of(std::string_view text) {
  if (text.size() > kMaxIndexedText) return malformed("too long to be indexed");
  Result<std::string> normal = std::string();
  switch (form_) {
    case IndexForm::email:
      normal = normalise_email(text);
      break;
    case IndexForm::phone:
      normal = normalise_phone(text);
      break;
    case IndexForm::name:
      normal = normalise_name(text);
      break;
    case IndexForm::address:
      normal = normalise_address(text);
      break;
    case IndexForm::exact:
      normal = std::string(text);
      break;
  }
  if (!normal) return std::move(normal).error();
  const Hash hash = mac_.update(bytes_of(*normal)).finish();
  Bytes out{kIndexFormVersion};
  append(out, ByteView(hash).first(width_));
  return out;
}

}  // namespace connex::evidence
