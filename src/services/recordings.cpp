#include <algorithm>

#include "evidence/sigv4.hpp"
#include "services/command_groups.hpp"
#include "services/hex.hpp"
#include "services/recording_permits.hpp"
#include "services/records.hpp"
#include "services/schema.hpp"
#include "services/signing.hpp"
#include "services/try.hpp"
#include "services/viewing.hpp"
#include "services/visit_facts.hpp"

namespace connex::services {
namespace {

// Until when a token given now lets a recording begin: it cannot be called back from its bearer, so it lives for
// minutes and is asked for anew (X6).
Instant token_end(const Visit& visit, const Context& context) noexcept {
  const Instant ttl{context.now.micros + context.policy.recording.permit_ttl_seconds * kMicrosPerSecond};
  return std::min(ttl, last_moment(visit, context.policy));
}

// Whether the name of a file, which goes about in the address under which it can be had, tells how to reach the parties to
// its visit, by what is registered of them now, or anybody else.
Result<bool> file_tells(Context& context, const Visit& visit, std::string_view locator) {
  KnownLists known;
  for (const std::string& party : {visit.doctor, visit.representative}) {
    CONNEX_TRY(person, find_principal(context.read(), party));
    if (person) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, nullptr, *person, known));
  }
  CONNEX_TRY(redactor, Redactor::make(context.policy, "message", std::move(known)));
  return tells_contact(locator, redactor->options());
}

// What was recorded without a pause.
struct Piece {
  Instant started_at, ended_at;
};

// Whether the piece began while the permit let it, and ended before the permit did or the visit's time was over,
// with a moment's grace to stop.
bool covers(const Permit& permit, const Piece& piece, const Visit& visit, const PolicyPack& policy) noexcept {
  const Instant latest{visit.ends_at.micros + policy.visit.overrun_minutes * kMicrosPerMinute};
  const Instant end = std::min(permit.ended_at.value_or(latest), latest);
  const std::int64_t grace = policy.recording.stop_grace_seconds * kMicrosPerSecond;
  return permit.issued_at <= piece.started_at && piece.started_at < std::min(permit.expires_at, end) &&
         piece.ended_at.micros <= end.micros + grace;
}

// The pieces of one file, in order and apart, from its first moment to its last: a call that loses and regains
// its permit is recorded with a pause into the same file (C2.4-e).
Result<std::vector<Piece>> read_pieces(const Arguments& args, Piece whole) {
  if (!args.has("pieces")) return std::vector{whole};
  std::vector<Piece> pieces;
  std::size_t index = 0;
  for (const boost::json::value& given : args.value("pieces")->get_array()) {
    const Arguments members(given.get_object());
    const Piece piece{members.instant("started_at"), members.instant("ended_at")};
    const Instant earliest = pieces.empty() ? whole.started_at : pieces.back().ended_at;
    const std::string at = "pieces/" + std::to_string(index++);
    if (piece.ended_at < piece.started_at) return invalid("the piece ends before it starts", at);
    if (pieces.empty() ? piece.started_at != earliest : piece.started_at < earliest)
      return invalid(pieces.empty() ? "the first piece does not start where the recording starts"
                                    : "the piece starts before the one before it ends",
                     at);
    pieces.push_back(piece);
  }
  if (pieces.back().ended_at != whole.ended_at)
    return invalid("the last piece does not end where the recording ends", "pieces");
  return pieces;
}

// Where a visit that is in progress can have begun: what nobody ended is over when its time is.
Starting in_progress(const Context& context) noexcept {
  const auto& visit = context.policy.visit;
  return {{context.now.micros - (visit.max_duration_minutes + visit.overrun_minutes) * kMicrosPerMinute},
          {context.now.micros + visit.opens_minutes_before * kMicrosPerMinute + 1}};
}

// Visits whose doors are open though the call has not begun, with somebody waiting inside.
Result<std::vector<Visit>> list_waiting(Context& context, VisitsOf whose, std::string_view id) {
  const PolicyPack& policy = context.policy;
  const Starting around{{context.now.micros - policy.visit.max_duration_minutes * kMicrosPerMinute},
                        {context.now.micros + policy.visit.opens_minutes_before * kMicrosPerMinute + 1}};
  CONNEX_TRY(visits, list_visits(context.read(), whose, id, VisitState::booked, around));
  std::vector<Visit> waiting;
  for (Visit& visit : visits) {
    CONNEX_TRY(doctor, find_party(context.read(), visit.id, visit.doctor));
    CONNEX_TRY(representative, find_party(context.read(), visit.id, visit.representative));
    if ((doctor && is_inside(*doctor)) || (representative && is_inside(*representative))) waiting.push_back(std::move(visit));
  }
  return waiting;
}

}  // namespace

