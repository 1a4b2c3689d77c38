#include "services/reference.hpp"

#include <boost/json/object.hpp>
#include <utility>

#include "connex/clauses.hpp"
#include "connex/gates.hpp"
#include "services/command.hpp"
#include "services/coverage.hpp"
#include "services/pure_rules.hpp"

namespace connex::services {
namespace {

template <class Texts>
boost::json::array list(const Texts& texts) {
  boost::json::array out;
  for (const std::string_view text : texts) out.emplace_back(text);
  return out;
}

boost::json::array list_actors(Actors actors) {
  boost::json::array out;
  for (std::size_t i = 0; i < kCountOf<Role>; ++i)
    if ((actors >> i & 1U) != 0) out.emplace_back(name(static_cast<Role>(i)));
  if ((actors & kSystem) != 0) out.emplace_back("system");
  return out;
}

boost::json::object describe(const Argument& argument);

boost::json::array describe(std::span<const Argument> declared) {
  boost::json::array out;
  for (const Argument& argument : declared) out.push_back(describe(argument));
  return out;
}

boost::json::object describe(const Argument& argument) {
  boost::json::object out{{"name", argument.name},
                          {"type", name(argument.type)},
                          {"required", argument.required},
                          {"text", argument.text}};
  if (argument.type == ArgumentType::choice) out["choices"] = list(argument.choices);
  if (argument.type == ArgumentType::line || argument.type == ArgumentType::text ||
      argument.type == ArgumentType::integer || argument.type == ArgumentType::ids ||
      argument.type == ArgumentType::objects)
    out["limit"] = argument.limit;
  if (argument.type == ArgumentType::integer) out["least"] = argument.least;
  if (const std::string range = range_of(argument); !range.empty()) out["range"] = range;
  if (!argument.members.empty()) out["members"] = describe(argument.members);
  return out;
}

constexpr std::string_view kTypeTexts[] = {
    "an id of the host's own: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`; of a person, an organisation, a visit, a recording or "
    "a message none that tells how to reach somebody, nor a card number",
    "text on one line, not blank, without control characters and such as turn the direction of the text",
    "the same, on any number of lines, with tabs",
    "`true` or `false`",
    "a whole number",
    "a moment, in RFC 3339 with an offset: `2026-11-23T10:00:00+05:30`; from 1970 on, before the year 9000, in UTC; no leap "
    "second, and not the offset `-00:00`",
    "a day of the calendar from 1900 on: `2026-11-23`",
    "64 lower-case hexadecimal digits",
    "an e-mail address of at most 254 bytes, 64 before the `@`",
    "a telephone number of 6 to 15 digits, with blanks, `-`, `(` and `)` among them and a `+` in front; at most 32 bytes",
    "one of the words that are listed",
    "a list of ids",
    "an object; of the members that are listed, where there are any",
    "a list of such objects",
    "`true`, `false`, a number, or text on one line of at most 256 bytes",
};
static_assert(std::size(kTypeTexts) == kCountOf<ArgumentType>);

constexpr std::pair<ErrorCode, std::string_view> kErrorTexts[] = {
    {ErrorCode::invalid_argument, "the request is not as the contract has it; `path` says where. Changed, it may be sent again"},
    {ErrorCode::not_found, "what an argument names is not there"},
    {ErrorCode::conflict, "what is there does not go with it: an id that is taken, a request that is closed, an account that is not active"},
    {ErrorCode::unauthenticated, "nobody of the name in `actor` is registered"},
    {ErrorCode::storage, "the store or the key store failed; nothing was changed"},
    {ErrorCode::busy, "somebody else is writing; nothing was changed: send it again"},
    {ErrorCode::corrupt, "what is kept is damaged or was altered; `audit.verify` tells more"},
    {ErrorCode::unsupported, "this build, store or version cannot do it"},
    {ErrorCode::internal, "the engine failed, or the clock is wrong; nothing was changed"},
};
static_assert(std::size(kErrorTexts) == static_cast<std::size_t>(ErrorCode::internal));

boost::json::array describe_facts(const Gate& gate) {
  boost::json::array facts;
  for (const Condition& c : gate.conditions)
    facts.push_back({{"name", c.fact}, {"clause", c.clause}, {"reason", c.reason}, {"text", c.text}});
  return facts;
}

}  // namespace

boost::json::array describe_types() {
  boost::json::array out;
  for (std::size_t i = 0; i < kCountOf<ArgumentType>; ++i)
    out.push_back({{"name", name(static_cast<ArgumentType>(i))}, {"text", kTypeTexts[i]}});
  return out;
}

boost::json::array describe_error_codes() {
  boost::json::array out;
  for (const auto& [code, text] : kErrorTexts) out.push_back({{"name", name(code)}, {"text", text}});
  return out;
}

boost::json::array describe_rules() {
  boost::json::array out = describe_gates();
  for (const PureRule& rule : rich_rules())
    out.push_back({{"rule", rule.name},
                   {"text", rule.text},
                   {"arguments", describe(rule.arguments())},
                   {"facts", boost::json::array()},
                   {"result", rule.result}});
  return out;
}

boost::json::array describe_commands() {
  boost::json::array out;
  for (const Command& command : commands()) {
    out.push_back({{"name", command.name},
                   {"text", command.text},
                   {"kind", name(command.kind)},
                   {"momentary", command.momentary},
                   {"actors", list_actors(command.actors)},
                   {"arguments", describe(command.arguments)},
                   {"clauses", list(command.clauses)},
                   {"result", result_of(command.name)}});
  }
  return out;
}

boost::json::array describe_clauses() {
  boost::json::array out;
  for (const Clause& clause : clauses())
    out.push_back({{"id", clause.id},
                   {"text", clause.text},
                   {"kind", name(clause.kind)},
                   {"enforcement", enforcement_of(clause)},
                   {"coverage", status_of(clause)},
                   {"decided", is_decided_in_part(clause)},
                   {"rules", list(rules_of(clause))}});
  return out;
}

boost::json::array describe_gates() {
  boost::json::array out;
  for (const Gate* gate : kGates)
    out.push_back({{"rule", gate->rule}, {"text", gate->text}, {"facts", describe_facts(*gate)}});
  return out;
}

}  // namespace connex::services
