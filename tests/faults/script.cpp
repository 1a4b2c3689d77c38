#include "faults/script.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <utility>

#include "connex/keys.hpp"
#include "services/schema.hpp"
#include "services/vault.hpp"
#include "services/stated.hpp"
#include "support/draft_pack.hpp"
#include "support/project_file.hpp"

namespace connex::testing {
namespace {

using store::Cell;
using store::CellType;
using store::Row;

constexpr std::string_view kHash = "$hash";

// What no two runs have in common.
bool is_random(const store::Table& table, std::size_t column) {
  using namespace services;
  if (&table == &audit_entry::kTable)
    return column == audit_entry::salt || column == audit_entry::body || column == audit_entry::leaf_hash ||
           column == audit_entry::content;
  for (const Sealed* sealed : kSealedTables)
    if (sealed->table == &table && std::ranges::find(sealed->columns, column) != sealed->columns.end())
      return true;
  if (&table == &lookup::kTable) return column == lookup::hash;
  if (&table == &request::kTable) return column == request::mark;
  if (&table == &attestation::kTable) return column == attestation::disclosure;
  if (&table == &key_erasure::kTable) return column == key_erasure::mac;
  if (&table == &vault_mark::kTable) return column == vault_mark::vault;
  if (&table == &audit_head::kTable) return column == audit_head::frontier || column == audit_head::sums;
  if (&table == &audit_tile::kTable) return column == audit_tile::hashes;
  if (&table == &signing_key::kTable)
    return column == signing_key::public_key || column == signing_key::endorsement;
  if (&table == &audit_checkpoint::kTable) return column == audit_checkpoint::note;
  return false;
}

// A token that stands for a person is drawn at random, and part of a key.
bool is_token(const store::Table& table, const Row& row, std::size_t column) {
  namespace t = services::audit_index;
  return &table == &t::kTable && column == t::id && (row.integer(t::kind) == t::subject || row.integer(t::kind) == t::named);
}

void write_cell(std::string& out, const Cell& cell) {
  switch (cell.type()) {
    case CellType::null:
      out += "null";
      break;
    case CellType::integer:
      out += std::to_string(cell.integer());
      break;
    case CellType::text:
    case CellType::blob:
      out.append(cell.bytes());
      break;
  }
  out += '|';
}

}  // namespace

std::string without_marks(const std::string& text) {
  static const std::regex kMarks("eyJ[A-Za-z0-9_.-]+|d-[0-9a-f]{16}|[0-9a-f]{32,}");
  return std::regex_replace(text, kMarks, "#");
}

std::vector<ScriptedCommand> read_script() {
  std::ifstream file(project_file("tests/faults/commands.jsonl"));
  REQUIRE(file);
  std::vector<ScriptedCommand> script;
  for (std::string line; std::getline(file, line);) {
    boost::json::object request = boost::json::parse(with_draft(line)).as_object();
    const services::Command* command =
        services::find_command(std::string_view(request.at("command").as_string()));
    REQUIRE(command != nullptr);
    request["request_id"] = "q-" + std::to_string(script.size());
    script.push_back({command, boost::json::serialize(request)});
  }
  return script;
}

std::string with_hash(std::string request, std::string_view hash) {
  if (const std::size_t at = request.find(kHash); at != std::string::npos)
    request.replace(at, kHash.size(), hash);
  return request;
}

bool is_ok(std::string_view answer) { return boost::json::parse(answer).at("ok").as_bool(); }

std::string error_code(std::string_view answer) {
  const boost::json::value parsed = boost::json::parse(answer);
  const boost::json::value* error = parsed.as_object().if_contains("error");
  return error == nullptr ? std::string() : std::string(error->at("code").as_string());
}

std::string disclosure_hash(std::string_view answer) {
  const boost::json::value parsed = boost::json::parse(answer);
  const boost::json::value* result = parsed.as_object().if_contains("result");
  const boost::json::value* hash = result == nullptr ? nullptr : result->as_object().if_contains("hash");
  return hash == nullptr ? std::string() : std::string(hash->as_string());
}

const std::shared_ptr<keys::KeyProvider>& key_provider() {
  static const std::shared_ptr<keys::KeyProvider> provider = keys::make_ephemeral_key_provider();
  return provider;
}

std::string dump(store::Store& store, Compare how) {
  auto tx = store.begin_read();
  REQUIRE(tx);
  std::string out;
  for (const store::Table* table : services::kSchema.tables) {
    out.append("== ").append(table->name).append("\n");
    std::vector<Row> rows;
    REQUIRE((*tx)->scan(*table, {.limit = store::kMaxScan}, rows));
    REQUIRE(rows.size() < store::kMaxScan);
    std::vector<std::string> lines;
    for (const Row& row : rows) {
      std::string& line = lines.emplace_back();
      for (std::size_t c = 0; c < row.size(); ++c)
        if (how == Compare::exact || !(is_random(*table, c) || is_token(*table, row, c))) write_cell(line, row[c]);
      if (how == Compare::content) line = without_marks(line);
    }
    if (how == Compare::content) std::sort(lines.begin(), lines.end());  // what is random is in keys, too
    for (const std::string& line : lines) out.append(line).append("\n");
  }
  return out;
}

services::Number verified_entries(store::Store& store) {
  const std::string key_file = store.path() + ".key";  // of an engine in another process
  const auto vault = services::Vault::open(store, nullptr,
                                           std::filesystem::exists(key_file)
                                               ? keys::make_file_key_provider({.path = key_file})
                                               : key_provider());
  REQUIRE(vault);
  auto tx = (*vault)->begin_read();
  REQUIRE(tx);
  const auto verified = services::verify_evidence(**tx);
  REQUIRE(verified);
  CHECK(verified->valid());
  CHECK((*vault)->altered_tables(**tx).value().empty());
  CHECK((*vault)->altered_keys().value().empty());
  return verified->entries;
}

std::unique_ptr<Engine> open_engine(std::unique_ptr<store::Store> store) {
  EngineOptions options;
  options.store = std::move(store);
  options.caller_clock = true;
  options.key_provider = key_provider();
  auto engine = Engine::open(std::move(options));
  REQUIRE(engine);
  return std::move(*engine);
}

}  // namespace connex::testing
