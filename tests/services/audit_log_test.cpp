// The audit log at every size round the borders of its tiles, and against somebody who can write to the
// store.
//
// What no log can tell without an anchor outside it: whoever rewrites all of it consistently (every entry,
// tile and the head, with fresh salts), or cuts off its end and sets head and tiles back, has another log
// that is sound in itself. The last test shows both, and that an anchored size and root give them away.
#include "services/stated.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "connex/stores.hpp"
#include "policy/pack.hpp"
#include "services/policy_versions.hpp"
#include "services/schema.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using namespace connex::services;
using connex::store::Cell;
using connex::store::CellType;
using connex::store::Row;
using connex::store::Table;

namespace {

namespace entry = audit_entry;
namespace head = audit_head;
namespace tile = audit_tile;

constexpr Instant kStart{1'795'000'000'000'000};

AuditContent content(Number n) {
  AuditContent c;
  c.actor = "dr";
  c.role = "doctor";
  c.command = "visit.book";
  c.object = std::string("v-").append(std::to_string(n));
  if (n % 3 != 0) c.visit = std::string("v-").append(std::to_string(n / 3));
  c.subjects = {"dr", "mr"};
  c.rule = "visit.book";
  c.effect = n % 2 == 0 ? Effect::permit : Effect::deny;
  c.facts = {Fact::yes, Fact::no, Fact::unknown};
  c.outcome = n % 2 == 0 ? "done" : "denied";
  c.policy = "sha256:0";
  return c;
}

struct Log {
  std::unique_ptr<store::Store> store;

  explicit Log(std::unique_ptr<store::Store> where = store::make_memory_store()) : store(std::move(where)) {
    REQUIRE(store->prepare(kSchema));
  }

  // Appends entries until there are `size`, each an odd number of minutes after the one before.
  void grow(Number size) {
    auto tx = std::move(store->begin_write().value());
    AuditHead h = load_head(*tx).value();
    if (h.next() == 0 && size > 0) {
      REQUIRE(found_policy(*tx, {policy::default_pack(), 0}, kStart));
      h.policies = policies_token(*tx).value();
    }
    while (h.next() < size) {
      h.at = {kStart.micros + h.next() * 17 * kMicrosPerMinute};
      h.policy = 1;
      REQUIRE(append_entry(*tx, h, content(h.next()), RecordClass::audit));
    }
    REQUIRE(store_head(*tx, h));
    REQUIRE(tx->commit());
  }
};

// What verification says: "sound", "corrupt", or the first violation with its number.
std::string verdict(ReadTransaction& tx) {
  const auto verification = verify_evidence(tx);
  if (!verification) return std::string(name(verification.error().code));
  if (verification->valid()) return "sound";
  const AuditViolation& first = verification->violations.front();
  return std::to_string(first.seq) + " " + first.what;
}

std::vector<Row> rows_of(ReadTransaction& tx, const Table& table) {
  std::vector<Row> rows;
  REQUIRE(tx.scan(table, {.limit = store::kMaxScan}, rows));
  return rows;
}

std::vector<Cell> cells_of(const Row& row) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(row[i]);
  return cells;
}

std::span<const Cell> key_of(const Table& table, const std::vector<Cell>& cells) {
  return std::span(cells).first(table.key_size);
}

// Every way of changing one cell that keeps its type; `hold` keeps the bytes that the cells borrow.
std::vector<Cell> changes(const Cell& cell, const Cell& other, bool nullable,
                          std::vector<std::string>& hold) {
  std::vector<Cell> out;
  const auto keep = [&](std::string bytes) {
    hold.push_back(std::move(bytes));
    return std::string_view(hold.back());
  };
  hold.reserve(64);
  switch (cell.type()) {
    case CellType::null:
      out.push_back(keep("v-1"));
      break;
    case CellType::integer:
      for (const int bit : {0, 1, 8, 16, 32, 40, 62})
        out.push_back(cell.integer() ^ (std::int64_t{1} << bit));
      out.push_back(-cell.integer() - 1);
      break;
    case CellType::text:
      out.push_back(keep(std::string(cell.bytes()) + "x"));
      out.push_back(keep("v-99999"));
      break;
    case CellType::blob: {
      const std::string bytes(cell.bytes());
      for (const std::size_t at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        out.push_back(Cell::blob(keep(flipped)));
      }
      out.push_back(Cell::blob(keep(bytes.substr(0, bytes.size() - 1))));
      out.push_back(Cell::blob(keep(bytes.substr(bytes.size() > 32 ? 32 : 1))));
      out.push_back(Cell::blob(keep(bytes + bytes.substr(0, 32))));
      out.push_back(Cell::blob(keep("")));
      break;
    }
  }
  if (cell.type() != CellType::null && nullable) out.push_back(Cell());
  if (other.type() == cell.type() && other != cell) out.push_back(other);
  return out;
}

using Judge = std::function<void(const std::string& verdict, std::string_view column)>;

// Changes every cell of a row, one by one, each in a transaction that is dropped, and hands over what
// verification makes of it.
void change_each_cell(Log& log, const Table& table, const Row& row, const Row& neighbour,
                      const Judge& judge) {
  for (std::size_t column = 0; column < row.size(); ++column) {
    if (&table == &audit_head::kTable && column == audit_head::sums) continue;  // the vault's, of which there is none
    std::vector<std::string> hold;
    for (const Cell& cell : changes(row[column], neighbour[column], table.columns[column].nullable, hold)) {
      auto tx = std::move(log.store->begin_write().value());
      std::vector<Cell> cells = cells_of(row);
      const std::vector<Cell> before = cells;
      cells[column] = cell;
      if (column < table.key_size) {
        Row taken;
        if (tx->get(table, key_of(table, cells), taken).value()) continue;  // that would be a deletion
        REQUIRE(tx->erase(table, key_of(table, before)));
        REQUIRE(tx->insert(table, cells));
      } else {
        REQUIRE(tx->update(table, cells));
      }
      judge(verdict(*tx), table.columns[column].name);
    }
  }
}

void erase(WriteTransaction& tx, const Table& table, const Row& row) {
  const std::vector<Cell> cells = cells_of(row);
  REQUIRE(tx.erase(table, key_of(table, cells)).value());
}

constexpr Number kSize = 600;
constexpr Number kWatched[] = {0, 1, 100, 255, 256, 511, 512, 598, 599};

void check_tampering(Log& log) {
  log.grow(kSize);
  auto reader = std::move(log.store->begin_read().value());
  const std::vector<Row> entries = rows_of(*reader, entry::kTable);
  const std::vector<Row> tiles = rows_of(*reader, tile::kTable);
  const std::vector<Row> heads = rows_of(*reader, head::kTable);
  REQUIRE(entries.size() == kSize);
  REQUIRE(tiles.size() == 3);  // two full ones of leaves, and the open one above
  REQUIRE(heads.size() == 1);
  CHECK(verdict(*reader) == "sound");
  reader.reset();

  for (const Number seq : kWatched) {
    CAPTURE(seq);
    const std::string number = std::to_string(seq) + " ";
    const Row& row = entries[static_cast<std::size_t>(seq)];
    const Row& neighbour = entries[static_cast<std::size_t>(seq == 0 ? 1 : seq - 1)];
    change_each_cell(log, entry::kTable, row, neighbour,
                     [&](const std::string& found, std::string_view column) {
                       CAPTURE(column);
                       CHECK(found.starts_with(number));
                     });
    {
      auto tx = std::move(log.store->begin_write().value());
      erase(*tx, entry::kTable, row);
      CHECK(verdict(*tx) == number + "entry missing");
    }
    {  // Two entries change places, all but their numbers.
      auto tx = std::move(log.store->begin_write().value());
      std::vector<Cell> a = cells_of(row);
      std::vector<Cell> b = cells_of(neighbour);
      std::swap(a[entry::seq], b[entry::seq]);
      REQUIRE(tx->update(entry::kTable, a));
      REQUIRE(tx->update(entry::kTable, b));
      const Number first = std::min(seq, neighbour.integer(entry::seq));
      CHECK(verdict(*tx).starts_with(std::to_string(first) + " "));
    }
    {  // The end is cut off, and only the entries.
      auto tx = std::move(log.store->begin_write().value());
      for (Number i = seq; i < kSize; ++i) erase(*tx, entry::kTable, entries[static_cast<std::size_t>(i)]);
      CHECK(verdict(*tx) == number + "entry missing");
    }
  }
  {  // An entry is added behind the head's back.
    auto tx = std::move(log.store->begin_write().value());
    std::vector<Cell> cells = cells_of(entries.back());
    cells[entry::seq] = kSize;
    REQUIRE(tx->insert(entry::kTable, cells));
    CHECK(verdict(*tx) == "600 entry beyond the head");
  }

  for (std::size_t i = 0; i < tiles.size(); ++i) {
    CAPTURE(i);
    change_each_cell(log, tile::kTable, tiles[i], tiles[(i + 1) % tiles.size()],
                     [&](const std::string& found, std::string_view column) {
                       CAPTURE(column);
                       CHECK(found.find("tile") != std::string::npos);
                     });
    auto tx = std::move(log.store->begin_write().value());
    erase(*tx, tile::kTable, tiles[i]);
    CHECK(verdict(*tx) == (i == 0 ? "0 tile altered" : i == 1 ? "256 tile altered" : "255 tile altered"));
  }
  for (const auto& [level, number] : std::initializer_list<std::pair<std::int64_t, std::int64_t>>{
           {0, 2}, {0, 1000}, {1, 1}, {2, 0}, {9, 0}, {-1, 0}, {0, -1}}) {
    auto tx = std::move(log.store->begin_write().value());
    const Cell cells[] = {level, number, tiles[0][tile::hashes]};
    REQUIRE(tx->insert(tile::kTable, cells));
    CHECK(verdict(*tx).find("tile") != std::string::npos);
  }

  change_each_cell(log, head::kTable, heads[0], heads[0],
                   [&](const std::string& found, std::string_view column) {
                     CAPTURE(column);
                     CHECK(found != "sound");
                   });
  {
    auto tx = std::move(log.store->begin_write().value());
    erase(*tx, head::kTable, heads[0]);
    CHECK(verdict(*tx) == "0 entry beyond the head");
  }
}

}  // namespace

