#include "services/canaries.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "connex/egress.hpp"
#include "evidence/random.hpp"
#include "services/answers.hpp"
#include "services/attestations.hpp"
#include "services/dispositions.hpp"
#include "services/records.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using boost::json::array;
using store::Cell;
using store::Row;

constexpr std::int64_t kPatience = 7 * kMicrosPerDay;  // then a probe that was begun counts no more
constexpr std::string_view kNobody = "canary.nobody";   // on no list of processors

Result<void> state(Context& context, std::string_view claim, std::string_view value,
                   std::string_view evidence_ref, Instant valid_until) {
  CONNEX_TRY(last, find_host_attestation(context.read(), claim));
  const Cell cells[] = {claim,
                        Number{last ? last->number + 1 : 1},
                        value,
                        evidence_ref,
                        std::string_view(context.actor.id),
                        context.now.micros,
                        valid_until.micros};
  return context.write().insert(host_attestation::kTable, cells);
}

std::string begun_claim(std::string_view probe) { return std::string("probe:").append(probe); }

// The mark of the probe that was begun last, unless it is over.
struct Begun {
  std::string mark;
  Instant at;
};
Result<std::optional<Begun>> find_begun(Context& context, std::string_view probe) {
  CONNEX_TRY(found, find_host_attestation(context.read(), begun_claim(probe)));
  if (!found || !found->fresh(context.now) || found->denies()) return std::optional<Begun>();
  return std::optional(Begun{found->value.substr(1, found->value.size() - 2), found->attested_at});
}

std::string record_of(std::string_view mark) { return std::string(kCanary).append(mark); }

// A class of which an erasure is carried out at once: no law keeps it.
std::optional<RecordClass> erasable_class(const RetentionTable& table, Instant now) {
  for (std::size_t i = 0; i < kCountOf<RecordClass>; ++i) {
    RetentionFacts facts;
    facts.record_class = static_cast<RecordClass>(i);
    facts.collected_at = now;
    facts.trigger_at = now;
    facts.erasure_accepted_at = now;
    if (table.evaluate(facts, now).state == RetentionState::due) return facts.record_class;
  }
  return std::nullopt;
}

Result<void> keep_marked(Context& context, std::string_view mark, std::string_view locator) {
  Record record;
  record.id = record_of(mark);
  record.locator = locator;
  record.trigger_at = context.now;
  record.collected_at = record.processed_at = context.now;
  CONNEX_TRY(table, RetentionRules(context).of(record));
  const std::optional<RecordClass> chosen = erasable_class(*table, context.now);
  if (!chosen) return conflict("the law keeps records of every class now", "probe");
  record.record_class = *chosen;
  return insert_record(context, std::move(record), {});
}

// What did not go as it must.
Result<std::vector<std::string_view>> failures(Context& context, Probe probe, const Begun& begun,
                                               const Arguments& args) {
  std::vector<std::string_view> wrong;
  if (*args.boolean("found")) wrong.push_back("mark_found");
  if (probe == Probe::erasure) {
    const std::string id = record_of(begun.mark);
    const Cell equal[] = {std::string_view(id)};
    std::vector<Row> gone;
    CONNEX_CHECK(context.read().scan(
        erasure::kTable, {.index = &erasure::kByRecord, .equal = equal, .limit = 1}, gone));
    if (gone.empty()) wrong.push_back("erasure_not_confirmed");
  }
  if (probe == Probe::expired_url) {
    const Instant issued = args.instant("issued_at");
    const Instant expires = args.instant("expires_at");
    const Instant fetched = args.instant("fetched_at");
    const std::int64_t life = expires.micros - issued.micros;
    if (life <= 0 || life > context.policy.security.url_ttl_seconds * kMicrosPerSecond)
      wrong.push_back("link_lives_too_long");
    if (issued < begun.at || fetched < expires || fetched > context.now) wrong.push_back("not_fetched_after_expiry");
    if (args.integer("status") < 400) wrong.push_back("link_still_served");
  }
  return wrong;
}

}  // namespace

