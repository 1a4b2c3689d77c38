// A store that fails when told to. It passes every call on to another store, counting them as steps, and at
// the armed step does what the fault says instead.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "connex/ports/store.hpp"

namespace connex::store::testing {

// The moments at which a store can fail. `committed` comes right after a commit has become durable: its fault
// is that of an answer which got lost.
enum class Step : std::uint8_t {
  begin_read,
  begin_write,
  get,
  scan,
  insert,
  update,
  erase,
  commit,
  committed,
  purge,
};

std::string_view name(Step step) noexcept;

enum class Fault : std::uint8_t {
  error,      // an Error of `storage`
  exception,  // std::runtime_error, which no adapter should throw
  no_memory,  // std::bad_alloc
  crash,      // the hook runs; if it returns, the store is dead: nothing is committed and every call fails
};

// Not safe to use from several threads. Does not own the store that it wraps, and prepares no differently.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& inner) : inner_(inner) {}

  // The `n`-th step from now, counted from 1, fails. Once; a crash for ever.
  void arm(std::uint64_t n, Fault fault, std::function<void()> hook = {});
  void disarm() { at_ = 0; }

  std::uint64_t steps() const noexcept { return steps_; }  // since armed, or since the beginning
  bool struck() const noexcept { return struck_; }         // did the armed fault come to pass?
  Step last() const noexcept { return last_; }             // the step reached last

  Result<void> prepare(const Schema& schema) override { return inner_.prepare(schema); }
  Result<std::unique_ptr<ReadTransaction>> begin_read() override;
  Result<std::unique_ptr<WriteTransaction>> begin_write() override;
  Result<void> make_durable() override { return inner_.make_durable(); }
  Result<void> purge_erased(Purge depth) override;
  std::string path() const override { return inner_.path(); }
  Result<std::unique_ptr<Store>> open_beside(std::string_view name, bool create) override {
    return inner_.open_beside(name, create);
  }

  // Counts a step; the error to answer with if it fails. For the transactions.
  Result<void> reach(Step step);

 private:
  Store& inner_;
  std::uint64_t steps_ = 0;
  std::uint64_t at_ = 0;
  Fault fault_ = Fault::error;
  std::function<void()> hook_;
  Step last_ = Step::begin_read;
  bool struck_ = false;
  bool dead_ = false;
};

}  // namespace connex::store::testing