Result<bool> may_record(Context& context, const Visit& visit) {
  CONNEX_TRY(permit, find_last_permit(context.read(), visit.id));
  return permit && !permit->ended_at && context.now < last_moment(visit, context.policy);
}

Result<void> stop_recording(Context& context, const Visit& visit, std::string_view clause, Outcome& outcome) {
  if (context.now >= last_moment(visit, context.policy)) return {};
  CONNEX_TRY(permits, list_open_permits(context.read(), visit.id));
  for (Permit& permit : permits) {
    permit.ended_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, permit));
  }
  if (!permits.empty())
    outcome.obligations.push_back({{"stop_recording", "host", clause}, context.now, visit.id});
  return {};
}

Result<void> stop_recordings(Context& context, VisitsOf whose, std::string_view id, std::string_view clause,
                             Outcome& outcome) {
  CONNEX_TRY(visits, list_visits(context.read(), whose, id, VisitState::started, in_progress(context)));
  for (const Visit& visit : visits) CONNEX_CHECK(stop_recording(context, visit, clause, outcome));
  return {};
}

Result<void> close_calls(Context& context, VisitsOf whose, std::string_view id, std::string_view clause,
                         Outcome& outcome) {
  CONNEX_TRY(started, list_visits(context.read(), whose, id, VisitState::started, in_progress(context)));
  CONNEX_TRY(waiting, list_waiting(context, whose, id));
  for (const Visit& visit : started) CONNEX_CHECK(stop_recording(context, visit, clause, outcome));
  for (const auto* visits : {&started, &waiting})
    for (const Visit& visit : *visits)
      outcome.obligations.push_back({{"withhold_media", "host", clause}, context.now, visit.id});
  return {};
}

namespace {

std::optional<VisitsOf> visits_of(Role role) noexcept {
  if (role == Role::doctor) return VisitsOf::doctor;
  if (role == Role::medical_representative) return VisitsOf::representative;
  return std::nullopt;
}

}  // namespace

Result<void> stop_recordings(Context& context, const Principal& person, std::string_view clause, Outcome& outcome) {
  const std::optional<VisitsOf> whose = visits_of(person.role);
  return whose ? stop_recordings(context, *whose, person.id, clause, outcome) : Result<void>();
}
Result<void> close_calls(Context& context, const Principal& person, std::string_view clause, Outcome& outcome) {
  const std::optional<VisitsOf> whose = visits_of(person.role);
  return whose ? close_calls(context, *whose, person.id, clause, outcome) : Result<void>();
}

namespace {

// Phase two of the recording gate (X5): what the screen must say now, and the permit when it is "on".
Result<Outcome> recording_decide(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), context.policy, args.text("visit")));
  if (!is_party_or_system(context.actor, s.visit)) return outside_scope();
  Outcome outcome = decide(recording_facts(s, context.policy, context.now));
  concern(outcome, s.visit);
  if (!outcome.decision.permitted()) {
    CONNEX_CHECK(stop_recording(context, s.visit, "C6.3-e", outcome));
    outcome.result = {{"on_screen", "off"}};
    return outcome;
  }
  CONNEX_TRY(last, find_last_permit(context.read(), s.visit.id));
  const bool renewed = last && !last->ended_at && context.now < last->expires_at;
  Permit permit = renewed ? std::move(*last)
                          : Permit{s.visit.id, last ? last->number + 1 : 1, context.now, {}, std::nullopt};
  permit.expires_at = token_end(s.visit, context);
  CONNEX_CHECK(save(context.write(), renewed ? Save::update : Save::insert, permit));
  outcome.details = {{"permit", std::to_string(permit.number)},
                     {"expires_at", std::to_string(permit.expires_at.micros)}};
  CONNEX_TRY(signer, current_signer(context, outcome));
  const std::string permit_id = permit.visit + ":" + std::to_string(permit.number);
  const auto seconds = [](Instant at) { return at.micros / kMicrosPerSecond; };
  CONNEX_TRY(token, sign_token(signer, "connex-permit+jwt",
                               {{"iss", signer.origin},
                                {"sub", permit.visit},
                                {"jti", permit_id},
                                {"iat", seconds(context.now)},
                                {"nbf", seconds(permit.issued_at)},
                                {"exp", seconds(permit.expires_at)},
                                {"policy", context.policy.digest}}));
  outcome.private_to = s.visit.doctor;  // whoever bears the token may record
  outcome.result = {{"on_screen", "on"},
                    {"permit", std::move(token)},
                    {"permit_id", permit_id},
                    {"expires_at", format_instant(permit.expires_at, context.offset())}};
  return outcome;
}

