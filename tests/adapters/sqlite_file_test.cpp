// The SQLite store and its file: whose it is, what becomes of it, who else has it open.
#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>

#include "adapters/store_contract.hpp"
#include "connex/stores.hpp"
#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace connex::store::testing {
namespace {

using connex::testing::Child;
using connex::testing::TempDir;
using namespace std::chrono_literals;

SqliteOptions at(const std::string& path, std::uint32_t busy_timeout_ms = 5000) {
  SqliteOptions options;
  options.path = path;
  options.durability = Durability::normal;
  options.busy_timeout_ms = busy_timeout_ms;
  return options;
}

Result<std::unique_ptr<Store>> opened(const SqliteOptions& options, const Schema& schema = kSchema) {
  auto store = open_sqlite_store(options);
  if (!store) return store;
  if (Result<void> prepared = store.value()->prepare(schema); !prepared) return prepared.error();
  return store;
}

std::unique_ptr<Store> open_at(const std::string& path) {
  auto store = opened(at(path));
  if (!store) FAIL(store.error().message);
  return std::move(store).value();
}

// The error of opening, which names the file.
ErrorCode refusal(const SqliteOptions& options, const Schema& schema = kSchema) {
  const auto store = opened(options, schema);
  REQUIRE_FALSE(store);
  CAPTURE(store.error().message);
  CHECK(store.error().message.find('`' + options.path + '`') != std::string::npos);
  return store.error().code;
}

// Runs SQL behind the store's back; the first column of the last row.
std::string raw(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  sqlite3_busy_timeout(database, 5000);
  std::string last;
  const auto keep = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) = values[0] == nullptr ? "" : values[0];
    return 0;
  };
  const int status = sqlite3_exec(database, sql.c_str(), keep, &last, nullptr);
  INFO(sqlite3_errmsg(database));
  REQUIRE(status == SQLITE_OK);
  sqlite3_close(database);
  return last;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("a new file is marked as ours and private to its owner") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  SUBCASE("missing") {}
  SUBCASE("empty") { write_file(path, ""); }
  const auto store = open_at(path);
  CHECK(raw(path, "PRAGMA application_id") == std::to_string(0x434E4E58));
  CHECK(raw(path, "PRAGMA user_version") == "1");
  CHECK(raw(path, "PRAGMA journal_mode") == "wal");
  for (const std::string& file : {path, path + "-wal", path + "-shm"}) {
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
  }
  CHECK(open_sqlite_store(at(path)));
}

TEST_CASE("another program's file is left alone") {
  const TempDir dir;
  const std::string path = dir.file("other.db");
  SUBCASE("with tables") { raw(path, "CREATE TABLE t (a)"); }
  SUBCASE("with a mark of its own") { raw(path, "PRAGMA application_id = 7; CREATE TABLE t (a)"); }
  SUBCASE("with a version") { raw(path, "PRAGMA user_version = 1"); }
  const std::string before = bytes_of(path);
  CHECK(refusal(at(path)) == ErrorCode::unsupported);
  CHECK(bytes_of(path) == before);
  CHECK_FALSE(std::filesystem::exists(path + "-wal"));
}

