#include "services/audit_erasure.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "services/audit_log.hpp"
#include "services/erasure_ledger.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

constexpr std::uint32_t kPage = 1'000;
constexpr std::uint32_t kPeople = 10;  // in one sweep
constexpr std::string_view kOwnClause = "C8-c";

// Holds are over principals and visits; those over one are read once.
class Keepers {
 public:
  static Result<Keepers> of(Context& context, std::string_view principal) {
    CONNEX_TRY(person, find_account(context.read(), principal));
    return Keepers(context, principal, person ? person->child_from() : std::nullopt);
  }

  // Until the next call.
  Result<const std::vector<HoldFacts>*> over(const AuditContent& content) {
    holds_.clear();
    CONNEX_CHECK(add("principal", principal_));
    for (const std::string& subject : content.subjects)
      if (subject != principal_) CONNEX_CHECK(add("principal", subject));
    if (!content.visit.empty()) CONNEX_CHECK(add("visit", content.visit));
    std::vector<SuspensionFacts> none;
    if (child_since_) release_child(policy_, *child_since_, holds_, none);
    return &holds_;
  }

 private:
  Keepers(Context& context, std::string_view principal, std::optional<Instant> child_since)
      : tx_(context.read()), policy_(context.policy), principal_(principal), child_since_(child_since) {}

  Result<void> add(std::string_view kind, std::string_view id) {
    const auto [known, fresh] = known_.try_emplace({std::string(kind), std::string(id)});
    std::vector<std::string> ids;
    if (fresh) CONNEX_CHECK(holds_over(tx_, kind, id, known->second, ids));
    holds_.insert(holds_.end(), known->second.begin(), known->second.end());
    return {};
  }

  ReadTransaction& tx_;
  const PolicyPack& policy_;
  std::string_view principal_;
  std::optional<Instant> child_since_;
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

// An accepted erasure of the entries that name somebody, and how far it has come.
struct Pass {
  std::string principal;
  std::string request;
  Instant accepted_at;
  Number from = 0;
  std::optional<Instant> next = {};  // when to look again at what stays
  RecordClasses kept = {};           // of which something stays for its whole period
  // Of each stretch of a class in which entries name the person: when all of them may let the name go, where not now.
  std::map<std::pair<RecordClass, Number>, std::optional<Instant>> stretches = {};

