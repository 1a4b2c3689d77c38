// The tables the engine keeps, as every store holds them. Columns are only ever appended, with the schema
// version that added them in `since`; the enumerators name the columns by position.
#pragma once

#include <array>
#include <cstdint>

#include "connex/policy.hpp"
#include "connex/ports/store.hpp"

namespace connex::services {

using store::CellType;
using store::Column;
using store::Index;
using store::Table;

// A column by whose values people are found, and how.
struct Lookup {
  std::uint8_t column;
  std::string_view kind;  // "email", "phone", "name" or "address"
};

inline constexpr std::uint8_t kNoColumn = 255;

// Shorter than anything that is sealed there.
inline constexpr std::string_view kDestroyed = "destroyed";

// Which columns of a table are sealed before any store sees them, and under whose key of which class. Sealed
// columns are nullable blobs outside key and indexes. Handlers write text into them and read text from them;
// they read null once the key is destroyed.
struct Sealed {
  const Table* table;
  std::span<const std::uint8_t> columns;
  std::uint8_t principal;    // the column that names whose they are; null only where all of `columns` are
  RecordClass record_class;  // whose key seals them
  std::span<const Lookup> lookups = {};
  std::uint8_t class_column = kNoColumn;  // where each row has a class of its own
  bool damaged_reads_empty = false;       // for a reader that must go on: a value that does not open is empty,
                                          // and one whose key was destroyed reads kDestroyed
};

namespace organisation {
enum : std::uint8_t { id, kind, title, entitled, entitled_seq, enabled, enabled_seq };
inline constexpr Column kColumns[] = {
    {"id"},
    {"kind"},
    {"name"},
    {"recording_entitled", CellType::integer},
    {"recording_entitled_seq", CellType::integer},  // audit entry of the last change
    {"recording_enabled", CellType::integer},
    {"recording_enabled_seq", CellType::integer},
};
inline constexpr Table kTable{"organisations", kColumns, 1, {}};
}  // namespace organisation

namespace principal {
enum : std::uint8_t {
  id,
  role,
  organisation,
  status,
  status_at,
  source,
  registered_at,
  standing_seq,
  full_name,
  email,
  phone,
  address,
  city,
  speciality,
  facility,
  registration_number,
  birth_date,
  look_at,
  erasure_accepted_at,
  status_before,
  child_since,
  minor_due,
};
inline constexpr Column kColumns[] = {
    {"id"},
    {"role"},
    {"organisation", CellType::text, true},
    {"status"},
    {"status_at", CellType::integer},
    {"source"},
    {"registered_at", CellType::integer},
    {"standing_seq", CellType::integer},
    {"name", CellType::text, true},
    {"email", CellType::text, true},
    {"phone", CellType::text, true},
    {"address", CellType::text, true},
    {"city", CellType::text, true},
    {"speciality", CellType::text, true},
    {"facility", CellType::text, true},
    {"registration_number", CellType::text, true},
    {"birth_date", CellType::text, true},
    {"look_at", CellType::integer, true, 3},  // when a sweep must next see whether the account's data go
    {"erasure_accepted_at", CellType::integer, true, 3},
    {"status_before", CellType::text, true, 3},  // a report of a minor that took the account out of use
    {"child_since", CellType::integer, true, 7},  // when it was reported as a child's, whatever its status
    {"minor_due", CellType::integer, true, 7},    // until when a child's data must have gone; none once they have
};
inline constexpr std::uint8_t kByLookAtColumns[] = {look_at};
inline constexpr std::uint8_t kByMinorDueColumns[] = {minor_due};
inline constexpr Index kByLookAt{"principals_by_look_at", kByLookAtColumns, false, 3};
inline constexpr Index kByMinorDue{"principals_by_minor_due", kByMinorDueColumns, false, 7};
inline constexpr std::array kIndexes{kByLookAt, kByMinorDue};
inline constexpr Table kTable{"principals", kColumns, 1, kIndexes};
}  // namespace principal

// What is known of a person, sealed. The columns of the same names in `principals` are from before, and empty.
namespace person_detail {
enum : std::uint8_t {
  principal,
  full_name,
  email,
  phone,
  address,
  city,
  speciality,
  facility,
  registration_number,
  birth_date,
};
inline constexpr Column kColumns[] = {
    {"principal"},
    {"name", CellType::blob, true},
    {"email", CellType::blob, true},
    {"phone", CellType::blob, true},
    {"address", CellType::blob, true},
    {"city", CellType::blob, true},
    {"speciality", CellType::blob, true},
    {"facility", CellType::blob, true},
    {"registration_number", CellType::blob, true},
    {"birth_date", CellType::blob, true},
};
inline constexpr Table kTable{"person_details", kColumns, 1, {}, 3};
inline constexpr std::uint8_t kSealedColumns[] = {
    full_name, email, phone, address, city, speciality, facility, registration_number, birth_date};
inline constexpr Lookup kLookups[] = {{email, "email"}, {phone, "phone"}, {full_name, "name"}, {address, "address"}};
inline constexpr Sealed kSealed{&kTable, kSealedColumns, principal, RecordClass::account, kLookups};
}  // namespace person_detail

// Blind indexes: keyed hashes by which a person is found. They go with the person.
namespace lookup {
enum : std::uint8_t { kind, hash, principal };
inline constexpr Column kColumns[] = {{"kind"}, {"hash", CellType::blob}, {"principal"}};
inline constexpr std::uint8_t kByPrincipalColumns[] = {principal};
inline constexpr Index kByPrincipal{"lookups_by_principal", kByPrincipalColumns, false, 3};
inline constexpr std::array kIndexes{kByPrincipal};
inline constexpr Table kTable{"lookups", kColumns, 3, kIndexes, 3};
}  // namespace lookup

// One row, once anything may be sealed: which key store belongs to this store, which lines of the ledger of erasures
// came from there, after a restore, and are still to be played, and by which forms everybody is indexed.
namespace vault_mark {
enum : std::uint8_t { id, vault, play_from, play_to, indexed };
inline constexpr Column kColumns[] = {{"id", CellType::integer},
                                      {"vault", CellType::blob},
                                      {"play_from", CellType::integer, true, 7},
                                      {"play_to", CellType::integer, true, 7},
                                      {"indexed", CellType::integer, true, 7}};
inline constexpr Table kTable{"vault_marks", kColumns, 1, {}, 3};
}  // namespace vault_mark

// The erasure ledger: whose keys of which classes are to be forgotten, and what else an erasure did, in order. The
// key store keeps the same, so that an older copy of this store is made to forget again.
namespace key_erasure {
enum : std::uint8_t {
  number,
  principal,
  classes,
  erased_at,
  deed,
  object,
  state,
  request,
  accepted_at,
  since,
  due_at,
  content,
  mac,
};
inline constexpr Column kColumns[] = {
    {"number", CellType::integer},
    {"principal"},                   // empty with a record: nothing leads from it to whom it was about
    {"classes", CellType::integer},  // a bit for each record class
    {"erased_at", CellType::integer},
    {"deed", CellType::text, true, 7},    // none: only keys went
    {"object", CellType::text, true, 7},  // id of the record, the request or the hold, or the account's status before
    {"state", CellType::text, true, 7},   // of the account or the record, or how much the request is for
    {"request", CellType::text, true, 7},  // that a record went for; of a request: the nominee who asked
    {"accepted_at", CellType::integer, true, 7},
    {"since", CellType::integer, true, 7},  // when the account came to its state, or the request was received
    {"due_at", CellType::integer, true, 7},  // of the request; with an account, since when it is reported as a child's
    {"content", CellType::blob, true, 7},  // of a hold in force: row and scope; of a request: its records, sealed
    {"mac", CellType::blob, true, 7},      // of all the rest and the line before: ledger_key.hpp
};
inline constexpr std::uint8_t kByDeedColumns[] = {deed, object};
inline constexpr std::uint8_t kByPrincipalColumns[] = {principal, deed};
inline constexpr Index kByDeed{"key_erasures_by_deed", kByDeedColumns, false, 7};
inline constexpr Index kByPrincipal{"key_erasures_by_principal", kByPrincipalColumns, false, 7};
inline constexpr std::array kIndexes{kByDeed, kByPrincipal};
inline constexpr Table kTable{"key_erasures", kColumns, 1, kIndexes, 3};
}  // namespace key_erasure

// A doctor's settings. No row: both are off (C6.1-a, C2.4-f).
namespace preference {
enum : std::uint8_t {
  doctor,
  virtual_visits,
  virtual_visits_by,
  virtual_visits_seq,
  recording,
  recording_by,
  recording_seq,
};
inline constexpr Column kColumns[] = {
    {"doctor"},
    {"virtual_visits", CellType::integer},
    {"virtual_visits_by"},
    {"virtual_visits_seq", CellType::integer},
    {"recording", CellType::integer},
    {"recording_by"},
    {"recording_seq", CellType::integer},
};
inline constexpr Table kTable{"preferences", kColumns, 1, {}};
}  // namespace preference

namespace visit {
enum : std::uint8_t {
  id,
  doctor,
  representative,
  company,
  starts_at,
  ends_at,
  state,
  booked_at,
  started_at,
  ended_at,
  address_released_at,
};
inline constexpr Column kColumns[] = {
    {"id"},
    {"doctor"},
    {"representative"},
    {"company", CellType::text, true},  // whom the representative acts for in this visit (X2)
    {"starts_at", CellType::integer},
    {"ends_at", CellType::integer},
    {"state"},
    {"booked_at", CellType::integer},
    {"started_at", CellType::integer, true},
    {"ended_at", CellType::integer, true},
    {"address_released_at", CellType::integer, true, 3},
};
inline constexpr std::uint8_t kByDoctorColumns[] = {doctor, state, starts_at};
inline constexpr std::uint8_t kByRepresentativeColumns[] = {representative, state, starts_at};
inline constexpr std::uint8_t kByCompanyColumns[] = {company, state, starts_at};
inline constexpr std::uint8_t kByPairColumns[] = {doctor, representative, state};
inline constexpr std::uint8_t kByCompanyDoctorColumns[] = {company, doctor, state};
inline constexpr Index kByDoctor{"visits_by_doctor", kByDoctorColumns};
inline constexpr Index kByRepresentative{"visits_by_representative", kByRepresentativeColumns};
inline constexpr Index kByCompany{"visits_by_company", kByCompanyColumns};
inline constexpr Index kByPair{"visits_by_pair", kByPairColumns};
inline constexpr Index kByCompanyDoctor{"visits_by_company_doctor", kByCompanyDoctorColumns};
inline constexpr std::array kIndexes{kByDoctor, kByRepresentative, kByCompany, kByPair, kByCompanyDoctor};
inline constexpr Table kTable{"visits", kColumns, 1, kIndexes};
}  // namespace visit

// The two parties of a visit. `accepted` is the number of the attestation that stands, 0 before the first.
namespace party {
enum : std::uint8_t { visit, principal, accepted, joined_at, left_at, declined_at };
inline constexpr Column kColumns[] = {
    {"visit"},
    {"principal"},
    {"accepted", CellType::integer},
    {"joined_at", CellType::integer, true},
    {"left_at", CellType::integer, true},
    {"declined_at", CellType::integer, true},  // since when a no to recording is final for this visit
};
inline constexpr Table kTable{"visit_parties", kColumns, 2, {}};
}  // namespace party

// Acceptances of a disclosure, each kept (C2.4-c, C6.2-c).
namespace attestation {
enum : std::uint8_t {
  visit,
  principal,
  number,
  accepted_at,
  accepted_seq,
  disclosure,
  disclosure_version,
  language,
  recording_offered,
  recording_consent,
  session,
};
inline constexpr Column kColumns[] = {
    {"visit"},
    {"principal"},
    {"number", CellType::integer},
    {"accepted_at", CellType::integer},
    {"accepted_seq", CellType::integer},
    {"disclosure", CellType::blob},
    {"disclosure_version"},
    {"language"},
    {"recording_offered", CellType::integer},
    {"recording_consent", CellType::integer},
    {"session", CellType::text, true},
};
inline constexpr Table kTable{"consent_attestations", kColumns, 3, {}};
}  // namespace attestation

// Permissions to record: one begins when another has run out unrenewed, or was ended. Until `expires_at` a recording
// may begin under it, until `ended_at` go on.
namespace permit {
enum : std::uint8_t { visit, number, issued_at, expires_at, ended_at };
inline constexpr Column kColumns[] = {
    {"visit"},
    {"number", CellType::integer},
    {"issued_at", CellType::integer},
    {"expires_at", CellType::integer},
    {"ended_at", CellType::integer, true},
};
inline constexpr Table kTable{"recording_permits", kColumns, 2, {}};
}  // namespace permit

namespace recording {
enum : std::uint8_t { id, visit, locator, sha256, size, started_at, ended_at, registered_at };
inline constexpr Column kColumns[] = {
    {"id"},
    {"visit"},
    {"locator"},
    {"sha256", CellType::blob},
    {"size", CellType::integer},
    {"started_at", CellType::integer},
    {"ended_at", CellType::integer},
    {"registered_at", CellType::integer},
};
inline constexpr std::uint8_t kByVisitColumns[] = {visit};
inline constexpr Index kByVisit{"recordings_by_visit", kByVisitColumns, true};
inline constexpr std::array kIndexes{kByVisit};
inline constexpr Table kTable{"recordings", kColumns, 1, kIndexes};
}  // namespace recording

// Every policy pack that ever decided, in the order of first use.
namespace policy_pack {
enum : std::uint8_t { ordinal, digest, version, document, adopted_at };
inline constexpr Column kColumns[] = {
    {"ordinal", CellType::integer}, {"digest"}, {"version"}, {"document"}, {"adopted_at", CellType::integer},
};
inline constexpr std::uint8_t kByDigestColumns[] = {digest};
inline constexpr Index kByDigest{"policy_packs_by_digest", kByDigestColumns, true};
inline constexpr std::array kIndexes{kByDigest};
inline constexpr Table kTable{"policy_packs", kColumns, 1, kIndexes};
}  // namespace policy_pack

// The deletable content of the audit log; the tree keeps only commitments to it.
namespace audit_entry {
enum : std::uint8_t { seq, at, record_class, policy, salt, header, body, leaf_hash, sealed_for, content };
inline constexpr Column kColumns[] = {
    {"seq", CellType::integer},    {"at", CellType::integer},     {"class", CellType::integer},
    {"policy", CellType::integer}, {"salt", CellType::blob},      {"header", CellType::blob},
    {"body", CellType::blob},      {"leaf_hash", CellType::blob},
    {"sealed_for", CellType::text, true, 5},  // whose key seals the content, by now the log's own; none: nobody's
    {"content", CellType::blob, true, 5},     // what `body` commits to; none: `body` holds it
};
inline constexpr Table kTable{"audit_entries", kColumns, 1, {}};
inline constexpr std::uint8_t kSealedColumns[] = {content};
inline constexpr Sealed kSealed{&kTable,      kSealedColumns, sealed_for, RecordClass::audit, {},
                                record_class, true};
}  // namespace audit_entry

// What stays of an entry whose content has gone: its leaf, and the number of the deletion record.
namespace audit_leaf {
enum : std::uint8_t { seq, leaf, deletion };
inline constexpr Column kColumns[] = {
    {"seq", CellType::integer}, {"leaf", CellType::blob}, {"deletion", CellType::integer}};
inline constexpr Table kTable{"audit_leaves", kColumns, 1, {}, 3};
}  // namespace audit_leaf

// Which entries concern a person (by the tokens that stand for people, before those by id) or a visit, which name
// somebody besides, and which are of a class; goes with their content.
namespace audit_index {
enum : std::uint8_t { kind, id, seq };
enum Kind : std::uint8_t { subject, visit, record_class, named };
inline constexpr Column kColumns[] = {{"kind", CellType::integer}, {"id"}, {"seq", CellType::integer}};
inline constexpr Table kTable{"audit_index", kColumns, 3, {}, 3};
}  // namespace audit_index

// Full tiles of the tree (C2SP tlog-tiles: 256 hashes each).
namespace audit_tile {
enum : std::uint8_t { level, number, hashes };
inline constexpr Column kColumns[] = {
    {"level", CellType::integer}, {"number", CellType::integer}, {"hashes", CellType::blob}};
inline constexpr Table kTable{"audit_tiles", kColumns, 2, {}};
}  // namespace audit_tile

// One row: the size and frontier of the tree, the policy pack that decided last, the latest time the engine
// has seen, and what tells one state of the published versions from another.
namespace audit_head {
enum : std::uint8_t { id, frontier, policy, at, policies, sums };
inline constexpr Column kColumns[] = {{"id", CellType::integer},
                                      {"frontier", CellType::blob},
                                      {"policy", CellType::integer},
                                      {"at", CellType::integer},
                                      {"policies", CellType::integer, true, 4},
                                      {"sums", CellType::blob, true, 7}};  // over the tables, sealed
inline constexpr Table kTable{"audit_head", kColumns, 1, {}};
}  // namespace audit_head

// Answers already given, by idempotency key.
namespace request {
enum : std::uint8_t { actor, id, mark, response, expires_at, private_to, sealed_response };
inline constexpr Column kColumns[] = {
    {"actor"},
    {"request_id"},
    {"digest", CellType::blob},  // keyed: nobody can tell by trying what was asked
    {"response"},  // empty where it is sealed
    {"expires_at", CellType::integer},
    {"private_to", CellType::text, true, 3},  // whose text the answer holds
    {"sealed_response", CellType::blob, true, 3},
};
inline constexpr std::uint8_t kSealedColumns[] = {sealed_response};
inline constexpr std::uint8_t kByExpiryColumns[] = {expires_at};
inline constexpr Index kByExpiry{"requests_by_expiry", kByExpiryColumns};
inline constexpr std::array kIndexes{kByExpiry};
inline constexpr Table kTable{"requests", kColumns, 2, kIndexes};
inline constexpr Sealed kSealed{&kTable, kSealedColumns, private_to, RecordClass::account};
}  // namespace request

// Counts of what happened, kept as it happens so that a report costs the same however much there is.
namespace tally {
enum : std::uint8_t { kind, key, count };
inline constexpr Column kColumns[] = {{"kind"}, {"key"}, {"count", CellType::integer}};
inline constexpr Table kTable{"tallies", kColumns, 2, {}};
}  // namespace tally

// What the host attests about itself, each statement kept; the highest number of a claim stands.
namespace host_attestation {
enum : std::uint8_t { claim, number, value, evidence_ref, attested_by, attested_at, valid_until };
inline constexpr Column kColumns[] = {
    {"claim"},
    {"number", CellType::integer},
    {"value"},
    {"evidence_ref"},
    {"attested_by"},
    {"attested_at", CellType::integer},
    {"valid_until", CellType::integer},
};
inline constexpr Table kTable{"host_attestations", kColumns, 2, {}, 2};
}  // namespace host_attestation

// Who uses the messaging bridge (C2.3-b). No row: nobody said so.
namespace bridge_setting {
enum : std::uint8_t { principal, enabled, changed_at, seq };
inline constexpr Column kColumns[] = {
    {"principal"},
    {"enabled", CellType::integer},
    {"changed_at", CellType::integer},
    {"seq", CellType::integer},
};
inline constexpr Table kTable{"bridge_settings", kColumns, 1, {}, 2};
}  // namespace bridge_setting

// Who got what categories of whose data, when and for what: no values. `seq` is the audit entry of the
// decision.
namespace sharing {
enum : std::uint8_t { principal, seq, processor, purpose, fields, country, shared_at };
inline constexpr Column kColumns[] = {
    {"principal"},
    {"seq", CellType::integer},
    {"processor"},
    {"purpose"},
    {"fields"},  // names, separated by blanks
    {"country", CellType::text, true},
    {"shared_at", CellType::integer},
};
inline constexpr std::uint8_t kByTimeColumns[] = {shared_at};
inline constexpr Index kByTime{"sharings_by_time", kByTimeColumns, false, 2};
inline constexpr std::array kIndexes{kByTime};
inline constexpr Table kTable{"sharings", kColumns, 2, kIndexes, 2};
}  // namespace sharing

// Lawful demands on which something was permitted (C3-f), by the audit entry of the decision.
namespace lawful_demand {
enum : std::uint8_t { seq, authority, section, dated, scope, about, record_class, operation, decided_at };
inline constexpr Column kColumns[] = {
    {"seq", CellType::integer},
    {"authority"},
    {"section"},
    {"dated", CellType::integer},
    {"scope"},
    {"about"},
    {"class"},
    {"operation"},
    {"decided_at", CellType::integer},
};
inline constexpr Table kTable{"lawful_demands", kColumns, 1, {}, 2};
}  // namespace lawful_demand

// Processors that were proposed, changed or engaged beside those of the policy packs, numbered for each processor.
namespace processor_change {
enum : std::uint8_t { processor, number, state, document, policy, changes, proposed_at, engaged_at };
inline constexpr Column kColumns[] = {
    {"processor"},
    {"number", CellType::integer},
    {"state"},
    {"document"},
    {"policy"},   // digest of the pack under which it was proposed
    {"changes"},  // what is new, and so material (X29), separated by line breaks
    {"proposed_at", CellType::integer},
    {"engaged_at", CellType::integer, true},
};
inline constexpr std::uint8_t kByStateColumns[] = {processor, state, number};
inline constexpr Index kByState{"processor_changes_by_state", kByStateColumns, false, 2};
inline constexpr std::array kIndexes{kByState};
inline constexpr Table kTable{"processor_changes", kColumns, 2, kIndexes, 2};
}  // namespace processor_change

// Which customer was told of which change, and when.
namespace processor_notice {
enum : std::uint8_t { processor, number, customer, notified_at };
inline constexpr Column kColumns[] = {
    {"processor"}, {"number", CellType::integer}, {"customer"}, {"notified_at", CellType::integer}};
inline constexpr std::uint8_t kByTimeColumns[] = {processor, number, notified_at};
inline constexpr Index kByTime{"processor_notices_by_time", kByTimeColumns, false, 2};
inline constexpr std::array kIndexes{kByTime};
inline constexpr Table kTable{"processor_notices", kColumns, 3, kIndexes, 2};
}  // namespace processor_notice

// What was written: messages between two people, tickets, completion notes. `id` is the thread's or ticket's own,
// or that of the note's visit.
namespace thread {
enum : std::uint8_t { kind, id, opened_by, other, opened_at, last_at, count };
inline constexpr Column kColumns[] = {
    {"kind"},
    {"id"},
    {"opened_by"},
    {"other", CellType::text, true},  // whom the messages are with
    {"opened_at", CellType::integer},
    {"last_at", CellType::integer},  // of the last message of a person (X34)
    {"count", CellType::integer},
};
inline constexpr std::uint8_t kByPeopleColumns[] = {kind, opened_by, other, last_at};
inline constexpr Index kByPeople{"threads_by_people", kByPeopleColumns, false, 7};
inline constexpr std::array kIndexes{kByPeople};
inline constexpr Table kTable{"threads", kColumns, 2, kIndexes, 3};
}  // namespace thread

// As it was delivered: what had to be hidden is not in it, nor, from then on, what a later message showed to be a piece
// of a contact.
namespace message {
enum : std::uint8_t { kind, thread, number, id, sender, text, posted_at };
inline constexpr Column kColumns[] = {
    {"kind"},   {"thread"}, {"number", CellType::integer},    {"id", CellType::text, true},
    {"sender"}, {"text", CellType::blob, true},   {"posted_at", CellType::integer},
};
inline constexpr std::uint8_t kSealedColumns[] = {text};
inline constexpr std::uint8_t kByIdColumns[] = {kind, id};
inline constexpr std::uint8_t kBySenderColumns[] = {sender};
inline constexpr Index kById{"messages_by_id", kByIdColumns, true, 3};
inline constexpr Index kBySender{"messages_by_sender", kBySenderColumns, false, 4};
inline constexpr std::array kIndexes{kById, kBySender};
inline constexpr Table kTable{"messages", kColumns, 3, kIndexes, 3};
inline constexpr Sealed kSealed{&kTable, kSealedColumns, sender, RecordClass::communication};
}  // namespace message

// What a sender's last messages may still become part of (ConversationTail).
namespace conversation_tail {
enum : std::uint8_t { kind, thread, sender, tail };
inline constexpr Column kColumns[] = {{"kind"}, {"thread"}, {"sender"}, {"tail", CellType::blob, true}};
inline constexpr Table kTable{"conversation_tails", kColumns, 3, {}, 3};
inline constexpr std::uint8_t kSealedColumns[] = {tail};
inline constexpr Sealed kSealed{&kTable, kSealedColumns, sender, RecordClass::communication};
}  // namespace conversation_tail

// Everything personal that is kept: where it lives, from when its period runs, and when to look at it again.
// What lives outside has a locator; what the engine keeps is named by table and key (parts joined by `/`).
namespace retained {
enum : std::uint8_t {
  id,
  record_class,
  trigger_at,
  collected_at,
  processed_at,
  registered_at,
  locator,
  source,
  source_key,
  thread,
  visit,
  state,
  next_at,
  erasure_accepted_at,
  unlinked_at,
  erasure_request,
};
inline constexpr Column kColumns[] = {
    {"id"},
    {"class"},
    {"trigger_at", CellType::integer, true},  // none: the clock has not started (C9-b)
    {"collected_at", CellType::integer},
    {"processed_at", CellType::integer},
    {"registered_at", CellType::integer},
    {"locator", CellType::text, true},
    {"source_table", CellType::text, true},
    {"source_key", CellType::text, true},
    {"thread", CellType::text, true},
    {"visit", CellType::text, true},
    {"state"},  // as a sweep last found it
    {"next_at", CellType::integer, true},  // none: nothing comes by itself
    {"erasure_accepted_at", CellType::integer, true},
    {"unlinked_at", CellType::integer, true},
    {"erasure_request", CellType::text, true, 6},  // of older versions: see record_subjects
};
inline constexpr std::uint8_t kByNextColumns[] = {next_at};
inline constexpr std::uint8_t kBySourceColumns[] = {source, source_key};
inline constexpr std::uint8_t kByThreadColumns[] = {thread};
inline constexpr std::uint8_t kByVisitColumns[] = {visit};
inline constexpr Index kByNext{"records_by_next", kByNextColumns, false, 3};
inline constexpr Index kBySource{"records_by_source", kBySourceColumns, true, 3};
inline constexpr Index kByThread{"records_by_thread", kByThreadColumns, false, 3};
inline constexpr Index kByVisit{"records_by_visit", kByVisitColumns, false, 3};
inline constexpr std::array kIndexes{kByNext, kBySource, kByThread, kByVisit};
inline constexpr Table kTable{"records", kColumns, 1, kIndexes, 3};
}  // namespace retained

// Whom a record is about, and who of them asked to be forgotten there.
namespace record_subject {
enum : std::uint8_t { record, principal, erasure_request, due_at };
inline constexpr Column kColumns[] = {
    {"record"},
    {"principal"},
    {"erasure_request", CellType::text, true, 7},  // by which their erasure was accepted; empty: nobody knows any more
    {"due_at", CellType::integer, true, 7},  // by when what was accepted must happen, while it only waits for its time
};
inline constexpr std::uint8_t kByPrincipalColumns[] = {principal, record};
inline constexpr std::uint8_t kByRequestColumns[] = {erasure_request, due_at};
inline constexpr std::uint8_t kByDueColumns[] = {due_at};
inline constexpr Index kByPrincipal{"record_subjects_by_principal", kByPrincipalColumns, false, 3};
inline constexpr Index kByRequest{"record_subjects_by_request", kByRequestColumns, false, 7};
inline constexpr Index kByDue{"record_subjects_by_due", kByDueColumns, false, 7};
inline constexpr std::array kIndexes{kByPrincipal, kByRequest, kByDue};
inline constexpr Table kTable{"record_subjects", kColumns, 2, kIndexes, 3};
}  // namespace record_subject

// What the host is to destroy, or whom it is to take out of what it keeps, until it has said that it did.
namespace disposition_order {
enum : std::uint8_t {
  id,
  record,
  state,
  reason,
  clause,
  ordered_at,
  attempts,
  next_attempt_at,
  confirmed_at,
  evidence,
  request,
  due_at,
  kind,
  principal,
};
inline constexpr Column kColumns[] = {
    {"id"},
    {"record"},
    {"state"},  // pending, confirmed, withdrawn
    {"reason"},
    {"clause"},
    {"ordered_at", CellType::integer},
    {"attempts", CellType::integer},
    {"next_attempt_at", CellType::integer},
    {"confirmed_at", CellType::integer, true},
    {"evidence", CellType::text, true},
    {"request", CellType::text, true, 6},  // whose erasure it carries out
    {"due_at", CellType::integer, true, 6},  // until when that must be done (X22)
    {"kind", CellType::text, true, 7},       // unlink, restrict, lift; none: the record is to go
    {"principal", CellType::text, true, 7},  // who is to be taken out of it, until that is confirmed
};
inline constexpr std::uint8_t kByStateColumns[] = {state, next_attempt_at};
inline constexpr std::uint8_t kByPrincipalColumns[] = {principal, record};
inline constexpr std::uint8_t kByAgeColumns[] = {state, ordered_at};
inline constexpr std::uint8_t kByRecordColumns[] = {record, state};
inline constexpr std::uint8_t kByDueColumns[] = {state, due_at};
inline constexpr std::uint8_t kByRequestColumns[] = {request, state};
inline constexpr Index kByState{"disposition_orders_by_state", kByStateColumns, false, 3};
inline constexpr Index kByAge{"disposition_orders_by_age", kByAgeColumns, false, 3};
inline constexpr Index kByRecord{"disposition_orders_by_record", kByRecordColumns, false, 3};
inline constexpr Index kByDue{"disposition_orders_by_due", kByDueColumns, false, 6};
inline constexpr Index kByRequest{"disposition_orders_by_request", kByRequestColumns, false, 6};
inline constexpr Index kByPrincipal{"disposition_orders_by_principal", kByPrincipalColumns, false, 7};
inline constexpr std::array kIndexes{kByState, kByAge, kByRecord, kByDue, kByRequest, kByPrincipal};
inline constexpr Table kTable{"disposition_orders", kColumns, 1, kIndexes, 3};
}  // namespace disposition_order

// What was disposed of or unlinked, in order: all that is left of a record.
namespace erasure {
enum : std::uint8_t { seq, number, record, record_class, source, source_key, what, clause, at, evidence };
inline constexpr Column kColumns[] = {
    {"seq", CellType::integer},     // audit entry of the command that did it
    {"number", CellType::integer},  // within that command
    {"record"},
    {"class"},
    {"source_table", CellType::text, true},
    {"source_key", CellType::text, true},
    {"what"},  // erased, confirmed, unlinked
    {"clause"},
    {"at", CellType::integer},
    {"evidence", CellType::text, true},  // of the host that carried an order out
};
inline constexpr std::uint8_t kByRecordColumns[] = {record};
inline constexpr std::uint8_t kBySourceColumns[] = {source, source_key};
inline constexpr Index kByRecord{"erasures_by_record", kByRecordColumns, false, 3};
inline constexpr Index kBySource{"erasures_by_source", kBySourceColumns, false, 3};
inline constexpr std::array kIndexes{kByRecord, kBySource};
inline constexpr Table kTable{"erasures", kColumns, 2, kIndexes, 3};
}  // namespace erasure

// The last interaction in a thread, from which the period of all that is in it runs (X34).
namespace interaction {
enum : std::uint8_t { thread, at };
inline constexpr Column kColumns[] = {{"thread"}, {"at", CellType::integer}};
inline constexpr Table kTable{"interactions", kColumns, 1, {}, 3};
}  // namespace interaction

// Records that a sweep must look at again, whatever their dates say, and how far it has come: those of a
// principal, a visit or a thread, or all. Or, of kind `adopt`, a table whose rows may lack a record, or whom it is about.
namespace review {
enum : std::uint8_t { kind, target, after };
inline constexpr Column kColumns[] = {{"kind"}, {"target"}, {"after"}};
inline constexpr Table kTable{"retention_reviews", kColumns, 2, {}, 3};
}  // namespace review

// Row 0: the versions of the policy under which the dates of all records were last made, or are being made. Row 2: the record
// up to which the erasures that older versions accepted were noted; nothing in it once all were. Row 3, once all that older
// versions kept without a record, or without all of whom it is about, has been asked after: nothing in it, nor in row 1 of
// those versions. Row 4: whose erasure takes more audit entries than one sweep looks at, and how far it has come. Row 10 + n:
// the proof of the n-th kind after which the next sweep goes on, where those before it are held. Row 100 + n: the audit entry
// of the n-th class with which the next sweep goes on, where a hold keeps those before it.
namespace sweep_state {
enum : std::uint8_t { id, policy };
inline constexpr Column kColumns[] = {{"id", CellType::integer}, {"policy"}};
inline constexpr Table kTable{"sweep_state", kColumns, 1, {}, 3};
}  // namespace sweep_state

// Orders to keep what would otherwise be disposed of (C6.4-h, X17).
namespace hold {
enum : std::uint8_t {
  id,
  basis,
  authority,
  citation,
  placed_at,
  placed_by,
  approved_by,
  review_at,
  expected_end,
  released_at,
  released_by,
  reason,
  state,
  reviewed_at,
  review_approved_by,
  review_reason,
};
inline constexpr Column kColumns[] = {
    {"id"},
    {"basis"},
    {"authority"},
    {"citation"},
    {"placed_at", CellType::integer},
    {"placed_by"},
    {"approved_by"},
    {"review_at", CellType::integer},
    {"expected_end", CellType::integer, true},
    {"released_at", CellType::integer, true},
    {"released_by", CellType::text, true},
    {"reason", CellType::text, true},
    {"state"},  // placed, released
    {"reviewed_at", CellType::integer, true, 6},  // when it was last found to be needed still
    {"review_approved_by", CellType::text, true, 6},
    {"review_reason", CellType::text, true, 6},
};
inline constexpr std::uint8_t kByStateColumns[] = {state, review_at};
inline constexpr Index kByState{"holds_by_state", kByStateColumns, false, 3};
inline constexpr std::array kIndexes{kByState};
inline constexpr Table kTable{"holds", kColumns, 1, kIndexes, 3};
}  // namespace hold

// What a hold covers: records, principals or visits.
namespace hold_scope {
enum : std::uint8_t { kind, target, hold };
inline constexpr Column kColumns[] = {{"kind"}, {"target"}, {"hold"}};
inline constexpr std::uint8_t kByHoldColumns[] = {hold, kind, target};
inline constexpr Index kByHold{"hold_scopes_by_hold", kByHoldColumns, false, 3};
inline constexpr std::array kIndexes{kByHold};
inline constexpr Table kTable{"hold_scopes", kColumns, 3, kIndexes, 3};
}  // namespace hold_scope
// What people ask about their own data (C8-a to C8-g).
namespace rights_request {
enum : std::uint8_t {
  id,
  kind,
  status,
  principal,
  channel,
  submitted_by,
  received_at,
  submitted_at,
  due_at,
  verified_at,
  evidence,
  closed_at,
  clause,
  details,
  nominee,
};
inline constexpr Column kColumns[] = {
    {"id"},
    {"kind"},
    {"status"},
    {"principal"},
    {"channel"},
    {"submitted_by"},
    {"received_at", CellType::integer},
    {"submitted_at", CellType::integer},
    {"due_at", CellType::integer},
    {"verified_at", CellType::integer, true},
    {"evidence", CellType::text, true},  // a reference
    {"closed_at", CellType::integer, true},
    {"clause", CellType::text, true},
    {"details", CellType::blob, true},
    {"nominee", CellType::text, true, 6},  // who asks in the person's place
};
inline constexpr std::uint8_t kSealedColumns[] = {details};
inline constexpr std::uint8_t kByDueColumns[] = {due_at};
inline constexpr std::uint8_t kByStatusColumns[] = {status, due_at};
inline constexpr std::uint8_t kByPrincipalColumns[] = {principal, kind, status};
inline constexpr Index kByDue{"rights_requests_by_due", kByDueColumns, false, 3};
inline constexpr Index kByStatus{"rights_requests_by_status", kByStatusColumns, false, 3};
inline constexpr std::uint8_t kByPersonColumns[] = {principal, due_at};
inline constexpr Index kByPrincipal{"rights_requests_by_principal", kByPrincipalColumns, false, 3};
inline constexpr Index kByPerson{"rights_requests_by_person", kByPersonColumns, false, 6};
inline constexpr std::array kIndexes{kByDue, kByStatus, kByPrincipal, kByPerson};
inline constexpr Table kTable{"rights_requests", kColumns, 1, kIndexes, 3};
inline constexpr Sealed kSealed{&kTable, kSealedColumns, principal, RecordClass::account};
}  // namespace rights_request

// Who acts for whom after death or incapacity (C8-e).
namespace nomination {
enum : std::uint8_t {
  principal,
  nominee,
  status,
  nominated_at,
  event,
  evidence,
  invoked_at,
  verified_at,
  decided_at,
  details,
};
inline constexpr Column kColumns[] = {
    {"principal"},
    {"nominee"},
    {"status"},
    {"nominated_at", CellType::integer},
    {"event", CellType::text, true},
    {"evidence", CellType::text, true},  // a reference
    {"invoked_at", CellType::integer, true},
    {"verified_at", CellType::integer, true},
    {"decided_at", CellType::integer, true},
    {"details", CellType::blob, true},
};
inline constexpr std::uint8_t kSealedColumns[] = {details};
inline constexpr Table kTable{"nominations", kColumns, 2, {}, 3};
inline constexpr Sealed kSealed{&kTable, kSealedColumns, principal, RecordClass::account};
}  // namespace nomination

// Who must be told of what, and when it was confirmed that they were.
namespace notice {
enum : std::uint8_t {
  id,
  state,
  recipient,
  kind,
  about,
  clause,
  owed_at,
  due_at,
  told_at,
  channel,
  evidence,
  until,
  request,
};
inline constexpr Column kColumns[] = {
    {"id"},  // "n-000000000001", in the order in which they came to be owed
    {"state"},
    {"recipient"},
    {"kind"},
    {"about"},
    {"clause"},
    {"owed_at", CellType::integer},
    {"due_at", CellType::integer, true},
    {"told_at", CellType::integer, true},
    {"channel", CellType::text, true},
    {"evidence", CellType::text, true},
    {"until", CellType::integer, true, 4},  // how long what it tells of is expected to last
    {"request", CellType::text, true, 6},  // of whose execution it is a part
};
inline constexpr std::uint8_t kByStateColumns[] = {state};
inline constexpr std::uint8_t kByDueColumns[] = {state, due_at};
inline constexpr std::uint8_t kByRequestColumns[] = {request, state};
inline constexpr std::uint8_t kByRecipientColumns[] = {recipient, state};
inline constexpr Index kByState{"notices_by_state", kByStateColumns, false, 3};
inline constexpr Index kByDue{"notices_by_due", kByDueColumns, false, 6};
inline constexpr Index kByRequest{"notices_by_request", kByRequestColumns, false, 6};
inline constexpr Index kByRecipient{"notices_by_recipient", kByRecipientColumns, false, 7};
inline constexpr std::array kIndexes{kByState, kByDue, kByRequest, kByRecipient};
inline constexpr Table kTable{"notices", kColumns, 1, kIndexes, 3};
}  // namespace notice
// The versions of the policy in the order of their publication; the first is the pack of the first engine.
namespace policy_version {
enum : std::uint8_t {
  number,
  pack,
  published_at,
  effective_at,
  material,
  published_by,
  settled_at,
  settled_up_to,
};
inline constexpr Column kColumns[] = {
    {"number", CellType::integer},
    {"pack", CellType::integer},
    {"published_at", CellType::integer},
    {"effective_at", CellType::integer},
    {"material", CellType::integer},
    {"published_by"},
    {"settled_at", CellType::integer, true},  // since when it binds everybody
    {"settled_up_to", CellType::text, true},  // the last principal of whom that was found so far
};
inline constexpr Table kTable{"policy_versions", kColumns, 1, {}, 4};
}  // namespace policy_version

// The pack of whoever stands on an older version while `version` is the latest: what tightened since, and
// nothing that loosened (X26).
namespace policy_line {
enum : std::uint8_t { version, standing, pack };
inline constexpr Column kColumns[] = {
    {"version", CellType::integer}, {"standing", CellType::integer}, {"pack", CellType::integer}};
inline constexpr Table kTable{"policy_lines", kColumns, 2, {}, 4};
}  // namespace policy_line

// Who was told of which version, and who accepted it.
namespace policy_notice {
enum : std::uint8_t {
  principal,
  version,
  channel,
  notified_at,
  bounced_at,
  accepted_at,
  binds_at,
  withdrawn_at,
};
inline constexpr Column kColumns[] = {
    {"principal"},
    {"version", CellType::integer},
    {"channel"},
    {"notified_at", CellType::integer},
    {"bounced_at", CellType::integer, true},
    {"accepted_at", CellType::integer, true},
    {"binds_at", CellType::integer, true},  // from when on what it loosens binds the principal
    {"withdrawn_at", CellType::integer, true},
};
inline constexpr Table kTable{"policy_notices", kColumns, 2, {}, 4};
}  // namespace policy_notice

// The keys that sign checkpoints, permits and grants, one after the other. Each signs for the next.
namespace signing_key {
enum : std::uint8_t { epoch, public_key, seq, since, endorsement };
inline constexpr Column kColumns[] = {
    {"epoch", CellType::integer},
    {"public_key", CellType::blob},
    {"seq", CellType::integer},    // audit entry that brought it in
    {"since", CellType::integer},  // its time
    {"endorsement", CellType::text, true},  // a note signed by the key before, the first by itself
};
inline constexpr Table kTable{"signing_keys", kColumns, 1, {}, 4};
}  // namespace signing_key

// Signed heads of the log, by its size.
namespace audit_checkpoint {
enum : std::uint8_t { size, note, epoch, at };
inline constexpr Column kColumns[] = {
    {"size", CellType::integer}, {"note"}, {"epoch", CellType::integer}, {"at", CellType::integer}};
inline constexpr Table kTable{"audit_checkpoints", kColumns, 1, {}, 4};
}  // namespace audit_checkpoint

// People whose erasure was accepted and some of whose audit entries a floor or a hold still keeps.
namespace entry_erasure {
enum : std::uint8_t { principal, request, accepted_at, next_at };
inline constexpr Column kColumns[] = {
    {"principal"}, {"request"}, {"accepted_at", CellType::integer}, {"next_at", CellType::integer}};
inline constexpr std::uint8_t kByNextColumns[] = {next_at};
inline constexpr Index kByNext{"entry_erasures_by_next", kByNextColumns, false, 4};
inline constexpr std::array kIndexes{kByNext};
inline constexpr Table kTable{"entry_erasures", kColumns, 1, kIndexes, 4};
}  // namespace entry_erasure

// How what is kept of people ends (of each column, namings.hpp):
//   records             by the retention algebra, with the row or the object that they name
//   accounts            details, settings, look-ups, answers to the policy and sharings with the account, and so do
//                       nominations, unless a nominee acted: then the two ids stay as the proof of who decided
//   proofs              notices, orders, holds and demands: once done, after the period of the log (C9-e)
//   audit entries       by their class; what must stay of one names nobody
//   calls and requests  until their end, where the person is unlinked under a pseudonym drawn for the row (X54): a call
//                       once no acceptance or recording of it names them either
// The id of a principal whose data went stays, so that it is never given again; and the ledgers of erasures name
// what is to be forgotten again when an older copy of a store is brought back. Neither says anything of a person
// but that. Customers, publishers and those who attest are organisations and the operator's own people in their
// office.
inline constexpr const Table* kTables[] = {
    &organisation::kTable, &principal::kTable,     &preference::kTable,       &visit::kTable,
    &party::kTable,        &attestation::kTable,   &permit::kTable,           &recording::kTable,
    &policy_pack::kTable,  &audit_entry::kTable,   &audit_tile::kTable,       &audit_head::kTable,
    &request::kTable,      &tally::kTable,         &host_attestation::kTable, &bridge_setting::kTable,
    &sharing::kTable,      &lawful_demand::kTable, &processor_change::kTable, &processor_notice::kTable,
    &thread::kTable,       &message::kTable,       &conversation_tail::kTable,
    &person_detail::kTable, &lookup::kTable,       &vault_mark::kTable,       &key_erasure::kTable,
    &audit_leaf::kTable,   &audit_index::kTable,   &signing_key::kTable,      &audit_checkpoint::kTable,
    &entry_erasure::kTable,
    &retained::kTable,     &record_subject::kTable, &disposition_order::kTable, &erasure::kTable,
    &interaction::kTable,  &review::kTable,        &sweep_state::kTable,      &hold::kTable,
    &hold_scope::kTable,
    &rights_request::kTable, &nomination::kTable,  &notice::kTable,
    &policy_version::kTable, &policy_line::kTable, &policy_notice::kTable,
};
inline constexpr store::Schema kSchema{7, kTables};

// The tables over whose rows the head keeps sums: all but those of the log, which the tree covers. In the order of
// the sums: new ones come last.
inline constexpr std::array kSummedTables = {
    &organisation::kTable, &principal::kTable, &preference::kTable, &visit::kTable, &party::kTable,
    &attestation::kTable, &permit::kTable, &recording::kTable, &policy_pack::kTable, &audit_head::kTable,
    &request::kTable, &tally::kTable, &host_attestation::kTable, &bridge_setting::kTable, &sharing::kTable,
    &lawful_demand::kTable, &processor_change::kTable, &processor_notice::kTable, &thread::kTable,
    &message::kTable, &conversation_tail::kTable, &person_detail::kTable, &lookup::kTable,
    &vault_mark::kTable, &key_erasure::kTable, &signing_key::kTable, &audit_checkpoint::kTable,
    &entry_erasure::kTable, &retained::kTable, &record_subject::kTable, &disposition_order::kTable,
    &erasure::kTable, &interaction::kTable, &review::kTable, &sweep_state::kTable, &hold::kTable,
    &hold_scope::kTable, &rights_request::kTable, &nomination::kTable, &notice::kTable,
    &policy_version::kTable, &policy_line::kTable, &policy_notice::kTable};
static_assert(kSummedTables.size() + 4 == std::size(kTables));

// Every table with sealed columns.
inline constexpr const Sealed* kSealedTables[] = {
    &audit_entry::kSealed,       &person_detail::kSealed,  &request::kSealed,   &message::kSealed,
    &conversation_tail::kSealed, &rights_request::kSealed, &nomination::kSealed};

}  // namespace connex::services
