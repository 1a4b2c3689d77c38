// What a fuzzer is: a function over bytes, called by libFuzzer or by replay.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace connex::testing {

inline std::string_view text_of_input(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A promise; broken, it ends the process, which is what a fuzzer looks for.
inline void require(bool kept) {
  if (!kept) std::abort();
}

}  // namespace connex::testing
