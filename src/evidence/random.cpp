#include "evidence/random.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/mman.h>

#include <algorithm>

#include "evidence/openssl.hpp"
#include "evidence/secret.hpp"

namespace connex::evidence {
namespace {

constexpr std::size_t kPageSize = 4096;

// RAND_bytes() would ask for the generator in use, which is everybody's.
void draw(EVP_RAND_CTX* generator, std::span<std::uint8_t> out) {
  openssl::require(generator != nullptr);
  openssl::require(EVP_RAND_generate(generator, out.data(), out.size(), 0, 0, nullptr, 0));
}
void draw(std::span<std::uint8_t> out) { draw(RAND_get0_public(openssl::library()), out); }

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

void random_secret(std::span<std::uint8_t> out) {
  draw(RAND_get0_private(openssl::library()), out);
}

}  // namespace connex::evidence
