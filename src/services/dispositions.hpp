// What becomes of a record: its next date, its disposal, and the orders that the host carries out.
#pragma once

#include <set>

#include "services/records.hpp"

namespace connex::services {

Record read_record(store::RowView row);
Result<void> save(WriteTransaction& tx, Save how, const Record& record);

// Registers a record and makes its dates; its subjects are sorted and each named once.
Result<void> insert_record(Context& context, Record record, const std::vector<std::string>& subjects);

// Who was told to keep what is about a record that was to be erased for a request, and nothing else since.
using ToldToKeep = std::map<std::string, std::vector<std::string>, std::less<>>;

// What a sweep did, or another command that disposes of records.
struct Sweep {
  std::int64_t evaluated = 0;
  std::int64_t erased = 0;
  std::int64_t ordered = 0;
  std::int64_t restricted = 0;
  std::int64_t held = 0;
  std::int64_t unlinked = 0;
  std::int64_t withdrawn = 0;  // orders, of what is no longer due
  std::int64_t retried = 0;    // orders that nobody confirmed in time

  Keeping keeping;
  std::optional<std::int64_t> next_line = {};  // in the ledger of erasures, of this command
  std::set<std::string> unlinked_people = {};
  std::map<std::string, ToldToKeep> told_to_keep = {};  // by request
};

// Sets `next_at` to the next instant at which a record's state changes by itself, and its state to what it is
// now. Saves nothing.
Result<void> set_next(Context& context, const RetentionRules& rules, Record& record);
Result<void> set_next(Context& context, const RetentionRules& rules, const RetentionFacts& facts, Record& record);

// Evaluates a record and does what follows: erases what the engine keeps, orders the disposal of what the
// host keeps, withdraws an order that must wait, or saves the record with its next date.
Result<void> settle(Context& context, const RetentionRules& rules, Record& record, Sweep& done);

// A doctor was told that a recording goes which somebody else wants erased: the days for a copy run from then (X18). The
// next sweep looks at it again; also where they are not to be reached any more, with no `told_at`.
Result<void> heard_of_erasure(Context& context, std::string_view record, std::string_view who, std::optional<Instant> told_at);

// Has the next sweep look again at the record of a visit for which an erasure was accepted: what it waited for may be over.
Result<void> look_at_visit(Context& context, std::string_view id);

// Whether the others whom a record is about are told when it goes at the word of one of them: a recording, and what the host
// keeps. What the engine keeps beside them is of those who wrote or did it.
bool is_shared(const Record& record) noexcept;

// Whether a message that somebody else wrote is no longer to name this person, whose data were all to be erased.
Result<bool> leaves_message(ReadTransaction& tx, const Record& record, std::string_view person);

// Withdraws what is pending of taking a person out of what the host keeps, but where they asked for it.
Result<void> withdraw_unlinkings(Context& context, std::string_view person);

// When the person goes from a record in which that was accepted and waits for its time; none where it does not.
Result<std::optional<Instant>> unlinked_from(Context& context, const Record& record, std::string_view person);

// Enters in the ledger of erasures what an accepted erasure did to a record: erased, confirmed.
Result<void> enter_erasure(Context& context, const Record& record, std::string_view state,
                           std::string_view request);

// Erases every row under the leading columns `key`, the whole primary key or a part of it.
Result<void> erase_rows(WriteTransaction& tx, const store::Table& table, std::span<const store::Cell> key);

// Adds a line to the ledger of erasures, to which the entry of the command commits (state_disposals).
Result<void> enter_disposal(Context& context, const Record& record, std::string_view what, std::string_view clause,
                            Sweep& done);

// A record that an erasure had taken, found again in an older copy of the store: what the engine keeps of it goes, what
// the host keeps is ordered again, whatever would keep it now. `told` is the line of the ledger.
struct ErasureLine;
Result<void> play_disposal(Context& context, Record& record, const ErasureLine& told, Sweep& done);

// Takes from a record found in such a copy who is to be forgotten there, where nothing holds it. Nothing else is
// disposed of: that is for the next sweep.
Result<void> unlink_again(Context& context, const RetentionRules& rules, Record& record, Sweep& done);

// The host has carried out the order on a record.
Result<void> confirm_disposal(Context& context, const Record& record, std::string_view clause,
                              std::string_view evidence);

// Says in the entry of a command what it disposed of: how much, and the digest of its lines in the ledger of
// erasures; and gives totals and a signed receipt for all of it in the result. Nothing where nothing went.
Result<void> state_disposals(Context& context, Outcome& outcome);

// Whether the ledger still holds what an entry says of disposals.
Result<bool> disposals_kept(ReadTransaction& tx, Number seq, const Details& details);

// Sets back every pending order that is overdue, up to `limit`.
Result<void> retry_orders(Context& context, std::uint32_t limit, Sweep& done);

}  // namespace connex::services
