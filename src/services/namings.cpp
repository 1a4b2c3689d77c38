#include "services/namings.hpp"

#include <algorithm>

#include "connex/period.hpp"
#include "services/answers.hpp"
#include "services/records.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using enum NamedUntil;
using store::Cell;
using store::Row;

constexpr auto kCommunication = RecordClass::communication;
constexpr auto kCall = RecordClass::call_metadata;
constexpr auto kConsent = RecordClass::consent_attestation;
constexpr Actors kAssistants = actors({Role::clinic_assistant});
constexpr Actors kDoctors = actors({Role::doctor});

// Ids of records hold an id of a person where the key of the row does: of acceptances alone.
constexpr const Table* kAcceptances = &attestation::kTable;

constexpr Naming of(Actors who, Naming n) noexcept {
  n.who = who;
  return n;
}

constexpr Naming kNamings[] = {
    {&principal::kTable, principal::id, never, Found::indexed},
    {&person_detail::kTable, person_detail::principal, account, Found::indexed},
    {&lookup::kTable, lookup::principal, account, Found::indexed},
    {&key_erasure::kTable, key_erasure::principal, never, Found::erased},
    {&key_erasure::kTable, key_erasure::object, never, Found::erased},
    {&key_erasure::kTable, key_erasure::request, never, Found::unsure},  // a nominee
    {&key_erasure::kTable, key_erasure::content, done, Found::unsure},  // whom a hold covers
    {&preference::kTable, preference::doctor, account, Found::indexed},
    of(kDoctors,
       {&preference::kTable, preference::virtual_visits_by, account, Found::beside, {}, &preference::kTable}),
    of(kDoctors,
       {&preference::kTable, preference::recording_by, account, Found::beside, {}, &preference::kTable}),
    of(kAssistants, {&preference::kTable, preference::virtual_visits_by, another_account, Found::read}),
    of(kAssistants, {&preference::kTable, preference::recording_by, another_account, Found::read}),
    {&bridge_setting::kTable, bridge_setting::principal, account, Found::indexed},
    {&policy_notice::kTable, policy_notice::principal, account, Found::indexed},
    {&sharing::kTable, sharing::principal, account, Found::indexed},

    {&visit::kTable, visit::doctor, record, Found::indexed, kCall},
    {&visit::kTable, visit::representative, record, Found::indexed, kCall},
    {&party::kTable, party::principal, record, Found::beside, kCall, &visit::kTable},
    {&attestation::kTable, attestation::principal, record, Found::record, kConsent},
    {&thread::kTable, thread::opened_by, record, Found::unsure, kCommunication},
    {&thread::kTable, thread::other, record, Found::unsure, kCommunication},
    {&message::kTable, message::sender, record, Found::indexed, kCommunication},
    {&conversation_tail::kTable, conversation_tail::sender, record, Found::beside, kCommunication,
     &message::kTable},
    {&retained::kTable, retained::id, record, Found::beside, kConsent, kAcceptances},
    {&retained::kTable, retained::source_key, record, Found::beside, kConsent, kAcceptances},
    {&record_subject::kTable, record_subject::record, record, Found::beside, kConsent, kAcceptances},
    {&record_subject::kTable, record_subject::principal, record, Found::indexed},
    {&rights_request::kTable, rights_request::principal, record, Found::indexed},
    {&rights_request::kTable, rights_request::submitted_by, record, Found::unsure},
    {&rights_request::kTable, rights_request::nominee, record, Found::unsure},

    // By tokens, which lead to the person until they are destroyed; by id in entries of releases before.
    {&audit_entry::kTable, audit_entry::sealed_for, log, Found::answer},
    {&audit_entry::kTable, audit_entry::body, log, Found::answer},
    {&audit_entry::kTable, audit_entry::content, log, Found::answer},
    {&audit_index::kTable, audit_index::id, log, Found::answer},
    {&entry_erasure::kTable, entry_erasure::principal, log, Found::indexed},

    {&request::kTable, request::actor, answer, Found::unsure},
    {&request::kTable, request::private_to, answer, Found::unsure},
    {&request::kTable, request::response, answer, Found::unsure},

    {&erasure::kTable, erasure::record, never, Found::erased},
    {&erasure::kTable, erasure::source_key, never, Found::erased},
    {&disposition_order::kTable, disposition_order::principal, done, Found::indexed},
    {&notice::kTable, notice::recipient, done, Found::unsure},
    {&notice::kTable, notice::about, done, Found::unsure},
    {&nomination::kTable, nomination::principal, done, Found::indexed},
    {&nomination::kTable, nomination::nominee, done, Found::read},
    {&lawful_demand::kTable, lawful_demand::scope, done, Found::read},
    {&lawful_demand::kTable, lawful_demand::about, done, Found::read},
    {&hold_scope::kTable, hold_scope::target, done, Found::indexed, {}, {}, "principal"},
    {&hold_scope::kTable, hold_scope::target, done, Found::beside, {}, kAcceptances},
    of(kAuditors, {&hold::kTable, hold::placed_by, done, Found::read}),
    of(kAuditors, {&hold::kTable, hold::approved_by, done, Found::read}),
    of(kAuditors, {&hold::kTable, hold::released_by, done, Found::read}),
    of(kAuditors, {&hold::kTable, hold::review_approved_by, done, Found::read}),

    of(kAuditors, {&host_attestation::kTable, host_attestation::attested_by, office, Found::read}),
    of(kAuditors, {&policy_version::kTable, policy_version::published_by, office, Found::read}),
    {&policy_version::kTable, policy_version::settled_up_to, done, Found::read},
    {&sweep_state::kTable, sweep_state::policy, sweep, Found::beside, {}, kAcceptances},
    {&sweep_state::kTable, sweep_state::policy, sweep, Found::beside, {}, &entry_erasure::kTable},
    {&review::kTable, review::target, sweep, Found::indexed, {}, {}, "principal"},
    {&review::kTable, review::after, sweep, Found::beside, {}, kAcceptances},
};

