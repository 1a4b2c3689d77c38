// Rows that decisions rest on are found out when they no longer say what the audit log says of them.
#include <doctest/doctest.h>

#include "services/schema.hpp"
#include "services/stated.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::World;
using store::Cell;
using store::Row;

namespace {

std::vector<Cell> cells_of(const Row& row) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(row[i]);
  return cells;
}

std::vector<Row> rows_of(store::ReadTransaction& tx, const store::Table& table) {
  std::vector<Row> rows;
  REQUIRE(tx.scan(table, {.limit = store::kMaxScan}, rows));
  return rows;
}

struct Column {
  const store::Table& table;
  std::uint8_t column;
};

// Another value of the same kind that the engine could have written.
Cell other(const Column& at, const Cell& now) {
  if (now.type() == store::CellType::integer) return now.integer() == 1 ? Cell(0) : Cell(now.integer() + 1);
  if (now.type() == store::CellType::blob) return Cell::blob("zyxwvutsrqponmlkjihgfedcba987654");
  if (&at.table == &principal::kTable && at.column == principal::role)
    return now == Cell("staff") ? Cell("doctor") : Cell("staff");
  if (&at.table == &principal::kTable && at.column == principal::status)
    return now == Cell("active") ? Cell("terminated") : Cell("active");
  return "other";
}

}  // namespace

TEST_CASE_FIXTURE(World, "evidence: a changed attestation, setting, plan or standing is found") {
  started();
  const Column columns[] = {
      {attestation::kTable, attestation::accepted_at},
      {attestation::kTable, attestation::accepted_seq},
      {attestation::kTable, attestation::disclosure},
      {attestation::kTable, attestation::disclosure_version},
      {attestation::kTable, attestation::language},
      {attestation::kTable, attestation::recording_offered},
      {attestation::kTable, attestation::recording_consent},
      {attestation::kTable, attestation::session},
      {preference::kTable, preference::virtual_visits},
      {preference::kTable, preference::recording},
      {organisation::kTable, organisation::entitled},
      {organisation::kTable, organisation::enabled},
      {principal::kTable, principal::role},
      {principal::kTable, principal::organisation},
      {principal::kTable, principal::status},
  };
  for (const Column& at : columns) {
    CAPTURE(at.table.name);
    CAPTURE(at.table.columns[at.column].name);
    auto look = std::move(vault().begin_read().value());
    const std::vector<Row> rows = rows_of(*look, at.table);
    REQUIRE(!rows.empty());
    for (const Row& row : rows) {
      auto tx = std::move(vault().begin_write().value());
      std::vector<Cell> cells = cells_of(row);
      cells[at.column] = other(at, cells[at.column]);
      REQUIRE(tx->update(at.table, cells));
      CHECK_FALSE(verify_evidence(*tx).value().valid());
    }
  }
  auto tx = std::move(vault().begin_read().value());
  CHECK(verify_evidence(*tx).value().valid());
}

TEST_CASE_FIXTURE(World, "evidence: an attestation that was taken away or put in is found") {
  started();
  auto look = std::move(vault().begin_read().value());
  const std::vector<Row> rows = rows_of(*look, attestation::kTable);
  REQUIRE(rows.size() == 2);
  for (const Row& row : rows) {
    std::vector<Cell> cells = cells_of(row);
    auto tx = std::move(vault().begin_write().value());
    REQUIRE(tx->erase(attestation::kTable, std::span(cells).first(3)));
    const AuditVerification gone = verify_evidence(*tx).value();
    REQUIRE(gone.violations.size() == 1);
    CHECK(gone.violations.front().seq == row.integer(attestation::accepted_seq));
    CHECK(gone.violations.front().what == "what the entry tells of is missing");

    tx = nullptr;
    tx = std::move(vault().begin_write().value());
    cells[attestation::number] = 2;
    REQUIRE(tx->insert(attestation::kTable, cells));
    const AuditVerification forged = verify_evidence(*tx).value();
    REQUIRE(forged.violations.size() == 1);
    CHECK(forged.violations.front().what == "attestation altered");
  }
}
