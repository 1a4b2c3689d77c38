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

// Holds are over principals and visits; those over one visit serve for all entries about it.
class Keepers {
 public:
  Keepers(ReadTransaction& tx, std::string_view principal) : tx_(tx), principal_(principal) {}

  Result<const std::vector<HoldFacts>*> over(const AuditContent& content) {
    const auto known = by_visit_.find(content.visit);
    if (known != by_visit_.end()) return &known->second;
    std::vector<HoldFacts> holds;
    std::vector<std::string> ids;
    CONNEX_CHECK(holds_over(tx_, "principal", principal_, holds, ids));
    for (const std::string& subject : content.subjects)
      if (subject != principal_) CONNEX_CHECK(holds_over(tx_, "principal", subject, holds, ids));
    if (!content.visit.empty()) CONNEX_CHECK(holds_over(tx_, "visit", content.visit, holds, ids));
    if (content.visit.empty() && content.subjects.size() > 1) {  // other people each time
      others_ = std::move(holds);
      return &others_;
    }
    return &by_visit_.emplace(content.visit, std::move(holds)).first->second;
  }

 private:
  ReadTransaction& tx_;
  std::string_view principal_;
  std::map<std::string, std::vector<HoldFacts>> by_visit_;
  std::vector<HoldFacts> others_;
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

// What goes, when to look again at what stays, and of which classes something stays for its whole period.
struct EntryPlan {
  std::vector<AuditDeletion> deletions;
  std::optional<Instant> next;
  RecordClasses kept;
};

Result<EntryPlan> plan(Context& context, const RetentionRules& rules, std::string_view principal,
                       std::string_view request, Instant accepted_at) {
  ReadTransaction& tx = context.read();
  CONNEX_TRY(table, rules.of(principal));
  EntryPlan plan;
  std::map<RecordClass, AuditDeletion> open;
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
    CONNEX_TRY(numbers, list_numbers(tx, EntriesOf::subject, principal, from, kPage));
    for (const Number number : numbers) {
      CONNEX_TRY(entry, look_at_entry(tx, number));
      if (!entry || entry->reading == Reading::damaged || !entry->record_class) continue;
      if (entry->reading == Reading::destroyed) {  // it went before, in another copy of the store
        add(*entry->record_class, kOwnClause, number);
        continue;
      }
      CONNEX_TRY(fate, fate_of(context, *table, keepers, *entry, accepted_at));
      if (fate.stays) {
        plan.kept.insert(*entry->record_class);
      } else if (fate.held || *fate.goes > context.now) {
        const bool dated = fate.goes && *fate.goes > context.now;
        const Instant again = dated ? *fate.goes : Instant{context.now.micros + kMicrosPerDay};
        plan.next = plan.next ? std::min(*plan.next, again) : again;
      } else {
        add(*entry->record_class, fate.clause, number);
      }
    }
    if (numbers.size() < kPage) break;
    from = numbers.back() + 1;
  }
  for (auto& [unused, deletion] : open) plan.deletions.push_back(std::move(deletion));
  return plan;
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
      if (fate.stays || fate.held) continue;
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
