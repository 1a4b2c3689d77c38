// Arbitrary bytes as a policy pack, and as a patch of one place of the default pack: refused with a message, or
// a pack with a digest.
#include <string>

#include "fuzz/fuzz.hpp"
#include "policy/pack.hpp"

using namespace connex;
using connex::testing::require;

namespace {

void load(std::string_view json) {
  const auto pack = policy::load(json);
  require(pack ? (*pack)->digest.size() == 71 : !pack.error().message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = connex::testing::text_of_input(data, size);
  load(text);
  if (size < 4) return 0;
  // The first three bytes say where and how much of the default pack the others replace.
  std::string pack(policy::default_pack_json());
  const std::size_t at = (std::size_t{data[0]} << 8 | data[1]) * pack.size() >> 16;
  pack.replace(at, data[2] % 64, text.substr(3));
  load(pack);
  return 0;
}
