#include "services/vault.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include "evidence/base64.hpp"
#include "evidence/canonical.hpp"
#include "evidence/hmac.hpp"
#include "evidence/sha256.hpp"
#include "services/as_read.hpp"
#include "services/cells.hpp"
#include "services/try.hpp"

namespace connex::services {

using evidence::Bytes;
using evidence::bytes_of;
using evidence::ByteView;
using evidence::KeyRef;
using evidence::SealPlace;
using evidence::SecretBytes;
using evidence::text_of;
using store::Cell;
using store::Range;
using store::Row;
using store::RowView;
using store::Store;
using store::Visitor;

namespace {

// The tables of the key store.

// Data keys, one row for each that ever was: a destroyed one keeps its id and loses the rest.
namespace data_key {
enum : std::uint8_t { principal, record_class, version, id, seals, outer, outer_version, wrapped };
constexpr Column kColumns[] = {
    {"principal"},
    {"class", CellType::integer},
    {"version", CellType::integer},
    {"id", CellType::blob},
    {"seals", CellType::integer},
    {"outer_key", CellType::text, true},
    {"outer_version", CellType::integer, true},
    {"wrapped", CellType::blob, true},
};
constexpr std::uint8_t kByOuterColumns[] = {outer, outer_version};
constexpr Index kByOuter{"data_keys_by_outer", kByOuterColumns};
constexpr std::array kIndexes{kByOuter};
constexpr Table kTable{"data_keys", kColumns, 3, kIndexes};
}  // namespace data_key

namespace secret_row {
enum : std::uint8_t { name, outer, outer_version, wrapped };
constexpr Column kColumns[] = {
    {"name"}, {"outer_key"}, {"outer_version", CellType::integer}, {"wrapped", CellType::blob}};
constexpr std::uint8_t kByOuterColumns[] = {outer, outer_version};
constexpr Index kByOuter{"secrets_by_outer", kByOuterColumns};
constexpr std::array kIndexes{kByOuter};
constexpr Table kTable{"secrets", kColumns, 1, kIndexes};
}  // namespace secret_row

// Outer keys under which anything was ever wrapped. One under which nothing is any more is retiring until the provider
// has let go of it.
namespace outer_key {
enum : std::uint8_t { id, version, retired };
enum State : std::uint8_t { in_use, gone, retiring };
constexpr Column kColumns[] = {{"id"}, {"version", CellType::integer}, {"retired", CellType::integer}};
constexpr Table kTable{"outer_keys", kColumns, 2, {}};
}  // namespace outer_key

// The lines of the main store's ledger that are carried out, in the same columns.
namespace forgotten {
constexpr auto kColumns = [] {
  auto columns = std::to_array(key_erasure::kColumns);
  for (Column& column : columns) column.since = column.since == 1 ? 1 : 2;
  return columns;
}();
constexpr Index kByDeed{"forgotten_by_deed", key_erasure::kByDeedColumns, false, 2};
constexpr std::array kIndexes{kByDeed};
constexpr Table kTable{"forgotten", kColumns, 1, kIndexes};
}  // namespace forgotten

// Whom the tokens in the audit log stand for (persons.hpp). A row that is gone leaves nothing that leads from one to the
// other.
namespace person_token {
enum : std::uint8_t { token, principal, record_class, stretch, salt };
constexpr Column kColumns[] = {{"token"},
                               {"principal"},
                               {"class", CellType::integer},
                               {"stretch", CellType::integer},
                               {"salt", CellType::blob}};
constexpr std::uint8_t kByPersonColumns[] = {principal, record_class, stretch};
constexpr Index kByPerson{"person_tokens_by_person", kByPersonColumns, true};
constexpr std::uint8_t kByTimeColumns[] = {record_class, stretch};
constexpr Index kByTime{"person_tokens_by_time", kByTimeColumns};
constexpr std::array kIndexes{kByPerson, kByTime};
constexpr Table kTable{"person_tokens", kColumns, 1, kIndexes, 2};
}  // namespace person_token

namespace identity {
enum : std::uint8_t { id, vault, summed, sums };
constexpr Column kColumns[] = {{"id", CellType::integer},
                               {"vault", CellType::blob},
                               {"summed", CellType::integer, true, 2},  // 1: the main store's tables were, ever
                               {"sums", CellType::blob, true, 3}};      // over the tables of the key store, sealed
constexpr Table kTable{"identity", kColumns, 1, {}};
}  // namespace identity

constexpr const Table* kKeyTables[] = {&data_key::kTable, &secret_row::kTable, &outer_key::kTable,
                                       &forgotten::kTable, &identity::kTable,   &person_token::kTable};
// 3: wrapped keys stand behind a commitment, and the tables are summed
constexpr store::Schema kKeySchema{3, kKeyTables};
constexpr Summed kKeySums{kKeyTables, &identity::kTable, identity::sums, 0x8000};

constexpr std::string_view kIndexRoot = "blind-index-root";
constexpr std::string_view kSumRoot = "table-sums-root";
constexpr std::size_t kCachedKeys = 4096;
constexpr std::size_t kCacheWays = 4;  // keys that share a set: with one, two people could take turns to evict each other
constexpr std::uint32_t kPage = 200;
constexpr Cell kOnly{std::int64_t{0}};
// Raised when a form changes in which people are looked for: then everybody is indexed anew on opening.
constexpr std::int64_t kLookupForms = 1;

struct LedgerEnd {
  Number number = 0;
  std::string mac;
};

// The last line in a ledger of erasures, or the last below a number; 0 where there is none.
Result<LedgerEnd> last_line(ReadTransaction& tx, const Table& ledger, Cell below = {}) {
  LedgerEnd last;
  CONNEX_CHECK(tx.visit(ledger, {.below = below, .descending = true}, [&](RowView row) -> Result<bool> {
    last = {row.integer(key_erasure::number), std::string(row.bytes(key_erasure::mac))};
    return false;
  }));
  return last;
}

// The key store as an operator knows it: by its file, where it is one.
std::string key_store(const std::string& path) { return path.empty() ? "key store" : "key store `" + path + "`"; }
Error missing_keys(const std::string& path) {
  return {ErrorCode::not_found, "the store holds sealed data, and its " + key_store(path) + " is missing", ""};
}
Error foreign_keys(const std::string& path) {
  return {ErrorCode::corrupt, "the " + key_store(path) + " belongs to another store", ""};
}

Error altered_line(Number line, const std::string& where) {
  return {ErrorCode::corrupt, "line " + std::to_string(line) + " of the ledger of erasures in the " + where +
                                  " is not what the engine entered", ""};
}
Error other_line(Number line, const std::string& path) {
  return {ErrorCode::corrupt, "line " + std::to_string(line) + " of the ledger of erasures is another one in the " + key_store(path), ""};
}

// What a wrapped data key is bound to.
std::string label_of(std::string_view principal, Number record_class, Number version, std::string_view id) {
  Bytes out;
  evidence::CanonicalWriter(out, 1)
      .text("connex/data-key")
      .text(principal)
      .u64(static_cast<std::uint64_t>(record_class))
      .u64(static_cast<std::uint64_t>(version))
      .text(id);
  return std::string(text_of(out));
}
std::string label_of(std::string_view secret) { return "connex/secret/" + std::string(secret); }

// What stands before that which a provider wrapped: this, and a hash under the secret of its place, by which no other
// secret is taken for it, whatever the provider gives back. Older releases kept what it wrapped alone.
constexpr std::string_view kCommitted = "connex/wrapped/2";
constexpr std::size_t kCommitment = kCommitted.size() + sizeof(evidence::Hash);

std::string commitment_of(const keys::OuterKey& outer, std::string_view label, ByteView secret) {
  Bytes place;
  evidence::CanonicalWriter(place, 1).text(outer.id).u64(outer.version).text(label);
  const evidence::Hash hash = evidence::hmac_sha256(secret, place);
  return std::string(kCommitted).append(text_of(hash));
}
bool is_committed(std::string_view wrapped) noexcept {
  return wrapped.size() > kCommitment && wrapped.starts_with(kCommitted);
}

Error another_key() {
  return {ErrorCode::corrupt, "the key provider gave another key than the one that the store is sealed under", ""};
}

Result<KeyRef> ref_of(const Row& row) {
  const std::string_view id = row.bytes(data_key::id);
  KeyRef ref{{}, static_cast<std::uint32_t>(row.integer(data_key::version))};
  if (id.size() != ref.id.size()) return Error{ErrorCode::corrupt, "a data key has an impossible id", ""};
  std::ranges::copy(bytes_of(id), ref.id.begin());
  return ref;
}

constexpr const Sealed* sealed_of(const Table& table) noexcept {
  for (const Sealed* sealed : kSealedTables)
    if (sealed->table == &table) return sealed;
  return nullptr;
}

// Sealed columns are nullable blobs, and neither key nor index may need to see through them.
constexpr bool well_declared(const Sealed& sealed) {
  for (const std::uint8_t column : sealed.columns) {
    const Column& declared = sealed.table->columns[column];
    if (declared.type != CellType::blob || !declared.nullable || column < sealed.table->key_size)
      return false;
    for (const Index& index : sealed.table->indexes)
      for (const std::uint8_t indexed : index.columns)
        if (indexed == column) return false;
  }
  return true;
}
static_assert(std::ranges::all_of(kSealedTables,
                                  [](const Sealed* sealed) { return well_declared(*sealed); }));

// The primary key of a row, canonically.
template <class Cells>
void encode_key(Bytes& out, const Table& table, const Cells& cells) {
  out.clear();
  evidence::CanonicalWriter writer(out, 1);
  for (std::size_t i = 0; i < table.key_size; ++i) {
    const Cell cell = cells[i];
    writer.u64(static_cast<std::uint64_t>(cell.type()));
    if (cell.type() == CellType::integer)
      writer.u64(static_cast<std::uint64_t>(cell.integer()));
    else
      writer.text(cell.bytes());
  }
}

template <class Cells>
RecordClass class_of(const Sealed& sealed, const Cells& cells) {
  if (sealed.class_column == kNoColumn) return sealed.record_class;
  const Cell cell = cells[sealed.class_column];
  return static_cast<RecordClass>(cell.integer());
}

SealPlace place_of(const Sealed& sealed, const Bytes& key, std::uint8_t column) {
  return {"connex/column", sealed.table->name, key, sealed.table->columns[column].name, sealed.table->since};
}

}  // namespace

struct Vault::DataKey {
  std::string principal;
  RecordClass record_class;
  evidence::SealingKey key;
  std::uint64_t counted;  // seals so far, in steps
  SecretBytes salts;      // of an account: what salts are derived from
};

// --- transactions ---------------------------------------------------------------------------------------

// Opens the rows of one read; its buffers go from row to row.
class Vault::Opener final : public RowOpener {
 public:
  // `apart`: with the log's own keys, which nobody destroys, in its own hand, so that it waits for no other thread.
  Opener(Vault& vault, const Sealed& sealed, bool apart = false)
      : vault_(vault), sealed_(sealed), apart_(apart), values_(sealed.columns.size()) {}

  bool has_sealed(RowView row) const {
    return std::ranges::any_of(sealed_.columns, [&](std::uint8_t column) { return !row.is_null(column); });
  }

