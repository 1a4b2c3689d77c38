// What `processor.engage` changed, over the versions of the policy that are published afterwards.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "policy/pack.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using boost::json::array;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

constexpr std::int64_t kDay = 24 * 60;

// Tells everybody who is to be told of a change, now.
void tell_all(World& w, const char* processor) {
  const Answer pending = w("notice.pending", "dpo", {{"processor", processor}});
  for (const auto& owed : pending.result().at("notices").as_array())
    REQUIRE(w("processor.notify", "st", {{"processor", processor}, {"customer", owed.at("recipient")}, {"at", w.now()}})
                .permitted());
}

struct Engaged : World {
  Engaged() {
    for (const char* claim : {"agreement:razorpay", "agreement:mailer", "pci_dss"})
      REQUIRE((*this)("attestation.put", "system",
                      {{"claim", claim}, {"value", true}, {"evidence_ref", "doc"}, {"valid_until", time(900 * kDay)}})
                  .permitted());
  }
  // Razorpay gets less from here on: not the billing e-mail, not the plan.
  void narrow() {
    REQUIRE((*this)("processor.propose", "st",
                    {{"processor", "razorpay"}, {"fields", array{"organisation_name", "payment_amount"}}})
                .permitted());
    REQUIRE((*this)("processor.engage", "st", {{"processor", "razorpay"}}).permitted());
  }
  // A processor that no pack lists, 15 days later.
  void add_mailer() {
    REQUIRE((*this)("processor.propose", "st",
                    {{"processor", "mailer"},
                     {"name", "Mailer"},
                     {"service", "mail"},
                     {"fields", array{"email"}},
                     {"purposes", array{"communication"}},
                     {"countries", array{"IN"}}})
                .permitted());
    tell_all(*this, "mailer");
    set_time(15 * kDay);
    REQUIRE((*this)("processor.engage", "st", {{"processor", "mailer"}}).permitted());
  }
  Answer publish(const boost::json::value& pack, bool material = false) {
    return (*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", material}});
  }
  std::string sends() {
    const Answer answer = (*this)("egress.check", "system",
                                  {{"processor", "razorpay"},
                                   {"fields", {{"billing_email", "x"}, {"organisation_name", "A"}}},
                                   {"purpose", "billing"}});
    return boost::json::serialize(answer.result().at("send"));
  }
  bool mails() {
    return (*this)("egress.check", "system",
                   {{"processor", "mailer"}, {"fields", {{"email", "x"}}}, {"purpose", "communication"}})
        .permitted();
  }
};

boost::json::value draft(std::string_view version) {
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = version;
  return pack;
}
boost::json::object& processor(boost::json::value& pack, std::size_t index = 0) {
  return pack.at("processors").at(index).as_object();
}
array fields(std::initializer_list<const char*> names) {
  array list;
  for (const char* name : names) list.push_back({{"name", name}, {"guard", "none"}});
  return list;
}

}  // namespace

TEST_CASE_FIXTURE(Engaged, "C5-o: what was engaged goes on when a version is published that leaves it alone") {
  narrow();
  add_mailer();
  CHECK(sends() == R"(["organisation_name"])");
  boost::json::value pack = draft("2");
  pack.at("retention").at(1).at("period").at("count") = 1;
  REQUIRE(publish(pack).permitted());
  CHECK(sends() == R"(["organisation_name"])");
  CHECK(mails());
  CHECK(engine().policy().version == "2");
  const Answer listed = (*this)("processor.list", "dpo");
  CHECK(listed.result().at("processors").as_array().size() == 9);
  const Answer transfers = (*this)("transfer.list", "dpo");
  CHECK(transfers.result().at("transfers").as_array().size() == 9);
  CHECK(transfers.result().at("transfers").at(8).at("sharings").at("-") == 1);
}

TEST_CASE_FIXTURE(Engaged, "C5-o: a notice that was given stays given when a version is published") {
  REQUIRE((*this)("processor.propose", "st", {{"processor", "razorpay"}, {"countries", array{"IN", "SG"}}}).permitted());
  tell_all(*this, "razorpay");
  boost::json::value pack = draft("2");
  pack.at("retention").at(1).at("period").at("count") = 1;
  REQUIRE(publish(pack).permitted());
  CHECK((*this)("processor.engage", "st", {{"processor", "razorpay"}}).reasons() == "notice_period_running C5-o");
  set_time(15 * kDay);
  CHECK((*this)("processor.engage", "st", {{"processor", "razorpay"}}).permitted());
}

TEST_CASE_FIXTURE(Engaged, "C5-o: a pack that undoes what was engaged in passing is refused with the pointer") {
  narrow();
  boost::json::value pack = draft("2");
  processor(pack)["fields"] = fields({"organisation_name", "billing_email", "payment_amount"});  // of neither
  CHECK(publish(pack, true).error() == "conflict /args/pack/processors/0");
  const Answer impact = (*this)("policy.impact", "dpo", {{"pack", pack}});
  CHECK(impact.text("/refused/code") == "conflict");
  CHECK(impact.text("/refused/path") == "/args/pack/processors/0");
  const Answer diff = (*this)("policy.diff", "dpo", {{"to_pack", pack}});
  CHECK(diff.text("/refused/path") == "/args/to_pack/processors/0");
  CHECK((*this)("policy.impact", "dpo", {{"pack", draft("2")}}).result().at("refused").is_null());
  CHECK_FALSE((*this)("policy.diff", "dpo").result().contains("refused"));
  CHECK(engine().policy().version == policy::default_pack()->version);
  CHECK(sends() == R"(["organisation_name"])");
}

