// De-identification for the AI provider: contacts, then the visit's people and organisations, then what is
// left over.
#include <algorithm>
#include <array>
#include <functional>
#include <memory_resource>

#include "core/redaction/known.hpp"
#include "core/redaction/redactor.hpp"

namespace connex {
namespace {

using namespace redaction;

constexpr float kLeniency = 1.0F;
constexpr int kPasses = 4;  // until nothing forms anew of what is left beside the placeholders

struct Replacement {
  std::uint32_t start;
  std::uint32_t end;
  SpanType type;
  const VisitEntity* entity;  // nullptr: a contact detail
};

// Where a replacement stands in the text that came of it.
struct Placed {
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t start;  // in the original
  std::uint32_t stop;
};

// A place of the new text in the original: of a placeholder its start or, for the end of something, its end.
std::uint32_t original_place(const std::vector<Placed>& placed, std::uint32_t at, bool end) {
  std::uint32_t written = 0;
  std::uint32_t read = 0;
  for (const Placed& p : placed) {
    if (at < p.begin || (end && at == p.begin)) break;
    if (at < p.end || (end && at == p.end)) return end ? p.stop : p.start;
    written = p.end;
    read = p.stop;
  }
  return read + (at - written);
}

std::string default_placeholder(const VisitEntity& entity) {
  std::string text = entity.type == SpanType::organisation ? "[organisation " : "[person ";
  text.append(std::to_string(entity.index));
  text.push_back(']');
  return text;
}

bool is_one_of(Chars word, std::span<const std::string_view> words) {
  return std::ranges::find(words, std::string_view(word)) != words.end();
}

// As they are read in other scripts: "डॉ.", "डॉक्टर", "श्री".
constexpr std::string_view kTitles[] = {"do", "da", "dau", "dr", "doktar", "daktar", "daktara", "doktara", "shri",
                                        "shrimati", "prof", "pro"};
constexpr std::string_view kShortTitles[] = {"dr", "drs", "prof", "mr", "mrs", "ms", "smt", "shri", "sri"};
constexpr std::string_view kAfterNames[] = {"ji", "saab", "sahab", "saheb", "mam", "maam", "bhai", "sar", "medam"};

constexpr std::string_view kGreetings[] = {"respected", "namaste", "namaskar", "namaskara", "thank", "please", "pranam",
                                           "greetings", "noted", "sorry", "welcome", "understood", "certainly"};

// What doctors do in notes, which no list of the redactor has.
bool tells_of_a_doctor(Chars word) {
  constexpr std::string_view kVerbs[] = {
      "advised", "advises", "agreed", "agrees", "accepted", "added", "confirmed", "confirms", "decided", "explained",
      "explains", "expressed", "feels", "felt", "has", "have", "informed", "is", "mentioned", "mentions", "noted", "notes",
      "observed", "prefers", "preferred", "prescribed", "prescribes", "raised", "recommended", "recommends", "reported",
      "reports", "requested", "requests", "seemed", "stated", "suggested", "suggests", "thinks", "thought", "uses",
      "wanted", "wants", "wished", "will", "was", "were", "who", "interested", "happy", "busy", "consultation",
      "appointment", "opinion", "advice", "name", "visits", "meetings"};
  return is_one_of(word, kVerbs);
}

// Titles before and after a name that nobody knows, introductions, long numbers, runs of initials.
void find_risks(std::string_view text, const DeidentifyOptions& options, std::vector<ResidualRisk>& risks) {
  std::pmr::monotonic_buffer_resource memory;
  Scan scan(text, options.redaction, &memory);
  make_canonical(text, scan.text);
  make_tokens(scan.text, {}, scan.tokens);
  const auto& tokens = scan.tokens;
  const auto add = [&](ResidualRisk::Kind kind, std::size_t first, std::size_t last) {
    risks.push_back({kind, scan.text.first(tokens[first].begin), scan.text.last(tokens[last].end)});
  };
  const auto unknown_capital = [&](std::size_t i) {
    return i < tokens.size() && tokens[i].letters() && scan.capital(tokens[i]) &&
           !tokens[i].has(kCommon | kMonth | kHonorific) && tokens[i].spaces != 2;
  };
  // Other scripts have no capitals, and many leave them out.
  const auto foreign = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[scan.text.first(tokens[i].begin)]) & 0x80) != 0;
  };
  const auto unknown_word = [&](std::size_t i) {
    return i < tokens.size() && tokens[i].kind == TokenKind::word &&
           (tokens[i].word == nullptr || foreign(i) || tokens[i].size() == 1) &&
           !tokens[i].has(kCommon | kMonth | kHonorific) && !tells_of_a_doctor(scan.view(tokens[i]));
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    const Chars title = scan.view(t);
    std::size_t next = i + 1;
    if (next < tokens.size() && tokens[next].is('.')) ++next;
    const bool polite = title == "sir" || title == "madam";
    const bool honours = polite || (t.letters() && is_one_of(title, kAfterNames));
    // "dr kumar", but not "doctor prescribed": the word written out is no name's before small letters.
    const bool titled = !polite && (t.has(kHonorific) || (foreign(i) && is_one_of(title, kTitles))) &&
                        (unknown_capital(next) ||
                         (unknown_word(next) && tokens[next].spaces != 2 && (foreign(i) || is_one_of(title, kShortTitles))));
    if (titled) {
      std::size_t last = next;
      while (last < next + 3 && (unknown_capital(last + 1) ||
                                 (tokens[last].size() == 1 && last + 2 < tokens.size() && tokens[last + 1].is('.'))))
        ++last;
      if (tokens[last].is('.') && last + 1 < tokens.size() && tokens[last + 1].letters()) ++last;
      add(ResidualRisk::Kind::unknown_titled_name, i, last);
      i = last;
    } else if (honours && i > 0 && t.spaces != 2 && (unknown_capital(i - 1) || unknown_word(i - 1)) &&
               tokens[i - 1].size() > 2 && !is_one_of(scan.view(tokens[i - 1]), kGreetings)) {
      add(ResidualRisk::Kind::unknown_titled_name, i - 1, i);
    } else if (t.has(kIntroduces) && t.size() > 2 && unknown_capital(i + 1)) {
      add(ResidualRisk::Kind::introduced_name, i + 1, i + 1);
    } else if (t.kind == TokenKind::digits && !t.leet && t.size() >= 6) {
      add(ResidualRisk::Kind::rare_number, i, i);
    } else if (t.letters() && t.size() == 1 && scan.capital(t) && i + 3 < tokens.size() &&
               tokens[i + 1].is('.') && tokens[i + 2].size() == 1 && tokens[i + 2].letters() &&
               scan.capital(tokens[i + 2]) && tokens[i + 3].is('.')) {
      add(ResidualRisk::Kind::long_initials, i, i + 3);
      i += 3;
    }
  }
}

