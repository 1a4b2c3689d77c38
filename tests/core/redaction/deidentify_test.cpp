#include <doctest/doctest.h>

#include <iterator>
#include <random>
#include <string>
#include <type_traits>

#include "connex/redaction.hpp"

using namespace connex;

static_assert(!std::is_default_constructible_v<DeidentifiedText>);
static_assert(!std::is_constructible_v<DeidentifiedText, std::string>);

namespace {

constexpr std::string_view kDoctor[] = {"Anita K. Deshmukh"};
constexpr std::string_view kRep[] = {"Rohan Mehta"};
constexpr std::string_view kFirm[] = {"Zenvia Pharma"};
constexpr VisitEntity kEntities[] = {
    {SpanType::name, 1, kDoctor}, {SpanType::name, 2, kRep}, {SpanType::organisation, 1, kFirm}};

DeidentifiedText made(std::string_view text) {
  DeidentifyOptions options;
  options.entities = kEntities;
  Result<DeidentifiedText> result = deidentify(text, options);
  REQUIRE(result);
  return *std::move(result);
}

}  // namespace

TEST_CASE("people and organisations of the visit get stable placeholders") {
  const DeidentifiedText text = made(
      "Dr. Anita Deshmukh met Rohan of Zenvia. Dr A. K. Deshmukh asked Mr Mehta for data; call 9820133447.");
  CHECK(text.text() ==
        "[person 1] met [person 2] of [organisation 1]. [person 1] asked [person 2] for data; call [phone "
        "hidden].");
  CHECK(text.clean());
}

TEST_CASE("what is left over is reported") {
  const DeidentifiedText text = made("Dr Kapoor agreed with Dr Deshmukh about file 1234567.");
  REQUIRE(text.residual_risks().size() == 2);
  CHECK(text.residual_risks()[0].kind == ResidualRisk::Kind::unknown_titled_name);
  const ResidualRisk& risk = text.residual_risks()[0];
  CHECK(text.text().substr(risk.start, risk.end - risk.start) == "Dr Kapoor");
  CHECK(text.residual_risks()[1].kind == ResidualRisk::Kind::rare_number);
}

TEST_CASE("the host supplies its own placeholders") {
  DeidentifyOptions options;
  options.entities = kEntities;
  options.placeholder = [](const VisitEntity& entity) {
    return std::string(1, static_cast<char>('a' + entity.index));
  };
  const Result<DeidentifiedText> result = deidentify("Rohan came", options);
  REQUIRE(result);
  CHECK(result->text() == "c came");
  CHECK(!deidentify("\xFF", options));
}

TEST_CASE("a placeholder is no part of a contact, whatever it says and stands beside") {
  DeidentifyOptions options;
  options.entities = kEntities;
  options.placeholder = [](const VisitEntity& entity) {
    return entity.type == SpanType::organisation ? "[organisation abcdefghij]" : "[person klmnopabcd]";
  };
  for (const char* end : {" Clinic liked Telma", " hospital", " Health", " Care today", "."}) {
    const Result<DeidentifiedText> result = deidentify(std::string("Dr Anita Deshmukh at Zenvia").append(end), options);
    REQUIRE(result);
    CHECK(result->text() == std::string("[person klmnopabcd] at [organisation abcdefghij]").append(end));
  }
}

TEST_CASE("who works where is no e-mail address, though one is registered that begins so") {
  DeidentifyOptions options;
  options.entities = kEntities;
  constexpr std::string_view kMails[] = {"rohan@zenvia.in"};
  options.redaction.known.emails = kMails;
  const auto told = [&](std::string_view text) {
    const Result<DeidentifiedText> result = deidentify(text, options);
    REQUIRE(result);
    return std::string(result->text());
  };
  CHECK(told("Rohan at Zenvia liked it") == "[person 2] at [organisation 1] liked it");
  CHECK(told("Anita met Rohan of Zenvia") == "[person 1] met [person 2] of [organisation 1]");
  CHECK(told("write to rohan at zenvia dot in") == "write to [email hidden]");
  CHECK(told("rohan@zenvia") == "[email hidden]");
}

