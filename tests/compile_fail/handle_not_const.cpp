// expect: eventcore: handle() must be const
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;

  auto handle(const account&, ec::emit<deposit>&) -> ec::result<> { return {}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
