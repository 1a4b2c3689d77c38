// A decision of the retention algebra as JSON, with the law and the clause behind it.
#pragma once

#include <boost/json/object.hpp>

#include "connex/retention.hpp"

namespace connex::services {

boost::json::object retention_answer(const RetentionTable& table, const RetentionFacts& facts,
                                     const RetentionDecision& decision, const PolicyPack& policy);

}  // namespace connex::services
