// expect: a former name of an event (`aliases`) is also a name of another event
#include "upcasting.hpp"

struct filled {
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(filled, (), (cents))

struct purse {
  using events = ec::events<purse_filled, filled>;
  void apply(const purse_filled&) {}
  void apply(const filled&) {}
};

auto type() -> const ec::view_type* { return look_at<purse>(); }
