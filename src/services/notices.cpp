#include "services/notices.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <charconv>

#include "services/command_groups.hpp"
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

Result<Outcome> notice_pending(Context& context, const Arguments& args) {
  const Cell equal[] = {kPending};
  const Cell position[] = {args.text("after")};
  store::Range range{.index = &t::kByState, .equal = equal, .limit = 100};
  if (args.has("limit")) range.limit = static_cast<std::uint32_t>(args.integer("limit"));
  if (range.limit == 0) return invalid("the limit must be at least 1", "limit");
  if (args.has("after")) range.after = position;
  std::vector<Row> rows;
  CONNEX_CHECK(context.read().scan(t::kTable, range, rows));
  boost::json::array notices;
  for (const Row& row : rows) notices.push_back(describe(row, context.offset()));
  Outcome outcome;
  outcome.result = {{"notices", std::move(notices)}, {"next", nullptr}};
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
  if (at.micros < row.integer(t::owed_at)) return invalid("the notice was not yet owed", "at");

  std::vector<Cell> cells;
  for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(row[i]);
  cells[t::state] = kConfirmed;
  cells[t::told_at] = at.micros;
  cells[t::channel] = args.text("channel");
  cells[t::evidence] = args.text("evidence");
  CONNEX_CHECK(context.write().update(t::kTable, cells));
  Outcome outcome;
  outcome.object = row.bytes(t::recipient);
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
    {"limit", integer, false, "at most how many", kMostListed},
    {"after", id, false, "the last notice of the page before"},
};
constexpr Argument kConfirm[] = {
    {"notice", id, true, "id of the notice"},
    {"channel", choice, true, "how the recipient was told", 0, kChannels},
    {"evidence", id, true, "reference to the evidence"},
    {"at", instant, false, "when; now when not given"},
};
constexpr std::string_view kClauses[] = {"C2.3-a", "C6.4-i"};

constexpr Command kCommands[] = {
    {"notice.pending", "Lists who must still be told of what", reports, kAuditors, false, kPendingArguments,
     kClauses, notice_pending},
    {"notice.confirm", "Records that somebody was told", changes, kAuditors, false, kConfirm, kClauses,
     notice_confirm},
};

}  // namespace

Result<void> owe_notice(Context& context, const Notice& n) {
  std::vector<Row> last;
  CONNEX_CHECK(context.write().scan(t::kTable, {.limit = 1, .descending = true}, last));
  Number number = 1;
  if (!last.empty()) {
    const std::string_view digits = last.front().bytes(t::id).substr(kPrefix.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    ++number;
  }
  const std::string id = fmt::format("{}{:012}", kPrefix, number);
  const Cell cells[] = {std::string_view(id), kPending, n.recipient,        n.kind,
                        n.about,  n.clause, context.now.micros, n.due_at ? Cell(n.due_at->micros) : Cell(),
                        Cell(),   Cell(),   Cell(), n.until ? Cell(n.until->micros) : Cell(),
                        n.request.empty() ? Cell() : Cell(n.request)};
  return context.write().insert(t::kTable, cells);
}

std::span<const Command> notice_commands() noexcept { return kCommands; }

}  // namespace connex::services