// Whom a recording is of: who joined the call (X42), all of its people where no joining is on record.
Result<std::vector<std::string>> people_in(ReadTransaction& tx, const Visit& visit) {
  std::vector<std::string> all = people_of(visit);
  std::vector<std::string> joined;
  for (const std::string& person : all) {
    CONNEX_TRY(party, find_party(tx, visit.id, person));
    if (party && party->joined_at) joined.push_back(person);
  }
  return joined.empty() ? std::move(all) : std::move(joined);
}

Result<Outcome> recording_register(Context& context, const Arguments& args) {
  const Instant started_at = args.instant("started_at");
  const Instant ended_at = args.instant("ended_at");
  if (ended_at < started_at) return invalid("the recording ends before it starts", "ended_at");
  if (ended_at > context.now) return invalid("the recording ends in the future", "ended_at");
  CONNEX_TRY(pieces, read_pieces(args, {started_at, ended_at}));
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  CONNEX_TRY(taken, recording_exists(context.read(), args.text("id")));
  if (taken) return conflict("a recording of this id exists", "id");
  CONNEX_CHECK(check_id({}, args.text("id"), "id"));
  CONNEX_TRY(tells, file_tells(context, *visit, args.text("locator")));
  if (tells) return invalid("a locator may not hold a way to reach somebody: a telephone number, an e-mail address", "locator");
  CONNEX_TRY(permits, list_permits(context.read(), visit->id));
  CONNEX_TRY(earlier, find_recording_of(context.read(), visit->id));

  FactsOf<kRecordingRegister> facts;
  facts.set("permit_issued", !permits.empty());
  facts.set("recorded_only_while_permitted",
            std::all_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
              return std::any_of(permits.begin(), permits.end(),
                                 [&](const Permit& p) { return covers(p, piece, *visit, context.policy); });
            }));
  facts.set("first_recording_of_visit", !earlier);
  Outcome outcome = decide(facts);
  concern(outcome, *visit);
  outcome.object = args.text("id");
  if (!outcome.decision.permitted()) return outcome;

  const Recording recording{.id = std::string(args.text("id")),
                            .visit = visit->id,
                            .locator = std::string(args.text("locator")),
                            .sha256 = *parse_hash(args.text("sha256")),
                            .size = args.integer("size"),
                            .started_at = started_at,
                            .ended_at = ended_at,
                            .registered_at = context.now};
  CONNEX_CHECK(save(context.write(), Save::insert, recording));
  const store::Cell key[] = {std::string_view(recording.id)};
  CONNEX_TRY(recorded, people_in(context.read(), *visit));
  CONNEX_CHECK(
      keep_record(context, {.table = recording::kTable,
                            .key = key,
                            .record_class = RecordClass::recording,
                            .trigger_at = std::min(visit->started_at.value_or(started_at), context.now),
                            .subjects = std::move(recorded),
                            .thread = {},
                            .visit = visit->id,
                            .locator = recording.locator}));
  outcome.details = {{"sha256", evidence::to_hex(recording.sha256)},
                     {"size", std::to_string(recording.size)},
                     {"started_at", std::to_string(recording.started_at.micros)},
                     {"ended_at", std::to_string(recording.ended_at.micros)}};
  if (pieces.size() > 1) {
    std::string told;
    for (const Piece& piece : pieces)
      told += (told.empty() ? "" : ",") + std::to_string(piece.started_at.micros) + "-" +
              std::to_string(piece.ended_at.micros);
    outcome.details.push_back({"pieces", std::move(told)});
  }
  outcome.result = {{"recording", recording.id}, {"visit", recording.visit}};
  return outcome;
}

