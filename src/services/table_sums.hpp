// Keyed sums over the rows of every table, so that a row which was changed, added, removed or put back behind the
// engine's back is told, whatever table it is in.
//
// A row's mark is a keyed hash of its table and cells; a table's sum is the sum of its rows' marks, whatever their
// order. Each write moves the sums, and the head keeps them, sealed: who has no key can neither make a sum nor learn
// a mark from the difference of two. The head is summed itself, so that sums, log and rows are of one moment.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "connex/ports/store.hpp"
#include "connex/result.hpp"
#include "evidence/random.hpp"
#include "evidence/seal.hpp"
#include "evidence/secret.hpp"
#include "services/entities.hpp"
#include "services/schema.hpp"

namespace connex::services {

inline constexpr std::string_view kTablesSummed = "audit.sum";  // the command of the entry that tells of it
inline Detail sums_taken_out() { return {"sums", "taken out"}; }

// A number of 128 bits.
struct TableSum {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  void add(const TableSum& mark) noexcept {
    low += mark.low;
    high += mark.high + (low < mark.low ? 1 : 0);
  }
  void remove(const TableSum& mark) noexcept {
    high -= mark.high + (low < mark.low ? 1 : 0);
    low -= mark.low;
  }
  friend bool operator==(const TableSum&, const TableSum&) = default;
};

// Tables of one store that are summed, in the order in which the sums are kept, and the row that keeps them.
struct Summed {
  std::span<const store::Table* const> tables;  // at most kMostSummed
  const store::Table* head;                     // of one row, with the key 0; one of `tables`
  std::uint8_t sums;                            // its last column
  std::uint16_t domain;                         // no mark of one store is one of another
};
inline constexpr std::size_t kMostSummed = 64;
inline constexpr Summed kMainSums{kSummedTables, &audit_head::kTable, audit_head::sums, 0};
static_assert(kSummedTables.size() <= kMostSummed);

struct TableSums {
  std::array<TableSum, kMostSummed> tables{};
  std::uint64_t writes = 0;  // how often they were written: the key that seals them changes with it
  bool keys_too = false;     // of the main store: the tables of the key store are summed as well, since before
};

// Safe to use from several threads.
class SumKey {
 public:
  explicit SumKey(evidence::SecretBytes root) : root_(std::move(root)) {}

  // A transaction over `inner` that moves the sums with each write and stores them with the head when it commits.
  std::unique_ptr<store::WriteTransaction> watch(std::unique_ptr<store::WriteTransaction> inner,
                                                 const Summed& of = kMainSums) const;

  // Sums every table as it is and stores that, where the head has no sums yet: a new store, or one that an older
  // release wrote, whose log then tells of it; `again`, or where the log shows it, they were summed before, which the
  // log then tells for ever. Whether it did.
  Result<bool> sum_all(store::WriteTransaction& inner, bool again) const;

  // The same of a head that there is, whatever it had, and the log tells of nothing.
  Result<void> sum_as_they_are(store::WriteTransaction& inner, const Summed& of = kMainSums) const;

  // Whether these sums, as the head keeps them, were sealed under this key; and say that the key store has some, too.
  bool opens(std::string_view sums, const Summed& of = kMainSums) const { return open(sums, of).has_value(); }
  bool tells_of_keys(std::string_view sums) const;
  Result<void> tell_of_keys(store::WriteTransaction& inner) const;

  // Names of the tables that are not what the engine wrote, as `tx` sees them: one of watch(), or a read transaction
  // of the store beneath. Reads all of them, in bounded memory.
  Result<std::vector<std::string_view>> altered(store::ReadTransaction& tx, const Summed& of = kMainSums) const;

 private:
  friend class SummedWrite;
  evidence::ByteView mark_key() const noexcept { return root_.view(); }
  Result<TableSums> open(std::string_view sealed, const Summed& of) const;
  Result<evidence::Bytes> seal(const TableSums& sums, const Summed& of) const;
  Result<evidence::SealingKey*> key_of(std::uint32_t version) const;

  const evidence::SecretBytes root_;
  mutable std::mutex mutex_;  // for what follows
  mutable std::optional<evidence::SealingKey> key_;
  mutable evidence::RandomPool random_;
};

}  // namespace connex::services
