#include "core/redaction/redactor.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>

#include "core/redaction/detect.hpp"
#include "core/redaction/gate.hpp"
#include "core/redaction/utf8.hpp"

namespace connex {
namespace redaction {
namespace {

constexpr std::size_t kStackBytes = 48 * 1024;
constexpr int kPasses = 4;  // what is left after hiding may form something anew; it hardly ever does twice

// Which detectors can have anything to say.
struct Survey {
  bool mail = false;
  bool web = false;
  bool address = false;
  std::size_t digits = 0;    // written ones
  std::size_t counting = 0;  // digits, number words, marks of Morse code
};

Survey take_survey(const Scan& scan) {
  Survey survey;
  std::uint64_t classes = 0;
  bool at = false;
  bool dot = false;
  for (const Token& token : scan.tokens) {
    if (token.word != nullptr) classes |= token.word->classes;
    if (token.kind == TokenKind::digits) survey.digits += token.size();
    if (token.kind == TokenKind::digits || token.kind == TokenKind::number || token.kind == TokenKind::punct)
      survey.counting += token.size();
    at = at || token.is('@');
    dot = dot || token.is('.') || token.is(':');
  }
  survey.mail = at || (classes & (kProvider | kMailCue | kGateWord)) != 0 ||
                ((classes & kAtWord) != 0 && (classes & (kTld | kPsp)) != 0) ||
                !scan.policy().mail_providers.empty();
  survey.web = at || dot || (classes & (kPlatform | kHandleCue | kDotWord)) != 0;
  survey.address = (classes & (kHouse | kStreet | kLocality | kBuilding | kLandmark | kCity | kPinCue)) != 0;
  return survey;
}

// One look at the text with earlier findings hidden. Returns whether it found more.
bool look(std::string_view text, const RedactionOptions& options, float leniency,
          std::vector<Finding>& findings) {
  alignas(std::max_align_t) std::array<std::byte, kStackBytes> stack;
  std::pmr::monotonic_buffer_resource memory(stack.data(), stack.size());
  Scan scan(text, options, &memory);
  scan.leniency = leniency;
  make_canonical(text, scan.text);
  std::pmr::vector<HiddenSpan> hidden(&memory);
  hidden.reserve(findings.size());
  for (const Finding& finding : findings) hidden.push_back({finding.start, finding.end});
  make_tokens(scan.text, hidden, scan.tokens);
  const Survey survey = take_survey(scan);
  find_known(scan);
  if (survey.mail) find_mail(scan);
  if (survey.web) find_web(scan);
  if (survey.digits >= 4) find_identifiers(scan);
  if (survey.address) find_addresses(scan);
  if (survey.counting >= 4) find_numbers(scan);
  if (scan.found.empty()) return false;
  for (const Candidate& candidate : scan.found) {
    const std::uint32_t start = scan.text.first(candidate.begin);
    const std::uint32_t end = scan.text.last(candidate.end);
    const bool disguised = scan.text.disguised && end - start != candidate.end - candidate.begin;
    findings.push_back(
        {start, end, candidate.type, candidate.score,
         candidate.evidence | (disguised ? static_cast<std::uint32_t>(kEvidenceDisguised) : 0U)});
  }
  // Overlapping findings become one, under the name of the surest.
  std::ranges::sort(findings, [](const Finding& a, const Finding& b) {
    return a.start != b.start ? a.start < b.start : a.end > b.end;
  });
  std::size_t kept = 0;
  for (std::size_t i = 1; i < findings.size(); ++i) {
    Finding& last = findings[kept];
    const Finding& next = findings[i];
    if (next.start < last.end) {
      last.end = std::max(last.end, next.end);
      if (next.score > last.score) {
        last.score = next.score;
        last.type = next.type;
      }
      last.evidence |= next.evidence;
    } else {
      findings[++kept] = next;
    }
  }
  findings.resize(kept + 1);
  return true;
}

}  // namespace

Result<void> check_text(std::string_view text) {
  if (text.size() > kMaxRedactionBytes)
    return Error{ErrorCode::invalid_argument, "text is larger than 1 GiB", ""};
  if (!valid_utf8(text)) return Error{ErrorCode::invalid_argument, "text is not valid UTF-8", ""};
  return {};
}

void analyse(std::string_view text, const RedactionOptions& options, float leniency,
             std::vector<Finding>& findings) {
  findings.clear();
  // A registered value may be made of words that no detector knows: then nothing is cleared unread.
  const bool gated = options.known.empty();
  const bool loose = leniency > 0;
  if (gated && !may_hold_contact(text, loose)) return;
  std::string redacted;
  for (int pass = 0; pass < kPasses; ++pass) {
    if (!look(text, options, leniency, findings)) return;
    apply_findings(text, findings, redacted);
    if (gated && !may_hold_contact(redacted, loose)) return;
  }
}

}  // namespace redaction

std::string_view name(SpanType type) noexcept {
  constexpr std::string_view kNames[kSpanTypes] = {
      "phone", "email", "address", "url",          "handle", "upi",         "aadhaar",
      "pan",   "gstin", "card",    "registration", "name",   "organisation"};
  return kNames[static_cast<std::size_t>(type) % kSpanTypes];
}

std::string_view marker(SpanType type) noexcept {
  constexpr std::string_view kMarkers[kSpanTypes] = {
      "[phone hidden]",       "[email hidden]",        "[address hidden]",
      "[link hidden]",        "[handle hidden]",       "[payment address hidden]",
      "[aadhaar hidden]",     "[pan hidden]",          "[gstin hidden]",
      "[card hidden]",        "[registration hidden]", "[name hidden]",
      "[organisation hidden]"};
  return kMarkers[static_cast<std::size_t>(type) % kSpanTypes];
}

Result<void> find_contact_details(std::string_view text, const RedactionOptions& options,
                                  std::vector<Finding>& findings) {
  findings.clear();
  if (Result<void> checked = redaction::check_text(text); !checked) return checked;
  redaction::analyse(text, options, 0, findings);
  return {};
}

void apply_findings(std::string_view text, std::span<const Finding> findings, std::string& out) {
  out.clear();
  std::size_t from = 0;
  for (const Finding& finding : findings) {
    out.append(text.substr(from, finding.start - from));
    out.append(marker(finding.type));
    from = finding.end;
  }
  out.append(text.substr(from));
}

Result<void> redact(std::string_view text, const RedactionOptions& options, std::string& out,
                    std::vector<Finding>& findings) {
  if (Result<void> found = find_contact_details(text, options, findings); !found) return found;
  apply_findings(text, findings, out);
  return {};
}

}  // namespace connex
