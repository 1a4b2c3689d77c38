#include "services/sharing_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "connex/period.hpp"
#include "connex/purpose.hpp"
#include "policy/countries.hpp"
#include "services/answers.hpp"
#include "services/arguments.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using Object = boost::json::object;
using boost::json::value;
using enum ArgumentType;

Error bad(std::string message, std::string path) {
  return {ErrorCode::invalid_argument, std::move(message), std::move(path)};
}

Fact fact_of(const Decision& decision) noexcept {
  switch (decision.effect) {
    case Effect::permit:
      return Fact::yes;
    case Effect::indeterminate:
      return Fact::unknown;
    case Effect::deny:
      break;
  }
  return Fact::no;
}

// The conditions that a gate decides.
constexpr Guard kDoors[] = {Guard::ai_gate, Guard::virtual_visits_opt_in, Guard::bridge_opt_in, Guard::region_attested};

// The gate of a condition, on what is known.
std::optional<Decided> door_of(Guard guard, const Processor& processor, const SharingFacts& known) {
  switch (guard) {
    case Guard::ai_gate: {
      FactsOf<kAiExtract> facts = known.ai;
      facts.set("provider_listed", processor.guard == Guard::ai_gate);
      facts.set("agreement_in_force", known.agreement);
      return Decided{evaluate(facts), facts};
    }
    case Guard::virtual_visits_opt_in:
      return Decided{evaluate(known.media), known.media};
    case Guard::bridge_opt_in:
      return Decided{evaluate(known.bridge), known.bridge};
    case Guard::region_attested:
      return Decided{evaluate(known.storage), known.storage};
    default:
      return std::nullopt;
  }
}

constexpr std::size_t kConditionMet = condition_index(kEgressCheck, "processor_condition_met");
constexpr std::size_t kFieldPermitted = condition_index(kEgressCheck, "field_permitted");

template <class Facts>
bool set_by_name(Facts& facts, const Gate& gate, std::string_view name, Fact known) {
  const std::size_t index = condition_index(gate, name);
  if (index == gate.conditions.size()) return false;
  static_cast<connex::Facts&>(facts).set(index, known);
  return true;
}

// A fact of the rule `egress`, by the name that the gates or the pack give it.
bool set_sharing_fact(SharingFacts& facts, std::string_view name, Fact known) {
  if (name == "agreement_in_force") {
    facts.agreement = known;
    return true;
  }
  if (name == "processor_engaged") {
    facts.engaged = known;
    return true;
  }
  if (name == "provider_listed") return false;  // the pack knows
  if (name == "text_deidentified") facts.fields.set(Guard::deidentified, known);
  if (set_by_name(facts.ai, kAiExtract, name, known) || set_by_name(facts.media, kMediaEngage, name, known) ||
      set_by_name(facts.bridge, kBridgeUse, name, known) ||
      set_by_name(facts.storage, kStorageUse, name, known) || set_by_name(facts.posture, kPostureMeet, name, known))
    return true;
  for (const Guard guard : {Guard::recording_permit, Guard::recording_access, Guard::redacted,
                            Guard::keyed_hash, Guard::written_demand, Guard::aggregated_or_consented}) {
    if (name != connex::name(guard)) continue;
    facts.fields.set(guard, known);
    return true;
  }
  return false;
}

Result<Day> day_of_facts(const Arguments& args, const PolicyPack& policy) {
  if (args.has("now")) return day_of(args.instant("now"), policy.offset);
  if (!policy.countries.deny.empty() || !policy.countries.allow.empty())
    return bad("argument is missing: the country lists are dated", "/now");
  return Day{};
}

// Takes out of `given` every member that is not one of `kept`.
Object take_others(Object& given, std::initializer_list<std::string_view> kept) {
  Object others;
  for (auto member = given.begin(); member != given.end();) {
    const std::string_view key = member->key();
    if (std::find(kept.begin(), kept.end(), key) != kept.end()) {
      ++member;
    } else {
      others.emplace(key, member->value());
      member = given.erase(member);
    }
  }
  return others;
}

