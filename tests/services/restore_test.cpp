// An older copy of the main store, put back beside its key store: whoever was erased, restricted or reported as a child
// since stays so, in every effect and from the first command on.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <filesystem>

#include "connex/keys.hpp"
#include "support/clinic.hpp"
#include "support/faulty_store.hpp"
#include "support/sql.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::Clinic;
using connex::store::testing::Fault;
using connex::store::testing::FaultyStore;
using connex::testing::question;
using connex::testing::TempDir;

namespace {

namespace fs = std::filesystem;

// `doc` has had a recorded visit with `mr` and has another one before them, has written, and is billed for something.
class Restored : public Clinic {
 public:
  explicit Restored(const TempDir& dir) : Clinic(dir) {
    must("organisation.put", "system",
         {{"id", "acme"}, {"kind", "pharma_company"}, {"name", "Acme"}, {"recording_entitled", true}});
    for (const auto& [id, role] : {std::pair{"dpo", "data_protection_officer"}, {"st", "staff"}, {"doc", "doctor"},
                                   {"adm", "pharma_administrator"}, {"mr", "medical_representative"}}) {
      Args args{{"id", id}, {"role", role}, {"name", std::string("Name ") + id}, {"adult_attested", true},
                {"email", std::string(id) + "@sundar.example"}};
      if (std::string_view("adm mr").find(id) != std::string_view::npos) args["organisation"] = "acme";
      must("principal.register", "system", args);
    }
    must("organisation.set_recording", "adm", {{"id", "acme"}, {"enabled", true}});
    must("preference.set", "doc", {{"doctor", "doc"}, {"virtual_visits", true}, {"recording", true}});
    book("v", "2026-11-23T10:00:00+05:30", "2026-11-23T10:15:00+05:30");
    book("w", "2026-11-23T12:00:00+05:30", "2026-11-23T12:15:00+05:30");
    const std::string hash = must("visit.disclosure", "doc", {{"visit", "v"}}).text("hash");
    for (const char* who : {"doc", "mr"})
      must("visit.accept", who, {{"visit", "v"}, {"disclosure_hash", hash}, {"recording_consent", true}});
    set_time("2026-11-23T10:00:00+05:30");
    for (const char* who : {"doc", "mr"}) must("visit.join", who, {{"visit", "v"}});
    must("visit.start", "doc", {{"visit", "v"}});
    must("recording.decide", "doc", {{"visit", "v"}});
    set_time("2026-11-23T10:14:00+05:30");
    must("visit.end", "doc", {{"visit", "v"}});
    must("recording.register", "system",
         {{"id", "r1"}, {"visit", "v"}, {"locator", "rec/r1.mp4"}, {"sha256", std::string(64, 'a')}, {"size", 1000},
          {"started_at", "2026-11-23T10:01:00+05:30"}, {"ended_at", "2026-11-23T10:13:00+05:30"}});
    must("recording.access", "doc", {{"recording", "r1"}, {"mode", "download"}});
    must("message.post", "doc", {{"id", "m1"}, {"thread", "th"}, {"to", "mr"}, {"text", "the lots turned violet"}});
    must("record.register", "system",
         {{"id", "bill1"}, {"class", "billing"}, {"subjects", {"doc"}}, {"locator", "b/1"},
          {"trigger_at", "2026-11-23T10:00:00+05:30"}});
  }

  void book(std::string_view id, std::string_view from, std::string_view to) {
    must("visit.book", "mr",
         {{"id", id}, {"doctor", "doc"}, {"representative", "mr"}, {"starts_at", from}, {"ends_at", to}});
  }
  void copy() {
    close();
    fs::copy_file(path(), old_.file("db"));
    open();
  }
  void put_back_closed() {
    close();
    for (const char* end : {"-wal", "-shm"}) fs::remove(path() + end);
    fs::copy_file(old_.file("db"), path(), fs::copy_options::overwrite_existing);
  }
  void put_back() {
    put_back_closed();
    open();
  }
  void ask(std::string_view id, std::string_view kind, const Args& details = {}) {
    must("rights.submit", "doc",
         {{"id", id}, {"kind", kind}, {"principal", "doc"}, {"channel", "in_app"}, {"details", details}});
    must("rights.verify_identity", "dpo", {{"id", id}, {"evidence", "seen"}});
    must("rights.resolve", "dpo", {{"id", id}});
  }
  Answer sweep() {
    for (;;) {
      Answer answer = must("retention.sweep", "system");
      if (answer.result().at("remaining").as_int64() == 0) return answer;
    }
  }
  std::string status() const { return question(path(), "SELECT status FROM principals WHERE id='doc'"); }
  std::int64_t entries() { return must("audit.verify", "dpo").result().at("entries").as_int64(); }

