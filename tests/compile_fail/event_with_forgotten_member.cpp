// expect: eventcore: BOOST_DESCRIBE_STRUCT does not name every member
#include "domain.hpp"

struct deposited {
  std::int64_t cents;
  std::int64_t fee;
};
BOOST_DESCRIBE_STRUCT(deposited, (), (cents))

struct purse {
  using events = ec::events<deposited>;
  void apply(const deposited&) {}
};

struct deposit {
  ec::stream<purse> to;

  auto handle(const purse&) const -> ec::result<deposited> { return deposited{1, 2}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