// The address under which the object can be had for a short time; nothing without a bucket.
Result<std::optional<std::string>> address_of(const Recording& recording, const Visit& visit, Context& context,
                                              std::string_view mode, std::int32_t ttl) {
  const std::optional<Bucket>& bucket = context.surroundings.bucket;
  if (!bucket) return std::optional<std::string>();
  // Of a recording that was registered before, or of what was put on file since.
  CONNEX_TRY(tells, file_tells(context, visit, recording.locator));
  if (tells && context.actor.id != visit.doctor)
    return Error{ErrorCode::unsupported, "the recording's locator tells how to reach somebody: no address is made of it", ""};
  const std::string path = "/" + bucket->name + "/" + recording.locator;
  const std::int32_t shortest = std::clamp(context.policy.security.url_ttl_seconds, 1, ttl);  // C5-i
  auto address = evidence::presign_get({bucket->host, path, bucket->region, mode == "view"},
                                       {bucket->access_key, bucket->secret_key, {}},
                                       static_cast<std::uint32_t>(shortest), context.now);
  if (!address)
    return Error{ErrorCode::unsupported, "the recording's locator or the bucket makes no address", ""};
  return std::optional(std::move(*address));
}

// Each issue is decided anew, and logged by its number; a grant is a bearer token and lives for minutes
// (X58).
Result<Outcome> recording_access(Context& context, const Arguments& args) {
  CONNEX_TRY(recording, find_recording(context.read(), args.text("recording")));
  if (!recording) return not_found("recording", "recording");
  CONNEX_TRY(visit, find_visit(context.read(), recording->visit));
  if (!visit) return Error{ErrorCode::corrupt, "the visit of a recording is missing", ""};
  const Actor& viewer = context.actor;
  const std::string_view mode = args.text("mode");
  CONNEX_TRY(party, find_party(context.read(), visit->id, viewer.id));
  const bool took_part = party && party->joined_at;  // not everybody who was invited (X42)
  const bool doctor = took_part && viewer.is(Role::doctor) && viewer.id == visit->doctor;
  // The doctor's copy is theirs for as long as it is kept, also once the account is closed (C6.4-e, X57).
  const bool active = !viewer.principal || viewer.principal->active();
  const bool representative =
      active && took_part && viewer.is(Role::medical_representative) && viewer.id == visit->representative;
  const bool officer = active && viewer.is(Role::compliance_officer);
  const bool same_company =
      viewer.principal && visit->company && viewer.principal->organisation == visit->company;
  const store::Cell key[] = {std::string_view(recording->id)};
  CONNEX_TRY(available, is_usable(context, recording::kTable, key));
  FactsOf<kRecordingAccess> facts;
  facts.set("recording_available", available);
  facts.set("viewer_is_participant_or_compliance_officer", doctor || representative || officer);
  facts.set("viewer_company_matches", doctor || same_company);
  facts.set("mode_allowed", mode == "view" || (mode == "download" && doctor));
  Outcome outcome = decide(facts);
  concern(outcome, *visit);
  outcome.object = recording->id;
  outcome.details = {{"mode", std::string(mode)}};
  if (!outcome.decision.permitted()) return outcome;

  constexpr std::int32_t kLongest = static_cast<std::int32_t>(evidence::kMaxPresignSeconds);
  std::int32_t ttl = std::clamp(context.policy.recording.grant_ttl_seconds, 1, kLongest);
  CONNEX_TRY(kept, find_record(context.read(), record_id(recording::kTable, key)));
  if (!kept) return Error{ErrorCode::corrupt, "the record of a recording is missing", ""};
  CONNEX_TRY(evaluated, evaluate_record(context, RetentionRules(context), *kept));
  if (const auto& ends = evaluated.decision.ceiling) {  // no link outlives what it opens
    const std::int64_t left = (ends->micros - context.now.micros) / kMicrosPerSecond;
    ttl = static_cast<std::int32_t>(std::clamp<std::int64_t>(left, 1, ttl));
  }
  const Instant expires_at{context.now.micros + ttl * kMicrosPerSecond};
  const std::string grant_id = recording->id + ":" + std::to_string(context.seq);
  CONNEX_TRY(address, address_of(*recording, *visit, context, mode, ttl));
  CONNEX_TRY(signer, current_signer(context, outcome));
  CONNEX_TRY(token, sign_token(signer, "connex-grant+jwt",
                               {{"iss", signer.origin},
                                {"sub", viewer.id},
                                {"jti", grant_id},
                                {"recording", recording->id},
                                {"mode", mode},
                                {"iat", context.now.micros / kMicrosPerSecond},
                                {"exp", expires_at.micros / kMicrosPerSecond},
                                {"policy", context.policy.digest}}));
  outcome.details.push_back({"grant", grant_id});
  outcome.details.push_back({"expires_at", std::to_string(expires_at.micros)});
  outcome.result = {{"recording", recording->id},
                    {"grant", token},
                    {"grant_id", grant_id},
                    {"expires_at", format_instant(expires_at, context.offset())}};
  if (address) outcome.result["url"] = *address;
  return outcome;
}

