#include "services/processors.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <utility>

#include "connex/clauses.hpp"
#include "connex/egress.hpp"
#include "connex/gates.hpp"
#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "policy/countries.hpp"
#include "policy/pack.hpp"
#include "policy/tighten.hpp"
#include "services/attestations.hpp"
#include "services/command_groups.hpp"
#include "services/notices.hpp"
#include "services/policy_versions.hpp"
#include "services/processor_terms.hpp"
#include "services/schema.hpp"
#include "services/sharing_rules.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using Object = boost::json::object;
using store::Cell;
using store::Row;

constexpr std::string_view kProposed = "proposed";
constexpr std::string_view kEngaged = "engaged";
constexpr std::string_view kEnded = "ended";  // withdrawn, or a pack published since lists the processor otherwise

struct Change {
  Processor processor;
  Number number = 0;
  std::string state;
  std::string policy;  // digest of the pack it was proposed under
  std::optional<std::string> base = {};  // what that pack lists in its place; empty: nothing. None in the oldest rows
  std::string changes = {};
  Instant proposed_at;
  std::optional<Instant> engaged_at = {};
  // Of a change that a published pack made: what customers know of, empty for nothing.
  std::optional<std::string> known = {};
  // Of any other: what anybody had when it was proposed, empty for nothing. None in older rows.
  std::optional<std::string> over = {};
  std::optional<std::string> left = {};  // of what is proposed, once it was narrowed while it waited
  std::optional<Instant> ended_at = {};  // none in older rows
  // Of what is engaged, none in older rows: the version that was published last, and its place among the changes.
  std::optional<Number> under = {};
  std::optional<Number> turn = {};
  bool ends = false;  // it is to get nothing any more

  bool material() const noexcept { return !changes.empty(); }
  bool published() const noexcept { return known.has_value(); }
};

template <class Strings>
array list(const Strings& texts) {
  array out;
  for (const auto& text : texts) out.emplace_back(std::string_view(text));
  return out;
}

array list(EnumSet<Purpose> purposes) {
  array out;
  for (std::size_t i = 0; i < kCountOf<Purpose>; ++i)
    if (purposes.contains(static_cast<Purpose>(i))) out.emplace_back(name(static_cast<Purpose>(i)));
  return out;
}

// Under the names that its id and its conditions have where it is told.
Object describe(const Processor& p, std::string_view id, std::string_view guard) {
  array fields;
  for (const ProcessorField& field : p.fields)
    fields.push_back({{"name", field.name}, {guard, name(field.guard)}});
  return {{id, p.id},
          {"name", p.name},
          {"service", p.service},
          {"clause", p.clause},
          {"purposes", list(p.purposes)},
          {"fields", std::move(fields)},
          {"countries", list(p.countries)},
          {"worldwide", p.worldwide},
          {guard, name(p.guard)},
          {"agreement_required", p.agreement_required},
          {"own_fiduciary", p.own_fiduciary}};
}
Object describe(const Processor& p) { return describe(p, "processor", "condition"); }

// The reverse of describe(), for documents that it made.
Processor read_processor(const Object& o) {
  const Arguments text(o);
  Processor p;
  p.id = text.text("processor");
  p.name = text.text("name");
  p.service = text.text("service");
  const Clause* clause = find_clause(text.text("clause"));
  p.clause = clause ? clause->id : std::string_view("C5-n");
  for (const std::string& purpose : text.ids("purposes"))
    if (const auto known = from_name<Purpose>(purpose)) p.purposes.insert(*known);
  for (const boost::json::value& field : o.at("fields").as_array()) {
    const Arguments member(field.as_object());
    p.fields.push_back({std::string(member.text("name")),
                        from_name<Guard>(member.text("condition")).value_or(Guard::written_demand)});
  }
  p.countries = text.ids("countries");
  p.worldwide = text.boolean("worldwide").value_or(false);
  p.guard = from_name<Guard>(text.text("condition")).value_or(Guard::written_demand);
  p.agreement_required = text.boolean("agreement_required").value_or(true);
  p.own_fiduciary = text.boolean("own_fiduciary").value_or(false);
  return p;
}

// What the text of an entry says; nothing for an empty one.
Result<std::optional<Processor>> read_text(const std::string& text) {
  if (text.empty()) return std::optional<Processor>();
  auto document = json::parse(text);
  if (!document || !document->is_object())
    return Error{ErrorCode::corrupt, "a row of table `processor_changes` cannot be read", ""};
  return std::optional(read_processor(document->get_object()));
}

// What the change asks for; none where it ends the processor.
Result<std::optional<Processor>> asked_for(const Change& change) {
  if (change.ends) return std::optional<Processor>();
  if (!change.left) return std::optional(change.processor);
  CONNEX_TRY(left, read_text(*change.left));
  return std::optional(left.value_or(change.processor));
}

// As a pack lists it, but for its resolutions.
Object pack_entry(const Processor& p) { return describe(p, "id", "guard"); }

const Processor* get(const std::optional<Processor>& p) noexcept { return p ? &*p : nullptr; }

std::string text_of(const Processor* listed) {
  return listed ? json::canonical(describe(*listed)) : std::string();
}

Result<Change> read_change(const Row& row) {
  namespace t = processor_change;
  auto document = json::parse(row.bytes(t::document));
  if (!document || !document->is_object())
    return Error{ErrorCode::corrupt, "a row of table `processor_changes` cannot be read", ""};
  Change change;
  change.processor = read_processor(document->get_object());
  for (const auto& [member, text] : {std::pair("base", &change.base), std::pair("known", &change.known),
                                     std::pair("over", &change.over), std::pair("left", &change.left)})
    if (const boost::json::value* told = document->get_object().if_contains(member); told && told->is_string())
      *text = std::string(told->get_string());
  const auto number = [&](std::string_view member) {
    const boost::json::value* told = document->get_object().if_contains(member);
    return told && told->is_int64() ? std::optional(told->get_int64()) : std::nullopt;
  };
  if (const auto ended = number("ended_at")) change.ended_at = Instant{*ended};
  if (const auto* ends = document->get_object().if_contains("ends")) change.ends = *ends == true;
  change.under = number("under");
  change.turn = number("turn");
  change.number = row.integer(t::number);
  change.state = row.bytes(t::state);
  change.policy = row.bytes(t::policy);
  change.changes = row.bytes(t::changes);
  change.proposed_at = {row.integer(t::proposed_at)};
  if (!row.is_null(t::engaged_at)) change.engaged_at = Instant{row.integer(t::engaged_at)};
  return change;
}