  Result<RowView> open(RowView row) override {
    if (!has_sealed(row)) return row;
    encode_key(key_, *sealed_.table, row);
    cells_.clear();
    for (std::size_t i = 0; i < row.size(); ++i) cells_.push_back(row[i]);
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const std::uint8_t column = sealed_.columns[i];
      if (row.is_null(column)) continue;
      auto there = open(row.bytes(sealed_.principal), class_of(sealed_, row), place_of(sealed_, key_, column),
                        bytes_of(row.bytes(column)), values_[i]);
      if (!there && (!sealed_.damaged_reads_empty || there.error().code != ErrorCode::corrupt))
        return std::move(there).error();
      if (!there || *there)
        cells_[column] = Cell::blob(values_[i].text());
      else
        cells_[column] = sealed_.damaged_reads_empty ? Cell::blob(kDestroyed) : Cell();
    }
    return RowView(cells_);
  }

 private:
  struct OwnKey {
    RecordClass record_class;
    evidence::SealingKey key;
  };

  Result<bool> open(std::string_view principal, RecordClass record_class, const SealPlace& place, ByteView sealed,
                    SecretBytes& value) {
    value.resize(0);
    if (apart_ && principal == kLogsOwn) {
      if (const auto ref = evidence::sealing_key_of(sealed)) {
        CONNEX_TRY(own, own_key(record_class, *ref));
        if (own != nullptr) {
          CONNEX_CHECK(own->open(place, sealed, value));
          return true;
        }
      }
    }
    const std::lock_guard lock(vault_.mutex_);
    return vault_.open_locked(principal, record_class, place, sealed, value);
  }

  Result<evidence::SealingKey*> own_key(RecordClass record_class, const KeyRef& ref) {
    for (OwnKey& own : own_)
      if (own.record_class == record_class && own.key.ref() == ref) return &own.key;
    const std::lock_guard lock(vault_.mutex_);
    CONNEX_TRY(found, vault_.find_key(kLogsOwn, record_class, ref));
    if (!found) return nullptr;
    if (own_.size() == kMostOwn) own_.erase(own_.begin());
    own_.push_back({record_class, std::move(found->key)});
    return &own_.back().key;
  }

  static constexpr std::size_t kMostOwn = 32;
  Vault& vault_;
  const Sealed& sealed_;
  const bool apart_;
  Bytes key_;
  std::vector<Cell> cells_;
  std::vector<SecretBytes> values_;
  std::vector<OwnKey> own_;
};

// Opens what it reads; sealed columns of others stay shut.
class SealedReader {
  using Opener = Vault::Opener;

 public:
  SealedReader(Vault& vault, ReadTransaction& inner) : vault_(vault), inner_(inner) {}

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) {
    CONNEX_TRY(found, inner_.get(table, key, row));
    const Sealed* const sealed = sealed_of(table);
    if (!found || sealed == nullptr) return found;
    Opener opener(vault_, *sealed);
    if (opener.has_sealed(row)) {
      CONNEX_CHECK(catch_up());
      CONNEX_TRY(opened, opener.open(row));
      row = Row(opened);
    }
    return true;
  }

  Result<void> visit(const Table& table, const Range& range, Visitor visitor) {
    const Sealed* const sealed = sealed_of(table);
    if (sealed == nullptr) return inner_.visit(table, range, visitor);
    Opener opener(vault_, *sealed);
    return inner_.visit(table, range, [&](RowView row) -> Result<bool> {
      if (opener.has_sealed(row)) CONNEX_CHECK(catch_up());
      CONNEX_TRY(opened, opener.open(row));
      return visitor(opened);
    });
  }

  Result<void> assign(std::span<NamedPerson> people, RecordClass record_class, Instant at) {
    CONNEX_CHECK(catch_up());
    const std::lock_guard lock(vault_.mutex_);
    return vault_.assign_locked(people, record_class, stretch_of(at));
  }
  Result<void> resolve(std::span<NamedPerson> people) {
    CONNEX_CHECK(catch_up());
    const std::lock_guard lock(vault_.mutex_);
    return vault_.resolve_locked(people);
  }
  Result<std::optional<TokenOf>> find_token(const Token& token) {
    CONNEX_CHECK(catch_up());
    return vault_.find_token(token);
  }
  Result<std::vector<TokenOf>> tokens_of(std::string_view id) {
    CONNEX_CHECK(catch_up());
    return vault_.tokens_of(id);
  }
  Result<std::optional<evidence::Hash>> salt(std::string_view id, std::string_view purpose, bool make) {
    CONNEX_CHECK(catch_up());
    return vault_.salt(id, purpose, make);
  }
  Result<void> visit_forgotten(Number after, Visitor use) { return vault_.visit_forgotten(after, use); }

  Result<std::unique_ptr<RowOpener>> opener(const Table& table) {
    const Sealed* const sealed = sealed_of(table);
    if (sealed == nullptr) return Error{ErrorCode::internal, "nothing of this table is sealed", ""};
    CONNEX_CHECK(catch_up());
    return std::unique_ptr<RowOpener>(std::make_unique<Opener>(vault_, *sealed, true));
  }

  // Once in each transaction, before anything is sealed or opened.
  Result<void> catch_up() {
    if (caught_up_) return {};
    CONNEX_CHECK(vault_.catch_up(inner_));
    caught_up_ = true;
    return {};
  }

 private:
  Vault& vault_;
  ReadTransaction& inner_;
  bool caught_up_ = false;
};

// Of the vault's own transactions: what stands in the store, shut.
class Shut {
 public:
  virtual ReadTransaction& shut() noexcept = 0;

 protected:
  ~Shut() = default;
};

class SealedRead final : public ReadTransaction, public Shut, public Persons {
 public:
  SealedRead(Vault& vault, std::unique_ptr<ReadTransaction> inner)
      : inner_(std::move(inner)), reader_(vault, *inner_) {}

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return reader_.get(table, key, row);
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return reader_.visit(table, range, visitor);
  }
  Result<bool> sound() override { return inner_->sound(); }
  ReadTransaction& shut() noexcept override { return *inner_; }

  Result<void> assign(std::span<NamedPerson>, RecordClass, Instant) override {
    return Error{ErrorCode::internal, "a transaction that reads names nobody", ""};
  }
  Result<void> resolve(std::span<NamedPerson> people) override { return reader_.resolve(people); }
  Result<std::optional<TokenOf>> find_token(const Token& token) override { return reader_.find_token(token); }
  Result<std::vector<TokenOf>> tokens_of(std::string_view id) override { return reader_.tokens_of(id); }
  Result<std::optional<evidence::Hash>> salt(std::string_view id, std::string_view purpose, bool) override {
    return reader_.salt(id, purpose, false);
  }
  Result<void> visit_forgotten(Number after, Visitor use) override { return reader_.visit_forgotten(after, use); }
  Result<std::unique_ptr<RowOpener>> opener(const Table& table) override { return reader_.opener(table); }

 private:
  std::unique_ptr<ReadTransaction> inner_;
  SealedReader reader_;
};

class SealedWrite final : public WriteTransaction, public Shut, public Persons {
 public:
  SealedWrite(Vault& vault, std::unique_ptr<WriteTransaction> inner)
      : vault_(vault), inner_(std::move(inner)), reader_(vault, *inner_) {}
  ~SealedWrite() override {
    if (named_) vault_.forget_named();  // whom entries that were taken back named is named anew
  }

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return reader_.get(table, key, row);
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return reader_.visit(table, range, visitor);
  }
  Result<bool> sound() override { return inner_->sound(); }
  ReadTransaction& shut() noexcept override { return *inner_; }

  Result<void> assign(std::span<NamedPerson> people, RecordClass record_class, Instant at) override {
    CONNEX_CHECK(reader_.assign(people, record_class, at));
    named_ = named_ || std::ranges::any_of(people, &NamedPerson::anew);
    return {};
  }
  Result<void> resolve(std::span<NamedPerson> people) override { return reader_.resolve(people); }
  Result<std::optional<TokenOf>> find_token(const Token& token) override { return reader_.find_token(token); }
  Result<std::vector<TokenOf>> tokens_of(std::string_view id) override { return reader_.tokens_of(id); }
  Result<std::optional<evidence::Hash>> salt(std::string_view id, std::string_view purpose, bool make) override {
    return reader_.salt(id, purpose, make);
  }
  Result<void> visit_forgotten(Number after, Visitor use) override { return reader_.visit_forgotten(after, use); }
  Result<std::unique_ptr<RowOpener>> opener(const Table& table) override { return reader_.opener(table); }

  Result<void> insert(const Table& table, std::span<const Cell> row) override {
    if (&table == &key_erasure::kTable) {
      CONNEX_CHECK(reader_.catch_up());  // while this one is not in the ledger yet
      if (erasures_.empty()) CONNEX_CHECK(vault_.check_ends(*inner_));
      Row& line = erasures_.emplace_back();
      for (const Cell& cell : row) line.push(cell);
    }
    return put(table, row, [&](std::span<const Cell> cells) { return inner_->insert(table, cells); });
  }
  Result<void> update(const Table& table, std::span<const Cell> row) override {
    return put(table, row, [&](std::span<const Cell> cells) { return inner_->update(table, cells); });
  }
  Result<bool> erase(const Table& table, std::span<const Cell> key) override {
    const Sealed* const sealed = sealed_of(table);
    if (sealed != nullptr && !sealed->lookups.empty()) {
      Row row;
      CONNEX_TRY(found, inner_->get(table, key, row));
      if (found) CONNEX_CHECK(vault_.erase_lookups(*inner_, row.bytes(sealed->principal)));
    }
    return inner_->erase(table, key);
  }

  Result<void> commit() override {
    CONNEX_CHECK(inner_->commit());
    named_ = false;
    if (!erasures_.empty() || vault_.purge_owed_) {
      inner_.reset();  // so that files may be purged
      vault_.after_commit(erasures_);
    }
    return {};
  }

 private:
  template <class Write>
  Result<void> put(const Table& table, std::span<const Cell> row, Write&& write) {
    const Sealed* const sealed = sealed_of(table);
    if (sealed == nullptr || row.size() != table.columns.size()) return write(row);
    const auto personal = [&](std::uint8_t column) { return !row[column].is_null(); };
    if (sealed->lookups.empty() && std::ranges::none_of(sealed->columns, personal)) return write(row);
    CONNEX_CHECK(reader_.catch_up());
    const std::string_view principal = row[sealed->principal].bytes();
    if (principal.empty()) return Error{ErrorCode::internal, "a sealed value belongs to nobody", ""};
    encode_key(key_, table, row);
    std::vector<Cell> cells(row.begin(), row.end());
    std::vector<Bytes> values(sealed->columns.size());
    {
      const std::lock_guard lock(vault_.mutex_);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint8_t column = sealed->columns[i];
        if (row[column].is_null()) continue;
        CONNEX_CHECK(vault_.seal_locked(principal, class_of(*sealed, row), place_of(*sealed, key_, column),
                                        bytes_of(row[column].bytes()), values[i]));
        cells[column] = Cell::blob(text_of(values[i]));
      }
    }
    CONNEX_CHECK(write(cells));
    if (sealed->lookups.empty()) return {};
    std::vector<std::optional<std::string>> looked_up;
    for (const Lookup& lookup : sealed->lookups) {
      const Cell& cell = row[lookup.column];
      looked_up.push_back(cell.is_null() ? std::nullopt : std::optional(std::string(cell.bytes())));
    }
    return vault_.write_lookups(*inner_, *sealed, principal, looked_up);
  }

  Vault& vault_;
  std::unique_ptr<WriteTransaction> inner_;
  SealedReader reader_;
  bool named_ = false;  // somebody anew, and not committed yet
  Bytes key_;
  std::vector<Row> erasures_;  // lines of the ledger
};

