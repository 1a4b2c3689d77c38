#include "services/audit_log.hpp"

#include <algorithm>
#include <array>

#include "evidence/canonical.hpp"
#include "evidence/random.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

namespace entry = audit_entry;
using evidence::Bytes;
using evidence::bytes_of;
using evidence::ByteView;
using evidence::Frontier;
using evidence::Hash;
using evidence::kTileWidth;
using evidence::NodeId;
using store::Cell;
using store::Range;
using store::Row;

constexpr std::uint8_t kContentVersion = 1;
constexpr std::int64_t kHeadKey = 0;
constexpr std::uint32_t kPage = 1'000;
constexpr int kTileLevels = 8;
constexpr std::uint64_t kMaxDetails = 64;

// The time in a leaf is cut to the hour: enough to tell whether its content may have gone, not more.
std::uint64_t coarse_seconds(Instant at) noexcept {
  return static_cast<std::uint64_t>(at.micros / kMicrosPerHour * (kMicrosPerHour / kMicrosPerSecond));
}

Error corrupt(std::string message) { return {ErrorCode::corrupt, std::move(message), ""}; }

Bytes encode_header(Number seq, Instant at, std::int64_t record_class, Number policy) {
  Bytes out;
  evidence::CanonicalWriter(out, kContentVersion)
      .u64(static_cast<std::uint64_t>(seq))
      .u64(static_cast<std::uint64_t>(at.micros))
      .u64(static_cast<std::uint64_t>(record_class))  // whole, where the leaf has room for its last byte
      .u64(static_cast<std::uint64_t>(policy));
  return out;
}

Bytes encode_content(const AuditContent& c) {
  Bytes out;
  evidence::CanonicalWriter writer(out, kContentVersion);
  writer.text(c.actor)
      .text(c.role)
      .text(c.command)
      .text(c.object)
      .text(c.visit)
      .texts(c.subjects)
      .text(c.rule)
      .u64(static_cast<std::uint64_t>(c.effect))
      .facts(c.facts)
      .text(c.outcome)
      .text(c.policy)
      .u64(c.details.size());
  for (const Detail& detail : c.details) writer.text(detail.name).text(detail.value);
  return out;
}

Result<AuditContent> decode_content(ByteView bytes) {
  evidence::CanonicalReader reader(bytes);
  AuditContent c;
  c.actor = reader.text();
  c.role = reader.text();
  c.command = reader.text();
  c.object = reader.text();
  c.visit = reader.text();
  for (const std::string_view subject : reader.texts()) c.subjects.emplace_back(subject);
  c.rule = reader.text();
  const std::uint64_t effect = reader.u64();
  c.facts = reader.facts();
  c.outcome = reader.text();
  c.policy = reader.text();
  for (std::uint64_t left = std::min(reader.u64(), kMaxDetails); left > 0; --left) {
    const std::string_view name = reader.text();
    c.details.push_back({std::string(name), std::string(reader.text())});
  }
  CONNEX_CHECK(reader.finish());
  if (reader.version() != kContentVersion || effect > static_cast<std::uint64_t>(Effect::permit))
    return corrupt("an audit entry is of an unknown version");
  c.effect = static_cast<Effect>(effect);
  return c;
}

evidence::LeafBytes leaf_of(Number seq, Instant at, std::uint8_t record_class, Number policy,
                            const Hash& commit) {
  return encode(evidence::Leaf{static_cast<std::uint64_t>(seq), coarse_seconds(at), record_class,
                               static_cast<std::uint32_t>(policy), commit});
}

// The leaf of a stored row, from its content alone.
Result<evidence::LeafBytes> leaf_of(const Row& row) {
  evidence::Salt salt{};
  const std::string_view stored = row.bytes(entry::salt);
  if (stored.size() != salt.size()) return corrupt("an audit entry has lost its salt");
  std::copy(stored.begin(), stored.end(), reinterpret_cast<char*>(salt.data()));
  const Hash commit =
      evidence::commit(salt, bytes_of(row.bytes(entry::header)), bytes_of(row.bytes(entry::body)));
  return leaf_of(row.integer(entry::seq), {row.integer(entry::at)},
                 static_cast<std::uint8_t>(row.integer(entry::record_class)), row.integer(entry::policy),
                 commit);
}

// The header repeats the columns that the commitment would otherwise not cover whole.
bool header_matches(const Row& row) {
  const Bytes expected = encode_header(row.integer(entry::seq), {row.integer(entry::at)},
                                       row.integer(entry::record_class), row.integer(entry::policy));
  return row.bytes(entry::header) == evidence::text_of(expected);
}

