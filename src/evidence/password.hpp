// Password hashes: bcrypt (C4-h). Nothing else may stand where a password hash is expected (C4-i).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connex/result.hpp"
#include "evidence/random.hpp"

namespace connex::evidence {

inline constexpr int kMinPasswordCost = 4;
inline constexpr int kMaxPasswordCost = 16;          // some seconds; more would be a way to stall the server
inline constexpr std::size_t kMaxPasswordSize = 72;  // bcrypt reads no further

// What a bcrypt hash says of itself: "$2b$12$" and 53 characters.
struct PasswordHash {
  char variant = 'b';  // a, b or y; b is current
  int cost = 0;
};

// Strict: length, alphabet, a cost from 4 to 31, and no stray bits in salt and hash.
std::optional<PasswordHash> parse_password_hash(std::string_view text) noexcept;

// Whether the text is a bcrypt hash of at least this cost.
bool is_password_hash(std::string_view text, int least_cost = kMinPasswordCost) noexcept;

// "$2b$...". Invalid: a password that is empty, longer than 72 bytes or holds a NUL, for part of it would not
// count; a cost out of bounds.
Result<std::string> hash_password(std::string_view password, int cost, const RandomSource& random);

// Whether it is the password. One that could not have been hashed is not. An error when `hash` is none, or of
// a cost beyond kMaxPasswordCost. The comparison takes the same time wherever the hashes differ.
Result<bool> verify_password(std::string_view password, std::string_view hash);

}  // namespace connex::evidence
