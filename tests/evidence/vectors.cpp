#include "evidence/vectors.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "support/project_file.hpp"

namespace connex::evidence::vectors {

namespace fs = std::filesystem;

std::vector<fs::path> files(std::string_view folder) {
  for (const char* base : {"../shared/data/vectors", "../../shared/data/vectors"}) {
    const fs::path root = fs::path(connex::testing::project_file(base)) / folder;
    if (!fs::is_directory(root)) continue;
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() == ".json") found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
  }
  MESSAGE("skipped: no ", std::string(folder), " in ../shared/data/vectors; they are the testdata of transparency-dev/merkle and "
          "testvectors_v1 of C2SP/wycheproof");
  return {};
}

boost::json::value load(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

Bytes hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  }
  return bytes;
}

Bytes hex(const char* text) { return hex(std::string_view(text)); }

Bytes hex(const boost::json::value& text) { return hex(std::string_view(text.as_string())); }

Bytes base64(const boost::json::value& text) {
  const auto& in = text.as_string();
  Bytes bytes(in.size() / 4 * 3);
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(in.data()),
                                   static_cast<int>(in.size()));
  const auto padding = static_cast<std::size_t>(std::ranges::count(in, '='));
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace connex::evidence::vectors