Result<Outcome> canary_begin(Context& context, const Arguments& args) {
  const Probe probe = *from_name<Probe>(args.text("probe"));
  if ((probe == Probe::erasure) != args.has("locator"))
    return invalid("a locator is where the marked record of an erasure lies", "locator");
  std::uint8_t secret[16];
  evidence::random_secret(secret);
  const std::string mark = evidence::to_hex(secret);
  if (probe == Probe::erasure) CONNEX_CHECK(keep_marked(context, mark, args.text("locator")));
  const Instant until{context.now.micros + kPatience};
  CONNEX_CHECK(state(context, begun_claim(name(probe)), "\"" + mark + "\"", "begun", until));
  Outcome outcome;
  outcome.object = begun_claim(name(probe));
  outcome.result = {{"probe", name(probe)},
                    {"mark", mark},
                    {"finish_before", format_instant(until, context.offset())}};
  if (probe == Probe::erasure) outcome.result["record"] = record_of(mark);
  if (probe == Probe::expired_url)
    outcome.result["longest_life_seconds"] = context.policy.security.url_ttl_seconds;
  if (probe == Probe::denied_egress) {
    const std::string_view field = "mark";
    EgressRequest request;
    request.processor = kNobody;
    request.fields = {&field, 1};
    request.purpose = name(Purpose::service_delivery);
    const EgressDecision denied = refuse_unlisted(request, context.policy);
    outcome.result["processor"] = kNobody;
    outcome.result["send"] = array{};
    outcome.result["strip"] = array{field};
    outcome.result["decision"] = to_json(denied.decision, context.policy);
  }
  return outcome;
}

Result<Outcome> canary_erase(Context& context, const Arguments&) {
  CONNEX_TRY(begun, find_begun(context, name(Probe::erasure)));
  if (!begun) return Error{ErrorCode::not_found, "no such probe that was begun", "/args"};
  CONNEX_TRY(record, find_record(context.read(), record_of(begun->mark)));
  if (!record || record->state == RecordState::ordered)
    return Error{ErrorCode::conflict, "the marked record is on its way out already", "/args"};
  Sweep done;
  CONNEX_TRY(item, accept_erasure(context, RetentionRules(context), *record, done));
  Outcome outcome;
  outcome.object = record->id;
  outcome.result = {{"record", record->id}, {"step", name(item.step)}};
  outcome.obligations.push_back({{"carry_out_disposition", "host", "C8-c"}, std::nullopt, {}});
  return outcome;
}

Result<Outcome> canary_finish(Context& context, const Arguments& args) {
  const Probe probe = *from_name<Probe>(args.text("probe"));
  CONNEX_TRY(valid_until, counts_until(context, args.instant("valid_until")));
  for (const std::string_view needed : {"issued_at", "expires_at", "fetched_at", "status"})
    if (args.has(needed) != (probe == Probe::expired_url))
      return invalid("a link that was fetched has it, and no other probe", needed);
  CONNEX_TRY(begun, find_begun(context, name(probe)));
  if (!begun) return not_found("probe that was begun", "probe");
  CONNEX_TRY(wrong, failures(context, probe, *begun, args));
  const std::string claim = std::string(kCanary).append(name(probe));
  CONNEX_CHECK(state(context, begun_claim(name(probe)), "false", "finished", context.now));
  CONNEX_CHECK(state(context, claim, wrong.empty() ? "true" : "false", args.text("evidence_ref"), valid_until));
  Outcome outcome;
  outcome.object = claim;
  array listed;
  for (const std::string_view code : wrong) listed.emplace_back(code);
  outcome.details = {{"passed", wrong.empty() ? "yes" : "no"}};
  outcome.result = {{"probe", name(probe)},
                    {"passed", wrong.empty()},
                    {"failures", std::move(listed)},
                    {"valid_until", format_instant(valid_until, context.offset())}};
  return outcome;
}

}  // namespace connex::services
