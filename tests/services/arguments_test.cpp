// Every argument of every command, given wrong in every way: the error names it and nothing is changed, which
// the driver sees to.
#include "services/arguments.hpp"

#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "services/command.hpp"
#include "support/engine_driver.hpp"
#include "support/sample_arguments.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::sample;
using connex::testing::World;

namespace {

// Values that are not of the type, marked where they are text.
std::vector<boost::json::value> bad(const Argument& argument) {
  if (argument.type == ArgumentType::scalar)
    return {nullptr,
            boost::json::array{"zq7x"},
            boost::json::object{{"zq7x", 1}},
            "",
            "zq7x\nzq7x",
            boost::json::string(static_cast<std::size_t>(argument.limit) + 1, 'x')};
  std::vector<boost::json::value> values{nullptr, 1.5, boost::json::array{"zq7x 1"}};
  if (argument.type != ArgumentType::object)
    values.push_back(boost::json::object{{"zq7x", 1}});
  if (argument.type != ArgumentType::boolean) values.emplace_back(true);
  if (argument.type != ArgumentType::integer) values.emplace_back(1);
  const auto texts = [&](std::initializer_list<std::string> list) {
    for (const std::string& text : list) values.emplace_back(text);
  };
  switch (argument.type) {
    case ArgumentType::id:
      texts(
          {"", "zq7x 1", "zq7x/1", "zq7x\n", "zq7x\u00e9", std::string(129, 'x'), std::string("zq7x\0", 5)});
      break;
    case ArgumentType::line:
      texts({"zq7x\r", "zq7x\r\n", "zq7x\n"});
      [[fallthrough]];
    case ArgumentType::text:
      texts({"", "\r\n", "zq7x\x01", "zq7x\v", "zq7x\f", "zq7x\x1b", "zq7x\x7f", std::string("zq7x\0y", 6), "zq7x\u0085", "zq7x\u009b",
             std::string(static_cast<std::size_t>(argument.limit) + 1, 'x')});
      break;
    case ArgumentType::boolean:
      texts({"true", "zq7x"});
      values.emplace_back(1);
      break;
    case ArgumentType::integer:
      texts({"1", "zq7x"});
      values.emplace_back(argument.least - 1);
      values.emplace_back(1.0);
      if (argument.limit < kMaxNumber) values.emplace_back(argument.limit + 1);
      break;
    case ArgumentType::instant:
      texts(
          {"", "zq7x", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00:60Z", "1969-01-01T00:00:00Z"});
      break;
    case ArgumentType::day:
      texts({"", "zq7x", "2026-02-30", "1899-12-31", "2026-11-23T10:00:00Z"});
      break;
    case ArgumentType::sha256:
      texts({"", "zq7x", std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'),
             std::string(64, 'g')});
      break;
    case ArgumentType::email:
      texts({"", "zq7x", "@zq7x.example", "zq7x@", "zq7x@host", "zq7x@@host.example", "zq7x@.example",
             "zq7x@host.", "zq7x@-host.example", "zq 7x@host.example", "zq7x\n@host.example",
             "zq7x\x7f@host.example", std::string(65, 'x') + "@host.example",
             "zq7x@" + std::string(250, 'x') + ".example"});
      break;
    case ArgumentType::phone:
      texts({"", "zq7x", "12345", "1234567890123456", "98123+00000", "98123 00000 ext 5",
             "(((((((((((((((((((((((((((((12345"});
      break;
    case ArgumentType::choice:
      texts({"", "zq7x", std::string(argument.choices.front()) + " "});
      break;
    case ArgumentType::ids:
      texts({"", "zq7x"});
      values.push_back(boost::json::array{});
      values.push_back(boost::json::array{"ok", 1});
      values.push_back(boost::json::array(static_cast<std::size_t>(argument.limit) + 1, "ok"));
      break;
    case ArgumentType::object:
      texts({"", "zq7x"});
      break;
    case ArgumentType::objects:
      texts({"", "zq7x"});
      values.push_back(boost::json::object{});
      values.push_back(boost::json::array{});
      values.push_back(boost::json::array{boost::json::object{}, 1});
      values.push_back(boost::json::array(static_cast<std::size_t>(argument.limit) + 1, boost::json::object{}));
      break;
    case ArgumentType::scalar:
      break;
  }
  return values;
}

}  // namespace

TEST_CASE_FIXTURE(World, "arguments: what is missing, unknown or of the wrong kind is named") {
  for (const Command& command : commands()) {
    CAPTURE(command.name);
    Args args;
    for (const Argument& argument : command.arguments) args[argument.name] = sample(argument);
    for (const Argument& argument : command.arguments) {
      CAPTURE(argument.name);
      const std::string expected = "invalid_argument /args/" + std::string(argument.name);
      if (argument.required) {
        Args without = args;
        without.erase(argument.name);
        CHECK((*this)(command.name, "system", without).error() == expected);
      }
      for (const boost::json::value& value : bad(argument)) {
        CAPTURE(boost::json::serialize(value));
        Args wrong = args;
        wrong[argument.name] = value;
        const Answer answer = (*this)(command.name, "system", wrong);
        CHECK(answer.error() == expected);
        CHECK(answer.line().size() < 600);
      }
    }
    for (const char* unknown : {"surplus", "Id", "visit "}) {
      Args more = args;
      more[unknown] = 1;
      const Answer answer = (*this)(command.name, "system", more);
      CHECK(answer.error().starts_with("invalid_argument /args/"));
      CHECK(answer.message() == "unknown argument");
    }
    Args more = args;
    more["zq7x name, not a field"] = 1;  // a name that may hold anything is not repeated
    CHECK((*this)(command.name, "system", more).error() == "invalid_argument /args/?");
  }
}

TEST_CASE_FIXTURE(World, "arguments: values at their limits are taken") {
  const auto enter = [&](Args more) {
    Args args{{"id", "limit"}, {"role", "doctor"}, {"name", "zq7x"}, {"birth_date", "2030-01-01"}};
    for (const auto& member : more) args[member.key()] = member.value();
    return (*this)("principal.register", "system", args);  // refused for age, after all else was in order
  };
  const std::string refused = "holder_not_adult C10-a";
  CHECK(enter({{"id", std::string(128, 'x')}}).reasons() == refused);
  CHECK(enter({{"id", "A.b_c:d-9"}}).reasons() == refused);
  CHECK(enter({{"name", std::string(200, 'x')}}).reasons() == refused);
  CHECK(enter({{"name", "\u0905\u092e\u093f\u0924 \U0001F600"}}).reasons() == refused);
  CHECK(enter({{"address", "zq7x\n\tline"}}).reasons() == refused);
  for (const char* name : {"   ", "two\nlines", "a\u202eb", "a\u2028b", "a\u2066b"})
    CHECK(enter({{"name", name}}).error() == "invalid_argument /args/name");
  CHECK(enter({{"email", std::string(64, 'x') + "@host.example"}}).reasons() == refused);
  CHECK(enter({{"phone", "123456"}}).reasons() == refused);
  CHECK(enter({{"phone", "+(123)-456 789012345"}}).reasons() == refused);
  CHECK(enter({{"birth_date", "9999-12-31"}}).reasons() == refused);
}

TEST_CASE_FIXTURE(World, "arguments: an error says what is wrong") {
  const auto why = [&](const char* command, Args args) { return (*this)(command, "system", args).message(); };
  CHECK(why("audit.prove", {{"seq", -1}}) == "argument must be an integer from 0 to 9007199254740991");
  CHECK(why("record.touch", {{"id", "r"}, {"at", "1969-12-31T23:59:59Z"}}).find("from 1970 on") != std::string::npos);
  CHECK(why("record.touch", {{"id", "r"}, {"at", "2026-11-23T10:00:00-00:00"}}).find("not `-00:00`") != std::string::npos);
  const auto post = [&](const char* text) {
    return (*this)("message.post", "dr", {{"id", "m"}, {"thread", "t"}, {"to", "mr"}, {"text", text}}).message();
  };
  CHECK(post("   ").find("not blank") != std::string::npos);
  CHECK(post("the cvv 123").find("security code") != std::string::npos);
}

TEST_CASE_FIXTURE(World, "C4-i: a member whose name says that it holds a password holds the hash of one") {
  const auto send = [&](boost::json::value contact) {
    const Args args{{"processor", "google_workspace"},
                    {"purpose", "communication"},
                    {"fields", {{"billing_email", std::move(contact)}}}};
    return (*this)("egress.check", "system", args).error();
  };
  for (const char* name : {"password", "user_password", "old_passcode", "password_hash", "otp", "cvv"}) {
    CAPTURE(name);
    CHECK(send({{name, "hunter2"}}) == "invalid_argument /args/fields/billing_email/" + std::string(name));
    CHECK(send({{name, 123456}}) == "invalid_argument /args/fields/billing_email/" + std::string(name));
    CHECK(send(boost::json::array{{{"of", {{name, "hunter2"}}}}}) ==
          "invalid_argument /args/fields/billing_email/0/of/" + std::string(name));
  }
  const char* const hash = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
  CHECK(send({{"password_hash", hash}}).empty());
  CHECK(send({{"password_hash", "bcrypt"}}).empty());  // how, not what
  CHECK(send({{"password", true}}).empty());
  CHECK(send({{"userPwd", "hunter2"}}) == "invalid_argument /args/fields/billing_email/?");
  for (const char* name : {"password_policy", "otpless", "hash", "digest", "passwords_kept"}) {
    CAPTURE(name);
    CHECK(send({{name, "hunter2"}}).empty());
  }
  const auto post = [&](const char* text) {
    return (*this)("message.post", "dr", {{"id", "m"}, {"thread", "t"}, {"to", "mr"}, {"text", text}}).error();
  };
  for (const char* text : {"password hunter2", "my pwd hunter22!", "passwd  s3cr3t"})
    CHECK(post(text) == "invalid_argument /args/text");
  for (const char* text : {"the password expired 2025", "the password is required", "password step2 failed", "password 2FA is on"})
    CHECK(post(text).find("/args/text") == std::string::npos);
}
