// expect: eventcore: the command has no member function handle()
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
