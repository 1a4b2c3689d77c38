// Audited commands against the SQLite beneath them: bookings of visits through the engine, and the very rows
// that they write, into the same tables and indexes, by prepared statements alone.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connex/engine.hpp"
#include "connex/stores.hpp"
#include "raw_sqlite.hpp"
#include "services/schema.hpp"
#include "support/temp_dir.hpp"

namespace connex {
namespace {

using benchmarks::must;
using benchmarks::RawSqlite;
using store::Cell;
using store::Durability;
using store::ReadTransaction;
using store::Row;
using store::Store;
using store::Table;
using store::WriteTransaction;

constexpr std::size_t kDoctors = 100, kRepresentatives = 20;
constexpr std::size_t kBooked = 300;         // durable, one transaction each
constexpr std::size_t kBookedFast = 10'000;  // where nobody waits for the disk
constexpr std::size_t kBatch = 1'000, kBatches = 10;
constexpr std::size_t kBookedByEach = 100;  // of the threads

std::unique_ptr<Engine> open_engine(std::unique_ptr<Store> store) {
  EngineOptions options;
  options.store = std::move(store);
  options.caller_clock = true;
  return Engine::open(std::move(options)).value();
}

std::unique_ptr<Store> open_sqlite(const std::string& path, Durability durability) {
  store::SqliteOptions options;
  options.path = path;
  options.durability = durability;
  return store::open_sqlite_store(options).value();
}

// Requests

void execute(Engine& engine, const std::string& request) {
  must(engine.execute(request).find(R"("permitted":true)") != std::string::npos);
}

std::string doctor(std::size_t n) { return "dr-" + std::to_string(n % kDoctors); }
std::string representative(std::size_t n) { return "mr-" + std::to_string(n % kRepresentatives); }

void set_up(Engine& engine) {
  const auto as = [](const std::string& actor, const std::string& command, const std::string& args) {
    return R"({"command":")" + command + R"(","actor":")" + actor +
           R"(","at":"2026-11-23T08:00:00+05:30","args":)" + args + "}";
  };
  execute(engine, as("system", "organisation.put", R"({"id":"acme","kind":"pharma_company","name":"Acme"})"));
  for (std::size_t n = 0; n < kDoctors; ++n) {
    execute(engine, as("system", "principal.register",
                       R"({"id":")" + doctor(n) + R"(","role":"doctor","name":"D","adult_attested":true})"));
    execute(engine, as(doctor(n), "preference.set",
                       R"({"doctor":")" + doctor(n) + R"(","virtual_visits":true,"recording":true})"));
  }
  for (std::size_t n = 0; n < kRepresentatives; ++n)
    execute(engine, as("system", "principal.register",
                       R"({"id":")" + representative(n) +
                           R"(","role":"medical_representative","organisation":"acme","name":"R",)" +
                           R"("adult_attested":true})"));
}

std::string booking(std::size_t n, bool repeatable = false) {
  const std::string number = std::to_string(n);
  return R"({"command":"visit.book","actor":")" + representative(n) +
         R"(","at":"2026-11-23T09:00:00+05:30",)" +
         (repeatable ? R"("request_id":"q-)" + number + R"(",)" : std::string()) + R"("args":{"id":"visit-)" +
         number + R"(","doctor":")" + doctor(n) + R"(","representative":")" + representative(n) +
         R"(","starts_at":"2026-11-23T10:00:00+05:30","ends_at":"2026-11-23T10:15:00+05:30"}})";
}

// The engine

void book(benchmark::State& state, Engine& engine, std::size_t first, bool repeatable = false) {
  std::vector<std::string> requests;
  for (benchmark::IterationCount i = 0; i < state.max_iterations; ++i)
    requests.push_back(booking(first + requests.size(), repeatable));
  std::size_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(engine.execute(requests[n++]));
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
}

void engine_memory(benchmark::State& state, bool repeatable) {
  const auto engine = open_engine(store::make_memory_store());
  set_up(*engine);
  book(state, *engine, 0, repeatable);
}

void engine_sqlite(benchmark::State& state, Durability durability, bool repeatable) {
  const testing::TempDir dir;
  const auto engine = open_engine(open_sqlite(dir.file("engine.db"), durability));
  set_up(*engine);
  book(state, *engine, 0, repeatable);
}

