// What a draft of the policy would change, on SQLite: a shorter period for ten thousand records and up to a million, page
// by page as `connex policy impact` asks. Counts what moves, and how much memory it took beyond that of the filled store.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <stdexcept>
#include <string>

#include "connex/engine.hpp"
#include "connex/stores.hpp"
#include "policy/pack.hpp"
#include "services/schema.hpp"
#include "support/temp_dir.hpp"

namespace connex {
namespace {

using boost::json::object;
using boost::json::value;
using store::Cell;

constexpr std::int64_t kPage = 10'000;
const Instant kLately = *parse_instant("2026-06-01T10:00:00+05:30");
const Instant kEnd = *parse_instant("2028-06-01T00:00:00+05:30");

void must(bool well) {
  if (!well) throw std::runtime_error("the benchmark failed");
}

std::int64_t peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

struct Setting {
  testing::TempDir directory;
  std::unique_ptr<Engine> engine;
  std::int64_t count;

  explicit Setting(std::int64_t records) : count(records) {
    store::SqliteOptions options;
    options.path = directory.file("connex.db");
    options.durability = store::Durability::normal;
    EngineOptions engine_options;
    engine_options.store = store::open_sqlite_store(options).value();
    engine_options.caller_clock = true;
    engine = Engine::open(std::move(engine_options)).value();
    ask("organisation.put", {{"id", "acme"}, {"kind", "pharma_company"}, {"name", "Acme"}});
    ask("principal.register", {{"id", "mr"},
                               {"role", "medical_representative"},
                               {"organisation", "acme"},
                               {"name", "R"},
                               {"adult_attested", true}});
    const auto beside = store::open_sqlite_store(options).value();
    must(static_cast<bool>(beside->prepare(services::kSchema)));
    for (std::int64_t n = 0; n < count;) {
      auto tx = std::move(beside->begin_write().value());
      for (const std::int64_t end = std::min(n + kPage, count); n < end; ++n) insert(*tx, n);
      must(static_cast<bool>(tx->commit()));
    }
  }
  static void insert(store::WriteTransaction& tx, std::int64_t n) {
    const std::string id = "r-" + std::to_string(1'000'000'000 + n);
    const std::int64_t at = kLately.micros + n;
    const Cell cells[] = {std::string_view(id), "communication", at, at, at, at, Cell(), Cell(), Cell(), Cell(),
                          Cell(), "active", kEnd.micros, Cell(), Cell(), Cell()};
    must(static_cast<bool>(tx.insert(services::retained::kTable, cells)));
    const Cell about[] = {std::string_view(id), "mr", Cell(), Cell()};
    must(static_cast<bool>(tx.insert(services::record_subject::kTable, about)));
  }
  object ask(std::string_view command, object args) {
    const object request{
        {"command", command}, {"actor", "system"}, {"at", "2026-11-23T10:00:00+05:30"}, {"args", std::move(args)}};
    value answer = boost::json::parse(engine->execute(boost::json::serialize(request)));
    must(answer.at("ok").as_bool() && answer.at("decision").at("permitted").as_bool());
    return std::move(answer.at("result").as_object());
  }
};

// One store at a time: filling a large one takes longest.
Setting& setting_of(std::int64_t count) {
  static std::unique_ptr<Setting> kept;
  if (!kept || kept->count != count) kept.reset();
  if (!kept) kept = std::make_unique<Setting>(count);
  return *kept;
}

value shorter() {
  value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "shorter";
  for (value& rule : pack.at("retention").as_array())
    if (rule.at("class").as_string() == "communication") rule.at("period").at("count") = 1;
  return pack;
}

void impact(benchmark::State& state, std::int64_t count, bool counting) {
  Setting& setting = setting_of(count);
  const value draft = shorter();
  const std::int64_t before = peak_kilobytes();
  for (auto _ : state) {
    object args{{"pack", draft}, {"limit", kPage}};
    if (counting) args["count"] = true;
    std::int64_t examined = 0;
    std::int64_t moved = 0;
    for (;;) {
      const object page = setting.ask("policy.impact", args);
      examined += page.at("records").at("examined").as_int64();
      moved += page.at("records").at("moved_earlier").as_int64();
      if (!page.contains("next")) break;
      args["after"] = page.at("next");
    }
    must(examined == count + 1 && moved == (counting ? 0 : count));  // and the account of `mr`
  }
  state.SetItemsProcessed(state.iterations() * count);
  state.counters["more_kB"] = static_cast<double>(peak_kilobytes() - before);
}

BENCHMARK_CAPTURE(impact, records_10k, 10'000, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(impact, records_100k, 100'000, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(impact, records_1M, 1'000'000, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(impact, counting_1M, 1'000'000, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace connex
