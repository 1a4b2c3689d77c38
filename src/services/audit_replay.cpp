#include "services/audit_replay.hpp"

#include <algorithm>
#include <map>

#include "connex/gates.hpp"
#include "policy/pack.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

constexpr std::uint32_t kPage = 500;

// The packs on file, by ordinal: the digest of each, and nothing for one that is missing or not what its
// digest says.
class FiledPacks {
 public:
  explicit FiledPacks(ReadTransaction& tx) : tx_(tx) {}

  Result<std::optional<std::string>> digest(Number ordinal) {
    if (const auto known = digests_.find(ordinal); known != digests_.end()) return known->second;
    namespace t = policy_pack;
    Row row;
    const Cell key[] = {ordinal};
    CONNEX_TRY(found, tx_.get(t::kTable, key, row));
    std::optional<std::string> digest;
    if (found) {
      const auto pack = policy::load(row.bytes(t::document));
      if (pack && (*pack)->digest == row.bytes(t::digest)) digest = (*pack)->digest;
    }
    return digests_.emplace(ordinal, std::move(digest)).first->second;
  }

 private:
  ReadTransaction& tx_;
  std::map<Number, std::optional<std::string>> digests_;
};

// What does not follow; empty: all of it does.
Result<std::string_view> decide_again(const AuditEntry& entry, FiledPacks& packs) {
  const AuditContent& content = entry.content;
  CONNEX_TRY(digest, packs.digest(entry.policy));
  if (!digest) return std::string_view("the policy pack of its time is not on file");
  if (*digest != content.policy) return std::string_view("it was decided under another policy pack");
  const Gate* const gate = find_gate(content.rule);
  if (gate == nullptr) return std::string_view("there is no such rule");
  if (content.facts.size() != gate->conditions.size())
    return std::string_view("its facts are not those that the rule asks for");
  Facts facts;
  for (std::size_t i = 0; i < content.facts.size(); ++i) facts.set(i, content.facts[i]);
  const Decision decision = evaluate(*gate, facts);
  if (decision.effect != content.effect) return std::string_view("its facts decide otherwise");
  const bool carried_out = content.outcome == "done";
  if (decision.permitted() ? content.outcome == "denied" : carried_out)
    return std::string_view("what was done is not what was decided");
  return std::string_view();
}

}  // namespace

Result<Replay> replay_decisions(ReadTransaction& tx, Number first, Number last, std::uint32_t limit) {
  CONNEX_TRY(head, load_head(tx));
  Replay replay;
  FiledPacks packs(tx);
  const Number end = std::min(last, head.next() - 1) + 1;
  const Number stop = std::min<Number>(end, first + limit);
  for (Number at = first; at < stop;) {
    const Number below = std::min<Number>(at + kPage, stop);
    CONNEX_TRY(entries, list_entries(tx, at, static_cast<std::uint32_t>(below - at)));
    Number read = 0;
    for (const AuditEntry& entry : entries) {
      if (entry.seq >= below) break;
      ++read;
      if (!entry.record_class) continue;  // a deletion record: nothing was asked
      CONNEX_TRY(what, decide_again(entry, packs));
      ++replay.decided;
      if (!what.empty() && replay.differences.size() < kMaxViolations)
        replay.differences.push_back({entry.seq, std::string(what)});
    }
    replay.gone += below - at - read;
    at = below;
  }
  if (stop < end) replay.next = stop;
  return replay;
}

}  // namespace connex::services
