// The port through which the engine keeps what it knows. An adapter implements Store, ReadTransaction and
// WriteTransaction over declared tables of typed rows; it knows no rule and never sees a table it was not
// given.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "connex/result.hpp"

namespace connex::store {

enum class CellType : std::uint8_t { null, integer, text, blob };

// One typed value. Text and blob borrow their bytes; text is UTF-8 and may hold no NUL.
class Cell {
 public:
  constexpr Cell() noexcept = default;  // null
  constexpr Cell(std::int64_t value) noexcept : integer_(value), type_(CellType::integer) {}
  template <std::convertible_to<std::string_view> T>  // a template, so that 0 is an integer alone
  requires(!std::is_null_pointer_v<T>) constexpr Cell(const T& text) noexcept
      : bytes_(text), type_(CellType::text) {}
  static constexpr Cell blob(std::string_view bytes) noexcept {
    Cell cell(bytes);
    cell.type_ = CellType::blob;
    return cell;
  }

  constexpr CellType type() const noexcept { return type_; }
  constexpr bool is_null() const noexcept { return type_ == CellType::null; }
  constexpr std::int64_t integer() const noexcept { return integer_; }  // 0 unless an integer
  constexpr std::string_view bytes() const noexcept { return bytes_; }  // empty unless text or blob

  // The order of every key and index: null, then integers, then text, then blobs; bytes as unsigned.
  friend constexpr std::strong_ordering operator<=>(const Cell& a, const Cell& b) noexcept {
    if (a.type_ != b.type_) return a.type_ <=> b.type_;
    if (a.type_ == CellType::integer) return a.integer_ <=> b.integer_;
    return a.bytes_.compare(b.bytes_) <=> 0;
  }
  friend constexpr bool operator==(const Cell& a, const Cell& b) noexcept { return (a <=> b) == 0; }

 private:
  friend class Row;
  std::string_view bytes_;
  std::int64_t integer_ = 0;
  CellType type_ = CellType::null;
};

// A row as it lies somewhere: cells that somebody else owns.
class RowView {
 public:
  constexpr RowView(std::span<const Cell> cells) noexcept : cells_(cells) {}

  constexpr std::size_t size() const noexcept { return cells_.size(); }
  constexpr const Cell& operator[](std::size_t column) const noexcept { return cells_[column]; }
  constexpr bool is_null(std::size_t column) const noexcept { return cells_[column].is_null(); }
  constexpr std::int64_t integer(std::size_t column) const noexcept { return cells_[column].integer(); }
  constexpr std::string_view bytes(std::size_t column) const noexcept { return cells_[column].bytes(); }

 private:
  std::span<const Cell> cells_;
};

// A row that owns its bytes. Cells borrow from the row until it changes or ends; to be moved is no change.
class Row {
 public:
  Row() = default;
  explicit Row(RowView row) { assign(row); }
  Row(const Row& other) : Row(RowView(other)) {}
  Row(Row&&) noexcept = default;
  Row& operator=(const Row& other) {
    if (this != &other) assign(other);
    return *this;
  }
  Row& operator=(Row&&) noexcept = default;
  ~Row() = default;

  operator RowView() const noexcept { return std::span<const Cell>(cells_); }

