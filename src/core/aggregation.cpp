#include "connex/aggregation.hpp"

#include <algorithm>
#include <optional>

namespace connex {
namespace {

// The hidden cells are edges between their row and their column. What the totals give away is a cell that no other table
// of counts with the same totals has otherwise: one that cannot grow nor shrink along a cycle in which cells that are
// not nothing shrink and grow in turn; and a small one that cannot grow to k.
// What is hidden for k is hidden on top of what is hidden for less, so that a larger k never shows what a smaller hid.
class Suppression {
 public:
  Suppression(std::span<const std::int64_t> counts, std::size_t columns, std::int64_t k)
      : counts_(counts), columns_(columns), rows_(counts.size() / columns), k_(k), hidden_(counts.size()), reach_(counts.size()) {}

  SuppressedTable run() {
    SuppressedTable table;
    table.passes = true;
    for (level_ = 1; level_ <= k_ && table.passes; level_ = next_level()) table.passes = close();
    if (!table.passes) std::fill(hidden_.begin(), hidden_.end(), true);
    const auto is_small = [&](std::int64_t count) { return count < k_; };
    table.small = static_cast<std::size_t>(std::count_if(counts_.begin(), counts_.end(), is_small));
    table.complement = static_cast<std::size_t>(std::count(hidden_.begin(), hidden_.end(), true)) - table.small;
    table.hidden = hidden_;
    return table;
  }

 private:
  // Hides what is to be hidden at this level; false where there is too little to hide.
  bool close() {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (counts_[i] < level_) hidden_[i] = true;
    while (const std::optional<Line> open = find_open_line()) {
      const std::optional<std::size_t> cell = smallest_shown(*open);
      if (!cell) return false;
      hidden_[*cell] = true;
    }
    return true;
  }

  // The next level at which something more is to be hidden; beyond k where nothing is.
  std::int64_t next_level() {
    std::int64_t least = k_;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (!hidden_[i]) least = std::min(least, counts_[i]);
    for (std::size_t n = 0; n < lines(); ++n)
      if (const auto [hidden, sum] = hidden_in(line(n)); hidden > 0) least = std::min(least, sum);
    for (std::size_t i = 0; i < counts_.size() && rows_ > 1; ++i)
      if (hidden_[i]) least = std::min(least, reach(i, least));
    return least + 1;
  }

  // A row, or a column, whose total is told.
  struct Line {
    std::size_t index;
    bool row;
  };

  std::size_t lines() const { return rows_ > 1 ? rows_ + columns_ : rows_; }
  Line line(std::size_t n) const { return n < rows_ ? Line{n, true} : Line{n - rows_, false}; }
  std::size_t length(Line l) const { return l.row ? columns_ : rows_; }
  std::size_t cell(Line l, std::size_t n) const {
    return l.row ? l.index * columns_ + n : n * columns_ + l.index;
  }

  struct Hidden {
    std::size_t cells = 0;
    std::int64_t sum = 0;
  };
  Hidden hidden_in(Line l) const {
    Hidden all;
    for (std::size_t i = 0; i < length(l); ++i) {
      if (!hidden_[cell(l, i)]) continue;
      ++all.cells;
      all.sum += counts_[cell(l, i)];
    }
    return all;
  }

  // A line that gives something away.
  std::optional<Line> find_open_line() {
    for (std::size_t n = 0; n < lines(); ++n)
      if (const auto [hidden, sum] = hidden_in(line(n)); hidden == 1 || (hidden > 0 && sum < level_)) return line(n);
    if (rows_ == 1) return std::nullopt;
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (hidden_[i] && !(counts_[i] < level_ ? reach(i, level_) >= level_ : varies(i))) return any_shown(i);
    return std::nullopt;
  }

  // Where another cell can be hidden next to one that follows from the totals.
  Line any_shown(std::size_t i) const {
    const Line row{i / columns_, true};
    return smallest_shown(row) ? row : Line{i % columns_, false};
  }

  // Whether a hidden cell has another value in some table with the same totals.
  bool varies(std::size_t i) const {
    const std::size_t row = i / columns_;
    const std::size_t column = rows_ + i % columns_;
    return reaches(column, row, i) || (counts_[i] > 0 && reaches(row, column, i));
  }

  // How many people a hidden cell is known to hold at most, as far as it matters: what it may hold with some cells hidden
  // it may with more.
  std::int64_t reach(std::size_t i, std::int64_t needed) {
    if (reach_[i] < needed) reach_[i] = most(i, k_);
    return reach_[i];
  }

