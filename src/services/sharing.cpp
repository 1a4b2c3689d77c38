#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "connex/purpose.hpp"
#include "policy/countries.hpp"
#include "services/accounts.hpp"
#include "services/attestations.hpp"
#include "services/command_groups.hpp"
#include "services/dependencies.hpp"
#include "services/known_people.hpp"
#include "services/policy_versions.hpp"
#include "services/posture.hpp"
#include "services/processors.hpp"
#include "services/recording_permits.hpp"
#include "services/schema.hpp"
#include "services/sharing_rules.hpp"
#include "services/sharings.hpp"
#include "services/tallies.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"
#include "services/visit_facts.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using Object = boost::json::object;
using store::Cell;
using store::Row;

constexpr std::int64_t kMaxPeople = 100;

// What a sharing is about, as far as the host says.
struct Matter {
  std::optional<std::string> visit;
  std::vector<std::string> parties;  // of the visit, those made unidentifiable among them
  bool registered_recording = false;
  std::string_view source;
  std::vector<std::string> people;  // whose data it is, each once
  std::vector<std::string> stated;  // those of them whom the host names itself

  void add(std::string_view person) {
    if (std::find(people.begin(), people.end(), person) == people.end()) people.emplace_back(person);
  }
};

Error bad_context(std::string_view message, std::string_view member) {
  return {ErrorCode::not_found, std::string(message), fmt::format("/args/context/{}", member)};
}

Result<Matter> read_matter(ReadTransaction& tx, const Arguments& args) {
  Matter matter;
  const Object* given = args.object("context");
  if (given == nullptr) return matter;
  const Arguments context(*given);
  matter.source = context.text("source");
  if (context.has("visit")) matter.visit = context.text("visit");
  if (context.has("recording")) {
    Row row;
    const Cell key[] = {context.text("recording")};
    CONNEX_TRY(found, tx.get(recording::kTable, key, row));
    if (!found) return bad_context("no such recording", "recording");
    const std::string of(row.bytes(recording::visit));
    if (matter.visit && *matter.visit != of)
      return Error{ErrorCode::conflict, "the recording is of another visit", "/args/context/recording"};
    matter.visit = of;
    matter.registered_recording = true;
  }
  if (matter.visit) {
    CONNEX_TRY(visit, find_visit(tx, *matter.visit));
    if (!visit) return bad_context("no such visit", "visit");
    matter.parties = {visit->doctor, visit->representative};
    for (const std::string& person : people_of(*visit)) matter.add(person);
  }
  for (const std::string& person : context.ids("principals")) {
    CONNEX_TRY(found, find_account(tx, person));
    if (!found) return bad_context("no such principal", "principals");
    matter.add(person);
    matter.stated.push_back(person);
  }
  return matter;
}

