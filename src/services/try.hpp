// Early return of an Error from a function that returns a Result.
#pragma once

#include <utility>

// Declares `name` as the value of a Result expression, or returns its error.
#define CONNEX_TRY(name, ...)                                  \
  auto name##_result = (__VA_ARGS__);                          \
  if (!name##_result) return std::move(name##_result).error(); \
  [[maybe_unused]] auto& name = *name##_result

// Evaluates a Result<void> expression, or returns its error.
#define CONNEX_CHECK(...)                                                                               \
  do {                                                                                                  \
    if (auto checked_result = (__VA_ARGS__); !checked_result) return std::move(checked_result).error(); \
  } while (false)
