#include "services/retention_answer.hpp"

#include <boost/json/array.hpp>

#include "services/answers.hpp"

namespace connex::services {
boost::json::object retention_answer(const RetentionTable& table, const RetentionFacts& facts,
                                     const RetentionDecision& d, const PolicyPack& policy) {
  const RetentionReason reason = table.explain(facts, d);
  boost::json::array resolutions;
  for (const std::string_view id : reason.resolutions) resolutions.emplace_back(id);
  boost::json::object out{{"rule", "retention.evaluate"},
                          {"state", name(d.state)},
                          {"retain_until", day_or_null(d.retain_until)},
                          {"ceiling", instant_or_null(d.ceiling, policy.offset)},
                          {"dispose_at", instant_or_null(d.dispose_at, policy.offset)},
                          {"unlink_at", instant_or_null(d.unlink_at, policy.offset)},
                          {"basis", name(d.basis)},
                          {"clause", reason.clause},
                          {"resolutions", std::move(resolutions)},
                          {"usable", d.usable},
                          {"depended_on_rounding", d.depended_on_rounding},
                          {"policy", {{"version", policy.version}, {"digest", policy.digest}}}};
  if (d.floor >= 0) {
    const LegalFloor& floor = policy.legal_floors[static_cast<std::size_t>(d.floor)];
    out["floor"] = floor.id;
    out["source"] = floor.source;
    out["confidence"] = name(floor.confidence);
  }
  return out;
}

}  // namespace connex::services
