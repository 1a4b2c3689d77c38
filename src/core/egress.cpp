#include "connex/egress.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace connex {
namespace {

constexpr std::uint16_t kNoCountry = 0xffff;

constexpr std::uint16_t code_of(std::string_view country) noexcept {
  if (country.size() != 2) return kNoCountry;
  for (const char c : country)
    if (c < 'A' || c > 'Z') return kNoCountry;
  return static_cast<std::uint16_t>((country[0] - 'A') * 26 + (country[1] - 'A'));
}

constexpr std::uint64_t lowest(std::size_t count) noexcept {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

constexpr Fact both(Fact a, Fact b) noexcept {
  if (a == Fact::no || b == Fact::no) return Fact::no;
  return a == Fact::yes && b == Fact::yes ? Fact::yes : Fact::unknown;
}

// The gate as it refuses a word for ever: with the clause, and the text, of the condition of `purpose.check`.
using Conditions = std::array<Condition, kEgressCheck.conditions.size()>;
constexpr std::size_t kWays = kPurposeCheck.conditions.size();
constexpr std::array<Conditions, kWays> kForbidding = [] {
  std::array<Conditions, kWays> all{};
  for (std::size_t i = 0; i < kWays; ++i) {
    std::ranges::copy(kEgressCheck.conditions, all[i].begin());
    Condition& forbidden = all[i][condition_index(kEgressCheck, "purpose_not_forbidden")];
    forbidden.clause = kPurposeCheck.conditions[i].clause;
    forbidden.text = kPurposeCheck.conditions[i].text;
  }
  return all;
}();
constexpr std::array<Gate, kWays> kForbiddingGates = [] {
  std::array<Gate, kWays> all{};
  for (std::size_t i = 0; i < kWays; ++i) {
    all[i] = kEgressCheck;
    all[i].conditions = kForbidding[i];
  }
  return all;
}();

const Gate& gate_for(const Never* never) noexcept {
  for (std::size_t i = 0; never != nullptr && i < kWays; ++i)
    if (kPurposeCheck.conditions[i].clause == never->clause) return kForbiddingGates[i];
  return kEgressCheck;
}

// Nothing leaves unless the decision permits, and nothing for a word that the pack refuses for ever.
void settle(EgressDecision& made, const Never* never, std::uint64_t candidates, std::size_t fields) noexcept {
  made.facts.set("purpose_not_forbidden", never == nullptr);
  made.decision = evaluate(gate_for(never), made.facts);
  const std::uint64_t all = lowest(fields);
  made.send = made.decision.permitted() ? candidates & all : 0;
  made.strip = all & ~made.send;
}

}  // namespace

CountryTable::CountryTable(const CountryRules& rules)
    : deny_(compile(rules.deny)), allow_(compile(rules.allow)) {}

std::vector<CountryTable::Entry> CountryTable::compile(const std::vector<CountryEntry>& entries) {
  std::vector<Entry> compiled;
  compiled.reserve(entries.size());
  for (const CountryEntry& entry : entries)
    compiled.push_back({code_of(entry.country), entry.from.number,
                        entry.until ? entry.until->number : std::numeric_limits<std::int32_t>::max()});
  return compiled;
}

Fact CountryTable::permits(std::string_view country, Day today) const noexcept {
  const std::uint16_t code = code_of(country);
  if (code == kNoCountry) return Fact::unknown;
  for (const Entry& entry : deny_)
    if (entry.country == code && entry.in_force(today.number)) return Fact::no;
  bool has_list = false;
  for (const Entry& entry : allow_) {
    if (!entry.in_force(today.number)) continue;
    if (entry.country == code) return Fact::yes;
    has_list = true;
  }
  return fact(!has_list);
}

bool CountryTable::restricts(Day today) const noexcept {
  const auto in_force = [&](const Entry& entry) { return entry.in_force(today.number); };
  return std::any_of(deny_.begin(), deny_.end(), in_force) ||
         std::any_of(allow_.begin(), allow_.end(), in_force);
}

EgressRule::EgressRule(const Processor& processor) : processor_(&processor) {
  fields_.reserve(processor.fields.size());
  for (const ProcessorField& field : processor.fields) fields_.push_back({field.name, field.guard});
  std::ranges::sort(fields_, {}, &NamedField::name);
  for (std::size_t i = 0; i < kCountOf<Purpose>; ++i)
    if (processor.purposes.contains(static_cast<Purpose>(i))) purposes_ |= 1U << i;
}

std::optional<Guard> EgressRule::guard_of(std::string_view field) const noexcept {
  const ProcessorField* found = processor_->find(field);
  return found ? std::optional(found->guard) : std::nullopt;
}

Fact EgressRule::country(const CountryTable& countries, std::string_view country, Day today) const noexcept {
  if (country.empty()) return both(everywhere(countries, today), countries.restricts(today) ? Fact::unknown : Fact::yes);
  const Fact listed = countries.permits(country, today);
  if (listed == Fact::unknown) return Fact::unknown;
  const bool works_there =
      processor_->worldwide || std::find(processor_->countries.begin(), processor_->countries.end(), country) !=
                                   processor_->countries.end();
  return works_there ? listed : Fact::no;
}

Fact EgressRule::everywhere(const CountryTable& countries, Day today) const noexcept {
  Fact everywhere = processor_->worldwide && countries.restricts(today) ? Fact::unknown : Fact::yes;
  for (const std::string& known : processor_->countries)
    everywhere = both(everywhere, countries.permits(known, today));
  return everywhere;
}

EgressDecision EgressRule::decide(const EgressRequest& request, const PolicyPack& pack,
                                  const CountryTable& countries, Day today) const noexcept {
  const bool too_many = request.fields.size() > kMaxEgressFields;
  const std::size_t count = too_many ? kMaxEgressFields : request.fields.size();
  std::uint64_t candidates = 0;
  bool in_doubt = false;  // a field that only something unknown keeps back
  for (std::size_t i = 0; i < count && !too_many; ++i) {
    const auto found = std::ranges::lower_bound(fields_, request.fields[i], {}, &NamedField::name);
    if (found == fields_.end() || found->name != request.fields[i]) continue;
    const Fact met = request.guards[found->guard];
    if (met == Fact::yes) candidates |= std::uint64_t{1} << i;
    if (met == Fact::unknown) in_doubt = true;
  }
  const std::optional<Purpose> purpose = from_name<Purpose>(request.purpose);
  const bool covered = purpose && (purposes_ >> static_cast<unsigned>(*purpose) & 1U) != 0;

  EgressDecision made;
  made.facts.set("processor_listed", Fact::yes);
  made.facts.set("processor_engaged", request.engaged);
  made.facts.set("agreement_in_force", processor_->agreement_required ? request.agreement : Fact::yes);
  made.facts.set("country_permitted", country(countries, request.country, today));
  made.facts.set("purpose_permitted", covered);
  made.facts.set("processor_condition_met", request.guards[processor_->guard]);
  made.facts.set("field_permitted", candidates != 0 ? Fact::yes : in_doubt ? Fact::unknown : Fact::no);
  settle(made, pack.find_never(request.purpose), candidates, count);
  return made;
}

EgressTable::EgressTable(const PolicyPack& pack) : pack_(&pack), countries_(pack.countries) {
  rules_.reserve(pack.processors.size());
  for (const Processor& processor : pack.processors) rules_.emplace_back(processor);
  std::ranges::sort(rules_, {}, [](const EgressRule& r) { return std::string_view(r.processor().id); });
}

const EgressRule* EgressTable::find(std::string_view processor) const noexcept {
  const auto id = [](const EgressRule& rule) { return std::string_view(rule.processor().id); };
  const auto found = std::ranges::lower_bound(rules_, processor, {}, id);
  return found != rules_.end() && id(*found) == processor ? &*found : nullptr;
}

EgressDecision EgressTable::decide(const EgressRequest& request, Day today) const noexcept {
  const EgressRule* rule = find(request.processor);
  return rule ? rule->decide(request, *pack_, countries_, today) : refuse_unlisted(request, *pack_);
}

EgressDecision refuse_unlisted(const EgressRequest& request, const PolicyPack& pack) noexcept {
  EgressDecision made;
  made.facts.set("processor_listed", Fact::no);
  settle(made, pack.find_never(request.purpose), 0, std::min(request.fields.size(), kMaxEgressFields));
  return made;
}

Guard condition_of(const PolicyPack& pack, std::string_view field) noexcept {
  for (const Processor& listed : pack.processors)
    if (const ProcessorField* known = listed.find(field); known && known->guard != Guard::none)
      return known->guard;
  return Guard::none;
}

GuardReason reason_of(Guard guard) noexcept {
  switch (guard) {
    case Guard::none:
      return {"none", "C5-a", "nothing further is asked"};
    case Guard::aggregated_or_consented:
      return {"neither_aggregated_nor_consented", "C3-c", "the data is neither aggregated nor consented to"};
    case Guard::written_demand:
      return {"demand_incomplete", "C3-f",
              "no written demand with authority, section, date and scope covers it"};
    case Guard::recording_access:
      return {"recording_access_refused", "C6.5-d", "whoever asks may not have the recording"};
    case Guard::recording_permit:
      return {"recording_not_permitted", "C6.5-a", "no recording of this visit is permitted"};
    case Guard::virtual_visits_opt_in:
      return {"doctor_virtual_visits_disabled", "C5-g", "the doctor has not opted in to virtual visits"};
    case Guard::bridge_opt_in:
      return {"bridge_not_used", "C2.3-b", "the person has not opted in to the messaging bridge"};
    case Guard::ai_gate:
      return {"ai_refused", "C5-j", "the gate for AI extraction does not permit it"};
    case Guard::deidentified:
      return {"text_not_deidentified", "C5-l", "the text still tells who it is about"};
    case Guard::redacted:
      return {"contact_details_found", "C1-b", "the text holds contact details"};
    case Guard::keyed_hash:
      return {"hash_not_keyed", "C5-m", "identifiers must be hashed under a key"};
    case Guard::region_attested:
      return {"region_not_attested", "C11-a", "it is not attested that the data stays in the region"};
  }
  return {"unknown_condition", "C5-a", "the condition is not known"};
}

FactsOf<kTransferCheck> transfer_facts(const EgressRule* rule, const CountryTable& countries,
                                       std::string_view country, Fact agreement, Day today) noexcept {
  FactsOf<kTransferCheck> facts;
  facts.set("processor_listed", rule != nullptr);
  facts.set("country_permitted", countries.permits(country, today));
  if (rule == nullptr) return facts;
  const auto& known = rule->processor().countries;
  const bool works_there =
      rule->processor().worldwide || std::find(known.begin(), known.end(), country) != known.end();
  facts.set("processor_works_there", works_there);
  facts.set("agreement_in_force", rule->processor().agreement_required ? agreement : Fact::yes);
  return facts;
}

namespace {

// Fields that are personal data or content by what they are.
constexpr std::string_view kTellingFields[] = {
    "address",     "audio_stream",   "billing_email",       "email",         "hosted_data", "name",
    "phone",       "recording_file", "registration_number", "uploaded_file", "video_stream"};

// Those of them that hold one name or one address.
constexpr std::string_view kFieldsOfOne[] = {"billing_email", "email", "name"};

constexpr bool holds(std::span<const std::string_view> names, std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool is_opaque(const ProcessorField& field) noexcept {
  return field.guard == Guard::none && !holds(kTellingFields, field.name);
}

bool is_of_one(const ProcessorField& field) noexcept {
  return field.guard == Guard::none && holds(kFieldsOfOne, field.name);
}

std::optional<Guard> both_ask(std::string_view field, Guard a, Guard b) noexcept {
  if (a == b) return a;
  const bool looked_at = !holds(kTellingFields, field) || holds(kFieldsOfOne, field);
  if (looked_at || (a != Guard::none && b != Guard::none)) return std::nullopt;
  return a == Guard::none ? b : a;
}

std::optional<Guard> both_ask(Guard a, Guard b) noexcept {
  if (a == b) return a;
  if ((a != Guard::none && b != Guard::none) || a == Guard::ai_gate || b == Guard::ai_gate) return std::nullopt;
  return a == Guard::none ? b : a;
}

std::vector<ProcessorChange> material_changes(const Processor* before, const Processor& after) {
  using Kind = ProcessorChange::Kind;
  std::vector<ProcessorChange> changes;
  const Processor nobody;
  if (before == nullptr) changes.push_back({Kind::processor, after.id});
  const Processor& old = before ? *before : nobody;
  if (before != nullptr && old.name != after.name) changes.push_back({Kind::name, after.id});
  if (before != nullptr && old.service != after.service) changes.push_back({Kind::service, after.id});
  if (before != nullptr && !old.own_fiduciary && after.own_fiduciary)
    changes.push_back({Kind::own_fiduciary, after.id});
  for (const std::string& country : after.countries)
    if (!old.worldwide &&
        std::find(old.countries.begin(), old.countries.end(), country) == old.countries.end())
      changes.push_back({Kind::country, country});
  if (after.worldwide && !old.worldwide) changes.push_back({Kind::country, "worldwide"});
  for (const ProcessorField& field : after.fields) {
    const ProcessorField* known = old.find(field.name);
    if (known == nullptr)
      changes.push_back({Kind::field, field.name});
    else if (both_ask(field.name, known->guard, field.guard) != field.guard)
      changes.push_back({Kind::condition, field.name});
  }
  for (std::size_t i = 0; i < kCountOf<Purpose>; ++i) {
    const auto purpose = static_cast<Purpose>(i);
    if (after.purposes.contains(purpose) && !old.purposes.contains(purpose))
      changes.push_back({Kind::purpose, std::string(name(purpose))});
  }
  if (before != nullptr && both_ask(old.guard, after.guard) != after.guard)
    changes.push_back({Kind::condition, after.id});
  return changes;
}

std::optional<Processor> held_to(const Processor& before, const Processor& after) {
  Processor held = after;
  const std::optional<Guard> guard = both_ask(before.guard, after.guard);
  if (!guard) return std::nullopt;
  held.guard = *guard;
  held.name = before.name;
  held.service = before.service;
  held.own_fiduciary = before.own_fiduciary && after.own_fiduciary;
  held.agreement_required = before.agreement_required || after.agreement_required;
  held.purposes = {};
  for (std::size_t i = 0; i < kCountOf<Purpose>; ++i) {
    const auto purpose = static_cast<Purpose>(i);
    if (before.purposes.contains(purpose) && after.purposes.contains(purpose)) held.purposes.insert(purpose);
  }
  held.fields.clear();
  for (const ProcessorField& field : after.fields) {
    const ProcessorField* known = before.find(field.name);
    const auto condition = known ? both_ask(field.name, known->guard, field.guard) : std::nullopt;
    if (condition) held.fields.push_back({field.name, *condition});
  }
  held.worldwide = before.worldwide && after.worldwide;
  if (!before.worldwide) {
    held.countries = before.countries;
    std::erase_if(held.countries, [&](const std::string& country) {
      return !after.worldwide && std::ranges::find(after.countries, country) == after.countries.end();
    });
  }
  if (held.countries.empty() && !held.worldwide) return std::nullopt;
  return held;
}

CountryRules held_to(const CountryRules& before, const CountryRules& after) {
  CountryRules held = before;
  std::vector<Day> days;
  for (const auto* list : {&before.deny, &before.allow, &after.deny, &after.allow})
    for (const CountryEntry& entry : *list) {
      days.push_back(entry.from);
      if (entry.until) days.push_back(*entry.until);
    }
  std::ranges::sort(days);
  days.erase(std::ranges::unique(days).begin(), days.end());
  for (std::size_t i = 0; i < days.size(); ++i) {
    const Day day = days[i];
    const std::optional<Day> until = i + 1 < days.size() ? std::optional(days[i + 1]) : std::nullopt;
    // Goes on with the entry of the days before where there is one.
    const auto enter = [&](std::vector<CountryEntry>& list, const std::string& country, const std::string& source) {
      const auto earlier = std::ranges::find_if(list, [&](const CountryEntry& entry) {
        return entry.country == country && entry.until == day && entry.source == source;
      });
      if (earlier != list.end())
        earlier->until = until;
      else
        list.push_back({country, day, until, source});
    };
    const auto listed = [&](const std::vector<CountryEntry>& list) {
      return std::ranges::find_if(list, [&](const CountryEntry& entry) { return entry.in_force(day); });
    };
    const auto bar = [&](const std::string& country, const std::string& source) {
      const auto barred = [&](const CountryEntry& entry) { return entry.country == country && entry.in_force(day); };
      if (std::ranges::none_of(held.deny, barred)) enter(held.deny, country, source);
    };
    for (const CountryEntry& entry : after.deny)
      if (entry.in_force(day)) bar(entry.country, entry.source);
    const auto stated = listed(after.allow);
    if (stated == after.allow.end()) continue;
    const bool listed_before = listed(before.allow) != before.allow.end();
    for (const CountryEntry& entry : listed_before ? before.allow : after.allow) {
      if (!entry.in_force(day)) continue;
      if (!listed_before)
        enter(held.allow, entry.country, entry.source);
      else if (!after.permits(entry.country, day))
        bar(entry.country, stated->source);
    }
  }
  return held;
}

}  // namespace connex
