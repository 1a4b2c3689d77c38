// What rights.resolve answers: the summary of a person's data, a correction, an erasure item by item.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <tuple>

#include "connex/period.hpp"
#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "services/accounts.hpp"
#include "services/audit_erasure.hpp"
#include "services/audit_log.hpp"
#include "services/answers.hpp"
#include "services/dispositions.hpp"
#include "services/erasure_ledger.hpp"
#include "services/messages.hpp"
#include "services/namings.hpp"
#include "services/notices.hpp"
#include "services/processors.hpp"
#include "services/recording_permits.hpp"
#include "services/records.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/sharings.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"
#include "services/viewing.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using Object = boost::json::object;
using boost::json::value;
using store::Cell;
using store::Row;

constexpr std::uint32_t kPage = 500;

// How much there is of a class, and until when: as large as the list of classes, however much there is.
struct ClassSummary {
  std::int64_t count = 0;
  std::int64_t held = 0;
  bool endless = false;  // of one at least nobody knows yet when it goes
  std::optional<Instant> first_goes;
  std::optional<Instant> last_goes;
  std::string_view clause;
};
using Summary = std::map<RecordClass, ClassSummary>;

void add(Summary& summary, RecordClass c, const RetentionDecision& d, const PolicyPack& policy) {
  ClassSummary& row = summary[c];
  ++row.count;
  row.clause = policy.rule(c).clause;
  row.held += d.state == RetentionState::held ? 1 : 0;
  if (!d.dispose_at) {
    row.endless = true;
    return;
  }
  if (!row.first_goes || *d.dispose_at < *row.first_goes) row.first_goes = d.dispose_at;
  if (!row.last_goes || *d.dispose_at > *row.last_goes) row.last_goes = d.dispose_at;
}

// Hands every record about the person to `use`, a page at a time, but that of the request that is answered;
// `use` may dispose of it.
template <class Use>
Result<void> for_each_record(ReadTransaction& tx, const RightsRequest& request, Use use) {
  const Cell key[] = {std::string_view(request.id)};
  const std::string own = record_id(rights_request::kTable, key);
  std::string after;
  for (;;) {
    CONNEX_TRY(ids, list_records_of(tx, request.principal, after, kPage));
    for (const std::string& id : ids) {
      if (id == own) continue;
      CONNEX_TRY(record, find_record(tx, id));
      if (record) CONNEX_CHECK(use(*record));
    }
    if (ids.size() < kPage) return {};
    after = ids.back();
  }
}

// Hands every visit of the person to `use`, a page at a time.
template <class Use>
Result<void> for_each_visit(ReadTransaction& tx, const Principal& p, Use use) {
  namespace t = visit;
  if (p.role != Role::doctor && p.role != Role::medical_representative) return {};
  const Index& index = p.role == Role::doctor ? t::kByDoctor : t::kByRepresentative;
  for (const VisitState state :
       {VisitState::booked, VisitState::started, VisitState::ended, VisitState::cancelled}) {
    const Cell equal[] = {std::string_view(p.id), name(state)};
    std::vector<Row> rows;
    std::vector<Cell> position;
    do {
      std::vector<Row> next;
      CONNEX_CHECK(
          tx.scan(t::kTable, {.index = &index, .equal = equal, .after = position, .limit = kPage}, next));
      rows = std::move(next);
      for (const Row& row : rows) CONNEX_CHECK(use(row));
      if (!rows.empty()) position = {rows.back()[t::starts_at], rows.back()[t::id]};
    } while (rows.size() == kPage);
  }
  return {};
}

// What an organisation has of the person through its people: calls, which of them are recorded, and what they wrote to each
// other; and of its own people what they may see of each other.
struct Company {
  bool own = false;
  std::int64_t visits = 0;
  std::int64_t recordings = 0;
  std::int64_t messages = 0;
  std::optional<Instant> first;  // booking, message or registration
  std::optional<Instant> last;

  void seen(Instant at) {
    first = std::min(first.value_or(at), at);
    last = std::max(last.value_or(at), at);
  }
};

struct RecordId {
  std::string id;
  RecordClass record_class;
  RetentionState state;
  std::optional<Instant> goes;
};
struct Found {
  Summary summary;
  std::vector<RecordId> first;      // the first of them one by one
  bool more = false;                // than these
  std::map<std::string, Company> companies;  // fiduciaries of their own (X48)
};
constexpr std::size_t kMostItems = 1'000;

Result<Found> find_data(Context& context, const Principal& p, const RightsRequest& request) {
  Found found;
  const RetentionRules rules(context);
  Keeping keeping;
  std::map<std::string, std::string, std::less<>> employers;  // of those whom the person wrote with
  const auto employer_of = [&](const std::string& id) -> Result<std::string> {
    const auto known = employers.find(id);
    if (known != employers.end()) return known->second;
    CONNEX_TRY(other, find_principal(context.read(), id));
    return employers.emplace(id, other ? other->organisation.value_or("") : std::string()).first->second;
  };
  if (p.organisation) {
    found.companies[*p.organisation].own = true;
    found.companies[*p.organisation].seen(p.registered_at);
  }
  const auto add_record = [&](const Record& record) -> Result<void> {
    RecordFacts loaded;
    CONNEX_CHECK(load_facts(context.read(), context.policy, record, keeping, loaded));
    CONNEX_TRY(table, rules.of(record));
    const RetentionDecision d = table->evaluate(loaded.facts, context.now);
    add(found.summary, record.record_class, d, context.policy);
    if (record.source == message::kTable.name) {
      std::set<std::string> readers;
      for (const std::string& other : loaded.subjects) {
        if (other == p.id) continue;
        CONNEX_TRY(employer, employer_of(other));
        if (!employer.empty()) readers.insert(std::move(employer));
      }
      for (const std::string& reader : readers) {
        Company& company = found.companies[reader];
        ++company.messages;
        company.seen(record.collected_at);
      }
    }
    found.more = found.first.size() == kMostItems;
    if (!found.more) found.first.push_back({record.id, record.record_class, d.state, d.dispose_at});
    return {};
  };
  CONNEX_CHECK(for_each_record(context.read(), request, add_record));
  const auto add_company = [&](const Row& row) -> Result<void> {
    if (row.is_null(visit::company)) return {};
    Company& company = found.companies[std::string(row.bytes(visit::company))];
    company.seen({row.integer(visit::booked_at)});
    ++company.visits;
    CONNEX_TRY(recorded, find_recording_of(context.read(), row.bytes(visit::id)));
    company.recordings += recorded ? 1 : 0;
    return {};
  };
  CONNEX_CHECK(for_each_visit(context.read(), p, add_company));
  return found;
}

