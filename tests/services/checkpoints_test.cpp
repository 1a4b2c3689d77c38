// Signed heads of the log: who signs, what they are good for, and that none runs ahead of what is durable.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "connex/engine.hpp"
#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "evidence/base64.hpp"
#include "evidence/checkpoint.hpp"
#include "evidence/jws.hpp"
#include "services/hex.hpp"
#include "services/schema.hpp"
#include "services/signing.hpp"
#include "services/stated.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"
#include "support/faulty_store.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::World;
using store::Cell;
using store::Row;

namespace {

// Says in which order things happened to a store, and to the checkpoints made over it.
class Watched final : public store::Store {
 public:
  Watched(std::unique_ptr<store::Store> inner, std::vector<std::string>& events)
      : inner_(std::move(inner)), events_(events) {}

  Result<void> prepare(const store::Schema& schema) override { return inner_->prepare(schema); }
  Result<std::unique_ptr<ReadTransaction>> begin_read() override { return inner_->begin_read(); }
  Result<std::unique_ptr<WriteTransaction>> begin_write() override {
    events_.push_back("begin");
    return inner_->begin_write();
  }
  Result<void> make_durable() override {
    events_.push_back("durable");
    if (refuses) return Error{ErrorCode::storage, "the disk is gone", ""};
    return inner_->make_durable();
  }
  bool refuses = false;

 private:
  std::unique_ptr<store::Store> inner_;
  std::vector<std::string>& events_;
};

class Drawer final : public CheckpointSink {
 public:
  explicit Drawer(std::vector<std::string>& events) : events_(events) {}
  Result<void> publish(std::string_view checkpoint) override {
    events_.push_back("published");
    if (refuses) return Error{ErrorCode::storage, "nobody is there", ""};
    kept.emplace_back(checkpoint);
    return {};
  }
  bool refuses = false;
  std::vector<std::string> kept;

 private:
  std::vector<std::string>& events_;
};

struct Published {
  std::vector<std::string> events;
  std::shared_ptr<Drawer> drawer = std::make_shared<Drawer>(events);
  Watched* store = nullptr;
  std::unique_ptr<Engine> engine;

  explicit Published(std::unique_ptr<store::Store> inner = store::make_memory_store(), CheckpointRhythm rhythm = {},
                     std::function<Instant()> clock = {}) {
    EngineOptions options;
    options.checkpoints = rhythm;
    options.clock = std::move(clock);
    auto watched = std::make_unique<Watched>(std::move(inner), events);
    store = watched.get();
    options.store = std::move(watched);
    options.key_provider = keys::make_ephemeral_key_provider();
    options.key_store = store::make_memory_store();
    options.sink = drawer;
    engine = std::move(Engine::open(std::move(options)).value());
    events.clear();
  }

