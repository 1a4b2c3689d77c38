// What the diff of two policy packs calls tightening permits nothing that was refused: by enumeration over
// every single change of processors, purposes, countries, visibility and minima.
#include "connex/policy_diff.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "connex/egress.hpp"
#include "connex/posture.hpp"
#include "connex/purpose.hpp"
#include "policy/pack.hpp"

using namespace connex;

namespace {

constexpr Day kToday{20'780};
constexpr Instant kNow{std::int64_t{1'800'000'000} * kMicrosPerSecond};

// What a pack permits, as one bit for each question: sharings, uses of data, what is seen, postures.
std::vector<bool> permissions(const PolicyPack& pack) {
  std::vector<bool> bits;
  const EgressTable table(pack);
  const char* const fields[] = {
      "organisation_name",    "billing_email", "phone",          "message_content", "email",
      "notification_content", "audio_stream",  "recording_file", "uploaded_file",   "note_text",
      "audit_metadata",       "hosted_data",   "surplus"};
  for (const char* processor : {"razorpay", "meta_whatsapp", "google_workspace", "livekit", "cloudflare_r2",
                                "google_gemini", "contabo", "newcomer"})
    for (const std::string_view field : fields)
      for (const std::string_view purpose :
           {"service_delivery", "communication", "billing", "compliance", "sell"})
        for (const std::string_view country : {"IN", "US", "DE"})
          for (unsigned without = 0; without <= kCountOf<Guard>; ++without) {
            EgressRequest request;
            request.processor = processor;
            request.fields = {&field, 1};
            request.purpose = purpose;
            request.country = country;
            request.engaged = request.agreement = Fact::yes;
            for (std::size_t g = 0; g < kCountOf<Guard>; ++g)
              if (g != without) request.guards.set(static_cast<Guard>(g), Fact::yes);
            bits.push_back(table.decide(request, kToday).decision.permitted());
          }
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    for (const std::string_view purpose : Names<Purpose>::list)
      for (const std::string_view operation : Names<Operation>::list)
        for (const bool guarded : {true, false}) {
          GuardFacts guards;
          for (std::size_t g = 0; guarded && g < kCountOf<Guard>; ++g)
            guards.set(static_cast<Guard>(g), Fact::yes);
          bits.push_back(
              evaluate(purpose_facts(pack, static_cast<RecordClass>(c), purpose, operation, guards))
                  .permitted());
        }
  for (std::size_t v = 0; v < kCountOf<Role>; ++v)
    for (std::size_t r = 0; r < kCountOf<Relation>; ++r)
      for (std::size_t s = 0; s < kCountOf<SubjectKind>; ++s)
        for (std::size_t f = 0; f < kCountOf<Field>; ++f)
          for (const Exposure least : {Exposure::generalise, Exposure::show})
            bits.push_back(pack.visibility.at(static_cast<Role>(v), static_cast<Relation>(r),
                                              static_cast<SubjectKind>(s), static_cast<Field>(f)) >= least);
  for (const std::string_view tls : {"1.2", "1.3"})
    for (const std::string_view hash : {"$2b$10$", "$2b$12$", "$2b$14$"})
      for (const std::string_view mode : {"require", "verify-ca", "verify-full"})
        for (const int hours : {1, 12, 24, 48})
          for (const int seconds : {60, 600, 900}) {
            SecurityPosture posture{tls,
                                    "AES-256",
                                    256,
                                    hash,
                                    mode,
                                    Instant{kNow.micros - hours * kMicrosPerHour},
                                    pack.security.storage_country,
                                    seconds};
            bits.push_back(evaluate(posture_facts(pack.security, posture, kNow)).permitted());
          }
  return bits;
}

struct Change {
  std::string name;
  std::function<void(PolicyPack&)> apply;
};

// Every single step from a pack in the directions that a pack can change in.
std::vector<Change> single_changes(const PolicyPack& base) {
  std::vector<Change> all;
  for (std::size_t i = 0; i < base.processors.size(); ++i) {
    const std::string& id = base.processors[i].id;
    const auto on = [&](const std::string& name, std::function<void(Processor&)> change) {
      all.push_back({id + " " + name, [i, change](PolicyPack& p) { change(p.processors[i]); }});
    };
    all.push_back({id + " removed", [i](PolicyPack& p) {
                     p.processors.erase(p.processors.begin() + static_cast<std::ptrdiff_t>(i));
                   }});
    on("surplus", [](Processor& p) { p.fields.push_back({"surplus", Guard::none}); });
    for (std::size_t f = 0; f < base.processors[i].fields.size(); ++f) {
      on("field removed",
         [f](Processor& p) { p.fields.erase(p.fields.begin() + static_cast<std::ptrdiff_t>(f)); });
      for (std::size_t g = 0; g < kCountOf<Guard>; ++g)
        on("field guard", [f, g](Processor& p) { p.fields[f].guard = static_cast<Guard>(g); });
    }
    for (std::size_t g = 0; g < kCountOf<Guard>; ++g)
      on("guard", [g](Processor& p) { p.guard = static_cast<Guard>(g); });
    on("worldwide", [](Processor& p) { p.worldwide = true; });
    on("at home", [](Processor& p) {
      p.worldwide = false;
      p.countries = {"IN"};
    });
    on("no country", [](Processor& p) { p.countries.clear(); });
    on("another country", [](Processor& p) { p.countries.push_back("DE"); });
    for (std::size_t n = 0; n < kCountOf<Purpose>; ++n) {
      on("purpose added", [n](Processor& p) { p.purposes.insert(static_cast<Purpose>(n)); });
      on("one purpose", [n](Processor& p) {
        p.purposes = {};
        p.purposes.insert(static_cast<Purpose>(n));
      });
    }
  }
  all.push_back({"newcomer", [](PolicyPack& p) {
                   Processor made = p.processors.front();
                   made.id = "newcomer";
                   p.processors.push_back(made);
                 }});
  for (const char* country : {"IN", "US", "DE"})
    for (const bool deny : {true, false})
      all.push_back(
          {std::string(country) + (deny ? " denied" : " allowed"), [country, deny](PolicyPack& p) {
             (deny ? p.countries.deny : p.countries.allow).push_back({country, Day{0}, std::nullopt, "list"});
           }});
  for (std::size_t purpose = 0; purpose < kCountOf<Purpose>; ++purpose)
    for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
      for (const bool every : {true, false})
        for (const Guard guard : {Guard::none, Guard::written_demand}) {
          all.push_back({"purpose row", [=](PolicyPack& p) {
                           PurposeRule& rule = p.purposes[purpose][c];
                           rule.operations = {};
                           for (std::size_t o = 0; every && o < kCountOf<Operation>; ++o)
                             rule.operations.insert(static_cast<Operation>(o));
                           rule.guard = guard;
                         }});
        }
  for (std::size_t v = 0; v < kCountOf<Role>; ++v)
    for (std::size_t f = 0; f < kCountOf<Field>; ++f)
      for (const Exposure exposure : {Exposure::hide, Exposure::generalise, Exposure::show})
        all.push_back({"visibility", [=](PolicyPack& p) {
                         p.visibility.set(static_cast<Role>(v), Relation::same_visit, SubjectKind::doctor,
                                          static_cast<Field>(f), exposure);
                       }});
  all.push_back({"no nevers", [](PolicyPack& p) { p.nevers.clear(); }});
  for (const int cost : {10, 14})
    all.push_back({"bcrypt", [=](PolicyPack& p) { p.security.bcrypt_cost = cost; }});
  for (const int hours : {12, 48})
    all.push_back({"backup", [=](PolicyPack& p) { p.security.backup_max_age_hours = hours; }});
  for (const char* mode : {"require", "verify-ca"})
    all.push_back({"sslmode", [=](PolicyPack& p) { p.security.sslmode = mode; }});
  all.push_back({"tls", [](PolicyPack& p) { p.security.tls_minimum = "1.3"; }});
  all.push_back({"url", [](PolicyPack& p) { p.security.url_ttl_seconds = 300; }});
  return all;
}

}  // namespace

TEST_CASE("policy diff: no change that it calls tightening permits anything that was refused") {
  const PolicyPack base = *policy::default_pack();
  const std::vector<bool> before = permissions(base);
  std::size_t tightened = 0;
  std::size_t loosened = 0;
  std::size_t missed = 0;
  for (const Change& change : single_changes(base)) {
    PolicyPack after = base;
    change.apply(after);
    const std::vector<PolicyChange> found = policy_changes(base, after);
    const std::vector<bool> now = permissions(after);
    bool opens = false;
    for (std::size_t i = 0; i < before.size(); ++i) opens = opens || (now[i] && !before[i]);
    if (only_tightens(found) && opens) {
      CAPTURE(change.name);
      CHECK_FALSE(opens);
    }
    if (found.empty() && now != before) ++missed;
    tightened += only_tightens(found) && !found.empty() ? 1 : 0;
    loosened += only_tightens(found) ? 0 : 1;
  }
  CHECK(missed == 0);
  CHECK(tightened > 100);
  CHECK(loosened > 100);
}

TEST_CASE("policy diff: a pack does not differ from itself, and each change is told by its clause") {
  const PolicyPack base = *policy::default_pack();
  CHECK(policy_changes(base, base).empty());
  const auto told = [&](std::function<void(PolicyPack&)> change) {
    PolicyPack after = base;
    change(after);
    std::string out;
    for (const PolicyChange& c : policy_changes(base, after))
      out.append(out.empty() ? "" : "; ")
          .append(name(c.direction))
          .append(" ")
          .append(c.clause)
          .append(" ")
          .append(c.where)
          .append(": ")
          .append(c.what);
    return out;
  };
  const auto recording = static_cast<std::size_t>(RecordClass::recording);
  CHECK(told([&](PolicyPack& p) { p.retention[recording].period.count = 5; }) ==
        "tightening C9-h retention/recording/period: 7 -> 5");
  CHECK(told([&](PolicyPack& p) { p.retention[recording].period.count = 9; }) ==
        "loosening C9-h retention/recording/period: 7 -> 9");
  CHECK(told([&](PolicyPack& p) { p.retention[recording].period.unit = Unit::days; }) ==
        "loosening C9-h retention/recording/period: counted otherwise");
  // Another condition in place of one asks for more and for less.
  CHECK(told([](PolicyPack& p) { p.processors[2].fields[2].guard = Guard::deidentified; }) ==
        "loosening C5-e processors/google_workspace/condition/notification_content: redacted is no longer asked; "
        "tightening C5-e processors/google_workspace/condition/notification_content: deidentified is asked");
  // One in place of none asks for more, but where the value of an open field is looked at.
  CHECK(told([](PolicyPack& p) { p.processors[4].fields[0].guard = Guard::recording_permit; }) ==
        "tightening C5-i processors/cloudflare_r2/condition/uploaded_file: recording_permit is asked");
  CHECK(told([](PolicyPack& p) { p.processors[2].fields[0].guard = Guard::redacted; }) ==
        "loosening C5-e processors/google_workspace/condition/email: no longer looked at like an open value; "
        "tightening C5-e processors/google_workspace/condition/email: redacted is asked");
  CHECK(told([](PolicyPack& p) { p.processors[0].guard = Guard::ai_gate; }) ==
        "loosening C5-c processors/razorpay/condition/razorpay: now an AI provider; "
        "tightening C5-c processors/razorpay/condition/razorpay: ai_gate is asked");
  CHECK(told([](PolicyPack& p) { p.processors[3].guard = Guard::none; }) ==
        "loosening C5-f processors/livekit/condition/livekit: virtual_visits_opt_in is no longer asked");
  const auto analytics = static_cast<std::size_t>(Purpose::analytics);
  const auto aggregate = static_cast<std::size_t>(RecordClass::analytics_aggregate);
  CHECK(told([&](PolicyPack& p) { p.purposes[analytics][aggregate].guard = Guard::written_demand; }) ==
        "tightening C3-c purposes/analytics/analytics_aggregate/guard: written_demand is asked; "
        "loosening C3-c purposes/analytics/analytics_aggregate/guard: aggregated_or_consented is no longer asked");
  CHECK(told([](PolicyPack& p) { p.processors.pop_back(); }) ==
        "tightening C4-a processors/contabo: removed");
  CHECK(told([](PolicyPack& p) { p.processors[0].countries.push_back("US"); }) ==
        "loosening C5-c processors/razorpay/country/US: added");
  CHECK(told([](PolicyPack& p) { p.contacts.support_email = "help@medismo.in"; }) ==
        "wording C13-a contacts: changed");
  CHECK(told([](PolicyPack& p) { p.aggregation_k = 20; }) == "tightening C3-c aggregation_k: 10 -> 20");
  CHECK(told([](PolicyPack& p) { p.notices.policy_days = 7; }) ==
        "loosening C12-b notices/policy_days: 15 -> 7");
  CHECK(told([](PolicyPack& p) { p.accounts.adult_age = 21; }) ==
        "tightening C10-a accounts/adult_age: 18 -> 21");
}

namespace {

// Every list of at most two entries, of two countries and three spans of days.
std::vector<std::vector<CountryEntry>> short_lists() {
  std::vector<CountryEntry> entries;
  for (const char* country : {"IN", "US"})
    for (const auto& [from, until] : {std::pair<int, std::optional<Day>>{0, std::nullopt}, {10, Day{20}}, {15, Day{30}}})
      entries.push_back({country, Day{from}, until, "order"});
  std::vector<std::vector<CountryEntry>> lists{{}};
  for (std::size_t a = 0; a < entries.size(); ++a) {
    lists.push_back({entries[a]});
    for (std::size_t b = 0; b < entries.size(); ++b)
      if (a != b) lists.push_back({entries[a], entries[b]});
  }
  return lists;
}

}  // namespace

TEST_CASE("policy diff: whatever lists of countries stand in place of whatever others, what closes is told and what opens, and held to both is neither") {
  std::vector<CountryRules> all;
  const auto lists = short_lists();
  for (const auto& deny : lists)
    for (const auto& allow : lists)
      if (deny.size() < 2 || allow.empty()) all.push_back({deny, allow});
  PolicyPack from = *policy::default_pack();
  PolicyPack to = from;
  from.processors.clear();  // for speed
  to.processors.clear();
  std::size_t wrong = 0;
  std::size_t both = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i % 5; j < all.size(); j += 5) {
      const CountryRules held = held_to(all[i], all[j]);
      bool closes = false;
      bool opens = false;
      for (const char* country : {"IN", "US", "CN"})
        for (const int day : {-1, 0, 9, 10, 14, 15, 19, 20, 29, 30, 99}) {
          const bool was = all[i].permits(country, Day{day});
          const bool is = all[j].permits(country, Day{day});
          closes = closes || (was && !is);
          opens = opens || (is && !was);
          wrong += held.permits(country, Day{day}) == (was && is) ? 0U : 1U;
        }
      from.countries = all[i];
      to.countries = all[j];
      bool tightens = false;
      bool loosens = false;
      for (const PolicyChange& change : policy_changes(from, to)) {
        tightens = tightens || change.direction == Direction::tightening;
        loosens = loosens || change.direction == Direction::loosening;
      }
      wrong += tightens == closes && loosens == opens ? 0U : 1U;
      both += closes && opens ? 1U : 0U;
    }
  CHECK(wrong == 0);
  CHECK(both > 1'000);
}
