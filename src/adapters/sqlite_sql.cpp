#include "adapters/sqlite_sql.hpp"

#include <algorithm>
#include <limits>

namespace connex::store {
namespace {

std::string quoted(std::string_view name) { return std::string("\"").append(name).append("\""); }

std::string definition(const Column& column) {
  std::string sql = quoted(column.name) + ' ' + std::string(type_name(column.type));
  if (!column.nullable) sql += " NOT NULL";
  return sql;
}

std::string parameter(std::size_t number) { return '?' + std::to_string(number); }

// Items of [0, count), each made by `item`, with `separator` between.
template <class Item>
std::string list(std::size_t begin, std::size_t end, std::string_view separator, Item&& item) {
  std::string sql;
  for (std::size_t i = begin; i < end; ++i) {
    if (i != begin) sql += separator;
    sql += item(i);
  }
  return sql;
}

std::string columns(const Table& table, std::size_t begin, std::size_t end) {
  return list(begin, end, ", ", [&](std::size_t i) { return quoted(table.columns[i].name); });
}

std::string assignments(const Table& table, std::size_t begin, std::size_t end, std::string_view separator) {
  return list(begin, end, separator,
              [&](std::size_t i) { return quoted(table.columns[i].name) + " = " + parameter(i + 1); });
}

std::string key_is(const Table& table) { return " WHERE " + assignments(table, 0, table.key_size, " AND "); }

Cell least(CellType type) noexcept {
  switch (type) {
    case CellType::integer:
      return std::numeric_limits<std::int64_t>::min();
    case CellType::text:
      return std::string_view("");
    case CellType::null:
    case CellType::blob:
      break;
  }
  return Cell::blob("");
}

// Does the index hold one row at most for all its values?
bool is_key(const Table& table, const Index& index) noexcept {
  return index.unique && std::none_of(index.columns.begin(), index.columns.end(),
                                      [&](std::uint8_t column) { return table.columns[column].nullable; });
}

}  // namespace

std::string_view type_name(CellType type) noexcept {
  switch (type) {
    case CellType::integer:
      return "INTEGER";
    case CellType::text:
      return "TEXT";
    case CellType::null:
    case CellType::blob:
      break;
  }
  return "BLOB";
}

Layout layout_of(const Table& table) noexcept {
  if (table.key_size == 1 && table.columns[0].type == CellType::integer) return Layout::numbered;
  const auto values = table.columns.subspan(table.key_size);
  const bool small = std::all_of(values.begin(), values.end(), [&](const Column& column) {
    return column.type == CellType::integer ||
           column.since > table.since;  // what came later changes no layout
  });
  return small ? Layout::clustered : Layout::apart;
}

std::string create_table_sql(const Table& table) {
  const Layout layout = layout_of(table);
  std::string sql =
      "CREATE TABLE " + quoted(table.name) + " (" + list(0, table.columns.size(), ", ", [&](std::size_t i) {
        return definition(table.columns[i]) + (i == 0 && layout == Layout::numbered ? " PRIMARY KEY" : "");
      });
  if (layout != Layout::numbered) sql += ", PRIMARY KEY (" + columns(table, 0, table.key_size) + ")";
  return sql + (layout == Layout::clustered ? ") STRICT, WITHOUT ROWID" : ") STRICT");
}

std::vector<std::pair<std::string, std::string>> create_index_sql(const Table& table, const Index& index) {
  const Order order(table, &index);
  const auto make = [&](const std::string& name, bool unique, std::size_t size) {
    return std::pair(
        name, std::string(unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ") + quoted(name) + " ON " +
                  quoted(table.name) + " (" +
                  list(0, size, ", ", [&](std::size_t i) { return quoted(table.columns[order[i]].name); }) +
                  ")");
  };
  // SQLite itself ends each entry with the key, unless rows lie apart from it. There the key is appended,
  // which a unique index cannot bear, and needs only for rows that a null exempts.
  const std::string name(index.name);
  const std::size_t size = index.columns.size();
  if (layout_of(table) != Layout::apart) return {make(name, index.unique, size)};
  if (!index.unique) return {make(name, false, order.size())};
  if (is_key(table, index)) return {make(name, true, size)};
  return {make(name, false, order.size()), make(name + ".unique", true, size)};
}

std::string add_column_sql(const Table& table, const Column& column) {
  return "ALTER TABLE " + quoted(table.name) + " ADD COLUMN " + definition(column);
}

std::vector<std::string> upgrade_sql(const Schema& schema, std::uint16_t from) {
  std::vector<std::string> statements;
  for (const Table* table : schema.tables) {
    const bool is_new = table->since > from;
    if (is_new) statements.push_back(create_table_sql(*table));
    for (const Column& column : table->columns)
      if (!is_new && column.since > from) statements.push_back(add_column_sql(*table, column));
    for (const Index& index : table->indexes)
      if (is_new || index.since > from)
        for (auto& [name, sql] : create_index_sql(*table, index)) statements.push_back(std::move(sql));
  }
  return statements;
}

std::string get_sql(const Table& table) {
  return "SELECT " + columns(table, 0, table.columns.size()) + " FROM " + quoted(table.name) + key_is(table);
}

std::string insert_sql(const Table& table) {
  const std::size_t size = table.columns.size();
  return "INSERT INTO " + quoted(table.name) + " (" + columns(table, 0, size) + ") VALUES (" +
         list(0, size, ", ", [](std::size_t i) { return parameter(i + 1); }) + ")";
}

std::string update_sql(const Table& table) {
  const std::size_t key = table.key_size, size = table.columns.size();
  return "UPDATE " + quoted(table.name) + " SET " +
         (key == size ? assignments(table, 0, 1, ", ") : assignments(table, key, size, ", ")) + key_is(table);
}

std::string erase_sql(const Table& table) { return "DELETE FROM " + quoted(table.name) + key_is(table); }

std::string scan_sql(const Table& table, const ScanShape& shape) {
  const Order order(table, shape.index);
  const auto column = [&](std::size_t i) -> const Column& { return table.columns[order[i]]; };
  const auto name = [&](std::size_t i) { return quoted(column(i).name); };
  std::size_t bound = 0;
  const auto next = [&] { return parameter(++bound); };

  std::string sql = "SELECT " + columns(table, 0, table.columns.size()) + " FROM " + quoted(table.name);
  if (shape.index != nullptr)
    sql += " INDEXED BY " + quoted(shape.index->name);
  else if (layout_of(table) == Layout::numbered)
    sql += " NOT INDEXED";
  else
    sql += " INDEXED BY " + quoted("sqlite_autoindex_" + std::string(table.name) + "_1");

  std::string_view glue = " WHERE ";
  const auto where = [&](const std::string& term) {
    sql.append(glue).append(term);
    glue = " AND ";
  };
  for (std::size_t i = 0; i < shape.equal; ++i)
    where(name(i) + (column(i).nullable ? " IS " : " = ") + next());
  if (shape.beyond != 0) {
    const std::size_t end = shape.equal + std::size_t{shape.beyond};
    const std::string left = list(shape.equal, end, ", ", name);
    const std::string right = list(shape.equal, end, ", ", [&](std::size_t) { return next(); });
    where("(" + left + ")" + (shape.descending ? " < " : " > ") + "(" + right + ")");
  }
  if (shape.from) where(name(shape.equal) + " >= " + next());
  if (shape.below) where(name(shape.equal) + " < " + next());
  const bool single = shape.equal == order.size() || (shape.index != nullptr && is_key(table, *shape.index) &&
                                                      shape.equal >= shape.index->columns.size());
  if (!single)
    sql += " ORDER BY " + list(shape.equal, order.size(), ", ",
                               [&](std::size_t i) { return name(i) + (shape.descending ? " DESC" : ""); });
  return sql + " LIMIT " + next();
}

ScanPlan::ScanPlan(const Table& table, const Range& range) noexcept
    : table_(table),
      range_(range),
      order_(table, own_index(table, range.index)),
      bounded_(!range.from.is_null() || !range.below.is_null()) {
  range_.index = own_index(table, range.index);
  if (range_.after.empty()) return;
  const Cell& at = range_.after.front();
  const bool down = range_.descending;
  // Keep only the nearer of the position and the bound behind it, and nothing if it has passed the bound
  // ahead.
  if (bounded_ && at.is_null()) {
    range_.after = {};
    if (down) phase_ = Phase::done;
  } else if (down ? !range_.from.is_null() && at < range_.from
                  : !range_.below.is_null() && at >= range_.below) {
    phase_ = Phase::done;
  } else if (Cell& behind = down ? range_.below : range_.from; !behind.is_null()) {
    if (down ? at >= behind : at < behind)
      range_.after = {};
    else
      behind = Cell();
  }
  if (range_.after.empty() || phase_ == Phase::done) return;
  phase_ = Phase::tail;
  level_ = order_.size();
  while (level_ > range_.equal.size() && !column(level_ - 1).nullable) --level_;
}

void ScanPlan::begin(ScanStep& step, std::size_t fixed) const noexcept {
  step.shape = {range_.index, static_cast<std::uint8_t>(fixed), 0, false, false, range_.descending};
  step.count = 0;
  for (const Cell& cell : range_.equal) step.bind(cell);
  for (std::size_t i = range_.equal.size(); i < fixed; ++i) step.bind(range_.after[i - range_.equal.size()]);
}

void ScanPlan::add_bounds(ScanStep& step) const noexcept {
  if (step.shape.equal != range_.equal.size()) return;  // the bounded column is fixed within them
  if (!range_.from.is_null()) {
    step.shape.from = true;
    step.bind(range_.from);
  }
  if (!range_.below.is_null()) {
    step.shape.below = true;
    step.bind(range_.below);
  }
}

// Beyond (a, b, c) lies (a, b, > c), then (a, > b), then (> a). The columns after the last nullable one are
// compared as one tuple. Nulls come first, so they are the end of a descending order.
bool ScanPlan::next(ScanStep& step) noexcept {
  const std::size_t first = range_.equal.size();
  for (;;) switch (phase_) {
      case Phase::range:
        begin(step, first);
        add_bounds(step);
        phase_ = Phase::done;
        return true;
      case Phase::tail:
        phase_ = Phase::column;
        if (level_ == order_.size()) break;
        begin(step, level_);
        step.shape.beyond = static_cast<std::uint8_t>(order_.size() - level_);
        for (std::size_t i = level_; i < order_.size(); ++i) step.bind(range_.after[i - first]);
        add_bounds(step);
        return true;
      case Phase::column: {
        if (level_ == first) {
          phase_ = Phase::done;
          break;
        }
        --level_;
        const Cell& at = range_.after[level_ - first];
        if (at.is_null() && range_.descending) break;
        begin(step, level_);
        if (at.is_null()) {
          step.shape.from = true;  // past the nulls
          step.bind(least(column(level_).type));
          return true;
        }
        step.shape.beyond = 1;
        step.bind(at);
        add_bounds(step);
        if (range_.descending && column(level_).nullable && !(bounded_ && level_ == first))
          phase_ = Phase::nulls;
        return true;
      }
      case Phase::nulls:
        begin(step, level_);
        ++step.shape.equal;
        step.bind(Cell());
        phase_ = Phase::column;
        return true;
      case Phase::done:
        return false;
    }
}

}  // namespace connex::store
