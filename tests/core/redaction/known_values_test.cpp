#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "connex/redaction.hpp"

using namespace connex;

namespace {

constexpr std::string_view kPhones[] = {"+91 98201 33447"};
constexpr std::string_view kMails[] = {"anita.d@clinic.example"};
constexpr std::string_view kAddresses[] = {"12 Rose Villa, Carter Road, Bandra West, Mumbai 400050",
                                           "zq7x Road"};
constexpr std::string_view kNames[] = {"Dr Anita Deshmukh"};

std::string hidden(std::string_view text) {
  RedactionOptions options;
  options.known = {kPhones, kMails, kAddresses, kNames, {}};
  std::string out;
  std::vector<Finding> findings;
  REQUIRE(redact(text, options, out, findings));
  return out;
}

}  // namespace

TEST_CASE("a registered phone is hidden whatever speaks against it") {
  for (const char* text : {
           "batch 9820133447 recalled",
           "order 98/20/13/34/47",
           "lot 98 mg 20 mg 13 mg 34 mg 47",
           "nine lions, eight tigers, two bears, zero cats, one dog, three cows, three hens, four pigs, four "
           "ants, seven bees",
           "7443310289",
           "\xE0\xA5\xAF\xE0\xA5\xAE\xE0\xA5\xA8\xE0\xA5\xA6\xE0\xA5\xA7 33447",
           "ref double nine? no: nine eight two zero one double three double four seven",
       }) {
    const std::string out = hidden(text);
    CAPTURE(text);
    CAPTURE(out);
    CHECK(out.find("hidden]") != std::string::npos);
    CHECK(out.find("33447") == std::string::npos);
    CHECK(out.find("four, ") == std::string::npos);
  }
}

TEST_CASE("a registered mail, address and name are hidden in folded spellings") {
  CHECK(hidden("anita d clinic example is where").find("anita") == std::string::npos);
  CHECK(hidden("ANITA_D (at) clinic").find("ANITA") == std::string::npos);
  CHECK(hidden("near carter rd? no: rose villa carter road bandra").find("villa") == std::string::npos);
  CHECK(hidden("ask Anitha Deshmuk or \xE0\xA4\x85\xE0\xA4\xA8\xE0\xA5\x80\xE0\xA4\xA4\xE0\xA4\xBE")
            .find("Deshmuk") == std::string::npos);
  CHECK(hidden("ask anita deshmukh").find("anita") == std::string::npos);
  CHECK(hidden("the dose was raised to 40 mg") == "the dose was raised to 40 mg");
}

TEST_CASE("a registered address of two words is hidden whole") {
  for (const char* text : {"at zq7x Road today", "ZQ7X-ROAD", "zq7x, road"}) {
    CAPTURE(text);
    CHECK(hidden(text).find("hidden]") != std::string::npos);
  }
  CHECK(hidden("the road is closed") == "the road is closed");
}

TEST_CASE("no spelling of a registered phone survives") {
  constexpr std::string_view kDigits = "9820133447";
  static const char* const english[] = {"zero", "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};
  static const char* const hindi[] = {"shunya", "ek",   "do",   "teen", "char",
                                      "paanch", "chhe", "saat", "aath", "nau"};
  static const char* const gaps[] = {" ", "-", ", ", " - ", "\n", " / ", "... "};
  static const char* const before[] = {"batch ", "order no. ", "", "dose ", "invoice: "};
  std::mt19937 random(5);
  const auto any = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (int round = 0; round < 2000; ++round) {
    std::string text = before[any(5)];
    struct Unit {
      std::size_t start;
      std::size_t end;
    };
    std::vector<Unit> units;
    for (std::size_t i = 0; i < kDigits.size(); ++i) {
      if (i != 0) text += gaps[any(7)];
      const auto digit = static_cast<std::size_t>(kDigits[i] - '0');
      const std::size_t start = text.size();
      switch (any(5)) {
        case 0:
          text += english[digit];
          break;
        case 1:
          text += hindi[digit];
          break;
        case 2:  // Devanagari
          text += "\xE0\xA5";
          text += static_cast<char>(0xA6 + digit);
          break;
        case 3:  // full width
          text += "\xEF\xBC";
          text += static_cast<char>(0x90 + digit);
          break;
        default:
          text += kDigits[i];
          break;
      }
      units.push_back({start, text.size()});
    }
    text += " ship it";
    RedactionOptions options;
    options.known.phones = kPhones;
    std::vector<Finding> findings;
    REQUIRE(find_contact_details(text, options, findings));
    for (const Unit& unit : units) {
      bool covered = false;
      for (const Finding& found : findings)
        covered = covered || (found.start <= unit.start && unit.end <= found.end);
      CAPTURE(text);
      REQUIRE(covered);
    }
  }
}
