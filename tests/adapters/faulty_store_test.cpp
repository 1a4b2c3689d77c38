#include "support/faulty_store.hpp"

#include <doctest/doctest.h>

#include <string>

#include "adapters/store_contract.hpp"
#include "connex/stores.hpp"
#include "support/temp_dir.hpp"

namespace connex::store::testing {
namespace {

// A faulty store, none of its faults armed, that owns what it wraps.
class Unarmed final : public Store {
 public:
  Result<void> prepare(const Schema& schema) override { return faulty_.prepare(schema); }
  Result<std::unique_ptr<ReadTransaction>> begin_read() override { return faulty_.begin_read(); }
  Result<std::unique_ptr<WriteTransaction>> begin_write() override { return faulty_.begin_write(); }

 private:
  std::unique_ptr<Store> inner_ = make_memory_store();
  FaultyStore faulty_{*inner_};
};

std::unique_ptr<Store> make_unarmed() { return std::make_unique<Unarmed>(); }

TEST_CASE("faulty store, unarmed: rows") { check_rows(make_unarmed); }
TEST_CASE("faulty store, unarmed: transactions") { check_transactions(make_unarmed); }
TEST_CASE("faulty store, unarmed: scans") { check_scans(make_unarmed); }
TEST_CASE("faulty store, unarmed: visits") { check_visits(make_unarmed); }
TEST_CASE("faulty store, unarmed: bad calls") { check_bad_calls(make_unarmed); }
TEST_CASE("faulty store, unarmed: random operations against a model") {
  check_against_model(make_unarmed, 5, 2000);
}

// A transaction with a step of every kind. It leaves "new" in both tables, or nothing new.
Result<void> transact(Store& store) {
  auto begun = store.begin_write();
  if (!begun) return begun.error();
  WriteTransaction& writer = **begun;
  const Cell event[] = {1, "new", Cell::blob("p")}, other[] = {2, "new", Cell::blob("q")};
  const Cell changed[] = {1, "newer", Cell::blob("r")}, pair[] = {"new", 1};
  Row row;
  std::vector<Row> rows;
  if (Result<void> done = writer.insert(event::kTable, event); !done) return done;
  if (Result<void> done = writer.insert(event::kTable, other); !done) return done;
  if (Result<bool> done = writer.get(event::kTable, std::span(event).first(1), row); !done)
    return done.error();
  if (Result<void> done = writer.update(event::kTable, changed); !done) return done;
  if (Result<void> done = writer.scan(event::kTable, {}, rows); !done) return done;
  if (Result<bool> done = writer.erase(event::kTable, std::span(other).first(1)); !done) return done.error();
  if (Result<void> done = writer.insert(pair::kTable, pair); !done) return done;
  return writer.commit();
}

void check_faults(const std::function<std::unique_ptr<Store>()>& make) {
  for (const Fault fault : {Fault::error, Fault::exception, Fault::no_memory, Fault::crash}) {
    bool struck = true;
    std::uint64_t n = 1;
    for (; struck; ++n) {
      const auto inner = make();
      REQUIRE(inner->prepare(kSchema));
      FaultyStore store(*inner);
      bool hooked = false;
      store.arm(n, fault, [&] { hooked = true; });
      bool well = false;
      try {
        well = transact(store).has_value();
      } catch (const std::exception&) {
        CHECK((fault == Fault::exception || fault == Fault::no_memory));
      }
      struck = store.struck();
      const Step last = store.last();
      CAPTURE(std::string(name(last)));
      CHECK(well == !struck);
      CHECK(hooked == (struck && fault == Fault::crash));
      const bool there = !struck || last == Step::committed;
      CHECK(all_rows(*inner, event::kTable).size() == (there ? 1 : 0));
      CHECK(all_rows(*inner, pair::kTable).size() == (there ? 1 : 0));
      if (!there) CHECK(transact(*inner));                      // and it is in nobody's way
      if (struck) CHECK(transact(store).has_value() == false);  // dead, or its key is taken
    }
    CHECK(n - 2 == 10);  // begin, seven calls, commit and the moment after it
  }
}

TEST_CASE("a fault at any step of a transaction leaves nothing of it") {
  SUBCASE("memory") { check_faults(make_memory_store); }
  SUBCASE("sqlite") {
    const connex::testing::TempDir dir;
    int made = 0;
    check_faults([&] {
      return open_sqlite_store({dir.file(std::to_string(made++) + ".db"), Durability::normal, 5000, false})
          .value();
    });
  }
}

TEST_CASE("a fault ends a faulty transaction even if the caller goes on") {
  const auto inner = make_memory_store();
  REQUIRE(inner->prepare(kSchema));
  FaultyStore store(*inner);
  store.arm(2, Fault::error);
  auto writer = store.begin_write().value();
  const Cell first[] = {"a", 1}, second[] = {"b", 1};
  CHECK_FALSE(writer->insert(pair::kTable, first));
  CHECK_FALSE(writer->insert(pair::kTable, second));
  CHECK_FALSE(writer->commit());
  writer.reset();
  CHECK(all_rows(*inner, pair::kTable).empty());
}

}  // namespace
}  // namespace connex::store::testing