  Answer operator()(std::string_view command, std::string args = "{}") {
    events.clear();
    return Answer(engine->execute(R"({"command":")" + std::string(command) + R"(","actor":"system","args":)" +
                                  args + "}"));
  }
  void put(std::string_view id) {
    REQUIRE((*this)("organisation.put", R"({"id":")" + std::string(id) + R"(","kind":"clinic","name":"C"})")
                .permitted());
  }
};

Answer verify(World& world, std::string_view checkpoint) {
  return world("audit.verify", "dpo", {{"checkpoint", checkpoint}});
}

std::string first_violation(const Answer& answer) {
  const auto& violations = answer.result().at("violations").as_array();
  if (violations.empty()) return "sound";
  return std::to_string(violations.front().at("seq").as_int64()) + " " +
         std::string(violations.front().at("what").as_string());
}

// The verifiers of a log, by "kid".
evidence::PublicKey key_named(World& world, std::string_view kid) {
  const Answer keys = world("audit.keys", "mr");
  for (const auto& key : keys.result().at("keys").as_array()) {
    if (key.at("jwk").at("kid").as_string() != kid) continue;
    const auto raw = evidence::from_base64url(std::string_view(key.at("jwk").at("x").as_string())).value();
    evidence::PublicKey found{};
    REQUIRE(raw.size() == found.size());
    std::ranges::copy(raw, found.begin());
    return found;
  }
  FAIL("no such key");
  return {};
}

TEST_CASE_FIXTURE(World, "a checkpoint is of the log before it, verifies, and anchors it") {
  started();
  const Answer made = (*this)("audit.checkpoint", "dpo");
  REQUIRE(made.permitted());
  CHECK(made.result().at("size").as_int64() == made.seq());
  CHECK_FALSE(made.result().at("published").as_bool());  // there is nowhere to
  const std::string note = made.text("checkpoint");
  const auto verifier = evidence::NoteVerifier::parse(made.text("key")).value();
  const std::string origin = note.substr(0, note.find('\n'));
  const auto opened = evidence::open_checkpoint(note, origin, std::span(&verifier, 1));
  REQUIRE(opened);
  CHECK(opened->size == static_cast<std::uint64_t>(made.seq()));
  CHECK(evidence::to_hex(opened->root) == made.text("root"));
  CHECK(first_violation(verify(*this, note)) == "sound");

  decide();
  const Answer again = (*this)("audit.checkpoint", "system");
  CHECK(first_violation(verify(*this, note)) == "sound");
  CHECK(first_violation(verify(*this, again.text("checkpoint"))) == "sound");

  SUBCASE("one that somebody changed does not") {
    for (std::size_t i = 0; i < note.size(); i += 3) {
      std::string changed = note;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      const Answer answer = verify(*this, changed);
      if (answer.ok()) CHECK(first_violation(answer) != "sound");
    }
  }
  SUBCASE("nor one of another log") {
    World other;
    other("audit.checkpoint", "dpo");
    const Answer answer = verify(other, note);
    CHECK(first_violation(answer) == std::to_string(answer.result().at("entries").as_int64()) +
                                         " the checkpoint is not signed by a key of this log");
  }
  SUBCASE("two anchors at once") {
    CHECK((*this)("audit.verify", "dpo", {{"checkpoint", note}, {"size", 3}, {"root", made.text("root")}})
              .error() == "invalid_argument /args/checkpoint");
  }
}

TEST_CASE("nothing is signed that is not durable, and nothing published that is not committed") {
  Published log;
  log.put("a");
  const Answer made = log("audit.checkpoint");
  REQUIRE(made.permitted());
  CHECK(made.result().at("published").as_bool());
  CHECK(log.events == std::vector<std::string>{"begin", "durable", "published"});
  REQUIRE(log.drawer->kept.size() == 1);
  CHECK(log.drawer->kept.front() == made.text("checkpoint"));

  SUBCASE("a store that cannot promise it") {
    log.store->refuses = true;
    CHECK(log("audit.checkpoint").error() == "storage");
    CHECK(log.drawer->kept.size() == 1);
    log.store->refuses = false;
    CHECK(log("audit.checkpoint").permitted());
  }
  SUBCASE("a sink that is away") {
    log.drawer->refuses = true;
    const Answer alone = log("audit.checkpoint");
    CHECK(alone.permitted());
    CHECK_FALSE(alone.result().at("published").as_bool());
  }
}

// The sizes of the checkpoints that were published.
std::vector<std::uint64_t> sizes(const Published& log) {
  std::vector<std::uint64_t> out;
  for (const std::string& note : log.drawer->kept)
    out.push_back(evidence::parse_checkpoint(evidence::parse_note(note).value().text).value().size);
  return out;
}

TEST_CASE("checkpoints of the engine's own accord: after so many entries") {
  Published log(store::make_memory_store(), {.entries = 4});
  for (int n = 0; n < 10; ++n) log.put(std::to_string(n));
  CHECK(sizes(log) == std::vector<std::uint64_t>{4, 8, 12});  // each is an entry itself
  CHECK(log.events == std::vector<std::string>{"begin", "begin", "durable", "published"});  // the last put was a reason
  SUBCASE("one that was asked for counts") {
    log.put("x");
    REQUIRE(log("audit.checkpoint").permitted());
    for (const char* id : {"y", "z"}) log.put(id);
    CHECK(sizes(log) == std::vector<std::uint64_t>{4, 8, 12, 14});
    log.put("u");
    CHECK(sizes(log).size() == 5);
  }
  SUBCASE("a sink that is away is asked again in its turn, not at every command") {
    log.drawer->refuses = true;
    for (int n = 20; n < 32; ++n) log.put(std::to_string(n));
    log.drawer->refuses = false;
    const auto before = sizes(log).size();
    CHECK(before == 3);
    for (int n = 40; n < 44; ++n) log.put(std::to_string(n));
    CHECK(sizes(log).size() == before + 1);
    const Answer list = log("audit.list", R"({"limit":1000})");
    std::int64_t asked = 0;
    for (const auto& entry : list.result().at("entries").as_array())
      asked += entry.at("command").as_string() == "audit.checkpoint" ? 1 : 0;
    CHECK(asked == 8);
  }
  SUBCASE("a store that cannot promise it hinders no command") {
    log.store->refuses = true;
    for (int n = 20; n < 30; ++n) log.put(std::to_string(n));
    CHECK(sizes(log).size() == 3);
  }
  SUBCASE("a batch is a reason like any other") {
    std::vector<std::string> requests;
    for (int n = 50; n < 60; ++n)
      requests.push_back(R"({"command":"organisation.put","actor":"system","args":{"id":")" + std::to_string(n) +
                         R"(","kind":"clinic","name":"C"}})");
    const std::vector<std::string_view> views(requests.begin(), requests.end());
    log.engine->execute_all(views);
    CHECK(sizes(log) == std::vector<std::uint64_t>{4, 8, 12, 23});
  }
}

