// expect: eventcore: a type has no description
#include "domain.hpp"

struct deposited {
  std::int64_t cents;
};

struct purse {
  using events = ec::events<deposited>;
  void apply(const deposited&) {}
};

struct deposit {
  ec::stream<purse> to;

  auto handle(const purse&) const -> ec::result<deposited> { return deposited{1}; }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
