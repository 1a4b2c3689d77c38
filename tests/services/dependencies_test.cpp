// What waits for the host's attestations: nothing goes on while one of them is missing, out of date or untrue, and
// a fresh one restores it.
#include "services/dependencies.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "policy/pack.hpp"
#include "services/attestations.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

struct Host : World {
  using World::World;
  Answer send(std::string_view processor, std::string_view field, std::string_view purpose, const Args& context = {}) {
    Args args{{"processor", processor}, {"fields", {{field, 1}}}, {"purpose", purpose}};
    if (!context.empty()) args["context"] = context;
    return (*this)("egress.check", "system", args);
  }
  Answer bill() { return send("razorpay", "payment_amount", "billing"); }
  // Goes through a probe; the mark was found where it must not be, or not.
  void probe(std::string_view kind, bool found, std::string_view until) {
    REQUIRE((*this)("canary.begin", "dpo", {{"probe", kind}}).permitted());
    Args args{{"probe", kind}, {"found", found}, {"evidence_ref", "log"}, {"valid_until", until}};
    if (kind == "expired_url") {
      args["issued_at"] = now();
      advance(60);
      args["fetched_at"] = now();
      args["expires_at"] = now();
      args["status"] = 403;
    }
    CHECK((*this)("canary.finish", "dpo", args).result().at("passed") == !found);
  }
};

