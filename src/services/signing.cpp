#include "services/signing.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <limits>

#include "evidence/base64.hpp"
#include "evidence/jws.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

constexpr std::size_t kOriginBytes = 8;

std::string seed_name(Number epoch) { return "sign/" + std::to_string(epoch); }

// What a key signs of the one that follows it.
std::string endorsement_text(std::string_view origin, const KeyEpoch& next) {
  return std::string("connex/key/v1\n")
      .append(origin)
      .append("\n")
      .append(std::to_string(next.epoch))
      .append("\n")
      .append(std::to_string(next.seq))
      .append("\n")
      .append(std::to_string(next.since.micros))
      .append("\n")
      .append(evidence::to_base64(next.key))
      .append("\n");
}

evidence::NoteVerifier verifier_of(std::string_view origin, const KeyEpoch& key) {
  return {key_name(origin, key.epoch), key.key};
}

std::array<Cell, 5> cells_of(const KeyEpoch& key) {
  return {key.epoch, Cell::blob(evidence::text_of(key.key)), key.seq, key.since.micros,
          std::string_view(key.endorsement)};
}

Result<void> keep(Context& context, const KeyEpoch& key, Outcome& outcome) {
  CONNEX_CHECK(context.write().insert(signing_key::kTable, cells_of(key)));
  outcome.details.push_back({"signing_key", evidence::to_hex(key.key)});
  return {};
}

using OwnKey = std::shared_ptr<const evidence::SigningKey>;

Result<OwnKey> key_from(const evidence::SecretBytes& seed) {
  if (seed.size() != 32) return Error{ErrorCode::corrupt, "the seed of a signing key cannot be read", ""};
  return OwnKey(std::make_shared<const evidence::SigningKey>(evidence::KeyView(seed.view().data(), 32)));
}

// The key of an epoch that begins.
Result<OwnKey> make_key(Vault& vault, Number epoch) {
  CONNEX_TRY(seed, vault.secret(seed_name(epoch)));
  return key_from(seed);
}

// The key of an epoch on file; none where its seed is not at hand. A seed is not made up for it.
Result<OwnKey> find_key(Vault& vault, const KeyEpoch& epoch) {
  CONNEX_TRY(seed, vault.find_secret(seed_name(epoch.epoch)));
  if (!seed) return OwnKey();
  CONNEX_TRY(key, key_from(*seed));
  return key->public_key() == epoch.key ? key : OwnKey();
}

// The first key, before which there is none to sign for it, and one that comes after a key was lost: the entry that
// tells of it may go.
Result<void> sign_for_itself(std::string_view origin, KeyEpoch& epoch, const OwnKey& key) {
  const evidence::NoteSigner signer{key_name(origin, epoch.epoch), key};
  CONNEX_TRY(note, evidence::sign_note(endorsement_text(origin, epoch), std::span(&signer, 1)));
  epoch.endorsement = note;
  return {};
}

// Who signed that the key follows the one before it: that one, or nobody but itself.
enum class Endorsed : std::uint8_t { not_at_all, by_itself, by_the_last };

Endorsed endorsed(std::string_view origin, const KeyEpoch& before, const KeyEpoch& key) {
  const auto signed_by = [&](const KeyEpoch& by) {
    const evidence::NoteVerifier verifier = verifier_of(origin, by);
    const auto note = evidence::open_note(key.endorsement, std::span(&verifier, 1));
    return note && note->text == endorsement_text(origin, key);
  };
  if (signed_by(before)) return Endorsed::by_the_last;
  return signed_by(key) ? Endorsed::by_itself : Endorsed::not_at_all;
}

constexpr std::string_view kLostKey = "lost_key";  // a detail: the epoch whose key is not at hand any more

bool is_checkpoint(std::string_view command) noexcept {
  return command == "audit.checkpoint" || command == "audit.export";
}

// Whether the key of `keys[i]` signs heads of this size.
bool signs(std::span<const KeyEpoch> keys, std::size_t i, Number size) {
  return (i == 0 || size > keys[i].seq) && (i + 1 == keys.size() || size <= keys[i + 1].seq);
}

Result<evidence::Checkpoint> open_own(std::span<const KeyEpoch> keys, std::string_view note) {
  const std::string origin = origin_of(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const evidence::NoteVerifier verifier = verifier_of(origin, keys[i]);
    auto opened = evidence::open_checkpoint(note, origin, std::span(&verifier, 1));
    if (opened && signs(keys, i, static_cast<Number>(opened->size))) return opened;
  }
  return Error{ErrorCode::corrupt, "the checkpoint is not signed by the key of its time", ""};
}

}  // namespace