struct Recipient {
  std::int64_t times = 0;
  std::set<std::string> fields;
  std::set<std::string> purposes;
  std::set<std::string> countries;
  Instant first;
  Instant last;
};

// Each processor once, with all that it got: as large as the register, not as the list of sharings.
Result<std::map<std::string, Recipient>> find_recipients(ReadTransaction& tx, std::string_view principal) {
  std::map<std::string, Recipient> all;
  Number after = -1;
  for (;;) {
    CONNEX_TRY(page, list_sharings(tx, principal, after, kPage));
    for (const SharingRecord& s : page) {
      Recipient& r = all[s.processor];
      if (r.times++ == 0) r.first = s.shared_at;
      r.last = s.shared_at;
      r.purposes.insert(s.purpose);
      if (s.country) r.countries.insert(*s.country);
      for (std::string_view rest = s.fields; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        r.fields.emplace(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      after = s.seq;
    }
    if (page.size() < kPage) return all;
  }
}

array list_of(const std::set<std::string>& names) {
  array out;
  for (const std::string& name : names) out.emplace_back(name);
  return out;
}

// What the organisation's people may see of the person, of what there is.
array fields_for(const PolicyPack& policy, const Principal& person, Side side, const Company& got) {
  EnumSet<Relation> met;
  if (got.visits > 0) met = EnumSet<Relation>({Relation::same_visit, Relation::own_compliance_officer});
  if (got.own) met.insert(Relation::same_organisation);
  EnumSet<Field> seen;
  for (std::size_t r = 0; r < kCountOf<Role>; ++r) {
    const auto viewer = static_cast<Role>(r);
    const Side of = policy.rule(viewer).side;
    if (side == Side::pharma ? of != side : of != Side::organisation && of != Side::doctor) continue;
    const View v = view(policy.visibility, viewer, met, kind_of(person));
    seen = seen | v.show;
    for (std::size_t f = 0; f < kCountOf<Field>; ++f)
      if (v.generalise.contains(static_cast<Field>(f)) && policy.visibility.general[f])
        seen.insert(*policy.visibility.general[f]);
  }
  array out;
  for (const OwnField& own : own_fields(person)) {
    const auto field = from_name<Field>(own.name);
    if (*own.value && field && seen.contains(*field)) out.emplace_back(own.name);
  }
  return out;
}

Result<array> describe_recipients(Context& context, const Principal& person,
                                  const std::map<std::string, Company>& companies) {
  CONNEX_TRY(recipients, find_recipients(context.read(), person.id));
  array out;
  for (const auto& [id, r] : recipients) {
    CONNEX_TRY(registered, find_processor(context.read(), context.policies, context.standing, id));
    out.push_back({{"recipient", id},
                   {"kind", "processor"},
                   {"name", registered ? registered->processor.name : id},
                   {"times", r.times},
                   {"fields", list_of(r.fields)},
                   {"purposes", list_of(r.purposes)},
                   {"countries", list_of(r.countries)},
                   {"first", format_instant(r.first, context.offset())},
                   {"last", format_instant(r.last, context.offset())}});
  }
  for (const auto& [id, got] : companies) {
    CONNEX_TRY(company, find_organisation(context.read(), id));
    const bool pharma = !company || company->kind == "pharma_company";
    out.push_back({{"recipient", id},
                   {"kind", "fiduciary"},
                   {"name", company ? company->name : id},
                   {"fields", fields_for(context.policy, person,
                                         pharma ? Side::pharma : Side::organisation, got)},
                   {"visits", got.visits},
                   {"recordings", got.recordings},
                   {"messages", got.messages},
                   {"first", instant_or_null(got.first, context.offset())},
                   {"last", instant_or_null(got.last, context.offset())}});
  }
  return out;
}

array describe_activities(const PolicyPack& policy, const Summary& summary) {
  array out;
  for (std::size_t i = 0; i < kCountOf<Purpose>; ++i) {
    const auto purpose = static_cast<Purpose>(i);
    array classes;
    for (const auto& [c, row] : summary)
      if (!policy.rule(purpose, c).clause.empty()) classes.emplace_back(name(c));
    if (!classes.empty()) out.push_back({{"purpose", name(purpose)}, {"classes", std::move(classes)}});
  }
  return out;
}

// HTML

void write_html(std::string& out, const value& v) {
  if (v.is_object()) {
    out += "<dl>";
    for (const auto& member : v.get_object()) {
      out.append("<dt>").append(escape_html(member.key())).append("</dt><dd>");
      write_html(out, member.value());
      out += "</dd>";
    }
    out += "</dl>";
  } else if (v.is_array()) {
    out += "<ul>";
    for (const value& item : v.get_array()) {
      out += "<li>";
      write_html(out, item);
      out += "</li>";
    }
    out += "</ul>";
  } else if (v.is_string()) {
    out += escape_html(v.get_string());
  } else if (v.is_null()) {
    out += "none";
  } else {
    out += escape_html(boost::json::serialize(v));
  }
}

std::string html_of(const Object& summary) {
  std::string out =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Your data</title></head><body>"
      "<h1>Your data</h1>";
  for (const auto& member : summary) {
    out.append("<h2>").append(escape_html(member.key())).append("</h2>");
    write_html(out, member.value());
  }
  return out += "</body></html>";
}

// Erasure

constexpr std::string_view kErase = "erase";
constexpr std::string_view kEraseRest = "erase_rest";
constexpr std::string_view kRestrict = "restrict";
constexpr std::string_view kHold = "hold";

bool goes_on_request(const PolicyPack& policy, RecordClass c) {
  return policy.rule(c).on_erasure == ErasureAnswer::erase;
}

// The hold that keeps something which was to be erased.
struct KeepingHold {
  std::string id;
  std::optional<Instant> expected_end;
  Instant review_at;

  Instant until() const noexcept { return expected_end.value_or(review_at); }
};

// An expectation that has passed is none.
Result<KeepingHold> find_keeping_hold(ReadTransaction& tx, std::string_view id, Instant now) {
  namespace t = hold;
  Row row;
  const Cell key[] = {id};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  if (!found) return Error{ErrorCode::corrupt, "a hold that keeps something is missing", ""};
  KeepingHold hold{std::string(id), {}, {row.integer(t::review_at)}};
  if (!row.is_null(t::expected_end) && row.integer(t::expected_end) > now.micros)
    hold.expected_end = Instant{row.integer(t::expected_end)};
  return hold;
}

Object describe(const KeepingHold& hold, UtcOffset offset) {
  return {{"id", hold.id},
          {"expected_end", instant_or_null(hold.expected_end, offset)},
          {"review_at", format_instant(hold.review_at, offset)}};
}

struct Item {
  std::string item;
  RecordClass record_class;
  std::string_view action;  // erase, restrict or retain
  std::optional<Instant> until;
  std::string_view basis;
  std::string_view clause;
  std::string_view source = {};  // of the law that keeps it
  bool unlinks = false;          // kept, the person made unidentifiable where that can be (X54)
  const KeepingHold* hold = nullptr;
};

Object describe(const Item& item, UtcOffset offset) {
  Object out{{"item", item.item},     {"class", name(item.record_class)},
             {"action", item.action}, {"until", instant_or_null(item.until, offset)},
             {"basis", item.basis},   {"clause", item.clause}};
  if (!item.source.empty()) out["source"] = item.source;
  if (item.hold != nullptr) out["hold"] = describe(*item.hold, offset);
  return out;
}

// How many items there are of each class, action and reason, with the last day of any; and the items one by one, as many as
// an answer holds: what stays, and on what basis, before what goes (X14).
class Plan {
 public:
  void add(const Item& item, UtcOffset offset) {
    const auto [total, first] = totals_.try_emplace(
        Key{item.record_class, item.action, std::string(item.basis), std::string(item.clause)});
    total->second.until = first ? item.until : later(total->second.until, item.until);
    ++total->second.count;
    const bool goes = item.action == "erase";
    if (item.unlinks) {
      unlinking_.push_back({item.item, item.record_class, item.until, kept_.size()});
    } else if (!goes) {
      stays(item.record_class, item.until);
    }
    auto& list = goes ? gone_ : kept_;
    more_kept_ = more_kept_ || (!goes && kept_.size() == kMostItems);
    if (list.size() < kMostItems) list.push_back({count_, describe(item, offset)});
    if (!goes && !more_kept_) last_kept_ = item.item;
    ++count_;
  }
  // Says which items no longer tell that they are about the person, and which do so only until a day that is known.
  template <class Names, class Until>
  Result<void> tell_unlinked(UtcOffset offset, Names names, Until until) {
    for (const Unlinking& u : unlinking_) {
      CONNEX_TRY(named, names(u.record));
      std::optional<Instant> goes;
      if (named) {
        CONNEX_TRY(from, until(u.record));
        goes = from;
        stays(u.record_class, goes ? goes : u.until);
      }
      if (u.index >= kept_.size()) continue;
      Object& item = kept_[u.index].second;
      if (!named) item["unlinked"] = true;
      if (goes) item["unlink_at"] = format_instant(*goes, offset);
    }
    return {};
  }
  void write(Object& result, UtcOffset offset) {
    array totals;
    for (const auto& [key, total] : totals_) {
      const auto& [c, action, basis, clause] = key;
      totals.push_back({{"class", name(c)},
                        {"action", action},
                        {"count", total.count},
                        {"until", instant_or_null(total.until, offset)},
                        {"basis", basis},
                        {"clause", clause}});
    }
    if (gone_.size() + kept_.size() > kMostItems) gone_.resize(kMostItems - kept_.size());
    kept_.insert(kept_.end(), std::make_move_iterator(gone_.begin()), std::make_move_iterator(gone_.end()));
    if (count_ == kept_.size()) std::ranges::sort(kept_, {}, &Numbered::first);
    array items;
    for (Numbered& item : kept_) items.push_back(std::move(item.second));
    result["plan"] = std::move(items);
    result["plan_count"] = static_cast<std::int64_t>(count_);
    result["plan_next"] = more_kept_ ? value(last_kept_) : value();
    result["totals"] = std::move(totals);
  }
  // Until when the last goes of each class of which something names the person still; none: nobody knows yet.
  const std::map<RecordClass, std::optional<Instant>>& last() const noexcept { return last_; }

 private:
  struct Unlinking {
    std::string record;
    RecordClass record_class;
    std::optional<Instant> until;
    std::size_t index;  // among those kept that are listed, or beyond them
  };
  using Numbered = std::pair<std::size_t, Object>;  // in the order in which they were dealt with
  using Key = std::tuple<RecordClass, std::string_view, std::string, std::string>;  // class, action, basis, clause
  struct Total {
    std::int64_t count = 0;
    std::optional<Instant> until = {};
  };
  static std::optional<Instant> later(const std::optional<Instant>& a, const std::optional<Instant>& b) {
    return a && b ? std::max(a, b) : std::nullopt;
  }
  void stays(RecordClass c, const std::optional<Instant>& until) {
    const auto [last, first] = last_.emplace(c, until);
    if (!first) last->second = later(last->second, until);
  }

  std::size_t count_ = 0;
  std::vector<Numbered> kept_;  // the first, and likewise
  std::vector<Numbered> gone_;
  bool more_kept_ = false;
  std::string last_kept_;
  std::vector<Unlinking> unlinking_;
  std::map<RecordClass, std::optional<Instant>> last_;
  std::map<Key, Total> totals_;
};

using Recipients = std::map<std::string, Recipient>;

Result<void> tell(Context& context, const Recipients& recipients, const Instruction& i) {
  for (const auto& [processor, unused] : recipients)
    CONNEX_CHECK(owe_notice(context, {.recipient = processor,
                                      .kind = i.kind,
                                      .about = i.about,
                                      .clause = i.clause,
                                      .due_at = i.due,
                                      .until = i.until,
                                      .request = i.request}));
  return {};
}

}  // namespace

Result<std::int64_t> tell_processors(Context& context, std::string_view principal, const Instruction& instruction) {
  CONNEX_TRY(recipients, find_recipients(context.read(), principal));
  CONNEX_CHECK(tell(context, recipients, instruction));
  return static_cast<std::int64_t>(recipients.size());
}

Result<ToldToKeep> told_to_keep(ReadTransaction& tx, std::string_view request) {
  namespace n = notice;
  std::map<std::pair<std::string, std::string>, std::pair<std::string, bool>> last;  // notice and whether to keep it
  const Cell equal[] = {request};
  CONNEX_CHECK(tx.visit(n::kTable, {.index = &n::kByRequest, .equal = equal, .limit = store::kNoLimit},
                        [&](store::RowView row) -> Result<bool> {
                          const std::string_view kind = row.bytes(n::kind);
                          if (kind != kHold && kind != kRestrict && kind != kErase) return true;
                          auto& told = last[{std::string(row.bytes(n::about)), std::string(row.bytes(n::recipient))}];
                          told = std::max(told, std::pair(std::string(row.bytes(n::id)), kind != kErase));
                          return true;
                        }));
  ToldToKeep all;
  for (const auto& [of, told] : last)
    if (told.second) all[of.first].push_back(of.second);
  return all;
}

Result<void> tell_kept_over(Context& context, const Record& record, Sweep& done) {
  CONNEX_TRY(subjects, scan_subjects(context.read(), record.id));
  for (const Row& subject : subjects) {
    const std::string id(subject.bytes(record_subject::erasure_request));
    if (id.empty()) continue;
    auto known = done.told_to_keep.find(id);
    if (known == done.told_to_keep.end()) {
      CONNEX_TRY(told, told_to_keep(context.read(), id));
      known = done.told_to_keep.emplace(id, std::move(told)).first;
    }
    const auto keep = known->second.find(record.id);
    if (keep == known->second.end()) continue;
    CONNEX_TRY(request, look_at_request(context.read(), id));
    Instant due{context.now.micros + context.policy.rights.response_days * kMicrosPerDay};
    if (request && request->due_at > context.now) due = request->due_at;
    Recipients recipients;
    for (const std::string& recipient : keep->second) recipients.emplace(recipient, Recipient());
    CONNEX_CHECK(tell(context, recipients, {.kind = kErase, .about = record.id, .due = due, .request = id}));
    known->second.erase(keep);
  }
  return {};
}

Result<std::string_view> erasing(Context& context, std::string_view principal) {
  CONNEX_TRY(ids, list_records_of(context.read(), principal, {}, kPage));
  bool keeps = ids.size() == kPage;  // so much is not looked at, and nothing goes that might be kept
  for (std::size_t i = 0; i < ids.size() && !keeps; ++i) {
    CONNEX_TRY(record, find_record(context.read(), ids[i]));
    if (!record || !goes_on_request(context.policy, record->record_class)) continue;
    CONNEX_TRY(theirs, goes_with(context.read(), *record, principal));
    if (!theirs) continue;
    CONNEX_TRY(found, evaluate_record(context, RetentionRules(context), *record));
    keeps = found.decision.state != RetentionState::due;
  }
  return keeps ? kEraseRest : kErase;
}

namespace {

// From when on a recording goes: at once, unless a doctor who did not ask may fetch a copy before.
Result<Instant> recording_goes(Context& context, const RightsRequest& request, Instant accepted_at, std::string_view record,
                               const std::vector<std::string>& others) {
  for (const std::string& id : others) {
    CONNEX_TRY(other, find_account(context.read(), id));
    if (!other || other->role != Role::doctor) continue;
    const Cell key[] = {record, std::string_view(id)};
    Row subject;
    CONNEX_TRY(listed, context.read().get(record_subject::kTable, key, subject));
    if (listed && !subject.is_null(record_subject::erasure_request)) continue;
    return copy_until(accepted_at, request.due_at);
  }
  return accepted_at;
}

// The others whom a record is about, of those that go for all of them: a recording, and what the host keeps of several.
Result<std::vector<std::string>> others_of(ReadTransaction& tx, const Record& record, std::string_view person) {
  std::vector<std::string> others;
  if (!is_shared(record)) return others;
  CONNEX_TRY(subjects, list_subjects(tx, record.id));
  others = std::move(subjects);
  std::erase(others, person);
  return others;
}

// The other participants learn what becomes of the recording, or of what the host keeps of them too, and nothing else: that
// it goes, that a law keeps it out of sight, or that it goes once what holds it has ended. What the host keeps on for the
// others is theirs as before.
Result<void> tell_participants(Context& context, const RightsRequest& request, const ErasureItem& item, Instant goes,
                               const std::optional<Instant>& held_until, const std::vector<std::string>& others) {
  const bool recording = item.record_class == RecordClass::recording;
  if (!recording && item.step != ErasureStep::erase && item.step != ErasureStep::restrict) return {};
  const bool waits = item.step == ErasureStep::retain;
  const bool restricts = item.step == ErasureStep::restrict;
  const std::string_view kind = waits       ? "recording_erasure_waits"
                                : recording ? (restricts ? "recording_restricted" : "recording_erased")
                                            : (restricts ? "record_restricted" : "record_erased");
  for (const std::string& other : others)
    CONNEX_CHECK(owe_notice(context, {.recipient = other,
                                      .kind = kind,
                                      .about = item.record,
                                      .clause = recording ? "C6.4-f" : "C8-c",
                                      .due_at = goes > context.now && !waits ? goes : std::max(context.now, request.due_at),
                                      .until = waits                                  ? held_until
                                               : item.step == ErasureStep::restrict ? item.until
                                                                                      : std::nullopt,
                                      .request = request.id}));
  return {};
}

}  // namespace

Result<RightsRequest> whole_erasure(Context& context, const Principal& p) {
  namespace t = rights_request;
  constexpr std::uint32_t kMost = 500;  // those about one person are few
  for (const RequestStatus status : {RequestStatus::resolved, RequestStatus::escalated}) {
    const Cell equal[] = {std::string_view(p.id), name(Right::erasure), name(status)};
    std::vector<Row> rows;
    CONNEX_CHECK(context.read().scan(t::kTable, {.index = &t::kByPrincipal, .equal = equal, .limit = kMost}, rows));
    for (const Row& row : rows) {
      if (row.is_null(t::closed_at) || row.integer(t::closed_at) != p.erasure_accepted_at->micros) continue;
      CONNEX_TRY(request, find_request(context.read(), row.bytes(t::id)));
      if (request) return std::move(*request);
    }
  }
  RightsRequest request;
  request.principal = p.id;
  request.due_at = context.now;
  return request;
}

namespace {

// An erasure while it is carried out.
struct Erasure {
  const RightsRequest& request;
  const RetentionRules& rules;
  Instant accepted_at;
  bool noted = false;  // and no more: what follows is for the sweeps
  Plan plan = {};
  Sweep sweep = {};
  std::set<std::string> visits = {};  // of what was dealt with
  std::map<std::string, KeepingHold, std::less<>> holds = {};  // that keep something, each told of once
  Recipients recipients = {};             // who got data of the person
  std::optional<Item> account = {};       // what becomes of it, where all is to go
  bool keeps = false;                     // some of what goes at a request
  bool told = false;                      // the recipients
};

// What becomes of a record or an account for those who got it: `erase`, `restrict`, `hold`, or nothing, as nothing changes.
std::string_view instruction_for(const Item& item) {
  if (item.action == "erase") return item.until ? kHold : kErase;
  if (item.action == "restrict") return kRestrict;
  return item.basis == name(RetentionBasis::hold) || item.basis == name(RetentionBasis::suspension) ? kHold
                                                                                                     : std::string_view();
}
std::optional<Instant> kept_until(const Item& item) { return item.hold != nullptr ? item.hold->until() : item.until; }

// Whether what they are told of the account says the same of the record.
bool goes_without_saying(const Erasure& erasure, const Item& item) {
  if (!erasure.account) return false;
  const Item& account = *erasure.account;
  const std::string_view kind = instruction_for(item);
  if (kind == kErase) return true;
  if (kind != instruction_for(account)) return false;
  if (item.hold != nullptr || account.hold != nullptr) return item.hold == account.hold;
  return item.until && account.until && *item.until <= *account.until;
}

// Who got data of the person learns what they are to do with a record of which they may have a copy (X16, X22).
Result<void> tell_of_record(Context& context, Erasure& erasure, const Record& record, const Item& item) {
  const std::string_view kind = instruction_for(item);
  if (kind.empty()) return {};
  if (kind != kErase && goes_on_request(context.policy, item.record_class)) erasure.keeps = true;
  if (erasure.account && (!record.locator || goes_without_saying(erasure, item))) return {};
  erasure.told = true;
  return tell(context, erasure.recipients,
              {.kind = kind,
               .about = item.item,
               .due = erasure.request.due_at,
               .clause = kind == kHold ? item.clause : "C8-c",
               .until = kind == kErase ? std::nullopt : kept_until(item),
               .request = erasure.request.id});
}

// What the account has come to decides for all of the person, but for the records that something else was said of.
Result<void> tell_of_account(Context& context, Erasure& erasure, const Item& account) {
  std::string_view kind = instruction_for(account);
  if (kind.empty()) return {};
  erasure.told = true;
  if (kind == kErase && erasure.keeps) kind = kEraseRest;
  return tell(context, erasure.recipients,
              {.kind = kind,
               .about = account.item,
               .due = erasure.request.due_at,
               .clause = kind == kHold ? account.clause : "C8-c",
               .until = account.action == "erase" ? std::nullopt : kept_until(account),
               .request = erasure.request.id});
}

// Whoever asks learns of a hold, and how long it is expected to last, with the answer (C6.4-i).
Result<const KeepingHold*> tell_of_hold(Context& context, Erasure& erasure, const std::string& id) {
  const auto known = erasure.holds.find(id);
  if (known != erasure.holds.end()) return &known->second;
  CONNEX_TRY(hold, find_keeping_hold(context.read(), id, context.now));
  CONNEX_CHECK(owe_notice(context, {.recipient = erasure.request.principal,
                                    .kind = "erasure_held",
                                    .about = id,
                                    .clause = "C6.4-i",
                                    .due_at = erasure.request.due_at,
                                    .until = hold.until(),
                                    .request = erasure.request.id}));
  return &erasure.holds.emplace(id, std::move(hold)).first->second;
}

// What becomes of an account for which the erasure was accepted.
Result<Item> account_item(Context& context, Erasure& erasure, const Principal& p) {
  Item item{p.id,         RecordClass::account,           "erase",
            std::nullopt, name(RetentionBasis::erasure), context.policy.rule(RecordClass::account).clause};
  if (p.status == AccountStatus::erased) return item;
  CONNEX_TRY(decision, evaluate_account(context, p));
  item.basis = name(decision.basis);
  if (decision.basis != RetentionBasis::erasure) item.clause = decision.clause;
  item.source = decision.source;
  if (decision.state == RetentionState::due) return item;
  item.action = decision.state == RetentionState::restricted ? "restrict" : "retain";
  item.until = decision.dispose_at;
  if (!decision.hold.empty()) {
    CONNEX_TRY(hold, tell_of_hold(context, erasure, decision.hold));
    item.hold = hold;
  }
  return item;
}

// Closes the account where it is open, and lets go of its data as soon as nothing keeps them (X12).
Result<void> erase_account(Context& context, Erasure& erasure, Principal& p, Outcome& outcome) {
  if (p.active()) {
    p.status = AccountStatus::terminated;
    p.status_at = context.now;
    p.standing_seq = context.seq;
    CONNEX_CHECK(close_calls(context, p, "C2.4-h", outcome));
  }
  const bool was_erased = p.status == AccountStatus::erased;
  const bool was_restricted = p.status == AccountStatus::restricted;
  if (!was_erased) p.erasure_accepted_at = context.now;
  CONNEX_TRY(item, account_item(context, erasure, p));
  if (!was_erased) {
    CONNEX_TRY(step, settle_account(context, p, erasure.sweep, true));
    if (step != AccountStep::erased && was_restricted) item.action = "restrict";
    if (item.action == "retain") {
      for (Detail& detail : details_of(p)) outcome.details.push_back(std::move(detail));
      CONNEX_CHECK(enter_account(context, p));
    }
    outcome.details.push_back(settled_detail(p));
  }
  erasure.account = item;
  erasure.plan.add(item, context.offset());
  return {};
}

// Whether a record still tells that it is about the person, by itself or by the visit that it is of.
Result<bool> names(ReadTransaction& tx, std::string_view id, std::string_view person) {
  CONNEX_TRY(subjects, list_subjects(tx, id));
  if (std::ranges::find(subjects, person) != subjects.end()) return true;
  CONNEX_TRY(record, find_record(tx, id));
  if (!record || !record->visit) return false;
  CONNEX_TRY(visit, find_visit(tx, *record->visit));
  return visit && visit->has_party(person);
}

// What the answer says of a record; who asked learns of the hold that keeps it.
Result<Item> item_of(Context& context, Erasure& erasure, const ErasureItem& done) {
  Item item{done.record,      done.record_class, "retain",
            done.until,       name(done.basis),  done.clause,
            done.source};
  if (done.step == ErasureStep::erase) item.action = "erase";
  if (done.step == ErasureStep::restrict) item.action = "restrict";
  item.unlinks = done.step == ErasureStep::unlink;
  if (!done.hold.empty()) {
    CONNEX_TRY(hold, tell_of_hold(context, erasure, done.hold));
    item.hold = hold;
  }
  return item;
}

// What somebody else wrote stays theirs, for its own time; it is no longer about who has closed their account as soon as
// nothing is to keep it (X54).
Result<void> leave_record(Context& context, Erasure& erasure, Record& record) {
  CONNEX_TRY(leaves, leaves_message(context.read(), record, erasure.request.principal));
  CONNEX_TRY(planned, plan_leaving(context, erasure.rules, record, leaves));
  if (erasure.noted) {
    record.next_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, record));
  } else {
    CONNEX_CHECK(settle(context, erasure.rules, record, erasure.sweep));
  }
  CONNEX_TRY(item, item_of(context, erasure, planned));
  erasure.plan.add(item, context.offset());
  return {};
}

