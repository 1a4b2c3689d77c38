// The one table of commands. The C interface, the tools, the bindings and the reference are driven by it.
#include <algorithm>
#include <string>
#include <vector>

#include "connex/gates.hpp"
#include "services/command.hpp"
#include "services/command_groups.hpp"

namespace connex::services {
namespace {

// In the order of the documentation.
constexpr std::span<const Command> (*kGroups[])() = {
    organisation_commands, principal_commands,   account_commands, vault_commands,       preference_commands,
    visit_commands,        recording_commands,   record_commands,  disposition_commands, hold_commands,
    message_commands,      note_commands,        sharing_commands, text_commands,        location_commands,
    processor_commands,    attestation_commands, posture_commands, rights_commands,      notice_commands,
    policy_commands,       report_commands,      audit_commands,   password_commands,
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

std::string_view safe_name(std::string_view name) noexcept {
  constexpr std::size_t kLongest = 40;
  const bool like_ours = !name.empty() && name.size() <= kLongest && name.front() != '_' &&
                         std::all_of(name.begin(), name.end(),
                                     [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return like_ours ? name : "?";
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
  static const auto& all = *new std::vector<Command>(join_groups());
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
