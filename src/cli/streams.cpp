// The tools that answer line by line, so that a program may drive them.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <cstdio>
#include <deque>
#include <optional>
#include <utility>

#include "cli/cli.hpp"
#include "cli/progress.hpp"
#include "services/answers.hpp"
#include "services/pure_rules.hpp"

namespace connex::cli {
namespace {

bool ends_in(std::string_view line, std::string_view any) {
  const std::size_t last = line.find_last_not_of(" \t");
  return last != std::string_view::npos && any.find(line[last]) != std::string_view::npos;
}

// The first line, or the lines of one object that someone has laid out over several: where the first breaks off
// where more must follow, they are read on as long as all of them together are the beginning of one, and none begins
// with a brace but in a list. Where they turn out not to be, each is a line of its own, as are all that follow.
std::deque<std::string> read_first() {
  std::deque<std::string> lines;
  std::string whole;
  boost::json::stream_parser parser;
  while (std::optional<std::string> line = read_line()) {
    const bool first = lines.empty();
    const bool begins = line->starts_with('{') && (first || !ends_in(lines.back(), "[,"));
    whole.append(*line).append("\n");
    lines.push_back(std::move(*line));
    if (begins != first || (first && !ends_in(lines.back(), "{[,:"))) break;
    boost::system::error_code broken;
    parser.write_some(lines.back(), broken);
    if (!broken && !parser.done()) parser.write_some("\n", broken);
    if (!broken && parser.done()) {
      whole.pop_back();  // the last end of a line
      lines.assign(1, std::move(whole));
      break;
    }
    if (broken || whole.size() > kLongestLine) break;
  }
  return lines;
}

// Facts on standard input, one object after the other.
class FactLines {
 public:
  bool empty() const noexcept { return first_.empty(); }  // before the first was taken

  std::optional<std::string> next() {
    if (first_.empty()) return read_line();
    std::optional<std::string> line = std::move(first_.front());
    first_.pop_front();
    return line;
  }

 private:
  std::deque<std::string> first_ = read_first();
};

}  // namespace

std::optional<std::string> read_line() {
  std::string line;
  int c = 0;
  bool any = false;
  while ((c = std::getc(stdin)) != EOF) {
    any = true;
    if (c == '\n') break;
    if (line.size() <= kLongestLine) line += static_cast<char>(c);
  }
  if (!any) return std::nullopt;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

bool answer(const std::string& line) {
  return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::putc('\n', stdout) != EOF &&
         std::fflush(stdout) == 0;
}

int decide(const Options& options, const std::string& rule) {
  auto policy = load_policy(options);
  if (!policy) return fail(options, policy.error());
  if (!services::is_pure_rule(rule)) {
    fail(options, {ErrorCode::not_found, "no such rule: `" + rule + "`", ""});
    return kUsage;
  }
  FactLines lines;
  if (lines.empty()) return fail(options, {ErrorCode::invalid_argument, "no facts on standard input", ""});
  int code = kDone;
  while (std::optional<std::string> facts = lines.next()) {
    auto decision = services::decide_rule(rule, *facts, **policy);
    if (!decision) {
      code = kFailure;
    } else if (const auto* permitted = decision->if_contains("permitted");
               permitted && !permitted->get_bool()) {
      if (code == kDone) code = kDenied;
    }
    if (!answer(boost::json::serialize(decision ? *decision : services::failure(decision.error()))))
      return kFailure;
  }
  return code;
}

int policy_decide(const Options& options, const TimeTravel& asked) {
  if (asked.rule.empty() && asked.record.empty() && asked.audit < 0) {
    fail(options, {ErrorCode::invalid_argument, "a rule, an audit entry or a record is expected", ""});
    return kUsage;
  }
  auto engine = open_engine(options, Access::read);
  if (!engine) return fail(options, engine.error());
  boost::json::object args;
  if (!asked.version.empty()) args["version"] = asked.version;
  if (!asked.principal.empty()) args["principal"] = asked.principal;
  if (!asked.at.empty()) args["at"] = asked.at;
  const auto tell = [](const boost::json::value& made) {
    const boost::json::object& decision = made.at("decision").get_object();
    const boost::json::value* permitted = decision.if_contains("permitted");
    if (!answer(boost::json::serialize(made))) return kFailure;
    return permitted && !permitted->get_bool() ? kDenied : kDone;
  };
  const auto of_person = [](Error error) {
    if (error.path == "/args/principal") error.path = "--for";
    return error;
  };
  const auto decide_one = [&] {
    const auto made = ask(**engine, "policy.decide", args);
    return made ? tell(*made) : fail(options, of_person(made.error()));
  };
  if (asked.audit >= 0) {
    args["audit"] = asked.audit;
    return decide_one();
  }
  if (!asked.record.empty()) {
    args["rule"] = "retention.evaluate";
    args["record"] = asked.record;
    return decide_one();
  }
  args["rule"] = asked.rule;
  FactLines lines;
  if (lines.empty()) return fail(options, {ErrorCode::invalid_argument, "no facts on standard input", ""});
  int code = kDone;
  while (std::optional<std::string> line = lines.next()) {
    constexpr std::string_view kFacts = "/args/facts";
    auto made = parse_input(*line);
    if (made) {
      args["facts"] = std::move(*made);
      made = ask(**engine, "policy.decide", args);
      if (!made && !made.error().path.starts_with(kFacts)) return fail(options, of_person(made.error()));  // every line would be refused
    }
    if (made) {
      const int told = tell(*made);
      if (told == kFailure) return kFailure;
      if (code == kDone) code = told;
      continue;
    }
    Error error = std::move(made).error();
    if (error.path.starts_with(kFacts)) error.path.erase(0, kFacts.size());
    if (!answer(boost::json::serialize(services::failure(error)))) return kFailure;
    code = kFailure;
  }
  return code;
}

namespace {

// Whether an answer says that the command may not have been carried out for no fault of the request's.
bool failed(std::string_view answer) {
  constexpr std::string_view kError = R"({"ok":false,"error":{"code":")";
  if (!answer.starts_with(kError)) return false;
  const std::string_view code = answer.substr(kError.size(), answer.find('"', kError.size()) - kError.size());
  for (const ErrorCode failure : {ErrorCode::storage, ErrorCode::busy, ErrorCode::corrupt, ErrorCode::unsupported,
                                  ErrorCode::internal})
    if (code == name(failure)) return true;
  return false;
}

}  // namespace

int run(const Options& options) {
  auto engine = open_engine(options, Access::make);
  if (!engine) {  // whoever drives the tool reads why there as well
    answer(boost::json::serialize(services::failure(engine.error())));
    Options plain = options;
    plain.json = false;
    return fail(plain, engine.error());
  }
  Progress progress("commands", Answers::as_it_goes);
  int code = kDone;
  while (std::optional<std::string> request = read_line()) {
    const std::string told = (*engine)->execute(*request);
    if (failed(told)) code = kFailure;
    if (!answer(told)) return kFailure;
    progress.advance(request->size() + 1, 1);
  }
  return code;
}

}  // namespace connex::cli
