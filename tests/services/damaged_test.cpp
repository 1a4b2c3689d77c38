// What is damaged or lost is told, and the rest goes on: a sweep past an entry that cannot be read, disposal without a
// signing key, a new epoch after one was lost.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <filesystem>

#include "support/clinic.hpp"
#include "support/sql.hpp"

using namespace connex;
using connex::testing::alter;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::Clinic;
using connex::testing::question;
using connex::testing::TempDir;

namespace {

namespace fs = std::filesystem;

std::int64_t count(const std::string& path, const std::string& sql) { return std::stoll(question(path, sql)); }

void begin(Clinic& clinic) {
  for (const auto& [id, role] : {std::pair{"dpo", "data_protection_officer"}, {"st", "staff"}, {"doc", "doctor"}})
    clinic.must("principal.register", "system", {{"id", id}, {"role", role}, {"name", id}, {"adult_attested", true}});
  clinic.must("ticket.post", "doc", {{"id", "t1"}, {"thread", "tk"}, {"text", "my screen is dark"}});
  clinic.must("record.register", "system",
              {{"id", "use1"}, {"class", "communication"}, {"subjects", {"doc"}}, {"locator", "u/1"},
               {"trigger_at", "2026-11-23T08:00:00+05:30"}});
}

}  // namespace

TEST_CASE("C9-e: a sweep passes an entry that cannot be read, tells of it, and goes on with all else") {
  TempDir dir;
  Clinic clinic(dir);
  begin(clinic);
  clinic.close();
  bool readable = true;  // what is altered about it is nothing that it tells
  SUBCASE("its content") {
    readable = false;
    alter(clinic.path(), "UPDATE audit_entries SET content = CAST(substr(content, 1, length(content) - 1) || "
                         "iif(hex(substr(content, -1)) = '00', x'01', x'00') AS BLOB) WHERE seq = 2");
  }
  SUBCASE("its leaf") { alter(clinic.path(), "UPDATE audit_entries SET at = at + 1 WHERE seq = 2"); }
  clinic.open();
  clinic.set_time("2030-01-26T10:00:00+05:30");
  const Answer swept = clinic.must("retention.sweep", "system");
  CHECK(swept.result().at("damaged") == boost::json::array{2});
  CHECK(swept.result().at("erased").as_int64() == 1);
  CHECK(swept.result().at("ordered").as_int64() == 1);
  CHECK(swept.result().at("audit_entries").as_int64() == 4);
  CHECK(count(clinic.path(), "SELECT count(*) FROM audit_entries WHERE seq < 5") == 1);
  const Answer listed = clinic.must("audit.list", "dpo");
  const boost::json::object& first = listed.result().at("entries").as_array().front().as_object();
  CHECK(first.at("seq") == 2);
  CHECK(first.contains("damaged") != readable);
  CHECK(first.contains("actor") == readable);
  const Answer replay = clinic.must("audit.replay", "dpo");
  CHECK(replay.result().at("damaged") == (readable ? boost::json::array() : boost::json::array{2}));
  CHECK(replay.result().at("gone") == 4);
  CHECK(replay.result().at("differences").as_array().empty());
  const Answer verified = clinic.must("audit.verify", "dpo");
  CHECK_FALSE(verified.result().at("valid").as_bool());
  CHECK(verified.line().find(R"({"seq":2,)") != std::string::npos);
  CHECK(clinic.must("retention.sweep", "system").result().at("damaged").as_array().empty());  // told once

  // An erasure is not kept by it either.
  clinic.must("rights.submit", "doc",
              {{"id", "e"}, {"kind", "erasure"}, {"principal", "doc"}, {"channel", "in_app"}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "e"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "e"}});
}

