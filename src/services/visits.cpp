#include <boost/json/array.hpp>

#include "services/command_groups.hpp"
#include "services/dispositions.hpp"
#include "services/hex.hpp"
#include "services/recording_permits.hpp"
#include "services/records.hpp"
#include "services/schema.hpp"
#include "services/stated.hpp"
#include "services/redaction.hpp"
#include "services/try.hpp"
#include "services/visit_facts.hpp"

namespace connex::services {
namespace {

using store::Cell;

boost::json::object describe(const Visit& visit, UtcOffset offset) {
  boost::json::object result{{"visit", visit.id},
                             {"state", name(visit.state)},
                             {"starts_at", format_instant(visit.starts_at, offset)},
                             {"ends_at", format_instant(visit.ends_at, offset)}};
  if (visit.started_at) result["started_at"] = format_instant(*visit.started_at, offset);
  if (visit.ended_at) result["ended_at"] = format_instant(*visit.ended_at, offset);
  return result;
}

// Who the actor is has been read already.
Result<std::optional<Principal>> find_person(Context& context, std::string_view id) {
  if (context.actor.principal && context.actor.id == id) return context.actor.principal;
  return find_account(context.read(), id);
}

Error wrong_state(const Visit& visit) {
  return conflict(std::string("the visit is ").append(name(visit.state)), "visit");
}

// A no to recording that stands when the call begins is final for the call (X7).
Result<void> settle_answer(Context& context, VisitSide& side) {
  if (side.acceptance->recording_consent || side.party.declined_at) return {};
  side.party.declined_at = context.now;
  return save(context.write(), Save::update, side.party);
}

// A visit is promotional unless it is declared to be something else; what that is may not be known.
Fact is_promotional(std::string_view purpose, const PolicyPack& policy) {
  if (purpose.empty() || purpose == "promotional") return Fact::yes;
  return policy.find_never(purpose) != nullptr ? Fact::no : Fact::unknown;
}

Result<Outcome> visit_book(Context& context, const Arguments& args) {
  const Instant starts_at = args.instant("starts_at");
  const Instant ends_at = args.instant("ends_at");
  if (ends_at <= starts_at) return invalid("the visit ends before it starts", "ends_at");
  if (ends_at <= context.now) return invalid("the visit lies in the past", "ends_at");
  if (ends_at.micros - starts_at.micros > context.policy.visit.max_duration_minutes * kMicrosPerMinute)
    return invalid("the visit is longer than the policy's maximum", "ends_at");
  CONNEX_TRY(existing, find_visit(context.read(), args.text("id")));
  if (existing) return conflict("a visit of this id exists", "id");
  CONNEX_CHECK(check_id({}, args.text("id"), "id"));
  CONNEX_TRY(doctor, find_person(context, args.text("doctor")));
  if (!doctor) return not_found("principal", "doctor");
  CONNEX_TRY(representative, find_person(context, args.text("representative")));
  if (!representative) return not_found("principal", "representative");
  CONNEX_TRY(preference, load_preference(context.read(), doctor->id));

  FactsOf<kVisitPurpose> purpose;
  purpose.set("purpose_is_not_clinical", is_promotional(args.text("purpose"), context.policy));
  Outcome outcome = decide(purpose);
  if (outcome.decision.permitted())
    outcome = decide(book_facts(context.policy, context.actor, &*doctor, preference, representative->id));
  Visit visit;
  visit.id = args.text("id");
  visit.doctor = doctor->id;
  visit.representative = representative->id;
  concern(outcome, visit);
  if (!outcome.decision.permitted()) return outcome;

  visit.company = representative->organisation;
  visit.starts_at = starts_at;
  visit.ends_at = ends_at;
  visit.booked_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::insert, visit));
  CONNEX_CHECK(save(context.write(), Save::insert, Party{.visit = visit.id, .principal = visit.doctor}));
  CONNEX_CHECK(
      save(context.write(), Save::insert, Party{.visit = visit.id, .principal = visit.representative}));
  const Cell key[] = {std::string_view(visit.id)};
  CONNEX_CHECK(keep_record(context, {.table = visit::kTable,
                                     .key = key,
                                     .record_class = RecordClass::call_metadata,
                                     .trigger_at = context.now,
                                     .subjects = {visit.doctor, visit.representative},
                                     .thread = {},
                                     .visit = visit.id,
                                     .locator = {}}));
  outcome.result = describe(visit, context.offset());
  return outcome;
}

