// Scenario files: what a policy must decide, told as data; tests/scenarios/README.md says what may stand in one.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::services {

struct Scenario {
  std::string name;
  std::vector<std::string> clauses;  // that it tells of
};

// A file that is laid out as it must be.
class ScenarioFile {
 public:
  // Errors: invalid_argument, with a pointer to what is wrong.
  static Result<ScenarioFile> read(std::string_view text);

  std::string_view title() const noexcept { return title_; }
  const std::vector<Scenario>& scenarios() const noexcept { return scenarios_; }

  // Plays one on an empty engine of its own: what was not as expected, or nothing when it passed. Requires an index
  // below the number of scenarios.
  Result<std::string> play(std::size_t index, const PolicyPack& policy) const;

 private:
  boost::json::object told_;
  std::string title_;
  std::vector<Scenario> scenarios_;
};

}  // namespace connex::services
