// The tamper matrix: somebody who can write to the store changes, deletes, swaps, replays, grafts, cuts off
// and signs anew; verification against a checkpoint kept elsewhere tells each, and where.
//
// What it cannot tell without such an anchor is in include/connex/EVIDENCE.md, and shown in the last tests.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "evidence/checkpoint.hpp"
#include "services/schema.hpp"
#include "services/signing.hpp"
#include "services/stated.hpp"
#include "services/vault.hpp"
#include "support/clinic.hpp"
#include "support/engine_driver.hpp"
#include "support/project_file.hpp"
#include "support/sql.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::alter;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::Clinic;
using connex::testing::question;
using connex::testing::World;
using store::Cell;
using store::CellType;
using store::Row;
using store::Table;

namespace {

constexpr std::int64_t kDay = 24 * 60;

std::vector<Cell> cells_of(const Row& row) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(row[i]);
  return cells;
}
std::span<const Cell> key_of(const Table& table, const std::vector<Cell>& cells) {
  return std::span(cells).first(table.key_size);
}

// A log with everything in it: full tiles, attestations, entries that went, two keys, checkpoints.
struct Evidence : World {
  Anchor anchor;
  std::string checkpoint;

  explicit Evidence(std::string_view clinic = "c-") : World(false) {
    started();
    REQUIRE(decide().permitted());
    REQUIRE((*this)("principal.view", "mr", {{"subject", "mr"}}).permitted());  // whose entry goes by the erasure
    REQUIRE(book("w", 1'000, 1'015).permitted());  // which nobody accepts: an erasure leaves nobody's name in it
    set_time(150);
    REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
    for (int n = 0; n < 300; ++n)
      (*this)("organisation.put", "system",
              {{"id", std::string(clinic) + std::to_string(n)}, {"kind", "clinic"}, {"name", "zq7x"}});
    REQUIRE((*this)("audit.checkpoint", "dpo").permitted());
    set_time(400 * kDay);
    REQUIRE((*this)("rights.submit", "mr",
                    {{"id", "q"},
                     {"kind", "erasure"},
                     {"principal", "mr"},
                     {"channel", "email"},
                     {"details", Args{}}})
                .permitted());
    REQUIRE((*this)("rights.verify_identity", "dpo", {{"id", "q"}, {"evidence", "e"}}).permitted());
    REQUIRE((*this)("rights.resolve", "dpo", {{"id", "q"}}).permitted());
    REQUIRE((*this)("audit.rotate_key", "system").permitted());
    (*this)("organisation.put", "system", {{"id", "last"}, {"kind", "clinic"}, {"name", "zq7x"}});
    const Answer made = (*this)("audit.checkpoint", "dpo");
    REQUIRE(made.permitted());
    checkpoint = made.text("checkpoint");
    auto tx = std::move(vault().begin_read().value());
    anchor = open_anchor(*tx, checkpoint).value().value();
    REQUIRE(violations().empty());
  }

  // The entries at which something is wrong, the size of the log where it is a table; -1: the store as a whole is
  // unreadable.
  std::set<Number> violations() {
    std::set<Number> at = stated();
    if (at.contains(-1)) return at;
    auto tx = std::move(vault().begin_read().value());
    if (!vault().altered_tables(*tx).value().empty()) at.insert(size());
    return at;
  }
  // The same without the sums over the tables: what the log itself tells.
  std::set<Number> stated() {
    auto tx = std::move(vault().begin_read().value());
    const auto verification = verify_evidence(*tx, anchor);
    const auto by_many = verify_evidence(*tx, anchor, 3);
    REQUIRE(verification.has_value() == by_many.has_value());
    if (!verification) {
      CHECK(verification.error().code == ErrorCode::corrupt);
      CHECK(by_many.error().message == verification.error().message);
      return {-1};
    }
    CHECK(*by_many == *verification);
    std::set<Number> at;
    for (const AuditViolation& violation : verification->violations) at.insert(violation.seq);
    return at;
  }

  std::vector<Row> rows_of(const Table& table) {
    auto tx = std::move(store().begin_read().value());
    std::vector<Row> rows;
    REQUIRE(tx->scan(table, {.limit = store::kMaxScan}, rows));
    return rows;
  }

  // Does something behind the engine's back.
  template <class Change>
  void behind(Change&& change) {
    auto tx = std::move(store().begin_write().value());
    change(*tx);
    REQUIRE(tx->commit());
  }
  void replace(const Table& table, const std::vector<Cell>& old, const std::vector<Cell>& now) {
    REQUIRE(try_replace(table, old, now));
  }
  // False, and nothing changed, where a row like `now` is there already.
  bool try_replace(const Table& table, const std::vector<Cell>& old, const std::vector<Cell>& now) {
    auto tx = std::move(store().begin_write().value());
    REQUIRE(tx->erase(table, key_of(table, old)).value());
    if (!tx->insert(table, now)) return false;
    REQUIRE(tx->commit());
    return true;
  }
  Number size() { return audit_size(); }
};

