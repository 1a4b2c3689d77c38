// A draft of another policy, for scripts that are read from a file.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

#include "policy/pack.hpp"

namespace connex::testing {

// Fills in "$draft", which stands for the pack compiled in with its doors open a little longer and a processor
// with one purpose more, as version "2", and "$digest", which stands for the digest of that.
inline std::string with_draft(std::string line) {
  const auto replace = [&](std::string_view name, const auto& value) {
    if (const std::size_t at = line.find(name); at != std::string::npos) line.replace(at, name.size(), value());
  };
  const auto draft = [] {
    boost::json::value pack = boost::json::parse(policy::default_pack()->canonical);
    pack.as_object()["version"] = "2";
    pack.at("visit").as_object()["opens_minutes_before"] = 45;
    pack.at("processors").at(1).at("purposes").as_array().emplace_back("billing");
    return boost::json::serialize(pack);
  };
  replace(R"("$draft")", draft);
  replace("$digest", [&] { return policy::load(draft()).value()->digest; });
  return line;
}

}  // namespace connex::testing
