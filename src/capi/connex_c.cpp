#include "connex/connex.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "capi/engine_handle.hpp"
#include "capi/guarded.hpp"
#include "connex/engine.hpp"
#include "connex/gates.hpp"
#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "connex/version.hpp"
#include "policy/pack.hpp"
#include "services/answers.hpp"
#include "services/arguments.hpp"
#include "services/executing.hpp"
#include "services/pure_rules.hpp"
#include "services/redaction.hpp"
#include "services/reference.hpp"
#include "services/scenarios.hpp"
#include "services/try.hpp"

struct connex_redaction_stream {
  explicit connex_redaction_stream(std::unique_ptr<const connex::services::Redactor> by)
      : redactor(std::move(by)), text(std::in_place, redactor->options()) {}
  std::unique_ptr<const connex::services::Redactor> redactor;
  std::optional<connex::RedactionStream> text;  // none once there was no memory: what was taken in of a chunk is not known
};

struct connex_scenarios {
  connex::services::ScenarioFile file;
};

namespace connex::capi {
namespace {

constexpr std::string_view kMemory = "memory:";

std::string_view view(connex_str text) noexcept {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
connex_str borrow(std::string_view text) noexcept { return {text.data(), text.size()}; }

Error missing(std::string_view what) {
  return {ErrorCode::invalid_argument, std::string("`").append(what).append("` is missing"), ""};
}

Result<void> give(connex_buf* out, std::string_view text) {
  auto* data = static_cast<char*>(std::malloc(text.size() + 1));
  if (data == nullptr) throw std::bad_alloc();
  std::memcpy(data, text.data(), text.size());
  data[text.size()] = '\0';
  *out = {data, text.size()};
  return {};
}

// Whether what a newer caller's struct holds beyond the fields that are known here is zero: it asks for nothing else.
constexpr std::size_t kLargestStruct = 4096;
bool is_known(const void* given, std::size_t size, std::size_t known) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(given);
  return size <= kLargestStruct && (size <= known || std::all_of(bytes + known, bytes + size, [](unsigned char byte) {
                                      return byte == 0;
                                    }));
}

// A struct that another points at, as far as the caller's version of it goes; `needed` is where its first version ends.
template <class Struct>
Result<Struct> read_struct(const Struct& given, std::size_t needed, const std::string& what) {
  if (given.struct_size < needed || given.struct_size % alignof(Struct) != 0)
    return Error{ErrorCode::invalid_argument, "`" + what + ".struct_size` is too small", ""};
  if (!is_known(&given, given.struct_size, sizeof given) || given.reserved != 0)
    return Error{ErrorCode::invalid_argument, "`" + what + "` holds fields that this library does not know", ""};
  Struct read{};
  std::memcpy(&read, &given, std::min<std::size_t>(given.struct_size, sizeof read));
  return read;
}

// Fields that the caller's older struct does not have stay zero.
Result<connex_engine_options> read_options(const connex_engine_options* given) {
  if (given == nullptr) return missing("options");
  if (given->struct_size < offsetof(connex_engine_options, store) + sizeof(connex_str))
    return Error{ErrorCode::invalid_argument, "`options.struct_size` is too small", ""};
  if (given->struct_size % alignof(connex_engine_options) != 0)  // would cut a field in two
    return Error{ErrorCode::invalid_argument, "`options.struct_size` is not the size of the struct", ""};
  if (!is_known(given, given->struct_size, sizeof *given))
    return Error{ErrorCode::invalid_argument, "`options` holds fields that this library does not know", ""};
  connex_engine_options options{};
  std::memcpy(&options, given, std::min<std::size_t>(given->struct_size, sizeof options));
  if (options.durability > CONNEX_DURABILITY_NORMAL)
    return Error{ErrorCode::invalid_argument, "`options.durability` is not one of those defined", ""};
  return options;
}

Result<std::unique_ptr<store::Store>> open_store(const connex_engine_options& options) {
  const std::string_view where = view(options.store);
  if (where.empty()) return missing("options.store");
  if (where == kMemory) return store::make_memory_store();
  if (where == ":memory:" || where.find('\0') != std::string_view::npos)
    return Error{ErrorCode::invalid_argument, "`options.store` must name a file or be `memory:`", ""};
  if (where.find("://") != std::string_view::npos)
    return Error{ErrorCode::unsupported, "`options.store` names a kind of store that is not built in", ""};
  store::SqliteOptions sqlite;
  sqlite.path = where;
  sqlite.durability = static_cast<store::Durability>(options.durability);
  if (options.busy_timeout_ms != 0) sqlite.busy_timeout_ms = options.busy_timeout_ms;
  return store::open_sqlite_store(sqlite);
}

// A host's key service behind the port.
class HostKeys final : public keys::KeyProvider {
 public:
  explicit HostKeys(const connex_key_provider& host) noexcept : host_(host) {}

