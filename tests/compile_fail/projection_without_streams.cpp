// expect: eventcore: a projection must say which kinds of streams it reads
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  void apply(const money_deposited&) {}
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
