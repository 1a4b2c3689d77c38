// The erasure ledger proves itself: whoever writes to the files of either store, and has no key, has nothing done by it.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "connex/keys.hpp"
#include "support/clinic.hpp"
#include "support/faulty_store.hpp"
#include "support/sql.hpp"

using namespace connex;
using connex::store::testing::Fault;
using connex::store::testing::FaultyStore;
using connex::testing::alter;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::Clinic;
using connex::testing::question;
using connex::testing::TempDir;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnds[] = {"", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm", ".key"};

void copy_all(const std::string& from, const std::string& to) {
  for (const std::string_view end : kEnds) {
    fs::remove(to + std::string(end));
    if (fs::exists(from + std::string(end))) fs::copy_file(from + std::string(end), to + std::string(end));
  }
}

void put_file(const std::string& from, const std::string& to) {
  for (const char* end : {"-wal", "-shm"}) fs::remove(to + end);
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

void ask_erasure(Clinic& clinic, const std::string& who) {
  clinic.must("rights.submit", who,
              {{"id", "e-" + who}, {"kind", "erasure"}, {"principal", who}, {"channel", "in_app"}, {"details", Args{}}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "e-" + who}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "e-" + who}});
}

const Args kHold{{"id", "h1"}, {"basis", "court_order"}, {"authority", "High Court"}, {"citation", "WP 1"},
                 {"scope", Args{{"principals", {"doc2"}}}}, {"review_at", "2027-01-10T00:00:00+05:30"},
                 {"approved_by", "dpo"}};

void populate(Clinic& clinic) {
  for (const auto& [id, role] : {std::pair{"dpo", "data_protection_officer"}, {"st", "staff"}, {"doc", "doctor"},
                                 {"doc2", "doctor"}, {"doc3", "doctor"}})
    clinic.must("principal.register", "system",
                {{"id", id}, {"role", role}, {"name", std::string("Name ") + id}, {"adult_attested", true}});
}

// Its ledger has a hold on `doc2` that was placed, and reviewed twice, and the erasure of `doc`; `old` is the main store of before.
struct Ledgers : Clinic {
  explicit Ledgers(const TempDir& dir) : Clinic(dir), old(dir.file("old")) {
    populate(*this);
    close();
    fs::copy_file(path(), old);
    open();
    must("hold.place", "st", kHold);
    for (const char* at : {"2027-02-10T00:00:00+05:30", "2027-02-20T00:00:00+05:30"})
      must("hold.review", "st", {{"id", "h1"}, {"review_at", at}, {"approved_by", "dpo"}, {"reason", "goes on"}});
    ask_erasure(*this, "doc");
    must("retention.sweep", "system");
    close();
    lines = std::stoi(question(keys(), "SELECT count(*) FROM forgotten"));
    REQUIRE(lines > 4);
    REQUIRE(question(keys(), "SELECT number, length(mac), content IS NULL FROM forgotten WHERE deed='hold'") ==
            "1|64|1\n2|64|1\n3|64|0\n");
    REQUIRE(question(path(), "SELECT * FROM key_erasures") == question(keys(), "SELECT * FROM forgotten"));
  }

  std::string keys() const { return path() + ".keys"; }
  // What opening says, of a copy in which somebody has done this to either store.
  std::string opening(const std::string& in_main, const std::string& in_keys, bool put_back = false) const {
    const TempDir work;
    copy_all(path(), work.file("db"));
    if (put_back) put_file(old, work.file("db"));
    if (!in_main.empty()) alter(work.file("db"), in_main);
    if (!in_keys.empty()) alter(work.file("db.keys"), in_keys);
    const std::string before = question(work.file("db"), kState) + question(work.file("db.keys"), kLiveKeys);
    auto options = EngineOptions();
    options.store = std::move(store::open_sqlite_store({.path = work.file("db")}).value());
    const auto engine = Engine::open(std::move(options));
    if (engine) return {};
    CHECK(engine.error().code == ErrorCode::corrupt);
    CHECK(question(work.file("db"), kState) + question(work.file("db.keys"), kLiveKeys) == before);  // nothing was done
    std::string message = engine.error().message;
    if (const std::size_t at = message.find(" `"); at != std::string::npos) message.erase(at, message.rfind('`') + 1 - at);
    return message;
  }
  static std::string line(int number, std::string_view store) {
    return "line " + std::to_string(number) + " of the ledger of erasures in the " + std::string(store) + " is not what the engine entered";
  }
  static std::string other(int number) {
    return "line " + std::to_string(number) + " of the ledger of erasures is another one in the key store";
  }

