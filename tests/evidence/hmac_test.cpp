#include "evidence/hmac.hpp"

#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
using vectors::hex;

TEST_CASE("hmac: public vectors") {
  for (const auto& file : vectors::files("wycheproof")) {
    if (file.filename() != "hmac_sha256_test.json") continue;
    int run = 0;
    const auto all = vectors::load(file);
    for (const auto& group : all.at("testGroups").as_array()) {
      const auto size = static_cast<std::size_t>(group.at("tagSize").as_int64()) / 8;
      for (const auto& test : group.at("tests").as_array()) {
        CAPTURE(test.at("tcId").as_int64());
        ++run;
        const Hash mac = hmac_sha256(hex(test.at("key")), hex(test.at("msg")));
        CHECK(equal_in_constant_time(ByteView(mac).first(size), hex(test.at("tag"))) ==
              (test.at("result").as_string() == "valid"));
      }
    }
    CHECK(run == all.at("numberOfTests").as_int64());
  }
}

TEST_CASE("hmac: an object serves many messages") {
  const Bytes key(131, 0xaa);
  HmacSha256 mac(key);
  for (int size = 0; size < 200; ++size) {
    const Bytes message(static_cast<std::size_t>(size), 9);
    CHECK(mac.update(message).finish() == hmac_sha256(key, message));
  }
}

TEST_CASE("hkdf: public vectors") {
  for (const auto& file : vectors::files("wycheproof")) {
    if (file.filename() != "hkdf_sha256_test.json") continue;
    int run = 0;
    const auto all = vectors::load(file);
    for (const auto& group : all.at("testGroups").as_array()) {
      for (const auto& test : group.at("tests").as_array()) {
        CAPTURE(test.at("tcId").as_int64());
        ++run;
        Bytes out(static_cast<std::size_t>(test.at("size").as_int64()));
        const bool done =
            hkdf_sha256(hex(test.at("ikm")), hex(test.at("salt")), hex(test.at("info")), out).has_value();
        CHECK(done == (test.at("result").as_string() == "valid"));
        if (done) CHECK(out == hex(test.at("okm")));
      }
    }
    CHECK(run == all.at("numberOfTests").as_int64());
  }
}

}  // namespace connex::evidence
