#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "connex/documents.hpp"
#include "evidence/blind_index.hpp"
#include "services/as_read.hpp"
#include "services/command_groups.hpp"
#include "services/known_people.hpp"
#include "services/redaction.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

constexpr std::int64_t kMaxText = std::int64_t{1} << 18;

boost::json::array describe(std::span<const Finding> findings) {
  boost::json::array out;
  for (const Finding& finding : findings)
    out.push_back({{"type", span_name(finding.type)}, {"start", finding.start}, {"end", finding.end}});
  return out;
}

Result<KnownLists> known_values(const Arguments& args) {
  const boost::json::value* given = args.value("known");
  if (given == nullptr) return KnownLists{};
  auto known = read_known(*given);
  if (known) return known;
  Error error = std::move(known).error();
  error.path.insert(0, "/args/known");
  return error;
}

void add(std::vector<std::string>& list, const std::optional<std::string>& value) {
  if (value && !value->empty() && list.size() < kMostKnown && value->size() <= kLongestKnown)
    list.push_back(*value);
}

Error bad_text(Error error) {
  error.path = "/args/text";
  return error;
}

Result<Outcome> text_redact(Context& context, const Arguments& args) {
  CONNEX_TRY(known, known_values(args));
  CONNEX_TRY(redactor, Redactor::make(context.policy, "message", std::move(known)));
  std::string text;
  Outcome outcome;
  const auto format = from_name<DocumentFormat>(args.text("format")).value_or(DocumentFormat::plain);
  if (format != DocumentFormat::plain) {
    std::vector<DocumentFinding> hidden;
    if (auto done = redact_document(args.text("text"), format, redactor->options(), text, hidden); !done)
      return bad_text(std::move(done).error());
    boost::json::array redactions;
    for (const DocumentFinding& finding : hidden)
      redactions.push_back({{"type", span_name(finding.type)}, {"field", finding.field}});
    outcome.result = {{"text", std::move(text)}, {"redactions", std::move(redactions)}};
    return outcome;
  }
  std::vector<Finding> findings;
  if (auto done = redact(args.text("text"), redactor->options(), text, findings); !done)
    return bad_text(std::move(done).error());
  outcome.result = {{"text", std::move(text)}, {"redactions", describe(findings)}};
  return outcome;
}

