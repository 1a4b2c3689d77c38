#include "services/in_order.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

using namespace connex;
using services::InOrder;

namespace {

struct Item {
  std::size_t number = 0;
  std::size_t squared = 0;
};
using Line = InOrder<Item>;

void square(Item& item) { item.squared = item.number * item.number; }

std::vector<Line::Work> works(std::size_t threads, Line::Work work) { return {threads, std::move(work)}; }

}  // namespace

TEST_CASE("in order: items are used in the order in which they came, however many threads work on them") {
  for (const std::size_t threads : {1, 2, 5}) {
    for (const std::size_t count : {0, 1, 255, 256, 257, 5'000}) {
      CAPTURE(threads);
      CAPTURE(count);
      std::vector<std::size_t> used;
      Line line(works(threads,
                      [](Item& item) {
                        square(item);
                        if (item.number % 256 == 7) std::this_thread::sleep_for(std::chrono::microseconds(item.number % 3 * 200));
                      }),
                [&](Item& item) -> Result<void> {
                  used.push_back(item.squared);
                  return {};
                });
      for (std::size_t i = 0; i < count; ++i)
        REQUIRE(line.put(i % 400 == 0 ? 2'000'000 : 1, [&](Item& item) { item.number = i; }));
      REQUIRE(line.finish());
      REQUIRE(used.size() == count);
      for (std::size_t i = 0; i < count; ++i) REQUIRE(used[i] == i * i);
    }
  }
}

TEST_CASE("in order: what is used wrongly ends it, what work throws is thrown, and neither leaves threads behind") {
  std::size_t used = 0;
  const auto use = [&](Item& item) -> Result<void> {
    if (item.number == 700) return Error{ErrorCode::storage, "no more", ""};
    ++used;
    return {};
  };
  {
    Line line(works(3, square), use);
    Result<void> done;
    for (std::size_t i = 0; done && i < 100'000; ++i) done = line.put(1, [&](Item& item) { item.number = i; });
    if (done) done = line.finish();
    REQUIRE_FALSE(done);
    CHECK(done.error().message == "no more");
    CHECK(used == 700);
  }
  std::atomic<int> worked = 0;
  const auto run = [&] {
    Line line(works(3,
                    [&](Item& item) {
                      if (item.number == 3'000) throw std::runtime_error("broken");
                      ++worked;
                    }),
              use);
    for (std::size_t i = 1'000; i < 100'000; ++i) (void)line.put(1, [&](Item& item) { item.number = i; });
    (void)line.finish();
  };
  CHECK_THROWS_WITH(run(), "broken");
  CHECK(worked < 90'000);
}
