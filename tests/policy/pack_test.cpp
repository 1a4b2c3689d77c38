#include "policy/pack.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "connex/clauses.hpp"
#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "support/project_file.hpp"

using namespace connex;
using boost::json::value;

namespace {

value default_value() { return json::parse(policy::default_pack_json()).value(); }

// Where and why a pack is refused.
Error refusal(const value& pack) {
  const auto loaded = policy::load(json::canonical(pack));
  if (loaded) return {ErrorCode::internal, "accepted", "accepted"};
  CHECK(loaded.error().code == ErrorCode::invalid_argument);
  return loaded.error();
}

// The default pack with the value at `pointer` replaced.
Error refusal(std::string_view pointer, std::string_view replacement) {
  value pack = default_value();
  boost::json::error_code ec;
  value* target = pack.find_pointer(pointer, ec);
  REQUIRE(target);
  *target = json::parse(replacement).value();
  return refusal(pack);
}

std::string pointer_to(std::string_view pointer, std::string_view replacement) {
  return refusal(pointer, replacement).path;
}

// Calls `visit` for every object and every value below it in which one pack stands for all of its kind: the
// first element of a list does.
void walk(value& v, const std::string& pointer,
          const std::function<void(value&, const std::string&)>& visit) {
  visit(v, pointer);
  if (auto* members = v.if_object()) {
    for (auto& member : *members) walk(member.value(), pointer + "/" + std::string(member.key()), visit);
  } else if (auto* elements = v.if_array(); elements && !elements->empty()) {
    walk(elements->front(), pointer + "/0", visit);
  }
}

std::string file(const char* name) {
  std::ifstream stream(connex::testing::project_file("src/policy/") + name);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

template <class Enum>
void check_names(const value& schema, std::string_view definition) {
  CAPTURE(definition);
  const auto& names = schema.at("definitions").at(definition).at("enum").as_array();
  CHECK(names.size() == kCountOf<Enum>);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& text = names[i].as_string();
    CHECK(from_name<Enum>({text.data(), text.size()}) == static_cast<Enum>(i));
  }
}

}  // namespace

TEST_CASE("policy pack: no text hides anything from those who are shown it") {
  value pack = default_value();
  std::size_t texts = 0;
  walk(pack, "", [&](value& v, const std::string& pointer) {
    if (!v.is_string()) return;
    ++texts;
    CAPTURE(pointer);
    for (const char* hidden : {"\"x\\u202ereversed\"", "\"x\\u0001\"", "\"x\\u0085\"", "\"x\\u2066y\""})
      CHECK(pointer_to(pointer, hidden) == pointer);
  });
  CHECK(texts > 50);  // the first of each list
  CHECK(pointer_to("/disclosure/templates/0/promotional", "\"\\u0935\\u093f\\u091c\\u094d\\u091e\\u093e\\u092a\\u0928\"") ==
        "accepted");
}

TEST_CASE("policy pack: the default loads, complete") {
  const auto pack = policy::default_pack();
  CHECK(pack == policy::default_pack());
  CHECK(policy::load(policy::default_pack_json()).value()->digest == pack->digest);  // as the schema has it
  CHECK(pack->errata.size() == 59);
  CHECK(pack->offset.minutes == 330);
  CHECK_FALSE(pack->last_updated.has_value());
  CHECK(pack->contacts.officer_email == "privacy@medismo.in");
  CHECK(pack->disclosure.find("hi") != nullptr);
  CHECK(pack->disclosure.find("fr") == nullptr);
  for (const Resolution& entry : pack->errata) CHECK(pack->find_resolution(entry.id) == &entry);
}

