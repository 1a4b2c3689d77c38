// Contacts in codes that machines read: base64, and digits by their ASCII codes or in bits.
#include <algorithm>
#include <array>
#include <cstdint>

#include "core/redaction/detect.hpp"
#include "core/redaction/mobile.hpp"

namespace connex::redaction {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// A character of base64 (or of its form for links), as its six bits; 64 for any other.
constexpr std::array<std::uint8_t, 256> kSixBits = [] {
  std::array<std::uint8_t, 256> bits{};
  bits.fill(64);
  std::uint8_t next = 0;
  for (char c = 'A'; c <= 'Z'; ++c) bits[static_cast<unsigned char>(c)] = next++;
  for (char c = 'a'; c <= 'z'; ++c) bits[static_cast<unsigned char>(c)] = next++;
  for (char c = '0'; c <= '9'; ++c) bits[static_cast<unsigned char>(c)] = next++;
  bits['+'] = bits['-'] = 62;
  bits['/'] = bits['_'] = 63;
  return bits;
}();

constexpr std::size_t kShortest = 12;  // of base64 that holds a contact
constexpr std::size_t kLongest = 96;

// What plain text in base64 says: a phone number, an address, or neither.
bool says_contact(std::string_view code, SpanType& type) {
  std::array<char, kLongest> text;
  std::size_t n = 0;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : code) {
    bits = bits << 6 | kSixBits[static_cast<unsigned char>(c)];
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const auto byte = static_cast<unsigned char>(bits >> held & 0xFFU);
    if (byte >= 0x7F || (byte < ' ' && byte != '\n' && byte != '\r')) return false;
    text[n++] = static_cast<char>(byte);
  }
  const std::string_view plain(text.data(), n);
  std::array<char, 16> digits;
  std::size_t count = 0;
  for (const char c : plain) {
    if (digit(c) && count < digits.size()) digits[count++] = c;
  }
  const std::size_t at = plain.find('@');
  if (at != std::string_view::npos && at > 0 && plain.find('.', at) < plain.size() - 2) {
    type = SpanType::email;
    return true;
  }
  type = SpanType::phone;
  return whole_mobile({digits.data(), count});
}

class Encoded {
 public:
  explicit Encoded(Scan& scan) : scan_(scan), tokens_(scan.tokens) {}

  void run(bool mixed) {
    if (mixed) base64();
    codes();
  }

 private:
  void base64() {
    const std::string_view raw = scan_.raw;
    for (std::size_t i = 0; i < raw.size();) {
      std::size_t end = i;
      bool figure = false;
      bool capital = false;
      while (end < raw.size() && kSixBits[static_cast<unsigned char>(raw[end])] < 64) {
        figure = figure || digit(raw[end]);
        capital = capital || (raw[end] >= 'A' && raw[end] <= 'Z');
        ++end;
      }
      SpanType type{};
      if (end - i >= kShortest && end - i <= kLongest && capital && figure &&
          says_contact(raw.substr(i, end - i), type)) {
        while (end < raw.size() && raw[end] == '=') ++end;
        scan_.report(place(i), place(end), type, 5.0F, kEvidenceShape | kEvidenceDisguised);
      }
      i = end + 1;
    }
  }

  std::uint32_t place(std::size_t raw) const {
    const auto at = std::lower_bound(scan_.text.starts.begin(), scan_.text.starts.end(), raw);
    return static_cast<std::uint32_t>(at - scan_.text.starts.begin());
  }

  // The digit that a group writes in one of the codes, or 0.
  enum Code { hexadecimal, decimal, octal, bits };
  static char decoded(std::string_view group, Code code) {
    if (group.size() > 8) return 0;
    std::int64_t value = 0;
    const int base = code == hexadecimal ? 16 : code == decimal ? 10 : code == octal ? 8 : 2;
    for (const char c : group) {
      if (!digit(c) || c - '0' >= base) return 0;
      value = value * base + (c - '0');
    }
    if (code == bits) return group.size() == 4 && value <= 9 ? static_cast<char>('0' + value)
                             : group.size() == 8 && digit(static_cast<char>(value)) ? static_cast<char>(value) : '\0';
    if (group.size() != (code == octal && group[0] == '0' ? 3U : 2U)) return 0;
    return digit(static_cast<char>(value)) ? static_cast<char>(value) : '\0';
  }

