// Passwords and card security codes that a text states in clear (C4-i, C2.1-e). Pure.
#pragma once

#include <string_view>

namespace connex {

// Whether `text` names a password or a card's security code and gives it: "password: hunter2", "pwd is
// s3cret!", "password hunter2", "cvv 123". A word without a digit or mark in it is no password ("password is
// required"). Linear time.
bool states_password(std::string_view text) noexcept;

// Whether a field of this name says that it holds a password or a code, and `value` may be one: "password", "userPwd",
// "otp". In "password_hash" letters alone name a way of hashing ("bcrypt").
bool states_password(std::string_view field, std::string_view value) noexcept;

}  // namespace connex
