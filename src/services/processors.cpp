#include "services/processors.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "connex/clauses.hpp"
#include "connex/egress.hpp"
#include "connex/gates.hpp"
#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "policy/pack.hpp"
#include "policy/tighten.hpp"
#include "services/attestations.hpp"
#include "services/command_groups.hpp"
#include "services/policy_versions.hpp"
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
  std::optional<std::string> base;  // what that pack lists in its place; empty: nothing. None in older rows
  std::string changes;
  Instant proposed_at;
  std::optional<Instant> engaged_at;
  // Of a change that a published pack made: what customers know of, empty for nothing. It stays in use, as far as the
  // pack still allows it, until the change is engaged.
  std::optional<std::string> known = {};
  std::optional<Instant> ended_at = {};  // none in older rows

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

// As a pack lists it, but for its resolutions.
Object pack_entry(const Processor& p) { return describe(p, "id", "guard"); }

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
  for (const auto& [member, text] : {std::pair("base", &change.base), std::pair("known", &change.known)})
    if (const boost::json::value* told = document->get_object().if_contains(member); told && told->is_string())
      *text = std::string(told->get_string());
  if (const boost::json::value* ended = document->get_object().if_contains("ended_at"); ended && ended->is_int64())
    change.ended_at = Instant{ended->get_int64()};
  change.number = row.integer(t::number);
  change.state = row.bytes(t::state);
  change.policy = row.bytes(t::policy);
  change.changes = row.bytes(t::changes);
  change.proposed_at = {row.integer(t::proposed_at)};
  if (!row.is_null(t::engaged_at)) change.engaged_at = Instant{row.integer(t::engaged_at)};
  return change;
}

// The latest change of a processor that is in `state`; of any state, when empty.
Result<std::optional<Change>> find_change(ReadTransaction& tx, std::string_view processor,
                                          std::string_view state) {
  namespace t = processor_change;
  const Cell equal[] = {processor, state};
  store::Range range{.equal = std::span(equal, state.empty() ? 1 : 2), .limit = 1, .descending = true};
  if (!state.empty()) range.index = &t::kByState;
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(t::kTable, range, rows));
  if (rows.empty()) return std::optional<Change>();
  CONNEX_TRY(change, read_change(rows.front()));
  return std::optional(std::move(change));
}

