// expect: eventcore: the projection has no public apply() for any event of its kinds
#include "projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  void apply(const stock_taken&) {}
};

auto projection(balances& it) -> ec::any_projection { return check_projection(it); }
