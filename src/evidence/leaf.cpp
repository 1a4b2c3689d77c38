#include "evidence/leaf.hpp"

#include <algorithm>

#include "connex/instant.hpp"

namespace connex::evidence {

LeafBytes encode(const Leaf& leaf) noexcept {
  LeafBytes out;
  out[0] = kLeafVersion;
  store_be(&out[1], leaf.index);
  store_be(&out[9], leaf.time);
  out[17] = leaf.record_class;
  store_be(&out[18], leaf.policy);
  std::ranges::copy(leaf.commit, &out[22]);
  return out;
}

Result<Leaf> decode_leaf(ByteView bytes) {
  if (bytes.size() != kLeafSize) return Error{ErrorCode::corrupt, "the leaf has the wrong length", {}};
  if (bytes[0] != kLeafVersion) return Error{ErrorCode::unsupported, "the leaf has an unknown version", {}};
  Leaf leaf;
  leaf.index = load_be<std::uint64_t>(&bytes[1]);
  leaf.time = load_be<std::uint64_t>(&bytes[9]);
  leaf.record_class = bytes[17];
  leaf.policy = load_be<std::uint32_t>(&bytes[18]);
  std::ranges::copy(bytes.subspan(22), leaf.commit.begin());
  if (leaf.time >= static_cast<std::uint64_t>(kEndOfTime.micros / kMicrosPerSecond)) {
    return Error{ErrorCode::corrupt, "the leaf's time is out of range", {}};
  }
  return leaf;
}

Hash commit(const Salt& salt, ByteView header, ByteView body) {
  std::array<std::uint8_t, 8> length;
  thread_local Sha256 hasher;
  hasher.update(bytes_of("connex/commit/v1")).update(salt);
  store_be(length.data(), static_cast<std::uint64_t>(header.size()));
  hasher.update(length).update(header);
  store_be(length.data(), static_cast<std::uint64_t>(body.size()));
  return hasher.update(length).update(body).finish();
}

}  // namespace connex::evidence
