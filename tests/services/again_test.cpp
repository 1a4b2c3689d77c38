// What is told of a decision under another policy, against what the command answers under that policy: for every
// command of a long script and for every value of the pack, changed one at a time. It is the same, or it is not told.
#include "services/again.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "connex/stores.hpp"
#include "faults/script.hpp"
#include "policy/pack.hpp"
#include "services/policy_versions.hpp"
#include "services/processor_terms.hpp"
#include "services/processors.hpp"
#include "services/schema.hpp"
#include "services/vault.hpp"

using namespace connex;
using namespace connex::services;
using boost::json::array;
using boost::json::object;
using boost::json::value;

namespace {

// Passes a store on, as if another pack had been in force over it from the beginning. It keeps nothing of what is done
// but the data keys that are made, which whoever comes next may use: the vault looks for them again.
class Rehearsal final : public store::Store {
 public:
  // Borrows both.
  Rehearsal(store::Store& inner, const PolicyPack& pack) : inner_(&inner), pack_(pack) {}

  Result<void> prepare(const store::Schema& schema) override { return inner_->prepare(schema); }
  Result<std::unique_ptr<store::ReadTransaction>> begin_read() override {
    auto begun = inner_->begin_read();
    if (!begun) return begun;
    return std::unique_ptr<store::ReadTransaction>(std::make_unique<Read>(pack_, std::move(*begun)));
  }
  Result<std::unique_ptr<store::WriteTransaction>> begin_write() override {
    auto begun = inner_->begin_write();
    if (!begun) return begun;
    return std::unique_ptr<store::WriteTransaction>(std::make_unique<Write>(pack_, std::move(*begun), owned_ != nullptr));
  }
  Result<std::unique_ptr<store::Store>> open_beside(std::string_view name, bool create) override {
    auto opened = inner_->open_beside(name, create);
    if (!opened) return opened;
    auto beside = std::make_unique<Rehearsal>(**opened, pack_);
    beside->owned_ = std::move(*opened);
    return std::unique_ptr<store::Store>(std::move(beside));
  }

 private:
  template <class Base>
  class Under : public Base {
   public:
    Under(const PolicyPack& pack, std::unique_ptr<Base> inner) : pack_(pack), inner_(std::move(inner)) {}
    Result<bool> get(const store::Table& table, std::span<const store::Cell> key, store::Row& row) override {
      auto found = inner_->get(table, key, row);
      if (&table != &policy_pack::kTable || !found || !*found) return found;
      const store::Row filed = row;
      row.clear();
      for (std::size_t c = 0; c < filed.size(); ++c)
        row.push(c == policy_pack::digest     ? store::Cell(pack_.digest)
                 : c == policy_pack::document ? store::Cell(pack_.canonical)
                                              : filed[c]);
      return found;
    }
    Result<void> scan(const store::Table& table, const store::Range& range, std::vector<store::Row>& rows) override {
      return inner_->scan(table, range, rows);
    }

   protected:
    const PolicyPack& pack_;
    std::unique_ptr<Base> inner_;
  };
  using Read = Under<store::ReadTransaction>;
  class Write final : public Under<store::WriteTransaction> {
   public:
    Write(const PolicyPack& pack, std::unique_ptr<store::WriteTransaction> inner, bool of_keys)
        : Under(pack, std::move(inner)), keep_(of_keys) {}
    Result<void> insert(const store::Table& table, std::span<const store::Cell> row) override {
      look_at(table, row);
      return inner_->insert(table, row);
    }
    Result<void> update(const store::Table& table, std::span<const store::Cell> row) override {
      look_at(table, row);
      return inner_->update(table, row);
    }
    Result<bool> erase(const store::Table& table, std::span<const store::Cell> key) override {
      keep_ = false;
      return inner_->erase(table, key);
    }
    Result<void> commit() override { return keep_ ? inner_->commit() : Result<void>(); }

