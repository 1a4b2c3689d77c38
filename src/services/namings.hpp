// Where a person is named by id, and how that ends: every column of every table that can hold the id of a
// person. An erasure tells from it what still names whoever was erased.
#pragma once

#include <boost/json/array.hpp>
#include <map>
#include <optional>
#include <span>

#include "services/command.hpp"
#include "services/schema.hpp"

namespace connex::services {

enum class NamedUntil : std::uint8_t {
  never,    // so that the id is not given again, and that nothing comes back with an older copy of the store
  office,   // who acted for the operator: as long as what was done is kept, which has no end
  account,  // with the data of the account
  another_account,  // with the data of the account that it was done to
  record,           // with the record of the row
  log,              // with the audit entries about the person
  done,             // when it has served, and the period of the log is over from then on
  answer,           // with the answers that are kept for requests sent again
  sweep,            // with the next sweeps
};

// How it is known whether the column names somebody.
enum class Found : std::uint8_t {
  indexed,  // the column leads the primary key or an index, after `kind` where that comes before it
  record,   // by a record of a row of the table
  beside,   // where another table names the person
  read,     // by reading the table, as far as that is short
  answer,   // always: the audit entry of the answer does
  erased,   // once the data of the account are gone
  unsure,   // not at all
};

struct Naming {
  const Table* table;
  std::uint8_t column;
  NamedUntil ends;
  Found found;
  RecordClass record_class = RecordClass::audit;  // of what goes with its record
  const Table* other = nullptr;                   // which it is beside
  std::string_view kind = {};                     // value of the column before
  Actors who = kAnyRole;                          // whom it can name; kSystem: the operator's people
};
std::span<const Naming> namings() noexcept;

// What an erasure has left of the account and the records that name the person: until when the last of each
// class stays; none: nobody knows yet. An erasure of some records alone has not looked at the others.
struct Remainder {
  bool whole = false;
  std::map<RecordClass, std::optional<Instant>> last = {};
};

// The tables and columns that name the person now, or may: [{table, columns, ends, until, clause, certain}].
Result<boost::json::array> describe_named(Context& context, const Principal& person, const Remainder& left);

}  // namespace connex::services

template <>
struct connex::Names<connex::services::NamedUntil> {
  static constexpr std::string_view list[] = {
      "never", "office", "account", "another_account", "record", "log", "done", "answer", "sweep"};
};
