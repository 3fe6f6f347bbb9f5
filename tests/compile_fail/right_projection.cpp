// What all wrong projections here get right; it must compile.
#include "projections.hpp"

struct everything {
  static constexpr std::string_view name = "everything";
  using streams = ec::kinds<account, stock>;
  static constexpr ec::stream_pattern reads{.glob = "*-home-*"};

  std::int64_t events = 0;

  void apply(const money_deposited&) { ++events; }
  auto apply(money_withdrawn, const ec::event_info&) -> ec::result<> {
    ++events;
    return {};
  }
  void apply(const stock_taken&, const ec::event_info&) { ++events; }
  void reset() { events = 0; }
};

auto projection(everything& it) -> ec::any_projection { return check_projection(it); }
auto shared(std::shared_ptr<everything> it) -> ec::any_projection { return it; }
