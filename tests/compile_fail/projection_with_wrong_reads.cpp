// expect: eventcore: `reads` of a projection narrows its streams
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  static constexpr std::string_view reads = "account-home-";
  void apply(const money_deposited&) {}
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
