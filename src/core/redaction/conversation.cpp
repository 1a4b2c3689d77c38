// A contact in pieces: the sender's last messages are read together with the new one.
#include <algorithm>
#include <array>
#include <charconv>
#include <memory_resource>

#include "core/redaction/gate.hpp"
#include "core/redaction/known.hpp"
#include "core/redaction/lexicon.hpp"
#include "core/redaction/redactor.hpp"
#include "core/redaction/utf8.hpp"

namespace connex {
namespace {

using redaction::NumberRole;
using redaction::Scan;
using redaction::Token;
using redaction::TokenKind;

constexpr std::uint8_t kVersion = 2;     // 1 had no places and nothing hidden
constexpr std::size_t kPieceBytes = 160;  // of one message that are kept
constexpr std::size_t kMostHidden = 24;   // spans of a piece that are kept
constexpr std::size_t kShort = 64;        // bytes of a message that can be nothing but a piece

// The last kPieceBytes at most, from a character boundary.
std::string_view tail_of(std::string_view text) {
  if (text.size() <= kPieceBytes) return text;
  std::size_t from = text.size() - kPieceBytes;
  while (from < text.size() && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) ++from;
  return text.substr(from);
}

// What a message says as a piece of a number.
struct Said {
  bool bare = false;  // nothing but digits, number words and what stands between the pieces of a number
  bool cue = false;   // announces a number
  bool value = false;  // a decimal or a percentage and nothing else: "8.5", "98 %"
  std::string digits;      // of a bare message; else those at its end
  std::uint32_t from = 0;  // where the latter begin
};

bool is_answer(std::string_view word) {
  constexpr std::string_view kAnswers[] = {"ok", "no", "on", "to", "for"};
  return std::ranges::find(kAnswers, word) != std::end(kAnswers);
}

// "char", "do do", "11": the gate minds a number word in a row only, and of digits a few at least. A message has
// its row in the messages around it.
Said read_piece(std::string_view text) {
  Said said;
  std::array<std::byte, 16 * 1024> stack;
  std::pmr::monotonic_buffer_resource memory(stack.data(), stack.size());
  const RedactionOptions options;
  Scan scan(text, options, &memory);
  make_canonical(text, scan.text);
  make_tokens(scan.text, {}, scan.tokens);
  bool figures = false;
  bool words = false;
  bool other = false;
  bool glue = false;
  std::size_t ends = 0;  // where the digits at the end begin, as a token
  for (std::size_t i = 0; i < scan.tokens.size(); ++i) {
    const Token& t = scan.tokens[i];
    said.cue = said.cue || t.has(redaction::kPhoneCue);
    if (t.kind == TokenKind::punct || t.kind == TokenKind::symbol) continue;
    const redaction::Word* const word = t.letters() ? redaction::find_word(scan.view(t)) : nullptr;
    if (t.kind == TokenKind::digits && !t.leet) {
      figures = true;
    } else if ((t.kind == TokenKind::number || (word != nullptr && word->role != NumberRole::none)) &&
               !(word != nullptr && is_answer(word->text))) {
      words = true;
    } else {
      (t.has(redaction::kGlue) ? glue : other) = true;
      ends = i + 1;
    }
  }
  const auto& t = scan.tokens;
  const auto figure = [&](std::size_t i) { return t[i].kind == TokenKind::digits && !t[i].leet && t[i].size() <= 3; };
  said.value = (t.size() == 2 && figure(0) && t[1].is('%')) ||
               (t.size() == 3 && figure(0) && t[1].is('.') && t[1].spaces == 0 && t[2].spaces == 0 && figure(2) &&
                t[2].size() == 1);
  said.bare = text.size() <= kShort && (figures || words) && !other && (figures || !glue);
  if (!said.bare && ends < scan.tokens.size()) said.from = scan.text.first(scan.tokens[ends].begin);
  if (!said.bare) scan.tokens.erase(scan.tokens.begin(), scan.tokens.begin() + static_cast<std::ptrdiff_t>(ends));
  said.digits = said_digits(scan);
  return said;
}

// Rows of readings: each as long as the others or beside them, none far from the others.
bool is_series(const std::vector<std::string>& numbers, unsigned percent) {
  unsigned least = ~0U;
  unsigned most = 0;
  for (const std::string& number : numbers) {
    if (number.empty() || number.size() > 4 || number[0] == '0') return false;
    unsigned value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    least = std::min(least, value);
    most = std::max(most, value);
  }
  return least >= 10 && most * 100 <= least * percent;
}

// How many digits of a mobile number `digits` may be, without the code of the country; 0 when it is none.
std::size_t mobile_digits(std::string_view digits) {
  for (const std::string_view code : {"", "0", "91", "091", "0091"}) {
    if (!digits.starts_with(code)) continue;
    const std::string_view rest = digits.substr(code.size());
    if (!rest.empty() && rest[0] >= '6' && rest.size() <= 10) return rest.size();
  }
  return 0;
}

}  // namespace

// One message being read with those before it.
struct Conversation {
  using Piece = ConversationTail::Piece;
  using Hidden = ConversationTail::Hidden;

