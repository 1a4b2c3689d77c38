#include "evidence/sha256.hpp"

#include <string>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {

TEST_CASE("sha256: the examples of FIPS 180") {
  CHECK(to_hex(sha256({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(bytes_of("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(bytes_of(std::string(1'000'000, 'a')))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("sha256: in pieces as in one, and again after finish") {
  const std::string text(300, 'x');
  Sha256 hasher;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const ByteView all = bytes_of(text);
    CHECK(hasher.update(all.first(cut)).update(all.subspan(cut)).finish() == sha256(all));
  }
}

}  // namespace connex::evidence
