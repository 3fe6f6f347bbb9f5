// expect: no matching
#include "domain.hpp"

#include <string>

auto name(const std::string& text) -> ec::stream<account> { return ec::stream<account>{text}; }
