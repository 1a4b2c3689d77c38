// Messages, tickets and notes: what is hidden on the way, what is kept, who reads it, and what of a note may
// go to an AI provider.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "policy/pack.hpp"
#include "services/schema.hpp"
#include "services/sharings.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

struct Messages : World {
  int number = 0;
  Answer say(std::string_view from, std::string_view to, std::string_view text,
             std::string_view thread = "t") {
    return (*this)("message.post", from,
                   {{"id", "m" + std::to_string(++number)}, {"thread", thread}, {"to", to}, {"text", text}});
  }
  Answer note(std::string_view who, std::string_view text) {
    return (*this)("note.complete", who, {{"visit", "v"}, {"text", text}});
  }
  Answer extract(std::string_view provider = "google_gemini", const Args& more = {}) {
    Args args{{"visit", "v"}, {"provider", provider}};
    for (const auto& [key, value] : more) args[key] = value;
    return (*this)("ai.extract", "system", args);
  }
  bool stored(std::string_view text) const {
    return dump(services::message::kTable).find(text) != std::string::npos;
  }
};

std::string types(const Answer& answer) {
  std::string out;
  for (const auto& row : answer.result().at("redactions").as_array())
    out.append(out.empty() ? "" : " ").append(row.at("type").as_string());
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(Messages,
                  "messages: a contact is hidden both ways, the sender is told, nothing else is kept") {
  for (const auto& [from, to] : {std::pair{"dr", "mr"}, {"mr", "dr"}}) {
    const Answer answer = say(from, to, "The new dose is 5 mg twice a day; call me on 99877 12345");
    REQUIRE(answer.permitted());
    CHECK(answer.text("delivered_text") == "The new dose is 5 mg twice a day; call me on [phone hidden]");
    const auto& found = answer.result().at("redactions").as_array();
    REQUIRE(found.size() == 1);
    CHECK(found[0].at("type").as_string() == "PHONE");
    CHECK(found[0].at("start").as_int64() == 45);
    CHECK(found[0].at("end").as_int64() == 56);
  }
  for (const char* spelling : {"99877 12345", "9987712345"}) {  // five digits alone may stand in what is random
    CHECK(!stored(spelling));
    CHECK(dump(services::audit_entry::kTable).find(spelling) == std::string::npos);
  }
  const Answer clean = say("dr", "mr", "Batch 4417 expires in 2027");
  CHECK(clean.text("delivered_text") == "Batch 4417 expires in 2027");
  CHECK(types(clean) == "");
}

TEST_CASE_FIXTURE(Messages, "messages: registered values are hidden in any spelling, whoever writes them") {
  CHECK(say("dr", "mr", "write to zq7x dot dr at zq7x dot example").text("delivered_text").find("zq7x") ==
        std::string::npos);
  CHECK(say("mr", "dr", "so you are zq7x.dr@zq7x.example ?").text("delivered_text").find("zq7x") ==
        std::string::npos);
  REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"address", "17 Kamdhenu Lane, Kothrud, Pune"}})
              .permitted());
  CHECK(say("mr", "dr", "is it KAMDHENU lane,  kothrud?").text("delivered_text").find("KAMDHENU") ==
        std::string::npos);
}

TEST_CASE_FIXTURE(Messages, "messages: a number in pieces is caught at the piece that completes it") {
  std::string delivered;
  bool caught = false;
  for (const char* piece : {"my number starts 998", "then 77", "then 123", "and last 45"}) {
    const Answer answer = say("dr", "mr", piece);
    REQUIRE(answer.permitted());
    caught = caught || !types(answer).empty();
    delivered += answer.text("delivered_text") + "\n";
  }
  CHECK(caught);
  CHECK(delivered.find("45") == std::string::npos);
  // A thread of its own, and a sender of their own, begin anew.
  CHECK(types(say("mr", "dr", "and last 45")) == "");
  CHECK(types(say("dr", "mr2", "and last 45", "t2")) == "");
}

