// Registered values found in any spelling that folding reaches.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/redaction/detect.hpp"

namespace connex::redaction {

struct TokenRange {
  std::uint32_t begin;  // canonical characters
  std::uint32_t end;
};

// Where a person's or an organisation's name stands: whole, in one, by any part of it of three letters or more, or
// (with `initials`) as "A. K. Sharma", "A.K.S.", "A K S" and "AKS", in small letters after a title alone.
void find_name(const Scan& scan, std::string_view name, bool initials, std::pmr::vector<TokenRange>& out);

// Where a name stands in disguise: its initials in small letters and dots ("a.k.") or the first alone a capital ("Ak"), run
// together with a part ("ashak", of `person`s), letters apart or replaced ("K u l k a r n i", "Kulkar-" at the end of a line,
// "A5ha"), or a part in another script.
void find_disguised_name(const Scan& scan, std::string_view name, bool person, std::pmr::vector<TokenRange>& out);

// Where a value stands written in one, from the beginning of a word to the end of one, whatever parts its letters:
// "AshaRao", "asha.rao".
void find_in_one(const Scan& scan, std::string_view value, std::pmr::vector<TokenRange>& out);

// The digits that a text says, in figures or in words, as a registered number is looked for in them.
std::string said_digits(const Scan& scan);

}  // namespace connex::redaction
