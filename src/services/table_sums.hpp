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

struct TableSums {
  std::array<TableSum, kSummedTables.size()> tables{};
  std::uint64_t writes = 0;  // how often they were written: the key that seals them changes with it
};

// Safe to use from several threads.
class SumKey {
 public:
  explicit SumKey(evidence::SecretBytes root) : root_(std::move(root)) {}

  // A transaction over `inner` that moves the sums with each write and stores them with the head when it commits.
  std::unique_ptr<store::WriteTransaction> watch(std::unique_ptr<store::WriteTransaction> inner) const;

  // Sums every table as it is and stores that, where the head has no sums yet: a new store, or one that an older
  // release wrote, whose log then tells of it; `again`, or where the log shows it, they were summed before, which the
  // log then tells for ever. Whether it did.
  Result<bool> sum_all(store::WriteTransaction& inner, bool again) const;

  // The same of a head that there is, whatever it had, and the log tells of nothing.
  Result<void> sum_as_they_are(store::WriteTransaction& inner) const;

  // Whether these sums, as the head keeps them, were sealed under this key.
  bool opens(std::string_view sums) const { return open(sums).has_value(); }

  // Names of the tables that are not what the engine wrote, as `tx` sees them: one of watch(), or a read transaction
  // of the store beneath. Reads all of them, in bounded memory.
  Result<std::vector<std::string_view>> altered(store::ReadTransaction& tx) const;

 private:
  friend class SummedWrite;
  evidence::ByteView mark_key() const noexcept { return root_.view(); }
  Result<TableSums> open(std::string_view sealed) const;
  Result<evidence::Bytes> seal(const TableSums& sums) const;
  Result<evidence::SealingKey*> key_of(std::uint32_t version) const;

  const evidence::SecretBytes root_;
  mutable std::mutex mutex_;  // for what follows
  mutable std::optional<evidence::SealingKey> key_;
  mutable evidence::RandomPool random_;
};

}  // namespace connex::services