TEST_CASE("audit log: sound and provable at every size") {
  Log log;
  evidence::Frontier frontier;
  for (Number size = 0; size <= kSize; ++size) {
    log.grow(size);
    auto tx = std::move(log.store->begin_read().value());
    const AuditVerification verification = verify_evidence(*tx).value();
    REQUIRE(verification.valid());
    REQUIRE(verification.entries == size);
    CHECK(prove_entry(*tx, size).error().code == ErrorCode::not_found);
    CHECK(prove_entry(*tx, -1).error().code == ErrorCode::not_found);
    const bool border = size % 256 <= 1 || size % 256 == 255 || size < 4 || size == kSize;
    for (Number seq = border ? 0 : size - 1; seq >= 0 && seq < size; ++seq) {
      const InclusionProof proof = prove_entry(*tx, seq).value();
      const auto index = static_cast<std::uint64_t>(seq);
      REQUIRE(proof.root == verification.root);
      REQUIRE(evidence::leaf_hash(proof.leaf) == proof.leaf_hash);
      REQUIRE(evidence::verify_inclusion(index, static_cast<std::uint64_t>(size), proof.leaf_hash, proof.path,
                                         verification.root));
      REQUIRE(evidence::decode_leaf(proof.leaf)->index == index);
      if (size > 1)
        REQUIRE(!evidence::verify_inclusion((index + 1) % static_cast<std::uint64_t>(size),
                                            static_cast<std::uint64_t>(size), proof.leaf_hash, proof.path,
                                            verification.root));
    }
    if (size > 0) frontier.append(prove_entry(*tx, size - 1)->leaf_hash);
    CHECK(frontier.root() == verification.root);
  }
}