  bool of_child() const noexcept { return request.starts_with(kOfChild); }
  void wait_until(Instant again) { next = next ? std::min(*next, again) : again; }
};

Pass read_pass(const store::Row& row) {
  namespace t = entry_erasure;
  return {std::string(row.bytes(t::principal)), std::string(row.bytes(t::request)), {row.integer(t::accepted_at)}};
}

Result<std::optional<Pass>> read_due(ReadTransaction& tx, std::string_view principal) {
  store::Row row;
  const store::Cell key[] = {principal};
  CONNEX_TRY(found, tx.get(entry_erasure::kTable, key, row));
  return found ? std::optional(read_pass(row)) : std::optional<Pass>();
}

Result<void> keep_due(WriteTransaction& tx, const Pass& p, Instant next_at) {
  namespace t = entry_erasure;
  const store::Cell cells[] = {std::string_view(p.principal), std::string_view(p.request), p.accepted_at.micros, next_at.micros};
  CONNEX_CHECK(tx.erase(t::kTable, std::span(cells, 1)));
  return tx.insert(t::kTable, cells);
}

// The erasure of all of a person's data that was accepted before, as the ledger of erasures tells of it.
Result<std::optional<Pass>> accepted_before(ReadTransaction& tx, const Principal& person) {
  namespace l = key_erasure;
  const auto lines_of = [&](std::span<const store::Cell> equal, std::vector<store::Row>& rows) {
    return tx.scan(l::kTable, {.index = &l::kByPrincipal, .equal = equal, .limit = kPage}, rows);
  };
  std::vector<store::Row> rows;
  const store::Cell asked[] = {std::string_view(person.id), name(ErasureDeed::request)};
  if (person.erasure_accepted_at) CONNEX_CHECK(lines_of(asked, rows));
  for (const store::Row& row : rows)
    if (row.bytes(l::state) == kEverything)
      return std::optional(Pass{person.id, std::string(row.bytes(l::object)), {row.integer(l::accepted_at)}});
  const store::Cell reported[] = {std::string_view(person.id), name(ErasureDeed::account)};
  rows.clear();
  if (person.child_from()) CONNEX_CHECK(lines_of(reported, rows));
  for (const store::Row& row : rows)
    if (!row.is_null(l::due_at) && row.integer(l::due_at) == person.child_since->micros)
      return std::optional(
          Pass{person.id, std::string(kOfChild) + std::to_string(row.integer(l::number)), *person.child_since});
  rows.clear();
  CONNEX_CHECK(lines_of(std::span(asked, 1), rows));  // of before version 7
  for (const store::Row& row : rows)
    if (row.is_null(l::deed) && row.integer(l::classes) != 0)
      return std::optional(
          Pass{person.id, std::string(kByKeys) + std::to_string(row.integer(l::number)), {row.integer(l::erased_at)}});
  return std::optional<Pass>();
}

// The pass that came to the limit of its sweep goes on with the next one: whose it is on a line of its own, then numbers.
constexpr std::int64_t kUnderWay = 4;  // row of `sweep_state`
constexpr Number kNow = -1;

Result<void> keep_pass(WriteTransaction& tx, const Pass& p) {
  std::string text = p.principal + '\n' + std::to_string(p.from) + ' ' +
                     std::to_string(p.next ? p.next->micros : kNow) + ' ' + std::to_string(p.kept.bits());
  for (const auto& [place, again] : p.stretches)
    text.append(1, ' ').append(std::to_string(static_cast<int>(place.first)))
        .append(1, ' ').append(std::to_string(place.second))
        .append(1, ' ').append(std::to_string(again ? again->micros : kNow));
  CONNEX_CHECK(forget_pass(tx));
  const store::Cell cells[] = {kUnderWay, std::string_view(text)};
  return tx.insert(sweep_state::kTable, cells);
}

// The rest of the pass, where it was this person's that came to the limit.
Result<void> go_on(ReadTransaction& tx, Pass& p) {
  store::Row row;
  const store::Cell key[] = {kUnderWay};
  CONNEX_TRY(kept, tx.get(sweep_state::kTable, key, row));
  const std::string begin = p.principal + '\n';
  if (!kept || !row.bytes(sweep_state::policy).starts_with(begin)) return {};
  std::istringstream text(std::string(row.bytes(sweep_state::policy).substr(begin.size())));
  const auto instant = [](Number micros) { return micros == kNow ? std::optional<Instant>() : Instant{micros}; };
  Number next = 0;
  Number kept_classes = 0;
  text >> p.from >> next >> kept_classes;
  p.next = instant(next);
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    if ((kept_classes >> c & 1) != 0) p.kept.insert(static_cast<RecordClass>(c));
  Number record_class = 0;
  Number stretch = 0;
  Number again = 0;
  while (text >> record_class >> stretch >> again)
    p.stretches[{static_cast<RecordClass>(record_class), stretch}] = instant(again);
  return {};
}

// What goes now. Stretches, in which nothing keeps the person's name any more, only once all entries were looked at.
struct EntryPlan {
  std::vector<AuditDeletion> deletions;
  std::map<RecordClass, std::vector<Number>> unlinked;
  bool whole = false;
};

// Looks at the next `left` entries, which it counts down.
Result<EntryPlan> plan(Context& context, const RetentionRules& rules, Pass& pass, std::uint32_t& left) {
  ReadTransaction& tx = context.read();
  const std::string_view principal = pass.principal;
  CONNEX_TRY(table, rules.of(principal));
  EntryPlan plan;
  std::map<RecordClass, AuditDeletion> open;
  CONNEX_TRY(keepers, Keepers::of(context, principal));
  const auto add = [&](RecordClass c, std::string_view clause, Number number) {
    AuditDeletion& deletion = open[c];
    if (deletion.entries.empty())
      deletion = {.reason = DeletionReason::erasure,
                  .rule = std::string(clause),
                  .request = pass.request,
                  .holds = "none",
                  .entries = {}};
    deletion.entries.push_back(number);
    if (deletion.entries.size() == kMaxDeletion) {
      plan.deletions.push_back(std::move(deletion));
      open.erase(c);
    }
  };
  while (left > 0 && !plan.whole) {
    const std::uint32_t page = std::min(kPage, left);
    CONNEX_TRY(numbers, list_numbers(tx, EntriesOf::person, principal, pass.from, page));
    left -= static_cast<std::uint32_t>(numbers.size());
    for (const Number number : numbers) {
      CONNEX_TRY(entry, look_at_entry(tx, number));
      if (!entry || !entry->record_class) continue;
      if (entry->reading == Reading::damaged) {
        if (context.policy.rule(*entry->record_class).on_erasure == ErasureAnswer::retain)
          pass.stretches[{*entry->record_class, stretch_of(entry->at)}] = kEndOfTime;
        continue;
      }
      if (entry->reading == Reading::destroyed) {  // it went before, in another copy of the store
        add(*entry->record_class, kOwnClause, number);
        continue;
      }
      CONNEX_TRY(fate, fate_of(context, *table, keepers, *entry, pass.accepted_at));
      const bool whole = goes_whole(context, *entry, principal);
      std::optional<Instant>* const stretch =
          entry->content.named.empty() ? nullptr : &pass.stretches[{*entry->record_class, stretch_of(entry->at)}];
      if (fate.stays) {
        pass.kept.insert(*entry->record_class);
        if (stretch != nullptr) *stretch = kEndOfTime;
      } else if (fate.held || *fate.goes > context.now) {
        const bool dated = fate.goes && *fate.goes > context.now;
        const Instant again = dated ? *fate.goes : Instant{context.now.micros + kMicrosPerDay};
        if (whole) pass.wait_until(again);
        if (stretch != nullptr) *stretch = std::max(stretch->value_or(again), again);
      } else if (whole) {
        add(*entry->record_class, fate.clause, number);
      }
    }
    plan.whole = numbers.size() < page;
    if (!numbers.empty()) pass.from = numbers.back() + 1;
  }
  for (auto& [record_class, deletion] : open) plan.deletions.push_back(std::move(deletion));
  if (!plan.whole) return plan;
  CONNEX_TRY(unused, tokens_of(tx, principal));  // whose entries have gone, or cannot be read
  for (const TokenOf& token : unused)
    if (token.stretch < stretch_of(context.now)) pass.stretches.try_emplace({token.record_class, token.stretch});
  for (const auto& [place, again] : pass.stretches) {
    if (!again)
      plan.unlinked[place.first].push_back(place.second);
    else if (*again < kEndOfTime)
      pass.wait_until(*again);
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

Result<void> carry_out(Context& context, const RetentionRules& rules, Pass pass, std::uint32_t& left, Outcome& outcome) {
  namespace t = entry_erasure;
  const std::string_view principal = pass.principal;
  CONNEX_TRY(planned, plan(context, rules, pass, left));
  if (!planned.deletions.empty()) CONNEX_CHECK(enter_person(context, principal));
  for (AuditDeletion& deletion : planned.deletions) outcome.deletions.push_back(std::move(deletion));
  if (!planned.whole) {
    CONNEX_CHECK(keep_due(context.write(), pass, context.now));
    return keep_pass(context.write(), pass);
  }
  CONNEX_CHECK(forget_pass(context.write()));
  for (const auto& [record_class, stretches] : planned.unlinked) {
    CONNEX_TRY(listed, context.vault().unlink(context.write(), principal, record_class, stretches, context.now));
    tell_unlinked(outcome, std::string(name(record_class)).append(" ").append(listed));
  }
  // The entry of this very command may name the person as well.
  if (pass.accepted_at == context.now || std::ranges::find(outcome.subjects, principal) != outcome.subjects.end())
    pass.wait_until({context.now.micros + kMicrosPerDay});
  if (pass.next) return keep_due(context.write(), pass, *pass.next);
  const store::Cell key[] = {principal};
  CONNEX_CHECK(context.write().erase(t::kTable, key));
  // Nothing else of these classes is left that is sealed for the person.
  const RecordClasses bare = RecordClasses({RecordClass::audit, RecordClass::access_log}) - pass.kept;
  if (!bare.empty()) CONNEX_CHECK(context.vault().destroy(context.write(), principal, bare, context.now));
  return {};
}

}  // namespace

Result<void> forget_pass(WriteTransaction& tx) {
  const store::Cell key[] = {kUnderWay};
  CONNEX_CHECK(tx.erase(sweep_state::kTable, key));
  return {};
}

Result<void> erase_entries(Context& context, const RetentionRules& rules, std::string_view principal,
                           std::string_view request, Instant accepted_at, Outcome& outcome) {
  auto left = static_cast<std::uint32_t>(kMaxDeletion);
  return carry_out(context, rules, {std::string(principal), std::string(request), accepted_at}, left, outcome);
}

Result<void> note_entry_erasure(Context& context, std::string_view principal, std::string_view request,
                                Instant accepted_at) {
  CONNEX_CHECK(forget_pass(context.write()));
  return keep_due(context.write(), {std::string(principal), std::string(request), accepted_at}, context.now);
}

Result<void> note_entries_of_child(Context& context, std::string_view principal, Number line, Instant since) {
  CONNEX_TRY(known, read_due(context.read(), principal));
  if (known && !known->of_child()) return {};  // an erasure that was asked for takes them
  CONNEX_CHECK(forget_pass(context.write()));
  return keep_due(context.write(), {std::string(principal), std::string(kOfChild) + std::to_string(line), since},
                  std::max(since, context.now));
}

Result<void> erase_naming(WriteTransaction& tx, std::string_view principal, Instant now) {
  CONNEX_TRY(person, find_account(tx, principal));
  if (!person || (!person->erasure_accepted_at && !person->child_from())) return {};
  CONNEX_TRY(known, read_due(tx, principal));
  if (known) return {};
  CONNEX_TRY(accepted, accepted_before(tx, *person));
  return accepted ? keep_due(tx, *accepted, {now.micros + kMicrosPerDay}) : Result<void>();
}

Result<void> spare_entries_of_child(Context& context, std::string_view principal) {
  CONNEX_TRY(known, read_due(context.read(), principal));
  if (!known || !known->of_child()) return {};
  const store::Cell key[] = {principal};
  CONNEX_CHECK(context.write().erase(entry_erasure::kTable, key));
  return forget_pass(context.write());
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
    CONNEX_TRY(keepers, Keepers::of(context, principal));
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
  CONNEX_TRY(known, read_due(context.read(), principal));
  if (known) CONNEX_CHECK(note_entry_erasure(context, principal, known->request, known->accepted_at));
  return known.has_value();
}

Result<bool> resume_entry_erasures(Context& context, const RetentionRules& rules, std::uint32_t& left, Outcome& outcome) {
  namespace t = entry_erasure;
  std::vector<store::Row> rows;
  CONNEX_CHECK(context.read().scan(
      t::kTable, {.index = &t::kByNext, .from = 0, .below = context.now.micros + 1, .limit = kPeople + 1}, rows));
  for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), kPeople) && left > 0; ++i) {
    Pass pass = read_pass(rows[i]);
    CONNEX_CHECK(go_on(context.read(), pass));
    CONNEX_CHECK(carry_out(context, rules, std::move(pass), left, outcome));
  }
  return rows.size() > kPeople || (!rows.empty() && left == 0);
}

}  // namespace connex::services
