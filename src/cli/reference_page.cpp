// The reference page, include/connex/COMMANDS.md: what holds for every request, then each command and each rule.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/cli.hpp"
#include "services/reference.hpp"

namespace connex::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::string_view kRequests = R"(# Commands

Made from the tables of the library by `connex commands --markdown`; `connex commands NAME` and `connex rules NAME` tell of one.

## Requests

A request is one JSON object in UTF-8 of at most 1 MiB (1,048,576 bytes) and 32 levels. `connex run` reads one a line.

```json
{"command": "visit.book", "actor": "mr-7", "at": "2026-11-23T10:00:00+05:30", "request_id": "r-1", "args": {}}
```

| member | type | required | what it is |
|---|---|---|---|
| `command` | id | yes | one of those below |
| `actor` | id | yes | who asks: a registered person, or `system` for the host's own scheduled work; the role comes from the register |
| `at` | instant | no | when it is asked. Only an engine opened with a clock of the caller's takes it, as `connex run` does; never before an earlier one, nor 100 years after it |
| `request_id` | id | no | an idempotency key: the same request under the same key is carried out once, and answered as it was, for as long as the policy says (`idempotency_hours`); another request under it is refused |
| `args` | object | no | the arguments of the command; one that is `null` is refused |

A member or argument that is not declared, a repeated one and a value of another type are errors that name it and change nothing.

## Answers

One JSON object on one line for each request, in order:

```json
{"ok": true, "result": {}, "decision": {}, "audit": {"seq": 12}}
{"ok": false, "error": {"code": "invalid_argument", "message": "argument is missing", "path": "/args/starts_at"}}
```

A denial is an answer, no error: `"ok": true` with `"permitted": false` in the decision, and nothing changed but the audit log. `audit` tells
the entry of the log that tells of it: changes, disclosures and denials have one, of errors those with `not_found`, `conflict` and
`unauthenticated`. `path` is a JSON pointer (RFC 6901) into the request. No error repeats a value, nor a name that is none of the contract's
(`?` in its place). Instants are in RFC 3339 in the time zone of the policy, to the microsecond; days `YYYY-MM-DD` there.

A decision:

```json
{"rule": "recording.start", "effect": "deny", "permitted": false,
 "policy": {"version": "1", "digest": "sha256:..."},
 "reasons": [{"code": "company_recording_disabled", "clause": "C6.3-b", "fact": "company_recording_enabled", "state": "no", "text": "..."}],
 "unknown": [], "would_permit": [["company_recording_enabled"]],
 "obligations": [{"do": "show_recording_off", "who": "host", "due": null, "clause": "C6.3-d"}]}
```

`effect` is `permit`, `deny` or `indeterminate`; only `permit` permits. `reasons` are the facts that are not known to hold, in the order of the
rule, `state` is `no` or `unknown`; `would_permit` is the smallest set of them whose change would permit. An obligation says what the host must
do, until when, and of which `visit` where there is one.

)";

void print_table_of(const char* heading, const array& rows) {
  fmt::print("| {} | what it is |\n|---|---|\n", heading);
  for (const value& row : rows)
    fmt::print("| `{}` | {} |\n", text(row.get_object(), "name"), text(row.get_object(), "text"));
  fmt::print("\n");
}

std::string code_list(const object& row, std::string_view name) {
  std::string out;
  for (const value& item : row.at(name).get_array())
    out += fmt::format("{}`{}`", out.empty() ? "" : ", ", std::string_view(item.get_string()));
  return out.empty() ? "none" : out;
}

std::string_view use_of(const object& command) {
  const std::string kind = text(command, "kind");
  if (kind == "discloses") return "Changes nothing; its use stands in the audit log";
  if (kind != "changes") return "Only reads";
  return command.at("momentary").get_bool()
             ? "Changes what is kept; permits for the moment, so it is decided again when it is repeated"
             : "Changes what is kept; repeated with its `request_id`, is carried out once";
}