TEST_CASE_FIXTURE(Engaged, "X26, C12-a: what was added by itself hinders no version that only takes away, and goes with what it leaves out") {
  REQUIRE((*this)("processor.propose", "st",
                  {{"processor", "razorpay"},
                   {"fields", array{"organisation_name", "billing_email", "subscription_plan", "payment_amount", "city"}}})
              .permitted());
  tell_all(*this, "razorpay");
  set_time(15 * kDay);
  REQUIRE((*this)("processor.engage", "st", {{"processor", "razorpay"}}).permitted());
  const auto goes = [&] {
    return boost::json::serialize((*this)("egress.check", "system",
                                          {{"processor", "razorpay"},
                                           {"fields", {{"billing_email", "x"}, {"city", "Pune"}, {"payment_amount", 1}}},
                                           {"purpose", "billing"},
                                           {"context", {{"principals", array{"dr"}}}}})
                                      .result()
                                      .at("send"));
  };
  CHECK(goes() == R"(["billing_email","city","payment_amount"])");
  boost::json::value pack = draft("2");
  bool loosens = false;
  SUBCASE("stated") { processor(pack)["fields"] = fields({"organisation_name", "subscription_plan", "payment_amount", "city"}); }
  SUBCASE("stated under another clause") {
    processor(pack)["fields"] = fields({"organisation_name", "subscription_plan", "payment_amount", "city"});
    processor(pack)["clause"] = "C5-b";
  }
  SUBCASE("left out") { processor(pack)["fields"] = fields({"organisation_name", "subscription_plan", "payment_amount"}); }
  SUBCASE("left out, and something else loosened") {
    loosens = true;
    pack.at("visit").at("opens_minutes_before") = 45;
    processor(pack)["fields"] = fields({"organisation_name", "subscription_plan", "payment_amount"});
  }
  const bool stated = processor(pack)["fields"].as_array().size() == 4;
  const Answer impact = (*this)("policy.impact", "dpo", {{"pack", pack}});
  CHECK(impact.result().at("refused").is_null());
  CHECK(impact.result().at("sharings").at("fewer_fields") == 1);
  const Answer published = publish(pack, loosens);
  REQUIRE_MESSAGE(published.permitted(), published.line());
  CHECK(published.result().at("counts").at("tightening") == (stated ? 1 : 2));
  CHECK(goes() == (stated ? R"(["city","payment_amount"])" : R"(["payment_amount"])"));
}

TEST_CASE_FIXTURE(Engaged, "C5-n, C5-b: a processor that was engaged is ended by itself, at once and for good") {
  add_mailer();
  REQUIRE(mails());
  REQUIRE((*this)("attestation.put", "system",
                  {{"claim", "agreement:mailer"}, {"value", false}, {"evidence_ref", "doc"}, {"valid_until", time(900 * kDay)}})
              .permitted());
  CHECK((*this)("processor.propose", "st", {{"processor", "mailer"}, {"remove", true}, {"fields", array{"name"}}}).error() ==
        "invalid_argument /args/remove");
  CHECK((*this)("processor.propose", "st", {{"processor", "nobody"}, {"remove", true}}).error() == "not_found /args/processor");
  const Answer proposed = (*this)("processor.propose", "st", {{"processor", "mailer"}, {"remove", true}});
  REQUIRE_MESSAGE(proposed.permitted(), proposed.line());
  CHECK(proposed.result().at("material") == false);
  CHECK(proposed.result().at("ends") == true);
  CHECK((*this)("processor.propose", "st", {{"processor", "mailer"}, {"remove", true}}).error() == "conflict /args/processor");
  const std::string before = now();
  set_time(15 * kDay + 10);
  const Answer ended = (*this)("processor.engage", "st", {{"processor", "mailer"}});
  REQUIRE_MESSAGE(ended.permitted(), ended.line());
  CHECK(ended.decision().at("obligations").as_array().back().at("do") == "have_processor_erase");
  REQUIRE((*this)("attestation.put", "system",
                  {{"claim", "agreement:mailer"}, {"value", true}, {"evidence_ref", "doc"}, {"valid_until", time(900 * kDay)}})
              .permitted());
  CHECK_FALSE(mails());
  const Answer listed = (*this)("processor.list", "dpo");
  for (const auto& entry : listed.result().at("processors").as_array()) CHECK(entry.at("processor") != "mailer");
  CHECK(listed.result().at("proposed").as_array().empty());
  const Answer transfers = (*this)("transfer.list", "dpo");
  CHECK(transfers.result().at("transfers").at(8).at("processor") == "mailer");
  CHECK(transfers.result().at("transfers").at(8).at("in_use") == false);
  const Answer then = (*this)("policy.decide", "dpo",
                              {{"rule", "egress"}, {"at", before},
                               {"facts", {{"processor", "mailer"}, {"purpose", "communication"}, {"fields", array{"email"}},
                                          {"agreement_in_force", true}}}});
  CHECK(then.result().at("decision").at("effect") == "permit");
  boost::json::value pack = draft("2");
  REQUIRE(publish(pack).permitted());
  CHECK_FALSE(mails());
  // Anew as anything new.
  REQUIRE((*this)("processor.propose", "st",
                  {{"processor", "mailer"}, {"name", "Mailer"}, {"service", "mail"}, {"fields", array{"email"}},
                   {"purposes", array{"communication"}}, {"countries", array{"IN"}}})
              .permitted());
  CHECK((*this)("processor.engage", "st", {{"processor", "mailer"}}).reasons() ==
        "customers_not_notified C5-o; notice_period_running C5-o");
}

TEST_CASE_FIXTURE(Engaged, "C5-n: a listed processor that is ended stays so until a version says otherwise and customers were told") {
  REQUIRE((*this)("processor.propose", "st", {{"processor", "razorpay"}, {"remove", true}}).permitted());
  CHECK(sends() != "[]");
  REQUIRE((*this)("processor.engage", "st", {{"processor", "razorpay"}}).permitted());
  CHECK(sends() == "[]");
  boost::json::value pack = draft("2");
  Answer diff = (*this)("policy.diff", "dpo", {{"to_pack", pack}});
  CHECK(diff.result().at("changes").as_array().empty());  // of what is in force
  REQUIRE(publish(pack).permitted());
  CHECK(sends() == "[]");
  pack = draft("3");
  processor(pack)["fields"] = fields({"organisation_name", "payment_amount"});
  CHECK(publish(pack, true).error() == "conflict /args/pack/processors/0");
  pack = draft("3");
  pack.at("processors").as_array().erase(pack.at("processors").as_array().begin());
  REQUIRE(publish(pack).permitted());
  const Answer again = publish(draft("4"), true);
  REQUIRE(again.permitted());
  CHECK(again.result().at("waiting").at(0).at("processor") == "razorpay");
  CHECK(sends() == "[]");
}

