#include "services/audit_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "evidence/canonical.hpp"
#include "evidence/of_thread.hpp"
#include "evidence/random.hpp"
#include "services/in_order.hpp"
#include "services/schema.hpp"
#include "services/table_sums.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

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
using store::kNoLimit;
using store::Row;
using store::RowView;

constexpr std::uint8_t kContentVersion = 1;
constexpr std::uint8_t kTokenVersion = 2;  // of content in which tokens stand for people
constexpr std::uint8_t kPlainHeader = 1;   // the body is the content
constexpr std::uint8_t kSealedHeader = 2;  // the body commits to it, and the key of the first subject seals it
constexpr std::uint8_t kTokenHeader = 3;   // the body commits to it, and the log's own key seals it
constexpr std::int64_t kHeadKey = 0;
constexpr std::uint32_t kPage = 1'000;
constexpr int kTileLevels = 8;
constexpr std::uint64_t kMaxDetails = 2 * std::uint64_t{store::kMaxScan};  // a sweep tells of each account that it ends
constexpr std::uint8_t kKeptWithLog = 255;  // stands for the class of a deletion record
constexpr std::string_view kDeletion = "audit.delete";

// The time in a leaf is cut to the hour: enough to tell whether its content may have gone, not more.
std::uint64_t coarse_seconds(Instant at) noexcept {
  return static_cast<std::uint64_t>(at.micros / kMicrosPerHour * (kMicrosPerHour / kMicrosPerSecond));
}

Error corrupt(std::string message) { return {ErrorCode::corrupt, std::move(message), ""}; }

void encode_header(Bytes& out, std::uint8_t version, Number seq, Instant at, std::int64_t record_class,
                   Number policy) {
  out.clear();
  out.reserve(32);
  evidence::CanonicalWriter(out, version)
      .u64(static_cast<std::uint64_t>(seq))
      .u64(static_cast<std::uint64_t>(at.micros))
      .u64(static_cast<std::uint64_t>(record_class))  // whole, where the leaf has room for its last byte
      .u64(static_cast<std::uint64_t>(policy));
}

void encode_content(const AuditContent& c, Bytes& out) {
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
}

// The id of a person in a value, and where it stands; an empty one where there is none.
struct PersonIn {
  std::string_view id = {};
  std::size_t at = 0;
};

// The first word of these details.
constexpr std::string_view kPersonDetails[] = {"account", "approved_by", "nominee", "principal"};
PersonIn person_in(const Detail& detail) noexcept {
  if (std::ranges::find(kPersonDetails, detail.name) == std::end(kPersonDetails)) return {};
  return {std::string_view(detail.value).substr(0, detail.value.find(' '))};
}

// The actors that are nobody.
PersonIn person_in_actor(const AuditContent& c) noexcept {
  return c.actor != c.role || (c.actor != "system" && c.actor != "?") ? PersonIn{c.actor} : PersonIn{};
}

// A record of the engine's own has the name of its table and the key of its row (records.hpp), which may be a subject's.
PersonIn person_in_object(const AuditContent& c) noexcept {
  const std::string_view object = c.object;
  if (c.object_is_person) return {object};
  if (object.find(':') == object.npos) return {};
  for (const std::string_view id : c.subjects) {
    for (std::size_t at = object.find(id); at != object.npos; at = object.find(id, at + 1)) {
      const std::size_t end = at + id.size();
      if (at > 0 && object[at - 1] == ':' && (end == object.size() || object[end] == ':')) return {id, at};
    }
  }
  return {};
}

// The people of an entry that is about to be written, subjects first, each of them once.
class People {
 public:
  // The number of a person from 1 on.
  std::size_t number(std::string_view id) {
    if (size_ < kFew) {
      for (std::size_t i = 0; i < size_; ++i)
        if (list_[i].id == id) return i + 1;
    } else {
      if (numbers_.empty())
        for (std::size_t i = 0; i < size_; ++i) numbers_.emplace(list_[i].id, i + 1);
      const auto [known, fresh] = numbers_.emplace(id, size_ + 1);
      if (!fresh) return known->second;
    }
    if (size_ == list_.size()) list_.emplace_back();
    list_[size_].id = id;
    list_[size_].subject = subjects_;
    return ++size_;
  }

  void gather(const AuditContent& c) {
    size_ = 0;
    numbers_.clear();
    subjects_ = true;
    for (const std::string& subject : c.subjects) number(subject);
    subjects_ = false;
    const auto name = [&](PersonIn person) {
      if (!person.id.empty()) number(person.id);
    };
    name(person_in_actor(c));
    name(person_in_object(c));
    for (const Detail& detail : c.details) name(person_in(detail));
  }

  std::span<NamedPerson> all() noexcept { return std::span(list_).first(size_); }

 private:
  static constexpr std::size_t kFew = 16;
  std::vector<NamedPerson> list_;  // whose memory is used again
  std::size_t size_ = 0;
  std::map<std::string, std::size_t, std::less<>> numbers_;  // once they are many
  bool subjects_ = false;
};

// The same with tokens: people first; a value with a person in it is the number of that one, the rest, and where in it the
// person stands; any other 0 and itself.
void encode_content(const AuditContent& c, People& people, Bytes& out) {
  evidence::CanonicalWriter writer(out, kTokenVersion);
  writer.u64(people.all().size());
  for (const NamedPerson& person : people.all()) writer.text(text_of(person.token));
  std::string rest;
  const auto value = [&](std::string_view text, PersonIn person) {
    if (person.id.empty()) {
      writer.u64(0).text(text);
    } else if (person.at == 0) {
      writer.u64(people.number(person.id)).text(text.substr(person.id.size())).u64(0);
    } else {
      rest.assign(text).erase(person.at, person.id.size());
      writer.u64(people.number(person.id)).text(rest).u64(person.at);
    }
  };
  value(c.actor, person_in_actor(c));
  writer.text(c.role).text(c.command);
  value(c.object, person_in_object(c));
  writer.text(c.visit).u64(c.subjects.size());
  for (const std::string& subject : c.subjects) writer.u64(people.number(subject));
  writer.text(c.rule)
      .u64(static_cast<std::uint64_t>(c.effect))
      .facts(c.facts)
      .text(c.outcome)
      .text(c.policy)
      .u64(c.details.size());
  for (const Detail& detail : c.details) {
    writer.text(detail.name);
    value(detail.value, person_in(detail));
  }
}

