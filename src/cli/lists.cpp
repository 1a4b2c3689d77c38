// The tools that print what the library is made of: clauses, commands, the policy pack.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/cli.hpp"
#include "policy/pack.hpp"
#include "services/answers.hpp"
#include "services/reference.hpp"

namespace connex::cli {
namespace {

std::string text(const boost::json::value& row, std::string_view field) {
  return std::string(row.get_object().at(field).get_string());
}

std::string joined(const boost::json::value& row, std::string_view field) {
  std::string out;
  for (const boost::json::value& item : row.get_object().at(field).get_array())
    out.append(out.empty() ? "" : ", ").append(std::string_view(item.get_string()));
  return out;
}

// The rows of `all` whose `field` is `wanted`, or all of them when nothing is wanted.
boost::json::array pick(const boost::json::array& all, std::string_view field, const std::string& wanted) {
  boost::json::array out;
  for (const boost::json::value& row : all)
    if (wanted.empty() || text(row, field) == wanted) out.push_back(row);
  return out;
}

int unknown(const Options& options, std::string_view what, const std::string& name) {
  fail(options, {ErrorCode::not_found, fmt::format("no such {}: `{}`", what, name), ""});
  return kUsage;
}

}  // namespace

int clauses(const Options& options, const std::string& id) {
  const boost::json::array rows = pick(services::describe_clauses(), "id", id);
  if (rows.empty()) return unknown(options, "clause", id);
  if (options.json) {
    print_json(rows);
    return kDone;
  }
  std::vector<std::vector<std::string>> table;
  for (const boost::json::value& row : rows)
    table.push_back({text(row, "id"), text(row, "kind"), text(row, "enforcement"), coverage_of(row.get_object()),
                     text(row, "text"), joined(row, "rules")});
  print_table({"clause", "kind", "enforced by", "coverage", "what it demands", "rules"}, table);
  return kDone;
}

int commands(const Options& options, const std::string& name, bool markdown) {
  const boost::json::array rows = pick(services::describe_commands(), "name", name);
  if (rows.empty()) return unknown(options, "command", name);
  if (markdown) {
    print_reference(rows, services::describe_rules());
    return kDone;
  }
  if (options.json) {
    print_json(rows);
    return kDone;
  }
  std::vector<std::vector<std::string>> table;
  if (name.empty()) {
    for (const boost::json::value& row : rows) table.push_back({text(row, "name"), text(row, "text")});
    print_table({"command", "what it does"}, table);
    return kDone;
  }
  const boost::json::value& row = rows.front();
  fmt::print("{}: {}\nactors: {}\nclauses: {}\n\n", name, text(row, "text"), joined(row, "actors"),
             joined(row, "clauses"));
  print_table({"argument", "type", "required", "what it is"},
              argument_rows(row.get_object().at("arguments").get_array(), ""));
  fmt::print("\nresult: {}\n", text(row, "result"));
  return kDone;
}

int rules(const Options& options, const std::string& name) {
  const boost::json::array rows = pick(services::describe_rules(), "rule", name);
  if (rows.empty()) return unknown(options, "rule", name);
  if (options.json) {
    print_json(rows);
    return kDone;
  }
  std::vector<std::vector<std::string>> table;
  if (name.empty()) {
    for (const boost::json::value& row : rows) table.push_back({text(row, "rule"), text(row, "text")});
    print_table({"rule", "what it decides"}, table);
    return kDone;
  }
  const boost::json::object& row = rows.front().get_object();
  fmt::print("{}: {}\n\n", name, text(rows.front(), "text"));
  if (row.contains("arguments")) {
    print_table({"argument", "type", "required", "what it is"}, argument_rows(row.at("arguments").get_array(), ""));
    fmt::print("\ngives {}\n", text(rows.front(), "result"));
    return kDone;
  }
  for (const boost::json::value& fact : row.at("facts").get_array())
    table.push_back({text(fact, "name"), text(fact, "clause"), text(fact, "text")});
  print_table({"fact", "clause", "where it does not hold"}, table);
  return kDone;
}

int policy_show(const Options& options) {
  auto pack = load_policy(options);
  if (!pack) return fail(options, pack.error());
  fmt::print("{}\n", (*pack)->canonical);
  return kDone;
}

int policy_validate(const Options& options, const std::string& file) {
  auto pack = load_policy(file);
  if (!pack && options.json) print_json({{"valid", false}, {"error", services::to_json(pack.error())}});
  if (!pack) return report(pack.error());
  if (options.json)
    print_json({{"valid", true}, {"version", (*pack)->version}, {"digest", (*pack)->digest}});
  else
    fmt::print("{} is valid: version {}, {}\n", file, (*pack)->version, (*pack)->digest);
  return kDone;
}

int policy_digest(const Options& options) {
  auto pack = load_policy(options);
  if (!pack) return fail(options, pack.error());
  if (options.json)
    print_json({{"version", (*pack)->version}, {"digest", (*pack)->digest}});
  else
    fmt::print("{}\n", (*pack)->digest);
  return kDone;
}

int policy_schema() {
  fmt::print("{}\n", policy::pack_schema_json());
  return kDone;
}

int policy_errata(const Options& options) {
  auto pack = load_policy(options);
  if (!pack) return fail(options, pack.error());
  std::vector<std::vector<std::string>> table;
  boost::json::array list;
  for (const Resolution& resolution : (*pack)->errata) {
    boost::json::array cited;
    for (const std::string_view clause : resolution.clauses) cited.emplace_back(clause);
    list.push_back({{"id", resolution.id}, {"clauses", std::move(cited)}, {"resolution", resolution.text}});
    table.push_back({resolution.id, joined(list.back(), "clauses"), resolution.text});
  }
  if (options.json) {
    print_json(list);
  } else {
    print_table({"id", "clauses", "resolution"}, table);
  }
  return kDone;
}

}  // namespace connex::cli