TEST_CASE_FIXTURE(Engaged, "C5-b: what only takes away waits for no agreement") {
  REQUIRE((*this)("processor.propose", "st", {{"processor", "google_workspace"}, {"fields", array{"email"}}}).permitted());
  const Answer engaged = (*this)("processor.engage", "st", {{"processor", "google_workspace"}});
  REQUIRE_MESSAGE(engaged.permitted(), engaged.line());
  const Answer listed = (*this)("processor.list", "dpo");
  for (const auto& entry : listed.result().at("processors").as_array())
    if (entry.at("processor") == "google_workspace") CHECK(entry.at("fields").as_array().size() == 1);
}

TEST_CASE_FIXTURE(Engaged, "C12-b: once the pack states what is in use, giving more again is seen, and material") {
  narrow();
  boost::json::value pack = draft("2");
  processor(pack)["fields"] = fields({"organisation_name", "payment_amount"});
  Answer answer = publish(pack);
  REQUIRE_MESSAGE(answer.permitted(), answer.line());
  CHECK(boost::json::serialize(answer.result().at("counts")) == R"({"tightening":0,"loosening":0,"wording":0})");
  CHECK(sends() == R"(["organisation_name"])");
  // The first pack again, word for word: without what was engaged it would not differ from what is in force.
  pack = draft("3");
  answer = publish(pack);
  CHECK(answer.reasons() == "loosening_called_immaterial C12-b");
  CHECK(answer.result().at("counts").at("loosening") == 2);
  REQUIRE(publish(pack, true).permitted());
  CHECK(sends() == R"(["organisation_name"])");  // until everybody concerned has accepted
}

TEST_CASE_FIXTURE(Engaged, "policy.diff: against what is in force, what was engaged counts") {
  narrow();
  boost::json::value same = draft("2");
  Answer answer = (*this)("policy.diff", "dpo", {{"to_pack", same}});
  CHECK(answer.result().at("changes").as_array().empty());
  processor(same)["fields"] = fields({"organisation_name", "payment_amount"});
  answer = (*this)("policy.diff", "dpo", {{"to_pack", same}});
  CHECK(answer.result().at("changes").as_array().empty());
  processor(same)["fields"] = fields({"organisation_name", "payment_amount", "subscription_plan"});
  answer = (*this)("policy.diff", "dpo", {{"to_pack", same}});
  CHECK(answer.text("/changes/0/direction") == "loosening");
  CHECK(answer.text("/changes/0/where") == "processors/razorpay/field/subscription_plan");
  // Between two packs that are named, only what they say.
  answer = (*this)("policy.diff", "dpo", {{"from", engine().policy().version}, {"to_pack", same}});
  CHECK(answer.text("/changes/0/direction") == "tightening");
}

TEST_CASE_FIXTURE(Engaged, "C5-n: a pack that no longer lists a processor ends what was engaged of it") {
  narrow();
  boost::json::value pack = draft("2");
  pack.at("processors").as_array().erase(pack.at("processors").as_array().begin());
  const Answer answer = publish(pack);
  REQUIRE(answer.permitted());
  CHECK(answer.result().at("counts").at("tightening") == 1);
  CHECK(sends() == "[]");
}

TEST_CASE_FIXTURE(Engaged, "C5-o: a pack that states what is in use cuts nobody off from it, whichever version binds them") {
  add_mailer();
  const auto mails_to = [&](const char* whom) {
    return (*this)("egress.check", "system",
                   {{"processor", "mailer"},
                    {"fields", {{"email", "x"}}},
                    {"purpose", "communication"},
                    {"context", {{"principals", array{whom}}}}})
        .permitted();
  };
  REQUIRE(mails_to("dr"));
  boost::json::value pack = draft("2");
  boost::json::object mailer = processor(pack);
  mailer["id"] = "mailer";
  mailer["name"] = "Mailer";
  mailer["service"] = "mail";
  mailer["clause"] = "C5-n";
  mailer["purposes"] = array{"communication"};
  mailer["fields"] = fields({"email"});
  mailer["resolutions"] = array{};
  pack.at("processors").as_array().push_back(mailer);
  bool loosens = false;
  SUBCASE("and nothing else") {}
  SUBCASE("and loosens something") {
    loosens = true;
    pack.at("visit").at("opens_minutes_before") = 45;
  }
  SUBCASE("and tightens one thing and loosens another") {
    loosens = true;
    pack.at("visit").at("opens_minutes_before") = 45;
    pack.at("retention").at(1).at("period").at("count") = 1;
  }
  const Answer published = publish(pack, loosens);
  REQUIRE_MESSAGE(published.permitted(), published.line());
  CHECK(published.result().at("waiting").as_array().empty());
  CHECK(mails_to("dr"));
  const Answer bound = (*this)("policy.effective", "system", {{"principal", "dr"}});
  CHECK(bound.text("version") == (loosens ? std::string(policy::default_pack()->version) + "_2" : "2"));
  // From here on packs say themselves what holds of it, for everybody.
  pack.as_object()["version"] = "3";
  pack.at("processors").as_array().pop_back();
  REQUIRE(publish(pack, loosens).permitted());
  CHECK_FALSE(mails_to("dr"));
}

namespace {

// Razorpay is listed with more by a version that is published, and binds the newcomer.
struct Published : Engaged {
  boost::json::value pack = draft("2");

  Answer publish_wider() {
    processor(pack)["countries"] = array{"IN", "SG"};
    processor(pack)["purposes"] = array{"billing", "communication"};
    processor(pack)["fields"] = fields({"organisation_name", "billing_email", "subscription_plan", "payment_amount", "city"});
    return come(publish(pack, true));
  }
  Answer publish_mailer() {
    boost::json::object mailer = processor(pack);
    mailer["id"] = "mailer";
    mailer["purposes"] = array{"communication"};
    mailer["fields"] = fields({"email"});
    pack.at("processors").as_array().push_back(mailer);
    return come(publish(pack, true));
  }
  // Whoever joins now stands on what was published.
  Answer come(Answer published) {
    REQUIRE_MESSAGE(published.permitted(), published.line());
    REQUIRE(person("newcomer", "doctor", "clinic", 77).permitted());
    return published;
  }
  Answer check(const char* to, const Args& sent, const char* purpose, const char* country = nullptr) {
    Args args{{"processor", to}, {"fields", sent}, {"purpose", purpose}, {"context", {{"principals", array{"newcomer"}}}}};
    if (country) args["country"] = country;
    return (*this)("egress.check", "system", args);
  }
  void tell(const char* processor) {
    tell_all(*this, processor);
  }
  Answer engage(const char* processor) { return (*this)("processor.engage", "st", {{"processor", processor}}); }
};

std::string shown(const boost::json::value& value) { return boost::json::serialize(value); }

}  // namespace

