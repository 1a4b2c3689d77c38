// Random histories of proposals, notices, engagements, narrowings, publications and acceptances, against a
// naive model that follows each piece of an entry by itself. What the engine sends is what the model says;
// and, whatever the model says, nothing is sent that was not listed from the start or announced for 15 days,
// nothing comes back that was narrowed unless it was announced anew, and an entry that a publication leaves
// alone is sent the same. `policy.impact` counts what a recount finds once the draft is published.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>

#include "policy/pack.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using boost::json::array;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

constexpr std::int64_t kDay = 24 * 60;
constexpr std::int64_t kNotice = 15 * kDay;
constexpr int kProcessors = 2;
constexpr const char* kIds[kProcessors] = {"razorpay", "parcels"};
// Organisations, and the one user without any, whom a version of the policy tells of what it changes.
constexpr const char* kCustomers[] = {"acme", "clinic", "rival", "dr2"};

// A piece of an entry: "f city", "p billing", "c IN". Each entry has the first of each kind.
using Terms = std::set<std::string>;
constexpr const char* kPieces[] = {"f payment_amount",
                                   "f organisation_name",
                                   "f billing_email",
                                   "f subscription_plan",
                                   "f city",
                                   "p billing",
                                   "p communication",
                                   "p analytics",
                                   "c IN",
                                   "c SG",
                                   "c US"};
bool is_first(std::string_view piece) {
  return piece == "f payment_amount" || piece == "p billing" || piece == "c IN";
}
array list(const Terms& terms, char kind) {
  array out;
  for (const std::string& piece : terms)
    if (piece[0] == kind) out.emplace_back(piece.substr(2));
  return out;
}
std::string shown(const Terms& terms) {
  std::string all;
  for (const std::string& piece : terms) all.append(piece).append(", ");
  return all;
}

struct Line {
  Terms listed, used;
};
struct Proposal {
  bool published = false;
  Terms from, to;
  std::int64_t at = 0;
  std::map<std::string, std::int64_t> told;
  bool material() const { return !std::ranges::includes(from, to); }
  std::size_t owed() const { return std::size(kCustomers) - (published ? 1 : 0); }
};
struct Version {
  std::int64_t effective = 0;
  Terms entries[kProcessors];
};
struct Person {
  std::string id;
  std::size_t joined = 0;
  std::map<std::size_t, std::int64_t> notified, binds;
};

// Of one processor.
struct Register {
  std::vector<Line> lines;     // of each version
  std::vector<Proposal> open;  // a material one, and after it one that is not
  // Of the invariants, kept apart from the lines: when a piece that was engaged was proposed last, by itself
  // or by a version, and when it was taken away last.
  std::map<std::string, std::int64_t> proposed, published, taken;

  Terms used() const {
    Terms all;
    for (const Line& line : lines) all.insert(line.used.begin(), line.used.end());
    return all;
  }
  void take(const std::string& piece, std::int64_t now) {
    for (Line& line : lines) {
      line.listed.erase(piece);
      line.used.erase(piece);
    }
    taken[piece] = now;
  }
  void engage(const Proposal& change, std::int64_t now) {
    for (const std::string& piece : change.from)
      if (!change.published && !change.to.contains(piece)) take(piece, now);
    for (const std::string& piece : change.to) {
      if (change.from.contains(piece)) continue;
      (change.published ? published : proposed)[piece] = change.at;
      for (Line& line : lines) {
        if (change.published ? line.listed.contains(piece) : change.from.empty() || !line.listed.empty()) {
          line.listed.insert(piece);
          line.used.insert(piece);
        }
      }
    }
  }
};