Result<void> save(WriteTransaction& tx, Save how, const Change& c) {
  Object described = describe(c.processor);
  if (c.base) described["base"] = *c.base;
  if (c.known) described["known"] = *c.known;
  if (c.ended_at) described["ended_at"] = c.ended_at->micros;
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

// A change holds over each pack that lists in its place what the pack listed over which it was made.
bool holds_over(const Change& change, const PolicyPack& policy) {
  return change.base ? *change.base == text_of(policy.find_processor(change.processor.id))
                     : change.policy == policy.digest;
}

// A change is open while it is the latest, waits, and holds over the pack in force; one that was published waits for
// all customers, whichever pack is in force for somebody.
bool is_open(const std::optional<Change>& change, const PolicyPack& policy) {
  return change && change->state == kProposed && (change->published() || holds_over(*change, policy));
}

// The processor over a pack, by the change that is engaged over it and the open one that was published.
Result<std::optional<RegisteredProcessor>> resolve(const PolicyPack& policy, std::string_view id,
                                                   std::optional<Change> engaged, std::optional<Change> waiting) {
  using Found = std::optional<RegisteredProcessor>;
  const Processor* listed = policy.find_processor(id);
  if (engaged) return Found({std::move(engaged->processor), true, {}});
  if (listed == nullptr) return waiting ? Found({std::move(waiting->processor), false, {}}) : Found();
  if (!waiting) return Found({*listed, true, {}});
  CONNEX_TRY(known, read_text(*waiting->known));
  std::optional<Processor> held = known ? held_to(*known, *listed) : std::nullopt;
  if (!held) return Found({*listed, false, {}});
  return Found({std::move(*held), true, *listed});
}

// What was given, put over what there is.
Result<Processor> apply(const Arguments& args, const Processor* present, const PolicyPack& policy) {
  Processor p = present ? *present : Processor{};
  p.id = args.text("processor");
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
    if (!std::all_of(p.countries.begin(), p.countries.end(), [](const auto& c) { return is_country(c); }))
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

Object describe(const Change& change, UtcOffset offset) {
  Object out = describe(change.processor);
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

std::string lines_of(const std::vector<ProcessorChange>& changes) {
  std::string lines;
  for (const ProcessorChange& item : changes) {
    if (!lines.empty()) lines += '\n';
    lines.append(name(item.kind)).append(" ").append(item.what);
  }
  return lines;
}

Result<Outcome> processor_propose(Context& context, const Arguments& args) {
  const std::string_view id = args.text("processor");
  CONNEX_TRY(present, find_processor(context.read(), context.policy, id));
  const Processor* in_use = present && present->engaged ? &present->processor : nullptr;
  CONNEX_TRY(wanted, apply(args, in_use, context.policy));
  CONNEX_TRY(last, find_change(context.read(), id, {}));
  if (is_open(last, context.policy)) return conflict("a change of this processor waits already", "processor");
  if (in_use && json::canonical(describe(*in_use)) == json::canonical(describe(wanted)))
    return conflict("nothing would change", "processor");

  Change change{.processor = std::move(wanted),
                .number = last ? last->number + 1 : 1,
                .state = std::string(kProposed),
                .policy = context.policy.digest,
                .base = text_of(context.policy.find_processor(id)),
                .changes = {},
                .proposed_at = context.now,
                .engaged_at = std::nullopt};
  change.changes = lines_of(material_changes(in_use, change.processor));
  CONNEX_CHECK(save(context.write(), Save::insert, change));
  Outcome outcome;
  outcome.object = id;
  outcome.result = describe(change, context.offset());
  if (change.material())
    outcome.obligations.push_back({{"notify_affected_customers", "host", "C5-o"}, std::nullopt, {}});
  return outcome;
}

Result<Outcome> processor_notify(Context& context, const Arguments& args) {
  namespace t = processor_notice;
  const Instant at = args.instant("at");
  CONNEX_TRY(change, find_change(context.read(), args.text("processor"), {}));
  if (!is_open(change, context.policy)) return not_found("open change of a processor", "processor");
  if (at > context.now) return invalid("the notice lies in the future", "at");
  if (at < change->proposed_at) return invalid("the notice came before the proposal", "at");
  CONNEX_TRY(customer, find_organisation(context.read(), args.text("customer")));
  if (!customer) return not_found("organisation", "customer");
  Row row;
  const Cell key[] = {args.text("processor"), change->number, args.text("customer")};
  CONNEX_TRY(told, context.read().get(t::kTable, key, row));
  if (told) return conflict("the customer was told already", "customer");

  const Cell cells[] = {key[0], key[1], key[2], at.micros};
  CONNEX_CHECK(context.write().insert(t::kTable, cells));
  Outcome outcome;
  outcome.object = args.text("processor");
  outcome.result = {{"processor", args.text("processor")},
                    {"customer", args.text("customer")},
                    {"notified_at", format_instant(at, context.offset())}};
  return outcome;
}

// Of a page of customers, those who were not told: the two tables are read side by side.
Result<UntoldCustomers> untold_page(ReadTransaction& tx, const Change& change, std::string_view after,
                                    std::uint32_t limit) {
  namespace t = processor_notice;
  const Cell of_change[] = {std::string_view(change.processor.id), change.number};
  const Cell position[] = {after};
  store::Range customers{.limit = limit};
  store::Range notices{.equal = of_change, .limit = limit};
  if (!after.empty()) customers.after = notices.after = position;
  std::vector<Row> all;
  std::vector<Row> told;
  CONNEX_CHECK(tx.scan(organisation::kTable, customers, all));
  CONNEX_CHECK(tx.scan(t::kTable, notices, told));
  UntoldCustomers page{{}, {}, change.proposed_at};
  std::size_t n = 0;
  for (const Row& customer : all) {
    const std::string_view id = customer.bytes(organisation::id);
    while (n < told.size() && told[n].bytes(t::customer) < id) ++n;
    if (n == told.size() || told[n].bytes(t::customer) != id) page.ids.emplace_back(id);
  }
  if (all.size() == limit) page.next = all.back().bytes(organisation::id);
  return page;
}

// Those who were not told, as far as an answer lists them: a page of customers at a time.
Result<UntoldCustomers> find_untold(ReadTransaction& tx, const Change& change) {
  constexpr std::uint32_t kPage = 500;
  UntoldCustomers untold{{}, {}, change.proposed_at};
  do {
    CONNEX_TRY(page, untold_page(tx, change, untold.next, kPage));
    untold = std::move(page);
  } while (untold.ids.empty() && !untold.next.empty());
  return untold;
}

// The notice period runs from the last notice (X29).
Result<Instant> notice_ends(ReadTransaction& tx, const Change& change, const PolicyPack& policy) {
  namespace t = processor_notice;
  const Cell equal[] = {std::string_view(change.processor.id), change.number};
  std::vector<Row> rows;
  CONNEX_CHECK(
      tx.scan(t::kTable, {.index = &t::kByTime, .equal = equal, .limit = 1, .descending = true}, rows));
  const std::int64_t from = rows.empty() ? change.proposed_at.micros : rows.front().integer(t::notified_at);
  return Instant{from + policy.notices.processor_days * kMicrosPerDay};
}

Result<Outcome> processor_engage(Context& context, const Arguments& args) {
  CONNEX_TRY(change, find_change(context.read(), args.text("processor"), {}));
  if (!is_open(change, context.policy)) return not_found("open change of a processor", "processor");
  CONNEX_TRY(agreement, attested(context.read(), claim_about(kAgreement, change->processor.id), context.now));
  CONNEX_TRY(untold, find_untold(context.read(), *change));
  const bool told = untold.ids.empty();
  CONNEX_TRY(ends, notice_ends(context.read(), *change, context.policy));
  const CountryTable countries(context.policy.countries);
  const EgressRule rule(change->processor);

  FactsOf<kProcessorEngage> facts;
  facts.set("agreement_in_force", agreement);
  facts.set("affected_customers_notified", !change->material() || told);
  facts.set("notice_period_elapsed", !change->material() || ends <= context.now);
  facts.set("countries_permitted", rule.country(countries, {}, day_of(context.now, context.offset())));
  Outcome outcome = decide(facts);
  outcome.object = change->processor.id;
  if (!outcome.decision.permitted()) {
    if (!change->material()) return outcome;
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
  change->state = kEngaged;
  change->engaged_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *change));
  outcome.result = describe(*change, context.offset());
  return outcome;
}

// Whoever proposes again begins with notices again.
Result<Outcome> processor_withdraw(Context& context, const Arguments& args) {
  CONNEX_TRY(change, find_change(context.read(), args.text("processor"), {}));
  if (!is_open(change, context.policy)) return not_found("open change of a processor", "processor");
  if (change->published())
    return conflict("a published version lists it so: it ends with a version that lists it otherwise", "processor");
  change->state = kEnded;
  change->ended_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *change));
  Outcome outcome;
  outcome.object = change->processor.id;
  outcome.result = describe(*change, context.offset());
  return outcome;
}

