#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "connex/redaction.hpp"
#include "core/redaction/corpus.hpp"
#include "core/redaction/utf8.hpp"

using namespace connex;

namespace {

// Text out of pieces that detectors care about, in any order.
std::string jumble(std::mt19937& random, std::size_t pieces) {
  static const char* const parts[] = {"9",
                                      "98",
                                      "201",
                                      "33447",
                                      "9820133447",
                                      " ",
                                      " ",
                                      ", ",
                                      "\n",
                                      "-",
                                      ".",
                                      "@",
                                      "at",
                                      "dot",
                                      "com",
                                      "gmail",
                                      "seven",
                                      "double",
                                      "ninety",
                                      "hundred",
                                      "call",
                                      "batch",
                                      "my",
                                      "flat 12",
                                      "MG Road",
                                      "Pune",
                                      "411001",
                                      "[phone hidden]",
                                      "[email hidden]",
                                      "\xE2\x80\x8B",
                                      "\xE0\xA5\xAF",
                                      "\xF0\x9F\x99\x8F",
                                      "\xD0\xB0",
                                      "l",
                                      "O",
                                      "|",
                                      "+91",
                                      "telegram",
                                      "id:",
                                      "dr_x",
                                      "www.",
                                      "://",
                                      "ABCPK",
                                      "1234",
                                      "F",
                                      "mg",
                                      "%40",
                                      "&#57;",
                                      "reverse",
                                      "=",
                                      "(",
                                      ")",
                                      "/",
                                      "--",
                                      "....",
                                      "for",
                                      "to",
                                      "ate",
                                      "$even",
                                      "<b>",
                                      "A ="};
  std::string text;
  for (std::size_t i = 0; i < pieces; ++i) text += parts[random() % std::size(parts)];
  return text;
}

void check_properties(const std::string& text) {
  CAPTURE(text);
  std::vector<Finding> findings;
  std::string once;
  REQUIRE(redact(text, {}, once, findings));
  std::uint32_t from = 0;
  for (const Finding& finding : findings) {
    CHECK(finding.start >= from);
    CHECK(finding.start < finding.end);
    CHECK(finding.end <= text.size());
    CHECK((static_cast<unsigned char>(text[finding.start]) & 0xC0) != 0x80);
    if (finding.end < text.size()) CHECK((static_cast<unsigned char>(text[finding.end]) & 0xC0) != 0x80);
    from = finding.end;
  }
  std::string twice;
  REQUIRE(redact(once, {}, twice, findings));
  CHECK(once == twice);
}

std::string streamed(const std::string& text, std::mt19937& random, std::size_t most) {
  RedactionStream stream({});
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = std::min<std::size_t>(text.size() - i, 1 + random() % most);
    REQUIRE(stream.write(std::string_view(text).substr(i, n), out));
    i += n;
  }
  REQUIRE(stream.finish(out));
  return out;
}

}  // namespace

TEST_CASE("offsets are exact and redacting twice changes nothing") {
  std::mt19937 random(3);
  for (int round = 0; round < 6000; ++round) check_properties(jumble(random, 1 + random() % 40));
  for (const testing::Sample& a : testing::contacts()) {
    for (const testing::Sample& b : testing::contacts()) check_properties(std::string(a.text) + " " + b.text);
  }
}

TEST_CASE("long texts are read around what may be a contact, with the same properties") {
  std::mt19937 random(4);
  for (int round = 0; round < 600; ++round) {
    std::string text;
    while (text.size() < 3000) {
      text += testing::clean_texts()[random() % testing::clean_texts().size()];
      text += random() % 4 == 0 ? "\n" : " ";
      text += random() % 3 == 0 ? jumble(random, 1 + random() % 12) : std::string();
    }
    check_properties(text);
  }
  // A contact is found wherever it stands in a long text, and nothing else is.
  std::vector<Finding> findings;
  for (const testing::Sample& sample : testing::contacts()) {
    std::string padding;
    while (padding.size() < 1200) padding += "Patients tolerated the switch well and thanked the team. ";
    const std::string text = padding + sample.text + ". " + padding;
    CAPTURE(sample.text);
    REQUIRE(find_contact_details(text, {}, findings));
    REQUIRE(!findings.empty());
    CHECK(findings.front().start >= padding.size());
    CHECK(findings.back().end <= text.size() - padding.size());
    std::string out;
    apply_findings(text, findings, out);
    CHECK(out.find(sample.secret) == std::string::npos);
  }
}

