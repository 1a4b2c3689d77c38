// What waits for the host's attestations, as the policy pack lists it: a sharing or a command is kept back by a
// claim that is missing, out of date or untrue, and goes on once it is made afresh.
#pragma once

#include <boost/json/array.hpp>
#include <span>
#include <string_view>

#include "connex/gates.hpp"
#include "services/command.hpp"

namespace connex::services {

struct Dependence {
  FactsOf<kPostureMeet> facts;  // yes, where nothing depends on it
  boost::json::array lacking;   // [{"claim", "clause", "standing": "missing" | "stale" | "untrue"}]

  Decision decision() const noexcept { return evaluate(facts); }
};

// On what a sharing of `fields` with a processor depends.
Result<Dependence> dependence_of(ReadTransaction& tx, const PolicyPack& policy, Instant now,
                                 std::string_view processor, std::span<const std::string_view> fields);

// On what a command depends.
Result<Dependence> dependence_of(ReadTransaction& tx, const PolicyPack& policy, Instant now,
                                 const Command& command);

// Nothing lacks.
FactsOf<kPostureMeet> independent() noexcept;

// What is known where nobody looked for the host's attestations: nothing of what must always be attested before
// these fields go to the processor. Pure.
FactsOf<kPostureMeet> unstated(const PolicyPack& policy, std::string_view processor,
                               std::span<const std::string_view> fields) noexcept;

}  // namespace connex::services
