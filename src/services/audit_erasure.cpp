#include "services/audit_erasure.hpp"

#include <algorithm>
#include <map>

#include "services/audit_log.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

constexpr std::uint32_t kPage = 1'000;
constexpr std::string_view kOwnClause = "C8-c";

// Holds are over principals and visits; those over one are read once.
class Keepers {
 public:
  Keepers(ReadTransaction& tx, std::string_view principal) : tx_(tx), principal_(principal) {}

  // Until the next call.
  Result<const std::vector<HoldFacts>*> over(const AuditContent& content) {
    holds_.clear();
    CONNEX_CHECK(add("principal", principal_));
    for (const std::string& subject : content.subjects)
      if (subject != principal_) CONNEX_CHECK(add("principal", subject));
    if (!content.visit.empty()) CONNEX_CHECK(add("visit", content.visit));
    return &holds_;
  }

 private:
  Result<void> add(std::string_view kind, std::string_view id) {
    const auto [known, fresh] = known_.try_emplace({std::string(kind), std::string(id)});
    std::vector<std::string> ids;
    if (fresh) CONNEX_CHECK(holds_over(tx_, kind, id, known->second, ids));
    holds_.insert(holds_.end(), known->second.begin(), known->second.end());
    return {};
  }

  ReadTransaction& tx_;
  std::string_view principal_;
  std::map<std::pair<std::string, std::string>, std::vector<HoldFacts>> known_;
  std::vector<HoldFacts> holds_;
};

// What an accepted erasure makes of an entry.
struct Fate {
  bool stays = false;  // for its whole period, whoever asks
  bool held = false;
  std::optional<Instant> goes = {};
  std::string_view clause = {};
};
Result<Fate> fate_of(Context& context, const RetentionTable& table, Keepers& keepers, const AuditEntry& entry,
                     Instant accepted_at) {
  if (context.policy.rule(*entry.record_class).on_erasure == ErasureAnswer::retain) return Fate{.stays = true};
  CONNEX_TRY(holds, keepers.over(entry.content));
  RetentionFacts facts;
  facts.record_class = *entry.record_class;
  facts.collected_at = entry.at;
  facts.trigger_at = entry.at;
  facts.erasure_accepted_at = accepted_at;
  facts.holds = *holds;
  const RetentionDecision d = table.evaluate(facts, context.now);
  Fate fate{.held = d.state == RetentionState::held,
            .goes = d.unlink_at ? d.unlink_at : d.dispose_at,
            .clause = table.explain(facts, d).clause};
  if (d.state == RetentionState::due) fate.goes = context.now;
  fate.stays = !fate.held && !fate.goes;
  return fate;
}

// Whether the entry goes with the name: it was sealed whole, or is about the person and of a class that is erased. From
// any other the name goes by itself.
bool goes_whole(const Context& context, const AuditEntry& entry, std::string_view principal) {
  const AuditContent& content = entry.content;
  return content.named.empty() ||
         (context.policy.rule(*entry.record_class).on_erasure == ErasureAnswer::erase &&
          std::ranges::find(content.subjects, principal) != content.subjects.end());
}

// What goes, when to look again at what stays, and of which classes something stays for its whole period.
struct EntryPlan {
  std::vector<AuditDeletion> deletions;
  std::map<RecordClass, std::vector<Number>> unlinked;  // stretches in which nothing keeps the person's name
  std::optional<Instant> next;
  RecordClasses kept;
};

