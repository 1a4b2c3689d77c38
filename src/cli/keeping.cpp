// The tools that look after what is kept, and after those whom it is about.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "cli/cli.hpp"
#include "cli/progress.hpp"
#include "services/try.hpp"

namespace connex::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::int64_t kBatch = 1'000;  // records that are disposed of in one transaction

std::vector<std::vector<std::string>> rows_of(const array& list, const std::vector<std::string>& members) {
  std::vector<std::vector<std::string>> rows;
  for (const value& entry : list) {
    rows.emplace_back();
    for (const std::string& member : members) rows.back().push_back(text(entry.get_object(), member));
  }
  return rows;
}

void print_requests(const array& requests) {
  static const std::vector<std::string> kMembers = {"id", "kind", "principal", "status", "due_at", "overdue"};
  print_table({"request", "kind", "principal", "status", "due at", "overdue"}, rows_of(requests, kMembers));
}

// Adds the numbers of one batch to those of the batches before it, and the damaged entries that it met; what remains is
// the last one's.
void add(object& sum, const object& batch) {
  for (const auto& [key, number] : batch) {
    if (!number.is_int64()) continue;
    value& total = sum[key];
    total = number.get_int64() + (key != "remaining" && total.is_int64() ? total.get_int64() : 0);
  }
  value& damaged = sum["damaged"];
  if (damaged.is_null()) damaged.emplace_array();
  for (const value& seq : batch.at("damaged").get_array()) damaged.get_array().push_back(seq);
}

// What a command lists under `member`, all pages of it.
Result<array> collect(const Options& options, std::string_view command, std::string_view member, object args) {
  CONNEX_TRY(engine, open_engine(options, Access::read));
  args["limit"] = kBatch;
  array all;
  for (;;) {
    CONNEX_TRY(page, ask(*engine, command, args, options.at));
    for (value& one : page.get_object().at(member).get_array()) all.push_back(std::move(one));
    const value& next = page.get_object().at("next");
    if (next.is_null()) return all;
    args["after"] = next;
  }
}

}  // namespace

int sweep(const Options& options, long long limit) {
  auto engine = open_engine(options, Access::change);
  if (!engine) return fail(options, engine.error());
  object sum;
  std::int64_t left = limit;
  Progress progress("records", Answers::at_the_end);
  for (std::int64_t remaining = 1; remaining > 0 && left > 0;) {
    auto result = ask(**engine, "retention.sweep", {{"limit", std::min<std::int64_t>(left, kBatch)}}, options.at);
    if (!result) return fail(options, result.error());
    add(sum, result->get_object());
    const std::int64_t evaluated = result->get_object().at("evaluated").get_int64();
    remaining = result->get_object().at("remaining").get_int64();
    if (evaluated == 0) break;
    left -= evaluated;
    progress.expect(static_cast<std::uint64_t>(sum.at("evaluated").get_int64() + remaining));
    progress.advance(static_cast<std::uint64_t>(evaluated));
  }
  progress.wipe();
  if (options.json) {
    print_json(sum);
    return kDone;
  }
  std::vector<std::vector<std::string>> table;
  for (const auto& [what, number] : sum)
    if (number.is_int64()) table.push_back({fmt::format("{:>8}", number.get_int64()), std::string(what)});
  print_table({}, table);
  if (const value* damaged = sum.if_contains("damaged"))
    for (const value& seq : damaged->get_array()) fmt::print("entry {}: damaged\n", text(seq));
  return kDone;
}

int forecast(const Options& options, long long months) {
  return ask_and_print(options, "retention.forecast", {{"months", months}}, [](const object& result) {
    print_table({"month", "class", "falls due"},
                rows_of(result.at("forecast").get_array(), {"month", "class", "count"}));
    print_table({"month", "class", "audit entries fall due"},
                rows_of(result.at("audit_entries").get_array(), {"month", "class", "count"}));
    if (!result.at("complete").get_bool()) fmt::print("and more: not all was read\n");
    return kDone;
  });
}

int rights(const Options& options, const std::string& status, const std::string& due_before) {
  object args;
  if (!status.empty()) args["status"] = status;
  if (!due_before.empty()) args["due_before"] = due_before;
  const auto all = collect(options, "rights.list", "requests", std::move(args));
  if (!all) return fail(options, all.error());
  if (options.json)
    print_json({{"requests", *all}});
  else
    print_requests(*all);
  return kDone;
}

int deadlines(const Options& options, long long warning_days) {
  return ask_and_print(options, "report.deadlines", {{"warning_days", warning_days}}, [](const object& result) {
    array requests = result.at("overdue").get_array();
    for (const value& request : result.at("at_risk").get_array()) requests.push_back(request);
    print_requests(requests);
    const object& steps = result.at("steps").get_object();
    array open = steps.at("overdue").get_array();
    for (const value& step : steps.at("at_risk").get_array()) open.push_back(step);
    if (!open.empty())
      print_table({"step", "what", "request", "due at", "overdue"},
                  rows_of(open, {"id", "what", "request", "due_at", "overdue"}));
    if (result.at("more").get_bool()) fmt::print("and more\n");
    return kDone;
  });
}

int holds(const Options& options, bool released) {
  const auto all = collect(options, "hold.list", "holds", {{"released", released}});
  if (!all) return fail(options, all.error());
  if (options.json)
    print_json({{"holds", *all}});
  else
    print_table({"hold", "basis", "authority", "citation", "state", "placed at", "review at", "expected end"},
                rows_of(*all, {"id", "basis", "authority", "citation", "state", "placed_at", "review_at",
                               "expected_end"}));
  return kDone;
}

}  // namespace connex::cli
