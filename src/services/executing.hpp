// Which engines this thread carries out a command of. A port of the host's that asks one of them for another command
// would wait for itself for ever.
#pragma once

#include "connex/result.hpp"

namespace connex::services {

// For as long as it lives.
class Executing {
 public:
  explicit Executing(const void* engine) noexcept : engine_(engine), outer_(here_) { here_ = this; }
  ~Executing() { here_ = outer_; }
  Executing(const Executing&) = delete;
  Executing& operator=(const Executing&) = delete;

  static bool is_inside(const void* engine) noexcept {
    for (const Executing* at = here_; at != nullptr; at = at->outer_)
      if (at->engine_ == engine) return true;
    return false;
  }

  // What a thread that helps this one is inside of, too, from its beginning on; until then it is no engine's.
  static const Executing* here() noexcept { return here_; }
  static void help(const Executing* other) noexcept { here_ = other; }

 private:
  const void* const engine_;
  const Executing* const outer_;
  static inline thread_local const Executing* here_ = nullptr;
};

inline Error within_callback() {
  return {ErrorCode::conflict, "a callback of the engine cannot have it carry out a command", ""};
}

}  // namespace connex::services
