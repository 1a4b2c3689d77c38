// Sharing as the rules see it: the egress tables of the core together with the gates that stand before some
// processors. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/egress.hpp"
#include "connex/policy.hpp"
#include "connex/result.hpp"
#include "services/arguments.hpp"
#include "services/dependencies.hpp"

namespace connex::services {

// What is known of everything that a sharing may depend on.
struct SharingFacts {
  Fact engaged = Fact::unknown;
  Fact agreement = Fact::unknown;
  FactsOf<kAiExtract> ai;  // without what follows from the processor
  FactsOf<kMediaEngage> media;
  FactsOf<kBridgeUse> bridge;
  FactsOf<kStorageUse> storage;
  GuardFacts fields;  // of the guards on single fields
  FactsOf<kPostureMeet> posture = independent();  // of what the host attests
  std::uint64_t telling = 0;  // bits: fields that are to be opaque, and tell who somebody is or how to reach them
  std::uint64_t withheld = 0;  // bits: fields that the terms of others concerned keep back
};

// A decision with what it was taken on.
struct Decided {
  Decision decision;
  Facts facts;
};

inline constexpr std::string_view kNoteText = "note_text";

struct Sharing {
  std::vector<std::string_view> fields;
  std::string_view purpose;
  std::string_view country;
  SharingFacts facts;
};

// `decision` is the one to answer with: that of the gate before the processor, or then that of the host's posture,
// where it is all that stands in the way, else that of `egress.check`.
struct SharingDecision {
  EgressDecision egress;
  Decision decision;
  Facts facts;  // of `decision`
};

// Whether a completion note may go to a processor (C5-j to C5-m): by the gate before AI providers, then as any sharing
// with it. `in_use` is null for a processor that is not in use; `facts` come without what follows from the processor.
Decided decide_extraction(const Processor* in_use, FactsOf<kAiExtract> facts, const FactsOf<kPostureMeet>& posture,
                          const PolicyPack& policy, Day today);

// `rule` is null for a processor that is on no list.
SharingDecision decide_sharing(const EgressRule* rule, const Sharing& sharing, const PolicyPack& policy,
                               Day today);

// {"send": [...], "strip": [...], "stripped": [{"field", "code", "clause", "text"}]}: the last tells of each
// field that was not sent why that field may not be, if the field itself is in the way. `waiting` is what the pack
// lists, where customers are to be told of it first.
boost::json::object describe_sharing(const SharingDecision& decided, const EgressRule* rule, const Sharing& sharing,
                                     const EgressRule* waiting = nullptr);

// The pure rules `egress` and `purpose` on facts given as JSON.
Result<boost::json::object> decide_egress(boost::json::object given, const PolicyPack& policy);
Result<boost::json::object> decide_purpose(boost::json::object given, const PolicyPack& policy);
std::span<const Argument> egress_arguments() noexcept;
std::span<const Argument> purpose_arguments() noexcept;

// A list of names, or an object whose members they are; each an id.
Result<std::vector<std::string_view>> read_field_names(const boost::json::value& given,
                                                       std::string_view pointer);

inline constexpr std::string_view kNoCountry =
    "argument must be a country code of two capital letters that ISO 3166-1 assigns";

// Nothing is required here: a demand that lacks something is incomplete, and permits nothing.
inline constexpr Argument kDemand[] = {
    {"authority", ArgumentType::line, false, "who demands"},
    {"section", ArgumentType::line, false, "the provision that it rests on"},
    {"date", ArgumentType::day, false, "date of the demand"},
    {"scope", ArgumentType::ids, false, "ids of the people, visits or records that it covers", 1'000},
    {"about", ArgumentType::ids, false, "ids of what is asked for here; the whole scope when not given", 1'000},
};
inline constexpr std::array kPurposeArguments{
    Argument{"class", ArgumentType::choice, true, "class of the records", 0, Names<RecordClass>::list},
    Argument{"purpose", ArgumentType::id, true, "what for"},
    Argument{"operation", ArgumentType::id, true, "what is done with them"},
    Argument{"cell_size", ArgumentType::integer, false, "people in the smallest group, for analytics that do not leave",
             kMaxNumber},
    Argument{"consented", ArgumentType::boolean, false, "whether everyone concerned has consented; no matter for an aggregate"},
    Argument{"demand", ArgumentType::object, false, "a lawful demand", 0, {}, kDemand},
};

// Whether everyone concerned has consented to what `purpose.check` is asked: to analytics of identified people (X52). An
// aggregate, of any number of people, has to pass the test.
bool consent_counts(const Arguments& args);

// What the arguments tell of the guards on a purpose; a demand is not known to hold without a day.
GuardFacts purpose_guards(const Arguments& args, const PolicyPack& policy, std::optional<Day> today);

// What makes a lawful demand complete (C3-f): an authority in words, a provision, a day no later than today and so late
// that the policy would still keep the audit entry of it, and nothing beyond its scope.
bool covers_demand(const boost::json::object& demand, const PolicyPack& policy, Day today);

}  // namespace connex::services
