// The key providers that come with the engine.
#pragma once

#include <memory>
#include <string>

#include "connex/ports/keys.hpp"

namespace connex::keys {

// A key in memory, gone when the provider is: for tests, and beside a store in memory.
std::unique_ptr<KeyProvider> make_ephemeral_key_provider();

struct KeyFileOptions {
  std::string path;             // created on first use, readable by its owner alone; refused when others may
  std::string passphrase = {};  // not empty: the keys in the file are wrapped under it (scrypt)
};

// Keys in a file: whoever has it and the store has everything, so keep it, and its backups, apart. Errors
// name the file: not_found when it is missing and was needed, storage, corrupt (damaged, or another
// passphrase). Several stores may share a file, which notes them; a rotation of one then leaves the old keys in it for the
// others, so that each is better given a file of its own.
std::unique_ptr<KeyProvider> make_file_key_provider(KeyFileOptions options);

// Keys from an environment variable, read once: 64 hexadecimal digits for each, separated by commas, the one
// in use first. To rotate, put a new one first, carry out key.rotate, then drop the old one.
Result<std::unique_ptr<KeyProvider>> make_environment_key_provider(const std::string& variable);

}  // namespace connex::keys
