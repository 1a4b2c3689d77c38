// A stranger's program: decides a gate and carries out a command.
#include <connex/engine.hpp>
#include <connex/gates.hpp>
#include <connex/stores.hpp>

int main() {
  connex::FactsOf<connex::kVisitBook> facts;
  facts.set("opt_in_set_by_doctor", true);
  if (connex::evaluate(facts).permitted()) return 1;
  connex::EngineOptions options;
  options.store = connex::store::make_memory_store();
  auto engine = connex::Engine::open(std::move(options));
  if (!engine) return 2;
  return (*engine)->execute(R"({"command":"audit.verify","actor":"system"})").starts_with(R"({"ok":true)") ? 0 : 3;
}
