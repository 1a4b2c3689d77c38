// A host in C++: one virtual visit from booking to the question whether it may be recorded.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "connex/engine.hpp"
#include "connex/gates.hpp"
#include "connex/stores.hpp"

namespace {

// Sends a request and gives the answer; what fails ends the program.
std::string tell(connex::Engine& engine, const std::string& request) {
  std::string answer = engine.execute(request);
  if (answer.starts_with(R"({"ok":true)")) return answer;
  std::fprintf(stderr, "%s\n", answer.c_str());
  std::exit(1);
}

// The text of a JSON field; a host has a JSON library for this.
std::string field(const std::string& json, const std::string& name) {
  const std::size_t at = json.find("\"" + name + "\":\"") + name.size() + 4;
  return json.substr(at, json.find('"', at) - at);
}

constexpr const char* kStory[] = {
    R"({"command":"organisation.put","actor":"system","args":{"id":"acme","kind":"pharma_company","name":"Acme"}})",
    R"({"command":"principal.register","actor":"system","args":{"id":"dr-1","role":"doctor","name":"Dr Asha Rao","adult_attested":true}})",
    R"({"command":"principal.register","actor":"system","args":{"id":"mr-7","role":"medical_representative","organisation":"acme","name":"R. Nair","adult_attested":true}})",
    R"({"command":"preference.set","actor":"dr-1","args":{"doctor":"dr-1","virtual_visits":true,"recording":true}})",
    R"({"command":"visit.book","actor":"mr-7","args":{"id":"v1","doctor":"dr-1","representative":"mr-7","starts_at":"2030-01-07T10:00:00+05:30","ends_at":"2030-01-07T10:15:00+05:30"}})",
};

}  // namespace

int main(int argc, char** argv) {
  auto store = connex::store::open_sqlite_store({.path = argc > 1 ? argv[1] : "host.db"});
  if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
  // The visit takes place in 2030, whenever this runs.
  auto engine = connex::Engine::open(
      {.store = std::move(*store), .clock = [] { return *connex::parse_instant("2030-01-07T10:00:00+05:30"); }});
  if (!engine) return std::fprintf(stderr, "%s\n", engine.error().message.c_str()), 1;
  for (const char* request : kStory) tell(**engine, request);

  // Both see the same text and answer for themselves: to the visit, and to being recorded.
  for (const std::string party : {"dr-1", "mr-7"}) {
    const std::string actor = R"(,"actor":")" + party + R"(","args":{"visit":"v1")";
    const std::string shown = tell(**engine, R"({"command":"visit.disclosure")" + actor + "}}");
    tell(**engine, R"({"command":"visit.accept")" + actor + R"(,"recording_consent":true,"disclosure_hash":")" +
                       field(shown, "hash") + R"("}})");
  }
  tell(**engine, R"({"command":"visit.start","actor":"system","args":{"visit":"v1"}})");
  const std::string decision =
      tell(**engine, R"({"command":"recording.decide","actor":"system","args":{"visit":"v1"}})");
  std::printf("recording is %s: %s\n", field(decision, "on_screen").c_str(), field(decision, "text").c_str());

  // The same rule on facts of the host's own, without a store: what is not known does not permit.
  constexpr auto facts = connex::FactsOf<connex::kRecordingStart>().set("doctor_recording_enabled", true);
  static_assert(!connex::evaluate(facts).permitted());
}