  void clear() noexcept {
    bytes_.clear();
    cells_.clear();
  }
  void reserve(std::size_t cells, std::size_t bytes) {
    cells_.reserve(cells);
    if (bytes > bytes_.capacity()) grow(bytes);
  }
  // Becomes this row, which lies elsewhere, in the memory that it has where that is enough.
  void assign(RowView row) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < row.size(); ++i) bytes += row.bytes(i).size();
    clear();
    reserve(row.size(), bytes);
    for (std::size_t i = 0; i < row.size(); ++i) push(row[i]);
  }
  void push(const Cell& cell) {
    const std::string_view bytes = cell.bytes();
    std::vector<char> outgrown;  // `bytes` may lie in it
    if (bytes.size() > bytes_.capacity() - bytes_.size()) outgrown = grow(2 * bytes_.size() + bytes.size());
    cells_.push_back(cell);
    cells_.back().bytes_ = {bytes_.data() + bytes_.size(), bytes.size()};
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }

  std::size_t size() const noexcept { return cells_.size(); }
  const Cell& operator[](std::size_t column) const noexcept { return cells_[column]; }
  bool is_null(std::size_t column) const noexcept { return cells_[column].is_null(); }
  std::int64_t integer(std::size_t column) const noexcept { return cells_[column].integer(); }
  std::string_view bytes(std::size_t column) const noexcept { return cells_[column].bytes(); }

 private:
  // Makes room; what it leaves behind.
  std::vector<char> grow(std::size_t capacity) {
    std::vector<char> outgrown;
    outgrown.reserve(capacity);
    outgrown.assign(bytes_.begin(), bytes_.end());
    outgrown.swap(bytes_);
    std::size_t offset = 0;
    for (Cell& cell : cells_) {
      cell.bytes_ = {bytes_.data() + offset, cell.bytes_.size()};
      offset += cell.bytes_.size();
    }
    return outgrown;
  }

  // INVARIANT: the cells' bytes lie in bytes_ one after another. A vector, whose elements stay where they are
  // when it is moved, as a string's need not.
  std::vector<char> bytes_;
  std::vector<Cell> cells_;
};

// Names are [a-z][a-z0-9_]*, at most 63 bytes.
struct Column {
  std::string_view name;
  CellType type = CellType::text;
  bool nullable = false;
  std::uint16_t since = 1;  // schema version that added it; one added to an older table must be nullable
};

struct Index {
  std::string_view name;                  // unique within the schema
  std::span<const std::uint8_t> columns;  // positions in the table
  bool unique = false;                    // rows with a null among the columns are exempt
  std::uint16_t since = 1;
};

// The first `key_size` columns are the primary key: never null, unique together, and the order of a plain
// scan.
struct Table {
  std::string_view name;
  std::span<const Column> columns;  // at most 64
  std::uint8_t key_size = 1;
  std::span<const Index> indexes = {};
  std::uint16_t since = 1;
};

// Tables, columns and indexes are only ever added: an adapter brings an older store up by creating what is
// newer than it. A table is known by its address, an index by its name: hand over the very tables of the
// schema.
struct Schema {
  std::uint16_t version = 1;
  std::span<const Table* const> tables;
};

inline constexpr std::uint32_t kMaxScan = 10'000;
inline constexpr std::uint32_t kNoLimit = UINT32_MAX;  // for visits, which keep nothing

// Which rows, in which order: by `index`, then by the columns of the primary key that it lacks; or by primary
// key where it is null. An order has at most 16 columns.
struct Range {
  const Index* index = nullptr;
  std::span<const Cell> equal = {};  // values of the leading columns of the order; null finds null
  Cell from = {};                    // not null: the next column is at least this
  Cell below = {};  // not null: the next column is less than this; either bound leaves out nulls
  std::span<const Cell> after = {};  // not empty: strictly beyond this position in the direction of the scan,
                                     // given as all columns of the order that follow `equal`
  std::uint32_t limit = 1;           // 1..kMaxScan; a scan is never unbounded, a visit may be
  bool descending = false;
};

// What is done with each row of a visit: true for the next one, false when that is enough. Borrows the function.
class Visitor {
 public:
  template <class Function>
    requires(!std::is_same_v<std::remove_cvref_t<Function>, Visitor> &&
             std::is_invocable_r_v<Result<bool>, Function&, RowView>)
  Visitor(Function&& function) noexcept
      : function_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
        call_([](void* f, RowView row) -> Result<bool> {
          return (*static_cast<std::remove_reference_t<Function>*>(f))(row);
        }) {}

  Result<bool> operator()(RowView row) const { return call_(function_, row); }

 private:
  void* function_;
  Result<bool> (*call_)(void*, RowView);
};