// What becomes of one record.
Result<void> erase_record(Context& context, Erasure& erasure, Record& record) {
  CONNEX_TRY(about, note_erasure(context.write(), record.id, erasure.request.principal, erasure.request.id));
  if (!about) return {};  // it names the person no more since they asked
  if (record.visit) erasure.visits.insert(*record.visit);
  CONNEX_TRY(theirs, goes_with(context.read(), record, erasure.request.principal));
  if (!theirs) return leave_record(context, erasure, record);
  CONNEX_TRY(others, others_of(context.read(), record, erasure.request.principal));
  Instant goes = erasure.accepted_at;
  if (record.record_class == RecordClass::recording) {
    CONNEX_TRY(from, recording_goes(context, erasure.request, erasure.accepted_at, record.id, others));
    goes = from;
    if (!record.erasure_accepted_at || goes < *record.erasure_accepted_at) record.erasure_accepted_at = goes;
  }
  CONNEX_TRY(done, erasure.noted ? note_acceptance(context, erasure.rules, record, erasure.accepted_at)
                                 : accept_erasure(context, erasure.rules, record, erasure.sweep));
  CONNEX_TRY(item, item_of(context, erasure, done));
  CONNEX_CHECK(
      tell_participants(context, erasure.request, done, goes, item.hold != nullptr ? item.hold->until() : done.until, others));
  CONNEX_CHECK(tell_of_record(context, erasure, record, item));
  erasure.plan.add(item, context.offset());
  return {};
}