TEST_CASE_FIXTURE(Messages, "messages: once a number is whole, no piece of it is listed any more") {
  const auto listed = [&](std::string_view thread) {
    std::string out;
    const Answer page = (*this)("message.list", "mr", {{"thread", thread}});
    for (const auto& row : page.result().at("messages").as_array()) out.append(row.at("text").as_string()).append("\n");
    return out;
  };
  for (const char* piece : {"98", "45", "01", "23"}) REQUIRE(say("dr", "mr", piece).permitted());
  REQUIRE(say("mr", "dr", "yes?").permitted());
  const Answer last = say("dr", "mr", "45");
  CHECK(last.text("delivered_text") == "[phone hidden]");
  REQUIRE(last.result().at("earlier").as_array().size() == 3);  // the fourth was hidden when it was sent
  CHECK(last.result().at("earlier").as_array()[0].at("thread").as_string() == "t");
  CHECK(last.result().at("earlier").as_array()[0].at("number").as_int64() == 1);
  CHECK(last.result().at("earlier").as_array()[0].at("text").as_string() == "[phone hidden]");
  CHECK(listed("t") == "[phone hidden]\n[phone hidden]\n[phone hidden]\n[phone hidden]\nyes?\n[phone hidden]\n");
  // Halves in two threads, which either of the two opened.
  REQUIRE(say("mr", "dr", "hello", "u").permitted());
  REQUIRE(say("dr", "mr", "98777", "u").permitted());
  REQUIRE(say("dr", "mr", "thank you", "w").permitted());
  CHECK(say("dr", "mr", "12345", "w").text("delivered_text") == "[phone hidden]");
  CHECK(listed("u") == "hello\n[phone hidden]\n");
  CHECK(listed("w") == "thank you\n[phone hidden]\n");
  // To somebody else it is another conversation.
  REQUIRE(say("dr", "mr", "98777", "x").permitted());
  CHECK(say("dr", "mr2", "12345", "y").text("delivered_text") == "12345");
}

TEST_CASE_FIXTURE(Messages, "messages: a thread is between two people, who alone read it") {
  REQUIRE(say("dr", "mr", "good morning").permitted());
  REQUIRE(say("mr", "dr", "good morning, doctor").permitted());
  CHECK(say("mr2", "dr", "hello").reasons() == "outside_own_scope C4-d");
  CHECK(say("dr", "mr2", "hello").reasons() == "outside_own_scope C4-d");
  CHECK(say("dr", "nobody", "hello").error() == "not_found /args/to");
  CHECK(say("dr", "dr", "hello").error() == "invalid_argument /args/to");
  number = 0;
  CHECK(say("dr", "mr", "hello").error() == "conflict /args/id");
  const Answer page = (*this)("message.list", "mr", {{"thread", "t"}, {"limit", 1}});
  REQUIRE(page.permitted());
  CHECK(page.result().at("messages").as_array().size() == 1);
  CHECK(page.result().at("next").as_int64() == 1);
  const Answer rest = (*this)("message.list", "mr", {{"thread", "t"}, {"after", 1}});
  REQUIRE(rest.result().at("messages").as_array().size() == 1);
  CHECK(rest.result().at("messages").as_array()[0].at("text").as_string() == "good morning, doctor");
  CHECK(rest.result().at("next").as_int64() == 0);
  for (const char* other : {"mr2", "pa", "co", "st"})
    CHECK((*this)("message.list", other, {{"thread", "t"}}).reasons() == "outside_own_scope C4-d");
  CHECK((*this)("message.list", "dr", {{"thread", "nothing"}}).error() == "not_found /args/thread");
}

TEST_CASE_FIXTURE(Messages, "messages: card numbers are never kept, passwords never accepted") {
  const Answer card = say("mr", "dr", "pay with 4111 1111 1111 1111 please");
  CHECK(types(card) == "CARD");
  CHECK(!stored("1111 1111"));
  CHECK(say("mr", "dr", "the password is hunter2!").error() == "invalid_argument /args/text");
  CHECK(say("mr", "dr", "a password is required").permitted());
  const auto file_under = [&](std::string_view locator) {
    return (*this)("record.register", "system",
                   {{"id", "f"}, {"class", "document"}, {"subjects", {"dr"}}, {"locator", locator}})
        .error();
  };
  CHECK(file_under("docs/4111 1111 1111 1111.pdf") == "invalid_argument /args/locator");
  CHECK(file_under("docs/password: hunter2!") == "invalid_argument /args/locator");
  CHECK(file_under("docs/4111111111111111.pdf").empty());  // names of files are digits as they like
  CHECK((*this)("principal.update", "dr", {{"id", "dr"}, {"facility", "card 4111 1111 1111 1111"}}).error() ==
        "invalid_argument /args/facility");
  CHECK((*this)("organisation.put", "system", {{"id", "o"}, {"kind", "clinic"}, {"name", "pwd: s3cret99"}})
            .error() == "invalid_argument /args/name");
}

