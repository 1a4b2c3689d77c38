#include "services/coverage.hpp"

#include <algorithm>
#include <span>

#include "connex/gates.hpp"
#include "services/attestations.hpp"
#include "services/command.hpp"
#include "services/policy_versions.hpp"
#include "services/processors.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

bool cites(const Gate& gate, std::string_view clause) {
  const auto names_it = [&](const auto& row) { return row.clause == clause; };
  return std::any_of(gate.conditions.begin(), gate.conditions.end(), names_it) ||
         std::any_of(gate.on_permit.begin(), gate.on_permit.end(), names_it) ||
         std::any_of(gate.on_refusal.begin(), gate.on_refusal.end(), names_it);
}

bool cites(const Command& command, std::string_view clause) {
  return std::find(command.clauses.begin(), command.clauses.end(), clause) != command.clauses.end();
}

// Whether a gate asks for what the clause says. `posture.meet` asks for the host's word alone, which does not
// decide the clause.
bool is_condition(std::string_view clause) {
  return std::any_of(std::begin(kGates), std::end(kGates), [&](const Gate* gate) {
    return gate != &kPostureMeet && std::any_of(gate->conditions.begin(), gate->conditions.end(),
                       [&](const Condition& condition) { return condition.clause == clause; });
  });
}

// Clauses that no gate's condition cites, and the command that enforces them all the same: by refusing what
// would break them, or by doing what they promise.
struct Enforced {
  std::string_view clause;
  std::string_view command;
};
constexpr Enforced kEnforced[] = {
    {"C1-c", "principal.view"},                                      // the matrix hides how to reach a doctor
    {"C1-e", "egress.check"},                                        // refused as purpose of any sharing
    {"C1-h", "rights.submit"},                                       // goes to whose processing it concerns
    {"C2.4-f", "recording.decide"}, {"C2.4-i", "recording.decide"},  // the setting of the moment decides
    {"C2.4-b", "recording.decide"}, {"C2.4-g", "visit.disclosure"},  // and the host attests its half
    {"C6.2-a", "visit.disclosure"}, {"C6.3-d", "visit.disclosure"},
    {"C6.3-e", "recording.register"}, {"C6.5-a", "recording.decide"},
    {"C6.6-c", "visit.book"},
    {"C3-b", "purpose.check"},      {"C3-d", "purpose.check"},
    {"C3-e", "purpose.check"},      {"C5-c", "egress.check"},
    {"C5-d", "egress.check"},       {"C5-e", "egress.check"},
    {"C5-f", "egress.check"},       {"C5-n", "processor.list"},
    {"C2.3-a", "principal.register"},  // puts the notice into the outbox
    {"C8-b", "rights.resolve"},        {"C8-c", "rights.resolve"},
    {"C8-d", "rights.resolve"},        {"C8-e", "nominee.invoke"},
    {"C8-g", "rights.submit"},         {"C9-c2", "account.export"},
    {"C10-c", "principal.report_minor"},
    {"C6.1-a", "visit.book"},  // no setting, no visit
    {"C6.2-c", "retention.sweep"},  {"C6.4-b", "retention.sweep"},  // each class goes in its time, not before
    {"C6.4-f", "rights.submit"},    {"C6.4-g", "rights.submit"},
    {"C6.4-h", "hold.place"},       {"C6.4-i", "hold.place"},
    {"C9-a", "record.register"},    {"C9-b", "record.register"},
    {"C9-d", "retention.sweep"},    {"C9-e", "retention.sweep"},
    {"C9-f", "retention.sweep"},    {"C9-g", "retention.sweep"},
    {"C9-h", "retention.sweep"},
};

bool enforces(const Command& command, std::string_view clause) {
  return std::any_of(std::begin(kEnforced), std::end(kEnforced),
                     [&](const Enforced& row) { return row.clause == clause && row.command == command.name; });
}

// From the worst.
constexpr std::string_view kStandings[] = {"untrue", "missing", "unclear", "stale", ""};

std::size_t rank_of(std::string_view why) noexcept {
  return static_cast<std::size_t>(std::ranges::find(kStandings, why) - std::begin(kStandings));
}

