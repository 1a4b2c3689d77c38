#include "evidence/password.hpp"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "evidence/openssl.hpp"
#include "evidence/secret.hpp"

namespace connex::evidence {
namespace {

constexpr std::size_t kHashSize = 60;
constexpr std::size_t kSaltEnd = 29;

Error malformed(const char* message) { return {ErrorCode::invalid_argument, message, {}}; }

bool is_hashable(std::string_view password) noexcept {
  return !password.empty() && password.size() <= kMaxPasswordSize &&
         password.find('\0') == std::string_view::npos;
}

// The value of a character of bcrypt's own base64, or -1.
int value_of(char c) noexcept {
  if (c == '.') return 0;
  if (c == '/') return 1;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 2;
  if (c >= 'a' && c <= 'z') return c - 'a' + 28;
  if (c >= '0' && c <= '9') return c - '0' + 54;
  return -1;
}

struct Wipe {
  void operator()(crypt_data* data) const noexcept {
    cleanse({reinterpret_cast<std::uint8_t*>(data), sizeof *data});
    delete data;
  }
};

// The hash of a hashable password with the salt and cost of `setting`; empty when the library refuses.
std::string bcrypt(std::string_view password, std::string_view setting) {
  std::array<char, kMaxPasswordSize + 1> phrase{};
  std::ranges::copy(password, phrase.begin());
  std::array<char, kHashSize + 1> with{};
  std::ranges::copy(setting.substr(0, kHashSize), with.begin());
  const std::unique_ptr<crypt_data, Wipe> data(new crypt_data());
  const char* const hash = crypt_r(phrase.data(), with.data(), data.get());
  cleanse({reinterpret_cast<std::uint8_t*>(phrase.data()), phrase.size()});
  return hash && hash[0] == '$' ? std::string(hash) : std::string();
}

}  // namespace

std::optional<PasswordHash> parse_password_hash(std::string_view text) noexcept {
  if (text.size() != kHashSize || !text.starts_with("$2") || text[3] != '$' || text[6] != '$')
    return std::nullopt;
  const char variant = text[2];
  if (variant != 'a' && variant != 'b' && variant != 'y') return std::nullopt;
  if (text[4] < '0' || text[4] > '3' || text[5] < '0' || text[5] > '9') return std::nullopt;
  const int cost = (text[4] - '0') * 10 + (text[5] - '0');
  if (cost < 4 || cost > 31) return std::nullopt;
  if (!std::ranges::all_of(text.substr(7), [](char c) { return value_of(c) >= 0; })) return std::nullopt;
  // 22 characters for 16 bytes of salt leave 4 bits over; 31 for 23 bytes of hash leave 2.
  if (value_of(text[kSaltEnd - 1]) % 16 != 0 || value_of(text[kHashSize - 1]) % 4 != 0) return std::nullopt;
  return PasswordHash{variant, cost};
}

bool is_password_hash(std::string_view text, int least_cost) noexcept {
  const auto hash = parse_password_hash(text);
  return hash && hash->cost >= least_cost;
}

Result<std::string> hash_password(std::string_view password, int cost, const RandomSource& random) {
  if (!is_hashable(password)) return malformed("the password is empty, longer than 72 bytes or holds a NUL");
  if (cost < kMinPasswordCost || cost > kMaxPasswordCost)
    return malformed("the password cost is out of bounds");
  std::array<std::uint8_t, 16> salt;
  random(salt);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* const made =
      crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), reinterpret_cast<const char*>(salt.data()),
                       static_cast<int>(salt.size()), setting.data(), static_cast<int>(setting.size()));
  openssl::require(made != nullptr);
  std::string hash = bcrypt(password, made);
  if (!is_password_hash(hash)) return Error{ErrorCode::internal, "the password could not be hashed", {}};
  return hash;
}

Result<bool> verify_password(std::string_view password, std::string_view hash) {
  const auto parsed = parse_password_hash(hash);
  if (!parsed) return malformed("not a password hash");
  if (parsed->cost > kMaxPasswordCost)
    return Error{ErrorCode::unsupported, "the password hash costs too much", {}};
  if (!is_hashable(password)) return false;
  const std::string again = bcrypt(password, hash);
  if (again.empty()) return Error{ErrorCode::internal, "the password could not be hashed", {}};
  return equal_in_constant_time(bytes_of(again), bytes_of(hash));
}

}  // namespace connex::evidence
