#include "evidence/ed25519.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
using vectors::hex;

TEST_CASE("ed25519: the examples of RFC 8032") {
  const char* const kExamples[][4] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf"
       "5f0595bbe24655"
       "141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2"
       "eaeb4302aeeb00"
       "d291612bb0c00"}};
  for (const auto& [seed, expected_key, message, expected_signature] : kExamples) {
    const Bytes bytes = hex(seed);
    const SigningKey key(ByteView(bytes).first<32>());
    CHECK(to_hex(key.public_key()) == expected_key);
    const Signature signature = key.sign(hex(message));
    CHECK(to_hex(signature) == expected_signature);
    CHECK(verify_signature(key.public_key(), hex(message), signature));
  }
}

TEST_CASE("ed25519: public vectors") {
  for (const auto& file : vectors::files("wycheproof")) {
    if (file.filename() != "ed25519_test.json") continue;
    int run = 0;
    const auto all = vectors::load(file);
    for (const auto& group : all.at("testGroups").as_array()) {
      PublicKey key;
      std::ranges::copy(hex(group.at("publicKey").at("pk")), key.begin());
      for (const auto& test : group.at("tests").as_array()) {
        CAPTURE(test.at("tcId").as_int64());
        ++run;
        CHECK(verify_signature(key, hex(test.at("msg")), hex(test.at("sig"))) ==
              (test.at("result").as_string() == "valid"));
      }
    }
    CHECK(run == all.at("numberOfTests").as_int64());
  }
}

TEST_CASE("ed25519: every flipped bit is refused, and any key has an answer") {
  const Bytes seed(32, 8);
  const SigningKey key(ByteView(seed).first<32>());
  const Signature signature = key.sign(bytes_of("message"));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature other = signature;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    CHECK_FALSE(verify_signature(key.public_key(), bytes_of("message"), other));
  }
  CHECK_FALSE(verify_signature(key.public_key(), bytes_of("Message"), signature));
  for (int fill = 0; fill < 256; ++fill) {
    PublicKey any;
    any.fill(static_cast<std::uint8_t>(fill));
    CHECK_FALSE(verify_signature(any, bytes_of("message"), signature));
  }
}

}  // namespace connex::evidence
