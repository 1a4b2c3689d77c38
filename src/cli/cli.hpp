// What the tools of the command line share. They know no rule: all they do is ask the engine and print.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connex/engine.hpp"
#include "connex/result.hpp"
#include "json/strict.hpp"

namespace connex::cli {

// Exit codes of the contract.
inline constexpr int kDone = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsage = 2;
inline constexpr int kDenied = 3;

// What the options that most tools share were set to.
struct Options {
  std::string store;   // --db
  std::string policy;  // --policy, a file; empty: the pack compiled in
  bool json = false;   // --json
  std::string keys;    // --keys; empty: the file beside the store
  std::string at;      // --at, RFC 3339; empty: now
};

Result<std::string> read_file(const std::string& path);
Result<std::shared_ptr<const PolicyPack>> load_policy(const std::string& path);
Result<std::shared_ptr<const PolicyPack>> load_policy(const Options& options);

// How `redact` is to go about it.
struct RedactSettings {
  bool jsonl = false;
  bool deidentify = false;
  bool explain = false;
  std::string channel = "message";  // of the policy pack
  std::string known;                // a file of registered values
};

// What `test` is to play and say.
struct TestSettings {
  std::vector<std::string> files;
  std::string junit;         // a file to write, or empty
  bool clauses = false;      // list the clauses that are exercised, too
  bool all_clauses = false;  // a decided clause without a scenario is a failure
};

// A store is made only where the tool is for making one; to look at it, nothing is written to it.
enum class Access { make, change, read };
Result<std::unique_ptr<Engine>> open_engine(const Options& options, Access access);

// Says on standard error what failed, and returns the exit code for it.
int report(const Error& error);
// The same, and where JSON is asked for, on standard output as such. What an option was set to is named by the option, and
// is a usage error where it is none.
int fail(const Options& options, const Error& error);

// Prints rows under headings, if there are any, columns aligned.
void print_table(const std::vector<std::string>& headings, const std::vector<std::vector<std::string>>& rows);
void print_json(const boost::json::value& value);

// The next line of standard input without its end, at most kLongestLine bytes and one of it: what is longer
// is read and cut, for the parser to refuse.
inline constexpr std::size_t kLongestLine = std::size_t{4} << 20;
std::optional<std::string> read_line();

// Reads what a user gave as JSON. The path of an error repeats no name that is not written like those of the contract.
Result<boost::json::value> parse_input(std::string_view text, const json::Limits& limits = {});

// Writes a line and flushes it. False when nobody reads any more.
bool answer(const std::string& line);

// Issues a command as the system, at the moment `at` or, where that is empty, now, and gives its result.
Result<boost::json::value> ask(Engine& engine, std::string_view command, const boost::json::object& args,
                               std::string_view at = {});

// Opens the store, asks, and prints the result as JSON or through `print`, which gives the exit code.
int ask_and_print(const Options& options, std::string_view command, const boost::json::object& args,
                  const std::function<int(const boost::json::object&)>& print, Access access = Access::read);

// A member of a result as a cell of a table; what is null is empty.
std::string text(const boost::json::value& value);
std::string text(const boost::json::object& row, std::string_view member);
// How a clause is covered; what the engine decides of it is told apart from what the host has to attest.
std::string coverage_of(const boost::json::object& clause);
bool is_failed(const boost::json::object& clause);  // known not to be so in this deployment

int decide(const Options& options, const std::string& rule);
int run(const Options& options);
int redact(const Options& options, const RedactSettings& settings);
int test(const Options& options, const TestSettings& settings);
int clauses(const Options& options, const std::string& id);
int commands(const Options& options, const std::string& name, bool markdown);
int rules(const Options& options, const std::string& name);
// Name, type with its range, whether it is required, and what it is, of each argument and of the members of each.
std::vector<std::vector<std::string>> argument_rows(const boost::json::array& arguments, std::string_view quote,
                                                    const std::string& within = {});
void print_reference(const boost::json::array& commands, const boost::json::array& rules);
int policy_show(const Options& options);
int policy_validate(const Options& options, const std::string& file);
int policy_digest(const Options& options);
int policy_schema();
int policy_errata(const Options& options);
int policy_impact(const Options& options, const std::string& file, const std::string& effective_at);
// What `policy decide` is to decide, and under what.
struct TimeTravel {
  std::string rule;
  std::string version;    // empty: the one in effect then
  std::string principal;  // for whom
  std::string at;         // RFC 3339; empty: now, or the entry's own time
  std::string record;
  long long audit = -1;
};
int policy_decide(const Options& options, const TimeTravel& asked);
struct AuditAnchor {
  std::string checkpoint;  // a file with a checkpoint kept elsewhere
  long long size = -1;     // or a size and the root at that size
  std::string root;
};
int audit_verify(const Options& options, const AuditAnchor& anchor, long long threads);
int audit_list(const Options& options, long long from, long long limit);
int audit_prove(const Options& options, long long seq);
int audit_replay(const Options& options, long long from, long long to, const std::string& version);
int sweep(const Options& options, long long limit);
int forecast(const Options& options, long long months);
int rights(const Options& options, const std::string& status, const std::string& due_before);
int deadlines(const Options& options, long long warning_days);
int holds(const Options& options, bool released);
int audit_checkpoint(const Options& options);
int audit_keys(const Options& options);

// What an evidence pack is to hold, and the file to write it to.
struct ExportSettings {
  std::string out;
  std::string visit;
  std::string principal;
  long long from = -1;
  long long to = -1;
  long long since = -1;  // size of an earlier checkpoint
};
int audit_export(const Options& options, const ExportSettings& settings);
int report_summary(const Options& options);
int report_coverage(const Options& options, bool html);

}  // namespace connex::cli
