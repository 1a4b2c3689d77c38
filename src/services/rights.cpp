#include "services/rights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "connex/clauses.hpp"
#include "connex/gates.hpp"
#include "evidence/blind_index.hpp"
#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "services/accounts.hpp"
#include "services/audit_erasure.hpp"
#include "services/cells.hpp"
#include "services/command_groups.hpp"
#include "services/messages.hpp"
#include "services/notices.hpp"
#include "services/policy_versions.hpp"
#include "services/records.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

using Object = boost::json::object;
using store::Cell;
using store::Row;
using enum ArgumentType;
using enum CommandKind;

// Reading and writing

Error unreadable(std::string_view table) {
  return {ErrorCode::corrupt, std::string("a row of table `").append(table).append("` cannot be read"), ""};
}

Result<RightsRequest> read_request(const Row& row) {
  namespace t = rights_request;
  const auto kind = from_name<Right>(row.bytes(t::kind));
  const auto status = from_name<RequestStatus>(row.bytes(t::status));
  if (!kind || !status) return unreadable(t::kTable.name);
  return RightsRequest{.id = std::string(row.bytes(t::id)),
                       .kind = *kind,
                       .status = *status,
                       .principal = std::string(row.bytes(t::principal)),
                       .channel = std::string(row.bytes(t::channel)),
                       .submitted_by = std::string(row.bytes(t::submitted_by)),
                       .received_at = {row.integer(t::received_at)},
                       .submitted_at = {row.integer(t::submitted_at)},
                       .due_at = {row.integer(t::due_at)},
                       .verified_at = optional_instant(row, t::verified_at),
                       .evidence = optional_text(row, t::evidence),
                       .closed_at = optional_instant(row, t::closed_at),
                       .clause = optional_text(row, t::clause),
                       .details = optional_text(row, t::details),
                       .nominee = optional_text(row, t::nominee)};
}

Result<Nomination> read_nomination(const Row& row) {
  namespace t = nomination;
  const auto status = from_name<NominationStatus>(row.bytes(t::status));
  if (!status) return unreadable(t::kTable.name);
  return Nomination{.principal = std::string(row.bytes(t::principal)),
                    .nominee = std::string(row.bytes(t::nominee)),
                    .status = *status,
                    .nominated_at = {row.integer(t::nominated_at)},
                    .event = optional_text(row, t::event),
                    .evidence = optional_text(row, t::evidence),
                    .invoked_at = optional_instant(row, t::invoked_at),
                    .verified_at = optional_instant(row, t::verified_at),
                    .decided_at = optional_instant(row, t::decided_at),
                    .details = optional_text(row, t::details)};
}

}  // namespace

Result<std::optional<RightsRequest>> find_open(ReadTransaction& tx, std::string_view principal, Right kind) {
  namespace t = rights_request;
  for (const RequestStatus status : {RequestStatus::received, RequestStatus::verified}) {
    const Cell equal[] = {principal, name(kind), name(status)};
    std::vector<Row> rows;
    CONNEX_CHECK(tx.scan(t::kTable, {.index = &t::kByPrincipal, .equal = equal, .limit = 1}, rows));
    if (rows.empty()) continue;
    CONNEX_TRY(request, read_request(rows.front()));
    return std::optional(std::move(request));
  }
  return std::optional<RightsRequest>();
}