TEST_CASE_FIXTURE(Published, "X29: a processor that a published version adds waits for notices, 15 days and engagement") {
  const Answer published = publish_mailer();
  CHECK(shown(published.result().at("waiting")) ==
        R"([{"processor":"mailer","clause":"C5-o","changes":["processor mailer","country IN","field email","purpose communication"]}])");
  CHECK(std::ranges::count(published.obligations(), "notify_affected_customers") == 1);
  const auto sent = [&] { return check("mailer", {{"email", "x"}}, "communication"); };
  CHECK(sent().reasons() == "processor_not_engaged C5-o");
  CHECK((*this)("processor.list", "dpo").result().at("proposed").at(0).at("published") == true);
  CHECK((*this)("processor.list", "dpo").result().at("processors").as_array().size() == 8);
  const Answer untold = (*this)("notice.pending", "dpo", {{"processor", "mailer"}});
  CHECK(untold.line().find("acme") != std::string::npos);
  CHECK(engage("mailer").reasons() == "customers_not_notified C5-o; notice_period_running C5-o");
  // The clock starts at the last notice.
  for (const char* customer : {"acme", "clinic"})
    REQUIRE((*this)("processor.notify", "st", {{"processor", "mailer"}, {"customer", customer}, {"at", now()}}).permitted());
  set_time(10 * kDay);
  REQUIRE((*this)("processor.notify", "st", {{"processor", "mailer"}, {"customer", "rival"}, {"at", now()}}).permitted());
  set_time(25 * kDay - 1);
  CHECK(engage("mailer").reasons() == "notice_period_running C5-o");
  CHECK(sent().reasons() == "processor_not_engaged C5-o");
  set_time(25 * kDay);
  REQUIRE(engage("mailer").permitted());
  CHECK(sent().permitted());
  // For those whom the version does not bind yet, the processor is on no list.
  CHECK_FALSE(mails());
}

TEST_CASE_FIXTURE(Published, "X26: whose address is sent decides as whoever is named, by the version they stand on") {
  REQUIRE((*this)("principal.update", "system", {{"id", "dr"}, {"email", "dr@city.example"}}).permitted());
  set_time(kDay);
  publish_mailer();
  tell("mailer");
  set_time(16 * kDay);
  REQUIRE(engage("mailer").permitted());
  const auto sent = [&](const char* address) { return check("mailer", {{"email", address}}, "communication").reasons(); };
  CHECK(sent("somebody@city.example") == "");
  CHECK(sent("dr@city.example").starts_with("processor_not_listed C5-a"));  // on the version of old
}

TEST_CASE_FIXTURE(Published, "X26, C11-h: of people on several versions is sent what the terms of each permit, and why not is told") {
  set_time(kDay);
  const auto to = [&](array people, const Args& sent, const char* country) {
    return (*this)("egress.check", "system",
                   {{"processor", "razorpay"}, {"fields", sent}, {"purpose", "billing"}, {"country", country},
                    {"context", {{"principals", std::move(people)}}}});
  };
  SUBCASE("each has a field that the other has not") {
    processor(pack)["fields"] = fields({"organisation_name", "payment_amount", "city"});
    processor(pack)["countries"] = array{"IN", "US"};
    come(publish(pack, true));
    tell("razorpay");
    set_time(16 * kDay);
    REQUIRE(engage("razorpay").permitted());
    const Args sent{{"city", "Pune"}, {"payment_amount", 1}, {"subscription_plan", "p"}};
    CHECK(shown(to({"newcomer"}, sent, "IN").result().at("send")) == R"(["city","payment_amount"])");
    CHECK(shown(to({"dr"}, sent, "IN").result().at("send")) == R"(["payment_amount"])");
    const Answer both = to({"newcomer", "dr"}, sent, "IN");
    CHECK(shown(both.result().at("send")) == R"(["payment_amount"])");
    CHECK(shown(both.result().at("strip")) == R"(["city","subscription_plan"])");
    CHECK(both.text("/stripped/0/field") == "city");
    CHECK(both.text("/stripped/0/clause") == "C5-c");
    CHECK(both.text("/stripped/1/field") == "subscription_plan");
    CHECK(to({"newcomer", "dr"}, {{"city", "Pune"}}, "IN").reasons() == "field_not_permitted C5-a");
    CHECK(to({"newcomer"}, sent, "US").permitted());
    CHECK(to({"newcomer", "dr"}, sent, "US").reasons() == "country_not_permitted C11-h");
  }
  SUBCASE("one list of countries for another: closed to all, and the pack that refuses it is the one that is told") {
    const auto only_to = [&](const char* country) {
      pack.at("countries").as_object()["allow"] =
          array{{{"country", country}, {"from", "2020-01-01"}, {"until", nullptr}, {"source", "order"}}};
    };
    only_to("IN");
    REQUIRE(publish(pack, true).permitted());
    pack.as_object()["version"] = "3";
    only_to("US");
    come(publish(pack, true));
    const Args sent{{"payment_amount", 1}};
    for (const auto& [people, version] : {std::pair{array{"newcomer"}, "3"}, {array{"dr", "newcomer"}, "2_3"}, {array{"dr"}, "2_3"}}) {
      const Answer refused = to(people, sent, "IN");
      CHECK(refused.reasons() == "country_not_permitted C11-h");
      CHECK(refused.decision().at("policy").at("version") == version);
      const Answer transfer = (*this)("transfer.check", "system",
                                      {{"processor", "razorpay"}, {"country", "IN"}, {"principals", people}});
      CHECK_FALSE(transfer.permitted());
      CHECK(transfer.decision().at("policy").at("version") == version);
    }
    const Answer replayed = (*this)("audit.replay", "dpo", {{"from", 0}});
    CHECK(replayed.result().at("differences").as_array().empty());
    const Answer impact = (*this)("policy.impact", "dpo", {{"pack", [&] {
                                                              pack.as_object()["version"] = "4";
                                                              return pack;
                                                            }()}});
    CHECK(impact.result().at("decisions").at("to_denied") == 0);
    CHECK(impact.result().at("decisions").at("to_permitted") == 0);
  }
  SUBCASE("another condition in place of one: what stood under it goes from older versions too") {
    for (boost::json::value& p : pack.at("processors").as_array())
      for (boost::json::value& f : p.at("fields").as_array())
        if (f.at("name") == "notification_content") f.as_object()["guard"] = "keyed_hash";
    const auto notify = [&](array people) {
      return (*this)("egress.check", "system",
                     {{"processor", "google_workspace"}, {"fields", {{"notification_content", "Tomorrow"}}},
                      {"purpose", "communication"}, {"context", {{"principals", std::move(people)}}}});
    };
    REQUIRE((*this)("attestation.put", "system",
                    {{"claim", "agreement:google_workspace"}, {"value", true}, {"evidence_ref", "doc"},
                     {"valid_until", time(900 * kDay)}})
                .permitted());
    CHECK(notify({"dr"}).permitted());
    come(publish(pack, true));
    CHECK_FALSE(notify({"dr"}).permitted());
    CHECK_FALSE(notify({"newcomer"}).permitted());
    CHECK_FALSE(notify({"newcomer", "dr"}).permitted());
  }
}

