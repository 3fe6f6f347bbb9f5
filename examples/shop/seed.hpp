#pragma once

#include "domain.hpp"

#include <eventcore/actors/runtime.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <random>
#include <string>

namespace shop {

// begin: once
/// Executes a command once, however often it is asked for under this request id. A failure that it
/// gives is a rule's; any other is thrown.
inline auto once(ec::runtime& runtime, const std::string& request, const ec::any_command& command)
  -> ec::result<ec::executed> {
  auto options = runtime.defaults();
  options.request = ec::unwrap(ec::request_id::of(request));
  auto done = runtime.execute_blocking(command, options);
  if (!done && done.error().code != ec::errc::rule_violated)
    throw ec::failure_error{done.error()};
  return done;
}
// end: once

inline const std::array<restock, 5> assortment{{{{"teapot"}, 40, 2'450},
                                                {{"cup"}, 400, 390},
                                                {{"saucer"}, 300, 290},
                                                {{"spoon"}, 500, 150},
                                                {{"kettle"}, 30, 4'900}}};

/// One customer, who orders, mostly pays, and now and then sends something back.
inline void go_shopping(ec::runtime& runtime, const std::string& who, std::size_t orders) {
  std::mt19937_64 random{std::hash<std::string>{}(who)};
  for (std::size_t i = 1; i <= orders; ++i) {
    const auto number = fmt::format("{}-{}", who, i);
    const auto order = ec::unwrap(ec::stream<shop::order>::of(number));
    const auto payment = ec::unwrap(ec::stream<shop::payment>::of(number));
    const auto& [item, stocked, price] = assortment[random() % assortment.size()];
    const auto pieces = static_cast<std::int64_t>(1 + random() % 4);
    const auto mood = random() % 10;
    if (!once(runtime, "place/" + number, place_order{order, who, {{item, pieces}}}))
      continue; // others were faster
    if (mood > 0)
      (void)once(runtime, "pay/" + number, pay_order{order, payment, pieces * price});
    if (mood < 2)
      (void)once(runtime, "cancel/" + number, cancel_order{order});
  }
}

} // namespace shop
