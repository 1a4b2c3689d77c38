#include "services/stated.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <span>

#include "connex/retention.hpp"
#include "policy/pack.hpp"
#include "services/cells.hpp"
#include "services/dispositions.hpp"
#include "services/erasure_ledger.hpp"
#include "services/policy_versions.hpp"
#include "services/records.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/signing.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }
std::string on_or_off(bool value) { return value ? "on" : "off"; }

bool holds(const Details& stated, const Detail& detail) {
  return std::find(stated.begin(), stated.end(), detail) != stated.end();
}

class Comparison {
 public:
  Comparison(ReadTransaction& tx, AuditVerification& result) : tx_(tx), result_(result) {}

  // Entry `seq`, which concerned `object`, must state all of `details`. A value that was never set has no
  // entry, and must be `initial`.
  Result<void> expect(std::string_view what, Number seq, std::string_view object, const Details& details,
                      bool initial = false) {
    if (seq < 0) {
      if (!initial) report(seq, what);
      return {};
    }
    return check(what, seq, [&](const AuditContent& content) {
      return content.object == object &&
             std::all_of(details.begin(), details.end(),
                         [&](const Detail& detail) { return holds(content.details, detail); });
    });
  }

  // The same of an account, by an entry about it, or by one about others as well that says how it settled.
  Result<void> expect_standing(Number seq, const std::string& principal, const Details& details,
                               const Detail& settled) {
    return check("standing", seq, [&](const AuditContent& content) {
      if (std::ranges::find(content.subjects, principal) != content.subjects.end() &&
          holds(content.details, settled))
        return true;
      return content.object == principal && std::ranges::all_of(details, [&](const Detail& detail) {
               return holds(content.details, detail);
             });
    });
  }

 private:
  // An entry that is damaged is reported by the log itself; one that is gone states nothing any more.
  template <class States>
  Result<void> check(std::string_view what, Number seq, States states) {
    auto entry = find_entry(tx_, seq);
    if (!entry) return entry.error().code == ErrorCode::corrupt ? Result<void>() : std::move(entry).error();
    if (!*entry) return {};
    const AuditContent& content = (*entry)->content;
    // Whose name is gone from it cannot be compared; whether it may be gone is asked of the entry itself.
    if (content.outcome != "done" || (!states(content) && !content.unlinked())) report(seq, what);
    return {};
  }

  void report(Number seq, std::string_view what) {
    if (result_.violations.size() < kMaxViolations)
      result_.violations.push_back({std::max<Number>(seq, 0), std::string(what).append(" altered")});
  }

  ReadTransaction& tx_;
  AuditVerification& result_;
};

Result<void> compare(Comparison& c, const Attestation& a) {
  return c.expect("attestation", a.accepted_seq, a.visit, details_of(a));
}

Result<void> compare(Comparison& c, const Preference& p) {
  const Details details = details_of(p);
  CONNEX_CHECK(c.expect("setting", p.virtual_visits.seq, p.doctor, {details.front()}, !p.virtual_visits.on));
  return c.expect("setting", p.recording.seq, p.doctor, {details.back()}, !p.recording.on);
}

Result<void> compare(Comparison& c, const Organisation& o) {
  const Details details = details_of(o);
  CONNEX_CHECK(c.expect("plan", o.recording_entitled_seq, o.id, {details.front()}, !o.recording_entitled));
  return c.expect("setting", o.recording_enabled_seq, o.id, {details.back()}, !o.recording_enabled);
}

Result<void> compare(Comparison& c, const Principal& p) {
  return c.expect_standing(p.standing_seq, p.id, details_of(p), settled_detail(p));
}

// Hands every row of `table` to `use`, in the order of the primary key.
template <class Use>
Result<void> for_each_row(ReadTransaction& tx, const Table& table, Use use) {
  return tx.visit(table, {.limit = store::kNoLimit}, [&](store::RowView row) -> Result<bool> {
    CONNEX_CHECK(use(row));
    return true;
  });
}

