// Finds and hides contact details in free text (C1-b, X44), and de-identifies text for the AI provider (C5-l,
// X20). All functions are pure and safe from any thread. Offsets are bytes of the caller's UTF-8 text.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/result.hpp"

namespace connex {

enum class SpanType : std::uint8_t {
  phone,
  email,
  address,
  url,
  handle,
  upi,
  aadhaar,
  pan,
  gstin,
  card,
  registration,
  name,
  organisation,
};
inline constexpr std::size_t kSpanTypes = 13;

std::string_view name(SpanType type) noexcept;    // "phone"
std::string_view marker(SpanType type) noexcept;  // "[phone hidden]"

// Why a span was reported; bits of Finding::evidence.
enum Evidence : std::uint32_t {
  kEvidenceShape = 1U << 0,         // valid under the type's numbering plan or grammar
  kEvidenceChecksum = 1U << 1,      // check digit holds
  kEvidenceCue = 1U << 2,           // words nearby announce it
  kEvidenceNegativeCue = 1U << 3,   // words nearby speak against it
  kEvidenceSpelled = 1U << 4,       // written in words
  kEvidenceSeparated = 1U << 5,     // pieces with other text between them
  kEvidenceDisguised = 1U << 6,     // look-alike or invisible characters, letters for digits
  kEvidenceReversed = 1U << 7,      // valid when read backwards
  kEvidenceKnownValue = 1U << 8,    // equals a registered value
  kEvidenceConversation = 1U << 9,  // completed by earlier messages of the same sender
  kEvidenceProvider = 1U << 10,     // a known mail, payment or social service
};

// Bytes [start, end) of the text hold a contact detail. `score` is in log-odds; known values score
// kKnownScore.
struct Finding {
  std::uint32_t start = 0;
  std::uint32_t end = 0;
  SpanType type = SpanType::phone;
  float score = 0;
  std::uint32_t evidence = 0;

  friend bool operator==(const Finding&, const Finding&) = default;
};
inline constexpr float kKnownScore = 99.0F;

// What a policy pack may replace. The defaults are compiled in (default_redaction_policy).
struct RedactionPolicy {
  std::array<float, kSpanTypes> thresholds{};        // hide at or above; log-odds
  std::span<const std::string_view> allowed_hosts;   // with their subdomains; lower case
  std::span<const std::string_view> mail_providers;  // first labels ("gmail"), beside the built-in ones
  std::span<const std::string_view>
      payment_handles;  // after the @ of a UPI address, beside the built-in ones
};
const RedactionPolicy& default_redaction_policy() noexcept;

// Digits of a telephone number that are too few to be told from any other number: such a one is not looked for.
inline constexpr std::size_t kLeastPhoneDigits = 6;

// Registered values that are hidden whatever the score says. E-mails, phones, addresses and names as the host
// stores them, UTF-8; a phone of fewer than kLeastPhoneDigits is passed over. The views are read during the call only.
struct KnownValues {
  std::span<const std::string_view> phones;
  std::span<const std::string_view> emails;
  std::span<const std::string_view> addresses;
  std::span<const std::string_view> names;
  std::span<const std::string_view> organisations;

  bool empty() const noexcept {
    return phones.empty() && emails.empty() && addresses.empty() && names.empty() && organisations.empty();
  }
};

inline constexpr std::uint32_t span_bit(SpanType type) noexcept { return 1U << static_cast<unsigned>(type); }
inline constexpr std::uint32_t kAllSpanTypes = (1U << kSpanTypes) - 1;

// A null policy means default_redaction_policy(). `types` selects what is reported; by default everything
// that is a contact or an identifier. Names and organisations are reported only where they are known values.
struct RedactionOptions {
  const RedactionPolicy* policy = nullptr;
  KnownValues known;
  std::uint32_t types = kAllSpanTypes;
};

// Where a message stands with its host: `number` finds it in its thread, `order` grows with every message that its
// sender writes in any thread.
struct MessagePlace {
  std::uint64_t number = 0;
  std::uint64_t order = 0;
};

// An earlier message that tells a part of what a later one completes: how it ended as it was delivered, and how it is
// to end from now on.
struct EarlierPiece {
  std::size_t tail = 0;  // place in the tails that were read
  std::uint64_t number = 0;
  std::string delivered;
  std::string hidden;
};

// A sender's recent messages in one thread, so that a contact sent in pieces is caught at the piece that
// completes it. Bounded (kTailBytes of text, kMostBytes in all); holds only pieces that might become part of a
// contact. Serialised with bytes() and kept sealed by the host: it is personal data.
class ConversationTail {
 public:
  static constexpr std::size_t kTailBytes = 768;
  static constexpr std::size_t kTailMessages = 12;
  static constexpr std::size_t kMostBytes = 2304;

  ConversationTail() = default;
  static Result<ConversationTail> from_bytes(std::string_view bytes);
  std::string bytes() const;
  bool empty() const noexcept { return pieces_.empty(); }

 private:
  friend Result<void> find_contact_details(std::string_view, const RedactionOptions&, MessagePlace,
                                           std::span<ConversationTail>, std::vector<Finding>&,
                                           std::vector<EarlierPiece>&);
  friend struct Conversation;

