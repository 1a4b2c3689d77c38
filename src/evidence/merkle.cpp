#include "evidence/merkle.hpp"

#include <algorithm>
#include <stdexcept>

namespace connex::evidence {
namespace {

Error invalid(const char* message) { return {ErrorCode::invalid_argument, message, {}}; }

// The root of a complete subtree whose bottom row is `row`; overwrites it.
Hash fold(std::span<Hash> row) {
  for (; row.size() > 1; row = row.first(row.size() / 2)) {
    for (std::size_t i = 0; i < row.size() / 2; ++i) row[i] = node_hash(row[2 * i], row[2 * i + 1]);
  }
  return row[0];
}

// The root over leaves [begin, end); `begin` is a multiple of the smallest power of two that is >= end -
// begin, so that the range splits into complete subtrees, largest first.
Result<Hash> range_root(std::uint64_t begin, std::uint64_t end, StoredNodes& nodes) {
  Hash root{};
  for (bool first = true; begin < end;
       first = false) {  // from the smallest subtree, at the right, to the left
    const int level = std::countr_zero(end - begin);
    const std::uint64_t start = end - (std::uint64_t{1} << level);
    auto node = nodes.find({level, start >> level});
    if (!node) return node;
    root = first ? *node : node_hash(*node, root);
    end = start;
  }
  return root;
}

struct Range {
  std::uint64_t begin, end;
};

Result<std::vector<Hash>> roots_of(std::span<const Range> ranges, StoredNodes& nodes) {
  std::vector<Hash> proof;
  proof.reserve(ranges.size());
  for (const Range& range : ranges) {
    auto root = range_root(range.begin, range.end, nodes);
    if (!root) return std::move(root).error();
    proof.push_back(*root);
  }
  return proof;
}

}  // namespace

Hash leaf_hash(ByteView leaf) {
  constexpr std::size_t kShort = 256;
  std::array<std::uint8_t, 1 + kShort> input;
  input[0] = 0;
  if (leaf.size() <= kShort) {  // one call into the library instead of two
    std::ranges::copy(leaf, input.begin() + 1);
    return sha256(std::span(input).first(1 + leaf.size()));
  }
  return Sha256().update(std::span(input).first(1)).update(leaf).finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 65> input;
  input[0] = 1;
  std::ranges::copy(left, input.begin() + 1);
  std::ranges::copy(right, input.begin() + 33);
  return sha256(input);
}

Hash empty_root() { return sha256({}); }

void Frontier::check_room() const {
  if (size_ >= kMaxTreeSize) throw std::length_error("the tree is full");
}

Hash Frontier::root() const {
  if (size_ == 0) return empty_root();
  auto level = static_cast<std::size_t>(std::countr_zero(size_));
  Hash root = nodes_[level];
  for (++level; level < nodes_.size(); ++level) {
    if (size_ >> level & 1) root = node_hash(nodes_[level], root);
  }
  return root;
}

Bytes Frontier::serialise() const {
  Bytes out(8);
  store_be(out.data(), size_);
  for (std::size_t level = nodes_.size(); level-- > 0;) {
    if (size_ >> level & 1) evidence::append(out, nodes_[level]);
  }
  return out;
}

Result<Frontier> Frontier::parse(ByteView bytes) {
  Frontier frontier;
  if (bytes.size() < 8) return Error{ErrorCode::corrupt, "the tree head is too short", {}};
  frontier.size_ = load_be<std::uint64_t>(bytes.data());
  const auto count = static_cast<std::size_t>(std::popcount(frontier.size_));
  if (frontier.size_ > kMaxTreeSize || bytes.size() != 8 + count * sizeof(Hash)) {
    return Error{ErrorCode::corrupt, "the tree head does not fit its size", {}};
  }
  const std::uint8_t* next = bytes.data() + 8;
  for (std::size_t level = frontier.nodes_.size(); level-- > 0;) {
    if ((frontier.size_ >> level & 1) == 0) continue;
    std::copy_n(next, sizeof(Hash), frontier.nodes_[level].begin());
    next += sizeof(Hash);
  }
  return frontier;
}

bool operator==(const Frontier& a, const Frontier& b) noexcept {
  if (a.size_ != b.size_) return false;
  for (std::size_t level = 0; level < a.nodes_.size(); ++level) {
    if ((a.size_ >> level & 1) && a.nodes_[level] != b.nodes_[level]) return false;
  }
  return true;
}

// RFC 9162 2.1.3.2
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf, std::span<const Hash> proof,
                      const Hash& root) {
  if (index >= size) return false;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) || node == last) {
      hash = node_hash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

// RFC 9162 2.1.4.2
bool verify_consistency(std::uint64_t size1, std::uint64_t size2, const Hash& root1, const Hash& root2,
                        std::span<const Hash> proof) {
  if (size1 == size2) return proof.empty() && root1 == root2 && (size1 != 0 || root1 == empty_root());
  if (size1 == 0 || size1 > size2 || proof.empty()) return false;

  std::uint64_t node = size1 - 1;
  std::uint64_t last = size2 - 1;
  const int complete = std::countr_one(node);
  node >>= complete;
  last >>= complete;

  Hash hash1 = root1;
  if (!std::has_single_bit(size1)) {
    hash1 = proof.front();
    proof = proof.subspan(1);
  }
  Hash hash2 = hash1;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1) || node == last) {
      hash1 = node_hash(sibling, hash1);
      hash2 = node_hash(sibling, hash2);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash2 = node_hash(hash2, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  return last == 0 && hash1 == root1 && hash2 == root2;
}

Result<Hash> StoredNodes::find(NodeId node) {
  // One bit higher for each level down: no two nodes share a number.
  const std::uint64_t number = std::uint64_t{1} << (63 - node.level) | node.index;
  if (const auto known = computed_.find(number); known != computed_.end()) return known->second;
  std::array<Hash, kTileWidth> row;
  const TileRange range = tile_range(node);
  const std::span<Hash> stored = std::span(row).first(range.count);
  const NodeId first{range.tile.level * kTileHeight, range.tile.index * kTileWidth + range.offset};
  if (auto read = source_(first, stored); !read) return std::move(read).error();
  if (range.count == 1) return row[0];
  return computed_.emplace(number, fold(stored)).first->second;
}

Result<std::vector<Hash>> prove_inclusion(std::uint64_t index, std::uint64_t size, StoredNodes& nodes) {
  if (size > kMaxTreeSize) return invalid("the tree size is too large");
  if (index >= size) return invalid("the leaf index is not below the tree size");
  std::vector<Range> siblings;  // from the root down
  for (Range at{0, size}; at.end - at.begin > 1;) {
    const std::uint64_t middle = at.begin + std::bit_floor(at.end - at.begin - 1);
    const Range left{at.begin, middle};
    const Range right{middle, at.end};
    siblings.push_back(index < middle ? right : left);
    at = index < middle ? left : right;
  }
  std::ranges::reverse(siblings);
  return roots_of(siblings, nodes);
}

Result<std::vector<Hash>> prove_consistency(std::uint64_t size1, std::uint64_t size2, StoredNodes& nodes) {
  if (size2 > kMaxTreeSize) return invalid("the tree size is too large");
  if (size1 > size2) return invalid("the older tree is larger than the newer one");
  if (size1 == 0 && size2 != 0) return invalid("the empty tree has no consistency proof");
  std::vector<Range> siblings;  // from the root down
  Range at{0, size2};
  while (at.end != size1) {
    const std::uint64_t middle = at.begin + std::bit_floor(at.end - at.begin - 1);
    const Range left{at.begin, middle};
    const Range right{middle, at.end};
    siblings.push_back(size1 <= middle ? right : left);
    at = size1 <= middle ? left : right;
  }
  if (at.begin != 0) siblings.push_back(at);  // else it is the older tree itself, which the verifier knows
  std::ranges::reverse(siblings);
  return roots_of(siblings, nodes);
}

Result<Hash> stored_root(std::uint64_t size, StoredNodes& nodes) {
  if (size > kMaxTreeSize) return invalid("the tree size is too large");
  if (size == 0) return empty_root();
  return range_root(0, size, nodes);
}

std::vector<Tile> completed_tiles(std::uint64_t size) {
  std::vector<Tile> tiles;
  for (int level = 0; size != 0 && size % kTileWidth == 0; ++level) {
    size /= kTileWidth;
    tiles.push_back({level, size - 1});
  }
  return tiles;
}

std::string tile_path(Tile tile, unsigned width) {
  std::string number;  // groups of three digits, all but the last marked with an x
  std::uint64_t rest = tile.index;
  do {
    std::string group = std::to_string(1000 + rest % 1000);
    group[0] = 'x';
    number = number.empty() ? group.substr(1) : group.append("/").append(number);
    rest /= 1000;
  } while (rest != 0);
  std::string path = "tile/" + std::to_string(tile.level) + "/" + number;
  if (width < kTileWidth) path += ".p/" + std::to_string(width);
  return path;
}

}  // namespace connex::evidence
