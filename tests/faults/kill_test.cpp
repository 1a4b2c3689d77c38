// A process that is killed while it carries out commands: what it answered is there.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

#include "connex/stores.hpp"
#include "faults/script.hpp"
#include "services/schema.hpp"
#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace connex::testing {
namespace {

constexpr int kRounds = 30;

std::unique_ptr<store::Store> open_store(const std::string& path) {
  auto opened = store::open_sqlite_store({path, store::Durability::full, 5000, false});
  if (!opened) throw std::runtime_error(opened.error().message);
  return std::move(*opened);
}

// Its keys lie in a file beside it, for every process that comes.
std::unique_ptr<Engine> open_at(std::unique_ptr<store::Store> store) {
  EngineOptions options;
  options.store = std::move(store);
  options.caller_clock = true;
  auto engine = Engine::open(std::move(options));
  if (!engine) throw std::runtime_error(engine.error().message);
  return std::move(*engine);
}

// "#" stands for the number of the command.
constexpr std::string_view kSetup[] = {
    R"({"command":"organisation.put","actor":"system","at":"2026-11-23T08:00:00+05:30","request_id":"q-#",)"
    R"("args":{"id":"acme","kind":"pharma_company","name":"Acme"}})",
    R"({"command":"principal.register","actor":"system","at":"2026-11-23T08:00:00+05:30","request_id":"q-#",)"
    R"("args":{"id":"dr-1","role":"doctor","name":"A Doctor","adult_attested":true}})",
    R"({"command":"principal.register","actor":"system","at":"2026-11-23T08:00:00+05:30","request_id":"q-#",)"
    R"("args":{"id":"mr-7","role":"medical_representative","organisation":"acme","name":"A Representative",)"
    R"("adult_attested":true}})",
    R"({"command":"preference.set","actor":"dr-1","at":"2026-11-23T08:00:00+05:30","request_id":"q-#",)"
    R"("args":{"doctor":"dr-1","virtual_visits":true}})",
};
constexpr std::string_view kBooking =
    R"({"command":"visit.book","actor":"mr-7","at":"2026-11-23T09:00:00+05:30","request_id":"q-#",)"
    R"("args":{"id":"v-#","doctor":"dr-1","representative":"mr-7","starts_at":"2026-11-23T10:00:00+05:30",)"
    R"("ends_at":"2026-11-23T10:15:00+05:30"}})";

// The setup comes first, then as many bookings as there is time for.
std::string request(std::size_t n) {
  std::string text(n < std::size(kSetup) ? kSetup[n] : kBooking);
  const std::string number = std::to_string(n);
  for (std::size_t at = 0; (at = text.find('#', at)) != std::string::npos; at += number.size())
    text.replace(at, 1, number);
  return text;
}

class Pipe {
 public:
  Pipe() {
    if (pipe(ends_) != 0) throw std::runtime_error("no pipe to be had");
  }
  ~Pipe() {
    close(ends_[0]);
    close_writing();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_writing() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  bool write_line(std::string line) {
    line += '\n';
    return write(ends_[1], line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }
  // The next whole line; false at the end.
  bool read_line(std::string& line) {
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos) {
      char bytes[4096];
      const ssize_t got = read(ends_[0], bytes, sizeof bytes);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      buffer_.append(bytes, static_cast<std::size_t>(got));
    }
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return true;
  }

 private:
  int ends_[2] = {-1, -1};
  std::string buffer_;
};

void check_integrity(const std::string& path) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  std::string said;
  const auto hear = [](void* to, int, char** values, char**) {
    static_cast<std::string*>(to)->append(values[0]);
    return 0;
  };
  CHECK(sqlite3_exec(db, "PRAGMA integrity_check", hear, &said, nullptr) == SQLITE_OK);
  CHECK(said == "ok");
  sqlite3_close(db);
}

TEST_CASE("what a killed process had answered is there, and at most one command more") {
  const auto seed = static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
  MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  const TempDir dir;
  const std::string path = dir.file("db");
  std::vector<std::string> answers;  // of every command known to have happened
  std::size_t unanswered = 0;
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    Pipe pipe;
    Child child([&] {
      const auto engine = open_at(open_store(path));
      for (std::size_t n = answers.size(); pipe.write_line(engine->execute(request(n))); ++n) {
      }
      return 0;
    });
    pipe.close_writing();
    std::string answer;
    for (auto wait = random() % 40; wait > 0 && pipe.read_line(answer); --wait) answers.push_back(answer);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
    CHECK(child.kill() == -SIGKILL);
    while (pipe.read_line(answer)) answers.push_back(answer);

    auto owned = open_store(path);
    store::Store& store = *owned;
    const auto engine = open_at(std::move(owned));
    const auto entries = static_cast<std::size_t>(verified_entries(store));
    REQUIRE(entries >= answers.size());
    REQUIRE(entries <= answers.size() + 1);
    unanswered += entries - answers.size();
    if (entries > answers.size()) answers.push_back(engine->execute(request(answers.size())));
    for (std::size_t n = 0; n < answers.size(); ++n) {
      CAPTURE(n);
      REQUIRE(is_ok(answers[n]));
      if (n + 100 >= answers.size()) CHECK(engine->execute(request(n)) == answers[n]);
    }
    CHECK(static_cast<std::size_t>(verified_entries(store)) == entries);
    check_integrity(path);
  }
  CHECK(answers.size() > kRounds);
  MESSAGE(answers.size() << " commands, " << unanswered << " done but not answered");
}