// All changes of a processor, the latest first.
Result<std::vector<Change>> list_changes(ReadTransaction& tx, std::string_view processor) {
  namespace t = processor_change;
  constexpr std::uint32_t kPage = 100;
  const Cell equal[] = {processor};
  std::vector<Cell> position;
  std::vector<Row> rows;
  std::vector<Change> all;
  do {
    std::vector<Row> next;
    CONNEX_CHECK(
        tx.scan(t::kTable, {.equal = equal, .after = position, .limit = kPage, .descending = true}, next));
    rows = std::move(next);
    for (const Row& row : rows) {
      CONNEX_TRY(change, read_change(row));
      all.push_back(std::move(change));
    }
    if (!rows.empty()) position = {rows.back()[t::number]};
  } while (rows.size() == kPage);
  return all;
}

Result<Number> next_number(ReadTransaction& tx, std::string_view processor) {
  namespace t = processor_change;
  const Cell equal[] = {processor};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(t::kTable, {.equal = equal, .limit = 1, .descending = true}, rows));
  return rows.empty() ? 1 : rows.front().integer(t::number) + 1;
}

Result<void> save(WriteTransaction& tx, Save how, const Change& c) {
  Object described = describe(c.processor);
  if (c.base) described["base"] = *c.base;
  if (c.known) described["known"] = *c.known;
  if (c.over) described["over"] = *c.over;
  if (c.left) described["left"] = *c.left;
  if (c.ended_at) described["ended_at"] = c.ended_at->micros;
  if (c.ends) described["ends"] = true;
  if (c.under) described["under"] = *c.under;
  if (c.turn) described["turn"] = *c.turn;
  const std::string document = boost::json::serialize(described);
  const Cell cells[] = {std::string_view(c.processor.id),
                        c.number,
                        std::string_view(c.state),
                        std::string_view(document),
                        std::string_view(c.policy),
                        std::string_view(c.changes),
                        c.proposed_at.micros,
                        c.engaged_at ? Cell(c.engaged_at->micros) : Cell()};
  return how == Save::insert ? tx.insert(processor_change::kTable, cells)
                             : tx.update(processor_change::kTable, cells);
}

// The oldest rows hold over the pack alone under which they were proposed.
bool holds(const Change& change, const PolicyVersions& versions) {
  return change.base || change.published() || change.policy == versions.latest().filed.pack->digest;
}

// What waits to be engaged, the latest first: at most one change that is material, and before it one that is not.
Result<std::vector<Change>> list_open(ReadTransaction& tx, const PolicyVersions& versions, std::string_view processor) {
  namespace t = processor_change;
  constexpr std::uint32_t kMost = 100;
  const Cell equal[] = {processor, kProposed};
  std::vector<Row> rows;
  CONNEX_CHECK(
      tx.scan(t::kTable, {.index = &t::kByState, .equal = equal, .limit = kMost, .descending = true}, rows));
  std::vector<Change> open;
  for (const Row& row : rows) {
    CONNEX_TRY(change, read_change(row));
    if (holds(change, versions)) open.push_back(std::move(change));
  }
  return open;
}

// The one of which customers are told.
Result<std::optional<Change>> find_material(ReadTransaction& tx, const PolicyVersions& versions,
                                            std::string_view processor) {
  CONNEX_TRY(open, list_open(tx, versions, processor));
  for (Change& change : open)
    if (change.material()) return std::optional(std::move(change));
  return std::optional<Change>();
}

// Those that were engaged by `at`, in order, as the rules want them.
Result<std::vector<EngagedChange>> engaged_by(const std::vector<Change>& changes, const PolicyVersions& versions,
                                              Instant at) {
  struct Turn {
    EngagedChange change;
    Instant at;
    Number turn;
    Number number;
  };
  std::vector<Turn> turns;
  for (const Change& change : changes) {
    if (!change.engaged_at || *change.engaged_at > at || !holds(change, versions)) continue;
    const std::span<const PolicyVersion> all = versions.list();
    const auto published = std::ranges::count_if(
        all, [&](const PolicyVersion& version) { return version.published_at <= *change.engaged_at; });
    EngagedChange engaged{.published = change.published(),
                          .to = change.ends ? std::nullopt : std::optional(change.processor),
                          .under = change.under.value_or(static_cast<Number>(published))};
    if (change.over) {
      CONNEX_TRY(from, read_text(*change.over));
      engaged.from = std::move(from);
    }
    turns.push_back({std::move(engaged), *change.engaged_at, change.turn.value_or(0), change.number});
  }
  std::ranges::sort(turns, {}, [](const Turn& t) { return std::tuple(t.change.under, t.turn, t.at, t.number); });
  std::vector<EngagedChange> engaged;
  for (Turn& turn : turns) engaged.push_back(std::move(turn.change));
  return engaged;
}

std::optional<RegisteredProcessor> registered(ProcessorTerms line, const Change* proposed) {
  if (line.used) {
    std::optional<Processor> waiting = line.waits() ? std::move(line.listed) : std::nullopt;
    return RegisteredProcessor{std::move(*line.used), true, std::move(waiting)};
  }
  if (line.listed) return RegisteredProcessor{std::move(*line.listed), false, {}};
  if (proposed != nullptr && !proposed->ends) return RegisteredProcessor{proposed->processor, false, {}};
  return std::nullopt;
}

