// How each clause of the policy is enforced: by which rules, and how far that is true of this deployment.
#pragma once

#include <string_view>
#include <vector>

#include "connex/clauses.hpp"
#include "connex/instant.hpp"
#include "connex/policy.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"

namespace connex::services {

class PolicyVersions;

// The gates and commands that cite the clause, in the order of the documentation.
std::vector<std::string_view> rules_of(const Clause& clause);

// Whether the engine by itself makes the clause true: a condition of a gate demands it, or a command refuses
// what would break it. A clause that the host must make true is never that, and a fact is nothing to enforce.
bool is_decided(const Clause& clause);
// The same of its own part of a clause, of which the host may have to attest the rest.
bool is_decided_in_part(const Clause& clause);

struct Covered {
  // "decided"; or "attested" or "stale", where the host says that it is so, or once said so, for all that the clause
  // needs; or "unverified".
  std::string_view status;
  // Of what the host must attest: "fresh", "stale", "missing", "unclear" or "untrue"; empty where there is nothing.
  std::string_view standing;
  bool failed = false;  // known not to be so in this deployment, by what was attested or looked at last
};

// Of each clause, in the order of the catalogue. Of the claims, only those that hold count; where there is one for
// each processor, of all that are in use for anybody.
Result<std::vector<Covered>> coverage(store::ReadTransaction& tx, const PolicyPack& policy,
                                      const PolicyVersions& versions, Instant now);

// The same without a store, and so without attestations.
std::string_view status_of(const Clause& clause);

// "decision", "workflow", "attestation" joined by "+", or "fact".
std::string_view enforcement_of(const Clause& clause);

}  // namespace connex::services