// Every command of the script is struck once, at a random moment of it.
TEST_CASE("a process killed in any command of the script has done it, or nothing of it") {
  const auto seed = static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
  MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  const std::vector<ScriptedCommand> script = read_script();
  std::vector<std::chrono::microseconds> lasts;  // without being killed
  std::vector<bool> is_ok_there;
  {
    const TempDir dir;
    const auto engine = open_at(open_store(dir.file("db")));
    std::string hash;
    for (const ScriptedCommand& line : script) {
      const auto began = std::chrono::steady_clock::now();
      const std::string answer = engine->execute(with_hash(line.request, hash));
      lasts.push_back(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began));
      is_ok_there.push_back(is_ok(answer));
      if (std::string given = disclosure_hash(answer); !given.empty()) hash = std::move(given);
    }
  }

  const TempDir dir;
  const std::string path = dir.file("db");
  std::string hash;
  std::size_t struck = 0, done = 0;
  services::Number entries = 0;
  for (std::size_t n = 0; n < script.size(); ++n) {
    const std::string request = with_hash(script[n].request, hash);
    CAPTURE(request);
    const bool records = script[n].command->kind != services::CommandKind::reports;
    Pipe pipe;
    Child child([&]() -> int {
      const auto engine = open_at(open_store(path));
      pipe.write_line("ready");
      pipe.write_line(engine->execute(request));
      for (;;) pause();
    });
    pipe.close_writing();
    std::string line, answer;
    REQUIRE(pipe.read_line(line));
    std::this_thread::sleep_for(lasts[n] * (random() % 150) / 100);
    CHECK(child.kill() == -SIGKILL);
    pipe.read_line(answer);
    struck += answer.empty() ? 1 : 0;

    auto owned = open_store(path);
    store::Store& store = *owned;
    const auto engine = open_at(std::move(owned));
    const services::Number now = verified_entries(store);
    REQUIRE(now >= entries);
    REQUIRE(now <= entries + (records ? 1 : 0));
    if (!answer.empty() && records) REQUIRE(now == entries + 1);
    if (answer.empty()) {
      const bool happened = now > entries;
      done += happened ? 1 : 0;
      answer = engine->execute(request);
      const bool repeatable = script[n].command->kind == services::CommandKind::changes && !script[n].command->momentary;
      if (happened && repeatable && is_ok_there[n]) CHECK(verified_entries(store) == now);
      if (!happened || !script[n].command->momentary) CHECK(is_ok(answer) == is_ok_there[n]);
    }
    if (std::string given = disclosure_hash(answer); !given.empty()) hash = std::move(given);
    entries = verified_entries(store);
  }
  check_integrity(path);
  CHECK(struck > 0);
  MESSAGE(struck << " of " << script.size() << " commands not answered, " << done << " of them done");
}

}  // namespace
}  // namespace connex::testing