TEST_CASE_FIXTURE(Messages, "messages: a ticket is read by who opened it and by staff") {
  const Args ask{{"id", "k1"}, {"thread", "k"}, {"text", "I cannot log in, ring 99877 12345"}};
  const Answer asked = (*this)("ticket.post", "mr", ask);
  CHECK(asked.text("delivered_text") == "I cannot log in, ring [phone hidden]");
  CHECK((*this)("ticket.post", "st", {{"id", "k2"}, {"thread", "k"}, {"text", "try again"}}).permitted());
  CHECK((*this)("ticket.post", "dr", {{"id", "k3"}, {"thread", "k"}, {"text", "me too"}}).denied());
  CHECK((*this)("ticket.post", "st", {{"id", "k2"}, {"thread", "k"}, {"text", "again"}}).error() ==
        "conflict /args/id");
  CHECK((*this)("ticket.list", "mr", {{"thread", "k"}}).result().at("messages").as_array().size() == 2);
  CHECK((*this)("ticket.list", "st", {{"thread", "k"}}).permitted());
  CHECK((*this)("ticket.list", "dr", {{"thread", "k"}}).denied());
  CHECK((*this)("ticket.list", "mr", {{"thread", "none"}}).error() == "not_found /args/thread");
}

TEST_CASE_FIXTURE(Messages,
                  "messages: a note is its author's own, and goes to an AI provider without anybody in it") {
  started();
  CHECK((*this)("note.list", "dr", {{"visit", "nobody"}}).error() == "not_found /args/visit");
  CHECK(extract().error() == "not_found /args/visit");
  CHECK(note("mr2", "hello").reasons() == "outside_own_scope C4-d");
  const Answer kept = note("mr", "We went through the trial data; call 99877 12345 for samples");
  CHECK(kept.text("delivered_text") == "We went through the trial data; call [phone hidden] for samples");
  CHECK((*this)("note.list", "mr", {{"visit", "v"}}).result().at("notes").as_array().size() == 1);
  CHECK((*this)("note.list", "dr", {{"visit", "v"}}).result().at("notes").as_array().empty());

  CHECK(extract().effect() == "indeterminate");
  for (const char* claim : {"ai_enabled", "agreement:google_gemini", "no_training:google_gemini"})
    REQUIRE(attest(claim).permitted());
  const Answer sent = extract();
  REQUIRE(sent.permitted());
  CHECK(sent.rule() == "ai.extract");
  CHECK(sent.text("/send/note_text").find("trial data") != std::string::npos);
  CHECK(sent.text("/send/note_text").find("99877") == std::string::npos);
  CHECK(extract("razorpay").reasons().find("provider_not_listed C5-k") != std::string::npos);

  REQUIRE(note("mr", "Dr Venkataraghavan asked for more data").permitted());
  const Answer risky = extract();
  CHECK(risky.reasons() == "text_not_deidentified C5-l");
  CHECK(risky.result().at("residual_risks").as_array().size() == 1);
  CHECK(!risky.result().contains("send"));
}

TEST_CASE_FIXTURE(Messages, "C5-l, X20: a note goes to no AI provider once the name of somebody in the visit is known no more") {
  started();
  REQUIRE(note("mr", "We went through the trial data").permitted());
  for (const char* claim : {"ai_enabled", "agreement:google_gemini", "no_training:google_gemini"})
    REQUIRE(attest(claim).permitted());
  REQUIRE(extract().permitted());
  const Args sharing{{"processor", "google_gemini"},
                     {"fields", {{"note_text", "We went through the trial data"}}},
                     {"purpose", "service_delivery"},
                     {"context", {{"visit", "v"}, {"source", "completion_note"}}}};
  REQUIRE((*this)("egress.check", "system", sharing).permitted());
  set_time(160);
  REQUIRE((*this)("visit.end", "mr", {{"visit", "v"}}).permitted());
  REQUIRE(answered("r-1", "erasure", "dr").permitted());
  set_time(100 * 24 * 60);
  REQUIRE((*this)("retention.sweep", "system").permitted());
  for (const Answer& answer : {extract(), (*this)("egress.check", "system", sharing)}) {
    CAPTURE(answer.line());
    CHECK(answer.reasons() == "text_not_deidentified C5-l");
    CHECK(answer.effect() == "indeterminate");
  }
}

