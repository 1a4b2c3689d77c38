// The stores that come with the engine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connex/ports/store.hpp"

namespace connex::store {

// Rows in memory, gone when the store is. For tests and for hosts that want decisions without a history.
std::unique_ptr<Store> make_memory_store();

enum class Durability : std::uint8_t {
  full,    // a commit survives power loss
  normal,  // a commit survives the process; power loss may roll back the last ones, never corrupt
};

struct SqliteOptions {
  std::string path;  // a file, created when missing, readable by its owner alone
  Durability durability = Durability::full;
  std::uint32_t busy_timeout_ms = 5'000;  // how long to wait for another process's write
  bool read_only = false;
};

// An SQLite database in WAL mode: one writer, readers beside it, of one process or several on one machine. A
// failure names the file, never its content. `unsupported`: the file is another program's; `corrupt`: it is
// no database. Not to be carried across fork(): open one in the child. The first one registers a VFS with SQLite, by
// the name of `connex-gathering`, above what is the default then; the default stays what it is.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options);

}  // namespace connex::store
