// expect: eventcore: an apply() of the SQL projection takes an event
#include "sql_projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  static constexpr std::array<std::string_view, 1> tables{"balances"};
  void create(ec::sql_context&) const {}
  void apply(money_deposited&) {}
};

auto projection() { return check_projection<balances>(); }
