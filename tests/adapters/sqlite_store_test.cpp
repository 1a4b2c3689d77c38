#include <doctest/doctest.h>

#include <string>

#include "adapters/store_contract.hpp"
#include "connex/stores.hpp"
#include "support/temp_dir.hpp"

namespace connex::store::testing {
namespace {

// Makes stores, each on a file of its own.
struct OnDisk {
  connex::testing::TempDir dir;
  int made = 0;

  MakeStore make() {
    return [this] {
      SqliteOptions options;
      options.path = dir.file(std::to_string(made++) + ".db");
      options.durability = Durability::normal;
      return open_sqlite_store(options).value();
    };
  }
};

TEST_CASE_FIXTURE(OnDisk, "sqlite store: rows") { check_rows(make()); }
TEST_CASE_FIXTURE(OnDisk, "sqlite store: transactions") { check_transactions(make()); }
TEST_CASE_FIXTURE(OnDisk, "sqlite store: scans") { check_scans(make()); }
TEST_CASE_FIXTURE(OnDisk, "sqlite store: visits") { check_visits(make()); }
TEST_CASE_FIXTURE(OnDisk, "sqlite store: bad calls") { check_bad_calls(make()); }
TEST_CASE_FIXTURE(OnDisk, "sqlite store: readers beside writers") { check_threads(make(), 300); }
TEST_CASE_FIXTURE(OnDisk, "sqlite store: random operations against a model") {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) check_against_model(make(), seed, 3000);
}

}  // namespace
}  // namespace connex::store::testing
