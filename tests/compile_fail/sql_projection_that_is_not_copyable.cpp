// expect: eventcore: a SQL projection is copied for each transaction
#include "sql_projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  static constexpr std::array<std::string_view, 1> tables{"balances"};
  std::unique_ptr<int> kept;
  void create(ec::sql_context&) const {}
  void apply(const money_deposited&) {}
};

auto projection() { return check_projection<balances>(); }
