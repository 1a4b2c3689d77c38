#include "services/former_erasures.hpp"

#include <algorithm>

#include "json/strict.hpp"
#include "services/dispositions.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

// What a person's accepted erasures say of a record.
struct Requests {
  std::optional<std::string> covering = {};  // by which its erasure was accepted
  bool forgotten = false;  // one no longer says what it was narrowed to
  bool any = false;
};

// What a request was narrowed to is forgotten with the account: then it counts where the account was erased on request.
Result<Requests> accepted_requests(ReadTransaction& tx, const Record& record, std::string_view person, bool whole) {
  namespace t = rights_request;
  constexpr std::uint32_t kMost = 500;  // those about one person are few
  Requests found;
  for (const RequestStatus status : {RequestStatus::resolved, RequestStatus::escalated}) {
    const Cell equal[] = {person, name(Right::erasure), name(status)};
    std::vector<Row> rows;
    CONNEX_CHECK(tx.scan(t::kTable, {.index = &t::kByPrincipal, .equal = equal, .limit = kMost}, rows));
    for (const Row& row : rows) {
      if (!row.is_null(t::clause)) continue;  // refused, and escalated after that
      if (row.is_null(t::closed_at) || row.integer(t::closed_at) < record.registered_at.micros) continue;
      found.any = true;
      bool covers = whole;
      if (row.is_null(t::details)) {
        found.forgotten = true;
      } else {
        CONNEX_TRY(details, json::parse(row.bytes(t::details)));
        const auto* only = details.get_object().if_contains("records");
        const auto is_it = [&](const boost::json::value& id) { return id.get_string() == record.id; };
        covers = only == nullptr || std::ranges::any_of(only->get_array(), is_it);
      }
      if (covers && !found.covering) found.covering = std::string(row.bytes(t::id));
    }
  }
  return found;
}

// Whom the row that a record stands for names.
Result<std::vector<std::string>> named_in_source(ReadTransaction& tx, const Record& record) {
  std::vector<std::string> people;
  if (record.source == visit::kTable.name) {
    CONNEX_TRY(visit, find_visit(tx, *record.source_key));
    if (visit) people = {visit->doctor, visit->representative};
  } else if (record.source == rights_request::kTable.name) {
    CONNEX_TRY(request, find_request(tx, *record.source_key));
    if (request) people = {request->principal};
  }
  std::erase_if(people, [](const std::string& id) { return is_pseudonym(id); });
  return people;
}

struct Asked {
  std::string person;
  bool listed = false;  // in the record
  bool noted = false;
  std::optional<std::string> request = {};
  Requests requests = {};
};

}  // namespace

Result<void> note_former_erasures(Context& context, Record record) {
  if (!record.erasure_accepted_at) return {};
  WriteTransaction& tx = context.write();
  CONNEX_TRY(subjects, scan_subjects(tx, record.id));
  std::vector<Asked> people;
  for (const Row& row : subjects)
    people.push_back({.person = std::string(row.bytes(record_subject::principal)),
                      .listed = true,
                      .noted = !row.is_null(record_subject::erasure_request)});  // and with it when it is due
  if (record.unlinked_at) {
    CONNEX_TRY(named, named_in_source(tx, record));
    for (std::string& person : named)
      if (std::ranges::find(people, person, &Asked::person) == people.end()) people.push_back({.person = std::move(person)});
  }
  std::string asked_first;
  if (record.erasure_request) {
    CONNEX_TRY(request, find_request(tx, *record.erasure_request));
    if (request) asked_first = request->principal;
  }
  bool known = false;  // who it was that the older version heeded
  for (Asked& asked : people) {
    CONNEX_TRY(account, find_account(tx, asked.person));
    const bool whole = account && account->erasure_accepted_at && !account->reported_child();
    CONNEX_TRY(requests, accepted_requests(tx, record, asked.person, whole));
    asked.requests = std::move(requests);
    asked.request = asked.requests.covering;
    if (asked.person == asked_first) asked.request = record.erasure_request;
    if (!asked.request && whole) asked.request.emplace();
    if (record.erasure_request ? asked.person == asked_first : asked.request.has_value()) known = true;
  }
  if (!known && (!record.unlinked_at || subjects.empty())) {
    // It was one of those whose request does not say any more for what it was, or else of those who asked for anything;
    // never who did not.
    const bool forgotten = std::ranges::any_of(people, [](const Asked& a) { return a.requests.forgotten; });
    for (Asked& asked : people)
      if (!asked.request && (forgotten ? asked.requests.forgotten : asked.requests.any)) asked.request.emplace();
  }
  bool changed = record.erasure_request.has_value();
  for (const Asked& asked : people) {
    if (asked.noted || (asked.listed && !asked.request)) continue;
    const Cell cells[] = {std::string_view(record.id), std::string_view(asked.person),
                          asked.request ? Cell(std::string_view(*asked.request)) : Cell(), Cell()};
    CONNEX_CHECK(asked.listed ? tx.update(record_subject::kTable, cells) : tx.insert(record_subject::kTable, cells));
    changed = true;
  }
  if (!changed) return {};
  record.erasure_request.reset();
  if (record.state != RecordState::ordered) record.next_at = context.now;
  return save(tx, Save::update, record);
}

}  // namespace connex::services