TEST_CASE("C9-b: what is to be erased is erased also where it cannot be read, and nothing else waits for it") {
  TempDir dir;
  Clinic clinic(dir);
  begin(clinic);
  clinic.must("principal.register", "system",
              {{"id", "doc2"}, {"role", "doctor"}, {"name", "doc2"}, {"adult_attested", true}});
  clinic.must("rights.submit", "doc",
              {{"id", "n"}, {"kind", "nomination"}, {"principal", "doc"}, {"channel", "in_app"},
               {"details", Args{{"nominee", Args{{"id", "wife"}, {"name", "W W"}}}}}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "n"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "n"}});
  for (const char* id : {"doc", "doc2"}) clinic.must("principal.terminate", id, {{"id", id}});
  const auto damage = [&](const char* table, const char* column) {
    clinic.close();
    alter(clinic.path(), std::string("UPDATE ") + table + " SET " + column + "=substr(" + column + ",1,length(" + column +
                             ")-1) WHERE " + column + " IS NOT NULL");
    clinic.open();
  };
  SUBCASE("details of an account") { damage("person_details", "name"); }
  SUBCASE("details of a request") { damage("rights_requests", "details"); }
  SUBCASE("a nominee") { damage("nominations", "details"); }
  SUBCASE("a message") { damage("messages", "text"); }
  for (const char* at : {"2027-02-26T10:00:00+05:30", "2029-03-01T10:00:00+05:30", "2034-03-01T10:00:00+05:30"}) {
    clinic.set_time(at);
    clinic.must("retention.sweep", "system", {{"limit", 1'000}});
  }
  CHECK(count(clinic.path(), "SELECT count(*) FROM principals WHERE status='erased'") == 2);
  CHECK(count(clinic.path(), "SELECT count(*) FROM person_details WHERE principal LIKE 'doc%'") == 0);
  CHECK(count(clinic.path(), "SELECT count(*) FROM messages") == 0);
  CHECK(count(clinic.path(), "SELECT count(*) FROM nominations") == 0);
}

TEST_CASE("C8-c: an erasure is answered also where the details of the account cannot be read") {
  TempDir dir;
  Clinic clinic(dir);
  begin(clinic);
  clinic.close();
  alter(clinic.path(), "UPDATE person_details SET name=substr(name,1,length(name)-1) WHERE principal='doc'");
  clinic.open();
  clinic.must("rights.submit", "dpo", {{"id", "e"}, {"kind", "erasure"}, {"principal", "doc"}, {"channel", "post"}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "e"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "e"}});
  CHECK(count(clinic.path(), "SELECT count(*) FROM person_details WHERE principal='doc'") == 0);
}

TEST_CASE("C9-a: a lost signing key stops no disposal, and a new epoch that nobody signed for says so") {
  TempDir dir;
  Clinic clinic(dir);
  begin(clinic);
  const std::string keys = clinic.path() + ".keys";
  clinic.must("audit.checkpoint", "dpo");
  CHECK(clinic("audit.rotate_key", "system", {{"lost", true}}).error() == "conflict /args/lost");
  clinic.close();
  fs::copy_file(keys, dir.file("older"));
  clinic.open();
  clinic.must("audit.rotate_key", "system");
  clinic.must("audit.checkpoint", "dpo");
  clinic.close();
  for (const char* end : {"-wal", "-shm"}) fs::remove(keys + end);
  fs::copy_file(dir.file("older"), keys, fs::copy_options::overwrite_existing);
  clinic.open();
  clinic.set_time("2030-01-26T10:00:00+05:30");
  const Answer swept = clinic.must("retention.sweep", "system");
  CHECK(swept.result().at("erased").as_int64() == 1);
  CHECK(swept.result().at("receipt").is_null());
  const Answer pending = clinic.must("disposition.pending", "st");
  const boost::json::value order = pending.result().at("orders").as_array().front().as_object().at("order");
  const Answer confirmed = clinic.must("disposition.confirm", "st", {{"order", order}, {"evidence", "gone"}});
  CHECK(confirmed.result().at("receipt").is_null());
  CHECK(clinic("disposition.receipt", "st", {{"record", "use1"}}).error() == "unsupported");
  CHECK(clinic("audit.checkpoint", "dpo").error() == "unsupported");
  CHECK(clinic("audit.rotate_key", "system").error() == "unsupported");
  CHECK(count(keys, "SELECT count(*) FROM secrets WHERE name = 'sign/2'") == 0);  // none is made up for a key on file

  const Answer begun = clinic.must("audit.rotate_key", "system", {{"lost", true}});
  CHECK(begun.result() == Args{{"epoch", 3}, {"follows", false}});
  CHECK(clinic.must("disposition.receipt", "st", {{"record", "use1"}}).text("receipt").size() > 100);
  const std::string note = clinic.must("audit.checkpoint", "dpo").text("checkpoint");
  const Answer listed = clinic.must("audit.keys", "dpo");
  const boost::json::array& all = listed.result().at("keys").as_array();
  REQUIRE(all.size() == 3);
  CHECK(all[1].as_object().at("follows") == true);
  CHECK(all[2].as_object().at("follows") == false);
  const auto verify = [&](std::string_view what) {
    const Answer verified = clinic.must("audit.verify", "dpo", {{"checkpoint", note}});
    CHECK_MESSAGE(verified.result().at("valid").as_bool() == what.empty(), verified.line());
    CHECK(verified.line().find(what) != std::string::npos);
    const boost::json::array breaks{Args{{"epoch", 3}, {"seq", begun.seq()}}};
    CHECK(verified.result().at("key_breaks") == breaks);
  };
  verify("");
  CHECK(clinic.must("audit.list", "dpo", {{"from", begun.seq()}, {"limit", 1}}).line().find(R"("lost_key":"2")") !=
        std::string::npos);
  CHECK(clinic("audit.rotate_key", "system", {{"lost", true}}).error() == "conflict /args/lost");
  clinic.must("audit.rotate_key", "system");  // which the key before signs again
  verify("");

  // A break that the log does not tell of is an alteration.
  clinic.close();
  alter(clinic.path(), "UPDATE signing_keys SET seq = seq - 1 WHERE epoch = 3");
  clinic.open();
  CHECK_FALSE(clinic.must("audit.verify", "dpo").result().at("valid").as_bool());
}

TEST_CASE("C9-b: the entry of a sweep that ends many accounts can be read") {
  TempDir dir;
  Clinic clinic(dir);
  for (int i = 0; i < 70; ++i) {
    const std::string id = "d" + std::to_string(i);
    clinic.must("principal.register", "system", {{"id", id}, {"role", "doctor"}, {"name", id}, {"adult_attested", true}});
    clinic.must("principal.terminate", "system", {{"id", id}});
  }
  clinic.set_time("2029-11-23T10:00:00+05:30");
  const Answer swept = clinic.must("retention.sweep", "system");
  CHECK(swept.result().at("erased").as_int64() == 70);
  const Answer listed = clinic.must("audit.list", "system", {{"from", swept.seq()}, {"limit", 1}});
  CHECK(listed.line().find(R"("account":"d)") != std::string::npos);
  const Answer verified = clinic.must("audit.verify", "system");
  CHECK_MESSAGE(verified.result().at("valid").as_bool(), verified.line());
}