// Into `c`, whose memory is used again; on failure it holds anything. `names` tells whom tokens stand for.
Result<void> decode_content(ByteView bytes, Resolver* names, AuditContent& c) {
  const auto unknown = [] { return corrupt("an audit entry is of an unknown version"); };
  evidence::CanonicalReader reader(bytes);
  const bool tokens = reader.version() == kTokenVersion;
  if (!tokens && reader.version() != kContentVersion) return unknown();
  bool sound = true;
  c.named.clear();
  if (tokens) {
    c.named.resize(static_cast<std::size_t>(std::min<std::uint64_t>(reader.u64(), bytes.size() / sizeof(Token))));
    for (NamedPerson& person : c.named) {
      const std::string_view token = reader.text();
      sound = sound && token.size() == person.token.size();
      if (sound) std::ranges::copy(token, person.token.begin());
    }
    if (!sound) return unknown();
    if (names != nullptr)
      CONNEX_CHECK(names->resolve(c.named));
    else
      std::ranges::for_each(c.named, set_unlinked);
  }
  const auto number = [&](std::uint64_t least) {
    const std::uint64_t read = reader.u64();
    sound = sound && read >= least && read <= c.named.size();
    return sound ? static_cast<std::size_t>(read) : 0;
  };
  const auto value = [&](std::string& text) {
    const std::size_t person = tokens ? number(0) : 0;
    text = reader.text();
    if (person == 0) return;
    const std::uint64_t at = reader.u64();
    sound = sound && at <= text.size();
    if (sound) text.insert(static_cast<std::size_t>(at), c.named[person - 1].id);
  };
  value(c.actor);
  c.role = reader.text();
  c.command = reader.text();
  value(c.object);
  c.visit = reader.text();
  if (tokens) {
    c.subjects.resize(static_cast<std::size_t>(std::min<std::uint64_t>(reader.u64(), bytes.size())));
    for (std::string& subject : c.subjects) {
      const std::size_t person = number(1);
      if (person == 0) break;
      subject = c.named[person - 1].id;
      c.named[person - 1].subject = true;
    }
  } else {
    reader.texts(c.subjects);
  }
  c.rule = reader.text();
  const std::uint64_t effect = reader.u64();
  reader.facts(c.facts);
  c.outcome = reader.text();
  c.policy = reader.text();
  c.details.resize(static_cast<std::size_t>(std::min(reader.u64(), kMaxDetails)));
  for (Detail& detail : c.details) {
    detail.name = reader.text();
    value(detail.value);
  }
  CONNEX_CHECK(reader.finish());
  if (!sound || effect > static_cast<std::uint64_t>(Effect::permit)) return unknown();
  c.effect = static_cast<Effect>(effect);
  return {};
}

evidence::LeafBytes leaf_of(Number seq, Instant at, std::uint8_t record_class, Number policy,
                            const Hash& commit) {
  return encode(evidence::Leaf{static_cast<std::uint64_t>(seq), coarse_seconds(at), record_class,
                               static_cast<std::uint32_t>(policy), commit});
}

// The leaf of a stored row, from its content alone.
Result<evidence::LeafBytes> leaf_of(RowView row) {
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

std::uint8_t form_of(RowView row) {
  const std::string_view header = row.bytes(entry::header);
  const auto version = header.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(header.front());
  return version == kSealedHeader || version == kTokenHeader ? version : kPlainHeader;
}

// The header repeats the columns that the commitment would otherwise not cover whole.
bool header_matches(RowView row) {
  Bytes& expected = evidence::of_thread<Bytes, struct OfHeader>();
  encode_header(expected, form_of(row), row.integer(entry::seq),
                {row.integer(entry::at)}, row.integer(entry::record_class), row.integer(entry::policy));
  return row.bytes(entry::header) == evidence::text_of(expected);
}

// What the body of a sealed entry is: a commitment to salt and content, the salt sealed with the content, so
// that nothing tells of the content once its key is destroyed.
Hash commit_content(std::string_view salted) {
  constexpr std::string_view kDomain = "connex/content/v1";
  auto& hasher = evidence::of_thread<evidence::Sha256, struct OfContent>();
  return hasher.update(bytes_of(kDomain)).update(bytes_of(salted)).finish();
}

// Whether an erasure destroyed the key of the content. The log's own key is never destroyed.
bool is_destroyed(RowView row) { return form_of(row) == kSealedHeader && row.bytes(entry::content) == kDestroyed; }

Persons* persons_of(ReadTransaction& tx) noexcept { return dynamic_cast<Persons*>(&tx); }

// The content of a stored row, as far as the row is what the body commits to, into `content`.
Result<void> read_content(RowView row, Resolver* names, AuditContent& content) {
  const std::uint8_t form = form_of(row);
  if (form == kPlainHeader) {
    if (!row.is_null(entry::content) || !row.is_null(entry::sealed_for))
      return corrupt("an audit entry is sealed and is not");
    return decode_content(bytes_of(row.bytes(entry::body)), names, content);
  }
  if (row.is_null(entry::content) || row.bytes(entry::content) == kDestroyed)
    return corrupt("an audit entry has lost its content");
  const std::string_view salted = row.bytes(entry::content);
  if (salted.size() < sizeof(evidence::Salt)) return corrupt("an audit entry's content does not open");
  if (row.bytes(entry::body) != evidence::text_of(commit_content(salted)))
    return corrupt("an audit entry's content is another one");
  const ByteView encoded = bytes_of(salted.substr(sizeof(evidence::Salt)));
  const bool tokens = !encoded.empty() && encoded.front() == kTokenVersion;
  CONNEX_CHECK(decode_content(encoded, names, content));
  const bool own = form == kTokenHeader;
  const std::string_view sealed_for =
      own ? kLogsOwn : content.subjects.empty() ? std::string_view() : std::string_view(content.subjects.front());
  if (own != tokens || sealed_for.empty() || sealed_for != row.bytes(entry::sealed_for))
    return corrupt("an audit entry is sealed for another person");
  return {};
}

Result<AuditContent> content_of(RowView row, Resolver* names) {
  AuditContent content;
  CONNEX_CHECK(read_content(row, names, content));
  return content;
}

std::optional<Hash> kept_leaf_hash(RowView row) {
  const std::string_view bytes = row.bytes(entry::leaf_hash);
  Hash hash{};
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(hash.data()));
  return hash;
}

// Whether the row is what its leaf says.
bool is_unaltered(RowView row) {
  const auto leaf = leaf_of(row);
  return leaf && kept_leaf_hash(row) == evidence::leaf_hash(*leaf) && header_matches(row);
}

// Into `read`, whose memory is used again. An error says what could not be read; `read` is as good as it can be.
Result<void> read_entry(RowView row, Resolver* names, AuditEntry& read) {
  read.seq = row.integer(entry::seq);
  read.at = {row.integer(entry::at)};
  read.policy = row.integer(entry::policy);
  read.reading = Reading::whole;
  const std::int64_t class_number = row.integer(entry::record_class);
  read.record_class.reset();
  Result<void> done = read_content(row, names, read.content);
  if (class_number != kKeptWithLog) {
    read.record_class = static_cast<RecordClass>(class_number);
    if (static_cast<std::int64_t>(*read.record_class) != class_number || name(*read.record_class).empty()) {
      read.record_class.reset();
      done = corrupt("an audit entry is of an unknown class");
    }
  }
  if (!done) {
    read.content = {};
    read.reading = is_destroyed(row) && is_unaltered(row) ? Reading::destroyed : Reading::damaged;
  }
  return done;
}

// What stays of a removed entry.
struct Stub {
  evidence::LeafBytes leaf{};
  Number deletion = 0;
};

std::optional<Stub> read_stub(RowView row) {
  const std::string_view bytes = row.bytes(audit_leaf::leaf);
  Stub stub;
  if (bytes.size() != stub.leaf.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(stub.leaf.data()));
  stub.deletion = row.integer(audit_leaf::deletion);
  return stub;
}

Result<void> scan_stubs(ReadTransaction& tx, Number first, Number below, std::vector<Row>& rows) {
  rows.clear();
  return tx.scan(audit_leaf::kTable,
                 {.from = first, .below = below, .limit = static_cast<std::uint32_t>(below - first)}, rows);
}

// The leaves of removed entries, for a reader that asks in the order of the entries.
class StubsInOrder {
 public:
  explicit StubsInOrder(ReadTransaction& tx) : tx_(tx) {}

  // The row of entry `seq`; nullptr where there is none.
  Result<const Row*> find(Number seq) {
    for (;;) {
      for (; at_ < rows_.size(); ++at_) {
        const Number here = rows_[at_].integer(audit_leaf::seq);
        if (here >= seq) return here == seq ? &rows_[at_] : nullptr;
      }
      if (last_page_) return nullptr;
      rows_.clear();
      at_ = 0;
      CONNEX_CHECK(tx_.scan(audit_leaf::kTable, {.from = seq, .limit = kPage}, rows_));
      last_page_ = rows_.size() < kPage;
    }
  }

