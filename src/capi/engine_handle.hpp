// The engine behind the C handle. Tests wrap engines of their own making in one.
#pragma once

#include <memory>

#include "connex/engine.hpp"

struct connex_engine {
  std::unique_ptr<connex::Engine> engine;
};
