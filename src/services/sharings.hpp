// Who got what of whose data: the record of sharings that an access request is answered from (X48).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/entities.hpp"

namespace connex::services {

struct SharingRecord {
  std::string principal;
  Number seq = 0;  // of the audit entry of the decision
  std::string processor;
  std::string purpose;
  std::string fields;  // names, separated by blanks: categories, never values
  std::optional<std::string> country;
  Instant shared_at;
};

// Up to `limit` (at most store::kMaxScan) of a principal's, in order, after the audit entry `after`; -1
// begins.
Result<std::vector<SharingRecord>> list_sharings(ReadTransaction& tx, std::string_view principal,
                                                 Number after, std::uint32_t limit);

Result<void> save(WriteTransaction& tx, const SharingRecord& record);

}  // namespace connex::services
