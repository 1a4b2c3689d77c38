// The tools that answer line by line, so that a program may drive them.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <optional>

#include "cli/cli.hpp"
#include "cli/progress.hpp"
#include "services/answers.hpp"
#include "services/pure_rules.hpp"

namespace connex::cli {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The first line, or an object that someone has laid out over several: from a line "{" to the next that
// begins with "}". Among the lines that follow, one is always one object.
std::optional<std::string> read_first() {
  std::optional<std::string> line = read_line();
  if (!line || trimmed(*line) != "{") return line;
  while (std::optional<std::string> more = read_line()) {
    line->append("\n").append(*more);
    if (more->starts_with("}") || line->size() > kLongestLine) break;
  }
  return line;
}

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
  if (!policy) return report(policy.error());
  if (!services::is_pure_rule(rule)) {
    report({ErrorCode::not_found, "no such rule: `" + rule + "`", ""});
    return kUsage;
  }
  std::optional<std::string> facts = read_first();
  if (!facts) return report({ErrorCode::invalid_argument, "no facts on standard input", ""});
  int code = kDone;
  for (; facts; facts = read_line()) {
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
  auto engine = open_engine(options, Access::write);
  if (!engine) return report(engine.error());
  Progress progress("commands");
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
