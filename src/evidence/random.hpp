// Random bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace connex::evidence {

// Fills a buffer with unpredictable bytes. Injected wherever bytes are drawn; a pool is
// passed as std::ref(pool).
using RandomSource = std::function<void(std::span<std::uint8_t>)>;

// Straight from the operating system's generator, for keys. Throws std::runtime_error when there is none.
void random_secret(std::span<std::uint8_t> out);

// Nonces and salts: draws a page at a time, for a small draw costs as much as a large one. What was handed
// out is wiped, and a forked child never sees the parent's pool: the kernel empties the page. One object, one
// thread at a time.
class RandomPool {
 public:
  RandomPool();
  ~RandomPool();
  RandomPool(const RandomPool&) = delete;
  RandomPool& operator=(const RandomPool&) = delete;

  void operator()(std::span<std::uint8_t> out);

 private:
  struct Page;
  Page* page_;  // nullptr where the system cannot empty it on fork: then nothing is pooled
};

}  // namespace connex::evidence
