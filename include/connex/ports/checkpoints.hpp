// The port through which the engine hands its signed checkpoints to somewhere it cannot reach afterwards:
// another machine, a regulator's mailbox, a public log. Without one, who holds database and signing key could
// still rewrite the audit log.
#pragma once

#include <string_view>

#include "connex/result.hpp"

namespace connex {

// Safe to use from several threads.
class CheckpointSink {
 public:
  virtual ~CheckpointSink() = default;
  CheckpointSink() = default;
  CheckpointSink(const CheckpointSink&) = delete;
  CheckpointSink& operator=(const CheckpointSink&) = delete;

  // Keeps a checkpoint, a signed note (C2SP tlog-checkpoint). What it tells of is durable, and no transaction
  // is open. An engine publishes one after the other, in the order of the log. However long it takes, other commands
  // go on; the one that made the checkpoint, and those with later ones, are answered after it. A failure is told in
  // the answer and hinders nothing.
  virtual Result<void> publish(std::string_view checkpoint) = 0;
};

}  // namespace connex