// The entries by which a fault in this row may be told.
std::set<Number> places(Evidence& log, const Table& table, const Row& row) {
  const Number size = log.size();
  if (&table == &audit_entry::kTable || &table == &audit_leaf::kTable) return {row.integer(0)};
  if (&table == &audit_index::kTable) return {row.integer(audit_index::seq), size};
  if (&table == &audit_head::kTable) return {size, -1, 0};  // without it the log counts as empty
  if (&table == &audit_checkpoint::kTable) return {row.integer(0), row.integer(0) - 1};
  if (&table == &signing_key::kTable) {
    // Its own entry, and whatever it signed.
    const Number seq = row.integer(signing_key::seq);  // or what somebody made of it
    std::set<Number> at{seq, seq + 1, size, -1};
    for (const Row& note : log.rows_of(audit_checkpoint::kTable)) at.insert(note.integer(0));
    return at;
  }
  if (&table == &audit_tile::kTable) {
    std::set<Number> at{size, -1};
    const Number width = row.integer(0) == 0 ? 256 : size;
    for (Number n = 0; n < width; ++n) at.insert(row.integer(1) * width + n);
    return at;
  }
  return {};
}

bool meet(const std::set<Number>& a, const std::set<Number>& b) {
  return std::any_of(a.begin(), a.end(), [&](Number n) { return b.contains(n); });
}

std::vector<Cell> others(const Cell& cell, bool nullable, std::vector<std::string>& hold) {
  hold.reserve(8);
  std::vector<Cell> out;
  const auto keep = [&](std::string bytes) -> std::string_view {
    return hold.emplace_back(std::move(bytes));
  };
  switch (cell.type()) {
    case CellType::null:
      out.push_back(Cell::blob(keep("x")));
      break;
    case CellType::integer:
      out.push_back(cell.integer() + 1);
      out.push_back(cell.integer() ^ (std::int64_t{1} << 33));
      break;
    case CellType::text:
      out.push_back(keep(std::string(cell.bytes()) + "x"));
      break;
    case CellType::blob: {
      for (const std::size_t at : {std::size_t{0}, cell.bytes().size() / 2, cell.bytes().size() - 1}) {
        std::string flipped(cell.bytes());
        flipped[at] = static_cast<char>(flipped[at] ^ 4);
        out.push_back(Cell::blob(keep(std::move(flipped))));
      }
      out.push_back(Cell::blob(keep(std::string(cell.bytes().substr(1)))));
      break;
    }
  }
  if (nullable && !cell.is_null()) out.push_back(Cell());
  return out;
}

constexpr const Table* kEvidenceTables[] = {
    &audit_entry::kTable, &audit_leaf::kTable,       &audit_index::kTable, &audit_tile::kTable,
    &audit_head::kTable,  &audit_checkpoint::kTable, &signing_key::kTable};

// Some rows of each table: the first, the last, and others in between.
std::vector<std::size_t> sample(std::size_t count) {
  std::set<std::size_t> chosen;
  for (std::size_t n = 0; n < 5; ++n)
    if (count > 0) chosen.insert(n * (count - 1) / 4);
  return {chosen.begin(), chosen.end()};
}

TEST_CASE("tampering: each cell of each table of the log changed, each row deleted, rows swapped") {
  Evidence log;
  int cells = 0;
  for (const Table* table : kEvidenceTables) {
    CAPTURE(table->name);
    const std::vector<Row> rows = log.rows_of(*table);
    REQUIRE_FALSE(rows.empty());
    for (const std::size_t r : sample(rows.size())) {
      const std::vector<Cell> before = cells_of(rows[r]);
      CAPTURE(r);
      const std::set<Number> expected = places(log, *table, rows[r]);
      for (std::size_t column = 0; column < before.size(); ++column) {
        CAPTURE(table->columns[column].name);
        std::vector<std::string> hold;
        for (const Cell& other : others(before[column], table->columns[column].nullable, hold)) {
          if (other.type() != table->columns[column].type && !other.is_null()) continue;
          std::vector<Cell> after = before;
          after[column] = other;
          if (column < table->key_size) {
            const auto same = [&](const Row& row) {
              const std::vector<Cell> there = cells_of(row);
              return std::ranges::equal(key_of(*table, there), key_of(*table, after));
            };
            if (std::ranges::any_of(rows, same)) continue;
          }
          log.replace(*table, before, after);
          const std::set<Number> found = log.violations();
          ++cells;
          CHECK(meet(found, expected));
          log.replace(*table, after, before);
        }
      }
      log.behind([&](WriteTransaction& tx) { REQUIRE(tx.erase(*table, key_of(*table, before)).value()); });
      CHECK(meet(log.violations(), expected));
      log.behind([&](WriteTransaction& tx) { REQUIRE(tx.insert(*table, before)); });

      if (r + 1 == rows.size() || before.size() == table->key_size) continue;
      const std::vector<Cell> next = cells_of(rows[r + 1]);
      std::vector<Cell> one = before;
      std::vector<Cell> two = next;
      for (std::size_t column = table->key_size; column < before.size(); ++column)
        std::swap(one[column], two[column]);
      log.replace(*table, before, one);
      log.replace(*table, next, two);
      CHECK(meet(log.violations(), expected));
      log.replace(*table, one, before);
      log.replace(*table, two, next);
    }
  }
  CHECK(cells > 150);
  CHECK(log.violations().empty());
}