// Whether the attestation that the entry tells of, if it tells of one, is still there, or went in its time.
Result<bool> is_kept(ReadTransaction& tx, Number seq, const AuditContent& content) {
  if (content.command != "visit.accept" || content.outcome != "done") return true;
  if (is_pseudonym(content.actor)) return true;  // whose it was is not known any more
  Party party{.visit = content.visit, .principal = content.actor};
  for (const Detail& detail : content.details)
    if (detail.name == "number")
      std::from_chars(detail.value.data(), detail.value.data() + detail.value.size(), party.accepted);
  CONNEX_TRY(found, find_attestation(tx, party));
  if (found) return found->accepted_seq == seq;
  const store::Cell key[] = {std::string_view(party.visit), std::string_view(party.principal),
                             party.accepted};
  return was_disposed(tx, attestation::kTable, key);
}

// Whether the version that the entry tells of, if it tells of one, is still published as it was.
bool is_published(const PolicyVersions* policies, const AuditContent& content) {
  if (content.command != "policy.publish" || content.outcome != "done") return true;
  if (policies == nullptr || content.details.size() < 2) return false;
  const PolicyVersion* version = policies->find(content.details[0].value);
  return version != nullptr && std::to_string(version->effective_at.micros) == content.details[1].value;
}

// Whether the head of the log knows this state of the published versions.
Result<bool> versions_match(ReadTransaction& tx, const AuditHead& head) {
  std::vector<store::Row> any;
  CONNEX_CHECK(tx.scan(policy_version::kTable, {.limit = 1}, any));
  if (any.empty()) return head.policies == 0;
  CONNEX_TRY(token, policies_token(tx));
  return head.policies == token;
}

// Whether entries may have gone when they did, under the versions of the policy that bound somebody then. A
// leaf tells the hour of its entry only, so the answer may be early by as much.
class RemovalRules {
 public:
  RemovalRules(ReadTransaction& tx, const PolicyVersions* policies) : tx_(tx), policies_(policies) {}

  Result<bool> allow(const Removal& removal) {
    RetentionFacts facts;
    facts.record_class = removal.record_class;
    facts.collected_at = removal.at;
    facts.trigger_at = removal.at;
    if (removal.reason == DeletionReason::erasure) {
      CONNEX_TRY(accepted, accepted_by(removal));
      if (!accepted || *accepted > removal.removed_at) return false;
      facts.erasure_accepted_at = accepted;
    }
    const auto allows = [&](const RetentionTable& table) {
      const RetentionDecision d = table.evaluate(facts, removal.removed_at);
      // Whom tokens stand for is unlinked without the entry.
      return d.state == RetentionState::due ||
             (!removal.tokens && d.unlink_at && *d.unlink_at <= removal.removed_at);
    };
    bool published = false;
    for (Number standing = 1; policies_ && standing <= policies_->latest().number; ++standing) {
      if (!decided(standing, removal)) continue;
      published = true;
      if (allows(policies_->retention(standing))) return true;
    }
    if (published) return false;
    CONNEX_CHECK(load(removal.policy));
    return table_ && allows(*table_);
  }

 private:
  // When the request that a removal names was accepted, for all of a person's data: no entry goes for a narrower one.
  // The ledger of erasures tells, to which nobody adds without the keys; of before version 7 the request itself does, as
  // long as it is kept.
  Result<std::optional<Instant>> accepted_by(const Removal& removal) {
    if (removal.request.empty()) return std::optional<Instant>();
    const auto known = accepted_.find(removal.request);
    if (known != accepted_.end()) return known->second;
    CONNEX_TRY(accepted, look_up(removal.request));
    return accepted_.emplace(removal.request, accepted).first->second;
  }

