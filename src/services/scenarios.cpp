#include "services/scenarios.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <set>

#include "connex/clauses.hpp"
#include "connex/gates.hpp"
#include "connex/stores.hpp"
#include "json/pointer.hpp"
#include "json/strict.hpp"
#include "services/answers.hpp"
#include "services/command.hpp"
#include "services/pure_rules.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

Error malformed(std::string message, std::string path) {
  return {ErrorCode::invalid_argument, std::move(message), std::move(path)};
}

std::string below(std::string path, std::string_view token) {
  json::append_token(path, token);
  return path;
}

// Layout

enum class Kind { text, texts, list, object, any };
struct Member {
  std::string_view name;
  Kind kind;
  bool required = false;
};
using Members = std::span<const Member>;

constexpr Member kFile[] = {
    {"title", Kind::text, true}, {"setups", Kind::object}, {"scenarios", Kind::list, true}};
constexpr Member kDecides[] = {{"name", Kind::text, true},
                               {"clauses", Kind::texts, true},
                               {"rule", Kind::text, true},
                               {"facts", Kind::object, true},
                               {"expect", Kind::object, true}};
constexpr Member kTells[] = {
    {"name", Kind::text, true}, {"clauses", Kind::texts, true}, {"steps", Kind::list, true}};
constexpr Member kStep[] = {
    {"command", Kind::text, true}, {"actor", Kind::text, true}, {"at", Kind::text},
    {"request_id", Kind::text},    {"args", Kind::object},      {"save", Kind::object},
    {"expect", Kind::object}};
constexpr Member kExpect[] = {{"permitted", Kind::any},     {"effect", Kind::text},
                              {"reasons", Kind::texts},     {"clauses", Kind::texts},
                              {"unknown", Kind::texts},     {"would_permit", Kind::list},
                              {"obligations", Kind::texts}, {"error", Kind::text},
                              {"path", Kind::text},         {"result", Kind::any}};

bool is(const value& given, Kind kind) {
  switch (kind) {
    case Kind::text:
      return given.is_string();
    case Kind::texts:
      return given.is_array() && std::all_of(given.get_array().begin(), given.get_array().end(),
                                             [](const value& item) { return item.is_string(); });
    case Kind::list:
      return given.is_array();
    case Kind::object:
      return given.is_object();
    case Kind::any:
      return true;
  }
  return false;
}

Result<void> check(const value& given, Members members, const std::string& path) {
  if (!given.is_object()) return malformed("an object is expected", path);
  for (const auto& member : given.get_object()) {
    const auto known =
        std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.name == member.key(); });
    if (known == members.end())
      return malformed("nothing of this name belongs here", below(path, member.key()));
    if (!is(member.value(), known->kind))
      return malformed("another type is expected", below(path, member.key()));
  }
  for (const Member& member : members)
    if (member.required && !given.get_object().contains(member.name))
      return malformed("this is missing", below(path, member.name));
  return {};
}

// Steps, among them the names of setups: of those that stand before `end`.
Result<void> check_steps(const value& steps, const std::string& path, const object& setups,
                         object::const_iterator end) {
  if (!steps.is_array()) return malformed("a list of steps is expected", path);
  for (std::size_t i = 0; i < steps.get_array().size(); ++i) {
    const value& step = steps.get_array()[i];
    const std::string at = below(path, std::to_string(i));
    if (step.is_string()) {
      const auto named = setups.find(step.get_string());
      if (named == setups.end() || named >= end)
        return malformed("no such setup stands before this", at);
      continue;
    }
    CONNEX_CHECK(check(step, kStep, at));
    if (const value* expect = step.get_object().if_contains("expect"))
      CONNEX_CHECK(check(*expect, kExpect, below(at, "expect")));
    if (const value* save = step.get_object().if_contains("save"))
      for (const auto& name : save->get_object())
        if (!name.value().is_string()) return malformed("a JSON pointer is expected", below(at, "save"));
  }
  return {};
}

Result<void> check_scenario(const object& setups, const value& scenario, const std::string& path) {
  const bool decides = scenario.is_object() && scenario.get_object().contains("rule");
  CONNEX_CHECK(check(scenario, decides ? Members(kDecides) : Members(kTells), path));
  const object& told = scenario.get_object();
  for (const value& clause : told.at("clauses").get_array())
    if (find_clause(clause.get_string()) == nullptr)
      return malformed(fmt::format("no such clause: `{}`", std::string_view(clause.get_string())), path);
  if (decides) return check(told.at("expect"), kExpect, below(path, "expect"));
  return check_steps(told.at("steps"), below(path, "steps"), setups, setups.end());
}

