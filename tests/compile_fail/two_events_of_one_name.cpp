// expect: eventcore: two events of one kind have the same name
#include "domain.hpp"

namespace once_more {
struct money_deposited {
  std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(money_deposited, (), (cents))
} // namespace once_more

struct purse {
  using events = ec::events<money_deposited, once_more::money_deposited>;
  void apply(const money_deposited&) {}
  void apply(const once_more::money_deposited&) {}
};

struct deposit {
  ec::stream<purse> to;

  auto handle(const purse&) const -> ec::result<money_deposited> { return money_deposited{1}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
