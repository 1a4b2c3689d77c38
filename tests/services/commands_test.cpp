// Every command of the table: what it does, whom it refuses and why, and what is not there. What all commands
// share (one audit entry, nothing else changed by a refusal, no personal data) the driver checks on each
// answer.
#include "services/command.hpp"

#include <doctest/doctest.h>

#include <set>
#include <utility>
#include <vector>

#include "connex/clauses.hpp"
#include "connex/gates.hpp"
#include "services/coverage.hpp"
#include "support/engine_driver.hpp"
#include "support/sample_arguments.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::sample;
using connex::testing::World;

namespace {

constexpr std::string_view kOutside = "outside_own_scope C4-d";
constexpr std::string_view kWrongRole = "role_not_permitted C4-d";

struct PersonOfRole {
  Role role;
  const char* id;
};
constexpr PersonOfRole kPeople[] = {
    {Role::doctor, "dr"},
    {Role::medical_representative, "mr"},
    {Role::hospital_administrator, "ha"},
    {Role::pharma_administrator, "pa"},
    {Role::clinic_assistant, "ca"},
    {Role::staff, "st"},
    {Role::compliance_officer, "co"},
    {Role::data_protection_officer, "dpo"},
};

// Arguments that are well formed, about things that do not exist.
Args some_arguments(const Command& command) {
  Args args;
  for (const Argument& a : command.arguments)
    if (a.required) args[a.name] = sample(a);
  return args;
}

using Pieces = std::vector<std::pair<std::int64_t, std::int64_t>>;

Args recording_of(World& w, std::int64_t from, std::int64_t to, const Pieces& pieces = {}) {
  Args args{{"id", "r"},
            {"visit", "v"},
            {"locator", "SECRETLOCATOR"},
            {"sha256", std::string(64, 'a')},
            {"size", 5},
            {"started_at", w.time(from)},
            {"ended_at", w.time(to)}};
  boost::json::array list;
  for (const auto& [first, last] : pieces)
    list.push_back(Args{{"started_at", w.time(first)}, {"ended_at", w.time(last)}});
  if (!list.empty()) args["pieces"] = std::move(list);
  return args;
}

}  // namespace

TEST_CASE("commands: each is documented, and every clause it cites exists") {
  std::set<std::string_view> names;
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    CHECK(names.insert(command.name).second);
    CHECK(find_command(command.name) == &command);
    CHECK(!command.text.empty());
    CHECK(command.text.back() != '.');
    CHECK(command.actors != 0);
    CHECK((command.run != nullptr));
    std::set<std::string_view> arguments;
    for (const Argument& a : command.arguments) {
      CHECK(arguments.insert(a.name).second);
      CHECK(!a.text.empty());
      CHECK((a.type == ArgumentType::choice) == !a.choices.empty());
    }
    for (const std::string_view clause : command.clauses) CHECK(find_clause(clause) != nullptr);
  }
  CHECK(find_command("visit.boo") == nullptr);
}

TEST_CASE("commands: the clauses of virtual visits that can be decided are cited by a rule") {
  for (const Clause& clause : clauses()) {
    const bool of_visits = clause.id.starts_with("C2.4-") || clause.id.starts_with("C6.1-") ||
                           clause.id.starts_with("C6.2-") || clause.id.starts_with("C6.3-") ||
                           clause.id.starts_with("C6.6-") || clause.id == "C6.5-a";
    if (!of_visits || (clause.enforcement & (kDecision | kWorkflow)) == 0) continue;
    CAPTURE(clause.id);
    CHECK(!rules_of(clause).empty());
    // What the host must do as well is not decided by the engine.
    const bool by_engine_alone = (clause.enforcement & kAttestation) == 0;
    CHECK(is_decided(clause) == by_engine_alone);
  }
}

TEST_CASE_FIXTURE(World, "commands: each is open to its roles and to no other") {
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    for (const auto& [role, id] : kPeople) {
      CAPTURE(id);
      const Answer answer = (*this)(command.name, id, some_arguments(command));
      const bool allowed = (command.actors & actors({role})) != 0;
      CHECK((answer.ok() && answer.reasons() == kWrongRole) == !allowed);
      if (!allowed) CHECK(answer.rule() == "command.use");
    }
    const Answer answer = (*this)(command.name, "system", some_arguments(command));
    CHECK((answer.ok() && answer.reasons() == kWrongRole) == ((command.actors & kSystem) == 0));
    CHECK((*this)(command.name, "nobody", some_arguments(command)).error() == "unauthenticated /actor");
  }
}

// Whoever a person was, and whatever became of the account: these stay open (C8-d, C13-b).
const std::set<std::string_view> kRightsOfAnyone = {"rights.submit", "rights.escalate", "rights.items",
                                                      "rights.list"};

