#include "services/pure_rules.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>

#include "connex/gates.hpp"
#include "connex/retention.hpp"
#include "connex/visibility.hpp"
#include "json/pointer.hpp"
#include "json/strict.hpp"
#include "services/answers.hpp"
#include "services/arguments.hpp"
#include "services/posture.hpp"
#include "services/retention_answer.hpp"
#include "services/sharing_rules.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using Object = boost::json::object;
using boost::json::value;
using enum ArgumentType;

constexpr std::size_t kMaxHolds = 1'000;

Error bad(std::string message, std::string path) {
  return {ErrorCode::invalid_argument, std::move(message), std::move(path)};
}

Result<Object> decide_gate(const Gate& gate, const Object& given, const PolicyPack& policy) {
  Facts facts;
  for (const auto& member : given) {
    const std::size_t index = condition_index(gate, member.key());
    std::string path;
    if (index == gate.conditions.size()) {
      json::append_token(path, safe_name(member.key()));
      return bad("the rule has no such fact", path);
    }
    json::append_token(path, member.key());
    if (!member.value().is_bool() && !member.value().is_null())
      return bad("a fact is true, false or null", path);
    if (member.value().is_bool()) facts.set(index, fact(member.value().get_bool()));
  }
  return to_json(evaluate(gate, facts), policy);
}

constexpr std::array kRetention{
    Argument{"class", choice, true, "class of the record", 0, Names<RecordClass>::list},
    Argument{"trigger_at", instant, false, "when the event that starts the clock happened; may be left out where that is the end of an account"},
    Argument{"now", instant, true, "when to decide"},
    Argument{"collected_at", instant, false, "when the data came; the trigger when not given"},
    Argument{"processed_at", instant, false, "when the data was last processed"},
    Argument{"erasure_accepted_at", instant, false, "when a request for its erasure was accepted"},
};
constexpr Argument kHold[] = {
    {"basis", choice, true, "what the hold rests on", 0, Names<HoldBasis>::list},
    {"placed_at", instant, true, "when it was placed"},
    {"released_at", instant, false, "when it was released"},
    {"expected_end", instant, false, "when it is expected to end"},
};

std::optional<Instant> optional_instant(const Arguments& args, std::string_view name) {
  return args.has(name) ? std::optional(args.instant(name)) : std::nullopt;
}

Result<std::vector<HoldFacts>> read_holds(const value& given) {
  if (!given.is_array() || given.get_array().size() > kMaxHolds)
    return bad(fmt::format("a list of at most {} holds", kMaxHolds), "/holds");
  std::vector<HoldFacts> holds;
  for (const value& entry : given.get_array()) {
    const std::string path = fmt::format("/holds/{}", holds.size());
    if (!entry.is_object()) return bad("a hold is an object", path);
    CONNEX_CHECK(validate(entry.get_object(), kHold, path));
    const Arguments args(entry.get_object());
    holds.push_back({*from_name<HoldBasis>(args.text("basis")), args.instant("placed_at"),
                     optional_instant(args, "released_at"), optional_instant(args, "expected_end")});
  }
  return holds;
}

Result<Object> decide_retention(Object given, const PolicyPack& policy) {
  drop_nulls(given);
  std::vector<HoldFacts> holds;
  if (const value* listed = given.if_contains("holds")) {
    CONNEX_TRY(read, read_holds(*listed));
    holds = std::move(read);
    given.erase("holds");
  }
  CONNEX_CHECK(validate(given, kRetention, ""));
  const Arguments args(given);
  const Instant now = args.instant("now");
  RetentionFacts facts;
  facts.record_class = *from_name<RecordClass>(args.text("class"));
  facts.trigger_at = optional_instant(args, "trigger_at");
  facts.collected_at = optional_instant(args, "collected_at").value_or(facts.trigger_at.value_or(now));
  facts.processed_at = optional_instant(args, "processed_at");
  facts.erasure_accepted_at = optional_instant(args, "erasure_accepted_at");
  facts.holds = holds;
  if (facts.trigger_at && *facts.trigger_at > now)
    return bad("the trigger lies in the future", "/trigger_at");
  if (!facts.trigger_at && policy.rule(facts.record_class).trigger != Trigger::account_terminated)
    return bad("argument is missing: the period of this class runs from it", "/trigger_at");

  const RetentionTable table(policy);
  const RetentionDecision d = table.evaluate(facts, now);
  return retention_answer(table, facts, d, policy);
}

