#include "services/audit_replay.hpp"

#include <algorithm>

#include "connex/gates.hpp"
#include "policy/pack.hpp"
#include "services/again.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

// What does not follow; empty: all of it does.
std::string_view does_not_follow(const AuditEntry& entry, const Rules* was) {
  const AuditContent& content = entry.content;
  if (was == nullptr) return "the policy pack of its time is not on file";
  if (was->pack->digest != content.policy) return "it was decided under another policy pack";
  const Gate* const gate = find_gate(content.rule);
  if (gate == nullptr) return "there is no such rule";
  if (content.facts.size() != gate->conditions.size())
    return "its facts are not those that the rule asks for";
  const Decision decision = evaluate(*gate, recorded_facts(content));
  if (decision.effect != content.effect) return "its facts decide otherwise";
  const bool carried_out = content.outcome == "done";
  if (decision.permitted() ? content.outcome == "denied" : carried_out)
    return "what was done is not what was decided";
  return {};
}

Result<void> decide_under(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& other, Replay& replay) {
  const Day day = day_of(entry.at, other.pack->offset);
  other.at = entry.at;
  CONNEX_TRY(made, decided_again(tx, entry, was, other, day, entry.at));
  if (!made) {
    ++replay.not_told;
    return {};
  }
  const Decision then = made->decision();
  const bool permitted = entry.content.effect == Effect::permit;
  if (then.permitted() == permitted) return {};
  ++(permitted ? replay.to_denied : replay.to_permitted);
  if (replay.flips.size() < kMaxViolations)
    replay.flips.push_back({entry.seq, gate_of(entry)->rule, entry.content.effect, then.effect});
  return {};
}

}  // namespace

Result<Replay> replay_decisions(ReadTransaction& tx, Number first, Number last, std::uint32_t limit,
                                std::shared_ptr<const PolicyPack> other, const PolicyVersions* versions) {
  CONNEX_TRY(head, load_head(tx));
  Replay replay;
  FiledPacks packs(tx, versions);
  std::optional<Rules> under;
  if (other) under.emplace(std::move(other), versions, Instant{});
  const Number end = std::min(last, head.next() - 1) + 1;
  const Number stop = std::min<Number>(end, first + limit);
  Number read = 0;
  const auto decide = [&](const AuditEntry& entry) -> Result<bool> {
    if (entry.seq >= stop) return false;
    if (entry.reading == Reading::destroyed) return true;
    ++read;
    if (entry.reading == Reading::damaged) {
      if (replay.damaged.size() < kMaxViolations) replay.damaged.push_back(entry.seq);
      return true;
    }
    if (!entry.record_class) return true;  // a deletion record: nothing was asked
    CONNEX_TRY(was, packs.find(entry.policy, entry.at));
    const std::string_view what = does_not_follow(entry, was);
    ++replay.decided;
    if (what.empty() && under) CONNEX_CHECK(decide_under(tx, entry, *was, *under, replay));
    if (!what.empty() && replay.differences.size() < kMaxViolations)
      replay.differences.push_back({entry.seq, std::string(what)});
    return true;
  };
  if (first < stop) {
    CONNEX_CHECK(visit_entries(tx, first, limit, decide));
    replay.gone = stop - first - read;
  }
  if (stop < end) replay.next = stop;
  return replay;
}

Result<std::shared_ptr<const PolicyPack>> find_filed_pack(ReadTransaction& tx, Number ordinal) {
  namespace t = policy_pack;
  Row row;
  const Cell key[] = {ordinal};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  if (!found) return std::shared_ptr<const PolicyPack>();
  auto pack = policy::load_filed(row.bytes(t::document));
  if (!pack || (*pack)->digest != row.bytes(t::digest)) return std::shared_ptr<const PolicyPack>();
  return std::move(*pack);
}

}  // namespace connex::services
