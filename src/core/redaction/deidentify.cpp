// De-identification for the AI provider: contacts, then the visit's people and organisations, then what is
// left over.
#include <algorithm>
#include <array>
#include <memory_resource>

#include "core/redaction/known.hpp"
#include "core/redaction/redactor.hpp"

namespace connex {
namespace {

using namespace redaction;

constexpr float kLeniency = 1.0F;

struct Replacement {
  std::uint32_t start;
  std::uint32_t end;
  SpanType type;
  const VisitEntity* entity;  // nullptr: a contact detail
};

std::string default_placeholder(const VisitEntity& entity) {
  std::string text = entity.type == SpanType::organisation ? "[organisation " : "[person ";
  text.append(std::to_string(entity.index));
  text.push_back(']');
  return text;
}

// Titles before a name that nobody knows, introductions, long numbers, runs of initials.
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
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    std::size_t next = i + 1;
    if (next < tokens.size() && tokens[next].is('.')) ++next;
    if (t.has(kHonorific) && scan.view(t) != "sir" && scan.view(t) != "madam" && unknown_capital(next)) {
      std::size_t last = next;
      while (unknown_capital(last + 1) && last < next + 3) ++last;
      add(ResidualRisk::Kind::unknown_titled_name, i, last);
      i = last;
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
    for (const Finding& finding : contacts) hidden.push_back({finding.start, finding.end});
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
      result.text_.append(between);
      if (r.entity != nullptr) {
        result.text_ += options.placeholder ? options.placeholder(*r.entity) : default_placeholder(*r.entity);
      } else {
        result.text_ += marker(r.type);
      }
      result.findings_.push_back(
          {static_cast<std::uint32_t>(start), r.end, r.type, kKnownScore,
           r.entity != nullptr ? static_cast<std::uint32_t>(kEvidenceKnownValue) : 0U});
    } else {
      result.findings_.back().end = r.end;
    }
    last_entity = r.entity;
    from = r.end;
  }
  result.text_.append(text.substr(from));
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