// The list in EVIDENCE.md of what beside the log it is held against: "table.column", and "table" where a row's absence
// is told as well.
std::set<std::string> documented() {
  std::ifstream file(connex::testing::project_file("include/connex/EVIDENCE.md"));
  std::set<std::string> list;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    std::string table;
    for (std::size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at)) {
      const std::size_t end = line.find('`', at + 1);
      const std::string name = line.substr(at + 1, end - at - 1);
      if (table.empty()) {
        table = name;
      } else {
        list.insert(table + "." + name);
      }
      at = end + 1;
    }
    if (line.find("| yes |") != std::string::npos) list.insert(table);
  }
  return list;
}

TEST_CASE("tampering: each cell and row of every other table is told, by its entry where the documentation lists it") {
  Evidence log;
  std::set<std::string> told;
  int cells = 0;
  for (const Table* table : kTables) {
    if (std::ranges::find(kEvidenceTables, table) != std::end(kEvidenceTables)) continue;
    const std::vector<Row> rows = log.rows_of(*table);
    std::vector<std::size_t> chosen = sample(rows.size());
    if (table == &key_erasure::kTable) {  // whose lines differ from each other
      chosen.resize(rows.size());
      std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    }
    for (const std::size_t r : chosen) {
      const std::vector<Cell> before = cells_of(rows[r]);
      for (std::size_t column = 0; column < before.size(); ++column) {
        std::vector<std::string> hold;
        for (const Cell& other : others(before[column], table->columns[column].nullable, hold)) {
          if (other.type() != table->columns[column].type && !other.is_null()) continue;
          std::vector<Cell> after = before;
          after[column] = other;
          if (!log.try_replace(*table, before, after)) continue;
          ++cells;
          CHECK_MESSAGE(meet(log.violations(), {log.size(), -1}), table->name, ".", table->columns[column].name);
          const std::set<Number> at = log.stated();
          const bool line = table == &key_erasure::kTable && at.contains(-1);  // beyond the last: nothing is read with it
          if (!at.empty() && !line)
            told.insert(std::string(table->name).append(".").append(table->columns[column].name));
          log.replace(*table, after, before);
        }
      }
      log.behind([&](WriteTransaction& tx) { REQUIRE(tx.erase(*table, key_of(*table, before)).value()); });
      CHECK_MESSAGE(meet(log.violations(), {log.size(), -1}), table->name);
      if (!log.stated().empty()) told.insert(std::string(table->name));
      log.behind([&](WriteTransaction& tx) { REQUIRE(tx.insert(*table, before)); });
    }
  }
  CHECK(cells > 300);
  CHECK(log.violations().empty());
  const std::set<std::string> listed = documented();
  for (const std::string& name : told) CHECK_MESSAGE(listed.contains(name), name, " is told, and not listed");
  for (const std::string& name : listed) CHECK_MESSAGE(told.contains(name), name, " is listed, and not told");
}

TEST_CASE("tampering: an old checkpoint replayed, and a head signed anew with the key of another time") {
  Evidence log;
  const std::vector<Row> notes = log.rows_of(audit_checkpoint::kTable);
  REQUIRE(notes.size() == 2);
  const std::vector<Cell> early = cells_of(notes[0]);
  const std::vector<Cell> late = cells_of(notes[1]);
  std::vector<Cell> replayed = early;
  replayed[audit_checkpoint::size] = late[audit_checkpoint::size];
  log.replace(audit_checkpoint::kTable, late, replayed);
  CHECK(log.violations().contains(late[0].integer()));
  log.replace(audit_checkpoint::kTable, replayed, late);

  // The operator holds the keys, old and new, and signs the early head with the new one.
  auto tx = std::move(log.vault().begin_read().value());
  const std::vector<KeyEpoch> keys = list_keys(*tx).value();
  const auto growth = prove_growth(*tx, early[0].integer(), early[0].integer()).value();
  tx = nullptr;
  const auto sign = [&](Number epoch) {
    auto seed = std::move(log.vault().secret("sign/" + std::to_string(epoch)).value());
    const auto key = std::make_shared<const evidence::SigningKey>(evidence::KeyView(seed.view().data(), 32));
    const evidence::NoteSigner signer{key_name(origin_of(keys), epoch), key};
    return evidence::sign_checkpoint(
               {origin_of(keys), static_cast<std::uint64_t>(early[0].integer()), growth.to_root, {}},
               std::span(&signer, 1))
        .value();
  };
  CHECK(sign(1) == early[audit_checkpoint::note].bytes());
  const std::string anew = sign(2);
  std::vector<Cell> resigned = early;
  resigned[audit_checkpoint::note] = std::string_view(anew);
  resigned[audit_checkpoint::epoch] = Number{2};
  log.replace(audit_checkpoint::kTable, early, resigned);
  CHECK(log.violations().contains(early[0].integer()));
  log.replace(audit_checkpoint::kTable, resigned, early);
  CHECK(log.violations().empty());
}

