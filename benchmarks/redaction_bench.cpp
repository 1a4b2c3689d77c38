// Speed of the redactor: clean messages, chat with a contact now and then, dense contacts, hostile input.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

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

void run(benchmark::State& state, const std::vector<std::string>& texts) {
  std::vector<connex::Finding> findings;
  const connex::RedactionOptions options;
  std::size_t bytes = 0;
  std::size_t found = 0;
  for (auto _ : state) {
    for (const std::string& text : texts) {
      if (!connex::find_contact_details(text, options, findings)) state.SkipWithError("refused");
      found += findings.size();
      bytes += text.size();
    }
  }
  benchmark::DoNotOptimize(found);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}

void clean_messages(benchmark::State& state) { run(state, messages(0)); }
void one_contact_per_message(benchmark::State& state) { run(state, messages(1)); }
void one_contact_in_ten_messages(benchmark::State& state) { run(state, messages(10)); }

void dense(benchmark::State& state) {
  std::vector<std::string> texts;
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (int k = 0; k < 8; ++k)
      text += "Call 98201 3344" + std::to_string(k) + " or mail dr.sharma" + std::to_string(i) +
              "@gmail.com today. ";
    texts.push_back(text);
  }
  run(state, texts);
}

void hostile(benchmark::State& state, const char* unit) {
  std::string text;
  while (text.size() < 1'000'000) text += unit;
  run(state, {text});
}

BENCHMARK(clean_messages);
BENCHMARK(one_contact_per_message);
BENCHMARK(one_contact_in_ten_messages);
BENCHMARK(dense);
BENCHMARK_CAPTURE(hostile, digits, "9");
BENCHMARK_CAPTURE(hostile, digit_groups, "98 ");
BENCHMARK_CAPTURE(hostile, at_signs, "@");
BENCHMARK_CAPTURE(hostile, addresses, "a@b");
BENCHMARK_CAPTURE(hostile, number_words, "seven ");
BENCHMARK_CAPTURE(hostile, joined_words, "seven");
BENCHMARK_CAPTURE(hostile, zero_width, "\xE2\x80\x8B");
BENCHMARK_CAPTURE(hostile, dots, ".");
BENCHMARK_CAPTURE(hostile, letters, "a");

}  // namespace

BENCHMARK_MAIN();
