// Text in chunks. Windows begin and end at places that the bytes alone decide, so chunking cannot matter.
#include <algorithm>

#include "core/redaction/redactor.hpp"

namespace connex {
namespace {

constexpr std::size_t kContext = 512;  // bytes given out that the next window still reads

bool boundary(std::string_view text, std::size_t i) {
  return i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
}

Error not_utf8() { return {ErrorCode::invalid_argument, "text is not valid UTF-8", ""}; }

}  // namespace

Result<void> RedactionStream::write(std::string_view chunk, std::string& out) {
  if (failed_) return not_utf8();
  while (!chunk.empty()) {
    const std::size_t take = std::min(chunk.size(), context_ + 2 * kStreamWindow - buffer_.size());
    buffer_.append(chunk.substr(0, take));
    chunk.remove_prefix(take);
    if (buffer_.size() < context_ + 2 * kStreamWindow) return {};
    if (Result<void> settled = settle(false, out); !settled) return settled;
  }
  return {};
}

Result<void> RedactionStream::finish(std::string& out) { return settle(true, out); }

Result<void> RedactionStream::settle(bool last, std::string& out) {
  if (failed_) return not_utf8();
  std::string_view text = buffer_;
  if (!last) {  // a character may be cut at the end
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
      const auto byte = static_cast<unsigned char>(text[text.size() - back]);
      if ((byte & 0xC0) == 0x80) continue;
      if (byte >= 0xC0) text.remove_suffix(back);
      break;
    }
  }
  std::vector<Finding> findings;
  if (!redaction::check_text(text)) {
    failed_ = true;
    buffer_.clear();
    return not_utf8();
  }
  redaction::analyse(text, options_, 0, findings);
  // Give out one window, up to a blank outside every finding.
  std::size_t cut = text.size();
  if (!last) {
    cut = context_ + kStreamWindow;
    const std::size_t lowest = context_ + kStreamWindow / 2;
    const auto inside = [&](std::size_t at) {
      return std::ranges::any_of(findings, [&](const Finding& f) { return f.start < at && at < f.end; });
    };
    std::size_t blank = cut;
    while (blank > lowest && (text[blank - 1] != ' ' && text[blank - 1] != '\n')) --blank;
    if (blank > lowest) cut = blank;
    while (cut > lowest && !boundary(text, cut)) --cut;
    if (inside(cut)) {
      for (const Finding& f : findings) {
        if (f.start < cut && cut < f.end) cut = f.start > context_ ? f.start : f.end;
      }
    }
  }
  std::size_t from = context_;
  for (const Finding& f : findings) {
    if (f.start >= cut) break;
    if (f.end <= context_) continue;
    const std::size_t start = std::max<std::size_t>(f.start, context_);
    out.append(text.substr(from, start - from));
    out.append(marker(f.type));
    from = f.end;
  }
  if (from < cut) out.append(text.substr(from, cut - from));
  std::size_t keep = cut > kContext ? cut - kContext : 0;
  while (!boundary(text, keep)) ++keep;
  context_ = cut - keep;
  buffer_.erase(0, keep);
  if (last) {
    buffer_.clear();
    context_ = 0;
  }
  return {};
}

}  // namespace connex