// Deletes everything from entry `size` on, consistently. Who has no keys leaves the sums behind; who has them makes
// sums that fit, which nobody can tell without an anchor.
void cut_back(Evidence& log, Number size, bool with_keys = true) {
  evidence::Frontier frontier;
  Instant at;
  Number policy = 0;
  std::vector<Row> kept;
  {
    auto tx = std::move(log.store().begin_read().value());
    for (Number n = 0; n < size; ++n) {
      const auto proof = prove_entry(*tx, n).value();
      frontier.append(proof.leaf_hash);
    }
  }
  for (const Row& row : log.rows_of(audit_entry::kTable))
    if (row.integer(0) < size) at = {row.integer(audit_entry::at)}, policy = row.integer(audit_entry::policy);
  log.behind([&](WriteTransaction& tx) {
    for (const Table* table : {&audit_entry::kTable, &audit_leaf::kTable, &audit_index::kTable,
                               &audit_checkpoint::kTable, &signing_key::kTable, &audit_tile::kTable})
      for (const Row& row : log.rows_of(*table)) {
        const std::vector<Cell> cells = cells_of(row);
        Number seq = row.integer(table == &audit_index::kTable   ? audit_index::seq
                                 : table == &signing_key::kTable ? signing_key::seq
                                                                 : 0);
        if (table == &audit_tile::kTable) continue;  // below a full tile, and beyond it, nothing changes here
        if (seq >= size) REQUIRE(tx.erase(*table, key_of(*table, cells)).value());
      }
    const evidence::Bytes bytes = frontier.serialise();
    const Row now = log.rows_of(audit_head::kTable).front();
    std::vector<Cell> head = cells_of(now);
    head[audit_head::frontier] = Cell::blob(evidence::text_of(bytes));
    head[audit_head::policy] = policy;
    head[audit_head::at] = at.micros;
    if (with_keys) head[audit_head::sums] = Cell();
    REQUIRE(tx.update(audit_head::kTable, head));
    if (with_keys) REQUIRE(SumKey(log.vault().secret("table-sums-root").value()).sum_as_they_are(tx));
  });
}

TEST_CASE("tampering: the tail cut off, consistently") {
  Evidence log;
  const Number size = log.size();
  cut_back(log, size, false);  // nothing
  CHECK(log.violations().empty());
  // Back to just before the last command; keys and checkpoints beyond it go as well.
  cut_back(log, size - 1);
  CHECK(log.violations().empty());  // what is left is the log of the anchor, and more was never promised
  cut_back(log, size - 2);
  const std::set<Number> found = log.violations();
  CHECK(found == std::set<Number>{size - 2});  // "log ends before the anchor"
  const Anchor kept = log.anchor;
  log.anchor = {size - 2, kept.root};
  CHECK(log.violations() == std::set<Number>{size - 3});  // "not the log of the anchor"
  {
    auto tx = std::move(log.vault().begin_read().value());
    CHECK(verify_evidence(*tx).value().valid());  // without an anchor nothing tells
    CHECK(log.vault().altered_tables(*tx).value().empty());
  }
  log.anchor = {size - 3, {}};
  cut_back(log, size - 3, false);
  CHECK(log.violations().contains(size - 3));  // without keys the sums do
}

TEST_CASE("tampering: who takes the sums away leaves an entry behind") {
  Evidence log;
  const Number size = log.size();
  log.behind([&](WriteTransaction& tx) {
    const Row now = log.rows_of(audit_head::kTable).front();
    std::vector<Cell> head = cells_of(now);
    head[audit_head::sums] = Cell();
    REQUIRE(tx.update(audit_head::kTable, head));
  });
  CHECK(log.violations() == std::set<Number>{size});
  CHECK_FALSE(log("audit.verify", "dpo").result().at("valid").as_bool());
  CHECK_FALSE(log("preference.set", "dr", {{"doctor", "dr"}, {"recording", false}}).ok());  // nothing is written
  log.behind([&](WriteTransaction& tx) {  // as on opening
    CHECK(SumKey(log.vault().secret("table-sums-root").value()).sum_all(tx, true).value());
  });
  CHECK(log.violations() == std::set<Number>{size});
  auto tx = std::move(log.vault().begin_read().value());
  CHECK(find_entry(*tx, size).value().value().content.command == "audit.sum");
}