  Result<keys::OuterKey> current() override {
    char id[CONNEX_MAX_KEY_ID];
    std::size_t size = 0;
    std::uint32_t version = 0;
    if (host_.current(host_.user, id, &size, &version) != 1) return failed("name its key");
    if (size == 0 || size > sizeof id || !services::is_id({id, size})) return failed("name a key by an id");
    return keys::OuterKey{std::string(id, size), version};
  }
  Result<std::string> wrap(const keys::OuterKey& key, std::string_view label,
                           keys::SecretView secret) override {
    std::string wrapped(CONNEX_MAX_WRAPPED, '\0');
    std::size_t size = 0;
    if (host_.wrap(host_.user, borrow(key.id), key.version, borrow(label), secret.data(),
                   reinterpret_cast<std::uint8_t*>(wrapped.data()), &size) != 1 ||
        size > wrapped.size())
      return failed("wrap a key");
    wrapped.resize(size);
    return wrapped;
  }
  Result<void> unwrap(const keys::OuterKey& key, std::string_view label, std::string_view wrapped,
                      keys::SecretSpan secret) override {
    if (host_.unwrap(host_.user, borrow(key.id), key.version, borrow(label),
                     reinterpret_cast<const std::uint8_t*>(wrapped.data()), wrapped.size(),
                     secret.data()) != 1)
      return failed("unwrap a key");
    return {};
  }

 private:
  static Error failed(std::string_view what) {
    return {ErrorCode::storage, std::string("the host's key provider did not ").append(what), ""};
  }

  connex_key_provider host_;
};

// A host's place for checkpoints behind the port.
class HostSink final : public CheckpointSink {
 public:
  explicit HostSink(const connex_checkpoint_sink& host) noexcept : host_(host) {}
  Result<void> publish(std::string_view checkpoint) override {
    if (host_.publish(host_.user, borrow(checkpoint)) == 1) return {};
    return Error{ErrorCode::storage, "the host did not keep the checkpoint", ""};
  }

