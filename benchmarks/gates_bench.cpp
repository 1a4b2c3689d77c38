// A gate's decision in process, with the list of unmet conditions made: through C++, through the shared C
// library, and, as a yardstick, by a plain function that a careful programmer would write for one rule.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "connex/connex.h"
#include "connex/gates.hpp"

namespace connex {
namespace {

constexpr std::size_t kInputs = 256;

// The n-th assignment of a fixed sequence: one in four permits, the others have a few conditions unmet.
template <std::size_t kFacts>
std::array<std::array<std::uint8_t, kFacts>, kInputs> make_inputs() {
  std::array<std::array<std::uint8_t, kFacts>, kInputs> inputs;
  std::uint64_t word = 1;
  for (std::size_t n = 0; n < kInputs; ++n) {
    for (std::uint8_t& fact : inputs[n]) {
      word = word * 6364136223846793005U + 1442695040888963407U;
      const std::uint64_t roll = word >> 60;
      fact = n % 4 == 0 || roll > 4 ? CONNEX_YES : roll > 1 ? CONNEX_NO : CONNEX_UNKNOWN;
    }
  }
  return inputs;
}

struct Unmet {
  const Condition* condition;
  bool unknown;
};

template <const Gate& G>
void through_cpp(benchmark::State& state) {
  constexpr std::size_t kFacts = G.conditions.size();
  const auto inputs = make_inputs<kFacts>();
  std::size_t n = 0;
  for (auto _ : state) {
    const auto& input = inputs[n++ % kInputs];
    Facts facts;
    for (std::size_t i = 0; i < kFacts; ++i) facts.set(i, static_cast<Fact>(input[i]));
    const Decision decision = evaluate(G, facts);
    std::array<Unmet, kMaxConditions> unmet;
    std::size_t count = 0;
    for_each_unmet(decision, [&](const Condition& condition, bool unknown) {
      unmet[count++] = {&condition, unknown};
    });
    benchmark::DoNotOptimize(unmet.data());
    benchmark::DoNotOptimize(count);
    benchmark::ClobberMemory();
  }
}

template <class CFacts, connex_decision (*kFunction)(const CFacts*)>
void through_c(benchmark::State& state) {
  const auto inputs = make_inputs<sizeof(CFacts)>();
  std::size_t n = 0;
  for (auto _ : state) {
    CFacts facts;
    std::memcpy(&facts, inputs[n++ % kInputs].data(), sizeof facts);
    const connex_decision decision = kFunction(&facts);
    std::array<connex_reason, kMaxConditions> unmet;
    const std::uint32_t count = connex_decision_reason_count(&decision);
    for (std::uint32_t i = 0; i < count; ++i) unmet[i] = connex_decision_reason(&decision, i);
    benchmark::DoNotOptimize(unmet.data());
    benchmark::ClobberMemory();
  }
}

template <class CFacts, connex_decision (*kFunction)(const CFacts*)>
void decision_through_c(benchmark::State& state) {
  const auto inputs = make_inputs<sizeof(CFacts)>();
  std::size_t n = 0;
  for (auto _ : state) {
    CFacts facts;
    std::memcpy(&facts, inputs[n++ % kInputs].data(), sizeof facts);
    benchmark::DoNotOptimize(kFunction(&facts));
  }
}

// The rule `recording.start` by hand.
struct Reason {
  std::string_view code, clause;
};
std::size_t plain_recording_start(const std::uint8_t* facts, Reason* out) {
  std::size_t n = 0;
  if (facts[0] != CONNEX_YES) out[n++] = {"doctor_recording_disabled", "C6.3-a"};
  if (facts[1] != CONNEX_YES) out[n++] = {"company_not_entitled", "C6.3-b"};
  if (facts[2] != CONNEX_YES) out[n++] = {"company_recording_disabled", "C6.3-b"};
  if (facts[3] != CONNEX_YES) out[n++] = {"representative_company_changed", "C6.3-b"};
  if (facts[4] != CONNEX_YES) out[n++] = {"visit_not_started", "C6.2-b"};
  if (facts[5] != CONNEX_YES) out[n++] = {"recording_consent_missing", "C6.3-c"};
  if (facts[6] != CONNEX_YES) out[n++] = {"recording_consent_void", "C6.3-c"};
  if (facts[7] != CONNEX_YES) out[n++] = {"screen_mismatch", "C6.3-d"};
  return n;
}

void plain_function(benchmark::State& state) {
  const auto inputs = make_inputs<8>();
  std::size_t n = 0;
  for (auto _ : state) {
    std::array<Reason, kMaxConditions> unmet;
    benchmark::DoNotOptimize(plain_recording_start(inputs[n++ % kInputs].data(), unmet.data()));
    benchmark::DoNotOptimize(unmet.data());
    benchmark::ClobberMemory();
  }
}

#define CONNEX_GATE_BENCHMARKS(gate, name)                                               \
  BENCHMARK_TEMPLATE(through_cpp, gate)->Name("cpp/" #name);                             \
  BENCHMARK_TEMPLATE(through_c, connex_##name##_facts, connex_##name)->Name("c/" #name); \
  BENCHMARK_TEMPLATE(decision_through_c, connex_##name##_facts, connex_##name)->Name("c_bits/" #name)

BENCHMARK(plain_function)->Name("plain/recording_start");
CONNEX_GATE_BENCHMARKS(kRecordingStart, recording_start);
CONNEX_GATE_BENCHMARKS(kVisitBook, visit_book);
CONNEX_GATE_BENCHMARKS(kVisitJoin, visit_join);
CONNEX_GATE_BENCHMARKS(kVisitStart, visit_start);
CONNEX_GATE_BENCHMARKS(kRecordingEligible, recording_eligible);
CONNEX_GATE_BENCHMARKS(kRecordingAccess, recording_access);
CONNEX_GATE_BENCHMARKS(kMediaEngage, media_engage);
CONNEX_GATE_BENCHMARKS(kAiExtract, ai_extract);
CONNEX_GATE_BENCHMARKS(kProcessorEngage, processor_engage);

}  // namespace
}  // namespace connex