TEST_CASE("a file that is no database is corrupt") {
  const TempDir dir;
  const std::string path = dir.file("garbage.db");
  SUBCASE("text") { write_file(path, "this is no database\n"); }
  SUBCASE("noise") { write_file(path, std::string(20'000, '\x5A')); }
  SUBCASE("noise behind a good first line") {
    write_file(path, std::string("SQLite format 3\0", 16) + std::string(20'000, '\x5A'));
  }
  const std::string before = bytes_of(path);
  CHECK(refusal(at(path)) == ErrorCode::corrupt);
  CHECK(bytes_of(path) == before);
}

TEST_CASE("a truncated file is corrupt, wherever it was cut") {
  const TempDir dir;
  const std::string whole = dir.file("whole.db"), path = dir.file("cut.db"), body(500, 'b');
  {
    const auto store = open_at(whole);
    for (int i = 0; i < 50; ++i) {
      const Cell row[] = {i, "subject", Cell::blob(body)};
      put(*store, event::kTable, row);
    }
  }
  const std::string bytes = bytes_of(whole);
  REQUIRE(bytes.size() > 10 * 4096);
  for (std::size_t size = 1; size < bytes.size(); size += size < 200 ? 1 : 1365) {
    CAPTURE(size);
    write_file(path, bytes.substr(0, size));
    CHECK(refusal(at(path)) == ErrorCode::corrupt);
  }
}

TEST_CASE("tables other than declared are corrupt") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  open_at(path);
  SUBCASE("table gone") { raw(path, "DROP TABLE pairs"); }
  SUBCASE("index gone") { raw(path, "DROP INDEX items_by_email"); }
  SUBCASE("index no longer unique") {
    raw(path, "DROP INDEX places_by_point; CREATE INDEX \"places_by_point\" ON \"places\" (\"x\", \"y\")");
  }
  SUBCASE("unique index beside another gone") { raw(path, "DROP INDEX \"items_by_email.unique\""); }
  SUBCASE("column gone") { raw(path, "ALTER TABLE links RENAME note TO other"); }
  SUBCASE("a view in a table's place") {
    raw(path, "DROP TABLE pairs; CREATE VIEW pairs AS SELECT 'a' AS first, 1 AS second");
  }
  SUBCASE("table no longer strict") {
    raw(path,
        "DROP TABLE pairs; CREATE TABLE pairs (first TEXT NOT NULL, second INTEGER NOT NULL, "
        "PRIMARY KEY (first, second)) WITHOUT ROWID");
  }
  CHECK(refusal(at(path)) == ErrorCode::corrupt);
}

TEST_CASE("what is read is checked") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto store = open_at(path);
  raw(path, "INSERT INTO pairs VALUES (CAST(x'FF' AS TEXT), 1), (CAST(x'6100' AS TEXT), 2)");
  std::vector<Row> rows;
  const auto scanned = store->begin_read().value()->scan(pair::kTable, {}, rows);
  REQUIRE_FALSE(scanned);
  CHECK(scanned.error().code == ErrorCode::corrupt);
  CHECK(rows.empty());
}

TEST_CASE("triggers planted in the file do not run") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto store = open_at(path);
  raw(path, "CREATE TRIGGER t AFTER INSERT ON pairs BEGIN DELETE FROM pairs; END");
  const Cell row[] = {"a", 1};
  put(*store, pair::kTable, row);
  CHECK(all_rows(*store, pair::kTable).size() == 1);
}

TEST_CASE("paths that name no usable file") {
  const TempDir dir;
  write_file(dir.file("file"), "x");
  CHECK(refusal(at(dir.file("file") + "/a.db")) == ErrorCode::storage);
  CHECK(refusal(at("/proc/connex.db")) == ErrorCode::storage);  // where not even root may write
  CHECK(refusal(at(dir.file("missing/a.db"))) == ErrorCode::storage);
  CHECK(refusal(at(dir.file(""))) == ErrorCode::storage);  // a directory
  CHECK(refusal(at("file:" + dir.file("uri.db"))) == ErrorCode::storage);
  for (const std::string& path : {std::string(), std::string(":memory:"), std::string("a\0b", 3)}) {
    const auto store = open_sqlite_store(at(path));
    REQUIRE_FALSE(store);
    CHECK(store.error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a directory that cannot be written") {
  if (geteuid() == 0) {
    MESSAGE("skipped: root may write everywhere");
    return;
  }
  const TempDir dir;
  const std::string inner = dir.file("inner");
  std::filesystem::create_directory(inner);
  std::filesystem::permissions(inner, std::filesystem::perms(0500));
  CHECK(refusal(at(inner + "/a.db")) == ErrorCode::storage);
}

TEST_CASE("a store opened for reading reads and no more") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  SqliteOptions options = at(path);
  options.read_only = true;
  CHECK(refusal(options) == ErrorCode::storage);  // missing, and not created
  CHECK_FALSE(std::filesystem::exists(path));
  {
    const auto writer = open_at(path);
    const Cell row[] = {"a", 1};
    put(*writer, pair::kTable, row);
  }
  const auto store = opened(options).value();
  CHECK(all_rows(*store, pair::kTable).size() == 1);
  CHECK(store->begin_write().error().code == ErrorCode::unsupported);
  CHECK(store->purge_erased(Purge::all).error().code == ErrorCode::unsupported);
  const Schema newer{2, kTables};
  CHECK(refusal(options, newer) == ErrorCode::unsupported);
}

// The second version of a schema adds a column, an index and a table.
constexpr Column kThingV1[] = {{"id"}, {"size", CellType::integer}};
constexpr Table kThings1{"things", kThingV1, 1, {}};
constexpr Column kThingV2[] = {{"id"}, {"note", CellType::text, true, 2}, {"size", CellType::integer}};
constexpr std::uint8_t kBySize[] = {2}, kByNote[] = {1};
constexpr Index kThingIndexes[] = {{"things_by_size", kBySize, false, 2},
                                   {"things_by_note", kByNote, true, 2}};
constexpr Table kThings2{"things", kThingV2, 1, kThingIndexes};
constexpr Table kExtras{"extras", kThingV1, 1, {}, 2};
constexpr const Table* kTables1[] = {&kThings1};
constexpr const Table* kTables2[] = {&kThings2, &kExtras};
constexpr Schema kVersion1{1, kTables1}, kVersion2{2, kTables2};

TEST_CASE("an older file is brought up to the schema") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto older = opened(at(path), kVersion1).value();
  const Cell first[] = {"a", 5}, second[] = {"b", 3};
  put(*older, kThings1, first);
  put(*older, kThings1, second);
  {
    const auto store = opened(at(path), kVersion2).value();
    std::vector<Row> rows;
    Range range;
    range.index = &kThingIndexes[0];
    range.limit = 10;
    REQUIRE(store->begin_read().value()->scan(kThings2, range, rows));
    REQUIRE(rows.size() == 2);
    const Cell smallest[] = {"b", {}, 3}, third[] = {"c", "note", 4}, extra[] = {"e", 1};
    CHECK(same(rows[0], smallest));
    put(*store, kThings2, third);
    put(*store, kExtras, extra);
    const Cell clash[] = {"d", "note", 4};
    CHECK(store->begin_write().value()->insert(kThings2, clash).error().code == ErrorCode::conflict);
  }
  const Cell late[] = {"z", 9};
  put(*older, kThings1, late);  // who had it open goes on
  CHECK(all_rows(*older, kThings1).size() == 4);
  CHECK(refusal(at(path), kVersion1) == ErrorCode::unsupported);
  CHECK(all_rows(*opened(at(path), kVersion2).value(), kThings2).size() == 4);
  CHECK(raw(path, "PRAGMA user_version") == "2");
}

TEST_CASE("an upgrade that fails changes nothing") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  opened(at(path), kVersion1).value();
  raw(path, "CREATE TABLE extras (a)");  // in the way of what comes last
  CHECK_FALSE(opened(at(path), kVersion2));
  CHECK(raw(path, "PRAGMA user_version") == "1");
  CHECK(raw(path, "SELECT count(*) FROM pragma_table_info('things')") == "2");
}

TEST_CASE("many open the same new file at once") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  for (int round = 0; round < 5; ++round) {
    const std::string file = path + std::to_string(round);
    std::atomic<int> good = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { good += opened(at(file)).has_value(); });
    for (std::thread& thread : threads) thread.join();
    CHECK(good == 4);
  }
}

