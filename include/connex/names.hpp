// Enumerators and their names, as they stand in packs, commands and answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>

namespace connex {

// Specialised for each named enumeration: `list` holds the names in the order of the enumerators, which count
// from 0.
template <class Enum>
struct Names;

template <class Enum>
inline constexpr std::size_t kCountOf = std::size(Names<Enum>::list);

// The name of `value`, or empty where it is no enumerator.
template <class Enum>
requires requires { Names<Enum>::list; }
constexpr std::string_view name(Enum value) noexcept {
  const auto index = static_cast<std::size_t>(value);
  return index < kCountOf<Enum> ? Names<Enum>::list[index] : std::string_view{};
}

template <class Enum>
constexpr std::optional<Enum> from_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kCountOf<Enum>; ++i) {
    if (Names<Enum>::list[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// A set of enumerators.
template <class Enum>
class EnumSet {
 public:
  constexpr EnumSet() noexcept = default;
  constexpr EnumSet(std::initializer_list<Enum> values) noexcept {
    for (const Enum value : values) insert(value);
  }

  constexpr void insert(Enum value) noexcept { bits_ |= bit(value); }
  constexpr bool contains(Enum value) const noexcept { return (bits_ & bit(value)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }
  static constexpr EnumSet all() noexcept {
    EnumSet set;
    set.bits_ = static_cast<unsigned>((std::uint64_t{1} << kCountOf<Enum>)-1);
    return set;
  }
  constexpr unsigned bits() const noexcept { return bits_; }  // by position in the list of names

  friend constexpr EnumSet operator|(EnumSet a, EnumSet b) noexcept {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr EnumSet operator-(EnumSet a, EnumSet b) noexcept {
    a.bits_ &= ~b.bits_;
    return a;
  }
  friend constexpr bool operator==(EnumSet, EnumSet) noexcept = default;

 private:
  static_assert(kCountOf<Enum> <= 32);
  static constexpr unsigned bit(Enum value) noexcept {
    const auto index = static_cast<std::size_t>(value);
    return index < kCountOf<Enum> ? 1U << index : 0;
  }

  unsigned bits_ = 0;
};

}  // namespace connex
