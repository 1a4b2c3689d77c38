// Wrapping of data keys under the host's current key.
//
//   version u8 | wrapping key id [16] | wrapping key version u32 | salt [32] | commitment [32] | ciphertext
//   [32] | tag [16]
//
// A key of its own for each wrap, its nonce and the commitment come by HKDF from the wrapping key and the
// salt. The commitment makes sure that no wrapped key opens, to another result, under a second wrapping key:
// GCM alone does not.
#pragma once

#include <array>
#include <cstdint>

#include "connex/result.hpp"
#include "evidence/random.hpp"
#include "evidence/seal.hpp"
#include "evidence/secret.hpp"

namespace connex::evidence {

inline constexpr std::size_t kWrappedKeySize = 1 + 16 + 4 + 32 + 32 + 32 + 16;
using WrappedKey = std::array<std::uint8_t, kWrappedKeySize>;

// `data_ref` names the data key and is authenticated: a wrapped key moved to another's row does not open.
WrappedKey wrap_key(const KeyRef& wrapping_ref, KeyView wrapping_key, const KeyRef& data_ref,
                    KeyView data_key, const RandomSource& random);

// Corrupt unless this data key was wrapped under this wrapping key.
Result<SecretBytes> unwrap_key(const KeyRef& wrapping_ref, KeyView wrapping_key, const KeyRef& data_ref,
                               ByteView wrapped);

// The wrapping key that a wrapped key names.
Result<KeyRef> wrapping_key_of(ByteView wrapped);

}  // namespace connex::evidence
