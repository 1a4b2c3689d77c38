// Everything personal is a record under the retention algebra (X9: by class, never by store): what the host
// keeps, named by a locator, and what the engine keeps, named by table and key. This is what other concepts
// use of it; the sweep, disposition orders and holds are built on the same.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/retention.hpp"
#include "services/audit_log.hpp"
#include "services/command.hpp"
#include "services/entities.hpp"

namespace connex::services {

// As a sweep last found it; what is disposed of has no row any more.
enum class RecordState : std::uint8_t { active, restricted, held, ordered };

struct Record {
  std::string id;
  RecordClass record_class = RecordClass::account;
  std::optional<Instant> trigger_at;  // none: the clock has not started
  Instant collected_at;
  Instant processed_at;
  Instant registered_at;
  std::optional<std::string> locator;
  std::optional<std::string> source;  // name of the engine's table
  std::optional<std::string> source_key;
  std::optional<std::string> thread;
  std::optional<std::string> visit;
  RecordState state = RecordState::active;
  std::optional<Instant> next_at;
  std::optional<Instant> erasure_accepted_at;
  std::optional<Instant> unlinked_at;
  std::optional<std::string> erasure_request;  // of older versions, until a sweep has come to it (former_erasures.hpp)
};

// What the engine keeps in a row of its own.
struct Kept {
  const store::Table& table;
  std::span<const store::Cell> key;
  RecordClass record_class = RecordClass::communication;
  std::optional<Instant> trigger_at;
  std::vector<std::string> subjects;  // ids of principals, at most kMaxSubjects
  std::optional<std::string> thread;
  std::optional<std::string> visit;
  std::optional<std::string> locator;  // of what the host keeps besides the row
};
inline constexpr std::size_t kMaxSubjects = 100;

// The id of the record of a row: "recordings:r-1".
std::string record_id(const store::Table& table, std::span<const store::Cell> key);

// A primary key as text, its parts joined by `/`, and back; the cells borrow from the text.
std::string key_text(std::span<const store::Cell> key);
std::vector<store::Cell> parse_key(const store::Table& table, std::string_view text);

// Registers the row in the transaction that inserts it. From then on the sweep erases the row when it is due.
Result<void> keep_record(Context& context, const Kept& kept);

Result<std::optional<Record>> find_record(ReadTransaction& tx, std::string_view id);
Result<std::vector<std::string>> list_subjects(ReadTransaction& tx, std::string_view record);
Result<std::vector<store::Row>> scan_subjects(ReadTransaction& tx, std::string_view record);  // of `record_subjects`

// Notes by which request a person's erasure was accepted for a record, unless an earlier one was; whether the record is
// about the person at all.
Result<bool> note_erasure(WriteTransaction& tx, std::string_view record, std::string_view person,
                          std::string_view request);

// Adds those of these people whom the record is not about yet, as far as they have an account: an older version did not
// name them. What they have asked to be erased is heeded as when it was registered.
Result<void> add_subjects(Context& context, Record& record, const std::vector<std::string>& people);

// Ids of the records about a principal beyond `after`, in order.
Result<std::vector<std::string>> list_records_of(ReadTransaction& tx, std::string_view principal,
                                                 std::string_view after, std::uint32_t limit);

// A human interaction in a thread (X34), or the latest processing of a record: the clock of the classes that
// run from the last interaction starts anew, that of a document which has now served (X36) starts, no other one
// moves.
Result<void> touch_thread(Context& context, std::string_view thread, Instant at);
Result<void> touch_record(Context& context, Record& record, Instant at);

// The event from which the period of an engine's row runs turned out to lie later: a call has ended.
Result<void> restart_record(Context& context, Record& record, Instant trigger_at);

// The rules that bind a record: those for whichever of its people stands on the oldest version of the policy,
// all versions since then heeded (X26, X27).
class RetentionRules {
 public:
  explicit RetentionRules(Context& context) noexcept : context_(context) {}
  Result<const RetentionTable*> of(const Record& record) const;
  Result<const RetentionTable*> of(const Principal& person) const;
  Result<const RetentionTable*> of(std::string_view principal) const;  // who may be gone

 private:
  Context& context_;
};

// Of what keeps a child's data, that which can delay a request and no more ends with the report: holds that do not outlast
// the ceiling (X16), and requests that are to be answered from the data (C10-c, X39).
void release_child(const PolicyPack& policy, Instant child_since, std::vector<HoldFacts>& holds,
                   std::vector<SuspensionFacts>& suspensions);

// What records rest on of a person.
struct PersonFacts {
  bool reported_child = false;         // and not taken back
  std::optional<Instant> child_since;  // from when on the data go as a child's (C10-c)
  std::vector<SuspensionFacts> suspensions;
};

// What keeps records for now, read once for all records of a batch that changes nothing of it.
class Keeping {
 public:
  // Borrowed until the next call.
  Result<const PersonFacts*> person(ReadTransaction& tx, const PolicyPack& policy, std::string_view principal);
  Result<bool> any_hold(ReadTransaction& tx);