void print_arguments(const object& row) {
  const std::vector<std::vector<std::string>> rows = argument_rows(row.at("arguments").get_array(), "`");
  if (rows.empty()) return;
  fmt::print("\n| argument | type | required | what it is |\n|---|---|---|---|\n");
  for (const std::vector<std::string>& cells : rows)
    fmt::print("| `{}` | {} | {} | {} |\n", cells[0], cells[1], cells[2], cells[3]);
}

}  // namespace

std::vector<std::vector<std::string>> argument_rows(const array& arguments, std::string_view quote,
                                                    const std::string& within) {
  std::vector<std::vector<std::string>> rows;
  for (const value& argument : arguments) {
    const object& row = argument.get_object();
    const std::string name = within + text(row, "name");
    const std::string type = text(row, "type");
    std::string meaning = text(row, "text");
    if (const value* choices = row.if_contains("choices")) {
      const char* separator = ": ";
      for (const value& choice : choices->get_array()) {
        meaning.append(separator).append(quote).append(text(choice)).append(quote);
        separator = ", ";
      }
    }
    const value* range = row.if_contains("range");
    rows.push_back({name, range ? fmt::format("{}, {}", type, text(*range)) : type,
                    row.at("required").get_bool() ? "yes" : "no", std::move(meaning)});
    if (const value* members = row.if_contains("members"))
      for (auto& member : argument_rows(members->get_array(), quote, name + (type == "objects" ? "[]." : ".")))
        rows.push_back(std::move(member));
  }
  return rows;
}

void print_reference(const array& commands, const array& rules) {
  fmt::print("{}## Error codes\n\n", kRequests);
  print_table_of("code", services::describe_error_codes());
  fmt::print("## Types\n\n");
  print_table_of("type", services::describe_types());
  fmt::print(
      "A table of arguments gives the range of a value beside its type, and the members of an object below it, as `object.member`, "
      "those of each\nin a list as `list[].member`. What is required of a member is so where its object is given.\n\n## Commands\n\nA result is told by its members: `a: {{b}}` is an object, `a: [{{b}}]` a list of such objects, `[...]` a "
      "list of texts or numbers, `{{...}}` an\nobject of members that vary, and a name in capitals stands for any name. A member that has nothing to tell is `null` or left "
      "out. Wherever\nthere are `contacts`, they are `{{data_protection_officer: {{name, email}}, support: {{email}}, board}}`.\n");
  for (const value& command : commands) {
    const object& row = command.get_object();
    fmt::print("\n### {}\n\n{}.\n\n- {}\n- Actors: {}\n- Clauses: {}\n- Result: `{}`\n", text(row, "name"),
               text(row, "text"), use_of(row), code_list(row, "actors"), code_list(row, "clauses"), text(row, "result"));
    print_arguments(row);
  }
  fmt::print(
      "\n## Rules\n\nDecided on facts that the caller states; no store is touched: `connex decide RULE`, `connex_decide`, "
      "`Engine::decide`. A JSON object\nin, a JSON object out; a member that is not declared is an error. A fact is `true`, `false`, or "
      "`null` or absent where it is not known. All facts\nmust be true for a gate to permit, and unknown never permits; the answer is "
      "a decision.\n");
  for (const value& rule : rules) {
    const object& row = rule.get_object();
    fmt::print("\n### {}\n\n{}.\n", text(row, "rule"), text(row, "text"));
    if (row.contains("result")) fmt::print("\nGives {}.\n", text(row, "result"));
    if (row.contains("arguments")) print_arguments(row);
    const array& facts = row.at("facts").get_array();
    if (facts.empty()) continue;
    fmt::print("\n| fact | clause | where it does not hold |\n|---|---|---|\n");
    for (const value& fact : facts)
      fmt::print("| `{}` | `{}` | {} |\n", text(fact.get_object(), "name"), text(fact.get_object(), "clause"),
                 text(fact.get_object(), "text"));
  }
}

}  // namespace connex::cli
