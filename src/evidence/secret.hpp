// Bytes that must not outlive their use.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "evidence/bytes.hpp"

namespace connex::evidence {

// Overwrites bytes in a way the compiler keeps.
void cleanse(std::span<std::uint8_t> bytes) noexcept;

// Whether two runs of bytes are equal; the time taken tells nothing but their lengths.
bool equal_in_constant_time(ByteView a, ByteView b) noexcept;

// Owns secret bytes and overwrites them in the end. Moves; does not copy by accident.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size)
      : bytes_(size ? new std::uint8_t[size]() : nullptr), size_(size), capacity_(size) {}
  explicit SecretBytes(ByteView bytes);
  SecretBytes(SecretBytes&& other) noexcept { swap(other); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    SecretBytes(std::move(other)).swap(*this);
    return *this;
  }
  ~SecretBytes() { cleanse({bytes_.get(), capacity_}); }

  // Of another length, in the memory that it has where that is enough; what the bytes are then is left open.
  void resize(std::size_t size) {
    if (size > capacity_) *this = SecretBytes(size);
    size_ = size;
  }

  std::size_t size() const noexcept { return size_; }
  ByteView view() const noexcept { return {bytes_.get(), size_}; }
  std::span<std::uint8_t> span() noexcept { return {bytes_.get(), size_}; }
  std::string_view text() const noexcept { return text_of(view()); }

 private:
  void swap(SecretBytes& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

// A 256-bit key on its way into a primitive.
using KeyView = std::span<const std::uint8_t, 32>;

}  // namespace connex::evidence
