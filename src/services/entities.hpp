// What the tables hold, as values: loading and saving, no rule.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/instant.hpp"
#include "connex/policy.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"
#include "evidence/sha256.hpp"

namespace connex::services {

using store::ReadTransaction;
using store::WriteTransaction;

using Number = std::int64_t;  // of an audit entry, of an attestation

// One thing an audit entry says of what was done, beside who did what to whom: "recording", "on".
struct Detail {
  std::string name;
  std::string value;
  bool operator==(const Detail&) const = default;
};
using Details = std::vector<Detail>;

struct Organisation {
  std::string id;
  std::string kind;
  std::string name;
  bool recording_entitled = false;
  Number recording_entitled_seq = -1;
  bool recording_enabled = false;
  Number recording_enabled_seq = -1;
};

// restricted: kept because a law says so, neither used nor shown. erased: only the id is left.
enum class AccountStatus : std::uint8_t { active, terminated, quarantined, restricted, erased };

struct Principal {
  std::string id;
  Role role = Role::doctor;
  std::optional<std::string> organisation;
  AccountStatus status = AccountStatus::active;
  Instant status_at;  // when it was opened or closed; a report of a minor leaves it
  std::string source;
  Instant registered_at;
  Number standing_seq = 0;  // audit entry since which status and organisation are what they are
  std::optional<Instant> look_at = {};  // when a sweep must next see whether the data go
  std::optional<Instant> erasure_accepted_at = {};   // which the person asked for
  std::optional<std::string> status_before = {};     // of a report of a minor that took the account out of use
  // Reported as a child's; later than now: unless it is taken back; kEndOfTime: not before the operator says so too.
  std::optional<Instant> child_since = {};
  std::optional<Instant> minor_due = {};             // until when a child's data must have gone; none once they have
  bool detailed = true;     // what follows is known; if not, it is left alone
  std::optional<std::string> full_name;
  std::optional<std::string> email;
  std::optional<std::string> phone;
  std::optional<std::string> address;
  std::optional<std::string> city;
  std::optional<std::string> speciality;
  std::optional<std::string> facility;
  std::optional<std::string> registration_number;
  std::optional<std::string> birth_date;

  bool active() const noexcept { return status == AccountStatus::active; }
  bool reported_child() const noexcept { return child_since.has_value(); }
  bool awaits_word() const noexcept { return child_since == kEndOfTime; }
  // From when on the data go as a child's.
  std::optional<Instant> child_from() const noexcept { return awaits_word() ? std::nullopt : child_since; }
  // Whether the end of the account has not come yet, from which on its data stay for their period.
  bool goes_on() const noexcept { return active() || (awaits_word() && status_before == "active"); }
  // Since when an account that is not active has been out of use: one that was open, since it was reported as a child's.
  Instant out_of_use_since() const noexcept {
    return child_since && status_before == "active" ? *child_since : status_at;
  }
};

// Stands in a row in the place of a person who was made unidentifiable there (X54): drawn for that row alone and kept
// nowhere else, so that nothing leads back, and no id that anybody can have.
std::string draw_pseudonym();
bool is_pseudonym(std::string_view id) noexcept;

struct Setting {
  bool on = false;
  std::string by;   // who changed it last
  Number seq = -1;  // in which audit entry
};

// Both settings are off until the doctor switches them on (C6.1-a, C2.4-f).
struct Preference {
  std::string doctor;
  Setting virtual_visits;
  Setting recording;
};

enum class VisitState : std::uint8_t { booked, started, ended, cancelled };

struct Visit {
  std::string id;
  std::string doctor;
  std::string representative;
  std::optional<std::string> company;
  Instant starts_at;
  Instant ends_at;
  VisitState state = VisitState::booked;
  Instant booked_at;
  std::optional<Instant> started_at;
  std::optional<Instant> ended_at;
  std::optional<Instant> address_released_at = {};  // the doctor's street address, for this visit alone (X43)