 private:
  connex_checkpoint_sink host_;
};

Result<std::shared_ptr<CheckpointSink>> open_sink(const connex_checkpoint_sink* given) {
  if (given == nullptr) return std::shared_ptr<CheckpointSink>();
  CONNEX_TRY(sink, read_struct(*given, offsetof(connex_checkpoint_sink, publish) + sizeof given->publish,
                               "options.sink"));
  if (sink.publish == nullptr) return missing("options.sink.publish");
  return std::shared_ptr<CheckpointSink>(std::make_shared<HostSink>(sink));
}

Result<std::optional<Bucket>> open_bucket(const connex_bucket* given) {
  if (given == nullptr) return std::optional<Bucket>();
  CONNEX_TRY(read, read_struct(*given, offsetof(connex_bucket, secret_key) + sizeof given->secret_key,
                               "options.bucket"));
  const std::pair<const char*, connex_str> needed[] = {{"options.bucket.host", read.host},
                                                       {"options.bucket.name", read.name},
                                                       {"options.bucket.access_key", read.access_key},
                                                       {"options.bucket.secret_key", read.secret_key}};
  for (const auto& [name, text] : needed)
    if (view(text).empty()) return missing(name);
  Bucket bucket;
  bucket.host = view(read.host);
  bucket.name = view(read.name);
  if (!view(read.region).empty()) bucket.region = view(read.region);
  bucket.access_key = view(read.access_key);
  bucket.secret_key = view(read.secret_key);
  return std::optional(std::move(bucket));
}

// None: the engine's own default.
Result<std::shared_ptr<keys::KeyProvider>> open_keys(const connex_engine_options& options) {
  using Provider = std::shared_ptr<keys::KeyProvider>;
  constexpr std::string_view kFile = "file:", kEnvironment = "env:";
  const std::string_view where = view(options.keys);
  const std::string passphrase(view(options.passphrase));
  if (options.key_provider != nullptr) {
    CONNEX_TRY(host, read_struct(*options.key_provider,
                                 offsetof(connex_key_provider, unwrap) + sizeof options.key_provider->unwrap,
                                 "options.key_provider"));
    if (host.current == nullptr || host.wrap == nullptr || host.unwrap == nullptr)
      return missing("options.key_provider");
    return Provider(std::make_shared<HostKeys>(host));
  }
  if (where.find('\0') != std::string_view::npos)
    return Error{ErrorCode::invalid_argument, "`options.keys` must name a file or a variable", ""};
  if (where.starts_with(kEnvironment)) {
    CONNEX_TRY(provider, keys::make_environment_key_provider(std::string(where.substr(kEnvironment.size()))));
    return Provider(std::move(provider));
  }
  if (where.starts_with(kFile) && where.size() > kFile.size())
    return Provider(keys::make_file_key_provider({std::string(where.substr(kFile.size())), passphrase}));
  if (!where.empty())
    return Error{ErrorCode::invalid_argument, "`options.keys` must begin with `file:` or `env:`", ""};
  if (passphrase.empty() || view(options.store) == kMemory) return Provider();
  return Provider(keys::make_file_key_provider({std::string(view(options.store)) + ".key", passphrase}));
}

const PolicyPack& policy_of(const connex_engine* engine) {
  return engine != nullptr ? engine->engine->policy() : *policy::default_pack();
}

// Position of the gate in the table, from 1. By name: the sanitizers do not let a constant compare addresses.
constexpr std::uint32_t number_of(const Gate& gate) {
  std::uint32_t number = 1;
  while (kGates[number - 1]->rule != gate.rule) ++number;
  return number;
}

Result<std::vector<std::string>> copy(const connex_known_list& list) {
  if (list.size > services::kMostKnown)
    return Error{ErrorCode::invalid_argument, "at most 256 values of a kind may be registered", ""};
  if (list.data == nullptr && list.size != 0) return missing("data");
  std::vector<std::string> out;
  for (std::size_t i = 0; i < list.size; ++i) out.emplace_back(view(list.data[i]));
  return out;
}

Result<std::unique_ptr<const services::Redactor>> make_redactor(const connex_redaction_options* given) {
  connex_redaction_options options{};
  if (given != nullptr) {
    if (given->struct_size < offsetof(connex_redaction_options, organisations) + sizeof(connex_known_list) ||
        given->struct_size % alignof(connex_redaction_options) != 0)
      return Error{ErrorCode::invalid_argument, "`options.struct_size` is not the size of the struct", ""};
    if (!is_known(given, given->struct_size, sizeof *given))
      return Error{ErrorCode::invalid_argument, "`options` holds fields that this library does not know", ""};
    std::memcpy(&options, given, std::min<std::size_t>(given->struct_size, sizeof options));
    if (options.reserved != 0) return Error{ErrorCode::invalid_argument, "`options.reserved` is not 0", ""};
  }
  services::KnownLists known;
  CONNEX_TRY(phones, copy(options.phones));
  CONNEX_TRY(emails, copy(options.emails));
  CONNEX_TRY(addresses, copy(options.addresses));
  CONNEX_TRY(names, copy(options.names));
  CONNEX_TRY(organisations, copy(options.organisations));
  known = {std::move(phones), std::move(emails), std::move(addresses), std::move(names),
           std::move(organisations), {}};
  CONNEX_CHECK(services::check_known(known));
  const std::string_view channel = view(options.channel);
  return services::Redactor::make(policy_of(options.engine), channel.empty() ? "message" : channel,
                                  std::move(known));
}

// What the redactor refuses is the text.
Result<void> of_text(Result<void> done) {
  if (done) return {};
  Error error = std::move(done).error();
  error.path = "/text";
  return error;
}

void give(connex_findings* out, const std::vector<Finding>& findings) {
  if (findings.empty()) return;
  auto* data = static_cast<connex_finding*>(std::malloc(findings.size() * sizeof(connex_finding)));
  if (data == nullptr) throw std::bad_alloc();
  std::transform(findings.begin(), findings.end(), data, [](const Finding& f) {
    return connex_finding{f.start, f.end, static_cast<std::uint32_t>(f.type), f.score, f.evidence};
  });
  *out = {data, findings.size()};
}

template <class Step>
connex_status settle(connex_redaction_stream* stream, connex_buf* redacted, connex_error** error, Step&& step) {
  if (redacted != nullptr) *redacted = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (stream == nullptr) return missing("stream");
    if (redacted == nullptr) return missing("redacted");
    if (!stream->text) return Error{ErrorCode::internal, "the stream failed before", ""};
    try {
      std::string out;
      CONNEX_CHECK(of_text(step(*stream->text, out)));
      return give(redacted, out);
    } catch (...) {
      stream->text.reset();
      throw;
    }
  });
}

