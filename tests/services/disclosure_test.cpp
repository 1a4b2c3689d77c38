// Nothing that the engine says lets the pharma side reach a doctor (C1-b, C1-c): every command of the table,
// as every role, in every relation, with the doctor's own contact details put into every free text.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <span>

#include "connex/redaction.hpp"
#include "services/command.hpp"
#include "support/draft_pack.hpp"
#include "support/engine_driver.hpp"
#include "support/project_file.hpp"
#include "support/sample_arguments.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::EngineDriver;
using connex::testing::sample;

namespace {

constexpr std::string_view kPhone = "+91 98765 43017";
constexpr std::string_view kEmail = "asha.kulkarni.4417@sunrise-clinic.example";
constexpr std::string_view kAddress = "Flat 17, Kamdhenu Society, Paud Road, Kothrud, Pune 411038";

// In what spellings the planted values go in, and are looked for. The redactor's own tests have many more.
constexpr std::string_view kPlanted[] = {
    kPhone,
    "98765 43017",
    "nine eight seven six five four three zero one seven",
    kEmail,
    "asha dot kulkarni dot 4417 at sunrise-clinic dot example",
    kAddress,
};

std::string folded(std::string_view text) {
  std::string out;
  std::size_t escaped = 0;
  for (const char c : text)
    if (c == '%')
      escaped = 2;  // a character that an address has no place for
    else if (escaped > 0)
      --escaped;
    else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
      out += c;
    else if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
  return out;
}

// Whether the answer holds a value: letter for letter but for case, marks and blanks; or in words.
bool holds_contact(std::string_view answer) {
  const std::string text = folded(answer);
  for (const std::string_view part : {"9876543017", "ninegightsevensixfive", "eightsevensixfivefourthreezero",
                                      "ashakulkarni4417", "kulkarnidot4417", "kamdhenu", "paudroad"})
    if (text.find(folded(part)) != std::string::npos) return true;
  return false;
}

// With one, a grant comes with an address, in which the host's locator stands.
std::optional<Bucket> bucket() {
  return Bucket{.host = "acct.r2.example", .name = "calls", .access_key = "AKIDEXAMPLE", .secret_key = "key"};
}

// One world: a doctor, and pharma people who stand in the relation; or staff, assistants and all the others.
struct Disclosure : EngineDriver {
  Disclosure() : EngineDriver(false, nullptr, bucket()) {
    put("organisation.put",
        {{"id", "acme"}, {"kind", "pharma_company"}, {"name", "Acme Pharma"}, {"recording_entitled", true}});
    put("organisation.put", {{"id", "clinic"}, {"kind", "clinic"}, {"name", "Sunrise Clinic"}});
    person("dr", "doctor", "clinic");
    person("ca", "clinic_assistant", "clinic");
    person("ha", "hospital_administrator", "clinic");
    for (const auto& [id, role] : {std::pair{"mr", "medical_representative"},
                                   {"mr2", "medical_representative"},
                                   {"pa", "pharma_administrator"},
                                   {"co", "compliance_officer"}})
      person(id, role, "acme");
    person("st", "staff", "");
    person("dpo", "data_protection_officer", "");
    put("preference.set", {{"doctor", "dr"}, {"virtual_visits", true}, {"recording", true}}, "dr");
    put("organisation.set_recording", {{"id", "acme"}, {"enabled", true}}, "pa");
  }
  void put(std::string_view command, const Args& args, std::string_view actor = "system") {
    const Answer answer = (*this)(command, actor, args);
    CAPTURE(command);
    REQUIRE_MESSAGE(answer.permitted(), answer.line());
  }
  void person(std::string_view id, std::string_view role, std::string_view organisation) {
    Args args{
        {"id", id}, {"role", role}, {"name", std::string("Person ").append(id)}, {"adult_attested", true}};
    if (!organisation.empty()) args["organisation"] = organisation;
    if (role == "doctor") {
      args["phone"] = kPhone;
      args["email"] = kEmail;
      args["address"] = kAddress;
      args["city"] = "Pune";
    }
    put("principal.register", args);
  }
  // Everything there can be between the doctor and `mr`.
  void meet() {
    put("visit.book",
        {{"id", "v"},
         {"doctor", "dr"},
         {"representative", "mr"},
         {"starts_at", time(120)},
         {"ends_at", time(150)}},
        "mr");
    set_time(110);
    const std::string hash = (*this)("visit.disclosure", "system", {{"visit", "v"}}).text("hash");
    for (const char* who : {"dr", "mr"})
      put("visit.accept", {{"visit", "v"}, {"disclosure_hash", hash}, {"recording_consent", true}}, who);
    set_time(120);
    put("visit.start", {{"visit", "v"}});
  }
};

// Valid arguments about what exists, by the argument's name; a free text holds `planted`. A command whose
// arguments this does not know is one that the test has not looked at.
constexpr std::string_view kIdsOf[] = {"dr", "mr", "mr2"};

boost::json::value argument(const Argument& a, std::string_view planted, std::string_view person) {
  static const std::map<std::string_view, std::string_view> about{{"visit", "v"},
                                                                  {"doctor", "dr"},
                                                                  {"representative", "mr"},
                                                                  {"subject", "dr"},
                                                                  {"organisation", "acme"},
                                                                  {"processor", "razorpay"},
                                                                  {"provider", "google_gemini"},
                                                                  {"recording", "r"},
                                                                  {"thread", "t"},
                                                                  {"principal", "dr"},
                                                                  {"to", "mr"},
                                                                  {"nominee", "dr"},
                                                                  {"purpose", "service_delivery"}};
  switch (a.type) {
    // Everybody's own contact details are theirs to see: the doctor's stand on file as the doctor's alone.
    case ArgumentType::line:
      return boost::json::string(planted.substr(0, static_cast<std::size_t>(a.limit)));
    case ArgumentType::text:
      if (a.name == "address" && person != "dr") return "1 Harbour House, Mumbai";
      return boost::json::string(planted);
    case ArgumentType::scalar:
      return boost::json::string(planted);
    case ArgumentType::email:
      return person == "dr" ? boost::json::value(kEmail) : boost::json::value("somebody@acme.example");
    case ArgumentType::phone:
      return person == "dr" ? boost::json::value(kPhone) : boost::json::value("+91 22 5550 1234");
    case ArgumentType::id: {
      if (a.name == "to" || a.name == "principal" || a.name == "subject") return boost::json::string(person);
      const auto known = about.find(a.name);
      return boost::json::string(known == about.end() ? person : known->second);
    }
    case ArgumentType::ids:
      return boost::json::array{"dr"};
    case ArgumentType::object: {
      boost::json::object value;
      for (const Argument& member : a.members) value[member.name] = argument(member, planted, person);
      if (a.members.empty()) value["text"] = planted;
      return value;
    }
    default:
      return sample(a);
  }
}

Args arguments(const Command& command, std::string_view planted, std::string_view person, bool optional) {
  Args args;
  for (const Argument& a : command.arguments)
    if (a.required || optional) args[a.name] = argument(a, planted, person);
  return args;
}

// Commands that this test knows to be covered: with the arguments above each must, as some role, be carried
// out or refused for a reason that is not its arguments.
constexpr std::string_view kPharma[] = {"mr", "mr2", "pa", "co"};
constexpr std::string_view kOthers[] = {"dr", "ca", "ha", "st", "dpo", "system"};

// One value stands for all where a command takes no text.
std::span<const std::string_view> planted_for(const Command& command) {
  const auto takes_text = [](const Argument& a) {
    return a.type == ArgumentType::line || a.type == ArgumentType::text || a.type == ArgumentType::scalar ||
           a.type == ArgumentType::object;
  };
  const bool any = std::any_of(command.arguments.begin(), command.arguments.end(), takes_text);
  return std::span(kPlanted).first(any ? std::size(kPlanted) : 1);
}

// The text.* commands give the caller's own text back, redacted by shape alone: an address and an obfuscated
// e-mail are the redactor's own tests.
bool may_echo(const Command& command, std::string_view planted) {
  return command.name.starts_with("text.") && planted != kPhone && planted != kEmail;
}

}  // namespace