constexpr Argument kView[] = {
    {"viewer_role", choice, true, "role of who looks", 0, Names<Role>::list},
    {"relation", choice, true, "what connects the two", 0, Names<Relation>::list},
    {"subject_role", choice, true, "role of the person looked at", 0, Names<Role>::list},
    {"purpose", choice, false, "what for; staff see nothing of others without one", 0, Names<Purpose>::list},
    {"ticket", boolean, false, "whether staff state a support ticket that the person opened"},
};

Result<Object> decide_view(Object given, const PolicyPack& policy) {
  CONNEX_CHECK(validate(given, kView, ""));
  const Arguments args(given);
  const Role viewer = *from_name<Role>(args.text("viewer_role"));
  const Relation relation = *from_name<Relation>(args.text("relation"));
  const bool is_doctor = args.text("subject_role") == name(Role::doctor);
  EnumSet<Relation> relations;
  const std::string_view purpose = args.text("purpose");
  if (relation != Relation::staff_with_purpose || states_enough(policy, viewer, purpose, args.boolean("ticket").value_or(false)))
    relations.insert(relation);
  const View seen = view(policy.visibility, viewer, relations, is_doctor ? SubjectKind::doctor : SubjectKind::other,
                         policy.unneeded_for(purpose));
  array show;
  array generalise;
  array hide;
  for (std::size_t i = 0; i < kCountOf<Field>; ++i) {
    const auto field = static_cast<Field>(i);
    array& list = seen.show.contains(field) ? show : seen.generalise.contains(field) ? generalise : hide;
    list.emplace_back(name(field));
  }
  return Object{{"rule", "view"},
                {"show", std::move(show)},
                {"hide", std::move(hide)},
                {"generalise", std::move(generalise)},
                {"policy", {{"version", policy.version}, {"digest", policy.digest}}}};
}

std::span<const Argument> retention_arguments() noexcept {
  static constexpr std::array kHolds{
      Argument{"holds", objects, false, "holds over it; the list may be empty", kMaxHolds, {}, kHold}};
  static constexpr std::array kAll = join(kRetention, kHolds);
  return kAll;
}
std::span<const Argument> view_arguments() noexcept { return kView; }

constexpr PureRule kRichRules[] = {
    {"retention.evaluate", "How long a record is kept", retention_arguments,
     "`state` (`active`, `restricted`, `held`, `due`), until when it must be kept, when it goes, on what basis", decide_retention},
    {"view", "What of a person is shown to whom", view_arguments,
     "the fields of a person in `show`, `generalise` (told less exactly) and `hide`", decide_view},
    {"egress", "What of some data may go to a processor; takes as facts, besides, those of the gates before the processor",
     egress_arguments, "a decision with the fields in `send` and `strip`, and in `stripped` why", decide_egress},
    {"purpose", "Whether records of a class may be used for a purpose", purpose_arguments,
     "a decision, and in `clause` what the purpose rests on", decide_purpose},
    {"security.posture", "Whether a deployment meets the minima of the policy", posture_arguments,
     "a decision, and in `findings` what falls short of which minimum; none of the values is repeated", decide_posture},
};

const PureRule* find_rich(std::string_view name) noexcept {
  for (const PureRule& rule : kRichRules)
    if (rule.name == name) return &rule;
  return nullptr;
}

}  // namespace

std::span<const PureRule> rich_rules() noexcept { return kRichRules; }

bool is_pure_rule(std::string_view rule) noexcept {
  return find_gate(rule) != nullptr || find_rich(rule) != nullptr;
}

bool takes_time(std::string_view rule) noexcept { return find_rich(rule) != nullptr && rule != "view"; }

Result<Object> decide_rule(std::string_view rule, std::string_view facts, const PolicyPack& policy) {
  if (!is_pure_rule(rule)) return Error{ErrorCode::not_found, "no such rule", ""};
  auto read = json::parse(facts);
  if (!read) {
    Error error = std::move(read).error();
    error.path = safe_pointer(error.path);
    return error;
  }
  boost::json::value& given = *read;
  if (!given.is_object()) return bad("facts must be an object", "");
  if (const PureRule* rich = find_rich(rule)) return rich->decide(std::move(given.get_object()), policy);
  return decide_gate(*find_gate(rule), given.get_object(), policy);
}

}  // namespace connex::services
