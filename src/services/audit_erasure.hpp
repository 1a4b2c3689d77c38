// What an accepted erasure takes from the audit log (X54), as the rule of each class says: the person's name from the
// entries, which stay (`unlink`), or the content of the entries about them as well, of which the leaves stay (`erase`).
// Entries of before there were tokens for people go whole in either case.
#pragma once

#include <cstdint>
#include <string_view>

#include "services/records.hpp"

namespace connex::services {

// Lets go what may go now, each class under its own rule, by `outcome.deletions`. What a hold or a legal floor
// keeps is written down, for resume_entry_erasures() to let go as soon as it may.
Result<void> erase_entries(Context& context, const RetentionRules& rules, std::string_view principal,
                           std::string_view request, Instant accepted_at, Outcome& outcome);

// Goes on with the erasures that were kept from some entries, for up to `limit` people.
Result<void> resume_entry_erasures(Context& context, const RetentionRules& rules, std::uint32_t limit,
                                   Outcome& outcome);

// Leaves the erasure of a person's entries to the next sweep.
Result<void> note_entry_erasure(Context& context, std::string_view principal, std::string_view request,
                                Instant accepted_at);
// The same of one that was left to a later sweep; whether there is one.
Result<bool> review_entry_erasure(Context& context, std::string_view principal);

// The entries that accepted erasures let go, and when, of those people whose first go before `below`: of at most `limit`
// people, with less than `limit` entries each. Returns whether these are all.
struct GoingEntry {
  std::int64_t seq = 0;
  RecordClass record_class = RecordClass::audit;
  Instant at;
};
Result<bool> list_going_entries(Context& context, const RetentionRules& rules, Instant below, std::uint32_t limit,
                                std::vector<GoingEntry>& going);

}  // namespace connex::services
