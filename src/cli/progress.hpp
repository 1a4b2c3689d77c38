// How far long work has come, on standard error when that is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace connex::cli {

// Whether answers are written while the work goes on; to a terminal, the bar would mix with them.
enum class Answers : bool { as_it_goes, at_the_end };

// Nothing is drawn in the first half second; the bar is wiped at the end.
class Progress {
 public:
  // `unit` names what is counted. Follows a standard input that is read from a file, in bytes, until told how
  // much there is to do.
  Progress(std::string_view unit, Answers answers);
  ~Progress() { wipe(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void expect(std::uint64_t total) noexcept;
  // One more of them, or `count`, is done, which took `amount` of the total.
  void advance(std::uint64_t amount, std::uint64_t count);
  void advance(std::uint64_t amount) { advance(amount, amount); }
  void wipe();

 private:
  void draw() const;

  std::string_view unit_;
  bool seen_ = false;        // somebody looks
  std::uint64_t total_ = 0;  // 0: not known, draw nothing
  std::uint64_t done_ = 0;
  std::uint64_t count_ = 0;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace connex::cli
