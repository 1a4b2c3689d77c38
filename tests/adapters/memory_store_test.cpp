#include <doctest/doctest.h>

#include "adapters/store_contract.hpp"
#include "connex/stores.hpp"

namespace connex::store::testing {
namespace {

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
