// Boost.JSON is compiled here, once; nothing links a library of it.
#include <boost/json/src.hpp>
