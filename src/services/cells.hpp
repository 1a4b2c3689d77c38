// Between the cells of a row and what they stand for. What a cell is made from outlives it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connex/instant.hpp"
#include "connex/ports/store.hpp"
#include "evidence/sha256.hpp"

namespace connex::services {

inline std::optional<std::string> optional_text(store::RowView row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(std::string(row.bytes(column)));
}
inline std::optional<Instant> optional_instant(store::RowView row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(Instant{row.integer(column)});
}

inline store::Cell cell(std::string_view value) { return {value}; }
inline store::Cell cell(const std::string& value) { return std::string_view(value); }
// Null where it is empty.
inline store::Cell cell_unless_empty(std::string_view value) { return value.empty() ? store::Cell() : store::Cell(value); }
inline store::Cell cell(Instant value) { return {value.micros}; }
inline store::Cell cell(bool value) { return {std::int64_t{value ? 1 : 0}}; }
inline store::Cell cell(const evidence::Hash& value) { return store::Cell::blob(evidence::text_of(value)); }
template <class Value>
store::Cell cell(const std::optional<Value>& value) {
  return value ? cell(*value) : store::Cell();
}

}  // namespace connex::services