  std::vector<std::string> told() {
    std::vector<std::string> what;
    const Answer verified = must("audit.verify", "dpo");
    for (const auto& violation : verified.result().at("violations").as_array()) {
      std::string text(violation.at("what").as_string());
      if (const std::size_t at = text.find(" `"); at != std::string::npos) text.erase(at, text.rfind('`') + 1 - at);
      what.push_back(text);
    }
    return what;
  }

  static constexpr const char* kState = "SELECT id, status FROM principals; SELECT * FROM holds; SELECT count(*) FROM audit_leaves";
  static constexpr const char* kLiveKeys = "SELECT principal, class FROM data_keys WHERE wrapped IS NOT NULL";
  std::string old;
  int lines = 0;
};

constexpr const char* kColumns[] = {"principal", "classes",     "erased_at", "deed",   "object", "state",
                                    "request",   "accepted_at", "since",     "due_at", "content", "mac"};

TEST_CASE("erasure ledger: lines of the key store that were changed, taken out, moved or made up are not played") {
  const TempDir dir;
  const Ledgers clinic(dir);
  CHECK(clinic.opening({}, {}, true).empty());
  for (int n = 1; n <= clinic.lines; ++n)
    for (const std::string column : kColumns) {
      CAPTURE(n);
      CAPTURE(column);
      // Only the last line of a hold may say what it is: without it the one before has lost that to none.
      const bool last_of_hold = n == 3 && (column == "deed" || column == "object");
      const std::string refused = Ledgers::line(last_of_hold ? 2 : n, "key store");
      const std::string of = " WHERE number=" + std::to_string(n);
      const bool text = question(clinic.keys(), "SELECT typeof(" + column + ") IN ('text', 'blob') FROM forgotten" + of) == "1\n";
      const bool integer = question(clinic.keys(), "SELECT typeof(" + column + ") = 'integer' FROM forgotten" + of) == "1\n";
      const std::string number = column == "classes" || column.ends_with("_at") || column == "since" ? "7" : "x'78'";
      const std::string other = text      ? (column == "content" || column == "mac" ? "CAST(" + column + "||'x' AS BLOB)" : column + "||'x'")
                                : integer ? column + " + 1"
                                : column == "content" || number == "7" ? number : "'x'";
      CHECK(clinic.opening({}, "UPDATE forgotten SET " + column + "=" + other + of, true) == refused);
      if (column == "principal" || column == "classes" || column == "erased_at" || !(text || integer)) continue;
      CHECK(clinic.opening({}, "UPDATE forgotten SET " + column + "=NULL" + of, true) == refused);
    }
  for (int n = 1; n < clinic.lines; ++n) {
    CAPTURE(n);
    const std::string one = std::to_string(n), next = std::to_string(n + 1);
    CHECK(clinic.opening({}, "DELETE FROM forgotten WHERE number=" + one, true) == Ledgers::line(n == 3 ? 2 : n + 1, "key store"));
    CHECK(clinic.opening({}, "UPDATE forgotten SET number=-1 WHERE number=" + one + "; UPDATE forgotten SET number=" + one +
                                 " WHERE number=" + next + "; UPDATE forgotten SET number=" + next + " WHERE number=-1",
                         true) == Ledgers::line(n, "key store"));
  }
  // Made up, with no mac, with that of another line, and with one of the right length; and a line that was, once more.
  const std::string last = std::to_string(clinic.lines), next = std::to_string(clinic.lines + 1);
  for (const std::string& mac : {std::string("NULL"), "(SELECT mac FROM forgotten WHERE number=" + last + ")", std::string("zeroblob(32)")})
    for (const bool back : {false, true})
      CHECK(clinic.opening({},
                           "INSERT INTO forgotten (number, principal, classes, erased_at, deed, object, state, accepted_at, mac) "
                           "VALUES (" + next + ", 'doc2', 16383, 1795409040000000, 'request', 'never-asked', 'everything', "
                           "1795409040000000, " + mac + ")",
                           back) == Ledgers::line(clinic.lines + 1, "key store"));
  CHECK(clinic.opening({}, "CREATE TABLE t AS SELECT * FROM forgotten WHERE number=" + last + "; UPDATE t SET number=" + next +
                               "; INSERT INTO forgotten SELECT * FROM t; DROP TABLE t; UPDATE identity SET id = id",
                       true) == Ledgers::line(clinic.lines + 1, "key store"));
}