TEST_CASE("checkpoints of the engine's own accord: once the last is so old") {
  Instant now = World::kStart;
  Published log(store::make_memory_store(), {.seconds = 60}, [&] { return now; });
  log.put("a");
  CHECK(sizes(log) == std::vector<std::uint64_t>{1});  // there was none
  log.put("b");
  now.micros += 59 * kMicrosPerSecond;
  log.put("c");
  CHECK(sizes(log).size() == 1);
  now.micros += kMicrosPerSecond;
  log.put("d");
  CHECK(sizes(log) == std::vector<std::uint64_t>{1, 5});
  CHECK(log("audit.verify").result().at("valid").as_bool());
}

// Keeps checkpoints, but takes its time over the first until it is let go.
class Slow final : public CheckpointSink {
 public:
  Result<void> publish(std::string_view checkpoint) override {
    const Number size = static_cast<Number>(
        evidence::parse_checkpoint(evidence::parse_note(checkpoint).value().text).value().size);
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    if (throws) throw std::runtime_error("nobody is there");
    changed_.wait(lock, [&] { return gone_; });
    kept.push_back(size);
    return {};
  }
  void wait_until_begun() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(20), [&] { return begun_ > 0; }));
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    changed_.notify_all();
  }
  int begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  std::vector<Number> kept;
  bool throws = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int begun_ = 0;
  bool gone_ = false;
};

