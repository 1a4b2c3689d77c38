// The erasure ledger proves itself. Each line has a keyed hash of what it says and of the line before it, in both
// stores the same: whoever can write to their files, and has no key, can neither enter a line nor change, move or take
// out one that anything is still done by.
//
// `mac` of a line is HMAC-SHA-256 of its other cells, of `mac` of the line before, and of a keyed hash of `content`,
// which stands behind it: content may go later, and what it said can still not be made anything else.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "connex/ports/store.hpp"
#include "evidence/secret.hpp"
#include "services/entities.hpp"

namespace connex::services {

// Safe to use from several threads.
class LedgerKey {
 public:
  explicit LedgerKey(evidence::ByteView root);  // the root of the tables' sums

  // `mac` of a line; `before`: that of the line before, empty for the first.
  std::string mac(store::RowView line, std::string_view before) const;

  // Whether it is what the engine entered after that line. Content that is gone does not tell.
  bool fits(store::RowView line, std::string_view before) const;

 private:
  std::string content_mac(store::RowView line) const;
  std::string line_mac(store::RowView line, std::string_view before, std::string_view content) const;

  evidence::SecretBytes key_;
};

// Whether a line had content once, and has it no more.
bool has_lost_content(store::RowView line) noexcept;

}  // namespace connex::services