TEST_CASE("disclosure: no answer tells the pharma side how to reach a doctor, by brute force") {
  for (const bool met : {false, true}) {
    Disclosure w;
    if (met) w.meet();
    CAPTURE(met);
    // What anybody else may have written before is there to be read.
    for (const Command& command : commands()) {
      if (command.name == "principal.terminate" || command.name == "principal.report_minor") continue;
      for (const std::string_view planted : planted_for(command)) {
        for (const std::string_view person : kIdsOf)
          for (const std::string_view actor : kOthers)
            w(command.name, actor, arguments(command, planted, person, true));
      }
    }
    for (const std::string_view actor : kPharma) {
      CAPTURE(actor);
      for (const Command& command : commands()) {
        CAPTURE(command.name);
        if (command.name == "principal.terminate" || command.name == "principal.report_minor") continue;
        for (const std::string_view person : kIdsOf) {
          for (const bool optional : {false, true}) {
            for (const std::string_view planted : planted_for(command)) {
              const bool own = may_echo(command, planted);
              const Answer answer = w(command.name, actor, arguments(command, planted, person, optional));
              CHECK_MESSAGE((own || !holds_contact(answer.line())), answer.line());
            }
          }
        }
      }
    }
  }
}

namespace {

// The script of the fault tests, which carries out every command, with a doctor's contact details in all that
// the doctor and others write.
std::vector<boost::json::object> planted_script() {
  std::ifstream file(connex::testing::project_file("tests/faults/commands.jsonl"));
  REQUIRE(file);
  std::vector<boost::json::object> script;
  const auto request = [&](std::string_view line) { script.push_back(boost::json::parse(line).as_object()); };
  std::size_t turn = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find("\"recording.register\"") != std::string::npos)
      for (const std::string_view planted : kPlanted) {  // refused: the next ask for it by a plain name
        request(line);
        script.back().at("args").as_object()["locator"] = std::string("calls/").append(planted).append(".mp4");
      }
    request(connex::testing::with_draft(line));
    boost::json::object& last = script.back();
    const Command* command = find_command(std::string_view(last.at("command").as_string()));
    REQUIRE(command != nullptr);
    boost::json::value* given = last.if_contains("args");
    if (given == nullptr) continue;
    boost::json::object& args = given->as_object();
    if (args.if_contains("phone") != nullptr) args["phone"] = kPhone;
    if (args.if_contains("email") != nullptr) args["email"] = kEmail;
    if (args.if_contains("address") != nullptr) args["address"] = kAddress;
    for (const Argument& a : command->arguments) {
      boost::json::value* value = args.if_contains(a.name);
      if (value == nullptr || !value->is_string() || a.type != ArgumentType::text || a.name == "address")
        continue;
      std::string text(value->as_string());
      text.append(". Reach me at ").append(kPlanted[turn++ % std::size(kPlanted)]);
      if (text.size() <= static_cast<std::size_t>(a.limit)) *value = text;
    }
    if (script.size() == 1) {
      constexpr std::string_view kMore[] = {
          R"("organisation.put", "args": {"id": "rival", "kind": "pharma_company", "name": "Rival"}})",
          R"("principal.register", "args": {"id": "mr-9", "role": "medical_representative", "organisation": "acme", "name": "M", "adult_attested": true}})",
          R"("principal.register", "args": {"id": "co-9", "role": "compliance_officer", "organisation": "acme", "name": "C", "adult_attested": true}})",
          R"("principal.register", "args": {"id": "co-8", "role": "compliance_officer", "organisation": "rival", "name": "O", "adult_attested": true}})"};
      for (const std::string_view more : kMore)
        request(std::string(R"({"actor": "system", "at": "2026-11-23T08:00:00+05:30", "command": )") +
                std::string(more));
    }
  }
  return script;
}

