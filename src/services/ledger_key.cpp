#include "services/ledger_key.hpp"

#include "evidence/canonical.hpp"
#include "evidence/hmac.hpp"
#include "services/schema.hpp"

namespace connex::services {
namespace {

using evidence::Bytes;
using evidence::bytes_of;
using evidence::text_of;
using store::Cell;
using store::CellType;
using store::RowView;

constexpr std::size_t kMac = sizeof(evidence::Hash);

std::string hashed(const evidence::SecretBytes& key, const Bytes& bytes) {
  const evidence::Hash hash = evidence::hmac_sha256(key.view(), bytes);
  return std::string(text_of(hash));
}

}  // namespace

LedgerKey::LedgerKey(evidence::ByteView root) : key_(kMac) {
  (void)evidence::hkdf_sha256(root, {}, bytes_of("connex/ledger/v1"), key_.span());  // of a length that it has
}

std::string LedgerKey::content_mac(RowView line) const {
  if (line.is_null(key_erasure::content)) return {};
  Bytes bytes;
  evidence::CanonicalWriter(bytes, 1)
      .text("content")
      .u64(static_cast<std::uint64_t>(line.integer(key_erasure::number)))
      .text(line.bytes(key_erasure::content));
  return hashed(key_, bytes);
}

std::string LedgerKey::line_mac(RowView line, std::string_view before, std::string_view content) const {
  Bytes bytes;
  evidence::CanonicalWriter writer(bytes, 1);
  writer.text("line").text(before).text(content);
  for (std::size_t i = 0; i < key_erasure::content; ++i) {
    const Cell& cell = line[i];
    writer.u64(static_cast<std::uint64_t>(cell.type()));
    if (cell.type() == CellType::integer) {
      writer.u64(static_cast<std::uint64_t>(cell.integer()));
    } else {
      writer.text(cell.bytes());
    }
  }
  return hashed(key_, bytes);
}

std::string LedgerKey::mac(RowView line, std::string_view before) const {
  const std::string content = content_mac(line);
  return line_mac(line, before, content) + content;
}

bool LedgerKey::fits(RowView line, std::string_view before) const {
  const std::string_view told = line.bytes(key_erasure::mac);
  if (told.size() != kMac && told.size() != 2 * kMac) return false;
  const std::string_view content = told.substr(kMac);
  if (!has_lost_content(line) && !evidence::equal_in_constant_time(bytes_of(content), bytes_of(content_mac(line)))) return false;
  return evidence::equal_in_constant_time(bytes_of(told.substr(0, kMac)), bytes_of(line_mac(line, before, content)));
}

bool has_lost_content(RowView line) noexcept {
  return line.is_null(key_erasure::content) && line.bytes(key_erasure::mac).size() > kMac;
}

}  // namespace connex::services
