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

  // The same for a visit.
  template <class Action>
  Result<void> visit(Action&& action) {
    const Visit under_way(visits_);
    return attempt(action);
  }

  // The same for a change, which a visitor may not make: the rows would move under the visit.
  template <class Action>
  auto change(Action&& action) -> decltype(action()) {
    return attempt([&]() -> decltype(action()) {
      if (visits_ > 0) return Error{ErrorCode::internal, "a visit is under way", {}};
      return action();
    });
  }

  // The same for the commit, which ends the transaction either way.
  template <class Action>
  auto conclude(Action&& action) -> decltype(action()) {
    Error done{ErrorCode::internal, "transaction is over", {}};
    auto result = change(action);
    if (result) over_ = std::move(done);
    return result;
  }

 private:
  struct Visit {
    explicit Visit(int& count) noexcept : visits(count) { ++visits; }
    ~Visit() { --visits; }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    int& visits;
  };

  std::optional<Error> over_;
  int visits_ = 0;
};

}  // namespace connex::store
