#include "adapters/store_contract.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>

namespace connex::store::testing {
namespace {

using namespace std::string_view_literals;

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();

std::unique_ptr<Store> ready(const MakeStore& make) {
  std::unique_ptr<Store> store = make();
  REQUIRE(store->prepare(kSchema));
  return store;
}

std::unique_ptr<WriteTransaction> writing(Store& store) { return store.begin_write().value(); }

std::optional<Row> find(Store& store, const Table& table, std::span<const Cell> key) {
  Row row;
  auto transaction = store.begin_read().value();
  return transaction->get(table, key, row).value() ? std::optional(row) : std::nullopt;
}

std::vector<std::string> ids(std::span<const Row> rows) {
  std::vector<std::string> found;
  for (const Row& row : rows) found.emplace_back(row.bytes(0));
  return found;
}

std::array<Cell, 6> item_row(std::string_view id, std::string_view kind, Cell due, Cell email = {},
                             std::int64_t rank = 0, Cell body = {}) {
  return {id, kind, due, email, rank, body};
}

ErrorCode code(const Result<void>& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

}  // namespace

std::vector<Cell> cells(const Row& row) {
  std::vector<Cell> all;
  for (std::size_t i = 0; i < row.size(); ++i) all.push_back(row[i]);
  return all;
}

bool same(const Row& row, std::span<const Cell> expected) {
  const std::vector<Cell> actual = cells(row);
  return std::equal(actual.begin(), actual.end(), expected.begin(), expected.end());
}

std::vector<std::uint8_t> order_columns(const Table& table, const Index* index) {
  std::vector<std::uint8_t> order;
  if (index != nullptr) order.assign(index->columns.begin(), index->columns.end());
  for (std::uint8_t i = 0; i < table.key_size; ++i)
    if (std::count(order.begin(), order.end(), i) == 0) order.push_back(i);
  return order;
}

std::vector<Row> all_rows(Store& store, const Table& table) {
  std::vector<Row> rows;
  auto transaction = store.begin_read().value();
  Range range;
  range.limit = 1000;
  for (std::vector<Cell> after;;) {
    const std::size_t before = rows.size();
    REQUIRE(transaction->scan(table, range, rows));
    if (rows.size() == before) return rows;
    after = cells(rows.back());
    range.after = std::span(after).first(table.key_size);
  }
}

void put(Store& store, const Table& table, std::span<const Cell> row) {
  auto transaction = writing(store);
  REQUIRE(transaction->insert(table, row));
  REQUIRE(transaction->commit());
}

void check_rows(const MakeStore& make) {
  const auto store = ready(make);
  SUBCASE("values come back as they went in") {
    const std::int64_t integers[] = {0, 1, -1, 255, -32769, (1LL << 53) + 1, kLeast, kMost};
    const std::string_view texts[] = {"",    "a",  "\u00e9\u0928\U0001F600", "quote ' and \" and %",
                                      "123", "1e5"};
    const std::string_view blobs[] = {"", "\0"sv, "a\0b"sv, "\xff\xfe", "text"};
    const std::string long_text(100'000, 'x');
    std::int64_t number = 0;
    std::vector<std::vector<Cell>> rows;
    for (const std::int64_t integer : integers) rows.push_back({Cell::blob("i"), integer, {}});
    for (const std::string_view text : texts) rows.push_back({Cell::blob("t"), number++, text});
    for (const std::string_view blob : blobs) rows.push_back({Cell::blob(blob), 7, {}});
    rows.push_back({Cell::blob("long"), 8, std::string_view(long_text)});
    auto transaction = writing(*store);
    for (const auto& row : rows) REQUIRE(transaction->insert(link::kTable, row));
    REQUIRE(transaction->commit());
    for (const auto& row : rows) {
      const auto found = find(*store, link::kTable, std::span(row).first(2));
      REQUIRE(found);
      CHECK(same(*found, row));
    }
    CHECK(all_rows(*store, link::kTable).size() == rows.size());
  }
  SUBCASE("a missing row is no error and leaves an empty row") {
    const Cell key[] = {"nobody"sv};
    Row row;
    row.push(1);
    CHECK(store->begin_read().value()->get(item::kTable, key, row).value() == false);
    CHECK(row.size() == 0);
  }
  SUBCASE("update replaces every value but the key") {
    put(*store, item::kTable, item_row("a", "k", 1, "a@x"sv, 2, Cell::blob("b")));
    auto transaction = writing(*store);
    const auto changed = item_row("a", "l", {}, {}, 9, Cell::blob("c"));
    REQUIRE(transaction->update(item::kTable, changed));
    REQUIRE(transaction->commit());
    CHECK(same(*find(*store, item::kTable, std::span(changed).first(1)), changed));
  }
  SUBCASE("update of a row that is nothing but key, and of none") {
    const Cell row[] = {"x"sv, 1}, other[] = {"x"sv, 2};
    put(*store, pair::kTable, row);
    auto transaction = writing(*store);
    CHECK(transaction->update(pair::kTable, row));
    CHECK(code(transaction->update(pair::kTable, other)) == ErrorCode::not_found);
  }
  SUBCASE("erase says whether there was a row") {
    put(*store, item::kTable, item_row("a", "k", 1));
    auto transaction = writing(*store);
    const Cell key[] = {"a"sv};
    CHECK(transaction->erase(item::kTable, key).value() == true);
    CHECK(transaction->erase(item::kTable, key).value() == false);
    REQUIRE(transaction->commit());
    CHECK_FALSE(find(*store, item::kTable, key));
    std::vector<Row> rows;
    const Cell kind[] = {"k"sv};
    Range range;
    range.index = &item::kByDue;
    range.equal = kind;
    REQUIRE(store->begin_read().value()->scan(item::kTable, range, rows));
    CHECK(rows.empty());
  }
  SUBCASE("a taken key is a conflict") {
    put(*store, item::kTable, item_row("a", "k", 1));
    CHECK(code(writing(*store)->insert(item::kTable, item_row("a", "l", 2))) == ErrorCode::conflict);
    const Cell event[] = {1, {}, Cell::blob("p")};
    put(*store, event::kTable, event);
    CHECK(code(writing(*store)->insert(event::kTable, event)) == ErrorCode::conflict);
  }
  SUBCASE("a taken unique index is a conflict, for insert and for update") {
    put(*store, item::kTable, item_row("a", "k", 1, "one"sv));
    put(*store, item::kTable, item_row("b", "k", 1, "two"sv));
    CHECK(code(writing(*store)->insert(item::kTable, item_row("c", "k", 1, "one"sv))) == ErrorCode::conflict);
    CHECK(code(writing(*store)->update(item::kTable, item_row("b", "k", 1, "one"sv))) == ErrorCode::conflict);
    auto transaction = writing(*store);
    CHECK(transaction->update(item::kTable, item_row("a", "l", 1, "one"sv)));  // its own
    CHECK(transaction->update(item::kTable, item_row("a", "l", 1, "three"sv)));
    CHECK(transaction->insert(item::kTable, item_row("c", "k", 1, "one"sv)));  // free again
    CHECK(transaction->commit());
  }
  SUBCASE("rows with a null are exempt from a unique index") {
    auto transaction = writing(*store);
    CHECK(transaction->insert(item::kTable, item_row("a", "k", 1)));
    CHECK(transaction->insert(item::kTable, item_row("b", "k", 1)));
    const Cell first[] = {Cell::blob("a"), 1, {}}, second[] = {Cell::blob("b"), 1, {}};
    CHECK(transaction->insert(link::kTable, first));
    CHECK(transaction->insert(link::kTable, second));
    CHECK(transaction->commit());
  }
  SUBCASE("update of an indexed column moves the row") {
    put(*store, item::kTable, item_row("a", "k", 5));
    auto transaction = writing(*store);
    REQUIRE(transaction->update(item::kTable, item_row("a", "k", 50)));
    const Cell kind[] = {"k"sv};
    Range range;
    range.index = &item::kByDue;
    range.equal = kind;
    range.below = 10;
    std::vector<Row> rows;
    REQUIRE(transaction->scan(item::kTable, range, rows));
    CHECK(rows.empty());
    range.from = 50;
    range.below = {};
    REQUIRE(transaction->scan(item::kTable, range, rows));
    CHECK(ids(rows) == std::vector<std::string>{"a"});
  }
}

void check_transactions(const MakeStore& make) {
  const auto store = ready(make);
  const auto row = item_row("a", "k", 1);
  const std::span<const Cell> key = std::span(row).first(1);
  SUBCASE("a writer sees its own changes, a reader only what was committed when it began") {
    auto before = store->begin_read().value();
    auto writer = writing(*store);
    REQUIRE(writer->insert(item::kTable, row));
    auto during = store->begin_read().value();
    Row found;
    CHECK(writer->get(item::kTable, key, found).value());
    CHECK_FALSE(during->get(item::kTable, key, found).value());
    REQUIRE(writer->commit());
    CHECK_FALSE(before->get(item::kTable, key, found).value());  // its first look, yet the view is older
    CHECK_FALSE(during->get(item::kTable, key, found).value());
    CHECK(store->begin_read().value()->get(item::kTable, key, found).value());
  }
  SUBCASE("without a commit nothing remains") {
    CHECK(writing(*store)->insert(item::kTable, row));
    CHECK_FALSE(find(*store, item::kTable, key));
    CHECK(writing(*store)->insert(item::kTable, row));
  }
  SUBCASE("a failure ends the transaction") {
    put(*store, item::kTable, row);
    auto writer = writing(*store);
    const auto other = item_row("b", "k", 2);
    REQUIRE(writer->insert(item::kTable, other));
    CHECK(code(writer->insert(item::kTable, row)) == ErrorCode::conflict);
    Row found;
    std::vector<Row> rows;
    CHECK(writer->get(item::kTable, key, found).error().code == ErrorCode::conflict);
    CHECK(code(writer->scan(item::kTable, {}, rows)) == ErrorCode::conflict);
    CHECK(code(writer->insert(item::kTable, item_row("c", "k", 3))) == ErrorCode::conflict);
    CHECK(code(writer->update(item::kTable, row)) == ErrorCode::conflict);
    CHECK(writer->erase(item::kTable, key).error().code == ErrorCode::conflict);
    CHECK(code(writer->commit()) == ErrorCode::conflict);
    writer.reset();
    CHECK(ids(all_rows(*store, item::kTable)) == std::vector<std::string>{"a"});
  }
  SUBCASE("a commit ends the transaction and lets the next writer in") {
    auto writer = writing(*store);
    REQUIRE(writer->insert(item::kTable, row));
    REQUIRE(writer->commit());
    CHECK_FALSE(writer->insert(item::kTable, item_row("b", "k", 2)));
    CHECK_FALSE(writer->commit());
    put(*store, item::kTable, item_row("c", "k", 3));
    writer.reset();
    CHECK(ids(all_rows(*store, item::kTable)) == std::vector<std::string>{"a", "c"});
  }
  SUBCASE("a visitor changes nothing: trying ends the transaction") {
    put(*store, item::kTable, row);
    const auto other = item_row("b", "k", 2);
    using Change = std::function<Result<void>(WriteTransaction&)>;
    const Change changes[] = {
        [&](WriteTransaction& writer) { return writer.insert(item::kTable, other); },
        [&](WriteTransaction& writer) { return writer.update(item::kTable, row); },
        [&](WriteTransaction& writer) -> Result<void> {
          if (auto erased = writer.erase(item::kTable, key); !erased) return erased.error();
          return {};
        },
        [&](WriteTransaction& writer) { return writer.commit(); },
    };
    for (const Change& change : changes) {
      auto writer = writing(*store);
      int seen = 0;
      const auto visitor = [&](RowView) -> Result<bool> {
        ++seen;
        CHECK(code(change(*writer)) == ErrorCode::internal);
        return true;
      };
      (void)writer->visit(item::kTable, {.limit = kNoLimit}, visitor);
      CHECK(seen == 1);
      CHECK(code(writer->insert(item::kTable, other)) == ErrorCode::internal);
      CHECK(code(writer->commit()) == ErrorCode::internal);
    }
    auto writer = writing(*store);  // and is free to after the visit
    REQUIRE(writer->visit(item::kTable, {}, [](RowView) -> Result<bool> { return true; }));
    CHECK(writer->insert(item::kTable, other));
    CHECK(writer->commit());
    CHECK(ids(all_rows(*store, item::kTable)) == std::vector<std::string>{"a", "b"});
  }
  SUBCASE("a visitor that fails ends the transaction, too") {
    put(*store, item::kTable, row);
    auto writer = writing(*store);
    const auto fails = [](RowView) -> Result<bool> { return Error{ErrorCode::busy, "enough", {}}; };
    CHECK(code(writer->visit(item::kTable, {}, fails)) == ErrorCode::busy);
    CHECK(code(writer->commit()) == ErrorCode::busy);
  }
  SUBCASE("an empty commit is one") { CHECK(writing(*store)->commit()); }
}

void check_scans(const MakeStore& make) {
  const auto store = ready(make);
  {
    auto writer = writing(*store);
    const std::int64_t dues[] = {kLeast, 3, 1, 2, 3, kMost, 2};
    for (int i = 0; i < 40; ++i) {
      const std::string id = "id" + std::to_string(i % 7) + std::to_string(i);
      const Cell due = i % 4 == 0 ? Cell() : Cell(dues[i % 7]);
      REQUIRE(writer->insert(item::kTable, item_row(id, i % 3 == 0 ? "k" : "l", due, {}, i % 2)));
    }
    REQUIRE(writer->commit());
  }
  SUBCASE("pages cover each row once, both ways, whatever the limit") {
    for (const Index* index : {static_cast<const Index*>(nullptr), &item::kByDue, &item::kByRank})
      for (const bool descending : {false, true}) {
        const auto order = order_columns(item::kTable, index);
        Range whole;
        whole.index = index;
        whole.limit = 1000;
        whole.descending = descending;
        std::vector<Row> expected;
        REQUIRE(store->begin_read().value()->scan(item::kTable, whole, expected));
        REQUIRE(expected.size() == 40);
        for (std::uint32_t limit = 1; limit <= 41; ++limit) {
          std::vector<Row> rows;
          std::vector<Cell> after;
          for (std::size_t before = 1; before != rows.size() && rows.size() < 100;) {
            before = rows.size();
            Range page = whole;
            page.limit = limit;
            page.after = after;
            REQUIRE(store->begin_read().value()->scan(item::kTable, page, rows));
            REQUIRE(rows.size() - before <= limit);
            after.clear();
            for (const std::uint8_t column : order) after.push_back(rows.back()[column]);
          }
          CHECK(ids(rows) == ids(expected));
        }
      }
  }
  SUBCASE("bounds take in `from`, leave out `below` and every null") {
    const Cell kind[] = {"l"sv};
    Range range;
    range.index = &item::kByDue;
    range.equal = kind;
    range.limit = 100;
    const auto dues = [&] {
      std::vector<Row> rows;
      REQUIRE(store->begin_read().value()->scan(item::kTable, range, rows));
      std::set<std::int64_t> found;
      for (const Row& row : rows) {
        CHECK_FALSE(row.is_null(item::due));
        found.insert(row.integer(item::due));
      }
      return found;
    };
    range.from = 2;
    CHECK(dues() == std::set<std::int64_t>{2, 3, kMost});
    range.below = kMost;
    CHECK(dues() == std::set<std::int64_t>{2, 3});
    range.from = {};
    CHECK(dues() == std::set<std::int64_t>{kLeast, 1, 2, 3});
    range.below = kLeast;
    CHECK(dues().empty());
    range.descending = true;
    range.below = 3;
    CHECK(dues() == std::set<std::int64_t>{kLeast, 1, 2});
  }
  SUBCASE("a null in `equal` finds nulls") {
    const Cell open[] = {"l"sv, {}};
    Range range;
    range.index = &item::kByDue;
    range.equal = open;
    range.limit = 100;
    std::vector<Row> rows;
    REQUIRE(store->begin_read().value()->scan(item::kTable, range, rows));
    CHECK(rows.size() == 6);
    CHECK(std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.is_null(item::due); }));
  }
  SUBCASE("a position may borrow from the rows that are appended to") {
    std::vector<Row> rows;
    std::vector<Cell> after;
    Range range;
    for (int i = 0; i < 40; ++i) {
      REQUIRE(store->begin_read().value()->scan(item::kTable, range, rows));
      after = {rows.back()[item::id]};
      range.after = after;
    }
    CHECK(ids(rows) == ids(all_rows(*store, item::kTable)));
  }
  SUBCASE("rows are appended") {
    std::vector<Row> rows(3);
    REQUIRE(store->begin_read().value()->scan(item::kTable, {}, rows));
    CHECK(rows.size() == 4);
  }
  SUBCASE("an index may be named by a copy") {
    const Index copy = item::kByRank;
    Range range;
    range.index = &copy;
    std::vector<Row> rows;
    REQUIRE(store->begin_read().value()->scan(item::kTable, range, rows));
    CHECK(rows.size() == 1);
  }
}

void check_visits(const MakeStore& make) {
  const auto store = ready(make);
  {
    auto writer = writing(*store);
    for (int i = 0; i < 1'203; ++i) {
      const std::string id = "id" + std::to_string(i * 7 % 1'203), body(static_cast<std::size_t>(i % 90), 'b');
      REQUIRE(writer->insert(item::kTable, item_row(id, i % 2 == 0 ? "k" : "l", i % 3 == 0 ? Cell() : Cell(i), {},
                                                    i % 10, Cell::blob(body))));
    }
    REQUIRE(writer->commit());
  }
  auto reader = store->begin_read().value();
  const auto visited = [&](const Range& range) {
    std::vector<Row> rows;
    REQUIRE(reader->visit(item::kTable, range, [&](RowView row) -> Result<bool> {
      rows.emplace_back(row);
      return true;
    }));
    return rows;
  };
  SUBCASE("a visit meets the rows of a scan, and all of them where it has no limit") {
    for (const Index* index : {static_cast<const Index*>(nullptr), &item::kByDue, &item::kByRank})
      for (const bool descending : {false, true})
        for (const std::uint32_t limit : {1U, 499U, 500U, 501U, 1'000U, 1'203U, kMaxScan}) {
          Range range{.index = index, .limit = limit, .descending = descending};
          std::vector<Row> expected;
          REQUIRE(reader->scan(item::kTable, range, expected));
          CHECK(expected.size() == std::min(limit, 1'203U));
          const std::vector<Row> rows = visited(range);
          REQUIRE(rows.size() == expected.size());
          for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(same(rows[i], cells(expected[i])));
          range.limit = kNoLimit;
          if (limit == kMaxScan) CHECK(ids(visited(range)) == ids(expected));
        }
    const Cell rank[] = {3};
    CHECK(visited({.index = &item::kByRank, .equal = rank, .limit = kNoLimit}).size() == 120);
    CHECK(visited({.index = &item::kByDue, .equal = {}, .limit = kNoLimit}).size() == 1'203);
    const Cell key[] = {"id8"sv};
    CHECK(visited({.equal = key, .limit = kNoLimit}).size() == 1);
  }
  SUBCASE("a visitor says when that is enough, and its failure is the visit's") {
    int seen = 0;
    REQUIRE(reader->visit(item::kTable, {.limit = kNoLimit}, [&](RowView) -> Result<bool> { return ++seen < 7; }));
    CHECK(seen == 7);
    const auto failed = reader->visit(item::kTable, {.limit = kNoLimit}, [&](RowView) -> Result<bool> {
      if (++seen == 10) return Error{ErrorCode::busy, "enough", {}};
      return true;
    });
    CHECK(code(failed) == ErrorCode::busy);
    CHECK(seen == 10);
    CHECK(visited({.limit = kNoLimit}).size() == 1'203);
  }
  SUBCASE("a visitor may throw") {
    const auto throws = [](RowView) -> Result<bool> { throw std::bad_alloc(); };
    CHECK_THROWS_AS((void)reader->visit(item::kTable, {.limit = kNoLimit}, throws), std::bad_alloc);
    CHECK(visited({.limit = kNoLimit}).size() == 1'203);
  }
  SUBCASE("a visitor may read, and visit alike, while its own row stays") {
    std::vector<std::string> outer, inner;
    REQUIRE(reader->visit(item::kTable, {.limit = 40}, [&](RowView row) -> Result<bool> {
      const Row kept(row);
      Row found;
      const Cell key[] = {row[item::id]};
      REQUIRE(reader->get(item::kTable, key, found).value());
      CHECK(same(found, cells(kept)));
      std::size_t met = 0;
      REQUIRE(reader->visit(item::kTable, {.limit = 30}, [&](RowView other) -> Result<bool> {
        if (outer.empty()) inner.emplace_back(other.bytes(item::id));
        ++met;
        return true;
      }));
      CHECK(met == 30);
      for (std::size_t i = 0; i < row.size(); ++i) CHECK(row[i] == kept[i]);
      outer.emplace_back(row.bytes(item::id));
      return true;
    }));
    CHECK(outer.size() == 40);
    CHECK(std::equal(inner.begin(), inner.end(), outer.begin()));
  }
  SUBCASE("a range that does not fit is refused, and nothing is visited") {
    const auto none = [](RowView) -> Result<bool> {
      FAIL("visited");
      return true;
    };
    CHECK(code(reader->visit(item::kTable, {.limit = 0}, none)) == ErrorCode::invalid_argument);
    std::vector<Row> rows;
    CHECK(code(reader->scan(item::kTable, {.limit = kNoLimit}, rows)) == ErrorCode::invalid_argument);
    CHECK(code(reader->visit(item::kTable, {.index = &link::kIndexes[0]}, none)) == ErrorCode::invalid_argument);
  }
}

void check_bad_calls(const MakeStore& make) {
  SUBCASE("nothing begins before prepare") {
    const auto store = make();
    CHECK(store->begin_read().error().code == ErrorCode::internal);
    CHECK(store->begin_write().error().code == ErrorCode::internal);
  }
  SUBCASE("rows, keys and ranges that do not fit are refused and change nothing") {
    const auto store = ready(make);
    const auto insert = [&](const Table& table, std::span<const Cell> row) {
      return code(writing(*store)->insert(table, row));
    };
    const auto good = item_row("a", "k", 1);
    CHECK(insert(item::kTable, std::span(good).first(5)) == ErrorCode::invalid_argument);
    CHECK(insert(item::kTable, item_row("a", "k", "1"sv)) == ErrorCode::invalid_argument);
    const std::array<Cell, 6> no_key{Cell(), "k"sv, 1, Cell(), 0, Cell()};
    CHECK(insert(item::kTable, no_key) == ErrorCode::invalid_argument);
    for (const std::string_view bad :
         {"nul\0"sv, "\0"sv, "12345678\0"sv, "1234567\0"sv, "\x80"sv, "\xC3"sv, "\xC0\x80"sv,
          "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv,
          "\xF8\x88\x80\x80\x80"sv, "12345678\xFF"sv, "\xE0\xA4"sv, "\xC3("sv}) {
      CHECK(insert(item::kTable, item_row(bad, "k", 1)) == ErrorCode::invalid_argument);
    }
    for (const std::string_view fine :
         {"\xC2\x80"sv, "\xED\x9F\xBF"sv, "\xEF\xBF\xBF"sv, "\xF4\x8F\xBF\xBF"sv})
      put(*store, item::kTable, item_row(fine, "k", 1));
    static constexpr Table kStranger{"strangers", item::kColumns, 1, {}};
    CHECK(insert(kStranger, good) == ErrorCode::invalid_argument);

    const auto scan = [&](const Range& range) {
      std::vector<Row> rows(2);
      const ErrorCode refused = code(store->begin_read().value()->scan(item::kTable, range, rows));
      CHECK(rows.size() == 2);
      return refused;
    };
    const auto range = [](const Index* index, std::span<const Cell> equal, Cell from = {},
                          std::span<const Cell> after = {}, std::uint32_t limit = 1) {
      return Range{index, equal, from, {}, after, limit, false};
    };
    const Cell text[] = {"k"sv, "x"sv}, three[] = {"k"sv, 1, "a"sv};
    CHECK(scan(range(nullptr, {}, {}, {}, 0)) == ErrorCode::invalid_argument);
    CHECK(scan(range(nullptr, {}, {}, {}, kMaxScan + 1)) == ErrorCode::invalid_argument);
    CHECK(scan(range(&link::kIndexes[0], {})) == ErrorCode::invalid_argument);
    CHECK(scan(range(&item::kByDue, text)) == ErrorCode::invalid_argument);
    CHECK(scan(range(nullptr, text)) == ErrorCode::invalid_argument);
    CHECK(scan(range(nullptr, {}, 1)) == ErrorCode::invalid_argument);
    CHECK(scan(range(&item::kByDue, three, 1)) == ErrorCode::invalid_argument);
    CHECK(scan(range(&item::kByDue, {}, {}, std::span(three).first(2))) == ErrorCode::invalid_argument);
    Row row;
    CHECK(store->begin_read().value()->get(item::kTable, three, row).error().code ==
          ErrorCode::invalid_argument);
    CHECK(writing(*store)->erase(item::kTable, three).error().code == ErrorCode::invalid_argument);
    CHECK(all_rows(*store, item::kTable).size() == 4);
  }
  SUBCASE("a schema that cannot be kept is refused") {
    static constexpr Column kNullKey[] = {{"id", CellType::text, true}};
    static constexpr Column kBadName[] = {{"id\" TEXT); DROP TABLE x"}};
    static constexpr Column kLate[] = {{"id"}, {"more", CellType::text, false, 2}};
    static constexpr Column kPlain[] = {{"id"}, {"note"}};
    static constexpr std::uint8_t kOutside[] = {2}, kTwice[] = {1, 1}, kNote[] = {1};
    static constexpr Index kBadIndex[] = {{"x", kOutside}}, kRepeats[] = {{"x", kTwice}},
                           kSameName[] = {{"x", kNote}, {"x", kNote}}, kNewer[] = {{"x", kNote, false, 3}};
    const Table bad[] = {
        {"t", kNullKey, 1, {}, 1},      {"t", kBadName, 1, {}, 1},     {"t", kLate, 1, {}, 1},
        {"T", kPlain, 1, {}, 1},        {"", kPlain, 1, {}, 1},        {"sqlite_t", kPlain, 1, {}, 1},
        {"t", kPlain, 0, {}, 1},        {"t", kPlain, 3, {}, 1},       {"t", {}, 1, {}, 1},
        {"t", kPlain, 1, kBadIndex, 1}, {"t", kPlain, 1, kRepeats, 1}, {"t", kPlain, 1, kSameName, 1},
        {"t", kPlain, 1, kNewer, 1},    {"t", kPlain, 1, {}, 3}};
    for (const Table& table : bad) {
      const Table* const tables[] = {&table};
      CHECK(code(make()->prepare({2, tables})) == ErrorCode::invalid_argument);
    }
  }
}

namespace {

// The contract told naively: every row in a map, every scan a filter and a sort.
class Model {
 public:
  using Rows = std::map<std::vector<std::string>, Row>;

  static std::vector<std::string> key(const Table& table, const Row& row) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < table.key_size; ++i)
      parts.push_back(row[i].type() == CellType::integer ? std::to_string(row.integer(i))
                                                         : std::string(row.bytes(i)));
    return parts;
  }

  Rows& rows(const Table& table) { return tables_[&table]; }

  bool clashes(const Table& table, const Row& row) {
    for (const Index& index : table.indexes) {
      const auto holds = [&](auto&& test) {
        return std::all_of(index.columns.begin(), index.columns.end(), test);
      };
      if (!index.unique || !holds([&](auto c) { return !row.is_null(c); })) continue;
      for (const auto& entry : rows(table))
        if (entry.first != key(table, row) && holds([&](auto c) { return entry.second[c] == row[c]; }))
          return true;
    }
    return false;
  }

  std::vector<Row> scan(const Table& table, const Range& range) {
    const auto order = order_columns(table, range.index);
    const std::size_t next = range.equal.size();
    std::vector<Row> found;
    for (const auto& [key, row] : rows(table)) {
      bool in = true;
      for (std::size_t i = 0; i < next; ++i) in = in && row[order[i]] == range.equal[i];
      if (!range.from.is_null()) in = in && !row.is_null(order[next]) && row[order[next]] >= range.from;
      if (!range.below.is_null()) in = in && !row.is_null(order[next]) && row[order[next]] < range.below;
      if (!range.after.empty()) {
        std::strong_ordering place = std::strong_ordering::equal;
        for (std::size_t i = 0; i < range.after.size() && place == 0; ++i)
          place = row[order[next + i]] <=> range.after[i];
        in = in && (range.descending ? place < 0 : place > 0);
      }
      if (in) found.push_back(row);
    }
    std::sort(found.begin(), found.end(), [&](const Row& a, const Row& b) {
      for (const std::uint8_t column : order)
        if (const auto place = a[column] <=> b[column]; place != 0)
          return range.descending ? place > 0 : place < 0;
      return false;
    });
    if (found.size() > range.limit) found.resize(range.limit);
    return found;
  }

 private:
  std::map<const Table*, Rows> tables_;
};

}  // namespace

void check_against_model(const MakeStore& make, unsigned seed, int steps) {
  CAPTURE(seed);
  const auto store = ready(make);
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  // Few values, so that rows collide, and those at the edges of each order.
  static constexpr std::int64_t kIntegers[] = {kLeast, kLeast + 1, -2,  -1,        0,    1,
                                               2,      255,        256, kMost - 1, kMost};
  static constexpr std::string_view kTexts[] = {"",   "\x01", "a",      "a\x01",     "aa",
                                                "ab", "b",    "\u00e9", "\U0001F600"};
  static constexpr std::string_view kBlobs[] = {""sv,     "\0"sv,   "\0\0"sv,   "\0\x01"sv, "\0\xff"sv,
                                                "\x01"sv, "\xff"sv, "\xff\0"sv, "a"sv,      "a\0"sv};
  const auto value = [&](const Column& column) -> Cell {
    if (column.nullable && below(3) == 0) return {};
    switch (column.type) {
      case CellType::integer:
        return kIntegers[below(std::size(kIntegers))];
      case CellType::text:
        return kTexts[below(std::size(kTexts))];
      default:
        return Cell::blob(kBlobs[below(std::size(kBlobs))]);
    }
  };
  const auto random_row = [&](const Table& table) {
    std::vector<Cell> row;
    for (const Column& column : table.columns) row.push_back(value(column));
    return row;
  };

  Model committed;
  for (int done = 0; done < steps;) {
    Model model = committed;
    auto writer = writing(*store);
    bool failed = false;
    for (std::size_t left = 1 + below(30); left > 0 && !failed; --left, ++done) {
      const Table& table = *kTables[below(std::size(kTables))];
      Model::Rows& rows = model.rows(table);
      const std::vector<Cell> values = random_row(table);
      Row row;
      for (const Cell& cell : values) row.push(cell);
      const auto key = Model::key(table, row);
      const bool present = rows.count(key) != 0;
      switch (below(8)) {
        case 0:
        case 1: {
          const Result<void> result = writer->insert(table, values);
          failed = present || model.clashes(table, row);
          REQUIRE(result.has_value() == !failed);
          if (failed) CHECK(result.error().code == ErrorCode::conflict);
          if (!failed) rows[key] = row;
          break;
        }
        case 2: {
          const Result<void> result = writer->update(table, values);
          failed = !present || model.clashes(table, row);
          REQUIRE(result.has_value() == !failed);
          if (!present) CHECK(result.error().code == ErrorCode::not_found);
          if (!failed) rows[key] = row;
          break;
        }
        case 3:
          CHECK(writer->erase(table, std::span(values).first(table.key_size)).value() == present);
          rows.erase(key);
          break;
        case 4: {
          Row found;
          CHECK(writer->get(table, std::span(values).first(table.key_size), found).value() == present);
          if (present) CHECK(same(found, cells(rows[key])));
          break;
        }
        default: {
          Range range;
          const std::size_t pick = below(table.indexes.size() + 1);
          if (pick != 0) range.index = &table.indexes[pick - 1];
          const auto order = order_columns(table, range.index);
          const auto picked = [&]() -> std::vector<Cell> {  // a row there is, or any
            if (rows.empty() || below(3) == 0) return random_row(table);
            return cells(std::next(rows.begin(), static_cast<std::ptrdiff_t>(below(rows.size())))->second);
          };
          const std::vector<Cell> near = picked(), far = picked(), place = picked();
          std::vector<Cell> equal, after;
          const std::size_t fixed = below(3) == 0 ? below(order.size() + 1) : below(2);
          for (std::size_t i = 0; i < fixed; ++i) equal.push_back(near[order[i]]);
          if (fixed < order.size()) {
            if (below(3) == 0) range.from = near[order[fixed]];
            if (below(3) == 0) range.below = far[order[fixed]];
            if (below(2) == 0)
              for (std::size_t i = fixed; i < order.size(); ++i) after.push_back(place[order[i]]);
          }
          range.equal = equal;
          range.after = after;
          range.limit = static_cast<std::uint32_t>(1 + below(below(2) == 0 ? 3 : 40));
          range.descending = below(2) == 0;
          std::vector<Row> actual;
          REQUIRE(writer->scan(table, range, actual));
          const std::vector<Row> expected = model.scan(table, range);
          REQUIRE(actual.size() == expected.size());
          for (std::size_t i = 0; i < actual.size(); ++i) REQUIRE(same(actual[i], cells(expected[i])));
          if (below(3) == 0) range.limit = kNoLimit;
          const std::vector<Row> all = model.scan(table, range);
          std::size_t met = 0;
          REQUIRE(writer->visit(table, range, [&](RowView visited) -> Result<bool> {
            REQUIRE(met < all.size());
            REQUIRE(same(Row(visited), cells(all[met])));
            ++met;
            return true;
          }));
          REQUIRE(met == all.size());
        }
      }
    }
    if (!failed && below(4) != 0) {
      REQUIRE(writer->commit());
      committed = model;
    }
    writer.reset();
    if (below(20) == 0)
      for (const Table* table : kTables) {
        const std::vector<Row> rows = all_rows(*store, *table);
        REQUIRE(rows.size() == committed.rows(*table).size());
        for (const Row& row : rows)
          REQUIRE(same(row, cells(committed.rows(*table).at(Model::key(*table, row)))));
      }
  }
}

// Writers move one unit between two rows; whoever reads, at whatever moment, sees the sum unchanged.
void check_threads(const MakeStore& make, int commits) {
  const auto store = ready(make);
  put(*store, item::kTable, item_row("a", "k", 1, {}, 1000));
  put(*store, item::kTable, item_row("b", "k", 1, {}, 1000));
  std::atomic<int> bad = 0, seen = 0;
  std::atomic<bool> stop = false;
  const auto read = [&](ReadTransaction& from, std::string_view id) -> std::int64_t {
    const Cell key[] = {id};
    Row row;
    if (!from.get(item::kTable, key, row).value()) ++bad;
    return row.size() == 0 ? 0 : row.integer(item::rank);
  };
  std::vector<std::thread> readers, writers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!stop) {
        auto reader = store->begin_read().value();
        const std::int64_t a = read(*reader, "a");
        std::this_thread::yield();
        std::vector<Row> rows;
        Range range;
        range.index = &item::kByRank;
        range.limit = 10;
        if (!reader->scan(item::kTable, range, rows)) ++bad;
        std::int64_t sum = 0;
        for (const Row& row : rows) sum += row.integer(item::rank);
        if (rows.size() != 2 || sum != 2000 || a + read(*reader, "b") != 2000) ++bad;
        ++seen;
      }
    });
  for (int i = 0; i < 2; ++i)
    writers.emplace_back([&] {
      for (int n = 0; n < commits; ++n) {
        auto reader = store->begin_read().value();  // one thread may hold both
        auto writer = store->begin_write().value();
        const std::int64_t a = read(*writer, "a"), b = read(*writer, "b");
        if (!writer->update(item::kTable, item_row("a", "k", 1, {}, a - 1)) ||
            !writer->update(item::kTable, item_row("b", "k", 1, {}, b + 1)) || !writer->commit())
          ++bad;
      }
    });
  for (std::thread& writer : writers) writer.join();
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(bad == 0);
  CHECK(seen > 0);
  CHECK(read(*store->begin_read().value(), "b") == 1000 + 2 * commits);
}

}  // namespace connex::store::testing
