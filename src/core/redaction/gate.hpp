// The first look: one pass that clears most messages without a copy.
#pragma once

#include <string_view>

namespace connex::redaction {

// False: nothing in `text` can reach a detector's threshold. True: look closer. `loose` keeps every digit,
// number word, cue and look-alike, as conversations and de-identification need it.
bool may_hold_contact(std::string_view text, bool loose) noexcept;

}  // namespace connex::redaction
