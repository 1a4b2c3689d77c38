// Several commands in one durable transaction: answered as if each had come alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <set>
#include <thread>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "support/engine_driver.hpp"
#include "support/faulty_store.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::TempDir;
using store::testing::Fault;
using store::testing::FaultyStore;

namespace {

// Counts transactions, and says what was made durable in between.
class Counted final : public store::Store {
 public:
  explicit Counted(std::unique_ptr<store::Store> inner) : inner_(std::move(inner)) {}
  Result<void> prepare(const store::Schema& schema) override { return inner_->prepare(schema); }
  Result<std::unique_ptr<store::ReadTransaction>> begin_read() override { return inner_->begin_read(); }
  Result<std::unique_ptr<store::WriteTransaction>> begin_write() override {
    ++writes;
    return inner_->begin_write();
  }
  Result<void> make_durable() override { return inner_->make_durable(); }
  Result<void> purge_erased(store::Purge depth) override { return inner_->purge_erased(depth); }
  std::string path() const override { return inner_->path(); }
  Result<std::unique_ptr<store::Store>> open_beside(std::string_view name, bool create) override {
    return inner_->open_beside(name, create);
  }
  std::atomic<int> writes = 0;

 private:
  std::unique_ptr<store::Store> inner_;
};

std::unique_ptr<Engine> open(std::unique_ptr<store::Store> store) {
  EngineOptions options;
  options.store = std::move(store);
  options.caller_clock = true;
  options.key_provider = keys::make_ephemeral_key_provider();
  return std::move(Engine::open(std::move(options)).value());
}

std::string request(std::string_view command, const Args& args, std::string_view id = {}) {
  Args all{{"command", command}, {"actor", "system"}, {"at", "2026-11-23T10:00:00+05:30"}, {"args", args}};
  if (!id.empty()) all["request_id"] = id;
  return boost::json::serialize(all);
}
std::string put(int n) {
  return request("organisation.put", {{"id", "c-" + std::to_string(n)}, {"kind", "clinic"}, {"name", "C"}});
}
std::vector<std::string> run_all(Engine& engine, const std::vector<std::string>& requests) {
  const std::vector<std::string_view> views(requests.begin(), requests.end());
  return engine.execute_all(views);
}
std::int64_t entries(Engine& engine) {
  const Answer verified(engine.execute(request("audit.verify", {})));
  CHECK(verified.result().at("valid").as_bool());
  return verified.result().at("entries").as_int64();
}

TEST_CASE("a batch is answered as its commands would be one by one, in one transaction") {
  std::vector<std::string> requests{
      put(1),
      request("organisation.put", {{"id", "c-1"}, {"kind", "hospital"}, {"name", "C"}}),  // conflict
      "no JSON at all",
      request("principal.register",
              {{"id", "dr"}, {"role", "doctor"}, {"name", "A"}, {"adult_attested", true}}),
      request("visit.cancel", {{"visit", "none"}}),
      request("preference.set", {{"doctor", "dr"}, {"virtual_visits", true}}),  // denied
      request("organisation.put", {{"id", "c-2"}, {"kind", "clinic"}, {"name", "C"}}, "q"),
      request("organisation.put", {{"id", "c-2"}, {"kind", "clinic"}, {"name", "C"}}, "q"),  // again
      R"({"command":"audit.list","actor":"nobody","at":"2026-11-23T10:00:00+05:30"})",
      R"({"command":"visit.start","actor":"nobody","at":"2026-11-23T10:00:00+05:30","args":{"visit":"v"}})",
      put(3),
      request("principal.view", {{"subject", "dr"}}),
  };
  auto alone = open(store::make_memory_store());
  alone->execute(put(100));  // the first command of all also files the policy, and is committed alone
  std::vector<std::string> expected;
  for (const std::string& line : requests) expected.push_back(alone->execute(line));

  auto owned = std::make_unique<Counted>(store::make_memory_store());
  Counted& counted = *owned;
  auto together = open(std::move(owned));
  together->execute(put(100));
  counted.writes = 0;
  CHECK(run_all(*together, requests) == expected);
  CHECK(counted.writes == 2);  // before the report, and after it
  CHECK(entries(*together) == entries(*alone));
}

TEST_CASE("a batch whose clock breaks answers the rest") {
  int calls = 0;
  EngineOptions options;
  options.store = store::make_memory_store();
  options.key_provider = keys::make_ephemeral_key_provider();
  options.clock = [&] {
    if (++calls == 2) throw std::runtime_error("zq7x");
    return *parse_instant("2026-11-23T10:00:00+05:30");
  };
  const auto engine = std::move(Engine::open(std::move(options)).value());
  const auto put_now = [](int n) {
    return R"({"command":"organisation.put","actor":"system","args":{"id":"c-)" + std::to_string(n) +
           R"(","kind":"clinic","name":"C"}})";
  };
  const std::vector<std::string> answers = run_all(*engine, {put_now(1), put_now(2), put_now(3)});
  CHECK(Answer(answers[0]).permitted());
  CHECK(Answer(answers[1]).error().starts_with("internal"));
  CHECK(answers[1].find("zq7x") == std::string::npos);
  CHECK(Answer(answers[2]).permitted());
}

