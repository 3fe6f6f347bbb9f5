// Boost.JSON is compiled once, here: it is only the yardstick of codec_bench.
#include <boost/json/src.hpp>
