#include "core/redaction/gate.hpp"
namespace connex::redaction {
bool may_hold_contact(std::string_view, bool) noexcept { return true; }
}  // namespace connex::redaction
