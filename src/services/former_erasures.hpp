// Erasures that older versions accepted, until a sweep has come to their records: before version 7 a store kept one request
// on a record, or none, instead of one for each of its people; and the first versions that unlinked took the people from
// the list of the record alone, while the row that it stands for went on naming them.
#pragma once

#include "services/records.hpp"

namespace connex::services {

// Notes in a record for which an erasure was accepted whose it was. Where that can no longer be told it is taken for
// everybody's. Whom a record was unlinked from, but not its row, is listed in it again, so that the next sweep takes who
// asked from the row as well, and the others have their record back.
Result<void> note_former_erasures(Context& context, Record record);

}  // namespace connex::services
