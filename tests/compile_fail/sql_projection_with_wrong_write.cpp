// expect: eventcore: write() of a SQL projection must be
#include "sql_projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  static constexpr std::array<std::string_view, 1> tables{"balances"};
  void create(ec::sql_context&) const {}
  void apply(const money_deposited&) {}
  void write(int) {}
};

auto projection() { return check_projection<balances>(); }