// What was given, put over what there is.
Result<Processor> apply(const Arguments& args, const Processor* present, const PolicyPack& policy) {
  Processor p = present ? *present : Processor{};
  p.id = args.text("processor");
  if (const Processor* listed = policy.find_processor(p.id); present == nullptr && listed != nullptr) {
    p.clause = listed->clause;  // it was ended, and is what it is
    p.guard = listed->guard;
  }
  if (p.clause.empty()) p.clause = find_clause("C5-n")->id;
  for (const char* needed : {"name", "service", "fields", "purposes"})
    if (present == nullptr && !args.has(needed)) return invalid("a new processor needs it", needed);
  if (args.has("name")) p.name = args.text("name");
  if (args.has("service")) p.service = args.text("service");
  if (args.has("worldwide")) p.worldwide = *args.boolean("worldwide");
  if (args.has("condition")) p.guard = *from_name<Guard>(args.text("condition"));
  if (args.has("purposes")) {
    p.purposes = {};
    for (const std::string& purpose : args.ids("purposes")) {
      const auto known = from_name<Purpose>(purpose);
      if (!known) return invalid("a purpose is one of those of the policy", "purposes");
      p.purposes.insert(*known);
    }
  }
  if (args.has("countries")) {
    p.countries = args.ids("countries");
    if (!std::all_of(p.countries.begin(), p.countries.end(), [](const auto& c) { return policy::is_country(c); }))
      return invalid("a country is a code of two capital letters that ISO 3166-1 assigns", "countries");
  }
  if (p.countries.empty() && !p.worldwide) return invalid("argument is missing", "countries");
  if (args.has("fields")) {
    const std::vector<ProcessorField> before = std::exchange(p.fields, {});
    for (const std::string& field : args.ids("fields")) {
      if (p.find(field)) return invalid("a field is listed twice", "fields");
      const auto same =
          std::find_if(before.begin(), before.end(), [&](const auto& f) { return f.name == field; });
      p.fields.push_back({field, same == before.end() ? condition_of(policy, field) : same->guard});
    }
  }
  if (const Object* conditions = args.object("field_conditions")) {
    for (const auto& [field, condition] : *conditions) {
      const auto found =
          std::find_if(p.fields.begin(), p.fields.end(),
                       [&, key = std::string_view(field)](const auto& f) { return f.name == key; });
      const auto guard =
          condition.is_string() ? from_name<Guard>(std::string_view(condition.get_string())) : std::nullopt;
      if (found == p.fields.end() || !guard)
        return invalid("a listed field and the name of a condition are expected", "field_conditions");
      const Guard asked = condition_of(policy, found->name);
      if (asked != Guard::none && *guard != asked)
        return invalid("the policy sets another condition on a field of this name", "field_conditions");
      found->guard = *guard;
    }
  }
  return p;
}

