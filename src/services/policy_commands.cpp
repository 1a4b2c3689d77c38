#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "connex/gates.hpp"
#include "connex/policy_diff.hpp"
#include "policy/pack.hpp"
#include "services/again.hpp"
#include "services/answers.hpp"
#include "services/audit_replay.hpp"
#include "services/command_groups.hpp"
#include "services/policy_impact.hpp"
#include "services/policy_versions.hpp"
#include "services/processors.hpp"
#include "services/pure_rules.hpp"
#include "services/records.hpp"
#include "services/retention_answer.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

// A pack that is given whole.
Result<std::shared_ptr<const PolicyPack>> read_given_pack(const Arguments& args, std::string_view argument) {
  auto pack = policy::load(boost::json::serialize(*args.value(argument)));
  if (pack) return pack;
  Error error = std::move(pack).error();
  // Names that are none of ours may hold anything.
  error.path = std::string("/args/").append(argument).append(safe_pointer(error.path));
  return error;
}

boost::json::object describe(const PolicyPack& pack) {
  return {{"version", pack.version}, {"digest", pack.digest}};
}

// One of the two sides of a comparison: a pack on file, one that is given, or `present`.
Result<std::shared_ptr<const PolicyPack>> take_side(Context& context, const Arguments& args,
                                                    std::string_view on_file, std::string_view given,
                                                    const std::shared_ptr<const PolicyPack>& present) {
  if (args.has(on_file) && args.has(given)) return invalid("one of the two is expected", on_file);
  if (args.has(on_file)) return find_pack(context, args, on_file);
  if (args.has(given)) return read_given_pack(args, given);
  return present;
}

boost::json::object count(const std::vector<PolicyChange>& changes) {
  boost::json::object counts{{"tightening", 0}, {"loosening", 0}, {"wording", 0}};
  for (const PolicyChange& change : changes) {
    boost::json::value& n = counts[name(change.direction)];
    n = n.get_int64() + 1;
  }
  return counts;
}

Result<Outcome> policy_diff(Context& context, const Arguments& args) {
  CONNEX_TRY(from, take_side(context, args, "from", "from_pack",
                             context.policies.pack(context.standing, context.now).pack));
  CONNEX_TRY(to, take_side(context, args, "to", "to_pack", context.policies.latest().filed.pack));
  // What was engaged is in force beside the pack in effect, and goes on beside the next.
  const bool in_force = !args.has("from") && !args.has("from_pack");
  std::shared_ptr<const PolicyPack> before = from;
  std::shared_ptr<const PolicyPack> after = to;
  if (in_force) {
    CONNEX_TRY(a, with_engaged(context.read(), context.policies, from, context.standing, context.now));
    CONNEX_TRY(b, with_engaged(context.read(), context.policies, to, 0, context.now));
    before = a;
    after = b;
  }
  const std::vector<PolicyChange> changes = policy_changes(*before, *after);
  // What customers are to be told of before it is used: beside what is in use, or what the other pack lists.
  std::vector<PublishedChange> waiting;
  if (in_force) {
    CONNEX_TRY(made, changes_of(context.read(), context.policies, *to));
    waiting = std::move(made);
  } else {
    waiting = changes_of(*from, *to);
  }
  boost::json::array listed;
  for (const PolicyChange& change : changes)
    listed.push_back({{"direction", name(change.direction)},
                      {"clause", change.clause},
                      {"where", change.where},
                      {"what", change.what}});
  Outcome outcome;
  outcome.result = {{"from", describe(*from)},
                    {"to", describe(*to)},
                    {"only_tightens", only_tightens(changes)},
                    {"material", !only_tightens(changes)},
                    {"counts", count(changes)},
                    {"changes", std::move(listed)},
                    {"waiting", describe(waiting)}};
  if (in_force && context.policies.find(to->digest) == nullptr) {
    CONNEX_TRY(undone, find_undone(context.read(), context.policies, *to, args.has("to") ? "to" : "to_pack"));
    outcome.result["refused"] = describe_refusal(undone);
  }
  return outcome;
}

