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

TEST_CASE("retention.evaluate: a class needs its trigger, unless it goes with an account that may be open") {
  for (const std::string_view c : Names<RecordClass>::list) {
    const auto rule = policy::default_pack()->rule(*from_name<RecordClass>(c));
    const bool with_account = rule.trigger == Trigger::account_terminated;
    CAPTURE(c);
    for (const char* trigger : {"", R"(,"trigger_at":null)"}) {
      const auto answer = decided("retention.evaluate", std::string(R"({"class":")")
                                                            .append(c)
                                                            .append(R"(","now":"2026-11-23T10:00:00Z")")
                                                            .append(trigger)
                                                            .append("}"));
      CHECK(answer.has_value() == with_account);
      if (!answer) CHECK(answer.error().path == "/trigger_at");
    }
  }
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
  CHECK(shown(R"(,"purpose":"service_delivery","ticket":false)") == shown(R"(,"purpose":"service_delivery","ticket":true)"));

  // And what the purpose has need of, no more.
  for (const char* field : {"phone", "registration_number", "speciality"}) {
    const std::string quoted = std::string("\"").append(field).append("\"");
    CHECK(shown(R"(,"purpose":"billing")").find(quoted) == std::string::npos);
    CHECK(shown(R"(,"purpose":"service_delivery")").find(quoted) != std::string::npos);
  }
  CHECK(shown(R"(,"purpose":"billing")").find("\"email\"") != std::string::npos);
}

TEST_CASE("egress without a store: the register's fields go, once what they depend on is known") {
  const auto ask = [](std::string_view rest) {
    const auto answer = decided("egress", std::string(R"({"processor":"razorpay","purpose":"billing",)")
                                              .append(R"("fields":["billing_email","phone"])")
                                              .append(rest)
                                              .append("}"));
    REQUIRE(answer);
    return field(*answer, "effect") + " " + field(*answer, "send") + " " + field(*answer, "strip");
  };
  const std::string certified = R"(,"payment_processor_certified":true)";
  CHECK(ask(certified + R"(,"agreement_in_force":true)") == R"(permit ["billing_email"] ["phone"])");
  CHECK(ask(certified + R"(,"agreement_in_force":true,"country":"IN")") == R"(permit ["billing_email"] ["phone"])");
  CHECK(ask(certified) == R"(indeterminate [] ["billing_email","phone"])");
  CHECK(ask(certified + R"(,"agreement_in_force":null)") == R"(indeterminate [] ["billing_email","phone"])");
  CHECK(ask(certified + R"(,"agreement_in_force":false)") == R"(deny [] ["billing_email","phone"])");
  CHECK(ask(certified + R"(,"agreement_in_force":true,"country":"US")") == R"(deny [] ["billing_email","phone"])");
  // The pack lists who is engaged, unless it is told otherwise (C5-o).
  const std::string agreed = certified + R"(,"agreement_in_force":true)";
  CHECK(ask(agreed + R"(,"processor_engaged":true)") == R"(permit ["billing_email"] ["phone"])");
  CHECK(ask(agreed + R"(,"processor_engaged":false)") == R"(deny [] ["billing_email","phone"])");
  CHECK(ask(agreed + R"(,"processor_engaged":null)") == R"(indeterminate [] ["billing_email","phone"])");
  CHECK(ask(R"(,"agreement_in_force":true)") == R"(indeterminate [] ["billing_email","phone"])");
  CHECK(ask(R"(,"agreement_in_force":true,"payment_processor_certified":null)") ==
        R"(indeterminate [] ["billing_email","phone"])");
  CHECK(ask(R"(,"agreement_in_force":true,"payment_processor_certified":false)") ==
        R"(deny [] ["billing_email","phone"])");
}

