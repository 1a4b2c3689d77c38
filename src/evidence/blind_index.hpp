// Blind indexes: a personal value can be looked up by a keyed hash, without being stored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connex/result.hpp"
#include "evidence/bytes.hpp"
#include "evidence/hmac.hpp"
#include "evidence/secret.hpp"

namespace connex::evidence {

// How a value is brought to one form before it is hashed. A change of a form needs a new version: old entries
// must then be indexed anew.
enum class IndexForm : std::uint8_t { exact = 1, email = 2, phone = 3, name = 4, address = 5 };
inline constexpr std::uint8_t kIndexFormVersion = 1;
inline constexpr std::size_t kMaxIndexedText = 1024;

// E-mail: blanks around it and the dot behind the domain dropped, ASCII letters made small, both sides of the
// one @ kept otherwise as they are (no provider's aliases are guessed).
Result<std::string> normalise_email(std::string_view text);

// Phone: E.164 with its +. A leading 00 counts as +; ten digits, or 0 or 91 and ten digits, are Indian
// numbers. Blanks, dots, hyphens and parentheses between digits are dropped.
Result<std::string> normalise_phone(std::string_view text);

// The words of a text: letters, digits and whatever is not ASCII, ASCII letters made small.
std::vector<std::string> index_words(std::string_view text);

// Names and postal addresses, as they can be looked for in the words of a text. Of a name the first words, at most
// kNameWords, without titles and initials; of an address the first words, two at least and kAddressWords at most.
inline constexpr std::size_t kNameWords = 4;
inline constexpr std::size_t kAddressWords = 3;
Result<std::string> normalise_name(std::string_view text);
Result<std::string> normalise_address(std::string_view text);

// One index: the key is derived from a root for this table, column, purpose and form, so that equal values in
// two indexes do not show as equal. One object, one thread at a time.
class BlindIndex {
 public:
  // `width`: bytes kept of the hash, 1 to 32; few where the frequency of a value would tell what it is.
  BlindIndex(KeyView root, std::string_view table, std::string_view column, std::string_view purpose,
             IndexForm form, std::size_t width = 32);

  // form version u8 | hash [width]. An error when the text has no such form; it never repeats the text.
  Result<Bytes> of(std::string_view text);

 private:
  HmacSha256 mac_;
  IndexForm form_;
  std::size_t width_;
};

}  // namespace connex::evidence