  // A log of today beside stores without sums is told; besides that nothing may be wrong.
  bool without_sums = false;
  bool valid() {
    const Answer answer = must("audit.verify", "dpo");
    const bool expected = std::ranges::all_of(answer.result().at("violations").as_array(), [&](const auto& violation) {
      return without_sums && violation.at("what").as_string().starts_with("the sums over the tables had been taken out");
    });
    CHECK_MESSAGE(expected, answer.line());
    return expected;
  }

  // Whatever could be done with the person or is told of them; a child's name stays in what was booked, until it goes.
  void is_out_of_use(bool named = false) {
    for (const char* viewer : {"mr", "st"}) {
      const Answer view = (*this)("principal.view", viewer, {{"subject", "doc"}});
      CHECK(view.line().find("Name doc") == std::string::npos);
    }
    const Args booking{{"id", "z"}, {"doctor", "doc"}, {"representative", "mr"},
                       {"starts_at", "2031-01-26T09:00:00+05:30"}, {"ends_at", "2031-01-26T09:15:00+05:30"}};
    CHECK((*this)("visit.book", "mr", booking).denied());
    CHECK((*this)("preference.set", "doc", {{"doctor", "doc"}, {"virtual_visits", true}}).denied());
    CHECK((*this)("visit.disclosure", "doc", {{"visit", "w"}}).denied());
    if (!named)
      CHECK((*this)("visit.disclosure", "mr", {{"visit", "w"}}).line().find("Name doc") == std::string::npos);
    for (const auto& [who, mode] : {std::pair{"doc", "download"}, {"mr", "view"}})
      CHECK((*this)("recording.access", who, {{"recording", "r1"}, {"mode", mode}}).line().find("\"grant\":\"") ==
            std::string::npos);
    CHECK((*this)("message.list", "mr", {{"thread", "th"}}).line().find("violet") == std::string::npos);
    CHECK(valid());
    CHECK(must("audit.list", "dpo", {{"limit", 1'000}}).line().find("doc@") == std::string::npos);
    const Answer replay = must("audit.replay", "dpo");
    CHECK(replay.result().at("differences").as_array().empty());
    CHECK(replay.result().at("damaged").as_array().empty());
    must("audit.export", "dpo");
    must("audit.export", "dpo", {{"visit", "v"}});
  }

  // What the log had of the person is as gone as it was.
  void tells_only_of(std::string_view commands) {
    const Answer listed = must("audit.list", "dpo", {{"limit", 1'000}});
    for (const boost::json::value& one : listed.result().at("entries").as_array()) {
      const boost::json::object& entry = one.as_object();
      const boost::json::array& subjects = entry.at("subjects").as_array();
      if (std::ranges::find(subjects, "doc") == subjects.end()) continue;
      CAPTURE(entry);
      CHECK(commands.find(std::string_view(entry.at("command").as_string())) != std::string_view::npos);
    }
  }

 private:
  TempDir old_;
};

constexpr std::string_view kStay = "erasures.play visit.accept recording.register";  // the attestations stay (C6.2-c)

}  // namespace

TEST_CASE("C4-g: who was restricted under a law stays so when an older copy of the store is put back") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2028-02-23T10:00:00+05:30");
  clinic.ask("e1", "erasure");
  REQUIRE(clinic.status() == "restricted\n");
  clinic.set_time("2028-02-24T10:00:00+05:30");
  const std::int64_t before = clinic.entries();
  clinic.put_back();
  CHECK(clinic.status() == "restricted\n");
  CHECK(clinic.entries() < before);
  CHECK(question(clinic.path(), "SELECT id FROM visits WHERE doctor='doc' AND id='w'").empty());
  CHECK(question(clinic.path(), "SELECT 1 FROM records WHERE id='messages:message:th:1'").empty());
  clinic.is_out_of_use();
  clinic.put_back();
  clinic.sweep();
  clinic.tells_only_of(kStay);
  const Answer listed = clinic.must("rights.list", "dpo");
  CHECK(listed.line().find(R"("id":"e1","kind":"erasure","principal":"doc","status":"resolved")") != std::string::npos);
  const Answer pending = clinic.must("disposition.pending", "st");
  CHECK(pending.line().find(R"("record":"recordings:r1")") != std::string::npos);
  clinic.is_out_of_use();
  CHECK(clinic.must("audit.list", "dpo", {{"limit", 1'000}}).line().find(R"("clause":"C4-g")") != std::string::npos);
  clinic.sweep();
  clinic.ask("e2", "erasure");
  clinic.is_out_of_use();
  clinic.set_time("2030-02-24T10:00:00+05:30");
  clinic.sweep();
  CHECK(clinic.status() == "erased\n");
  CHECK(clinic.valid());
}

TEST_CASE("C4-g: who was erased stays so when an older copy of the store is put back") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.ask("e1", "erasure");
  REQUIRE(clinic.status() == "erased\n");
  bool later = false;
  SUBCASE("at once") {}
  SUBCASE("and swept until later") {
    later = true;
    const Answer pending = clinic.must("disposition.pending", "st");
    for (const boost::json::value& order : pending.result().at("orders").as_array())
      clinic.must("disposition.confirm", "st", {{"order", order.at("order")}, {"evidence", "gone"}});
    for (const char* at : {"2026-11-26T10:00:00+05:30", "2028-06-26T10:00:00+05:30", "2030-01-26T10:00:00+05:30"}) {
      clinic.set_time(at);
      clinic.sweep();
    }
    REQUIRE(question(clinic.path() + ".keys", "SELECT 1 FROM data_keys WHERE principal='doc' AND wrapped IS NOT NULL AND class=3")
                .empty());
  }
  clinic.set_time("2030-01-27T10:00:00+05:30");
  clinic.put_back();
  CHECK(clinic.status() == "erased\n");
  CHECK(question(clinic.path(), "SELECT id FROM visits WHERE doctor='doc' AND id='w'").empty());
  CHECK(question(clinic.path(), "SELECT * FROM lookups WHERE principal='doc'").empty());
  CHECK((question(clinic.path(), "SELECT state FROM records WHERE id='recordings:r1'") == "ordered\n") == later);
  clinic.is_out_of_use();
  clinic.put_back();
  clinic.sweep();
  CHECK(question(clinic.path(), "SELECT state FROM records WHERE id='recordings:r1'") == "ordered\n");
  if (later) clinic.tells_only_of(kStay);
  clinic.is_out_of_use();
  const std::int64_t entries = clinic.entries();
  clinic.close();
  clinic.open();
  CHECK(clinic.entries() == entries);  // what is up to date is left alone
  clinic.sweep();
  CHECK(clinic.valid());
  clinic.ask("e2", "erasure");
  clinic.is_out_of_use();
  clinic.set_time("2034-01-27T10:00:00+05:30");
  clinic.sweep();
  clinic.set_time("2037-01-27T10:00:00+05:30");
  clinic.sweep();
  CHECK(clinic.valid());
  clinic.tells_only_of("");
}

TEST_CASE("C4-g: a ledger of before version 7 tells of keys alone, which is enough") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  const std::string keys = clinic.path() + ".keys";
  question(dir.file("names"), "ATTACH '" + keys + "' AS k; CREATE TABLE kept AS SELECT * FROM k.person_tokens");
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.ask("e1", "erasure");
  for (const char* at : {"2026-11-26T10:00:00+05:30", "2028-06-26T10:00:00+05:30", "2030-01-26T10:00:00+05:30"}) {
    clinic.set_time(at);
    clinic.sweep();
  }
  clinic.close();
  question(keys, "DELETE FROM forgotten WHERE classes=0");
  question(keys, "DROP INDEX forgotten_by_deed");
  for (const char* column : {"deed", "object", "state", "request", "accepted_at", "since", "due_at", "content", "mac"})
    question(keys, std::string("ALTER TABLE forgotten DROP COLUMN ").append(column));
  for (const char* column : {"summed", "sums"}) question(keys, std::string("ALTER TABLE identity DROP COLUMN ").append(column));
  question(keys, "DELETE FROM secrets WHERE name='table-sums-root'");
  question(keys, "DROP TABLE person_tokens");
  question(keys, "PRAGMA user_version=1");
  clinic.without_sums = true;
  const auto name_people = [&] {  // as entries of that time do by themselves
    clinic.close();
    question(keys, "ATTACH '" + dir.file("names") + "' AS n; INSERT OR IGNORE INTO person_tokens SELECT * FROM n.kept; "
                   "UPDATE identity SET sums = NULL");
    clinic.open();
  };
  SUBCASE("played on opening") {}
  SUBCASE("put into the main store by version 6") {
    clinic.put_back_closed();
    question(clinic.path(), "ATTACH '" + keys + "' AS k; INSERT INTO key_erasures (number, principal, classes, erased_at) "
                                                "SELECT number, principal, classes, erased_at FROM k.forgotten; "
                                                "UPDATE audit_head SET sums = NULL");
    clinic.set_time("2030-01-27T10:00:00+05:30");
    clinic.open();
    name_people();
    CHECK(clinic.valid());
    CHECK(clinic.must("audit.replay", "dpo").result().at("differences").as_array().empty());
    clinic.must("audit.export", "dpo");
    clinic.must("audit.list", "dpo");
    clinic.sweep();
    CHECK(clinic.valid());
    return;
  }
  clinic.set_time("2030-01-27T10:00:00+05:30");
  const auto put_back = [&] {  // as version 6 left it
    clinic.put_back_closed();
    question(clinic.path(), "UPDATE audit_head SET sums = NULL");
    clinic.open();
  };
  put_back();
  name_people();
  CHECK(clinic.status() == "erased\n");
  clinic.is_out_of_use();
  put_back();
  clinic.sweep();
  clinic.tells_only_of(kStay);
  CHECK(clinic.valid());
}

TEST_CASE("C4-g: a child's account stays out of use, and one that was cleared stays in use") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.must("principal.report_minor", "st", {{"id", "doc"}});
  SUBCASE("reported") {
    clinic.put_back();
    CHECK(clinic.status() == "quarantined\n");
    clinic.is_out_of_use(true);
    clinic.sweep();
    clinic.set_time("2026-11-26T10:00:00+05:30");
    clinic.sweep();
    CHECK(clinic.status() == "erased\n");
  }
  SUBCASE("cleared") {
    clinic.must("principal.clear_minor_report", "dpo", {{"id", "doc"}, {"evidence", "p-1"}});
    clinic.put_back();
    CHECK(clinic.status() == "active\n");
  }
  SUBCASE("cleared, closed all the same, and opened again") {
    clinic.must("principal.clear_minor_report", "dpo", {{"id", "doc"}, {"evidence", "p-1"}});
    clinic.must("principal.terminate", "doc", {{"id", "doc"}});
    clinic.must("principal.report_minor", "st", {{"id", "doc"}});
    clinic.must("principal.clear_minor_report", "dpo", {{"id", "doc"}, {"evidence", "p-1"}});
    clinic.must("principal.reactivate", "doc", {{"id", "doc"}});
    clinic.put_back();
    CHECK(clinic.status() == "active\n");
    clinic.set_time("2027-06-01T10:00:00+05:30");
    clinic.sweep();
    CHECK(clinic.status() == "active\n");
  }
  CHECK(clinic.valid());
}

TEST_CASE("C4-g: an erasure of some records is played for these, and for nothing else") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.ask("e1", "erasure", {{"records", {"recordings:r1", "messages:message:th:1"}}});
  clinic.put_back();
  CHECK(clinic.status() == "active\n");
  CHECK(question(clinic.path(), "SELECT 1 FROM messages").empty());
  clinic.sweep();
  CHECK(question(clinic.path(), "SELECT state FROM records WHERE id='recordings:r1'") == "ordered\n");
  CHECK(question(clinic.path(), "SELECT doctor FROM visits WHERE id='w'") == "doc\n");
  CHECK(clinic.must("rights.list", "doc").line().find(R"("id":"e1")") != std::string::npos);
  CHECK(clinic.valid());
}

TEST_CASE("C8-c: the id of who was erased is not given again where the copy is older than the account") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  const auto person = [](std::string_view id) {
    return Args{{"id", id}, {"role", "doctor"}, {"name", "N"}, {"adult_attested", true}};
  };
  for (const char* id : {"late", "kept"}) clinic.must("principal.register", "system", person(id));
  clinic.must("rights.submit", "late", {{"id", "e1"}, {"kind", "erasure"}, {"principal", "late"}, {"channel", "in_app"}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "e1"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "e1"}});
  clinic.put_back();
  const Answer refused = clinic("principal.register", "system", person("late"));
  CHECK(refused.line().find(R"("code":"conflict")") != std::string::npos);
  clinic.must("principal.register", "system", person("kept"));
  CHECK(clinic.valid());
}

TEST_CASE("C8-c: who was taken from some records is taken from them again, and nothing leads to them once all is erased") {
  TempDir dir;
  Restored clinic(dir);
  clinic.book("x", "2026-12-01T10:00:00+05:30", "2026-12-01T10:15:00+05:30");
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.ask("e1", "erasure", {{"records", {"visits:w", "visits:x"}}});
  const auto visit = [&](std::string_view id) {
    return question(clinic.path(), "SELECT doctor FROM visits WHERE id='" + std::string(id) + "'");
  };
  REQUIRE(visit("w") != "doc\n");
  REQUIRE(visit("x") == "doc\n");
  SUBCASE("of some records alone") {
    clinic.put_back();
    CHECK(visit("w") != "doc\n");
    CHECK(visit("v") == "doc\n");
    CHECK(clinic.status() == "active\n");
    clinic.sweep();
    CHECK(visit("x") == "doc\n");
    clinic.set_time("2026-12-02T10:00:00+05:30");
    clinic.sweep();
    CHECK(visit("x") != "doc\n");
    CHECK(visit("v") == "doc\n");
  }
  SUBCASE("and then of all") {
    for (const char* at : {"2026-11-24T11:00:00+05:30", "2028-06-26T10:00:00+05:30", "2030-01-26T10:00:00+05:30",
                           "2034-01-27T10:00:00+05:30"}) {
      clinic.set_time(at);
      if (std::string_view(at).starts_with("2026")) clinic.ask("e2", "erasure");
      clinic.sweep();
    }
    clinic.put_back();
    clinic.sweep();
    CHECK(visit("w").empty());
    CHECK(visit("x").empty());
  }
  CHECK(question(clinic.path() + ".keys", "SELECT 1 FROM forgotten WHERE CAST(content AS TEXT) LIKE '%visits%'").empty());
  CHECK(clinic.valid());
}

TEST_CASE("C6.4-f: the other participant is told again, and has the same days to fetch a copy") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.must("rights.submit", "mr",
              {{"id", "e1"}, {"kind", "erasure"}, {"principal", "mr"}, {"channel", "in_app"},
               {"details", Args{{"records", {"recordings:r1"}}}}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "e1"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "e1"}});
  const std::string accepted = "SELECT erasure_accepted_at FROM records WHERE id='recordings:r1'";
  const std::string told = "SELECT recipient, kind, about, due_at, request FROM notices WHERE recipient='doc'";
  const std::string before = question(clinic.path(), accepted) + question(clinic.path(), told);
  REQUIRE(before.find("doc|recording_erased|recordings:r1|") != std::string::npos);
  clinic.set_time("2026-11-26T10:00:00+05:30");
  clinic.put_back();
  CHECK(question(clinic.path(), accepted) + question(clinic.path(), told) == before);
  clinic.sweep();
  CHECK(question(clinic.path(), "SELECT state FROM records WHERE id='recordings:r1'") == "active\n");
  std::string notice = question(clinic.path(), "SELECT id FROM notices WHERE recipient='doc' AND kind='recording_erased'");
  notice.pop_back();
  clinic.must("notice.confirm", "dpo",
              {{"notice", notice}, {"channel", "email"}, {"evidence", "m"}, {"at", "2026-11-24T10:00:00+05:30"}});
  clinic.set_time("2026-11-27T10:00:00+05:30");
  clinic.sweep();
  CHECK(question(clinic.path(), "SELECT state FROM records WHERE id='recordings:r1'") == "ordered\n");
  CHECK(clinic.valid());
}

TEST_CASE("C8-e: what a nominee decided stays decided") {
  TempDir dir;
  Restored clinic(dir);
  clinic.ask("n1", "nomination", {{"nominee", Args{{"id", "wife"}, {"name", "W W"}, {"email", "w@y.example"}}}});
  clinic.must("nominee.invoke", "dpo", {{"principal", "doc"}, {"nominee", "wife"}, {"event", "death"}, {"evidence", "dc"}});
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.must("rights.submit", "dpo",
              {{"id", "e1"}, {"kind", "erasure"}, {"principal", "doc"}, {"nominee", "wife"}, {"evidence", "ev"},
               {"channel", "email"}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "e1"}, {"evidence", "seen"}});
  clinic.must("rights.resolve", "dpo", {{"id", "e1"}});
  REQUIRE(clinic.status() == "erased\n");
  const std::string decided = question(clinic.path(), "SELECT nominee, status, decided_at FROM nominations");
  clinic.set_time("2026-11-26T10:00:00+05:30");
  clinic.put_back();
  CHECK(question(clinic.path(), "SELECT nominee, status, decided_at FROM nominations") == decided);
  CHECK(question(clinic.path(), "SELECT nominee FROM rights_requests WHERE id='e1'") == "wife\n");
  clinic.sweep();
  CHECK(question(clinic.path(), "SELECT state FROM records WHERE id='recordings:r1'") == "ordered\n");
  CHECK(clinic.valid());
}

TEST_CASE("C4-g: what the host said that it destroyed is ordered again at once, whatever law began since") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.ask("e1", "erasure", {{"records", {"recordings:r1"}}});
  const Answer pending = clinic.must("disposition.pending", "st");
  for (const boost::json::value& order : pending.result().at("orders").as_array())
    clinic.must("disposition.confirm", "st", {{"order", order.at("order")}, {"evidence", "gone"}});
  clinic.set_time("2027-06-01T10:00:00+05:30");
  clinic.put_back();
  const auto listed = [&] {
    return clinic.must("disposition.pending", "st").line().find(R"("record":"recordings:r1")") != std::string::npos;
  };
  CHECK(listed());
  CHECK(question(clinic.path(), "SELECT erasure_accepted_at FROM records WHERE id='recordings:r1'") ==
        question(clinic.path(), "SELECT accepted_at FROM key_erasures WHERE deed='request'"));
  CHECK(clinic.must("rights.list", "dpo").line().find(R"("executed":false)") != std::string::npos);
  clinic.must("principal.terminate", "mr", {{"id", "mr"}});
  clinic.sweep();
  CHECK(question(clinic.path(), "SELECT state FROM records WHERE id='recordings:r1'") == "ordered\n");
  CHECK(listed());
  const Answer again = clinic.must("disposition.pending", "st");
  for (const boost::json::value& order : again.result().at("orders").as_array())
    clinic.must("disposition.confirm", "st", {{"order", order.at("order")}, {"evidence", "gone"}});
  CHECK(question(clinic.path(), "SELECT 1 FROM records WHERE id='recordings:r1'").empty());
  CHECK(question(clinic.path(), "SELECT 1 FROM disposition_orders WHERE state='pending'").empty());
  CHECK(clinic.valid());
}