TEST_CASE_FIXTURE(World,
                  "commands: a closed account may open itself and use its rights, a quarantined one these alone") {
  REQUIRE((*this)("principal.terminate", "st", {{"id", "st"}}).permitted());
  REQUIRE((*this)("principal.report_minor", "system", {{"id", "mr2"}}).permitted());
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    const Answer closed = (*this)(command.name, "st", some_arguments(command));
    CHECK((closed.ok() && closed.reasons().starts_with("actor_not_active C4-d")) ==
          !command.open_to_terminated);
    const Answer quarantined = (*this)(command.name, "mr2", some_arguments(command));
    CHECK((quarantined.ok() && quarantined.reasons().starts_with("actor_not_active C4-d")) == !command.open_to_all);
    CHECK(command.open_to_all == kRightsOfAnyone.contains(command.name));
  }
}

TEST_CASE_FIXTURE(World, "commands: what does not exist is not found, and says so by its argument") {
  const Args nobody{{"id", "nobody"}};
  const Args visit{{"visit", "nobody"}};
  struct Missing {
    const char* command;
    const char* actor;
    Args args;
    const char* path;
  };
  const Args booking{{"id", "v"}, {"starts_at", time(120)}, {"ends_at", time(150)}};
  const auto book_with = [&](const char* doctor, const char* representative) {
    Args args = booking;
    args["doctor"] = doctor;
    args["representative"] = representative;
    return args;
  };
  Args lost_recording = recording_of(*this, -20, -10);
  lost_recording["visit"] = "nobody";
  const Missing cases[] = {
      {"organisation.set_recording", "pa", {{"id", "nobody"}, {"enabled", true}}, "/args/id"},
      {"principal.register",
       "system",
       {{"id", "new"},
        {"role", "doctor"},
        {"name", "zq7x"},
        {"organisation", "nobody"},
        {"adult_attested", true}},
       "/args/organisation"},
      {"principal.view", "dr", {{"subject", "nobody"}}, "/args/subject"},
      {"principal.update", "system", nobody, "/args/id"},
      {"principal.update", "system", {{"id", "mr"}, {"organisation", "nobody"}}, "/args/organisation"},
      {"principal.terminate", "system", nobody, "/args/id"},
      {"principal.reactivate", "system", nobody, "/args/id"},
      {"principal.report_minor", "system", nobody, "/args/id"},
      {"principal.clear_minor_report", "dpo", {{"id", "nobody"}, {"evidence", "e"}}, "/args/id"},
      {"account.export", "dpo", {{"request", "nobody"}}, "/args/request"},
      {"rights.submit",
       "dpo",
       {{"id", "new"}, {"kind", "access"}, {"principal", "nobody"}, {"channel", "post"}},
       "/args/principal"},
      {"rights.verify_identity", "dpo", {{"id", "nobody"}, {"evidence", "e"}}, "/args/id"},
      {"rights.resolve", "dpo", nobody, "/args/id"},
      {"rights.refuse", "dpo", {{"id", "nobody"}, {"reason", "zq7x"}, {"clause", "C8-c"}}, "/args/id"},
      {"rights.escalate", "dr", nobody, "/args/id"},
      {"nominee.invoke",
       "dpo",
       {{"principal", "dr"}, {"nominee", "nobody"}, {"event", "death"}, {"evidence", "e"}},
       "/args/nominee"},
      {"notice.confirm",
       "dpo",
       {{"notice", "nobody"}, {"channel", "email"}, {"evidence", "e"}},
       "/args/notice"},
      {"preference.set", "dr", {{"doctor", "nobody"}, {"recording", true}}, "/args/doctor"},
      {"visit.book", "mr", book_with("nobody", "mr"), "/args/doctor"},
      {"visit.book", "mr", book_with("dr", "nobody"), "/args/representative"},
      {"visit.cancel", "mr", visit, "/args/visit"},
      {"visit.disclosure", "mr", visit, "/args/visit"},
      {"visit.accept",
       "mr",
       {{"visit", "nobody"}, {"disclosure_hash", std::string(64, '0')}, {"recording_consent", true}},
       "/args/visit"},
      {"visit.join", "mr", visit, "/args/visit"},
      {"visit.start", "mr", visit, "/args/visit"},
      {"visit.leave", "mr", visit, "/args/visit"},
      {"visit.end", "mr", visit, "/args/visit"},
      {"recording.decide", "mr", visit, "/args/visit"},
      {"recording.register", "system", lost_recording, "/args/visit"},
      {"consent.withdraw", "mr", visit, "/args/visit"},
      {"audit.prove", "system", {{"seq", 100000}}, "/args/seq"},
      {"record.register",
       "system",
       {{"id", "r"},
        {"class", "billing"},
        {"subjects", {"nobody"}},
        {"locator", "l"},
        {"trigger_at", time(-10)}},
       "/args/subjects"},
      {"record.touch", "system", {{"id", "nobody"}, {"at", time(-10)}}, "/args/id"},
      {"disposition.confirm", "system", {{"order", "nobody"}, {"evidence", "e"}}, "/args/order"},
      {"disposition.receipt", "system", {{"record", "nobody"}}, "/args/record"},
      {"hold.release", "system", {{"id", "nobody"}, {"reason", "over"}}, "/args/id"},
  };
  for (const Missing& missing : cases) {
    CAPTURE(missing.command);
    const Answer answer = (*this)(missing.command, missing.actor, missing.args);
    CHECK(answer.error() == std::string("not_found ") + missing.path);
  }
}

