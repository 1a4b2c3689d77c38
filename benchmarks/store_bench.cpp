// What the port costs over the SQLite that it stands on: the same rows, columns and indexes, written and read
// once through a store and once by prepared statements alone.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "connex/stores.hpp"
#include "raw_sqlite.hpp"
#include "support/temp_dir.hpp"

namespace connex::store {
namespace {

using benchmarks::must;
using benchmarks::RawSqlite;

constexpr Column kColumns[] = {
    {"id"},
    {"class"},
    {"principal"},
    {"state", CellType::integer},
    {"trigger_at", CellType::integer},
    {"retain_until", CellType::integer, true},
    {"dispose_at", CellType::integer, true},
    {"locator", CellType::text, true},
    {"key_version", CellType::integer},
    {"policy", CellType::blob},
    {"sealed", CellType::blob},
    {"note", CellType::text, true},
};
constexpr std::uint8_t kByPrincipal[] = {2}, kByDue[] = {3, 6};
constexpr Index kIndexes[] = {{"records_by_principal", kByPrincipal}, {"records_by_due", kByDue}};
constexpr Table kRecords{"records", kColumns, 1, kIndexes};
constexpr const Table* kTables[] = {&kRecords};
constexpr Schema kSchema{1, kTables};
constexpr std::size_t kBatch = 1000, kStored = 100'000;

// The n-th of a fixed sequence of rows, in random key order.
class RowMaker {
 public:
  std::span<const Cell> row(std::uint64_t n) {
    const auto word = [](std::uint64_t x) {  // splitmix64
      x += 0x9E3779B97F4A7C15;
      x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
      x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
      return x ^ (x >> 31);
    };
    hex(id_, word(n));
    hex(principal_, word(n % 5000));
    const auto at = static_cast<std::int64_t>(1'700'000'000 + n);
    cells_ = {id_,
              "session_chat",
              principal_,
              static_cast<std::int64_t>(n % 4),
              at,
              at + 94'608'000,
              n % 3 == 0 ? Cell() : Cell(at + 94'694'400),
              "s3://bucket/recordings/0123456789abcdef",
              7,
              Cell::blob(std::string_view(digest_.data(), digest_.size())),
              Cell::blob(sealed_),
              {}};
    return cells_;
  }

 private:
  static void hex(std::string& to, std::uint64_t word) {
    for (std::size_t i = 0; i < 16; ++i) to[i] = "0123456789abcdef"[(word >> (4 * i)) & 15];
  }

  std::string id_ = std::string(16, '0'), principal_ = std::string(16, '0');
  std::string sealed_ = std::string(120, 's');
  std::array<char, 32> digest_{};
  std::array<Cell, std::size(kColumns)> cells_;
};

class Raw : public RawSqlite {
 public:
  Raw(const std::string& path, Durability durability) : RawSqlite(path, durability, kSchema) {
    ScanShape shape;
    shape.index = &kIndexes[0];
    shape.equal = 1;
    scan_ = prepare(scan_sql(kRecords, shape));
  }

  void insert(std::span<const Cell> row) { once(insert_, row); }
  // Both visit every column; the sum keeps the compiler honest.
  std::int64_t get(std::string_view id) {
    sqlite3_bind_text(get_, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC);
    must(sqlite3_step(get_) == SQLITE_ROW);
    const std::int64_t sum = visit(get_);
    sqlite3_reset(get_);
    return sum;
  }
  std::int64_t scan(std::string_view principal, std::int64_t limit) {
    sqlite3_bind_text(scan_, 1, principal.data(), static_cast<int>(principal.size()), SQLITE_STATIC);
    sqlite3_bind_int64(scan_, 2, limit);
    std::int64_t sum = 0;
    while (sqlite3_step(scan_) == SQLITE_ROW) sum += visit(scan_);
    sqlite3_reset(scan_);
    return sum;
  }

 private:
  static std::int64_t visit(sqlite3_stmt* statement) {
    std::int64_t sum = 0;
    for (int i = 0; i < static_cast<int>(std::size(kColumns)); ++i)
      if (kColumns[i].type == CellType::integer) {
        sum += sqlite3_column_int64(statement, i);
      } else {
        benchmark::DoNotOptimize(sqlite3_column_blob(statement, i));
        sum += sqlite3_column_bytes(statement, i);
      }
    return sum;
  }

