// What an accepted erasure takes from the audit log (X54), as the rule of each class says: the person's name from the
// entries, which stay (`unlink`), or the content of the entries about them as well, of which the leaves stay (`erase`).
// Entries of before there were tokens for people go whole in either case.
#pragma once

#include <cstdint>
#include <string_view>

#include "services/records.hpp"

namespace connex::services {

// Lets go what may go now, each class under its own rule, by `outcome.deletions`: of kMaxDeletion entries at most. What
// follows them, and what a hold or a legal floor keeps, is written down, for resume_entry_erasures() to let go as soon as it
// may.
Result<void> erase_entries(Context& context, const RetentionRules& rules, std::string_view principal,
                           std::string_view request, Instant accepted_at, Outcome& outcome);

// Goes on with the erasures that were kept from some entries: looks at `left` of these at most, which it counts down.
// Returns whether there is more to do now.
Result<bool> resume_entry_erasures(Context& context, const RetentionRules& rules, std::uint32_t& left, Outcome& outcome);

// A hold is placed, or something else of what keeps entries has changed: what was looked at is to be looked at again.
Result<void> forget_pass(WriteTransaction& tx);

// Leaves the erasure of a person's entries to the next sweep.
Result<void> note_entry_erasure(Context& context, std::string_view principal, std::string_view request,
                                Instant accepted_at);
// The same of somebody reported as a child (C10-c), from then on, unless they have asked for more: `line` of the ledger of
// erasures tells of it. And back again, where the report was mistaken.
Result<void> note_entries_of_child(Context& context, std::string_view principal, Number line, Instant since);
Result<void> spare_entries_of_child(Context& context, std::string_view principal);
// An entry of now names somebody. Of whom an erasure was accepted before, it lets go as it would have then.
Result<void> erase_naming(WriteTransaction& tx, std::string_view principal, Instant now);
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
