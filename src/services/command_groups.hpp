// The commands of each concept, beside their handlers. A handler checks everything before its first write, so
// that an error or a denial leaves nothing behind but the audit entry.
#pragma once

#include "services/command.hpp"

namespace connex::services {

std::span<const Command> organisation_commands() noexcept;
std::span<const Command> principal_commands() noexcept;
std::span<const Command> vault_commands() noexcept;
std::span<const Command> account_commands() noexcept;
std::span<const Command> preference_commands() noexcept;
std::span<const Command> visit_commands() noexcept;
std::span<const Command> recording_commands() noexcept;
std::span<const Command> record_commands() noexcept;
std::span<const Command> disposition_commands() noexcept;
std::span<const Command> hold_commands() noexcept;
std::span<const Command> sharing_commands() noexcept;
std::span<const Command> message_commands() noexcept;
std::span<const Command> note_commands() noexcept;
std::span<const Command> text_commands() noexcept;
std::span<const Command> location_commands() noexcept;
std::span<const Command> processor_commands() noexcept;
std::span<const Command> attestation_commands() noexcept;
std::span<const Command> posture_commands() noexcept;
std::span<const Command> rights_commands() noexcept;
std::span<const Command> notice_commands() noexcept;
std::span<const Command> policy_commands() noexcept;
std::span<const Command> report_commands() noexcept;
std::span<const Command> audit_commands() noexcept;
std::span<const Command> password_commands() noexcept;

}  // namespace connex::services
