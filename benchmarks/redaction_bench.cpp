// Speed of the redactor: clean messages, chat with a contact now and then, dense contacts, hostile input; and
// of RE2 and Hyperscan, where Debian's packages are there, on the same texts with the patterns that people
// use.
//   redaction_bench            measures
//   redaction_bench --inputs   writes the inputs as JSON, for redaction_peers.mjs
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#ifdef CONNEX_BENCH_PEERS
#include <hs/hs.h>
#include <re2/re2.h>
#endif

#include "connex/redaction.hpp"

namespace {

// A message of ordinary talk, about 550 bytes, without a contact.
const std::string& chat() {
  static const std::string text =
      "Thank you doctor, that was a very useful discussion on the renal dosing table. The committee will "
      "review the "
      "request and respond on the platform. Could we move the meeting to next week, my OPD is full until "
      "Thursday. "
      "Patients tolerated the switch well; two reported mild nausea that settled within days. Start 500 mg "
      "BD, then "
      "review the creatinine and the potassium before going up. I would like to see the long term safety "
      "data for "
      "elderly women and for those on dialysis. Please upload the consent form before the session. Regards, "
      "and see "
      "you then.";
  return text;
}

std::vector<std::string> messages(int contacts_every) {
  const char* const contacts[] = {" Call me on 98201 33447.", " mail dr.sharma72@gmail.com please.",
                                  " nine eight two zero one three three four four seven is my number."};
  std::vector<std::string> out;
  for (int i = 0; i < 300; ++i) {
    std::string text = chat();
    if (contacts_every != 0 && i % contacts_every == 0)
      text.insert(text.find(". ", 200) + 1, contacts[(i / contacts_every) % 3]);
    out.push_back(std::move(text));
  }
  return out;
}

std::vector<std::string> dense() {
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (int k = 0; k < 8; ++k)
      text += "Call 98201 3344" + std::to_string(k) + " or mail dr.sharma" + std::to_string(i) +
              "@gmail.com today. ";
    texts.push_back(text);
  }
  return texts;
}

std::vector<std::string> hostile(std::string_view unit) {
  std::string text;
  while (text.size() < 1'000'000) text += unit;
  return {text};
}

std::vector<std::pair<std::string, std::vector<std::string>>> inputs() {
  return {{"clean_messages", messages(0)},
          {"one_contact_per_message", messages(1)},
          {"one_contact_in_ten_messages", messages(10)},
          {"dense", dense()},
          {"hostile_digits", hostile("9")},
          {"hostile_digit_groups", hostile("98 ")},
          {"hostile_at_signs", hostile("@")},
          {"hostile_addresses", hostile("a@b")},
          {"hostile_number_words", hostile("seven ")},
          {"hostile_joined_words", hostile("seven")},
          {"hostile_zero_width", hostile("\xE2\x80\x8B")},
          {"hostile_dots", hostile(".")},
          {"hostile_letters", hostile("a")}};
}

using Texts = std::vector<std::string>;

// `find` gives the number of findings in a text.
template <class Find>
void measure(benchmark::State& state, const Texts& texts, Find find) {
  std::size_t bytes = 0;
  std::size_t found = 0;
  for (auto _ : state) {
    for (const std::string& text : texts) {
      found += find(text);
      bytes += text.size();
    }
  }
  benchmark::DoNotOptimize(found);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}

void run_connex(benchmark::State& state, const Texts& texts) {
  std::vector<connex::Finding> findings;
  const connex::RedactionOptions options;
  measure(state, texts, [&](const std::string& text) {
    if (!connex::find_contact_details(text, options, findings)) state.SkipWithError("refused");
    return findings.size();
  });
}

#ifdef CONNEX_BENCH_PEERS
// Indian and international numbers, e-mail and UPI addresses, URLs, PAN.
constexpr const char* kPatterns[] = {R"((?:\+?91[ -]?|0)?[6-9][0-9]{4}[ -]?[0-9]{5})",
                                     R"(\+[1-9][0-9 -]{7,14}[0-9])", R"([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)",
                                     R"((?:https?://|www\.)[A-Za-z0-9./?=_~%&+-]+)",
                                     R"([A-Z]{5}[0-9]{4}[A-Z])"};

void run_re2(benchmark::State& state, const Texts& texts) {
  std::string all = "(";
  for (const char* pattern : kPatterns) all.append(all.size() > 1 ? "|" : "").append(pattern);
  const re2::RE2 pattern(all + ")");
  measure(state, texts, [&](const std::string& text) {
    std::size_t found = 0;
    re2::StringPiece rest(text);
    re2::StringPiece match;
    while (re2::RE2::FindAndConsume(&rest, pattern, &match)) ++found;
    return found;
  });
}

void run_hyperscan(benchmark::State& state, const Texts& texts, unsigned flags) {
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  hs_scratch_t* scratch = nullptr;
  const std::vector<unsigned> all(std::size(kPatterns), flags);
  constexpr unsigned kIds[std::size(kPatterns)] = {0, 1, 2, 3, 4};
  if (hs_compile_multi(kPatterns, all.data(), kIds, std::size(kPatterns), HS_MODE_BLOCK, nullptr, &database,
                       &error) != HS_SUCCESS ||
      hs_alloc_scratch(database, &scratch) != HS_SUCCESS) {
    state.SkipWithError("Hyperscan takes no such patterns");
    return;
  }
  std::size_t count = 0;
  const auto seen = [](unsigned, unsigned long long, unsigned long long, unsigned, void* matches) {
    ++*static_cast<std::size_t*>(matches);
    return 0;
  };
  measure(state, texts, [&](const std::string& text) {
    const std::size_t before = count;
    if (hs_scan(database, text.data(), static_cast<unsigned>(text.size()), 0, scratch, seen, &count) !=
        HS_SUCCESS)
      state.SkipWithError("Hyperscan refused a text");
    return count - before;
  });
  hs_free_scratch(scratch);
  hs_free_database(database);
}
#endif

void write_inputs() {
  std::printf("{");
  bool first = true;
  for (const auto& [name, texts] : inputs()) {
    std::printf("%s\"%s\": [", std::exchange(first, false) ? "" : ", ", name.c_str());
    for (std::size_t i = 0; i < texts.size(); ++i)
      std::printf("%s\"%s\"", i == 0 ? "" : ", ", texts[i].c_str());
    std::printf("]");
  }
  std::printf("}\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--inputs") == 0) {
    write_inputs();
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  for (const auto& [name, texts] : inputs()) {
    const auto add = [&, name = name, texts = texts](const char* tool, auto run) {
      benchmark::RegisterBenchmark((name + "/" + tool).c_str(),
                                   [texts, run](benchmark::State& state) { run(state, texts); });
    };
    add("connex", run_connex);
#ifdef CONNEX_BENCH_PEERS
    add("re2", run_re2);
    add("hyperscan_ends", [](benchmark::State& s, const Texts& t) { run_hyperscan(s, t, HS_FLAG_DOTALL); });
    add("hyperscan_spans",
        [](benchmark::State& s, const Texts& t) { run_hyperscan(s, t, HS_FLAG_SOM_LEFTMOST); });
#endif
  }
  benchmark::RunSpecifiedBenchmarks();
}
