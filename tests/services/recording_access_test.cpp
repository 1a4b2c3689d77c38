// Who may see a recording, for how long, and what is left of the grant.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "evidence/base64.hpp"
#include "evidence/jws.hpp"
#include "policy/pack.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

// A world after the call of the visit `v`, which might be recorded, at minute 160.
struct Called : World {
  Called() : World() {
    started();
    for (const char* who : {"dr", "mr"}) REQUIRE((*this)("visit.join", who, {{"visit", "v"}}).permitted());
    set_time(121);
    REQUIRE(decide().permitted());
    set_time(150);
    REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
    set_time(160);
  }
  Answer file_as(std::string_view id, std::string_view locator) {
    return (*this)("recording.register", "system",
                   {{"id", id},
                    {"visit", "v"},
                    {"locator", locator},
                    {"sha256", std::string(64, 'a')},
                    {"size", 5},
                    {"started_at", time(121)},
                    {"ended_at", time(149)}});
  }
};

// And with the recording `r` of it.
struct Recorded : Called {
  Recorded() { REQUIRE(file_as("r", "2026/SECRETLOCATOR r.mp4").permitted()); }
  Answer access(std::string_view who, std::string_view mode = "view", std::string_view recording = "r") {
    return (*this)("recording.access", who, {{"recording", recording}, {"mode", mode}});
  }
};

TEST_CASE_FIXTURE(Recorded, "recording.access: participants and the company's compliance officer") {
  CHECK(access("dr").permitted());
  CHECK(access("dr", "download").permitted());
  CHECK(access("mr").permitted());
  CHECK(access("mr", "download").reasons() == "mode_not_allowed C6.4-e");
  CHECK(access("co").permitted());
  CHECK(access("co", "download").reasons() == "mode_not_allowed C6.4-e");
  CHECK(access("dr2").reasons() == "viewer_not_entitled C6.4-d; viewer_company_differs C6.4-d");
  CHECK(access("mr2").reasons() == "viewer_not_entitled C6.4-d; viewer_company_differs C6.4-d");
  CHECK(access("pa").reasons() == "viewer_not_entitled C6.4-d");
  for (const std::string_view other : {"st", "dpo", "ca", "ha", "pa2"}) CHECK(access(other).denied());
  CHECK(access("system").rule() == "command.use");
  CHECK(access("dr", "view", "none").error() == "not_found /args/recording");
  CHECK(access("dr", "print").error() == "invalid_argument /args/mode");
  REQUIRE(person("co2", "compliance_officer", "rival", 120).permitted());
  CHECK(access("co2").reasons() == "viewer_company_differs C6.4-d");
}

TEST_CASE_FIXTURE(Recorded, "C6.4-d, X40: of the company its compliance officer may see a recording, by name, nobody for them") {
  CHECK(access("co").permitted());
  CHECK(access("co", "download").denied());
  REQUIRE(person("mr3", "medical_representative", "acme", 121).permitted());
  for (const char* colleague : {"pa", "mr3"}) CHECK(access(colleague).reasons() == "viewer_not_entitled C6.4-d");
  REQUIRE((*this)("principal.terminate", "system", {{"id", "co"}}).permitted());
  CHECK(access("co").denied());
  CHECK(access("pa").denied());  // nor does it pass on
}

TEST_CASE_FIXTURE(Recorded, "C6.4-e, X41: the representative may view, never download, and while with the company") {
  CHECK(access("dr", "download").permitted());
  CHECK(access("mr").permitted());
  CHECK(access("mr", "download").reasons() == "mode_not_allowed C6.4-e");
  REQUIRE(moves_to("rival").permitted());
  CHECK(access("mr").reasons() == "viewer_company_differs C6.4-d");
  CHECK(access("mr", "download").denied());
}

TEST_CASE_FIXTURE(Recorded, "C6.4-e, X57: the recording is the doctor's also once the account is closed, and nobody else's") {
  for (const char* who : {"dr", "mr", "co"})
    REQUIRE((*this)("principal.terminate", "system", {{"id", who}}).permitted());
  CHECK(access("dr").permitted());
  CHECK(access("dr", "download").permitted());
  CHECK(access("mr").reasons() == "viewer_not_entitled C6.4-d");
  CHECK(access("co").reasons() == "viewer_not_entitled C6.4-d");
  REQUIRE((*this)("principal.report_minor", "dpo", {{"id", "dr"}}).permitted());
  CHECK(access("dr").denied());
}

