// The peer of the stores and of the commands: SQLite as a careful program would use it by hand, with prepared
// statements and the pragmas of the adapter.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "adapters/sqlite_sql.hpp"
#include "connex/stores.hpp"

namespace connex::benchmarks {

inline void must(bool well) {
  if (!well) throw std::runtime_error("the benchmark failed");
}

// One connection and its statements, which it finalizes. Text and blobs are bound, not copied.
class RawSqlite {
 public:
  // Of a file that is there.
  explicit RawSqlite(const std::string& path) {
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    must(sqlite3_open_v2(path.c_str(), &db_, kFlags, nullptr) == SQLITE_OK);
    run("PRAGMA secure_delete=ON");
    run("PRAGMA cell_size_check=ON");
    run("PRAGMA journal_size_limit=67108864");
    run("PRAGMA cache_size=-16384");
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
  }
  // Of a new file, with the tables and indexes of a schema.
  RawSqlite(const std::string& path, store::Durability durability, const store::Schema& schema)
      : RawSqlite(path) {
    run("PRAGMA journal_mode=WAL");
    run(durability == store::Durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    for (const std::string& sql : store::upgrade_sql(schema, 0)) run(sql);
  }
  ~RawSqlite() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(db_);
  }
  RawSqlite(const RawSqlite&) = delete;
  RawSqlite& operator=(const RawSqlite&) = delete;

  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* made = nullptr;
    must(sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) == SQLITE_OK);
    statements_.push_back(made);
    return made;
  }
  void run(const std::string& sql) {
    must(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  void begin() { once(begin_); }
  void commit() { once(commit_); }

  static void once(sqlite3_stmt* statement) {
    must(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
  }
  // Of a row, or of an array or span of cells.
  template <typename Cells>
  static void once(sqlite3_stmt* statement, const Cells& cells) {
    for (std::size_t i = 0; i < std::size(cells); ++i) {
      const store::Cell cell = cells[i];
      const int at = static_cast<int>(i) + 1, size = static_cast<int>(cell.bytes().size());
      if (cell.type() == store::CellType::integer)
        sqlite3_bind_int64(statement, at, cell.integer());
      else if (cell.type() == store::CellType::text)
        sqlite3_bind_text(statement, at, cell.bytes().data(), size, SQLITE_STATIC);
      else if (cell.type() == store::CellType::blob)
        sqlite3_bind_blob(statement, at, cell.bytes().data(), size, SQLITE_STATIC);
      else
        sqlite3_bind_null(statement, at);
    }
    once(statement);
  }

 private:
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
  sqlite3_stmt *begin_ = nullptr, *commit_ = nullptr;
};

}  // namespace connex::benchmarks
