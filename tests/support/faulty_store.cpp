#include "support/faulty_store.hpp"

#include <new>
#include <stdexcept>
#include <utility>

#include "adapters/contract.hpp"

namespace connex::store::testing {
namespace {

// A read or write transaction whose every call is a step.
template <class Base>
class Faulty : public Base {
 public:
  Faulty(FaultyStore& store, std::unique_ptr<Base> inner) : store_(store), inner_(std::move(inner)) {}

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return step<bool>(Step::get, [&] { return inner_->get(table, key, row); });
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return step<void>(Step::scan, [&] { return inner_->visit(table, range, visitor); });
  }

 protected:
  template <class Value, class Action>
  Result<Value> step(Step which, Action&& action) {
    if (Result<void> reached = store_.reach(which); !reached) return reached.error();
    return action();
  }

  FaultyStore& store_;
  std::unique_ptr<Base> inner_;
};

class FaultyRead final : public Faulty<ReadTransaction> {
 public:
  using Faulty::Faulty;
};

class FaultyWrite final : public Faulty<WriteTransaction> {
 public:
  using Faulty::Faulty;

  Result<bool> get(const Table& table, std::span<const Cell> key, Row& row) override {
    return outcome_.attempt([&] { return Faulty::get(table, key, row); });
  }
  Result<void> visit(const Table& table, const Range& range, Visitor visitor) override {
    return outcome_.visit([&] { return Faulty::visit(table, range, visitor); });
  }
  Result<void> insert(const Table& table, std::span<const Cell> row) override {
    return outcome_.change(
        [&] { return step<void>(Step::insert, [&] { return inner_->insert(table, row); }); });
  }
  Result<void> update(const Table& table, std::span<const Cell> row) override {
    return outcome_.change(
        [&] { return step<void>(Step::update, [&] { return inner_->update(table, row); }); });
  }
  Result<bool> erase(const Table& table, std::span<const Cell> key) override {
    return outcome_.change(
        [&] { return step<bool>(Step::erase, [&] { return inner_->erase(table, key); }); });
  }
  Result<void> commit() override {
    return outcome_.conclude([&]() -> Result<void> {
      Result<void> done = step<void>(Step::commit, [&] { return inner_->commit(); });
      return done ? store_.reach(Step::committed) : done;
    });
  }

 private:
  Outcome outcome_;
};

}  // namespace

std::string_view name(Step step) noexcept {
  constexpr std::string_view kNames[] = {"begin_read", "begin_write", "get",    "scan",      "insert",
                                         "update",     "erase",       "commit", "committed", "purge"};
  return kNames[static_cast<std::size_t>(step)];
}

void FaultyStore::arm(std::uint64_t n, Fault fault, std::function<void()> hook) {
  steps_ = 0;
  at_ = n;
  fault_ = fault;
  hook_ = std::move(hook);
  struck_ = false;
}

Result<void> FaultyStore::reach(Step step) {
  Error failed{ErrorCode::storage, "fault at " + std::string(name(step)), {}};
  if (dead_) return failed;
  last_ = step;
  if (++steps_ != at_) return {};
  struck_ = true;
  switch (fault_) {
    case Fault::error:
      return failed;
    case Fault::exception:
      throw std::runtime_error(failed.message);
    case Fault::no_memory:
      throw std::bad_alloc();
    case Fault::crash:
      dead_ = true;
      if (hook_) hook_();
      return failed;
  }
  return failed;
}

Result<std::unique_ptr<ReadTransaction>> FaultyStore::begin_read() {
  if (Result<void> reached = reach(Step::begin_read); !reached) return reached.error();
  auto begun = inner_.begin_read();
  if (!begun) return begun.error();
  return std::unique_ptr<ReadTransaction>(std::make_unique<FaultyRead>(*this, std::move(begun).value()));
}

Result<std::unique_ptr<WriteTransaction>> FaultyStore::begin_write() {
  if (Result<void> reached = reach(Step::begin_write); !reached) return reached.error();
  auto begun = inner_.begin_write();
  if (!begun) return begun.error();
  return std::unique_ptr<WriteTransaction>(std::make_unique<FaultyWrite>(*this, std::move(begun).value()));
}

Result<void> FaultyStore::purge_erased(Purge depth) {
  if (Result<void> reached = reach(Step::purge); !reached) return reached;
  return inner_.purge_erased(depth);
}

}  // namespace connex::store::testing