Result<EntryPlan> plan(Context& context, const RetentionRules& rules, std::string_view principal,
                       std::string_view request, Instant accepted_at) {
  ReadTransaction& tx = context.read();
  CONNEX_TRY(table, rules.of(principal));
  EntryPlan plan;
  std::map<RecordClass, AuditDeletion> open;
  // Of each stretch of a class in which entries name the person: when all of them may let the name go, where not now.
  std::map<std::pair<RecordClass, Number>, std::optional<Instant>> stretches;
  const auto wait_until = [&](Instant again) { plan.next = plan.next ? std::min(*plan.next, again) : again; };
  Keepers keepers(tx, principal);
  const auto add = [&](RecordClass c, std::string_view clause, Number number) {
    AuditDeletion& deletion = open[c];
    if (deletion.entries.empty())
      deletion = {.reason = DeletionReason::erasure,
                  .rule = std::string(clause),
                  .request = std::string(request),
                  .holds = "none",
                  .entries = {}};
    deletion.entries.push_back(number);
    if (deletion.entries.size() == kMaxDeletion) {
      plan.deletions.push_back(std::move(deletion));
      open.erase(c);
    }
  };
  Number from = 0;
  for (;;) {
    CONNEX_TRY(numbers, list_numbers(tx, EntriesOf::person, principal, from, kPage));
    for (const Number number : numbers) {
      CONNEX_TRY(entry, look_at_entry(tx, number));
      if (!entry || !entry->record_class) continue;
      if (entry->reading == Reading::damaged) {
        if (context.policy.rule(*entry->record_class).on_erasure == ErasureAnswer::retain)
          stretches[{*entry->record_class, stretch_of(entry->at)}] = kEndOfTime;
        continue;
      }
      if (entry->reading == Reading::destroyed) {  // it went before, in another copy of the store
        add(*entry->record_class, kOwnClause, number);
        continue;
      }
      CONNEX_TRY(fate, fate_of(context, *table, keepers, *entry, accepted_at));
      const bool whole = goes_whole(context, *entry, principal);
      std::optional<Instant>* const stretch =
          entry->content.named.empty() ? nullptr : &stretches[{*entry->record_class, stretch_of(entry->at)}];
      if (fate.stays) {
        plan.kept.insert(*entry->record_class);
        if (stretch != nullptr) *stretch = kEndOfTime;
      } else if (fate.held || *fate.goes > context.now) {
        const bool dated = fate.goes && *fate.goes > context.now;
        const Instant again = dated ? *fate.goes : Instant{context.now.micros + kMicrosPerDay};
        if (whole) wait_until(again);
        if (stretch != nullptr) *stretch = std::max(stretch->value_or(again), again);
      } else if (whole) {
        add(*entry->record_class, fate.clause, number);
      }
    }
    if (numbers.size() < kPage) break;
    from = numbers.back() + 1;
  }
  for (auto& [record_class, deletion] : open) plan.deletions.push_back(std::move(deletion));
  CONNEX_TRY(unused, tokens_of(tx, principal));  // whose entries have gone, or cannot be read
  for (const TokenOf& token : unused)
    if (token.stretch < stretch_of(context.now)) stretches.try_emplace({token.record_class, token.stretch});
  for (const auto& [place, again] : stretches) {
    if (!again)
      plan.unlinked[place.first].push_back(place.second);
    else if (*again < kEndOfTime)
      wait_until(*again);
  }
  return plan;
}

// In one detail, however many people an entry is about.
void tell_unlinked(Outcome& outcome, std::string_view what) {
  constexpr std::string_view kUnlinked = "unlinked";
  const auto told = std::ranges::find(outcome.details, kUnlinked, &Detail::name);
  if (told == outcome.details.end())
    outcome.details.push_back({std::string(kUnlinked), std::string(what)});
  else
    told->value.append("; ").append(what);
}

