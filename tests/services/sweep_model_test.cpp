// Random histories of ten simulated years, against a model that knows nothing of dates made in advance: at
// each sweep it asks of every record anew whether it may still be kept. Sweeps run in batches of any size,
// and the store crashes under them.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "policy/pack.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"
#include "support/faulty_store.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;

namespace {

using Micros = std::int64_t;
constexpr Micros kHour = kMicrosPerHour;
constexpr Micros kZone = 330 * kMicrosPerMinute;
constexpr Micros kForEver = INT64_MAX;
const Micros kBegin = parse_instant("2026-01-05T10:00:00+05:30")->micros;
constexpr unsigned kSeed = 20261125;

// Dates, counted up year by year.
struct Date {
  int year, month, day;
};
bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
int length(int year, int month) {
  constexpr int kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap(year) ? 29 : kLengths[month - 1];
}
Date date_of(Micros at) {
  auto days = static_cast<int>((at + kZone) / kMicrosPerDay);
  Date d{1970, 1, 1};
  while (days >= (leap(d.year) ? 366 : 365)) days -= leap(d.year++) ? 366 : 365;
  while (days >= length(d.year, d.month)) days -= length(d.year, d.month++);
  d.day += days;
  return d;
}
Micros midnight(Date d) {
  std::int64_t days = d.day - 1;
  for (int m = 1; m < d.month; ++m) days += length(d.year, m);
  for (int y = 1970; y < d.year; ++y) days += leap(y) ? 366 : 365;
  return days * kMicrosPerDay - kZone;
}
// A maximum of years: over when the same date begins; 29 February becomes the day before (X38).
Micros at_most(Micros from, int years) {
  Date d = date_of(from);
  d.year += years;
  d.day = std::min(d.day, length(d.year, d.month));
  return midnight(d);
}
// A minimum: the same date still belongs to it; 29 February becomes the day after.
Micros at_least(Micros from, int years) {
  Date d = date_of(from);
  d.year += years;
  if (d.day > length(d.year, d.month)) d = {d.year, 3, 1};
  return midnight(d) + kMicrosPerDay;
}
// To 31 March of the eighth financial year after that of the invoice (X31).
Micros books(Micros from) {
  const Date d = date_of(from);
  return midnight({d.year + (d.month > 3 ? 1 : 0) + 8, 4, 1});
}

struct Hold {
  std::string kind, target;
  bool by_law = false;
  Micros from = 0, to = kForEver;
};
struct Version {
  Micros from;
  int message_years;
};
enum class Life { kept, ordered, gone };
struct Entry {
  std::string id, record_class, thread;
  std::vector<std::string> subjects;
  Micros trigger = 0, processed = 0, erased = kForEver;
  Life life = Life::kept;
  Micros collected = 0;
  bool served = false;  // a verification document
  std::set<std::string> asked;  // who wants it erased,
  Micros due = kForEver;        // and when the first of them is to be answered

  // Until when a doctor may fetch a copy of a recording, a day before the answer is due at the latest (X18, X22).
  static Micros copy_until(Micros from, Micros due) {
    return std::max(from, std::min(from + 3 * kMicrosPerDay, due - kMicrosPerDay));
  }
};

struct Model {
  std::map<std::string, Entry> entries;
  std::map<std::string, Micros> closed;  // by person; kForEver: the account is open
  std::map<std::string, Hold> holds;
  std::map<std::string, Micros> threads;
  std::vector<Version> versions;

  // Ninety days after the last of the people closed their account, to the second.
  Micros end_of_accounts(const std::vector<std::string>& people) const {
    Micros last = 0;
    for (const std::string& who : people) last = std::max(last, closed.at(who));
    return last == kForEver ? kForEver : last + 90 * kMicrosPerDay;
  }

