#include "evidence/canonical.hpp"

namespace connex::evidence {

CanonicalWriter& CanonicalWriter::long_u64(std::uint64_t value) {
  std::uint8_t coded[10];
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) coded[size++] = static_cast<std::uint8_t>(value | 0x80);
  coded[size++] = static_cast<std::uint8_t>(value);
  append(out_, {coded, size});
  return *this;
}

CanonicalWriter& CanonicalWriter::bytes(ByteView value) {
  u64(value.size());
  append(out_, value);
  return *this;
}

CanonicalWriter& CanonicalWriter::facts(std::span<const Fact> values) {
  u64(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 4 == 0) out_.push_back(0);
    out_.back() = static_cast<std::uint8_t>(out_.back() | static_cast<unsigned>(values[i]) << (i % 4 * 2));
  }
  return *this;
}

void CanonicalReader::fail() noexcept {
  failed_ = true;
  rest_ = {};
}

ByteView CanonicalReader::take(std::uint64_t size) {
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const ByteView taken = rest_.first(static_cast<std::size_t>(size));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

std::uint8_t CanonicalReader::take_version() {
  const ByteView byte = take(1);
  return byte.empty() ? std::uint8_t{0} : byte[0];
}

std::uint64_t CanonicalReader::u64() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const ByteView byte = take(1);
    if (byte.empty()) return 0;
    const std::uint64_t bits = byte[0] & 0x7f;
    if (shift == 63 && byte[0] > 1) break;  // beyond 64 bits
    value |= bits << shift;
    if (byte[0] >= 0x80) continue;
    if (byte[0] == 0 && shift != 0) break;  // a shorter form exists
    return value;
  }
  fail();
  return 0;
}

ByteView CanonicalReader::bytes() { return take(u64()); }

std::size_t CanonicalReader::count() {
  const std::uint64_t count = u64();
  if (count <= rest_.size()) return static_cast<std::size_t>(count);
  fail();
  return 0;
}

void CanonicalReader::facts(std::vector<Fact>& values) {
  values.clear();
  const std::uint64_t count = u64();
  const ByteView packed = take(count / 4 + (count % 4 != 0));
  if (failed_) return;
  values.reserve(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < packed.size() * 4; ++i) {
    const unsigned bits = packed[i / 4] >> (i % 4 * 2) & 3u;
    if (i < count ? bits > 2 : bits != 0) {
      values.clear();
      fail();
      return;
    }
    if (i < count) values.push_back(static_cast<Fact>(bits));
  }
}

Result<void> CanonicalReader::finish() const {
  if (failed_) return Error{ErrorCode::corrupt, "the encoding is malformed", {}};
  if (!rest_.empty()) return Error{ErrorCode::corrupt, "the encoding has bytes left over", {}};
  return {};
}

}  // namespace connex::evidence