TEST_CASE("egress without a store: what the pack wants attested before a processor is asked as a fact, by its clause") {
  const auto reasons = [](std::string_view processor, std::string_view field, std::string_view facts) {
    const auto answer = decided("egress", std::string(R"({"processor":")")
                                              .append(processor)
                                              .append(R"(","purpose":"service_delivery","fields":[")")
                                              .append(field)
                                              .append(R"("],"agreement_in_force":true,"recording_permit":true)")
                                              .append(facts)
                                              .append("}"));
    REQUIRE(answer);
    std::string out(answer->at("effect").as_string());
    for (const auto& reason : answer->at("reasons").as_array())
      out.append(" ").append(reason.at("clause").as_string());
    return out;
  };
  CHECK(reasons("cloudflare_r2", "uploaded_file", "") == "indeterminate C6.4-c C11-e");
  CHECK(reasons("cloudflare_r2", "uploaded_file", R"(,"stored_objects_encrypted":true)") == "indeterminate C11-e");
  CHECK(reasons("cloudflare_r2", "uploaded_file",
                R"(,"stored_objects_encrypted":true,"storage_region_attested":false)") == "deny C11-e");
  CHECK(reasons("cloudflare_r2", "uploaded_file",
                R"(,"stored_objects_encrypted":true,"storage_region_attested":true)") == "permit");
  // What counts once it was stated alone is not missed here, and denies where it is stated.
  CHECK(reasons("google_workspace", "email", "") == "permit");
  CHECK(reasons("google_workspace", "email", R"(,"tls_attested":null)") == "permit");
  CHECK(reasons("google_workspace", "email", R"(,"tls_attested":false)") == "deny C4-b");
  const std::string media = R"(,"doctor_virtual_visits_enabled":true,"visit_is_virtual":true,"visit_is_current":true)";
  CHECK(reasons("livekit", "audio_stream", media) == "indeterminate C5-h");
  CHECK(reasons("livekit", "audio_stream", media + R"(,"media_encrypted":true)") == "permit");
  CHECK(reasons("livekit", "recording_file", media + R"(,"media_encrypted":true)") == "indeterminate C11-d");
  CHECK(reasons("contabo", "hosted_data", R"(,"region_attested":true)") == "indeterminate C4-b C4-a C4-c");
}

TEST_CASE("egress without a store: the gate before a processor answers where it alone is in the way") {
  const auto reasons = [](std::string_view facts) {
    const auto answer = decided("egress", facts);
    REQUIRE(answer);
    std::string out;
    for (const auto& reason : answer->at("reasons").as_array())
      out.append(reason.at("clause").as_string()).append(" ");
    return out;
  };
  CHECK(reasons(R"({"processor":"meta_whatsapp","purpose":"communication","fields":{"phone":"x"},
                    "agreement_in_force":true,"bridge_opted_in":false})") == "C2.3-b ");
  CHECK(reasons(R"({"processor":"google_gemini","purpose":"service_delivery","fields":["note_text"],
                    "agreement_in_force":true,"ai_enabled":true,"source_is_completion_note":true,
                    "text_deidentified":false,"no_training_attested":true})") == "C5-l ");
  CHECK(reasons(R"({"processor":"google_gemini","purpose":"service_delivery","fields":["note_text"],
                    "agreement_in_force":true,"ai_enabled":true,"source_is_completion_note":true,
                    "text_deidentified":true,"no_training_attested":true})") == "");
  CHECK(reasons(R"({"processor":"google_gemini","purpose":"train","fields":["note_text"],
                    "agreement_in_force":true})") == "C6.5-c C5-a C5-a C5-a ");
}

TEST_CASE("bad facts of the rules on sharing are named") {
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing"})") == "/fields");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":[]})") == "/fields");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":[1]})") == "/fields/0");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":["a","a b"]})") == "/fields/1");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":{"a b":1}})") == "/fields/?");
  CHECK(path_of("egress", R"({"purpose":"billing","fields":["a"]})") == "/processor");
  CHECK(path_of("egress", R"({"processor":"x","fields":["a"]})") == "/purpose");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":["a"],"country":"in"})") ==
        "/country");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":["a"],"country":"ZZ"})") ==
        "/country");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":["a"],"opt":true})") == "/opt");
  CHECK(path_of("egress", R"({"processor":"x","purpose":"billing","fields":["a"],"redacted":1})") ==
        "/redacted");
  CHECK(path_of("purpose", R"({"class":"thoughts","purpose":"billing","operation":"use"})") == "/class");
  CHECK(path_of("purpose", R"({"class":"account","operation":"use"})") == "/purpose");
  CHECK(path_of("purpose", R"({"class":"account","purpose":"billing","operation":"use","x":1})") == "/x");
}