Result<std::unique_ptr<ReadTransaction>> Vault::begin_read() {
  CONNEX_TRY(inner, main_.begin_read());
  return std::unique_ptr<ReadTransaction>(std::make_unique<SealedRead>(*this, std::move(inner)));
}

Result<std::unique_ptr<WriteTransaction>> Vault::begin_write() {
  CONNEX_TRY(inner, begin_summed());
  return std::unique_ptr<WriteTransaction>(std::make_unique<SealedWrite>(*this, std::move(inner)));
}

Result<std::unique_ptr<WriteTransaction>> Vault::begin_summed() {
  CONNEX_TRY(inner, main_.begin_write());
  return sums_ ? sums_->watch(std::move(inner)) : std::move(inner);
}

// Moves the sums of the key store, once it has some; also where another process made them while this one was opening.
Result<std::unique_ptr<WriteTransaction>> Vault::begin_keys() {
  CONNEX_TRY(tx, keys_->begin_write());
  if (!key_sums_) {
    Row row, root;
    const Cell name[] = {kSumRoot};
    CONNEX_TRY(found, tx->get(identity::kTable, std::span(&kOnly, 1), row));
    if (!found || row.is_null(identity::sums)) return std::move(tx);
    CONNEX_TRY(rooted, tx->get(secret_row::kTable, name, root));
    if (!rooted) return std::move(tx);
    CONNEX_TRY(secret, unwrap(root.bytes(secret_row::outer), root.integer(secret_row::outer_version),
                              label_of(kSumRoot), root.bytes(secret_row::wrapped)));
    SumKey& key = key_sums_.emplace(std::move(secret));
    if (!key.opens(row.bytes(identity::sums), kKeySums)) {  // which sum_tables() tells
      key_sums_.reset();
      return std::move(tx);
    }
  }
  return key_sums_->watch(std::move(tx), kKeySums);
}

Result<std::vector<std::string_view>> Vault::altered_keys() const {
  CONNEX_TRY(tx, keys_->begin_read());
  return key_sums_->altered(*tx, kKeySums);
}

Result<std::vector<std::string_view>> Vault::altered_tables(ReadTransaction& tx) const {
  auto* const ours = dynamic_cast<Shut*>(&tx);
  if (ours == nullptr || !sums_) return Error{ErrorCode::internal, "this is no transaction of the vault", ""};
  return sums_->altered(ours->shut());
}

Result<void> Vault::visit_destroyed(const DestroyedUse& use) {
  namespace t = data_key;
  CONNEX_TRY(tx, keys_->begin_read());
  return tx->visit(t::kTable, {.limit = store::kNoLimit}, [&](RowView row) -> Result<bool> {
    if (row.is_null(t::wrapped)) use(row.bytes(t::principal), static_cast<RecordClass>(row.integer(t::record_class)));
    return true;
  });
}

ReadTransaction& Vault::stored(ReadTransaction& tx) noexcept {
  auto* const ours = dynamic_cast<Shut*>(&tx);
  return ours != nullptr ? ours->shut() : tx;
}

// --- opening --------------------------------------------------------------------------------------------

Vault::Vault(Store& main, std::unique_ptr<Store> keys, std::shared_ptr<keys::KeyProvider> provider,
             SealLimits limits)
    : main_(main),
      keys_(std::move(keys)),
      provider_(std::move(provider)),
      limits_(limits),
      cache_(kCachedKeys) {}

Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::open(Store& main, std::unique_ptr<Store> key_store,
                                           std::shared_ptr<keys::KeyProvider> provider, SealLimits limits) {
  CONNEX_CHECK(main.prepare(kSchema));
  bool marked = false;
  {
    CONNEX_TRY(tx, main.begin_read());
    Row row;
    CONNEX_TRY(found, tx->get(vault_mark::kTable, std::span(&kOnly, 1), row));
    marked = found;
  }
  if (!key_store) {
    auto beside = main.open_beside("keys", !marked);
    if (!beside && beside.error().code == ErrorCode::not_found && marked)
      return missing_keys(main.path().empty() ? std::string() : main.path() + ".keys");
    if (!beside && beside.error().code == ErrorCode::unsupported)
      return Error{ErrorCode::invalid_argument, "an engine on this store needs a key store", ""};
    if (!beside) return std::move(beside).error();
    key_store = std::move(*beside);
  }
  CONNEX_CHECK(key_store->prepare(kKeySchema));
  std::unique_ptr<Vault> vault(new Vault(main, std::move(key_store), std::move(provider), limits));
  CONNEX_CHECK(vault->unlock());
  return vault;
}

Result<void> Vault::unlock() {
  std::optional<std::string> mark;
  std::optional<std::string> id;
  Row row;
  {
    CONNEX_TRY(tx, main_.begin_read());
    CONNEX_TRY(found, tx->get(vault_mark::kTable, std::span(&kOnly, 1), row));
    if (found) mark = std::string(row.bytes(vault_mark::vault));
  }
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(found, tx->get(identity::kTable, std::span(&kOnly, 1), row));
    if (found) id = std::string(row.bytes(identity::vault));
  }
  if (mark && !id) return missing_keys(keys_->path());
  if (mark && id && *mark != *id)
    return foreign_keys(keys_->path());
  CONNEX_TRY(root, find_or_make_secret(kIndexRoot));
  request_key_ = SecretBytes(32);
  CONNEX_CHECK(evidence::hkdf_sha256(root.view(), {}, bytes_of("connex/requests/v1"), request_key_.span()));
  for (const auto& [kind, form] :
       {std::pair{"email", evidence::IndexForm::email}, std::pair{"phone", evidence::IndexForm::phone},
        std::pair{"name", evidence::IndexForm::name}, std::pair{"address", evidence::IndexForm::address}})
    indexes_.emplace(kind,
                     evidence::BlindIndex(root.view().first<32>(), lookup::kTable.name, kind, "find", form));
  if (!id) {
    std::array<std::uint8_t, 16> fresh{};
    evidence::random_secret(fresh);
    id = std::string(text_of(fresh));
    CONNEX_TRY(tx, begin_keys());
    CONNEX_TRY(raced, tx->get(identity::kTable, std::span(&kOnly, 1), row));
    if (raced) {
      id = std::string(row.bytes(identity::vault));
    } else {
      const Cell cells[] = {kOnly, Cell::blob(*id), Cell(), Cell()};
      CONNEX_CHECK(tx->insert(identity::kTable, cells));
      CONNEX_CHECK(tx->commit());
    }
  }
  if (!mark) {
    CONNEX_CHECK(move_plain_details());
    CONNEX_CHECK(make_mark(*id));
  }
  CONNEX_CHECK(sum_tables());
  (void)provider_->serve(*id);  // one that cannot note it cannot let go of a key either
  (void)finish_retiring();  // a provider that is out of reach now is asked again by the next rotation
  CONNEX_CHECK(replay_erasures());
  return index_people();
}

// Whoever was registered by a program that knew other forms is found by those of now, before anybody is looked for.
Result<void> Vault::index_people() {
  const auto is_indexed = [](ReadTransaction& tx, Row& mark) -> Result<bool> {
    CONNEX_TRY(found, tx.get(vault_mark::kTable, std::span(&kOnly, 1), mark));
    return !found || (!mark.is_null(vault_mark::indexed) && mark.integer(vault_mark::indexed) == kLookupForms);
  };
  Row mark;
  {
    CONNEX_TRY(tx, main_.begin_read());
    CONNEX_TRY(indexed, is_indexed(*tx, mark));
    if (indexed) return {};
  }
  std::string last;
  for (bool more = true; more;) {
    auto opened = begin_write();
    if (!opened && opened.error().code == ErrorCode::unsupported) return {};  // it is open for reading alone
    if (!opened) return std::move(opened).error();
    WriteTransaction& tx = **opened;
    const Cell position[] = {std::string_view(last)};
    store::Range range{.limit = kPage};
    if (!last.empty()) range.after = position;
    std::vector<Row> people;
    CONNEX_CHECK(tx.scan(principal::kTable, range, people));
    for (const Row& person : people) {
      Row row;
      const Cell key[] = {person.bytes(principal::id)};
      auto found = tx.get(person_detail::kTable, key, row);
      if (!found && found.error().code == ErrorCode::corrupt) continue;  // what cannot be read is not looked for
      if (!found) return std::move(found).error();
      const bool known = *found && std::ranges::any_of(person_detail::kLookups, [&](const Lookup& lookup) {
        return !row.is_null(lookup.column);
      });
      if (!known) continue;
      const std::vector<Cell> cells = cells_of(row);
      CONNEX_CHECK(tx.update(person_detail::kTable, cells));
    }
    more = people.size() == kPage;
    if (more) {
      last = people.back().bytes(principal::id);
    } else {
      CONNEX_TRY(done, is_indexed(tx, mark));  // as it is by now
      if (done) return {};
      std::vector<Cell> cells = cells_of(mark);
      cells[vault_mark::indexed] = kLookupForms;
      CONNEX_CHECK(tx.update(vault_mark::kTable, cells));
    }
    CONNEX_CHECK(tx.commit());
  }
  return {};
}

namespace {

// Of each line in the key store, under a root that was made just now.
Result<void> make_macs(WriteTransaction& tx, const SecretBytes& root) {
  const LedgerKey key(root.view());
  LedgerEnd last;
  std::vector<Row> rows;
  do {
    rows.clear();
    CONNEX_CHECK(tx.scan(forgotten::kTable, {.from = last.number + 1, .limit = kPage}, rows));
    for (const Row& row : rows) {
      last = {row.integer(key_erasure::number), key.mac(row, last.mac)};
      std::vector<Cell> cells = cells_of(row);
      cells[key_erasure::mac] = Cell::blob(last.mac);
      CONNEX_CHECK(tx.update(forgotten::kTable, cells));
    }
  } while (rows.size() == kPage);
  return {};
}

}  // namespace

// To the lines of the main store from the same ones in the key store, before their table is summed.
Result<void> Vault::copy_macs(WriteTransaction& tx) const {
  namespace t = key_erasure;
  CONNEX_TRY(keys, keys_->begin_read());
  Number last = 0;
  std::vector<Row> rows;
  do {
    rows.clear();
    CONNEX_CHECK(tx.scan(t::kTable, {.from = last + 1, .limit = kPage}, rows));
    for (const Row& row : rows) {
      last = row.integer(t::number);
      Row line;
      const Cell number[] = {last};
      CONNEX_TRY(found, keys->get(forgotten::kTable, number, line));
      if (!found) continue;  // what it says is checked before it is carried out
      for (std::size_t i = 0; i < t::content; ++i)
        if (row[i] != line[i]) return other_line(last, keys_->path());
      std::vector<Cell> cells = cells_of(row);
      if (line.is_null(t::content)) cells[t::content] = Cell();
      cells[t::mac] = line[t::mac];
      CONNEX_CHECK(tx.update(t::kTable, cells));
    }
  } while (rows.size() == kPage);
  return {};
}

