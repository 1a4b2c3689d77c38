#include "adapters/sqlite_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace connex::store {
namespace {

// Of SQLite's file format: a frame is a header and a page; the header of a commit's last frame holds the size of the
// database, that of any other zero.
constexpr int kHeader = 24, kSizeAt = 4, kSizeEnd = 8;
constexpr int kSmallestPage = 512, kLargestPage = 65'536;

constexpr int kCapacity = 0x1'FFFF;  // more than that SQLite's own VFS does not write at once

// A write-ahead log. Frames that no commit has published are read by nobody but the connection that wrote them, and
// are worth nothing after a crash: they may wait.
// INVARIANT: nothing waits once the header of a commit's last frame is written, which SQLite does before it publishes
// the commit, or once the connection looks at the file.
class Log {
 public:
  explicit Log(const sqlite3_io_methods& methods) noexcept { base_.pMethods = &methods; }

  sqlite3_file* file() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static Log& of(sqlite3_file* file) noexcept { return *reinterpret_cast<Log*>(file); }

  int write(const void* data, int size, sqlite3_int64 at) noexcept {
    const bool follows = at == start_ + waiting_;
    if (std::exchange(page_is_next_, false) && follows && size >= kSmallestPage && size <= kLargestPage)
      return keep(data, size);
    if (size != kHeader || !has_buffer()) return write_through(data, size, at);
    if (!follows || waiting_ + kHeader + kLargestPage > kCapacity)
      if (const int status = flush(); status != SQLITE_OK) return status;
    if (waiting_ == 0) start_ = at;
    keep(data, size);
    const auto* header = static_cast<const unsigned char*>(data);
    page_is_next_ = std::all_of(header + kSizeAt, header + kSizeEnd, [](unsigned char byte) { return byte == 0; });
    return page_is_next_ ? SQLITE_OK : flush();
  }

  // What cannot be written is lost, as the caller is told.
  int flush() noexcept {
    page_is_next_ = false;
    const int size = std::exchange(waiting_, 0);
    return size == 0 ? SQLITE_OK : file()->pMethods->xWrite(file(), buffer_, size, start_);
  }

  int close() noexcept {
    std::free(buffer_);
    return file()->pMethods->xClose(file());
  }

 private:
  bool has_buffer() noexcept {
    if (buffer_ == nullptr) buffer_ = static_cast<char*>(std::malloc(kCapacity));
    return buffer_ != nullptr;
  }
  int keep(const void* data, int size) noexcept {
    std::memcpy(buffer_ + waiting_, data, static_cast<std::size_t>(size));
    waiting_ += size;
    return SQLITE_OK;
  }
  int write_through(const void* data, int size, sqlite3_int64 at) noexcept {
    if (const int status = flush(); status != SQLITE_OK) return status;
    return file()->pMethods->xWrite(file(), data, size, at);
  }

