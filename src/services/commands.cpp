// The one table of commands. The C interface, the tools, the bindings and the reference are driven by it.
#include <algorithm>
#include <set>
#include <vector>

#include "connex/gates.hpp"
#include "services/command.hpp"
#include "services/command_groups.hpp"

namespace connex::services {
namespace {

// In the order of the documentation.
constexpr std::span<const Command> (*kGroups[])() = {
    organisation_commands, principal_commands, account_commands,     vault_commands,  preference_commands,
    visit_commands,        recording_commands, record_commands,      disposition_commands, hold_commands,
    message_commands,      note_commands,      sharing_commands,     text_commands,   processor_commands,
    attestation_commands,  posture_commands,   rights_commands,      notice_commands,
    policy_commands,       report_commands,    audit_commands,  password_commands,
};

std::vector<Command> join_groups() {
  std::vector<Command> all;
  for (const auto group : kGroups) {
    const std::span<const Command> rows = group();
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

void add_names(std::span<const Argument> arguments, std::set<std::string_view>& names) {
  for (const Argument& argument : arguments) {
    names.insert(argument.name);
    add_names(argument.members, names);
  }
}

std::set<std::string_view> join_names() {
  std::set<std::string_view> names{"command", "actor", "at", "request_id", "args"};
  for (const Command& command : commands()) add_names(command.arguments, names);
  for (const Gate* gate : kGates)
    for (const Condition& condition : gate->conditions) names.insert(condition.fact);
  return names;
}

}  // namespace

std::string_view safe_name(std::string_view name) {
  static const std::set<std::string_view> declared = join_names();
  return declared.contains(name) ? name : "?";
}

std::string safe_pointer(std::string_view pointer) {
  const auto is_index = [](std::string_view token) {
    return token.size() <= 3 && token.find_first_not_of("0123456789") == std::string_view::npos;
  };
  std::string out;
  while (!pointer.empty()) {
    const std::string_view token = pointer.substr(1, pointer.find('/', 1) - 1);
    out.append("/").append(is_index(token) ? token : safe_name(token));
    pointer.remove_prefix(token.size() + 1);
  }
  return out;
}

std::span<const Command> commands() {
  static const std::vector<Command> all = join_groups();
  return all;
}

const Command* find_command(std::string_view name) {
  const std::span<const Command> all = commands();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Command& command) { return command.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Outcome outside_scope() {
  FactsOf<kCommandUse> facts;
  facts.set("actor_is_active", true);
  facts.set("role_may_use_command", true);
  facts.set("within_own_scope", false);
  return decide(facts);
}

}  // namespace connex::services