class History {
 public:
  explicit History(unsigned seed) : random_(seed), world_(false) {
    pack_ = boost::json::parse(policy::default_pack()->canonical);
    array& processors = pack_.at("processors").as_array();
    entry_ = processors.at(0).as_object();
    Version first;
    first.entries[0] = {"f payment_amount",    "f organisation_name", "f billing_email",
                        "f subscription_plan", "p billing",           "c IN"};
    versions_.push_back(first);
    for (int r = 0; r < kProcessors; ++r) registers_[r].lines.push_back({first.entries[r], first.entries[r]});
    for (const char* claim : {"agreement:razorpay", "agreement:parcels", "pci_dss"})
      must("attestation.put", {{"claim", claim},
                               {"value", true},
                               {"evidence_ref", "doc"},
                               {"valid_until", world_.time(900 * kDay)}});
    people_.push_back({"dr", 0, {}, {}});
    people_.push_back({"mr", 0, {}, {}});
  }

  bool step() {
    now_ += 1 + pick(chance(60) ? 200 : 9 * static_cast<int>(kDay));
    world_.set_time(now_);
    const int r = pick(4) == 0 ? 1 : 0;
    switch (std::discrete_distribution<int>{14, 24, 18, 4, 9, 6, 12, 3, 1}(random_)) {
      case 0:
        return propose(r, false);
      case 1:
        return notify(r);
      case 2:
        return engage(r);
      case 3:
        return withdraw(r);
      case 4:
        return publish();
      case 5:
        return join();
      case 6:
        return accept();
      case 7:
        return propose(r, true);
      default:
        return remove(r);
    }
  }

  // What everybody is sent; and what is asked again of earlier.
  bool check() {
    for (const Person& person : people_)
      for (int r = 0; r < kProcessors; ++r)
        if (!check(person, r)) return false;
    for (int r = 0; r < kProcessors; ++r)
      if (!check_pair(any_person(), any_person(), r)) return false;
    if (!asked_.empty() && !again(asked_[static_cast<std::size_t>(pick(static_cast<int>(asked_.size())))]))
      return false;
    return true;
  }
  bool check_log() {
    const Answer replayed = world_("audit.replay", "dpo", {{"from", 0}});
    if (replayed.result().at("differences").as_array().empty()) return true;
    return fail(replayed.line());
  }

  const std::string& log() const noexcept { return log_; }
  int permits() const noexcept { return permits_; }
  int engaged() const noexcept { return engaged_; }
  std::int64_t counted() const noexcept { return counted_; }

 private:
  struct Sent {
    std::size_t person;
    int r;
    std::string purpose, country;
    Terms fields;
  };
  struct Asked {
    std::string person;
    int r;
    std::string purpose, country, at, sent;
  };

  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool chance(int of_hundred) { return pick(100) < of_hundred; }
  bool fail(const std::string& what) {
    log_.append("FAILED: ").append(what).append("\n");
    return false;
  }
  void note(const std::string& what) {
    log_.append(std::to_string(now_ / kDay)).append(": ").append(what).append("\n");
  }
  void must(const char* command, const Args& args, const char* actor = "system") {
    const Answer answer = world_(command, actor, args);
    REQUIRE_MESSAGE(answer.permitted(), answer.line());
  }

  std::size_t in_effect() const {
    std::size_t number = 0;
    for (std::size_t i = 0; i < versions_.size(); ++i)
      if (versions_[i].effective <= now_) number = i;
    return number;
  }
  std::size_t standing(const Person& person) const {
    std::size_t at = person.joined;
    for (const auto& [version, binds] : person.binds)
      if (binds <= now_) at = std::max(at, version);
    return at;
  }
  Proposal* open(int r, bool material) {
    for (Proposal& p : registers_[r].open)
      if (p.material() == material) return &p;
    return nullptr;
  }

  Terms some(const Terms& around) {
    Terms terms;
    for (const char* piece : kPieces)
      if (is_first(piece) || (around.contains(piece) ? chance(75) : chance(25))) terms.insert(piece);
    return terms;
  }