TEST_CASE_FIXTURE(World, "recording.access: who was invited and never came took no part (X42)") {
  started();
  REQUIRE((*this)("visit.join", "dr", {{"visit", "v"}}).permitted());
  REQUIRE(decide().permitted());
  set_time(160);
  REQUIRE((*this)("recording.register", "system",
                  {{"id", "r"},
                   {"visit", "v"},
                   {"locator", "r.mp4"},
                   {"sha256", std::string(64, 'a')},
                   {"size", 5},
                   {"started_at", time(120)},
                   {"ended_at", time(121)}})
              .permitted());
  const auto access = [&](std::string_view who) {
    return (*this)("recording.access", who, {{"recording", "r"}, {"mode", "view"}});
  };
  CHECK(access("dr").permitted());
  CHECK(access("mr").reasons() == "viewer_not_entitled C6.4-d");
}

TEST_CASE_FIXTURE(Recorded, "recording.access: an ex-employee has none, and each issue is decided anew") {
  CHECK(access("mr").permitted());
  REQUIRE(moves_to("rival").permitted());
  CHECK(access("mr").reasons() == "viewer_company_differs C6.4-d");
  REQUIRE((*this)("principal.terminate", "system", {{"id", "co"}}).permitted());
  CHECK(access("co").denied());
}

TEST_CASE_FIXTURE(Recorded, "recording.access: none once the recording's time is over") {
  set_time(60 * 24 * 366 * 7);
  CHECK(access("dr").reasons() == "recording_not_available C6.4-a");
}

TEST_CASE_FIXTURE(Recorded,
                  "recording.access: a grant is a token for fifteen minutes at most, logged by its id") {
  const Answer first = access("co");
  const Answer second = access("co");
  REQUIRE(second.permitted());
  CHECK(first.text("grant") != second.text("grant"));
  CHECK(first.text("grant_id") != second.text("grant_id"));
  CHECK_FALSE(second.result().contains("url"));
  CHECK(second.obliges("sign_short_lived_url"));
  const Instant expires = *parse_instant(second.text("expires_at"));
  CHECK(expires.micros - micros() == 900 * kMicrosPerSecond);

  const auto header = evidence::peek_jws_header(second.text("grant")).value();
  CHECK(header.type == "connex-grant+jwt");
  const Answer keys = (*this)("audit.keys", "system");
  const auto& key = keys.result().at("keys").as_array().back().as_object();
  CHECK(key.at("jwk").at("kid").as_string() == header.key_id);
  const auto raw = evidence::from_base64url(std::string_view(key.at("jwk").at("x").as_string())).value();
  evidence::PublicKey verifier{};
  std::ranges::copy(raw, verifier.begin());
  const auto payload = evidence::verify_jws(second.text("grant"), header, verifier);
  REQUIRE(payload);
  const auto claims = boost::json::parse(evidence::text_of(*payload)).as_object();
  CHECK(claims.at("sub").as_string() == "co");
  CHECK(claims.at("recording").as_string() == "r");
  CHECK(claims.at("mode").as_string() == "view");
  CHECK(claims.at("jti").as_string() == second.text("grant_id"));

  const Answer log = (*this)("audit.list", "system", {{"from", second.seq()}});
  const auto& entry = log.result().at("entries").as_array().front().as_object();
  CHECK(entry.at("details").at("grant").as_string() == second.text("grant_id"));
  CHECK(entry.at("details").at("mode").as_string() == "view");
  for (const store::Table* table : services::kSchema.tables)
    CHECK(dump(*table).find("eyJhbGci") == std::string::npos);
}

TEST_CASE_FIXTURE(Called, "C1-b: a recording's locator, which its address repeats, tells nobody how to reach the parties") {
  REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"phone", "+91 22 2556 0123"}, {"email", "asha.rao@citymail.in"}})
              .permitted());
  for (const char* locator : {"dr-asha 98765 43017/v.mp4", "calls/9876543017.mp4", "calls/98765-43017/v.mp4",
                              "2026/asha.rao@citymail.in.mp4", "2026/asha_rao_citymail.mp4", "ravi@gmail.com/v.mp4",
                              "calls/2225560123.mp4"}) {
    const Answer refused = file_as("r", locator);
    CHECK_MESSAGE(refused.error() == "invalid_argument /args/locator", locator);
    CHECK(refused.line().find(locator) == std::string::npos);
  }
  CHECK(file_as("9876543017", "v.mp4").error() == "invalid_argument /args/id");
  CHECK(file_as("r", "2026/11/25/550e8400-e29b-41d4-a716-446655440000/1764508000123.mp4").permitted());
}

