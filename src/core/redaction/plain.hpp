// Contacts that nobody took pains to hide: an address with its @, a mobile number in one row or in two, or in
// English words. Where nothing near them could change what the detectors make of them, they need no detector.
#pragma once

#include <cstddef>
#include <string_view>

#include "connex/redaction.hpp"

namespace connex::redaction {

// The address whose @ is at `at`. False: let the detectors see.
bool plain_mail(std::string_view text, std::size_t at, Finding& found) noexcept;

// The number whose last digits are [from, to). False: let the detectors see.
bool plain_phone(std::string_view text, std::size_t from, std::size_t to, Finding& found) noexcept;

// The number in words of which one begins at `at`. False: let the detectors see.
bool plain_words(std::string_view text, std::size_t at, Finding& found) noexcept;

}  // namespace connex::redaction