Result<Object> describe_registered(Context& context, const Processor& processor, std::string_view state) {
  CONNEX_TRY(agreement, attested(context.read(), claim_about(kAgreement, processor.id), context.now));
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
    CONNEX_TRY(last, find_change(context.read(), id, {}));
    if (is_open(last, context.policy)) proposed.push_back(describe(*last, context.offset()));
  }
  // A person is told what holds for them, an auditor what holds for anybody.
  CONNEX_TRY(in_use, is_auditor(context.actor) ? list_processors(context.read(), context.policies, context.now)
                                               : list_processors(context.read(), context.policy));
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
};
constexpr Argument kNotify[] = {
    {"processor", id, true, "id of the processor"},
    {"customer", id, true, "id of the organisation that was told"},
    {"at", instant, true, "when it was told"},
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

Result<std::optional<RegisteredProcessor>> find_processor(ReadTransaction& tx, const PolicyPack& policy,
                                                          std::string_view id) {
  CONNEX_TRY(engaged, find_change(tx, id, kEngaged));
  CONNEX_TRY(waiting, find_change(tx, id, kProposed));
  if (engaged && !holds_over(*engaged, policy)) engaged.reset();
  const bool waits = waiting && (waiting->published() ||
                                 (policy.find_processor(id) == nullptr && holds_over(*waiting, policy)));
  if (!waits) waiting.reset();
  return resolve(policy, id, std::move(engaged), std::move(waiting));
}

Result<std::vector<Processor>> list_engaged(ReadTransaction& tx, const PolicyPack& policy) {
  std::vector<Processor> all;
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) {
    CONNEX_TRY(engaged, find_change(tx, id, kEngaged));
    if (engaged && !engaged->published() && holds_over(*engaged, policy))
      all.push_back(std::move(engaged->processor));
  }
  return all;
}

