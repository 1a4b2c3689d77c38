// The first look: one pass that clears most of a text without a copy, and says where the rest has to be read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "connex/redaction.hpp"
#include "core/redaction/blocks.hpp"

namespace connex::redaction {

// Bytes in which something may begin and end.
struct Trigger {
  std::size_t begin;
  std::size_t end;
};

class Gate {
 public:
  // `loose` keeps every digit, number word, cue and look-alike, as conversations and de-identification need
  // it. Contacts that need no detector (plain.hpp) go to `plain`, if there is one, and trigger nothing.
  Gate(std::string_view text, bool loose, std::vector<Finding>* plain = nullptr,
       const BlockReader& reader = block_reader()) noexcept
      : text_(text), loose_(loose), plain_(plain), filter_(word_filter(loose)), reader_(reader) {}

  // The next place where something could reach a detector's threshold, from 64 bytes at a time; ends in
  // order, begins not quite. False when there is no more.
  bool next(Trigger& trigger);

 private:
  // The last few places of something rare.
  template <std::size_t n>
  struct Recent {
    std::array<std::size_t, n> places{};
    std::size_t count = 0;
    // Adds a place; whether n + 1 of them, this one the last, lie within 64 bytes. `from` is then the first.
    bool add(std::size_t place, std::size_t& from) noexcept {
      from = places[0];
      const bool many = count >= n && place - from < 64;
      for (std::size_t i = 1; i < n; ++i) places[i - 1] = places[i];
      places[n - 1] = place;
      ++count;
      return many;
    }
  };

  char at(std::size_t i) const noexcept { return i < text_.size() ? text_[i] : ' '; }
  void fire(std::size_t from, std::size_t to) noexcept {
    from_ = from < from_ ? from : from_;
    to_ = to > to_ ? to : to_;
  }

  void read_on();
  void block(const Block& read, std::size_t base);
  bool leet(std::size_t i) const noexcept;
  bool coded(std::size_t i) const noexcept;
  bool leet_name(std::size_t i) const noexcept;
  void words(const Block& b, std::uint64_t rest, std::size_t base);
  void word(std::size_t i, bool always);
  void look_up(std::size_t i);
  bool joined_numbers(std::string_view letters) const noexcept;
  void glued_hosts(std::uint64_t longs, std::size_t base) noexcept;
  bool glued_host(std::size_t i) const noexcept;
  bool glued_end(std::size_t end) const noexcept;
  bool next_is(std::size_t i, std::uint64_t classes) const noexcept;
  bool count(std::size_t i, int n) noexcept;
  void digits(std::uint64_t mask, std::size_t base);
  bool house_number(std::size_t from, std::size_t to) const noexcept;
  bool figured(std::size_t i) const noexcept;
  bool measured(std::size_t end) const noexcept;
  void unmask(std::size_t to) noexcept;
  bool mark(std::size_t i) const noexcept;
  bool high_byte(std::size_t i) const noexcept;
  bool take_mail(std::size_t i);
  bool take_words(std::size_t i);
  bool take_phone(std::size_t from, std::size_t to);

  static constexpr std::size_t kNowhere = ~std::size_t{0};

  const std::string_view text_;
  const bool loose_;
  std::vector<Finding>* const plain_;
  const WordFilter& filter_;
  const BlockReader& reader_;
  std::array<Block, 8> blocks_;  // read at once: one does not wait for the other
  std::size_t at_ = 0;           // the next block
  std::size_t read_ = 0;         // up to here, in blocks_
  std::size_t next_ = 0;         // of blocks_
  std::size_t from_ = kNowhere;  // where what this block triggers begins,
  std::size_t to_ = 0;           // and ends
  std::size_t plain_from_ = 0;   // the last address or row of words that is plain
  std::size_t plain_to_ = 0;
  std::uint64_t carry_ = 0;        // the last byte of the block before was a letter or a digit
  bool joined_ = false;            // inside number words run together
  std::uint64_t dash_ = 0;         // the block before ends with one, or with a dot
  int dashes_ = 0;                 // in the block before
  int parted_ = 0;                 // words with a mark inside, in the block before
  Recent<3> singles_;              // letters and digits standing alone
  Recent<1> look_alikes_;          // from letters that look like digits to digits, or back
  Recent<2> changes_;              // from letters to digits or back
  std::size_t last_ = 0;           // digits, written or spelled: the last,
  std::size_t first_ = 0;          // the first,
  int sum_ = 0;                    // how many
  std::size_t measures_from_ = 0;  // digits that measure something: a word may say to take the unit away
  std::size_t measures_to_ = 0;
  int measured_ = 0;
  std::size_t remove_at_ = 0;
  std::size_t half_ = 0;  // one past where five digits begin that may be half of a number
  std::size_t reg_at_ = 0;
  std::size_t address_from_ = 0;  // words of addresses
  std::size_t address_at_ = 0;
  int address_ = 0;
  std::size_t run_from_ = 0;
  int run_ = 0;   // number words in a row
  int weak_ = 0;  // of which not looked up yet
};

// False: nothing in `text` can reach a detector's threshold. True: look closer.
inline bool may_hold_contact(std::string_view text, bool loose) noexcept {
  Trigger trigger;
  return Gate(text, loose).next(trigger);
}

}  // namespace connex::redaction
