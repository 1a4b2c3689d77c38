// An SQLite file. One connection writes, behind a gate; each reader has one of its own from a pool.
// Statements are prepared once per connection and form, and cells are bound where they lie.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>

#include "adapters/contract.hpp"
#include "adapters/sqlite_sql.hpp"
#include "adapters/sqlite_vfs.hpp"
#include "adapters/writer_gate.hpp"
#include "connex/stores.hpp"

namespace connex::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kApplicationId = 0x434E4E58;  // "CNNX"
constexpr std::size_t kPooledReaders = 8;

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// Ends a run of a statement, so that it holds no lock and the next run may begin.
class Run {
 public:
  explicit Run(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  ~Run() { sqlite3_reset(statement_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  int bind(int parameter, const Cell& cell) noexcept {
    const std::string_view bytes = cell.bytes();
    const char* data = bytes.empty() ? "" : bytes.data();  // a null pointer would bind null
    switch (cell.type()) {
      case CellType::null:
        return sqlite3_bind_null(statement_, parameter);
      case CellType::integer:
        return sqlite3_bind_int64(statement_, parameter, cell.integer());
      case CellType::text:
        return sqlite3_bind_text64(statement_, parameter, data, bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
      case CellType::blob:
        return sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
  }
  int bind(std::span<const Cell> cells) noexcept {
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (const int status = bind(static_cast<int>(i) + 1, cells[i]); status != SQLITE_OK) return status;
    return SQLITE_OK;
  }
  int step() noexcept { return sqlite3_step(statement_); }
  std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(statement_, column); }
  std::string_view text(int column) const noexcept {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

ErrorCode code_of(int status) noexcept {
  switch (status & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::busy;
    case SQLITE_ERROR:  // a table or column is gone: our statements are well formed
    case SQLITE_SCHEMA:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_CONSTRAINT:  // other than a key or unique index, which are told apart before
      return ErrorCode::corrupt;
    case SQLITE_TOOBIG:
      return ErrorCode::invalid_argument;
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_INTERNAL:
      return ErrorCode::internal;
    default:
      return ErrorCode::storage;
  }
}

// A file name for one line of text.
std::string printable(std::string_view path) {
  std::string shown(path);
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '`') c = '?';
  return '`' + shown + '`';
}

constexpr int stored_as(CellType type) noexcept {
  switch (type) {
    case CellType::null:
      return SQLITE_NULL;
    case CellType::integer:
      return SQLITE_INTEGER;
    case CellType::text:
      return SQLITE_TEXT;
    case CellType::blob:
      return SQLITE_BLOB;
  }
  return SQLITE_NULL;
}

struct TableStatements {
  Statement get, insert, update, erase;
  std::vector<std::pair<ScanShape, Statement>> scans;
};

class Connection {
 public:
  Connection(const SqliteOptions& options, std::string shown)
      : patience_(options.busy_timeout_ms), shown_(std::move(shown)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> open(const std::string& path, int flags) {
    sqlite3* opened = nullptr;
    const int status = sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, gathering_vfs());
    db_.reset(opened);
    if (status != SQLITE_OK) return error(status);
    sqlite3_extended_result_codes(db_.get(), 1);
    sqlite3_busy_handler(db_.get(), &Connection::on_busy, this);
    for (const auto& [option, value] :
         {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1}, std::pair{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
          std::pair{SQLITE_DBCONFIG_ENABLE_VIEW, 0}, std::pair{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
          std::pair{SQLITE_DBCONFIG_DQS_DML, 0}, std::pair{SQLITE_DBCONFIG_DQS_DDL, 0}})
      sqlite3_db_config(db_.get(), option, value, nullptr);
    return {};
  }

  // Its absolute path, wherever the process has gone since.
  std::string file() const { return sqlite3_db_filename(db_.get(), "main"); }

  Result<void> configure(Durability durability, bool writer) {
    for (const char* pragma :
         {durability == Durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
          "PRAGMA secure_delete=ON", "PRAGMA cell_size_check=ON", "PRAGMA trusted_schema=OFF",
          "PRAGMA temp_store=MEMORY", "PRAGMA journal_size_limit=67108864",
          writer ? "PRAGMA cache_size=-16384" : "PRAGMA cache_size=-4096"})
      if (Result<std::int64_t> done = run(pragma); !done) return done.error();
    return {};
  }

  void declare(const Schema& schema) {
    for (const Table* table : schema.tables) tables_.try_emplace(table);
  }

  // Runs SQL that yields at most one row, of one integer, and returns that; 0 without one.
  Result<std::int64_t> run(const std::string& sql) {
    Statement statement;
    if (Result<void> prepared = prepare(statement, sql); !prepared) return prepared.error();
    return run(statement.get());
  }
  Result<std::int64_t> run(sqlite3_stmt* statement) {
    Run run(statement);
    int status = run.step();
    const std::int64_t value = status == SQLITE_ROW ? run.integer(0) : 0;
    while (status == SQLITE_ROW) status = run.step();
    if (status != SQLITE_DONE) return error(status);
    return value;
  }

  // Moves the log into the file and empties it; 1 where somebody was in the way.
  Result<std::int64_t> checkpoint(bool waits) {
    const std::chrono::milliseconds patience = std::exchange(patience_, waits ? patience_ : std::chrono::milliseconds(0));
    Result<std::int64_t> blocked = run("PRAGMA wal_checkpoint(TRUNCATE)");
    patience_ = patience;
    return blocked;
  }

  // Whether SQLite finds its own trees, and their indexes, as it makes them.
  Result<bool> sound() {
    Statement statement;
    if (Result<void> prepared = prepare(statement, "PRAGMA integrity_check(1)"); !prepared) return prepared.error();
    Run run(statement.get());
    const int status = run.step();
    if (status == SQLITE_ROW) return run.text(0) == "ok";
    if (code_of(status) == ErrorCode::corrupt) return false;
    return error(status);
  }

  Result<void> prepare(Statement& statement, const std::string& sql) {
    if (statement) return {};
    sqlite3_stmt* made = nullptr;
    const int status = sqlite3_prepare_v3(db_.get(), sql.c_str(), static_cast<int>(sql.size()) + 1,
                                          SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (status != SQLITE_OK) return error(status);
    statement.reset(made);
    return {};
  }

  // A snapshot that begins here and not at the first read.
  Result<void> begin_read() {
    if (Result<void> done = run_kept(begin_, "BEGIN"); !done) return done;
    Result<void> pinned = run_kept(pin_, "SELECT 1 FROM sqlite_schema LIMIT 1");
    if (!pinned) rollback();
    return pinned;
  }
  Result<void> begin_write(Clock::time_point deadline) {
    return retry(deadline, [&] { return run_kept(begin_write_, "BEGIN IMMEDIATE"); });
  }
  Result<void> commit() {
    Result<void> done = run_kept(commit_, "COMMIT");
    if (!done) rollback();
    return done;
  }
  void rollback() noexcept {
    if (sqlite3_get_autocommit(db_.get()) != 0) return;
    if (!rollback_) {
      sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    } else {
      Run(rollback_.get()).step();
    }
  }
  Result<void> keep_rollback() { return prepare(rollback_, "ROLLBACK"); }

  // Some waits end in busy without a call of the busy handler: try again, within the same patience.
  template <class Action>
  auto retry(Clock::time_point deadline, Action&& action) -> decltype(action()) {
    for (int attempt = 0;; ++attempt) {
      auto result = action();
      if (result || result.error().code != ErrorCode::busy || Clock::now() >= deadline) return result;
      pause(attempt);
    }
  }

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) {
    TableStatements* statements = find(table);
    if (statements == nullptr) return unknown_table(table);
    if (Result<void> checked = check_key(table, key); !checked) return checked.error();
    if (!statements->get)
      if (Result<void> prepared = prepare(statements->get, get_sql(table)); !prepared)
        return prepared.error();
    row.clear();
    Run run(statements->get.get());
    if (const int status = run.bind(key); status != SQLITE_OK) return error(status);
    const int status = run.step();
    if (status == SQLITE_DONE) return false;
    if (status != SQLITE_ROW) return error(status);
    const std::span<Cell> cells = std::span(cells_).first(table.columns.size());
    if (!read(table, statements->get.get(), cells)) return misread(table);
    row.assign(RowView(cells));
    return true;
  }

  Result<void> visit(const Table& table, const Range& range, Visitor visitor) {
    TableStatements* statements = find(table);
    if (statements == nullptr) return unknown_table(table);
    if (Result<void> checked = check_range(table, range); !checked) return checked;
    Visit visit{table, *statements, visitor, std::vector<Cell>(table.columns.size()), range.limit};
    ScanPlan plan(table, range);
    for (ScanStep step; visit.left > 0 && plan.next(step);)
      if (Result<void> done = visit_step(visit, step); !done) return done;
    return {};
  }

  Result<void> insert(const Table& table, std::span<const Cell> row) {
    TableStatements* statements = find(table);
    if (statements == nullptr) return unknown_table(table);
    if (Result<void> checked = check_row(table, row); !checked) return checked;
    if (!statements->insert)
      if (Result<void> prepared = prepare(statements->insert, insert_sql(table)); !prepared) return prepared;
    const int status = write(statements->insert.get(), row);
    if (status != SQLITE_DONE) return write_error(table, status);
    return {};
  }

  Result<void> update(const Table& table, std::span<const Cell> row) {
    TableStatements* statements = find(table);
    if (statements == nullptr) return unknown_table(table);
    if (Result<void> checked = check_row(table, row); !checked) return checked;
    if (!statements->update)
      if (Result<void> prepared = prepare(statements->update, update_sql(table)); !prepared) return prepared;
    const int status = write(statements->update.get(), row);
    if (status != SQLITE_DONE) return write_error(table, status);
    if (sqlite3_changes(db_.get()) == 0) return no_such_row(table);
    return {};
  }

  Result<bool> erase(const Table& table, std::span<const Cell> key) {
    TableStatements* statements = find(table);
    if (statements == nullptr) return unknown_table(table);
    if (Result<void> checked = check_key(table, key); !checked) return checked.error();
    if (!statements->erase)
      if (Result<void> prepared = prepare(statements->erase, erase_sql(table)); !prepared)
        return prepared.error();
    const int status = write(statements->erase.get(), key);
    if (status != SQLITE_DONE) return write_error(table, status);
    return sqlite3_changes(db_.get()) != 0;
  }

  // Is the table in the file the one that was declared?
  Result<bool> holds(const Table& table) {
    Statement statement;
    if (Result<void> prepared =
            prepare(statement, "SELECT type = 'table' AND strict AND wr = ?2 FROM pragma_table_list(?1)");
        !prepared)
      return prepared.error();
    {
      const Cell values[] = {table.name, layout_of(table) == Layout::clustered ? 1 : 0};
      Run run(statement.get());
      run.bind(values);
      const int status = run.step();
      if (status == SQLITE_DONE || (status == SQLITE_ROW && run.integer(0) == 0)) return false;
      if (status != SQLITE_ROW) return error(status);
    }
    statement = nullptr;
    if (Result<void> prepared =
            prepare(statement, "SELECT type, \"notnull\", pk FROM pragma_table_info(?1) WHERE name = ?2");
        !prepared)
      return prepared.error();
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const Column& column = table.columns[i];
      const Cell values[] = {table.name, column.name};
      Run run(statement.get());
      run.bind(values);
      const int status = run.step();
      if (status == SQLITE_DONE) return false;
      if (status != SQLITE_ROW) return error(status);
      const std::int64_t key = i < table.key_size ? static_cast<std::int64_t>(i) + 1 : 0;
      if (run.text(0) != type_name(column.type) || (run.integer(1) == 0) != column.nullable ||
          run.integer(2) != key)
        return false;
    }
    statement = nullptr;
    if (Result<void> prepared =
            prepare(statement, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1");
        !prepared)
      return prepared.error();
    for (const Index& index : table.indexes)
      for (const auto& [name, sql] : create_index_sql(table, index)) {
        const Cell values[] = {name};
        Run run(statement.get());
        run.bind(values);
        const int status = run.step();
        if (status == SQLITE_DONE) return false;
        if (status != SQLITE_ROW) return error(status);
        if (run.text(0) != sql) return false;
      }
    return true;
  }

  Error error(int status) const { return error(code_of(status), sqlite3_errstr(status)); }
  Error error(ErrorCode code, std::string_view what) const {
    return {code, "sqlite store " + shown_ + ": " + std::string(what), {}};
  }

 private:
  TableStatements* find(const Table& table) noexcept {
    const auto at = tables_.find(&table);
    return at == tables_.end() ? nullptr : &at->second;
  }

  Result<void> run_kept(Statement& statement, const char* sql) {
    if (Result<void> prepared = prepare(statement, sql); !prepared) return prepared;
    if (Result<std::int64_t> done = run(statement.get()); !done) return done.error();
    return {};
  }

  static int write(sqlite3_stmt* statement, std::span<const Cell> cells) noexcept {
    Run run(statement);
    const int status = run.bind(cells);
    return status == SQLITE_OK ? run.step() : status;
  }

  Error write_error(const Table& table, int status) const {
    if (status == SQLITE_CONSTRAINT_PRIMARYKEY || status == SQLITE_CONSTRAINT_ROWID) return key_taken(table);
    if (status == SQLITE_CONSTRAINT_UNIQUE) return unique_taken(table);
    return error(status);
  }

  Error misread(const Table& table) const {
    return error(ErrorCode::corrupt, "a value in table `" + std::string(table.name) + "` is not of its type");
  }

  struct Visit {
    const Table& table;
    TableStatements& statements;
    Visitor visitor;
    std::vector<Cell> cells;  // of the row at hand
    std::int64_t left;        // how many rows may follow
  };

  Result<void> visit_step(Visit& visit, const ScanStep& step) {
    auto& scans = visit.statements.scans;
    // One that is busy belongs to a visit whose visitor has begun this one.
    auto at = std::find_if(scans.begin(), scans.end(), [&](const auto& kept) {
      return kept.first == step.shape && sqlite3_stmt_busy(kept.second.get()) == 0;
    });
    if (at == scans.end()) {
      Statement made;
      if (Result<void> prepared = prepare(made, scan_sql(visit.table, step.shape)); !prepared)
        return prepared;
      at = scans.emplace(at, step.shape, std::move(made));
    }
    sqlite3_stmt* const statement = at->second.get();
    Run run(statement);
    int status = run.bind(std::span(step.values).first(step.count));
    if (status == SQLITE_OK) status = run.bind(static_cast<int>(step.count) + 1, visit.left);
    if (status != SQLITE_OK) return error(status);
    while ((status = run.step()) == SQLITE_ROW) {
      if (!read(visit.table, statement, visit.cells)) return misread(visit.table);
      --visit.left;
      Result<bool> more = visit.visitor(RowView(visit.cells));
      if (!more) return std::move(more).error();
      if (!*more) {
        visit.left = 0;
        return {};
      }
    }
    if (status != SQLITE_DONE) return error(status);
    return {};
  }

  // Views of the row that a statement stands on, until it steps on; false when a value is none that could have
  // been written. The values of a column are not protected from other threads, and on a connection without a
  // mutex need not be.
  static bool read(const Table& table, sqlite3_stmt* statement, std::span<Cell> cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Column& column = table.columns[i];
      sqlite3_value* const value = sqlite3_column_value(statement, static_cast<int>(i));
      const int type = sqlite3_value_type(value);
      if (type == SQLITE_NULL ? !column.nullable : type != stored_as(column.type)) return false;
      if (type == SQLITE_NULL) {
        cells[i] = {};
      } else if (type == SQLITE_INTEGER) {
        cells[i] = sqlite3_value_int64(value);
      } else {
        const auto* data = static_cast<const char*>(sqlite3_value_blob(value));
        const std::string_view bytes(data, static_cast<std::size_t>(sqlite3_value_bytes(value)));
        if (type == SQLITE_TEXT && !is_text(bytes)) return false;
        cells[i] = type == SQLITE_TEXT ? Cell(bytes) : Cell::blob(bytes);
      }
    }
    return true;
  }

  // Waits a little longer each time, by a random share, so that writers do not meet again and again.
  void pause(int attempt) {
    const int ceiling = 500 << std::min(attempt, 6);  // microseconds
    std::uniform_int_distribution<int> share(ceiling / 4, ceiling);
    std::this_thread::sleep_for(std::chrono::microseconds(share(jitter_)));
  }

  static int on_busy(void* self, int count) noexcept {
    auto& connection = *static_cast<Connection*>(self);
    if (count == 0) connection.waiting_since_ = Clock::now();
    if (Clock::now() - connection.waiting_since_ >= connection.patience_) return 0;
    connection.pause(count);
    return 1;
  }

  std::unique_ptr<sqlite3, Close> db_;  // outlives the statements
  std::chrono::milliseconds patience_;
  Clock::time_point waiting_since_;
  std::minstd_rand jitter_{std::random_device{}()};
  std::string shown_;
  std::unordered_map<const Table*, TableStatements> tables_;
  std::array<Cell, kMaxColumns> cells_;  // of the row that get() reads
  Statement begin_, begin_write_, commit_, rollback_, pin_;
};

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(const SqliteOptions& options)
      : options_(options), shown_(printable(options.path)), path_(options.path) {
    if (path_.starts_with("file:")) path_.insert(0, "./");  // a name, not a URI
    readers_.reserve(kPooledReaders);  // so that a reader can be given back when there is no memory
  }

  Result<void> open();
  Result<void> prepare(const Schema& schema) override;
  Result<std::unique_ptr<ReadTransaction>> begin_read() override;
  Result<std::unique_ptr<WriteTransaction>> begin_write() override;
  Result<void> make_durable() override;
  Result<void> purge_erased(Purge depth) override;
  std::string path() const override { return options_.path; }
  Result<std::unique_ptr<Store>> open_beside(std::string_view name, bool create) override;

  void give_back(std::unique_ptr<Connection> reader) noexcept {
    const std::lock_guard lock(mutex_);
    if (readers_.size() < kPooledReaders) readers_.push_back(std::move(reader));
  }

 private:
  struct Identity {
    bool blank = false;
    std::int64_t version = 0;
  };

  Result<std::unique_ptr<Connection>> connect();
  Result<Identity> identify(Connection& connection);
  Result<bool> cut_short(Connection& connection);
  Result<void> upgrade(const Schema& schema);
  Clock::time_point deadline() const {
    return Clock::now() + std::chrono::milliseconds(options_.busy_timeout_ms);
  }
  Error read_only() const { return main_->error(ErrorCode::unsupported, "opened for reading only"); }

  SqliteOptions options_;
  std::string shown_, path_;
  Schema schema_;
  bool prepared_ = false;
  std::unique_ptr<Connection> main_;  // the writer's; of no use after prepare() when read-only
  WriterGate gate_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;
};

class SqliteRead final : public ReadTransaction {
 public:
  SqliteRead(SqliteStore& store, std::unique_ptr<Connection> connection)
      : store_(store), connection_(std::move(connection)) {}
  Result<void> begin() { return connection_->begin_read(); }
  ~SqliteRead() override {
    connection_->rollback();
    store_.give_back(std::move(connection_));
  }

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return connection_->get(table, key, row);
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return connection_->visit(table, range, visitor);
  }
  Result<bool> sound() override { return connection_->sound(); }

 private:
  SqliteStore& store_;
  std::unique_ptr<Connection> connection_;
};

class SqliteWrite final : public WriteTransaction {
 public:
  SqliteWrite(WriterGate::Pass pass, Connection& connection) noexcept
      : pass_(std::move(pass)), connection_(connection) {}
  ~SqliteWrite() override {
    if (pass_) connection_.rollback();
  }

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return outcome_.attempt([&] { return connection_.get(table, key, row); });
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return outcome_.visit([&] { return connection_.visit(table, range, visitor); });
  }
  Result<bool> sound() override {
    return outcome_.attempt([&] { return connection_.sound(); });
  }
  Result<void> insert(const Table& table, std::span<const Cell> row) override {
    return outcome_.change([&] { return connection_.insert(table, row); });
  }
  Result<void> update(const Table& table, std::span<const Cell> row) override {
    return outcome_.change([&] { return connection_.update(table, row); });
  }
  Result<bool> erase(const Table& table, std::span<const Cell> key) override {
    return outcome_.change([&] { return connection_.erase(table, key); });
  }
  Result<void> commit() override {
    return outcome_.conclude([&] {
      Result<void> done = connection_.commit();
      pass_.release();
      return done;
    });
  }

 private:
  WriterGate::Pass pass_;
  Connection& connection_;
  Outcome outcome_;
};

Result<std::unique_ptr<Connection>> SqliteStore::connect() {
  auto connection = std::make_unique<Connection>(options_, shown_);
  const int flags = options_.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (Result<void> opened = connection->open(path_, flags); !opened) return opened.error();
  return connection;
}

Result<SqliteStore::Identity> SqliteStore::identify(Connection& connection) {
  Identity identity;
  const Result<std::int64_t> id = connection.run("PRAGMA application_id");
  if (!id) return id.error();
  const Result<std::int64_t> version = connection.run("PRAGMA user_version");
  if (!version) return version.error();
  const Result<std::int64_t> things = connection.run("SELECT count(*) FROM sqlite_schema");
  if (!things) return things.error();
  const Result<std::int64_t> utf8 = connection.run("SELECT encoding = 'UTF-8' FROM pragma_encoding");
  if (!utf8) return utf8.error();
  identity.version = *version;
  identity.blank = *id == 0 && *version == 0 && *things == 0;
  if (!identity.blank && (*id != kApplicationId || *utf8 == 0))
    return connection.error(ErrorCode::unsupported, "not a store of this engine");
  return identity;
}

// Does the file end within a page, with no log that would complete it? Within a read transaction, which keeps
// such a log. SQLite itself reads the missing bytes as zeros.
Result<bool> SqliteStore::cut_short(Connection& connection) {
  const Result<std::int64_t> page = connection.run("PRAGMA page_size");
  if (!page) return page.error();
  std::error_code missing;
  const auto size = std::filesystem::file_size(path_, missing);
  const auto log = std::filesystem::file_size(path_ + "-wal", missing);
  return size % static_cast<std::uintmax_t>(*page) != 0 && (missing || log == 0);
}

Result<void> SqliteStore::open() {
  if (path_.empty() || path_ == ":memory:" || path_.find('\0') != std::string::npos)
    return Error{ErrorCode::invalid_argument, "sqlite store: path must name a file", "/path"};
  Result<std::unique_ptr<Connection>> connected = connect();
  if (!connected) return connected.error();
  main_ = std::move(connected).value();

  // Look before touching anything: the file may be another program's.
  if (Result<void> begun = main_->begin_read(); !begun) return begun;
  const Result<Identity> identity = identify(*main_);
  const Result<bool> cut = identity ? cut_short(*main_) : Result<bool>(false);
  main_->rollback();
  if (!identity) return identity.error();
  if (!cut) return cut.error();
  if (*cut) return main_->error(ErrorCode::corrupt, "file ends within a page");
  if (!options_.read_only) {
    if (identity->blank) {
      std::error_code ignored;  // where a file system knows no owner
      std::filesystem::permissions(path_, std::filesystem::perms(0600), ignored);
    }
    const Result<std::int64_t> switched =
        main_->retry(deadline(), [&] { return main_->run("PRAGMA journal_mode=WAL"); });
    if (!switched) return switched.error();
    const Result<std::int64_t> is_wal = main_->run("SELECT journal_mode = 'wal' FROM pragma_journal_mode");
    if (!is_wal) return is_wal.error();
    if (*is_wal == 0) return main_->error(ErrorCode::storage, "file system does not carry a write-ahead log");
  }
  return main_->configure(options_.durability, true);
}

Result<void> SqliteStore::prepare(const Schema& schema) {
  if (Result<void> checked = check_schema(schema); !checked) return checked;
  Result<std::int64_t> version = main_->run("PRAGMA user_version");
  if (!version) return version.error();
  if (*version < schema.version) {
    if (options_.read_only)
      return main_->error(ErrorCode::unsupported, "older schema, and opened for reading only");
    if (Result<void> upgraded = upgrade(schema); !upgraded) return upgraded;
    version = main_->run("PRAGMA user_version");
    if (!version) return version.error();
  }
  if (*version > schema.version)
    return main_->error(ErrorCode::unsupported, "schema version " + std::to_string(*version) +
                                                    " is newer than " + std::to_string(schema.version));
  for (const Table* table : schema.tables) {
    const Result<bool> held = main_->holds(*table);
    if (!held) return held.error();
    if (!*held)
      return main_->error(ErrorCode::corrupt, "table `" + std::string(table->name) + "` is not as declared");
  }
  if (Result<void> kept = main_->keep_rollback(); !kept) return kept;
  main_->declare(schema);
  schema_ = schema;
  prepared_ = true;
  return {};
}

Result<void> SqliteStore::upgrade(const Schema& schema) {
  if (Result<void> begun = main_->begin_write(deadline()); !begun) return begun;
  const auto bring_up = [&]() -> Result<void> {
    const Result<Identity> identity = identify(*main_);  // another process may have been first
    if (!identity) return identity.error();
    if (identity->version >= schema.version) return {};
    std::vector<std::string> statements = upgrade_sql(schema, static_cast<std::uint16_t>(identity->version));
    statements.push_back("PRAGMA application_id=" + std::to_string(kApplicationId));
    statements.push_back("PRAGMA user_version=" + std::to_string(schema.version));
    for (const std::string& sql : statements)
      if (Result<std::int64_t> done = main_->run(sql); !done) return done.error();
    return {};
  };
  Result<void> done = bring_up();
  if (!done) {
    main_->rollback();
    return done;
  }
  return main_->commit();
}

Result<std::unique_ptr<ReadTransaction>> SqliteStore::begin_read() {
  if (!prepared_) return not_prepared();
  std::unique_ptr<Connection> reader;
  {
    const std::lock_guard lock(mutex_);
    if (!readers_.empty()) {
      reader = std::move(readers_.back());
      readers_.pop_back();
    }
  }
  if (!reader) {
    Result<std::unique_ptr<Connection>> connected = connect();
    if (!connected) return connected.error();
    reader = std::move(connected).value();
    if (Result<void> done = reader->configure(options_.durability, false); !done) return done.error();
    if (Result<void> done = reader->keep_rollback(); !done) return done.error();
    reader->declare(schema_);
  }
  auto transaction = std::make_unique<SqliteRead>(*this, std::move(reader));
  if (Result<void> begun = transaction->begin(); !begun) return begun.error();
  return std::unique_ptr<ReadTransaction>(std::move(transaction));
}

Result<std::unique_ptr<WriteTransaction>> SqliteStore::begin_write() {
  if (!prepared_) return not_prepared();
  if (options_.read_only) return read_only();
  const Clock::time_point until = deadline();
  WriterGate::Pass pass = gate_.enter(until);
  if (!pass) return writer_busy();
  auto transaction = std::make_unique<SqliteWrite>(std::move(pass), *main_);
  if (Result<void> begun = main_->begin_write(until); !begun) return begun.error();
  return std::unique_ptr<WriteTransaction>(std::move(transaction));
}

// Commits of `normal` lie in the log unsynced; what has left the log was synced on its way. SQLite takes no locks
// on the log's own file, so that closing it releases none.
Result<void> SqliteStore::make_durable() {
  if (options_.durability == Durability::full) return {};
  const int file = ::open((main_->file() + "-wal").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return {};  // nothing in it
  if (file < 0) return main_->error(ErrorCode::storage, "the log cannot be opened to be synced");
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  if (!synced) return main_->error(ErrorCode::storage, "the log cannot be synced");
  return {};
}

Result<void> SqliteStore::purge_erased(Purge depth) {
  if (options_.read_only) return read_only();
  const bool waits = depth != Purge::logs_at_once;
  const WriterGate::Pass pass = gate_.enter(waits ? deadline() : Clock::now());
  if (!pass) return writer_busy();
  if (depth == Purge::all) {
    // secure_delete wipes free cells and pages, but not the gap that a rebuilt page has before its cells. The
    // copy goes to a file: it may not fit in memory.
    for (const char* sql : {"PRAGMA temp_store=FILE", "VACUUM", "PRAGMA temp_store=MEMORY"})
      if (Result<std::int64_t> done = main_->run(sql); !done) return done.error();
  }
  const Result<std::int64_t> blocked = main_->checkpoint(waits);
  if (!blocked) return blocked.error();
  if (*blocked != 0) return main_->error(ErrorCode::busy, "a transaction stands in the way");
  return {};
}

// What it holds must be durable before anything in this store that depends on it.
Result<std::unique_ptr<Store>> SqliteStore::open_beside(std::string_view name, bool create) {
  SqliteOptions options = options_;
  options.path.append(".").append(name);
  options.durability = Durability::full;
  std::error_code failed;
  const bool there = std::filesystem::exists(options.path, failed);
  if (!there && (!create || options.read_only))
    return Error{ErrorCode::not_found, "sqlite store " + printable(options.path) + " is missing", {}};
  return open_sqlite_store(options);
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options) {
  auto store = std::make_unique<SqliteStore>(options);
  if (Result<void> opened = store->open(); !opened) return opened.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace connex::store
