// What all wrong projections in SQL here get right; it must compile.
#include "sql_projections.hpp"

struct balances {
  static constexpr std::string_view name = "balances";
  using streams = ec::kinds<account>;
  static constexpr std::array<std::string_view, 1> tables{"balances"};

  void create(ec::sql_context&) const {}
  void apply(const money_deposited&) {}
  auto apply(const money_withdrawn&, const ec::event_info&, ec::sql_context&) -> ec::result<> {
    return {};
  }
  auto write(ec::sql_context&) -> ec::result<> { return {}; }
  static auto partition_by(const ec::event_info& about) -> std::string_view { return about.stream; }
};

auto projection() { return check_projection<balances>(); }
