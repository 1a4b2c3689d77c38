#include "cli/progress.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace connex::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::milliseconds kInterval{100};
constexpr std::size_t kWidth = 40;

}  // namespace

Progress::Progress(std::string_view unit, Answers answers)
    : unit_(unit),
      seen_(isatty(STDERR_FILENO) == 1 && (answers == Answers::at_the_end || isatty(STDOUT_FILENO) == 0)),
      next_(std::chrono::steady_clock::now() + kPatience) {
  struct stat input = {};
  if (seen_ && fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode))
    total_ = static_cast<std::uint64_t>(input.st_size);
}

void Progress::wipe() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Progress::expect(std::uint64_t total) noexcept { total_ = total; }

void Progress::advance(std::uint64_t amount, std::uint64_t count) {
  done_ += amount;
  count_ += count;
  if (!seen_ || total_ == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  drawn_ = true;
  draw();
}

void Progress::draw() const {
  const std::uint64_t done = std::min(done_, total_);
  const std::string bar(done * kWidth / total_, '=');
  fmt::print(stderr, "\r[{:<{}}] {:>3}%  {} {}\033[K", bar, kWidth, done * 100 / total_, count_, unit_);
  std::fflush(stderr);
}

}  // namespace connex::cli
