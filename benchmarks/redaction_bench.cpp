// Speed of the redactor: clean messages and prose, chat with a contact now and then, dense contacts, hostile
// input; and of RE2 and Hyperscan, where Debian's packages are there, on the same texts with the patterns
// that people use.
//   redaction_bench            measures
//   redaction_bench --inputs   writes the inputs as JSON, for redaction_peers.mjs
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <random>
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

// Prose without a contact, as notes and papers have it: figures, dates, names of months and long words.
std::vector<std::string> prose() {
  const char* const paragraphs[] = {
      "A 58-year-old man with type 2 diabetes for twelve years came with two weeks of breathlessness on "
      "exertion "
      "and swelling of both feet. Blood pressure was 148/92 and the pulse 104; the chest had crackles at "
      "both "
      "bases. Haemoglobin was 10.4 g/dL, creatinine 1.9 mg/dL and the filtration rate 38. The echocardiogram "
      "showed a thickened left ventricle that relaxed poorly. Furosemide 40 mg was given, first into a vein "
      "and "
      "then by mouth for seven days, and he went home on the fifth of March with a letter for his family "
      "doctor.",
      "The committee of the hospital looks at every request of a company within ten working days. It asks "
      "who "
      "pays, what is taught, and whether the programme could be held without the company at all. Meals are "
      "modest, travel is by train where there is one, and nobody is paid for listening. In the year before "
      "last "
      "41 of 56 requests were granted, most of them with conditions; the minutes are kept for eight years "
      "and "
      "may be read by everybody who works in the hospital.",
      "In the trial, 4,744 patients at 410 centres in 20 countries were assigned to the drug or to a "
      "placebo, and "
      "followed for a median of 18 months. The primary outcome, worsening heart failure or death from "
      "cardiovascular causes, occurred in 16.3 % of the one group and in 21.2 % of the other. Effects were "
      "alike "
      "in those with and without diabetes. Volume depletion, renal events and low blood sugar did not "
      "differ, "
      "which surprised several of the investigators and none of the patients.",
      "Storage between two and eight degrees is essential, for the protein unfolds when it is warmed and "
      "does not "
      "fold again. A carton that was left in a car in summer must be thrown away, however clear the solution "
      "looks. Pharmacies write down the temperature of the refrigerator in the morning and in the evening; "
      "the "
      "record is part of every inspection, and gaps in it are the commonest finding of all."};
  std::vector<std::string> out;
  for (int i = 0; i < 300; ++i) out.emplace_back(paragraphs[i % 4]);
  return out;
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

// Pairs of digits, each from how many there are before it.
template <class Pair>
std::vector<std::string> pairs(Pair pair) {
  std::string text;
  for (unsigned n = 0; text.size() < 1'000'000; ++n) {
    const unsigned value = pair(n);
    text += static_cast<char>('0' + value / 10);
    text += static_cast<char>('0' + value % 10);
    text += ' ';
  }
  return {text};
}

std::vector<std::pair<std::string, std::vector<std::string>>> inputs() {
  return {
      {"clean_messages", messages(0)},
      {"clean_prose", prose()},
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
      {"hostile_letters", hostile("a")},
      // Where the lattice of numbers has the most stretches to judge, and what costs the other passes most.
      {"lattice_digits_apart", hostile("9 8 ")},
      {"lattice_fives_of_digits", hostile("9 8 9 8 7 ")},
      {"lattice_pairs", hostile("12 34 56 78 90 ")},
      {"lattice_pairs_counting", pairs([](unsigned n) { return n % 100; })},
      {"lattice_pairs_random", pairs([](unsigned) {
         static std::mt19937 random;
         return static_cast<unsigned>(random() % 100);
       })},
      {"lattice_country_codes", hostile("+91")},
      {"lattice_sums", hostile("1+2 ")},
      {"lattice_marks", hostile("9!")},
      {"lattice_single_letters", hostile("a b 1 ")},
      {"lattice_letters_and_digits", hostile("B2 ")},
      {"lattice_hindi_words", hostile("nau aath ")},
      {"lattice_reversed", hostile("reverse 9 ")},
      {"hostile_words_of_a_letter", hostile("a ")},
      {"hostile_ends_of_addresses", hostile("a@")},
      {"hostile_hosts", hostile("x.y.")},
      {"hostile_devanagari", hostile("\xE0\xA4\xA6\xE0\xA4\xB5\xE0\xA4\xBE ")}};
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
