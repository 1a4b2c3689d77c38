// hold.*: the register of what must not be disposed of (C6.4-h, X17). The operator keeps it; what the pharma
// side asks for by itself holds nothing.
#include "services/holds.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <span>

#include "json/canonical.hpp"
#include "json/strict.hpp"
#include "services/answers.hpp"
#include "services/audit_erasure.hpp"
#include "services/command_groups.hpp"
#include "services/notices.hpp"
#include "services/records.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

namespace h = hold;
using boost::json::array;
using boost::json::value;
using Object = boost::json::object;
using store::Cell;
using store::Row;

constexpr std::int64_t kMaxScope = 1'000;
constexpr std::string_view kPlaced = "placed";
constexpr std::string_view kReleased = "released";
constexpr std::string_view kToldByLedger = "released before this copy of the store was put back";

struct ScopeKind {
  std::string_view argument;
  std::string_view kind;
};
constexpr ScopeKind kScopes[] = {{"records", "record"}, {"principals", "principal"}, {"visits", "visit"}};

Error bad_scope(std::string message, std::string_view argument) {
  return invalid(std::move(message), "scope/" + std::string(argument));
}

// Whether what a hold is to cover is there.
Result<bool> exists(ReadTransaction& tx, std::string_view kind, std::string_view id) {
  Row row;
  const Cell key[] = {id};
  const store::Table& table = kind == "record"      ? retained::kTable
                              : kind == "principal" ? principal::kTable
                                                    : visit::kTable;
  return tx.get(table, key, row);
}

Result<void> add_doctor(ReadTransaction& tx, std::string_view id, std::vector<std::string>& doctors) {
  CONNEX_TRY(person, find_principal(tx, id));
  if (!person || person->role != Role::doctor) return {};
  if (std::find(doctors.begin(), doctors.end(), id) == doctors.end()) doctors.emplace_back(id);
  return {};
}

// The doctor, or the doctors of whose recorded calls a hold on the other participant keeps the recordings.
Result<void> add_doctors_with(ReadTransaction& tx, std::string_view id, std::vector<std::string>& doctors) {
  namespace v = visit;
  constexpr std::uint32_t kPage = 500;
  CONNEX_TRY(person, find_account(tx, id));
  if (!person || person->role != Role::medical_representative) return add_doctor(tx, id, doctors);
  for (const VisitState state : {VisitState::started, VisitState::ended}) {
    const Cell equal[] = {id, name(state)};
    std::vector<Row> rows;
    std::vector<Cell> position;
    do {
      std::vector<Row> next;
      CONNEX_CHECK(tx.scan(
          v::kTable, {.index = &v::kByRepresentative, .equal = equal, .after = position, .limit = kPage}, next));
      rows = std::move(next);
      for (const Row& row : rows) {
        CONNEX_TRY(recorded, find_recording_of(tx, row.bytes(v::id)));
        if (recorded) CONNEX_CHECK(add_doctor(tx, row.bytes(v::doctor), doctors));
      }
      if (!rows.empty()) position = {rows.back()[v::starts_at], rows.back()[v::id]};
    } while (rows.size() == kPage);
  }
  return {};
}

// The doctors whose data a hold covers: they are told of it, and of its end (C6.4-i).
Result<void> add_doctors_under(ReadTransaction& tx, std::string_view kind, std::string_view target,
                               std::vector<std::string>& doctors) {
  if (kind == "principal") return add_doctors_with(tx, target, doctors);
  if (kind == "visit") {
    CONNEX_TRY(visit, find_visit(tx, target));
    return visit ? add_doctor(tx, visit->doctor, doctors) : Result<void>();
  }
  CONNEX_TRY(subjects, list_subjects(tx, target));
  for (const std::string& subject : subjects) CONNEX_CHECK(add_doctor(tx, subject, doctors));
  return {};
}

