// The policy pack: all of the policy that a compliance officer may change, as typed data. A pack is loaded
// from JSON and validated whole (src/policy); after that nothing changes it, and it may be read from any
// thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/calendar.hpp"
#include "connex/names.hpp"

namespace connex {

// People and what they may see

enum class Role : std::uint8_t {
  doctor,
  medical_representative,
  hospital_administrator,
  pharma_administrator,
  clinic_assistant,
  staff,
  compliance_officer,
  data_protection_officer,
};
template <>
struct Names<Role> {
  static constexpr std::string_view list[] = {"doctor",
                                              "medical_representative",
                                              "hospital_administrator",
                                              "pharma_administrator",
                                              "clinic_assistant",
                                              "staff",
                                              "compliance_officer",
                                              "data_protection_officer"};
};

// Whose interests a role serves.
enum class Side : std::uint8_t { doctor, pharma, organisation, operator_ };
template <>
struct Names<Side> {
  static constexpr std::string_view list[] = {"doctor", "pharma", "organisation", "operator"};
};

// What connects a viewer with the person viewed.
enum class Relation : std::uint8_t {
  self,
  same_visit,
  same_organisation,
  own_compliance_officer,  // the viewer is that of the subject's company, or of the company that visits them
  staff_with_purpose,
  none,
};
template <>
struct Names<Relation> {
  static constexpr std::string_view list[] = {
      "self", "same_visit", "same_organisation", "own_compliance_officer", "staff_with_purpose", "none"};
};

enum class SubjectKind : std::uint8_t { doctor, other };
template <>
struct Names<SubjectKind> {
  static constexpr std::string_view list[] = {"doctor", "other"};
};

enum class Field : std::uint8_t {
  name,
  email,
  phone,
  address,
  city,
  speciality,
  facility,
  registration_number,
  birth_date,
  organisation,
  role,
};
template <>
struct Names<Field> {
  static constexpr std::string_view list[] = {"name",       "email",        "phone",    "address",
                                              "city",       "speciality",   "facility", "registration_number",
                                              "birth_date", "organisation", "role"};
};

enum class Exposure : std::uint8_t { hide, generalise, show };
template <>
struct Names<Exposure> {
  static constexpr std::string_view list[] = {"hide", "generalise", "show"};
};

struct RoleRule {
  Side side = Side::operator_;
  bool joins_visits = false;   // may book and join visits; of doctors and representatives alone (C6.6-d)
  bool needs_purpose = false;  // sees nothing of others without stating why (C4-d)
  bool needs_ticket = false;   // nor without a support ticket that the person opened; with `needs_purpose` alone
};

// The visibility matrix (C1-b, C1-c, C4-d). Every cell is `hide` unless the pack says otherwise. Kept as a
// set of fields to show and one to generalise for each viewer, relation and subject.
class VisibilityMatrix {
 public:
  struct Cells {
    EnumSet<Field> show;
    EnumSet<Field> generalise;  // never one that is shown
  };
  constexpr const Cells& of(Role viewer, Relation relation, SubjectKind subject) const noexcept {
    return cells_[index(viewer, relation, subject)];
  }
  constexpr Exposure at(Role viewer, Relation relation, SubjectKind subject, Field field) const noexcept {
    const Cells& cells = of(viewer, relation, subject);
    if (cells.show.contains(field)) return Exposure::show;
    return cells.generalise.contains(field) ? Exposure::generalise : Exposure::hide;
  }
  constexpr void set(Role viewer, Relation relation, SubjectKind subject, Field field, Exposure e) noexcept {
    Cells& cells = cells_[index(viewer, relation, subject)];
    EnumSet<Field> one;
    one.insert(field);
    cells.show = cells.show - one;
    cells.generalise = cells.generalise - one;
    if (e == Exposure::show) cells.show.insert(field);
    if (e == Exposure::generalise) cells.generalise.insert(field);
  }
  // The coarser field that stands in for a generalised one, if there is any.
  std::array<std::optional<Field>, kCountOf<Field>> general = {};