std::string text_of(const boost::json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

Result<bool> uses_bridge(ReadTransaction& tx, std::string_view person) {
  CONNEX_TRY(account, find_account(tx, person));
  if (!account || !account->active()) return false;
  Row row;
  const Cell key[] = {person};
  CONNEX_TRY(found, tx.get(bridge_setting::kTable, key, row));
  return found && row.integer(bridge_setting::enabled) == 1;
}

// Whoever is reached must use the bridge, and whomever the host names; where no number is sent, everybody concerned
// (X56). A number that is registered for nobody is theirs whom the host names, unless another is on file for them.
Result<Fact> bridge_used(Context& context, const Matter& matter, const Processor& processor, const Object& fields) {
  if (matter.people.empty()) return Fact::unknown;
  ReadTransaction& tx = context.read();
  const boost::json::value* phone = processor.find("phone") ? fields.if_contains("phone") : nullptr;
  for (const std::string& person : phone != nullptr ? matter.stated : matter.people) {
    CONNEX_TRY(used, uses_bridge(tx, person));
    if (!used) return Fact::no;
  }
  if (phone == nullptr) return Fact::yes;
  CONNEX_TRY(owners, owners_of(tx, context.vault(), "phone", *phone));
  if (!owners) return Fact::unknown;
  bool reached = false;
  for (const std::string& owner : *owners) {
    if (std::ranges::find(matter.people, owner) == matter.people.end()) continue;
    CONNEX_TRY(used, uses_bridge(tx, owner));
    if (!used) return Fact::no;
    reached = true;
  }
  if (reached || !owners->empty()) return fact(reached);
  for (const std::string& person : matter.stated) {
    CONNEX_TRY(known, find_principal(tx, person));
    if (!known || known->phone) return Fact::no;
  }
  return matter.stated.empty() ? Fact::unknown : Fact::yes;
}

Result<void> add_visit_facts(Context& context, const Matter& matter, SharingFacts& facts) {
  if (matter.registered_recording) facts.fields.set(Guard::recording_permit, Fact::yes);
  if (!matter.visit) return {};
  CONNEX_TRY(s, load_snapshot(context.read(), context.policy, *matter.visit));
  facts.media.set("doctor_virtual_visits_enabled",
                  s.preference.virtual_visits.on && s.doctor.principal.active());
  facts.media.set("visit_is_virtual", true);
  facts.media.set("visit_is_current", is_current(s.visit, context.policy, context.now));
  CONNEX_TRY(permitted, may_record(context, s.visit));
  facts.fields.set(Guard::recording_permit, fact(matter.registered_recording || permitted));
  return {};
}

// "hmac-sha256:KEY:HASH": what was hashed, and under which key. A bare hash of a telephone number can be
// reversed by trying them all (X19). Gives the key's name, read as words; none for anything else.
std::optional<std::string> key_of(const boost::json::value& value) {
  constexpr std::string_view kScheme = "hmac-sha256:";
  constexpr std::size_t kLongest = 32;
  constexpr std::ptrdiff_t kMostDigits = 6;  // a year and a month; fewer than a telephone number has
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.get_string();
  if (!text.starts_with(kScheme) || text.size() < kScheme.size() + 66) return std::nullopt;
  text.remove_prefix(kScheme.size());
  const std::string_view hash = text.substr(text.size() - 64);
  std::string key(text.substr(0, text.size() - 65));
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool short_id = is_id(key) && key.size() <= kLongest && !is_digit(key.front()) &&
                        std::ranges::count_if(key, is_digit) <= kMostDigits;
  if (text[text.size() - 65] != ':' || !short_id || hash.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return std::nullopt;
  std::ranges::replace_if(key, [](char c) { return c == '.' || c == '_' || c == '-' || c == ':'; }, ' ');
  return key;
}

// Whether a text holds a value as it stands, whatever the redactor makes of it; small and capital letters of
// ASCII are the same.
bool mentions(std::string_view text, const KnownLists& known) {
  const auto same = [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(a) == lower(b);
  };
  for (const auto* list :
       {&known.phones, &known.emails, &known.addresses, &known.names, &known.organisations})
    for (const std::string& value : *list)
      if (std::search(text.begin(), text.end(), value.begin(), value.end(), same) != text.end()) return true;
  return false;
}

// Whether the value of a field is looked at, for whom it tells of.
bool is_looked_at(const ProcessorField& field) noexcept {
  return field.guard == Guard::redacted || field.guard == Guard::deidentified || field.guard == Guard::keyed_hash ||
         is_opaque(field);
}

// Whether the value of such a field tells of no way to reach somebody but the one that it is for.
Result<bool> is_one(Context& context, const ProcessorField& field, const boost::json::value& value) {
  std::optional<std::vector<std::string>> owners;
  if (value.is_string()) {
    CONNEX_TRY(found, owners_of(context.read(), context.vault(), field.name, value));
    owners = std::move(found);
  }
  if (owners && !owners->empty()) return true;
  std::vector<Finding> findings;
  if (!find_contact_details(text_of(value), {}, findings)) return false;
  return findings.empty() || (owners && findings.size() == 1 && findings.front().type == SpanType::email);
}

// A guard on values holds when it holds of every value that it stands before.
void add_value(GuardFacts& facts, Guard guard, Fact holds) {
  if (facts[guard] != Fact::no) facts.set(guard, holds);
}

// What is known of those whom a sharing is about, and of whom its texts tell besides.
struct People {
  KnownLists known;
  bool all = true;  // nobody is left out
};

Result<People> people_in(Context& context, const Matter& matter, const Processor& processor, const Object& fields) {
  People people;
  ReadTransaction& tx = context.read();
  if (matter.visit) CONNEX_CHECK(add_parties(tx, *matter.visit, people.known));
  for (const std::string& person : matter.people) CONNEX_CHECK(add_person(tx, person, people.known));
  for (const auto& [name, value] : fields) {
    const ProcessorField* field = processor.find(name);
    if (field == nullptr || !is_looked_at(*field)) continue;
    const std::string text = field->guard == Guard::keyed_hash ? key_of(value).value_or("") : text_of(value);
    CONNEX_TRY(all, add_mentioned(tx, context.vault(), text, people.known));
    people.all = people.all && all;
  }
  return people;
}

// Looks at the values of the fields that depend on them; none leaves this function.
Result<void> add_value_facts(Context& context, const Matter& matter, const Processor& processor,
                             const Object& fields, SharingFacts& facts) {
  std::optional<People> people;
  std::unique_ptr<const Redactor> redactors[2];  // of a whole text, or not
  std::uint64_t bit = 1;
  for (auto member = fields.begin(); member != fields.end(); ++member, bit <<= 1U) {
    const ProcessorField* field = processor.find(member->key());
    if (field == nullptr) continue;
    if (is_of_one(*field)) {
      CONNEX_TRY(one, is_one(context, *field, member->value()));
      if (!one) facts.telling |= bit;
    }
    const bool whole = field->guard == Guard::deidentified;
    const bool opaque = is_opaque(*field);
    if (!is_looked_at(*field)) continue;
    if (!people) {
      CONNEX_TRY(found, people_in(context, matter, processor, fields));
      people = std::move(found);
    }
    const bool keyed = field->guard == Guard::keyed_hash;
    const std::optional<std::string> key = keyed ? key_of(member->value()) : std::nullopt;
    if (keyed && !key) {
      add_value(facts.fields, field->guard, Fact::no);
      continue;
    }
    const std::string text = key ? *key : text_of(member->value());
    const bool names_them = whole && mentions(text, people->known);
    std::unique_ptr<const Redactor>& redactor = redactors[whole ? 1 : 0];
    if (!redactor) {
      CONNEX_TRY(made, Redactor::make(context.policy, whole ? "deidentify" : "notification", people->known));
      redactor = std::move(made);
    }
    if (whole) {
      const auto made = deidentify(text, redactor->deidentify_options());
      const bool clean = !names_them && made && made->clean() && made->text() == text;
      // Nobody's names can be looked for where nobody is known, nor those of who is erased.
      CONNEX_TRY(people_named, knows_names(context.read(), matter.people));
      CONNEX_TRY(parties_named, knows_names(context.read(), matter.parties));
      const bool named = !matter.people.empty() && people_named && parties_named && people->all;
      add_value(facts.fields, field->guard, clean && !named ? Fact::unknown : fact(clean));
      continue;
    }
    RedactionOptions options = redactor->options();
    options.known.organisations = {};
    // A text tells people's names, and a practice may bear its owner's.
    if ((!opaque && !keyed) || field->name == "organisation_name") options.known.names = {};
    std::vector<Finding> findings;
    const bool clean = find_contact_details(text, options, findings) && findings.empty() && people->all &&
                       !(keyed && mentions(text, people->known));
    if (!opaque)
      add_value(facts.fields, field->guard, fact(clean));
    else if (!clean)
      facts.telling |= bit;
  }
  return {};
}

// Before the processor, or of one of its fields.
bool asks(const Processor& processor, Guard guard) {
  return processor.guard == guard || std::ranges::find(processor.fields, guard, &ProcessorField::guard) != processor.fields.end();
}

Result<SharingFacts> gather(Context& context, const Matter& matter, const RegisteredProcessor& registered,
                            const Object& fields, const FactsOf<kPostureMeet>& posture) {
  const Processor& processor = registered.processor;
  SharingFacts facts;
  facts.engaged = fact(registered.engaged);
  facts.posture = posture;
  CONNEX_TRY(agreement, attested(context.read(), context.policy, claim_about(kAgreement, processor.id), context.now));
  facts.agreement = agreement;
  CONNEX_CHECK(add_visit_facts(context, matter, facts));
  CONNEX_CHECK(add_value_facts(context, matter, processor, fields, facts));
  if (asks(processor, Guard::bridge_opt_in)) {
    CONNEX_TRY(used, bridge_used(context, matter, processor, fields));
    facts.bridge.set("bridge_opted_in", used);
  }
  if (asks(processor, Guard::region_attested)) {
    CONNEX_TRY(region, attested(context.read(), context.policy, claim_about(kRegion, processor.id), context.now));
    facts.storage.set("region_attested", region);
  }
  if (processor.guard == Guard::ai_gate) {
    CONNEX_TRY(enabled, attested(context.read(), context.policy, kAiEnabled, context.now));
    CONNEX_TRY(no_training, attested(context.read(), context.policy, claim_about(kNoTraining, processor.id), context.now));
    facts.ai.set("ai_enabled", enabled);
    facts.ai.set("no_training_attested", no_training);
    if (!matter.source.empty()) facts.ai.set("source_is_completion_note", matter.source == "completion_note");
    const bool has_text = std::any_of(processor.fields.begin(), processor.fields.end(), [&](const auto& f) {
      return f.guard == Guard::deidentified && fields.contains(f.name);
    });
    facts.ai.set("text_deidentified", has_text ? facts.fields[Guard::deidentified] : Fact::yes);
  }
  return facts;
}

// Of each field, whose contact details it tells, as far as that is known.
using Owners = std::vector<std::vector<std::string>>;
Result<Owners> owners_of(Context& context, const Object& fields, std::span<const std::string_view> names) {
  Owners all;
  for (const std::string_view field : names) {
    CONNEX_TRY(owners, owners_of(context.read(), context.vault(), field, fields.at(field)));
    all.push_back(owners ? std::move(*owners) : std::vector<std::string>());
  }
  return all;
}

// Whether the data of all whom the host names, or whose contact details a sharing tells, may be used.
Result<bool> all_in_use(Context& context, const Matter& matter, const Owners& owners) {
  const auto in_use = [&](const std::vector<std::string>& people) -> Result<bool> {
    for (const std::string& id : people) {
      CONNEX_TRY(person, find_account(context.read(), id));
      if (!person) continue;
      CONNEX_TRY(usable, is_usable(context, *person));
      if (!usable) return false;
    }
    return true;
  };
  for (const std::vector<std::string>& some : owners) {
    CONNEX_TRY(usable, in_use(some));
    if (!usable) return false;
  }
  return in_use(matter.stated);
}

// Adds whose name a sharing tells, of those concerned.
Result<void> add_named(ReadTransaction& tx, const Matter& matter, const Object& fields,
                       std::span<const std::string_view> names, Owners& owners) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != name(Field::name)) continue;
    const boost::json::value& told = fields.at(names[i]);
    for (const std::string& person : matter.people) {
      CONNEX_TRY(known, find_principal(tx, person));
      if (known && told.is_string() && known->full_name == std::string_view(told.get_string())) owners[i].push_back(person);
    }
  }
  return {};
}

