#include "core/redaction/redactor.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
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
  bool card_code = false;
  bool pan = false;
  bool turned = false;
  bool spread = false;
  bool network = false;  // one is named
  std::size_t digits = 0;  // written ones
  std::size_t groups = 0;  // of them
  bool mixed = false;      // with letters in one row
  bool counts = false;     // digits or number words, or marks enough for one digit in Morse code
};

Survey take_survey(const Scan& scan) {
  Survey survey;
  std::uint64_t classes = 0;
  bool at = false;
  bool dot = false;
  std::size_t counting = 0;  // digits, number words, marks
  std::size_t morse = 0;
  std::size_t dashes = 0;
  std::size_t singles = 0;  // in a row
  bool house = false;
  bool digit = false;
  bool turned = false;   // a word of addresses
  bool degrees = false;  // and minutes, as a fraction
  bool symbol = false;
  bool glued = false;  // a word that may end like a host without its dots
  for (std::size_t i = 0; i < scan.tokens.size(); ++i) {
    const Token& token = scan.tokens[i];
    if (token.word != nullptr) classes |= token.word->classes;
    if (token.kind == TokenKind::digits) {
      survey.digits += token.size();
      survey.groups += token.size() < 20 ? 1U : 10U;
    }
    survey.mixed = survey.mixed || token.glued || token.leet;
    turned = turned || (token.has(kReverse) && token.has(kGateWord));
    if (token.counts() || token.kind == TokenKind::punct) counting += token.size();
    if (token.is('.') || token.is('-') || token.is('_')) morse += token.size();
    dashes += token.is('-') && token.spaces == 0 ? 1U : 0U;
    // "H.No"
    house = house || (token.size() == 2 && token.word != nullptr && token.word->text == "no" && i > 0 &&
                      scan.tokens[i - (scan.tokens[i - 1].is('.') && i > 1 ? 2 : 1)].size() == 1);
    singles = token.size() == 1 ? singles + 1 : 0;
    survey.spread = survey.spread || singles >= 6;
    digit = digit || token.counts();
    degrees = degrees || (token.kind == TokenKind::digits && token.size() >= 4 && i > 1 && scan.tokens[i - 1].is('.') &&
                          scan.tokens[i - 2].size() == 2);
    at = at || token.is('@');
    symbol = symbol || token.kind == TokenKind::symbol;
    if (token.size() >= 6 && token.word == nullptr && token.letters()) {
      const std::string_view end = scan.view(token).substr(token.size() - 6);
      glued = glued || end.starts_with("dot") || end.substr(1).starts_with("dot");
    }
    // The dot at the end of a sentence is in no host.
    const bool joins = i + 1 < scan.tokens.size() && scan.tokens[i + 1].spaces == 0;
    dot = dot || (token.is('.') && (joins || token.spaces != 0)) || (token.is(':') && joins);
  }
  survey.counts = counting >= 4 && (digit || morse >= 5);
  survey.mail = at || glued || (symbol && dot) || (classes & (kProvider | kMailCue | kGateWord)) != 0 ||
                ((classes & kAtWord) != 0 && (classes & (kTld | kPsp | kPayCue)) != 0) ||
                !scan.policy().mail_providers.empty();
  survey.web = at || dot || (classes & (kPlatform | kHandleCue | kDotWord)) != 0;
  survey.address = house || degrees || (digit && dashes >= 2) || (classes & (kHouse | kStreet | kLocality | kBuilding | kLandmark | kCity | kPinCue)) != 0;
  survey.card_code = (classes & kCodeCue) != 0;
  survey.pan = (classes & kPanCue) != 0;
  survey.turned = (classes & kReverse) != 0 && (at || dot || turned);
  survey.network = (classes & kPlatform) != 0;
  return survey;
}

// What is read around a trigger: enough for every word that a detector looks for beside a contact.
constexpr std::size_t kBefore = 80;
constexpr std::size_t kAfter = 64;
constexpr std::size_t kWhole = 256;  // a text of this size is read whole or not at all

constexpr float kPlainThreshold = 3.0F;  // what a plain contact always reaches

struct Window {
  std::size_t begin;
  std::size_t end;
};

// Words are not cut, unless they are very long; characters never are.
Window window_of(std::string_view text, const Trigger& trigger) {
  constexpr std::size_t kLongWord = 64;
  const auto blank = [&](std::size_t i) { return text[i] == ' ' || text[i] == '\n'; };
  const auto inside = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80; };
  Window window{trigger.begin - std::min(trigger.begin, kBefore),
                std::min(text.size(), trigger.end + kAfter)};
  const std::size_t first = window.begin - std::min(window.begin, kLongWord);
  while (window.begin > first && !blank(window.begin - 1)) --window.begin;
  while (window.begin > 0 && inside(window.begin)) --window.begin;
  const std::size_t last = std::min(text.size(), window.end + kLongWord);
  while (window.end < last && !blank(window.end)) ++window.end;
  while (window.end < text.size() && inside(window.end)) ++window.end;
  return window;
}

