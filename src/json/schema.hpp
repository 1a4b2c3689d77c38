// Validation of JSON against a JSON Schema (draft 7).
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>

#include "connex/result.hpp"

namespace connex::json {

// A compiled schema. Immutable; safe from any thread.
class Schema {
 public:
  // Accepts the part of draft 7 that schema.cpp lists and refuses every other keyword, so that a slip of the
  // pen is no silent permission. `$ref` is local ("#/definitions/..."). Every `pattern` needs a `maxLength`
  // of at most 1024 beside it and may not stand under anyOf, oneOf or not: matching takes stack in proportion
  // to the text.
  static Result<Schema> compile(const boost::json::value& schema);

  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;
  ~Schema();

  // The first violation as invalid_argument, with the JSON pointer of the offending member (also where that
  // member is missing or unknown). The message never repeats a value.
  Result<void> validate(const boost::json::value& value) const;

 private:
  struct Compiled;
  explicit Schema(std::unique_ptr<Compiled> compiled) noexcept;

  std::unique_ptr<Compiled> compiled_;
};

}  // namespace connex::json
