// The register of processors (C5-n): those of the policy pack, and what was proposed and engaged since. A change
// holds over every pack that lists in its place what the pack listed over which it was made, and so goes on when
// a version is published that leaves the entry alone; a pack that lists it otherwise says itself what holds. What of
// that is material (X29) waits, for everybody, until customers were told and it is engaged like any other change;
// meanwhile the narrower of the two is in use (C5-o). What a pack narrows or removes acts at once.
#pragma once

#include <boost/json/array.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "connex/egress.hpp"
#include "connex/policy.hpp"
#include "services/entities.hpp"

namespace connex::services {

class PolicyVersions;

struct RegisteredProcessor {
  Processor processor;
  bool engaged = false;
  std::optional<Processor> waiting;  // what the pack lists, where less of it is in use until customers were told
};

// The processor as it is in use; else as it was proposed; else none.
Result<std::optional<RegisteredProcessor>> find_processor(ReadTransaction& tx, const PolicyPack& policy,
                                                          std::string_view id);

// What was engaged and holds over the pack, by id.
Result<std::vector<Processor>> list_engaged(ReadTransaction& tx, const PolicyPack& policy);

// All that are in use: those of the pack as they are used, then those it does not list.
Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyPack& policy);

// All that are in use for anybody at `now`, whichever version binds them: each with all that goes to it for some.
Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyVersions& versions, Instant now);

// A processor that is no longer in use, as it was published or changed last.
Result<std::optional<Processor>> find_former(ReadTransaction& tx, const PolicyVersions& versions,
                                             std::string_view id);

// A processor over the pack as the register had it at `at`: with what was engaged, and what waited, by then. Of a pack
// that was not published by then, a draft among them, what is material beside what was in use waits as well. It was the
// same from `from` on and before `until`.
struct PastProcessor {
  std::optional<RegisteredProcessor> found;
  Instant from{std::numeric_limits<std::int64_t>::min()};
  Instant until{std::numeric_limits<std::int64_t>::max()};
};
Result<PastProcessor> find_processor(ReadTransaction& tx, const PolicyPack& policy, const PolicyVersions& versions,
                                     std::string_view id, Instant at);

// What of the next pack is material for customers beside what is in use over the one before: it waits once the next is
// published. Borrows `next`.
struct PublishedChange {
  const Processor* listed;
  std::optional<Processor> known;  // what is in use
  std::vector<ProcessorChange> changes;
};
Result<std::vector<PublishedChange>> changes_of(ReadTransaction& tx, const PolicyPack& before, const PolicyPack& next);
// The same between two packs, whatever else is in use.
std::vector<PublishedChange> changes_of(const PolicyPack& before, const PolicyPack& next);
// [{"processor", "clause", "changes": ["field phone", ...]}]
boost::json::array describe(const std::vector<PublishedChange>& changes);
// Proposes them, so that they wait for their notices. After end_changes().
Result<void> open_changes(WriteTransaction& tx, const std::vector<PublishedChange>& changes, const PolicyPack& next,
                          Instant now);

// The pack as it is in force: with what was engaged in place of what it lists. The pack itself where that is nothing.
Result<std::shared_ptr<const PolicyPack>> with_engaged(ReadTransaction& tx,
                                                       std::shared_ptr<const PolicyPack> policy);

// An older pack on which somebody stands, with what is in use over it and the next pack states: that goes on for them,
// while the change that made it ends. The pack itself where that is nothing.
Result<std::shared_ptr<const PolicyPack>> with_stated(ReadTransaction& tx, std::shared_ptr<const PolicyPack> line,
                                                      const PolicyPack& next);

// Ends what was proposed or engaged of each processor that the next pack lists otherwise: from then on packs say
// themselves what holds of it.
Result<void> end_changes(WriteTransaction& tx, const PolicyPack& before, const PolicyPack& next, Instant now);

// The material changes that wait for their notices (C5-o): of which a customer at least was not told.
struct UntoldChange {
  std::string processor;
  Instant proposed_at;
};
Result<std::vector<UntoldChange>> list_untold_changes(ReadTransaction& tx, const PolicyPack& policy);

// Of the first `limit` customers after `after`, those who were not told of the processor's material change. None where
// no such change waits.
struct UntoldCustomers {
  std::vector<std::string> ids;
  std::string next;  // to go on from; empty at the end
  Instant proposed_at;
};
Result<std::optional<UntoldCustomers>> list_untold_customers(ReadTransaction& tx, const PolicyPack& policy,
                                                             std::string_view processor, std::string_view after,
                                                             std::uint32_t limit);

// Whether two entries say the same, but for the resolutions they cite.
bool same_terms(const Processor& a, const Processor& b);

}  // namespace connex::services