// Whether what is decided waits for the claim until it is stated.
bool is_waited_for(const ClaimOf& row, const PolicyPack& policy) {
  return row.of_processors || std::ranges::any_of(policy.dependencies, [&](const Dependency& asks) {
           return asks.asked == Asked::always && std::ranges::find(asks.claims, row.claim) != asks.claims.end();
         });
}

// The worst counts of every claim that the table lists, of every processor where there is one for each, and of what is
// stated of the clause by its name. That speaks for claims of which nothing is stated and for which nothing waits.
Result<std::string_view> standing_of(store::ReadTransaction& tx, const Clause& clause, const PolicyPack& policy,
                                     std::span<const Processor> in_use, Instant now) {
  constexpr std::size_t kMissing = 1;
  const auto stated = [&](std::string_view claim) -> Result<std::size_t> {
    CONNEX_TRY(found, find_host_attestation(tx, claim));
    return rank_of(standing_of(found, policy, now).why);
  };
  CONNEX_TRY(named, stated(clause.id));
  std::optional<std::size_t> worst;
  if (named != kMissing) worst = named;
  const auto need = [&](const ClaimOf& row, std::string_view claim) -> Result<void> {
    CONNEX_TRY(rank, stated(claim));
    if (rank != kMissing || named == kMissing || is_waited_for(row, policy)) worst = std::min(worst.value_or(rank), rank);
    return {};
  };
  for (const ClaimOf& row : claims()) {
    if (row.clause != clause.id) continue;
    if (!row.of_processors) {
      CONNEX_CHECK(need(row, row.claim));
      continue;
    }
    for (const Processor& processor : in_use) CONNEX_CHECK(need(row, claim_about(row.claim, processor.id)));
  }
  return kStandings[worst.value_or(kMissing)];
}

}  // namespace

std::vector<std::string_view> rules_of(const Clause& clause) {
  std::vector<std::string_view> rules;
  for (const Gate* gate : kGates)
    if (cites(*gate, clause.id)) rules.push_back(gate->rule);
  for (const Command& command : commands())
    if ((cites(command, clause.id) || enforces(command, clause.id)) &&
        std::find(rules.begin(), rules.end(), command.name) == rules.end())
      rules.push_back(command.name);
  return rules;
}

bool is_decided_in_part(const Clause& clause) {
  const std::span<const Command> all = commands();
  return clause.enforcement != kFact &&
         (is_condition(clause.id) || std::any_of(all.begin(), all.end(), [&](const Command& command) {
            return enforces(command, clause.id);
          }));
}

bool is_decided(const Clause& clause) {
  return (clause.enforcement & kAttestation) == 0 && is_decided_in_part(clause);
}

std::string_view status_of(const Clause& clause) { return is_decided(clause) ? "decided" : "unverified"; }

Result<std::vector<Covered>> coverage(store::ReadTransaction& tx, const PolicyPack& policy,
                                      const PolicyVersions& versions, Instant now) {
  CONNEX_TRY(in_use, list_processors(tx, versions, now));
  std::vector<Covered> all;
  for (const Clause& clause : clauses()) {
    CONNEX_TRY(why, standing_of(tx, clause, policy, in_use, now));
    Covered covered{status_of(clause), {}, why == "untrue"};
    if ((clause.enforcement & kAttestation) != 0) {
      covered.standing = why.empty() ? "fresh" : why;
      covered.status = why.empty() ? "attested" : why == "stale" ? "stale" : "unverified";
    }
    all.push_back(covered);
  }
  return all;
}

std::string_view enforcement_of(const Clause& clause) {
  switch (clause.enforcement) {
    case kFact:
      return "fact";
    case kDecision:
      return "decision";
    case kWorkflow:
      return "workflow";
    case kAttestation:
      return "attestation";
    case kDecision | kWorkflow:
      return "decision+workflow";
    case kDecision | kAttestation:
      return "decision+attestation";
    case kWorkflow | kAttestation:
      return "workflow+attestation";
    default:
      return "decision+workflow+attestation";
  }
}

}  // namespace connex::services