// Notes for each of those concerned what went out of theirs: what is known to be somebody else's is not (X48).
Result<void> keep(Context& context, const Matter& matter, const Sharing& sharing, std::string_view processor,
                  std::uint64_t sent, const Owners& owners) {
  SharingRecord record{.principal = {},
                       .seq = context.seq,
                       .processor = std::string(processor),
                       .purpose = std::string(sharing.purpose),
                       .fields = {},
                       .country = std::nullopt,
                       .shared_at = context.now};
  if (!sharing.country.empty()) record.country = sharing.country;
  for (const std::string& person : matter.people) {
    record.principal = person;
    record.fields.clear();
    for (std::size_t i = 0; i < sharing.fields.size(); ++i) {
      const bool others = !owners[i].empty() && std::ranges::find(owners[i], person) == owners[i].end();
      if ((sent >> i & 1U) == 0 || others) continue;
      if (!record.fields.empty()) record.fields += ' ';
      record.fields += sharing.fields[i];
    }
    if (!record.fields.empty()) CONNEX_CHECK(save(context.write(), record));
  }
  return add_to(context.write(), "sharing",
                 fmt::format("{}/{}", processor, sharing.country.empty() ? "-" : sharing.country));
}

// A word that the policy knows, as the log may repeat it; any other may hold anything.
std::string known_word(const PolicyPack& policy, std::string_view word) {
  const bool known = from_name<Purpose>(word) || from_name<Operation>(word) || policy.find_never(word);
  return known ? std::string(word) : "?";
}

