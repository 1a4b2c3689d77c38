#include "services/table_sums.hpp"

#include <algorithm>
#include <functional>

#include "connex/gates.hpp"
#include "evidence/hmac.hpp"
#include "evidence/merkle.hpp"
#include "evidence/sha256.hpp"
#include "services/audit_log.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using evidence::Bytes;
using evidence::bytes_of;
using evidence::SealingKey;
using evidence::SecretBytes;
using evidence::text_of;
using store::Cell;
using store::ReadTransaction;
using store::Row;
using store::WriteTransaction;

constexpr Cell kHeadKey{std::int64_t{0}};
constexpr int kWritesPerKey = 24;  // a power of two: far fewer than random nonces allow
constexpr std::size_t kNone = kMostSummed;
constexpr std::uint64_t kKeysToo = std::uint64_t{1} << 63;  // in the number of writes

std::size_t place_of(const Summed& of, const Table& table) noexcept {
  const auto found = std::ranges::find(of.tables, &table);
  return found == of.tables.end() ? kNone : static_cast<std::size_t>(found - of.tables.begin());
}

Error altered_head() { return {ErrorCode::corrupt, "the head of the store is not what the engine wrote", ""}; }

template <class Int>
void push(Bytes& out, Int value) {
  std::uint8_t bytes[sizeof(Int)];
  evidence::store_be(bytes, value);
  evidence::append(out, bytes);
}

// Makes marks. One object, one thread at a time.
class Marks {
 public:
  Marks(evidence::ByteView key, const Summed& of) : key_(key), of_(of) {}

  // Of a row as it is stored. Cells that are null do not count, so that a column added later changes no mark; the
  // head's own sums do not either.
  template <class Cells>
  TableSum of(std::size_t place, const Cells& cells) {
    encoded_.clear();
    evidence::append(encoded_, key_);
    push(encoded_, static_cast<std::uint16_t>(place | of_.domain));
    const bool head = of_.tables[place] == of_.head;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Cell cell = cells[i];
      if (cell.is_null() || (head && i == of_.sums)) continue;
      encoded_.push_back(static_cast<std::uint8_t>(i));
      encoded_.push_back(static_cast<std::uint8_t>(cell.type()));
      if (cell.type() == CellType::integer) {
        push(encoded_, static_cast<std::uint64_t>(cell.integer()));
      } else {
        push(encoded_, static_cast<std::uint64_t>(cell.bytes().size()));
        evidence::append(encoded_, bytes_of(cell.bytes()));
      }
    }
    const evidence::Hash hash = hasher_.update(encoded_).finish();
    return {evidence::load_be<std::uint64_t>(hash.data()), evidence::load_be<std::uint64_t>(hash.data() + 8)};
  }

  ~Marks() { evidence::cleanse(encoded_); }
  Marks(const Marks&) = delete;
  Marks& operator=(const Marks&) = delete;

 private:
  evidence::ByteView key_;
  const Summed& of_;
  evidence::Sha256 hasher_;
  Bytes encoded_;
};

// All rows of the summed tables.
Result<TableSums> sums_of(ReadTransaction& tx, evidence::ByteView key, const Summed& of) {
  Marks marks(key, of);
  TableSums sums;
  for (std::size_t place = 0; place < of.tables.size(); ++place)
    CONNEX_CHECK(tx.visit(*of.tables[place], {.limit = store::kNoLimit}, [&](store::RowView row) -> Result<bool> {
      sums.tables[place].add(marks.of(place, row));
      return true;
    }));
  return sums;
}

constexpr std::uint8_t kHeadRow[] = {0};
evidence::SealPlace place_of(const Summed& of) {
  const store::Column& sums = of.head->columns[of.sums];
  return {"connex/sums", of.head->name, kHeadRow, sums.name, sums.since};
}

}  // namespace

