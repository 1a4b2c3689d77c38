// What every store must do. One suite; each adapter's test runs it with a maker of fresh, empty stores.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "connex/ports/store.hpp"

namespace connex::store::testing {

// Tables that meet every form of key, index and null.
namespace item {
enum : std::uint8_t { id, kind, due, email, rank, body };
inline constexpr Column kColumns[] = {
    {"id"},
    {"kind"},
    {"due", CellType::integer, true},
    {"email", CellType::text, true},
    {"rank", CellType::integer},
    {"body", CellType::blob, true},
};
inline constexpr std::uint8_t kByDueColumns[] = {kind, due};
inline constexpr std::uint8_t kByEmailColumns[] = {email};
inline constexpr std::uint8_t kByRankColumns[] = {rank};
inline constexpr std::uint8_t kByBodyColumns[] = {body, due, rank};
inline constexpr Index kIndexes[] = {{"items_by_due", kByDueColumns},
                                     {"items_by_email", kByEmailColumns, true},
                                     {"items_by_rank", kByRankColumns},
                                     {"items_by_body", kByBodyColumns}};
inline constexpr const Index &kByDue = kIndexes[0], &kByEmail = kIndexes[1], &kByRank = kIndexes[2];
inline constexpr Table kTable{"items", kColumns, 1, kIndexes};
}  // namespace item

namespace link {
enum : std::uint8_t { owner, number, note };
inline constexpr Column kColumns[] = {
    {"owner", CellType::blob}, {"number", CellType::integer}, {"note", CellType::text, true}};
inline constexpr std::uint8_t kByNumberColumns[] = {number, note};  // a key column and a nullable one
inline constexpr Index kIndexes[] = {{"links_by_number", kByNumberColumns, true}};
inline constexpr Table kTable{"links", kColumns, 2, kIndexes};
}  // namespace link

namespace event {
enum : std::uint8_t { seq, subject, payload };
inline constexpr Column kColumns[] = {
    {"seq", CellType::integer}, {"subject", CellType::text, true}, {"payload", CellType::blob}};
inline constexpr std::uint8_t kBySubjectColumns[] = {subject};
inline constexpr Index kIndexes[] = {{"events_by_subject", kBySubjectColumns}};
inline constexpr Table kTable{"events", kColumns, 1, kIndexes};
}  // namespace event

namespace count {  // small rows, in the order of their key
enum : std::uint8_t { kind, key, value, limit };
inline constexpr Column kColumns[] = {
    {"kind"}, {"key", CellType::integer}, {"value", CellType::integer}, {"limit", CellType::integer, true}};
inline constexpr std::uint8_t kByValueColumns[] = {value}, kByLimitColumns[] = {limit, kind};
inline constexpr Index kIndexes[] = {{"counts_by_value", kByValueColumns},
                                     {"counts_by_limit", kByLimitColumns, true}};
inline constexpr Table kTable{"counts", kColumns, 2, kIndexes};
}  // namespace count

namespace place {  // a unique index that no null exempts from
enum : std::uint8_t { id, x, y, name };
inline constexpr Column kColumns[] = {
    {"id"}, {"x", CellType::integer}, {"y", CellType::integer}, {"name", CellType::text, true}};
inline constexpr std::uint8_t kByPointColumns[] = {x, y}, kByNameColumns[] = {name, id};
inline constexpr Index kIndexes[] = {{"places_by_point", kByPointColumns, true},
                                     {"places_by_name", kByNameColumns}};
inline constexpr Table kTable{"places", kColumns, 1, kIndexes};
}  // namespace place

namespace pair {  // nothing but a key
inline constexpr Column kColumns[] = {{"first"}, {"second", CellType::integer}};
inline constexpr Table kTable{"pairs", kColumns, 2, {}};
}  // namespace pair

inline constexpr const Table* kTables[] = {&item::kTable,  &link::kTable,  &event::kTable,
                                           &count::kTable, &place::kTable, &pair::kTable};
inline constexpr Schema kSchema{1, kTables};

using MakeStore = std::function<std::unique_ptr<Store>()>;  // fresh and not yet prepared

std::vector<Cell> cells(const Row& row);
bool same(const Row& row, std::span<const Cell> expected);

// Reads every row of a table, page by page.
std::vector<Row> all_rows(Store& store, const Table& table);

// Commits one row, which must succeed.
void put(Store& store, const Table& table, std::span<const Cell> row);

// The columns of an order, worked out apart from the adapters' own way.
std::vector<std::uint8_t> order_columns(const Table& table, const Index* index);

// The contract, as subcases of the running test case.
void check_rows(const MakeStore& make);
void check_transactions(const MakeStore& make);
void check_scans(const MakeStore& make);
void check_visits(const MakeStore& make);
void check_bad_calls(const MakeStore& make);
void check_against_model(const MakeStore& make, unsigned seed, int steps);
void check_threads(const MakeStore& make, int commits);

}  // namespace connex::store::testing
