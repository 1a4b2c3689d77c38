// What of a person somebody may see: the visibility matrix of the policy pack, applied. Pure.
#pragma once

#include "connex/policy.hpp"

namespace connex {

// Each field stands in exactly one of the three sets.
struct View {
  EnumSet<Field> show;
  EnumSet<Field> generalise;  // only as the coarser field that the matrix names
  EnumSet<Field> hide;
};

// Whether people's details may be looked at for a stated purpose; no purpose, or none of the policy's, is
// none.
inline bool may_view_for(const PolicyPack& policy, std::string_view purpose) noexcept {
  const std::optional<Purpose> stated = from_name<Purpose>(purpose);
  return stated && policy.rule(*stated, RecordClass::account).operations.contains(Operation::view);
}

// Whether what somebody of this role states makes `Relation::staff_with_purpose` of it: a purpose for which people's
// details may be looked at, and where the role needs one, a support ticket of the person.
inline bool states_enough(const PolicyPack& policy, Role viewer, std::string_view purpose, bool ticket) noexcept {
  const RoleRule& rule = policy.rule(viewer);
  return rule.needs_purpose && may_view_for(policy, purpose) && (ticket || !rule.needs_ticket);
}

// A field goes, and whatever only it stands in for.
constexpr VisibilityMatrix::Cells without(VisibilityMatrix::Cells cells, EnumSet<Field> fields,
                                          const VisibilityMatrix& matrix) noexcept {
  cells.show = cells.show - fields;
  cells.generalise = cells.generalise - fields;
  for (std::size_t f = 0; f < kCountOf<Field>; ++f) {
    if (!matrix.general[f] || !fields.contains(*matrix.general[f])) continue;
    cells.generalise = cells.generalise - EnumSet<Field>({static_cast<Field>(f)});
  }
  return cells;
}

// What a viewer who stands in `relations` to the subject may see: a field is as open as the most open of them
// makes it, and with no relation at all as closed as `Relation::none` has it. `unneeded` are the fields that the
// stated purpose has no need of, which `Relation::staff_with_purpose` then does not open.
constexpr View view(const VisibilityMatrix& matrix, Role viewer, EnumSet<Relation> relations, SubjectKind subject,
                    EnumSet<Field> unneeded = {}) noexcept {
  VisibilityMatrix::Cells open = matrix.of(viewer, Relation::none, subject);
  for (std::size_t r = 0; r < kCountOf<Relation>; ++r) {
    const auto relation = static_cast<Relation>(r);
    if (!relations.contains(relation)) continue;
    VisibilityMatrix::Cells here = matrix.of(viewer, relation, subject);
    if (relation == Relation::staff_with_purpose) here = without(here, unneeded, matrix);
    open.show = open.show | here.show;
    open.generalise = open.generalise | here.generalise;
  }
  const EnumSet<Field> generalise = open.generalise - open.show;
  return {open.show, generalise, EnumSet<Field>::all() - open.show - generalise};
}

}  // namespace connex