TEST_CASE("what was erased and purged is in no file") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto store = open_at(path);
  std::mt19937 random(7);
  const auto secret = [](int i) { return "SECRET" + std::to_string(100'000 + i); };
  const auto present = [&](int i) {
    const std::string needle = secret(i);
    for (const auto& file : {path, path + "-wal", path + "-shm", path + "-journal"})
      if (bytes_of(file).find(needle) != std::string::npos) return true;
    return false;
  };
  constexpr int kRows = 600;
  std::vector<int> order(kRows);
  for (int i = 0; i < kRows; ++i) order[static_cast<std::size_t>(i)] = i;
  std::shuffle(order.begin(), order.end(), random);
  for (int begin = 0; begin < kRows; begin += 50) {
    auto writer = store->begin_write().value();
    for (int at = begin; at < begin + 50; ++at) {
      const int i = order[static_cast<std::size_t>(at)];
      const std::string id = secret(i) + "-id", mail = secret(i) + "-mail";
      const std::string body(20 + random() % (i % 50 == 0 ? 9000 : 700), 'b');
      const std::string blob = secret(i) + body;
      const Cell row[] = {id, "k", i, mail, i % 7, Cell::blob(blob)};
      REQUIRE(writer->insert(item::kTable, row));
    }
    REQUIRE(writer->commit());
  }
  REQUIRE(present(3));
  std::shuffle(order.begin(), order.end(), random);
  const auto kept = [](int i) { return i % 3 == 0; };
  for (int begin = 0; begin < kRows; begin += 40) {
    auto writer = store->begin_write().value();
    for (int at = begin; at < begin + 40; ++at) {
      const int i = order[static_cast<std::size_t>(at)];
      const std::string id = secret(i) + "-id";
      const Cell key[] = {id};
      if (!kept(i)) CHECK(writer->erase(item::kTable, key).value());
    }
    REQUIRE(writer->commit());
  }
  REQUIRE(store->purge_erased(Purge::logs));
  CHECK(bytes_of(path + "-wal").empty());
  REQUIRE(store->purge_erased(Purge::all));
  int left = 0;
  for (int i = 0; i < kRows; ++i) {
    if (kept(i))
      CHECK(present(i));
    else
      left += present(i);
  }
  CHECK(left == 0);
}

TEST_CASE("a reader stands in the way of a purge, for a while") {
  const TempDir dir;
  const auto store = opened(at(dir.file("a.db"), 50)).value();
  const Cell row[] = {"a", 1}, other[] = {"b", 1};
  put(*store, pair::kTable, row);
  auto reader = store->begin_read().value();
  put(*store, pair::kTable, other);
  const auto purged = store->purge_erased(Purge::logs);
  REQUIRE_FALSE(purged);
  CHECK(purged.error().code == ErrorCode::busy);
  reader.reset();
  CHECK(store->purge_erased(Purge::logs));
}

TEST_CASE("a second writer waits, and no longer than it was told") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const auto store = open_at(path);
  const auto waited = [](Store& from) {
    const auto begin = std::chrono::steady_clock::now();
    const auto refused = from.begin_write();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::busy);
    return std::chrono::steady_clock::now() - begin;
  };
  const auto impatient = opened(at(path, 60)).value();
  auto writer = store->begin_write().value();
  CHECK(waited(*impatient) >= 60ms);  // as another process
  std::thread late([&] {
    std::this_thread::sleep_for(100ms);
    writer.reset();
  });
  CHECK(opened(at(path)).value()->begin_write());
  late.join();
  writer = impatient->begin_write().value();
  CHECK(waited(*impatient) >= 60ms);  // within the process
}