Result<void> review_scope(Context& context, std::string_view kind, std::string_view target) {
  if (kind == "principal") return review_records_of(context, target);
  if (kind == "visit") return review_records_of_visit(context, target);
  Row row;
  const Cell key[] = {target};
  CONNEX_TRY(found, context.read().get(retained::kTable, key, row));
  if (!found) return {};
  std::vector<Cell> cells = cells_of(row);
  cells[retained::next_at] = context.now.micros;
  return context.write().update(retained::kTable, cells);
}

Object describe(const Row& row, Instant now, UtcOffset offset) {
  const bool placed = row.is_null(h::released_at);
  return {{"id", row.bytes(h::id)},
          {"basis", row.bytes(h::basis)},
          {"authority", row.bytes(h::authority)},
          {"citation", row.bytes(h::citation)},
          {"state", row.bytes(h::state)},
          {"placed_at", instant_or_null(row, h::placed_at, offset)},
          {"placed_by", row.bytes(h::placed_by)},
          {"approved_by", row.bytes(h::approved_by)},
          {"review_at", instant_or_null(row, h::review_at, offset)},
          {"review_overdue", placed && row.integer(h::review_at) < now.micros},
          {"reviewed_at", instant_or_null(row, h::reviewed_at, offset)},
          {"expected_end", instant_or_null(row, h::expected_end, offset)},
          {"released_at", instant_or_null(row, h::released_at, offset)}};
}

Result<void> check_approver(Context& context, std::string_view id) {
  if (id == context.actor.id) return invalid("another person than the actor must approve", "approved_by");
  CONNEX_TRY(approver, find_principal(context.read(), id));
  if (!approver) return not_found("principal", "approved_by");
  if (!approver->active()) return conflict("the account of who approves is not active", "approved_by");
  if (context.policy.rule(approver->role).side != Side::operator_)
    return invalid("somebody of the operator must approve", "approved_by");
  return {};
}

// The next review, the expected end and who approved: the same of a hold that is placed and of one that goes on.
Result<void> check_terms(Context& context, const Arguments& args) {
  const Instant review_at = args.instant("review_at");
  const std::int64_t most = context.policy.holds.review_days * kMicrosPerDay;
  if (review_at <= context.now) return invalid("the review does not lie in the future", "review_at");
  if (review_at.micros > context.now.micros + most)
    return invalid("the review lies further ahead than a hold may go without one", "review_at");
  if (args.has("expected_end") && args.instant("expected_end") <= context.now)
    return invalid("the expected end does not lie in the future", "expected_end");
  return check_approver(context, args.text("approved_by"));
}

// Tells the doctors until when a hold is expected to last, or else when it is looked at next (C6.4-i).
Result<array> tell_doctors(Context& context, std::string_view kind, std::string_view hold,
                           const std::vector<std::string>& doctors, std::optional<Instant> expected_end,
                           Instant review_at) {
  array told;
  const Instant until = expected_end.value_or(review_at);
  for (const std::string& doctor : doctors) {
    CONNEX_CHECK(owe_notice(context, {.recipient = doctor,
                                      .kind = kind,
                                      .about = hold,
                                      .clause = "C6.4-i",
                                      .due_at = context.now,
                                      .until = until}));
    told.push_back({{"principal", doctor},
                    {"until", format_instant(until, context.offset())},
                    {"is", expected_end ? "expected_end" : "review"}});
  }
  return told;
}

void oblige_to_tell(Outcome& outcome, Instant due) {
  outcome.obligations.push_back({{"notify_doctor_of_hold", "host", "C6.4-i"}, due, {}});
}

Result<std::vector<Row>> list_scope(ReadTransaction& tx, std::string_view hold) {
  namespace s = hold_scope;
  const Cell equal[] = {hold};
  std::vector<Row> scopes;
  CONNEX_CHECK(tx.scan(
      s::kTable, {.index = &s::kByHold, .equal = equal, .limit = static_cast<std::uint32_t>(kMaxScope)}, scopes));
  return scopes;
}

