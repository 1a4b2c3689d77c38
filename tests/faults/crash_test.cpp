// Every command, with a fault at every operation of the store: it happens wholly or not at all.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "connex/stores.hpp"
#include "faults/script.hpp"
#include "support/faulty_store.hpp"
#include "support/temp_dir.hpp"

namespace connex::testing {
namespace {

using store::Store;
using store::testing::Fault;
using store::testing::FaultyStore;
using store::testing::Step;

// The store under test, and what a crash leaves of it.
class Ground {
 public:
  virtual ~Ground() = default;
  virtual Store& store() = 0;
  virtual void crash() = 0;   // the moment of the crash, in the midst of a call
  virtual void reopen() = 0;  // afterwards, with no engine there
};

// A memory store outlives the engines over it, of which the first prepares it.
class MemoryGround final : public Ground, private Store {
 public:
  Store& store() override { return *this; }
  void crash() override {}
  void reopen() override {}

 private:
  Result<void> prepare(const store::Schema& schema) override {
    return std::exchange(prepared_, true) ? Result<void>() : store_->prepare(schema);
  }
  Result<std::unique_ptr<store::ReadTransaction>> begin_read() override { return store_->begin_read(); }
  Result<std::unique_ptr<store::WriteTransaction>> begin_write() override { return store_->begin_write(); }

  Result<std::unique_ptr<Store>> open_beside(std::string_view name, bool create) override {
    return store_->open_beside(name, create);
  }

