// expect: eventcore: a kind in the projection's ec::kinds<...> has a name other than
#include "projections.hpp"

struct Purse {
  using events = ec::events<money_deposited>;
};

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<Purse>;
  void apply(const money_deposited&) {}
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
