#include "services/entities.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>

#include "evidence/random.hpp"
#include "services/cells.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Range;
using store::Row;

constexpr char kPseudonym = '~';  // begins no id

Error unreadable(const Table& table) {
  return {ErrorCode::corrupt, std::string("a row of table `").append(table.name).append("` cannot be read"),
          ""};
}

std::string text(const Row& row, std::size_t column) { return std::string(row.bytes(column)); }
Instant instant(const Row& row, std::size_t column) { return {row.integer(column)}; }
bool flag(const Row& row, std::size_t column) { return row.integer(column) == 1; }

std::optional<evidence::Hash> hash(const Row& row, std::size_t column) {
  const std::string_view bytes = row.bytes(column);
  evidence::Hash value{};
  if (bytes.size() != value.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(value.data()));
  return value;
}

Result<void> write(WriteTransaction& tx, Save how, const Table& table, std::initializer_list<Cell> cells) {
  const std::span<const Cell> row(cells.begin(), cells.size());
  return how == Save::insert ? tx.insert(table, row) : tx.update(table, row);
}

// Reads the row with `key` and hands it to `read`, which returns nothing for a row that makes no sense.
template <class Read>
auto find(ReadTransaction& tx, const Table& table, std::initializer_list<Cell> key, Read read)
    -> Result<std::optional<typename decltype(read(std::declval<Row>()))::value_type>> {
  using Value = typename decltype(read(std::declval<Row>()))::value_type;
  Row row;
  CONNEX_TRY(found, tx.get(table, std::span<const Cell>(key.begin(), key.size()), row));
  if (!found) return std::optional<Value>();
  std::optional<Value> value = read(row);
  if (!value) return unreadable(table);
  return value;
}

std::optional<Visit> read_visit(const Row& row) {
  Visit v;
  v.id = text(row, visit::id);
  v.doctor = text(row, visit::doctor);
  v.representative = text(row, visit::representative);
  v.company = optional_text(row, visit::company);
  v.starts_at = instant(row, visit::starts_at);
  v.ends_at = instant(row, visit::ends_at);
  const auto state = from_name<VisitState>(row.bytes(visit::state));
  if (!state) return std::nullopt;
  v.state = *state;
  v.booked_at = instant(row, visit::booked_at);
  v.started_at = optional_instant(row, visit::started_at);
  v.ended_at = optional_instant(row, visit::ended_at);
  v.address_released_at = optional_instant(row, visit::address_released_at);
  return v;
}

std::optional<Permit> read_permit(const Row& row) {
  return Permit{text(row, permit::visit), row.integer(permit::number), instant(row, permit::issued_at),
                instant(row, permit::expires_at), optional_instant(row, permit::ended_at)};
}

// Whether any visit that was not cancelled stands under `first`, `second` in the index.
Result<bool> any_visit(ReadTransaction& tx, const Index& index, std::string_view first,
                       std::string_view second) {
  for (const VisitState state : {VisitState::booked, VisitState::started, VisitState::ended}) {
    const Cell equal[] = {first, second, name(state)};
    std::vector<Row> rows;
    CONNEX_CHECK(tx.scan(visit::kTable, {.index = &index, .equal = equal, .limit = 1}, rows));
    if (!rows.empty()) return true;
  }
  return false;
}

}  // namespace

std::string draw_pseudonym() {
  std::uint8_t drawn[16];
  evidence::random_secret(drawn);
  std::string pseudonym(1, kPseudonym);
  return pseudonym.append(evidence::to_hex(drawn));
}

bool is_pseudonym(std::string_view id) noexcept { return id.starts_with(kPseudonym); }

Result<std::optional<Organisation>> find_organisation(ReadTransaction& tx, std::string_view id) {
  namespace t = organisation;
  return find(tx, t::kTable, {id}, [](const Row& row) {
    return std::optional(Organisation{text(row, t::id), text(row, t::kind), text(row, t::title),
                                      flag(row, t::entitled), row.integer(t::entitled_seq),
                                      flag(row, t::enabled), row.integer(t::enabled_seq)});
  });
}

