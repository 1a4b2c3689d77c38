#include "evidence/blind_index.hpp"

#include <string>

#include <doctest/doctest.h>

#include "evidence/vectors.hpp"

namespace connex::evidence {
namespace {

const Bytes kRoot(32, 4);

BlindIndex index(std::string_view table, std::string_view column, std::string_view purpose, IndexForm form,
                 std::size_t width = 32) {
  return BlindIndex(ByteView(kRoot).first<32>(), table, column, purpose, form, width);
}

std::string email(std::string_view text) {
  const auto normal = normalise_email(text);
  return normal ? *normal : "refused";
}

std::string phone(std::string_view text) {
  const auto normal = normalise_phone(text);
  return normal ? *normal : "refused";
}

}  // namespace

TEST_CASE("blind index: e-mail addresses in one form") {
  CHECK(email(" Priya.Nair@Example.COM\r\n") == "priya.nair@example.com");
  CHECK(email("priya@example.com.") == "priya@example.com");
  CHECK(email("priya+tag@example.com") == "priya+tag@example.com");
  CHECK(email("प्रिया@उदाहरण.भारत") == "प्रिया@उदाहरण.भारत");
  for (const char* bad : {"", " ", "@", "a@", "@b", "a@.", "a b@c", "a@b@c", "a", "a@b\x01", "a\n@b"}) {
    CAPTURE(std::string(bad));
    CHECK(email(bad) == "refused");
  }
  CHECK(email(std::string(250, 'a') + "@b.c") != "refused");
  CHECK(email(std::string(251, 'a') + "@b.c") == "refused");
  CHECK(email(std::string_view("a\0@b", 4)) == "refused");
}

TEST_CASE("blind index: phone numbers in one form") {
  for (const char* same :
       {"+919876543210", "+91 98765 43210", "+91-98765-43210", "9876543210", "98765 43210", "098765 43210",
        "919876543210", "00919876543210", "+91 (0) 98765-43210", " 98765.43210 "}) {
    CAPTURE(std::string(same));
    CHECK(phone(same) == "+919876543210");
  }
  CHECK(phone("+44 20 7946 0958") == "+442079460958");
  CHECK(phone("0044 20 7946 0958") == "+442079460958");
  CHECK(phone("+1 (415) 555-0100") == "+14155550100");
  for (const char* bad :
       {"", "+", "(+91)", "12345", "+1234567", "+1234567890123456", "98765x43210", "98765+43210",
        "0987654321", "+0123456789", "९८७६५४३२१०", "9876543210.............................."}) {
    CAPTURE(std::string(bad));
    CHECK(phone(bad) == "refused");
  }
}

TEST_CASE("blind index: equal values meet, and only within one index") {
  auto here = index("person", "email", "lookup", IndexForm::email);
  const Bytes entry = *here.of("Priya@Example.com");
  CHECK(entry.size() == 33);
  CHECK(entry[0] == kIndexFormVersion);
  CHECK(*here.of("priya@example.com ") == entry);
  CHECK(*here.of("priya2@example.com") != entry);
  CHECK(*index("person", "email", "lookup", IndexForm::email).of("priya@example.com") == entry);
  CHECK(*index("company", "email", "lookup", IndexForm::email).of("priya@example.com") != entry);
  CHECK(*index("person", "mail", "lookup", IndexForm::email).of("priya@example.com") != entry);
  CHECK(*index("person", "email", "login", IndexForm::email).of("priya@example.com") != entry);
  CHECK(*index("person", "email", "lookup", IndexForm::exact).of("priya@example.com") != entry);
  CHECK(*index("persone", "mail", "lookup", IndexForm::email).of("priya@example.com") != entry);
  const Bytes other_root(32, 5);
  BlindIndex other(ByteView(other_root).first<32>(), "person", "email", "lookup", IndexForm::email);
  CHECK(*other.of("priya@example.com") != entry);
}

TEST_CASE("blind index: a narrow index is a prefix of the wide one") {
  const Bytes wide = *index("t", "c", "p", IndexForm::phone).of("9876543210");
  const Bytes narrow = *index("t", "c", "p", IndexForm::phone, 2).of("+919876543210");
  CHECK(narrow == Bytes(wide.begin(), wide.begin() + 3));
  CHECK(index("t", "c", "p", IndexForm::phone, 0).of("9876543210")->size() == 2);
  CHECK(index("t", "c", "p", IndexForm::phone, 99).of("9876543210")->size() == 33);
}

TEST_CASE("blind index: what is refused is not repeated in the error") {
  const auto refused = index("t", "c", "p", IndexForm::email).of("not-an-address");
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message.find("not-an-address") == std::string::npos);
  CHECK_FALSE(index("t", "c", "p", IndexForm::exact).of(std::string(kMaxIndexedText + 1, 'a')));
}

TEST_CASE("names and addresses are brought to words that a text may hold") {
  CHECK(*normalise_name("Dr. Anita K. Deshmukh") == std::string("anita deshmukh"));
  CHECK(*normalise_name("anita  DESHMUKH") == std::string("anita deshmukh"));
  CHECK(*normalise_name("Mr Rao") == std::string("rao"));
  CHECK(*normalise_name("\u0930\u092e\u0947\u0936 Kumar") == std::string("kumar \u0930\u092e\u0947\u0936"));
  CHECK(*normalise_name("a b c d e long names of many") == std::string("long many names of"));
  CHECK(*normalise_name("Rao, Asha") == *normalise_name("asha rao"));
  for (const char* none : {"", "Dr", "Dr A", "..", "Al"}) CHECK(!normalise_name(none));
  CHECK(*normalise_address("4, Marine Lines, Mumbai 400002") == std::string("4 marine lines"));
  CHECK(*normalise_address("MG Road") == std::string("mg road"));
  for (const char* none : {"", "Mumbai", ",,"}) CHECK(!normalise_address(none));
}

}  // namespace connex::evidence
