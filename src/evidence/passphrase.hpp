// A key from a passphrase.
#pragma once

#include <string_view>

#include "evidence/secret.hpp"

namespace connex::evidence {

// scrypt (RFC 7914) with N = 2^15, r = 8, p = 1: 32 MiB and about a tenth of a second.
SecretBytes key_of_passphrase(std::string_view passphrase, ByteView salt);

}  // namespace connex::evidence
