// Base64 (RFC 4648): the standard alphabet with padding, and the URL alphabet without.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "evidence/bytes.hpp"

namespace connex::evidence {

std::string to_base64(ByteView bytes);
std::string to_base64url(ByteView bytes);

// Strict: one text for each run of bytes. No blanks, no missing or needless padding, no stray bits at the
// end.
std::optional<Bytes> from_base64(std::string_view text);
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace connex::evidence
