// Every pointer of the policy pack, changed in every way that still makes a valid pack: the diff tells each change,
// and nothing that it calls tightening permits what was refused. What a pack permits is asked of the rules that
// decide it: sharings, uses, views, postures, periods, visits, recordings, deadlines, notices, groups, attestations; and
// of an engine, what of some values is sent.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>

#include "connex/aggregation.hpp"
#include "connex/deadline.hpp"
#include "connex/egress.hpp"
#include "connex/engine.hpp"
#include "connex/keys.hpp"
#include "connex/policy_diff.hpp"
#include "connex/posture.hpp"
#include "connex/purpose.hpp"
#include "connex/retention.hpp"
#include "connex/stores.hpp"
#include "connex/visibility.hpp"
#include "policy/pack.hpp"
#include "services/redaction.hpp"
#include "services/visit_facts.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
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
  const auto ask = [&](const std::vector<std::int64_t>& counts, std::size_t columns) {
    const SuppressedTable made = suppress_small_cells(counts, columns, pack.aggregation_k);
    bits.push_back(made.passes);
    for (std::size_t i = 0; i < counts.size(); ++i) bits.push_back(!made.hidden[i]);
  };
  for (const std::vector<std::int64_t>& counts : tables) ask(counts, 2);
  std::mt19937 random(20261201);
  for (const auto& [cells, columns] : {std::pair<std::size_t, std::size_t>{4, 4}, {4, 2}, {6, 3}, {9, 3}, {12, 4}})
    for (int n = 0; n < 30; ++n) {
      std::vector<std::int64_t> counts(cells);
      for (std::int64_t& count : counts) count = static_cast<std::int64_t>(random() % 31);
      ask(counts, columns);
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

// Up to three fields with values, which are asked for together and in every part.
struct Family {
  const char* processor;
  const char* purpose;
  const char* country;
  object context;
  object fields;
};

const std::vector<Family>& families() {
  const object asha{{"principals", array{"asha"}}};
  const object note{{"principals", array{"asha"}}, {"source", "completion_note"}};
  const std::string keyed = "hmac-sha256:k1:" + std::string(64, 'a');
  const std::string digits = "hmac-sha256:k1:" + std::string(22, 'a') + "9820055443" + std::string(32, 'b');
  const object both{{"principals", array{"asha", "bina"}}};
  static const std::vector<Family> all{
      Family{"razorpay", "billing", "", asha,
       object{{"subscription_plan", "gold"}, {"payment_amount", 5}, {"organisation_name", "City Clinic"}}},
      Family{"razorpay", "billing", "DE", asha, object{{"subscription_plan", "gold"}, {"payment_amount", 5}}},
      Family{"razorpay", "billing", "IN", asha,
       object{{"subscription_plan", "gold for Asha Venkataraman"}, {"payment_amount", 5}, {"billing_email", "asha@city.example"}}},
      Family{"razorpay", "billing", "IN", asha,
       object{{"subscription_plan", "see https://doi.org/10.1000/182"}, {"payment_amount", digits}, {"billing_email", "https://doi.org/10.1000/182"}}},
      Family{"razorpay", "billing", "IN", asha,
       object{{"subscription_plan", "Venkataraman"}, {"payment_amount", keyed}, {"organisation_name", "call 98200 55443"}}},
      Family{"meta_whatsapp", "communication", "IN", asha,
       object{{"phone", "+91 98200 33333"}, {"template_id", "Asha Venkataraman"}, {"message_content", "Asha Venkataraman, at ten."}}},
      Family{"meta_whatsapp", "communication", "IN", both,
       object{{"phone", "+91 98200 33333"}, {"template_id", "t-1"}, {"message_content", "Call 98200 55443"}}},
      Family{"google_workspace", "communication", "IN", asha,
       object{{"email", "asha@city.example"}, {"name", "see https://doi.org/10.1000/182"}, {"notification_content", "Asha Venkataraman"}}},
      Family{"google_workspace", "communication", "IN", asha,
       object{{"email", "asha@city.example"}, {"name", "Asha Venkataraman"}, {"notification_content", "Call 98200 55443"}}},
      Family{"livekit", "service_delivery", "", asha, object{{"participant_id", "p-1"}, {"room_metadata", "Venkataraman"}}},
      Family{"google_gemini", "service_delivery", "IN", note,
       object{{"note_text", "Asha Venkataraman agreed."}, {"audit_metadata", keyed}, {"surplus", "x"}}},
      Family{"google_gemini", "service_delivery", "IN", note,
       object{{"note_text", "The product was explained."}, {"audit_metadata", digits}}},
      Family{"google_gemini", "service_delivery", "IN", note,
       object{{"note_text", "The product was explained."}, {"audit_metadata", "98200 55443"}}},
      Family{"contabo", "service_delivery", "", asha, object{{"hosted_data", "Asha Venkataraman"}}},
  };
  return all;
}

// Which fields are sent of each part of each family, as bits of its fields.
using Sent = std::vector<unsigned>;

// An engine on a pack, with people of whom the values tell.
class Host {
 public:
  explicit Host(const PolicyPack& pack) {
    EngineOptions options;
    options.store = store::make_memory_store();
    options.key_provider = keys::make_ephemeral_key_provider();
    options.caller_clock = true;
    options.policy = pack.canonical;
    engine_ = std::move(Engine::open(std::move(options)).value());
    done((*this)("organisation.put", "system", {{"id", "city"}, {"kind", "clinic"}, {"name", "City Clinic"}}));
    for (const auto& [id, name, phone] :
         {std::tuple{"asha", "Asha Venkataraman", "+91 98200 33333"}, {"bina", "Bina Kulkarni", "+91 98200 44444"}})
      done((*this)("principal.register", "system",
                   {{"id", id}, {"role", "doctor"}, {"name", name}, {"phone", phone}, {"adult_attested", true},
                    {"email", std::string(id) + "@city.example"}, {"organisation", "city"}}));
    done((*this)("principal.register", "system",
                 {{"id", "st"}, {"role", "staff"}, {"name", "Chitra Rao"}, {"adult_attested", true}}));
    done((*this)("bridge.set", "asha", {{"principal", "asha"}, {"enabled", true}}));
    for (const Processor& listed : pack.processors) attest("agreement:" + listed.id);
    for (const char* claim : {"pci_dss", "media_encryption", "ai_enabled", "no_training:google_gemini",
                              "hosting_certificate"})
      attest(claim);
    attest("region:contabo", "IN");
    attest("at_rest_encryption", "AES-256");
    attest("tls", "1.3");
  }
  Answer operator()(std::string_view command, std::string_view actor, const Args& args) {
    return Answer(engine_->execute(boost::json::serialize(object{
        {"command", command}, {"actor", actor}, {"at", "2026-11-23T10:00:00+05:30"}, {"args", args}})));
  }
  static void done(const Answer& answer) { REQUIRE_MESSAGE(answer.ok(), answer.line()); }
  void attest(std::string_view claim, const value& said = true) {
    done((*this)("attestation.put", "system",
                 {{"claim", claim}, {"value", said}, {"evidence_ref", "doc-1"}, {"valid_until", "2027-11-23T10:00:00+05:30"}}));
  }
  Sent ask() {
    Sent all;
    for (const Family& family : families())
      for (unsigned part = 1; part < 1U << family.fields.size(); ++part) {
        object fields;
        for (std::size_t i = 0; i < family.fields.size(); ++i)
          if ((part >> i & 1U) != 0) fields.insert(family.fields.begin() + i, family.fields.begin() + i + 1);
        Args args{{"processor", family.processor}, {"fields", fields}, {"purpose", family.purpose}, {"context", family.context}};
        if (*family.country != '\0') args["country"] = family.country;
        const Answer answer = (*this)("egress.check", "system", args);
        done(answer);
        unsigned sent = 0;
        if (answer.permitted())
          for (const value& name : answer.result().at("send").as_array())
            for (std::size_t i = 0; i < family.fields.size(); ++i)
              if (name == family.fields.begin()[i].key()) sent |= 1U << i;
        all.push_back(sent);
      }
    return all;
  }

 private:
  std::unique_ptr<Engine> engine_;
};

// The first family and part of it of which something leaves that could not have left before: not as it leaves, with
// whatever else of the request. Empty: none.
std::string leak(const Sent& before, const Sent& now) {
  std::size_t at = 0;
  for (const Family& family : families()) {
    for (unsigned part = 1; part < 1U << family.fields.size(); ++part) {
      const unsigned sent = now[at + part - 1];
      bool could = sent == 0;
      for (unsigned of = 1; of <= part && !could; ++of)
        could = (of & part) == of && (sent & of) == sent && (before[at + of - 1] & sent) == sent;
      if (could) continue;
      std::string told = std::string(family.processor) + " " + family.country;
      for (std::size_t i = 0; i < family.fields.size(); ++i)
        if ((part >> i & 1U) != 0) told.append((sent >> i & 1U) != 0 ? " +" : " -").append(family.fields.begin()[i].key());
      return told;
    }
    at += (std::size_t{1} << family.fields.size()) - 1;
  }
  return "";
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
      {"/aggregation_k", {groups}},
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
  document.at("processors").at(0).at("countries") = array{"IN", "US", "DE"};
  document.at("processors").at(3).at("countries") = array{"US", "DE"};
  document.at("processors").at(3).at("worldwide") = false;
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
  const Sent sent = Host(**base).ask();
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
    const std::string told = pointer + " " + found.front().where + " " + found.front().what;
    if (opens(before, permissions(**after, asks_of(pointer)))) opened.insert(told);
    if (!pointer.starts_with("/processors/") && !pointer.starts_with("/redaction/")) return;
    if (const std::string first = leak(sent, Host(**after).ask()); !first.empty()) opened.insert(told + ": " + first);
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

TEST_CASE("monotone: until somebody accepts it, no version of the policy lets anything leave of theirs that could not have left" *
          doctest::skip()) {
  const auto base = policy::load(boost::json::serialize(full_pack()));
  REQUIRE(base);
  const Sent before = Host(**base).ask();
  const unsigned seed = std::random_device()();
  MESSAGE("seed ", seed);
  std::mt19937 random(seed);
  std::vector<std::pair<std::string, value>> drafts;
  Mutator mutator(full_pack(), [&](const std::string& pointer, const value& mutant) {
    if (pointer.find("/resolutions") == std::string::npos) drafts.emplace_back(pointer, mutant);
  });
  mutator.run("processors");
  std::ranges::shuffle(drafts, random);
  std::size_t published = 0;
  for (auto& [pointer, draft] : drafts) {
    draft.as_object()["version"] = "2";
    if (!policy::load(boost::json::serialize(draft))) continue;
    Host host(**base);
    const Answer answer = host("policy.publish", "system",
                               {{"pack", draft}, {"effective_at", "2027-01-01T00:00:00+05:30"}, {"material", true}});
    if (!answer.ok() || !answer.permitted()) continue;
    CHECK_MESSAGE(leak(before, host.ask()) == "", pointer);
    if (++published == 60) break;
  }
  CHECK(published == 60);
}

TEST_CASE("monotone: a change of a processor of which nobody is told lets nothing leave that could not have left" *
          doctest::skip()) {
  const auto base = policy::load(boost::json::serialize(full_pack()));
  REQUIRE(base);
  const Sent before = Host(**base).ask();
  std::vector<Args> changes;
  for (const char* processor : {"razorpay", "livekit"})
    for (const array& countries : {array{"IN"}, array{"US"}, array{"DE"}, array{"IN", "US"}, array{"IN", "DE"}})
      changes.push_back({{"processor", processor}, {"countries", countries}});
  for (const Processor& listed : (*base)->processors) {
    for (const std::string_view guard : Names<Guard>::list) {
      changes.push_back({{"processor", listed.id}, {"condition", guard}});
      for (const ProcessorField& field : listed.fields)
        if (guard == "redacted" || guard == "deidentified" || guard == "keyed_hash" || guard == "recording_permit" ||
            guard == "none")
          changes.push_back({{"processor", listed.id}, {"field_conditions", {{field.name, guard}}}});
    }
    for (const ProcessorField& gone : listed.fields) {
      array fields;
      for (const ProcessorField& field : listed.fields)
        if (field.name != gone.name) fields.emplace_back(field.name);
      if (!fields.empty()) changes.push_back({{"processor", listed.id}, {"fields", fields}});
    }
  }
  std::size_t engaged = 0;
  for (const Args& change : changes) {
    Host host(**base);
    const Answer proposed = host("processor.propose", "st", change);
    if (!proposed.ok() || !proposed.permitted() || proposed.result().at("material") == true) continue;
    Host::done(host("processor.engage", "st", {{"processor", change.at("processor")}}));
    ++engaged;
    CHECK_MESSAGE(leak(before, host.ask()) == "", boost::json::serialize(change));
  }
  CHECK(engaged > 30);
  MESSAGE(engaged, " of ", changes.size(), " changes are engaged untold");
}
