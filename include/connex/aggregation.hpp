// The anonymisation test for aggregates (C9-i, X52): which cells of a table of counts may be told, so that
// none of fewer than k people can be read off or worked out from its totals. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace connex {

struct SuppressedTable {
  std::vector<bool> hidden;    // one for each cell, row by row
  std::size_t small = 0;       // cells of fewer than k people
  std::size_t complement = 0;  // cells hidden only because others could be worked out from them
  bool passes = false;         // nothing is left that tells of fewer than k people
};

// A table of counts, row by row, `columns` wide, whose row totals are told, and whose column totals are where
// there is more than one row. A cell counts as small when it is below k, none included. Then cells are added,
// the smallest first, until in no row and no column the hidden ones add up to fewer than k, no hidden cell
// follows from the totals, and every small one might have k as far as they tell. So for 1, 2 and on to k, each on top
// of the ones before: what is hidden for a smaller k stays hidden for a larger. A table that cannot be made safe does
// not pass, and all of it is hidden; so is one whose counts are negative or do not fill their rows. At most kMaxCells.
inline constexpr std::size_t kMaxCells = 4'096;
SuppressedTable suppress_small_cells(std::span<const std::int64_t> counts, std::size_t columns,
                                     std::int64_t k);

}  // namespace connex
