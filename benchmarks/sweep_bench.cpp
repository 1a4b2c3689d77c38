// The sweep on SQLite: a thousand records that are due among more and more that are not, against deleting the same
// rows by prepared statements alone; and a request for access over a person with many records.
#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "connex/engine.hpp"
#include "connex/stores.hpp"
#include "services/schema.hpp"
#include "support/temp_dir.hpp"

namespace connex {
namespace {

using services::record_subject::kTable;
using store::Cell;

namespace t = services::retained;

constexpr std::int64_t kDue = 1'000;
constexpr std::int64_t kPage = 10'000;
const Instant kThen = *parse_instant("2024-06-01T10:00:00+05:30");   // two years and more before
const Instant kLately = *parse_instant("2026-06-01T10:00:00+05:30");
const Instant kEnd = *parse_instant("2028-06-01T00:00:00+05:30");

void must(bool well) {
  if (!well) throw std::runtime_error("the benchmark failed");
}

// Records of messages of the person `mr`, without what the host keeps: `due` of them, then `count` that are not.
void fill(store::Store& store, std::int64_t due, std::int64_t count) {
  static std::int64_t first = 0;  // no id comes twice
  for (std::int64_t n = 0; n < due + count;) {
    auto tx = std::move(store.begin_write().value());
    for (const std::int64_t end = std::min(n + kPage, due + count); n < end; ++n) {
      const std::string id = "r-" + std::to_string(100'000'000 + (first + n) * 7'919 % 99'999'989);
      const std::int64_t at = n < due ? kThen.micros + n : kLately.micros + n;
      const std::int64_t next = n < due ? kThen.micros + n + 1 : kEnd.micros;
      const Cell cells[] = {std::string_view(id), "communication", at, at, at, at, Cell(), Cell(), Cell(), Cell(),
                            Cell(), "active", next, Cell(), Cell()};
      must(static_cast<bool>(tx->insert(t::kTable, cells)));
      const Cell about[] = {std::string_view(id), "mr"};
      must(static_cast<bool>(tx->insert(kTable, about)));
    }
    must(static_cast<bool>(tx->commit()));
  }
  first += due + count;
}

struct Setting {
  testing::TempDir directory;
  std::string path = directory.file("connex.db");
  std::unique_ptr<Engine> engine;
  store::Store* store = nullptr;

  Setting() {
    store::SqliteOptions options;
    options.path = path;
    options.durability = store::Durability::normal;
    auto opened = store::open_sqlite_store(options).value();
    store = opened.get();
    EngineOptions engine_options;
    engine_options.store = std::move(opened);
    engine_options.caller_clock = true;
    engine = Engine::open(std::move(engine_options)).value();
    ask("organisation.put", R"({"id":"acme","kind":"pharma_company","name":"Acme"})");
    ask("principal.register",
        R"({"id":"mr","role":"medical_representative","organisation":"acme","name":"R","adult_attested":true})");
    ask("principal.register", R"({"id":"dpo","role":"data_protection_officer","name":"D","adult_attested":true})");
    ask("retention.sweep", "{}");
  }
  std::string ask(const std::string& command, const std::string& args, const std::string& actor = "system") {
    std::string answer = engine->execute(R"({"command":")" + command + R"(","actor":")" + actor +
                                         R"(","at":"2026-11-23T10:00:00+05:30","args":)" + args + "}");
    must(answer.find(R"("permitted":true)") != std::string::npos);
    return answer;
  }
};

void sweep_of_a_thousand(benchmark::State& state) {
  Setting setting;
  fill(*setting.store, 0, state.range(0) - kDue);
  for (auto _ : state) {
    state.PauseTiming();
    fill(*setting.store, kDue, 0);
    state.ResumeTiming();
    must(setting.ask("retention.sweep", R"({"limit":1000})").find(R"("erased":1000)") != std::string::npos);
  }
  state.SetItemsProcessed(state.iterations() * kDue);
}
BENCHMARK(sweep_of_a_thousand)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Iterations(5)->Unit(benchmark::kMillisecond);

// The same rows, found by the same index, deleted from the same tables and written into the same ledger by prepared
// statements, in one transaction.
void raw_deletes(benchmark::State& state) {
  Setting setting;
  fill(*setting.store, 0, state.range(0) - kDue);
  sqlite3* db = nullptr;
  must(sqlite3_open(setting.path.c_str(), &db) == SQLITE_OK);
  const auto run = [&](const char* sql) { must(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK); };
  run("PRAGMA secure_delete=ON; PRAGMA synchronous=NORMAL;");
  const auto prepare = [&](const char* sql) {
    sqlite3_stmt* statement = nullptr;
    must(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK);
    return statement;
  };
  sqlite3_stmt* due = prepare("SELECT id FROM records WHERE next_at < 1770000000000000 ORDER BY next_at LIMIT 1000");
  sqlite3_stmt* steps[] = {prepare("DELETE FROM record_subjects WHERE record = ?1 AND principal = 'mr'"),
                           prepare("DELETE FROM records WHERE id = ?1"),
                           prepare("INSERT INTO erasures (seq, number, record, class, what, clause, at)"
                                   " VALUES (?2, ?3, ?1, 'communication', 'erased', 'C9-f', 0)")};
  std::int64_t seq = 1'000'000;
  for (auto _ : state) {
    state.PauseTiming();
    fill(*setting.store, kDue, 0);
    state.ResumeTiming();
    run("BEGIN IMMEDIATE");
    std::vector<std::string> ids;
    while (sqlite3_step(due) == SQLITE_ROW)
      ids.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(due, 0)));
    sqlite3_reset(due);
    must(ids.size() == kDue);
    ++seq;
    for (std::size_t n = 0; n < ids.size(); ++n) {
      for (sqlite3_stmt* step : steps) {
        sqlite3_bind_text(step, 1, ids[n].data(), static_cast<int>(ids[n].size()), SQLITE_STATIC);
        if (step == steps[2]) sqlite3_bind_int64(step, 2, seq);
        if (step == steps[2]) sqlite3_bind_int64(step, 3, static_cast<std::int64_t>(n));
        must(sqlite3_step(step) == SQLITE_DONE);
        sqlite3_reset(step);
      }
    }
    run("COMMIT");
  }
  sqlite3_finalize(due);
  for (sqlite3_stmt* step : steps) sqlite3_finalize(step);
  sqlite3_close(db);
  state.SetItemsProcessed(state.iterations() * kDue);
}
BENCHMARK(raw_deletes)->Arg(10'000)->Arg(100'000)->Arg(1'000'000)->Iterations(5)->Unit(benchmark::kMillisecond);

// The largest memory that the process has ever had, in MB.
double peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void access_request(benchmark::State& state) {
  Setting setting;
  fill(*setting.store, 0, state.range(0));
  int number = 0;
  double grown = 0;
  for (auto _ : state) {
    const std::string id = R"({"id":"q-)" + std::to_string(number++) + '"';
    setting.ask("rights.submit", id + R"(,"kind":"access","principal":"mr","channel":"in_app"})");
    setting.ask("rights.verify_identity", id + R"(,"evidence":"e"})");
    const double before = peak();
    setting.ask("rights.resolve", id + "}", "dpo");
    grown = std::max(grown, peak() - before);
  }
  state.counters["MB more"] = grown;
}
BENCHMARK(access_request)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace connex
