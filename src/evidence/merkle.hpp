// The Merkle tree of RFC 9162 (and 6962) over SHA-256: its head, its proofs, and where its hashes are stored.
//
//   level 2          o           A node is named by its level and its index on that level; leaves lie on
//   level 0. level 1      o       o       A node is complete when all its 2^level leaves exist. Complete
//   nodes never change. level 0    o   o   o   o
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connex/result.hpp"
#include "evidence/bytes.hpp"
#include "evidence/sha256.hpp"

namespace connex::evidence {

inline constexpr int kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = 1u << kTileHeight;
inline constexpr std::uint64_t kMaxTreeSize = std::uint64_t{1} << 62;

struct NodeId {
  int level = 0;
  std::uint64_t index = 0;

  friend constexpr bool operator==(NodeId, NodeId) = default;
};

Hash leaf_hash(ByteView leaf);
Hash node_hash(const Hash& left, const Hash& right);
Hash empty_root();

// The head of a growing tree as a compact range: one hash for each bit set in the size. A plain value.
class Frontier {
 public:
  std::uint64_t size() const noexcept { return size_; }
  Hash root() const;

  // Adds a leaf: less than one node hash on average. A size beyond kMaxTreeSize is a bug and throws.
  void append(const Hash& leaf) {
    append(leaf, [](NodeId, const Hash&) {});
  }

  // The same, and calls store(node, hash) for each node that tiles store (levels 0, 8, 16, ...) as it
  // completes.
  template <class Store>
  void append(const Hash& leaf, Store&& store) {
    check_room();
    Hash hash = leaf;
    std::size_t level = 0;
    for (;; ++level) {
      if (level % kTileHeight == 0) store(NodeId{static_cast<int>(level), size_ >> level}, hash);
      if ((size_ >> level & 1) == 0) break;
      hash = node_hash(nodes_[level], hash);
    }
    nodes_[level] = hash;
    ++size_;
  }

  // size u64 | the hashes, largest subtree first.
  Bytes serialise() const;
  static Result<Frontier> parse(ByteView bytes);

  friend bool operator==(const Frontier& a, const Frontier& b) noexcept;

 private:
  void check_room() const;

  // INVARIANT: nodes_[level] is meaningful exactly when bit `level` of size_ is set.
  std::uint64_t size_ = 0;
  std::array<Hash, 64> nodes_{};
};

// Whether `proof` shows that `leaf` is leaf number `index` of the tree of `size` leaves with this root.
// Total.
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                      const Hash& root);

// Whether `proof` shows that the tree of size1 leaves is a prefix of the tree of size2. Total. The empty tree
// is consistent with itself alone: a proof from it would say nothing.
bool verify_consistency(std::uint64_t size1, std::uint64_t size2, const Hash& root1, const Hash& root2,
                        std::span<const Hash> proof);

// Reads stored hashes: fills `out` with the nodes first, first + 1, ... of one level. It is asked for levels
// 0, 8, 16, ... only, for complete nodes only, and never across the border of a tile.
using HashSource = std::function<Result<void>(NodeId first, std::span<Hash> out)>;

// The complete nodes of one tree, from its stored hashes. Remembers those that it had to compute, for proof after
// proof.
class StoredNodes {
 public:
  explicit StoredNodes(HashSource source) : source_(std::move(source)) {}

  Result<Hash> find(NodeId node);

 private:
  HashSource source_;
  std::unordered_map<std::uint64_t, Hash> computed_;
};

// The proofs of RFC 9162 2.1.3.1 and 2.1.4.1. An error is a bad index or size, or the source's own.
Result<std::vector<Hash>> prove_inclusion(std::uint64_t index, std::uint64_t size, StoredNodes& nodes);
Result<std::vector<Hash>> prove_consistency(std::uint64_t size1, std::uint64_t size2, StoredNodes& nodes);

// The root of the first `size` leaves.
Result<Hash> stored_root(std::uint64_t size, StoredNodes& nodes);

// C2SP tlog-tiles: tile (level L, index N) holds the hashes of nodes 256 N ... of tree level 8 L, up to 256
// of them.
struct Tile {
  int level = 0;
  std::uint64_t index = 0;

  friend constexpr bool operator==(Tile, Tile) = default;
};

// Where a node is found: the hashes [offset, offset + count) of a tile are stored, and their subtree's root
// is the node. count is 1 when the node itself is stored.
struct TileRange {
  Tile tile;
  unsigned offset = 0;
  unsigned count = 1;

  friend constexpr bool operator==(TileRange, TileRange) = default;
};

constexpr TileRange tile_range(NodeId node) noexcept {
  const int rise = node.level % kTileHeight;
  const std::uint64_t first = node.index << rise;
  return {
      {node.level / kTileHeight, first / kTileWidth}, static_cast<unsigned>(first % kTileWidth), 1u << rise};
}

// How many hashes a tile holds in a tree of `size` leaves: 0 to 256.
constexpr unsigned tile_width(Tile tile, std::uint64_t size) noexcept {
  const int shift = tile.level * kTileHeight;
  const std::uint64_t nodes = shift < 64 ? size >> shift : 0;
  if (tile.index > nodes / kTileWidth) return 0;
  const std::uint64_t rest = nodes - tile.index * kTileWidth;
  return static_cast<unsigned>(rest < kTileWidth ? rest : kTileWidth);
}

// The tiles that became full with the append that made the tree `size` leaves large, lowest level first.
std::vector<Tile> completed_tiles(std::uint64_t size);

// "tile/0/x001/x234/067", or with a partial width "tile/0/x001/x234/067.p/5".
std::string tile_path(Tile tile, unsigned width = kTileWidth);

}  // namespace connex::evidence
