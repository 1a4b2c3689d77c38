#include "evidence/merkle.hpp"

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
namespace {

using Hashes = std::vector<Hash>;
using View = std::span<const Hash>;

// The definitions of RFC 9162 2.1, written as they stand there; only that a root once worked out is
// remembered.
class Reference {
 public:
  explicit Reference(View leaves) : leaves_(leaves) {}

  Hash root(std::size_t size) { return root(0, size); }
  Hashes path(std::size_t m, std::size_t size) { return path(m, 0, size); }
  Hashes subproof(std::size_t m, std::size_t size) { return subproof(m, 0, size, true); }

 private:
  static std::size_t split(std::size_t n) {
    std::size_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
  }

  Hash root(std::size_t begin, std::size_t n) {
    if (n == 0) return sha256({});
    if (n == 1) return leaves_[begin];
    const auto [at, unknown] = known_.try_emplace({begin, n});
    if (!unknown) return at->second;
    const std::size_t k = split(n);
    Bytes input{1};
    append(input, root(begin, k));
    append(input, root(begin + k, n - k));
    return at->second = sha256(input);
  }

  Hashes path(std::size_t m, std::size_t begin, std::size_t n) {
    if (n == 1) return {};
    const std::size_t k = split(n);
    Hashes proof = m < k ? path(m, begin, k) : path(m - k, begin + k, n - k);
    proof.push_back(m < k ? root(begin + k, n - k) : root(begin, k));
    return proof;
  }

  Hashes subproof(std::size_t m, std::size_t begin, std::size_t n, bool whole) {
    if (m == n) return whole ? Hashes{} : Hashes{root(begin, n)};
    const std::size_t k = split(n);
    Hashes proof = m <= k ? subproof(m, begin, k, whole) : subproof(m - k, begin + k, n - k, false);
    proof.push_back(m <= k ? root(begin + k, n - k) : root(begin, k));
    return proof;
  }

  View leaves_;
  std::map<std::pair<std::size_t, std::size_t>, Hash> known_;
};

Hash leaf(std::uint64_t index) {
  std::array<std::uint8_t, 8> bytes;
  store_be(bytes.data(), index);
  return leaf_hash(bytes);
}

// A tree whose tiles are kept as the frontier hands them out, and read back under the promises of HashSource.
struct Stored {
  Frontier frontier;
  std::map<int, Hashes> rows;

  void append(const Hash& hash) {
    frontier.append(hash, [&](NodeId node, const Hash& value) {
      REQUIRE(node.level % kTileHeight == 0);
      REQUIRE(node.index == rows[node.level].size());
      rows[node.level].push_back(value);
    });
  }

  HashSource source(std::uint64_t size) const {
    return [this, size](NodeId first, std::span<Hash> out) -> Result<void> {
      REQUIRE(first.level % kTileHeight == 0);
      REQUIRE(first.index / kTileWidth == (first.index + out.size() - 1) / kTileWidth);
      REQUIRE(first.index + out.size() <= size >> first.level);
      const Hashes& row = rows.at(first.level);
      std::copy_n(row.begin() + static_cast<std::ptrdiff_t>(first.index), out.size(), out.begin());
      return {};
    };
  }
};

constexpr std::size_t kSizes = 300;

const Stored& stored() {
  static const Stored kTree = [] {
    Stored tree;
    for (std::uint64_t i = 0; i < kSizes; ++i) tree.append(leaf(i));
    return tree;
  }();
  return kTree;
}

Hash flipped(Hash hash, std::size_t bit) {
  hash[bit / 8] = static_cast<std::uint8_t>(hash[bit / 8] ^ 1 << bit % 8);
  return hash;
}

// A hash of a vector: some are texts of another length, which only stand for themselves.
std::optional<Hash> hash_of(const boost::json::value& text) {
  const Bytes bytes = vectors::base64(text);
  if (bytes.empty() || bytes.size() > sizeof(Hash)) return std::nullopt;
  Hash hash{};
  std::ranges::copy(bytes, hash.begin());
  return hash;
}

std::optional<Hashes> proof_of(const boost::json::value& list) {
  Hashes proof;
  if (list.is_null()) return proof;
  for (const auto& item : list.as_array()) {
    const auto hash = hash_of(item);
    if (!hash) return std::nullopt;
    proof.push_back(*hash);
  }
  return proof;
}

}  // namespace