 private:
  ReadTransaction& tx_;
  std::vector<Row> rows_;
  std::size_t at_ = 0;
  bool last_page_ = false;
};

// The hashes of leaves that no tile holds yet, from the entries, and from the leaves of those that have gone.
Result<void> leaf_hashes(ReadTransaction& tx, Number first, std::span<Hash> out) {
  const auto count = static_cast<Number>(out.size());
  std::vector<Row> rows;
  std::vector<Row> stubs;
  CONNEX_CHECK(tx.scan(entry::kTable,
                       {.from = first, .below = first + count, .limit = static_cast<std::uint32_t>(count)},
                       rows));
  if (rows.size() < out.size()) CONNEX_CHECK(scan_stubs(tx, first, first + count, stubs));
  auto row = rows.begin();
  auto stub = stubs.begin();
  for (Number i = 0; i < count; ++i) {
    std::optional<Hash> hash;
    if (row != rows.end() && row->integer(entry::seq) == first + i) {
      hash = kept_leaf_hash(*row++);
    } else if (stub != stubs.end() && stub->integer(audit_leaf::seq) == first + i) {
      if (const auto kept = read_stub(*stub++)) hash = evidence::leaf_hash(kept->leaf);
    }
    if (!hash) return corrupt("an audit entry has lost its leaf hash");
    out[static_cast<std::size_t>(i)] = *hash;
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

// The tiles, for a reader that asks for hash after hash: the last tile of each level is at hand, for as long as
// nothing is written in its transaction.
class TilesAtHand {
 public:
  explicit TilesAtHand(ReadTransaction& tx) : tx_(tx) {}

  // The stored hashes from `first` on, one after another, to the end of their tile; empty where there are none.
  Result<std::string_view> from(NodeId first) {
    const auto level = static_cast<std::size_t>(first.level / evidence::kTileHeight);
    if (level >= tiles_.size()) return corrupt("the audit tree has no such tile");
    Tile& tile = tiles_[level];
    const std::uint64_t number = first.index / kTileWidth;
    if (tile.number != number) {
      tile.number.reset();
      CONNEX_CHECK(read_tile(tx_, static_cast<int>(level), number, tile.row));
      tile.number = number;
    }
    const std::string_view hashes = tile.row.bytes(audit_tile::hashes);
    return hashes.substr(std::min(hashes.size(), first.index % kTileWidth * sizeof(Hash)));
  }

  // Whether the stored hash of `node`, which a tile must hold, is `hash`.
  bool holds(NodeId node, const Hash& hash) {
    const auto stored = from(node);
    return stored && stored->substr(0, sizeof(Hash)) == evidence::text_of(hash);
  }

 private:
  struct Tile {
    std::optional<std::uint64_t> number;
    Row row;
  };
  ReadTransaction& tx_;
  std::array<Tile, kTileLevels> tiles_;
};

// Stored hashes of a log of `size` entries: full level-0 tiles and all higher tiles are rows, the open
// level-0 tile is made from its entries.
evidence::HashSource hash_source(ReadTransaction& tx, Number size) {
  return [&tx, size, tiles = std::make_shared<TilesAtHand>(tx)](NodeId first, std::span<Hash> out) -> Result<void> {
    const std::uint64_t number = first.index / kTileWidth;
    if (first.level == 0 && number >= static_cast<std::uint64_t>(size) / kTileWidth)
      return leaf_hashes(tx, static_cast<Number>(first.index), out);
    CONNEX_TRY(hashes, tiles->from(first));
    if (out.size_bytes() > hashes.size()) return corrupt("a tile of the audit tree is too short");
    std::copy_n(hashes.data(), out.size_bytes(), reinterpret_cast<char*>(out.data()));
    return {};
  };
}

// Writes what an append completed: the full level-0 tile, and one more hash in each higher tile.
Result<void> store_tiles(WriteTransaction& tx, const AuditHead& head, std::span<const Hash> higher) {
  const Number first_of_tile = head.next() - static_cast<Number>(kTileWidth);
  std::array<Hash, kTileWidth> hashes;
  const std::size_t older = kTileWidth - std::min<std::size_t>(head.fresh.size(), kTileWidth);
  if (older > 0) CONNEX_CHECK(leaf_hashes(tx, first_of_tile, std::span(hashes).first(older)));
  std::copy(head.fresh.end() - static_cast<std::ptrdiff_t>(kTileWidth - older), head.fresh.end(),
            hashes.begin() + static_cast<std::ptrdiff_t>(older));
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

// Reports tiles that the log does not have, and those that are not as wide as they must be.
template <class Report>
Result<void> check_tile_widths(ReadTransaction& tx, Number size, Report&& report) {
  namespace t = audit_tile;
  return tx.visit(t::kTable, {.limit = kNoLimit}, [&](RowView row) -> Result<bool> {
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
    return true;
  });
}

std::string text_of_ranges(std::span<const Number> sorted) {
  std::string text;
  for (std::size_t i = 0; i < sorted.size();) {
    std::size_t last = i;
    while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(sorted[i]);
    if (last > i) text.append("-").append(std::to_string(sorted[last]));
    i = last + 1;
  }
  return text;
}

struct Span {
  Number first = 0;
  Number last = 0;
};

// Nothing for a text that is no list of ascending ranges.
std::optional<std::vector<Span>> parse_ranges(std::string_view text) {
  std::vector<Span> spans;
  const char* at = text.data();
  const char* const end = at + text.size();
  Number least = 0;
  while (true) {
    Span span;
    const auto first = std::from_chars(at, end, span.first);
    if (first.ec != std::errc() || span.first < least) return std::nullopt;
    span.last = span.first;
    at = first.ptr;
    if (at != end && *at == '-') {
      const auto last = std::from_chars(at + 1, end, span.last);
      if (last.ec != std::errc() || span.last <= span.first) return std::nullopt;
      at = last.ptr;
    }
    spans.push_back(span);
    if (at == end) return spans;
    if (*at++ != ',' || span.last == std::numeric_limits<Number>::max()) return std::nullopt;
    least = span.last + 1;
  }
}

// A deletion record as its entry states it.
struct DeletionRecord {
  Instant at;
  Number policy = 0;
  DeletionReason reason = DeletionReason::retention;
  RecordClass record_class = RecordClass::audit;
  std::string request;
  std::string digest;
  Number count = 0;
  std::vector<Span> spans;

  bool covers(Number seq) const noexcept {
    const auto after =
        std::upper_bound(spans.begin(), spans.end(), seq, [](Number n, const Span& s) { return n < s.first; });
    return after != spans.begin() && seq <= std::prev(after)->last;
  }
};

std::optional<DeletionRecord> read_deletion(std::int64_t class_number, Instant at, Number policy,
                                            const AuditContent& content) {
  if (class_number != kKeptWithLog || content.command != kDeletion) return std::nullopt;
  DeletionRecord record;
  record.at = at;
  record.policy = policy;
  record.request = content.object;
  bool sound = true;
  for (const Detail& detail : content.details) {
    const std::string& value = detail.value;
    if (detail.name == "reason") {
      const auto reason = from_name<DeletionReason>(value);
      sound = sound && reason;
      if (reason) record.reason = *reason;
    } else if (detail.name == "class") {
      const auto record_class = from_name<RecordClass>(value);
      sound = sound && record_class;
      if (record_class) record.record_class = *record_class;
    } else if (detail.name == "entries") {
      auto spans = parse_ranges(value);
      sound = sound && spans;
      if (spans) record.spans = std::move(*spans);
    } else if (detail.name == "count") {
      const auto read = std::from_chars(value.data(), value.data() + value.size(), record.count);
      sound = sound && read.ec == std::errc();
    } else if (detail.name == "digest") {
      record.digest = value;
    }
  }
  if (!sound || record.spans.empty() || record.digest.empty()) return std::nullopt;
  return record;
}

// Whether what the record says has gone is gone, every entry of it and as it was.
Result<bool> matches(ReadTransaction& tx, Number seq, const DeletionRecord& record) {
  if (record.spans.back().last >= seq) return false;  // it tells of what came before it
  Number count = 0;
  evidence::Sha256 digest;
  std::vector<Row> rows;
  for (const Span& span : record.spans) {
    for (Number first = span.first; first <= span.last; first += kPage) {
      const Number below = std::min<Number>(first + kPage, span.last + 1);
      CONNEX_CHECK(scan_stubs(tx, first, below, rows));
      if (static_cast<Number>(rows.size()) != below - first) return false;
      for (const Row& row : rows) {
        const auto stub = read_stub(row);
        if (!stub || stub->deletion != seq) return false;
        digest.update(evidence::leaf_hash(stub->leaf));
        ++count;
      }
    }
  }
  return count == record.count && evidence::to_hex(digest.finish()) == record.digest;
}

// The deletion records that the leaves of removed entries point to; the last one read is at hand.
class DeletionRecords {
 public:
  explicit DeletionRecords(ReadTransaction& tx) : tx_(tx) {}

  // nullptr when the entry is no deletion record, or not what its leaf hash says.
  Result<const DeletionRecord*> find(Number seq) {
    if (seq != seq_) {
      seq_ = seq;
      record_.reset();
      Row row;
      const Cell key[] = {seq};
      CONNEX_TRY(found, tx_.get(entry::kTable, key, row));
      if (found) {
        const auto leaf = leaf_of(row);
        const auto content = content_of(row, nullptr);
        if (leaf && content && header_matches(row) && kept_leaf_hash(row) == evidence::leaf_hash(*leaf))
          record_ = read_deletion(row.integer(entry::record_class), {row.integer(entry::at)}, row.integer(entry::policy), *content);
      }
    }
    return record_ ? &*record_ : nullptr;
  }

 private:
  ReadTransaction& tx_;
  Number seq_ = -1;
  std::optional<DeletionRecord> record_;
};

// What is wrong with the going of entry `seq`; empty: nothing.
Result<std::string_view> check_removed(Number seq, const Stub& stub, DeletionRecords& records, bool tokens,
                                       const RemovalCheck& check) {
  const auto leaf = evidence::decode_leaf(stub.leaf);
  if (!leaf || leaf->index != static_cast<std::uint64_t>(seq)) return std::string_view("leaf altered");
  CONNEX_TRY(record, records.find(stub.deletion));
  if (record == nullptr || stub.deletion <= seq || !record->covers(seq) ||
      leaf->record_class != static_cast<std::uint8_t>(record->record_class))
    return std::string_view("entry removed without a record");
  const Removal removal{record->record_class,
                        {static_cast<std::int64_t>(leaf->time) * kMicrosPerSecond},
                        record->reason,
                        record->request,
                        record->at,
                        record->policy,
                        tokens};
  CONNEX_TRY(lawful, check(removal));
  return lawful ? std::string_view() : "entry removed too early";
}

// Index rows of an entry: `use(kind, id)` for each, once; in `named`, if anybody is, tokens stand for people.
template <class Use>
void for_each_index_row(const AuditContent& content, std::span<const NamedPerson> named, std::int64_t class_number,
                        Use&& use) {
  if (named.empty()) {
    auto& subjects = evidence::of_thread<std::vector<std::string_view>, struct OfSubjects>();
    subjects.assign(content.subjects.begin(), content.subjects.end());
    std::sort(subjects.begin(), subjects.end());
    subjects.erase(std::unique(subjects.begin(), subjects.end()), subjects.end());
    for (const std::string_view subject : subjects) use(audit_index::subject, subject);
  }
  for (const NamedPerson& person : named)
    use(person.subject ? audit_index::subject : audit_index::named, text_of(person.token));
  if (!content.visit.empty()) use(audit_index::visit, std::string_view(content.visit));
  if (class_number != kKeptWithLog)
    use(audit_index::record_class, name(static_cast<RecordClass>(class_number)));
}

// A sum over index rows that does not depend on their order, under a key of its own so that nobody can make
// two sets of rows look alike.
class IndexSum {
 public:
  IndexSum() {
    std::array<std::uint8_t, 16> key{};
    evidence::random_secret(key);
    a_ = evidence::load_be<std::uint64_t>(key.data()) | 1;
    b_ = evidence::load_be<std::uint64_t>(key.data() + 8) | 1;
  }
  std::uint64_t of(std::int64_t kind, std::string_view id, Number seq) const noexcept {
    std::uint64_t h = mix(a_ ^ static_cast<std::uint64_t>(seq));
    h = mix(h ^ static_cast<std::uint64_t>(kind));
    ByteView left = bytes_of(id);
    for (; left.size() >= 8; left = left.subspan(8)) h = mix(h ^ evidence::load_be<std::uint64_t>(left.data()));
    std::uint64_t rest = 0;
    for (const std::uint8_t byte : left) rest = rest << 8 | byte;
    return mix(mix(h ^ rest) ^ id.size());
  }

 private:
  std::uint64_t mix(std::uint64_t x) const noexcept {
    x = (x ^ (x >> 32)) * b_;
    x = (x ^ (x >> 29)) * a_;
    return x ^ (x >> 32);
  }
  std::uint64_t a_ = 0;
  std::uint64_t b_ = 0;
};

// Hands every index row to use(kind, id, seq), as a visit does.
template <class Use>
Result<void> visit_index(ReadTransaction& tx, Use&& use) {
  namespace t = audit_index;
  return tx.visit(t::kTable, {.limit = kNoLimit}, [&](RowView row) -> Result<bool> {
    return use(row.integer(t::kind), row.bytes(t::id), row.integer(t::seq));
  });
}

// The sum over all index rows, a stretch at a time.
class IndexWalk {
 public:
  IndexWalk(ReadTransaction& tx, const IndexSum& sum) : tx_(tx), sum_(sum) {}

  Result<void> go_on(std::uint32_t rows) {
    namespace t = audit_index;
    if (at_end_) return {};
    const std::string id = id_;
    const Cell after[] = {kind_, std::string_view(id), seq_};
    std::uint32_t seen = 0;
    CONNEX_CHECK(tx_.visit(t::kTable, {.after = begun_ ? std::span<const Cell>(after) : std::span<const Cell>(), .limit = rows},
                           [&](RowView row) -> Result<bool> {
                             kind_ = row.integer(t::kind);
                             seq_ = row.integer(t::seq);
                             total_ += sum_.of(kind_, row.bytes(t::id), seq_);
                             if (++seen == rows) id_ = row.bytes(t::id);
                             return true;
                           }));
    begun_ = true;
    at_end_ = seen < rows;
    return {};
  }
  Result<std::uint64_t> finish() {
    while (!at_end_) CONNEX_CHECK(go_on(kNoLimit));
    return total_;
  }

 private:
  ReadTransaction& tx_;
  const IndexSum& sum_;
  std::uint64_t total_ = 0;
  bool begun_ = false;
  bool at_end_ = false;
  std::int64_t kind_ = 0;
  std::string id_;
  Number seq_ = 0;
};

// What an entry tells by itself, without anything else in the store.
struct Examined {
  Number seq = 0;
  Instant at;
  std::int64_t class_number = 0;
  Number policy = 0;
  std::uint8_t form = 0;  // of its header
  std::optional<std::string> destroyed_of = {};  // whose key it was, where an erasure destroyed it
  std::optional<Hash> hash = {};                 // of its leaf; none where that cannot be told
  std::string lost = {};                         // then, why
  bool unaltered = false;
  Result<void> read = {};  // of the content
  AuditContent content = {};
  std::uint64_t indexed = 0;  // the sum over its index rows
  Result<void> failed = {};   // else than by what is stored
};

// Recomputes entries from their rows as they stand in the store, in any order; one for each thread.
class Examiner final : Resolver {
 public:
  static Result<Examiner> begin(ReadTransaction& tx, const IndexSum& sum) {
    Persons* const persons = persons_of(tx);
    if (persons == nullptr) return Examiner(nullptr, nullptr, sum);
    CONNEX_TRY(opener, persons->opener(entry::kTable));
    return Examiner(persons, std::move(opener), sum);
  }

  void examine(RowView shut, Examined& e) {
    e.failed = {};
    if (!opener_) return look_at(shut, e);
    const auto row = opener_->open(shut);
    if (row)
      look_at(*row, e);
    else
      e.failed = row.error();
  }

 private:
  Examiner(Resolver* beyond, std::unique_ptr<RowOpener> opener, const IndexSum& sum)
      : beyond_(beyond), opener_(std::move(opener)), sum_(&sum) {}

  void look_at(RowView row, Examined& e) {
    e.seq = row.integer(entry::seq);
    e.at = {row.integer(entry::at)};
    e.class_number = row.integer(entry::record_class);
    e.policy = row.integer(entry::policy);
    e.form = form_of(row);
    e.destroyed_of.reset();
    if (is_destroyed(row)) e.destroyed_of = row.bytes(entry::sealed_for);
    e.hash.reset();
    const auto leaf = leaf_of(row);
    if (!leaf) {
      e.lost = leaf.error().message;
      return;
    }
    e.hash = evidence::leaf_hash(*leaf);
    e.unaltered = kept_leaf_hash(row) == e.hash && header_matches(row);
    e.read = read_content(row, beyond_ != nullptr ? this : nullptr, e.content);
    if (!e.read && e.read.error().code != ErrorCode::corrupt) e.failed = e.read;
    e.indexed = 0;
    if (!e.read) return;
    for_each_index_row(e.content, e.content.named, e.class_number, [&](audit_index::Kind kind, std::string_view id) {
      e.indexed += sum_->of(kind, id, e.seq);
    });
  }

  // From what it was told before; a person that is unlinked meanwhile keeps the name for as long as this lasts.
  Result<void> resolve(std::span<NamedPerson> people) override {
    for (NamedPerson& person : people) {
      const auto known = known_.find(person.token);
      if (known != known_.end()) {
        person.id = known->second;
        continue;
      }
      CONNEX_CHECK(beyond_->resolve(std::span(&person, 1)));
      if (known_.size() == kMostKnown) known_.clear();
      known_.emplace(person.token, person.id);
    }
    return {};
  }

  struct First {  // of a hash, eight bytes do
    std::size_t operator()(const Token& token) const noexcept {
      return static_cast<std::size_t>(evidence::load_be<std::uint64_t>(bytes_of(text_of(token)).data()));
    }
  };
  static constexpr std::size_t kMostKnown = 10'000;
  Resolver* beyond_;
  std::unique_ptr<RowOpener> opener_;
  const IndexSum* sum_;
  std::unordered_map<Token, std::string, First> known_;
};

// Finds the index rows that are missing or astray, once it is known that some are.
template <class Report>
Result<void> find_index_faults(ReadTransaction& tx, Number size, Report&& report) {
  namespace t = audit_index;
  Persons* const persons = persons_of(tx);
  Row found;
  const auto missing = [&](RowView row) -> Result<bool> {
    const auto content = content_of(row, persons);
    if (!content) return true;
    Result<void> read;
    for_each_index_row(*content, content->named, row.integer(entry::record_class), [&](t::Kind kind, std::string_view id) {
      const Cell key[] = {std::int64_t{kind}, id, row.integer(entry::seq)};
      const auto there = tx.get(t::kTable, key, found);
      if (!there) read = there.error();
      else if (!*there) report(row.integer(entry::seq), "index row missing");
    });
    CONNEX_CHECK(std::move(read));
    return true;
  };
  CONNEX_CHECK(tx.visit(entry::kTable, {.from = 0, .below = size, .limit = kNoLimit}, missing));
  return visit_index(tx, [&](std::int64_t kind, std::string_view id, Number seq) -> Result<bool> {
    const Cell key[] = {seq};
    CONNEX_TRY(there, tx.get(entry::kTable, key, found));
    bool stated = false;
    if (there) {
      if (const auto content = content_of(found, persons))
        for_each_index_row(*content, content->named, found.integer(entry::record_class),
                           [&](t::Kind k, std::string_view i) { stated |= k == kind && i == id; });
      else
        stated = is_destroyed(found);  // nothing tells any more which they were
    }
    if (!stated) report(seq >= 0 && seq < size ? seq : size, "index row astray");
    return true;
  });
}

}  // namespace

Result<AuditHead> load_head(ReadTransaction& tx) {
  Row row;
  const Cell key[] = {kHeadKey};
  CONNEX_TRY(found, tx.get(audit_head::kTable, key, row));
  if (!found) return AuditHead{};
  CONNEX_TRY(frontier, Frontier::parse(bytes_of(row.bytes(audit_head::frontier))));
  return AuditHead{frontier, row.integer(audit_head::policy), {row.integer(audit_head::at)}, true,
                   row.integer(audit_head::policies)};
}

Result<void> store_head(WriteTransaction& tx, AuditHead& head) {
  const Bytes frontier = head.frontier.serialise();
  const Cell row[] = {kHeadKey,       Cell::blob(evidence::text_of(frontier)), head.policy, head.at.micros,
                      head.policies, Cell()};  // the sums are the vault's to fill in
  CONNEX_CHECK(head.stored ? tx.update(audit_head::kTable, row) : tx.insert(audit_head::kTable, row));
  head.stored = true;
  return {};
}

namespace {

Result<void> append(WriteTransaction& tx, AuditHead& head, const AuditContent& content,
                    std::uint8_t class_number) {
  const Number seq = head.next();
  evidence::Salt salt;
  auto& random = evidence::of_thread<evidence::RandomPool, struct OfSalts>();
  random(salt);
  // Without the vault nothing is sealed, and people stand in it as themselves: so it was before there were tokens.
  Persons* const persons = class_number != kKeptWithLog ? persons_of(tx) : nullptr;
  auto& people = evidence::of_thread<People, struct OfPeople>();
  std::span<const NamedPerson> named;
  if (persons != nullptr) {
    people.gather(content);
    CONNEX_CHECK(persons->assign(people.all(), static_cast<RecordClass>(class_number), head.at));
    named = people.all();
    for (const NamedPerson& person : named)
      if (person.anew) head.named_anew.push_back(person.id);
  }
  const bool sealed = persons != nullptr || (class_number != kKeptWithLog && !content.subjects.empty());
  const std::string_view sealed_for =
      persons != nullptr ? kLogsOwn : sealed ? std::string_view(content.subjects.front()) : std::string_view();
  Bytes header;
  encode_header(header, persons != nullptr ? kTokenHeader : sealed ? kSealedHeader : kPlainHeader, seq, head.at,
                class_number, head.policy);
  Bytes encoded;
  encoded.reserve(512);  // most are smaller
  if (sealed) {
    encoded.resize(sizeof(evidence::Salt));
    random(encoded);
  }
  if (persons != nullptr)
    encode_content(content, people, encoded);
  else
    encode_content(content, encoded);
  Bytes body;
  if (sealed) {
    const Hash commitment = commit_content(evidence::text_of(encoded));
    body.assign(commitment.begin(), commitment.end());
  } else {
    body.swap(encoded);
  }
  const Hash leaf = evidence::leaf_hash(
      leaf_of(seq, head.at, class_number, head.policy, evidence::commit(salt, header, body)));

  const Cell cells[] = {seq,
                        head.at.micros,
                        std::int64_t{class_number},
                        head.policy,
                        Cell::blob(evidence::text_of(salt)),
                        Cell::blob(evidence::text_of(header)),
                        Cell::blob(evidence::text_of(body)),
                        Cell::blob(evidence::text_of(leaf)),
                        sealed ? Cell(sealed_for) : Cell(),
                        sealed ? Cell::blob(evidence::text_of(encoded)) : Cell()};
  CONNEX_CHECK(tx.insert(entry::kTable, cells));
  Result<void> indexed;
  for_each_index_row(content, named, class_number, [&](audit_index::Kind kind, std::string_view id) {
    const Cell row[] = {std::int64_t{kind}, id, seq};
    if (indexed) indexed = tx.insert(audit_index::kTable, row);
  });
  CONNEX_CHECK(std::move(indexed));

  std::array<Hash, kTileLevels> higher;  // hashes that higher tiles gain, lowest level first
  std::size_t gained = 0;
  head.frontier.append(leaf, [&](NodeId node, const Hash& hash) {
    if (node.level > 0) higher[gained++] = hash;
  });
  head.fresh.push_back(leaf);
  if (head.frontier.size() % kTileWidth == 0) {
    CONNEX_CHECK(store_tiles(tx, head, std::span(higher.data(), gained)));
    head.fresh.clear();
  }
  return {};
}

// Erases the index rows of entries that cannot tell any more which they are.
Result<void> erase_index_rows(WriteTransaction& tx, const std::set<Number>& numbers) {
  if (numbers.empty()) return {};
  struct IndexRow {
    std::int64_t kind;
    std::string id;
    Number seq;
  };
  std::vector<IndexRow> found;
  CONNEX_CHECK(tx.visit(audit_index::kTable, {.limit = kNoLimit}, [&](RowView row) -> Result<bool> {
    const Number seq = row.integer(audit_index::seq);
    if (numbers.contains(seq))
      found.push_back({row.integer(audit_index::kind), std::string(row.bytes(audit_index::id)), seq});
    return true;
  }));
  for (const IndexRow& row : found) {
    const Cell key[] = {row.kind, std::string_view(row.id), row.seq};
    CONNEX_CHECK(tx.erase(audit_index::kTable, key));
  }
  return {};
}

// Deletes entries of one class, under one record.
Result<void> delete_class(WriteTransaction& tx, AuditHead& head, std::string_view policy,
                          const AuditDeletion& deletion, RecordClass record_class,
                          std::span<const Row> rows) {
  std::vector<Number> numbers;
  std::vector<evidence::LeafBytes> leaves;
  evidence::Sha256 digest;
  for (const Row& row : rows) {
    CONNEX_TRY(leaf, leaf_of(row));
    if (!is_unaltered(row)) return corrupt("an audit entry was altered");
    digest.update(evidence::leaf_hash(leaf));
    leaves.push_back(leaf);
    numbers.push_back(row.integer(entry::seq));
  }
  AuditContent record;
  record.actor = "system";
  record.role = "system";
  record.command = kDeletion;
  record.object = deletion.request;
  record.rule = deletion.rule;
  record.effect = Effect::permit;
  record.outcome = "done";
  record.policy = policy;
  record.details = {{"reason", std::string(name(deletion.reason))},
                    {"class", std::string(name(record_class))},
                    {"entries", text_of_ranges(numbers)},
                    {"count", std::to_string(numbers.size())},
                    {"digest", evidence::to_hex(digest.finish())},
                    {"holds", deletion.holds}};
  const Number seq = head.next();
  CONNEX_CHECK(append(tx, head, record, kKeptWithLog));
  std::set<Number> destroyed;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Cell stub[] = {numbers[i], Cell::blob(evidence::text_of(leaves[i])), seq};
    CONNEX_CHECK(tx.insert(audit_leaf::kTable, stub));
    const Cell key[] = {numbers[i]};
    CONNEX_CHECK(tx.erase(entry::kTable, key));
    if (is_destroyed(rows[i])) {
      destroyed.insert(numbers[i]);
      continue;
    }
    CONNEX_TRY(content, content_of(rows[i], persons_of(tx)));
    Result<void> erased;
    const auto number = static_cast<std::int64_t>(record_class);
    for_each_index_row(content, content.named, number, [&](audit_index::Kind kind, std::string_view id) {
      const Cell row[] = {std::int64_t{kind}, id, numbers[i]};
      if (auto gone = tx.erase(audit_index::kTable, row); !gone) erased = std::move(gone).error();
    });
    CONNEX_CHECK(std::move(erased));
  }
  return erase_index_rows(tx, destroyed);
}

}  // namespace

Result<void> append_entry(WriteTransaction& tx, AuditHead& head, const AuditContent& content,
                          RecordClass record_class) {
  return append(tx, head, content, static_cast<std::uint8_t>(record_class));
}

Result<void> delete_entries(WriteTransaction& tx, AuditHead& head, std::string_view policy,
                            const AuditDeletion& deletion) {
  const auto refused = [](const char* message) {
    return Error{ErrorCode::invalid_argument, message, ""};
  };
  if (deletion.entries.size() > kMaxDeletion) return refused("too many audit entries at once");
  if (deletion.reason == DeletionReason::erasure && deletion.request.empty())
    return refused("an erasure needs its request");
  std::vector<Number> numbers = deletion.entries;
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (!numbers.empty() && (numbers.front() < 0 || numbers.back() >= head.next()))
    return refused("the log has no such entry");
  std::map<std::int64_t, std::vector<Row>> classes;
  for (const Number number : numbers) {
    Row row;
    const Cell key[] = {number};
    CONNEX_TRY(found, tx.get(entry::kTable, key, row));
    if (found && row.integer(entry::record_class) != kKeptWithLog)
      classes[row.integer(entry::record_class)].push_back(std::move(row));
  }
  for (const auto& [number, rows] : classes)
    CONNEX_CHECK(delete_class(tx, head, policy, deletion, static_cast<RecordClass>(number), rows));
  return {};
}

namespace {

Result<std::vector<Number>> list_numbers(ReadTransaction& tx, audit_index::Kind kind, std::string_view id,
                                         Number from, std::uint32_t limit) {
  const Cell equal[] = {std::int64_t{kind}, id};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(audit_index::kTable, {.equal = equal, .from = from, .limit = limit}, rows));
  std::vector<Number> numbers;
  for (const Row& row : rows) numbers.push_back(row.integer(audit_index::seq));
  return numbers;
}

}  // namespace