Result<object> read_told(std::string_view text) {
  constexpr json::Limits kLimits{.bytes = std::size_t{16} << 20};
  CONNEX_TRY(file, json::parse(text, kLimits));
  CONNEX_CHECK(check(file, kFile, ""));
  object& told = file.get_object();
  const object& setups =
      told["setups"].is_null() ? told["setups"].emplace_object() : told["setups"].get_object();
  for (auto setup = setups.begin(); setup != setups.end(); ++setup)
    CONNEX_CHECK(check_steps(setup->value(), below("/setups", setup->key()), setups, setup));
  const array& scenarios = told.at("scenarios").get_array();
  if (scenarios.empty()) return malformed("there are no scenarios in it", "/scenarios");
  for (std::size_t i = 0; i < scenarios.size(); ++i)
    CONNEX_CHECK(check_scenario(setups, scenarios[i], below("/scenarios", std::to_string(i))));
  return std::move(told);
}

// Expectations

// Whether `given` has all that `wanted` has; lists are compared whole.
bool includes(const value& given, const value& wanted) {
  if (wanted.is_object()) {
    return given.is_object() &&
           std::all_of(wanted.get_object().begin(), wanted.get_object().end(), [&](const auto& member) {
             const value* found = given.get_object().if_contains(member.key());
             return found != nullptr && includes(*found, member.value());
           });
  }
  if (wanted.is_array()) {
    if (!given.is_array() || given.get_array().size() != wanted.get_array().size()) return false;
    for (std::size_t i = 0; i < wanted.get_array().size(); ++i)
      if (!includes(given.get_array()[i], wanted.get_array()[i])) return false;
    return true;
  }
  return given == wanted;
}

// One member of each object of a list.
array pluck(const value& list, std::string_view name) {
  array out;
  for (const value& item : list.get_array()) out.push_back(item.get_object().at(name));
  return out;
}

// What an answer says of an expectation's name, or nothing.
std::optional<value> find(const object& answer, std::string_view name) {
  if (name == "result") {
    const value* result = answer.if_contains("result");
    return result ? std::optional(*result) : std::nullopt;
  }
  if (name == "error" || name == "path") {
    const value* error = answer.if_contains("error");
    const value* found = error ? error->get_object().if_contains(name == "error" ? "code" : "path") : nullptr;
    return found ? std::optional(*found) : std::nullopt;
  }
  const value* decision = answer.if_contains("decision");
  if (decision == nullptr) return std::nullopt;
  const object& d = decision->get_object();
  if (name == "reasons") return pluck(d.at("reasons"), "code");
  if (name == "clauses") return pluck(d.at("reasons"), "clause");
  if (name == "obligations") return pluck(d.at("obligations"), "do");
  return d.at(name);
}

std::string differs(std::string_view name, const value& wanted, const std::optional<value>& given) {
  return fmt::format("expected {} {}, got {}", name, boost::json::serialize(wanted),
                     given ? boost::json::serialize(*given) : "none");
}

// What of an answer is not as expected, or an empty string. A step that expects nothing of its decision
// expects it to permit.
std::string compare(const object& answer, object expect) {
  if (!expect.contains("error") && !answer.at("ok").get_bool())
    return "failed: " + boost::json::serialize(answer.at("error"));
  if (!expect.contains("error") && !expect.contains("permitted") && !expect.contains("effect") &&
      answer.contains("decision"))
    expect["permitted"] = true;
  for (const auto& member : expect) {
    const std::optional<value> given = find(answer, member.key());
    const bool as_wanted =
        given && (member.key() == "result" ? includes(*given, member.value()) : *given == member.value());
    if (!as_wanted) return differs(member.key(), member.value(), given);
  }
  return {};
}

// Play

// Plays one scenario: knows what was saved, what time it is and which clauses were touched.
class Player {
 public:
  Player(const PolicyPack& policy, const object& setups) : policy_(policy), setups_(setups) {}

  // Empty, or what was not as expected.
  Result<std::string> play(const object& scenario) {
    std::string failure;
    if (scenario.contains("rule")) {
      failure = decide(scenario);
    } else {
      CONNEX_CHECK(open());
      failure = steps(scenario.at("steps").get_array());
    }
    if (!failure.empty()) return failure;
    for (const value& clause : scenario.at("clauses").get_array())
      if (!touched_.contains(clause.get_string()))
        return fmt::format("nothing in it was decided or done under {}",
                           std::string_view(clause.get_string()));
    return failure;
  }

 private:
  Result<void> open() {
    EngineOptions options;
    options.store = store::make_memory_store();
    options.policy = policy_.canonical;
    options.caller_clock = true;
    CONNEX_TRY(engine, Engine::open(std::move(options)));
    engine_ = std::move(engine);
    return {};
  }

  std::string decide(const object& scenario) {
    const std::string_view rule = scenario.at("rule").get_string();
    auto decided = decide_rule(rule, boost::json::serialize(scenario.at("facts")), policy_);
    object answer;
    if (!decided) {
      answer = connex::services::failure(decided.error());
    } else {
      answer["ok"] = true;
      answer[find_gate(rule) ? "decision" : "result"] = std::move(*decided);
    }
    touch(answer);
    return compare(answer, scenario.at("expect").get_object());
  }

