// expect: eventcore: a SQL projection lists the tables
#include "sql_projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  void create(ec::sql_context&) const {}
  void apply(const money_deposited&) {}
};

auto projection() { return check_projection<balances>(); }
