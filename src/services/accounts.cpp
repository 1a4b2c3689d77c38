#include "services/accounts.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "connex/gates.hpp"
#include "services/answers.hpp"
#include "services/audit_erasure.hpp"
#include "services/command_groups.hpp"
#include "services/dispositions.hpp"
#include "services/messages.hpp"
#include "services/notices.hpp"
#include "services/recording_permits.hpp"
#include "services/records.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"
#include "services/viewing.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

// A hold without a known end is looked at again every day.
constexpr std::int64_t kLookAgain = kMicrosPerDay;

// What an account holds besides its record, by tables whose keys begin with the person: details, settings, answers
// to versions of the policy, and who got what.
constexpr const store::Table* kOfAccount[] = {&person_detail::kTable, &preference::kTable, &bridge_setting::kTable,
                                              &policy_notice::kTable, &sharing::kTable};

Result<void> erase_details(Context& context, Principal& p) {
  for (auto* field : {&p.organisation, &p.full_name, &p.email, &p.phone, &p.address, &p.city, &p.speciality,
                      &p.facility, &p.registration_number, &p.birth_date})
    field->reset();
  p.detailed = false;
  const Cell key[] = {std::string_view(p.id)};
  for (const store::Table* table : kOfAccount) CONNEX_CHECK(erase_rows(context.write(), *table, key));
  CONNEX_CHECK(lapse_notices(context, p.id));
  return forget_requests(context.write(), p.id);
}

// The fields go, and with the key all that was sealed under it: settings of requests, kept answers, look-ups.
Result<void> forget(Context& context, Principal& p) {
  CONNEX_CHECK(erase_details(context, p));
  CONNEX_CHECK(
      context.vault().destroy(context.write(), p.id, RecordClasses({RecordClass::account}), context.now));
  return {};
}

// A mistaken report of a child can be taken back while data are there: until a sweep has erased them, or for as long as
// a law keeps them out of use. The account is again what it was before, with the day since when it was: the report gives
// nobody more time (C10-c, X39).
Result<Outcome> principal_clear_minor_report(Context& context, const Arguments& args) {
  CONNEX_TRY(found, find_account(context.read(), args.text("id")));
  if (!found) return not_found("principal", "id");
  Principal& p = *found;
  if (!p.reported_child()) return conflict("nobody reported the account as a child's", "id");
  if (p.status == AccountStatus::erased) {
    CONNEX_TRY(left, list_records_of(context.read(), p.id, {}, 1));
    if (left.empty()) return conflict("the account's data are gone, and do not come back", "id");
  }
  const Instant reported = std::min(*p.child_since, context.now);
  p.child_since.reset();
  p.minor_due.reset();
  const bool was_open = p.status_before == name(AccountStatus::active);
  const bool gone = p.status == AccountStatus::erased;
  const bool opens = was_open && !gone && !p.erasure_accepted_at;  // of an adult who is to be erased all the same: no
  if (was_open && !opens) p.status_at = reported;
  if (p.status_before && !gone) {
    const AccountStatus out_of_use = p.status;
    p.status = opens ? AccountStatus::active : AccountStatus::terminated;
    if (!opens) {
      CONNEX_TRY(decision, evaluate_account(context, p));
      if (decision.state == RetentionState::restricted || decision.state == RetentionState::due) p.status = out_of_use;
    }
    p.standing_seq = context.seq;
  }
  p.status_before.reset();
  if (!gone) p.look_at = p.active() ? std::optional<Instant>() : context.now;
  CONNEX_CHECK(save(context.write(), Save::update, p));
  CONNEX_CHECK(enter_account(context, p));
  CONNEX_CHECK(spare_entries_of_child(context, p.id));
  CONNEX_CHECK(withdraw_unlinkings(context, p.id));
  CONNEX_CHECK(review_records_of(context, p.id));
  Outcome outcome;
  concern(outcome, p.id);
  outcome.details = details_of(p);
  outcome.details.push_back(settled_detail(p));
  outcome.details.push_back({"evidence", std::string(args.text("evidence"))});
  outcome.result = {{"id", p.id}, {"status", name(p.status)}};
  return outcome;
}

