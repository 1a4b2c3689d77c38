// Addresses that are read in another order or without what stands between their letters: backwards, as a whole or
// word by word, where a word tells so or a mail service is; and one letter at a time ("f|a|r|i|d|@|...").
#include <algorithm>
#include <span>
#include <utility>

#include "core/redaction/detect.hpp"

namespace connex::redaction {
namespace {

constexpr std::size_t kSpread = 8;  // letters, to be read as one word

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool in_address(char c) { return letter_or_digit(c) || c == '@' || c == '.' || c == '_' || c == '-'; }

// Characters of the text in another order, and where each stands in it.
struct View {
  explicit View(std::pmr::memory_resource* memory) : chars(memory), places(memory) {}
  void add(std::string_view text, std::size_t at) {
    chars.push_back(text[at]);
    places.push_back(static_cast<std::uint32_t>(at));
  }
  std::pmr::vector<char> chars;
  std::pmr::vector<std::uint32_t> places;
};

void find_in(Scan& scan, const View& view, std::uint32_t evidence) {
  Scan turned({view.chars.data(), view.chars.size()}, scan.options, scan.memory);
  turned.text.chars.assign(view.chars.begin(), view.chars.end());
  turned.text.starts.resize(view.chars.size() + 1);
  for (std::uint32_t i = 0; i <= view.chars.size(); ++i) turned.text.starts[i] = i;
  turned.leniency = scan.leniency;
  make_tokens(turned.text, {}, turned.tokens);
  find_mail(turned);
  find_web(turned);
  // What reads as it is written is found already.
  std::pmr::vector<std::pair<std::uint32_t, std::uint32_t>> known(scan.memory);
  for (const Candidate& found : scan.found) known.emplace_back(found.end, found.begin);
  std::ranges::sort(known);
  constexpr float kSure = 4.0F;
  for (const Candidate& found : turned.found) {
    if (found.type == SpanType::handle ? evidence == kEvidenceReversed : found.score < kSure) continue;
    const auto places = std::span(view.places).subspan(found.begin, found.end - found.begin);
    const auto [first, last] = std::ranges::minmax(places);
    const auto at = std::ranges::upper_bound(known, std::pair(first, ~std::uint32_t{0}));
    if (found.type != SpanType::url && at != known.end() && at->second <= last) continue;
    scan.report(first, last + 1, found.type, found.score, found.evidence | evidence);
  }
}

// The end of a row of single characters from `i` on with the same marks or blanks between, if it is long enough to
// be a word; else 0. `gap`: how many of them.
std::size_t spread_end(std::string_view text, std::size_t i, std::size_t& gap) {
  if (i != 0 && in_address(text[i - 1])) return 0;
  std::size_t next = i + 1;
  while (next < text.size() && next < i + 4 && !letter_or_digit(text[next])) ++next;
  gap = next - i - 1;
  if (gap == 0 || next >= text.size()) return 0;
  const std::string_view between = text.substr(i + 1, gap);
  std::size_t count = 1;
  std::size_t end = i + 1;
  while (text.substr(end, gap) == between && end + gap < text.size() && in_address(text[end + gap]) &&
         (end + gap + 1 == text.size() || !letter_or_digit(text[end + gap + 1]))) {
    end += gap + 1;
    ++count;
  }
  return count >= kSpread ? end : 0;
}

}  // namespace

void find_turned(Scan& scan) {
  const std::string_view text = scan.text.view();
  View view(scan.memory);
  for (std::size_t i = text.size(); i-- > 0;) view.add(text, i);
  find_in(scan, view, kEvidenceReversed);
  view.chars.clear();
  view.places.clear();
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && letter_or_digit(text[end])) ++end;
    for (std::size_t k = end; k-- > i;) view.add(text, k);
    if (end < text.size()) view.add(text, end++);
    i = end;
  }
  find_in(scan, view, kEvidenceReversed);
}

void find_spread(Scan& scan, bool named) {
  const std::string_view text = scan.text.view();
  if (!named && text.find_first_of("@.") == text.npos) return;
  View view(scan.memory);
  bool any = false;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t gap = 0;
    const std::size_t end = letter_or_digit(text[i]) ? spread_end(text, i, gap) : 0;
    if (end == 0) {
      view.add(text, i++);
      continue;
    }
    for (; i < end; i += gap + 1) {
      any = any || named || text[i] == '@' || text[i] == '.';
      view.add(text, i);
    }
    i = end;
  }
  if (any) find_in(scan, view, kEvidenceSeparated);
}

}  // namespace connex::redaction