TEST_CASE_FIXTURE(World, "commands: an error on record stands in the log with its code") {
  const Answer missing = (*this)("visit.end", "dr", {{"visit", "nobody"}});
  CHECK(missing.error() == "not_found /args/visit");
  REQUIRE(book().permitted());
  const Answer taken = book();
  CHECK(taken.error() == "conflict /args/id");
  const Answer denied = (*this)("visit.end", "pa", {{"visit", "v"}});
  REQUIRE(denied.denied());
  const auto entries =
      (*this)("audit.list", "system", {{"from", missing.seq()}}).result().at("entries").as_array();
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].at("outcome").as_string() == "not_found");
  CHECK(entries[0].at("actor").as_string() == "dr");
  CHECK(entries[0].at("command").as_string() == "visit.end");
  CHECK(entries[1].at("outcome").as_string() == "done");
  CHECK(entries[1].at("visit").as_string() == "v");
  CHECK(entries[2].at("outcome").as_string() == "conflict");
  CHECK(entries[3].at("outcome").as_string() == "denied");
  CHECK(entries[3].at("role").as_string() == "pharma_administrator");
}

TEST_CASE_FIXTURE(World, "organisation.put: creates, changes, and keeps the kind") {
  const auto put = [&](Args more) {
    Args args{{"id", "new"}, {"kind", "pharma_company"}, {"name", "zq7x"}};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("organisation.put", "st", args);
  };
  CHECK(put({}).result().at("recording_entitled").as_bool() == false);
  CHECK(put({{"recording_entitled", true}}).result().at("recording_entitled").as_bool() == true);
  CHECK(put({{"name", "zq7x again"}}).result().at("recording_entitled").as_bool() == true);
  CHECK(put({{"kind", "clinic"}}).error() == "conflict /args/kind");
}

TEST_CASE_FIXTURE(World, "organisation.set_recording: a pharma company's own administrator") {
  CHECK(company_sets(false).result().at("recording_enabled").as_bool() == false);
  CHECK((*this)("organisation.set_recording", "pa", {{"id", "rival"}, {"enabled", true}}).reasons() ==
        kOutside);
  CHECK((*this)("organisation.set_recording", "pa", {{"id", "clinic"}, {"enabled", true}}).reasons() ==
        kOutside);
}