TEST_CASE("recording.access: an address in the host's bucket, whose keys stand nowhere") {
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.at("security").as_object()["url_ttl_seconds"] = 60;
  EngineOptions options;
  options.store = store::make_memory_store();
  options.policy = boost::json::serialize(pack);
  store::Store& store = *options.store;
  options.bucket = Bucket{
      .host = "acct.r2.example", .name = "calls", .access_key = "AKIDEXAMPLE", .secret_key = "zq7xSECRETKEY"};
  Instant now = World::kStart;
  options.clock = [&] { return now; };
  auto engine = std::move(Engine::open(std::move(options)).value());
  const auto minute = [&](int n) { now = {World::kStart.micros + n * kMicrosPerMinute}; };
  const auto time = [](int n) {
    return format_instant({World::kStart.micros + n * kMicrosPerMinute}, UtcOffset{330});
  };
  const auto run = [&](std::string_view command, std::string_view actor, const Args& args) {
    const boost::json::object request{{"command", command}, {"actor", actor}, {"args", args}};
    return Answer(engine->execute(boost::json::serialize(request)));
  };
  const auto person = [&](std::string_view id, std::string_view role) {
    Args args{{"id", id}, {"role", role}, {"name", "N"}, {"adult_attested", true}};
    if (role != "doctor") args["organisation"] = "acme";
    REQUIRE(run("principal.register", "system", args).permitted());
  };
  run("organisation.put", "system",
      {{"id", "acme"}, {"kind", "pharma_company"}, {"name", "A"}, {"recording_entitled", true}});
  person("dr", "doctor");
  person("mr", "medical_representative");
  person("pa", "pharma_administrator");
  run("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", true}, {"recording", true}});
  run("organisation.set_recording", "pa", {{"id", "acme"}, {"enabled", true}});
  const auto record = [&](std::string_view visit, int from, std::string_view locator) {
    minute(from - 100);
    REQUIRE(run("visit.book", "mr",
                {{"id", visit},
                 {"doctor", "dr"},
                 {"representative", "mr"},
                 {"starts_at", time(from)},
                 {"ends_at", time(from + 20)}})
                .permitted());
    minute(from - 5);
    for (const std::string_view who : {"dr", "mr"})
      REQUIRE(run("visit.accept", who,
                  {{"visit", visit},
                   {"disclosure_hash", run("visit.disclosure", who, {{"visit", visit}}).text("hash")},
                   {"recording_consent", true}})
                  .permitted());
    minute(from);
    REQUIRE(run("visit.start", "system", {{"visit", visit}}).permitted());
    for (const std::string_view who : {"dr", "mr"})
      REQUIRE(run("visit.join", who, {{"visit", visit}}).permitted());
    REQUIRE(run("recording.decide", "system", {{"visit", visit}}).permitted());
    minute(from + 21);
    REQUIRE(run("recording.register", "system",
                {{"id", "r-" + std::string(visit)},
                 {"visit", visit},
                 {"locator", locator},
                 {"sha256", std::string(64, 'a')},
                 {"size", 5},
                 {"started_at", time(from)},
                 {"ended_at", time(from + 10)}})
                .permitted());
  };
  record("v", 120, "2026/call 1.mp4");
  const Answer granted = run("recording.access", "dr", {{"recording", "r-v"}, {"mode", "download"}});
  REQUIRE(granted.permitted());
  const std::string url = granted.text("url");
  CHECK(url.starts_with("https://acct.r2.example/calls/2026/call%201.mp4?"));
  CHECK(url.find("X-Amz-Expires=60&") != std::string::npos);  // the grant is good for longer
  CHECK(url.find("X-Amz-Signature=") != std::string::npos);
  CHECK(url.find("response-content-disposition") == std::string::npos);
  const std::string shown = run("recording.access", "dr", {{"recording", "r-v"}, {"mode", "view"}}).text("url");
  CHECK(shown.find("&response-content-disposition=inline&X-Amz-Signature=") != std::string::npos);
  CHECK(url.find("zq7x") == std::string::npos);

  record("w", 300, "../other");
  CHECK(run("recording.access", "dr", {{"recording", "r-w"}, {"mode", "view"}}).error() == "unsupported");

  auto tx = std::move(store.begin_read().value());
  for (const store::Table* table : services::kSchema.tables) {
    std::vector<store::Row> rows;
    REQUIRE(tx->scan(*table, {.limit = store::kMaxScan}, rows));
    for (const store::Row& row : rows)
      for (std::size_t i = 0; i < row.size(); ++i)
        for (const std::string_view secret : {"zq7xSECRET", "X-Amz-", "AKIDEXAMPLE", "eyJhbGci"})
          CHECK(row.bytes(i).find(secret) == std::string_view::npos);
  }
}

}  // namespace
