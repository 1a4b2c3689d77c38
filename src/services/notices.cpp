#include "services/notices.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <charconv>

#include "services/answers.hpp"
#include "services/command_groups.hpp"
#include "services/dispositions.hpp"
#include "services/policy_versions.hpp"
#include "services/processors.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;
namespace t = notice;

constexpr std::string_view kPrefix = "n-";
constexpr std::string_view kPending = "pending";
constexpr std::string_view kConfirmed = "confirmed";
constexpr std::string_view kLapsed = "lapsed";
constexpr std::int64_t kMostListed = 1'000;

boost::json::object describe(const Row& row, UtcOffset offset) {
  boost::json::object out{{"notice", row.bytes(t::id)},
                          {"recipient", row.bytes(t::recipient)},
                          {"kind", row.bytes(t::kind)},
                          {"about", row.bytes(t::about)},
                          {"clause", row.bytes(t::clause)},
                          {"owed_at", format_instant({row.integer(t::owed_at)}, offset)},
                          {"due_at", nullptr}};
  if (!row.is_null(t::due_at)) out["due_at"] = format_instant({row.integer(t::due_at)}, offset);
  if (!row.is_null(t::until)) out["until"] = format_instant({row.integer(t::until)}, offset);
  return out;
}

// One notice of a change that everybody is told of. It is confirmed by a command of its own, not by an id.
boost::json::object describe(std::string_view recipient, std::string_view kind, std::string_view about,
                             std::string_view clause, Instant owed_at, std::optional<Instant> due_at,
                             UtcOffset offset) {
  return {{"recipient", recipient},
          {"kind", kind},
          {"about", about},
          {"clause", clause},
          {"owed_at", format_instant(owed_at, offset)},
          {"due_at", instant_or_null(due_at, offset)}};
}

// A material version is announced so many days before it takes effect, or as soon as it is published (C12-b).
Instant announced_by(const PolicyVersion& version, const PolicyPack& policy) {
  const Instant before{version.effective_at.micros - policy.notices.policy_days * kMicrosPerDay};
  return std::max(before, version.published_at);
}

Outcome page_of(const boost::json::array& notices, const std::string& next) {
  Outcome outcome;
  outcome.result = {{"notices", notices},
                    {"next", text_or_null(next)}};
  return outcome;
}

Result<Outcome> pending_of_version(Context& context, const Arguments& args, std::uint32_t limit) {
  const PolicyVersion* version = context.policies.find(args.text("version"));
  if (version == nullptr) return not_found("published version of the policy", "version");
  boost::json::array notices;
  if (!version->material) return page_of(notices, {});
  CONNEX_TRY(page, list_untold(context.read(), context.policies, version->number, args.text("after"), limit));
  for (const std::string& id : page.ids)
    notices.push_back(describe(id, "policy_change", version->filed.pack->version, "C12-b", version->published_at,
                               announced_by(*version, context.policy), context.offset()));
  return page_of(notices, page.next);
}

Result<Outcome> pending_of_processor(Context& context, const Arguments& args, std::uint32_t limit) {
  const std::string_view processor = args.text("processor");
  CONNEX_TRY(page,
             list_untold_customers(context.read(), context.policies, processor, args.text("after"), limit));
  if (!page) return not_found("open change of a processor", "processor");
  boost::json::array notices;
  for (const std::string& id : page->ids)
    notices.push_back(
        describe(id, "processor_change", processor, "C5-o", page->proposed_at, std::nullopt, context.offset()));
  return page_of(notices, page->next);
}

// The changes of which everybody is told, while there is somebody to tell.
Result<boost::json::array> changes_to_tell(Context& context) {
  boost::json::array changes;
  for (const PolicyVersion& version : context.policies.list())
    if (version.number > 1 && version.material && !version.settled_at)
      changes.push_back({{"version", version.filed.pack->version},
                         {"due_at", format_instant(announced_by(version, context.policy), context.offset())}});
  CONNEX_TRY(untold, list_untold_changes(context.read(), context.policies));
  for (const UntoldChange& change : untold)
    changes.push_back({{"processor", change.processor},
                       {"owed_at", format_instant(change.proposed_at, context.offset())}});
  return changes;
}

Result<Outcome> notice_pending(Context& context, const Arguments& args) {
  const Cell equal[] = {kPending};
  const Cell position[] = {args.text("after")};
  store::Range range{.index = &t::kByState, .equal = equal, .limit = 100};
  if (args.has("limit")) range.limit = static_cast<std::uint32_t>(args.integer("limit"));
  if (args.has("version") && args.has("processor")) return invalid("one of the two is expected", "version");
  if (args.has("version")) return pending_of_version(context, args, range.limit);
  if (args.has("processor")) return pending_of_processor(context, args, range.limit);
  if (args.has("after")) range.after = position;
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(t::kTable, range, rows));
  boost::json::array notices;
  for (const Row& row : rows) notices.push_back(describe(row, context.offset()));
  Outcome outcome;
  CONNEX_TRY(changes, changes_to_tell(context));
  outcome.result = {{"notices", std::move(notices)}, {"next", nullptr}, {"changes", std::move(changes)}};
  if (rows.size() == range.limit) outcome.result["next"] = rows.back().bytes(t::id);
  return outcome;
}

