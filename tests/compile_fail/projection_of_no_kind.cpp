// expect: eventcore: a type in the projection's ec::kinds<...> is no kind of stream
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account, money_deposited>;
  void apply(const money_deposited&) {}
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
