#include "connex/engine.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <utility>

#include "connex/gates.hpp"
#include "connex/keys.hpp"
#include "evidence/sigv4.hpp"
#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "policy/pack.hpp"
#include "services/answers.hpp"
#include "services/audit_erasure.hpp"
#include "services/audit_log.hpp"
#include "services/command.hpp"
#include "services/dependencies.hpp"
#include "services/erasure_ledger.hpp"
#include "services/executing.hpp"
#include "services/kept_answers.hpp"
#include "services/policy_versions.hpp"
#include "services/pure_rules.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/signing.hpp"
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

  RepeatableRequest repeatable() const {
    return {actor, request_id, json::canonical(boost::json::array{command->name, args})};
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
    if (!request.at) return bad_field("field must be an RFC 3339 date and time with an offset (not `-00:00`), from 1970 on, in UTC", "at");
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

bool is_active(const Command& command, const Actor& actor) noexcept {
  return actor.is_system() || actor.principal->active() ||
         (command.open_to_terminated && actor.principal->status == AccountStatus::terminated) ||
         command.open_to_all;
}

FactsOf<kCommandUse> use_facts(const Command& command, const Actor& actor) {
  FactsOf<kCommandUse> facts;
  facts.set("actor_is_active", is_active(command, actor));
  facts.set("role_may_use_command", is_one_of(actor, command.actors));
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
  if (outcome.object.empty() && !outcome.subjects.empty()) {
    outcome.object = outcome.subjects.front();
    outcome.object_is_person = true;
  }
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

// Takes out of the outcome what the entry tells of it.
AuditContent describe(const Request& request, const std::optional<Actor>& actor, const PolicyPack& policy,
                      Outcome& outcome) {
  return {.actor = actor ? actor->id : std::string(kStranger),
          .role = std::string(actor ? actor->role_name() : kStranger),
          .command = std::string(request.command->name),
          .object = std::move(outcome.object),
          .visit = std::move(outcome.visit),
          .subjects = std::move(outcome.subjects),
          .rule = std::string(outcome.decision.gate->rule),
          .effect = outcome.decision.effect,
          .facts = list_facts(outcome),
          .outcome = outcome.decision.permitted() ? "done" : "denied",
          .policy = policy.digest,
          .details = std::move(outcome.details),
          .object_is_person = outcome.object_is_person};
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
  CheckpointRhythm rhythm;

  Result<std::string> execute(std::string_view text) const;
  void execute_all(std::span<const std::string_view> texts, std::span<std::string> answers) const;
  Result<void> load_signed(ReadTransaction& tx) const;
  Result<void> play_erasures() const;

 private:
  // The place of a checkpoint among those to be published: they go out one by one, in the order of their commits.
  class Turn {
   public:
    Turn(const Implementation& engine, Number size) : engine_(&engine), size_(size) {
      const std::lock_guard lock(engine.publishing_mutex_);
      engine.unpublished_.insert(size);
    }
    Turn(Turn&& other) noexcept : engine_(std::exchange(other.engine_, nullptr)), size_(other.size_) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (engine_ == nullptr) return;
      const std::lock_guard lock(engine_->publishing_mutex_);
      engine_->unpublished_.erase(size_);
      engine_->published_.notify_all();
    }

    void wait() const {
      std::unique_lock lock(engine_->publishing_mutex_);
      engine_->published_.wait(lock, [&] { return engine_->unpublished_.lower_bound(size_) == engine_->unpublished_.begin(); });
    }

   private:
    const Implementation* engine_;
    Number size_;
  };
  struct Note {
    std::string text;
    boost::json::object answer;  // as it can still be changed
    Turn turn;
  };

  // A command that waits for its transaction.
  struct Pending {
    const Request* request = nullptr;
    Instant asked;  // by the clock of whoever asks
    Number size = 0;  // of the log with its entry; 0: it has none
    std::optional<Result<std::string>> answer = {};
    std::optional<Note> note = {};  // to be published by whoever waits
    std::exception_ptr thrown = {};
    bool settled = false;  // guarded by the mutex: from then on only whoever waits touches it

    bool done() const noexcept { return answer || thrown; }
    Result<std::string> take() {
      if (thrown) std::rethrow_exception(thrown);
      return std::move(*answer);
    }
  };
  struct Recorded {
    std::string text = {};
    std::string checkpoint = {};
    boost::json::object answer = {};  // beside a checkpoint: the text as it can still be changed
    std::optional<Note> note = {};
    Number seq = 0;
    Instant at = {};
    bool repeated = false;    // an answer given before: nothing was written
    bool ends_batch = false;  // what comes after it must see it committed
  };

  Result<std::string> report(const Request& request) const;
  Result<std::string> refuse_report(const Request& request, Result<std::string> unrecorded) const;
  Result<std::string> record(const Request& request) const;
  Result<std::string> in_turn(Pending& own) const;
  Result<Recorded> record_in(WriteTransaction& tx, AuditHead& head, Tallies& tallies, const Pending& pending,
                             bool& spoilt) const;
  std::size_t commit_together(std::span<Pending* const> batch) const;
  void commit_each(std::span<Pending* const> batch) const;
  void publish(Pending& own) const noexcept;
  Pending wait_for(const Request& request) const {
    return {.request = &request, .asked = asked_at(request)};
  }
  Instant asked_at(const Request& request) const;
  void note_time(const Request& request) const noexcept;
  Result<Instant> moment_of(const Pending& pending, const AuditHead& head) const;

  mutable std::atomic<std::int64_t> stated_ = 0;  // the latest time of a request, where requests state theirs

  mutable std::mutex queue_mutex_;  // for all below
  mutable std::condition_variable turn_;
  mutable std::condition_variable arrival_;  // for whoever leads
  mutable std::vector<Pending*> queue_;
  mutable bool led_ = false;       // somebody commits for all who wait
  mutable std::size_t crowd_ = 1;  // how many had come by the end of the last commit
  mutable std::chrono::steady_clock::duration patience_{};

  // The last checkpoint, or the last attempt at one.
  struct Signed {
    Number size = 0;
    Instant at;
  };
  void sign_when_due(const Pending& done) const noexcept;
  bool claim_checkpoint(Number size, Instant now) const;
  mutable std::mutex signed_mutex_;
  mutable Signed signed_;

  mutable std::mutex publishing_mutex_;
  mutable std::condition_variable published_;
  mutable std::set<Number> unpublished_;  // the checkpoints that are committed, or about to be
};

namespace {

// The answer that a failure leaves, whatever failed.
template <class Work>
std::string answer_to(Work&& work) {
  const auto failed = [](Error error) { return boost::json::serialize(failure(error)); };
  try {
    Result<std::string> answer = work();
    return answer ? std::move(*answer) : failed(std::move(answer).error());
  } catch (const std::bad_alloc&) {
    return R"({"ok":false,"error":{"code":"internal","message":"out of memory"}})";
  } catch (const std::exception&) {
    return R"({"ok":false,"error":{"code":"internal","message":"the engine failed"}})";
  }
}

Result<void> check_time(const Request& request, Instant now) {
  if (request.at && *request.at < now) return bad_field("time runs backwards", "at");
  return {};
}

// Whether the request is known again when it is repeated. Who may not act any more has no answer of before, but
// that to the closing of the own account.
bool is_repeatable(const Request& request, const std::optional<Actor>& actor) noexcept {
  const Command& command = *request.command;
  return command.kind == CommandKind::changes && !request.request_id.empty() && actor &&
         (is_active(command, *actor) || command.name == "principal.terminate");
}

}  // namespace

// Once a request has stated its time, those that state none are of the same time: one that forgets to would carry a
// replay into the present.
Instant Engine::Implementation::asked_at(const Request& request) const {
  if (request.at) return *request.at;
  const std::int64_t stated = stated_.load(std::memory_order_relaxed);
  return stated > 0 ? Instant{stated} : clock();
}

void Engine::Implementation::note_time(const Request& request) const noexcept {
  if (request.at) stated_.store(request.at->micros, std::memory_order_relaxed);
}

// The time of what goes on record: never before what the log has seen. A clock that was set back must not make time stand still, where permits would
// not expire; an engine for tests and replays keeps to the times that it was given.
Result<Instant> Engine::Implementation::moment_of(const Pending& pending, const AuditHead& head) const {
  const Request& request = *pending.request;
  const Instant told = pending.asked;
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
  const Instant now = std::max(asked_at(request), head.at);  // time never runs backwards from what the log has seen
  CONNEX_CHECK(check_time(request, now));
  note_time(request);
  CONNEX_TRY(actor, find_actor(*tx, request.actor));
  if (!actor) return not_registered();  // no entry: strangers could fill the log
  CONNEX_TRY(versions, policies.at(*tx, head));
  CONNEX_TRY(standings, standings_for(*tx, *vault, *versions, *actor, request.args, now));
  const PolicyPack& policy = *versions->pack(standings.front(), now).pack;
  Outcome outcome = services::decide(use_facts(*request.command, *actor));
  if (outcome.decision.permitted()) CONNEX_CHECK(wait_for_posture(*tx, policy, now, *request.command, outcome));
  if (outcome.decision.permitted()) {
    Context context(*tx, nullptr, *vault, *versions, std::move(standings), policy, *actor, now, head.next(), surroundings);
    const Decision use = outcome.decision;
    CONNEX_TRY(done, request.command->run(context, Arguments(request.args)));
    outcome = std::move(done);
    if (outcome.decision.gate == nullptr) outcome.decision = use;
  }
  const boost::json::object answer{
      {"ok", true}, {"result", std::move(outcome.result)}, {"decision", to_json(outcome.decision, policy)}};
  std::string text = boost::json::serialize(answer);
  if (outcome.decision.permitted() || outcome.decision.gate != &kCommandUse) return text;
  tx.reset();
  return refuse_report(request, std::move(text));
}

// Whoever of the register asks in vain for what is not theirs leaves a trace. A store that is open for reading only can have none.
Result<std::string> Engine::Implementation::refuse_report(const Request& request, Result<std::string> unrecorded) const {
  auto answer = record(request);
  return answer || answer.error().code != ErrorCode::unsupported ? std::move(answer) : std::move(unrecorded);
}

// Everything but the commit. An error leaves transaction, head and tallies as they were, unless they are `spoilt`.
Result<Engine::Implementation::Recorded> Engine::Implementation::record_in(WriteTransaction& tx, AuditHead& head,
                                                                           Tallies& tallies,
                                                                           const Pending& pending,
                                                                           bool& spoilt) const {
  const Request& request = *pending.request;
  spoilt = false;
  CONNEX_TRY(now, moment_of(pending, head));
  spoilt = true;  // until it is known to be otherwise: a failure of the store ends the transaction
  CONNEX_TRY(actor, find_actor(tx, request.actor));
  const bool repeatable = is_repeatable(request, actor);
  const RepeatableRequest asked = repeatable ? request.repeatable() : RepeatableRequest();
  bool again = false;
  if (repeatable) {
    auto answer = find_answer(tx, *vault, asked, now);
    if (!answer) {
      spoilt = answer.error().code != ErrorCode::invalid_argument;
      return std::move(answer).error();
    }
    again = answer->has_value();
    if (again && !request.command->momentary) return Recorded{.text = std::move(**answer), .repeated = true};
  }
  spoilt = false;
  CONNEX_CHECK(check_time(request, now));
  note_time(request);
  spoilt = true;
  CONNEX_TRY(versions, policies.at(tx, head));
  static const Actor& kNobody = *new Actor{"system", std::nullopt};  // a stranger stands on no version
  CONNEX_TRY(standings, standings_for(tx, *vault, *versions, actor ? *actor : kNobody, request.args, now));
  FiledPack filed = versions->pack(standings.front(), now);
  Recorded recorded;
  if (head.policies == 0) {
    CONNEX_TRY(founded, found_policy(tx, filed, now));
    filed = founded;
    CONNEX_TRY(token, policies_token(tx));
    head.policies = token;
    recorded.ends_batch = true;
  }
  const Number seq = head.next();

  const FactsOf<kCommandUse> use = use_facts(*request.command, actor);
  Outcome outcome = services::decide(use);
  std::optional<Error> error;
  if (!actor) {
    error = not_registered();
  } else if (outcome.decision.permitted()) {
    CONNEX_CHECK(wait_for_posture(tx, *filed.pack, now, *request.command, outcome));
  }
  if (actor && outcome.decision.permitted()) {
    Context context(tx, &tx, *vault, *versions, std::move(standings), *filed.pack, *actor, now, seq, surroundings);
    context.again = again;
    auto done = request.command->run(context, Arguments(request.args));
    if (done) {
      outcome = std::move(*done);
    } else if (is_on_record(done.error().code) && !context.dirty()) {
      error = std::move(done).error();
    } else {
      spoilt = recorded.ends_batch || context.dirty() || done.error().code != ErrorCode::invalid_argument;
      return std::move(done).error();
    }
    if (outcome.standing) filed = versions->pack(*outcome.standing, now);
    if (context.policies_changed()) {
      spoilt = true;
      CONNEX_TRY(token, policies_token(tx));
      head.policies = token;
      recorded.ends_batch = true;
    }
  }
  if (outcome.decision.gate == nullptr) {
    outcome.facts = use;
    outcome.decision = evaluate(use);
  }
  spoilt = true;
  const PolicyPack& policy = *filed.pack;
  head.policy = filed.ordinal;
  head.at = now;

  if (error || !outcome.decision.permitted()) CONNEX_CHECK(place(tx, request, outcome));
  // Whom to ask is in every answer to somebody about their rights, the denials too (C13-a).
  if (!error && !outcome.decision.permitted()) {
    const std::string_view command = request.command->name;
    const bool of_rights = command.starts_with("rights.") || command.starts_with("nominee.") || command == "account.export";
    if (of_rights && !outcome.result.contains("contacts")) outcome.result["contacts"] = contacts_of(*versions, now);
  }
  boost::json::object answer;
  AuditContent content = describe(request, actor, policy, outcome);
  if (error) {
    content.outcome = name(error->code);
    answer = failure(*error);
  } else {
    tallies.count(*request.command, outcome.decision);
    answer = {{"ok", true},
              {"result", std::move(outcome.result)},
              {"decision", to_json(outcome.decision, policy, outcome.obligations)}};
  }
  answer["audit"] = {{"seq", seq}};
  std::string text = boost::json::serialize(answer);
  CONNEX_CHECK(append_entry(tx, head, content, outcome.record_class));
  for (const AuditDeletion& deletion : outcome.deletions)
    CONNEX_CHECK(delete_entries(tx, head, policy.digest, deletion));
  for (const std::string& person : std::exchange(head.named_anew, {})) CONNEX_CHECK(erase_naming(tx, person, now));
  if (repeatable && !error) {
    // What permits something for the moment is decided again: only that it was asked for is kept.
    const bool keeps = !request.command->momentary;
    CONNEX_CHECK(keep_answer(tx, *vault, asked, keeps ? text : "", keeps ? outcome.private_to : "", now,
                             {now.micros + policy.idempotency_hours * kMicrosPerHour}));
  }
  if (!outcome.checkpoint.empty()) recorded.answer = std::move(answer);
  recorded.text = std::move(text);
  recorded.checkpoint = std::move(outcome.checkpoint);
  recorded.seq = seq;
  recorded.at = now;
  return recorded;
}

// Commits as many commands as can share a transaction, one at least, and answers them; how many.
std::size_t Engine::Implementation::commit_together(std::span<Pending* const> batch) const {
  const auto fail_all = [](std::span<Pending* const> pending, const Error& error) {
    for (Pending* p : pending)
      if (!p->done()) p->answer = error;
    return pending.size();
  };
  std::vector<std::pair<Pending*, Recorded>> recorded;
  std::size_t taken = 0;
  try {
    recorded.reserve(batch.size());
    auto opened = vault->begin_write();
    if (!opened) return fail_all(batch, opened.error());
    std::unique_ptr<WriteTransaction>& tx = *opened;
    bool written = false;
    auto head = load_head(*tx);
    if (!head) return fail_all(batch, head.error());
    Tallies tallies;
    const std::uint64_t destructions = vault->destructions();
    for (Pending* const pending : batch) {
      if (taken > 0 && pending->request->command->alone) break;
      ++taken;
      bool spoilt = false;
      auto done = record_in(*tx, *head, tallies, *pending, spoilt);
      if (!done && spoilt && batch.size() > 1) {
        tx.reset();
        recorded.clear();
        commit_each(batch.first(taken));
        return taken;
      }
      if (!done) {
        pending->answer = std::move(done).error();
        if (spoilt) return taken;
        continue;
      }
      written = written || !done->repeated;
      if (sink && !done->repeated && !done->checkpoint.empty())
        done->note.emplace(Note{std::move(done->checkpoint), std::move(done->answer), Turn(*this, done->seq)});
      const bool last = done->ends_batch || pending->request->command->alone;
      recorded.emplace_back(pending, std::move(*done));
      if (last) break;
      // INVARIANT: nothing is sealed under a key that this very transaction destroys.
      if (vault->destructions() != destructions) break;
    }
    if (written) {
      auto stored = tallies.store(*tx);
      if (stored) stored = store_head(*tx, *head);
      if (!stored) return fail_all(batch.first(taken), stored.error());
      if (auto committed = tx->commit(); !committed) return fail_all(batch.first(taken), committed.error());
    }
  } catch (...) {
    if (batch.size() == 1) {
      batch.front()->thrown = std::current_exception();
      return 1;
    }
    recorded.clear();
    commit_each(batch.first(std::max<std::size_t>(taken, 1)));
    return std::max<std::size_t>(taken, 1);
  }
  for (auto& [pending, done] : recorded) {
    pending->answer = std::move(done.text);
    if (done.repeated) continue;
    pending->size = done.seq + 1;
    pending->asked = done.at;
    if (!done.note && done.checkpoint.empty()) continue;
    {
      const std::lock_guard lock(signed_mutex_);
      signed_ = {done.seq, done.at};
    }
    if (done.note) pending->note.emplace(std::move(*done.note));
  }
  return taken;
}

// Hands on the checkpoint that a command made, once it is committed and nobody waits for its transaction: however long
// that takes, only commands with later checkpoints wait for it.
void Engine::Implementation::publish(Pending& own) const noexcept {
  if (!own.note) return;
  try {
    own.note->turn.wait();
    if (sink->publish(own.note->text)) {
      own.note->answer["result"].as_object()["published"] = true;
      own.answer = boost::json::serialize(own.note->answer);
    }
  } catch (...) {  // it was not published, and the answer says so
  }
  own.note.reset();
}

// After a failure: what was done has been undone, and is done again one by one.
void Engine::Implementation::commit_each(std::span<Pending* const> batch) const {
  for (Pending* const& pending : batch) {
    pending->answer.reset();
    commit_together(std::span(&pending, 1));
  }
}

// The last checkpoint on file.
Result<void> Engine::Implementation::load_signed(ReadTransaction& tx) const {
  namespace t = audit_checkpoint;
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(t::kTable, {.limit = 1, .descending = true}, rows));
  if (!rows.empty()) signed_ = {rows.front().integer(t::size), {rows.front().integer(t::at)}};
  return {};
}

