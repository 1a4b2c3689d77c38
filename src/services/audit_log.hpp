// The audit log: entries whose commitments are the leaves of one Merkle tree. An entry is appended in the
// transaction of the change it tells of. Entry number n is leaf number n.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/gate.hpp"
#include "connex/instant.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"
#include "evidence/leaf.hpp"
#include "evidence/merkle.hpp"
#include "services/entities.hpp"

namespace connex::services {

// What an entry tells. Ids are the host's own; no field holds a person's data.
struct AuditContent {
  std::string actor;
  std::string role;
  std::string command;
  std::string object;                 // id of what the command was about
  std::string visit;                  // id of the visit concerned, or empty
  std::vector<std::string> subjects;  // data principals concerned
  std::string rule;                   // of the decision
  Effect effect = Effect::deny;
  std::vector<Fact> facts;  // in the order of the gate's conditions
  std::string outcome;      // "done", "denied", or the code of an error
  std::string policy;       // digest of the policy pack
  Details details;          // what was set or given: states, hashes and times, no personal data
};

// The state of the log: one row, read and written with every command.
struct AuditHead {
  evidence::Frontier frontier;
  Number policy = 0;  // ordinal of the pack that decided last, 0 before the first entry
  Instant at;         // time never runs backwards from here
  bool stored = false;

  Number next() const noexcept { return static_cast<Number>(frontier.size()); }
};

Result<AuditHead> load_head(ReadTransaction& tx);

// Appends an entry and moves the head. `record_class` decides how long the content is kept.
Result<void> append_entry(WriteTransaction& tx, AuditHead& head, const AuditContent& content,
                          RecordClass record_class);

// An entry as it stands in the store.
struct AuditEntry {
  Number seq = 0;
  Instant at;
  RecordClass record_class = RecordClass::audit;
  Number policy = 0;
  AuditContent content;
  evidence::Hash leaf_hash{};
};

Result<std::optional<AuditEntry>> find_entry(ReadTransaction& tx, Number seq);

// Up to `limit` entries from `first` on.
Result<std::vector<AuditEntry>> list_entries(ReadTransaction& tx, Number first, std::uint32_t limit);

struct AuditViolation {
  Number seq = 0;
  std::string what;  // "entry missing", "leaf mismatch", ...
};

struct AuditVerification {
  Number entries = 0;
  evidence::Hash root{};
  std::vector<AuditViolation> violations;  // at most kMaxViolations, in order
  bool valid() const noexcept { return violations.empty(); }
};
inline constexpr std::size_t kMaxViolations = 1'000;

// Whether what an entry tells of is there; false is a violation.
using EntryCheck = std::function<Result<bool>(Number seq, const AuditContent& content)>;

// Recomputes every leaf from its content, every tile and the head, and puts each entry to `check`. Reads the
// whole log, in bounded memory.
Result<AuditVerification> verify_log(ReadTransaction& tx, const EntryCheck& check);

struct InclusionProof {
  Number seq = 0;
  Number size = 0;
  evidence::LeafBytes leaf{};
  evidence::Hash leaf_hash{};
  evidence::Hash root{};
  std::vector<evidence::Hash> path;
};

// That entry `seq` is part of the log as it stands. not_found beyond its end.
Result<InclusionProof> prove_entry(ReadTransaction& tx, Number seq);

}  // namespace connex::services
