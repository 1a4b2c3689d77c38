// The register of processors (C5-n): those of the policy pack, and what was proposed and engaged since. Which terms hold
// for whom says `processor_terms.hpp`; here are what was proposed, told and engaged, and what follows from both.
#pragma once

#include <boost/json/array.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "connex/egress.hpp"
#include "connex/policy.hpp"
#include "services/entities.hpp"
#include "services/processor_terms.hpp"

namespace connex::services {

struct RegisteredProcessor {
  Processor processor;
  bool engaged = false;
  std::optional<Processor> waiting;  // what the pack lists, where less of it is in use until customers were told
};

// The processor as it is in use for whoever stands on a version; else as it was proposed; else none.
Result<std::optional<RegisteredProcessor>> find_processor(ReadTransaction& tx, const PolicyVersions& versions,
                                                          Number standing, std::string_view id);

// The rules of a processor for some of those whom a command concerns.
struct TermsOfSome {
  Number standing = 0;  // the oldest version on which one of them stands
  const PolicyPack* pack = nullptr;
  std::optional<RegisteredProcessor> registered;
};
// All that hold for those who stand on `standings`, each once: what is decided for all of them is decided under each.
Result<std::vector<TermsOfSome>> find_terms(ReadTransaction& tx, const PolicyVersions& versions,
                                            std::span<const Number> standings, std::string_view id, Instant now);

// The lines of all versions, as they are.
Result<std::vector<ProcessorTerms>> processor_lines(ReadTransaction& tx, const PolicyVersions& versions,
                                                    std::string_view id);

// All that are in use for whoever stands on a version.
Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyVersions& versions, Number standing);

// All that are in use for anybody at `now`, whichever version binds them: each with all that goes to it for some.
Result<std::vector<Processor>> list_processors(ReadTransaction& tx, const PolicyVersions& versions, Instant now);

// A processor that is no longer in use, as it was published or changed last.
Result<std::optional<Processor>> find_former(ReadTransaction& tx, const PolicyVersions& versions,
                                             std::string_view id);

// A pack, and the version on which those stand whom it is asked for; 0 where that is whoever it binds.
struct AskedPack {
  const PolicyPack& pack;
  Number standing = 0;
};

// A processor over the pack as the register had it at `at`: with what was engaged, and what waited, by then. A pack that
// was not published by then, a draft among them, is taken as published then. It was the same from `from` on and before
// `until`.
struct PastProcessor {
  std::optional<RegisteredProcessor> found;
  Instant from{std::numeric_limits<std::int64_t>::min()};
  Instant until{std::numeric_limits<std::int64_t>::max()};
};
Result<PastProcessor> find_processor(ReadTransaction& tx, const AskedPack& asked, const PolicyVersions& versions,
                                     std::string_view id, Instant at);

// What of the next pack is material for customers beside what is in use under the latest version: it waits once the next
// is published.
struct PublishedChange {
  Processor listed;
  std::optional<Processor> known;  // what is in use
  std::vector<ProcessorChange> changes;
};
Result<std::vector<PublishedChange>> changes_of(ReadTransaction& tx, const PolicyVersions& versions,
                                                const PolicyPack& next);
// The same between two packs, whatever else is in use.
std::vector<PublishedChange> changes_of(const PolicyPack& before, const PolicyPack& next);
// [{"processor", "clause", "changes": ["field phone", ...]}]
boost::json::array describe(const std::vector<PublishedChange>& changes);
// Ends what is proposed of each processor that the next pack lists otherwise.
Result<void> end_proposals(WriteTransaction& tx, const PolicyVersions& versions, const PolicyPack& next, Instant now);
// Proposes them, so that they wait for their notices. After end_proposals().
Result<void> open_changes(WriteTransaction& tx, const std::vector<PublishedChange>& changes, const PolicyPack& next,
                          Instant now);
// Why the next pack, the argument of this name, may not be published: it would give back in passing, as something that
// the pack before lists too, what `processor.engage` took from a processor (C5-o).
Result<std::optional<Error>> find_undone(ReadTransaction& tx, const PolicyVersions& versions, const PolicyPack& next,
                                         std::string_view argument);

// {"code", "message", "path"}, or null
boost::json::value describe_refusal(const std::optional<Error>& error);

// The pack as it is in force for whoever stands on `standing`: with what was changed in place of what it lists. The pack
// itself where that is nothing.
Result<std::shared_ptr<const PolicyPack>> with_engaged(ReadTransaction& tx, const PolicyVersions& versions,
                                                       std::shared_ptr<const PolicyPack> policy, Number standing,
                                                       Instant now);

// The packs of those who stand on 1, 2, ... once `next` is published, and of those who stand on it: that of each with
// what is in use for them and `next` states, for so much of it is theirs already, and what it tightens.
Result<std::vector<std::shared_ptr<const PolicyPack>>> draw_lines(ReadTransaction& tx, const PolicyVersions& versions,
                                                                  const std::shared_ptr<const PolicyPack>& next);

// The material changes that wait for their notices (C5-o): of which a customer at least was not told, as far as that is
// looked for here.
struct UntoldChange {
  std::string processor;
  Instant proposed_at;
};
Result<std::vector<UntoldChange>> list_untold_changes(ReadTransaction& tx, const PolicyVersions& versions);

// Of the customers after `after`, the first who were not told of the processor's material change, at most `limit`:
// organisations, and, where no version of the policy tells them of it, users whom no organisation stands for. None where
// no such change waits.
struct UntoldCustomers {
  std::vector<std::string> ids;
  std::string next;  // to go on from; empty at the end
  Instant proposed_at;
  std::optional<Instant> last_told = {};  // of the users of this page
};
Result<std::optional<UntoldCustomers>> list_untold_customers(ReadTransaction& tx, const PolicyVersions& versions,
                                                             std::string_view processor, std::string_view after,
                                                             std::uint32_t limit);

}  // namespace connex::services