using Placeholder = std::function<std::string(const VisitEntity&)>;

// Writes `text` with the replacements, of which overlapping ones give way to the first.
void place(std::string_view text, const Placeholder& placeholder, std::vector<Replacement>& replacements,
           std::vector<Placed>& placed, std::string& out, std::vector<Finding>& findings) {
  out.clear();
  findings.clear();
  placed.clear();
  std::ranges::stable_sort(replacements, [](const Replacement& a, const Replacement& b) {
    return a.start != b.start ? a.start < b.start : a.end > b.end;
  });

  std::size_t from = 0;
  const VisitEntity* last_entity = nullptr;
  for (const Replacement& r : replacements) {
    if (r.end <= from) continue;
    // "Anita Deshmukh": the parts of one name become one placeholder.
    const std::size_t start = std::max<std::size_t>(r.start, from);
    const std::string_view between = text.substr(from, start - from);
    const bool same = r.entity != nullptr && r.entity == last_entity && from > 0 &&
                      between.find_first_not_of(" .") == std::string_view::npos;
    if (!same) {
      out.append(between);
      const auto begin = static_cast<std::uint32_t>(out.size());
      if (r.entity != nullptr) {
        out += placeholder(*r.entity);
      } else {
        out += marker(r.type);
      }
      placed.push_back({begin, static_cast<std::uint32_t>(out.size()), static_cast<std::uint32_t>(start), r.end});
      findings.push_back(
          {static_cast<std::uint32_t>(start), r.end, r.type, kKnownScore,
           r.entity != nullptr ? static_cast<std::uint32_t>(kEvidenceKnownValue) : 0U});
    } else {
      findings.back().end = r.end;
      placed.back().stop = r.end;
    }
    last_entity = r.entity;
    from = r.end;
  }
  out.append(text.substr(from));
}

