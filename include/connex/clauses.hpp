// The catalogue of the policy's clauses: what each demands and how it is enforced. Decisions cite its ids.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace connex {

enum class ClauseKind : std::uint8_t {
  gate,
  retention,
  visibility,
  workflow,
  notice,
  security,
  egress,
  purpose,
  fact
};

// How a clause is made true. A clause with none of these is a fact that decisions cite.
enum Enforcement : std::uint8_t {
  kFact = 0,
  kDecision = 1,     // decided by a pure rule
  kWorkflow = 2,     // carried out by the engine over its store
  kAttestation = 4,  // made true by the host, which attests it
};

struct Clause {
  std::string_view id;    // "C6.3-a"
  std::string_view text;  // one line
  ClauseKind kind = ClauseKind::fact;
  std::uint8_t enforcement = kFact;  // bits of Enforcement
};

// All clauses, in the order of the policy. Static storage; safe from any thread.
std::span<const Clause> clauses() noexcept;

// The clause with this id, or nullptr.
const Clause* find_clause(std::string_view id) noexcept;

std::string_view name(ClauseKind kind) noexcept;

}  // namespace connex
