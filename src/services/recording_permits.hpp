// Permission to record, while it lasts.
#pragma once

#include <string_view>
#include <vector>

#include "services/command.hpp"

namespace connex::services {

// Whether a recording of the visit that was permitted may go on now.
Result<bool> may_record(Context& context, const Visit& visit);

// Ends the open permits of `visit`, if there are any, and obliges the host to stop recording it now (X6).
Result<void> stop_recording(Context& context, const Visit& visit, std::string_view clause, Outcome& outcome);

// The same for every visit in progress of a doctor, a representative or a company.
Result<void> stop_recordings(Context& context, VisitsOf whose, std::string_view id, std::string_view clause,
                             Outcome& outcome);

// Takes everybody out of the calls of a doctor, a representative or a company that are in progress or have
// somebody waiting in them: no more recording, no more media.
Result<void> close_calls(Context& context, VisitsOf whose, std::string_view id, std::string_view clause,
                         Outcome& outcome);

// The same of a person, who has calls as a doctor or a representative; of anybody else nothing.
Result<void> stop_recordings(Context& context, const Principal& person, std::string_view clause, Outcome& outcome);
Result<void> close_calls(Context& context, const Principal& person, std::string_view clause, Outcome& outcome);

}  // namespace connex::services
