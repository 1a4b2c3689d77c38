// Identifiers of letters and digits: PAN, GSTIN, registration numbers of medical councils, security codes of
// cards.
#include <algorithm>
#include <array>

#include "core/redaction/checksums.hpp"
#include "core/redaction/detect.hpp"

namespace connex::redaction {
namespace {

constexpr bool letter(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

// `announced`: a word says what it is, whatever its fourth letter.
bool pan_shape(std::string_view s, bool announced = false) {
  if (s.size() != 10) return false;
  for (std::size_t i = 0; i < 10; ++i) {
    if (i < 5 || i == 9 ? !letter(s[i]) : !digit(s[i])) return false;
  }
  return announced || std::string_view("PCHFATBLJGEK").find(s[3]) != std::string_view::npos;
}

bool gstin_shape(std::string_view s) {
  return s.size() == 15 && digit(s[0]) && digit(s[1]) && s[0] <= '3' && pan_shape(s.substr(2, 10)) &&
         (letter(s[12]) || digit(s[12])) && letter(s[13]) && (letter(s[14]) || digit(s[14]));
}

class Identifiers {
 public:
  explicit Identifiers(Scan& scan) : scan_(scan), tokens_(scan.tokens) {}

  void run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& t = tokens_[i];
      if (t.has(kPanCue | kGstCue)) tax_cue_ = i + 1;
      if (t.has(kPanCue)) announced_pan(i);
      if (t.letters() || t.kind == TokenKind::digits) {
        if (!t.glued) tax_number(i);
        if (t.has(kRegCue) && t.letters()) registration(i);
      }
    }
  }

 private:
  // Letters, or what might be, follow the marks at i.
  bool letters_soon(std::size_t i) const {
    while (i < tokens_.size() && tokens_[i].kind == TokenKind::punct) ++i;
    return i < tokens_.size() && (tokens_[i].letters() || tokens_[i].leet);
  }

  // "Batch no. ABCPK1234F": the words before it name another kind of number.
  bool named_otherwise(std::size_t i) const {
    for (std::size_t k = i, steps = 0; k-- > 0 && steps < 5; ++steps) {
      const Token& t = tokens_[k];
      if (tokens_[k + 1].spaces == 2) return false;
      if (t.kind == TokenKind::punct && t.mark != ',' && t.mark != ';') continue;
      const Chars v = scan_.view(t);
      if (!t.letters()) return false;
      if (v == "no" || v == "number" || v == "id" || v == "code") continue;
      return t.has(kPhoneNeg) && !(k > 0 && tokens_[k - 1].is('/') && t.spaces == 0);  // no end of a link
    }
    return false;
  }

  // PAN or GSTIN from token i on, in one piece or in a few.
  void tax_number(std::size_t i) {
    const bool cue = tax_cue_ != 0 && i - (tax_cue_ - 1) <= 8;
    const std::uint32_t size = tokens_[i].size();
    // A PAN starts with five letters, a GSTIN with two digits; other pieces need the word for it nearby.
    if (!cue && !(tokens_[i].letters() && size == 5) &&
        !(tokens_[i].kind == TokenKind::digits && (size == 2 || size >= 10)))
      return;
    if (!cue && size == 2 && i + 1 < tokens_.size() && tokens_[i + 1].kind == TokenKind::digits &&
        !tokens_[i + 1].leet)
      return;
    std::array<char, 16> joined{};
    std::size_t n = 0;
    std::size_t blanks = 0;
    for (std::size_t k = i; k < tokens_.size() && k < i + 24 && n <= 15; ++k) {
      const Token& t = tokens_[k];
      if (k > i && t.spaces == 2) break;
      if (k > i && t.spaces != 0 && ++blanks > (cue ? 15U : 3U)) break;
      if (t.kind == TokenKind::punct && (t.is('-') || t.is('.') || t.is('/') || t.is('_'))) continue;
      if (!t.letters() && t.kind != TokenKind::digits) break;
      if (t.size() + n > 15) break;
      for (const char c : scan_.view(t)) joined[n++] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      // Neither begins with three digits, or with a letter and a digit.
      if (joined[0] <= '9' ? n > 2 && digit(joined[2]) : n > 1 && !letter(joined[1])) break;
      const bool closed = k + 1 >= tokens_.size() || !tokens_[k + 1].glued;
      if (!closed) continue;
      const std::string_view s(joined.data(), n);
      if (n == 15 && gstin_shape(s)) {
        const bool holds = gstin_holds(s);
        scan_.report(tokens_[i].begin, t.end, SpanType::gstin,
                     3.0F + (holds ? 2.0F : 0.0F) + (cue ? 2.0F : 0.0F),
                     kEvidenceShape | (holds ? static_cast<std::uint32_t>(kEvidenceChecksum) : 0U));
      } else if (n == 10 && pan_shape(s, cue) && (cue || !named_otherwise(i))) {
        const float score = 3.4F + (cue ? 2.0F : 0.0F) - (cue ? 0.2F : 0.6F) * static_cast<float>(blanks);
        scan_.report(tokens_[i].begin, t.end, SpanType::pan, score, kEvidenceShape);
      }
    }
  }

