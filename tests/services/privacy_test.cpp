// Personal data stay where they were put: no answer but to who asked to see them, no error, no decision, no
// count and no word of the audit log repeats them. The driver looks at each answer of every test; here are
// the rows behind them, and the requests that name things after people.
#include <doctest/doctest.h>

#include "services/audit_log.hpp"
#include "services/schema.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::kMarkers;
using connex::testing::World;

namespace {

bool marked(const std::string& text) {
  for (const std::string_view marker : kMarkers)
    if (text.find(marker) != std::string::npos) return true;
  return false;
}

std::string unhex(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return out;
}

// The rows of a table with their blobs as bytes, so that text inside them can be found.
std::string opened(const World& w, const store::Table& table) {
  std::string all = w.dump(table);
  std::string out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find_first_of("|\n", at);
    const std::string cell = all.substr(at, end - at);
    const bool hex = cell.size() % 2 == 0 && cell.size() >= 16 &&
                     cell.find_first_not_of("0123456789abcdef") == std::string::npos;
    out += hex ? unhex(cell) : cell;
    out += '|';
    at = end + 1;
  }
  return out;
}

// What audit entries tell, with their seals opened.
std::string opened_entries(World& w) {
  auto tx = std::move(w.vault().begin_read().value());
  std::vector<store::Row> rows;
  REQUIRE(tx->scan(services::audit_entry::kTable, {.limit = store::kMaxScan}, rows));
  std::string out;
  for (const store::Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) out.append(row.bytes(i)).append("|");
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(World, "privacy: the tables beside people's own hold no personal data") {
  started();
  REQUIRE(decide().permitted());
  REQUIRE((*this)("visit.disclosure", "mr", {{"visit", "v"}}).permitted());
  for (const char* viewer : {"dr", "mr", "ha", "dpo"})
    REQUIRE(
        (*this)("principal.view", viewer, {{"subject", "dr"}, {"purpose", "service_delivery"}}).permitted());
  advance(60);
  REQUIRE(repeat("k", "recording.register", "st",
                 {{"id", "r"},
                  {"visit", "v"},
                  {"locator", "SECRETLOCATOR"},
                  {"sha256", std::string(64, 'a')},
                  {"size", 5},
                  {"started_at", time(120)},
                  {"ended_at", time(121)}})
              .permitted());
  REQUIRE(repeat("k", "principal.update", "dr",
                 {{"id", "dr"}, {"name", "zq7x New"}, {"phone", "9812300099"}, {"address", "zq7x Lane"}})
              .permitted());
  REQUIRE(repeat("k", "organisation.put", "system", {{"id", "o"}, {"kind", "clinic"}, {"name", "zq7x"}})
              .permitted());
  CHECK(marked(opened(*this, services::organisation::kTable)));  // the test can see what it looks for
  CHECK(marked(opened(*this, services::recording::kTable)));
  CHECK(opened(*this, services::audit_entry::kTable).find("principal.view") == std::string::npos);
  CHECK(opened_entries(*this).find("principal.view") != std::string::npos);
  CHECK(!marked(opened_entries(*this)));
  for (const store::Table* table : services::kTables) {
    if (table == &services::organisation::kTable || table == &services::recording::kTable ||
        table == &services::retained::kTable)  // locators
      continue;
    CAPTURE(table->name);
    CHECK(!marked(opened(*this, *table)));
  }
}

TEST_CASE_FIXTURE(World, "privacy: an error does not repeat what was given, wherever it was put") {
  const char* const commands[] = {"organisation.put", "principal.register", "visit.book",
                                  "visit.accept",     "recording.register", "audit.list"};
  for (const std::string marker : {"zq7x 98123000", "9812300055", "zq7x.rao"}) {  // some look like ids
    for (const char* command : commands) {
      const Answer answers[] = {
          (*this)(command, "system", {{marker, 1}}),
          (*this)(command, "system", {{"id", marker}}),
          (*this)(command, "system", {{"visit", marker}, {"name", marker}, {"kind", marker}, {"role", marker}}),
          raw("{\"command\":\"" + marker + "\",\"actor\":\"" + marker + "\"}"),
          raw("{\"" + marker + "\":1}"),
          raw("{\"" + marker + "\":{\"" + marker + "\":1,\"" + marker + "\":2}}"),
          raw("{\"command\":\"visit.end\",\"actor\":\"dr\",\"args\":{\"visit\":\"v\",\"x\":" + marker + "}}"),
          Answer(engine().decide("recording.start", "{\"" + marker + "\":true}")),
          Answer(engine().decide("recording.start", "{\"" + marker + "\":1,\"" + marker + "\":2}")),
          Answer(engine().decide("egress", "{\"" + marker + "\":1,\"" + marker + "\":2}")),
      };
      for (const Answer& answer : answers) {
        CHECK(!answer.ok());
        CHECK(!marked(answer.line()));
      }
    }
  }
}
