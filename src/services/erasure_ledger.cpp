#include "services/erasure_ledger.hpp"

#include <map>
#include <set>

#include "services/accounts.hpp"
#include "services/audit_erasure.hpp"
#include "services/dispositions.hpp"
#include "services/holds.hpp"
#include "services/rights.hpp"
#include "services/stated.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

constexpr std::string_view kClause = "C4-g";
constexpr std::uint32_t kMostLines = 500;
constexpr std::size_t kMostPeople = 16;  // each has a detail in the entry

class Player {
 public:
  explicit Player(Context& context) : context_(context), rules_(context) {}

  bool has_room_for(const ErasureLine& line) const {
    return line.principal.empty() || people_.contains(line.principal) || people_.size() < kMostPeople;
  }

  Result<void> play(const ErasureLine& line) {
    if (!line.principal.empty() && line.deed != ErasureDeed::unlink) people_.insert(line.principal);
    if (!line.deed) return play_destroyed(line);
    switch (*line.deed) {
      case ErasureDeed::account:
        return play_account_line(line);
      case ErasureDeed::request:
        return play_request(line);
      case ErasureDeed::record:
        return play_record(line);
      case ErasureDeed::person:
        carried_on_.insert(line.principal);
        return {};
      case ErasureDeed::hold:  // is back already
      case ErasureDeed::unlink:  // the tokens are gone, for the older copy as well
        return {};
    }
    return {};
  }

  // Holds come back before anything else, whatever line tells of them: what they keep is not to go meanwhile (C6.4-h).
  Result<void> play_holds() {
    return context_.vault().holds_to_play(context_.read(),
                                          [&](const ErasureLine& line) { return play_hold(context_, line); });
  }

  // What follows for the people once all lines are played.
  Result<void> finish() {
    for (const std::string& person : carried_on_) CONNEX_CHECK(unlink_records(person));
    for (const std::string& person : people_) {
      CONNEX_TRY(account, find_account(context_.read(), person));
      if (account) outcome_.subjects.push_back(person);
    }
    for (const auto& [person, line] : log_gone_) {
      CONNEX_TRY(known, review_entry_erasure(context_, person));
      if (known) continue;
      // Only an accepted erasure destroys these keys; which request it was, was not noted before version 7.
      ErasureLine told;
      told.at = context_.now;
      told.state = kEverything;
      RightsRequest request;
      request.id = std::string(kByKeys) + std::to_string(line);
      request.principal = person;
      request.due_at = context_.now;
      requests_.insert(request.id);
      CONNEX_CHECK(accept_again(context_, request, told));
    }
    for (const std::string& person : outcome_.subjects) {
      CONNEX_TRY(account, find_account(context_.read(), person));
      outcome_.details.push_back(settled_detail(*account));
    }
    for (const std::string& request : requests_) outcome_.details.push_back({"request", request});
    return state_disposals(context_, outcome_);
  }

  Outcome& outcome() noexcept { return outcome_; }

 private:
  // Only the erasure of an account destroys its key. Before version 7 the ledger said no more than that.
  Result<void> play_destroyed(const ErasureLine& line) {
    const auto destroys = [&](RecordClass c) { return (line.classes >> static_cast<int>(c) & 1) != 0; };
    for (const RecordClass c : {RecordClass::audit, RecordClass::access_log})
      if (destroys(c)) log_gone_[line.principal] = line.number;
    if (!destroys(RecordClass::account)) return {};
    CONNEX_TRY(found, find_account(context_.read(), line.principal));
    if (!found) return {};
    Principal told = *found;
    if (told.active()) told.status_at = line.at;
    told.status = AccountStatus::erased;
    CONNEX_CHECK(play_account(context_, *found, told, outcome_));
    return {};
  }

