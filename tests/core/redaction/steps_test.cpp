// That the redactor takes time in proportion to the length of its text, counted in branches taken rather than
// measured: its sources are compiled once more, calling step() in every block of code. And that a clean
// message allocates nothing.
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "connex/redaction.hpp"
#include "core/redaction/corpus.hpp"

namespace {
std::uint64_t steps = 0;
std::uint64_t allocations = 0;
}  // namespace

extern "C" void __sanitizer_cov_trace_pc() { ++steps; }

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size); memory != nullptr) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace connex;

namespace {

std::uint64_t steps_of(std::string_view unit, std::size_t size, const RedactionOptions& options) {
  std::string text;
  while (text.size() < size) text += unit;
  std::vector<Finding> findings;
  const std::uint64_t before = steps;
  REQUIRE(find_contact_details(text, options, findings));
  return steps - before;
}

// Four times the text takes four times the steps, and hardly more, at each size: what is found has to be put in order.
void check_linear(std::string_view unit, const RedactionOptions& options) {
  CAPTURE(unit);
  std::uint64_t least = steps_of(unit, 16'384, options);
  for (const std::size_t times : {4U, 16U, 64U}) {
    CAPTURE(times);
    const std::uint64_t most = steps_of(unit, 16'384 * times, options);
    CHECK(most <= least * 4 * 11 / 10 + 100'000);
    CHECK(most >= 16'384 * times / 64);  // it was read
    least = most;
  }
}

}  // namespace

TEST_CASE("time grows with the length of a text and no faster") {
  for (const char* unit : {
           "seven ",
           "seven",
           "nau aath ",
           "double ",
           "a@b",
           "@",
           "a@",
           "9",
           "98 ",
           "9 8 ",
           "9.",
           "98765 43210 ",
           "a",
           "a ",
           "a b 1 ",
           "I O l ",
           "7SI ",
           "B2 ",
           "!$&",
           "9!",
           "call 98 ",
           "gmail ",
           "at gmail dot ",
           "com dot gmail at ",
           "(at) ",
           "www.",
           "http://a ",
           "x.y.",
           ".",
           "-",
           "... --- ",
           "|",
           "<b>",
           "</td><td>9",
           "flat 12, MG Road, ",
           "near ",
           "Pune 411001 ",
           "telegram ",
           "id: ",
           "[phone hidden] ",
           "+91",
           "1+2 ",
           "first ",
           "reverse 9 ",
           "Rs 5, ",
           "5 mg ",
           "12/03/2024 ",
           "ABCPK1234F ",
           "\n",
           "1) 2\n",
           "\xE2\x80\x8B",
           "\xE0\xA5\xAF",
           "\xE0\xA4\xA8\xE0\xA5\x8C ",
           "\xF0\x9F\x99\x8F",
           "\xD0\xB1 ",
           "%40",
           "&#57;",
           "$even ",
           "s.e.v.e.n ",
           "n i n e ",
           "mail: a_b ",
           "0x1",
           "{at}",
       })
    check_linear(unit, {});
}

TEST_CASE("registered values are looked for in as many steps as the text is long") {
  constexpr std::string_view kPhones[] = {"+91 98989 89898"};
  constexpr std::string_view kMails[] = {"abab@abab.example"};
  constexpr std::string_view kAddresses[] = {"12 Rose Villa, Carter Road, Mumbai 400050"};
  constexpr std::string_view kNames[] = {"Dr Anita Deshmukh"};
  RedactionOptions options;
  options.known = {kPhones, kMails, kAddresses, kNames, {}};
  for (const char* unit : {"98 ", "9", "ab ", "a", "rose villa ", "Anita ", "A. D. ", "Dr ", "nine eight "})
    check_linear(unit, options);
}

TEST_CASE("a clean message allocates nothing") {
  std::vector<Finding> findings;
  findings.reserve(4);
  std::size_t clean = 0;
  for (const char* text : testing::clean_texts()) {
    if (std::string_view(text).find_first_of("0123456789/") != std::string_view::npos) continue;
    const std::uint64_t before = allocations;
    REQUIRE(find_contact_details(text, {}, findings));
    CAPTURE(text);
    CHECK(allocations == before);
    ++clean;
  }
  std::string chat;
  while (chat.size() < 550)
    chat += "Thank you doctor, that was a very useful discussion on the dosing table. ";
  const std::uint64_t before = allocations;
  REQUIRE(find_contact_details(chat, {}, findings));
  CHECK(allocations == before);
  CHECK(clean >= 5);
  // A contact that its detector has to find may.
  REQUIRE(find_contact_details(std::string(9000, ' ') + "nine eight two zero one three three four four seven",
                               {}, findings));
  CHECK(findings.size() == 1);
}