// Enters the hold in the ledger of erasures, while it is in force with all that it says: in an older copy of the store it
// is to keep what it keeps here, before anything else is disposed of.
Result<void> enter_hold(Context& context, std::string_view id) {
  CONNEX_CHECK(forget_pass(context.write()));
  Row row;
  const Cell key[] = {id};
  CONNEX_TRY(found, context.read().get(h::kTable, key, row));
  if (!found) return {};
  ErasureLine line;
  line.at = context.now;
  line.deed = ErasureDeed::hold;
  line.object = id;
  line.state = row.bytes(h::state);
  if (row.is_null(h::released_at)) {
    Object cells;
    for (std::size_t i = 0; i < h::kTable.columns.size(); ++i) {
      if (row.is_null(i)) continue;
      value& cell = cells[h::kTable.columns[i].name];
      if (h::kTable.columns[i].type == store::CellType::integer) {
        cell = std::to_string(row.integer(i));
      } else {
        cell = row.bytes(i);
      }
    }
    CONNEX_TRY(scopes, list_scope(context.read(), id));
    array scope;
    for (const Row& one : scopes) scope.push_back({one.bytes(hold_scope::kind), one.bytes(hold_scope::target)});
    line.content = json::canonical(Object{{"row", std::move(cells)}, {"scope", std::move(scope)}});
  }
  CONNEX_CHECK(context.vault().enter(context.write(), line));
  return {};
}

// `scopes` is what it covers.
Result<void> mark_released(Context& context, const Row& hold, std::span<const Row> scopes, Instant at, std::string_view by,
                           std::string_view reason) {
  std::vector<Cell> cells = cells_of(hold);
  cells[h::released_at] = at.micros;
  cells[h::released_by] = by;
  cells[h::reason] = reason;
  cells[h::state] = kReleased;
  CONNEX_CHECK(context.write().update(h::kTable, cells));
  CONNEX_CHECK(review_entries(context));
  for (const Row& scope : scopes)
    CONNEX_CHECK(review_scope(context, scope.bytes(hold_scope::kind), scope.bytes(hold_scope::target)));
  return {};
}

Result<Outcome> hold_place(Context& context, const Arguments& args) {
  CONNEX_CHECK(check_terms(context, args));
  const Instant review_at = args.instant("review_at");
  Row row;
  const Cell key[] = {args.text("id")};
  CONNEX_TRY(taken, context.read().get(h::kTable, key, row));
  if (taken) return conflict("a hold of this id exists", "id");

  const Arguments scope(*args.object("scope"));
  std::int64_t covered = 0;
  for (const auto& [argument, kind] : kScopes) {
    std::vector<std::string> ids = scope.ids(argument);
    covered += static_cast<std::int64_t>(ids.size());
    std::sort(ids.begin(), ids.end());
    if (std::adjacent_find(ids.begin(), ids.end()) != ids.end())
      return bad_scope("an id is listed twice", argument);
    for (const std::string& id : ids) {
      CONNEX_TRY(found, exists(context.read(), kind, id));
      if (!found) return not_found(kind, "scope/" + std::string(argument));
    }
  }
  if (covered == 0) return invalid("a hold names the records, principals or visits that it covers", "scope");
  if (covered > kMaxScope) return invalid("a hold covers at most 1,000 ids", "scope");
  std::vector<std::string> doctors;
  for (const auto& [argument, kind] : kScopes)
    for (const std::string& id : scope.ids(argument))
      CONNEX_CHECK(add_doctors_under(context.read(), kind, id, doctors));

  const std::string_view actor = context.actor.id;
  const Cell cells[] = {args.text("id"),
                        args.text("basis"),
                        args.text("authority"),
                        args.text("citation"),
                        context.now.micros,
                        actor,
                        args.text("approved_by"),
                        review_at.micros,
                        args.has("expected_end") ? Cell(args.instant("expected_end").micros) : Cell(),
                        Cell(),
                        Cell(),
                        Cell(),
                        kPlaced,
                        Cell(),
                        Cell(),
                        Cell()};
  CONNEX_CHECK(context.write().insert(h::kTable, cells));
  for (const auto& [argument, kind] : kScopes) {
    for (const std::string& id : scope.ids(argument)) {
      const Cell covers[] = {kind, std::string_view(id), args.text("id")};
      CONNEX_CHECK(context.write().insert(hold_scope::kTable, covers));
      CONNEX_CHECK(review_scope(context, kind, id));
    }
  }
  CONNEX_CHECK(enter_hold(context, args.text("id")));
  CONNEX_TRY(placed, context.read().get(h::kTable, key, row));
  Outcome outcome;
  outcome.object = args.text("id");
  outcome.details = {{"basis", std::string(args.text("basis"))},
                     {"approved_by", std::string(args.text("approved_by"))},
                     {"review_at", std::to_string(review_at.micros)}};
  outcome.result = describe(row, context.now, context.offset());
  std::optional<Instant> ends;
  if (args.has("expected_end")) ends = args.instant("expected_end");
  CONNEX_TRY(notices, tell_doctors(context, "hold_placed", args.text("id"), doctors, ends, review_at));
  if (!notices.empty()) oblige_to_tell(outcome, context.now);
  outcome.subjects = std::move(doctors);
  outcome.result["notify"] = std::move(notices);
  const bool outlasts =
      context.policy.holds.outlasting_ceiling.contains(*from_name<HoldBasis>(args.text("basis")));
  outcome.result["outlasts_period"] = outlasts;
  return outcome;
}

