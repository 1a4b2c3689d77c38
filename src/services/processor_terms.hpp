// Which terms of a processor hold, for whoever stands on a version of the policy: the one place that says so.
// Pure.
//
// Each version has a line: what it lets a processor have (`listed`), and what of that is in use (`used`).
// Three things move the lines, each only by what it changes:
//   a publication          what it narrows or removes, and what it puts something else in the place of, goes from every
//                          line; another name waits on every line; what it adds is listed by its own line; and used
//                          is either once customers were told, 15 days are over and it was engaged (C5-o, X26, X29)
//   an engaged proposal    what it adds and what it takes away, on every line that has the processor
//   an engaged publication each line uses what it lists of it
// So what was narrowed stays so until something adds it anew, and a publication that leaves the entry of a
// processor alone leaves its sharings alone.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "connex/policy.hpp"
#include "services/policy_versions.hpp"

namespace connex::services {

struct ProcessorTerms {
  std::optional<Processor> listed;
  std::optional<Processor> used;  // of what is listed

  // Whether something of what is listed waits for customers to be told of it.
  bool waits() const;
};

// A change that was put to use.
struct EngagedChange {
  bool published = false;  // by a version; else it was proposed by itself
  // What it changes, where that is known: what anybody had when it was proposed. Else what anybody has.
  std::optional<std::optional<Processor>> from = {};
  std::optional<Processor> to;  // none: it is ended
  Number under = 0;  // the version that was published last when it was engaged
};

// The lines of the versions, in order, with the changes that were engaged, in order.
std::vector<ProcessorTerms> processor_terms(std::span<const PolicyVersion> versions,
                                            std::span<const EngagedChange> engaged, std::string_view id);

// A line once its pack lists the processor as `listed` in place of `was`.
ProcessorTerms tightened(ProcessorTerms line, const Processor* was, const Processor* listed);
// The line of a new version that lists the processor so, beside the line before it. The version says itself
// what it lists, also where something else was engaged.
ProcessorTerms published(ProcessorTerms line, const Processor* was, const Processor* listed);

// All that anybody has: under the weaker of two conditions, where one asks all that the other does.
std::optional<Processor> widest(std::span<const ProcessorTerms> lines);

// `p` once `from` has become `to`: without what that takes away, with what it adds. None where nothing is
// left. `to` itself for what is the same as `from`.
std::optional<Processor> follow(std::optional<Processor> p, const Processor* from, const Processor* to);

// Whether two entries say the same, in whatever order, but for the resolutions that they cite.
bool same_terms(const Processor* a, const Processor* b);

}  // namespace connex::services
