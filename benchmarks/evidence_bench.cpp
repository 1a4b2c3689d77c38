// What an audit entry costs in CPU: the tree alone, the whole append, and the verification.
#include <benchmark/benchmark.h>

#include <functional>
#include <string_view>
#include <vector>

#include "evidence/canonical.hpp"
#include "evidence/ed25519.hpp"
#include "evidence/leaf.hpp"
#include "evidence/merkle.hpp"
#include "evidence/random.hpp"
#include "evidence/seal.hpp"

namespace connex::evidence {
namespace {

SealingKey sealing_key() {
  const Bytes key(32, 7);
  return SealingKey({}, ByteView(key).first<32>());
}

// Content of 256 bytes, as an entry has it.
void encode_content(Bytes& out, std::uint64_t index) {
  static const Bytes kDigest(32, 3);
  static const std::vector<Fact> kFacts(12, Fact::yes);
  constexpr std::string_view kLongText =
      "visit 01J9Z8Y7X6W5V4T3S2R1Q0P9N8 at the partner's place of business, second floor, by arrangement of "
      "both "
      "sides, with the recording left on";
  out.clear();
  CanonicalWriter(out, 1)
      .u64(index)
      .text("user:01J9Z8Y7X6W5V4T3S2R1Q0")
      .text("user:01J9Z8Y7X6W5V4T3S2R1Q1")
      .text("recording.decide")
      .text(kLongText)
      .facts(kFacts)
      .u64(2)
      .bytes(kDigest);
  out.resize(256);
}

void tree_append(benchmark::State& state) {
  Frontier frontier;
  Leaf leaf;
  for (auto _ : state) {
    leaf.index = frontier.size();
    frontier.append(leaf_hash(encode(leaf)));
  }
  benchmark::DoNotOptimize(frontier.root());
}
BENCHMARK(tree_append);

void encode_256_bytes(benchmark::State& state) {
  Bytes content;
  for (auto _ : state) {
    encode_content(content, 70'000);
    benchmark::DoNotOptimize(content.data());
  }
}
BENCHMARK(encode_256_bytes);

void seal_256_bytes(benchmark::State& state) {
  SealingKey key = sealing_key();
  RandomPool pool;
  const Bytes content(256, 1), row(8, 2);
  Bytes body;
  for (auto _ : state) {
    body.clear();
    benchmark::DoNotOptimize(key.seal({"connex", "audit", row, "content", 1}, content, std::ref(pool), body));
  }
}
BENCHMARK(seal_256_bytes);

void open_256_bytes(benchmark::State& state) {
  SealingKey key = sealing_key();
  RandomPool pool;
  const Bytes content(256, 1), row(8, 2);
  Bytes body;
  (void)key.seal({"connex", "audit", row, "content", 1}, content, std::ref(pool), body);
  for (auto _ : state) benchmark::DoNotOptimize(key.open({"connex", "audit", row, "content", 1}, body));
}
BENCHMARK(open_256_bytes);

// Encode, seal, commit and chain one entry of 256 bytes: everything but the database.
void append_entry(benchmark::State& state) {
  SealingKey key = sealing_key();
  RandomPool pool;
  const RandomSource random = std::ref(pool);
  Frontier frontier;
  Bytes content, body;
  for (auto _ : state) {
    Leaf leaf;
    leaf.index = frontier.size();
    std::array<std::uint8_t, 8> row;
    store_be(row.data(), leaf.index);
    encode_content(content, leaf.index);
    body.clear();
    benchmark::DoNotOptimize(key.seal({"connex", "audit", row, "content", 1}, content, random, body));
    Salt salt;
    random(salt);
    leaf.commit = commit(salt, row, body);
    frontier.append(leaf_hash(encode(leaf)));
  }
  benchmark::DoNotOptimize(frontier.root());
}
BENCHMARK(append_entry);

// Full verification of an entry: body against its commitment, leaf into the tree. Items are entries.
void verify_entry(benchmark::State& state) {
  const Bytes body(256 + kSealOverhead, 1);
  const std::array<std::uint8_t, 8> row{};
  const Salt salt{};
  Leaf leaf;
  leaf.commit = commit(salt, row, body);
  Frontier frontier;
  for (auto _ : state) {
    leaf.index = frontier.size();
    const auto stored = decode_leaf(encode(leaf));
    if (!stored || commit(salt, row, body) != stored->commit)
      state.SkipWithError("the entry does not verify");
    frontier.append(leaf_hash(encode(*stored)));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(verify_entry);

// The tree of stored leaf hashes, rebuilt. Items are leaves.
void verify_tree_only(benchmark::State& state) {
  const std::vector<Hash> leaves(1 << 14, leaf_hash({}));
  for (auto _ : state) {
    Frontier frontier;
    for (const Hash& leaf : leaves) frontier.append(leaf);
    benchmark::DoNotOptimize(frontier.root());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(leaves.size()));
}
BENCHMARK(verify_tree_only);

void verify_inclusion_of_a_million(benchmark::State& state) {
  const std::vector<Hash> proof(20, leaf_hash({}));
  for (auto _ : state)
    benchmark::DoNotOptimize(verify_inclusion(123'456, 1 << 20, proof[0], proof, proof[0]));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(verify_inclusion_of_a_million);

void sign_checkpoint_text(benchmark::State& state) {
  const Bytes seed(32, 1), text(120, 'x');
  const SigningKey key(ByteView(seed).first<32>());
  for (auto _ : state) benchmark::DoNotOptimize(key.sign(text));
}
BENCHMARK(sign_checkpoint_text);

}  // namespace
}  // namespace connex::evidence