TEST_CASE("a sink that takes its time keeps no command waiting but those with checkpoints, which follow in order") {
  const testing::TempDir dir;
  const auto sink = std::make_shared<Slow>();
  EngineOptions options;
  SUBCASE("in memory") { options.store = store::make_memory_store(); }
  SUBCASE("in SQLite") { options.store = std::move(store::open_sqlite_store({.path = dir.file("db")}).value()); }
  options.key_provider = keys::make_ephemeral_key_provider();
  options.key_store = store::make_memory_store();
  options.sink = sink;
  const auto engine = std::move(Engine::open(std::move(options)).value());
  const auto ask = [&](std::string_view command, std::string_view args) {
    return Answer(engine->execute(R"({"command":")" + std::string(command) + R"(","actor":"system","args":)" +
                                  std::string(args) + "}"));
  };
  std::atomic<int> put = 0;
  const auto organisation = [&] {
    return R"({"id":"o)" + std::to_string(put++) + R"(","kind":"clinic","name":"C"})";
  };
  REQUIRE(ask("organisation.put", organisation()).permitted());
  std::vector<std::string> notes(6);
  std::vector<std::thread> threads;
  const auto checkpoint = [&](std::size_t at) {
    threads.emplace_back([&, at] { notes[at] = ask("audit.checkpoint", "{}").line(); });
  };
  checkpoint(0);
  sink->wait_until_begun();
  // While it takes its time: writers, one by one and many at once, reports, and further checkpoints.
  for (int n = 0; n < 5; ++n) CHECK(ask("organisation.put", organisation()).permitted());
  for (std::size_t n = 1; n < 5; ++n) checkpoint(n);
  threads.emplace_back([&] {
    const std::string one = R"({"command":"audit.checkpoint","actor":"system","args":{}})";
    const std::string two = R"({"command":"organisation.put","actor":"system","args":)" + organisation() + "}";
    const std::string_view both[] = {two, one};
    notes[5] = engine->execute_all(both).back();
  });
  {
    std::vector<std::thread> writers;
    std::atomic<int> permitted = 0;
    for (int w = 0; w < 4; ++w)
      writers.emplace_back([&] {
        for (int n = 0; n < 10; ++n) permitted += ask("organisation.put", organisation()).permitted() ? 1 : 0;
      });
    for (std::thread& writer : writers) writer.join();
    CHECK(permitted == 40);
  }
  const auto committed = [&] { return ask("audit.list", R"({"limit":1000})").line(); };
  for (int n = 0; n < 2'000; ++n) {  // until all six are committed, and one is being published
    std::size_t count = 0;
    const std::string log = committed();
    for (std::size_t at = log.find("audit.checkpoint"); at != std::string::npos; at = log.find("audit.checkpoint", at + 1)) ++count;
    if (count == 6) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(sink->begun() == 1);
  CHECK(ask("audit.verify", "{}").result().at("valid").as_bool());
  sink->let_go();
  for (std::thread& thread : threads) thread.join();
  REQUIRE(sink->kept.size() == 6);
  CHECK(std::ranges::is_sorted(sink->kept));
  for (const std::string& note : notes) CHECK(Answer(note).result().at("published").as_bool());
  // One that throws keeps nobody behind it either.
  sink->throws = true;
  CHECK_FALSE(ask("audit.checkpoint", "{}").result().at("published").as_bool());
  sink->throws = false;
  CHECK(ask("audit.checkpoint", "{}").result().at("published").as_bool());
}

TEST_CASE("an empty log has no checkpoint") {
  Published log;
  CHECK(log("audit.checkpoint").error() == "conflict");
}

TEST_CASE_FIXTURE(World, "keys follow each other, each signed by the one before") {
  const Answer first = (*this)("audit.checkpoint", "dpo");
  const Answer second = (*this)("audit.rotate_key", "system");
  REQUIRE(second.permitted());
  CHECK(second.result().at("epoch").as_int64() == 2);
  const Answer after = (*this)("audit.checkpoint", "dpo");
  CHECK(after.text("key") != first.text("key"));
  REQUIRE((*this)("audit.rotate_key", "st").permitted());
  const Answer last = (*this)("audit.checkpoint", "dpo");
  for (const Answer* made : {&first, &after, &last})
    CHECK(first_violation(verify(*this, made->text("checkpoint"))) == "sound");
  CHECK((*this)("audit.rotate_key", "dr").denied());

  const Answer keys = (*this)("audit.keys", "mr");
  REQUIRE(keys.result().at("keys").as_array().size() == 3);

  // The key of another time signs nothing: a checkpoint of the last size under the first key.
  auto tx = std::move(vault().begin_write().value());
  std::vector<Row> rows;
  REQUIRE(tx->scan(signing_key::kTable, {.limit = 10}, rows));
  REQUIRE(rows.size() == 3);
  const auto cells = [](const Row& row) {
    std::vector<Cell> all;
    for (std::size_t i = 0; i < row.size(); ++i) all.push_back(row[i]);
    return all;
  };
  const auto verdict = [&] {
    const auto verification = verify_evidence(*tx).value();
    return verification.valid() ? std::string("sound") : verification.violations.front().what;
  };
  SUBCASE("the row of a key is what its entry says") {
    std::vector<Cell> changed = cells(rows[1]);
    changed[signing_key::public_key] = rows[0][signing_key::public_key];
    REQUIRE(tx->update(signing_key::kTable, changed));
    CHECK(verdict() != "sound");
  }
  SUBCASE("and its endorsement the one of the key before") {
    std::vector<Cell> changed = cells(rows[2]);
    changed[signing_key::endorsement] = rows[1][signing_key::endorsement];
    REQUIRE(tx->update(signing_key::kTable, changed));
    CHECK(verdict() != "sound");
  }
  SUBCASE("and it is there") {
    const Cell key[] = {std::int64_t{3}};
    REQUIRE(tx->erase(signing_key::kTable, key));
    CHECK(verdict() == "what the entry tells of is missing");
  }
  SUBCASE("as is every checkpoint") {
    const Cell key[] = {after.result().at("size").as_int64()};
    REQUIRE(tx->erase(audit_checkpoint::kTable, key));
    CHECK(verdict() == "what the entry tells of is missing");
  }
  SUBCASE("an old checkpoint does not stand in for a new one") {
    Row row;
    const Cell key[] = {first.result().at("size").as_int64()};
    REQUIRE(tx->get(audit_checkpoint::kTable, key, row).value());
    std::vector<Cell> replayed = cells(row);
    replayed[audit_checkpoint::size] = last.result().at("size").as_int64();
    REQUIRE(tx->update(audit_checkpoint::kTable, replayed));
    CHECK(verdict() != "sound");
  }
}

TEST_CASE("a log cut back, with its keys, is given away by a checkpoint kept elsewhere") {
  connex::testing::TempDir dir;
  const std::string path = dir.file("a.db");
  const auto open = [&] {
    EngineOptions options;
    options.store = std::move(store::open_sqlite_store({.path = path}).value());
    options.key_provider = nullptr;
    return std::move(Engine::open(std::move(options)).value());
  };
  const auto run = [](Engine& engine, std::string_view command, std::string_view args = "{}") {
    return Answer(engine.execute(std::string(R"({"command":")") + std::string(command) +
                                 R"(","actor":"system","args":)" + std::string(args) + "}"));
  };
  namespace fs = std::filesystem;
  std::string kept;
  {
    auto engine = open();
    run(*engine, "organisation.put", R"({"id":"a","kind":"clinic","name":"A"})");
    run(*engine, "audit.checkpoint");
  }
  fs::copy_file(path, path + ".old");
  {
    auto engine = open();
    run(*engine, "audit.rotate_key");
    kept = run(*engine, "audit.checkpoint").text("checkpoint");
  }
  fs::remove(path);
  for (const char* end : {"-wal", "-shm"}) fs::remove(path + end);
  fs::copy_file(path + ".old", path);
  auto engine = open();
  const Answer back =
      run(*engine, "audit.verify", boost::json::serialize(boost::json::object{{"checkpoint", kept}}));
  CHECK(first_violation(back) == "2 the checkpoint is not signed by a key of this log");
}

// Files as a crash leaves them, with an engine over them that meets it at the n-th operation of one of its stores.
struct Crashing {
  connex::testing::TempDir dir, survivor;
  std::string path = dir.file("db");
  std::unique_ptr<store::Store> main = open_file(path), key_file = open_file(path + ".keys");
  store::testing::FaultyStore* faulty = nullptr;
  std::unique_ptr<Engine> engine;

  explicit Crashing(bool in_keys) {
    auto main_over = std::make_unique<store::testing::FaultyStore>(*main);
    auto keys_over = std::make_unique<store::testing::FaultyStore>(*key_file);
    faulty = in_keys ? keys_over.get() : main_over.get();
    engine = open(path, std::move(main_over), std::move(keys_over));
  }
  void crash_at(std::uint64_t n) {
    faulty->arm(n, store::testing::Fault::crash, [this] {
      for (const char* end : {"", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm", ".key"})
        if (std::filesystem::exists(path + end)) std::filesystem::copy_file(path + end, survivor.file("db") + end);
    });
  }
  std::unique_ptr<Engine> reopen() const {
    const std::string file = survivor.file("db");
    return open(file, open_file(file), open_file(file + ".keys"));
  }

 private:
  static std::unique_ptr<store::Store> open_file(const std::string& file) {
    return std::move(store::open_sqlite_store({.path = file, .durability = store::Durability::normal}).value());
  }
  static std::unique_ptr<Engine> open(const std::string& file, std::unique_ptr<store::Store> store,
                                      std::unique_ptr<store::Store> keys) {
    EngineOptions options;
    options.store = std::move(store);
    options.key_store = std::move(keys);
    options.key_provider = keys::make_file_key_provider({.path = file + ".key"});
    return std::move(Engine::open(std::move(options)).value());
  }
};

TEST_CASE("a crash at any operation of a key's making or rotation leaves it whole or undone") {
  const auto run = [](Engine& engine, std::string_view command, const boost::json::object& args = {}) {
    return Answer(engine.execute(
        boost::json::serialize(boost::json::object{{"command", command}, {"actor", "system"}, {"args", args}})));
  };
  int whole = 0, undone = 0;
  for (const std::string_view command : {"audit.checkpoint", "audit.rotate_key"})  // the first key, and the next
    for (const bool in_keys : {false, true})
      for (std::uint64_t n = 1;; ++n) {
        CAPTURE(command);
        CAPTURE(in_keys);
        CAPTURE(n);
        Crashing log(in_keys);
        run(*log.engine, "organisation.put", {{"id", "a"}, {"kind", "clinic"}, {"name", "A"}});
        const bool rotates = command == "audit.rotate_key";
        const std::string kept = rotates ? run(*log.engine, "audit.checkpoint").text("checkpoint") : "";
        log.crash_at(n);
        const Answer answer = run(*log.engine, command);
        if (!log.faulty->struck()) {
          REQUIRE(answer.permitted());
          break;
        }
        CHECK_FALSE(answer.ok());

        const auto engine = log.reopen();
        const std::size_t before = rotates ? 1 : 0;
        const std::size_t keys = run(*engine, "audit.keys").result().at("keys").as_array().size();
        REQUIRE((keys == before || keys == before + 1));
        ++(keys == before ? undone : whole);
        CHECK(run(*engine, "audit.verify").result().at("valid").as_bool());
        const std::string between = run(*engine, "audit.checkpoint").text("checkpoint");
        const Answer rotated = run(*engine, "audit.rotate_key");
        CHECK(rotated.result().at("epoch").as_int64() == static_cast<std::int64_t>(std::max<std::size_t>(keys, 1)) + 1);
        const std::string after = run(*engine, "audit.checkpoint").text("checkpoint");
        for (const std::string& note : {kept, between, after})
          if (!note.empty()) CHECK(first_violation(run(*engine, "audit.verify", {{"checkpoint", note}})) == "sound");
      }
  CHECK(whole >= 2);
  CHECK(undone > 20);
}

// --- permits and grants ---------------------------------------------------------------------------------

boost::json::object claims_of(World& world, std::string_view token, std::string_view type) {
  const auto header = evidence::peek_jws_header(token).value();
  CHECK(header.type == type);
  const auto payload = evidence::verify_jws(token, header, key_named(world, header.key_id));
  REQUIRE(payload);
  return boost::json::parse(evidence::text_of(*payload)).as_object();
}

TEST_CASE_FIXTURE(World, "a media worker verifies a permit with the public key alone") {
  started();
  const Answer decided = decide();
  REQUIRE(decided.permitted());
  const boost::json::object& result = decided.result();
  const std::string token(result.at("permit").as_string());
  const boost::json::object claims = claims_of(*this, token, "connex-permit+jwt");
  CHECK(claims.at("sub").as_string() == "v");
  CHECK(claims.at("jti").as_string() == result.at("permit_id").as_string());
  CHECK(claims.at("policy").as_string() == engine().policy().digest);
  const Instant expires = *parse_instant(std::string_view(result.at("expires_at").as_string()));
  CHECK(claims.at("exp").as_int64() == expires.micros / kMicrosPerSecond);
  CHECK(claims.at("iat").as_int64() == micros() / kMicrosPerSecond);
  for (std::size_t i = 0; i < token.size(); i += 7) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto header = evidence::peek_jws_header(changed);
    if (!header) continue;
    CHECK_FALSE(evidence::verify_jws(changed, evidence::peek_jws_header(token).value(),
                                     key_named(*this, evidence::peek_jws_header(token)->key_id)));
  }
  // It is a bearer token: nothing that is stored repeats it.
  for (const store::Table* table : kSchema.tables) CHECK(dump(*table).find("eyJhbGci") == std::string::npos);
}

}  // namespace