Result<Outcome> hold_release(Context& context, const Arguments& args) {
  namespace s = hold_scope;
  Row row;
  const Cell key[] = {args.text("id")};
  CONNEX_TRY(found, context.read().get(h::kTable, key, row));
  if (!found) return not_found("hold", "id");
  if (!row.is_null(h::released_at)) return conflict("the hold was released already", "id");
  CONNEX_TRY(scopes, list_scope(context.read(), args.text("id")));
  CONNEX_CHECK(mark_released(context, row, scopes, context.now, context.actor.id, args.text("reason")));
  CONNEX_CHECK(enter_hold(context, args.text("id")));
  std::vector<std::string> doctors;
  for (const Row& scope : scopes)
    CONNEX_CHECK(add_doctors_under(context.read(), scope.bytes(s::kind), scope.bytes(s::target), doctors));
  Outcome outcome;
  for (const std::string& doctor : doctors)
    CONNEX_CHECK(owe_notice(context, {.recipient = doctor,
                                      .kind = "hold_released",
                                      .about = args.text("id"),
                                      .clause = "C6.4-i",
                                      .due_at = context.now}));
  outcome.subjects = std::move(doctors);
  outcome.object = args.text("id");
  Row now;
  CONNEX_TRY(still, context.read().get(h::kTable, key, now));
  outcome.result = describe(now, context.now, context.offset());
  return outcome;
}

