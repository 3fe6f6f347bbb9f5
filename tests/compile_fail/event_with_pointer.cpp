// expect: eventcore: pointers and references cannot be stored
#include "domain.hpp"

struct deposited {
  const char* note;
};
BOOST_DESCRIBE_STRUCT(deposited, (), (note))

struct purse {
  using events = ec::events<deposited>;
  void apply(const deposited&) {}
};

struct deposit {
  ec::stream<purse> to;

  auto handle(const purse&) const -> ec::result<deposited> { return deposited{"salary"}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