TEST_CASE("tampering: a head moved far beyond the log") {
  Evidence log;
  log.behind([&](WriteTransaction& tx) {
    const Row now = log.rows_of(audit_head::kTable).front();
    std::vector<Cell> head = cells_of(now);
    evidence::Bytes frontier;  // of a log that has 2^40 entries, and one root
    evidence::append(frontier, std::array<std::uint8_t, 8>{0, 0, 1, 0, 0, 0, 0, 0});
    frontier.resize(frontier.size() + sizeof(evidence::Hash));
    REQUIRE(evidence::Frontier::parse(frontier));
    head[audit_head::frontier] = Cell::blob(evidence::text_of(frontier));
    REQUIRE(tx.update(audit_head::kTable, head));
  });
  const std::set<Number> told = log.stated();
  CHECK(told.size() > 100);
  CHECK_FALSE(told.contains(-1));
}

TEST_CASE("the log has room for keys of many years") {
  Evidence log;
  const Row row = log.rows_of(signing_key::kTable).front();
  const std::vector<Cell> first = cells_of(row);
  log.behind([&](WriteTransaction& tx) {
    for (Number epoch = 3; epoch <= 1'200; ++epoch) {
      std::vector<Cell> key = first;
      key[signing_key::epoch] = epoch;
      REQUIRE(tx.insert(signing_key::kTable, key));
    }
  });
  auto tx = std::move(log.vault().begin_read().value());
  CHECK(list_keys(*tx).value().size() == 1'200);
}

TEST_CASE("tampering: an entry forged without keys, and a row put back to what it was") {
  Evidence log;
  const auto altered = [&] {
    auto tx = std::move(log.vault().begin_read().value());
    return log.vault().altered_tables(*tx).value();
  };
  const Row before = log.rows_of(audit_head::kTable).front();
  log.behind([&](WriteTransaction& tx) {
    AuditHead head = load_head(tx).value();
    AuditContent forged;
    forged.actor = forged.role = "system";
    forged.command = "organisation.put";
    forged.object = "c-1";
    REQUIRE(append_entry(tx, head, forged, RecordClass::audit));
    REQUIRE(store_head(tx, head));
    const Row stored = log.rows_of(audit_head::kTable).front();
    std::vector<Cell> now = cells_of(stored);
    const evidence::Bytes frontier = head.frontier.serialise();
    now[audit_head::frontier] = Cell::blob(evidence::text_of(frontier));
    now[audit_head::sums] = before[audit_head::sums];
    REQUIRE(tx.update(audit_head::kTable, now));
  });
  CHECK(altered() == std::vector<std::string_view>{"audit_head"});
  CHECK(log.stated().contains(log.size() - 1));  // the log itself tells: it lies open, as none does any more
  log.behind([&](WriteTransaction& tx) { REQUIRE(tx.update(audit_head::kTable, cells_of(before))); });

  // The doctor's setting of before, sound as it was, under the sums of today.
  Evidence other("d-");
  const Row on = other.rows_of(preference::kTable).front();
  REQUIRE(other("preference.set", "dr", {{"doctor", "dr"}, {"recording", false}}).permitted());
  const auto told = [&] {
    auto tx = std::move(other.vault().begin_read().value());
    return other.vault().altered_tables(*tx).value();
  };
  CHECK(told().empty());
  other.behind([&](WriteTransaction& tx) { REQUIRE(tx.update(preference::kTable, cells_of(on))); });
  CHECK(told() == std::vector<std::string_view>{"preferences"});
  // It stays told when the engine writes over it.
  REQUIRE(other("preference.set", "dr", {{"doctor", "dr"}, {"recording", true}}).permitted());
  CHECK(told() == std::vector<std::string_view>{"preferences"});
  const Answer verified = other("audit.verify", "dpo");
  REQUIRE(verified.ok());
  CHECK_FALSE(verified.result().at("valid").as_bool());
  CHECK(verified.result().at("violations").as_array().back().at("what").as_string() == "table altered: preferences");
}

TEST_CASE("tampering: somebody's erasure takes no entry of others out of the log") {
  Evidence log;
  const Number other = 40;  // about an organisation
  {
    auto tx = std::move(log.vault().begin_write().value());
    AuditHead head = load_head(*tx).value();
    REQUIRE(delete_entries(*tx, head, "",
                           {DeletionReason::erasure, "C8-c", "q", "none", {other}}));
    REQUIRE(store_head(*tx, head));
    REQUIRE(tx->commit());
  }
  CHECK(log.violations().contains(other));
}

TEST_CASE("tampering: a log grafted from another store") {
  Evidence log;
  Evidence other("d-");
  // The other log's rows whole, its head and its keys included: sound in itself where its data keys are at
  // hand, and not the log of the checkpoint that was kept.
  auto tx = std::move(other.vault().begin_read().value());
  const auto without = verify_evidence(*tx);
  REQUIRE(without);
  CHECK(without->valid());
  const auto with = verify_evidence(*tx, log.anchor);
  REQUIRE(with);
  CHECK_FALSE(with->valid());
  CHECK(open_anchor(*tx, log.checkpoint).value() == std::nullopt);
  tx = nullptr;
  // One entry of it in the place of one of ours.
  const auto ours = log.rows_of(audit_entry::kTable);
  const auto theirs = other.rows_of(audit_entry::kTable);
  for (const std::size_t r : sample(std::min(ours.size(), theirs.size()))) {
    if (ours[r].integer(0) != theirs[r].integer(0)) continue;
    const std::vector<Cell> before = cells_of(ours[r]);
    const std::vector<Cell> after = cells_of(theirs[r]);
    log.replace(audit_entry::kTable, before, after);
    CHECK(log.violations().contains(before[0].integer()));
    log.replace(audit_entry::kTable, after, before);
  }
}

constexpr std::size_t kPageSize = 4'096;

// Where the pages of the log's tables and indexes begin in the file, each of one page here.
std::vector<std::size_t> pages_of_log(const std::string& path) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  std::vector<std::size_t> pages;
  for (const Table* table : kEvidenceTables) {
    const std::string sql = "SELECT rootpage FROM sqlite_schema WHERE tbl_name = '" + std::string(table->name) + "'";
    const auto keep = [](void* out, int, char** values, char**) {
      static_cast<std::vector<std::size_t>*>(out)->push_back((std::stoul(values[0]) - 1) * kPageSize);
      return 0;
    };
    REQUIRE(sqlite3_exec(database, sql.c_str(), keep, &pages, nullptr) == SQLITE_OK);
  }
  sqlite3_close(database);
  return pages;
}