// A participant takes back the consent to be recorded: at once, and for the rest of the visit (X6).
Result<Outcome> consent_withdraw(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), context.policy, args.text("visit")));
  const VisitSide* side = s.side(context.actor.id);
  if (side == nullptr) return outside_scope();
  Outcome outcome;
  concern(outcome, s.visit);
  outcome.subjects = {context.actor.id};
  outcome.record_class = RecordClass::consent_attestation;
  Party party = side->party;
  if (!party.declined_at) {
    party.declined_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, party));
  }
  CONNEX_CHECK(stop_recording(context, s.visit, "C6.3-c", outcome));
  if (outcome.obligations.empty() && s.visit.state == VisitState::started)
    outcome.obligations.push_back({{"stop_recording", "host", "C6.3-c"}, context.now, party.visit});
  outcome.result = {{"visit", party.visit},
                    {"withdrawn_at", format_instant(*party.declined_at, context.offset())},
                    {"on_screen", "off"}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr std::int64_t kMaxFileSize = std::int64_t{1} << 50;

constexpr std::string_view kRecordingDecideClauses[] = {"C2.4-b", "C2.4-e", "C2.4-f", "C2.4-g",
                                                        "C6.3-d", "C6.3-e", "C6.5-a"};
constexpr Argument kPiece[] = {
    {"started_at", instant, true, "first moment of the piece"},
    {"ended_at", instant, true, "last moment of the piece"},
};
constexpr Argument kRecordingRegister[] = {
    {"id", id, true, "id of the recording"},
    {"visit", id, true, "id of the visit"},
    {"locator", line, true, "where the host keeps the file", kMaxLocator},
    {"sha256", sha256, true, "hash of the file"},
    {"size", integer, true, "size of the file in bytes", kMaxFileSize},
    {"started_at", instant, true, "first moment on the recording"},
    {"ended_at", instant, true, "last moment on the recording"},
    {"pieces", objects, false, "where recording paused: what the file holds, in order; without, all of it", 100,
     {}, kPiece},
};
constexpr std::string_view kRecordingRegisterClauses[] = {"C2.4-e", "C6.3-e", "C6.5-a"};
constexpr std::string_view kModes[] = {"view", "download"};
constexpr Argument kRecordingAccessArguments[] = {
    {"recording", id, true, "id of the recording"},
    {"mode", choice, true, "what the grant is for", 0, kModes},
};
constexpr std::string_view kRecordingAccessClauses[] = {"C6.4-d", "C6.4-e"};
constexpr std::string_view kConsentWithdrawClauses[] = {"C2.4-h", "C6.3-c"};

constexpr Command kCommands[] = {
    {"recording.decide", "Decides whether the call is recorded now, and what the screen must say", changes,
     kParties, false, kVisitId, kRecordingDecideClauses, recording_decide, true},
    {"recording.register", "Registers a recording that was made under a permit", changes, kOperator, false,
     kRecordingRegister, kRecordingRegisterClauses, recording_register},
    {"recording.access", "Grants the viewing or download of a recording for some minutes", discloses,
     kAnyRole, true, kRecordingAccessArguments, kRecordingAccessClauses, recording_access},
    {"consent.withdraw", "A party takes back the consent to be recorded", changes, kParties, false, kVisitId,
     kConsentWithdrawClauses, consent_withdraw},
};

}  // namespace

std::span<const Command> recording_commands() noexcept { return kCommands; }

}  // namespace connex::services