// The person's own data, as long as they are held: the account and the settings, and what the person wrote and others wrote
// to them, a page at a time (C9-c2, X57).
Result<Outcome> account_export(Context& context, const Arguments& args) {
  CONNEX_TRY(request, find_request(context.read(), args.text("request")));
  if (!request) return not_found("request", "request");
  const Actor& actor = context.actor;
  if (!actor.is_system() && !actor.is(Role::data_protection_officer) && actor.id != request->principal)
    return outside_scope();
  if (request->kind != Right::access) return conflict("an export rests on a request for access", "request");
  if (is_pseudonym(request->principal)) return conflict("the request names nobody any more", "request");
  if (!request->open() && !request->was_resolved()) return conflict("the request was refused", "request");
  FactsOf<kRightsAnswer> facts;
  facts.set("identity_verified", request->verified_at.has_value());
  Outcome outcome = decide(facts);
  concern(outcome, request->principal);
  if (!outcome.decision.permitted()) return outcome;
  CONNEX_TRY(found, find_principal(context.read(), request->principal));
  if (!found) return not_found("principal", "request");
  if (found->status == AccountStatus::erased || found->status == AccountStatus::restricted ||
      found->status == AccountStatus::quarantined)
    return conflict("the account's data are no longer held for use", "request");
  CONNEX_TRY(preference, load_preference(context.read(), found->id));
  boost::json::object account{{"id", found->id},
                              {"role", name(found->role)},
                              {"registered_at", format_instant(found->registered_at, context.offset())},
                              {"status", name(found->status)}};
  CONNEX_TRY(for_pharma, told_to_pharma(context, *request, *found));
  CONNEX_CHECK(add_own_fields(context, *found, for_pharma, account));
  const auto limit = args.has("limit") ? args.integer("limit") : kMostContent;
  CONNEX_TRY(content,
             list_own_content(context, *found, for_pharma, args.text("after"), static_cast<std::uint32_t>(limit)));
  outcome.record_class = RecordClass::access_log;
  outcome.result = {{"format", "connex-export-2"},
                    {"account", std::move(account)},
                    {"content", std::move(content.messages)},
                    {"next", text_or_null(content.next)},
                    {"settings", settings_of(preference)},
                    {"contacts", contacts_of(context)}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kClear[] = {
    {"id", id, true, "id of the person"},
    {"evidence", id, true, "reference to the proof of age"},
};
constexpr Argument kExport[] = {
    {"request", id, true, "id of the request for access that it answers"},
    {"after", line, false, "`next` of the page before", kLongestPosition},
    how_many("limit", "how many messages, tickets and notes at most; 100 when not given", kMostContent),
};
constexpr std::string_view kClearClauses[] = {"C10-c"};
constexpr std::string_view kExportClauses[] = {"C9-c2", "C8-a"};
constexpr Actors kOfficer = actors({Role::data_protection_officer});

constexpr Command kCommands[] = {
    {"principal.clear_minor_report",
     "Takes back a mistaken report that an account is a child's, as long as data are there: until a sweep has erased them, "
     "or while a law or an order keeps them. The account is what it was before, since the same day. What went in between does "
     "not come back",
     changes, kOfficer, false, kClear, kClearClauses, principal_clear_minor_report},
    {"account.export", "Gives a person's own data: the account, and what the person wrote and others wrote to them, a page at a time", discloses, kEverybody, true,
     kExport, kExportClauses, account_export},
};

}  // namespace

std::vector<OwnField> own_fields(const Principal& p) {
  return {{"name", &p.full_name},
          {"email", &p.email},
          {"phone", &p.phone},
          {"address", &p.address},
          {"city", &p.city},
          {"speciality", &p.speciality},
          {"facility", &p.facility},
          {"registration_number", &p.registration_number},
          {"birth_date", &p.birth_date},
          {"organisation", &p.organisation}};
}

Result<void> add_own_fields(Context& context, const Principal& p, bool for_pharma, boost::json::object& out) {
  std::unique_ptr<const Redactor> redactor;
  if (for_pharma) {
    CONNEX_TRY(made, profile_redactor(context.read(), context.policy, p));
    redactor = std::move(made);
  }
  boost::json::array withheld;
  std::vector<Finding> findings;
  for (const OwnField& field : own_fields(p)) {
    if (!*field.value) continue;
    if (!redactor) {
      out[field.name] = **field.value;
      continue;
    }
    if (is_contact(*from_name<Field>(field.name))) {
      withheld.emplace_back(field.name);
      continue;
    }
    std::string text;
    CONNEX_CHECK(redact(**field.value, redactor->profile_options(), text, findings));
    out[field.name] = text;
  }
  if (for_pharma) out["withheld"] = {{"fields", std::move(withheld)}, {"clause", "C1-b"}};
  return {};
}

RetentionFacts retention_facts(const Principal& p, std::span<const HoldFacts> holds,
                               std::span<const SuspensionFacts> suspensions) {
  RetentionFacts facts;
  facts.record_class = RecordClass::account;
  facts.collected_at = p.registered_at;
  if (!p.goes_on()) facts.trigger_at = p.out_of_use_since();
  facts.processed_at = facts.trigger_at.value_or(p.status_at);
  facts.erasure_accepted_at = p.erasure_accepted_at;
  if (const auto child = p.child_from())
    facts.erasure_accepted_at = std::min(p.erasure_accepted_at.value_or(kEndOfTime), *child);
  facts.holds = holds;
  facts.suspensions = suspensions;
  return facts;
}

Result<AccountDecision> evaluate_account(Context& context, const Principal& p) {
  CONNEX_TRY(suspensions, suspensions_of(context.read(), context.policy, p.id,
                                         p.erasure_accepted_at ? Suspended::asked_to_go : Suspended::account));
  std::vector<HoldFacts> holds;
  std::vector<std::string> hold_ids;
  CONNEX_CHECK(holds_over(context.read(), "principal", p.id, holds, hold_ids));
  if (const auto child = p.child_from()) release_child(context.policy, *child, holds, suspensions);
  CONNEX_TRY(table, RetentionRules(context).of(p));
  const RetentionFacts facts = retention_facts(p, holds, suspensions);
  AccountDecision d{table->evaluate(facts, context.now), {}, {}, {}};
  d.clause = table->explain(facts, d).clause;
  if (d.floor >= 0 && d.basis == RetentionBasis::floor)
    d.source = table->pack().legal_floors[static_cast<std::size_t>(d.floor)].source;
  d.hold = hold_behind(d, hold_ids);
  return d;
}

boost::json::object settings_of(const Preference& preference) {
  return {{"virtual_visits", preference.virtual_visits.on}, {"recording", preference.recording.on}};
}

Result<bool> is_usable(Context& context, const Principal& p) {
  if (p.active()) return true;
  if (p.status != AccountStatus::terminated) return false;
  CONNEX_TRY(decision, evaluate_account(context, p));
  return decision.usable;
}

Instant minor_deadline(const PolicyPack& policy, Instant reported_at) noexcept {
  return {reported_at.micros + policy.accounts.minor_erasure_days * kMicrosPerDay};
}

Result<Instant> reactivation_end(Context& context, const Principal& p) {
  const Instant promised{p.status_at.micros + context.policy.accounts.reactivation_days * kMicrosPerDay};
  if (p.status != AccountStatus::terminated) return promised;
  CONNEX_TRY(decision, evaluate_account(context, p));
  return decision.ceiling ? std::min(promised, *decision.ceiling) : promised;
}

namespace {

// Who has the person's data lets go of them as well, a child's within the day (C8-c, X22), or keeps them out of use for as
// long as a law has them kept here (X13), until `ends`.
Result<void> tell_of_end(Context& context, const Principal& p, const std::optional<Instant>& ends) {
  const auto days = p.reported_child() ? context.policy.accounts.minor_erasure_days : context.policy.rights.response_days;
  Instruction instruction{.kind = "restrict", .about = p.id, .due = {context.now.micros + days * kMicrosPerDay},
                          .until = p.status == AccountStatus::restricted ? ends : std::nullopt};
  RightsRequest request;
  if (p.erasure_accepted_at) {
    CONNEX_TRY(behind, whole_erasure(context, p));
    request = std::move(behind);
    instruction.request = request.id;
  }
  if (p.status == AccountStatus::erased) {
    CONNEX_TRY(kind, erasing(context, p.id));
    instruction.kind = kind;
  }
  CONNEX_TRY(told, tell_processors(context, p.id, instruction));
  static_cast<void>(told);
  return {};
}

// The account as the ledger of erasures names it.
Record record_of(const Principal& p) {
  const Cell key[] = {std::string_view(p.id)};
  Record record;
  record.id = record_id(principal::kTable, key);
  record.source = principal::kTable.name;
  record.source_key = p.id;
  return record;
}

}  // namespace

Result<AccountStep> settle_account(Context& context, Principal& p, Sweep& done, bool asked) {
  if (p.status == AccountStatus::erased) {  // with something owed to the person from that very command
    p.look_at.reset();
    CONNEX_CHECK(lapse_notices(context, p.id));
    CONNEX_CHECK(save(context.write(), Save::update, p));
    return AccountStep::kept;
  }
  CONNEX_TRY(decision, evaluate_account(context, p));
  const bool tells = !asked || p.reported_child();
  AccountStep step = AccountStep::kept;
  p.look_at = decision.dispose_at;
  switch (decision.state) {
    case RetentionState::active:
      break;
    case RetentionState::held:
      step = AccountStep::held;
      break;
    case RetentionState::restricted:
      if (p.status != AccountStatus::restricted) {
        step = AccountStep::restricted;
        p.status = AccountStatus::restricted;
        p.standing_seq = context.seq;
        CONNEX_CHECK(enter_account(context, p));
        if (tells) CONNEX_CHECK(tell_of_end(context, p, decision.dispose_at));
      }
      break;
    case RetentionState::due:
      step = AccountStep::erased;
      p.status = AccountStatus::erased;
      p.standing_seq = context.seq;
      p.look_at.reset();
      if (tells) CONNEX_CHECK(tell_of_end(context, p, decision.dispose_at));
      CONNEX_CHECK(enter_account(context, p));
      CONNEX_CHECK(forget(context, p));
      CONNEX_CHECK(enter_disposal(context, record_of(p), "erased", decision.clause, done));
      break;
  }
  if (p.look_at && *p.look_at <= context.now) p.look_at = Instant{context.now.micros + kLookAgain};
  if (!p.look_at && step != AccountStep::erased && !p.active())
    p.look_at = Instant{context.now.micros + kLookAgain};
  if (p.minor_due) CONNEX_CHECK(note_minor_gone(context, p));
  CONNEX_CHECK(save(context.write(), Save::update, p));
  return step;
}

Result<void> note_minor_gone(Context& context, Principal& p) {
  if (p.status != AccountStatus::erased && p.status != AccountStatus::restricted) return {};
  CONNEX_TRY(pending, records_in_review(context.read(), p.id));
  if (!pending) p.minor_due.reset();
  return {};
}

Result<Number> enter_account(Context& context, const Principal& p) {
  ErasureLine line;
  line.principal = p.id;
  line.at = context.now;
  line.deed = ErasureDeed::account;
  line.object = p.status_before.value_or("");
  line.state = name(p.status);
  line.accepted_at = p.erasure_accepted_at;
  line.since = p.status_at;
  line.due_at = p.child_since;
  return context.vault().enter(context.write(), line);
}

Result<bool> play_account(Context& context, Principal& p, const Principal& told, Outcome& outcome) {
  const AccountStatus before = p.status;
  const bool was_child = p.reported_child();
  if (p.child_since != told.child_since) {
    p.child_since = told.child_since;
    p.minor_due = told.minor_due;
  }
  if (before != AccountStatus::erased) {
    p.status = told.status;
    p.status_at = told.status_at;
    p.status_before = told.status_before;
    p.erasure_accepted_at = told.erasure_accepted_at;
  }
  p.look_at.reset();
  if (p.status != before) p.standing_seq = context.seq;
  const bool ended = p.status == AccountStatus::erased || p.status == AccountStatus::restricted;
  if (ended && p.status != before) {
    CONNEX_TRY(kept, evaluate_account(context, p));
    CONNEX_CHECK(tell_of_end(context, p, kept.dispose_at));
  }
  const bool changed = p.status != before || p.reported_child() != was_child;
  if (!p.active()) p.look_at = context.now;
  if (p.status == AccountStatus::erased) {
    p.look_at.reset();
    if (before != AccountStatus::erased) CONNEX_CHECK(erase_details(context, p));
    p.detailed = false;
  }
  CONNEX_CHECK(save(context.write(), Save::update, p));
  if (!changed) return false;
  if (before == AccountStatus::active) CONNEX_CHECK(close_calls(context, p, "C2.4-h", outcome));
  CONNEX_CHECK(review_records_of(context, p.id));
  return true;
}

Result<AccountSweep> sweep_accounts(Context& context, std::uint32_t limit, Sweep& done) {
  namespace t = principal;
  AccountSweep sweep;
  std::vector<Row> due;
  const std::uint32_t most = std::clamp<std::uint32_t>(limit, 1, store::kMaxScan - 1) + 1;
  CONNEX_CHECK(context.read().scan(
      t::kTable, {.index = &t::kByLookAt, .below = context.now.micros + 1, .limit = most}, due));
  sweep.more = due.size() == most;
  if (sweep.more) due.pop_back();
  for (const Row& row : due) {
    CONNEX_TRY(found, find_account(context.read(), row.bytes(t::id)));
    if (!found) continue;
    CONNEX_TRY(step, settle_account(context, *found, done));
    ++sweep.evaluated;
    sweep.erased += step == AccountStep::erased ? 1 : 0;
    sweep.restricted += step == AccountStep::restricted ? 1 : 0;
    sweep.held += step == AccountStep::held ? 1 : 0;
    if (step == AccountStep::erased || step == AccountStep::restricted) {
      sweep.subjects.push_back(found->id);
      sweep.details.push_back(settled_detail(*found));
    }
  }
  return sweep;
}

Result<std::int64_t> accounts_due(Context& context, std::uint32_t most) {
  namespace t = principal;
  std::vector<Row> due;
  CONNEX_CHECK(context.read().scan(
      t::kTable, {.index = &t::kByLookAt, .below = context.now.micros + 1, .limit = most}, due));
  return static_cast<std::int64_t>(due.size());
}

std::span<const Command> account_commands() noexcept { return kCommands; }

}  // namespace connex::services