// Facts in C are one byte for each condition, in the order of the gate.
template <const Gate& G, class CFacts>
connex_decision decide(const CFacts* given) noexcept {
  static_assert(sizeof(CFacts) == G.conditions.size());
  constexpr std::uint32_t kNumber = number_of(G);
  unsigned char bytes[sizeof(CFacts)] = {};
  if (given != nullptr) std::memcpy(bytes, given, sizeof bytes);
  Facts facts;
  for (std::uint32_t i = 0; i < sizeof bytes; ++i) {
    facts.yes |= static_cast<std::uint32_t>(bytes[i] == CONNEX_YES) << i;
    facts.no |= static_cast<std::uint32_t>(bytes[i] == CONNEX_NO) << i;
  }
  const Decision d = evaluate(G, facts);
  return {kNumber, static_cast<std::uint32_t>(d.effect), d.unmet, d.unknown};
}

const Gate* gate_of(std::uint32_t number) noexcept {
  return number == 0 || number > std::size(kGates) ? nullptr : kGates[number - 1];
}
const Gate* gate_of(const connex_decision* decision) noexcept {
  return decision == nullptr ? nullptr : gate_of(decision->gate);
}

std::span<const Obligation> obligations_of(const connex_decision* decision) noexcept {
  const Gate* gate = gate_of(decision);
  if (gate == nullptr) return {};
  return decision->effect == CONNEX_PERMIT ? gate->on_permit : gate->on_refusal;
}

// The bits of `unmet` that stand for a condition of the gate.
std::uint32_t unmet_of(const Gate& gate, const connex_decision& decision) noexcept {
  return decision.unmet & ((1U << gate.conditions.size()) - 1U);
}

}  // namespace

connex_error* out_of_memory() noexcept {
  alignas(connex_error) static unsigned char room[sizeof(connex_error)];
  static connex_error* const error = new (room) connex_error{{ErrorCode::internal, "out of memory", ""}, "internal"};
  return error;
}

}  // namespace connex::capi

using namespace connex;
using namespace connex::capi;