// An older copy of the store that was put back forgets again before anybody asks it for anything. The time is that of
// the ledger: it has been then, whatever the clock says.
Result<void> Engine::Implementation::play_erasures() const {
  Number played = 0;
  for (;;) {
    Instant at;
    {
      CONNEX_TRY(tx, vault->begin_read());
      CONNEX_TRY(lines, vault->to_play(*tx, store::kMaxScan));
      if (lines.empty()) return {};
      CONNEX_TRY(head, load_head(*tx));
      at = head.at;
      for (const ErasureLine& line : lines) at = std::max(at, line.at);
      if (lines.front().number == played)
        return Error{ErrorCode::internal, "the ledger of erasures cannot be played", ""};
      played = lines.front().number;
    }
    Request request;
    request.command = &play_command();
    request.actor = "system";
    Pending own{.request = &request, .asked = at};
    auto done = in_turn(own);
    if (!done && done.error().code != ErrorCode::busy) return std::move(done).error();
  }
}

// Whether a checkpoint is due; then it counts as attempted, and is nobody else's to make.
bool Engine::Implementation::claim_checkpoint(Number size, Instant now) const {
  const std::lock_guard lock(signed_mutex_);
  const bool grown = rhythm.entries > 0 && size - signed_.size >= Number{rhythm.entries};
  const bool old = rhythm.seconds > 0 && now.micros - signed_.at.micros >= rhythm.seconds * kMicrosPerSecond;
  if (size <= signed_.size || !(grown || old)) return false;
  signed_ = {size, now};
  return true;
}

