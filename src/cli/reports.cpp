// The tools that ask the engine about a store.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <set>
#include <utility>

#include "cli/cli.hpp"
#include "connex/clauses.hpp"
#include "services/answers.hpp"

namespace connex::cli {
namespace {

using boost::json::object;
using boost::json::value;

std::int64_t number(const value& v) { return v.to_number<std::int64_t>(); }
std::string right(std::int64_t n) { return fmt::format("{:>8}", n); }

void print_section(std::string_view title, const std::vector<std::vector<std::string>>& rows) {
  fmt::print("{}\n", title);
  print_table({}, rows);
  fmt::print("\n");
}

// How often a rule refused, and its reasons, the most frequent first.
struct Refusals {
  std::string rule;
  std::int64_t permitted = 0;
  std::int64_t refused = 0;
  std::vector<const object*> reasons;  // borrow from the summary
};

std::vector<Refusals> sorted_refusals(const object& summary) {
  std::vector<Refusals> rules;
  for (const auto& rule : summary.at("decisions").get_object()) {
    const value& effects = rule.value();
    Refusals refusals{rule.key(),
                      number(effects.at("permit")),
                      number(effects.at("deny")) + number(effects.at("indeterminate")),
                      {}};
    for (const value& reason : summary.at("refusals").get_array())
      if (reason.at("rule") == rule.key()) refusals.reasons.push_back(&reason.get_object());
    std::stable_sort(refusals.reasons.begin(), refusals.reasons.end(), [](const object* a, const object* b) {
      return number(a->at("count")) > number(b->at("count"));
    });
    if (refusals.refused > 0) rules.push_back(std::move(refusals));
  }
  std::stable_sort(rules.begin(), rules.end(),
                   [](const Refusals& a, const Refusals& b) { return a.refused > b.refused; });
  return rules;
}

}  // namespace

int audit_verify(const Options& options, const AuditAnchor& anchor, long long threads) {
  object args;
  if (!anchor.checkpoint.empty()) {
    auto note = read_file(anchor.checkpoint);
    if (!note) return fail(options, note.error());
    args["checkpoint"] = *note;
  } else if (anchor.size >= 0) {
    args = {{"size", anchor.size}, {"root", anchor.root}};
  }
  if (threads > 1) args["threads"] = threads;
  return ask_and_print(options, "audit.verify", args, [](const object& result) {
    const bool valid = result.at("valid").get_bool();
    fmt::print("audit log {}: {} entries, {} of them lawfully removed, root {}\n",
               valid ? "verified" : "NOT valid", text(result, "entries"), text(result, "removed"),
               text(result, "root"));
    for (const value& violation : result.at("violations").get_array())
      fmt::print("entry {}: {}\n", text(violation.get_object(), "seq"), text(violation.get_object(), "what"));
    for (const value& broken : result.at("key_breaks").get_array())
      fmt::print("entry {}: signing key {} follows one that was lost: no key before it signed for it\n",
                 text(broken.get_object(), "seq"), text(broken.get_object(), "epoch"));
    return valid ? kDone : kFailure;
  });
}

int audit_list(const Options& options, long long from, long long limit) {
  return ask_and_print(options, "audit.list", {{"from", from}, {"limit", limit}}, [](const object& result) {
    std::vector<std::vector<std::string>> table;
    for (const value& entry : result.at("entries").get_array()) {
      const object& row = entry.get_object();
      if (row.contains("damaged")) {
        table.push_back({text(row, "seq"), text(row, "at"), "", "(damaged)", "", "", "", ""});
        continue;
      }
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

int audit_checkpoint(const Options& options) {
  return ask_and_print(
      options, "audit.checkpoint", {},
      [](const object& result) {
        std::fputs(text(result, "checkpoint").c_str(), stdout);
        return kDone;
      },
      Access::change);
}

// As many pages as it takes. Exits 1 where something does not follow or cannot be read.
int audit_replay(const Options& options, long long from, long long to, const std::string& version) {
  auto engine = open_engine(options, Access::read);
  if (!engine) return fail(options, engine.error());
  object args{{"from", from}};
  if (to >= 0) args["to"] = to;
  if (!version.empty()) args["version"] = version;
  constexpr const char* kUnder[] = {"not_told", "to_denied", "to_permitted"};
  std::int64_t decided = 0;
  std::int64_t gone = 0;
  boost::json::array differences;
  boost::json::array damaged;
  object under;
  for (;;) {
    auto answer = ask(**engine, "audit.replay", args);
    if (!answer) return fail(options, answer.error());
    object& page = answer->get_object();
    decided += page.at("decided").as_int64();
    gone += page.at("gone").as_int64();
    for (value& difference : page.at("differences").get_array()) differences.push_back(std::move(difference));
    for (value& seq : page.at("damaged").get_array()) damaged.push_back(std::move(seq));
    if (under.empty() && page.contains("under")) {
      under = {{"under", page.at("under")}, {"flips", boost::json::array()}};
      for (const char* count : kUnder) under[count] = 0;
    }
    if (!under.empty()) {
      for (const char* count : kUnder) under[count] = under.at(count).as_int64() + page.at(count).as_int64();
      for (value& flip : page.at("flips").get_array()) under.at("flips").as_array().push_back(std::move(flip));
    }
    if (!page.contains("next")) break;
    args["from"] = page.at("next");
  }
  const bool follows = differences.empty();
  const bool readable = damaged.empty();
  if (options.json) {
    object told{{"decided", decided},
                {"gone", gone},
                {"damaged", std::move(damaged)},
                {"differences", std::move(differences)}};
    for (auto& member : under) told.emplace(member.key(), std::move(member.value()));
    print_json(told);
  } else {
    fmt::print("{} decisions follow from their facts{}; {} entries have gone\n", decided - std::ssize(differences),
               follows ? "" : fmt::format(", {} do NOT", differences.size()), gone);
    for (const value& seq : damaged) fmt::print("entry {}: damaged\n", text(seq));
    for (const value& difference : differences)
      fmt::print("entry {}: {}\n", text(difference.get_object(), "seq"), text(difference.get_object(), "what"));
    if (!under.empty())
      fmt::print("under {}: {} to denied, {} to permitted, {} not told\n", text(under.at("under").at("version")),
                 text(under, "to_denied"), text(under, "to_permitted"), text(under, "not_told"));
  }
  return follows && readable ? kDone : kFailure;
}

int audit_keys(const Options& options) {
  return ask_and_print(options, "audit.keys", {}, [](const object& result) {
    std::vector<std::vector<std::string>> table;
    for (const value& key : result.at("keys").get_array()) {
      const object& row = key.get_object();
      table.push_back({text(row, "epoch"), text(row, "since"), text(row, "seq"), text(row, "verifier")});
    }
    print_table({"epoch", "since", "entry", "verifier"}, table);
    return kDone;
  });
}

namespace {

// All of it under one checkpoint, in as many answers as it takes.
Result<object> collect_pack(Engine& engine, const ExportSettings& settings) {
  object args;
  if (!settings.visit.empty()) args["visit"] = settings.visit;
  if (!settings.principal.empty()) args["principal"] = settings.principal;
  if (settings.from >= 0) args["from"] = settings.from;
  if (settings.to >= 0) args["to"] = settings.to;
  if (settings.since >= 0) args["since"] = settings.since;
  object pack;
  std::set<std::int64_t> records;
  for (;;) {
    auto answer = ask(engine, "audit.export", args);
    if (!answer) return std::move(answer).error();
    object& page = answer->get_object();
    boost::json::array deletions = std::move(page.at("deletions").get_array());
    boost::json::array entries = std::move(page.at("entries").get_array());
    boost::json::array later = std::move(page.at("later").get_array());
    const bool more = page.contains("next");
    if (more) {
      args["from"] = page.at("next");
      args["size"] = page.at("size");
      page.erase("next");
    }
    page.erase("published");
    if (pack.empty()) {
      pack = std::move(page);
      for (const char* list : {"entries", "deletions", "later"}) pack[list] = boost::json::array();
    } else {
      if (settings.visit.empty() && settings.principal.empty())
        pack["scope"].as_object()["to"] = page.at("scope").at("to");
      pack["count"] = pack["count"].to_number<std::int64_t>() + page.at("count").to_number<std::int64_t>();
      pack["keys"] = std::move(page.at("keys"));
      if (page.at("policies").as_array().size() > pack["policies"].as_array().size())
        pack["policies"] = std::move(page.at("policies"));
    }
    for (value& one : later) pack["later"].as_array().push_back(std::move(one));
    for (value& entry : entries) pack["entries"].as_array().push_back(std::move(entry));
    for (value& record : deletions)
      if (records.insert(record.at("seq").as_int64()).second)
        pack["deletions"].as_array().push_back(std::move(record));
    if (!more) break;
  }
  std::ranges::sort(pack["deletions"].as_array(), {},
                    [](const value& record) { return record.at("seq").as_int64(); });
  return pack;
}

// A file that is made is its owner's alone, as stores and keys are: a pack tells who did what.
bool write_private(const std::string& path, std::string_view text) {
  const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  std::FILE* file = made < 0 ? nullptr : ::fdopen(made, "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

}  // namespace

int audit_export(const Options& options, const ExportSettings& settings) {
  auto engine = open_engine(options, Access::change);
  if (!engine) return fail(options, engine.error());
  const auto pack = collect_pack(**engine, settings);
  if (!pack) return fail(options, pack.error());
  if (!write_private(settings.out, boost::json::serialize(*pack) + '\n'))
    return fail(options, {ErrorCode::storage, fmt::format("file `{}` cannot be written", settings.out), ""});
  const object told{{"out", settings.out},
                    {"size", pack->at("size")},
                    {"entries", pack->at("entries").as_array().size()},
                    {"deletions", pack->at("deletions").as_array().size()}};
  if (options.json)
    print_json(told);
  else
    fmt::print("{} of {} entries\n", text(told, "entries"), text(told, "size"));
  return kDone;
}

int report_summary(const Options& options) {
  return ask_and_print(options, "report.summary", {}, [](const object& result) {
    for (const auto& [section, title] : {std::pair{"visits", "Visits"}, {"recordings", "Recordings"}}) {
      std::vector<std::vector<std::string>> table;
      for (const auto& row : result.at(section).get_object()) {
        std::string what = row.key();
        std::replace(what.begin(), what.end(), '_', ' ');
        table.push_back({right(number(row.value())), std::move(what)});
      }
      print_section(title, table);
    }
    fmt::print("Refusals, by rule; one may have several reasons\n");
    for (const Refusals& refusals : sorted_refusals(result)) {
      std::vector<std::vector<std::string>> table;
      for (const object* row : refusals.reasons) {
        const std::string id = text(*row, "clause");
        const Clause* clause = find_clause(id);
        table.push_back({right(number(row->at("count"))), id, text(*row, "reason"),
                         std::string(clause ? clause->text : std::string_view())});
      }
      std::string title = fmt::format("{}: {} refused", refusals.rule, refusals.refused);
      if (refusals.permitted > 0) title += fmt::format(", {} permitted", refusals.permitted);
      print_section(title, table);
    }
    const object& audit = result.at("audit").get_object();
    print_section("Evidence", {{right(number(result.at("attestations"))), "attestations kept"}});
    fmt::print("audit log: {} entries, root {}\n", text(audit, "entries"), text(audit, "root"));
    return kDone;
  });
}

namespace {

void print_coverage_page(const object& result) {
  fmt::print(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Coverage of the policy</title>\n"
      "<style>body{{font-family:sans-serif;margin:2em}}td,th{{text-align:left;padding:.2em .8em;"
      "border-bottom:1px solid #ddd;vertical-align:top}}.decided,.attested{{color:#060}}.stale{{color:#a50}}"
      ".unverified{{color:#a00}}.failed{{color:#fff;background:#a00}}</style>\n<h1>Coverage of the policy</h1>\n<p>");
  const char* separator = "";
  for (const auto& count : result.at("counts").get_object()) {
    fmt::print("{}<span class=\"{}\">{}: {}</span>", separator, std::string_view(count.key()),
               std::string_view(count.key()), text(count.value()));
    separator = ", ";
  }
  fmt::print("{}<span class=\"failed\">known to fail: {}</span>", separator, text(result, "failed"));
  fmt::print("</p>\n<table>\n<tr><th>clause<th>what it demands<th>enforced by<th>coverage<th>rules</tr>\n");
  for (const value& clause : result.at("clauses").get_array()) {
    const object& row = clause.get_object();
    std::string rules;
    for (const value& rule : row.at("rules").get_array())
      rules.append(rules.empty() ? "" : ", ").append(text(rule));
    fmt::print("<tr><td>{}<td>{}<td>{}<td class=\"{}\">{}<td>{}</tr>\n", text(row, "id"),
               services::escape_html(text(row, "text")), text(row, "enforcement"),
               is_failed(row) ? "failed" : text(row, "coverage"), coverage_of(row), services::escape_html(rules));
  }
  fmt::print("</table>\n</html>\n");
}

}  // namespace

int report_coverage(const Options& options, bool html) {
  return ask_and_print(options, "report.coverage", {}, [html](const object& result) {
    if (html) {
      print_coverage_page(result);
      return kDone;
    }
    std::vector<std::vector<std::string>> table;
    for (const value& clause : result.at("clauses").get_array()) {
      const object& row = clause.get_object();
      std::string rules;
      for (const value& rule : row.at("rules").get_array())
        rules.append(rules.empty() ? "" : ", ").append(text(rule));
      table.push_back({text(row, "id"), text(row, "enforcement"), coverage_of(row), std::move(rules)});
    }
    print_table({"clause", "enforced by", "coverage", "rules"}, table);
    fmt::print("\n");
    for (const auto& count : result.at("counts").get_object())
      fmt::print("{}: {}\n", std::string_view(count.key()), text(count.value()));
    fmt::print("known to fail: {}\n", text(result, "failed"));
    return kDone;
  });
}

}  // namespace connex::cli