  Result<void> play_account_line(const ErasureLine& line) {
    CONNEX_TRY(found, find_account(context_.read(), line.principal));
    const auto status = from_name<AccountStatus>(line.state);
    if (!found || !status) return {};
    Principal told = *found;
    told.status = *status;
    told.status_at = line.since.value_or(line.at);
    told.erasure_accepted_at = line.accepted_at;
    told.child_since = line.due_at;
    told.minor_due.reset();
    if (line.due_at)
      told.minor_due = told.awaits_word()          ? minor_deadline(context_.policy, line.at)
                       : *line.due_at > line.at ? line.due_at
                                                : minor_deadline(context_.policy, *line.due_at);
    told.status_before = line.object.empty() ? std::optional<std::string>() : std::optional<std::string>(line.object);
    CONNEX_CHECK(play_account(context_, *found, told, outcome_));
    return line.due_at && line.due_at != kEndOfTime ? note_entries_of_child(context_, found->id, line.number, *line.due_at)
                       : spare_entries_of_child(context_, found->id);
  }

  Result<void> play_request(const ErasureLine& line) {
    requests_.insert(line.object);
    CONNEX_TRY(person, find_account(context_.read(), line.principal));
    if (!person) return {};
    RightsRequest request;
    request.id = line.object;
    request.kind = Right::erasure;
    request.status = RequestStatus::resolved;
    request.principal = line.principal;
    request.channel = "other";
    request.submitted_by = "system";
    request.received_at = line.since.value_or(line.at);
    request.submitted_at = request.received_at;
    request.due_at = line.due_at.value_or(line.at);
    request.closed_at = line.at;
    if (!line.request.empty()) request.nominee = line.request;
    CONNEX_CHECK(restore_request(context_, request, line.state == kEverything));
    return accept_again(context_, request, line);
  }

  Result<void> play_record(const ErasureLine& line) {
    CONNEX_TRY(record, find_record(context_.read(), line.object));
    return record ? play_disposal(context_, *record, line, sweep_) : Result<void>();
  }

  Result<void> unlink_records(std::string_view person) {
    std::string after;
    for (;;) {
      CONNEX_TRY(ids, list_records_of(context_.read(), person, after, kMostLines));
      for (const std::string& id : ids) {
        CONNEX_TRY(record, find_record(context_.read(), id));
        if (record) CONNEX_CHECK(unlink_again(context_, rules_, *record, sweep_));
      }
      if (ids.size() < kMostLines) return {};
      after = ids.back();
    }
  }

  Context& context_;
  const RetentionRules rules_;
  Sweep sweep_;
  Outcome outcome_;
  std::set<std::string> people_;
  std::set<std::string> carried_on_;
  std::map<std::string, Number> log_gone_;  // whose keys for entries of the log went, and by which line
  std::set<std::string> requests_;
};

Result<Outcome> erasures_play(Context& context, const Arguments&) {
  CONNEX_TRY(lines, context.vault().to_play(context.read(), kMostLines));
  if (lines.empty()) return Error{ErrorCode::busy, "the ledger of erasures was played meanwhile", ""};
  Player player(context);
  CONNEX_CHECK(player.play_holds());
  Number last = 0;
  for (const ErasureLine& line : lines) {
    if (!player.has_room_for(line)) break;
    CONNEX_CHECK(player.play(line));
    last = line.number;
  }
  CONNEX_CHECK(player.finish());
  CONNEX_CHECK(context.vault().set_played(context.write(), last));
  Outcome outcome = std::move(player.outcome());
  outcome.object = "ledger";
  outcome.details.push_back({"clause", std::string(kClause)});
  outcome.details.push_back({"lines", std::to_string(lines.front().number) + "-" + std::to_string(last)});
  return outcome;
}

constexpr std::string_view kClauses[] = {kClause, "C8-c"};
constexpr Command kPlay{kErasuresPlayed, "Plays the ledger of erasures on an older copy of the store",
                        CommandKind::changes, kSystem, false, {}, kClauses, erasures_play, false, true};

}  // namespace

const Command& play_command() noexcept { return kPlay; }

}  // namespace connex::services
