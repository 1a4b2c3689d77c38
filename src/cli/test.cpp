// connex test: plays scenario files and tells which clauses they exercise.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "cli/cli.hpp"
#include "connex/clauses.hpp"
#include "services/coverage.hpp"
#include "services/scenarios.hpp"
#include "services/try.hpp"

namespace connex::cli {
namespace {

struct ScenarioResult {
  services::Scenario told;
  std::string failure;  // what was not as expected; empty: it passed
};

struct PlayedFile {
  std::string path;
  std::string title;
  std::vector<ScenarioResult> scenarios;
  std::string error = {};  // why it could not be played; empty: it was
};

struct Tally {
  std::size_t passed = 0;
  std::size_t failed = 0;
};

Tally count(const PlayedFile& file) {
  const auto failed =
      static_cast<std::size_t>(std::count_if(file.scenarios.begin(), file.scenarios.end(),
                                             [](const ScenarioResult& s) { return !s.failure.empty(); }));
  return {file.scenarios.size() - failed, failed};
}

// A clause that a rule or a command carries out, and how many scenarios that passed tell of it.
struct Exercised {
  const Clause* clause;
  std::size_t scenarios = 0;
};

std::vector<Exercised> exercised(const std::vector<PlayedFile>& files) {
  std::map<std::string_view, std::size_t> counts;
  for (const PlayedFile& file : files)
    for (const ScenarioResult& scenario : file.scenarios)
      if (scenario.failure.empty())
        for (const std::string& clause : scenario.told.clauses) ++counts[clause];
  std::vector<Exercised> out;
  for (const Clause& clause : connex::clauses())
    if (services::status_of(clause) == "decided") out.push_back({&clause, counts[clause.id]});
  return out;
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& item : list) out.append(out.empty() ? "" : " ").append(item);
  return out;
}

// Without what a terminal would obey.
std::string plain(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

// To be watched: a line as soon as there is one.
void print_file(const PlayedFile& file) {
  fmt::print("{}: {}\n", file.path, plain(file.title));
  std::fflush(stdout);
}
void print_scenario(const ScenarioResult& scenario) {
  fmt::print("  {}  {}  [{}]\n", scenario.failure.empty() ? "ok  " : "FAIL", plain(scenario.told.name),
             joined(scenario.told.clauses));
  if (!scenario.failure.empty()) fmt::print("        {}\n", scenario.failure);
  std::fflush(stdout);
}

void print_clauses(const std::vector<Exercised>& rows, bool all) {
  std::vector<std::vector<std::string>> table;
  for (const Exercised& row : rows)
    if (all || row.scenarios == 0)
      table.push_back({std::string(row.clause->id),
                       row.scenarios == 0 ? "none" : std::to_string(row.scenarios),
                       std::string(row.clause->text)});
  if (!table.empty()) {
    fmt::print("\n");
    print_table({"clause", "scenarios", "what it demands"}, table);
  }
}

void print_report(const std::vector<PlayedFile>& files, const std::vector<Exercised>& rows) {
  boost::json::array listed;
  for (const PlayedFile& file : files) {
    boost::json::array scenarios;
    for (const ScenarioResult& scenario : file.scenarios) {
      boost::json::object row{
          {"name", scenario.told.name},
          {"clauses", boost::json::array(scenario.told.clauses.begin(), scenario.told.clauses.end())},
          {"passed", scenario.failure.empty()}};
      if (!scenario.failure.empty()) row["failure"] = scenario.failure;
      scenarios.push_back(std::move(row));
    }
    listed.push_back({{"file", file.path}, {"title", file.title}, {"scenarios", std::move(scenarios)}});
    if (!file.error.empty()) listed.back().get_object()["error"] = file.error;
  }
  boost::json::array clauses;
  for (const Exercised& row : rows) clauses.push_back({{"id", row.clause->id}, {"scenarios", row.scenarios}});
  print_json(boost::json::object{{"files", std::move(listed)}, {"clauses", std::move(clauses)}});
}

std::string xml(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const std::string_view here = text.substr(i, 3);
    if (here == "\xEF\xBF\xBE" || here == "\xEF\xBF\xBF") {  // U+FFFE and U+FFFF, which are not of XML
      out += "\xEF\xBF\xBD";
      i += 2;
      continue;
    }
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML knows no other control characters.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

using OpenFile = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

bool write_junit(OpenFile target, const std::vector<PlayedFile>& files) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const PlayedFile& file : files) {
    const std::size_t errors = file.error.empty() ? 0 : 1;
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n", xml(file.path),
                       file.scenarios.size() + errors, count(file).failed, errors);
    if (errors > 0)
      out += fmt::format("    <testcase classname=\"{0}\" name=\"{0}\">\n      <error message=\"{1}\"/>\n    </testcase>\n",
                         xml(file.path), xml(file.error));
    for (const ScenarioResult& scenario : file.scenarios) {
      out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", xml(file.title), xml(scenario.told.name));
      out += scenario.failure.empty() ? "/>\n"
                                      : fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n",
                                                    xml(scenario.failure));
    }
    out += "  </testsuite>\n";
  }
  out += "</testsuites>\n";
  const bool written = std::fwrite(out.data(), 1, out.size(), target.get()) == out.size();
  return std::fclose(target.release()) == 0 && written;
}