Result<std::vector<KeyEpoch>> list_keys(ReadTransaction& tx) {
  namespace t = signing_key;
  std::vector<KeyEpoch> keys;
  CONNEX_CHECK(tx.visit(t::kTable, {.limit = store::kNoLimit}, [&](store::RowView row) -> Result<bool> {
    KeyEpoch key{row.integer(t::epoch),
                 {},
                 row.integer(t::seq),
                 {row.integer(t::since)},
                 std::string(row.bytes(t::endorsement))};
    const std::string_view bytes = row.bytes(t::public_key);
    if (bytes.size() != key.key.size()) return Error{ErrorCode::corrupt, "a signing key cannot be read", ""};
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(key.key.data()));
    keys.push_back(std::move(key));
    return true;
  }));
  return keys;
}

std::string origin_of(std::span<const KeyEpoch> keys) {
  if (keys.empty()) return {};
  return "connex/" + evidence::to_hex(evidence::ByteView(keys.front().key).first(kOriginBytes));
}

std::string key_name(std::string_view origin, Number epoch) {
  return std::string(origin).append("/").append(std::to_string(epoch));
}

Result<Signer> current_signer(Context& context, Outcome& outcome) {
  CONNEX_TRY(keys, list_keys(context.read()));
  if (keys.empty()) {
    CONNEX_TRY(first, make_key(context.vault(), 1));
    keys.push_back({1, first->public_key(), context.seq, context.now, {}});
    CONNEX_CHECK(sign_for_itself(origin_of(keys), keys.back(), first));
    CONNEX_CHECK(keep(context, keys.back(), outcome));
    return Signer{origin_of(keys), keys.back(), std::move(first)};
  }
  CONNEX_TRY(key, find_key(context.vault(), keys.back()));
  if (!key) return Error{ErrorCode::unsupported, "the signing key of this log is not at hand", ""};
  return Signer{origin_of(keys), keys.back(), std::move(key)};
}

Result<std::optional<Signer>> signer_at_hand(Context& context, Outcome& outcome) {
  auto signer = current_signer(context, outcome);
  if (signer) return std::optional(std::move(*signer));
  if (signer.error().code == ErrorCode::unsupported) return std::optional<Signer>();
  return std::move(signer).error();
}

Result<void> endorse_first_key(Vault& vault) {
  const auto is_unsigned = [](ReadTransaction& tx) -> Result<bool> {
    Row row;
    const Cell key[] = {Number{1}};
    CONNEX_TRY(found, tx.get(signing_key::kTable, key, row));
    return found && row.is_null(signing_key::endorsement);
  };
  {
    CONNEX_TRY(tx, vault.begin_read());
    CONNEX_TRY(needed, is_unsigned(*tx));
    if (!needed) return {};
  }
  CONNEX_TRY(tx, vault.begin_write());
  CONNEX_TRY(needed, is_unsigned(*tx));
  const auto keys = list_keys(*tx);
  if (!needed || !keys) return {};  // a key that cannot be read is for `audit.verify` to tell
  KeyEpoch first = keys->front();
  const auto entry = find_entry(*tx, first.seq);
  if (!entry || !*entry || (*entry)->at != first.since) return {};
  const Detail told{"signing_key", evidence::to_hex(first.key)};
  if (std::ranges::find((*entry)->content.details, told) == (*entry)->content.details.end()) return {};
  CONNEX_TRY(key, find_key(vault, first));
  if (!key) return {};
  CONNEX_CHECK(sign_for_itself(origin_of(std::span(&first, 1)), first, key));
  CONNEX_CHECK(tx->update(signing_key::kTable, cells_of(first)));
  return tx->commit();
}

Result<Signer> replace_lost_key(Context& context, Outcome& outcome) {
  CONNEX_TRY(keys, list_keys(context.read()));
  if (keys.empty()) return conflict("there is no key that could be lost", "lost");
  CONNEX_TRY(old, find_key(context.vault(), keys.back()));
  if (old) return conflict("the signing key is at hand: it signs for the next one", "lost");
  const std::string origin = origin_of(keys);
  CONNEX_TRY(key, make_key(context.vault(), keys.back().epoch + 1));
  KeyEpoch next{keys.back().epoch + 1, key->public_key(), context.seq, context.now, {}};
  CONNEX_CHECK(sign_for_itself(origin, next, key));
  CONNEX_CHECK(keep(context, next, outcome));
  outcome.details.push_back({std::string(kLostKey), std::to_string(keys.back().epoch)});
  return Signer{origin, std::move(next), std::move(key)};
}

