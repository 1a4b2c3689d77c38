// The one table of commands. The C interface, the tools, the bindings and the reference are driven by it.
#include <algorithm>

#include "connex/gates.hpp"
#include "services/command.hpp"
#include "services/handlers.hpp"

namespace connex::services {
namespace {

using enum ArgumentType;
using enum CommandKind;
using Clauses = std::string_view;

constexpr std::int64_t kMaxName = 200;
constexpr std::int64_t kMaxAddress = 500;
constexpr std::int64_t kMaxLocator = 1024;
constexpr std::int64_t kMaxFileSize = std::int64_t{1} << 50;
constexpr std::int64_t kMaxNumber = std::int64_t{1} << 53;

constexpr std::string_view kOrganisationKinds[] = {"pharma_company", "hospital", "clinic"};
constexpr std::string_view kSources[] = {"self", "organisation"};

constexpr Actors kOperator = kSystem | actors({Role::staff});
constexpr Actors kParties = kSystem | actors({Role::doctor, Role::medical_representative});
constexpr Actors kAdministrators =
    kOperator | actors({Role::hospital_administrator, Role::pharma_administrator});

constexpr Actors kAuditors = kOperator | actors({Role::data_protection_officer});

constexpr Argument kOrganisationPut[] = {
    {"id", id, true, "id of the organisation"},
    {"kind", choice, true, "what it is", 0, kOrganisationKinds},
    {"name", line, true, "its name", kMaxName},
    {"recording_entitled", boolean, false, "whether its plan includes recording"},
};
constexpr Clauses kOrganisationPutClauses[] = {"C2.1-d", "C6.3-b"};

constexpr Argument kOrganisationSetRecording[] = {
    {"id", id, true, "id of the company"},
    {"enabled", boolean, true, "whether the company allows recording"},
};
constexpr Clauses kOrganisationSetRecordingClauses[] = {"C6.3-b"};

constexpr Argument kPrincipalRegister[] = {
    {"id", id, true, "id of the person"},
    {"role", choice, true, "role on the platform", 0, Names<Role>::list},
    {"organisation", id, false, "id of the organisation the person belongs to"},
    {"name", line, true, "full name", kMaxName},
    {"email", email, false, "e-mail address"},
    {"phone", phone, false, "telephone number"},
    {"address", text, false, "street address", kMaxAddress},
    {"city", line, false, "city", kMaxName},
    {"speciality", line, false, "medical speciality", kMaxName},
    {"facility", line, false, "hospital or clinic", kMaxName},
    {"registration_number", line, false, "number in the medical register", 64},
    {"birth_date", day, false, "date of birth"},
    {"adult_attested", boolean, false, "whether the person is attested to be of age"},
    {"source", choice, false, "who gave the details", 0, kSources},
};
constexpr Clauses kPrincipalRegisterClauses[] = {"C1-f", "C2.1-a", "C2.1-b", "C2.3-a", "C6.1-a", "C10-b"};

constexpr Argument kPrincipalView[] = {
    {"subject", id, true, "id of the person to look at"},
    {"purpose", choice, false, "what for; staff see nothing of others without one", 0, Names<Purpose>::list},
};
constexpr Clauses kPrincipalViewClauses[] = {"C1-b", "C1-c", "C4-d"};

constexpr Argument kPrincipalUpdate[] = {
    {"id", id, true, "id of the person"},
    {"organisation", id, false, "id of the organisation the person now belongs to"},
    {"name", line, false, "full name", kMaxName},
    {"email", email, false, "e-mail address"},
    {"phone", phone, false, "telephone number"},
    {"address", text, false, "street address", kMaxAddress},
    {"city", line, false, "city", kMaxName},
    {"speciality", line, false, "medical speciality", kMaxName},
    {"facility", line, false, "hospital or clinic", kMaxName},
    {"registration_number", line, false, "number in the medical register", 64},
    {"birth_date", day, false, "date of birth"},
};
constexpr Clauses kPrincipalUpdateClauses[] = {"C2.1-a", "C2.1-b"};

constexpr Argument kPrincipalId[] = {{"id", id, true, "id of the person"}};
constexpr Clauses kPrincipalTerminateClauses[] = {"C9-b", "C9-c"};
constexpr Clauses kPrincipalReactivateClauses[] = {"C6.1-a", "C9-c"};
constexpr Clauses kPrincipalReportMinorClauses[] = {"C10-b", "C10-c"};

constexpr Argument kPreferenceSet[] = {
    {"doctor", id, true, "id of the doctor"},
    {"virtual_visits", boolean, false, "whether representatives may book video calls"},
    {"recording", boolean, false, "whether calls may be recorded if all agree"},
};
constexpr Clauses kPreferenceSetClauses[] = {"C1-a",   "C2.4-f", "C2.4-h", "C2.4-i",
                                             "C6.1-a", "C6.1-b", "C6.1-c", "C6.3-a"};

constexpr Argument kVisitBook[] = {
    {"id", id, true, "id of the visit"},
    {"doctor", id, true, "id of the doctor"},
    {"representative", id, true, "id of the medical representative, who books"},
    {"starts_at", instant, true, "start of the slot"},
    {"ends_at", instant, true, "end of the slot"},
    {"purpose", id, false, "what the visit is declared to be for; promotional when not given"},
};
constexpr Clauses kVisitBookClauses[] = {"C6-a", "C6.1-d", "C6.6-a", "C6.6-c"};

constexpr Argument kVisitId[] = {{"visit", id, true, "id of the visit"}};
constexpr Clauses kVisitCancelClauses[] = {"C6-a"};

constexpr Argument kVisitDisclosure[] = {
    {"visit", id, true, "id of the visit"},
    {"language", line, false, "language of the text", 16},
};
constexpr Clauses kVisitDisclosureClauses[] = {"C2.4-g", "C6.2-a", "C6.3-d", "C6.6-a"};

constexpr Argument kVisitAccept[] = {
    {"visit", id, true, "id of the visit"},
    {"disclosure_hash", sha256, true, "hash of the disclosure that was shown"},
    {"recording_consent", boolean, true,
     "whether the party agrees to be recorded; a no does not hinder the call"},
    {"session", id, false, "id of the session in which it was accepted"},
};
constexpr Clauses kVisitAcceptClauses[] = {"C2.4-c", "C6.2-b", "C6.2-c", "C6.3-c"};

constexpr Clauses kVisitJoinClauses[] = {"C2.4-d", "C6.6-d"};
constexpr Clauses kVisitStartClauses[] = {"C2.4-a", "C6.2-b"};
constexpr Clauses kVisitLeaveClauses[] = {"C2.4-d"};
constexpr Clauses kVisitEndClauses[] = {"C2.4-a", "C2.4-d", "C6.3-e"};

constexpr Clauses kRecordingDecideClauses[] = {"C2.4-b", "C2.4-e", "C2.4-f", "C2.4-g",
                                               "C6.3-d", "C6.3-e", "C6.5-a"};
constexpr Argument kRecordingRegister[] = {
    {"id", id, true, "id of the recording"},
    {"visit", id, true, "id of the visit"},
    {"locator", line, true, "where the host keeps the file", kMaxLocator},
    {"sha256", sha256, true, "hash of the file"},
    {"size", integer, true, "size of the file in bytes", kMaxFileSize},
    {"started_at", instant, true, "first moment on the recording"},
    {"ended_at", instant, true, "last moment on the recording"},
};
constexpr Clauses kRecordingRegisterClauses[] = {"C2.4-e", "C6.3-e", "C6.5-a"};
constexpr Clauses kConsentWithdrawClauses[] = {"C2.4-h", "C6.3-c"};

constexpr Argument kAuditList[] = {
    {"from", integer, false, "number of the first entry; 0 when not given", kMaxNumber},
    {"limit", integer, false, "how many entries at most; 100 when not given", 1'000},
};
constexpr Argument kAuditProve[] = {{"seq", integer, true, "number of the audit entry", kMaxNumber}};

constexpr Command kCommands[] = {
    {"organisation.put", "Registers an organisation, or changes its name and plan", changes, kOperator, false,
     kOrganisationPut, kOrganisationPutClauses, organisation_put},
    {"organisation.set_recording",
     "A company allows recording of its representatives' visits, or stops doing so", changes,
     actors({Role::pharma_administrator}), false, kOrganisationSetRecording, kOrganisationSetRecordingClauses,
     organisation_set_recording},

    {"principal.register", "Registers a person", changes, kAdministrators, false, kPrincipalRegister,
     kPrincipalRegisterClauses, principal_register},
    {"principal.view", "Shows what the actor may see of a person", discloses, kAnyRole, false, kPrincipalView,
     kPrincipalViewClauses, principal_view},
    {"principal.update", "Changes a person's details", changes, kEverybody, false, kPrincipalUpdate,
     kPrincipalUpdateClauses, principal_update},
    {"principal.terminate", "Closes an account", changes, kEverybody, false, kPrincipalId,
     kPrincipalTerminateClauses, principal_terminate},
    {"principal.reactivate", "Opens a closed account again, while that is possible", changes, kEverybody,
     true, kPrincipalId, kPrincipalReactivateClauses, principal_reactivate},
    {"principal.report_minor", "Reports that an account is a child's, which puts it out of use at once",
     changes, kEverybody, false, kPrincipalId, kPrincipalReportMinorClauses, principal_report_minor},

    {"preference.set", "Switches a doctor's virtual visits or recording on or off", changes, kEverybody,
     false, kPreferenceSet, kPreferenceSetClauses, preference_set},

    {"visit.book", "Books a virtual visit", changes, kEverybody, false, kVisitBook, kVisitBookClauses,
     visit_book},
    {"visit.cancel", "Cancels a visit that has not begun", changes, kParties, false, kVisitId,
     kVisitCancelClauses, visit_cancel},
    {"visit.disclosure", "Gives the disclosure to show before the call", discloses, kParties, false,
     kVisitDisclosure, kVisitDisclosureClauses, visit_disclosure},
    {"visit.accept", "A party accepts the disclosure, and agrees to be recorded or not", changes, kEverybody,
     false, kVisitAccept, kVisitAcceptClauses, visit_accept},
    {"visit.join", "A party enters the call", changes, kEverybody, false, kVisitId, kVisitJoinClauses,
     visit_join},
    {"visit.start", "Begins the call", changes, kParties, false, kVisitId, kVisitStartClauses, visit_start},
    {"visit.leave", "A party leaves the call", changes, kParties, false, kVisitId, kVisitLeaveClauses,
     visit_leave},
    {"visit.end", "Ends the call", changes, kParties, false, kVisitId, kVisitEndClauses, visit_end},

    {"recording.decide", "Decides whether the call is recorded now, and what the screen must say", changes,
     kParties, false, kVisitId, kRecordingDecideClauses, recording_decide},
    {"recording.register", "Registers a recording that was made under a permit", changes, kOperator, false,
     kRecordingRegister, kRecordingRegisterClauses, recording_register},
    {"consent.withdraw", "A party takes back the consent to be recorded", changes, kParties, false, kVisitId,
     kConsentWithdrawClauses, consent_withdraw},

    {"report.coverage",
     "Tells of each clause how it is enforced",
     reports,
     kEverybody,
     false,
     {},
     {},
     report_coverage},
    {"report.summary",
     "Counts what was decided and done",
     reports,
     kOperator | actors({Role::data_protection_officer}),
     false,
     {},
     {},
     report_summary},

    {"audit.list", "Lists entries of the audit log", reports, kAuditors, false, kAuditList, {}, audit_list},
    {"audit.verify", "Verifies the whole audit log", reports, kAuditors, false, {}, {}, audit_verify},
    {"audit.prove",
     "Proves that an entry is part of the audit log",
     reports,
     kAuditors,
     false,
     kAuditProve,
     {},
     audit_prove},
};

}  // namespace

std::span<const Command> commands() noexcept { return kCommands; }

const Command* find_command(std::string_view name) noexcept {
  const auto found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                  [&](const Command& command) { return command.name == name; });
  return found == std::end(kCommands) ? nullptr : found;
}

Outcome outside_scope() {
  FactsOf<kCommandUse> facts;
  facts.set("actor_is_active", true);
  facts.set("role_may_use_command", true);
  facts.set("within_own_scope", false);
  return decide(facts);
}

}  // namespace connex::services
