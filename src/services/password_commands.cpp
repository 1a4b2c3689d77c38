// Passwords: hashed by bcrypt at the cost that the policy asks for, checked, and never kept. All of these
// only answer: neither the store nor the audit log sees what they are given.
#include "evidence/password.hpp"

#include "evidence/random.hpp"
#include "services/command_groups.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

Error without_value(Error error, std::string_view argument) {
  error.path = std::string("/args/").append(argument);
  return error;
}

Result<Outcome> password_hash(Context& context, const Arguments& args) {
  const int cost = context.policy.security.bcrypt_cost;
  if (cost > evidence::kMaxPasswordCost)
    return Error{ErrorCode::unsupported, "the policy asks for a cost that would stall the host", ""};
  auto hash = evidence::hash_password(args.text("password"), cost, evidence::random_secret);
  if (!hash) return without_value(std::move(hash).error(), "password");
  Outcome outcome;
  outcome.result = {{"hash", *hash}, {"cost", cost}};
  return outcome;
}

Result<Outcome> password_verify(Context& context, const Arguments& args) {
  const std::string_view hash = args.text("hash");
  auto matches = evidence::verify_password(args.text("password"), hash);
  if (!matches) return without_value(std::move(matches).error(), "hash");
  Outcome outcome;
  outcome.result = {
      {"matches", *matches},
      {"hash_again", *matches && !evidence::is_password_hash(hash, context.policy.security.bcrypt_cost)}};
  return outcome;
}

Result<Outcome> password_check(Context& context, const Arguments& args) {
  const auto parsed = evidence::parse_password_hash(args.text("hash"));
  Outcome outcome;
  outcome.result = {{"is_hash", parsed.has_value()},
                    {"sufficient", parsed && parsed->cost >= context.policy.security.bcrypt_cost}};
  if (parsed) outcome.result["cost"] = parsed->cost;
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr std::int64_t kMaxPassword = 1'024;  // beyond bcrypt's own limit, which is refused by name
constexpr Argument kPassword{"password", line, true, "the password: at most 72 bytes, never cut",
                             kMaxPassword};
constexpr Argument kHash{"hash", line, true, "a bcrypt hash", 200};
constexpr Argument kHashArguments[] = {kPassword};
constexpr Argument kVerifyArguments[] = {kPassword, kHash};
constexpr Argument kCheckArguments[] = {kHash};
constexpr std::string_view kClauses[] = {"C4-h", "C4-i"};

constexpr Command kCommands[] = {
    {"password.hash", "Hashes a password by bcrypt, at the cost of the policy", reports, kOperator, false,
     kHashArguments, kClauses, password_hash},
    {"password.verify", "Tells whether a password is the one that was hashed", reports, kOperator, false,
     kVerifyArguments, kClauses, password_verify},
    {"password.check", "Tells whether a value is a bcrypt hash of sufficient cost", reports, kOperator, false,
     kCheckArguments, kClauses, password_check},
};

}  // namespace

std::span<const Command> password_commands() noexcept { return kCommands; }

}  // namespace connex::services