// As if the operator had asked for it.
void Engine::Implementation::sign_when_due(const Pending& done) const noexcept {
  if (done.size == 0 || (rhythm.entries == 0 && rhythm.seconds == 0)) return;
  try {
    if (!claim_checkpoint(done.size, done.asked)) return;
    Request request;
    request.command = find_command("audit.checkpoint");
    request.actor = "system";
    Pending own{.request = &request, .asked = done.asked};
    (void)in_turn(own);
  } catch (...) {  // the next one makes it good
  }
}

Result<std::string> Engine::Implementation::record(const Request& request) const {
  Pending own = wait_for(request);
  auto answer = in_turn(own);
  sign_when_due(own);
  return answer;
}

// Whoever comes while nobody commits leads: it commits for all who wait, until its own command is done. Those who
// came last time are about to come again: it waits for them, half as long as a commit takes at most.
Result<std::string> Engine::Implementation::in_turn(Pending& own) const {
  constexpr std::size_t kMost = 64;
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&own);
  arrival_.notify_one();
  turn_.wait(lock, [&] { return own.settled || !led_; });
  if (own.settled) {
    lock.unlock();
    publish(own);
    return own.take();
  }
  led_ = true;
  const auto settle = [&] {
    std::erase_if(queue_, [](Pending* pending) {
      const bool done = pending->done();
      pending->settled = done;
      return done;
    });
    turn_.notify_all();
  };
  try {
    while (!own.done()) {
      arrival_.wait_for(lock, patience_, [&] { return queue_.size() >= std::min(crowd_, kMost); });
      const std::size_t size = std::min(queue_.size(), kMost);
      const std::vector<Pending*> batch(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
      lock.unlock();
      const auto began = std::chrono::steady_clock::now();
      commit_together(batch);
      const auto took = std::chrono::steady_clock::now() - began;
      lock.lock();
      patience_ = took / 2;
      crowd_ = queue_.size();
      settle();
    }
  } catch (...) {  // no memory
    if (!lock.owns_lock()) lock.lock();
    std::erase(queue_, &own);
    led_ = false;
    settle();
    throw;
  }
  led_ = false;
  turn_.notify_all();
  lock.unlock();
  publish(own);
  return own.take();
}

