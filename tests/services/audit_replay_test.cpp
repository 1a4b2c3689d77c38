// Decisions decided again, and the entries of a person who is erased.
#include "services/audit_replay.hpp"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <set>

#include "evidence/password.hpp"
#include "services/audit_erasure.hpp"
#include "services/schema.hpp"
#include "services/stated.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

constexpr std::int64_t kDay = 24 * 60;

std::int64_t number(const Answer& answer, std::string_view field) {
  return answer.result().at(field).as_int64();
}

TEST_CASE_FIXTURE(World, "audit.replay: every decision follows from its facts") {
  started();
  decide();
  CHECK((*this)("preference.set", "mr", {{"doctor", "dr"}, {"virtual_visits", true}}).denied());
  CHECK((*this)("visit.cancel", "mr", {{"visit", "nowhere"}}).error() == "not_found /args/visit");
  const Answer whole = (*this)("audit.replay", "dpo");
  CHECK(number(whole, "decided") == audit_size());
  CHECK(number(whole, "gone") == 0);
  CHECK(whole.result().at("differences").as_array().empty());
  CHECK_FALSE(whole.result().contains("next"));
  CHECK(number((*this)("audit.replay", "dpo", {{"from", 3}, {"to", 5}}), "decided") == 3);
  CHECK(number((*this)("audit.replay", "dpo", {{"from", 1'000'000}}), "decided") == 0);
  CHECK((*this)("audit.replay", "mr").denied());
}

TEST_CASE_FIXTURE(World, "audit.replay: what does not follow is told") {
  started();
  auto tx = std::move(vault().begin_write().value());
  AuditHead head = load_head(*tx).value();
  AuditContent sound;
  sound.actor = "system";
  sound.command = "visit.start";
  sound.rule = "media.engage";
  sound.facts = {Fact::yes, Fact::yes, Fact::yes};
  sound.effect = Effect::permit;
  sound.outcome = "done";
  sound.policy = engine().policy().digest;
  const auto append = [&](auto change) {
    AuditContent content = sound;
    const Number seq = head.next();
    change(content);
    REQUIRE(append_entry(*tx, head, content, RecordClass::audit));
    REQUIRE(store_head(*tx, head));
    const Replay replay = replay_decisions(*tx, seq, seq, 10).value();
    REQUIRE(replay.decided == 1);
    return replay.differences.empty() ? std::string("follows") : replay.differences.front().what;
  };
  CHECK(append([](AuditContent&) {}) == "follows");
  CHECK(append([](AuditContent& c) { c.effect = Effect::deny; }) == "its facts decide otherwise");
  CHECK(append([](AuditContent& c) { c.facts[1] = Fact::unknown; }) == "its facts decide otherwise");
  CHECK(append([](AuditContent& c) { c.facts.pop_back(); }) ==
        "its facts are not those that the rule asks for");
  CHECK(append([](AuditContent& c) { c.rule = "nothing"; }) == "there is no such rule");
  CHECK(append([](AuditContent& c) { c.policy = "sha256:00"; }) ==
        "it was decided under another policy pack");
  CHECK(append([](AuditContent& c) { c.outcome = "denied"; }) == "what was done is not what was decided");
  CHECK(append([](AuditContent& c) {
          c.effect = Effect::deny;
          c.facts[0] = Fact::no;
        }) == "what was done is not what was decided");
  head.policy = 99;
  CHECK(append([](AuditContent&) {}) == "the policy pack of its time is not on file");
}