  bool group(std::size_t i) const { return tokens_[i].kind == TokenKind::digits && !tokens_[i].leet; }

  // The nought of "0x39".
  bool prefix(std::size_t i) const {
    return i + 1 < tokens_.size() && tokens_[i].size() == 1 && scan_.view(tokens_[i]) == "0" && tokens_[i + 1].glued &&
           scan_.view(tokens_[i + 1]) == "x";
  }

  // The code in which the group at i may write a digit.
  bool code_of(std::size_t i, Code& code) const {
    const Chars v = scan_.view(tokens_[i]);
    const char c = v[0];
    if (prefix(i) || (v.size() == 2 && c == '3'))
      code = hexadecimal;
    else if (v.size() == 2 && (c == '4' || c == '5'))
      code = decimal;
    else if ((v.size() == 2 && (c == '6' || c == '7')) || (v.size() == 3 && c == '0'))
      code = octal;
    else if ((v.size() == 4 || v.size() == 8) && c <= '1')
      code = bits;
    else
      return false;
    return true;
  }

  // Groups with nothing but blanks and marks between, each the code of a digit: "39 38 34 ...", "1001 1000 ...".
  void codes() {
    for (std::size_t i = 0; i < tokens_.size();) {
      if (!group(i) || tokens_[i].size() > 8) {
        if (group(i)) pairs(tokens_[i]);
        ++i;
        continue;
      }
      Code code{};
      if (!code_of(i, code)) {
        ++i;
        continue;
      }
      std::array<char, 14> row;
      std::size_t n = 0;
      std::size_t end = i + 1;
      for (std::size_t k = i; k < tokens_.size() && k < end + 3 && n < row.size(); ++k) {
        if (tokens_[k].kind == TokenKind::punct || prefix(k) || (k > 0 && prefix(k - 1))) continue;
        const char c = group(k) ? decoded(scan_.view(tokens_[k]), code) : '\0';
        if (c == 0) break;
        row[n++] = c;
        end = k + 1;
      }
      if (n >= 10 && whole_mobile({row.data(), n}) && (code == bits || announced(i, end)))
        scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::phone, 4.0F,
                     kEvidenceShape | kEvidenceDisguised);
      i = end;
    }
  }

  // "39383439303131323233"
  void pairs(const Token& token) {
    const Chars v = scan_.view(token);
    if (v.size() < 20 || v.size() > 24 || v.size() % 2 != 0) return;
    for (const Code code : {hexadecimal, decimal}) {
      std::array<char, 12> row;
      for (std::size_t k = 0; k < v.size(); k += 2) row[k / 2] = decoded(v.substr(k, 2), code);
      if (whole_mobile({row.data(), v.size() / 2}) && std::all_of(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), digit))
        scan_.report(token.begin, token.end, SpanType::phone, 4.0F, kEvidenceShape | kEvidenceDisguised);
    }
  }

  // Words near by speak of a code, or of a phone.
  bool announced(std::size_t first, std::size_t end) const {
    for (std::size_t k = first > 6 ? first - 6 : 0; k < std::min(end + 4, tokens_.size()); ++k) {
      const Token& t = tokens_[k];
      if (!t.letters()) continue;
      const Chars v = scan_.view(t);
      if (t.has(kPhoneCue) || v == "hex" || v == "ascii" || v == "octal" || v == "decimal" || v == "decode" || v == "unicode")
        return true;
    }
    return false;
  }

  Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
};

}  // namespace

void find_encoded(Scan& scan, bool mixed) { Encoded(scan).run(mixed); }

}  // namespace connex::redaction
