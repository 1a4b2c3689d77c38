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

Result<void> add_one(store::WriteTransaction& tx, std::string_view kind, std::string_view key) {
  Row row;
  const Cell at[] = {kind, key};
  CONNEX_TRY(found, tx.get(tally::kTable, at, row));
  const Cell cells[] = {kind, key, found ? row.integer(tally::count) + 1 : 1};
  return found ? tx.update(tally::kTable, cells) : tx.insert(tally::kTable, cells);
}

Result<void> count(store::WriteTransaction& tx, const Command& command, const Decision& decision) {
  if (decision.gate == &kCommandUse && decision.permitted()) return add_one(tx, "command", command.name);
  if (decision.gate == &kCommandUse) CONNEX_CHECK(add_one(tx, "use_denied", command.name));
  const std::string_view rule = decision.gate->rule;
  CONNEX_CHECK(add_one(tx, "decision", join(rule, name(decision.effect))));
  Result<void> counted;
  for_each_unmet(decision, [&](const Condition& condition, bool) {
    if (counted) counted = add_one(tx, "refusal", join(join(rule, condition.reason), condition.clause));
  });
  return counted;
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
