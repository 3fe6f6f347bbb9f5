// expect: eventcore: the name of a kind reads [a-z][a-z0-9_]*
#include "domain.hpp"

struct Purse {
  using events = ec::events<money_deposited>;
  void apply(const money_deposited&) {}
};

struct deposit {
  ec::stream<Purse> to;

  auto handle(const Purse&) const -> ec::result<money_deposited> { return money_deposited{1}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command(const deposit& one) -> ec::any_command { return check(one); }