  bool propose(int r, bool narrowing) {
    Register& of = registers_[r];
    const Terms from = of.used();
    Terms to = some(from);
    if (narrowing || open(r, true) != nullptr) {
      if (from.empty()) return true;
      std::erase_if(to, [&](const std::string& piece) { return !from.contains(piece); });
    }
    Args args{{"processor", kIds[r]},
              {"fields", list(to, 'f')},
              {"purposes", list(to, 'p')},
              {"countries", list(to, 'c')}};
    if (from.empty()) {
      args["name"] = names_[r];
      args["service"] = "payments";
    }
    const Answer answer = world_("processor.propose", "st", args);
    note("propose " + std::string(kIds[r]) + " " + shown(to));
    const Proposal made{false, from, to, now_, {}};
    const bool waits = made.material() ? !of.open.empty() : open(r, false) != nullptr;
    if (waits || from == to) {
      if (answer.error() != "conflict /args/processor") return fail("expected a conflict: " + answer.line());
      return true;
    }
    if (!answer.permitted()) return fail(answer.line());
    if (answer.result().at("material").as_bool() != made.material())
      return fail("material: " + answer.line());
    of.open.push_back(made);
    return true;
  }

  bool remove(int r) {
    Register& of = registers_[r];
    const Answer answer = world_("processor.propose", "st", {{"processor", kIds[r]}, {"remove", true}});
    note("remove " + std::string(kIds[r]));
    if (of.used().empty()) return answer.error() == "not_found /args/processor" || fail(answer.line());
    if (open(r, false) != nullptr) return answer.error() == "conflict /args/processor" || fail(answer.line());
    if (!answer.permitted() || answer.result().at("material").as_bool()) return fail(answer.line());
    of.open.push_back({false, of.used(), {}, now_, {}});
    return true;
  }

  bool notify(int r) {
    Proposal* of = open(r, true);
    if (of == nullptr) return true;
    for (const char* customer : std::span(kCustomers).first(of->owed())) {
      if (of->told.contains(customer) || chance(15)) continue;
      must("processor.notify", {{"processor", kIds[r]}, {"customer", customer}, {"at", world_.now()}}, "st");
      of->told[customer] = now_;
    }
    note(std::string("notify ") + kIds[r]);
    return true;
  }

  bool engage(int r) {
    Register& of = registers_[r];
    const Answer answer = world_("processor.engage", "st", {{"processor", kIds[r]}});
    note(std::string("engage ") + kIds[r] + " -> " + (answer.ok() ? answer.effect() : answer.error()));
    if (of.open.empty()) return answer.error() == "not_found /args/processor" || fail(answer.line());
    const Proposal* narrowing = open(r, false);
    const Proposal change = narrowing ? *narrowing : of.open.front();
    bool may = true;
    if (change.material()) {
      may = change.told.size() == change.owed();
      for (const auto& [customer, at] : change.told) may = may && at + kNotice <= now_;
    }
    if (answer.permitted() != may) return fail(answer.line());
    if (!may) return true;
    ++engaged_;
    std::erase_if(of.open, [&](const Proposal& p) { return p.material() == change.material(); });
    of.engage(change, now_);
    if (change.to.empty()) {
      for (const char* piece : kPieces) of.take(piece, now_);
      of.open.clear();
    }
    if (change.material()) return true;
    for (Proposal& waiting : of.open)
      for (const std::string& piece : change.from)
        if (!change.to.contains(piece)) {
          waiting.from.erase(piece);
          waiting.to.erase(piece);
        }
    return true;
  }

  bool withdraw(int r) {
    Register& of = registers_[r];
    const Answer answer = world_("processor.withdraw", "st", {{"processor", kIds[r]}});
    note(std::string("withdraw ") + kIds[r]);
    if (of.open.empty()) return answer.error() == "not_found /args/processor" || fail(answer.line());
    const Proposal* top = open(r, false) ? open(r, false) : &of.open.front();
    if (top->published) return answer.error() == "conflict /args/processor" || fail(answer.line());
    if (!answer.permitted()) return fail(answer.line());
    of.open.erase(of.open.begin() + (top - of.open.data()));
    return true;
  }

