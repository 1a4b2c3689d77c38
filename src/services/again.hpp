// A decision on file, made again under other rules than it was made under: from the facts that were kept with it where
// it rests on these alone, and from what was asked where the rules themselves are among its facts.
#pragma once

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

// The facts of the entry's gate as they are under `asked`, where it was decided under `was`, on `day` or, where the
// time of day matters, at `at`. None where the entry does not tell what they rest on.
Result<std::optional<Facts>> facts_again(ReadTransaction& tx, const AuditEntry& entry, Rules& was, Rules& asked,
                                         Day day, Instant at);

}  // namespace connex::services
