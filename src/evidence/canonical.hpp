// A canonical encoding: one byte string for each value, and one value for each byte string that decodes.
//
// It starts with the schema's version (u8), then the schema's fields in their fixed order, without tags:
//   u64    7 bits a byte, low bits first, high bit set on all but the last byte, the shortest form only
//   bytes  length u64, then the bytes; text is the same
//   texts  count u64, then each text
//   facts  count u64, then 2 bits each, low bits first: 0 unknown, 1 no, 2 yes; unused bits are 0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "connex/gate.hpp"
#include "connex/result.hpp"
#include "evidence/bytes.hpp"

namespace connex::evidence {

// Appends to the caller's buffer, so that a hot path can reuse one.
class CanonicalWriter {
 public:
  CanonicalWriter(Bytes& out, std::uint8_t version) : out_(out) { out_.push_back(version); }

  CanonicalWriter& u64(std::uint64_t value) {
    if (value >= 0x80) return long_u64(value);
    out_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  CanonicalWriter& bytes(ByteView value);
  CanonicalWriter& text(std::string_view value) { return bytes(bytes_of(value)); }
  template <class Texts>
  CanonicalWriter& texts(const Texts& values) {
    u64(std::size(values));
    for (const auto& value : values) text(value);
    return *this;
  }
  CanonicalWriter& facts(std::span<const Fact> values);

 private:
  CanonicalWriter& long_u64(std::uint64_t value);

  Bytes& out_;
};

// Reads what the writer wrote, and refuses all else. After the first error every read gives an empty value,
// so a caller reads all fields and asks finish() once. Views point into the input.
class CanonicalReader {
 public:
  explicit CanonicalReader(ByteView in) : rest_(in), version_(take_version()) {}

  std::uint8_t version() const noexcept { return version_; }
  std::uint64_t u64();
  ByteView bytes();
  std::string_view text() { return text_of(bytes()); }
  // Into a list, whose memory is used again; empty after an error.
  template <class Text>
  void texts(std::vector<Text>& values) {
    std::size_t read = 0;
    for (std::size_t left = count(); left > 0 && !failed_; --left) {
      if (read == values.size()) values.emplace_back();
      values[read++] = text();
    }
    values.resize(failed_ ? 0 : read);
  }
  void facts(std::vector<Fact>& values);

  // Corrupt if a read failed or bytes are left over.
  Result<void> finish() const;

 private:
  std::uint8_t take_version();
  std::size_t count();  // of items of a byte at least
  ByteView take(std::uint64_t size);
  void fail() noexcept;

  ByteView rest_;
  bool failed_ = false;
  std::uint8_t version_;
};

}  // namespace connex::evidence
