// Arbitrary bytes as what an evidence pack is made of: a note and a checkpoint read back as they were written, no
// proof holds that was not made, and no token or signature that was not signed.
#include <algorithm>
#include <string>

#include "evidence/checkpoint.hpp"
#include "evidence/jws.hpp"
#include "evidence/merkle.hpp"
#include "evidence/note.hpp"
#include "fuzz/fuzz.hpp"

using namespace connex;
using namespace connex::evidence;
using connex::testing::require;

namespace {

void read_checkpoint(std::string_view text) {
  const auto note = parse_note(text);
  if (const auto checkpoint = parse_checkpoint(note ? std::string_view(note->text) : text)) {
    const auto again = format_checkpoint(*checkpoint);
    require(again && *again == (note ? std::string_view(note->text) : text));
  }
  require(!open_note(text, {}));
}

// Two numbers, then hashes: a path to the root of a log that the input cannot know.
void check_proofs(ByteView in) {
  if (in.size() < 16) return;
  const auto one = load_be<std::uint64_t>(in.data());
  const auto two = load_be<std::uint64_t>(in.data() + 8);
  std::vector<Hash> path((in.size() - 16) / sizeof(Hash));
  for (std::size_t i = 0; i < path.size(); ++i)
    std::copy_n(in.data() + 16 + i * sizeof(Hash), sizeof(Hash), path[i].begin());
  const Hash leaf = leaf_hash({});
  const Hash root{1};
  require(!verify_inclusion(one, two, leaf, path, root));
  require(!verify_consistency(one, two, leaf, root, path));
}

void read_token(std::string_view text) {
  static const Bytes kSeed(32, 5);
  static const SigningKey kKey{ByteView(kSeed).first<32>()};
  const auto header = peek_jws_header(text);
  require(!verify_jws(text, header ? *header : JwsHeader{}, kKey.public_key()));
  if (!header) return;
  const auto again = sign_jws(*header, bytes_of(text), kKey);
  require(!again || verify_jws(*again, *header, kKey.public_key()).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_checkpoint(connex::testing::text_of_input(data, size));
  check_proofs({data, size});
  read_token(connex::testing::text_of_input(data, size));
  return 0;
}