namespace {

// What their own side says of a child, and the person disputes, the operator is to look into before anything goes (C10-c).
Result<void> dispute_minor_report(Context& context, Principal& p) {
  if (!p.child_since || *p.child_since <= context.now || p.awaits_word()) return {};
  p.child_since = kEndOfTime;
  CONNEX_CHECK(save(context.write(), Save::update, p));
  CONNEX_TRY(entered, enter_account(context, p));
  static_cast<void>(entered);
  return spare_entries_of_child(context, p.id);
}

// Who may speak for the person: themselves, the operator's people, a nominee once the event has happened.
Result<bool> may_speak_for(Context& context, std::string_view principal) {
  const Actor& actor = context.actor;
  if (is_auditor(actor) || actor.id == principal) return true;
  CONNEX_TRY(nominated, find_nomination(context.read(), principal, actor.id));
  return nominated && nominated->may_act();
}

// For whom of the person's nominees a request comes in: one outside the platform is named by whoever takes it in,
// with evidence of how the nominee asked. None: it is the person's own.
Result<std::optional<std::string>> nominee_behind(Context& context, const Arguments& args, Right kind) {
  const std::string_view principal = args.text("principal");
  const bool named = args.has("nominee");
  const std::string_view id = named ? args.text("nominee") : std::string_view(context.actor.id);
  if (!named && id == principal) return std::optional<std::string>();
  if (named && id != context.actor.id && !is_auditor(context.actor)) return invalid("names somebody else", "nominee");
  CONNEX_TRY(nominated, find_nomination(context.read(), principal, id));
  if (!named && (!nominated || !nominated->may_act())) return std::optional<std::string>();
  if (!nominated) return not_found("nomination", "nominee");
  if (!nominated->may_act())
    return conflict("the event for which the nominee was named is not on record", "nominee");
  if (kind == Right::nomination) return invalid("a nominee names no other", "kind");
  if (named && id != context.actor.id && !args.has("evidence"))
    return invalid("a request on behalf of a nominee needs evidence of how it was made", "evidence");
  return std::optional(std::string(id));
}

Object describe(const RightsRequest& request, Instant now, UtcOffset offset) {
  return {{"id", request.id},
          {"kind", name(request.kind)},
          {"principal", is_pseudonym(request.principal) ? boost::json::value() : boost::json::value(request.principal)},
          {"status", name(request.status)},
          {"received_at", format_instant(request.received_at, offset)},
          {"due_at", format_instant(request.due_at, offset)},
          {"overdue", request.open() && now > request.due_at}};
}

Object answer_of(Context& context, const RightsRequest& request) {
  Object out = describe(request, context.now, context.offset());
  if (request.nominee) out["nominee"] = *request.nominee;
  out["contacts"] = contacts_of(context);
  return out;
}

// Arguments

constexpr std::string_view kChannels[] = {"in_app", "email", "post", "telephone", "in_person", "other"};
constexpr std::string_view kFields[] = {"name", "email",      "phone",    "address",
                                        "city", "speciality", "facility", "registration_number",
                                        "birth_date"};
constexpr std::string_view kEvents[] = {"death", "incapacity"};
constexpr std::string_view kFormats[] = {"json", "html"};
constexpr std::string_view kOutcomes[] = {"upheld", "partly_upheld", "not_upheld"};
constexpr std::int64_t kMostRecords = 1'000;
constexpr std::int64_t kMaxText = 4'000;

constexpr Argument kNominee[] = {
    {"id", id, true, "id under which the nominee will act"},
    {"name", line, true, "full name", kMaxName},
    {"email", email, false, "e-mail address"},
    {"phone", phone, false, "telephone number"},
    {"relation", line, false, "what the nominee is to the person", kMaxName},
};
constexpr Argument kAccessDetails[] = {
    {"export", boolean, false, "whether an export of the own data is wanted as well"},
    {"text", text, false, "what was asked", kMaxText},
};
constexpr Argument kCorrectionDetails[] = {
    {"field", choice, true, "which detail is wrong or missing", 0, kFields},
    {"value", text, true, "what it should be", kMaxText},
    {"evidence", id, false, "reference to the evidence"},
};
constexpr Argument kErasureDetails[] = {
    {"records", ids, false, "only these records; everything when not given", kMostRecords},
    {"text", text, false, "what was asked", kMaxText},
};
constexpr Argument kGrievanceDetails[] = {
    {"text", text, true, "the complaint", kMaxText},
    {"about", id, false, "the request it is about"},
};
constexpr Argument kNominationDetails[] = {
    {"nominee", object, true, "who is to act", 0, {}, kNominee},
};
constexpr std::span<const Argument> details_for(Right kind) {
  switch (kind) {
    case Right::access:
      return kAccessDetails;
    case Right::correction:
      return kCorrectionDetails;
    case Right::erasure:
      return kErasureDetails;
    case Right::grievance:
      return kGrievanceDetails;
    case Right::nomination:
      return kNominationDetails;
  }
  return {};
}

// Whether two spellings reach the same person.
bool same_contact(std::string_view a, const std::optional<std::string>& b,
                  Result<std::string> (*normalise)(std::string_view)) {
  if (a.empty() || !b) return false;
  const Result<std::string> one = normalise(a);
  const Result<std::string> other = normalise(*b);
  return one && other ? *one == *other : a == *b;
}

// Whether the id is an organisation's, and nobody's.
Result<bool> is_organisation(ReadTransaction& tx, std::string_view id) {
  CONNEX_TRY(organisation, find_organisation(tx, id));
  if (!organisation) return false;
  CONNEX_TRY(person, find_account(tx, id));
  return !person;
}

// A nominee is a person, and somebody else than the principal, by id and by every way to reach them.
Result<void> check_nominee(Context& context, std::string_view principal, const Object& nominee,
                           std::string_view argument) {
  const Arguments given(nominee);
  const auto same = [&] { return invalid("the nominee must be another person than the principal", argument); };
  if (given.text("id") == principal) return same();
  if (given.text("id") == "system") return invalid("the id is reserved", argument);
  CONNEX_TRY(organisation, is_organisation(context.read(), given.text("id")));
  if (organisation) return invalid("the nominee must be a person, not an organisation", argument);
  CONNEX_TRY(person, find_principal(context.read(), principal));
  if (!person) return {};
  if (same_contact(given.text("email"), person->email, evidence::normalise_email)) return same();
  if (same_contact(given.text("phone"), person->phone, evidence::normalise_phone)) return same();
  return {};
}

// Handlers

// The request is over: from now on its own period runs.
Result<void> close(Context& context, const RightsRequest& request) {
  CONNEX_CHECK(save(context.write(), Save::update, request));
  const Cell key[] = {std::string_view(request.id)};
  CONNEX_TRY(record, find_record(context.read(), record_id(rights_request::kTable, key)));
  return record ? restart_record(context, *record, context.now) : Result<void>();
}

Result<Outcome> rights_submit(Context& context, const Arguments& args) {
  const Right kind = *from_name<Right>(args.text("kind"));
  const std::string_view principal = args.text("principal");
  CONNEX_TRY(allowed, may_speak_for(context, principal));
  if (!allowed) return outside_scope();
  const Instant received = args.has("received_at") ? args.instant("received_at") : context.now;
  if (received > context.now) return invalid("the request lies in the future", "received_at");
  static const Object& kNothing = *new Object;
  const Object& details = args.has("details") ? *args.object("details") : kNothing;
  CONNEX_CHECK(validate(details, details_for(kind), "/args/details"));
  if (kind == Right::nomination)
    CONNEX_CHECK(
        check_nominee(context, principal, details.at("nominee").get_object(), "details/nominee"));
  if (kind == Right::correction && details.at("field") == "registration_number" &&
      !details.contains("evidence"))
    return invalid("a registration number is corrected on evidence", "details/evidence");
  CONNEX_TRY(person, find_account(context.read(), principal));
  if (!person) return not_found("principal", "principal");
  if (details.contains("records"))
    for (const std::string& id : Arguments(details).ids("records")) {
      CONNEX_TRY(record, find_record(context.read(), id));
      if (!record) return not_found("record", "details/records");
      CONNEX_TRY(subjects, list_subjects(context.read(), id));
      if (std::find(subjects.begin(), subjects.end(), principal) == subjects.end()) return outside_scope();
    }
  CONNEX_TRY(nominee, nominee_behind(context, args, kind));
  CONNEX_TRY(taken, find_request(context.read(), args.text("id")));
  if (taken) return conflict("a request of this id exists", "id");
  CONNEX_TRY(open, find_open(context.read(), principal, kind));
  if (open)
    return conflict(fmt::format("a request of this kind is open already: `{}`, due {}", open->id,
                                format_instant(open->due_at, context.offset())),
                    "kind");

  RightsRequest request;
  request.id = args.text("id");
  request.kind = kind;
  request.principal = principal;
  request.channel = args.text("channel");
  request.submitted_by = context.actor.id;
  request.received_at = received;
  request.submitted_at = context.now;
  request.due_at = response_deadline(context.policy.rights, context.offset(), kind, received).due_at;
  request.details = json::canonical(details);
  request.nominee = std::move(nominee);
  CONNEX_CHECK(save(context.write(), Save::insert, request));
  Row row;
  const Cell key[] = {std::string_view(request.id)};
  CONNEX_TRY(saved, context.read().get(rights_request::kTable, key, row));
  if (saved) CONNEX_CHECK(keep_request(context, row));
  if (kind == Right::grievance || kind == Right::correction) CONNEX_CHECK(dispute_minor_report(context, *person));
  if (kind != Right::erasure) CONNEX_CHECK(review_records_of(context, principal));
  Outcome outcome;
  outcome.object = request.id;
  outcome.subjects = {request.principal};
  outcome.details = {{"kind", std::string(name(kind))}, {"channel", request.channel}};
  if (request.nominee) outcome.details.push_back({"nominee", *request.nominee});
  if (args.has("evidence")) outcome.details.push_back({"evidence", std::string(args.text("evidence"))});
  outcome.result = answer_of(context, request);
  outcome.obligations.push_back({{"answer_rights_request", kDpo, "C8-g"}, request.due_at, ""});
  // Who was entered by an organisation is its business first: it gets the request, and the clock is the same (X46).
  if (person->source == "organisation" && person->organisation) {
    CONNEX_CHECK(owe_notice(context, {.recipient = *person->organisation,
                                      .kind = "rights_request",
                                      .about = request.id,
                                      .clause = "C8-g",
                                      .due_at = request.due_at}));
    outcome.result["routed_to"] = *person->organisation;
  }
  return outcome;
}

// Nobody judges in their own cause: of what is about them, or what they asked for as a nominee, another of the operator's
// people decides.
bool is_own(const Actor& actor, const RightsRequest& request) {
  return actor.id == request.principal || actor.id == request.nominee;
}

Result<Outcome> rights_verify(Context& context, const Arguments& args) {
  CONNEX_TRY(request, find_request(context.read(), args.text("id")));
  if (!request) return not_found("request", "id");
  if (request->status != RequestStatus::received)
    return conflict("the request does not wait for a proof of identity", "id");
  if (is_own(context.actor, *request)) return outside_scope();
  request->status = RequestStatus::verified;
  request->verified_at = context.now;
  request->evidence = args.text("evidence");
  CONNEX_TRY(nominated, find_nomination(context.read(), request->principal, request->asked_by()));
  CONNEX_CHECK(save(context.write(), Save::update, *request));
  if (nominated && nominated->status == NominationStatus::invoked && !nominated->verified_at) {
    nominated->verified_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, *nominated));
    CONNEX_CHECK(review_records_of(context, request->principal));
  }
  Outcome outcome;
  outcome.object = request->id;
  outcome.subjects = {request->principal};
  outcome.details = {{"evidence", *request->evidence}};
  outcome.result = answer_of(context, *request);
  return outcome;
}

