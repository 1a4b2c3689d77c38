// What of a new version acts at once (X26).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::policy {

// `present` with everything in which `next` tightens it, and nothing in which it loosens it: `next` itself
// where nothing loosens, `present` itself where nothing tightens, else a pack of its own named after both.
// What cannot be told apart stays as it is in `present`.
Result<std::shared_ptr<const PolicyPack>> tighten(const std::shared_ptr<const PolicyPack>& present,
                                                  const std::shared_ptr<const PolicyPack>& next);

// "1-6d27_2", as long as a version may be: what such a pack is named.
std::string joint_name(std::string_view present, std::string_view next);

}  // namespace connex::policy