TEST_CASE_FIXTURE(Messages, "C5-l, X20: whoever is registered and named in a note does not go to an AI provider, nor a patient") {
  started();
  REQUIRE((*this)("principal.register", "system",
                  {{"id", "third"}, {"role", "doctor"}, {"name", "Dr Sunita zq7x"}, {"adult_attested", true}})
              .permitted());
  for (const char* claim : {"ai_enabled", "agreement:google_gemini", "no_training:google_gemini"})
    REQUIRE(attest(claim).permitted());
  REQUIRE(note("mr", "We met sunita zq7x about the trial data").permitted());
  const Answer sent = extract();
  REQUIRE_MESSAGE(sent.permitted(), sent.line());
  CHECK(sent.text("/send/note_text").find("sunita") == std::string::npos);
  const auto share = [&](const char* text) {
    return (*this)("egress.check", "system",
                   {{"processor", "google_gemini"},
                    {"fields", {{"note_text", text}}},
                    {"purpose", "service_delivery"},
                    {"context", {{"visit", "v"}, {"source", "completion_note"}}}});
  };
  CHECK(share("We met a doctor about the trial data").permitted());
  CHECK(share("We met Sunita zq7x about the trial data").reasons() == "text_not_deidentified C5-l");
  // However it is written: blanks and quotes of other kinds, wide letters, accents whole or apart, turned round.
  for (const auto& [id, name] : {std::pair{"f1", "Shaughnessy O'Brien"}, {"f2", "Asha Rao"}, {"f3", "Jos\u00e9 \u00c1lvarez"}})
    REQUIRE((*this)("principal.register", "system",
                    {{"id", id}, {"role", "doctor"}, {"name", name}, {"adult_attested", true}})
                .permitted());
  for (const char* text : {"Shaughnessy O\u2019Brien wants it", "asha\u00a0rao wants it", "Asha\u2009Rao wants it",
                           "Asha\u200b Rao wants it", "\uff21\uff53\uff48\uff41 \uff32\uff41\uff4f wants it",
                           "Rao, Asha wants it", "Jose\u0301 A\u0301lvarez wants it", "JOS\u00c9 \u00c1LVAREZ wants it",
                           "Jose Alvarez wants it"})
    CHECK_MESSAGE(share(text).reasons() == "text_not_deidentified C5-l", text);
  REQUIRE(note("mr", "Discussed the dose for patient Ramesh").permitted());
  CHECK(extract().reasons() == "text_not_deidentified C5-l");
}

TEST_CASE_FIXTURE(Messages, "C1-b, C5-d: a message over the bridge tells nobody's registered address") {
  REQUIRE((*this)("principal.register", "system",
                  {{"id", "third"},
                   {"role", "doctor"},
                   {"name", "zq7x Third"},
                   {"address", "4 Marine Lines, zq7x"},
                   {"adult_attested", true}})
              .permitted());
  REQUIRE(attest("agreement:meta_whatsapp").permitted());
  REQUIRE((*this)("bridge.set", "mr", {{"principal", "mr"}, {"enabled", true}}).permitted());
  const auto send = [&](const char* text) {
    return (*this)("egress.check", "system",
                   {{"processor", "meta_whatsapp"},
                    {"fields", {{"template_id", "t-1"}, {"message_content", text}}},
                    {"purpose", "communication"},
                    {"context", {{"principals", {"mr"}}}}})
        .result()
        .at("send")
        .as_array()
        .size();
  };
  CHECK(send("the visit is on") == 2);
  CHECK(send("the visit is at 4 Marine Lines, zq7x") == 1);
}

TEST_CASE_FIXTURE(Messages, "C11-h, X28: a note goes to no AI provider whose country is closed, nor where the pack takes the text away") {
  started();
  REQUIRE(note("mr", "We went through the trial data").permitted());
  for (const char* claim : {"ai_enabled", "agreement:google_gemini", "no_training:google_gemini"})
    REQUIRE(attest(claim).permitted());
  REQUIRE(extract().permitted());
  boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
  pack.as_object()["version"] = "2";
  auto& listed = pack.at("processors").as_array();
  auto& provider = std::ranges::find(listed, "google_gemini", [](const auto& p) { return p.at("id").as_string(); })->as_object();
  const char* reason = "";
  SUBCASE("country") {
    provider["worldwide"] = false;
    provider["countries"] = boost::json::array{"US"};
    pack.at("countries").at("deny").as_array().push_back(
        {{"country", "US"}, {"from", "2026-01-01"}, {"until", nullptr}, {"source", "G.S.R. 1"}});
    reason = "country_not_permitted C11-h";
  }
  SUBCASE("field") {
    provider["fields"].as_array().erase(provider["fields"].as_array().begin());
    reason = "field_not_permitted C5-a";
  }
  REQUIRE((*this)("policy.publish", "dpo", {{"pack", pack}, {"effective_at", now()}, {"material", true}}).permitted());
  const Answer answer = extract();
  CHECK(answer.reasons() == reason);
  CHECK(answer.rule() == "egress.check");
  CHECK(!answer.result().contains("send"));
  auto tx = std::move(store().begin_read().value());
  CHECK(services::list_sharings(*tx, "dr", -1, 100).value().size() == 1);
}

