// One decision on what may be sent to a processor: each request of a fixed sequence over every processor of
// the default pack, half of which are permitted, with a field that is stripped.
#include <benchmark/benchmark.h>

#include <array>
#include <string_view>
#include <vector>

#include "connex/egress.hpp"
#include "policy/pack.hpp"

namespace connex {
namespace {

struct Question {
  EgressRequest request;
  std::vector<std::string_view> fields;
};

std::vector<Question> questions(const PolicyPack& pack) {
  std::vector<Question> all;
  for (const bool granted : {true, false}) {
    for (const Processor& processor : pack.processors) {
      Question q;
      for (const ProcessorField& field : processor.fields) q.fields.push_back(field.name);
      q.fields.push_back("card_number");
      q.request.processor = processor.id;
      for (std::size_t i = 0; i < kCountOf<Purpose>; ++i)
        if (processor.purposes.contains(static_cast<Purpose>(i))) q.request.purpose = Names<Purpose>::list[i];
      q.request.country = processor.countries.empty() ? std::string_view("US") : processor.countries.front();
      q.request.engaged = Fact::yes;
      q.request.agreement = fact(granted);
      for (std::size_t g = 0; g < kCountOf<Guard>; ++g)
        q.request.guards.set(static_cast<Guard>(g), Fact::yes);
      all.push_back(std::move(q));
    }
  }
  for (Question& q : all) q.request.fields = q.fields;
  return all;
}

void decide(benchmark::State& state, std::size_t listed_countries) {
  PolicyPack pack = *policy::default_pack();
  for (std::size_t i = 0; i < listed_countries; ++i) {
    const char code[] = {static_cast<char>('A' + i / 26), static_cast<char>('A' + i % 26), '\0'};
    pack.countries.deny.push_back({code, Day{30'000}, std::nullopt, "list"});
  }
  const EgressTable table(pack);
  const std::vector<Question> all = questions(pack);
  std::size_t n = 0;
  for (auto _ : state) benchmark::DoNotOptimize(table.decide(all[n++ % all.size()].request, Day{20'780}));
}

BENCHMARK_CAPTURE(decide, default_pack, 0)->Name("egress/decide");
BENCHMARK_CAPTURE(decide, lists, 250)->Name("egress/decide_with_250_countries_listed");

}  // namespace
}  // namespace connex