TEST_CASE("a batch in which something breaks is done one by one") {
  for (const Fault fault : {Fault::error, Fault::exception, Fault::no_memory}) {
    for (std::uint64_t step = 3; step < 120; step += 5) {
      auto inner = store::make_memory_store();
      auto owned = std::make_unique<FaultyStore>(*inner);
      FaultyStore& faulty = *owned;
      auto engine = open(std::move(owned));
      engine->execute(put(0));
      std::vector<std::string> requests;
      for (int n = 1; n <= 6; ++n) requests.push_back(put(n));
      faulty.arm(step, fault, {});
      const std::vector<std::string> answers = run_all(*engine, requests);
      faulty.disarm();
      CAPTURE(step);
      std::int64_t done = 0;
      for (const std::string& answer : answers) done += Answer(answer).ok() ? 1 : 0;
      for (const std::string& answer : answers)
        if (!Answer(answer).ok())
          CHECK((Answer(answer).error() == "storage" || Answer(answer).error() == "internal"));
      CHECK(entries(*engine) == done + 1);
    }
  }
}

TEST_CASE("a checkpoint never shares a transaction with what is not durable yet") {
  auto owned = std::make_unique<Counted>(store::make_memory_store());
  Counted& counted = *owned;
  auto engine = open(std::move(owned));
  engine->execute(put(0));
  counted.writes = 0;
  const auto answers = run_all(*engine, {put(1), put(2), request("audit.checkpoint", {}), put(3)});
  CHECK(counted.writes == 3);
  CHECK(Answer(answers[2]).result().at("size").as_int64() == 3);
  CHECK(Answer(answers[3]).seq() == 4);
}

TEST_CASE("nothing is sealed under a key that the same transaction destroys") {
  auto engine = open(store::make_memory_store());
  const auto late = [](std::string_view command, const Args& args, std::string_view actor = "system") {
    return boost::json::serialize(
        Args{{"command", command}, {"actor", actor}, {"at", "2028-01-23T10:00:00+05:30"}, {"args", args}});
  };
  const auto register_ = [](std::string_view id, std::string_view role) {
    return request("principal.register",
                   {{"id", id}, {"role", role}, {"name", "A"}, {"adult_attested", true}});
  };
  run_all(*engine, {register_("dpo", "data_protection_officer"), register_("s", "staff"), put(1)});
  const auto answers = run_all(
      *engine, {late("rights.submit",
                     {{"id", "q"}, {"kind", "erasure"}, {"principal", "s"}, {"channel", "email"}}, "s"),
                late("rights.verify_identity", {{"id", "q"}, {"evidence", "e"}}, "dpo"),
                late("rights.resolve", {{"id", "q"}}, "dpo"), late("principal.view", {{"subject", "s"}}),
                late("organisation.put", {{"id", "c-9"}, {"kind", "clinic"}, {"name", "C"}})});
  for (const std::string& answer : answers) CHECK(Answer(answer).ok());
  const Answer verified(engine->execute(late("audit.verify", {})));
  CHECK(verified.result().at("valid").as_bool());
}

TEST_CASE("threads that command at the same time share their commits") {
  int count = 8, each = 25;
  SUBCASE("few") {}
  SUBCASE("more than one commit takes") { count = 80, each = 4; }
  const TempDir dir;
  auto owned = std::make_unique<Counted>(std::move(
      store::open_sqlite_store({.path = dir.file("a.db"), .durability = store::Durability::full}).value()));
  Counted& counted = *owned;
  auto engine = open(std::move(owned));
  engine->execute(put(0));
  counted.writes = 0;
  std::vector<std::vector<std::string>> answers(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      for (int n = 0; n < each; ++n)
        answers[static_cast<std::size_t>(t)].push_back(engine->execute(put(1 + t * each + n)));
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> numbers;
  for (const auto& of_one : answers) {
    std::int64_t last = 0;
    for (const std::string& line : of_one) {
      const Answer answer(line);
      REQUIRE(answer.permitted());
      CHECK(answer.seq() > last);
      last = answer.seq();
      numbers.insert(last);
    }
  }
  CHECK(numbers.size() == static_cast<std::size_t>(count * each));
  CHECK(entries(*engine) == count * each + 1);
  CHECK(counted.writes < count * each);
}

}  // namespace