Result<AuditEntry> read_entry(const Row& row) {
  CONNEX_TRY(leaf, leaf_of(row));
  CONNEX_TRY(content, decode_content(bytes_of(row.bytes(entry::body))));
  const std::int64_t class_number = row.integer(entry::record_class);
  const auto record_class = static_cast<RecordClass>(class_number);
  if (static_cast<std::int64_t>(record_class) != class_number || name(record_class).empty())
    return corrupt("an audit entry is of an unknown class");
  return AuditEntry{row.integer(entry::seq),    {row.integer(entry::at)}, record_class,
                    row.integer(entry::policy), std::move(content),       evidence::leaf_hash(leaf)};
}

Result<void> scan_entries(ReadTransaction& tx, Number first, std::uint32_t limit, std::vector<Row>& rows) {
  rows.clear();
  return tx.scan(entry::kTable, {.from = first, .limit = limit}, rows);
}

std::optional<Hash> kept_leaf_hash(const Row& row) {
  const std::string_view bytes = row.bytes(entry::leaf_hash);
  Hash hash{};
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(hash.data()));
  return hash;
}

// The hashes of leaves that no tile holds yet, from the entries.
Result<void> leaf_hashes(ReadTransaction& tx, Number first, std::span<Hash> out) {
  std::vector<Row> rows;
  CONNEX_CHECK(scan_entries(tx, first, static_cast<std::uint32_t>(out.size()), rows));
  if (rows.size() != out.size()) return corrupt("audit entries are missing");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].integer(entry::seq) != first + static_cast<Number>(i))
      return corrupt("audit entries are missing");
    const std::optional<Hash> hash = kept_leaf_hash(rows[i]);
    if (!hash) return corrupt("an audit entry has lost its leaf hash");
    out[i] = *hash;
  }
  return {};
}

Result<void> read_tile(ReadTransaction& tx, int level, std::uint64_t number, Row& row) {
  const Cell key[] = {std::int64_t{level}, static_cast<std::int64_t>(number)};
  CONNEX_TRY(found, tx.get(audit_tile::kTable, key, row));
  if (!found || row.bytes(audit_tile::hashes).size() % sizeof(Hash) != 0)
    return corrupt("a tile of the audit tree is missing");
  return {};
}

// Stored hashes of a log of `size` entries: full level-0 tiles and all higher tiles are rows, the open
// level-0 tile is made from its entries.
evidence::HashSource hash_source(ReadTransaction& tx, Number size) {
  return [&tx, size](NodeId first, std::span<Hash> out) -> Result<void> {
    const std::uint64_t number = first.index / kTileWidth;
    if (first.level == 0 && number >= static_cast<std::uint64_t>(size) / kTileWidth)
      return leaf_hashes(tx, static_cast<Number>(first.index), out);
    Row row;
    CONNEX_CHECK(read_tile(tx, first.level / evidence::kTileHeight, number, row));
    const std::string_view hashes = row.bytes(audit_tile::hashes);
    const std::size_t offset = first.index % kTileWidth * sizeof(Hash);
    if (offset + out.size_bytes() > hashes.size()) return corrupt("a tile of the audit tree is too short");
    std::copy_n(hashes.data() + offset, out.size_bytes(), reinterpret_cast<char*>(out.data()));
    return {};
  };
}

// Writes what an append completed: the full level-0 tile, and one more hash in each higher tile.
Result<void> store_tiles(WriteTransaction& tx, Number first_of_tile, std::span<const Hash> higher) {
  std::array<Hash, kTileWidth> hashes;
  CONNEX_CHECK(leaf_hashes(tx, first_of_tile, hashes));
  const auto as_blob = [](const Hash* data, std::size_t count) {
    return Cell::blob({reinterpret_cast<const char*>(data), count * sizeof(Hash)});
  };
  std::uint64_t index = static_cast<std::uint64_t>(first_of_tile) / kTileWidth;
  const Cell leaves[] = {std::int64_t{0}, static_cast<std::int64_t>(index),
                         as_blob(hashes.data(), kTileWidth)};
  CONNEX_CHECK(tx.insert(audit_tile::kTable, leaves));
  for (std::size_t i = 0; i < higher.size(); ++i, index /= kTileWidth) {
    const auto level = static_cast<std::int64_t>(i) + 1;
    const auto number = static_cast<std::int64_t>(index / kTileWidth);
    Row row;
    std::string grown;
    const bool fresh = index % kTileWidth == 0;
    if (!fresh) {
      CONNEX_CHECK(read_tile(tx, static_cast<int>(level), static_cast<std::uint64_t>(number), row));
      grown = row.bytes(audit_tile::hashes);
    }
    grown.append(evidence::text_of(higher[i]));
    const Cell cells[] = {level, number, Cell::blob(grown)};
    CONNEX_CHECK(fresh ? tx.insert(audit_tile::kTable, cells) : tx.update(audit_tile::kTable, cells));
  }
  return {};
}

