// Canaries: what the host tries out on itself, so that its word is not all there is. The engine makes a mark
// that nobody can guess, the host does with it what must fail or vanish, and tells what came of it; the result
// is kept among the host's attestations as `canary:` and the name of the probe, which nobody else may state.
#pragma once

#include "services/command.hpp"

namespace connex::services {

inline constexpr std::string_view kCanary = "canary:";  // of claims that only a probe may make

enum class Probe : std::uint8_t {
  erasure,        // a marked record is written, erased, and nowhere to be found
  expired_url,    // a link is fetched after it has expired
  denied_egress,  // something is sent that the engine has denied
};

Result<Outcome> canary_begin(Context& context, const Arguments& args);
Result<Outcome> canary_erase(Context& context, const Arguments& args);
Result<Outcome> canary_finish(Context& context, const Arguments& args);

}  // namespace connex::services

template <>
struct connex::Names<connex::services::Probe> {
  static constexpr std::string_view list[] = {"erasure", "expired_url", "denied_egress"};
};