void connex_buf_free(connex_buf* buf) {
  if (buf == nullptr) return;
  std::free(buf->data);
  *buf = {nullptr, 0};
}

connex_str connex_version(void) { return borrow(kVersion); }

connex_status connex_error_status(const connex_error* error) {
  return error == nullptr ? CONNEX_OK : static_cast<connex_status>(error->error.code);
}
connex_str connex_error_code(const connex_error* error) {
  return error == nullptr ? connex_str{} : borrow(error->code);
}
connex_str connex_error_message(const connex_error* error) {
  return error == nullptr ? connex_str{} : borrow(error->error.message);
}
connex_str connex_error_path(const connex_error* error) {
  return error == nullptr ? connex_str{} : borrow(error->error.path);
}
void connex_error_free(connex_error* error) {
  if (error != out_of_memory()) delete error;
}

connex_status connex_engine_open(const connex_engine_options* given, connex_engine** engine,
                                 connex_error** error) {
  if (engine != nullptr) *engine = nullptr;
  return guarded(error, [&]() -> Result<void> {
    if (engine == nullptr) return missing("engine");
    CONNEX_TRY(options, read_options(given));
    CONNEX_TRY(store, open_store(options));
    EngineOptions wanted;
    wanted.store = std::move(store);
    CONNEX_TRY(provider, open_keys(options));
    wanted.key_provider = std::move(provider);
    CONNEX_TRY(sink, open_sink(options.sink));
    wanted.sink = std::move(sink);
    CONNEX_TRY(bucket, open_bucket(options.bucket));
    wanted.bucket = std::move(bucket);
    wanted.checkpoints = {options.checkpoint_entries, options.checkpoint_seconds};
    wanted.policy = view(options.policy);
    wanted.caller_clock = options.caller_clock != 0;
    if (options.clock != nullptr) {
      wanted.clock = [clock = options.clock, user = options.clock_user] {
        Instant now;
        if (clock(user, &now.micros) == 0) throw std::runtime_error("the host's clock failed");
        return now;
      };
    }
    CONNEX_TRY(opened, Engine::open(std::move(wanted)));
    *engine = new connex_engine{std::move(opened)};
    return {};
  });
}

void connex_engine_close(connex_engine* engine) { delete engine; }

connex_status connex_engine_execute(connex_engine* engine, connex_str request, connex_buf* answer,
                                    connex_error** error) {
  if (answer != nullptr) *answer = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (engine == nullptr) return missing("engine");
    if (answer == nullptr) return missing("answer");
    if (services::Executing::is_inside(engine->engine.get())) return services::within_callback();
    return give(answer, engine->engine->execute(view(request)));
  });
}

connex_status connex_decide(const connex_engine* engine, connex_str rule, connex_str facts,
                            connex_buf* decision, connex_error** error) {
  if (decision != nullptr) *decision = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (decision == nullptr) return missing("decision");
    CONNEX_TRY(decided, services::decide_rule(view(rule), view(facts), policy_of(engine)));
    return give(decision, boost::json::serialize(decided));
  });
}

connex_status connex_policy(const connex_engine* engine, connex_buf* pack, connex_error** error) {
  if (pack != nullptr) *pack = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (pack == nullptr) return missing("pack");
    return give(pack, policy_of(engine).canonical);
  });
}

connex_policy_id connex_policy_identity(const connex_engine* engine) {
  return guarded_value([&]() -> connex_policy_id {
    const PolicyPack& policy = policy_of(engine);
    return {borrow(policy.version), borrow(policy.digest)};
  });
}

connex_status connex_commands(connex_buf* commands, connex_error** error) {
  if (commands != nullptr) *commands = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (commands == nullptr) return missing("commands");
    return give(commands, boost::json::serialize(services::describe_commands()));
  });
}

connex_status connex_clauses(connex_buf* clauses, connex_error** error) {
  if (clauses != nullptr) *clauses = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (clauses == nullptr) return missing("clauses");
    return give(clauses, boost::json::serialize(services::describe_clauses()));
  });
}