constexpr std::array kPureFacts{
    Argument{"now", instant, false, "when to decide; a demand is dated"},
    Argument{"aggregate_passed", boolean, false, "whether the table that is shared passed `aggregate.check` as it is"},
    Argument{"recording_permit", boolean, false, "whether a permit to record covers it"},
    Argument{"recording_access", boolean, false, "whether whoever asks may have the recording"},
};
constexpr std::array kPurposePure = join(kPurposeArguments, kPureFacts);

constexpr std::array kEgress{
    Argument{"processor", id, true, "id of the processor"},
    Argument{"purpose", id, true, "what the data is sent for"},
    Argument{"country", id, false, "ISO 3166-1 alpha-2; wherever the processor works when not given, which is unknown where lists of countries are in force"},
    Argument{"now", instant, false, "when to decide; the country lists are dated"},
};

}  // namespace

std::span<const Argument> egress_arguments() noexcept {
  static constexpr std::array kFields{
      Argument{"fields", object, true, "names of 1 to 64 fields, in a list or as the members of an object"}};
  static constexpr std::array kAll = join(kEgress, kFields);
  return kAll;
}
std::span<const Argument> purpose_arguments() noexcept { return kPurposePure; }

Decided decide_extraction(const Processor* in_use, FactsOf<kAiExtract> facts, const FactsOf<kPostureMeet>& posture,
                          const PolicyPack& policy, Day today) {
  facts.set("provider_listed", in_use != nullptr && in_use->guard == Guard::ai_gate);
  const Decision gate = evaluate(facts);
  if (!gate.permitted()) return {gate, facts};
  Sharing sharing{{kNoteText}, name(Purpose::service_delivery), {}, {}};
  sharing.facts.engaged = Fact::yes;
  sharing.facts.agreement = facts[condition_index(kAiExtract, "agreement_in_force")];
  sharing.facts.ai = facts;
  sharing.facts.fields.set(Guard::deidentified, facts[condition_index(kAiExtract, "text_deidentified")]);
  sharing.facts.posture = posture;
  const EgressRule rule(*in_use);
  const SharingDecision made = decide_sharing(&rule, sharing, policy, today);
  if (made.decision.permitted()) return {gate, facts};
  return {made.decision, made.facts};
}

SharingDecision decide_sharing(const EgressRule* rule, const Sharing& sharing, const PolicyPack& policy,
                               Day today) {
  EgressRequest request;
  std::vector<std::string_view> fields = sharing.fields;
  for (std::size_t i = 0; i < fields.size() && i < kMaxEgressFields; ++i)
    if (((sharing.facts.telling | sharing.facts.withheld) >> i & 1U) != 0) fields[i] = {};  // a name on no list
  request.fields = fields;
  request.purpose = sharing.purpose;
  request.country = sharing.country;
  request.engaged = sharing.facts.engaged;
  request.agreement = sharing.facts.agreement;
  request.guards = sharing.facts.fields;
  if (rule == nullptr) {
    SharingDecision refused{refuse_unlisted(request, policy), {}, {}};
    refused.decision = refused.egress.decision;
    refused.facts = refused.egress.facts;
    return refused;
  }
  // Wherever they stand: that one stands before the processor opens no field that stands under it.
  for (const Guard guard : kDoors)
    request.guards.set(guard, fact_of(door_of(guard, rule->processor(), sharing.facts)->decision));
  const std::optional<Decided> door = door_of(rule->processor().guard, rule->processor(), sharing.facts);
  SharingDecision made;
  made.egress = rule->decide(request, policy, CountryTable(policy.countries), today);
  made.decision = made.egress.decision;
  made.facts = made.egress.facts;
  const std::uint32_t others = made.decision.unmet & ~(1U << kConditionMet | 1U << kFieldPermitted);
  if (door && !door->decision.permitted() && others == 0) {
    made.decision = door->decision;
    made.facts = door->facts;
  }
  const Decision posture = evaluate(sharing.facts.posture);
  if (made.decision.permitted() && !posture.permitted()) {
    made.decision = posture;
    made.facts = sharing.facts.posture;
    made.egress.strip |= made.egress.send;
    made.egress.send = 0;
  }
  return made;
}

