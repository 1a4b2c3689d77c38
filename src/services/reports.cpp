#include <algorithm>
#include <boost/json/array.hpp>

#include "services/answers.hpp"
#include "services/audit_log.hpp"
#include "services/command_groups.hpp"
#include "services/coverage.hpp"
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

Result<Outcome> report_coverage(Context& context, const Arguments&) {
  CONNEX_TRY(all, coverage(context.read(), context.policy, context.policies, context.now));
  boost::json::object counts{{"decided", 0}, {"attested", 0}, {"stale", 0}, {"unverified", 0}};
  std::int64_t failed = 0;
  boost::json::array described = describe_clauses();
  for (std::size_t i = 0; i < all.size(); ++i) {
    boost::json::object& row = described[i].get_object();
    row["coverage"] = all[i].status;
    row["standing"] = text_or_null(all[i].standing);
    row["failed"] = all[i].failed;
    failed += all[i].failed ? 1 : 0;
    boost::json::value& n = counts[all[i].status];
    n = n.get_int64() + 1;
  }
  Outcome outcome;
  outcome.result = {{"clauses", std::move(described)}, {"counts", std::move(counts)}, {"failed", failed}};
  return outcome;
}

std::int64_t refused_by(const std::vector<Tally>& tallies, std::string_view rule) {
  const std::string key(rule);
  return count_of(tallies, "decision", key + "/deny") + count_of(tallies, "decision", key + "/indeterminate");
}

// What became of visits. Of those booked, each was cancelled or started, or has not begun (yet).
boost::json::object count_visits(const std::vector<Tally>& tallies) {
  const std::int64_t booked = count_of(tallies, "decision", "visit.book/permit");
  const std::int64_t cancelled = count_of(tallies, "command", "visit.cancel");
  const std::int64_t started = count_of(tallies, "decision", "visit.start/permit");
  return {{"booked", booked},
          {"refused", refused_by(tallies, "visit.book") + refused_by(tallies, "visit.purpose") +
                          count_of(tallies, "use_denied", "visit.book")},
          {"cancelled", cancelled},
          {"never_begun", booked - cancelled - started},
          {"started", started},
          {"ended", count_of(tallies, "command", "visit.end")}};
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
      {"visits", count_visits(tallies)},
      {"recordings",
       {{"permitted", count_of(tallies, "decision", "recording.start/permit")},
        {"refused", refused_by(tallies, "recording.start")},
        {"registered", count_of(tallies, "decision", "recording.register/permit")},
        {"consents_withdrawn", count_of(tallies, "command", "consent.withdraw")}}},
      {"attestations", count_of(tallies, "decision", "visit.accept/permit")},
      {"decisions", std::move(decisions)},
      {"refusals", std::move(refusals)},
      {"audit", {{"entries", head.next()}, {"root", evidence::to_hex(head.frontier.root())}}},
  };
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Command kCommands[] = {
    {"report.coverage",
     "Tells of each clause how it is enforced",
     reports,
     kEverybody,
     false,
     {},
     {},
     report_coverage},
    {"report.summary",
     "Counts what was decided and done",
     reports,
     kOperator | actors({Role::data_protection_officer}),
     false,
     {},
     {},
     report_summary},
};

}  // namespace

std::span<const Command> report_commands() noexcept { return kCommands; }

}  // namespace connex::services