// What was asked, so that it can be decided again under another policy: names, no values, of what these rules could send.
Details details_of(const Sharing& sharing, const EgressRule* rule, std::uint64_t sent,
                   const PolicyPack& policy) {
  std::string send;
  std::string strip;
  for (std::size_t i = 0; i < sharing.fields.size(); ++i) {
    std::string& list = (sent >> i & 1U) != 0 ? send : strip;
    if (!list.empty()) list += ' ';
    const bool fits = i >= kMaxEgressFields || ((sharing.facts.telling | sharing.facts.withheld) >> i & 1U) == 0;
    list += fits && rule && rule->guard_of(sharing.fields[i]) ? sharing.fields[i] : std::string_view("?");
  }
  return {{"purpose", known_word(policy, sharing.purpose)},
          {"country", std::string(sharing.country)},
          {"send", std::move(send)},
          {"strip", std::move(strip)}};
}

// Streams are encrypted in transit always, and end to end only where that is attested and nothing is recorded, for the
// recorder hears them (X15).
Result<bool> is_end_to_end(Context& context, const Matter& matter) {
  CONNEX_TRY(claimed, attested(context.read(), context.policy, kEndToEnd, context.now));
  if (claimed != Fact::yes || !matter.visit) return false;
  CONNEX_TRY(visit, find_visit(context.read(), *matter.visit));
  if (!visit) return false;
  CONNEX_TRY(recorded, may_record(context, *visit));
  return !recorded;
}

Result<void> check_country(const Arguments& args) {
  if (!args.has("country") || policy::is_country(args.text("country"))) return {};
  return invalid(std::string(kNoCountry), "country");
}

// A sharing as those decide it who stand on one version.
struct Verdict {
  SharingDecision decided;
  Sharing sharing;
  Object result;
  Details details;
};