// A nomination adds to those before; nominee.revoke takes one back. Revoked ones stay as such, and are few.
constexpr std::size_t kMostNominees = 10;
constexpr std::size_t kMostNominations = 100;

Result<Outcome> answer_nomination(Context& context, const RightsRequest& request, const Arguments& args) {
  Object nominee;
  if (args.has("nominee")) {
    nominee = *args.object("nominee");
  } else {
    CONNEX_TRY(details, json::parse(request.details.value_or("{}")));
    if (const auto* named = details.get_object().if_contains("nominee")) nominee = named->get_object();
  }
  if (nominee.empty()) return invalid("a nominee is needed", "nominee");
  CONNEX_CHECK(check_nominee(context, request.principal, nominee, "nominee"));
  const std::string id(nominee.at("id").get_string());
  CONNEX_TRY(existing, find_nomination(context.read(), request.principal, id));
  if (existing && existing->may_act()) return conflict("the nomination was invoked already", "nominee");
  CONNEX_TRY(all, list_nominations(context.read(), request.principal));
  boost::json::array nominees{id};
  for (const Nomination& n : all)
    if (n.status != NominationStatus::revoked && n.nominee != id) nominees.emplace_back(n.nominee);
  if (nominees.size() > kMostNominees || (!existing && all.size() >= kMostNominations))
    return conflict("a person has at most 10 nominees: revoke one first", "nominee");
  Nomination value{.principal = request.principal,
                   .nominee = id,
                   .status = NominationStatus::nominated,
                   .nominated_at = context.now,
                   .event = {},
                   .evidence = {},
                   .invoked_at = {},
                   .verified_at = {},
                   .decided_at = {},
                   .details = json::canonical(nominee)};
  CONNEX_CHECK(save(context.write(), existing ? Save::update : Save::insert, value));
  Outcome outcome;
  outcome.details = {{"nominee", id}};
  outcome.result = {{"nominee", id}, {"nominees", std::move(nominees)}};
  return outcome;
}

Result<Outcome> answer_grievance(Context& context, const Arguments& args) {
  if (!args.has("outcome")) return invalid("the outcome is needed", "outcome");
  Outcome outcome;
  outcome.details = {{"outcome", std::string(args.text("outcome"))}};
  outcome.result = {{"outcome", args.text("outcome")}, {"board", contacts_in_effect(context.policies, context.now).board_text}};
  return outcome;
}

Result<Outcome> answer(Context& context, const RightsRequest& request, const Arguments& args) {
  switch (request.kind) {
    case Right::access:
      return answer_access(context, request, args.has("format") ? args.text("format") : "json");
    case Right::correction:
      return answer_correction(context, request, args);
    case Right::erasure:
      return answer_erasure(context, request);
    case Right::grievance:
      return answer_grievance(context, args);
    case Right::nomination:
      return answer_nomination(context, request, args);
  }
  return invalid("unknown kind", "id");
}

// Whether all of the person is to be erased, not some records alone.
Result<bool> is_whole_erasure(const RightsRequest& request) {
  if (request.kind != Right::erasure) return false;
  CONNEX_TRY(details, json::parse(request.details.value_or("{}")));
  return !details.get_object().contains("records");
}

// A nominee has decided once all of the person is erased at their request (X49). One that is refused decides nothing, and
// neither does one for some records alone: the time to decide runs on.
Result<void> note_decision(Context& context, const RightsRequest& request, Instant at) {
  CONNEX_TRY(nominated, find_nomination(context.read(), request.principal, request.asked_by()));
  if (!nominated || nominated->status != NominationStatus::invoked) return {};
  nominated->status = NominationStatus::decided;
  nominated->decided_at = at;
  CONNEX_CHECK(save(context.write(), Save::update, *nominated));
  return review_records_of(context, request.principal);
}

// The arguments of `rights.resolve`, and the kind of request that each is for.
constexpr std::pair<std::string_view, Right> kAnswerFor[] = {
    {"format", Right::access},       {"field", Right::correction},  {"value", Right::correction},
    {"evidence", Right::correction}, {"outcome", Right::grievance}, {"nominee", Right::nomination},
};

Result<Outcome> rights_resolve(Context& context, const Arguments& args) {
  CONNEX_TRY(request, find_request(context.read(), args.text("id")));
  if (!request) return not_found("request", "id");
  for (const auto& [argument, kind] : kAnswerFor)
    if (args.has(argument) && kind != request->kind)
      return invalid(fmt::format("a request of kind `{}` is not answered with it", name(request->kind)), argument);
  if (!request->open()) return conflict("the request is closed", "id");
  if (is_own(context.actor, *request)) return outside_scope();
  FactsOf<kRightsAnswer> facts;
  facts.set("identity_verified",
            request->verified_at.has_value() || request->kind == Right::grievance);
  Outcome use = decide(facts);
  use.object = request->id;
  use.subjects = {request->principal};
  if (!use.decision.permitted()) {
    use.result = answer_of(context, *request);
    return use;
  }

  // Who asks by themselves is there: what was told of them must be taken back before anything goes on their word (C8-e).
  if (request->kind == Right::erasure && !request->nominee && request->verified_at) {
    CONNEX_TRY(nominations, list_nominations(context.read(), request->principal));
    for (const Nomination& n : nominations)
      if (n.status == NominationStatus::invoked && n.invoked_at && *n.invoked_at < request->received_at)
        return conflict("the person asks, of whom an event is on record: nominee.clear_event comes first", "id");
  }

  RightsRequest closed = *request;
  closed.status = RequestStatus::resolved;
  closed.closed_at = context.now;
  // What the nominee decides ends the suspension that waited for it, and a request that is answered no longer pins
  // what it is answered from: plan and summary tell of the time after it.
  const bool of_retention = request->kind == Right::access || request->kind == Right::erasure;
  if (of_retention) {
    CONNEX_TRY(whole, is_whole_erasure(*request));
    if (whole) CONNEX_CHECK(note_decision(context, *request, context.now));
    CONNEX_CHECK(close(context, closed));
  }
  CONNEX_TRY(outcome, answer(context, *request, args));
  if (!of_retention) CONNEX_CHECK(close(context, closed));
  if (request->kind != Right::erasure) CONNEX_CHECK(review_records_of(context, request->principal));
  Object result = answer_of(context, closed);
  for (auto& member : outcome.result) result[member.key()] = std::move(member.value());
  outcome.result = std::move(result);
  outcome.facts = use.facts;
  outcome.decision = use.decision;
  outcome.object = request->id;
  outcome.subjects.insert(outcome.subjects.begin(), request->principal);
  outcome.details.push_back({"kind", std::string(name(request->kind))});
  return std::move(outcome);
}

// What the person is told, as they or their nominee may read it: of the pharma side, with nothing in it of how to reach
// anybody (C1-b).
Result<std::string> as_told(Context& context, const RightsRequest& request, std::string_view text) {
  std::string told(text);
  std::string read;
  std::vector<Finding> findings;
  for (const std::string& reader : {request.principal, request.nominee.value_or(request.principal)}) {
    CONNEX_TRY(person, find_principal(context.read(), reader));
    if (!person || context.policy.rule(person->role).side != Side::pharma) continue;
    CONNEX_TRY(known, known_between(context, context.actor.id, &*person, told));
    CONNEX_TRY(redactor, Redactor::make(context.policy, "message", std::move(known)));
    CONNEX_CHECK(redact(told, redactor->options(), read, findings));
    told = read;
  }
  return told;
}

