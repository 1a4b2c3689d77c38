#include "connex/documents.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "core/ascii.hpp"

namespace connex {
namespace {

using ascii::is_digit;

constexpr std::string_view kNobody = "hidden@hidden.invalid";  // RFC 2606: reaches nobody
constexpr std::size_t kFold = 75;

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
std::string uppercase(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}
bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}
std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") + 1 - from);
}

// The logical lines, which LF, CR LF or CR ends: a line that begins with a blank goes on the one before. `keep_blank`
// says whether it stays.
std::vector<std::string> unfold(std::string_view text, bool keep_blank) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    std::string_view line = text.substr(0, end);
    const bool pair = end != std::string_view::npos && text.substr(end).starts_with("\r\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + (pair ? 2 : 1));
    const bool more = !lines.empty() && (line.starts_with(' ') || line.starts_with('\t'));
    if (more) {
      line.remove_prefix(1);
      if (keep_blank) lines.back() += ' ';
      lines.back() += line;
    } else {
      lines.emplace_back(line);
    }
  }
  return lines;
}

void fold(std::string_view line, std::string& out) {
  std::size_t room = kFold;
  while (line.size() > room) {
    std::size_t cut = room;
    while (cut > 1 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
    out.append(line.substr(0, cut)).append("\r\n ");
    line.remove_prefix(cut);
    room = kFold - 1;
  }
  out.append(line).append("\r\n");
}

// One property: NAME;PARAM=value;...:value. Colons and semicolons may stand in quoted parameters.
struct Property {
  std::string name;  // without its group, in capitals
  std::string group;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string value;
};

std::optional<Property> read_property(std::string_view line) {
  bool quoted = false;
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (quoted || (line[i] != ';' && line[i] != ':')) continue;
    parts.push_back(line.substr(from, i - from));
    from = i + 1;
    if (line[i] != ':') continue;
    Property p;
    std::string_view name = parts.front();
    if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) {
      p.group = name.substr(0, dot + 1);
      name.remove_prefix(dot + 1);
    }
    p.name = uppercase(name);
    for (std::size_t k = 1; k < parts.size(); ++k) {
      const std::size_t equals = parts[k].find('=');
      p.parameters.emplace_back(
          uppercase(parts[k].substr(0, equals)),
          equals == std::string_view::npos ? std::string() : std::string(parts[k].substr(equals + 1)));
    }
    p.value = line.substr(from);
    return p;
  }
  return std::nullopt;
}

std::string write_property(const Property& p) {
  std::string line = p.group + p.name;
  for (const auto& [name, value] : p.parameters) line.append(";").append(name).append("=").append(value);
  return line.append(":").append(p.value);
}

// RFC 5545 and 6350 TEXT: "\n", "\,", "\;" and "\\".
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    ++i;
    out += text[i] == 'n' || text[i] == 'N' ? '\n' : text[i];
  }
  return out;
}
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == ',' || c == ';') out += '\\';
    out += c;
  }
  return out;
}

class Document {
 public:
  Document(const RedactionOptions& options, std::vector<DocumentFinding>& findings)
      : options_(options), findings_(findings) {}

  void found(SpanType type, std::string_view field) { findings_.push_back({type, std::string(field)}); }

  bool readable(std::string_view text) { return find_contact_details(text, options_, spans_).has_value(); }

  // The text without contact details. What cannot be read as UTF-8 was refused before.
  std::string clean(std::string_view text, std::string_view field) {
    std::string out;
    if (!redact(text, options_, out, spans_)) return {};
    for (const Finding& span : spans_) found(span.type, field);
    return out;
  }

  // An id may look like a mail address, "20261123-17@host", and must stay as distinct as it is, unless what it has
  // before the host is a contact.
  std::string clean_id(std::string_view id, std::string_view field) {
    const bool angled = id.starts_with('<') && id.ends_with('>');
    if (angled) id = id.substr(1, id.size() - 2);
    const std::size_t at = id.rfind('@');
    std::string out(id.substr(0, at));
    if (tells_contact(out)) {
      out = "hidden";
      found(SpanType::phone, field);
    }
    if (at != std::string_view::npos) {
      out += "@hidden.invalid";
      found(SpanType::email, field);
    }
    return angled ? "<" + out + ">" : out;
  }