TEST_CASE_FIXTURE(World, "principal.register: by whom, as what, and of what age") {
  const auto enter = [&](const char* actor, Args args) {
    args["name"] = "zq7x";
    return (*this)("principal.register", actor, args);
  };
  const Answer self = enter("st", {{"id", "a"}, {"role", "doctor"}, {"adult_attested", true}});
  CHECK(self.permitted());
  CHECK(self.obligations().empty());
  CHECK(self.text("status") == "active");
  const Answer brought = enter(
      "pa",
      {{"id", "b"}, {"role", "medical_representative"}, {"organisation", "acme"}, {"adult_attested", true}});
  CHECK(brought.obligations() == std::vector<std::string>{"notify_principal_of_source"});
  CHECK(enter("st", {{"id", "c"}, {"role", "staff"}, {"adult_attested", true}, {"source", "organisation"}})
            .obliges("notify_principal_of_source"));

  CHECK(enter("st", {{"id", "a"}, {"role", "doctor"}, {"adult_attested", true}}).error() ==
        "conflict /args/id");
  CHECK(enter("st", {{"id", "system"}, {"role", "staff"}, {"adult_attested", true}}).error() ==
        "invalid_argument /args/id");
  for (const char* organisation : {"acme", "rival", "clinic"}) {
    const bool own = std::string_view(organisation) == "clinic";
    const Answer answer = enter("ha", {{"id", std::string("h-") + organisation},
                                       {"role", "doctor"},
                                       {"organisation", organisation},
                                       {"adult_attested", true}});
    CHECK(answer.permitted() == own);
    if (!own) CHECK(answer.reasons() == kOutside);
  }
  CHECK(enter("ha", {{"id", "d"}, {"role", "doctor"}, {"adult_attested", true}}).reasons() == kOutside);
  for (const char* role : {"staff", "data_protection_officer"})
    CHECK(enter("pa", {{"id", "d"}, {"role", role}, {"organisation", "acme"}, {"adult_attested", true}})
              .reasons() == kOutside);
  CHECK(enter("st", {{"id", "d"}, {"role", "doctor"}, {"organisation", "acme"}, {"adult_attested", true}})
            .error() == "invalid_argument /args/organisation");
  CHECK(
      enter(
          "st",
          {{"id", "d"}, {"role", "compliance_officer"}, {"organisation", "clinic"}, {"adult_attested", true}})
          .error() == "invalid_argument /args/organisation");

  CHECK(enter("st", {{"id", "d"}, {"role", "doctor"}}).effect() == "indeterminate");
  CHECK(enter("st", {{"id", "d"}, {"role", "doctor"}, {"adult_attested", false}}).reasons() ==
        "holder_not_adult C10-a");
  CHECK(enter("st", {{"id", "d"}, {"role", "doctor"}, {"birth_date", "2008-11-24"}}).effect() == "deny");
  CHECK(enter("st", {{"id", "d"}, {"role", "doctor"}, {"birth_date", "2008-11-24"}, {"adult_attested", true}})
            .effect() == "deny");
  CHECK(enter("st", {{"id", "d"}, {"role", "doctor"}, {"birth_date", "2008-11-23"}}).permitted());
}

TEST_CASE_FIXTURE(World, "principal.view: what each relation opens") {
  const auto sees = [&](const char* viewer, const char* subject, const char* field, Args more = {}) {
    more["subject"] = subject;
    return (*this)("principal.view", viewer, more).result().at("fields").as_object().contains(field);
  };
  CHECK(sees("dr", "dr", "phone"));
  CHECK(sees("mr", "mr", "email"));
  // The pharma side never sees how to reach a doctor, before a visit or after (C1-b, C1-c).
  for (const bool met : {false, true}) {
    if (met) REQUIRE(book().permitted());
    for (const char* viewer : {"mr", "mr2", "pa", "co"})
      for (const char* field : {"phone", "email", "address", "registration_number", "birth_date"}) {
        CAPTURE(viewer);
        CAPTURE(field);
        CHECK(!sees(viewer, "dr", field));
      }
  }
  CHECK(sees("mr", "dr", "name"));
  CHECK(!sees("st", "dr", "phone"));  // staff without a purpose
  const Answer none = (*this)("principal.view", "dr2", {{"subject", "dr"}});
  CHECK(none.result().at("hidden").as_array().size() > 0);
  REQUIRE((*this)("principal.report_minor", "st", {{"id", "dr"}}).permitted());
  for (const char* viewer : {"mr", "ha", "st", "dpo"})
    CHECK((*this)("principal.view", viewer, {{"subject", "dr"}, {"purpose", "service_delivery"}})
              .result()
              .at("fields")
              .as_object()
              .empty());
}

TEST_CASE_FIXTURE(World, "principal.register C10-b: of age is who was born before 1970, too") {
  const auto enter = [&](const char* id, const char* birth_date) {
    return (*this)("principal.register", "st", {{"id", id}, {"role", "doctor"}, {"name", "zq7x"}, {"birth_date", birth_date}});
  };
  CHECK(enter("a", "1969-12-31").permitted());
  CHECK(enter("b", "1960-02-29").permitted());
  CHECK(enter("c", "1900-01-01").permitted());
  const Answer refused = enter("e", "1899-12-31");
  CHECK(refused.error() == "invalid_argument /args/birth_date");
  CHECK(refused.message() == "argument must be a date from 1900 on, `YYYY-MM-DD`");
  CHECK((*this)("principal.update", "st", {{"id", "a"}, {"birth_date", "1968-02-29"}}).permitted());
}