// Adds one to a counter, `times` times; the number of failures.
int count_up(const std::string& path, int times) {
  const auto store = opened(at(path, 30'000));
  if (!store) return 90;
  int failures = 0;
  for (int i = 0; i < times; ++i) {
    auto writer = (*store)->begin_write();
    const Cell key[] = {1};
    Row row;
    if (!writer || !writer.value()->get(event::kTable, key, row)) {
      ++failures;
      continue;
    }
    const std::string next = std::to_string(std::stoi(std::string(row.bytes(event::subject))) + 1);
    const Cell changed[] = {1, next, Cell::blob("")};
    if (!writer.value()->update(event::kTable, changed) || !writer.value()->commit()) ++failures;
  }
  return failures;
}

TEST_CASE("several processes and threads write one file") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  const Cell zero[] = {1, "0", Cell::blob("")};
  put(*open_at(path), event::kTable, zero);
  constexpr int kTimes = 150;
  Child first([&] { return count_up(path, kTimes); }), second([&] { return count_up(path, kTimes); });
  int mine = -1;
  std::thread thread([&] { mine = count_up(path, kTimes); });
  CHECK(count_up(path, kTimes) == 0);
  thread.join();
  CHECK(mine == 0);
  CHECK(first.wait() == 0);
  CHECK(second.wait() == 0);
  CHECK(all_rows(*open_at(path), event::kTable)[0].bytes(event::subject) == std::to_string(4 * kTimes));
}

// Each transaction adds the next event, its item and, in the same breath, erases the pair of the one before.
int add_for_ever(const std::string& path) {
  const auto store = opened(at(path, 30'000));
  if (!store) return 90;
  for (auto next = static_cast<std::int64_t>(all_rows(**store, event::kTable).size());; ++next) {
    auto writer = (*store)->begin_write();
    const std::string id = std::to_string(next), body(static_cast<std::size_t>(next % 3000), 'x');
    const Cell event[] = {next, id, Cell::blob(body)}, item[] = {id, "k", next, {}, 0, {}};
    const Cell pair[] = {"last", next}, before[] = {"last", next - 1};
    if (!writer || !writer.value()->insert(event::kTable, event) ||
        !writer.value()->insert(item::kTable, item) || !writer.value()->insert(pair::kTable, pair) ||
        !writer.value()->erase(pair::kTable, before) || !writer.value()->commit())
      return 91;
  }
}

TEST_CASE("a process killed at any moment leaves whole transactions") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  std::random_device seed;
  std::mt19937 random(seed());
  std::size_t total = 0;
  for (int round = 0; round < 25; ++round) {
    Child child([&] { return add_for_ever(path); });
    std::this_thread::sleep_for(std::chrono::microseconds(1000 + random() % 40'000));
    CHECK(child.kill() == -SIGKILL);
    const auto store = open_at(path);
    const std::size_t events = all_rows(*store, event::kTable).size();
    CHECK(events >= total);
    CHECK(all_rows(*store, item::kTable).size() == events);
    const auto pairs = all_rows(*store, pair::kTable);
    REQUIRE(pairs.size() == (events == 0 ? 0 : 1));
    if (events != 0) CHECK(pairs[0].integer(1) == static_cast<std::int64_t>(events) - 1);
    CHECK(raw(path, "PRAGMA integrity_check") == "ok");
    total = events;
  }
  CHECK(total > 0);
}

TEST_CASE("a full disk is an error of storage and loses nothing committed") {
  const TempDir dir;
  const std::string path = dir.file("a.db");
  open_at(path);
  Child child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1'000'000, 1'000'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const auto store = opened(at(path));
    if (!store) return 90;
    for (int i = 0; i < 1000; ++i) {
      auto writer = (*store)->begin_write();
      if (!writer) return writer.error().code == ErrorCode::storage ? i : 91;
      const std::string body(200'000, 'x');
      const Cell row[] = {i, "s", Cell::blob(body)};
      Result<void> done = writer.value()->insert(event::kTable, row);
      if (done) done = writer.value()->commit();
      if (done) continue;
      if (done.error().code != ErrorCode::storage) return 92;
      if (all_rows(**store, event::kTable).size() != static_cast<std::size_t>(i)) return 93;
      return i;
    }
    return 94;
  });
  const int committed = child.wait();
  CHECK(committed > 0);
  CHECK(committed < 90);
  const auto store = open_at(path);
  CHECK(all_rows(*store, event::kTable).size() == static_cast<std::size_t>(committed));
  CHECK(raw(path, "PRAGMA integrity_check") == "ok");
  const Cell row[] = {1000, "s", Cell::blob("")};
  put(*store, event::kTable, row);  // there is room again
}

}  // namespace
}  // namespace connex::store::testing