// A consistent view of the store as it was when the transaction began. Used by one thread at a time; ends
// when destroyed, and before its store does.
class ReadTransaction {
 public:
  virtual ~ReadTransaction() = default;
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  // Reads the row with this primary key into `row`; false, and an empty row, when there is none.
  virtual Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) = 0;

  // An adapter overrides visit(), from which scan() follows, or scan(), from which visit() follows in pages.

  // Hands the rows of `range` to `visitor`, in order, until it says that is enough, or fails: then so does the
  // visit. A row lies where it is until the visitor returns. The visitor may read in this transaction, and
  // visit, but change nothing: that is refused (`internal`), and ends a write transaction like any failure.
  virtual Result<void> visit(const Table& table, const Range& range, Visitor visitor);

  // Appends the rows of `range`, in order, to `rows`; on failure `rows` is what it was. The values in `range`
  // may borrow from `rows`.
  virtual Result<void> scan(const Table& table, const Range& range, std::vector<Row>& rows);

  // Whether each index leads to each row, and each row lies where its key is looked for, however the files came to be
  // what they are. Reads all of them. True from a store whose rows nobody else can reach.
  virtual Result<bool> sound() { return true; }

 protected:
  ReadTransaction() = default;
};

// The one writer. It sees its own changes; nobody else does before commit() has returned well. Destroyed
// without a commit it leaves no trace. Any failure ends it: every later call, commit() too, fails with the
// same error, so that half a change cannot be committed by a caller who looked away.
class WriteTransaction : public ReadTransaction {
 public:
  // Adds a row, one cell per column. ErrorCode::conflict when its key or a unique index is taken.
  virtual Result<void> insert(const Table& table, std::span<const Cell> row) = 0;

  // Replaces the row that has this row's key. ErrorCode::not_found when there is none.
  virtual Result<void> update(const Table& table, std::span<const Cell> row) = 0;

  // Removes the row with this key; false when there was none.
  virtual Result<bool> erase(const Table& table, std::span<const Cell> key) = 0;

  // Makes all of it durable as the store's durability says, or none of it. The transaction is over either
  // way.
  virtual Result<void> commit() = 0;
};

// How deep a purge goes.
enum class Purge : std::uint8_t {
  logs,          // empties journals and logs; fragments of erased rows may stay in unused parts of pages
  all,           // rewrites the store as well: nothing stays, at the cost of its whole size
  logs_at_once,  // as `logs`, and waits for nobody
};

// A place to keep tables. Safe to use from several threads; a thread may hold several read transactions and
// a write transaction at once. Functions may throw std::bad_alloc, and then count as failed.
// Failures: `busy` (another writer did not finish in time), `storage` (I/O, space, permission), `corrupt`
// (what is stored cannot be what was written), `unsupported` (not a store of ours, or of a newer schema),
// `invalid_argument` (a row, key or range that does not fit its table).
class Store {
 public:
  virtual ~Store() = default;
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Creates or upgrades the tables. Called once, before any transaction; the schema outlives the store.
  virtual Result<void> prepare(const Schema& schema) = 0;

  virtual Result<std::unique_ptr<ReadTransaction>> begin_read() = 0;
  virtual Result<std::unique_ptr<WriteTransaction>> begin_write() = 0;

  // Returns once everything committed so far survives power loss, as far as the store can promise it at all.
  virtual Result<void> make_durable() { return {}; }

  // Removes what rows erased and committed so far left behind in the store's files. `busy` when a transaction
  // stands in the way, `unsupported` from a store that cannot promise it.
  virtual Result<void> purge_erased(Purge) {
    return Error{ErrorCode::unsupported, "this store cannot purge what erased rows left behind", {}};
  }

  // The file that holds the rows; empty where there is none.
  virtual std::string path() const { return {}; }

  // Opens a second store of the same kind, named after this one, that is backed up and restored apart from it:
  // where the engine keeps its wrapped data keys unless the host gives it another. Without `create` it must be
  // there already (not_found). `unsupported` from a store that has no such place.
  virtual Result<std::unique_ptr<Store>> open_beside(std::string_view name, bool create) {
    (void)name, (void)create;
    return Error{ErrorCode::unsupported, "this store has no place for another beside it", {}};
  }
};

}  // namespace connex::store
