// What differs between two versions of the policy, clause by clause, with what tightens told apart from what
// loosens (X26). Pure. A difference that is not known to tighten counts as loosening; one that does both is told twice.
//
// What tightens permits nothing that was refused. Of a sharing of several fields that means: whatever leaves could have
// left, as it leaves, had it or it with more of the same request been asked for. A field that a processor may no longer
// have can so be stripped where its value had the whole request refused.
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
