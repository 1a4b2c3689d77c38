// A decision on file, made again under other rules than it was made under: from the facts that were kept with it where
// it rests on these alone, and from what was asked where the rules themselves are among its facts.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/egress.hpp"
#include "services/audit_log.hpp"
#include "services/command.hpp"
#include "services/processors.hpp"

namespace connex::services {

// A pack, ready to be asked at an instant, with the processors as they were in use over it then: those that come up
// are kept.
struct Rules {
  std::shared_ptr<const PolicyPack> pack;
  const PolicyVersions* versions;
  Instant at;
  Number standing;  // the version on which those stand whom it is asked for; 0 where that is whoever it binds
  CountryTable countries{pack->countries};
  std::map<std::string, PastProcessor, std::less<>> processors = {};
  std::optional<boost::json::value> document = {};  // of the pack, once it was compared
  // By the pack it was compared with, whether the two say the same at a pointer.
  std::map<std::pair<const PolicyPack*, std::string_view>, bool> compared = {};

  // Borrows the versions.
  Rules(std::shared_ptr<const PolicyPack> given, const PolicyVersions* published, Instant asked_at, Number stands_on = 0)
      : pack(std::move(given)), versions(published), at(asked_at), standing(stands_on) {}
};

// What was on file of a sharing.
struct Sent {
  std::string_view processor;
  std::string_view purpose;
  std::string_view country;
  std::vector<std::string_view> fields;
  std::size_t sent = 0;  // how many of the fields went, in front
  Fact agreement = Fact::yes;
  Fact condition = Fact::yes;  // of the processor
};

// The facts that were kept with an entry.
Facts recorded_facts(const AuditContent& content) noexcept;

// Words that blanks separate.
std::vector<std::string_view> split(std::string_view text);

// How a sharing that was decided under `was` would be decided under `asked`, its conditions met as far as `was` asked
// for them.
Result<EgressDecision> decide_again(ReadTransaction& tx, const Sent& sent, Rules& was, Rules& asked, Day day);

// The gate of an entry that tells a decision and its facts; none for a deletion, or for what an older build decided.
const Gate* gate_of(const AuditEntry& entry) noexcept;

// A decision, made again.
struct Again {
  const Gate* gate = nullptr;  // the posture of the host may decide where another gate did
  Facts facts;                 // unknown, too, where they are not told and nothing hinges on them

  Decision decision() const noexcept { return evaluate(*gate, facts); }
};

// The decision of an entry that was made under `was`, as it would be made under `asked`, on `day` or, where the time of
// day matters, at `at`: with what people and the host had stated, done and set by then. None where it hinges on
// something that the entry does not tell, and that what differs between the two, or the other time, may change.
Result<std::optional<Again>> decided_again(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& asked,
                                           Day day, Instant at);

// The packs on file, by ordinal, ready to be asked.
class FiledPacks {
 public:
  FiledPacks(ReadTransaction& tx, const PolicyVersions* versions) : tx_(tx), versions_(versions) {}

  // As of `at`; nullptr where there is none.
  Result<Rules*> find(Number ordinal, Instant at);

 private:
  ReadTransaction& tx_;
  const PolicyVersions* versions_;
  std::map<Number, std::optional<Rules>> packs_;
};

}  // namespace connex::services
