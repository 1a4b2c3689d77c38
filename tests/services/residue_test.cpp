// One person from registration to erasure, in files: nothing that they told or wrote is left in any of them in any
// spelling, nor the keys under which it lay sealed, and an older copy of the store does not bring them back.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>

#include "evidence/hmac.hpp"
#include "services/hex.hpp"
#include "support/clinic.hpp"
#include "support/residue.hpp"
#include "support/sql.hpp"
#include "support/temp_dir.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::Clinic;
using connex::testing::question;
using connex::testing::residue;
using connex::testing::TempDir;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "Meenakshi Vishalakanda", kOtherName = "Meena Vishalakanda-Rao";
constexpr std::string_view kPhone = "+91 98123 46042", kNational = "98123 46042";
constexpr std::string_view kEmail = "Meena.Vishala@Sundarmail.example", kNewEmail = "mvr-1971@Sundarmail.example";
constexpr std::string_view kAddress = "12 Periyavilai Lane", kNumber = "TNMC-48213";
constexpr std::string_view kMessage = "the trial lots turned violet overnight", kTicket = "my screen shows a walrus";
constexpr std::string_view kNote = "promised three boxes of lilac inhalers", kComplaint = "nobody called me back in August";
constexpr std::string_view kNominee = "Thangamuthu Vishalakanda";
constexpr std::string_view kTold[] = {kName,   kOtherName, kPhone,  kNational, kEmail,     kNewEmail, kAddress,
                                      kNumber, kMessage,   kTicket, kNote,     kComplaint, kNominee};

std::vector<std::string> left_in(const fs::path& directory, const std::vector<std::string>& words) {
  const std::vector<std::string_view> views(words.begin(), words.end());
  return residue(directory, views);
}

std::vector<std::string> every_spelling() {
  std::vector<std::string> words;
  for (const std::string_view told : kTold)
    for (std::string& spelling : connex::testing::spellings_of(told)) words.push_back(std::move(spelling));
  for (const char* part : {"Vishalakanda", "vishala@", "mvr-1971", "Periyavilai", "919812346042", "walrus", "Thangamuthu"})
    words.emplace_back(part);
  return words;
}

// The data keys of `doc` as they lie wrapped in the key store, all but those of the attestations, which stay.
std::vector<std::string> wrapped_keys(const std::string& path) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2((path + ".keys").c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* rows = nullptr;
  const std::string sql = "SELECT wrapped FROM data_keys WHERE principal = 'doc' AND wrapped IS NOT NULL AND class <> " +
                          std::to_string(static_cast<int>(RecordClass::consent_attestation));
  REQUIRE(sqlite3_prepare_v2(database, sql.c_str(), -1, &rows, nullptr) == SQLITE_OK);
  std::vector<std::string> keys;
  while (sqlite3_step(rows) == SQLITE_ROW)
    keys.emplace_back(static_cast<const char*>(sqlite3_column_blob(rows, 0)),
                      static_cast<std::size_t>(sqlite3_column_bytes(rows, 0)));
  sqlite3_finalize(rows);
  sqlite3_close(database);
  return keys;
}

