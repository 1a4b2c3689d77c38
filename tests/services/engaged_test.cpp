// What `processor.engage` changed, over the versions of the policy that are published afterwards.
#include <doctest/doctest.h>

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
    for (const char* customer : {"acme", "clinic", "rival"})
      REQUIRE((*this)("processor.notify", "st", {{"processor", "mailer"}, {"customer", customer}, {"at", now()}})
                  .permitted());
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
  for (const char* customer : {"acme", "clinic", "rival"})
    REQUIRE((*this)("processor.notify", "st", {{"processor", "razorpay"}, {"customer", customer}, {"at", now()}})
                .permitted());
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
  add_mailer();
  pack = draft("2");
  boost::json::object other = processor(pack);
  other["id"] = "mailer";
  pack.at("processors").as_array().push_back(other);
  CHECK(publish(pack, true).error() == "conflict /args/pack/processors/8");
  CHECK(engine().policy().version == policy::default_pack()->version);
  CHECK(sends() == R"(["organisation_name"])");
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
