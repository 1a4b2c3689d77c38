// The handlers of the command table. Each checks everything before its first write, so that an error or a
// denial leaves nothing behind but the audit entry.
#pragma once

#include "services/command.hpp"

namespace connex::services {

Result<Outcome> organisation_put(Context& context, const Arguments& args);
Result<Outcome> organisation_set_recording(Context& context, const Arguments& args);

Result<Outcome> principal_register(Context& context, const Arguments& args);
Result<Outcome> principal_view(Context& context, const Arguments& args);
Result<Outcome> principal_update(Context& context, const Arguments& args);
Result<Outcome> principal_terminate(Context& context, const Arguments& args);
Result<Outcome> principal_reactivate(Context& context, const Arguments& args);
Result<Outcome> principal_report_minor(Context& context, const Arguments& args);

Result<Outcome> preference_set(Context& context, const Arguments& args);

Result<Outcome> visit_book(Context& context, const Arguments& args);
Result<Outcome> visit_cancel(Context& context, const Arguments& args);
Result<Outcome> visit_disclosure(Context& context, const Arguments& args);
Result<Outcome> visit_accept(Context& context, const Arguments& args);
Result<Outcome> visit_join(Context& context, const Arguments& args);
Result<Outcome> visit_start(Context& context, const Arguments& args);
Result<Outcome> visit_leave(Context& context, const Arguments& args);
Result<Outcome> visit_end(Context& context, const Arguments& args);

Result<Outcome> recording_decide(Context& context, const Arguments& args);
Result<Outcome> recording_register(Context& context, const Arguments& args);
Result<Outcome> consent_withdraw(Context& context, const Arguments& args);

Result<Outcome> report_coverage(Context& context, const Arguments& args);
Result<Outcome> report_summary(Context& context, const Arguments& args);
Result<Outcome> audit_list(Context& context, const Arguments& args);
Result<Outcome> audit_verify(Context& context, const Arguments& args);
Result<Outcome> audit_prove(Context& context, const Arguments& args);

}  // namespace connex::services
