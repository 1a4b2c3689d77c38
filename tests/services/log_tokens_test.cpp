// Tokens stand for people in the audit log (X54): its content, opened with its own key, names nobody; an erasure
// destroys what leads from a token to whom it stood for; and what releases before that wrote reads, verifies and goes
// as it did.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "connex/gates.hpp"
#include "connex/keys.hpp"
#include "services/audit_log.hpp"
#include "services/schema.hpp"
#include "services/stated.hpp"
#include "services/vault.hpp"
#include "support/clinic.hpp"
#include "support/residue.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::Clinic;
using connex::testing::EngineDriver;
using connex::testing::residue;
using connex::testing::TempDir;
using connex::testing::World;
using store::Cell;
using store::Row;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWho = "zephyrine-417", kBy = "ondine-552", kNominee = "lothar-903", kFirm = "firm-of-acme";

void run_sql(const std::string& path, const std::string& sql, int changes = 1) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(sqlite3_changes(database) == changes);
  sqlite3_close(database);
}

std::vector<std::string> column(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* rows = nullptr;
  REQUIRE(sqlite3_prepare_v2(database, sql.c_str(), -1, &rows, nullptr) == SQLITE_OK);
  std::vector<std::string> found;
  while (sqlite3_step(rows) == SQLITE_ROW) found.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(rows, 0)));
  sqlite3_finalize(rows);
  sqlite3_close(database);
  return found;
}
std::vector<std::string> tokens(const Clinic& clinic, std::string_view who, const char* besides = "") {
  return column(clinic.path() + ".keys",
                "SELECT token FROM person_tokens WHERE principal = '" + std::string(who) + "'" + besides);
}

// The content of every entry as the log's own key opens it, and its index: all that is there to be read.
std::map<Number, std::string> opened(const Clinic& clinic) {
  auto store = std::move(store::open_sqlite_store({.path = clinic.path()}).value());
  const auto vault =
      std::move(Vault::open(*store, nullptr, keys::make_file_key_provider({.path = clinic.path() + ".key"})).value());
  auto tx = std::move(vault->begin_read().value());
  std::map<Number, std::string> found;
  REQUIRE(tx->visit(audit_entry::kTable, {.limit = store::kNoLimit}, [&](store::RowView row) -> Result<bool> {
    std::string& text = found[row.integer(audit_entry::seq)];
    for (const auto cell : {audit_entry::header, audit_entry::body, audit_entry::sealed_for, audit_entry::content})
      text.append(row.bytes(cell)).push_back('\n');
    return true;
  }));
  REQUIRE(tx->visit(audit_index::kTable, {.limit = store::kNoLimit}, [&](store::RowView row) -> Result<bool> {
    found[row.integer(audit_index::seq)].append(row.bytes(audit_index::id)).push_back('\n');
    return true;
  }));
  return found;
}

