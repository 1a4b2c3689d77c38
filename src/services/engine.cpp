#include "connex/engine.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "connex/gates.hpp"
#include "connex/keys.hpp"
#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "policy/pack.hpp"
#include "services/answers.hpp"
#include "services/audit_log.hpp"
#include "services/command.hpp"
#include "services/dependencies.hpp"
#include "services/policy_versions.hpp"
#include "services/pure_rules.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/tallies.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"
#include "services/visit_facts.hpp"

namespace connex {

using namespace services;
using store::Cell;
using store::Row;

namespace {

// A request whose envelope and arguments are well formed.
struct Request {
  const Command* command = nullptr;
  std::string actor;
  std::optional<Instant> at;
  std::string request_id;
  boost::json::object args;

  evidence::Hash digest() const {
    const boost::json::array content{command->name, args};
    return evidence::sha256(evidence::bytes_of(json::canonical(content)));
  }
};

// How far the engine's clock may lie behind the last entry of the log, and how far one command may take the log
// ahead: it cannot be turned back.
constexpr std::int64_t kClockTolerance = kMicrosPerMinute;
constexpr std::int64_t kLongestJump = std::int64_t{36'525} * kMicrosPerDay;

Error bad_field(std::string message, std::string_view field) {
  return {ErrorCode::invalid_argument, std::move(message), std::string("/").append(field)};
}

Result<std::string> take_id(const boost::json::object& object, std::string_view field) {
  const boost::json::value* value = object.if_contains(field);
  if (value == nullptr) return bad_field("field is missing", field);
  if (!value->is_string() || !is_id(value->get_string()))
    return bad_field("field must be an id: 1 to 128 characters of `A-Z a-z 0-9 . _ : -`", field);
  return std::string(value->get_string());
}

Result<Request> read_request(std::string_view text, bool caller_clock) {
  auto read = json::parse(text);
  if (!read) {
    Error error = std::move(read).error();
    error.path = safe_pointer(error.path);
    return error;
  }
  boost::json::value& value = *read;
  if (!value.is_object()) return Error{ErrorCode::invalid_argument, "a request must be an object", ""};
  boost::json::object& object = value.get_object();
  for (const auto& member : object) {
    const std::string_view key = member.key();
    if (key != "command" && key != "actor" && key != "at" && key != "request_id" && key != "args")
      return bad_field("unknown field", safe_name(key));
  }
  Request request;
  CONNEX_TRY(command, take_id(object, "command"));
  request.command = find_command(command);
  if (request.command == nullptr) return bad_field("unknown command", "command");
  CONNEX_TRY(actor, take_id(object, "actor"));
  request.actor = std::move(actor);
  if (object.contains("request_id")) {
    CONNEX_TRY(request_id, take_id(object, "request_id"));
    request.request_id = std::move(request_id);
  }
  if (const boost::json::value* at = object.if_contains("at")) {
    if (!caller_clock) return bad_field("this engine keeps its own time", "at");
    request.at = at->is_string() ? parse_instant(at->get_string()) : std::nullopt;
    if (!request.at) return bad_field("field must be an RFC 3339 date and time with an offset", "at");
    if (*request.at >= kLatestMoment) return bad_field("field lies too far in the future", "at");
  }
  if (boost::json::value* args = object.if_contains("args")) {
    if (!args->is_object()) return bad_field("field must be an object", "args");
    request.args = std::move(args->get_object());
  }
  CONNEX_CHECK(validate(request.args, request.command->arguments));
  if (request.command->kind != CommandKind::reports)
    CONNEX_CHECK(refuse_secrets(request.args, request.command->arguments));
  return request;
}

Instant system_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

// None: nobody of that name is registered.
Result<std::optional<Actor>> find_actor(ReadTransaction& tx, std::string_view id) {
  if (id == "system") return std::optional(Actor{"system", std::nullopt});
  CONNEX_TRY(principal, find_account(tx, id));
  if (!principal) return std::optional<Actor>();
  std::string actor = principal->id;
  return std::optional(Actor{std::move(actor), std::move(*principal)});
}

Error not_registered() { return {ErrorCode::unauthenticated, "the actor is not registered", "/actor"}; }

// In the audit log, in place of what an actor who is not registered calls itself, which may be anything. No id.
constexpr std::string_view kStranger = "?";

bool role_may_use(const Command& command, const Actor& actor) noexcept {
  const Actors bit = actor.principal ? actors({actor.principal->role}) : kSystem;
  return (command.actors & bit) != 0;
}

bool is_active(const Command& command, const Actor& actor) noexcept {
  return actor.is_system() || actor.principal->active() ||
         (command.open_to_terminated && actor.principal->status == AccountStatus::terminated);
}

FactsOf<kCommandUse> use_facts(const Command& command, const Actor& actor) {
  FactsOf<kCommandUse> facts;
  facts.set("actor_is_active", is_active(command, actor));
  facts.set("role_may_use_command", role_may_use(command, actor));
  facts.set("within_own_scope", true);
  return facts;
}

// Of an actor who is not registered nothing is known.
FactsOf<kCommandUse> use_facts(const Command& command, const std::optional<Actor>& actor) {
  return actor ? use_facts(command, *actor) : FactsOf<kCommandUse>();
}

std::vector<Fact> list_facts(const Outcome& outcome) {
  std::vector<Fact> facts;
  for (std::size_t i = 0; i < outcome.decision.gate->conditions.size(); ++i)
    facts.push_back(outcome.facts[i]);
  return facts;
}

// Errors that answer a well-formed request about what is there; they are audited. The others change nothing
// at all.
bool is_on_record(ErrorCode code) noexcept {
  return code == ErrorCode::not_found || code == ErrorCode::conflict;  // and unauthenticated
}

// What there is of what the request names, so that a refused or failed attempt is found with its visit or person.
Result<void> place(ReadTransaction& tx, const Request& request, Outcome& outcome) {
  if (!outcome.object.empty() || !outcome.visit.empty() || !outcome.subjects.empty()) return {};
  const Arguments args(request.args);
  const std::string_view group = request.command->name.substr(0, request.command->name.find('.'));
  const auto named = [&](std::string_view kind) { return args.text(group == kind && args.has("id") ? "id" : kind); };

  std::string visit_id(named("visit"));
  CONNEX_TRY(recording, find_recording(tx, named("recording")));
  if (recording) visit_id = recording->visit;
  CONNEX_TRY(visit, find_visit(tx, visit_id));
  if (visit) concern(outcome, *visit);

  std::vector<std::string> people;
  for (const std::string_view name : {"principal", "subject", "doctor", "representative", "to"})
    people.emplace_back(named(name));
  if (group == "account") people.emplace_back(args.text("id"));
  CONNEX_TRY(asked, find_request(tx, args.text(group == "rights" ? "id" : "request")));
  if (asked) people.push_back(asked->principal);
  for (std::string& id : people) {
    CONNEX_TRY(found, find_account(tx, id));
    const bool told = std::find(outcome.subjects.begin(), outcome.subjects.end(), id) != outcome.subjects.end();
    if (found && !told) outcome.subjects.push_back(std::move(id));
  }
  if (outcome.object.empty() && !outcome.subjects.empty()) outcome.object = outcome.subjects.front();
  if (outcome.object.empty()) {
    CONNEX_TRY(organisation, find_organisation(tx, named("organisation")));
    if (organisation) outcome.object = organisation->id;
  }
  return {};
}

// Keeps a command back while an attestation that it depends on is missing, out of date or untrue.
Result<void> wait_for_posture(ReadTransaction& tx, const PolicyPack& policy, Instant now, const Command& command,
                              Outcome& outcome) {
  CONNEX_TRY(dependence, dependence_of(tx, policy, now, command));
  if (dependence.decision().permitted()) return {};
  outcome.decision = dependence.decision();
  outcome.facts = dependence.facts;
  outcome.result = {{"lacking", std::move(dependence.lacking)}};
  return {};
}

AuditContent describe(const Request& request, const std::optional<Actor>& actor, const PolicyPack& policy,
                      const Outcome& outcome) {
  return {.actor = actor ? actor->id : std::string(kStranger),
          .role = std::string(actor ? actor->role_name() : kStranger),
          .command = std::string(request.command->name),
          .object = outcome.object,
          .visit = outcome.visit,
          .subjects = outcome.subjects,
          .rule = std::string(outcome.decision.gate->rule),
          .effect = outcome.decision.effect,
          .facts = list_facts(outcome),
          .outcome = outcome.decision.permitted() ? "done" : "denied",
          .policy = policy.digest,
          .details = outcome.details};
}

}  // namespace

struct Engine::Implementation {
  explicit Implementation(std::shared_ptr<const PolicyPack> pack) : policies(std::move(pack)) {}