std::vector<std::string> told_of(Clinic& clinic) {
  std::vector<std::string> told;
  const Answer verified = clinic.must("audit.verify", "dpo");
  for (const auto& violation : verified.result().at("violations").as_array())
    told.emplace_back(violation.at("what").as_string());
  return told;
}

TEST_CASE("tampering: the sums taken out, and rows that no look-up finds") {
  connex::testing::TempDir dir;
  Clinic clinic(dir);
  clinic.must("principal.register", "system", {{"id", "dpo"}, {"role", "data_protection_officer"}, {"name", "N"}, {"adult_attested", true}});
  clinic.must("organisation.put", "system", {{"id", "x"}, {"kind", "clinic"}, {"name", "X"}});
  CHECK(told_of(clinic).empty());
  clinic.close();
  SUBCASE("sums") {
    alter(clinic.path(), "UPDATE organisations SET name = 'Y'; UPDATE audit_head SET sums = NULL");
    for (int times = 0; times < 2; ++times) {
      clinic.open();
      const std::vector<std::string> told = told_of(clinic);
      REQUIRE(told.size() == 1);
      CHECK(told.front().starts_with("the sums over the tables had been taken out"));
      clinic.close();
    }
  }
  SUBCASE("their root, with an older key store") {
    alter(clinic.path() + ".keys", "DELETE FROM secrets WHERE name = 'table-sums-root'; UPDATE identity SET summed = NULL");
    for (int times = 0; times < 2; ++times) {
      clinic.open();
      clinic.must("organisation.put", "system", {{"id", "x" + std::to_string(times)}, {"kind", "clinic"}, {"name", "X"}});
      const std::vector<std::string> told = told_of(clinic);
      REQUIRE(told.size() == 1);
      CHECK(told.front().starts_with("the sums over the tables had been taken out"));
      clinic.close();
    }
  }
  SUBCASE("both, and the note that there were any") {
    alter(clinic.path(), "UPDATE organisations SET name = 'Y'; UPDATE audit_head SET sums = NULL");
    alter(clinic.path() + ".keys", "DELETE FROM secrets WHERE name = 'table-sums-root'; UPDATE identity SET summed = NULL");
    SUBCASE("") {}
    SUBCASE("and the key of the log") { alter(clinic.path() + ".keys", "DELETE FROM data_keys WHERE principal = '/log'"); }
    for (int times = 0; times < 2; ++times) {
      clinic.open();
      const std::vector<std::string> told = told_of(clinic);
      CHECK(std::ranges::any_of(told, [](const std::string& what) {
        return what.starts_with("the sums over the tables had been taken out");
      }));
      clinic.close();
    }
  }
  SUBCASE("a data key") {
    alter(clinic.path() + ".keys", "UPDATE data_keys SET wrapped = NULL, outer_key = NULL, outer_version = NULL WHERE class = 0");
    clinic.open();
    CHECK(told_of(clinic) == std::vector<std::string>{"table of the key store altered: data_keys",
                                                      "a data key was destroyed without an erasure: account"});
  }
  SUBCASE("an index without its rows") {
    constexpr const char* kOf = " FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'principals' AND sql IS NOT NULL LIMIT 1";
    const auto line = [&](const char* what) {
      std::string found = question(clinic.path(), std::string("SELECT ") + what + kOf);
      REQUIRE(found.size() > 1);
      found.pop_back();
      return found;
    };
    const std::string name = line("name");
    const std::string sql = line("sql");
    alter(clinic.path(), "DROP INDEX " + name + "; " + sql + " WHERE 0; PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = '" +
                             sql + "' WHERE name = '" + name + "'");
    clinic.open();
    CHECK(told_of(clinic) == std::vector<std::string>{"rows are not where they are looked for"});
  }
}

