// Who signs: the keys of the log, their epochs, and what they sign. The identity of a log is its first key.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/checkpoint.hpp"
#include "services/audit_log.hpp"
#include "services/command.hpp"

namespace connex::services {

// A key as the store tells of it.
struct KeyEpoch {
  Number epoch = 0;
  evidence::PublicKey key{};
  Number seq = 0;
  Instant since;
  std::string endorsement;
};

// In order. Empty before the first.
Result<std::vector<KeyEpoch>> list_keys(ReadTransaction& tx);

// "connex/" and the start of the first key.
std::string origin_of(std::span<const KeyEpoch> keys);
std::string key_name(std::string_view origin, Number epoch);  // also the "kid" of tokens

// A key that may sign now.
struct Signer {
  std::string origin;
  KeyEpoch epoch;
  std::shared_ptr<const evidence::SigningKey> key;

  std::string key_id() const { return key_name(origin, epoch.epoch); }
};

// The current key; the first is made when there is none, and told in the details of `outcome`. `unsupported`
// when the seed at hand is not that of the key on file.
Result<Signer> current_signer(Context& context, Outcome& outcome);

// The same; nothing where the key is not at hand, for whoever can go on without.
Result<std::optional<Signer>> signer_at_hand(Context& context, Outcome& outcome);

// Before version 5 the first key did not sign for itself: it does so now, where its entry is still there to tell.
Result<void> endorse_first_key(Vault& vault);

// Begins a new epoch: the key in use signs for the next one.
Result<Signer> rotate_key(Context& context, Outcome& outcome);

// Begins a new epoch after the key in use was lost: nobody but itself signs for the new key, and the entry, the list of
// keys and every verification say that the log's signatures are not continuous there. `conflict` while the key is at hand.
Result<Signer> replace_lost_key(Context& context, Outcome& outcome);

// A token (compact JWS, EdDSA) of this type over a JSON object.
Result<std::string> sign_token(const Signer& signer, std::string_view type,
                               const boost::json::object& claims);

// That a record was disposed of, by whom, when and why.
struct Disposal {
  std::string_view record;
  RecordClass record_class = RecordClass::account;
  std::string_view what;  // erased, confirmed, unlinked
  std::string_view clause;
  std::string_view order;     // that the host carried out; empty: the engine did it itself
  std::string_view evidence;  // of the host
};

// A receipt for it (a token of the type `connex-receipt+jwt`), which names no person.
Result<std::string> sign_receipt(const Context& context, const Signer& signer, const Disposal& disposal);

struct SignedHead {
  Number size = 0;
  evidence::Hash root{};
  std::string note;
};

// The log as it was before this command, made durable first, then signed and kept; `outcome` tells of it.
Result<SignedHead> sign_head(Context& context, const Signer& signer, Outcome& outcome);

// The checkpoint of this size, where there is one on file.
Result<std::optional<std::string>> find_checkpoint(ReadTransaction& tx, Number size);

// What a checkpoint kept elsewhere says; nothing unless it is of this log and signed by the key of its time.
Result<std::optional<Anchor>> open_anchor(ReadTransaction& tx, std::string_view note);

// Whether the key or the checkpoint that an entry tells of, if it tells of one, is on file.
Result<bool> signatures_kept(ReadTransaction& tx, Number seq, const AuditContent& content);

// Adds what is wrong with keys and kept checkpoints.
Result<void> check_signatures(ReadTransaction& tx, AuditVerification& result);

// {origin, keys: [...]}
Result<boost::json::object> describe_keys(ReadTransaction& tx, UtcOffset offset);

}  // namespace connex::services
