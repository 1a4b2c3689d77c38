// A text as a reader sees it: small Latin letters for whatever looks or reads like them, marks that draw nothing
// dropped. So two spellings of a name are one.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <string>
#include <string_view>

#include "core/redaction/canonical.hpp"
#include "core/redaction/fold.hpp"

namespace connex::services {

// Requires valid UTF-8. Signs that are no letters are blanks.
inline std::string as_read(std::string_view text) {
  redaction::Canonical canonical(std::pmr::get_default_resource());
  redaction::make_canonical(text, canonical);
  std::string read(canonical.view());
  std::ranges::replace(read, static_cast<char>(redaction::kSymbol), ' ');
  return read;
}

}  // namespace connex::services