  Result<std::optional<Instant>> look_up(std::string_view request) {
    namespace l = key_erasure;
    namespace r = rights_request;
    const store::Cell line[] = {name(ErasureDeed::request), request};
    std::vector<store::Row> rows;
    CONNEX_CHECK(tx_.scan(l::kTable, {.index = &l::kByDeed, .equal = line, .limit = 1}, rows));
    if (!rows.empty()) {
      if (rows.front().bytes(l::state) != kEverything) return std::optional<Instant>();
      return std::optional(Instant{rows.front().integer(l::accepted_at)});
    }
    const store::Cell key[] = {request};
    store::Row row;
    CONNEX_TRY(filed, Vault::stored(tx_).get(r::kTable, key, row));
    if (filed) {
      const bool answered = row.bytes(r::kind) == name(Right::erasure) && row.is_null(r::clause) &&
                            (row.bytes(r::status) == name(RequestStatus::resolved) ||
                             row.bytes(r::status) == name(RequestStatus::escalated));
      return answered && !row.is_null(r::closed_at) ? std::optional(Instant{row.integer(r::closed_at)})
                                                    : std::optional<Instant>();
    }
    CONNEX_TRY(disposed, was_disposed(tx_, r::kTable, key));
    if (disposed) return std::optional(Instant{});
    // A child's account; or of before version 7 the destroyed keys that an older copy was made to forget by.
    const bool of_child = request.starts_with(kOfChild);
    if (!of_child && !request.starts_with(kByKeys)) return std::optional<Instant>();
    std::int64_t number = 0;
    const std::string_view digits = request.substr(of_child ? kOfChild.size() : kByKeys.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const store::Cell of_line[] = {number};
    CONNEX_TRY(entered, tx_.get(l::kTable, of_line, row));
    if (!entered) return std::optional<Instant>();
    if (of_child)
      return row.bytes(l::deed) == name(ErasureDeed::account) ? optional_instant(row, l::due_at) : std::optional<Instant>();
    return row.is_null(l::deed) && row.integer(l::classes) != 0 ? std::optional(Instant{row.integer(l::erased_at)})
                                                                : std::optional<Instant>();
  }

  bool decided(Number standing, const Removal& removal) const {
    const Instant hour_later{removal.removed_at.micros + kMicrosPerHour};
    return policies_->pack(standing, removal.removed_at).ordinal == removal.policy ||
           policies_->pack(standing, hour_later).ordinal == removal.policy;
  }

  // A pack from before versions were published. Leaves table_ empty where there is none.
  Result<void> load(Number policy) {
    if (policy == policy_) return {};
    policy_ = policy;
    table_.reset();
    store::Row row;
    const store::Cell key[] = {policy};
    CONNEX_TRY(found, tx_.get(policy_pack::kTable, key, row));
    if (!found) return {};
    auto pack = policy::load_filed(row.bytes(policy_pack::document));
    if (!pack || (*pack)->digest != row.bytes(policy_pack::digest)) return {};
    pack_ = std::move(*pack);
    table_.emplace(*pack_);
    return {};
  }

  ReadTransaction& tx_;
  const PolicyVersions* policies_;  // none where what is on file is damaged
  Number policy_ = -1;
  std::shared_ptr<const PolicyPack> pack_;
  std::optional<RetentionTable> table_;
  std::map<std::string, std::optional<Instant>, std::less<>> accepted_;  // by request
};

// Whose keys of which class were destroyed, and when last, and from which entries people were unlinked. The ledger of the
// transaction is read once, when it is first asked for. Keys and tokens go while it lasts, too: what it does not tell is
// asked of the key store's ledger as it is by then, which gets its line together with what goes.
class DestroyedKeys {
 public:
  explicit DestroyedKeys(ReadTransaction& tx) : tx_(tx) {}

  Result<bool> since(std::string_view principal, RecordClass record_class, Instant at) {
    return told([&] {
      const auto found = last_.find({std::string(principal), record_class});
      return found != last_.end() && at.micros <= found->second;
    });
  }

