// The vault: seals personal columns before a store sees them, opens them again, and forgets.
//
// Each person, and the audit log, has a data key for each retention class, made on first use and kept, wrapped by the provider's
// outer key, in a key store apart from the main store. A data key is durable before anything is sealed under
// it. To erase is to destroy the key: first the erasure ledger is written, in the transaction of the command,
// then the key goes; what a crash interrupted is finished on opening and before the next use.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connex/instant.hpp"
#include "connex/names.hpp"
#include "connex/policy.hpp"
#include "connex/ports/keys.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"
#include "evidence/blind_index.hpp"
#include "evidence/random.hpp"
#include "evidence/seal.hpp"
#include "evidence/secret.hpp"
#include "services/entities.hpp"
#include "services/ledger_key.hpp"
#include "services/persons.hpp"
#include "services/schema.hpp"
#include "services/table_sums.hpp"

namespace connex::services {

using RecordClasses = EnumSet<RecordClass>;

// How often a data key may seal. Counted in steps, at random moments that come once in a step on average: the
// count is exact enough and costs no write.
struct SealLimits {
  std::uint64_t seals = evidence::kMaxSealsPerKey;
  std::uint32_t step = 1U << 16;  // a power of two
};

// What an erasure did: set the state of an account, answered a request, disposed of a record, or carried on with what
// was accepted for a person before (whom it was about is then not told apart: X54). Besides, what holds say of what may
// go, and of which entries of the log people were unlinked.
enum class ErasureDeed : std::uint8_t { account, request, record, person, hold, unlink };

// A line of the erasure ledger; schema.hpp tells what stands in it.
struct ErasureLine {
  Number number = 0;
  std::string principal = {};
  std::int64_t classes = 0;
  Instant at = {};
  std::optional<ErasureDeed> deed = {};
  std::string object = {};
  std::string state = {};
  std::string request = {};
  std::optional<Instant> accepted_at = {};
  std::optional<Instant> since = {};
  std::optional<Instant> due_at = {};
  std::string content = {};
};

struct Rewrapping {
  std::int64_t rewrapped = 0;
  bool done = false;  // nothing is wrapped under another outer key than the one that the provider now wraps under
};

// Safe to use from several threads. Outlives its transactions; the main store outlives the vault.
class Vault {
 public:
  // Opens the key store, checks that it and the provider's key belong to the main store, and finishes what
  // was interrupted. Both stores are prepared here.
  static Result<std::unique_ptr<Vault>> open(store::Store& main, std::unique_ptr<store::Store> key_store,
                                             std::shared_ptr<keys::KeyProvider> provider,
                                             SealLimits limits = {});

  ~Vault();

  // Transactions over the main store in which sealed columns hold what was put into them.
  Result<std::unique_ptr<ReadTransaction>> begin_read();
  Result<std::unique_ptr<WriteTransaction>> begin_write();

  // What stands in the store, as `tx`, one of the above, sees it, with the sealed columns shut: for who must go on where
  // what is sealed may be damaged. What is put back into them as it stands would be sealed twice.
  static ReadTransaction& stored(ReadTransaction& tx) noexcept;

  // Names of the tables that are not what the engine wrote, as `tx`, one of the above, sees them.
  Result<std::vector<std::string_view>> altered_tables(ReadTransaction& tx) const;

  // The same of the tables of the key store, as it is now.
  Result<std::vector<std::string_view>> altered_keys() const;

  // What is wrong with the erasure ledgers, of the main store as `tx` sees it and of the key store: the first line of
  // each that is not what the engine entered, and that they are not the same as far as both go.
  Result<std::vector<std::string>> altered_ledgers(ReadTransaction& tx) const;

  // Hands on each data key that was destroyed, by whom it was of and its class.
  using DestroyedUse = std::function<void(std::string_view principal, RecordClass record_class)>;
  Result<void> visit_destroyed(const DestroyedUse& use);

  // Destroys the keys of a person for these classes once `tx`, one of the above, has been committed: whatever
  // was sealed under them reads null from then on. With the account class the person's lookups go too. The
  // rows themselves are the caller's to erase. The entry's number in the erasure ledger.
  Result<Number> destroy(WriteTransaction& tx, std::string_view principal, RecordClasses classes,
                         Instant now);