  bool publish() {
    if (versions_.size() == 6) return true;
    Version next = versions_.back();
    for (int r = 0; r < kProcessors; ++r) {
      const Line& line = registers_[r].lines.back();
      switch (pick(7)) {
        case 0:
          next.entries[r] = line.used;
          break;
        case 1:
          next.entries[r] = line.listed;
          break;
        case 2:
          next.entries[r] = some(next.entries[r]);
          break;
        case 3:
          if (chance(30)) next.entries[r] = {};
          break;
        default:
          break;
      }
    }
    next.effective =
        std::max(versions_.back().effective, now_ + (chance(50) ? 0 : pick(20 * static_cast<int>(kDay))));
    boost::json::value pack = pack_;
    pack.as_object()["version"] = std::to_string(versions_.size() + 1);
    pack.at("visit").at("opens_minutes_before") = chance(60) ? minutes_ : 10 + 5 * pick(8);
    array& processors = pack.at("processors").as_array();
    processors.erase(processors.begin());
    for (int r = 0; r < kProcessors; ++r) {
      if (next.entries[r].empty()) continue;
      boost::json::object entry = entry_;
      entry["id"] = kIds[r];
      entry["name"] = names_[r];
      entry["clause"] = clauses_[r];
      array fields;
      for (const auto& name : list(next.entries[r], 'f'))
        fields.push_back({{"name", name}, {"guard", "none"}});
      entry["fields"] = fields;
      entry["purposes"] = list(next.entries[r], 'p');
      entry["countries"] = list(next.entries[r], 'c');
      processors.insert(processors.begin(), entry);
    }
    const Answer impact =
        world_("policy.impact", "dpo",
               {{"pack", pack}, {"after", {{"part", "sharings"}, {"after", "0:"}}}, {"limit", std::max<std::size_t>(1, sent_.size())}});
    const std::vector<Terms> sent_now = sent_to_each();
    const Answer answer =
        world_("policy.publish", "dpo",
               {{"pack", pack}, {"effective_at", world_.time(next.effective)}, {"material", true}});
    note("publish " + std::to_string(versions_.size() + 1) + " for day " +
         std::to_string(next.effective / kDay));
    for (int r = 0; r < kProcessors; ++r) note(std::string("  ") + kIds[r] + ": " + shown(next.entries[r]));
    bool undone = false;
    for (int r = 0; r < kProcessors; ++r) {
      // Something that both packs list was taken by itself.
      const Terms& was = versions_.back().entries[r];
      const Line& line = registers_[r].lines.back();
      const Terms& is = next.entries[r];
      if (is.empty() || was.empty() || is == was) continue;
      undone = undone || line.listed.empty();
      for (const std::string& piece : is) undone = undone || (was.contains(piece) && !line.listed.contains(piece));
    }
    if (impact.result().at("refused").is_null() == undone) return fail(impact.line());
    if (undone) return answer.error().starts_with("conflict /args/pack/processors/") || fail(answer.line());
    if (!answer.permitted()) return fail(answer.line());
    minutes_ = static_cast<int>(pack.at("visit").at("opens_minutes_before").as_int64());
    for (int r = 0; r < kProcessors; ++r) {
      Register& of = registers_[r];
      const Terms was = versions_.back().entries[r];
      const Terms& is = next.entries[r];
      of.lines.push_back(of.lines.back());
      if (is == was) continue;
      Terms had = of.lines.back().listed;  // of what was engaged beside the pack as well
      had.insert(was.begin(), was.end());
      for (const std::string& piece : had)
        if (!is.contains(piece)) of.take(piece, now_);
      Line& line = of.lines.back();
      if (is.empty()) {
        for (const char* piece : kPieces) of.take(piece, now_);
        clauses_[r] = "C5-n";  // of what is proposed anew
      }
      const Terms known = line.used;
      line.listed = is;
      std::erase_if(line.used, [&](const std::string& piece) { return !is.contains(piece); });
      of.open.clear();
      if (line.listed != line.used) of.open.push_back({true, line.used, line.listed, now_, {}});
    }
    versions_.push_back(next);
    return check_impact(impact, sent_now);
  }