TEST_CASE("erasure ledger: a line of the main store that was made up destroys nothing") {
  const TempDir dir;
  const Ledgers clinic(dir);
  const std::string next = std::to_string(clinic.lines + 1);
  const std::string forged = "INSERT INTO key_erasures (number, principal, classes, erased_at, mac) VALUES (" + next +
                             ", 'doc2', 16383, 1795409040000000, ";
  for (const std::string mac : {"NULL", "zeroblob(32)", "(SELECT mac FROM key_erasures WHERE number=1)"})
    CHECK(clinic.opening(forged + mac + ")", {}) == Ledgers::line(clinic.lines + 1, "store"));
  // What was entered and not carried out yet, and then changed.
  const std::string last = std::to_string(clinic.lines);
  const std::string undone = "DELETE FROM forgotten WHERE number=" + last;
  CHECK(clinic.opening({}, undone).empty());
  CHECK(clinic.opening("UPDATE key_erasures SET principal='doc2' WHERE number=" + last, undone) == Ledgers::line(clinic.lines, "store"));
  CHECK(clinic.opening("UPDATE key_erasures SET classes=16383 WHERE number=" + last, undone) == Ledgers::line(clinic.lines, "store"));
  // What is to be played is read again, and then believed no more than when it came.
  const std::string play = "UPDATE vault_marks SET play_from=1, play_to=" + last;
  CHECK(clinic.opening(play, {}).empty());
  CHECK(clinic.opening(play + "; UPDATE key_erasures SET object='h2' WHERE number=2", {}) == Ledgers::line(2, "store"));
  CHECK(clinic.opening(play + "; UPDATE key_erasures SET content=NULL WHERE number=3", {}) == Ledgers::line(3, "store"));
  CHECK(clinic.opening(play + "; UPDATE key_erasures SET principal='doc2' WHERE number=" + last, {}) == Ledgers::line(clinic.lines, "store"));
}

TEST_CASE("erasure ledger: what is put into a running engine's file is not carried out either") {
  const TempDir dir;
  Ledgers clinic(dir);
  const std::string next = std::to_string(clinic.lines + 1), last = std::to_string(clinic.lines);
  clinic.open();
  SUBCASE("a line more") {
    alter(clinic.path(), "INSERT INTO key_erasures (number, principal, classes, erased_at) VALUES (" + next + ", 'doc2', 16383, 1795409040000000)");
    const Answer refused = clinic("principal.view", "dpo", {{"subject", "doc2"}});
    CHECK(refused.line().find(Ledgers::line(clinic.lines + 1, "store")) != std::string::npos);
    CHECK_FALSE(clinic("principal.terminate", "doc3", {{"id", "doc3"}}).ok());
    alter(clinic.path(), "DELETE FROM key_erasures WHERE number=" + next);
    clinic.must("principal.view", "dpo", {{"subject", "doc2"}});
    ask_erasure(clinic, "doc3");
    CHECK(clinic.told().empty());
  }
  SUBCASE("the last line with another mac: no line follows it") {
    alter(clinic.path(), "UPDATE key_erasures SET mac=zeroblob(32) WHERE number=" + last);
    const Answer refused = clinic("principal.report_minor", "st", {{"id", "doc3"}});
    CHECK(refused.line().find("line " + last + " of the ledger of erasures is another one") != std::string::npos);
    CHECK(question(clinic.path(), "SELECT status FROM principals WHERE id='doc3'") == "active\n");
    CHECK(clinic.told() == std::vector<std::string>{"table altered: key_erasures", Ledgers::line(clinic.lines, "store"), Ledgers::other(clinic.lines)});
  }
}