Result<Outcome> text_deidentify(Context& context, const Arguments& args) {
  CONNEX_TRY(known, known_values(args));
  if (args.has("visit")) {
    CONNEX_TRY(found, add_parties(context.read(), args.text("visit"), known));
    if (!found) return not_found("visit", "visit");
  }
  CONNEX_TRY(all_looked_for, add_mentioned(context.read(), context.vault(), args.text("text"), known));
  CONNEX_TRY(redactor, Redactor::make(context.policy, "deidentify", std::move(known)));
  auto made = deidentify(args.text("text"), redactor->deidentify_options(args.text("key")));
  if (!made) return bad_text(std::move(made).error());
  boost::json::array risks;
  for (const ResidualRisk& risk : made->residual_risks())
    risks.push_back({{"kind", name(risk.kind)}, {"start", risk.start}, {"end", risk.end}});
  Outcome outcome;
  outcome.result = {{"text", made->text()},
                    {"redactions", describe(made->findings())},
                    {"residual_risks", std::move(risks)},
                    {"clean", made->clean() && all_looked_for}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kRedact[] = {
    {"text", text, true, "the text", kMaxText},
    {"known", object, false, "lists of values to hide: phones, emails, addresses, names, organisations"},
    {"format", choice, false, "what kind of text it is; plain when not given", 0,
     Names<DocumentFormat>::list},
};
constexpr Argument kDeidentify[] = {
    {"text", text, true, "the text", kMaxText},
    {"visit", id, false, "the visit that it is about: what is registered of its parties is hidden too"},
    {"key", sha256, false,
     "the tenant's key for stable placeholders; numbers stand in for people without one"},
    {"known", object, false, "lists of values to hide: phones, emails, addresses, names, organisations"},
};
constexpr std::string_view kRedactClauses[] = {"C1-b", "C1-c"};
constexpr std::string_view kDeidentifyClauses[] = {"C5-l"};

constexpr Command kCommands[] = {
    {"text.redact", "Hides contact details in a text", reports, kEverybody, false, kRedact, kRedactClauses,
     text_redact},
    {"text.deidentify", "Removes from a text who it is about", reports, kOperator, false, kDeidentify,
     kDeidentifyClauses, text_deidentify},
};

}  // namespace

Result<void> add_person(ReadTransaction& tx, std::string_view id, KnownLists& known) {
  const auto same = [&](const KnownLists::Person& person) { return person.id == id; };
  if (known.people.size() == kMostKnown || std::ranges::any_of(known.people, same)) return {};
  CONNEX_TRY(person, find_principal(tx, id));
  if (!person) return {};
  // A name that the host gives besides is theirs.
  std::size_t place = known.names.size();
  if (person->full_name) {
    const auto given = static_cast<std::size_t>(std::ranges::find(known.names, *person->full_name) - known.names.begin());
    const auto owns = [&](const KnownLists::Person& other) { return other.name == given; };
    if (std::ranges::none_of(known.people, owns)) place = given;
    if (place == known.names.size()) add(known.names, person->full_name);
  }
  known.people.push_back({std::string(id), place < known.names.size() ? std::optional(place) : std::nullopt,
                          person->speciality.value_or(""), person->city.value_or("")});
  add(known.emails, person->email);
  add(known.phones, person->phone);
  add(known.addresses, person->address);
  add(known.organisations, person->facility);
  if (!person->organisation) return {};
  CONNEX_TRY(organisation, find_organisation(tx, *person->organisation));
  if (organisation) add(known.organisations, organisation->name);
  return {};
}

Result<bool> add_mentioned(ReadTransaction& tx, Vault& vault, std::string_view text, KnownLists& known) {
  constexpr std::uint32_t kMostNamesakes = 16;
  constexpr std::size_t kMostPeople = 50;
  constexpr std::size_t kMostWords = 20'000;
  const std::vector<std::string> words = evidence::index_words(as_read(text));
  if (words.size() > kMostWords) return false;
  std::set<std::string> looked_for;
  std::set<std::string> people;
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string part;
    for (std::size_t n = first; n < words.size() && n < first + evidence::kNameWords; ++n) {
      part.append(part.empty() ? "" : " ").append(words[n]);
      if (!looked_for.insert(part).second) continue;
      for (const char* kind : {"name", "address"}) {
        if (*kind == 'a' && n - first >= evidence::kAddressWords) continue;  // looked for with fewer words
        auto found = vault.find(tx, kind, part, kMostNamesakes);
        if (!found && found.error().code == ErrorCode::invalid_argument) continue;
        if (!found) return std::move(found).error();
        if (found->size() == kMostNamesakes) return false;
        people.insert(found->begin(), found->end());
      }
      if (people.size() > kMostPeople) return false;
    }
  }
  for (const std::string& person : people) CONNEX_CHECK(add_person(tx, person, known));
  return true;
}

Result<bool> knows_names(ReadTransaction& tx, std::span<const std::string> people) {
  for (const std::string& id : people) {
    CONNEX_TRY(person, find_principal(tx, id));
    if (!person || !person->full_name || person->full_name->empty()) return false;
  }
  return true;
}

Result<bool> add_parties(ReadTransaction& tx, std::string_view visit, KnownLists& known) {
  CONNEX_TRY(found, find_visit(tx, visit));
  if (!found) return false;
  CONNEX_CHECK(add_person(tx, found->doctor, known));
  CONNEX_CHECK(add_person(tx, found->representative, known));
  if (found->company) {
    CONNEX_TRY(company, find_organisation(tx, *found->company));
    if (company) add(known.organisations, company->name);
  }
  return true;
}

std::span<const Command> text_commands() noexcept { return kCommands; }

}  // namespace connex::services
