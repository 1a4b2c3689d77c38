#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "adapters/store_contract.hpp"
#include "connex/stores.hpp"

namespace connex::store::testing {
namespace {

// A store as a host may write one that knows scans only.
template <class Base>
class Scanning : public Base {
 public:
  explicit Scanning(std::unique_ptr<Base> inner) : inner_(std::move(inner)) {}
  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return inner_->get(table, key, row);
  }
  Result<void> scan(const Table& table, const Range& range, std::vector<Row>& rows) override {
    return inner_->scan(table, range, rows);
  }

 protected:
  std::unique_ptr<Base> inner_;
};
class ScanningRead final : public Scanning<ReadTransaction> {
 public:
  using Scanning::Scanning;
};
class ScanningWrite final : public Scanning<WriteTransaction> {
 public:
  using Scanning::Scanning;
  Result<void> insert(const Table& table, std::span<const Cell> row) override {
    return inner_->insert(table, row);
  }
  Result<void> update(const Table& table, std::span<const Cell> row) override {
    return inner_->update(table, row);
  }
  Result<bool> erase(const Table& table, std::span<const Cell> key) override {
    return inner_->erase(table, key);
  }
  Result<void> commit() override { return inner_->commit(); }
};
class ScanningStore final : public Store {
 public:
  Result<void> prepare(const Schema& schema) override { return inner_->prepare(schema); }
  Result<std::unique_ptr<ReadTransaction>> begin_read() override {
    return std::unique_ptr<ReadTransaction>(std::make_unique<ScanningRead>(inner_->begin_read().value()));
  }
  Result<std::unique_ptr<WriteTransaction>> begin_write() override {
    return std::unique_ptr<WriteTransaction>(std::make_unique<ScanningWrite>(inner_->begin_write().value()));
  }

 private:
  std::unique_ptr<Store> inner_ = make_memory_store();
};

TEST_CASE("row: cells stay with a row that grows, moves, is copied or is used again") {
  const std::string text(300, 't');
  Row row;
  row.push("a");
  row.push({});
  row.push(Cell::blob(""));
  row.push(7);
  row.push(std::string_view(text));
  row.push(row[0]);  // its own
  for (int i = 0; i < 5; ++i) row.push(row[4]);
  const Row copy = row;
  Row moved = std::move(row);
  const Row of_view{RowView(moved)};
  for (const Row* each : {&copy, static_cast<const Row*>(&moved), &of_view}) {
    REQUIRE(each->size() == 11);
    CHECK((*each)[0] == Cell("a"));
    CHECK(each->is_null(1));
    CHECK((*each)[2] == Cell::blob(""));
    CHECK(each->integer(3) == 7);
    CHECK(each->bytes(5) == "a");
    for (const std::size_t i : {4, 6, 10}) CHECK(each->bytes(i) == text);
  }
  moved.clear();
  moved.push("b");
  CHECK(copy.bytes(0) == "a");
  moved = copy;
  CHECK(moved.bytes(10) == text);
  moved.reserve(100, 100'000);
  CHECK(moved.bytes(10) == text);
}

TEST_CASE("a store that knows scans only is visited in pages") {
  const MakeStore make = [] { return std::make_unique<ScanningStore>(); };
  SUBCASE("visits") { check_visits(make); }
  SUBCASE("a model") {
    for (const unsigned seed : {1U, 2U}) check_against_model(make, seed, 2000);
  }
}

TEST_CASE("memory store: visits") { check_visits(make_memory_store); }
TEST_CASE("memory store: rows") { check_rows(make_memory_store); }
TEST_CASE("memory store: transactions") { check_transactions(make_memory_store); }
TEST_CASE("memory store: scans") { check_scans(make_memory_store); }
TEST_CASE("memory store: bad calls") { check_bad_calls(make_memory_store); }
TEST_CASE("memory store: readers beside writers") { check_threads(make_memory_store, 300); }
TEST_CASE("memory store: random operations against a model") {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) check_against_model(make_memory_store, seed, 3000);
}

}  // namespace
}  // namespace connex::store::testing