// Whether the text says when it was last changed, and no earlier than this version (C12-c); not known where it shows
// no date (X45).
std::string_view dated(const PolicyPack& pack, std::optional<Day> published) {
  if (!pack.last_updated) return "indeterminate";
  return published && *pack.last_updated < *published ? "stale" : "ok";
}

boost::json::object describe(const PolicyVersion& version, UtcOffset offset) {
  const PolicyPack& pack = *version.filed.pack;
  // The first version is as old as the store, whenever its text was published.
  const std::optional<Day> published =
      version.number > 1 ? std::optional(day_of(version.published_at, offset)) : std::nullopt;
  return {{"last_updated", day_or_null(pack.last_updated)},
          {"dated", dated(pack, published)},
          {"version", version.filed.pack->version},
          {"digest", version.filed.pack->digest},
          {"number", version.number},
          {"published_at", format_instant(version.published_at, offset)},
          {"effective_at", format_instant(version.effective_at, offset)},
          {"material", version.material},
          {"settled_at", instant_or_null(version.settled_at, offset)}};
}

// Files the pack for each older version on which somebody may stand.
Result<void> file_lines(Context& context, Number number, const std::shared_ptr<const PolicyPack>& next) {
  CONNEX_TRY(lines, draw_lines(context.read(), context.policies, next));
  FiledPack made;
  for (Number standing = 1; standing < number; ++standing) {
    const auto& line = lines[static_cast<std::size_t>(standing - 1)];
    if (made.pack != line) {
      CONNEX_TRY(filed, file_pack(context.write(), line, context.now));
      made = filed;
    }
    const Cell cells[] = {number, standing, made.ordinal};
    CONNEX_CHECK(context.write().insert(policy_line::kTable, cells));
  }
  return {};
}

// The first version is filed with the first command, which may be this one.
Result<Outcome> policy_publish(Context& context, const Arguments& args) {
  constexpr Number kMostVersions = 1'000;
  const PolicyVersion& before = context.policies.latest();
  const Instant effective_at = args.instant("effective_at");
  CONNEX_TRY(pack, read_given_pack(args, "pack"));
  if (effective_at < context.now) return invalid("the version would be in effect already", "effective_at");
  if (effective_at < before.effective_at)
    return invalid("the version published before would be in effect only later", "effective_at");
  if (context.policies.find(pack->version) || context.policies.find(pack->digest))
    return conflict("a version of this name is published", "pack");
  if (before.number == kMostVersions) return conflict("there are too many versions", "pack");
  if (pack->last_updated && *pack->last_updated > day_of(effective_at, context.offset()))
    return invalid("the text says that it was changed after the day from which it takes effect", "pack");

  CONNEX_TRY(undone, find_undone(context.read(), context.policies, *pack, "pack"));
  if (undone) return std::move(*undone);
  CONNEX_TRY(in_force, with_engaged(context.read(), context.policies, before.filed.pack, 0, context.now));
  CONNEX_TRY(next, with_engaged(context.read(), context.policies, pack, 0, context.now));
  const std::vector<PolicyChange> changes = policy_changes(*in_force, *next);
  const bool material = !only_tightens(changes);
  FactsOf<kPolicyPublish> facts;
  facts.set("loosening_called_material", !material || *args.boolean("material"));
  Outcome outcome = decide(facts);
  outcome.object = pack->version;
  outcome.details = {{"digest", pack->digest}, {"effective_at", std::to_string(effective_at.micros)}};
  outcome.result = {{"material", material}, {"counts", count(changes)}};
  if (!outcome.decision.permitted()) return outcome;

  const Number number = before.number + 1;
  CONNEX_TRY(waiting, changes_of(context.read(), context.policies, *pack));
  CONNEX_TRY(filed, file_pack(context.write(), pack, context.now));
  CONNEX_CHECK(file_lines(context, number, pack));
  CONNEX_CHECK(end_proposals(context.write(), context.policies, *pack, context.now));
  CONNEX_CHECK(open_changes(context.write(), waiting, *pack, context.now));
  PolicyVersion version;
  version.number = number;
  version.filed = filed;
  version.published_at = context.now;
  version.effective_at = effective_at;
  version.material = *args.boolean("material");
  // What loosens nothing binds everybody at once.
  if (!material && context.policies.settled() == before.number) version.settled_at = context.now;
  const Cell cells[] = {number,
                        filed.ordinal,
                        context.now.micros,
                        effective_at.micros,
                        Number{version.material ? 1 : 0},
                        std::string_view(context.actor.id),
                        version.settled_at ? Cell(version.settled_at->micros) : Cell(),
                        Cell()};
  CONNEX_CHECK(context.write().insert(policy_version::kTable, cells));
  context.change_policies();
  outcome.result = describe(version, context.offset());
  outcome.result["loosens"] = material;
  outcome.result["counts"] = count(changes);
  outcome.result["waiting"] = describe(waiting);
  if (!waiting.empty())
    outcome.obligations.push_back({{"notify_affected_customers", "host", "C5-o"}, std::nullopt, {}});
  return outcome;
}

