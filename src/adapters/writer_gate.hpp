// Lets one writer in at a time. Not a mutex: a pass may be given back by another thread, and a thread that
// asks twice waits in vain instead of hanging.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace connex::store {

class WriterGate {
 public:
  class Pass {
   public:
    Pass() = default;
    explicit Pass(WriterGate* gate) noexcept : gate_(gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&& other) noexcept {
      release();
      gate_ = std::exchange(other.gate_, nullptr);
      return *this;
    }
    ~Pass() { release(); }

    explicit operator bool() const noexcept { return gate_ != nullptr; }
    void release() noexcept {
      if (WriterGate* gate = std::exchange(gate_, nullptr)) gate->leave();
    }

   private:
    WriterGate* gate_ = nullptr;
  };

  // A pass, or an empty one when none came free by `deadline`.
  Pass enter(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    if (!free_.wait_until(lock, deadline, [this] { return !taken_; })) return {};
    taken_ = true;
    return Pass(this);
  }

 private:
  void leave() noexcept {
    {
      const std::lock_guard lock(mutex_);
      taken_ = false;
    }
    free_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable free_;
  bool taken_ = false;
};

}  // namespace connex::store
