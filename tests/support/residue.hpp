// What files still tell of somebody: each word in clear, in UTF-16 of either order, in hexadecimal, in base64 wherever
// it begins, and escaped as addresses and JSON escape.
#pragma once

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/base64.hpp"

namespace connex::testing {

// The characters of base64 that depend on the word alone, where `before` other bytes came first.
inline std::string base64_within(std::string_view word, std::size_t before) {
  const std::string text = evidence::to_base64(evidence::bytes_of(std::string(before, 'x').append(word)));
  const std::size_t first = (before * 8 + 5) / 6, end = (before + word.size()) * 8 / 6;
  return text.substr(first, end - first);
}

inline std::vector<std::string> forms_of(std::string_view word) {
  std::vector<std::string> forms(7);
  forms[0] = word;
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    const std::string lower{"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    const std::string upper{"0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
    forms[1] += {c, '\0'};
    forms[2] += {'\0', c};
    forms[3] += lower;
    forms[4] += upper;
    forms[5] += std::isalnum(byte) ? std::string(1, c) : "%" + upper;
    forms[6] += "\\u00" + lower;
  }
  for (std::size_t before = 0; before < 3; ++before) forms.push_back(base64_within(word, before));
  return forms;
}

// A word as people write it: with small letters, with capitals, without blanks and hyphens.
inline std::vector<std::string> spellings_of(std::string_view word) {
  std::vector<std::string> spellings(1, std::string(word));
  std::string bare;
  for (const char c : word)
    if (c != ' ' && c != '-') bare += c;
  spellings.push_back(bare);
  for (const bool capital : {false, true}) {
    std::string cased(word);
    for (char& c : cased) {
      const auto byte = static_cast<unsigned char>(c);
      c = static_cast<char>(capital ? std::toupper(byte) : std::tolower(byte));
    }
    spellings.push_back(cased);
  }
  return spellings;
}

// "file: word" for each that is found in a file of the directory.
inline std::vector<std::string> residue(const std::filesystem::path& directory,
                                        std::span<const std::string_view> words) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    for (const std::string_view word : words)
      for (const std::string& form : forms_of(word))
        if (content.find(form) != std::string::npos)
          found.push_back(entry.path().filename().string() + ": " + std::string(word));
  }
  return found;
}

}  // namespace connex::testing
