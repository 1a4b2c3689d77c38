#include "services/viewing.hpp"

#include <algorithm>
#include <utility>

#include "core/ascii.hpp"
#include "services/as_read.hpp"
#include "services/try.hpp"

namespace connex::services {

Result<EnumSet<Relation>> relations(ReadTransaction& tx, const PolicyPack& policy, const Principal& viewer,
                                    const Principal& subject, Stated stated) {
  EnumSet<Relation> found;
  if (viewer.id == subject.id) found.insert(Relation::self);
  if (viewer.organisation && viewer.organisation == subject.organisation)
    found.insert(Relation::same_organisation);
  const bool viewer_is_doctor = viewer.role == Role::doctor;
  const Principal& doctor = viewer_is_doctor ? viewer : subject;
  const Principal& other = viewer_is_doctor ? subject : viewer;
  if (doctor.role == Role::doctor && other.role == Role::medical_representative) {
    CONNEX_TRY(met, have_met(tx, doctor.id, other.id));
    if (met) found.insert(Relation::same_visit);
  }
  if (viewer.role == Role::compliance_officer && viewer.organisation && subject.role == Role::doctor) {
    CONNEX_TRY(met, has_met_company(tx, subject.id, *viewer.organisation));
    if (met) found.insert(Relation::own_compliance_officer);
  }
  if (states_enough(policy, viewer.role, stated.purpose, stated.ticket)) found.insert(Relation::staff_with_purpose);
  return found;
}

Result<View> view_of(ReadTransaction& tx, const PolicyPack& policy, const Principal& viewer,
                     const Principal& subject, Stated stated) {
  if (subject.status != AccountStatus::active && subject.status != AccountStatus::terminated)
    return View{{}, {}, EnumSet<Field>::all()};
  CONNEX_TRY(found, relations(tx, policy, viewer, subject, stated));
  return view(policy.visibility, viewer.role, found, kind_of(subject), policy.unneeded_for(stated.purpose));
}

namespace {

void add(std::vector<std::string>& list, const std::optional<std::string>& value) {
  if (value && !value->empty() && list.size() < kMostKnown && value->size() <= kLongestKnown)
    list.push_back(*value);
}

}  // namespace

bool names_place(std::string_view text) {
  std::vector<Finding> findings;
  if (!find_contact_details(text, {}, findings) || !findings.empty()) return false;
  // A number of two digits apart may be part of a name: "North 24 Parganas".
  const std::string read = as_read(text);
  int digits = 0;
  for (std::size_t i = 0; i < read.size(); ++i) {
    if (!ascii::is_digit(read[i])) continue;
    const bool touched = (i > 0 && ascii::is_letter(read[i - 1])) || (i + 1 < read.size() && ascii::is_letter(read[i + 1]));
    if (++digits > 2 || touched) return false;
  }
  return true;
}

Result<void> add_hidden_values(ReadTransaction& tx, const PolicyPack& policy, const Principal* reader,
                               const Principal& person, KnownLists& known) {
  add(known.phones, person.phone);
  add(known.emails, person.email);
  add(known.addresses, person.address);
  if (reader == nullptr || reader->id == person.id) return {};
  CONNEX_TRY(seen, view_of(tx, policy, *reader, person));
  if (policy.rule(reader->role).side == Side::pharma && seen.hide.contains(Field::name))
    add(known.names, person.full_name);
  return {};
}

Result<std::unique_ptr<const Redactor>> profile_redactor(ReadTransaction& tx, const PolicyPack& policy,
                                                         const Principal& person) {
  KnownLists known;
  CONNEX_CHECK(add_hidden_values(tx, policy, nullptr, person, known));
  return Redactor::make(policy, "message", std::move(known));
}

}  // namespace connex::services
