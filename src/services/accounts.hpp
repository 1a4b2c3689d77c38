// The data of accounts: how long they stay once an account is closed, reported as a child's or to be erased,
// and how they go (C9-b, C9-c, C10-c, X12, X13, X39).
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string_view>

#include "connex/retention.hpp"
#include "services/command.hpp"

namespace connex::services {

struct Sweep;

inline constexpr std::string_view kDpo = "data_protection_officer";

// The facts on which the account's data stay or go. They borrow the holds and suspensions.
RetentionFacts retention_facts(const Principal& p, std::span<const HoldFacts> holds,
                               std::span<const SuspensionFacts> suspensions);

struct AccountDecision : RetentionDecision {
  std::string_view clause;
  std::string_view source;  // of the law that keeps the data
  std::string hold;         // id of the hold that keeps them
};

// Decides by holds, suspensions and floors of this moment. Borrows the policy.
Result<AccountDecision> evaluate_account(Context& context, const Principal& p);

// Whether what is known of a person may be shown and sent: not a child's, nor what a law or a hold alone still keeps
// (X13, X39).
Result<bool> is_usable(Context& context, const Principal& p);

// The person's own settings, as they are told of them.
boost::json::object settings_of(const Preference& preference);

// Until when a closed account can be opened again: as long as the policy gives, and no longer than its data stay
// (C9-c).
Result<Instant> reactivation_end(Context& context, const Principal& p);

// Enters what the account has come to in the ledger of erasures, so that an older copy of the store comes to it again.
// Returns the number of the line.
Result<Number> enter_account(Context& context, const Principal& p);

// Sets the account to what the ledger says that it had come to, whatever keeps its data now: these went with their key.
// `p` is saved; returns whether anything changed. The entry of the command is to say settled_detail().
Result<bool> play_account(Context& context, Principal& p, const Principal& told, Outcome& outcome);

enum class AccountStep : std::uint8_t { kept, held, restricted, erased };

// Does what is due: erases the person's fields, settings and what they wrote in requests; or restricts them
// where a law keeps them; and tells their recipients. Sets when to look again. `p` is saved.
// `asked`: by the command that answers the person, which tells the processors itself.
Result<AccountStep> settle_account(Context& context, Principal& p, Sweep& done, bool asked = false);

// By when a child's data must have gone (C10-c).
Instant minor_deadline(const PolicyPack& policy, Instant reported_at) noexcept;

// Once the account is erased or restricted and no sweep has to look at the person's records any more, the duty to erase a
// child's data is done. Saves nothing.
Result<void> note_minor_gone(Context& context, Principal& p);

struct AccountSweep {
  std::int64_t evaluated = 0;
  std::int64_t erased = 0;
  std::int64_t restricted = 0;
  std::int64_t held = 0;
  bool more = false;
  std::vector<std::string> subjects;  // whose data were erased or restricted: for the audit entry,
  Details details;                    // as these are
};

// Settles up to `limit` accounts whose time to look has come, by index and in its order.
Result<AccountSweep> sweep_accounts(Context& context, std::uint32_t limit, Sweep& done);

// How many accounts' time to look has come; counts no further than `most`.
Result<std::int64_t> accounts_due(Context& context, std::uint32_t most);

// Name and value of every detail that the account holds.
struct OwnField {
  std::string_view name;
  const std::optional<std::string>* value;
};
std::vector<OwnField> own_fields(const Principal& p);

// Adds the details that the account holds to `out`. For the pharma side without how to reach the person, and with
// `withheld`: which fields were left out, and by what clause (C1-b).
Result<void> add_own_fields(Context& context, const Principal& p, bool for_pharma, boost::json::object& out);

}  // namespace connex::services
