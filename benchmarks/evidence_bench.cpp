#include <benchmark/benchmark.h>

#include "evidence/leaf.hpp"
#include "evidence/merkle.hpp"

namespace connex::evidence {
namespace {

void tree_append(benchmark::State& state) {
  Frontier frontier;
  Leaf leaf;
  for (auto _ : state) {
    leaf.index = frontier.size();
    frontier.append(leaf_hash(encode(leaf)));
  }
  benchmark::DoNotOptimize(frontier.root());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tree_append);

void hash_of_a_leaf(benchmark::State& state) {
  const LeafBytes bytes = encode(Leaf{});
  for (auto _ : state) benchmark::DoNotOptimize(leaf_hash(bytes));
}
BENCHMARK(hash_of_a_leaf);

void hash_of_a_node(benchmark::State& state) {
  Hash hash{};
  for (auto _ : state) benchmark::DoNotOptimize(hash = node_hash(hash, hash));
}
BENCHMARK(hash_of_a_node);

}  // namespace
}  // namespace connex::evidence
