// expect: eventcore: apply() of a projection must return void or ec::result<>
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  auto apply(const money_deposited&) -> bool { return true; }
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
