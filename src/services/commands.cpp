// The one table of commands. The C interface, the tools, the bindings and the reference are driven by it.
#include <algorithm>
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

}  // namespace

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