TEST_CASE("policy pack: every setting in its place") {
  const auto pack = policy::default_pack();
  CHECK(pack->version.starts_with("1-" + pack->text_digest.substr(7, 12)));
  CHECK(pack->time_zone == "Asia/Kolkata");
  CHECK(pack->contacts.support_email == "support@medismo.in");
  CHECK(pack->contacts.board_name == "Data Protection Board of India");
  CHECK(pack->visit.opens_minutes_before == 30);
  CHECK(pack->visit.overrun_minutes == 30);
  CHECK(pack->visit.max_duration_minutes == 1440);
  CHECK(pack->recording.permit_ttl_seconds == 900);
  CHECK(pack->recording.stop_grace_seconds == 10);
  CHECK(pack->recording.grant_ttl_seconds == 900);
  CHECK(pack->disclosure.terms_link == "/terms");
  CHECK(pack->disclosure.policy_link == "/privacy");
  CHECK(pack->disclosure.find("en")->recording_off == "This visit will not be recorded.");
  CHECK(pack->holds.review_days == 90);
  CHECK(pack->holds.outlasting_ceiling.contains(HoldBasis::legal_claim));
  CHECK_FALSE(pack->holds.outlasting_ceiling.contains(HoldBasis::ucpmp));
  CHECK_FALSE(pack->holds.outlasting_ceiling.contains(HoldBasis::contract));
  CHECK(pack->rights.response_days == 30);
  CHECK(pack->rights.nominee_decision_days == 90);
  CHECK(pack->accounts.reactivation_days == 90);
  CHECK(pack->accounts.minor_erasure_days == 1);
  CHECK(pack->accounts.adult_age == 18);
  CHECK(pack->notices.policy_days == 15);
  CHECK(pack->notices.processor_days == 15);
  CHECK(pack->security.tls_minimum == "1.2");
  CHECK(pack->security.at_rest_cipher == "AES-256");
  CHECK(pack->security.password_hash == "bcrypt");
  CHECK(pack->security.bcrypt_cost == 12);
  CHECK(pack->security.sslmode == "verify-full");
  CHECK(pack->security.url_ttl_seconds == 900);
  CHECK(pack->security.storage_country == "IN");
  CHECK(pack->redaction.channels.size() == 5);
  CHECK(pack->idempotency_hours == 24);
  CHECK(pack->aggregation_k == 10);
}

TEST_CASE("policy pack: retention as the policy has it") {
  const auto pack = policy::default_pack();
  const auto period = [&](RecordClass c) { return pack->rule(c).period; };
  CHECK(period(RecordClass::account) == Period{90, Unit::days});
  CHECK(period(RecordClass::communication) == Period{2, Unit::years});
  CHECK(period(RecordClass::billing) == Period{8, Unit::fiscal_years});
  CHECK(period(RecordClass::audit) == Period{3, Unit::years});
  CHECK(period(RecordClass::consent_attestation) == Period{7, Unit::years});
  CHECK(period(RecordClass::call_metadata) == Period{3, Unit::years});
  CHECK(period(RecordClass::recording) == Period{7, Unit::years});
  CHECK(pack->rule(RecordClass::recording).basis == Basis::policy_commitment);
  CHECK(pack->rule(RecordClass::billing).rounding == Rounding::late);
  CHECK(period(RecordClass::analytics_aggregate).unit == Unit::unlimited);
}

TEST_CASE("policy pack: law is dated") {
  const auto pack = policy::default_pack();
  const auto& rule_8_3 = pack->legal_floors.at(0);
  CHECK(rule_8_3.id == "dpdp_rule_8_3");
  CHECK_FALSE(rule_8_3.in_force(*parse_day("2027-05-12")));
  CHECK(rule_8_3.in_force(*parse_day("2027-05-13")));
  CHECK(rule_8_3.from_other == parse_day("2027-05-14"));
  CHECK(rule_8_3.classes.contains(RecordClass::recording));
  CHECK_FALSE(rule_8_3.classes.contains(RecordClass::analytics_aggregate));
  const auto& older_rules = pack->rights.limits.at(0);
  CHECK(older_rules.in_force(*parse_day("2026-11-23")));
  CHECK_FALSE(older_rules.in_force(*parse_day("2027-05-14")));
}

TEST_CASE("policy pack: the pharma side never sees how to reach a doctor") {
  const auto pack = policy::default_pack();
  for (std::size_t r = 0; r < kCountOf<Role>; ++r) {
    const auto viewer = static_cast<Role>(r);
    if (pack->rule(viewer).side != Side::pharma) continue;
    for (std::size_t i = 0; i < kCountOf<Relation>; ++i) {
      const auto relation = static_cast<Relation>(i);
      const auto at = [&](Field f) { return pack->visibility.at(viewer, relation, SubjectKind::doctor, f); };
      CHECK(at(Field::email) == Exposure::hide);
      CHECK(at(Field::phone) == Exposure::hide);
      CHECK(at(Field::address) != Exposure::show);
    }
  }
  CHECK(pack->visibility.at(Role::medical_representative, Relation::same_visit, SubjectKind::doctor,
                            Field::address) == Exposure::generalise);
  CHECK(pack->visibility.general[static_cast<std::size_t>(Field::address)] == Field::city);
  CHECK(pack->visibility.at(Role::doctor, Relation::self, SubjectKind::doctor, Field::email) ==
        Exposure::show);
  CHECK(pack->visibility.at(Role::staff, Relation::none, SubjectKind::doctor, Field::name) == Exposure::hide);
}