Result<void> save(WriteTransaction& tx, Save how, const Organisation& o) {
  return write(tx, how, organisation::kTable,
               {cell(o.id), cell(o.kind), cell(o.name), cell(o.recording_entitled), o.recording_entitled_seq,
                cell(o.recording_enabled), o.recording_enabled_seq});
}

Result<std::optional<Principal>> find_account(ReadTransaction& tx, std::string_view id) {
  namespace t = principal;
  return find(tx, t::kTable, {id}, [](const Row& row) -> std::optional<Principal> {
    const auto role = from_name<Role>(row.bytes(t::role));
    const auto status = from_name<AccountStatus>(row.bytes(t::status));
    if (!role || !status) return std::nullopt;
    Principal p;
    p.id = text(row, t::id);
    p.role = *role;
    p.organisation = optional_text(row, t::organisation);
    p.status = *status;
    p.status_at = instant(row, t::status_at);
    p.source = text(row, t::source);
    p.registered_at = instant(row, t::registered_at);
    p.standing_seq = row.integer(t::standing_seq);
    p.look_at = optional_instant(row, t::look_at);
    p.erasure_accepted_at = optional_instant(row, t::erasure_accepted_at);
    p.status_before = optional_text(row, t::status_before);
    p.child_since = optional_instant(row, t::child_since);
    p.minor_due = optional_instant(row, t::minor_due);
    if (p.status_before && !p.child_since) {  // reported under an older version, which kept one date for all
      p.child_since = p.status_at;
      if (p.erasure_accepted_at == p.child_since) p.erasure_accepted_at.reset();
    }
    p.detailed = false;
    return p;
  });
}

Result<void> load_details(ReadTransaction& tx, Principal& p) {
  namespace t = person_detail;
  if (p.detailed) return {};
  Row row;
  const Cell key[] = {cell(p.id)};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  p.detailed = true;
  if (!found) return {};
  p.full_name = optional_text(row, t::full_name);
  p.email = optional_text(row, t::email);
  p.phone = optional_text(row, t::phone);
  p.address = optional_text(row, t::address);
  p.city = optional_text(row, t::city);
  p.speciality = optional_text(row, t::speciality);
  p.facility = optional_text(row, t::facility);
  p.registration_number = optional_text(row, t::registration_number);
  p.birth_date = optional_text(row, t::birth_date);
  return {};
}

Result<std::optional<Principal>> find_principal(ReadTransaction& tx, std::string_view id) {
  CONNEX_TRY(found, find_account(tx, id));
  if (found) CONNEX_CHECK(load_details(tx, *found));
  return std::move(found);
}

Result<void> save(WriteTransaction& tx, Save how, const Principal& p) {
  CONNEX_CHECK(write(tx, how, principal::kTable,
                     {cell(p.id), cell(name(p.role)), cell(p.organisation), cell(name(p.status)),
                      cell(p.status_at), cell(p.source), cell(p.registered_at), p.standing_seq, Cell(),
                      Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), Cell(), cell(p.look_at),
                      cell(p.erasure_accepted_at), cell(p.status_before), cell(p.child_since),
                      cell(p.minor_due)}));
  if (!p.detailed) return {};
  return write(tx, how, person_detail::kTable,
               {cell(p.id), cell(p.full_name), cell(p.email), cell(p.phone), cell(p.address), cell(p.city),
                cell(p.speciality), cell(p.facility), cell(p.registration_number), cell(p.birth_date)});
}

Result<Preference> load_preference(ReadTransaction& tx, std::string_view doctor) {
  namespace t = preference;
  CONNEX_TRY(found, find(tx, t::kTable, {doctor}, [](const Row& row) {
               return std::optional(Preference{
                   text(row, t::doctor),
                   {flag(row, t::virtual_visits), text(row, t::virtual_visits_by),
                    row.integer(t::virtual_visits_seq)},
                   {flag(row, t::recording), text(row, t::recording_by), row.integer(t::recording_seq)}});
             }));
  return found ? std::move(*found) : Preference{};
}

