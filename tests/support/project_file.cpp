#include "support/project_file.hpp"

namespace connex::testing {

// Known to this object alone, so that the others compile the same wherever the project lies.
std::string project_file(const char* path) { return std::string(CONNEX_SOURCE_DIR "/") + path; }

}  // namespace connex::testing