// Puts findings from `from` on in order; overlapping ones become one, under the name of the surest.
void settle(std::vector<Finding>& findings, std::size_t from) {
  if (findings.size() - from < 2) return;
  const auto earlier = [](const Finding& a, const Finding& b) {
    return a.start != b.start ? a.start < b.start : a.end > b.end;
  };
  const std::span<Finding> added = std::span(findings).subspan(from);
  if (!std::ranges::is_sorted(added, earlier)) std::ranges::sort(added, earlier);
  std::size_t kept = from;
  for (std::size_t i = from + 1; i < findings.size(); ++i) {
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
}

// Windows as long as this are read in pieces, so that they need no more memory than this takes; a piece
// begins before the end of the one before it, and what both of them see is one finding. What lies whole in the half of
// the overlap that is next to a cut is for the other of the two to judge, which sees what stands around it.
constexpr std::size_t kPiece = 16 * 1024;
constexpr std::size_t kOverlap = 512;
constexpr std::size_t kJudgedElsewhere = kOverlap / 2;

// Memory for one window after the other.
class Room {
 public:
  std::span<std::byte> bytes(std::size_t text, std::span<std::byte> stack) {
    if (text * 80 <= stack.size()) return stack;
    // More than most pieces take: what is not touched costs nothing.
    if (const std::size_t wanted = text * (text <= 2 * kPiece ? 256 : 80); wanted > size_) {
      size_ = wanted;
      heap_ = std::make_unique_for_overwrite<std::byte[]>(size_);
    }
    return {heap_.get(), size_};
  }

 private:
  std::unique_ptr<std::byte[]> heap_;
  std::size_t size_ = 0;
};

// Where a window is cut off.
struct Cuts {
  bool before = false;
  bool after = false;
};

// Reads a window and adds what it holds to `findings`, whose last ends before it. True if more may form of
// what is left of it.
bool read_window(std::string_view whole, const Window& window, Cuts cuts, const RedactionOptions& options,
                 float leniency, Room& room, std::vector<Finding>& findings) {
  const std::string_view text = whole.substr(window.begin, window.end - window.begin);
  alignas(std::max_align_t) std::array<std::byte, kStackBytes> stack;
  const std::span<std::byte> bytes = room.bytes(text.size(), stack);
  std::pmr::monotonic_buffer_resource memory(bytes.data(), bytes.size());
  Scan scan(text, options, &memory);
  scan.leniency = leniency;
  scan.cut = cuts.before;
  make_canonical(text, scan.text);
  make_tokens(scan.text, {}, scan.tokens);
  const Survey survey = take_survey(scan);
  find_known(scan);
  if (survey.mail) find_mail(scan);
  if (survey.web) find_web(scan);
  if (survey.turned) find_turned(scan);
  if (survey.spread) find_spread(scan, survey.network);
  if (survey.mixed || survey.groups >= 10) find_encoded(scan, survey.mixed);
  if (survey.digits >= 4 || survey.pan) find_identifiers(scan);
  if (survey.card_code) find_card_codes(scan);
  if (survey.address) find_addresses(scan);
  if (survey.counts) find_numbers(scan);
  const std::size_t before = findings.size();
  for (const Candidate& candidate : scan.found) {
    const std::uint32_t start = scan.text.first(candidate.begin);
    const std::uint32_t end = scan.text.last(candidate.end);
    if (cuts.before && end <= kJudgedElsewhere) continue;
    if (cuts.after && start + kJudgedElsewhere >= text.size()) continue;
    const bool disguised = scan.text.disguised && end - start != candidate.end - candidate.begin;
    const auto shift = static_cast<std::uint32_t>(window.begin);
    findings.push_back(
        {start + shift, end + shift, candidate.type, candidate.score,
         candidate.evidence | (disguised ? static_cast<std::uint32_t>(kEvidenceDisguised) : 0U)});
  }
  if (findings.size() == before) return false;
  settle(findings, before);
  if (!options.known.empty()) return true;
  std::pmr::string rest(&memory);
  std::size_t from = window.begin;
  for (std::size_t i = before; i < findings.size(); ++i) {
    rest.append(whole.substr(from, findings[i].start - from));
    rest.append(marker(findings[i].type));
    from = findings[i].end;
  }
  rest.append(whole.substr(from, window.end - from));
  return may_hold_contact(rest, leniency > 0);
}

bool read_pieces(std::string_view whole, Window window, const RedactionOptions& options, float leniency,
                 Room& room, std::vector<Finding>& findings) {
  const auto inside = [&](std::size_t i) { return (static_cast<unsigned char>(whole[i]) & 0xC0) == 0x80; };
  const std::size_t known = findings.size();
  bool more = false;
  Cuts cuts;
  while (window.end - window.begin > kPiece + kOverlap) {
    cuts.after = true;
    std::size_t cut = window.begin + kPiece;
    const std::size_t lowest = cut - 64;
    while (cut > lowest && whole[cut - 1] != ' ' && whole[cut - 1] != '\n') --cut;
    if (cut == lowest) cut = window.begin + kPiece;
    while (inside(cut)) --cut;
    more = read_window(whole, {window.begin, cut}, cuts, options, leniency, room, findings) || more;
    cuts.before = true;
    window.begin = cut - kOverlap;
    while (inside(window.begin)) --window.begin;
  }
  cuts.after = false;
  more = read_window(whole, window, cuts, options, leniency, room, findings) || more;
  // What forms across a cut, no piece can tell.
  return more || (cuts.before && findings.size() != known);
}

// Whether plain contacts are hidden without a detector: where they would be whatever stands beside them.
bool takes_plain(const RedactionOptions& options, float leniency) {
  const RedactionPolicy& policy = options.policy != nullptr ? *options.policy : default_redaction_policy();
  return leniency == 0 && options.types == kAllSpanTypes &&
         policy.thresholds[static_cast<std::size_t>(SpanType::phone)] <= kPlainThreshold &&
         policy.thresholds[static_cast<std::size_t>(SpanType::email)] <= kPlainThreshold;
}

// One reading of the text. True if more may form of what is left once the findings are hidden.
bool find_once(std::string_view text, const RedactionOptions& options, float leniency,
               std::vector<Finding>& findings) {
  findings.clear();
  // A registered value may be made of words that no detector knows: then nothing is cleared unread.
  Room room;
  if (!options.known.empty()) return read_window(text, {0, text.size()}, {}, options, leniency, room, findings);
  Gate gate(text, leniency > 0, takes_plain(options, leniency) ? &findings : nullptr);
  Trigger trigger;
  if (!gate.next(trigger)) {
    settle(findings, 0);
    return false;
  }
  if (text.size() <= kWhole || leniency > 0) {
    findings.clear();
    return read_window(text, {0, text.size()}, {}, options, leniency, room, findings);
  }
  std::vector<Finding> looked;
  Window window = window_of(text, trigger);
  std::size_t done = 0;
  bool more = false;
  while (gate.next(trigger)) {
    const Window next = window_of(text, trigger);
    if (next.begin <= window.end) {
      window.begin = std::max(done, std::min(window.begin, next.begin));
      window.end = next.end;
      continue;
    }
    more = read_pieces(text, window, options, leniency, room, looked) || more;
    done = window.end;
    window = next;
  }
  more = read_pieces(text, window, options, leniency, room, looked) || more;
  if (findings.empty()) findings.swap(looked);
  findings.insert(findings.end(), looked.begin(), looked.end());
  settle(findings, 0);
  return more;
}

// Takes `more`, found in `text` with `findings` hidden, back to the places of `text`.
void add_later(std::vector<Finding>& findings, const std::vector<Finding>& more) {
  const std::size_t known = findings.size();
  std::size_t next = 0;       // the first finding whose marker is not passed yet
  std::uint32_t written = 0;  // of the redacted text, up to that marker
  std::uint32_t read = 0;     // of the text
  const auto place = [&](std::uint32_t at, bool end) {
    for (; next < known; ++next) {
      const Finding& hidden = findings[next];
      const std::uint32_t begins = written + (hidden.start - read);
      if (at < begins || (end && at == begins)) break;
      const std::uint32_t ends = begins + static_cast<std::uint32_t>(marker(hidden.type).size());
      if (at < ends || (end && at == ends)) return end ? hidden.end : hidden.start;
      written = ends;
      read = hidden.end;
    }
    return read + (at - written);
  };
  for (const Finding& found : more) {
    Finding finding = found;
    finding.start = place(found.start, false);
    finding.end = place(found.end, true);
    findings.push_back(finding);
  }
  settle(findings, 0);
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
  bool again = find_once(text, options, leniency, findings);
  // The redacted text is read as it will be when somebody redacts it once more.
  std::string redacted;
  std::vector<Finding> more;
  for (int pass = 1; again && pass < kPasses; ++pass) {
    apply_findings(text, findings, redacted);
    again = find_once(redacted, options, leniency, more);
    if (more.empty()) return;
    add_later(findings, more);
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