Result<std::vector<Number>> list_numbers(ReadTransaction& tx, RecordClass record_class, Number from,
                                         std::uint32_t limit) {
  return list_numbers(tx, audit_index::record_class, name(record_class), from, limit);
}

Result<std::vector<Number>> list_numbers(ReadTransaction& tx, EntriesOf whose, std::string_view id,
                                         Number from, std::uint32_t limit) {
  if (whose == EntriesOf::visit) return list_numbers(tx, audit_index::visit, id, from, limit);
  CONNEX_TRY(numbers, list_numbers(tx, audit_index::subject, id, from, limit));  // of before there were tokens
  CONNEX_TRY(tokens, tokens_of(tx, id));
  std::ranges::sort(tokens, {}, &TokenOf::stretch);  // and so are the entries in which they stand
  std::size_t found = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0 && tokens[i].stretch != tokens[i - 1].stretch && found >= limit) break;
    for (const audit_index::Kind kind : {audit_index::subject, audit_index::named}) {
      if (kind == audit_index::named && whose != EntriesOf::person) continue;
      CONNEX_TRY(more, list_numbers(tx, kind, text_of(tokens[i].token), from, limit));
      numbers.insert(numbers.end(), more.begin(), more.end());
      found += more.size();
    }
  }
  std::ranges::sort(numbers);
  if (numbers.size() > limit) numbers.resize(limit);
  return numbers;
}

