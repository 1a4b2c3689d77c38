// What a change of a processor does to terms that differ from those it was made over, over random entries
// with conditions, names and countries.
#include "services/processor_terms.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "connex/egress.hpp"

using namespace connex;
using services::follow;
using services::same_terms;

namespace {

constexpr Guard kGuards[] = {Guard::none, Guard::redacted, Guard::keyed_hash};

class Entries {
 public:
  explicit Entries(unsigned seed) : random_(seed) {}
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  Processor any() {
    Processor p;
    p.id = "p";
    p.clause = "C5-n";
    p.name = pick(4) == 0 ? "Other" : "Name";
    p.service = "s";
    p.guard = kGuards[pick(6) < 4 ? 0 : pick(3)];
    for (const char* field : {"a", "b", "c"})
      if (pick(3) != 0) p.fields.push_back({field, kGuards[pick(3)]});
    for (const Purpose purpose : {Purpose::billing, Purpose::analytics})
      if (pick(2) == 0) p.purposes.insert(purpose);
    for (const char* country : {"IN", "SG", "US"})
      if (pick(2) == 0) p.countries.emplace_back(country);
    p.worldwide = p.countries.empty() || pick(4) == 0;
    p.own_fiduciary = pick(4) == 0;
    return p;
  }
  // Some of what `of` has.
  Processor less(const Processor& of) {
    Processor p = any();
    p.name = of.name;
    p.own_fiduciary = p.own_fiduciary && of.own_fiduciary;
    return held_to(of, p).value_or(of);
  }

 private:
  std::mt19937 random_;
};

bool goes_to(const Processor& p, const std::string& country) {
  return p.worldwide || std::ranges::find(p.countries, country) != p.countries.end();
}

}  // namespace

TEST_CASE("processor terms: a change makes of what it was made over what it says") {
  Entries entries(1);
  for (int i = 0; i < 20'000; ++i) {
    const Processor from = entries.any();
    const Processor to = entries.any();
    const auto made = follow(from, &from, &to);
    REQUIRE(made);
    CHECK(same_terms(&*made, &to));
    CHECK_FALSE(follow(std::nullopt, &from, &to));
    CHECK_FALSE(follow(from, &from, nullptr));
    const auto same = follow(from, nullptr, nullptr);
    REQUIRE(same);
    CHECK(same_terms(&*same, &from));
  }
}

TEST_CASE(
    "X29, processor terms: what only takes away adds nothing to any terms, and leaves nothing of what it "
    "took") {
  Entries entries(2);
  int left = 0;
  for (int i = 0; i < 50'000; ++i) {
    const Processor from = entries.any();
    const Processor to = entries.less(from);
    REQUIRE(material_changes(&from, to).empty());
    const Processor other = entries.any();  // somebody's, on another version
    const auto made = follow(other, &from, &to);
    if (!made) continue;
    ++left;
    CHECK(material_changes(&other, *made).empty());
    for (const ProcessorField& field : from.fields) {
      const ProcessorField* kept = to.find(field.name);
      const ProcessorField* still = made->find(field.name);
      if (kept == nullptr) CHECK(still == nullptr);
      if (kept != nullptr && kept->guard != field.guard && still != nullptr)
        CHECK(still->guard == kept->guard);
    }
    for (const Purpose purpose : {Purpose::billing, Purpose::analytics})
      if (from.purposes.contains(purpose) && !to.purposes.contains(purpose))
        CHECK_FALSE(made->purposes.contains(purpose));
    for (const char* country : {"IN", "SG", "US"})
      if (goes_to(from, country) && !goes_to(to, country)) CHECK_FALSE(goes_to(*made, country));
    if (from.guard != to.guard) CHECK(made->guard == to.guard);
  }
  CHECK(left > 1'000);
}

TEST_CASE("X29, processor terms: what a publication adds is used once it is engaged, what it takes at once") {
  Entries entries(3);
  for (int i = 0; i < 20'000; ++i) {
    const Processor was = entries.any();
    const Processor listed = entries.any();
    const services::ProcessorTerms line = services::published({was, was}, &was, &listed);
    REQUIRE(line.listed);
    CHECK(same_terms(&*line.listed, &listed));
    CHECK(line.waits() == !material_changes(line.used ? &*line.used : nullptr, listed).empty());
    if (!line.used) continue;
    CHECK(material_changes(&was, *line.used).empty());
    for (const ProcessorField& field : line.used->fields) CHECK(listed.find(field.name) != nullptr);
    for (const std::string& country : line.used->countries) CHECK(goes_to(listed, country));
  }
}
