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
      CHECK(tail.bytes().size() <= ConversationTail::kMostBytes);
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

namespace {

const char* const kDigitWords[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};

// What a reader has of the messages in the end, each with what later ones made of it; how many digits of each were
// hidden at once goes to `hidden`.
std::vector<std::string> read_in_the_end(const std::vector<std::string>& messages, const RedactionOptions& options,
                                         std::size_t* hidden = nullptr, std::size_t threads = 1) {
  std::vector<ConversationTail> tails(threads);
  std::vector<std::string> out;
  std::vector<Finding> findings;
  std::vector<EarlierPiece> earlier;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    std::rotate(tails.begin(), tails.begin() + 1, tails.end());
    std::string text;
    REQUIRE(redact(messages[i], options, {i, i}, tails, text, findings, earlier));
    if (hidden != nullptr && text != messages[i]) *hidden += messages[i].size();
    out.push_back(text);
    for (const EarlierPiece& piece : earlier) {
      std::string& before = out[piece.number];
      REQUIRE(before.ends_with(piece.delivered));
      before.replace(before.size() - piece.delivered.size(), std::string::npos, piece.hidden);
    }
    for (ConversationTail& tail : tails) {
      Result<ConversationTail> again = ConversationTail::from_bytes(tail.bytes());
      REQUIRE(again);
      tail = *std::move(again);
    }
  }
  return out;
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + '\n';
  return out;
}

// `digits` cut at random places.
std::vector<std::string> cut(const std::string& digits, std::size_t pieces, std::mt19937& random) {
  std::vector<std::size_t> cuts = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::ranges::shuffle(cuts, random);
  cuts.resize(pieces - 1);
  cuts.push_back(0);
  cuts.push_back(10);
  std::ranges::sort(cuts);
  std::vector<std::string> out;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) out.push_back(digits.substr(cuts[i], cuts[i + 1] - cuts[i]));
  return out;
}

}  // namespace

TEST_CASE("a mobile number cut anywhere, bare and unannounced: nothing of it is left to read in the end") {
  std::mt19937 random(13);
  int late = 0;
  for (int round = 0; round < 400; ++round) {
    std::string digits(1, static_cast<char>('6' + random() % 4));
    for (int i = 1; i < 10; ++i) digits.push_back(static_cast<char>('0' + random() % 10));
    const bool registered = round % 2 == 0;
    const std::string stored = "+91 " + digits;
    const std::string_view phone = stored;
    RedactionOptions options;
    if (registered) options.known.phones = {&phone, 1};
    const std::vector<std::string> pieces = cut(digits, 2 + random() % 5, random);
    CAPTURE(join(pieces));
    CAPTURE(registered);
    std::size_t at_once = 0;
    const std::vector<std::string> left = read_in_the_end(pieces, options, &at_once);
    CAPTURE(join(left));
    CHECK(join(left).find_first_of("0123456789") == std::string::npos);
    // A reader who saw each as it came has three digits to guess.
    if (at_once < 3) ++late;
    if (registered) CHECK(at_once >= (pieces.back().size() < 3 && pieces.size() == 2 ? 1 : 3));
  }
  CHECK(late <= 32);  // "98450123", "45"
}

TEST_CASE("a number one word a message is hidden before it is whole, and all of it in the end") {
  std::mt19937 random(14);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> words = {kDigitWords[6 + random() % 4]};
    while (words.size() < 10) words.emplace_back(kDigitWords[random() % 10]);
    const std::string all = join(words);
    CAPTURE(all);
    std::vector<Finding> findings;
    ConversationTail tail;
    std::string out;
    int hidden = 0;
    for (const std::string& word : words) {
      REQUIRE(redact(word, {}, tail, out, findings));
      if (out != word) ++hidden;
    }
    CHECK(hidden >= 3);
    for (const std::string& text : read_in_the_end(words, {})) CHECK(text == "[phone hidden]");
  }
}

