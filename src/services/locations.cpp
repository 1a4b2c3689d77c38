// Where somebody is: a city guessed from the network address, and nothing finer (C2.2-d).
#include <algorithm>
#include <boost/json/array.hpp>

#include "connex/gates.hpp"
#include "services/command_groups.hpp"
#include "services/viewing.hpp"

namespace connex::services {
namespace {

constexpr std::string_view kSources[] = {"network_address", "gps", "cell", "wifi", "photo"};
constexpr std::string_view kCoarse[] = {"city", "region", "country"};

// Of a place as it was found, what may be kept. Values of what is finer than a city do not come back.
Result<Outcome> location_coarsen(Context&, const Arguments& args) {
  FactsOf<kLocationKeep> facts;
  facts.set("source_is_network_address", args.text("source") == "network_address");
  Outcome outcome = decide(facts);
  boost::json::object keep;
  boost::json::array strip;
  for (const auto& [member, value] : *args.object("place")) {
    const bool coarse =
        std::find(std::begin(kCoarse), std::end(kCoarse), std::string_view(member)) != std::end(kCoarse);
    if (coarse && outcome.decision.permitted() && names_place(value.get_string())) {
      keep[member] = value;
    } else {
      strip.emplace_back(member);
    }
  }
  outcome.result = {{"keep", std::move(keep)}, {"strip", std::move(strip)}};
  return outcome;
}

using enum ArgumentType;
using enum CommandKind;

constexpr Argument kPlace[] = {
    {"city", line, false, "city", kMaxName},
    {"region", line, false, "state or region", kMaxName},
    {"country", line, false, "country", kMaxName},
    {"postal_code", line, false, "postal code, which is not kept", 32},
    {"street", line, false, "street, which is not kept", kMaxName},
    {"latitude", scalar, false, "latitude, which is not kept", 32},
    {"longitude", scalar, false, "longitude, which is not kept", 32},
};
constexpr Argument kLocationCoarsen[] = {
    {"source", choice, true, "where the place is known from", 0, kSources},
    {"place", object, true, "the place as it was found", 0, {}, kPlace},
};
constexpr std::string_view kClauses[] = {"C2.2-d"};

constexpr Command kCommands[] = {
    {"location.coarsen", "Gives what of a place may be kept", reports, kOperator, false, kLocationCoarsen,
     kClauses, location_coarsen},
};

}  // namespace

std::span<const Command> location_commands() noexcept { return kCommands; }

}  // namespace connex::services
