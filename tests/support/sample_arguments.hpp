// Well-formed values of arguments, about things that do not exist; text in them is marked `zq7x`.
#pragma once

#include <boost/json/value.hpp>

#include "services/arguments.hpp"

namespace connex::testing {

boost::json::value sample(const services::Argument& argument);

}  // namespace connex::testing
