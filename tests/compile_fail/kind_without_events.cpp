// expect: eventcore: a kind of stream must list its events
#include "domain.hpp"

struct purse {
  std::int64_t balance = 0;
};

struct deposit {
  ec::stream<purse> to;

  auto handle(const purse&, ec::emit<deposit>&) const -> ec::result<> { return {}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