  // A person's line tells of one token for each stretch that it lists, which all entries of its class and time share; a
  // line about everybody, of as many as there were. Entries come in the order of time.
  Result<bool> unlinked(RecordClass record_class, Instant at, std::span<const NamedPerson> named) {
    const Number stretch = stretch_of(at);
    OfStretch& gone = gone_[static_cast<std::size_t>(record_class)];
    if (gone.stretch != stretch) gone = {.stretch = stretch};
    const std::size_t before = gone.tokens.size();
    for (const NamedPerson& person : named)
      if (is_unlinked(person)) gone.tokens.insert(person.token);
    if (gone.lawful && gone.tokens.size() == before) return true;
    CONNEX_TRY(lawful, told([&] {
      std::size_t people = 0;
      for (const Unlinking& line : unlinked_[static_cast<std::size_t>(record_class)]) {
        if (stretch < line.stretches.first || line.stretches.last < stretch) continue;
        if (line.everybody || ++people >= gone.tokens.size()) return true;
      }
      return false;
    }));
    gone.lawful = lawful;
    return lawful;
  }

 private:
  template <class Told>
  Result<bool> told(Told tells) {
    const auto take_in = [&](store::RowView line) -> Result<bool> {
      note(line);
      return true;
    };
    if (!read_) {
      CONNEX_CHECK(tx_.visit(key_erasure::kTable, {.limit = store::kNoLimit}, take_in));
      read_ = true;
    }
    Persons* const now = dynamic_cast<Persons*>(&tx_);
    if (!tells() && now != nullptr) CONNEX_CHECK(now->visit_forgotten(last_line_, take_in));
    return tells();
  }

  void note(store::RowView line) {
    namespace t = key_erasure;
    last_line_ = line.integer(t::number);
    for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
      if ((line.integer(t::classes) >> c & 1) == 0) continue;
      std::int64_t& last = last_[{std::string(line.bytes(t::principal)), static_cast<RecordClass>(c)}];
      last = std::max(last, line.integer(t::erased_at));
    }
    const auto unlinked = from_name<RecordClass>(line.bytes(t::object));
    if (line.bytes(t::deed) == name(ErasureDeed::unlink) && unlinked)
      for (const Stretches& listed : stretches_of(line.bytes(t::state)))
        unlinked_[static_cast<std::size_t>(*unlinked)].push_back({listed, line.bytes(t::principal).empty()});
  }

  ReadTransaction& tx_;
  bool read_ = false;
  Number last_line_ = 0;
  std::map<std::pair<std::string, RecordClass>, std::int64_t> last_;
  struct Unlinking {
    Stretches stretches;
    bool everybody = false;
  };
  struct OfStretch {
    Number stretch = -1;
    std::set<Token> tokens = {};  // that lead to nobody
    bool lawful = false;  // all of them were told of
  };
  std::array<std::vector<Unlinking>, kCountOf<RecordClass>> unlinked_;
  std::array<OfStretch, kCountOf<RecordClass>> gone_;
};

}  // namespace

Details details_of(const Attestation& a) {
  return {{"principal", a.principal},
          {"number", std::to_string(a.number)},
          {"accepted_at", std::to_string(a.accepted_at.micros)},
          {"disclosure", evidence::to_hex(a.disclosure)},
          {"version", a.disclosure_version},
          {"language", a.language},
          {"recording_offered", yes_or_no(a.recording_offered)},
          {"recording_consent", yes_or_no(a.recording_consent)},
          {"session", a.session.value_or("")}};
}

Details details_of(const Preference& p) {
  return {{"virtual_visits", on_or_off(p.virtual_visits.on)}, {"recording", on_or_off(p.recording.on)}};
}

Details details_of(const Organisation& o) {
  return {{"recording_entitled", yes_or_no(o.recording_entitled)},
          {"recording_enabled", yes_or_no(o.recording_enabled)}};
}

Details details_of(const Principal& p) {
  return {{"role", std::string(name(p.role))},
          {"organisation", p.organisation.value_or("")},
          {"status", std::string(name(p.status))}};
}

Detail settled_detail(const Principal& p) {
  return {"account", p.id + " " + std::string(name(p.status))};
}

