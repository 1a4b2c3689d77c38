// What an audit entry costs on SQLite: sealed, committed to and in the tree, against raw inserts of rows with
// the same columns and indexes by prepared statements, in one run.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "raw_sqlite.hpp"
#include "services/audit_log.hpp"
#include "services/schema.hpp"
#include "services/vault.hpp"
#include "support/temp_dir.hpp"

namespace connex::services {
namespace {

using benchmarks::must;
using benchmarks::RawSqlite;
using connex::testing::TempDir;
using store::Cell;
using store::Durability;

constexpr std::size_t kBatch = 1'000;
constexpr std::size_t kPeople = 500;

// A decision about two people and their visit: some 256 bytes of content.
AuditContent content_of(std::uint64_t n) {
  const std::string visit = "visit-01J9Z8Y7X6W5V4T3-" + std::to_string(n / 4);
  return {.actor = "mr-" + std::to_string(n % kPeople),
          .role = "medical_representative",
          .command = "recording.decide",
          .object = visit,
          .visit = visit,
          .subjects = {"dr-" + std::to_string(n % kPeople), "mr-" + std::to_string(n % kPeople)},
          .rule = "recording.start",
          .effect = Effect::permit,
          .facts = std::vector<Fact>(8, Fact::yes),
          .outcome = "done",
          .policy = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          .details = {{"permit", "1"}, {"expires_at", "1795410360000000"}}};
}

struct Ledger {
  TempDir dir;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Vault> vault;

  explicit Ledger(Durability durability) {
    store = std::move(store::open_sqlite_store({.path = dir.file("a.db"), .durability = durability}).value());
    vault = std::move(
        Vault::open(*store, nullptr, keys::make_file_key_provider({.path = dir.file("key")})).value());
    append(0, kPeople);  // every person has a key
  }
  // As the store has it, sealed.
  store::Row entry(std::int64_t seq) {
    store::Row row;
    const Cell key[] = {seq};
    must(store->begin_read().value()->get(audit_entry::kTable, key, row).value());
    return row;
  }
  void append(std::uint64_t first, std::size_t count) {
    auto tx = std::move(vault->begin_write().value());
    AuditHead head = load_head(*tx).value();
    for (std::uint64_t n = first; n < first + count; ++n) {
      head.at = {1'795'000'000'000'000 + head.next()};
      head.policy = 1;
      must(append_entry(*tx, head, content_of(n), RecordClass::audit).has_value());
    }
    must(store_head(*tx, head).has_value());
    must(tx->commit().has_value());
  }
};

void raw_inserts(benchmark::State& state, std::size_t batch, Durability durability) {
  const store::Row like = Ledger(Durability::normal).entry(0);
  std::vector<std::string> doctors, mrs;  // as the index has them: by tokens
  for (std::size_t n = 0; n < kPeople; ++n) {
    doctors.emplace_back(text_of(token_of({1, 2, 3}, "dr-" + std::to_string(n))));
    mrs.emplace_back(text_of(token_of({1, 2, 3}, "mr-" + std::to_string(n))));
  }
  const TempDir dir;
  RawSqlite raw(dir.file("raw.db"), durability, kSchema);
  sqlite3_stmt* entry = raw.prepare(store::insert_sql(audit_entry::kTable));
  sqlite3_stmt* index = raw.prepare(store::insert_sql(audit_index::kTable));
  std::int64_t n = 0;
  for (auto _ : state) {
    raw.begin();
    for (std::size_t i = 0; i < batch; ++i, ++n) {
      const std::size_t who = static_cast<std::size_t>(n) % kPeople;
      const std::string visit = "visit-01J9Z8Y7X6W5V4T3-" + std::to_string(n / 4);
      const Cell cells[] = {n,
                            1'795'000'000'000'000 + n,
                            std::int64_t{3},
                            std::int64_t{1},
                            like[audit_entry::salt],
                            like[audit_entry::header],
                            like[audit_entry::body],
                            like[audit_entry::leaf_hash],
                            like[audit_entry::sealed_for],
                            like[audit_entry::content]};
      RawSqlite::once(entry, cells);
      for (const auto& [kind, id] :
           {std::pair{audit_index::subject, std::string_view(doctors[who])}, {audit_index::subject, mrs[who]},
            {audit_index::visit, visit}, {audit_index::record_class, "audit"}}) {
        const Cell row[] = {std::int64_t{kind}, id, n};
        RawSqlite::once(index, row);
      }
    }
    raw.commit();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}

void audit_appends(benchmark::State& state, std::size_t batch, Durability durability) {
  Ledger ledger(durability);
  std::uint64_t n = kPeople;
  for (auto _ : state) {
    ledger.append(n, batch);
    n += batch;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}

// Everything from the store: opened, recomputed, held against index, tiles and head.
void verify_a_log(benchmark::State& state) {
  Ledger ledger(Durability::normal);
  ledger.append(kPeople, 50'000);
  auto tx = std::move(ledger.vault->begin_read().value());
  const AuditChecks checks{.entry = [](Number, const AuditContent&) { return Result<bool>(true); },
                           .removal = [](const Removal&) { return Result<bool>(true); },
                           .destroyed = {},
                           .threads = static_cast<std::size_t>(state.range(0))};
  for (auto _ : state) must(verify_log(*tx, checks).value().valid());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(50'000 + kPeople));
}

// What audit.export asks of the log: a thousand entries with their proofs.
void prove_a_thousand(benchmark::State& state) {
  Ledger ledger(Durability::normal);
  ledger.append(kPeople, 50'000);
  auto tx = std::move(ledger.vault->begin_read().value());
  for (auto _ : state) {
    EntryProver prover = EntryProver::begin(*tx).value();
    StoredEntry stored;
    for (Number seq = 20'000; seq < 21'000; ++seq) must(prover.prove(seq, 50'000, &stored).has_value());
  }
  state.SetItemsProcessed(state.iterations() * 1'000);
}

#define CONNEX_PAIR(name, ...)                                      \
  BENCHMARK_CAPTURE(raw_inserts, name, __VA_ARGS__)->UseRealTime(); \
  BENCHMARK_CAPTURE(audit_appends, name, __VA_ARGS__)->UseRealTime()
CONNEX_PAIR(1000_per_transaction, kBatch, Durability::normal)->Iterations(60);
CONNEX_PAIR(each_durable, 1, Durability::full)->Iterations(1'000);
BENCHMARK(verify_a_log)->Arg(1)->Arg(2)->Arg(4)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();
BENCHMARK(prove_a_thousand)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace connex::services
