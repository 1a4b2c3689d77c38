#include "evidence/leaf.hpp"

#include <algorithm>
#include <string_view>

#include "connex/instant.hpp"
#include "evidence/of_thread.hpp"

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
  constexpr std::string_view kDomain = "connex/commit/v1";
  std::array<std::uint8_t, kDomain.size() + sizeof(Salt) + 8> start;
  std::ranges::copy(kDomain, start.begin());
  std::ranges::copy(salt, start.begin() + kDomain.size());
  store_be(&start[kDomain.size() + sizeof(Salt)], std::uint64_t{header.size()});
  std::array<std::uint8_t, 8> body_length;
  store_be(body_length.data(), std::uint64_t{body.size()});
  return of_thread<Sha256, struct OfCommit>().update(start).update(header).update(body_length).update(body).finish();
}

}  // namespace connex::evidence
