#include "services/coverage.hpp"

#include <algorithm>

#include "connex/gates.hpp"
#include "services/command.hpp"

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

}  // namespace

std::vector<std::string_view> rules_of(const Clause& clause) {
  std::vector<std::string_view> rules;
  for (const Gate* gate : kGates)
    if (cites(*gate, clause.id)) rules.push_back(gate->rule);
  for (const Command& command : commands())
    if (cites(command, clause.id) && std::find(rules.begin(), rules.end(), command.name) == rules.end())
      rules.push_back(command.name);
  return rules;
}

std::string_view status_of(const Clause& clause) {
  const bool by_host_alone = clause.enforcement == kAttestation;
  return !by_host_alone && !rules_of(clause).empty() ? "decided" : "unverified";
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
