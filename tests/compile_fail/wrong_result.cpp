// expect: eventcore: handle() must return ec::result<>
#include "domain.hpp"

struct deposit {
  ec::stream<account> to;

  auto handle(const account&, ec::emit<deposit>&) const -> bool { return true; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
