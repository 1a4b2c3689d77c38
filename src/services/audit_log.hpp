// The audit log: entries whose commitments are the leaves of one Merkle tree. An entry is appended in the
// transaction of the change it tells of. Entry number n is leaf number n.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/gate.hpp"
#include "connex/instant.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"
#include "evidence/leaf.hpp"
#include "evidence/merkle.hpp"
#include "services/audit_deletion.hpp"
#include "services/entities.hpp"
#include "services/persons.hpp"

namespace connex::services {

// What an entry tells. Ids are the host's own; no field holds a person's data.
struct AuditContent {
  std::string actor;
  std::string role;
  std::string command;
  std::string object;                 // id of what the command was about
  std::string visit;                  // id of the visit concerned, or empty
  std::vector<std::string> subjects;  // data principals concerned
  std::string rule;                   // of the decision
  Effect effect = Effect::deny;
  std::vector<Fact> facts;  // in the order of the gate's conditions
  std::string outcome;      // "done", "denied", or the code of an error
  std::string policy;       // digest of the policy pack
  Details details;          // what was set or given: states, hashes and times, no personal data
  bool object_is_person = false;         // so that a token stands for the id
  std::vector<NamedPerson> named = {};  // of an entry that was read, where tokens stand for people

  // Whether it is not known any more who somebody in it was.
  bool unlinked() const noexcept {
    return std::ranges::any_of(named, [](const NamedPerson& person) { return is_unlinked(person); });
  }
};

// The state of the log: one row, which a transaction that appends reads once, and writes before it commits.
struct AuditHead {
  evidence::Frontier frontier;
  Number policy = 0;  // ordinal of the pack that decided last, 0 before the first entry
  Instant at;         // time never runs backwards from here
  bool stored = false;
  Number policies = 0;  // which state the published versions are in (policy_versions.hpp)
  std::vector<evidence::Hash> fresh = {};  // the leaves that this transaction appended, as far as no tile has them
  std::vector<std::string> named_anew = {};  // by its entries, for the first time that this process knows of