  sqlite3_file base_{};  // first, where SQLite looks for the methods
  char* buffer_ = nullptr;
  sqlite3_int64 start_ = 0;  // where in the file the buffer belongs
  int waiting_ = 0;          // bytes
  bool page_is_next_ = false;
};
static_assert(sizeof(Log) % alignof(sqlite3_int64) == 0);  // the file beneath lies behind it

// What needs to see the file as it is to be.
template <auto Method, class... Arguments>
int flushed(sqlite3_file* file, Arguments... arguments) noexcept {
  Log& log = Log::of(file);
  if (const int status = log.flush(); status != SQLITE_OK) return status;
  return (log.file()->pMethods->*Method)(log.file(), arguments...);
}
template <auto Method, class... Arguments>
int passed_on(sqlite3_file* file, Arguments... arguments) noexcept {
  sqlite3_file* const beneath = Log::of(file).file();
  return (beneath->pMethods->*Method)(beneath, arguments...);
}

constexpr sqlite3_io_methods kLogMethods{
    .iVersion = 1,  // a log is neither mapped nor has shared memory of its own
    .xClose = [](sqlite3_file* file) noexcept { return Log::of(file).close(); },
    .xRead = &flushed<&sqlite3_io_methods::xRead>,
    .xWrite = [](sqlite3_file* file, const void* data, int size,
                 sqlite3_int64 at) noexcept { return Log::of(file).write(data, size, at); },
    .xTruncate = &flushed<&sqlite3_io_methods::xTruncate>,
    .xSync = &flushed<&sqlite3_io_methods::xSync>,
    .xFileSize = &flushed<&sqlite3_io_methods::xFileSize>,
    .xLock = &passed_on<&sqlite3_io_methods::xLock>,
    .xUnlock = &passed_on<&sqlite3_io_methods::xUnlock>,
    .xCheckReservedLock = &passed_on<&sqlite3_io_methods::xCheckReservedLock>,
    .xFileControl = &flushed<&sqlite3_io_methods::xFileControl>,
    .xSectorSize = &passed_on<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = &passed_on<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

// Static, so that connections that outlive everything else still find it.
sqlite3_vfs gathering{}, *beneath = nullptr;

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* opened) noexcept {
  if ((flags & SQLITE_OPEN_WAL) == 0) return beneath->xOpen(beneath, name, file, flags, opened);
  Log* const log = new (file) Log(kLogMethods);
  const int status = beneath->xOpen(beneath, name, log->file(), flags, opened);
  if (status == SQLITE_OK) return status;
  if (log->file()->pMethods != nullptr) log->close();
  file->pMethods = nullptr;  // nothing to be closed
  return status;
}

template <auto Method, class... Arguments>
auto beneath_it(sqlite3_vfs*, Arguments... arguments) noexcept {
  return (beneath->*Method)(beneath, arguments...);
}

// Registered for as long as this library is loaded.
class Registration {
 public:
  Registration() noexcept {
    beneath = sqlite3_vfs_find(nullptr);
    if (beneath == nullptr) return;
    gathering.iVersion = std::min(beneath->iVersion, 2);
    gathering.szOsFile = static_cast<int>(sizeof(Log)) + beneath->szOsFile;
    gathering.mxPathname = beneath->mxPathname;
    gathering.zName = "connex-gathering";
    gathering.xOpen = &open;
    gathering.xDelete = &beneath_it<&sqlite3_vfs::xDelete>;
    gathering.xAccess = &beneath_it<&sqlite3_vfs::xAccess>;
    gathering.xFullPathname = &beneath_it<&sqlite3_vfs::xFullPathname>;
    gathering.xDlOpen = &beneath_it<&sqlite3_vfs::xDlOpen>;
    gathering.xDlError = &beneath_it<&sqlite3_vfs::xDlError>;
    gathering.xDlSym = [](sqlite3_vfs*, void* library, const char* symbol) noexcept {
      return beneath->xDlSym(beneath, library, symbol);
    };
    gathering.xDlClose = &beneath_it<&sqlite3_vfs::xDlClose>;
    gathering.xRandomness = &beneath_it<&sqlite3_vfs::xRandomness>;
    gathering.xSleep = &beneath_it<&sqlite3_vfs::xSleep>;
    gathering.xCurrentTime = &beneath_it<&sqlite3_vfs::xCurrentTime>;
    gathering.xGetLastError = &beneath_it<&sqlite3_vfs::xGetLastError>;
    if (gathering.iVersion >= 2) gathering.xCurrentTimeInt64 = &beneath_it<&sqlite3_vfs::xCurrentTimeInt64>;
    registered_ = sqlite3_vfs_register(&gathering, 0) == SQLITE_OK;
  }
  ~Registration() {
    if (registered_) sqlite3_vfs_unregister(&gathering);
  }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  bool registered() const noexcept { return registered_; }

 private:
  bool registered_ = false;
};

}  // namespace

const char* gathering_vfs() noexcept {
  static const Registration registration;
  return registration.registered() ? gathering.zName : nullptr;
}

}  // namespace connex::store