TEST_CASE("policy pack: purposes, processors, countries") {
  const auto pack = policy::default_pack();
  CHECK(pack->rule(Purpose::billing, RecordClass::billing).operations.contains(Operation::share));
  CHECK(pack->rule(Purpose::analytics, RecordClass::communication).operations.empty());
  CHECK(pack->rule(Purpose::analytics, RecordClass::usage).guard == Guard::aggregated_or_consented);
  CHECK(pack->rule(Purpose::analytics, RecordClass::analytics_aggregate).guard == Guard::aggregated_or_consented);
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
    const auto record_class = static_cast<RecordClass>(c);
    const bool extracts =
        pack->rule(Purpose::service_delivery, record_class).operations.contains(Operation::extract);
    CHECK(extracts == (record_class == RecordClass::communication));
  }
  CHECK(pack->find_never("train")->clause == "C6.5-c");
  CHECK(pack->find_never("use") == nullptr);

  const Processor* razorpay = pack->find_processor("razorpay");
  REQUIRE(razorpay);
  CHECK(razorpay->fields.size() == 4);
  CHECK(razorpay->find("billing_email") != nullptr);
  CHECK(razorpay->find("phone") == nullptr);
  CHECK(pack->find_processor("livekit")->find("recording_file")->guard == Guard::recording_permit);
  CHECK(pack->find_processor("acme") == nullptr);

  const Day day = *parse_day("2026-11-23");
  CHECK(pack->countries.permits("US", day));
  CountryRules rules;
  rules.deny.push_back({"XX", *parse_day("2026-11-23"), parse_day("2027-01-01"), "order 1"});
  CHECK_FALSE(rules.permits("XX", day));
  CHECK(rules.permits("XX", *parse_day("2026-11-22")));
  CHECK(rules.permits("XX", *parse_day("2027-01-01")));
  rules.allow.push_back({"IN", *parse_day("2027-01-01"), {}, "order 2"});
  CHECK(rules.permits("US", *parse_day("2026-12-31")));
  CHECK_FALSE(rules.permits("US", *parse_day("2027-01-01")));
  CHECK(rules.permits("IN", *parse_day("2027-01-01")));
}

TEST_CASE("policy pack: the digest is that of the content, not of its spelling") {
  const auto pack = policy::default_pack();
  CHECK(pack->digest == "sha256:53dfac37627d0a4832e1be7f4efa1c78432022117339dfbb41de73103324ba76");
  const auto reordered = policy::load(pack->canonical);
  REQUIRE(reordered.has_value());
  CHECK((*reordered)->digest == pack->digest);
  CHECK((*reordered)->canonical == pack->canonical);
  CHECK((*policy::load(" \n" + std::string(policy::default_pack_json()) + "\t"))->digest == pack->digest);
  value changed = default_value();
  changed.at("visit").at("overrun_minutes") = 31;
  CHECK((*policy::load(json::canonical(changed)))->digest != pack->digest);
}

TEST_CASE("policy pack: what is compiled in is what is shipped") {
  CHECK(policy::default_pack_json() == file("default_pack.json"));
  CHECK(policy::pack_schema_json() == file("pack.schema.json"));
}

TEST_CASE("policy pack: the schema names what the types name") {
  const value schema = json::parse(policy::pack_schema_json()).value();
  check_names<Role>(schema, "role");
  check_names<Side>(schema, "side");
  check_names<Relation>(schema, "relation");
  check_names<SubjectKind>(schema, "subject");
  check_names<Field>(schema, "field");
  check_names<RecordClass>(schema, "record_class");
  check_names<Trigger>(schema, "trigger");
  check_names<Unit>(schema, "unit");
  check_names<Rounding>(schema, "rounding");
  check_names<Basis>(schema, "basis");
  check_names<ErasureAnswer>(schema, "erasure_answer");
  check_names<Confidence>(schema, "confidence");
  check_names<FloorStart>(schema, "floor_start");
  check_names<HoldBasis>(schema, "hold_basis");
  check_names<Right>(schema, "right");
  check_names<Purpose>(schema, "purpose");
  check_names<Operation>(schema, "operation");
  check_names<Guard>(schema, "guard");
}