// A visit names a person for the sake of its other records: those that no longer have to, now that these were dealt with.
Result<void> settle_visits(Context& context, Erasure& erasure) {
  for (const std::string& id : erasure.visits) {
    const Cell key[] = {std::string_view(id)};
    CONNEX_TRY(record, find_record(context.read(), record_id(visit::kTable, key)));
    if (record && record->next_at && *record->next_at <= context.now)
      CONNEX_CHECK(settle(context, erasure.rules, *record, erasure.sweep));
  }
  return {};
}

// The account, the records, and the entries of the log.
Result<void> erase_all(Context& context, Erasure& erasure, Principal& p, Outcome& outcome) {
  CONNEX_CHECK(erase_account(context, erasure, p, outcome));
  CONNEX_CHECK(for_each_record(
      context.read(), erasure.request, [&](Record& record) { return erase_record(context, erasure, record); }));
  // What the person wrote goes with its key, unless something of it must stay.
  CONNEX_TRY(wrote, has_written(context.read(), p.id));
  if (p.status == AccountStatus::erased && !wrote) {
    CONNEX_CHECK(context.vault().destroy(context.write(), p.id, RecordClasses({RecordClass::communication}),
                                         context.now));
  }
  return erase_entries(context, erasure.rules, p.id, erasure.request.id, context.now, outcome);
}