// Lines of what SQL answers.
std::vector<std::string> lines_of(const std::string& path, const std::string& sql) {
  std::vector<std::string> lines;
  std::istringstream all(question(path, sql));
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

TEST_CASE("tampering: each cell of each table of the key store changed, each row deleted") {
  connex::testing::TempDir dir;
  Clinic clinic(dir);
  const auto person = [&](const char* id, const char* role) {
    clinic.must("principal.register", "system",
                {{"id", id}, {"role", role}, {"name", id}, {"email", std::string(id) + "@example.in"}, {"adult_attested", true}});
  };
  person("dpo", "data_protection_officer");
  person("st", "staff");
  person("doc", "doctor");
  clinic.must("ticket.post", "doc", {{"id", "t"}, {"thread", "tk"}, {"text", "my screen is dark"}});
  clinic.must("hold.place", "system",
              {{"id", "h"}, {"basis", "court_order"}, {"authority", "High Court"}, {"citation", "WP 1"}, {"approved_by", "dpo"},
               {"review_at", "2027-01-01T00:00:00+05:30"}, {"scope", {{"principals", boost::json::array{"doc"}}}}});
  clinic.must("rights.submit", "st", {{"id", "q"}, {"kind", "erasure"}, {"principal", "st"}, {"channel", "in_app"}, {"details", Args{}}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "q"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "q"}});
  clinic.must("audit.checkpoint", "dpo");
  clinic.must("key.rotate", "system");
  CHECK(told_of(clinic).empty());

  const std::string keys = clinic.path() + ".keys", copy = dir.file("copy");
  question(keys, "VACUUM INTO '" + copy + "'");
  constexpr const char* kTablesOfKeys[] = {"data_keys", "secrets", "outer_keys", "forgotten", "identity", "person_tokens"};
  std::string restore = "ATTACH '" + copy + "' AS o";
  for (const std::string table : kTablesOfKeys)
    restore += "; DELETE FROM " + table + "; INSERT INTO " + table + " SELECT * FROM o." + table;
  int changes = 0;
  const auto told = [&](const std::string& table, const std::string& sql) {
    CAPTURE(sql);
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(keys.c_str(), &database) == SQLITE_OK);
    (void)sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);  // not all that is tried fits the column
    sqlite3_close(database);
    const bool changed = !lines_of(keys, "ATTACH '" + copy + "' AS o; SELECT 1 FROM (SELECT * FROM " + table + " EXCEPT SELECT * FROM o." + table +
                                             ") UNION ALL SELECT 1 FROM (SELECT * FROM o." + table + " EXCEPT SELECT * FROM " + table + ")")
                              .empty();
    if (!changed) return;
    ++changes;
    const Answer verified = clinic("audit.verify", "dpo");
    CHECK((!verified.ok() || !verified.result().at("valid").as_bool()));
    question(keys, restore);
  };
  for (const std::string name : kTablesOfKeys) {
    CAPTURE(name);
    const std::string of = " FROM " + name;
    REQUIRE(lines_of(keys, "SELECT count(*)" + of).front() != "0");
    const std::vector<std::string> columns = lines_of(keys, "SELECT name FROM pragma_table_info('" + name + "')");
    std::string key;  // by which a row is found
    for (const std::string& column : lines_of(keys, "SELECT name FROM pragma_table_info('" + name + "') WHERE pk > 0"))
      key += (key.empty() ? "" : " || ',' || ") + ("quote(" + column + ")");
    const std::vector<std::string> rows = lines_of(keys, "SELECT " + key + of);
    for (const std::size_t r : sample(rows.size())) {
      std::string quoted = rows[r];
      for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 2) quoted.insert(at, "'");
      const std::string where = " WHERE " + key + " = '" + quoted + "'";
      told(name, "DELETE" + of + where);
      for (const std::string& column : columns) {
        CAPTURE(column);
        const std::string change = "UPDATE OR IGNORE " + name + " SET " + column + " = ";
        told(name, change + "NULL" + where);
        told(name, change + "CASE typeof(" + column + ") WHEN 'integer' THEN " + column + " + 1 WHEN 'text' THEN " + column +
                       " || 'x' WHEN 'blob' THEN CAST(" + column + " || 'x' AS BLOB) END" + where);
        for (const char* other : {"1", "'x'", "x'00'"}) told(name, change + other + where);
        told(name, change + "(SELECT other." + column + " FROM " + name + " AS other WHERE other." + column + " IS NOT " + name + "." +
                       column + " LIMIT 1)" + where);
      }
    }
    told(name, "DELETE" + of);
  }
  CHECK(changes > 200);
  CHECK(told_of(clinic).empty());  // as it was
}

