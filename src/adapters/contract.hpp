// What every adapter checks before it touches a row: the shape of the schema, of rows, keys and ranges.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "connex/ports/store.hpp"

namespace connex::store {

inline constexpr std::size_t kMaxColumns = 64;
inline constexpr std::size_t kMaxOrder = 16;

// The columns of a scan's order: those of the index, then those of the key that it lacks.
class Order {
 public:
  Order(const Table& table, const Index* index) noexcept;  // of a checked schema

  std::size_t size() const noexcept { return size_; }
  std::uint8_t operator[](std::size_t i) const noexcept { return columns_[i]; }

 private:
  std::array<std::uint8_t, kMaxOrder> columns_;
  std::size_t size_ = 0;
};

// Valid UTF-8 without NUL.
bool is_text(std::string_view bytes) noexcept;

// Is this a value that the column can hold?
bool fits(const Column& column, const Cell& cell) noexcept;

// The table's own entry for this index, which may be a copy; null when it has none of this name.
const Index* own_index(const Table& table, const Index* index) noexcept;

Result<void> check_schema(const Schema& schema);
Result<void> check_row(const Table& table, std::span<const Cell> row);
Result<void> check_key(const Table& table, std::span<const Cell> key);
Result<void> check_range(const Table& table, const Range& range);

// Appends what a scan found, only now that it is complete.
void append(std::vector<Row>&& found, std::vector<Row>& rows);

// Errors that all adapters word alike.
Error unknown_table(const Table& table);
Error no_such_row(const Table& table);
Error key_taken(const Table& table);
Error unique_taken(const Table& table);
Error not_prepared();
Error writer_busy();

// Ends a write transaction at its first failure: what is attempted later fails alike.
class Outcome {
 public:
  template <class Action>
  auto attempt(Action&& action) -> decltype(action()) {
    if (over_) return *over_;
    try {
      auto result = action();
      if (!result) over_ = result.error();
      return result;
    } catch (...) {
      over_.emplace();
      throw;
    }
  }

  // The same for the commit, which ends the transaction either way.
  template <class Action>
  auto conclude(Action&& action) -> decltype(action()) {
    Error done{ErrorCode::internal, "transaction is over", {}};
    auto result = attempt(action);
    if (result) over_ = std::move(done);
    return result;
  }

 private:
  std::optional<Error> over_;
};

}  // namespace connex::store
