#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "cli/cli.hpp"
#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "policy/pack.hpp"
#include "services/answers.hpp"
#include "services/arguments.hpp"
#include "services/try.hpp"

namespace connex::cli {
namespace {

constexpr std::size_t kLargestFile = std::size_t{16} << 20;

Result<std::unique_ptr<store::Store>> open_store(const std::string& where, Access access) {
  if (where == "memory:") return store::make_memory_store();
  if (where.empty() || where == ":memory:")
    return Error{ErrorCode::invalid_argument, "`--db` must name a file, or be `memory:`", ""};
  if (where.find("://") != std::string::npos)
    return Error{ErrorCode::unsupported, "`--db` names a kind of store that is not built in", ""};
  if (access == Access::change && !std::filesystem::exists(where))
    return Error{ErrorCode::not_found, fmt::format("there is no store `{}`", where), ""};
  return store::open_sqlite_store({.path = where, .read_only = access == Access::read});
}

// None: the file beside the store.
Result<std::shared_ptr<keys::KeyProvider>> open_keys(std::string_view where) {
  using Provider = std::shared_ptr<keys::KeyProvider>;
  if (where.empty()) return Provider();
  if (where.starts_with("file:"))
    return Provider(keys::make_file_key_provider({std::string(where.substr(5))}));
  if (!where.starts_with("env:"))
    return Error{ErrorCode::invalid_argument, "`--keys` must begin with `file:` or `env:`", ""};
  CONNEX_TRY(provider, keys::make_environment_key_provider(std::string(where.substr(4))));
  return Provider(std::move(provider));
}

// A store keeps to the policy it was first opened with and to what was published since. Another pack would be
// passed over, and whoever gave it would not know.
Result<void> check_policy(Engine& engine, std::string_view digest) {
  if (engine.policy().digest == digest) return {};
  CONNEX_TRY(versions, ask(engine, "policy.list", {}));
  for (const boost::json::value& version : versions.at("versions").as_array())
    if (version.at("digest").as_string() == digest) return {};
  return Error{ErrorCode::conflict, "the store has another policy; a new one is published with `policy.publish`",
               "--policy"};
}

// Characters, not bytes, for aligning columns.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void print_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line.append(widths[i] - width_of(cells[i]) + 2, ' ');
  }
  fmt::print("{}\n", line);
}

ErrorCode error_code(std::string_view wanted) {
  for (auto code = ErrorCode::invalid_argument; code < ErrorCode::internal;
       code = static_cast<ErrorCode>(static_cast<int>(code) + 1))
    if (name(code) == wanted) return code;
  return ErrorCode::internal;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  const Error unreadable{ErrorCode::not_found, fmt::format("file `{}` cannot be read", path), ""};
  if (file == nullptr) return unreadable;
  std::string content;
  char buffer[65'536];
  std::size_t got = 0;
  while (content.size() <= kLargestFile && (got = std::fread(buffer, 1, sizeof buffer, file)) > 0)
    content.append(buffer, got);
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return unreadable;
  if (content.size() > kLargestFile)
    return Error{ErrorCode::invalid_argument, fmt::format("file `{}` is too large", path), ""};
  return content;
}

Result<std::shared_ptr<const PolicyPack>> load_policy(const std::string& path) {
  CONNEX_TRY(text, read_file(path));
  auto pack = policy::load(text);
  if (pack) return pack;
  Error error = std::move(pack).error();
  error.message = fmt::format("policy `{}`: {}", path, error.message);
  return error;
}

Result<std::shared_ptr<const PolicyPack>> load_policy(const Options& options) {
  return options.policy.empty() ? policy::default_pack() : load_policy(options.policy);
}

Result<std::unique_ptr<Engine>> open_engine(const Options& options, Access access) {
  EngineOptions wanted;
  std::string digest;
  if (!options.policy.empty()) {
    CONNEX_TRY(pack, load_policy(options.policy));
    wanted.policy = pack->canonical;
    digest = pack->digest;
  }
  CONNEX_TRY(store, open_store(options.store, access));
  CONNEX_TRY(provider, open_keys(options.keys));
  wanted.key_provider = std::move(provider);
  const std::string key_file = store->path().empty() ? "" : store->path() + ".key";
  const bool tell = options.keys.empty() && !key_file.empty() && !std::filesystem::exists(key_file);
  wanted.store = std::move(store);
  wanted.caller_clock = true;
  auto engine = Engine::open(std::move(wanted));
  if (engine && !digest.empty()) CONNEX_CHECK(check_policy(**engine, digest));
  if (engine && tell)
    fmt::print(stderr,
               "connex: made the key file `{}`; without it the store cannot be read: keep it apart from it\n",
               key_file);
  return engine;
}

int report(const Error& error) {
  fmt::print(stderr, "connex: {}: {}{}{}\n", name(error.code), error.message,
             error.path.empty() ? "" : " at ", error.path);
  return kFailure;
}

int fail(const Options& options, const Error& error) {
  // Where the tools put what an option was set to.
  static constexpr std::pair<std::string_view, std::string_view> kOptions[] = {
      {"/at", "--at"},
      {"/args/at", "--at"},
      {"/args/due_before", "--due-before"},
      {"/args/effective_at", "--effective-at"},
      {"/args/principal", "--principal"},
      {"/args/root", "--root"},
      {"/args/status", "--status"},
      {"/args/version", "--under"},
      {"/args/visit", "--visit"},
  };
  Error told = error;
  for (const auto& [path, option] : kOptions)
    if (told.path == path) told.path = option;
  if (options.json) print_json(services::failure(told));
  report(told);
  return told.code == ErrorCode::invalid_argument && told.path.starts_with("--") ? kUsage : kFailure;
}

void print_table(const std::vector<std::string>& headings,
                 const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  const auto widen = [&](const std::vector<std::string>& row) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  };
  widen(headings);
  for (const auto& row : rows) widen(row);
  if (!headings.empty()) print_row(headings, widths);
  for (const auto& row : rows) print_row(row, widths);
}