  struct Part {
    Piece* piece;
    std::size_t tail;
    Said said;
    std::uint32_t begin = 0;  // in `joined`
    std::uint32_t end = 0;
    bool follows = false;  // the one before it in `parts` is the message before it
  };
  std::vector<Part> parts;
  std::string joined;
  std::uint32_t own = 0;  // where the new message begins

  Conversation(std::span<ConversationTail> tails, std::string_view text) {
    for (std::size_t t = 0; t < tails.size(); ++t)
      for (Piece& piece : tails[t].pieces_) parts.push_back({&piece, t, {}});
    std::ranges::stable_sort(parts, {}, [](const Part& part) { return part.piece->place.order; });
    std::size_t total = 0;
    std::size_t keep = parts.size();
    while (keep > 0 && total + parts[keep - 1].piece->text.size() + 2 <= ConversationTail::kTailBytes)
      total += parts[--keep].piece->text.size() + 2;
    parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(keep));
    const Part* before = nullptr;
    const auto put = [&](std::string_view piece) {
      if (before != nullptr) joined += '\n';
      const auto begin = static_cast<std::uint32_t>(joined.size());
      joined += piece;
      return begin;
    };
    for (Part& part : parts) {
      part.said = read_piece(part.piece->text);
      part.begin = put(part.piece->text);
      part.end = static_cast<std::uint32_t>(joined.size());
      part.follows = before != nullptr && (before->tail != part.tail || before->piece->age == part.piece->age + 1);
      before = &part;
    }
    own = put(text);
  }

  // Bare numbers, message after message, which make up a mobile number: the last is hidden once eight digits are
  // given, sooner when a number was announced, and all of them with the tenth.
  void find_run(const Said& last, std::vector<Finding>& found) const {
    if (!last.bare || last.digits.empty()) return;
    std::string digits = last.digits;
    std::vector<std::string> numbers = {last.digits};
    bool next = true;
    bool values = last.value;
    bool in_a_row = parts.empty() || parts.back().piece->age == 0;  // nothing was said between
    for (std::size_t i = parts.size(); i-- > 0 && next && digits.size() < 14;) {
      const Part& part = parts[i];
      const bool cue = part.said.cue || (i > 0 && parts[i - 1].said.cue);
      if (part.said.digits.empty() && !part.said.cue) {
        in_a_row = false;
        continue;
      }
      if (!part.said.bare && !(part.said.cue && !part.said.digits.empty())) return;
      digits.insert(0, part.said.digits);
      numbers.insert(numbers.begin(), part.said.digits);
      values = values && part.said.value;
      next = part.said.bare;
      const std::size_t given = mobile_digits(digits);
      const bool row = in_a_row;
      in_a_row = in_a_row && part.follows;
      if (given < 10 && !row) continue;
      // Two messages of nine digits and more are hardly readings.
      if (given < (cue ? 6U : 8U) || numbers.size() < (cue || given >= 9 ? 2U : 3U)) continue;
      if ((values && !cue) || is_series(numbers, given == 10 ? 125 : 200)) continue;
      const std::uint32_t start = given == 10 ? part.begin + part.said.from : own;
      found.push_back({start, static_cast<std::uint32_t>(joined.size()), SpanType::phone, kPlain,
                       kEvidenceShape | kEvidenceSeparated | kEvidenceConversation});
      if (given == 10) return;
    }
  }

  // Whether the last bare messages are readings, where no number was announced.
  bool ends_in_series(const Said& last) const {
    if (!last.bare || std::ranges::any_of(parts, [](const Part& part) { return part.said.cue; })) return false;
    std::vector<std::string> numbers = {last.digits};
    for (std::size_t i = parts.size(); i-- > 0 && parts[i].said.bare;) numbers.push_back(parts[i].said.digits);
    return numbers.size() >= 3 && is_series(numbers, 125);
  }