TEST_CASE_FIXTURE(World, "principal.update: who may set what") {
  const auto update = [&](const char* actor, Args args) { return (*this)("principal.update", actor, args); };
  CHECK(update("dr", {{"id", "dr"}, {"city", "zq7x Town"}}).permitted());
  CHECK(update("ha", {{"id", "dr"}, {"city", "zq7x Town"}}).permitted());
  CHECK(update("st", {{"id", "dr"}, {"registration_number", "zq7x 18"}}).permitted());
  CHECK(update("dr", {{"id", "dr"}, {"registration_number", "zq7x 19"}}).reasons() == kOutside);
  CHECK(update("dr", {{"id", "dr"}, {"birth_date", "1971-02-04"}}).reasons() == kOutside);
  CHECK(update("mr", {{"id", "mr"}, {"organisation", "rival"}}).reasons() == kOutside);
  CHECK(update("mr", {{"id", "dr"}, {"city", "zq7x"}}).reasons() == kOutside);
  CHECK(update("pa2", {{"id", "mr"}, {"city", "zq7x"}}).reasons() == kOutside);
  CHECK(update("st", {{"id", "mr"}, {"organisation", "clinic"}}).error() ==
        "invalid_argument /args/organisation");
  CHECK(update("pa", {{"id", "mr"}, {"organisation", "rival"}}).reasons() == kOutside);
  CHECK(update("pa", {{"id", "pa"}, {"organisation", "rival"}}).reasons() == kOutside);
  CHECK(update("st", {{"id", "mr"}, {"organisation", "rival"}}).permitted());
  CHECK(update("st", {{"id", "dr"}, {"birth_date", "2020-01-01"}}).reasons() == "holder_not_adult C10-a");
  REQUIRE((*this)("principal.terminate", "dr2", {{"id", "dr2"}}).permitted());
  CHECK(update("st", {{"id", "dr2"}, {"city", "zq7x"}}).error() == "conflict /args/id");
}

TEST_CASE_FIXTURE(World, "principal.terminate and reactivate: by whom and how long") {
  const auto end = [&](const char* actor, const char* id) {
    return (*this)("principal.terminate", actor, {{"id", id}});
  };
  const auto back = [&](const char* actor, const char* id) {
    return (*this)("principal.reactivate", actor, {{"id", id}});
  };
  CHECK(end("mr", "dr").reasons() == kOutside);
  CHECK(end("pa2", "mr").reasons() == kOutside);
  CHECK(back("dr", "dr").reasons() == "account_not_terminated C9-c");
  const Answer ended = end("pa", "mr");
  CHECK(ended.text("status") == "terminated");
  CHECK(ended.text("reactivate_before") == time(90 * 24 * 60));
  CHECK(end("st", "mr").error() == "conflict /args/id");
  CHECK(back("pa", "mr").reasons() == kOutside);
  CHECK(back("dr", "mr").reasons() == kOutside);
  CHECK(back("mr", "mr").text("status") == "active");
  REQUIRE(end("system", "mr").permitted());
  set_time(90 * 24 * 60 - 1);
  CHECK(back("system", "mr").permitted());
  REQUIRE(end("mr", "mr").permitted());
  set_time(2 * 90 * 24 * 60 - 1);
  CHECK(back("mr", "mr").reasons() == "reactivation_period_over C9-c");
}

TEST_CASE_FIXTURE(World, "principal.report_minor: at once, by who answers for the account, and for good") {
  CHECK((*this)("principal.report_minor", "ca", {{"id", "mr2"}}).reasons() == kOutside);
  CHECK((*this)("principal.report_minor", "mr", {{"id", "dr"}}).reasons() == kOutside);
  const Answer reported = (*this)("principal.report_minor", "st", {{"id", "mr2"}});
  CHECK(reported.text("status") == "quarantined");
  CHECK(reported.obliges("erase_minor_data"));
  set_time(10);
  const Answer again = (*this)("principal.report_minor", "st", {{"id", "mr2"}});
  CHECK(again.text("status_since") == reported.text("status_since"));
  CHECK(again.decision().at("obligations") == reported.decision().at("obligations"));
  CHECK((*this)("principal.terminate", "st", {{"id", "mr2"}}).error() == "conflict /args/id");
  CHECK((*this)("principal.reactivate", "system", {{"id", "mr2"}}).reasons() ==
        "account_not_terminated C9-c");
}

TEST_CASE_FIXTURE(World, "preference.set: for doctors, and for something") {
  CHECK((*this)("preference.set", "dr", {{"doctor", "mr"}, {"recording", true}}).error() ==
        "invalid_argument /args/doctor");
  CHECK((*this)("preference.set", "dr", {{"doctor", "dr"}}).error().starts_with("invalid_argument"));
  const Answer first = (*this)("preference.set", "dr2", {{"doctor", "dr2"}, {"recording", true}});
  CHECK(first.result().at("virtual_visits").as_bool() == false);
  CHECK(first.result().at("recording").as_bool() == true);
}

