// Random histories against the naive visits: no recording is ever permitted, begun or kept where they do not
// allow it, nor refused where they do.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "services/naive_visits.hpp"
#include "support/engine_driver.hpp"

namespace naive = connex::naive;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

constexpr int kHistories = 2'000;
constexpr int kLength = 60;
constexpr unsigned kSeed = 20261123;

struct Slot {
  const char* visit;
  std::int64_t from, to;
};
constexpr Slot kSlots[] = {{"v", 30, 90}, {"w", 45, 600}};

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    for (const Slot& slot : kSlots) book(slot);
  }

  // Brings a visit to where a recording can be asked for, most of the time.
  bool open(const char* visit) {
    model_.now = std::max<naive::Minute>(model_.now, 25 + pick(10));
    world_.set_time(model_.now);
    shown_ = {};
    return accept(visit, "dr") && accept(visit, "mr") && start(visit) && decide(visit);
  }

  // One random step; false, with the story so far in log(), where engine and model part.
  bool step() {
    model_.now += std::discrete_distribution<int>{12, 6, 3, 1, 1}(random_);
    if (chance(40)) model_.now += pick(20);
    if (chance(120)) model_.now += 60 + pick(240);
    world_.set_time(model_.now);
    const char* visit = kSlots[pick(2)].visit;
    const char* who = pick(2) == 0 ? "dr" : "mr";
    const bool on = pick(2) == 0;
    switch (kind_(random_)) {
      case 0:
        return accept(visit, who);
      case 1:
        return start(visit);
      case 2:
        return decide(visit);
      case 3:
        return agree("visit.join", who, {{"visit", visit}}, model_.may_join(visit, who), [] {});
      case 4:
        return model_.visits.at(visit).phase != naive::Phase::started ||
               agree("visit.end", "system", {{"visit", visit}}, true, [&] { model_.end(visit); });
      case 5:
        return agree("consent.withdraw", who, {{"visit", visit}}, model_.active.at(who),
                     [&] { model_.withdraw(visit, who); });
      case 6:
        return agree("preference.set", "dr", {{"doctor", "dr"}, {"recording", on}}, model_.active.at("dr"),
                     [&] { model_.set_recording(on); });
      case 7:
        return agree("organisation.set_recording", "pa", {{"id", "acme"}, {"enabled", on}}, true,
                     [&] { model_.set_company("acme", &naive::Company::enabled, on); });
      case 8:
        return agree("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", on}},
                     model_.active.at("dr"), [&] { model_.set_visits(on); });
      case 9:
        return agree("organisation.put", "system",
                     {{"id", "acme"}, {"kind", "pharma_company"}, {"name", "n"}, {"recording_entitled", on}},
                     true, [&] { model_.set_company("acme", &naive::Company::entitled, on); });
      case 10:
        return !model_.active.at("mr") ||
               agree("principal.update", "system", {{"id", "mr"}, {"organisation", on ? "acme" : "rival"}},
                     true, [&] { model_.move_to(on ? "acme" : "rival"); });
      case 11:
        return keep(visit);
      case 12:
        return leave_or_come_back(who);
      default:
        shown_ = {};  // everybody looks at the screen anew
        return true;
    }
  }

  const std::string& log() const { return log_; }
  int permits() const { return permits_; }
  int kept() const { return kept_; }

 private:
  bool chance(int one_in) { return pick(one_in) == 0; }
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  template <class Change>
  bool agree(std::string_view command, std::string_view actor, const Args& args, bool expected,
             Change&& change) {
    const Answer answer = world_(command, actor, args);
    log_.append(world_.now()).append(" ").append(command).append(" ").append(actor).append(" -> ");
    log_.append(answer.line()).append("\n");
    if (answer.permitted()) change();
    return answer.ok() && answer.permitted() == expected;
  }

  bool book(const Slot& slot) {
    return agree("visit.book", "mr",
                 {{"id", slot.visit},
                  {"doctor", "dr"},
                  {"representative", "mr"},
                  {"starts_at", world_.time(slot.from)},
                  {"ends_at", world_.time(slot.to)}},
                 model_.may_book(), [&] { model_.book(slot.visit, slot.from, slot.to); });
  }

  // Mostly on the screen as it is, sometimes on one that was shown earlier.
  bool accept(const std::string& visit, const char* who) {
    const naive::Visit& v = model_.visits.at(visit);
    std::string& hash = shown_[visit];
    if (hash.empty() || pick(10) != 0) {
      if (v.phase == naive::Phase::over) return true;
      hash = world_.show(visit);
      model_.show(visit);
    }
    const bool consent = pick(12) != 0;
    return agree("visit.accept", who,
                 {{"visit", visit}, {"disclosure_hash", hash}, {"recording_consent", consent}},
                 model_.may_accept(visit, who), [&] { model_.accept(visit, who, consent); });
  }

  bool start(const std::string& visit) {
    if (model_.visits.at(visit).phase != naive::Phase::booked) return true;
    return agree("visit.start", "system", {{"visit", visit}}, model_.may_start(visit),
                 [&] { model_.start(visit); });
  }

  bool decide(const std::string& visit) {
    return agree("recording.decide", "system", {{"visit", visit}}, model_.may_record(visit), [&] {
      model_.permit(visit);
      ++permits_;
    });
  }

  bool keep(const std::string& visit) {
    const naive::Visit& v = model_.visits.at(visit);
    if (v.permits.empty() && pick(8) != 0) return true;
    naive::Minute from = model_.now - pick(40);
    naive::Minute to = from + pick(10);
    if (!v.permits.empty()) {  // near the borders of a permit
      from = v.permits.back().from + pick(3) - 1;
      to = std::max(from, std::min(v.permits.back().until, model_.now) + pick(3) - 1);
    }
    to = std::min(to, model_.now);
    if (to < from) return true;
    return agree("recording.register", "st",
                 {{"id", visit},
                  {"visit", visit},
                  {"locator", "l"},
                  {"sha256", std::string(64, '0')},
                  {"size", 1},
                  {"started_at", world_.time(from)},
                  {"ended_at", world_.time(to)}},
                 model_.may_keep(visit, from, to),
                 [&] {
                   model_.visits.at(visit).registered = true;
                   ++kept_;
                 }) ||
           model_.visits.at(visit).registered;  // the id is taken then, which is an error
  }

  bool leave_or_come_back(const char* who) {
    if (!model_.active.at(who))
      return agree("principal.reactivate", who, {{"id", who}}, true, [&] { model_.come_back(who); });
    if (pick(2) != 0) return true;
    return agree("principal.terminate", who, {{"id", who}}, true, [&] { model_.leave_platform(who); });
  }

  std::mt19937 random_;
  std::discrete_distribution<int> kind_{24, 14, 16, 5, 1, 1, 3, 3, 1, 1, 2, 6, 1, 2};
  World world_{false};
  naive::Visits model_;
  std::map<std::string, std::string> shown_;
  std::string log_;
  int permits_ = 0;
  int kept_ = 0;
};

}  // namespace

TEST_CASE("model: random histories, and no recording but where all three conditions hold") {
  const auto begin = std::chrono::steady_clock::now();
  int permits = 0;
  int kept = 0;
  int histories = 0;
  for (; histories < kHistories; ++histories) {
    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(20)) break;
    const unsigned seed = kSeed + static_cast<unsigned>(histories);
    History history(seed);
    for (int i = 0; i < kLength; ++i) {
      if (i == 5 && histories % 4 != 0 ? history.open(kSlots[histories % 2].visit) : history.step()) continue;
      FAIL("seed " << seed << "\n" << history.log());
    }
    permits += history.permits();
    kept += history.kept();
  }
  MESSAGE(histories << " histories from seed " << kSeed << ": " << permits << " permits, " << kept
                    << " recordings kept");
  CHECK(permits > histories / 2);  // else the histories say little
  CHECK(kept > histories / 50);
}
