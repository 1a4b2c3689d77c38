#include "services/pure_rules.hpp"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <string>

#include "policy/pack.hpp"

namespace connex::services {
namespace {

Result<boost::json::object> decided(std::string_view rule, std::string_view facts) {
  return decide_rule(rule, facts, *policy::default_pack());
}

std::string field(const boost::json::object& object, std::string_view name) {
  const boost::json::value& value = object.at(name);
  return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

std::string path_of(std::string_view rule, std::string_view facts) {
  const auto answer = decided(rule, facts);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::invalid_argument);
  return answer.error().path;
}

TEST_CASE("X31: an invoice of April 2025 is kept through 31 March 2034") {
  const auto answer = decided("retention.evaluate",
                              R"({"class":"billing","trigger_at":"2025-04-15T10:00:00+05:30",
                                  "now":"2026-11-23T10:00:00+05:30"})");
  REQUIRE(answer);
  CHECK(field(*answer, "state") == "active");
  CHECK(field(*answer, "retain_until") == "2034-03-31");
  CHECK(field(*answer, "dispose_at") == "2034-04-01T00:00:00+05:30");
  CHECK(field(*answer, "clause") == "C9-d");
}

TEST_CASE(
    "X38: a recording of 29 February goes on 28 February seven years on, and says that the date was chosen") {
  const auto answer = decided("retention.evaluate",
                              R"({"class":"recording","trigger_at":"2024-02-29T10:00:00+05:30",
                                  "now":"2026-11-23T10:00:00+05:30","erasure_accepted_at":null})");
  REQUIRE(answer);
  CHECK(field(*answer, "dispose_at") == "2031-02-28T00:00:00+05:30");
  CHECK(field(*answer, "depended_on_rounding") == "true");
}

TEST_CASE("X16: a hold by code delays an erasure, and none outlives the period") {
  const std::string_view holds = R"("holds":[{"basis":"ucpmp","placed_at":"2020-01-01T00:00:00Z"}])";
  const auto state = [&](std::string_view now) {
    const auto answer =
        decided("retention.evaluate",
                std::string(R"({"class":"recording","trigger_at":"2019-06-01T10:00:00+05:30","now":")")
                    .append(now)
                    .append(R"(","erasure_accepted_at":"2025-01-01T00:00:00Z",)")
                    .append(holds)
                    .append("}"));
    REQUIRE(answer);
    return field(*answer, "state");
  };
  CHECK(state("2026-05-31T23:59:59+05:30") == "held");
  CHECK(state("2026-06-01T00:00:00+05:30") == "due");
}

TEST_CASE("bad facts of the richer rules are named") {
  CHECK(path_of("retention.evaluate", R"({"now":"2026-11-23T10:00:00+05:30"})") == "/class");
  CHECK(path_of("retention.evaluate", R"({"class":"thoughts","now":"2026-11-23T10:00:00+05:30"})") ==
        "/class");
  CHECK(path_of("retention.evaluate", R"({"class":"audit","now":"tomorrow"})") == "/now");
  CHECK(path_of("retention.evaluate",
                R"({"class":"audit","now":"2026-11-23T10:00:00Z","trigger_at":"2026-11-23T10:00:01Z"})") ==
        "/trigger_at");
  CHECK(
      path_of(
          "retention.evaluate",
          R"({"class":"audit","now":"2026-11-23T10:00:00Z","holds":[{"basis":"whim","placed_at":"2026-11-23T10:00:00Z"}]})") ==
      "/holds/0/basis");
  CHECK(path_of("retention.evaluate", R"({"class":"audit","now":"2026-11-23T10:00:00Z","holds":{}})") ==
        "/holds");
  CHECK(path_of("retention.evaluate", R"({"class":"audit","now":"2026-11-23T10:00:00Z","x":1})") == "/x");
  CHECK(path_of("view", R"({"viewer_role":"doctor","relation":"friend","subject_role":"doctor"})") ==
        "/relation");
  CHECK(decided("view.everything", "{}").error().code == ErrorCode::not_found);
}

TEST_CASE("C1-c: no relation and no purpose shows a pharma role a doctor's contact details") {
  for (const std::string_view role :
       {"medical_representative", "pharma_administrator", "compliance_officer"}) {
    for (const std::string_view relation : Names<Relation>::list) {
      for (const std::string_view purpose : Names<Purpose>::list) {
        const auto answer = decided("view", std::string(R"({"viewer_role":")")
                                                .append(role)
                                                .append(R"(","relation":")")
                                                .append(relation)
                                                .append(R"(","purpose":")")
                                                .append(purpose)
                                                .append(R"(","subject_role":"doctor"})"));
        REQUIRE(answer);
        const std::string shown = field(*answer, "show");
        for (const std::string_view secret : {"\"email\"", "\"phone\"", "\"address\""})
          CHECK(shown.find(secret) == std::string::npos);
      }
    }
  }
}

TEST_CASE("C4-d: staff see a person's details for a purpose and not without one") {
  const auto shown = [](std::string_view rest) {
    const auto answer =
        decided("view", std::string(R"({"viewer_role":"staff","relation":"staff_with_purpose",)")
                            .append(R"("subject_role":"doctor")")
                            .append(rest)
                            .append("}"));
    REQUIRE(answer);
    return field(*answer, "show");
  };
  CHECK(shown("").find("\"name\"") == std::string::npos);
  CHECK(shown(R"(,"purpose":"service_delivery")").find("\"name\"") != std::string::npos);
}

}  // namespace
}  // namespace connex::services
