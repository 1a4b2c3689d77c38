// What a directory's files still tell of somebody: each word in clear, in UTF-16 of either order, in
// hexadecimal.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace connex::testing {

inline std::vector<std::string> forms_of(std::string_view word) {
  std::vector<std::string> forms(5);
  forms[0] = word;
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    forms[1] += {c, '\0'};
    forms[2] += {'\0', c};
    forms[3] += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    forms[4] += {"0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
  }
  return forms;
}

// "file: word" for each that is found.
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
