#include "support/sample_arguments.hpp"

#include <boost/json/array.hpp>

namespace connex::testing {

using services::Argument;
using services::ArgumentType;

boost::json::value sample(const Argument& argument) {
  switch (argument.type) {
    case ArgumentType::id:
      return "nobody";
    case ArgumentType::line:
    case ArgumentType::text:
      return "zq7x";
    case ArgumentType::boolean:
      return false;
    case ArgumentType::integer:
      return 1;
    case ArgumentType::instant:
      return argument.name.starts_with("end") ? "2026-11-23T10:30:00+05:30" : "2026-11-23T10:00:00+05:30";
    case ArgumentType::day:
      return "1971-02-03";
    case ArgumentType::sha256:
      return boost::json::string(std::string(64, 'a'));
    case ArgumentType::email:
      return "zq7x@zq7x.example";
    case ArgumentType::phone:
      return "9812300000";
    case ArgumentType::choice:
      return boost::json::string(argument.choices.front());
    case ArgumentType::ids:
      return boost::json::array{"nobody"};
    case ArgumentType::scalar:
      return true;
    case ArgumentType::object: {
      boost::json::object value;
      for (const Argument& member : argument.members)
        if (member.required) value[member.name] = sample(member);
      return value;
    }
    case ArgumentType::objects: {
      boost::json::object value;
      for (const Argument& member : argument.members)
        if (member.required) value[member.name] = sample(member);
      return boost::json::array{std::move(value)};
    }
  }
  return nullptr;
}

}  // namespace connex::testing
