// The tools that ask the engine about a store.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/cli.hpp"

namespace connex::cli {
namespace {

using boost::json::object;
using boost::json::value;

std::string text(const value& v) {
  return v.is_string() ? std::string(v.get_string()) : boost::json::serialize(v);
}
std::string text(const object& row, std::string_view field) { return text(row.at(field)); }

// Opens the store, asks, and prints the result as JSON or through `print`, which gives the exit code.
template <class Print>
int ask_and_print(const Options& options, std::string_view command, const object& args, Print&& print) {
  auto engine = open_engine(options, Access::read);
  if (!engine) return report(engine.error());
  auto result = ask(**engine, command, args);
  if (!result) return report(result.error());
  if (!options.json) return print(result->get_object());
  print_json(*result);
  const value* valid = result->get_object().if_contains("valid");
  return valid != nullptr && !valid->get_bool() ? kFailure : kDone;
}

}  // namespace

int audit_verify(const Options& options) {
  return ask_and_print(options, "audit.verify", {}, [](const object& result) {
    const bool valid = result.at("valid").get_bool();
    fmt::print("audit log {}: {} entries, root {}\n", valid ? "verified" : "NOT valid",
               text(result, "entries"), text(result, "root"));
    for (const value& violation : result.at("violations").get_array())
      fmt::print("entry {}: {}\n", text(violation.get_object(), "seq"), text(violation.get_object(), "what"));
    return valid ? kDone : kFailure;
  });
}

int audit_list(const Options& options, long long from, long long limit) {
  return ask_and_print(options, "audit.list", {{"from", from}, {"limit", limit}}, [](const object& result) {
    std::vector<std::vector<std::string>> table;
    for (const value& entry : result.at("entries").get_array()) {
      const object& row = entry.get_object();
      table.push_back({text(row, "seq"), text(row, "at"), text(row, "actor"), text(row, "command"),
                       text(row, "object"), text(row, "rule"), text(row, "effect"), text(row, "outcome")});
    }
    print_table({"seq", "at", "actor", "command", "object", "rule", "effect", "outcome"}, table);
    return kDone;
  });
}

int audit_prove(const Options& options, long long seq) {
  return ask_and_print(options, "audit.prove", {{"seq", seq}}, [](const object& result) {
    fmt::print("entry {} of {}\nleaf  {}\nroot  {}\n", text(result, "seq"), text(result, "size"),
               text(result, "leaf_hash"), text(result, "root"));
    for (const value& hash : result.at("path").get_array()) fmt::print("path  {}\n", text(hash));
    return kDone;
  });
}

int report_summary(const Options& options) {
  return ask_and_print(options, "report.summary", {}, [](const object& result) {
    for (const std::string_view section : {"visits", "recordings"}) {
      std::vector<std::vector<std::string>> table;
      for (const auto& row : result.at(section).get_object())
        table.push_back({std::string(row.key()), text(row.value())});
      print_table({std::string(section), ""}, table);
      fmt::print("\n");
    }
    std::vector<std::vector<std::string>> refusals;
    for (const value& refusal : result.at("refusals").get_array()) {
      const object& row = refusal.get_object();
      refusals.push_back({text(row, "rule"), text(row, "clause"), text(row, "reason"), text(row, "count")});
    }
    print_table({"refused", "clause", "because", "times"}, refusals);
    const object& audit = result.at("audit").get_object();
    fmt::print("\nattestations kept: {}\naudit log: {} entries, root {}\n", text(result, "attestations"),
               text(audit, "entries"), text(audit, "root"));
    return kDone;
  });
}

int report_coverage(const Options& options) {
  return ask_and_print(options, "report.coverage", {}, [](const object& result) {
    std::vector<std::vector<std::string>> table;
    for (const value& clause : result.at("clauses").get_array()) {
      const object& row = clause.get_object();
      std::string rules;
      for (const value& rule : row.at("rules").get_array())
        rules.append(rules.empty() ? "" : ", ").append(text(rule));
      table.push_back({text(row, "id"), text(row, "enforcement"), text(row, "coverage"), std::move(rules)});
    }
    print_table({"clause", "enforced by", "coverage", "rules"}, table);
    fmt::print("\n");
    for (const auto& count : result.at("counts").get_object())
      fmt::print("{}: {}\n", std::string_view(count.key()), text(count.value()));
    return kDone;
  });
}

}  // namespace connex::cli