connex_status connex_gates(connex_buf* gates, connex_error** error) {
  if (gates != nullptr) *gates = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (gates == nullptr) return missing("gates");
    return give(gates, boost::json::serialize(services::describe_gates()));
  });
}

connex_status connex_scenarios_read(connex_str file, connex_scenarios** scenarios, connex_error** error) {
  if (scenarios != nullptr) *scenarios = nullptr;
  return guarded(error, [&]() -> Result<void> {
    if (scenarios == nullptr) return missing("scenarios");
    CONNEX_TRY(read, services::ScenarioFile::read(view(file)));
    *scenarios = new connex_scenarios{std::move(read)};
    return {};
  });
}

void connex_scenarios_free(connex_scenarios* scenarios) { delete scenarios; }

connex_status connex_scenarios_describe(const connex_scenarios* scenarios, connex_buf* description,
                                        connex_error** error) {
  if (description != nullptr) *description = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (scenarios == nullptr) return missing("scenarios");
    if (description == nullptr) return missing("description");
    boost::json::array listed;
    for (const services::Scenario& scenario : scenarios->file.scenarios())
      listed.push_back({{"name", scenario.name},
                        {"clauses", boost::json::array(scenario.clauses.begin(), scenario.clauses.end())}});
    return give(description, boost::json::serialize(boost::json::object{{"title", scenarios->file.title()},
                                                                        {"scenarios", std::move(listed)}}));
  });
}

connex_status connex_scenarios_play(const connex_scenarios* scenarios, size_t index, const connex_engine* engine,
                                    connex_buf* failure, connex_error** error) {
  if (failure != nullptr) *failure = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (scenarios == nullptr) return missing("scenarios");
    if (failure == nullptr) return missing("failure");
    if (index >= scenarios->file.scenarios().size()) return Error{ErrorCode::not_found, "no such scenario", ""};
    CONNEX_TRY(told, scenarios->file.play(index, policy_of(engine)));
    return told.empty() ? Result<void>() : give(failure, told);
  });
}

void connex_findings_free(connex_findings* findings) {
  if (findings == nullptr) return;
  std::free(findings->data);
  *findings = {nullptr, 0};
}

connex_str connex_span_name(uint32_t type) {
  return type < kSpanTypes ? borrow(services::span_name(static_cast<SpanType>(type))) : connex_str{};
}

connex_str connex_evidence_name(uint32_t evidence) { return borrow(services::evidence_word(evidence)); }

connex_status connex_find_contact_details(const connex_redaction_options* options, connex_str text,
                                          connex_findings* findings, connex_error** error) {
  if (findings != nullptr) *findings = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (findings == nullptr) return missing("findings");
    CONNEX_TRY(redactor, make_redactor(options));
    std::vector<Finding> found;
    CONNEX_CHECK(of_text(find_contact_details(view(text), redactor->options(), found)));
    give(findings, found);
    return {};
  });
}

connex_status connex_redact(const connex_redaction_options* options, connex_str text, connex_buf* redacted,
                            connex_findings* findings, connex_error** error) {
  if (redacted != nullptr) *redacted = {nullptr, 0};
  if (findings != nullptr) *findings = {nullptr, 0};
  return guarded(error, [&]() -> Result<void> {
    if (redacted == nullptr) return missing("redacted");
    CONNEX_TRY(redactor, make_redactor(options));
    std::vector<Finding> found;
    std::string out;
    CONNEX_CHECK(of_text(redact(view(text), redactor->options(), out, found)));
    CONNEX_CHECK(give(redacted, out));
    if (findings == nullptr) return {};
    try {
      give(findings, found);
    } catch (...) {  // a failure leaves every output empty
      connex_buf_free(redacted);
      throw;
    }
    return {};
  });
}

