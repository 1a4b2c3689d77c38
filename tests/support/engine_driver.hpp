// Drives an engine on a store in memory, one command after the other, on a clock of its own. Every answer is
// held against what the contract promises of all of them: one line; bad input changes nothing; a denial and
// an error on record change nothing but the audit log; nobody's data stand where they do not belong.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connex/calendar.hpp"
#include "connex/engine.hpp"
#include "connex/ports/store.hpp"

namespace connex::services {
class Vault;
}

namespace connex::testing {

// What stands in every text field of every person and organisation of the tests, in one form or another.
inline constexpr std::string_view kMarkers[] = {"zq7x", "98123000", "1971-02-0", "SECRETLOCATOR"};

// One answer of the engine.
class Answer {
 public:
  explicit Answer(std::string line);

  const std::string& line() const noexcept { return line_; }
  bool ok() const { return object_.at("ok").as_bool(); }
  bool permitted() const { return ok() && decision().at("permitted").as_bool(); }
  bool denied() const { return ok() && !permitted(); }
  std::string effect() const { return std::string(decision().at("effect").as_string()); }
  std::string rule() const { return std::string(decision().at("rule").as_string()); }

  // "reason clause" of each unmet condition, joined by "; ".
  std::string reasons() const;
  // "action visit" of each obligation, in order.
  std::vector<std::string> obligations() const;
  bool obliges(std::string_view action) const;

  // "code path" of an error; empty when there is none.
  std::string error() const;
  std::string message() const { return std::string(object_.at("error").at("message").as_string()); }

  const boost::json::object& object() const noexcept { return object_; }
  const boost::json::object& decision() const { return object_.at("decision").as_object(); }
  const boost::json::object& result() const { return object_.at("result").as_object(); }
  // The text in the result at a JSON pointer, or at the name of a field.
  std::string text(std::string_view field) const;
  std::int64_t seq() const { return object_.at("audit").at("seq").as_int64(); }

 private:
  std::string line_;
  boost::json::object object_;
};

std::ostream& operator<<(std::ostream& out, const Answer& answer);

using Args = boost::json::object;

class EngineDriver {
 public:
  explicit EngineDriver(bool checked = true, std::unique_ptr<store::Store> store = nullptr,
                        std::optional<Bucket> bucket = std::nullopt);
  ~EngineDriver();

  // Time is told in minutes after 2026-11-23T08:00:00+05:30; it moves only when told so.
  void set_time(std::int64_t minute) { now_ = kStart.micros + minute * kMicrosPerMinute; }
  void advance(std::int64_t seconds) { now_ += seconds * kMicrosPerSecond; }
  void go(std::string_view instant) { now_ = parse_instant(instant)->micros; }  // RFC 3339, in whole seconds
  std::int64_t micros() const noexcept { return now_; }
  std::string time(std::int64_t minute) const { return text({kStart.micros + minute * kMicrosPerMinute}); }
  std::string now() const { return text({now_}); }

  Answer operator()(std::string_view command, std::string_view actor, const Args& args = {});
  // The same with an idempotency key.
  Answer repeat(std::string_view request_id, std::string_view command, std::string_view actor,
                const Args& args = {});
  // A request as it is, without any of the checks.
  Answer raw(std::string_view request);

  Engine& engine() noexcept { return *engine_; }
  store::Store& store() noexcept { return *store_; }
  services::Vault& vault();  // over the same store: its transactions open what is sealed

  // Every row of the tables that keep what commands change, as text; without those that count and record.
  std::string state(const store::Table* without = nullptr) const;
  // Every row of one table, cells in hexadecimal where they are blobs.
  std::string dump(const store::Table& table) const;
  std::int64_t audit_size() const;

  static const Instant kStart;

 private:
  std::string text(Instant at) const { return format_instant(at, UtcOffset{330}); }
  Answer run(const boost::json::object& request);

  store::Store* store_ = nullptr;
  std::shared_ptr<keys::KeyProvider> provider_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<services::Vault> vault_;
  std::int64_t now_ = 0;
  bool checked_ = true;
};

// A doctor `dr`, a representative `mr` of the company `acme` with its administrator `pa` and its compliance
// officer `co`, a second company `rival` with `mr2` and `pa2`, a clinic with the doctor's assistant `ca` and
// the administrator `ha`, a staff member `st` and the data protection officer `dpo`. All recording settings
// and virtual visits are on.
struct World : EngineDriver {
  // `before`: what is done in the empty store.
  explicit World(bool checked = true, std::unique_ptr<store::Store> store = nullptr,
                 const std::function<void(EngineDriver&)>& before = {});

  // Registers a person with a marker in every field. `number` makes the telephone number.
  Answer person(std::string_view id, std::string_view role, std::string_view organisation, int number);

  // From here on the visit `v`, whose slot is minutes 120 to 150.
  Answer book(std::string_view visit = "v", std::int64_t from = 120, std::int64_t to = 150);
  std::string show(std::string_view visit = "v");  // the hash of its disclosure now
  Answer accept(std::string_view who, bool consent = true, std::string_view visit = "v");
  Answer start(std::string_view visit = "v") { return (*this)("visit.start", "system", {{"visit", visit}}); }
  Answer decide(std::string_view visit = "v") {
    return (*this)("recording.decide", "system", {{"visit", visit}});
  }
  Answer doctor_sets(std::string_view setting, bool on) {
    return (*this)("preference.set", "dr", {{"doctor", "dr"}, {setting, on}});
  }
  Answer company_sets(bool on) {
    return (*this)("organisation.set_recording", "pa", {{"id", "acme"}, {"enabled", on}});
  }
  Answer plan_has(bool entitled) {
    return (*this)("organisation.put", "system",
                   {{"id", "acme"},
                    {"kind", "pharma_company"},
                    {"name", "zq7x Acme"},
                    {"recording_entitled", entitled}});
  }
  Answer moves_to(std::string_view company) {
    return (*this)("principal.update", "system", {{"id", "mr"}, {"organisation", company}});
  }

  // The host attests a claim.
  Answer attest(std::string_view claim, const boost::json::value& value = true,
                std::string_view until = "2027-11-23T10:00:00+05:30") {
    return (*this)("attestation.put", "system",
                   {{"claim", claim}, {"value", value}, {"evidence_ref", "doc-1"}, {"valid_until", until}});
  }
  // Sends billing details of the person to razorpay, for which everything is attested first.
  void share_billing(std::string_view who = "mr");

  // A request about the person's own data, and the same with its answer.
  Answer submit(std::string_view id, std::string_view kind, std::string_view who, Args details = {});
  Answer answered(std::string_view id, std::string_view kind, std::string_view who, Args details = {});

  // Books the visit, goes to minute 110, and lets both parties accept.
  void accepted(bool consent = true);
  // The same, and begins the call at minute 120.
  void started(bool consent = true);
};

}  // namespace connex::testing