class SummedWrite final : public WriteTransaction {
 public:
  SummedWrite(const SumKey& key, std::unique_ptr<WriteTransaction> inner, const Summed& of)
      : key_(key), of_(of), inner_(std::move(inner)), marks_(key.mark_key(), of) {}

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    if (moved_head_ && &table == of_.head) {
      row = head_;
      return true;
    }
    CONNEX_TRY(found, inner_->get(table, key, row));
    if (found && place_of(of_, table) != kNone) {
      Seen& seen = seen_[next_++ % seen_.size()];
      seen.table = &table;
      seen.row = row;
    }
    return found;
  }
  Result<void> visit(const Table& table, const store::Range& range, store::Visitor visitor) override {
    return inner_->visit(table, range, visitor);
  }
  Result<bool> sound() override { return inner_->sound(); }

  Result<void> insert(const Table& table, std::span<const Cell> row) override {
    const std::size_t place = place_of(of_, table);
    if (place == kNone) return inner_->insert(table, row);
    CONNEX_CHECK(load());
    CONNEX_CHECK(inner_->insert(table, row));
    sums_->tables[place].add(marks_.of(place, row));
    return {};
  }

  Result<void> update(const Table& table, std::span<const Cell> row) override {
    const std::size_t place = place_of(of_, table);
    if (place == kNone) return inner_->update(table, row);
    CONNEX_CHECK(load());
    if (&table == of_.head) {  // stored once, with the sums that it then has
      head_.clear();
      for (const Cell& cell : row) head_.push(cell);
      moved_head_ = true;
      return {};
    }
    const std::span<const Cell> key = row.first(std::min<std::size_t>(table.key_size, row.size()));
    CONNEX_TRY(old, stored(table, key));
    std::optional<TableSum> mark;
    if (old != nullptr) mark = marks_.of(place, *old);
    CONNEX_CHECK(inner_->update(table, row));
    if (mark) sums_->tables[place].remove(*mark);
    sums_->tables[place].add(marks_.of(place, row));
    forget(table, key);
    return {};
  }

  Result<bool> erase(const Table& table, std::span<const Cell> key) override {
    const std::size_t place = place_of(of_, table);
    if (place == kNone) return inner_->erase(table, key);
    CONNEX_CHECK(load());
    CONNEX_TRY(old, stored(table, key));
    if (old == nullptr) return inner_->erase(table, key);
    const TableSum mark = marks_.of(place, *old);
    CONNEX_TRY(erased, inner_->erase(table, key));
    if (erased) sums_->tables[place].remove(mark);
    forget(table, key);
    return erased;
  }

  Result<void> commit() override {
    if (sums_) {
      const std::size_t place = place_of(of_, *of_.head);
      const Row& now = moved_head_ ? head_ : stored_head_;
      sums_->tables[place].remove(marks_.of(place, stored_head_));
      sums_->tables[place].add(marks_.of(place, now));
      ++sums_->writes;
      CONNEX_TRY(sealed, key_.seal(*sums_, of_));
      std::vector<Cell> cells = cells_of(now);
      cells.resize(of_.head->columns.size());
      cells[of_.sums] = Cell::blob(text_of(sealed));
      CONNEX_CHECK(inner_->update(*of_.head, cells));
    }
    return inner_->commit();
  }

  // What is written here, and what it should then sum up to.
  ReadTransaction& inner() noexcept { return *inner_; }
  Result<const TableSums*> expected() {
    CONNEX_CHECK(load());
    return &*sums_;
  }

 private:
  struct Seen {
    const Table* table = nullptr;
    Row row;
  };

  // The sums as the last commit left them, before anything is written.
  Result<void> load() {
    if (sums_) return {};
    CONNEX_TRY(found, inner_->get(*of_.head, std::span(&kHeadKey, 1), stored_head_));
    if (!found) return altered_head();
    CONNEX_TRY(sums, key_.open(stored_head_.bytes(of_.sums), of_));
    sums_ = sums;
    return {};
  }

  Seen* find(const Table& table, std::span<const Cell> key) noexcept {
    const auto same = [&](const Seen& seen) {
      if (seen.table != &table) return false;
      for (std::size_t i = 0; i < key.size(); ++i)
        if (seen.row[i] != key[i]) return false;
      return true;
    };
    const auto found = std::ranges::find_if(seen_, same);
    return found == seen_.end() ? nullptr : &*found;
  }
  void forget(const Table& table, std::span<const Cell> key) noexcept {
    while (Seen* const seen = find(table, key)) seen->table = nullptr;
  }
  // The row that has this key; nullptr: there is none. Most were read just now.
  Result<const Row*> stored(const Table& table, std::span<const Cell> key) {
    if (key.size() == table.key_size)
      if (const Seen* const seen = find(table, key)) return &seen->row;
    CONNEX_TRY(found, inner_->get(table, key, old_));
    return found ? &old_ : nullptr;
  }

  const SumKey& key_;
  const Summed& of_;
  std::unique_ptr<WriteTransaction> inner_;
  Marks marks_;
  std::optional<TableSums> sums_;
  Row stored_head_, head_, old_;
  bool moved_head_ = false;
  std::array<Seen, 4> seen_;
  std::size_t next_ = 0;
};