Result<Object> describe(const Change& change, UtcOffset offset) {
  CONNEX_TRY(wanted, asked_for(change));
  Object out = describe(wanted.value_or(change.processor));
  out["ends"] = change.ends;
  out["number"] = change.number;
  out["state"] = change.state;
  out["material"] = change.material();
  out["published"] = change.published();
  array changes;
  for (std::string_view rest = change.changes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    changes.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  out["changes"] = std::move(changes);
  out["proposed_at"] = format_instant(change.proposed_at, offset);
  if (change.engaged_at) out["engaged_at"] = format_instant(*change.engaged_at, offset);
  return out;
}

std::string text_of(const std::vector<ProcessorChange>& changes) {
  std::string lines;
  for (const ProcessorChange& item : changes) {
    if (!lines.empty()) lines += '\n';
    lines.append(name(item.kind)).append(" ").append(item.what);
  }
  return lines;
}

bool given_beside(const Arguments& args) {
  return std::ranges::any_of(std::initializer_list<const char*>{"name", "service", "fields", "field_conditions", "purposes",
                                                                "countries", "worldwide", "condition"},
                             [&](const char* argument) { return args.has(argument); });
}

// What anybody has is narrowed or ended at any time; anything else waits for what waits already.
Result<Outcome> processor_propose(Context& context, const Arguments& args) {
  const std::string_view id = args.text("processor");
  const bool ends = args.boolean("remove").value_or(false);
  CONNEX_TRY(lines, processor_lines(context.read(), context.policies, id));
  const std::optional<Processor> present = widest(lines);
  if (ends && given_beside(args)) return invalid("nothing else is changed of what is removed", "remove");
  if (ends && !present) return not_found("processor in use", "processor");
  Processor wanted;
  if (ends) {
    wanted = *present;
  } else {
    CONNEX_TRY(applied, apply(args, get(present), context.policy));
    wanted = std::move(applied);
  }
  const std::vector<ProcessorChange> changes = material_changes(get(present), wanted);
  CONNEX_TRY(open, list_open(context.read(), context.policies, id));
  const bool waits =
      std::ranges::any_of(open, [&](const Change& other) { return !changes.empty() || !other.material(); });
  if (waits) return conflict("a change of this processor waits already", "processor");
  if (!ends && same_terms(get(present), &wanted)) return conflict("nothing would change", "processor");

  CONNEX_TRY(number, next_number(context.read(), id));
  const Change change{.processor = std::move(wanted),
                      .number = number,
                      .state = std::string(kProposed),
                      .policy = context.policy.digest,
                      .base = text_of(context.policy.find_processor(id)),
                      .changes = text_of(changes),
                      .proposed_at = context.now,
                      .over = text_of(get(present)),
                      .ends = ends};
  CONNEX_CHECK(save(context.write(), Save::insert, change));
  Outcome outcome;
  outcome.object = id;
  CONNEX_TRY(described, describe(change, context.offset()));
  outcome.result = std::move(described);
  if (change.material())
    outcome.obligations.push_back({{"notify_affected_customers", "host", "C5-o"}, std::nullopt, {}});
  return outcome;
}

// Whether somebody is told of a change themselves: a user whom no organisation stands for, whenever they came, as with
// organisations. Of what a version of the policy changes, users are told with the version (C12-b).
bool is_told_in_person(const Row& person, const Change& change, const PolicyPack& policy) {
  const auto status = from_name<AccountStatus>(person.bytes(principal::status));
  const auto role = from_name<Role>(person.bytes(principal::role));
  return !change.published() && person.is_null(principal::organisation) && role &&
         policy.rule(*role).side != Side::operator_ &&
         (status == AccountStatus::active || status == AccountStatus::terminated);
}

Result<bool> find_user(ReadTransaction& tx, const Change& change, const PolicyPack& policy, std::string_view id) {
  Row row;
  const Cell key[] = {id};
  CONNEX_TRY(found, tx.get(principal::kTable, key, row));
  return found && is_told_in_person(row, change, policy);
}

std::string notice_about(const Change& change) {
  return change.processor.id + "#" + std::to_string(change.number);
}
Notice notice_to(std::string_view person, std::string_view about) {
  return {.recipient = person, .kind = "processor_change", .about = about, .clause = "C5-o"};
}

Result<Outcome> processor_notify(Context& context, const Arguments& args) {
  namespace t = processor_notice;
  const Instant at = args.instant("at");
  CONNEX_TRY(change, find_material(context.read(), context.policies, args.text("processor")));
  if (!change) return not_found("open change of a processor", "processor");
  if (at > context.now) return invalid("the notice lies in the future", "at");
  if (at < change->proposed_at) return invalid("the notice came before the proposal", "at");
  const std::string_view id = args.text("customer");
  CONNEX_TRY(customer, find_organisation(context.read(), id));
  CONNEX_TRY(person, find_user(context.read(), *change, context.policy, id));
  if (!customer && !person) return not_found("organisation, or user without one who is to be told", "customer");
  Row row;
  const Cell key[] = {args.text("processor"), change->number, id};
  CONNEX_TRY(organisation_told, context.read().get(t::kTable, key, row));
  const std::string about = notice_about(*change);
  const Notice notice = notice_to(id, about);
  CONNEX_TRY(person_told, find_told(context.read(), notice));
  Outcome outcome;
  if (customer && !organisation_told) {
    const Cell cells[] = {key[0], key[1], key[2], at.micros};
    CONNEX_CHECK(context.write().insert(t::kTable, cells));
  } else if (person && !person_told) {
    CONNEX_CHECK(file_notice(context, notice, change->proposed_at, at));
    outcome.subjects = {std::string(id)};
  } else {
    return conflict("the customer was told already", "customer");
  }
  outcome.object = args.text("processor");
  outcome.result = {{"processor", args.text("processor")},
                    {"customer", id},
                    {"notified_at", format_instant(at, context.offset())}};
  return outcome;
}

// Of a page of customers, those who were not told: the tables are read side by side, as far as the shortest goes.
Result<UntoldCustomers> untold_page(ReadTransaction& tx, const PolicyPack& policy, const Change& change,
                                    std::string_view after, std::uint32_t limit) {
  namespace t = processor_notice;
  const Cell of_change[] = {std::string_view(change.processor.id), change.number};
  const Cell position[] = {after};
  store::Range customers{.limit = limit};
  store::Range notices{.equal = of_change, .limit = limit};
  if (!after.empty()) customers.after = notices.after = position;
  std::vector<Row> all;
  std::vector<Row> told;
  std::vector<Row> people;
  CONNEX_CHECK(tx.scan(organisation::kTable, customers, all));
  CONNEX_CHECK(tx.scan(t::kTable, notices, told));
  if (!change.published()) CONNEX_CHECK(tx.scan(principal::kTable, customers, people));
  UntoldCustomers page{{}, {}, change.proposed_at};
  if (all.size() == limit) page.next = all.back().bytes(organisation::id);
  if (people.size() == limit && (page.next.empty() || people.back().bytes(principal::id) < page.next))
    page.next = people.back().bytes(principal::id);
  const auto beyond = [&](std::string_view id) { return !page.next.empty() && id > page.next; };
  std::size_t n = 0;
  for (const Row& customer : all) {
    const std::string_view id = customer.bytes(organisation::id);
    if (beyond(id)) break;
    while (n < told.size() && told[n].bytes(t::customer) < id) ++n;
    if (n == told.size() || told[n].bytes(t::customer) != id) page.ids.emplace_back(id);
  }
  const std::string about = notice_about(change);
  for (const Row& person : people) {
    const std::string_view id = person.bytes(principal::id);
    if (beyond(id)) break;
    if (!is_told_in_person(person, change, policy)) continue;
    CONNEX_TRY(when, find_told(tx, notice_to(id, about)));
    if (when)
      page.last_told = std::max(page.last_told, when);
    else
      page.ids.emplace_back(id);
  }
  std::ranges::sort(page.ids);
  page.ids.erase(std::ranges::unique(page.ids).begin(), page.ids.end());
  if (page.ids.size() > limit) {
    page.ids.resize(limit);
    page.next = page.ids.back();
  }
  return page;
}

// Those who were not told, as far as an answer lists them: a page of customers at a time, at most so many pages.
Result<UntoldCustomers> find_untold(ReadTransaction& tx, const PolicyPack& policy, const Change& change,
                                    std::size_t most_pages = std::numeric_limits<std::size_t>::max()) {
  constexpr std::uint32_t kPage = 500;
  UntoldCustomers untold{{}, {}, change.proposed_at};
  do {
    CONNEX_TRY(page, untold_page(tx, policy, change, untold.next, kPage));
    page.last_told = std::max(page.last_told, untold.last_told);
    untold = std::move(page);
  } while (untold.ids.empty() && !untold.next.empty() && --most_pages > 0);
  return untold;
}

// The notice period runs from the last notice (X29).
Result<Instant> notice_ends(ReadTransaction& tx, const Change& change, const UntoldCustomers& untold,
                            const PolicyPack& policy) {
  namespace t = processor_notice;
  const Cell equal[] = {std::string_view(change.processor.id), change.number};
  std::vector<Row> rows;
  CONNEX_CHECK(
      tx.scan(t::kTable, {.index = &t::kByTime, .equal = equal, .limit = 1, .descending = true}, rows));
  std::int64_t from = rows.empty() ? change.proposed_at.micros : rows.front().integer(t::notified_at);
  if (untold.last_told) from = std::max(from, untold.last_told->micros);
  return Instant{from + policy.notices.processor_days * kMicrosPerDay};
}

// Of what waits, what was narrowed or ended is not asked for any more: less of it waits on, or nothing.
Result<void> narrow(Context& context, Change waiting, const Processor& from, const Processor* to) {
  CONNEX_TRY(lines, processor_lines(context.read(), context.policies, waiting.processor.id));
  const std::optional<Processor> known = waiting.published() ? lines.back().used : widest(lines);
  CONNEX_TRY(wanted, asked_for(waiting));
  const std::optional<Processor> left = follow(std::move(wanted), &from, to);
  const auto changes = left ? material_changes(get(known), *left) : std::vector<ProcessorChange>();
  if (changes.empty()) {
    waiting.state = kEnded;
    waiting.ended_at = context.now;
  } else {
    waiting.left = text_of(get(left));
    waiting.changes = text_of(changes);
  }
  return save(context.write(), Save::update, waiting);
}

Result<Outcome> processor_engage(Context& context, const Arguments& args) {
  CONNEX_TRY(open, list_open(context.read(), context.policies, args.text("processor")));
  if (open.empty()) return not_found("open change of a processor", "processor");
  Change* const change = &open.front();
  CONNEX_TRY(agreement, attested(context.read(), context.policy, claim_about(kAgreement, change->processor.id), context.now));
  CONNEX_TRY(untold, find_untold(context.read(), context.policy, *change));
  const bool told = untold.ids.empty();
  CONNEX_TRY(ends, notice_ends(context.read(), *change, untold, context.policy));
  const CountryTable countries(context.policy.countries);
  CONNEX_TRY(wanted, asked_for(*change));

  FactsOf<kProcessorEngage> facts;
  for (std::size_t i = 0; i < kProcessorEngage.conditions.size(); ++i)  // what only takes away waits for nothing
    static_cast<Facts&>(facts).set(i, Fact::yes);
  if (change->material() && wanted) {
    facts.set("agreement_in_force", agreement);
    facts.set("affected_customers_notified", told);
    facts.set("notice_period_elapsed", ends <= context.now);
    facts.set("countries_permitted",
              EgressRule(*wanted).everywhere(countries, day_of(context.now, context.offset())));
  }
  Outcome outcome = decide(facts);
  outcome.object = change->processor.id;
  if (!outcome.decision.permitted()) {
    if (told) {
      outcome.result = {{"may_engage_from", format_instant(ends, context.offset())}};
      return outcome;
    }
    array missing;
    for (const std::string& customer : untold.ids) missing.emplace_back(customer);
    outcome.result = {{"not_notified", std::move(missing)}};
    if (!untold.next.empty()) outcome.result["next"] = untold.next;
    return outcome;
  }
  CONNEX_TRY(changes, list_changes(context.read(), change->processor.id));
  change->state = kEngaged;
  change->engaged_at = context.now;
  change->under = context.policies.latest().number;
  change->turn = std::ranges::count_if(changes, [](const Change& other) { return other.engaged_at.has_value(); }) + 1;
  CONNEX_CHECK(save(context.write(), Save::update, *change));
  if (!change->material() && change->over) {
    CONNEX_TRY(from, read_text(*change->over));
    for (std::size_t i = 1; from && i < open.size(); ++i)
      CONNEX_CHECK(narrow(context, open[i], *from, change->ends ? nullptr : &change->processor));
  }
  if (change->ends) outcome.obligations.push_back({{"have_processor_erase", "host", "C5-b"}, std::nullopt, {}});
  CONNEX_TRY(described, describe(*change, context.offset()));
  outcome.result = std::move(described);
  return outcome;
}

// Whoever proposes again begins with notices again.
Result<Outcome> processor_withdraw(Context& context, const Arguments& args) {
  CONNEX_TRY(open, list_open(context.read(), context.policies, args.text("processor")));
  if (open.empty()) return not_found("open change of a processor", "processor");
  Change* const change = &open.front();
  if (change->published())
    return conflict("a published version lists it so: it ends with a version that lists it otherwise", "processor");
  change->state = kEnded;
  change->ended_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *change));
  Outcome outcome;
  outcome.object = change->processor.id;
  CONNEX_TRY(described, describe(*change, context.offset()));
  outcome.result = std::move(described);
  return outcome;
}

