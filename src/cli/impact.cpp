// What a draft of the policy would change for a store, page by page.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "cli/cli.hpp"
#include "cli/progress.hpp"
#include "connex/policy.hpp"

namespace connex::cli {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::int64_t kPage = 10'000;
constexpr std::int64_t kCounted = 1'000'000;
constexpr std::size_t kMostExamples = 20;
constexpr const char* kParts[] = {"records", "sharings", "decisions"};

// Adds the counts of one page to those of the pages before it.
void add(value& sum, const value& page) {
  if (page.is_int64() && sum.is_int64()) {
    sum = sum.get_int64() + page.get_int64();
  } else if (page.is_object() && sum.is_object()) {
    for (const auto& [key, entry] : page.get_object()) {
      const auto [place, fresh] = sum.get_object().emplace(key, entry);
      if (!fresh) add(place->value(), entry);
    }
  } else if (page.is_array() && sum.is_array()) {
    for (const value& entry : page.get_array())
      if (sum.get_array().size() < kMostExamples) sum.get_array().push_back(entry);
  }
}

std::int64_t examined(const value& result) {
  std::int64_t all = 0;
  for (const char* part : kParts) all += result.at(part).at("examined").get_int64();
  return all;
}

void print_part(const char* part, const object& counts) {
  fmt::print("{}\n", part);
  std::vector<std::vector<std::string>> table;
  for (const auto& [what, number] : counts)
    if (number.is_int64()) table.push_back({fmt::format("{:>9}", number.get_int64()), std::string(what)});
  print_table({}, table);
  for (const auto& [grouped, groups] : counts) {
    if (!groups.is_object()) continue;
    for (const auto& [group, row] : groups.get_object()) {
      std::string line;
      for (const auto& [what, number] : row.get_object())
        line += fmt::format("  {} {}", number.get_int64(), std::string_view(what));
      fmt::print("{:>11}{}:{}\n", "", std::string_view(group), line);
    }
  }
  fmt::print("\n");
}

}  // namespace

int policy_impact(const Options& options, const std::string& file, const std::string& effective_at) {
  auto pack = load_policy(file);
  if (!pack) return fail(options, pack.error());
  auto engine = open_engine(options, Access::read);
  if (!engine) return fail(options, engine.error());
  object args{{"pack", boost::json::parse((*pack)->canonical)}, {"limit", kPage}};
  if (!effective_at.empty()) args["effective_at"] = effective_at;
  // Counted first, so that the share that is done only grows.
  std::uint64_t total = 0;
  for (object counting = args;;) {
    counting["count"] = true;
    counting["limit"] = kCounted;
    auto page = ask(**engine, "policy.impact", counting, options.at);
    if (!page) return fail(options, page.error());
    total += static_cast<std::uint64_t>(examined(*page));
    const value* next = page->get_object().if_contains("next");
    if (next == nullptr) break;
    counting["after"] = *next;
  }
  value sum;
  Progress progress("rows", Answers::at_the_end);
  for (;;) {
    auto page = ask(**engine, "policy.impact", args, options.at);
    if (!page) return fail(options, page.error());
    object& result = page->get_object();
    const value* next = result.if_contains("next");
    if (next != nullptr) args["after"] = *next;
    const bool more = next != nullptr;
    const std::int64_t done = examined(*page);
    result.erase("next");
    result.erase("log");
    if (sum.is_null()) {
      sum = std::move(*page);
    } else {
      for (const char* part : kParts) add(sum.at(part), page->at(part));
    }
    progress.expect(std::max(total, static_cast<std::uint64_t>(examined(sum))));  // others may have written since
    progress.advance(static_cast<std::uint64_t>(done));
    if (!more) break;
  }
  progress.wipe();
  sum.get_object()["complete"] = true;
  if (options.json) {
    print_json(sum);
    return kDone;
  }
  fmt::print("{} -> {}, effective {}\n\n", sum.at("against").at("version").get_string().c_str(),
             sum.at("draft").at("version").get_string().c_str(), sum.at("effective_at").get_string().c_str());
  for (const char* part : kParts) print_part(part, sum.at(part).get_object());
  return kDone;
}

}  // namespace connex::cli