Result<void> save(WriteTransaction& tx, Save how, const Preference& p) {
  return write(tx, how, preference::kTable,
               {cell(p.doctor), cell(p.virtual_visits.on), cell(p.virtual_visits.by), p.virtual_visits.seq,
                cell(p.recording.on), cell(p.recording.by), p.recording.seq});
}

Result<std::optional<Visit>> find_visit(ReadTransaction& tx, std::string_view id) {
  return find(tx, visit::kTable, {id}, read_visit);
}

Result<void> save(WriteTransaction& tx, Save how, const Visit& v) {
  return write(tx, how, visit::kTable,
               {cell(v.id), cell(v.doctor), cell(v.representative), cell(v.company), cell(v.starts_at),
                cell(v.ends_at), cell(name(v.state)), cell(v.booked_at), cell(v.started_at), cell(v.ended_at),
                cell(v.address_released_at)});
}

Result<std::vector<Visit>> list_visits(ReadTransaction& tx, VisitsOf whose, std::string_view id,
                                       VisitState state, std::optional<Starting> when) {
  const Index& index = whose == VisitsOf::doctor           ? visit::kByDoctor
                       : whose == VisitsOf::representative ? visit::kByRepresentative
                                                           : visit::kByCompany;
  const Cell equal[] = {id, name(state)};
  std::vector<Visit> visits;
  std::vector<Row> rows;
  std::array<Cell, 2> position;
  std::string last;
  Range range{.index = &index, .equal = equal, .limit = 500};
  if (when) {
    range.from = cell(when->from);
    range.below = cell(when->below);
  }
  do {
    rows.clear();
    CONNEX_CHECK(tx.scan(visit::kTable, range, rows));
    for (const Row& row : rows) {
      std::optional<Visit> value = read_visit(row);
      if (!value) return unreadable(visit::kTable);
      visits.push_back(std::move(*value));
    }
    if (!visits.empty()) {
      last = visits.back().id;
      position = {cell(visits.back().starts_at), cell(last)};
      range.after = position;
    }
  } while (rows.size() == range.limit);
  return visits;
}

Result<bool> have_met(ReadTransaction& tx, std::string_view doctor, std::string_view representative) {
  return any_visit(tx, visit::kByPair, doctor, representative);
}
Result<bool> has_met_company(ReadTransaction& tx, std::string_view doctor, std::string_view company) {
  return any_visit(tx, visit::kByCompanyDoctor, company, doctor);
}

Result<std::optional<Party>> find_party(ReadTransaction& tx, std::string_view visit,
                                        std::string_view principal) {
  namespace t = party;
  return find(tx, t::kTable, {visit, principal}, [](const Row& row) {
    return std::optional(Party{text(row, t::visit), text(row, t::principal), row.integer(t::accepted),
                               optional_instant(row, t::joined_at), optional_instant(row, t::left_at),
                               optional_instant(row, t::declined_at)});
  });
}

Result<void> save(WriteTransaction& tx, Save how, const Party& p) {
  return write(tx, how, party::kTable,
               {cell(p.visit), cell(p.principal), p.accepted, cell(p.joined_at), cell(p.left_at),
                cell(p.declined_at)});
}

Result<std::optional<Attestation>> find_attestation(ReadTransaction& tx, const Party& party) {
  namespace t = attestation;
  if (party.accepted == 0) return std::optional<Attestation>();
  return find(tx, t::kTable, {cell(party.visit), cell(party.principal), party.accepted},
              [](const Row& row) -> std::optional<Attestation> {
                const std::optional<evidence::Hash> disclosure = hash(row, t::disclosure);
                if (!disclosure) return std::nullopt;
                return Attestation{text(row, t::visit),
                                   text(row, t::principal),
                                   row.integer(t::number),
                                   instant(row, t::accepted_at),
                                   row.integer(t::accepted_seq),
                                   *disclosure,
                                   text(row, t::disclosure_version),
                                   text(row, t::language),
                                   flag(row, t::recording_offered),
                                   flag(row, t::recording_consent),
                                   optional_text(row, t::session)};
              });
}

