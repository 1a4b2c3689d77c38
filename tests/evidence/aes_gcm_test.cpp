#include "evidence/aes_gcm.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
using vectors::hex;

TEST_CASE("aes-gcm: public vectors with 256-bit keys and 96-bit nonces") {
  int run = 0;
  for (const auto& file : vectors::files("wycheproof")) {
    if (file.filename() != "aes_gcm_test.json") continue;
    const auto all = vectors::load(file);
    for (const auto& group : all.at("testGroups").as_array()) {
      if (group.at("keySize").as_int64() != 256 || group.at("ivSize").as_int64() != 96) continue;
      for (const auto& test : group.at("tests").as_array()) {
        CAPTURE(test.at("tcId").as_int64());
        ++run;
        const Bytes key = hex(test.at("key")), iv = hex(test.at("iv")), associated = hex(test.at("aad"));
        const Bytes message = hex(test.at("msg")), ciphertext = hex(test.at("ct")),
                    tag_bytes = hex(test.at("tag"));
        REQUIRE(tag_bytes.size() == 16);
        Nonce nonce;
        Tag tag;
        std::ranges::copy(iv, nonce.begin());
        std::ranges::copy(tag_bytes, tag.begin());
        Aes256Gcm cipher(ByteView(key).first<32>());
        Bytes out(ciphertext.size());
        const bool valid = test.at("result").as_string() == "valid";
        for (int again = 0; again < 2; ++again) {  // one object serves both ways, any number of times
          CHECK(cipher.decrypt(nonce, associated, ciphertext, tag, out) == valid);
          if (!valid) continue;
          CHECK(out == message);
          Tag made;
          cipher.encrypt(nonce, associated, message, out, made);
          CHECK(out == ciphertext);
          CHECK(made == tag);
        }
        if (!valid) CHECK(std::ranges::all_of(out, [](int byte) { return byte == 0; }));
      }
    }
    CHECK(run == 66);
  }
}

TEST_CASE("aes-gcm: in place") {
  const Bytes key(32, 1);
  Aes256Gcm cipher(ByteView(key).first<32>());
  const Bytes message(100, 7);
  Bytes buffer = message;
  Tag tag;
  cipher.encrypt(Nonce{}, {}, buffer, buffer, tag);
  CHECK(buffer != message);
  CHECK(cipher.decrypt(Nonce{}, {}, buffer, tag, buffer));
  CHECK(buffer == message);
}

}  // namespace connex::evidence