std::vector<std::string> bookings(std::size_t first, std::size_t count) {
  std::vector<std::string> requests;
  for (std::size_t n = first; n < first + count; ++n) requests.push_back(booking(n));
  return requests;
}

void execute_all(Engine& engine, const std::vector<std::string>& requests) {
  const std::vector<std::string_view> views(requests.begin(), requests.end());
  for (const std::string& answer : engine.execute_all(views))
    must(answer.find(R"("permitted":true)") != std::string::npos);
}

// A thousand commands in each transaction. Items are commands.
void engine_batched(benchmark::State& state, Durability durability) {
  const testing::TempDir dir;
  const auto engine = open_engine(open_sqlite(dir.file("engine.db"), durability));
  set_up(*engine);
  std::size_t n = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::vector<std::string> requests = bookings(n, kBatch);
    state.ResumeTiming();
    execute_all(*engine, requests);
    n += kBatch;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
}

// Threads that command at the same time, each waiting for its own answer. Items are commands.
void engine_threads(benchmark::State& state) {
  static std::unique_ptr<testing::TempDir> dir;
  static std::unique_ptr<Engine> engine;
  if (state.thread_index() == 0) {
    dir = std::make_unique<testing::TempDir>();
    engine = open_engine(open_sqlite(dir->file("engine.db"), Durability::full));
    set_up(*engine);
  }
  auto n = static_cast<std::size_t>(state.thread_index()) * 1'000'000;
  for (auto _ : state) execute(*engine, booking(n++));
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    engine.reset();
    dir.reset();
  }
}

// Starts with as many visits as the argument says.
void engine_grown(benchmark::State& state, bool memory) {
  const testing::TempDir dir;
  const auto engine = open_engine(memory ? store::make_memory_store()
                                         : open_sqlite(dir.file("engine.db"), Durability::normal));
  set_up(*engine);
  const auto held = static_cast<std::size_t>(state.range(0));
  for (std::size_t n = 0; n < held; ++n) execute(*engine, booking(n));
  book(state, *engine, held);
}

// What the engine wrote, transaction by transaction

struct Write {
  enum class Kind : std::uint8_t { insert, update, erase } kind;
  const Table* table;
  Row row;
};
using Transactions = std::vector<std::vector<Write>>;

Row copy(std::span<const Cell> cells) {
  Row row;
  for (const Cell& cell : cells) row.push(cell);
  return row;
}

class Recorder final : public Store {
 public:
  explicit Recorder(Transactions& written) : written_(written) {}
  Result<void> prepare(const store::Schema& schema) override { return inner_->prepare(schema); }
  Result<std::unique_ptr<ReadTransaction>> begin_read() override { return inner_->begin_read(); }
  Result<std::unique_ptr<Store>> open_beside(std::string_view name, bool create) override {
    return inner_->open_beside(name, create);
  }
  Result<std::unique_ptr<WriteTransaction>> begin_write() override {
    written_.emplace_back();
    return std::unique_ptr<WriteTransaction>(
        std::make_unique<Writer>(inner_->begin_write().value(), written_.back()));
  }

 private:
  class Writer final : public WriteTransaction {
   public:
    Writer(std::unique_ptr<WriteTransaction> inner, std::vector<Write>& written)
        : inner_(std::move(inner)), written_(written) {}
    Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
      return inner_->get(table, key, row);
    }
    Result<void> scan(const Table& table, const store::Range& range, std::vector<Row>& rows) override {
      return inner_->scan(table, range, rows);
    }
    Result<void> insert(const Table& table, std::span<const Cell> row) override {
      written_.push_back({Write::Kind::insert, &table, copy(row)});
      return inner_->insert(table, row);
    }
    Result<void> update(const Table& table, std::span<const Cell> row) override {
      written_.push_back({Write::Kind::update, &table, copy(row)});
      return inner_->update(table, row);
    }
    Result<bool> erase(const Table& table, std::span<const Cell> key) override {
      written_.push_back({Write::Kind::erase, &table, copy(key)});
      return inner_->erase(table, key);
    }
    Result<void> commit() override { return inner_->commit(); }

