// Boost.JSON, compiled into the test program.
#include <boost/json/src.hpp>