Result<Outcome> rights_refuse(Context& context, const Arguments& args) {
  CONNEX_TRY(request, find_request(context.read(), args.text("id")));
  if (!request) return not_found("request", "id");
  if (!request->open()) return conflict("the request is closed", "id");
  if (is_own(context.actor, *request)) return outside_scope();
  if (find_clause(args.text("clause")) == nullptr) return invalid("no such clause", "clause");
  CONNEX_TRY(details, json::parse(request->details.value_or("{}")));
  CONNEX_TRY(reason, as_told(context, *request, args.text("reason")));
  details.get_object()["refusal"] = reason;
  request->details = json::canonical(details);
  request->status = RequestStatus::refused;
  request->closed_at = context.now;
  request->clause = args.text("clause");
  CONNEX_CHECK(close(context, *request));
  if (request->kind != Right::erasure) CONNEX_CHECK(review_records_of(context, request->principal));
  Outcome outcome;
  outcome.object = request->id;
  outcome.subjects = {request->principal};
  outcome.details = {{"clause", *request->clause}};
  outcome.result = answer_of(context, *request);
  outcome.result["clause"] = *request->clause;
  outcome.result["reason"] = reason;
  outcome.private_to = request->principal;
  outcome.result["board"] = contacts_in_effect(context.policies, context.now).board_text;
  return outcome;
}

// Who is not content with an answer complains first: whether a grievance of the person was closed since, or is not answered
// in its time (section 13(3)).
Result<bool> complained_since(ReadTransaction& tx, const RightsRequest& answered, Instant now) {
  namespace t = rights_request;
  bool heard = false;
  for (std::size_t s = 0; !heard && s < kCountOf<RequestStatus>; ++s) {
    const auto status = static_cast<RequestStatus>(s);
    const Cell equal[] = {std::string_view(answered.principal), name(Right::grievance), name(status)};
    CONNEX_CHECK(Vault::stored(tx).visit(
        t::kTable, {.index = &t::kByPrincipal, .equal = equal, .limit = store::kNoLimit},
        [&](store::RowView row) -> Result<bool> {
          const bool since = !answered.closed_at || row.integer(t::submitted_at) >= answered.closed_at->micros;
          heard = since && (!is_open(status) || now.micros > row.integer(t::due_at));
          return !heard;
        }));
  }
  return heard;
}

Result<Outcome> rights_escalate(Context& context, const Arguments& args) {
  CONNEX_TRY(request, find_request(context.read(), args.text("id")));
  if (!request) return not_found("request", "id");
  CONNEX_TRY(allowed, may_speak_for(context, request->principal));
  if (!allowed) return outside_scope();
  if (request->status == RequestStatus::escalated) return conflict("the request was escalated already", "id");
  if (is_pseudonym(request->principal)) return conflict("the request names nobody any more", "id");
  // A receipt before the submission that only the requester tells of hastens the answer; the time to give one stays.
  const bool own_word = request->submitted_by == request->principal || request->submitted_by == request->nominee;
  const std::int64_t told_late = own_word ? request->submitted_at.micros - request->received_at.micros : 0;
  FactsOf<kRightsEscalate> facts;
  const bool too_late = request->open() && context.now.micros > request->due_at.micros + told_late;
  bool exhausted = too_late || request->status == RequestStatus::refused ||
                   (request->kind == Right::grievance && !request->open());
  if (!exhausted && !request->open()) {
    CONNEX_TRY(heard, complained_since(context.read(), *request, context.now));
    exhausted = heard;
  }
  facts.set("own_remedy_exhausted", exhausted);
  Outcome outcome = decide(facts);
  outcome.object = request->id;
  outcome.subjects = {request->principal};
  if (!outcome.decision.permitted()) {
    outcome.result = answer_of(context, *request);
    if (!request->open()) outcome.result["remedy"] = name(Right::grievance);
    return outcome;
  }
  if (!request->open()) {  // one that is overdue must be answered all the same
    request->status = RequestStatus::escalated;
    CONNEX_CHECK(save(context.write(), Save::update, *request));
  }
  outcome.result = answer_of(context, *request);
  const Contacts& contacts = contacts_in_effect(context.policies, context.now);
  outcome.result["board"] = {{"name", contacts.board_name}, {"text", contacts.board_text}};
  return outcome;
}

// Whether something that a request erases is due and there still: what kept it has ended, and no sweep has come by since.
// Nobody knows where that is of more records than `left`, of which those are taken that are looked at.
Result<std::optional<bool>> waits_for_sweep(Context& context, const RightsRequest& asked, std::uint32_t& left) {
  CONNEX_TRY(person, find_account(context.read(), asked.principal));
  if (person && person->erasure_accepted_at && person->erasure_accepted_at == asked.closed_at &&
      person->status != AccountStatus::erased) {
    CONNEX_TRY(decision, evaluate_account(context, *person));
    if (decision.state == RetentionState::due) return std::optional(true);
  }
  const Cell equal[] = {std::string_view(asked.id)};
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(record_subject::kTable,
                                   {.index = &record_subject::kByRequest, .equal = equal, .limit = left + 1}, rows));
  if (rows.size() > left) return std::optional<bool>();
  left -= static_cast<std::uint32_t>(rows.size());
  const RetentionRules rules(context);
  for (const Row& row : rows) {
    CONNEX_TRY(record, find_record(context.read(), row.bytes(record_subject::record)));
    if (!record || record->state == RecordState::ordered) continue;
    CONNEX_TRY(evaluation, evaluate_record(context, rules, *record));
    if (evaluation.decision.state == RetentionState::due) return std::optional(true);
  }
  return std::optional(false);
}

// Whether all that a request led to has happened: nothing that was accepted waits for its time, no entry of the log is
// there whose time has come, all orders and notices are confirmed.
Result<std::optional<bool>> is_executed(Context& context, const RightsRequest& asked, std::uint32_t& left) {
  ReadTransaction& tx = context.read();
  const std::string_view request = asked.id;
  const Cell equal[] = {request, "pending"};
  std::vector<Row> pending;
  CONNEX_CHECK(tx.scan(record_subject::kTable,
                       {.index = &record_subject::kByRequest, .equal = std::span(equal).first(1), .from = 0, .limit = 1},
                       pending));
  if (!pending.empty()) return std::optional(false);
  namespace e = entry_erasure;
  Row entries;
  const Cell person[] = {std::string_view(asked.principal)};
  CONNEX_TRY(found, tx.get(e::kTable, person, entries));
  if (found && entries.bytes(e::request) == request && entries.integer(e::next_at) <= context.now.micros)
    return std::optional(false);
  CONNEX_CHECK(tx.scan(disposition_order::kTable,
                       {.index = &disposition_order::kByRequest, .equal = equal, .limit = 1}, pending));
  if (pending.empty())
    CONNEX_CHECK(tx.scan(notice::kTable, {.index = &notice::kByRequest, .equal = equal, .limit = 1}, pending));
  if (!pending.empty()) return std::optional(false);
  CONNEX_TRY(waits, waits_for_sweep(context, asked, left));
  return waits ? std::optional(!*waits) : std::optional<bool>();
}