 private:
  static constexpr std::size_t index(Role v, Relation r, SubjectKind s) noexcept {
    return (static_cast<std::size_t>(v) * kCountOf<Relation> + static_cast<std::size_t>(r)) *
               kCountOf<SubjectKind> +
           static_cast<std::size_t>(s);
  }
  std::array<Cells, kCountOf<Role> * kCountOf<Relation> * kCountOf<SubjectKind>> cells_ = {};
};

// Records and how long they stay

enum class RecordClass : std::uint8_t {
  account,
  communication,
  billing,
  audit,
  consent_attestation,
  call_metadata,
  recording,
  document,
  verification_document,
  usage,
  device,
  access_log,
  location,
  analytics_aggregate,
};
template <>
struct Names<RecordClass> {
  static constexpr std::string_view list[] = {"account",
                                              "communication",
                                              "billing",
                                              "audit",
                                              "consent_attestation",
                                              "call_metadata",
                                              "recording",
                                              "document",
                                              "verification_document",
                                              "usage",
                                              "device",
                                              "access_log",
                                              "location",
                                              "analytics_aggregate"};
};

// The event that starts the clock. Until it has happened there is no end date.
enum class Trigger : std::uint8_t {
  account_terminated,
  last_interaction,  // by a human, in the same thread or ticket
  issued,
  occurred,
  accepted,
  call_started,
  verified,
  computed,
};
template <>
struct Names<Trigger> {
  static constexpr std::string_view list[] = {"account_terminated", "last_interaction", "issued",
                                              "occurred",           "accepted",         "call_started",
                                              "verified",           "computed"};
};

// fiscal_years count from the end of the financial year (31 March) in which the trigger falls.
enum class Unit : std::uint8_t { days, months, years, fiscal_years, unlimited };
template <>
struct Names<Unit> {
  static constexpr std::string_view list[] = {"days", "months", "years", "fiscal_years", "unlimited"};
};

struct Period {
  std::int32_t count = 0;
  Unit unit = Unit::days;
  friend constexpr bool operator==(Period, Period) noexcept = default;
};

// Where a date does not exist (29 February + 1 year): the day before, or the day after (X38).
enum class Rounding : std::uint8_t { early, late };
template <>
struct Names<Rounding> {
  static constexpr std::string_view list[] = {"early", "late"};
};

enum class Basis : std::uint8_t {
  policy_commitment,  // the operator's own promise: a maximum, which defeats no request for erasure (X11)
  legal_obligation,
  resolution,  // the policy is silent; the cited resolution chose
};
template <>
struct Names<Basis> {
  static constexpr std::string_view list[] = {"policy_commitment", "legal_obligation", "resolution"};
};

// What an accepted request for erasure does to a record of the class, floors and holds apart.
enum class ErasureAnswer : std::uint8_t {
  retain,  // kept for its period
  unlink,  // kept, its person made unidentifiable (X54)
  erase,
};
template <>
struct Names<ErasureAnswer> {
  static constexpr std::string_view list[] = {"retain", "unlink", "erase"};
};

struct RetentionRule {
  Trigger trigger = Trigger::occurred;
  Period period = {};
  Rounding rounding = Rounding::early;
  Basis basis = Basis::policy_commitment;
  ErasureAnswer on_erasure = ErasureAnswer::erase;
  std::string_view clause;               // of the catalogue
  std::vector<std::string> resolutions;  // "X31"
};

// Law, dated

// How well a legal fact is known: read word for word in a reproduction, in several secondary sources, in one,
// or not.
enum class Confidence : std::uint8_t { unconfirmed, one_source, several_sources, verbatim };
template <>
struct Names<Confidence> {
  static constexpr std::string_view list[] = {"unconfirmed", "one_source", "several_sources", "verbatim"};
};

// When a provision binds. Sources may differ on the first day: the earlier one counts, the later one is on
// record.
struct LegalTerm {
  std::string id;
  std::string source;       // citation
  std::optional<Day> from;  // none: in force before any date that matters here
  std::optional<Day> from_other;
  std::optional<Day> until;  // first day on which it no longer binds
  Confidence confidence = Confidence::unconfirmed;
  bool enabled = false;
  std::vector<std::string> resolutions;