TEST_CASE("audit log: entries read back as they were written") {
  Log log;
  log.grow(300);
  auto tx = std::move(log.store->begin_read().value());
  const std::vector<AuditEntry> entries = list_entries(*tx, 250, 1000).value();
  REQUIRE(entries.size() == 50);
  for (const AuditEntry& e : entries) {
    const AuditContent expected = content(e.seq);
    CHECK(e.content.object == expected.object);
    CHECK(e.content.visit == expected.visit);
    CHECK(e.content.subjects == expected.subjects);
    CHECK(e.content.facts == expected.facts);
    CHECK(e.content.effect == expected.effect);
    CHECK(e.content.outcome == expected.outcome);
    CHECK(e.at.micros == kStart.micros + e.seq * 17 * kMicrosPerMinute);
  }
  CHECK(find_entry(*tx, 299)->has_value());
  CHECK(!find_entry(*tx, 300)->has_value());
}

TEST_CASE("audit log: a leaf tells the hour of its entry, and equal contents have unequal leaves") {
  Log log;
  log.grow(4);
  auto tx = std::move(log.store->begin_read().value());
  for (Number seq = 0; seq < 4; ++seq) {
    const auto leaf = evidence::decode_leaf(prove_entry(*tx, seq)->leaf).value();
    CHECK(leaf.time % 3600 == 0);
    CHECK(leaf.time <=
          static_cast<std::uint64_t>((kStart.micros + seq * 17 * kMicrosPerMinute) / kMicrosPerSecond));
  }
  Log twin;
  twin.grow(4);
  auto other = std::move(twin.store->begin_read().value());
  CHECK(verify_evidence(*other)->root != verify_evidence(*tx)->root);
}