// The records that an erasure is narrowed to, each dealt with.
Result<void> erase_some(Context& context, Erasure& erasure, const array& records) {
  for (const value& id : records) {
    CONNEX_TRY(record, find_record(context.read(), id.get_string()));
    if (record) CONNEX_CHECK(erase_record(context, erasure, *record));
  }
  return {};
}

// To which records an erasure was narrowed stands in its line of the ledger, sealed: the line opens for as long as the
// log has anything of the person, and after that nothing leads from it to the records that they were taken from (X54).
evidence::SealPlace place_of_records(const RightsRequest& request) {
  return {"connex/ledger", key_erasure::kTable.name, evidence::bytes_of(request.id), "content", 7};
}

}  // namespace

Result<void> accept_again(Context& context, const RightsRequest& request, const ErasureLine& told) {
  CONNEX_TRY(found, find_account(context.read(), request.principal));
  if (!found) return {};
  const RetentionRules rules(context);
  Erasure erasure{request, rules, told.accepted_at.value_or(told.at), true};
  CONNEX_TRY(recipients, find_recipients(context.read(), request.principal));
  erasure.recipients = std::move(recipients);
  if (told.state != kEverything) {
    CONNEX_TRY(opened, context.vault().open_value(context.read(), found->id, RecordClass::audit,
                                                  place_of_records(request), evidence::bytes_of(told.content)));
    if (!opened) return {};  // all of the person was erased since
    CONNEX_TRY(records, json::parse(evidence::text_of(opened->view())));
    return erase_some(context, erasure, records.as_array());
  }
  if (found->status != AccountStatus::erased) {  // what comes to its end tells of that
    found->erasure_accepted_at = erasure.accepted_at;
    if (!found->active()) found->look_at = context.now;
    CONNEX_CHECK(save(context.write(), Save::update, *found));
  }
  CONNEX_TRY(account, account_item(context, erasure, *found));
  if (account.action == "retain") CONNEX_CHECK(tell_of_account(context, erasure, account));
  erasure.account = std::move(account);
  CONNEX_CHECK(for_each_record(
      context.read(), request, [&](Record& record) { return erase_record(context, erasure, record); }));
  return note_entry_erasure(context, found->id, request.id, erasure.accepted_at);
}

