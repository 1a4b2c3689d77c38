// The engine: commands in, decisions and results out, every change with its audit entry in one transaction.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/instant.hpp"
#include "connex/policy.hpp"
#include "connex/ports/checkpoints.hpp"
#include "connex/ports/keys.hpp"
#include "connex/ports/store.hpp"
#include "connex/result.hpp"

namespace connex {

// Where the host keeps recordings: a bucket of an S3-compatible store. The locator of a recording is its key
// there. What it holds stays in memory and never stands in the store, in the audit log or in an error.
struct Bucket {
  std::string host;  // "account.r2.cloudflarestorage.com"
  std::string name;
  std::string region = "auto";
  std::string access_key;
  std::string secret_key;
};

// When the engine signs a checkpoint of its own accord: at the end of a command, once the log has grown by so many
// entries since the last checkpoint, or the last is so old. 0: not for this reason.
struct CheckpointRhythm {
  std::uint32_t entries = 0;
  std::uint32_t seconds = 0;
};

struct EngineOptions {
  std::unique_ptr<store::Store> store = {};
  // The policy pack as JSON; empty: the one compiled in. It is the first version of a store that has none;
  // from then on the versions published there decide, in every engine on that store.
  std::string policy = {};
  // Empty: the system's. Called from the thread that executes. While it is more than a minute behind the last
  // entry of the log, or more than 100 years ahead of it, nothing but reports is carried out.
  std::function<Instant()> clock = {};
  bool caller_clock = false;                  // for tests and replays: requests may carry `at`, which then is the
                                              // time, also of those after it without one; until the first, the
                                              // clock or the last entry counts, whichever is later
  std::shared_ptr<CheckpointSink> sink = {};  // empty: whoever asks for a checkpoint alone has it
  CheckpointRhythm checkpoints = {};          // a failure of the sink is made good by the next one
  std::optional<Bucket> bucket = {};          // with it, recording.access gives addresses

  // Personal data are sealed before they reach the store. The data keys lie, wrapped by the provider's key,
  // in a store of their own. One that is restored from a backup forgets again what the store knows to be forgotten, and
  // lacks the keys that were made since.
  std::unique_ptr<store::Store> key_store = {};          // empty: beside the store (`<db>.keys`)
  std::shared_ptr<keys::KeyProvider> key_provider = {};  // empty: the key file `<db>.key`, made on first use
};

// Safe to use from several threads at once. Makes none itself, but those that a request of `audit.verify` asks for, which
// end before it is answered; they call the key provider alone.
class Engine {
 public:
  // Errors: invalid_argument (the pack, with the JSON pointer of what is wrong; a missing store, or no place
  // for its keys), those of the store, and not_found or corrupt where the store holds sealed data and its
  // keys are missing or others; then nothing has changed.
  static Result<std::unique_ptr<Engine>> open(EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Carries out one request, a JSON object, and answers with one, both on a single line. Never throws for
  // what a request or the store does: every failure is an answer with `"ok": false`, and leaves nothing
  // changed. What is permitted, denied, not found, in conflict or asked by an actor who is not registered has an
  // entry in the audit log; reports that are given or that a stranger asks for, requests that cannot be read or
  // are not valid, and failures of the store or of the engine have none. Asked from within a port of the engine (clock,
  // store, key provider, sink), while it carries out another: conflict.
  std::string execute(std::string_view request);

  // The same for several requests, answered in order. Commands that change something share transactions, so
  // that many of them cost little more than one: they are durable together, before any of them is answered.
  // One that fails leaves the others as they are. Threads that call execute() at the same time share likewise.
  std::vector<std::string> execute_all(std::span<const std::string_view> requests);

  // Decides a rule on a JSON object. Touches no store. A gate takes true, false and null for its facts;
  // `retention.evaluate`, `view`, `egress`, `purpose` and `security.posture` take more and give more, as
  // COMMANDS.md says under "Rules". The answer is the decision, or an object with `"ok": false`.
  std::string decide(std::string_view rule, std::string_view facts) const;

  // The pack that decides where nobody in particular is concerned, as the engine last saw it. It stays as long
  // as the engine.
  const PolicyPack& policy() const noexcept;

 private:
  struct Implementation;
  explicit Engine(std::unique_ptr<Implementation> implementation) noexcept;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace connex