Result<std::vector<TokenOf>> tokens_of(ReadTransaction& tx, std::string_view person) {
  Persons* const persons = persons_of(tx);
  return persons != nullptr ? persons->tokens_of(person) : std::vector<TokenOf>();
}

Result<std::optional<AuditEntry>> find_entry(ReadTransaction& tx, Number seq) {
  std::optional<AuditEntry> found;
  Row row;
  const Cell key[] = {seq};
  CONNEX_TRY(there, tx.get(entry::kTable, key, row));
  if (there) CONNEX_CHECK(read_entry(row, persons_of(tx), found.emplace()));
  return found;
}

Result<std::optional<AuditEntry>> look_at_entry(ReadTransaction& tx, Number seq) {
  std::optional<AuditEntry> found;
  Row row;
  const Cell key[] = {seq};
  CONNEX_TRY(there, tx.get(entry::kTable, key, row));
  if (!there) return found;
  const auto read = read_entry(row, persons_of(tx), found.emplace());
  if (!read && read.error().code != ErrorCode::corrupt) return read.error();
  if (read && !is_unaltered(row)) found->reading = Reading::damaged;
  return found;
}

Result<std::vector<AuditEntry>> list_entries(ReadTransaction& tx, Number first, std::uint32_t limit) {
  std::vector<AuditEntry> entries;
  CONNEX_CHECK(visit_entries(tx, first, limit, [&](const AuditEntry& read) {
    entries.push_back(read);
    return true;
  }));
  return entries;
}