TEST_CASE_FIXTURE(Messages, "messages: placeholders are stable under a key and say nothing without it") {
  REQUIRE((*this)("principal.update", "system", {{"id", "dr"}, {"name", "Asha Kulkarni"}}).permitted());
  REQUIRE(book().permitted());
  REQUIRE(note("mr", "Met Asha Kulkarni about the study").permitted());
  for (const char* claim : {"ai_enabled", "agreement:google_gemini", "no_training:google_gemini"})
    REQUIRE(attest(claim).permitted());
  const auto text = [&](char key) {
    return extract("google_gemini", {{"key", std::string(64, key)}}).text("/send/note_text");
  };
  CHECK(text('a') == text('a'));
  CHECK(text('a') != text('b'));
  CHECK(text('a').find("Asha") == std::string::npos);
  CHECK(text('a').starts_with("Met [person "));
  CHECK(extract().text("/send/note_text") == "Met [person 1] about the study");
}

TEST_CASE_FIXTURE(Messages, "X19: a person's placeholder is theirs by name and by id, and stays when the name changes") {
  const auto named = [&](std::string_view name) {
    REQUIRE((*this)("principal.update", "system", {{"id", "doc-asha"}, {"name", name}}).permitted());
  };
  REQUIRE((*this)("principal.register", "system",
                  {{"id", "doc-asha"}, {"role", "doctor"}, {"name", "Asha Kulkarni"}, {"adult_attested", true}})
              .permitted());
  REQUIRE((*this)("principal.register", "system",
                  {{"id", "doc-lata"}, {"role", "doctor"}, {"name", "Lata Deshmukh"}, {"adult_attested", true}})
              .permitted());
  const auto told = [&](std::string_view text, const Args& more = {{"key", std::string(64, 'a')}}) {
    Args args = more;
    args["text"] = text;
    return (*this)("text.deidentify", "system", args).text("text");
  };
  const std::string asha = told("Asha Kulkarni");
  CHECK(asha.starts_with("[person "));
  CHECK(told("Asha Kulkarni (doc-asha)") == asha + " (" + asha + ")");
  CHECK(told("Lata Deshmukh met Asha Kulkarni").ends_with(" met " + asha));
  CHECK(told("Lata Deshmukh").find(asha) == std::string::npos);
  CHECK(told("Asha Kulkarni (doc-asha)", {}) == "[person 1] ([person 1])");
  CHECK(told("Asha Kulkarni", {{"key", std::string(64, 'a')}, {"known", {{"names", {"Asha Kulkarni"}}}}}) == asha);
  named("Dr. Asha S Kulkarni");
  CHECK(told("Asha S Kulkarni wants it") == asha + " wants it");
}

TEST_CASE_FIXTURE(Messages, "visits: the doctor releases the street address for one booking alone") {
  REQUIRE(book().permitted());
  REQUIRE(book("w", 200, 230).permitted());
  const auto address = [&](std::string_view viewer, std::string_view visit) {
    return (*this)("principal.view", viewer, {{"subject", "dr"}, {"visit", visit}})
        .result()
        .at("fields")
        .as_object()
        .contains("address");
  };
  CHECK(!address("mr", "v"));
  CHECK((*this)("visit.release_address", "mr", {{"visit", "v"}}).reasons() == "role_not_permitted C4-d");
  CHECK((*this)("visit.release_address", "dr2", {{"visit", "v"}}).reasons() == "outside_own_scope C4-d");
  CHECK((*this)("visit.release_address", "dr", {{"visit", "nobody"}}).error() == "not_found /args/visit");
  REQUIRE((*this)("visit.release_address", "dr", {{"visit", "v"}}).permitted());
  CHECK(address("mr", "v"));
  CHECK(!address("mr", "w"));
  CHECK(!address("mr2", "v"));
  CHECK(!address("pa", "v"));
  CHECK((*this)("principal.view", "mr", {{"subject", "dr"}, {"visit", "none"}}).error() ==
        "not_found /args/visit");
  REQUIRE((*this)("visit.cancel", "dr", {{"visit", "v"}}).permitted());
  CHECK(!address("mr", "v"));
  CHECK((*this)("visit.release_address", "dr", {{"visit", "v"}}).error() == "conflict /args/visit");
}