TEST_CASE("purposes without a store: what is refused for ever, and a demand with its day") {
  const auto ask = [](std::string_view facts) {
    const auto answer = decided("purpose", facts);
    REQUIRE(answer);
    return field(*answer, "effect") + " " + field(*answer, "clause");
  };
  CHECK(ask(R"({"class":"account","purpose":"service_delivery","operation":"use"})") == "permit C3-a");
  CHECK(ask(R"({"class":"account","purpose":"third_party_marketing","operation":"share"})") == "deny C5-p");
  CHECK(ask(R"({"class":"account","purpose":"sell","operation":"share"})") == "deny C1-d");
  CHECK(ask(R"({"class":"recording","purpose":"service_delivery","operation":"transcribe"})") ==
        "deny C6.5-b");
  CHECK(ask(R"({"class":"recording","purpose":"train","operation":"use"})") == "deny C6.5-c");
  CHECK(ask(R"({"class":"recording","purpose":"analytics","operation":"use"})") == "deny C3-c");
  const std::string demand =
      R"({"class":"account","purpose":"legal_obligation","operation":"share","demand":{"authority":"Court",)"
      R"("section":"s.94","date":"2026-11-20","scope":["dr"],"about":["dr"]})";
  const auto with_demand = [&](std::string_view members) {
    return ask(std::string(R"({"class":"account","purpose":"legal_obligation","operation":"share",)")
                   .append(R"("now":"2026-11-23T10:00:00+05:30","demand":{)")
                   .append(members)
                   .append("}}"));
  };
  // What is asked for is all of the scope, where no less is named; what lacks something is no demand.
  CHECK(with_demand(R"("authority":"Court","section":"s.94","date":"2026-11-20","scope":["dr"])") == "permit C3-f");
  CHECK(with_demand(R"("section":"s.94","date":"2026-11-20","scope":["dr"])") == "deny C3-f");
  CHECK(with_demand(R"("authority":"Court","date":"2026-11-20","scope":["dr"])") == "deny C3-f");
  CHECK(with_demand(R"("authority":"Court","section":"s.94","scope":["dr"])") == "deny C3-f");
  CHECK(with_demand(R"("authority":"Court","section":"s.94","date":"2026-11-20","about":["dr"])") == "deny C3-f");
  CHECK(with_demand("") == "deny C3-f");
  CHECK(with_demand(R"("authority":"x","section":"s.94","date":"2026-11-20","scope":["dr"])") == "deny C3-f");
  CHECK(with_demand(R"("authority":"Court","section":"s.94","date":"1926-11-20","scope":["dr"])") == "deny C3-f");
  const auto shared = [&](std::string_view more) {
    return ask(std::string(R"({"class":"analytics_aggregate","purpose":"analytics","operation":"share",)").append(more).append("}"));
  };
  CHECK(shared(R"("cell_size":11)") == "indeterminate C3-c");
  CHECK(shared(R"("cell_size":11,"aggregate_passed":true)") == "permit C3-c");
  CHECK(shared(R"("cell_size":11,"aggregate_passed":false)") == "deny C3-c");
  for (const auto& [word, clause] :
       {std::pair{"barter", "C1-d"}, {"resale", "C1-d"}, {"data_partnership", "C1-d"}, {"advertisement", "C1-e"},
        {"fine_tuning", "C6.5-c"}, {"embeddings", "C6.5-c"}, {"captions", "C6.5-b"}, {"live_captions", "C6.5-b"},
        {"clinical_advice", "C6.6-c"}, {"teleconsultation", "C6.6-c"}})
    CHECK(ask(std::string(R"({"class":"account","operation":"use","purpose":")").append(word).append("\"}")) ==
          std::string("deny ").append(clause));
  CHECK(ask(demand + "}") == "indeterminate C3-f");
  CHECK(ask(demand + R"(,"now":"2026-11-23T10:00:00+05:30"})") == "permit C3-f");
  CHECK(ask(demand + R"(,"now":"2026-11-19T10:00:00+05:30"})") == "deny C3-f");
}

TEST_CASE("the posture without a store: findings by clause, and no value in them") {
  const auto ask = [](std::string_view facts) {
    const auto answer = decided("security.posture", facts);
    REQUIRE(answer);
    CHECK(boost::json::serialize(*answer).find("hunter2") == std::string::npos);
    std::string out = field(*answer, "effect");
    for (const auto& finding : answer->at("findings").as_array())
      out.append(" ").append(finding.at("clause").as_string());
    return out;
  };
  const std::string good =
      R"({"tls_version":"1.3","at_rest_cipher":"AES-256-GCM","password_hash":"$2b$12$","sslmode":"verify-full",)"
      R"("last_backup_at":"2026-11-23T10:00:00+05:30","bucket_region":"IN","url_ttl_seconds":900)";
  CHECK(ask(good + R"(,"now":"2026-11-24T10:00:00+05:30"})") == "permit");
  CHECK(ask(good + R"(,"now":"2026-11-24T10:00:01+05:30"})") == "deny C4-g");
  CHECK(ask(good + "}") == "indeterminate");
  CHECK(ask("{}") == "indeterminate");
  CHECK(ask(R"({"password_hash":"hunter2","tls_version":"1.0"})") == "deny C4-b C4-i C4-h");
  CHECK(path_of("security.posture", R"({"tls":"1.2"})") == "/tls");
  CHECK(path_of("security.posture", R"({"url_ttl_seconds":-1})") == "/url_ttl_seconds");
}

}  // namespace
}  // namespace connex::services