// `before` is what those on older versions let go of it, to which it is held.
Result<Verdict> decide_for(Context& context, const Arguments& args, const Matter& matter,
                           const std::optional<RegisteredProcessor>& registered, Sharing sharing, std::uint64_t before) {
  const Object& fields = *args.object("fields");
  CONNEX_TRY(dependence,
             dependence_of(context.read(), context.policy, context.now, args.text("processor"), sharing.fields));
  std::optional<EgressRule> rule;
  if (registered) {
    rule.emplace(registered->processor);
    CONNEX_TRY(facts, gather(context, matter, *registered, fields, dependence.facts));
    sharing.facts = facts;
  }
  sharing.facts.withheld = ~before;
  const Day today = day_of(context.now, context.offset());
  SharingDecision decided = decide_sharing(rule ? &*rule : nullptr, sharing, context.policy, today);
  std::optional<EgressRule> wider;  // what the pack lists and customers were not told of
  if (registered && registered->waiting) wider.emplace(*registered->waiting);
  if (wider && !decided.decision.permitted()) {
    CONNEX_TRY(facts, gather(context, matter, {*registered->waiting, true, {}}, fields, dependence.facts));
    Sharing asked = sharing;
    asked.facts = facts;
    asked.facts.withheld = ~before;
    if (decide_sharing(&*wider, asked, context.policy, today).decision.permitted()) {  // that alone is in the way
      asked.facts.engaged = Fact::no;
      decided = decide_sharing(&*wider, asked, context.policy, today);
      sharing.facts = asked.facts;
    }
  }
  Verdict made{.decided = decided,
               .sharing = sharing,
               .result = describe_sharing(decided, rule ? &*rule : nullptr, sharing, wider ? &*wider : nullptr),
               .details = details_of(sharing, wider ? &*wider : rule ? &*rule : nullptr, decided.egress.send,
                                     context.policy)};
  if (registered && registered->processor.guard == Guard::virtual_visits_opt_in) {
    CONNEX_TRY(end_to_end, is_end_to_end(context, matter));
    made.result["end_to_end"] = end_to_end;
  }
  if (registered && !dependence.lacking.empty()) made.result["lacking"] = std::move(dependence.lacking);
  return made;
}

// Why fields were stripped before, where `result` does not tell it.
void add_stripped(const array& before, Object& result) {
  array& stripped = result["stripped"].as_array();
  const auto told = [&](const boost::json::value& entry) {
    return std::ranges::any_of(before, [&](const auto& other) { return other.at("field") == entry.at("field"); });
  };
  array all = before;
  for (const boost::json::value& entry : stripped)
    if (!told(entry)) all.push_back(entry);
  stripped = std::move(all);
}

// What is sent is sent under the terms of everybody concerned: the first whose terms refuse it answer, and each field
// that some keep back stays (X26).
Result<Outcome> egress_check(Context& context, const Arguments& args) {
  CONNEX_CHECK(check_country(args));
  const Object& fields = *args.object("fields");
  const std::string_view id = args.text("processor");
  CONNEX_TRY(names, read_field_names(*args.value("fields"), "/args/fields"));
  CONNEX_TRY(matter, read_matter(context.read(), args));
  CONNEX_TRY(owners, owners_of(context, fields, names));
  Outcome outcome;
  if (args.text("purpose") != name(Purpose::legal_obligation)) {  // for which data are kept out of use
    CONNEX_TRY(usable, all_in_use(context, matter, owners));
    if (!usable) {
      FactsOf<kDataUse> facts;
      facts.set("owner_in_use", false);
      outcome = decide(facts);
      outcome.object = id;
      outcome.subjects = matter.people;
      return outcome;
    }
  }
  std::optional<Verdict> made;
  std::uint64_t sent = ~std::uint64_t{0};
  CONNEX_TRY(all, find_terms(context.read(), context.policies, context.standings, id, context.now));
  for (const TermsOfSome& terms : all) {
    Context theirs(context, terms.standing, *terms.pack);
    const Sharing asked{names, args.text("purpose"), args.text("country"), {}};
    CONNEX_TRY(verdict, decide_for(theirs, args, matter, terms.registered, asked, sent));
    if (made) add_stripped(made->result["stripped"].as_array(), verdict.result);
    made = std::move(verdict);
    if (terms.standing != context.standing) outcome.standing = terms.standing;
    if (!made->decided.decision.permitted()) break;
    sent = made->decided.egress.send;
  }
  outcome.decision = made->decided.decision;
  outcome.facts = made->decided.facts;
  if (outcome.decision.permitted())
    for (std::size_t i = 0; i < owners.size(); ++i)
      if ((sent >> i & 1U) != 0)
        for (const std::string& owner : owners[i]) matter.add(owner);
  outcome.object = id;
  if (matter.visit) outcome.visit = *matter.visit;
  outcome.subjects = matter.people;
  outcome.details = std::move(made->details);
  outcome.result = std::move(made->result);
  if (outcome.decision.permitted()) {
    CONNEX_CHECK(add_named(context.read(), matter, fields, names, owners));
    CONNEX_CHECK(keep(context, matter, made->sharing, id, sent, owners));
  }
  return outcome;
}