  // Destroys the tokens that stand for a person in the entries of a class, in these stretches of time, once `tx`, one of
  // the above, has been committed: nothing leads from the entries to the person any more. The stretches in words.
  Result<std::string> unlink(WriteTransaction& tx, std::string_view principal, RecordClass record_class,
                             std::span<const Number> stretches, Instant now);

  // The same of everybody for the stretches before one, of which the log has no entry of the class any more.
  Result<void> forget_tokens(WriteTransaction& tx, RecordClass record_class, Number before, Instant now);

  // Adds a line to the erasure ledger, whatever its number; the key store gets it once `tx` has been committed.
  Result<Number> enter(WriteTransaction& tx, const ErasureLine& line);

  // Lines that only the key store still knew, after an older copy of the main store was put back, and that are not
  // played yet, in order; and that all up to `last` are. Nobody destroys keys or enters lines before the first are
  // there: opening sees to it.
  Result<std::vector<ErasureLine>> to_play(ReadTransaction& tx, std::uint32_t limit) const;
  // Hands those of them that are about holds to `play`, those about one hold in order.
  Result<void> holds_to_play(ReadTransaction& tx, const std::function<Result<void>(const ErasureLine&)>& play) const;
  Result<void> set_played(WriteTransaction& tx, Number last) const;

  // How often destroy() was asked for: whether a transaction has.
  std::uint64_t destructions() const noexcept { return destructions_; }

  // Who has this e-mail address or telephone number, at most `limit` of them. invalid_argument when it is
  // none.
  Result<std::vector<std::string>> find(ReadTransaction& tx, std::string_view kind, std::string_view text,
                                        std::uint32_t limit);

  // Stands for a request in its kept answer. Without the key store nobody can tell what was asked by trying.
  evidence::Hash request_mark(std::string_view request) const;

  // 32 random bytes of this name, made on first use, kept wrapped like data keys: a root, a signing seed.
  Result<evidence::SecretBytes> secret(std::string_view name);
  // The same where there is one already.
  Result<std::optional<evidence::SecretBytes>> find_secret(std::string_view name);

  // Seals a value outside declared columns, under the person's key of a class; `row` and `column` bind it to
  // its place. What it opens to is nothing when the key was destroyed, and corrupt when it was tampered with.
  Result<void> seal(ReadTransaction& tx, std::string_view principal, RecordClass record_class,
                    const evidence::SealPlace& place, evidence::ByteView plaintext, evidence::Bytes& out);
  Result<std::optional<evidence::SecretBytes>> open_value(ReadTransaction& tx, std::string_view principal,
                                                          RecordClass record_class,
                                                          const evidence::SealPlace& place,
                                                          evidence::ByteView sealed);

  // Rewraps up to `limit` keys under the current outer key; when all are, has the provider make a new one
  // first. May be stopped and repeated at any time.
  Result<Rewrapping> rotate(std::uint32_t limit);

 private:
  friend class SealedReader;
  friend class SealedWrite;
  class Opener;
  struct DataKey;
  struct FoundKey {
    evidence::SealingKey key;
    bool newest;  // no later one seals for the person by now
    std::uint64_t seals;
    evidence::SecretBytes salts;
  };
  // The tokens last asked for: by whom they stand for, and by themselves; an empty id: nobody any more.
  struct TokenCache {
    struct Text {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };
    struct First {  // of a hash, eight bytes do
      std::size_t operator()(const Token& token) const noexcept {
        return std::hash<std::string_view>()(text_of(token).substr(0, 8));
      }
    };
    struct Made {
      RecordClass record_class;
      Number stretch;
      Token token;
    };
    std::unordered_map<std::string, std::vector<Made>, Text, std::equal_to<>> of;
    std::unordered_map<Token, std::string, First> who;
  };

  Vault(store::Store& main, std::unique_ptr<store::Store> keys, std::shared_ptr<keys::KeyProvider> provider,
        SealLimits limits);

  Result<void> unlock();
  Result<void> sum_tables();
  Result<void> sum_keys();
  Result<void> copy_macs(WriteTransaction& tx) const;
  Result<std::unique_ptr<WriteTransaction>> begin_summed();
  Result<std::unique_ptr<WriteTransaction>> begin_keys();
  Result<void> make_mark(std::string_view id);
  Result<void> move_plain_details();
  Result<void> replay_erasures();
  Result<void> index_people();

  Result<bool> finish_retiring();

  // Finishes the erasures in the ledger as `tx` sees it.
  Result<void> catch_up(ReadTransaction& tx);
  Result<void> settle(std::span<const store::Row> lines);