  Micros own_end(const Entry& e) const {
    if (e.record_class == "recording" || e.record_class == "consent_attestation")
      return at_most(e.trigger, 7);
    if (e.record_class == "billing") return books(e.trigger);
    if (e.record_class == "access_log") return at_most(e.trigger, 1);
    if (e.record_class == "document") return end_of_accounts(e.subjects);
    if (e.record_class == "verification_document") return e.served ? e.trigger : end_of_accounts(e.subjects);
    Micros trigger = e.trigger;
    if (!e.thread.empty()) trigger = std::max(trigger, threads.at(e.thread));
    Micros end = kForEver;
    for (std::size_t i = 0; i < versions.size(); ++i) {
      const Micros until = i + 1 < versions.size() ? versions[i + 1].from : kForEver;
      if (until <= e.collected) continue;
      const Micros since = i > 0 && versions[i].from > e.collected ? versions[i].from : 0;
      end = std::min(end, std::max(at_most(trigger, versions[i].message_years), since));
    }
    return std::max(end, trigger);
  }

  // Until when a hold that is no order of the law keeps it: its own time, and of what was asked to be erased the time of its
  // class from then on (X16).
  Micros longest_delay(const Entry& e) const {
    if (e.erased == kForEver) return own_end(e);
    if (e.record_class == "document") return std::min(own_end(e), e.erased + 90 * kMicrosPerDay);
    Entry asked = e;
    asked.trigger = e.erased;
    asked.served = true;
    asked.thread.clear();
    return std::min(own_end(e), own_end(asked));
  }

  // Until when it is in use.
  Micros end_of_use(const Entry& e) const {
    const bool erasable = e.record_class != "billing" && e.record_class != "consent_attestation";
    return std::min(own_end(e), erasable ? e.erased : kForEver);
  }

  static bool covers(const Hold& h, const Entry& e) {
    return (h.kind == "record" && h.target == e.id) ||
           (h.kind == "principal" && std::ranges::count(e.subjects, h.target) > 0);
  }

  // What a hold kept of recordings goes once the others had the days for a copy from its release on.
  void resume() {
    for (auto& [id, e] : entries) {
      if (e.record_class != "recording" || e.erased == kForEver || e.life != Life::kept) continue;
      if (e.asked.size() == e.subjects.size()) continue;
      for (bool again = true; again;) {
        again = false;
        for (const auto& [name, h] : holds) {
          if (!covers(h, e) || h.to == kForEver || h.from > e.erased || h.to <= e.erased) continue;
          e.erased = h.to < e.due ? e.copy_until(h.to, e.due) : h.to + 3 * kMicrosPerDay;
          again = true;
        }
      }
    }
  }