// A hold that is still needed goes on, to its next review; whoever is under it is told anew (X17).
Result<Outcome> hold_review(Context& context, const Arguments& args) {
  namespace s = hold_scope;
  CONNEX_CHECK(check_terms(context, args));
  Row row;
  const Cell key[] = {args.text("id")};
  CONNEX_TRY(found, context.read().get(h::kTable, key, row));
  if (!found) return not_found("hold", "id");
  if (!row.is_null(h::released_at)) return conflict("the hold was released already", "id");
  const Instant review_at = args.instant("review_at");
  std::optional<Instant> ends;
  if (args.has("expected_end")) {
    ends = args.instant("expected_end");
  } else if (!row.is_null(h::expected_end) && row.integer(h::expected_end) > context.now.micros) {
    ends = Instant{row.integer(h::expected_end)};
  }
  std::vector<Cell> cells = cells_of(row);
  cells[h::review_at] = review_at.micros;
  cells[h::expected_end] = ends ? Cell(ends->micros) : Cell();
  cells[h::reviewed_at] = context.now.micros;
  cells[h::review_approved_by] = args.text("approved_by");
  cells[h::review_reason] = args.text("reason");
  CONNEX_CHECK(context.write().update(h::kTable, cells));
  CONNEX_CHECK(enter_hold(context, args.text("id")));
  CONNEX_TRY(scopes, list_scope(context.read(), args.text("id")));
  std::vector<std::string> doctors;
  for (const Row& scope : scopes)
    CONNEX_CHECK(add_doctors_under(context.read(), scope.bytes(s::kind), scope.bytes(s::target), doctors));
  CONNEX_TRY(notices, tell_doctors(context, "hold_reviewed", args.text("id"), doctors, ends, review_at));
  Outcome outcome;
  if (!notices.empty()) oblige_to_tell(outcome, context.now);
  outcome.subjects = std::move(doctors);
  outcome.object = args.text("id");
  outcome.details = {{"approved_by", std::string(args.text("approved_by"))},
                     {"review_at", std::to_string(review_at.micros)}};
  Row now;
  CONNEX_TRY(still, context.read().get(h::kTable, key, now));
  outcome.result = describe(now, context.now, context.offset());
  outcome.result["notify"] = std::move(notices);
  return outcome;
}

