// expect: eventcore: two types in the projection's ec::kinds<...> are the same kind
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account, account>;
  void apply(const money_deposited&) {}
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