Result<boost::json::value> parse_input(std::string_view text, const json::Limits& limits) {
  auto value = json::parse(text, limits);
  if (value) return value;
  Error error = std::move(value).error();
  error.path = services::safe_pointer(error.path);
  return error;
}

void print_json(const boost::json::value& value) { fmt::print("{}\n", boost::json::serialize(value)); }

Result<boost::json::value> ask(Engine& engine, std::string_view command, const boost::json::object& args,
                               std::string_view at) {
  boost::json::object request{{"command", command}, {"actor", "system"}, {"args", args}};
  if (!at.empty()) request["at"] = at;
  constexpr json::Limits kAnswer{.bytes = std::size_t{256} << 20};
  CONNEX_TRY(answer, json::parse(engine.execute(boost::json::serialize(request)), kAnswer));
  const boost::json::object& object = answer.get_object();
  if (object.at("ok").get_bool()) return object.at("result");
  const boost::json::object& error = object.at("error").get_object();
  const boost::json::value* path = error.if_contains("path");
  return Error{error_code(text(error, "code")), text(error, "message"),
               path ? text(*path) : std::string()};
}

int ask_and_print(const Options& options, std::string_view command, const boost::json::object& args,
                  const std::function<int(const boost::json::object&)>& print, Access access) {
  auto engine = open_engine(options, access);
  if (!engine) return fail(options, engine.error());
  auto result = ask(**engine, command, args, options.at);
  if (!result) return fail(options, result.error());
  if (!options.json) return print(result->get_object());
  print_json(*result);
  const boost::json::value* valid = result->get_object().if_contains("valid");
  return valid != nullptr && !valid->get_bool() ? kFailure : kDone;
}

std::string text(const boost::json::value& value) {
  if (value.is_null()) return {};
  return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

std::string text(const boost::json::object& row, std::string_view member) { return text(row.at(member)); }

std::string coverage_of(const boost::json::object& clause) {
  std::string coverage = text(clause, "coverage");
  const bool in_part = clause.at("decided").get_bool() && coverage != "decided";
  if (in_part) coverage.insert(0, "decided, host's part ");
  if (const boost::json::value* standing = clause.if_contains("standing"); standing && *standing == "unclear") coverage += ", unclear";
  if (is_failed(clause)) coverage += ", known to fail";
  return coverage;
}

bool is_failed(const boost::json::object& clause) {
  const boost::json::value* failed = clause.if_contains("failed");
  return failed && *failed == true;
}

}  // namespace connex::cli
