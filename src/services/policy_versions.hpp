// The versions of the policy that were published over a store, and which of them is in effect for whom and
// when. What a version tightens binds everybody from its publication on; what it loosens binds a person only
// once it is in effect, the notice period since that person was told is over, and the person has accepted it
// (C12-b, X26). Whoever joins at the instant at which a version takes effect, or later, joins under it.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/policy.hpp"
#include "connex/retention.hpp"
#include "services/audit_log.hpp"
#include "services/command.hpp"

namespace connex::services {

// A pack and its ordinal on file; 0 while it is not on file.
struct FiledPack {
  std::shared_ptr<const PolicyPack> pack;
  Number ordinal = 0;
};

struct PolicyVersion {
  Number number = 0;  // 1, 2, ...
  FiledPack filed;
  Instant published_at;
  Instant effective_at;  // no earlier than that of the version before
  bool material = false;
  std::optional<Instant> settled_at;  // since when everybody stands on it
  std::string settled_up_to;
  std::vector<FiledPack> lines;  // while it is the latest: of those who stand on 1, 2, ..., itself
};

// One state of the published versions. Nothing changes it; any thread may read it.
class PolicyVersions {
 public:
  // At least one version, in order.
  PolicyVersions(Number token, std::vector<PolicyVersion> versions);
  PolicyVersions(const PolicyVersions&) = delete;
  PolicyVersions& operator=(const PolicyVersions&) = delete;

  Number token() const noexcept { return token_; }  // tells one state from another; 0: nothing is stored
  std::span<const PolicyVersion> list() const noexcept { return versions_; }
  const PolicyVersion& latest() const noexcept { return versions_.back(); }
  const PolicyVersion& at(Number number) const { return versions_.at(static_cast<std::size_t>(number - 1)); }
  // By the digest of its pack, or by its name.
  const PolicyVersion* find(std::string_view version) const noexcept;

  // Whether it is all the same on which version somebody stands.
  bool uniform() const noexcept { return uniform_; }
  // The latest version in effect at `when`, from its very instant on, for who joins then; the first, before there was
  // any.
  Number in_effect(Instant when) const noexcept;
  // The latest version on which everybody stands: of decisions that concern nobody in particular.
  Number settled() const noexcept { return settled_; }

  // The same with one version more, published and in effect at `at`: of those who stand on 1, 2, ... and on it.
  std::unique_ptr<const PolicyVersions> with_next(std::span<const std::shared_ptr<const PolicyPack>> lines,
                                                  Instant at) const;

  // The pack that decides at `when` for whoever stands on `standing`.
  const FiledPack& pack(Number standing, Instant when) const noexcept;
  const FiledPack& pack() const noexcept { return pack(settled_, kEndOfTime); }

  // Whether the same retention rules bind everybody.
  bool one_retention() const noexcept { return one_retention_; }
  // The retention rules of all versions for whoever stands on `standing` (X27).
  const RetentionTable& retention(Number standing) const noexcept {
    return retention_[static_cast<std::size_t>(standing - 1)];
  }

 private:
  Number token_;
  std::vector<PolicyVersion> versions_;
  std::vector<RetentionTable> retention_;
  Number settled_ = 1;
  bool uniform_ = true;
  bool one_retention_ = true;
};

// The states an engine has met, each kept as long as the engine: packs may be borrowed from them.
class PolicyLibrary {
 public:
  explicit PolicyLibrary(std::shared_ptr<const PolicyPack> own);

  // The versions as the transaction sees them; those of the engine's own pack where nothing is stored yet.
  // Costs a comparison unless they have changed.
  Result<const PolicyVersions*> at(ReadTransaction& tx, const AuditHead& head);
  // As they were met last.
  const PolicyVersions& current() const noexcept { return *current_.load(std::memory_order_acquire); }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<const PolicyVersions>> known_;
  std::map<std::string, std::shared_ptr<const PolicyPack>, std::less<>> packs_;
  std::atomic<const PolicyVersions*> current_;
};

// Puts the first version on file: the pack that an engine brings to an empty store.
Result<FiledPack> found_policy(WriteTransaction& tx, const FiledPack& pack, Instant now);
// Puts a pack on file, unless it is there.
Result<FiledPack> file_pack(WriteTransaction& tx, std::shared_ptr<const PolicyPack> pack, Instant now);
// Of the versions as they are stored now.
Result<Number> policies_token(ReadTransaction& tx);

// The pack on file that an argument names by its digest or, the latest of that name, by its version.
Result<std::shared_ptr<const PolicyPack>> find_pack(Context& context, const Arguments& args,
                                                    std::string_view argument);

// A person's answer to a version.
struct PolicyNotice {
  std::string principal;
  Number version = 0;
  std::string channel;
  Instant notified_at;
  std::optional<Instant> bounced_at;
  std::optional<Instant> accepted_at;
  std::optional<Instant> binds_at;
  std::optional<Instant> withdrawn_at;

  bool accepted() const noexcept { return accepted_at && !withdrawn_at; }
};
Result<std::optional<PolicyNotice>> find_policy_notice(ReadTransaction& tx, std::string_view principal,
                                                       Number version);
Result<void> save(WriteTransaction& tx, Save how, const PolicyNotice& notice);

// Of the first `limit` people after `after`, those to whom no notice of the version came who joined before it.
struct UntoldPeople {
  std::vector<std::string> ids;
  std::string next;  // to go on from; empty at the end
};
Result<UntoldPeople> list_untold(ReadTransaction& tx, const PolicyVersions& policies, Number version,
                                 std::string_view after, std::uint32_t limit);

// The version on which a person stands at `when`.
Result<Number> standing_of(ReadTransaction& tx, const PolicyVersions& policies, const Principal& person,
                           Instant when);

// The versions on which those stand whom a command concerns, in order, each once: the actor, where it is no one of the
// operator's, and everybody its arguments name, themselves, by their visit or by a telephone number or e-mail address to
// be sent. The settled version where that is nobody.
Result<std::vector<Number>> standings_for(ReadTransaction& tx, Vault& vault, const PolicyVersions& policies,
                                          const Actor& actor, const boost::json::object& args, Instant now);

}  // namespace connex::services