Result<void> heed_erasures(Context& context, Record& record, const std::vector<std::string>& subjects) {
  if (record.source == rights_request::kTable.name) return {};  // what was asked since then
  for (const std::string& subject : subjects) {
    CONNEX_TRY(person, find_account(context.read(), subject));
    if (!person || !person->erasure_accepted_at) continue;
    if (record.trigger_at && record.collected_at > *person->erasure_accepted_at) continue;
    CONNEX_TRY(request, whole_erasure(context, *person));
    CONNEX_TRY(theirs, goes_with(context.read(), record, subject));
    if (!theirs) {
      CONNEX_TRY(about, note_erasure(context.write(), record.id, subject, request.id));
      static_cast<void>(about);
      continue;
    }
    CONNEX_TRY(others, others_of(context.read(), record, subject));
    Instant goes = *person->erasure_accepted_at;
    if (record.record_class == RecordClass::recording) {
      CONNEX_TRY(from, recording_goes(context, request, context.now, record.id, others));
      goes = from;
    }
    record.erasure_accepted_at = std::min(record.erasure_accepted_at.value_or(goes), goes);
    CONNEX_TRY(item, plan_erasure(context, RetentionRules(context), record));
    const bool waits = item.step == ErasureStep::erase || item.step == ErasureStep::unlink;  // for the next sweep
    const Cell cells[] = {std::string_view(record.id), std::string_view(subject), std::string_view(request.id),
                          waits ? Cell(request.due_at.micros) : Cell()};
    CONNEX_CHECK(context.write().update(record_subject::kTable, cells));
    CONNEX_CHECK(tell_participants(context, request, item, goes, item.until, others));
  }
  return {};
}

