// A stranger who wants the pure core alone.
#include <connex/clauses.hpp>
#include <connex/gates.hpp>

int main() {
  const connex::Gate* gate = connex::find_gate("recording.start");
  return gate != nullptr && !connex::evaluate(*gate, {}).permitted() && connex::clauses().size() == 124 ? 0 : 1;
}