// What the answer has no room for, to those whom the answer is for.
Result<Outcome> rights_items(Context& context, const Arguments& args) {
  CONNEX_TRY(request, find_request(context.read(), args.text("request")));
  if (!request) return not_found("request", "request");
  const Actor& actor = context.actor;
  if (!actor.is_system() && !actor.is(Role::data_protection_officer)) {
    CONNEX_TRY(allowed, may_speak_for(context, request->principal));
    if (!allowed || is_auditor(actor)) return outside_scope();
  }
  const bool erasure = request->kind == Right::erasure;
  if (!erasure && request->kind != Right::access)
    return conflict("only an access or an erasure is answered item by item", "request");
  if (is_pseudonym(request->principal)) return conflict("the request names nobody any more", "request");
  if (!request->was_resolved()) return conflict("the request was not answered", "request");
  CONNEX_TRY(outcome, list_items(context, *request, args.text("after"),
                                 args.has("limit") ? static_cast<std::uint32_t>(args.integer("limit")) : 100));
  concern(outcome, request->principal);
  outcome.result["contacts"] = contacts_of(context);
  return std::move(outcome);
}

// In the order of their due dates; the page after the request `after`. Those about one person are few: of these the
// status is looked at last, and a page may hold less than its limit.
Result<Outcome> rights_list(Context& context, const Arguments& args) {
  namespace t = rights_request;
  const bool handles = is_auditor(context.actor);
  const std::string_view principal =
      args.has("principal") || handles ? args.text("principal") : std::string_view(context.actor.id);
  if (!handles) {
    CONNEX_TRY(allowed, may_speak_for(context, principal));
    if (!allowed) return outside_scope();
  }
  const bool of_person = !principal.empty();
  const bool of_status = args.has("status");
  const Cell equal[] = {of_person ? principal : args.text("status")};
  store::Range range{.index = of_person ? &t::kByPerson : of_status ? &t::kByStatus : &t::kByDue, .limit = 100};
  if (args.has("limit")) range.limit = static_cast<std::uint32_t>(args.integer("limit"));
  if (of_person || of_status) range.equal = equal;
  if (args.has("due_before")) range.below = args.instant("due_before").micros;
  std::array<Cell, 2> position;
  std::string after;
  if (args.has("after")) {
    CONNEX_TRY(last, find_request(context.read(), args.text("after")));
    if (!last || (of_person && last->principal != principal)) return not_found("request", "after");
    after = last->id;
    position = {Cell(last->due_at.micros), Cell(std::string_view(after))};
    range.after = position;
  }
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(t::kTable, range, rows));
  boost::json::array requests;
  std::uint32_t left = 1'000;  // records to look at, of all requests of the page
  for (const Row& row : rows) {
    if (of_status && row.bytes(t::status) != args.text("status")) continue;
    CONNEX_TRY(request, read_request(row));
    requests.push_back(describe(request, context.now, context.offset()));
    if (!request.was_resolved()) continue;
    CONNEX_TRY(executed, is_executed(context, request, left));
    requests.back().get_object()["executed"] = executed ? boost::json::value(*executed) : boost::json::value();
  }
  Outcome outcome;
  outcome.result = {
      {"requests", std::move(requests)}, {"next", nullptr}, {"contacts", contacts_of(context)}};
  if (rows.size() == range.limit) outcome.result["next"] = rows.back().bytes(t::id);
  return outcome;
}

// What has to be done by a day, until it is done: by the columns of one table and index, of rows in a state where they have
// one.
struct Watched {
  std::string_view what;
  const store::Table& table;
  const store::Index& index;
  std::string_view state;
  std::size_t due;
  std::span<const std::pair<std::string_view, std::size_t>> told;  // name in the report, column
};
constexpr std::pair<std::string_view, std::size_t> kOrderTold[] = {{"id", disposition_order::id},
                                                                   {"record", disposition_order::record},
                                                                   {"request", disposition_order::request},
                                                                   {"kind", disposition_order::kind},
                                                                   {"clause", disposition_order::clause}};
constexpr std::pair<std::string_view, std::size_t> kNoticeTold[] = {
    {"id", notice::id},           {"kind", notice::kind},       {"recipient", notice::recipient},
    {"request", notice::request}, {"clause", notice::clause}};
constexpr std::pair<std::string_view, std::size_t> kReviewTold[] = {{"id", hold::id}, {"basis", hold::basis}};
constexpr std::pair<std::string_view, std::size_t> kErasureTold[] = {{"record", record_subject::record},
                                                                     {"request", record_subject::erasure_request}};
constexpr Watched kWatched[] = {
    {"record_erasure", record_subject::kTable, record_subject::kByDue, "", record_subject::due_at, kErasureTold},
    {"disposition_order", disposition_order::kTable, disposition_order::kByDue, "pending", disposition_order::due_at,
     kOrderTold},
    {"notice", notice::kTable, notice::kByDue, "pending", notice::due_at, kNoticeTold},
    {"hold_review", hold::kTable, hold::kByState, "placed", hold::review_at, kReviewTold},
};

// What is overdue, and what is about to be.
struct DueLists {
  boost::json::array at_risk;
  boost::json::array overdue;

  void add(Instant due, std::int64_t warning, Instant now, Object described) {
    const bool late = deadline_state(due, warning, now) == DeadlineState::overdue;
    described["overdue"] = late;
    (late ? overdue : at_risk).push_back(std::move(described));
  }
};

// A request is over when it is answered and the answer is carried out (X22): those that are not, and the single steps
// that are still to be taken, reviews of holds among them (X17).
Result<Outcome> report_deadlines(Context& context, const Arguments& args) {
  namespace t = rights_request;
  constexpr std::int64_t kWarningDays = 7;
  constexpr std::uint32_t kMost = 1'000;
  const std::int64_t days = args.has("warning_days") ? args.integer("warning_days") : kWarningDays;
  const std::int64_t warning = days * kMicrosPerDay;
  const std::int64_t below = context.now.micros + warning + 1;
  DueLists requests;
  DueLists steps;
  std::set<std::string, std::less<>> unexecuted;
  bool more = false;
  for (const RequestStatus status : {RequestStatus::received, RequestStatus::verified}) {
    const Cell equal[] = {name(status)};
    std::vector<Row> rows;
    CONNEX_CHECK(context.read().scan(
        t::kTable, {.index = &t::kByStatus, .equal = equal, .below = below, .limit = kMost}, rows));
    more = more || rows.size() == kMost;
    for (const Row& row : rows) {
      CONNEX_TRY(request, read_request(row));
      requests.add(request.due_at, warning, context.now, describe(request, context.now, context.offset()));
    }
  }
  for (const Watched& watched : kWatched) {
    const Cell equal[] = {watched.state};
    std::vector<Row> rows;
    CONNEX_CHECK(context.read().scan(
        watched.table,
        {.index = &watched.index, .equal = std::span(equal).first(watched.state.empty() ? 0 : 1), .from = 0, .below = below,
         .limit = kMost},
        rows));
    more = more || rows.size() == kMost;
    for (const Row& row : rows) {
      const Instant due{row.integer(watched.due)};
      Object described{
          {"what", watched.what}, {"due_at", format_instant(due, context.offset())}, {"request", nullptr}};
      for (const auto& [told, column] : watched.told)
        if (!row.bytes(column).empty()) described[told] = row.bytes(column);
      if (const auto* request = described.at("request").if_string()) unexecuted.emplace(*request);
      steps.add(due, warning, context.now, std::move(described));
    }
  }
  std::vector<Row> entries;
  CONNEX_CHECK(context.read().scan(
      entry_erasure::kTable,
      {.index = &entry_erasure::kByNext, .from = 0, .below = context.now.micros + 1, .limit = kMost}, entries));
  more = more || entries.size() == kMost;
  for (const Row& row : entries) {
    namespace e = entry_erasure;
    CONNEX_TRY(request, find_request(context.read(), row.bytes(e::request)));
    const Instant next{row.integer(e::next_at) + kMicrosPerDay};
    const Instant due = request ? std::max(request->due_at, next) : next;
    if (due.micros >= below) continue;
    if (request) unexecuted.insert(request->id);
    steps.add(due, warning, context.now,
              {{"what", "entry_erasure"},
               {"due_at", format_instant(due, context.offset())},
               {"request", row.bytes(e::request)},
               {"clause", "C8-c"}});
  }
  std::vector<Row> minors;
  CONNEX_CHECK(context.read().scan(
      principal::kTable, {.index = &principal::kByMinorDue, .from = 0, .below = below, .limit = kMost}, minors));
  more = more || minors.size() == kMost;
  for (const Row& row : minors) {
    CONNEX_TRY(child, find_account(context.read(), row.bytes(principal::id)));
    if (!child || !child->minor_due) continue;
    CONNEX_TRY(decision, evaluate_account(context, *child));
    if (decision.state == RetentionState::held && !child->awaits_word()) continue;  // by order of a court, or the like
    steps.add(*child->minor_due, warning, context.now,
              {{"what", child->awaits_word() ? "minor_report" : "minor_erasure"},
               {"due_at", format_instant(*child->minor_due, context.offset())},
               {"request", nullptr},
               {"id", child->id},
               {"clause", "C10-c"}});
  }
  for (const std::string& id : unexecuted) {
    CONNEX_TRY(request, find_request(context.read(), id));
    if (!request || !request->was_resolved() || request->due_at.micros >= below) continue;
    Object described = describe(*request, context.now, context.offset());
    described["executed"] = false;
    requests.add(request->due_at, warning, context.now, std::move(described));
  }
  Outcome outcome;
  outcome.result = {{"at_risk", std::move(requests.at_risk)},
                    {"overdue", std::move(requests.overdue)},
                    {"steps", {{"at_risk", std::move(steps.at_risk)}, {"overdue", std::move(steps.overdue)}}},
                    {"more", more},
                    {"contacts", contacts_of(context)}};
  return outcome;
}

