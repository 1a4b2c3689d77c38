// Arbitrary bytes as a message: findings lie in order inside the text and on its characters, redacting twice
// changes nothing, and a stream in chunks says what the whole says.
#include <algorithm>
#include <string>
#include <vector>

#include "connex/redaction.hpp"
#include "fuzz/fuzz.hpp"

using namespace connex;
using connex::testing::require;

namespace {

bool starts_character(std::string_view text, std::size_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = connex::testing::text_of_input(data, size);
  const RedactionOptions options;
  std::vector<Finding> findings;
  std::string once;
  if (!redact(text, options, once, findings)) return 0;  // not UTF-8
  std::size_t last = 0;
  for (const Finding& found : findings) {
    require(found.start >= last && found.start < found.end && found.end <= text.size());
    require(starts_character(text, found.start) && starts_character(text, found.end));
    last = found.end;
  }
  std::string twice;
  require(redact(once, options, twice, findings).has_value() && twice == once);

  RedactionStream stream(options);
  std::string streamed;
  const std::size_t step = size == 0 ? 1 : 1 + data[0] % 61;
  for (std::size_t at = 0; at < text.size(); at += step)
    require(stream.write(text.substr(at, step), streamed).has_value());
  require(stream.finish(streamed).has_value() && streamed == once);
  return 0;
}
