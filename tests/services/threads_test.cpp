// Several threads on one engine: every command and report is answered, and the log is whole afterwards.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "connex/engine.hpp"
#include "connex/stores.hpp"
#include "support/engine_driver.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using connex::testing::Answer;

namespace {

constexpr int kThreads = 4;

std::string request(const std::string& command, const std::string& actor, const std::string& args) {
  return R"({"command":")" + command + R"(","actor":")" + actor + R"(","args":{)" + args + "}}";
}

// doctest's assertions are kept out of the threads: each counts what went wrong.
void check_threads(std::unique_ptr<store::Store> store, int rounds) {
  EngineOptions options;
  options.store = std::move(store);
  auto engine = std::move(Engine::open(std::move(options)).value());
  std::atomic<int> failures = 0;
  std::atomic<int> changes = 0;
  const auto expect = [&](const std::string& line, std::string_view part) {
    const std::string answer = engine->execute(line);
    if (answer.find(part) == std::string::npos) ++failures;
  };
  const auto work = [&](int thread) {
    const std::string own = std::to_string(thread);
    const std::string person = std::string("st-").append(own);
    expect(request("principal.register", "system",
                   R"("id":")" + person + R"(","role":"staff","name":"n","adult_attested":true)"),
           R"("permitted":true)");
    ++changes;
    for (int i = 0; i < rounds; ++i) {
      expect(request("organisation.put", person,
                     R"("id":"shared","kind":"clinic","name":"n","recording_entitled":)" +
                         std::string(i % 2 == 0 ? "true" : "false")),
             R"("permitted":true)");
      ++changes;
      expect(request("visit.end", "system", R"("visit":"none")"), "not_found");
      ++changes;
      expect(request("visit.end", person, R"("visit":"none")"), "role_not_permitted");
      ++changes;
      expect(request("visit.end", person, ""), "invalid_argument");
      if (i % 8 == thread) {
        expect(request("report.summary", person, ""), R"("ok":true)");
        expect(request("audit.verify", person, R"("threads":3)"), R"("valid":true)");
        expect(request("audit.prove", person, R"("seq":0)"), R"("ok":true)");
      }
      const std::string decision = engine->decide("visit.book", "{}");
      if (decision.find(R"("permitted":false)") == std::string::npos) ++failures;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
  const Answer verified(engine->execute(request("audit.verify", "system", "")));
  CHECK(verified.result().at("valid").as_bool());
  CHECK(verified.result().at("entries").as_int64() == changes);
}

}  // namespace

TEST_CASE("engine: threads on one engine, in memory") { check_threads(store::make_memory_store(), 60); }

TEST_CASE("engine: threads on one engine, in SQLite") {
  const testing::TempDir dir;
  store::SqliteOptions options;
  options.path = dir.file("threads.db");
  options.durability = store::Durability::normal;
  check_threads(store::open_sqlite_store(options).value(), 25);
}
