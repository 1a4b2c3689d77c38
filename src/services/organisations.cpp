#include "services/command_groups.hpp"
#include "services/recording_permits.hpp"
#include "services/stated.hpp"
#include "services/redaction.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

boost::json::object describe(const Organisation& o) {
  return {{"id", o.id},
          {"kind", o.kind},
          {"recording_entitled", o.recording_entitled},
          {"recording_enabled", o.recording_enabled}};
}

// Creates an organisation or changes its name and what its plan includes. The plan is the operator's to set.
Result<Outcome> organisation_put(Context& context, const Arguments& args) {
  const std::string_view id = args.text("id");
  CONNEX_TRY(found, find_organisation(context.read(), id));
  if (!found) CONNEX_CHECK(check_id({}, id, "id"));
  Outcome outcome;
  outcome.object = id;
  if (found && found->kind != args.text("kind"))
    return conflict("an organisation of this id and another kind exists", "kind");

  Organisation o = found ? *found : Organisation{};
  o.id = id;
  o.kind = args.text("kind");
  o.name = args.text("name");
  const bool entitled = args.boolean("recording_entitled").value_or(o.recording_entitled);
  const bool withdrawn = o.recording_entitled && !entitled;
  if (entitled != o.recording_entitled) {
    o.recording_entitled = entitled;
    o.recording_entitled_seq = context.seq;
  }
  CONNEX_CHECK(save(context.write(), found ? Save::update : Save::insert, o));
  if (withdrawn) CONNEX_CHECK(stop_recordings(context, VisitsOf::company, id, "C6.3-b", outcome));
  outcome.details = details_of(o);
  outcome.result = describe(o);
  return outcome;
}

// The company's own choice to allow recording, beside what its plan includes (X3).
Result<Outcome> organisation_set_recording(Context& context, const Arguments& args) {
  const std::string_view id = args.text("id");
  CONNEX_TRY(found, find_organisation(context.read(), id));
  if (!found) return not_found("organisation", "id");
  if (context.actor.principal && context.actor.principal->organisation != found->id) return outside_scope();
  Organisation& o = *found;
  if (o.kind != "pharma_company") return invalid("only a pharma company has this setting", "id");

  Outcome outcome;
  outcome.object = id;
  const bool enabled = *args.boolean("enabled");
  if (enabled != o.recording_enabled) {
    o.recording_enabled = enabled;
    o.recording_enabled_seq = context.seq;
    CONNEX_CHECK(save(context.write(), Save::update, o));
    if (!enabled) CONNEX_CHECK(stop_recordings(context, VisitsOf::company, id, "C6.3-b", outcome));
  }
  outcome.details = details_of(o);
  outcome.result = describe(o);
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr std::string_view kOrganisationKinds[] = {"pharma_company", "hospital", "clinic"};
constexpr Argument kOrganisationPut[] = {
    {"id", id, true, "id of the organisation"},
    {"kind", choice, true, "what it is", 0, kOrganisationKinds},
    {"name", line, true, "its name", kMaxName},
    {"recording_entitled", boolean, false, "whether its plan includes recording"},
};
constexpr std::string_view kOrganisationPutClauses[] = {"C2.1-d", "C6.3-b"};
constexpr Argument kOrganisationSetRecording[] = {
    {"id", id, true, "id of the company"},
    {"enabled", boolean, true, "whether the company allows recording"},
};
constexpr std::string_view kOrganisationSetRecordingClauses[] = {"C6.3-b"};

constexpr Command kCommands[] = {
    {"organisation.put", "Registers an organisation, or changes its name and plan", changes, kOperator, false,
     kOrganisationPut, kOrganisationPutClauses, organisation_put},
    {"organisation.set_recording",
     "A company allows recording of its representatives' visits, or stops doing so", changes,
     actors({Role::pharma_administrator}), false, kOrganisationSetRecording, kOrganisationSetRecordingClauses,
     organisation_set_recording},
};

}  // namespace

std::span<const Command> organisation_commands() noexcept { return kCommands; }

}  // namespace connex::services
