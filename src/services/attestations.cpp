#include "services/attestations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "connex/clauses.hpp"
#include "connex/period.hpp"
#include "connex/posture.hpp"
#include "core/ascii.hpp"
#include "json/strict.hpp"
#include "services/arguments.hpp"
#include "services/canaries.hpp"
#include "services/command_groups.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

constexpr ClaimOf kClaims[] = {
    {"C1-b", "channels_reviewed"},     {"C1-b", "canary:denied_egress"},
    {"C5-i", "canary:expired_url"},    {"C6.3-e", "canary:erasure"},
    {"C2.1-e", "card_data_bypasses_servers"},
    {"C2.4-b", "no_automatic_egress"}, {"C2.4-g", "screen_shows_status"},
    {"C4-a", "hosting_certificate"},   {"C4-b", "tls"},
    {"C4-c", "at_rest_encryption"},    {"C4-e", "database_tls"},
    {"C4-f", "parameterised_queries"}, {"C4-g", "backups"},
    {"C5-b", kAgreement, true},        {"C5-c2", "pci_dss"},
    {"C5-h", "media_encryption"},      {"C5-i", "object_storage_encryption"},
    {"C6.2-a", "screen_shows_status"}, {"C6.3-d", "screen_shows_status"},
    {"C6.3-e", "no_automatic_egress"}, {"C6.4-c", "object_storage_encryption"},
    {"C6.5-a", "no_automatic_egress"}, {"C6.6-c", "clinical_use_forbidden"},
    {"C11-a", "region:contabo"},       {"C11-d", "recording_destination"},
    {"C11-e", "region:cloudflare_r2"}, {"C11-g", kAgreement, true},
};

// The value in the words in which it was put; 1.2 is a version too.
std::string words_of(const HostAttestation& made) {
  boost::system::error_code failed;
  const boost::json::value value = boost::json::parse(made.value, failed);
  if (const boost::json::string* text = value.if_string()) return std::string(*text);
  return value.is_double() ? fmt::format("{}", value.get_double()) : made.value;
}

// Claims whose values `security.check` reads, and what it asks of them. Of regions there is one for each host.
struct Readable {
  std::string_view claim;
  std::optional<std::string_view> SecurityPosture::* value;
  FactsOf<kSecurityCheck>::Name fact;
};
constexpr Readable kReadable[] = {
    {"tls", &SecurityPosture::tls_version, "tls_sufficient"},
    {"at_rest_encryption", &SecurityPosture::at_rest_cipher, "at_rest_encrypted"},
    {"object_storage_encryption", &SecurityPosture::at_rest_cipher, "at_rest_encrypted"},
    {"database_tls", &SecurityPosture::sslmode, "database_tls_sufficient"},
    {kRegion, &SecurityPosture::storage_country, "storage_in_country"},
};

// The claim that a direct check proves untrue. The hashes of passwords are nobody's claim: their clauses stand for it.
struct Contradicted {
  FactsOf<kSecurityCheck>::Name fact;
  std::string_view claim;
};
constexpr Contradicted kContradicted[] = {
    {"tls_sufficient", "tls"},
    {"at_rest_encrypted", "at_rest_encryption"},
    {"password_is_hashed", "C4-i"},
    {"bcrypt_cost_sufficient", "C4-h"},
    {"database_tls_sufficient", "database_tls"},
    {"backup_recent", "backups"},
    {"storage_in_country", "region:cloudflare_r2"},
    {"url_short_lived", "canary:expired_url"},
};

// Claims that speak for no clause by themselves: of the deployment, and of one processor each.
constexpr std::string_view kConditions[] = {kAiEnabled, kEndToEnd};
constexpr std::string_view kOfProcessors[] = {kAgreement, kNoTraining, kRegion};

// Names that say of a claim that it holds, alone or with a number: "ISO 27001:2022".
struct Named {
  std::string_view claim;
  std::string_view name;
};
constexpr Named kNamed[] = {
    {"pci_dss", "AoC"},       {"pci_dss", "PCI DSS"},
    {"hosting_certificate", "ISO 27001"}, {"hosting_certificate", "ISO/IEC 27001"},
    {"hosting_certificate", "SOC 2"},     {"media_encryption", "DTLS-SRTP"},
    {"media_encryption", "SRTP"},
};

bool is_named(std::string_view text, std::string_view name) noexcept {
  return text.size() >= name.size() && ascii::same(text.substr(0, name.size()), name) &&
         text.substr(name.size()).find_first_not_of("0123456789.:- ") == std::string_view::npos;
}