TEST_CASE_FIXTURE(Messages, "visits: a released address tells the address, and nothing else that is written with it") {
  REQUIRE(book().permitted());
  REQUIRE((*this)("visit.release_address", "dr", {{"visit", "v"}}).permitted());
  const auto shown = [&](std::string_view address) {
    REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"address", address}}).permitted());
    return (*this)("principal.view", "mr", {{"subject", "dr"}, {"visit", "v"}}).text("/fields/address");
  };
  CHECK(shown("4 Lotus Court, Marine Lines, Mumbai 400020") == "4 Lotus Court, Marine Lines, Mumbai 400020");
  CHECK(shown("4 Lotus Court, Mumbai. Ring 98200 22233 or asha@gmail.com") ==
        "4 Lotus Court, Mumbai. Ring [phone hidden] or [email hidden]");
  CHECK(shown("+91 98450 12345") == "[phone hidden]");
  CHECK(shown("zq7x dot dr at zq7x dot example").find("zq7x") == std::string::npos);
}

TEST_CASE_FIXTURE(Messages, "people: what one field begins and another ends is read as one") {
  const auto shown = [&](const Args& details) {
    Args args = details;
    args["id"] = "dr";
    REQUIRE((*this)("principal.update", "system", args).permitted());
    const Answer seen = (*this)("principal.view", "mr", {{"subject", "dr"}});
    return boost::json::serialize(seen.result().at("fields"));
  };
  REQUIRE(book().permitted());
  const std::string own = shown({{"phone", "+91 98200 11111"}, {"city", "Mumbai"}, {"facility", "City Hospital"}, {"name", "Dr Asha 98200"}, {"speciality", "11111 cardiology"}});
  CHECK(own.find("98200") == std::string::npos);
  CHECK(own.find("11111") == std::string::npos);
  const std::string another = shown({{"name", "Dr Asha call 98450"}, {"speciality", "12345"}});
  CHECK(another.find("98450") == std::string::npos);
  CHECK(another.find("12345") == std::string::npos);
  const std::string street = shown({{"address", "4 Lotus Court, Marine Lines"}, {"name", "Asha Lotus"}, {"speciality", "Court"}});
  CHECK(street.find("Lotus") == std::string::npos);
  // What is no contact stands, where the clinic is the registered address too.
  const std::string plain = shown({{"address", "City Hospital, Marine Lines, Mumbai 400020"},
                                   {"name", "Dr Asha Rao"},
                                   {"speciality", "cardiology"},
                                   {"city", "Mumbai"},
                                   {"facility", "City Hospital"}});
  for (const char* kept : {"Dr Asha Rao", "cardiology", "Mumbai", "City Hospital"})
    CHECK_MESSAGE(plain.find(kept) != std::string::npos, plain);
}

TEST_CASE_FIXTURE(Messages, "C1-b, C2.2-d: a name tells no registration number, a city nothing finer than itself") {
  REQUIRE(book().permitted());
  const auto seen = [&](const Args& details) {
    Args args = details;
    args["id"] = "dr";
    REQUIRE((*this)("principal.update", "system", args).permitted());
    return boost::json::serialize((*this)("principal.view", "mr", {{"subject", "dr"}}).result().at("fields"));
  };
  const std::string named = seen({{"name", "Dr Asha (Reg No 12345)"}, {"facility", "MMC 12345 Clinic"}, {"registration_number", "MMC 12345"}});
  CHECK_MESSAGE(named.find("12345") == std::string::npos, named);
  CHECK((*this)("visit.disclosure", "mr", {{"visit", "v"}}).line().find("12345") == std::string::npos);
  for (const char* city : {"Kothrud, plus code CFQX+2G", "18.5074,73.8077", "Pune 98480 22338"}) {
    const std::string shown = seen({{"city", city}});
    CHECK_MESSAGE(shown.find(city) == std::string::npos, shown);
    const Answer kept = (*this)("location.coarsen", "system",
                                {{"source", "network_address"}, {"place", {{"city", city}, {"region", "ravi@gmail.com"}, {"country", "IN"}}}});
    CHECK(boost::json::serialize(kept.result()) == R"({"keep":{"country":"IN"},"strip":["city","region"]})");
  }
  CHECK(seen({{"city", "Navi Mumbai"}}).find("Navi Mumbai") != std::string::npos);
}

