#include <doctest/doctest.h>

#include <string>

#include "connex/redaction.hpp"

using namespace connex;

namespace {

constexpr std::string_view kPhones[] = {"+91 98201 33447"};
constexpr std::string_view kMails[] = {"anita.d@clinic.example"};
constexpr std::string_view kAddresses[] = {"12 Rose Villa, Carter Road, Bandra West, Mumbai 400050"};
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