Result<void> visit_entries(ReadTransaction& tx, Number first, std::uint32_t limit, const EntryUse& use) {
  AuditEntry read;
  Persons* const persons = persons_of(tx);
  return tx.visit(entry::kTable, {.from = first, .limit = limit}, [&](RowView row) -> Result<bool> {
    const auto done = read_entry(row, persons, read);
    if (!done && done.error().code != ErrorCode::corrupt) return done.error();
    return use(read);  // which says itself what it is
  });
}

Result<bool> tells_of_sums(ReadTransaction& tx) {
  bool tells = false;
  CONNEX_CHECK(tx.visit(entry::kTable, {.limit = kNoLimit, .descending = true}, [&](RowView row) -> Result<bool> {
    AuditContent content;
    tells = form_of(row) == kTokenHeader ||
            (form_of(row) == kPlainHeader && read_content(row, nullptr, content) && content.command == kTablesSummed);
    return !tells;
  }));
  return tells;
}

Result<AuditVerification> verify_log(ReadTransaction& tx, const AuditChecks& checks) {
  CONNEX_TRY(head, load_head(tx));
  AuditVerification result;
  result.entries = head.next();
  const auto report = [&](Number seq, std::string_view what) {
    if (result.violations.size() < kMaxViolations) result.violations.push_back({seq, std::string(what)});
  };
  TilesAtHand stored(tx);
  const std::uint64_t first_open_leaf = head.frontier.size() / kTileWidth * kTileWidth;
  const IndexSum index_sum;
  IndexWalk index(tx, index_sum);
  std::uint64_t indexed = 0;

  Frontier frontier;
  DeletionRecords records(tx);
  StubsInOrder stubs(tx);
  Instant last;
  Number last_policy = 0;
  Number next = 0;
  bool tokens = false;  // an entry had some: from there on none lies open but of what the engine itself does
  bool summed = false;
  const auto here = [&](std::string_view what) { report(next, what); };
  const auto append = [&](const Hash& hash) {
    frontier.append(hash, [&](NodeId node, const Hash& computed) {
      if (node.level == 0 && node.index >= first_open_leaf) return;
      if (!stored.holds(node, computed)) here("tile altered");
    });
    if (checks.anchor && checks.anchor->size == next + 1 && frontier.root() != checks.anchor->root)
      here("not the log of the anchor");
    ++next;
  };
  // What stays of entry `next`, where it has gone.
  const auto stub_of_next = [&]() -> Result<std::optional<Stub>> {
    CONNEX_TRY(row, stubs.find(next));
    std::optional<Stub> stub;
    if (row != nullptr && !(stub = read_stub(*row))) here("leaf altered");
    return stub;
  };
  // Entries up to `end` are not there.
  const auto pass_gap = [&](Number end) -> Result<void> {
    while (next < end) {
      CONNEX_TRY(gone, stub_of_next());
      if (!gone) {
        here("entry missing");
        frontier.append(Hash{});
        if (++next < end && result.violations.size() == kMaxViolations) next = end;  // however far a head was moved
        continue;
      }
      CONNEX_TRY(wrong, check_removed(next, *gone, records, tokens, checks.removal));
      if (wrong.empty()) {
        ++result.removed;
      } else {
        here(wrong);
      }
      append(evidence::leaf_hash(gone->leaf));
    }
    return {};
  };
  // What is wrong with an entry whose leaf is known; empty: nothing.
  const auto fault_of = [&](const Examined& e, bool destroyed) -> Result<std::string_view> {
    if (!e.unaltered) return std::string_view("entry altered");
    if (!destroyed && !e.read) return std::string_view(e.read.error().message);
    if (e.at < last) return std::string_view("entry out of order in time");
    if (destroyed) return std::string_view();
    bool told = true;
    if (e.content.unlinked() && checks.unlinked) {
      CONNEX_TRY(lawful, checks.unlinked(static_cast<RecordClass>(e.class_number), e.at, e.content.named));
      told = lawful;
    }
    CONNEX_TRY(sound, checks.entry(e.seq, e.content));
    return std::string_view(!told ? "whom the entry names is lost" : !sound ? "what the entry tells of is missing" : "");
  };
  const auto judge = [&](const Examined& e) -> Result<void> {
    if (!e.failed) return e.failed;
    CONNEX_CHECK(pass_gap(e.seq));
    CONNEX_TRY(gone, stub_of_next());
    if (gone) here("removed entry has come back");
    last_policy = e.policy;
    bool destroyed = false;
    if (e.destroyed_of) {
      CONNEX_TRY(lawful, checks.destroyed(*e.destroyed_of, static_cast<RecordClass>(e.class_number), e.at));
      destroyed = lawful;
      result.removed += destroyed ? 1 : 0;
    }
    if (!e.hash) {
      here(e.lost);
      append(Hash{});
      return {};
    }
    CONNEX_TRY(fault, fault_of(e, destroyed));
    if (!fault.empty()) here(fault);
    last = std::max(last, e.at);
    const bool of_sums = e.read && e.content.command == kTablesSummed;
    if (e.form == kTokenHeader) {
      tokens = true;
    } else if (tokens && (e.read || destroyed) && !of_sums && e.class_number != kKeptWithLog) {
      here("an entry lies open");
    }
    if (of_sums && (tokens || summed || std::ranges::find(e.content.details, sums_taken_out()) != e.content.details.end()))
      here("the sums over the tables had been taken out: nothing vouches for rows of before");
    summed = summed || of_sums;
    if (e.read) {
      indexed += e.indexed;
      if (e.class_number == kKeptWithLog) {
        const auto record = read_deletion(e.class_number, e.at, e.policy, e.content);
        bool sound = false;
        if (record) {
          CONNEX_TRY(same, matches(tx, next, *record));
          sound = same;
        }
        if (!sound) here("deletion record does not match what is gone");
      }
    }
    append(*e.hash);
    return {};
  };
  // Where more than one thread was asked for, entries are examined while others are read and the index is walked. What
  // comes of it is judged here, in their order.
  std::vector<Examiner> examiners;
  for (std::size_t i = 0; i < std::max<std::size_t>(checks.threads, 1); ++i) {
    CONNEX_TRY(examiner, Examiner::begin(tx, index_sum));
    examiners.push_back(std::move(examiner));
  }
  const Range entries{.from = 0, .below = head.next(), .limit = kNoLimit};
  ReadTransaction& shut = Vault::stored(tx);
  if (examiners.size() == 1) {
    Examined e;
    const auto examine = [&](RowView row) -> Result<bool> {
      examiners.front().examine(row, e);
      CONNEX_CHECK(judge(e));
      return true;
    };
    CONNEX_CHECK(shut.visit(entry::kTable, entries, examine));
  } else {
    struct OnItsWay {
      Row row;
      Examined e;
    };
    using Line = InOrder<OnItsWay>;
    std::vector<Line::Work> works;
    for (Examiner& examiner : examiners)
      works.emplace_back([&examiner](OnItsWay& entry) { examiner.examine(entry.row, entry.e); });
    Line line(std::move(works), [&](const OnItsWay& entry) { return judge(entry.e); });
    std::size_t read = 0;
    const auto pass_on = [&](RowView row) -> Result<bool> {
      CONNEX_CHECK(line.put(row.bytes(entry::content).size(), [&](OnItsWay& entry) { entry.row.assign(row); }));
      if (++read % Line::kBatch == 0) CONNEX_CHECK(index.go_on(4 * Line::kBatch));
      return true;
    };
    CONNEX_CHECK(shut.visit(entry::kTable, entries, pass_on));
    CONNEX_CHECK(line.finish());
  }
  CONNEX_CHECK(pass_gap(head.next()));
  std::vector<Row> rows;
  for (const Table* table : {&entry::kTable, &audit_leaf::kTable}) {
    rows.clear();
    CONNEX_CHECK(tx.scan(*table, {.from = head.next(), .limit = 1}, rows));
    if (!rows.empty()) report(rows.front().integer(entry::seq), "entry beyond the head");
    rows.clear();
    CONNEX_CHECK(tx.scan(*table, {.below = 0, .limit = 1}, rows));
    if (!rows.empty()) report(head.next(), "entry before the first");
  }
  if (checks.anchor && checks.anchor->size > head.next()) report(head.next(), "log ends before the anchor");
  CONNEX_CHECK(check_tile_widths(tx, head.next(), report));
  CONNEX_TRY(there, index.finish());
  if (indexed != there) CONNEX_CHECK(find_index_faults(tx, head.next(), report));
  // The head repeats time and policy of the last entry, which may have gone only where a record came after it.
  if (head.at != last || head.policy != last_policy) report(head.next(), "head altered");
  result.root = head.frontier.root();
  if (frontier.root() != result.root) report(head.next(), "root mismatch");
  std::stable_sort(result.violations.begin(), result.violations.end(),
                   [](const AuditViolation& a, const AuditViolation& b) { return a.seq < b.seq; });
  return result;
}

