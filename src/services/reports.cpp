#include <algorithm>
#include <boost/json/array.hpp>

#include "services/audit_log.hpp"
#include "services/coverage.hpp"
#include "services/handlers.hpp"
#include "services/reference.hpp"
#include "services/tallies.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

boost::json::array split(std::string_view key) {
  boost::json::array parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = key.find('/');
    parts.emplace_back(key.substr(0, end));
    if (end != std::string_view::npos) key.remove_prefix(end + 1);
  }
  return parts;
}

std::int64_t count_of(const std::vector<Tally>& tallies, std::string_view kind, std::string_view key) {
  for (const Tally& tally : tallies)
    if (tally.kind == kind && tally.key == key) return tally.count;
  return 0;
}

}  // namespace

Result<Outcome> report_coverage(Context&, const Arguments&) {
  boost::json::object counts{{"decided", 0}, {"attested", 0}, {"stale", 0}, {"unverified", 0}};
  for (const Clause& clause : clauses()) {
    boost::json::value& n = counts[status_of(clause)];
    n = n.get_int64() + 1;
  }
  Outcome outcome;
  outcome.result = {{"clauses", describe_clauses()}, {"counts", std::move(counts)}};
  return outcome;
}

Result<Outcome> report_summary(Context& context, const Arguments&) {
  CONNEX_TRY(tallies, list_tallies(context.read()));
  CONNEX_TRY(head, load_head(context.read()));
  boost::json::object decisions;
  boost::json::array refusals;
  for (const Tally& tally : tallies) {
    const boost::json::array parts = split(tally.key);
    if (tally.kind == "decision" && parts.size() == 2) {
      boost::json::value& effects = decisions[parts[0].get_string()];
      if (!effects.is_object())
        effects = boost::json::object{{"permit", 0}, {"deny", 0}, {"indeterminate", 0}};
      effects.get_object()[parts[1].get_string()] = tally.count;
    } else if (tally.kind == "refusal" && parts.size() == 3) {
      refusals.push_back(
          {{"rule", parts[0]}, {"reason", parts[1]}, {"clause", parts[2]}, {"count", tally.count}});
    }
  }
  Outcome outcome;
  outcome.result = {
      {"visits",
       {{"booked", count_of(tallies, "decision", "visit.book/permit")},
        {"refused", count_of(tallies, "decision", "visit.book/deny") +
                        count_of(tallies, "decision", "visit.book/indeterminate")},
        {"cancelled", count_of(tallies, "command", "visit.cancel")},
        {"started", count_of(tallies, "decision", "visit.start/permit")},
        {"ended", count_of(tallies, "command", "visit.end")}}},
      {"recordings",
       {{"permitted", count_of(tallies, "decision", "recording.start/permit")},
        {"refused", count_of(tallies, "decision", "recording.start/deny") +
                        count_of(tallies, "decision", "recording.start/indeterminate")},
        {"registered", count_of(tallies, "decision", "recording.register/permit")},
        {"consents_withdrawn", count_of(tallies, "command", "consent.withdraw")}}},
      {"attestations", count_of(tallies, "decision", "visit.accept/permit")},
      {"decisions", std::move(decisions)},
      {"refusals", std::move(refusals)},
      {"audit", {{"entries", head.next()}, {"root", evidence::to_hex(head.frontier.root())}}},
  };
  return outcome;
}

Result<Outcome> audit_verify(Context& context, const Arguments&) {
  CONNEX_TRY(verification, verify_log(context.read()));
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

}  // namespace connex::services