Result<Outcome> transfer_check(Context& context, const Arguments& args) {
  CONNEX_CHECK(check_country(args));
  const std::string_view id = args.text("processor");
  const std::vector<std::string> people = args.ids("principals");
  for (const std::string& person : people) {
    CONNEX_TRY(found, find_account(context.read(), person));
    if (!found) return not_found("principal", "principals");
  }
  CONNEX_TRY(lines, processor_lines(context.read(), context.policies, id));
  CONNEX_TRY(agreement, attested(context.read(), context.policy, claim_about(kAgreement, id), context.now));
  const Day today = day_of(context.now, context.offset());
  const auto facts_for = [&](Number standing, const PolicyPack& pack) {
    const std::optional<Processor>& used = lines[static_cast<std::size_t>(standing - 1)].used;
    std::optional<EgressRule> rule;
    if (used) rule.emplace(*used);
    return transfer_facts(rule ? &*rule : nullptr, CountryTable(pack.countries), args.text("country"), agreement, today);
  };
  Outcome outcome;
  const PolicyPack* policy = nullptr;
  for (const Number standing : context.standings) {  // the first that refuse it answer for all
    policy = context.policies.pack(standing, context.now).pack.get();
    outcome = decide(facts_for(standing, *policy));
    if (standing != context.standing) outcome.standing = standing;
    if (!outcome.decision.permitted()) break;
  }
  outcome.object = id;
  outcome.subjects = people;
  array versions;  // on which somebody may stand
  const Number newest = context.policies.in_effect(context.now);
  for (Number n = std::min(context.policies.settled(), newest); n <= newest; ++n) {
    const Decision decision = evaluate(kTransferCheck, facts_for(n, *context.policies.pack(n, context.now).pack));
    versions.push_back({{"version", context.policies.at(n).filed.pack->version}, {"permitted", decision.permitted()}});
  }
  outcome.details = {{"country", std::string(args.text("country"))}};
  array entries;
  for (const auto& [list, rows] : {std::pair{"deny", &policy->countries.deny},
                                   std::pair{"allow", &policy->countries.allow}})
    for (const CountryEntry& entry : *rows)
      if (entry.country == args.text("country") && entry.in_force(today))
        entries.push_back({{"list", list}, {"from", format_day(entry.from)}, {"source", entry.source}});
  outcome.result = {{"processor", id},
                    {"country", args.text("country")},
                    {"lists", std::move(entries)},
                    {"versions", std::move(versions)}};
  return outcome;
}

// The register of transfers (C11-b): where each processor works, on what footing, and how often data went. Of those
// that are in use for anybody, then of those that no longer are and got data.
Result<Outcome> transfer_list(Context& context, const Arguments&) {
  CONNEX_TRY(tallies, list_tallies(context.read()));
  std::map<std::string, Object, std::less<>> sent;
  for (const Tally& tally : tallies) {
    const std::size_t slash = tally.key.rfind('/');
    if (tally.kind == "sharing" && slash != std::string::npos)
      sent[tally.key.substr(0, slash)][tally.key.substr(slash + 1)] = tally.count;
  }
  const CountryTable countries(context.policy.countries);
  const Day today = day_of(context.now, context.offset());
  array listed;
  const auto add = [&](const Processor& p, bool in_use, Object sharings) -> Result<void> {
    CONNEX_TRY(agreement, attested(context.read(), context.policy, claim_about(kAgreement, p.id), context.now));
    array where;
    for (const std::string& country : p.countries)
      where.push_back({{"country", country}, {"permitted", countries.permits(country, today) == Fact::yes}});
    listed.push_back({{"processor", p.id},
                      {"name", p.name},
                      {"in_use", in_use},
                      {"countries", std::move(where)},
                      {"worldwide", p.worldwide},
                      {"agreement_in_force", agreement == Fact::yes},
                      {"sharings", std::move(sharings)}});
    return {};
  };
  CONNEX_TRY(in_use, list_processors(context.read(), context.policies, context.now));
  for (const Processor& p : in_use) {
    CONNEX_CHECK(add(p, true, std::move(sent[p.id])));
    sent.erase(p.id);
  }
  for (auto& [id, sharings] : sent) {
    CONNEX_TRY(former, find_former(context.read(), context.policies, id));
    if (former) CONNEX_CHECK(add(*former, false, std::move(sharings)));
  }
  Outcome outcome;
  outcome.result = {{"transfers", std::move(listed)}};
  return outcome;
}

