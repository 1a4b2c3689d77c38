// The SQL that the SQLite adapter speaks: text from declared tables, nothing else. Every statement finds its
// rows through the one index that it names; none sorts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/contract.hpp"
#include "connex/ports/store.hpp"

namespace connex::store {

// How a table lies in the file. Measured on 200,000 rows: clustering makes reading a small row cheaper, but a
// wide one (1.5 kB) two to four times slower to read and write, in twice the space.
enum class Layout : std::uint8_t {
  numbered,   // the key is one integer: SQLite's own row number
  clustered,  // WITHOUT ROWID, rows in the order of the key: what is not key is integers
  apart,      // rows by row number, the key in an index of its own
};
Layout layout_of(const Table& table) noexcept;

std::string_view type_name(CellType type) noexcept;
std::string create_table_sql(const Table& table);

// The index and, where it cannot be unique itself, the one that is: a name and its SQL each.
std::vector<std::pair<std::string, std::string>> create_index_sql(const Table& table, const Index& index);
std::string add_column_sql(const Table& table, const Column& column);

// What brings a store of schema version `from` (0: an empty one) up to `schema`.
std::vector<std::string> upgrade_sql(const Schema& schema, std::uint16_t from);

// Parameters: a key, or a row, in the order of the columns.
std::string get_sql(const Table& table);
std::string insert_sql(const Table& table);
std::string update_sql(const Table& table);
std::string erase_sql(const Table& table);

// The form of one scan statement; its values are bound when it runs: those of `equal`, then of `beyond`, then
// `from`, `below` and the limit.
struct ScanShape {
  const Index* index = nullptr;
  std::uint8_t equal = 0;   // leading columns of the order that are fixed
  std::uint8_t beyond = 0;  // columns after them that are compared, as one tuple, with a position
  bool from = false;
  bool below = false;
  bool descending = false;

  friend bool operator==(const ScanShape&, const ScanShape&) = default;
};

std::string scan_sql(const Table& table, const ScanShape& shape);

struct ScanStep {
  ScanShape shape;
  std::array<Cell, kMaxOrder + 2> values;
  std::size_t count = 0;

  void bind(const Cell& cell) noexcept { values[count++] = cell; }
};

// Splits a checked range into scans to run one after another. It is a single one unless a position is given
// in an order with nullable columns, since SQL's comparison of tuples knows no place for null.
class ScanPlan {
 public:
  ScanPlan(const Table& table, const Range& range) noexcept;

  bool next(ScanStep& step) noexcept;  // false when there are no more

 private:
  enum class Phase : std::uint8_t { range, tail, column, nulls, done };

  const Column& column(std::size_t i) const noexcept { return table_.columns[order_[i]]; }
  void begin(ScanStep& step, std::size_t fixed) const noexcept;
  void add_bounds(ScanStep& step) const noexcept;

  const Table& table_;
  Range range_;
  Order order_;
  bool bounded_;
  Phase phase_ = Phase::range;
  std::size_t level_ = 0;  // the column of the order that moves beyond the position; those before it stay
};

}  // namespace connex::store
