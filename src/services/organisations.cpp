#include "services/handlers.hpp"
#include "services/recording_permits.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

boost::json::object describe(const Organisation& o) {
  return {{"id", o.id},
          {"kind", o.kind},
          {"recording_entitled", o.recording_entitled},
          {"recording_enabled", o.recording_enabled}};
}

}  // namespace

// Creates an organisation or changes its name and what its plan includes. The plan is the operator's to set.
Result<Outcome> organisation_put(Context& context, const Arguments& args) {
  const std::string_view id = args.text("id");
  CONNEX_TRY(found, find_organisation(context.read(), id));
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
  outcome.result = describe(o);
  return outcome;
}

}  // namespace connex::services