// Where the head has no sums yet, or the key store, an older copy, not their root, the tables are summed as they are,
// and the lines of the ledgers, which then are the same, get their macs. That they were summed before, so that somebody
// took the sums out, the log tells, by entries that no release without sums wrote; and the key store, which has the key
// of these entries, or the note that it keeps of it. The sums of the main store say since when the key store has some, so
// that these are missed as well.
Result<void> Vault::sum_tables() {
  Row row;
  std::optional<std::string> sums, sums_of_keys;
  {
    CONNEX_TRY(tx, main_.begin_read());
    CONNEX_TRY(found, tx->get(audit_head::kTable, std::span(&kOnly, 1), row));
    if (found) sums = optional_text(row, audit_head::sums);
  }
  bool known = false, sealed = false, vouched = false;
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(found, tx->get(identity::kTable, std::span(&kOnly, 1), row));
    known = found && !row.is_null(identity::summed);
    if (found) sums_of_keys = optional_text(row, identity::sums);
    const Cell log[] = {kLogsOwn};
    std::vector<Row> any;
    CONNEX_CHECK(tx->scan(data_key::kTable, {.equal = log, .limit = 1}, any));
    sealed = !any.empty();
    const Cell name[] = {kSumRoot};
    Row root;
    CONNEX_TRY(rooted, tx->get(secret_row::kTable, name, root));
    vouched = !rooted || is_committed(root.bytes(secret_row::wrapped));
  }
  CONNEX_TRY(root_before, find_secret(kSumRoot));
  if (!root_before) {  // nothing vouches for what the ledgers say
    CONNEX_TRY(tx, main_.begin_read());
    CONNEX_CHECK(catch_up(*tx));
  }
  CONNEX_TRY(root, find_or_make_secret(kSumRoot, make_macs));
  ledger_.emplace(root.view());
  const SumKey& of_keys = key_sums_.emplace(SecretBytes(root.view()));
  const SumKey& key = sums_.emplace(std::move(root));
  // An older release wrapped it: the sums alone tell whether it is the one.
  if (sums && !vouched && !key.opens(*sums)) return another_key();
  const bool noted = sums && key.tells_of_keys(*sums);
  const bool keys_astray = noted && !(sums_of_keys && of_keys.opens(*sums_of_keys, kKeySums));
  if (!keys_astray) CONNEX_CHECK(sum_keys());
  if (keys_astray || !sums || !key.opens(*sums)) {  // not yet made, or under a root that went with another copy of the key store
    CONNEX_TRY(tx, main_.begin_write());
    CONNEX_TRY(found, tx->get(audit_head::kTable, std::span(&kOnly, 1), row));
    if (sums && !found) return Error{ErrorCode::corrupt, "the store has lost the head of its log", ""};
    sums = found ? optional_text(row, audit_head::sums) : std::nullopt;
    if (keys_astray || !sums || !key.opens(*sums)) {  // nobody else was first
      if (sums) {
        std::vector<Cell> head = cells_of(row);
        head[audit_head::sums] = Cell();
        CONNEX_CHECK(tx->update(audit_head::kTable, head));
      }
      CONNEX_CHECK(copy_macs(*tx));
      CONNEX_TRY(summed, key.sum_all(*tx, known || sealed || sums));
      CONNEX_CHECK(tx->commit());
    }
    if (keys_astray) CONNEX_CHECK(sum_keys());
  } else if (!noted) {
    CONNEX_TRY(tx, main_.begin_write());
    CONNEX_CHECK(key.tell_of_keys(*tx));
    CONNEX_CHECK(tx->commit());
  }
  if (known) return {};
  CONNEX_CHECK(main_.make_durable());
  CONNEX_TRY(tx, begin_keys());
  CONNEX_TRY(found, tx->get(identity::kTable, std::span(&kOnly, 1), row));
  if (!found) return missing_keys(keys_->path());
  std::vector<Cell> cells = cells_of(row);
  cells[identity::summed] = std::int64_t{1};
  CONNEX_CHECK(tx->update(identity::kTable, cells));
  return tx->commit();
}

// As they are, where they are not yet.
Result<void> Vault::sum_keys() {
  Row row;
  const auto is_summed = [&](ReadTransaction& tx) -> Result<bool> {
    CONNEX_TRY(found, tx.get(identity::kTable, std::span(&kOnly, 1), row));
    return found && key_sums_->opens(row.bytes(identity::sums), kKeySums);
  };
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(summed, is_summed(*tx));
    if (summed) return {};
  }
  CONNEX_TRY(tx, keys_->begin_write());
  CONNEX_TRY(summed, is_summed(*tx));
  if (summed) return {};
  CONNEX_CHECK(key_sums_->sum_as_they_are(*tx, kKeySums));
  return tx->commit();
}

Result<void> Vault::make_mark(std::string_view id) {
  CONNEX_TRY(tx, main_.begin_write());
  Row row;
  CONNEX_TRY(found, tx->get(vault_mark::kTable, std::span(&kOnly, 1), row));
  if (found) {
    if (row.bytes(vault_mark::vault) == id) return {};
    return foreign_keys(keys_->path());
  }
  const Cell cells[] = {kOnly, Cell::blob(id), Cell(), Cell(), kLookupForms};
  CONNEX_CHECK(tx->insert(vault_mark::kTable, cells));
  return tx->commit();
}

// Seals what a store of an older schema holds of people in clear. Repeated from the beginning if interrupted.
Result<void> Vault::move_plain_details() {
  namespace p = principal;
  constexpr std::uint8_t kPlain[] = {p::full_name, p::email,      p::phone,    p::address,
                                     p::city,      p::speciality, p::facility, p::registration_number,
                                     p::birth_date};
  std::string last;
  bool moved = false;
  for (bool more = true; more;) {
    CONNEX_TRY(tx, begin_write());
    std::vector<Row> rows;
    const Cell after[] = {std::string_view(last)};
    Range range{.limit = kPage};
    if (!last.empty()) range.after = after;
    CONNEX_CHECK(tx->scan(p::kTable, range, rows));
    for (const Row& row : rows) {
      if (std::ranges::all_of(kPlain, [&](std::uint8_t column) { return row.is_null(column); })) continue;
      std::vector<Cell> kept;
      for (std::uint8_t i = 0; i < row.size(); ++i) kept.push_back(i < p::full_name ? row[i] : Cell());
      std::vector<Cell> details{row[p::id]};
      for (const std::uint8_t column : kPlain) details.push_back(row[column]);
      CONNEX_CHECK(tx->insert(person_detail::kTable, details));
      CONNEX_CHECK(tx->update(p::kTable, kept));
      moved = true;
    }
    more = rows.size() == kPage;
    if (!rows.empty()) last = rows.back().bytes(p::id);
    CONNEX_CHECK(tx->commit());
  }
  if (moved) (void)main_.purge_erased(store::Purge::all);
  return {};
}

namespace {

ErasureLine line_of(const Row& row) {
  namespace t = key_erasure;
  return {row.integer(t::number), std::string(row.bytes(t::principal)), row.integer(t::classes),
          {row.integer(t::erased_at)}, from_name<ErasureDeed>(row.bytes(t::deed)),
          std::string(row.bytes(t::object)), std::string(row.bytes(t::state)),
          std::string(row.bytes(t::request)), optional_instant(row, t::accepted_at),
          optional_instant(row, t::since), optional_instant(row, t::due_at),
          std::string(row.bytes(t::content))};
}

struct ToPlay {
  Number first = 0;
  Number last = -1;
};

Result<ToPlay> range_to_play(ReadTransaction& tx) {
  Row mark;
  CONNEX_TRY(marked, tx.get(vault_mark::kTable, std::span(&kOnly, 1), mark));
  if (!marked || mark.is_null(vault_mark::play_from)) return ToPlay();
  return ToPlay{mark.integer(vault_mark::play_from), mark.integer(vault_mark::play_to)};
}

// What a hold covers is in the last line of it alone.
Result<void> forget_former(WriteTransaction& tx, const Table& table, const Index& by_deed, std::string_view hold,
                           Number number) {
  const Cell equal[] = {name(ErasureDeed::hold), hold};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(table, {.index = &by_deed, .equal = equal, .below = number, .limit = 1, .descending = true}, rows));
  if (rows.empty() || rows.front().is_null(key_erasure::content)) return {};
  std::vector<Cell> cells = cells_of(rows.front());
  cells[key_erasure::content] = Cell();
  return tx.update(table, cells);
}

}  // namespace

// Makes both ledgers one: an erasure that was interrupted is finished, and a main store from a backup gets the lines
// that it lacks. What these did beyond destroying keys is still to be played.
Result<void> Vault::replay_erasures() {
  for (bool more = true; more;) {
    std::vector<Row> rows;
    Number known = 0;
    {
      CONNEX_TRY(tx, main_.begin_read());
      CONNEX_CHECK(check_ends(*tx));
      CONNEX_TRY(last, last_line(*tx, key_erasure::kTable));
      known = last.number;
    }
    {
      CONNEX_TRY(tx, keys_->begin_read());
      CONNEX_CHECK(tx->scan(forgotten::kTable, {.from = known + 1, .limit = kPage}, rows));
      if (rows.empty()) break;
      CONNEX_CHECK(check_lines(*tx, forgotten::kTable, rows));
    }
    CONNEX_TRY(tx, begin_summed());
    CONNEX_TRY(last, last_line(*tx, key_erasure::kTable));
    if (last.number != known) continue;  // another process was first
    more = rows.size() == kPage;
    for (const Row& row : rows) {
      const std::vector<Cell> cells = cells_of(row);
      CONNEX_CHECK(tx->insert(key_erasure::kTable, cells));
      if (row.bytes(key_erasure::deed) == name(ErasureDeed::hold))
        CONNEX_CHECK(forget_former(*tx, key_erasure::kTable, key_erasure::kByDeed, row.bytes(key_erasure::object),
                                   row.integer(key_erasure::number)));
      if ((row.integer(key_erasure::classes) >> static_cast<int>(RecordClass::account) & 1) != 0)
        CONNEX_CHECK(erase_lookups(*tx, row.bytes(key_erasure::principal)));
    }
    Row mark;
    CONNEX_TRY(marked, tx->get(vault_mark::kTable, std::span(&kOnly, 1), mark));
    if (!marked) return Error{ErrorCode::corrupt, "the store has lost the mark of its key store", ""};
    std::vector<Cell> played = cells_of(mark);
    if (mark.is_null(vault_mark::play_from)) played[vault_mark::play_from] = rows.front()[key_erasure::number];
    played[vault_mark::play_to] = rows.back()[key_erasure::number];
    CONNEX_CHECK(tx->update(vault_mark::kTable, played));
    CONNEX_CHECK(tx->commit());
  }
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(last, last_line(*tx, forgotten::kTable));
    const std::lock_guard lock(mutex_);
    erased_ = last.number;
  }
  CONNEX_TRY(tx, main_.begin_read());
  return catch_up(*tx);
}