TEST_CASE("names run together and with what honours them become placeholders") {
  for (const char* text : {"AnitaDeshmukh came", "anitadeshmukh came", "DeshmukhAnita came", "Anitaji came", "Anitabhai came"})
    CHECK(made(text).text() == "[person 1] came");
  CHECK(made("RohanMehta and Rohanji").text() == "[person 2] and [person 2]");
}

TEST_CASE("the initials of the visit's people become placeholders, in capitals and as no measure") {
  for (const char* text : {"R.M. came", "R. M. came", "R M came", "RM came", "Dr RM came", "Dr. R.M. came"}) {
    CAPTURE(text);
    CHECK(made(text).text().ends_with("[person 2] came"));
  }
  for (const char* text : {"rm came", "M R came", "RM 120 today", "RMO came"}) {
    CAPTURE(text);
    CHECK(made(text).text() == text);
  }
}

TEST_CASE("names in disguise become placeholders: apart, replaced, with an initial, in another script") {
  for (const char* text : {"a.d. came", "a. d. came", "Akd came", "Ad came", "a.k.d. came", "anitad came", "ADeshmukh came", "dAnita came",
                           "A. Desh-mukh came", "D e s h m u k h came", "Deshmu-\nkh came", "An1ta came", "A n i t a came",
                           "De5hmukh came", "Deshmu kh came", "d-e-s-h-m-u-k-h came",
                           "\u0905\u0928\u093F\u0924\u093E came", "\u0926\u0947\u0936\u092E\u0941\u0916 came"}) {
    CAPTURE(text);
    CHECK(made(text).text() == "[person 1] came");
    CHECK(made(text).clean());
  }
  for (const char* text : {"roha n", "Zenvi a", "at 5 p.m. or 10 a.m.", "e.g. 5 mg b.d.", "ad 5", "1234567", "meh-ta ta"}) {
    CAPTURE(text);
    CHECK(made(text).text().find("[person 1]") == std::string::npos);
  }
  // Two short parts that are words as well stand beside each other by chance.
  DeidentifyOptions options;
  constexpr std::string_view kMenon[] = {"Ravi Menon"};
  const VisitEntity kOne[] = {{SpanType::name, 1, kMenon}};
  options.entities = kOne;
  CHECK(deidentify("two men on 5 mg", options)->text() == "two men on 5 mg");
  CHECK(deidentify("M e n o n", options)->text() == "[person 1]");
}

TEST_CASE("a speciality and its city together are a risk, in any order and form, and each alone is none") {
  DeidentifyOptions options;
  constexpr Practice kPractices[] = {{"paediatric neurosurgery", "Satara"}, {"general medicine", "Mumbai"}};
  options.practices = kPractices;
  const auto clean = [&](std::string_view text) { return deidentify(text, options)->clean(); };
  for (const char* text :
       {"paediatric neurosurgery in Satara", "Satara, paediatric neurosurgery", "the neurosurgeon told us about satara",
        "Satara pediatric neurosurgeon", "a talk on general medicine, Bombay", "\u0938\u093E\u0924\u093E\u0930\u093E neurosurgery"}) {
    CAPTURE(text);
    REQUIRE(!clean(text));
    CHECK(std::string_view(name(deidentify(text, options)->residual_risks().front().kind)) == "practice");
  }
  for (const char* text : {"paediatric neurosurgery", "the market in Satara", "medicine stocks in Mumbai", "neurology in Nagpur"}) {
    CAPTURE(text);
    CHECK(clean(text));
  }
}