namespace {

// How many entries of the log are about the person.
Result<std::int64_t> count_entries(ReadTransaction& tx, std::string_view person) {
  std::int64_t count = 0;
  Number from = 0;
  for (;;) {
    CONNEX_TRY(numbers, list_numbers(tx, EntriesOf::subject, person, from, kPage));
    count += static_cast<std::int64_t>(numbers.size());
    if (numbers.size() < kPage) return count;
    from = numbers.back() + 1;
  }
}

Result<array> describe_nominees(Context& context, std::string_view person) {
  CONNEX_TRY(nominations, list_nominations(context.read(), person));
  array out;
  for (const Nomination& n : nominations)
    out.push_back({{"nominee", n.nominee},
                   {"status", name(n.status)},
                   {"nominated_at", format_instant(n.nominated_at, context.offset())}});
  return out;
}

}  // namespace

Result<Outcome> list_items(Context& context, const RightsRequest& request, std::string_view after, std::uint32_t limit) {
  CONNEX_TRY(ids, list_records_of(context.read(), request.principal, after, limit));
  const Cell key[] = {std::string_view(request.id)};
  const std::string own = record_id(rights_request::kTable, key);
  const RetentionRules rules(context);
  array items;
  for (const std::string& id : ids) {
    CONNEX_TRY(record, find_record(context.read(), id));
    if (!record || id == own) continue;
    if (request.kind == Right::erasure) {
      const Cell of[] = {std::string_view(id), std::string_view(request.principal)};
      Row row;
      CONNEX_TRY(listed, context.read().get(record_subject::kTable, of, row));
      if (!listed || row.bytes(record_subject::erasure_request) != request.id) continue;
    }
    CONNEX_TRY(found, evaluate_record(context, rules, *record));
    Object item{{"item", id},
                {"class", name(record->record_class)},
                {"state", name(found.decision.state)},
                {"until", instant_or_null(found.decision.dispose_at, context.offset())},
                {"basis", name(found.decision.basis)},
                {"clause", found.clause}};
    if (const auto* hold = found.answer.if_contains("hold")) {
      CONNEX_TRY(keeping, find_keeping_hold(context.read(), hold->get_string(), context.now));
      item["hold"] = describe(keeping, context.offset());
    }
    items.push_back(std::move(item));
  }
  Outcome outcome;
  outcome.result = {{"items", std::move(items)}, {"next", ids.size() == limit ? value(ids.back()) : value()}};
  return outcome;
}

Result<Outcome> answer_access(Context& context, const RightsRequest& request, std::string_view format) {
  CONNEX_TRY(person, find_principal(context.read(), request.principal));
  if (!person) return not_found("principal", "id");
  CONNEX_TRY(found, find_data(context, *person, request));
  Object own{{"id", person->id},
             {"role", name(person->role)},
             {"status", name(person->status)},
             {"source", person->source}};
  CONNEX_TRY(for_pharma, told_to_pharma(context, request, *person));
  if (person->status != AccountStatus::restricted && person->status != AccountStatus::quarantined)
    CONNEX_CHECK(add_own_fields(context, *person, for_pharma, own));
  if (person->status != AccountStatus::erased) {
    CONNEX_TRY(stays, evaluate_account(context, *person));
    add(found.summary, RecordClass::account, stays, context.policy);
  }
  array data;
  for (const auto& [c, row] : found.summary)
    data.push_back({{"class", name(c)},
                    {"count", row.count},
                    {"held", row.held},
                    {"first_goes", instant_or_null(row.first_goes, context.offset())},
                    {"last_goes", instant_or_null(row.endless ? std::nullopt : row.last_goes, context.offset())},
                    {"clause", row.clause}});
  CONNEX_TRY(recipients, describe_recipients(context, *person, found.companies));
  array items;
  for (const RecordId& item : found.first)
    items.push_back({{"item", item.id},
                     {"class", name(item.record_class)},
                     {"state", name(item.state)},
                     {"goes", instant_or_null(item.goes, context.offset())}});
  CONNEX_TRY(content, list_own_content(context, *person, for_pharma, {}, static_cast<std::uint32_t>(kMostContent)));
  CONNEX_TRY(preference, load_preference(context.read(), person->id));
  CONNEX_TRY(nominees, describe_nominees(context, person->id));
  CONNEX_TRY(entries, count_entries(context.read(), person->id));
  Object summary{{"person", std::move(own)},
                 {"data", std::move(data)},
                 {"items", std::move(items)},
                 {"items_next", found.more ? value(found.first.back().id) : value()},
                 {"content", std::move(content.messages)},
                 {"content_next", text_or_null(content.next)},
                 {"settings", settings_of(preference)},
                 {"nominees", std::move(nominees)},
                 {"log_entries", entries},
                 {"activities", describe_activities(context.policy, found.summary)},
                 {"recipients", std::move(recipients)},
                 {"contacts", contacts_of(context)}};
  Outcome outcome;
  outcome.private_to = person->id;
  if (format == "html") outcome.result["html"] = html_of(summary);
  outcome.result["summary"] = std::move(summary);
  outcome.details = {{"format", std::string(format)}};
  return outcome;
}