TEST_CASE("erasure ledger: what nothing is done by any more is told by the verification") {
  const std::string kAltered = "table of the key store altered: forgotten";
  const TempDir dir;
  Ledgers clinic(dir);
  SUBCASE("a line of the key store") {
    alter(clinic.keys(), "UPDATE forgotten SET object='h2' WHERE number=2");
    clinic.open();
    CHECK(clinic.told() == std::vector<std::string>{kAltered, Ledgers::line(2, "key store")});
  }
  SUBCASE("what a hold says of itself, there") {
    alter(clinic.keys(), "UPDATE forgotten SET content=NULL WHERE number=3");
    clinic.open();
    CHECK(clinic.told() == std::vector<std::string>{kAltered, Ledgers::line(3, "key store")});
  }
  SUBCASE("a line of the main store") {
    alter(clinic.path(), "UPDATE key_erasures SET object='h2' WHERE number=2");
    clinic.open();
    CHECK(clinic.told() == std::vector<std::string>{"table altered: key_erasures", Ledgers::line(2, "store")});
  }
  SUBCASE("lines of the key store that are gone come back, and its table is told") {
    alter(clinic.keys(), "DELETE FROM forgotten WHERE number > 2");
    clinic.open();
    CHECK(clinic.told() == std::vector<std::string>{kAltered});
    CHECK(question(clinic.path(), "SELECT * FROM key_erasures") == question(clinic.keys(), "SELECT * FROM forgotten"));
  }
  SUBCASE("lines of the main store that are gone come back, and its table is told") {
    alter(clinic.path(), "DELETE FROM key_erasures WHERE number > 2");
    clinic.open();
    CHECK(clinic.told() == std::vector<std::string>{"table altered: key_erasures"});
  }
  SUBCASE("the ends of both: the keys are gone, and nothing says why") {
    alter(clinic.path(), "DELETE FROM key_erasures WHERE number > 3");
    alter(clinic.keys(), "DELETE FROM forgotten WHERE number > 3");
    clinic.open();
    CHECK(clinic.told() == std::vector<std::string>{"table altered: key_erasures", kAltered, "a data key was destroyed without an erasure: account"});
  }
}

TEST_CASE("erasure ledger: one that forked is told") {
  const TempDir dir, backup;
  Clinic clinic(dir);
  populate(clinic);
  clinic.close();
  copy_all(clinic.path(), backup.file("db"));
  clinic.open();
  ask_erasure(clinic, "doc");
  clinic.close();
  const std::string newer = backup.file("newer");
  fs::copy_file(clinic.path() + ".keys", newer);
  copy_all(backup.file("db"), clinic.path());  // both stores: an older state whole
  clinic.open();
  ask_erasure(clinic, "doc3");
  bool longer = false;
  SUBCASE("equally far") {}
  SUBCASE("the main store further") {
    ask_erasure(clinic, "doc2");
    longer = true;
  }
  clinic.close();
  put_file(newer, clinic.path() + ".keys");
  const std::string last = question(newer, "SELECT max(number) FROM forgotten");
  const auto opened = clinic.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message.find("line " + last.substr(0, last.size() - 1) + " of the ledger of erasures is another one in the key store") == 0);
  CHECK(question(newer, "SELECT count(*) FROM data_keys WHERE principal IN ('doc2', 'doc3') AND wrapped IS NULL") == "0\n");
  if (!longer) return;
  fs::copy_file(backup.file("db"), clinic.path(), fs::copy_options::overwrite_existing);
  CHECK(clinic.try_open());  // the main store of before either
}

// As the release before left both stores: no macs, no sums, and no root.
void downgrade(const std::string& path) {
  question(path + ".keys", "UPDATE forgotten SET mac=NULL; DELETE FROM secrets WHERE name='table-sums-root'; UPDATE identity SET summed=NULL");
  question(path, "UPDATE key_erasures SET mac=NULL; UPDATE audit_head SET sums=NULL");
}