// "Ravi at Acme", "Ravi of Acme", which say an address without its end: where each of the two is replaced by itself, nothing
// of the address is left, and who met whom stands.
void drop_joined_names(std::string_view text, std::vector<Replacement>& replacements) {
  constexpr std::string_view kBetween[] = {"at", "of", "from", "with", "and", "in"};
  std::erase_if(replacements, [&](const Replacement& contact) {
    if (contact.entity != nullptr || contact.type != SpanType::email) return false;
    std::string rest(text.substr(contact.start, contact.end - contact.start));
    int named = 0;
    for (const Replacement& r : replacements) {
      if (r.entity == nullptr || r.start < contact.start || r.end > contact.end) continue;
      std::fill(rest.begin() + (r.start - contact.start), rest.begin() + (r.end - contact.start), ' ');
      ++named;
    }
    const std::size_t first = rest.find_first_not_of(' ');
    if (named < 2 || first == std::string::npos) return false;
    rest = rest.substr(first, rest.find_last_not_of(' ') + 1 - first);
    return std::ranges::find(kBetween, std::string_view(rest)) != std::end(kBetween);
  });
}

}  // namespace

std::string_view name(ResidualRisk::Kind kind) noexcept {
  switch (kind) {
    case ResidualRisk::Kind::unknown_titled_name:
      return "unknown_titled_name";
    case ResidualRisk::Kind::introduced_name:
      return "introduced_name";
    case ResidualRisk::Kind::rare_number:
      return "rare_number";
    case ResidualRisk::Kind::long_initials:
      return "long_initials";
  }
  return "unknown_titled_name";
}

Result<DeidentifiedText> deidentify(std::string_view text, const DeidentifyOptions& options) {
  if (Result<void> checked = check_text(text); !checked) return Error(std::move(checked).error());
  DeidentifiedText result;
  std::vector<Finding> contacts;
  analyse(text, options.redaction, kLeniency, contacts);

  std::vector<Replacement> replacements;
  for (const Finding& finding : contacts)
    replacements.push_back({finding.start, finding.end, finding.type, nullptr});
  {
    std::pmr::monotonic_buffer_resource memory;
    Scan scan(text, options.redaction, &memory);
    make_canonical(text, scan.text);
    std::pmr::vector<HiddenSpan> hidden(&memory);
    for (const Finding& finding : contacts)  // in a registered address names are looked for all the same
      if (finding.type != SpanType::email || (finding.evidence & kEvidenceKnownValue) == 0)
        hidden.push_back({finding.start, finding.end});
    make_tokens(scan.text, hidden, scan.tokens);
    std::pmr::vector<TokenRange> ranges(&memory);
    for (const VisitEntity& entity : options.entities) {
      for (const std::string_view spelling : entity.spellings) {
        ranges.clear();
        if (entity.type == SpanType::handle)
          find_in_one(scan, spelling, ranges);
        else
          find_name(scan, spelling, true, ranges);
        for (const TokenRange& range : ranges)
          replacements.push_back(
              {scan.text.first(range.begin), scan.text.last(range.end), entity.type, &entity});
      }
    }
  }
  drop_joined_names(text, replacements);
  std::vector<Placed> placed;
  std::vector<Finding> more;
  // Read with our own placeholders, in which no word of a contact stands: a host's may be any.
  for (int pass = 0;; ++pass) {
    place(text, default_placeholder, replacements, placed, result.text_, result.findings_);
    if (pass + 1 == kPasses) break;
    analyse(result.text_, options.redaction, kLeniency, more);
    if (more.empty()) break;
    for (Finding& finding : more) {
      finding.start = original_place(placed, finding.start, false);
      finding.end = original_place(placed, finding.end, true);
      contacts.push_back(finding);
      // What is hidden together with a placeholder goes as one.
      std::erase_if(replacements, [&](const Replacement& r) { return r.start < finding.end && finding.start < r.end; });
      replacements.push_back({finding.start, finding.end, finding.type, nullptr});
    }
  }
  if (options.placeholder) place(text, options.placeholder, replacements, placed, result.text_, result.findings_);
  // Scores and evidence of contacts, as they were found.
  for (Finding& finding : result.findings_) {
    for (const Finding& contact : contacts) {
      if (contact.start == finding.start && contact.end == finding.end && contact.type == finding.type)
        finding = contact;
    }
  }
  find_risks(result.text_, options, result.risks_);
  return result;
}

}  // namespace connex
