// Scenario files: what a policy must decide, told as data. `connex test` plays them; tests/scenarios/README.md says
// what may stand in one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/policy.hpp"
#include "connex/result.hpp"

namespace connex::cli {

struct ScenarioResult {
  std::string name;
  std::vector<std::string> clauses;  // that it tells of
  std::string failure;               // what was not as expected; empty: it passed
};

struct ScenarioFile {
  std::string path;
  std::string title;
  std::vector<ScenarioResult> scenarios;
  std::string error = {};  // why it could not be played; empty: it was
};

// Told of the file, without a scenario, before the first is played, and then of each as soon as it has come out.
struct Watcher {
  std::function<void(const ScenarioFile&)> begins;
  std::function<void(const ScenarioResult&)> played;
};

// Plays every scenario of a file, each on an empty engine of its own. An error is that of a file which cannot
// be read or is not laid out as it must be; its path points into the file, and no watcher has heard of it.
Result<ScenarioFile> play_scenarios(const std::string& path, const PolicyPack& policy, const Watcher& watcher);

}  // namespace connex::cli