Result<const PolicyVersion*> take_version(Context& context, const Arguments& args) {
  const PolicyVersion* version = context.policies.find(args.text("version"));
  if (version == nullptr) return not_found("published version of the policy", "version");
  return version;
}

boost::json::object describe(const PolicyNotice& notice, const PolicyVersion& version, UtcOffset offset) {
  return {{"principal", notice.principal},
          {"version", version.filed.pack->version},
          {"digest", version.filed.pack->digest},
          {"channel", notice.channel},
          {"notified_at", format_instant(notice.notified_at, offset)},
          {"bounced_at", instant_or_null(notice.bounced_at, offset)},
          {"accepted_at", instant_or_null(notice.accepted() ? notice.accepted_at : std::nullopt, offset)},
          {"binds_at", instant_or_null(notice.accepted() ? notice.binds_at : std::nullopt, offset)}};
}

Result<Outcome> policy_notify(Context& context, const Arguments& args) {
  const Instant at = args.instant("at");
  const std::string_view id = args.text("principal");
  CONNEX_TRY(version, take_version(context, args));
  CONNEX_TRY(person, find_principal(context.read(), id));
  if (!person) return not_found("principal", "principal");
  if (at > context.now) return invalid("the notice lies in the future", "at");
  if (at < version->published_at) return invalid("the notice came before the version was published", "at");
  if (at < person->registered_at) return invalid("the notice came before the person was registered", "at");
  CONNEX_TRY(told, find_policy_notice(context.read(), id, version->number));
  if (told && !told->bounced_at) return conflict("the person was told already", "principal");
  if (told && at < *told->bounced_at) return invalid("the notice came before the last one failed", "at");

  const PolicyNotice notice{.principal = std::string(id),
                            .version = version->number,
                            .channel = std::string(args.text("channel")),
                            .notified_at = at,
                            .bounced_at = {},
                            .accepted_at = {},
                            .binds_at = {},
                            .withdrawn_at = {}};
  CONNEX_CHECK(save(context.write(), told ? Save::update : Save::insert, notice));
  Outcome outcome;
  concern(outcome, id);
  outcome.details = {{"digest", version->filed.pack->digest}};
  outcome.result = describe(notice, *version, context.offset());
  return outcome;
}