// --- erasing --------------------------------------------------------------------------------------------

Result<Number> Vault::destroy(WriteTransaction& tx, std::string_view principal, RecordClasses classes,
                              Instant now) {
  ErasureLine line;
  line.principal = principal;
  line.classes = static_cast<std::int64_t>(classes.bits());
  line.at = now;
  ++destructions_;
  CONNEX_TRY(number, enter(tx, line));
  if (classes.contains(RecordClass::account)) CONNEX_CHECK(erase_lookups(tx, principal));
  return number;
}

Result<void> Vault::enter_unlinking(WriteTransaction& tx, std::string_view principal, RecordClass record_class,
                                    std::string_view stretches, Instant now) {
  ErasureLine line;
  line.principal = principal;
  line.at = now;
  line.deed = ErasureDeed::unlink;
  line.object = name(record_class);
  line.state = stretches;
  ++destructions_;
  CONNEX_CHECK(enter(tx, line));
  return {};
}

Result<std::string> Vault::unlink(WriteTransaction& tx, std::string_view principal, RecordClass record_class,
                                  std::span<const Number> stretches, Instant now) {
  std::string listed;
  for (const Number stretch : stretches) listed.append(listed.empty() ? "" : " ").append(std::to_string(stretch));
  CONNEX_CHECK(enter_unlinking(tx, principal, record_class, listed, now));
  return listed;
}

Result<void> Vault::forget_tokens(WriteTransaction& tx, RecordClass record_class, Number before, Instant now) {
  namespace t = person_token;
  const Cell equal[] = {static_cast<Number>(record_class)};
  std::vector<Row> any;
  {
    CONNEX_TRY(keys, keys_->begin_read());
    CONNEX_CHECK(keys->scan(t::kTable, {.index = &t::kByTime, .equal = equal, .below = before, .limit = 1}, any));
  }
  return any.empty() ? Result<void>() : enter_unlinking(tx, {}, record_class, "0-" + std::to_string(before - 1), now);
}

Result<Number> Vault::enter(WriteTransaction& tx, const ErasureLine& line) {
  CONNEX_TRY(last, last_line(tx, key_erasure::kTable));
  const Number number = last.number + 1;
  Cell cells[] = {number,
                  std::string_view(line.principal),
                  line.classes,
                  line.at.micros,
                  line.deed ? Cell(name(*line.deed)) : Cell(),
                  cell_unless_empty(line.object),
                  cell_unless_empty(line.state),
                  cell_unless_empty(line.request),
                  cell(line.accepted_at),
                  cell(line.since),
                  cell(line.due_at),
                  line.content.empty() ? Cell() : Cell::blob(line.content),
                  Cell()};
  const std::string mac = ledger_->mac(RowView(cells), last.mac);
  cells[key_erasure::mac] = Cell::blob(mac);
  CONNEX_CHECK(tx.insert(key_erasure::kTable, cells));
  if (line.deed == ErasureDeed::hold)
    CONNEX_CHECK(forget_former(tx, key_erasure::kTable, key_erasure::kByDeed, line.object, number));
  return number;
}

Result<std::vector<ErasureLine>> Vault::to_play(ReadTransaction& tx, std::uint32_t limit) const {
  std::vector<ErasureLine> lines;
  CONNEX_TRY(range, range_to_play(tx));
  if (range.last < range.first) return lines;
  std::vector<Row> rows;
  CONNEX_CHECK(
      tx.scan(key_erasure::kTable, {.from = range.first, .below = range.last + 1, .limit = limit}, rows));
  CONNEX_CHECK(check_lines(tx, key_erasure::kTable, rows));
  for (const Row& row : rows) lines.push_back(line_of(row));
  return lines;
}

Result<void> Vault::holds_to_play(ReadTransaction& tx, const std::function<Result<void>(const ErasureLine&)>& play) const {
  CONNEX_TRY(range, range_to_play(tx));
  const Cell equal[] = {name(ErasureDeed::hold)};
  std::vector<Row> rows;
  std::vector<Cell> position;
  do {
    std::vector<Row> next;
    CONNEX_CHECK(tx.scan(key_erasure::kTable,
                         {.index = &key_erasure::kByDeed, .equal = equal, .after = position, .limit = kPage}, next));
    rows = std::move(next);
    for (const Row& row : rows) {
      const Number number = row.integer(key_erasure::number);
      if (number < range.first || number > range.last) continue;
      CONNEX_CHECK(check_lines(tx, key_erasure::kTable, std::span(&row, 1)));
      CONNEX_CHECK(play(line_of(row)));
    }
    if (!rows.empty()) position = {rows.back()[key_erasure::object], rows.back()[key_erasure::number]};
  } while (rows.size() == kPage);
  return {};
}

Result<void> Vault::set_played(WriteTransaction& tx, Number last) const {
  Row mark;
  CONNEX_TRY(marked, tx.get(vault_mark::kTable, std::span(&kOnly, 1), mark));
  if (!marked || mark.is_null(vault_mark::play_to)) return {};
  const bool all = last >= mark.integer(vault_mark::play_to);
  std::vector<Cell> cells = cells_of(mark);
  cells[vault_mark::play_from] = all ? Cell() : Cell(last + 1);
  if (all) cells[vault_mark::play_to] = Cell();
  return tx.update(vault_mark::kTable, cells);
}

Result<void> Vault::catch_up(ReadTransaction& tx) {
  const std::lock_guard lock(mutex_);
  CONNEX_TRY(last, last_line(tx, key_erasure::kTable));
  std::vector<Row> rows;
  while (erased_ < last.number) {
    rows.clear();
    CONNEX_CHECK(tx.scan(key_erasure::kTable, {.from = erased_ + 1, .limit = kPage}, rows));
    if (rows.empty()) break;
    CONNEX_CHECK(settle(rows));
  }
  return {};
}

Result<void> Vault::check_line(ReadTransaction& tx, const Table& ledger, RowView line, std::string_view before) const {
  namespace t = key_erasure;
  const Number number = line.integer(t::number);
  bool fits = ledger_->fits(line, before);
  if (fits && has_lost_content(line)) {  // to a later line of the same hold
    const Index& by_deed = &ledger == &t::kTable ? t::kByDeed : forgotten::kByDeed;
    const Cell equal[] = {line[t::deed], line[t::object]};
    fits = false;
    CONNEX_CHECK(tx.visit(ledger, {.index = &by_deed, .equal = equal, .from = number + 1}, [&](RowView) -> Result<bool> {
      fits = true;
      return false;
    }));
  }
  if (!fits) return altered_line(number, &ledger == &t::kTable ? "store" : key_store(keys_->path()));
  return {};
}

Result<void> Vault::check_lines(ReadTransaction& tx, const Table& ledger, std::span<const Row> lines) const {
  if (lines.empty()) return {};
  CONNEX_TRY(last, last_line(tx, ledger, lines.front()[key_erasure::number]));
  for (const Row& line : lines) {
    CONNEX_CHECK(check_line(tx, ledger, line, last.mac));
    last.mac = line.bytes(key_erasure::mac);
  }
  return {};
}

Result<void> Vault::check_ends(ReadTransaction& main) const {
  CONNEX_TRY(ours, last_line(main, key_erasure::kTable));
  CONNEX_TRY(tx, keys_->begin_read());
  CONNEX_TRY(theirs, last_line(*tx, forgotten::kTable, ours.number + 1));
  if (theirs.number < ours.number) {
    CONNEX_TRY(common, last_line(main, key_erasure::kTable, theirs.number + 1));
    ours = common;
  }
  if (ours.number != theirs.number || ours.mac != theirs.mac || (ours.number > 0 && ours.mac.empty()))
    return other_line(std::max(ours.number, theirs.number), keys_->path());
  return {};
}

Result<std::vector<std::string>> Vault::altered_ledgers(ReadTransaction& tx) const {
  std::vector<std::string> altered;
  const auto note = [&](Result<void> checked) -> Result<void> {
    if (checked) return {};
    if (checked.error().code != ErrorCode::corrupt) return checked;
    altered.push_back(std::move(checked.error().message));
    return {};
  };
  const auto check = [&](ReadTransaction& in, const Table& ledger) -> Result<void> {
    std::string before;
    return in.visit(ledger, {.limit = store::kNoLimit}, [&](RowView line) -> Result<bool> {
      CONNEX_CHECK(check_line(in, ledger, line, before));
      before = line.bytes(key_erasure::mac);
      return true;
    });
  };
  CONNEX_CHECK(note(check(tx, key_erasure::kTable)));
  CONNEX_TRY(keys, keys_->begin_read());
  CONNEX_CHECK(note(check(*keys, forgotten::kTable)));
  CONNEX_CHECK(note(check_ends(tx)));
  return altered;
}

namespace {

// As a line of the ledger says.
Result<void> destroy_tokens(WriteTransaction& keys, const Row& line) {
  namespace t = person_token;
  const auto record_class = from_name<RecordClass>(line.bytes(key_erasure::object));
  if (!record_class) return {};
  const bool everybodys = line.bytes(key_erasure::principal).empty();
  const Cell equal[] = {line[key_erasure::principal], static_cast<Number>(*record_class)};
  for (const Stretches& gone : stretches_of(line.bytes(key_erasure::state))) {
    std::vector<Row> rows;
    CONNEX_CHECK(keys.visit(t::kTable,
                            {.index = everybodys ? &t::kByTime : &t::kByPerson,
                             .equal = std::span(equal).subspan(everybodys ? 1 : 0),
                             .from = gone.first,
                             .below = gone.last + 1,
                             .limit = store::kNoLimit},
                            [&](RowView row) -> Result<bool> {
                              rows.emplace_back(row);
                              return true;
                            }));
    for (const Row& row : rows) {
      const Cell key[] = {row[t::token]};
      CONNEX_CHECK(keys.erase(t::kTable, key));
    }
  }
  return {};
}

}  // namespace