TEST_CASE("a number among many is found as it is alone") {
  std::mt19937 random(11);
  // What stands between numbers says nothing of them and keeps them apart.
  const std::string between = " kqz kqz kqz kqz kqz kqz kqz kqz kqz kqz ";
  const char* const heads[] = {"",  "+", "+91", "91", "0091", "0", "1800", "2",
                               "4", "5", "6",   "7",  "8",    "9", "00"};
  std::size_t found = 0;
  for (int round = 0; round < 400; ++round) {
    std::string text = between;
    std::vector<Finding> expected;
    for (int number = 0; number < 24; ++number) {
      std::string digits = heads[random() % std::size(heads)];
      const std::size_t size = 8 + random() % 11;
      const std::size_t group = 1 + random() % 6;
      while (digits.size() < size) digits += static_cast<char>('0' + random() % 10);
      std::string line;
      for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && i % group == 0) line += ' ';  // which has no price, whose rounding could tell
        line += digits[i];
      }
      std::vector<Finding> alone;
      REQUIRE(find_contact_details(between + line + between, {}, alone));
      for (Finding finding : alone) {
        finding.start += static_cast<std::uint32_t>(text.size() - between.size());
        finding.end += static_cast<std::uint32_t>(text.size() - between.size());
        expected.push_back(finding);
      }
      text += line + between;
    }
    std::vector<Finding> findings;
    REQUIRE(find_contact_details(text, {}, findings));
    CAPTURE(text);
    REQUIRE(findings == expected);
    found += findings.size();
  }
  CHECK(found > 2000);
}

TEST_CASE("random bytes are refused or processed, never worse") {
  std::mt19937 random(5);
  std::vector<Finding> findings;
  std::string out;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const Result<void> result = redact(bytes, {}, out, findings);
    CHECK(result.has_value() == redaction::valid_utf8(bytes));
    for (char& c : bytes) c = static_cast<char>(static_cast<unsigned char>(c) & 0x7F);
    check_properties(bytes);
  }
}

TEST_CASE("a stream's output does not depend on its chunks") {
  std::mt19937 random(9);
  std::string text;
  while (text.size() < 400'000) {
    text += testing::clean_texts()[random() % testing::clean_texts().size()];
    text +=
        random() % 3 == 0 ? "\nThank you doctor, noted with care.\n" : " Thank you doctor, noted with care. ";
    text += testing::contacts()[random() % testing::contacts().size()].text;
    text += ". ";
  }
  const std::string whole = streamed(text, random, text.size());
  CHECK(streamed(text, random, 7) == whole);
  CHECK(streamed(text, random, 5000) == whole);
  CHECK(streamed(text, random, 200'000) == whole);
  for (const testing::Sample& sample : testing::contacts()) {
    CAPTURE(std::string(sample.secret));
    const std::size_t left = std::min(whole.find(sample.secret), whole.size());
    CAPTURE(whole.substr(left - std::min<std::size_t>(left, 200), 280));
    CHECK(left == whole.size());
  }
  RedactionStream stream({});
  std::string out;
  REQUIRE(stream.write("abc \xFF", out));
  CHECK(!stream.finish(out));
}

TEST_CASE("a stream's window still reads the words before it") {
  std::mt19937 random(1);
  for (std::size_t shift = 0; shift < 60; ++shift) {
    std::string text;
    while (text.size() + shift < RedactionStream::kStreamWindow) text += "noted ";
    text += "call 2589 1954 then. ";
    while (text.size() < 3 * RedactionStream::kStreamWindow) text += "noted ";
    CAPTURE(shift);
    CHECK(streamed(text, random, 50'000).find("2589 1954") == std::string::npos);
  }
}
