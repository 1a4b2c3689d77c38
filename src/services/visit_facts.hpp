// What is known about a visit at one moment, and the facts that follow from it. Pure.
#pragma once

#include <optional>
#include <string>

#include "connex/gates.hpp"
#include "evidence/hmac.hpp"
#include "services/command.hpp"

namespace connex::services {

// The text a party must see before the call, and its hash, which stands for this visit, this slot, this text
// and this recording status as it came to be, and no other (C6.2-a, X6, X50).
struct Disclosure {
  std::string version;
  std::string language;
  std::string text;
  bool recording_offered = false;  // "will be recorded only if all agree", else "will not be recorded" (X5)
  evidence::Hash hash{};
};

struct VisitSide {
  Principal principal;
  Party party;
  std::optional<Attestation> acceptance;
};

inline constexpr Argument kVisitId[] = {{"visit", ArgumentType::id, true, "id of the visit"}};

// Everything that bears on a visit, as it stands now.
struct VisitSnapshot {
  Visit visit;
  VisitSide doctor;
  VisitSide representative;
  Preference preference;
  std::optional<Organisation> company;
  std::string doctor_name;  // as the screen shows it: without what would tell how to reach the doctor
  std::optional<evidence::Hash> salt = {};  // of what its attestations hold; none before the first, or with its doctor

  const VisitSide* side(std::string_view principal) const noexcept {
    if (principal == visit.doctor) return &doctor;
    if (principal == visit.representative) return &representative;
    return nullptr;
  }
};

// not_found, naming the argument `visit`, when there is no such visit.
Result<VisitSnapshot> load_snapshot(store::ReadTransaction& tx, const PolicyPack& policy, std::string_view visit);

bool is_party_or_system(const Actor& actor, const Visit& visit) noexcept;

// The parties who can be told who they are (X54).
std::vector<std::string> people_of(const Visit& visit);

// Says in the outcome what the command was about.
void concern(Outcome& outcome, const Visit& visit);

// A visit is current from shortly before its slot until the slot ends or, once it has begun, until the
// overrun does.
Instant last_moment(const Visit& visit, const PolicyPack& policy) noexcept;
bool is_current(const Visit& visit, const PolicyPack& policy, Instant now) noexcept;
// A visit may be accepted from its booking on: what was accepted is bound to its slot and to what was shown (X50).
bool is_to_come(const Visit& visit, const PolicyPack& policy, Instant now) noexcept;

FactsOf<kRecordingEligible> eligible_facts(const VisitSnapshot& s) noexcept;
Disclosure make_disclosure(const VisitSnapshot& s, const PolicyPack& policy, std::string_view language);

// What an attestation holds of the disclosure that was shown: its hash under a salt of the visit that goes with the doctor's
// account, since by the bare hash the name in the text could be found by trying (X19, X54).
inline evidence::Hash attested_under(const evidence::Hash& salt, const evidence::Hash& shown) {
  return evidence::hmac_sha256(salt, shown);
}
Result<std::optional<evidence::Hash>> disclosure_salt(store::ReadTransaction& tx, const Visit& visit, bool make);

FactsOf<kVisitBook> book_facts(const PolicyPack& policy, const Actor& actor, const Principal* doctor,
                               const Preference& preference, std::string_view representative) noexcept;
// `shown`: whether the hash that was handed over is that of a disclosure that stands now.
FactsOf<kVisitAccept> accept_facts(const VisitSnapshot& s, const PolicyPack& policy, const Actor& actor,
                                   Instant now, bool shown, const std::optional<std::string>& session);
FactsOf<kVisitJoin> join_facts(const VisitSnapshot& s, const PolicyPack& policy, const Actor& actor,
                               Instant now);
FactsOf<kVisitStart> start_facts(const VisitSnapshot& s, const PolicyPack& policy, Instant now);
FactsOf<kRecordingStart> recording_facts(const VisitSnapshot& s, const PolicyPack& policy, Instant now);

}  // namespace connex::services
