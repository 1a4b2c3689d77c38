// The envelope of a request: what is refused before a command is found, the clock, and idempotency keys.
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

#include "connex/stores.hpp"
#include "evidence/sha256.hpp"
#include "json/canonical.hpp"
#include "services/audit_log.hpp"
#include "services/command.hpp"
#include "services/schema.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

std::string everything(const World& w) {
  std::string all;
  for (const store::Table* table : services::kTables) all += w.dump(*table);
  return all;
}

}  // namespace

TEST_CASE_FIXTURE(World, "requests: what is no request is refused and leaves no trace") {
  const std::string before = everything(*this);
  const std::string bomb = R"({"command":"visit.end","actor":"dr","args":)" + std::string(10'000, '[');
  const std::string deep = R"({"command":"visit.end","actor":"dr","args":{"visit":)" + std::string(40, '[') +
                           std::string(40, ']') + "}}";
  const std::string huge =
      R"({"command":"organisation.put","actor":"system","args":{"id":"x","kind":"clinic","name":")" +
      std::string(2'000'000, 'x') + "\"}}";
  const struct {
    std::string request;
    const char* error;
  } cases[] = {
      {"", "invalid_argument"},
      {"   ", "invalid_argument"},
      {"{", "invalid_argument"},
      {"[]", "invalid_argument"},
      {"null", "invalid_argument"},
      {"\"visit.end\"", "invalid_argument"},
      {"{} {}", "invalid_argument"},
      {"{'command':1}", "invalid_argument"},
      {"// zq7x\n{}", "invalid_argument"},
      {std::string("{}\0", 3), "invalid_argument"},
      {"\xff\xfe", "invalid_argument"},
      {"{\"command\":\"\xc3\x28\"}", "invalid_argument /command"},
      {"{\"command\":\"\\ud800\"}", "invalid_argument /command"},
      {bomb, "invalid_argument"},
      {deep, "invalid_argument"},
      {huge, "invalid_argument"},
      {"{}", "invalid_argument /command"},
      {R"({"actor":"dr"})", "invalid_argument /command"},
      {R"({"command":7,"actor":"dr"})", "invalid_argument /command"},
      {R"({"command":"","actor":"dr"})", "invalid_argument /command"},
      {R"({"command":"zq7x","actor":"dr"})", "invalid_argument /command"},
      {R"({"command":"Visit.end","actor":"dr"})", "invalid_argument /command"},
      {R"({"command":"visit.end"})", "invalid_argument /actor"},
      {R"({"command":"visit.end","actor":null})", "invalid_argument /actor"},
      {R"({"command":"visit.end","actor":"zq7x name"})", "invalid_argument /actor"},
      {R"({"command":"visit.end","actor":"dr","role":"doctor"})", "invalid_argument /role"},
      {R"({"command":"visit.end","actor":"dr","zq7x name":1})", "invalid_argument /?"},
      {R"({"command":"visit.end","actor":"dr","args":[]})", "invalid_argument /args"},
      {R"({"command":"visit.end","actor":"dr","args":null})", "invalid_argument /args"},
      {R"({"command":"visit.end","actor":"dr","request_id":"","args":{"visit":"v"}})",
       "invalid_argument /request_id"},
      {R"({"command":"visit.end","actor":"dr","request_id":1,"args":{"visit":"v"}})",
       "invalid_argument /request_id"},
      {R"({"command":"visit.end","actor":"dr","at":"today","args":{"visit":"v"}})", "invalid_argument /at"},
      {R"({"command":"visit.end","actor":"dr","at":0,"args":{"visit":"v"}})", "invalid_argument /at"},
      {R"({"command":"visit.end","actor":"dr","at":null,"args":{"visit":"v"}})", "invalid_argument /at"},
      {R"({"command":"visit.end","actor":"dr","at":"9000-01-01T00:00:00Z","args":{"visit":"v"}})",
       "invalid_argument /at"},
      {R"({"command":"visit.end","command":"visit.end","actor":"dr"})", "invalid_argument /command"},
      {R"({"command":"visit.end","actor":"dr","args":{"visit":"v","visit":"w"}})",
       "invalid_argument /args/visit"},
      {R"({"command":"visit.end","actor":"dr","args":{"zq7x name":1,"zq7x name":2}})",
       "invalid_argument /args/?"},
  };
  for (const auto& [request, error] : cases) {
    CAPTURE(request.substr(0, 120));
    const Answer answer = raw(request);
    CHECK(!answer.ok());
    CHECK(answer.error() == error);
    CHECK(answer.line().size() < 600);
    CHECK(answer.line().find("zq7x") == std::string::npos);
  }
  CHECK(everything(*this) == before);
}

TEST_CASE("requests: time is the engine's own unless it was opened for the caller's") {
  EngineOptions options;
  options.store = store::make_memory_store();
  Instant now = *parse_instant("2026-11-23T10:00:00+05:30");
  options.clock = [&now] { return now; };
  auto engine = std::move(Engine::open(std::move(options)).value());
  const std::string put =
      R"({"command":"organisation.put","actor":"system","args":{"id":"o","kind":"clinic","name":"n"})";
  const Answer refused(engine->execute(put + R"(,"at":"2026-11-23T10:00:00+05:30"})"));
  CHECK(refused.error() == "invalid_argument /at");
  CHECK(Answer(engine->execute(put + "}")).permitted());
  now.micros -= kMicrosPerMinute;  // a clock that is corrected a little does not turn the log back
  CHECK(Answer(engine->execute(put + "}")).permitted());
  const auto entries = [&] {
    return Answer(engine->execute(R"({"command":"audit.list","actor":"system"})")).result().at("entries").as_array();
  };
  CHECK(entries().size() == 2);
  for (const auto& entry : entries()) CHECK(entry.at("at").as_string() == "2026-11-23T10:00:00+05:30");

  const auto refuses = [&](std::string_view what) {
    const Answer answer(engine->execute(put + "}"));
    CHECK(answer.error() == "internal");
    CHECK(answer.message().find(what) != std::string::npos);
    CHECK(entries().size() == 2);  // reports go on
  };
  now.micros -= 1;
  refuses("the clock is behind");
  now.micros += 36'525 * kMicrosPerDay + kMicrosPerMinute + 2;
  refuses("the clock is more than 100 years ahead");
  now.micros -= 1;
  CHECK(Answer(engine->execute(put + "}")).permitted());
}

TEST_CASE_FIXTURE(World, "requests: no command takes the log out of reach") {
  const std::string before = everything(*this);
  const auto end_at = [this](const char* at) {
    return raw(std::string(R"({"command":"visit.end","actor":"dr","args":{"visit":"v"},"at":")") + at + "\"}");
  };
  CHECK(end_at("8999-12-31T00:00:00Z").error() == "invalid_argument /at");
  CHECK(end_at("2126-11-24T08:00:00.000001+05:30").error() == "invalid_argument /at");
  CHECK(everything(*this) == before);
  CHECK(end_at("2126-11-24T08:00:00+05:30").error() == "not_found /args/visit");
}

TEST_CASE_FIXTURE(World, "requests: time does not run backwards") {
  set_time(10);
  REQUIRE(book().permitted());
  set_time(9);
  const std::string before = everything(*this);
  CHECK((*this)("visit.cancel", "dr", {{"visit", "v"}}).error() == "invalid_argument /at");
  CHECK((*this)("report.coverage", "dr").error() == "invalid_argument /at");
  CHECK(everything(*this) == before);
  set_time(10);
  CHECK((*this)("visit.cancel", "dr", {{"visit", "v"}}).permitted());
}

TEST_CASE_FIXTURE(World, "request ids: the same request has the same answer, byte for byte") {
  const Args cancel{{"visit", "v"}};
  const Args booking{{"id", "v"},
                     {"doctor", "dr"},
                     {"representative", "mr"},
                     {"starts_at", time(120)},
                     {"ends_at", time(150)}};
  const Answer first = repeat("k1", "visit.book", "mr", booking);
  REQUIRE(first.permitted());
  const std::string after = everything(*this);
  set_time(5);
  CHECK(repeat("k1", "visit.book", "mr", booking).line() == first.line());
  Args reordered;
  for (const char* name : {"ends_at", "starts_at", "representative", "doctor", "id"})
    reordered[name] = booking.at(name);
  CHECK(repeat("k1", "visit.book", "mr", reordered).line() == first.line());
  CHECK(everything(*this) == after);

  SUBCASE("another content under the same key is refused") {
    Args other = booking;
    other["id"] = "w";
    CHECK(repeat("k1", "visit.book", "mr", other).error() == "invalid_argument /request_id");
    CHECK(repeat("k1", "visit.cancel", "mr", cancel).error() == "invalid_argument /request_id");
    CHECK(everything(*this) == after);
  }
  SUBCASE("keys belong to their actor") { CHECK(repeat("k1", "visit.cancel", "dr", cancel).permitted()); }
  SUBCASE("without the key it is another request") {
    CHECK((*this)("visit.book", "mr", booking).error() == "conflict /args/id");
  }
  SUBCASE("a denial is an answer too") {
    const Answer denied = repeat("k2", "visit.cancel", "pa", cancel);
    REQUIRE(denied.denied());
    CHECK(repeat("k2", "visit.cancel", "pa", cancel).line() == denied.line());
  }
  SUBCASE("a retry may carry the time of the first attempt") {
    REQUIRE((*this)("visit.cancel", "dr", cancel).permitted());
    set_time(0);
    CHECK(repeat("k1", "visit.book", "mr", booking).line() == first.line());
  }
}

TEST_CASE_FIXTURE(World, "request ids: what failed is tried again") {
  const Args cancel{{"visit", "v"}};
  CHECK(repeat("k", "visit.cancel", "dr", cancel).error() == "not_found /args/visit");
  CHECK(repeat("k", "visit.cancel", "dr", {{"visit", 7}}).error() == "invalid_argument /args/visit");
  CHECK(dump(services::request::kTable).empty());
  REQUIRE(book().permitted());
  CHECK(repeat("k", "visit.cancel", "dr", cancel).permitted());
}

TEST_CASE_FIXTURE(World, "request ids: an answer is kept for a day, and no longer") {
  const auto put = [&](const std::string& key, const char* id) {
    return repeat(key, "organisation.put", "system", {{"id", id}, {"kind", "clinic"}, {"name", "zq7x"}});
  };
  for (int i = 0; i < 10; ++i) REQUIRE(put(std::string("k").append(std::to_string(i)), "a").permitted());
  const Answer first = put("k9", "a");
  set_time(24 * 60 - 1);
  CHECK(put("k9", "a").line() == first.line());
  CHECK(put("k9", "b").error() == "invalid_argument /request_id");
  set_time(24 * 60);
  const Answer later = put("k9", "b");  // long enough ago: the key is free again, for anything
  CHECK(later.permitted());
  CHECK(later.line() != first.line());
  CHECK(put("k9", "b").line() == later.line());
  // Old answers go as new ones come.
  for (int i = 0; i < 10; ++i) REQUIRE(put(std::string("new").append(std::to_string(i)), "a").permitted());
  const std::string kept = dump(services::request::kTable);
  CHECK(std::count(kept.begin(), kept.end(), '\n') == 11);
}

TEST_CASE_FIXTURE(World, "request ids: what permits something for the moment is decided again") {
  started();
  const auto both = [this](std::string_view command, std::string_view actor, const Args& args) {
    CHECK(repeat("k", command, actor, args).permitted());
    REQUIRE((*this)("consent.withdraw", "dr", {{"visit", "v"}}).permitted());
    REQUIRE(doctor_sets("virtual_visits", false).permitted());
    CHECK_FALSE(repeat("k", command, actor, args).permitted());
  };
  SUBCASE("recording.decide") { both("recording.decide", "system", {{"visit", "v"}}); }
  SUBCASE("visit.join") { both("visit.join", "mr", {{"visit", "v"}}); }
  SUBCASE("visit.start") {
    REQUIRE(book("w", 121, 151).permitted());
    REQUIRE(accept("dr", true, "w").permitted());
    REQUIRE(accept("mr", true, "w").permitted());
    both("visit.start", "system", {{"visit", "w"}});
  }
  SUBCASE("a call that the first attempt began is begun, once") {
    const Args w{{"visit", "w"}};
    REQUIRE(book("w", 121, 151).permitted());
    REQUIRE(accept("dr", true, "w").permitted());
    REQUIRE(accept("mr", true, "w").permitted());
    const Answer first = repeat("k", "visit.start", "system", w);
    REQUIRE(first.permitted());
    const std::string visits = dump(services::visit::kTable);
    set_time(122);
    const Answer second = repeat("k", "visit.start", "system", w);
    CHECK(second.permitted());
    CHECK(second.result() == first.result());
    CHECK(second.seq() == first.seq() + 1);
    CHECK(dump(services::visit::kTable) == visits);
    CHECK(repeat("other", "visit.start", "system", w).error() == "conflict /args/visit");
    CHECK(repeat("k", "visit.start", "system", {{"visit", "v"}}).error() == "invalid_argument /request_id");
    CHECK(repeat("k", "recording.decide", "system", w).error() == "invalid_argument /request_id");
  }
  SUBCASE("nothing of what was permitted is kept for a repeat") {
    REQUIRE(repeat("k", "recording.decide", "system", {{"visit", "v"}}).permitted());
    CHECK(dump(services::request::kTable).find("permit") == std::string::npos);
  }
  for (const services::Command& command : services::commands()) {
    const bool permits = command.name == "recording.decide" || command.name == "visit.join" ||
                         command.name == "visit.start" || command.name == "egress.check" ||
                         command.name == "purpose.check" || command.name == "ai.extract";
    CAPTURE(command.name);
    CHECK(command.momentary == permits);
  }
}

TEST_CASE_FIXTURE(World, "request ids: who may not act any more has no answer of before") {
  const Args booking{{"id", "v"},
                     {"doctor", "dr"},
                     {"representative", "mr"},
                     {"starts_at", time(120)},
                     {"ends_at", time(150)}};
  const Answer first = repeat("k", "visit.book", "mr", booking);
  REQUIRE(first.permitted());
  REQUIRE((*this)("principal.terminate", "system", {{"id", "mr"}}).permitted());
  const Answer refused = repeat("k", "visit.book", "mr", booking);
  CHECK(refused.denied());
  CHECK(refused.rule() == "command.use");
  REQUIRE((*this)("principal.reactivate", "mr", {{"id", "mr"}}).permitted());
  CHECK(repeat("k", "visit.book", "mr", booking).line() == first.line());
}

TEST_CASE_FIXTURE(World, "request ids: commands that only tell something do not take part") {
  CHECK(repeat("k", "principal.view", "mr", {{"subject", "mr"}}).permitted());
  CHECK(repeat("k", "principal.view", "mr", {{"subject", "dr"}}).permitted());
  CHECK(dump(services::request::kTable).empty());
}

TEST_CASE_FIXTURE(World, "reports: whoever asks for what is not theirs is on record, and whoever may is not") {
  const auto entries = [this] { return (*this)("audit.verify", "system", {}).result().at("entries").as_int64(); };
  const std::int64_t before = entries();
  CHECK(entries() == before);
  const Answer denied = (*this)("audit.verify", "mr", {});
  CHECK(denied.denied());
  CHECK(denied.seq() == before);
  CHECK((*this)("audit.list", "nobody", {}).error() == "unauthenticated /actor");
  CHECK(entries() == before + 1);
  auto tx = std::move(vault().begin_read().value());
  const auto content = find_entry(*tx, before).value().value().content;
  CHECK(content.actor == "mr");
  CHECK(content.command == "audit.verify");
  CHECK(content.outcome == "denied");
}

TEST_CASE_FIXTURE(World, "decide: facts in, a decision out, and anything else an error") {
  const auto ask = [&](const char* rule, const std::string& facts) { return engine().decide(rule, facts); };
  const std::string all =
      R"({"doctor_virtual_visits_enabled":true,"booker_is_medical_representative":true,"opt_in_set_by_doctor":true})";
  CHECK(ask("visit.book", all).find(R"("permitted":true)") != std::string::npos);
  for (const char* facts : {"{}", R"({"opt_in_set_by_doctor":null})", R"({"opt_in_set_by_doctor":true})"})
    CHECK(ask("visit.book", facts).find(R"("effect":"indeterminate","permitted":false)") !=
          std::string::npos);
  for (const char* facts :
       {"", "[]", "true", R"({"opt_in_set_by_doctor":1})", R"({"opt_in_set_by_doctor":"true"})",
        R"({"opt_in_set_by_doctor":"yes"})", R"({"opt_in_set_by_doctor":[true]})", R"({"zq7x name":true})",
        R"({"opt_in_set_by_doctor":true,"opt_in_set_by_doctor":true})", R"({"opt_in_set_by_doctor":tru})"}) {
    CAPTURE(facts);
    const std::string answer = ask("visit.book", facts);
    CHECK(answer.starts_with(R"({"ok":false,"error":{"code":"invalid_argument")"));
    CHECK(answer.find("zq7x") == std::string::npos);
  }
  CHECK(ask("visit.boo", "{}").find("not_found") != std::string::npos);
}

TEST_CASE_FIXTURE(World, "requests: what was tried in vain is found with the visit or person it was about") {
  started();
  const auto found = [this](EntriesOf whose, std::string_view id, const Answer& answer) {
    auto tx = std::move(vault().begin_read().value());
    const auto numbers = list_numbers(*tx, whose, id, answer.seq(), 10);
    REQUIRE(numbers);
    CHECK(std::count(numbers->begin(), numbers->end(), answer.seq()) == 1);
    return find_entry(*tx, answer.seq()).value().value().content;
  };
  for (const char* command : {"visit.disclosure", "visit.end", "visit.start", "recording.decide", "visit.leave"}) {
    const Answer answer = (*this)(command, "mr2", {{"visit", "v"}});
    CAPTURE(answer.line());
    REQUIRE_FALSE(answer.permitted());
    CHECK(found(EntriesOf::visit, "v", answer).object == "v");
    for (const char* party : {"dr", "mr"}) found(EntriesOf::subject, party, answer);
  }
  const Answer outside = (*this)("principal.update", "mr2", {{"id", "dr"}, {"city", "x"}});
  REQUIRE(outside.denied());
  CHECK(found(EntriesOf::subject, "dr", outside).object == "dr");
  const Answer by_role = (*this)("visit.cancel", "ca", {{"visit", "v"}});
  REQUIRE(by_role.rule() == "command.use");
  found(EntriesOf::visit, "v", by_role);
  const Answer failed = (*this)("principal.register", "system",
                                {{"id", "dr"}, {"role", "doctor"}, {"name", "zq7x"}, {"adult_attested", true}});
  REQUIRE(failed.error() == "conflict /args/id");
  found(EntriesOf::subject, "dr", failed);

  // What is not there is not named: it may be anything.
  const Answer nothing = (*this)("visit.end", "dr", {{"visit", "9812300077"}});
  REQUIRE(nothing.error() == "not_found /args/visit");
  auto tx = std::move(vault().begin_read().value());
  const AuditContent content = find_entry(*tx, nothing.seq()).value().value().content;
  CHECK((content.object.empty() && content.visit.empty() && content.subjects.empty()));
}

TEST_CASE_FIXTURE(World, "requests: a stranger's attempt is one entry, which does not say what it calls itself") {
  REQUIRE(book().permitted());
  const std::int64_t entries = audit_size();
  const std::string before = state();
  const Answer answer = repeat("k", "visit.end", "zq7x-98123000", {{"visit", "v"}});
  CHECK(answer.error() == "unauthenticated /actor");
  CHECK(answer.seq() == entries);
  CHECK(audit_size() == entries + 1);
  CHECK(state() == before);
  CHECK(dump(request::kTable).empty());
  {
    auto tx = std::move(vault().begin_read().value());
    const AuditContent content = find_entry(*tx, entries).value().value().content;
    CHECK((content.actor == "?" && content.role == "?" && content.command == "visit.end"));
    CHECK((content.visit == "v" && content.outcome == "unauthenticated"));
    CHECK(content.effect == Effect::indeterminate);
  }
  for (const store::Table* table : kTables)
    if (table != &organisation::kTable) CHECK(dump(*table).find("zq7x-98123000") == std::string::npos);
  CHECK((*this)("report.coverage", "nobody").error() == "unauthenticated /actor");  // reports leave no entry
  CHECK(audit_size() == entries + 1);
  const Answer replayed = (*this)("audit.replay", "dpo");
  CHECK(replayed.result().at("differences").as_array().empty());
  CHECK((*this)("audit.verify", "dpo").result().at("valid") == true);
}

TEST_CASE_FIXTURE(World, "X19: nothing tells by trying what a request asked, and what is kept of it goes with a sweep") {
  const Args change{{"id", "dr"}, {"phone", "9812300099"}};
  REQUIRE(repeat("k", "principal.update", "dr", change).permitted());
  const boost::json::array content{"principal.update", change};
  const evidence::Hash hash = evidence::sha256(evidence::bytes_of(json::canonical(content)));
  CHECK(dump(services::request::kTable).find("dr|k|") != std::string::npos);
  CHECK(dump(services::request::kTable).find(evidence::to_hex(hash)) == std::string::npos);
  CHECK(repeat("k", "principal.update", "dr", change).permitted());  // known again
  set_time(24 * 60 - 1);
  REQUIRE((*this)("retention.sweep", "system").permitted());
  CHECK(dump(services::request::kTable).find("dr|k|") != std::string::npos);
  set_time(24 * 60);
  REQUIRE((*this)("retention.sweep", "system").permitted());
  CHECK(dump(services::request::kTable).empty());
}
