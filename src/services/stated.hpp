// What the audit log states of the rows that decisions rest on: attestations, settings, plans and standings.
// The entry that set them says the same, so that a row changed behind the log's back is found.
#pragma once

#include "services/audit_log.hpp"

namespace connex::services {

class Vault;

Details details_of(const Attestation& attestation);
Details details_of(const Preference& preference);
Details details_of(const Organisation& organisation);
Details details_of(const Principal& principal);  // role, organisation and status
// What an entry about several people says of one whose account's data it restricted or erased.
Detail settled_detail(const Principal& principal);

// Verifies the log, and that these rows and the log say the same. Reads both whole, in bounded memory. The verdict is the
// same however many threads work at it, the caller's among them.
Result<AuditVerification> verify_evidence(ReadTransaction& tx, std::optional<Anchor> anchor = {},
                                          std::size_t threads = 1);

// Reports the classes of which data keys were destroyed that no erasure tells of.
Result<void> check_keys(ReadTransaction& tx, Vault& vault, AuditVerification& result);

}  // namespace connex::services
