#include "services/posture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "connex/aggregation.hpp"
#include "connex/posture.hpp"
#include "services/answers.hpp"
#include "services/attestations.hpp"
#include "services/command_groups.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using Object = boost::json::object;
using enum ArgumentType;
using enum CommandKind;

constexpr std::array kPosture{
    Argument{"tls_version", line, false, "lowest version of TLS that devices may use", 32},
    Argument{"at_rest_cipher", line, false, "cipher of the data at rest", 64},
    Argument{"at_rest_key_bits", integer, false, "length of its key", 65'536},
    Argument{"password_hash", line, false, "a password's hash, or its prefix with the cost", 256},
    Argument{"sslmode", line, false, "of the database connection", 32},
    Argument{"last_backup_at", instant, false, "when the last backup was made"},
    Argument{"bucket_region", line, false, "country of the bucket, ISO 3166-1 alpha-2", 64},
    Argument{"url_ttl_seconds", integer, false, "how long signed links live", kMaxNumber},
};
constexpr std::array kNow{
    Argument{"now", instant, false, "when to decide; the age of the backup depends on it"}};
constexpr std::array kPureArguments = join(kPosture, kNow);

SecurityPosture read(const Arguments& args) {
  const auto text = [&](std::string_view name) {
    return args.has(name) ? std::optional(args.text(name)) : std::nullopt;
  };
  const auto number = [&](std::string_view name) {
    return args.has(name) ? std::optional(args.integer(name)) : std::nullopt;
  };
  SecurityPosture posture;
  posture.tls_version = text("tls_version");
  posture.at_rest_cipher = text("at_rest_cipher");
  posture.at_rest_key_bits = number("at_rest_key_bits");
  posture.password_hash = text("password_hash");
  posture.sslmode = text("sslmode");
  if (args.has("last_backup_at")) posture.last_backup_at = args.instant("last_backup_at");
  posture.storage_country = text("bucket_region");
  posture.url_ttl_seconds = number("url_ttl_seconds");
  return posture;
}

// What falls short, with the minimum that the pack sets.
array findings(const Decision& decision, const SecurityRules& minima) {
  const Object expected{
      {"tls_sufficient", minima.tls_minimum},         {"at_rest_encrypted", minima.at_rest_cipher},
      {"password_is_hashed", minima.password_hash},   {"bcrypt_cost_sufficient", minima.bcrypt_cost},
      {"database_tls_sufficient", minima.sslmode},    {"backup_recent", minima.backup_max_age_hours},
      {"storage_in_country", minima.storage_country}, {"url_short_lived", minima.url_ttl_seconds}};
  array out;
  for_each_unmet(decision, [&](const Condition& condition, bool unknown) {
    if (unknown) return;
    out.push_back({{"code", condition.reason},
                   {"clause", condition.clause},
                   {"check", condition.fact},
                   {"minimum", expected.at(condition.fact)},
                   {"text", condition.text}});
  });
  return out;
}

Result<Outcome> security_check(Context& context, const Arguments& args) {
  const Arguments posture(*args.object("posture"));
  const auto facts = posture_facts(context.policy.security, read(posture), context.now);
  Outcome outcome = decide(facts);
  outcome.result = {{"findings", findings(outcome.decision, context.policy.security)}};
  CONNEX_CHECK(contradict(context, facts));
  return outcome;
}

Result<Outcome> aggregate_check(Context& context, const Arguments& args) {
  return check_counts(context, args, Told::the_rest);
}

constexpr Argument kSecurity[] = {
    {"posture", object, true, "what the host sees of itself", 0, {}, kPosture},
};
constexpr Argument kAggregate[] = {
    {"counts", object, true, "people in each cell, row by row: {\"cells\": [...]}"},
    how_many("columns", "cells in a row", 4'096, true),
};
constexpr std::string_view kSecurityClauses[] = {"C4-b", "C4-c", "C4-e", "C4-g", "C4-h", "C4-i"};
constexpr std::string_view kAggregateClauses[] = {"C3-c", "C9-i"};

constexpr Command kCommands[] = {
    {"security.check",
     "Holds what the host sees of itself against the policy's minima; what falls short is untrue until attested anew",
     changes, kAuditors, false, kSecurity, kSecurityClauses, security_check},
    {"aggregate.check", "Hides what in a table of counts tells of too few people", discloses, kAuditors,
     false, kAggregate, kAggregateClauses, aggregate_check},
};

}  // namespace

std::span<const Argument> posture_arguments() noexcept { return kPureArguments; }

Result<Object> decide_posture(Object given, const PolicyPack& policy) {
  drop_nulls(given);
  CONNEX_CHECK(validate(given, kPureArguments, ""));
  const Arguments args(given);
  SecurityPosture posture = read(args);
  if (!args.has("now")) posture.last_backup_at.reset();
  const Decision decision = evaluate(posture_facts(policy.security, posture, args.instant("now")));
  Object out = to_json(decision, policy);
  out["findings"] = findings(decision, policy.security);
  return out;
}

Result<Outcome> check_counts(Context& context, const Arguments& args, Told told) {
  std::vector<std::int64_t> counts;
  const Object& given = *args.object("counts");
  const boost::json::value* cells = given.if_contains("cells");
  if (given.size() != 1 || cells == nullptr || !cells->is_array())
    return invalid("a list of counts is expected", "counts/cells");
  for (const boost::json::value& cell : cells->get_array()) {
    if (!cell.is_int64() || cell.get_int64() < 0 || counts.size() == kMaxCells)
      return invalid("at most 4096 counts, none of them negative, are expected",
                     fmt::format("counts/cells/{}", counts.size()));
    counts.push_back(cell.get_int64());
  }
  const auto columns = static_cast<std::size_t>(args.integer("columns"));
  if (counts.empty() || counts.size() % columns != 0)
    return invalid("the counts do not fill their rows", "columns");
  const SuppressedTable table = suppress_small_cells(counts, columns, context.policy.aggregation_k);
  FactsOf<kAggregateCheck> facts;
  const auto hidden = std::count(table.hidden.begin(), table.hidden.end(), true);
  const std::size_t most = told == Told::as_it_is ? 0 : counts.size() - 1;
  facts.set("cells_large_enough", table.passes && static_cast<std::size_t>(hidden) <= most);
  Outcome outcome = decide(facts);
  array shown;
  for (std::size_t i = 0; i < counts.size(); ++i)
    shown.push_back(table.hidden[i] ? boost::json::value(nullptr) : boost::json::value(counts[i]));
  outcome.result = {{"k", context.policy.aggregation_k},
                    {"cells", std::move(shown)},
                    {"small", table.small},
                    {"complement", table.complement}};
  return outcome;
}

std::span<const Command> posture_commands() noexcept { return kCommands; }

}  // namespace connex::services