  struct Hidden {
    std::uint8_t start = 0;
    std::uint8_t end = 0;
    SpanType type = SpanType::phone;
  };
  struct Piece {
    std::string text;      // the end of it, as it was written
    std::uint8_t age = 0;  // messages since
    MessagePlace place;
    std::vector<Hidden> hidden;  // of `text`, in order
  };
  std::vector<Piece> pieces_;
};

// Finds contact details. `findings` is cleared first; they come in order and do not overlap. A clean message
// costs one pass and no allocation. Errors: invalid_argument for invalid UTF-8 or a text above
// kMaxRedactionBytes. Linear time.
inline constexpr std::size_t kMaxRedactionBytes = std::size_t{1} << 30;
Result<void> find_contact_details(std::string_view text, const RedactionOptions& options,
                                  std::vector<Finding>& findings);

// The same, reading `text` as the next message of its sender. Only bytes of `text` are reported; a finding
// with kEvidenceConversation means that earlier messages hold its other pieces. Updates `tail`.
Result<void> find_contact_details(std::string_view text, const RedactionOptions& options,
                                  ConversationTail& tail, std::vector<Finding>& findings);

// The same with the tails of several threads, at least one, of the same two people: the first is that of the thread that
// `text` goes to. What earlier messages tell of the contact is given in `earlier`, for the host to change what it has
// kept of them; the tails then say so too.
Result<void> find_contact_details(std::string_view text, const RedactionOptions& options, MessagePlace place,
                                  std::span<ConversationTail> tails, std::vector<Finding>& findings,
                                  std::vector<EarlierPiece>& earlier);

// Writes `text` with each finding replaced by its marker. Idempotent: redacting `out` again changes nothing.
Result<void> redact(std::string_view text, const RedactionOptions& options, std::string& out,
                    std::vector<Finding>& findings);
Result<void> redact(std::string_view text, const RedactionOptions& options, ConversationTail& tail,
                    std::string& out, std::vector<Finding>& findings);
Result<void> redact(std::string_view text, const RedactionOptions& options, MessagePlace place,
                    std::span<ConversationTail> tails, std::string& out, std::vector<Finding>& findings,
                    std::vector<EarlierPiece>& earlier);

// Splices markers over findings of find_contact_details for the same text.
void apply_findings(std::string_view text, std::span<const Finding> findings, std::string& out);

// Redacts a text that arrives in chunks. The concatenated output depends on the bytes alone, never on the
// chunking. Holds at most kStreamWindow * 2 bytes. Contacts longer than kStreamWindow / 2 bytes are outside
// its promise.
class RedactionStream {
 public:
  static constexpr std::size_t kStreamWindow = 64 * 1024;

  explicit RedactionStream(const RedactionOptions& options) : options_(options) {}
  // Appends what is settled to `out`. After an error the stream gives that error for ever.
  Result<void> write(std::string_view chunk, std::string& out);
  Result<void> finish(std::string& out);

 private:
  Result<void> settle(bool last, std::string& out);

  RedactionOptions options_;
  std::string buffer_;       // context already given out, then text that is not
  std::size_t context_ = 0;  // bytes of the context
  bool failed_ = false;
};

// ---------------------------------------------------------------------------------------------------------------
// De-identification (C5-l, C5-m)

// Somebody or something of the visit, in the spellings the host knows. `index` makes the placeholder stable:
// the same index gives "[person 1]" in every note. A host that wants unlinkable notes supplies its own
// `placeholder`.
struct VisitEntity {
  SpanType type = SpanType::name;  // name or organisation; handle: an id of a person, found written whole alone
  std::uint32_t index = 0;
  std::span<const std::string_view> spellings;
};

// What is registered of somebody that tells who they are where a text has both: "the neurosurgeon from Satara".
struct Practice {
  std::string_view speciality;
  std::string_view city;
};

struct DeidentifyOptions {
  RedactionOptions redaction;
  std::span<const VisitEntity> entities;
  // Returns the text to put for an entity, for example a keyed digest: always the same for the same entity.
  // What it returns must not itself look like a contact detail. Empty: "[person N]" and "[organisation N]".
  std::function<std::string(const VisitEntity&)> placeholder;
  std::span<const Practice> practices = {};  // of the visit's people
};

// What may still point at a person after de-identification. Offsets are bytes of the de-identified text.
struct ResidualRisk {
  enum class Kind : std::uint8_t {
    unknown_titled_name,
    introduced_name,
    rare_number,   // long, or that of somebody's file
    long_initials,
    written_name,  // two capitalised words, or one beside what only people do, that are no words otherwise
    birth_date,
    unknown_organisation,
    practice,  // a speciality and where it is practised
  };
  Kind kind = Kind::unknown_titled_name;
  std::uint32_t start = 0;
  std::uint32_t end = 0;
};
std::string_view name(ResidualRisk::Kind kind) noexcept;

// Text that deidentify() made; nothing else can make one, so un-de-identified text cannot reach the AI gate
// by mistake.
class DeidentifiedText {
 public:
  std::string_view text() const noexcept { return text_; }
  std::span<const Finding> findings() const noexcept { return findings_; }  // offsets in the original
  std::span<const ResidualRisk> residual_risks() const noexcept { return risks_; }
  bool clean() const noexcept { return risks_.empty(); }

 private:
  friend Result<DeidentifiedText> deidentify(std::string_view, const DeidentifyOptions&);
  DeidentifiedText() = default;

  std::string text_;
  std::vector<Finding> findings_;
  std::vector<ResidualRisk> risks_;
};

// Redacts with thresholds lowered by one log-odds unit, then replaces the visit's people and organisations
// (folded spelling, initials, honorifics, letters apart or in disguise), then reports what it could not place: on doubt, for
// whoever is not registered is told by the look of a word alone.
Result<DeidentifiedText> deidentify(std::string_view text, const DeidentifyOptions& options);

}  // namespace connex
