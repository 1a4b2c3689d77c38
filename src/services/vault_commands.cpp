#include <boost/json/array.hpp>

#include "services/accounts.hpp"
#include "services/command_groups.hpp"
#include "services/try.hpp"
#include "services/vault.hpp"

namespace connex::services {
namespace {

constexpr std::int64_t kMostFound = 100;
constexpr std::int64_t kMostRewrapped = 10'000;

Result<Outcome> principal_find(Context& context, const Arguments& args) {
  if (args.has("email") == args.has("phone"))
    return invalid("give either an e-mail address or a telephone number");
  const std::string_view kind = args.has("email") ? "email" : "phone";
  auto found = context.vault().find(context.read(), kind, args.text(kind), kMostFound);
  if (!found) {
    if (found.error().code != ErrorCode::invalid_argument) return std::move(found).error();
    return invalid(std::move(found).error().message, kind);
  }
  Outcome outcome;
  outcome.record_class = RecordClass::access_log;
  outcome.details = {{"by", std::string(kind)}};
  boost::json::array people;
  for (std::string& id : *found) {
    CONNEX_TRY(person, find_account(context.read(), id));
    if (!person) continue;
    CONNEX_TRY(usable, is_usable(context, *person));
    if (!usable) continue;
    people.emplace_back(id);
    outcome.subjects.push_back(std::move(id));
  }
  outcome.result = {{"principals", std::move(people)}};
  return outcome;
}

Result<Outcome> key_rotate(Context& context, const Arguments& args) {
  const std::int64_t limit = args.has("limit") ? args.integer("limit") : kMostRewrapped;
  CONNEX_TRY(done, context.vault().rotate(static_cast<std::uint32_t>(limit)));
  Outcome outcome;
  outcome.details = {{"keys", done.done ? "rotated" : "rotating"}};
  outcome.result = {{"rewrapped", done.rewrapped}, {"done", done.done}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kPrincipalFind[] = {
    {"email", email, false, "e-mail address"},
    {"phone", phone, false, "telephone number"},
};
constexpr std::string_view kPrincipalFindClauses[] = {"C4-d"};
constexpr Argument kKeyRotate[] = {
    how_many("limit", "how many keys to wrap anew at most", kMostRewrapped)};
constexpr std::string_view kKeyRotateClauses[] = {"C4-c"};

constexpr Command kCommands[] = {
    {"principal.find", "Finds people by their e-mail address or telephone number", discloses, kAuditors,
     false, kPrincipalFind, kPrincipalFindClauses, principal_find},
    {"key.rotate", "Wraps the data keys under a new outer key; repeat it until it is done", changes,
     kOperator, false, kKeyRotate, kKeyRotateClauses, key_rotate},
};

}  // namespace

std::span<const Command> vault_commands() noexcept { return kCommands; }

}  // namespace connex::services