TEST_CASE("pieces in several threads are one conversation") {
  const std::string_view phone = "+91 98200 11111";
  RedactionOptions options;
  options.known.phones = {&phone, 1};
  for (const auto& pieces : std::vector<std::vector<std::string>>{
           {"98200", "11111"}, {"98", "200", "111", "11"}, {"982", "00", "11", "1", "1", "1"}}) {
    CAPTURE(join(pieces));
    for (const std::string& text : read_in_the_end(pieces, options, nullptr, 3)) CHECK(text == "[phone hidden]");
  }
  CHECK(join(read_in_the_end({"my number is 98450", "and then 12345"}, {}, nullptr, 2)).find("12345") ==
        std::string::npos);
}

TEST_CASE("decimals and percentages, one a message, are readings unless a number was announced") {
  CHECK(!caught({"8.5", "9.2", "7.8", "9.9", "6.4"}));
  CHECK(!caught({"98%", "49%", "12%", "23%", "71%"}));
  CHECK(caught({"my number", "8.5", "9.2", "7.8", "9.9", "6.4"}));
  CHECK(caught({"98", "20", "13", "34", "47"}));
}

TEST_CASE("readings, doses and counts, one a message, stay as they are") {
  for (const auto& messages : std::vector<std::vector<std::string>>{
           {"98", "97", "96", "95", "98"},
           {"98", "112", "130", "125"},
           {"84", "88", "91", "93", "95"},
           {"650", "700", "680"},
           {"how many?", "60", "of 240", "ok"},
           {"120", "80", "72"},
           {"9", "8", "10"},
           {"two tablets", "nine am", "one or two", "98"},
           {"batch 981234", "60", "Rs 4500"}}) {
    CAPTURE(join(messages));
    CHECK(read_in_the_end(messages, {}) == messages);
  }
}

TEST_CASE("what was said between the pieces, and before them in a message, stays") {
  const std::vector<std::string> left =
      read_in_the_end({"the trial had 240 patients. my number: 98450", "thank you doctor", "12345"}, {});
  CHECK(left[0].starts_with("the trial had 240 patients."));
  CHECK(left[0].find("98450") == std::string::npos);
  CHECK(left[1] == "thank you doctor");
  CHECK(left[2] == "[phone hidden]");
  // Of a long message the end alone is kept, with what was hidden of it.
  std::string long_text;
  for (int i = 0; i < 30; ++i) long_text += "the patients slept. ";
  const std::vector<std::string> more = read_in_the_end(
      {long_text + "ravi@gmail.com. The patients slept well. My mobile is 98450", "12345"}, {});
  CHECK_MESSAGE(more[0].starts_with(long_text + "[email hidden]. The patients slept well."), more[0]);
  CHECK(more[0].find("98450") == std::string::npos);
}

TEST_CASE("a registered e-mail address in pieces that no detector would look at") {
  const std::string_view email = "asha.rao@citymail.in";
  RedactionOptions options;
  options.known.emails = {&email, 1};
  for (const auto& pieces : std::vector<std::vector<std::string>>{{"asha.rao", "citymail.in"},
                                                                  {"asha dot rao", "at citymail", "dot in"},
                                                                  {"asha", "rao", "citymail"}}) {
    const std::string left = join(read_in_the_end(pieces, options));
    CAPTURE(left);
    CHECK(left.find("rao") == std::string::npos);
    CHECK(left.find("citymail") == std::string::npos);
  }
}

TEST_CASE("a malformed tail is refused") {
  for (const std::string_view bytes :
       {std::string_view("\x03", 1), std::string_view("\x02", 1), std::string_view("\x01\x00", 2),
        std::string_view("\x01\x00\x05\x00"
                         "ab",
                         6),
        std::string_view("\x01\x7F\x00\x00", 4), std::string_view("\x01\x00\x01\x00\xFF", 5)}) {
    CHECK(!ConversationTail::from_bytes(bytes));
  }
  CHECK(ConversationTail::from_bytes("").has_value());
}