Result<Object> describe_registered(Context& context, const Processor& processor, std::string_view state) {
  CONNEX_TRY(agreement, attested(context.read(), context.policy, claim_about(kAgreement, processor.id), context.now));
  Object out = describe(processor);
  out["state"] = state;
  out["agreement"] = agreement == Fact::yes ? "in_force" : agreement == Fact::no ? "none" : "not_attested";
  return out;
}

// Ids of processors of which a change was ever proposed, in order.
Result<std::vector<std::string>> list_changed(ReadTransaction& tx) {
  namespace t = processor_change;
  constexpr std::size_t kMost = 1'000;
  std::vector<std::string> ids;
  while (ids.size() < kMost) {
    const std::string after = ids.empty() ? std::string() : ids.back();
    const Cell position[] = {std::string_view(after), kMaxNumber};
    store::Range next{.limit = 1};
    if (!after.empty()) next.after = position;
    std::vector<Row> rows;
    CONNEX_CHECK(tx.scan(t::kTable, next, rows));
    if (rows.empty()) break;
    ids.emplace_back(rows.front().bytes(t::processor));
  }
  return ids;
}

Result<Outcome> processor_list(Context& context, const Arguments&) {
  array listed;
  array proposed;
  CONNEX_TRY(changed, list_changed(context.read()));
  for (const std::string& id : changed) {
    CONNEX_TRY(open, list_open(context.read(), context.policies, id));
    for (const Change& change : open) {
      CONNEX_TRY(described, describe(change, context.offset()));
      proposed.push_back(std::move(described));
    }
  }
  // A person is told what holds for them, an auditor what holds for anybody.
  CONNEX_TRY(in_use, is_auditor(context.actor) ? list_processors(context.read(), context.policies, context.now)
                                               : list_processors(context.read(), context.policies, context.standing));
  for (const Processor& processor : in_use) {
    CONNEX_TRY(described, describe_registered(context, processor, kEngaged));
    listed.push_back(std::move(described));
  }
  Outcome outcome;
  const std::string content = json::canonical(listed);
  outcome.result = {{"register", "sha256:" + evidence::to_hex(evidence::sha256(evidence::bytes_of(content)))},
                    {"policy", context.policy.version},
                    {"processors", std::move(listed)},
                    {"proposed", std::move(proposed)}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kPropose[] = {
    {"processor", id, true, "id of the processor, new or listed"},
    {"name", line, false, "its name", kMaxName},
    {"service", line, false, "what it does", kMaxName},
    {"fields", ids, false, "all fields that it is to get", 64},
    {"field_conditions", object, false, "what must hold of a field before it is sent, by field"},
    {"purposes", ids, false, "all purposes for which it is to get them", 6},
    {"countries", ids, false, "all countries in which it is known to work", 250},
    {"worldwide", boolean, false, "whether it may work anywhere"},
    {"condition", choice, false, "what must hold before it gets anything", 0, Names<Guard>::list},
    {"remove", boolean, false, "whether it is to get nothing any more: engaged at once, given alone"},
};
constexpr Argument kNotify[] = {
    {"processor", id, true, "id of the processor"},
    {"customer", id, true, "id of the organisation that was told, or of the user without one"},
    {"at", instant, true, "when they were told"},
};
constexpr Argument kProcessorId[] = {{"processor", id, true, "id of the processor"}};
constexpr std::string_view kNoticeClauses[] = {"C5-o"};
constexpr std::string_view kListClauses[] = {"C5-n", "C11-b", "C11-f"};

constexpr Command kCommands[] = {
    {"processor.propose", "Proposes a new processor, or a change of one", changes, kAuditors, false, kPropose,
     kNoticeClauses, processor_propose},
    {"processor.notify", "Records that a customer was told of the change", changes, kAuditors, false, kNotify,
     kNoticeClauses, processor_notify},
    {"processor.engage", "Puts a proposed processor or change to use", changes, kAuditors, false,
     kProcessorId, kNoticeClauses, processor_engage},
    {"processor.withdraw", "Takes a proposed processor or change back before it is put to use", changes, kAuditors, false,
     kProcessorId, kNoticeClauses, processor_withdraw},
    {"processor.list",
     "Lists the processors, what each gets, for what and where",
     reports,
     kEverybody,
     false,
     {},
     kListClauses,
     processor_list},
};

}  // namespace

Result<std::vector<ProcessorTerms>> processor_lines(ReadTransaction& tx, const PolicyVersions& versions,
                                                    std::string_view id) {
  CONNEX_TRY(changes, list_changes(tx, id));
  CONNEX_TRY(engaged, engaged_by(changes, versions, kEndOfTime));
  return processor_terms(versions.list(), engaged, id);
}

namespace {

// The line of a pack, once it is known what was engaged, and by when.
ProcessorTerms line_of(const AskedPack& asked, const PolicyVersions& versions, std::span<const EngagedChange> engaged,
                       std::string_view id, Instant at) {
  const std::span<const PolicyVersion> all = versions.list();
  std::size_t published = 1;
  while (published < all.size() && all[published].published_at <= at) ++published;
  const auto lines = [&](std::size_t count) { return processor_terms(all.first(count), engaged, id); };
  const auto is = [&](const PolicyPack& pack) { return &pack == &asked.pack || pack.digest == asked.pack.digest; };
  // The one that binds those who stand on a version, as it did then.
  const std::vector<FiledPack>& then = all[published - 1].lines;
  const auto in_effect = std::min(static_cast<std::size_t>(versions.in_effect(at)), published);
  const std::size_t standing =
      asked.standing == 0 ? 0 : std::min(static_cast<std::size_t>(asked.standing), in_effect) - 1;
  for (std::size_t i = standing; i < (asked.standing == 0 ? in_effect : standing + 1); ++i)
    if (is(*then[i].pack)) return lines(published)[i];
  // One that was published, by itself.
  for (std::size_t i = 0; i < published; ++i)
    if (is(*all[i].filed.pack)) return lines(i + 1)[i];
  // Any other as if it were published then.
  std::vector<PolicyVersion> with_next(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(published));
  PolicyVersion& next = with_next.emplace_back();
  next.number = static_cast<Number>(with_next.size());
  next.filed = {std::shared_ptr<const PolicyPack>(std::shared_ptr<const void>(), &asked.pack), 0};
  next.lines = then;
  next.lines.push_back(next.filed);
  return processor_terms(with_next, engaged, id).back();
}

}  // namespace

Result<std::optional<RegisteredProcessor>> find_processor(ReadTransaction& tx, const PolicyVersions& versions,
                                                          Number standing, std::string_view id) {
  CONNEX_TRY(lines, processor_lines(tx, versions, id));
  CONNEX_TRY(open, list_open(tx, versions, id));
  return registered(std::move(lines[static_cast<std::size_t>(standing - 1)]), open.empty() ? nullptr : &open.front());
}

Result<std::vector<TermsOfSome>> find_terms(ReadTransaction& tx, const PolicyVersions& versions,
                                            std::span<const Number> standings, std::string_view id, Instant now) {
  const auto same = [](const std::optional<RegisteredProcessor>& a, const std::optional<RegisteredProcessor>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->engaged == b->engaged && same_terms(&a->processor, &b->processor) &&
           same_terms(get(a->waiting), get(b->waiting));
  };
  CONNEX_TRY(lines, processor_lines(tx, versions, id));
  CONNEX_TRY(open, list_open(tx, versions, id));
  std::vector<TermsOfSome> all;
  for (const Number standing : standings) {
    TermsOfSome terms{standing, versions.pack(standing, now).pack.get(),
                      registered(std::move(lines[static_cast<std::size_t>(standing - 1)]),
                                 open.empty() ? nullptr : &open.front())};
    const bool known = std::ranges::any_of(all, [&](const TermsOfSome& other) {
      return other.pack == terms.pack && same(other.registered, terms.registered);
    });
    if (!known) all.push_back(std::move(terms));
  }
  return all;
}

Result<PastProcessor> find_processor(ReadTransaction& tx, const AskedPack& asked, const PolicyVersions& versions,
                                     std::string_view id, Instant at) {
  PastProcessor past;
  const auto happened = [&](const std::optional<Instant>& when) {
    if (when && *when <= at) past.from = std::max(past.from, *when);
    if (when && *when > at) past.until = std::min(past.until, *when);
    return when && *when <= at;
  };
  for (const PolicyVersion& version : versions.list()) {
    happened(version.published_at);
    happened(version.effective_at);
  }
  CONNEX_TRY(changes, list_changes(tx, id));
  const Change* open = nullptr;
  for (const Change& change : changes) {
    const bool proposed = happened(change.proposed_at);
    const bool engaged = happened(change.engaged_at);
    const bool ended = happened(change.ended_at) || (change.state == kEnded && !change.ended_at);
    if (open == nullptr && proposed && !engaged && !ended && holds(change, versions)) open = &change;
  }
  CONNEX_TRY(engaged, engaged_by(changes, versions, at));
  past.found = registered(line_of(asked, versions, engaged, id, at), open);
  return past;
}

namespace {

// Of each processor that a pack of those from `first` on lists, the newest first, or that was ever changed.
template <class Use>
Result<void> for_each(ReadTransaction& tx, const PolicyVersions& versions, std::span<const FiledPack> packs, Use&& use) {
  std::vector<std::string> ids;
  const auto add = [&](const std::string& id) -> Result<void> {
    if (std::ranges::find(ids, id) != ids.end()) return {};
    ids.push_back(id);
    CONNEX_TRY(lines, processor_lines(tx, versions, id));
    return use(lines);
  };
  const PolicyPack* last = nullptr;  // neighbours mostly share theirs
  for (std::size_t i = packs.size(); i-- > 0;) {
    if (std::exchange(last, packs[i].pack.get()) == packs[i].pack.get()) continue;
    for (const Processor& listed : packs[i].pack->processors) CONNEX_CHECK(add(listed.id));
  }
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) CONNEX_CHECK(add(id));
  return {};
}

// Those that are in use on any of some lines.
Result<std::vector<Processor>> list_used(ReadTransaction& tx, const PolicyVersions& versions, std::size_t first,
                                         std::size_t count) {
  std::vector<Processor> all;
  const std::span<const FiledPack> packs = versions.latest().lines;
  CONNEX_CHECK(for_each(tx, versions, packs.subspan(first, count), [&](std::span<const ProcessorTerms> lines) {
    if (auto used = widest(lines.subspan(first, count))) all.push_back(std::move(*used));
    return Result<void>();
  }));
  return all;
}

}  // namespace

Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyVersions& versions, Number standing) {
  return list_used(tx, versions, static_cast<std::size_t>(standing - 1), 1);
}

Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyVersions& versions, Instant now) {
  const Number newest = versions.in_effect(now);
  const Number oldest = std::min(versions.settled(), newest);
  return list_used(tx, versions, static_cast<std::size_t>(oldest - 1), static_cast<std::size_t>(newest - oldest + 1));
}