Result<void> carry_out(Context& context, const RetentionRules& rules, std::string_view principal,
                       std::string_view request, Instant accepted_at, Outcome& outcome) {
  namespace t = entry_erasure;
  CONNEX_TRY(planned, plan(context, rules, principal, request, accepted_at));
  // The entry of this very command may name the person as well.
  const bool named =
      accepted_at == context.now || std::ranges::find(outcome.subjects, principal) != outcome.subjects.end();
  const Instant tomorrow{context.now.micros + kMicrosPerDay};
  if (named && (!planned.next || *planned.next > tomorrow)) planned.next = tomorrow;
  if (!planned.deletions.empty()) CONNEX_CHECK(enter_person(context, principal));
  for (const auto& [record_class, stretches] : planned.unlinked) {
    CONNEX_TRY(listed, context.vault().unlink(context.write(), principal, record_class, stretches, context.now));
    tell_unlinked(outcome, std::string(name(record_class)).append(" ").append(listed));
  }
  for (AuditDeletion& deletion : planned.deletions) outcome.deletions.push_back(std::move(deletion));
  const store::Cell key[] = {principal};
  CONNEX_CHECK(context.write().erase(t::kTable, key));
  if (!planned.next) {
    // Nothing else of these classes is left that is sealed for the person.
    const RecordClasses bare = RecordClasses({RecordClass::audit, RecordClass::access_log}) - planned.kept;
    if (!bare.empty()) CONNEX_CHECK(context.vault().destroy(context.write(), principal, bare, context.now));
    return {};
  }
  const store::Cell cells[] = {principal, request, accepted_at.micros, planned.next->micros};
  return context.write().insert(t::kTable, cells);
}

}  // namespace

Result<void> erase_entries(Context& context, const RetentionRules& rules, std::string_view principal,
                           std::string_view request, Instant accepted_at, Outcome& outcome) {
  return carry_out(context, rules, principal, request, accepted_at, outcome);
}

Result<void> note_entry_erasure(Context& context, std::string_view principal, std::string_view request,
                                Instant accepted_at) {
  namespace t = entry_erasure;
  const store::Cell key[] = {principal};
  CONNEX_CHECK(context.write().erase(t::kTable, key));
  const store::Cell cells[] = {principal, request, accepted_at.micros, context.now.micros};
  return context.write().insert(t::kTable, cells);
}

Result<bool> list_going_entries(Context& context, const RetentionRules& rules, Instant below, std::uint32_t limit,
                                std::vector<GoingEntry>& going) {
  namespace t = entry_erasure;
  std::vector<store::Row> people;
  CONNEX_CHECK(context.read().scan(
      t::kTable, {.index = &t::kByNext, .from = 0, .below = below.micros, .limit = limit}, people));
  for (const store::Row& row : people) {
    const std::string_view principal = row.bytes(t::principal);
    CONNEX_TRY(table, rules.of(principal));
    CONNEX_TRY(numbers, list_numbers(context.read(), EntriesOf::subject, principal, 0, limit));
    if (numbers.size() == limit) return false;
    Keepers keepers(context.read(), principal);
    const Instant next = std::max(context.now, Instant{row.integer(t::next_at)});
    for (const Number number : numbers) {
      CONNEX_TRY(entry, look_at_entry(context.read(), number));
      if (!entry || entry->reading != Reading::whole || !entry->record_class) continue;
      CONNEX_TRY(fate, fate_of(context, *table, keepers, *entry, {row.integer(t::accepted_at)}));
      if (fate.stays || fate.held || !goes_whole(context, *entry, principal)) continue;
      going.push_back({number, *entry->record_class, std::max(*fate.goes, next)});
    }
  }
  return people.size() < limit;
}

Result<bool> review_entry_erasure(Context& context, std::string_view principal) {
  namespace t = entry_erasure;
  store::Row row;
  const store::Cell key[] = {principal};
  CONNEX_TRY(found, context.read().get(t::kTable, key, row));
  if (found)
    CONNEX_CHECK(
        note_entry_erasure(context, principal, row.bytes(t::request), {row.integer(t::accepted_at)}));
  return found;
}

Result<void> resume_entry_erasures(Context& context, const RetentionRules& rules, std::uint32_t limit,
                                   Outcome& outcome) {
  namespace t = entry_erasure;
  std::vector<store::Row> rows;
  CONNEX_CHECK(context.read().scan(
      t::kTable, {.index = &t::kByNext, .from = 0, .below = context.now.micros + 1, .limit = limit}, rows));
  for (const store::Row& row : rows)
    CONNEX_CHECK(carry_out(context, rules, row.bytes(t::principal), row.bytes(t::request),
                           {row.integer(t::accepted_at)}, outcome));
  return {};
}

}  // namespace connex::services