  constexpr bool in_force(Day day) const noexcept {
    return enabled && (!from || *from <= day) && (!until || day < *until);
  }
};

enum class FloorStart : std::uint8_t {
  trigger,
  processing
};  // the record's trigger, or its latest processing
template <>
struct Names<FloorStart> {
  static constexpr std::string_view list[] = {"trigger", "processing"};
};

// A minimum that the law sets: kept, though perhaps neither used nor shown. Rounds late.
struct LegalFloor : LegalTerm {
  EnumSet<RecordClass> classes;
  FloorStart start = FloorStart::trigger;
  Period period = {};
};

enum class HoldBasis : std::uint8_t { statute, court_order, regulator_order, legal_claim, ucpmp, contract };
template <>
struct Names<HoldBasis> {
  static constexpr std::string_view list[] = {"statute",     "court_order", "regulator_order",
                                              "legal_claim", "ucpmp",       "contract"};
};

struct HoldRules {
  std::int32_t review_days = 0;  // no hold goes longer without review (X17)
  EnumSet<HoldBasis>
      outlasting_ceiling;  // the others may delay a request for erasure but not the maximum (X16)
};

// Rights and accounts

enum class Right : std::uint8_t { access, correction, erasure, grievance, nomination };
template <>
struct Names<Right> {
  static constexpr std::string_view list[] = {"access", "correction", "erasure", "grievance", "nomination"};
};

// A legal limit on the time for an answer; the earliest of all that are in force and the policy's own counts
// (X23).
struct ResponseLimit : LegalTerm {
  EnumSet<Right> rights;
  Period period = {};
};

struct RightsRules {
  std::int32_t response_days = 0;
  std::int32_t nominee_decision_days = 0;  // from the nominee's verification (X49)
  std::vector<ResponseLimit> limits;
};

struct AccountRules {
  std::int32_t reactivation_days = 0;
  std::int32_t minor_erasure_days = 0;
  std::int32_t adult_age = 0;
};

struct NoticeRules {
  std::int32_t policy_days = 0;
  std::int32_t processor_days = 0;
};

// Visits

struct VisitRules {
  std::int32_t opens_minutes_before = 0;
  std::int32_t overrun_minutes = 0;
  std::int32_t max_duration_minutes = 0;
};

struct RecordingRules {
  std::int32_t permit_ttl_seconds = 0;  // within it a recording may begin
  std::int32_t stop_grace_seconds = 0;  // from the end of a permit to the end of the file
  std::int32_t grant_ttl_seconds = 0;
};

// The pre-call screen in one language (C6.2-a). `text` holds each of {promotional} {doctor} {slot}
// {recording} {terms} {policy} exactly once and no other brace.
struct DisclosureTemplate {
  std::string language;  // "en"
  std::string text;
  std::string promotional;
  std::string recording_off;
  std::string recording_if_all_agree;
};

struct DisclosureRules {
  std::string version;
  std::string terms_link;
  std::string policy_link;
  std::vector<DisclosureTemplate> templates;  // the first is the default

  const DisclosureTemplate* find(std::string_view language) const noexcept {
    for (const auto& entry : templates) {
      if (entry.language == language) return &entry;
    }
    return nullptr;
  }
};

// Purposes and sharing

enum class Purpose : std::uint8_t {
  service_delivery,
  communication,
  analytics,
  compliance,
  billing,
  legal_obligation,
};
template <>
struct Names<Purpose> {
  static constexpr std::string_view list[] = {"service_delivery", "communication", "analytics",
                                              "compliance",       "billing",       "legal_obligation"};
};

enum class Operation : std::uint8_t { collect, store, use, view, share, aggregate, extract };
template <>
struct Names<Operation> {
  static constexpr std::string_view list[] = {"collect", "store",     "use",    "view",
                                              "share",   "aggregate", "extract"};
};

// What must hold, beyond the table's own yes, before data is used or sent.
enum class Guard : std::uint8_t {
  none,
  aggregated_or_consented,  // at least aggregation_k people in a cell, or consent (X52)
  written_demand,           // authority, section, date and scope (C3-f)
  recording_access,         // the gate recording.access
  recording_permit,         // the gate recording.start, for that visit
  virtual_visits_opt_in,    // the gate media.engage
  bridge_opt_in,            // C2.3-b
  ai_gate,                  // the gate ai.extract
  deidentified,             // C5-l
  redacted,                 // C1-b
  keyed_hash,               // X19
  region_attested,          // X30
};
template <>
struct Names<Guard> {
  static constexpr std::string_view list[] = {"none",
                                              "aggregated_or_consented",
                                              "written_demand",
                                              "recording_access",
                                              "recording_permit",
                                              "virtual_visits_opt_in",
                                              "bridge_opt_in",
                                              "ai_gate",
                                              "deidentified",
                                              "redacted",
                                              "keyed_hash",
                                              "region_attested"};
};

// What one purpose may do with one class of records. No operations: nothing.
struct PurposeRule {
  EnumSet<Operation> operations;
  Guard guard = Guard::none;
  std::string_view clause;  // of the catalogue; empty where nothing is permitted
};

// A word that is refused wherever it is given as purpose or operation, whatever the class.
struct Never {
  std::string word;         // "sell"
  std::string_view clause;  // of the catalogue
};

struct ProcessorField {
  std::string name;
  Guard guard = Guard::none;
};

// A third party that gets data, and all that it may get (C5-a).
struct Processor {
  std::string id;
  std::string name;
  std::string service;
  std::string_view clause;  // of the catalogue
  EnumSet<Purpose> purposes;
  std::vector<ProcessorField> fields;
  std::vector<std::string> countries;  // ISO 3166-1 alpha-2, in which it is known to work
  bool worldwide = false;              // and anywhere else
  Guard guard = Guard::none;           // before anything goes to it
  bool agreement_required = true;      // C5-b
  bool own_fiduciary = false;          // also decides for itself (X56)
  std::vector<std::string> resolutions;

