#include "evidence/random.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "evidence/secret.hpp"

namespace connex::evidence {
namespace {

constexpr std::size_t kPageSize = 4096;

constexpr std::size_t kLargestDraw = 256;  // that getentropy() allows

// Not from a generator of the library's: those belong to threads, and some outlive its end.
void draw(std::span<std::uint8_t> out) {
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t part = std::min(kLargestDraw, out.size() - done);
    if (::getentropy(out.data() + done, part) != 0) throw std::runtime_error("there are no random bytes");
    done += part;
  }
}

}  // namespace

// INVARIANT: the last `left` bytes are fresh. All zero, as after a fork, it is an empty pool.
struct RandomPool::Page {
  std::size_t left;
  std::uint8_t bytes[kPageSize - sizeof(std::size_t)];
};

RandomPool::RandomPool() : page_(nullptr) {
#ifdef MADV_WIPEONFORK
  void* const memory = mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  if (madvise(memory, kPageSize, MADV_WIPEONFORK) != 0) {
    munmap(memory, kPageSize);
    return;
  }
  page_ = static_cast<Page*>(memory);
#endif
}

RandomPool::~RandomPool() {
  if (!page_) return;
  cleanse(page_->bytes);
  munmap(page_, kPageSize);
}

void RandomPool::operator()(std::span<std::uint8_t> out) {
  constexpr std::size_t kLargest = 256;
  if (!page_ || out.size() > kLargest) return draw(out);
  if (page_->left < out.size()) {
    draw(page_->bytes);
    page_->left = sizeof page_->bytes;
  }
  const auto fresh = std::span(page_->bytes).last(page_->left).first(out.size());
  std::ranges::copy(fresh, out.begin());
  cleanse(fresh);
  page_->left -= out.size();
}

void random_secret(std::span<std::uint8_t> out) { draw(out); }

}  // namespace connex::evidence