// Recomputes the leaf of a stored row, reports what does not fit, and moves `last` to the entry's time.
template <class Report>
Result<Hash> check_entry(const Row& row, Instant& last, const EntryCheck& check, Report&& report) {
  const auto leaf = leaf_of(row);
  if (!leaf) {
    report(leaf.error().message);
    return Hash{};
  }
  const Hash hash = evidence::leaf_hash(*leaf);
  const Instant at{row.integer(entry::at)};
  const auto content = decode_content(bytes_of(row.bytes(entry::body)));
  if (kept_leaf_hash(row) != hash || !header_matches(row)) {
    report("entry altered");
  } else if (!content) {
    report("entry unreadable");
  } else if (at < last) {
    report("entry out of order in time");
  } else {
    CONNEX_TRY(sound, check(row.integer(entry::seq), *content));
    if (!sound) report("what the entry tells of is missing");
  }
  last = std::max(last, at);
  return hash;
}

// Reports tiles that the log does not have, and those that are not as wide as they must be.
template <class Report>
Result<void> check_tile_widths(ReadTransaction& tx, Number size, Report&& report) {
  namespace t = audit_tile;
  std::vector<Row> rows;
  std::array<Cell, 2> position;
  Range range{.limit = 64};
  do {
    rows.clear();
    CONNEX_CHECK(tx.scan(t::kTable, range, rows));
    for (const Row& row : rows) {
      const std::int64_t level = row.integer(t::level);
      const std::int64_t number = row.integer(t::number);
      const bool possible = level >= 0 && level < kTileLevels && number >= 0;
      const evidence::Tile tile{static_cast<int>(level), static_cast<std::uint64_t>(number)};
      std::uint64_t width = possible ? evidence::tile_width(tile, static_cast<std::uint64_t>(size)) : 0;
      if (level == 0 && width < kTileWidth) width = 0;  // kept with its entries until it is full
      if (width == 0) {
        report(size, "tile beyond the log");
      } else if (row.bytes(t::hashes).size() != width * sizeof(Hash)) {
        report(static_cast<Number>(tile.index * kTileWidth << (tile.level * evidence::kTileHeight)),
               "tile altered");
      }
    }
    if (rows.empty()) break;
    position = {rows.back()[t::level], rows.back()[t::number]};
    range.after = position;
  } while (rows.size() == range.limit);
  return {};
}

}  // namespace

Result<AuditHead> load_head(ReadTransaction& tx) {
  Row row;
  const Cell key[] = {kHeadKey};
  CONNEX_TRY(found, tx.get(audit_head::kTable, key, row));
  if (!found) return AuditHead{};
  CONNEX_TRY(frontier, Frontier::parse(bytes_of(row.bytes(audit_head::frontier))));
  return AuditHead{frontier, row.integer(audit_head::policy), {row.integer(audit_head::at)}, true};
}

Result<void> append_entry(WriteTransaction& tx, AuditHead& head, const AuditContent& content,
                          RecordClass record_class) {
  const Number seq = head.next();
  evidence::Salt salt;
  thread_local evidence::RandomPool random;
  random(salt);
  const auto class_number = static_cast<std::uint8_t>(record_class);
  const Bytes header = encode_header(seq, head.at, class_number, head.policy);
  const Bytes body = encode_content(content);
  const Hash leaf = evidence::leaf_hash(
      leaf_of(seq, head.at, class_number, head.policy, evidence::commit(salt, header, body)));

  const Cell cells[] = {seq,
                        head.at.micros,
                        std::int64_t{class_number},
                        head.policy,
                        Cell::blob(evidence::text_of(salt)),
                        Cell::blob(evidence::text_of(header)),
                        Cell::blob(evidence::text_of(body)),
                        Cell::blob(evidence::text_of(leaf))};
  CONNEX_CHECK(tx.insert(entry::kTable, cells));

  std::array<Hash, kTileLevels> higher;  // hashes that higher tiles gain, lowest level first
  std::size_t gained = 0;
  head.frontier.append(leaf, [&](NodeId node, const Hash& hash) {
    if (node.level > 0) higher[gained++] = hash;
  });
  if (head.frontier.size() % kTileWidth == 0) {
    const Number first = head.next() - static_cast<Number>(kTileWidth);
    CONNEX_CHECK(store_tiles(tx, first, std::span(higher.data(), gained)));
  }

  const Bytes frontier = head.frontier.serialise();
  const Cell row[] = {kHeadKey, Cell::blob(evidence::text_of(frontier)), head.policy, head.at.micros};
  CONNEX_CHECK(head.stored ? tx.update(audit_head::kTable, row) : tx.insert(audit_head::kTable, row));
  head.stored = true;
  return {};
}

