// The anonymisation test, against attackers who know the totals and the cells shown: one who solves for every hidden
// cell, and one who tries all tables of counts.
#include "connex/aggregation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>

using namespace connex;

namespace {

using Counts = std::vector<std::int64_t>;

std::string shape(const Counts& counts, std::size_t columns, std::int64_t k) {
  const SuppressedTable table = suppress_small_cells(counts, columns, k);
  std::string out = table.passes ? "" : "! ";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (i != 0 && i % columns == 0) out += '/';
    out += table.hidden[i] ? 'x' : '.';
  }
  return out;
}

// Whether the totals determine cell `i`: whether its unknown is the same in every real solution, by Gaussian
// elimination over the hidden cells.
bool determined(const SuppressedTable& table, std::size_t columns, std::size_t i) {
  const std::size_t rows = table.hidden.size() / columns;
  std::vector<std::size_t> unknowns;
  for (std::size_t c = 0; c < table.hidden.size(); ++c)
    if (table.hidden[c]) unknowns.push_back(c);
  std::vector<std::vector<double>> equations;
  for (std::size_t line = 0; line < rows + (rows > 1 ? columns : 0); ++line) {
    std::vector<double> equation;
    for (const std::size_t c : unknowns)
      equation.push_back(line < rows ? (c / columns == line ? 1 : 0) : (c % columns == line - rows ? 1 : 0));
    equations.push_back(equation);
  }
  std::size_t rank = 0;
  std::vector<bool> pivot(unknowns.size());
  std::vector<std::size_t> pivot_row(unknowns.size());
  for (std::size_t u = 0; u < unknowns.size(); ++u) {
    std::size_t found = rank;
    while (found < equations.size() && equations[found][u] == 0) ++found;
    if (found == equations.size()) continue;
    std::swap(equations[found], equations[rank]);
    const double lead = equations[rank][u];
    for (double& x : equations[rank]) x /= lead;
    for (std::size_t r = 0; r < equations.size(); ++r) {
      if (r == rank || equations[r][u] == 0) continue;
      const double factor = equations[r][u];
      for (std::size_t x = 0; x < unknowns.size(); ++x) equations[r][x] -= factor * equations[rank][x];
    }
    pivot[u] = true;
    pivot_row[u] = rank++;
  }
  for (std::size_t u = 0; u < unknowns.size(); ++u) {
    if (unknowns[u] != i) continue;
    if (!pivot[u]) return false;
    for (std::size_t x = 0; x < unknowns.size(); ++x)
      if (x != u && equations[pivot_row[u]][x] != 0) return false;
    return true;
  }
  return false;
}

// Tries all tables that have the same totals and the same cells shown, and tells which hidden cells are the same in all,
// and which small ones are small in all.
class Attacker {
 public:
  Attacker(const Counts& counts, const SuppressedTable& table, std::size_t columns, std::int64_t k)
      : counts_(counts), k_(k), columns_(columns), rows_(counts.size() / columns), left_(rows_ + columns), last_(rows_ + columns) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (!table.hidden[i]) continue;
      for (const std::size_t line : {i / columns_, rows_ + i % columns_}) {
        left_[line] += counts[i];
        last_[line] = cells_.size();
      }
      cells_.push_back(i);
    }
    guess_.resize(cells_.size());
    first_.resize(cells_.size());
    varies_.resize(cells_.size());
    most_.resize(cells_.size());
    attempt(0);
  }
  bool learns_a_cell() const { return std::find(varies_.begin(), varies_.end(), false) != varies_.end(); }
  bool learns_of_few() const {
    for (std::size_t n = 0; n < cells_.size(); ++n)
      if (counts_[cells_[n]] < k_ && most_[n] < k_) return true;
    return false;
  }

 private:
  void attempt(std::size_t n) {
    if (n == cells_.size()) {
      for (std::size_t i = 0; i < n; ++i) {
        if (known_ && first_[i] != guess_[i]) varies_[i] = true;
        if (!known_) first_[i] = guess_[i];
        most_[i] = std::max(most_[i], guess_[i]);
      }
      known_ = true;
      return;
    }
    std::int64_t& row = left_[cells_[n] / columns_];
    std::int64_t& column = left_[rows_ + cells_[n] % columns_];
    const bool one_row = rows_ == 1;  // whose columns have no totals but the cells
    for (std::int64_t guess = 0; guess <= row && (one_row || guess <= column); ++guess) {
      if (last_[cells_[n] / columns_] == n && guess != row) continue;
      if (!one_row && last_[rows_ + cells_[n] % columns_] == n && guess != column) continue;
      row -= guess;
      column -= guess;
      guess_[n] = guess;
      attempt(n + 1);
      row += guess;
      column += guess;
    }
  }

  const Counts& counts_;
  std::int64_t k_;
  std::size_t columns_;
  std::size_t rows_;
  std::vector<std::int64_t> left_;  // of the totals of rows, then of columns
  std::vector<std::size_t> last_;   // hidden cell of each line
  std::vector<std::size_t> cells_;
  Counts guess_;
  Counts first_;
  Counts most_;
  std::vector<bool> varies_;
  bool known_ = false;
};

}  // namespace

