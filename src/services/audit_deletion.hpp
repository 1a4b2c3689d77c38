// The lawful going of audit entries. A handler lists them in its outcome; the engine appends a deletion record
// for each class among them, and deletes their content, salts and index rows, in the handler's transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "connex/names.hpp"
#include "services/entities.hpp"

namespace connex::services {

enum class DeletionReason : std::uint8_t { retention, erasure };

inline constexpr std::size_t kMaxDeletion = 10'000;

struct AuditDeletion {
  DeletionReason reason = DeletionReason::retention;
  std::string rule;              // the clause that lets them go
  std::string request;           // id of the accepted request; of an erasure only
  std::string holds;             // what the check for holds found
  std::vector<Number> entries;   // at most kMaxDeletion. Those that have gone, and deletion records, are passed over
};

}  // namespace connex::services

template <>
struct connex::Names<connex::services::DeletionReason> {
  static constexpr std::string_view list[] = {"retention", "erasure"};
};