Result<Outcome> nominee_invoke(Context& context, const Arguments& args) {
  CONNEX_TRY(person, find_account(context.read(), args.text("principal")));
  if (!person) return not_found("principal", "principal");
  CONNEX_TRY(nominated, find_nomination(context.read(), person->id, args.text("nominee")));
  if (!nominated) return not_found("nomination", "nominee");
  if (context.actor.id == nominated->nominee) return outside_scope();
  if (nominated->status == NominationStatus::revoked) return conflict("the nomination was revoked", "nominee");
  if (nominated->status != NominationStatus::nominated)
    return conflict("the nomination was invoked already", "nominee");
  CONNEX_TRY(organisation, is_organisation(context.read(), nominated->nominee));
  if (organisation) return conflict("the nominee has become an organisation", "nominee");
  nominated->status = NominationStatus::invoked;
  nominated->event = args.text("event");
  nominated->evidence = args.text("evidence");
  nominated->invoked_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *nominated));
  CONNEX_CHECK(review_records_of(context, person->id));
  // Whoever is alive and well should hear of it before the nominee does anything.
  CONNEX_CHECK(owe_notice(context, {.recipient = person->id,
                                    .kind = "nominee_invoked",
                                    .about = nominated->nominee,
                                    .clause = "C8-e",
                                    .due_at = context.now}));
  Outcome outcome;
  concern(outcome, person->id);
  outcome.details = {{"nominee", nominated->nominee},
                     {"event", *nominated->event},
                     {"evidence", *nominated->evidence}};
  outcome.result = {{"principal", person->id},
                    {"nominee", nominated->nominee},
                    {"event", *nominated->event},
                    {"disposal_suspended_from", format_instant(context.now, context.offset())},
                    {"contacts", contacts_of(context)}};
  return outcome;
}

// The person takes a nomination back, or somebody of the operator in their place, on evidence.
Result<Outcome> nominee_revoke(Context& context, const Arguments& args) {
  const std::string_view principal = args.text("principal");
  const bool own = context.actor.id == principal;
  if (!own && !is_auditor(context.actor)) return outside_scope();
  if (!own && !args.has("evidence"))
    return invalid("a nomination is revoked by the person, or on evidence that the person asked", "evidence");
  CONNEX_TRY(nominated, find_nomination(context.read(), principal, args.text("nominee")));
  if (!nominated) return not_found("nomination", "nominee");
  if (nominated->status == NominationStatus::revoked) return conflict("the nomination was revoked", "nominee");
  if (nominated->may_act()) return conflict("the event is on record: it must be taken back first", "nominee");
  nominated->status = NominationStatus::revoked;
  nominated->details.reset();
  CONNEX_CHECK(save(context.write(), Save::update, *nominated));
  Outcome outcome;
  concern(outcome, principal);
  outcome.details = {{"nominee", nominated->nominee}};
  if (args.has("evidence")) outcome.details.push_back({"evidence", std::string(args.text("evidence"))});
  outcome.result = {{"principal", principal},
                    {"nominee", nominated->nominee},
                    {"status", name(nominated->status)},
                    {"contacts", contacts_of(context)}};
  return outcome;
}

// The event did not happen: the nominee may not act any more, and what the nominee asked for is refused.
Result<Outcome> nominee_clear_event(Context& context, const Arguments& args) {
  const std::string_view principal = args.text("principal");
  CONNEX_TRY(nominated, find_nomination(context.read(), principal, args.text("nominee")));
  if (!nominated) return not_found("nomination", "nominee");
  if (!nominated->may_act()) return conflict("no event is on record", "nominee");
  if (context.actor.id == nominated->nominee) return outside_scope();
  nominated->status = NominationStatus::nominated;
  nominated->event.reset();
  nominated->evidence.reset();
  nominated->invoked_at.reset();
  nominated->verified_at.reset();
  nominated->decided_at.reset();
  CONNEX_CHECK(save(context.write(), Save::update, *nominated));
  boost::json::array refused;
  for (std::size_t kind = 0; kind < kCountOf<Right>; ++kind) {
    CONNEX_TRY(open, find_open(context.read(), principal, static_cast<Right>(kind)));
    if (!open || open->asked_by() != nominated->nominee || open->asked_by() == principal) continue;
    open->status = RequestStatus::refused;
    open->closed_at = context.now;
    open->clause = "C8-e";
    CONNEX_CHECK(close(context, *open));
    refused.emplace_back(open->id);
  }
  CONNEX_CHECK(review_records_of(context, principal));
  Outcome outcome;
  concern(outcome, principal);
  outcome.details = {{"nominee", nominated->nominee}, {"evidence", std::string(args.text("evidence"))}};
  outcome.result = {{"principal", principal},
                    {"nominee", nominated->nominee},
                    {"status", name(nominated->status)},
                    {"refused", std::move(refused)},
                    {"contacts", contacts_of(context)}};
  return outcome;
}