Result<void> keep_demand(Context& context, const Arguments& args, const Object& given) {
  const Arguments demand(given);
  const std::string scope = boost::json::serialize(*demand.value("scope"));
  const std::string about = boost::json::serialize(*demand.value(demand.has("about") ? "about" : "scope"));
  const Cell cells[] = {context.seq,
                        demand.text("authority"),
                        demand.text("section"),
                        std::int64_t{demand.day("date").number},
                        std::string_view(scope),
                        std::string_view(about),
                        args.text("class"),
                        args.text("operation"),
                        context.now.micros};
  return context.write().insert(lawful_demand::kTable, cells);
}

// Whether what is asked for under a demand is there: a person, a visit, a recording or a record.
Result<bool> names_somebody(ReadTransaction& tx, const Object& given) {
  const Arguments demand(given);
  for (const std::string& id : demand.ids(demand.has("about") ? "about" : "scope")) {
    CONNEX_TRY(person, find_account(tx, id));
    if (person) return true;
    const Cell key[] = {std::string_view(id)};
    for (const store::Table* table : {&visit::kTable, &recording::kTable, &retained::kTable}) {
      Row row;
      CONNEX_TRY(found, tx.get(*table, key, row));
      if (found) return true;
    }
  }
  return false;
}

Result<Outcome> purpose_check(Context& context, const Arguments& args) {
  const Day today = day_of(context.now, context.offset());
  GuardFacts guards = purpose_guards(args, context.policy, today);
  if (args.has("visit")) {
    CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
    if (!visit) return not_found("visit", "visit");
    CONNEX_TRY(permitted, may_record(context, *visit));
    guards.set(Guard::recording_permit, fact(permitted));
  }
  const bool tabled = args.has("counts");
  if (tabled != args.has("columns")) return invalid("argument is missing", tabled ? "columns" : "counts");
  if (tabled && args.has("cell_size")) return invalid("the table tells it", "cell_size");
  if (tabled && !consent_counts(args)) {
    CONNEX_TRY(tested, check_counts(context, args, Told::as_it_is));
    guards.set(Guard::aggregated_or_consented, fact(tested.decision.permitted()));
  }
  if (const Object* demand = args.object("demand"); demand && guards[Guard::written_demand] == Fact::yes) {
    CONNEX_TRY(known, names_somebody(context.read(), *demand));
    guards.set(Guard::written_demand, fact(known));
  }
  const RecordClass record_class = *from_name<RecordClass>(args.text("class"));
  const std::string_view purpose = args.text("purpose");
  Outcome outcome =
      decide(purpose_facts(context.policy, record_class, purpose, args.text("operation"), guards));
  if (args.has("visit")) outcome.visit = args.text("visit");
  outcome.details = {{"class", std::string(name(record_class))},
                     {"purpose", known_word(context.policy, purpose)},
                     {"operation", known_word(context.policy, args.text("operation"))}};
  if (args.has("cell_size")) outcome.details.push_back({"cell_size", std::to_string(args.integer("cell_size"))});
  if (const auto consented = args.boolean("consented"))
    outcome.details.push_back({"consented", *consented ? "true" : "false"});
  outcome.result = {
      {"clause", purpose_clause(context.policy, record_class, purpose, args.text("operation"))},
      {"counted_by", tabled ? boost::json::value("table") : args.has("cell_size") ? boost::json::value("host") : nullptr}};
  const Object* demand = args.object("demand");
  if (demand && purpose == name(Purpose::legal_obligation) && outcome.decision.permitted())
    CONNEX_CHECK(keep_demand(context, args, *demand));
  return outcome;
}

