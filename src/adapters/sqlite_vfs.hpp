// The way of the SQLite store to its files: SQLite's own, but that the frames of a write-ahead log are gathered until
// they must be in the file. SQLite writes them one by one, each in two pieces.
#pragma once

namespace connex::store {

// The name under which SQLite knows it, for sqlite3_open_v2(). Registered on the first call, above what was the
// default then; nullptr where it cannot be. Safe to call from several threads at once.
const char* gathering_vfs() noexcept;

}  // namespace connex::store
