#include "evidence/random.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include <doctest/doctest.h>

namespace connex::evidence {
namespace {

using Draw = std::array<std::uint8_t, 12>;

Draw draw(RandomPool& pool) {
  Draw bytes{};
  pool(bytes);
  return bytes;
}

}  // namespace

TEST_CASE("random: what is drawn does not come again") {
  RandomPool pool;
  std::set<Draw> seen;
  for (int i = 0; i < 20'000; ++i) CHECK(seen.insert(draw(pool)).second);
}

TEST_CASE("random: every byte of a draw is filled, whatever its size") {
  RandomPool pool;
  for (const std::size_t size : {1, 16, 255, 256, 257, 5000}) {
    std::vector<std::uint8_t> any(size, 0);
    for (int i = 0; i < 8; ++i) {  // a byte stays 0 in all rounds with a chance of 2^-64
      std::vector<std::uint8_t> bytes(size, 0);
      if (i % 2)
        random_secret(bytes);
      else
        pool(bytes);
      std::ranges::transform(any, bytes, any.begin(),
                             [](int a, int b) { return static_cast<std::uint8_t>(a | b); });
    }
    CHECK(std::ranges::count(any, 0) == 0);
  }
}

TEST_CASE("random: a child draws other bytes than its parent") {
  RandomPool pool;
  (void)draw(pool);  // the pool is filled before the fork
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const Draw bytes = draw(pool);
    _exit(write(pipe_ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) ? 0 : 1);
  }
  REQUIRE(child > 0);
  Draw theirs{};
  CHECK(read(pipe_ends[0], theirs.data(), theirs.size()) == static_cast<ssize_t>(theirs.size()));
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  for (int i = 0; i < 400; ++i) CHECK(draw(pool) != theirs);
}

}  // namespace connex::evidence