// Carries out lines of the ledger in their order: destroys keys, once for each line, however often it is asked. With
// the mutex held.
Result<void> Vault::settle(std::span<const Row> lines) {
  namespace t = key_erasure;
  CONNEX_TRY(tx, begin_keys());
  bool written = false;
  for (const Row& line : lines) {
    const std::string_view principal = line.bytes(t::principal);
    const std::int64_t classes = line.integer(t::classes);
    if (classes != 0)
      for (auto& kept : cache_)
        if (kept && kept->principal == principal) kept.reset();
    const bool unlinks = line.bytes(t::deed) == name(ErasureDeed::unlink);
    if (unlinks) {
      if (principal.empty())
        tokens_.of.clear();
      else
        tokens_.of.erase(std::string(principal));
      tokens_.who.clear();
    }
    Row row;
    const Cell key[] = {line[t::number]};
    CONNEX_TRY(settled, tx->get(forgotten::kTable, key, row));
    if (settled) {
      if (ledger_ && row[t::mac] != line[t::mac]) return other_line(line.integer(t::number), keys_->path());
      continue;
    }
    if (ledger_) {
      CONNEX_TRY(last, last_line(*tx, forgotten::kTable, line[t::number]));
      if (!ledger_->fits(line, last.mac)) return altered_line(line.integer(t::number), "store");
    }
    if (unlinks) CONNEX_CHECK(destroy_tokens(*tx, line));
    for (std::int64_t c = 0; c < static_cast<std::int64_t>(kCountOf<RecordClass>); ++c) {
      if ((classes >> c & 1) == 0) continue;
      std::vector<Row> versions;
      const Cell equal[] = {principal, c};
      CONNEX_CHECK(tx->scan(data_key::kTable, {.equal = equal, .limit = store::kMaxScan}, versions));
      for (const Row& live : versions) {
        if (live.is_null(data_key::wrapped)) continue;
        const Cell gone[] = {live[data_key::principal],
                             live[data_key::record_class],
                             live[data_key::version],
                             live[data_key::id],
                             live[data_key::seals],
                             Cell(),
                             Cell(),
                             Cell()};
        CONNEX_CHECK(tx->update(data_key::kTable, gone));
      }
    }
    const std::vector<Cell> cells = cells_of(line);
    CONNEX_CHECK(tx->insert(forgotten::kTable, cells));
    if (line.bytes(t::deed) == name(ErasureDeed::hold))
      CONNEX_CHECK(forget_former(*tx, forgotten::kTable, forgotten::kByDeed, line.bytes(t::object), line.integer(t::number)));
    written = true;
  }
  if (written) CONNEX_CHECK(tx->commit());
  if (!lines.empty()) erased_ = std::max(erased_, lines.back().integer(t::number));
  return {};
}

// The command has happened: what fails here is finished before the next use of a key, or on opening; a purge that
// somebody stood in the way of, by later commits.
void Vault::after_commit(const std::vector<Row>& erasures) noexcept {
  try {
    if (!erasures.empty()) {
      const std::lock_guard lock(mutex_);
      if (erasures.front().integer(key_erasure::number) == erased_ + 1) (void)settle(erasures);
    }
    const store::Purge depth = erasures.empty() ? store::Purge::logs_at_once : store::Purge::logs;
    const auto purged = [&](Store& store) {
      const Result<void> done = store.purge_erased(depth);
      return done || done.error().code == ErrorCode::unsupported;
    };
    const bool keys_purged = purged(*keys_);
    purge_owed_ = !purged(main_) || !keys_purged;
  } catch (...) {
    purge_owed_ = true;
  }
}

// --- keys -----------------------------------------------------------------------------------------------

Result<std::pair<keys::OuterKey, std::string>> Vault::wrap(WriteTransaction& tx, std::string_view label,
                                                           keys::SecretView secret) {
  CONNEX_TRY(outer, provider_->current());
  CONNEX_TRY(wrapped, wrap(tx, outer, label, secret));
  return std::pair(std::move(outer), std::move(wrapped));
}

Result<std::string> Vault::wrap(WriteTransaction& tx, const keys::OuterKey& outer, std::string_view label,
                                keys::SecretView secret) {
  Row row;
  const Cell key[] = {std::string_view(outer.id), std::int64_t{outer.version}};
  CONNEX_TRY(known, tx.get(outer_key::kTable, key, row));
  if (known && row.integer(outer_key::retired) != 0)
    return Error{ErrorCode::unsupported, "the key provider wraps under a key that was retired", ""};
  if (!known) {
    const Cell cells[] = {key[0], key[1], std::int64_t{0}};
    CONNEX_CHECK(tx.insert(outer_key::kTable, cells));
  }
  CONNEX_TRY(wrapped, provider_->wrap(outer, label, secret));
  if (wrapped.empty() || wrapped.size() > keys::kMaxWrapped)
    return Error{ErrorCode::internal, "the key provider gave a wrapped key of an impossible length", ""};
  wrapped.insert(0, commitment_of(outer, label, secret));
  return wrapped;
}

Result<SecretBytes> Vault::unwrap(std::string_view id, Number version, std::string_view label,
                                  std::string_view wrapped) {
  const keys::OuterKey outer{std::string(id), static_cast<std::uint32_t>(version)};
  SecretBytes secret(keys::kSecretSize);
  std::array<std::uint8_t, keys::kSecretSize> untouched{};  // which no provider can give by chance
  evidence::random_secret(untouched);
  std::ranges::copy(untouched, secret.span().begin());
  const bool committed = is_committed(wrapped);
  CONNEX_CHECK(provider_->unwrap(outer, label, committed ? wrapped.substr(kCommitment) : wrapped,
                                 secret.span().first<keys::kSecretSize>()));
  const bool none = std::ranges::equal(secret.view(), untouched) ||
                    std::ranges::all_of(secret.view(), [](std::uint8_t byte) { return byte == 0; });
  if (none || (committed && commitment_of(outer, label, secret.view()) != wrapped.substr(0, kCommitment)))
    return another_key();
  return secret;
}

Result<SecretBytes> Vault::secret(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return find_or_make_secret(name);
}

Result<std::optional<SecretBytes>> Vault::find_secret(std::string_view name) {
  namespace t = secret_row;
  const std::lock_guard lock(mutex_);
  Row row;
  const Cell key[] = {name};
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(found, tx->get(t::kTable, key, row));
    if (!found) return std::optional<SecretBytes>();
  }
  CONNEX_TRY(secret, unwrap(row.bytes(t::outer), row.integer(t::outer_version), label_of(name), row.bytes(t::wrapped)));
  return std::optional(std::move(secret));
}

Result<SecretBytes> Vault::find_or_make_secret(std::string_view name, const SecretMade& made) {
  namespace t = secret_row;
  const std::string label = label_of(name);
  const Cell key[] = {name};
  Row row;
  bool found = false;
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(there, tx->get(t::kTable, key, row));
    found = there;
  }
  if (!found) {
    CONNEX_TRY(tx, begin_keys());
    CONNEX_TRY(raced, tx->get(t::kTable, key, row));
    if (!raced) {
      SecretBytes secret(keys::kSecretSize);
      evidence::random_secret(secret.span());
      CONNEX_TRY(wrapped, wrap(*tx, label, secret.view().first<keys::kSecretSize>()));
      const Cell cells[] = {name, std::string_view(wrapped.first.id), std::int64_t{wrapped.first.version},
                            Cell::blob(wrapped.second)};
      CONNEX_CHECK(tx->insert(t::kTable, cells));
      if (made) CONNEX_CHECK(made(*tx, secret));
      CONNEX_CHECK(tx->commit());
      return secret;
    }
  }
  return unwrap(row.bytes(t::outer), row.integer(t::outer_version), label, row.bytes(t::wrapped));
}

// Where the key of a person may be cached.
std::span<std::unique_ptr<Vault::DataKey>> Vault::set_of(std::string_view principal, RecordClass record_class) {
  const std::size_t hash = std::hash<std::string_view>()(principal) * 31 + static_cast<std::size_t>(record_class);
  return std::span(cache_).subspan(hash % (kCachedKeys / kCacheWays) * kCacheWays, kCacheWays);
}

// Where it is, or else is to be: the oldest of its set makes room.
std::unique_ptr<Vault::DataKey>& Vault::slot_of(std::string_view principal, RecordClass record_class) {
  const std::span<std::unique_ptr<DataKey>> set = set_of(principal, record_class);
  for (auto& kept : set)
    if (kept && kept->record_class == record_class && kept->principal == principal) return kept;
  std::ranges::rotate(set, set.end() - 1);
  return set.front();
}

namespace {

// What salts are derived from, of the key of an account.
SecretBytes salts_under(const SecretBytes& key, RecordClass record_class) {
  if (record_class != RecordClass::account) return {};
  const evidence::Hash root = evidence::hmac_sha256(key.view(), bytes_of("connex/salts/v1"));
  return SecretBytes(ByteView(root));
}

}  // namespace

// The key that seals for a person now, from the cache, the key store, or made. `next`: the one in use is used
// up.
Result<Vault::DataKey*> Vault::sealing_key(std::string_view principal, RecordClass record_class, bool next) {
  namespace t = data_key;
  auto& slot = slot_of(principal, record_class);
  const std::uint32_t used_up = next && slot ? slot->key.ref().version : 0;
  if (!next && slot && slot->principal == principal && slot->record_class == record_class) return slot.get();

  const Number number = static_cast<Number>(record_class);
  const Cell equal[] = {principal, number};
  const Range newest{.equal = equal, .limit = 1, .descending = true};
  const auto keep = [&](const KeyRef& ref, const SecretBytes& key, std::uint64_t counted) {
    slot = std::make_unique<DataKey>(DataKey{std::string(principal), record_class,
                                             evidence::SealingKey(ref, key.view().first<32>(), 0), counted,
                                             salts_under(key, record_class)});
    return slot.get();
  };
  const auto usable = [&](const std::vector<Row>& rows) {
    return !rows.empty() && !rows.front().is_null(t::wrapped) && rows.front().integer(t::version) > used_up &&
           static_cast<std::uint64_t>(rows.front().integer(t::seals)) < limits_.seals;
  };
  const auto use = [&](const Row& row) -> Result<DataKey*> {
    CONNEX_TRY(ref, ref_of(row));
    CONNEX_TRY(key, unwrap(row.bytes(t::outer), row.integer(t::outer_version),
                           label_of(principal, number, row.integer(t::version), row.bytes(t::id)),
                           row.bytes(t::wrapped)));
    return keep(ref, key, static_cast<std::uint64_t>(row.integer(t::seals)));
  };
  std::vector<Row> rows;
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_CHECK(tx->scan(t::kTable, newest, rows));
  }
  if (usable(rows)) return use(rows.front());
  CONNEX_TRY(tx, begin_keys());
  rows.clear();
  CONNEX_CHECK(tx->scan(t::kTable, newest, rows));
  if (usable(rows)) return use(rows.front());
  KeyRef ref{{}, static_cast<std::uint32_t>(rows.empty() ? 1 : rows.front().integer(t::version) + 1)};
  evidence::random_secret(ref.id);
  SecretBytes key(keys::kSecretSize);
  evidence::random_secret(key.span());
  CONNEX_TRY(wrapped, wrap(*tx, label_of(principal, number, Number{ref.version}, text_of(ref.id)),
                           key.view().first<keys::kSecretSize>()));
  const Cell cells[] = {principal,
                        number,
                        std::int64_t{ref.version},
                        Cell::blob(text_of(ref.id)),
                        std::int64_t{0},
                        std::string_view(wrapped.first.id),
                        std::int64_t{wrapped.first.version},
                        Cell::blob(wrapped.second)};
  CONNEX_CHECK(tx->insert(t::kTable, cells));
  CONNEX_CHECK(tx->commit());
  return keep(ref, key, 0);
}

