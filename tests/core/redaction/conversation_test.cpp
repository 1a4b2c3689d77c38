#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "connex/redaction.hpp"

using namespace connex;

namespace {

// Whether some message of the series had a piece hidden.
bool caught(const std::vector<std::string>& messages, bool through_bytes = false) {
  ConversationTail tail;
  std::vector<Finding> findings;
  std::string out;
  bool hit = false;
  for (const std::string& message : messages) {
    REQUIRE(redact(message, {}, tail, out, findings));
    for (const Finding& finding : findings) {
      CHECK(finding.start < finding.end);
      CHECK(finding.end <= message.size());
      hit = true;
    }
    if (through_bytes) {
      Result<ConversationTail> again = ConversationTail::from_bytes(tail.bytes());
      REQUIRE(again);
      CHECK(again->bytes() == tail.bytes());
      CHECK(tail.bytes().size() <= 2 * ConversationTail::kTailBytes);
      tail = *std::move(again);
    }
  }
  return hit;
}

}  // namespace

TEST_CASE("a number sent in pieces is caught at the piece that completes it") {
  CHECK(caught({"my mobile is 98201", "33447"}));
  CHECK(caught({"call me", "98201", "ok?", "33447"}, true));
  CHECK(caught({"number", "nine eight", "two zero one", "33", "four four", "seven"}, true));
  CHECK(caught({"mail", "drsharma72", "at gmail", "dot com"}));
  CHECK(!caught({"dose 40 mg", "for 14 days", "then 80 mg", "review in 2 weeks"}));
  CHECK(!caught({"thanks doctor", "see you at 4:30", "on 12/08", "slide 9 of 80"}));
}

TEST_CASE("splits of up to six messages, digits and words mixed") {
  std::mt19937 random(11);
  const char* const words[] = {"zero", "one", "two",   "three", "four",
                               "five", "six", "seven", "eight", "nine"};
  for (int round = 0; round < 300; ++round) {
    std::string digits(1, static_cast<char>('6' + random() % 4));
    for (int i = 1; i < 10; ++i) digits.push_back(static_cast<char>('0' + random() % 10));
    const std::size_t pieces = 2 + random() % 5;
    std::vector<std::string> messages = {"my mobile number"};
    for (std::size_t p = 0; p < pieces; ++p) {
      const std::string piece = digits.substr(p * 10 / pieces, (p + 1) * 10 / pieces - p * 10 / pieces);
      std::string text;
      if (random() % 2 == 0) {
        text = piece;
      } else {
        for (const char c : piece) text += std::string(words[c - '0']) + " ";
      }
      messages.push_back(text);
    }
    CAPTURE(digits);
    CAPTURE(pieces);
    CHECK(caught(messages, true));
  }
}

TEST_CASE(
    "words of two languages and digits in one message, over two to six messages: the last piece is hidden") {
  std::mt19937 random(12);
  const char* const english[] = {"zero", "one", "two",   "three", "four",
                                 "five", "six", "seven", "eight", "nine"};
  const char* const hindi[] = {"shunya", "ek", "do", "teen", "char", "paanch", "chhe", "saat", "aath", "nau"};
  const char* const heads[] = {"my mobile number", "call me on", "phone:", "whatsapp no"};
  for (int round = 0; round < 400; ++round) {
    std::string digits(1, static_cast<char>('6' + random() % 4));
    for (int i = 1; i < 10; ++i) digits.push_back(static_cast<char>('0' + random() % 10));
    const std::size_t pieces = 2 + random() % 5;
    ConversationTail tail;
    std::vector<Finding> findings;
    std::string out;
    std::string all(heads[random() % 4]);
    REQUIRE(redact(all, {}, tail, out, findings));
    std::string said;
    std::vector<std::pair<std::size_t, std::size_t>> units;
    for (std::size_t p = 0; p < pieces; ++p) {
      said.clear();
      units.clear();
      for (std::size_t k = p * 10 / pieces; k < (p + 1) * 10 / pieces; ++k) {
        if (!said.empty()) said += ' ';
        const std::size_t from = said.size();
        const auto digit = static_cast<std::size_t>(digits[k] - '0');
        if (const auto style = random() % 3; style == 0) {
          said += english[digit];
        } else if (style == 1) {
          said += hindi[digit];
        } else {
          said += digits[k];
        }
        units.emplace_back(from, said.size());
      }
      REQUIRE(redact(said, {}, tail, out, findings));
      all += " / " + said;
    }
    CAPTURE(digits);
    CAPTURE(all);
    for (const auto& [from, to] : units) {
      CHECK(std::any_of(findings.begin(), findings.end(), [&, first = from, last = to](const Finding& f) {
        return f.start <= first && last <= f.end;
      }));
    }
    CHECK(std::any_of(findings.begin(), findings.end(),
                      [](const Finding& f) { return (f.evidence & kEvidenceConversation) != 0; }));
  }
}

TEST_CASE("a malformed tail is refused") {
  for (const std::string_view bytes :
       {std::string_view("\x02", 1), std::string_view("\x01\x00", 2),
        std::string_view("\x01\x00\x05\x00"
                         "ab",
                         6),
        std::string_view("\x01\x7F\x00\x00", 4), std::string_view("\x01\x00\x01\x00\xFF", 5)}) {
    CHECK(!ConversationTail::from_bytes(bytes));
  }
  CHECK(ConversationTail::from_bytes("").has_value());
}