namespace {

// What was engaged beside what a pack lists.
struct Beside {
  std::vector<Processor> put;
  std::vector<std::string> gone;
};

// The pack with what was engaged in place of what it lists, as a document that may still be no pack.
Result<boost::json::value> put_in(const PolicyPack& policy, const Beside& engaged) {
  CONNEX_TRY(document, json::parse(policy.canonical));
  array& entries = document.at("processors").as_array();
  const auto find = [&](std::string_view id) {
    return std::find_if(entries.begin(), entries.end(),
                        [&](const boost::json::value& entry) { return std::string_view(entry.at("id").as_string()) == id; });
  };
  for (const std::string& id : engaged.gone)
    if (const auto place = find(id); place != entries.end()) entries.erase(place);
  for (const Processor& change : engaged.put) {
    const auto place = find(change.id);
    Object made = pack_entry(change);
    made["resolutions"] = place == entries.end() ? boost::json::value(array{}) : place->at("resolutions");
    if (place == entries.end())
      entries.push_back(std::move(made));
    else
      *place = std::move(made);
  }
  return std::move(document);
}

}  // namespace

Result<std::optional<Processor>> find_former(ReadTransaction& tx, const PolicyVersions& versions,
                                             std::string_view id) {
  for (std::size_t i = versions.list().size(); i-- > 0;)
    if (const Processor* listed = versions.list()[i].filed.pack->find_processor(id)) return std::optional(*listed);
  CONNEX_TRY(changes, list_changes(tx, id));
  return changes.empty() ? std::nullopt : std::optional(std::move(changes.front().processor));
}