TEST_CASE_FIXTURE(Messages, "messages: an id that tells how to reach somebody is refused by its name, and not repeated") {
  REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"phone", "+91 98200 11111"}, {"email", "asha.rao@citymail.in"}})
              .permitted());
  const auto post = [&](std::string_view id, std::string_view thread) {
    return (*this)("message.post", "dr", {{"id", id}, {"thread", thread}, {"to", "mr"}, {"text", "hello"}});
  };
  for (const char* id : {"9845012345", "call-98450-12345", "m-nine-eight-four-five-zero-one-two-three-four-five",
                         "20011111", "asha-rao-citymail", "ravi_at_gmail.com"}) {
    CAPTURE(std::string_view(id));
    const Answer as_id = post(id, "t");
    CHECK(as_id.error() == "invalid_argument /args/id");
    CHECK(as_id.line().find(id) == std::string::npos);
    CHECK(post("m", id).error() == "invalid_argument /args/thread");
    CHECK((*this)("ticket.post", "dr", {{"id", id}, {"thread", "t"}, {"text", "hello"}}).error() ==
          "invalid_argument /args/id");
  }
  for (const char* id : {"m1", "20261125-000417", "550e8400-e29b-41d4-a716-446655440000", "1764508000123", "msg_0000000042",
                         "01HF9Z3K5V7Q2M8N4P6R0T1W3Y", "175928847299117063", "visit:2026-11-30:09.15",
                         "asha.rao"})  // half an address, as many hosts name people
    CHECK_MESSAGE(post(id, id).permitted(), std::string_view(id));
}

TEST_CASE_FIXTURE(Messages, "C1-b, C2.1-e: no id of a person, a visit or an organisation tells how to reach somebody") {
  const auto person = [&](std::string_view id) {
    return (*this)("principal.register", "system",
                   {{"id", id}, {"role", "doctor"}, {"name", "N"}, {"phone", "022 2556 0123"}, {"adult_attested", true}});
  };
  const auto visit = [&](std::string_view id) {
    return (*this)("visit.book", "mr",
                   {{"id", id}, {"doctor", "dr"}, {"representative", "mr"}, {"starts_at", time(500)}, {"ends_at", time(520)}});
  };
  const auto clinic = [&](std::string_view id) {
    return (*this)("organisation.put", "system", {{"id", id}, {"kind", "clinic"}, {"name", "N"}});
  };
  for (const char* id : {"9848022338", "91-98480-22338", "1-9848022338", "x7.98480.22338", "dr.ravi.at.gmail.com",
                         "nine.eight.four.eight.zero.two.two.three.three.eight", "4111111111111111",
                         "4111-1111-1111-1111"}) {
    for (const Answer& refused : {person(id), visit(id), clinic(id)}) {
      CHECK_MESSAGE(refused.error() == "invalid_argument /args/id", std::string_view(id));
      CHECK(refused.line().find(id) == std::string::npos);
    }
    CHECK((*this)("message.post", "dr", {{"id", id}, {"thread", "t"}, {"to", "mr"}, {"text", "hello"}}).error() ==
          "invalid_argument /args/id");
  }
  CHECK(person("clinic-22-25560123").error() == "invalid_argument /args/id");
  CHECK((*this)("principal.register", "system",
                {{"id", "asha.rao"}, {"role", "doctor"}, {"name", "N"}, {"email", "asha.rao@citymail.in"}, {"adult_attested", true}})
            .permitted());
  for (const char* id : {"p1", "20261125-000417", "550e8400-e29b-41d4-a716-446655440000",
                         "a6e458e3-8a27-4867-bacb-a28d31e85e41", "6e401706-6b78-4710-a94d-6d20c563f2b7", "1764508000123",
                         "175928847299117063", "room-77-20261123", "visit:2026-11-30:09.15"}) {
    CHECK_MESSAGE(person(id).permitted(), std::string_view(id));
    CHECK_MESSAGE(visit(id).permitted(), std::string_view(id));
    CHECK_MESSAGE(clinic(id).permitted(), std::string_view(id));
  }
}