  // What a setup does touches no clause.
  std::string steps(const array& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      std::string failure;
      if (list[i].is_string()) {
        const auto touched = touched_;
        failure = steps(setups_.at(list[i].get_string()).get_array());
        touched_ = touched;
      } else {
        failure = step(list[i].get_object());
      }
      const value& what = list[i].is_string() ? list[i] : list[i].at("command");
      if (!failure.empty())
        return fmt::format("step {}, {}: {}", i + 1, std::string_view(what.get_string()), failure);
    }
    return {};
  }

  std::string step(const object& told) {
    object request{{"command", told.at("command")}, {"actor", told.at("actor")}};
    if (const value* at = told.if_contains("at")) at_ = at->get_string();
    if (!at_.empty()) request["at"] = at_;
    if (const value* id = told.if_contains("request_id")) request["request_id"] = *id;
    object expect = told.contains("expect") ? told.at("expect").get_object() : object();
    value args = told.contains("args") ? told.at("args") : value(object());
    if (!fill(args)) return "a name was not saved before";
    if (value* result = expect.if_contains("result"); result && !fill(*result))
      return "a name was not saved before";
    request["args"] = std::move(args);

    constexpr json::Limits kAnswer{.bytes = std::size_t{256} << 20};
    const auto answered = json::parse(engine_->execute(boost::json::serialize(request)), kAnswer);
    if (!answered) return "the answer is no JSON";
    const object& answer = answered->get_object();
    if (const Command* command = find_command(told.at("command").get_string());
        command && answer.at("ok").get_bool())
      touched_.insert(command->clauses.begin(), command->clauses.end());
    touch(answer);
    if (std::string failure = compare(answer, std::move(expect)); !failure.empty()) return failure;
    return save(told, answer);
  }

  std::string save(const object& told, const object& answer) {
    const value* wanted = told.if_contains("save");
    if (wanted == nullptr) return {};
    const value whole = answer;
    for (const auto& member : wanted->get_object()) {
      boost::system::error_code error;
      const value* found = whole.find_pointer(std::string_view(member.value().get_string()), error);
      if (found == nullptr)
        return fmt::format("the answer has no {}", std::string_view(member.value().get_string()));
      saved_[member.key()] = *found;
    }
    return {};
  }

  // Replaces each "$name" by what was saved as `name`. False when nothing was.
  bool fill(value& given) const {
    if (given.is_string() && given.get_string().starts_with('$')) {
      const auto found = saved_.find(std::string(given.get_string().subview(1)));
      if (found == saved_.end()) return false;
      given = found->second;
      return true;
    }
    if (given.is_array())
      return std::all_of(given.get_array().begin(), given.get_array().end(),
                         [&](value& item) { return fill(item); });
    if (given.is_object())
      return std::all_of(given.get_object().begin(), given.get_object().end(),
                         [&](auto& member) { return fill(member.value()); });
    return true;
  }

  // What the answer cites: of a permit every condition of its gate, else what was not met; and what follows.
  void touch(const object& answer) {
    if (const value* result = answer.if_contains("result"); result && result->is_object())
      if (const value* clause = result->get_object().if_contains("clause"); clause && clause->is_string())
        touched_.emplace(clause->get_string());
    const value* decision = answer.if_contains("decision");
    if (decision == nullptr) return;
    for (const char* list : {"reasons", "obligations"})
      for (const value& row : decision->at(list).get_array()) touched_.emplace(row.at("clause").get_string());
    if (!decision->at("permitted").get_bool()) return;
    if (const Gate* gate = find_gate(decision->at("rule").get_string()))
      for (const Condition& condition : gate->conditions) touched_.emplace(condition.clause);
  }

  const PolicyPack& policy_;
  const object& setups_;
  std::unique_ptr<Engine> engine_;
  std::string at_;
  std::map<std::string, value> saved_;
  std::set<std::string, std::less<>> touched_;
};

}  // namespace

Result<ScenarioFile> ScenarioFile::read(std::string_view text) {
  ScenarioFile file;
  CONNEX_TRY(told, read_told(text));
  file.told_ = std::move(told);
  file.title_ = file.told_.at("title").get_string();
  for (const value& scenario : file.told_.at("scenarios").get_array()) {
    Scenario& listed = file.scenarios_.emplace_back();
    listed.name = scenario.at("name").get_string();
    for (const value& clause : scenario.at("clauses").get_array()) listed.clauses.emplace_back(clause.get_string());
  }
  return file;
}

Result<std::string> ScenarioFile::play(std::size_t index, const PolicyPack& policy) const {
  const object& setups = told_.at("setups").get_object();
  return Player(policy, setups).play(told_.at("scenarios").get_array().at(index).get_object());
}

}  // namespace connex::services