  // Whether anything lets the record stay at `now`.
  bool stays(const Entry& e, Micros now) const {
    const Micros delay = longest_delay(e);
    if (now < end_of_use(e)) return true;
    for (const auto& [id, h] : holds) {
      if (covers(h, e) && h.from <= now && now < h.to && (h.by_law || now < delay)) return true;
    }
    const Micros law = midnight({2027, 5, 13});  // DPDP rules 8(3) and 6(1)(e)
    if (law <= now && now < at_least(e.processed, 1)) return true;
    if (e.record_class == "access_log" && law <= now && now < at_least(e.trigger, 1)) return true;
    if (e.record_class == "access_log" && now < midnight(date_of(e.trigger)) + 181 * kMicrosPerDay)
      return true;
    return e.record_class == "billing" && now < books(e.trigger);
  }
};

// The compiled-in policy, with another period for messages.
boost::json::value policy_with(int message_years, int version) {
  std::string text(policy::default_pack_json());
  const auto replace = [&](std::size_t from, std::string_view what, const std::string& by) {
    const std::size_t at = text.find(what, from);
    REQUIRE(at != std::string::npos);
    text.replace(at, what.size(), by);
  };
  replace(text.find(R"("class": "communication")"), R"("count": 2)",
          "\"count\": " + std::to_string(message_years));
  replace(0, R"("version": "1-6d27928180e0")",
          "\"version\": \"years-" + std::to_string(version) + "\"");
  return boost::json::parse(text);
}

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    model_.versions.push_back({0, 2});
    open();
    for (int i = 0; i < 4; ++i) join();
    person("st", "staff");
    person("dpo", "data_protection_officer");
  }

  void run() {
    while (now_ < kBegin + 10 * 365 * kMicrosPerDay) {
      now_ += (1 + pick(24 * 150)) * kHour;
      const int many = 1 + pick(4);
      for (int i = 0; i < many; ++i) step();
      if (pick(2) == 0) sweep_all();
    }
    sweep_all();
  }
  int disposed() const { return disposed_; }
  int crashes() const { return crashes_; }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string at(Micros micros) const { return format_instant({micros}, UtcOffset{330}); }

  void open() {
    engine_.reset();
    EngineOptions options;
    auto faulty = std::make_unique<store::testing::FaultyStore>(*ground_);
    faulty_ = faulty.get();
    options.store = std::move(faulty);
    options.key_store = std::make_unique<store::testing::FaultyStore>(*keys_beside_);
    options.key_provider = provider_;
    options.caller_clock = true;
    auto opened = Engine::open(std::move(options));
    const std::string why = opened ? "" : opened.error().message + ' ' + opened.error().path;
    CAPTURE(why);
    REQUIRE(opened);
    engine_ = std::move(*opened);
  }
  Answer ask(std::string_view command, const Args& args, std::string_view actor = "system") {
    const boost::json::object request{
        {"command", command}, {"actor", actor}, {"at", at(now_)}, {"args", args}};
    const std::string line = boost::json::serialize(request);
    INFO(line);
    return Answer(engine_->execute(line));
  }
  void person(std::string_view id, const char* role) {
    REQUIRE(ask("principal.register", {{"id", id}, {"role", role}, {"name", "x"}, {"adult_attested", true}})
                .permitted());
  }
  void join() {
    const std::string id = "p" + std::to_string(model_.closed.size());
    person(id, "doctor");
    model_.closed[id] = kForEver;
    joined_at_ = now_;
  }
  // One of the six who came last: some of them have left.
  std::string any_person() {
    const int count = static_cast<int>(model_.closed.size());
    return "p" + std::to_string(count - 1 - pick(std::min(count, 6)));
  }
  std::string any_record() {
    auto found = model_.entries.begin();
    if (found == model_.entries.end()) return {};
    std::advance(found, pick(static_cast<int>(model_.entries.size())));
    return found->first;
  }

  void step() {
    switch (pick(13)) {
      case 0:
        return touch();
      case 1:
      case 2:
        return place();
      case 3:
      case 4:
        return release();
      case 5:
        return erase();
      case 6:  // each costs the opening of an engine, much of a history's time
        return pick(2) == 0 ? crash() : enter();
      case 11:
        return leave();
      case 12:
        return come_back();
      case 7:
        if (pick(8) == 0) return change_policy();
        [[fallthrough]];
      default:
        return enter();
    }
  }

  void enter() {
    constexpr const char* kClasses[] = {"communication", "communication",       "billing",  "recording",
                                        "access_log",    "consent_attestation", "document", "verification_document"};
    Entry e;
    e.id = "r" + std::to_string(next_++);
    e.record_class = kClasses[pick(8)];
    e.subjects = {any_person()};
    for (int more = pick(3); more > 0; --more)
      if (std::string other = any_person(); std::ranges::count(e.subjects, other) == 0) e.subjects.push_back(other);
    e.trigger = e.collected = e.processed = now_ - pick(24 * 900) * kHour;
    if (pick(3) == 0)
      e.trigger = e.collected = e.processed = parse_instant("2024-02-29T12:00:00+05:30")->micros;
    if (e.record_class == "communication" && pick(2) == 0) e.thread = "t" + std::to_string(pick(3));
    Args args{{"id", e.id},
              {"class", e.record_class},
              {"subjects", boost::json::array(e.subjects.begin(), e.subjects.end())},
              {"locator", "o/" + e.id},
              {"collected_at", at(e.collected)}};
    // Said of a document, it tells nothing: that goes with the account.
    if (e.record_class != "verification_document" && (e.record_class != "document" || pick(2) == 0))
      args["trigger_at"] = at(e.trigger);
    if (!e.thread.empty()) {
      args["thread"] = e.thread;
      Micros& last = model_.threads[e.thread];
      last = std::max(last, e.trigger);
    }
    REQUIRE(ask("record.register", args).permitted());
    model_.entries[e.id] = e;
  }

  void touch() {
    const std::string id = any_record();
    if (id.empty()) return;
    Entry& e = model_.entries[id];
    const Micros when = now_ - pick(24 * 30) * kHour;
    const Answer answer = ask("record.touch", {{"id", id}, {"at", at(when)}});
    if (e.life != Life::kept || now_ >= model_.end_of_use(e)) {
      CHECK(answer.error() == (e.life == Life::gone ? "not_found /args/id" : "conflict /args/id"));
      return;
    }
    REQUIRE(answer.permitted());
    e.processed = std::max(e.processed, when);
    if (e.record_class == "verification_document" && !e.served) {
      e.served = true;
      e.trigger = when;
    }
    if (e.record_class != "communication") return;
    e.trigger = std::max(e.trigger, when);
    if (!e.thread.empty()) model_.threads[e.thread] = std::max(model_.threads[e.thread], when);
  }

  void place() {
    Hold hold;
    hold.from = now_;
    hold.by_law = pick(2) == 0;
    const std::string record = any_record();
    const bool on_record = !record.empty() && model_.entries[record].life != Life::gone && pick(2) == 0;
    hold.kind = on_record ? "record" : "principal";
    hold.target = on_record ? record : any_person();
    const std::string id = "h" + std::to_string(next_++);
    const Answer placed = ask("hold.place",
                              {{"id", id},
                               {"basis", hold.by_law ? "court_order" : "contract"},
                               {"authority", "court"},
                               {"citation", "case"},
                               {"scope", {{on_record ? "records" : "principals", {hold.target}}}},
                               {"review_at", at(now_ + 30 * kMicrosPerDay)},
                               {"approved_by", "dpo"}},
                              "st");
    REQUIRE(placed.permitted());
    model_.holds[id] = hold;
  }

  void release() {
    for (auto& [id, hold] : model_.holds) {
      if (hold.to != kForEver || pick(2) == 0) continue;
      REQUIRE(ask("hold.release", {{"id", id}, {"reason", "over"}}, "st").permitted());
      hold.to = now_;
      model_.resume();
      return;
    }
  }

  // One of the people asks for the erasure of a record. Of a recording the other doctors have three days for a
  // copy (X18).
  void erase() {
    const std::string id = any_record();
    if (id.empty() || model_.entries[id].life == Life::gone) return;
    Entry& e = model_.entries[id];
    const std::string who = e.subjects[static_cast<std::size_t>(pick(static_cast<int>(e.subjects.size())))];
    const std::string request = "q" + std::to_string(next_++);
    const Answer asked = ask("rights.submit",
                             {{"id", request},
                              {"kind", "erasure"},
                              {"principal", who},
                              {"channel", "post"},
                              {"details", {{"records", {id}}}}},
                             "st");
    REQUIRE(asked.permitted());
    e.asked.insert(who);
    const Micros due = parse_instant(asked.text("due_at"))->micros;
    e.due = std::min(e.due, due);
    REQUIRE(ask("rights.verify_identity", {{"id", request}, {"evidence", "id-1"}}, "st").permitted());
    REQUIRE(ask("rights.resolve", {{"id", request}}, "dpo").permitted());
    const bool waits = e.record_class == "recording" && e.asked.size() < e.subjects.size();
    e.erased = std::min(e.erased, waits ? e.copy_until(now_, due) : now_);  // what was accepted stands
    observe();
    tell();
  }

  // Whoever is to be told of a recording that goes is told; returns whether anybody was.
  bool tell() {
    const Answer pending = ask("notice.pending", {{"limit", 1'000}});
    bool told = false;
    for (const auto& row : pending.result().at("notices").as_array()) {
      if (row.at("kind").as_string() != "recording_erased") continue;
      REQUIRE(ask("notice.confirm", {{"notice", row.at("notice")}, {"channel", "email"}, {"evidence", "m"}}).permitted());
      Entry& e = model_.entries.at(std::string(row.at("about").as_string()));
      const bool asked = e.asked.count(std::string(row.at("recipient").as_string())) > 0;
      if (e.life == Life::kept && !asked) e.erased = std::max(e.erased, e.copy_until(now_, e.due));
      told = true;
    }
    return told;
  }

  // Another takes the place of one who leaves, until another policy is out: who joins then joins under that.
  void leave() {
    const std::string who = any_person();
    const auto open = [](const auto& person) { return person.second == kForEver; };
    if (model_.closed.at(who) != kForEver || std::ranges::count_if(model_.closed, open) <= 2) return;
    REQUIRE(ask("principal.terminate", {{"id", who}}).permitted());
    model_.closed[who] = now_;
    if (published_ == 0) join();
  }

  void come_back() {
    const std::string who = any_person();
    if (model_.closed.at(who) == kForEver) return;
    const bool in_time = now_ < model_.end_of_accounts({who});
    CAPTURE(who);
    CAPTURE(at(now_));
    CHECK(ask("principal.reactivate", {{"id", who}}).permitted() == in_time);
    if (in_time) model_.closed[who] = kForEver;
  }

  // A sweep on a store that dies at any of its steps has done all of its batch, or nothing.
  void crash() {
    faulty_->arm(static_cast<std::uint64_t>(1 + pick(60)), store::testing::Fault::crash);
    (void)ask("retention.sweep", {{"limit", 1 + pick(5)}});
    crashes_ += faulty_->struck() ? 1 : 0;
    open();
    observe();
  }

  // What a version shortens binds everybody at once; what it lengthens binds only who accepts it, and here
  // nobody does (X26, X27).
  void change_policy() {
    if (published_ == 3 || joined_at_ == now_) return;
    const int years = 1 + pick(4);
    const Answer answer = ask("policy.publish",
                              {{"pack", policy_with(years, ++published_)},
                               {"effective_at", at(now_)},
                               {"material", true}},
                              "dpo");
    CAPTURE(answer.line());
    REQUIRE(answer.permitted());
    if (years < model_.versions.back().message_years) model_.versions.push_back({now_, years});
  }

  // What is gone or ordered must have had nothing that lets it stay.
  void observe() {
    namespace t = services::retained;
    auto tx = std::move(ground_->begin_read().value());
    std::vector<store::Row> rows;
    REQUIRE(tx->scan(t::kTable, {.limit = store::kMaxScan}, rows));
    std::map<std::string, Life> found;
    for (const store::Row& row : rows)
      found[std::string(row.bytes(t::id))] = row.bytes(t::state) == "ordered" ? Life::ordered : Life::kept;
    for (auto& [id, e] : model_.entries) {
      const auto at_store = found.find(id);
      const Life life = at_store == found.end() ? Life::gone : at_store->second;
      CAPTURE(id);
      CAPTURE(e.record_class);
      CAPTURE(at(now_));
      CHECK(!(life == Life::gone && e.life != Life::gone));  // only a confirmed order lets it go
      if (life == Life::ordered && e.life == Life::kept) CHECK(!model_.stays(e, now_));
      if (life == Life::kept && e.life == Life::ordered) CHECK(model_.stays(e, now_));  // withdrawn
      e.life = life;
    }
    // A closed account's data go no earlier than the account can be opened again.
    for (const auto& [who, closed] : model_.closed) {
      store::Row row;
      const store::Cell key[] = {std::string_view(who)};
      REQUIRE(tx->get(services::principal::kTable, key, row).value());
      const std::string_view status = row.bytes(services::principal::status);
      CAPTURE(who);
      CAPTURE(at(now_));
      if (closed == kForEver) CHECK(status == "active");
      if (status == "erased" || status == "restricted") CHECK(now_ >= model_.end_of_accounts({who}));
    }
  }

  void sweep_all() {
    for (int i = 0; i < 1'000; ++i) {
      const Answer swept = ask("retention.sweep", {{"limit", 1 + pick(7)}});
      REQUIRE(swept.permitted());
      observe();
      if (swept.result().at("remaining").as_int64() == 0 && !tell()) break;
    }
    for (const auto& [id, e] : model_.entries) {
      if (e.life == Life::gone) continue;
      CAPTURE(id);
      CAPTURE(e.record_class);
      CAPTURE(at(e.trigger));
      CAPTURE(at(now_));
      CHECK((e.life == Life::ordered) == !model_.stays(e, now_));
    }
    const std::string before = waiting();
    CAPTURE(before);
    const Answer again = ask("retention.sweep", {});  // twice changes nothing
    CHECK(again.result().at("evaluated").as_int64() == 0);
    confirm();
  }

  std::string waiting() {
    namespace t = services::retained;
    auto tx = std::move(ground_->begin_read().value());
    std::vector<store::Row> rows;
    REQUIRE(tx->scan(t::kTable, {.limit = store::kMaxScan}, rows));
    std::string all;
    for (const store::Row& row : rows)
      if (!row.is_null(t::next_at) && row.integer(t::next_at) <= now_)
        all += std::string(row.bytes(t::id)) + ' ' + std::string(row.bytes(t::record_class)) + ' ' +
               std::string(row.bytes(t::state)) + ' ' + at(row.integer(t::next_at)) + '\n';
    rows.clear();
    REQUIRE(tx->scan(services::review::kTable, {.limit = store::kMaxScan}, rows));
    for (const store::Row& row : rows) all += "review " + std::string(row.bytes(0)) + '\n';
    return all + at(now_);
  }

  void confirm() {
    const Answer pending = ask("disposition.pending", {});
    for (const auto& order : pending.result().at("orders").as_array()) {
      if (pick(3) == 0) continue;
      if (order.at("kind").as_string() != "dispose") {
        const bool out_of_use = now_ >= model_.end_of_use(model_.entries.at(std::string(order.at("record").as_string())));
        CHECK(out_of_use == (order.at("kind").as_string() == "restrict"));
        REQUIRE(ask("disposition.confirm", {{"order", order.at("order")}, {"evidence", "log"}}).permitted());
        continue;
      }
      REQUIRE(ask("disposition.confirm", {{"order", order.at("order")}, {"evidence", "log"}}).permitted());
      Entry& e = model_.entries.at(std::string(order.at("record").as_string()));
      CHECK(!model_.stays(e, now_));
      e.life = Life::gone;
      ++disposed_;
      // The clock of a thread goes with the last record in it.
      const auto in_thread = [&](const auto& other) {
        return other.second.thread == e.thread && other.second.life != Life::gone;
      };
      if (std::ranges::none_of(model_.entries, in_thread)) model_.threads.erase(e.thread);
    }
  }

  std::mt19937 random_;
  std::unique_ptr<store::Store> ground_ = store::make_memory_store();
  std::unique_ptr<store::Store> keys_beside_ = store::make_memory_store();
  std::shared_ptr<keys::KeyProvider> provider_ = keys::make_ephemeral_key_provider();
  std::unique_ptr<Engine> engine_;
  store::testing::FaultyStore* faulty_ = nullptr;
  Model model_;
  Micros now_ = kBegin;
  int next_ = 0;
  int published_ = 0;
  Micros joined_at_ = 0;
  int disposed_ = 0;
  int crashes_ = 0;
};

}  // namespace

TEST_CASE("sweep model: random histories of ten years, holds, erasures, policies and crashes") {
  const char* wanted =
      std::getenv("CONNEX_SWEEP_HISTORIES");  // all of them; without it as many as time allows
  const int most = wanted != nullptr ? std::max(std::atoi(wanted), 1) : 10'000;
  const char* from = std::getenv("CONNEX_SWEEP_SEED");  // to play one again
  const unsigned first = from != nullptr ? static_cast<unsigned>(std::atoi(from)) : kSeed;
  const auto begin = std::chrono::steady_clock::now();
  int histories = 0;
  int disposed = 0;
  int crashes = 0;
  for (; histories < most; ++histories) {
    if (wanted == nullptr && std::chrono::steady_clock::now() - begin > std::chrono::seconds(20)) break;
    const unsigned seed = first + static_cast<unsigned>(histories);
    CAPTURE(seed);
    History history(seed);
    history.run();
    disposed += history.disposed();
    crashes += history.crashes();
  }
  MESSAGE(histories << " histories from seed " << first << ": " << disposed << " disposals, " << crashes
                    << " crashes");
  CHECK(disposed > histories);
  CHECK(crashes > histories / 2);
}