constexpr bool leads(const Naming& n) noexcept {
  const std::uint8_t at = n.kind.empty() ? 0 : 1;
  if (n.column == at && n.table->key_size > at) return true;
  return std::ranges::any_of(n.table->indexes, [&](const Index& i) { return i.columns.front() == n.column; });
}
static_assert(std::ranges::all_of(kNamings,
                                  [](const Naming& n) { return n.found != Found::indexed || leads(n); }));

// Whether the cell names the person: alone, in a list in JSON, or in a key.
bool names(std::string_view text, std::string_view person) {
  if (text == person) return true;
  return text.starts_with('[') && text.find('"' + std::string(person) + '"') != std::string_view::npos;
}

class Finder {
 public:
  Finder(Context& context, const Principal& person) : context_(context), person_(person) {}

  // No, yes, or perhaps: none.
  Result<std::optional<bool>> ask(const Naming& n) {
    const bool operators = context_.policy.rule(person_.role).side == Side::operator_;
    if ((n.who & (actors({person_.role}) | (operators ? kSystem : 0))) == 0) return std::optional(false);
    switch (n.found) {
      case Found::indexed:
        return by_index(n);
      case Found::record:
        return by_record(*n.table);
      case Found::beside:
        return beside(n);
      case Found::read:
        return by_reading(n);
      case Found::answer:
        return std::optional(true);
      case Found::erased:
        return person_.status == AccountStatus::erased ? std::optional(true) : std::nullopt;
      case Found::unsure:
        break;
    }
    return std::optional<bool>();
  }

 private:
  Result<std::optional<bool>> by_index(const Naming& n) {
    std::vector<Cell> equal;
    if (!n.kind.empty()) equal.emplace_back(n.kind);
    equal.emplace_back(std::string_view(person_.id));
    store::Range range{.equal = equal, .limit = 1};
    if (n.kind.empty() && n.column != 0)
      range.index = &*std::ranges::find_if(n.table->indexes,
                                           [&](const Index& i) { return i.columns.front() == n.column; });
    std::vector<Row> rows;
    CONNEX_CHECK(context_.read().scan(*n.table, range, rows));
    return std::optional(!rows.empty());
  }

  // Records are named after their tables.
  Result<std::optional<bool>> by_record(const Table& table) {
    namespace s = record_subject;
    const std::string from = std::string(table.name) + ':';
    const std::string below = std::string(table.name) + ';';
    const Cell equal[] = {std::string_view(person_.id)};
    std::vector<Row> rows;
    CONNEX_CHECK(context_.read().scan(s::kTable,
                                      {.index = &s::kByPrincipal,
                                       .equal = equal,
                                       .from = std::string_view(from),
                                       .below = std::string_view(below),
                                       .limit = 1},
                                      rows));
    return std::optional(!rows.empty());
  }

  // Which column of the other table names the person cannot be told of this one; what only may be named in it
  // may not be.
  Result<std::optional<bool>> beside(const Naming& n) {
    for (const Naming& other : kNamings) {
      if (other.table != n.other || (other.found != Found::indexed && other.found != Found::record)) continue;
      CONNEX_TRY(named, ask(other));
      if (named.value_or(false)) {
        const bool follows = n.ends == record || n.ends == account;
        return follows ? std::optional(true) : std::optional<bool>();
      }
    }
    return std::optional(false);
  }

  Result<std::optional<bool>> by_reading(const Naming& n) {
    constexpr std::uint32_t kMost = 1'000;
    if (read_ != n.table) {
      rows_.clear();
      CONNEX_CHECK(context_.read().scan(*n.table, {.limit = kMost}, rows_));
      read_ = n.table;
    }
    for (const Row& row : rows_)
      if (names(row.bytes(n.column), person_.id)) return std::optional(true);
    return rows_.size() < kMost ? std::optional(false) : std::optional<bool>();
  }

  Context& context_;
  const Principal& person_;
  const Table* read_ = nullptr;
  std::vector<Row> rows_;
};