  std::unique_ptr<store::Store> store;
  std::unique_ptr<Vault> vault;
  mutable PolicyLibrary policies;
  std::function<Instant()> clock;
  bool caller_clock = false;
  Surroundings surroundings;
  std::shared_ptr<CheckpointSink> sink;

  Result<std::string> execute(std::string_view text) const;

 private:
  Result<std::string> report(const Request& request) const;
  Result<std::string> record(const Request& request) const;
  Instant time_of(const Request& request, const AuditHead& head) const;
  Result<Instant> moment_of(const Request& request, const AuditHead& head) const;
};

namespace {

Result<void> check_time(const Request& request, Instant now) {
  if (request.at && *request.at < now) return bad_field("time runs backwards", "at");
  return {};
}

// Whether the answer is kept for when the request is repeated. What permits something for the moment is decided
// again, and who may not act any more has no answer of before, but that to the closing of the own account.
bool is_repeatable(const Request& request, const std::optional<Actor>& actor) noexcept {
  const Command& command = *request.command;
  return command.kind == CommandKind::changes && !command.momentary && !request.request_id.empty() && actor &&
         (is_active(command, *actor) || command.name == "principal.terminate");
}

// An answer given before to the same request of the same actor, and not too long ago.
Result<std::optional<std::string>> find_answer(ReadTransaction& tx, const Request& request, Instant now) {
  namespace t = services::request;
  Row row;
  const Cell key[] = {std::string_view(request.actor), std::string_view(request.request_id)};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  if (!found || row.integer(t::expires_at) <= now.micros) return std::optional<std::string>();
  if (row.bytes(t::digest) != evidence::text_of(request.digest()))
    return bad_field("the request id was used for another request", "request_id");
  if (row.is_null(t::private_to)) return std::optional(std::string(row.bytes(t::response)));
  if (row.is_null(t::sealed_response)) return bad_field("the answer to this request was erased", "request_id");
  return std::optional(std::string(row.bytes(t::sealed_response)));
}

// Keeps the answer, and lets go of up to two that have expired, so that the table stays as large as it must
// be.
Result<void> keep_answer(WriteTransaction& tx, const Request& request, std::string_view answer,
                         std::string_view private_to, Instant now, const PolicyPack& policy) {
  namespace t = services::request;
  std::vector<Row> expired;
  CONNEX_CHECK(tx.scan(t::kTable, {.index = &t::kByExpiry, .below = now.micros + 1, .limit = 2}, expired));
  for (const Row& row : expired) {
    const Cell key[] = {row[t::actor], row[t::id]};
    CONNEX_CHECK(tx.erase(t::kTable, key));
  }
  const Cell own[] = {std::string_view(request.actor), std::string_view(request.request_id)};
  CONNEX_CHECK(tx.erase(t::kTable, own));  // expired, or find_answer would have found it
  const evidence::Hash digest = request.digest();
  const Cell cells[] = {std::string_view(request.actor), std::string_view(request.request_id),
                        Cell::blob(evidence::text_of(digest)), private_to.empty() ? answer : std::string_view(),
                        now.micros + policy.idempotency_hours * kMicrosPerHour,
                        private_to.empty() ? Cell() : Cell(private_to), private_to.empty() ? Cell() : Cell(answer)};
  return tx.insert(t::kTable, cells);
}

}  // namespace

// Time never runs backwards from what the log has seen.
Instant Engine::Implementation::time_of(const Request& request, const AuditHead& head) const {
  return std::max(request.at ? *request.at : clock(), head.at);
}

// The same for what goes on record. A clock that was set back must not make time stand still, where permits would
// not expire; an engine for tests and replays keeps to the times that it was given.
Result<Instant> Engine::Implementation::moment_of(const Request& request, const AuditHead& head) const {
  const Instant told = request.at ? *request.at : clock();
  if (!caller_clock && told.micros < head.at.micros - kClockTolerance)
    return Error{ErrorCode::internal, "the clock is behind the last entry of the audit log: set it right", ""};
  if (head.next() > 0 && told.micros > head.at.micros + kLongestJump) {
    if (request.at) return bad_field("field lies more than 100 years after the last entry of the audit log", "at");
    return Error{ErrorCode::internal, "the clock is more than 100 years ahead of the audit log: set it right", ""};
  }
  return std::max(told, head.at);
}

Result<std::string> Engine::Implementation::execute(std::string_view text) const {
  CONNEX_TRY(request, read_request(text, caller_clock));
  return request.command->kind == CommandKind::reports ? report(request) : record(request);
}

Result<std::string> Engine::Implementation::report(const Request& request) const {
  CONNEX_TRY(tx, vault->begin_read());
  CONNEX_TRY(head, load_head(*tx));
  const Instant now = time_of(request, head);
  CONNEX_CHECK(check_time(request, now));
  CONNEX_TRY(actor, find_actor(*tx, request.actor));
  if (!actor) return not_registered();
  CONNEX_TRY(versions, policies.at(*tx, head));
  CONNEX_TRY(standing, standing_for(*tx, *versions, *actor, request.args, now));
  const PolicyPack& policy = *versions->pack(standing, now).pack;
  Outcome outcome = services::decide(use_facts(*request.command, *actor));
  if (outcome.decision.permitted()) CONNEX_CHECK(wait_for_posture(*tx, policy, now, *request.command, outcome));
  if (outcome.decision.permitted()) {
    Context context(*tx, nullptr, *vault, *versions, standing, policy, *actor, now, head.next(), surroundings);
    const Decision use = outcome.decision;
    CONNEX_TRY(done, request.command->run(context, Arguments(request.args)));
    outcome = std::move(done);
    if (outcome.decision.gate == nullptr) outcome.decision = use;
  }
  const boost::json::object answer{
      {"ok", true}, {"result", std::move(outcome.result)}, {"decision", to_json(outcome.decision, policy)}};
  return boost::json::serialize(answer);
}

Result<std::string> Engine::Implementation::record(const Request& request) const {
  CONNEX_TRY(tx, vault->begin_write());
  CONNEX_TRY(head, load_head(*tx));
  CONNEX_TRY(now, moment_of(request, head));
  CONNEX_TRY(actor, find_actor(*tx, request.actor));
  const bool repeatable = is_repeatable(request, actor);
  if (repeatable) {
    CONNEX_TRY(answer, find_answer(*tx, request, now));
    if (answer) return std::move(*answer);
  }
  CONNEX_CHECK(check_time(request, now));
  CONNEX_TRY(versions, policies.at(*tx, head));
  const Actor concerned = actor.value_or(Actor{"system", std::nullopt});  // a stranger stands on no version
  CONNEX_TRY(standing, standing_for(*tx, *versions, concerned, request.args, now));
  FiledPack filed = versions->pack(standing, now);
  if (head.policies == 0) {
    CONNEX_TRY(founded, found_policy(*tx, filed, now));
    filed = founded;
    CONNEX_TRY(token, policies_token(*tx));
    head.policies = token;
  }
  const PolicyPack& policy = *filed.pack;
  head.policy = filed.ordinal;
  head.at = now;
  const Number seq = head.next();

  const FactsOf<kCommandUse> use = use_facts(*request.command, actor);
  Outcome outcome = services::decide(use);
  std::optional<Error> error;
  if (!actor) {
    error = not_registered();
  } else if (outcome.decision.permitted()) {
    CONNEX_CHECK(wait_for_posture(*tx, policy, now, *request.command, outcome));
  }
  if (actor && outcome.decision.permitted()) {
    Context context(*tx, tx.get(), *vault, *versions, standing, policy, *actor, now, seq, surroundings);
    auto done = request.command->run(context, Arguments(request.args));
    if (done) {
      outcome = std::move(*done);
    } else if (is_on_record(done.error().code) && !context.dirty()) {
      error = std::move(done).error();
    } else {
      return std::move(done).error();
    }
    if (context.policies_changed()) {
      CONNEX_TRY(token, policies_token(*tx));
      head.policies = token;
    }
  }
  if (outcome.decision.gate == nullptr) {
    outcome.facts = use;
    outcome.decision = evaluate(use);
  }

  if (error || !outcome.decision.permitted()) CONNEX_CHECK(place(*tx, request, outcome));
  boost::json::object answer;
  AuditContent content = describe(request, actor, policy, outcome);
  if (error) {
    content.outcome = name(error->code);
    answer = failure(*error);
  } else {
    CONNEX_CHECK(count(*tx, *request.command, outcome.decision));
    answer = {{"ok", true},
              {"result", std::move(outcome.result)},
              {"decision", to_json(outcome.decision, policy, outcome.obligations)}};
  }
  answer["audit"] = {{"seq", seq}};
  std::string text = boost::json::serialize(answer);
  CONNEX_CHECK(append_entry(*tx, head, content, outcome.record_class));
  for (const AuditDeletion& deletion : outcome.deletions)
    CONNEX_CHECK(delete_entries(*tx, head, policy.digest, deletion));
  if (repeatable && !error) CONNEX_CHECK(keep_answer(*tx, request, text, outcome.private_to, now, policy));
  CONNEX_CHECK(tx->commit());
  if (!outcome.checkpoint.empty() && sink && sink->publish(outcome.checkpoint)) {
    answer["result"].as_object()["published"] = true;
    text = boost::json::serialize(answer);
  }
  return text;
}

Engine::Engine(std::unique_ptr<Implementation> implementation) noexcept
    : implementation_(std::move(implementation)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions options) {
  if (!options.store) return Error{ErrorCode::invalid_argument, "an engine needs a store", ""};
  std::shared_ptr<const PolicyPack> own;
  if (options.policy.empty()) {
    own = policy::default_pack();
  } else {
    CONNEX_TRY(pack, policy::load(options.policy));
    own = std::move(pack);
  }
  std::shared_ptr<keys::KeyProvider> provider = std::move(options.key_provider);
  if (!provider) {
    const std::string path = options.store->path();
    if (path.empty() && options.key_store)
      return Error{ErrorCode::invalid_argument, "an engine on this store needs a key provider", ""};
    if (path.empty()) {
      provider = keys::make_ephemeral_key_provider();  // beside a store in memory, or there is no place for keys
    } else {
      provider = keys::make_file_key_provider({.path = path + ".key"});
    }
  }
  CONNEX_TRY(vault, Vault::open(*options.store, std::move(options.key_store), std::move(provider)));
  auto implementation = std::make_unique<Implementation>(std::move(own));
  implementation->vault = std::move(vault);
  {
    CONNEX_TRY(tx, options.store->begin_read());
    CONNEX_TRY(head, load_head(*tx));
    CONNEX_CHECK(implementation->policies.at(*tx, head));
  }
  implementation->store = std::move(options.store);
  implementation->surroundings = {implementation->store.get(), std::move(options.bucket)};
  implementation->sink = std::move(options.sink);
  implementation->clock = options.clock ? std::move(options.clock) : system_clock;
  implementation->caller_clock = options.caller_clock;
  return std::unique_ptr<Engine>(new Engine(std::move(implementation)));
}

std::string Engine::execute(std::string_view request) {
  const auto failed = [](Error error) { return boost::json::serialize(failure(error)); };
  try {
    auto answer = implementation_->execute(request);
    return answer ? std::move(*answer) : failed(std::move(answer).error());
  } catch (const std::bad_alloc&) {
    return R"({"ok":false,"error":{"code":"internal","message":"out of memory"}})";
  } catch (const std::exception&) {
    return R"({"ok":false,"error":{"code":"internal","message":"the engine failed"}})";
  }
}

std::string Engine::decide(std::string_view rule, std::string_view facts) const {
  auto decision = decide_rule(rule, facts, policy());
  return boost::json::serialize(decision ? *decision : failure(decision.error()));
}

const PolicyPack& Engine::policy() const noexcept {
  return *implementation_->policies.current().pack().pack;
}

}  // namespace connex
