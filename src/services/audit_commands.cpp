#include <algorithm>
#include <boost/json/array.hpp>

#include "services/audit_log.hpp"
#include "services/command.hpp"
#include "services/command_groups.hpp"
#include "services/hex.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

boost::json::array to_json(std::span<const evidence::Hash> path) {
  boost::json::array list;
  for (const evidence::Hash& hash : path) list.emplace_back(evidence::to_hex(hash));
  return list;
}

Result<Outcome> audit_verify(Context& context, const Arguments& args) {
  std::optional<Anchor> anchor;
  if (args.has("size") != args.has("root")) return invalid("an anchor is a size and a root");
  if (args.has("size")) anchor = Anchor{args.integer("size"), *parse_hash(args.text("root"))};
  CONNEX_TRY(verification, verify_evidence(context.read(), anchor));
  boost::json::array violations;
  for (const AuditViolation& violation : verification.violations)
    violations.push_back({{"seq", violation.seq}, {"what", violation.what}});
  Outcome outcome;
  outcome.result = {{"valid", verification.valid()},
                    {"entries", verification.entries},
                    {"removed", verification.removed},
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
                    {"class", entry.record_class ? name(*entry.record_class) : "deletion_record"},
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
  std::optional<Number> size;
  if (args.has("size")) size = args.integer("size");
  CONNEX_TRY(proof, prove_entry(context.read(), args.integer("seq"), size));
  Outcome outcome;
  outcome.result = {{"seq", proof.seq},
                    {"size", proof.size},
                    {"leaf", evidence::to_hex(proof.leaf)},
                    {"leaf_hash", evidence::to_hex(proof.leaf_hash)},
                    {"root", evidence::to_hex(proof.root)},
                    {"path", to_json(proof.path)}};
  return outcome;
}

Result<Outcome> audit_prove_consistency(Context& context, const Arguments& args) {
  CONNEX_TRY(proof, prove_growth(context.read(), args.integer("from"), args.integer("to")));
  Outcome outcome;
  outcome.result = {{"from", proof.from},
                    {"to", proof.to},
                    {"from_root", evidence::to_hex(proof.from_root)},
                    {"to_root", evidence::to_hex(proof.to_root)},
                    {"path", to_json(proof.path)}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kAuditList[] = {
    {"from", integer, false, "number of the first entry; 0 when not given", kMaxNumber},
    {"limit", integer, false, "how many entries at most; 100 when not given", 1'000},
};
constexpr Argument kAuditVerify[] = {
    {"size", integer, false, "size of the log at an earlier time, as kept elsewhere", kMaxNumber},
    {"root", sha256, false, "root of the log at that size"},
};
constexpr Argument kAuditProve[] = {
    {"seq", integer, true, "number of the audit entry", kMaxNumber},
    {"size", integer, false, "size of the log to prove it for; as it stands when not given", kMaxNumber},
};
constexpr Argument kAuditProveConsistency[] = {
    {"from", integer, true, "size of the log at the earlier time", kMaxNumber},
    {"to", integer, true, "size of the log at the later time", kMaxNumber},
};

constexpr Command kCommands[] = {
    {"audit.list", "Lists entries of the audit log", reports, kAuditors, false, kAuditList, {}, audit_list},
    {"audit.verify", "Verifies the whole audit log", reports, kAuditors, false, kAuditVerify, {}, audit_verify},
    {"audit.prove",
     "Proves that an entry is part of the audit log",
     reports,
     kAuditors,
     false,
     kAuditProve,
     {},
     audit_prove},
    {"audit.prove_consistency",
     "Proves that the audit log at one size is the beginning of the log at a later one",
     reports,
     kAuditors,
     false,
     kAuditProveConsistency,
     {},
     audit_prove_consistency},
};

}  // namespace

std::span<const Command> audit_commands() noexcept { return kCommands; }

}  // namespace connex::services
