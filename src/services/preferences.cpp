#include "services/command_groups.hpp"
#include "services/recording_permits.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"

#include "connex/gates.hpp"

namespace connex::services {
namespace {

// Switching on is the doctor's alone; an assistant may switch off, unless of another clinic than the doctor's (X8).
FactsOf<kPreferenceSet> set_facts(const Actor& actor, const Principal& doctor, bool switches_on) {
  const bool by_doctor = actor.id == doctor.id;
  const bool elsewhere = actor.principal && actor.principal->organisation && doctor.organisation &&
                         actor.principal->organisation != doctor.organisation;
  const bool by_assistant = actor.is(Role::clinic_assistant) && !elsewhere;
  FactsOf<kPreferenceSet> facts;
  facts.set("actor_may_change_setting", by_doctor || by_assistant);
  facts.set("switched_on_by_doctor", by_doctor || !switches_on);
  return facts;
}

bool change(Setting& setting, std::optional<bool> wanted, const Context& context) {
  if (!wanted || *wanted == setting.on) return false;
  setting = {*wanted, context.actor.id, context.seq};
  return true;
}

Result<Outcome> preference_set(Context& context, const Arguments& args) {
  const std::string_view id = args.text("doctor");
  CONNEX_TRY(doctor, find_account(context.read(), id));
  if (!doctor) return not_found("principal", "doctor");
  if (doctor->role != Role::doctor) return invalid("not a doctor", "doctor");
  const std::optional<bool> virtual_visits = args.boolean("virtual_visits");
  const std::optional<bool> recording = args.boolean("recording");
  if (!virtual_visits && !recording) return invalid("neither `virtual_visits` nor `recording` is given");

  Outcome outcome =
      decide(set_facts(context.actor, *doctor, virtual_visits.value_or(false) || recording.value_or(false)));
  concern(outcome, id);
  if (!outcome.decision.permitted()) return outcome;

  CONNEX_TRY(preference, load_preference(context.read(), id));
  const bool fresh = preference.doctor.empty();
  preference.doctor = id;
  bool changed = change(preference.virtual_visits, virtual_visits, context);
  changed = change(preference.recording, recording, context) || changed;
  if (changed) {
    CONNEX_CHECK(save(context.write(), fresh ? Save::insert : Save::update, preference));
    if (!preference.virtual_visits.on) {
      CONNEX_CHECK(close_calls(context, VisitsOf::doctor, id, "C6.1-c", outcome));
    } else if (!preference.recording.on) {
      CONNEX_CHECK(stop_recordings(context, VisitsOf::doctor, id, "C2.4-h", outcome));
    }
  }
  outcome.details = details_of(preference);
  outcome.result = {{"doctor", preference.doctor},
                    {"virtual_visits", preference.virtual_visits.on},
                    {"recording", preference.recording.on}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kPreferenceSet[] = {
    {"doctor", id, true, "id of the doctor"},
    {"virtual_visits", boolean, false, "whether representatives may book video calls"},
    {"recording", boolean, false, "whether calls may be recorded if all agree"},
};
constexpr std::string_view kPreferenceSetClauses[] = {"C1-a",   "C2.4-f", "C2.4-h", "C2.4-i",
                                                      "C6.1-a", "C6.1-b", "C6.1-c", "C6.3-a"};

constexpr Command kCommands[] = {
    {"preference.set", "Switches a doctor's virtual visits or recording on or off", changes, kEverybody,
     false, kPreferenceSet, kPreferenceSetClauses, preference_set},
};

}  // namespace

std::span<const Command> preference_commands() noexcept { return kCommands; }

}  // namespace connex::services