TEST_CASE("C6.4-h: a hold that was placed since the copy keeps what it kept, and one that was released keeps nothing") {
  TempDir dir;
  Restored clinic(dir);
  const Args hold{{"id", "h1"}, {"basis", "court_order"}, {"authority", "High Court"}, {"citation", "WP 1"},
                  {"scope", Args{{"principals", {"doc"}}}}, {"review_at", "2027-01-10T00:00:00+05:30"},
                  {"approved_by", "dpo"}};
  const auto in_use = [&] {
    return question(clinic.path(), "SELECT count(*) FROM records WHERE id IN ('recordings:r1', 'messages:message:th:1')") +
           question(clinic.path(), "SELECT count(*) FROM person_details WHERE principal='doc' AND email IS NOT NULL");
  };
  SUBCASE("placed and reviewed") {
    clinic.copy();
    clinic.set_time("2026-11-24T10:00:00+05:30");
    clinic.must("hold.place", "st", hold);
    clinic.must("hold.review", "st", {{"id", "h1"}, {"review_at", "2027-02-20T00:00:00+05:30"}, {"approved_by", "dpo"},
                                      {"reason", "goes on"}});
    clinic.ask("e1", "erasure");
    const std::string held = question(clinic.path(), "SELECT * FROM holds NATURAL JOIN hold_scopes");
    clinic.put_back();
    CHECK(question(clinic.path(), "SELECT * FROM holds NATURAL JOIN hold_scopes") == held);
    CHECK(clinic.status() == "terminated\n");
    CHECK(in_use() == "2\n1\n");
    clinic.sweep();
    CHECK(in_use() == "2\n1\n");
    CHECK(clinic.must("disposition.pending", "st").line().find(R"("kind":"dispose")") == std::string::npos);
    CHECK(clinic.must("hold.list", "dpo").line().find(R"("review_at":"2027-02-20T00:00:00)") != std::string::npos);
    CHECK(question(clinic.path() + ".keys", "SELECT count(*) FROM forgotten WHERE CAST(content AS TEXT) LIKE '%High Court%'") ==
          "1\n");
    clinic.must("hold.release", "st", {{"id", "h1"}, {"reason", "over"}});
    CHECK(question(clinic.path() + ".keys", "SELECT 1 FROM forgotten WHERE content IS NOT NULL").empty());
    CHECK(question(clinic.path(), "SELECT 1 FROM key_erasures WHERE content IS NOT NULL").empty());
    clinic.sweep();
    CHECK(clinic.status() == "erased\n");
    CHECK(in_use() == "1\n0\n");
  }
  SUBCASE("released") {
    clinic.must("hold.place", "st", hold);
    clinic.copy();
    clinic.set_time("2026-11-24T10:00:00+05:30");
    clinic.must("hold.release", "st", {{"id", "h1"}, {"reason", "over"}});
    clinic.ask("e1", "erasure");
    REQUIRE(clinic.status() == "erased\n");
    clinic.put_back();
    CHECK(clinic.must("hold.list", "dpo").result().at("holds").as_array().empty());
    CHECK(clinic.status() == "erased\n");
    clinic.sweep();
    CHECK(in_use() == "1\n0\n");
  }
  CHECK(clinic.valid());
}

TEST_CASE("C4-g: an opening destroys nothing that was not, whatever kept it is lost with the newer store") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.must("rights.submit", "doc", {{"id", "a1"}, {"kind", "access"}, {"principal", "doc"}, {"channel", "in_app"}});
  clinic.must("rights.verify_identity", "dpo", {{"id", "a1"}, {"evidence", "seen"}});
  clinic.ask("e1", "erasure");
  REQUIRE(clinic.status() == "terminated\n");
  clinic.put_back();
  CHECK(clinic.status() == "terminated\n");
  CHECK(question(clinic.path(), "SELECT count(*) FROM records WHERE id IN ('recordings:r1', 'messages:message:th:1')") ==
        "2\n");
  CHECK(question(clinic.path() + ".keys", "SELECT 1 FROM data_keys WHERE principal='doc' AND wrapped IS NULL").empty());
  CHECK(question(clinic.path(), "SELECT 1 FROM disposition_orders").empty());
  clinic.sweep();
  CHECK(clinic.status() == "erased\n");
  CHECK(clinic.valid());
}

