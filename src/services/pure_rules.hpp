// The rules that need no store, on facts given as JSON: the gates, and those whose answer is richer than a
// gate's.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string_view>

#include "connex/policy.hpp"
#include "connex/result.hpp"
#include "services/arguments.hpp"

namespace connex::services {

// Whether decide_rule() knows the rule.
bool is_pure_rule(std::string_view rule) noexcept;

// Whether the answer depends on the time, which such a rule takes as `now`.
bool takes_time(std::string_view rule) noexcept;

// A rule whose answer is richer than a gate's.
struct PureRule {
  std::string_view name;
  std::string_view text;
  std::span<const Argument> (*arguments)() noexcept;
  std::string_view result;
  Result<boost::json::object> (*decide)(boost::json::object given, const PolicyPack& policy);
};
std::span<const PureRule> rich_rules() noexcept;

// Decides a rule on a JSON object. A gate takes true, false and null for each of its facts and gives a
// decision, any other rule takes its arguments and gives its result. An unknown rule or
// member, a repeated member and a value of another kind are errors that name the member.
Result<boost::json::object> decide_rule(std::string_view rule, std::string_view facts,
                                        const PolicyPack& policy);

}  // namespace connex::services
