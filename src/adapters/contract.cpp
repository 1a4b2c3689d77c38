#include "adapters/contract.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>

namespace connex::store {
namespace {

Error invalid(const Table& table, std::string_view what) {
  return {ErrorCode::invalid_argument, "table `" + std::string(table.name) + "`: " + std::string(what), {}};
}

Error misfit(const Table& table, std::size_t column) {
  return invalid(table, "value does not fit column `" + std::string(table.columns[column].name) + "`");
}

bool is_name(std::string_view name) noexcept {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= 63 && lower(name.front()) && !name.starts_with("sqlite_") &&
         !name.starts_with("pg_") && std::all_of(name.begin(), name.end(), [&](char c) {
           return lower(c) || (c >= '0' && c <= '9') || c == '_';
         });
}

Result<void> check_table(const Table& table, std::uint16_t version) {
  if (!is_name(table.name)) return invalid(table, "bad table name");
  if (table.since == 0 || table.since > version) return invalid(table, "newer than its schema");
  if (table.columns.empty() || table.columns.size() > kMaxColumns) return invalid(table, "1 to 64 columns");
  if (table.key_size == 0 || table.key_size > table.columns.size() || table.key_size > kMaxOrder)
    return invalid(table, "bad key size");
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (!is_name(column.name) || !names.insert(column.name).second) return invalid(table, "bad column name");
    if (column.type == CellType::null) return invalid(table, "column without a type");
    if (column.since == 0 || column.since > version) return invalid(table, "column newer than its schema");
    if (i < table.key_size && (column.nullable || column.since > table.since))
      return invalid(table, "key column nullable or newer than its table");
    if (column.since > table.since && !column.nullable)
      return invalid(table, "column newer than its table must be nullable");
  }
  for (const Index& index : table.indexes) {
    if (index.since == 0 || index.since > version) return invalid(table, "index newer than its schema");
    if (index.columns.empty() || index.columns.size() + table.key_size > kMaxOrder)
      return invalid(table, "an order has 1 to 16 columns");
    std::set<std::uint8_t> seen;
    for (const std::uint8_t column : index.columns) {
      if (column >= table.columns.size() || !seen.insert(column).second)
        return invalid(table, "bad index column");
      if (table.columns[column].since > std::max(index.since, table.since))
        return invalid(table, "index older than its column");
    }
  }
  return {};
}

}  // namespace

Order::Order(const Table& table, const Index* index) noexcept {
  if (index != nullptr)
    for (const std::uint8_t column : index->columns) columns_[size_++] = column;
  const std::size_t indexed = size_;
  for (std::uint8_t column = 0; column < table.key_size; ++column)
    if (std::find(columns_.begin(), columns_.begin() + indexed, column) == columns_.begin() + indexed)
      columns_[size_++] = column;
}

bool is_text(std::string_view bytes) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const end = at + bytes.size();
  while (at != end) {
    if (end - at >= 8) {  // eight bytes of plain ASCII, none of them NUL
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      constexpr std::uint64_t kHigh = 0x8080808080808080, kOnes = 0x0101010101010101;
      if (((word | (word - kOnes)) & kHigh) == 0) {
        at += 8;
        continue;
      }
    }
    const unsigned lead = *at++;
    if (lead == 0) return false;
    if (lead < 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4) return false;
    const int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (end - at < more) return false;
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;  // no overlong form
    const unsigned high = lead == 0xED   ? 0x9F
                          : lead == 0xF4 ? 0x8F
                                         : 0xBF;  // no surrogate, not past U+10FFFF
    if (at[0] < low || at[0] > high) return false;
    for (int i = 1; i < more; ++i)
      if ((at[i] & 0xC0) != 0x80) return false;
    at += more;
  }
  return true;
}

bool fits(const Column& column, const Cell& cell) noexcept {
  if (cell.is_null()) return column.nullable;
  return cell.type() == column.type && (cell.type() != CellType::text || is_text(cell.bytes()));
}

const Index* own_index(const Table& table, const Index* index) noexcept {
  if (index == nullptr) return nullptr;
  for (const Index& own : table.indexes)
    if (&own == index || own.name == index->name) return &own;
  return nullptr;
}

