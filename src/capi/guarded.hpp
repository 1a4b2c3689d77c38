// What every export does: no exception passes, and an error becomes an object of the caller's.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "connex/connex.h"
#include "connex/result.hpp"

struct connex_error {
  connex::Error error;
  std::string code;
};

namespace connex::capi {

// The error handed out when there is no memory for one; connex_error_free leaves it alone.
connex_error* out_of_memory() noexcept;

inline connex_status fail(connex_error** out, Error error) noexcept {
  const auto status = static_cast<connex_status>(error.code);
  if (out != nullptr) {
    try {
      std::string code(name(error.code));
      *out = new connex_error{std::move(error), std::move(code)};
    } catch (...) {
      *out = out_of_memory();
    }
  }
  return status;
}

// Runs `body`, which returns a Result<void>, and reports what it returns or throws.
template <class Body>
connex_status guarded(connex_error** out, Body&& body) noexcept {
  if (out != nullptr) *out = nullptr;
  try {
    Result<void> done = body();
    return done ? CONNEX_OK : fail(out, std::move(done).error());
  } catch (const std::bad_alloc&) {
    if (out != nullptr) *out = out_of_memory();
    return CONNEX_INTERNAL;
  } catch (...) {
    try {
      return fail(out, {ErrorCode::internal, "the engine failed", ""});
    } catch (...) {
      if (out != nullptr) *out = out_of_memory();
      return CONNEX_INTERNAL;
    }
  }
}

// The same for an export that cannot fail: a throw gives the zero value.
template <class Body>
auto guarded_value(Body&& body) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (...) {
    return {};
  }
}

}  // namespace connex::capi