  const ProcessorField* find(std::string_view field) const noexcept {
    for (const auto& entry : fields) {
      if (entry.name == field) return &entry;
    }
    return nullptr;
  }
};

// What the host makes true and only it can attest, as far as decisions wait for it; the gate `posture.meet`
// has a fact for each, in this order.
enum class Safeguard : std::uint8_t {
  tls,                      // C4-b
  hosting,                  // C4-a
  at_rest_encryption,       // C4-c
  payment_certificate,      // C5-c2
  media_encryption,         // C5-h
  recording_destination,    // C11-d
  object_encryption,        // C6.4-c
  object_region,            // C11-e
  probes,                   // the canaries that the host runs
};
template <>
struct Names<Safeguard> {
  static constexpr std::string_view list[] = {
      "tls",                   "hosting",           "at_rest_encryption", "payment_certificate", "media_encryption",
      "recording_destination", "object_encryption", "object_region",      "probes"};
};

// When a claim that nobody has made keeps back what depends on it. Out of date or untrue, it always does.
enum class Asked : std::uint8_t { always, once_stated };
template <>
struct Names<Asked> {
  static constexpr std::string_view list[] = {"always", "once_stated"};
};

// What depends on which of the host's attestations: sharings and commands.
struct Dependency {
  std::string id;
  Safeguard safeguard = Safeguard::tls;
  std::vector<std::string> claims;  // all of them are needed
  Asked asked = Asked::always;
  bool every_processor = false;         // also those that are engaged later
  std::vector<std::string> processors;  // or those named here
  std::vector<std::string> fields;      // only where one of these is sent; empty: whatever is sent
  std::vector<std::string> commands;

  bool bears_on(std::string_view processor) const noexcept {
    return every_processor || std::find(processors.begin(), processors.end(), processor) != processors.end();
  }
  bool bears_on_field(std::string_view field) const noexcept {
    return fields.empty() || std::find(fields.begin(), fields.end(), field) != fields.end();
  }
  bool bears_on_command(std::string_view command) const noexcept {
    return std::find(commands.begin(), commands.end(), command) != commands.end();
  }
};

struct CountryEntry {
  std::string country;  // ISO 3166-1 alpha-2
  Day from;
  std::optional<Day> until;
  std::string source;

  constexpr bool in_force(Day day) const noexcept { return from <= day && (!until || day < *until); }
};

// Lists of whichever authority issues them (C11-h, X28).
struct CountryRules {
  std::vector<CountryEntry> deny;
  std::vector<CountryEntry> allow;