// One seal in `step` is written down, as `step` of them.
Result<void> Vault::count(DataKey& key) {
  namespace t = data_key;
  std::uint8_t drawn[4];
  random_(drawn);
  if ((evidence::load_be<std::uint32_t>(drawn) & (limits_.step - 1)) != 0) return {};
  CONNEX_TRY(tx, begin_keys());
  const Cell row_key[] = {std::string_view(key.principal), static_cast<Number>(key.record_class),
                          std::int64_t{key.key.ref().version}};
  Row row;
  CONNEX_TRY(found, tx->get(t::kTable, row_key, row));
  if (!found || row.is_null(t::wrapped))
    return Error{ErrorCode::conflict, "the key was destroyed meanwhile", ""};
  const std::int64_t seals = row.integer(t::seals) + limits_.step;
  const Cell cells[] = {row[0], row[1], row[2], row[3], seals, row[5], row[6], row[7]};
  CONNEX_CHECK(tx->update(t::kTable, cells));
  CONNEX_CHECK(tx->commit());
  key.counted = static_cast<std::uint64_t>(seals);
  return {};
}

Result<void> Vault::seal_locked(std::string_view principal, RecordClass record_class, const SealPlace& place,
                                ByteView plaintext, Bytes& out) {
  CONNEX_TRY(key, sealing_key(principal, record_class, false));
  if (key->counted >= limits_.seals) {
    CONNEX_TRY(fresh, sealing_key(principal, record_class, true));
    key = fresh;
  }
  CONNEX_CHECK(count(*key));
  return key->key.seal(place, plaintext, std::ref(random_), out);
}

// The key that a sealed value names; nothing where it was destroyed.
Result<std::optional<Vault::FoundKey>> Vault::find_key(std::string_view principal, RecordClass record_class,
                                                       const KeyRef& ref) {
  namespace t = data_key;
  const Number number = static_cast<Number>(record_class);
  const Cell row_key[] = {principal, number, std::int64_t{ref.version}};
  Row row;
  std::vector<Row> newest;
  bool found = false;
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(there, tx->get(t::kTable, row_key, row));
    found = there;
    if (found && !row.is_null(t::wrapped)) {
      const Cell equal[] = {principal, number};
      CONNEX_CHECK(tx->scan(t::kTable, {.equal = equal, .limit = 1, .descending = true}, newest));
    }
  }
  if (!found || row.bytes(t::id) != text_of(ref.id))
    return Error{ErrorCode::corrupt, "a sealed value names a key that its person never had", ""};
  if (row.is_null(t::wrapped)) return std::optional<FoundKey>();
  CONNEX_TRY(key, unwrap(row.bytes(t::outer), row.integer(t::outer_version),
                         label_of(principal, number, row.integer(t::version), row.bytes(t::id)),
                         row.bytes(t::wrapped)));
  return std::optional(FoundKey{evidence::SealingKey(ref, key.view().first<32>()),
                                newest.front().integer(t::version) == row.integer(t::version),
                                static_cast<std::uint64_t>(row.integer(t::seals)), salts_under(key, record_class)});
}

Result<std::optional<evidence::Hash>> Vault::salt(std::string_view principal, std::string_view purpose, bool make) {
  namespace t = data_key;
  constexpr RecordClass kClass = RecordClass::account;
  const auto derived = [&](const SecretBytes& salts) {
    return std::optional(evidence::hmac_sha256(salts.view(), bytes_of(purpose)));
  };
  const std::lock_guard lock(mutex_);
  Row oldest;
  {
    const Cell equal[] = {principal, static_cast<Number>(kClass)};
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_CHECK(tx->visit(t::kTable, {.equal = equal, .limit = store::kNoLimit}, [&](RowView row) -> Result<bool> {
      if (!row.is_null(t::wrapped)) oldest = Row(row);
      return row.is_null(t::wrapped);
    }));
  }
  if (oldest.size() == 0) {
    if (!make) return std::optional<evidence::Hash>();
    CONNEX_TRY(made, sealing_key(principal, kClass, false));
    return derived(made->salts);
  }
  CONNEX_TRY(ref, ref_of(oldest));
  for (const auto& kept : set_of(principal, kClass))
    if (kept && kept->record_class == kClass && kept->principal == principal && kept->key.ref() == ref)
      return derived(kept->salts);
  CONNEX_TRY(found, find_key(principal, kClass, ref));
  return found ? derived(found->salts) : std::nullopt;
}

Result<bool> Vault::open_locked(std::string_view principal, RecordClass record_class, const SealPlace& place,
                                ByteView sealed, SecretBytes& value) {
  value.resize(0);
  auto ref = evidence::sealing_key_of(sealed);
  if (!ref) return Error{ErrorCode::corrupt, "a sealed value is damaged", ""};
  const auto opened = [&](evidence::SealingKey& key) -> Result<bool> {
    CONNEX_CHECK(key.open(place, sealed, value));
    return true;
  };
  auto& slot = slot_of(principal, record_class);
  if (slot && slot->principal == principal && slot->record_class == record_class && slot->key.ref() == *ref)
    return opened(slot->key);

  CONNEX_TRY(found, find_key(principal, record_class, *ref));
  if (!found) return false;
  if (!found->newest) return opened(found->key);
  slot = std::make_unique<DataKey>(DataKey{std::string(principal), record_class, std::move(found->key),
                                                   found->seals, std::move(found->salts)});
  return opened(slot->key);
}

Result<void> Vault::seal(ReadTransaction& tx, std::string_view principal, RecordClass record_class,
                         const SealPlace& place, ByteView plaintext, Bytes& out) {
  CONNEX_CHECK(catch_up(tx));
  const std::lock_guard lock(mutex_);
  return seal_locked(principal, record_class, place, plaintext, out);
}

Result<std::optional<SecretBytes>> Vault::open_value(ReadTransaction& tx, std::string_view principal,
                                                     RecordClass record_class, const SealPlace& place,
                                                     ByteView sealed) {
  CONNEX_CHECK(catch_up(tx));
  const std::lock_guard lock(mutex_);
  SecretBytes value;
  CONNEX_TRY(there, open_locked(principal, record_class, place, sealed, value));
  return there ? std::optional(std::move(value)) : std::nullopt;
}

// --- tokens ---------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kCachedTokens = 100'000;

Result<TokenOf> read_token(RowView row) {
  namespace t = person_token;
  TokenOf read;
  read.id = row.bytes(t::principal);
  read.record_class = static_cast<RecordClass>(row.integer(t::record_class));
  read.stretch = row.integer(t::stretch);
  const std::string_view token = row.bytes(t::token), salt = row.bytes(t::salt);
  if (salt.size() == read.salt.size()) std::ranges::copy(bytes_of(salt), read.salt.begin());
  read.token = token_of(read.salt, read.id);
  if (text_of(read.token) != token) return Error{ErrorCode::corrupt, "a token in the key store stands for somebody else", ""};
  return read;
}

}  // namespace

Token token_of(const TokenSalt& salt, std::string_view id) {
  constexpr std::string_view kDomain = "connex/person/v1";
  evidence::Sha256 hasher;
  const evidence::Hash hash = hasher.update(bytes_of(kDomain)).update(salt).update(bytes_of(id)).finish();
  Token token;
  std::ranges::copy(evidence::to_base64url(ByteView(hash).first(24)), token.begin());
  return token;
}

std::vector<Stretches> stretches_of(std::string_view text) {
  std::vector<Stretches> all;
  for (const char *at = text.data(), *const end = at + text.size(); at < end; ++at) {
    Stretches read;
    const auto first = std::from_chars(at, end, read.first);
    if (first.ec != std::errc()) break;
    read.last = read.first;
    at = first.ptr;
    if (at < end && *at == '-') {
      const auto last = std::from_chars(at + 1, end, read.last);
      if (last.ec != std::errc()) break;
      at = last.ptr;
    }
    if (at < end && *at != ' ') break;
    all.push_back(read);
  }
  return all;
}

// Those that are missing are made in one transaction, however many people an entry names.
Result<void> Vault::assign_locked(std::span<NamedPerson> people, RecordClass record_class, Number stretch) {
  namespace t = person_token;
  std::vector<NamedPerson*> missing;
  for (NamedPerson& person : people) {
    const auto known = tokens_.of.find(person.id);
    const TokenCache::Made* made = nullptr;
    if (known != tokens_.of.end())
      for (const TokenCache::Made& one : known->second)
        if (one.record_class == record_class && one.stretch == stretch) made = &one;
    person.anew = made == nullptr;
    if (made != nullptr)
      person.token = made->token;
    else
      missing.push_back(&person);
  }
  if (missing.empty()) return {};

  const auto keep = [&](const NamedPerson& person) {
    if (tokens_.of.size() >= kCachedTokens) tokens_.of.clear();
    std::vector<TokenCache::Made>& made = tokens_.of[person.id];
    std::erase_if(made, [&](const TokenCache::Made& older) { return older.record_class == record_class; });
    made.push_back({record_class, stretch, person.token});
  };
  const auto look_up = [&](ReadTransaction& tx) -> Result<void> {
    std::size_t left = 0;
    for (NamedPerson* const person : missing) {
      const Cell equal[] = {std::string_view(person->id), static_cast<Number>(record_class), stretch};
      std::vector<Row> rows;
      CONNEX_CHECK(tx.scan(t::kTable, {.index = &t::kByPerson, .equal = equal, .limit = 1}, rows));
      if (rows.empty()) {
        missing[left++] = person;
        continue;
      }
      CONNEX_TRY(read, read_token(rows.front()));
      person->token = read.token;
      keep(*person);
    }
    missing.resize(left);
    return {};
  };
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_CHECK(look_up(*tx));
  }
  if (missing.empty()) return {};
  CONNEX_TRY(tx, begin_keys());
  CONNEX_CHECK(look_up(*tx));
  for (NamedPerson* const person : missing) {
    TokenSalt salt;
    evidence::random_secret(salt);
    person->token = token_of(salt, person->id);
    const Cell cells[] = {services::text_of(person->token), std::string_view(person->id), static_cast<Number>(record_class),
                          stretch, Cell::blob(text_of(salt))};
    CONNEX_CHECK(tx->insert(t::kTable, cells));
  }
  CONNEX_CHECK(tx->commit());
  for (const NamedPerson* const person : missing) keep(*person);
  return {};
}

void Vault::forget_named() noexcept {
  const std::lock_guard lock(mutex_);
  tokens_.of.clear();
}

Result<void> Vault::resolve_locked(std::span<NamedPerson> people) {
  for (NamedPerson& person : people) {
    auto known = tokens_.who.find(person.token);
    if (known == tokens_.who.end()) {
      CONNEX_TRY(read, find_token(person.token));
      if (tokens_.who.size() >= kCachedTokens) tokens_.who.clear();
      known = tokens_.who.emplace(person.token, read ? read->id : std::string()).first;
    }
    if (!known->second.empty())
      person.id = known->second;
    else
      set_unlinked(person);
  }
  return {};
}

Result<std::optional<TokenOf>> Vault::find_token(const Token& token) {
  CONNEX_TRY(tx, keys_->begin_read());
  Row row;
  const Cell key[] = {services::text_of(token)};
  CONNEX_TRY(found, tx->get(person_token::kTable, key, row));
  auto read = found ? read_token(row) : Result<TokenOf>(TokenOf{});
  return found && read ? std::optional(std::move(*read)) : std::nullopt;  // what is damaged stands for nobody
}