// Numbers of the entries that name somebody, as far as anything leads there.
std::vector<Number> naming(World& world, std::string_view who) {
  auto tx = std::move(world.vault().begin_read().value());
  return list_numbers(*tx, EntriesOf::person, who, 0, 1'000).value();
}
std::vector<Number> about(World& world, EntriesOf whose, std::string_view id) {
  auto tx = std::move(world.vault().begin_read().value());
  return list_numbers(*tx, whose, id, 0, 1'000).value();
}
AuditEntry entry_of(World& world, Number seq) {
  auto tx = std::move(world.vault().begin_read().value());
  return find_entry(*tx, seq)->value();
}

TEST_CASE_FIXTURE(World, "an erasure takes the person from the log's entries, and no proof changes") {
  started();
  REQUIRE((*this)("principal.view", "mr", {{"subject", "mr"}}).permitted());  // of the class whose entries go
  set_time(150);
  REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
  set_time(400 * kDay);
  const std::int64_t size = audit_size();
  std::vector<std::string> before;
  for (std::int64_t n = 0; n < size; ++n) {
    const Answer proof = (*this)("audit.prove", "dpo", {{"seq", n}, {"size", size}});
    before.push_back(boost::json::serialize(proof.result()));
  }
  const std::vector<Number> of_visit = about(*this, EntriesOf::visit, "v");
  const std::vector<Number> of_mr = naming(*this, "mr"), of_dr = naming(*this, "dr");
  std::vector<std::string> as_it_was;
  for (const Number n : of_dr) as_it_was.push_back(entry_of(*this, n).content.command);
  std::int64_t of_access = 0, of_audit = 0;
  for (const Number n : of_mr) {
    of_access += entry_of(*this, n).record_class == RecordClass::access_log ? 1 : 0;
    of_audit += entry_of(*this, n).record_class == RecordClass::audit ? 1 : 0;
  }
  REQUIRE(of_access > 0);
  REQUIRE(of_audit > 5);
  const Answer checkpoint = (*this)("audit.checkpoint", "dpo");
  const std::int64_t decided = number((*this)("audit.replay", "dpo"), "decided");

  REQUIRE(
      (*this)(
          "rights.submit", "mr",
          {{"id", "q"}, {"kind", "erasure"}, {"principal", "mr"}, {"channel", "email"}, {"details", Args{}}})
          .permitted());
  REQUIRE((*this)("rights.verify_identity", "dpo", {{"id", "q"}, {"evidence", "e"}}).permitted());
  REQUIRE((*this)("rights.resolve", "dpo", {{"id", "q"}}).permitted());

  const Answer verified = (*this)("audit.verify", "dpo", {{"checkpoint", checkpoint.text("checkpoint")}});
  CHECK(verified.result().at("valid").as_bool());
  const std::int64_t removed = number(verified, "removed");
  CHECK(removed == of_access);  // of the class that the policy erases; in the others the event stays
  for (std::int64_t n = 0; n < size; ++n) {
    const Answer proof = (*this)("audit.prove", "dpo", {{"seq", n}, {"size", size}});
    CHECK(boost::json::serialize(proof.result()) == before[static_cast<std::size_t>(n)]);
  }
  // What still leads to the person is what the law keeps: attestations, and what is younger than the floor.
  for (const Number n : naming(*this, "mr"))
    CHECK((entry_of(*this, n).record_class == RecordClass::consent_attestation || n >= size));
  // For the visit and the other party nothing has gone.
  CHECK(about(*this, EntriesOf::visit, "v") == of_visit);
  std::vector<std::string> as_it_is;
  for (const Number n : of_dr) as_it_is.push_back(entry_of(*this, n).content.command);
  CHECK(as_it_is == as_it_was);
  std::set<std::string> pseudonyms;
  for (const Number n : of_mr) {
    auto tx = std::move(vault().begin_read().value());
    const auto entry = find_entry(*tx, n).value();
    if (!entry || entry->record_class != RecordClass::audit) continue;
    CHECK(entry->content.unlinked());
    CHECK_FALSE(entry->content.actor == "mr");
    CHECK(std::ranges::find(entry->content.subjects, "mr") == entry->content.subjects.end());
    for (const NamedPerson& person : entry->content.named)
      if (is_unlinked(person)) pseudonyms.insert(person.id);
  }
  CHECK(pseudonyms.size() == 1);  // always the same one
  const Answer listed = (*this)("audit.list", "dpo", {{"limit", 1'000}});
  CHECK(boost::json::serialize(listed.result()).find(*pseudonyms.begin()) != std::string::npos);
  // And every decision follows as before.
  const Answer replay = (*this)("audit.replay", "dpo");
  CHECK(number(replay, "gone") == removed);
  CHECK(number(replay, "decided") >= decided - removed);
  CHECK(replay.result().at("differences").as_array().empty());

  SUBCASE("the rest goes in a sweep, once the floor is over") {
    for (const std::int64_t day :
         {800, 802, 1'200}) {  // the first also erases the account, which is an entry too
      set_time(day * kDay);
      REQUIRE((*this)("retention.sweep", "system", {}).permitted());
    }
    for (const Number n : naming(*this, "mr")) {
      CAPTURE(n);
      CHECK(entry_of(*this, n).record_class == RecordClass::consent_attestation);
    }
    CHECK((*this)("audit.verify", "dpo", {{"checkpoint", checkpoint.text("checkpoint")}})
              .result()
              .at("valid")
              .as_bool());
    CHECK(dump(entry_erasure::kTable) == "");
  }
  SUBCASE("an entry taken away without a record is another matter") {
    auto write = std::move(vault().begin_write().value());
    const store::Cell key[] = {std::int64_t{0}};
    REQUIRE(write->erase(audit_entry::kTable, key).value());
    const auto found = verify_evidence(*write).value();
    REQUIRE_FALSE(found.valid());
    CHECK(found.violations.front().seq == 0);
    CHECK(found.violations.front().what == "entry missing");
  }
}

TEST_CASE_FIXTURE(World, "an erasure leaves what a hold keeps") {
  started();
  set_time(400 * kDay);
  REQUIRE((*this)("hold.place", "st",
                  {{"id", "h"},
                   {"basis", "court_order"},
                   {"authority", "High Court"},
                   {"citation", "WP 1"},
                   {"scope", Args{{"principals", {"mr"}}}},
                   {"review_at", time(450 * kDay)},
                   {"approved_by", "dpo"}})
              .permitted());
  REQUIRE(
      (*this)(
          "rights.submit", "mr",
          {{"id", "q"}, {"kind", "erasure"}, {"principal", "mr"}, {"channel", "email"}, {"details", Args{}}})
          .permitted());
  REQUIRE((*this)("rights.verify_identity", "dpo", {{"id", "q"}, {"evidence", "e"}}).permitted());
  REQUIRE((*this)("rights.resolve", "dpo", {{"id", "q"}}).permitted());
  const std::vector<Number> held = naming(*this, "mr");
  CHECK(number((*this)("audit.verify", "dpo"), "removed") == 0);
  CHECK(held.size() > 8);
  REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "closed"}}).permitted());
  set_time(402 * kDay);
  REQUIRE((*this)("retention.sweep", "system", {}).permitted());
  const Answer verified = (*this)("audit.verify", "dpo");
  CHECK(verified.result().at("valid").as_bool());
  for (const Number n : naming(*this, "mr")) {  // attestations, and what is younger than the floor
    const AuditEntry entry = entry_of(*this, n);
    CHECK((entry.record_class == RecordClass::consent_attestation || micros() - entry.at.micros < 3 * kMicrosPerDay));
  }
}

// --- passwords --------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(World, "passwords: hashed at the policy's cost, verified, and kept nowhere") {
  const std::int64_t entries = audit_size();
  const std::string password = "zq7x correct horse";
  const Answer made = (*this)("password.hash", "system", {{"password", password}});
  REQUIRE(made.ok());
  const std::string hash = made.text("hash");
  CHECK(hash.starts_with("$2b$12$"));
  CHECK(number(made, "cost") == 12);
  const auto verify = [&](std::string_view with, std::string_view against) {
    return (*this)("password.verify", "st", {{"password", with}, {"hash", against}});
  };
  CHECK(verify(password, hash).result().at("matches").as_bool());
  CHECK_FALSE(verify(password, hash).result().at("hash_again").as_bool());
  CHECK_FALSE(verify("another", hash).result().at("matches").as_bool());
  CHECK(verify("another", "plain text").error() == "invalid_argument /args/hash");
  const Answer old = verify("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
  CHECK(old.result().at("matches").as_bool());
  CHECK(old.result().at("hash_again").as_bool());

  CHECK((*this)("password.hash", "system", {{"password", std::string(72, 'x')}}).ok());
  const Answer longer = (*this)("password.hash", "system", {{"password", std::string(73, 'x')}});
  CHECK(longer.error() == "invalid_argument /args/password");
  CHECK((*this)("password.hash", "system", {{"password", ""}}).error() == "invalid_argument /args/password");
  CHECK((*this)("password.hash", "dr", {{"password", password}}).denied());

  const Answer weak = (*this)("password.check", "st",
                              {{"hash", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}});
  CHECK(weak.result().at("is_hash").as_bool());
  CHECK_FALSE(weak.result().at("sufficient").as_bool());
  const Answer none = (*this)("password.check", "st", {{"hash", "hunter2"}});
  CHECK_FALSE(none.result().at("is_hash").as_bool());
  CHECK_FALSE(none.result().at("sufficient").as_bool());
  CHECK((*this)("password.check", "st", {{"hash", hash}}).result().at("sufficient").as_bool());

  CHECK(audit_size() == entries + 1);  // the refusal
  for (const store::Table* table : kSchema.tables)
    CHECK(dump(*table).find("correct horse") == std::string::npos);
}

}  // namespace
