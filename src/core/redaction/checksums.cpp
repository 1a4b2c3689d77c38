#include "core/redaction/checksums.hpp"

#include <array>
#include <cstddef>

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

int base36(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool verhoeff_holds(std::string_view digits) noexcept {
  int check = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<std::size_t>(digits[digits.size() - 1 - i] - '0');
    check = compose(check, kTurns[i % 8][digit]);
  }
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
