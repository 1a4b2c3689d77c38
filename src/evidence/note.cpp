#include "evidence/note.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "evidence/base64.hpp"
#include "evidence/sha256.hpp"

namespace connex::evidence {
namespace {

constexpr std::uint8_t kEd25519 = 1;
constexpr std::string_view kMark = "\u2014 ";

Error malformed(const char* message) { return {ErrorCode::invalid_argument, message, {}}; }

// The scalar value that starts `text`, cut off it; none where it is not UTF-8.
std::optional<char32_t> take_scalar(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc0 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return std::nullopt;
  char32_t scalar = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    scalar = scalar << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (scalar < kSmallest[length] || scalar > 0x10ffff || (scalar >= 0xd800 && scalar < 0xe000))
    return std::nullopt;
  text.remove_prefix(length);
  return scalar;
}

template <class Accept>
bool all_scalars(std::string_view text, Accept accept) {
  while (!text.empty()) {
    const auto scalar = take_scalar(text);
    if (!scalar || !accept(*scalar)) return false;
  }
  return true;
}

bool is_space(char32_t c) {
  return c <= 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_name(std::string_view name) {
  return !name.empty() &&
         all_scalars(name, [](char32_t c) { return !is_space(c) && c != 0x7f && c != U'+'; });
}

bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && all_scalars(text, [](char32_t c) { return c == U'\n' || c >= 0x20; });
}

std::uint32_t key_hash_of(std::string_view name, const PublicKey& key) {
  Bytes input(name.begin(), name.end());
  input.push_back('\n');
  input.push_back(kEd25519);
  append(input, key);
  return load_be<std::uint32_t>(sha256(input).data());
}

std::optional<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kMark)) return std::nullopt;
  line.remove_prefix(kMark.size());
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const std::string_view name = line.substr(0, blank);
  const auto bytes = from_base64(line.substr(blank + 1));
  if (!is_name(name) || !bytes || bytes->size() < 5) return std::nullopt;
  return NoteSignature{std::string(name), load_be<std::uint32_t>(bytes->data()),
                       Bytes(bytes->begin() + 4, bytes->end())};
}

}  // namespace

std::uint32_t NoteVerifier::key_hash() const { return key_hash_of(name, key); }

std::string NoteVerifier::text() const {
  std::array<std::uint8_t, 4> hash;
  store_be(hash.data(), key_hash());
  Bytes typed{kEd25519};
  append(typed, key);
  return name + "+" + to_hex(hash) + "+" + to_base64(typed);
}

Result<NoteVerifier> NoteVerifier::parse(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("not a note verifier");
  NoteVerifier verifier;
  verifier.name = text.substr(0, first);
  const auto typed = from_base64(text.substr(second + 1));
  if (!is_name(verifier.name) || !typed || typed->size() != 33) return malformed("not a note verifier");
  if (typed->front() != kEd25519)
    return Error{ErrorCode::unsupported, "the note verifier has an unknown key type", {}};
  std::copy(typed->begin() + 1, typed->end(), verifier.key.begin());
  if (verifier.text() != text) return malformed("the note verifier's hash does not fit its key");
  return verifier;
}

Result<std::string> sign_note(std::string_view text, std::span<const NoteSigner> signers) {
  if (!is_note_text(text) || text.size() > kMaxNoteSize / 2)
    return malformed("the text cannot stand in a note");
  if (signers.empty() || signers.size() > kMaxNoteSignatures)
    return malformed("a note needs 1 to 100 signers");
  std::string note(text);
  note += '\n';
  for (const NoteSigner& signer : signers) {
    if (!is_name(signer.name) || signer.name.size() > 255) return malformed("the signer's name is malformed");
    std::array<std::uint8_t, 4> hash;
    store_be(hash.data(), key_hash_of(signer.name, signer.key->public_key()));
    Bytes bytes(hash.begin(), hash.end());
    append(bytes, signer.key->sign(bytes_of(text)));
    note.append(kMark).append(signer.name).append(" ").append(to_base64(bytes)).append("\n");
  }
  return note;
}

Result<Note> parse_note(std::string_view note) {
  if (note.size() > kMaxNoteSize || !is_note_text(note)) return malformed("not a note");
  // The last empty line parts text and signatures: the text may hold empty lines, the signatures may not.
  const std::size_t end = note.rfind("\n\n");
  if (end == std::string_view::npos) return malformed("the note has no signatures");
  Note parsed;
  parsed.text = note.substr(0, end + 1);
  for (std::string_view rest = note.substr(end + 2); !rest.empty();) {
    const std::size_t line_end = rest.find('\n');
    auto signature = parse_signature(rest.substr(0, line_end));
    if (!signature) return malformed("the note has a malformed signature line");
    if (parsed.signatures.size() == kMaxNoteSignatures) return malformed("the note has too many signatures");
    parsed.signatures.push_back(std::move(*signature));
    rest.remove_prefix(line_end + 1);
  }
  if (parsed.signatures.empty()) return malformed("the note has no signatures");
  return parsed;
}

Result<Note> open_note(std::string_view note, std::span<const NoteVerifier> verifiers) {
  auto parsed = parse_note(note);
  if (!parsed) return parsed;
  bool believed = false;
  for (const NoteVerifier& verifier : verifiers) {
    const std::uint32_t hash = verifier.key_hash();
    for (const NoteSignature& signature : parsed->signatures) {
      if (signature.name != verifier.name || signature.key_hash != hash) continue;
      if (!verify_signature(verifier.key, bytes_of(parsed->text), signature.signature)) {
        return Error{ErrorCode::corrupt, "the note has a wrong signature", {}};
      }
      believed = true;
    }
  }
  if (!believed) return Error{ErrorCode::corrupt, "the note is signed by none of the known keys", {}};
  return parsed;
}

}  // namespace connex::evidence
