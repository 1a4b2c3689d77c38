// SQL on a store's file, behind the engine's back.
#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>

namespace connex::testing {

// What it answers: rows as lines, columns between bars, null as "-".
inline std::string question(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  std::string answer;
  const auto add = [](void* out, int columns, char** values, char**) {
    for (int i = 0; i < columns; ++i)
      static_cast<std::string*>(out)->append(i > 0 ? "|" : "").append(values[i] != nullptr ? values[i] : "-");
    static_cast<std::string*>(out)->append("\n");
    return 0;
  };
  char* error = nullptr;
  REQUIRE_MESSAGE(sqlite3_exec(database, sql.c_str(), add, &answer, &error) == SQLITE_OK, error);
  sqlite3_close(database);
  return answer;
}

// A change, which must change something.
inline void alter(const std::string& path, const std::string& sql) {
  CHECK(question(path, sql + "; SELECT changes() > 0").ends_with("1\n"));
}

}  // namespace connex::testing
