// Entries that lawfully go: what stays proves the same, and verification tells what went from what is missing.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <random>

#include "connex/keys.hpp"
#include "connex/stores.hpp"
#include "policy/pack.hpp"
#include "services/schema.hpp"
#include "services/stated.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::store::Cell;
using connex::store::Row;

namespace {

constexpr Instant kStart{1'795'000'000'000'000};
constexpr std::int64_t kYear = 366 * 24 * kMicrosPerHour;

struct Log {
  std::unique_ptr<store::Store> store = store::make_memory_store();

  Log() {
    REQUIRE(store->prepare(kSchema));
    auto tx = std::move(store->begin_write().value());
    const auto pack = policy::default_pack();
    const Cell cells[] = {std::int64_t{1}, std::string_view(pack->digest), std::string_view(pack->version),
                          std::string_view(pack->canonical), kStart.micros};
    REQUIRE(tx->insert(policy_pack::kTable, cells));
    REQUIRE(tx->commit());
  }

  void grow(Number size, RecordClass record_class = RecordClass::audit) {
    auto tx = std::move(store->begin_write().value());
    AuditHead head = load_head(*tx).value();
    while (head.next() < size) {
      head.at = {std::max(head.at.micros, kStart.micros) + kMicrosPerMinute};
      head.policy = 1;
      AuditContent c;
      c.actor = "dr";
      c.command = "visit.book";
      c.visit = "v-" + std::to_string(head.next() / 3);
      c.subjects = {"dr", "mr"};
      c.outcome = "done";
      REQUIRE(append_entry(*tx, head, c, record_class));
    }
    REQUIRE(store_head(*tx, head));
    REQUIRE(tx->commit());
  }

  Result<void> remove(std::vector<Number> entries, std::int64_t years,
                      DeletionReason reason = DeletionReason::retention, std::string request = "") {
    auto tx = std::move(store->begin_write().value());
    AuditHead head = load_head(*tx).value();
    head.at = {kStart.micros + years * kYear};
    if (auto done = delete_entries(*tx, head, "sha256:0",
                                   {reason, "C9-e", std::move(request), "none", std::move(entries)});
        !done)
      return done;
    if (auto done = store_head(*tx, head); !done) return done;
    return tx->commit();
  }

  std::string verdict() {
    auto tx = std::move(store->begin_read().value());
    return verdict(*tx);
  }
  static std::string verdict(ReadTransaction& tx) {
    const auto found = verify_evidence(tx).value();
    CHECK(verify_evidence(tx, {}, 3).value() == found);
    if (found.valid()) return "sound, " + std::to_string(found.removed) + " removed";
    return std::to_string(found.violations.front().seq) + " " + found.violations.front().what;
  }
};

}  // namespace

TEST_CASE("audit deletion: whatever goes, every proof stays as it was, byte by byte") {
  std::mt19937 random(20261125);
  for (const Number size : {1, 2, 7, 255, 256, 257, 300, 600}) {
    CAPTURE(size);
    Log log;
    log.grow(size);
    const auto proofs = [&] {
      auto tx = std::move(log.store->begin_read().value());
      std::vector<std::vector<evidence::Hash>> all;
      for (Number seq = 0; seq < size; seq += size > 300 ? 7 : 1) {
        const InclusionProof proof = prove_entry(*tx, seq, size).value();
        CHECK(evidence::leaf_hash(proof.leaf) == proof.leaf_hash);
        all.push_back(proof.path);
        all.push_back({proof.leaf_hash, proof.root});
        const ConsistencyProof growth = prove_growth(*tx, seq + 1, size).value();
        CHECK(evidence::verify_consistency(static_cast<std::uint64_t>(seq + 1),
                                           static_cast<std::uint64_t>(size), growth.from_root, growth.to_root,
                                           growth.path));
        all.push_back(growth.path);
      }
      return all;
    };
    const auto before = proofs();
    std::vector<Number> some;
    for (Number seq = 0; seq < size; ++seq)
      if (random() % 3 != 0) some.push_back(seq);
    REQUIRE(log.remove(some, 4));
    CHECK(proofs() == before);
    CHECK(log.verdict() == "sound, " + std::to_string(some.size()) + " removed");
    std::vector<Number> all(static_cast<std::size_t>(size));
    for (Number seq = 0; seq < size; ++seq) all[static_cast<std::size_t>(seq)] = seq;
    REQUIRE(log.remove(all, 4));
    CHECK(proofs() == before);
    CHECK(log.verdict() == "sound, " + std::to_string(size) + " removed");
    log.grow(size + 300);
    CHECK(log.verdict() == "sound, " + std::to_string(size) + " removed");
    auto tx = std::move(log.store->begin_read().value());
    const auto entries = list_entries(*tx, 0, 10'000).value();
    CHECK(entries.front().seq == size);
    CHECK(!entries.front().record_class);
  }
}

TEST_CASE("audit deletion: what went with its content is gone from the indexes") {
  Log log;
  log.grow(10);
  REQUIRE(log.remove({3, 4}, 4));
  auto tx = std::move(log.store->begin_read().value());
  CHECK(list_numbers(*tx, EntriesOf::visit, "v-1", 0, 10).value() == std::vector<Number>{5});
  CHECK(list_numbers(*tx, EntriesOf::subject, "dr", 2, 3).value() == std::vector<Number>{2, 5, 6});
  CHECK(list_numbers(*tx, RecordClass::audit, 0, 100)->size() == 8);
}

TEST_CASE("audit deletion: too early, without a record, or back again is a violation with its number") {
  Log log;
  log.grow(300);
  REQUIRE(log.remove({7}, 2));
  CHECK(log.verdict() == "7 entry removed too early");
  Log kept;
  kept.grow(300, RecordClass::consent_attestation);
  REQUIRE(kept.remove({7}, 6));
  CHECK(kept.verdict() == "7 entry removed too early");

  Log sound;
  sound.grow(300);
  auto before = std::move(sound.store->begin_read().value());
  REQUIRE(sound.remove({7, 8, 299}, 4));
  CHECK(sound.verdict() == "sound, 3 removed");
  const Cell seven[] = {Number{7}};
  const Cell record[] = {Number{300}};
  {
    auto tx = std::move(sound.store->begin_write().value());
    Row row;
    REQUIRE(before->get(audit_entry::kTable, seven, row).value());
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(row[i]);
    REQUIRE(tx->insert(audit_entry::kTable, cells));
    CHECK(Log::verdict(*tx) == "7 removed entry has come back");
    REQUIRE(tx->erase(audit_leaf::kTable, seven).value());
    CHECK(Log::verdict(*tx) == "7 index row missing");
  }
  {
    auto tx = std::move(sound.store->begin_write().value());
    REQUIRE(tx->erase(audit_leaf::kTable, seven).value());
    CHECK(Log::verdict(*tx) == "7 entry missing");
  }
  {
    auto tx = std::move(sound.store->begin_write().value());
    REQUIRE(tx->erase(audit_entry::kTable, record).value());
    CHECK(Log::verdict(*tx) == "7 entry removed without a record");
  }
  for (const std::size_t column : {audit_leaf::leaf, audit_leaf::deletion}) {
    auto tx = std::move(sound.store->begin_write().value());
    Row row;
    REQUIRE(tx->get(audit_leaf::kTable, seven, row).value());
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(row[i]);
    std::string leaf(row.bytes(audit_leaf::leaf));
    leaf[20] = static_cast<char>(leaf[20] ^ 1);
    cells[column] = column == audit_leaf::leaf ? Cell::blob(leaf) : Cell(Number{299});
    REQUIRE(tx->update(audit_leaf::kTable, cells));
    CHECK(Log::verdict(*tx).starts_with("7 "));
  }
}

TEST_CASE("audit deletion: nothing goes for an erasure that nobody accepted, or before it was") {
  Log log;
  log.grow(10);
  REQUIRE(log.remove({7}, 2, DeletionReason::erasure, "never-asked"));
  CHECK(log.verdict() == "7 entry removed too early");
  const auto enter = [&](std::string_view state, std::int64_t years) {
    auto tx = std::move(log.store->begin_write().value());
    std::vector<Cell> cells(key_erasure::kTable.columns.size());
    cells[key_erasure::number] = Number{1};
    cells[key_erasure::principal] = std::string_view("dr");
    cells[key_erasure::classes] = Number{0};
    cells[key_erasure::erased_at] = cells[key_erasure::accepted_at] = kStart.micros + years * kYear;
    cells[key_erasure::deed] = std::string_view("request");
    cells[key_erasure::object] = std::string_view("never-asked");
    cells[key_erasure::state] = state;
    REQUIRE(tx->insert(key_erasure::kTable, cells));
    return Log::verdict(*tx);
  };
  CHECK(enter("everything", 1) == "sound, 1 removed");
  CHECK(enter("records", 1) == "7 entry removed too early");
  CHECK(enter("everything", 3) == "7 entry removed too early");
}

TEST_CASE("audit deletion: what cannot go") {
  Log log;
  log.grow(3);
  CHECK(log.remove({3}, 4).error().code == ErrorCode::invalid_argument);
  CHECK(log.remove({-1}, 4).error().code == ErrorCode::invalid_argument);
  CHECK(log.remove({0}, 4, DeletionReason::erasure).error().code == ErrorCode::invalid_argument);
  CHECK(log.remove(std::vector<Number>(kMaxDeletion + 1), 4).error().code == ErrorCode::invalid_argument);
  REQUIRE(log.remove({0}, 4));
  REQUIRE(log.remove({3}, 4));  // the record stays
  auto tx = std::move(log.store->begin_read().value());
  CHECK(find_entry(*tx, 3)->has_value());
}

TEST_CASE("audit log: an anchor tells a rewritten or shortened log") {
  Log log;
  log.grow(300);
  auto before = std::move(log.store->begin_read().value());
  const Anchor anchor{300, verify_evidence(*before)->root};
  log.grow(400);
  auto now = std::move(log.store->begin_read().value());
  CHECK(verify_evidence(*now, anchor)->valid());
  for (const Number size : {200, 400}) {
    Log other;
    other.grow(size);
    auto tx = std::move(other.store->begin_read().value());
    CHECK(verify_evidence(*tx)->valid());
    const auto found = verify_evidence(*tx, anchor).value();
    REQUIRE(!found.valid());
    CHECK(found.violations.front().seq == (size == 200 ? 200 : 299));
  }
}

namespace {

// The pack compiled in, but for what an accepted erasure does to the classes of the log's entries.
std::string pack_that(std::string_view audit, std::string_view access_log) {
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  for (boost::json::value& rule : pack.at("retention").as_array()) {
    if (rule.at("class") == "audit") rule.as_object()["on_erasure"] = audit;
    if (rule.at("class") == "access_log") rule.as_object()["on_erasure"] = access_log;
  }
  return boost::json::serialize(pack);
}

// Entries that are sealed and do not open, by number.
std::vector<Number> shut_entries(Vault& vault) {
  auto tx = std::move(vault.begin_read().value());
  std::vector<Row> rows;
  REQUIRE(tx->scan(audit_entry::kTable, {.limit = store::kMaxScan}, rows));
  std::vector<Number> shut;
  for (const Row& row : rows)
    if (!row.is_null(audit_entry::sealed_for) && row.bytes(audit_entry::content).empty())
      shut.push_back(row.integer(audit_entry::seq));
  return shut;
}

}  // namespace

TEST_CASE("audit deletion: no entry is sealed under a key that is destroyed before the entry goes") {
  using connex::testing::Answer;
  using connex::testing::Args;
  for (const char* audit : {"erase", "unlink", "retain"})
    for (const char* access_log : {"erase", "unlink", "retain"}) {
      CAPTURE(audit);
      CAPTURE(access_log);
      EngineOptions options;
      options.store = store::make_memory_store();
      store::Store& store = *options.store;
      options.key_provider = keys::make_ephemeral_key_provider();
      const auto provider = options.key_provider;
      options.policy = pack_that(audit, access_log);
      options.caller_clock = true;
      const auto engine = std::move(Engine::open(std::move(options)).value());
      const auto vault = std::move(Vault::open(store, nullptr, provider).value());
      std::string_view at = "2026-11-23T10:00:00+05:30";
      const auto run = [&](std::string_view command, std::string_view actor, const Args& args = {}) {
        Answer answer(engine->execute(boost::json::serialize(
            Args{{"command", command}, {"actor", actor}, {"at", at}, {"args", args}})));
        CAPTURE(answer.line());
        REQUIRE(answer.ok());
        CHECK(shut_entries(*vault) == std::vector<Number>());
        CHECK(verify_evidence(*std::move(vault->begin_read().value()))->valid());
        return answer;
      };
      const auto register_ = [&](std::string_view id, std::string_view role) {
        run("principal.register", "system", {{"id", id}, {"role", role}, {"name", "A"}, {"adult_attested", true}});
      };
      register_("dpo", "data_protection_officer");
      register_("st", "staff");
      for (const char* person : {"p", "q"}) {
        register_(person, "doctor");
        run("principal.view", "st", {{"subject", person}});
        run("principal.update", person, {{"id", person}, {"name", "B"}});
        run("message.post", person, {{"id", person}, {"thread", person}, {"to", "st"}, {"text", "hello"}});
        run("message.list", "st", {{"thread", person}});
      }
      run("rights.submit", "p", {{"id", "r"}, {"kind", "erasure"}, {"principal", "p"}, {"channel", "email"}});
      run("rights.verify_identity", "dpo", {{"id", "r"}, {"evidence", "e"}});
      run("rights.resolve", "dpo", {{"id", "r"}});
      run("principal.view", "st", {{"subject", "p"}});  // is about the person again
      for (const char* later : {"2026-11-24T11:00:00+05:30", "2026-11-25T12:00:00+05:30", "2027-12-25T12:00:00+05:30",
                                "2029-11-22T12:00:00+05:30", "2030-11-25T12:00:00+05:30"}) {
        at = later;
        run("retention.sweep", "system");
        run("principal.view", "st", {{"subject", "p"}});
      }
    }
}