namespace {

// What changes on the line of a pack beside what the pack lists.
Result<Beside> list_changed_beside(ReadTransaction& tx, const AskedPack& asked, const PolicyVersions& versions,
                                   Instant at) {
  Beside all;
  CONNEX_TRY(ids, list_changed(tx));
  for (const std::string& id : ids) {
    CONNEX_TRY(changes, list_changes(tx, id));
    CONNEX_TRY(engaged, engaged_by(changes, versions, kEndOfTime));
    ProcessorTerms line = line_of(asked, versions, engaged, id, at);
    if (same_terms(get(line.listed), asked.pack.find_processor(id))) continue;
    if (line.listed)
      all.put.push_back(std::move(*line.listed));
    else
      all.gone.push_back(id);
  }
  return all;
}

}  // namespace

Result<std::shared_ptr<const PolicyPack>> with_engaged(ReadTransaction& tx, const PolicyVersions& versions,
                                                       std::shared_ptr<const PolicyPack> policy, Number standing,
                                                       Instant now) {
  CONNEX_TRY(engaged, list_changed_beside(tx, {*policy, standing}, versions, now));
  if (engaged.put.empty() && engaged.gone.empty()) return policy;
  CONNEX_TRY(document, put_in(*policy, engaged));
  auto in_force = policy::load_filed(boost::json::serialize(document));
  if (in_force) return in_force;
  // Ids of the register may hold what no pack's do: then without a document of its own.
  auto copy = std::make_shared<PolicyPack>(*policy);
  for (const std::string& id : engaged.gone) std::erase_if(copy->processors, [&](const auto& p) { return p.id == id; });
  for (Processor& change : engaged.put) {
    const auto place = std::ranges::find(copy->processors, change.id, &Processor::id);
    if (place == copy->processors.end())
      copy->processors.push_back(std::move(change));
    else
      *place = std::move(change);
  }
  copy->canonical.clear();
  return std::shared_ptr<const PolicyPack>(std::move(copy));
}

namespace {

Result<std::shared_ptr<const PolicyPack>> with_stated(ReadTransaction& tx, const PolicyVersions& versions,
                                                      Number standing, const PolicyPack& next) {
  const std::shared_ptr<const PolicyPack>& line =
      versions.latest().lines[static_cast<std::size_t>(standing - 1)].pack;
  Beside engaged;
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) {
    const Processor* stated = next.find_processor(id);
    if (stated == nullptr || same_terms(stated, line->find_processor(id))) continue;
    CONNEX_TRY(lines, processor_lines(tx, versions, id));
    const ProcessorTerms& terms = lines[static_cast<std::size_t>(standing - 1)];
    if (same_terms(get(terms.used), stated)) engaged.put.push_back(*stated);
  }
  if (engaged.put.empty()) return line;
  CONNEX_TRY(document, put_in(*line, engaged));
  document.as_object()["version"] = policy::joint_name(line->version, next.version);
  return policy::load_filed(boost::json::serialize(document));
}

}  // namespace