// A notice that did not arrive is none: the period starts again with the next one.
Result<Outcome> policy_bounce(Context& context, const Arguments& args) {
  const Instant at = args.instant("at");
  const std::string_view id = args.text("principal");
  CONNEX_TRY(version, take_version(context, args));
  CONNEX_TRY(notice, find_policy_notice(context.read(), id, version->number));
  if (!notice || notice->bounced_at) return not_found("notice that stands", "principal");
  if (at > context.now || at < notice->notified_at)
    return invalid("it failed after it was sent, and not in the future", "at");
  if (notice->accepted_at) return conflict("the person has answered it", "principal");
  notice->bounced_at = at;
  CONNEX_CHECK(save(context.write(), Save::update, *notice));
  Outcome outcome;
  concern(outcome, id);
  outcome.result = describe(*notice, *version, context.offset());
  outcome.obligations.push_back({{"notify_again", "host", "C12-b"}, std::nullopt, {}});
  return outcome;
}

// Fresh and affirmative: by the person, for the words that were published, after a notice that arrived. Use
// of the service is none (C12-d, X26).
Result<Outcome> policy_accept(Context& context, const Arguments& args) {
  const std::string_view id = context.actor.id;
  CONNEX_TRY(version, take_version(context, args));
  CONNEX_TRY(notice, find_policy_notice(context.read(), id, version->number));
  if (notice && notice->accepted()) return conflict("the version is accepted already", "version");
  if (context.policies.in_effect(context.actor.principal->registered_at) >= version->number)
    return conflict("the person joined under this version", "version");
  FactsOf<kPolicyAccept> facts;
  facts.set("notice_stands", notice && !notice->bounced_at);
  facts.set("words_are_those_published", args.text("digest") == version->filed.pack->digest);
  Outcome outcome = decide(facts);
  concern(outcome, id);
  outcome.details = {{"digest", version->filed.pack->digest}};
  if (!outcome.decision.permitted()) return outcome;
  const std::int64_t over =
      notice->notified_at.micros + context.policy.notices.policy_days * kMicrosPerDay;
  notice->accepted_at = context.now;
  notice->withdrawn_at.reset();
  notice->binds_at = std::max({Instant{over}, version->effective_at, context.now});
  CONNEX_CHECK(save(context.write(), Save::update, *notice));
  outcome.result = describe(*notice, *version, context.offset());
  return outcome;
}

Result<void> settle(Context& context, const PolicyVersion& version, const std::optional<Instant>& at,
                    std::string_view up_to) {
  Row row;
  const Cell key[] = {version.number};
  CONNEX_TRY(found, context.read().get(policy_version::kTable, key, row));
  if (!found) return Error{ErrorCode::corrupt, "a published version is not on file", ""};
  std::vector<Cell> cells = cells_of(row);
  cells[policy_version::settled_at] = at ? Cell(at->micros) : Cell();
  cells[policy_version::settled_up_to] = up_to.empty() ? Cell() : Cell(up_to);
  CONNEX_CHECK(context.write().update(policy_version::kTable, cells));
  context.change_policies();
  return {};
}

// As easy as accepting: from now on the stricter version stands again.
Result<Outcome> policy_withdraw(Context& context, const Arguments& args) {
  const std::string_view id = context.actor.id;
  CONNEX_TRY(version, take_version(context, args));
  CONNEX_TRY(notice, find_policy_notice(context.read(), id, version->number));
  if (!notice || !notice->accepted()) return not_found("acceptance of the version", "version");
  notice->withdrawn_at = context.now;
  CONNEX_CHECK(save(context.write(), Save::update, *notice));
  CONNEX_CHECK(review_records_of(context, id));  // whose periods may be shorter again
  CONNEX_TRY(standing, standing_of(context.read(), context.policies, *context.actor.principal, context.now));
  for (const PolicyVersion& other : context.policies.list())
    if (other.number > standing && other.number <= version->number &&
        (other.settled_at || !other.settled_up_to.empty()))
      CONNEX_CHECK(settle(context, other, std::nullopt, {}));
  Outcome outcome;
  concern(outcome, id);
  outcome.result = {{"principal", id},
                    {"withdrawn_at", format_instant(context.now, context.offset())},
                    {"stands_on", context.policies.at(standing).filed.pack->version}};
  return outcome;
}

