#include <doctest/doctest.h>

#include <initializer_list>
#include <random>
#include <string>
#include <utility>
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

TEST_CASE("the building of a registered address is hidden alone, and what others have too is not") {
  for (const char* text :
       {"I am in Rose Villa until six", "rose villa, please", "ROSE-VILLA", "Rose\nVilla", "Rosse Vila it is",
        "Rose apartments", "\xEF\xBC\xB2ose \xD0\xA0illa or Rose Villa"}) {
    CAPTURE(text);
    CHECK(hidden(text).find("[address hidden]") != std::string::npos);
  }
  CHECK(hidden("I am in Rose Villa until six") == "I am in [address hidden] until six");
  for (const char* text :
       {"the fever rose and fell", "a villa by the sea", "Carter Road is closed", "a flat in Bandra West",
        "he rose, villa or not", "Mumbai", "the rose garden", "They rose. Villa sales fell"}) {
    CAPTURE(text);
    CHECK(hidden(text) == text);
  }
  const auto hides = [](std::string_view address, std::string_view text) {
    RedactionOptions options;
    options.known.addresses = {&address, 1};
    std::vector<Finding> findings;
    REQUIRE(find_contact_details(text, options, findings));
    return !findings.empty();
  };
  // Without commas; by number; a single word where it is a name.
  CHECK(hides("12 Rose Villa Carter Road Bandra West Mumbai 400050", "ask at Rose Villa"));
  CHECK(hides("Flat 3, Silver Oaks, 4th Cross Road, Pune", "Silver Oaks at nine"));
  CHECK(hides("12 Antilia, Altamount Road, Mumbai", "the gate of Antilia"));
  CHECK(hides("12 Antilia, Altamount Road, Mumbai", "be at antilia"));
  // A name of a person, a place of work, a road, a quarter or a common word is not a building.
  CHECK_FALSE(hides("Anita Deshmukh, 12 Rose Villa, Mumbai", "thank you Anita Deshmukh"));
  CHECK_FALSE(hides("Apollo Clinic, 12 Rose Villa, Mumbai", "the Apollo Clinic is full"));
  CHECK_FALSE(hides("Diabetes Centre, 12 Rose Villa, Mumbai", "the diabetes centre is full"));
  CHECK_FALSE(hides("12 Carter Road, Bandra West, Mumbai", "works on Carter Road"));
  CHECK_FALSE(hides("12 Antilia, Altamount Road, Mumbai", "an antilia fern"));
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

namespace {

using Random = std::mt19937;

// A letter or digit as somebody may write it who wants it read all the same: the reach of the folding.
std::string dressed(char c, Random& random) {
  const auto code_point = [](std::uint32_t value) {
    std::string out;
    if (value < 0x800) {
      out += static_cast<char>(0xC0 | value >> 6);
    } else if (value < 0x10000) {
      out += static_cast<char>(0xE0 | value >> 12);
      out += static_cast<char>(0x80 | (value >> 6 & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | value >> 18);
      out += static_cast<char>(0x80 | (value >> 12 & 0x3F));
      out += static_cast<char>(0x80 | (value >> 6 & 0x3F));
    }
    out += static_cast<char>(0x80 | (value & 0x3F));
    return out;
  };
  const bool letter = c >= 'a' && c <= 'z';
  const auto n = static_cast<std::uint32_t>(letter ? c - 'a' : c - '0');
  switch (random() % 8) {
    case 0:
      return std::string(1, letter ? static_cast<char>(c - 32) : c);
    case 1:
      return code_point((letter ? 0xFF41U : 0xFF10U) + n);  // full width
    case 2:
      return code_point((letter ? 0x1D41AU : 0x1D7CEU) + n);  // mathematical bold
    case 3:
      return letter ? code_point(0x24D0U + n) : code_point(0x966U + n);  // circled; Devanagari
    case 4: {
      constexpr std::string_view latin = "aceiopsxy";
      constexpr std::uint32_t cyrillic[] = {0x430, 0x441, 0x435, 0x456, 0x43E, 0x440, 0x455, 0x445, 0x443};
      const std::size_t i = latin.find(c);
      return i == std::string_view::npos ? std::string(1, c) : code_point(cyrillic[i]);
    }
    case 5:
      return std::string(1, c) + "\xE2\x80\x8B";  // followed by a blank without width
    default:
      return std::string(1, c);
  }
}

struct Dressed {
  std::string text;
  std::vector<std::pair<std::size_t, std::size_t>> units;  // bytes of each letter and digit

  void add(std::string_view value, Random& random) {
    for (const char c : value) {
      const bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      const std::size_t from = text.size();
      text += alnum ? dressed(c, random) : std::string(1, c);
      if (alnum) units.emplace_back(from, text.size());
    }
  }
};

void check_hidden(const Dressed& written, const RedactionOptions& options) {
  std::vector<Finding> findings;
  REQUIRE(find_contact_details(written.text, options, findings));
  CAPTURE(written.text);
  for (const auto& unit : written.units) {
    bool covered = false;
    for (const Finding& f : findings) covered = covered || (f.start <= unit.first && unit.second <= f.end);
    REQUIRE(covered);
  }
}

}  // namespace

TEST_CASE("no registered e-mail, address or name survives in a spelling that the folding reaches") {
  Random random(31);
  const auto any = [&](std::initializer_list<std::string_view> list) {
    return list.begin()[random() % list.size()];
  };
  for (int round = 0; round < 1500; ++round) {
    const std::string before(any({"write to ", "batch 12, ", "", "dose: ", "see "}));
    Dressed mail{before, {}};
    mail.add("anita", random);
    mail.text += any({".", " dot ", " . ", "_", "\xEF\xBC\x8E"});
    mail.add("d", random);
    mail.text += any({"@", " at ", "(at)", " @ ", "\xEF\xBC\xA0", " [at] "});
    mail.add("clinic", random);
    mail.text += any({".", " dot ", " . "});
    mail.text += "example today";
    RedactionOptions options;
    options.known.emails = kMails;
    check_hidden(mail, options);

    Dressed address{before, {}};
    bool first = true;
    for (const char* part : {"12", "rose", "villa", "carter", "road", "bandra", "west", "mumbai", "400050"}) {
      if (!std::exchange(first, false)) address.text += any({" ", ", ", "-", " / ", "\n"});
      address.add(part, random);
    }
    address.text += " please";
    options = {};
    options.known.addresses = kAddresses;
    check_hidden(address, options);

    Dressed name{before, {}};
    name.add(any({"anita", "deshmukh"}), random);
    name.text += any({" ", ", ", " said "});
    name.add(any({"deshmukh", "anita"}), random);
    options = {};
    options.known.names = kNames;
    check_hidden(name, options);
  }
}

TEST_CASE("pieces of registered values that leave few guesses, and their halves changed, are hidden") {
  constexpr std::string_view kNumbers[] = {"+91 98200 11111", "022 2654 3210"};
  constexpr std::string_view kMail[] = {"asha.rao@citymail.in"};
  constexpr std::string_view kStreet[] = {"4 Lotus Court, Marine Lines, Mumbai 400020"};
  RedactionOptions options;
  options.known = {kNumbers, kMail, kStreet, {}, {}};
  const auto read = [&](std::string_view text) {
    std::string out;
    std::vector<Finding> findings;
    REQUIRE(redact(text, options, out, findings));
    return out;
  };
  for (const char* text :
       {"it is 2654 3210", "dose 26543210", "98200 1111", "20011111", "the code is 820011111", "11111 98200",
        "sales 11111, target 98200", "last five are 11111 and first five 98200", "one one one one one nine eight two zero zero",
        "0111 1982 00", "asha.rao", "id asha.rao then", "asha full stop rao at the rate citymail full stop in", "Lotus, Court",
        "lotuscourt", "L0tus C0urt", "L-o-t-u-s C-o-u-r-t", "Lotas Court", "lotas kort",
        "\u0932\u094B\u091F\u0938 \u0915\u094B\u0930\u094D\u091F"}) {
    CAPTURE(text);
    CHECK(read(text).find("hidden]") != std::string::npos);
  }
  for (const char* text : {"Dr Asha Rao came", "the asha worker", "sales 98200 and 4411 units", "111111 and 1111111", "0000000",
                           "the court of lotus", "a lotus in a courtyard", "Marine Lines", "BP 120/80, pulse 98, 200 ml",
                           "2654 patients", "lots of courts"}) {
    CAPTURE(text);
    CHECK(read(text) == text);
  }
}