TEST_CASE("policy pack: a missing, unknown or mistyped member is named, wherever it is") {
  value pack = default_value();
  const value original = pack;
  std::size_t members = 0;
  walk(pack, "", [&](value& v, const std::string& pointer) {
    CAPTURE(pointer);
    const value kept = v;
    v = 1.5;
    CHECK(refusal(pack).path == pointer);
    v = kept;
    if (!v.is_object()) return;
    v.get_object()["zzz"] = 1;
    CHECK(refusal(pack).path == pointer + "/zzz");
    v = kept;
    if (pointer == "/visibility/generalise" || pointer == "/visibility/unneeded") return;  // list only what they have to
    for (const auto& member : kept.get_object()) {
      if (member.key() == "unneeded") continue;
      v.get_object().erase(member.key());
      CHECK(refusal(pack).path == pointer + "/" + std::string(member.key()));
      CHECK(refusal(pack).message == "is missing");
      v = kept;
      ++members;
    }
  });
  CHECK(pack == original);
  CHECK(members > 150);
}

TEST_CASE("policy pack: one that was filed before there were dependencies has none") {
  value pack = default_value();
  pack.as_object().erase("dependencies");
  auto& assumptions = pack.at("assumptions").as_array();
  assumptions.erase(std::ranges::find_if(
      assumptions, [](const value& a) { return a.at("pointer").as_string() == "/dependencies"; }));
  const std::string text = boost::json::serialize(pack);
  CHECK(policy::load(text).error().path == "/dependencies");
  const auto filed = policy::load_filed(text);
  REQUIRE(filed);
  CHECK((*filed)->dependencies.empty());
  pack.as_object().erase("holds");
  CHECK(policy::load_filed(boost::json::serialize(pack)).error().path == "/holds");
}

TEST_CASE("C5-l, X21: what a pack asks of a field it asks wherever the field goes") {
  value pack = default_value();
  const auto list = [&](const char* field, const char* guard) {
    pack = default_value();
    pack.at("processors").at(0).at("fields").as_array().push_back({{"name", field}, {"guard", guard}});
    return json::canonical(pack);
  };
  for (const char* field : {"note_text", "recording_file", "audit_metadata"})
    CHECK(refusal(json::parse(list(field, "none")).value()).path == "/processors/0/fields/4/guard");
  CHECK(policy::load_filed(list("note_text", "none")));  // as it was allowed once
  CHECK(policy::load(list("note_text", "deidentified")));
}

TEST_CASE("C5-o: a pack that was filed with a shorter notice before a change of a processor gives 15 days") {
  value pack = default_value();
  pack.at("notices").at("processor_days") = 0;
  const std::string text = json::canonical(pack);
  const auto filed = policy::load_filed(text);
  REQUIRE(filed);
  CHECK((*filed)->notices.processor_days == 15);
  CHECK((*filed)->canonical == text);
}

TEST_CASE("policy pack: one that was filed with permits of a day gives 15 minutes") {
  value pack = default_value();
  pack.at("recording").at("permit_ttl_seconds") = 86'400;
  const std::string text = json::canonical(pack);
  const auto filed = policy::load_filed(text);
  REQUIRE(filed);
  CHECK((*filed)->recording.permit_ttl_seconds == 900);
  CHECK((*filed)->canonical == text);
}

TEST_CASE("policy pack: not JSON at all") {
  CHECK_FALSE(policy::load("").has_value());
  CHECK_FALSE(policy::load("[]").has_value());
  CHECK(policy::load(R"({"version": "1", "version": "1"})").error().path == "/version");
}