// The new value replaces the old in the account, from which all views are made; the log keeps that it
// happened and on what evidence, never the value (C8-b).
Result<Outcome> answer_correction(Context& context, const RightsRequest& request, const Arguments& args) {
  CONNEX_TRY(parsed, json::parse(request.details.value_or("{}")));
  const Object& asked = parsed.get_object();
  // What was asked for one field says nothing of another.
  const value* asked_field = asked.if_contains("field");
  const bool as_asked = !args.has("field") || (asked_field && asked_field->get_string() == args.text("field"));
  const auto given = [&](std::string_view what) -> std::string {
    if (args.has(what)) return std::string(args.text(what));
    const value* found = as_asked ? asked.if_contains(what) : nullptr;
    return found ? std::string(found->get_string()) : std::string();
  };
  const std::string field = given("field");
  const std::string wanted = given("value");
  const std::string evidence = given("evidence");
  if (field.empty()) return invalid("the field is needed", "field");
  if (wanted.empty()) return invalid("the value is needed", "value");
  const bool needs_evidence = field == "registration_number" || field == "birth_date";
  if (needs_evidence && evidence.empty()) return invalid("this field is corrected on evidence", "evidence");
  const Argument as_field{"value",
                          field == "email"        ? ArgumentType::email
                          : field == "phone"      ? ArgumentType::phone
                          : field == "birth_date" ? ArgumentType::day
                          : field == "address"    ? ArgumentType::text
                                                  : ArgumentType::line,
                          true, "", field == "address" ? 500 : field == "registration_number" ? 64 : kMaxName};
  CONNEX_CHECK(validate(Object{{"value", wanted}}, std::span(&as_field, 1)));

  CONNEX_TRY(found, find_principal(context.read(), request.principal));
  if (!found) return not_found("principal", "id");
  if (found->status == AccountStatus::erased || found->status == AccountStatus::restricted)
    return conflict("the account's data are no longer held for use", "id");
  if (field == "birth_date" &&
      age_on(*parse_day(wanted), day_of(context.now, context.offset())) < context.policy.accounts.adult_age)
    return conflict("this date of birth is a child's: report the account instead", "value");
  for (const OwnField& own : own_fields(*found))
    if (own.name == field) *const_cast<std::optional<std::string>*>(own.value) = wanted;
  CONNEX_CHECK(save(context.write(), Save::update, *found));
  Outcome outcome;
  if (field == "name" && found->role == Role::doctor)
    CONNEX_CHECK(stop_recordings(context, VisitsOf::doctor, found->id, "C6.3-c", outcome));
  if (field == "name" && found->role == Role::medical_representative)
    CONNEX_CHECK(stop_recordings(context, VisitsOf::representative, found->id, "C6.3-c", outcome));
  CONNEX_TRY(recipients, find_recipients(context.read(), found->id));
  for (const auto& [processor, unused] : recipients)
    CONNEX_CHECK(owe_notice(context, {.recipient = processor,
                                      .kind = "correct",
                                      .about = found->id,
                                      .clause = "C8-b",
                                      .due_at = request.due_at,
                                      .until = {},
                                      .request = request.id}));
  outcome.details = {{"field", field}, {"evidence", evidence}};
  outcome.result = {{"field", field}, {"processors_told", static_cast<std::int64_t>(recipients.size())}};
  return outcome;
}

Result<Outcome> answer_erasure(Context& context, const RightsRequest& request) {
  CONNEX_TRY(found, find_account(context.read(), request.principal));
  if (!found) return not_found("principal", "id");
  CONNEX_TRY(parsed, json::parse(request.details.value_or("{}")));
  const auto* records = parsed.get_object().if_contains("records");

  Outcome outcome;
  const RetentionRules rules(context);
  Erasure erasure{request, rules, context.now};
  Plan& plan = erasure.plan;
  ErasureLine line;
  line.principal = request.principal;
  line.at = context.now;
  line.deed = ErasureDeed::request;
  line.object = request.id;
  line.state = records != nullptr ? kSomeRecords : kEverything;
  line.request = request.nominee.value_or("");
  line.accepted_at = context.now;
  line.since = request.received_at;
  line.due_at = request.due_at;
  if (records != nullptr) {
    evidence::Bytes sealed;
    CONNEX_CHECK(context.vault().seal(context.read(), request.principal, RecordClass::audit, place_of_records(request),
                                      evidence::bytes_of(json::canonical(*records)), sealed));
    line.content.assign(sealed.begin(), sealed.end());
  }
  CONNEX_CHECK(context.vault().enter(context.write(), line));
  CONNEX_TRY(recipients, find_recipients(context.read(), request.principal));  // of whom nothing tells once the account is gone
  erasure.recipients = std::move(recipients);
  if (records != nullptr) {
    CONNEX_CHECK(erase_some(context, erasure, records->get_array()));
  } else {
    CONNEX_CHECK(erase_all(context, erasure, *found, outcome));
    CONNEX_CHECK(tell_of_account(context, erasure, *erasure.account));
  }
  CONNEX_CHECK(settle_visits(context, erasure));
  CONNEX_CHECK(plan.tell_unlinked(
      context.offset(), [&](std::string_view id) { return names(context.read(), id, request.principal); },
      [&](std::string_view id) -> Result<std::optional<Instant>> {
        CONNEX_TRY(record, find_record(context.read(), id));
        return record ? unlinked_from(context, *record, request.principal) : std::optional<Instant>();
      }));
  plan.write(outcome.result, context.offset());
  outcome.result["processors_told"] = erasure.told ? static_cast<std::int64_t>(erasure.recipients.size()) : 0;
  if (!erasure.holds.empty())
    outcome.obligations.push_back({{"notify_doctor_of_hold", "host", "C6.4-i"}, request.due_at, {}});
  CONNEX_CHECK(state_disposals(context, outcome));
  CONNEX_TRY(named, describe_named(context, *found, {.whole = records == nullptr, .last = plan.last()}));
  outcome.result["still_named"] = std::move(named);
  return outcome;
}

}  // namespace connex::services
