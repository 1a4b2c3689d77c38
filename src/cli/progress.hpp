// How far long work has come, on standard error when that is a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace connex::cli {

// Follows a standard input that is read from a file. Nothing is drawn in the first second, nor when the
// answers go to a terminal themselves; the bar is wiped at the end.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::size_t bytes);

 private:
  void draw() const;

  std::uint64_t total_ = 0;  // bytes of the input; 0: draw nothing
  std::uint64_t bytes_ = 0;
  std::uint64_t lines_ = 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace connex::cli