// The person switches the bridge on; anybody of the operator may switch it off, as when somebody writes
// "stop" or the number has changed hands (C2.3-b).
Result<Outcome> bridge_set(Context& context, const Arguments& args) {
  namespace t = bridge_setting;
  const std::string_view id = args.text("principal");
  const bool enabled = *args.boolean("enabled");
  CONNEX_TRY(person, find_account(context.read(), id));
  if (!person) return not_found("principal", "principal");
  const bool own = context.actor.id == id;
  const bool of_operator = context.actor.is_system() || context.actor.is(Role::staff);
  if (!own && (enabled || !of_operator)) return outside_scope();
  Row row;
  const Cell key[] = {id};
  CONNEX_TRY(found, context.read().get(t::kTable, key, row));
  const Cell cells[] = {id, std::int64_t{enabled ? 1 : 0}, context.now.micros, context.seq};
  CONNEX_CHECK(found ? context.write().update(t::kTable, cells) : context.write().insert(t::kTable, cells));
  Outcome outcome;
  concern(outcome, id);
  outcome.result = {{"principal", id}, {"enabled", enabled}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr std::string_view kSources[] = {"completion_note", "media", "captions", "transcript"};
constexpr Argument kContext[] = {
    {"visit", id, false, "the visit that the data is about"},
    {"recording", id, false, "the recording that is sent"},
    {"principals", ids, false, "whose data it is, besides the parties of the visit", kMaxPeople},
    {"source", choice, false, "where a text comes from, which the host answers for", 0, kSources},
};
constexpr Argument kEgressCheck_[] = {
    {"processor", id, true, "id of the processor"},
    {"fields", object, true, "what is to be sent: values by name"},
    {"purpose", id, true, "what for"},
    {"country", id, false, "where it goes, ISO 3166-1 alpha-2; wherever the processor works when not given, which is unknown where lists of countries are in force"},
    {"context", object, false, "what the data is about", 0, {}, kContext},
};
constexpr std::string_view kEgressClauses[] = {"C5-c", "C5-d", "C5-e", "C5-f", "C5-i", "C5-l", "C5-m"};
constexpr Argument kTransfer[] = {
    {"processor", id, true, "id of the processor"},
    {"country", id, true, "ISO 3166-1 alpha-2"},
    {"principals", ids, false, "whose data it is; that of those on the version on which everybody stands when not given",
     kMaxPeople},
};
constexpr std::string_view kTransferClauses[] = {"C11-b", "C11-c", "C11-f"};
constexpr std::array kPurposeVisit{
    Argument{"visit", id, false, "the visit whose recording it is"},
    Argument{"counts", object, false, "of an aggregate that is shared: people in each cell, row by row: {\"cells\": [...]}"},
    how_many("columns", "cells in a row", 4'096),
};
constexpr auto kPurpose = join(kPurposeArguments, kPurposeVisit);
constexpr std::string_view kPurposeClauses[] = {"C3-b", "C3-d", "C3-e", "C3-f"};
constexpr Argument kBridge[] = {
    {"principal", id, true, "id of the person"},
    {"enabled", boolean, true, "whether the person uses the bridge"},
};
constexpr std::string_view kBridgeClauses[] = {"C2.3-b"};

constexpr Command kCommands[] = {
    {"egress.check", "Decides what may be sent to a processor, and keeps that it was", changes, kOperator,
     false, kEgressCheck_, kEgressClauses, egress_check, true},
    {"transfer.check", "Decides whether data may go to a processor in a country", discloses, kAuditors, false,
     kTransfer, kTransferClauses, transfer_check},
    {"transfer.list",
     "Lists where each processor works, on what footing, and how often data went",
     reports,
     kAuditors,
     false,
     {},
     kTransferClauses,
     transfer_list},
    {"purpose.check", "Decides whether data may be used for a purpose", changes, kAuditors, false, kPurpose,
     kPurposeClauses, purpose_check, true},
    {"bridge.set", "A person begins or stops to use the messaging bridge", changes, kEverybody, false,
     kBridge, kBridgeClauses, bridge_set},
};

}  // namespace

Result<std::optional<std::vector<std::string>>> owners_of(ReadTransaction& tx, Vault& vault, std::string_view field,
                                                          const boost::json::value& value) {
  constexpr std::uint32_t kMost = 16;  // of one telephone number or e-mail address
  constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
      {"phone", "phone"}, {"email", "email"}, {"billing_email", "email"}};
  using Known = std::optional<std::vector<std::string>>;
  const auto* kind = std::ranges::find(kKinds, field, [](const auto& k) { return k.first; });
  if (kind == std::end(kKinds)) return Known();
  auto found = vault.find(tx, kind->second, text_of(value), kMost);
  if (found) return Known(std::move(found).value());
  if (found.error().code == ErrorCode::invalid_argument) return Known();
  return std::move(found).error();
}

Result<std::vector<SharingRecord>> list_sharings(ReadTransaction& tx, std::string_view principal,
                                                 Number after, std::uint32_t limit) {
  namespace t = sharing;
  const Cell equal[] = {principal};
  const Cell position[] = {after};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(t::kTable, {.equal = equal, .after = position, .limit = limit}, rows));
  std::vector<SharingRecord> records;
  for (const Row& row : rows) {
    SharingRecord record{.principal = std::string(row.bytes(t::principal)),
                         .seq = row.integer(t::seq),
                         .processor = std::string(row.bytes(t::processor)),
                         .purpose = std::string(row.bytes(t::purpose)),
                         .fields = std::string(row.bytes(t::fields)),
                         .country = std::nullopt,
                         .shared_at = {row.integer(t::shared_at)}};
    if (!row.is_null(t::country)) record.country = row.bytes(t::country);
    records.push_back(std::move(record));
  }
  return records;
}

Result<void> save(WriteTransaction& tx, const SharingRecord& r) {
  const Cell cells[] = {std::string_view(r.principal),
                        r.seq,
                        std::string_view(r.processor),
                        std::string_view(r.purpose),
                        std::string_view(r.fields),
                        r.country ? Cell(std::string_view(*r.country)) : Cell(),
                        r.shared_at.micros};
  return tx.insert(sharing::kTable, cells);
}

std::span<const Command> sharing_commands() noexcept { return kCommands; }

}  // namespace connex::services