Object describe_sharing(const SharingDecision& decided, const EgressRule* rule, const Sharing& sharing,
                        const EgressRule* waiting) {
  array send;
  array strip;
  array stripped;
  for (std::size_t i = 0; i < sharing.fields.size(); ++i) {
    const std::string_view field = sharing.fields[i];
    if (i < 64 && (decided.egress.send >> i & 1U) != 0) {
      send.emplace_back(field);
      continue;
    }
    strip.emplace_back(field);
    const std::optional<Guard> guard = rule ? rule->guard_of(field) : std::nullopt;
    if (!guard && waiting && waiting->guard_of(field)) {
      const Condition& engaged = kEgressCheck.conditions[condition_index(kEgressCheck, "processor_engaged")];
      stripped.push_back(
          {{"field", field}, {"code", engaged.reason}, {"clause", engaged.clause}, {"text", engaged.text}});
    } else if (!guard) {
      stripped.push_back({{"field", field},
                          {"code", "field_not_listed"},
                          {"clause", rule ? rule->processor().clause : std::string_view("C5-a")},
                          {"text", "the processor does not get this field"}});
    } else if (i < kMaxEgressFields && (sharing.facts.telling >> i & 1U) != 0) {
      const GuardReason reason = reason_of(Guard::redacted);
      stripped.push_back({{"field", field},
                          {"code", reason.reason},
                          {"clause", reason.clause},
                          {"text", "the value tells who somebody is or how to reach them"}});
    } else if (sharing.facts.fields[*guard] != Fact::yes) {
      const GuardReason reason = reason_of(*guard);
      stripped.push_back(
          {{"field", field}, {"code", reason.reason}, {"clause", reason.clause}, {"text", reason.text}});
    }
  }
  return {{"send", std::move(send)}, {"strip", std::move(strip)}, {"stripped", std::move(stripped)}};
}

Result<std::vector<std::string_view>> read_field_names(const value& given, std::string_view pointer) {
  std::vector<std::string_view> names;
  if (const Object* object = given.if_object()) {
    for (const auto& member : *object) names.emplace_back(member.key());
  } else if (const array* list = given.if_array()) {
    for (const value& entry : *list) {
      if (!entry.is_string())
        return bad("a field is named by an id", fmt::format("{}/{}", pointer, names.size()));
      names.emplace_back(entry.get_string());
    }
  } else {
    return bad("fields are an object or a list of names", std::string(pointer));
  }
  if (names.empty() || names.size() > kMaxEgressFields)
    return bad(fmt::format("1 to {} fields are expected", kMaxEgressFields), std::string(pointer));
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!is_id(names[i]))
      return bad("a field is named by an id",
                 given.is_array() ? fmt::format("{}/{}", pointer, i) : fmt::format("{}/?", pointer));
  return names;
}

Result<Object> decide_egress(Object given, const PolicyPack& policy) {
  const value* fields = given.if_contains("fields");
  if (fields == nullptr) return bad("argument is missing", "/fields");
  const value kept = *fields;
  given.erase("fields");
  CONNEX_TRY(names, read_field_names(kept, "/fields"));
  const Object facts = take_others(given, {"processor", "purpose", "country", "now"});
  drop_nulls(given);
  CONNEX_CHECK(validate(given, kEgress, ""));
  const Arguments args(given);
  CONNEX_TRY(today, day_of_facts(args, policy));
  if (args.has("country") && !policy::is_country(args.text("country")))
    return bad(std::string(kNoCountry), "/country");

  Sharing sharing{names, args.text("purpose"), args.text("country"), {}};
  const Processor* processor = policy.find_processor(args.text("processor"));
  sharing.facts.engaged = fact(processor != nullptr);  // unless told otherwise: the pack lists who is engaged
  // Nobody looks up here what the host attests: what must be attested is unknown until a fact tells it.
  sharing.facts.posture = unstated(policy, args.text("processor"), names);
  for (const auto& member : facts) {
    const std::string path = fmt::format("/{}", safe_name(std::string_view(member.key())));
    const bool is_fact = member.value().is_bool() || member.value().is_null();
    if (member.value().is_null() && condition_index(kPostureMeet, member.key()) != kPostureMeet.conditions.size())
      continue;  // as if it were absent
    const Fact known = member.value().is_bool() ? fact(member.value().get_bool()) : Fact::unknown;
    if (!set_sharing_fact(sharing.facts, member.key(), known)) return bad("the rule has no such fact", path);
    if (!is_fact) return bad("a fact is true, false or null", path);
  }
  std::optional<EgressRule> rule;
  if (processor != nullptr) rule.emplace(*processor);
  const SharingDecision decided = decide_sharing(rule ? &*rule : nullptr, sharing, policy, today);
  Object out = describe_sharing(decided, rule ? &*rule : nullptr, sharing);
  for (auto& member : to_json(decided.decision, policy)) out.emplace(member.key(), member.value());
  return out;
}

