#include "core/redaction/checksums.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace connex::redaction;

TEST_CASE("check digits hold, and break when a digit changes") {
  CHECK(verhoeff_holds("2363"));
  CHECK(!verhoeff_holds("2364"));
  for (const char* number : {"123451", "1428570", "1234567890120", "84736430954837284567892"})
    CHECK(verhoeff_holds(number));
  CHECK(luhn_holds("4111111111111111"));
  CHECK(!luhn_holds("4111111111111112"));
  CHECK(gstin_holds("27AAPFU0939F1ZV"));
  CHECK(!gstin_holds("27AAPFU0939F1ZW"));
  CHECK(!gstin_holds("27AAPFU0939F1Z"));
  for (char c = '0'; c <= '9'; ++c) {
    if (c != '6') CHECK(!verhoeff_holds(std::string("23") + c + "3"));
  }
}
