// expect: argument not found
#include "domain.hpp"

auto rule(std::int64_t balance) -> ec::result<> {
  EVENTCORE_REQUIRE(balance >= 0, "the account holds {} of {}", balance);
  return {};
}
