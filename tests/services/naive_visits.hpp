// Visits, consents and permits once more, told by events instead of by stored facts: a consent lives from the
// moment it is given on a screen that offered recording until anything it rested on changes. Written from the
// clauses and resolutions X1-X8, not from the services.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace connex::naive {

using Minute = std::int64_t;

inline constexpr Minute kDoorsOpen = 30;   // before the slot
inline constexpr Minute kOverrun = 30;     // after it
inline constexpr Minute kPermit = 4 * 60;  // how long a permit runs at most

// What the disclosure said when it was shown, and whether anything it rested on has changed since.
struct Screen {
  bool offered = false;
  bool visits_changed = false;
  bool recording_changed = false;
};

struct Side {
  bool accepted = false;
  Screen screen;               // the one that was accepted
  bool call_opened = false;    // the acceptance still opens the call
  bool consent_lives = false;  // and the consent to recording in it still holds
  bool declined = false;       // a no in the call, final for it
  bool said_no = false;
};

struct Permit {
  Minute from = 0;
  Minute until = 0;
};

enum class Phase { booked, started, over };

struct Visit {
  std::string company;
  Minute from = 0;
  Minute to = 0;
  Phase phase = Phase::booked;
  std::map<std::string, Side> sides{{"dr", {}}, {"mr", {}}};
  Screen shown;  // last
  std::vector<Permit> permits;
  bool registered = false;
};

struct Company {
  bool entitled = true;
  bool enabled = true;
};

class Visits {
 public:
  bool visits_on = true;
  bool recording_on = true;
  std::map<std::string, Company> companies{{"acme", {}}, {"rival", {}}};
  std::string employer = "acme";
  std::map<std::string, bool> active{{"dr", true}, {"mr", true}};
  std::map<std::string, Visit> visits;
  Minute now = 0;

  // Conditions one and two: what the screen may offer.
  bool offered(const Visit& v) const {
    const Company& c = companies.at(v.company);
    return recording_on && c.entitled && c.enabled && employer == v.company;
  }
  bool current(const Visit& v) const {
    if (v.phase == Phase::over) return false;
    if (v.phase == Phase::started) return now < v.to + kOverrun;
    return v.from - kDoorsOpen <= now && now < v.to;
  }
  bool over(const Visit& v) const {
    return v.phase == Phase::over || now >= (v.phase == Phase::started ? v.to + kOverrun : v.to);
  }

  bool may_book() const { return active.at("mr") && active.at("dr") && visits_on; }
  void book(const std::string& id, Minute from, Minute to) {
    visits[id].company = employer;
    visits[id].from = from;
    visits[id].to = to;
  }

  void show(const std::string& visit) { visits.at(visit).shown = {.offered = offered(visits.at(visit))}; }
  bool may_accept(const std::string& visit, const std::string& who) const {
    const Visit& v = visits.at(visit);
    return active.at(who) && active.at("dr") && visits_on && !over(v) && stands(v, v.shown);
  }
  void accept(const std::string& visit, const std::string& who, bool consent) {
    Visit& v = visits.at(visit);
    Side& side = v.sides.at(who);
    side.accepted = true;
    side.call_opened = true;
    side.screen = v.shown;
    side.consent_lives = consent && v.shown.offered;
    side.said_no = !consent;
    if (consent) return;
    if (v.phase == Phase::started) side.declined = true;
    stop(v);
  }

  bool may_join(const std::string& visit, const std::string& who) const {
    const Visit& v = visits.at(visit);
    const Side& side = v.sides.at(who);
    if (!current(v) || !visits_on || !active.at("dr") || !active.at(who)) return false;
    return side.call_opened && (v.phase == Phase::started || stands(v, side.screen));
  }
  bool may_start(const std::string& visit) const {
    const Visit& v = visits.at(visit);
    bool ready = current(v) && visits_on;
    for (const auto& [who, side] : v.sides)
      ready = ready && active.at(who) && side.call_opened && stands(v, side.screen);
    return ready;
  }

  // All three conditions, at this moment, for this visit.
  bool may_record(const std::string& visit) const {
    const Visit& v = visits.at(visit);
    bool all = v.phase == Phase::started && current(v) && offered(v) && visits_on;
    for (const auto& [who, side] : v.sides)
      all = all && active.at(who) && side.consent_lives && !side.declined;
    return all;
  }
  void permit(const std::string& visit) {
    Visit& v = visits.at(visit);
    if (v.permits.empty() || v.permits.back().until <= now) v.permits.push_back({now, now});
    v.permits.back().until = std::min(now + kPermit, v.to + kOverrun);
  }
  bool may_keep(const std::string& visit, Minute from, Minute to) const {
    const Visit& v = visits.at(visit);
    bool covered = false;
    for (const Permit& p : v.permits) covered = covered || (p.from <= from && from < p.until && to <= p.until);
    return covered && !v.registered;
  }

  void withdraw(const std::string& visit, const std::string& who) {
    visits.at(visit).sides.at(who).declined = true;
    stop(visits.at(visit));
  }
  void end(const std::string& visit) {
    stop(visits.at(visit));
    visits.at(visit).phase = Phase::over;
  }

  void set_visits(bool on) {
    if (on == visits_on) return;
    visits_on = on;
    for (auto& [id, v] : visits) {
      v.shown.visits_changed = true;
      for (auto& [who, side] : v.sides) side.call_opened = false;
    }
    forget();
  }
  void set_recording(bool on) {
    if (on == recording_on) return;
    recording_on = on;
    forget();
  }
  void set_company(const std::string& id, bool Company::*setting, bool on) {
    if (companies.at(id).*setting == on) return;
    companies.at(id).*setting = on;
    for (auto& [visit, v] : visits)
      if (v.company == id) forget(v);
  }
  void move_to(const std::string& company) {
    if (company == employer) return;
    employer = company;
    forget();
  }
  void leave_platform(const std::string& who) {
    active.at(who) = false;
    forget();
  }
  void come_back(const std::string& who) {
    active.at(who) = true;
    forget();
    if (who == "dr") {
      set_visits(false);
      set_recording(false);
    }
  }

  // The call has begun.
  void start(const std::string& visit) {
    Visit& v = visits.at(visit);
    v.phase = Phase::started;
    for (auto& [who, side] : v.sides) side.declined = side.declined || side.said_no;
  }

 private:
  // Whether the screen is the one that would be shown now.
  bool stands(const Visit& v, const Screen& screen) const {
    return screen.offered == offered(v) && !screen.visits_changed &&
           !(screen.offered && screen.recording_changed);
  }
  // What the consents rested on has changed.
  void forget() {
    for (auto& [id, v] : visits) forget(v);
  }
  void forget(Visit& v) {
    for (auto& [who, side] : v.sides) {
      side.consent_lives = false;
      side.screen.recording_changed = true;
    }
    v.shown.recording_changed = true;
    stop(v);
  }
  void stop(Visit& v) {
    if (!v.permits.empty()) v.permits.back().until = std::min(v.permits.back().until, now);
  }
};

}  // namespace connex::naive