TEST_CASE_FIXTURE(World,
                  "visit.book: the representative in person, a doctor who wants it, a slot that can be") {
  const auto booking = [&](const char* actor, const char* doctor, const char* representative,
                           std::int64_t from = 120, std::int64_t to = 150) {
    return (*this)("visit.book", actor,
                   {{"id", "v"},
                    {"doctor", doctor},
                    {"representative", representative},
                    {"starts_at", time(from)},
                    {"ends_at", time(to)}});
  };
  const std::string not_representative = "booker_not_representative C6.6-d";
  CHECK(booking("dr", "dr", "mr").reasons() == not_representative);
  CHECK(booking("system", "dr", "mr").reasons() == not_representative);
  CHECK(booking("mr2", "dr", "mr").reasons() == not_representative);
  CHECK(booking("mr", "dr", "mr2").reasons() == not_representative);
  const std::string off = "doctor_virtual_visits_disabled C6.1-d; opt_in_not_set_by_doctor C6.1-b";
  CHECK(booking("mr", "dr2", "mr").reasons() == off);  // never switched on (C6.1-a)
  CHECK(booking("mr", "ca", "mr").reasons() == off);   // not a doctor
  CHECK(booking("mr", "dr", "mr", 120, 120).error() == "invalid_argument /args/ends_at");
  CHECK(booking("mr", "dr", "mr", 150, 120).error() == "invalid_argument /args/ends_at");
  CHECK(booking("mr", "dr", "mr", -60, 0).error() == "invalid_argument /args/ends_at");
  CHECK(booking("mr", "dr", "mr", 120, 120 + 24 * 60 + 1).error() == "invalid_argument /args/ends_at");
  REQUIRE((*this)("principal.terminate", "dr", {{"id", "dr"}}).permitted());
  CHECK(booking("mr", "dr", "mr").reasons() == off);
  REQUIRE((*this)("principal.reactivate", "dr", {{"id", "dr"}}).permitted());
  REQUIRE(doctor_sets("virtual_visits", true).permitted());
  CHECK(booking("mr", "dr", "mr", 0, 24 * 60).text("state") == "booked");
  CHECK(booking("mr", "dr", "mr").error() == "conflict /args/id");
  CHECK((*this)("visit.book", "mr",
                {{"id", "w"},
                 {"doctor", "dr"},
                 {"representative", "mr"},
                 {"starts_at", time(120)},
                 {"ends_at", time(150)},
                 {"purpose", "promotional"}})
            .permitted());
}

TEST_CASE_FIXTURE(World, "visit: each step in its state, and for its parties alone") {
  const Args v{{"visit", "v"}};
  const auto run = [&](const char* command, const char* actor) { return (*this)(command, actor, v); };
  const std::string wrong = "conflict /args/visit";
  REQUIRE(book().permitted());
  set_time(110);
  for (const char* command : {"visit.cancel", "visit.disclosure", "visit.start", "visit.leave", "visit.end",
                              "recording.decide", "consent.withdraw"}) {
    CAPTURE(command);
    for (const char* stranger : {"mr2", "dr2"}) CHECK(run(command, stranger).reasons() == kOutside);
  }
  CHECK((*this)("visit.accept", "mr2",
                {{"visit", "v"}, {"disclosure_hash", show()}, {"recording_consent", true}})
            .reasons() == "acceptor_not_party C6.2-b");
  CHECK(run("visit.end", "dr").error() == wrong);
  CHECK(run("visit.leave", "dr").error() == wrong);
  CHECK((*this)("visit.disclosure", "dr", {{"visit", "v"}, {"language", "xx"}}).error() ==
        "invalid_argument /args/language");

  SUBCASE("cancelled") {
    REQUIRE(run("visit.cancel", "dr").text("state") == "cancelled");
    for (const char* command : {"visit.cancel", "visit.disclosure", "visit.start", "visit.end"})
      CHECK(run(command, "mr").error() == wrong);
    CHECK(run("visit.join", "mr").reasons().starts_with("visit_not_current C2.4-a"));
    CHECK(run("recording.decide", "mr").denied());
  }
  SUBCASE("ended") {
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    REQUIRE(run("visit.start", "mr").text("state") == "started");
    CHECK(run("visit.start", "mr").error() == wrong);
    CHECK(run("visit.cancel", "mr").error() == wrong);
    REQUIRE(run("visit.end", "mr").permitted());
    for (const char* command : {"visit.cancel", "visit.disclosure", "visit.start", "visit.end"})
      CHECK(run(command, "mr").error() == wrong);
    CHECK(run("visit.join", "mr").reasons() == "visit_not_current C2.4-a");
    CHECK(run("recording.decide", "mr").reasons() == "visit_not_started C6.2-b");
    CHECK(run("consent.withdraw", "mr").obligations().empty());
  }
}