TEST_CASE("tampering: the sums of the key store taken out are told for ever") {
  connex::testing::TempDir dir;
  Clinic clinic(dir);
  clinic.must("principal.register", "system",
              {{"id", "dpo"}, {"role", "data_protection_officer"}, {"name", "N"}, {"adult_attested", true}});
  clinic.close();
  alter(clinic.path() + ".keys", "UPDATE identity SET sums = NULL");
  for (int times = 0; times < 2; ++times) {
    clinic.open();
    const std::vector<std::string> told = told_of(clinic);
    REQUIRE(told.size() == 1);
    CHECK(told.front().starts_with("the sums over the tables had been taken out"));
    clinic.close();
  }
}

TEST_CASE("tampering: bytes of a database file flipped, an older file put back") {
  connex::testing::TempDir dir;
  const std::string path = dir.file("a.db");
  namespace fs = std::filesystem;
  const std::shared_ptr<keys::KeyProvider> provider = keys::make_file_key_provider({.path = dir.file("key")});
  const auto open = [&](const std::string& file) -> Result<std::unique_ptr<Engine>> {
    auto opened = store::open_sqlite_store({.path = file});
    if (!opened) return opened.error();
    EngineOptions options;
    options.store = std::move(*opened);
    options.key_provider = provider;
    return Engine::open(std::move(options));
  };
  const auto ask = [](Engine& engine, std::string_view command, const Args& args = {}) {
    return Answer(engine.execute(
        boost::json::serialize(Args{{"command", command}, {"actor", "system"}, {"args", args}})));
  };
  std::string checkpoint;
  {
    auto engine = std::move(open(path).value());
    for (int n = 0; n < 3; ++n)
      ask(*engine, "principal.register",
          {{"id", "p" + std::to_string(n)}, {"role", "staff"}, {"name", "N"}, {"adult_attested", true}});
  }
  fs::copy_file(path, dir.file("old.db"));
  {
    auto engine = std::move(open(path).value());
    ask(*engine, "organisation.put", {{"id", "x"}, {"kind", "clinic"}, {"name", "X"}});
    checkpoint = ask(*engine, "audit.checkpoint").text("checkpoint");
  }
  const std::string file = [&] {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }();
  const auto evidence_of = [&](const std::string& name) -> std::optional<std::string> {
    auto opened = store::open_sqlite_store({.path = name});
    if (!opened || !(*opened)->prepare(kSchema)) return std::nullopt;
    auto tx = (*opened)->begin_read();
    if (!tx) return std::nullopt;
    std::string out;
    for (const Table* table : kEvidenceTables) {
      std::vector<Row> rows;
      if (!(*tx)->scan(*table, {.limit = store::kMaxScan}, rows)) return std::nullopt;
      for (const Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
          out.append(row[i].bytes()).append(std::to_string(row[i].integer())).append("|");
    }
    return out;
  };
  const std::optional<std::string> evidence = evidence_of(path);
  REQUIRE(evidence);
  const std::string copy = dir.file("b.db");
  fs::copy_file(path + ".keys", copy + ".keys");
  // In the pages of the log, where anything is written: every byte takes minutes.
  const std::size_t step = std::getenv("CONNEX_EVERY_BYTE") != nullptr ? 1 : 11;
  std::vector<std::size_t> offsets;
  for (const std::size_t page : pages_of_log(path))
    for (std::size_t at = page; at < page + kPageSize; ++at)
      if (file[at] != 0 && at % step == 0) offsets.push_back(at);
  int told = 0;
  for (const std::size_t at : offsets) {
    CAPTURE(at);
    std::string flipped = file;
    flipped[at] = static_cast<char>(flipped[at] ^ 16);
    for (const char* end : {"-wal", "-shm"}) fs::remove(copy + end);
    std::ofstream(copy, std::ios::binary) << flipped;
    const std::optional<std::string> now = evidence_of(copy);
    if (now == evidence) continue;  // a byte of something else
    auto engine = open(copy);
    if (!engine) {
      ++told;
      continue;
    }
    const Answer verified = ask(**engine, "audit.verify", {{"checkpoint", checkpoint}});
    CHECK((!verified.ok() || !verified.result().at("valid").as_bool()));
    ++told;
  }
  CHECK(offsets.size() > 100);
  CHECK(told > 100);

  for (const char* end : {"-wal", "-shm"}) fs::remove(copy + end);
  fs::copy_file(dir.file("old.db"), copy, fs::copy_options::overwrite_existing);
  auto engine = std::move(open(copy).value());
  const Answer verified = ask(*engine, "audit.verify", {{"checkpoint", checkpoint}});
  REQUIRE(verified.ok());
  const auto& violations = verified.result().at("violations").as_array();
  REQUIRE(violations.size() == 1);
  CHECK(violations.front().at("seq").as_int64() == 3);
}

}  // namespace
