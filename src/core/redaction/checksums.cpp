#include "core/redaction/checksums.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace connex::redaction {
namespace {

// The dihedral group D5: 0-4 are rotations, 5-9 reflections.
constexpr int compose(int a, int b) {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
  return b < 5 ? 5 + (a - 5 - b + 5) % 5 : (a - b + 5) % 5;
}

// One application of the permutation (1 5 8 9 4 2 7 0)(3 6).
constexpr int kTurn[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};

// Row n: the permutation applied n times.
constexpr std::array<std::array<int, 10>, 8> kTurns = [] {
  std::array<std::array<int, 10>, 8> turns{};
  for (std::size_t digit = 0; digit < 10; ++digit) {
    int value = static_cast<int>(digit);
    for (std::size_t n = 0; n < 8; ++n) {
      turns[n][digit] = value;
      value = kTurn[value];
    }
  }
  return turns;
}();

// Of two digits at an even place from the end and the one before it, what they compose to.
constexpr std::array<std::array<std::uint8_t, 100>, 4> kPairs = [] {
  std::array<std::array<std::uint8_t, 100>, 4> pairs{};
  for (std::size_t n = 0; n < 4; ++n) {
    for (std::size_t two = 0; two < 100; ++two)
      pairs[n][two] =
          static_cast<std::uint8_t>(compose(kTurns[2 * n][two % 10], kTurns[2 * n + 1][two / 10]));
  }
  return pairs;
}();

constexpr std::array<std::array<std::uint8_t, 10>, 10> kComposed = [] {
  std::array<std::array<std::uint8_t, 10>, 10> composed{};
  for (int a = 0; a < 10; ++a) {
    for (int b = 0; b < 10; ++b)
      composed[static_cast<std::size_t>(a)][static_cast<std::size_t>(b)] =
          static_cast<std::uint8_t>(compose(a, b));
  }
  return composed;
}();

int base36(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool verhoeff_holds(std::string_view digits) noexcept {
  const auto digit = [&](std::size_t from_end) {
    return static_cast<std::size_t>(digits[digits.size() - 1 - from_end] - '0');
  };
  const auto pair = [&](std::size_t i) { return kPairs[i % 4][digit(2 * i) + 10 * digit(2 * i + 1)]; };
  if (digits.size() == 12) {  // in three steps rather than six
    const std::size_t low = kComposed[pair(0)][pair(1)];
    const std::size_t middle = kComposed[pair(2)][pair(3)];
    return kComposed[kComposed[low][middle]][kComposed[pair(4)][pair(5)]] == 0;
  }
  std::size_t check = 0;
  std::size_t i = 0;
  for (; i + 2 <= digits.size(); i += 2) check = kComposed[check][pair(i / 2)];
  if (i < digits.size()) check = kComposed[check][static_cast<std::size_t>(kTurns[i % 8][digit(i)])];
  return !digits.empty() && check == 0;
}

bool luhn_holds(std::string_view digits) noexcept {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1 && (digit *= 2) > 9) digit -= 9;
    sum += digit;
  }
  return !digits.empty() && sum % 10 == 0;
}

bool gstin_holds(std::string_view gstin) noexcept {
  if (gstin.size() != 15) return false;
  int sum = 0;
  for (std::size_t i = 0; i < 14; ++i) {
    const int value = base36(gstin[i]);
    if (value < 0) return false;
    const int product = value * (i % 2 == 0 ? 1 : 2);
    sum += product / 36 + product % 36;
  }
  return base36(gstin[14]) == (36 - sum % 36) % 36;
}

}  // namespace connex::redaction
