// The register of processors (C5-n): those of the policy pack, and what was proposed and engaged under it. An
// engagement holds under the pack it was made under: a later pack says itself whom it lists.
#pragma once

#include <optional>
#include <string_view>

#include "connex/policy.hpp"
#include "services/entities.hpp"

namespace connex::services {

struct RegisteredProcessor {
  Processor processor;
  bool engaged = false;
};

// The processor as it is in use; else as it was proposed; else none.
Result<std::optional<RegisteredProcessor>> find_processor(ReadTransaction& tx, const PolicyPack& policy,
                                                          std::string_view id);

}  // namespace connex::services
