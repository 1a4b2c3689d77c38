#include "core/redaction/fold.hpp"

namespace connex::redaction {
namespace {
#include "core/redaction/fold_table.inc"
}  // namespace

std::uint8_t fold(std::uint32_t code_point) noexcept {
  if (code_point >= 0x110000) return kSymbol;
  return kPages[kPageOf[code_point >> 7]][code_point & 0x7F];
}

}  // namespace connex::redaction