TEST_CASE_FIXTURE(Published, "X29: until customers were told, a wider entry of a published version is held to what they know") {
  const Answer published = publish_wider();
  CHECK(shown(published.result().at("waiting").at(0).at("changes")) ==
        R"(["country SG","field city","purpose communication"])");
  const Args bill{{"billing_email", "x"}, {"city", "Pune"}};
  Answer answer = check("razorpay", bill, "billing");
  CHECK(shown(answer.result().at("send")) == R"(["billing_email"])");
  CHECK(answer.text("/stripped/0/code") == "processor_not_engaged");
  CHECK(answer.text("/stripped/0/clause") == "C5-o");
  CHECK(check("razorpay", {{"city", "Pune"}}, "billing").reasons() == "processor_not_engaged C5-o");
  CHECK(check("razorpay", bill, "communication").reasons() == "processor_not_engaged C5-o");
  CHECK(check("razorpay", bill, "billing", "SG").reasons() == "processor_not_engaged C5-o");
  CHECK(check("razorpay", bill, "billing", "IN").permitted());
  CHECK(check("razorpay", bill, "billing", "US").reasons() == "country_not_permitted C11-h");  // on neither
  CHECK((*this)("processor.propose", "st", {{"processor", "razorpay"}, {"countries", array{"IN", "US"}}}).error() ==
        "conflict /args/processor");
  CHECK((*this)("processor.withdraw", "st", {{"processor", "razorpay"}}).error() == "conflict /args/processor");
  tell("razorpay");
  set_time(15 * kDay);
  REQUIRE(engage("razorpay").permitted());
  CHECK(shown(check("razorpay", bill, "billing", "SG").result().at("send")) == R"(["billing_email","city"])");
  CHECK(check("razorpay", bill, "communication").permitted());
  // What was engaged so is the pack's own: the next version may list it otherwise.
  boost::json::value next = pack;
  next.as_object()["version"] = "3";
  processor(next)["purposes"] = array{"billing"};
  const Answer narrowed = publish(next);
  REQUIRE_MESSAGE(narrowed.permitted(), narrowed.line());
  CHECK(narrowed.result().at("waiting").as_array().empty());
  CHECK(check("razorpay", bill, "communication").reasons() == "purpose_not_permitted C5-a");
}

TEST_CASE_FIXTURE(Published, "X29: another company or service under a known id waits, and the one that is known stays in use") {
  processor(pack)["name"] = "Another";
  processor(pack)["service"] = "ads";
  const Answer published = publish(pack);  // permits nothing more, and so loosens nothing
  REQUIRE_MESSAGE(published.permitted(), published.line());
  CHECK(shown(published.result().at("counts")) == R"({"tightening":0,"loosening":0,"wording":1})");
  CHECK(shown(published.result().at("waiting")) ==
        R"([{"processor":"razorpay","clause":"C5-o","changes":["name razorpay","service razorpay"]}])");
  CHECK(std::ranges::count(published.obligations(), "notify_affected_customers") == 1);
  const auto named = [&] { return (*this)("processor.list", "dpo").text("/processors/0/name"); };
  CHECK(named() == "Razorpay");
  CHECK(sends() == R"(["billing_email","organisation_name"])");
  CHECK(engage("razorpay").reasons() == "customers_not_notified C5-o; notice_period_running C5-o");
  tell("razorpay");
  set_time(15 * kDay);
  REQUIRE(engage("razorpay").permitted());
  CHECK(named() == "Another");
}

TEST_CASE_FIXTURE(Published, "X29: another name reaches those on older versions once it is engaged, whatever else the version changes") {
  set_time(kDay);
  processor(pack)["name"] = "Other Payments";
  processor(pack)["service"] = "advertising";
  SUBCASE("nothing") {}
  SUBCASE("and more") {
    processor(pack)["fields"] = fields({"organisation_name", "billing_email", "subscription_plan", "payment_amount", "city"});
  }
  SUBCASE("and less") { processor(pack)["fields"] = fields({"organisation_name", "payment_amount"}); }
  come(publish(pack, true));
  const auto named = [&](const char* whom) {
    const Answer listed = (*this)("processor.list", whom);
    for (const auto& entry : listed.result().at("processors").as_array())
      if (entry.at("processor") == "razorpay")
        return std::string(entry.at("name").as_string()) + "/" + std::string(entry.at("service").as_string());
    return std::string();
  };
  const std::string before = named("dr");
  CHECK(before != "Other Payments/advertising");
  CHECK(named("newcomer") == before);
  tell("razorpay");
  set_time(16 * kDay);
  REQUIRE(engage("razorpay").permitted());
  CHECK(named("dr") == "Other Payments/advertising");
  CHECK(named("newcomer") == "Other Payments/advertising");
}

