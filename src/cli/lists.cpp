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

namespace {

std::string code_list(const boost::json::value& row, std::string_view name) {
  std::string out;
  for (const boost::json::value& item : row.get_object().at(name).get_array())
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", std::string_view(item.get_string()));
  return out.empty() ? "none" : out;
}

// The reference page.
// What an argument is, and of a choice what there is to choose from.
std::string meaning(const boost::json::value& argument, std::string_view quote) {
  std::string out = text(argument, "text");
  const boost::json::value* choices = argument.get_object().if_contains("choices");
  if (choices == nullptr) return out;
  const char* separator = ": ";
  for (const boost::json::value& choice : choices->get_array()) {
    out.append(separator).append(quote).append(std::string_view(choice.get_string())).append(quote);
    separator = ", ";
  }
  return out;
}

void print_markdown(const boost::json::array& rows) {
  fmt::print("# Commands\n\nMade from the command table by `connex commands --markdown`.\n");
  for (const boost::json::value& row : rows) {
    const std::string kind = text(row, "kind");
    fmt::print("\n## {}\n\n{}.\n\n- {}\n- Actors: {}\n- Clauses: {}\n", text(row, "name"), text(row, "text"),
               kind == "changes" ? row.get_object().at("momentary").get_bool()
                                       ? "Changes what is kept; permits for the moment, so it is decided again when "
                                         "it is repeated"
                                       : "Changes what is kept; repeated with its `request_id`, is carried out once"
               : kind == "discloses" ? "Changes nothing; its use stands in the audit log"
                                     : "Only reads",
               code_list(row, "actors"), code_list(row, "clauses"));
    const boost::json::array& arguments = row.get_object().at("arguments").get_array();
    if (arguments.empty()) continue;
    fmt::print("\n| argument | type | required | what it is |\n|---|---|---|---|\n");
    for (const boost::json::value& argument : arguments)
      fmt::print("| `{}` | {} | {} | {} |\n", text(argument, "name"), text(argument, "type"),
                 argument.get_object().at("required").get_bool() ? "yes" : "no", meaning(argument, "`"));
  }
}

}  // namespace

int commands(const Options& options, const std::string& name, bool markdown) {
  const boost::json::array rows = pick(services::describe_commands(), "name", name);
  if (rows.empty()) return unknown(options, "command", name);
  if (markdown) {
    print_markdown(rows);
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
  for (const boost::json::value& argument : row.get_object().at("arguments").get_array())
    table.push_back({text(argument, "name"), text(argument, "type"),
                     argument.get_object().at("required").get_bool() ? "yes" : "no", meaning(argument, "")});
  print_table({"argument", "type", "required", "what it is"}, table);
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