   private:
    void look_at(const store::Table& table, std::span<const store::Cell> row) {
      keep_ = keep_ && table.name == "data_keys" &&  // one without its key was destroyed
              std::ranges::none_of(row, [](const store::Cell& cell) { return cell.is_null(); });
    }
    bool keep_;  // what was written so far
  };

  store::Store* inner_;
  std::unique_ptr<store::Store> owned_;
  const PolicyPack& pack_;
};

struct Mutation {
  std::string pointer;
  std::shared_ptr<const PolicyPack> pack;
  bool widens = false;  // a processor's terms: what does waits for its notices when published, and not in a rehearsal
};

// Every pack that differs from the default in one value and can be loaded.
std::vector<Mutation> mutations() {
  const auto base = policy::default_pack();
  const value document = boost::json::parse(base->canonical);
  std::vector<Mutation> out;
  std::set<std::string> digests{base->digest};
  const auto keep = [&](const std::string& pointer, const value& changed) {
    auto pack = policy::load(boost::json::serialize(changed));
    if (!pack || !digests.insert((*pack)->digest).second) return false;
    // The script engages a change of this one, which ends when a pack lists it otherwise.
    const bool widens = !changes_of(*base, **pack).empty() ||
                        !same_terms(base->find_processor("razorpay"), (*pack)->find_processor("razorpay"));
    out.push_back({pointer, std::move(*pack), widens});
    return true;
  };
  const auto put = [&](const std::string& pointer, const value& instead) {
    value changed = document;
    boost::system::error_code missing;
    *changed.find_pointer(pointer, missing) = instead;
    return keep(pointer, changed);
  };
  std::map<std::string, int> tried;  // of rows that are all alike, and decide nothing here, not every one
  const auto few = [&](const std::string& pointer, const std::string& what) {
    constexpr std::string_view kAll[] = {"/dependencies", "/processors", "/roles", "/security"};
    const std::string section = pointer.substr(0, pointer.find('/', 1));
    return ++tried[section + what] <= (std::ranges::find(kAll, section) != std::end(kAll) ? 100 : 4);
  };
  const auto walk = [&](const auto& self, const std::string& pointer, const value& at, const array* rows,
                        std::size_t row) -> void {
    if (const object* members = at.if_object()) {
      for (const auto& [name, member] : *members) {
        const std::string below = pointer + "/" + std::string(name);
        // What another row says.
        if (rows != nullptr && few(pointer, std::string(name)))
          for (std::size_t other = 1; other < rows->size(); ++other) {
            const object* sibling = (*rows)[(row + other) % rows->size()].if_object();
            const value* says = sibling ? sibling->if_contains(name) : nullptr;
            if (says != nullptr && *says != member && put(below, *says)) break;
          }
        self(self, below, member, nullptr, 0);
      }
    } else if (const array* entries = at.if_array()) {
      for (std::size_t i = 0; i < entries->size(); ++i) {
        const std::string below = pointer + "/" + std::to_string(i);
        value less = document;
        boost::system::error_code missing;
        array& shorter = less.find_pointer(pointer, missing)->as_array();
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
        if (few(pointer, " shorter")) keep(below, less);
        if (entries->size() < 20 || few(pointer, " row")) self(self, below, (*entries)[i], entries, i);
      }
    } else if (at.is_bool()) {
      put(pointer, !at.get_bool());
    } else if (at.is_int64()) {
      put(pointer, at.get_int64() / 2);
      put(pointer, at.get_int64() * 2 + 1);
    } else if (at.is_string()) {
      const std::string text(at.get_string());
      for (const std::string& instead : {text + "x", std::string("1.3"), std::string("require"), std::string("DE")})
        if (few(pointer, " text") && put(pointer, value(instead))) break;
    }
  };
  for (const auto& member : document.as_object())
    if (member.key() != "visibility") walk(walk, "/" + std::string(member.key()), member.value(), nullptr, 0);
  value denied = document;
  denied.at("countries").at("deny").as_array().push_back(
      {{"country", "IN"}, {"from", "2026-01-01"}, {"until", nullptr}, {"source", "Gazette"}});
  keep("/countries/deny", denied);
  value hidden = document;  // a row shows each field or hides it
  object& row = hidden.at("visibility").at("rows").at(4).as_object();
  row.at("hide").as_array().push_back(row.at("show").as_array().front());
  row.at("show").as_array().erase(row.at("show").as_array().begin());
  keep("/visibility/rows/4", hidden);
  put("/last_updated", "2026-01-01");
  put("/text_digest", value("sha256:" + std::string(64, '0')));
  return out;
}

// What a command answered.
struct Live {
  bool permitted = false;
  std::string effect;   // or the error
  bool failed = false;  // of the engine, and not of the command
};
Live live(std::string_view answer) {
  const value parsed = boost::json::parse(answer);
  if (!parsed.at("ok").as_bool()) {
    const std::string_view code = parsed.at("error").at("code").as_string();
    return {false, std::string(answer), code != "invalid_argument" && code != "not_found" && code != "conflict"};
  }
  const object& decision = parsed.at("decision").as_object();
  return {decision.at("permitted").as_bool(), std::string(decision.at("effect").as_string()), false};
}

struct Step {
  std::string request;
  Number seq;
  std::vector<Live> under;  // each mutation
};

constexpr std::string_view kMore = R"(
{"command": "organisation.put", "actor": "system", "at": "2026-11-24T08:00:00+05:30", "args": {"id": "z-co", "kind": "pharma_company", "name": "Zed", "recording_entitled": true}}
{"command": "principal.register", "actor": "system", "at": "2026-11-24T08:00:00+05:30", "args": {"id": "z-dr", "role": "doctor", "name": "Zed Doctor", "phone": "98765 43210", "birth_date": "1999-01-01"}}
{"command": "principal.register", "actor": "system", "at": "2026-11-24T08:00:00+05:30", "args": {"id": "z-17", "role": "doctor", "name": "Zed Young", "birth_date": "2009-01-01"}}
{"command": "principal.register", "actor": "system", "at": "2026-11-24T08:00:00+05:30", "args": {"id": "z-mr", "role": "medical_representative", "organisation": "z-co", "name": "Zed Visitor", "adult_attested": true}}
{"command": "principal.register", "actor": "system", "at": "2026-11-24T08:00:00+05:30", "args": {"id": "z-pa", "role": "pharma_administrator", "organisation": "z-co", "name": "Zed Keeper", "adult_attested": true}}
{"command": "principal.register", "actor": "z-pa", "at": "2026-11-24T08:00:00+05:30", "args": {"id": "z-st", "role": "staff", "organisation": "z-co", "name": "Zed Staff", "adult_attested": true}}
{"command": "principal.register", "actor": "z-pa", "at": "2026-11-24T08:00:00+05:30", "args": {"id": "z-m2", "role": "medical_representative", "organisation": "z-co", "name": "Zed Second", "adult_attested": true}}
{"command": "preference.set", "actor": "z-dr", "at": "2026-11-24T08:01:00+05:30", "args": {"doctor": "z-dr", "virtual_visits": true, "recording": true}}
{"command": "organisation.set_recording", "actor": "z-pa", "at": "2026-11-24T08:01:00+05:30", "args": {"id": "z-co", "enabled": true}}
{"command": "visit.book", "actor": "z-mr", "at": "2026-11-24T08:02:00+05:30", "args": {"id": "z-1", "doctor": "z-dr", "representative": "z-mr", "starts_at": "2026-11-24T10:00:00+05:30", "ends_at": "2026-11-24T10:30:00+05:30"}}
{"command": "visit.book", "actor": "z-mr", "at": "2026-11-24T08:02:00+05:30", "args": {"id": "z-2", "doctor": "z-dr", "representative": "z-mr", "starts_at": "2026-11-24T12:00:00+05:30", "ends_at": "2026-11-25T00:00:00+05:30"}}
{"command": "visit.book", "actor": "z-mr", "at": "2026-11-24T08:02:00+05:30", "args": {"id": "z-3", "doctor": "z-dr", "representative": "z-mr", "starts_at": "2026-11-24T12:00:00+05:30", "ends_at": "2026-11-24T13:00:00+05:30", "purpose": "prescription"}}
{"command": "visit.disclosure", "actor": "z-dr", "at": "2026-11-24T08:03:00+05:30", "args": {"visit": "z-1", "language": "hi"}}
{"command": "visit.accept", "actor": "z-dr", "at": "2026-11-24T08:03:00+05:30", "args": {"visit": "z-1", "disclosure_hash": "$hash", "recording_consent": true}}
{"command": "visit.accept", "actor": "z-mr", "at": "2026-11-24T08:03:00+05:30", "args": {"visit": "z-1", "disclosure_hash": "$hash", "recording_consent": true}}
{"command": "visit.accept", "actor": "z-pa", "at": "2026-11-24T08:03:00+05:30", "args": {"visit": "z-1", "disclosure_hash": "$hash", "recording_consent": true}}
{"command": "visit.join", "actor": "z-dr", "at": "2026-11-24T09:10:00+05:30", "args": {"visit": "z-1"}}
{"command": "visit.join", "actor": "z-dr", "at": "2026-11-24T09:40:00+05:30", "args": {"visit": "z-1"}}
{"command": "visit.join", "actor": "z-pa", "at": "2026-11-24T09:40:00+05:30", "args": {"visit": "z-1"}}
{"command": "visit.join", "actor": "z-mr", "at": "2026-11-24T09:50:00+05:30", "args": {"visit": "z-1"}}
{"command": "attestation.put", "actor": "system", "at": "2026-11-24T09:50:00+05:30", "args": {"claim": "agreement:livekit", "value": true, "evidence_ref": "doc", "valid_until": "2027-11-23T10:00:00+05:30"}}
{"command": "attestation.put", "actor": "system", "at": "2026-11-24T09:50:00+05:30", "args": {"claim": "agreement:contabo", "value": true, "evidence_ref": "doc", "valid_until": "2027-11-23T10:00:00+05:30"}}
{"command": "attestation.put", "actor": "system", "at": "2026-11-24T09:50:00+05:30", "args": {"claim": "agreement:meta_whatsapp", "value": true, "evidence_ref": "doc", "valid_until": "2027-11-23T10:00:00+05:30"}}
{"command": "attestation.put", "actor": "system", "at": "2026-11-24T09:50:00+05:30", "args": {"claim": "agreement:google_workspace", "value": true, "evidence_ref": "doc", "valid_until": "2027-11-23T10:00:00+05:30"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "livekit", "fields": {"participant_id": "p-1", "connection_events": 1, "shoe_size": 3}, "purpose": "service_delivery", "context": {"visit": "z-1"}}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "contabo", "fields": {"hosted_data": "x"}, "purpose": "service_delivery"}}
{"command": "attestation.put", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"claim": "region:contabo", "value": "IN", "evidence_ref": "doc", "valid_until": "2027-11-23T10:00:00+05:30"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "contabo", "fields": {"hosted_data": "x"}, "purpose": "service_delivery"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "meta_whatsapp", "fields": {"phone": "98765 43210", "message_content": "your visit begins"}, "purpose": "communication", "context": {"principals": ["z-dr"]}}}
{"command": "bridge.set", "actor": "z-dr", "at": "2026-11-24T09:55:00+05:30", "args": {"principal": "z-dr", "enabled": true}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "meta_whatsapp", "fields": {"phone": "98765 43210", "message_content": "your visit begins"}, "purpose": "communication", "context": {"principals": ["z-dr"]}}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "google_workspace", "fields": {"email": "a@b.example", "notification_content": "call 98765 43210"}, "purpose": "communication"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "google_workspace", "fields": {"email": "a@b.example", "notification_content": "see you"}, "purpose": "marketing"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "google_workspace", "fields": {"email": "a@b.example", "notification_content": "see you"}, "purpose": "billing"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "google_gemini", "fields": {"note_text": "we discussed the trial data"}, "purpose": "service_delivery", "context": {"visit": "z-1", "source": "captions"}}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "nobody", "fields": {"email": "x"}, "purpose": "communication"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T09:55:00+05:30", "args": {"processor": "razorpay", "fields": {"payment_amount": 3, "subscription_plan": "gold"}, "purpose": "billing", "country": "IN"}}
{"command": "visit.start", "actor": "z-mr", "at": "2026-11-24T09:56:00+05:30", "args": {"visit": "z-1"}}
{"command": "recording.decide", "actor": "system", "at": "2026-11-24T10:05:00+05:30", "args": {"visit": "z-1"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T10:05:00+05:30", "args": {"processor": "livekit", "fields": {"audio_stream": 1}, "purpose": "service_delivery", "context": {"visit": "z-1"}}}
{"command": "recording.decide", "actor": "system", "at": "2026-11-24T10:50:00+05:30", "args": {"visit": "z-1"}}
{"command": "visit.join", "actor": "z-dr", "at": "2026-11-24T10:55:00+05:30", "args": {"visit": "z-1"}}
{"command": "recording.decide", "actor": "system", "at": "2026-11-24T11:05:00+05:30", "args": {"visit": "z-1"}}
{"command": "visit.end", "actor": "z-dr", "at": "2026-11-24T11:06:00+05:30", "args": {"visit": "z-1"}}
{"command": "recording.register", "actor": "system", "at": "2026-11-24T11:10:00+05:30", "args": {"id": "z-r", "visit": "z-1", "locator": "k", "sha256": "0000000000000000000000000000000000000000000000000000000000000000", "size": 1, "started_at": "2026-11-24T10:05:00+05:30", "ended_at": "2026-11-24T11:00:05+05:30"}}
{"command": "recording.access", "actor": "z-dr", "at": "2026-11-24T11:10:00+05:30", "args": {"recording": "z-r", "mode": "download"}}
{"command": "recording.access", "actor": "z-mr", "at": "2026-11-24T11:10:00+05:30", "args": {"recording": "z-r", "mode": "download"}}
{"command": "note.complete", "actor": "z-mr", "at": "2026-11-24T11:11:00+05:30", "args": {"visit": "z-1", "text": "call 98765 43210 about the trial"}}
{"command": "ai.extract", "actor": "system", "at": "2026-11-24T11:11:00+05:30", "args": {"visit": "z-1", "provider": "google_gemini"}}
{"command": "ai.extract", "actor": "system", "at": "2026-11-24T11:11:00+05:30", "args": {"visit": "z-1", "provider": "razorpay"}}
{"command": "purpose.check", "actor": "system", "at": "2026-11-24T11:12:00+05:30", "args": {"class": "usage", "purpose": "analytics", "operation": "aggregate", "cell_size": 12}}
{"command": "purpose.check", "actor": "system", "at": "2026-11-24T11:12:00+05:30", "args": {"class": "usage", "purpose": "analytics", "operation": "aggregate", "cell_size": 7, "consented": false}}
{"command": "purpose.check", "actor": "system", "at": "2026-11-24T11:12:00+05:30", "args": {"class": "account", "purpose": "service_delivery", "operation": "use"}}
{"command": "purpose.check", "actor": "system", "at": "2026-11-24T11:12:00+05:30", "args": {"class": "account", "purpose": "sell", "operation": "share"}}
{"command": "purpose.check", "actor": "system", "at": "2026-11-24T11:12:00+05:30", "args": {"class": "recording", "purpose": "service_delivery", "operation": "store", "visit": "z-1"}}
{"command": "transfer.check", "actor": "system", "at": "2026-11-24T11:12:00+05:30", "args": {"processor": "livekit", "country": "SG"}}
{"command": "security.check", "actor": "dpo-1", "at": "2026-11-24T11:13:00+05:30", "args": {"posture": {"tls_version": "1.1", "password_hash": "$2b$12$"}}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T11:13:10+05:30", "args": {"processor": "razorpay", "fields": {"payment_amount": 3}, "purpose": "billing"}}
{"command": "attestation.put", "actor": "system", "at": "2026-11-24T11:13:20+05:30", "args": {"claim": "tls", "value": "1.2", "evidence_ref": "doc", "valid_until": "2027-11-23T10:00:00+05:30"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T11:13:30+05:30", "args": {"processor": "razorpay", "fields": {"payment_amount": 3}, "purpose": "billing"}}
{"command": "egress.check", "actor": "system", "at": "2026-11-24T11:13:40+05:30", "args": {"processor": "livekit", "fields": {"participant_id": "p-1"}, "purpose": "service_delivery", "context": {"visit": "z-2"}}}
{"command": "aggregate.check", "actor": "system", "at": "2026-11-24T11:14:00+05:30", "args": {"counts": {"cells": [12, 30, 45, 80]}, "columns": 2}}
{"command": "aggregate.check", "actor": "system", "at": "2026-11-24T11:14:00+05:30", "args": {"counts": {"cells": [3, 4]}, "columns": 2}}
{"command": "record.register", "actor": "system", "at": "2026-11-24T11:14:00+05:30", "args": {"id": "z-ag", "class": "analytics_aggregate", "locator": "ag", "trigger_at": "2026-11-24T11:00:00+05:30", "counts": {"cells": [12, 30]}, "columns": 2}}
{"command": "hold.place", "actor": "system", "at": "2026-11-24T11:15:00+05:30", "args": {"id": "z-h", "basis": "court_order", "authority": "High Court", "citation": "case 2/2026", "scope": {"records": ["messages"]}, "review_at": "2027-02-10T00:00:00+05:30", "approved_by": "dpo-1"}}
{"command": "principal.terminate", "actor": "z-m2", "at": "2026-11-24T11:16:00+05:30", "args": {"id": "z-m2"}}
{"command": "principal.reactivate", "actor": "z-m2", "at": "2027-01-20T11:16:00+05:30", "args": {"id": "z-m2"}}
{"command": "attestation.put", "actor": "system", "at": "2027-01-20T11:17:00+05:30", "args": {"claim": "ai_enabled", "value": false, "evidence_ref": "doc", "valid_until": "2027-11-23T10:00:00+05:30"}}
)";

TEST_CASE("a decision made again under any other pack is the one that the command takes under it, or is not told") {
  const auto base = policy::default_pack();
  const std::vector<Mutation> all = mutations();
  std::map<std::string, int> by_section;
  for (const Mutation& m : all) ++by_section[m.pointer.substr(1, m.pointer.find('/', 1) - 1)];
  const value document = boost::json::parse(base->canonical);
  for (const auto& member : document.as_object()) {
    CAPTURE(std::string(member.key()));
    CHECK(by_section[std::string(member.key())] > 0);
  }

  auto made_store = store::make_memory_store();
  store::Store* const store = made_store.get();
  const auto engine = connex::testing::open_engine(std::move(made_store));
  std::vector<std::string> requests;
  for (const auto& scripted : connex::testing::read_script())
    if (scripted.command->kind != CommandKind::reports && !scripted.command->name.starts_with("policy.") &&
        scripted.command->name != "key.rotate")  // the provider's keys are no part of the store
      requests.push_back(scripted.request);
  for (std::string_view rest = kMore; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0) requests.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::vector<std::unique_ptr<Engine>> rehearsals;
  for (const Mutation& m : all)
    rehearsals.push_back(connex::testing::open_engine(std::make_unique<Rehearsal>(*store, *m.pack)));
  std::vector<Step> steps;
  std::string hash;
  for (const std::string& template_ : requests) {
    Step step{connex::testing::with_hash(template_, hash), 0, {}};
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string answer;  // a rehearsal undoes the keys that it made, which the one seal in 65,536 that is counted misses
      do answer = rehearsals[i]->execute(step.request);
      while (answer.find("the key was destroyed meanwhile") != std::string::npos);
      step.under.push_back(live(answer));
      CAPTURE(answer);
      CHECK_FALSE(step.under.back().failed);
    }
    const std::string answer = engine->execute(step.request);
    if (const std::string shown = connex::testing::disclosure_hash(answer); !shown.empty()) hash = shown;
    const value parsed = boost::json::parse(answer);
    CAPTURE(answer);
    REQUIRE(parsed.as_object().contains("audit"));
    step.seq = parsed.at("audit").at("seq").as_int64();
    steps.push_back(std::move(step));
  }

  const auto vault = std::move(Vault::open(*store, nullptr, connex::testing::key_provider()).value());
  auto tx = std::move(vault->begin_read().value());
  PolicyLibrary library(base);
  const AuditHead head = load_head(*tx).value();
  const PolicyVersions* versions = library.at(*tx, head).value();
  Rules was(base, versions, {});
  std::vector<AuditEntry> entries;
  std::set<std::string_view> rules;
  for (const Step& step : steps) {
    entries.push_back(find_entry(*tx, step.seq).value().value());
    const AuditEntry& entry = entries.back();
    rules.insert(find_gate(entry.content.rule)->rule);
    was.at = entry.at;
    const auto same = decided_again(*tx, entry, was, was, day_of(entry.at, base->offset), entry.at).value();
    CAPTURE(step.request);
    REQUIRE(same);
    CHECK(same->decision().permitted() == (entry.content.effect == Effect::permit));
  }
  std::map<std::string, std::pair<int, int>> counts;  // told and not, by rule
  std::set<std::string> shown;  // of the differences, one of each command and section
  for (std::size_t i = 0; i < all.size(); ++i) {
    Rules asked(all[i].pack, versions, {});
    for (std::size_t n = 0; n < steps.size(); ++n) {
      const AuditEntry& entry = entries[n];
      was.at = asked.at = entry.at;
      const auto made = decided_again(*tx, entry, was, asked, day_of(entry.at, base->offset), entry.at).value();
      auto& [told, untold] = counts[entry.content.rule];
      ++(made ? told : untold);
      if (!made) continue;
      const Live& then = steps[n].under[i];
      const bool permits = made->decision().permitted();
      const bool agrees = all[i].widens ? !permits || then.permitted : permits == then.permitted;
      const bool denies = made->decision().effect == Effect::deny && !all[i].widens;
      if (agrees && !(denies && then.effect == "indeterminate")) continue;
      if (!shown.insert(entry.content.command + all[i].pointer.substr(0, all[i].pointer.find('/', 1))).second) continue;
      CAPTURE(steps[n].request);
      CAPTURE(all[i].pointer);
      CAPTURE(entry.content.rule);
      CAPTURE(name(made->decision().effect));
      CAPTURE(made->decision().gate->rule);
      CAPTURE(then.effect);
      CHECK(agrees);
    }
  }
  for (const auto& [rule, told] : counts) {  // most are told
    CAPTURE(rule);
    CHECK(told.first > 5 * told.second);
  }
  // A gate that is new must come to be decided here as well.
  for (const Gate* gate : kGates) {
    CAPTURE(gate->rule);
    const bool none = gate == &kRecordingEligible || gate == &kLocationKeep ||  // of these nothing is on record
                      gate == &kPolicyPublish || gate == &kPolicyAccept ||      // between packs
                      gate == &kDataUse;                                        // by the whole pack
    CHECK(rules.contains(gate->rule) != none);
  }
}

}  // namespace