TEST_CASE("policy pack: completeness") {
  CHECK(refusal("/roles/1/role", R"("doctor")").path == "/roles/1/role");
  CHECK(refusal("/retention/1/class", R"("account")").path == "/retention/1/class");
  CHECK(pointer_to("/retention", "[]") == "/retention");
  for (int row = 0; row < 25; ++row) {
    CAPTURE(row);
    value pack = default_value();
    auto& rows = pack.at("visibility").at("rows").as_array();
    REQUIRE(rows.size() == 25);
    rows.erase(rows.begin() + row);
    const Error error = refusal(pack);
    CHECK(error.path == "/visibility/rows");
    CHECK(error.message.starts_with("has no row for `"));
  }
  CHECK(refusal("/visibility/rows/0/viewers", R"(["doctor", "staff"])").message ==
        "covers `staff self doctor` again");
  CHECK(pointer_to("/visibility/rows/0/show", R"(["name"])") == "/visibility/rows/0");
  CHECK(pointer_to("/visibility/rows/0/hide", R"(["name"])") == "/visibility/rows/0/hide/0");
  {
    value pack = default_value();  // the address as a city, in a row that hides the city
    auto& row = pack.at("visibility").at("rows").as_array()[4].as_object();
    auto& show = row["show"].as_array();
    show.erase(std::find(show.begin(), show.end(), value("city")));
    row["hide"].as_array().emplace_back("city");
    CHECK(refusal(pack).path == "/visibility/rows/4/generalise/0");
  }
  CHECK(pointer_to("/visibility/generalise", "{}") == "/visibility/rows/4/generalise/0");
  CHECK(pointer_to("/visibility/generalise/address", R"("address")") == "/visibility/generalise/address");
}

TEST_CASE("policy pack: references") {
  CHECK(pointer_to("/retention/0/clause", R"("C99-a")") == "/retention/0/clause");
  CHECK(pointer_to("/retention/0/resolutions/1", R"("X60")") == "/retention/0/resolutions/1");
  CHECK(pointer_to("/purposes/rows/0/clause", R"("C7-a")") == "/purposes/rows/0/clause");
  CHECK(pointer_to("/purposes/never/0/clause", R"("C7-a")") == "/purposes/never/0/clause");
  CHECK(pointer_to("/processors/0/clause", R"("C7-a")") == "/processors/0/clause");
  CHECK(pointer_to("/processors/1/resolutions/0", R"("X99")") == "/processors/1/resolutions/0");
  CHECK(pointer_to("/legal_floors/0/resolutions/0", R"("X99")") == "/legal_floors/0/resolutions/0");
  CHECK(pointer_to("/errata/3/clauses/1", R"("C7-a")") == "/errata/3/clauses/1");
  CHECK(pointer_to("/errata/3/id", R"("X5")") == "/errata/3/id");
  CHECK(pointer_to("/assumptions/0/pointer", R"("/nothing")") == "/assumptions/0/pointer");
  CHECK(pointer_to("/processors/1/id", R"("razorpay")") == "/processors/1/id");
  CHECK(pointer_to("/processors/0/fields/1/name", R"("organisation_name")") == "/processors/0/fields/1/name");
  CHECK(pointer_to("/processors/0/countries", "[]") == "/processors/0/countries");
  CHECK(pointer_to("/legal_floors/1/id", R"("dpdp_rule_8_3")") == "/legal_floors/1/id");
  CHECK(pointer_to("/rights/limits/1/id", R"("spdi_rule_5_9")") == "/rights/limits/1/id");
  CHECK(pointer_to("/purposes/rows/1/classes", R"(["account"])") == "/purposes/rows/1/classes/0");
}

TEST_CASE("policy pack: dates and periods") {
  CHECK(pointer_to("/last_updated", R"("2026-02-29")") == "/last_updated");
  CHECK(pointer_to("/last_updated", R"("2024-02-29")") == "accepted");
  CHECK(pointer_to("/legal_floors/0/from", R"("2027-13-01")") == "/legal_floors/0/from");
  CHECK(pointer_to("/legal_floors/0/from_other", R"("2027-05-13")") == "/legal_floors/0/from_other");
  CHECK(pointer_to("/legal_floors/0/from", "null") == "/legal_floors/0/from_other");
  CHECK(pointer_to("/legal_floors/0/until", R"("2027-05-14")") == "/legal_floors/0/until");
  CHECK(pointer_to("/legal_floors/0/until", R"("2027-05-15")") == "accepted");
  CHECK(pointer_to("/legal_floors/0/period/unit", R"("unlimited")") == "/legal_floors/0/period/unit");
  CHECK(pointer_to("/legal_floors/0/period/count", "0") == "/legal_floors/0/period/count");
  CHECK(pointer_to("/retention/0/period/unit", R"("unlimited")") == "/retention/0/period/count");
  CHECK(pointer_to("/retention/8/period/unit", R"("unlimited")") == "/retention/8/period/unit");
  CHECK(pointer_to("/retention/0/rounding", R"("late")") == "/retention/0/rounding");
  CHECK(pointer_to("/retention/5/resolutions", "[]") == "/retention/5/resolutions");
  CHECK(pointer_to("/countries/deny",
                   R"([{"country": "XX", "from": "2026-11-23", "until": "2026-11-23", "source": "s"}])") ==
        "/countries/deny/0/until");
  CHECK(pointer_to("/countries/allow", R"([{"country": "XX", "from": "2026-11-23", "until": null, "source": "s"}])") ==
        "/countries/allow/0/country");
  CHECK(pointer_to("/processors/0/countries", R"(["IN", "UK"])") == "/processors/0/countries/1");
  CHECK(pointer_to("/security/storage_country", R"("EU")") == "/security/storage_country");
}

