// Arbitrary bytes as what evidence is made of: the canonical encoding has one form for each value, a note and a
// checkpoint read back as they were written, and no sealed value opens that was not sealed.
#include <algorithm>
#include <string>

#include "evidence/canonical.hpp"
#include "evidence/checkpoint.hpp"
#include "evidence/note.hpp"
#include "evidence/seal.hpp"
#include "fuzz/fuzz.hpp"

using namespace connex;
using namespace connex::evidence;
using connex::testing::require;

namespace {

void read_canonical(ByteView in) {
  CanonicalReader reader(in);
  const auto number = reader.u64();
  const auto text = reader.text();
  const auto texts = reader.texts();
  const auto facts = reader.facts();
  if (!reader.finish()) return;
  Bytes again;
  CanonicalWriter(again, reader.version()).u64(number).text(text).texts(texts).facts(facts);
  require(std::ranges::equal(again, in));
}

void read_checkpoint(std::string_view text) {
  const auto note = parse_note(text);
  if (const auto checkpoint = parse_checkpoint(note ? std::string_view(note->text) : text)) {
    const auto again = format_checkpoint(*checkpoint);
    require(again && *again == (note ? std::string_view(note->text) : text));
  }
  require(!open_note(text, {}));
}

void open_sealed(ByteView in) {
  constexpr std::uint8_t kKey[32] = {7};
  SealingKey key(KeyRef{}, KeyView(kKey));
  require(!key.open({"fuzz", "table", {}, "column", 1}, in));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  read_canonical(in);
  read_checkpoint(connex::testing::text_of_input(data, size));
  open_sealed(in);
  return 0;
}