namespace {

// Whether the change had ended by `at`: in older rows, whether a version published since lists the processor otherwise.
bool ended_by(const Change& change, const PolicyVersions& versions, Instant at) {
  if (change.ended_at) return *change.ended_at <= at;
  return change.base && change.engaged_at && std::ranges::any_of(versions.list(), [&](const PolicyVersion& version) {
    return version.published_at > *change.engaged_at && version.published_at <= at &&
           text_of(version.filed.pack->find_processor(change.processor.id)) != *change.base;
  });
}

// The latest that was published by `at`; the first, before there was any.
const PolicyVersion& published_by(const PolicyVersions& versions, Instant at) noexcept {
  const std::span<const PolicyVersion> all = versions.list();
  std::size_t last = all.size() - 1;
  while (last > 0 && all[last].published_at > at) --last;
  return all[last];
}

// Whether a version that was published by `at` lists the processor so, to anybody.
bool listed_by(const Processor& listed, const PolicyVersions& versions, Instant at) {
  const std::string text = text_of(&listed);
  const PolicyPack* last = nullptr;  // neighbours mostly share theirs
  for (const PolicyVersion& version : versions.list().first(static_cast<std::size_t>(published_by(versions, at).number))) {
    for (const FiledPack& line : version.lines) {
      if (line.pack.get() != last && text_of(line.pack->find_processor(listed.id)) == text) return true;
      last = line.pack.get();
    }
  }
  return false;
}

}  // namespace

Result<PastProcessor> find_processor(ReadTransaction& tx, const PolicyPack& policy, const PolicyVersions& versions,
                                     std::string_view id, Instant at) {
  namespace t = processor_change;
  constexpr std::uint32_t kPage = 100;
  const Cell equal[] = {id};
  std::vector<Cell> position;
  std::vector<Row> rows;
  std::optional<Change> engaged;
  std::optional<Change> waiting;
  PastProcessor past;
  const auto happened = [&](const std::optional<Instant>& when) {
    if (when && *when <= at) past.from = std::max(past.from, *when);
    if (when && *when > at) past.until = std::min(past.until, *when);
    return when && *when <= at;
  };
  do {
    std::vector<Row> next;
    CONNEX_CHECK(
        tx.scan(t::kTable, {.equal = equal, .after = position, .limit = kPage, .descending = true}, next));
    rows = std::move(next);
    for (const Row& row : rows) {
      CONNEX_TRY(change, read_change(row));
      const bool was_proposed = happened(change.proposed_at);
      const bool was_engaged = happened(change.engaged_at);
      happened(change.ended_at);
      if (!was_proposed || ended_by(change, versions, at)) continue;
      if (was_engaged && !engaged && holds_over(change, policy))
        engaged = std::move(change);
      else if (!was_engaged && !waiting && change.published())
        waiting = std::move(change);
    }
    if (!rows.empty()) position = {rows.back()[t::number]};
  } while (rows.size() == kPage);
  for (const PolicyVersion& version : versions.list()) happened(version.published_at);
  // What no version had listed by then would have had to wait like a change that is published then.
  const Processor* listed = policy.find_processor(id);
  if (listed != nullptr && !engaged && !waiting && !listed_by(*listed, versions, at)) {
    CONNEX_TRY(before, find_processor(tx, *published_by(versions, at).filed.pack, versions, id, at));
    const Processor* known = before.found && before.found->engaged ? &before.found->processor : nullptr;
    if (!material_changes(known, *listed).empty()) {
      waiting.emplace();
      waiting->processor = *listed;
      waiting->known = text_of(known);
    }
  }
  CONNEX_TRY(found, resolve(policy, id, std::move(engaged), std::move(waiting)));
  past.found = std::move(found);
  return past;
}

