#include "evidence/base64.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

namespace connex::evidence {

TEST_CASE("base64: the examples of RFC 4648") {
  const char* const kExamples[][3] = {{"", "", ""},
                                      {"f", "Zg==", "Zg"},
                                      {"fo", "Zm8=", "Zm8"},
                                      {"foo", "Zm9v", "Zm9v"},
                                      {"foob", "Zm9vYg==", "Zm9vYg"},
                                      {"fooba", "Zm9vYmE=", "Zm9vYmE"},
                                      {"foobar", "Zm9vYmFy", "Zm9vYmFy"}};
  for (const auto& [text, standard, url] : kExamples) {
    CHECK(to_base64(bytes_of(text)) == standard);
    CHECK(to_base64url(bytes_of(text)) == url);
    CHECK(text_of(from_base64(standard).value()) == text);
    CHECK(text_of(from_base64url(url).value()) == text);
  }
  const Bytes high{0xfb, 0xff, 0xfe};
  CHECK(to_base64(high) == "+//+");
  CHECK(to_base64url(high) == "-__-");
}

TEST_CASE("base64: only one text stands for each run of bytes") {
  for (const char* bad : {"Zg", "Zg=", "Zg===", "Z", "Zh==", "Zm9=", "Zm8", "=", "====", "Z===", "Zg==Zg==",
                          "Zm9v\n", " Zm9v", "Zm 9", "-__-", "Zm9v====", "Z=g="}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(from_base64(bad));
  }
  for (const char* bad : {"Zg==", "Zh", "Zm9", "Z", "+//+", "Zm9v.", "Zm9vY", "Zm9v="}) {
    CAPTURE(std::string(bad));
    CHECK_FALSE(from_base64url(bad));
  }
  std::mt19937 random(3);
  for (int round = 0; round < 200'000; ++round) {
    std::string text(random() % 9, ' ');
    for (char& c : text) c = "AQgwz09+/=-_"[random() % 12];
    if (const auto bytes = from_base64(text)) CHECK(to_base64(*bytes) == text);
    if (const auto bytes = from_base64url(text)) CHECK(to_base64url(*bytes) == text);
  }
}

}  // namespace connex::evidence