  // What of each sharing that was kept would go now.
  std::vector<Terms> sent_to_each() const {
    std::vector<Terms> all;
    for (const Sent& row : sent_) {
      const Terms& used = registers_[row.r].lines[standing(people_[row.person])].used;
      Terms goes;
      if (used.contains("p " + row.purpose) && used.contains("c " + row.country))
        std::ranges::set_intersection(row.fields, used, std::inserter(goes, goes.end()));
      all.push_back(std::move(goes));
    }
    return all;
  }
  // What it told of the sharings, against a recount once it is published.
  bool check_impact(const Answer& impact, const std::vector<Terms>& before) {
    std::int64_t denied = 0;
    std::int64_t fewer = 0;
    const std::vector<Terms> after = sent_to_each();
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (!before[i].empty() && after[i].empty()) ++denied;
      if (!after[i].empty() && after[i].size() < before[i].size()) ++fewer;
    }
    counted_ += denied + fewer;
    const auto& told = impact.result().at("sharings");
    if (told.at("examined") != static_cast<std::int64_t>(sent_.size()) && !sent_.empty()) return fail(impact.line());
    return (told.at("newly_denied") == denied && told.at("fewer_fields") == fewer) ||
           fail("recounted " + std::to_string(denied) + " and " + std::to_string(fewer) + ": " + impact.line());
  }

  bool join() {
    if (people_.size() == 7) return true;
    const std::string id = "n" + std::to_string(people_.size());
    REQUIRE(world_.person(id, "doctor", "clinic", 50 + static_cast<int>(people_.size())).permitted());
    people_.push_back({id, in_effect(), {}, {}});
    note("join " + id + " under " + std::to_string(in_effect() + 1));
    return true;
  }

  bool accept() {
    Person& person = people_[static_cast<std::size_t>(pick(static_cast<int>(people_.size())))];
    const std::size_t version = static_cast<std::size_t>(pick(static_cast<int>(versions_.size())));
    if (version <= person.joined || person.binds.contains(version)) return true;
    const std::string name = std::to_string(version + 1);
    if (!person.notified.contains(version)) {
      must("policy.notify",
           {{"version", name}, {"principal", person.id}, {"channel", "email"}, {"at", world_.now()}}, "dpo");
      person.notified[version] = now_;
    }
    std::string digest;
    const Answer listed = world_("policy.list", "dpo");
    for (const auto& entry : listed.result().at("versions").as_array())
      if (entry.at("version").as_string() == name) digest = entry.at("digest").as_string();
    must("policy.accept", {{"version", name}, {"digest", digest}}, person.id.c_str());
    person.binds[version] =
        std::max({person.notified[version] + kNotice, versions_[version].effective, now_});
    note(person.id + " accepts " + name);
    return true;
  }

  const Person& any_person() { return people_[static_cast<std::size_t>(pick(static_cast<int>(people_.size())))]; }
  // Of two people goes what goes of each.
  bool check_pair(const Person& a, const Person& b, int r) {
    if (a.id == b.id) return true;
    const std::string purpose = std::array{"billing", "communication", "analytics"}[static_cast<std::size_t>(pick(3))];
    const std::string country = std::array{"IN", "SG", "US"}[static_cast<std::size_t>(pick(3))];
    const Terms& one = registers_[r].lines[standing(a)].used;
    const Terms& other = registers_[r].lines[standing(b)].used;
    Terms expected;
    for (const std::string& piece : one)
      if (piece[0] == 'f' && other.contains(piece)) expected.insert(piece);
    const auto both = [&](const std::string& piece) { return one.contains(piece) && other.contains(piece); };
    if (!both("p " + purpose) || !both("c " + country)) expected.clear();
    const Args args = asking({{}, r, purpose, country, {}, {}}, {a.id, b.id});
    const Answer answer = world_("egress.check", "system", args);
    const auto where = [&] {
      return a.id + " on " + std::to_string(standing(a) + 1) + " and " + b.id + " on " + std::to_string(standing(b) + 1) +
             " to " + kIds[r] + " for " + purpose + " in " + country + ": " + answer.line() + "\n  " + shown(one) + "\n  " +
             shown(other);
    };
    Terms sent;
    if (answer.permitted())
      for (const auto& name : answer.result().at("send").as_array())
        sent.insert("f " + std::string(name.as_string()));
    if (sent != expected) return fail(where());
    for (const Person* person : {&a, &b})
      if (!sent.empty()) sent_.push_back({static_cast<std::size_t>(person - people_.data()), r, purpose, country, sent});
    if (!answer.permitted() && answer.reasons().empty()) return fail("no reason: " + where());
    const Answer transfer = world_(
        "transfer.check", "system",
        {{"processor", kIds[r]}, {"country", country}, {"principals", array{a.id, b.id}}});
    return transfer.permitted() == both("c " + country) || fail(transfer.line() + where());
  }

  // Nothing but what the model knows of is asked for.
  Args asking(const Asked& asked, array people) {
    boost::json::object values;
    for (const char* piece : kPieces)
      if (piece[0] == 'f') values[piece + 2] = 1;
    return {{"processor", kIds[asked.r]},
            {"fields", values},
            {"purpose", asked.purpose},
            {"country", asked.country},
            {"context", {{"principals", std::move(people)}}}};
  }
  Answer ask(const Asked& asked, bool decide) {
    array names;
    for (const char* piece : kPieces)
      if (piece[0] == 'f') names.emplace_back(piece + 2);
    if (decide)
      return world_("policy.decide", "dpo",
                    {{"rule", "egress"},
                     {"principal", asked.person},
                     {"at", asked.at},
                     {"facts",
                      {{"processor", kIds[asked.r]},
                       {"fields", names},
                       {"purpose", asked.purpose},
                       {"country", asked.country},
                       {"agreement_in_force", true},
                       {"payment_processor_certified", true}}}});
    return world_("egress.check", "system", asking(asked, {asked.person}));
  }
  // The fields that go, and why not.
  static std::string sent(const Answer& answer, bool decide) {
    if (!answer.ok()) return answer.line();
    const auto& made = decide ? answer.result().at("decision").as_object() : answer.result();
    std::set<std::string> names;
    if (made.contains("send"))
      for (const auto& name : made.at("send").as_array()) names.insert(std::string(name.as_string()));
    std::string all;
    for (const std::string& name : names) all.append(name).append(" ");
    const auto& decision = decide ? made : answer.decision();
    for (const auto& reason : decision.at("reasons").as_array())
      all.append(reason.at("code").as_string()).append(" ");
    return all;
  }
  bool again(const Asked& asked) {
    const Answer answer = ask(asked, true);
    const std::string now = sent(answer, true);
    return now == asked.sent || fail("asked again of " + asked.at + ", " + asked.person + " " +
                                     kIds[asked.r] + " " + asked.purpose + " " + asked.country + ": " + now +
                                     " instead of " + asked.sent + "\n" + answer.line());
  }

  bool check(const Person& person, int r) {
    const std::size_t stands = standing(person);
    const Register& of = registers_[r];
    const Line& line = of.lines[stands];
    constexpr const char* kPurposes[] = {"billing", "communication", "analytics"};
    constexpr const char* kCountries[] = {"IN", "SG", "US"};
    const Asked asked{person.id, r, kPurposes[pick(3)], kCountries[pick(3)], world_.now(), {}};
    const Answer answer = ask(asked, false);
    Asked kept = asked;
    kept.sent = sent(answer, false);
    if (!again(kept)) return false;  // policy.decide tells the same now as egress.check
    if (asked_.size() < 400) asked_.push_back(kept);

    const auto where = [&] {
      return person.id + " on " + std::to_string(stands + 1) + " to " + kIds[r] + " for " + asked.purpose +
             " in " + asked.country + ": " + answer.line() + "\n  listed " + shown(line.listed) +
             "\n  used " + shown(line.used);
    };
    const bool goes = line.used.contains("p " + asked.purpose) && line.used.contains("c " + asked.country);
    Terms sent;
    if (answer.permitted()) {
      ++permits_;
      for (const auto& name : answer.result().at("send").as_array())
        sent.insert("f " + std::string(name.as_string()));
      for (const std::string& piece : sent)
        if (!justified(stands, r, piece)) return fail("not justified: " + piece + " of " + where());
      if (!justified(stands, r, "p " + asked.purpose) || !justified(stands, r, "c " + asked.country))
        return fail("not justified: " + where());
    }
    Terms expected;
    for (const std::string& piece : line.used)
      if (goes && piece[0] == 'f') expected.insert(piece);
    if (!sent.empty())
      sent_.push_back({static_cast<std::size_t>(&person - people_.data()), r, asked.purpose, asked.country, sent});
    return sent == expected || fail(where());
  }

  // From first principles: listed from the start or announced, not taken away since, and by a version of
  // theirs unless it was proposed by itself.
  bool justified(std::size_t stands, int r, const std::string& piece) const {
    const Register& of = registers_[r];
    const auto taken = of.taken.find(piece);
    const auto holds = [&](const std::map<std::string, std::int64_t>& since) {
      const auto told = since.find(piece);
      return told != since.end() && (taken == of.taken.end() || taken->second < told->second);
    };
    if (taken == of.taken.end() && versions_.front().entries[r].contains(piece)) return true;
    const bool theirs =
        std::any_of(versions_.begin(), versions_.begin() + static_cast<std::ptrdiff_t>(stands) + 1,
                    [&](const Version& version) { return version.entries[r].contains(piece); });
    return holds(of.proposed) || (theirs && holds(of.published));
  }

  std::mt19937 random_;
  World world_;
  std::int64_t now_ = 0;
  boost::json::value pack_;
  boost::json::object entry_;
  const char* names_[kProcessors] = {"Razorpay", "Parcels"};
  const char* clauses_[kProcessors] = {"C5-c", "C5-n"};
  int minutes_ = 30;
  std::vector<Version> versions_;
  Register registers_[kProcessors];
  std::vector<Person> people_;
  std::vector<Asked> asked_;
  std::vector<Sent> sent_;
  std::int64_t counted_ = 0;
  std::string log_;
  int permits_ = 0;
  int engaged_ = 0;
};

}  // namespace

TEST_CASE(
    "processor model: random histories of what is proposed, told, engaged, narrowed, published and "
    "accepted") {
  const auto number = [](const char* variable, unsigned fallback) {
    const char* given = std::getenv(variable);
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : fallback;
  };
  const unsigned histories = number("CONNEX_PROCESSOR_HISTORIES", 25);
  const unsigned seed = number("CONNEX_PROCESSOR_SEED", 20261130);
  int permits = 0;
  int engaged = 0;
  std::int64_t counted = 0;
  for (unsigned i = 0; i < histories; ++i) {
    History history(seed + i);
    bool fine = true;
    for (int step = 0; fine && step < 70; ++step) fine = history.step() && history.check();
    fine = fine && history.check_log();
    permits += history.permits();
    engaged += history.engaged();
    counted += history.counted();
    REQUIRE_MESSAGE(fine, "seed " << seed + i << "\n" << history.log());
  }
  CHECK(permits > 0);
  CHECK(engaged > 0);
  CHECK(counted > 100);
  MESSAGE(histories << " histories from seed " << seed << ": " << permits << " permits, " << engaged
                    << " engaged");
}