  // Denied countries are out; once an allow list is in force, so are all that it does not name.
  bool permits(std::string_view country, Day day) const noexcept {
    for (const auto& entry : deny) {
      if (entry.country == country && entry.in_force(day)) return false;
    }
    bool has_list = false;
    for (const auto& entry : allow) {
      if (!entry.in_force(day)) continue;
      if (entry.country == country) return true;
      has_list = true;
    }
    return !has_list;
  }
};

// The rest

struct SecurityRules {
  std::string tls_minimum;
  std::string at_rest_cipher;
  std::string password_hash;
  std::int32_t bcrypt_cost = 0;
  std::string sslmode;
  std::int32_t backup_max_age_hours = 0;
  std::int32_t url_ttl_seconds = 0;
  std::string storage_country;
};

struct RedactionChannel {
  std::string name;
  std::int32_t threshold = 0;  // hundredths of a log-odds unit on top of the redactor's own: lower hides more
};

struct RedactionRules {
  std::vector<RedactionChannel> channels;
  std::vector<std::string> open_hosts;  // public sources whose links may pass
};

struct Contacts {
  std::string officer_name;
  std::string officer_email;
  std::string support_email;
  std::string board_name;
  std::string board_text;  // how to turn to the Board (C13-b)
};

// A contradiction or a gap of the policy, and the reading that was chosen.
struct Resolution {
  std::string id;                         // "X31"
  std::vector<std::string_view> clauses;  // of the catalogue
  std::string text;
};

// A value of this pack that the policy does not give.
struct Assumption {
  std::string pointer;  // JSON pointer into the pack
  std::string text;
};

template <class Row, class Key>
using ByName = std::array<Row, kCountOf<Key>>;

struct PolicyPack {
  std::string version;
  std::string name;
  std::string text_digest;          // of the policy's text, its white space normalised (X45)
  std::optional<Day> last_updated;  // unknown: the text shows no date (C12-c)
  std::string time_zone;
  UtcOffset offset;

  Contacts contacts;
  ByName<RoleRule, Role> roles = {};
  VisitRules visit;
  RecordingRules recording;
  DisclosureRules disclosure;
  ByName<RetentionRule, RecordClass> retention = {};
  std::vector<LegalFloor> legal_floors;
  HoldRules holds;
  RightsRules rights;
  AccountRules accounts;
  NoticeRules notices;
  VisibilityMatrix visibility;
  ByName<EnumSet<Field>, Purpose> unneeded = {};  // what staff have no need of for a purpose, whatever the matrix shows
  ByName<ByName<PurposeRule, RecordClass>, Purpose> purposes = {};
  std::vector<Never> nevers;
  std::vector<Processor> processors;
  CountryRules countries;
  SecurityRules security;
  std::vector<Dependency> dependencies;  // none in a pack from before there were any
  RedactionRules redaction;
  std::int32_t idempotency_hours = 0;
  std::int32_t aggregation_k = 0;
  std::vector<Resolution> errata;  // X1, X2, ... in order
  std::vector<Assumption> assumptions;

  std::string canonical;  // the pack's JSON by RFC 8785, as it is stored
  std::string digest;     // "sha256:" and the hash of `canonical` in hexadecimal

  const RoleRule& rule(Role role) const noexcept { return roles[static_cast<std::size_t>(role)]; }
  const RetentionRule& rule(RecordClass c) const noexcept { return retention[static_cast<std::size_t>(c)]; }
  const PurposeRule& rule(Purpose purpose, RecordClass c) const noexcept {
    return purposes[static_cast<std::size_t>(purpose)][static_cast<std::size_t>(c)];
  }
  // No purpose, or none of the policy's, has need of anything.
  EnumSet<Field> unneeded_for(std::string_view purpose) const noexcept {
    const std::optional<Purpose> stated = from_name<Purpose>(purpose);
    return stated ? unneeded[static_cast<std::size_t>(*stated)] : EnumSet<Field>::all();
  }
  const Never* find_never(std::string_view word) const noexcept {
    for (const auto& entry : nevers) {
      if (entry.word == word) return &entry;
    }
    return nullptr;
  }
  const Processor* find_processor(std::string_view id) const noexcept {
    for (const auto& entry : processors) {
      if (entry.id == id) return &entry;
    }
    return nullptr;
  }
  const Resolution* find_resolution(std::string_view id) const noexcept {
    for (const auto& entry : errata) {
      if (entry.id == id) return &entry;
    }
    return nullptr;
  }
};

}  // namespace connex
