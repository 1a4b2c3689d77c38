// The sweep on SQLite: a thousand records that are due among more and more that are not, beside deleting the same
// rows of the same store by prepared statements alone; and a request for access over a person with many records.
//
// Where the ids of what is due lie together, as those do that a host hands out by time, both touch few pages; where
// they are scattered among all others, both touch a page of each index for every record.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
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
using services::record_subject::kTable;
using store::Cell;

namespace t = services::retained;

constexpr std::int64_t kDue = 1'000;
constexpr std::int64_t kPage = 10'000;
const Instant kThen = *parse_instant("2024-06-01T10:00:00+05:30");   // two years and more before
const Instant kLately = *parse_instant("2026-06-01T10:00:00+05:30");
const Instant kEnd = *parse_instant("2028-06-01T00:00:00+05:30");

enum class Ids { together, scattered };

std::string id_of(std::int64_t number) { return "r-" + std::to_string(1'000'000'000 + number); }

// A record of a message of the person `mr`, without what the host keeps.
void insert(store::WriteTransaction& tx, const std::string& id, std::int64_t at, std::int64_t next) {
  const Cell cells[] = {std::string_view(id), "communication", at, at, at, at, Cell(), Cell(), Cell(), Cell(),
                        Cell(), "active", next, Cell(), Cell(), Cell()};
  must(static_cast<bool>(tx.insert(t::kTable, cells)));
  const Cell about[] = {std::string_view(id), "mr"};
  must(static_cast<bool>(tx.insert(kTable, about)));
}

// Those that are not due: every even number.
void fill(store::Store& store, std::int64_t count) {
  for (std::int64_t n = 0; n < count;) {
    auto tx = std::move(store.begin_write().value());
    for (const std::int64_t end = std::min(n + kPage, count); n < end; ++n)
      insert(*tx, id_of(2 * n), kLately.micros + n, kEnd.micros);
    must(static_cast<bool>(tx->commit()));
  }
}

// A thousand that are: odd numbers, of which none comes twice.
void add_due(store::Store& store, Ids ids, std::int64_t count) {
  static std::int64_t used = 0;
  auto tx = std::move(store.begin_write().value());
  for (std::int64_t n = 0; n < kDue; ++n, ++used) {
    const std::int64_t place = ids == Ids::together ? 2 * count + used : used * 7'919 % count;
    insert(*tx, id_of(2 * place + 1) + (ids == Ids::together ? "" : "-" + std::to_string(used)), kThen.micros + n,
           kThen.micros + n + 1);
  }
  must(static_cast<bool>(tx->commit()));
}

struct Setting {
  testing::TempDir directory;
  std::string path = directory.file("connex.db");
  std::unique_ptr<Engine> engine;
  std::unique_ptr<store::Store> beside;  // a connection of its own, so that no cache knows what it fills in
  std::int64_t count;

  explicit Setting(std::int64_t records) : count(records) {
    store::SqliteOptions options;
    options.path = path;
    options.durability = store::Durability::normal;
    EngineOptions engine_options;
    engine_options.store = store::open_sqlite_store(options).value();
    engine_options.caller_clock = true;
    engine = Engine::open(std::move(engine_options)).value();
    ask("organisation.put", R"({"id":"acme","kind":"pharma_company","name":"Acme"})");
    ask("principal.register",
        R"({"id":"mr","role":"medical_representative","organisation":"acme","name":"R","adult_attested":true})");
    ask("principal.register", R"({"id":"dpo","role":"data_protection_officer","name":"D","adult_attested":true})");
    ask("retention.sweep", "{}");
    beside = store::open_sqlite_store(options).value();
    must(static_cast<bool>(beside->prepare(services::kSchema)));
    fill(*beside, count);
  }
  std::string ask(const std::string& command, const std::string& args, const std::string& actor = "system") {
    std::string answer = engine->execute(R"({"command":")" + command + R"(","actor":")" + actor +
                                         R"(","at":"2026-11-23T10:00:00+05:30","args":)" + args + "}");
    must(answer.find(R"("permitted":true)") != std::string::npos);
    return answer;
  }
};

// One store at a time: filling a large one takes longest.
Setting& setting_of(std::int64_t count) {
  static std::unique_ptr<Setting> kept;
  if (!kept || kept->count != count) kept.reset();
  if (!kept) kept = std::make_unique<Setting>(count);
  return *kept;
}

void sweep(benchmark::State& state, Ids ids, std::int64_t count) {
  Setting& setting = setting_of(count);
  for (auto _ : state) {
    state.PauseTiming();
    add_due(*setting.beside, ids, count);
    state.ResumeTiming();
    must(setting.ask("retention.sweep", R"({"limit":1000})").find(R"("erased":1000)") != std::string::npos);
  }
  state.SetItemsProcessed(state.iterations() * kDue);
}