// The script's requests say when; "$hash" is the disclosure given last.
struct Played {
  EngineDriver driver{false, nullptr, bucket()};
  std::string hash;

  Answer operator()(boost::json::object request, std::string_view actor = {}) {
    if (!actor.empty()) {
      request["actor"] = actor;
      request.erase("request_id");
    }
    std::string line = boost::json::serialize(request);
    if (const std::size_t at = line.find("$hash"); at != std::string::npos) line.replace(at, 5, hash);
    Answer answer = driver.raw(line);
    if (answer.ok() && request.at("command") == "visit.disclosure" && answer.permitted())
      hash = answer.text("hash");
    return answer;
  }
};

}  // namespace

TEST_CASE("disclosure: as every command is carried out, nothing told to the pharma side holds a contact") {
  constexpr std::string_view kPharmaSide[] = {"mr-7", "mr-9", "pa-1", "co-9", "co-8"};
  const std::vector<boost::json::object> script = planted_script();
  Played w;
  std::map<std::string_view, std::size_t> carried_out;  // a decision to permit, and what it asked for
  std::map<std::string_view, bool> told;                // decided for somebody of the pharma side
  std::map<std::string, boost::json::object> readers;   // by command and arguments: what reads, and worked
  const auto ask = [&](const Command& command, const boost::json::object& request, std::string_view actor) {
    const Answer answer = w(request, actor);
    CAPTURE(command.name);
    CAPTURE(actor);
    // Somebody's own text comes back as it was written: what others may read of it is asked of others.
    const bool echo = command.name.starts_with("text.");
    CHECK_MESSAGE((echo || !holds_contact(answer.line())), answer.line());
    told[command.name] |= answer.ok();
  };
  std::size_t step = 0;
  for (const boost::json::object& request : script) {
    const Command& command = *find_command(std::string_view(request.at("command").as_string()));
    CAPTURE(boost::json::serialize(request));
    const Answer answer = w(request);
    const std::string_view actor(request.at("actor").as_string());
    if (std::ranges::find(kPharmaSide, actor) != std::end(kPharmaSide) && !command.name.starts_with("text."))
      CHECK_MESSAGE(!holds_contact(answer.line()), answer.line());
    if (answer.ok() && answer.permitted()) {
      ++carried_out[command.name];
      if (command.kind != CommandKind::changes) {
        boost::json::object asked = request;
        asked.erase("at");
        asked.erase("actor");
        readers.insert_or_assign(boost::json::serialize(asked), request);
      }
    }
    // The same, asked by each of the pharma side; and now and then all that could be read before.
    for (const std::string_view other : kPharmaSide) ask(command, request, other);
    if (++step % 12 != 0 && step != script.size()) continue;
    for (const auto& [key, reader] : readers) {
      boost::json::object later = reader;
      later["at"] = request.at("at");
      const Command& read = *find_command(std::string_view(later.at("command").as_string()));
      for (const std::string_view other : kPharmaSide) ask(read, later, other);
    }
  }
  // Errors prove nothing: each command was carried out at least once, and answered the pharma side with a
  // decision.
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    // The script disposes of nothing that a host would have to confirm; what these answer are ids and
    // receipts.
    if (command.name != "disposition.confirm" && command.name != "disposition.receipt")
      CHECK(carried_out[command.name] > 0);
    CHECK(told[command.name]);
  }
}

