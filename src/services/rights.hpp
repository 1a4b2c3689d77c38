// Rights requests and nominations as values, and what they mean for the retention of a person's data.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/deadline.hpp"
#include "services/command.hpp"

namespace connex::services {

struct Record;
struct Sweep;

enum class RequestStatus : std::uint8_t { received, verified, resolved, refused, escalated };

constexpr bool is_open(RequestStatus status) noexcept {
  return status == RequestStatus::received || status == RequestStatus::verified;
}

struct RightsRequest {
  std::string id;
  Right kind = Right::access;
  RequestStatus status = RequestStatus::received;
  std::string principal;
  std::string channel;
  std::string submitted_by;
  Instant received_at;
  Instant submitted_at;
  Instant due_at;
  std::optional<Instant> verified_at;
  std::optional<std::string> evidence;
  std::optional<Instant> closed_at;
  std::optional<std::string> clause;
  std::optional<std::string> details;  // canonical JSON
  std::optional<std::string> nominee;  // who asks in the person's place (C8-e)

  bool open() const noexcept { return is_open(status); }
  // Answered, and not by a refusal; escalated since, perhaps.
  bool was_resolved() const noexcept {
    return status == RequestStatus::resolved || (status == RequestStatus::escalated && !clause);
  }
  // Who would be the nominee behind it, if there is one: rows of before have only who submitted it.
  const std::string& asked_by() const noexcept { return nominee ? *nominee : submitted_by; }
};

enum class NominationStatus : std::uint8_t { nominated, invoked, decided, revoked };

// The event has happened: the nominee speaks for the person.
constexpr bool may_act(NominationStatus status) noexcept {
  return status == NominationStatus::invoked || status == NominationStatus::decided;
}

struct Nomination {
  std::string principal;
  std::string nominee;
  NominationStatus status = NominationStatus::nominated;
  Instant nominated_at;
  std::optional<std::string> event;
  std::optional<std::string> evidence;
  std::optional<Instant> invoked_at;
  std::optional<Instant> verified_at;
  std::optional<Instant> decided_at;
  std::optional<std::string> details;

  bool may_act() const noexcept { return services::may_act(status); }
};

Result<std::optional<RightsRequest>> find_request(ReadTransaction& tx, std::string_view id);
// Without what it tells, which stays sealed.
Result<std::optional<RightsRequest>> look_at_request(ReadTransaction& tx, std::string_view id);
// The open request of this kind about the person, if there is one.
Result<std::optional<RightsRequest>> find_open(ReadTransaction& tx, std::string_view principal, Right kind);
// The request whose erasure the disposal of a record carries out: of all that were accepted for it, the one that is to be
// answered first.
Result<std::optional<RightsRequest>> request_behind(ReadTransaction& tx, std::string_view record);
Result<void> save(WriteTransaction& tx, Save how, const RightsRequest& value);
Result<std::optional<Nomination>> find_nomination(ReadTransaction& tx, std::string_view principal,
                                                  std::string_view nominee);
Result<std::vector<Nomination>> list_nominations(ReadTransaction& tx, std::string_view principal);
Result<void> save(WriteTransaction& tx, Save how, const Nomination& value);

// Whether an answer to the request ends up with the pharma side: it is about a doctor, and the nominee who asks is known
// there, by id or by a way to reach them. How to reach the doctor stays out of such an answer (C1-b).
Result<bool> told_to_pharma(Context& context, const RightsRequest& request, const Principal& person);

// What keeps a person's data for now: an open request that is to be answered from them (X55), and a nominee's event that is
// not decided yet (X49). An erasure keeps nothing; access keeps all, and so does a complaint, of which all may be the
// evidence, but for what the person asked to go; the others keep the account, and with it what was asked.
enum class Suspended : std::uint8_t { account, records, asked_to_go };
Result<std::vector<SuspensionFacts>> suspensions_of(ReadTransaction& tx, const PolicyPack& policy,
                                                    std::string_view principal, Suspended what);

// Registers a row of `rights_requests` as a record: the proof of what was asked and answered is kept as long as
// the audit log, from its end on, and an open request for as long as it is open.
Result<void> keep_request(Context& context, const store::Row& row);

// Forgets what the person wrote in requests and whom they named.
Result<void> forget_requests(WriteTransaction& tx, std::string_view principal);

// What who got a person's data is told to do with what `about` names, a person or a record, by kind of notice: let go of it
// (`erase`), or of all of the person but what is kept here (`erase_rest`); keep it out of use for as long as a law asks
// (`restrict`); keep it until something that keeps it here is over (`hold`), of which they hear then.
struct Instruction {
  std::string_view kind;
  std::string_view about;
  Instant due;
  std::string_view clause = "C8-c";
  std::optional<Instant> until = {};
  std::string_view request = {};
};

// Tells everybody who got the person's data. Returns how many.
Result<std::int64_t> tell_processors(Context& context, std::string_view principal, const Instruction& instruction);

// Tells those who were to keep what a record is about, when its erasure was accepted, that they are to let go of it now.
Result<void> tell_kept_over(Context& context, const Record& record, Sweep& done);

// `erase` or `erase_rest`: whether something that goes at a person's request is kept of them here.
Result<std::string_view> erasing(Context& context, std::string_view principal);

// The request by which a person's data were erased as a whole, or as much of it as is known still; without id where it is not.
Result<RightsRequest> whole_erasure(Context& context, const Principal& p);

// Whom to ask, and where to turn from there; part of every answer (C13-a). Those that are in effect, whichever version
// binds whoever asks: a former officer answers nobody.
const Contacts& contacts_in_effect(const PolicyVersions& policies, Instant now);
boost::json::object contacts_of(const PolicyVersions& policies, Instant now);
boost::json::object contacts_of(const Context& context);

// The records that an access tells of, or that an accepted erasure has left, as they are now: a page by record id.
Result<Outcome> list_items(Context& context, const RightsRequest& request, std::string_view after, std::uint32_t limit);

// What rights.resolve does for each right: the answer, or an error. Writes only at its end.
Result<Outcome> answer_access(Context& context, const RightsRequest& request, std::string_view format);
Result<Outcome> answer_correction(Context& context, const RightsRequest& request, const Arguments& args);
// What was accepted when a person's data were erased as a whole is accepted for a record of them that is registered
// later, unless it is of what was collected since (C8-c). Its subjects are saved, the record is not; nor does this save it.
Result<void> heed_erasures(Context& context, Record& record, const std::vector<std::string>& subjects);

Result<Outcome> answer_erasure(Context& context, const RightsRequest& request);

// Accepts again an erasure whose answer an older copy of the store has lost, as `told` by the ledger, and tells whom the
// answer told. Nothing is disposed of: that is for the next sweeps, once what else was lost has been put back.
struct ErasureLine;
Result<void> accept_again(Context& context, const RightsRequest& request, const ErasureLine& told);

// Puts a request back that was answered, as the ledger of erasures tells of it: closed. One that is on file is closed.
// A nominee at whose request all was erased, as `whole` says, has decided.
Result<void> restore_request(Context& context, const RightsRequest& told, bool whole);

}  // namespace connex::services

template <>
struct connex::Names<connex::services::RequestStatus> {
  static constexpr std::string_view list[] = {"received", "verified", "resolved", "refused", "escalated"};
};
template <>
struct connex::Names<connex::services::NominationStatus> {
  static constexpr std::string_view list[] = {"nominated", "invoked", "decided", "revoked"};
};