Result<std::vector<TokenOf>> Vault::tokens_of(std::string_view principal) {
  namespace t = person_token;
  std::vector<TokenOf> tokens;
  const Cell equal[] = {principal};
  CONNEX_TRY(tx, keys_->begin_read());
  CONNEX_CHECK(tx->visit(t::kTable, {.index = &t::kByPerson, .equal = equal, .limit = store::kNoLimit},
                         [&](RowView row) -> Result<bool> {
                           if (auto read = read_token(row)) tokens.push_back(std::move(*read));
                           return true;
                         }));
  return tokens;
}

Result<void> Vault::visit_forgotten(Number after, store::Visitor use) {
  CONNEX_TRY(tx, keys_->begin_read());
  return tx->visit(forgotten::kTable, {.from = after + 1, .limit = store::kNoLimit}, use);
}

// --- rotation -------------------------------------------------------------------------------------------

namespace {

// Whether anything is wrapped under an outer key, given by id and version.
Result<bool> is_in_use(ReadTransaction& tx, std::span<const Cell> outer) {
  std::vector<Row> any;
  CONNEX_CHECK(tx.scan(secret_row::kTable, {.index = &secret_row::kByOuter, .equal = outer, .limit = 1}, any));
  if (any.empty())
    CONNEX_CHECK(tx.scan(data_key::kTable, {.index = &data_key::kByOuter, .equal = outer, .limit = 1}, any));
  return !any.empty();
}

// The outer keys but this one under which something is wrapped, and those that are in use whether anything is.
Result<std::vector<keys::OuterKey>> outdated(ReadTransaction& tx, const keys::OuterKey& now, bool& in_use) {
  std::vector<keys::OuterKey> found;
  const auto note = [&](std::string_view id, Number version) {
    const auto same = [&](const keys::OuterKey& key) { return key.id == id && key.version == version; };
    if (same(now) || std::ranges::any_of(found, same)) return;
    found.push_back({std::string(id), static_cast<std::uint32_t>(version)});
  };
  const auto all = [&](const Table& table, std::uint8_t outer, std::uint8_t version) {
    return tx.visit(table, {.limit = store::kNoLimit}, [&, outer, version](RowView row) -> Result<bool> {
      if (!row.is_null(outer)) note(row.bytes(outer), row.integer(version));
      return true;
    });
  };
  CONNEX_CHECK(all(secret_row::kTable, secret_row::outer, secret_row::outer_version));
  CONNEX_CHECK(all(data_key::kTable, data_key::outer, data_key::outer_version));
  in_use = !found.empty();
  CONNEX_CHECK(tx.visit(outer_key::kTable, {.limit = store::kNoLimit}, [&](RowView row) -> Result<bool> {
    if (row.integer(outer_key::retired) == outer_key::State::in_use) note(row.bytes(outer_key::id), row.integer(outer_key::version));
    return true;
  }));
  return found;
}

Result<void> set_state(WriteTransaction& tx, std::span<const Cell> outer, outer_key::State state) {
  Row row;
  CONNEX_TRY(known, tx.get(outer_key::kTable, outer, row));
  const Cell cells[] = {outer[0], outer[1], std::int64_t{state}};
  return known ? tx.update(outer_key::kTable, cells) : tx.insert(outer_key::kTable, cells);
}

}  // namespace

// Has the provider let go of the keys that a rotation was done with; never of the one that it wraps under, nor of one
// under which anything is. Whether there were any.
Result<bool> Vault::finish_retiring() {
  namespace t = outer_key;
  std::vector<Row> rows;
  {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_CHECK(tx->visit(t::kTable, {.limit = store::kNoLimit}, [&](RowView row) -> Result<bool> {
      if (row.integer(t::retired) == t::retiring) rows.emplace_back(row);
      return true;
    }));
  }
  if (rows.empty()) return false;
  CONNEX_TRY(current, provider_->current());
  for (const Row& row : rows) {
    const keys::OuterKey key{std::string(row.bytes(t::id)), static_cast<std::uint32_t>(row.integer(t::version))};
    const Cell outer[] = {row[t::id], row[t::version]};
    CONNEX_TRY(tx, begin_keys());
    CONNEX_TRY(used, is_in_use(*tx, outer));
    const bool kept = used || key == current;
    if (!kept) CONNEX_CHECK(provider_->retire(key));
    CONNEX_CHECK(set_state(*tx, outer, kept ? t::in_use : t::gone));
    CONNEX_CHECK(tx->commit());
  }
  return true;
}

// What the provider wraps under may change meanwhile, by its host or by another store: it is asked once, and again in
// the end, which is `done` only under what it then says.
Result<Rewrapping> Vault::rotate(std::uint32_t limit) {
  namespace k = data_key;
  namespace s = secret_row;
  const std::lock_guard lock(mutex_);
  CONNEX_TRY(finished, finish_retiring());
  CONNEX_TRY(current, provider_->current());
  bool in_use = false;
  std::vector<keys::OuterKey> pending;
  const auto look = [&](bool& retired) -> Result<void> {
    CONNEX_TRY(tx, keys_->begin_read());
    CONNEX_TRY(found, outdated(*tx, current, in_use));
    pending = std::move(found);
    Row row;
    const Cell now[] = {std::string_view(current.id), std::int64_t{current.version}};
    CONNEX_TRY(known, tx->get(outer_key::kTable, now, row));
    retired = known && row.integer(outer_key::retired) != outer_key::in_use;
    return {};
  };
  bool retired = false;
  CONNEX_CHECK(look(retired));
  if (pending.empty() && finished) return Rewrapping{.rewrapped = 0, .done = true};  // the end of the rotation before
  if (pending.empty() || retired) {
    CONNEX_TRY(made, provider_->rotate());
    current = made;
    CONNEX_CHECK(look(retired));
  }
  Rewrapping result;
  for (const keys::OuterKey& old : pending) {
    const Cell equal[] = {std::string_view(old.id), std::int64_t{old.version}};
    for (bool last = false; !last;) {
      const auto left = static_cast<std::uint32_t>(limit - result.rewrapped);
      if (left == 0) return result;
      CONNEX_TRY(tx, begin_keys());
      std::vector<Row> rows;
      CONNEX_CHECK(tx->scan(s::kTable, {.index = &s::kByOuter, .equal = equal, .limit = left}, rows));
      const std::size_t secrets = rows.size();
      if (secrets < left)
        CONNEX_CHECK(tx->scan(
            k::kTable,
            {.index = &k::kByOuter, .equal = equal, .limit = left - static_cast<std::uint32_t>(secrets)},
            rows));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row& row = rows[i];
        const bool is_secret = i < secrets;
        const std::string label = is_secret ? label_of(row.bytes(s::name))
                                            : label_of(row.bytes(k::principal), row.integer(k::record_class),
                                                       row.integer(k::version), row.bytes(k::id));
        CONNEX_TRY(key, unwrap(old.id, old.version, label,
                               is_secret ? row.bytes(s::wrapped) : row.bytes(k::wrapped)));
        CONNEX_TRY(wrapped, wrap(*tx, current, label, key.view().first<keys::kSecretSize>()));
        const Cell outer[] = {std::string_view(current.id), std::int64_t{current.version}, Cell::blob(wrapped)};
        if (is_secret) {
          const Cell cells[] = {row[s::name], outer[0], outer[1], outer[2]};
          CONNEX_CHECK(tx->update(s::kTable, cells));
        } else {
          const Cell cells[] = {row[k::principal], row[k::record_class],
                                row[k::version],   row[k::id],
                                row[k::seals],     outer[0],
                                outer[1],          outer[2]};
          CONNEX_CHECK(tx->update(k::kTable, cells));
        }
      }
      last = rows.size() < left;
      if (last) CONNEX_CHECK(set_state(*tx, equal, outer_key::retiring));
      CONNEX_CHECK(tx->commit());
      result.rewrapped += static_cast<std::int64_t>(rows.size());
    }
    CONNEX_CHECK(finish_retiring());
  }
  CONNEX_TRY(now, provider_->current());
  CONNEX_CHECK(look(retired));
  result.done = !in_use && now == current;
  return result;
}

// --- lookups --------------------------------------------------------------------------------------------

namespace {

// Names and addresses are looked for in texts, whatever their spelling.
std::string looked_for(std::string_view kind, std::string_view text) {
  return kind == "name" || kind == "address" ? as_read(text) : std::string(text);
}

}  // namespace

Result<evidence::BlindIndex*> Vault::index_of(std::string_view kind) {
  const auto found = indexes_.find(kind);
  if (found == indexes_.end()) return Error{ErrorCode::internal, "there is no such lookup", ""};
  return &found->second;
}

evidence::Hash Vault::request_mark(std::string_view request) const {
  return evidence::hmac_sha256(request_key_.view(), bytes_of(request));
}

Result<std::vector<std::string>> Vault::find(ReadTransaction& tx, std::string_view kind,
                                             std::string_view text, std::uint32_t limit) {
  Bytes hash;
  {
    const std::lock_guard lock(mutex_);
    CONNEX_TRY(index, index_of(kind));
    CONNEX_TRY(made, index->of(looked_for(kind, text)));
    hash = std::move(made);
  }
  const Cell equal[] = {kind, Cell::blob(text_of(hash))};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(lookup::kTable, {.equal = equal, .limit = limit}, rows));
  std::vector<std::string> found;
  for (const Row& row : rows) found.emplace_back(row.bytes(lookup::principal));
  return found;
}

Result<void> Vault::write_lookups(WriteTransaction& tx, const Sealed& sealed, std::string_view principal,
                                  const std::vector<std::optional<std::string>>& values) {
  std::vector<Row> old;
  const Cell equal[] = {principal};
  CONNEX_CHECK(tx.scan(lookup::kTable, {.index = &lookup::kByPrincipal, .equal = equal, .limit = 16}, old));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view kind = sealed.lookups[i].kind;
    std::optional<Bytes> hash;
    if (values[i]) {
      const std::lock_guard lock(mutex_);
      CONNEX_TRY(index, index_of(kind));
      if (auto made = index->of(looked_for(kind, *values[i])))
        hash = std::move(*made);  // what has no such form is not found by it
    }
    bool there = false;
    for (const Row& row : old) {
      if (row.bytes(lookup::kind) != kind) continue;
      if (hash && row.bytes(lookup::hash) == text_of(*hash)) {
        there = true;
        continue;
      }
      const Cell key[] = {row[0], row[1], row[2]};
      CONNEX_CHECK(tx.erase(lookup::kTable, key));
    }
    if (!hash || there) continue;
    const Cell cells[] = {kind, Cell::blob(text_of(*hash)), principal};
    CONNEX_CHECK(tx.insert(lookup::kTable, cells));
  }
  return {};
}

Result<void> Vault::erase_lookups(WriteTransaction& tx, std::string_view principal) {
  std::vector<Row> rows;
  const Cell equal[] = {principal};
  CONNEX_CHECK(tx.scan(lookup::kTable, {.index = &lookup::kByPrincipal, .equal = equal, .limit = 16}, rows));
  for (const Row& row : rows) {
    const Cell key[] = {row[0], row[1], row[2]};
    CONNEX_CHECK(tx.erase(lookup::kTable, key));
  }
  return {};
}

}  // namespace connex::services