connex_status connex_redaction_stream_open(const connex_redaction_options* options, connex_redaction_stream** stream,
                                           connex_error** error) {
  if (stream != nullptr) *stream = nullptr;
  return guarded(error, [&]() -> Result<void> {
    if (stream == nullptr) return missing("stream");
    CONNEX_TRY(redactor, make_redactor(options));
    *stream = new connex_redaction_stream(std::move(redactor));
    return {};
  });
}

connex_status connex_redaction_stream_write(connex_redaction_stream* stream, connex_str chunk, connex_buf* redacted,
                                            connex_error** error) {
  return settle(stream, redacted, error, [&](RedactionStream& text, std::string& out) { return text.write(view(chunk), out); });
}

connex_status connex_redaction_stream_finish(connex_redaction_stream* stream, connex_buf* redacted, connex_error** error) {
  return settle(stream, redacted, error, [](RedactionStream& text, std::string& out) { return text.finish(out); });
}

void connex_redaction_stream_free(connex_redaction_stream* stream) { delete stream; }

connex_decision connex_visit_book(const connex_visit_book_facts* facts) { return decide<kVisitBook>(facts); }
connex_decision connex_visit_join(const connex_visit_join_facts* facts) { return decide<kVisitJoin>(facts); }
connex_decision connex_visit_start(const connex_visit_start_facts* facts) {
  return decide<kVisitStart>(facts);
}
connex_decision connex_recording_eligible(const connex_recording_eligible_facts* facts) {
  return decide<kRecordingEligible>(facts);
}
connex_decision connex_recording_start(const connex_recording_start_facts* facts) {
  return decide<kRecordingStart>(facts);
}
connex_decision connex_recording_access(const connex_recording_access_facts* facts) {
  return decide<kRecordingAccess>(facts);
}
connex_decision connex_media_engage(const connex_media_engage_facts* facts) {
  return decide<kMediaEngage>(facts);
}
connex_decision connex_ai_extract(const connex_ai_extract_facts* facts) { return decide<kAiExtract>(facts); }
connex_decision connex_processor_engage(const connex_processor_engage_facts* facts) {
  return decide<kProcessorEngage>(facts);
}

connex_decision connex_evaluate(uint32_t number, uint32_t yes, uint32_t no) {
  const Gate* gate = gate_of(number);
  if (gate == nullptr) return {};
  const Decision d = evaluate(*gate, Facts{yes, no});
  return {number, static_cast<std::uint32_t>(d.effect), d.unmet, d.unknown};
}

uint32_t connex_decision_reason_count(const connex_decision* decision) {
  const Gate* gate = gate_of(decision);
  return gate == nullptr ? 0 : static_cast<uint32_t>(std::popcount(unmet_of(*gate, *decision)));
}

connex_reason connex_decision_reason(const connex_decision* decision, uint32_t index) {
  const Gate* gate = gate_of(decision);
  if (gate == nullptr) return {};
  std::uint32_t rest = unmet_of(*gate, *decision);
  for (; index > 0 && rest != 0; --index) rest &= rest - 1;
  if (rest == 0) return {};
  const auto i = static_cast<std::size_t>(std::countr_zero(rest));
  const Condition& c = gate->conditions[i];
  return {borrow(c.reason), borrow(c.clause), borrow(c.fact), borrow(c.text), decision->unknown >> i & 1U};
}

uint32_t connex_decision_obligation_count(const connex_decision* decision) {
  return static_cast<uint32_t>(obligations_of(decision).size());
}

connex_obligation connex_decision_obligation(const connex_decision* decision, uint32_t index) {
  const auto obligations = obligations_of(decision);
  if (index >= obligations.size()) return {};
  const Obligation& o = obligations[index];
  return {borrow(o.action), borrow(o.who), borrow(o.clause)};
}

connex_str connex_decision_rule(const connex_decision* decision) {
  const Gate* gate = gate_of(decision);
  return gate == nullptr ? connex_str{} : borrow(gate->rule);
}
