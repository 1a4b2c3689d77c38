#include <algorithm>
#include <boost/json/array.hpp>

#include "services/audit_log.hpp"
#include "services/command.hpp"
#include "services/command_groups.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

Result<Outcome> audit_verify(Context& context, const Arguments&) {
  CONNEX_TRY(verification, verify_evidence(context.read()));
  boost::json::array violations;
  for (const AuditViolation& violation : verification.violations)
    violations.push_back({{"seq", violation.seq}, {"what", violation.what}});
  Outcome outcome;
  outcome.result = {{"valid", verification.valid()},
                    {"entries", verification.entries},
                    {"root", evidence::to_hex(verification.root)},
                    {"violations", std::move(violations)}};
  return outcome;
}

Result<Outcome> audit_list(Context& context, const Arguments& args) {
  const auto limit = args.has("limit") ? static_cast<std::uint32_t>(args.integer("limit")) : 100U;
  CONNEX_TRY(entries, list_entries(context.read(), args.integer("from"), std::max(limit, 1U)));
  boost::json::array list;
  for (const AuditEntry& entry : entries) {
    boost::json::array subjects;
    for (const std::string& subject : entry.content.subjects) subjects.emplace_back(subject);
    boost::json::object details;
    for (const Detail& detail : entry.content.details) details[detail.name] = detail.value;
    list.push_back({{"seq", entry.seq},
                    {"at", format_instant(entry.at, context.offset())},
                    {"class", name(entry.record_class)},
                    {"actor", entry.content.actor},
                    {"role", entry.content.role},
                    {"command", entry.content.command},
                    {"object", entry.content.object},
                    {"visit", entry.content.visit},
                    {"subjects", std::move(subjects)},
                    {"rule", entry.content.rule},
                    {"effect", name(entry.content.effect)},
                    {"outcome", entry.content.outcome},
                    {"details", std::move(details)},
                    {"policy", entry.content.policy}});
  }
  Outcome outcome;
  outcome.result = {{"entries", std::move(list)}};
  return outcome;
}

Result<Outcome> audit_prove(Context& context, const Arguments& args) {
  CONNEX_TRY(proof, prove_entry(context.read(), args.integer("seq")));
  boost::json::array path;
  for (const evidence::Hash& hash : proof.path) path.emplace_back(evidence::to_hex(hash));
  Outcome outcome;
  outcome.result = {{"seq", proof.seq},
                    {"size", proof.size},
                    {"leaf", evidence::to_hex(proof.leaf)},
                    {"leaf_hash", evidence::to_hex(proof.leaf_hash)},
                    {"root", evidence::to_hex(proof.root)},
                    {"path", std::move(path)}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kAuditList[] = {
    {"from", integer, false, "number of the first entry; 0 when not given", kMaxNumber},
    {"limit", integer, false, "how many entries at most; 100 when not given", 1'000},
};
constexpr Argument kAuditProve[] = {{"seq", integer, true, "number of the audit entry", kMaxNumber}};

constexpr Command kCommands[] = {
    {"audit.list", "Lists entries of the audit log", reports, kAuditors, false, kAuditList, {}, audit_list},
    {"audit.verify", "Verifies the whole audit log", reports, kAuditors, false, {}, {}, audit_verify},
    {"audit.prove",
     "Proves that an entry is part of the audit log",
     reports,
     kAuditors,
     false,
     kAuditProve,
     {},
     audit_prove},
};

}  // namespace

std::span<const Command> audit_commands() noexcept { return kCommands; }

}  // namespace connex::services