TEST_CASE_FIXTURE(Published, "X56: a processor that comes to decide for itself is a loosening, and waits") {
  processor(pack)["own_fiduciary"] = true;
  CHECK(publish(pack).reasons() == "loosening_called_immaterial C12-b");
  const Answer published = publish(pack, true);
  REQUIRE_MESSAGE(published.permitted(), published.line());
  CHECK(shown(published.result().at("waiting").at(0).at("changes")) == R"(["own_fiduciary razorpay"])");
  boost::json::value next = pack;
  next.as_object()["version"] = "3";
  processor(next)["own_fiduciary"] = false;
  CHECK(shown(publish(next).result().at("counts")) == R"({"tightening":1,"loosening":0,"wording":0})");
}

TEST_CASE_FIXTURE(Published, "X29: what a version removes or narrows acts at once, and ends what waits") {
  publish_wider();
  boost::json::value next = pack;
  next.as_object()["version"] = "3";
  pack.at("retention").at(1).at("period").at("count") = 1;
  processor(next)["countries"] = array{"IN"};
  processor(next)["purposes"] = array{"billing"};
  processor(next)["fields"] = fields({"billing_email", "city"});
  const Answer published = publish(next);
  REQUIRE_MESSAGE(published.permitted(), published.line());
  CHECK(shown(published.result().at("waiting").at(0).at("changes")) == R"(["field city"])");  // the rest went
  CHECK(shown(check("razorpay", {{"billing_email", "x"}, {"organisation_name", "A"}, {"city", "P"}}, "billing")
                 .result()
                 .at("send")) == R"(["billing_email"])");
  CHECK(check("razorpay", {{"city", "Pune"}}, "billing").reasons() == "processor_not_engaged C5-o");
  next.as_object()["version"] = "4";
  next.at("processors").as_array().erase(next.at("processors").as_array().begin());
  REQUIRE(publish(next).permitted());
  CHECK(check("razorpay", {{"billing_email", "x"}}, "billing").reasons().starts_with("processor_not_listed C5-a"));
  CHECK((*this)("processor.list", "dpo").result().at("proposed").as_array().empty());
  CHECK(engage("razorpay").error() == "not_found /args/processor");
}

TEST_CASE_FIXTURE(Published, "X29: what waits goes on waiting when a version is published that leaves the entry alone") {
  publish_wider();
  tell("razorpay");
  set_time(14 * kDay);
  boost::json::value next = pack;
  next.as_object()["version"] = "3";
  next.at("retention").at(1).at("period").at("count") = 1;
  const Answer published = publish(next);
  REQUIRE_MESSAGE(published.permitted(), published.line());
  CHECK(published.result().at("waiting").as_array().empty());
  CHECK(check("razorpay", {{"city", "Pune"}}, "billing").reasons() == "processor_not_engaged C5-o");
  set_time(15 * kDay);
  CHECK(engage("razorpay").permitted());
  CHECK(check("razorpay", {{"city", "Pune"}}, "billing").permitted());
}

TEST_CASE_FIXTURE(Published, "X29: a decision from before the engagement is the same when it is made again afterwards") {
  publish_wider();
  set_time(kDay);
  const Answer refused = check("razorpay", {{"city", "Pune"}}, "billing");
  const Answer given = check("razorpay", {{"billing_email", "x"}}, "billing");
  REQUIRE(refused.denied());
  REQUIRE(given.permitted());
  const std::string then = now();
  set_time(2 * kDay);
  tell("razorpay");
  set_time(17 * kDay);
  REQUIRE(engage("razorpay").permitted());
  REQUIRE(check("razorpay", {{"city", "Pune"}}, "billing").permitted());
  const Answer replayed = (*this)("audit.replay", "dpo", {{"from", 0}, {"version", "2"}});
  CHECK(replayed.result().at("differences").as_array().empty());
  CHECK(replayed.result().at("flips").as_array().empty());
  const auto decide = [&](const std::string& at) {
    return (*this)("policy.decide", "dpo",
                   {{"rule", "egress"},
                    {"version", "2"},
                    {"at", at},
                    {"facts",
                     {{"processor", "razorpay"}, {"purpose", "billing"}, {"fields", array{"city"}}, {"agreement_in_force", true}, {"payment_processor_certified", true}}}});
  };
  CHECK(shown(decide(then).result().at("decision")).find("processor_not_engaged") != std::string::npos);
  CHECK(decide(now()).text("/decision/effect") == "permit");
  const Answer again = (*this)("policy.decide", "dpo", {{"audit", refused.seq()}, {"version", "2"}});
  CHECK(again.text("/decision/effect") == "deny");
}

TEST_CASE_FIXTURE(Published, "X29: asked of a time before it was published, a version permits nothing that waited later") {
  const auto send = [&](const char* purpose) {
    return (*this)("egress.check", "system",
                   {{"processor", "razorpay"}, {"fields", {{"billing_email", "x"}}}, {"purpose", purpose}});
  };
  const Answer refused = send("communication");
  REQUIRE(refused.denied());
  REQUIRE(send("billing").permitted());
  const std::string before = now();
  set_time(kDay);
  boost::json::object mailer = processor(pack);
  mailer["id"] = "mailer";
  mailer["fields"] = fields({"email"});
  pack.at("processors").as_array().push_back(mailer);
  publish_wider();
  const auto decide = [&](std::string_view version, const char* to, const char* purpose, const char* field, const std::string& at) {
    return (*this)("policy.decide", "dpo",
                   {{"rule", "egress"},
                    {"version", version},
                    {"at", at},
                    {"facts",
                     {{"processor", to},
                      {"purpose", purpose},
                      {"fields", array{field}},
                      {"agreement_in_force", true},
                      {"payment_processor_certified", true}}}})
        .result()
        .at("decision")
        .at("permitted")
        .as_bool();
  };
  const auto check_past = [&] {
    for (const char* version : {"2", "3"}) {
      if (version[0] == '3' && pack.at("version") != "3") continue;
      CHECK_FALSE(decide(version, "mailer", "billing", "email", before));
      CHECK_FALSE(decide(version, "razorpay", "communication", "billing_email", before));
      CHECK(decide(version, "razorpay", "billing", "billing_email", before));
      const Answer again = (*this)("policy.decide", "dpo", {{"audit", refused.seq()}, {"version", version}});
      CHECK(again.text("/decision/effect") == "deny");
      CHECK((*this)("audit.replay", "dpo", {{"from", 0}, {"version", version}}).result().at("to_permitted") == 0);
    }
  };
  check_past();
  tell("mailer");
  tell("razorpay");
  set_time(16 * kDay);
  REQUIRE(engage("mailer").permitted());
  REQUIRE(engage("razorpay").permitted());
  CHECK(decide("2", "mailer", "billing", "email", now()));
  check_past();
  // Nor a later version that leaves the entries alone, or the first one what it always permitted.
  pack.as_object()["version"] = "3";
  pack.at("retention").at(1).at("period").at("count") = 1;
  REQUIRE(publish(pack).permitted());
  CHECK(decide("3", "mailer", "billing", "email", now()));
  check_past();
  CHECK(decide(policy::default_pack()->version, "razorpay", "billing", "billing_email", before));
  CHECK(decide(policy::default_pack()->version, "razorpay", "billing", "billing_email", now()));
}