void Engine::Implementation::execute_all(std::span<const std::string_view> texts,
                                         std::span<std::string> answers) const {
  constexpr std::size_t kMost = 1'000;
  for (std::size_t first = 0; first < texts.size(); first += kMost) {
    const std::size_t end = std::min(texts.size(), first + kMost);
    std::vector<Request> requests;
    std::vector<Pending> pending;
    std::vector<std::size_t> places;
    requests.reserve(end - first);  // borrowed by what is pending
    pending.reserve(end - first);
    const auto finish = [&] {
      std::vector<Pending*> batch;
      for (Pending& p : pending) batch.push_back(&p);
      for (std::span<Pending* const> rest = batch; !rest.empty();) {
        const std::span<Pending* const> done = rest.first(commit_together(rest));
        for (Pending* const p : done) publish(*p);
        rest = rest.subspan(done.size());
      }
      for (std::size_t i = 0; i < pending.size(); ++i)
        answers[places[i]] = answer_to([&] { return pending[i].take(); });
      const auto last = std::find_if(pending.rbegin(), pending.rend(), [](const Pending& p) { return p.size > 0; });
      if (last != pending.rend()) sign_when_due(*last);
      requests.clear();
      pending.clear();
      places.clear();
    };
    for (std::size_t i = first; i < end; ++i) {
      answers[i] = answer_to([&]() -> Result<std::string> {
        CONNEX_TRY(request, read_request(texts[i], caller_clock));
        if (request.command->kind == CommandKind::reports) {
          finish();  // a report sees what came before it
          return report(request);
        }
        requests.push_back(std::move(request));
        pending.push_back(wait_for(requests.back()));
        places.push_back(i);
        return std::string();  // for now
      });
    }
    finish();
  }
}