// The person `doc` leaves something wherever people can, and others deal with them.
void live(Clinic& clinic) {
  clinic.must("organisation.put", "system", {{"id", "acme"}, {"kind", "pharma_company"}, {"name", "Acme"}});
  for (const auto& [id, role] : {std::pair{"dpo", "data_protection_officer"}, {"st", "staff"}, {"nom", "doctor"}})
    clinic.must("principal.register", "system", {{"id", id}, {"role", role}, {"name", id}, {"adult_attested", true}});
  clinic.must("principal.register", "system",
              {{"id", "mr"}, {"role", "medical_representative"}, {"organisation", "acme"}, {"name", "R"},
               {"adult_attested", true}});
  clinic.must("principal.register", "system",
              {{"id", "doc"}, {"role", "doctor"}, {"name", kName}, {"email", kEmail}, {"phone", kPhone},
               {"address", kAddress}, {"registration_number", kNumber}, {"birth_date", "1971-02-03"}});
  clinic.must("principal.update", "doc", {{"id", "doc"}, {"name", kOtherName}});
  clinic.must("principal.view", "doc", {{"subject", "doc"}});
  CHECK(clinic("principal.find", "st", {{"phone", kNational}}).line().find(R"("doc")") != std::string::npos);
  clinic.must("preference.set", "doc", {{"doctor", "doc"}, {"virtual_visits", true}});
  clinic.must("visit.book", "mr",
              {{"id", "v"}, {"doctor", "doc"}, {"representative", "mr"}, {"starts_at", "2026-11-23T09:00:00+05:30"},
               {"ends_at", "2026-11-23T09:15:00+05:30"}});
  const Answer shown = clinic.must("visit.disclosure", "doc", {{"visit", "v"}});
  clinic.must("visit.accept", "doc",
              {{"visit", "v"}, {"disclosure_hash", shown.text("hash")}, {"recording_consent", false}});
  clinic.must("note.complete", "doc", {{"visit", "v"}, {"text", kNote}});
  clinic.must("message.post", "doc", {{"id", "m1"}, {"thread", "th"}, {"to", "mr"}, {"text", kMessage}});
  CHECK(clinic.must("message.list", "mr", {{"thread", "th"}}).line().find(kMessage) != std::string::npos);
  clinic.must("ticket.post", "doc", {{"id", "t1"}, {"thread", "tk"}, {"text", kTicket}});
  const auto ask = [&](std::string_view id, std::string_view kind, const Args& details) {
    clinic.must("rights.submit", "doc",
                {{"id", id}, {"kind", kind}, {"principal", "doc"}, {"channel", "in_app"}, {"details", details}});
    clinic.must("rights.verify_identity", "dpo", {{"id", id}, {"evidence", "seen"}});
  };
  ask("r1", "grievance", {{"text", kComplaint}});
  clinic.must("rights.resolve", "dpo", {{"id", "r1"}, {"outcome", "upheld"}});
  ask("r2", "correction", {{"field", "email"}, {"value", kNewEmail}});
  clinic.must("rights.resolve", "dpo", {{"id", "r2"}});
  ask("r3", "nomination", {{"nominee", {{"id", "nom"}, {"name", kNominee}, {"relation", "sister"}}}});
  clinic.must("rights.resolve", "dpo", {{"id", "r3"}});
  ask("r4", "access", {});
  CHECK(clinic.must("rights.resolve", "dpo", {{"id", "r4"}}).line().find(kAddress) != std::string::npos);
  clinic.must("audit.export", "dpo", {{"principal", "doc"}});
}

void erase(Clinic& clinic) {
  clinic.must("rights.submit", "doc",
              {{"id", "r5"}, {"kind", "erasure"}, {"principal", "doc"}, {"channel", "in_app"},
               {"details", {{"text", kComplaint}}}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "r5"}, {"evidence", "seen"}});
  const Answer plan = clinic.must("rights.resolve", "dpo", {{"id", "r5"}});
  CHECK(plan.line().find(R"("class":"account","action":"erase")") != std::string::npos);
  CHECK(plan.line().find(R"("item":"messages:message:th:1","class":"communication","action":"erase")") !=
        std::string::npos);
}

void is_gone(Clinic& clinic) {
  for (const char* viewer : {"mr", "st", "dpo"})
    CHECK(clinic("principal.view", viewer, {{"subject", "doc"}}).line().find("Vishala") == std::string::npos);
  for (const Args& by : {Args{{"phone", kPhone}}, Args{{"email", kEmail}}, Args{{"email", kNewEmail}}})
    CHECK(clinic("principal.find", "st", by).line().find(R"("doc")") == std::string::npos);
  CHECK(clinic("message.list", "mr", {{"thread", "th"}}).line().find("violet") == std::string::npos);
  CHECK(clinic("ticket.list", "st", {{"thread", "tk"}}).line().find("walrus") == std::string::npos);
}

}  // namespace

TEST_CASE("residue: the search finds a word however it is written down") {
  TempDir dir;
  const std::string_view words[] = {kMessage};
  for (const std::string& form : connex::testing::forms_of(kMessage)) {
    std::ofstream(dir.file("somewhere"), std::ios::binary) << "before" << form << "after";
    CHECK(residue(fs::path(dir.file("x")).parent_path(), words).size() >= 1);
  }
  for (const char* before : {"", "a", "ab"}) {
    const std::string text = std::string(before).append(kMessage).append(" and so on");
    std::ofstream(dir.file("somewhere"), std::ios::binary) << evidence::to_base64(evidence::bytes_of(text));
    CHECK(residue(fs::path(dir.file("x")).parent_path(), words).size() == 1);
  }
  std::ofstream(dir.file("somewhere"), std::ios::binary) << "the trial lots turned green";
  CHECK(residue(fs::path(dir.file("x")).parent_path(), words).empty());
}