TEST_CASE("policy pack: no pack undoes a promise") {
  const auto row = [](int i) { return "/visibility/rows/" + std::to_string(i); };
  value pack = default_value();
  for (const std::string_view field : {"email", "phone"}) {
    pack = default_value();
    auto& target = pack.at("visibility").at("rows").as_array()[4].as_object();
    auto& hide = target["hide"].as_array();
    hide.erase(std::find(hide.begin(), hide.end(), value(field)));
    target["show"].as_array().emplace_back(field);
    CHECK(refusal(pack).path == row(4) + "/show");
  }
  CHECK(pointer_to("/roles/1/side", R"("organisation")") == "/roles/1/side");
  CHECK(pointer_to("/purposes/never", "[]") == "/purposes/never");
  CHECK(pointer_to("/purposes/never/2/word", R"("use")") == "/purposes/never/2/word");
  CHECK(pointer_to("/security/tls_minimum", R"("1.1")") == "/security/tls_minimum");
  CHECK(pointer_to("/security/url_ttl_seconds", "901") == "/security/url_ttl_seconds");
  CHECK(pointer_to("/recording/permit_ttl_seconds", "901") == "/recording/permit_ttl_seconds");
  CHECK(pointer_to("/holds/review_days", "91") == "/holds/review_days");
  CHECK(pointer_to("/accounts/adult_age", "17") == "/accounts/adult_age");
  CHECK(pointer_to("/notices/processor_days", "14") == "/notices/processor_days");  // C5-o
}

TEST_CASE("policy pack: the disclosure says all four things") {
  const std::string text = "/disclosure/templates/0/text";
  for (const std::string_view item :
       {"{promotional}", "{doctor}", "{slot}", "{recording}", "{terms}", "{policy}"}) {
    std::string changed(policy::default_pack()->disclosure.templates[0].text);
    changed.erase(changed.find(item), item.size());
    CHECK(refusal(text, json::canonical(value(changed))).path == text);
    changed += item;
    CHECK(refusal(text, json::canonical(value(changed))).path == "accepted");
    changed += item;
    CHECK(refusal(text, json::canonical(value(changed))).path == text);
  }
  const std::string full = policy::default_pack()->disclosure.templates[0].text;
  for (const std::string_view stray : {"{phone}", "{", "}", "{}", "{{slot}}"}) {
    std::string changed = full;
    changed += stray;
    CHECK(refusal(text, json::canonical(value(changed))).path == text);
  }
  CHECK(
      pointer_to("/disclosure/templates/0/recording/if_all_agree", R"("This visit will not be recorded.")") ==
      "/disclosure/templates/0/recording/if_all_agree");
  CHECK(pointer_to("/disclosure/templates/1/promotional", R"("{doctor}")") ==
        "/disclosure/templates/1/promotional");
  for (const char* pointer : {"/disclosure/links/terms", "/disclosure/links/policy", "/disclosure/templates/0/promotional",
                              "/disclosure/templates/0/recording/off", "/disclosure/templates/0/recording/if_all_agree"})
    for (const char* blank : {R"(" ")", R"("\t \n")", R"("\u00a0\u200b\u2060\u3000\ufeff")"})
      CHECK(pointer_to(pointer, blank) == pointer);
  CHECK(pointer_to("/disclosure/templates/1/language", R"("en")") == "/disclosure/templates/1/language");
  CHECK(pointer_to("/disclosure/templates/0/language", R"("ta")") == "/disclosure/templates");
}
