#include "adapters/sqlite_sql.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>

#include "adapters/store_contract.hpp"
#include "services/schema.hpp"

namespace connex::store::testing {
namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

Database database(const Schema& schema) {
  sqlite3* opened = nullptr;
  REQUIRE(sqlite3_open(":memory:", &opened) == SQLITE_OK);
  Database made(opened);
  for (const std::string& sql : upgrade_sql(schema, 0)) {
    INFO(sql);
    REQUIRE(sqlite3_exec(opened, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  return made;
}

Statement prepare(const Database& database, const std::string& sql) {
  INFO(sql);
  sqlite3_stmt* made = nullptr;
  REQUIRE(sqlite3_prepare_v2(database.get(), sql.c_str(), -1, &made, nullptr) == SQLITE_OK);
  return Statement(made);
}

// How SQLite means to run it, one line per step.
std::vector<std::string> plan_of(const Database& database, const std::string& sql) {
  const Statement statement = prepare(database, "EXPLAIN QUERY PLAN " + sql);
  std::vector<std::string> lines;
  while (sqlite3_step(statement.get()) == SQLITE_ROW)
    lines.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 3)));
  return lines;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Cell some(CellType type) {
  if (type == CellType::integer) return 1;
  return type == CellType::text ? Cell("t") : Cell::blob("b");
}

// Every form that a scan of this table can take.
std::vector<ScanShape> shapes(const Table& table) {
  std::vector<ScanShape> found;
  for (std::size_t pick = 0; pick <= table.indexes.size(); ++pick) {
    const Index* index = pick == 0 ? nullptr : &table.indexes[pick - 1];
    const auto order = order_columns(table, index);
    for (std::size_t fixed = 0; fixed <= order.size(); ++fixed)
      for (unsigned form = 0; form < (1U << (4 + order.size())); ++form) {
        std::vector<Cell> equal, after;
        for (std::size_t i = 0; i < fixed; ++i) equal.push_back(some(table.columns[order[i]].type));
        Range range;
        range.index = index;
        range.equal = equal;
        range.descending = (form & 1) != 0;
        if (fixed < order.size()) {
          const CellType type = table.columns[order[fixed]].type;
          if ((form & 2) != 0) range.from = type == CellType::integer ? Cell(0) : some(type);
          if ((form & 4) != 0)
            range.below = type == CellType::integer ? Cell(9)
                          : type == CellType::text  ? Cell("z")
                                                    : Cell::blob("z");
          if ((form & 8) != 0)
            for (std::size_t i = fixed; i < order.size(); ++i) {
              const Column& column = table.columns[order[i]];
              const bool null = column.nullable && ((form >> (4 + i)) & 1) != 0;
              after.push_back(null ? Cell() : some(column.type));
            }
          range.after = after;
        }
        REQUIRE(check_range(table, range));
        ScanPlan plan(table, range);
        for (ScanStep step; plan.next(step);) {
          const auto& shape = step.shape;
          REQUIRE(step.count == std::size_t{shape.equal} + shape.beyond + shape.from + shape.below);
          if (std::find(found.begin(), found.end(), shape) == found.end()) found.push_back(shape);
        }
      }
  }
  return found;
}

// How many terms of the statement narrow its search: all, but past a whole unique key, where there is one row
// at most, SQLite leaves the rest of the order to a filter unless its entries end with the key.
std::size_t narrowing(const Table& table, const ScanShape& shape) {
  const std::size_t bounds = std::size_t{shape.from} + shape.below;
  const std::size_t all = std::size_t{shape.equal} + shape.beyond + bounds;
  const Layout layout = layout_of(table);
  if (layout == Layout::clustered || shape.index == nullptr || !shape.index->unique) return all;
  const auto& columns = shape.index->columns;
  if (std::any_of(columns.begin(), columns.end(), [&](auto c) { return table.columns[c].nullable; }))
    return all;
  if (shape.equal < columns.size())
    return shape.equal + std::min<std::size_t>(shape.beyond, columns.size() - shape.equal) + bounds;
  return layout == Layout::numbered ? all : columns.size();
}

void check_plans(const Schema& schema) {
  const Database db = database(schema);
  for (const Table* table : schema.tables) {
    const std::string name(table->name);
    const Layout layout = layout_of(*table);
    const std::string by_key = layout == Layout::numbered    ? "USING INTEGER PRIMARY KEY"
                               : layout == Layout::clustered ? "USING PRIMARY KEY"
                                                             : "USING INDEX sqlite_autoindex_" + name + "_1";
    for (const std::string& sql : {get_sql(*table), update_sql(*table), erase_sql(*table)}) {
      const auto lines = plan_of(db, sql);
      CAPTURE(sql);
      REQUIRE(lines.size() == 1);
      CHECK(has(lines[0], "SEARCH " + name + " " + by_key));
    }
    CHECK(prepare(db, insert_sql(*table)));
    for (const ScanShape& shape : shapes(*table)) {
      const std::string sql = scan_sql(*table, shape);
      CAPTURE(sql);
      const auto lines = plan_of(db, sql);
      REQUIRE(lines.size() == 1);  // a sort would be a second step
      CAPTURE(lines[0]);
      const bool bounded = shape.equal != 0 || shape.beyond != 0 || shape.from || shape.below;
      CHECK(has(lines[0], (bounded ? "SEARCH " : "SCAN ") + name));
      if (shape.index != nullptr)
        CHECK(has(lines[0], "INDEX " + std::string(shape.index->name)));
      else if (bounded)
        CHECK(has(lines[0], by_key));
      else
        CHECK(lines[0] == "SCAN " + name + (layout == Layout::apart ? ' ' + by_key : ""));  // up to the limit
      // All that is fixed or compared narrows the search, not only its first column.
      const auto marks = static_cast<std::size_t>(std::count(lines[0].begin(), lines[0].end(), '?'));
      CHECK(marks == narrowing(*table, shape));
    }
  }
}

TEST_CASE("no statement searches without its index or sorts") {
  check_plans(kSchema);
  check_plans(services::kSchema);
}

TEST_CASE("small rows lie with their key, wide ones apart from it") {
  CHECK(layout_of(item::kTable) == Layout::apart);
  CHECK(layout_of(event::kTable) == Layout::numbered);
  CHECK(layout_of(pair::kTable) == Layout::clustered);
}

TEST_CASE("a page deep in an order costs what the first one costs") {
  const Database db = database(kSchema);
  REQUIRE(sqlite3_exec(
              db.get(),
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
              "INSERT INTO items SELECT printf('%05d', i), 'k', iif(i % 2, NULL, i / 5000), NULL, 7, NULL "
              "FROM n",
              nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto cost = [&](const Range& range) {
    ScanPlan plan(item::kTable, range);
    std::int64_t steps = 0, left = range.limit;
    for (ScanStep step; left > 0 && plan.next(step);) {
      const Statement statement = prepare(db, scan_sql(item::kTable, step.shape));
      for (std::size_t i = 0; i < step.count; ++i) {
        const Cell& cell = step.values[i];
        const int at = static_cast<int>(i) + 1, size = static_cast<int>(cell.bytes().size());
        if (cell.type() == CellType::integer)
          sqlite3_bind_int64(statement.get(), at, cell.integer());
        else if (cell.type() == CellType::text)
          sqlite3_bind_text(statement.get(), at, cell.bytes().data(), size, SQLITE_STATIC);
      }
      sqlite3_bind_int64(statement.get(), static_cast<int>(step.count) + 1, left);
      while (sqlite3_step(statement.get()) == SQLITE_ROW) --left;
      steps += sqlite3_stmt_status(statement.get(), SQLITE_STMTSTATUS_VM_STEP, 0);
    }
    CHECK(left == 0);
    return steps;
  };
  const Cell kind[] = {"k"};
  const Cell in_nulls[] = {{}, "10001"}, in_values[] = {1, "09000"}, rank[] = {7, "15000"}, key[] = {"15000"};
  for (const bool descending : {false, true}) {
    const auto page = [&](const Index* index, std::span<const Cell> equal, std::span<const Cell> after) {
      return Range{index, equal, {}, {}, after, 20, descending};
    };
    const std::int64_t first = cost(page(&item::kByDue, kind, {}));
    CHECK(cost(page(&item::kByDue, kind, in_nulls)) < 3 * first);
    CHECK(cost(page(&item::kByDue, kind, in_values)) < 3 * first);
    CHECK(cost(page(&item::kByRank, {}, rank)) < 3 * first);
    CHECK(cost(page(nullptr, {}, key)) < 3 * first);
    Range bounded = page(&item::kByDue, kind, in_values);
    bounded.from = 0;
    bounded.below = 4;
    CHECK(cost(bounded) < 3 * first);
  }
}

TEST_CASE("an upgrade creates what is newer and nothing else") {
  static constexpr Column kOld[] = {
      {"id"}, {"name"}, {"note", CellType::text, true, 2}, {"at", CellType::integer, true, 3}};
  static constexpr std::uint8_t kNote[] = {2}, kAt[] = {3};
  static constexpr Index kIndexes[] = {{"by_note", kNote, false, 2}, {"by_at", kAt, true, 3}};
  static constexpr Table kFirst{"firsts", kOld, 1, kIndexes}, kThird{"thirds", kOld, 1, {}, 3};
  static constexpr const Table* kBoth[] = {&kFirst, &kThird};
  using Lines = std::vector<std::string>;
  CHECK(upgrade_sql({3, kBoth}, 3).empty());
  CHECK(upgrade_sql({3, kBoth}, 2) == Lines{"ALTER TABLE \"firsts\" ADD COLUMN \"at\" INTEGER",
                                            "CREATE INDEX \"by_at\" ON \"firsts\" (\"at\", \"id\")",
                                            "CREATE UNIQUE INDEX \"by_at.unique\" ON \"firsts\" (\"at\")",
                                            "CREATE TABLE \"thirds\" (\"id\" TEXT NOT NULL, \"name\" TEXT "
                                            "NOT NULL, \"note\" TEXT, \"at\" INTEGER, "
                                            "PRIMARY KEY (\"id\")) STRICT"});
  CHECK(upgrade_sql({3, kBoth}, 1).size() == 6);
  CHECK(upgrade_sql({3, kBoth}, 0).size() == 5);
}

}  // namespace
}  // namespace connex::store::testing