Result<Outcome> visit_cancel(Context& context, const Arguments& args) {
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  if (!is_party_or_system(context.actor, *visit)) return outside_scope();
  if (visit->state != VisitState::booked) return wrong_state(*visit);
  Outcome outcome;
  concern(outcome, *visit);
  visit->state = VisitState::cancelled;
  CONNEX_CHECK(save(context.write(), Save::update, *visit));
  CONNEX_CHECK(look_at_visit(context, visit->id));
  for (const std::string& who : {visit->doctor, visit->representative}) {
    CONNEX_TRY(party, find_party(context.read(), visit->id, who));
    if (!party || !is_inside(*party)) continue;  // somebody waits inside
    outcome.obligations.push_back({{"withhold_media", "host", "C2.4-a"}, context.now, visit->id});
    break;
  }
  outcome.result = describe(*visit, context.offset());
  return outcome;
}

// The doctor's own act, for one booking (X43).
Result<Outcome> visit_release_address(Context& context, const Arguments& args) {
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  if (context.actor.id != visit->doctor) return outside_scope();
  if (visit->state != VisitState::booked && visit->state != VisitState::started) return wrong_state(*visit);
  Outcome outcome;
  concern(outcome, *visit);
  if (!visit->address_released_at) {
    visit->address_released_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, *visit));
  }
  outcome.details = {{"address", "released"}};
  outcome.result = describe(*visit, context.offset());
  outcome.result["address_released_at"] = format_instant(*visit->address_released_at, context.offset());
  return outcome;
}

Result<Outcome> visit_disclosure(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), context.policy, args.text("visit")));
  if (!is_party_or_system(context.actor, s.visit)) return outside_scope();
  if (s.visit.state == VisitState::ended || s.visit.state == VisitState::cancelled)
    return wrong_state(s.visit);
  const std::string_view language = args.text("language");
  if (!language.empty() && !context.policy.disclosure.find(language))
    return invalid("no disclosure in this language", "language");

  const Disclosure d = make_disclosure(s, context.policy, language);
  Outcome outcome;
  concern(outcome, s.visit);
  outcome.result = {
      {"visit", s.visit.id},
      {"version", d.version},
      {"hash", evidence::to_hex(d.hash)},
      {"language", d.language},
      {"text", d.text},
      {"slot",
       {{"starts_at", format_instant(s.visit.starts_at, context.offset())},
        {"ends_at", format_instant(s.visit.ends_at, context.offset())}}},
      {"promotional", true},
      {"recording", d.recording_offered ? "if_all_agree" : "off"},
      {"links",
       {{"terms", context.policy.disclosure.terms_link}, {"policy", context.policy.disclosure.policy_link}}},
  };
  return outcome;
}