Result<Signer> rotate_key(Context& context, Outcome& outcome) {
  CONNEX_TRY(old, current_signer(context, outcome));
  if (old.epoch.seq == context.seq) return old;  // made just now
  CONNEX_TRY(key, make_key(context.vault(), old.epoch.epoch + 1));
  KeyEpoch next{old.epoch.epoch + 1, key->public_key(), context.seq, context.now, {}};
  const evidence::NoteSigner signer{old.key_id(), old.key};
  CONNEX_TRY(note, evidence::sign_note(endorsement_text(old.origin, next), std::span(&signer, 1)));
  next.endorsement = note;
  CONNEX_CHECK(keep(context, next, outcome));
  return Signer{old.origin, std::move(next), std::move(key)};
}

Result<std::string> sign_token(const Signer& signer, std::string_view type,
                               const boost::json::object& claims) {
  const std::string payload = boost::json::serialize(claims);
  return evidence::sign_jws({signer.key_id(), std::string(type)}, evidence::bytes_of(payload), *signer.key);
}

Result<std::string> sign_receipt(const Context& context, const Signer& signer, const Disposal& disposal) {
  boost::json::object claims{
      {"iss", signer.origin},
      {"sub", disposal.record},
      {"jti", std::string(disposal.record).append(":").append(std::to_string(context.seq))},
      {"iat", context.now.micros / kMicrosPerSecond},
      {"class", name(disposal.record_class)},
      {"what", disposal.what},
      {"clause", disposal.clause},
      {"policy", context.policy.digest},
      {"entry", context.seq}};
  if (!disposal.order.empty()) claims["order"] = disposal.order;
  if (!disposal.evidence.empty()) claims["evidence"] = disposal.evidence;
  return sign_token(signer, "connex-receipt+jwt", claims);
}

Result<SignedHead> sign_head(Context& context, const Signer& signer, Outcome& outcome) {
  namespace t = audit_checkpoint;
  CONNEX_TRY(head, load_head(context.read()));
  // INVARIANT: what is signed was committed before, and is durable before anybody sees the signature.
  CONNEX_CHECK(context.surroundings.store->make_durable());
  SignedHead signed_head{head.next(), head.frontier.root(), {}};
  const evidence::Checkpoint checkpoint{signer.origin, head.frontier.size(), signed_head.root, {}};
  const evidence::NoteSigner by{signer.key_id(), signer.key};
  CONNEX_TRY(note, evidence::sign_checkpoint(checkpoint, std::span(&by, 1)));
  signed_head.note = note;
  CONNEX_TRY(known, find_checkpoint(context.read(), signed_head.size));
  if (!known) {
    const Cell cells[] = {signed_head.size, std::string_view(note), signer.epoch.epoch, context.now.micros};
    CONNEX_CHECK(context.write().insert(t::kTable, cells));
  }
  outcome.details.push_back({"size", std::to_string(signed_head.size)});
  outcome.details.push_back({"root", evidence::to_hex(signed_head.root)});
  outcome.checkpoint = signed_head.note;
  return signed_head;
}

Result<std::optional<std::string>> find_checkpoint(ReadTransaction& tx, Number size) {
  Row row;
  const Cell key[] = {size};
  CONNEX_TRY(found, tx.get(audit_checkpoint::kTable, key, row));
  if (!found) return std::optional<std::string>();
  return std::optional(std::string(row.bytes(audit_checkpoint::note)));
}

Result<std::optional<Anchor>> open_anchor(ReadTransaction& tx, std::string_view note) {
  CONNEX_TRY(keys, list_keys(tx));
  const auto checkpoint = open_own(keys, note);
  if (!checkpoint) return std::optional<Anchor>();
  return std::optional(Anchor{static_cast<Number>(checkpoint->size), checkpoint->root});
}

