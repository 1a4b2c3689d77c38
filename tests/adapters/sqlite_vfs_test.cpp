// The gathering of a write-ahead log's frames: whatever SQLite does, whoever opens the files through SQLite's own VFS
// finds every commit and nothing else, and the log is written in few pieces.
#include "adapters/sqlite_vfs.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "support/temp_dir.hpp"

namespace connex::store::testing {
namespace {

using connex::testing::TempDir;

struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

std::string run(const Database& database, const std::string& sql) {
  std::string last;
  const auto keep = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) = values[0] == nullptr ? "" : values[0];
    return 0;
  };
  const int status = sqlite3_exec(database.get(), sql.c_str(), keep, &last, nullptr);
  INFO(sql);
  INFO(sqlite3_errmsg(database.get()));
  REQUIRE(status == SQLITE_OK);
  return last;
}

Database open(const std::string& path, const char* vfs) {
  sqlite3* opened = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs) == SQLITE_OK);
  return Database(opened);
}

Database open_gathering(const std::string& path, int page_size, const std::string& synchronous) {
  Database database = open(path, gathering_vfs());
  run(database, "PRAGMA page_size=" + std::to_string(page_size));
  run(database, "PRAGMA journal_mode=WAL");
  run(database, "PRAGMA synchronous=" + synchronous);
  return database;
}

constexpr const char* kContent = "SELECT group_concat(id || ':' || length(body) || ':' || hex(substr(body, 1, 8)), ' ') "
                                 "FROM (SELECT * FROM t ORDER BY id)";

// What a crash at this moment leaves.
std::string after_crash(const std::string& path) {
  const TempDir dir;
  for (const std::string end : {"", "-wal"}) std::filesystem::copy_file(path + end, dir.file("db") + end);
  const Database survivor = open(dir.file("db"), nullptr);
  CHECK(run(survivor, "PRAGMA integrity_check") == "ok");
  return run(survivor, kContent);
}

// How often this process has called the system to write; -1 where it does not tell.
long write_calls() {
  std::ifstream io("/proc/self/io");
  for (std::string name; io >> name;) {
    long value = 0;
    io >> value;
    if (name == "syscw:") return value;
  }
  return -1;
}

TEST_CASE("another connection sees each commit when it has returned, and nothing before") {
  for (const int page_size : {512, 4096, 65'536})
    for (const std::string synchronous : {"OFF", "NORMAL", "FULL", "EXTRA"}) {
      CAPTURE(page_size);
      CAPTURE(synchronous);
      const TempDir dir;
      const std::string path = dir.file("db");
      const Database writer = open_gathering(path, page_size, synchronous);
      run(writer, "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
      run(writer, "PRAGMA cache_size=8");  // pages leave the cache, and come back, in the midst of a transaction
      run(writer, "PRAGMA wal_autocheckpoint=50");
      const Database reader = open(path, nullptr);
      std::mt19937 random(7);
      std::string committed = run(reader, kContent);
      for (int round = 0; round < 40; ++round) {
        CAPTURE(round);
        run(writer, "BEGIN IMMEDIATE");
        for (int n = 0; n < 30; ++n) {
          const bool nested = random() % 4 == 0;
          if (nested) run(writer, "SAVEPOINT s");
          run(writer, "INSERT OR REPLACE INTO t VALUES (" + std::to_string(random() % 200) + ", randomblob(" +
                          std::to_string(random() % 3000) + "))");
          if (nested) run(writer, random() % 2 == 0 ? "ROLLBACK TO s; RELEASE s" : "RELEASE s");
        }
        REQUIRE(run(reader, kContent) == committed);
        REQUIRE(after_crash(path) == committed);
        const bool keeps = random() % 3 != 0;
        const std::string own = run(writer, kContent);
        run(writer, keeps ? "COMMIT" : "ROLLBACK");
        if (keeps) committed = own;
        REQUIRE(run(reader, kContent) == committed);
        REQUIRE(after_crash(path) == committed);
      }
      CHECK(run(writer, "PRAGMA integrity_check") == "ok");
      CHECK(run(writer, "PRAGMA wal_checkpoint(TRUNCATE)") == "0");
      CHECK(std::filesystem::file_size(path + "-wal") == 0);
      CHECK(after_crash(path) == committed);
    }
}

TEST_CASE("a commit of many pages is written in few pieces") {
  if (write_calls() < 0) {
    MESSAGE("skipped: this system does not count calls");
    return;
  }
  const TempDir dir;
  const auto calls = [&](const std::string& name, const char* vfs) {
    const Database writer = open(dir.file(name), vfs);
    run(writer, "PRAGMA journal_mode=WAL");
    run(writer, "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
    run(writer, "INSERT INTO t VALUES (0, 'x')");
    const long before = write_calls();
    run(writer, "INSERT INTO t VALUES (1, randomblob(80000))");  // twenty pages and more
    return write_calls() - before;
  };
  CHECK(calls("own", nullptr) >= 40);
  CHECK(calls("gathering", gathering_vfs()) <= 4);
}

}  // namespace
}  // namespace connex::store::testing