TEST_CASE("residue: no file holds the hash of what was shown, by which the doctor's name could be found by trying") {
  TempDir dir;
  Clinic clinic(dir);
  live(clinic);
  const std::string shown = clinic.must("visit.disclosure", "mr", {{"visit", "v"}}).text("hash");
  const Answer accepted =
      clinic.must("visit.accept", "mr", {{"visit", "v"}, {"disclosure_hash", shown}, {"recording_consent", true}});
  CHECK(accepted.text("disclosure_hash") == shown);
  const auto bytes = [](std::string_view hex) { return services::parse_hash(hex).value(); };
  const std::string hash(evidence::text_of(bytes(shown)));
  const fs::path directory = fs::path(dir.file("db")).parent_path();
  CHECK(left_in(directory, {shown, hash}) == std::vector<std::string>());

  // Whoever has text and salt can prove by the attestation what was shown.
  const evidence::Hash attested = evidence::hmac_sha256(bytes(accepted.text("salt")), bytes(shown));
  CHECK(evidence::to_hex(attested) == accepted.text("attested"));
  const std::string rows = "SELECT lower(hex(disclosure)) FROM consent_attestations WHERE principal = 'mr'";
  CHECK(question(clinic.path(), rows) == accepted.text("attested") + "\n");
  erase(clinic);
  CHECK(question(clinic.path(), rows) == accepted.text("attested") + "\n");
  CHECK(left_in(directory, {accepted.text("salt")}) == std::vector<std::string>());
}

TEST_CASE("residue: after an erasure no file tells of the person, nor does an older copy of the store") {
  TempDir dir, backup;
  const fs::path directory = fs::path(dir.file("db")).parent_path();
  const std::vector<std::string> words = every_spelling();
  Clinic clinic(dir);
  live(clinic);
  CHECK(left_in(directory, words) == std::vector<std::string>());  // it was sealed from the beginning
  std::vector<std::string> keys = wrapped_keys(clinic.path());
  CHECK(keys.size() == 2);  // account and communication; entries of the log lie under its own key
  CHECK(left_in(directory, keys).size() >= keys.size());
  clinic.close();
  fs::copy_file(clinic.path(), backup.file("db"));
  clinic.open();

  erase(clinic);
  is_gone(clinic);
  std::vector<std::string> gone = keys;  // but for those that its own log still needs
  for (const std::string& key : wrapped_keys(clinic.path())) std::erase(gone, key);
  CHECK(gone.size() >= 2);
  for (const bool closed : {false, true}) {
    CAPTURE(closed);
    if (closed) clinic.close();
    CHECK(left_in(directory, words) == std::vector<std::string>());
    CHECK(left_in(directory, gone) == std::vector<std::string>());
  }
  clinic.open();

  // The log's entries go in their time, and their keys with them.
  for (const char* at : {"2026-11-25T08:00:00+05:30", "2028-01-25T08:00:00+05:30", "2030-01-25T08:00:00+05:30"}) {
    clinic.set_time(at);
    while (clinic.must("retention.sweep", "system").result().at("remaining").as_int64() > 0) {
    }
    CHECK(clinic.must("audit.verify", "dpo").result().at("valid").as_bool());
  }
  for (std::string& key : wrapped_keys(clinic.path())) keys.push_back(std::move(key));
  clinic.set_time("2034-01-25T08:00:00+05:30");
  clinic.must("retention.sweep", "system");
  clinic.close();
  CHECK(wrapped_keys(clinic.path()) == std::vector<std::string>());
  CHECK(left_in(directory, keys) == std::vector<std::string>());
  CHECK(left_in(directory, words) == std::vector<std::string>());

  // The store as it was before, beside the keys as they are now.
  for (const char* end : {"-wal", "-shm"}) fs::remove(clinic.path() + end);
  fs::copy_file(backup.file("db"), clinic.path(), fs::copy_options::overwrite_existing);
  clinic.open();
  is_gone(clinic);
  CHECK(clinic("visit.book", "mr",
               {{"id", "z"}, {"doctor", "doc"}, {"representative", "mr"}, {"starts_at", "2034-01-26T09:00:00+05:30"},
                {"ends_at", "2034-01-26T09:15:00+05:30"}})
            .denied());
  CHECK(clinic("preference.set", "doc", {{"doctor", "doc"}, {"virtual_visits", true}}).denied());
  CHECK(clinic.must("audit.verify", "dpo").result().at("valid").as_bool());
  for (const char* at : {"2034-01-25T08:00:00+05:30", "2037-02-25T08:00:00+05:30"}) {
    clinic.set_time(at);
    while (clinic.must("retention.sweep", "system").result().at("remaining").as_int64() > 0) {
    }
    CHECK(clinic.must("audit.verify", "dpo").result().at("valid").as_bool());
  }
  clinic.set_time("2040-02-25T08:00:00+05:30");
  clinic.must("retention.sweep", "system");
  clinic.close();
  CHECK(wrapped_keys(clinic.path()) == std::vector<std::string>());
  CHECK(left_in(directory, words) == std::vector<std::string>());
  CHECK(left_in(directory, keys) == std::vector<std::string>());
}