constexpr Argument kSubmit[] = {
    {"id", id, true, "id of the request"},
    {"kind", choice, true, "what is asked", 0, Names<Right>::list},
    {"principal", id, true, "whose data it is about"},
    {"channel", choice, true, "how the request came", 0, kChannels},
    {"received_at", instant, false,
     "when it came, which starts the clock, also before the person was registered here; now when not given"},
    {"details", object, false, "by kind: {field, value, evidence?}, {records?}, {text}, {nominee}"},
    {"nominee", id, false, "the person's nominee who asks, once the event is on record; on evidence"},
    {"evidence", id, false, "reference to what shows how the nominee asked"},
};
constexpr Argument kVerify[] = {
    {"id", id, true, "id of the request"},
    {"evidence", id, true, "reference to the proof of identity"},
};
constexpr Argument kResolve[] = {
    {"id", id, true, "id of the request"},
    {"format", choice, false, "of the summary, for access", 0, kFormats},
    {"field", choice, false, "what is corrected; as asked when not given", 0, kFields},
    {"value", text, false, "what it becomes; as asked when not given", kMaxText},
    {"evidence", id, false, "reference to the evidence of a correction"},
    {"outcome", choice, false, "of a grievance", 0, kOutcomes},
    {"nominee", object, false, "of a nomination; as asked when not given", 0, {}, kNominee},
};
constexpr Argument kRefuse[] = {
    {"id", id, true, "id of the request"},
    {"reason", text, true, "why, for the person", kMaxText},
    {"clause", id, true, "the clause it rests on"},
};
constexpr Argument kRequestId[] = {{"id", id, true, "id of the request"}};
constexpr Argument kItems[] = {
    {"request", id, true, "id of the request for access or erasure that was answered"},
    {"after", id, false, "`items_next` or `plan_next` of the answer, or `next` of the page before"},
    how_many("limit", "how many records to look at, at most; 100 when not given", 1'000),
};
constexpr Argument kList[] = {
    {"principal", id, false, "only those about this person"},
    {"status", choice, false, "only those with this status", 0, Names<RequestStatus>::list},
    {"due_before", instant, false, "only those due before"},
    how_many("limit", "at most how many; 100 when not given", 1'000),
    {"after", id, false, "the last request of the page before"},
};
constexpr Argument kDeadlines[] = {
    {"warning_days", integer, false, "how many days before its end a deadline is at risk; 7 when not given",
     365},
};
constexpr Argument kInvoke[] = {
    {"principal", id, true, "who died or became incapable"},
    {"nominee", id, true, "who was named to act"},
    {"event", choice, true, "what happened", 0, kEvents},
    {"evidence", id, true, "reference to the evidence"},
};
constexpr Argument kRevoke[] = {
    {"principal", id, true, "whose nomination it is"},
    {"nominee", id, true, "who was named to act"},
    {"evidence", id, false, "reference to what shows that the person asked; for anybody but the person"},
};
constexpr Argument kClearEvent[] = {
    {"principal", id, true, "who did not die or become incapable"},
    {"nominee", id, true, "who was named to act"},
    {"evidence", id, true, "reference to the evidence"},
};
constexpr std::string_view kSubmitClauses[] = {"C8-a", "C8-b", "C8-c", "C8-d", "C8-e",
                                               "C8-f", "C8-g", "C1-h", "C6.4-f", "C6.4-g", "C13-a"};
constexpr std::string_view kResolveClauses[] = {"C8-a", "C8-b", "C8-c", "C8-d", "C8-e", "C8-g", "C13-a"};
constexpr std::string_view kRefuseClauses[] = {"C8-g", "C13-a", "C13-b"};
constexpr std::string_view kEscalateClauses[] = {"C13-a", "C13-b"};
constexpr std::string_view kListClauses[] = {"C8-g"};
constexpr std::string_view kInvokeClauses[] = {"C8-e"};

constexpr Actors kOfficer = actors({Role::data_protection_officer});
constexpr Actors kHandlers = kOperator | kOfficer;

constexpr Command kCommands[] = {
    {"rights.submit", "Takes in a request about a person's data, which starts the clock", changes, kEverybody,
     true, kSubmit, kSubmitClauses, rights_submit, false, false, true},
    {"rights.verify_identity", "Records that it is known who asks", changes, kHandlers, false, kVerify,
     kListClauses, rights_verify},
    {"rights.resolve", "Answers a request: summary, correction, erasure, outcome or nomination", changes,
     kOfficer, false, kResolve, kResolveClauses, rights_resolve},
    {"rights.refuse", "Refuses a request, and says where to turn", changes, kOfficer, false, kRefuse,
     kRefuseClauses, rights_refuse},
    {"rights.escalate", "Points to the Board once the own remedy is exhausted", changes, kEverybody, true,
     kRequestId, kEscalateClauses, rights_escalate, false, false, true},
    {"rights.items",
     "Lists the records that an access tells of, or that an accepted erasure has left, one by one: until when each stays, on "
     "what basis and clause; a page at a time, of which an answer holds the first thousand",
     reports, kEverybody, true, kItems, kResolveClauses, rights_items, false, false, true},
    {"rights.list", "Lists requests by due date; one's own, for who does not handle them", reports, kEverybody, true,
     kList, kListClauses, rights_list, false, false, true},
    {"report.deadlines",
     "Lists the requests not answered and carried out that are overdue or about to be, and the steps to take", reports,
     kHandlers, false, kDeadlines, kListClauses, report_deadlines},
    {"nominee.invoke", "Records the event for which a nominee was named, which suspends disposal", changes,
     kHandlers, false, kInvoke, kInvokeClauses, nominee_invoke},
    {"nominee.revoke", "Takes a nomination back", changes, kEverybody, true, kRevoke, kInvokeClauses,
     nominee_revoke},
    {"nominee.clear_event", "Takes back the event for which a nominee was named: it did not happen", changes,
     kHandlers, false, kClearEvent, kInvokeClauses, nominee_clear_event},
};

}  // namespace

Result<void> restore_request(Context& context, const RightsRequest& told, bool whole) {
  CONNEX_TRY(request, find_request(context.read(), told.id));
  if (request && !request->open()) return {};
  if (whole) CONNEX_CHECK(note_decision(context, told, told.closed_at.value_or(context.now)));
  if (request) {
    request->status = told.status;
    request->closed_at = told.closed_at;
    return close(context, *request);
  }
  CONNEX_CHECK(save(context.write(), Save::insert, told));
  Row row;
  const Cell key[] = {std::string_view(told.id)};
  CONNEX_TRY(saved, context.read().get(rights_request::kTable, key, row));
  return saved ? keep_request(context, row) : Result<void>();
}

Result<std::optional<RightsRequest>> find_request(ReadTransaction& tx, std::string_view id) {
  Row row;
  const Cell key[] = {id};
  CONNEX_TRY(found, tx.get(rights_request::kTable, key, row));
  if (!found) return std::optional<RightsRequest>();
  CONNEX_TRY(request, read_request(row));
  return std::optional(std::move(request));
}

Result<std::optional<RightsRequest>> look_at_request(ReadTransaction& tx, std::string_view id) {
  Row row;
  const Cell key[] = {id};
  CONNEX_TRY(found, Vault::stored(tx).get(rights_request::kTable, key, row));
  if (!found) return std::optional<RightsRequest>();
  CONNEX_TRY(request, read_request(row));
  request.details.reset();
  return std::optional(std::move(request));
}

Result<std::optional<RightsRequest>> request_behind(ReadTransaction& tx, std::string_view record) {
  CONNEX_TRY(rows, scan_subjects(tx, record));
  std::optional<RightsRequest> first;
  for (const Row& row : rows) {
    if (row.is_null(record_subject::erasure_request)) continue;
    CONNEX_TRY(request, look_at_request(tx, row.bytes(record_subject::erasure_request)));
    if (request && (!first || request->due_at < first->due_at)) first = std::move(request);
  }
  return first;
}

Result<void> keep_request(Context& context, const Row& row) {
  namespace t = rights_request;
  const Cell key[] = {row[t::id]};
  return keep_record(context, {.table = t::kTable,
                               .key = key,
                               .record_class = RecordClass::audit,
                               .trigger_at = optional_instant(row, t::closed_at),
                               .subjects = {std::string(row.bytes(t::principal))},
                               .thread = {},
                               .visit = {},
                               .locator = {}});
}

Result<void> save(WriteTransaction& tx, Save how, const RightsRequest& r) {
  const Cell cells[] = {cell(r.id),         name(r.kind),          name(r.status),
                        cell(r.principal),  cell(r.channel),       cell(r.submitted_by),
                        r.received_at.micros, r.submitted_at.micros, r.due_at.micros,
                        cell(r.verified_at), cell(r.evidence),     cell(r.closed_at),
                        cell(r.clause),     cell(r.details),       cell(r.nominee)};
  return how == Save::insert ? tx.insert(rights_request::kTable, cells)
                             : tx.update(rights_request::kTable, cells);
}

Result<std::optional<Nomination>> find_nomination(ReadTransaction& tx, std::string_view principal,
                                                  std::string_view nominee) {
  Row row;
  const Cell key[] = {principal, nominee};
  CONNEX_TRY(found, tx.get(nomination::kTable, key, row));
  if (!found) return std::optional<Nomination>();
  CONNEX_TRY(value, read_nomination(row));
  return std::optional(std::move(value));
}

Result<std::vector<Nomination>> list_nominations(ReadTransaction& tx, std::string_view principal) {
  const Cell equal[] = {principal};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(nomination::kTable,
                       {.equal = equal, .limit = static_cast<std::uint32_t>(kMostNominations)}, rows));
  std::vector<Nomination> all;
  for (const Row& row : rows) {
    CONNEX_TRY(value, read_nomination(row));
    all.push_back(std::move(value));
  }
  return all;
}