TEST_CASE_FIXTURE(Messages, "messages: nobody passes on to the pharma side how to reach another doctor") {
  REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"name", "Dr Asha Rao"}, {"address", "4 Lotus Court, Marine Lines, Mumbai"}})
              .permitted());
  REQUIRE((*this)("principal.update", "dr2", {{"id", "dr2"}, {"name", "Dr Vikram Shetty"}, {"address", "12 Palm Grove, Andheri, Mumbai"}})
              .permitted());
  REQUIRE(book().permitted());
  CHECK(say("st", "mr", "she lives in Lotus Court", "a").text("delivered_text") == "she lives in [address hidden]");
  CHECK(say("ca", "mr", "Vikram Shetty is at palm grove", "b").text("delivered_text").find("palm") == std::string::npos);
  CHECK(say("mr2", "mr", "Vikram Shetty is at palm grove", "c").text("delivered_text").find("palm") == std::string::npos);
  REQUIRE((*this)("ticket.post", "mr", {{"id", "k1"}, {"thread", "k"}, {"text", "where is she?"}}).permitted());
  CHECK((*this)("ticket.post", "st", {{"id", "k2"}, {"thread", "k"}, {"text", "Lotus Court, doctor Asha Rao"}})
            .text("delivered_text") == "[address hidden], doctor Asha Rao");
  CHECK(say("st", "mr", "the palm trees in the grove", "a").text("delivered_text") == "the palm trees in the grove");
  // Not a doctor either, nor long after; and not to who is there for the company.
  CHECK(say("dr2", "mr", "she lives in Lotus Court", "d").text("delivered_text") == "she lives in [address hidden]");
  CHECK(say("dr", "mr", "Vikram Shetty is at palm grove", "t").text("delivered_text").find("palm") == std::string::npos);
  CHECK(say("ca", "co", "she lives in Lotus Court", "e").text("delivered_text") == "she lives in [address hidden]");
  for (int n = 0; n < 20; ++n) {
    const std::string id = "e" + std::to_string(n);
    REQUIRE((*this)("principal.register", "system",
                    {{"id", id}, {"role", "doctor"}, {"name", "N"}, {"adult_attested", true}})
                .permitted());
    REQUIRE((*this)("preference.set", id, {{"doctor", id}, {"virtual_visits", true}}).permitted());
    REQUIRE((*this)("visit.book", "mr",
                    {{"id", "v" + id},
                     {"doctor", id},
                     {"representative", "mr"},
                     {"starts_at", time(1'000 + 30 * n)},
                     {"ends_at", time(1'020 + 30 * n)}})
                .permitted());
  }
  CHECK(say("ca", "mr", "she lives in Lotus Court", "f").text("delivered_text") == "she lives in [address hidden]");
}

TEST_CASE_FIXTURE(Messages, "C1-b: why a request is refused tells the pharma side of no way to reach a doctor") {
  REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"name", "Dr Asha Rao"}, {"address", "4 Lotus Court, Marine Lines, Mumbai"}})
              .permitted());
  constexpr std::string_view kReason = "Ask doctor Asha Rao on 98450 12345, in Lotus Court";
  const auto refused = [&](std::string_view id, std::string_view person) {
    REQUIRE((*this)("rights.submit", person,
                    {{"id", id}, {"kind", "access"}, {"principal", person}, {"channel", "in_app"}})
                .permitted());
    return (*this)("rights.refuse", "dpo", {{"id", id}, {"reason", kReason}, {"clause", "C8-b"}});
  };
  CHECK(refused("q1", "mr").text("reason") == "Ask doctor Asha Rao on [phone hidden], in [address hidden]");
  CHECK((*this)("rights.list", "mr", {}).line().find("98450") == std::string::npos);
  CHECK(refused("q2", "dr2").text("reason") == kReason);
}

TEST_CASE_FIXTURE(Messages, "texts: a line ends with LF, CR LF or CR, and other control characters are refused") {
  for (const char* text : {"one\ntwo", "one\r\ntwo", "one\rtwo\tthree"})
    CHECK(say("dr", "mr", text).text("delivered_text") == text);
  for (const char* text : {"\r\n", "one\vtwo", "one\ftwo", "one\x1btwo"})
    CHECK(say("dr", "mr", text).error() == "invalid_argument /args/text");
  const Answer again = (*this)("text.redact", "mr", {{"format", "calendar"}, {"text", "BEGIN:VEVENT\r\nSUMMARY:call 98450 12345\r\nEND:VEVENT\r\n"}});
  CHECK(again.text("text") == "BEGIN:VEVENT\r\nSUMMARY:call [phone hidden]\r\nEND:VEVENT\r\n");
  CHECK((*this)("text.redact", "mr", {{"format", "calendar"}, {"text", again.text("text")}}).text("text") == again.text("text"));
}

TEST_CASE_FIXTURE(
    World, "locations: a city from the network address is kept, nothing finer, and nothing of a receiver") {
  const Args place{{"city", "Pune"}, {"country", "IN"}, {"latitude", 18.52}, {"street", "Paud Road"}};
  const Answer kept =
      (*this)("location.coarsen", "system", {{"source", "network_address"}, {"place", place}});
  REQUIRE(kept.permitted());
  CHECK(boost::json::serialize(kept.result()) ==
        R"({"keep":{"city":"Pune","country":"IN"},"strip":["latitude","street"]})");
  CHECK(kept.obligations() == std::vector<std::string>{"keep_city_only"});
  for (const char* source : {"gps", "cell", "wifi", "photo"}) {
    const Answer refused = (*this)("location.coarsen", "system", {{"source", source}, {"place", place}});
    CHECK(refused.reasons() == "location_source_refused C2.2-d");
    CHECK(refused.result().at("keep").as_object().empty());
  }
}
