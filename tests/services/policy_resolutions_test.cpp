// The golden cases of sharing, purposes and the policy's own life, each by the resolution or clause that decides it.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "connex/clauses.hpp"
#include "connex/gates.hpp"
#include "policy/pack.hpp"
#include "services/command.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using boost::json::array;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

constexpr std::int64_t kDay = 24 * 60;

struct Cases : World {
  Answer attest(std::string_view claim, const boost::json::value& value = true) {
    return (*this)("attestation.put", "system",
                   {{"claim", claim}, {"value", value}, {"evidence_ref", "doc"}, {"valid_until", time(900 * kDay)}});
  }
  void attest_all(std::initializer_list<std::string_view> names) {
    for (const std::string_view claim : names) REQUIRE(attest(claim).permitted());
  }
  Answer send(std::string_view processor, const Args& fields, std::string_view purpose, const Args& context = {},
              std::string_view country = {}) {
    Args args{{"processor", processor}, {"fields", fields}, {"purpose", purpose}};
    if (!context.empty()) args["context"] = context;
    if (!country.empty()) args["country"] = country;
    return (*this)("egress.check", "system", args);
  }
  Answer use(std::string_view record_class, std::string_view purpose, std::string_view operation, Args more = {}) {
    more["class"] = record_class;
    more["purpose"] = purpose;
    more["operation"] = operation;
    return (*this)("purpose.check", "st", more);
  }
  // Every class of data, refused with this reason whatever is to be done with it and whoever asks.
  void refused(std::initializer_list<const char*> purposes, std::string_view reason) {
    for (const char* purpose : purposes)
      for (const std::string_view c : Names<RecordClass>::list)
        for (const std::string_view operation : Names<Operation>::list) {
          const Answer answer = use(c, purpose, operation, {{"cell_size", 1'000}, {"consented", true}});
          CHECK_MESSAGE(answer.effect() == "deny", purpose, " ", c, " ", operation);
          CHECK(answer.reasons().find(reason) != std::string::npos);
        }
  }
  // Nothing goes to any processor for this.
  void never_sent(std::initializer_list<const char*> purposes, std::string_view clause) {
    for (const Processor& processor : engine().policy().processors)
      for (const char* purpose : purposes) {
        const Answer answer = send(processor.id, {{processor.fields.front().name, 1}}, purpose);
        CHECK(answer.effect() == "deny");
        CHECK(answer.reasons().find(std::string("purpose_forbidden ").append(clause)) != std::string::npos);
        CHECK(answer.rule() == "egress.check");
        CHECK(answer.result().at("send").as_array().empty());
      }
  }
};

boost::json::value draft(std::string_view version) {
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = version;
  return pack;
}

std::string erratum(std::string_view id) {
  const Resolution* found = policy::default_pack()->find_resolution(id);
  if (found == nullptr) return {};
  std::string clauses;
  for (const std::string_view clause : found->clauses) clauses.append(clauses.empty() ? "" : " ").append(clause);
  return clauses;
}

}  // namespace

TEST_CASE_FIXTURE(Cases, "C1-d: nothing is sold, whatever it is and whoever would get it") {
  refused({"sell", "sale"}, "purpose_is_sale C1-d");
  never_sent({"sell", "sale"}, "C1-d");
}

TEST_CASE_FIXTURE(Cases, "C1-e, C5-p: nothing serves marketing by others") {
  refused({"marketing", "advertising", "third_party_marketing"}, "purpose_is_marketing C5-p");
  never_sent({"marketing", "advertising", "third_party_marketing", "trade"}, "C5-p");
}

TEST_CASE_FIXTURE(Cases, "C1-h, X46: a request about an organisation's own processing goes to it, and the clock runs on") {
  REQUIRE((*this)("principal.register", "ha",
                  {{"id", "nurse"},
                   {"role", "clinic_assistant"},
                   {"name", "zq7x"},
                   {"organisation", "clinic"},
                   {"adult_attested", true}})
              .permitted());
  const auto ask = [&](std::string_view id, std::string_view who, std::string_view kind) {
    Args args{{"id", id}, {"kind", kind}, {"principal", who}, {"channel", "in_app"}};
    if (kind == "grievance") args["details"] = {{"text", "slow"}};
    return (*this)("rights.submit", who, args);
  };
  for (const char* kind : {"access", "grievance"}) {
    const Answer answer = ask(std::string("q-") + kind, "nurse", kind);
    CHECK(answer.text("routed_to") == "clinic");
    CHECK(answer.text("due_at") == "2026-12-23T08:00:00+05:30");
  }
  CHECK_FALSE(ask("own", "dr", "access").result().contains("routed_to"));  // who came of their own accord
}

TEST_CASE_FIXTURE(Cases, "C2.3-b, X56: Meta gets the fewest fields, of who opted in, and is named in their summary") {
  REQUIRE(attest("agreement:meta_whatsapp").permitted());
  const Processor& meta = *engine().policy().find_processor("meta_whatsapp");
  CHECK(meta.own_fiduciary);
  CHECK(meta.fields.size() == 4);
  const Args all{{"phone", "9812300002"}, {"template_id", "t"}, {"name", "zq7x"}, {"email", "zq7x@zq7x.example"},
                 {"note_text", "n"},      {"address", "a"}};
  const Args about{{"principals", array{"mr"}}};
  CHECK(send("meta_whatsapp", all, "communication", about).reasons() == "bridge_not_used C2.3-b");
  REQUIRE((*this)("bridge.set", "mr", {{"principal", "mr"}, {"enabled", true}}).permitted());
  const Answer answer = send("meta_whatsapp", all, "communication", about);
  CHECK(boost::json::serialize(answer.result().at("send")) == R"(["phone","template_id"])");
  REQUIRE((*this)("rights.submit", "mr",
                  {{"id", "q"}, {"kind", "access"}, {"principal", "mr"}, {"channel", "in_app"}})
              .permitted());
  REQUIRE((*this)("rights.verify_identity", "st", {{"id", "q"}, {"evidence", "id-1"}}).permitted());
  const Answer summary = (*this)("rights.resolve", "dpo", {{"id", "q"}});
  CHECK(summary.line().find("Meta Platforms (WhatsApp)") != std::string::npos);
}

TEST_CASE_FIXTURE(Cases, "C4-f: that queries are parameterised is the host's word, fresh or not at all") {
  const auto status = [&] {
    const Answer answer = (*this)("report.coverage", "dpo");
    for (const auto& row : answer.result().at("clauses").as_array())
      if (row.at("id").as_string() == "C4-f") return std::string(row.at("coverage").as_string());
    return std::string();
  };
  CHECK(status() == "unverified");
  REQUIRE((*this)("attestation.put", "system",
                  {{"claim", "parameterised_queries"},
                   {"value", true},
                   {"evidence_ref", "lint 4.2 of commit 7f3a"},
                   {"valid_until", time(60)}})
              .permitted());
  CHECK(status() == "attested");
  set_time(60);
  CHECK(status() == "stale");
}

TEST_CASE_FIXTURE(Cases, "C6.5-b: no machine transcribes a call, in whatever words it is asked for") {
  refused({"transcribe", "transcription"}, "purpose_is_transcription C6.5-b");
  for (const std::string_view c : Names<RecordClass>::list)
    CHECK(use(c, "service_delivery", "transcribe").effect() == "deny");
  never_sent({"transcribe", "transcription"}, "C6.5-b");
  started();
  CHECK(decide().obliges("do_not_transcribe"));
}

TEST_CASE_FIXTURE(Cases, "C6.5-c: nothing of a call trains anything") {
  refused({"train", "training", "ai_training"}, "purpose_is_training C6.5-c");
  never_sent({"train", "training", "ai_training"}, "C6.5-c");
  CHECK(use("recording", "analytics", "aggregate", {{"cell_size", 1'000}, {"consented", true}}).denied());
}

TEST_CASE_FIXTURE(Cases, "C6.5-d: a recording is shared by its own permit or a lawful demand, and by nothing else") {
  for (const std::string_view purpose : Names<Purpose>::list)
    for (const char* operation : {"share", "view"}) {
      const Answer answer = use("recording", purpose, operation, {{"cell_size", 1'000}, {"consented", true}});
      CHECK_FALSE(answer.permitted());
    }
  REQUIRE(book().permitted());
  const Args demand{{"authority", "Court"},
                    {"section", "s.94"},
                    {"date", "2026-11-20"},
                    {"scope", array{"v"}},
                    {"about", array{"v"}}};
  CHECK(use("recording", "legal_obligation", "share", {{"demand", demand}}).permitted());
}

TEST_CASE_FIXTURE(Cases, "C6.6-c, X51: a clinical visit is refused by its declared purpose, and no legal status is claimed") {
  refused({"clinical", "clinical_use", "diagnosis", "prescription"}, "purpose_is_clinical C6.6-c");
  never_sent({"clinical", "clinical_use", "diagnosis", "prescription"}, "C6.6-c");
  const auto book_for = [&](const char* purpose) {
    return (*this)("visit.book", "mr",
                   {{"id", "c"},
                    {"doctor", "dr"},
                    {"representative", "mr"},
                    {"starts_at", time(120)},
                    {"ends_at", time(150)},
                    {"purpose", purpose}});
  };
  for (const char* purpose : {"clinical", "diagnosis", "prescription"})
    CHECK(book_for(purpose).reasons() == "purpose_clinical C6.6-c");
  CHECK(book_for("consultation").effect() == "indeterminate");
  for (const Gate* gate : kGates)
    for (const Condition& condition : gate->conditions) {
      CHECK(condition.text.find("Telemedicine") == std::string_view::npos);
      CHECK(condition.text.find("not governed") == std::string_view::npos);
    }
}

TEST_CASE_FIXTURE(Cases, "C9-i, X52: groups of at least k pass, smaller ones need consent, and the rest of the table hides them") {
  const auto analyse = [&](int people) {
    return use("usage", "analytics", "aggregate", {{"cell_size", people}, {"consented", false}});
  };
  CHECK(engine().policy().aggregation_k == 10);
  CHECK(analyse(10).permitted());
  CHECK(analyse(9).reasons() == "analytics_on_identified_people C3-c");
  CHECK(use("usage", "analytics", "aggregate", {{"cell_size", 1}, {"consented", true}}).permitted());
  CHECK(use("usage", "analytics", "aggregate").effect() == "indeterminate");
  const auto check = [&](array cells) {
    return (*this)("aggregate.check", "st", {{"counts", {{"cells", cells}}}, {"columns", 2}});
  };
  CHECK(check({10, 20, 30, 40}).permitted());
  CHECK(check({9, 20, 30, 40}).result().at("cells").at(0).is_null());
  CHECK(check({9, 20, 30, 40}).result().at("complement").as_int64() > 0);
  for (const array& all_hidden : {array{3, 20}, array{9, 20, 30, 40}, array{10, 20, 3, 40}}) {
    const Answer refused = check(all_hidden);
    CHECK(refused.reasons() == "cells_too_small C9-i");
    for (const auto& cell : refused.result().at("cells").as_array()) CHECK(cell.is_null());
  }
  CHECK(check({3, 20, 30, 40, 50, 60}).permitted());
  // What passes for an aggregate is held to the same.
  for (const char* operation : {"store", "use", "view", "share", "aggregate"}) {
    const auto told = [&](Args more) { return use("analytics_aggregate", "analytics", operation, std::move(more)); };
    CHECK(told({}).effect() == "indeterminate");
    CHECK(told({{"cell_size", 1}}).effect() == "indeterminate");
    CHECK(told({{"cell_size", 9}, {"consented", false}}).reasons() == "analytics_on_identified_people C3-c");
    // The host's number will do within; what leaves is tested.
    const bool leaves = std::string_view(operation) == "share";
    CHECK(told({{"cell_size", 10}}).effect() == (leaves ? "indeterminate" : "permit"));
    CHECK(told({{"cell_size", 10}}).text("counted_by") == "host");
    const auto table = [&](array cells, bool consented = false) {
      return told({{"counts", {{"cells", std::move(cells)}}}, {"columns", 2}, {"consented", consented}});
    };
    CHECK(table({10, 20, 30, 40}).permitted());
    CHECK(table({10, 20, 30, 40}).text("counted_by") == "table");
    CHECK(table({9, 20, 30, 40}).reasons() == "analytics_on_identified_people C3-c");
    CHECK(table({9, 20, 30, 40, 50, 60}).denied());  // others of it would have to be hidden
    // Consent is for identified people: no aggregate is one for it.
    CHECK(table({9, 20, 30, 40}, true).reasons() == "analytics_on_identified_people C3-c");
    CHECK(table({10, 20, 30, 40}, true).permitted());
    CHECK(told({{"consented", true}}).effect() == "indeterminate");
    CHECK(told({{"cell_size", 9}, {"consented", true}}).reasons() == "analytics_on_identified_people C3-c");
  }
  const Args table{{"cells", array{10, 20}}};
  CHECK(use("analytics_aggregate", "analytics", "share", {{"counts", table}}).error() == "invalid_argument /args/columns");
  CHECK(use("analytics_aggregate", "analytics", "share", {{"columns", 2}}).error() == "invalid_argument /args/counts");
  CHECK(use("analytics_aggregate", "analytics", "share", {{"counts", table}, {"columns", 2}, {"cell_size", 10}}).error() ==
        "invalid_argument /args/cell_size");
}

TEST_CASE_FIXTURE(Cases, "X15: encrypted in transit always; end to end only as attested, and not while it is recorded") {
  attest_all({"agreement:livekit", "media_encryption"});
  started();
  const auto stream = [&] { return send("livekit", {{"audio_stream", 1}}, "service_delivery", {{"visit", "v"}}); };
  CHECK(stream().result().at("end_to_end") == false);
  REQUIRE(attest("end_to_end_encryption").permitted());
  CHECK(stream().result().at("end_to_end") == true);
  REQUIRE(decide().permitted());
  CHECK(stream().result().at("end_to_end") == false);
  REQUIRE((*this)("consent.withdraw", "dr", {{"visit", "v"}}).permitted());
  CHECK(stream().result().at("end_to_end") == true);
  REQUIRE(attest("media_encryption", false).permitted());
  CHECK(stream().reasons() == "media_encryption_not_attested C5-h");
}

TEST_CASE_FIXTURE(Cases, "X20: the AI gets a note under five conditions, each by itself enough to refuse, and for service alone") {
  REQUIRE(book().permitted());
  const std::string_view needed[] = {"ai_enabled", "agreement:google_gemini", "no_training:google_gemini"};
  const Args clean{{"note_text", "The doctor asked for two samples and a leaflet."}};
  const auto ask = [&](const Args& fields = {}, std::string_view purpose = "service_delivery",
                       const char* source = "completion_note") {
    return send("google_gemini", fields, purpose, {{"visit", "v"}, {"source", source}});
  };
  for (const std::string_view claim : needed) REQUIRE(attest(claim).permitted());
  CHECK(ask(clean).permitted());
  for (const std::string_view claim : needed) {
    REQUIRE(attest(claim, false).permitted());
    CHECK(ask(clean).effect() == "deny");
    REQUIRE(attest(claim).permitted());
  }
  CHECK(ask({{"note_text", "Call 98123 00001"}}).effect() == "deny");
  CHECK(send("another_ai", clean, "service_delivery").effect() == "deny");
  for (const std::string_view purpose : Names<Purpose>::list)
    CHECK(ask(clean, purpose).permitted() == (purpose == "service_delivery"));
}

TEST_CASE_FIXTURE(Cases, "X21: nothing made from media, captions or transcripts goes to the AI") {
  REQUIRE(book().permitted());
  attest_all({"ai_enabled", "agreement:anthropic_claude", "no_training:anthropic_claude"});
  const Args clean{{"note_text", "The doctor asked for a leaflet."}};
  for (const char* source : {"media", "captions", "transcript"})
    CHECK(send("anthropic_claude", clean, "service_delivery", {{"visit", "v"}, {"source", source}}).reasons() ==
          "source_not_completion_note C5-m");
  CHECK(send("anthropic_claude", clean, "service_delivery", {{"visit", "v"}}).effect() == "indeterminate");
  CHECK(send("anthropic_claude", clean, "service_delivery", {{"visit", "v"}, {"source", "completion_note"}}).permitted());
}

TEST_CASE_FIXTURE(Cases, "X24: the way to the officer is the contact section, and stands among the errata") {
  CHECK(erratum("X24") == "C6.4-f C13-a");
  REQUIRE((*this)("rights.submit", "mr",
                  {{"id", "q"}, {"kind", "access"}, {"principal", "mr"}, {"channel", "in_app"}})
              .permitted());
  REQUIRE((*this)("rights.verify_identity", "st", {{"id", "q"}, {"evidence", "id-1"}}).permitted());
  CHECK((*this)("rights.resolve", "dpo", {{"id", "q"}}).line().find(engine().policy().contacts.officer_email) !=
        std::string::npos);
}

TEST_CASE_FIXTURE(Cases, "X25: each contact detail has one processor that may have it, and no other and no one of the pharma side") {
  const std::pair<std::string_view, std::string_view> homes[] = {
      {"phone", "meta_whatsapp"}, {"email", "google_workspace"}, {"uploaded_file", "cloudflare_r2"}};
  for (const auto& [field, home] : homes)
    for (const Processor& processor : engine().policy().processors)
      CHECK((processor.find(field) != nullptr) == (processor.id == home));
  for (const Processor& processor : engine().policy().processors) CHECK(processor.find("address") == nullptr);
  REQUIRE(book().permitted());
  for (const char* viewer : {"mr", "pa", "co"}) {
    const Answer view = (*this)("principal.view", viewer, {{"subject", "dr"}, {"visit", "v"}});
    for (const char* hidden : {"email", "phone", "address"})
      CHECK_FALSE(view.result().at("fields").as_object().contains(hidden));
  }
}

TEST_CASE_FIXTURE(Cases, "X28: country lists of any authority, permitting or barring, from their day to their day") {
  boost::json::value pack = draft("2");
  pack.at("countries").as_object()["deny"] =
      array{{{"country", "US"}, {"from", "2026-12-01"}, {"until", "2026-12-11"}, {"source", "S.O. 1, Central Government"}}};
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", false}}).permitted());
  attest_all({"agreement:livekit"});
  const auto transfer = [&](const char* country) {
    return (*this)("transfer.check", "st", {{"processor", "livekit"}, {"country", country}});
  };
  const std::int64_t first = 8 * kDay - 8 * 60;  // midnight of 1 December
  set_time(first - 1);
  CHECK(transfer("US").permitted());
  set_time(first);
  CHECK(transfer("US").reasons() == "country_not_permitted C11-h");
  CHECK(transfer("US").text("/lists/0/source") == "S.O. 1, Central Government");
  CHECK(transfer("SG").permitted());
  set_time(first + 10 * kDay);
  CHECK(transfer("US").permitted());
  pack = draft("3");
  pack.at("countries").as_object()["allow"] =
      array{{{"country", "IN"}, {"from", "2026-12-20"}, {"until", nullptr}, {"source", "Board order 4"}}};
  set_time(first + 15 * kDay);  // before its day
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", true}}).permitted());
  CHECK(transfer("US").permitted());
  set_time(first + 19 * kDay);  // on it, who never agreed to anything among those concerned
  for (const char* country : {"US", "SG", "CN"}) CHECK(transfer(country).reasons() == "country_not_permitted C11-h");
  CHECK((*this)("policy.diff", "dpo", {{"from", "2"}, {"to", "3"}}).result().at("counts") ==
        boost::json::value{{"tightening", 2}, {"loosening", 1}, {"wording", 0}});  // of the days of the other list, too
}

TEST_CASE_FIXTURE(Cases, "X26, X28: what a list of countries closes is closed for everybody at once; what it opens waits for consent") {
  attest_all({"agreement:livekit"});
  const auto transfer = [&](const char* country) {
    return (*this)("transfer.check", "st", {{"processor", "livekit"}, {"country", country}, {"principals", array{"mr"}}})
        .permitted();
  };
  int version = 1;
  const auto publish = [&](const array& deny, const array& allow) {
    boost::json::value pack = draft(std::to_string(++version));
    pack.at("countries") = {{"deny", deny}, {"allow", allow}};
    const Answer published =
        (*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", time(30 * kDay)}, {"material", true}});
    REQUIRE_MESSAGE(published.permitted(), published.line());
    return published.result().at("counts").at("loosening").as_int64();
  };
  const auto entry = [](const char* country, const char* from = "2026-01-01") {
    return boost::json::value{{"country", country}, {"from", from}, {"until", nullptr}, {"source", "order"}};
  };
  SUBCASE("none, then one, then a shorter one, then another, then none") {
    CHECK(publish({}, {entry("IN"), entry("US")}) == 0);
    CHECK(transfer("US"));
    CHECK_FALSE(transfer("CN"));
    CHECK(publish({}, {entry("IN")}) == 0);
    CHECK(transfer("IN"));
    CHECK_FALSE(transfer("US"));
    CHECK(publish({}, {entry("US")}) == 1);  // the one for the other
    CHECK_FALSE(transfer("IN"));
    CHECK_FALSE(transfer("US"));
    CHECK(publish({}, {}) > 0);
    for (const char* country : {"IN", "US", "CN"}) CHECK_FALSE(transfer(country));
  }
  SUBCASE("one that is barred, and one more in place of it") {
    CHECK(publish({entry("CN")}, {}) == 0);
    CHECK_FALSE(transfer("CN"));
    CHECK(publish({entry("US")}, {}) == 1);
    CHECK_FALSE(transfer("CN"));
    CHECK_FALSE(transfer("US"));
    CHECK(transfer("SG"));
  }
  SUBCASE("in another order: nothing") {
    CHECK(publish({}, {entry("IN"), entry("US")}) == 0);
    CHECK(publish({}, {entry("US"), entry("IN")}) == 0);
    CHECK(transfer("US"));
    CHECK(transfer("IN"));
  }
}

TEST_CASE_FIXTURE(Cases, "X45: a version is an ordinal and the hash of the text, and its date is unknown until it is told") {
  const PolicyPack& own = engine().policy();
  CHECK(own.version.starts_with("1-"));
  CHECK(own.text_digest.find(own.version.substr(2)) != std::string::npos);
  Answer listed = (*this)("policy.list", "dr");
  CHECK(listed.text("/versions/0/dated") == "indeterminate");
  CHECK(listed.result().at("versions").at(0).at("last_updated").is_null());
  boost::json::value pack = draft("2");
  pack.as_object()["last_updated"] = "2026-11-22";
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", false}}).permitted());
  pack.as_object()["version"] = "3";
  pack.as_object()["last_updated"] = "2026-11-23";
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", false}}).permitted());
  pack.as_object()["version"] = "4";
  pack.as_object()["last_updated"] = "2026-11-24";
  const Args later{{"pack", pack}, {"effective_at", now()}, {"material", false}};
  CHECK((*this)("policy.publish", "dpo", later).error() == "invalid_argument /args/pack");  // a day that has not come (C12-c)
  listed = (*this)("policy.list", "dr");
  CHECK(listed.text("/versions/1/dated") == "stale");
  CHECK(listed.text("/versions/2/dated") == "ok");
}

TEST_CASE_FIXTURE(Cases, "X13, X27: a law binds on whatever version of the policy somebody stands, as soon as it is published") {
  REQUIRE((*this)("record.register", "system",
                  {{"id", "rec1"}, {"class", "recording"}, {"subjects", {"dr", "mr"}}, {"locator", "s3://r"}, {"trigger_at", time(0)}})
              .permitted());
  const auto goes = [&](std::int64_t at) {
    set_time(at);
    const Answer asked = (*this)("rights.submit", "mr",
                                 {{"id", "q"}, {"kind", "erasure"}, {"principal", "mr"}, {"channel", "email"},
                                  {"details", {{"records", {"rec1"}}}}});
    REQUIRE(asked.permitted());
    REQUIRE((*this)("rights.verify_identity", "dpo", {{"id", "q"}, {"evidence", "e"}}).permitted());
    const Answer answer = (*this)("rights.resolve", "dpo", {{"id", "q"}});
    REQUIRE_MESSAGE(answer.permitted(), answer.line());
    return answer.text("/plan/0/action") + " " + answer.text("/plan/0/basis");
  };
  boost::json::value pack = draft("2");
  array& floors = pack.at("legal_floors").as_array();
  SUBCASE("one that comes: what it keeps is restricted, also for who accepted nothing") {
    boost::json::value act = floors.front();
    act.as_object()["id"] = "new_act";
    act.as_object()["enabled"] = true;
    act.as_object()["from"] = time(60 * kDay).substr(0, 10);
    act.as_object()["from_other"] = nullptr;
    act.as_object()["until"] = nullptr;
    act.as_object()["classes"] = array{"recording"};
    act.as_object()["period"] = Args{{"count", 2}, {"unit", "years"}};
    floors.push_back(act);
    REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", time(60 * kDay)}, {"material", true}}).permitted());
    CHECK(goes(90 * kDay) == "restrict floor");
  }
  SUBCASE("one that goes: nothing is kept for its sake any more") {
    for (boost::json::value& floor : floors) floor.as_object()["enabled"] = false;
    REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", time(60 * kDay)}, {"material", true}}).permitted());
    CHECK(goes(300 * kDay) == "erase erasure");
  }
  SUBCASE("unchanged: kept from the day on which it applies") { CHECK(goes(300 * kDay) == "restrict floor"); }
}

TEST_CASE_FIXTURE(Cases, "X26, C11-h: a country that a version puts another in the place of is closed for everybody") {
  attest_all({"agreement:razorpay", "pci_dss"});
  const auto home = [&] {
    return send("razorpay", {{"payment_amount", 1}}, "billing", {{"principals", array{"dr"}}}, "IN").permitted();
  };
  CHECK(home());
  boost::json::value pack = draft("2");
  for (boost::json::value& processor : pack.at("processors").as_array())
    if (processor.at("id") == "razorpay") processor.as_object()["countries"] = array{"US"};
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", time(30 * kDay)}, {"material", true}}).permitted());
  CHECK_FALSE(home());
}