Engine::Engine(std::unique_ptr<Implementation> implementation) noexcept
    : implementation_(std::move(implementation)) {}
Engine::~Engine() = default;

// Whether addresses can be signed for what is in the bucket at all.
static Result<void> check_bucket(const Bucket& bucket) {
  if (!is_id(bucket.name)) return Error{ErrorCode::invalid_argument, "the bucket's name is malformed", ""};
  CONNEX_CHECK(evidence::presign_get({bucket.host, "/" + bucket.name + "/object", bucket.region},
                                     {bucket.access_key, bucket.secret_key, {}}, evidence::kMaxPresignSeconds,
                                     Instant{}));
  return {};
}

Result<std::unique_ptr<Engine>> Engine::open(EngineOptions options) {
  if (!options.store) return Error{ErrorCode::invalid_argument, "an engine needs a store", ""};
  if (options.bucket) CONNEX_CHECK(check_bucket(*options.bucket));
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
      provider =
          keys::make_ephemeral_key_provider();  // beside a store in memory, or there is no place for keys
    } else {
      provider = keys::make_file_key_provider({.path = path + ".key"});
    }
  }
  CONNEX_TRY(vault, Vault::open(*options.store, std::move(options.key_store), std::move(provider)));
  CONNEX_CHECK(endorse_first_key(*vault));
  auto implementation = std::make_unique<Implementation>(std::move(own));
  implementation->vault = std::move(vault);
  {
    CONNEX_TRY(tx, options.store->begin_read());
    CONNEX_TRY(head, load_head(*tx));
    CONNEX_CHECK(implementation->policies.at(*tx, head));
    CONNEX_CHECK(implementation->load_signed(*tx));
  }
  implementation->store = std::move(options.store);
  implementation->surroundings = {implementation->store.get(), std::move(options.bucket)};
  implementation->sink = std::move(options.sink);
  implementation->rhythm = options.checkpoints;
  implementation->clock = options.clock ? std::move(options.clock) : system_clock;
  implementation->caller_clock = options.caller_clock;
  CONNEX_CHECK(implementation->play_erasures());
  return std::unique_ptr<Engine>(new Engine(std::move(implementation)));
}

std::string Engine::execute(std::string_view request) {
  return answer_to([&]() -> Result<std::string> {
    if (Executing::is_inside(this)) return within_callback();
    const Executing executing(this);
    return implementation_->execute(request);
  });
}

std::vector<std::string> Engine::execute_all(std::span<const std::string_view> requests) {
  std::vector<std::string> answers(requests.size());
  const std::string failed = answer_to([&]() -> Result<std::string> {
    if (Executing::is_inside(this)) return within_callback();
    const Executing executing(this);
    implementation_->execute_all(requests, answers);
    return std::string();
  });
  for (std::string& answer : answers)
    if (answer.empty()) answer = failed;
  return answers;
}

std::string Engine::decide(std::string_view rule, std::string_view facts) const {
  auto decision = decide_rule(rule, facts, policy());
  return boost::json::serialize(decision ? *decision : failure(decision.error()));
}

const PolicyPack& Engine::policy() const noexcept {
  return *implementation_->policies.current().pack().pack;
}

}  // namespace connex
