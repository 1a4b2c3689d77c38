#include "services/tallies.hpp"

#include "connex/gates.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

std::string join(std::string_view a, std::string_view b) { return std::string(a).append("/").append(b); }

}  // namespace

void Tallies::add(std::string_view kind, std::string_view key) {
  for (Tally& tally : fresh_)
    if (tally.kind == kind && tally.key == key) {
      ++tally.count;
      return;
    }
  fresh_.push_back({std::string(kind), std::string(key), 1});
}

void Tallies::count(const Command& command, const Decision& decision) {
  if (decision.gate == &kCommandUse && decision.permitted()) return add("command", command.name);
  if (decision.gate == &kCommandUse) add("use_denied", command.name);
  const std::string_view rule = decision.gate->rule;
  add("decision", join(rule, name(decision.effect)));
  for_each_unmet(decision, [&](const Condition& condition, bool) {
    add("refusal", join(join(rule, condition.reason), condition.clause));
  });
}

Result<void> Tallies::store(store::WriteTransaction& tx) const {
  for (const Tally& tally : fresh_) CONNEX_CHECK(add_to(tx, tally.kind, tally.key, tally.count));
  return {};
}

Result<void> add_to(store::WriteTransaction& tx, std::string_view kind, std::string_view key, std::int64_t more) {
  Row row;
  const Cell at[] = {kind, key};
  CONNEX_TRY(found, tx.get(tally::kTable, at, row));
  const Cell cells[] = {kind, key, (found ? row.integer(tally::count) : 0) + more};
  return found ? tx.update(tally::kTable, cells) : tx.insert(tally::kTable, cells);
}

Result<std::vector<Tally>> list_tallies(store::ReadTransaction& tx) {
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(tally::kTable, {.limit = store::kMaxScan}, rows));
  std::vector<Tally> tallies;
  for (const Row& row : rows)
    tallies.push_back(
        {std::string(row.bytes(tally::kind)), std::string(row.bytes(tally::key)), row.integer(tally::count)});
  return tallies;
}

}  // namespace connex::services