  // What `finding` covers of earlier messages is hidden there.
  void hide(const Finding& finding) {
    for (Part& part : parts) {
      if (finding.start >= part.end || finding.end <= part.begin) continue;
      const bool whole = finding.start <= part.begin && part.end <= finding.end;
      if (whole && finding.type == SpanType::phone && part.said.digits.empty() &&
          !redaction::may_hold_contact(part.piece->text, true))
        continue;  // said in between
      std::vector<Hidden>& hidden = part.piece->hidden;
      Hidden one{static_cast<std::uint8_t>(std::max(finding.start, part.begin) - part.begin),
                 static_cast<std::uint8_t>(std::min(finding.end, part.end) - part.begin), finding.type};
      std::erase_if(hidden, [&](const Hidden& other) {
        if (other.start >= one.end || one.start >= other.end) return false;
        one.start = std::min(one.start, other.start);
        one.end = std::max(one.end, other.end);
        return true;
      });
      hidden.push_back(one);
      std::ranges::sort(hidden, {}, &Hidden::start);
      if (hidden.size() > kMostHidden) hidden = {{0, static_cast<std::uint8_t>(part.piece->text.size()), one.type}};
    }
  }

  static std::string shown(const Piece& piece) {
    std::vector<Finding> findings;
    for (const Hidden& hidden : piece.hidden) findings.push_back({hidden.start, hidden.end, hidden.type, 0, 0});
    std::string out;
    apply_findings(piece.text, findings, out);
    return out;
  }

  // Makes `text` the newest piece of the thread.
  static void push(ConversationTail& tail, std::string_view text, MessagePlace place, bool matters,
                   const std::vector<Finding>& findings) {
    auto& pieces = tail.pieces_;
    for (Piece& piece : pieces) ++piece.age;
    std::erase_if(pieces, [](const Piece& piece) { return piece.age >= ConversationTail::kTailMessages; });
    if (!matters || text.empty()) return;
    const std::string_view kept = tail_of(text);
    const std::size_t from = text.size() - kept.size();
    Piece piece{std::string(kept), 0, place, {}};
    for (const Finding& finding : findings) {
      if (finding.end <= from) continue;
      piece.hidden.push_back({static_cast<std::uint8_t>(std::max<std::size_t>(finding.start, from) - from),
                              static_cast<std::uint8_t>(finding.end - from), finding.type});
    }
    if (piece.hidden.size() > kMostHidden)
      piece.hidden.erase(piece.hidden.begin(), piece.hidden.end() - static_cast<std::ptrdiff_t>(kMostHidden));
    pieces.push_back(std::move(piece));
    std::size_t total = 0;
    std::size_t keep = pieces.size();
    while (keep > 0 && total + pieces[keep - 1].text.size() + 2 <= ConversationTail::kTailBytes)
      total += pieces[--keep].text.size() + 2;
    pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(keep));
  }

  static constexpr float kPlain = 4.0F;
};

namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

// Reads from the front of `bytes`; `whole` turns false when there is no more.
struct Reader {
  std::string_view bytes;
  bool whole = true;

  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    const std::string_view from = text(size);
    for (std::size_t i = 0; i < from.size(); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
    return value;
  }
  std::string_view text(std::size_t size) {
    if (size > bytes.size()) {
      whole = false;
      return {};
    }
    const std::string_view out = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return out;
  }
};

}  // namespace

// Version, then for each piece: age, size (two bytes, low first, as all numbers), text; since version 2 the place (eight
// bytes each) and how many spans of it are hidden, each with start, end and type.
std::string ConversationTail::bytes() const {
  if (pieces_.empty()) return {};
  std::string out(1, static_cast<char>(kVersion));
  for (const Piece& piece : pieces_) {
    put(out, piece.age, 1);
    put(out, piece.text.size(), 2);
    out += piece.text;
    put(out, piece.place.number, 8);
    put(out, piece.place.order, 8);
    put(out, piece.hidden.size(), 1);
    for (const Hidden& hidden : piece.hidden) {
      put(out, hidden.start, 1);
      put(out, hidden.end, 1);
      put(out, static_cast<std::uint64_t>(hidden.type), 1);
    }
  }
  return out;
}