 private:
  // Digits beside those of one number are the id's own.
  bool tells_contact(std::string_view id) {
    const auto digits = std::count_if(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!find_contact_details(id, options_, spans_)) return true;
    return std::any_of(spans_.begin(), spans_.end(), [&](const Finding& span) {
      const bool number = span.type == SpanType::phone && digits >= 10 && digits <= 12;
      return number || (span.evidence & kEvidenceKnownValue) != 0;
    });
  }

  const RedactionOptions& options_;
  std::vector<DocumentFinding>& findings_;
  std::vector<Finding> spans_;
};

int hex_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c = upper(c);
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Quoted-printable; in headers `_` is a blank.
std::string decode_q(std::string_view text, bool header) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size() && hex_of(text[i + 1]) >= 0 && hex_of(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_of(text[i + 1]) * 16 + hex_of(text[i + 2]));
      i += 2;
    } else {
      out += header && text[i] == '_' ? ' ' : text[i];
    }
  }
  return out;
}

std::string decode_b(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) continue;
    bits = (bits << 6U | static_cast<unsigned>(digit)) & 0xFFFFFFU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(held) & 0xFFU);
  }
  return out;
}

// A value that is written in another coding, as what it says; the parameters that tell the coding go.
void decode_value(Property& p, Document& document) {
  enum class Coding : std::uint8_t { none, quoted, base64 } coding = Coding::none;
  std::erase_if(p.parameters, [&](const auto& parameter) {
    const std::string how = uppercase(parameter.first == "ENCODING" ? std::string_view(parameter.second)
                                                                    : std::string_view(parameter.first));
    const bool quoted_printable = how == "QUOTED-PRINTABLE" || how == "Q";
    const bool base = how == "BASE64" || how == "B";
    if (quoted_printable || base) coding = quoted_printable ? Coding::quoted : Coding::base64;
    return quoted_printable || base || parameter.first == "CHARSET";
  });
  if (coding == Coding::none) return;
  p.value = coding == Coding::quoted ? decode_q(p.value, false) : decode_b(p.value);
  std::erase(p.value, '\r');
  if (!document.readable(p.value)) p.value = "[hidden]";
}

// ---- calendar

constexpr std::string_view kPeople[] = {"ORGANIZER", "ATTENDEE"};
// Times, rules, states: they hold nothing else.
constexpr std::string_view kStructure[] = {
    "BEGIN",    "END",      "VERSION",    "PRODID",        "METHOD",        "CALSCALE",
    "DTSTART",  "DTEND",    "DTSTAMP",    "DURATION",      "CREATED",       "RRULE",
    "RDATE",    "EXDATE",   "STATUS",     "LAST-MODIFIED", "RECURRENCE-ID", "TRANSP",
    "SEQUENCE", "PRIORITY", "CLASS",      "TRIGGER",       "TZID",          "TZOFFSETFROM",
    "TZNAME",   "ACTION",   "TZOFFSETTO", "REPEAT",        "FREEBUSY",      "REQUEST-STATUS"};
constexpr std::string_view kEventTexts[] = {"SUMMARY",    "DESCRIPTION", "COMMENT",     "LOCATION",
                                            "CATEGORIES", "RESOURCES",   "X-WR-CALNAME"};
constexpr std::string_view kPersonParameters[] = {"CN",   "CUTYPE",   "ROLE",  "PARTSTAT",
                                                  "RSVP", "LANGUAGE", "MEMBER"};


// "20261123", "20261123T100000": a date of a century that anybody plans in.
std::size_t date_at(std::string_view text) {
  const auto digits = [&](std::size_t from, std::size_t count) {
    return text.size() >= from + count &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                       text.begin() + static_cast<std::ptrdiff_t>(from + count), is_digit);
  };
  if (!digits(0, 8) || !(text.starts_with("19") || text.starts_with("20"))) return 0;
  if (text.substr(4, 2) > "12" || text.substr(4, 2) < "01" || text.substr(6, 2) > "31") return 0;
  const std::size_t size = text.size() > 8 && text[8] == 'T' && digits(9, 6) ? 15 : 8;
  return size < text.size() && is_digit(text[size]) ? 0 : size;
}