Result<void> check_schema(const Schema& schema) {
  std::set<std::string_view> names;
  for (const Table* table : schema.tables) {
    if (Result<void> checked = check_table(*table, schema.version); !checked) return checked;
    if (!names.insert(table->name).second) return invalid(*table, "name taken");
    for (const Index& index : table->indexes)
      if (!is_name(index.name) || !names.insert(index.name).second) return invalid(*table, "bad index name");
  }
  return {};
}

Result<void> check_row(const Table& table, std::span<const Cell> row) {
  if (row.size() != table.columns.size()) return invalid(table, "a row has one value per column");
  for (std::size_t i = 0; i < row.size(); ++i)
    if (!fits(table.columns[i], row[i])) return misfit(table, i);
  return {};
}

Result<void> check_key(const Table& table, std::span<const Cell> key) {
  if (key.size() != table.key_size) return invalid(table, "a key has one value per key column");
  for (std::size_t i = 0; i < key.size(); ++i)
    if (!fits(table.columns[i], key[i])) return misfit(table, i);
  return {};
}

Result<void> check_range(const Table& table, const Range& range) {
  if (range.limit == 0 || (range.limit > kMaxScan && range.limit != kNoLimit))
    return invalid(table, "limit must be 1 to 10000");
  const Index* const index = own_index(table, range.index);
  if (range.index != index && index == nullptr) return invalid(table, "index of another table");
  const Order order(table, index);
  if (range.equal.size() > order.size()) return invalid(table, "more values than columns in the order");
  const std::size_t next = range.equal.size();
  for (std::size_t i = 0; i < next; ++i)
    if (!fits(table.columns[order[i]], range.equal[i])) return misfit(table, order[i]);
  for (const Cell& bound : {range.from, range.below}) {
    if (bound.is_null()) continue;
    if (next == order.size()) return invalid(table, "no column left to bound");
    if (!fits(table.columns[order[next]], bound)) return misfit(table, order[next]);
  }
  if (range.after.empty()) return {};
  if (range.after.size() != order.size() - next)
    return invalid(table, "a position has one value per column that follows");
  for (std::size_t i = 0; i < range.after.size(); ++i)
    if (!fits(table.columns[order[next + i]], range.after[i])) return misfit(table, order[next + i]);
  return {};
}

Result<void> ReadTransaction::scan(const Table& table, const Range& range, std::vector<Row>& rows) {
  Range bounded = range;
  if (range.limit == kNoLimit) bounded.limit = 0;  // refused
  std::vector<Row> found;
  const auto keep = [&](RowView row) -> Result<bool> {
    found.emplace_back(row);
    return true;
  };
  if (Result<void> visited = visit(table, bounded, keep); !visited) return visited;
  if (rows.empty())
    rows = std::move(found);
  else
    rows.insert(rows.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
  return {};
}

Result<void> ReadTransaction::visit(const Table& table, const Range& range, Visitor visitor) {
  constexpr std::uint32_t kPage = 500;
  const Order order(table, own_index(table, range.index));
  std::vector<Row> rows, next;
  std::vector<Cell> position;  // borrows from `rows`
  Range page = range;
  for (std::uint32_t left = range.limit;;) {
    page.limit = std::min(left, kPage);
    next.clear();
    if (Result<void> scanned = scan(table, page, next); !scanned) return scanned;
    rows.swap(next);
    for (const Row& row : rows) {
      const Result<bool> more = visitor(row);
      if (!more) return more.error();
      if (!*more) return {};
    }
    if (left != kNoLimit) left -= page.limit;
    if (rows.size() < page.limit || left == 0) return {};
    position.clear();
    for (std::size_t i = range.equal.size(); i < order.size(); ++i) position.push_back(rows.back()[order[i]]);
    page.after = position;
  }
}

Error unknown_table(const Table& table) { return invalid(table, "not of this store's schema"); }

Error no_such_row(const Table& table) {
  return {ErrorCode::not_found, "table `" + std::string(table.name) + "`: no row with this key", {}};
}

Error key_taken(const Table& table) {
  return {ErrorCode::conflict, "table `" + std::string(table.name) + "`: key taken", {}};
}

Error unique_taken(const Table& table) {
  return {ErrorCode::conflict, "table `" + std::string(table.name) + "`: unique index taken", {}};
}

Error not_prepared() { return {ErrorCode::internal, "store is not prepared", {}}; }

Error writer_busy() { return {ErrorCode::busy, "another writer did not finish in time", {}}; }

}  // namespace connex::store