  std::unique_ptr<Store> store_ = store::make_memory_store();
  bool prepared_ = false;
};

// A crash leaves the files as they were at that moment.
class SqliteGround final : public Ground {
 public:
  Store& store() override { return *store_; }
  void crash() override {
    survivor_ = std::make_unique<TempDir>();
    for (const std::string end : {"", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm", ".key"})
      if (std::filesystem::exists(dir_->file("db") + end))
        std::filesystem::copy_file(dir_->file("db") + end, survivor_->file("db") + end);
  }
  void reopen() override {
    store_.reset();
    dir_ = std::move(survivor_);
    store_ = open();
  }

 private:
  std::unique_ptr<Store> open() const {
    auto opened = store::open_sqlite_store({dir_->file("db"), store::Durability::normal, 5000, false});
    REQUIRE(opened);
    return std::move(*opened);
  }

  std::unique_ptr<TempDir> dir_ = std::make_unique<TempDir>(), survivor_;
  std::unique_ptr<Store> store_ = open();
};

// What a run without faults does.
struct Expected {
  std::string request;
  std::string answer;
  std::string after;
};

std::vector<Expected> run_without_faults(const std::vector<ScriptedCommand>& script) {
  auto owned = store::make_memory_store();
  Store& store = *owned;
  const auto engine = open_engine(std::move(owned));
  std::vector<Expected> expected;
  std::string hash;
  for (const ScriptedCommand& line : script) {
    std::string request = with_hash(line.request, hash);
    std::string answer = engine->execute(request);
    if (std::string given = disclosure_hash(answer); !given.empty()) hash = std::move(given);
    expected.push_back({std::move(request), std::move(answer), dump(store, Compare::content)});
  }
  return expected;
}

// Without what is random in base64, which no mark tells of; the rest by its marks.
std::string comparable(const ScriptedCommand& line, const std::string& answer) {
  for (const std::string_view name : {"audit.checkpoint", "audit.export", "audit.keys", "password.hash"})
    if (line.command->name == name)
      return answer.substr(std::min(answer.find(R"("decision")"), answer.size()));
  return without_marks(answer);
}

// Runs the script with each command meeting `fault` at its first operation, its second and so on.
class Ordeal {
 public:
  Ordeal(Ground& ground, Fault fault) : ground_(ground), fault_(fault) { start_engine(); }

  void endure(const ScriptedCommand& line, const Expected& expected) {
    const std::string before = dump(ground_.store(), Compare::exact);
    const services::Number entries = verified_entries(ground_.store());
    for (std::uint64_t n = 1;; ++n) {
      CAPTURE(n);
      faulty_->arm(n, fault_, [&] { ground_.crash(); });
      const std::string answer = engine_->execute(expected.request);
      const bool struck = faulty_->struck();
      const Step last = faulty_->last();
      const bool happened = !struck || last == Step::committed;
      CAPTURE(std::string(name(last)));
      CAPTURE(answer);
      recover();
      if (!struck) {
        CHECK(comparable(line, answer) == comparable(line, expected.answer));
      } else {
        ++faults_;
        const std::string code = error_code(answer);
        CHECK((code == "storage" || code == "internal"));
      }
      if (!happened) {
        REQUIRE((dump(ground_.store(), Compare::exact) == before));
        continue;
      }
      REQUIRE((dump(ground_.store(), Compare::content) == expected.after));
      const services::Number more = line.command->kind == services::CommandKind::reports ? 0 : 1;
      CHECK(verified_entries(ground_.store()) == entries + more);
      check_retry(line, expected);
      return;
    }
  }

  std::uint64_t faults() const { return faults_; }

 private:
  // Whoever did not get the answer asks again, and nothing happens twice.
  void check_retry(const ScriptedCommand& line, const Expected& expected) {
    if (line.command->kind != services::CommandKind::changes || line.command->momentary) return;
    if (!is_ok(expected.answer)) return;
    const std::string settled = dump(ground_.store(), Compare::exact);
    CHECK(comparable(line, engine_->execute(expected.request)) == comparable(line, expected.answer));
    CHECK((dump(ground_.store(), Compare::exact) == settled));
  }

  void start_engine() {
    auto faulty = std::make_unique<FaultyStore>(ground_.store());
    faulty_ = faulty.get();
    engine_ = open_engine(std::move(faulty));
  }

  void recover() {
    const bool crashed = faulty_->struck() && fault_ == Fault::crash;
    faulty_->disarm();
    if (!crashed) return;
    engine_.reset();
    ground_.reopen();
    start_engine();
  }

  Ground& ground_;
  const Fault fault_;
  std::unique_ptr<Engine> engine_;
  FaultyStore* faulty_ = nullptr;
  std::uint64_t faults_ = 0;
};

template <class AnyGround>
void check_every_fault(Fault fault) {
  const std::vector<ScriptedCommand> script = read_script();
  const std::vector<Expected> expected = run_without_faults(script);
  AnyGround ground;
  Ordeal ordeal(ground, fault);
  for (std::size_t i = 0; i < script.size(); ++i) {
    CAPTURE(expected[i].request);
    ordeal.endure(script[i], expected[i]);
  }
  CHECK(ordeal.faults() > 8 * script.size());
}

TEST_CASE("the script has every command, and each is permitted at least once") {
  const std::vector<ScriptedCommand> script = read_script();
  const std::vector<Expected> expected = run_without_faults(script);
  for (const services::Command& command : services::commands()) {
    CAPTURE(std::string(command.name));
    bool done = false;
    for (std::size_t i = 0; i < script.size(); ++i)
      done = done || (script[i].command == &command &&
                      expected[i].answer.find(R"("permitted":true)") != std::string::npos);
    CHECK(done);
  }
}

TEST_CASE("a command on a memory store happens wholly or not at all") {
  SUBCASE("an error") { check_every_fault<MemoryGround>(Fault::error); }
  SUBCASE("an exception") { check_every_fault<MemoryGround>(Fault::exception); }
  SUBCASE("no memory") { check_every_fault<MemoryGround>(Fault::no_memory); }
  SUBCASE("a crash") { check_every_fault<MemoryGround>(Fault::crash); }
}

TEST_CASE("a command on an SQLite store happens wholly or not at all") {
  SUBCASE("an error") { check_every_fault<SqliteGround>(Fault::error); }
  SUBCASE("an exception") { check_every_fault<SqliteGround>(Fault::exception); }
  SUBCASE("no memory") { check_every_fault<SqliteGround>(Fault::no_memory); }
  SUBCASE("a crash") { check_every_fault<SqliteGround>(Fault::crash); }
}

}  // namespace
}  // namespace connex::testing