TEST_CASE_FIXTURE(Published, "C11-b: registers tell of all that is in use for anybody, and of what data went to before") {
  for (const boost::json::value& listed : pack.at("processors").as_array())
    REQUIRE((*this)("attestation.put", "system",
                    {{"claim", "agreement:" + std::string(listed.at("id").as_string())},
                     {"value", true},
                     {"evidence_ref", "doc"},
                     {"valid_until", time(300 * kDay)}})
                .permitted());
  REQUIRE((*this)("attestation.put", "system",
                  {{"claim", "agreement:mailer"}, {"value", true}, {"evidence_ref", "doc"}, {"valid_until", time(20 * kDay)}})
              .permitted());
  set_time(kDay);
  publish_mailer();
  tell("mailer");
  set_time(16 * kDay);
  REQUIRE(engage("mailer").permitted());
  REQUIRE(check("mailer", {{"email", "x"}}, "communication", "IN").permitted());
  REQUIRE(check("razorpay", {{"billing_email", "x"}}, "billing").permitted());
  CHECK_FALSE(mails());  // for nobody in particular it is on no list

  const auto ids = [](const boost::json::value& rows) {
    std::string all;
    for (const boost::json::value& row : rows.as_array()) all.append(row.at("processor").as_string()).append(" ");
    return all;
  };
  const std::string of_pack =
      "razorpay meta_whatsapp google_workspace livekit cloudflare_r2 google_gemini anthropic_claude contabo ";
  const auto listed = [&](const char* by) { return ids((*this)("processor.list", by).result().at("processors")); };
  CHECK(listed("dpo") == of_pack + "mailer ");
  CHECK(listed("newcomer") == of_pack + "mailer ");
  CHECK(listed("dr") == of_pack);
  Answer transfers = (*this)("transfer.list", "dpo");
  CHECK(ids(transfers.result().at("transfers")) == of_pack + "mailer ");
  CHECK(shown(transfers.result().at("transfers").at(8).at("sharings")) == R"({"IN":1})");
  CHECK(transfers.result().at("transfers").at(8).at("in_use") == true);
  const auto agreements = [&] {
    const boost::json::value report = (*this)("report.coverage", "dpo").result();
    for (const boost::json::value& clause : report.at("clauses").as_array())
      if (clause.at("id").as_string() == "C5-b") return std::string(clause.at("coverage").as_string());
    return std::string();
  };
  CHECK(agreements() == "attested");
  set_time(21 * kDay);
  CHECK(agreements() == "stale");

  pack.as_object()["version"] = "3";
  pack.at("processors").as_array().erase(pack.at("processors").as_array().begin());
  pack.at("processors").as_array().pop_back();
  REQUIRE(publish(pack).permitted());
  CHECK(listed("dpo") == of_pack.substr(9));
  transfers = (*this)("transfer.list", "dpo");
  CHECK(ids(transfers.result().at("transfers")) == of_pack.substr(9) + "mailer razorpay ");
  const boost::json::value gone = transfers.result().at("transfers").at(8);
  CHECK(gone.at("in_use") == false);
  CHECK(gone.at("name") == "Razorpay");
  CHECK(shown(gone.at("sharings")) == R"({"-":1})");
  CHECK(agreements() == "attested");
}

TEST_CASE_FIXTURE(Published, "X29: policy.diff tells what of a draft waits, and policy.impact permits none of it") {
  REQUIRE((*this)("egress.check", "system",
                  {{"processor", "razorpay"}, {"fields", {{"billing_email", "x"}}}, {"purpose", "communication"}})
              .reasons() == "purpose_not_permitted C5-a");
  processor(pack)["purposes"] = array{"billing", "communication"};
  processor(pack)["fields"] = fields({"organisation_name", "billing_email", "subscription_plan", "payment_amount", "city"});
  Answer answer = (*this)("policy.diff", "dpo", {{"to_pack", pack}});
  CHECK(shown(answer.result().at("waiting")) ==
        R"([{"processor":"razorpay","clause":"C5-o","changes":["field city","purpose communication"]}])");
  answer = (*this)("policy.impact", "dpo", {{"pack", pack}});
  CHECK(shown(answer.result().at("waiting")) ==
        R"([{"processor":"razorpay","clause":"C5-o","changes":["field city","purpose communication"]}])");
  CHECK(answer.result().at("decisions").at("to_permitted") == 0);
  CHECK(answer.result().at("decisions").at("awaiting_acceptance") == 0);
  REQUIRE(publish(pack, true).permitted());
  answer = (*this)("policy.diff", "dpo");
  CHECK(answer.result().at("waiting").as_array().empty());  // the same as published: it waits already
}

namespace {

// On either version what is narrowed goes.
struct Narrowed : Published {
  std::string sends_to(const char* whom) {
    return shown((*this)("egress.check", "system",
                         {{"processor", "razorpay"},
                          {"fields", {{"billing_email", "x"}, {"payment_amount", 1}, {"city", "Pune"}}},
                          {"purpose", "billing"},
                          {"context", {{"principals", array{whom}}}}})
                     .result()
                     .at("send"));
  }
  void publish_city() {
    set_time(kDay);
    processor(pack)["fields"] =
        fields({"organisation_name", "billing_email", "subscription_plan", "payment_amount", "city"});
    come(publish(pack, true));
    tell("razorpay");
  }
  Answer narrow_to(std::initializer_list<const char*> names) {
    array list;
    for (const char* name : names) list.emplace_back(name);
    return (*this)("processor.propose", "st", {{"processor", "razorpay"}, {"fields", list}});
  }
};

}  // namespace

