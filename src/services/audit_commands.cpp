#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "evidence/base64.hpp"
#include "evidence/note.hpp"
#include "services/audit_log.hpp"
#include "services/audit_replay.hpp"
#include "services/command.hpp"
#include "services/command_groups.hpp"
#include "services/hex.hpp"
#include "services/policy_versions.hpp"
#include "services/schema.hpp"
#include "services/signing.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

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
  std::string_view refused;
  if (args.has("checkpoint")) {
    if (anchor) return invalid("give one anchor only", "checkpoint");
    CONNEX_TRY(opened, open_anchor(context.read(), args.text("checkpoint")));
    anchor = opened;
    if (!anchor) refused = "the checkpoint is not signed by a key of this log";
  }
  const std::size_t threads = args.has("threads") ? static_cast<std::size_t>(args.integer("threads")) : 1;
  CONNEX_TRY(verification, verify_evidence(context.read(), anchor, threads));
  CONNEX_TRY(altered, context.vault().altered_tables(context.read()));
  for (const std::string_view table : altered)
    verification.violations.push_back({verification.entries, "table altered: " + std::string(table)});
  CONNEX_TRY(of_keys, context.vault().altered_keys());
  for (const std::string_view table : of_keys)
    verification.violations.push_back({verification.entries, "table of the key store altered: " + std::string(table)});
  CONNEX_TRY(ledgers, context.vault().altered_ledgers(context.read()));
  for (std::string& what : ledgers) verification.violations.push_back({verification.entries, std::move(what)});
  CONNEX_CHECK(check_keys(context.read(), context.vault(), verification));
  CONNEX_TRY(sound, context.read().sound());
  if (!sound) verification.violations.push_back({verification.entries, "rows are not where they are looked for"});
  if (!refused.empty()) verification.violations.push_back({verification.entries, std::string(refused)});
  boost::json::array violations;
  for (const AuditViolation& violation : verification.violations)
    violations.push_back({{"seq", violation.seq}, {"what", violation.what}});
  boost::json::array breaks;
  for (const KeyBreak& broken : verification.breaks) breaks.push_back({{"epoch", broken.epoch}, {"seq", broken.seq}});
  Outcome outcome;
  outcome.result = {{"valid", verification.valid()},
                    {"entries", verification.entries},
                    {"removed", verification.removed},
                    {"root", evidence::to_hex(verification.root)},
                    {"key_breaks", std::move(breaks)},
                    {"violations", std::move(violations)}};
  return outcome;
}

std::string_view class_name(const AuditEntry& entry) {
  return entry.record_class ? name(*entry.record_class) : "deletion_record";
}

