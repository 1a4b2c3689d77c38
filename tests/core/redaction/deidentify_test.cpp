#include <doctest/doctest.h>

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