Result<bool> signatures_kept(ReadTransaction& tx, Number seq, const AuditContent& content) {
  if (content.outcome != "done") return true;
  std::optional<Number> size;
  for (const Detail& detail : content.details) {
    if (detail.name == "signing_key") {
      CONNEX_TRY(keys, list_keys(tx));
      const auto told = [&](const KeyEpoch& key) {
        return key.seq == seq && evidence::to_hex(key.key) == detail.value;
      };
      if (std::ranges::none_of(keys, told)) return false;
    } else if (detail.name == "size" && is_checkpoint(content.command)) {
      Number value = 0;
      const auto read =
          std::from_chars(detail.value.data(), detail.value.data() + detail.value.size(), value);
      if (read.ec == std::errc()) size = value;
    } else if (detail.name == "root" && size) {
      CONNEX_TRY(kept, find_checkpoint(tx, *size));
      const auto note = evidence::parse_note(kept.value_or(""));
      if (!note) return false;
      const auto checkpoint = evidence::parse_checkpoint(note->text);
      if (!checkpoint || evidence::to_hex(checkpoint->root) != detail.value) return false;
    }
  }
  return true;
}

Result<void> check_signatures(ReadTransaction& tx, AuditVerification& result) {
  const auto report = [&](Number seq, const char* what) {
    if (result.violations.size() < kMaxViolations)
      result.violations.push_back({std::clamp<Number>(seq, 0, result.entries), what});
  };
  CONNEX_TRY(keys, list_keys(tx));
  const std::string origin = origin_of(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const KeyEpoch& key = keys[i];
    const KeyEpoch& before = keys[i > 0 ? i - 1 : 0];
    const Endorsed by = endorsed(origin, before, key);
    bool sound = key.epoch == static_cast<Number>(i) + 1 && by != Endorsed::not_at_all &&
                 (i == 0 || key.seq > before.seq);
    if (by == Endorsed::by_itself) result.breaks.push_back({key.epoch, key.seq});
    auto entry = find_entry(tx, key.seq);
    if (!entry && entry.error().code != ErrorCode::corrupt) return std::move(entry).error();
    if (entry && *entry) {  // the entry may have gone lawfully
      const Details& details = (*entry)->content.details;
      const auto tells = [&](const Detail& detail) {
        return std::find(details.begin(), details.end(), detail) != details.end();
      };
      sound = sound && (*entry)->at == key.since && tells({"signing_key", evidence::to_hex(key.key)}) &&
              (by == Endorsed::by_the_last || tells({std::string(kLostKey), std::to_string(before.epoch)}));
    }
    if (!sound) report(key.seq, "signing key altered");
  }
  namespace t = audit_checkpoint;
  constexpr std::uint32_t kPage = 500;
  std::vector<Row> rows;
  Number from = std::numeric_limits<Number>::min();
  do {
    rows.clear();
    CONNEX_CHECK(tx.scan(t::kTable, {.from = from, .limit = kPage}, rows));
    for (const Row& row : rows) {
      const Number size = row.integer(t::size);
      const auto opened = open_own(keys, row.bytes(t::note));
      const auto epoch = row.integer(t::epoch);
      if (!opened || static_cast<Number>(opened->size) != size || epoch < 1 ||
          epoch > static_cast<Number>(keys.size()) ||
          !signs(keys, static_cast<std::size_t>(epoch - 1), size)) {
        report(size, "checkpoint altered");
        continue;
      }
      auto entry = find_entry(tx, size);  // of the command that asked for it
      if (!entry && entry.error().code != ErrorCode::corrupt) return std::move(entry).error();
      if (entry && *entry && (*entry)->at.micros != row.integer(t::at)) report(size, "checkpoint altered");
      const auto now = prove_growth(tx, size, size);
      if (!now || now->to_root != opened->root) report(size - 1, "not the log of its checkpoint");
    }
    if (!rows.empty()) from = rows.back().integer(t::size) + 1;
  } while (rows.size() == kPage);
  return {};
}

Result<boost::json::object> describe_keys(ReadTransaction& tx, UtcOffset offset) {
  CONNEX_TRY(keys, list_keys(tx));
  const std::string origin = origin_of(keys);
  boost::json::array list;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const KeyEpoch& key = keys[i];
    const evidence::NoteVerifier verifier = verifier_of(origin, key);
    boost::json::object one{{"epoch", key.epoch},
                            {"verifier", verifier.text()},
                            {"jwk",
                             {{"kty", "OKP"},
                              {"crv", "Ed25519"},
                              {"kid", verifier.name},
                              {"x", evidence::to_base64url(key.key)}}},
                            {"seq", key.seq},
                            {"since", format_instant(key.since, offset)}};
    one["endorsement"] = key.endorsement;
    if (i > 0) one["follows"] = endorsed(origin, keys[i - 1], key) == Endorsed::by_the_last;
    list.push_back(std::move(one));
  }
  return boost::json::object{{"origin", origin}, {"keys", std::move(list)}};
}

}  // namespace connex::services
