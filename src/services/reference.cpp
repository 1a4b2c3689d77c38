#include "services/reference.hpp"

#include <boost/json/object.hpp>

#include "connex/clauses.hpp"
#include "connex/gates.hpp"
#include "services/command.hpp"
#include "services/coverage.hpp"

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
  if (!argument.members.empty()) out["members"] = describe(argument.members);
  return out;
}

}  // namespace

boost::json::array describe_commands() {
  boost::json::array out;
  for (const Command& command : commands()) {
    out.push_back({{"name", command.name},
                   {"text", command.text},
                   {"kind", name(command.kind)},
                   {"momentary", command.momentary},
                   {"actors", list_actors(command.actors)},
                   {"arguments", describe(command.arguments)},
                   {"clauses", list(command.clauses)}});
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
  for (const Gate* gate : kGates) {
    boost::json::array facts;
    for (const Condition& c : gate->conditions)
      facts.push_back({{"name", c.fact}, {"clause", c.clause}, {"reason", c.reason}, {"text", c.text}});
    out.push_back({{"rule", gate->rule}, {"text", gate->text}, {"facts", std::move(facts)}});
  }
  return out;
}

}  // namespace connex::services
