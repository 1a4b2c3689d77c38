// Where a file of the project is, for tests that read one.
#pragma once

#include <string>

namespace connex::testing {

std::string project_file(const char* path);

}  // namespace connex::testing