  // After "PAN": five letters, four characters that write digits in any way, a letter; or all of it backwards.
  void announced_pan(std::size_t i) {
    std::array<char, 16> row{};
    std::size_t n = 0;
    std::size_t first = 0;
    std::size_t end = i + 1;
    for (std::size_t k = i + 1; k < tokens_.size() && k < i + 24 && n < 10; ++k) {
      const Token& t = tokens_[k];
      if (t.kind == TokenKind::hidden || t.kind == TokenKind::symbol || t.spaces == 2) return;
      if (t.kind == TokenKind::punct) continue;
      const Chars v = scan_.view(t);
      const bool digit_word = t.kind == TokenKind::number && t.word->role == NumberRole::digit && t.size() > 1 &&
                              n >= 1;
      if (t.letters() && t.size() > 1 && !digit_word &&
          (t.has(kGlue | kCommon | kReverse | kPhoneCue | kCardCue) || v == "no" || v == "backwards" || v == "letter" ||
           v == "letters"))
        continue;
      if (n == 0) first = k;
      if (digit_word) {
        row[n++] = static_cast<char>('0' + t.word->value);
      } else {
        if (n + v.size() > 10) return;
        for (const char c : v) row[n++] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      }
      end = k + 1;
    }
    if (n != 10 || (end < tokens_.size() && tokens_[end].glued)) return;
    const auto fits = [&] {
      std::size_t swapped = 0;  // digits for letters ("AB0PK1234F")
      for (std::size_t k = 0; k < 10; ++k) {
        const bool like = k < 5 || k == 9 ? letter(row[k]) : leet_digit(static_cast<char>(row[k] | 0x20)) != 0;
        swapped += k < 5 || k == 9 ? digit(row[k]) : 0;
        if (!like && !((k < 3 || k == 4 || k == 9) && digit(row[k]))) return false;
      }
      return swapped <= 2 && std::string_view("PCHFATBLJGEK").find(row[3]) != std::string_view::npos;
    };
    const bool straight = fits();
    std::reverse(row.begin(), row.begin() + 10);
    if (!straight && !fits()) return;
    scan_.report(tokens_[first].begin, tokens_[end - 1].end, SpanType::pan, 5.0F,
                 kEvidenceShape | kEvidenceCue | kEvidenceDisguised |
                     (straight ? 0U : static_cast<std::uint32_t>(kEvidenceReversed)));
  }

  // "Reg. No. MMC 2012/03/1234": a council or the word registration, then a number of four digits or more.
  void registration(std::size_t i) {
    std::size_t k = i + 1;
    std::size_t steps = 0;
    float score = 1.0F;
    while (k < tokens_.size() && steps < 6 && tokens_[k].spaces != 2) {
      const Token& t = tokens_[k];
      const Chars v = scan_.view(t);
      if (t.kind == TokenKind::punct) {
      } else if (t.has(kRegCue)) {
        score += 0.8F;
      } else if (v == "no" || v == "number" || v == "num" || v == "id") {
        score += 1.0F;
      } else if (t.letters() && (t.size() <= 4 || v == "medical" || v == "council")) {
        score += v == "medical" || v == "council" ? 0.6F : 0.0F;
      } else {
        break;
      }
      ++k;
      ++steps;
    }
    if (k >= tokens_.size() || tokens_[k].kind != TokenKind::digits) return;
    // "PMC8953013": an article, not a council.
    if (scan_.view(tokens_[i]) == "pmc" && tokens_[k].glued && tokens_[k].size() >= 6) return;
    std::size_t digits = 0;
    std::size_t end = k;
    while (end < tokens_.size() && (end == k || tokens_[end].spaces == 0) && end < k + 8) {
      if (tokens_[end].kind == TokenKind::digits) {
        digits += tokens_[end].size();
      } else if (!(tokens_[end].is('/') || tokens_[end].is('-')) && !tokens_[end].glued) {
        break;
      }
      ++end;
    }
    while (end > k && tokens_[end - 1].kind == TokenKind::punct) --end;
    if (digits < 4 || digits > 14) return;
    const Chars v = scan_.view(tokens_[i]);
    const bool council = tokens_[i].size() == 3 && v != "reg";
    scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::registration,
                 score + (council ? 1.2F : 0.4F) + 0.8F, kEvidenceCue);
  }

  Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
  std::size_t tax_cue_ = 0;  // one past the last token that announces a tax number
};

