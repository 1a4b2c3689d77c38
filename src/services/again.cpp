#include "services/again.hpp"

#include <algorithm>

#include "connex/gates.hpp"
#include "connex/purpose.hpp"
#include "services/processors.hpp"
#include "services/try.hpp"
#include "services/visit_facts.hpp"

namespace connex::services {
namespace {

using Again = std::optional<Facts>;

std::string_view detail(const AuditContent& content, std::string_view wanted) {
  for (const Detail& d : content.details)
    if (d.name == wanted) return d.value;
  return {};
}

// Facts of a gate whose inputs the entry does not tell, and which rest on the pack.
constexpr std::string_view kNotTold[] = {"security.check", "aggregate.check", "processor.engage",
                                         "policy.publish"};

// Facts that need the visit to be on: `exact` ones mean nothing else.
struct OnTime {
  std::string_view rule;
  std::string_view fact;
  bool exact;
  bool (*on)(const Visit&, const PolicyPack&, Instant) noexcept;
};
constexpr OnTime kOnTime[] = {{"visit.join", "visit_is_current", true, is_current},
                              {"visit.accept", "visit_is_current", true, is_to_come},
                              {"media.engage", "visit_is_current", true, is_current},
                              {"visit.start", "acceptances_match_disclosure", false, is_current},
                              {"recording.start", "visit_started", false, is_current}};

bool same_times(const PolicyPack& a, const PolicyPack& b) noexcept {
  return a.visit.opens_minutes_before == b.visit.opens_minutes_before &&
         a.visit.overrun_minutes == b.visit.overrun_minutes;
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

Result<Again> egress(ReadTransaction& tx, const AuditContent& content, Rules& was, Rules& asked, Day day) {
  if (detail(content, "purpose").empty()) return Again();
  Sent sent{.processor = content.object,
            .purpose = detail(content, "purpose"),
            .country = detail(content, "country"),
            .fields = split(detail(content, "send"))};
  sent.sent = sent.fields.size();
  for (const std::string_view field : split(detail(content, "strip"))) sent.fields.push_back(field);
  const Facts recorded = recorded_facts(content);
  const auto of = [&](std::string_view fact) { return recorded[condition_index(kEgressCheck, fact)]; };
  sent.agreement = of("agreement_in_force");
  sent.condition = of("processor_condition_met");
  CONNEX_TRY(made, decide_again(tx, sent, was, asked, day));
  return Again(made.facts);
}

Result<Again> transfer(ReadTransaction& tx, const AuditContent& content, Rules& asked, Day day) {
  const std::string_view country = detail(content, "country");
  if (country.empty()) return Again();
  const Fact agreement = recorded_facts(content)[condition_index(kTransferCheck, "agreement_in_force")];
  CONNEX_TRY(processor, in_use(tx, asked, content.object));
  std::optional<EgressRule> rule;
  if (processor != nullptr) rule.emplace(*processor);
  return Again(transfer_facts(rule ? &*rule : nullptr, asked.countries, country, agreement, day));
}

Again purpose(const AuditContent& content, const Rules& was, const Rules& asked) {
  const auto c = from_name<RecordClass>(detail(content, "class"));
  const std::string_view purpose = detail(content, "purpose");
  const std::string_view operation = detail(content, "operation");
  if (!c || purpose.empty() || operation.empty()) return std::nullopt;
  const Facts recorded = recorded_facts(content);
  GuardFacts guards;
  const auto of = [&](std::string_view fact) { return recorded[condition_index(kPurposeCheck, fact)]; };
  if (const auto stated = from_name<Purpose>(purpose)) {
    const Guard guard = was.pack->rule(*stated, *c).guard;
    guards.set(guard, of(guard == Guard::aggregated_or_consented ? "analytics_is_anonymous"
                         : guard == Guard::written_demand        ? "demand_is_complete"
                                                                 : "condition_of_class_met"));
  }
  return purpose_facts(*asked.pack, *c, purpose, operation, guards);
}

Result<Again> on_time(ReadTransaction& tx, const AuditEntry& entry, const Gate& gate, const Rules& was,
                      const Rules& asked, Instant at) {
  Facts made = recorded_facts(entry.content);
  const auto row = std::ranges::find_if(kOnTime, [&](const OnTime& r) { return r.rule == entry.content.rule; });
  if (row == std::end(kOnTime) || (at == entry.at && same_times(*was.pack, *asked.pack))) return Again(made);
  CONNEX_TRY(visit, find_visit(tx, entry.content.visit));
  if (!visit) return Again();
  const bool on = row->on(*visit, *asked.pack, at);
  if (row->exact || !on) made.set(condition_index(gate, row->fact), on ? Fact::yes : Fact::no);
  return Again(made);
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

Result<std::optional<Facts>> facts_again(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& asked,
                                         Day day, Instant at) {
  const AuditContent& content = entry.content;
  const Gate* gate = gate_of(entry);
  const auto is = [&](std::string_view rule) { return content.rule == rule; };
  if (gate == nullptr || std::ranges::any_of(kNotTold, is)) return Again();
  if (is(kEgressCheck.rule)) return egress(tx, content, was, asked, day);
  if (is(kTransferCheck.rule)) return transfer(tx, content, asked, day);
  if (is(kPurposeCheck.rule)) return Result<Again>(purpose(content, was, asked));
  return on_time(tx, entry, *gate, was, asked, at);
}

}  // namespace connex::services
