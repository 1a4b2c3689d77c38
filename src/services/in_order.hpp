// Work on many items by several threads, whose results are used by one of them in the order in which the items came.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "connex/result.hpp"
#include "services/executing.hpp"
#include "services/try.hpp"

namespace connex::services {

// The thread that makes one brings the items, works on some while the others have not caught up, and uses them; the
// others end with it. Holds a bounded number of items, whose memory is used again. What work throws, it throws in its turn.
template <class Item>
class InOrder {
 public:
  using Work = std::function<void(Item&)>;
  using Use = std::function<Result<void>(Item&)>;

  // A thread for each of `works` but the first, which is the caller's; fewer where the system gives no more.
  InOrder(std::vector<Work> works, Use use) : works_(std::move(works)), use_(std::move(use)) {
    threads_.reserve(works_.size());
    try {
      for (std::size_t i = 1; i < works_.size(); ++i)
        threads_.emplace_back([this, i, inside = Executing::here()] {
          Executing::help(inside);
          serve(works_[i]);
        });
    } catch (const std::exception&) {  // those that there are do it
    }
  }
  ~InOrder() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  InOrder(const InOrder&) = delete;
  InOrder& operator=(const InOrder&) = delete;

  // Has fill(item) make the next item, of about so many bytes.
  template <class Fill>
  Result<void> put(std::size_t bytes, Fill fill) {
    if (!filling_) {
      filling_ = spare_ ? std::move(spare_) : std::make_unique<Batch>();
      filling_->size = filling_->bytes = 0;
    }
    fill(filling_->items[filling_->size]);
    ++filling_->size;
    filling_->bytes += bytes;
    return filling_->size == kBatch || filling_->bytes >= kMostBytes ? pass_on() : Result<void>();
  }

  // Once all items are there.
  Result<void> finish() {
    if (filling_) CONNEX_CHECK(pass_on());
    while (!line_.empty()) CONNEX_CHECK(use_first());
    return {};
  }

  static constexpr std::size_t kBatch = 256;

 private:
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  enum class State : std::uint8_t { waits, taken, done };
  struct Batch {
    std::vector<Item> items = std::vector<Item>(kBatch);
    std::size_t size = 0;
    std::size_t bytes = 0;
    State state = State::waits;
    std::exception_ptr thrown = nullptr;
  };

  Result<void> pass_on() {
    {
      const std::lock_guard lock(mutex_);
      filling_->state = State::waits;
      line_.push_back(std::move(filling_));
    }
    changed_.notify_all();
    return line_.size() > 2 * works_.size() ? use_first() : Result<void>();
  }

  // Uses the items that came first, and works on what nobody has taken until they are done.
  Result<void> use_first() {
    std::unique_lock lock(mutex_);
    while (line_.front()->state != State::done)
      if (!work_on_one(lock, works_.front())) changed_.wait(lock);
    std::unique_ptr<Batch> batch = std::move(line_.front());
    line_.pop_front();
    lock.unlock();
    if (batch->thrown) std::rethrow_exception(batch->thrown);
    for (std::size_t i = 0; i < batch->size; ++i) CONNEX_CHECK(use_(batch->items[i]));
    spare_ = std::move(batch);
    return {};
  }

  // With the lock, which it lets go of meanwhile. Whether there was anything to do.
  bool work_on_one(std::unique_lock<std::mutex>& lock, const Work& work) {
    Batch* batch = nullptr;
    for (const std::unique_ptr<Batch>& waiting : line_)
      if (waiting->state == State::waits) {
        batch = waiting.get();
        break;
      }
    if (batch == nullptr) return false;
    batch->state = State::taken;
    lock.unlock();
    try {
      for (std::size_t i = 0; i < batch->size; ++i) work(batch->items[i]);
    } catch (...) {
      batch->thrown = std::current_exception();
    }
    lock.lock();
    batch->state = State::done;
    changed_.notify_all();
    return true;
  }

  void serve(const Work& work) {
    std::unique_lock lock(mutex_);
    while (!over_)
      if (!work_on_one(lock, work)) changed_.wait(lock);
  }

  const std::vector<Work> works_;
  const Use use_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> line_;  // in the order in which they came; it changes under the mutex
  bool over_ = false;
  std::unique_ptr<Batch> filling_;
  std::unique_ptr<Batch> spare_;
  std::vector<std::thread> threads_;
};

}  // namespace connex::services
