// What may be sent to a processor: against a table written from section 5 of the policy, and against plain
// ifs on every combination of processor, field, purpose, country and condition.
#include "connex/egress.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "policy/pack.hpp"

using namespace connex;

namespace {

constexpr Day kToday{20'780};
constexpr Fact kFacts[] = {Fact::yes, Fact::no, Fact::unknown};

// A processor as the policy has it: what it may get, for what, and what comes near and is refused.
struct Expected {
  const char* processor;
  Guard condition;
  std::vector<std::string_view> fields;
  std::vector<std::string_view> purposes;
  std::vector<std::string_view> near_misses;
  const char* abroad;  // a country in which it may work, or not
  bool works_abroad;
};

const std::vector<Expected>& expected() {
  static const std::vector<Expected> table = {
      {"razorpay",
       Guard::none,
       {"organisation_name", "billing_email", "payment_amount", "subscription_plan"},
       {"billing"},
       {"email", "phone", "name", "card_number", "cvv", "organisation", "billing_emails", "billing_phone",
        ""},
       "US",
       false},
      {"meta_whatsapp",
       Guard::bridge_opt_in,
       {"phone", "template_id", "message_content", "delivery_status"},
       {"communication"},
       {"email", "name", "address", "note_text", "contact_list", "registration_number", "phones"},
       "US",
       true},
      {"google_workspace",
       Guard::none,
       {"email", "name", "notification_content"},
       {"service_delivery", "communication"},
       {"phone", "address", "message_content", "birth_date", "calendar"},
       "US",
       true},
      {"livekit",
       Guard::virtual_visits_opt_in,
       {"audio_stream", "video_stream", "participant_id", "room_metadata", "connection_events",
        "recording_file"},
       {"service_delivery"},
       {"name", "email", "phone", "transcript", "captions", "uploaded_file"},
       "US",
       true},
      {"cloudflare_r2",
       Guard::none,
       {"uploaded_file", "recording_file"},
       {"service_delivery", "compliance"},
       {"audio_stream", "email", "transcript", "message_content"},
       "SG",
       true},
      {"google_gemini",
       Guard::ai_gate,
       {"note_text", "audit_metadata"},
       {"service_delivery"},
       {"name", "email", "phone", "registration_number", "recording_file", "transcript", "message_content"},
       "US",
       true},
      {"anthropic_claude",
       Guard::ai_gate,
       {"note_text", "audit_metadata"},
       {"service_delivery"},
       {"name", "email", "phone", "registration_number", "recording_file", "transcript", "message_content"},
       "US",
       true},
      {"contabo",
       Guard::region_attested,
       {"hosted_data"},
       {"service_delivery", "communication", "analytics", "compliance", "billing", "legal_obligation"},
       {"note_text", "email", "recording_file"},
       "DE",
       false},
  };
  return table;
}

EgressRequest granted(const Expected& row, std::span<const std::string_view> fields) {
  EgressRequest request;
  request.processor = row.processor;
  request.fields = fields;
  request.purpose = row.purposes.front();
  request.engaged = Fact::yes;
  request.agreement = Fact::yes;
  for (std::size_t g = 0; g < kCountOf<Guard>; ++g) request.guards.set(static_cast<Guard>(g), Fact::yes);
  return request;
}

// The same decision with plain ifs, straight from the pack.
struct Naive {
  bool permits = true;
  bool forbidden = false;
  std::uint64_t send = 0;

  void needs(Fact fact) {
    if (fact == Fact::yes) return;
    permits = false;
    if (fact == Fact::no) forbidden = true;
  }
};

bool listed_country(const std::vector<CountryEntry>& entries, std::string_view country, Day day) {
  for (const CountryEntry& entry : entries)
    if (entry.country == country && entry.from <= day && (!entry.until || day < *entry.until)) return true;
  return false;
}
bool any_in_force(const std::vector<CountryEntry>& entries, Day day) {
  for (const CountryEntry& entry : entries)
    if (listed_country({entry}, entry.country, day)) return true;
  return false;
}
bool country_open(const PolicyPack& pack, std::string_view country, Day day) {
  if (listed_country(pack.countries.deny, country, day)) return false;
  return !any_in_force(pack.countries.allow, day) || listed_country(pack.countries.allow, country, day);
}
bool is_code(std::string_view text) {
  return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

Fact naive_country(const PolicyPack& pack, const Processor& p, std::string_view country, Day day) {
  if (!country.empty()) {
    if (!is_code(country)) return Fact::unknown;
    bool there = p.worldwide;
    for (const std::string& known : p.countries) there = there || known == country;
    return fact(there && country_open(pack, country, day));
  }
  for (const std::string& known : p.countries)
    if (!country_open(pack, known, day)) return Fact::no;
  const bool lists = any_in_force(pack.countries.deny, day) || any_in_force(pack.countries.allow, day);
  return lists ? Fact::unknown : Fact::yes;
}

Naive naive(const PolicyPack& pack, const EgressRequest& r, Day day) {
  Naive verdict;
  const Processor* p = nullptr;
  for (const Processor& entry : pack.processors)
    if (entry.id == r.processor) p = &entry;
  if (p == nullptr) return {false, true, 0};
  verdict.needs(r.engaged);
  verdict.needs(r.agreement);
  verdict.needs(naive_country(pack, *p, r.country, day));
  bool purpose_fits = false;
  for (std::size_t i = 0; i < kCountOf<Purpose>; ++i)
    if (r.purpose == Names<Purpose>::list[i] && p->purposes.contains(static_cast<Purpose>(i)))
      purpose_fits = true;
  verdict.needs(fact(purpose_fits));
  verdict.needs(r.guards[p->guard]);
  bool doubt = false;
  for (std::size_t i = 0; i < r.fields.size(); ++i) {
    for (const ProcessorField& field : p->fields) {
      if (field.name != r.fields[i]) continue;
      const Fact met = field.guard == Guard::none ? Fact::yes : r.guards[field.guard];
      if (met == Fact::yes) verdict.send |= std::uint64_t{1} << i;
      if (met == Fact::unknown) doubt = true;
    }
  }
  verdict.needs(verdict.send != 0 ? Fact::yes : doubt ? Fact::unknown : Fact::no);
  if (!verdict.permits) verdict.send = 0;
  return verdict;
}

class Digest {
 public:
  void add(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash_ ^= (value >> shift) & 0xff;
      hash_ *= 0x100000001b3ULL;
    }
  }
  std::string text() const {
    char out[17];
    std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(hash_));
    return out;
  }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

struct Count {
  Digest digest;
  std::size_t decisions = 0;
  std::size_t permits = 0;
  std::size_t wrong = 0;

  void check(const EgressTable& table, const EgressRequest& request, Day day) {
    const EgressDecision made = table.decide(request, day);
    const Naive want = naive(table.pack(), request, day);
    const Effect effect = want.permits     ? Effect::permit
                          : want.forbidden ? Effect::deny
                                           : Effect::indeterminate;
    const std::uint64_t all = (std::uint64_t{1} << request.fields.size()) - 1;
    const bool same =
        made.decision.effect == effect && made.send == want.send && made.strip == (all & ~want.send);
    wrong += same ? 0 : 1;
    permits += made.decision.permitted() ? 1 : 0;
    ++decisions;
    digest.add(static_cast<std::uint64_t>(made.decision.effect));
    digest.add(made.decision.unmet);
    digest.add(made.decision.unknown);
    digest.add(made.send);
  }
  std::string text() const {
    return std::to_string(decisions) + " " + std::to_string(permits) + " " + digest.text();
  }
};

// Every field of any processor, and some of none.
std::vector<std::string_view> every_field(const PolicyPack& pack) {
  std::vector<std::string_view> fields = {"card_number", "transcript", "nothing"};
  for (const Processor& p : pack.processors)
    for (const ProcessorField& f : p.fields)
      if (std::find(fields.begin(), fields.end(), f.name) == fields.end()) fields.push_back(f.name);
  return fields;
}

std::string brute_force(const PolicyPack& pack) {
  const EgressTable table(pack);
  const std::vector<std::string_view> fields = every_field(pack);
  std::vector<std::string_view> purposes(std::begin(Names<Purpose>::list), std::end(Names<Purpose>::list));
  purposes.insert(purposes.end(), {"sell", "third_party_marketing", "train", "whatever"});
  std::vector<std::string> ids;
  for (const Processor& p : pack.processors) ids.push_back(p.id);
  ids.push_back("stranger");
  Count count;
  for (const std::string& id : ids) {
    const EgressRule* rule = table.find(id);
    for (const std::string_view field : fields) {
      const std::optional<Guard> own = rule ? rule->guard_of(field) : std::nullopt;
      for (const std::string_view purpose : purposes)
        for (const std::string_view country : {"", "IN", "US", "DE", "in"})
          for (const Fact engaged : kFacts)
            for (const Fact agreement : kFacts)
              for (const Fact before : kFacts)
                for (const Fact of_field : kFacts) {
                  EgressRequest request;
                  request.processor = id;
                  request.fields = {&field, 1};
                  request.purpose = purpose;
                  request.country = country;
                  request.engaged = engaged;
                  request.agreement = agreement;
                  if (rule) request.guards.set(rule->processor().guard, before);
                  if (own) request.guards.set(*own, of_field);
                  count.check(table, request, kToday);
                }
    }
  }
  CHECK(count.wrong == 0);
  return count.text();
}

}  // namespace

TEST_CASE("egress: each processor gets each of its fields, and no near miss") {
  const auto pack = policy::default_pack();
  const EgressTable table(*pack);
  REQUIRE(pack->processors.size() == expected().size());
  for (const Expected& row : expected()) {
    CAPTURE(row.processor);
    const EgressRule* rule = table.find(row.processor);
    REQUIRE(rule != nullptr);
    CHECK(rule->processor().guard == row.condition);
    CHECK(rule->processor().fields.size() == row.fields.size());
    for (const std::string_view& field : row.fields) {
      CAPTURE(field);
      for (const std::string_view purpose : row.purposes) {
        EgressRequest request = granted(row, {&field, 1});
        request.purpose = purpose;
        const EgressDecision made = table.decide(request, kToday);
        CHECK(made.decision.permitted());
        CHECK(made.send == 1);
        CHECK(made.strip == 0);
      }
    }
    for (const std::string_view& field : row.near_misses) {
      CAPTURE(field);
      const EgressDecision made = table.decide(granted(row, {&field, 1}), kToday);
      CHECK(made.decision.effect == Effect::deny);
      CHECK(made.send == 0);
      CHECK(made.strip == 1);
    }
    // All at once: exactly the listed ones go.
    std::vector<std::string_view> all = row.near_misses;
    all.insert(all.end(), row.fields.begin(), row.fields.end());
    const EgressDecision made = table.decide(granted(row, all), kToday);
    const std::uint64_t misses = (std::uint64_t{1} << row.near_misses.size()) - 1;
    CHECK(made.strip == misses);
    CHECK(made.send == (((std::uint64_t{1} << all.size()) - 1) & ~misses));
  }
}

TEST_CASE("egress: every purpose, condition, agreement and country that is not the processor's is refused") {
  const auto pack = policy::default_pack();
  const EgressTable table(*pack);
  for (const Expected& row : expected()) {
    CAPTURE(row.processor);
    const std::span<const std::string_view> fields = row.fields;
    for (const std::string_view purpose : Names<Purpose>::list) {
      EgressRequest request = granted(row, fields);
      request.purpose = purpose;
      const bool fits = std::find(row.purposes.begin(), row.purposes.end(), purpose) != row.purposes.end();
      CHECK(table.decide(request, kToday).decision.permitted() == fits);
    }
    for (const Never& never : pack->nevers) {
      EgressRequest request = granted(row, fields);
      request.purpose = never.word;
      const EgressDecision made = table.decide(request, kToday);
      CHECK(made.decision.effect == Effect::deny);
      CHECK(made.facts[condition_index(kEgressCheck, "purpose_not_forbidden")] == Fact::no);
      CHECK(made.send == 0);
    }
    for (const Fact lacking : {Fact::no, Fact::unknown}) {
      EgressRequest request = granted(row, fields);
      request.agreement = lacking;
      CHECK(table.decide(request, kToday).send == 0);
      request = granted(row, fields);
      request.engaged = lacking;
      CHECK(table.decide(request, kToday).send == 0);
      if (row.condition == Guard::none) continue;
      request = granted(row, fields);
      request.guards.set(row.condition, lacking);
      CHECK(table.decide(request, kToday).send == 0);
    }
    EgressRequest abroad = granted(row, fields);
    abroad.country = row.abroad;
    CHECK(table.decide(abroad, kToday).decision.permitted() == row.works_abroad);
  }
}

TEST_CASE("egress: plain ifs agree on every processor, field, purpose, country and condition") {
  CHECK(brute_force(*policy::default_pack()) == "874800 492 93d52fc7f7bd9825");
}

TEST_CASE("egress: plain ifs agree while country lists are in force, and outside their dates") {
  PolicyPack pack = *policy::default_pack();
  const CountryEntry us{"US", Day{kToday.number - 10}, std::nullopt, "S.O. 1"};
  pack.countries.deny = {us, {"DE", Day{kToday.number + 1}, std::nullopt, "S.O. 2"}};
  CHECK(brute_force(pack) == "874800 246 30d18d0435d7c865");
  pack.countries.deny = {};
  pack.countries.allow = {{"IN", Day{kToday.number}, std::nullopt, "S.O. 3"},
                          {"US", Day{0}, kToday, "S.O. 4"}};
  CHECK(brute_force(pack) == "874800 150 639ea4fb501af9a5");
}

TEST_CASE("egress: plain ifs agree on every set of fields of every processor") {
  const auto pack = policy::default_pack();
  const EgressTable table(*pack);
  Count count;
  for (const Expected& row : expected()) {
    std::vector<std::string_view> pool = row.fields;
    pool.push_back("nothing");
    const EgressRule* rule = table.find(row.processor);
    for (unsigned set = 0; set < 1U << pool.size(); ++set) {
      std::vector<std::string_view> fields;
      for (std::size_t i = 0; i < pool.size(); ++i)
        if ((set >> i & 1U) != 0) fields.push_back(pool[i]);
      for (const Guard guard :
           {Guard::redacted, Guard::deidentified, Guard::keyed_hash, Guard::recording_permit})
        for (const Fact met : kFacts) {
          EgressRequest request = granted(row, fields);
          if (guard != rule->processor().guard) request.guards.set(guard, met);
          count.check(table, request, kToday);
        }
    }
  }
  CHECK(count.wrong == 0);
  CHECK(count.decisions > 1'000);
}

TEST_CASE("egress: what cannot be read permits nothing") {
  const auto pack = policy::default_pack();
  const EgressTable table(*pack);
  const Expected& razorpay = expected().front();
  CHECK(table.decide(granted(razorpay, {}), kToday).decision.effect == Effect::deny);
  std::vector<std::string_view> many(kMaxEgressFields, "billing_email");
  CHECK(table.decide(granted(razorpay, many), kToday).send == ~std::uint64_t{0});
  many.push_back("billing_email");
  const EgressDecision crowded = table.decide(granted(razorpay, many), kToday);
  CHECK(crowded.decision.effect == Effect::deny);
  CHECK(crowded.send == 0);
  EgressRequest request = granted(razorpay, razorpay.fields);
  for (const std::string_view code : {"in", "I", "INN", "1N", " IN", "\xff\xff"}) {
    request.country = code;
    CHECK(table.decide(request, kToday).decision.effect == Effect::indeterminate);
  }
  request.processor = "razorpa";
  CHECK(table.decide(request, kToday).decision.effect == Effect::deny);
  request.processor = "";
  CHECK(table.decide(request, kToday).decision.effect == Effect::deny);
  CHECK(GuardFacts{}.set(static_cast<Guard>(200), Fact::yes)[static_cast<Guard>(200)] != Fact::yes);
}

TEST_CASE("transfers: a country is permitted where the processor works and no list speaks against it") {
  PolicyPack pack = *policy::default_pack();
  const auto effect = [&](const char* processor, std::string_view country, Fact agreement, Day day) {
    const EgressTable table(pack);
    return evaluate(transfer_facts(table.find(processor), table.countries(), country, agreement, day)).effect;
  };
  CHECK(effect("livekit", "US", Fact::yes, kToday) == Effect::permit);
  CHECK(effect("livekit", "US", Fact::unknown, kToday) == Effect::indeterminate);
  CHECK(effect("razorpay", "US", Fact::yes, kToday) == Effect::deny);
  CHECK(effect("stranger", "IN", Fact::yes, kToday) == Effect::deny);
  CHECK(effect("livekit", "usa", Fact::yes, kToday) != Effect::permit);
  pack.countries.deny = {{"US", Day{kToday.number}, Day{kToday.number + 2}, "S.O. 1"}};
  CHECK(effect("livekit", "US", Fact::yes, Day{kToday.number - 1}) == Effect::permit);
  CHECK(effect("livekit", "US", Fact::yes, kToday) == Effect::deny);
  CHECK(effect("livekit", "US", Fact::yes, Day{kToday.number + 1}) == Effect::deny);
  CHECK(effect("livekit", "US", Fact::yes, Day{kToday.number + 2}) == Effect::permit);
  pack.countries = {};
  pack.countries.allow = {{"IN", Day{kToday.number}, std::nullopt, "S.O. 2"}};
  CHECK(effect("livekit", "US", Fact::yes, kToday) == Effect::deny);
  CHECK(effect("livekit", "IN", Fact::yes, kToday) == Effect::permit);
  CHECK(effect("livekit", "US", Fact::yes, Day{kToday.number - 1}) == Effect::permit);
}

TEST_CASE("processors: what is new is material, what is narrower is not") {
  const auto pack = policy::default_pack();
  const Processor& before = *pack->find_processor("razorpay");
  const auto changes = [&](auto&& change) {
    Processor after = before;
    change(after);
    std::string text;
    for (const ProcessorChange& c : material_changes(&before, after))
      text.append(name(c.kind)).append(" ").append(c.what).append(";");
    return text;
  };
  CHECK(changes([](Processor&) {}) == "");
  CHECK(changes([](Processor& p) { p.fields.pop_back(); }) == "");
  CHECK(changes([](Processor& p) { p.name = "Razorpay II"; }) == "name razorpay;");
  CHECK(changes([](Processor& p) { p.service = "ads"; }) == "service razorpay;");
  CHECK(changes([](Processor& p) { p.own_fiduciary = true; }) == "own_fiduciary razorpay;");
  CHECK(changes([](Processor& p) { p.fields.push_back({"phone", Guard::none}); }) == "field phone;");
  CHECK(changes([](Processor& p) { p.countries.push_back("US"); }) == "country US;");
  CHECK(changes([](Processor& p) { p.worldwide = true; }) == "country worldwide;");
  CHECK(changes([](Processor& p) { p.purposes.insert(Purpose::analytics); }) == "purpose analytics;");
  CHECK(changes([](Processor& p) { p.countries = {"IN"}; }) == "");
  CHECK(changes([](Processor& p) { p.guard = Guard::written_demand; }) == "");
  // Unless what is asked in its place opens something: an open value is looked at for names, a redacted one is not; and
  // before an AI provider stands another gate, by which notes go.
  CHECK(changes([](Processor& p) { p.guard = Guard::ai_gate; }) == "condition razorpay;");
  CHECK(changes([](Processor& p) { p.fields[3].guard = Guard::redacted; }) == "condition subscription_plan;");
  CHECK(changes([](Processor& p) { p.fields[1].guard = Guard::keyed_hash; }) == "condition billing_email;");
  const Processor& meta = *pack->find_processor("meta_whatsapp");
  Processor looser = meta;
  looser.guard = Guard::none;
  for (ProcessorField& f : looser.fields) f.guard = Guard::none;
  CHECK(material_changes(&meta, looser).size() == 2);
  CHECK(material_changes(nullptr, before).size() == 7);
  Processor bound = before;
  bound.own_fiduciary = true;
  CHECK(material_changes(&bound, before).empty());
}

TEST_CASE("C5-o: until customers were told of another company, the one that they know is held to") {
  const Processor& before = *policy::default_pack()->find_processor("razorpay");
  Processor after = before;
  after.name = "Another";
  after.service = "ads";
  after.own_fiduciary = true;
  const std::optional<Processor> held = held_to(before, after);
  REQUIRE(held);
  CHECK(material_changes(&before, *held).empty());
  CHECK(held_to(after, before)->own_fiduciary == false);
}

TEST_CASE("X29: what is held to what customers know is material beside neither, and is all of a change that is not") {
  constexpr Guard guards[] = {Guard::none, Guard::redacted, Guard::keyed_hash};
  const std::vector<std::string> countries[] = {{}, {"IN"}, {"IN", "SG"}, {"SG"}};
  std::vector<Processor> all;
  for (const Guard guard : guards)
    for (const Guard of_field : guards)
      for (const auto& where : countries)
        for (int bits = 0; bits < 16; ++bits) {
          Processor p;
          p.id = "p";
          p.clause = "C5-c";
          p.guard = guard;
          p.countries = where;
          p.worldwide = (bits & 1) != 0;
          if (p.countries.empty() && !p.worldwide) continue;
          p.fields.push_back({"name", of_field});
          if (bits & 2) p.fields.push_back({"phone", Guard::none});
          p.purposes.insert(Purpose::billing);
          if (bits & 4) p.purposes.insert(Purpose::communication);
          p.agreement_required = (bits & 8) != 0;
          all.push_back(p);
        }
  std::size_t held_back = 0;
  for (const Processor& before : all)
    for (const Processor& after : all) {
      const std::optional<Processor> held = held_to(before, after);
      const bool material = !material_changes(&before, after).empty();
      if (!held) {
        ++held_back;
        if (!material) FAIL("a change that is not material is held back");
        continue;
      }
      const bool meets_both = material_changes(&before, *held).empty() && material_changes(&after, *held).empty() &&
                              held->agreement_required == (before.agreement_required || after.agreement_required);
      if (!meets_both) FAIL("more is held than one of them allows");
      if (held->countries.empty() && !held->worldwide) FAIL("nowhere would read as anywhere");
      if (!material && !material_changes(&*held, after).empty()) FAIL("less is held than both allow");
    }
  CHECK(held_back > 0);
}