std::string lacking(const Answer& answer) {
  std::string out;
  const auto* listed = answer.result().if_contains("lacking");
  if (listed == nullptr) return out;
  for (const auto& row : listed->as_array())
    out.append(out.empty() ? "" : "; ")
        .append(row.at("claim").as_string())
        .append(" ")
        .append(row.at("clause").as_string())
        .append(" ")
        .append(row.at("standing").as_string());
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(Host, "C5-c2: no bill goes to a payment processor whose certificate is missing, lapsed or untrue") {
  REQUIRE(attest("agreement:razorpay").permitted());
  Answer answer = bill();
  CHECK(answer.rule() == "posture.meet");
  CHECK(answer.effect() == "indeterminate");
  CHECK(answer.reasons() == "payment_certificate_missing C5-c2");
  CHECK(answer.obliges("send_nothing"));
  CHECK(lacking(answer) == "pci_dss C5-c2 missing");
  CHECK(answer.result().at("send").as_array().empty());
  CHECK(answer.result().at("strip").as_array().size() == 1);
  CHECK(dump(sharing::kTable).empty());

  REQUIRE(attest("pci_dss", "AoC 7", time(60)).permitted());
  CHECK(bill().permitted());
  CHECK(bill().rule() == "egress.check");
  set_time(60);
  answer = bill();
  CHECK(answer.effect() == "indeterminate");
  CHECK(lacking(answer) == "pci_dss C5-c2 stale");
  REQUIRE(attest("pci_dss", "AoC 8", time(120)).permitted());
  CHECK(bill().permitted());
  REQUIRE(attest("pci_dss", false, time(120)).permitted());
  answer = bill();
  CHECK(answer.effect() == "deny");
  CHECK(lacking(answer) == "pci_dss C5-c2 untrue");
  // A refusal of the table itself is told first.
  REQUIRE(attest("agreement:razorpay", false).permitted());
  CHECK(bill().reasons() == "agreement_missing C5-b");
}

TEST_CASE_FIXTURE(Host, "C5-h, C11-d: streams wait for their encryption, recordings for where they are written") {
  REQUIRE(attest("agreement:livekit").permitted());
  started();
  REQUIRE(decide().permitted());
  const auto stream = [&] { return send("livekit", "audio_stream", "service_delivery", {{"visit", "v"}}); };
  const auto record = [&] { return send("livekit", "recording_file", "service_delivery", {{"visit", "v"}}); };
  CHECK(stream().reasons() == "media_encryption_not_attested C5-h");
  REQUIRE(attest("media_encryption").permitted());
  CHECK(stream().permitted());
  CHECK(record().reasons() == "recording_destination_not_attested C11-d");
  REQUIRE(attest("recording_destination").permitted());
  CHECK(lacking(record()) == "no_automatic_egress C11-d missing");
  REQUIRE(attest("no_automatic_egress").permitted());
  CHECK(record().permitted());
  REQUIRE(attest("no_automatic_egress", false).permitted());
  CHECK(record().effect() == "deny");
  CHECK(stream().permitted());
}

TEST_CASE_FIXTURE(Host, "C6.4-c, C11-e, C4-a, C4-c: files and hosted data wait for encryption, region and certificate") {
  REQUIRE(attest("agreement:cloudflare_r2").permitted());
  const auto upload = [&] { return send("cloudflare_r2", "uploaded_file", "service_delivery"); };
  CHECK(upload().reasons() == "object_encryption_not_attested C6.4-c; storage_region_not_attested C11-e");
  REQUIRE(attest("object_storage_encryption").permitted());
  REQUIRE(attest("region:cloudflare_r2", "EU").permitted());
  CHECK(upload().effect() == "deny");
  CHECK(lacking(upload()) == "region:cloudflare_r2 C11-e untrue");
  REQUIRE(attest("region:cloudflare_r2", "IN").permitted());
  CHECK(upload().permitted());

  REQUIRE(attest("agreement:contabo").permitted());
  REQUIRE(attest("region:contabo", "IN").permitted());
  const auto host = [&] { return send("contabo", "hosted_data", "service_delivery"); };
  CHECK(host().reasons() ==
        "tls_not_attested C4-b; hosting_not_certified C4-a; at_rest_encryption_not_attested C4-c");
  for (const char* claim : {"tls", "hosting_certificate", "at_rest_encryption"}) REQUIRE(attest(claim).permitted());
  CHECK(host().permitted());
  // A value that can be read is held against the policy's minimum.
  for (const char* weak : {"1.1", "TLSv1.0", "none"}) {
    REQUIRE(attest("tls", weak).permitted());
    CHECK(lacking(host()) == "tls C4-b untrue");
    CHECK(host().effect() == "deny");
  }
  REQUIRE(attest("tls", 1.1).permitted());
  CHECK(lacking(host()) == "tls C4-b untrue");
  REQUIRE(attest("tls", 1.2).permitted());
  for (const char* weak : {"DES", "AES-128"}) {
    REQUIRE(attest("at_rest_encryption", weak).permitted());
    CHECK(lacking(host()) == "at_rest_encryption C4-c untrue");
  }
  REQUIRE(attest("at_rest_encryption", "AES").permitted());  // of what length?
  CHECK(lacking(host()) == "at_rest_encryption C4-c unclear");
  CHECK(host().effect() == "indeterminate");
  for (const char* strong : {"AES-256-GCM", "yes"}) {
    REQUIRE(attest("at_rest_encryption", strong).permitted());
    CHECK(host().permitted());
  }
}

TEST_CASE_FIXTURE(Host, "C4-b: once TLS was attested, nobody joins and nothing is sent while that is out of date or untrue") {
  REQUIRE(attest("agreement:google_workspace").permitted());
  const auto mail = [&] { return send("google_workspace", "email", "communication"); };
  const auto join = [&] { return (*this)("visit.join", "dr", {{"visit", "v"}}); };
  CHECK(mail().permitted());
  REQUIRE(attest("tls", true, time(122)).permitted());
  started();
  CHECK(mail().permitted());
  CHECK(join().permitted());
  set_time(122);
  CHECK(mail().reasons() == "tls_not_attested C4-b");
  const Answer answer = join();
  CHECK(answer.rule() == "posture.meet");
  CHECK(answer.effect() == "indeterminate");
  CHECK(answer.reasons() == "tls_not_attested C4-b");
  CHECK(lacking(answer) == "tls C4-b stale");
  REQUIRE(attest("tls", false).permitted());
  CHECK(join().effect() == "deny");
  REQUIRE(attest("tls", "1.3").permitted());
  CHECK(join().permitted());
  CHECK(mail().permitted());
  CHECK((*this)("audit.replay", "dpo").result().at("differences").as_array().empty());
}

TEST_CASE_FIXTURE(Host, "a check that fails keeps back what depends on it, until it is attested anew") {
  const auto check = [&](const Args& posture) { return (*this)("security.check", "system", {{"posture", posture}}); };
  for (const char* id : {"contabo", "cloudflare_r2", "google_workspace"})
    REQUIRE(attest(std::string("agreement:") + id).permitted());
  for (const char* claim : {"tls", "hosting_certificate", "at_rest_encryption", "object_storage_encryption"})
    REQUIRE(attest(claim).permitted());
  for (const char* claim : {"region:contabo", "region:cloudflare_r2"}) REQUIRE(attest(claim, "IN").permitted());
  const auto host = [&] { return send("contabo", "hosted_data", "service_delivery"); };
  const auto upload = [&] { return send("cloudflare_r2", "uploaded_file", "service_delivery"); };
  const auto mail = [&] { return send("google_workspace", "email", "communication"); };
  const Answer good = check({{"tls_version", "1.3"}, {"at_rest_cipher", "AES-256-GCM"}});
  CHECK(good.effect() == "indeterminate");  // of the rest nothing is known, which is no finding
  CHECK(host().permitted());
  CHECK(upload().permitted());
  CHECK(mail().permitted());

  REQUIRE(check({{"tls_version", "1.1"}}).effect() == "deny");
  CHECK(lacking(host()) == "tls C4-b untrue");
  CHECK(mail().effect() == "deny");
  CHECK(mail().reasons() == "tls_not_attested C4-b");
  // It is filed once, and no check that says nothing of it, or passes, takes it back.
  const std::size_t filed = dump(host_attestation::kTable).size();
  REQUIRE(check({{"tls_version", "1.0"}}).effect() == "deny");
  CHECK(dump(host_attestation::kTable).size() == filed);
  check({{"tls_version", "1.3"}});
  CHECK(mail().effect() == "deny");
  REQUIRE(attest("tls", "1.3").permitted());
  CHECK(mail().permitted());
  CHECK(host().permitted());

  REQUIRE(check({{"at_rest_cipher", "AES-256-ECB"}, {"bucket_region", "US"}}).effect() == "deny");
  CHECK(lacking(host()) == "at_rest_encryption C4-c untrue");
  CHECK(lacking(upload()) == "region:cloudflare_r2 C11-e untrue");
  CHECK(mail().permitted());
  REQUIRE(attest("at_rest_encryption").permitted());
  REQUIRE(attest("region:cloudflare_r2", "IN").permitted());
  CHECK(host().permitted());
  CHECK(upload().permitted());
  REQUIRE(check({{"url_ttl_seconds", 86'400}}).effect() == "deny");
  CHECK(lacking(upload()) == "canary:expired_url C1-b untrue");
  probe("expired_url", false, time(600));
  CHECK(upload().permitted());
  CHECK((*this)("audit.replay", "dpo").result().at("differences").as_array().empty());
}

TEST_CASE_FIXTURE(Host, "canaries: a probe that failed or is out of date keeps back what it speaks for") {
  for (const char* id : {"google_workspace", "cloudflare_r2", "google_gemini"})
    REQUIRE(attest(std::string("agreement:") + id).permitted());
  REQUIRE(attest("object_storage_encryption").permitted());
  REQUIRE(attest("region:cloudflare_r2", "IN").permitted());
  for (const char* claim : {"ai_enabled", "no_training:google_gemini"}) REQUIRE(attest(claim).permitted());
  const auto mail = [&] { return send("google_workspace", "email", "communication"); };
  const auto upload = [&] { return send("cloudflare_r2", "uploaded_file", "service_delivery"); };
  REQUIRE(book().permitted());
  REQUIRE((*this)("note.complete", "mr", {{"visit", "v"}, {"text", "The leaflet was asked for."}}).permitted());
  const auto extract = [&] {
    return (*this)("ai.extract", "system", {{"visit", "v"}, {"provider", "google_gemini"}});
  };
  CHECK(extract().permitted());
  probe("denied_egress", true, time(300));
  CHECK(mail().effect() == "deny");
  CHECK(mail().reasons() == "probe_failed C1-b");
  CHECK(lacking(mail()) == "canary:denied_egress C1-b untrue");
  CHECK(upload().effect() == "deny");
  CHECK(extract().rule() == "posture.meet");
  CHECK_FALSE(extract().result().contains("send"));
  probe("denied_egress", false, time(300));
  CHECK(mail().permitted());
  CHECK(upload().permitted());
  CHECK(extract().permitted());
  probe("expired_url", true, time(300));
  CHECK(upload().effect() == "deny");
  CHECK(mail().permitted());
  probe("expired_url", false, time(400));
  CHECK(upload().permitted());
  set_time(300);
  CHECK(mail().effect() == "indeterminate");
  CHECK(lacking(mail()) == "canary:denied_egress C1-b stale");
}

TEST_CASE_FIXTURE(Host, "C5-i: no link to a recording while links were seen to outlive their time") {
  started();
  for (const char* who : {"dr", "mr"}) REQUIRE((*this)("visit.join", who, {{"visit", "v"}}).permitted());
  REQUIRE(decide().permitted());
  set_time(150);
  REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
  REQUIRE((*this)("recording.register", "system",
                  {{"id", "r"},
                   {"visit", "v"},
                   {"locator", "r.mp4"},
                   {"sha256", std::string(64, 'a')},
                   {"size", 5},
                   {"started_at", time(120)},
                   {"ended_at", time(150)}})
              .permitted());
  const auto access = [&] { return (*this)("recording.access", "dr", {{"recording", "r"}, {"mode", "view"}}); };
  CHECK(access().permitted());
  probe("expired_url", true, time(900));
  CHECK(access().reasons() == "probe_failed C1-b");
  CHECK_FALSE(access().result().contains("grant"));
  probe("expired_url", false, time(900));
  CHECK(access().permitted());
}

TEST_CASE_FIXTURE(Host, "dependencies: each claim of each row of the pack keeps back all that the row names") {
  const PolicyPack& pack = engine().policy();
  const Instant later{micros() + kMicrosPerDay};
  std::size_t held = 0;
  const auto effects = [&](const Dependency& row, Instant now) {
    std::vector<Effect> all;
    auto tx = std::move(store().begin_read().value());
    const std::vector<std::string_view> fields(row.fields.begin(), row.fields.end());
    for (const Processor& processor : pack.processors)
      if (row.bears_on(processor.id))
        all.push_back(dependence_of(*tx, pack, now, processor.id, fields)->decision().effect);
    for (const std::string& name : row.commands)
      all.push_back(dependence_of(*tx, pack, now, *find_command(name))->decision().effect);
    return all;
  };
  const auto state = [&](std::string_view claim, std::string_view value) {
    auto tx = std::move(store().begin_write().value());
    const auto last = find_host_attestation(*tx, claim);
    const store::Cell cells[] = {claim,
                                 Number{*last ? (*last)->number + 1 : 1},
                                 value,
                                 std::string_view("doc"),
                                 std::string_view("system"),
                                 micros(),
                                 micros() + kMicrosPerHour};
    REQUIRE(tx->insert(host_attestation::kTable, cells));
    REQUIRE(tx->commit());
  };
  for (const Dependency& row : pack.dependencies)
    for (const std::string& claim : row.claims) state(claim, claim.starts_with("region:") ? "\"IN\"" : "true");
  for (const Dependency& row : pack.dependencies) {
    CAPTURE(row.id);
    for (const std::string& claim : row.claims) {
      const std::string_view good = claim.starts_with("region:") ? "\"IN\"" : "true";
      for (const Effect e : effects(row, {micros()})) CHECK(e == Effect::permit);
      for (const Effect e : effects(row, later)) CHECK(e == Effect::indeterminate);
      state(claim, "false");
      for (const Effect e : effects(row, {micros()})) {
        CHECK(e == Effect::deny);
        ++held;
      }
      state(claim, good);
    }
  }
  CHECK(held > 20);
}

TEST_CASE("dependencies: a pack that always asks keeps back commands whose claims nobody ever stated") {
  boost::json::value strict = boost::json::parse(policy::default_pack()->canonical);
  strict.as_object()["version"] = "2";
  for (boost::json::value& row : strict.at("dependencies").as_array()) row.at("asked") = "always";
  Host w;
  // It only tightens, and so binds everybody at once.
  REQUIRE(w("policy.publish", "dpo", {{"pack", strict}, {"effective_at", w.now()}, {"material", false}}).permitted());
  w.started();
  const auto join = [&] { return w("visit.join", "dr", {{"visit", "v"}}); };
  CHECK(join().rule() == "posture.meet");
  CHECK(join().effect() == "indeterminate");
  CHECK(lacking(join()) == "tls C4-b missing; media_encryption C5-h missing");
  REQUIRE(w.attest("tls").permitted());
  CHECK(lacking(join()) == "media_encryption C5-h missing");
  REQUIRE(w.attest("media_encryption").permitted());
  CHECK(join().permitted());
  REQUIRE(w.attest("agreement:google_workspace").permitted());
  CHECK(lacking(w.send("google_workspace", "email", "communication")) == "canary:denied_egress C1-b missing");
  w.probe("denied_egress", false, w.time(900));
  CHECK(w.send("google_workspace", "email", "communication").permitted());
  // A recording that is not there is told apart from a link that is not proven to end.
  REQUIRE(w("visit.join", "mr", {{"visit", "v"}}).permitted());
  REQUIRE(w.decide().permitted());
  w.set_time(150);
  REQUIRE(w("visit.end", "dr", {{"visit", "v"}}).permitted());
  REQUIRE(w("recording.register", "system",
            {{"id", "r"},
             {"visit", "v"},
             {"locator", "r.mp4"},
             {"sha256", std::string(64, 'a')},
             {"size", 5},
             {"started_at", w.time(120)},
             {"ended_at", w.time(150)}})
              .permitted());
  const auto access = [&] { return w("recording.access", "dr", {{"recording", "r"}, {"mode", "view"}}); };
  CHECK(access().effect() == "indeterminate");
  CHECK(lacking(access()) == "canary:expired_url C1-b missing");
  w.probe("expired_url", false, w.time(900));
  CHECK(access().permitted());
}

TEST_CASE("dependencies: the pack names commands, processors and claims that there are") {
  const auto pack = policy::default_pack();
  CHECK(pack->dependencies.size() == 13);
  for (const Dependency& row : pack->dependencies) {
    CAPTURE(row.id);
    CHECK((row.every_processor || !row.processors.empty() || !row.commands.empty()));
    for (const std::string& command : row.commands) CHECK(find_command(command) != nullptr);
    for (const std::string& id : row.processors) {
      const Processor* processor = pack->find_processor(id);
      REQUIRE(processor != nullptr);
      for (const std::string& field : row.fields) CHECK(processor->find(field) != nullptr);
    }
    for (const std::string& claim : row.claims)
      CHECK(std::any_of(claims().begin(), claims().end(), [&](const ClaimOf& known) { return known.claim == claim; }));
  }
}

TEST_CASE("dependencies: a pack from before there were any has none, and keeps its digest") {
  boost::json::value older = boost::json::parse(policy::default_pack()->canonical);
  older.as_object().erase("dependencies");
  boost::json::array assumptions;
  for (const auto& row : older.at("assumptions").as_array())
    if (row.at("pointer").as_string() != "/dependencies") assumptions.push_back(row);
  older.at("assumptions") = assumptions;
  const auto pack = policy::load_filed(boost::json::serialize(older));
  REQUIRE_MESSAGE(pack, pack.error().message);
  CHECK((*pack)->dependencies.empty());
  CHECK((*pack)->digest != policy::default_pack()->digest);
}

TEST_CASE_FIXTURE(Host, "dependencies: a version that asks for less loosens, and waits for consent like any other") {
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  pack.at("dependencies").as_array().erase(pack.at("dependencies").as_array().begin());
  const Args args{{"pack", pack}, {"effective_at", now()}, {"material", false}};
  CHECK((*this)("policy.publish", "dpo", args).reasons() == "loosening_called_immaterial C12-b");
  REQUIRE(attest("agreement:razorpay").permitted());
  Args material = args;
  material["material"] = true;
  REQUIRE((*this)("policy.publish", "dpo", material).permitted());
  CHECK(bill().reasons() == "payment_certificate_missing C5-c2");
}
