// What every detector gets and gives. Each is one pass over the tokens, with bounded look-around.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "connex/redaction.hpp"
#include "core/redaction/canonical.hpp"
#include "core/redaction/tokens.hpp"

namespace connex::redaction {

// Tokens [first, last] hold something; scores are log-odds, compared with the policy's threshold of the type.
struct Candidate {
  std::uint32_t begin;  // canonical characters
  std::uint32_t end;
  SpanType type;
  float score;
  std::uint32_t evidence;
};

struct Scan {
  Scan(std::string_view raw_text, const RedactionOptions& redaction_options,
       std::pmr::memory_resource* resource)
      : raw(raw_text),
        options(redaction_options),
        memory(resource),
        text(resource),
        tokens(resource),
        found(resource) {}

  const RedactionPolicy& policy() const noexcept {
    return options.policy != nullptr ? *options.policy : default_redaction_policy();
  }
  bool wants(SpanType type) const noexcept { return (options.types & span_bit(type)) != 0; }

  // Adds a candidate over canonical [begin, end) if it reaches its threshold.
  void report(std::uint32_t begin, std::uint32_t end, SpanType type, float score, std::uint32_t evidence) {
    if (begin >= end || !wants(type)) return;
    if (score + leniency < policy().thresholds[static_cast<std::size_t>(type)]) return;
    found.push_back({begin, end, type, score, evidence});
  }
  Chars view(const Token& token) const noexcept { return text.view(token.begin, token.end); }
  bool capital(const Token& token) const noexcept {
    const char c = raw[text.first(token.begin)];
    return c >= 'A' && c <= 'Z';
  }

  std::string_view raw;
  const RedactionOptions& options;
  std::pmr::memory_resource* memory;
  Canonical text;
  std::pmr::vector<Token> tokens;
  std::pmr::vector<Candidate> found;
  float leniency = 0;  // lowers every threshold
  bool cut = false;    // the text begins where a longer one was cut
};

// Numbers: phones, Aadhaar, cards, and the registered phones; they share one digit lattice.
void find_numbers(Scan& scan);
void find_mail(Scan& scan);         // e-mail and UPI addresses
void find_web(Scan& scan);          // URLs and handles
void find_turned(Scan& scan);       // addresses written backwards
void find_spread(Scan& scan, bool named);  // and letter by letter; `named`: there is the name of a network
// Phones and addresses in codes for machines; `mixed`: letters and digits stand in one row.
void find_encoded(Scan& scan, bool mixed);
void find_identifiers(Scan& scan);  // PAN, GSTIN, registrations
void find_card_codes(Scan& scan);   // security codes of cards, where a word announces them
void find_addresses(Scan& scan);
void find_known(Scan& scan);  // registered e-mails, addresses, names, organisations

}  // namespace connex::redaction
