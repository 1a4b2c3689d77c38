// Rows in memory. Every order of a table, its key and each index, is a persistent map from the order's
// columns, encoded so that byte order is their order, to the shared row. A transaction is a copy of those
// maps; a commit puts the writer's copy in the place of the store's. So readers never wait, and undoing is
// forgetting.
#include <chrono>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "adapters/contract.hpp"
#include "adapters/persistent_map.hpp"
#include "adapters/writer_gate.hpp"
#include "connex/stores.hpp"

namespace connex::store {
namespace {

using RowPtr = std::shared_ptr<const Row>;
using Rows = PersistentMap<RowPtr>;
using State = std::vector<Rows>;                               // of each table: by key, then by each index
using Places = std::unordered_map<const Table*, std::size_t>;  // where a table's maps begin

constexpr std::chrono::seconds kPatience{5};  // for another writer

// INVARIANT: byte order of encoded cells is the order of the cells; no encoding is the prefix of another; the
// first byte is below kPastAll.
constexpr char kPastNull = 2, kPastAll = '\xFF';

void encode(std::string& key, const Cell& cell) {
  key.push_back(static_cast<char>(static_cast<int>(cell.type()) + 1));
  switch (cell.type()) {
    case CellType::null:
      return;
    case CellType::integer: {
      const auto bits = static_cast<std::uint64_t>(cell.integer()) ^ (std::uint64_t{1} << 63);
      for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(bits >> shift));
      return;
    }
    case CellType::text:
    case CellType::blob:
      for (const char byte : cell.bytes()) {
        key.push_back(byte);
        if (byte == '\0') key.push_back('\xFF');
      }
      key.append({'\0', '\x01'});
      return;
  }
}

std::string encode(std::span<const Cell> cells) {
  std::string key;
  for (const Cell& cell : cells) encode(key, cell);
  return key;
}

// A row's place in an order. `Cells` is a Row or a span of cells.
template <class Cells>
std::string place(const Table& table, const Index* index, const Cells& row) {
  const Order order(table, index);
  std::string key;
  for (std::size_t i = 0; i < order.size(); ++i) encode(key, row[order[i]]);
  return key;
}

Result<bool> get_row(const Places& places, const State& state, const Table& table, std::span<const Cell> key,
                     Row& row) {
  const auto at = places.find(&table);
  if (at == places.end()) return unknown_table(table);
  if (Result<void> checked = check_key(table, key); !checked) return checked.error();
  row.clear();
  const RowPtr* found = state[at->second].find(encode(key));
  if (found == nullptr) return false;
  row = **found;
  return true;
}

Result<void> visit_rows(const Places& places, const State& state, const Table& table, const Range& range,
                        Visitor visitor) {
  const auto at = places.find(&table);
  if (at == places.end()) return unknown_table(table);
  if (Result<void> checked = check_range(table, range); !checked) return checked;

  std::string low = encode(range.equal);
  std::string high = low, beyond = low;
  if (!range.from.is_null())
    encode(low, range.from);
  else if (!range.below.is_null())
    low.push_back(kPastNull);
  if (!range.below.is_null())
    encode(high, range.below);
  else
    high.push_back(kPastAll);
  if (!range.after.empty()) {
    beyond += encode(range.after);
    if (range.descending) {
      high = std::min(high, beyond);
    } else {
      beyond.push_back('\0');  // the least key above it
      low = std::max(low, beyond);
    }
  }

  const std::size_t order =
      range.index == nullptr
          ? 0
          : 1 + static_cast<std::size_t>(own_index(table, range.index) - table.indexes.data());
  Result<bool> more = true;
  std::uint32_t left = range.limit;
  state[at->second + order].visit(low, high, range.descending, [&](std::string_view, const RowPtr& row) {
    more = visitor(*row);
    return more && *more && (range.limit == kNoLimit || --left > 0);
  });
  if (!more) return std::move(more).error();
  return {};
}

class MemoryRead final : public ReadTransaction {
 public:
  MemoryRead(const Places& places, std::shared_ptr<const State> state)
      : places_(places), state_(std::move(state)) {}

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return get_row(places_, *state_, table, key, row);
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return visit_rows(places_, *state_, table, range, visitor);
  }

 private:
  const Places& places_;
  std::shared_ptr<const State> state_;
};

class MemoryStore final : public Store {
 public:
  Result<void> prepare(const Schema& schema) override {
    if (Result<void> checked = check_schema(schema); !checked) return checked;
    if (current()) return {};  // opened beside another store, and again
    std::size_t maps = 0;
    for (const Table* table : schema.tables) {
      places_.emplace(table, maps);
      maps += 1 + table->indexes.size();
    }
    publish(std::make_shared<const State>(maps));
    return {};
  }

  Result<std::unique_ptr<ReadTransaction>> begin_read() override {
    auto state = current();
    if (!state) return not_prepared();
    return std::unique_ptr<ReadTransaction>(std::make_unique<MemoryRead>(places_, std::move(state)));
  }

  Result<std::unique_ptr<WriteTransaction>> begin_write() override;

  Result<void> purge_erased(Purge) override { return {}; }  // nothing is written anywhere

  Result<std::unique_ptr<Store>> open_beside(std::string_view name, bool create) override;

  void publish(std::shared_ptr<const State> state) {
    const std::lock_guard lock(mutex_);
    state_.swap(state);
  }

