// The door of C++: as door.c, on connex/engine.hpp.
#include <connex/engine.hpp>
#include <connex/stores.hpp>
#include <iostream>
#include <memory>
#include <string>

namespace {

std::unique_ptr<connex::Engine> open_engine(bool caller_clock) {
  connex::EngineOptions options;
  options.store = connex::store::make_memory_store();
  options.caller_clock = caller_clock;
  return std::move(connex::Engine::open(std::move(options))).value();
}

}  // namespace

int main() {
  const auto pure = open_engine(false);
  std::unique_ptr<connex::Engine> engine;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with("{\"open\"")) {
      engine = open_engine(true);
    } else if (const auto tab = line.find('\t'); tab != std::string::npos) {
      const std::string decided = pure->decide(line.substr(0, tab), line.substr(tab + 1));
      const bool failed = decided.starts_with("{\"ok\":false");
      std::cout << (failed ? decided : "{\"ok\":true,\"answer\":" + decided + "}") << std::endl;
    } else {
      std::cout << engine->execute(line) << std::endl;
    }
  }
}
