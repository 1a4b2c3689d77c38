// A contact in pieces: the sender's last messages are read together with the new one.
#include <algorithm>

#include "core/redaction/gate.hpp"
#include "core/redaction/lexicon.hpp"
#include "core/redaction/redactor.hpp"
#include "core/redaction/utf8.hpp"

namespace connex {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kPieceBytes = 160;  // of one message that are kept

// The last kPieceBytes at most, from a character boundary.
std::string_view tail_of(std::string_view text) {
  if (text.size() <= kPieceBytes) return text;
  std::size_t from = text.size() - kPieceBytes;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  return text.substr(from);
}

// "char", "do do": nothing but words that may be numbers, which the gate minds only in a row. A message has
// its row in the messages around it.
bool only_numbers(std::string_view text) {
  constexpr std::size_t kShort = 64;
  constexpr std::string_view kAnswers[] = {"ok", "no", "on", "to", "for"};
  if (text.size() > kShort) return false;
  bool any = false;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    std::string word;
    while (end < text.size() && ((text[end] | 0x20) >= 'a' && (text[end] | 0x20) <= 'z'))
      word += static_cast<char>(text[end++] | 0x20);
    if (end == i) {
      ++i;
      continue;
    }
    const redaction::Word* const known = redaction::find_word(word);
    if (known == nullptr || known->role == redaction::NumberRole::none ||
        std::ranges::find(kAnswers, known->text) != std::end(kAnswers))
      return false;
    any = true;
    i = end;
  }
  return any;
}

}  // namespace

void ConversationTail::push(std::string_view message, bool may_matter) {
  for (Piece& piece : pieces_) ++piece.age;
  std::erase_if(pieces_, [](const Piece& piece) { return piece.age >= kTailMessages; });
  if (!may_matter || message.empty()) return;
  pieces_.push_back({std::string(tail_of(message)), 0});
  std::size_t total = 0;
  std::size_t keep = pieces_.size();
  while (keep > 0 && total + pieces_[keep - 1].text.size() + 2 <= kTailBytes)
    total += pieces_[--keep].text.size() + 2;
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(keep));
}

// version, then for each piece: age, size (two bytes, low first), text
std::string ConversationTail::bytes() const {
  if (pieces_.empty()) return {};
  std::string out(1, static_cast<char>(kVersion));
  for (const Piece& piece : pieces_) {
    out.push_back(static_cast<char>(piece.age));
    out.push_back(static_cast<char>(piece.text.size() & 0xFF));
    out.push_back(static_cast<char>(piece.text.size() >> 8));
    out += piece.text;
  }
  return out;
}

Result<ConversationTail> ConversationTail::from_bytes(std::string_view bytes) {
  ConversationTail tail;
  if (bytes.empty()) return tail;
  const Error bad{ErrorCode::corrupt, "conversation tail is malformed", ""};
  if (static_cast<std::uint8_t>(bytes[0]) != kVersion || bytes.size() > 2 * kTailBytes) return bad;
  std::size_t i = 1;
  while (i < bytes.size()) {
    if (bytes.size() - i < 3) return bad;
    const auto byte = [&](std::size_t k) {
      return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i + k]));
    };
    const std::size_t size = byte(1) | byte(2) << 8;
    if (byte(0) >= kTailMessages || size > kPieceBytes || size > bytes.size() - i - 3) return bad;
    const std::string_view text = bytes.substr(i + 3, size);
    if (!redaction::valid_utf8(text)) return bad;
    tail.pieces_.push_back({std::string(text), static_cast<std::uint8_t>(byte(0))});
    i += 3 + size;
  }
  return tail;
}

Result<void> find_contact_details(std::string_view text, const RedactionOptions& options,
                                  ConversationTail& tail, std::vector<Finding>& findings) {
  if (Result<void> found = find_contact_details(text, options, findings); !found) return found;
  const bool matters = redaction::may_hold_contact(text, true) || only_numbers(text);
  if (matters && !tail.empty()) {
    std::string joined;
    for (const ConversationTail::Piece& piece : tail.pieces_) {
      joined += piece.text;
      joined += '\n';
    }
    const auto own = static_cast<std::uint32_t>(joined.size());
    joined += text;
    std::vector<Finding> together;
    redaction::analyse(joined, options, 0, together);
    for (Finding& finding : together) {
      if (finding.end <= own) continue;
      if (finding.start < own) finding.evidence |= kEvidenceConversation;
      finding.start = std::max(finding.start, own) - own;
      finding.end -= own;
      const auto clash = [&](const Finding& other) {
        return other.start < finding.end && finding.start < other.end;
      };
      for (const Finding& other : findings) {
        if (!clash(other)) continue;
        finding.start = std::min(finding.start, other.start);
        finding.end = std::max(finding.end, other.end);
      }
      std::erase_if(findings, clash);
      findings.push_back(finding);
    }
    std::ranges::sort(findings, {}, &Finding::start);
  }
  tail.push(text, matters);
  return {};
}

Result<void> redact(std::string_view text, const RedactionOptions& options, ConversationTail& tail,
                    std::string& out, std::vector<Finding>& findings) {
  if (Result<void> found = find_contact_details(text, options, tail, findings); !found) return found;
  apply_findings(text, findings, out);
  return {};
}

}  // namespace connex