  // How many people a hidden cell holds at most in any table with the same totals, up to a bound: fewer than k tell that
  // it is small. It grows by as much as can be taken, cycle by cycle, from cells in turn.
  std::int64_t most(std::size_t i, std::int64_t bound) const {
    if (counts_[i] >= bound) return bound;
    std::vector<std::int64_t> held(counts_.begin(), counts_.end());
    while (held[i] < bound) {
      const std::vector<std::size_t> cells = cycle(i, held);
      if (cells.empty()) break;
      std::int64_t step = bound - held[i];
      for (std::size_t n = 0; n < cells.size(); n += 2) step = std::min(step, held[cells[n]]);
      for (std::size_t n = 0; n < cells.size(); ++n) held[cells[n]] += n % 2 == 0 ? -step : step;
      held[i] += step;
    }
    return held[i];
  }

  // The cells that shrink, grow, ..., shrink when cell `i` grows: from its column to its row. Empty: there are none.
  std::vector<std::size_t> cycle(std::size_t i, const std::vector<std::int64_t>& held) const {
    const std::size_t row = i / columns_;
    const std::size_t column = rows_ + i % columns_;
    constexpr std::size_t kNone = kMaxCells;
    std::vector<std::size_t> by(rows_ + columns_, kNone);  // the cell over which a line was reached
    std::vector<std::size_t> open{column};
    by[column] = i;
    for (std::size_t next_open = 0; next_open < open.size() && by[row] == kNone; ++next_open) {
      const Line l = line(open[next_open]);
      for (std::size_t n = 0; n < length(l); ++n) {
        const std::size_t c = cell(l, n);
        const std::size_t next = l.row ? rows_ + n : n;
        if (c == i || !hidden_[c] || by[next] != kNone || (!l.row && held[c] == 0)) continue;
        by[next] = c;
        open.push_back(next);
      }
    }
    std::vector<std::size_t> cells;
    if (by[row] == kNone) return cells;
    for (std::size_t at = row; at != column;) {
      cells.push_back(by[at]);
      at = at < rows_ ? rows_ + by[at] % columns_ : by[at] / columns_;
    }
    std::reverse(cells.begin(), cells.end());
    return cells;
  }

  // Whether one can go from line to line without cell `i`, from rows over any hidden cell, which grows, and from columns
  // over one that holds something, which shrinks.
  bool reaches(std::size_t from, std::size_t to, std::size_t i) const {
    std::vector<bool> seen(rows_ + columns_);
    std::vector<std::size_t> open{from};
    seen[from] = true;
    while (!open.empty()) {
      const Line l = line(open.back());
      open.pop_back();
      for (std::size_t n = 0; n < length(l); ++n) {
        const std::size_t c = cell(l, n);
        const std::size_t next = l.row ? rows_ + n : n;
        if (c == i || !hidden_[c] || seen[next] || (!l.row && counts_[c] == 0)) continue;
        seen[next] = true;
        open.push_back(next);
      }
    }
    return seen[to];
  }

  std::optional<std::size_t> smallest_shown(Line l) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < length(l); ++i) {
      const std::size_t c = cell(l, i);
      if (!hidden_[c] && (!best || counts_[c] < counts_[*best])) best = c;
    }
    return best;
  }

  std::span<const std::int64_t> counts_;
  std::size_t columns_;
  std::size_t rows_;
  std::int64_t k_;
  std::int64_t level_ = 1;
  std::vector<bool> hidden_;
  std::vector<std::int64_t> reach_;
};

constexpr std::int64_t kLargestCount = std::int64_t{1} << 50;  // so that no total overflows
constexpr std::int64_t kLargestK = kLargestCount * static_cast<std::int64_t>(kMaxCells) + 1;  // more than any total

}  // namespace

SuppressedTable suppress_small_cells(std::span<const std::int64_t> counts, std::size_t columns,
                                     std::int64_t k) {
  const bool whole =
      columns != 0 && !counts.empty() && counts.size() % columns == 0 && counts.size() <= kMaxCells;
  const bool sane =
      std::all_of(counts.begin(), counts.end(), [](auto n) { return n >= 0 && n <= kLargestCount; });
  if (whole && sane && k > 0) return Suppression(counts, columns, std::min(k, kLargestK)).run();
  SuppressedTable refused;
  refused.hidden.assign(counts.size(), true);
  return refused;
}

}  // namespace connex