Result<Outcome> visit_accept(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), context.policy, args.text("visit")));
  const VisitSide* side = s.side(context.actor.id);
  const std::optional<evidence::Hash> shown = parse_hash(args.text("disclosure_hash"));
  std::optional<Disclosure> accepted;
  for (const DisclosureTemplate& words : context.policy.disclosure.templates) {
    Disclosure candidate = make_disclosure(s, context.policy, words.language);
    if (shown == candidate.hash) accepted = std::move(candidate);
  }

  std::optional<std::string> session;
  if (args.has("session")) session = args.text("session");
  Outcome outcome =
      decide(accept_facts(s, context.policy, context.actor, context.now, accepted.has_value(), session));
  concern(outcome, s.visit);
  outcome.subjects = {context.actor.id};
  if (!outcome.decision.permitted()) return outcome;

  CONNEX_TRY(salt, disclosure_salt(context.read(), s.visit, true));
  if (!salt) return Error{ErrorCode::internal, "there is no key for what was shown", ""};
  Party party = side->party;
  const bool agrees = *args.boolean("recording_consent");
  const Attestation attestation{.visit = party.visit,
                                .principal = party.principal,
                                .number = ++party.accepted,
                                .accepted_at = context.now,
                                .accepted_seq = context.seq,
                                .disclosure = attested_under(*salt, accepted->hash),
                                .disclosure_version = accepted->version,
                                .language = accepted->language,
                                .recording_offered = accepted->recording_offered,
                                .recording_consent = agrees && !party.declined_at,
                                .session = session};
  if (!agrees && s.visit.started_at && !party.declined_at) party.declined_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::insert, attestation));
  const Cell key[] = {std::string_view(party.visit), std::string_view(party.principal), party.accepted};
  CONNEX_CHECK(keep_record(context, {.table = attestation::kTable,
                                     .key = key,
                                     .record_class = RecordClass::consent_attestation,
                                     .trigger_at = context.now,
                                     .subjects = {party.principal},
                                     .thread = {},
                                     .visit = party.visit,
                                     .locator = {}}));
  CONNEX_CHECK(save(context.write(), Save::update, party));
  if (!agrees) CONNEX_CHECK(stop_recording(context, s.visit, "C6.3-c", outcome));
  outcome.record_class = RecordClass::consent_attestation;
  outcome.details = details_of(attestation);
  outcome.result = {{"visit", party.visit},
                    {"accepted_at", format_instant(context.now, context.offset())},
                    {"disclosure_hash", evidence::to_hex(accepted->hash)},
                    {"attested", evidence::to_hex(attestation.disclosure)},
                    {"salt", evidence::to_hex(*salt)},
                    {"recording_consent", attestation.recording_consent}};
  outcome.private_to = s.visit.doctor;  // whose name the hash tells whoever tries
  return outcome;
}

Result<Outcome> visit_join(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), context.policy, args.text("visit")));
  Outcome outcome = decide(join_facts(s, context.policy, context.actor, context.now));
  concern(outcome, s.visit);
  if (!outcome.decision.permitted()) return outcome;
  Party party = s.side(context.actor.id)->party;
  if (!party.joined_at) party.joined_at = context.now;
  party.left_at.reset();
  CONNEX_CHECK(save(context.write(), Save::update, party));
  outcome.result = {{"visit", party.visit}, {"joined_at", format_instant(context.now, context.offset())}};
  return outcome;
}

Result<Outcome> visit_start(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), context.policy, args.text("visit")));
  if (!is_party_or_system(context.actor, s.visit)) return outside_scope();
  const bool begun = context.again && s.visit.state == VisitState::started;  // by a request whose answer got lost
  if (s.visit.state != VisitState::booked && !begun) return wrong_state(s.visit);
  Outcome outcome = decide(start_facts(s, context.policy, context.now));
  concern(outcome, s.visit);
  if (!outcome.decision.permitted()) return outcome;
  if (!begun) {
    s.visit.state = VisitState::started;
    s.visit.started_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, s.visit));
    for (VisitSide* side : {&s.doctor, &s.representative}) CONNEX_CHECK(settle_answer(context, *side));
  }
  const bool on = evaluate(recording_facts(s, context.policy, context.now)).permitted();
  outcome.result = describe(s.visit, context.offset());
  outcome.result["on_screen"] = on ? "on" : "off";
  return outcome;
}

Result<Outcome> visit_leave(Context& context, const Arguments& args) {
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  if (!visit->has_party(context.actor.id)) return outside_scope();
  CONNEX_TRY(party, find_party(context.read(), visit->id, context.actor.id));
  if (!party) return Error{ErrorCode::corrupt, "a party of the visit is missing", ""};
  if (!is_inside(*party)) return conflict("the actor is not in the call", "visit");
  Outcome outcome;
  concern(outcome, *visit);
  party->left_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *party));
  CONNEX_CHECK(stop_recording(context, *visit, "C6.3-e", outcome));
  outcome.result = {{"visit", visit->id}, {"left_at", format_instant(context.now, context.offset())}};
  return outcome;
}

