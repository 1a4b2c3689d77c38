// Arbitrary bytes as a request, as facts and as a policy pack: always one line of JSON, never a permit for what
// is no request, and the log goes on verifying.
#include <boost/json/parse.hpp>
#include <memory>
#include <string>

#include "connex/engine.hpp"
#include "connex/stores.hpp"
#include "fuzz/fuzz.hpp"

using namespace connex;
using connex::testing::require;

namespace {

std::unique_ptr<Engine> open_engine() {
  EngineOptions options;
  options.store = store::make_memory_store();
  options.clock = [] { return Instant{1'795'600'000'000'000}; };
  options.caller_clock = true;
  return std::move(Engine::open(std::move(options))).value();
}

boost::json::object answer(const std::string& line) {
  require(line.find('\n') == std::string::npos);
  const boost::json::value value = boost::json::parse(line);
  require(value.is_object());
  return value.get_object();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<Engine> engine = open_engine();
  static unsigned inputs = 0;
  const std::string_view text = connex::testing::text_of_input(data, size);
  const boost::json::object said = answer(engine->execute(text));
  require(said.at("ok").as_bool() || said.at("error").at("code") != "internal");
  answer(engine->decide("recording.start", text));
  if (++inputs % 4096 == 0) {
    const auto verified = answer(engine->execute(R"({"command": "audit.verify", "actor": "system"})"));
    require(verified.at("ok").as_bool() && verified.at("result").at("valid").as_bool());
    engine = open_engine();
  }
  return 0;
}
