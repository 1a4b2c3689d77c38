#include "services/dependencies.hpp"

#include <algorithm>
#include <optional>

#include "services/attestations.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

Result<ClaimStanding> standing_of(ReadTransaction& tx, const PolicyPack& policy, Instant now, std::string_view claim,
                                  Asked asked) {
  CONNEX_TRY(made, find_host_attestation(tx, claim, now));
  if (!made && asked == Asked::once_stated) return ClaimStanding{Fact::yes, {}};
  return services::standing_of(made, policy, now);
}

bool bears_on(const Dependency& row, std::string_view processor,
              std::span<const std::string_view> fields) noexcept {
  return row.bears_on(processor) &&
         (row.fields.empty() || std::any_of(fields.begin(), fields.end(), [&](std::string_view field) {
            return row.bears_on_field(field);
          }));
}

// Untrue outweighs unknown.
Fact both(Fact a, Fact b) noexcept {
  if (a == Fact::no || b == Fact::no) return Fact::no;
  return a == Fact::yes && b == Fact::yes ? Fact::yes : Fact::unknown;
}

Result<void> add(ReadTransaction& tx, const PolicyPack& policy, Instant now, const Dependency& row,
                 Dependence& found) {
  const auto index = static_cast<std::size_t>(row.safeguard);
  Facts& facts = found.facts;
  for (const std::string& claim : row.claims) {
    CONNEX_TRY(standing, standing_of(tx, policy, now, claim, row.asked));
    facts.set(index, both(facts[index], standing.holds));
    if (standing.counts()) continue;
    const auto told = [&](const boost::json::value& entry) {
      return std::string_view(entry.at("claim").as_string()) == claim;
    };
    if (std::none_of(found.lacking.begin(), found.lacking.end(), told))
      found.lacking.push_back({{"claim", claim},
                               {"clause", kPostureMeet.conditions[index].clause},
                               {"standing", standing.why}});
  }
  return {};
}

}  // namespace

FactsOf<kPostureMeet> independent() noexcept {
  FactsOf<kPostureMeet> facts;
  for (std::size_t i = 0; i < kPostureMeet.conditions.size(); ++i) static_cast<Facts&>(facts).set(i, Fact::yes);
  return facts;
}

FactsOf<kPostureMeet> unstated(const PolicyPack& policy, std::string_view processor,
                               std::span<const std::string_view> fields) noexcept {
  FactsOf<kPostureMeet> facts = independent();
  for (const Dependency& row : policy.dependencies)
    if (row.asked == Asked::always && bears_on(row, processor, fields))
      static_cast<Facts&>(facts).set(static_cast<std::size_t>(row.safeguard), Fact::unknown);
  return facts;
}

Result<Dependence> dependence_of(ReadTransaction& tx, const PolicyPack& policy, Instant now,
                                 std::string_view processor, std::span<const std::string_view> fields) {
  Dependence found{independent(), {}};
  for (const Dependency& row : policy.dependencies)
    if (bears_on(row, processor, fields)) CONNEX_CHECK(add(tx, policy, now, row, found));
  return found;
}

Result<Dependence> dependence_of(ReadTransaction& tx, const PolicyPack& policy, Instant now,
                                 const Command& command) {
  Dependence found{independent(), {}};
  for (const Dependency& row : policy.dependencies)
    if (row.bears_on_command(command.name)) CONNEX_CHECK(add(tx, policy, now, row, found));
  return found;
}

}  // namespace connex::services