bool covers_demand(const Object& demand, const PolicyPack& policy, Day today) {
  const Arguments args(demand);
  // Words, not a letter in their place; what is no ASCII is a letter.
  const auto letters = [&](std::string_view member) {
    return std::ranges::count_if(args.text(member), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
    });
  };
  const auto is_number = [](char c) { return c >= '0' && c <= '9'; };
  if (letters("authority") < 2) return false;
  if (letters("section") < 2 && std::ranges::none_of(args.text("section"), is_number)) return false;
  if (!args.has("date") || args.day("date") > today) return false;
  const RetentionRule& proofs = policy.rule(RecordClass::audit);
  const std::optional<Day> last = last_day(args.day("date"), proofs.period, proofs.rounding);
  if (last && *last < today) return false;
  const std::vector<std::string> scope = args.ids("scope");
  const std::vector<std::string> about = args.ids("about");
  return !scope.empty() &&
         std::all_of(about.begin(), about.end(), [&](const std::string& id) {
           return std::find(scope.begin(), scope.end(), id) != scope.end();
         });
}

bool consent_counts(const Arguments& args) {
  return args.boolean("consented") == true && args.text("class") != name(RecordClass::analytics_aggregate);
}

GuardFacts purpose_guards(const Arguments& args, const PolicyPack& policy, std::optional<Day> today) {
  const bool counted = args.has("cell_size");
  const std::optional<bool> consented = args.boolean("consented");
  GuardFacts guards;
  const bool many = counted && args.integer("cell_size") >= policy.aggregation_k;
  const bool leaves = args.text("operation") == name(Operation::share);  // what leaves is tested
  if (consent_counts(args) || (many && !leaves))
    guards.set(Guard::aggregated_or_consented, Fact::yes);
  else if (consented && counted && !many)
    guards.set(Guard::aggregated_or_consented, Fact::no);
  if (const Object* demand = args.object("demand"))
    guards.set(Guard::written_demand, today ? fact(covers_demand(*demand, policy, *today)) : Fact::unknown);
  return guards;
}

Result<Object> decide_purpose(Object given, const PolicyPack& policy) {
  drop_nulls(given);
  CONNEX_CHECK(validate(given, kPurposePure, ""));
  const Arguments args(given);
  const RecordClass record_class = *from_name<RecordClass>(args.text("class"));
  const std::optional<Day> today =
      args.has("now") ? std::optional(day_of(args.instant("now"), policy.offset)) : std::nullopt;
  GuardFacts guards = purpose_guards(args, policy, today);
  for (const Guard guard : {Guard::recording_permit, Guard::recording_access})
    guards.set(guard, fact(args.boolean(connex::name(guard))));
  if (args.boolean("aggregate_passed") && !consent_counts(args))
    guards.set(Guard::aggregated_or_consented, fact(*args.boolean("aggregate_passed")));
  const auto facts =
      purpose_facts(policy, record_class, args.text("purpose"), args.text("operation"), guards);
  Object out = to_json(evaluate(facts), policy);
  out["clause"] = purpose_clause(policy, record_class, args.text("purpose"), args.text("operation"));
  return out;
}

}  // namespace connex::services