TEST_CASE("aggregates: who tries all tables of counts learns no hidden cell of any, nor that one is small") {
  std::mt19937 random(20261130);
  std::size_t passed = 0;
  const auto attack = [&](const Counts& counts, std::size_t columns, std::int64_t k) {
    const SuppressedTable table = suppress_small_cells(counts, columns, k);
    if (!table.passes || table.small == 0) return;
    ++passed;
    const Attacker attacker(counts, table, columns, k);
    if (attacker.learns_a_cell() || attacker.learns_of_few()) FAIL_CHECK(shape(counts, columns, k));
  };
  // Every table of two rows and two columns, or of two rows and three, with up to five people in a cell.
  for (const std::size_t cells : {4U, 6U}) {
    Counts counts(cells);
    for (;;) {
      attack(counts, cells / 2, 2);
      std::size_t i = 0;
      while (i < cells && ++counts[i] > (cells == 4 ? 5 : 3)) counts[i++] = 0;
      if (i == cells) break;
    }
  }
  // And many of three; in the first, what is hidden at first follows from there being no fewer people than none.
  attack({6, 6, 5, 0, 4, 4, 7, 3, 0}, 3, 3);
  for (int n = 0; n < 4'000; ++n) {
    Counts counts(9);
    for (auto& count : counts) count = static_cast<std::int64_t>(random() % 7);
    attack(counts, 3, 3);
  }
  CHECK(passed > 4'000);
}

TEST_CASE("aggregates: what is hidden for k is hidden for any larger k, and what does not pass never passes again") {
  const auto nested = [](const Counts& counts, std::size_t columns, std::int64_t most) {
    SuppressedTable before = suppress_small_cells(counts, columns, 1);
    for (std::int64_t k = 2; k <= most; ++k) {
      const SuppressedTable now = suppress_small_cells(counts, columns, k);
      bool shows = now.passes && !before.passes;
      for (std::size_t i = 0; i < counts.size(); ++i) shows = shows || (before.hidden[i] && !now.hidden[i]);
      if (shows) FAIL_CHECK(shape(counts, columns, k));
      before = now;
    }
  };
  for (const std::size_t cells : {4U, 6U}) {
    Counts counts(cells);
    for (;;) {
      nested(counts, cells / 2, 8);
      std::size_t i = 0;
      while (i < cells && ++counts[i] > (cells == 4 ? 5 : 3)) counts[i++] = 0;
      if (i == cells) break;
    }
  }
  std::mt19937 random(20261201);
  for (const auto& [cells, columns] : {std::pair<std::size_t, std::size_t>{4, 4}, {9, 3}, {12, 4}})
    for (int n = 0; n < 300; ++n) {
      Counts counts(cells);
      for (auto& count : counts) count = static_cast<std::int64_t>(random() % 31);
      nested(counts, columns, 32);
    }
  nested({14, 11, 15, 15, 11, 5, 20, 30, 14}, 3, 40);
  // However large k is, it is found at once that nothing can be told.
  CHECK(shape({14, 11, 15, 15}, 2, std::int64_t{1} << 62) == "! xx/xx");
  CHECK(shape({14, 11, 15, 15}, 2, std::numeric_limits<std::int64_t>::max()) == "! xx/xx");
}

TEST_CASE("aggregates: a table of large cells is told whole; a small cell takes others with it") {
  CHECK(shape({10, 11, 12, 13}, 2, 10) == "../..");
  CHECK(shape({10, 9, 12}, 3, 10) == "xx.");
  CHECK(shape({3, 30, 30, 30, 30, 30, 30, 30, 30}, 3, 10) == "xx./xx./...");
  CHECK(shape({3, 3, 50}, 3, 10) == "xxx");
  CHECK(shape({3, 7, 50}, 3, 10) == "xx.");
}

TEST_CASE("aggregates: what cannot be made safe does not pass") {
  CHECK(shape({3}, 1, 10) == "! x");
  CHECK(shape({3, 4}, 2, 10) == "! xx");
  CHECK(suppress_small_cells(Counts{1, 2, 3}, 2, 10).passes == false);
  CHECK(suppress_small_cells(Counts{-1, 20}, 2, 10).passes == false);
  CHECK(suppress_small_cells(Counts{}, 2, 10).passes == false);
  CHECK(suppress_small_cells(Counts{20, 20}, 0, 10).passes == false);
  CHECK(suppress_small_cells(Counts{20, 20}, 2, 0).passes == false);
  CHECK(suppress_small_cells(Counts(kMaxCells + 1, 20), 1, 10).passes == false);
}

TEST_CASE(
    "aggregates: in random tables no hidden cell follows from the totals, and no hidden group is small") {
  std::mt19937 random(20261125);
  std::size_t passed = 0;
  for (int n = 0; n < 3'000; ++n) {
    const std::size_t rows = 1 + random() % 5;
    const std::size_t columns = 2 + random() % 5;
    Counts counts(rows * columns);
    for (auto& count : counts) count = static_cast<std::int64_t>(random() % 40);
    const SuppressedTable table = suppress_small_cells(counts, columns, 10);
    if (!table.passes) continue;
    ++passed;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (!table.hidden[i]) CHECK(counts[i] >= 10);
      if (table.hidden[i]) CHECK(!determined(table, columns, i));
    }
    for (std::size_t r = 0; r < rows; ++r) {
      std::int64_t hidden = 0;
      std::size_t cells = 0;
      for (std::size_t c = 0; c < columns; ++c)
        if (table.hidden[r * columns + c]) {
          hidden += counts[r * columns + c];
          ++cells;
        }
      CHECK((cells == 0 || (cells > 1 && hidden >= 10)));
    }
  }
  CHECK(passed > 1'000);
}
