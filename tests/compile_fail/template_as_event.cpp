// expect: eventcore: a stored name comes from the type's own name
#include "domain.hpp"

template <class Amount>
struct deposited {
  Amount amount;
  BOOST_DESCRIBE_CLASS(deposited, (), (amount), (), ())
};

struct purse {
  using events = ec::events<deposited<std::int64_t>>;
  void apply(const deposited<std::int64_t>&) {}
};

struct deposit {
  ec::stream<purse> to;

  auto handle(const purse&) const -> ec::result<deposited<std::int64_t>> {
    return deposited<std::int64_t>{1};
  }
};
BOOST_DESCRIBE_STRUCT(deposit, (), (to))

auto command() -> ec::any_command { return check(deposit{{"alice"}}); }
