// expect: eventcore: a projection must have a name
#include "projections.hpp"

struct balances {
  using streams = ec::kinds<account>;
  void apply(const money_deposited&) {}
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