std::unique_ptr<WriteTransaction> SumKey::watch(std::unique_ptr<WriteTransaction> inner, const Summed& of) const {
  return std::make_unique<SummedWrite>(*this, std::move(inner), of);
}

// With the mutex held.
Result<SealingKey*> SumKey::key_of(std::uint32_t version) const {
  if (key_ && key_->ref().version == version) return &*key_;
  std::uint8_t salt[4];
  evidence::store_be(salt, version);
  SecretBytes key(32);
  CONNEX_CHECK(evidence::hkdf_sha256(root_.view(), salt, bytes_of("connex/table-sums/v1"), key.span()));
  key_.emplace(evidence::KeyRef{{}, version}, key.view().first<32>());
  return &*key_;
}

Result<TableSums> SumKey::open(std::string_view sealed, const Summed& of) const {
  const auto ref = evidence::sealing_key_of(bytes_of(sealed));
  if (!ref) return altered_head();
  const std::lock_guard lock(mutex_);
  CONNEX_TRY(key, key_of(ref->version));
  const auto opened = key->open(place_of(of), bytes_of(sealed));
  // What an older release wrote has fewer tables; those that came since were empty.
  if (!opened || opened->size() % 16 != 8 || opened->size() > 8 + 16 * of.tables.size()) return altered_head();
  const std::uint8_t* at = opened->view().data();
  TableSums sums;
  const auto writes = evidence::load_be<std::uint64_t>(at);
  sums.writes = writes & ~kKeysToo;
  sums.keys_too = (writes & kKeysToo) != 0;
  at += 8;
  for (std::size_t i = 0; i < opened->size() / 16; ++i, at += 16)
    sums.tables[i] = {evidence::load_be<std::uint64_t>(at), evidence::load_be<std::uint64_t>(at + 8)};
  return sums;
}

Result<Bytes> SumKey::seal(const TableSums& sums, const Summed& of) const {
  Bytes plain;
  plain.reserve(8 + 16 * of.tables.size());
  push(plain, sums.writes | (sums.keys_too ? kKeysToo : 0));
  for (std::size_t place = 0; place < of.tables.size(); ++place) {
    push(plain, sums.tables[place].high);
    push(plain, sums.tables[place].low);
  }
  const std::lock_guard lock(mutex_);
  CONNEX_TRY(key, key_of(static_cast<std::uint32_t>(sums.writes >> kWritesPerKey)));
  Bytes out;
  CONNEX_CHECK(key->seal(place_of(of), plain, std::ref(random_), out));
  return out;
}

bool SumKey::tells_of_keys(std::string_view sums) const {
  const auto opened = open(sums, kMainSums);
  return opened && opened->keys_too;
}

