// From a pack's JSON, already of the right shape, to its typed form.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::policy {

// Of the notice before a material change of a processor (C5-o).
inline constexpr std::int32_t kLeastProcessorDays = 15;
// A permit cannot be called back.
inline constexpr std::int32_t kLongestPermitSeconds = 900;

// Requires a value that the pack schema accepts. Checks what the schema cannot say and leaves `canonical` and
// `digest` empty. A shorter notice than the least, of a pack that was filed when it was allowed, is read as the least.
Result<PolicyPack> read_pack(const boost::json::value& json);

// Whether every processor gets a field under the condition that the pack sets on fields of this name (C5-l, X21), and
// nobody joins visits who has no side in one (C6.6-d). Packs on file may be from before this was asked.
Result<void> check_conditions(const PolicyPack& pack);

// Whether every country is one (X28). Packs on file may be from before this was asked.
Result<void> check_countries(const PolicyPack& pack);

}  // namespace connex::policy
