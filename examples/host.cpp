// A host in C++: one virtual visit from booking to the question whether it may be recorded.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "connex/engine.hpp"
#include "connex/gates.hpp"
#include "connex/stores.hpp"

namespace {

// Sends a command and gives the answer; what fails ends the program.
std::string tell(connex::Engine& engine, const std::string& command, const std::string& actor,
                 const std::string& args) {
  std::string request = R"({"command":")";
  request.append(command).append(R"(","actor":")").append(actor).append(R"(","args":)").append(args).append("}");
  const std::string answer = engine.execute(request);
  if (answer.starts_with(R"({"ok":true)")) return answer;
  std::fprintf(stderr, "%s: %s\n", command.c_str(), answer.c_str());
  std::exit(1);
}

// The text of a JSON field; a host has a JSON library for this.
std::string field(std::string_view json, std::string_view name) {
  const std::size_t at = json.find(std::string("\"").append(name).append("\":\"")) + name.size() + 4;
  return std::string(json.substr(at, json.find('"', at) - at));
}

}  // namespace

int main(int argc, char** argv) {
  connex::EngineOptions options;
  if (argc > 1) {
    auto store = connex::store::open_sqlite_store({.path = argv[1]});
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
    options.store = std::move(*store);
  } else {
    options.store = connex::store::make_memory_store();
  }
  // The visit takes place in 2030, whenever this runs.
  options.clock = [] { return *connex::parse_instant("2030-01-07T10:00:00+05:30"); };
  auto engine = connex::Engine::open(std::move(options));
  if (!engine) return std::fprintf(stderr, "%s\n", engine.error().message.c_str()), 1;
  connex::Engine& connex_engine = **engine;

  tell(connex_engine, "organisation.put", "system",
       R"({"id":"acme","kind":"pharma_company","name":"Acme Pharma","recording_entitled":true})");
  tell(connex_engine, "principal.register", "system",
       R"({"id":"dr-1","role":"doctor","name":"Dr Asha Rao","adult_attested":true})");
  tell(
      connex_engine, "principal.register", "system",
      R"({"id":"mr-7","role":"medical_representative","organisation":"acme","name":"R. Nair","adult_attested":true})");
  tell(connex_engine, "preference.set", "dr-1",
       R"({"doctor":"dr-1","virtual_visits":true,"recording":true})");
  tell(connex_engine, "visit.book", "mr-7",
       R"({"id":"v1","doctor":"dr-1","representative":"mr-7",
           "starts_at":"2030-01-07T10:00:00+05:30","ends_at":"2030-01-07T10:15:00+05:30"})");

  // Both see the same text and answer for themselves: to the visit, and to being recorded.
  for (const char* party : {"dr-1", "mr-7"}) {
    const std::string disclosure = tell(connex_engine, "visit.disclosure", party, R"({"visit":"v1"})");
    tell(connex_engine, "visit.accept", party,
         R"({"visit":"v1","recording_consent":true,"disclosure_hash":")" + field(disclosure, "hash") +
             R"("})");
  }
  tell(connex_engine, "visit.start", "system", R"({"visit":"v1"})");
  const std::string decision = tell(connex_engine, "recording.decide", "system", R"({"visit":"v1"})");
  std::printf("recording is %s, because: %s\n", field(decision, "on_screen").c_str(),
              field(decision, "text").c_str());

  // The same rule on facts of the host's own, without a store: a few instructions, decided at compile time if
  // need be.
  connex::FactsOf<connex::kRecordingStart> facts;
  facts.set("doctor_recording_enabled", true).set("company_recording_enabled", false);
  connex::for_each_unmet(connex::evaluate(facts), [](const connex::Condition& condition, bool unknown) {
    std::printf("  %-8s %s\n", unknown ? "unknown" : condition.clause.data(),
                std::string(condition.text).c_str());
  });
}