// Dates, durations and rules, which the redactor could take for numbers: beside its dates it has hardly a
// digit.
bool is_time_or_rule(std::string_view value) {
  std::size_t others = 0;
  for (std::size_t i = 0; i < value.size();) {
    const bool begins = i == 0 || !is_digit(value[i - 1]);
    if (const std::size_t date = begins ? date_at(value.substr(i)) : 0; date != 0) {
      i += date;
      continue;
    }
    others += is_digit(value[i++]) ? 1 : 0;
  }
  return others <= 6 &&
         value.find_first_not_of("0123456789TZPMWDHS+-:;=,./ABCEFGIKLNORUVXYQ") == std::string_view::npos;
}

std::string quoted(std::string text) {
  std::erase(text, '"');
  std::replace(text.begin(), text.end(), '\n', ' ');
  return '"' + text + '"';
}

std::optional<Property> clean_event(Property p, Document& document) {
  if (is_one_of(p.name, kPeople)) {
    std::vector<std::pair<std::string, std::string>> kept;
    for (auto& [name, value] : p.parameters) {
      if (name == "CN") {
        kept.emplace_back(name, quoted(document.clean(value, p.name)));
      } else if (is_one_of(name, kPersonParameters) && name != "MEMBER") {
        kept.emplace_back(name, document.clean(value, p.name));
      } else {
        document.found(SpanType::email, p.name);
      }
    }
    p.parameters = std::move(kept);
    p.value = std::string("mailto:").append(kNobody);
    document.found(SpanType::email, p.name);
    return p;
  }
  if (p.name == "UID" || p.name == "RELATED-TO") {
    p.parameters.clear();
    p.value = document.clean_id(p.value, p.name);
    return p;
  }
  if (is_one_of(p.name, kStructure)) {
    if (!is_time_or_rule(p.value)) p.value = document.clean(p.value, p.name);
    std::erase_if(p.parameters, [](const auto& parameter) {
      return parameter.first != "TZID" && parameter.first != "VALUE" && parameter.first != "RELATED" &&
             parameter.first != "RANGE" && parameter.first != "FBTYPE";
    });
    return p;
  }
  if (!is_one_of(p.name, kEventTexts)) {
    // GEO, CONTACT, URL, ATTACH, CONFERENCE, X-...: each is a place, a person or a link.
    document.found(
        p.name == "GEO" || p.name.find("LOCATION") != std::string::npos ? SpanType::address : SpanType::url,
        p.name);
    return std::nullopt;
  }
  std::erase_if(p.parameters, [](const auto& parameter) { return parameter.first != "LANGUAGE"; });
  p.value = escape(document.clean(unescape(p.value), p.name));
  return p;
}

// ---- card

constexpr std::string_view kCardTexts[] = {"FN",    "N",    "NICKNAME", "ORG",
                                           "TITLE", "ROLE", "NOTE",     "CATEGORIES"};
constexpr std::string_view kCardStructure[] = {"BEGIN", "END",  "VERSION", "PRODID",
                                               "REV",   "KIND", "LANG",    "TZ"};

SpanType type_of_card(std::string_view name) {
  if (name == "TEL") return SpanType::phone;
  if (name == "EMAIL") return SpanType::email;
  if (name == "ADR" || name == "LABEL" || name == "GEO") return SpanType::address;
  return name == "IMPP" || name.starts_with("X-") ? SpanType::handle : SpanType::url;
}

std::optional<Property> clean_card(Property p, Document& document) {
  p.group.clear();
  if (is_one_of(p.name, kCardStructure)) {
    p.parameters.clear();
    p.value = p.name == "REV" ? p.value : document.clean(p.value, p.name);
    return p;
  }
  if (p.name == "UID") {
    p.parameters.clear();
    p.value = document.clean_id(p.value, p.name);
    return p;
  }
  if (p.name == "ADR") {  // post box; extended; street; city; region; code; country: the city alone stays
    document.found(SpanType::address, p.name);
    std::array<std::string, 7> parts;
    std::size_t part = 0;
    for (std::size_t i = 0; i < p.value.size() && part < parts.size(); ++i) {
      if (p.value[i] == ';') {
        ++part;
      } else {
        parts[part] += p.value[i];
        if (p.value[i] == '\\' && i + 1 < p.value.size()) parts[part] += p.value[++i];
      }
    }
    p.parameters.clear();
    p.value = ";;;" + escape(document.clean(unescape(parts[3]), p.name)) + ";;;";
    return p;
  }
  if (!is_one_of(p.name, kCardTexts)) {
    document.found(type_of_card(p.name), p.name);
    return std::nullopt;
  }
  p.parameters.clear();
  if (p.name == "N" || p.name == "ORG") {
    std::replace(p.value.begin(), p.value.end(), '\n', ' ');
    p.value = document.clean(p.value, p.name);  // its semicolons part the value
  } else {
    p.value = escape(document.clean(unescape(p.value), p.name));
  }
  return p;
}