struct EntryProver::State {
  State(ReadTransaction& transaction, Number log_size)
      : tx(transaction), size(log_size), nodes(hash_source(transaction, log_size)) {}

  ReadTransaction& tx;
  Number size;
  evidence::StoredNodes nodes;
  Row row;
  AuditContent content;
  std::map<Token, std::optional<TokenOf>> people = {};
};

EntryProver::EntryProver(std::unique_ptr<State> state) : state_(std::move(state)) {}
EntryProver::EntryProver(EntryProver&&) noexcept = default;
EntryProver::~EntryProver() = default;

Result<EntryProver> EntryProver::begin(ReadTransaction& tx) {
  CONNEX_TRY(head, load_head(tx));
  return EntryProver(std::make_unique<State>(tx, head.next()));
}

Result<InclusionProof> EntryProver::prove(Number seq, std::optional<Number> size, StoredEntry* stored) {
  if (size && (*size < 1 || *size > state_->size))
    return Error{ErrorCode::not_found, "the log is not of this size yet", "/args/size"};
  const Number end = size.value_or(state_->size);
  if (seq < 0 || seq >= end) return Error{ErrorCode::not_found, "the log has no such entry", "/args/seq"};
  Row& row = state_->row;
  // What is damaged names nobody, and is for verify_log to tell of.
  const auto find_people = [&](RowView read, std::vector<TokenOf>& found) -> Result<void> {
    Persons* const persons = persons_of(state_->tx);
    if (persons == nullptr || !read_content(read, persons, state_->content)) return {};
    for (const NamedPerson& person : state_->content.named) {
      auto known = state_->people.find(person.token);
      if (known == state_->people.end()) {
        CONNEX_TRY(token, persons->find_token(person.token));
        known = state_->people.emplace(person.token, std::move(token)).first;
      }
      if (known->second) found.push_back(*known->second);
    }
    return {};
  };
  const Cell key[] = {seq};
  InclusionProof proof;
  proof.seq = seq;
  proof.size = end;
  CONNEX_TRY(there, state_->tx.get(entry::kTable, key, row));
  if (there) {
    CONNEX_TRY(leaf, leaf_of(row));
    proof.leaf = leaf;
    if (stored != nullptr) {
      *stored = {.salt = std::string(row.bytes(entry::salt)),
                 .header = std::string(row.bytes(entry::header)),
                 .body = std::string(row.bytes(entry::body)),
                 .content = std::string(row.bytes(entry::content)),
                 .deletion = std::nullopt,
                 .reading = is_destroyed(row) ? Reading::destroyed : Reading::whole};
      if (form_of(row) == kTokenHeader) CONNEX_CHECK(find_people(row, stored->people));
    }
  } else {
    CONNEX_TRY(removed, state_->tx.get(audit_leaf::kTable, key, row));
    const std::optional<Stub> stub = removed ? read_stub(row) : std::nullopt;
    if (!stub) return corrupt("an audit entry is missing");
    proof.leaf = stub->leaf;
    if (stored != nullptr) *stored = {.deletion = stub->deletion};
  }
  proof.leaf_hash = evidence::leaf_hash(proof.leaf);
  CONNEX_TRY(path, evidence::prove_inclusion(static_cast<std::uint64_t>(seq), static_cast<std::uint64_t>(end),
                                             state_->nodes));
  proof.path = std::move(path);
  CONNEX_TRY(root, evidence::stored_root(static_cast<std::uint64_t>(end), state_->nodes));
  proof.root = root;
  return proof;
}

Result<InclusionProof> prove_entry(ReadTransaction& tx, Number seq, std::optional<Number> size) {
  CONNEX_TRY(prover, EntryProver::begin(tx));
  return prover.prove(seq, size);
}

Result<ConsistencyProof> prove_growth(ReadTransaction& tx, Number from, Number to) {
  CONNEX_TRY(head, load_head(tx));
  if (to > head.next() || to < 1)
    return Error{ErrorCode::not_found, "the log is not of this size yet", "/args/to"};
  if (from < 1 || from > to)
    return Error{ErrorCode::not_found, "the log was not of this size before", "/args/from"};
  evidence::StoredNodes nodes(hash_source(tx, head.next()));
  const auto small = static_cast<std::uint64_t>(from);
  const auto large = static_cast<std::uint64_t>(to);
  CONNEX_TRY(from_root, evidence::stored_root(small, nodes));
  CONNEX_TRY(to_root, evidence::stored_root(large, nodes));
  CONNEX_TRY(path, evidence::prove_consistency(small, large, nodes));
  return ConsistencyProof{from, to, from_root, to_root, std::move(path)};
}

}  // namespace connex::services
