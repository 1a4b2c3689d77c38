// The coverage report: of a fresh deployment, of a fully attested one, and of one whose attestations went
// stale.
#include "services/coverage.hpp"

#include <doctest/doctest.h>

#include "services/attestations.hpp"
#include "services/command.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::World;

namespace {

struct Deployment : World {
  void attest(std::string_view claim, const boost::json::value& value, std::string_view until) {
    const Answer answer =
        (*this)("attestation.put", "dpo",
                {{"claim", claim}, {"value", value}, {"evidence_ref", "doc"}, {"valid_until", until}});
    REQUIRE(answer.permitted());
  }
  void attest_everything(std::string_view until) {
    for (const ClaimOf& row : claims()) {
      if (!row.of_processors) {
        attest(row.claim, row.claim.starts_with("region:") ? "IN" : "yes", until);
        continue;
      }
      for (const Processor& processor : engine().policy().processors)
        attest(claim_about(row.claim, processor.id), true, until);
    }
  }
  Answer report() { return (*this)("report.coverage", "dpo"); }
  std::string status(std::string_view clause) {
    const Answer answer = report();
    for (const auto& row : answer.result().at("clauses").as_array())
      if (row.at("id").as_string() == clause) return std::string(row.at("coverage").as_string());
    return {};
  }
  std::int64_t count(const char* status) { return report().result().at("counts").at(status).as_int64(); }
};

std::int64_t host_clauses() {
  std::int64_t n = 0;
  for (const Clause& clause : clauses()) n += (clause.enforcement & kAttestation) != 0 ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE_FIXTURE(Deployment, "coverage: fresh, attested, stale") {
  const std::int64_t decided = count("decided");
  CHECK(decided >= 40);
  CHECK(decided + count("unverified") == 124);
  CHECK(count("attested") + count("stale") == 0);
  for (const char* clause : {"C4-a", "C4-b", "C5-b", "C5-h", "C6.6-b", "C8-a"})
    CHECK(status(clause) == "unverified");
  for (const char* clause : {"C1-d", "C5-a", "C5-o", "C6.3-a", "C11-h", "C2.3-b", "C6.2-c", "C9-d"})
    CHECK(status(clause) == "decided");

  attest_everything(time(600));
  CHECK(count("decided") == decided);
  CHECK(count("attested") == host_clauses());
  CHECK(count("stale") == 0);
  CHECK(status("C5-b") == "attested");
  CHECK(status("C6.6-b") == "unverified");

  set_time(600);
  CHECK(count("attested") == 0);
  CHECK(count("stale") == host_clauses());
  attest("C4-a", "certificate 27001", time(700));
  CHECK(status("C4-a") == "attested");
  attest("agreement:razorpay", true, time(700));
  CHECK(status("C5-b") == "stale");  // the others' are
}

TEST_CASE_FIXTURE(Deployment, "coverage: a claim that is taken back or not true counts for nothing") {
  attest("pci_dss", true, time(600));
  CHECK(status("C5-c2") == "attested");
  attest("pci_dss", false, time(600));
  CHECK(status("C5-c2") == "unverified");
  attest("agreement:razorpay", true, time(600));
  CHECK(status("C5-b") == "unverified");  // one of eight
  attest("anything.else", true, time(600));
  CHECK(count("attested") == 0);
}

TEST_CASE_FIXTURE(Deployment,
                  "coverage: every clause of the host has a claim, and every claim a clause of the host") {
  for (const Clause& clause : clauses()) {
    bool claimed = false;
    for (const ClaimOf& row : claims()) claimed = claimed || row.clause == clause.id;
    CAPTURE(clause.id);
    CHECK(claimed == ((clause.enforcement & kAttestation) != 0));
  }
}

TEST_CASE_FIXTURE(Deployment, "policy.diff: between packs on file, by version or digest") {
  const std::string digest = engine().policy().digest;
  const Answer answer = (*this)("policy.diff", "mr", {{"from", engine().policy().version}, {"to", digest}});
  CHECK(answer.text("/to/digest") == digest);
  CHECK(answer.result().at("changes").as_array().empty());
  CHECK(answer.result().at("only_tightens") == true);
  CHECK((*this)("policy.diff", "mr", {{"from", "never"}, {"to", digest}}).error() == "not_found /args/from");
}

TEST_CASE_FIXTURE(Deployment, "posture and aggregates as commands") {
  Answer answer =
      (*this)("security.check", "dpo", {{"posture", {{"tls_version", "1.0"}, {"sslmode", "prefer"}}}});
  CHECK(answer.effect() == "deny");
  CHECK(answer.result().at("findings").as_array().size() == 2);
  CHECK(answer.text("/findings/0/clause") == "C4-b");
  CHECK((*this)("security.check", "dpo", {{"posture", {{"tls", "1.2"}}}}).error() ==
        "invalid_argument /args/posture/tls");
  answer = (*this)("security.check", "dpo", {{"posture", {{"password_hash", "zq7x secret"}}}});
  CHECK(answer.denied());  // and the driver looks for the marker in it
  answer = (*this)("aggregate.check", "st",
                   {{"counts", {{"cells", boost::json::array{3, 30, 30, 30}}}}, {"columns", 4}});
  CHECK(answer.permitted());
  CHECK(answer.result().at("cells").at(0).is_null());
  CHECK(answer.result().at("cells").at(1).is_null());
  CHECK(answer.result().at("cells").at(2) == 30);
  CHECK((*this)("aggregate.check", "st", {{"counts", {{"cells", boost::json::array{3}}}}, {"columns", 1}})
            .denied());
  CHECK((*this)("aggregate.check", "st", {{"counts", {{"cells", boost::json::array{3}}}}, {"columns", 2}})
            .error() == "invalid_argument /args/columns");
}