 private:
  std::shared_ptr<const State> current() {
    const std::lock_guard lock(mutex_);
    return state_;
  }

  Places places_;  // fixed once prepared
  std::mutex mutex_;
  std::shared_ptr<const State> state_;
  WriterGate gate_;
  std::map<std::string, std::shared_ptr<MemoryStore>, std::less<>> beside_;
};

// One of several owners of a store in memory.
class SharedStore final : public Store {
 public:
  explicit SharedStore(std::shared_ptr<MemoryStore> store) : store_(std::move(store)) {}

  Result<void> prepare(const Schema& schema) override { return store_->prepare(schema); }
  Result<std::unique_ptr<ReadTransaction>> begin_read() override { return store_->begin_read(); }
  Result<std::unique_ptr<WriteTransaction>> begin_write() override { return store_->begin_write(); }
  Result<void> purge_erased(Purge depth) override { return store_->purge_erased(depth); }

 private:
  std::shared_ptr<MemoryStore> store_;
};

Result<std::unique_ptr<Store>> MemoryStore::open_beside(std::string_view name, bool create) {
  const std::lock_guard lock(mutex_);
  auto found = beside_.find(name);
  if (found == beside_.end()) {
    if (!create) return Error{ErrorCode::not_found, "there is no such store beside", {}};
    found = beside_.emplace(name, std::make_shared<MemoryStore>()).first;
  }
  return std::unique_ptr<Store>(std::make_unique<SharedStore>(found->second));
}

class MemoryWrite final : public WriteTransaction {
 public:
  MemoryWrite(MemoryStore& store, const Places& places, WriterGate::Pass pass, const State& state)
      : store_(store), places_(places), pass_(std::move(pass)), state_(state) {}

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return outcome_.attempt([&] { return get_row(places_, state_, table, key, row); });
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return outcome_.visit([&] { return visit_rows(places_, state_, table, range, visitor); });
  }

  Result<void> insert(const Table& table, std::span<const Cell> row) override {
    return outcome_.change([&]() -> Result<void> {
      const auto at = places_.find(&table);
      if (at == places_.end()) return unknown_table(table);
      if (Result<void> checked = check_row(table, row); !checked) return checked;
      if (state_[at->second].find(place(table, nullptr, row)) != nullptr) return key_taken(table);
      return put(table, at->second, row);
    });
  }

  Result<void> update(const Table& table, std::span<const Cell> row) override {
    return outcome_.change([&]() -> Result<void> {
      const auto at = places_.find(&table);
      if (at == places_.end()) return unknown_table(table);
      if (Result<void> checked = check_row(table, row); !checked) return checked;
      if (!remove(table, at->second, row.first(table.key_size))) return no_such_row(table);
      return put(table, at->second, row);
    });
  }

  Result<bool> erase(const Table& table, std::span<const Cell> key) override {
    return outcome_.change([&]() -> Result<bool> {
      const auto at = places_.find(&table);
      if (at == places_.end()) return unknown_table(table);
      if (Result<void> checked = check_key(table, key); !checked) return checked.error();
      return remove(table, at->second, key);
    });
  }

  Result<void> commit() override {
    return outcome_.conclude([&]() -> Result<void> {
      store_.publish(std::make_shared<const State>(std::move(state_)));
      pass_.release();
      return {};
    });
  }

 private:
  Result<void> put(const Table& table, std::size_t at, std::span<const Cell> cells) {
    const auto row = std::make_shared<const Row>(RowView(cells));
    for (std::size_t i = 0; i < table.indexes.size(); ++i) {
      const Index& index = table.indexes[i];
      if (index.unique && taken(state_[at + 1 + i], index, cells)) return unique_taken(table);
      state_[at + 1 + i].put(place(table, &index, cells), row);
    }
    state_[at].put(place(table, nullptr, cells), row);
    return {};
  }

  static bool taken(const Rows& rows, const Index& index, std::span<const Cell> cells) {
    std::string low;
    for (const std::uint8_t column : index.columns) {
      if (cells[column].is_null()) return false;
      encode(low, cells[column]);
    }
    bool found = false;
    rows.visit(low, low + kPastAll, false, [&](std::string_view, const RowPtr&) { return !(found = true); });
    return found;
  }

  bool remove(const Table& table, std::size_t at, std::span<const Cell> key) {
    const std::string encoded = encode(key);
    const RowPtr* found = state_[at].find(encoded);
    if (found == nullptr) return false;
    const RowPtr row = *found;
    for (std::size_t i = 0; i < table.indexes.size(); ++i)
      state_[at + 1 + i].erase(place(table, &table.indexes[i], *row));
    state_[at].erase(encoded);
    return true;
  }

  MemoryStore& store_;
  const Places& places_;
  WriterGate::Pass pass_;
  State state_;
  Outcome outcome_;
};

Result<std::unique_ptr<WriteTransaction>> MemoryStore::begin_write() {
  WriterGate::Pass pass = gate_.enter(std::chrono::steady_clock::now() + kPatience);
  if (!pass) return writer_busy();
  const auto state = current();
  if (!state) return not_prepared();
  return std::unique_ptr<WriteTransaction>(
      std::make_unique<MemoryWrite>(*this, places_, std::move(pass), *state));
}

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace connex::store