template <class Clean>
std::string clean_properties(std::string_view text, Document& document, Clean clean) {
  std::string out;
  const std::vector<std::string> lines = unfold(text, false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (trimmed(line).empty()) continue;
    std::optional<Property> p = read_property(line);
    if (!p) {
      fold(document.clean(line, ""), out);
      continue;
    }
    // Quoted-printable goes on in the next line after "=" at the end of one.
    const bool quoted_printable = uppercase(line.substr(0, line.size() - p->value.size())).find("QUOTED-PRINTABLE") != std::string::npos;
    while (quoted_printable && p->value.ends_with('=')) {
      p->value.pop_back();
      if (i + 1 < lines.size()) p->value += lines[++i];
    }
    decode_value(*p, document);
    if (auto kept = clean(std::move(*p), document)) fold(write_property(*kept), out);
  }
  return out;
}

// ---- headers of mail

// Encoded words as what they say: "=?utf-8?Q?...?=". One of a character set that is not read here is hidden
// whole.
std::string decode_words(std::string_view text) {
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    const std::size_t at = text.find("=?");
    const std::string_view plain = text.substr(0, at);
    if (!(after_word && trimmed(plain).empty())) out += plain;
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    const std::size_t charset = text.find('?', 2);
    const std::size_t coding = charset == std::string_view::npos ? charset : text.find('?', charset + 1);
    const std::size_t end = coding == std::string_view::npos ? coding : text.find("?=", coding + 1);
    if (end == std::string_view::npos) {
      out += text;
      break;
    }
    const std::string set = uppercase(text.substr(2, charset - 2));
    const std::string how = uppercase(text.substr(charset + 1, coding - charset - 1));
    const std::string_view body = text.substr(coding + 1, end - coding - 1);
    std::string said = how == "B" ? decode_b(body) : decode_q(body, true);
    std::vector<Finding> none;
    const bool readable = (set.starts_with("UTF-8") || set.starts_with("US-ASCII")) &&
                          find_contact_details(said, {}, none).has_value() &&
                          said.find_first_of("\r\n") == std::string::npos;
    out += readable ? said : "[hidden]";
    text.remove_prefix(end + 2);
    after_word = true;
  }
  return out;
}

constexpr std::string_view kAddresses[] = {"FROM", "TO"};
constexpr std::string_view kIds[] = {"MESSAGE-ID", "IN-REPLY-TO", "REFERENCES", "CONTENT-ID"};
constexpr std::string_view kHeaderTexts[] = {"SUBJECT",  "CONTENT-TYPE", "CONTENT-DISPOSITION",
                                             "COMMENTS", "KEYWORDS",     "CONTENT-DESCRIPTION"};
constexpr std::string_view kHeaderStructure[] = {
    "DATE", "MIME-VERSION", "CONTENT-TRANSFER-ENCODING", "AUTO-SUBMITTED", "CONTENT-LANGUAGE", "IMPORTANCE"};

