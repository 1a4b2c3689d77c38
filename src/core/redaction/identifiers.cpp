// Identifiers of letters and digits: PAN, GSTIN, registration numbers of medical councils.
#include <array>

#include "core/redaction/checksums.hpp"
#include "core/redaction/detect.hpp"

namespace connex::redaction {
namespace {

constexpr bool letter(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool digit(char c) { return c >= '0' && c <= '9'; }

bool pan_shape(std::string_view s) {
  if (s.size() != 10) return false;
  for (std::size_t i = 0; i < 10; ++i) {
    if (i < 5 || i == 9 ? !letter(s[i]) : !digit(s[i])) return false;
  }
  return std::string_view("PCHFATBLJGEK").find(s[3]) != std::string_view::npos;
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
      } else if (n == 10 && pan_shape(s)) {
        const float score = 3.4F + (cue ? 2.0F : 0.0F) - (cue ? 0.2F : 0.6F) * static_cast<float>(blanks);
        scan_.report(tokens_[i].begin, t.end, SpanType::pan, score, kEvidenceShape);
      }
    }
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

}  // namespace

void find_identifiers(Scan& scan) { Identifiers(scan).run(); }

}  // namespace connex::redaction
