// expect: eventcore: a projection changes with each event that it applies
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  void apply(const money_deposited&) {}
};

auto projection(const balances& it) -> ec::any_projection { return check_projection(it); }
