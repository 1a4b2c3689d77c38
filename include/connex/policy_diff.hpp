// What differs between two versions of the policy, clause by clause, with what tightens told apart from what
// loosens (X26). Pure. A difference that is not known to tighten counts as loosening.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connex/policy.hpp"

namespace connex {

enum class Direction : std::uint8_t { tightening, loosening, wording };
template <>
struct Names<Direction> {
  static constexpr std::string_view list[] = {"tightening", "loosening", "wording"};
};

struct PolicyChange {
  Direction direction = Direction::loosening;
  std::string_view clause;  // of the catalogue
  std::string where;        // "processors/razorpay/fields/phone"
  std::string what;         // "added", "removed", "8 -> 12"
};

// In the order of the pack's sections. `wording` changes nothing that is decided: names, texts, contacts.
std::vector<PolicyChange> policy_changes(const PolicyPack& from, const PolicyPack& to);

// Whether nothing loosens, so that a version may act at once.
bool only_tightens(const std::vector<PolicyChange>& changes) noexcept;

}  // namespace connex