// An error is that of a file which cannot be read or is not laid out as it must be, before anything was printed.
Result<PlayedFile> play(const std::string& path, const PolicyPack& policy, bool quiet) {
  CONNEX_TRY(text, read_file(path));
  auto file = services::ScenarioFile::read(text);
  if (!file) {
    Error error = std::move(file).error();
    error.message = fmt::format("`{}`: {}", path, error.message);
    return error;
  }
  PlayedFile played{path, std::string(file->title()), {}};
  if (!quiet) print_file(played);
  for (std::size_t i = 0; i < file->scenarios().size(); ++i) {
    CONNEX_TRY(failure, file->play(i, policy));
    played.scenarios.push_back({file->scenarios()[i], std::move(failure)});
    if (!quiet) print_scenario(played.scenarios.back());
  }
  return played;
}

}  // namespace

int test(const Options& options, const TestSettings& settings) {
  auto policy = load_policy(options);
  if (!policy) return fail(options, policy.error());
  const Error unwritable{ErrorCode::storage, fmt::format("file `{}` cannot be written", settings.junit), ""};
  OpenFile junit(settings.junit.empty() ? nullptr : std::fopen(settings.junit.c_str(), "wb"), std::fclose);
  if (!settings.junit.empty() && !junit) return fail(options, unwritable);
  std::vector<PlayedFile> files;
  Tally all;
  std::size_t errors = 0;
  for (const std::string& path : settings.files) {
    auto played = play(path, **policy, options.json);
    if (!played) {
      const Error error = std::move(played).error();
      report(error);
      const std::string where = error.path.empty() ? "" : " at " + error.path;
      files.push_back({path, path, {}, error.message + where});
      ++errors;
      continue;
    }
    const Tally tally = count(*played);
    all.passed += tally.passed;
    all.failed += tally.failed;
    files.push_back(std::move(*played));
  }
  const std::vector<Exercised> rows = exercised(files);
  const auto missed = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const Exercised& row) { return row.scenarios == 0; }));
  if (junit && !write_junit(std::move(junit), files)) return fail(options, unwritable);
  if (options.json) {
    print_report(files, rows);
  } else {
    print_clauses(rows, settings.clauses);
    const std::string more = errors > 0 ? fmt::format(", {} of the files cannot be played", errors) : "";
    fmt::print("\n{} of {} decided clauses exercised\n{} passed, {} failed{}\n", rows.size() - missed,
               rows.size(), all.passed, all.failed, more);
  }
  return errors > 0 || all.failed > 0 || (settings.all_clauses && missed > 0) ? kFailure : kDone;
}

}  // namespace connex::cli
