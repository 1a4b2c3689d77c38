// Every pointer of the policy pack, changed in every way that still makes a valid pack: the diff tells each change,
// and nothing that it calls tightening permits what was refused. What a pack permits is asked of the rules that
// decide it: sharings, uses, views, postures, periods, visits, recordings, deadlines, notices, groups, attestations.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "connex/aggregation.hpp"
#include "connex/deadline.hpp"
#include "connex/egress.hpp"
#include "connex/policy_diff.hpp"
#include "connex/posture.hpp"
#include "connex/purpose.hpp"
#include "connex/retention.hpp"
#include "connex/visibility.hpp"
#include "policy/pack.hpp"
#include "services/redaction.hpp"
#include "services/visit_facts.hpp"

using namespace connex;
using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

constexpr Instant kNow{std::int64_t{1'800'000'000} * kMicrosPerSecond};

using Bits = std::vector<bool>;

void sharings(const PolicyPack& pack, Bits& bits) {
  const EgressTable table(pack);
  const std::string_view fields[] = {"organisation_name", "billing_email",  "phone",         "message_content",
                                     "email",             "audio_stream",   "recording_file", "uploaded_file",
                                     "note_text",         "audit_metadata", "hosted_data",   "surplus"};
  for (const char* processor : {"razorpay", "meta_whatsapp", "google_workspace", "livekit", "cloudflare_r2",
                                "google_gemini", "anthropic_claude", "contabo", "newcomer"})
    for (const std::string_view& field : fields)
      for (const std::string_view purpose : {"service_delivery", "communication", "billing", "sell"})
        for (const std::string_view country : {"", "IN", "US", "DE"})
          for (const std::size_t without :
               {static_cast<std::size_t>(Guard::recording_permit), static_cast<std::size_t>(Guard::redacted),
                kCountOf<Guard>})
            for (const Day day : {Day{20'000}, Day{20'800}}) {
              EgressRequest request;
              request.processor = processor;
              request.fields = {&field, 1};
              request.purpose = purpose;
              request.country = country;
              request.engaged = request.agreement = Fact::yes;
              for (std::size_t g = 0; g < kCountOf<Guard>; ++g)
                if (g != without) request.guards.set(static_cast<Guard>(g), Fact::yes);
              bits.push_back(table.decide(request, day).decision.permitted());
            }
}

void uses(const PolicyPack& pack, Bits& bits) {
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    for (std::size_t p = 0; p < kCountOf<Purpose> + pack.nevers.size() + 1; ++p)
      for (const std::string_view operation : Names<Operation>::list)
        for (const bool guarded : {true, false}) {
          GuardFacts guards;
          for (std::size_t g = 0; guarded && g < kCountOf<Guard>; ++g)
            guards.set(static_cast<Guard>(g), Fact::yes);
          if (p >= kCountOf<Purpose>) break;
          bits.push_back(evaluate(purpose_facts(pack, static_cast<RecordClass>(c), Names<Purpose>::list[p],
                                                operation, guards))
                             .permitted());
        }
  for (const std::string_view word : {"sell", "sale", "trade", "marketing", "advertising", "third_party_marketing",
                                      "train", "training", "ai_training", "transcribe", "transcription", "clinical",
                                      "clinical_use", "diagnosis", "prescription"})
    bits.push_back(pack.find_never(word) == nullptr);
}

void views(const PolicyPack& pack, Bits& bits) {
  for (std::size_t v = 0; v < kCountOf<Role>; ++v) {
    bits.push_back(pack.roles[v].joins_visits);
    bits.push_back(!pack.roles[v].needs_purpose);
    bits.push_back(!pack.roles[v].needs_ticket);
    for (const std::string_view purpose : Names<Purpose>::list)
      for (const bool ticket : {false, true}) {
        const auto viewer = static_cast<Role>(v);
        EnumSet<Relation> found;
        if (states_enough(pack, viewer, purpose, ticket)) found.insert(Relation::staff_with_purpose);
        const View seen = view(pack.visibility, viewer, found, SubjectKind::doctor, pack.unneeded_for(purpose));
        for (std::size_t f = 0; f < kCountOf<Field>; ++f) {
          bits.push_back(seen.show.contains(static_cast<Field>(f)));
          bits.push_back(!seen.hide.contains(static_cast<Field>(f)));
        }
      }
    for (std::size_t r = 0; r < kCountOf<Relation>; ++r)
      for (std::size_t s = 0; s < kCountOf<SubjectKind>; ++s)
        for (std::size_t f = 0; f < kCountOf<Field>; ++f)
          for (const Exposure least : {Exposure::generalise, Exposure::show})
            bits.push_back(pack.visibility.at(static_cast<Role>(v), static_cast<Relation>(r),
                                              static_cast<SubjectKind>(s), static_cast<Field>(f)) >= least);
  }
}

void postures(const PolicyPack& pack, Bits& bits) {
  for (const std::string_view tls : {"1.2", "1.3"})
    for (const std::string_view hash : {"$2b$10$", "$2b$12$", "$2b$14$"})
      for (const std::string_view mode : {"require", "verify-ca", "verify-full"})
        for (const int hours : {1, 12, 24, 48, 800})
          for (const int seconds : {1, 60, 899, 900}) {
            SecurityPosture posture{tls,  "AES-256", 256, hash, mode, Instant{kNow.micros - hours * kMicrosPerHour},
                                    "IN", seconds};
            bits.push_back(evaluate(posture_facts(pack.security, posture, kNow)).permitted());
          }
  // Sharings and commands with each single claim missing, or out of date.
  for (const std::string_view lacking :
       {"pci_dss", "media_encryption", "no_automatic_egress", "recording_destination", "object_storage_encryption",
        "region:cloudflare_r2", "hosting_certificate", "at_rest_encryption", "tls", "canary:denied_egress",
        "canary:erasure", "canary:expired_url", "other"})
    for (const bool stale : {false, true}) {
      const auto open = [&](const Dependency& row) {
        const bool named = std::find(row.claims.begin(), row.claims.end(), lacking) != row.claims.end();
        return !named || (!stale && row.asked == Asked::once_stated);
      };
      for (const std::string_view id : {"razorpay", "meta_whatsapp", "google_workspace", "livekit", "cloudflare_r2",
                                        "google_gemini", "anthropic_claude", "contabo", "newcomer"})
        for (const std::string_view field : {"recording_file", "audio_stream", "surplus"})
          bits.push_back(std::all_of(pack.dependencies.begin(), pack.dependencies.end(), [&](const Dependency& row) {
            return open(row) || !row.bears_on(id) || !row.bears_on_field(field);
          }));
      for (const std::string_view command : {"visit.join", "recording.access", "visit.book"})
        bits.push_back(std::all_of(pack.dependencies.begin(), pack.dependencies.end(), [&](const Dependency& row) {
          return open(row) || !row.bears_on_command(command);
        }));
    }
}

// Whether a record may be used, and whether it is still there.
void periods(const PolicyPack& pack, Bits& bits) {
  const RetentionTable table(pack);
  for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c)
    for (const std::int64_t days : {0, 1, 29, 30, 89, 90, 91, 179, 180, 181, 364, 366, 729, 731, 1'094, 1'097, 2'554,
                                    2'558, 2'919, 2'923, 3'287, 3'700})
      for (const bool erasure : {false, true})
        for (const std::size_t hold : {kCountOf<HoldBasis>, std::size_t{0}, std::size_t{3}, std::size_t{4}}) {
          HoldFacts placed;
          placed.placed_at = {kNow.micros - days * kMicrosPerDay};
          RetentionFacts facts;
          facts.record_class = static_cast<RecordClass>(c);
          facts.collected_at = {kNow.micros - days * kMicrosPerDay};
          facts.trigger_at = facts.collected_at;
          if (erasure) facts.erasure_accepted_at = facts.collected_at;
          if (hold < kCountOf<HoldBasis>) {
            placed.basis = static_cast<HoldBasis>(hold);
            facts.holds = {&placed, 1};
          }
          const RetentionDecision made = table.evaluate(facts, kNow);
          bits.push_back(made.usable);
          bits.push_back(made.state != RetentionState::due);
        }
}

void times(const PolicyPack& pack, Bits& bits) {
  services::Visit visit;
  visit.starts_at = kNow;
  visit.ends_at = {kNow.micros + 30 * kMicrosPerMinute};
  for (const services::VisitState state : {services::VisitState::booked, services::VisitState::started}) {
    visit.state = state;
    if (state == services::VisitState::started) visit.started_at = kNow;
    for (const std::int64_t minute : {-1'441, -61, -60, -59, -31, -30, -29, -15, -1, 0, 29, 30, 31, 44, 45, 59, 60, 61,
                                      90, 91, 1'470, 1'471})
      bits.push_back(services::is_current(visit, pack, {kNow.micros + minute * kMicrosPerMinute}));
  }
  const auto up_to = [&](std::int64_t longest, std::initializer_list<std::int64_t> lengths) {
    for (const std::int64_t length : lengths) bits.push_back(length <= longest);
  };
  const auto from = [&](std::int64_t shortest, std::initializer_list<std::int64_t> lengths) {
    for (const std::int64_t length : lengths) bits.push_back(length >= shortest);
  };
  up_to(pack.visit.max_duration_minutes, {1, 30, 1'439, 1'440, 1'441, 2'881});
  up_to(pack.recording.permit_ttl_seconds, {1, 60, 899, 900, 901, 1'801});
  up_to(pack.recording.stop_grace_seconds, {0, 1, 9, 10, 11, 21});
  up_to(pack.recording.grant_ttl_seconds, {1, 899, 900, 901, 1'801});
  up_to(pack.holds.review_days, {1, 89, 90, 91, 181});
  up_to(pack.accounts.reactivation_days, {0, 1, 89, 90, 91, 181});
  up_to(pack.accounts.minor_erasure_days, {0, 1, 2, 3});
  from(pack.accounts.adult_age, {17, 18, 19, 21, 37});
  from(pack.notices.policy_days, {0, 1, 14, 15, 16, 31});
  from(pack.notices.processor_days, {0, 1, 14, 15, 16, 31});
  for (std::size_t right = 0; right < kCountOf<Right>; ++right)
    for (const int day : {0, 1, 27, 28, 29, 30, 31, 61})
      for (const Instant received : {Instant{kNow.micros}, Instant{kNow.micros + 400 * kMicrosPerDay}}) {
        const ResponseDeadline due = response_deadline(pack.rights, pack.offset, static_cast<Right>(right), received);
        bits.push_back(received.micros + day * kMicrosPerDay <= due.due_at.micros);
      }
}

void groups(const PolicyPack& pack, Bits& bits) {
  const std::vector<std::int64_t> tables[] = {{9, 10, 11, 12},  {3, 30, 30, 30},  {10, 10, 20, 20}, {1, 2, 3, 4},
                                              {20, 21, 19, 50}, {0, 15, 15, 100}, {8, 9, 40, 41}};
  for (const std::vector<std::int64_t>& counts : tables) {
    const SuppressedTable made = suppress_small_cells(counts, 2, pack.aggregation_k);
    bits.push_back(made.passes);
    for (std::size_t i = 0; i < counts.size(); ++i)
      bits.push_back(!made.hidden[i]);
  }
  for (const int people : {1, 2, 9, 10, 11, 20, 21}) bits.push_back(people >= pack.aggregation_k);
}

// What of some texts is left to be read.
void texts(const PolicyPack& pack, Bits& bits) {
  for (const char* channel : {"message", "note", "ticket", "notification"}) {
    const auto redactor = services::Redactor::make(pack, channel, {});
    REQUIRE(redactor);
    for (const std::string_view text :
         {"see https://doi.org/10.1000/182 for it", "https://pubmed.ncbi.nlm.nih.gov/123456/", "room 98200 55443",
          "ask at example.org/x", "https://clinicaltrials.gov/a", "https://www.who.int/b", "the code is 4455 6677 88",
          "https://ctri.nic.in/c", "meet at 14 Marine Drive", "ping me @asha_rao"}) {
      std::vector<Finding> findings;
      bits.push_back(find_contact_details(text, (*redactor)->options(), findings) && findings.empty());
    }
  }
}

using Ask = void (*)(const PolicyPack&, Bits&);
constexpr Ask kAsks[] = {sharings, uses, views, postures, periods, times, groups, texts};

// The questions that a section of the pack bears on; of any that is not listed, all.
std::vector<Ask> asks_of(std::string_view pointer) {
  const std::pair<std::string_view, std::vector<Ask>> sections[] = {
      {"/visibility/", {views}},
      {"/roles/", {views}},
      {"/purposes/", {uses, sharings}},
      {"/retention/", {periods}},
      {"/legal_floors/", {periods}},
      {"/processors/", {sharings, postures}},
      {"/dependencies/", {postures}},
      {"/errata/", {times}},
      {"/assumptions/", {times}},
  };
  for (const auto& [prefix, asks] : sections)
    if (pointer.starts_with(prefix)) return asks;
  return {std::begin(kAsks), std::end(kAsks)};
}

using Answers = std::map<Ask, Bits>;

Answers permissions(const PolicyPack& pack, const std::vector<Ask>& asks) {
  Answers answers;
  for (const Ask ask : asks) ask(pack, answers[ask]);
  return answers;
}

// Values that stand at the same member somewhere in the pack, and some that might.
using Known = std::map<std::string, std::vector<value>, std::less<>>;

void collect(const value& v, const std::string& member, Known& known) {
  if (const object* o = v.if_object()) {
    for (const auto& [key, entry] : *o) collect(entry, std::string(key), known);
  } else if (const array* a = v.if_array()) {
    for (const value& entry : *a) collect(entry, member, known);
  } else {
    auto& list = known[member];
    if (std::find(list.begin(), list.end(), v) == list.end()) list.push_back(v);
  }
}

// Calls `visit(pointer, mutant)` with the document changed at one place.
class Mutator {
 public:
  Mutator(value document, std::function<void(const std::string&, const value&)> visit)
      : document_(std::move(document)), visit_(std::move(visit)) {
    collect(document_, "", known_);
    for (const char* member : {"from", "from_other", "until", "last_updated"})
      known_[member].insert(known_[member].end(), {nullptr, "2020-01-01", "2026-01-01", "2031-01-01"});
    known_["tls_minimum"].emplace_back("1.3");
    for (const char* mode : {"require", "verify-ca"}) known_["sslmode"].emplace_back(mode);
    for (const char* country : {"IN", "US", "DE"}) known_["countries"].emplace_back(country);
    for (const char* list : {"deny", "allow"})
      for (const char* country : {"IN", "CN"})
        known_[list].push_back({{"country", country}, {"from", "2026-01-01"}, {"until", nullptr}, {"source", "S.O. 3"}});
    for (const char* guard : {"none", "aggregated_or_consented", "written_demand"}) known_["guard"].emplace_back(guard);
    known_["asked"].emplace_back("once_stated");
  }
  std::set<std::string> pointers;  // of leaves, lists and members of lists

  // At and below a member, or everywhere.
  void run(std::string_view only = {}) {
    if (only.empty()) return walk(document_, "", "");
    walk(document_.at(only), "/" + std::string(only), only);
  }

 private:
  void attempt(value& place, const value& other, const std::string& pointer) {
    if (place == other) return;
    value before = std::move(place);
    place = other;
    visit_(pointer, document_);
    place = std::move(before);
  }
  void walk(value& place, const std::string& pointer, std::string_view member) {
    if (pointer == "/visibility/rows") return;  // each cell of the matrix has its turn in policy_diff_test.cpp
    if (place.is_object()) {
      for (auto& entry : place.get_object())
        walk(entry.value(), pointer + "/" + std::string(entry.key()), std::string_view(entry.key()));
      return;
    }
    pointers.insert(pointer);
    if (place.is_array()) return list(place, pointer, member);
    if (place.is_int64()) {
      const std::int64_t n = place.get_int64();
      for (const std::int64_t other : {n - 1, n + 1, n / 2, n * 2 + 1}) attempt(place, other, pointer);
    } else if (place.is_bool()) {
      attempt(place, !place.get_bool(), pointer);
    } else {
      const auto alike = known_.find(member);
      std::size_t tried = 0;
      for (std::size_t i = 0; alike != known_.end() && i < alike->second.size() && tried < (pointer.starts_with("/errata/") ? 1U : 3U); ++i, ++tried)
        attempt(place, alike->second[i], pointer);
      if (place.is_string()) attempt(place, value(std::string(place.get_string()) + "x"), pointer);
    }
  }
  void list(value& place, const std::string& pointer, std::string_view member) {
    const bool of_objects = !place.get_array().empty() && place.get_array().front().is_object();
    for (std::size_t i = 0; i < place.get_array().size(); ++i) {
      array fewer = place.get_array();
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      attempt(place, fewer, pointer + "/" + std::to_string(i));
      if (!of_objects) continue;
      array more = place.get_array();
      for (const char* key : {"id", "word"})
        if (more[i].as_object().contains(key)) more[i].as_object()[key] = "newcomer";
      more.push_back(place.get_array()[i]);
      attempt(place, more, pointer + "/" + std::to_string(i));
      walk(place.get_array()[i], pointer + "/" + std::to_string(i), member);
    }
    if (of_objects && !pointer.starts_with("/countries/")) return;
    const auto alike = known_.find(member);
    if (alike == known_.end()) return;
    for (const value& other : alike->second) {
      array more = place.get_array();
      if (std::find(more.begin(), more.end(), other) == more.end()) more.push_back(other);
      attempt(place, more, pointer);
    }
  }

  value document_;
  std::function<void(const std::string&, const value&)> visit_;
  Known known_;
};

bool opens(const Answers& before, const Answers& now) {
  for (const auto& [ask, bits] : now)
    for (std::size_t i = 0; i < bits.size(); ++i)
      if (bits[i] && !before.at(ask)[i]) return true;
  return false;
}

// A pack that has something in every list, so that there is something to take away.
value full_pack() {
  value document = boost::json::parse(policy::default_pack()->canonical);
  object& countries = document.at("countries").as_object();
  countries["deny"] = array{{{"country", "DE"}, {"from", "2026-01-01"}, {"until", nullptr}, {"source", "S.O. 1"}}};
  countries["allow"] = array{{{"country", "IN"}, {"from", "2026-01-01"}, {"until", "2030-01-01"}, {"source", "S.O. 2"}},
                             {{"country", "US"}, {"from", "2026-01-01"}, {"until", nullptr}, {"source", "S.O. 2"}}};
  return document;
}

// What is closed to somebody by a change of the lists of countries must be told as such: it acts at once, on everybody.
bool closes(const PolicyPack& before, const PolicyPack& now) {
  for (const char* country : {"IN", "US", "DE", "CN"})
    for (const Day day : {Day{18'000}, Day{18'500}, Day{20'000}, Day{20'800}, Day{22'000}, Day{23'000}})
      if (before.countries.permits(country, day) && !now.countries.permits(country, day)) return true;
  return false;
}

// With lists of permitted countries, and without.
value with_allowed(value document, array allow) {
  document.at("countries").as_object()["allow"] = std::move(allow);
  return document;
}

void enumerate(const value& document, std::size_t least, std::string_view only = {}) {
  const auto base = policy::load(boost::json::serialize(document));
  REQUIRE_MESSAGE(base, base.error().message);
  const Answers before = permissions(**base, {std::begin(kAsks), std::end(kAsks)});
  std::size_t valid = 0;
  std::size_t tightened = 0;
  std::set<std::string> changed;
  std::set<std::string> unknown;
  std::set<std::string> opened;
  std::set<std::string> unclosed;
  Mutator mutator(document, [&](const std::string& pointer, const value& mutant) {
    const auto after = policy::load(boost::json::serialize(mutant));
    if (!after) return;
    ++valid;
    changed.insert(pointer);
    if (pointer == "/version") return;
    const std::vector<PolicyChange> found = policy_changes(**base, **after);
    if (found.empty()) unknown.insert(pointer);
    if (closes(**base, **after) && std::ranges::none_of(found, [](const PolicyChange& change) {
          return change.direction == Direction::tightening && change.where.starts_with("countries/");
        }))
      unclosed.insert(pointer);
    if (found.empty() || !only_tightens(found)) return;
    const bool tightens = std::any_of(found.begin(), found.end(), [](const PolicyChange& change) {
      return change.direction == Direction::tightening;
    });
    tightened += tightens ? 1 : 0;
    if (opens(before, permissions(**after, asks_of(pointer)))) opened.insert(pointer + " " + found.front().where + " " + found.front().what);
  });
  mutator.run(only);
  const auto joined = [](const std::set<std::string>& set) {
    std::string out;
    for (const std::string& s : set) out.append(s).append("\n");
    return out;
  };
  CHECK(joined(unknown) == "");
  CHECK(joined(opened) == "");
  CHECK(joined(unclosed) == "");
  CHECK(tightened > least);
  MESSAGE(valid, " changes at ", changed.size(), " pointers, ", tightened,
          " of them tighten");
  // Where no change makes a valid pack, the schema or a reference fixes the value.
  std::string fixed;
  for (const std::string& pointer : mutator.pointers)
    if (!changed.contains(pointer)) fixed.append(pointer).append("\n");
  MESSAGE("fixed: ", fixed);
}

}  // namespace

TEST_CASE("monotone: at every pointer of the pack, what the diff calls tightening permits nothing that was refused" *
          doctest::skip()) {  // takes minutes: a test of its own
  enumerate(full_pack(), 300);
  enumerate(with_allowed(full_pack(), {}), 3, "countries");
  const value one = full_pack().at("countries").at("allow").at(0);
  enumerate(with_allowed(full_pack(), array{one}), 3, "countries");
}