Result<void> save(WriteTransaction& tx, Save how, const Nomination& n) {
  const Cell cells[] = {cell(n.principal), cell(n.nominee),     name(n.status),
                        n.nominated_at.micros, cell(n.event),   cell(n.evidence),
                        cell(n.invoked_at), cell(n.verified_at), cell(n.decided_at),
                        cell(n.details)};
  return how == Save::insert ? tx.insert(nomination::kTable, cells) : tx.update(nomination::kTable, cells);
}

Result<bool> told_to_pharma(Context& context, const RightsRequest& request, const Principal& person) {
  constexpr std::int64_t kMostSharing = 1'000;  // people who are reached the same way
  if (person.role != Role::doctor || request.asked_by() == person.id) return false;
  CONNEX_TRY(nominated, find_nomination(context.read(), person.id, request.asked_by()));
  if (!nominated) return false;
  std::vector<std::string> known{nominated->nominee};
  CONNEX_TRY(parsed, json::parse(nominated->details.value_or("{}")));
  for (const std::string_view kind : {"email", "phone"}) {
    const auto* value = parsed.get_object().if_contains(kind);
    if (value == nullptr) continue;
    auto found = context.vault().find(context.read(), kind, std::string_view(value->get_string()), kMostSharing);
    if (!found && found.error().code == ErrorCode::invalid_argument) continue;  // reaches nobody
    if (!found) return std::move(found).error();
    known.insert(known.end(), found->begin(), found->end());
  }
  for (const std::string& id : known) {
    CONNEX_TRY(account, find_account(context.read(), id));
    if (account && context.policy.rule(account->role).side == Side::pharma) return true;
  }
  return false;
}

Result<std::vector<SuspensionFacts>> suspensions_of(ReadTransaction& tx, const PolicyPack& policy,
                                                    std::string_view principal, Suspended what) {
  const auto keeps = [what](Right kind) {
    if (kind == Right::access) return true;
    if (kind == Right::grievance) return what != Suspended::asked_to_go;
    return what == Suspended::account;
  };
  std::vector<SuspensionFacts> all;
  ReadTransaction& stored = Vault::stored(tx);  // dates alone count
  for (const Right kind : {Right::access, Right::grievance, Right::correction, Right::nomination}) {
    if (!keeps(kind)) continue;
    CONNEX_TRY(open, find_open(stored, principal, kind));
    if (open) all.push_back(request_suspension(policy.rights, open->received_at, open->due_at, open->verified_at));
  }
  CONNEX_TRY(nominations, list_nominations(stored, principal));
  std::optional<Instant> decided;
  for (const Nomination& n : nominations)
    if (n.decided_at) decided = std::min(decided.value_or(*n.decided_at), *n.decided_at);
  // Once one of several has decided, nobody waits for those of whom it is not even known who they are (X49).
  for (const Nomination& n : nominations)
    if (n.invoked_at)
      all.push_back(nominee_suspension(policy.rights, *n.invoked_at, n.verified_at,
                                       n.decided_at || n.verified_at ? n.decided_at : decided));
  return all;
}

Result<void> forget_requests(WriteTransaction& tx, std::string_view principal) {
  namespace t = rights_request;
  constexpr std::uint32_t kPage = 100;
  ReadTransaction& stored = Vault::stored(tx);  // what is forgotten need not be read
  for (std::size_t kind = 0; kind < kCountOf<Right>; ++kind) {
    const Cell equal[] = {principal, name(static_cast<Right>(kind))};
    std::vector<Row> rows;
    std::vector<Cell> position;
    do {
      std::vector<Row> next;
      CONNEX_CHECK(stored.scan(
          t::kTable,
          {.index = &t::kByPrincipal, .equal = equal, .after = position, .limit = kPage}, next));
      rows = std::move(next);
      for (const Row& row : rows) {
        const auto status = from_name<RequestStatus>(row.bytes(t::status));
        if (!status) return unreadable(t::kTable.name);
        if (row.is_null(t::details) || is_open(*status)) continue;
        std::vector<Cell> cells = cells_of(row);
        cells[t::details] = Cell();
        CONNEX_CHECK(tx.update(t::kTable, cells));
      }
      if (!rows.empty()) position = {rows.back()[t::status], rows.back()[t::id]};
    } while (rows.size() == kPage);
  }
  namespace n = nomination;
  const Cell equal[] = {principal};
  std::vector<Row> nominations;
  CONNEX_CHECK(stored.scan(
      n::kTable, {.equal = equal, .limit = static_cast<std::uint32_t>(kMostNominations)}, nominations));
  for (const Row& row : nominations) {
    const auto status = from_name<NominationStatus>(row.bytes(n::status));
    if (!status) return unreadable(n::kTable.name);
    const Cell key[] = {row[n::principal], row[n::nominee]};
    if (may_act(*status)) {
      std::vector<Cell> cells = cells_of(row);
      cells[n::details] = Cell();
      CONNEX_CHECK(tx.update(n::kTable, cells));
    } else {
      CONNEX_CHECK(tx.erase(n::kTable, key));
    }
  }
  return {};
}

const Contacts& contacts_in_effect(const PolicyVersions& policies, Instant now) {
  return policies.at(policies.in_effect(now)).filed.pack->contacts;
}

Object contacts_of(const Context& context) { return contacts_of(context.policies, context.now); }
Object contacts_of(const PolicyVersions& policies, Instant now) {
  const Contacts& c = contacts_in_effect(policies, now);
  return {{"data_protection_officer", {{"name", c.officer_name}, {"email", c.officer_email}}},
          {"support", {{"email", c.support_email}}},
          {"board", c.board_text}};
}

std::span<const Command> rights_commands() noexcept { return kCommands; }

}  // namespace connex::services
