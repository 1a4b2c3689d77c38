#include "connex/redaction.hpp"

#include <doctest/doctest.h>

#include "core/redaction/corpus.hpp"

using namespace connex;

namespace {

std::string redacted(std::string_view text, const RedactionOptions& options = {}) {
  std::string out;
  std::vector<Finding> findings;
  REQUIRE(redact(text, options, out, findings));
  return out;
}

}  // namespace

TEST_CASE("contacts are hidden in every dress") {
  for (const auto* samples : {&testing::contacts(), &testing::whole_messages()}) {
    for (const testing::Sample& sample : *samples) {
      CAPTURE(std::string(sample.text));
      CHECK(redacted(sample.text).find(sample.secret) == std::string::npos);
    }
  }
}

TEST_CASE("clinical talk arrives unharmed") {
  for (const char* text : testing::clean_texts()) {
    CAPTURE(text);
    CHECK(redacted(text) == text);
  }
}

TEST_CASE("paragraphs of clinical and ordinary prose arrive unharmed") {
  for (const char* text : {
           "A 58-year-old man with type 2 diabetes for 12 years came with two weeks of breathlessness. BP "
           "148/92, pulse 104, "
           "SpO2 91% on room air, weight 82 kg. Hb 10.4, creatinine 1.9, eGFR 38, HbA1c 9.2, NT-proBNP "
           "4,820. ECG: sinus "
           "rhythm, PR 168, QRS 112, QTc 446 ms. Start furosemide 40 mg IV, then 40 mg orally twice a day "
           "for 7 days.",
           "In the trial, 4,744 patients at 410 centres in 20 countries were assigned 1:1; the primary "
           "outcome occurred in 386 "
           "of 2373 and 502 of 2371 (hazard ratio 0.74; 95% CI 0.65 to 0.85; P<0.001). See N Engl J Med "
           "2019;381:1995-2008, "
           "doi 10.1056/NEJMoa1911303, NCT03036124, PMID 31535829, PMCID PMC6792545.",
           "BP at home: 130/80 132/84 128/78 126/80 134/86. Fasting glucose 98 112 145 130 99 101 at 0 30 60 "
           "90 120 150 min.",
           "One of the two nurses ate at four, won the toss for the third time and left to see two or three "
           "of the eight wards. "
           "At this point the committee asked no one for more; six to seven per cent is too low to matter.",
           "Kit number 439380 to 296501 was dispatched, ISBN 978-93-36002-70-2 is the handbook, lot 7245 "
           "8831 90 was recalled, "
           "and UTR 402917736612 settled invoice 9920018834 of 12/03/2026 for Rs. 1,24,500.00.",
           "Ek goli subah aur do goli raat ko, saat din tak; do din baad aana, hafte mein teen baar walk.",
       }) {
    CAPTURE(text);
    CHECK(redacted(text) == text);
  }
}

TEST_CASE("a span is exact and becomes its marker") {
  std::vector<Finding> findings;
  const std::string_view text = "Ph: +91 98201 33447, mail a.b72@gmail.com.";
  REQUIRE(find_contact_details(text, {}, findings));
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].type == SpanType::phone);
  CHECK(text.substr(findings[0].start, findings[0].end - findings[0].start) == "+91 98201 33447");
  CHECK((findings[0].evidence & kEvidenceCue) != 0);
  CHECK(findings[1].type == SpanType::email);
  CHECK(text.substr(findings[1].start, findings[1].end - findings[1].start) == "a.b72@gmail.com");
  CHECK(redacted(text) == "Ph: [phone hidden], mail [email hidden].");
}

TEST_CASE("invalid UTF-8 is refused") {
  std::vector<Finding> findings;
  for (const std::string_view text :
       {"\xFF", "a\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    const Result<void> result = find_contact_details(text, {}, findings);
    REQUIRE(!result);
    CHECK(result.error().code == ErrorCode::invalid_argument);
    CHECK(findings.empty());
  }
}

TEST_CASE("the policy replaces thresholds and the allow-list") {
  RedactionPolicy policy = default_redaction_policy();
  RedactionOptions options;
  options.policy = &policy;
  CHECK(redacted("see https://trials.example.org/a", options).find("[link hidden]") != std::string::npos);
  const std::string_view hosts[] = {"example.org"};
  policy.allowed_hosts = hosts;
  CHECK(redacted("see https://trials.example.org/a", options) == "see https://trials.example.org/a");
  policy.thresholds[static_cast<std::size_t>(SpanType::phone)] = 50;
  CHECK(redacted("Call me on 9820133447", options) == "Call me on 9820133447");
  options = {};
  options.types = span_bit(SpanType::email);
  CHECK(redacted("Call me on 9820133447", options) == "Call me on 9820133447");
}

TEST_CASE("line numbers are no digits of the number on the lines") {
  const std::string out = redacted("call me\n1) 9\n2) 8\n3) 2\n4) 0\n5) 1\n6) 3\n7) 3\n8) 4\n9) 4\n10) 7");
  CHECK(out.find("9) 4") == std::string::npos);
  CHECK(out.find("2) 8") == std::string::npos);
}

TEST_CASE("a look-alike of an allowed host is not that host") {
  CHECK(redacted("see https://d\xD0\xBEi.org/drsharma").find("drsharma") == std::string::npos);
  CHECK(redacted("see https://doi.org/10.1056/x") == "see https://doi.org/10.1056/x");
}

TEST_CASE("sums in digits of another script count as disguised, though they are no letters for digits") {
  for (const char* gap : {" ; ", " ? "}) {
    std::string text;
    for (const int digit : {9, 8, 2, 0, 1, 3, 3}) {
      text += text.empty() ? "" : ", ";
      text += std::string("\xE0\xA5") + static_cast<char>(0xA6 + digit) + "-\xE0\xA5\xA6";
    }
    text += std::string(gap) + "\xE0\xA5\xAA\xE0\xA5\xAA\xE0\xA5\xAD";
    CAPTURE(text);
    CHECK(redacted(text) == "[phone hidden]");
  }
}

TEST_CASE("the security code of a card is hidden where a word announces it, and a catheter's size is not") {
  for (const char* text :
       {"cvv 123", "CVV: 456", "my cvv2 is 0123 ok", "cvv no. 789 please", "cvv one two three",
        "4 5 6 is my cvv", "card 4111 1111 1111 1111 exp 12/27 cvc 321", "cvc: 321",
        "The code is 731 (CVV) as printed", "my cvv\n907", "cvv 1-2-3", "cvv 123 ok", "CVV2: 456"}) {
    CAPTURE(text);
    const std::string out = redacted(text);
    CHECK(out.find("[card hidden]") != std::string::npos);
    CHECK(redacted(out) == out);
    for (const char* secret : {"123", "456", "789", "321", "731", "907", "three", "5 6", "2-3"})
      CHECK(out.find(secret) == std::string::npos);
  }
  for (const char* text :
       {"CVC 7 Fr placed on day 3", "CVC 120 cm, tip at T4", "CVC in situ, sodium 138 and potassium 4.1",
        "CVC 2019 guideline", "CVV 100% of the time", "never give your cvv to anyone", "cvv 12345 is no code",
        "the CVV is on the back; pay 500 rupees", "CVC infection in 120 of 400 patients"}) {
    CAPTURE(text);
    CHECK(redacted(text) == text);
  }
}
