#include "services/visit_facts.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "evidence/canonical.hpp"
#include "services/persons.hpp"
#include "services/try.hpp"
#include "services/viewing.hpp"

namespace connex::services {
namespace {

constexpr std::uint8_t kDisclosureEncoding = 1;

using Substitution = std::pair<std::string_view, std::string_view>;

// The template with each placeholder replaced, in one pass: what is put in is never searched again.
std::string fill(std::string_view words, std::initializer_list<Substitution> substitutions) {
  std::string text;
  while (!words.empty()) {
    const auto found = std::find_if(substitutions.begin(), substitutions.end(),
                                    [&](const Substitution& s) { return words.starts_with(s.first); });
    const bool plain = found == substitutions.end();
    text.append(plain ? words.substr(0, 1) : found->second);
    words.remove_prefix(plain ? 1 : found->first.size());
  }
  return text;
}

std::string slot_text(const Visit& visit, UtcOffset offset) {
  return format_instant(visit.starts_at, offset) + " / " + format_instant(visit.ends_at, offset);
}

bool company_unchanged(const VisitSnapshot& s) noexcept {
  return s.visit.company && s.representative.principal.organisation == s.visit.company;
}

// The latest audit entry in which something changed that a disclosure must be shown after: what was shown
// before does not carry over (X6).
Number loosened_for_call(const VisitSnapshot& s) noexcept { return s.preference.virtual_visits.seq; }
Number loosened_for_recording(const VisitSnapshot& s) noexcept {
  Number seq = std::max(loosened_for_call(s), s.preference.recording.seq);
  seq = std::max({seq, s.doctor.principal.standing_seq, s.representative.principal.standing_seq});
  if (s.company) seq = std::max({seq, s.company->recording_enabled_seq, s.company->recording_entitled_seq});
  return seq;
}

bool stands_for(const Attestation& acceptance, const VisitSnapshot& s, const PolicyPack& policy) {
  const evidence::Hash shown = make_disclosure(s, policy, acceptance.language).hash;
  return (s.salt && acceptance.disclosure == attested_under(*s.salt, shown)) ||
         acceptance.disclosure == shown;  // of an earlier release
}

bool accepted(const VisitSide& side) noexcept { return side.principal.active() && side.acceptance; }

bool virtual_visits_on(const VisitSnapshot& s) noexcept {
  return s.preference.virtual_visits.on && s.doctor.principal.active();
}

// Somebody who came and went hears and says nothing any more; the recording waits for their return (X7).
bool gone(const VisitSide& side) noexcept { return side.party.joined_at && !is_inside(side.party); }

// Whether an acceptance still opens the call: given for the disclosure that stands now. Once the call has
// begun, under those that stood then, a later change of the recording status does not void it (X5, X50).
bool opens_call(const std::optional<Attestation>& acceptance, const VisitSnapshot& s,
                const PolicyPack& policy) {
  if (!acceptance || acceptance->accepted_seq < loosened_for_call(s)) return false;
  return s.visit.started_at || stands_for(*acceptance, s, policy);
}

bool opens_recording(const std::optional<Attestation>& acceptance, const VisitSnapshot& s,
                     const PolicyPack& policy) {
  return acceptance && stands_for(*acceptance, s, policy);
}

bool consents(const VisitSide& side) noexcept {
  return accepted(side) && side.acceptance->recording_consent && !side.party.declined_at;
}

// Whether the conditions that stand before the call let a screen promise a recording.
bool recording_offered(const VisitSnapshot& s) noexcept {
  return evaluate(eligible_facts(s)).permitted() && company_unchanged(s);
}

bool offered(const VisitSide& side) noexcept { return side.acceptance && side.acceptance->recording_offered; }

// A telephone number without what is written differently from one time to the next: its last ten digits.
std::optional<std::string> bare_phone(const std::optional<std::string>& phone) {
  if (!phone) return std::nullopt;
  constexpr std::size_t kNational = 10;
  std::string digits;
  std::copy_if(phone->begin(), phone->end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  if (digits.size() > kNational) digits.erase(0, digits.size() - kNational);
  return digits;
}

std::optional<std::string> lower(std::optional<std::string> text) {
  if (text)
    for (char& c : *text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool same(const std::optional<std::string>& x, const std::optional<std::string>& y) { return x && x == y; }

// Two accounts of one person, or two acceptances from one session, are not independent (C6.2-b). A telephone may be
// a switchboard's, which people of other names share.
bool distinct(const VisitSide& a, const VisitSide& b) {
  if (a.principal.id == b.principal.id) return false;
  if (same(lower(a.principal.email), lower(b.principal.email))) return false;
  if (same(bare_phone(a.principal.phone), bare_phone(b.principal.phone)) &&
      lower(a.principal.full_name) == lower(b.principal.full_name))
    return false;
  return !(a.acceptance && b.acceptance && same(a.acceptance->session, b.acceptance->session));
}

// The name on the screen, where nobody's registration number has its place (X25, X44).
Result<std::string> displayed_name(store::ReadTransaction& tx, const PolicyPack& policy, const Principal& person) {
  if (!person.full_name) return person.id;
  CONNEX_TRY(redactor, profile_redactor(tx, policy, person));
  std::string text;
  std::vector<Finding> findings;
  CONNEX_CHECK(redact(*person.full_name, redactor->options(), text, findings));
  return text;
}

// The three conditions that stand before the call (C6.3-a, C6.3-b).
template <class Facts>
void set_eligibility(Facts& facts, const VisitSnapshot& s) noexcept {
  facts.set("doctor_recording_enabled", s.preference.recording.on);
  if (!s.company) return;
  facts.set("company_recording_entitled", s.company->recording_entitled);
  facts.set("company_recording_enabled", s.company->recording_enabled);
}

// Who was made unidentifiable in the visit takes part in nothing any more.
Result<VisitSide> load_side(store::ReadTransaction& tx, std::string_view visit, std::string_view principal,
                            Role role) {
  std::optional<Principal> person;
  if (is_pseudonym(principal)) {
    person.emplace();
    person->id = principal;
    person->role = role;
    person->status = AccountStatus::erased;
  } else {
    CONNEX_TRY(found, find_principal(tx, principal));
    person = std::move(found);
  }
  CONNEX_TRY(party, find_party(tx, visit, principal));
  if (!person || !party) return Error{ErrorCode::corrupt, "a party of the visit is missing", ""};
  CONNEX_TRY(acceptance, find_attestation(tx, *party));
  return VisitSide{std::move(*person), std::move(*party), std::move(acceptance)};
}

}  // namespace

Result<VisitSnapshot> load_snapshot(store::ReadTransaction& tx, const PolicyPack& policy, std::string_view id) {
  CONNEX_TRY(visit, find_visit(tx, id));
  if (!visit) return not_found("visit", "visit");
  CONNEX_TRY(doctor, load_side(tx, id, visit->doctor, Role::doctor));
  CONNEX_TRY(representative, load_side(tx, id, visit->representative, Role::medical_representative));
  CONNEX_TRY(preference, load_preference(tx, visit->doctor));
  std::optional<Organisation> company;
  if (visit->company) {
    CONNEX_TRY(found, find_organisation(tx, *visit->company));
    company = std::move(found);
  }
  CONNEX_TRY(doctor_name, displayed_name(tx, policy, doctor.principal));
  std::optional<evidence::Hash> salt;
  if (doctor.acceptance || representative.acceptance) {
    CONNEX_TRY(found, disclosure_salt(tx, *visit, false));
    salt = found;
  }
  return VisitSnapshot{std::move(*visit),     std::move(doctor),  std::move(representative),
                       std::move(preference), std::move(company), std::move(doctor_name), salt};
}

Result<std::optional<evidence::Hash>> disclosure_salt(store::ReadTransaction& tx, const Visit& visit, bool make) {
  Persons* const persons = dynamic_cast<Persons*>(&tx);
  if (persons == nullptr || is_pseudonym(visit.doctor)) return std::optional<evidence::Hash>();
  return persons->salt(visit.doctor, "disclosure/" + visit.id, make);
}

bool is_party_or_system(const Actor& actor, const Visit& visit) noexcept {
  return actor.is_system() || visit.has_party(actor.id);
}

std::vector<std::string> people_of(const Visit& visit) {
  std::vector<std::string> people{visit.doctor, visit.representative};
  std::erase_if(people, [](const std::string& id) { return is_pseudonym(id); });
  return people;
}

void concern(Outcome& outcome, const Visit& visit) {
  outcome.object = visit.id;
  outcome.visit = visit.id;
  outcome.subjects = people_of(visit);
}

Instant last_moment(const Visit& visit, const PolicyPack& policy) noexcept {
  const bool begun = visit.state == VisitState::started;
  return {visit.ends_at.micros + (begun ? policy.visit.overrun_minutes : 0) * kMicrosPerMinute};
}

bool is_to_come(const Visit& visit, const PolicyPack& policy, Instant now) noexcept {
  return (visit.state == VisitState::booked || visit.state == VisitState::started) && now < last_moment(visit, policy);
}

bool is_current(const Visit& visit, const PolicyPack& policy, Instant now) noexcept {
  const Instant opens{visit.starts_at.micros - policy.visit.opens_minutes_before * kMicrosPerMinute};
  return is_to_come(visit, policy, now) && (visit.state == VisitState::started || opens <= now);
}

FactsOf<kRecordingEligible> eligible_facts(const VisitSnapshot& s) noexcept {
  FactsOf<kRecordingEligible> facts;
  set_eligibility(facts, s);
  return facts;
}

Disclosure make_disclosure(const VisitSnapshot& s, const PolicyPack& policy, std::string_view language) {
  const DisclosureTemplate* found = policy.disclosure.find(language);
  const DisclosureTemplate& words = found ? *found : policy.disclosure.templates.front();
  Disclosure d;
  d.version = policy.disclosure.version;
  d.language = words.language;
  d.recording_offered = recording_offered(s);
  const std::string slot = slot_text(s.visit, policy.offset);
  d.text = fill(words.text,
                {{"{promotional}", words.promotional},
                 {"{doctor}", s.doctor_name},
                 {"{slot}", slot},
                 {"{recording}", d.recording_offered ? words.recording_if_all_agree : words.recording_off},
                 {"{terms}", policy.disclosure.terms_link},
                 {"{policy}", policy.disclosure.policy_link}});

  evidence::Bytes bound;
  evidence::CanonicalWriter(bound, kDisclosureEncoding)
      .text("connex/disclosure")
      .text(s.visit.id)
      .u64(static_cast<std::uint64_t>(s.visit.starts_at.micros))
      .u64(static_cast<std::uint64_t>(s.visit.ends_at.micros))
      .text(d.version)
      .text(d.language)
      .u64(d.recording_offered ? 1 : 0)
      .u64(static_cast<std::uint64_t>(d.recording_offered ? loosened_for_recording(s) : loosened_for_call(s)))
      .text(d.text);
  d.hash = evidence::sha256(bound);
  return d;
}

FactsOf<kVisitBook> book_facts(const PolicyPack& policy, const Actor& actor, const Principal* doctor,
                               const Preference& preference, std::string_view representative) noexcept {
  const auto joins = [&](Role role) { return policy.rule(role).joins_visits; };
  const bool is_doctor =
      doctor != nullptr && doctor->role == Role::doctor && doctor->active() && joins(Role::doctor);
  FactsOf<kVisitBook> facts;
  facts.set("doctor_virtual_visits_enabled", is_doctor && preference.virtual_visits.on);
  facts.set("booker_is_medical_representative",
            actor.is(Role::medical_representative) && joins(Role::medical_representative) &&
                actor.id == representative);
  facts.set("opt_in_set_by_doctor",
            is_doctor && preference.virtual_visits.on && preference.virtual_visits.by == doctor->id);
  return facts;
}

FactsOf<kVisitAccept> accept_facts(const VisitSnapshot& s, const PolicyPack& policy, const Actor& actor,
                                   Instant now, bool shown, const std::optional<std::string>& session) {
  const VisitSide* own = s.side(actor.id);
  const VisitSide& other = own == &s.doctor ? s.representative : s.doctor;
  FactsOf<kVisitAccept> facts;
  facts.set("acceptor_is_party", own != nullptr);
  facts.set("visit_is_current", is_to_come(s.visit, policy, now) && virtual_visits_on(s));
  facts.set("disclosure_is_current", shown);
  facts.set("acceptance_is_independent", !(other.acceptance && same(session, other.acceptance->session)));
  return facts;
}

FactsOf<kVisitJoin> join_facts(const VisitSnapshot& s, const PolicyPack& policy, const Actor& actor,
                               Instant now) {
  const VisitSide* side = s.side(actor.id);
  const bool invited = side != nullptr && side->principal.active();
  const Role fitting = actor.id == s.visit.doctor ? Role::doctor : Role::medical_representative;
  FactsOf<kVisitJoin> facts;
  facts.set("visit_is_current", is_current(s.visit, policy, now));
  facts.set("doctor_virtual_visits_enabled", virtual_visits_on(s));
  facts.set("joiner_is_invited", invited);
  facts.set("joiner_role_fits_side", actor.is(fitting) && policy.rule(fitting).joins_visits);
  facts.set("joiner_accepted_disclosure", invited && opens_call(side->acceptance, s, policy));
  return facts;
}

FactsOf<kVisitStart> start_facts(const VisitSnapshot& s, const PolicyPack& policy, Instant now) {
  const auto& [visit, doctor, representative, preference, company, doctor_name, salt] = s;
  FactsOf<kVisitStart> facts;
  facts.set("doctor_virtual_visits_enabled", virtual_visits_on(s));
  facts.set("every_participant_accepted", accepted(doctor) && accepted(representative));
  facts.set("acceptances_match_disclosure", is_current(visit, policy, now) &&
                                                opens_call(doctor.acceptance, s, policy) &&
                                                opens_call(representative.acceptance, s, policy));
  facts.set("participants_are_distinct", distinct(doctor, representative));
  return facts;
}

FactsOf<kRecordingStart> recording_facts(const VisitSnapshot& s, const PolicyPack& policy, Instant now) {
  const auto& [visit, doctor, representative, preference, company, doctor_name, salt] = s;
  FactsOf<kRecordingStart> facts;
  set_eligibility(facts, s);
  facts.set("representative_company_unchanged", company_unchanged(s));
  facts.set("visit_started", visit.state == VisitState::started && is_current(visit, policy, now) &&
                                 virtual_visits_on(s) && !gone(doctor) && !gone(representative));
  facts.set("every_participant_consented", consents(doctor) && consents(representative));
  facts.set("consents_match_disclosure", opens_recording(doctor.acceptance, s, policy) &&
                                             opens_recording(representative.acceptance, s, policy));
  // From off to on only after a new disclosure; from on to off always (X5).
  facts.set("screen_matches_decision", !recording_offered(s) || (offered(doctor) && offered(representative)));
  return facts;
}

}  // namespace connex::services