Result<Outcome> audit_list(Context& context, const Arguments& args) {
  const auto limit = args.has("limit") ? static_cast<std::uint32_t>(args.integer("limit")) : 100U;
  CONNEX_TRY(entries, list_entries(context.read(), args.integer("from"), limit));
  boost::json::array list;
  for (const AuditEntry& entry : entries) {
    if (entry.reading == Reading::destroyed) continue;  // as one that has gone
    if (entry.reading == Reading::damaged) {
      list.push_back({{"seq", entry.seq},
                      {"at", format_instant(entry.at, context.offset())},
                      {"class", class_name(entry)},
                      {"damaged", true}});
      continue;
    }
    boost::json::array subjects;
    for (const std::string& subject : entry.content.subjects) subjects.emplace_back(subject);
    boost::json::object details;
    for (const Detail& detail : entry.content.details) details[detail.name] = detail.value;
    list.push_back({{"seq", entry.seq},
                    {"at", format_instant(entry.at, context.offset())},
                    {"class", class_name(entry)},
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

constexpr std::string_view kLog = "log";  // what these commands are about

Result<void> need_entries(Number size) {
  if (size == 0) return Error{ErrorCode::conflict, "the log is empty", ""};
  return {};
}

Result<Outcome> audit_checkpoint(Context& context, const Arguments&) {
  Outcome outcome;
  CONNEX_CHECK(need_entries(context.seq));
  CONNEX_TRY(signer, current_signer(context, outcome));
  CONNEX_TRY(signed_head, sign_head(context, signer, outcome));
  outcome.object = kLog;
  outcome.result = {{"checkpoint", signed_head.note},
                    {"size", signed_head.size},
                    {"root", evidence::to_hex(signed_head.root)},
                    {"key", evidence::NoteVerifier{signer.key_id(), signer.epoch.key}.text()},
                    {"published", false}};
  return outcome;
}

Result<Outcome> audit_rotate_key(Context& context, const Arguments& args) {
  Outcome outcome;
  const bool lost = args.boolean("lost").value_or(false);
  CONNEX_TRY(signer, lost ? replace_lost_key(context, outcome) : rotate_key(context, outcome));
  outcome.object = kLog;
  outcome.result = {{"epoch", signer.epoch.epoch}, {"follows", !lost}};
  return outcome;
}

Result<Outcome> audit_keys(Context& context, const Arguments&) {
  Outcome outcome;
  CONNEX_TRY(keys, describe_keys(context.read(), context.offset()));
  outcome.result = std::move(keys);
  return outcome;
}

constexpr std::uint32_t kMaxExport = 1'000;

// The entries that were asked for, at most one more than an export holds.
Result<std::vector<Number>> list_exported(ReadTransaction& tx, const Arguments& args, Number end) {
  const Number from = args.integer("from");
  std::vector<Number> numbers;
  if (args.has("visit") || args.has("principal")) {
    const bool visit = args.has("visit");
    CONNEX_TRY(found, list_numbers(tx, visit ? EntriesOf::visit : EntriesOf::subject,
                                   args.text(visit ? "visit" : "principal"), from, kMaxExport + 1));
    for (const Number number : found)
      if (number < end) numbers.push_back(number);
    return numbers;
  }
  for (Number number = from; number < end && numbers.size() <= kMaxExport; ++number)
    numbers.push_back(number);
  return numbers;
}

// What was asked for, as far as the numbers go that were found: a pack of a range is whole or shows what it lacks.
boost::json::object scope_of(const Arguments& args, std::span<const Number> numbers) {
  boost::json::object scope;
  for (const char* whose : {"visit", "principal"})
    if (args.has(whose)) scope[whose] = args.text(whose);
  if (!scope.empty()) {
    for (const char* bound : {"from", "to"})
      if (args.has(bound)) scope[bound] = args.integer(bound);
  } else {
    const Number from = args.integer("from");
    scope = {{"from", from}, {"to", numbers.empty() ? from - 1 : numbers.back()}};
  }
  return scope;
}

// The packs that say how long what went by its period had to be kept: all up to the latest of the deletion records,
// since a record of before a version keeps its shorter period.
Result<boost::json::array> export_policies(ReadTransaction& tx, const std::set<Number>& deletions) {
  namespace t = policy_pack;
  Number latest = 0;
  for (const Number number : deletions) {
    CONNEX_TRY(record, find_entry(tx, number));
    if (!record) continue;
    const Detail by_period{"reason", std::string(name(DeletionReason::retention))};
    if (std::ranges::find(record->content.details, by_period) != record->content.details.end())
      latest = std::max(latest, record->policy);
  }
  boost::json::array policies;
  store::Row row;
  for (Number ordinal = 1; ordinal <= latest; ++ordinal) {
    const store::Cell key[] = {ordinal};
    CONNEX_TRY(found, tx.get(t::kTable, key, row));
    if (found)
      policies.push_back({{"ordinal", ordinal}, {"document", row.bytes(t::document)}});
  }
  return policies;
}

Result<boost::json::object> export_entry(EntryProver& prover, Number number, Number size,
                                         std::set<Number>& deletions) {
  StoredEntry stored;
  CONNEX_TRY(proof, prover.prove(number, size, &stored));
  boost::json::object entry{
      {"seq", number}, {"leaf", evidence::to_hex(proof.leaf)}, {"path", to_json(proof.path)}};
  if (stored.deletion) {
    entry["deletion"] = *stored.deletion;
    deletions.insert(*stored.deletion);
  } else if (stored.reading != Reading::destroyed) {  // else an erasure destroyed it, and no record tells of it yet
    entry["salt"] = evidence::to_base64(evidence::bytes_of(stored.salt));
    entry["header"] = evidence::to_base64(evidence::bytes_of(stored.header));
    entry["body"] = evidence::to_base64(evidence::bytes_of(stored.body));
    if (!stored.content.empty()) entry["content"] = evidence::to_base64(evidence::bytes_of(stored.content));
    boost::json::array people;
    for (const TokenOf& person : stored.people)
      people.push_back({{"token", text_of(person.token)}, {"id", person.id}, {"salt", evidence::to_base64(person.salt)}});
    if (!people.empty()) entry["people"] = std::move(people);
  }
  return entry;
}

// Entries with their salts and proofs under one checkpoint, and the deletion records of those that have gone,
// under a later one where they went after it: verifiable with nothing of ours.
Result<Outcome> audit_export(Context& context, const Arguments& args) {
  ReadTransaction& tx = context.read();
  CONNEX_CHECK(need_entries(context.seq));
  if (args.has("visit") && args.has("principal"))
    return invalid("either a visit or a principal", "principal");
  const Number size = args.has("size") ? args.integer("size") : context.seq;
  if (args.has("since") && (args.integer("since") < 1 || args.integer("since") > size))
    return not_found("size of the log", "since");

  Outcome outcome;
  outcome.object = kLog;
  std::string note;
  if (args.has("size")) {
    CONNEX_TRY(kept, find_checkpoint(tx, size));
    if (!kept) return not_found("checkpoint", "size");
    note = std::move(*kept);
  } else {
    CONNEX_TRY(signer, current_signer(context, outcome));
    CONNEX_TRY(signed_head, sign_head(context, signer, outcome));
    note = std::move(signed_head.note);
  }
  const Number end = args.has("to") ? std::min(args.integer("to") + 1, size) : size;
  CONNEX_TRY(numbers, list_exported(tx, args, end));
  std::optional<Number> next;
  if (numbers.size() > kMaxExport) {
    next = numbers.back();
    numbers.pop_back();
  }
  CONNEX_TRY(prover, EntryProver::begin(tx));
  boost::json::array entries;
  std::set<Number> deletions;
  for (const Number number : numbers) {
    CONNEX_TRY(entry, export_entry(prover, number, size, deletions));
    entries.push_back(std::move(entry));
  }
  boost::json::array records;
  boost::json::array later_records;
  for (const Number number : deletions) {
    const bool later = number >= size;
    CONNEX_TRY(record, export_entry(prover, number, later ? context.seq : size, deletions));
    (later ? later_records : records).push_back(std::move(record));
  }
  boost::json::array later;
  if (!later_records.empty()) {
    CONNEX_TRY(growth, prove_growth(tx, size, context.seq));
    CONNEX_TRY(signer, current_signer(context, outcome));
    CONNEX_TRY(signed_head, sign_head(context, signer, outcome));
    later.push_back({{"checkpoint", std::move(signed_head.note)},
                     {"size", signed_head.size},
                     {"path", to_json(growth.path)},
                     {"deletions", std::move(later_records)}});
  }
  CONNEX_TRY(policies, export_policies(tx, deletions));
  CONNEX_TRY(keys, describe_keys(tx, context.offset()));
  for (boost::json::value& key : keys.at("keys").as_array()) {  // what the notes in the pack do not bear out
    key.as_object().erase("jwk");
    key.as_object().erase("since");
    key.as_object().erase("follows");
  }
  outcome.visit = args.text("visit");
  if (args.has("principal")) outcome.subjects = {std::string(args.text("principal"))};
  outcome.details.push_back({"entries", std::to_string(numbers.size())});
  outcome.result = {{"format", "connex-evidence/1"},
                    {"origin", keys.at("origin")},
                    {"keys", keys.at("keys")},
                    {"checkpoint", std::move(note)},
                    {"size", size},
                    {"scope", scope_of(args, numbers)},
                    {"count", numbers.size()},
                    {"entries", std::move(entries)},
                    {"deletions", std::move(records)},
                    {"later", std::move(later)},
                    {"policies", std::move(policies)},
                    {"published", false}};
  if (args.has("since")) {
    CONNEX_TRY(growth, prove_growth(tx, args.integer("since"), size));
    outcome.result["consistency"] = {{"from", growth.from},
                                     {"from_root", evidence::to_hex(growth.from_root)},
                                     {"path", to_json(growth.path)}};
  }
  if (next) outcome.result["next"] = *next;
  return outcome;
}

constexpr std::uint32_t kMaxReplay = 10'000;

Result<Outcome> audit_replay(Context& context, const Arguments& args) {
  std::shared_ptr<const PolicyPack> other;
  if (args.has("version")) {
    CONNEX_TRY(found, find_pack(context, args, "version"));
    other = found;
  }
  CONNEX_TRY(replay, replay_decisions(context.read(), args.integer("from"),
                                      args.has("to") ? args.integer("to") : kMaxNumber, kMaxReplay, other,
                                      &context.policies));
  boost::json::array differences;
  for (const ReplayDifference& difference : replay.differences)
    differences.push_back({{"seq", difference.seq}, {"what", difference.what}});
  Outcome outcome;
  boost::json::array damaged;
  for (const Number seq : replay.damaged) damaged.emplace_back(seq);
  outcome.result = {{"decided", replay.decided},
                    {"gone", replay.gone},
                    {"damaged", std::move(damaged)},
                    {"differences", std::move(differences)}};
  if (replay.next) outcome.result["next"] = *replay.next;
  if (!other) return outcome;
  boost::json::array flips;
  for (const ReplayFlip& flip : replay.flips)
    flips.push_back(
        {{"seq", flip.seq}, {"rule", flip.rule}, {"from", name(flip.from)}, {"to", name(flip.to)}});
  outcome.result["under"] = {{"version", other->version}, {"digest", other->digest}};
  outcome.result["not_told"] = replay.not_told;
  outcome.result["to_denied"] = replay.to_denied;
  outcome.result["to_permitted"] = replay.to_permitted;
  outcome.result["flips"] = std::move(flips);
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kAuditList[] = {
    {"from", integer, false, "number of the first entry; 0 when not given", kMaxNumber},
    how_many("limit", "how many entries at most; 100 when not given", 1'000),
};
constexpr Argument kAuditVerify[] = {
    {"size", integer, false, "size of the log at an earlier time, as kept elsewhere", kMaxNumber},
    {"root", sha256, false, "root of the log at that size"},
    {"checkpoint", text, false, "a checkpoint of this log, as kept elsewhere", 4'096},
    how_many("threads",
             "how many threads work at it, the one that executes among them; the others end before the answer; 1 when not "
             "given",
             16),
};
constexpr Argument kAuditRotateKey[] = {
    {"lost", boolean, false,
     "the key in use is lost: nobody signs for the new one, which is told wherever keys are; `false` when not given"},
};
constexpr Argument kAuditProve[] = {
    {"seq", integer, true, "number of the audit entry", kMaxNumber},
    {"size", integer, false, "size of the log to prove it for; as it stands when not given", kMaxNumber},
};
constexpr Argument kAuditProveConsistency[] = {
    {"from", integer, true, "size of the log at the earlier time", kMaxNumber},
    {"to", integer, true, "size of the log at the later time", kMaxNumber},
};

constexpr Argument kAuditExport[] = {
    {"visit", id, false, "only entries about this visit"},
    {"principal", id, false, "only entries about this person"},
    {"from", integer, false, "number of the first entry; 0 when not given", kMaxNumber},
    {"to", integer, false, "number of the last entry; the last there is when not given", kMaxNumber},
    {"since", integer, false, "size of an earlier checkpoint, to prove that the log only grew", kMaxNumber},
    {"size", integer, false, "size of a checkpoint on file to go on under, when `next` was given",
     kMaxNumber},
};

constexpr Argument kAuditReplay[] = {
    {"from", integer, false, "number of the first entry; 0 when not given", kMaxNumber},
    {"to", integer, false, "number of the last entry; the last there is when not given", kMaxNumber},
    {"version", id, false, "version or digest of a pack on file: what it would have decided at the time is told too"},
};

constexpr Command kCommands[] = {
    {"audit.list",
     "Lists entries of the audit log; whom an erasure unlinked reads as `~` and a token",
     reports,
     kAuditors,
     false,
     kAuditList,
     {},
     audit_list},
    {"audit.verify",
     "Verifies the whole audit log",
     reports,
     kAuditors,
     false,
     kAuditVerify,
     {},
     audit_verify},
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
    {"audit.checkpoint",
     "Signs the audit log as it stands, once it is durable",
     discloses,
     kAuditors,
     false,
     {},
     {},
     audit_checkpoint,
     false,
     true},
    {"audit.keys",
     "Lists the public keys that verify checkpoints, permits and grants",
     reports,
     kEverybody,
     false,
     {},
     {},
     audit_keys},
    {"audit.rotate_key",
     "Begins to sign with a new key, which the old one signs",
     changes,
     kOperator,
     false,
     kAuditRotateKey,
     {},
     audit_rotate_key},
    {"audit.export",
     "Exports entries of the audit log with their proofs, as evidence that verifies offline",
     discloses,
     kAuditors,
     false,
     kAuditExport,
     {},
     audit_export,
     false,
     true},
    {"audit.replay",
     "Decides again from the facts that were kept, and reports any difference; under another version too",
     reports,
     kAuditors,
     false,
     kAuditReplay,
     {},
     audit_replay},
};

}  // namespace

std::span<const Command> audit_commands() noexcept { return kCommands; }

}  // namespace connex::services