TEST_CASE("strangers are a risk by what stands beside them") {
  const auto kind = [](std::string_view text) {
    const DeidentifiedText text_made = made(text);
    return text_made.clean() ? std::string() : std::string(name(text_made.residual_risks().front().kind));
  };
  for (const char* text : {"patient name: Ramesh, improved", "Patient name - ramesh, better now", "Name of the patient is Lata"})
    CHECK_MESSAGE(kind(text) == "introduced_name", text);
  for (const char* text : {"IP no 2291 improved", "MRN: 4471", "Case no. 5512 discharged", "UHID 88213"})
    CHECK_MESSAGE(kind(text) == "rare_number", text);
  for (const char* text : {"born 12/03/1971, improved", "DOB 12-3-71", "date of birth 12 March 1971", "d.o.b. 1971"})
    CHECK_MESSAGE(kind(text) == "birth_date", text);
  for (const char* text : {"Vikram Sethi of Wockhardt agreed", "He was with Lata Joshi in the ward", "Met Sunita about samples",
                           "spoke to Suresh about it", "asked Prakash to call", "Ramesh agreed", "then Sunita said it helps", "AK agreed"})
    CHECK_MESSAGE(kind(text) == "written_name", text);
  for (const char* text : {"She works at Ruby Hall hospital", "referred to Jehangir Hospital"})
    CHECK_MESSAGE(kind(text) == "unknown_organisation", text);
  for (const char* text : {"The cardiologist in Solapur agreed", "the only oncologist of Satara"})
    CHECK_MESSAGE(kind(text) == "practice", text);
}

TEST_CASE("an ordinary note is clean") {
  for (const char* text :
       {"Discussed Telma 40 and the renal dosing; the doctor wants the trial data and two samples.",
        "The doctor agreed to try Glycomet GP in three patients with type 2 diabetes and HbA1c above 8.",
        "Met the doctor at noon. Presented Crestor vs atorvastatin. She asked for reprints.",
        "Feedback: Good response to dapagliflozin, but cost is an issue.", "Physician interested in LDL targets below 55.",
        "Discussed the European Society of Cardiology guideline on Heart Failure.", "Product name: Telma. Case study no questions.",
        "We talked about Chronic Kidney Disease and Type 2 Diabetes Mellitus.", "Visit in Pune went well; conference in New Delhi.",
        "The Government Hospital pharmacy does not stock it; District Hospital does.", "Met doctor. Explained dosage of Insulin Glargine.",
        "Product Discussed: Telmisartan. Next Step: Share trial data.", "Told the doctor that babies born at 34 weeks do well.",
        "Asked about the switch from Enalapril.", "Spoke to the doctor; nurses asked for a poster.",
        "\u0926\u094B \u092C\u093E\u0930 \u0926\u0947\u0902"}) {
    CAPTURE(text);
    CHECK(made(text).clean());
  }
}

TEST_CASE("a name after or before a title is a risk in any script and without capitals") {
  for (const char* text :
       {"met dr kumar today", "met dr. s. iyer today", "Kumar sir agreed", "kumar madam agreed", "Kapoor ji agreed",
        "\u0921\u0949. \u0915\u0941\u092E\u093E\u0930 \u0938\u0947 \u092E\u093F\u0932\u0947",
        "\u0921\u0949\u0915\u094D\u091F\u0930 \u0915\u0941\u092E\u093E\u0930 \u0928\u0947 \u0915\u0939\u093E"}) {
    CAPTURE(text);
    CHECK(!made(text).clean());
  }
  for (const char* text : {"the doctor prescribed metoprolol", "the dr advised rest", "thank you sir", "ok sir", "yes madam",
                           "dr agreed to the trial", "Respected sir, the data are attached", "a doctor in private practice"}) {
    CAPTURE(text);
    CHECK(made(text).clean());
  }
}

TEST_CASE("de-identifying twice is de-identifying once") {
  const auto once_is_enough = [](const std::string& text) {
    const DeidentifiedText once = made(text);
    const DeidentifiedText twice = made(once.text());
    CAPTURE(text);
    CHECK(twice.text() == once.text());
    for (const Finding& finding : once.findings()) {
      CHECK(finding.start < finding.end);
      CHECK(finding.end <= text.size());
    }
  };
  once_is_enough("967831358_deshmukh x 2");
  once_is_enough("Anita8821831876");
  CHECK(made("Anita 8821831876").text() == "[person 1] [phone hidden]");
  const char* const parts[] = {"Anita", "deshmukh", "98201", "33447", "9", "mehta", "_", "@", "gmail", "com", " ", " ", ".",
                               "-", "dr", "call", "Zenvia", "x 2", "8821831876", "\n", "[", "]", "1"};
  std::mt19937 random(15);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = 2 + random() % 8; n > 0; --n) text += parts[random() % std::size(parts)];
    once_is_enough(text);
  }
}