// Those that are placed, then those that were released; the page after the hold `after`.
Result<Outcome> hold_list(Context& context, const Arguments& args) {
  const bool all = args.boolean("released").value_or(false);
  const std::size_t limit = args.has("limit") ? static_cast<std::size_t>(args.integer("limit")) : 100;
  Row last;
  std::array<Cell, 2> position;
  std::string_view from;  // the state of the hold that the page comes after
  if (args.has("after")) {
    const Cell key[] = {args.text("after")};
    CONNEX_TRY(there, context.read().get(h::kTable, key, last));
    if (!there) return not_found("hold", "after");
    from = last.bytes(h::state);
    if (from == kReleased && !all) return conflict("the hold was released since: begin again", "after");
    position = {last[h::review_at], last[h::id]};
  }
  array holds;
  for (const std::string_view state : {kPlaced, kReleased}) {
    if (holds.size() == limit || (state == kReleased ? !all : from == kReleased)) continue;
    const Cell equal[] = {state};
    store::Range range{
        .index = &h::kByState, .equal = equal, .limit = static_cast<std::uint32_t>(limit - holds.size())};
    if (state == from) range.after = position;
    std::vector<Row> rows;
    CONNEX_CHECK(context.read().scan(h::kTable, range, rows));
    for (const Row& row : rows) {
      Object described = describe(row, context.now, context.offset());
      namespace s = hold_scope;
      CONNEX_TRY(scopes, list_scope(context.read(), row.bytes(h::id)));
      Object scope;
      for (const auto& [argument, kind] : kScopes) {
        array ids;
        for (const Row& covered : scopes)
          if (covered.bytes(s::kind) == kind) ids.emplace_back(covered.bytes(s::target));
        scope[argument] = std::move(ids);
      }
      described["scope"] = std::move(scope);
      holds.push_back(std::move(described));
    }
  }
  Outcome outcome;
  outcome.result = {{"holds", std::move(holds)}, {"next", nullptr}};
  const array& page = outcome.result.at("holds").get_array();
  if (page.size() == limit) outcome.result["next"] = page.back().at("id");
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kScope[] = {
    {"records", ids, false, "ids of records", kMaxScope},
    {"principals", ids, false, "ids of principals, all of whose records it covers", kMaxScope},
    {"visits", ids, false, "ids of visits, all of whose records it covers", kMaxScope},
};
constexpr Argument kPlace[] = {
    {"id", id, true, "id of the hold"},
    {"basis", choice, true, "what the hold rests on", 0, Names<HoldBasis>::list},
    {"authority", line, true, "who ordered it", kMaxName},
    {"citation", line, true, "section, case or reference under which it was ordered", kMaxName},
    {"scope", object, true, "what it covers", 0, {}, kScope},
    {"expected_end", instant, false, "when it is expected to end"},
    {"review_at", instant, true, "when it is reviewed, at most 90 days on"},
    {"approved_by", id, true, "id of another person, who approved it"},
};
constexpr Argument kReview[] = {
    {"id", id, true, "id of the hold"},
    {"review_at", instant, true, "when it is reviewed next, at most 90 days on"},
    {"expected_end", instant, false, "when it is expected to end; as before when not given"},
    {"approved_by", id, true, "id of another person, who approved that it goes on"},
    {"reason", line, true, "why it is still needed", kMaxName},
};
constexpr Argument kRelease[] = {
    {"id", id, true, "id of the hold"},
    {"reason", line, true, "why it is released", kMaxName},
};
constexpr Argument kList[] = {
    {"released", boolean, false, "whether to list those that were released as well"},
    how_many("limit", "how many at most; 100 when not given", 1'000),
    {"after", id, false, "the last hold of the page before"},
};
constexpr std::string_view kPlaceClauses[] = {"C6.4-h", "C6.4-i"};
constexpr std::string_view kReleaseClauses[] = {"C6.4-h", "C6.4-i"};
constexpr std::string_view kHoldClauses[] = {"C6.4-h"};

constexpr Command kCommands[] = {
    {"hold.place", "Places a hold on records, principals or visits", changes, kAuditors, false, kPlace,
     kPlaceClauses, hold_place},
    {"hold.review", "Records that a hold was reviewed and goes on", changes, kAuditors, false, kReview,
     kPlaceClauses, hold_review},
    {"hold.release", "Releases a hold; what it suspended goes on", changes, kAuditors, false, kRelease,
     kReleaseClauses, hold_release},
    {"hold.list", "Lists holds, the one to be reviewed next first", reports, kAuditors, false, kList,
     kHoldClauses, hold_list},
};

}  // namespace

Result<void> play_hold(Context& context, const ErasureLine& line) {
  CONNEX_CHECK(forget_pass(context.write()));
  Row before;
  const Cell key[] = {std::string_view(line.object)};
  CONNEX_TRY(there, context.read().get(h::kTable, key, before));
  if (line.content.empty()) {  // released since, or told by a later line
    if (!there || line.state != kReleased || !before.is_null(h::released_at)) return {};
    CONNEX_TRY(scopes, list_scope(context.read(), line.object));
    return mark_released(context, before, scopes, line.at, "system", kToldByLedger);
  }
  CONNEX_TRY(told, json::parse(line.content));
  const Object& row = told.at("row").as_object();
  std::vector<std::int64_t> integers(h::kTable.columns.size());
  std::vector<Cell> cells(h::kTable.columns.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const value* cell = row.if_contains(h::kTable.columns[i].name);
    if (cell == nullptr) continue;
    const std::string_view text = cell->as_string();
    cells[i] = text;
    if (h::kTable.columns[i].type != store::CellType::integer) continue;
    std::from_chars(text.data(), text.data() + text.size(), integers[i]);
    cells[i] = integers[i];
  }
  CONNEX_CHECK(there ? context.write().update(h::kTable, cells) : context.write().insert(h::kTable, cells));
  for (const value& one : told.at("scope").as_array()) {
    const std::string_view kind = one.as_array().at(0).as_string();
    const std::string_view target = one.as_array().at(1).as_string();
    const Cell covers[] = {kind, target, cells[h::id]};
    Row known;
    CONNEX_TRY(covered, context.read().get(hold_scope::kTable, covers, known));
    if (!covered) CONNEX_CHECK(context.write().insert(hold_scope::kTable, covers));
    CONNEX_CHECK(review_scope(context, kind, target));
  }
  return {};
}

std::span<const Command> hold_commands() noexcept { return kCommands; }

}  // namespace connex::services
