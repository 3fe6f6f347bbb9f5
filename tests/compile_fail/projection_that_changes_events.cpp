// expect: eventcore: an apply() of the projection takes an event of its kinds in a way that it cannot be called
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  void apply(const money_deposited&) {}
  void apply(money_withdrawn& e) { e.cents = 0; }
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
