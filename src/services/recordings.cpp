#include <algorithm>

#include "services/command_groups.hpp"
#include "services/hex.hpp"
#include "services/recording_permits.hpp"
#include "services/try.hpp"
#include "services/visit_facts.hpp"

namespace connex::services {
namespace {

boost::json::object describe(const Permit& permit, UtcOffset offset) {
  return {{"id", permit.visit + ":" + std::to_string(permit.number)},
          {"visit", permit.visit},
          {"issued_at", format_instant(permit.issued_at, offset)},
          {"expires_at", format_instant(permit.expires_at, offset)}};
}

// A permit ends with the visit, however long it might otherwise run.
Permit make_permit(const Visit& visit, Number number, const Context& context) {
  const PolicyPack& policy = context.policy;
  const Instant ttl{context.now.micros + policy.recording.permit_ttl_seconds * kMicrosPerSecond};
  return {visit.id, number, context.now, std::min(ttl, last_moment(visit, policy)), std::nullopt};
}

// Whether the whole recording lies within one permit, with a moment's grace to stop.
bool covers(const Permit& permit, Instant started_at, Instant ended_at, const PolicyPack& policy) noexcept {
  const Instant end = permit.ended_at ? std::min(*permit.ended_at, permit.expires_at) : permit.expires_at;
  const std::int64_t grace = policy.recording.stop_grace_seconds * kMicrosPerSecond;
  return permit.issued_at <= started_at && ended_at.micros <= end.micros + grace;
}

}  // namespace

bool is_open(const Permit& permit, Instant at) noexcept { return !permit.ended_at && at < permit.expires_at; }

Result<void> stop_recording(Context& context, const Visit& visit, std::string_view clause, Outcome& outcome) {
  CONNEX_TRY(permit, find_last_permit(context.read(), visit.id));
  if (!permit || !is_open(*permit, context.now)) return {};
  permit->ended_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *permit));
  outcome.obligations.push_back({{"stop_recording", "host", clause}, context.now, visit.id});
  return {};
}

Result<void> stop_recordings(Context& context, VisitsOf whose, std::string_view id, std::string_view clause,
                             Outcome& outcome) {
  CONNEX_TRY(visits, list_visits(context.read(), whose, id, VisitState::started));
  for (const Visit& visit : visits) CONNEX_CHECK(stop_recording(context, visit, clause, outcome));
  return {};
}

namespace {

// Phase two of the recording gate (X5): what the screen must say now, and the permit when it is "on".
Result<Outcome> recording_decide(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), args.text("visit")));
  if (!is_party_or_system(context.actor, s.visit)) return outside_scope();
  Outcome outcome = decide(recording_facts(s, context.policy, context.now));
  concern(outcome, s.visit);
  if (!outcome.decision.permitted()) {
    CONNEX_CHECK(stop_recording(context, s.visit, "C6.3-e", outcome));
    outcome.result = {{"on_screen", "off"}};
    return outcome;
  }
  CONNEX_TRY(last, find_last_permit(context.read(), s.visit.id));
  Permit permit;
  if (last && is_open(*last, context.now)) {
    permit = std::move(*last);
  } else {
    permit = make_permit(s.visit, last ? last->number + 1 : 1, context);
    CONNEX_CHECK(save(context.write(), Save::insert, permit));
  }
  outcome.result = {{"on_screen", "on"}, {"permit", describe(permit, context.offset())}};
  return outcome;
}

Result<Outcome> recording_register(Context& context, const Arguments& args) {
  const Instant started_at = args.instant("started_at");
  const Instant ended_at = args.instant("ended_at");
  if (ended_at < started_at) return invalid("the recording ends before it starts", "ended_at");
  if (ended_at > context.now) return invalid("the recording ends in the future", "ended_at");
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  CONNEX_TRY(taken, recording_exists(context.read(), args.text("id")));
  if (taken) return conflict("a recording of this id exists", "id");
  CONNEX_TRY(permits, list_permits(context.read(), visit->id));
  CONNEX_TRY(earlier, find_recording_of(context.read(), visit->id));

  FactsOf<kRecordingRegister> facts;
  facts.set("permit_issued", !permits.empty());
  facts.set("recorded_only_while_permitted",
            std::any_of(permits.begin(), permits.end(),
                        [&](const Permit& p) { return covers(p, started_at, ended_at, context.policy); }));
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
  outcome.result = {{"recording", recording.id}, {"visit", recording.visit}};
  return outcome;
}

// A participant takes back the consent to be recorded: at once, and for the rest of the visit (X6).
Result<Outcome> consent_withdraw(Context& context, const Arguments& args) {
  CONNEX_TRY(s, load_snapshot(context.read(), args.text("visit")));
  const VisitSide* side = s.side(context.actor.id);
  if (side == nullptr) return outside_scope();
  Outcome outcome;
  concern(outcome, s.visit);
  outcome.subjects = {context.actor.id};
  outcome.record_class = RecordClass::consent_attestation;
  Party party = side->party;
  if (!party.withdrawn_at) {
    party.withdrawn_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, party));
  }
  CONNEX_CHECK(stop_recording(context, s.visit, "C6.3-c", outcome));
  if (outcome.obligations.empty() && s.visit.state == VisitState::started)
    outcome.obligations.push_back({{"stop_recording", "host", "C6.3-c"}, context.now, party.visit});
  outcome.result = {{"visit", party.visit},
                    {"withdrawn_at", format_instant(*party.withdrawn_at, context.offset())},
                    {"on_screen", "off"}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr std::int64_t kMaxFileSize = std::int64_t{1} << 50;

constexpr std::string_view kRecordingDecideClauses[] = {"C2.4-b", "C2.4-e", "C2.4-f", "C2.4-g",
                                                        "C6.3-d", "C6.3-e", "C6.5-a"};
constexpr Argument kRecordingRegister[] = {
    {"id", id, true, "id of the recording"},
    {"visit", id, true, "id of the visit"},
    {"locator", line, true, "where the host keeps the file", kMaxLocator},
    {"sha256", sha256, true, "hash of the file"},
    {"size", integer, true, "size of the file in bytes", kMaxFileSize},
    {"started_at", instant, true, "first moment on the recording"},
    {"ended_at", instant, true, "last moment on the recording"},
};
constexpr std::string_view kRecordingRegisterClauses[] = {"C2.4-e", "C6.3-e", "C6.5-a"};
constexpr std::string_view kConsentWithdrawClauses[] = {"C2.4-h", "C6.3-c"};

constexpr Command kCommands[] = {
    {"recording.decide", "Decides whether the call is recorded now, and what the screen must say", changes,
     kParties, false, kVisitId, kRecordingDecideClauses, recording_decide},
    {"recording.register", "Registers a recording that was made under a permit", changes, kOperator, false,
     kRecordingRegister, kRecordingRegisterClauses, recording_register},
    {"consent.withdraw", "A party takes back the consent to be recorded", changes, kParties, false, kVisitId,
     kConsentWithdrawClauses, consent_withdraw},
};

}  // namespace

std::span<const Command> recording_commands() noexcept { return kCommands; }

}  // namespace connex::services