  bool has_party(std::string_view principal) const noexcept {
    return principal == doctor || principal == representative;
  }
};

struct Party {
  std::string visit;
  std::string principal;
  Number accepted = 0;
  std::optional<Instant> joined_at = {};
  std::optional<Instant> left_at = {};
  std::optional<Instant> declined_at = {};  // a no to recording, final for this visit (X6, X7)
};
inline bool is_inside(const Party& p) noexcept { return p.joined_at && !p.left_at; }

struct Attestation {
  std::string visit;
  std::string principal;
  Number number = 0;
  Instant accepted_at;
  Number accepted_seq = 0;
  evidence::Hash disclosure{};
  std::string disclosure_version;
  std::string language;
  bool recording_offered = false;
  bool recording_consent = false;
  std::optional<std::string> session;
};

struct Permit {
  std::string visit;
  Number number = 0;
  Instant issued_at;
  Instant expires_at;
  std::optional<Instant> ended_at;
};

struct Recording {
  std::string id;
  std::string visit;
  std::string locator;
  evidence::Hash sha256{};
  std::int64_t size = 0;
  Instant started_at;
  Instant ended_at;
  Instant registered_at;
};

Result<std::optional<Organisation>> find_organisation(ReadTransaction& tx, std::string_view id);
Result<std::optional<Principal>> find_principal(ReadTransaction& tx, std::string_view id);
// Without the person's details, which stay sealed.
Result<std::optional<Principal>> find_account(ReadTransaction& tx, std::string_view id);
// What is known of the person, unless it is there already.
Result<void> load_details(ReadTransaction& tx, Principal& p);
Result<Preference> load_preference(ReadTransaction& tx, std::string_view doctor);
Result<std::optional<Visit>> find_visit(ReadTransaction& tx, std::string_view id);
Result<std::optional<Party>> find_party(ReadTransaction& tx, std::string_view visit,
                                        std::string_view principal);
Result<std::optional<Attestation>> find_attestation(ReadTransaction& tx, const Party& party);
Result<std::optional<Permit>> find_last_permit(ReadTransaction& tx, std::string_view visit);
Result<std::vector<Permit>> list_open_permits(ReadTransaction& tx, std::string_view visit);
Result<std::vector<Permit>> list_permits(ReadTransaction& tx, std::string_view visit);
Result<std::optional<Recording>> find_recording_of(ReadTransaction& tx, std::string_view visit);
Result<std::optional<Recording>> find_recording(ReadTransaction& tx, std::string_view id);
Result<bool> recording_exists(ReadTransaction& tx, std::string_view id);

// Whose visits to list: those in `state` by one of the three indexes, in the order of their start.
enum class VisitsOf : std::uint8_t { doctor, representative, company };
struct Starting {
  Instant from;
  Instant below;
};
Result<std::vector<Visit>> list_visits(ReadTransaction& tx, VisitsOf whose, std::string_view id,
                                       VisitState state, std::optional<Starting> when = {});

// Whether a visit that was not cancelled connects the two: a doctor with a representative, or with a company.
Result<bool> have_met(ReadTransaction& tx, std::string_view doctor, std::string_view representative);
Result<bool> has_met_company(ReadTransaction& tx, std::string_view doctor, std::string_view company);

// The cells of a row, borrowed from it, to be changed and written back.
std::vector<store::Cell> cells_of(const store::Row& row);

enum class Save : std::uint8_t { insert, update };
Result<void> save(WriteTransaction& tx, Save how, const Organisation& value);
Result<void> save(WriteTransaction& tx, Save how, const Principal& value);
Result<void> save(WriteTransaction& tx, Save how, const Preference& value);
Result<void> save(WriteTransaction& tx, Save how, const Visit& value);
Result<void> save(WriteTransaction& tx, Save how, const Party& value);
Result<void> save(WriteTransaction& tx, Save how, const Attestation& value);
Result<void> save(WriteTransaction& tx, Save how, const Permit& value);
Result<void> save(WriteTransaction& tx, Save how, const Recording& value);

}  // namespace connex::services

template <>
struct connex::Names<connex::services::AccountStatus> {
  static constexpr std::string_view list[] = {"active", "terminated", "quarantined", "restricted",
                                              "erased"};
};
template <>
struct connex::Names<connex::services::VisitState> {
  static constexpr std::string_view list[] = {"booked", "started", "ended", "cancelled"};
};