Result<std::vector<std::shared_ptr<const PolicyPack>>> draw_lines(ReadTransaction& tx, const PolicyVersions& versions,
                                                                  const std::shared_ptr<const PolicyPack>& next) {
  std::vector<std::shared_ptr<const PolicyPack>> lines;
  std::shared_ptr<const PolicyPack> last;  // neighbours mostly share theirs
  for (Number standing = 1; standing <= versions.latest().number; ++standing) {
    CONNEX_TRY(present, with_stated(tx, versions, standing, *next));
    if (last && last->digest == present->digest) {
      lines.push_back(lines.back());
      continue;
    }
    CONNEX_TRY(pack, policy::tighten(present, next));
    lines.push_back(std::move(pack));
    last = std::move(present);
  }
  lines.push_back(next);
  return lines;
}

Result<std::vector<PublishedChange>> changes_of(ReadTransaction& tx, const PolicyVersions& versions,
                                                const PolicyPack& next) {
  std::vector<PublishedChange> all;
  const PolicyPack& before = *versions.latest().filed.pack;
  for (const Processor& listed : next.processors) {
    const Processor* was = before.find_processor(listed.id);
    if (same_terms(was, &listed)) continue;  // what is in use goes on
    CONNEX_TRY(lines, processor_lines(tx, versions, listed.id));
    std::optional<Processor> known = lines.back().used;
    ProcessorTerms line = published(std::move(lines.back()), was, &listed);
    if (!line.waits()) continue;
    std::vector<ProcessorChange> changes = material_changes(get(known), *line.listed);
    all.push_back({std::move(*line.listed), std::move(known), std::move(changes)});
  }
  return all;
}

Result<std::optional<Error>> find_undone(ReadTransaction& tx, const PolicyVersions& versions, const PolicyPack& next,
                                         std::string_view argument) {
  const PolicyPack& before = *versions.latest().filed.pack;
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) {
    const Processor* listed = next.find_processor(id);
    const Processor* was = before.find_processor(id);
    if (listed == nullptr || was == nullptr || same_terms(listed, was)) continue;
    CONNEX_TRY(lines, processor_lines(tx, versions, id));
    const std::vector<ProcessorChange> stated = material_changes(was, *listed);
    const bool undoes =
        std::ranges::any_of(material_changes(get(lines.back().listed), *listed), [&](const ProcessorChange& given) {
          return std::ranges::none_of(stated, [&](const ProcessorChange& change) {
            return change.kind == given.kind && change.what == given.what;
          });
        });
    if (undoes)
      return std::optional(conflict("the pack gives back in passing what `processor.engage` took from the processor",
                                    std::string(argument) + "/processors/" +
                                        std::to_string(listed - next.processors.data())));
  }
  return std::optional<Error>();
}

boost::json::value describe_refusal(const std::optional<Error>& error) {
  if (!error) return nullptr;
  return Object{{"code", name(error->code)}, {"message", error->message}, {"path", error->path}};
}

std::vector<PublishedChange> changes_of(const PolicyPack& before, const PolicyPack& next) {
  std::vector<PublishedChange> all;
  for (const Processor& listed : next.processors) {
    const Processor* was = before.find_processor(listed.id);
    PublishedChange change{listed, was ? std::optional(*was) : std::nullopt, material_changes(was, listed)};
    if (!change.changes.empty()) all.push_back(std::move(change));
  }
  return all;
}

boost::json::array describe(const std::vector<PublishedChange>& changes) {
  array listed;
  for (const PublishedChange& change : changes) {
    array what;
    for (const ProcessorChange& item : change.changes)
      what.emplace_back(std::string(name(item.kind)).append(" ").append(item.what));
    listed.push_back({{"processor", change.listed.id}, {"clause", "C5-o"}, {"changes", std::move(what)}});
  }
  return listed;
}

Result<void> open_changes(WriteTransaction& tx, const std::vector<PublishedChange>& changes, const PolicyPack& next,
                          Instant now) {
  for (const PublishedChange& published : changes) {
    CONNEX_TRY(number, next_number(tx, published.listed.id));
    CONNEX_CHECK(save(tx, Save::insert,
                      Change{.processor = published.listed,
                             .number = number,
                             .state = std::string(kProposed),
                             .policy = next.digest,
                             .base = text_of(next.find_processor(published.listed.id)),
                             .changes = text_of(published.changes),
                             .proposed_at = now,
                             .known = text_of(get(published.known))}));
  }
  return {};
}

Result<void> end_proposals(WriteTransaction& tx, const PolicyVersions& versions, const PolicyPack& next, Instant now) {
  const PolicyPack& before = *versions.latest().filed.pack;
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) {
    if (same_terms(before.find_processor(id), next.find_processor(id))) continue;
    CONNEX_TRY(open, list_open(tx, versions, id));
    for (Change& change : open) {
      change.state = kEnded;
      change.ended_at = now;
      CONNEX_CHECK(save(tx, Save::update, change));
    }
  }
  return {};
}

Result<std::vector<UntoldChange>> list_untold_changes(ReadTransaction& tx, const PolicyVersions& versions) {
  constexpr std::size_t kMostPages = 20;
  std::vector<UntoldChange> all;
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) {
    CONNEX_TRY(change, find_material(tx, versions, id));
    if (!change) continue;
    CONNEX_TRY(untold, find_untold(tx, *versions.latest().filed.pack, *change, kMostPages));
    if (!untold.ids.empty() || !untold.next.empty()) all.push_back({id, change->proposed_at});
  }
  return all;
}

Result<std::optional<UntoldCustomers>> list_untold_customers(ReadTransaction& tx, const PolicyVersions& versions,
                                                             std::string_view processor, std::string_view after,
                                                             std::uint32_t limit) {
  CONNEX_TRY(change, find_material(tx, versions, processor));
  if (!change) return std::optional<UntoldCustomers>();
  CONNEX_TRY(page, untold_page(tx, *versions.latest().filed.pack, *change, after, limit));
  return std::optional(std::move(page));
}

std::span<const Command> processor_commands() noexcept { return kCommands; }

}  // namespace connex::services
