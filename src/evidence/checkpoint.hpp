// Checkpoints (C2SP tlog-checkpoint): the signed head of a log, as the text of a note.
//
//   origin
//   tree size
//   base64(root hash)
//   (further lines, if any)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connex/result.hpp"
#include "evidence/note.hpp"
#include "evidence/sha256.hpp"

namespace connex::evidence {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  std::vector<std::string> extensions;  // one line each, none empty

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text, one for each checkpoint. Invalid where a line is empty or holds a newline.
Result<std::string> format_checkpoint(const Checkpoint& checkpoint);
Result<Checkpoint> parse_checkpoint(std::string_view text);

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, std::span<const NoteSigner> signers);

// The checkpoint when at least one of the verifiers signed it, as open_note() has it, and `origin` is its
// origin.
Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view origin,
                                   std::span<const NoteVerifier> verifiers);

}  // namespace connex::evidence
