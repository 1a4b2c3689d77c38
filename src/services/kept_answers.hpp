// Answers kept for a while, so that a request that comes again is not carried out again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connex/instant.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"

namespace connex::services {

class Vault;

// A request under an id of its actor. `content`: command and arguments, canonical.
struct RepeatableRequest {
  std::string_view actor;
  std::string_view id;
  std::string content;
};

// The answer given to it before, and not too long ago. invalid_argument where the id was of another request.
Result<std::optional<std::string>> find_answer(store::ReadTransaction& tx, const Vault& vault,
                                               const RepeatableRequest& request, Instant now);

// `private_to`: whose text the answer holds, so that it goes with them; empty: nobody's.
Result<void> keep_answer(store::WriteTransaction& tx, const Vault& vault, const RepeatableRequest& request,
                         std::string_view answer, std::string_view private_to, Instant now, Instant expires_at);

// Lets go of those that have expired, at most `limit`; returns how many.
Result<std::uint32_t> forget_answers(store::WriteTransaction& tx, Instant now, std::uint32_t limit);

}  // namespace connex::services
