// Who may see what of whom: what connects two people in the store, put to the visibility matrix (C1-b, C1-c,
// C4-d). Every answer that tells of a person goes through here.
#pragma once

#include <memory>
#include <string_view>

#include "connex/visibility.hpp"
#include "services/entities.hpp"
#include "services/redaction.hpp"

namespace connex::services {

// What staff state when they look at somebody; nobody else needs any of it.
struct Stated {
  std::string_view purpose;
  bool ticket = false;  // a support ticket that the subject opened
};

// What connects `viewer` with `subject` now.
Result<EnumSet<Relation>> relations(ReadTransaction& tx, const PolicyPack& policy, const Principal& viewer,
                                    const Principal& subject, Stated stated);

// How a person is reached.
inline bool is_contact(Field field) noexcept {
  return field == Field::email || field == Field::phone || field == Field::address;
}

inline SubjectKind kind_of(const Principal& subject) noexcept {
  return subject.role == Role::doctor ? SubjectKind::doctor : SubjectKind::other;
}

// What `viewer` may see of `subject` now; nothing of an account that is quarantined.
Result<View> view_of(ReadTransaction& tx, const PolicyPack& policy, const Principal& viewer,
                     const Principal& subject, Stated stated = {});

// Whether a text can be the name of a city, a region or a country: it holds no number of more than two
// digits, and no way to reach somebody. A
// street, a plot or coordinates are finer than that (C2.2-d).
bool names_place(std::string_view text);

// The registered values that no text on its way to a reader may hold, as values to look for: how to reach
// anybody, whoever reads (X44), and the name and registration number where the reader may not see them. A
// null reader sees what everybody may.
Result<void> add_hidden_values(ReadTransaction& tx, const PolicyPack& policy, const Principal* reader,
                               const Principal& person, KnownLists& known);

// For what the person's account tells: a name, a city or a facility can be written so that it tells how to reach
// them.
Result<std::unique_ptr<const Redactor>> profile_redactor(ReadTransaction& tx, const PolicyPack& policy,
                                                         const Principal& person);

}  // namespace connex::services
