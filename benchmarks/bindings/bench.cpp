// A gate's decision with its reasons read, redaction and an audited command through C++: median of the
// rounds.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "connex/engine.hpp"
#include "connex/gates.hpp"
#include "connex/redaction.hpp"
#include "connex/stores.hpp"

namespace {

constexpr std::string_view kText =
    "Thank you doctor. Please call me on 98200 55443 after six, or write to asha.rao@example.com about the "
    "samples.";
constexpr std::string_view kPut =
    R"({"command":"organisation.put","actor":"system","args":{"id":"acme","kind":"clinic","name":"Acme"}})";

volatile std::size_t kept;

template <class Call>
void measure(const char* name, int calls, Call call) {
  std::array<double, 9> rounds{};
  for (double& round : rounds) {
    const std::clock_t began = std::clock();  // of the processor
    for (int i = 0; i < calls; ++i) call();
    round = static_cast<double>(std::clock() - began) * 1e9 / CLOCKS_PER_SEC / calls;
  }
  std::sort(rounds.begin(), rounds.end());
  std::printf("%s: %.1f ns\n", name, rounds[rounds.size() / 2]);
}

void decide(const connex::Facts& facts) {
  asm volatile("" : : "g"(&facts) : "memory");  // lest the decision is made while this is compiled
  const connex::Decision decision = connex::evaluate(connex::kRecordingStart, facts);
  std::size_t sum = decision.permitted();
  connex::for_each_unmet(decision, [&](const connex::Condition& why, bool) { sum += why.clause.size(); });
  kept = kept + sum;
}

}  // namespace

int main() {
  connex::Facts facts;
  for (std::size_t i = 0; i < connex::kRecordingStart.conditions.size(); ++i) facts.set(i, connex::Fact::yes);
  measure("recording.start, permitted", 2'000'000, [&] { decide(facts); });
  for (std::size_t i = 0; i < connex::kRecordingStart.conditions.size(); ++i)
    if (connex::kRecordingStart.conditions[i].fact == "every_participant_consented")
      facts.set(i, connex::Fact::no);
  measure("recording.start, one condition short", 2'000'000, [&] { decide(facts); });

  std::string out;
  std::vector<connex::Finding> findings;
  measure("redact, 111 bytes with two contacts", 5'000, [&] {
    out.clear();
    findings.clear();
    if (!connex::redact(kText, {}, out, findings)) std::exit(1);
    kept = kept + out.size();
  });

  connex::EngineOptions options;
  options.store = connex::store::make_memory_store();
  auto engine = connex::Engine::open(std::move(options));
  if (!engine) return 1;
  measure("audited command, memory store", 2'000, [&] {
    if (!(*engine)->execute(kPut).starts_with(R"({"ok":true)")) std::exit(1);
  });
}
