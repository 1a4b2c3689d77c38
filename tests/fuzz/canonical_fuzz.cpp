// Arbitrary bytes as a canonical encoding: each value has one form, so whatever is read is written back as it was.
#include <algorithm>

#include "evidence/canonical.hpp"
#include "evidence/leaf.hpp"
#include "evidence/merkle.hpp"
#include "fuzz/fuzz.hpp"

using namespace connex::evidence;
using connex::testing::require;

namespace {

// The first byte says in which order four fields are read.
void read_fields(ByteView in) {
  CanonicalReader reader(in.subspan(1));
  Bytes again;
  CanonicalWriter writer(again, reader.version());
  std::vector<std::string_view> texts;
  std::vector<connex::Fact> facts;
  for (int field = 0; field < 4; ++field) switch (in[0] >> field * 2 & 3) {
      case 0:
        writer.u64(reader.u64());
        break;
      case 1:
        writer.text(reader.text());
        break;
      case 2:
        reader.texts(texts);
        writer.texts(texts);
        break;
      default:
        reader.facts(facts);
        writer.facts(facts);
    }
  if (reader.finish()) require(std::ranges::equal(again, in.subspan(1)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  if (!in.empty()) read_fields(in);
  if (const auto leaf = decode_leaf(in)) require(std::ranges::equal(encode(*leaf), in));
  if (const auto frontier = Frontier::parse(in)) require(std::ranges::equal(frontier->serialise(), in));
  return 0;
}
