// A store of schema version 4, written by the program of that time (tests/services/version4), goes on in this one.
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "support/engine_driver.hpp"
#include "support/project_file.hpp"
#include "support/sql.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::question;
using connex::testing::TempDir;

namespace {

const std::string kVersion4 = connex::testing::project_file("tests/services/version4/");

void restore(const std::string& path, const std::string& dump) {
  std::ifstream in(kVersion4 + dump);
  const std::string sql(std::istreambuf_iterator<char>(in), {});
  REQUIRE_FALSE(sql.empty());
  question(path, sql);
}

struct Version4 {
  TempDir dir;
  std::string path = dir.file("a.db");
  std::unique_ptr<Engine> engine;
  std::string_view at = "2026-11-24T10:00:00+05:30";

  Version4() {
    restore(path, "store.sql");
    restore(path + ".keys", "keys.sql");
    std::filesystem::copy_file(kVersion4 + "key", path + ".key");
    std::filesystem::permissions(path + ".key", std::filesystem::perms{0600});
  }
  void open() {
    engine.reset();
    EngineOptions options;
    options.store = std::move(store::open_sqlite_store({.path = path}).value());
    options.caller_clock = true;
    engine = std::move(Engine::open(std::move(options)).value());
  }
  Answer operator()(std::string_view command, std::string_view actor, const Args& args) {
    return Answer(engine->execute(boost::json::serialize(Args{
        {"command", command}, {"actor", actor}, {"at", at}, {"args", args}})));
  }
  void change(const char* sql) { CHECK(question(path, std::string(sql) + "; SELECT changes()") == "1\n"); }
};

TEST_CASE_FIXTURE(Version4, "a store of version 4 opens, verifies, and its log grows on") {
  open();
  const Answer before = (*this)("audit.verify", "dpo-1", {});
  REQUIRE(before.ok());
  CHECK(before.result().at("valid").as_bool());
  CHECK(before.result().at("entries").as_int64() == 9);  // 8, and one that tells when its tables were summed
  const Answer view = (*this)("principal.view", "dr-1", {{"subject", "dr-1"}});
  CHECK(view.result().at("fields").at("name").as_string() == "Asha Rao");
  // Its pack is from before packs had to state their dependencies, and is read all the same.
  const Answer replayed = (*this)("audit.replay", "dpo-1", {});
  CHECK(replayed.result().at("decided").as_int64() > 0);
  CHECK(replayed.result().at("differences").as_array().empty());
  CHECK((*this)("policy.decide", "dpo-1", {{"audit", 1}}).text("decided_as") == "permit");
  CHECK((*this)("audit.checkpoint", "dpo-1", {}).permitted());
  open();
  const Answer after = (*this)("audit.verify", "dpo-1", {});
  CHECK(after.result().at("valid").as_bool());
  CHECK(after.result().at("entries").as_int64() == 11);
}

TEST_CASE_FIXTURE(Version4, "C5-l: whoever a store of version 4 knows is found in texts for AI providers as soon as it is opened") {
  for (int opened = 0; opened < 2; ++opened) {
    open();
    for (const char* text : {"Asha Rao wants samples", "Rao, Asha wants samples"}) {
      const Answer made = (*this)("text.deidentify", "system", {{"text", text}});
      REQUIRE_MESSAGE(made.ok(), made.line());
      CHECK_MESSAGE(made.text("/text").find("Asha") == std::string::npos, made.line());
    }
    CHECK((*this)("audit.verify", "dpo-1", {}).result().at("valid").as_bool());
  }
}

TEST_CASE_FIXTURE(Version4, "X54: an erasure takes entries of version 4 whole, and the person from those of now") {
  open();
  const auto about = [&](std::string_view who) {  // the commands of the entries that name somebody
    std::string found;
    const Answer list = (*this)("audit.list", "dpo-1", {{"limit", 100}});
    for (const auto& entry : list.result().at("entries").as_array())
      if (boost::json::serialize(entry).find(who) != std::string::npos) found.append(entry.at("command").as_string()).append(" ");
    return found;
  };
  CHECK(about("dr-1").find("principal.register") != std::string::npos);
  CHECK((*this)("principal.view", "dr-1", {{"subject", "dr-1"}}).permitted());
  const Args everything{{"from", 0}, {"to", 8}};
  CHECK((*this)("audit.export", "dpo-1", everything).result().at("count").as_int64() == 9);
  at = "2029-11-20T10:00:00+05:30";  // beyond the year that the law has the log kept, within the three of the policy
  CHECK((*this)("rights.submit", "dr-1",
                {{"id", "e"}, {"kind", "erasure"}, {"principal", "dr-1"}, {"channel", "in_app"}, {"details", Args{}}})
            .permitted());
  CHECK((*this)("rights.verify_identity", "dpo-1", {{"id", "e"}, {"evidence", "seen"}}).permitted());
  CHECK((*this)("rights.resolve", "dpo-1", {{"id", "e"}}).permitted());
  const std::string left = about("dr-1");
  CHECK(left.find("rights.resolve") != std::string::npos);  // younger than a year
  CHECK(left.find("principal.register") == std::string::npos);
  CHECK(left.find("principal.view") == std::string::npos);
  for (int opened = 0; opened < 2; ++opened, open()) {
    const Answer verified = (*this)("audit.verify", "dpo-1", {});
    CHECK_MESSAGE(verified.result().at("valid").as_bool(), verified.line());
    CHECK(verified.result().at("removed").as_int64() > 0);
    CHECK((*this)("audit.export", "dpo-1", everything).result().at("count").as_int64() == 9);
    CHECK((*this)("audit.replay", "dpo-1", {}).result().at("differences").as_array().empty());
  }
}

TEST_CASE_FIXTURE(Version4, "a first key that its entry does not tell of is not signed for after the fact") {
  change("UPDATE signing_keys SET since = since + 1 WHERE epoch = 1");
  open();
  CHECK_FALSE((*this)("audit.verify", "dpo-1", {}).result().at("valid").as_bool());
}

}  // namespace
