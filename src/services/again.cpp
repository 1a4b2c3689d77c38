#include "services/again.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "connex/gates.hpp"
#include "connex/purpose.hpp"
#include "json/strict.hpp"
#include "services/attestations.hpp"
#include "services/audit_replay.hpp"
#include "services/dependencies.hpp"
#include "services/processors.hpp"
#include "services/sharing_rules.hpp"
#include "services/try.hpp"
#include "services/visit_facts.hpp"

namespace connex::services {
namespace {

using Told = std::optional<Again>;

std::string_view detail(const AuditContent& content, std::string_view wanted) {
  for (const Detail& d : content.details)
    if (d.name == wanted) return d.value;
  return {};
}

// What is taken over as it was kept, and the part of the pack on which it rests: a fact of a gate or, without one, that
// a command succeeds at all, for which a pack may set limits that are no gate. Rules and commands have the same names.
struct RestsOn {
  std::string_view what;
  std::string_view fact;
  std::string_view pointer;  // JSON pointer into the pack; empty: all of it
};
constexpr RestsOn kRestsOn[] = {
    {"principal.register", "within_own_scope", "/roles"},
    {"principal.register", "", "/roles"},
    {"rights.resolve", "", "/accounts/adult_age"},
    {"account.open", "holder_is_adult", "/accounts/adult_age"},
    {"account.open", "holder_is_adult", "/time_zone"},
    {"data.use", "owner_in_use", ""},
    {"account.reactivate", "within_reactivation_period", "/accounts"},
    {"account.reactivate", "within_reactivation_period", "/retention"},
    {"visit.disclosure", "", "/disclosure"},
    {"visit.accept", "disclosure_is_current", "/disclosure"},
    {"visit.accept", "disclosure_is_current", "/time_zone"},
    {"visit.accept", "disclosure_is_current", "/redaction"},
    {"visit.join", "joiner_accepted_disclosure", "/disclosure"},
    {"visit.join", "joiner_accepted_disclosure", "/time_zone"},
    {"visit.join", "joiner_accepted_disclosure", "/redaction"},
    {"visit.start", "acceptances_match_disclosure", "/disclosure"},
    {"visit.start", "acceptances_match_disclosure", "/time_zone"},
    {"visit.start", "acceptances_match_disclosure", "/redaction"},
    {"recording.start", "consents_match_disclosure", "/disclosure"},
    {"recording.start", "consents_match_disclosure", "/time_zone"},
    {"recording.start", "consents_match_disclosure", "/redaction"},
    {"recording.register", "recorded_only_while_permitted", "/visit/overrun_minutes"},
    {"recording.register", "recorded_only_while_permitted", "/recording/stop_grace_seconds"},
    {"recording.access", "recording_available", "/retention"},
    {"aggregate.check", "cells_large_enough", "/aggregation_k"},
    {"record.register", "", "/aggregation_k"},
    {"processor.engage", "notice_period_elapsed", "/notices/processor_days"},
    {"processor.engage", "countries_permitted", "/countries"},
    {"processor.propose", "", "/processors"},
    {"processor.notify", "", "/processors"},
    {"processor.engage", "", "/processors"},
    {"processor.withdraw", "", "/processors"},
    {"attestation.put", "", "/dependencies"},
    {"security.check", "tls_sufficient", "/security/tls_minimum"},
    {"security.check", "at_rest_encrypted", "/security/at_rest_cipher"},
    {"security.check", "password_is_hashed", "/security/password_hash"},
    {"security.check", "bcrypt_cost_sufficient", "/security/bcrypt_cost"},
    {"security.check", "database_tls_sufficient", "/security/sslmode"},
    {"security.check", "backup_recent", "/security/backup_max_age_hours"},
    {"security.check", "storage_in_country", "/security/storage_country"},
    {"security.check", "url_short_lived", "/security/url_ttl_seconds"},
    {"hold.place", "", "/holds"},
    {"hold.place", "", "/roles"},
    {"hold.review", "", "/holds"},
    {"hold.review", "", "/roles"},
    {"canary.begin", "", "/legal_floors"},
    {"canary.erase", "", "/legal_floors"},
    {"canary.finish", "", "/security/url_ttl_seconds"},
    {"principal.clear_minor_report", "", "/accounts/minor_erasure_days"},
    {"policy.publish", "loosening_called_material", ""},
};

// Facts that ask that the visit is on.
struct OnTime {
  std::string_view rule;
  std::string_view fact;
  bool exact;  // and nothing else
  bool (*on)(const Visit&, const PolicyPack&, Instant) noexcept;
};
constexpr OnTime kOnTime[] = {{"visit.join", "visit_is_current", true, is_current},
                              {"visit.accept", "visit_is_current", false, is_to_come},
                              {"media.engage", "visit_is_current", true, is_current},
                              {"visit.start", "acceptances_match_disclosure", false, is_current},
                              {"recording.start", "visit_started", false, is_current}};

bool same_times(const PolicyPack& a, const PolicyPack& b) noexcept {
  return a.visit.opens_minutes_before == b.visit.opens_minutes_before &&
         a.visit.overrun_minutes == b.visit.overrun_minutes;
}

const boost::json::value* find_at(Rules& rules, std::string_view pointer) {
  if (!rules.document) {
    auto parsed = json::parse(rules.pack->canonical);
    rules.document = parsed ? std::move(*parsed) : boost::json::value();
  }
  boost::system::error_code missing;
  return rules.document->find_pointer(pointer, missing);
}

// Whether two packs say the same at a pointer.
bool same_at(Rules& was, Rules& asked, std::string_view pointer) {
  if (was.pack->digest == asked.pack->digest) return true;
  const auto [known, fresh] = asked.compared.try_emplace({was.pack.get(), pointer}, false);
  if (!fresh) return known->second;
  const boost::json::value* a = find_at(was, pointer);
  const boost::json::value* b = find_at(asked, pointer);
  return known->second = a == nullptr || b == nullptr ? a == b : *a == *b;
}

// Whether the host's attestations, as they were then, hold up what they held up.
bool same_posture(const AuditEntry& entry, Rules& was, Rules& asked, Instant at) {
  return at == entry.at && same_at(was, asked, "/dependencies") && same_at(was, asked, "/security");
}

// Facts as they would be, and those of them that the entry does not tell.
struct Remade {
  const Gate* gate;
  Facts facts;
  std::uint32_t untold = 0;