TEST_CASE("audit log: tampering with any column of any table is found, in memory") {
  Log log;
  check_tampering(log);
}

TEST_CASE("audit log: tampering with any column of any table is found, in SQLite") {
  const testing::TempDir dir;
  store::SqliteOptions options;
  options.path = dir.file("log.db");
  options.durability = store::Durability::normal;
  Log log(store::open_sqlite_store(options).value());
  check_tampering(log);
}

TEST_CASE("audit log: violations are told in order and are bounded") {
  Log log;
  log.grow(1500);
  auto tx = std::move(log.store->begin_write().value());
  for (Number seq = 100; seq < 1500; ++seq) {
    const Cell key[] = {seq};
    REQUIRE(tx->erase(entry::kTable, key));
  }
  const AuditVerification verification = verify_evidence(*tx).value();
  CHECK(verification.violations.size() == kMaxViolations);
  for (std::size_t i = 1; i < verification.violations.size(); ++i)
    CHECK(verification.violations[i - 1].seq <= verification.violations[i].seq);
  CHECK(verification.violations.front().seq == 100);
  CHECK(verify_evidence(*tx, {}, 4).value() == verification);
}

TEST_CASE("audit log: what only an anchor outside can tell") {
  Log log;
  log.grow(300);
  auto before = std::move(log.store->begin_read().value());
  const AuditVerification anchor = verify_evidence(*before).value();

  Log rewritten;  // all of it written anew, with another story in it or the same
  rewritten.grow(300);
  auto tx = std::move(rewritten.store->begin_read().value());
  const AuditVerification found = verify_evidence(*tx).value();
  CHECK(found.valid());
  CHECK(found.entries == anchor.entries);
  CHECK(found.root != anchor.root);

  Log cut;  // the end cut off, head and tiles set back
  cut.grow(200);
  auto shorter = std::move(cut.store->begin_read().value());
  CHECK(verify_evidence(*shorter)->valid());
  CHECK(verify_evidence(*shorter)->entries < anchor.entries);
}