Result<AuditVerification> verify_evidence(ReadTransaction& tx, std::optional<Anchor> anchor, std::size_t threads) {
  CONNEX_TRY(head, load_head(tx));
  PolicyLibrary library(policy::default_pack());
  auto policies = library.at(tx, head);
  if (!policies && policies.error().code != ErrorCode::corrupt) return std::move(policies).error();
  RemovalRules rules(tx, policies ? *policies : nullptr);
  DestroyedKeys keys(tx);
  const AuditChecks checks{
      .entry = [&](Number seq, const AuditContent& content) -> Result<bool> {
        if (!is_published(policies ? *policies : nullptr, content)) return false;
        CONNEX_TRY(kept, is_kept(tx, seq, content));
        CONNEX_TRY(traced, disposals_kept(tx, seq, content.details));
        return kept && traced ? signatures_kept(tx, seq, content) : Result<bool>(false);
      },
      .removal = [&](const Removal& removal) { return rules.allow(removal); },
      .destroyed = [&](std::string_view principal, RecordClass c, Instant at) { return keys.since(principal, c, at); },
      .unlinked = [&](RecordClass c, Instant at, std::span<const NamedPerson> named) { return keys.unlinked(c, at, named); },
      .anchor = anchor,
      .threads = threads};
  CONNEX_TRY(result, verify_log(tx, checks));
  CONNEX_CHECK(check_signatures(tx, result));
  CONNEX_TRY(known, versions_match(tx, head));
  if (!known) result.violations.push_back({0, "policy versions altered"});
  CONNEX_CHECK(for_each_row(tx, policy_pack::kTable, [&](store::RowView row) -> Result<void> {
    namespace t = policy_pack;
    const evidence::Hash digest = evidence::sha256(evidence::bytes_of(row.bytes(t::document)));
    if (row.bytes(t::digest) != "sha256:" + evidence::to_hex(digest))
      result.violations.push_back({0, "policy pack altered"});
    return {};
  }));
  Comparison comparison(tx, result);
  CONNEX_CHECK(for_each_row(tx, attestation::kTable, [&](store::RowView row) -> Result<void> {
    namespace t = attestation;
    CONNEX_TRY(found, find_attestation(tx, {.visit = std::string(row.bytes(t::visit)),
                                            .principal = std::string(row.bytes(t::principal)),
                                            .accepted = row.integer(t::number)}));
    return compare(comparison, *found);
  }));
  CONNEX_CHECK(for_each_row(tx, preference::kTable, [&](store::RowView row) -> Result<void> {
    CONNEX_TRY(found, load_preference(tx, row.bytes(preference::doctor)));
    return compare(comparison, found);
  }));
  CONNEX_CHECK(for_each_row(tx, organisation::kTable, [&](store::RowView row) -> Result<void> {
    CONNEX_TRY(found, find_organisation(tx, row.bytes(organisation::id)));
    return compare(comparison, *found);
  }));
  CONNEX_CHECK(for_each_row(tx, principal::kTable, [&](store::RowView row) -> Result<void> {
    CONNEX_TRY(found, find_account(tx, row.bytes(principal::id)));
    return compare(comparison, *found);
  }));
  std::stable_sort(result.violations.begin(), result.violations.end(),
                   [](const AuditViolation& a, const AuditViolation& b) { return a.seq < b.seq; });
  return result;
}

Result<void> check_keys(ReadTransaction& tx, Vault& vault, AuditVerification& result) {
  DestroyedKeys known(tx);
  RecordClasses astray;
  Result<void> read;
  CONNEX_CHECK(vault.visit_destroyed([&](std::string_view principal, RecordClass c) {
    if (!read) return;
    const auto told = known.since(principal, c, {});
    if (!told) {
      read = told.error();
    } else if (!*told) {
      astray.insert(c);
    }
  }));
  CONNEX_CHECK(std::move(read));
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    if (astray.contains(static_cast<RecordClass>(c)))
      result.violations.push_back({result.entries, "a data key was destroyed without an erasure: " +
                                                       std::string(name(static_cast<RecordClass>(c)))});
  return {};
}

}  // namespace connex::services