TEST_CASE("merkle: known hashes") {
  CHECK(empty_root() == sha256({}));
  CHECK(to_hex(leaf_hash({})) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  for (const std::size_t size : {0, 1, 55, 255, 256, 257, 1000}) {
    const Bytes data(size, 5);
    Bytes input{0};
    append(input, data);
    CHECK(leaf_hash(data) == sha256(input));
  }
}

TEST_CASE("merkle: roots of all sizes equal the definition") {
  Reference reference(stored().rows.at(0));
  Frontier frontier;
  for (std::uint64_t size = 0; size <= kSizes; ++size) {
    CHECK(frontier.size() == size);
    CHECK(frontier.root() == reference.root(size));
    StoredNodes nodes(stored().source(size));
    CHECK(*stored_root(size, nodes) == frontier.root());
    frontier.append(leaf(size));
  }
}

TEST_CASE("merkle: all inclusion proofs of all sizes equal the definition and verify") {
  const View leaves = stored().rows.at(0);
  Reference reference(leaves);
  for (std::size_t size = 1; size <= kSizes; ++size) {
    const Hash root = reference.root(size);
    StoredNodes nodes(stored().source(size));
    for (std::size_t index = 0; index < size; ++index) {
      const auto proof = prove_inclusion(index, size, nodes);
      REQUIRE(proof);
      REQUIRE(*proof == reference.path(index, size));
      REQUIRE(verify_inclusion(index, size, leaves[index], *proof, root));
    }
  }
}

TEST_CASE("merkle: all consistency proofs of all sizes equal the definition and verify") {
  const View leaves = stored().rows.at(0);
  Reference reference(leaves);
  Hashes roots;
  for (std::size_t size = 0; size <= kSizes; ++size) roots.push_back(reference.root(size));
  for (std::size_t size2 = 1; size2 <= kSizes; ++size2) {
    StoredNodes nodes(stored().source(size2));
    for (std::size_t size1 = 1; size1 <= size2; ++size1) {
      const auto proof = prove_consistency(size1, size2, nodes);
      REQUIRE(proof);
      REQUIRE(*proof == reference.subproof(size1, size2));
      REQUIRE(verify_consistency(size1, size2, roots[size1], roots[size2], *proof));
    }
  }
}

TEST_CASE("merkle: a proof serves for nothing but what it proves") {
  const View leaves = stored().rows.at(0);
  Reference reference(leaves);
  constexpr std::size_t kSmall = 20;
  for (std::size_t size = 1; size <= kSmall; ++size) {
    const Hash root = reference.root(size);
    for (std::size_t index = 0; index < size; ++index) {
      StoredNodes nodes(stored().source(size));
      const Hashes proof = *prove_inclusion(index, size, nodes);
      for (std::size_t i = 0; i < size + 3; ++i) {
        if (i != index) CHECK_FALSE(verify_inclusion(i, size, leaves[index], proof, root));
      }
      for (std::size_t bit = 0; bit < 256; bit += 17) {
        CHECK_FALSE(verify_inclusion(index, size, flipped(leaves[index], bit), proof, root));
        CHECK_FALSE(verify_inclusion(index, size, leaves[index], proof, flipped(root, bit)));
        for (auto& hash : Hashes(proof)) {
          Hashes other = proof;
          std::ranges::replace(other, hash, flipped(hash, bit));
          CHECK_FALSE(verify_inclusion(index, size, leaves[index], other, root));
        }
      }
      Hashes longer = proof;
      longer.push_back(root);
      CHECK_FALSE(verify_inclusion(index, size, leaves[index], longer, root));
      if (!proof.empty())
        CHECK_FALSE(verify_inclusion(index, size, leaves[index], View(proof).first(proof.size() - 1), root));
    }
    for (std::size_t older = 1; older < size; ++older) {
      const Hash old_root = reference.root(older);
      StoredNodes nodes(stored().source(size));
      const Hashes proof = *prove_consistency(older, size, nodes);
      for (std::size_t bit = 0; bit < 256; bit += 17) {
        CHECK_FALSE(verify_consistency(older, size, flipped(old_root, bit), root, proof));
        CHECK_FALSE(verify_consistency(older, size, old_root, flipped(root, bit), proof));
        for (std::size_t i = 0; i < proof.size(); ++i) {
          Hashes other = proof;
          other[i] = flipped(other[i], bit);
          CHECK_FALSE(verify_consistency(older, size, old_root, root, other));
        }
      }
      for (std::size_t other = 0; other <= size; ++other) {
        if (other != older) CHECK_FALSE(verify_consistency(other, size, old_root, root, proof));
      }
      Hashes longer = proof;
      longer.push_back(root);
      CHECK_FALSE(verify_consistency(older, size, old_root, root, longer));
      CHECK_FALSE(verify_consistency(older, size, old_root, root, View(proof).first(proof.size() - 1)));
    }
  }
}

TEST_CASE("merkle: verifiers are total") {
  const Hashes proof(200);
  const std::uint64_t largest = ~std::uint64_t{0};
  for (const std::uint64_t a : {std::uint64_t{0}, std::uint64_t{1}, largest / 2, largest - 1, largest}) {
    for (const std::uint64_t b : {std::uint64_t{0}, std::uint64_t{1}, largest / 2, largest - 1, largest}) {
      for (std::size_t length = 0; length <= proof.size(); ++length) {
        CHECK_FALSE(verify_inclusion(a, b, empty_root(), View(proof).first(length), proof[0]));
        if (a != b || length != 0)
          CHECK_FALSE(verify_consistency(a, b, proof[0], proof[0], View(proof).first(length)));
      }
    }
  }
}

TEST_CASE("merkle: provers refuse what has no proof and pass on the source's error") {
  StoredNodes nodes(stored().source(kSizes));
  CHECK_FALSE(prove_inclusion(0, 0, nodes));
  CHECK_FALSE(prove_inclusion(5, 5, nodes));
  CHECK_FALSE(prove_inclusion(0, kMaxTreeSize + 1, nodes));
  CHECK_FALSE(prove_consistency(0, 5, nodes));
  CHECK_FALSE(prove_consistency(6, 5, nodes));
  CHECK_FALSE(prove_consistency(6, kMaxTreeSize + 1, nodes));
  CHECK(prove_consistency(5, 5, nodes)->empty());
  CHECK(prove_consistency(0, 0, nodes)->empty());
  StoredNodes broken([](NodeId, std::span<Hash>) -> Result<void> {
    return Error{ErrorCode::storage, "gone", {}};
  });
  CHECK(prove_inclusion(1, 5, broken).error().code == ErrorCode::storage);
  CHECK(prove_consistency(3, 5, broken).error().code == ErrorCode::storage);
}

TEST_CASE("merkle: higher tiles carry proofs in a tree of 70000 leaves") {
  Stored tree;
  Hashes leaves;
  constexpr std::uint64_t kSize = 70'000;
  Hash old_root{};
  for (std::uint64_t i = 0; i < kSize; ++i) {
    leaves.push_back(leaf(i));
    tree.append(leaves.back());
    if (i + 1 == 66'001) old_root = tree.frontier.root();
  }
  const Hash root = tree.frontier.root();
  Reference reference(leaves);
  CHECK(root == reference.root(kSize));
  StoredNodes nodes(tree.source(kSize));
  CHECK(*stored_root(kSize, nodes) == root);
  REQUIRE(tree.rows.at(16).size() == 1);
  CHECK(tree.rows.at(16)[0] == reference.root(65'536));
  for (const std::uint64_t index : {0u, 255u, 256u, 65'535u, 65'536u, 69'999u}) {
    const Hashes proof = *prove_inclusion(index, kSize, nodes);
    CHECK(proof == reference.path(index, kSize));
    CHECK(verify_inclusion(index, kSize, leaves[index], proof, root));
  }
  const Hashes proof = *prove_consistency(66'001, kSize, nodes);
  CHECK(verify_consistency(66'001, kSize, old_root, root, proof));
}

TEST_CASE("merkle: a frontier is read back as it was written, and nothing else is read") {
  Frontier frontier;
  for (std::uint64_t size = 0; size <= kSizes; ++size) {
    const Bytes bytes = frontier.serialise();
    const auto read = Frontier::parse(bytes);
    REQUIRE(read);
    CHECK(*read == frontier);
    CHECK(read->root() == frontier.root());
    CHECK(read->serialise() == bytes);
    CHECK_FALSE(Frontier::parse(ByteView(bytes).first(bytes.size() - 1)));
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(Frontier::parse(longer));
    frontier.append(leaf(size));
  }
  CHECK_FALSE(Frontier::parse({}));
  Bytes full(8 + 32 * 63);
  store_be(full.data(), (std::uint64_t{1} << 63) - 1);
  CHECK_FALSE(Frontier::parse(full));
  Bytes largest(8 + 32);
  store_be(largest.data(), kMaxTreeSize);
  auto last = Frontier::parse(largest);
  REQUIRE(last);
  CHECK_THROWS(last->append(leaf(0)));
}

TEST_CASE("merkle: where a node lies among the tiles") {
  CHECK(tile_range({0, 0}) == TileRange{{0, 0}, 0, 1});
  CHECK(tile_range({0, 1000}) == TileRange{{0, 3}, 232, 1});
  CHECK(tile_range({3, 100}) == TileRange{{0, 3}, 32, 8});
  CHECK(tile_range({7, 1}) == TileRange{{0, 0}, 128, 128});
  CHECK(tile_range({8, 300}) == TileRange{{1, 1}, 44, 1});
  CHECK(tile_range({17, 5}) == TileRange{{2, 0}, 10, 2});
}

TEST_CASE("merkle: how wide a tile is, and which tiles an append completes") {
  CHECK(tile_width({0, 0}, 0) == 0);
  CHECK(tile_width({0, 0}, 5) == 5);
  CHECK(tile_width({0, 0}, 256) == 256);
  CHECK(tile_width({0, 1}, 256) == 0);
  CHECK(tile_width({0, 1}, 300) == 44);
  CHECK(tile_width({0, 9}, 300) == 0);
  CHECK(tile_width({1, 0}, 70'000) == 256);
  CHECK(tile_width({1, 1}, 70'000) == 17);
  CHECK(tile_width({2, 0}, 70'000) == 1);
  CHECK(tile_width({8, 0}, ~std::uint64_t{0}) == 0);

  CHECK(completed_tiles(0).empty());
  CHECK(completed_tiles(255).empty());
  CHECK(completed_tiles(256) == std::vector<Tile>{{0, 0}});
  CHECK(completed_tiles(257).empty());
  CHECK(completed_tiles(512) == std::vector<Tile>{{0, 1}});
  CHECK(completed_tiles(65'536) == std::vector<Tile>{{0, 255}, {1, 0}});
  for (std::uint64_t size = 1; size <= 140'000; ++size) {
    for (const Tile tile : completed_tiles(size)) {
      CHECK(tile_width(tile, size) == kTileWidth);
      CHECK(tile_width(tile, size - 1) == kTileWidth - 1);
    }
  }
}

TEST_CASE("merkle: tile paths") {
  CHECK(tile_path({0, 0}) == "tile/0/000");
  CHECK(tile_path({3, 1'234'067}) == "tile/3/x001/x234/067");
  CHECK(tile_path({0, 1'000}, 8) == "tile/0/x001/000.p/8");
}

TEST_CASE("merkle: public vectors of inclusion proofs") {
  for (const auto& file : vectors::files("merkle/inclusion")) {
    CAPTURE(file.string());
    const auto vector = vectors::load(file);
    const auto root = hash_of(vector.at("root"));
    const auto hash = hash_of(vector.at("leafHash"));
    const auto proof = proof_of(vector.at("proof"));
    const bool verified =
        root && hash && proof &&
        verify_inclusion(vector.at("leafIdx").to_number<std::uint64_t>(),
                         vector.at("treeSize").to_number<std::uint64_t>(), *hash, *proof, *root);
    CHECK(verified != vector.at("wantErr").as_bool());
  }
}

TEST_CASE("merkle: public vectors of consistency proofs") {
  for (const auto& file : vectors::files("merkle/consistency")) {
    CAPTURE(file.string());
    const auto vector = vectors::load(file);
    const auto root1 = hash_of(vector.at("root1"));
    const auto root2 = hash_of(vector.at("root2"));
    const auto proof = proof_of(vector.at("proof"));
    const bool verified =
        root1 && root2 && proof &&
        verify_consistency(vector.at("size1").to_number<std::uint64_t>(),
                           vector.at("size2").to_number<std::uint64_t>(), *root1, *root2, *proof);
    CHECK(verified != vector.at("wantErr").as_bool());
  }
}

}  // namespace connex::evidence