  sqlite3_stmt *insert_ = prepare(insert_sql(kRecords)), *get_ = prepare(get_sql(kRecords)), *scan_ = nullptr;
};

std::unique_ptr<Store> open(const std::string& path, Durability durability) {
  SqliteOptions options;
  options.path = path;
  options.durability = durability;
  auto store = open_sqlite_store(options).value();
  must(store->prepare(kSchema).has_value());
  return store;
}

void insert_port(benchmark::State& state, Store& store, std::size_t batch) {
  RowMaker rows;
  std::uint64_t n = 0;
  for (auto _ : state) {
    auto writer = store.begin_write().value();
    for (std::size_t i = 0; i < batch; ++i) must(writer->insert(kRecords, rows.row(n++)).has_value());
    must(writer->commit().has_value());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
}

void insert_raw(benchmark::State& state, std::size_t batch, Durability durability) {
  const connex::testing::TempDir dir;
  Raw raw(dir.file("raw.db"), durability);
  RowMaker rows;
  std::uint64_t n = 0;
  for (auto _ : state) {
    raw.begin();
    for (std::size_t i = 0; i < batch; ++i) raw.insert(rows.row(n++));
    raw.commit();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(n));
}

void insert_sqlite(benchmark::State& state, std::size_t batch, Durability durability) {
  const connex::testing::TempDir dir;
  const auto store = open(dir.file("port.db"), durability);
  insert_port(state, *store, batch);
}

void insert_memory(benchmark::State& state) {
  const auto store = make_memory_store();
  must(store->prepare(kSchema).has_value());
  insert_port(state, *store, kBatch);
}

// One file of kStored rows for both readers.
struct Filled {
  connex::testing::TempDir dir;
  std::unique_ptr<Store> store = open(dir.file("a.db"), Durability::normal);
  Filled() {
    RowMaker rows;
    for (std::uint64_t n = 0; n < kStored;) {
      auto writer = store->begin_write().value();
      for (std::size_t i = 0; i < kBatch; ++i) must(writer->insert(kRecords, rows.row(n++)).has_value());
      must(writer->commit().has_value());
    }
  }
};

void get_raw(benchmark::State& state) {
  const connex::testing::TempDir dir;
  Raw raw(dir.file("raw.db"), Durability::normal);
  RowMaker rows;
  raw.begin();
  for (std::uint64_t n = 0; n < kStored; ++n) raw.insert(rows.row(n));
  raw.commit();
  raw.begin();
  std::uint64_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(raw.get(rows.row(n++ * 7919 % kStored)[0].bytes()));
  raw.commit();
}

void get_sqlite(benchmark::State& state) {
  const Filled filled;
  RowMaker rows;
  auto writer = filled.store->begin_write().value();
  Row row;
  std::uint64_t n = 0;
  for (auto _ : state) {
    must(writer->get(kRecords, rows.row(n++ * 7919 % kStored).first(1), row).value());
    benchmark::DoNotOptimize(row.integer(4));
  }
}

void get_sqlite_alone(benchmark::State& state) {  // each in a transaction of its own
  const Filled filled;
  RowMaker rows;
  Row row;
  std::uint64_t n = 0;
  for (auto _ : state)
    must(filled.store->begin_read()
             .value()
             ->get(kRecords, rows.row(n++ * 7919 % kStored).first(1), row)
             .value());
}

void scan_raw(benchmark::State& state) {
  const connex::testing::TempDir dir;
  Raw raw(dir.file("raw.db"), Durability::normal);
  RowMaker rows;
  raw.begin();
  for (std::uint64_t n = 0; n < kStored; ++n) raw.insert(rows.row(n));
  raw.commit();
  raw.begin();
  std::uint64_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(raw.scan(rows.row(n++)[2].bytes(), 20));
  raw.commit();
}

void scan_sqlite(benchmark::State& state) {
  const Filled filled;
  RowMaker rows;
  auto writer = filled.store->begin_write().value();
  std::uint64_t n = 0;
  for (auto _ : state) {
    std::vector<Row> found;
    Range range;
    range.index = &kIndexes[0];
    range.equal = rows.row(n++).subspan(2, 1);
    range.limit = 20;
    must(writer->scan(kRecords, range, found).has_value());
    benchmark::DoNotOptimize(found.data());
  }
}

BENCHMARK_CAPTURE(insert_raw, 1000_per_transaction, kBatch, Durability::normal)->Iterations(100);
BENCHMARK_CAPTURE(insert_sqlite, 1000_per_transaction, kBatch, Durability::normal)->Iterations(100);
BENCHMARK(insert_memory)->Iterations(100);
BENCHMARK_CAPTURE(insert_raw, each_durable, 1, Durability::full)->Iterations(2000);
BENCHMARK_CAPTURE(insert_sqlite, each_durable, 1, Durability::full)->Iterations(2000);
BENCHMARK(get_raw);
BENCHMARK(get_sqlite);
BENCHMARK(get_sqlite_alone);
BENCHMARK(scan_raw);
BENCHMARK(scan_sqlite);

}  // namespace
}  // namespace connex::store
