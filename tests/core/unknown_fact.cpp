// Compiles with the name of a fact of the gate, and with no other.
#include "connex/gates.hpp"

bool books() {
  connex::FactsOf<connex::kVisitBook> facts;
  facts.set(CONNEX_FACT, true);
  return connex::evaluate(facts).permitted();
}
