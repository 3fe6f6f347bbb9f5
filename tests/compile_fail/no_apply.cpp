// expect: eventcore: the view has no apply() for one of the events that its kind lists
#include "domain.hpp"

struct purse {
  using events = ec::events<money_deposited, money_withdrawn>;
  std::int64_t balance = 0;
  void apply(const money_deposited& e) { balance += e.cents; }
};

struct deposit {
  ec::stream<purse> to;

  auto handle(const purse&) const -> ec::result<money_deposited> { return money_deposited{1}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