TEST_CASE_FIXTURE(World, "recording: a permit runs until it expires, is ended, or the visit is over") {
  SUBCASE("expires") {
    REQUIRE(book("v", 120, 120 + 20 * 60).permitted());
    set_time(110);
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    set_time(120);
    REQUIRE(start().permitted());
    CHECK(decide().text("expires_at") == time(135));
    set_time(130);
    CHECK(decide().text("permit_id") == "v:1");  // deciding again while it runs prolongs it
    CHECK(decide().text("expires_at") == time(145));
    set_time(359);
    CHECK(decide().text("permit_id") == "v:2");
    set_time(610);
    // What began in time goes on until it is stopped; nothing begins once the permit has run out.
    for (const std::int64_t late : {145, 200, 358, 374})
      CHECK((*this)("recording.register", "system", recording_of(*this, late, 600)).reasons() ==
            "recorded_without_permit C6.3-e");
    SUBCASE("in time") {
      CHECK((*this)("recording.register", "system", recording_of(*this, 144, 600)).permitted());
    }
    SUBCASE("anew") {
      CHECK((*this)("recording.register", "system", recording_of(*this, 359, 600)).permitted());
    }
    SUBCASE("a withdrawal ends what began under either") {
      REQUIRE((*this)("consent.withdraw", "dr", {{"visit", "v"}}).obliges("stop_recording"));
      set_time(620);
      CHECK((*this)("recording.register", "system", recording_of(*this, 144, 611)).denied());
      CHECK((*this)("recording.register", "system", recording_of(*this, 359, 611)).denied());
      CHECK((*this)("recording.register", "system", recording_of(*this, 144, 610)).permitted());
    }
  }
  SUBCASE("ends with the visit") {
    started();
    REQUIRE(decide().permitted());
    set_time(130);
    REQUIRE((*this)("visit.end", "dr", {{"visit", "v"}}).permitted());
    set_time(140);
    CHECK((*this)("recording.register", "system", recording_of(*this, 120, 131)).reasons() ==
          "recorded_without_permit C6.3-e");
    CHECK((*this)("recording.register", "system", recording_of(*this, 120, 130)).permitted());
  }
}

TEST_CASE_FIXTURE(World, "recording: none while the doctor's virtual visits are off (C6.1-c, X6)") {
  started();
  REQUIRE(decide().permitted());
  const auto set = [&](bool on) {
    return (*this)("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", on}});
  };
  REQUIRE(set(false).obliges("stop_recording"));
  CHECK(accept("dr").reasons() == "visit_not_current C6.2-a");
  CHECK(decide().denied());
  REQUIRE(set(true).permitted());
  REQUIRE(accept("dr").permitted());
  REQUIRE(accept("mr").permitted());
  REQUIRE(decide().permitted());
}

TEST_CASE_FIXTURE(World, "recording: waits for who has left, and goes on under a new permit") {
  started();
  for (const char* who : {"dr", "mr"}) REQUIRE((*this)("visit.join", who, {{"visit", "v"}}).permitted());
  REQUIRE(decide().permitted());
  set_time(125);
  CHECK((*this)("visit.leave", "mr", {{"visit", "v"}}).obliges("stop_recording"));
  CHECK(decide().reasons() == "visit_not_started C6.2-b");
  set_time(130);
  REQUIRE((*this)("visit.join", "mr", {{"visit", "v"}}).permitted());
  CHECK(decide().text("permit_id") == "v:2");
  set_time(140);
  CHECK((*this)("recording.register", "st", recording_of(*this, 120, 140)).denied());
  CHECK((*this)("recording.register", "st", recording_of(*this, 120, 140, {{120, 125}, {130, 140}})).permitted());
}

TEST_CASE_FIXTURE(World, "visit.cancel: lets nobody sit in a call that will not be") {
  accepted();
  REQUIRE((*this)("visit.join", "mr", {{"visit", "v"}}).permitted());
  CHECK((*this)("visit.cancel", "dr", {{"visit", "v"}}).obliges("withhold_media"));
}

TEST_CASE_FIXTURE(World, "visits that nobody ended are over when their time is") {
  started();
  set_time(60 * 24 * 400);
  const Answer off = (*this)("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", false}});
  REQUIRE(off.permitted());
  CHECK(off.obligations().empty());
}

TEST_CASE_FIXTURE(World, "visit.disclosure: a name tells no telephone number (X25)") {
  REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"name", "Dr Rao 98200 55443 asha@example.in"}}).permitted());
  REQUIRE(book().permitted());
  set_time(110);
  const Answer shown = (*this)("visit.disclosure", "mr", {{"visit", "v"}});
  CHECK(shown.text("text").find("Dr Rao") != std::string::npos);
  for (const char* secret : {"98200", "55443", "asha@"}) CHECK(shown.line().find(secret) == std::string::npos);
}