  std::size_t index(std::string_view fact) const noexcept { return condition_index(*gate, fact); }
  void forget(std::size_t fact) noexcept {
    facts.set(fact, Fact::unknown);
    untold |= 1U << fact;
  }
  // None where the decision hinges on what is not told.
  Told told() const noexcept {
    Facts best = facts;
    best.yes |= untold;
    best.no &= ~untold;
    if (untold != 0 && evaluate(*gate, best).permitted()) return {};
    return Again{gate, facts};
  }
};

// Of two ways in which what is not told may have been, the worst and the best for a permit.
Told same_either_way(const Decided& worst, const Decided& best) {
  if (worst.decision.permitted() != best.decision.permitted()) return {};
  return Again{worst.decision.gate, worst.facts};
}

// The processor as it is in use; of those that come up, some are kept.
Result<const Processor*> in_use(ReadTransaction& tx, Rules& rules, std::string_view id) {
  constexpr std::size_t kMost = 1'000;
  const auto of = [](const PastProcessor& past) {
    return past.found && past.found->engaged ? &past.found->processor : nullptr;
  };
  const auto kept = rules.processors.find(id);
  if (kept != rules.processors.end() && kept->second.from <= rules.at && rules.at < kept->second.until)
    return of(kept->second);
  if (rules.processors.size() == kMost) rules.processors.clear();
  CONNEX_TRY(past, find_processor(tx, {*rules.pack, rules.standing}, *rules.versions, id, rules.at));
  return of(rules.processors.insert_or_assign(std::string(id), std::move(past)).first->second);
}

// A fact that asks, beside other things, that the visit is on, at `at` under `asked`.
Result<void> be_on_time(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& asked, Instant at, Remade& made) {
  const auto* row = std::ranges::find(kOnTime, made.gate->rule, &OnTime::rule);
  if (row == std::end(kOnTime) || (at == entry.at && same_times(*was.pack, *asked.pack))) return {};
  const std::size_t fact = made.index(row->fact);
  CONNEX_TRY(visit, find_visit(tx, entry.content.visit));
  if (!visit) {
    made.forget(fact);
    return {};
  }
  // As it was then. One that was cancelled meanwhile was not, if it was on; else it is not told when it was.
  const bool cancelled = visit->state == VisitState::cancelled;
  const auto on = [&](const PolicyPack& pack, Instant when) {
    Visit then = *visit;
    if (cancelled) then.state = VisitState::booked;
    if (visit->started_at) then.state = when < *visit->started_at ? VisitState::booked : VisitState::started;
    if (visit->ended_at && *visit->ended_at <= when) then.state = VisitState::ended;
    return row->on(then, pack, when);
  };
  const bool is_on = on(*asked.pack, at);
  if (made.facts[fact] == Fact::yes) {
    if (!is_on)
      made.facts.set(fact, Fact::no);
    else if (cancelled && at > entry.at)
      made.forget(fact);
  } else if (made.facts[fact] == Fact::no && is_on && (cancelled || !on(*was.pack, entry.at))) {
    if (row->exact && !cancelled)
      made.facts.set(fact, Fact::yes);
    else
      made.forget(fact);  // whatever else is asked is not told apart
  }
  return {};
}

// Facts that ask, beside other things, that a role joins visits.
void join_by_role(Role role, std::initializer_list<std::string_view> facts, const Rules& was, const Rules& asked,
                  Remade& made) {
  if (was.pack->rule(role).joins_visits == asked.pack->rule(role).joins_visits) return;
  for (const std::string_view name : facts) {
    const std::size_t fact = made.index(name);
    if (made.facts[fact] == Fact::yes)
      made.facts.set(fact, Fact::no);
    else
      made.forget(fact);
  }
}

// Whether a visit that was booked lasts no longer than is allowed.
Result<bool> is_short_enough(ReadTransaction& tx, const AuditEntry& entry, const Rules& was, const Rules& asked) {
  if (asked.pack->visit.max_duration_minutes >= was.pack->visit.max_duration_minutes) return true;
  CONNEX_TRY(visit, find_visit(tx, entry.content.visit));
  return visit && visit->ends_at.micros - visit->starts_at.micros <=
                      asked.pack->visit.max_duration_minutes * kMicrosPerMinute;
}

// From the facts that were kept, but for those that rest on what differs.
Result<Told> from_facts(ReadTransaction& tx, const AuditEntry& entry, const Gate& gate, Rules& was, Rules& asked,
                        Instant at) {
  Remade made{&gate, recorded_facts(entry.content)};
  CONNEX_CHECK(be_on_time(tx, entry, was, asked, at, made));
  if (const auto role = from_name<Role>(entry.content.role); role && &gate == &kVisitJoin)
    join_by_role(*role, {"joiner_role_fits_side"}, was, asked, made);
  if (&gate == &kVisitBook) {
    join_by_role(Role::medical_representative, {"booker_is_medical_representative"}, was, asked, made);
    join_by_role(Role::doctor, {"doctor_virtual_visits_enabled", "opt_in_set_by_doctor"}, was, asked, made);
  }
  bool succeeds = true;
  for (const RestsOn& row : kRestsOn) {
    if ((row.what != gate.rule && row.what != entry.content.command) || same_at(was, asked, row.pointer)) continue;
    const std::size_t fact = made.index(row.fact);
    if (row.fact.empty())
      succeeds = false;
    else if (fact < gate.conditions.size())
      made.forget(fact);
  }
  Told told = made.told();
  if (!told || !told->decision().permitted()) return told;
  if (&gate == &kVisitBook) {
    CONNEX_TRY(short_enough, is_short_enough(tx, entry, was, asked));
    succeeds = succeeds && short_enough;
  }
  return succeeds ? told : Told();
}

// What an entry tells of one gate before a processor: its facts where it denied, and that they held where it permitted.
template <const Gate& G>
bool take_door(const AuditEntry& entry, Guard guard, const Processor* before, bool passed, FactsOf<G>& facts) {
  if (entry.content.rule == G.rule) {
    static_cast<Facts&>(facts) = recorded_facts(entry.content);
    return true;
  }
  if (!passed || before == nullptr || before->guard != guard) return false;
  for (std::size_t i = 0; i < G.conditions.size(); ++i) static_cast<Facts&>(facts).set(i, Fact::yes);
  return true;
}

template <const Gate& G>
void hold_all(FactsOf<G>& facts) {
  for (std::size_t i = 0; i < G.conditions.size(); ++i) static_cast<Facts&>(facts).set(i, Fact::yes);
}

constexpr std::string_view kUnlisted = "?";  // in place of a field that was on no list, or told too much

// A sharing by egress.check, as that decides it.
Result<Told> sharing_again(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& asked, Day day, Instant at) {
  const AuditContent& content = entry.content;
  const std::string_view id = content.object;
  Sharing worst{split(detail(content, "send")), detail(content, "purpose"), detail(content, "country"), {}};
  if (worst.purpose.empty()) return Told();
  const std::size_t sent = worst.fields.size();
  for (const std::string_view field : split(detail(content, "strip"))) worst.fields.push_back(field);
  CONNEX_TRY(in_use_before, in_use(tx, was, id));
  std::optional<Processor> before;
  if (in_use_before != nullptr) before = *in_use_before;
  CONNEX_TRY(processor, in_use(tx, asked, id));
  if (processor == nullptr) {
    EgressRequest request;
    request.fields = worst.fields;
    request.purpose = worst.purpose;
    return Told(Again{&kEgressCheck, refuse_unlisted(request, *asked.pack).facts});
  }

  SharingFacts& known = worst.facts;
  known.engaged = Fact::yes;
  const bool by_egress = content.rule == kEgressCheck.rule;
  CONNEX_TRY(agreement, attested(tx, *asked.pack, claim_about(kAgreement, id), at));
  known.agreement = agreement;
  if (at == entry.at && by_egress && before && before->agreement_required)
    known.agreement = recorded_facts(content)[condition_index(kEgressCheck, "agreement_in_force")];
  const bool passed = content.rule == kPostureMeet.rule ||
                      (by_egress &&
                       recorded_facts(content)[condition_index(kEgressCheck, "processor_condition_met")] == Fact::yes);
  const Processor* was_in_use = before ? &*before : nullptr;
  const bool ai = take_door(entry, Guard::ai_gate, was_in_use, passed, known.ai);
  const bool media = take_door(entry, Guard::virtual_visits_opt_in, was_in_use, passed, known.media);
  const bool bridge = take_door(entry, Guard::bridge_opt_in, was_in_use, passed, known.bridge);
  const bool same_words = same_at(was, asked, "/redaction");
  // Fields that may have been asked for under no name: on no list then, or with a value that told too much.
  const bool nameless = std::ranges::find(worst.fields, kUnlisted) != worst.fields.end();
  const auto may_be_nameless = [&](std::string_view name) {
    const ProcessorField* field = was_in_use ? was_in_use->find(name) : nullptr;
    return nameless && (field == nullptr || is_opaque(*field) || is_of_one(*field));
  };
  const auto is_known = [&](std::size_t i, Guard guard) {
    const ProcessorField* field = was_in_use ? was_in_use->find(worst.fields[i]) : nullptr;
    const bool rests_on_words = guard == Guard::deidentified || guard == Guard::redacted || guard == Guard::keyed_hash;
    return i < sent && field != nullptr && field->guard == guard && (same_words || !rests_on_words);
  };
  for (const Fact holds : {Fact::yes, Fact::unknown})  // a condition holds where it does of every field under it
    for (std::size_t i = 0; i < worst.fields.size(); ++i)
      if (const ProcessorField* field = processor->find(worst.fields[i]);
          field != nullptr && is_known(i, field->guard) == (holds == Fact::yes))
        known.fields.set(field->guard, holds);
  Remade call{&kMediaEngage, known.media};
  if (media) CONNEX_CHECK(be_on_time(tx, entry, was, asked, at, call));
  static_cast<Facts&>(known.media) = call.facts;
  CONNEX_TRY(region, attested(tx, *asked.pack, claim_about(kRegion, id), at));
  known.storage.set("region_attested", region);
  CONNEX_TRY(enabled, attested(tx, *asked.pack, kAiEnabled, at));
  CONNEX_TRY(no_training, attested(tx, *asked.pack, claim_about(kNoTraining, id), at));
  const auto state = [&](FactsOf<kAiExtract>& facts) {
    if (ai && at == entry.at) return;  // it is told
    facts.set("ai_enabled", enabled).set("no_training_attested", no_training);
  };
  state(known.ai);

  Sharing best = worst;
  if (!ai) hold_all(best.facts.ai);
  if (!media) hold_all(best.facts.media);
  static_cast<Facts&>(best.facts.media).yes |= call.untold;
  if (!bridge) hold_all(best.facts.bridge);
  if (!same_words) {
    known.ai.set("text_deidentified", Fact::unknown);
    best.facts.ai.set("text_deidentified", Fact::yes);
  }
  state(best.facts.ai);
  for (const ProcessorField& field : processor->fields) best.facts.fields.set(field.guard, Fact::yes);
  for (std::size_t i = 0; i < worst.fields.size() && i < kMaxEgressFields; ++i) {
    const ProcessorField* field = processor->find(worst.fields[i]);
    const ProcessorField* listed = was_in_use ? was_in_use->find(worst.fields[i]) : nullptr;
    if (field == nullptr) continue;
    const bool as_it_was = is_opaque(*field)   ? same_words && listed != nullptr && is_opaque(*listed)
                           : is_of_one(*field) ? listed != nullptr && is_of_one(*listed)
                                               : true;
    if (!as_it_was) known.telling |= std::uint64_t{1} << i;
  }
  for (const ProcessorField& field : processor->fields)
    if (may_be_nameless(field.name) && best.fields.size() < kMaxEgressFields &&
        std::ranges::find(best.fields, std::string_view(field.name)) == best.fields.end())
      best.fields.emplace_back(field.name);
  std::vector<std::string_view> asked_for = worst.fields;
  CONNEX_TRY(least, dependence_of(tx, *asked.pack, at, id, asked_for));
  best.facts.posture = least.facts;
  for (const Dependency& row : asked.pack->dependencies)
    std::ranges::copy_if(row.fields, std::back_inserter(asked_for), may_be_nameless);
  CONNEX_TRY(most, dependence_of(tx, *asked.pack, at, id, asked_for));
  known.posture = most.facts;
  if (same_posture(entry, was, asked, at)) {  // it is told
    if (content.rule == kPostureMeet.rule) static_cast<Facts&>(known.posture) = recorded_facts(content);
    if (content.effect == Effect::permit) known.posture = independent();
    if (content.rule == kPostureMeet.rule || content.effect == Effect::permit) best.facts.posture = known.posture;
  }

  const EgressRule rule(*processor);
  const SharingDecision low = decide_sharing(&rule, worst, *asked.pack, day);
  const SharingDecision high = decide_sharing(&rule, best, *asked.pack, day);
  return same_either_way({low.decision, low.facts}, {high.decision, high.facts});
}

// A completion note for an AI provider, as ai.extract decides it.
Result<Told> extraction_again(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& asked, Day day,
                              Instant at) {
  const std::string_view id = entry.content.object;
  CONNEX_TRY(processor, in_use(tx, asked, id));
  FactsOf<kAiExtract> facts;
  if (entry.content.rule == kAiExtract.rule)
    static_cast<Facts&>(facts) = recorded_facts(entry.content);
  else
    hold_all(facts);
  CONNEX_TRY(enabled, attested(tx, *asked.pack, kAiEnabled, at));
  CONNEX_TRY(agreement, attested(tx, *asked.pack, claim_about(kAgreement, id), at));
  CONNEX_TRY(no_training, attested(tx, *asked.pack, claim_about(kNoTraining, id), at));
  if (at != entry.at)
    facts.set("ai_enabled", enabled).set("agreement_in_force", agreement).set("no_training_attested", no_training);
  FactsOf<kAiExtract> best = facts;
  if (!same_at(was, asked, "/redaction")) {
    facts.set("text_deidentified", Fact::unknown);
    best.set("text_deidentified", Fact::yes);
  }
  CONNEX_TRY(dependence, dependence_of(tx, *asked.pack, at, id, std::span(&kNoteText, 1)));
  const auto decide_on = [&](const FactsOf<kAiExtract>& known) {
    return decide_extraction(processor, known, dependence.facts, *asked.pack, day);
  };
  return same_either_way(decide_on(facts), decide_on(best));
}

Result<Told> transfer(ReadTransaction& tx, const AuditContent& content, Rules& asked, Day day, Instant at) {
  const std::string_view country = detail(content, "country");
  if (country.empty()) return Told();
  CONNEX_TRY(agreement, attested(tx, *asked.pack, claim_about(kAgreement, content.object), at));
  CONNEX_TRY(processor, in_use(tx, asked, content.object));
  std::optional<EgressRule> rule;
  if (processor != nullptr) rule.emplace(*processor);
  const auto facts = transfer_facts(rule ? &*rule : nullptr, asked.countries, country, agreement, day);
  return Told(Again{&kTransferCheck, facts});
}

// Whether what was met, or not, of a condition on a purpose is so under another pack.
bool stays(Guard guard, Fact met, const AuditContent& content, Rules& was, Rules& asked) {
  if (guard == Guard::aggregated_or_consented && detail(content, "consented") == "true" &&
      detail(content, "class") != name(RecordClass::analytics_aggregate))
    return true;
  if (guard == Guard::aggregated_or_consented) {
    const std::int32_t before = was.pack->aggregation_k;
    const std::int32_t then = asked.pack->aggregation_k;
    return then == before || (met == Fact::yes ? then < before : then > before);
  }
  return guard != Guard::recording_permit || same_at(was, asked, "/visit/overrun_minutes");
}

Told purpose(const AuditContent& content, Rules& was, Rules& asked) {
  const auto c = from_name<RecordClass>(detail(content, "class"));
  const std::string_view purpose = detail(content, "purpose");
  const std::string_view operation = detail(content, "operation");
  if (!c || purpose.empty() || operation.empty()) return std::nullopt;
  const Facts recorded = recorded_facts(content);
  GuardFacts worst;
  GuardFacts best;
  const auto of = [&](std::string_view fact) { return recorded[condition_index(kPurposeCheck, fact)]; };
  for (std::size_t i = 0; i < kCountOf<Guard>; ++i) best.set(static_cast<Guard>(i), Fact::yes);
  if (const auto stated = from_name<Purpose>(purpose)) {
    const Guard guard = was.pack->rule(*stated, *c).guard;
    const Fact met = of(guard == Guard::aggregated_or_consented ? "analytics_is_anonymous"
                        : guard == Guard::written_demand        ? "demand_is_complete"
                                                                : "condition_of_class_met");
    if (stays(guard, met, content, was, asked)) {
      worst.set(guard, met);
      best.set(guard, met);
    }
  }
  const auto decide_on = [&](const GuardFacts& guards) {
    const auto facts = purpose_facts(*asked.pack, *c, purpose, operation, guards);
    return Decided{evaluate(facts), facts};
  };
  return same_either_way(decide_on(worst), decide_on(best));
}

// What the command itself decided, its wait for the host's posture apart.
Result<Told> by_command(ReadTransaction& tx, const AuditEntry& entry, const Gate& gate, Rules& was, Rules& asked, Day day,
                        Instant at) {
  const std::string_view command = entry.content.command;
  if (&gate != &kCommandUse && &gate != &kDataUse) {
    if (command == "egress.check") return sharing_again(tx, entry, was, asked, day, at);
    if (command == "ai.extract") return extraction_again(tx, entry, was, asked, day, at);
    if (&gate == &kTransferCheck) return transfer(tx, entry.content, asked, day, at);
    if (&gate == &kPurposeCheck) return Result<Told>(purpose(entry.content, was, asked));
  }
  return from_facts(tx, entry, gate, was, asked, at);
}

// Whether the command had to wait for the host's posture, before it decided anything.
bool waited(const AuditEntry& entry, const Command& command, const Rules& was) {
  if (entry.content.rule != kPostureMeet.rule) return false;
  if (command.name == "egress.check") return detail(entry.content, "purpose").empty();
  return std::ranges::any_of(was.pack->dependencies,
                             [&](const Dependency& row) { return row.bears_on_command(command.name); });
}

}  // namespace

Facts recorded_facts(const AuditContent& content) noexcept {
  Facts recorded;
  for (std::size_t i = 0; i < content.facts.size(); ++i) recorded.set(i, content.facts[i]);
  return recorded;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Result<EgressDecision> decide_again(ReadTransaction& tx, const Sent& sent, Rules& was, Rules& asked, Day day) {
  EgressRequest request;
  request.processor = sent.processor;
  request.fields = sent.fields;
  request.purpose = sent.purpose;
  request.country = sent.country;
  request.engaged = Fact::yes;  // where it is found in use
  CONNEX_TRY(before, in_use(tx, was, sent.processor));
  if (before != nullptr) {
    if (before->agreement_required) request.agreement = sent.agreement;
    for (std::size_t i = 0; i < sent.sent; ++i)
      if (const ProcessorField* field = before->find(sent.fields[i])) request.guards.set(field->guard, Fact::yes);
    request.guards.set(before->guard, sent.condition);
  }
  // From here on `before` may be gone: the two may be the same rules.
  CONNEX_TRY(processor, in_use(tx, asked, sent.processor));
  if (processor == nullptr) return refuse_unlisted(request, *asked.pack);
  return EgressRule(*processor).decide(request, *asked.pack, asked.countries, day);
}

const Gate* gate_of(const AuditEntry& entry) noexcept {
  const Gate* gate = find_gate(entry.content.rule);
  const bool told =
      gate != nullptr && entry.record_class && entry.content.facts.size() == gate->conditions.size();
  return told ? gate : nullptr;
}

Result<std::optional<Again>> decided_again(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& asked,
                                           Day day, Instant at) {
  const AuditContent& content = entry.content;
  const Gate* gate = gate_of(entry);
  const Command* command = find_command(content.command);
  if (gate == nullptr || command == nullptr) return Told();
  const bool same_pack = was.pack->digest == asked.pack->digest;
  const bool answered = content.outcome == "done" || content.outcome == "denied";
  if (!same_pack && !answered) return Told();  // it failed, for which there may be other reasons
  const auto posture = [&] { return dependence_of(tx, *asked.pack, at, *command); };
  if (waited(entry, *command, was)) {
    CONNEX_TRY(dependence, posture());
    return dependence.decision().permitted() ? Told() : Told(Again{&kPostureMeet, dependence.facts});
  }
  CONNEX_TRY(made, by_command(tx, entry, *gate, was, asked, day, at));
  if (same_posture(entry, was, asked, at) || !(made ? made->decision() : evaluate(*gate, recorded_facts(content))).permitted()) return made;
  CONNEX_TRY(dependence, posture());
  return dependence.decision().permitted() ? made : Told(Again{&kPostureMeet, dependence.facts});
}

Result<Rules*> FiledPacks::find(Number ordinal, Instant at) {
  if (const auto known = packs_.find(ordinal); known == packs_.end()) {
    CONNEX_TRY(pack, find_filed_pack(tx_, ordinal));
    auto& made = packs_[ordinal];
    if (pack) made.emplace(std::move(pack), versions_, at);
  }
  std::optional<Rules>& found = packs_[ordinal];
  if (!found) return nullptr;
  found->at = at;
  return &*found;
}

}  // namespace connex::services
