// The leaf of an audit entry: permanent, small and free of personal data. The entry's content may go; its
// leaf stays.
#pragma once

#include <array>
#include <cstdint>

#include "connex/result.hpp"
#include "evidence/bytes.hpp"
#include "evidence/sha256.hpp"

namespace connex::evidence {

inline constexpr std::uint8_t kLeafVersion = 1;
inline constexpr std::size_t kLeafSize = 1 + 8 + 8 + 1 + 4 + 32;

using Salt = std::array<std::uint8_t, 32>;
using LeafBytes = std::array<std::uint8_t, kLeafSize>;

// version u8 | index u64 | time u64 | class u8 | policy u32 | commit, all big-endian. Record class and coarse
// time stand here so that an outsider can tell whether content that is missing was allowed to go. With the
// 0x00 in front of it the leaf fills one block of SHA-256.
struct Leaf {
  std::uint64_t index = 0;
  std::uint64_t time = 0;  // seconds since 1970, made coarse by the writer
  std::uint8_t record_class = 0;
  std::uint32_t policy = 0;  // number of the policy version
  Hash commit{};

  friend bool operator==(const Leaf&, const Leaf&) = default;
};

LeafBytes encode(const Leaf& leaf) noexcept;
Result<Leaf> decode_leaf(ByteView bytes);

// SHA-256("connex/commit/v1" | salt | len | header | len | body), lengths u64. Without the salt, which goes
// with the content, the commitment says nothing about either.
Hash commit(const Salt& salt, ByteView header, ByteView body);

}  // namespace connex::evidence
