#include "evidence/checkpoint.hpp"

#include <algorithm>
#include <charconv>

#include "evidence/base64.hpp"
#include "evidence/merkle.hpp"

namespace connex::evidence {
namespace {

Error malformed(const char* message) { return {ErrorCode::invalid_argument, message, {}}; }

bool is_line(std::string_view line) { return !line.empty() && line.find('\n') == std::string_view::npos; }

// Cuts the first line off `text`; empty when there is none.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {};
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

Result<std::string> format_checkpoint(const Checkpoint& checkpoint) {
  if (!is_line(checkpoint.origin) || !std::ranges::all_of(checkpoint.extensions, is_line)) {
    return malformed("a line of the checkpoint is empty or not one line");
  }
  if (checkpoint.size > kMaxTreeSize) return malformed("the tree size is too large");
  std::string text =
      checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(checkpoint.root) + "\n";
  for (const std::string& line : checkpoint.extensions) text.append(line).append("\n");
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint checkpoint;
  std::string_view rest = text;
  checkpoint.origin = take_line(rest);
  const std::string_view size = take_line(rest);
  const auto root = from_base64(take_line(rest));
  if (checkpoint.origin.empty() || !root || root->size() != sizeof(Hash))
    return malformed("not a checkpoint");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), checkpoint.size);
  if (error != std::errc() || end != size.data() + size.size() || (size.size() > 1 && size[0] == '0') ||
      checkpoint.size > kMaxTreeSize) {
    return malformed("the checkpoint's tree size is malformed");
  }
  std::ranges::copy(*root, checkpoint.root.begin());
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.empty()) return malformed("the checkpoint has an empty or unfinished line");
    checkpoint.extensions.emplace_back(line);
  }
  return checkpoint;
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, std::span<const NoteSigner> signers) {
  const auto text = format_checkpoint(checkpoint);
  if (!text) return text;
  return sign_note(*text, signers);
}

Result<Checkpoint> open_checkpoint(std::string_view note, std::string_view origin,
                                   std::span<const NoteVerifier> verifiers) {
  const auto opened = open_note(note, verifiers);
  if (!opened) return opened.error();
  auto checkpoint = parse_checkpoint(opened->text);
  if (checkpoint && checkpoint->origin != origin) {
    return Error{ErrorCode::corrupt, "the checkpoint belongs to another log", {}};
  }
  return checkpoint;
}

}  // namespace connex::evidence