// Until when each end is at the latest, as far as that is known.
class Ends {
 public:
  static Result<Ends> of(Context& context, const Principal& person, const Remainder& left) {
    Ends ends(context, left);
    std::vector<HoldFacts> holds;
    std::vector<std::string> ids;
    CONNEX_CHECK(holds_over(context.read(), "principal", person.id, holds, ids));
    // The request that is answered closes now.
    const auto [own, only] = ends.last_.emplace(RecordClass::audit, ends.over(RecordClass::audit));
    if (!only && own->second) own->second = std::max(own->second, ends.over(RecordClass::audit));
    ends.held_ = std::ranges::any_of(holds, [](const HoldFacts& hold) { return !hold.released_at; });
    return ends;
  }

  std::optional<Instant> until(const Naming& n) const {
    switch (n.ends) {
      case account:
        return last(RecordClass::account);
      case record:
        if (n.table == &thread::kTable) return std::nullopt;  // with the last message in it, whoever wrote that
        return n.table == &record_subject::kTable && n.column == record_subject::principal
                   ? last_of_all()
                   : last(n.record_class);
      case log:
        return entries();
      case answer:
        return Instant{context_.now.micros + context_.policy.idempotency_hours * kMicrosPerHour};
      case done:  // a demand was met when it was filed
        return n.table == &lawful_demand::kTable ? over(RecordClass::audit) : std::nullopt;
      case never:
      case office:
      case another_account:
      case sweep:
        break;
    }
    return std::nullopt;
  }

  std::string_view clause(const Naming& n) const {
    switch (n.ends) {
      case never:
      case account:
      case another_account:
        return context_.policy.rule(RecordClass::account).clause;
      case record:
        return context_.policy.rule(n.record_class).clause;
      case office:
      case sweep:
        return "C9-a";
      case log:
      case done:
      case answer:
        break;
    }
    if (n.table == &nomination::kTable) return "C8-e";
    if (n.table == &hold::kTable || n.table == &hold_scope::kTable) return "C6.4-h";
    return context_.policy.rule(RecordClass::audit).clause;
  }

 private:
  Ends(Context& context, const Remainder& left) : context_(context), whole_(left.whole), last_(left.last) {}

  std::optional<Instant> over(RecordClass c) const {
    const RetentionRule& rule = context_.policy.rule(c);
    return over_at(context_.now, rule.period, rule.rounding, context_.offset());
  }
  std::optional<Instant> last(RecordClass c) const {
    const auto found = last_.find(c);
    return whole_ && found != last_.end() ? found->second : std::nullopt;
  }
  std::optional<Instant> last_of_all() const {
    std::optional<Instant> last;
    for (const auto& [c, until] : last_) {
      if (c == RecordClass::account) continue;
      if (!until) return std::nullopt;
      last = last ? std::max(*last, *until) : *until;
    }
    return whole_ ? last : std::nullopt;
  }
  // The entry of this answer is the last; those of acceptances stay as long as these.
  std::optional<Instant> entries() const {
    const std::optional<Instant> own = over(RecordClass::audit);
    if (held_ || !own || !whole_) return std::nullopt;
    if (!last_.contains(kConsent)) return own;
    const std::optional<Instant> accepted = last(kConsent);
    return accepted ? std::optional(std::max(*own, *accepted)) : std::nullopt;
  }

  Context& context_;
  bool whole_;
  std::map<RecordClass, std::optional<Instant>> last_;
  bool held_ = false;
};

// What is told of one table: the columns that end alike.
struct Line {
  const Naming* first;
  std::vector<std::string_view> columns;
  std::optional<Instant> until;
  bool certain;
};

}  // namespace

std::span<const Naming> namings() noexcept { return kNamings; }

Result<boost::json::array> describe_named(Context& context, const Principal& person, const Remainder& left) {
  CONNEX_TRY(ends, Ends::of(context, person, left));
  Finder finder(context, person);
  std::vector<Line> lines;
  for (const Naming& n : kNamings) {
    CONNEX_TRY(named, finder.ask(n));
    if (named == false) continue;
    const std::optional<Instant> until = ends.until(n);
    const auto same = std::ranges::find_if(
        lines, [&](const Line& line) { return line.first->table == n.table && line.first->ends == n.ends; });
    const std::string_view column = n.table->columns[n.column].name;
    if (same == lines.end()) {
      lines.push_back({&n, {column}, until, named.value_or(false)});
      continue;
    }
    if (std::ranges::find(same->columns, column) == same->columns.end()) same->columns.push_back(column);
    same->certain = same->certain || named.value_or(false);
    same->until = same->until && until ? std::optional(std::max(*same->until, *until)) : std::nullopt;
  }
  boost::json::array out;
  for (const Line& line : lines)
    out.push_back({{"table", line.first->table->name},
                   {"columns", boost::json::array(line.columns.begin(), line.columns.end())},
                   {"ends", name(line.first->ends)},
                   {"until", instant_or_null(line.until, context.offset())},
                   {"clause", ends.clause(*line.first)},
                   {"certain", line.certain}});
  return out;
}

}  // namespace connex::services
