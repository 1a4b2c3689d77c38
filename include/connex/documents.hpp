// How a person can be reached also stands in what travels around a text: calendar invitations, cards, headers
// of mail, names of files, places. These take it out and leave the rest as it was (C1-b, C2.2-d). Pure; safe
// from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connex/names.hpp"
#include "connex/redaction.hpp"

namespace connex {

enum class DocumentFormat : std::uint8_t {
  plain,          // text
  calendar,       // iCalendar (RFC 5545): organisers, attendees, places and every text of it
  card,           // vCard (RFC 6350): keeps who somebody is, not where or how to reach them
  email_headers,  // RFC 5322 header fields, encoded words (RFC 2047) included
  file_name,
};
template <>
struct Names<DocumentFormat> {
  static constexpr std::string_view list[] = {"plain", "calendar", "card", "email_headers", "file_name"};
};

// Something that was hidden. `field` is the property or header it stood in, in capitals; empty for texts and
// names.
struct DocumentFinding {
  SpanType type = SpanType::email;
  std::string field;
};

// Writes `text` without contact details to `out`. A property that this does not know is taken out where it
// could reach somebody and read as text otherwise. Lines are unfolded, and folded again at 75 bytes. Errors:
// as find_contact_details.
Result<void> redact_document(std::string_view text, DocumentFormat format, const RedactionOptions& options,
                             std::string& out, std::vector<DocumentFinding>& findings);

}  // namespace connex