// Everything whose entry names somebody: in the actor, the object, the subjects, the details.
void live(Clinic& clinic) {
  clinic.must("organisation.put", "system", {{"id", kFirm}, {"kind", "pharma_company"}, {"name", "Acme"}});
  for (const auto& [id, role] : {std::pair<std::string_view, const char*>{kBy, "data_protection_officer"},
                                 {"staff-118", "staff"},
                                 {kNominee, "doctor"},
                                 {kWho, "doctor"}})
    clinic.must("principal.register", "system", {{"id", id}, {"role", role}, {"name", "N"}, {"adult_attested", true}});
  clinic.must("principal.register", "system",
              {{"id", "rep-226"}, {"role", "medical_representative"}, {"organisation", kFirm}, {"name", "R"},
               {"adult_attested", true}});
  clinic.must("principal.update", kWho, {{"id", kWho}, {"name", "M"}});
  clinic.must("principal.view", kWho, {{"subject", kWho}});
  clinic.must("preference.set", kWho, {{"doctor", kWho}, {"virtual_visits", true}});
  clinic.must("visit.book", "rep-226",
              {{"id", "v"}, {"doctor", kWho}, {"representative", "rep-226"}, {"starts_at", "2026-11-23T09:00:00+05:30"},
               {"ends_at", "2026-11-23T09:15:00+05:30"}});
  const Answer shown = clinic.must("visit.disclosure", kWho, {{"visit", "v"}});
  clinic.must("visit.accept", kWho,
              {{"visit", "v"}, {"disclosure_hash", shown.text("hash")}, {"recording_consent", false}});
  clinic.must("note.complete", kWho, {{"visit", "v"}, {"text", "said"}});
  clinic.must("message.post", kWho, {{"id", "m1"}, {"thread", "th"}, {"to", "rep-226"}, {"text", "hello"}});
  clinic.must("record.register", "system",
              {{"id", "r-1"}, {"class", "audit"}, {"subjects", {kWho}}, {"locator", "o/1"},
               {"trigger_at", "2026-11-23T08:00:00+05:30"}});
  clinic.must("record.touch", "system", {{"id", "consent_attestations:v:" + std::string(kWho) + ":1"},
                                         {"at", "2026-11-23T08:00:00+05:30"}});
  clinic.must("rights.submit", kWho,
              {{"id", "n"}, {"kind", "nomination"}, {"principal", kWho}, {"channel", "in_app"},
               {"details", {{"nominee", {{"id", kNominee}, {"name", "L"}, {"relation", "sister"}}}}}});
  clinic.must("rights.verify_identity", kBy, {{"id", "n"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", kBy, {{"id", "n"}});
  clinic.must("hold.place", "staff-118",
              {{"id", "h"}, {"basis", "legal_claim"}, {"authority", "a"}, {"citation", "c"},
               {"scope", {{"visits", {"v"}}}}, {"review_at", "2026-12-23T08:00:00+05:30"}, {"approved_by", kBy}});
  clinic.must("hold.release", "staff-118", {{"id", "h"}, {"reason", "over"}});
  CHECK(clinic("visit.cancel", kWho, {{"visit", "nowhere"}}).error() == "not_found /args/visit");
  CHECK(clinic("preference.set", "rep-226", {{"doctor", kWho}, {"virtual_visits", true}}).denied());
  clinic.must("audit.export", kBy, {{"principal", kWho}});
}

void erase(Clinic& clinic, std::string_view at = "2028-01-05T08:00:00+05:30") {
  clinic.set_time(at);
  clinic.must("rights.submit", kWho,
              {{"id", "e"}, {"kind", "erasure"}, {"principal", kWho}, {"channel", "in_app"}, {"details", Args{}}});
  clinic.must("rights.verify_identity", kBy, {{"id", "e"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", kBy, {{"id", "e"}});
}

void sweep(Clinic& clinic, std::string_view at) {
  clinic.set_time(at);
  while (clinic.must("retention.sweep", "system").result().at("remaining").as_int64() > 0) {
  }
}

// What is wrong, of the first entry at which something is.
std::string verdict(Clinic& clinic) {
  const Answer verified = clinic.must("audit.verify", "system");
  if (verified.result().at("valid").as_bool()) return "sound";
  return std::string(verified.result().at("violations").at(0).at("what").as_string());
}

std::string shown(Clinic& clinic) {
  return boost::json::serialize(clinic.must("audit.list", "system", {{"limit", 1'000}}).result());
}

constexpr const char* kNotAttested = " AND class <> 4";
static_assert(static_cast<int>(RecordClass::consent_attestation) == 4);

}  // namespace

TEST_CASE("log tokens: no entry names anybody, even to whoever has the log's own key") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  erase(clinic, "2026-11-24T08:00:00+05:30");  // what it names is named in the log as well
  const std::string list = shown(clinic);
  for (const std::string_view who : {kWho, kBy, kNominee, std::string_view("rep-226"), std::string_view("staff-118")})
    CHECK(list.find(who) != std::string::npos);  // whoever may read the log is told
  clinic.close();
  const auto entries = opened(clinic);
  CHECK(entries.size() > 25);
  int sealed = 0;
  for (const auto& [seq, text] : entries) {
    CAPTURE(seq);
    for (const std::string_view who : {kWho, kBy, kNominee, std::string_view("rep-226"), std::string_view("staff-118")})
      CHECK_MESSAGE(text.find(who) == std::string::npos, text);
    sealed += text.find("/log") != std::string::npos ? 1 : 0;
  }
  CHECK(sealed == static_cast<int>(entries.size()));  // none of them is a deletion record
}

TEST_CASE("log tokens: an erasure leaves nothing that leads from an entry to the person, nor does an older copy") {
  TempDir dir, backup;
  Clinic clinic(dir);
  live(clinic);
  clinic.close();
  const std::vector<std::string> made = tokens(clinic, kWho, kNotAttested);
  CHECK(made.size() == 2);  // of two classes, in one month
  const std::vector<std::string_view> views(made.begin(), made.end());
  for (const char* file : {"db", "db.keys"})
    fs::copy_file(fs::path(clinic.path()).parent_path() / file, backup.file(file));
  clinic.open();
  erase(clinic);
  CHECK(verdict(clinic) == "sound");
  clinic.close();
  const auto none_of = [&](const std::vector<std::string>& left) {
    return std::ranges::none_of(made, [&](const std::string& token) { return std::ranges::find(left, token) != left.end(); });
  };
  CHECK(none_of(tokens(clinic, kWho)));
  for (const char* end : {"", "-wal"}) {  // nor as freed pages
    TempDir keys;
    const fs::path from = clinic.path() + ".keys" + end;
    if (!fs::exists(from)) continue;
    fs::copy_file(from, keys.file("k"));
    CHECK(residue(fs::path(keys.file("k")).parent_path(), views).empty());
  }
  clinic.open();
  sweep(clinic, "2029-03-01T08:00:00+05:30");  // which says that the account is erased now
  CHECK(verdict(clinic) == "sound");
  const std::string after = shown(clinic);
  CHECK(after.find("visit.book") != std::string::npos);
  CHECK(after.find(R"("~)") != std::string::npos);
  // What is kept of the person are the attestations.
  const auto listed = clinic.must("audit.list", "system", {{"limit", 1'000}});
  for (const auto& entry : listed.result().at("entries").as_array())
    if (entry.at("class").as_string() != "consent_attestation" && entry.at("command").as_string() != "retention.sweep")
      CHECK(boost::json::serialize(entry).find(kWho) == std::string::npos);
  CHECK(clinic.must("audit.replay", "system").result().at("differences").as_array().empty());
  sweep(clinic, "2030-03-02T08:00:00+05:30");
  CHECK(verdict(clinic) == "sound");
  CHECK(tokens(clinic, kWho, kNotAttested).empty());

  SUBCASE("in the end nobody's tokens are kept of what the log has no more") {
    sweep(clinic, "2036-03-01T08:00:00+05:30");
    sweep(clinic, "2036-03-02T08:00:00+05:30");
    CHECK(verdict(clinic) == "sound");
    for (const std::string_view who : {kWho, kBy, std::string_view("rep-226")}) {
      CAPTURE(who);
      CHECK(tokens(clinic, who, " AND stretch < 800").empty());  // 2035-09
    }
  }
  SUBCASE("an older copy of the store, beside the keys as they are") {
    clinic.close();
    for (const char* end : {"-wal", "-shm"}) fs::remove(clinic.path() + end);
    fs::copy_file(backup.file("db"), clinic.path(), fs::copy_options::overwrite_existing);
    clinic.open();
    CHECK(verdict(clinic) == "sound");
    CHECK(tokens(clinic, kWho, kNotAttested).size() <= 1);  // the entry of the playing names whom it was about
    const std::string old = shown(clinic);
    CHECK(old.find("visit.book") != std::string::npos);
    const auto entries = clinic.must("audit.list", "system", {{"limit", 1'000}});
    for (const auto& entry : entries.result().at("entries").as_array())
      if (entry.at("class").as_string() != "consent_attestation" && entry.at("command").as_string() != "erasures.play")
        CHECK(boost::json::serialize(entry).find(kWho) == std::string::npos);
  }
  SUBCASE("the keys as they were before, as a crash between the two stores leaves them") {
    clinic.close();
    for (const char* end : {".keys-wal", ".keys-shm"}) fs::remove(clinic.path() + end);
    fs::copy_file(backup.file("db.keys"), clinic.path() + ".keys", fs::copy_options::overwrite_existing);
    CHECK_FALSE(none_of(tokens(clinic, kWho)));
    clinic.open();
    CHECK(none_of(tokens(clinic, kWho)));  // finished on opening
  }
}

TEST_CASE("log tokens: what one process unlinked no other tells any more, nor names with the token of before") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  const auto other = std::move(clinic.try_open().value());
  const auto ask = [&](std::string_view command, std::string_view actor, std::string_view at, const Args& args) {
    const Answer answer(other->execute(boost::json::serialize(Args{{"command", command}, {"actor", actor}, {"at", at}, {"args", args}})));
    REQUIRE_MESSAGE(answer.permitted(), answer.line());
    return boost::json::serialize(answer.result());
  };
  const std::vector<std::string> made = tokens(clinic, kWho, kNotAttested);
  // It has seen the person's tokens, and used them.
  CHECK(ask("audit.list", "system", "2026-11-23T09:00:00+05:30", {{"limit", 1'000}}).find(kWho) != std::string::npos);
  (void)ask("principal.view", kBy, "2026-11-23T09:00:00+05:30", {{"subject", kWho}});
  CHECK(tokens(clinic, kWho, kNotAttested) == made);
  erase(clinic);
  const std::string after = ask("audit.list", "system", "2028-01-05T08:00:01+05:30", {{"limit", 1'000}});
  CHECK(after.find(R"("~)") != std::string::npos);
  const auto listed = boost::json::parse(after);
  for (const auto& entry : listed.at("entries").as_array())
    if (entry.at("class").as_string() != "consent_attestation" && entry.at("at").as_string() < "2028")
      CHECK(boost::json::serialize(entry).find(kWho) == std::string::npos);
  // Whom it is about is named anew.
  (void)other->execute(boost::json::serialize(Args{{"command", "principal.view"}, {"actor", kBy},
                                                   {"at", "2028-01-05T08:00:02+05:30"}, {"args", Args{{"subject", kWho}}}}));
  for (const std::string& token : tokens(clinic, kWho, kNotAttested))
    CHECK(std::ranges::find(made, token) == made.end());
  CHECK(ask("audit.verify", "system", "2028-01-05T08:00:03+05:30", {}).find(R"("valid":true)") != std::string::npos);
  clinic.set_time("2028-01-05T08:00:04+05:30");
  CHECK(verdict(clinic) == "sound");
}

TEST_CASE("log tokens: what another process unlinks and destroys while a log is verified is told by the key store's ledger") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  auto store = std::move(store::open_sqlite_store({.path = clinic.path()}).value());
  const auto vault =
      std::move(Vault::open(*store, nullptr, keys::make_file_key_provider({.path = clinic.path() + ".key"})).value());
  auto before = std::move(vault->begin_read().value());
  erase(clinic);
  AuditVerification verified = verify_evidence(*before).value();
  REQUIRE(check_keys(*before, *vault, verified));
  CHECK_MESSAGE(verified.valid(), (verified.valid() ? "" : verified.violations.front().what));
  // What no line tells of is a violation as before.
  const std::string keys = clinic.path() + ".keys";
  run_sql(keys, "DELETE FROM forgotten", static_cast<int>(column(keys, "SELECT principal FROM forgotten").size()));
  verified = verify_evidence(*before).value();
  REQUIRE_FALSE(verified.valid());
  CHECK(verified.violations.front().what == "whom the entry names is lost");
}

TEST_CASE("log tokens: keys put back from before somebody was named lose who it was, which is told and stops nothing") {
  TempDir dir, backup;
  Clinic clinic(dir);
  clinic.must("principal.register", "system",
              {{"id", kBy}, {"role", "data_protection_officer"}, {"name", "N"}, {"adult_attested", true}});
  clinic.must("principal.register", "system", {{"id", kWho}, {"role", "doctor"}, {"name", "M"}, {"adult_attested", true}});
  clinic.close();
  fs::copy_file(clinic.path() + ".keys", backup.file("db.keys"));
  clinic.open();
  clinic.set_time("2027-02-23T08:00:00+05:30");  // in which other tokens stand for them
  clinic.must("principal.update", kWho, {{"id", kWho}, {"speciality", "surgery"}});
  const Number last = clinic.must("audit.list", "system", {{"limit", 1'000}}).result().at("entries").as_array().back().at("seq").as_int64();
  clinic.close();
  for (const char* end : {".keys-wal", ".keys-shm"}) fs::remove(clinic.path() + end);
  fs::copy_file(backup.file("db.keys"), clinic.path() + ".keys", fs::copy_options::overwrite_existing);
  clinic.open();
  const Answer verified = clinic.must("audit.verify", "system");
  REQUIRE_FALSE(verified.result().at("valid").as_bool());
  CHECK(verified.result().at("violations").at(0).at("what").as_string() == "whom the entry names is lost");
  CHECK(verified.result().at("violations").at(0).at("seq").as_int64() == last);
  CHECK(shown(clinic).find("principal.update") != std::string::npos);
  erase(clinic, "2028-03-05T08:00:00+05:30");
  CHECK(clinic.must("audit.export", kBy, {{"from", 0}, {"to", last}}).result().at("count").as_int64() == last + 1);
}

TEST_CASE("log tokens: whoever changes whom a token stands for is found out") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  CHECK(verdict(clinic) == "sound");
  clinic.close();
  const std::string keys = clinic.path() + ".keys";
  const std::string own = tokens(clinic, kWho, " AND class = 3").front();
  const std::string other = tokens(clinic, "rep-226", " AND class = 3").front();
  SUBCASE("another person") {
    run_sql(keys, "UPDATE person_tokens SET principal = 'nobody-1' WHERE token = '" + own + "'");
  }
  SUBCASE("another salt") {
    run_sql(keys, "UPDATE person_tokens SET salt = zeroblob(32) WHERE token = '" + own + "'");
  }
  SUBCASE("another token") {
    run_sql(keys, "UPDATE person_tokens SET token = substr(token, 2) || 'A' WHERE token = '" + own + "'");
  }
  SUBCASE("no token") { run_sql(keys, "DELETE FROM person_tokens WHERE token = '" + own + "'"); }
  SUBCASE("two that change places") {
    run_sql(keys, "UPDATE person_tokens SET token = 'x' WHERE token = '" + own + "'");
    run_sql(keys, "UPDATE person_tokens SET token = '" + own + "' WHERE token = '" + other + "'");
    run_sql(keys, "UPDATE person_tokens SET token = '" + other + "' WHERE token = 'x'");
  }
  clinic.open();
  CHECK(verdict(clinic) == "whom the entry names is lost");
  CHECK(shown(clinic).find("nobody-1") == std::string::npos);
}

TEST_CASE("log tokens: that somebody was unlinked excuses nobody else's token that is gone") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  erase(clinic);
  CHECK(verdict(clinic) == "sound");
  clinic.close();
  run_sql(clinic.path() + ".keys",
          "DELETE FROM person_tokens WHERE token = (SELECT token FROM person_tokens WHERE class = 3 ORDER BY stretch LIMIT 1)");
  clinic.open();
  CHECK(verdict(clinic) == "whom the entry names is lost");
}

TEST_CASE("log tokens: an entry that is changed, moved or said to be of another form does not open") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  clinic.close();
  const std::string& db = clinic.path();
  SUBCASE("under a person's key") { run_sql(db, "UPDATE audit_entries SET sealed_for = 'rep-226' WHERE seq = 9"); }
  SUBCASE("under none") { run_sql(db, "UPDATE audit_entries SET sealed_for = NULL, content = NULL WHERE seq = 9"); }
  SUBCASE("of the form before") {
    run_sql(db, "UPDATE audit_entries SET header = CAST(x'02' || substr(header, 2) AS BLOB) WHERE seq = 9");
  }
  SUBCASE("of no form that there is") {
    run_sql(db, "UPDATE audit_entries SET header = CAST(x'04' || substr(header, 2) AS BLOB) WHERE seq = 9");
  }
  SUBCASE("another's content") {
    run_sql(db, "UPDATE audit_entries SET content = (SELECT content FROM audit_entries WHERE seq = 8) WHERE seq = 9");
  }
  SUBCASE("another byte") {
    run_sql(db, "UPDATE audit_entries SET content = CAST(substr(content, 1, 60) || "
                "iif(hex(substr(content, 61, 1)) = '00', x'01', x'00') || substr(content, 62) AS BLOB) WHERE seq = 9");
  }
  SUBCASE("destroyed, as no key of the log is") {
    run_sql(db, "UPDATE audit_entries SET content = CAST('destroyed' AS BLOB) WHERE seq = 9");
  }
  clinic.open();
  const Answer verified = clinic.must("audit.verify", "system");
  REQUIRE_FALSE(verified.result().at("valid").as_bool());
  CHECK(verified.result().at("violations").at(0).at("seq").as_int64() == 9);
  CHECK(clinic.must("audit.replay", "system").result().at("damaged").as_array().size() == 1);
}

TEST_CASE("log tokens: an index row that leads a token elsewhere, or nowhere, is told by its entry") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  clinic.close();
  SUBCASE("astray") {
    run_sql(clinic.path(), "UPDATE audit_index SET id = substr(id, 2) || 'A' WHERE kind = 0 AND seq = 9 AND id = "
                           "(SELECT min(id) FROM audit_index WHERE kind = 0 AND seq = 9)");
  }
  SUBCASE("of another kind") {
    run_sql(clinic.path(), "UPDATE audit_index SET kind = 3 WHERE kind = 0 AND seq = 9 AND id = "
                           "(SELECT min(id) FROM audit_index WHERE kind = 0 AND seq = 9)");
  }
  clinic.open();
  CHECK(clinic.must("audit.verify", "system").result().at("violations").at(0).at("seq").as_int64() == 9);
}

namespace {

// A transaction of the vault as releases before had it: it seals for the first subject, and knows no tokens.
class Former final : public WriteTransaction {
 public:
  explicit Former(std::unique_ptr<WriteTransaction> inner) : inner_(std::move(inner)) {}
  Result<bool> get(const store::Table& table, std::span<const Cell> key, Row& row) override {
    return inner_->get(table, key, row);
  }
  Result<void> visit(const store::Table& table, const store::Range& range, store::Visitor visitor) override {
    return inner_->visit(table, range, visitor);
  }
  Result<void> insert(const store::Table& table, std::span<const Cell> row) override { return inner_->insert(table, row); }
  Result<void> update(const store::Table& table, std::span<const Cell> row) override { return inner_->update(table, row); }
  Result<bool> erase(const store::Table& table, std::span<const Cell> key) override { return inner_->erase(table, key); }
  Result<void> commit() override { return inner_->commit(); }

 private:
  std::unique_ptr<WriteTransaction> inner_;
};

constexpr std::int64_t kDay = 24 * 60;

// Three events, written by a release before tokens.
void write_former_entries(EngineDriver& driver) {
  Former tx(std::move(driver.vault().begin_write().value()));
  AuditHead head = load_head(tx).value();
  for (const char* subject : {"mr", "dr", "mr"}) {
    AuditContent content;
    content.actor = "mr";
    content.role = "medical_representative";
    content.command = "visit.book";
    content.object = content.visit = "v-old";
    content.subjects = {subject, "pa"};
    content.rule = "command.use";
    content.facts.assign(find_gate("command.use")->conditions.size(), Fact::yes);
    content.effect = Effect::permit;
    content.outcome = "done";
    content.policy = driver.engine().policy().digest;
    REQUIRE(append_entry(tx, head, content, RecordClass::audit));
  }
  REQUIRE(store_head(tx, head));
  REQUIRE(tx.commit());
}

struct Grown : World {
  Grown() : World(true, nullptr, write_former_entries) {}
};

}  // namespace

TEST_CASE_FIXTURE(Grown, "log tokens: entries of releases before read, verify and go as they did") {
  const Number first = 0;
  started();
  {
    auto tx = std::move(vault().begin_read().value());
    CHECK(find_entry(*tx, first)->value().content.subjects == std::vector<std::string>{"mr", "pa"});
    const std::vector<Number> of_mr = list_numbers(*tx, EntriesOf::subject, "mr", first, 1'000).value();
    CHECK(of_mr[0] == first);
    CHECK(of_mr[1] == first + 2);
    CHECK(of_mr.size() > 6);  // with those in which a token stands
    CHECK(std::ranges::is_sorted(of_mr));
    CHECK(list_numbers(*tx, EntriesOf::subject, "mr", first, 3).value() == std::vector(of_mr.begin(), of_mr.begin() + 3));
    CHECK(list_numbers(*tx, EntriesOf::subject, "mr", of_mr[3], 2).value() == std::vector(of_mr.begin() + 3, of_mr.begin() + 5));
  }
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
  set_time(400 * kDay);
  REQUIRE(answered("e", "erasure", "mr").permitted());
  const Answer verified = (*this)("audit.verify", "dpo");
  CHECK(verified.result().at("valid").as_bool());
  CHECK(verified.result().at("removed").as_int64() == 2);  // whole, as they were sealed; the event of `dr` stays
  auto tx = std::move(vault().begin_read().value());
  CHECK_FALSE(find_entry(*tx, first)->has_value());
  CHECK(find_entry(*tx, first + 1)->value().content.subjects.front() == "dr");
  CHECK_FALSE(find_entry(*tx, first + 2)->has_value());
}