Result<void> SumKey::tell_of_keys(WriteTransaction& inner) const {
  Row head;
  CONNEX_TRY(found, inner.get(audit_head::kTable, std::span(&kHeadKey, 1), head));
  if (!found) return altered_head();
  CONNEX_TRY(sums, open(head.bytes(audit_head::sums), kMainSums));
  sums.keys_too = true;
  ++sums.writes;
  CONNEX_TRY(sealed, seal(sums, kMainSums));
  std::vector<Cell> cells = cells_of(head);
  cells[audit_head::sums] = Cell::blob(text_of(sealed));
  return inner.update(audit_head::kTable, cells);
}

Result<bool> SumKey::sum_all(WriteTransaction& inner, bool again) const {
  Row head;
  CONNEX_TRY(found, inner.get(audit_head::kTable, std::span(&kHeadKey, 1), head));
  if (found && !head.is_null(audit_head::sums)) return false;
  if (!found) {
    const Bytes frontier = evidence::Frontier().serialise();
    const Cell cells[] = {kHeadKey,        Cell::blob(text_of(frontier)), std::int64_t{0}, std::int64_t{0},
                          std::int64_t{0}, Cell()};
    CONNEX_CHECK(inner.insert(audit_head::kTable, cells));
  }
  CONNEX_TRY(log, load_head(inner));
  if (!again) {
    CONNEX_TRY(told, tells_of_sums(inner));
    again = told;
  }
  if (again || log.next() > 0) {  // who takes the sums away leaves this behind
    AuditContent content;
    content.actor = content.role = "system";
    content.command = kTablesSummed;
    if (again) content.details.push_back(sums_taken_out());
    content.rule = kCommandUse.rule;
    content.facts.assign(kCommandUse.conditions.size(), Fact::yes);  // the engine's own
    content.effect = Effect::permit;
    content.outcome = "done";
    Row pack;
    const Cell ordinal[] = {log.policy};
    CONNEX_TRY(filed, inner.get(policy_pack::kTable, ordinal, pack));
    if (filed) content.policy = pack.bytes(policy_pack::digest);
    CONNEX_CHECK(append_entry(inner, log, content, RecordClass::audit));
    CONNEX_CHECK(store_head(inner, log));
  }
  CONNEX_CHECK(sum_as_they_are(inner));
  return true;
}

Result<void> SumKey::sum_as_they_are(WriteTransaction& inner, const Summed& of) const {
  Row head;
  CONNEX_TRY(found, inner.get(*of.head, std::span(&kHeadKey, 1), head));
  if (!found) return altered_head();
  CONNEX_TRY(sums, sums_of(inner, mark_key(), of));
  sums.keys_too = true;
  CONNEX_TRY(sealed, seal(sums, of));
  std::vector<Cell> cells = cells_of(head);
  cells.resize(of.head->columns.size());
  cells[of.sums] = Cell::blob(text_of(sealed));
  return inner.update(*of.head, cells);
}

Result<std::vector<std::string_view>> SumKey::altered(ReadTransaction& tx, const Summed& of) const {
  auto* const writing = dynamic_cast<SummedWrite*>(&tx);
  std::vector<std::string_view> names;
  TableSums expected;
  if (writing != nullptr) {
    CONNEX_TRY(sums, writing->expected());
    expected = *sums;
  } else {
    Row head;
    CONNEX_TRY(found, tx.get(*of.head, std::span(&kHeadKey, 1), head));
    const auto sums = found ? open(head.bytes(of.sums), of) : Result<TableSums>(altered_head());
    if (!sums) return std::vector<std::string_view>{of.head->name};
    expected = *sums;
  }
  CONNEX_TRY(found, sums_of(writing != nullptr ? writing->inner() : tx, mark_key(), of));
  for (std::size_t place = 0; place < of.tables.size(); ++place)
    if (found.tables[place] != expected.tables[place]) names.push_back(of.tables[place]->name);
  return names;
}

}  // namespace connex::services
