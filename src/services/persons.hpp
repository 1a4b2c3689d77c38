// Who stands in the entries of the audit log (X54). The content of an entry names nobody: for each person it has a
// token, which the key store alone leads back to whom it stands for, until an erasure of that person destroys it.
// The event stays then, everybody else's included, and nothing tells any more who that one person was.
//
//   token = the first 192 bits of SHA-256("connex/person/v1" | salt[32] | id), in base64url
//
// One token stands for a person in the entries of one class and one stretch of time, so that each stretch goes as
// soon as the last of its entries may. Salt and id are kept in the key store, and nowhere else.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/instant.hpp"
#include "connex/policy.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"
#include "evidence/sha256.hpp"
#include "services/entities.hpp"

namespace connex::services {

inline constexpr std::int64_t kTokenStretch = 30 * kMicrosPerDay;
constexpr Number stretch_of(Instant at) noexcept { return at.micros / kTokenStretch; }

using Token = std::array<char, 32>;
using TokenSalt = std::array<std::uint8_t, 32>;
constexpr std::string_view text_of(const Token& token) noexcept { return {token.data(), token.size()}; }
Token token_of(const TokenSalt& salt, std::string_view id);

// The stretches that a line of the ledger of erasures lists, one by one or from one to another, as far as it is sound.
struct Stretches {
  Number first = 0;
  Number last = 0;
};
std::vector<Stretches> stretches_of(std::string_view text);

// Somebody in an entry: by a token in the log, by id or, once unlinked, by a pseudonym for whoever reads it.
struct NamedPerson {
  Token token{};
  std::string id;
  bool subject = false;  // else who acted, or was named besides
  bool anew = false;     // by a token that this process gives for the first time
};

inline void set_unlinked(NamedPerson& person) { person.id.assign(1, '~').append(text_of(person.token)); }
inline bool is_unlinked(const NamedPerson& person) noexcept {
  return is_pseudonym(person.id) && std::string_view(person.id).substr(1) == text_of(person.token);
}

// What the key store knows of a token.
struct TokenOf {
  Token token{};
  std::string id;
  RecordClass record_class = RecordClass::audit;
  Number stretch = 0;
  TokenSalt salt{};
};

// Whose key seals the content of entries: the log's own. No id of a person.
inline constexpr std::string_view kLogsOwn = "/log";

// Opens rows of one table as they stand in the store, without the transaction that read them: for one thread at a time,
// which may be another one.
class RowOpener {
 public:
  virtual ~RowOpener() = default;
  // As the transaction would have handed it over; until the next one.
  virtual Result<store::RowView> open(store::RowView row) = 0;
};

// Tells whom tokens stand for.
class Resolver {
 public:
  // Fills in the ids of tokens; a pseudonym, always the same one, where it is not known any more who it was.
  virtual Result<void> resolve(std::span<NamedPerson> people) = 0;

 protected:
  ~Resolver() = default;
};

// Transactions of the vault. Whoever reads the log without it learns what is in the store, and no more.
class Persons : public Resolver {
 public:
  // Fills in the tokens of ids; makes those that are missing, durable from then on.
  virtual Result<void> assign(std::span<NamedPerson> people, RecordClass record_class, Instant at) = 0;

  virtual Result<std::optional<TokenOf>> find_token(const Token& token) = 0;
  virtual Result<std::vector<TokenOf>> tokens_of(std::string_view id) = 0;

  // A secret for one purpose that goes with the person's account: derived from its oldest key that is left. None without
  // a key, unless a transaction that writes is asked to `make` one.
  virtual Result<std::optional<evidence::Hash>> salt(std::string_view id, std::string_view purpose, bool make) = 0;

  // Hands on the lines of the key store's ledger of erasures beyond a number, as it is now: what it does not know any
  // more is what erasures up to now destroyed, of which the transaction may see nothing yet.
  virtual Result<void> visit_forgotten(Number after, store::Visitor use) = 0;

  // For rows of `table` that the transaction reads shut; does not outlive the vault. While it is in use by another thread,
  // nothing is written in the transaction.
  virtual Result<std::unique_ptr<RowOpener>> opener(const store::Table& table) = 0;

 protected:
  ~Persons() = default;
};

}  // namespace connex::services
