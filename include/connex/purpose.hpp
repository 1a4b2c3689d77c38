// Purpose limitation: what may be done with a class of records, and for what (section 3 of the policy). Pure.
#pragma once

#include <string_view>

#include "connex/egress.hpp"
#include "connex/gates.hpp"
#include "connex/policy.hpp"

namespace connex {

// The facts of `purpose.check`. A word that the pack names as refused for ever is refused as purpose and as
// operation; a word that is neither is covered by nothing. `guards` tells what is known of the row's guard.
FactsOf<kPurposeCheck> purpose_facts(const PolicyPack& policy, RecordClass record_class,
                                     std::string_view purpose, std::string_view operation,
                                     const GuardFacts& guards) noexcept;

// The clause that speaks of a purpose: that of the word refused for ever, or of the purpose's own row.
std::string_view purpose_clause(const PolicyPack& policy, RecordClass record_class, std::string_view purpose,
                                std::string_view operation) noexcept;

}  // namespace connex