TEST_CASE("erasure ledger: lines of before get their macs, whenever what gives them is interrupted") {
  const TempDir dir;
  Ledgers clinic(dir);
  const std::string last = std::to_string(clinic.lines);
  enum { upgrade, upgrade_undone, older_keys } const kinds[] = {upgrade, upgrade_undone, older_keys};
  for (const auto kind : kinds) {
    const TempDir from;
    copy_all(clinic.path(), from.file("db"));
    if (kind == older_keys) {  // of before the upgrade, beside the main store of after it
      alter(from.file("db.keys"), "UPDATE forgotten SET mac=NULL; DELETE FROM secrets WHERE name='table-sums-root'; UPDATE identity SET summed=NULL");
    } else {
      downgrade(from.file("db"));
    }
    if (kind != upgrade) alter(from.file("db.keys"), "DELETE FROM forgotten WHERE number=" + last);
    for (const bool in_keys : {false, true})
      for (std::uint64_t n = 1;; ++n) {
        CAPTURE(int{kind});
        CAPTURE(in_keys);
        CAPTURE(n);
        const TempDir work, survivor;
        copy_all(from.file("db"), work.file("db"));
        const auto main_file = std::move(store::open_sqlite_store({.path = work.file("db")}).value());
        const auto key_file = std::move(store::open_sqlite_store({.path = work.file("db.keys")}).value());
        auto main = std::make_unique<FaultyStore>(*main_file);
        auto keys = std::make_unique<FaultyStore>(*key_file);
        bool crashed = false;
        (in_keys ? *keys : *main).arm(n, Fault::crash, [&] {
          copy_all(work.file("db"), survivor.file("db"));
          crashed = true;
        });
        EngineOptions options;
        options.store = std::move(main);
        options.key_store = std::move(keys);
        options.key_provider = connex::keys::make_file_key_provider({.path = work.file("db.key")});
        options.caller_clock = true;
        (void)Engine::open(std::move(options));
        const TempDir& left = crashed ? survivor : work;
        Clinic again(left);
        again.set_time("2026-11-24T10:00:00+05:30");
        const Answer verified = again.must("audit.verify", "dpo");
        const auto& violations = verified.result().at("violations").as_array();
        // Told for ever: no release before had what this log has.
        REQUIRE(violations.size() == 1);
        CHECK(violations.front().at("what").as_string().starts_with("the sums over the tables had been taken out"));
        ask_erasure(again, "doc3");
        again.close();
        CHECK(question(left.file("db"), "SELECT * FROM key_erasures") == question(left.file("db.keys"), "SELECT * FROM forgotten"));
        CHECK(question(left.file("db"), "SELECT count(*) FROM key_erasures WHERE mac IS NULL") == "0\n");
        if (!crashed) break;
      }
  }
}

TEST_CASE("erasure ledger: a main store of before the upgrade that is put back gets the macs of its lines, where they are the same") {
  const TempDir dir;
  Ledgers clinic(dir);
  // As an older release left it: the first lines, and nothing that vouches for them.
  const std::string before = "DELETE FROM key_erasures WHERE number > 3; UPDATE key_erasures SET mac=NULL; UPDATE audit_head SET sums=NULL";
  CHECK(clinic.opening(before + "; UPDATE key_erasures SET erased_at=erased_at + 1 WHERE number=2", {}) == Ledgers::other(2));
  CHECK(clinic.opening("UPDATE key_erasures SET mac=NULL; UPDATE audit_head SET sums=NULL; INSERT INTO key_erasures (number, principal, classes, erased_at) VALUES (" +
                           std::to_string(clinic.lines + 1) + ", 'doc2', 16383, 1795409040000000)",
                       {}) == Ledgers::line(clinic.lines + 1, "store"));
  alter(clinic.path(), before);
  clinic.open();
  CHECK(question(clinic.path(), "SELECT * FROM key_erasures") == question(clinic.keys(), "SELECT * FROM forgotten"));
  const std::vector<std::string> told = clinic.told();
  REQUIRE(told.size() == 1);
  CHECK(told.front().starts_with("the sums over the tables had been taken out"));
}

TEST_CASE("erasure ledger: two processes enter lines in turn, and open what was upgraded or put back at once") {
  const TempDir dir;
  Ledgers clinic(dir);
  Clinic other(dir);
  clinic.open();
  ask_erasure(clinic, "doc3");
  other.must("principal.report_minor", "st", {{"id", "doc2"}});
  clinic.must("principal.clear_minor_report", "dpo", {{"id", "doc2"}, {"evidence", "p"}});
  other.must("hold.release", "st", {{"id", "h1"}, {"reason", "over"}});
  ask_erasure(clinic, "doc2");
  CHECK(clinic.told().empty());
  clinic.close();
  other.close();
  CHECK(question(clinic.path(), "SELECT * FROM key_erasures") == question(clinic.keys(), "SELECT * FROM forgotten"));
  for (const bool upgraded : {true, false}) {
    if (upgraded) {
      downgrade(clinic.path());
    } else {
      put_file(clinic.old, clinic.path());
    }
    std::vector<std::thread> processes;
    std::vector<std::string> failures(4);
    for (std::string& failure : failures)
      processes.emplace_back([&clinic, &failure] {
        const auto opened = clinic.try_open();
        if (!opened) failure = opened.error().message;
      });
    for (std::thread& process : processes) process.join();
    for (const std::string& failure : failures) CHECK(failure == "");
    CHECK(question(clinic.path(), "SELECT * FROM key_erasures") == question(clinic.keys(), "SELECT * FROM forgotten"));
    clinic.open();
    CHECK(clinic.told() == std::vector<std::string>{
                               "the sums over the tables had been taken out: nothing vouches for rows of before"});
    clinic.close();
  }
}

}  // namespace
