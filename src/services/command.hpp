// A command: one entry of the command table, and what its handler is given and gives back.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/engine.hpp"
#include "connex/gate.hpp"
#include "connex/instant.hpp"
#include "connex/policy.hpp"
#include "connex/ports/store.hpp"
#include "services/arguments.hpp"
#include "services/audit_deletion.hpp"
#include "services/entities.hpp"

namespace connex::services {

class PolicyVersions;
class Vault;

// Who issues a command: a registered principal, or the host's own scheduled work ("system").
struct Actor {
  std::string id;
  std::optional<Principal> principal;  // none: system

  bool is_system() const noexcept { return !principal; }
  bool is(Role role) const noexcept { return principal && principal->role == role; }
  std::string_view role_name() const noexcept { return principal ? name(principal->role) : "system"; }
};

// What a handler may need beside its transaction.
struct Surroundings {
  store::Store* store = nullptr;
  std::optional<Bucket> bucket;
};

// What a handler works with. Lives as long as the transaction.
class Context {
 public:
  Context(store::ReadTransaction& read_tx, store::WriteTransaction* write_tx, Vault& keys,
          const PolicyVersions& versions, std::vector<Number> stand_on, const PolicyPack& pack, const Actor& issuer,
          Instant time, Number entry, const Surroundings& around)
      : policy(pack),
        policies(versions),
        standings(std::move(stand_on)),
        actor(issuer),
        now(time),
        seq(entry),
        surroundings(around),
        read_(read_tx),
        write_(write_tx),
        vault_(keys) {}
  // The same, for those of the concerned who stand on one version: to decide in, not to write.
  Context(const Context& all, Number stands_on, const PolicyPack& pack)
      : Context(all.read_, nullptr, all.vault_, all.policies, {stands_on}, pack, all.actor, all.now, all.seq,
                all.surroundings) {}

  store::ReadTransaction& read() noexcept { return read_; }
  // Requires a command that changes something. From here on an error rolls the transaction back.
  store::WriteTransaction& write() {
    dirty_ = true;
    return *write_;
  }
  bool dirty() const noexcept { return dirty_; }
  Vault& vault() noexcept { return vault_; }
  UtcOffset offset() const noexcept { return policy.offset; }
  // Tells the engine that a version was published or changed.
  void change_policies() noexcept { policies_changed_ = true; }
  bool policies_changed() const noexcept { return policies_changed_; }

  const PolicyPack& policy;  // in effect for those concerned who stand on the oldest version
  const PolicyVersions& policies;
  const std::vector<Number> standings;  // the versions on which they stand, the oldest first; one at least
  const Number standing = standings.front();
  const Actor& actor;
  const Instant now;
  const Number seq;  // of the audit entry this command will have
  const Surroundings& surroundings;
  bool again = false;  // a momentary command, asked for before with the same request id

 private:
  store::ReadTransaction& read_;
  store::WriteTransaction* write_;
  Vault& vault_;
  bool dirty_ = false;
  bool policies_changed_ = false;
};

// Something that must follow, beyond what the gate itself demands.
struct DueObligation {
  Obligation what;
  std::optional<Instant> due;
  std::string visit;
};

struct Outcome {
  boost::json::object result;
  Decision decision;  // without a gate: the actor may use the command, and nothing else was asked
  Facts facts;        // what it was decided on
  std::optional<Number> standing;  // the version of those concerned under whose rules it was, if not the oldest
  std::vector<DueObligation> obligations;
  std::string object;  // for the audit log
  std::string visit;
  std::vector<std::string> subjects;
  Details details;
  RecordClass record_class = RecordClass::audit;
  std::string private_to;  // whose text the result holds: kept for a repeated request, it is sealed as theirs
  std::vector<AuditDeletion> deletions;  // audit entries that go with it
  bool object_is_person = false;
  std::string checkpoint;  // to be published once this is committed; `published` in the result says whether it was
};

enum class CommandKind : std::uint8_t {
  changes,    // writes; audited; answered again from memory when the request is repeated, unless momentary
  discloses,  // shows something about people: audited
  reports,    // reads only
};

using Actors = std::uint16_t;  // one bit for each role, and one for the system
inline constexpr Actors kSystem = 1U << 15;
constexpr Actors actors(std::initializer_list<Role> roles) noexcept {
  Actors bits = 0;
  for (const Role role : roles) bits = static_cast<Actors>(bits | 1U << static_cast<unsigned>(role));
  return bits;
}
inline constexpr Actors kAnyRole = kSystem - 1U;
inline constexpr Actors kEverybody = kAnyRole | kSystem;
inline constexpr Actors kOperator = kSystem | actors({Role::staff});
inline constexpr Actors kAdministrators =
    kOperator | actors({Role::hospital_administrator, Role::pharma_administrator});
inline constexpr Actors kParties = kSystem | actors({Role::doctor, Role::medical_representative});
inline constexpr Actors kAuditors = kOperator | actors({Role::data_protection_officer});
inline bool is_one_of(const Actor& actor, Actors which) noexcept {
  return (which & (actor.principal ? actors({actor.principal->role}) : kSystem)) != 0;
}
inline bool is_auditor(const Actor& actor) noexcept { return is_one_of(actor, kAuditors); }

struct Command {
  std::string_view name;
  std::string_view text;  // one line of documentation
  CommandKind kind = CommandKind::changes;
  Actors actors = 0;
  bool open_to_terminated = false;  // also to a person whose account is terminated
  std::span<const Argument> arguments;
  std::span<const std::string_view> clauses;  // what it carries out, beyond the clauses of its gates
  Result<Outcome> (*run)(Context&, const Arguments&) = nullptr;
  bool momentary = false;  // permits something for the moment: a request that is repeated is decided again
  bool alone = false;  // never in one transaction with others: it speaks of what is durable
  bool open_to_all = false;  // whatever became of the account: nobody loses the rights over the own data with it
};

// Every command, in the order of the documentation.
std::span<const Command> commands();
const Command* find_command(std::string_view name);

// Decides `facts` and gives an outcome to fill in.
template <const Gate& G>
Outcome decide(const FactsOf<G>& facts) {
  Outcome outcome;
  outcome.facts = facts;
  outcome.decision = evaluate(facts);
  return outcome;
}

// The denial of a command that the actor's role may use, but not for this object.
Outcome outside_scope();

// Says in the outcome that the command was about this person.
inline void concern(Outcome& outcome, std::string_view principal) {
  outcome.object = principal;
  outcome.object_is_person = true;
  outcome.subjects = {std::string(principal)};
}

inline Error not_found(std::string_view what, std::string_view argument) {
  return {ErrorCode::not_found, std::string("no such ").append(what), std::string("/args/").append(argument)};
}
inline Error conflict(std::string message, std::string_view argument) {
  return {ErrorCode::conflict, std::move(message), std::string("/args/").append(argument)};
}
inline Error invalid(std::string message, std::string_view argument) {
  return {ErrorCode::invalid_argument, std::move(message), std::string("/args/").append(argument)};
}
inline Error invalid(std::string message) {
  return {ErrorCode::invalid_argument, std::move(message), "/args"};
}

}  // namespace connex::services

template <>
struct connex::Names<connex::services::CommandKind> {
  static constexpr std::string_view list[] = {"changes", "discloses", "reports"};
};
