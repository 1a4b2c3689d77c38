// What the host attests about itself: a claim, its value, where the evidence is and how long it holds.
// Missing or stale, a claim is unknown, and so is all that depends on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/gates.hpp"
#include "connex/instant.hpp"
#include "services/command.hpp"
#include "services/entities.hpp"

namespace connex::services {

struct HostAttestation {
  std::string claim;
  Number number = 0;
  std::string value;  // as JSON
  std::string evidence_ref;
  std::string attested_by;
  Instant attested_at;
  Instant valid_until;

  bool fresh(Instant now) const noexcept { return attested_at <= now && now < valid_until; }
  bool denies() const noexcept;  // false, null, 0, "no", "none", "off", "expired", "pending", "unknown" and the like
  // Of a claim that holds or does not: no when it is denied; yes for true, "true", "yes", "on", "enabled", "active",
  // "valid", "signed", "executed", "certified", "compliant", "in force" and, of some claims, the name of a certificate or protocol, with a number or without. Nothing else is
  // understood.
  Fact says() const noexcept;
};

// The latest statement of a claim; of those that were made by `at`, where it is given.
Result<std::optional<HostAttestation>> find_host_attestation(ReadTransaction& tx, std::string_view claim,
                                                             Instant at = kLatestMoment);

// What a statement says of its claim under the policy, fresh or not: by its value, where that is one the engine can read
// (a version of TLS, the cipher of data at rest or of stored objects, the mode of the database connection, the country
// of a region) or the claim is a clause for which such a claim speaks, else by `says`. A region is told by its country
// alone.
Fact judge(const HostAttestation& made, const PolicyPack& policy);

// How a statement stands. All that tells of it, or depends on it, asks here.
struct ClaimStanding {
  Fact holds = Fact::unknown;
  std::string_view why = "missing";  // or stale, untrue, unclear; empty: it counts

  bool counts() const noexcept { return why.empty(); }
};
// What is untrue stays so past its time.
ClaimStanding standing_of(const std::optional<HostAttestation>& made, const PolicyPack& policy, Instant now);

// Whether a claim holds at `now`, by what was stated by then: unknown when nobody says so, or the statement is out of
// date or unclear.
Result<Fact> attested(ReadTransaction& tx, const PolicyPack& policy, std::string_view claim, Instant now);

// From when on what is stated now no longer counts: as stated, at the latest when the policy no longer keeps the audit
// entry that tells of it. Refuses what would be out of date already.
Result<Instant> counts_until(const Context& context, Instant stated);

// A claim about one processor: "agreement:razorpay".
std::string claim_about(std::string_view claim, std::string_view processor);

inline constexpr std::string_view kAgreement = "agreement";     // of a processor: signed and in force (C5-b)
inline constexpr std::string_view kNoTraining = "no_training";  // of an AI provider (C6.5-c)
inline constexpr std::string_view kRegion = "region";         // of a host: the country of its storage (C11-a)
inline constexpr std::string_view kEndToEnd = "end_to_end_encryption";  // of the streams of a visit (X15)
inline constexpr std::string_view kAiEnabled = "ai_enabled";  // on this deployment (C5-j)

// A clause that the host makes true, and the claims that speak for it. A claim of which there is one for each
// processor needs all of them.
struct ClaimOf {
  std::string_view clause;
  std::string_view claim;
  bool of_processors = false;
};
std::span<const ClaimOf> claims() noexcept;

// Whether the claim is one: a clause, a claim of the table or of the pack's dependencies, or one of those above.
bool is_claim(std::string_view claim, const PolicyPack& policy) noexcept;

// Files what a direct check found untrue as the latest statement of the claim, unless that is untrue already. It stands
// until the host attests anew, or has its canary pass; of passwords, for which nobody attests, until they are found right.
Result<void> contradict(Context& context, const FactsOf<kSecurityCheck>& found);

// The clauses for which a claim speaks: those of the table, and the clause that it names itself.
std::vector<std::string_view> clauses_of(std::string_view claim);

}  // namespace connex::services