   private:
    std::unique_ptr<WriteTransaction> inner_;
    std::vector<Write>& written_;
  };

  Transactions& written_;
  std::unique_ptr<Store> inner_ = store::make_memory_store();
};

struct Recording {
  Transactions setup, bookings;
};
Recording record(std::size_t transactions, std::size_t batch = 1) {
  Recording recording;
  Transactions all;
  const auto engine = open_engine(std::make_unique<Recorder>(all));
  set_up(*engine);
  recording.setup = std::exchange(all, {});
  for (std::size_t n = 0; n < transactions; ++n) execute_all(*engine, bookings(n * batch, batch));
  recording.bookings = std::move(all);
  return recording;
}

// The peer: the very writes, by prepared statements.
class Raw : RawSqlite {
 public:
  Raw(const std::string& path, Durability durability) : RawSqlite(path, durability, services::kSchema) {
    for (const Table* table : services::kSchema.tables)
      statements_.push_back({table,
                             {prepare(store::insert_sql(*table)), prepare(store::update_sql(*table)),
                              prepare(store::erase_sql(*table))}});
  }

  void replay(const std::vector<Write>& transaction) {
    begin();
    for (const Write& write : transaction) once(statement_of(write), write.row);
    commit();
  }

 private:
  struct Statements {
    const Table* table;
    sqlite3_stmt* by_kind[3];
  };

  sqlite3_stmt* statement_of(const Write& write) const {
    for (const Statements& of : statements_)
      if (of.table == write.table) return of.by_kind[static_cast<std::size_t>(write.kind)];
    return nullptr;
  }

  std::vector<Statements> statements_;
};

void raw_sqlite(benchmark::State& state, Durability durability, std::size_t batch) {
  const Recording recording = record(static_cast<std::size_t>(state.max_iterations), batch);
  const testing::TempDir dir;
  Raw raw(dir.file("raw.db"), durability);
  for (const std::vector<Write>& transaction : recording.setup) raw.replay(transaction);
  std::size_t n = 0, rows = 0;
  for (auto _ : state) {
    rows += recording.bookings[n].size();
    raw.replay(recording.bookings[n++]);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n * batch));
  state.counters["rows"] = static_cast<double>(rows) / static_cast<double>(n * batch);
}

#define CONNEX_COMMANDS(function, label, ...)     \
  BENCHMARK_CAPTURE(function, label, __VA_ARGS__) \
      ->Unit(benchmark::kMicrosecond)             \
      ->UseRealTime()                             \
      ->Repetitions(5)

CONNEX_COMMANDS(engine_memory, plain, false)->Iterations(kBookedFast);
CONNEX_COMMANDS(engine_memory, with_request_id, true)->Iterations(kBookedFast);
CONNEX_COMMANDS(raw_sqlite, normal_1000_per_transaction, Durability::normal, kBatch)->Iterations(kBatches);
CONNEX_COMMANDS(engine_batched, normal_1000_per_transaction, Durability::normal)->Iterations(kBatches);
CONNEX_COMMANDS(raw_sqlite, normal, Durability::normal, 1)->Iterations(kBookedFast);
CONNEX_COMMANDS(engine_sqlite, normal, Durability::normal, false)->Iterations(kBookedFast);
CONNEX_COMMANDS(engine_sqlite, normal_with_request_id, Durability::normal, true)->Iterations(kBookedFast);
CONNEX_COMMANDS(raw_sqlite, full, Durability::full, 1)->Iterations(kBooked);
CONNEX_COMMANDS(engine_sqlite, full, Durability::full, false)->Iterations(kBooked);
BENCHMARK(engine_threads)->UseRealTime()->Repetitions(5)->Iterations(kBookedByEach)->Threads(1)->Threads(8);
CONNEX_COMMANDS(engine_grown, memory, true)->Iterations(kBookedFast)->Arg(10'000)->Arg(100'000);
CONNEX_COMMANDS(engine_grown, sqlite_normal, false)->Iterations(kBookedFast)->Arg(10'000)->Arg(100'000);

}  // namespace
}  // namespace connex