Result<ConversationTail> ConversationTail::from_bytes(std::string_view bytes) {
  ConversationTail tail;
  if (bytes.empty()) return tail;
  const Error bad{ErrorCode::corrupt, "conversation tail is malformed", ""};
  Reader in{bytes};
  const std::uint64_t version = in.number(1);
  if (version < 1 || version > kVersion || bytes.size() > kMostBytes || in.bytes.empty())
    return bad;
  while (!in.bytes.empty()) {
    Piece piece;
    const std::uint64_t age = in.number(1);
    const std::uint64_t size = in.number(2);
    if (age >= kTailMessages || size > kPieceBytes) return bad;
    piece.age = static_cast<std::uint8_t>(age);
    piece.text = in.text(size);
    if (version >= 2) {
      piece.place.number = in.number(8);
      piece.place.order = in.number(8);
      const std::uint64_t count = in.number(1);
      if (count > kMostHidden) return bad;
      std::uint64_t from = 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t start = in.number(1);
        const std::uint64_t end = in.number(1);
        const std::uint64_t type = in.number(1);
        if (start < from || end <= start || end > size || type >= kSpanTypes) return bad;
        piece.hidden.push_back(
            {static_cast<std::uint8_t>(start), static_cast<std::uint8_t>(end), static_cast<SpanType>(type)});
        from = end;
      }
    }
    if (!in.whole || !redaction::valid_utf8(piece.text)) return bad;
    tail.pieces_.push_back(std::move(piece));
  }
  return tail;
}

Result<void> find_contact_details(std::string_view text, const RedactionOptions& options, MessagePlace place,
                                  std::span<ConversationTail> tails, std::vector<Finding>& findings,
                                  std::vector<EarlierPiece>& earlier) {
  earlier.clear();
  if (Result<void> found = find_contact_details(text, options, findings); !found) return found;
  const bool is_short = text.size() <= kShort;
  const Said said = is_short ? read_piece(text) : Said{};
  // Where something is registered, no detector has to know the words of which it is made.
  const bool matters =
      said.bare || (is_short && !options.known.empty()) || redaction::may_hold_contact(text, true);
  if (matters && std::ranges::any_of(tails, [](const ConversationTail& tail) { return !tail.empty(); })) {
    Conversation conversation(tails, text);
    std::vector<std::string> delivered;
    for (const Conversation::Part& part : conversation.parts) delivered.push_back(Conversation::shown(*part.piece));
    std::vector<Finding> together;
    redaction::analyse(conversation.joined, options, 0, together);
    const std::uint32_t own = conversation.own;
    if (conversation.ends_in_series(said))
      std::erase_if(together, [&](const Finding& finding) {
        return finding.start < own && finding.type != SpanType::email && (finding.evidence & kEvidenceKnownValue) == 0;
      });
    conversation.find_run(said, together);
    for (Finding& finding : together) {
      if (finding.start < own) {
        conversation.hide(finding);
        finding.evidence |= kEvidenceConversation;
      }
      if (finding.end <= own) continue;
      finding.start = std::max(finding.start, own) - own;
      finding.end -= own;
      const auto clash = [&](const Finding& other) {
        return other.start < finding.end && finding.start < other.end;
      };
      for (const Finding& other : findings) {
        if (!clash(other)) continue;
        finding.start = std::min(finding.start, other.start);
        finding.end = std::max(finding.end, other.end);
        finding.evidence |= other.evidence;
      }
      std::erase_if(findings, clash);
      findings.push_back(finding);
    }
    std::ranges::sort(findings, {}, &Finding::start);
    for (std::size_t i = 0; i < conversation.parts.size(); ++i) {
      const Conversation::Part& part = conversation.parts[i];
      std::string hidden = Conversation::shown(*part.piece);
      if (hidden != delivered[i])
        earlier.push_back({part.tail, part.piece->place.number, std::move(delivered[i]), std::move(hidden)});
    }
  }
  Conversation::push(tails.front(), text, place, matters, findings);
  return {};
}

Result<void> find_contact_details(std::string_view text, const RedactionOptions& options,
                                  ConversationTail& tail, std::vector<Finding>& findings) {
  std::vector<EarlierPiece> earlier;
  return find_contact_details(text, options, {}, {&tail, 1}, findings, earlier);
}

Result<void> redact(std::string_view text, const RedactionOptions& options, ConversationTail& tail,
                    std::string& out, std::vector<Finding>& findings) {
  if (Result<void> found = find_contact_details(text, options, tail, findings); !found) return found;
  apply_findings(text, findings, out);
  return {};
}

Result<void> redact(std::string_view text, const RedactionOptions& options, MessagePlace place,
                    std::span<ConversationTail> tails, std::string& out, std::vector<Finding>& findings,
                    std::vector<EarlierPiece>& earlier) {
  if (Result<void> found = find_contact_details(text, options, place, tails, findings, earlier); !found) return found;
  apply_findings(text, findings, out);
  return {};
}

}  // namespace connex
