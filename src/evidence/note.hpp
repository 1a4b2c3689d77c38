// Signed notes (C2SP signed-note): a text for people and programs, and below it the signatures over it.
//
//   text, which ends with a newline
//   (empty line)
//   — name base64(key hash u32 | signature)
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/result.hpp"
#include "evidence/ed25519.hpp"

namespace connex::evidence {

inline constexpr std::size_t kMaxNoteSize = 1'000'000;
inline constexpr std::size_t kMaxNoteSignatures = 100;

// Whose signatures one believes: "name+hash+key" in text form.
struct NoteVerifier {
  std::string name;
  PublicKey key{};

  std::uint32_t key_hash() const;
  std::string text() const;
  static Result<NoteVerifier> parse(std::string_view text);

  friend bool operator==(const NoteVerifier&, const NoteVerifier&) = default;
};

// Names hold no blank, no control character and no '+'.
struct NoteSigner {
  std::string name;
  std::shared_ptr<const SigningKey> key;
};

struct NoteSignature {
  std::string name;
  std::uint32_t key_hash = 0;
  Bytes signature;
};

struct Note {
  std::string text;
  std::vector<NoteSignature> signatures;
};

// Invalid when the text cannot stand in a note (its end, control characters, UTF-8), a name is malformed or
// there is no signer.
Result<std::string> sign_note(std::string_view text, std::span<const NoteSigner> signers);

// Strict; believes nothing.
Result<Note> parse_note(std::string_view note);

// The note when at least one of the verifiers signed it. Signatures of others are passed over; a wrong one
// under a verifier's name and key is refused.
Result<Note> open_note(std::string_view note, std::span<const NoteVerifier> verifiers);

}  // namespace connex::evidence
