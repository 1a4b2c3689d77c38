// Completion notes of visits, and what of them may go to an AI provider.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "connex/gates.hpp"
#include "services/attestations.hpp"
#include "services/command_groups.hpp"
#include "services/dependencies.hpp"
#include "services/known_people.hpp"
#include "services/messages.hpp"
#include "services/processors.hpp"
#include "services/sharing_rules.hpp"
#include "services/sharings.hpp"
#include "services/tallies.hpp"
#include "services/try.hpp"
#include "services/viewing.hpp"
#include "services/visit_facts.hpp"

namespace connex::services {
namespace {

constexpr std::int64_t kMaxNote = std::int64_t{1} << 16;

Result<Outcome> note_complete(Context& context, const Arguments& args) {
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  if (!visit->has_party(context.actor.id)) return outside_scope();
  if (visit->state == VisitState::cancelled) return conflict("the visit is cancelled", "visit");
  KnownLists known;
  for (const std::string& party : {visit->doctor, visit->representative}) {
    CONNEX_TRY(person, find_principal(context.read(), party));
    if (person) CONNEX_CHECK(add_hidden_values(context.read(), context.policy, nullptr, *person, known));
  }
  CONNEX_TRY(found, find_thread(context.read(), ThreadKind::note, visit->id));
  Thread thread;
  if (found) thread = std::move(*found);
  thread.kind = ThreadKind::note;
  thread.id = visit->id;
  Outcome outcome;
  CONNEX_CHECK(
      post(context, std::move(thread), std::nullopt, args.text("text"), "note", std::move(known), outcome));
  concern(outcome, *visit);
  return outcome;
}

// The note's author sees it, and nobody else through here.
Result<Outcome> note_list(Context& context, const Arguments& args) {
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  if (!visit->has_party(context.actor.id)) return outside_scope();
  CONNEX_TRY(page, list_messages(context, ThreadKind::note, visit->id, 0, 100, true));
  std::vector<Message>& notes = page.messages;
  std::erase_if(notes, [&](const Message& note) { return note.sender != context.actor.id; });
  Outcome outcome;
  concern(outcome, *visit);
  outcome.record_class = RecordClass::access_log;
  boost::json::array rows;
  for (const Message& note : notes)
    rows.push_back({{"number", note.number},
                    {"text", note.text},
                    {"posted_at", format_instant(note.posted_at, context.offset())}});
  outcome.result = {{"visit", visit->id}, {"notes", std::move(rows)}};
  return outcome;
}

// Only what deidentify() has made can say that a text is de-identified, and only when nothing is left over. Whether it
// tells of somebody whose name is known no more, nobody knows.
void add_text(FactsOf<kAiExtract>& facts, const DeidentifiedText& text, bool all_named) {
  facts.set("text_deidentified", text.clean() && !all_named ? Fact::unknown : fact(text.clean()));
}

Result<Outcome> ai_extract(Context& context, const Arguments& args) {
  CONNEX_TRY(visit, find_visit(context.read(), args.text("visit")));
  if (!visit) return not_found("visit", "visit");
  CONNEX_TRY(page, list_messages(context, ThreadKind::note, visit->id, 0, 1, true));
  const std::vector<Message>& notes = page.messages;
  if (notes.empty()) return not_found("completion note", "visit");
  KnownLists known;
  CONNEX_CHECK(add_parties(context.read(), visit->id, known));
  CONNEX_TRY(all_looked_for, add_mentioned(context.read(), context.vault(), notes.front().text, known));

  const std::string_view provider = args.text("provider");
  CONNEX_TRY(enabled, attested(context.read(), context.policy, kAiEnabled, context.now));
  CONNEX_TRY(agreement, attested(context.read(), context.policy, claim_about(kAgreement, provider), context.now));
  CONNEX_TRY(no_training, attested(context.read(), context.policy, claim_about(kNoTraining, provider), context.now));
  FactsOf<kAiExtract> facts;
  facts.set("ai_enabled", enabled);
  facts.set("source_is_completion_note", true);
  const std::string parties[] = {visit->doctor, visit->representative};
  CONNEX_TRY(all_named, knows_names(context.read(), parties));
  facts.set("agreement_in_force", agreement);
  facts.set("no_training_attested", no_training);
  // Under the terms and the words of everybody concerned: the first that refuse it answer (X26).
  Outcome outcome;
  std::string text = notes.front().text;
  CONNEX_TRY(all, find_terms(context.read(), context.policies, context.standings, provider, context.now));
  for (const TermsOfSome& terms : all) {
    CONNEX_TRY(redactor, Redactor::make(*terms.pack, "deidentify", known));
    auto made = deidentify(text, redactor->deidentify_options(args.text("key")));
    if (!made) return std::move(made).error();
    add_text(facts, *made, all_named && all_looked_for);
    CONNEX_TRY(dependence,
               dependence_of(context.read(), *terms.pack, context.now, provider, std::span(&kNoteText, 1)));
    const bool engaged = terms.registered && terms.registered->engaged;
    const Decided decided = decide_extraction(engaged ? &terms.registered->processor : nullptr, facts, dependence.facts,
                                              *terms.pack, day_of(context.now, context.offset()));
    outcome.decision = decided.decision;
    outcome.facts = decided.facts;
    if (terms.standing != context.standing) outcome.standing = terms.standing;
    boost::json::array risks;
    for (const ResidualRisk& risk : made->residual_risks())
      risks.push_back({{"kind", name(risk.kind)}, {"start", risk.start}, {"end", risk.end}});
    outcome.result = {{"visit", visit->id}, {"provider", provider}, {"residual_risks", std::move(risks)}};
    if (!dependence.lacking.empty()) outcome.result["lacking"] = std::move(dependence.lacking);
    if (!outcome.decision.permitted()) break;
    text = made->text();
  }
  concern(outcome, *visit);
  outcome.object = provider;
  if (!outcome.decision.permitted()) return outcome;

  outcome.result["send"] = {{kNoteText, std::move(text)}};
  outcome.private_to = notes.front().sender;
  for (const std::string& person : people_of(*visit))
    CONNEX_CHECK(save(context.write(), SharingRecord{.principal = person,
                                                     .seq = context.seq,
                                                     .processor = std::string(provider),
                                                     .purpose = std::string(name(Purpose::service_delivery)),
                                                     .fields = std::string(kNoteText),
                                                     .country = std::nullopt,
                                                     .shared_at = context.now}));
  CONNEX_CHECK(add_to(context.write(), "sharing", fmt::format("{}/-", provider)));
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kNoteComplete[] = {
    {"visit", id, true, "id of the visit"},
    {"text", text, true, "what came of the visit, in the writer's own words", kMaxNote, {}, {}, true},
};
constexpr Argument kAiExtractArguments[] = {
    {"visit", id, true, "id of the visit, whose last completion note it is about"},
    {"provider", id, true, "id of the AI provider"},
    {"key", sha256, false,
     "the tenant's key for stable placeholders; numbers stand in for people without one"},
};
constexpr std::string_view kNoteCompleteClauses[] = {"C1-b", "C1-c", "C2.1-c", "C2.1-e", "C4-i", "C9-f"};
constexpr std::string_view kNoteListClauses[] = {"C4-d"};
constexpr std::string_view kAiExtractClauses[] = {"C5-l", "C5-m", "C6.5-c"};

constexpr Command kCommands[] = {
    {"note.complete", "Keeps a party's note on a visit, without what would tell how to reach somebody",
     changes, actors({Role::doctor, Role::medical_representative}), false, kNoteComplete,
     kNoteCompleteClauses, note_complete},
    {"note.list", "Lists the actor's own notes on a visit, the last first", discloses,
     actors({Role::doctor, Role::medical_representative}), false, kVisitId, kNoteListClauses, note_list},
    {"ai.extract", "Gives what of a visit's completion note may be sent to an AI provider", changes,
     kOperator, false, kAiExtractArguments, kAiExtractClauses, ai_extract, true},
};

}  // namespace

std::span<const Command> note_commands() noexcept { return kCommands; }

}  // namespace connex::services