TEST_CASE_FIXTURE(Narrowed, "C12, X29: a narrowing acts at once on everybody, and no publication undoes it in passing") {
  publish_city();
  set_time(16 * kDay);
  REQUIRE(engage("razorpay").permitted());
  CHECK(sends_to("newcomer") == R"(["billing_email","payment_amount","city"])");
  CHECK(sends_to("dr") == R"(["billing_email","payment_amount"])");
  REQUIRE(narrow_to({"payment_amount"}).permitted());
  REQUIRE(engage("razorpay").permitted());
  const auto stays = [&] { return sends_to("newcomer") == R"(["payment_amount"])" && sends_to("dr") == R"(["payment_amount"])"; };
  CHECK(stays());
  // A publication that only takes away neither that nor what was before.
  boost::json::value next = pack;
  next.as_object()["version"] = "3";
  processor(next)["fields"] = fields({"organisation_name", "billing_email", "payment_amount", "city"});
  CHECK(publish(next).error() == "conflict /args/pack/processors/0");
  // One that leaves the entry alone, and one that states what is in use.
  next = pack;
  next.as_object()["version"] = "3";
  next.at("retention").at(1).at("period").at("count") = 1;
  REQUIRE(publish(next).permitted());
  CHECK(stays());
  next.as_object()["version"] = "4";
  processor(next)["fields"] = fields({"payment_amount"});
  REQUIRE(publish(next).permitted());
  CHECK(stays());
  // What it lists again is announced anew.
  next.as_object()["version"] = "5";
  processor(next)["fields"] = fields({"payment_amount", "billing_email"});
  const Answer wider = publish(next, true);
  CHECK(shown(wider.result().at("waiting").at(0).at("changes")) == R"(["field billing_email"])");
  CHECK(stays());
  const Answer replayed = (*this)("audit.replay", "dpo", {{"from", 0}});
  CHECK(replayed.result().at("differences").as_array().empty());
}

TEST_CASE_FIXTURE(Narrowed, "C12, X29: what is narrowed while a version waits is narrowed, and is not what waits any more") {
  publish_city();
  REQUIRE(narrow_to({"payment_amount"}).permitted());
  CHECK(narrow_to({"payment_amount"}).error() == "conflict /args/processor");
  REQUIRE(engage("razorpay").permitted());
  CHECK(sends_to("newcomer") == R"(["payment_amount"])");
  CHECK(sends_to("dr") == R"(["payment_amount"])");
  const Answer listed = (*this)("processor.list", "dpo");
  CHECK(shown(listed.result().at("proposed").at(0).at("changes")) == R"(["field city"])");
  CHECK(listed.result().at("proposed").at(0).at("fields").as_array().size() == 2);
  CHECK(engage("razorpay").reasons() == "notice_period_running C5-o");
  set_time(16 * kDay);
  REQUIRE(engage("razorpay").permitted());
  CHECK(sends_to("newcomer") == R"(["payment_amount","city"])");
  CHECK(sends_to("dr") == R"(["payment_amount"])");
}

TEST_CASE_FIXTURE(Narrowed, "C5-o: policy.decide and egress.check tell the same of what waits, whoever proposed it") {
  const auto told = [&](const char* to, const char* whom) {
    const Answer live = (*this)("egress.check", "system",
                                {{"processor", to},
                                 {"fields", {{"email", "x"}}},
                                 {"purpose", "communication"},
                                 {"context", {{"principals", array{whom}}}}});
    const Answer again = (*this)("policy.decide", "dpo",
                                 {{"rule", "egress"},
                                  {"principal", whom},
                                  {"facts",
                                   {{"processor", to},
                                    {"fields", array{"email"}},
                                    {"purpose", "communication"},
                                    {"agreement_in_force", true}}}});
    CHECK(shown(live.decision().at("reasons")) == shown(again.result().at("decision").at("reasons")));
    return live.reasons();
  };
  set_time(kDay);
  publish_mailer();
  CHECK(told("mailer", "newcomer") == "processor_not_engaged C5-o");
  CHECK(told("mailer", "dr") == "processor_not_engaged C5-o");
  REQUIRE((*this)("attestation.put", "system",
                  {{"claim", "agreement:courier"}, {"value", true}, {"evidence_ref", "doc"}, {"valid_until", time(90 * kDay)}})
              .permitted());
  REQUIRE((*this)("processor.propose", "st",
                  {{"processor", "courier"},
                   {"name", "Courier"},
                   {"service", "mail"},
                   {"fields", array{"email"}},
                   {"purposes", array{"communication"}},
                   {"countries", array{"IN"}}})
              .permitted());
  CHECK(told("courier", "newcomer") == "processor_not_engaged C5-o");
  CHECK(told("courier", "dr") == "processor_not_engaged C5-o");
}

TEST_CASE_FIXTURE(Narrowed, "C11-b: transfer.check tells of whom it is asked, and under which versions data may go") {
  set_time(kDay);
  processor(pack)["countries"] = array{"IN", "SG"};
  come(publish(pack, true));
  tell("razorpay");
  set_time(16 * kDay);
  REQUIRE(engage("razorpay").permitted());
  const auto transfer = [&](const Args& more) {
    Args args{{"processor", "razorpay"}, {"country", "SG"}};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("transfer.check", "dpo", args);
  };
  CHECK(transfer({{"principals", array{"newcomer"}}}).permitted());
  CHECK(transfer({{"principals", array{"newcomer", "dr"}}}).reasons() == "country_not_listed C5-a");
  CHECK(transfer({{"principals", array{"nobody"}}}).error() == "not_found /args/principals");
  const Answer all = transfer({});
  CHECK(all.denied());
  CHECK(shown(all.result().at("versions")) == R"([{"version":")" + std::string(policy::default_pack()->version) +
                                                  R"(","permitted":false},{"version":"2","permitted":true}])");
  const Answer replayed = (*this)("audit.replay", "dpo", {{"from", 0}});
  CHECK(replayed.result().at("differences").as_array().empty());
}
