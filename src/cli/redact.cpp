// connex redact: text in, text without contact details out.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>

#include "cli/cli.hpp"
#include "services/answers.hpp"
#include "services/redaction.hpp"
#include "services/try.hpp"

namespace connex::cli {
namespace {

using services::Redactor;

constexpr std::size_t kLargestText = std::size_t{256} << 20;  // where the whole of it is needed at once
constexpr std::size_t kLongestId = 128;

// What redacting or de-identifying one text gave.
struct Redacted {
  std::string text;
  std::vector<Finding> findings;    // bytes of the original
  std::vector<ResidualRisk> risks;  // bytes of `text`
};

Result<Redacted> redact_one(std::string_view text, const Redactor& redactor, const RedactSettings& settings) {
  Redacted out;
  if (!settings.deidentify) {
    CONNEX_CHECK(connex::redact(text, redactor.options(), out.text, out.findings));
    return out;
  }
  CONNEX_TRY(made, connex::deidentify(text, redactor.deidentify_options()));
  out.text = made.text();
  out.findings.assign(made.findings().begin(), made.findings().end());
  out.risks.assign(made.residual_risks().begin(), made.residual_risks().end());
  return out;
}

// Adds text, spans and risks to `out`.
void put(const Redacted& redacted, const RedactSettings& settings, boost::json::object& out) {
  out["text"] = redacted.text;
  boost::json::array spans;
  for (const Finding& finding : redacted.findings) {
    boost::json::object span{
        {"start", finding.start}, {"end", finding.end}, {"type", services::span_name(finding.type)}};
    if (settings.explain) {
      span["score"] = finding.score;
      boost::json::array& words = span["evidence"].emplace_array();
      for (const std::string_view word : services::evidence_words(finding.evidence)) words.emplace_back(word);
    }
    spans.push_back(std::move(span));
  }
  out["spans"] = std::move(spans);
  if (!settings.deidentify) return;
  boost::json::array& risks = out["risks"].emplace_array();
  for (const ResidualRisk& risk : redacted.risks)
    risks.push_back({{"kind", name(risk.kind)}, {"start", risk.start}, {"end", risk.end}});
}

// A line {"id", "text"}; other members are the host's own and stay behind.
Result<boost::json::object> redact_line(const std::string& line, const Redactor& redactor,
                                        const RedactSettings& settings) {
  json::Limits limits;
  limits.bytes = kLongestLine;
  CONNEX_TRY(value, parse_input(line, limits));
  const boost::json::object* message = value.if_object();
  if (message == nullptr) return Error{ErrorCode::invalid_argument, "an object is expected", ""};
  const boost::json::value* id = message->if_contains("id");
  if (id == nullptr || !(id->is_int64() || (id->is_string() && id->get_string().size() <= kLongestId)))
    return Error{ErrorCode::invalid_argument, "an integer or a string of at most 128 bytes is expected",
                 "/id"};
  const boost::json::value* text = message->if_contains("text");
  if (text == nullptr || !text->is_string())
    return Error{ErrorCode::invalid_argument, "a string is expected", "/text"};
  CONNEX_TRY(redacted, redact_one(text->get_string(), redactor, settings));
  boost::json::object out;
  out["id"] = *id;
  put(redacted, settings, out);
  return out;
}

int redact_lines(const Redactor& redactor, const RedactSettings& settings) {
  int code = kDone;
  while (const std::optional<std::string> line = read_line()) {
    auto out = redact_line(*line, redactor, settings);
    if (!out) code = kFailure;
    if (!answer(boost::json::serialize(out ? *out : services::failure(out.error())))) return kFailure;
  }
  return code;
}

// Hands standard input over piece by piece until `take` refuses one.
template <class Take>
Result<void> read_input(Take take) {
  char buffer[65'536];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, stdin))
    CONNEX_CHECK(take(std::string_view(buffer, got)));
  if (std::ferror(stdin) != 0) return Error{ErrorCode::internal, "standard input cannot be read", ""};
  return {};
}

Result<void> write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  return Error{ErrorCode::internal, "standard output cannot be written", ""};
}

// Text of any length, in bounded memory.
Result<void> redact_stream(const Redactor& redactor) {
  RedactionStream stream(redactor.options());
  std::string out;
  const auto settled = [&](Result<void> done) -> Result<void> {
    CONNEX_CHECK(std::move(done));
    CONNEX_CHECK(write_out(out));
    out.clear();
    return {};
  };
  CONNEX_CHECK(read_input([&](std::string_view chunk) { return settled(stream.write(chunk, out)); }));
  return settled(stream.finish(out));
}

// A terminal shows what was found in reverse, with its type; anything else gets marks of plain text.
bool on_terminal() { return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

std::string highlight(std::string_view type, std::string_view found, bool colour) {
  if (!colour) return fmt::format("<<{}: {}>>", type, found);
  return fmt::format("\x1b[7m{}\x1b[0m\x1b[2m {}\x1b[0m", found, type);
}

// What a terminal would obey is shown in its place: "\x1b". Line ends and tabs stand.
std::string shown(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool second = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (second)  // U+0080 to U+009F
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    else if (byte == 0x7F || (byte < 0x20 && byte != '\n' && byte != '\t'))
      out += fmt::format("\\x{:02x}", byte);
    else
      out += text[i];
  }
  return out;
}

// What fell short of its threshold by no more than this is told too: it is by these that thresholds are chosen.
constexpr float kNear = 6;

// What would be hidden besides, were the thresholds so much lower.
Result<std::vector<Finding>> near_misses(std::string_view text, const Redactor& redactor,
                                         std::span<const Finding> hidden) {
  RedactionOptions options = redactor.options();
  RedactionPolicy lower = *options.policy;
  for (float& threshold : lower.thresholds) threshold -= kNear;
  options.policy = &lower;
  std::vector<Finding> all;
  CONNEX_CHECK(find_contact_details(text, options, all));
  std::erase_if(all, [&](const Finding& finding) {
    return std::ranges::any_of(hidden,
                               [&](const Finding& h) { return h.start < finding.end && finding.start < h.end; });
  });
  return all;
}

// What was found and why, in the words of the original, and what was not quite.
Result<void> explain(std::string_view text, const Redactor& redactor, const Redacted& redacted) {
  std::vector<std::vector<std::string>> rows;
  const bool colour = on_terminal();
  std::string marked;
  std::size_t from = 0;
  for (const Finding& finding : redacted.findings) {
    const std::string_view type = services::span_name(finding.type);
    rows.push_back({std::string(type), fmt::format("{}-{}", finding.start, finding.end),
                    fmt::format("{:.1f}", finding.score),
                    fmt::format("{}", fmt::join(services::evidence_words(finding.evidence), " "))});
    marked += shown(text.substr(from, finding.start - from));
    marked += highlight(type, shown(text.substr(finding.start, finding.end - finding.start)), colour);
    from = finding.end;
  }
  marked += shown(text.substr(from));
  print_table({"type", "bytes", "score", "evidence"}, rows);
  CONNEX_TRY(near, near_misses(text, redactor, redacted.findings));
  for (const Finding& finding : near)
    fmt::print("\nnot hidden: {} at {}-{}, {:.1f} where {:.1f} is needed: {}", services::span_name(finding.type),
               finding.start, finding.end, finding.score,
               redactor.options().policy->thresholds[static_cast<std::size_t>(finding.type)],
               fmt::join(services::evidence_words(finding.evidence), " "));
  if (!near.empty()) fmt::print("\n");
  fmt::print("\n{}{}", marked, marked.ends_with('\n') ? "" : "\n");
  for (const ResidualRisk& risk : redacted.risks)
    fmt::print("\nleft in the de-identified text: {} at {}-{}", name(risk.kind), risk.start, risk.end);
  if (!redacted.risks.empty()) fmt::print("\n");
  return {};
}

Result<void> redact_whole(const Redactor& redactor, const RedactSettings& settings, bool as_json) {
  std::string text;
  CONNEX_CHECK(read_input([&](std::string_view chunk) -> Result<void> {
    if (text.size() + chunk.size() > kLargestText)
      return Error{ErrorCode::invalid_argument, "the text is larger than 256 MiB", ""};
    text += chunk;
    return {};
  }));
  CONNEX_TRY(redacted, redact_one(text, redactor, settings));
  if (as_json) {
    boost::json::object out;
    put(redacted, settings, out);
    print_json(out);
    return {};
  }
  if (settings.explain) {
    return explain(text, redactor, redacted);
  }
  for (const ResidualRisk& risk : redacted.risks)
    fmt::print(stderr, "connex: may still point at a person: {} at {}-{}\n", name(risk.kind), risk.start,
               risk.end);
  return write_out(redacted.text);
}

Result<std::unique_ptr<const Redactor>> make_redactor(const PolicyPack& pack,
                                                      const RedactSettings& settings) {
  services::KnownLists known;
  if (!settings.known.empty()) {
    const auto in_file = [&](Error error) {
      error.message = fmt::format("known values `{}`: {}", settings.known, error.message);
      return error;
    };
    CONNEX_TRY(text, read_file(settings.known));
    auto value = parse_input(text);
    if (!value) return in_file(std::move(value).error());
    auto lists = services::read_known(*value);
    if (!lists) return in_file(std::move(lists).error());
    known = std::move(*lists);
  }
  return Redactor::make(pack, settings.deidentify ? "deidentify" : settings.channel, std::move(known));
}

}  // namespace

int redact(const Options& options, const RedactSettings& settings) {
  auto policy = load_policy(options);
  if (!policy) return fail(options, policy.error());
  auto redactor = make_redactor(**policy, settings);
  if (!redactor) return fail(options, redactor.error());
  if (settings.jsonl) return redact_lines(**redactor, settings);
  const bool whole = settings.deidentify || settings.explain || options.json;
  Result<void> done = whole ? redact_whole(**redactor, settings, options.json) : redact_stream(**redactor);
  return done ? kDone : report(done.error());
}

}  // namespace connex::cli