 private:
  std::map<std::string, PersonFacts, std::less<>> people_;
  std::optional<bool> any_hold_;
};

// The facts of a record; `facts` borrows from the rest.
struct RecordFacts {
  std::vector<std::string> subjects;
  std::vector<HoldFacts> holds;
  std::vector<std::string> hold_ids;
  std::vector<SuspensionFacts> suspensions;
  RetentionFacts facts;
  bool of_child = false;  // and so neither used nor shown, whatever its period
  bool child_leaves = false;  // that is more than somebody's word which the operator has to look into
  bool resumed = false;   // a hold has ended that kept a recording which was to go: the facts say when it now goes

  RecordFacts() = default;
  RecordFacts(const RecordFacts&) = delete;
  RecordFacts& operator=(const RecordFacts&) = delete;
};
// Until when a doctor may fetch a copy of a recording that somebody else wants erased, from `from` on: some days, and no
// longer than leaves a day to carry the erasure out in the time for its answer (X18, X22).
Instant copy_until(Instant from, Instant due) noexcept;
// From when on a recording goes of which nobody would have been told by then.
Instant last_word(Instant due) noexcept;

// The hold of these that keeps what was decided on; empty where none does.
std::string hold_behind(const RetentionDecision& decision, std::span<const std::string> hold_ids);

Result<void> load_facts(ReadTransaction& tx, const PolicyPack& policy, const Record& record, Keeping& keeping,
                        RecordFacts& facts);
Result<void> load_facts(ReadTransaction& tx, const PolicyPack& policy, const Record& record,
                        RecordFacts& facts);

struct Evaluation {
  RetentionDecision decision;
  std::string_view clause;
  boost::json::object answer;  // as `retention.evaluate` gives it
};
Result<Evaluation> evaluate_record(Context& context, const RetentionRules& rules, const Record& record);

// What an erasure would do to a record, or has done.
enum class ErasureStep : std::uint8_t { erase, restrict, unlink, retain };
struct ErasureItem {
  std::string record;
  RecordClass record_class = RecordClass::account;
  ErasureStep step = ErasureStep::retain;
  std::optional<Instant> until;  // none with `retain` or `restrict`: until what holds it is released
  RetentionBasis basis = RetentionBasis::rule;
  std::string_view clause;
  std::string_view source;  // of the legal floor that keeps it
  std::string hold;         // id of the hold that keeps it
};
// For the moment from which the erasure is accepted: now, unless the record says a later one.
Result<ErasureItem> plan_erasure(Context& context, const RetentionRules& rules, const Record& record);

// The same of what somebody else wrote, which stays for its own time; whether it can be taken from the person who asked.
Result<ErasureItem> plan_leaving(Context& context, const RetentionRules& rules, const Record& record, bool leaves);

// Enters in the ledger of erasures that what was accepted for a person before was carried on with.
Result<void> enter_person(Context& context, std::string_view person);

// Accepts an erasure of this record and carries out at once what can be: what the engine keeps goes, what the
// host keeps gets an order, the rest follows in a sweep as soon as nothing keeps it any more. One `done` for all
// of a command.
struct Sweep;
Result<ErasureItem> accept_erasure(Context& context, const RetentionRules& rules, Record& record, Sweep& done);

// Accepts it as of `accepted_at`, and leaves all that follows to the next sweep.
Result<ErasureItem> note_acceptance(Context& context, const RetentionRules& rules, Record& record, Instant accepted_at);

// Has the next sweeps look again at all records and the closed account of a principal, or at the records of a
// visit: something that they rest on has changed (an account was closed or opened, a suspension or a hold has ended).
Result<void> review_records_of(Context& context, std::string_view principal);
Result<bool> records_in_review(ReadTransaction& tx, std::string_view principal);
Result<void> review_records_of_visit(Context& context, std::string_view visit);

// Has the next sweeps look again at the audit entries that a hold kept.
Result<void> review_entries(Context& context);

// Whether a record of this row was disposed of.
Result<bool> was_disposed(ReadTransaction& tx, const store::Table& table, std::span<const store::Cell> key);

// Whether a record, or that of a row, may be used and shown now: before its ceiling, and not on its way out.
Result<bool> is_usable(Context& context, const RetentionRules& rules, const Record& record);
Result<bool> is_usable(Context& context, const store::Table& table, std::span<const store::Cell> key);

// The holds over a record, its principals and its visit, or over a principal alone, released ones included.
Result<void> holds_over(ReadTransaction& tx, std::string_view kind, std::string_view target,
                        std::vector<HoldFacts>& holds, std::vector<std::string>& ids);
// Those over an entry of the audit log: over its people and its visit.
Result<void> holds_over(ReadTransaction& tx, const AuditContent& entry, std::vector<HoldFacts>& holds);

}  // namespace connex::services

template <>
struct connex::Names<connex::services::RecordState> {
  static constexpr std::string_view list[] = {"active", "restricted", "held", "ordered"};
};
template <>
struct connex::Names<connex::services::ErasureStep> {
  static constexpr std::string_view list[] = {"erase", "restrict", "unlink", "retain"};
};