constexpr std::string_view kUnclear = "unclear";
constexpr std::string_view kProbe = "probe:";

std::string_view kind_of(std::string_view claim) noexcept { return claim.substr(0, claim.find(':')); }

HostAttestation read(const Row& row) {
  namespace t = host_attestation;
  return {std::string(row.bytes(t::claim)),       row.integer(t::number),
          std::string(row.bytes(t::value)),       std::string(row.bytes(t::evidence_ref)),
          std::string(row.bytes(t::attested_by)), {row.integer(t::attested_at)},
          {row.integer(t::valid_until)}};
}

// Whether a statement of one claim is a statement of the other: the same, of one processor, or of a clause.
bool speaks_for(const HostAttestation& made, std::string_view claim) noexcept {
  return claim == kind_of(made.claim) || std::ranges::any_of(kClaims, [&](const ClaimOf& row) {
           return row.clause == made.claim && kind_of(row.claim) == claim;
         });
}

constexpr std::string_view kWanted =
    "true or false; of tls a version, of ciphers and sslmode their names, of a region its country";

boost::json::object describe(const HostAttestation& a, const PolicyPack& policy, Instant now, UtcOffset offset) {
  boost::json::array clauses;
  for (const std::string_view clause : clauses_of(a.claim)) clauses.emplace_back(clause);
  const ClaimStanding standing = standing_of(a, policy, now);
  boost::json::object out{{"claim", a.claim},
                          {"attested_at", format_instant(a.attested_at, offset)},
                          {"valid_until", nullptr},
                          {"fresh", standing.counts()},
                          {"standing", standing.counts() ? "fresh" : standing.why},
                          {"clauses", std::move(clauses)}};
  if (a.valid_until < kLatestMoment) out["valid_until"] = format_instant(a.valid_until, offset);
  if (standing.why == kUnclear) out["wanted"] = kWanted;
  return out;
}

Result<void> save(Context& context, const HostAttestation& made) {
  const Cell cells[] = {std::string_view(made.claim),
                        made.number,
                        std::string_view(made.value),
                        std::string_view(made.evidence_ref),
                        std::string_view(made.attested_by),
                        made.attested_at.micros,
                        made.valid_until.micros};
  return context.write().insert(host_attestation::kTable, cells);
}

Result<Outcome> attestation_put(Context& context, const Arguments& args) {
  const std::string_view claim = args.text("claim");
  CONNEX_TRY(valid_until, counts_until(context, args.instant("valid_until")));
  for (const std::string_view told : {kCanary, kProbe})
    if (claim.starts_with(told)) return invalid("only a canary makes this claim", "claim");
  if (!is_claim(claim, context.policy)) return invalid("no such claim, and no such clause", "claim");
  CONNEX_TRY(last, find_host_attestation(context.read(), claim));
  const HostAttestation made{.claim = std::string(claim),
                             .number = last ? last->number + 1 : 1,
                             .value = boost::json::serialize(*args.value("value")),
                             .evidence_ref = std::string(args.text("evidence_ref")),
                             .attested_by = context.actor.id,
                             .attested_at = context.now,
                             .valid_until = valid_until};
  CONNEX_CHECK(save(context, made));
  Outcome outcome;
  outcome.object = made.claim;
  outcome.result = describe(made, context.policy, context.now, context.offset());
  return outcome;
}