TEST_CASE("C4-g: a crash at any operation of playing the ledger loses none of it") {
  TempDir dir;
  Restored clinic(dir);
  clinic.copy();
  clinic.set_time("2026-11-24T10:00:00+05:30");
  clinic.ask("e1", "erasure");
  clinic.put_back_closed();
  constexpr std::string_view kEnds[] = {"", "-wal", "-shm", ".keys", ".keys-wal", ".keys-shm", ".key"};
  const auto copy = [&](const std::string& from, const std::string& to) {
    for (const std::string_view end : kEnds) {
      fs::remove(to + std::string(end));
      if (fs::exists(from + std::string(end))) fs::copy_file(from + std::string(end), to + std::string(end));
    }
  };
  int struck = 0;
  for (std::uint64_t n = 1;; n += n < 40 ? 1 : 17) {
    CAPTURE(n);
    TempDir work, survivor;
    const std::string path = work.file("db");
    copy(clinic.path(), path);
    {
      const auto file = std::move(store::open_sqlite_store({.path = path}).value());
      auto faulty = std::make_unique<FaultyStore>(*file);
      bool crashed = false;
      faulty->arm(n, Fault::crash, [&] {
        copy(path, survivor.file("db"));
        crashed = true;
      });
      EngineOptions options;
      options.store = std::move(faulty);
      options.key_store = std::move(store::open_sqlite_store({.path = path + ".keys"}).value());
      options.key_provider = keys::make_file_key_provider({.path = path + ".key"});
      options.caller_clock = true;
      (void)Engine::open(std::move(options));
      if (!crashed) break;
    }
    ++struck;
    Clinic again(survivor);
    CHECK(question(again.path(), "SELECT status FROM principals WHERE id='doc'") == "erased\n");
    CHECK(question(again.path(), "SELECT play_from, play_to FROM vault_marks") == "-|-\n");
    again.set_time("2026-11-24T10:00:00+05:30");
    CHECK(again.must("audit.verify", "dpo").result().at("valid").as_bool());
  }
  CHECK(struck > 20);
}
