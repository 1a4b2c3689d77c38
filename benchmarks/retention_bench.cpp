#include "connex/retention.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "policy/pack.hpp"

namespace connex {
namespace {

const PolicyPack& pack() {
  static const std::shared_ptr<const PolicyPack> pack = policy::default_pack();
  return *pack;
}

const RetentionTable& table() {
  static const RetentionTable table(pack());
  return table;
}

constexpr Instant kNow{1'795'000'000 * kMicrosPerSecond};  // November 2026

// Records of up to ten years ago, the same in every run; one in sixteen with an accepted erasure.
std::vector<RetentionFacts> records(std::size_t count, std::optional<RecordClass> only = std::nullopt) {
  std::mt19937_64 random(20261123);
  std::vector<RetentionFacts> facts(count);
  for (RetentionFacts& record : facts) {
    record.record_class = only ? *only : static_cast<RecordClass>(random() % kCountOf<RecordClass>);
    record.collected_at = {kNow.micros - static_cast<std::int64_t>(random() % 3650) * kMicrosPerDay};
    record.trigger_at = record.collected_at;
    if (random() % 16 == 0) record.erasure_accepted_at = kNow;
  }
  return facts;
}

void evaluate_all(benchmark::State& state, const std::vector<RetentionFacts>& facts) {
  std::vector<RetentionDecision> decisions(facts.size());
  for (auto _ : state) {
    table().evaluate(facts, decisions, kNow);
    benchmark::DoNotOptimize(decisions.data());
    benchmark::ClobberMemory();
  }
  const auto count = static_cast<double>(facts.size());
  state.counters["record"] =
      benchmark::Counter(count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// A batch as a sweep reads it, and a store's worth in memory.
void batch(benchmark::State& state) {
  evaluate_all(state, records(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(batch)->Arg(1'000)->Arg(1'000'000);

void batch_of_class(benchmark::State& state) {
  const auto of = static_cast<RecordClass>(state.range(0));
  state.SetLabel(std::string(name(of)));
  evaluate_all(state, records(1'000, of));
}
BENCHMARK(batch_of_class)->DenseRange(0, static_cast<int>(kCountOf<RecordClass>) - 1);

void one_with_holds(benchmark::State& state) {
  const std::vector<HoldFacts> holds(
      static_cast<std::size_t>(state.range(0)),
      HoldFacts{.basis = HoldBasis::court_order, .placed_at = {}, .released_at = {}, .expected_end = {}});
  RetentionFacts facts = records(1, RecordClass::recording).front();
  facts.holds = holds;
  for (auto _ : state) {
    benchmark::DoNotOptimize(facts);
    benchmark::DoNotOptimize(table().evaluate(facts, kNow));
  }
}
BENCHMARK(one_with_holds)->Arg(0)->Arg(1)->Arg(16);

void make_a_table(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(RetentionTable(pack()));
}
BENCHMARK(make_a_table);

}  // namespace
}  // namespace connex
