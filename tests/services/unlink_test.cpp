// After an erasure: every table and column of the store is walked for the id of the person.
#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <algorithm>
#include <map>
#include <set>

#include "services/entities.hpp"
#include "services/namings.hpp"
#include "services/records.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

// Whether `id` stands in `text` as a whole: not as a part of a longer one.
bool names(std::string_view text, std::string_view id) {
  const auto inside = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  for (std::size_t at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
    const std::size_t end = at + id.size();
    if ((at == 0 || !inside(text[at - 1])) && (end == text.size() || !inside(text[end]))) return true;
  }
  return false;
}

std::string column_name(const store::Table& table, std::size_t column) {
  return std::string(table.name) + '.' + std::string(table.columns[column].name);
}
std::string table_of(const std::string& column) { return column.substr(0, column.find('.')); }

constexpr const char* kOfAccount[] = {"person_details", "lookups",         "sharings",
                                      "preferences",    "bridge_settings", "policy_notices"};

struct Left : World {
  // The columns in which a text names the person, and how many do. Blobs are sealed, hashes or random, where two letters
  // stand by chance.
  std::map<std::string, int> named(std::string_view id) {
    std::map<std::string, int> found;
    auto tx = std::move(store().begin_read().value());
    for (const store::Table* table : kTables) {
      if (table == &signing_key::kTable || table == &audit_checkpoint::kTable) continue;
      std::vector<store::Row> rows;
      REQUIRE(tx->scan(*table, {.limit = store::kMaxScan}, rows));
      REQUIRE(rows.size() < store::kMaxScan);
      for (const store::Row& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
          if (row[i].type() == store::CellType::text && names(row.bytes(i), id))
            ++found[column_name(*table, i)];
    }
    return found;
  }

  // The columns that an answer admits to name the person still, of all tables or of one.
  static std::set<std::string> admitted(const Answer& answer, std::string_view of = {}, bool certain = false) {
    std::set<std::string> found;
    for (const auto& named : answer.result().at("still_named").as_array()) {
      const std::string table(named.at("table").as_string());
      if ((!of.empty() && table != of) || (certain && !named.at("certain").as_bool())) continue;
      for (const auto& column : named.at("columns").as_array()) found.insert(table + '.' + column.as_string().c_str());
    }
    return found;
  }
  // Of a line about a table, what the answer says.
  static std::string told(const Answer& answer, std::string_view table, std::string_view what) {
    for (const auto& named : answer.result().at("still_named").as_array())
      if (named.at("table").as_string() == table)
        return named.at(what).is_string() ? std::string(named.at(what).as_string()) : boost::json::serialize(named.at(what));
    return "";
  }
  static bool unlinked(const Answer& answer, std::string_view id) {
    for (const auto& item : answer.result().at("plan").as_array())
      if (item.at("item").as_string() == id) return item.as_object().contains("unlinked");
    FAIL("no such item: ", id);
    return false;
  }
  Answer enter(std::string_view id, std::string_view record_class) {
    return (*this)("record.register", "system",
                   {{"id", id}, {"class", record_class}, {"subjects", {"dr", "mr"}}, {"locator", "o/1"},
                    {"trigger_at", now()}});
  }
  bool named_somewhere(std::string_view id, const std::string& table) {
    const std::map<std::string, int> all = named(id);
    return std::ranges::any_of(all, [&](const auto& entry) { return table_of(entry.first) == table; });
  }
  // The host takes out of what it keeps whom it was told to.
  void take_out() {
    const Answer pending = (*this)("disposition.pending", "system", {{"limit", 1'000}});
    for (const auto& order : pending.result().at("orders").as_array())
      if (order.at("kind").as_string() == "unlink")
        REQUIRE((*this)("disposition.confirm", "system", {{"order", order.at("order")}, {"evidence", "out"}}).permitted());
  }
  void sweep() { REQUIRE((*this)("retention.sweep", "system", {{"limit", 1'000}}).permitted()); }
  bool in(const store::Table& table, std::string_view word) { return names(dump(table), word); }
  bool about(std::string_view record, std::string_view who) {
    return in(record_subject::kTable, std::string(record).append("|").append(who));
  }

  // Makes a record what an older version left of it: one request for all of its people, or none; and `unlinked`, the
  // list of them alone was erased.
  void made_before(std::string_view record, std::optional<std::string_view> request, bool unlinked) {
    auto tx = std::move(store().begin_write().value());
    store::Row row;
    const store::Cell key[] = {record};
    REQUIRE(tx->get(retained::kTable, key, row).value());
    std::vector<store::Cell> cells = cells_of(row);
    cells[retained::erasure_accepted_at] = micros();
    cells[retained::erasure_request] = request ? store::Cell(*request) : store::Cell();
    if (unlinked) cells[retained::unlinked_at] = micros();
    cells[retained::next_at] = store::Cell();
    REQUIRE(tx->update(retained::kTable, cells));
    for (const char* who : {"dr", "mr"}) {
      const store::Cell subject[] = {record, std::string_view(who), store::Cell(), store::Cell()};
      if (unlinked) {
        REQUIRE(tx->erase(record_subject::kTable, std::span(subject).first(2)).value());
      } else {
        REQUIRE(tx->update(record_subject::kTable, subject));
      }
    }
    const store::Cell asked[] = {std::int64_t{2}};
    REQUIRE(tx->erase(sweep_state::kTable, asked));
    REQUIRE(tx->commit());
  }

  // Two people leave something wherever two can: a call that was accepted, a call that was cancelled, messages, a
  // complaint, records of the host's, an invoice.
  void live() {
    share_billing("mr");
    accepted();
    REQUIRE(book("w", 1000, 1015).permitted());
    REQUIRE((*this)("visit.cancel", "dr", {{"visit", "w"}}).permitted());
    for (const auto& [from, to] : {std::pair{"mr", "dr"}, {"dr", "mr"}})
      REQUIRE((*this)("message.post", from, {{"id", std::string("from_") + from}, {"thread", "t"}, {"to", to}, {"text", "x"}}).permitted());
    REQUIRE(submit("g", "grievance", "mr", {{"text", "zq7x"}}).permitted());
    REQUIRE((*this)("rights.resolve", "dpo", {{"id", "g"}, {"outcome", "upheld"}}).permitted());
    REQUIRE(enter("bill", "billing").permitted());
    REQUIRE(enter("log", "audit").permitted());
    REQUIRE(enter("call", "call_metadata").permitted());
  }
};

// The columns of text that name nobody.
constexpr std::string_view kNobody[] = {
    "organisations.id", "organisations.kind", "organisations.name", "principals.role", "principals.organisation",
    "principals.status", "principals.source", "principals.name", "principals.email", "principals.phone",
    "principals.address", "principals.city", "principals.speciality", "principals.facility",
    "principals.registration_number", "principals.birth_date", "principals.status_before", "lookups.kind",
    "visits.id", "visits.company", "visits.state", "visit_parties.visit", "consent_attestations.visit",
    "consent_attestations.disclosure_version", "consent_attestations.language", "consent_attestations.session",
    "recording_permits.visit", "recordings.id", "recordings.visit", "recordings.locator", "policy_packs.digest",
    "policy_packs.version", "policy_packs.document", "requests.request_id", "tallies.kind", "tallies.key",
    "host_attestations.claim", "host_attestations.value", "host_attestations.evidence_ref", "sharings.processor",
    "sharings.purpose", "sharings.fields", "sharings.country", "lawful_demands.authority", "lawful_demands.section",
    "lawful_demands.class", "lawful_demands.operation", "processor_changes.processor", "processor_changes.state",
    "processor_changes.document", "processor_changes.policy", "processor_changes.changes",
    "processor_notices.processor", "processor_notices.customer", "threads.kind", "threads.id", "messages.kind",
    "messages.thread", "messages.id", "conversation_tails.kind", "conversation_tails.thread", "records.class",
    "records.locator", "records.source_table", "records.thread", "records.visit", "records.state",
    "records.erasure_request", "record_subjects.erasure_request", "disposition_orders.id", "disposition_orders.record",
    "disposition_orders.state", "disposition_orders.kind",
    "disposition_orders.reason", "disposition_orders.clause", "disposition_orders.evidence",
    "disposition_orders.request", "erasures.class", "erasures.source_table", "erasures.what", "erasures.clause",
    "erasures.evidence", "interactions.thread", "retention_reviews.kind", "holds.id",
    "holds.basis", "holds.authority", "holds.citation", "holds.reason", "holds.state", "holds.review_reason",
    "hold_scopes.kind", "hold_scopes.hold", "rights_requests.id", "rights_requests.kind", "rights_requests.status",
    "rights_requests.channel", "rights_requests.evidence", "rights_requests.clause", "nominations.status",
    "nominations.event", "nominations.evidence", "notices.id", "notices.state", "notices.kind", "notices.clause",
    "notices.channel", "notices.evidence", "notices.request", "policy_notices.channel", "signing_keys.endorsement",
    "audit_checkpoints.note", "entry_erasures.request", "key_erasures.deed", "key_erasures.state",
};

}  // namespace

TEST_CASE("X54: of every column that holds text it is declared whether it names people") {
  std::set<std::string> declared;
  for (const Naming& naming : namings()) declared.insert(column_name(*naming.table, naming.column));
  std::set<std::string> nobody(std::begin(kNobody), std::end(kNobody));
  for (const store::Table* table : kTables)
    for (std::size_t i = 0; i < table->columns.size(); ++i) {
      const std::string column = column_name(*table, i);
      const bool none = nobody.erase(column) > 0;
      CHECK_MESSAGE((!none || !declared.contains(column)), column);
      if (table->columns[i].type == store::CellType::text) CHECK_MESSAGE((none || declared.contains(column)), column);
    }
  for (const std::string& column : nobody) CHECK_MESSAGE(false, column);  // there is none such
}

TEST_CASE_FIXTURE(Left, "X54: after an erasure no table names the person but those that the answer admits") {
  live();
  for (const bool late : {false, true}) {
    CAPTURE(late);
    const char* who = late ? "dr" : "mr";
    set_time(late ? 1'440 * 500 : 200);
    REQUIRE(named(who).size() > 10);
    const Answer answer = answered(std::string("e-") + who, "erasure", who);
    REQUIRE(answer.permitted());
    std::set<std::string> expected = admitted(answer);
    for (const auto& [column, count] : named(who)) CHECK_MESSAGE(expected.contains(column), column);
    for (const std::string& column : admitted(answer, {}, true)) {  // and nothing is told for certain that is not so
      const bool of_log = column.starts_with("audit_");  // by tokens
      CHECK_MESSAGE((of_log || named_somewhere(who, table_of(column))), column);
    }
    if (late) {  // a law keeps the account's data for a year (rule 8(3)), and the answer says so
      CHECK(answer.result().at("plan").at(0).at("action").as_string() == "restrict");
      set_time(1'440 * 900);
      sweep();
    }
    for (const char* gone : kOfAccount) CHECK_FALSE(named_somewhere(who, gone));
    CHECK_FALSE(named_somewhere(who, "messages"));
    for (const auto& [column, count] : named(who)) CHECK_MESSAGE(expected.contains(column), column);
    CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
  }
}

TEST_CASE_FIXTURE(Left, "X54: a call is unlinked from who is erased, and stays the other party's") {
  live();
  set_time(200);
  const Answer answer = answered("e", "erasure", "mr");
  CHECK(unlinked(answer, "visits:w"));
  CHECK_FALSE(unlinked(answer, "call"));  // the host is told to, and has not yet
  take_out();
  CHECK_FALSE(about("call", "mr"));
  CHECK_FALSE(unlinked(answer, "visits:v"));  // the acceptance of its disclosure names both, and stays (C9-g)
  CHECK_FALSE(unlinked(answer, "log"));       // a floor keeps the log as it is
  CHECK_FALSE(unlinked(answer, "bill"));
  auto tx = std::move(store().begin_read().value());
  const Visit w = find_visit(*tx, "w").value().value();
  CHECK(w.doctor == "dr");
  CHECK(is_pseudonym(w.representative));
  CHECK(find_party(*tx, "w", w.representative).value());
  CHECK_FALSE(find_party(*tx, "w", "mr").value());
  CHECK(find_visit(*tx, "v").value()->representative == "mr");
  tx.reset();
  for (const char* command : {"visit.start", "visit.join", "visit.disclosure", "recording.decide", "visit.end"}) {
    CAPTURE(command);
    const Answer late = (*this)(command, command == std::string_view("visit.join") ? "dr" : "system", {{"visit", "w"}});
    CHECK_FALSE(late.permitted());
    CHECK(late.line().find("corrupt") == std::string::npos);
  }
  const Answer seen = answered("a", "access", "dr");
  REQUIRE(seen.permitted());
  CHECK(seen.line().find("visits:w") != std::string::npos);
  CHECK(seen.line().find("\"mr\"") == std::string::npos);
  const Answer next = answered("f", "erasure", "dr");
  CHECK(unlinked(next, "visits:w"));
  CHECK_FALSE(in(visit::kTable, "w|dr"));
  sweep();
  const std::string before = state();
  sweep();
  CHECK(state() == before);  // what waits for its neighbours is not looked at again and again
}

TEST_CASE_FIXTURE(Left, "X54: a call that may still take place names both of its people until it is over") {
  REQUIRE(book("v", 1'000, 1'015).permitted());
  REQUIRE(book("w", 2'000, 2'015).permitted());
  set_time(200);
  CHECK_FALSE(unlinked(answered("e", "erasure", "dr", {{"records", {"visits:v"}}}), "visits:v"));
  CHECK((*this)("visit.disclosure", "mr", {{"visit", "v"}}).line().find('~') == std::string::npos);
  CHECK_FALSE(unlinked(answered("f", "erasure", "mr"), "visits:w"));
  CHECK((*this)("visit.cancel", "dr", {{"visit", "w"}}).permitted());
  CHECK(in(visit::kTable, "v|dr|mr"));
  set_time(1'000);
  sweep();
  CHECK(in(visit::kTable, "v|dr|mr"));
  set_time(3'000);
  sweep();
  CHECK_FALSE(in(visit::kTable, "dr|mr"));
  auto tx = std::move(store().begin_read().value());
  CHECK(is_pseudonym(find_visit(*tx, "v").value()->doctor));
  CHECK(is_pseudonym(find_visit(*tx, "w").value()->representative));
  CHECK(find_visit(*tx, "w").value()->doctor == "dr");
}

TEST_CASE_FIXTURE(Left, "X54: requests and records of the log are unlinked once the floors have ended") {
  live();
  set_time(200);
  REQUIRE(answered("e", "erasure", "mr").permitted());
  CHECK(in(rights_request::kTable, "mr"));
  set_time(1'440 * 400);
  sweep();
  take_out();
  sweep();
  auto tx = std::move(store().begin_read().value());
  store::Row row;
  const store::Cell key[] = {std::string_view("g")};
  REQUIRE(tx->get(rights_request::kTable, key, row).value());
  CHECK(is_pseudonym(row.bytes(rights_request::principal)));
  CHECK(is_pseudonym(row.bytes(rights_request::submitted_by)));
  tx.reset();
  const Answer list = (*this)("rights.list", "dpo");
  CHECK(list.line().find("\"g\"") != std::string::npos);
  CHECK(list.line().find('~') == std::string::npos);  // nobody
  CHECK((*this)("rights.escalate", "system", {{"id", "g"}}).error() == "conflict /args/id");
  CHECK(in(record_subject::kTable, "bill|mr"));  // eight financial years (C9-d)
  CHECK_FALSE(in(record_subject::kTable, "log|mr"));
  CHECK(in(record_subject::kTable, "log|dr"));
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
}


TEST_CASE_FIXTURE(Left, "C8-c: an erasure tells where the person acted for the operator, and until when") {
  REQUIRE(person("st2", "staff", "", 41).permitted());
  REQUIRE((*this)("attestation.put", "st2",
                  {{"claim", "ai_enabled"}, {"value", true}, {"evidence_ref", "doc-1"}, {"valid_until", time(600'000)}})
              .permitted());
  REQUIRE(enter("log", "audit").permitted());
  const Args hold{{"id", "h"},        {"basis", "court_order"},          {"authority", "HC"}, {"citation", "c"},
                  {"scope", {{"records", {"log"}}}}, {"review_at", time(60'000)}, {"approved_by", "dpo"}};
  REQUIRE((*this)("hold.place", "st2", hold).permitted());
  REQUIRE((*this)("purpose.check", "dpo",
                  {{"class", "account"}, {"purpose", "legal_obligation"}, {"operation", "share"},
                   {"demand", {{"authority", "Court"}, {"section", "s.94"}, {"date", "2026-11-20"}, {"scope", boost::json::array{"mr", "st2"}},
                               {"about", boost::json::array{"st2"}}}}})
              .permitted());
  const Answer of_staff = answered("e", "erasure", "st2");
  REQUIRE(of_staff.permitted());
  CHECK(admitted(of_staff, "host_attestations", true) == std::set<std::string>{"host_attestations.attested_by"});
  CHECK(told(of_staff, "host_attestations", "ends") == "office");
  CHECK(told(of_staff, "host_attestations", "until") == "null");
  CHECK(admitted(of_staff, "holds", true) == std::set<std::string>{"holds.placed_by"});
  CHECK(told(of_staff, "holds", "ends") == "done");
  CHECK(admitted(of_staff, "lawful_demands", true) == std::set<std::string>{"lawful_demands.about", "lawful_demands.scope"});
  CHECK(told(of_staff, "lawful_demands", "until") == "2029-11-23T00:00:00+05:30");
  CHECK(admitted(of_staff, "policy_versions").empty());
  for (const auto& [column, count] : named("st2")) CHECK_MESSAGE(admitted(of_staff).contains(column), column);

  const Answer of_representative = answered("f", "erasure", "mr");
  CHECK(admitted(of_representative, "holds").empty());
  CHECK(admitted(of_representative, "host_attestations").empty());
  CHECK(admitted(of_representative, "lawful_demands") == std::set<std::string>{"lawful_demands.scope"});
}

TEST_CASE_FIXTURE(Left, "C8-c: an erasure of some records tells what still names the person as well") {
  live();
  set_time(200);
  const Answer answer = answered("e", "erasure", "mr", {{"records", {"call", "visits:w"}}});
  REQUIRE(answer.permitted());
  for (const auto& [column, count] : named("mr")) CHECK_MESSAGE(admitted(answer).contains(column), column);
  CHECK(told(answer, "person_details", "ends") == "account");
  CHECK(told(answer, "person_details", "until") == "null");
  CHECK(told(answer, "records", "ends") == "record");
  CHECK(told(answer, "person_details", "certain") == "true");
}

TEST_CASE_FIXTURE(Left, "X54: each of two who ask is unlinked, whoever asked first, and whatever became of the requests") {
  live();
  set_time(200);
  REQUIRE(answered("e", "erasure", "dr", {{"records", {"log"}}}).permitted());
  REQUIRE(answered("f", "erasure", "mr", {{"records", {"log"}}}).permitted());
  REQUIRE(answered("h", "erasure", "dr", {{"records", {"rights_requests:e"}}}).permitted());
  CHECK((about("log", "dr") && about("log", "mr")));  // a law keeps the log as it is
  REQUIRE((*this)("record.touch", "system", {{"id", "log"}, {"at", now()}}).permitted());
  set_time(1'440 * 250);
  REQUIRE((*this)("record.touch", "system", {{"id", "log"}, {"at", now()}}).permitted());
  set_time(1'440 * 400);
  sweep();
  CHECK_FALSE(in(rights_request::kTable, "e|erasure|resolved|dr"));
  CHECK(about("log", "dr"));
  set_time(1'440 * 700);
  sweep();
  take_out();
  CHECK_FALSE(about("log", "dr"));
  CHECK_FALSE(about("log", "mr"));
}

TEST_CASE_FIXTURE(Left, "X54: no row that was unlinked leads to the request, and so to the person") {
  live();
  set_time(200);
  REQUIRE(answered("ask", "erasure", "mr", {{"records", {"visits:w", "call"}}}).permitted());
  CHECK(in(rights_request::kTable, "ask"));
  take_out();
  sweep();
  for (const store::Table* table : {&visit::kTable, &party::kTable, &retained::kTable, &record_subject::kTable,
                                    &disposition_order::kTable})
    for (const char* row : {"visits:w", "call", "w", "d-"}) {
      const std::string rows = dump(*table);
      for (std::size_t at = 0, end = 0; (end = rows.find('\n', at)) != std::string::npos; at = end + 1)
        if (rows.substr(at, end - at).starts_with(row == std::string_view("d-") ? row : std::string(row) + '|'))
          CHECK_FALSE(names(std::string_view(rows).substr(at, end - at), "ask"));
    }
}

TEST_CASE_FIXTURE(Left, "X54, X22: the host is told whom to take out of what it keeps, and the erasure waits for it") {
  live();
  set_time(200);
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"call"}}}).permitted());
  const auto orders = [&] { return (*this)("disposition.pending", "system").result().at("orders").as_array(); };
  const auto executed = [&](const char* said) {
    return (*this)("rights.list", "dpo").line().find(std::string("\"executed\":") + said) != std::string::npos;
  };
  sweep();
  sweep();
  REQUIRE(orders().size() == 1);
  const boost::json::object order = orders().front().as_object();
  CHECK(order.at("kind").as_string() == "unlink");
  CHECK(order.at("record").as_string() == "call");
  CHECK(order.at("principal").as_string() == "mr");
  CHECK(order.at("locator").as_string() == "o/1");
  CHECK(about("call", "mr"));
  CHECK(executed("false"));
  const Args hold{{"id", "h"},        {"basis", "court_order"},          {"authority", "HC"}, {"citation", "c"},
                  {"scope", {{"records", {"call"}}}}, {"review_at", time(60'000)}, {"approved_by", "dpo"}};
  REQUIRE((*this)("hold.place", "st", hold).permitted());
  CHECK(orders().empty());
  sweep();
  CHECK(dump(disposition_order::kTable).empty());
  REQUIRE((*this)("hold.release", "st", {{"id", "h"}, {"reason", "over"}}).permitted());
  sweep();
  REQUIRE(orders().size() == 1);
  const Answer out = (*this)("disposition.confirm", "system", {{"order", orders().front().at("order")}, {"evidence", "out"}});
  REQUIRE(out.permitted());
  CHECK(out.text("state") == "unlinked");
  CHECK_FALSE(about("call", "mr"));
  CHECK(about("call", "dr"));
  CHECK_FALSE(in(disposition_order::kTable, "mr"));
  CHECK_FALSE(in(disposition_order::kTable, "e"));
  CHECK(executed("true"));
  CHECK_FALSE((*this)("disposition.confirm", "system", {{"order", order.at("order")}, {"evidence", "out"}}).permitted());
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
}

TEST_CASE("X54: what an answer calls unlinked does not hang on the order of the records") {
  for (const char* id : {"a", "zz"}) {
    CAPTURE(id);
    Left world;
    REQUIRE(world.book("w", 1000, 1015).permitted());
    REQUIRE(world("visit.cancel", "dr", {{"visit", "w"}}).permitted());
    REQUIRE(world("record.register", "system",
                  {{"id", id}, {"class", "call_metadata"}, {"subjects", {"dr", "mr"}}, {"locator", "o/1"},
                   {"visit", "w"}, {"trigger_at", world.now()}}).permitted());
    const Answer answer = world.answered("e", "erasure", "mr", {{"records", {id, "visits:w"}}});
    CHECK_FALSE(Left::unlinked(answer, id));
    CHECK_FALSE(Left::unlinked(answer, "visits:w"));  // the host's record names its people still
    world.take_out();
    world.sweep();
    CHECK_FALSE(world.about(id, "mr"));
    CHECK_FALSE(world.in(visit::kTable, "mr"));
  }
}

TEST_CASE_FIXTURE(Left, "X54: who is left in a record keeps it for as long as before") {
  live();
  {
    auto tx = std::move(store().begin_write().value());
    store::Row row;
    const store::Cell key[] = {std::string_view("call")};
    REQUIRE(tx->get(retained::kTable, key, row).value());
    std::vector<store::Cell> cells = cells_of(row);
    cells[retained::trigger_at] = store::Cell();  // its period has not begun
    REQUIRE(tx->update(retained::kTable, cells));
    REQUIRE(tx->commit());
  }
  set_time(200);
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"call"}}}).permitted());
  take_out();
  CHECK_FALSE(about("call", "mr"));
  const Answer kept = (*this)("retention.evaluate", "dr", {{"record", "call"}});
  CHECK(kept.result().at("ceiling").is_null());
  REQUIRE(answered("f", "erasure", "dr", {{"records", {"call"}}}).permitted());
  take_out();
  CHECK_FALSE(about("call", "dr"));
  const Answer left = (*this)("retention.evaluate", "dpo", {{"record", "call"}});
  CHECK_FALSE(left.result().at("ceiling").is_null());  // nobody's account tells any more
}

TEST_CASE_FIXTURE(Left, "C8-g: an open request stays, however long ago the account of who asks was closed") {
  REQUIRE(answered("e", "erasure", "mr").permitted());
  set_time(1'440 * 365 * 5);
  sweep();
  REQUIRE(submit("g", "grievance", "mr", {{"text", "zq7x"}}).permitted());
  sweep();
  CHECK((*this)("rights.list", "mr").line().find("\"g\"") != std::string::npos);
  REQUIRE((*this)("rights.resolve", "dpo", {{"id", "g"}, {"outcome", "upheld"}}).permitted());
  set_time(1'440 * 365 * 9);
  sweep();
  CHECK((*this)("rights.list", "mr").line().find("\"g\"") == std::string::npos);
}

TEST_CASE_FIXTURE(Left, "a store of before: calls whose lists alone were erased are unlinked as the answer said") {
  live();
  set_time(200);
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"log"}}}).permitted());
  made_before("visits:w", "e", true);
  CHECK(in(visit::kTable, "w|dr|mr"));
  sweep();
  sweep();
  CHECK_FALSE(in(visit::kTable, "w|dr|mr"));
  CHECK(in(visit::kTable, "w|dr"));
  CHECK_FALSE(in(party::kTable, "w|mr"));
  CHECK(about("visits:w", "dr"));  // whose list it was as well
  CHECK((*this)("retention.evaluate", "dr", {{"record", "visits:w"}}).permitted());
  CHECK_FALSE(about("visits:w", "mr"));
  CHECK_FALSE(find_record(*std::move(store().begin_read().value()), "visits:w").value()->erasure_request);
  const std::string before = state();
  sweep();
  CHECK(state() == before);
}

TEST_CASE_FIXTURE(Left, "a store of before: who never asked stays, also where the request has forgotten its records") {
  live();
  REQUIRE(enter("one", "audit").permitted());
  set_time(200);
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"log"}}}).permitted());
  made_before("one", std::nullopt, false);
  {
    auto tx = std::move(store().begin_write().value());
    store::Row row;
    const store::Cell key[] = {"e"};
    REQUIRE(tx->get(rights_request::kTable, key, row).value());
    std::vector<store::Cell> cells = cells_of(row);
    cells[rights_request::details] = store::Cell();
    REQUIRE(tx->update(rights_request::kTable, cells));
    REQUIRE(tx->commit());
  }
  sweep();
  set_time(1'440 * 400);
  sweep();
  take_out();
  sweep();
  CHECK_FALSE(about("one", "mr"));
  CHECK(about("one", "dr"));
}

TEST_CASE_FIXTURE(Left, "a store of before: who asked is found where more than one did, or nobody can tell any more") {
  live();
  for (const char* id : {"one", "none", "lost", "older"}) REQUIRE(enter(id, "audit").permitted());
  set_time(200);
  REQUIRE(answered("e", "erasure", "mr", {{"records", {"log", "one"}}}).permitted());
  REQUIRE(answered("f", "erasure", "dr", {{"records", {"log"}}}).permitted());
  made_before("log", "e", false);          // only the first was kept
  made_before("one", std::nullopt, false);  // none was, and the request tells
  made_before("older", std::nullopt, false);
  made_before("lost", "x", false);
  for (const int limit : {1, 2, 3, 100}) REQUIRE((*this)("retention.sweep", "system", {{"limit", limit}}).permitted());
  set_time(1'440 * 400);
  sweep();
  take_out();
  sweep();
  for (const char* id : {"log", "lost", "older"}) {
    CAPTURE(id);
    CHECK_FALSE(about(id, "dr"));
    CHECK_FALSE(about(id, "mr"));
  }
  CHECK(about("one", "dr"));
  CHECK_FALSE(about("one", "mr"));
  CHECK(about("none", "dr"));
  CHECK(about("none", "mr"));
}