Result<Outcome> notice_confirm(Context& context, const Arguments& args) {
  const Instant at = args.has("at") ? args.instant("at") : context.now;
  if (at > context.now) return invalid("the notice lies in the future", "at");
  Row row;
  const Cell key[] = {args.text("notice")};
  CONNEX_TRY(found, context.read().get(t::kTable, key, row));
  if (!found) return not_found("notice", "notice");
  if (row.bytes(t::state) == kConfirmed) return conflict("the notice was confirmed already", "notice");
  if (row.bytes(t::state) == kLapsed) return conflict("whom it was owed to is not to be reached any more", "notice");
  if (at.micros < row.integer(t::owed_at)) return invalid("the notice was not yet owed", "at");

  std::vector<Cell> cells = cells_of(row);
  cells[t::state] = kConfirmed;
  cells[t::told_at] = at.micros;
  cells[t::channel] = args.text("channel");
  cells[t::evidence] = args.text("evidence");
  CONNEX_CHECK(context.write().update(t::kTable, cells));
  if (row.bytes(t::kind) == "recording_erased")
    CONNEX_CHECK(heard_of_erasure(context, row.bytes(t::about), row.bytes(t::recipient), at));
  Outcome outcome;
  outcome.object = row.bytes(t::recipient);
  outcome.object_is_person = true;
  outcome.details = {{"notice", std::string(args.text("notice"))},
                     {"kind", std::string(row.bytes(t::kind))}};
  outcome.result = describe(row, context.offset());
  outcome.result["told_at"] = format_instant(at, context.offset());
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr std::string_view kChannels[] = {"email", "in_app", "post", "telephone"};
constexpr Argument kPendingArguments[] = {
    how_many("limit", "at most how many; 100 when not given", kMostListed),
    {"after", id, false, "`next` of the page before"},
    {"version", id, false, "instead, who must still be told of this version of the policy"},
    {"processor", id, false, "instead, which customers must still be told of the change of this processor: organisations, and users without one"},
};
constexpr Argument kConfirm[] = {
    {"notice", id, true, "id of the notice"},
    {"channel", choice, true, "how the recipient was told", 0, kChannels},
    {"evidence", id, true, "reference to the evidence"},
    {"at", instant, false, "when; now when not given"},
};
constexpr std::string_view kClauses[] = {"C2.3-a", "C6.4-i"};
constexpr std::string_view kPendingClauses[] = {"C2.3-a", "C5-o", "C6.4-i", "C12-b"};

constexpr Command kCommands[] = {
    {"notice.pending",
     "Lists who must still be told of what. A processor: to erase what `about` names (`erase`), a person but for what is kept "
     "of them here (`erase_rest`), to keep it out of use until a law lets it go (`restrict`), or until it hears more (`hold`)",
     reports, kAuditors, false, kPendingArguments,
     kPendingClauses, notice_pending},
    {"notice.confirm", "Records that somebody was told", changes, kAuditors, false, kConfirm, kClauses,
     notice_confirm},
};

}  // namespace

namespace {

Result<void> insert(Context& context, const Notice& n, Instant owed_at, std::optional<Instant> told_at) {
  std::vector<Row> last;
  CONNEX_CHECK(context.write().scan(t::kTable, {.limit = 1, .descending = true}, last));
  Number number = 1;
  if (!last.empty()) {
    const std::string_view digits = last.front().bytes(t::id).substr(kPrefix.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    ++number;
  }
  const std::string id = fmt::format("{}{:012}", kPrefix, number);
  const auto moment = [](const std::optional<Instant>& at) { return at ? Cell(at->micros) : Cell(); };
  const Cell cells[] = {std::string_view(id), told_at ? kConfirmed : kPending, n.recipient, n.kind,
                        n.about,  n.clause, owed_at.micros, moment(n.due_at), moment(told_at),
                        Cell(),   Cell(),   moment(n.until), n.request.empty() ? Cell() : Cell(n.request)};
  return context.write().insert(t::kTable, cells);
}

}  // namespace

Result<void> owe_notice(Context& context, const Notice& n) {
  // Whose data went before cannot be told any more; whose data went with this very command, for a while.
  CONNEX_TRY(person, find_account(context.read(), n.recipient));
  if (person && person->status == AccountStatus::erased) {
    if (person->standing_seq != context.seq) return {};
    const Instant last{context.now.micros + context.policy.rights.response_days * kMicrosPerDay};
    person->look_at = std::max({person->look_at.value_or(last), last, n.due_at.value_or(last)});
    CONNEX_CHECK(save(context.write(), Save::update, *person));
  }
  return insert(context, n, context.now, std::nullopt);
}

Result<void> file_notice(Context& context, const Notice& n, Instant owed_at, Instant told_at) {
  return insert(context, n, owed_at, told_at);
}

Result<std::optional<Instant>> find_told(ReadTransaction& tx, const Notice& n) {
  const Cell equal[] = {n.recipient, kConfirmed};
  std::optional<Instant> told;
  CONNEX_CHECK(tx.visit(t::kTable, {.index = &t::kByRecipient, .equal = equal, .limit = store::kNoLimit},
                        [&](store::RowView row) -> Result<bool> {
                          if (row.bytes(t::kind) == n.kind && row.bytes(t::about) == n.about)
                            told = Instant{row.integer(t::told_at)};
                          return !told;
                        }));
  return told;
}

Result<void> lapse_notices(Context& context, std::string_view person) {
  constexpr std::uint32_t kPage = 500;
  const Cell equal[] = {person, kPending};
  for (;;) {
    std::vector<Row> rows;
    CONNEX_CHECK(context.write().scan(t::kTable, {.index = &t::kByRecipient, .equal = equal, .limit = kPage}, rows));
    for (const Row& row : rows) {
      std::vector<Cell> cells = cells_of(row);
      cells[t::state] = kLapsed;
      cells[t::told_at] = context.now.micros;
      CONNEX_CHECK(context.write().update(t::kTable, cells));
      if (row.bytes(t::kind) == "recording_erased")
        CONNEX_CHECK(heard_of_erasure(context, row.bytes(t::about), person, std::nullopt));
    }
    if (rows.size() < kPage) return {};
  }
}

std::span<const Command> notice_commands() noexcept { return kCommands; }

}  // namespace connex::services
