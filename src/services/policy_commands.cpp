#include <boost/json/array.hpp>

#include "connex/policy_diff.hpp"
#include "policy/pack.hpp"
#include "services/command_groups.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

// A pack on file, by its digest or, the latest of that name, by its version.
Result<std::shared_ptr<const PolicyPack>> find_pack(Context& context, const Arguments& args,
                                                    std::string_view argument) {
  namespace t = policy_pack;
  constexpr std::uint32_t kMostPacks = 1'000;
  const std::string_view wanted = args.text(argument);
  std::vector<Row> rows;
  const Cell digest[] = {wanted};
  CONNEX_CHECK(context.read().scan(t::kTable, {.index = &t::kByDigest, .equal = digest, .limit = 1}, rows));
  if (rows.empty()) {
    CONNEX_CHECK(context.read().scan(t::kTable, {.limit = kMostPacks, .descending = true}, rows));
    std::erase_if(rows, [&](const Row& row) { return row.bytes(t::version) != wanted; });
  }
  if (rows.empty()) return not_found("policy pack on file", argument);
  return policy::load(rows.front().bytes(t::document));
}

boost::json::object describe(const PolicyPack& pack) {
  return {{"version", pack.version}, {"digest", pack.digest}};
}

Result<Outcome> policy_diff(Context& context, const Arguments& args) {
  CONNEX_TRY(from, find_pack(context, args, "from"));
  CONNEX_TRY(to, find_pack(context, args, "to"));
  const std::vector<PolicyChange> changes = policy_changes(*from, *to);
  boost::json::object counts{{"tightening", 0}, {"loosening", 0}, {"wording", 0}};
  boost::json::array listed;
  for (const PolicyChange& change : changes) {
    boost::json::value& n = counts[name(change.direction)];
    n = n.get_int64() + 1;
    listed.push_back({{"direction", name(change.direction)},
                      {"clause", change.clause},
                      {"where", change.where},
                      {"what", change.what}});
  }
  Outcome outcome;
  outcome.result = {{"from", describe(*from)},
                    {"to", describe(*to)},
                    {"only_tightens", only_tightens(changes)},
                    {"counts", std::move(counts)},
                    {"changes", std::move(listed)}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kDiff[] = {
    {"from", id, true, "version or digest of a pack on file"},
    {"to", id, true, "version or digest of a pack on file"},
};
constexpr std::string_view kDiffClauses[] = {"C12-a"};

constexpr Command kCommands[] = {
    {"policy.diff", "Tells what differs between two versions of the policy, and what of it loosens", reports,
     kEverybody, false, kDiff, kDiffClauses, policy_diff},
};

}  // namespace

std::span<const Command> policy_commands() noexcept { return kCommands; }

}  // namespace connex::services
