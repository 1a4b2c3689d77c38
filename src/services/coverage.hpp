// How each clause of the policy is enforced: by which rules, and how far that is true of this deployment.
#pragma once

#include <string_view>
#include <vector>

#include "connex/clauses.hpp"

namespace connex::services {

// The gates and commands that cite the clause, in the order of the documentation.
std::vector<std::string_view> rules_of(const Clause& clause);

// "decided": a rule or a command carries it out, or relies on it where it is a fact. "attested", "stale": the
// host's attestation says so, or once said so. "unverified": nothing does.
std::string_view status_of(const Clause& clause);

// "decision", "workflow", "attestation" joined by "+", or "fact".
std::string_view enforcement_of(const Clause& clause);

}  // namespace connex::services