  Number next() const noexcept { return static_cast<Number>(frontier.size()); }
};

Result<AuditHead> load_head(ReadTransaction& tx);
Result<void> store_head(WriteTransaction& tx, AuditHead& head);

// Appends an entry and moves the head, which is to be stored once all is appended. `record_class` decides how long
// the content is kept.
Result<void> append_entry(WriteTransaction& tx, AuditHead& head, const AuditContent& content,
                          RecordClass record_class);

// Appends a deletion record for each class among the entries, and deletes their content, salts and index rows;
// their leaves stay, so that no proof changes. Those whose content an erasure destroyed cost one pass over the index.
// `policy` is the digest of the pack. Errors: invalid_argument for more than kMaxDeletion entries, for one beyond the
// log, and for an erasure without a request; corrupt where an entry is not what its leaf says.
Result<void> delete_entries(WriteTransaction& tx, AuditHead& head, std::string_view policy,
                            const AuditDeletion& deletion);

// Up to `limit` numbers of entries from `from` on: those of a class in the order of time, about a person or a visit, or
// that name a person at all.
Result<std::vector<Number>> list_numbers(ReadTransaction& tx, RecordClass record_class, Number from,
                                         std::uint32_t limit);
enum class EntriesOf : std::uint8_t { subject, visit, person };
Result<std::vector<Number>> list_numbers(ReadTransaction& tx, EntriesOf whose, std::string_view id,
                                         Number from, std::uint32_t limit);

// The tokens that stand for a person in entries.
Result<std::vector<TokenOf>> tokens_of(ReadTransaction& tx, std::string_view person);

// Whether the content of an entry can be read: one whose key an erasure destroyed has gone as lawfully as one that was
// deleted; one that is damaged is for `verify_log` to tell of.
enum class Reading : std::uint8_t { whole, destroyed, damaged };

// An entry as it stands in the store; without its content unless that could be read.
struct AuditEntry {
  Number seq = 0;
  Instant at;
  std::optional<RecordClass> record_class;  // none: a deletion record, kept as long as the log
  Number policy = 0;
  AuditContent content;
  Reading reading = Reading::whole;
};

// `corrupt` where the content cannot be read.
Result<std::optional<AuditEntry>> find_entry(ReadTransaction& tx, Number seq);
// The same for whoever can go on without the content.
Result<std::optional<AuditEntry>> look_at_entry(ReadTransaction& tx, Number seq);

// Up to `limit` entries from `first` on, those that cannot be read among them.
Result<std::vector<AuditEntry>> list_entries(ReadTransaction& tx, Number first, std::uint32_t limit);

// Hands them over one by one instead, each until `use` returns: false when that is enough.
using EntryUse = std::function<Result<bool>(const AuditEntry& entry)>;
Result<void> visit_entries(ReadTransaction& tx, Number first, std::uint32_t limit, const EntryUse& use);

struct AuditViolation {
  Number seq = 0;
  std::string what;  // "entry missing", "leaf mismatch", ...
  friend bool operator==(const AuditViolation&, const AuditViolation&) = default;
};

// A signing key that no key before it signed for.
struct KeyBreak {
  Number epoch = 0;
  Number seq = 0;  // audit entry that brought it in
  friend bool operator==(const KeyBreak&, const KeyBreak&) = default;
};

struct AuditVerification {
  Number entries = 0;
  Number removed = 0;  // of them, lawfully
  evidence::Hash root{};
  std::vector<KeyBreak> breaks = {};
  std::vector<AuditViolation> violations;  // at most kMaxViolations, in order
  bool valid() const noexcept { return violations.empty(); }
  friend bool operator==(const AuditVerification&, const AuditVerification&) = default;
};
inline constexpr std::size_t kMaxViolations = 1'000;

// Whether what an entry tells of is there; false is a violation.
using EntryCheck = std::function<Result<bool>(Number seq, const AuditContent& content)>;

// An entry whose content has gone, as its leaf and the deletion record tell of it.
struct Removal {
  RecordClass record_class = RecordClass::audit;
  Instant at;  // of the entry, to the hour
  DeletionReason reason = DeletionReason::retention;
  std::string_view request;
  Instant removed_at;
  Number policy = 0;  // the pack under which it went
  bool tokens = false;  // it came after an entry in which tokens stand for people, and so they did in it
};

// Whether an entry may have gone; false is a violation.
using RemovalCheck = std::function<Result<bool>(const Removal&)>;

// Whether an erasure destroyed the keys of a person for a class after an entry was sealed under them.
using DestroyedCheck = std::function<Result<bool>(std::string_view principal, RecordClass record_class, Instant at)>;

// The head of a log as somebody outside has kept it.
struct Anchor {
  Number size = 0;
  evidence::Hash root{};
};

// Whether erasures unlinked those whom an entry of a class and time does not name any more, with those of the entries
// before it.
using UnlinkedCheck =
    std::function<Result<bool>(RecordClass record_class, Instant at, std::span<const NamedPerson> named)>;

struct AuditChecks {
  EntryCheck entry;
  RemovalCheck removal;
  DestroyedCheck destroyed;
  UnlinkedCheck unlinked = {};
  std::optional<Anchor> anchor = {};
  std::size_t threads = 1;  // that work at it, the caller's among them, which alone uses the transaction and these checks
};

// Whether the log shows that the tables were summed: it has an entry in which tokens stand for people, which no
// release wrote that kept no sums, or one of the sums. Under an anchor nobody can undo either.
Result<bool> tells_of_sums(ReadTransaction& tx);

// Recomputes every leaf from its content, every tile, the index and the head, and puts each entry to `checks`.
// An entry is verified, lawfully removed, or a violation. Reads the whole log, in bounded memory.
Result<AuditVerification> verify_log(ReadTransaction& tx, const AuditChecks& checks);

struct InclusionProof {
  Number seq = 0;
  Number size = 0;
  evidence::LeafBytes leaf{};
  evidence::Hash leaf_hash{};
  evidence::Hash root{};
  std::vector<evidence::Hash> path;
};

// The bytes that an entry's leaf commits to, or the number of the deletion record with which they went.
struct StoredEntry {
  std::string salt = {};
  std::string header = {};
  std::string body = {};
  std::string content = {};  // opened, with its salt, where the body commits to it
  std::vector<TokenOf> people = {};  // whom its tokens stand for, as far as that is known
  std::optional<Number> deletion = {};
  Reading reading = Reading::whole;
};

// Proves entries of the log as it stands. What it has read of the tree stays at hand, so nothing may be written in
// its transaction meanwhile.
class EntryProver {
 public:
  static Result<EntryProver> begin(ReadTransaction& tx);
  EntryProver(EntryProver&&) noexcept;
  ~EntryProver();

  // That entry `seq` is part of the log, of its first `size` entries where that is given. Whether its content is
  // still there makes no difference; what there is goes to `stored`, if given. not_found beyond the end.
  Result<InclusionProof> prove(Number seq, std::optional<Number> size = {}, StoredEntry* stored = nullptr);

 private:
  struct State;
  explicit EntryProver(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One proof.
Result<InclusionProof> prove_entry(ReadTransaction& tx, Number seq, std::optional<Number> size = {});

struct ConsistencyProof {
  Number from = 0;
  Number to = 0;
  evidence::Hash from_root{};
  evidence::Hash to_root{};
  std::vector<evidence::Hash> path;
};

// That the log of `from` entries is the beginning of the log of `to`. not_found unless 0 < from <= to <= size.
Result<ConsistencyProof> prove_growth(ReadTransaction& tx, Number from, Number to);

}  // namespace connex::services
