// The commands that the fault tests carry out, and how a store looks to them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connex/engine.hpp"
#include "connex/ports/store.hpp"
#include "services/command.hpp"

namespace connex::testing {

// One command of commands.jsonl; its request id is "q-" and its number.
struct ScriptedCommand {
  const services::Command* command = nullptr;
  std::string request;  // may hold "$hash", which stands for the disclosure given last
};

std::vector<ScriptedCommand> read_script();

// Fills in "$hash".
std::string with_hash(std::string request, std::string_view hash);

// With "#" for what is another in every run: signed tokens, the marks of canaries and the orders about them.
std::string without_marks(const std::string& text);

// Parsed answers.
bool is_ok(std::string_view answer);
std::string error_code(std::string_view answer);
std::string disclosure_hash(std::string_view answer);  // empty unless a disclosure was given

// Every row of every table, a line each. `exact` with what is random as well: salts, and the hashes that
// follow from them; the audit log vouches for these itself.
enum class Compare { exact, content };
std::string dump(store::Store& store, Compare how);

// The number of audit entries; fails the test unless the log verifies.
services::Number verified_entries(store::Store& store);

// One for all engines, of which some follow each other on a store.
const std::shared_ptr<keys::KeyProvider>& key_provider();

// An engine at the time of its requests, with the policy compiled in.
std::unique_ptr<Engine> open_engine(std::unique_ptr<store::Store> store);

}  // namespace connex::testing
