#include "cli/progress.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace connex::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{1'000};
constexpr std::chrono::milliseconds kInterval{100};
constexpr std::size_t kWidth = 40;

}  // namespace

Progress::Progress() : next_(std::chrono::steady_clock::now() + kPatience) {
  struct stat input = {};
  if (isatty(STDERR_FILENO) == 0 || isatty(STDOUT_FILENO) == 1) return;
  if (fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode))
    total_ = static_cast<std::uint64_t>(input.st_size);
}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::advance(std::size_t bytes) {
  bytes_ += bytes;
  ++lines_;
  if (total_ == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  drawn_ = true;
  draw();
}

void Progress::draw() const {
  const std::uint64_t done = std::min(bytes_, total_);
  const std::string bar(done * kWidth / total_, '=');
  fmt::print(stderr, "\r[{:<{}}] {:>3}%  {} commands\033[K", bar, kWidth, done * 100 / total_, lines_);
  std::fflush(stderr);
}

}  // namespace connex::cli
