// expect: eventcore: streams of this kind do not hold the event that handle() returns
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;

  auto handle(const account&) const -> ec::result<stock_taken> { return stock_taken{1}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