namespace {

// Those that are in use: of the pack, in its order, then of what was ever changed.
template <class Find>
Result<std::vector<Processor>> list_found(ReadTransaction& tx, const PolicyPack& policy, Find&& find) {
  std::vector<Processor> all;
  const auto add = [&](std::string_view id) -> Result<void> {
    CONNEX_TRY(found, find(id));
    if (found && found->engaged) all.push_back(std::move(found->processor));
    return {};
  };
  for (const Processor& listed : policy.processors) CONNEX_CHECK(add(listed.id));
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed)
    if (policy.find_processor(id) == nullptr) CONNEX_CHECK(add(id));
  return all;
}

}  // namespace

Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyPack& policy) {
  return list_found(tx, policy, [&](std::string_view id) { return find_processor(tx, policy, id); });
}

namespace {

// The pack with what was engaged in place of what it lists, as a document that may still be no pack.
Result<boost::json::value> put_in(const PolicyPack& policy, const std::vector<Processor>& engaged) {
  CONNEX_TRY(document, json::parse(policy.canonical));
  array& entries = document.at("processors").as_array();
  for (const Processor& change : engaged) {
    const auto place = std::find_if(entries.begin(), entries.end(), [&](const boost::json::value& entry) {
      return std::string_view(entry.at("id").as_string()) == change.id;
    });
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

namespace {

// What goes to it at most, by the one entry or the other: under the weaker of two conditions, where one is none.
void widen(Processor& p, const Processor& other) {
  const auto weaker = [](Guard& a, Guard b) {
    if (b == Guard::none) a = b;
  };
  for (const ProcessorField& field : other.fields) {
    const auto same = std::ranges::find(p.fields, field.name, &ProcessorField::name);
    if (same == p.fields.end())
      p.fields.push_back(field);
    else
      weaker(same->guard, field.guard);
  }
  for (const std::string& country : other.countries)
    if (std::ranges::find(p.countries, country) == p.countries.end()) p.countries.push_back(country);
  p.purposes = p.purposes | other.purposes;
  weaker(p.guard, other.guard);
  p.worldwide = p.worldwide || other.worldwide;
  p.agreement_required = p.agreement_required && other.agreement_required;
  p.own_fiduciary = p.own_fiduciary || other.own_fiduciary;
}

}  // namespace

Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyVersions& versions, Instant now) {
  std::vector<Processor> all;
  const Number newest = versions.in_effect(now);
  const PolicyPack* last = nullptr;  // neighbours mostly share theirs
  for (Number standing = newest; standing >= std::min(versions.settled(), newest); --standing) {
    const PolicyPack* pack = versions.pack(standing, now).pack.get();
    if (std::exchange(last, pack) == pack) continue;
    CONNEX_TRY(in_use, list_processors(tx, *pack));
    for (Processor& processor : in_use) {
      const auto known = std::ranges::find(all, processor.id, &Processor::id);
      if (known == all.end())
        all.push_back(std::move(processor));
      else
        widen(*known, processor);
    }
  }
  return all;
}

Result<std::optional<Processor>> find_former(ReadTransaction& tx, const PolicyVersions& versions,
                                             std::string_view id) {
  for (std::size_t i = versions.list().size(); i-- > 0;)
    if (const Processor* listed = versions.list()[i].filed.pack->find_processor(id)) return std::optional(*listed);
  CONNEX_TRY(change, find_change(tx, id, {}));
  return change ? std::optional(std::move(change->processor)) : std::nullopt;
}

Result<std::shared_ptr<const PolicyPack>> with_engaged(ReadTransaction& tx,
                                                       std::shared_ptr<const PolicyPack> policy) {
  CONNEX_TRY(engaged, list_engaged(tx, *policy));
  if (engaged.empty()) return policy;
  CONNEX_TRY(document, put_in(*policy, engaged));
  auto in_force = policy::load_filed(boost::json::serialize(document));
  if (in_force) return in_force;
  // Ids of the register may hold what no pack's do: then without a document of its own.
  auto copy = std::make_shared<PolicyPack>(*policy);
  for (Processor& change : engaged) {
    const auto place = std::ranges::find(copy->processors, change.id, &Processor::id);
    if (place == copy->processors.end())
      copy->processors.push_back(std::move(change));
    else
      *place = std::move(change);
  }
  copy->canonical.clear();
  return std::shared_ptr<const PolicyPack>(std::move(copy));
}

Result<std::shared_ptr<const PolicyPack>> with_stated(ReadTransaction& tx, std::shared_ptr<const PolicyPack> line,
                                                      const PolicyPack& next) {
  CONNEX_TRY(engaged, list_engaged(tx, *line));
  std::erase_if(engaged, [&](const Processor& in_use) {
    const Processor* listed = next.find_processor(in_use.id);
    return listed == nullptr || !same_terms(*listed, in_use);
  });
  if (engaged.empty()) return line;
  CONNEX_TRY(document, put_in(*line, engaged));
  document.as_object()["version"] = policy::joint_name(line->version, next.version);
  return policy::load(boost::json::serialize(document));
}

Result<std::vector<PublishedChange>> changes_of(ReadTransaction& tx, const PolicyPack& before,
                                                const PolicyPack& next) {
  std::vector<PublishedChange> all;
  for (const Processor& listed : next.processors) {
    if (text_of(before.find_processor(listed.id)) == text_of(&listed)) continue;  // what is in use goes on
    CONNEX_TRY(found, find_processor(tx, before, listed.id));
    PublishedChange change{&listed, {}, {}};
    if (found && found->engaged) change.known = std::move(found->processor);
    change.changes = material_changes(change.known ? &*change.known : nullptr, listed);
    if (!change.changes.empty()) all.push_back(std::move(change));
  }
  return all;
}

std::vector<PublishedChange> changes_of(const PolicyPack& before, const PolicyPack& next) {
  std::vector<PublishedChange> all;
  for (const Processor& listed : next.processors) {
    const Processor* was = before.find_processor(listed.id);
    PublishedChange change{&listed, was ? std::optional(*was) : std::nullopt, material_changes(was, listed)};
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
    listed.push_back({{"processor", change.listed->id}, {"clause", "C5-o"}, {"changes", std::move(what)}});
  }
  return listed;
}

Result<void> open_changes(WriteTransaction& tx, const std::vector<PublishedChange>& changes, const PolicyPack& next,
                          Instant now) {
  for (const PublishedChange& published : changes) {
    CONNEX_TRY(last, find_change(tx, published.listed->id, {}));
    CONNEX_CHECK(save(tx, Save::insert,
                      Change{.processor = *published.listed,
                             .number = last ? last->number + 1 : 1,
                             .state = std::string(kProposed),
                             .policy = next.digest,
                             .base = text_of(published.listed),
                             .changes = lines_of(published.changes),
                             .proposed_at = now,
                             .engaged_at = std::nullopt,
                             .known = text_of(published.known ? &*published.known : nullptr)}));
  }
  return {};
}

Result<void> end_changes(WriteTransaction& tx, const PolicyPack& before, const PolicyPack& next, Instant now) {
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) {
    if (text_of(before.find_processor(id)) == text_of(next.find_processor(id))) continue;
    for (const std::string_view state : {kProposed, kEngaged})
      for (;;) {
        CONNEX_TRY(change, find_change(tx, id, state));
        if (!change) break;
        change->state = kEnded;
        change->ended_at = now;
        CONNEX_CHECK(save(tx, Save::update, *change));
      }
  }
  return {};
}

Result<std::vector<UntoldChange>> list_untold_changes(ReadTransaction& tx, const PolicyPack& policy) {
  std::vector<UntoldChange> all;
  CONNEX_TRY(changed, list_changed(tx));
  for (const std::string& id : changed) {
    CONNEX_TRY(last, find_change(tx, id, {}));
    if (!is_open(last, policy) || !last->material()) continue;
    CONNEX_TRY(untold, find_untold(tx, *last));
    if (!untold.ids.empty()) all.push_back({id, last->proposed_at});
  }
  return all;
}

Result<std::optional<UntoldCustomers>> list_untold_customers(ReadTransaction& tx, const PolicyPack& policy,
                                                             std::string_view processor, std::string_view after,
                                                             std::uint32_t limit) {
  CONNEX_TRY(change, find_change(tx, processor, {}));
  if (!is_open(change, policy) || !change->material()) return std::optional<UntoldCustomers>();
  CONNEX_TRY(page, untold_page(tx, *change, after, limit));
  return std::optional(std::move(page));
}

bool same_terms(const Processor& a, const Processor& b) { return text_of(&a) == text_of(&b); }

std::span<const Command> processor_commands() noexcept { return kCommands; }

}  // namespace connex::services