Result<std::optional<AuditEntry>> find_entry(ReadTransaction& tx, Number seq) {
  CONNEX_TRY(entries, list_entries(tx, seq, 1));
  if (entries.empty() || entries.front().seq != seq) return std::optional<AuditEntry>();
  return std::optional(std::move(entries.front()));
}

Result<std::vector<AuditEntry>> list_entries(ReadTransaction& tx, Number first, std::uint32_t limit) {
  std::vector<Row> rows;
  CONNEX_CHECK(scan_entries(tx, first, limit, rows));
  std::vector<AuditEntry> entries;
  for (const Row& row : rows) {
    CONNEX_TRY(value, read_entry(row));
    entries.push_back(std::move(value));
  }
  return entries;
}

Result<AuditVerification> verify_log(ReadTransaction& tx, const EntryCheck& check) {
  CONNEX_TRY(head, load_head(tx));
  AuditVerification result;
  result.entries = head.next();
  const auto report = [&](Number seq, std::string what) {
    if (result.violations.size() < kMaxViolations) result.violations.push_back({seq, std::move(what)});
  };
  const evidence::HashSource stored = hash_source(tx, head.next());

  const std::uint64_t first_open_leaf = head.frontier.size() / kTileWidth * kTileWidth;

  Frontier frontier;
  std::vector<Row> rows;
  Instant last;
  Number last_policy = 0;
  for (Number next = 0; next < head.next();) {
    CONNEX_CHECK(scan_entries(tx, next, kPage, rows));
    std::size_t read = 0;
    const Number end = std::min<Number>(next + kPage, head.next());
    for (; next < end; ++next) {
      if (read == rows.size() || rows[read].integer(entry::seq) != next) {
        report(next, "entry missing");
        frontier.append(Hash{});
        continue;
      }
      const Row& row = rows[read++];
      last_policy = row.integer(entry::policy);
      CONNEX_TRY(hash,
                 check_entry(row, last, check, [&](std::string what) { report(next, std::move(what)); }));
      frontier.append(hash, [&](NodeId node, const Hash& computed) {
        if (node.level == 0 && node.index >= first_open_leaf) return;
        Hash kept{};
        if (!stored(node, std::span(&kept, 1)) || kept != computed) report(next, "tile altered");
      });
    }
  }
  CONNEX_CHECK(scan_entries(tx, head.next(), 1, rows));
  if (!rows.empty()) report(rows.front().integer(entry::seq), "entry beyond the head");
  CONNEX_CHECK(check_tile_widths(tx, head.next(), report));
  if (head.at != last || head.policy != last_policy) report(head.next(), "head altered");
  result.root = head.frontier.root();
  if (frontier.root() != result.root) report(head.next(), "root mismatch");
  std::stable_sort(result.violations.begin(), result.violations.end(),
                   [](const AuditViolation& a, const AuditViolation& b) { return a.seq < b.seq; });
  return result;
}

Result<InclusionProof> prove_entry(ReadTransaction& tx, Number seq) {
  CONNEX_TRY(head, load_head(tx));
  if (seq < 0 || seq >= head.next())
    return Error{ErrorCode::not_found, "the log has no such entry", "/args/seq"};
  std::vector<Row> rows;
  CONNEX_CHECK(scan_entries(tx, seq, 1, rows));
  if (rows.empty() || rows.front().integer(entry::seq) != seq) return corrupt("an audit entry is missing");
  CONNEX_TRY(leaf, leaf_of(rows.front()));
  CONNEX_TRY(path, evidence::prove_inclusion(static_cast<std::uint64_t>(seq), head.frontier.size(),
                                             hash_source(tx, head.next())));
  return InclusionProof{
      seq, head.next(), leaf, evidence::leaf_hash(leaf), head.frontier.root(), std::move(path)};
}

}  // namespace connex::services