// Claims in their order, of each the latest statement.
Result<Outcome> attestation_list(Context& context, const Arguments& args) {
  namespace t = host_attestation;
  const std::size_t limit = args.has("limit") ? static_cast<std::size_t>(args.integer("limit")) : 100;
  boost::json::array listed;
  std::string after(args.text("after"));
  bool more = true;
  while (more && listed.size() < limit) {
    // The claim that follows, then its latest statement: statements of the past cost nothing.
    std::vector<Row> rows;
    const Cell position[] = {std::string_view(after), kMaxNumber};
    store::Range next{.limit = 1};
    if (!after.empty()) next.after = position;
    CONNEX_CHECK(context.read().scan(t::kTable, next, rows));
    more = !rows.empty();
    if (!more) break;
    after = rows.front().bytes(t::claim);
    CONNEX_TRY(latest, find_host_attestation(context.read(), after));
    const bool mark = after.starts_with(kProbe);  // of a probe that was begun, which states nothing
    if (latest && !mark) listed.push_back(describe(*latest, context.policy, context.now, context.offset()));
  }
  Outcome outcome;
  outcome.result = {{"attestations", std::move(listed)}};
  if (more) outcome.result["next"] = after;
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kPut[] = {
    {"claim", id, true, "what is attested: a clause, or a claim such as `tls` or `agreement:razorpay`; any other is refused"},
    {"value", scalar, true,
     "whether it holds: true or false; or what is true of it, where that can be read: a version, cipher, sslmode or "
     "country, of which one that falls short is false, or \"AoC 7\", \"ISO 27001\", \"DTLS-SRTP\"; anything else counts for nothing"},
    {"evidence_ref", line, true, "where the evidence is", kMaxLocator},
    {"valid_until", instant, true,
     "from when on it no longer counts, at the latest once the policy no longer keeps audit entries of now"},
};
constexpr std::string_view kPutClauses[] = {"C4-a", "C5-b", "C5-c2"};
constexpr Argument kList[] = {
    {"after", id, false, "the last claim of the page before"},
    how_many("limit", "at most how many; 100 when not given", 1'000),
};

constexpr Argument kBegin[] = {
    {"probe", choice, true, "what is tried out", 0, Names<Probe>::list},
    {"locator", line, false, "of an erasure: where the host writes the marked record", kMaxLocator},
};
constexpr Argument kFinish[] = {
    {"probe", choice, true, "what was tried out", 0, Names<Probe>::list},
    {"found", boolean, true, "whether the mark could still be had: found, fetched or received"},
    {"evidence_ref", line, true, "where the evidence is", kMaxLocator},
    {"valid_until", instant, true,
     "from when on the result no longer counts, at the latest once the policy no longer keeps audit entries of now"},
    {"issued_at", instant, false, "of an expired link: when it was made"},
    {"expires_at", instant, false, "when it expired"},
    {"fetched_at", instant, false, "when it was fetched"},
    {"status", integer, false, "the HTTP status of the answer", 999},
};
constexpr std::string_view kCanaryClauses[] = {"C5-i", "C8-c", "C5-a"};

constexpr Command kCommands[] = {
    {"attestation.put", "The host attests something about itself", changes, kAuditors, false, kPut,
     kPutClauses, attestation_put},
    {"attestation.list",
     "Lists what the host attests, and whether it still counts",
     reports,
     kAuditors,
     false,
     kList,
     {},
     attestation_list},
    {"canary.begin", "Makes a mark with which the host tries itself out", changes, kAuditors, false, kBegin,
     kCanaryClauses, canary_begin},
    {"canary.erase",
     "Has the marked record erased, once it is written",
     changes,
     kAuditors,
     false,
     {},
     kCanaryClauses,
     canary_erase},
    {"canary.finish", "Records what came of it, as evidence of the posture", changes, kAuditors, false, kFinish,
     kCanaryClauses, canary_finish},
};

}  // namespace

Result<Instant> counts_until(const Context& context, Instant stated) {
  if (stated <= context.now) return invalid("it would be out of date already", "valid_until");
  const RetentionRule& kept = context.policy.rule(RecordClass::audit);
  return std::min(stated, over_at(context.now, kept.period, kept.rounding, context.offset()).value_or(stated));
}

Result<std::optional<HostAttestation>> find_host_attestation(ReadTransaction& tx, std::string_view claim,
                                                             Instant at) {
  const Cell equal[] = {claim};
  Cell position[] = {{}};
  store::Range range{.equal = equal, .limit = 1, .descending = true};
  for (;;) {
    std::vector<Row> rows;
    CONNEX_CHECK(tx.scan(host_attestation::kTable, range, rows));
    if (rows.empty()) return std::optional<HostAttestation>();
    HostAttestation made = read(rows.front());
    if (made.attested_at <= at) return std::optional(std::move(made));
    position[0] = made.number;
    range.after = position;
  }
}

bool HostAttestation::denies() const noexcept {
  constexpr std::string_view kDenials[] = {
      "false",         "null",         "0",           "\"0\"",         "\"false\"",   "\"no\"",      "\"none\"",
      "\"off\"",       "\"never\"",    "\"disabled\"", "\"expired\"",   "\"lapsed\"",  "\"revoked\"", "\"withdrawn\"",
      "\"terminated\"", "\"missing\"", "\"pending\"",  "\"failed\"",    "\"unknown\"", "\"unencrypted\"",
      "\"plaintext\""};
  return std::ranges::any_of(kDenials, [&](std::string_view denial) { return ascii::same(value, denial); });
}

Fact HostAttestation::says() const noexcept {
  constexpr std::string_view kAffirmations[] = {"true",   "yes",      "on",        "enabled",   "active",   "valid",
                                                "signed", "executed", "certified", "compliant", "in_force", "in force"};
  if (denies()) return Fact::no;
  std::string_view words = value;
  if (words.size() >= 2 && words.front() == '"') words = words.substr(1, words.size() - 2);
  const bool holds =
      std::ranges::any_of(kAffirmations, [&](std::string_view word) { return ascii::same(words, word); }) ||
      std::ranges::any_of(kNamed, [&](const Named& row) { return speaks_for(*this, row.claim) && is_named(words, row.name); });
  return holds ? Fact::yes : Fact::unknown;
}

Fact judge(const HostAttestation& made, const PolicyPack& policy) {
  const Fact said = made.says();
  if (said == Fact::no || (said == Fact::yes && kind_of(made.claim) != kRegion)) return said;
  for (const Readable& row : kReadable) {
    if (!speaks_for(made, row.claim)) continue;
    if (said == Fact::yes) return Fact::unknown;  // in which country?
    const std::string words = words_of(made);
    SecurityPosture posture;
    posture.*row.value = words;
    return posture_facts(policy.security, posture, {})[row.fact.index];
  }
  return said;
}

ClaimStanding standing_of(const std::optional<HostAttestation>& made, const PolicyPack& policy, Instant now) {
  if (!made) return {};
  switch (judge(*made, policy)) {
    case Fact::no:
      return {Fact::no, "untrue"};
    case Fact::unknown:
      return {Fact::unknown, kUnclear};
    case Fact::yes:
      break;
  }
  return made->fresh(now) ? ClaimStanding{Fact::yes, {}} : ClaimStanding{Fact::unknown, "stale"};
}

bool is_claim(std::string_view claim, const PolicyPack& policy) noexcept {
  const auto about_one = [&](std::string_view kind) {
    return claim.size() > kind.size() + 1 && claim.starts_with(kind) && claim[kind.size()] == ':';
  };
  return find_clause(claim) != nullptr || std::ranges::find(kConditions, claim) != std::end(kConditions) ||
         std::ranges::any_of(kOfProcessors, about_one) ||
         std::ranges::any_of(kClaims,
                             [&](const ClaimOf& row) { return !row.of_processors && row.claim == claim; }) ||
         std::ranges::any_of(policy.dependencies, [&](const Dependency& row) {
           return std::ranges::find(row.claims, claim) != row.claims.end();
         });
}

Result<void> contradict(Context& context, const FactsOf<kSecurityCheck>& found) {
  for (const Contradicted& row : kContradicted) {
    const bool untrue = found[row.fact.index] == Fact::no;
    const bool right_again = found[row.fact.index] == Fact::yes && find_clause(row.claim) != nullptr;
    if (!untrue && !right_again) continue;
    CONNEX_TRY(last, find_host_attestation(context.read(), row.claim));
    if (right_again ? !last || !last->denies() : last && last->denies()) continue;
    CONNEX_CHECK(save(context, {.claim = std::string(row.claim),
                                .number = last ? last->number + 1 : 1,
                                .value = untrue ? "false" : "true",
                                .evidence_ref = "security.check",
                                .attested_by = context.actor.id,
                                .attested_at = context.now,
                                .valid_until = kLatestMoment}));
  }
  return {};
}

Result<Fact> attested(ReadTransaction& tx, const PolicyPack& policy, std::string_view claim, Instant now) {
  CONNEX_TRY(found, find_host_attestation(tx, claim, now));
  return standing_of(found, policy, now).holds;
}

std::string claim_about(std::string_view claim, std::string_view processor) {
  return std::string(claim).append(":").append(processor);
}

std::span<const ClaimOf> claims() noexcept { return kClaims; }

std::vector<std::string_view> clauses_of(std::string_view claim) {
  std::vector<std::string_view> clauses;
  if (const Clause* named = find_clause(claim)) clauses.push_back(named->id);
  for (const ClaimOf& row : kClaims) {
    const bool about_one =
        row.of_processors && claim.starts_with(row.claim) && claim.substr(row.claim.size()).starts_with(':');
    if (row.claim == claim || about_one) clauses.push_back(row.clause);
  }
  return clauses;
}

std::span<const Command> attestation_commands() noexcept { return kCommands; }

}  // namespace connex::services