// Whether nothing is kept of a person that the terms of a version could bear on: whoever was erased accepts no more.
Result<bool> is_gone(ReadTransaction& tx, const Principal& person) {
  if (person.status != AccountStatus::erased) return false;
  CONNEX_TRY(records, list_records_of(tx, person.id, {}, 1));
  return records.empty();
}

// Looks whether everybody stands on the version, some people at a time, so that decisions that concern nobody
// in particular may be made under it.
Result<Outcome> policy_settle(Context& context, const Arguments& args) {
  CONNEX_TRY(version, take_version(context, args));
  const auto limit = static_cast<std::uint32_t>(args.has("limit") ? args.integer("limit") : 1'000);
  Outcome outcome;
  outcome.object = version->filed.pack->version;
  std::string after = version->settled_up_to;
  std::optional<std::string> waits;
  bool all = version->settled_at.has_value();
  Number examined = 0;
  if (!all && version->effective_at <= context.now) {
    const Cell position[] = {std::string_view(after)};
    store::Range next{.limit = limit};
    if (!after.empty()) next.after = position;
    std::vector<Row> rows;
    CONNEX_CHECK(context.read().scan(principal::kTable, next, rows));
    for (const Row& row : rows) {
      CONNEX_TRY(person, find_principal(context.read(), row.bytes(principal::id)));
      CONNEX_TRY(standing, standing_of(context.read(), context.policies, *person, context.now));
      ++examined;
      if (standing < version->number) {
        CONNEX_TRY(gone, is_gone(context.read(), *person));
        if (!gone) {
          waits = person->id;
          break;
        }
      }
      after = person->id;
    }
    all = !waits && rows.size() < limit;
    if (all || after != version->settled_up_to)
      CONNEX_CHECK(settle(context, *version, all ? std::optional(context.now) : std::nullopt,
                          all ? std::string_view() : after));
  }
  outcome.result = {{"version", version->filed.pack->version}, {"settled", all}, {"examined", examined}};
  if (waits) outcome.result["waits_for"] = *waits;
  return outcome;
}

Result<Outcome> policy_effective(Context& context, const Arguments& args) {
  const std::string_view id = args.text("principal");
  CONNEX_TRY(person, find_principal(context.read(), id));
  if (!person) return not_found("principal", "principal");
  if (context.actor.id != id && !is_auditor(context.actor)) return outside_scope();
  const Instant at = args.has("at") ? args.instant("at") : context.now;
  if (at > context.now) return invalid("what a person will accept is not known", "at");
  CONNEX_TRY(standing, standing_of(context.read(), context.policies, *person, at));
  boost::json::array pending;
  for (const PolicyVersion& version : context.policies.list()) {
    if (version.number <= standing) continue;
    CONNEX_TRY(notice, find_policy_notice(context.read(), id, version.number));
    boost::json::object entry = describe(version, context.offset());
    boost::json::array needs;
    if (!notice || notice->bounced_at) needs.emplace_back("notice");
    if (!notice || !notice->accepted()) needs.emplace_back("acceptance");
    if (needs.empty()) needs.emplace_back("time");
    if (notice) {
      entry["notified_at"] = format_instant(notice->notified_at, context.offset());
      entry["bounced_at"] = instant_or_null(notice->bounced_at, context.offset());
      if (notice->accepted()) entry["binds_at"] = instant_or_null(notice->binds_at, context.offset());
    }
    entry["needs"] = std::move(needs);
    pending.push_back(std::move(entry));
  }
  const PolicyPack& pack = *context.policies.pack(standing, at).pack;
  Outcome outcome;
  concern(outcome, id);
  outcome.result = describe(pack);
  outcome.result["principal"] = id;
  outcome.result["stands_on"] = context.policies.at(standing).filed.pack->version;
  outcome.result["pending"] = std::move(pending);
  return outcome;
}

Result<Outcome> policy_list(Context& context, const Arguments&) {
  boost::json::array listed;
  for (const PolicyVersion& version : context.policies.list())
    listed.push_back(describe(version, context.offset()));
  Outcome outcome;
  outcome.result = {{"versions", std::move(listed)},
                    {"in_effect", context.policies.at(context.policies.in_effect(context.now)).filed.pack->version},
                    {"settled", context.policies.at(context.policies.settled()).filed.pack->version}};
  return outcome;
}

// The pack to decide under: the version that is asked for, or the one in effect then, for a person if one is named.
Result<std::shared_ptr<const PolicyPack>> pack_asked_for(Context& context, const Arguments& args, Instant at) {
  if (args.has("version")) return find_pack(context, args, "version");
  Number standing = context.policies.in_effect(at);
  if (args.has("principal")) {
    CONNEX_TRY(person, find_principal(context.read(), args.text("principal")));
    if (!person) return not_found("principal", "principal");
    CONNEX_TRY(theirs, standing_of(context.read(), context.policies, *person, at));
    standing = theirs;
  }
  return context.policies.pack(standing, at).pack;
}

Outcome decided(const PolicyPack& pack, Instant at, UtcOffset offset, boost::json::object decision) {
  Outcome outcome;
  outcome.result = {{"version", pack.version},
                    {"digest", pack.digest},
                    {"at", format_instant(at, offset)},
                    {"decision", std::move(decision)}};
  return outcome;
}

// A decision that is on file, as it would be made then.
Result<Outcome> decide_entry(Context& context, const Arguments& args) {
  if (!is_auditor(context.actor)) return outside_scope();
  CONNEX_TRY(entry, find_entry(context.read(), args.integer("audit")));
  if (!entry) return not_found("audit entry", "audit");
  if (gate_of(*entry) == nullptr) return conflict("the entry tells no decision", "audit");
  const Instant at = args.has("at") ? args.instant("at") : entry->at;
  CONNEX_TRY(pack, pack_asked_for(context, args, at));
  CONNEX_TRY(was, find_filed_pack(context.read(), entry->policy));
  if (!was) return Error{ErrorCode::corrupt, "the policy pack of the entry's time is not on file", ""};
  Rules before(std::move(was), &context.policies, entry->at);
  Rules asked(pack, &context.policies, at);
  CONNEX_TRY(again, decided_again(context.read(), *entry, before, asked, day_of(at, pack->offset), at));
  if (!again) return conflict("the entry does not tell what its facts rest on", "audit");
  Outcome outcome = decided(*pack, at, context.offset(), to_json(again->decision(), *pack));
  outcome.result["decided_as"] = name(entry->content.effect);
  return outcome;
}

// The dates of a record as it is on file: under one version alone, or under all that bind it.
Result<Outcome> decide_record(Context& context, const Arguments& args) {
  if (!is_auditor(context.actor)) return outside_scope();
  if (args.text("rule") != "retention.evaluate") return invalid("of a record its retention is decided", "rule");
  CONNEX_TRY(record, find_record(context.read(), args.text("record")));
  if (!record) return not_found("record", "record");
  const Instant at = args.has("at") ? args.instant("at") : context.now;
  if (at < record->collected_at) return invalid("the record came later", "at");
  CONNEX_TRY(pack, pack_asked_for(context, args, at));
  RecordFacts loaded;
  CONNEX_CHECK(load_facts(context.read(), *pack, *record, loaded));
  for (auto* when : {&loaded.facts.trigger_at, &loaded.facts.processed_at, &loaded.facts.erasure_accepted_at})
    if (*when && **when > at) when->reset();  // it had not happened
  std::optional<RetentionTable> alone;
  CONNEX_TRY(binding, RetentionRules(context).of(*record));
  if (args.has("version")) alone.emplace(*pack);
  const RetentionTable& table = alone ? *alone : *binding;
  return decided(*pack, at, context.offset(),
                 retention_answer(table, loaded.facts, table.evaluate(loaded.facts, at), table.pack()));
}

// The rule `egress` with the processor as it was in use: what waited for customers then counts as not engaged.
Result<boost::json::object> decide_egress_at(Context& context, boost::json::object facts, const PolicyPack& pack,
                                             Instant at) {
  std::string id;
  if (const boost::json::value* given = facts.if_contains("processor"); given && given->is_string())
    id = std::string_view(given->get_string());
  CONNEX_TRY(past, find_processor(context.read(), {pack, 0}, context.policies, id, at));
  const auto decide_as = [&](const Processor* processor) {
    PolicyPack asked = pack;
    std::erase_if(asked.processors, [&](const Processor& p) { return p.id == id; });
    if (processor != nullptr) asked.processors.push_back(*processor);
    return decide_rule("egress", boost::json::serialize(facts), asked);
  };
  const auto& found = past.found;
  if (found && !found->engaged) facts["processor_engaged"] = false;
  auto made = decide_as(found ? &found->processor : nullptr);
  if (!made || !found || !found->waiting || made->at("effect") == "permit") return made;
  auto wider = decide_as(&*found->waiting);
  if (!wider || wider->at("effect") != "permit") return made;
  facts["processor_engaged"] = false;
  return decide_as(&*found->waiting);
}

// What a rule says under a version, at an instant: of the past, of now, or of a version that is not yet in
// effect; on facts that are given, or on those of a decision or a record on file.
Result<Outcome> policy_decide(Context& context, const Arguments& args) {
  if (args.has("audit") + args.has("record") + args.has("facts") > 1)
    return invalid("one of the three is expected", args.has("audit") ? "audit" : "record");
  if (args.has("audit")) {
    if (args.has("rule")) return invalid("the entry tells its rule", "rule");
    return decide_entry(context, args);
  }
  if (args.has("record")) return decide_record(context, args);
  for (const char* needed : {"rule", "facts"})
    if (!args.has(needed)) return invalid("argument is missing", needed);
  const std::string_view rule = args.text("rule");
  if (!is_pure_rule(rule)) return not_found("rule", "rule");
  const Instant at = args.has("at") ? args.instant("at") : context.now;
  CONNEX_TRY(pack, pack_asked_for(context, args, at));
  boost::json::object facts = *args.object("facts");
  if (takes_time(rule) && !facts.contains("now")) facts["now"] = format_instant(at, context.offset());
  auto made = rule == "egress" ? decide_egress_at(context, facts, *pack, at)
                               : decide_rule(rule, boost::json::serialize(facts), *pack);
  if (!made) {
    Error error = std::move(made).error();
    error.path.insert(0, "/args/facts");
    return error;
  }
  return decided(*pack, at, context.offset(), std::move(*made));
}

Result<Outcome> impact_of(Context& context, const Arguments& args) {
  CONNEX_TRY(draft, read_given_pack(args, "pack"));
  return policy_impact(context, args, std::move(draft));
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kDiff[] = {
    {"from", id, false, "version or digest of a pack on file; the one in effect when not given"},
    {"to", id, false, "version or digest of a pack on file; the latest when not given"},
    {"from_pack", object, false, "or the pack itself"},
    {"to_pack", object, false, "or the pack itself"},
};
constexpr std::string_view kChannels[] = {"email", "in_app"};
constexpr Argument kPublish[] = {
    {"pack", object, true, "the policy pack"},
    {"effective_at", instant, true,
     "when what it loosens takes effect, for who joins at that instant or later; what it tightens acts at once, what it "
     "adds to a processor once engaged"},
    {"material", boolean, true, "whether it changes something for people; what loosens always does"},
};
constexpr Argument kNotify[] = {
    {"version", id, true, "version or digest of a published pack"},
    {"principal", id, true, "who was told"},
    {"channel", choice, true, "how", 0, kChannels},
    {"at", instant, true, "when"},
};
constexpr Argument kBounce[] = {
    {"version", id, true, "version or digest of a published pack"},
    {"principal", id, true, "whom the notice did not reach"},
    {"at", instant, true, "when that became known"},
};
constexpr Argument kAccept[] = {
    {"version", id, true, "version or digest of a published pack"},
    {"digest", id, true, "digest of the pack that was shown"},
};
constexpr Argument kVersion[] = {
    {"version", id, true, "version or digest of a published pack"},
};
constexpr Argument kSettle[] = {
    {"version", id, true, "version or digest of a published pack"},
    how_many("limit", "at most how many people to look at; 1,000 when not given", store::kMaxScan),
};
constexpr Argument kEffective[] = {
    {"principal", id, true, "id of the person"},
    {"at", instant, false, "at what time; now when not given"},
};
constexpr Argument kDecide[] = {
    {"rule", id, false, "a rule that needs no store; not with `audit`"},
    {"facts", object, false, "what it is decided on"},
    {"audit", integer, false, "or the number of an audit entry: the decision that it tells, made again", kMaxNumber},
    {"record", id, false, "or, of `retention.evaluate`, a record on file"},
    {"version", id, false, "version or digest of a pack on file; the one in effect then when not given"},
    {"principal", id, false, "for whom it is in effect"},
    {"at", instant, false, "at what time; of an audit entry its own, else now, when not given"},
};
constexpr std::string_view kParts[] = {"records", "accounts", "sharings", "decisions"};
constexpr Argument kAfter[] = {
    {"part", choice, true, "part of the store", 0, kParts},
    {"after", line, false, "what was looked at last in it", 300},
};
constexpr Argument kImpact[] = {
    {"pack", object, true, "the draft"},
    {"effective_at", instant, false, "when it would take effect; now when not given"},
    {"after", object, false, "where to go on: `next` of the answer before", 0, {}, kAfter},
    how_many("limit", "how many rows to look at at most; 10,000 when not given", 1'000'000),
    {"count", boolean, false, "to count the rows and nothing else, before a long look at them"},
};
constexpr std::string_view kDiffClauses[] = {"C12-a"};
constexpr std::string_view kNoticeClauses[] = {"C12-b"};
constexpr std::string_view kPublishClauses[] = {"C12-a", "C12-b", "C12-c"};
constexpr std::string_view kAcceptClauses[] = {"C12-b", "C12-d"};

constexpr Command kCommands[] = {
    {"policy.publish", "Publishes a version of the policy", changes, kAuditors, false, kPublish,
     kPublishClauses, policy_publish},
    {"policy.notify", "Records that a person was told of a version", changes, kAuditors, false, kNotify,
     kNoticeClauses, policy_notify},
    {"policy.bounce", "Records that a notice did not arrive", changes, kAuditors, false, kBounce,
     kNoticeClauses, policy_bounce},
    {"policy.accept", "A person accepts what a version loosens", changes, kAnyRole, false, kAccept,
     kAcceptClauses, policy_accept},
    {"policy.withdraw", "A person takes an acceptance back", changes, kAnyRole, false, kVersion,
     kAcceptClauses, policy_withdraw},
    {"policy.settle", "Looks whether a version binds everybody", changes, kAuditors, false, kSettle,
     kNoticeClauses, policy_settle},
    {"policy.effective", "Tells which version binds a person, and what others wait for", reports, kEverybody,
     false, kEffective, kNoticeClauses, policy_effective},
    {"policy.list",
     "Lists the published versions of the policy",
     reports,
     kEverybody,
     false,
     {},
     kPublishClauses,
     policy_list},
    {"policy.diff", "Tells what differs between two versions of the policy, and what of it loosens", reports,
     kEverybody, false, kDiff, kDiffClauses, policy_diff},
    {"policy.impact",
     "Tells what a draft would change for the records, sharings and decisions in the store",
     reports,
     kAuditors,
     false,
     kImpact,
     kDiffClauses,
     impact_of},
    {"policy.decide", "Decides a rule under any version at any time", reports, kEverybody, false, kDecide,
     kDiffClauses, policy_decide},
};

}  // namespace

std::span<const Command> policy_commands() noexcept { return kCommands; }

}  // namespace connex::services