TEST_CASE_FIXTURE(World, "recording.register: one file of several pieces, each under a permit (C2.4-e)") {
  started();
  REQUIRE(decide().permitted());
  set_time(125);
  REQUIRE((*this)("organisation.set_recording", "pa", {{"id", "acme"}, {"enabled", false}}).permitted());
  set_time(130);
  REQUIRE((*this)("organisation.set_recording", "pa", {{"id", "acme"}, {"enabled", true}}).permitted());
  set_time(140);
  const auto enter = [&](std::int64_t from, std::int64_t to, Pieces pieces) {
    return (*this)("recording.register", "st", recording_of(*this, from, to, pieces));
  };
  CHECK(enter(120, 140, {{121, 125}, {130, 140}}).error() == "invalid_argument /args/pieces/0");
  CHECK(enter(120, 140, {{120, 125}, {124, 140}}).error() == "invalid_argument /args/pieces/1");
  CHECK(enter(120, 140, {{120, 125}, {131, 130}}).error() == "invalid_argument /args/pieces/1");
  CHECK(enter(120, 140, {{120, 125}, {130, 139}}).error() == "invalid_argument /args/pieces");
  CHECK(enter(120, 140, {{120, 125}, {130, 140}}).reasons() == "recorded_without_permit C6.3-e");
  CHECK(enter(120, 124, {{120, 122}, {123, 124}}).permitted());
}

TEST_CASE_FIXTURE(World, "recording.register: only what a permit covers, once, with a moment's grace") {
  started();
  const auto enter = [&](std::int64_t from, std::int64_t to) {
    return (*this)("recording.register", "st", recording_of(*this, from, to));
  };
  const auto enter_seconds = [&](std::int64_t seconds_after_end) {
    Args args = recording_of(*this, 121, 125);
    args["ended_at"] = format_instant(
        {kStart.micros + 125 * kMicrosPerMinute + seconds_after_end * kMicrosPerSecond}, UtcOffset{330});
    return (*this)("recording.register", "st", args);
  };
  set_time(121);
  CHECK(enter(120, 121).reasons() == "permit_missing C6.5-a; recorded_without_permit C6.3-e");
  REQUIRE(decide().permitted());
  set_time(125);
  REQUIRE((*this)("consent.withdraw", "dr", {{"visit", "v"}}).permitted());
  set_time(140);
  const Answer early = enter(120, 124);
  CHECK(early.reasons() == "recorded_without_permit C6.3-e");
  CHECK(early.obligations() == std::vector<std::string>{"destroy_recording"});
  CHECK(enter_seconds(11).reasons() == "recorded_without_permit C6.3-e");
  CHECK(enter(125, 126).reasons() == "recorded_without_permit C6.3-e");
  Args later = recording_of(*this, 125, 125);  // begun in the moment's grace, after the withdrawal
  later["ended_at"] = format_instant({kStart.micros + 125 * kMicrosPerMinute + 9 * kMicrosPerSecond}, UtcOffset{330});
  CHECK((*this)("recording.register", "st", later).reasons() == "recorded_without_permit C6.3-e");
  CHECK(enter(124, 123).error() == "invalid_argument /args/ended_at");
  CHECK(enter(121, 141).error() == "invalid_argument /args/ended_at");
  CHECK(enter_seconds(10).permitted());
  CHECK(enter(121, 124).error() == "conflict /args/id");
  Args second = recording_of(*this, 121, 124);
  second["id"] = "r2";
  CHECK((*this)("recording.register", "st", second).reasons() == "recording_already_registered C2.4-e");
}

TEST_CASE_FIXTURE(World, "reports: read and change nothing") {
  started();
  REQUIRE(decide().permitted());
  REQUIRE(book("w").permitted());
  CHECK((*this)("visit.cancel", "pa", {{"visit", "w"}}).denied());
  const Answer summary = (*this)("report.summary", "dpo");
  CHECK(summary.result().at("visits").at("booked").as_int64() == 2);
  CHECK(summary.result().at("visits").at("started").as_int64() == 1);
  CHECK(summary.result().at("attestations").as_int64() == 2);
  CHECK(summary.result().at("recordings").at("permitted").as_int64() == 1);
  CHECK(summary.result().at("audit").at("entries").as_int64() == audit_size());
  CHECK((*this)("report.coverage", "mr").result().at("clauses").as_array().size() == clauses().size());
  CHECK((*this)("audit.verify", "dpo").result().at("valid").as_bool());
  CHECK((*this)("audit.list", "st", {{"limit", 3}}).result().at("entries").as_array().size() == 3);
  CHECK((*this)("audit.list", "st", {{"from", 1'000'000}}).result().at("entries").as_array().empty());
  CHECK((*this)("audit.prove", "st", {{"seq", 3}}).result().at("seq").as_int64() == 3);
}
