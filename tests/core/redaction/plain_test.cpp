// Contacts that are hidden without a detector are those that the detectors would hide, byte for byte.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "connex/redaction.hpp"
#include "core/redaction/corpus.hpp"
#include "core/redaction/plain.hpp"

using namespace connex;

namespace {

std::string with_markers(std::string_view text, bool detectors) {
  RedactionOptions options;
  // Where a type is not asked for, every contact goes to its detector. Organisations are only known values.
  if (detectors) options.types &= ~span_bit(SpanType::organisation);
  std::vector<Finding> findings;
  std::string out;
  REQUIRE(redact(text, options, out, findings));
  return out;
}

std::string sentence(std::mt19937& random) {
  static const char* const words[] = {
      "call",    "me",        "on",         "at",       "my",    "number", "is",    "the", "batch",
      "order",   "patient",   "subject",    "no",       "mail",  "to",     "for",   "one", "plus",
      "dose",    "mg",        "Rs",         "and",      "then",  "rest",   "first", "row", "ext",
      "x",       "dot",       "underscore", "please",   "today", "or",     "write", "id",  "aadhaar",
      "reverse", "backwards", "card",       "91",       "0",     "12",     "(",     ")",   ":",
      ",",       ".",         "\n",         "-",        "#",     "gmail",  "com",   "www", "flat 4",
      "MG Road", "Pune",      "whatsapp",   "telegram", "zero",  "oh"};
  std::string text;
  const std::size_t n = random() % 9;
  for (std::size_t i = 0; i < n; ++i) text += std::string(words[random() % std::size(words)]) + " ";
  return text;
}

std::string contact(std::mt19937& random) {
  const auto digits = [&](std::size_t n) {
    std::string out;
    while (out.size() < n) out += static_cast<char>('0' + random() % 10);
    return out;
  };
  static const char* const heads[] = {"6", "7", "8", "9", "1", "2"};
  static const char* const names[] = {"dr.sharma", "anita", "k.iyer", "x-ray", "ravi_k", "info"};
  static const char* const hosts[] = {"gmail.com", "yahoo.co.in", "clinic.example",
                                      "okicici",   "who.int",     "apollo.in"};
  const auto words = [&](std::size_t n) {
    static const char* const digit_words[] = {"zero", "one", "two",   "three", "four",
                                              "five", "six", "seven", "eight", "nine"};
    std::string out = digit_words[random() % 4 == 0 ? random() % 10 : 6 + random() % 4];
    for (std::size_t i = 1; i < n; ++i)
      out += (random() % 60 == 0 ? "  " : " ") + std::string(digit_words[random() % 10]);
    return out;
  };
  switch (random() % 6) {
    case 4:
      return words(random() % 4 == 0 ? 9 + random() % 3 : 10);
    case 0:
      return heads[random() % 6] + digits(9);
    case 1:
      return heads[random() % 6] + digits(4) + (random() % 2 == 0 ? " " : "-") + digits(5);
    default:
      return names[random() % 6] + digits(random() % 3) + "@" + hosts[random() % 6];
  }
}

}  // namespace

TEST_CASE("plain contacts are hidden as the detectors would hide them") {
  std::mt19937 random(21);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = sentence(random) + contact(random);
    text += random() % 3 == 0 ? ". " : random() % 3 == 0 ? ", " : " ";
    text += sentence(random);
    if (random() % 3 == 0) text += contact(random) + " " + sentence(random);
    CAPTURE(text);
    CHECK(with_markers(text, false) == with_markers(text, true));
  }
}

TEST_CASE("what a plain contact is") {
  Finding found;
  const auto mail = [&](std::string_view text) { return redaction::plain_mail(text, text.find('@'), found); };
  CHECK(mail("mail dr.sharma72@gmail.com today"));
  CHECK(found.start == 5);
  CHECK(found.end == 26);
  CHECK(!mail("mail k dot sharma@gmail.com"));
  CHECK(!mail("mail sharma@gmail.com dot in"));
  CHECK(!mail("sharma@okicici"));
  const auto phone = [&](std::string_view text) {
    const std::size_t last = text.find_last_of("0123456789");
    std::size_t from = last;
    while (from > 0 && text[from - 1] >= '0' && text[from - 1] <= '9') --from;
    return redaction::plain_phone(text, from, last + 1, found);
  };
  CHECK(phone("Call 98201 33447."));
  CHECK(phone("Call me on 9820133447 today"));
  CHECK(!phone("batch 9820133447 recalled"));
  CHECK(!phone("+91 98201 33447"));
  CHECK(!phone("call 9999999999"));
  CHECK(!phone("call 98201 33447@"));
  const auto words = [&](std::string_view text) {
    return redaction::plain_words(text, text.find("two"), found);
  };
  CHECK(words("platform. Nine eight two zero one three three four four seven is my number"));
  CHECK(found.start == 10);
  CHECK(found.end == 61);
  CHECK(!words("nine eight two zero one three three four four seven eight"));
  CHECK(!words("nine eight two zero one three three four four"));
  CHECK(!words("double nine eight two zero one three three four four seven"));
  CHECK(!words("one eight two zero one three three four four seven"));
  CHECK(!words("nine eight two zero one three three four four seven at gmail"));
  CHECK(!words("nine eight two zero one three three four four seven 22"));
}