// "Name <a@b>, c@d (Name)" keeps the names and reaches nobody.
std::string clean_addresses(std::string_view value, std::string_view field, Document& document) {
  std::string out;
  while (!value.empty()) {
    bool quote = false;
    int depth = 0;
    std::size_t end = 0;
    for (; end < value.size(); ++end) {
      if (value[end] == '"' && (end == 0 || value[end - 1] != '\\')) quote = !quote;
      if (quote) continue;
      depth += value[end] == '(' || value[end] == '<' ? 1 : value[end] == ')' || value[end] == '>' ? -1 : 0;
      if (value[end] == ',' && depth <= 0) break;
    }
    const std::string_view one = trimmed(value.substr(0, end));
    value.remove_prefix(std::min(end + 1, value.size()));
    if (one.empty()) continue;
    if (!out.empty()) out += ", ";
    const std::size_t angle = one.rfind('<');
    std::string shown = document.clean(
        decode_words(trimmed(one.substr(0, angle == std::string_view::npos ? 0 : angle))), field);
    std::erase(shown, '"');
    std::erase(shown, '\\');
    if (!shown.empty()) out.append("\"").append(shown).append("\" ");
    out.append("<").append(kNobody).append(">");
    document.found(SpanType::email, field);
  }
  return out;
}

std::string clean_headers(std::string_view text, Document& document) {
  std::string out;
  for (const std::string& line : unfold(text, true)) {
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) {
      out.append(document.clean(decode_words(line), "")).append("\r\n");
      continue;
    }
    const std::string_view name = trimmed(std::string_view(line).substr(0, colon));
    const std::string_view value = trimmed(std::string_view(line).substr(colon + 1));
    const std::string field = uppercase(name);
    std::string kept;
    if (is_one_of(field, kAddresses)) {
      kept = clean_addresses(value, field, document);
    } else if (is_one_of(field, kIds)) {
      std::string_view rest = value;
      while (!rest.empty()) {
        const std::size_t end = rest.find(' ');
        if (!kept.empty()) kept += ' ';
        kept += document.clean_id(rest.substr(0, end), field);
        rest = end == std::string_view::npos ? std::string_view() : trimmed(rest.substr(end));
      }
    } else if (is_one_of(field, kHeaderTexts)) {
      kept = document.clean(decode_words(value), field);
    } else if (is_one_of(field, kHeaderStructure)) {
      kept = field == "DATE" ? std::string(value) : document.clean(value, field);
    } else {  // Reply-To, Sender, Cc, Bcc, Return-Path, Received, X-...: they tell where it came from
      document.found(SpanType::email, field);
      continue;
    }
    out.append(name).append(": ").append(kept).append("\r\n");
  }
  return out;
}

// A name of a file has no blanks between its words: the marks that stand for them are read as such.
Result<std::string> clean_file_name(std::string_view name, const RedactionOptions& options,
                                    std::vector<DocumentFinding>& findings) {
  std::string out(name);
  std::vector<Finding> spans;
  for (const bool read_marks : {false, true}) {
    std::string read = out;
    if (read_marks) {
      const std::size_t dot = read.rfind('.');
      const std::size_t end = dot == std::string::npos ? read.size() : dot;
      for (std::size_t i = 0; i < end; ++i)
        if (read[i] == '_' || read[i] == '+' || read[i] == '%') read[i] = ' ';
    }
    if (auto done = find_contact_details(read, options, spans); !done) return std::move(done).error();
    std::string next;
    apply_findings(out, spans, next);
    for (const Finding& span : spans) findings.push_back({span.type, ""});
    out = std::move(next);
  }
  return out;
}

}  // namespace

Result<void> redact_document(std::string_view text, DocumentFormat format, const RedactionOptions& options,
                             std::string& out, std::vector<DocumentFinding>& findings) {
  out.clear();
  findings.clear();
  std::vector<Finding> spans;
  if (format == DocumentFormat::plain) {
    if (auto done = redact(text, options, out, spans); !done) return done;
    for (const Finding& span : spans) findings.push_back({span.type, ""});
    return {};
  }
  if (format == DocumentFormat::file_name) {
    auto name = clean_file_name(text, options, findings);
    if (!name) return std::move(name).error();
    out = std::move(*name);
    return {};
  }
  // Refuses what is no UTF-8 before anything is cut.
  if (auto done = find_contact_details(text, options, spans); !done) return done;
  Document document(options, findings);
  switch (format) {
    case DocumentFormat::calendar:
      out = clean_properties(text, document, clean_event);
      break;
    case DocumentFormat::card:
      out = clean_properties(text, document, clean_card);
      break;
    case DocumentFormat::email_headers:
      out = clean_headers(text, document);
      break;
    default:
      break;
  }
  return {};
}

}  // namespace connex
