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

// What a viewer who stands in `relations` to the subject may see: a field is as open as the most open of them
// makes it, and with no relation at all as closed as `Relation::none` has it.
constexpr View view(const VisibilityMatrix& matrix, Role viewer, EnumSet<Relation> relations,
                    SubjectKind subject) noexcept {
  VisibilityMatrix::Cells open = matrix.of(viewer, Relation::none, subject);
  for (std::size_t r = 0; r < kCountOf<Relation>; ++r) {
    const auto relation = static_cast<Relation>(r);
    if (!relations.contains(relation)) continue;
    const VisibilityMatrix::Cells& here = matrix.of(viewer, relation, subject);
    open.show = open.show | here.show;
    open.generalise = open.generalise | here.generalise;
  }
  const EnumSet<Field> generalise = open.generalise - open.show;
  return {open.show, generalise, EnumSet<Field>::all() - open.show - generalise};
}

}  // namespace connex