  // Refuses a line of `ledger`, one of the main store or of the key store, that is not what the engine entered after the
  // line with the mac `before`; and that the two ledgers are not the same as far as both go.
  Result<void> check_line(ReadTransaction& tx, const Table& ledger, store::RowView line, std::string_view before) const;
  Result<void> check_lines(ReadTransaction& tx, const Table& ledger, std::span<const store::Row> lines) const;
  Result<void> check_ends(ReadTransaction& main) const;
  void after_commit(const std::vector<store::Row>& erasures) noexcept;

  Result<void> seal_locked(std::string_view principal, RecordClass record_class,
                           const evidence::SealPlace& place, evidence::ByteView plaintext,
                           evidence::Bytes& out);
  // Into `value`; false, and an empty one, where the key was destroyed.
  Result<bool> open_locked(std::string_view principal, RecordClass record_class,
                           const evidence::SealPlace& place, evidence::ByteView sealed,
                           evidence::SecretBytes& value);
  Result<std::optional<FoundKey>> find_key(std::string_view principal, RecordClass record_class,
                                           const evidence::KeyRef& ref);
  std::span<std::unique_ptr<DataKey>> set_of(std::string_view principal, RecordClass record_class);
  std::unique_ptr<DataKey>& slot_of(std::string_view principal, RecordClass record_class);
  Result<DataKey*> sealing_key(std::string_view principal, RecordClass record_class, bool next);
  Result<void> count(DataKey& key);
  Result<std::optional<evidence::Hash>> salt(std::string_view principal, std::string_view purpose, bool make);
  Result<void> enter_unlinking(WriteTransaction& tx, std::string_view principal, RecordClass record_class,
                               std::string_view stretches, Instant now);
  Result<void> assign_locked(std::span<NamedPerson> people, RecordClass record_class, Number stretch);
  Result<void> resolve_locked(std::span<NamedPerson> people);
  void forget_named() noexcept;
  Result<std::optional<TokenOf>> find_token(const Token& token);
  Result<std::vector<TokenOf>> tokens_of(std::string_view principal);
  Result<void> visit_forgotten(Number after, store::Visitor use);
  Result<void> write_lookups(WriteTransaction& tx, const Sealed& sealed, std::string_view principal,
                             const std::vector<std::optional<std::string>>& values);
  Result<void> erase_lookups(WriteTransaction& tx, std::string_view principal);
  Result<evidence::BlindIndex*> index_of(std::string_view kind);

  // Within a transaction of the key store; under the key in use where none is given.
  Result<std::string> wrap(WriteTransaction& tx, const keys::OuterKey& outer, std::string_view label,
                           keys::SecretView secret);
  Result<std::pair<keys::OuterKey, std::string>> wrap(WriteTransaction& tx, std::string_view label,
                                                      keys::SecretView secret);
  Result<evidence::SecretBytes> unwrap(std::string_view id, Number version, std::string_view label,
                                       std::string_view wrapped);
  // `made` is called with a new one, in the transaction that stores it.
  using SecretMade = std::function<Result<void>(WriteTransaction& tx, const evidence::SecretBytes& secret)>;
  Result<evidence::SecretBytes> find_or_make_secret(std::string_view name, const SecretMade& made = {});

  store::Store& main_;
  const std::unique_ptr<store::Store> keys_;
  const std::shared_ptr<keys::KeyProvider> provider_;
  const SealLimits limits_;

  std::atomic<std::uint64_t> destructions_ = 0;
  std::atomic<bool> purge_owed_ = true;  // what was destroyed may still lie in the stores' logs
  std::optional<SumKey> sums_;      // once the tables are summed
  std::optional<SumKey> key_sums_;  // those of the key store
  std::optional<LedgerKey> ledger_;  // since then; before that nothing vouches for what the ledgers say
  evidence::SecretBytes request_key_;

  std::mutex mutex_;  // for all below
  std::vector<std::unique_ptr<DataKey>> cache_;
  TokenCache tokens_;
  evidence::RandomPool random_;
  Number erased_ = 0;  // the ledger is carried out up to here
  std::map<std::string, evidence::BlindIndex, std::less<>> indexes_;
};

}  // namespace connex::services

template <>
struct connex::Names<connex::services::ErasureDeed> {
  static constexpr std::string_view list[] = {"account", "request", "record", "person", "hold", "unlink"};
};