TEST_CASE("disclosure: what somebody of the pharma side is given of their own holds no doctor's contact") {
  Disclosure w;
  w.meet();
  const auto write = [&](std::string_view id, std::string_view text) {
    w.put("message.post",
          {{"id", id}, {"thread", "t"}, {"to", "dr"}, {"text", std::string("As you said: ").append(text)}},
          "mr");
  };
  // No address by its looks: it is known for one once it is registered.
  write("later", "9 Kamdhenu Vihar Karve Nagar");
  int n = 0;
  for (const std::string_view planted : kPlanted) write("m" + std::to_string(n++), planted);
  w.put("principal.update", {{"id", "dr"}, {"address", "Flat 9, Kamdhenu Vihar, Karve Nagar, Pune 411052"}},
        "dr");
  w.put("ticket.post",
        {{"id", "k"}, {"thread", "k"}, {"text", std::string("reach the doctor on ").append(kPhone)}}, "mr");
  w.put("rights.submit",
        {{"id", "rq"},
         {"kind", "access"},
         {"principal", "mr"},
         {"channel", "in_app"},
         {"details", boost::json::object{}}},
        "mr");
  w.put("rights.verify_identity", {{"id", "rq"}, {"evidence", "seen"}}, "dpo");
  const Answer exported = w("account.export", "mr", {{"request", "rq"}});
  REQUIRE_MESSAGE(exported.permitted(), exported.line());
  CHECK(exported.line().find("As you said: ") != std::string::npos);
  CHECK(exported.line().find("reach the doctor on ") != std::string::npos);
  CHECK_MESSAGE(!holds_contact(exported.line()), exported.line());
  const Answer resolved = w("rights.resolve", "dpo", {{"id", "rq"}});
  REQUIRE_MESSAGE(resolved.permitted(), resolved.line());
  for (const Answer& answer : {w("rights.list", "mr", {}), w("ticket.list", "mr", {{"thread", "k"}}),
                               w("message.list", "mr", {{"thread", "t"}})}) {
    REQUIRE_MESSAGE(answer.permitted(), answer.line());
    CHECK_MESSAGE(!holds_contact(answer.line()), answer.line());
  }
}

TEST_CASE("disclosure: the list of what leaves the engine names every command") {
  std::ifstream file(connex::testing::project_file("src/services/disclosures.md"));
  REQUIRE(file);
  const std::string list{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    const std::string group(command.name.substr(0, command.name.find('.')));
    const bool named = list.find('`' + std::string(command.name) + '`') != std::string::npos ||
                       list.find('`' + group + ".*`") != std::string::npos;
    CHECK(named);
  }
}

TEST_CASE("disclosure: the test knows what it looks for") {
  for (const std::string_view planted : kPlanted) CHECK(holds_contact(planted));
  CHECK(holds_contact("{\"x\":\"98765-43017\"}"));
  CHECK(!holds_contact("Person dr, Pune"));
  Disclosure w;
  CHECK(holds_contact(w("principal.view", "dr", {{"subject", "dr"}}).line()));
}