Result<Outcome> visit_end(Context& context, const Arguments& args) {
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  if (!is_party_or_system(context.actor, *visit)) return outside_scope();
  if (visit->state != VisitState::started) return wrong_state(*visit);
  Outcome outcome;
  concern(outcome, *visit);
  CONNEX_CHECK(stop_recording(context, *visit, "C6.3-e", outcome));
  visit->state = VisitState::ended;
  visit->ended_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *visit));
  const Cell key[] = {std::string_view(visit->id)};
  CONNEX_TRY(record, find_record(context.read(), record_id(visit::kTable, key)));
  if (record) CONNEX_CHECK(restart_record(context, *record, context.now));  // from its end
  outcome.result = describe(*visit, context.offset());
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kVisitBook[] = {
    {"id", id, true, "id of the visit"},
    {"doctor", id, true, "id of the doctor"},
    {"representative", id, true, "id of the medical representative, who books"},
    {"starts_at", instant, true, "start of the slot"},
    {"ends_at", instant, true, "end of the slot"},
    {"purpose", id, false, "what the visit is declared to be for; promotional when not given"},
};
constexpr std::string_view kVisitBookClauses[] = {"C6-a", "C6.1-d", "C6.6-a", "C6.6-c"};
constexpr std::string_view kVisitCancelClauses[] = {"C2.4-a", "C6-a"};
constexpr std::string_view kVisitReleaseAddressClauses[] = {"C1-c"};
constexpr Argument kVisitDisclosure[] = {
    {"visit", id, true, "id of the visit"},
    {"language", line, false, "language of the text", 16},
};
constexpr std::string_view kVisitDisclosureClauses[] = {"C2.4-g", "C6.2-a", "C6.3-d", "C6.6-a", "C6.6-b"};
constexpr Argument kVisitAccept[] = {
    {"visit", id, true, "id of the visit"},
    {"disclosure_hash", sha256, true, "hash of the disclosure that was shown"},
    {"recording_consent", boolean, true,
     "whether the party agrees to be recorded; a no does not hinder the call"},
    {"session", id, false, "id of the session in which it was accepted"},
};
constexpr std::string_view kVisitAcceptClauses[] = {"C2.4-c", "C6.2-b", "C6.2-c", "C6.3-c"};
constexpr std::string_view kVisitJoinClauses[] = {"C2.4-d", "C6.6-d"};
constexpr std::string_view kVisitStartClauses[] = {"C2.4-a", "C6.2-b"};
constexpr std::string_view kVisitLeaveClauses[] = {"C2.4-d", "C6.3-e"};
constexpr std::string_view kVisitEndClauses[] = {"C2.4-a", "C2.4-d", "C6.3-e"};

constexpr Command kCommands[] = {
    {"visit.book", "Books a virtual visit", changes, kEverybody, false, kVisitBook, kVisitBookClauses,
     visit_book},
    {"visit.cancel", "Cancels a visit that has not begun", changes, kParties, false, kVisitId,
     kVisitCancelClauses, visit_cancel},
    {"visit.release_address", "Lets the representative of this visit see the doctor's street address",
     changes, actors({Role::doctor}), false, kVisitId, kVisitReleaseAddressClauses, visit_release_address},
    {"visit.disclosure", "Gives the disclosure to show before the call", discloses, kParties, false,
     kVisitDisclosure, kVisitDisclosureClauses, visit_disclosure},
    {"visit.accept", "A party accepts the disclosure, and agrees to be recorded or not", changes, kEverybody,
     false, kVisitAccept, kVisitAcceptClauses, visit_accept},
    {"visit.join", "A party enters the call", changes, kEverybody, false, kVisitId, kVisitJoinClauses,
     visit_join, true},
    {"visit.start", "Begins the call", changes, kParties, false, kVisitId, kVisitStartClauses, visit_start, true},
    {"visit.leave", "A party leaves the call", changes, kParties, true, kVisitId, kVisitLeaveClauses,
     visit_leave},
    {"visit.end", "Ends the call", changes, kParties, false, kVisitId, kVisitEndClauses, visit_end},
};

}  // namespace

std::span<const Command> visit_commands() noexcept { return kCommands; }

}  // namespace connex::services
