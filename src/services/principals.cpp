#include <algorithm>
#include <boost/json/array.hpp>

#include "connex/gates.hpp"
#include "services/accounts.hpp"
#include "services/audit_erasure.hpp"
#include "services/command_groups.hpp"
#include "services/messages.hpp"
#include "services/notices.hpp"
#include "services/records.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/recording_permits.hpp"
#include "services/redaction.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"
#include "services/viewing.hpp"

namespace connex::services {
namespace {

using OptionalText = std::optional<std::string>;

// The fields that are text as it was given.
struct TextField {
  std::string_view argument;
  Field field;
  OptionalText Principal::*member;
};
constexpr TextField kTextFields[] = {
    {"name", Field::name, &Principal::full_name},
    {"email", Field::email, &Principal::email},
    {"phone", Field::phone, &Principal::phone},
    {"address", Field::address, &Principal::address},
    {"city", Field::city, &Principal::city},
    {"speciality", Field::speciality, &Principal::speciality},
    {"facility", Field::facility, &Principal::facility},
    {"registration_number", Field::registration_number, &Principal::registration_number},
    {"birth_date", Field::birth_date, &Principal::birth_date},
};

void take_text_fields(Principal& p, const Arguments& args) {
  for (const TextField& field : kTextFields)
    if (args.has(field.argument)) p.*field.member = args.text(field.argument);
}

Fact is_adult(const Arguments& args, const Context& context) {
  if (args.has("birth_date"))
    return fact(age_on(args.day("birth_date"), day_of(context.now, context.offset())) >=
                context.policy.accounts.adult_age);
  return fact(args.boolean("adult_attested"));
}

bool is_organisation_administrator(const Actor& actor) {
  return actor.is(Role::hospital_administrator) || actor.is(Role::pharma_administrator);
}

bool is_operator(const Actor& actor) { return actor.is_system() || actor.is(Role::staff); }

// Whether the actor administers the organisation that `p` belongs to.
bool administers(const Actor& actor, const OptionalText& organisation) {
  return is_organisation_administrator(actor) && organisation &&
         actor.principal->organisation == organisation;
}

// An organisation that exists and fits the role: the pharma side belongs to pharma companies, nobody else
// does.
Result<void> check_organisation(Context& context, const Arguments& args, Role role) {
  CONNEX_TRY(organisation, find_organisation(context.read(), args.text("organisation")));
  if (!organisation) return not_found("organisation", "organisation");
  const Side side = context.policy.rule(role).side;
  if (side == Side::operator_) return {};
  if ((side == Side::pharma) != (organisation->kind == "pharma_company"))
    return invalid("an organisation of this kind has no such role", "organisation");
  return {};
}

void set_status(Principal& p, AccountStatus status, const Context& context) {
  p.status = status;
  p.status_at = context.now;
  p.standing_seq = context.seq;
}

boost::json::object describe(const Principal& p, const Context& context) {
  const Instant since = p.status == AccountStatus::quarantined ? std::min(p.child_since.value_or(p.status_at), context.now)
                                                               : p.out_of_use_since();
  boost::json::object result{{"id", p.id},
                             {"role", name(p.role)},
                             {"status", name(p.status)},
                             {"status_since", format_instant(since, context.offset())}};
  if (p.organisation) result["organisation"] = *p.organisation;
  return result;
}

OptionalText value_of(const Principal& p, Field field) {
  if (field == Field::role) return std::string(name(p.role));
  if (field == Field::organisation) return p.organisation;
  for (const TextField& text : kTextFields)
    if (text.field == field) return p.*text.member;
  return std::nullopt;
}

// An older copy of the store that was put back may not know who was registered and erased since; its ledger does.
Result<bool> was_erased(ReadTransaction& tx, std::string_view id) {
  namespace t = key_erasure;
  constexpr std::int64_t kAccount = std::int64_t{1} << static_cast<int>(RecordClass::account);
  bool erased = false;
  const store::Cell equal[] = {id};
  CONNEX_CHECK(tx.visit(t::kTable, {.index = &t::kByPrincipal, .equal = equal, .limit = store::kNoLimit},
                        [&](store::RowView row) -> Result<bool> {
                          erased = (row.integer(t::classes) & kAccount) != 0;
                          return !erased;
                        }));
  return erased;
}

// Whoever does not tell of themselves is told by whom it was done (C2.3-a).
Result<void> owe_notice_of_source(Context& context, const Principal& p, Outcome& outcome) {
  outcome.obligations.push_back({{"notify_principal_of_source", "host", "C2.3-a"}, context.now, ""});
  return owe_notice(
      context, {.recipient = p.id, .kind = "source_of_data", .about = p.id, .clause = "C2.3-a", .due_at = context.now});
}

Result<Outcome> principal_register(Context& context, const Arguments& args) {
  const Role role = *from_name<Role>(args.text("role"));
  if (is_organisation_administrator(context.actor)) {
    if (!administers(context.actor, OptionalText(args.text("organisation")))) return outside_scope();
    if (context.policy.rule(role).side == Side::operator_) return outside_scope();
  }
  if (args.text("id") == "system") return invalid("the id is reserved", "id");
  KnownLists own;
  if (args.has("phone")) own.phones.emplace_back(args.text("phone"));
  CONNEX_TRY(redactor, Redactor::make(context.policy, "message", std::move(own)));
  CONNEX_CHECK(check_id(redactor->options(), args.text("id"), "id"));
  CONNEX_TRY(existing, find_account(context.read(), args.text("id")));
  if (existing) return conflict("a principal of this id exists", "id");
  CONNEX_TRY(erased, was_erased(context.read(), args.text("id")));
  if (erased) return conflict("the id was that of an account that was erased", "id");
  if (args.has("organisation")) CONNEX_CHECK(check_organisation(context, args, role));

  FactsOf<kAccountOpen> facts;
  facts.set("holder_is_adult", is_adult(args, context));
  facts.set("holder_not_reported_minor", true);
  Outcome outcome = decide(facts);
  concern(outcome, args.text("id"));
  if (!outcome.decision.permitted()) return outcome;

  Principal p;
  p.id = args.text("id");
  p.role = role;
  if (args.has("organisation")) p.organisation = args.text("organisation");
  p.registered_at = context.now;
  set_status(p, AccountStatus::active, context);
  const bool by_organisation =
      is_organisation_administrator(context.actor) || args.text("source") == "organisation";
  p.source = by_organisation ? "organisation" : "self";
  take_text_fields(p, args);
  CONNEX_CHECK(save(context.write(), Save::insert, p));
  if (by_organisation) CONNEX_CHECK(owe_notice_of_source(context, p, outcome));
  outcome.record_class = RecordClass::audit;
  outcome.details = details_of(p);
  outcome.result = describe(p, context);
  return outcome;
}

// The street address, to the other party of a booking for which the doctor has released it (X43).
Result<void> open_released_address(Context& context, const Principal& viewer, const Principal& subject,
                                   std::string_view id, View& seen) {
  CONNEX_TRY(visit, find_visit(context.read(), id));
  if (!visit) return not_found("visit", "visit");
  const bool open = visit->state == VisitState::booked || visit->state == VisitState::started;
  if (!open || !visit->address_released_at || subject.status == AccountStatus::quarantined) return {};
  if (visit->doctor != subject.id || visit->representative != viewer.id) return {};
  EnumSet<Field> place;
  place.insert(Field::address);
  place.insert(Field::facility);
  seen.show = seen.show | place;
  seen.generalise = seen.generalise - place;
  seen.hide = seen.hide - place;
  return {};
}

struct Shown {
  Field field;
  std::string text;
};

// For a reader on the pharma side: each field by itself, then all of them as one text, which they are to who reads them.
// A released street address stands; what else is written with it does not.
Result<void> hide_contacts(const Redactor& redactor, bool registration_shown, std::vector<Shown>& all) {
  const RedactionOptions options = registration_shown ? redactor.profile_options() : redactor.options();
  RedactionOptions but_address = options;
  but_address.types &= ~span_bit(SpanType::address);
  // City and clinic side by side are no address, even where the registered one is that of the clinic.
  const auto is_place = [](Field field) {
    return field == Field::city || field == Field::facility || field == Field::address;
  };
  std::vector<Finding> findings;
  std::string text;
  std::vector<Shown*> order;
  for (Shown& one : all) {
    const bool released = one.field == Field::address;
    if (is_contact(one.field) && !released) continue;
    if (one.field == Field::city && !names_place(one.text)) one.text = marker(SpanType::address);
    CONNEX_CHECK(redact(one.text, released ? but_address : options, text, findings));
    one.text = text;
    order.push_back(&one);
  }
  std::ranges::stable_partition(order, [&](const Shown* one) { return !is_place(one->field); });
  std::string together;
  std::size_t places = 0;  // where they begin
  for (const Shown* one : order) {
    together += one->text + '\n';
    if (!is_place(one->field)) places = together.size();
  }
  CONNEX_CHECK(find_contact_details(together, options, findings));
  std::erase_if(findings, [&](const Finding& found) {
    const bool known = (found.evidence & kEvidenceKnownValue) != 0;
    return found.type == SpanType::address && (!known || found.start >= places);
  });
  std::size_t begin = 0;
  for (Shown* one : order) {
    const std::size_t end = begin + one->text.size();
    std::vector<Finding> own;
    for (const Finding& found : findings) {
      if (found.start >= end || found.end <= begin) continue;
      if (one->field == Field::address && found.type == SpanType::address) continue;
      own.push_back(found);
      own.back().start = static_cast<std::uint32_t>(std::max<std::size_t>(found.start, begin) - begin);
      own.back().end = static_cast<std::uint32_t>(std::min<std::size_t>(found.end, end) - begin);
    }
    apply_findings(one->text, own, text);
    one->text = text;
    begin = end + 1;
  }
  return {};
}

// A ticket counts for the person who opened it, and is asked about only where the viewer's role states a purpose.
Result<Stated> what_is_stated(Context& context, const Principal& viewer, const Principal& subject, const Arguments& args) {
  Stated stated{args.text("purpose")};
  if (!args.has("ticket") || !context.policy.rule(viewer.role).needs_purpose) return stated;
  CONNEX_TRY(thread, find_thread(context.read(), ThreadKind::ticket, args.text("ticket")));
  if (!thread) return not_found("ticket", "ticket");
  if (thread->opened_by != subject.id) return conflict("somebody else opened the ticket", "ticket");
  stated.ticket = true;
  return stated;
}

Result<Outcome> principal_view(Context& context, const Arguments& args) {
  CONNEX_TRY(subject, find_principal(context.read(), args.text("subject")));
  if (!subject) return not_found("principal", "subject");
  const Principal& viewer = *context.actor.principal;
  CONNEX_TRY(usable, is_usable(context, *subject));
  View seen{{}, {}, EnumSet<Field>::all()};
  if (usable) {
    CONNEX_TRY(stated, what_is_stated(context, viewer, *subject, args));
    CONNEX_TRY(view, view_of(context.read(), context.policy, viewer, *subject, stated));
    seen = view;
    if (args.has("visit"))
      CONNEX_CHECK(open_released_address(context, viewer, *subject, args.text("visit"), seen));
  }
  const VisibilityMatrix& matrix = context.policy.visibility;

  Outcome outcome;
  concern(outcome, subject->id);
  for (const char* stated : {"purpose", "ticket"})
    if (args.has(stated)) outcome.details.push_back({stated, std::string(args.text(stated))});
  outcome.record_class = RecordClass::access_log;
  boost::json::object fields;
  boost::json::array hidden;
  boost::json::array generalised;
  std::vector<Shown> all;
  for (std::size_t f = 0; f < kCountOf<Field>; ++f) {
    const auto field = static_cast<Field>(f);
    if (seen.hide.contains(field)) {
      hidden.emplace_back(name(field));
      continue;
    }
    std::optional<Field> shown = field;
    if (seen.generalise.contains(field)) {
      generalised.emplace_back(name(field));
      shown = matrix.general[f];
    }
    if (!shown) continue;
    if (const OptionalText value = value_of(*subject, *shown)) all.push_back({*shown, *value});
  }
  if (context.policy.rule(viewer.role).side == Side::pharma) {
    CONNEX_TRY(redactor, profile_redactor(context.read(), context.policy, *subject));
    CONNEX_CHECK(hide_contacts(*redactor, seen.show.contains(Field::registration_number), all));
  }
  for (const Shown& one : all) fields[name(one.field)] = one.text;
  outcome.result = {{"subject", subject->id},
                    {"fields", std::move(fields)},
                    {"hidden", std::move(hidden)},
                    {"generalised", std::move(generalised)}};
  return outcome;
}

// Who may set what: everybody their own details, an administrator those of the organisation's people; where
// somebody belongs, and what evidence stands behind (registration number, birth date), only the operator.
Result<Outcome> principal_update(Context& context, const Arguments& args) {
  CONNEX_TRY(found, find_principal(context.read(), args.text("id")));
  if (!found) return not_found("principal", "id");
  Principal& p = *found;
  const Actor& actor = context.actor;
  const bool moves = args.has("organisation") && p.organisation != OptionalText(args.text("organisation"));
  const bool renamed = args.has("name") && p.full_name != OptionalText(args.text("name"));
  const bool needs_evidence = args.has("registration_number") || args.has("birth_date");
  const bool own_admin = administers(actor, p.organisation);
  const bool allowed = is_operator(actor) || (!needs_evidence && !moves && (own_admin || actor.id == p.id));
  if (!allowed) return outside_scope();
  if (!p.active()) return conflict("the account is not active", "id");
  if (moves) CONNEX_CHECK(check_organisation(context, args, p.role));

  Outcome outcome;
  if (args.has("birth_date")) {
    FactsOf<kAccountOpen> facts;
    facts.set("holder_is_adult", is_adult(args, context));
    facts.set("holder_not_reported_minor", true);
    outcome = decide(facts);
  }
  concern(outcome, p.id);
  if (outcome.decision.gate != nullptr && !outcome.decision.permitted()) return outcome;

  take_text_fields(p, args);
  if (moves) {
    p.organisation = args.text("organisation");
    p.standing_seq = context.seq;
  }
  CONNEX_CHECK(save(context.write(), Save::update, p));
  if (own_admin && actor.id != p.id) CONNEX_CHECK(owe_notice_of_source(context, p, outcome));
  if (moves) CONNEX_CHECK(stop_recordings(context, p, "C6.3-b", outcome));
  if (renamed) CONNEX_CHECK(stop_recordings(context, p, "C6.3-c", outcome));
  outcome.details = details_of(p);
  outcome.result = describe(p, context);
  return outcome;
}

Result<Outcome> principal_terminate(Context& context, const Arguments& args) {
  CONNEX_TRY(found, find_account(context.read(), args.text("id")));
  if (!found) return not_found("principal", "id");
  Principal& p = *found;
  if (!is_operator(context.actor) && context.actor.id != p.id && !administers(context.actor, p.organisation))
    return outside_scope();
  if (!p.active()) return conflict("the account is not active", "id");
  Outcome outcome;
  concern(outcome, p.id);
  set_status(p, AccountStatus::terminated, context);
  CONNEX_CHECK(save(context.write(), Save::update, p));
  CONNEX_CHECK(review_records_of(context, p.id));
  CONNEX_CHECK(close_calls(context, p, "C2.4-h", outcome));
  outcome.details = details_of(p);
  outcome.result = describe(p, context);
  CONNEX_TRY(until, reactivation_end(context, p));
  outcome.result["reactivate_before"] = format_instant(until, context.offset());
  // Whose account another closes learns of it, and how long it can be opened again, or what is in it fetched (C9-c).
  if (context.actor.id != p.id)
    CONNEX_CHECK(owe_notice(context, {.recipient = p.id,
                                      .kind = "account_closed",
                                      .about = p.id,
                                      .clause = "C9-c",
                                      .due_at = context.now,
                                      .until = until}));
  return outcome;
}

Result<Outcome> principal_reactivate(Context& context, const Arguments& args) {
  CONNEX_TRY(found, find_account(context.read(), args.text("id")));
  if (!found) return not_found("principal", "id");
  Principal& p = *found;
  if (!context.actor.is_system() && context.actor.id != p.id) return outside_scope();
  CONNEX_TRY(until, reactivation_end(context, p));
  FactsOf<kAccountReactivate> facts;
  facts.set("account_is_terminated", p.status == AccountStatus::terminated);
  facts.set("within_reactivation_period", context.now < until);
  Outcome outcome = decide(facts);
  concern(outcome, p.id);
  if (!outcome.decision.permitted()) return outcome;
  set_status(p, AccountStatus::active, context);
  p.look_at.reset();
  CONNEX_CHECK(save(context.write(), Save::update, p));
  CONNEX_CHECK(enter_account(context, p));  // after what the ledger may tell of the account before
  CONNEX_CHECK(review_records_of(context, p.id));

  // Consent-type settings do not come back by themselves (C6.1-a).
  CONNEX_TRY(preference, load_preference(context.read(), p.id));
  if (preference.virtual_visits.on || preference.recording.on) {
    preference.virtual_visits = {false, context.actor.id, context.seq};
    preference.recording = {false, context.actor.id, context.seq};
    CONNEX_CHECK(save(context.write(), Save::update, preference));
  }
  outcome.details = details_of(p);
  for (Detail& detail : details_of(preference)) outcome.details.push_back(std::move(detail));
  outcome.result = describe(p, context);
  return outcome;
}

// Whether the person's own word, or the operator's file, stands against the report that they are a child.
Result<bool> is_disputed(Context& context, std::string_view person) {
  CONNEX_TRY(known, find_principal(context.read(), person));
  const std::optional<Day> born = known && known->birth_date ? parse_day(*known->birth_date) : std::nullopt;
  if (born && age_on(*born, day_of(context.now, context.offset())) >= context.policy.accounts.adult_age) return true;
  for (const Right kind : {Right::grievance, Right::correction}) {
    CONNEX_TRY(open, find_open(context.read(), person, kind));
    if (open) return true;
  }
  return false;
}

// A child's account is out of use at once, and so is all that is kept of the child; the next sweep erases it, so
// that one a day keeps the period of the policy (C10-c, X39). What the person or their company says may be meant to
// get rid of evidence: until the operator has said so too, nothing goes before the last moment of the period, nor then
// where a date of birth or the person says otherwise.
Result<Outcome> principal_report_minor(Context& context, const Arguments& args) {
  CONNEX_TRY(found, find_account(context.read(), args.text("id")));
  if (!found) return not_found("principal", "id");
  Principal& p = *found;
  const bool known = is_auditor(context.actor);
  if (!known && context.actor.id != p.id && !administers(context.actor, p.organisation)) return outside_scope();
  Outcome outcome;
  concern(outcome, p.id);
  const bool first = !p.reported_child();
  const Instant due = first ? minor_deadline(context.policy, context.now)
                            : p.minor_due.value_or(minor_deadline(context.policy, *p.child_since));
  if (first || (known && *p.child_since > context.now)) {
    CONNEX_TRY(disputed, is_disputed(context, p.id));
    p.child_since = known ? context.now : disputed ? kEndOfTime : due;
    p.minor_due = due;
    if (p.status == AccountStatus::active || p.status == AccountStatus::terminated) {
      p.status_before = std::string(name(p.status));
      p.status = AccountStatus::quarantined;
      p.standing_seq = context.seq;
    }
    CONNEX_CHECK(save(context.write(), Save::update, p));
    CONNEX_TRY(entered, enter_account(context, p));
    if (!p.awaits_word()) CONNEX_CHECK(note_entries_of_child(context, p.id, entered, *p.child_since));
    CONNEX_CHECK(review_records_of(context, p.id));
    if (first) CONNEX_CHECK(close_calls(context, p, "C10-c", outcome));
  }
  // Where a law keeps the data, they are locked away instead, and counsel is to say how the two go together (X39).
  CONNEX_TRY(kept, evaluate_account(context, p));
  const bool by_law = kept.floor >= 0 && (!kept.dispose_at || *kept.dispose_at > due);
  outcome.obligations.push_back(
      {{by_law ? "restrict_minor_data" : "erase_minor_data", "data_protection_officer", "C10-c"}, due, ""});
  if (by_law) outcome.obligations.push_back({{"take_counsel", "data_protection_officer", "C10-c"}, due, ""});
  if (*p.child_since > context.now)
    outcome.obligations.push_back({{"verify_minor_report", "data_protection_officer", "C10-c"}, due, ""});
  outcome.details = details_of(p);
  outcome.result = describe(p, context);
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr std::int64_t kMaxAddress = 500;

constexpr std::string_view kSources[] = {"self", "organisation"};
constexpr Argument kDetails[] = {
    {"email", email, false, "e-mail address"},
    {"phone", phone, false, "telephone number"},
    {"address", text, false, "street address", kMaxAddress},
    {"city", line, false, "city", kMaxName},
    {"speciality", line, false, "medical speciality", kMaxName},
    {"facility", line, false, "hospital or clinic", kMaxName},
    {"registration_number", line, false, "number in the medical register", 64},
    {"birth_date", day, false, "date of birth"},
};
constexpr auto kPrincipalRegister =
    join(std::to_array<Argument>({
             {"id", id, true, "id of the person"},
             {"role", choice, true, "role on the platform", 0, Names<Role>::list},
             {"organisation", id, false, "id of the organisation the person belongs to"},
             {"name", line, true, "full name", kMaxName},
             {"adult_attested", boolean, false, "whether the person is attested to be of age"},
             {"source", choice, false, "who gave the details", 0, kSources},
         }),
         std::to_array(kDetails));
constexpr std::string_view kPrincipalRegisterClauses[] = {"C1-f",   "C2.1-a", "C2.1-b",
                                                          "C2.3-a", "C6.1-a", "C10-b"};

constexpr Argument kPrincipalView[] = {
    {"subject", id, true, "id of the person to look at"},
    {"purpose", choice, false, "what for; staff see nothing of others without one, and only what it needs", 0,
     Names<Purpose>::list},
    {"ticket", id, false, "the support ticket, opened by the person, that staff look at them for; the policy may ask for one"},
    {"visit", id, false, "the visit to go to: shows the address if the doctor has released it for that one"},
};
constexpr std::string_view kPrincipalViewClauses[] = {"C1-b", "C1-c", "C4-d"};
constexpr auto kPrincipalUpdate =
    join(std::to_array<Argument>({
             {"id", id, true, "id of the person"},
             {"organisation", id, false, "id of the organisation the person now belongs to"},
             {"name", line, false, "full name", kMaxName},
         }),
         std::to_array(kDetails));
constexpr std::string_view kPrincipalUpdateClauses[] = {"C2.1-a", "C2.1-b"};
constexpr Argument kPrincipalId[] = {{"id", id, true, "id of the person"}};
constexpr std::string_view kPrincipalTerminateClauses[] = {"C9-b", "C9-c"};
constexpr std::string_view kPrincipalReactivateClauses[] = {"C6.1-a", "C9-c"};
constexpr std::string_view kPrincipalReportMinorClauses[] = {"C10-b", "C10-c"};

constexpr Command kCommands[] = {
    {"principal.register", "Registers a person", changes, kAdministrators, false, kPrincipalRegister,
     kPrincipalRegisterClauses, principal_register},
    {"principal.view", "Shows what the actor may see of a person", discloses, kAnyRole, false, kPrincipalView,
     kPrincipalViewClauses, principal_view},
    {"principal.update", "Changes a person's details", changes, kEverybody, false, kPrincipalUpdate,
     kPrincipalUpdateClauses, principal_update},
    {"principal.terminate", "Closes an account", changes, kEverybody, false, kPrincipalId,
     kPrincipalTerminateClauses, principal_terminate},
    {"principal.reactivate", "Opens a closed account again, while that is possible", changes, kEverybody,
     true, kPrincipalId, kPrincipalReactivateClauses, principal_reactivate},
    {"principal.report_minor",
     "Reports that an account is a child's, whatever its status, which puts it and all that is kept of the child out of use at "
     "once. The next sweep erases them, also those under a hold of contract or code; then nothing takes the report back. The word of "
     "the person or their company alone waits a day, and for the operator's where a date of birth on file or an open complaint or "
     "correction says otherwise",
     changes, kEverybody, false, kPrincipalId, kPrincipalReportMinorClauses, principal_report_minor},
};

}  // namespace

std::span<const Command> principal_commands() noexcept { return kCommands; }

}  // namespace connex::services