Result<void> save(WriteTransaction& tx, Save how, const Attestation& a) {
  return write(tx, how, attestation::kTable,
               {cell(a.visit), cell(a.principal), a.number, cell(a.accepted_at), a.accepted_seq,
                cell(a.disclosure), cell(a.disclosure_version), cell(a.language), cell(a.recording_offered),
                cell(a.recording_consent), cell(a.session)});
}

Result<std::vector<Permit>> list_permits(ReadTransaction& tx, std::string_view visit) {
  const Cell equal[] = {visit};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(permit::kTable, {.equal = equal, .limit = store::kMaxScan}, rows));
  std::vector<Permit> permits;
  for (const Row& row : rows) permits.push_back(*read_permit(row));
  return permits;
}

std::vector<Cell> cells_of(const Row& row) {
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(row[i]);
  return cells;
}

Result<std::vector<Permit>> list_open_permits(ReadTransaction& tx, std::string_view visit) {
  const Cell equal[] = {visit};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(permit::kTable, {.equal = equal, .limit = store::kMaxScan, .descending = true}, rows));
  std::vector<Permit> permits;
  for (const Row& row : rows) {
    std::optional<Permit> permit = read_permit(row);
    if (permit->ended_at) break;  // what stops one stops all before it
    permits.push_back(std::move(*permit));
  }
  return permits;
}

Result<std::optional<Permit>> find_last_permit(ReadTransaction& tx, std::string_view visit) {
  const Cell equal[] = {visit};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(permit::kTable, {.equal = equal, .limit = 1, .descending = true}, rows));
  return rows.empty() ? std::nullopt : read_permit(rows.front());
}

Result<void> save(WriteTransaction& tx, Save how, const Permit& p) {
  return write(tx, how, permit::kTable,
               {cell(p.visit), p.number, cell(p.issued_at), cell(p.expires_at), cell(p.ended_at)});
}

namespace {

std::optional<Recording> read_recording(const Row& row) {
  namespace t = recording;
  const std::optional<evidence::Hash> sha256 = hash(row, t::sha256);
  if (!sha256) return std::nullopt;
  return Recording{text(row, t::id), text(row, t::visit), text(row, t::locator), *sha256,
                   row.integer(t::size), instant(row, t::started_at), instant(row, t::ended_at),
                   instant(row, t::registered_at)};
}

}  // namespace

Result<std::optional<Recording>> find_recording(ReadTransaction& tx, std::string_view id) {
  return find(tx, recording::kTable, {id}, read_recording);
}

Result<std::optional<Recording>> find_recording_of(ReadTransaction& tx, std::string_view visit) {
  namespace t = recording;
  const Cell equal[] = {visit};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(t::kTable, {.index = &t::kByVisit, .equal = equal, .limit = 1}, rows));
  if (rows.empty()) return std::optional<Recording>();
  const Row& row = rows.front();
  const std::optional<evidence::Hash> sha256 = hash(row, t::sha256);
  if (!sha256) return unreadable(t::kTable);
  return std::optional(Recording{text(row, t::id), text(row, t::visit), text(row, t::locator), *sha256,
                                 row.integer(t::size), instant(row, t::started_at), instant(row, t::ended_at),
                                 instant(row, t::registered_at)});
}

Result<bool> recording_exists(ReadTransaction& tx, std::string_view id) {
  Row row;
  const Cell key[] = {id};
  return tx.get(recording::kTable, key, row);
}

Result<void> save(WriteTransaction& tx, Save how, const Recording& r) {
  return write(tx, how, recording::kTable,
               {cell(r.id), cell(r.visit), cell(r.locator), cell(r.sha256), r.size, cell(r.started_at),
                cell(r.ended_at), cell(r.registered_at)});
}

}  // namespace connex::services