// "cvv 123", "my cvv is one two three", "123 is my cvv": three or four digits. "CVC" is a catheter too, which
// has a size: it needs a mark or a verb before the code, or a card nearby.
class CardCodes {
 public:
  explicit CardCodes(Scan& scan) : scan_(scan), tokens_(scan.tokens) {}

  void run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!tokens_[i].has(kCodeCue)) continue;
      const bool sure = scan_.view(tokens_[i]) == "cvv" || near_card(i);
      if (!after(i, sure)) before(i, sure);
    }
  }

 private:
  bool near_card(std::size_t i) const {
    constexpr std::size_t kReach = 12;
    for (std::size_t k = i - std::min(i, kReach); k < tokens_.size() && k <= i + kReach; ++k) {
      if (tokens_[k].has(kCardCue)) return true;
    }
    return false;
  }

  // How many digits token i writes: in digits, or one in a word.
  std::size_t digits(std::size_t i) const {
    const Token& t = tokens_[i];
    if (t.kind == TokenKind::digits) return t.leet ? 0 : t.size();
    return t.kind == TokenKind::number && t.word->role == NumberRole::digit ? 1 : 0;
  }

  bool link(std::size_t i, bool& verb) const {
    const Token& t = tokens_[i];
    if (t.kind == TokenKind::punct) {
      verb = verb || t.is(':') || t.is('=') || t.is('(');
      return !t.is('.') || (i > 0 && tokens_[i - 1].size() == 2);  // "no."
    }
    if (!t.letters()) return false;
    const Chars v = scan_.view(t);
    const bool is = v == "is" || v == "hai";
    verb = verb || is;
    return is || v == "no" || v == "number" || v == "num" || v == "code" || v == "my" || v == "the" ||
           v == "ka" || v == "mera";
  }

  bool after(std::size_t i, bool sure) {
    std::size_t k = i + 1;
    if (k < tokens_.size() && tokens_[k].glued && scan_.view(tokens_[k]) == "2") ++k;  // "cvv2"
    const std::size_t most = k + 5;
    while (k < tokens_.size() && k < most && link(k, sure)) ++k;
    const std::size_t first = k;
    std::size_t n = 0;
    std::size_t end = k;
    while (k < tokens_.size() && n < 4 && !(n == 3 && end == first + 1)) {
      if (const std::size_t more = digits(k); more != 0) {
        n += more;
        end = ++k;
      } else if (n != 0 && (tokens_[k].is('-') || tokens_[k].is('.')) && k + 1 < tokens_.size() &&
                 tokens_[k + 1].spaces == 0) {
        ++k;
      } else {
        break;
      }
    }
    return sure && report(first, end, n);
  }

  void before(std::size_t i, bool sure) {
    std::size_t k = i;
    bool verb = false;
    while (k > 0 && i - k < 4 && link(k - 1, verb)) --k;
    const std::size_t end = k;
    std::size_t n = 0;
    while (k > 0 && n < 4 && !(n == 3 && k + 1 == end) && digits(k - 1) != 0) n += digits(--k);
    if (sure && verb) report(k, end, n);
  }

  bool report(std::size_t first, std::size_t end, std::size_t n) {
    if (n < 3 || n > 4) return false;
    if (tokens_[first].glued ||
        (end < tokens_.size() && (tokens_[end].glued || tokens_[end].has(kUnit) || tokens_[end].is('%'))))
      return false;
    scan_.report(tokens_[first].begin, tokens_[end - 1].end, SpanType::card, 4.5F, kEvidenceCue);
    return true;
  }

  Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
};

}  // namespace

void find_identifiers(Scan& scan) { Identifiers(scan).run(); }
void find_card_codes(Scan& scan) { CardCodes(scan).run(); }

}  // namespace connex::redaction