// The same rows, found by the same index, deleted from the same tables and written into the same ledger by prepared
// statements, in one transaction.
void raw_deletes(benchmark::State& state, Ids ids, std::int64_t count) {
  Setting& setting = setting_of(count);
  RawSqlite raw(setting.path);
  raw.run("PRAGMA synchronous=NORMAL");
  sqlite3_stmt* due =
      raw.prepare("SELECT id FROM records WHERE next_at < 1770000000000000 ORDER BY next_at LIMIT 1000");
  sqlite3_stmt* subject = raw.prepare("DELETE FROM record_subjects WHERE record = ? AND principal = 'mr'");
  sqlite3_stmt* record = raw.prepare("DELETE FROM records WHERE id = ?");
  sqlite3_stmt* line = raw.prepare(
      "INSERT INTO erasures (seq, number, record, class, what, clause, at)"
      " VALUES (?, ?, ?, 'communication', 'erased', 'C9-f', 0)");
  static std::int64_t seq = 1'000'000;
  for (auto _ : state) {
    state.PauseTiming();
    add_due(*setting.beside, ids, count);
    state.ResumeTiming();
    raw.begin();
    std::vector<std::string> due_ids;
    while (sqlite3_step(due) == SQLITE_ROW)
      due_ids.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(due, 0)));
    sqlite3_reset(due);
    must(due_ids.size() == kDue);
    ++seq;
    std::int64_t number = 0;
    for (const std::string& id : due_ids) {
      const Cell key[] = {std::string_view(id)};
      const Cell row[] = {seq, number++, std::string_view(id)};
      RawSqlite::once(subject, key);
      RawSqlite::once(record, key);
      RawSqlite::once(line, row);
    }
    raw.commit();
  }
  state.SetItemsProcessed(state.iterations() * kDue);
}

const bool kRegistered = [] {
  for (const std::int64_t count : {10'000, 100'000, 1'000'000})
    for (const Ids ids : {Ids::together, Ids::scattered}) {
      const std::string of = std::string(ids == Ids::together ? "together/" : "scattered/") + std::to_string(count);
      for (const auto& [name, run] : {std::pair("raw_deletes/", &raw_deletes), std::pair("sweep/", &sweep)})
        benchmark::RegisterBenchmark((name + of).c_str(), run, ids, count)
            ->Iterations(10)
            ->Unit(benchmark::kMillisecond);
    }
  return true;
}();

// The largest memory that the process has ever had, in MB.
double peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// From here on the largest memory is that of what comes now.
void forget_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << 5;
  file.close();
  must(file.good());
}

// A request of the person's that waits for its answer alone. `id` begins its arguments.
void submit(Setting& setting, const std::string& id, const std::string& kind) {
  setting.ask("rights.submit", id + R"(,"kind":")" + kind + R"(","principal":"mr","channel":"in_app"})");
  setting.ask("rights.verify_identity", id + R"(,"evidence":"e"})");
}

void growing(benchmark::internal::Benchmark* bench) {
  for (const std::int64_t records : {1'000, 10'000, 100'000, 400'000}) bench->Arg(records);
  bench->Iterations(3)->Unit(benchmark::kMillisecond);
}

void access_request(benchmark::State& state) {
  Setting& setting = setting_of(state.range(0));
  static int number = 0;
  double grown = 0;
  for (auto _ : state) {
    const std::string id = R"({"id":"q-)" + std::to_string(number++) + '"';
    submit(setting, id, "access");
    forget_peak();
    const double before = peak();
    setting.ask("rights.resolve", id + "}", "dpo");
    grown = std::max(grown, peak() - before);
  }
  state.counters["MB more"] = grown;
}
BENCHMARK(access_request)->Apply(growing);

// All that is known of the person goes, each time of a store of its own.
void erasure_request(benchmark::State& state) {
  double grown = 0;
  for (auto _ : state) {
    state.PauseTiming();
    setting_of(0);
    Setting& setting = setting_of(state.range(0));
    const std::string id = R"({"id":"q")";
    submit(setting, id, "erasure");
    forget_peak();
    const double before = peak();
    state.ResumeTiming();
    const std::string answer = setting.ask("rights.resolve", id + "}", "dpo");
    state.PauseTiming();
    grown = std::max(grown, peak() - before);
    const std::string all = R"({"class":"communication","action":"erase","count":)" + std::to_string(state.range(0)) + "}";
    must(answer.find(all) != std::string::npos);
    state.ResumeTiming();
  }
  state.counters["MB more"] = grown;
}
BENCHMARK(erasure_request)->Apply(growing);

}  // namespace
}  // namespace connex
