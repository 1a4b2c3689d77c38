// The coverage report: of a fresh deployment, of a fully attested one, and of one whose attestations went
// stale.
#include "services/coverage.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "policy/pack.hpp"
#include "services/attestations.hpp"
#include "services/command.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

struct Deployment : World {
  void attest(std::string_view claim, const boost::json::value& value, std::string_view until) {
    const Answer answer =
        (*this)("attestation.put", "dpo",
                {{"claim", claim}, {"value", value}, {"evidence_ref", "doc"}, {"valid_until", until}});
    REQUIRE(answer.permitted());
  }
  Answer probe(std::string_view command, Args args) { return (*this)(command, "dpo", args); }
  // The three probes, as a host that does what it must goes through them.
  void run_canaries(std::string_view until) {
    const Args done{{"found", false}, {"evidence_ref", "log"}, {"valid_until", until}};
    const auto with = [](Args a, const Args& b) {
      for (const auto& member : b) a[member.key()] = member.value();
      return a;
    };
    REQUIRE(probe("canary.begin", {{"probe", "erasure"}, {"locator", "shelf"}}).permitted());
    REQUIRE(probe("canary.erase", {}).permitted());
    const Answer pending = (*this)("disposition.pending", "system");
    REQUIRE((*this)("disposition.confirm", "system",
                    {{"order", pending.text("/orders/0/order")}, {"evidence", "gone"}})
                .permitted());
    CHECK(probe("canary.finish", with(done, {{"probe", "erasure"}})).result().at("passed") == true);
    REQUIRE(probe("canary.begin", {{"probe", "expired_url"}}).permitted());
    const std::string issued = now();
    advance(60);
    const std::string expires = now();
    advance(1);
    CHECK(probe("canary.finish", with(done, {{"probe", "expired_url"},
                                             {"issued_at", issued},
                                             {"expires_at", expires},
                                             {"fetched_at", now()},
                                             {"status", 403}}))
              .result()
              .at("passed") == true);
    const Answer denied = probe("canary.begin", {{"probe", "denied_egress"}});
    CHECK(denied.result().at("decision").at("permitted") == false);
    CHECK(probe("canary.finish", with(done, {{"probe", "denied_egress"}})).result().at("passed") == true);
  }
  void attest_everything(std::string_view until) {
    run_canaries(until);
    for (const ClaimOf& row : claims()) {
      if (row.claim.starts_with("canary:")) continue;
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
  for (const char* clause : {"C4-a", "C4-b", "C5-b", "C5-h", "C6.6-b"}) CHECK(status(clause) == "unverified");
  for (const char* clause : {"C1-d", "C5-a", "C5-o", "C6.3-a", "C11-h", "C2.3-b", "C6.2-c", "C9-d", "C8-a", "C8-c", "C8-g"})
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
  attest("C4-a", "ISO 27001:2022", time(700));
  CHECK(status("C4-a") == "stale");  // what is sent waits for the claim
  attest("hosting_certificate", "ISO 27001:2022", time(700));
  CHECK(status("C4-a") == "attested");
  attest("agreement:razorpay", true, time(700));
  CHECK(status("C5-b") == "stale");  // the others' are
}

TEST_CASE_FIXTURE(Deployment, "coverage: a statement that names the clause counts for no more than what the clause waits for") {
  attest("C5-b", true, time(600));
  attest("C4-b", "1.3", time(600));
  attest("C4-f", true, time(600));
  attest("C6.3-e", true, time(600));
  CHECK(status("C5-b") == "unverified");  // no agreement is there
  CHECK(status("C4-b") == "unverified");
  CHECK(status("C4-f") == "attested");  // nothing waits for more
  CHECK(status("C6.3-e") == "unverified");
  for (const Processor& processor : engine().policy().processors)
    attest(claim_about("agreement", processor.id), true, time(processor.id == "razorpay" ? 300 : 600));
  for (const char* claim : {"tls", "parameterised_queries"}) attest(claim, true, time(300));
  attest("no_automatic_egress", true, time(600));
  for (const char* clause : {"C5-b", "C4-b", "C4-f", "C6.3-e"}) CHECK(status(clause) == "attested");
  attest("C4-f", false, time(600));
  CHECK(status("C4-f") == "unverified");
  attest("C4-f", true, time(600));
  set_time(300);
  for (const char* clause : {"C5-b", "C4-b", "C4-f"}) CHECK(status(clause) == "stale");
  const Answer sent = (*this)("egress.check", "system",
                              {{"processor", "razorpay"}, {"fields", {{"payment_amount", 1}}}, {"purpose", "billing"}});
  CHECK(sent.effect() == "indeterminate");
  attest("agreement:razorpay", true, time(600));
  CHECK(status("C5-b") == "attested");
  attest("agreement:razorpay", "soon", time(600));
  CHECK(status("C5-b") == "unverified");
}

TEST_CASE_FIXTURE(Deployment, "coverage: a value that falls short of the policy attests nothing") {
  struct Row {
    const char* clause;
    const char* claim;
    const char* weak;
    const char* strong;
  };
  for (const Row& row : {Row{"C4-b", "tls", "1.1", "1.3"}, Row{"C4-c", "at_rest_encryption", "DES", "AES-256"},
                         Row{"C11-a", "region:contabo", "DE", "IN"},
                         Row{"C4-e", "database_tls", "prefer", "verify-full"},
                         Row{"C5-h", "media_encryption", "None", "DTLS-SRTP"},
                         Row{"C6.4-c", "object_storage_encryption", "AES-128", "AES-256-GCM"},
                         Row{"C4-b", "C4-b", "1.1", "1.3"}, Row{"C4-c", "C4-c", "DES", "AES-256"},
                         Row{"C4-e", "C4-e", "require", "verify-full"},
                         Row{"C6.4-c", "C6.4-c", "AES-256-ECB", "AES-256"},
                         Row{"C11-a", "C11-a", "DE", "IN"}}) {
    CAPTURE(row.clause);
    if (row.claim == std::string_view("C11-a")) attest("region:contabo", "IN", time(600));
    attest(row.claim, row.strong, time(600));
    CHECK(status(row.clause) == "attested");
    attest(row.claim, row.weak, time(600));
    CHECK(status(row.clause) == "unverified");
    attest(row.claim, true, time(600));
    CHECK(status(row.clause) == (std::string_view(row.claim).starts_with("region:") ? "unverified" : "attested"));
  }
}

TEST_CASE_FIXTURE(Deployment, "attestations: only what is understood to hold counts, told alike by put, list, the report and what depends on it") {
  const auto told = [&](const char* claim, const boost::json::value& value) {
    const Answer put = (*this)("attestation.put", "dpo",
                               {{"claim", claim}, {"value", value}, {"evidence_ref", "doc"}, {"valid_until", time(600)}});
    REQUIRE(put.permitted());
    const Answer listed = (*this)("attestation.list", "dpo");
    CHECK(listed.result().at("attestations").at(0) == put.result());
    CHECK(put.result().at("fresh") == (put.text("/standing") == "fresh"));
    CHECK(put.result().contains("wanted") == (put.text("/standing") == "unclear"));
    return put.text("/standing");
  };
  const auto pays = [&] {
    return (*this)("egress.check", "system", {{"processor", "razorpay"}, {"fields", {{"payment_amount", 1}}}, {"purpose", "billing"},
                                           {"context", {{"principals", {"dr"}}}}});
  };
  CHECK(told("agreement:razorpay", true) == "fresh");
  CHECK(told("agreement:razorpay", "not yet") == "unclear");
  CHECK(pays().effect() == "indeterminate");
  for (const char* word : {"compliant", "in force", "Valid", "signed"}) CHECK(told("agreement:razorpay", word) == "fresh");
  for (const char* prose : {"non-compliant", "audit failed", "expired 2024", "not yet", "in progress", "N/A", "AoC expired",
                            "not AoC 7", "PCI DSS lapsed", "true?", "yes, but", "TBD", "partial", "2026", "ISO 27001"}) {
    CAPTURE(prose);
    (*this)("attestation.put", "dpo", {{"claim", "pci_dss"}, {"value", "AoC 7"}, {"evidence_ref", "doc"}, {"valid_until", time(600)}});
    CHECK(status("C5-c2") == "attested");
    CHECK(pays().permitted());
    const Answer put = (*this)("attestation.put", "dpo",
                               {{"claim", "pci_dss"}, {"value", prose}, {"evidence_ref", "doc"}, {"valid_until", time(600)}});
    CHECK(put.result().at("fresh") == false);
    CHECK(put.text("/standing") == "unclear");
    CHECK(status("C5-c2") == "unverified");
    CHECK(pays().effect() == "indeterminate");
    CHECK(pays().text("/lacking/0/standing") == "unclear");
  }
  CHECK(told("C4-a", "SOC 2") == "fresh");
  CHECK(told("C4-a", "SOC 2 revoked") == "unclear");
  CHECK(told("C4-a", 27001) == "unclear");
  CHECK(told("C11-a", "IN") == "fresh");
}

TEST_CASE_FIXTURE(Deployment, "attestations: what is known to fail is nowhere told as fresh") {
  attest("tls", "1.3", time(600));
  REQUIRE((*this)("security.check", "dpo", {{"posture", {{"tls_version", "1.0"}, {"bucket_region", "US"}}}}).denied());
  const Answer listed = (*this)("attestation.list", "dpo");
  CHECK(listed.result().at("attestations").as_array().size() == 2);
  for (const auto& row : listed.result().at("attestations").as_array()) {
    CHECK(row.at("fresh") == false);
    CHECK(row.at("standing") == "untrue");
    CHECK(row.at("valid_until").is_null());
  }
  CHECK((*this)("attestation.put", "dpo", {{"claim", "pci_dss"}, {"value", false}, {"evidence_ref", "doc"}, {"valid_until", time(600)}})
            .result()
            .at("fresh") == false);
  set_time(700);
  CHECK((*this)("attestation.list", "dpo").text("/attestations/0/standing") == "untrue");
}

TEST_CASE_FIXTURE(Deployment, "coverage: what is known to fail is told apart from what nobody ever said, also of what is decided") {
  const auto row = [&](std::string_view clause) -> boost::json::object {
    const Answer answer = report();
    for (const auto& entry : answer.result().at("clauses").as_array())
      if (entry.at("id").as_string() == clause) return entry.as_object();
    return {};
  };
  const auto check = [&](const char* hash) {
    (*this)("security.check", "dpo", {{"posture", {{"password_hash", hash}}}});
    return row("C4-h").at("failed") == true;
  };
  CHECK(report().result().at("failed") == 0);
  CHECK(row("C4-h").at("standing").is_null());
  CHECK(row("C5-c2").at("standing") == "missing");
  CHECK(check("$2b$04$"));
  CHECK(row("C4-h").at("coverage") == "decided");
  CHECK(row("C4-i").at("failed") == false);
  CHECK(check("5f4dcc3b5aa765d61d8327deb882cf99"));
  CHECK(row("C4-i").at("failed") == true);
  CHECK(report().result().at("failed") == 2);
  CHECK_FALSE(check("$2b$12$"));
  CHECK(report().result().at("failed") == 0);
  attest("pci_dss", false, time(600));
  CHECK(row("C5-c2").at("failed") == true);
  CHECK(row("C5-c2").at("standing") == "untrue");
  CHECK(row("C5-c2").at("coverage") == "unverified");
  CHECK(row("C5-h").at("failed") == false);
  attest("pci_dss", "soon", time(600));
  CHECK(row("C5-c2").at("failed") == false);
  CHECK(row("C5-c2").at("standing") == "unclear");
}

TEST_CASE_FIXTURE(Deployment, "attestations and canaries count for no longer than the policy keeps the entries that tell of them") {
  constexpr std::int64_t kDay = 24 * 60;
  const auto put = [&](std::string_view until, const boost::json::value& value = "1.3") {
    return (*this)("attestation.put", "dpo",
                   {{"claim", "tls"}, {"value", value}, {"evidence_ref", "doc"}, {"valid_until", until}});
  };
  CHECK(put(now()).error() == "invalid_argument /args/valid_until");
  CHECK(put(time(900 * kDay)).text("/valid_until") == time(900 * kDay));
  CHECK(put(time(5000 * kDay)).text("/valid_until") == "2029-11-23T00:00:00+05:30");
  CHECK(put(time(50000 * kDay), false).text("/valid_until").starts_with("2029-11-23"));  // taken back all the same
  CHECK(status("C4-b") == "unverified");
  REQUIRE(probe("canary.begin", {{"probe", "denied_egress"}}).ok());
  CHECK(probe("canary.finish", {{"probe", "denied_egress"}, {"found", false}, {"evidence_ref", "log"},
                                {"valid_until", time(5000 * kDay)}})
            .text("/valid_until")
            .starts_with("2029-11-23"));
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  for (boost::json::value& rule : pack.at("retention").as_array())
    if (rule.at("class") == "audit") rule.at("period").at("count") = 2;
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", true}}).permitted());
  CHECK(put(time(900 * kDay)).text("/valid_until").starts_with("2028-11-23"));
  CHECK(status("C4-b") == "attested");
  set_time(730 * kDay);
  CHECK(status("C4-b") == "attested");
  set_time(731 * kDay);
  CHECK(status("C4-b") == "stale");
}

TEST_CASE_FIXTURE(Deployment, "canaries: a probe that fails, or was never begun, is no evidence") {
  const Args done{{"found", false}, {"evidence_ref", "log"}, {"valid_until", time(600)}};
  const auto finish = [&](std::string_view kind, const Args& more = {}) {
    Args args = done;
    args["probe"] = kind;
    for (const auto& member : more) args[member.key()] = member.value();
    return probe("canary.finish", args);
  };
  const auto failures = [](const Answer& answer) {
    std::string all;
    for (const auto& code : answer.result().at("failures").as_array())
      all.append(all.empty() ? "" : " ").append(code.as_string());
    return all;
  };
  CHECK(finish("erasure").error() == "not_found /args/probe");
  CHECK(probe("canary.erase", {}).error() == "not_found /args");
  CHECK(probe("canary.begin", {{"probe", "erasure"}}).error() == "invalid_argument /args/locator");
  CHECK((*this)("attestation.put", "dpo",
                {{"claim", "canary:erasure"}, {"value", true}, {"evidence_ref", "x"}, {"valid_until", time(600)}})
            .error() == "invalid_argument /args/claim");

  const std::string mark = probe("canary.begin", {{"probe", "erasure"}, {"locator", "shelf"}}).text("mark");
  CHECK(mark.size() == 32);
  CHECK(probe("canary.begin", {{"probe", "erasure"}, {"locator", "shelf"}}).text("mark") != mark);
  REQUIRE(probe("canary.erase", {}).permitted());
  CHECK(probe("canary.erase", {}).error() == "conflict /args");
  CHECK(failures(finish("erasure")) == "erasure_not_confirmed");  // the host says so, the engine knows better
  CHECK(finish("erasure").error() == "not_found /args/probe");    // one result for each mark
  CHECK(status("C6.3-e") == "unverified");

  const auto fetched = [&](std::int64_t issued, std::int64_t expires, std::int64_t at, int answer) {
    REQUIRE(probe("canary.begin", {{"probe", "expired_url"}}).permitted());
    const std::int64_t start = (micros() - kStart.micros) / kMicrosPerMinute;
    set_time(start + 60);
    return failures(finish("expired_url", {{"issued_at", time(start + issued)},
                                           {"expires_at", time(start + expires)},
                                           {"fetched_at", time(start + at)},
                                           {"status", answer}}));
  };
  CHECK(fetched(0, 15, 15, 403) == "");
  CHECK(fetched(0, 16, 16, 403) == "link_lives_too_long");
  CHECK(fetched(5, 5, 15, 403) == "link_lives_too_long");
  CHECK(fetched(0, 10, 9, 403) == "not_fetched_after_expiry");
  CHECK(fetched(-1, 10, 20, 403) == "not_fetched_after_expiry");
  CHECK(fetched(0, 10, 61, 403) == "not_fetched_after_expiry");
  CHECK(fetched(0, 10, 20, 200) == "link_still_served");
  CHECK(finish("expired_url").error() == "invalid_argument /args/issued_at");
  REQUIRE(probe("canary.begin", {{"probe", "denied_egress"}}).permitted());
  CHECK(failures(finish("denied_egress", {{"found", true}})) == "mark_found");
  REQUIRE(probe("canary.begin", {{"probe", "denied_egress"}}).permitted());
  set_time(8 * 24 * 60 + 900);  // too late
  CHECK(finish("denied_egress", {{"valid_until", time(20'000)}}).error() == "not_found /args/probe");
  CHECK((*this)("canary.begin", "dr", {{"probe", "denied_egress"}}).denied());
}

TEST_CASE_FIXTURE(Deployment, "coverage: what is decided says by what, and apart from what the host attests") {
  const Answer answer = report();
  for (const auto& row : answer.result().at("clauses").as_array()) {
    CAPTURE(row.at("id").as_string());
    if (row.at("coverage").as_string() == "decided") CHECK(row.at("decided") == true);
    if (row.at("decided") == true) CHECK_FALSE(row.at("rules").as_array().empty());
  }
  for (const char* id : {"C6.5-a", "C2.4-b", "C2.4-g", "C6.2-a", "C6.3-d", "C6.3-e", "C6.6-c", "C1-e"})
    CHECK(is_decided_in_part(*find_clause(id)));
  for (const char* id : {"C4-a", "C6.6-b"}) CHECK_FALSE(is_decided_in_part(*find_clause(id)));
}

TEST_CASE_FIXTURE(Deployment, "coverage: a claim that is taken back or not true counts for nothing") {
  attest("pci_dss", true, time(600));
  CHECK(status("C5-c2") == "attested");
  attest("pci_dss", false, time(600));
  CHECK(status("C5-c2") == "unverified");
  for (const boost::json::value& denial :
       {boost::json::value(0), boost::json::value("0"), boost::json::value("Unknown"),
        boost::json::value("pending"), boost::json::value("Lapsed"), boost::json::value("terminated")}) {
    CAPTURE(boost::json::serialize(denial));
    attest("pci_dss", "AoC 8", time(600));
    CHECK(status("C5-c2") == "attested");
    attest("pci_dss", denial, time(600));
    CHECK(status("C5-c2") == "unverified");
  }
  attest("agreement:razorpay", true, time(600));
  CHECK(status("C5-b") == "unverified");  // one of eight
  attest("ai_enabled", true, time(600));  // speaks for no clause
  CHECK(count("attested") == 0);
  const auto refused = [&](std::string_view claim) {
    return (*this)("attestation.put", "dpo",
                   {{"claim", claim}, {"value", true}, {"evidence_ref", "x"}, {"valid_until", time(600)}})
        .error();
  };
  for (const char* claim : {"anything.else", "C4-z", "agreement", "agreement:", "tls:", "TLS", "pci_dss:razorpay"})
    CHECK(refused(claim) == "invalid_argument /args/claim");
  for (const ClaimOf& row : claims())
    if (!row.claim.starts_with("canary:"))
      CHECK(refused(row.of_processors ? claim_about(row.claim, "mailer") : std::string(row.claim)) == "");
  for (const Dependency& row : engine().policy().dependencies)
    for (const std::string& claim : row.claims)
      if (!claim.starts_with("canary:")) CHECK(refused(claim) == "");
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
  CHECK(status("C4-b") == "unverified");
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
